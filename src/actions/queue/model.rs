//! The question of a balance as numbers, and what an answer is: pure data, shared by all that reckons with it.
//!
//! Kinds, queues, hosts and budgets are named by their index. All numbers are integers.

use crate::names::HostName;

/// Which processes may run where, and what is wanted of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// Shapes of processes.
    pub kinds: Vec<Kind>,
    /// Queues that they serve.
    pub queues: Vec<Queue>,
    /// Hosts that they run on.
    pub hosts: Vec<Host>,
    /// Budgets of connections.
    pub budgets: Vec<Budget>,
    /// What runs now, or would start by itself at the next boot: it is charged all the same.
    pub now: Placement,
}

/// A shape of process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// The name in the inventory.
    pub name: String,
    /// For processes that run otherwise than declared, or are down: the kind that they were started as. They must end.
    pub stale_of: Option<usize>,
    /// Connections a process takes at most.
    pub connections: u32,
    /// The budgets that these are charged to, by index: each of them in full.
    pub budgets: Vec<usize>,
    /// Thousandths of a core when busy.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
    /// Capacity by queue.
    pub serves: Vec<u32>,
    /// Must end at none.
    pub retired: bool,
    /// By host: whether it may run there. Where it may not, what runs must end.
    pub allowed: Vec<bool>,
    /// By host: how many, exactly.
    pub pinned: Vec<Option<u32>>,
}

impl Kind {
    /// Whether its processes are enabled and do not run: they take connections alone, as the next boot would start them.
    pub fn is_down(&self) -> bool {
        self.stale_of.is_some() && self.cpu == 0 && self.memory == 0
    }

    /// Whether its processes run and do no work: they were quieted, are ending, or wait for their next start.
    pub fn is_idle(&self) -> bool {
        self.stale_of.is_some() && !self.is_down() && self.serves.iter().all(|each| *each == 0)
    }
}

/// A queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// The name in the inventory.
    pub name: String,
    /// Capacity wanted.
    pub demand: u32,
    /// Capacity that it must not pass.
    pub max: Option<u32>,
    /// What a unit of capacity that lacks counts.
    pub weight: u32,
    /// Capacity that stays up at every instant.
    pub floor: u32,
    /// Hosts that serve it at least, in the end.
    pub min_hosts: u32,
    /// Capacity on one host at most.
    pub max_per_host: Option<u32>,
    /// At every instant at most one process serves it, and in the end exactly one.
    pub singleton: bool,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub name: HostName,
    /// Thousandths of a core that it has; 0: not known, and then its load counts nowhere.
    pub cpu: u32,
    /// Thousandths of a core that others take.
    pub cpu_used: u32,
    /// MiB that workers may take; `None`: not known, and then nothing may be added.
    pub memory: Option<u32>,
    /// Connections that its workers may take together.
    pub connections: Option<u32>,
    /// Nothing changes there: it does not answer, or is not selected. What runs there counts.
    pub frozen: bool,
}

/// Connections that the workers may take together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Such as `primary`, or `primary (PgBouncer)`.
    pub name: String,
    /// How many; 0 where others already take more than there is.
    pub limit: u32,
    /// Nothing may be added: what runs somewhere, or what the server takes, is not known.
    pub blind: bool,
}

/// How many processes of each kind run on each host.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Placement {
    kinds: usize,
    counts: Vec<u32>,
}

impl Placement {
    /// Nothing anywhere.
    pub fn empty(hosts: usize, kinds: usize) -> Self {
        Self { kinds, counts: vec![0; hosts * kinds] }
    }

    /// Processes of that kind on that host.
    pub fn get(&self, host: usize, kind: usize) -> u32 {
        self.counts[host * self.kinds + kind]
    }

    /// Sets it.
    pub fn set(&mut self, host: usize, kind: usize, count: u32) {
        self.counts[host * self.kinds + kind] = count;
    }

    /// All kinds on a host.
    pub fn host(&self, host: usize) -> &[u32] {
        &self.counts[host * self.kinds..(host + 1) * self.kinds]
    }

    /// Hosts that there is room for.
    pub fn hosts(&self) -> usize {
        self.counts.len() / self.kinds.max(1)
    }

    /// Kinds that there is room for.
    pub fn kinds(&self) -> usize {
        self.kinds
    }

    /// Processes of a kind on all hosts.
    pub fn of_kind(&self, kind: usize) -> u32 {
        self.counts.iter().skip(kind).step_by(self.kinds.max(1)).sum()
    }
}

/// What a placement is worth, from the most important to the least: less is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score {
    /// How far hard limits are broken, see [`super::limits`]; only what was broken before can be.
    pub excess: u64,
    /// Weighted shortfall of demand.
    pub shortfall: u64,
    /// Steps of 5 % by which the busiest host is above a load of 70 %.
    pub load_steps: u32,
    /// Starts and stops.
    pub moves: u32,
}

/// The best placement that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// Which.
    pub placement: Placement,
    /// What it is worth.
    pub score: Score,
    /// No placement is worth more than this; where it equals `score`, the placement is proven to be the best.
    pub bound: Score,
}

impl Solution {
    /// Whether no other placement is better.
    pub fn is_proven(&self) -> bool {
        self.score == self.bound
    }
}

/// Starts and stops that happen side by side, in any interleaving: starts are charged before any stop releases anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Processes that start.
    pub starts: Vec<Move>,
    /// Processes that end.
    pub stops: Vec<Move>,
}

/// Processes of one kind on one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    /// Where.
    pub host: usize,
    /// Of which kind.
    pub kind: usize,
    /// How many.
    pub count: u32,
}
