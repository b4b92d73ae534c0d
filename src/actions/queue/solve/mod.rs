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
        if let Some(worst) = self.shortfall()
            && let Some(level) = self.level(worst)
        {
            self.moves(worst, level);
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

    /// The least load level at which some placement has no more than this shortfall.
    fn level(&mut self, worst: u64) -> Option<u32> {
        let least = self.least_level(worst)?;
        let proven = self.bound.shortfall == worst;
        if proven {
            self.bound.load_steps = least;
        }
        Some(least)
    }

    fn moves(&mut self, worst: u64, least: u32) {
        let mut pool = Pool::default();
        let mut proven = self.bound.shortfall == worst;
        let mut level = least;
        let mut step = 1;
        let mut first_open = None;
        loop {
            if !(self.go_on)() {
                return;
            }
            let frame = Frame::new(self.model, Some(level));
            let sums = Sums::new(&frame);
            let answer = sums.best(&Aim::Moves(worst), i64::MAX, 20_000, self.go_on);
            let mut bound = answer.bound;
            if let Some((_, target)) = answer.best {
                self.reach(&frame, &target);
            }
            let value = |score: &Score| {
                let there = (score.excess, score.shortfall) == (0, worst) && score.load_steps <= level;
                if there { i64::from(score.moves) } else { i64::from(u32::MAX >> 12) }
            };
            if bound < value(&self.score) {
                let tree = Tree { goal: Goal::Moves(worst), nodes: 2000, turns: 300, go_on: self.go_on };
                let below = value(&self.score);
                let found = tree.search(&frame, below, &mut pool, &mut |placement| {
                    self.offer(placement);
                    value(&self.score)
                });
                bound = bound.max(found);
            }
            let there = value(&self.score) < i64::from(u32::MAX >> 12);
            if there && bound >= value(&self.score) || there {
                if proven {
                    self.bound.load_steps = level;
                    self.bound.moves = u32::try_from(bound).unwrap_or(0);
                }
                return;
            }
            if bound < i64::from(u32::MAX >> 12) {
                // It is not known whether there is a way here.
                proven = false;
                first_open.get_or_insert(level);
            } else if proven {
                self.bound.load_steps = level + 1;
            }
            if first_open.is_some() {
                step *= 2;
            }
            level += step;
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
