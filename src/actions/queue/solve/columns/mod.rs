//! A bound over all hosts at once, and whole placements from it: prices for kinds are found at which each host, and the sums, choose for
//! themselves (Dantzig and Wolfe's decomposition; each side is solved in whole numbers, so the bound is close).

mod relaxed;

use super::bin::{Bin, FEW, Load, MANY, SCALE};
use super::frame::Frame;
use super::lp::{Lp, Outcome};
use super::sums::{Aim, Prices, Sums, Waived};
pub(super) use relaxed::Relaxed;

/// So many groups of hosts at most: each has its own choice.
const GROUPS: usize = 48;

/// What is minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// Shortfall.
    Shortfall,
    /// Moves, at a shortfall of no more than this.
    Moves(u64),
}

/// One choice of a group of hosts.
#[derive(Clone, Debug, PartialEq)]
struct Choice {
    loads: Vec<Vec<u32>>,
    totals: Vec<i64>,
    served: Vec<i64>,
    cost: i64,
}

/// Choices that were found, for use in related questions.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    groups: Vec<Vec<Choice>>,
    sums: Vec<Vec<i64>>,
}

/// Finds the bound; one of `below` or more is as good as any. `None`: nothing keeps all limits.
pub(super) fn relax(
    frame: &Frame<'_>,
    sums: &Sums<'_, '_>,
    goal: Goal,
    below: i64,
    pool: &mut Pool,
    turns: usize,
    go_on: &dyn Fn() -> bool,
) -> Option<Relaxed> {
    Master::new(frame, sums, goal, below, pool, go_on).map(|master| master.run(below, turns, pool))
}

struct Master<'a, 'f, 'm> {
    frame: &'a Frame<'m>,
    sums: &'a Sums<'f, 'm>,
    goal: Goal,
    go_on: &'a dyn Fn() -> bool,
    spread: Vec<usize>,
    groups: Vec<Vec<Bin>>,
    first: Vec<usize>,
    lp: Lp,
    kinds: usize,
    /// By variable of the program, after the first that stand for what is torn.
    columns: Vec<Column>,
    torn: usize,
}

#[derive(Clone, Debug)]
enum Column {
    Sums(Vec<i64>),
    Group(usize, Choice),
}

struct Priced {
    bound: i64,
    sums: Option<Vec<i64>>,
    choices: Vec<Choice>,
}

impl<'a, 'f, 'm> Master<'a, 'f, 'm> {
    fn new(
        frame: &'a Frame<'m>,
        sums: &'a Sums<'f, 'm>,
        goal: Goal,
        below: i64,
        pool: &mut Pool,
        go_on: &'a dyn Fn() -> bool,
    ) -> Option<Self> {
        let model = frame.model;
        let (hosts, kinds) = (model.hosts.len(), model.kinds.len());
        let spread: Vec<usize> =
            (0..model.queues.len()).filter(|queue| model.queues[*queue].min_hosts > 1).take(60).collect();
        let per_move = if goal == Goal::Shortfall { 0 } else { SCALE };
        let size = hosts.div_ceil(GROUPS).max(1);
        let mut groups = Vec::new();
        let mut first = Vec::new();
        let mut host = 0;
        while host < hosts {
            let end = (host + size).min(hosts);
            let bins: Option<Vec<Bin>> = (host..end).map(|host| Bin::new(frame, host, &spread, per_move)).collect();
            groups.push(bins?);
            first.push(host);
            host = end;
        }
        let mut bounds = vec![(0.0, 0.0); kinds];
        bounds.extend(spread.iter().map(|queue| (f64::from(model.queues[*queue].min_hosts), f64::INFINITY)));
        bounds.extend(vec![(1.0, 1.0); groups.len() + 1]);
        let mut lp = Lp::new(&bounds);
        // What a process counts that hosts bear and sums do not have, or the reverse: more than all else.
        let tear = float(below.clamp(500, 1_000_000)) * 4.0;
        for row in 0..kinds {
            lp.add(0.0, f64::INFINITY, tear, &[(row, 1.0)]);
            lp.add(0.0, f64::INFINITY, tear, &[(row, -1.0)]);
        }
        for row in kinds..kinds + spread.len() {
            lp.add(0.0, f64::INFINITY, tear, &[(row, 1.0)]);
        }
        let torn = 2 * kinds + spread.len();
        pool.groups.resize(groups.len(), Vec::new());
        let mut master = Self { frame, sums, goal, go_on, spread, groups, first, lp, kinds, columns: Vec::new(), torn };
        let fitting: Vec<Vec<i64>> = pool.sums.iter().filter(|sums| master.fine(sums)).cloned().collect();
        for sums in fitting {
            master.add(Column::Sums(sums));
        }
        for group in 0..pool.groups.len() {
            let fitting: Vec<Choice> =
                pool.groups[group].iter().filter(|choice| master.within(group, choice)).cloned().collect();
            for choice in fitting {
                master.add(Column::Group(group, choice));
            }
        }
        Some(master)
    }

    fn fine(&self, sums: &[i64]) -> bool {
        let worst = match self.goal {
            Goal::Shortfall => i64::MAX,
            Goal::Moves(worst) => i64::try_from(worst).unwrap_or(i64::MAX),
        };
        self.sums.holds(sums) && self.sums.shortfall(sums) <= worst
    }

    fn within(&self, group: usize, choice: &Choice) -> bool {
        choice.loads.iter().enumerate().all(|(at, counts)| {
            let host = self.first[group] + at;
            let (lower, upper) = (self.frame.lower.host(host), self.frame.upper.host(host));
            let cpu: u64 = counts
                .iter()
                .zip(&self.frame.model.kinds)
                .map(|(count, of)| u64::from(*count) * u64::from(of.cpu))
                .sum();
            counts.iter().zip(lower.iter().zip(upper)).all(|(count, (lower, upper))| lower <= count && count <= upper)
                && (cpu <= self.frame.cpu[host] || self.frame.model.hosts[host].frozen)
        })
    }

    fn add(&mut self, column: Column) {
        let (kinds, spread) = (self.kinds, self.spread.len());
        let mut entries = Vec::new();
        let cost = match &column {
            Column::Sums(sums) => {
                entries.extend(sums[..kinds].iter().enumerate().map(|(kind, sum)| (kind, -float(*sum))));
                for (at, queue) in self.spread.iter().enumerate() {
                    entries.push((kinds + at, float(self.lacks(sums, *queue))));
                }
                entries.push((kinds + spread, 1.0));
                if self.goal == Goal::Shortfall { float(self.sums.shortfall(sums)) } else { 0.0 }
            }
            Column::Group(group, choice) => {
                entries.extend(choice.totals.iter().enumerate().map(|(kind, total)| (kind, float(*total))));
                entries.extend(choice.served.iter().enumerate().map(|(at, hosts)| (kinds + at, float(*hosts))));
                entries.push((kinds + spread + 1 + group, 1.0));
                if self.goal == Goal::Shortfall { 0.0 } else { float(choice.cost) / float(SCALE) }
            }
        };
        entries.retain(|(_, entry)| *entry != 0.0);
        self.lp.add(0.0, f64::INFINITY, cost, &entries);
        self.columns.push(column);
    }

    /// Hosts that a queue may lack.
    fn lacks(&self, sums: &[i64], queue: usize) -> i64 {
        let at = self.sums.waived.iter().position(|waived| *waived == Waived::Hosts(queue));
        at.map_or(0, |at| sums[self.kinds + at])
    }

    /// What each side chooses at these prices, and the bound that this proves.
    fn price(&self, prices: &[i64], rewards: &[i64], below: i64, ways: usize) -> Priced {
        let model = self.frame.model;
        let host_prices: Vec<i64> = prices.iter().map(|price| -price).collect();
        let mut bound: i64 = self
            .spread
            .iter()
            .zip(rewards)
            .map(|(queue, reward)| i64::from(model.queues[*queue].min_hosts) * reward)
            .sum();
        let mut choices = Vec::new();
        for group in &self.groups {
            let mut choice =
                Choice { loads: Vec::new(), totals: vec![0; self.kinds], served: vec![0; self.spread.len()], cost: 0 };
            for bin in group {
                let (load, least): (Load, i64) = bin.best(&host_prices, rewards, ways);
                bound = bound.saturating_add(least);
                choice.cost += load.cost;
                for (total, count) in choice.totals.iter_mut().zip(&load.counts) {
                    *total += i64::from(*count);
                }
                for (at, hosts) in choice.served.iter_mut().enumerate() {
                    *hosts += i64::from(load.serves >> at & 1 == 1);
                }
                choice.loads.push(load.counts);
            }
            choices.push(choice);
            if !(self.go_on)() {
                return Priced { bound: i64::MIN, sums: None, choices: Vec::new() };
            }
        }
        let (shortfall, worst) = match self.goal {
            Goal::Shortfall => (SCALE, None),
            Goal::Moves(worst) => (0, Some(worst)),
        };
        let mut of = prices.to_vec();
        of.extend(self.sums.waived.iter().map(|waived| match waived {
            Waived::Hosts(queue) => self.spread.iter().position(|at| at == queue).map_or(0, |at| -rewards[at]),
            Waived::Single(_) | Waived::Units => 0,
        }));
        let prices = Prices { of, shortfall, worst };
        let answer = self.sums.best(&Aim::Prices(&prices), i64::MAX, 400, self.go_on);
        let none = answer.best.is_none() && answer.bound == i64::MAX;
        let bound = if none { below } else { bound.saturating_add(answer.bound) };
        Priced { bound, sums: answer.best.map(|(_, sums)| sums), choices }
    }

    fn run(mut self, below: i64, turns: usize, pool: &mut Pool) -> Relaxed {
        let below = below.saturating_mul(SCALE);
        let rows = self.kinds + self.spread.len();
        let mut duals = vec![0.0; rows];
        let mut centre: Option<Vec<f64>> = None;
        let mut bound = i64::MIN;
        let mut lean: f64 = 0.6;
        let mut ways = FEW;
        for turn in 0..turns {
            let at: Vec<f64> = match &centre {
                Some(centre) => {
                    centre.iter().zip(&duals).map(|(centre, dual)| lean * centre + (1.0 - lean) * dual).collect()
                }
                None => duals.clone(),
            };
            let prices: Vec<i64> = at[..self.kinds].iter().map(|price| whole(*price)).collect();
            let rewards: Vec<i64> = at[self.kinds..].iter().map(|reward| whole(reward.max(0.0))).collect();
            let answers = self.price(&prices, &rewards, below, ways);
            if answers.choices.is_empty() && !self.groups.is_empty() {
                break;
            }
            if answers.sums.is_none() && answers.bound >= below {
                return Relaxed {
                    bound: below.div_euclid(SCALE),
                    mean: Vec::new(),
                    sums: Vec::new(),
                    loads: Vec::new(),
                    target: Vec::new(),
                };
            }
            if answers.bound > bound {
                bound = answers.bound;
                centre = Some(at.clone());
            }
            let mut added = 0;
            if let Some(sums) = answers.sums {
                let short = if self.goal == Goal::Shortfall { float(self.sums.shortfall(&sums)) } else { 0.0 };
                let lacking: f64 = self
                    .spread
                    .iter()
                    .zip(&duals[self.kinds..])
                    .map(|(queue, dual)| float(self.lacks(&sums, *queue)) * dual)
                    .sum();
                let value: f64 = short - lacking
                    + sums.iter().zip(&duals[..self.kinds]).map(|(sum, dual)| float(*sum) * dual).sum::<f64>();
                if turn == 0 || value - self.lp.dual(rows) < -1e-6 {
                    pool.sums.push(sums.clone());
                    self.add(Column::Sums(sums));
                    added += 1;
                }
            }
            for (group, choice) in answers.choices.into_iter().enumerate() {
                let cost = if self.goal == Goal::Shortfall { 0.0 } else { float(choice.cost) / float(SCALE) };
                let value: f64 = cost
                    - choice
                        .totals
                        .iter()
                        .zip(&duals[..self.kinds])
                        .map(|(total, dual)| float(*total) * dual)
                        .sum::<f64>()
                    - choice
                        .served
                        .iter()
                        .zip(&duals[self.kinds..])
                        .map(|(hosts, dual)| float(*hosts) * dual)
                        .sum::<f64>();
                if turn == 0 || value - self.lp.dual(rows + 1 + group) < -1e-6 {
                    pool.groups[group].push(choice.clone());
                    self.add(Column::Group(group, choice));
                    added += 1;
                }
            }
            if ceil(bound) * SCALE >= below || bound >= below {
                break;
            }
            if added == 0 {
                if lean == 0.0 {
                    if ways == MANY {
                        break;
                    }
                    ways = MANY;
                    continue;
                }
                lean = if lean < 0.1 { 0.0 } else { lean / 2.0 };
                continue;
            }
            if self.lp.solve() != Outcome::Optimal {
                break;
            }
            for (row, dual) in duals.iter_mut().enumerate() {
                *dual = self.lp.dual(row);
            }
            // No more than the next whole number can be gained.
            if (self.lp.cost() - 1e-6).ceil() <= float(ceil(bound)) {
                break;
            }
        }
        self.outcome(bound)
    }
}

fn ceil(bound: i64) -> i64 {
    // A thousandth of a move is what the sums' search may leave.
    if bound == i64::MIN { i64::MIN } else { bound.div_euclid(SCALE) + i64::from(bound.rem_euclid(SCALE) > 0) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a fleet are far below 2^53")]
fn float(value: i64) -> f64 {
    value as f64
}

#[expect(clippy::cast_possible_truncation, reason = "prices are bounded by what is torn")]
fn whole(price: f64) -> i64 {
    (price * float(SCALE)).round() as i64
}
