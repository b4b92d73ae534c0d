//! What the `unit` and `run` actions make of hosts, without hosts: facts made by hand in, differences and transactions out.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may fail")]

mod commands;
mod property;
mod units;
mod world;
