//! fleet keeps a fleet of Linux servers in the state that its inventory declares.
//!
//! The rooms of the house, from the top down; imports run downwards only:
//!
//! - [`inventory`]: what the user declared: load, validate with spans, merge, select hosts.
//! - [`secrets`]: where a secret comes from; a secret never prints itself.
//! - [`names`]: newtypes for what must not be mixed up.

pub mod inventory;
pub mod names;
pub mod secrets;
