//! From sums to hosts: a good placement quickly, with as few moves as it finds.

use super::super::limits::Usage;
use super::super::model::Placement;
use super::frame::Frame;

/// A placement while it is made.
#[derive(Clone, Debug)]
pub(super) struct Draft<'f, 'm> {
    pub(super) frame: &'f Frame<'m>,
    pub(super) placement: Placement,
    pub(super) usage: Usage,
}

/// Which host of those that have room takes the next process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taste {
    /// The one with most room.
    Wide,
    /// The one with least.
    Tight,
}

impl<'f, 'm> Draft<'f, 'm> {
    pub(super) fn new(frame: &'f Frame<'m>, placement: Placement) -> Self {
        let usage = Usage::of(frame.model, &placement);
        Self { frame, placement, usage }
    }

    /// What runs now, within the bounds of single hosts.
    pub(super) fn kept(frame: &'f Frame<'m>) -> Self {
        let (hosts, kinds) = (frame.model.hosts.len(), frame.model.kinds.len());
        let mut placement = Placement::empty(hosts, kinds);
        for host in 0..hosts {
            for kind in 0..kinds {
                placement.set(host, kind, frame.kept(host, kind));
            }
        }
        Self::new(frame, placement)
    }

    pub(super) fn add(&mut self, host: usize, kind: usize) {
        self.placement.set(host, kind, self.placement.get(host, kind) + 1);
        self.usage.add(self.frame.model, host, kind, 1);
    }

    pub(super) fn remove(&mut self, host: usize, kind: usize) {
        self.placement.set(host, kind, self.placement.get(host, kind) - 1);
        self.usage.remove(self.frame.model, host, kind, 1);
    }

    pub(super) fn fits(&self, host: usize, kind: usize) -> bool {
        self.frame.fits(&self.usage, &self.placement, host, kind)
    }

    fn spare(&self, host: usize, kind: usize) -> bool {
        self.placement.get(host, kind) > self.frame.lower.get(host, kind)
    }

    /// Whether a queue would lose a host that it needs.
    fn thins(&self, host: usize, kind: usize) -> bool {
        let model = self.frame.model;
        model.queues.iter().zip(&model.kinds[kind].serves).enumerate().any(|(queue, (of, &capacity))| {
            capacity > 0
                && self.usage.hosts[queue] <= of.min_hosts
                && self.usage.on_host(host, queue) == u64::from(capacity)
        })
    }

    /// Whether a queue would gain a host that it needs.
    fn spreads(&self, host: usize, kind: usize) -> bool {
        let model = self.frame.model;
        model.queues.iter().zip(&model.kinds[kind].serves).enumerate().any(|(queue, (of, &capacity))| {
            capacity > 0 && self.usage.hosts[queue] < of.min_hosts && self.usage.on_host(host, queue) == 0
        })
    }

    /// How full a host is, in thousandths of what binds it most.
    fn fullness(&self, host: usize) -> u64 {
        let at = &self.frame.model.hosts[host];
        let share =
            |used: u64, limit: u64| if limit == u64::MAX { 0 } else { used.saturating_mul(1000) / limit.max(1) };
        let cpu = if at.cpu == 0 {
            0
        } else if self.frame.cpu[host] == u64::MAX {
            share(u64::from(at.cpu_used) + self.usage.cpu[host], u64::from(at.cpu))
        } else {
            share(self.usage.cpu[host], self.frame.cpu[host])
        };
        let connections = at.connections.map_or(0, |limit| share(self.usage.connections[host], u64::from(limit)));
        let memory = at.memory.map_or(0, |limit| share(self.usage.memory[host], u64::from(limit)));
        cpu.max(connections).max(memory)
    }

    /// How much of the fleet one process takes: the larger is placed first.
    fn size(&self, kind: usize) -> u64 {
        let model = self.frame.model;
        let of = &model.kinds[kind];
        let share = |size: u32, limit: &dyn Fn(usize) -> Option<u64>| {
            let room: u64 = (0..model.hosts.len()).filter_map(limit).sum();
            (u64::from(size) * 1_000_000).checked_div(room).unwrap_or(0)
        };
        let cpu = share(of.cpu, &|host| Some(self.frame.cpu[host]).filter(|cpu| *cpu < u64::MAX));
        let memory = share(of.memory, &|host| model.hosts[host].memory.map(u64::from));
        let connections = share(of.connections, &|host| model.hosts[host].connections.map(u64::from));
        cpu + memory + connections
    }

    fn total(&self, kind: usize) -> i64 {
        i64::from(self.placement.of_kind(kind))
    }

    /// Brings each kind to its sum; `false`: some have no host.
    pub(super) fn reach(&mut self, sums: &[i64], taste: Taste, go_on: &dyn Fn() -> bool) -> bool {
        let (hosts, kinds) = (self.frame.model.hosts.len(), self.frame.model.kinds.len());
        for (kind, sum) in sums.iter().enumerate() {
            for _ in *sum..self.total(kind) {
                if !self.drop_one(kind) {
                    break;
                }
            }
        }
        for host in 0..hosts {
            self.relieve(host);
            if !go_on() {
                return false;
            }
        }
        let mut order: Vec<usize> = (0..kinds).collect();
        order.sort_by_key(|kind| (std::cmp::Reverse(self.size(*kind)), *kind));
        let mut complete = true;
        for &kind in &order {
            for _ in self.total(kind)..sums[kind] {
                if !go_on() {
                    return false;
                }
                if !(self.put(kind, taste) || self.squeeze(kind)) {
                    complete = false;
                    break;
                }
            }
        }
        self.spread();
        self.settle();
        complete
    }

    /// Ends a process of a kind where it is missed least.
    fn drop_one(&mut self, kind: usize) -> bool {
        let now = &self.frame.model.now;
        let best = (0..self.frame.model.hosts.len()).filter(|&host| self.spare(host, kind)).max_by_key(|&host| {
            (
                !self.thins(host, kind),
                self.frame.over(&self.usage, host),
                self.placement.get(host, kind) > now.get(host, kind),
                self.fullness(host),
                std::cmp::Reverse(host),
            )
        });
        if let Some(host) = best {
            self.remove(host, kind);
        }
        best.is_some()
    }

    /// Ends what is too much for a host, with as few processes as it takes.
    fn relieve(&mut self, host: usize) {
        loop {
            let over = self.frame.over(&self.usage, host);
            if over == 0 {
                return;
            }
            let mut best: Option<(u64, u64, usize)> = None;
            for kind in 0..self.frame.model.kinds.len() {
                if !self.spare(host, kind) {
                    continue;
                }
                self.remove(host, kind);
                let left = self.frame.over(&self.usage, host);
                self.add(host, kind);
                let candidate = (left, self.size(kind), kind);
                if left < over && best.is_none_or(|best| candidate < best) {
                    best = Some(candidate);
                }
            }
            let Some((_, _, kind)) = best else { return };
            self.remove(host, kind);
        }
    }

    /// Starts a process of a kind on the best host that has room.
    fn put(&mut self, kind: usize, taste: Taste) -> bool {
        let now = &self.frame.model.now;
        let best = (0..self.frame.model.hosts.len()).filter(|&host| self.fits(host, kind)).max_by_key(|&host| {
            let fullness = self.fullness(host);
            let room = if taste == Taste::Wide { u64::MAX - fullness } else { fullness };
            (
                self.spreads(host, kind),
                self.placement.get(host, kind) < now.get(host, kind),
                room,
                std::cmp::Reverse(host),
            )
        });
        if let Some(host) = best {
            self.add(host, kind);
        }
        best.is_some()
    }

    /// Makes room for a process of a kind by moving another to a third host.
    fn squeeze(&mut self, kind: usize) -> bool {
        let (hosts, kinds) = (self.frame.model.hosts.len(), self.frame.model.kinds.len());
        let room: Vec<Vec<usize>> =
            (0..kinds).map(|other| (0..hosts).filter(|&host| self.fits(host, other)).take(2).collect()).collect();
        for host in 0..hosts {
            if self.placement.get(host, kind) >= self.frame.upper.get(host, kind) {
                continue;
            }
            for (other, places) in room.iter().enumerate() {
                if other == kind || !self.spare(host, other) {
                    continue;
                }
                let Some(&to) = places.iter().find(|to| **to != host) else { continue };
                self.remove(host, other);
                if self.fits(host, kind) {
                    self.add(host, kind);
                    self.add(to, other);
                    return true;
                }
                self.add(host, other);
            }
        }
        false
    }

    /// Moves processes to hosts that queues still need.
    fn spread(&mut self) {
        let model = self.frame.model;
        for queue in 0..model.queues.len() {
            while self.usage.hosts[queue] < model.queues[queue].min_hosts {
                let found = self.spread_one(queue);
                if !found {
                    break;
                }
            }
        }
    }

    fn spread_one(&mut self, queue: usize) -> bool {
        let model = self.frame.model;
        for to in 0..model.hosts.len() {
            if self.usage.on_host(to, queue) > 0 {
                continue;
            }
            for kind in (0..model.kinds.len()).filter(|kind| model.kinds[*kind].serves[queue] > 0) {
                if !self.fits(to, kind) {
                    continue;
                }
                let from = (0..model.hosts.len())
                    .filter(|&from| self.spare(from, kind) && !self.thins(from, kind))
                    .max_by_key(|&from| {
                        (
                            self.placement.get(from, kind) > model.now.get(from, kind),
                            self.fullness(from),
                            std::cmp::Reverse(from),
                        )
                    });
                if let Some(from) = from {
                    self.remove(from, kind);
                    self.add(to, kind);
                    return true;
                }
            }
        }
        false
    }

    /// Takes back pairs of moves that come to nothing.
    fn settle(&mut self) {
        let model = self.frame.model;
        for kind in 0..model.kinds.len() {
            let more: Vec<usize> = (0..model.hosts.len())
                .filter(|&host| self.placement.get(host, kind) > model.now.get(host, kind))
                .collect();
            if more.is_empty() {
                continue;
            }
            let fewer: Vec<usize> = (0..model.hosts.len())
                .filter(|&host| self.placement.get(host, kind) < model.now.get(host, kind))
                .collect();
            for &to in &fewer {
                for &from in &more {
                    while self.placement.get(from, kind) > model.now.get(from, kind)
                        && self.placement.get(to, kind) < model.now.get(to, kind)
                        && self.spare(from, kind)
                        && self.fits(to, kind)
                        && (!self.thins(from, kind) || self.spreads(to, kind))
                    {
                        self.remove(from, kind);
                        self.add(to, kind);
                    }
                }
            }
        }
    }

    /// Whether all limits of single hosts and the spread hold.
    pub(super) fn holds(&self) -> bool {
        let model = self.frame.model;
        (0..model.hosts.len()).all(|host| self.frame.holds(&self.usage, host))
            && (self.frame.terms.excess.is_some()
                || model.queues.iter().zip(&self.usage.hosts).all(|(of, hosts)| *hosts >= of.min_hosts))
    }
}
