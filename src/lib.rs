//! fleet keeps a fleet of Linux servers in the state that its inventory declares.
//!
//! The rooms of the house, from the top down; imports run downwards only:
//!
//! - [`lab`]: rehearsal hosts on this machine: real systemd, sshd and packages, in containers.
//! - [`names`]: newtypes for what must not be mixed up.

pub mod lab;
pub mod names;
