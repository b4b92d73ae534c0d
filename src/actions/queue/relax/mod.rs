//! The smallest changes of the inventory that would each clear the way, found by trying.

use super::explain::words::plural;
#[cfg(test)]
mod tests;

use super::limits::Limit;
use super::model::{Model, Placement, Solution};
use super::steps::{Effort, Stuck, order_with};

/// MiB of a host whose memory is supposed to be enough.
const AMPLE: u32 = 1 << 28;
/// Where no change alone will do, so many pairs of them are tried.
const PAIRS: usize = 30;

/// Changes that together would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relaxation {
    /// One; or two, where no single one does.
    pub changes: Vec<Change>,
    /// In words, such as `10 more connections of primary`.
    pub words: String,
}

/// A change of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// More connections of a budget.
    Budget {
        /// Which.
        budget: usize,
        /// How many more.
        more: u32,
    },
    /// More connections of all workers on a host.
    HostConnections {
        /// Which.
        host: usize,
        /// How many more.
        more: u32,
    },
    /// More memory for workers on a host.
    HostMemory {
        /// Which.
        host: usize,
        /// MiB more.
        more: u32,
    },
    /// A lower floor.
    Floor {
        /// Of which queue.
        queue: usize,
        /// How much lower.
        less: u32,
    },
    /// A lower demand.
    Demand {
        /// Of which queue.
        queue: usize,
        /// How much lower.
        less: u32,
    },
    /// A higher maximum.
    Max {
        /// Of which queue.
        queue: usize,
        /// How much higher.
        more: u32,
    },
    /// A higher maximum for one host.
    MaxPerHost {
        /// Of which queue.
        queue: usize,
        /// How much higher.
        more: u32,
    },
    /// The memory of a host being known.
    KnownMemory {
        /// Which.
        host: usize,
    },
    /// A host that answers and is selected.
    Thaw {
        /// Which.
        host: usize,
    },
}

impl Change {
    /// The same change by another amount.
    fn by(self, amount: u32) -> Self {
        match self {
            Self::Budget { budget, .. } => Self::Budget { budget, more: amount },
            Self::HostConnections { host, .. } => Self::HostConnections { host, more: amount },
            Self::HostMemory { host, .. } => Self::HostMemory { host, more: amount },
            Self::Floor { queue, .. } => Self::Floor { queue, less: amount },
            Self::Demand { queue, .. } => Self::Demand { queue, less: amount },
            Self::Max { queue, .. } => Self::Max { queue, more: amount },
            Self::MaxPerHost { queue, .. } => Self::MaxPerHost { queue, more: amount },
            Self::KnownMemory { .. } | Self::Thaw { .. } => self,
        }
    }

    /// Makes it in a model.
    pub fn apply(self, model: &mut Model) {
        let raise = |number: &mut u32, more: u32| *number = number.saturating_add(more);
        match self {
            Self::Budget { budget, more } => raise(&mut model.budgets[budget].limit, more),
            Self::HostConnections { host, more } => {
                if let Some(limit) = &mut model.hosts[host].connections {
                    raise(limit, more);
                }
            }
            Self::HostMemory { host, more } => {
                if let Some(limit) = &mut model.hosts[host].memory {
                    raise(limit, more);
                }
            }
            Self::Floor { queue, less } => {
                model.queues[queue].floor = model.queues[queue].floor.saturating_sub(less);
            }
            Self::Demand { queue, less } => {
                model.queues[queue].demand = model.queues[queue].demand.saturating_sub(less);
            }
            Self::Max { queue, more } => {
                if let Some(limit) = &mut model.queues[queue].max {
                    raise(limit, more);
                }
            }
            Self::MaxPerHost { queue, more } => {
                if let Some(limit) = &mut model.queues[queue].max_per_host {
                    raise(limit, more);
                }
            }
            Self::KnownMemory { host } => model.hosts[host].memory = Some(AMPLE),
            Self::Thaw { host } => model.hosts[host].frozen = false,
        }
    }

    /// In words, beside the model that it would change.
    pub fn words(self, model: &Model) -> String {
        let instead = |what: &str, of: &str, was: u32, is: u32| format!("{what} of {of} at {is} instead of {was}");
        let (hosts, queues) = (&model.hosts, &model.queues);
        match self {
            Self::Budget { budget, more } => {
                format!("{} of {}", plural(more, "more connection", "more connections"), model.budgets[budget].name)
            }
            Self::HostConnections { host, more } => {
                format!("{} on {}", plural(more, "more connection", "more connections"), hosts[host].name)
            }
            Self::HostMemory { host, more } => format!("{more} MiB more for workers on {}", hosts[host].name),
            Self::Floor { queue, less } => {
                let of = &queues[queue];
                let floor = instead("floor", &of.name, of.floor, of.floor.saturating_sub(less));
                if less < of.floor { floor } else { format!("stop {} for the time of the change ({floor})", of.name) }
            }
            Self::Demand { queue, less } => {
                let of = &queues[queue];
                instead("demand", &of.name, of.demand, of.demand.saturating_sub(less))
            }
            Self::Max { queue, more } => {
                let (of, was) = (&queues[queue], queues[queue].max.unwrap_or(0));
                instead("max", &of.name, was, was.saturating_add(more))
            }
            Self::MaxPerHost { queue, more } => {
                let (of, was) = (&queues[queue], queues[queue].max_per_host.unwrap_or(0));
                instead("max_per_host", &of.name, was, was.saturating_add(more))
            }
            Self::KnownMemory { host } => format!("the memory of {} declared", hosts[host].name),
            Self::Thaw { host } => format!("{} reachable, and selected", hosts[host].name),
        }
    }
}

/// What would let the target be reached, each by itself; where nothing alone does, two together. The target stays the same.
pub fn for_order(model: &Model, target: &Placement, stuck: &Stuck, go_on: &dyn Fn() -> bool) -> Vec<Relaxation> {
    let does =
        |changes: &[Change]| go_on() && order_with(&changed(model, changes), target, Effort::SMALL, go_on).is_ok();
    smallest(model, &in_the_way(model, stuck), &does, go_on)
}

/// What would let every demand be met and every requirement hold. `solve` finds the best placement of another model.
pub fn for_demand(
    model: &Model,
    solution: &Solution,
    solve: &dyn Fn(&Model) -> Solution,
    go_on: &dyn Fn() -> bool,
) -> Vec<Relaxation> {
    let does = |changes: &[Change]| {
        if !go_on() {
            return false;
        }
        let score = solve(&changed(model, changes)).score;
        score.shortfall == 0 && score.excess == 0
    };
    let mut found = Vec::new();
    for (change, most) in beyond(model, solution) {
        if !go_on() {
            break;
        }
        if let Some(amount) = least(most, |amount| does(&[change.by(amount)])) {
            found.push(told(model, vec![change.by(amount)]));
        }
    }
    found
}

fn changed(model: &Model, changes: &[Change]) -> Model {
    let mut model = model.clone();
    for change in changes {
        change.apply(&mut model);
    }
    model
}

fn told(model: &Model, changes: Vec<Change>) -> Relaxation {
    let words = changes.iter().map(|change| change.words(model)).collect::<Vec<_>>().join(" and ");
    Relaxation { changes, words }
}

/// The least amount of each candidate that does, or of two of them.
fn smallest(
    model: &Model,
    candidates: &[(Change, u32)],
    does: &dyn Fn(&[Change]) -> bool,
    go_on: &dyn Fn() -> bool,
) -> Vec<Relaxation> {
    let mut found = Vec::new();
    for &(change, most) in candidates {
        if let Some(amount) = least(most, |amount| does(&[change.by(amount)])) {
            found.push(told(model, vec![change.by(amount)]));
        }
    }
    if !found.is_empty() {
        return found;
    }
    let pairs = candidates
        .iter()
        .enumerate()
        .flat_map(|(index, one)| candidates[index + 1..].iter().map(move |two| (one, two)));
    for (&(one, most_of_one), &(two, most_of_two)) in pairs.take(PAIRS) {
        if !go_on() {
            break;
        }
        let all_of_two = two.by(most_of_two);
        let Some(of_one) = least(most_of_one, |amount| does(&[one.by(amount), all_of_two])) else { continue };
        let of_two = least(most_of_two, |amount| does(&[one.by(of_one), two.by(amount)])).unwrap_or(most_of_two);
        found.push(told(model, vec![one.by(of_one), two.by(of_two)]));
    }
    found
}

/// The least amount from 1 to `most` that does; `None`: not even the most does. More is taken to do where less does.
fn least(most: u32, mut does: impl FnMut(u32) -> bool) -> Option<u32> {
    if most == 0 || !does(most) {
        return None;
    }
    let (mut too_little, mut enough) = (0, most);
    while enough - too_little > 1 {
        let middle = too_little + (enough - too_little) / 2;
        if does(middle) { enough = middle } else { too_little = middle }
    }
    Some(enough)
}

/// What could give way to what is left, and by how much at most.
fn in_the_way(model: &Model, stuck: &Stuck) -> Vec<(Change, u32)> {
    let starts = |each: &dyn Fn(usize, usize) -> u32| {
        let starts = stuck.left.starts.iter().map(|one| one.count.saturating_mul(each(one.host, one.kind)));
        starts.fold(0, u32::saturating_add)
    };
    let serves = |queue: usize| starts(&|_, kind| model.kinds[kind].serves[queue]);
    let mut found = Vec::new();
    for breach in &stuck.why {
        match breach.limit {
            Limit::Budget(budget) => {
                let most = starts(&|_, kind| taken(model, budget, kind));
                found.push((Change::Budget { budget, more: 0 }, most));
            }
            Limit::HostConnections(host) => {
                let most = starts(&|at, kind| if at == host { model.kinds[kind].connections } else { 0 });
                found.push((Change::HostConnections { host, more: 0 }, most));
            }
            Limit::HostMemory(host) => {
                let most = starts(&|at, kind| if at == host { model.kinds[kind].memory } else { 0 });
                found.push((Change::HostMemory { host, more: 0 }, most));
            }
            Limit::Floor(queue) => found.push((Change::Floor { queue, less: 0 }, model.queues[queue].floor)),
            Limit::MaxCapacity(queue) => found.push((Change::Max { queue, more: 0 }, serves(queue))),
            Limit::MaxPerHost { queue, .. } => found.push((Change::MaxPerHost { queue, more: 0 }, serves(queue))),
            Limit::UnknownMemory(host) => found.push((Change::KnownMemory { host }, 1)),
            Limit::Frozen(host) => found.push((Change::Thaw { host }, 1)),
            _ => {}
        }
    }
    let is_full = |kind: usize| {
        let of = &model.kinds[kind];
        stuck.why.iter().any(|breach| match breach.limit {
            Limit::Budget(budget) => taken(model, budget, kind) > 0,
            Limit::HostConnections(host) => of.connections > 0 && model.now.get(host, kind) > 0,
            Limit::HostMemory(host) => of.memory > 0 && model.now.get(host, kind) > 0,
            _ => false,
        })
    };
    // Whatever else takes of what is full could end for a while, if its floor let it.
    for (queue, of) in model.queues.iter().enumerate().filter(|(_, of)| of.floor > 0) {
        let change = Change::Floor { queue, less: 0 };
        let gives = |kind: usize| model.kinds[kind].serves[queue] > 0 && is_full(kind);
        if found.iter().all(|(known, _)| *known != change) && (0..model.kinds.len()).any(gives) {
            found.push((change, of.floor));
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|(change, _)| *change);
    found
}

/// What could be more, or less, where not all that is wanted fits; and by how much at most.
fn beyond(model: &Model, solution: &Solution) -> Vec<(Change, u32)> {
    let usage = super::limits::Usage::of(model, &solution.placement);
    let lacks = |queue: usize| {
        let of = &model.queues[queue];
        let lacks = u64::from(of.demand.max(of.floor)).saturating_sub(usage.capacity[queue]);
        u32::try_from(lacks).unwrap_or(u32::MAX)
    };
    // Processes of a kind that would give all that lacks.
    let wanted = |kind: usize| -> u32 {
        let of = &model.kinds[kind];
        if of.retired || of.stale_of.is_some() {
            return 0;
        }
        let serves = of.serves.iter().enumerate().filter(|(_, each)| **each > 0);
        serves.map(|(queue, each)| lacks(queue).div_ceil(*each)).max().unwrap_or(0)
    };
    let all = |each: &dyn Fn(usize) -> u32| {
        let kinds = 0..model.kinds.len();
        kinds.map(|kind| wanted(kind).saturating_mul(each(kind))).fold(0, u32::saturating_add).min(AMPLE)
    };
    let mut found = Vec::new();
    for (budget, _) in model.budgets.iter().enumerate().filter(|(_, of)| !of.blind) {
        found.push((Change::Budget { budget, more: 0 }, all(&|kind| taken(model, budget, kind))));
    }
    // Of many hosts each is as good as the other.
    for (host, of) in model.hosts.iter().enumerate().filter(|(_, of)| !of.frozen).take(4) {
        let here = |kind: usize, number: u32| if model.kinds[kind].allowed[host] { number } else { 0 };
        if of.connections.is_some() {
            let most = all(&|kind| here(kind, model.kinds[kind].connections));
            found.push((Change::HostConnections { host, more: 0 }, most));
        }
        if of.memory.is_some() {
            found.push((Change::HostMemory { host, more: 0 }, all(&|kind| here(kind, model.kinds[kind].memory))));
        }
    }
    for (queue, of) in model.queues.iter().enumerate() {
        if lacks(queue) > 0 && of.max.is_some() {
            found.push((Change::Max { queue, more: 0 }, lacks(queue)));
        }
        if lacks(queue) > 0 && of.max_per_host.is_some() {
            found.push((Change::MaxPerHost { queue, more: 0 }, lacks(queue)));
        }
        if of.demand > 0 {
            found.push((Change::Demand { queue, less: 0 }, of.demand));
        }
    }
    found
}

/// Connections of a budget that a process takes.
fn taken(model: &Model, budget: usize, kind: usize) -> u32 {
    let of = &model.kinds[kind];
    if of.budgets.contains(&budget) { of.connections } else { 0 }
}
