//! The best placement, with a proof where there is one: a search of our own.
//!
//! Budgets, floors and demands see sums alone: how many of each kind there are on all hosts together. So the sums are decided first, exactly
//! ([`sums`], by branch and bound on small linear programs, [`whole`] and [`lp`]), for the least shortfall, the least load, the fewest moves
//! in turn; then hosts are given them greedily ([`place`]). On most fleets that alone reaches the sums' bound, and so is the proof.
//!
//! Where hosts are tight, prices for kinds are sought at which each host chooses for itself ([`bin`], a knapsack with several limits) and
//! so do the sums ([`columns`], Dantzig and Wolfe's decomposition). Both sides choose in whole numbers, so the bound is mostly within one
//! move of the best; rounding what they choose gives placements, and a tree over sums and hosts closes the gap ([`tree`]).
//!
//! What cannot hold is broken as little as can be: processes that should have ended and pins become kinds of their own, so that what is
//! broken shows in sums too ([`terms`]).
//!
//! Why not a general solver: `HiGHS` needs a C++ compiler and cmake to build, and the goals are four programs to it. It was measured on the
//! same random fleets of 10 hosts and 8 queues ([`fleets`], seeds 0 to 14; seconds of one CPU; limits that must be broken were not put to
//! it, which leaves out one fleet in two rows):
//!
//! | what is short | proven here, within 5 s in all | proven by `HiGHS` 1.15, within 20 s a goal |
//! |---|---|---|
//! | connections | 15 of 15, 0.02 in the mean, 0.3 at most | 14 of 14, 0.1 in the mean, 0.4 at most |
//! | CPU | 11 of 15, 1.8 in the mean | 14 of 15, most in 0.4, some in 3 to 7 |
//! | memory | 8 of 15, 2.6 in the mean | 6 of 14, 10 in the mean |
//!
//! Where `HiGHS` has no proof on fleets short of memory, its shortfall is 2 to 8 higher four times and 29 lower once; else it is the same. So
//! on what this is for, fleets short of connections, the search here is the faster. Where CPU is short and a hundred processes move,
//! `HiGHS` proves more: its cuts on the rows of single hosts close what prices leave open.
//! Numbers are whole but inside the linear programs, whose answers are checked in whole numbers. Nothing here reads a clock.

mod bin;
mod columns;
#[cfg(test)]
mod fleets;
mod frame;
mod lp;
mod place;
mod sums;
mod terms;
#[cfg(test)]
mod tests;
mod tree;
mod whole;

use super::limits::{Usage, hard, load_steps, score, worse};
use super::model::{Model, Placement, Score, Solution};
use columns::{Goal, Pool};
use frame::Frame;
use place::{Draft, Taste};
use sums::{Aim, Prices, Sums};
use terms::Terms;
use tree::Tree;

/// Finds the best placement that hard limits let be reached from what runs now; `go_on` false ends the search with the best so far.
pub fn solve(model: &Model, go_on: &dyn Fn() -> bool) -> Solution {
    let mut search = Search::new(model, go_on);
    if sane(model) {
        search.run();
    }
    Solution { score: search.score, placement: search.best, bound: search.bound.min(search.score) }
}

/// Whether numbers are so that products of prices and sizes have room; of others what runs now is the answer, without a proof.
fn sane(model: &Model) -> bool {
    let size = |size: &u32| *size <= 1 << 20;
    let count = |count: &u32| *count <= 1 << 12;
    let wanted: u64 =
        model.queues.iter().fold(0, |sum, of| sum.saturating_add(u64::from(of.weight) * u64::from(of.demand)));
    let sizes = model.kinds.iter().all(|of| {
        [of.connections, of.memory, of.cpu].iter().all(size)
            && of.serves.iter().all(size)
            && of.pinned.iter().flatten().all(count)
    });
    let counts = (0..model.now.hosts()).all(|host| model.now.host(host).iter().all(count));
    wanted <= 1 << 40 && sizes && counts
}

struct Search<'m> {
    model: &'m Model,
    go_on: &'m dyn Fn() -> bool,
    best: Placement,
    score: Score,
    bound: Score,
}

/// No score is above this one.
const WORST: Score = Score { excess: u64::MAX, shortfall: u64::MAX, load_steps: u32::MAX, moves: u32::MAX };

/// So many limits that are broken now are tried as such that stay so; each doubles the work.
const STAYING: usize = 7;

impl<'m> Search<'m> {
    fn new(model: &'m Model, go_on: &'m dyn Fn() -> bool) -> Self {
        // What runs now is always allowed.
        let best = model.now.clone();
        let score = score(model, &best);
        Self { model, go_on, best, score, bound: Score::default() }
    }

    fn offer(&mut self, terms: &Terms, placement: &Placement) {
        let placement = terms.merged(placement);
        let score = score(self.model, &placement);
        if (score, &placement) < (self.score, &self.best) && worse(self.model, &self.model.now, &placement).is_empty() {
            (self.best, self.score) = (placement, score);
        }
    }

    fn run(&mut self) {
        // Mostly nothing need be broken.
        let strict = self.part(&mut Terms::strict(self.model));
        if self.score.excess == 0 {
            self.bound = strict;
            return;
        }
        // Else requirements may be, and limits that are broken now may stay so. Which do is tried in turn, few before many.
        let broken: Vec<_> =
            hard(self.model, &Usage::of(self.model, &self.model.now)).iter().map(|breach| breach.limit).collect();
        let mut choices: Vec<u32> = (0..1 << broken.len().min(STAYING)).collect();
        choices.sort_by_key(|choice| (choice.count_ones(), *choice));
        if let (true, Some(all)) =
            (broken.len() > STAYING, 1_u32.checked_shl(u32::try_from(broken.len()).unwrap_or(32)))
        {
            // Too many to try them all: also what is near to nothing being mended.
            choices.insert(0, all - 1);
            choices.extend((0..broken.len()).map(|at| (all - 1) & !(1 << at)));
        }
        let mut bound = strict.min(WORST);
        if broken.len() > STAYING {
            bound = bound.min(Score { excess: 1, ..Score::default() });
        }
        for choice in choices {
            if u64::from(choice.count_ones()) > self.score.excess {
                continue;
            }
            let stay: Vec<_> =
                broken.iter().enumerate().filter(|(at, _)| choice >> at & 1 == 1).map(|(_, limit)| *limit).collect();
            bound = bound.min(self.part(&mut Terms::soft(self.model, &stay)));
        }
        self.bound = bound;
    }

    /// Looks where these terms hold; nothing there is below the bound that comes back, or else below the best placement.
    ///
    /// The least excess, then the least shortfall at that, then the least load at both, then the fewest moves.
    fn part(&mut self, terms: &mut Terms) -> Score {
        let mut bound = Score::default();
        let mut proven = true;
        if terms.excess.is_some() {
            let frame = Frame::new(terms, None);
            let answer =
                Sums::new(&frame).best(&Aim::Excess, whole(self.score.excess).saturating_add(1), 20_000, self.go_on);
            bound.excess = u64::try_from(answer.bound).unwrap_or(0);
        }
        let mut excess = bound.excess;
        loop {
            if excess > self.score.excess || !(self.go_on)() {
                return bound;
            }
            terms.excess = terms.excess.map(|_| whole(excess));
            let shortfall = self.shortfall(terms, excess);
            if proven {
                bound = Score { excess, shortfall: shortfall.unwrap_or(u64::MAX), ..Score::default() };
            }
            if self.score.excess <= excess {
                break;
            }
            proven &= shortfall.is_none();
            excess += 1;
            if proven {
                bound = Score { excess, ..Score::default() };
            }
            if terms.excess.is_none() {
                return if proven { WORST } else { bound };
            }
        }
        let mut pool = Pool::default();
        let worst = self.score.shortfall;
        let here = Score { excess, shortfall: worst, ..Score::default() };
        let Some(level) = self.level(terms, excess, worst, &mut pool) else { return bound };
        if bound < here {
            return bound;
        }
        bound = Score { load_steps: level, ..here };
        if level == self.score.load_steps {
            let moves = self.moves(terms, worst, level, &mut pool);
            bound.moves = u32::try_from(moves).unwrap_or(0);
        }
        bound
    }

    /// Tries to reach sums, within a frame.
    fn reach(&mut self, frame: &Frame<'_>, target: &[i64]) {
        let kinds = frame.model.kinds.len();
        for taste in [Taste::Wide, Taste::Tight] {
            let mut draft = Draft::kept(frame);
            // Where some have no host, it may still be a good placement, if not the best.
            draft.reach(&target[..kinds], taste, self.go_on);
            self.offer(frame.terms, &draft.placement);
        }
    }

    /// Looks for the least shortfall at an excess. The bound of it; `None`: nothing has so little excess.
    fn shortfall(&mut self, terms: &Terms, excess: u64) -> Option<u64> {
        let frame = Frame::new(terms, None);
        let sums = Sums::new(&frame);
        let answer = sums.best(&Aim::Shortfall, i64::MAX, 400_000, self.go_on);
        let Some((least, target)) = answer.best else {
            return (answer.bound < i64::MAX).then_some(0);
        };
        let bound = u64::try_from(answer.bound).unwrap_or(0);
        let worst = u64::try_from(least).unwrap_or(0);
        let reached = |search: &Self| search.score.excess <= excess && search.score.shortfall <= worst;
        if let Some((_, target)) = sums.best(&Aim::Moves(worst), i64::MAX, 5_000, self.go_on).best {
            self.reach(&frame, &target);
        }
        if !reached(self) {
            self.reach(&frame, &target);
        }
        if reached(self) {
            return Some(bound);
        }
        let most: u64 = self.model.queues.iter().map(|of| u64::from(of.weight) * u64::from(of.demand)).sum();
        let most = whole(most).saturating_add(1);
        let value =
            |search: &Self| if search.score.excess <= excess { whole(search.score.shortfall).min(most) } else { most };
        let tree = Tree { goal: Goal::Shortfall, nodes: 2000, turns: 200, go_on: self.go_on };
        let mut pool = Pool::default();
        let mut found = i64::MIN;
        for dives in [true, false] {
            let below = value(self);
            if found >= below {
                break;
            }
            let mut offer = |placement: Placement| {
                self.offer(terms, &placement);
                value(self)
            };
            let bound = if dives {
                tree.dive(&frame, below, &mut pool, &mut offer)
            } else {
                tree.search(&frame, below, &mut pool, &mut offer)
            };
            found = found.max(bound);
        }
        if found >= most { None } else { Some(bound.max(u64::try_from(found).unwrap_or(0))) }
    }

    /// Looks for the least load level at an excess and a shortfall. The bound of it.
    fn level(&mut self, terms: &Terms, excess: u64, worst: u64, pool: &mut Pool) -> Option<u32> {
        let found = |search: &Self| {
            let there = search.score.excess <= excess && search.score.shortfall <= worst;
            there.then_some(search.score.load_steps)
        };
        let mut proven = self.least_level(terms, worst)?;
        let mut high = found(self)?;
        // Quickly something that is not far from it.
        let mut step = 0;
        while proven + step < high && (self.go_on)() {
            self.quick(terms, worst, proven + step);
            high = found(self)?;
            step = step * 3 / 2 + 1;
        }
        let mut low = proven;
        while low < high && (self.go_on)() {
            let level = low + (high - low) / 2;
            self.quick(terms, worst, level);
            if found(self)? > level && self.at(terms, (excess, worst, level), pool, 0) {
                proven = proven.max(level + 1);
            }
            high = found(self)?;
            if high > level {
                low = level + 1;
            }
        }
        // What the quick look left open.
        while (self.go_on)() && proven < found(self)? {
            if !self.at(terms, (excess, worst, proven), pool, 300) {
                break;
            }
            proven += 1;
        }
        Some(proven)
    }

    /// Looks for a placement at an excess, a shortfall and a level. Whether it is certain that there is none.
    fn at(&mut self, terms: &Terms, (excess, worst, level): (u64, u64, u32), pool: &mut Pool, nodes: usize) -> bool {
        let frame = Frame::new(terms, Some(level));
        let sums = Sums::new(&frame);
        // More moves than any placement needs.
        let below =
            1 + sums.forced + (0..sums.kept.len()).map(|kind| sums.upper[kind].max(sums.kept[kind])).sum::<i64>();
        let tree = Tree { goal: Goal::Moves(worst), nodes, turns: 120, go_on: self.go_on };
        let mut offer = |placement: Placement| {
            self.offer(terms, &placement);
            let best = self.score;
            let there = best.excess <= excess && best.shortfall <= worst && best.load_steps <= level;
            if there { i64::MIN } else { below }
        };
        let bound = if nodes == 0 {
            tree.dive(&frame, below, pool, &mut offer)
        } else {
            tree.search(&frame, below, pool, &mut offer)
        };
        bound >= below
    }

    /// Tries the greedy ways to a placement at a level.
    fn quick(&mut self, terms: &Terms, worst: u64, level: u32) {
        let frame = Frame::new(terms, Some(level));
        let sums = Sums::new(&frame);
        let mut of: Vec<i64> = terms.model.kinds.iter().map(|kind| i64::from(kind.cpu) << 10).collect();
        of.extend(sums.waived.iter().map(|_| 0));
        let lean = Prices { of, shortfall: 0, worst: Some(worst) };
        for aim in [Aim::Moves(worst), Aim::Prices(&lean)] {
            if let Some((_, target)) = sums.best(&aim, i64::MAX, 2000, self.go_on).best {
                self.reach(&frame, &target);
            }
        }
    }

    /// Looks for the fewest moves at the level and shortfall of the best placement. The bound of them.
    fn moves(&mut self, terms: &Terms, worst: u64, level: u32, pool: &mut Pool) -> i64 {
        let frame = Frame::new(terms, Some(level));
        let sums = Sums::new(&frame);
        let answer = sums.best(&Aim::Moves(worst), i64::MAX, 20_000, self.go_on);
        if let Some((_, target)) = answer.best {
            self.reach(&frame, &target);
        }
        let mut bound = answer.bound;
        let tree = Tree { goal: Goal::Moves(worst), nodes: 2000, turns: 200, go_on: self.go_on };
        for dives in [true, false] {
            let below = i64::from(self.score.moves);
            if bound >= below {
                break;
            }
            let mut offer = |placement: Placement| {
                self.offer(terms, &placement);
                i64::from(self.score.moves)
            };
            let found = if dives {
                tree.dive(&frame, below, pool, &mut offer)
            } else {
                tree.search(&frame, below, pool, &mut offer)
            };
            bound = bound.max(found);
        }
        bound.min(i64::from(self.score.moves))
    }

    /// The least level that sums allow.
    fn least_level(&self, terms: &Terms, worst: u64) -> Option<u32> {
        let open = |level: u32| {
            let frame = Frame::new(terms, Some(level));
            let sums = Sums::new(&frame);
            let prices = Prices { of: vec![0; sums.lower.len()], shortfall: 0, worst: Some(worst) };
            let answer = sums.best(&Aim::Prices(&prices), 1, 20_000, self.go_on);
            answer.best.is_some() || answer.bound < 1
        };
        // Hosts that are busy without any worker.
        let empty = Usage::none(&terms.model);
        let idle = (0..terms.model.hosts.len()).filter(|host| !terms.model.hosts[*host].frozen);
        let mut low = idle.filter_map(|host| empty.load(&terms.model, host)).map(load_steps).max().unwrap_or(0);
        let mut step = 1;
        while !open(low + step - 1) {
            low += step;
            step *= 2;
            if step > 1 << 24 || !(self.go_on)() {
                return None;
            }
        }
        let mut high = low + step - 1;
        while low < high {
            let middle = low + (high - low) / 2;
            if open(middle) { high = middle } else { low = middle + 1 }
        }
        Some(low)
    }
}

fn whole(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
