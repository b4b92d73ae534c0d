//! The transaction of a host: all its files in one.

use std::collections::BTreeMap;

use super::judge::{Judged, Step};
use super::seen::{self, Seen};
use super::units::Live;
use super::{KIND, Subject};
use crate::engine::transaction::{Change, Command, Expect, ItemSummary, Transaction, UnitOperation, Verify};
use crate::inventory::FileState;
use crate::names::{RemotePath, UnitName};

/// Time for the units to come up, twice: a rollback activates them again.
const LEASE_SECONDS: u32 = 600;
/// How long a unit must stay up to count as working.
const SETTLE_SECONDS: u32 = 1;
/// For one command of `validate`.
const VALIDATE_SECONDS: u32 = 60;

/// Where systemd reads units of the host's own (systemd.unit(5)): it must be told of changes there.
const UNITS: &str = "/etc/systemd/system/";

/// The transaction under construction.
#[derive(Default)]
pub(super) struct Draft {
    transaction: Transaction,
    /// Directories that it makes: as declared, and where they are.
    directories: BTreeMap<RemotePath, RemotePath>,
    active: Vec<UnitName>,
}

impl Draft {
    /// Where a declared directory is that this transaction makes.
    pub(super) fn made(&self, path: &RemotePath) -> Option<&RemotePath> {
        self.directories.get(path)
    }

    /// Takes in what mends a file and its units; whether anything is done.
    pub(super) fn take(&mut self, subject: &Subject<'_>, seen: &Seen<'_>, judged: &mut Judged, live: &Live) -> bool {
        let mut summary = ItemSummary {
            kind: KIND.to_owned(),
            id: subject.file.name.clone(),
            place: subject.file.path.to_string(),
            diff: Vec::new(),
            operations: Vec::new(),
        };
        let units = match judged.step.take() {
            None if live.stale.is_empty() => return false,
            None => {
                self.transaction.expect.extend(standing(subject, seen));
                &live.stale
            }
            Some(step) => {
                self.change(subject, step, &mut summary);
                &live.all
            }
        };
        for argv in &subject.on.validate {
            let command = Command { argv: argv.clone(), timeout_seconds: VALIDATE_SECONDS };
            summary.operations.push(command.told());
            if !self.transaction.validate.contains(&command) {
                self.transaction.validate.push(command);
            }
        }
        for operation in units {
            summary.operations.push(operation.told());
            if !self.transaction.units.contains(operation) {
                self.transaction.units.push(operation.clone());
            }
            self.active.extend(operation.unit().cloned());
        }
        self.transaction.summary.push(summary);
        true
    }

    fn change(&mut self, subject: &Subject<'_>, step: Step, summary: &mut ItemSummary) {
        if let Change::Directory { path, .. } = &step.change {
            self.directories.insert(subject.file.path.clone(), path.clone());
        }
        if step.change.path().as_str().starts_with(UNITS) && subject.on.state != FileState::Directory {
            summary.operations.push(UnitOperation::DaemonReload.told());
            if !self.transaction.units.contains(&UnitOperation::DaemonReload) {
                self.transaction.units.insert(0, UnitOperation::DaemonReload);
            }
        }
        if matches!(step.change, Change::RemoveDirectory { .. }) {
            summary.operations.extend(step.change.told());
        }
        summary.diff = step.diff;
        self.transaction.expect.push(step.expect);
        self.transaction.changes.push(step.change);
    }

    /// The whole; none where nothing is to be done.
    pub(super) fn finish(mut self) -> Option<Transaction> {
        let transaction = &mut self.transaction;
        if transaction.changes.is_empty() && transaction.units.is_empty() {
            return None;
        }
        // A restart takes up what a reload would.
        let restarted: Vec<UnitName> = transaction.units.iter().filter_map(restarted).cloned().collect();
        for unit in &restarted {
            let reload = UnitOperation::Reload(unit.clone());
            transaction.units.retain(|operation| *operation != reload);
            let told = reload.told();
            transaction.summary.iter_mut().for_each(|item| item.operations.retain(|operation| *operation != told));
        }
        transaction.verify.extend(restarted.into_iter().map(Verify::StartedAnew));
        self.active.sort();
        self.active.dedup();
        if !self.active.is_empty() {
            transaction.verify.push(Verify::Active { units: self.active, seconds: SETTLE_SECONDS });
        }
        transaction.lease_seconds = LEASE_SECONDS;
        Some(self.transaction)
    }
}

fn restarted(operation: &UnitOperation) -> Option<&UnitName> {
    match operation {
        UnitOperation::Restart(unit) => Some(unit),
        _ => None,
    }
}

/// What units are to take up is still what was seen.
fn standing(subject: &Subject<'_>, seen: &Seen<'_>) -> Option<Expect> {
    match subject.on.state {
        FileState::Content(_) => seen::expect_target(subject, seen.target?),
        FileState::Link(_) => {
            let (resolved, _) = seen::own_place(subject)?;
            Some(seen::expect_at(subject, &resolved, seen.link))
        }
        FileState::Directory | FileState::Absent { .. } => None,
    }
}
