//! From what runs to the target, in as few steps as can be found, within all limits at every instant.
//!
//! The starts and stops of a step happen side by side: its starts are charged before any of its stops releases anything, and
//! floors are held with all its stops and none of its starts. So what a step may start depends on the limits from above
//! alone, and what it may stop on the floors alone; and as much as can be of both is right more often than not, for all of it
//! must happen and every step costs a drain. Only where not everything fits does the order matter: several rules are tried,
//! and the one with the fewest steps wins (`run`). Where none arrives, a detour is looked for: something that is above its
//! floor ends for a while, or something runs for a while where there is room (`detour`); at last, in small fleets, every way
//! there is (`search`).
//!
//! What is left of a step after a failure is itself an allowed step, whatever part of it was done: each move that was done
//! took only what the whole step was charged with. So a fleet can be planned anew from any state between.

mod compact;
mod detour;
mod room;
mod run;
mod search;
#[cfg(test)]
pub(super) mod tests;

use super::limits::{self, Breach, Usage};
use super::model::{Model, Placement, Step};
pub(in crate::actions::queue) use room::forbids_start;
use run::{RULES, Run, run};

/// No order was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// As far as one can get towards the target without a detour.
    pub done: Vec<Step>,
    /// What is left then.
    pub left: Step,
    /// What stands in the way of it: the numbers are those that one process more or less would make.
    pub why: Vec<Breach>,
    /// Whether every order was tried; else there may be one.
    pub proven: bool,
}

/// How much is tried beyond the straight way.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Runs that look for a detour, for a fleet of one host and one kind: the more of these, the fewer runs.
    pub detours: usize,
    /// The same of placements looked at when every way is tried.
    pub placements: usize,
}

impl Effort {
    /// What a plan is worth.
    pub const FULL: Self = Self { detours: 400_000, placements: 400_000 };
    /// For questions that are asked many times over.
    pub const SMALL: Self = Self { detours: 40_000, placements: 20_000 };
}

/// Steps from [`Model::now`] to the target; none where that is what runs.
///
/// # Errors
/// [`Stuck`] where the target can't be reached, or no order was found before `go_on` said to stop.
pub fn order(model: &Model, target: &Placement, go_on: &dyn Fn() -> bool) -> Result<Vec<Step>, Box<Stuck>> {
    order_with(model, target, Effort::FULL, go_on)
}

/// [`order`] with less effort, or more.
///
/// # Errors
/// As [`order`].
pub fn order_with(
    model: &Model,
    target: &Placement,
    effort: Effort,
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<Step>, Box<Stuck>> {
    let usage = Usage::of(model, &model.now);
    // What the target itself breaks, no order mends.
    let wrong = limits::worse(model, &model.now, target);
    let mut best: Option<Run> = None;
    for rule in RULES {
        let one = run(model, &model.now, &usage, target, rule, go_on);
        let key = |run: &Run| (run.left(), run.steps.len());
        if best.as_ref().is_none_or(|best| key(&one) < key(best)) {
            best = Some(one);
        }
        // Fewer than two steps is only where one will do, and that every rule finds.
        if best.as_ref().is_some_and(|best| best.arrived() && best.steps.len() <= 2) || !go_on() {
            break;
        }
    }
    let Some(best) = best else { return Ok(Vec::new()) };
    if best.arrived() {
        return Ok(compact::compact(model, best.steps));
    }
    let mut proven = true;
    if wrong.is_empty() {
        if let Some(steps) = detour::detour(model, target, &best, effort, go_on) {
            return Ok(compact::compact(model, steps));
        }
        match search::search(model, target, effort, go_on) {
            search::Found::Way(steps) => return Ok(compact::compact(model, steps)),
            search::Found::Nothing => {}
            search::Found::GaveUp => proven = false,
        }
    }
    let why = if wrong.is_empty() { in_the_way(model, &best) } else { wrong };
    Err(Box::new(Stuck { done: compact::compact(model, best.steps), left: best.left, why, proven }))
}

/// The limits that forbid all that is left, each once, with the smallest excess.
fn in_the_way(model: &Model, run: &Run) -> Vec<Breach> {
    let mut found = Vec::new();
    for start in &run.left.starts {
        room::forbids_start(model, &run.usage, start.host, start.kind, &mut found);
    }
    for stop in &run.left.stops {
        room::forbids_stop(model, &run.usage, stop.host, stop.kind, &mut found);
    }
    found.sort_unstable_by_key(|breach| (breach.limit, breach.by()));
    found.dedup_by_key(|breach| breach.limit);
    found
}
