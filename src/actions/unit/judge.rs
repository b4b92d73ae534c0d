//! How one declared unit stands on one host: its files, what systemd has read of them, and what runs.

use jiff::Timestamp;

use super::files::{self, FileChanges, UNITS};
use super::seen::{Seen, UnitSeen};
use super::{KIND, repair};
use crate::engine::probe::HostFacts;
use crate::engine::status::{Difference, Failure, Item, Status, Warning};
use crate::engine::transaction::Transaction;
use crate::inventory::{Restart, UnitDeclaration, UnitState};
use crate::names::UnitName;

/// Start times are exact to some clock ticks and our two looks at the clock: what is nearer than this is the same time.
const CLOCK_TOLERANCE: f64 = 0.05;

/// One item on one host, with all that there is to know of it.
pub(super) struct Subject<'a> {
    pub(super) declared: &'a UnitDeclaration,
    pub(super) facts: &'a HostFacts,
    pub(super) seen: &'a Seen,
    pub(super) salt: &'a str,
}

/// What is to be done beside the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Deeds {
    /// Let systemd read its files again.
    pub(super) read_again: bool,
    /// Enable or disable it.
    pub(super) enable: Option<bool>,
    pub(super) state: Option<Deed>,
}

/// What is done to what runs, or should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Start,
    Stop,
    Restart,
    Reload,
}

/// How a unit stands, for what fleet may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is active.
    Runs,
    /// Its start is not over: it comes up, or is a oneshot at work, which a restart would cut.
    Starting,
    /// It ended by itself, and systemd is about to start it again.
    Failing,
    /// It has failed.
    Failed,
    /// It does not run, or is being stopped.
    Down,
}

pub(super) fn standing(unit: &UnitSeen) -> Standing {
    match (unit.get("ActiveState"), unit.get("SubState")) {
        ("active" | "reloading" | "refreshing", _) => Standing::Runs,
        ("activating", state) if state.starts_with("auto-restart") => Standing::Failing,
        ("activating", _) => Standing::Starting,
        ("failed", _) => Standing::Failed,
        _ => Standing::Down,
    }
}

/// Which of a host's units are asked for.
pub(super) fn units(declared: &UnitDeclaration) -> impl Iterator<Item = UnitName> + '_ {
    std::iter::once(declared.unit.clone()).chain(declared.timer.iter().map(|timer| timer.unit.clone()))
}

/// How it stands, and what would make it as declared.
pub(super) fn judge(subject: &Subject<'_>) -> (Item, Option<Transaction>) {
    let mut verdict = Verdict { subject, item: nothing(&subject.declared.name), deeds: Deeds::default() };
    let transaction = verdict.all().unwrap_or_else(|failure| {
        verdict.item.status = Status::Unknown;
        verdict.item.error = Some(failure);
        None
    });
    let mut item = verdict.item;
    if transaction.is_none() {
        item.differences.iter_mut().for_each(|difference| difference.repairable = false);
    }
    let worst = item.differences.iter().map(|difference| difference.status).max().unwrap_or(Status::Ok);
    item.status = item.status.max(worst);
    (item, transaction)
}

/// An item of which nothing is said yet.
pub(super) fn nothing(name: &str) -> Item {
    Item {
        kind: KIND.to_owned(),
        id: name.to_owned(),
        status: Status::Ok,
        differences: Vec::new(),
        warnings: Vec::new(),
        error: None,
    }
}

struct Verdict<'a> {
    subject: &'a Subject<'a>,
    item: Item,
    deeds: Deeds,
}

impl<'a> Verdict<'a> {
    fn all(&mut self) -> Result<Option<Transaction>, Failure> {
        let Subject { declared, facts, seen, salt } = *self.subject;
        let service = self.unit(&declared.unit)?;
        let timer = declared.timer.as_ref().map(|timer| self.unit(&timer.unit)).transpose()?;
        if !self.is_there(service, timer) {
            return Ok(None);
        }
        let changes = files::changes(declared, facts, seen, salt)?;
        self.files(&changes);
        // Of a timer, the service is nothing that runs by itself.
        let (name, unit) = match (&declared.timer, timer) {
            (Some(timer), Some(unit)) => (&timer.unit, unit),
            _ => (&declared.unit, service),
        };
        self.enabled(name, unit);
        self.state(name, unit);
        self.taken_up(name, unit, &changes);
        for (name, unit) in [(&declared.unit, Some(service)), (name, timer)] {
            let Some(unit) = unit else { continue };
            if changes.changes.is_empty() && unit.get("NeedDaemonReload") == "yes" {
                self.deeds.read_again = true;
                let message = format!("the files of {name} changed, and systemd has not read them again");
                self.differ(name.as_str(), Status::Stale, (None, Some("changed"), Some("as before")), message, true);
            }
        }
        self.deeds.read_again |= !changes.changes.is_empty();
        if let Some(timer) = timer {
            self.timer(name, timer);
            self.last_run(service, &changes);
        }
        Ok(repair::plan(self.subject, (name, unit), &changes, &self.deeds))
    }

    fn unit(&self, name: &UnitName) -> Result<&'a UnitSeen, Failure> {
        let unit = self.subject.seen.units.get(name);
        unit.ok_or_else(|| Failure::bare("unknown", format!("the host did not say how {name} stands")))
    }

    /// (declared, on disk, live)
    fn differ(
        &mut self,
        subject: &str,
        status: Status,
        (declared, on_disk, live): (Option<&str>, Option<&str>, Option<&str>),
        message: String,
        repairable: bool,
    ) {
        self.item.differences.push(Difference {
            subject: subject.to_owned(),
            status,
            declared: declared.map(str::to_owned),
            on_disk: on_disk.map(str::to_owned),
            live: live.map(str::to_owned),
            message,
            repairable,
        });
    }

    fn warn(&mut self, code: &str, subject: &UnitName, message: String) {
        self.item.warnings.push(Warning { code: code.to_owned(), subject: subject.to_string(), message });
    }

    /// Whether the host has what is declared, so that fleet could keep it.
    fn is_there(&mut self, service: &UnitSeen, timer: Option<&UnitSeen>) -> bool {
        let declared = self.subject.declared;
        if let (Some(written), Some(timer)) = (&declared.timer, timer) {
            for (name, unit) in [(&declared.unit, service), (&written.unit, timer)] {
                let path = unit.get("FragmentPath");
                if !path.is_empty() && path != format!("{UNITS}/{name}") && unit.get("LoadState") != "masked" {
                    let message = format!("the host has its own {name} ({path}), which the declared one would hide");
                    let hint = "give the table in the inventory another name";
                    self.differ(name.as_str(), Status::Drift, (None, Some(path), None), message.clone(), false);
                    self.item.error = Some(Failure::new("unit-taken", message, hint));
                    return false;
                }
            }
        }
        let units = [Some((&declared.unit, service)), declared.timer.as_ref().map(|it| &it.unit).zip(timer)];
        for (name, unit) in units.into_iter().flatten() {
            let wants_nothing = declared.state != Some(UnitState::Running) && declared.enabled != Some(true);
            if unit.get("LoadState") == "masked" && !(wants_nothing && declared.drop_ins.is_empty()) {
                let message =
                    format!("{name} is masked, so that nothing starts it: `systemctl unmask {name}` ends that");
                self.differ(name.as_str(), Status::Drift, (None, Some("masked"), None), message, false);
                return false;
            }
        }
        if declared.timer.is_some() {
            return true;
        }
        let (name, id) = (&declared.unit, service.get("Id"));
        if service.get("LoadState") == "not-found" {
            let is_wanted = declared.state == Some(UnitState::Running)
                || declared.enabled == Some(true)
                || !declared.drop_ins.is_empty();
            if is_wanted {
                let message = format!("this host has no {name}");
                self.differ(name.as_str(), Status::Drift, (Some("there"), Some("(none)"), None), message, false);
            }
            return false;
        }
        if id != name.as_str() {
            let message = format!("{name} is another name of {id} on this host: declare that one");
            self.differ(name.as_str(), Status::Drift, (None, Some(id), None), message, false);
            return false;
        }
        true
    }

    fn files(&mut self, changes: &FileChanges) {
        for summary in &changes.summary {
            for line in &summary.diff {
                let message = match (&line.before, &line.after) {
                    (None, _) => format!("{} is not there", summary_file(&summary.place, &line.subject)),
                    (_, None) => format!("{} is declared no more", summary_file(&summary.place, &line.subject)),
                    _ => format!("{} is not as declared", summary_file(&summary.place, &line.subject)),
                };
                let values = (line.after.as_deref(), line.before.as_deref(), None);
                self.differ(&line.subject, Status::Drift, values, message, true);
            }
        }
    }

    fn enabled(&mut self, name: &UnitName, unit: &UnitSeen) {
        let Some(enabled) = self.subject.declared.enabled else { return };
        let is = unit.get("UnitFileState");
        let on = matches!(is, "enabled" | "enabled-runtime" | "alias" | "indirect" | "generated" | "static");
        let wanted = if enabled { "enabled" } else { "disabled" };
        let on_disk = if is.is_empty() { "(none)" } else { is };
        let values = (Some(wanted), Some(on_disk), None);
        match (enabled, is) {
            (true, "enabled" | "alias") => {}
            (false, _) if !on => {}
            (true, "disabled" | "enabled-runtime" | "linked" | "linked-runtime") => {
                self.deeds.enable = Some(true);
                let message = format!("{name} would not be started at boot");
                self.differ("enabled", Status::Drift, values, message, true);
            }
            (false, "enabled" | "enabled-runtime" | "alias") => {
                self.deeds.enable = Some(false);
                let message = format!("{name} would be started at boot");
                self.differ("enabled", Status::Drift, values, message, true);
            }
            // A timer that is not there yet.
            (true, _) if self.subject.declared.timer.is_some() => {
                self.deeds.enable = Some(true);
                let message = format!("{name} would not be started at boot");
                self.differ("enabled", Status::Drift, values, message, true);
            }
            // What others start may stay so.
            (false, _) => {}
            (true, _) => {
                let message =
                    format!("{name} is {on_disk}: its unit file has no [Install] that `systemctl enable` could use");
                self.differ("enabled", Status::Drift, values, message, false);
            }
        }
    }

    fn state(&mut self, name: &UnitName, unit: &UnitSeen) {
        let Some(state) = self.subject.declared.state else { return };
        let is = in_words(unit);
        let standing = standing(unit);
        match (state, standing) {
            (UnitState::Running, Standing::Runs) | (UnitState::Stopped, Standing::Down | Standing::Failed) => {}
            (UnitState::Running, Standing::Starting) => {
                let message = format!("{name} is still starting, or is a job at work: check again later");
                self.warn("unit-starting", name, message);
            }
            (UnitState::Running, Standing::Failing) => {
                let message =
                    format!("{name} ends by itself and is started again and again: see `journalctl -u {name}`");
                self.differ("state", Status::Stale, (Some("running"), None, Some(&is)), message, false);
            }
            (UnitState::Running, Standing::Failed | Standing::Down) => {
                self.deeds.state = Some(Deed::Start);
                let message = format!("{name} does not run");
                self.differ("state", Status::Stale, (Some("running"), None, Some(&is)), message, true);
            }
            (UnitState::Stopped, _) => {
                self.deeds.state = Some(Deed::Stop);
                let message = format!("{name} runs");
                self.differ("state", Status::Stale, (Some("stopped"), None, Some(&is)), message, true);
            }
        }
    }

    /// Whether what runs has taken up its files, those that change now among them.
    fn taken_up(&mut self, name: &UnitName, unit: &UnitSeen, changes: &FileChanges) {
        let declared = self.subject.declared;
        let keeps = declared.state == Some(UnitState::Running) || !declared.drop_ins.is_empty();
        if !keeps || self.deeds.state.is_some() {
            return;
        }
        let of_it = |path: &str| path == format!("{UNITS}/{name}") || path.starts_with(&format!("{UNITS}/{name}.d/"));
        let changes_now = changes.paths.iter().any(|path| of_it(path.as_str()));
        let standing = standing(unit);
        if standing == Standing::Starting && changes_now {
            let message = format!(
                "{name} is still starting, or is a job at work: it is left alone, and takes its new files up when it starts again"
            );
            self.warn("unit-starting", name, message);
        }
        if !matches!(standing, Standing::Runs | Standing::Failing) {
            return;
        }
        let how = match declared.restart {
            Restart::Restart => Some(Deed::Restart),
            Restart::Reload if unit.get("CanReload") == "yes" => Some(Deed::Reload),
            Restart::Reload | Restart::None => None,
        };
        if changes_now {
            self.deeds.state = how;
        }
        let Some((path, written)) = self.newest(name, unit) else { return };
        let Some(since) = taken_up_at(unit, declared.restart) else { return };
        if changes_now || since + CLOCK_TOLERANCE >= written {
            return;
        }
        self.deeds.state = how;
        let mut message = format!("{name} has run since before {path} changed");
        match declared.restart {
            _ if how.is_some() => {}
            Restart::None => message.push_str("; fleet leaves it so, as `restart = \"none\"` asks for"),
            _ => message.push_str("; it cannot be reloaded, and `restart = \"reload\"` is declared"),
        }
        let (on_disk, live) = (format!("changed {}", date(written)), format!("since {}", date(since)));
        self.differ(name.as_str(), Status::Stale, (None, Some(&on_disk), Some(&live)), message, how.is_some());
    }

    /// The file of a unit that changed last, and when: as systemd names them, and those of fleet's that it has not read yet.
    fn newest(&self, name: &UnitName, unit: &UnitSeen) -> Option<(String, f64)> {
        let Subject { declared, facts, seen, .. } = *self.subject;
        let of_systemd = unit.files().filter_map(|path| Some((path.to_owned(), *seen.changed.get(path)?)));
        let ours = files::wanted(declared).into_iter().filter_map(|wanted| {
            let of_it = wanted.path.as_str().starts_with(&format!("{UNITS}/{name}.d/"));
            let fact = facts.file(&wanted.path);
            Some((wanted.path.to_string(), fact.known().filter(|_| of_it)?.modified))
        });
        of_systemd.chain(ours).max_by(|one, other| one.1.total_cmp(&other.1))
    }

    /// A timer that is active and will not elapse does nothing.
    fn timer(&mut self, name: &UnitName, timer: &UnitSeen) {
        if standing(timer) == Standing::Runs && timer.get("SubState") == "elapsed" && self.deeds.state.is_none() {
            let message = format!("{name} is active, and has no next time: see `systemctl status {name}`");
            self.differ("next", Status::Stale, (None, None, Some("never")), message, false);
        }
    }

    /// Whether the last run of a timer's service ended well; another one is nothing that apply does.
    fn last_run(&mut self, service: &UnitSeen, changes: &FileChanges) {
        let name = &self.subject.declared.unit;
        let result = service.get("Result");
        if matches!(result, "" | "success") {
            return;
        }
        let ended = service.moment("ExecMainExit");
        let when = ended.map(|ended| format!(" at {}", date(ended))).unwrap_or_default();
        let status = service.get("ExecMainStatus");
        let message =
            format!("the last run of {name} failed{when} ({result}, exit status {status}): see `journalctl -u {name}`");
        let newest = self.newest(name, service).map(|(_, changed)| changed);
        let changed_since = newest.zip(ended).is_some_and(|(changed, ended)| changed > ended);
        if changed_since || !changes.paths.is_empty() {
            self.warn("last-run-failed", name, format!("{message}; its files have changed since"));
        } else {
            self.differ("last run", Status::Stale, (Some("success"), None, Some(result)), message, false);
        }
    }
}

/// `LimitNOFILE of 50-fleet-limits.conf`
fn summary_file(place: &str, subject: &str) -> String {
    format!("{subject} of {}", place.rsplit('/').next().unwrap_or(place))
}

fn in_words(unit: &UnitSeen) -> String {
    format!("{} ({})", unit.get("ActiveState"), unit.get("SubState"))
}

/// When what runs was started, or reloaded where that takes a change up.
fn taken_up_at(unit: &UnitSeen, restart: Restart) -> Option<f64> {
    let started = unit.moment("ExecMainStart").or_else(|| unit.moment("InactiveExit")).or(unit.moment("ActiveEnter"))?;
    Some(match restart {
        Restart::Reload => unit.moment("StateChange").map_or(started, |changed| changed.max(started)),
        Restart::Restart | Restart::None => started,
    })
}

/// To the second, in UTC.
#[expect(clippy::cast_possible_truncation, reason = "dates fit")]
fn date(seconds: f64) -> String {
    Timestamp::from_second(seconds as i64).map_or_else(|_| format!("{seconds:.0} s"), |date| date.to_string())
}
