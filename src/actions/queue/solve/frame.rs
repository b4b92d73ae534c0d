//! The question with all its limits kept: what each host may bear, and what must be there.

use super::super::limits::{EASY_LOAD, LOAD_STEP, Usage, must_end};
use super::super::model::{Model, Placement};
use super::terms::{Role, Terms};

/// Bounds of a placement in which nothing is broken.
#[derive(Clone, Debug)]
pub(super) struct Frame<'m> {
    pub(super) terms: &'m Terms,
    pub(super) model: &'m Model,
    /// By host and kind.
    pub(super) lower: Placement,
    /// By host and kind; below `lower` where there is no way.
    pub(super) upper: Placement,
    /// Thousandths of a core that workers on a host may take at this level.
    pub(super) cpu: Vec<u64>,
}

/// Thousandths of a core that workers on a host may take at a level.
pub(super) fn cpu_at(model: &Model, host: usize, level: Option<u32>) -> u64 {
    let of = &model.hosts[host];
    match level {
        Some(level) if of.cpu > 0 && !of.frozen => {
            let percent = EASY_LOAD + LOAD_STEP * u64::from(level);
            (percent * u64::from(of.cpu) / 100).saturating_sub(u64::from(of.cpu_used))
        }
        _ => u64::MAX,
    }
}

impl<'m> Frame<'m> {
    /// At a level: the most load steps that a host may have; `None`: any.
    pub(super) fn new(terms: &'m Terms, level: Option<u32>) -> Self {
        let model = &terms.model;
        let (hosts, kinds) = (model.hosts.len(), model.kinds.len());
        let cpu: Vec<u64> = (0..hosts).map(|host| cpu_at(model, host, level)).collect();
        let mut frame =
            Self { terms, model, lower: Placement::empty(hosts, kinds), upper: Placement::empty(hosts, kinds), cpu };
        let useful: Vec<u64> = (0..kinds).map(|kind| useful(terms, kind)).collect();
        for host in 0..hosts {
            for (kind, &useful) in useful.iter().enumerate() {
                let now = model.now.get(host, kind);
                let (lower, upper) = if model.hosts[host].frozen {
                    (now, now)
                } else if must_end(model, host, kind).is_some() {
                    (0, 0)
                } else {
                    let room = frame.room(host, kind, useful);
                    match (model.kinds[kind].pinned[host], terms.roles[kind]) {
                        (Some(pin), _) => (pin, if room < pin { 0 } else { pin }),
                        // No further from the pin than now.
                        (None, Role::Pinned(pin)) => {
                            let pin = u32::try_from(pin).unwrap_or(u32::MAX);
                            let off = pin.abs_diff(now);
                            (pin.saturating_sub(off), room.min(pin.saturating_add(off)))
                        }
                        (None, _) => (0, room),
                    }
                };
                let upper = if terms.fixed_above[kind] { upper.min(now) } else { upper };
                let lower = if terms.fixed_below[kind] { lower.max(now) } else { lower };
                frame.lower.set(host, kind, lower);
                frame.upper.set(host, kind, upper);
            }
        }
        frame
    }

    /// How many of a kind a host could bear at most, alone.
    fn room(&self, host: usize, kind: usize, useful: u64) -> u32 {
        let (of, at, now) = (&self.model.kinds[kind], &self.model.hosts[host], self.model.now.get(host, kind));
        let mut most = match (of.pinned[host], self.terms.roles[kind]) {
            (Some(pin), _) => u64::from(pin),
            (None, Role::Pinned(pin)) => useful.max(u64::from(now)).max(pin.unsigned_abs()),
            (None, _) => useful.max(u64::from(now)),
        };
        let fit = |most: &mut u64, size: u32, room: u64| {
            if let Some(count) = room.checked_div(u64::from(size)) {
                *most = count.min(*most);
            }
        };
        fit(&mut most, of.connections, at.connections.map_or(u64::MAX, u64::from));
        fit(&mut most, of.memory, at.memory.map_or(u64::MAX, u64::from));
        fit(&mut most, of.cpu, self.cpu[host]);
        for &budget in &of.budgets {
            if !self.model.budgets[budget].blind {
                fit(&mut most, of.connections, u64::from(self.model.budgets[budget].limit));
            }
        }
        for (at, (queue, &capacity)) in self.model.queues.iter().zip(&of.serves).enumerate() {
            fit(&mut most, capacity, self.terms.per_host(at, host).map_or(u64::MAX, u64::from));
            fit(&mut most, capacity, queue.max.map_or(u64::MAX, u64::from));
            if queue.singleton && capacity > 0 {
                most = most.min(1);
            }
        }
        let blind = of.connections > 0 && of.budgets.iter().any(|budget| self.model.budgets[*budget].blind);
        if blind || (of.memory > 0 && at.memory.is_none()) {
            most = most.min(u64::from(now));
        }
        u32::try_from(most).unwrap_or(u32::MAX)
    }

    /// What runs now, within the bounds.
    pub(super) fn kept(&self, host: usize, kind: usize) -> u32 {
        self.model.now.get(host, kind).min(self.upper.get(host, kind)).max(self.lower.get(host, kind))
    }

    /// Whether a host keeps its own limits with what is used there.
    pub(super) fn holds(&self, usage: &Usage, host: usize) -> bool {
        self.over(usage, host) == 0
    }

    /// How far a host is over its own limits: each in thousandths of the limit, together.
    pub(super) fn over(&self, usage: &Usage, host: usize) -> u64 {
        let at = &self.model.hosts[host];
        if at.frozen {
            return 0;
        }
        let past = |used: u64, limit: u64| {
            if used > limit { ((used - limit) * 1000).div_ceil(limit.max(1)) } else { 0 }
        };
        let mut sum = past(usage.cpu[host], self.cpu[host]);
        if let Some(limit) = at.connections {
            sum += past(usage.connections[host], u64::from(limit));
        }
        if let Some(limit) = at.memory {
            sum += past(usage.memory[host], u64::from(limit));
        }
        for queue in 0..self.model.queues.len() {
            if let Some(limit) = self.terms.per_host(queue, host) {
                sum += past(usage.on_host(host, queue), u64::from(limit));
            }
        }
        sum
    }

    /// Whether one more of a kind fits on a host.
    pub(super) fn fits(&self, usage: &Usage, placement: &Placement, host: usize, kind: usize) -> bool {
        let (of, at) = (&self.model.kinds[kind], &self.model.hosts[host]);
        placement.get(host, kind) < self.upper.get(host, kind)
            && (of.cpu == 0 || usage.cpu[host] + u64::from(of.cpu) <= self.cpu[host])
            && (of.connections == 0
                || at
                    .connections
                    .is_none_or(|limit| usage.connections[host] + u64::from(of.connections) <= u64::from(limit)))
            && (of.memory == 0
                || at.memory.is_none_or(|limit| usage.memory[host] + u64::from(of.memory) <= u64::from(limit)))
            && of.serves.iter().enumerate().all(|(queue, &capacity)| {
                capacity == 0
                    || self
                        .terms
                        .per_host(queue, host)
                        .is_none_or(|limit| usage.on_host(host, queue) + u64::from(capacity) <= u64::from(limit))
            })
    }
}

/// No placement is the worse for having no more than so many of a kind on a host.
fn useful(terms: &Terms, kind: usize) -> u64 {
    let wanted = |(queue, &capacity): (usize, &u32)| {
        let wanted = u64::from(terms.model.queues[queue].demand.max(terms.floors[queue])).max(1);
        if capacity > 0 { wanted.div_ceil(u64::from(capacity)) } else { 0 }
    };
    // More processes than this no host bears; so products of sizes stay small.
    terms.model.kinds[kind].serves.iter().enumerate().map(wanted).max().unwrap_or(0).min(1 << 16)
}
