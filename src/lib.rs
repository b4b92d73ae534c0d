//! fleet keeps a fleet of Linux servers in the state that its inventory declares.
//!
//! The rooms of the house, from the top down; imports run downwards only:
//!
//! - [`ssh`]: reaching a host: sessions, one script in, its output out.
//! - [`names`]: newtypes for what must not be mixed up.

pub mod names;
pub mod ssh;
