//! The fault campaign: transactions on real hosts, cut at every step in every way. Needs root; see `fleet::lab`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

#[path = "../common/mod.rs"]
mod common;

mod cuts;
mod failures;
mod rig;

use rig::{Case, Rig};

/// Every case on real hosts, several hosts side by side, in one lab. `FLEET_FAULTS=WORD` runs those whose name has the word.
#[test]
fn a_host_is_wholly_old_or_wholly_new() {
    let rig = Rig::boot();
    let mut cases: Vec<Case> = Vec::new();
    cases.extend(failures::cases());
    cases.extend(cuts::cases());
    rig.run_all(cases);
}
