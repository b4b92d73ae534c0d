//! A plan explained, with what only the facts tell.

use super::Study;
use super::balance::Balance;
use super::model::{Model, Move, Step};
use crate::engine::action::World;

/// The plan, explained.
pub(super) fn balance(_: &Study<'_>, _: &World<'_>) -> Balance {
    Balance::default()
}

/// A step in words, such as `start 4 ingress on franz; stop 1 ingress-20 on freud`.
pub(super) fn step(model: &Model, step: &Step) -> String {
    let words = |verb: &str, moves: &[Move]| {
        let each = moves
            .iter()
            .map(|it| format!("{} {} on {}", it.count, model.kinds[it.kind].name, model.hosts[it.host].name));
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| format!("{verb} {}", each.join(", ")))
    };
    let both = [words("start", &step.starts), words("stop", &step.stops)];
    both.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
