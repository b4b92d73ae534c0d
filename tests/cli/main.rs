//! The contract of the command line, without any host: exit codes, one JSON document, words for people.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

mod certs;
mod files;
mod incidents;
mod inventories;
mod log;
mod place;
mod playbooks;
mod queues;
mod streams;
mod usage;
