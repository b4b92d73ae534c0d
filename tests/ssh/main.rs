//! Reaching hosts, against real sshd instances on loopback addresses. Needs root, OpenSSH, dash, tcsh and sudo.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail, its helpers too")]

mod lab;

mod errors;
mod keys;
mod pool;
mod run;
mod speed;
