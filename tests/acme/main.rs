//! Issuing from a real Pebble on loopback.

#![allow(unreachable_pub, missing_docs, reason = "no crate of its own")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

mod accounts;
#[path = "../common/ca_front.rs"]
mod ca_front;
mod crashes;
mod dns;
#[path = "../dns/rig.rs"]
#[allow(dead_code, reason = "the other tests use all of it")]
mod dns_rig;
mod orders;
mod refusals;
mod renewal;
mod rig;
