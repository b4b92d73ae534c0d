//! What every hard limit and every requirement of the final state means: the one place that says so.
//!
//! *Hard limits* hold at every instant. A limit that is broken already may not get worse: nothing that adds to it may start (of a floor:
//! nothing that serves the queue may stop), anything else may. *Requirements* are for the end alone, and as little broken as can be.
//! What runs on a frozen host counts for budgets, floors and queues; of its own limits and requirements nothing is said, as nobody can do
//! anything about them.

use super::model::{Model, Move, Placement, Score, Step};

/// A load up to this many per cent of a host's CPUs costs nothing.
pub const EASY_LOAD: u64 = 70;
/// Above it, load is told apart in steps of so many per cent.
pub const LOAD_STEP: u64 = 5;

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

/// What a placement takes and gives, kept while it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Connections by budget.
    pub budgets: Vec<u64>,
    /// Connections by host.
    pub connections: Vec<u64>,
    /// MiB by host.
    pub memory: Vec<u64>,
    /// Thousandths of a core by host, of workers alone.
    pub cpu: Vec<u64>,
    /// Capacity by queue.
    pub capacity: Vec<u64>,
    /// Processes by queue.
    pub processes: Vec<u64>,
    /// Hosts that serve it, by queue.
    pub hosts: Vec<u32>,
    /// Capacity by host and queue.
    on_host: Vec<u64>,
}

impl Usage {
    /// Of nothing at all.
    pub fn none(model: &Model) -> Self {
        let (hosts, queues) = (model.hosts.len(), model.queues.len());
        Self {
            budgets: vec![0; model.budgets.len()],
            connections: vec![0; hosts],
            memory: vec![0; hosts],
            cpu: vec![0; hosts],
            capacity: vec![0; queues],
            processes: vec![0; queues],
            hosts: vec![0; queues],
            on_host: vec![0; hosts * queues],
        }
    }

    /// Of a placement.
    pub fn of(model: &Model, placement: &Placement) -> Self {
        let mut usage = Self::none(model);
        for host in 0..model.hosts.len() {
            for (kind, &count) in placement.host(host).iter().enumerate() {
                usage.add(model, host, kind, count);
            }
        }
        usage
    }

    /// Capacity of a queue on a host.
    pub fn on_host(&self, host: usize, queue: usize) -> u64 {
        self.on_host[host * self.capacity.len() + queue]
    }

    /// With more processes.
    pub fn add(&mut self, model: &Model, host: usize, kind: usize, count: u32) {
        if count == 0 {
            return;
        }
        let (of, count, queues) = (&model.kinds[kind], u64::from(count), self.capacity.len());
        for &budget in &of.budgets {
            self.budgets[budget] += count * u64::from(of.connections);
        }
        self.connections[host] += count * u64::from(of.connections);
        self.memory[host] += count * u64::from(of.memory);
        self.cpu[host] += count * u64::from(of.cpu);
        for (queue, &capacity) in of.serves.iter().enumerate().filter(|(_, capacity)| **capacity > 0) {
            let here = &mut self.on_host[host * queues + queue];
            if *here == 0 {
                self.hosts[queue] += 1;
            }
            *here += count * u64::from(capacity);
            self.capacity[queue] += count * u64::from(capacity);
            self.processes[queue] += count;
        }
    }

    /// With fewer: no more than were added.
    pub fn remove(&mut self, model: &Model, host: usize, kind: usize, count: u32) {
        if count == 0 {
            return;
        }
        let (of, count, queues) = (&model.kinds[kind], u64::from(count), self.capacity.len());
        for &budget in &of.budgets {
            self.budgets[budget] -= count * u64::from(of.connections);
        }
        self.connections[host] -= count * u64::from(of.connections);
        self.memory[host] -= count * u64::from(of.memory);
        self.cpu[host] -= count * u64::from(of.cpu);
        for (queue, &capacity) in of.serves.iter().enumerate().filter(|(_, capacity)| **capacity > 0) {
            let here = &mut self.on_host[host * queues + queue];
            *here -= count * u64::from(capacity);
            if *here == 0 {
                self.hosts[queue] -= 1;
            }
            self.capacity[queue] -= count * u64::from(capacity);
            self.processes[queue] -= count;
        }
    }

    /// The load of a host when all its workers are busy, in per cent of its CPUs, rounded up; `None`: its CPUs are not known.
    pub fn load(&self, model: &Model, host: usize) -> Option<u64> {
        let of = &model.hosts[host];
        let taken = u64::from(of.cpu_used) + self.cpu[host];
        (of.cpu > 0).then(|| (100 * taken).div_ceil(u64::from(of.cpu)))
    }
}

/// How many steps a load in per cent is above what costs nothing.
pub fn load_steps(load: u64) -> u32 {
    u32::try_from(load.saturating_sub(EASY_LOAD).div_ceil(LOAD_STEP)).unwrap_or(u32::MAX)
}

/// The hard limits that are broken, and after them the requirements, each in the order of the model.
pub fn broken(model: &Model, placement: &Placement) -> Vec<Breach> {
    let usage = Usage::of(model, placement);
    let mut found = hard(model, &usage);
    found.extend(requirements(model, placement, &usage));
    found
}

/// The hard limits that are broken.
pub fn hard(model: &Model, usage: &Usage) -> Vec<Breach> {
    let mut found = ceilings(model, usage, |_| true);
    for (queue, of) in model.queues.iter().enumerate() {
        if usage.capacity[queue] < u64::from(of.floor) {
            let (used, allowed) = (usage.capacity[queue], u64::from(of.floor));
            found.push(Breach { limit: Limit::Floor(queue), used, allowed });
        }
    }
    found
}

/// The limits from above that are broken, of hosts that may change and that `looks_at` wants.
fn ceilings(model: &Model, usage: &Usage, looks_at: impl Fn(usize) -> bool) -> Vec<Breach> {
    let mut found = Vec::new();
    let mut check = |limit: Limit, used: u64, allowed: u64| {
        if used > allowed {
            found.push(Breach { limit, used, allowed });
        }
    };
    // Of a blind budget neither the use nor, maybe, the limit is known: nothing ends for its sake.
    for (budget, of) in model.budgets.iter().enumerate().filter(|(_, of)| !of.blind) {
        check(Limit::Budget(budget), usage.budgets[budget], u64::from(of.limit));
    }
    for (host, of) in model.hosts.iter().enumerate().filter(|(host, of)| !of.frozen && looks_at(*host)) {
        if let Some(allowed) = of.connections {
            check(Limit::HostConnections(host), usage.connections[host], u64::from(allowed));
        }
        if let Some(allowed) = of.memory {
            check(Limit::HostMemory(host), usage.memory[host], u64::from(allowed));
        }
        for (queue, of) in model.queues.iter().enumerate() {
            if let Some(allowed) = of.max_per_host {
                check(Limit::MaxPerHost { queue, host }, usage.on_host(host, queue), u64::from(allowed));
            }
        }
    }
    for (queue, of) in model.queues.iter().enumerate() {
        if let Some(allowed) = of.max {
            check(Limit::MaxCapacity(queue), usage.capacity[queue], u64::from(allowed));
        }
        if of.singleton {
            check(Limit::Singleton(queue), usage.processes[queue], 1);
        }
    }
    found
}

/// The requirements of the final state that are broken.
fn requirements(model: &Model, placement: &Placement, usage: &Usage) -> Vec<Breach> {
    let mut found = Vec::new();
    for (host, _) in model.hosts.iter().enumerate().filter(|(_, of)| !of.frozen) {
        for (kind, &count) in placement.host(host).iter().enumerate() {
            let used = u64::from(count);
            if let Some(limit) = must_end(model, host, kind) {
                if count > 0 {
                    found.push(Breach { limit, used, allowed: 0 });
                }
            } else if let Some(pin) = model.kinds[kind].pinned[host]
                && pin != count
            {
                found.push(Breach { limit: Limit::Pinned { kind, host }, used, allowed: u64::from(pin) });
            }
        }
    }
    for (queue, of) in model.queues.iter().enumerate() {
        if usage.hosts[queue] < of.min_hosts {
            let (used, allowed) = (u64::from(usage.hosts[queue]), u64::from(of.min_hosts));
            found.push(Breach { limit: Limit::MinHosts(queue), used, allowed });
        }
        if of.singleton && usage.processes[queue] == 0 {
            found.push(Breach { limit: Limit::SingletonMissing(queue), used: 0, allowed: 1 });
        }
    }
    found
}

/// How far limits and requirements are broken together, each in its own unit.
pub fn excess(model: &Model, placement: &Placement) -> u64 {
    broken(model, placement).iter().map(Breach::by).sum()
}

/// What a placement is worth.
pub fn score(model: &Model, placement: &Placement) -> Score {
    let usage = Usage::of(model, placement);
    let mut broken = hard(model, &usage);
    broken.extend(requirements(model, placement, &usage));
    let shortfall = |(queue, of): (usize, &super::model::Queue)| {
        u64::from(of.weight) * u64::from(of.demand).saturating_sub(usage.capacity[queue])
    };
    let busiest = (0..model.hosts.len())
        .filter(|&host| !model.hosts[host].frozen)
        .filter_map(|host| usage.load(model, host))
        .max()
        .unwrap_or(0);
    Score {
        excess: broken.iter().map(Breach::by).sum(),
        shortfall: model.queues.iter().enumerate().map(shortfall).sum(),
        load_steps: load_steps(busiest),
        moves: moves(model, &model.now, placement),
    }
}

/// Starts and stops from one placement to the other.
pub fn moves(model: &Model, before: &Placement, after: &Placement) -> u32 {
    let on_host = |host: usize| -> u32 {
        before.host(host).iter().zip(after.host(host)).map(|(before, after)| before.abs_diff(*after)).sum()
    };
    (0..model.hosts.len()).map(on_host).sum()
}

/// All starts and all stops from one placement to the other, as one step.
pub fn difference(model: &Model, before: &Placement, after: &Placement) -> Step {
    let mut step = Step::default();
    for host in 0..model.hosts.len() {
        for kind in 0..model.kinds.len() {
            let (was, is) = (before.get(host, kind), after.get(host, kind));
            if is > was {
                step.starts.push(Move { host, kind, count: is - was });
            } else if was > is {
                step.stops.push(Move { host, kind, count: was - is });
            }
        }
    }
    step
}

/// What forbids to have `after` in the end where `before` runs now; none: it is allowed, though it may leave broken what was broken.
///
/// Hard limits hold in `after`, or were broken before and nothing was added to them: anything else could not be reached by allowed steps.
/// That there are such steps is not said.
pub fn worse(model: &Model, before: &Placement, after: &Placement) -> Vec<Breach> {
    let step = difference(model, before, after);
    let usage = Usage::of(model, after);
    added(model, &step.starts, &usage, &usage)
        .into_iter()
        .chain(taken(model, &step.stops, &usage))
        .chain(on_frozen(model, &step))
        .collect()
}

/// What forbids a step from where `before` is used; none: it is allowed, in every interleaving of its moves.
///
/// All starts are charged before any stop releases what it takes, and floors are held with all stops and no starts.
pub fn instant(model: &Model, before: &Usage, step: &Step) -> Vec<Breach> {
    let (mut most, mut least) = (before.clone(), before.clone());
    for start in &step.starts {
        most.add(model, start.host, start.kind, start.count);
    }
    for stop in &step.stops {
        least.remove(model, stop.host, stop.kind, stop.count);
    }
    added(model, &step.starts, &most, before)
        .into_iter()
        .chain(taken(model, &step.stops, &least))
        .chain(on_frozen(model, step))
        .collect()
}

/// Limits from above that starts break, or add to where they are broken; `most` is what is used at the worst.
fn added(model: &Model, starts: &[Move], most: &Usage, before: &Usage) -> Vec<Breach> {
    let mut found = Vec::new();
    let starts = || starts.iter().filter(|start| start.count > 0);
    let mut touched = vec![false; model.hosts.len()];
    for start in starts() {
        touched[start.host] = true;
        let of = &model.kinds[start.kind];
        if let Some(limit) = must_end(model, start.host, start.kind) {
            found.push(Breach { limit, used: u64::from(start.count), allowed: 0 });
        }
        if model.hosts[start.host].memory.is_none() && of.memory > 0 {
            let (used, allowed) = (most.memory[start.host], before.memory[start.host]);
            found.push(Breach { limit: Limit::UnknownMemory(start.host), used, allowed });
        }
        for &budget in of.budgets.iter().filter(|budget| model.budgets[**budget].blind && of.connections > 0) {
            let (used, allowed) = (most.budgets[budget], before.budgets[budget]);
            found.push(Breach { limit: Limit::Blind(budget), used, allowed });
        }
    }
    if touched.iter().any(|touched| *touched) {
        let adds = |limit: Limit| starts().any(|start| adds_to(model, limit, *start));
        found.extend(ceilings(model, most, |host| touched[host]).into_iter().filter(|breach| adds(breach.limit)));
    }
    found.sort_unstable();
    found.dedup_by_key(|breach| breach.limit);
    found
}

/// Whether a start adds to a limit from above.
fn adds_to(model: &Model, limit: Limit, start: Move) -> bool {
    let of = &model.kinds[start.kind];
    match limit {
        Limit::Budget(budget) | Limit::Blind(budget) => of.connections > 0 && of.budgets.contains(&budget),
        Limit::HostConnections(host) => of.connections > 0 && start.host == host,
        Limit::HostMemory(host) | Limit::UnknownMemory(host) => of.memory > 0 && start.host == host,
        Limit::MaxCapacity(queue) | Limit::Singleton(queue) => of.serves[queue] > 0,
        Limit::MaxPerHost { queue, host } => of.serves[queue] > 0 && start.host == host,
        _ => false,
    }
}

/// Floors that stops break, or take from where they are broken; `least` is the capacity at the worst.
fn taken(model: &Model, stops: &[Move], least: &Usage) -> Vec<Breach> {
    let serves = |queue: usize| {
        let serves = |stop: &Move| stop.count > 0 && model.kinds[stop.kind].serves[queue] > 0;
        stops.iter().any(serves)
    };
    let below = |(queue, of): (usize, &super::model::Queue)| {
        let (used, allowed) = (least.capacity[queue], u64::from(of.floor));
        (used < allowed && serves(queue)).then_some(Breach { limit: Limit::Floor(queue), used, allowed })
    };
    model.queues.iter().enumerate().filter_map(below).collect()
}

/// Frozen hosts on which something would change.
fn on_frozen(model: &Model, step: &Step) -> Vec<Breach> {
    let mut found: Vec<Breach> = step
        .starts
        .iter()
        .chain(&step.stops)
        .filter(|moved| moved.count > 0 && model.hosts[moved.host].frozen)
        .map(|moved| Breach { limit: Limit::Frozen(moved.host), used: u64::from(moved.count), allowed: 0 })
        .collect();
    found.sort_unstable();
    found.dedup_by_key(|breach| breach.limit);
    found
}
