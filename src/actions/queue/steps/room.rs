//! How many more processes may start or stop, one cell at a time: what [`limits::instant`] says of a whole step, without
//! copying a whole usage for each move.
//!
//! [`limits::instant`]: crate::actions::queue::limits::instant

use crate::actions::queue::limits::{Breach, Limit, Usage, must_end};
use crate::actions::queue::model::Model;

/// What processes of a kind on a host take of one limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) limit: Limit,
    /// In all.
    pub(super) used: u64,
    /// In all; of a floor the least.
    pub(super) allowed: u64,
    /// By one process.
    pub(super) each: u64,
}

impl Claim {
    fn room(&self) -> u64 {
        self.allowed.saturating_sub(self.used) / self.each
    }
}

/// The limits from above that one process adds to, with the numbers of a usage.
pub(super) fn claims(model: &Model, usage: &Usage, host: usize, kind: usize, mut tell: impl FnMut(Claim)) {
    let (of, at) = (&model.kinds[kind], &model.hosts[host]);
    let mut claim = |limit, used, allowed: u32, each| {
        tell(Claim { limit, used, allowed: u64::from(allowed), each });
    };
    if of.connections > 0 {
        let each = u64::from(of.connections);
        for &budget in of.budgets.iter().filter(|budget| !model.budgets[**budget].blind) {
            claim(Limit::Budget(budget), usage.budgets[budget], model.budgets[budget].limit, each);
        }
        if let Some(allowed) = at.connections {
            claim(Limit::HostConnections(host), usage.connections[host], allowed, each);
        }
    }
    if let Some(allowed) = at.memory.filter(|_| of.memory > 0) {
        claim(Limit::HostMemory(host), usage.memory[host], allowed, u64::from(of.memory));
    }
    for (queue, &each) in of.serves.iter().enumerate().filter(|(_, each)| **each > 0) {
        let (served, each) = (&model.queues[queue], u64::from(each));
        if let Some(allowed) = served.max {
            claim(Limit::MaxCapacity(queue), usage.capacity[queue], allowed, each);
        }
        if let Some(allowed) = served.max_per_host {
            claim(Limit::MaxPerHost { queue, host }, usage.on_host(host, queue), allowed, each);
        }
        if served.singleton {
            claim(Limit::Singleton(queue), usage.processes[queue], 1, 1);
        }
    }
}

/// Whether processes of the kind are not to end for a while: of a singleton there is no other.
pub(super) fn is_singleton(model: &Model, kind: usize) -> bool {
    model.kinds[kind].serves.iter().zip(&model.queues).any(|(each, queue)| *each > 0 && queue.singleton)
}

/// What forbids any start of the kind on the host, whatever runs.
pub(super) fn never_starts(model: &Model, host: usize, kind: usize) -> Option<Limit> {
    let of = &model.kinds[kind];
    if model.hosts[host].frozen {
        return Some(Limit::Frozen(host));
    }
    if let Some(limit) = must_end(model, host, kind) {
        return Some(limit);
    }
    if model.hosts[host].memory.is_none() && of.memory > 0 {
        return Some(Limit::UnknownMemory(host));
    }
    let blind = of.budgets.iter().find(|budget| model.budgets[**budget].blind && of.connections > 0);
    blind.map(|budget| Limit::Blind(*budget))
}

/// How many more may start beside all that `most` holds.
pub(super) fn to_start(model: &Model, most: &Usage, host: usize, kind: usize) -> u32 {
    if never_starts(model, host, kind).is_some() {
        return 0;
    }
    let mut room = u64::from(u32::MAX);
    claims(model, most, host, kind, |claim| room = room.min(claim.room()));
    u32::try_from(room).unwrap_or(u32::MAX)
}

/// How many more may stop of all that `least` holds.
pub(super) fn to_stop(model: &Model, least: &Usage, host: usize, kind: usize) -> u32 {
    if model.hosts[host].frozen {
        return 0;
    }
    let mut room = u64::from(u32::MAX);
    for (queue, &each) in model.kinds[kind].serves.iter().enumerate().filter(|(_, each)| **each > 0) {
        let floor = u64::from(model.queues[queue].floor);
        if floor > 0 {
            room = room.min(least.capacity[queue].saturating_sub(floor) / u64::from(each));
        }
    }
    u32::try_from(room).unwrap_or(u32::MAX)
}

/// What one more start would break.
pub(in crate::actions::queue) fn forbids_start(
    model: &Model,
    most: &Usage,
    host: usize,
    kind: usize,
    found: &mut Vec<Breach>,
) {
    if let Some(limit) = never_starts(model, host, kind) {
        found.push(Breach { limit, used: 1, allowed: 0 });
        return;
    }
    claims(model, most, host, kind, |claim| {
        if claim.room() == 0 {
            found.push(Breach { limit: claim.limit, used: claim.used + claim.each, allowed: claim.allowed });
        }
    });
}

/// What one more stop would break.
pub(super) fn forbids_stop(model: &Model, least: &Usage, host: usize, kind: usize, found: &mut Vec<Breach>) {
    if model.hosts[host].frozen {
        found.push(Breach { limit: Limit::Frozen(host), used: 1, allowed: 0 });
        return;
    }
    for (queue, &each) in model.kinds[kind].serves.iter().enumerate().filter(|(_, each)| **each > 0) {
        let floor = u64::from(model.queues[queue].floor);
        let left = least.capacity[queue].saturating_sub(u64::from(each));
        if left < floor {
            found.push(Breach { limit: Limit::Floor(queue), used: left, allowed: floor });
        }
    }
}
