//! What the `file` action makes of hosts, without hosts: an inventory and a file system of a few lines in, differences and
//! transactions out.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may fail")]

mod declared;
mod disk;
mod live;
mod property;
mod templates;
mod world;
