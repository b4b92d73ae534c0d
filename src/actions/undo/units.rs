//! What systemd did for a run, the other way round.

use std::collections::BTreeSet;

use super::Refusal;
use super::ground::{Ground, UnitNow};
use crate::engine::kept::{KeptRun, UnitBefore};
use crate::engine::status::Failure;
use crate::engine::transaction::{ExpectRunning, UnitOperation};
use crate::names::UnitName;

/// Which units run, where the transaction rested on it: as it left them, or the host has changed since.
pub(super) fn running(run: &KeptRun, ground: &Ground<'_>) -> Result<Vec<ExpectRunning>, Refusal> {
    let mut expected = Vec::new();
    for ExpectRunning { pattern, units } in &run.record.running {
        let now = ground.running(pattern)?;
        let before: BTreeSet<UnitName> = units.iter().cloned().collect();
        let mut left = before.clone();
        for operation in &run.record.units {
            match operation {
                UnitOperation::Stop(unit) => {
                    left.remove(unit);
                }
                UnitOperation::Start(unit) | UnitOperation::Restart(unit) if is_of(pattern, unit) => {
                    left.insert(unit.clone());
                }
                _ => {}
            }
        }
        if now != left && now != before {
            let odd: Vec<&str> = now.symmetric_difference(&left).map(UnitName::as_str).collect();
            let odd = odd.join(", ");
            let message = format!("of {pattern}, others run than {} left: {odd}", run.record.run);
            return Err(ground.changed(pattern, &message));
        }
        expected.push(ExpectRunning { pattern: pattern.clone(), units: now.into_iter().collect() });
    }
    Ok(expected)
}

fn is_of(pattern: &str, unit: &UnitName) -> bool {
    let glob = globset::GlobBuilder::new(pattern).literal_separator(false).build();
    glob.is_ok_and(|glob| glob.compile_matcher().is_match(unit.as_str()))
}

/// The operations that bring units back to how they were; `touched`: whether files are put back for them.
pub(super) fn operations(run: &KeptRun, ground: &mut Ground<'_>, touched: bool) -> Result<Vec<UnitOperation>, Refusal> {
    let done = &run.record.units;
    let mut back: Vec<UnitOperation> = Vec::new();
    // Before anything starts again with the old files.
    if touched && done.contains(&UnitOperation::DaemonReload) {
        back.push(UnitOperation::DaemonReload);
    }
    let units: BTreeSet<&UnitName> = done.iter().filter_map(UnitOperation::unit).collect();
    let mut after = Vec::new();
    for unit in units {
        let was = was(run, unit)?;
        let now = ground.unit(unit)?;
        check(run, unit, &was, &now, ground)?;
        after.push((unit, was, now));
    }
    let of = |unit: &UnitName| after.iter().find(|(name, _, _)| *name == unit).map(|(_, was, now)| (was, now));
    for operation in done.iter().rev() {
        let Some((was, now)) = operation.unit().and_then(of) else { continue };
        let again = touched && was.active && now.active;
        let operation = match operation {
            UnitOperation::Start(unit) | UnitOperation::Restart(unit) if !was.active && now.active => {
                Some(UnitOperation::Stop(unit.clone()))
            }
            UnitOperation::Stop(unit) | UnitOperation::Restart(unit) if was.active && !now.active => {
                Some(UnitOperation::Start(unit.clone()))
            }
            UnitOperation::Restart(unit) if again => Some(UnitOperation::Restart(unit.clone())),
            UnitOperation::Reload(unit) if again => Some(UnitOperation::Reload(unit.clone())),
            UnitOperation::Enable(unit) if !was.enabled && now.enabled => Some(UnitOperation::Disable(unit.clone())),
            UnitOperation::Disable(unit) if was.enabled && !now.enabled => Some(UnitOperation::Enable(unit.clone())),
            // What was asked to take no new work, and was neither stopped nor restarted, can't be asked to take it again.
            UnitOperation::Quiet { unit, .. }
                if was.active && now.active && !is_ended(done, unit) && !ground.started.contains(unit) =>
            {
                Some(UnitOperation::Restart(unit.clone()))
            }
            _ => None,
        };
        back.extend(operation.filter(|operation| !back.contains(operation)));
    }
    for operation in &back {
        if let UnitOperation::Start(unit) | UnitOperation::Restart(unit) = operation {
            ground.started.insert(unit.clone());
        }
    }
    for (unit, was, _) in after {
        ground.set_unit(unit, was);
    }
    Ok(back)
}

/// Whether all units that a run operated on are as they were before the first of its waves.
pub(super) fn are_back(runs: &[KeptRun], ground: &Ground<'_>) -> bool {
    let mut units = BTreeSet::new();
    let mut first = runs.iter().flat_map(|run| run.record.units.iter().filter_map(move |it| Some((run, it.unit()?))));
    first.all(|(run, unit)| {
        let same = || matches!((was(run, unit), ground.unit(unit)), (Ok(was), Ok(now)) if was == now);
        !units.insert(unit) || same()
    })
}

fn is_ended(done: &[UnitOperation], unit: &UnitName) -> bool {
    done.iter().any(|it| matches!(it, UnitOperation::Stop(of) | UnitOperation::Restart(of) if of == unit))
}

fn was(run: &KeptRun, unit: &UnitName) -> Result<UnitNow, Refusal> {
    let Some(UnitBefore { active, enabled }) = run.units.get(unit) else {
        let message = format!("the host could not keep how {unit} was before {}", run.record.run);
        let failure = Failure::new("not-kept", message, "put it right by hand");
        return Err(Refusal { failure, place: unit.to_string() });
    };
    let active = matches!(active.as_str(), "active" | "activating" | "reloading");
    Ok(UnitNow { active, enabled: enabled.starts_with("enabled") })
}

/// A unit is as the run left it, or as it was before already.
fn check(run: &KeptRun, unit: &UnitName, was: &UnitNow, now: &UnitNow, ground: &Ground<'_>) -> Result<(), Refusal> {
    let mut left = was.clone();
    for operation in run.record.units.iter().filter(|operation| operation.unit() == Some(unit)) {
        match operation {
            UnitOperation::Start(_) | UnitOperation::Restart(_) => left.active = true,
            UnitOperation::Stop(_) => left.active = false,
            UnitOperation::Enable(_) => left.enabled = true,
            UnitOperation::Disable(_) => left.enabled = false,
            UnitOperation::DaemonReload
            | UnitOperation::Reload(_)
            | UnitOperation::Quiet { .. }
            | UnitOperation::Drain { .. } => {}
        }
    }
    let words = |active: bool| if active { "active" } else { "inactive" };
    if now.active != left.active && now.active != was.active {
        let message =
            format!("{unit} is {} now, and was {} after {}", words(now.active), words(left.active), run.record.run);
        return Err(ground.changed(unit.as_str(), &message));
    }
    if now.enabled != left.enabled && now.enabled != was.enabled {
        let words = if now.enabled { "starts at boot now, and did not" } else { "does not start at boot now, and did" };
        let message = format!("{unit} {words} after {}", run.record.run);
        return Err(ground.changed(unit.as_str(), &message));
    }
    Ok(())
}
