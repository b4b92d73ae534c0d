//! The probes of worker queues against real servers: PostgreSQL, Redis and Sidekiq. Units themselves run in the tests on
//! rehearsal hosts; here systemctl(1) only says what it says there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

mod database;
mod redis;
mod rig;
mod workers;
