//! Every number before, during and after the change.

use crate::actions::queue::balance::{BudgetUse, Course, HostUse, KindUse, QueueUse};
use crate::actions::queue::limits::Usage;
use crate::actions::queue::model::{Model, Move, Placement, Solution, Step};

use super::words::called;

/// What is used and given at one instant.
struct Instant {
    usage: Usage,
    placement: Placement,
}

impl Instant {
    fn of(model: &Model, placement: &Placement) -> Self {
        Self { usage: Usage::of(model, placement), placement: placement.clone() }
    }
}

/// The change, instant by instant.
pub(super) struct Courses<'a> {
    model: &'a Model,
    before: Instant,
    after: Instant,
    /// Of every step: with all its starts and no stops.
    peak: Usage,
    most: Placement,
    /// Of every step: with all its stops and no starts.
    least: Vec<u64>,
    connections: Vec<u32>,
    /// By step, by budget.
    pub(super) peaks: Vec<Vec<u32>>,
}

impl<'a> Courses<'a> {
    /// Of steps from what runs now; where there are none, of nothing but the beginning and the end.
    pub(super) fn of(model: &'a Model, solution: &Solution, steps: &[Step]) -> Self {
        let before = Instant::of(model, &model.now);
        let after = Instant::of(model, &solution.placement);
        let (mut usage, mut at) = (before.usage.clone(), model.now.clone());
        let mut courses = Self {
            model,
            peak: usage.clone(),
            most: at.clone(),
            least: usage.capacity.clone(),
            connections: connections(model, &at),
            peaks: Vec::new(),
            before,
            after,
        };
        for step in steps {
            let (mut most, mut least) = (usage.clone(), usage.clone());
            for Move { host, kind, count } in step.starts.iter().copied() {
                most.add(model, host, kind, count);
                at.set(host, kind, at.get(host, kind) + count);
            }
            courses.raise(&most, &at, step);
            for Move { host, kind, count } in step.stops.iter().copied() {
                least.remove(model, host, kind, count);
                most.remove(model, host, kind, count);
                at.set(host, kind, at.get(host, kind) - count);
            }
            for (least, now) in courses.least.iter_mut().zip(&least.capacity) {
                *least = (*least).min(*now);
            }
            usage = most;
        }
        courses
    }

    fn raise(&mut self, most: &Usage, at: &Placement, step: &Step) {
        let raise = |known: &mut Vec<u64>, now: &[u64]| {
            for (known, now) in known.iter_mut().zip(now) {
                *known = (*known).max(*now);
            }
        };
        raise(&mut self.peak.budgets, &most.budgets);
        raise(&mut self.peak.connections, &most.connections);
        raise(&mut self.peak.memory, &most.memory);
        raise(&mut self.peak.cpu, &most.cpu);
        raise(&mut self.peak.processes, &most.processes);
        for one in &step.starts {
            let now = at.get(one.host, one.kind);
            self.most.set(one.host, one.kind, self.most.get(one.host, one.kind).max(now));
        }
        for (known, now) in self.connections.iter_mut().zip(connections(self.model, at)) {
            *known = (*known).max(now);
        }
        self.peaks.push(most.budgets.iter().copied().map(short).collect());
    }

    pub(super) fn budgets(&self) -> Vec<BudgetUse> {
        let of = |(index, budget): (usize, &crate::actions::queue::model::Budget)| BudgetUse {
            name: budget.name.clone(),
            limit: budget.limit,
            workers: self.highest(|usage| usage.budgets[index]),
            ..BudgetUse::default()
        };
        self.model.budgets.iter().enumerate().map(of).collect()
    }

    pub(super) fn queues(&self) -> Vec<QueueUse> {
        let (before, after) =
            (connections(self.model, &self.before.placement), connections(self.model, &self.after.placement));
        let of = |(index, queue): (usize, &crate::actions::queue::model::Queue)| QueueUse {
            name: queue.name.clone(),
            demand: queue.demand,
            floor: queue.floor,
            capacity: Course {
                before: short(self.before.usage.capacity[index]),
                during: short(self.least[index]),
                after: short(self.after.usage.capacity[index]),
            },
            processes: self.highest(|usage| usage.processes[index]),
            connections: Course { before: before[index], during: self.connections[index], after: after[index] },
            ..QueueUse::default()
        };
        self.model.queues.iter().enumerate().map(of).collect()
    }

    pub(super) fn hosts(&self) -> Vec<HostUse> {
        let of = |(index, host): (usize, &crate::actions::queue::model::Host)| HostUse {
            host: host.name.to_string(),
            connections: self.highest(|usage| usage.connections[index]),
            load: self.highest(|usage| usage.load(self.model, index).unwrap_or(0)),
            memory: self.highest(|usage| usage.memory[index]),
            memory_limit: host.memory,
            workers: self.workers(index),
            frozen: host.frozen.then(|| "it does not answer, or is not selected".to_owned()),
        };
        self.model.hosts.iter().enumerate().map(of).collect()
    }

    fn workers(&self, host: usize) -> Vec<KindUse> {
        let of = |(kind, named): (usize, &crate::actions::queue::model::Kind)| {
            let processes = Course {
                before: self.before.placement.get(host, kind),
                during: self.most.get(host, kind),
                after: self.after.placement.get(host, kind),
            };
            let some = processes != Course::default();
            some.then(|| KindUse { kind: called(self.model, kind), processes, connections: named.connections })
        };
        self.model.kinds.iter().enumerate().filter_map(of).collect()
    }

    fn highest(&self, number: impl Fn(&Usage) -> u64) -> Course {
        let of = |usage: &Usage| short(number(usage));
        Course { before: of(&self.before.usage), during: of(&self.peak), after: of(&self.after.usage) }
    }
}

/// Connections of the processes that serve a queue, by queue.
pub(super) fn connections(model: &Model, at: &Placement) -> Vec<u32> {
    let mut found = vec![0_u64; model.queues.len()];
    for (kind, of) in model.kinds.iter().enumerate() {
        let taken = u64::from(of.connections) * u64::from(at.of_kind(kind));
        for (queue, _) in of.serves.iter().enumerate().filter(|(_, each)| **each > 0) {
            found[queue] += taken;
        }
    }
    found.into_iter().map(short).collect()
}

pub(super) fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
