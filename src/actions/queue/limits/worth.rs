//! Which limits a placement breaks, and what it is worth.

use super::super::model::{Model, Placement, Queue, Score};
use super::{Breach, Limit, Usage, moves, must_end};

/// A load up to this many per cent of a host's CPUs costs nothing.
pub const EASY_LOAD: u64 = 70;
/// Above it, load is told apart in steps of so many per cent.
pub const LOAD_STEP: u64 = 5;

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
pub(super) fn ceilings(model: &Model, usage: &Usage, looks_at: impl Fn(usize) -> bool) -> Vec<Breach> {
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

/// How far limits and requirements are broken together, by [`Breach::weight`].
pub fn excess(model: &Model, placement: &Placement) -> u64 {
    broken(model, placement).iter().map(Breach::weight).fold(0, u64::saturating_add)
}

/// What a placement is worth.
pub fn score(model: &Model, placement: &Placement) -> Score {
    let usage = Usage::of(model, placement);
    let mut broken = hard(model, &usage);
    broken.extend(requirements(model, placement, &usage));
    let shortfall = |(queue, of): (usize, &Queue)| {
        u64::from(of.weight) * u64::from(of.demand).saturating_sub(usage.capacity[queue])
    };
    let busiest = (0..model.hosts.len())
        .filter(|&host| !model.hosts[host].frozen)
        .filter_map(|host| usage.load(model, host))
        .max()
        .unwrap_or(0);
    Score {
        excess: broken.iter().map(Breach::weight).fold(0, u64::saturating_add),
        shortfall: model.queues.iter().enumerate().map(shortfall).fold(0, u64::saturating_add),
        load_steps: load_steps(busiest),
        moves: moves(model, &model.now, placement),
    }
}
