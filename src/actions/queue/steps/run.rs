//! Straight ahead: step after step as much of the way as the limits allow, and never a move that is not on it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::room::{claims, to_start, to_stop};
use crate::actions::queue::limits::{Limit, Usage, difference};
use crate::actions::queue::model::{Model, Move, Placement, Step};

/// What goes first where not everything can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Starts that let most be freed for what they take, stops that free most for the capacity that they cost. Starts that
    /// free nothing wait while what they need lacks elsewhere.
    Frugal,
    /// The same, but whatever fits starts.
    Eager,
    /// In the order of hosts and kinds.
    Forward,
    /// The reverse of it.
    Backward,
}

pub(super) const RULES: [Rule; 4] = [Rule::Frugal, Rule::Eager, Rule::Forward, Rule::Backward];

/// How far it went.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) steps: Vec<Step>,
    /// After them.
    pub(super) at: Placement,
    /// Of that.
    pub(super) usage: Usage,
    /// What could not be done; nothing: the target is reached.
    pub(super) left: Step,
}

impl Run {
    pub(super) fn arrived(&self) -> bool {
        self.left.starts.is_empty() && self.left.stops.is_empty()
    }

    /// Starts and stops that could not be done.
    pub(super) fn left(&self) -> u64 {
        self.left.starts.iter().chain(&self.left.stops).map(|one| u64::from(one.count)).sum()
    }
}

/// From `from`, whose usage is given, as far towards the target as the limits allow.
pub(super) fn run(
    model: &Model,
    from: &Placement,
    usage: &Usage,
    target: &Placement,
    rule: Rule,
    go_on: &dyn Fn() -> bool,
) -> Run {
    let mut run =
        Run { steps: Vec::new(), at: from.clone(), usage: usage.clone(), left: difference(model, from, target) };
    while !run.arrived() && go_on() {
        let next = next_step(model, &run.usage, &run.left, rule);
        if next.starts.is_empty() && next.stops.is_empty() {
            break;
        }
        take(model, &mut run.at, &mut run.usage, &next);
        subtract(&mut run.left.starts, &next.starts);
        subtract(&mut run.left.stops, &next.stops);
        run.steps.push(next);
    }
    run
}

/// Carries a step out.
pub(super) fn take(model: &Model, at: &mut Placement, usage: &mut Usage, step: &Step) {
    for Move { host, kind, count } in step.starts.iter().copied() {
        at.set(host, kind, at.get(host, kind) + count);
        usage.add(model, host, kind, count);
    }
    for Move { host, kind, count } in step.stops.iter().copied() {
        at.set(host, kind, at.get(host, kind) - count);
        usage.remove(model, host, kind, count);
    }
}

/// Both are in the order of hosts and kinds, and nothing is done that was not left.
fn subtract(left: &mut Vec<Move>, done: &[Move]) {
    let mut done = done.iter().peekable();
    for one in left.iter_mut() {
        if let Some(done) = done.next_if(|done| (done.host, done.kind) == (one.host, one.kind)) {
            one.count -= done.count;
        }
    }
    left.retain(|one| one.count > 0);
}

fn next_step(model: &Model, usage: &Usage, left: &Step, rule: Rule) -> Step {
    let (starts, stops) = match rule {
        Rule::Forward => (in_order(&left.starts), in_order(&left.stops)),
        Rule::Backward => {
            let back = |moves: &[Move]| in_order(moves).into_iter().rev().collect();
            (back(&left.starts), back(&left.stops))
        }
        Rule::Frugal | Rule::Eager => {
            let worth = Worth::of(model, usage, left);
            return worth.next_step(rule == Rule::Eager);
        }
    };
    let (mut most, mut least) = (usage.clone(), usage.clone());
    let mut taken = Taken::new(left);
    for index in starts {
        let one = left.starts[index];
        taken.start(model, &mut most, one, index, u32::MAX);
    }
    for index in stops {
        let one = left.stops[index];
        taken.stop(model, &mut least, one, index);
    }
    taken.step(left)
}

fn in_order(moves: &[Move]) -> Vec<usize> {
    (0..moves.len()).collect()
}

/// How many of each move of those that are left.
struct Taken {
    starts: Vec<u32>,
    stops: Vec<u32>,
}

impl Taken {
    fn new(left: &Step) -> Self {
        Self { starts: vec![0; left.starts.len()], stops: vec![0; left.stops.len()] }
    }

    fn start(&mut self, model: &Model, most: &mut Usage, one: Move, index: usize, at_most: u32) -> u32 {
        let count = (one.count - self.starts[index]).min(at_most);
        let count = if count == 0 { 0 } else { count.min(to_start(model, most, one.host, one.kind)) };
        most.add(model, one.host, one.kind, count);
        self.starts[index] += count;
        count
    }

    fn stop(&mut self, model: &Model, least: &mut Usage, one: Move, index: usize) {
        let count = (one.count - self.stops[index]).min(to_stop(model, least, one.host, one.kind));
        least.remove(model, one.host, one.kind, count);
        self.stops[index] += count;
    }

    fn step(self, left: &Step) -> Step {
        let some = |moves: &[Move], counts: Vec<u32>| {
            let some = moves.iter().zip(counts).filter(|(_, count)| *count > 0);
            some.map(|(one, count)| Move { count, ..*one }).collect()
        };
        Step { starts: some(&left.starts, self.starts), stops: some(&left.stops, self.stops) }
    }
}

/// A common unit for shares of different limits.
const SCALE: u64 = 1 << 20;
/// What mends a broken limit is worth so many times more.
const MENDS: u64 = 1 << 10;

/// What moves are worth to each other.
struct Worth<'a> {
    model: &'a Model,
    usage: &'a Usage,
    left: &'a Step,
    /// With all starts that are left.
    wanted: Usage,
    /// By queue: capacity that must start before everything that is left can stop.
    need: Vec<u64>,
    /// By queue: what a unit of capacity is worth, as it lets something stop.
    rate: Vec<u64>,
}

impl<'a> Worth<'a> {
    fn of(model: &'a Model, usage: &'a Usage, left: &'a Step) -> Self {
        let mut wanted = usage.clone();
        for one in &left.starts {
            wanted.add(model, one.host, one.kind, one.count);
        }
        let mut need: Vec<u64> = model.queues.iter().map(|queue| u64::from(queue.floor)).collect();
        for one in &left.stops {
            for (need, each) in need.iter_mut().zip(&model.kinds[one.kind].serves) {
                *need += u64::from(*each) * u64::from(one.count);
            }
        }
        for (queue, need) in need.iter_mut().enumerate() {
            // Without a floor nothing needs to be there before anything stops.
            let needs = if model.queues[queue].floor == 0 { 0 } else { *need };
            *need = needs.saturating_sub(usage.capacity[queue]);
        }
        let mut worth = Self { model, usage, left, wanted, need, rate: vec![0; model.queues.len()] };
        for one in &left.stops {
            let (frees, _) = worth.share(one);
            for (queue, &each) in model.kinds[one.kind].serves.iter().enumerate().filter(|(_, each)| **each > 0) {
                // Never nothing: to be done is worth something in itself.
                worth.rate[queue] = worth.rate[queue].max((frees / u64::from(each)).saturating_add(1));
            }
        }
        worth
    }

    /// The share that one process has in what lacks for all starts that are left, and whether it is in a broken limit.
    fn share(&self, one: &Move) -> (u64, bool) {
        let (mut share, mut broken) = (0_u64, false);
        claims(self.model, self.usage, one.host, one.kind, |claim| {
            let lacks = self.wanted_of(claim.limit).saturating_sub(claim.allowed);
            if let Some(part) = (claim.each * SCALE).checked_div(lacks) {
                let mends = claim.used > claim.allowed;
                broken |= mends;
                share = share.saturating_add(if mends { part.saturating_mul(MENDS) } else { part });
            }
        });
        (share, broken)
    }

    fn wanted_of(&self, limit: Limit) -> u64 {
        match limit {
            Limit::Budget(budget) => self.wanted.budgets[budget],
            Limit::HostConnections(host) => self.wanted.connections[host],
            Limit::HostMemory(host) => self.wanted.memory[host],
            Limit::MaxCapacity(queue) => self.wanted.capacity[queue],
            Limit::MaxPerHost { queue, host } => self.wanted.on_host(host, queue),
            Limit::Singleton(queue) => self.wanted.processes[queue],
            _ => 0,
        }
    }

    fn next_step(mut self, eager: bool) -> Step {
        let mut taken = Taken::new(self.left);
        let mut least = self.usage.clone();
        for index in self.stops() {
            taken.stop(self.model, &mut least, self.left.stops[index], index);
        }
        let mut most = self.usage.clone();
        let order = self.starts();
        for &index in &order {
            let one = self.left.starts[index];
            let needed = self.needed(one.kind);
            if needed > 0 {
                let count = taken.start(self.model, &mut most, one, index, needed);
                for (need, each) in self.need.iter_mut().zip(&self.model.kinds[one.kind].serves) {
                    *need = need.saturating_sub(u64::from(*each) * u64::from(count));
                }
            }
        }
        let kept = if eager { BTreeSet::new() } else { self.kept(&order, &taken) };
        for &index in &order {
            let one = self.left.starts[index];
            let mut waits = false;
            claims(self.model, self.usage, one.host, one.kind, |claim| waits |= kept.contains(&claim.limit));
            if !waits {
                taken.start(self.model, &mut most, one, index, u32::MAX);
            }
        }
        let step = taken.step(self.left);
        if !eager && step.starts.is_empty() && step.stops.is_empty() {
            return Self::of(self.model, self.usage, self.left).next_step(true);
        }
        step
    }

    /// Processes of a kind until no queue that it serves needs more.
    fn needed(&self, kind: usize) -> u32 {
        let serves = self.model.kinds[kind].serves.iter().enumerate().filter(|(_, each)| **each > 0);
        let needed = serves.map(|(queue, each)| self.need[queue].div_ceil(u64::from(*each))).max().unwrap_or(0);
        u32::try_from(needed).unwrap_or(u32::MAX)
    }

    /// Limits that are kept for starts which are needed first and do not fit yet.
    fn kept(&self, order: &[usize], taken: &Taken) -> BTreeSet<Limit> {
        let mut kept = BTreeSet::new();
        for &index in order {
            let one = self.left.starts[index];
            if taken.starts[index] < one.count && self.needed(one.kind) > 0 {
                claims(self.model, self.usage, one.host, one.kind, |claim| {
                    if self.wanted_of(claim.limit) > claim.allowed {
                        kept.insert(claim.limit);
                    }
                });
            }
        }
        kept
    }

    /// Starts, the most urgent first.
    fn starts(&self) -> Vec<usize> {
        let key = |one: &Move| {
            let (mut mends, mut lets) = (false, 0_u64);
            for (queue, &each) in self.model.kinds[one.kind].serves.iter().enumerate().filter(|(_, each)| **each > 0) {
                mends |= self.usage.capacity[queue] < u64::from(self.model.queues[queue].floor);
                lets = lets.saturating_add(u64::from(each).min(self.need[queue]).saturating_mul(self.rate[queue]));
            }
            let (takes, _) = self.share(one);
            (!mends, Reverse(ratio(lets, takes)))
        };
        sorted(&self.left.starts, key)
    }

    /// Stops, the most useful first.
    fn stops(&self) -> Vec<usize> {
        let key = |one: &Move| {
            let (frees, mends) = self.share(one);
            let serves = self.model.kinds[one.kind].serves.iter().zip(&self.need);
            let costs = serves.filter(|(_, need)| **need > 0).map(|(each, need)| u64::from(*each) * SCALE / need).sum();
            (!mends, Reverse(ratio(frees, costs)))
        };
        sorted(&self.left.stops, key)
    }
}

/// What costs nothing comes first.
fn ratio(value: u64, cost: u64) -> u64 {
    if cost == 0 {
        u64::MAX
    } else {
        u64::try_from(u128::from(value) * u128::from(SCALE) / u128::from(cost)).unwrap_or(u64::MAX)
    }
}

fn sorted<K: Ord>(moves: &[Move], key: impl Fn(&Move) -> K) -> Vec<usize> {
    let mut keyed: Vec<_> = moves.iter().enumerate().map(|(index, one)| (key(one), index)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, index)| index).collect()
}
