//! Disk against live: whether what runs has taken up the file.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Subject;
use super::compare::declared_value;
use super::seen::Seen;
use super::units::{self, Standing};
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
    /// Units that the declared restart or reload would mend.
    pub(super) stale_units: BTreeSet<UnitName>,
    /// Units whose main process shows the file's values in its environment.
    pub(super) visible: BTreeSet<UnitName>,
    /// Keys that a unit gets from elsewhere, whatever the file says.
    pub(super) set_elsewhere: BTreeSet<(UnitName, String)>,
}

pub(super) fn compare(subject: &Subject<'_>, seen: &Seen<'_>) -> Live {
    let mut live = Live::default();
    if subject.file.units.is_empty() {
        return live;
    }
    if let Some(why) = &subject.facts.units_unknown {
        live.differ("units", Status::Unknown, None, None, format!("systemd could not be asked for the units: {why}"));
        return live;
    }
    live.listed(subject);
    for (unit, state) in units::running(subject) {
        let processes: Vec<&ProcessFact> =
            subject.facts.processes.iter().filter(|process| process.unit == *unit).collect();
        let Some(fact) = seen.fact else {
            live.shows(subject, seen, unit, &processes);
            continue;
        };
        if processes.is_empty() && state.main_pid != 0 {
            let message = format!("the processes of {unit} could not be looked at");
            live.differ(unit.as_str(), Status::Unknown, None, None, message);
            continue;
        }
        live.shows(subject, seen, unit, &processes);
        let reader = Reader { subject, seen, fact, unit, state };
        match subject.file.format {
            EnvFormat::Dotenv => {
                live.by_time(&reader, &processes);
                live.shadows(&reader, &processes);
            }
            // The client of a container's engine reads the file and hands it on: what runs in the container is not of the unit.
            EnvFormat::Docker if !processes.iter().any(|process| has_any(process, seen)) => {
                live.by_time(&reader, &processes);
            }
            EnvFormat::Systemd | EnvFormat::Docker => live.by_value(&reader, &processes),
        }
    }
    live
}

/// A running unit that reads the file.
struct Reader<'a> {
    subject: &'a Subject<'a>,
    seen: &'a Seen<'a>,
    fact: &'a PathFact,
    unit: &'a UnitName,
    state: &'a UnitFact,
}

impl Reader<'_> {
    /// Why nobody but a person mends a process that has not taken up the file, if so.
    fn left(&self, by_value: bool) -> Option<&'static str> {
        match self.subject.file.restart {
            Restart::None => Some("fleet leaves it so, as `restart = \"none\"` asks for"),
            Restart::Reload if by_value => {
                Some("a reload cannot change the environment of a process, and `restart = \"reload\"` allows no more")
            }
            Restart::Reload | Restart::Restart => None,
        }
    }

    /// Whether the file, its name and owner included, last changed before a process was started.
    fn is_unchanged_since(&self, process: &ProcessFact) -> bool {
        process.started > self.fact.modified + CLOCK_TOLERANCE && process.started > self.fact.touched
    }
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

    fn warn(&mut self, code: &str, subject: &str, message: String) {
        self.warnings.push(Warning { code: code.to_owned(), subject: subject.to_owned(), message });
    }

    /// What is odd about the units themselves.
    fn listed(&mut self, subject: &Subject<'_>) {
        let mut any = false;
        for (unit, state) in units::of(subject) {
            any = true;
            match units::standing(state) {
                Standing::Starting => self.warn(
                    "unit-starting",
                    unit.as_str(),
                    format!("{unit} is still starting, or is a job at work: fleet leaves it alone; check again later"),
                ),
                Standing::Failed => {
                    self.warn("unit-failed", unit.as_str(), format!("{unit} has failed; fleet does not start it"));
                }
                Standing::Runs | Standing::Down => {}
            }
        }
        if !any {
            let listed = subject.file.units.join(", ");
            let message =
                format!("this host has none of the declared units ({listed}): nothing takes up a change here");
            self.warn("no-unit", "units", message);
        }
    }

    /// Notes whether the main process shows what the file says.
    fn shows(&mut self, subject: &Subject<'_>, seen: &Seen<'_>, unit: &UnitName, processes: &[&ProcessFact]) {
        let main = processes.iter().find(|process| process.main);
        let shows = match subject.file.format {
            EnvFormat::Dotenv => false,
            EnvFormat::Systemd => main.is_some_and(|main| main.environment.known().is_some()),
            EnvFormat::Docker => main.is_some_and(|main| has_any(main, seen)),
        };
        if shows {
            self.visible.insert(unit.clone());
        }
    }

    /// Where the environment does not show the file, only the time tells whether it has been read.
    fn by_time(&mut self, reader: &Reader<'_>, processes: &[&ProcessFact]) {
        let Reader { unit, fact, state, .. } = reader;
        let main = processes.iter().find(|process| process.main).map(|process| process.started);
        let oldest = processes.iter().map(|process| process.started).reduce(f64::min);
        // A oneshot that counts as active has no process; it read the file when it ran.
        let ran = (processes.is_empty() && state.sub_state == "exited").then_some(state.state_changed);
        let Some(started) = main.or(oldest).or(ran) else { return };
        let taken_up = match reader.subject.file.restart {
            // A reload takes the file up without a new process.
            Restart::Reload => started.max(state.state_changed),
            Restart::Restart | Restart::None => started,
        };
        let dates = |since| (Some(format!("changed {}", date(fact.modified))), Some(format!("since {}", date(since))));
        if taken_up + CLOCK_TOLERANCE < fact.modified {
            let mut message = format!("{unit} has run since before the file last changed, and has not read it again");
            match reader.left(false) {
                Some(why) => message = format!("{message}; {why}"),
                None => {
                    self.stale_units.insert((*unit).clone());
                }
            }
            let (on_disk, live) = dates(taken_up);
            self.differ(unit.as_str(), Status::Stale, on_disk, live, message);
        } else if taken_up + CLOCK_TOLERANCE < fact.touched {
            let message = format!(
                "the file was renamed, restored, or given another owner or mode after {unit} started; its content has an \
                 older date: if it was restored from a copy, restart {unit}"
            );
            self.warn("touched", unit.as_str(), message);
        } else if reader.subject.file.restart != Restart::Reload
            && let Some(oldest) = oldest
            && oldest + CLOCK_TOLERANCE < fact.modified
        {
            let message = format!(
                "a process of {unit} is older than the file and has outlived a restart: fleet cannot end it; see \
                 `systemctl status {unit}`"
            );
            let (on_disk, live) = dates(oldest);
            self.differ(unit.as_str(), Status::Stale, on_disk, live, message);
        }
    }

    /// Keys that the application finds in its environment, where they win over the file. What runs since before the file changed
    /// may have what it read itself.
    fn shadows(&mut self, reader: &Reader<'_>, processes: &[&ProcessFact]) {
        let Reader { subject, seen, unit, .. } = reader;
        let Some(main) = processes.iter().find(|process| process.main && reader.is_unchanged_since(process)) else {
            return;
        };
        for (name, value) in main.environment.known().into_iter().flatten() {
            let Some(on_disk) = seen.values.get(name).filter(|_| !seen.uncertain.contains(name)) else { continue };
            if same(subject, on_disk, value) {
                continue;
            }
            self.set_elsewhere.insert(((*unit).clone(), name.clone()));
            let message = format!(
                "{unit} gets another {name} from its unit, which wins over the file; a restart changes nothing: see \
                 `Environment=` in `systemctl cat {unit}`"
            );
            if subject.keys.get(name).is_some_and(|rule| rule.value.is_some()) {
                self.value(subject, name, Some(on_disk), Some(value), message);
            } else {
                self.warn("shadowed", name, message);
            }
        }
    }

    /// systemd or docker put the file into the environment of the process.
    fn by_value(&mut self, reader: &Reader<'_>, processes: &[&ProcessFact]) {
        let Reader { subject, seen, unit, .. } = reader;
        let mut told = BTreeSet::new();
        for process in processes {
            let environment = match &process.environment {
                Fact::Known(environment) => environment,
                Fact::Unknown(why) if process.main && !reader.is_unchanged_since(process) => {
                    let message = format!(
                        "{unit} was started before the file last changed, and whether it has the new values cannot be seen: {why}; restart it if in doubt"
                    );
                    self.differ(unit.as_str(), Status::Unknown, None, None, message);
                    continue;
                }
                // One that was started since has read the file; a child may have cleaned its environment.
                Fact::Unknown(_) | Fact::Absent => continue,
            };
            if subject.file.format == EnvFormat::Docker && !has_any(process, seen) {
                continue;
            }
            for (name, on_disk) in expected(subject, seen) {
                let value = environment.get(name);
                let fine = match (on_disk, value) {
                    (Some(on_disk), Some(value)) => same(subject, on_disk, value),
                    (None, None) => true,
                    _ => false,
                };
                if fine || !told.insert(name) {
                    continue;
                }
                let who = if process.main { unit.to_string() } else { format!("process {} of {unit}", process.pid) };
                let has = match (on_disk, value) {
                    (_, None) => format!("runs without {name}"),
                    (None, _) => format!("runs with {name}, which the file does not have"),
                    _ => format!("runs with another {name}"),
                };
                let message = if reader.is_unchanged_since(process) {
                    self.set_elsewhere.insert(((*unit).clone(), name.to_owned()));
                    format!(
                        "{who} {has}, though it was started after the file changed; a restart changes nothing: see \
                         `Environment=` and other files in `systemctl cat {unit}`"
                    )
                } else if let Some(why) = reader.left(true) {
                    format!("{who} {has}: it was not restarted since the file changed; {why}")
                } else {
                    self.stale_units.insert((*unit).clone());
                    format!("{who} {has}: it was not restarted since the file changed")
                };
                self.value(subject, name, on_disk, value, message);
            }
        }
    }

    fn value(
        &mut self,
        subject: &Subject<'_>,
        name: &str,
        on_disk: Option<&str>,
        live: Option<&Bytes>,
        message: String,
    ) {
        let shown = subject.shown();
        let live = live.map(|value| shown.value(name, &String::from_utf8_lossy(&value.0)));
        let on_disk = on_disk.map(|value| shown.value(name, value));
        self.differences.push(Difference {
            subject: name.to_owned(),
            status: Status::Stale,
            declared: declared_value(subject, name),
            on_disk,
            live,
            message,
        });
    }
}

/// What an environment must hold, of the variables that were asked for; `None`: it must not.
fn expected<'a>(subject: &'a Subject<'_>, seen: &'a Seen<'_>) -> BTreeMap<&'a str, Option<&'a str>> {
    let on_disk = seen
        .values
        .iter()
        .filter(|(name, _)| !seen.uncertain.contains(*name))
        .filter(|(name, _)| seen.asked.contains(*name) || subject.keys.contains_key(*name))
        .map(|(name, value)| (name.as_str(), Some(value.as_str())));
    let forbidden = subject.keys.iter().filter(|(name, rule)| rule.rule.forbidden && !seen.values.contains_key(*name));
    on_disk.chain(forbidden.map(|(name, _)| (name.as_str(), None))).collect()
}

/// Whether a process shows any of the file's keys.
fn has_any(process: &ProcessFact, seen: &Seen<'_>) -> bool {
    process.environment.known().is_some_and(|environment| seen.values.keys().any(|name| environment.contains_key(name)))
}

fn same(subject: &Subject<'_>, on_disk: &str, live: &Bytes) -> bool {
    subject.shown().same(on_disk, &String::from_utf8_lossy(&live.0))
}

/// To the second, in UTC.
#[expect(clippy::cast_possible_truncation, reason = "dates fit")]
fn date(seconds: f64) -> String {
    Timestamp::from_second(seconds as i64).map_or_else(|_| format!("{seconds:.0} s"), |date| date.to_string())
}
