//! A placement and the way to it, explained: numbers before, during and after, and why, in words.

mod binding;
mod courses;
mod margins;
mod reasons;
mod replaced;
#[cfg(test)]
mod tests;
pub(in crate::actions::queue) mod words;

use super::balance::{Balance, Blocked, StepUse};
use super::limits::{self, Usage};
use super::model::{Model, Score, Solution, Step};
use super::relax;
use super::steps::Stuck;
use courses::Courses;

pub use words::{called, step};

/// Explains a plan. Where its steps are stuck, the numbers "after" are those of the target that can't be reached, no step is
/// told, and [`Balance::blocked`] says what stands in the way.
///
/// `solve` finds the best placement of a model that is a little different: what one more connection would give is found by
/// trying. Both that and the search for relaxations end when `go_on` says so; what was found until then is told.
///
/// Left at their defaults are the fields that need facts: derivations, open connections, depth, latency, busy.
pub fn explain(
    model: &Model,
    solution: &Solution,
    steps: Result<&[Step], &Stuck>,
    solve: &dyn Fn(&Model) -> Solution,
    go_on: &dyn Fn() -> bool,
) -> Balance {
    let done = steps.unwrap_or_default();
    let courses = Courses::of(model, solution, done);
    let reasons = match steps {
        Ok(steps) => reasons::reasons(model, solution, steps),
        Err(_) => Vec::new(),
    };
    let told =
        done.iter().zip(&courses.peaks).map(|(one, peak)| StepUse { what: step(model, one), peak: peak.clone() });
    let binding = binding::binding(model, solution);
    let blocked = blocked(model, solution, steps, &binding, solve, go_on);
    Balance {
        budgets: courses.budgets(),
        queues: courses.queues(),
        hosts: courses.hosts(),
        steps: told.collect(),
        reasons,
        margins: margins::margins(model, solution, solve, go_on),
        binding,
        blocked,
        proven: solution.is_proven(),
        gap: gap(solution),
    }
}

fn blocked(
    model: &Model,
    solution: &Solution,
    steps: Result<&[Step], &Stuck>,
    binding: &[String],
    solve: &dyn Fn(&Model) -> Solution,
    go_on: &dyn Fn() -> bool,
) -> Option<Blocked> {
    let words = |found: Vec<relax::Relaxation>| found.into_iter().map(|one| one.words).collect();
    match steps {
        Err(stuck) => {
            let mut limits: Vec<String> = stuck.why.iter().map(|breach| binding::would(model, breach)).collect();
            if !stuck.proven {
                limits.push("not every order was tried: there may be one".to_owned());
            }
            let relaxations = words(relax::for_order(model, &solution.placement, stuck, go_on));
            Some(Blocked { limits, relaxations })
        }
        Ok([]) if solution.score.excess > 0 || solution.score.shortfall > 0 => {
            let relaxations = words(relax::for_demand(model, solution, solve, go_on));
            Some(Blocked { limits: binding.to_vec(), relaxations })
        }
        Ok(_) => None,
    }
}

/// How far a placement may be from the best, of the first part of its worth that is not proven.
fn gap(solution: &Solution) -> Option<String> {
    let (Score { excess, shortfall, load_steps, moves }, bound) = (solution.score, solution.bound);
    if solution.is_proven() {
        return None;
    }
    let most = "there may be a placement that";
    Some(if excess != bound.excess {
        format!("{most} breaks limits by {} less (now {excess})", excess.saturating_sub(bound.excess))
    } else if shortfall != bound.shortfall {
        format!(
            "{most} lacks {} less of the weighted demand (now {shortfall})",
            shortfall.saturating_sub(bound.shortfall)
        )
    } else if load_steps != bound.load_steps {
        let less = load_steps.saturating_sub(bound.load_steps);
        format!("{most} has the busiest host {} % lower", u64::from(less) * limits::LOAD_STEP)
    } else {
        format!(
            "{most} takes {} less",
            words::plural(moves.saturating_sub(bound.moves), "start or stop", "starts and stops")
        )
    })
}

/// Capacity that a queue lacks, by queue.
pub(super) fn lacks(model: &Model, usage: &Usage) -> Vec<u32> {
    let of = model.queues.iter().zip(&usage.capacity);
    of.map(|(queue, capacity)| courses::short(u64::from(queue.demand).saturating_sub(*capacity))).collect()
}
