//! What may come of what runs now: in the end, and at every instant on the way.

use super::super::model::{Model, Move, Placement, Queue, Step};
use super::worth::ceilings;
use super::{Breach, Limit, Usage, must_end};

/// Starts and stops from one placement to the other.
pub fn moves(model: &Model, before: &Placement, after: &Placement) -> u32 {
    let on_host = |host: usize| -> u32 {
        let both = before.host(host).iter().zip(after.host(host));
        both.map(|(before, after)| before.abs_diff(*after)).fold(0, u32::saturating_add)
    };
    (0..model.hosts.len()).map(on_host).fold(0, u32::saturating_add)
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
/// That there are such steps is not said. Of requirements, a pin, the hosts of a queue and the one process of a singleton are no further
/// from what is declared than before.
pub fn worse(model: &Model, before: &Placement, after: &Placement) -> Vec<Breach> {
    let step = difference(model, before, after);
    let usage = Usage::of(model, after);
    added(model, &step.starts, &usage, &usage)
        .into_iter()
        .chain(taken(model, &step.stops, &usage))
        .chain(given_up(model, before, after, &usage))
        .chain(on_frozen(model, &step))
        .collect()
}

/// Requirements that are further from being held than before.
fn given_up(model: &Model, before: &Placement, after: &Placement, usage: &Usage) -> Vec<Breach> {
    let was = Usage::of(model, before);
    let mut found = Vec::new();
    for (host, _) in model.hosts.iter().enumerate().filter(|(_, of)| !of.frozen) {
        for (kind, of) in model.kinds.iter().enumerate() {
            let Some(pin) = of.pinned[host].filter(|_| must_end(model, host, kind).is_none()) else { continue };
            let (before, after) = (before.get(host, kind), after.get(host, kind));
            if after.abs_diff(pin) > before.abs_diff(pin) {
                let (used, allowed) = (u64::from(after), u64::from(pin));
                found.push(Breach { limit: Limit::Pinned { kind, host }, used, allowed });
            }
        }
    }
    for (queue, of) in model.queues.iter().enumerate() {
        let (before, after) = (was.hosts[queue], usage.hosts[queue]);
        if after < of.min_hosts && after < before {
            let (used, allowed) = (u64::from(after), u64::from(of.min_hosts));
            found.push(Breach { limit: Limit::MinHosts(queue), used, allowed });
        }
        if of.singleton && before > 0 && after == 0 {
            found.push(Breach { limit: Limit::SingletonMissing(queue), used: 0, allowed: 1 });
        }
    }
    found
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
    let below = |(queue, of): (usize, &Queue)| {
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
