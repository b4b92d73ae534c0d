//! The units that take a file up: which of a host's units are meant, and whether they have.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::seen::Seen;
use super::{Subject, probes};
use crate::engine::probe::{HostFacts, ProcessFact, UnitFact};
use crate::engine::status::{Difference, Status, Warning};
use crate::engine::transaction::UnitOperation;
use crate::engine::unit_pattern::is_meant;
use crate::inventory::FileState;
use crate::names::UnitName;

/// Start times are exact to the kernel's clock tick and our two looks at the clock: what is nearer than this is the same time.
const CLOCK_TOLERANCE: f64 = 0.05;

/// How a unit takes a change up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Reload,
    Restart,
}

/// The units that take a file up, as they stand.
#[derive(Default)]
pub(super) struct Live {
    pub(super) differences: Vec<Difference>,
    pub(super) warnings: Vec<Warning>,
    /// What lets those that run take a change up.
    pub(super) all: Vec<UnitOperation>,
    /// Of these, for those that have not taken up what is on disk.
    pub(super) stale: Vec<UnitOperation>,
    /// Why nothing may change: it is not known what would have to take it up, or it can't be done.
    pub(super) blocked: bool,
}

/// When what is at the path last changed; `None`: nothing tells.
#[derive(Clone, Copy)]
struct Changed {
    /// Seconds since the epoch.
    at: f64,
    /// When its name, owner or mode did.
    touched: Option<f64>,
}

pub(super) fn compare(subject: &Subject<'_>, seen: &Seen<'_>) -> Live {
    let mut live = Live::default();
    if subject.on.reload.is_empty() && subject.on.restart.is_empty() {
        return live;
    }
    if let Some(why) = &subject.facts.units_unknown {
        live.differ("units", Status::Unknown, format!("systemd could not be asked for the units: {why}"));
        live.blocked = true;
        return live;
    }
    let changed = changed(subject, seen);
    let mut met = BTreeSet::new();
    for (how, patterns) in [(How::Restart, &subject.on.restart), (How::Reload, &subject.on.reload)] {
        let mut any = patterns.is_empty();
        for (unit, state) in meant(subject.facts, patterns) {
            any = true;
            if met.insert(unit) {
                live.unit(subject, how, unit, state, changed);
            }
        }
        if !any {
            let listed = patterns.join(", ");
            let message =
                format!("this host has none of the declared units ({listed}): nothing takes up a change here");
            live.warn("no-unit", "units", message);
        }
    }
    live
}

fn meant<'a>(facts: &'a HostFacts, patterns: &'a [String]) -> impl Iterator<Item = (&'a UnitName, &'a UnitFact)> {
    let is = move |unit: &UnitName| patterns.iter().any(|pattern| is_meant(pattern, unit.as_str()));
    facts.units.iter().filter(move |(unit, fact)| fact.load_state != "not-found" && is(unit))
}

fn changed(subject: &Subject<'_>, seen: &Seen<'_>) -> Option<Changed> {
    match subject.on.state {
        // Of a link the host tells whole seconds.
        FileState::Link(_) => {
            let at = probes::link_time(subject.facts, subject.links, &subject.file.path)?;
            seen.link.map(|_| Changed { at, touched: None })
        }
        FileState::Content(_) => {
            let fact = seen.target.filter(|_| seen.is_file())?;
            Some(Changed { at: fact.modified, touched: Some(fact.touched) })
        }
        // What changes in a directory is not its own.
        FileState::Directory | FileState::Absent { .. } => None,
    }
}

impl Live {
    fn differ(&mut self, subject: &str, status: Status, message: String) {
        self.differences.push(Difference {
            subject: subject.to_owned(),
            status,
            declared: None,
            on_disk: None,
            live: None,
            message,
            repairable: false,
        });
    }

    fn warn(&mut self, code: &str, subject: &str, message: String) {
        self.warnings.push(Warning { code: code.to_owned(), subject: subject.to_owned(), message });
    }

    fn unit(&mut self, subject: &Subject<'_>, how: How, unit: &UnitName, state: &UnitFact, changed: Option<Changed>) {
        match (state.active_state.as_str(), state.sub_state.as_str()) {
            ("active" | "reloading", _) => {}
            ("activating", sub) if sub.starts_with("auto-restart") => {}
            ("activating", _) => {
                let message =
                    format!("{unit} is still starting, or is a job at work: fleet leaves it alone; check again later");
                return self.warn("unit-starting", unit.as_str(), message);
            }
            ("failed", _) => {
                return self.warn("unit-failed", unit.as_str(), format!("{unit} has failed; fleet does not start it"));
            }
            // What is down reads the file when it starts.
            _ => return,
        }
        if how == How::Reload && !state.can_reload {
            let message = format!(
                "{unit} cannot be reloaded: declare it in `restart` of file.{} instead, or give the unit an `ExecReload=`",
                subject.file.name
            );
            self.blocked = true;
            return self.differ(unit.as_str(), Status::Unknown, message);
        }
        let operation = match how {
            How::Reload => UnitOperation::Reload(unit.clone()),
            How::Restart => UnitOperation::Restart(unit.clone()),
        };
        self.all.push(operation.clone());
        let Some(changed) = changed else { return };
        let Some(taken_up) = taken_up(subject.facts, how, unit, state) else {
            let message = format!("the processes of {unit} could not be looked at");
            return self.differ(unit.as_str(), Status::Unknown, message);
        };
        if taken_up + CLOCK_TOLERANCE < changed.at {
            let message = match how {
                How::Reload => format!("{unit} was not reloaded since the file last changed"),
                How::Restart => format!("{unit} was not restarted since the file last changed"),
            };
            self.differ(unit.as_str(), Status::Stale, message);
            if let Some(difference) = self.differences.last_mut() {
                difference.on_disk = Some(format!("changed {}", date(changed.at)));
                difference.live = Some(format!("since {}", date(taken_up)));
            }
            self.stale.push(operation);
        } else if changed.touched.is_some_and(|touched| taken_up + CLOCK_TOLERANCE < touched) {
            let message = format!(
                "the file was renamed, restored, or given another owner or mode after {unit} took it up; its content has \
                 an older date: if it was restored from a copy, {} {unit}",
                operation.verb()
            );
            self.warn("touched", unit.as_str(), message);
        }
    }
}

/// When a unit last took its files up.
fn taken_up(facts: &HostFacts, how: How, unit: &UnitName, state: &UnitFact) -> Option<f64> {
    let own: Vec<&ProcessFact> = facts.processes.iter().filter(|process| process.unit == *unit).collect();
    let main = own.iter().find(|process| process.main).map(|process| process.started);
    let started = main.or_else(|| own.iter().map(|process| process.started).reduce(f64::min));
    match how {
        // A start changes the state as well.
        How::Reload => Some(state.state_changed.max(started.unwrap_or(0.0))),
        How::Restart if started.is_none() && state.main_pid != 0 => None,
        // What counts as active without a process read its files when it ran.
        How::Restart => Some(started.unwrap_or(state.state_changed)),
    }
}

/// To the second, in UTC.
#[expect(clippy::cast_possible_truncation, reason = "dates fit")]
fn date(seconds: f64) -> String {
    Timestamp::from_second(seconds as i64).map_or_else(|_| format!("{seconds:.0} s"), |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::is_meant;

    #[test]
    fn patterns() {
        for (pattern, unit, meant) in [
            ("web.service", "web.service", true),
            ("web.service", "web2.service", false),
            ("web-*.service", "web-a.service", true),
            ("job@.service", "job@1.service", true),
            ("job@.service", "job.service", false),
            (r"srv-a\x2d*.service", r"srv-a\x2db.service", true),
        ] {
            assert_eq!(is_meant(pattern, unit), meant, "{pattern} {unit}");
        }
    }
}
