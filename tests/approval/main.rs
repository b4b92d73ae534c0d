//! Approval by several people, with real keys, a real `ssh-keygen` and a real agent; no host is changed, and none is reached.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

mod ci;
mod glass;
mod inventories;
mod keys;
mod refusals;
mod rig;
mod together;
