//! Moves as early as they can be, and no step that is not needed.

use super::room::{to_start, to_stop};
use super::run::take;
use crate::actions::queue::limits::Usage;
use crate::actions::queue::model::{Model, Move, Step};

/// The same moves in fewer steps, where that is allowed.
///
/// What is moved to the step before only adds to that one: later steps then begin with a start that they would have charged
/// anyway, or without what would have stopped anyway.
pub(super) fn compact(model: &Model, mut steps: Vec<Step>) -> Vec<Step> {
    // Every round that changes something moves something forward, so this ends; a few rounds are all it ever takes.
    for _ in 0..steps.len() {
        if !round(model, &mut steps) {
            break;
        }
    }
    for step in &mut steps {
        step.starts.sort_unstable();
        step.stops.sort_unstable();
    }
    steps
}

fn round(model: &Model, steps: &mut Vec<Step>) -> bool {
    let mut moved = false;
    let mut at = model.now.clone();
    let mut usage = Usage::of(model, &at);
    for index in 1..steps.len() {
        let (before, after) = steps.split_at_mut(index);
        let (Some(first), Some(second)) = (before.last_mut(), after.first_mut()) else { break };
        moved |= pull(model, &usage, first, second);
        take(model, &mut at, &mut usage, first);
    }
    let before = steps.len();
    steps.retain(|step| !step.starts.is_empty() || !step.stops.is_empty());
    moved || steps.len() < before
}

/// Moves what may be of the second step to the first.
fn pull(model: &Model, usage: &Usage, first: &mut Step, second: &mut Step) -> bool {
    let (mut most, mut least) = (usage.clone(), usage.clone());
    for one in &first.starts {
        most.add(model, one.host, one.kind, one.count);
    }
    for one in &first.stops {
        least.remove(model, one.host, one.kind, one.count);
    }
    let mut moved = false;
    for one in &mut second.starts {
        let count = one.count.min(to_start(model, &most, one.host, one.kind));
        if count > 0 && !has(&first.stops, one) {
            most.add(model, one.host, one.kind, count);
            one.count -= count;
            put(&mut first.starts, Move { count, ..*one });
            moved = true;
        }
    }
    for one in &mut second.stops {
        let count = one.count.min(to_stop(model, &least, one.host, one.kind));
        if count > 0 && !has(&first.starts, one) {
            least.remove(model, one.host, one.kind, count);
            one.count -= count;
            put(&mut first.stops, Move { count, ..*one });
            moved = true;
        }
    }
    second.starts.retain(|one| one.count > 0);
    second.stops.retain(|one| one.count > 0);
    moved
}

fn has(moves: &[Move], one: &Move) -> bool {
    moves.iter().any(|other| (other.host, other.kind) == (one.host, one.kind))
}

fn put(moves: &mut Vec<Move>, one: Move) {
    match moves.iter_mut().find(|other| (other.host, other.kind) == (one.host, one.kind)) {
        Some(other) => other.count += one.count,
        None => moves.push(one),
    }
}
