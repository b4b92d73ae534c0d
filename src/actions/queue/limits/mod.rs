//! What every hard limit and every requirement of the final state means: the one place that says so.
//!
//! *Hard limits* hold at every instant. A limit that is broken already may not get worse: nothing that adds to it may start (of a floor:
//! nothing that serves the queue may stop), anything else may. *Requirements* are for the end alone, and as little broken as can be; but
//! what holds of them now is not given up for anything else ([`worse`]): a scheduler that runs does not end so that a budget is less
//! exceeded. What runs on a frozen host counts for budgets, floors and queues; of its own limits and requirements nothing is said, as
//! nobody can do anything about them.

mod reach;
#[cfg(test)]
mod tests;
mod usage;
mod worth;

pub use reach::{difference, instant, moves, worse};
pub use usage::Usage;
pub use worth::{EASY_LOAD, LOAD_STEP, broken, excess, hard, load_steps, score};

use super::model::Model;

/// So many MiB above a limit count as one of any other unit in [`Score::excess`]: about what a small process takes, as a limit of memory
/// should not weigh hundreds of times what one of processes does.
///
/// [`Score::excess`]: super::model::Score::excess
pub const MEMORY_UNIT: u32 = 64;

/// A hard limit, or a requirement of the final state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// Connections of a budget.
    Budget(usize),
    /// A budget that nothing may be added to, as what it already bears is not known.
    Blind(usize),
    /// Connections of all workers on a host.
    HostConnections(usize),
    /// MiB of all workers on a host.
    HostMemory(usize),
    /// A host that nothing may be added to, as its memory is not known.
    UnknownMemory(usize),
    /// Capacity of a queue that stays up.
    Floor(usize),
    /// Capacity of a queue at most.
    MaxCapacity(usize),
    /// Capacity of a queue on one host at most.
    MaxPerHost {
        /// The queue.
        queue: usize,
        /// The host.
        host: usize,
    },
    /// One process at most serves the queue.
    Singleton(usize),
    /// Nothing changes on the host.
    Frozen(usize),
    /// Requirement: processes with other settings than declared end.
    Stale {
        /// The kind.
        kind: usize,
        /// The host.
        host: usize,
    },
    /// Requirement: processes of a retired kind end.
    Retired {
        /// The kind.
        kind: usize,
        /// The host.
        host: usize,
    },
    /// Requirement: processes end where their kind may not be.
    NotAllowed {
        /// The kind.
        kind: usize,
        /// The host.
        host: usize,
    },
    /// Requirement: exactly so many.
    Pinned {
        /// The kind.
        kind: usize,
        /// The host.
        host: usize,
    },
    /// Requirement: so many hosts serve the queue at least.
    MinHosts(usize),
    /// Requirement: a process serves the singleton queue.
    SingletonMissing(usize),
}

impl Limit {
    /// Whether it is for the final state alone.
    pub fn is_requirement(self) -> bool {
        matches!(
            self,
            Self::Stale { .. }
                | Self::Retired { .. }
                | Self::NotAllowed { .. }
                | Self::Pinned { .. }
                | Self::MinHosts(_)
                | Self::SingletonMissing(_)
        )
    }
}

/// A limit that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Breach {
    /// Which.
    pub limit: Limit,
    /// What there is, in the limit's own unit: connections, MiB, capacity, processes or hosts.
    pub used: u64,
    /// What there may be at most, or must be at least.
    pub allowed: u64,
}

impl Breach {
    /// By how much, in the limit's own unit.
    pub fn by(&self) -> u64 {
        self.used.abs_diff(self.allowed)
    }

    /// What that counts in a score: MiB in units of [`MEMORY_UNIT`], rounded up, and everything else one by one.
    pub fn weight(&self) -> u64 {
        match self.limit {
            Limit::HostMemory(_) => self.by().div_ceil(u64::from(MEMORY_UNIT)),
            _ => self.by(),
        }
    }

    /// In words, such as `franz takes 30 of 20 connections`.
    pub fn describe(&self, model: &Model) -> String {
        let Self { limit, used, allowed } = *self;
        let host = |host: usize| model.hosts[host].name.as_str();
        let queue = |queue: usize| model.queues[queue].name.as_str();
        let kind = |kind: usize| model.kinds[kind].name.as_str();
        match limit {
            Limit::Budget(budget) => {
                format!("workers take {used} of {allowed} connections of {}", model.budgets[budget].name)
            }
            Limit::Blind(budget) => format!(
                "what connections of {} are taken is not known, so nothing may be added",
                model.budgets[budget].name
            ),
            Limit::HostConnections(at) => format!("{} takes {used} of {allowed} connections", host(at)),
            Limit::HostMemory(at) => format!("workers on {} take {used} of {allowed} MiB", host(at)),
            Limit::UnknownMemory(at) => {
                format!("the memory of {} is not known, so nothing may be added there", host(at))
            }
            Limit::Floor(of) => format!("{} is at a capacity of {used}, below its floor of {allowed}", queue(of)),
            Limit::MaxCapacity(of) => {
                format!("{} is at a capacity of {used}, above its maximum of {allowed}", queue(of))
            }
            Limit::MaxPerHost { queue: of, host: at } => {
                format!("{} is at a capacity of {used} on {}, where {allowed} is the most", queue(of), host(at))
            }
            Limit::Singleton(of) => format!("{used} processes serve {}, which may have only one", queue(of)),
            Limit::Frozen(at) => format!("nothing may change on {}", host(at)),
            Limit::Stale { kind: of, host: at } => {
                let run = if used == 1 { "runs" } else { "run" };
                format!("{used} of {} on {} {run} with other settings than declared", kind(of), host(at))
            }
            Limit::Retired { kind: of, host: at } => {
                format!("{used} of {}, which is retired, on {}", kind(of), host(at))
            }
            Limit::NotAllowed { kind: of, host: at } => {
                format!("{used} of {} on {}, where it may not be", kind(of), host(at))
            }
            Limit::Pinned { kind: of, host: at } => {
                format!("{used} of {} on {}, where the pin says {allowed}", kind(of), host(at))
            }
            Limit::MinHosts(of) => format!("{} is served on {used} of the {allowed} hosts that it needs", queue(of)),
            Limit::SingletonMissing(of) => format!("nothing serves {}, which needs one process", queue(of)),
        }
    }
}

/// What must become of the processes of a kind on a host, if they must end there.
pub fn must_end(model: &Model, host: usize, kind: usize) -> Option<Limit> {
    let of = &model.kinds[kind];
    if of.stale_of.is_some() {
        Some(Limit::Stale { kind, host })
    } else if of.retired {
        Some(Limit::Retired { kind, host })
    } else if of.allowed[host] {
        None
    } else {
        Some(Limit::NotAllowed { kind, host })
    }
}
