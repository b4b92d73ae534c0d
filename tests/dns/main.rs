//! DNS against real BIND servers. Each test has a network and a process namespace of its own: port 53 of every address is free there, and nothing that it
//! started outlives it. They need root.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

mod challenges;
mod lookups;
mod propagation;
mod rig;
mod updates;
