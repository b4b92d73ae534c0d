//! What would be planned if something were otherwise: `max_connections=300,+host=esme:8,demand.ingress=40`.
//!
//! A comma list. Each word is `WHAT=VALUE`, `WHAT.NAME=VALUE`, `+host=NAME:CPUS[:MEMORY]` or `-host=NAME`.

mod apply;
mod parse;
#[cfg(test)]
mod tests;

use crate::names::HostName;

pub use apply::apply;
pub use parse::parse;

/// One thing that is assumed to be otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhatIf {
    /// `max_connections` of a database, and with it its budget; `None`: of all.
    MaxConnections {
        /// The database.
        database: Option<String>,
        /// Connections.
        value: u32,
    },
    /// Connections that nobody plans with.
    Reserve {
        /// The database; `None`: all.
        database: Option<String>,
        /// Connections.
        value: u32,
    },
    /// One more host for workers, or another size of one.
    AddHost {
        /// Its name.
        name: HostName,
        /// Thousandths of a core.
        cpu: u32,
        /// MiB; `None`: as much as is wanted.
        memory: Option<u32>,
    },
    /// A host that must end empty.
    DrainHost {
        /// Its name.
        name: HostName,
    },
    /// A number of a queue.
    Queue {
        /// Which of them.
        field: QueueField,
        /// The queue.
        queue: String,
        /// Its value.
        value: u32,
    },
    /// A number of a kind of workers.
    Kind {
        /// Which of them.
        field: KindField,
        /// The kind.
        kind: String,
        /// Its value: connections, thousandths of a core, or MiB.
        value: u32,
    },
}

/// A number of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueField {
    /// Capacity wanted.
    Demand,
    /// Capacity that stays up.
    Floor,
    /// What a unit that lacks counts.
    Weight,
    /// Capacity that it must not pass.
    Max,
    /// Hosts that serve it.
    MinHosts,
    /// Capacity on one host.
    MaxPerHost,
}

/// A number of a kind of workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindField {
    /// Connections a process.
    Connections,
    /// CPU of a busy process.
    Cpu,
    /// Memory of a process.
    Memory,
}

/// The names that may stand in it.
#[derive(Clone, Debug, Default)]
pub struct Names<'a> {
    /// Of databases.
    pub databases: Vec<&'a str>,
    /// Of queues.
    pub queues: Vec<&'a str>,
    /// Of kinds of workers.
    pub kinds: Vec<&'a str>,
    /// Of all hosts of the inventory.
    pub hosts: Vec<&'a str>,
}

/// Why it can't be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WhatIfError {
    /// What is wrong, and with which word.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

/// `max_connections` that is assumed of a database: the last word on it.
pub fn max_connections(assumed: &[WhatIf], database: &str) -> Option<u32> {
    assumed.iter().rev().find_map(|one| match one {
        WhatIf::MaxConnections { database: named, value } if of(named.as_deref(), database) => Some(*value),
        _ => None,
    })
}

/// The reserve that is assumed of a database: the last word on it.
pub fn reserve(assumed: &[WhatIf], database: &str) -> Option<u32> {
    assumed.iter().rev().find_map(|one| match one {
        WhatIf::Reserve { database: named, value } if of(named.as_deref(), database) => Some(*value),
        _ => None,
    })
}

fn of(named: Option<&str>, database: &str) -> bool {
    named.is_none_or(|named| named == database)
}
