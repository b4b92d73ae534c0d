//! Among placements of equal worth, the one that replaces what has to end where it is.

use super::limits;
use super::model::{Model, Placement, Solution};
use super::question::Shape;
use super::shape::Form;

/// Where a process that is down, or has other settings, ends on one host and one of its kind starts on another, it starts on the same
/// one, where that is worth as much: one host changes then, not two.
pub(super) fn revive(model: &Model, shapes: &[Shape<'_>], solution: &mut Solution) {
    for (odd, shape) in shapes.iter().enumerate().filter(|(_, shape)| shape.form != Form::Declared) {
        let is_it = |other: &Shape<'_>| other.form == Form::Declared && other.declared.name == shape.declared.name;
        let Some(kind) = shapes.iter().position(is_it) else { continue };
        for host in 0..model.hosts.len() {
            while let Some(better) = one(model, &solution.placement, host, (odd, kind))
                && limits::score(model, &better) <= solution.score
                && limits::worse(model, &model.now, &better).is_empty()
            {
                solution.score = limits::score(model, &better);
                solution.placement = better;
            }
        }
    }
}

/// One start of the kind moved from another host to this one, where more such end than start.
fn one(model: &Model, placement: &Placement, host: usize, (odd, kind): (usize, usize)) -> Option<Placement> {
    let starts = |host: usize| placement.get(host, kind).saturating_sub(model.now.get(host, kind));
    let ends = model.now.get(host, odd).saturating_sub(placement.get(host, odd));
    if ends <= starts(host) || !model.kinds[kind].allowed[host] {
        return None;
    }
    let from = (0..model.hosts.len()).find(|other| *other != host && starts(*other) > model.now.get(*other, odd))?;
    let mut better = placement.clone();
    better.set(from, kind, better.get(from, kind) - 1);
    better.set(host, kind, better.get(host, kind) + 1);
    Some(better)
}
