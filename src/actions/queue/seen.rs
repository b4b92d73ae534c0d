//! What hosts, databases and Redis servers said of workers, read and put in order.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::names::{HostName, UnitName};

/// What is known of all.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// By host; a host that did not answer is not here.
    pub hosts: BTreeMap<HostName, HostSeen>,
    /// Hosts that were reached and could not be asked for their workers, and why.
    pub unknown: BTreeMap<HostName, String>,
    /// By the database's name; or why it could not be asked.
    pub databases: BTreeMap<String, Result<DatabaseSeen, String>>,
    /// By the Redis server's name; or why it could not be asked.
    pub redis: BTreeMap<String, Result<RedisSeen, String>>,
}

/// What one host said.
#[derive(Clone, Debug, Default)]
pub struct HostSeen {
    /// What it calls itself, which is what Sidekiq registers under.
    pub hostname: String,
    /// Its addresses, as `pg_stat_activity` shows them; the loopback ones are not here.
    pub addresses: BTreeSet<IpAddr>,
    /// CPUs that are online.
    pub cpus: u32,
    /// `MemTotal`, MiB.
    pub memory: u32,
    /// Every instance of a declared template that runs, has failed, or is enabled; in the order of their names.
    pub instances: Vec<Instance>,
    /// Declared templates that the host has a unit file of, by their names.
    pub templates: BTreeSet<String>,
}

/// An instance of a worker's template.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its unit.
    pub unit: UnitName,
    /// The kind in the inventory.
    pub kind: String,
    /// The word of systemd for it: `active`, `activating`, `deactivating`, `failed`, `inactive` …
    pub active_state: String,
    /// Whether it starts at boot.
    pub enabled: bool,
    /// The process that does its work: the main process, or the child of one that only wraps it; 0: none.
    pub pid: u32,
    /// What it runs with.
    pub settings: Settings,
    /// What it would run with if it started now, as its unit file, drop-ins and env files say.
    pub on_disk: Settings,
    /// `TimeoutStopUSec`, seconds; `None`: infinity or not known.
    pub stop_timeout: Option<u64>,
    /// Files of systemd beside the unit file, in their order.
    pub drop_ins: Vec<String>,
    /// Variables that `Environment=` sets and an env file sets otherwise, which wins (systemd.exec(5), `EnvironmentFile=`).
    pub beaten: Vec<Beaten>,
    /// Whether unit file or drop-ins changed since systemd read them.
    pub needs_reload: bool,
    /// Whether its process started after the files of its settings last changed; `None`: nothing runs, or not known.
    pub started_since: Option<bool>,
    /// Whether it was asked to take no new work, which cannot be undone.
    pub quiet: bool,
    /// Threads that worked on a job just now; `None`: not known.
    pub busy: Option<u32>,
    /// Thousandths of a core that it used just now.
    pub cpu: Option<u32>,
    /// Memory of its control group, else what its processes have resident, MiB.
    pub memory: Option<u32>,
}

impl Instance {
    /// Whether a process of it may hold connections now.
    pub fn runs(&self) -> bool {
        matches!(self.active_state.as_str(), "active" | "activating" | "reloading" | "deactivating")
    }
}

/// A variable whose `Environment=` has no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beaten {
    /// Its name.
    pub variable: String,
    /// What `Environment=` says.
    pub unit: String,
    /// What the env file says.
    pub file: String,
    /// The env file.
    pub path: String,
}

/// Settings of a worker; what is not known is `None`, which never means 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `DB_POOL` and its like.
    pub pool: Option<u32>,
    /// Threads: `-c` of Sidekiq.
    pub concurrency: Option<u32>,
    /// Queues as told on its command line, in order.
    pub queues: Vec<String>,
    /// `-t` of Sidekiq: seconds for running jobs at its end.
    pub shutdown: Option<u32>,
    /// The declared variables of the environment, with their values.
    pub environment: BTreeMap<String, String>,
}

/// What a `PostgreSQL` server said.
#[derive(Clone, Debug, Default)]
pub struct DatabaseSeen {
    /// `server_version_num`.
    pub version: u32,
    /// `max_connections`.
    pub max_connections: u32,
    /// `superuser_reserved_connections`.
    pub superuser_reserved: u32,
    /// `reserved_connections`; 0 before version 16.
    pub reserved: u32,
    /// Who is connected, from `pg_stat_activity`.
    pub clients: Vec<ConnectedClients>,
}

/// Client connections that have all of this in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectedClients {
    /// `application_name`.
    pub application: String,
    /// `client_addr`; `None`: a socket of the host itself.
    pub address: Option<String>,
    /// `usename`.
    pub user: String,
    /// How many.
    pub count: u32,
    /// Of these, how many work.
    pub active: u32,
}

/// What a Redis server said.
#[derive(Clone, Debug, Default)]
pub struct RedisSeen {
    /// By queue.
    pub queues: BTreeMap<String, QueueSeen>,
    /// Live Sidekiq processes: their last heartbeat is at most a minute old.
    pub processes: Vec<SidekiqProcess>,
}

/// A queue in Redis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueSeen {
    /// Jobs that wait.
    pub depth: u64,
    /// Milliseconds that the oldest of them has waited; `None`: not known.
    pub latency: Option<u64>,
    /// Jobs that are worked on, where the queue itself tells (Bull); Sidekiq's processes tell it instead.
    pub active: Option<u64>,
}

/// A Sidekiq process as it registered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SidekiqProcess {
    /// Of its machine.
    pub hostname: String,
    /// There.
    pub pid: u32,
    /// Threads.
    pub concurrency: u32,
    /// Those that it serves.
    pub queues: Vec<String>,
    /// Jobs that it works on.
    pub busy: u32,
    /// Whether it takes no new ones.
    pub quiet: bool,
    /// Milliseconds since its last heartbeat.
    pub beat_age: u64,
}
