//! The best placement, with a proof where there is one.

mod bin;
mod columns;
#[cfg(test)]
mod fleets;
mod frame;
mod lp;
mod place;
mod sums;
mod tree;
mod whole;

use super::limits::{score, worse};
use super::model::{Model, Placement, Score, Solution};
use columns::{Goal, Pool};
use frame::Frame;
use place::{Draft, Taste};
use sums::{Aim, Prices, Sums};
use tree::Tree;

/// Finds the best placement that hard limits let be reached from what runs now; `go_on` false ends the search with the best so far.
pub fn solve(model: &Model, go_on: &dyn Fn() -> bool) -> Solution {
    let mut search = Search::new(model, go_on);
    search.run();
    Solution { score: search.score, placement: search.best, bound: search.bound.min(search.score) }
}

struct Search<'m> {
    model: &'m Model,
    go_on: &'m dyn Fn() -> bool,
    best: Placement,
    score: Score,
    bound: Score,
}

impl<'m> Search<'m> {
    fn new(model: &'m Model, go_on: &'m dyn Fn() -> bool) -> Self {
        // What runs now is always allowed.
        let best = model.now.clone();
        let score = score(model, &best);
        Self { model, go_on, best, score, bound: Score::default() }
    }

    fn offer(&mut self, placement: Placement) {
        let score = score(self.model, &placement);
        if (score, &placement) < (self.score, &self.best) && worse(self.model, &self.model.now, &placement).is_empty() {
            (self.best, self.score) = (placement, score);
        }
    }

    fn run(&mut self) {
        // Where nothing need be broken: the least shortfall, then the least load at that, then the fewest moves at both.
        let mut pool = Pool::default();
        if let Some(worst) = self.shortfall()
            && let Some(level) = self.level(worst, &mut pool)
        {
            self.moves(worst, level, &mut pool);
        }
    }

    /// Tries to reach sums, within a frame.
    fn reach(&mut self, frame: &Frame<'_>, target: &[i64]) -> bool {
        let mut found = false;
        for taste in [Taste::Wide, Taste::Tight] {
            let mut draft = Draft::kept(frame);
            if draft.reach(target, taste, self.go_on) && draft.holds() {
                self.offer(draft.placement);
                found = true;
            }
        }
        found
    }

    /// The least shortfall that some placement has; `None`: none was found in which nothing is broken.
    fn shortfall(&mut self) -> Option<u64> {
        let frame = Frame::new(self.model, None);
        let sums = Sums::new(&frame);
        let answer = sums.best(&Aim::Shortfall, i64::MAX, 20_000, self.go_on);
        let (shortfall, target) = answer.best?;
        self.bound.shortfall = u64::try_from(answer.bound).unwrap_or(0);
        let worst = u64::try_from(shortfall).unwrap_or(0);
        let moves = sums.best(&Aim::Moves(worst), i64::MAX, 5_000, self.go_on);
        let reached = moves.best.is_some_and(|(_, target)| self.reach(&frame, &target)) || self.reach(&frame, &target);
        if reached && self.bound.shortfall == worst {
            return Some(worst);
        }
        let tree = Tree { goal: Goal::Shortfall, nodes: 2000, turns: 200, go_on: self.go_on };
        let below = if self.score.excess == 0 { whole(self.score.shortfall) } else { i64::MAX >> 24 };
        let bound = tree.search(&frame, below, &mut Pool::default(), &mut |placement| {
            self.offer(placement);
            if self.score.excess == 0 { whole(self.score.shortfall) } else { i64::MAX }
        });
        self.bound.shortfall = self.bound.shortfall.max(u64::try_from(bound).unwrap_or(0));
        (self.score.excess == 0).then_some(self.score.shortfall)
    }

    /// The least load level at which some placement has no more than this shortfall, and the fewest moves at that.
    fn level(&mut self, worst: u64, pool: &mut Pool) -> Option<u32> {
        let mut proven = self.least_level(worst)?;
        // Quickly something that is there at all.
        let mut step = 0;
        while self.found(worst).is_none() {
            self.quick(worst, proven + step);
            step = step * 3 / 2 + 1;
            if step > 1 << 20 || !(self.go_on)() {
                break;
            }
        }
        let mut high = self.found(worst).unwrap_or(proven + step);
        let mut low = proven;
        while low < high && (self.go_on)() {
            let level = low + (high - low) / 2;
            self.quick(worst, level);
            if self.found(worst).is_none_or(|found| found > level) {
                let bound = self.at(worst, level, pool, 0);
                if bound == i64::MAX {
                    proven = proven.max(level + 1);
                }
            }
            match self.found(worst) {
                Some(found) if found <= level => high = found,
                _ => low = level + 1,
            }
        }
        // What the quick look left open.
        while (self.go_on)() && self.found(worst).is_none_or(|found| proven < found) {
            if self.at(worst, proven, pool, 300) < i64::MAX || self.found(worst).is_some_and(|found| found <= proven) {
                break;
            }
            proven += 1;
        }
        if self.bound.shortfall == worst {
            self.bound.load_steps = proven;
        }
        self.found(worst)
    }

    /// The level of the best placement, if nothing is broken in it and it has no more than this shortfall.
    fn found(&self, worst: u64) -> Option<u32> {
        (self.score.excess == 0 && self.score.shortfall <= worst).then_some(self.score.load_steps)
    }

    /// Looks for a placement at a level: `i64::MAX` if there is none.
    fn at(&mut self, worst: u64, level: u32, pool: &mut Pool, nodes: usize) -> i64 {
        let frame = Frame::new(self.model, Some(level));
        let below = self.most_moves();
        let tree = Tree { goal: Goal::Moves(worst), nodes, turns: 120, go_on: self.go_on };
        let mut offer = |placement| {
            self.offer(placement);
            if self.found(worst).is_some_and(|found| found <= level) { i64::MIN } else { below }
        };
        let bound = if nodes == 0 {
            tree.dive(&frame, below, pool, &mut offer)
        } else {
            tree.search(&frame, below, pool, &mut offer)
        };
        if bound >= below { i64::MAX } else { bound }
    }

    /// More moves than any placement may need.
    fn most_moves(&self) -> i64 {
        let frame = Frame::new(self.model, None);
        let sums = Sums::new(&frame);
        1 + sums.forced + sums.upper.iter().sum::<i64>()
    }

    /// Tries the greedy ways to a placement at a level.
    fn quick(&mut self, worst: u64, level: u32) {
        let frame = Frame::new(self.model, Some(level));
        let sums = Sums::new(&frame);
        let lean = Prices {
            of: self.model.kinds.iter().map(|kind| i64::from(kind.cpu) << 10).collect(),
            shortfall: 0,
            worst: Some(worst),
        };
        for aim in [Aim::Moves(worst), Aim::Prices(&lean)] {
            if let Some((_, target)) = sums.best(&aim, i64::MAX, 2000, self.go_on).best {
                self.reach(&frame, &target);
            }
        }
    }

    /// The fewest moves at this level and shortfall.
    fn moves(&mut self, worst: u64, level: u32, pool: &mut Pool) {
        let frame = Frame::new(self.model, Some(level));
        let sums = Sums::new(&frame);
        let answer = sums.best(&Aim::Moves(worst), i64::MAX, 20_000, self.go_on);
        if let Some((_, target)) = answer.best {
            self.reach(&frame, &target);
        }
        let mut bound = answer.bound;
        if bound < i64::from(self.score.moves) {
            let tree = Tree { goal: Goal::Moves(worst), nodes: 2000, turns: 200, go_on: self.go_on };
            let below = i64::from(self.score.moves);
            let mut offer = |placement| {
                self.offer(placement);
                i64::from(self.score.moves)
            };
            bound = bound.max(tree.dive(&frame, below, pool, &mut offer));
            let below = i64::from(self.score.moves);
            if bound < below {
                let mut offer = |placement| {
                    self.offer(placement);
                    i64::from(self.score.moves)
                };
                bound = bound.max(tree.search(&frame, below, pool, &mut offer));
            }
        }
        if (self.bound.shortfall, self.bound.load_steps) == (worst, self.score.load_steps) {
            self.bound.moves = u32::try_from(bound).unwrap_or(0);
        }
    }

    fn least_level(&self, worst: u64) -> Option<u32> {
        let open = |level: u32| {
            let frame = Frame::new(self.model, Some(level));
            let sums = Sums::new(&frame);
            let prices = Prices { of: vec![0; self.model.kinds.len()], shortfall: 0, worst: Some(worst) };
            let answer = sums.best(&Aim::Prices(&prices), 1, 20_000, self.go_on);
            answer.best.is_some() || answer.bound < 1
        };
        let mut low = 0;
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
