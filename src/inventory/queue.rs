//! Worker queues, resolved: databases, Redis servers, kinds of workers, queues, and what hosts allow.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::source::Origin;
use crate::names::{HostName, RemotePath};

/// A database whose connections are a budget.
#[derive(Clone, Debug)]
pub struct DatabaseDeclaration {
    /// The name in the inventory.
    pub name: String,
    /// Where it runs and is asked over SSH; `None`: a service elsewhere, whose `max_connections` must be declared.
    pub host: Option<HostName>,
    /// The user of the host as whom `psql` runs.
    pub run_as: String,
    /// The port of its socket; `None`: as `psql` has it.
    pub port: Option<u16>,
    /// `max_connections` (PostgreSQL, "Connection Settings"); `None`: as the server says.
    pub max_connections: Option<u32>,
    /// Connections that nobody plans with, beside those that the server reserves itself.
    pub reserve: u32,
    /// What else connects, by name.
    pub clients: BTreeMap<String, ClientDeclaration>,
    /// A `PgBouncer` before it.
    pub pgbouncer: Option<PgBouncerDeclaration>,
    /// Where it is declared.
    pub origin: Origin,
}

/// Something beside the workers that takes connections of a database: a web server, streaming, backups.
#[derive(Clone, Debug)]
pub struct ClientDeclaration {
    /// The hosts that it runs on; may be none.
    pub hosts: BTreeSet<HostName>,
    /// Connections that it takes at most, all hosts together: processes × threads.
    pub connections: u32,
    /// How it calls itself in `pg_stat_activity.application_name`, a glob; `None`: it is known by its hosts alone.
    pub application: Option<String>,
    /// Whether it connects through `PgBouncer`.
    pub pooled: bool,
}

/// A `PgBouncer` before a database: two budgets, of clients and of server connections.
#[derive(Clone, Debug)]
pub struct PgBouncerDeclaration {
    /// `max_client_conn`: connections that clients may open to it.
    pub max_client_conn: u32,
    /// Connections that it opens to the database at most: `max_db_connections`, or pools × `default_pool_size`.
    pub server_connections: u32,
    /// Client connections that nobody plans with.
    pub reserve: u32,
}

/// A Redis server that holds queues.
#[derive(Clone, Debug)]
pub struct RedisDeclaration {
    /// The name in the inventory.
    pub name: String,
    /// Where it is asked over SSH.
    pub host: HostName,
    /// The port there.
    pub port: u16,
    /// The number of its database.
    pub database: u32,
    /// What stands before every key, without the colon (redis-namespace).
    pub namespace: Option<String>,
    /// A file on that host that holds the password, which so never leaves it.
    pub password: Option<HostSecret>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A secret that lies on a host and is used there alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSecret {
    /// The file.
    pub path: RemotePath,
    /// The variable in it, where it is an env file; `None`: the file's first line is the secret.
    pub key: Option<String>,
}

/// A kind of worker: a systemd template with its settings.
#[derive(Clone, Debug)]
pub struct WorkerDeclaration {
    /// The name in the inventory.
    pub name: String,
    /// The template, such as `mastodon-sidekiq-ingress@.service`.
    pub unit: UnitTemplate,
    /// The hosts that it may run on, before `[placement]`, see [`Queues::may_run`].
    pub hosts: BTreeSet<HostName>,
    /// The database that it connects to; `None`: it takes no connections of any.
    pub database: Option<String>,
    /// Whether it connects through `PgBouncer`.
    pub pooled: bool,
    /// Connections of the database, a process: declared, or the smaller of pool and concurrency, or the one of them that is declared.
    /// 0 without a database.
    pub connections: u32,
    /// Threads a process; of Sidekiq `-c`.
    pub concurrency: Option<u32>,
    /// What its environment must hold, such as `DB_POOL`: written to the drop-in of the template. No secrets.
    pub environment: BTreeMap<String, String>,
    /// `TimeoutStopSec` for the drop-in.
    pub stop_timeout: Option<Duration>,
    /// The text of the template's unit file, where fleet is to install it.
    pub unit_file: Option<String>,
    /// Thousandths of a core that a busy process takes.
    pub cpu: u32,
    /// Bytes that a process takes; 0, for retired kinds alone: not declared.
    pub memory: u64,
    /// Capacity by queue, never 0; not empty unless retired. What a retired kind serves need not be declared in `[queues]`.
    pub serves: BTreeMap<String, u32>,
    /// Whether it must end at none.
    pub retired: bool,
    /// How many run on these hosts, exactly.
    pub pins: BTreeMap<HostName, u32>,
    /// How it is asked to take no new work.
    pub quiet: Quieting,
    /// How long work in progress may take after that.
    pub drain: Duration,
    /// What kind of program it is, and so how it shows that it works.
    pub program: WorkerProgram,
    /// Where it is declared.
    pub origin: Origin,
}

/// The name of a systemd template, such as `worker@.service` (systemd.unit(5)).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitTemplate {
    prefix: String,
}

impl UnitTemplate {
    /// Of a whole name; `None`: it does not end in `@.service`.
    pub fn parse(name: &str) -> Option<Self> {
        let prefix = name.strip_suffix("@.service").filter(|prefix| !prefix.is_empty())?;
        Some(Self { prefix: prefix.to_owned() })
    }

    /// The template's own name.
    pub fn name(&self) -> String {
        format!("{}@.service", self.prefix)
    }

    /// The unit of an instance.
    pub fn instance(&self, instance: &str) -> crate::names::UnitName {
        crate::names::UnitName::new(format!("{}@{instance}.service", self.prefix))
    }

    /// The instance that a unit's name tells; `None`: the unit is of another template.
    pub fn instance_of<'u>(&self, unit: &'u str) -> Option<&'u str> {
        let rest = unit.strip_prefix(self.prefix.as_str())?.strip_prefix('@')?;
        rest.strip_suffix(".service").filter(|instance| !instance.is_empty())
    }

    /// A glob for all its instances.
    pub fn pattern(&self) -> String {
        format!("{}@*.service", self.prefix)
    }
}

/// How a worker is asked to take no new work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quieting {
    /// A signal to the main process, such as `TSTP` (Sidekiq).
    Signal(String),
    /// `systemctl reload`.
    Reload,
    /// It cannot be: stopping must end its work by itself.
    None,
}

/// What program a worker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkerProgram {
    /// Sidekiq: it registers in Redis, of this name.
    Sidekiq {
        /// The Redis server.
        redis: Option<String>,
    },
    /// Anything else.
    Other {
        /// A command on its host that succeeds once an instance works; `%i` is the instance.
        check: Vec<String>,
    },
}

/// A queue of work.
#[derive(Clone, Debug)]
pub struct QueueDeclaration {
    /// The name in the inventory, and of the queue in Redis.
    pub name: String,
    /// The Redis server that holds it; `None`: its depth is not looked at.
    pub redis: Option<String>,
    /// Whether it is one of Bull (Misskey), with this prefix of its keys.
    pub bull: Option<String>,
    /// Capacity wanted; 0 where only a scheduler or a rest is served.
    pub demand: u32,
    /// Capacity that it must not pass.
    pub max: Option<u32>,
    /// How much a unit of capacity that lacks counts beside other queues'.
    pub weight: u32,
    /// Capacity that stays up at every instant.
    pub floor: u32,
    /// Hosts that serve it at least.
    pub min_hosts: u32,
    /// Capacity on one host at most.
    pub max_per_host: Option<u32>,
    /// Exactly one process serves it, and never two at once.
    pub singleton: bool,
    /// Whether work on it waits for others more than it computes (`Some(false)`), or the reverse; `None`: not declared.
    pub cpu_bound: Option<bool>,
    /// From this latency on a check warns.
    pub latency: Option<Duration>,
    /// Where it is declared.
    pub origin: Origin,
}

/// What one host allows to workers, from `[placement]`: its groups, then itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placement {
    /// Kinds or queues (globs) that alone may be there.
    pub allow: Option<Vec<String>>,
    /// Kinds or queues (globs) that must not be there.
    pub forbid: Vec<String>,
    /// Whether no worker may stay.
    pub drain: bool,
    /// Connections that all workers of the host may take together, such as those of a local `PgBouncer`.
    pub max_connections: Option<u32>,
    /// Thousandths of a core that the host's other services take.
    pub used_cpu: u32,
    /// Bytes that they take.
    pub used_memory: u64,
    /// The kinds that `allow` and `forbid` keep away, by their names: a kind is allowed by its own name or by all its queues,
    /// and forbidden by its own name or by one of its queues.
    pub barred: BTreeSet<String>,
    /// Where the last word on it is declared.
    pub origin: Option<Origin>,
}

/// All that the inventory says of queues.
#[derive(Clone, Debug, Default)]
pub struct Queues {
    /// By name.
    pub databases: BTreeMap<String, DatabaseDeclaration>,
    /// By name.
    pub redis: BTreeMap<String, RedisDeclaration>,
    /// By name.
    pub workers: BTreeMap<String, WorkerDeclaration>,
    /// By name.
    pub queues: BTreeMap<String, QueueDeclaration>,
    /// Of every host of the inventory that has one.
    pub placement: BTreeMap<HostName, Placement>,
}

impl Queues {
    /// Whether a kind may have processes on a host: one of its hosts, where `[placement]` neither keeps it away nor drains.
    pub fn may_run(&self, worker: &WorkerDeclaration, host: &HostName) -> bool {
        let here = self.placement.get(host);
        worker.hosts.contains(host) && here.is_none_or(|here| !here.drain && !here.barred.contains(&worker.name))
    }

    /// Whether nothing of queues is declared.
    pub fn is_empty(&self) -> bool {
        self.databases.is_empty() && self.redis.is_empty() && self.workers.is_empty() && self.queues.is_empty()
    }
}
