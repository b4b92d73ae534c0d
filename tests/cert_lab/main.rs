//! Certificates on real hosts: Pebble, three BIND servers, nginx on four edges and a core host, and the incident that
//! `fleet cert` answers, with every way in which it can go wrong. Needs root; see `fleet::lab`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests end where something is not as expected")]

#[path = "../common/mod.rs"]
mod common;

#[path = "../common/ca_front.rs"]
mod ca_front;

mod authority;
mod challenges;
mod distribution;
mod forms;
mod found;
mod incident;
mod mint;
mod rig;
mod secrecy;

use rig::{Case, Rig};

/// Every case in one lab, one after the other, each from the incident as it was found. `FLEET_CERTS=WORD` runs those whose
/// names have the word, or one of several parted by `|`.
#[test]
fn certificates_on_real_hosts() {
    let rig = Rig::boot();
    let mut cases: Vec<Case> = Vec::new();
    cases.extend(incident::cases());
    cases.extend(found::cases());
    cases.extend(challenges::cases());
    cases.extend(authority::cases());
    cases.extend(distribution::cases());
    cases.extend(forms::cases());
    cases.extend(secrecy::cases());
    rig.run_all(cases);
}
