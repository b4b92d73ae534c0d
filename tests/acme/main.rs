//! Issuing from a real Pebble on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

#[path = "../common/ca_front.rs"]
mod ca_front;
mod orders;
mod rig;
