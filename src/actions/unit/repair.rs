//! From what differs to a transaction.

use super::files::{FileChanges, UNITS};
use super::judge::{Deed, Deeds, Subject};
use super::{KIND, seen::UnitSeen};
use crate::engine::transaction::{Command, ExpectRunning, ItemSummary, Transaction, UnitOperation, Verify};
use crate::names::{RemotePath, UnitName};

/// Time for units to restart, twice: a rollback restarts them again.
const LEASE_SECONDS: u32 = 600;
/// How long a unit that was started must stay up to count as working.
const SETTLE_SECONDS: u32 = 1;
/// For systemd to look at unit files.
const VERIFY_SECONDS: u32 = 60;

/// Refuses unit files that systemd would refuse, or of which it would ignore something: that it only warns of. What it says
/// of files that are not fleet's is no reason to refuse anything.
/// `sh -c … sh 'UNIT-FILE …' FILE…`
const ANALYZE: &str = "command -v systemd-analyze >/dev/null || exit 0; \
    said=$(systemd-analyze verify --man=no $1 2>&1); bad=$?; shift; printf '%s\\n' \"$said\"; \
    for file; do ! printf '%s\\n' \"$said\" | grep -F -e \"$file:\" | grep -q -e gnoring || bad=1; done; exit $bad";

/// `sh -c … sh UNIT`
const IS_STOPPED: &str = "! systemctl is-active --quiet -- \"$1\"";

fn sh(script: &str, arguments: &[&str], timeout_seconds: u32) -> Command {
    let words = ["sh", "-c", script, "sh"].into_iter().chain(arguments.iter().copied());
    Command { argv: words.map(str::to_owned).collect(), timeout_seconds }
}

/// What makes one item as declared; nothing where it is. `managed` is the unit that runs: a timer, where there is one.
pub(super) fn plan(
    subject: &Subject<'_>,
    (name, unit): (&UnitName, &UnitSeen),
    changes: &FileChanges,
    deeds: &Deeds,
) -> Option<Transaction> {
    if changes.changes.is_empty() && *deeds == Deeds::default() {
        return None;
    }
    let mut all = Transaction {
        expect: changes.expect.clone(),
        changes: changes.changes.clone(),
        lease_seconds: LEASE_SECONDS,
        summary: changes.summary.clone(),
        ..Transaction::default()
    };
    all.validate = validate(subject, changes);
    if deeds.read_again {
        all.units.push(UnitOperation::DaemonReload);
    }
    match deeds.enable {
        Some(true) => all.units.push(UnitOperation::Enable(name.clone())),
        Some(false) => all.units.push(UnitOperation::Disable(name.clone())),
        None => {}
    }
    let active = Verify::Active { units: vec![name.clone()], seconds: SETTLE_SECONDS };
    match deeds.state {
        Some(Deed::Start) => {
            all.units.push(UnitOperation::Start(name.clone()));
            all.verify.push(active);
        }
        Some(Deed::Stop) => {
            all.units.push(UnitOperation::Stop(name.clone()));
            all.verify.push(Verify::Command(sh(IS_STOPPED, &[name.as_str()], VERIFY_SECONDS)));
        }
        Some(Deed::Restart) => {
            all.units.push(UnitOperation::Restart(name.clone()));
            all.verify.extend([Verify::StartedAnew(name.clone()), active]);
            all.running.extend(still_runs(name, unit));
        }
        Some(Deed::Reload) => {
            all.units.push(UnitOperation::Reload(name.clone()));
            all.verify.push(active);
            all.running.extend(still_runs(name, unit));
        }
        None => {}
    }
    all.units.sort_by_key(rank);
    if all.summary.is_empty() {
        all.summary.push(ItemSummary {
            kind: KIND.to_owned(),
            id: subject.declared.name.clone(),
            place: place(unit, name),
            diff: Vec::new(),
            operations: Vec::new(),
        });
    }
    let commands = all.validate.iter().chain(all.verify.iter().filter_map(Verify::command));
    let told: Vec<String> = commands.map(Command::told).collect();
    let (before, after): (Vec<String>, Vec<String>) =
        told.into_iter().partition(|told| told.contains("systemd-analyze"));
    let operations = before.into_iter().chain(all.units.iter().map(UnitOperation::told)).chain(after).collect();
    if let Some(first) = all.summary.first_mut() {
        first.operations = operations;
    }
    Some(all)
}

/// Where people find the unit.
fn place(unit: &UnitSeen, name: &UnitName) -> String {
    let path = unit.get("FragmentPath");
    if path.is_empty() { format!("{UNITS}/{name}") } else { path.to_owned() }
}

/// What systemd itself says of the new files, before anything takes them up.
fn validate(subject: &Subject<'_>, changes: &FileChanges) -> Vec<Command> {
    let declared = subject.declared;
    if changes.paths.is_empty() {
        return Vec::new();
    }
    let fragment = |name: &UnitName| {
        let path = subject.seen.units.get(name).map(|unit| unit.get("FragmentPath")).unwrap_or_default();
        if path.is_empty() { format!("{UNITS}/{name}") } else { path.to_owned() }
    };
    let units: Vec<String> = super::judge::units(declared).map(|name| fragment(&name)).collect();
    let units = units.join(" ");
    let files = changes.paths.iter().map(RemotePath::as_str);
    let arguments: Vec<&str> = std::iter::once(units.as_str()).chain(files).collect();
    vec![sh(ANALYZE, &arguments, VERIFY_SECONDS)]
}

/// Somebody may have stopped it since; what is no plain name is no pattern of that name alone.
fn still_runs(name: &UnitName, unit: &UnitSeen) -> Option<ExpectRunning> {
    let plain = |c: char| c.is_ascii_alphanumeric() || ":-_.@".contains(c);
    let runs = matches!(unit.get("ActiveState"), "active" | "reloading" | "activating");
    (runs && name.as_str().chars().all(plain))
        .then(|| ExpectRunning { pattern: name.to_string(), units: vec![name.clone()] })
}

/// Items of one host change in one transaction, and systemd reads its files once for all.
pub(super) fn merge(all: &mut Transaction, one: Transaction) {
    all.expect.extend(one.expect);
    all.running.extend(one.running);
    all.changes.extend(one.changes);
    all.validate.extend(one.validate);
    all.summary.extend(one.summary);
    all.lease_seconds = all.lease_seconds.max(one.lease_seconds);
    for operation in one.units {
        if !all.units.contains(&operation) {
            all.units.push(operation);
        }
    }
    all.units.sort_by_key(rank);
    let mut active = Vec::new();
    let mut verify = Vec::new();
    for one in std::mem::take(&mut all.verify).into_iter().chain(one.verify) {
        match one {
            // One wait for all.
            Verify::Active { units, .. } => active.extend(units),
            one => verify.push(one),
        }
    }
    if !active.is_empty() {
        active.sort();
        verify.push(Verify::Active { units: active, seconds: SETTLE_SECONDS });
    }
    all.verify = verify;
}

/// What is stopped goes first; what starts finds everything in its place.
fn rank(operation: &UnitOperation) -> u8 {
    match operation {
        UnitOperation::DaemonReload => 0,
        UnitOperation::Stop(_) => 1,
        UnitOperation::Disable(_) => 2,
        UnitOperation::Enable(_) => 3,
        UnitOperation::Reload(_) => 4,
        UnitOperation::Restart(_) => 5,
        _ => 6,
    }
}
