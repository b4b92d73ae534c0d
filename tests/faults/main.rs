//! The fault campaign: transactions on real hosts, cut at every step in every way. Needs root; see `fleet::lab`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests end where something is not as expected")]

#[path = "../common/mod.rs"]
mod common;

mod cuts;
mod directories;
mod failures;
mod gates;
mod hosts;
mod locks;
mod order;
mod recovery;
mod rig;
mod undo;
mod workers;

use rig::{Case, Rig};

/// Every case on real hosts, several hosts side by side, in one lab. `FLEET_FAULTS=WORD` runs those whose names have the word, or one of several parted by `|`.
#[test]
fn a_host_is_wholly_old_or_wholly_new() {
    let rig = Rig::boot();
    let mut cases: Vec<Case> = Vec::new();
    cases.extend(directories::cases());
    cases.extend(failures::cases());
    cases.extend(hosts::cases());
    cases.extend(order::cases());
    cases.extend(workers::cases());
    cases.extend(gates::cases());
    cases.extend(gates::own_cases());
    cases.extend(locks::cases());
    cases.extend(cuts::cases());
    cases.extend(recovery::cases());
    cases.extend(undo::cases());
    rig.run_all(cases);
}
