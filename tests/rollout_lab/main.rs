//! Careful rollouts on real hosts: eight edges with nginx, and all that can go wrong on the way through them.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

#[path = "../common/mod.rs"]
mod common;
mod rig;
mod rollouts;
mod taken_back;
mod together;

#[test]
fn rollouts() {
    let rig = rig::Rig::boot();
    let cases = [rollouts::cases(), taken_back::cases(), together::cases()].concat();
    rig.run_all(cases);
}
