//! Several certificates of one host in one transaction: a unit that serves more than one is reloaded once.

use std::collections::BTreeSet;

use crate::engine::transaction::{Change, Transaction, Verify};
use crate::names::RemotePath;

/// A path that both change.
pub(super) fn same_path<'a>(all: &'a Transaction, one: &Transaction) -> Option<&'a RemotePath> {
    let shared = |change: &Change| one.changes.iter().any(|other| other.path() == change.path() && other != change);
    all.changes.iter().find(|change| shared(change)).map(Change::path)
}

/// Adds one certificate's transaction to those of its host.
pub(super) fn merge(all: &mut Transaction, one: Transaction) {
    // Two certificates below a directory that is made for both.
    let made: BTreeSet<RemotePath> = all.changes.iter().map(Change::path).cloned().collect();
    all.expect.extend(one.expect.into_iter().filter(|expect| !made.contains(&expect.resolved)));
    all.changes.extend(one.changes.into_iter().filter(|change| !made.contains(change.path())));
    for summary in one.summary {
        if !all.summary.contains(&summary) {
            all.summary.push(summary);
        }
    }
    all.lease_seconds = all.lease_seconds.max(one.lease_seconds);
    for command in one.validate {
        if !all.validate.contains(&command) {
            all.validate.push(command);
        }
    }
    for operation in one.units {
        if !all.units.contains(&operation) {
            all.units.push(operation);
        }
    }
    let mut active = Vec::new();
    let mut settle = 0;
    let mut verify: Vec<Verify> = Vec::new();
    for one in std::mem::take(&mut all.verify).into_iter().chain(one.verify) {
        match one {
            // One wait for all.
            Verify::Active { units, seconds } => {
                active.extend(units);
                settle = settle.max(seconds);
            }
            one if verify.contains(&one) => {}
            one => verify.push(one),
        }
    }
    active.sort();
    active.dedup();
    if !active.is_empty() {
        verify.push(Verify::Active { units: active, seconds: settle });
    }
    all.verify = verify;
    all.confirm = match (all.confirm.take(), one.confirm) {
        (Some(mut all), Some(one)) => {
            all.timeout_seconds = all.timeout_seconds.max(one.timeout_seconds);
            for gate in one.gates {
                if !all.gates.contains(&gate) {
                    all.gates.push(gate);
                }
            }
            Some(all)
        }
        (all, one) => all.or(one),
    };
}
