//! The planner of `cert` on a model of hosts: what is seen, what is said, what is planned, and what that leaves.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may fail")]

mod judge;
mod model;
mod planning;
mod property;
