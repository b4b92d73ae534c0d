//! Worker queues on real hosts: PostgreSQL, Redis and Sidekiq under systemd, and the incident that `fleet queue` answers, with
//! every way in which it can go wrong. Needs root; see `fleet::lab`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests end where something is not as expected")]

#[path = "../common/mod.rs"]
mod common;

mod faults;
mod incident;
mod limits;
mod record;
mod rig;
mod secrecy;
mod starts;

use rig::{Case, Rig};

/// Every case in one lab, one after the other, each with workers of its own. `FLEET_QUEUES=WORD` runs those whose names have
/// the word, or one of several parted by `|`.
#[test]
fn worker_queues_on_real_hosts() {
    let rig = Rig::boot();
    let mut cases: Vec<Case> = Vec::new();
    cases.extend(incident::cases());
    cases.extend(starts::cases());
    cases.extend(limits::cases());
    cases.extend(faults::cases());
    cases.extend(secrecy::cases());
    rig.run_all(cases);
}
