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
mod orders;
mod refusals;
mod renewal;
mod rig;
