//! Playbooks without hosts: what is wrong in a file, how steps go from host to host, and what a step makes of the hosts as earlier
//! ones leave them.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may fail")]

mod ahead;
mod parse;
mod shipped;
mod split;
mod world;
