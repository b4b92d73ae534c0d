//! The best placement, with a proof where there is one.

#[cfg(test)]
mod fleets;
mod frame;
mod lp;
mod place;
mod sums;
mod whole;

use super::limits::{score, worse};
use super::model::{Model, Placement, Score, Solution};
use frame::Frame;
use place::{Draft, Taste};
use sums::{Aim, Sums};

/// Finds the best placement that hard limits let be reached from what runs now; `go_on` false ends the search with the best so far.
pub fn solve(model: &Model, go_on: &dyn Fn() -> bool) -> Solution {
    let mut search = Search::new(model);
    search.run(go_on);
    Solution { score: search.score, placement: search.best, bound: search.bound.min(search.score) }
}

struct Search<'m> {
    model: &'m Model,
    best: Placement,
    score: Score,
    bound: Score,
}

impl<'m> Search<'m> {
    fn new(model: &'m Model) -> Self {
        // What runs now is always allowed.
        let best = model.now.clone();
        let score = score(model, &best);
        Self { model, best, score, bound: Score::default() }
    }

    fn offer(&mut self, placement: Placement) {
        let score = score(self.model, &placement);
        if (score, &placement) < (self.score, &self.best) && worse(self.model, &self.model.now, &placement).is_empty() {
            (self.best, self.score) = (placement, score);
        }
    }

    fn run(&mut self, go_on: &dyn Fn() -> bool) {
        let frame = Frame::new(self.model, None);
        let sums = Sums::new(&frame);
        let answer = sums.best(&Aim::Shortfall, i64::MAX, 20_000, go_on);
        let Some((shortfall, _)) = answer.best else { return };
        let bound = u64::try_from(answer.bound).unwrap_or(0);
        self.bound.shortfall = bound;
        let worst = u64::try_from(shortfall).unwrap_or(0);
        // The least level that sums allow, then the least that a placement is found for.
        let least = self.least_level(worst, go_on);
        if bound == worst {
            self.bound.load_steps = least.unwrap_or(0);
        }
        let Some(least) = least else { return };
        for extra in [0, 1, 2, 3, 5, 8, 12, 20, 40, 100, 1000] {
            let frame = Frame::new(self.model, Some(least + extra));
            let sums = Sums::new(&frame);
            let answer = sums.best(&Aim::Moves(worst), i64::MAX, 20_000, go_on);
            if extra == 0 && bound == worst {
                self.bound.moves = u32::try_from(answer.bound).unwrap_or(0);
            }
            let Some((_, target)) = answer.best else { continue };
            let mut found = false;
            for taste in [Taste::Wide, Taste::Tight] {
                let mut draft = Draft::kept(&frame);
                if draft.reach(&target, taste, go_on) && draft.holds() {
                    self.offer(draft.placement);
                    found = true;
                }
            }
            if found {
                return;
            }
        }
    }

    fn least_level(&self, worst: u64, go_on: &dyn Fn() -> bool) -> Option<u32> {
        let open = |level: u32| {
            let frame = Frame::new(self.model, Some(level));
            let sums = Sums::new(&frame);
            let answer = sums.best(&Aim::Prices(worst, &vec![0; self.model.kinds.len()]), 1, 20_000, go_on);
            answer.best.is_some() || answer.bound < 1
        };
        let mut low = 0;
        let mut step = 1;
        while !open(low + step - 1) {
            low += step;
            step *= 2;
            if step > 1 << 24 || !go_on() {
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
