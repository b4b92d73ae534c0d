//! What must hold and what may be broken at a price: the question, put so that all that is broken shows in sums.
//!
//! Processes that must end, and those that are pinned, become kinds of their own; so do those on a host whose limit stays broken.

use std::collections::BTreeSet;

use super::super::limits::{Limit, MEMORY_UNIT, Usage, must_end};
use super::super::model::{Model, Placement};

/// What a kind is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// As declared.
    Free,
    /// Each that stays is one too many.
    Ends,
    /// Each more or fewer is one off.
    Pinned(i64),
}

/// A limit that stays broken: how far, is counted.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    /// By kind.
    pub(super) entries: Vec<(usize, i64)>,
    /// What it allows.
    pub(super) allowed: i64,
    /// Whether less is broken, not more.
    pub(super) floor: bool,
    /// So much of it counts one, rounded up.
    pub(super) unit: u32,
}

/// The question.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// With the kinds split.
    pub(super) model: Model,
    /// What each of its kinds is of the model that was given.
    pub(super) origin: Vec<usize>,
    pub(super) roles: Vec<Role>,
    /// Kinds that none may be added of.
    pub(super) fixed_above: Vec<bool>,
    /// Kinds that none may end of.
    pub(super) fixed_below: Vec<bool>,
    pub(super) broken: Vec<Broken>,
    /// The floors that were given, by queue: one that stays broken is still worth coming nearer to.
    pub(super) floors: Vec<u32>,
    /// Queues and hosts whose limit for one host stays broken.
    lifted: BTreeSet<(usize, usize)>,
    /// Whether requirements may be broken, up to this excess.
    pub(super) excess: Option<i64>,
}

impl Terms {
    /// Nothing may be broken.
    pub(super) fn strict(model: &Model) -> Self {
        let kinds = model.kinds.len();
        Self {
            model: model.clone(),
            origin: (0..kinds).collect(),
            roles: vec![Role::Free; kinds],
            fixed_above: vec![false; kinds],
            fixed_below: vec![false; kinds],
            broken: Vec::new(),
            floors: model.queues.iter().map(|queue| queue.floor).collect(),
            lifted: BTreeSet::new(),
            excess: None,
        }
    }

    /// Requirements may be broken, and these limits stay so.
    pub(super) fn soft(model: &Model, stay: &[Limit]) -> Self {
        let mut terms = Self::strict(model);
        terms.excess = Some(i64::MAX >> 24);
        let (hosts, kinds) = (model.hosts.len(), model.kinds.len());
        for kind in 0..kinds {
            let ending: Vec<usize> = (0..hosts)
                .filter(|&host| {
                    !model.hosts[host].frozen && must_end(model, host, kind).is_some() && model.now.get(host, kind) > 0
                })
                .collect();
            if !ending.is_empty() {
                terms.split(kind, &ending, Role::Ends);
            }
            for host in (0..hosts).filter(|&host| !model.hosts[host].frozen && must_end(model, host, kind).is_none()) {
                if let Some(pin) = model.kinds[kind].pinned[host] {
                    terms.split(kind, &[host], Role::Pinned(i64::from(pin)));
                }
            }
        }
        for limit in stay {
            terms.leave(model, *limit);
        }
        terms
    }

    /// Makes a kind of its own of what is of a kind on some hosts.
    fn split(&mut self, kind: usize, hosts: &[usize], role: Role) {
        let count = self.model.hosts.len();
        let mut of = self.model.kinds[kind].clone();
        (of.stale_of, of.retired) = (None, false);
        of.allowed = (0..count).map(|host| hosts.contains(&host)).collect();
        of.pinned = vec![None; count];
        let now = self.model.now.clone();
        let kinds = self.model.kinds.len();
        self.model.now = Placement::empty(count, kinds + 1);
        for host in 0..count {
            for other in 0..kinds {
                let own = other == kind && hosts.contains(&host);
                self.model.now.set(host, if own { kinds } else { other }, now.get(host, other));
            }
        }
        for &host in hosts {
            self.model.kinds[kind].allowed[host] = false;
            self.model.kinds[kind].pinned[host] = None;
        }
        self.model.kinds.push(of);
        self.origin.push(self.origin[kind]);
        self.roles.push(role);
        self.fixed_above.push(self.fixed_above[kind] || role == Role::Ends);
        self.fixed_below.push(self.fixed_below[kind]);
    }

    /// Lets a limit stay broken: then nothing may add to it.
    fn leave(&mut self, given: &Model, limit: Limit) {
        let usage = Usage::of(given, &given.now);
        let on_host = |terms: &mut Self, host: usize, size: &dyn Fn(usize) -> u32| -> Vec<(usize, i64)> {
            let mut entries = Vec::new();
            for kind in 0..terms.model.kinds.len() {
                let size = size(terms.origin[kind]);
                let role = terms.roles[kind];
                if size == 0 || (terms.model.now.get(host, kind) == 0 && !terms.model.kinds[kind].allowed[host]) {
                    continue;
                }
                let of = &terms.model.kinds[kind];
                let elsewhere = |other: usize| of.allowed[other] || terms.model.now.get(other, kind) > 0;
                let only = !(0..terms.model.hosts.len()).any(|other| other != host && elsewhere(other));
                let own = if only {
                    kind
                } else {
                    // What is left of the kind elsewhere keeps its role.
                    terms.split(kind, &[host], role);
                    terms.model.kinds.len() - 1
                };
                terms.fixed_above[own] = true;
                entries.push((own, i64::from(size)));
            }
            entries
        };
        let all = |terms: &Self, size: &dyn Fn(usize) -> u32| -> Vec<(usize, i64)> {
            let sizes = terms.origin.iter().enumerate().map(|(kind, origin)| (kind, i64::from(size(*origin))));
            sizes.filter(|(_, size)| *size > 0).collect()
        };
        let (entries, allowed, floor) = match limit {
            Limit::Budget(budget) => {
                let entries = all(self, &|kind| {
                    let of = &given.kinds[kind];
                    if of.budgets.contains(&budget) { of.connections } else { 0 }
                });
                let allowed = given.budgets[budget].limit;
                self.model.budgets[budget].limit = u32::try_from(usage.budgets[budget]).unwrap_or(u32::MAX);
                (entries, i64::from(allowed), false)
            }
            Limit::HostConnections(host) => {
                let entries = on_host(self, host, &|kind| given.kinds[kind].connections);
                let allowed = self.model.hosts[host].connections.take();
                (entries, allowed.map_or(i64::MAX, i64::from), false)
            }
            Limit::HostMemory(host) => {
                let entries = on_host(self, host, &|kind| given.kinds[kind].memory);
                let allowed = self.model.hosts[host].memory;
                self.model.hosts[host].memory = Some(u32::try_from(usage.memory[host]).unwrap_or(u32::MAX));
                (entries, allowed.map_or(i64::MAX, i64::from), false)
            }
            Limit::Floor(queue) => {
                let floor = std::mem::take(&mut self.model.queues[queue].floor);
                (all(self, &|kind| given.kinds[kind].serves[queue]), i64::from(floor), true)
            }
            Limit::MaxCapacity(queue) => {
                let most = self.model.queues[queue].max.take();
                (all(self, &|kind| given.kinds[kind].serves[queue]), most.map_or(i64::MAX, i64::from), false)
            }
            Limit::Singleton(queue) => {
                self.model.queues[queue].singleton = false;
                (all(self, &|kind| given.kinds[kind].serves[queue].min(1)), 1, false)
            }
            Limit::MaxPerHost { queue, host } => {
                let entries = on_host(self, host, &|kind| given.kinds[kind].serves[queue]);
                self.lifted.insert((queue, host));
                (entries, given.queues[queue].max_per_host.map_or(i64::MAX, i64::from), false)
            }
            _ => return,
        };
        for (kind, _) in &entries {
            let fixed = if floor { &mut self.fixed_below } else { &mut self.fixed_above };
            fixed[*kind] = true;
        }
        let unit = if matches!(limit, Limit::HostMemory(_)) { MEMORY_UNIT } else { 1 };
        self.broken.push(Broken { entries, allowed, floor, unit });
    }

    /// The most capacity of a queue that a host may have.
    pub(super) fn per_host(&self, queue: usize, host: usize) -> Option<u32> {
        self.model.queues[queue].max_per_host.filter(|_| !self.lifted.contains(&(queue, host)))
    }

    /// In the kinds that were given.
    pub(super) fn merged(&self, placement: &Placement) -> Placement {
        let (hosts, kinds) = (self.model.hosts.len(), self.origin.iter().max().map_or(0, |most| most + 1));
        let mut merged = Placement::empty(hosts, kinds);
        for host in 0..hosts {
            for (kind, count) in placement.host(host).iter().enumerate() {
                let origin = self.origin[kind];
                merged.set(host, origin, merged.get(host, origin) + count);
            }
        }
        merged
    }
}
