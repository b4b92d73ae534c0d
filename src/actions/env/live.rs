//! Disk against live: whether what runs has taken up the file.

use std::collections::{BTreeMap, BTreeSet};

use globset::Glob;
use jiff::Timestamp;

use super::Subject;
use super::seen::Seen;
use crate::engine::fact::Fact;
use crate::engine::probe::{Bytes, PathFact, ProcessFact, UnitFact};
use crate::engine::status::{Difference, Status, Warning};
use crate::inventory::{EnvFormat, Restart};
use crate::names::UnitName;

/// Start times are exact to the kernel's clock tick and our two looks at the clock: what is nearer than this is the same time.
const CLOCK_TOLERANCE: f64 = 0.05;

/// What differs between the file and the processes that read it.
#[derive(Default)]
pub(super) struct Live {
    pub(super) differences: Vec<Difference>,
    pub(super) warnings: Vec<Warning>,
    /// Units that a restart would mend.
    pub(super) stale_units: BTreeSet<UnitName>,
}

/// The units of the declaration that run on the host.
pub(super) fn running_units<'a>(subject: &'a Subject<'_>) -> BTreeMap<&'a UnitName, &'a UnitFact> {
    let patterns: Vec<_> =
        subject.file.units.iter().filter_map(|pattern| Some(Glob::new(pattern).ok()?.compile_matcher())).collect();
    let matches = |unit: &UnitName| patterns.iter().any(|pattern| pattern.is_match(unit.as_str()));
    subject.facts.units.iter().filter(|(unit, fact)| fact.runs() && matches(unit)).collect()
}

pub(super) fn compare(subject: &Subject<'_>, seen: &Seen<'_>) -> Live {
    let mut live = Live::default();
    let Some(fact) = seen.fact else { return live };
    if let Some(why) = &subject.facts.units_unknown
        && !subject.file.units.is_empty()
    {
        live.differ("units", Status::Unknown, None, None, format!("the units could not be asked for: {why}"));
    }
    for (unit, state) in running_units(subject) {
        let processes: Vec<&ProcessFact> =
            subject.facts.processes.iter().filter(|process| process.unit == *unit).collect();
        if processes.is_empty() && state.main_pid != 0 {
            let message = format!("the processes of {unit} could not be looked at");
            live.differ(unit.as_str(), Status::Unknown, None, None, message);
        }
        match subject.file.format {
            EnvFormat::Dotenv => live.dotenv(subject, seen, fact, unit, state, &processes),
            EnvFormat::Systemd | EnvFormat::Docker => live.environment(subject, seen, fact, unit, &processes),
        }
    }
    live
}

impl Live {
    fn differ(
        &mut self,
        subject: &str,
        status: Status,
        on_disk: Option<String>,
        live: Option<String>,
        message: String,
    ) {
        self.differences.push(Difference {
            subject: subject.to_owned(),
            status,
            declared: None,
            on_disk,
            live,
            message,
        });
    }

    /// The application reads the file by itself, at its start: only the time tells whether it has.
    fn dotenv(
        &mut self,
        subject: &Subject<'_>,
        seen: &Seen<'_>,
        fact: &PathFact,
        unit: &UnitName,
        state: &UnitFact,
        processes: &[&ProcessFact],
    ) {
        let oldest = processes.iter().map(|process| process.started).reduce(f64::min);
        let taken_up = match subject.file.restart {
            // A reload takes the file up without a new process.
            Restart::Reload => oldest.map(|oldest| oldest.max(state.state_changed)),
            Restart::Restart | Restart::None => oldest,
        };
        if let Some(taken_up) = taken_up {
            if taken_up + CLOCK_TOLERANCE < fact.modified {
                self.stale_units.insert(unit.clone());
                self.differ(
                    unit.as_str(),
                    Status::Stale,
                    Some(format!("changed {}", date(fact.modified))),
                    Some(format!("since {}", date(taken_up))),
                    format!("{unit} runs since before the file last changed"),
                );
            } else if taken_up + CLOCK_TOLERANCE < fact.touched {
                self.warnings.push(Warning {
                    code: "touched".to_owned(),
                    subject: unit.as_str().to_owned(),
                    message: format!(
                        "the file was renamed, restored or given another owner or mode after {unit} started; its bytes are older"
                    ),
                });
            }
        }
        let mut shadowed = BTreeSet::new();
        for environment in processes.iter().filter_map(|process| process.environment.known()) {
            for (name, value) in environment {
                let Some(on_disk) = seen.values.get(name) else { continue };
                if !same(subject, on_disk, value) && shadowed.insert(name.clone()) {
                    let message = format!("{unit} has {name} in its environment, which wins over the file");
                    self.value(subject, name, on_disk, Some(value), message);
                }
            }
        }
    }

    /// systemd or docker put the file into the environment of the process.
    fn environment(
        &mut self,
        subject: &Subject<'_>,
        seen: &Seen<'_>,
        fact: &PathFact,
        unit: &UnitName,
        processes: &[&ProcessFact],
    ) {
        let mut told = BTreeSet::new();
        for process in processes {
            let environment = match &process.environment {
                Fact::Known(environment) => environment,
                // A child may clean its environment; what counts is what the unit was started with.
                Fact::Unknown(_) | Fact::Absent if !process.main => continue,
                Fact::Absent => continue,
                Fact::Unknown(why) => {
                    self.differ(unit.as_str(), Status::Unknown, None, None, format!("what {unit} runs with: {why}"));
                    continue;
                }
            };
            let newer = process.started > fact.modified + CLOCK_TOLERANCE && process.started > fact.touched;
            for (name, on_disk) in &seen.values {
                let value = environment.get(name);
                if value.is_some_and(|value| same(subject, on_disk, value)) || !told.insert(name) {
                    continue;
                }
                let message = if newer {
                    format!(
                        "{unit} was started after the file changed and runs with another {name}: something else sets it"
                    )
                } else {
                    self.stale_units.insert(unit.clone());
                    format!("{unit} has not taken up {name}")
                };
                self.value(subject, name, on_disk, value, message);
            }
        }
    }

    fn value(&mut self, subject: &Subject<'_>, name: &str, on_disk: &str, live: Option<&Bytes>, message: String) {
        let shown = subject.shown();
        let live = live.map(|value| shown.value(name, &String::from_utf8_lossy(&value.0)));
        self.differ(name, Status::Stale, Some(shown.value(name, on_disk)), live, message);
    }
}

fn same(subject: &Subject<'_>, on_disk: &str, live: &Bytes) -> bool {
    let live = String::from_utf8_lossy(&live.0);
    on_disk == live || subject.shown().same(on_disk, &live)
}

/// To the second, in UTC.
#[expect(clippy::cast_possible_truncation, reason = "dates fit")]
fn date(seconds: f64) -> String {
    Timestamp::from_second(seconds as i64).map_or_else(|_| format!("{seconds:.0} s"), |date| date.to_string())
}
