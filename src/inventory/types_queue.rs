//! `[database]`, `[redis]`, `[workers]`, `[queues]` and `[placement]` as they stand in TOML.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{
    AbsolutePath, ByteSize, EnvKey, GroupName, HostText, Located, RelativePath, TemplateText, TimeSpan, UserName,
    VariableName,
};
use super::types_queue_forms::{Capacity, Cores, Count, WordOrBool};

/// A database whose connections are a budget that workers share with everything else.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DatabaseTable {
    /// The host that it runs on: it is asked there, over SSH, for its limits and who is connected. Without one it is a
    /// service elsewhere, and `max_connections` must be declared.
    #[serde(default)]
    pub(super) host: Option<Located<HostText>>,
    /// The user of that host as whom `psql` runs; "postgres" by default.
    #[serde(default)]
    pub(super) run_as: Option<Located<UserName>>,
    /// The port of its socket; else as `psql` has it.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub(super) port: Option<Located<u16>>,
    /// The server's `max_connections`; else as the server says.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) max_connections: Option<Located<u32>>,
    /// Connections that nobody plans with, beside those that the server reserves itself.
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    pub(super) reserve: u32,
    /// What else connects: a web server, streaming, backups.
    #[serde(default)]
    pub(super) clients: BTreeMap<Located<GroupName>, ClientTable>,
    /// A `PgBouncer` before it.
    #[serde(default)]
    pub(super) pgbouncer: Option<Located<PgBouncerTable>>,
}

/// Something beside the workers that takes connections of a database.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientTable {
    /// The hosts that it connects from: a selector.
    #[serde(default)]
    pub(super) hosts: Option<Located<String>>,
    /// Connections that it takes at most, all hosts together: processes × threads.
    #[schemars(range(max = 1_000_000))]
    pub(super) connections: Located<u32>,
    /// How it calls itself in `pg_stat_activity.application_name`: a name or a glob; else it is known by its hosts alone.
    #[serde(default)]
    pub(super) application: Option<Located<String>>,
    /// Whether it connects through the `PgBouncer`.
    #[serde(default)]
    pub(super) pooled: Option<Located<bool>>,
}

/// A `PgBouncer` before a database: two budgets, of clients and of server connections.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PgBouncerTable {
    /// Its `max_client_conn`: connections that clients may open to it.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) max_client_conn: u32,
    /// Connections that it opens to the database at most: its `max_db_connections`, or pools × `default_pool_size`.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) server_connections: u32,
    /// Client connections that nobody plans with.
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    pub(super) reserve: u32,
}

/// A Redis server that holds queues.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RedisTable {
    /// The host that it runs on: it is asked there, over SSH.
    pub(super) host: Located<HostText>,
    /// The port there; 6379 by default.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub(super) port: Option<u16>,
    /// The number of its database; 0 by default.
    #[serde(default)]
    #[schemars(range(max = 65_535))]
    pub(super) database: u32,
    /// What stands before every key, without the colon, as redis-namespace puts it there.
    #[serde(default)]
    pub(super) namespace: Option<Located<String>>,
    /// The file on that host that holds its password. The password is used there and never leaves the host.
    #[serde(default)]
    pub(super) password: Option<HostSecretTable>,
}

/// A secret that lies in a file on a host.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HostSecretTable {
    /// The absolute path of the file.
    pub(super) file: AbsolutePath,
    /// The variable, where it is an env file; else the first line of the file is the secret.
    #[serde(default)]
    pub(super) key: Option<EnvKey>,
}

/// A kind of worker: a systemd template, what one process of it takes, and what it serves.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkerTable {
    /// The template, such as "worker@.service"; each instance of it is one process.
    pub(super) unit: Located<TemplateText>,
    /// The hosts that it may run on: a selector; else all. `[placement]` takes hosts away from it.
    #[serde(default)]
    pub(super) hosts: Option<Located<String>>,
    /// The `[database]` whose connections it takes, or false for none; else the only one that is declared.
    #[serde(default)]
    pub(super) database: Option<Located<WordOrBool>>,
    /// Whether it connects through the database's `PgBouncer`.
    #[serde(default)]
    pub(super) pooled: Option<Located<bool>>,
    /// Connections of the database that a process takes at most; else the smaller of its pool (`DB_POOL` of `environment`)
    /// and its threads.
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    pub(super) connections: Option<Located<u32>>,
    /// Threads of a process, as `-c` of Sidekiq says; else found in `unit_file`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_000))]
    pub(super) concurrency: Option<Located<u32>>,
    /// Variables of its environment, such as `DB_POOL`: written to a drop-in of the template. No secrets.
    #[serde(default)]
    pub(super) environment: BTreeMap<Located<VariableName>, Located<String>>,
    /// `TimeoutStopSec` of its units, such as "30s": written to the drop-in.
    #[serde(default)]
    pub(super) stop_timeout: Option<Located<TimeSpan>>,
    /// The template's unit file, below the inventory directory and of the same name, where fleet is to install it.
    #[serde(default)]
    pub(super) unit_file: Option<Located<RelativePath>>,
    /// Cores that a busy process takes; 1.0 by default. A Ruby process never takes more than one.
    #[serde(default)]
    pub(super) cpu: Option<Located<Cores>>,
    /// Memory that a process takes, such as "450MiB".
    #[serde(default)]
    pub(super) memory: Option<Located<ByteSize>>,
    /// Capacity by queue: how much of a queue's `demand` one process meets, in whatever is counted there.
    #[serde(default)]
    pub(super) serves: BTreeMap<Located<GroupName>, Located<Capacity>>,
    /// Whether none of it may be left.
    #[serde(default)]
    pub(super) retired: Option<Located<bool>>,
    /// How many run on these hosts, exactly.
    #[serde(default)]
    pub(super) pins: BTreeMap<Located<HostText>, Located<Count>>,
    /// How it is asked to take no new work before it stops: a signal such as "TSTP" (the default for Sidekiq), "reload" for
    /// `systemctl reload`, or false.
    #[serde(default)]
    pub(super) quiet: Option<Located<WordOrBool>>,
    /// How long work in progress may take then; "60s" by default.
    #[serde(default)]
    pub(super) drain: Option<Located<TimeSpan>>,
    /// What it runs; "sidekiq" by default.
    #[serde(default)]
    pub(super) program: Option<Located<ProgramName>>,
    /// sidekiq: the `[redis]` that it works from; else the only one that is declared.
    #[serde(default)]
    pub(super) redis: Option<Located<GroupName>>,
    /// other: a command on the host that succeeds once an instance works; `%i` in it is the instance.
    #[serde(default)]
    pub(super) check: Option<Located<Vec<String>>>,
}

/// What a worker runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ProgramName {
    /// Sidekiq.
    #[default]
    Sidekiq,
    /// Anything else.
    Other,
}

/// A queue of work, and how much of it is to be served.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct QueueTable {
    /// Capacity wanted, in the same measure as `serves`.
    #[schemars(range(max = 1_000_000))]
    pub(super) demand: Option<Located<u32>>,
    /// The same as `demand`, beside a `max`.
    #[schemars(range(max = 1_000_000))]
    pub(super) min: Option<Located<u32>>,
    /// Capacity that it must not pass.
    #[schemars(range(max = 1_000_000))]
    pub(super) max: Option<Located<u32>>,
    /// How much it counts beside other queues where not all demand can be met; 1 by default.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) weight: Option<Located<u32>>,
    /// Capacity that stays up at every instant of a change.
    #[schemars(range(max = 1_000_000))]
    pub(super) floor: Option<Located<u32>>,
    /// Hosts that serve it at least; 1 by default where there is demand.
    #[schemars(range(max = 1_000_000))]
    pub(super) min_hosts: Option<Located<u32>>,
    /// Capacity on one host at most.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) max_per_host: Option<Located<u32>>,
    /// Whether exactly one process serves it and never two at once, not even during a move: a scheduler.
    pub(super) singleton: Option<Located<bool>>,
    /// The `[redis]` that holds it; else that of the workers that serve it, or the only one that is declared.
    pub(super) redis: Option<Located<GroupName>>,
    /// Whether it is a queue of Bull (Misskey): true, or the prefix of its keys where that is not "bull".
    pub(super) bull: Option<Located<WordOrBool>>,
    /// Whether its work computes more than it waits; else nothing is said of threads.
    pub(super) cpu_bound: Option<bool>,
    /// From this latency on a check warns; "60s" by default.
    pub(super) latency: Option<Located<TimeSpan>>,
}

/// What a group or a host allows to workers.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PlacementTable {
    /// The only workers or queues that may be there: names or globs.
    #[schemars(length(min = 1))]
    pub(super) allow: Option<Located<Vec<Located<String>>>>,
    /// Workers or queues that may not be there: names or globs; a worker of several queues may not for any of them.
    pub(super) forbid: Option<Located<Vec<Located<String>>>>,
    /// Whether no worker may stay.
    pub(super) drain: Option<Located<bool>>,
    /// Connections that all workers of a host may take together, such as those of a `PgBouncer` there.
    #[schemars(range(max = 1_000_000))]
    pub(super) max_connections: Option<Located<u32>>,
    /// Cores that its other services take.
    pub(super) used_cpus: Option<Located<Cores>>,
    /// Memory that its other services take, such as "4GiB".
    pub(super) used_memory: Option<Located<ByteSize>>,
}
