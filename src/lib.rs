//! fleet keeps a fleet of Linux servers in the state that its inventory declares.
//!
//! The rooms of the house, from the top down; imports run downwards only:
//!
//! - [`actions`]: what fleet can do, one folder each: pure planning, no I/O.
//! - [`names`]: newtypes for what must not be mixed up.

pub mod actions;
pub mod names;
