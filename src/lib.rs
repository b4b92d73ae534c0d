//! fleet keeps a fleet of Linux servers in the state that its inventory declares.
//!
//! The rooms of the house, from the top down; imports run downwards only:
//!
//! - [`report`]: tables, JSON, progress: the only place that knows a terminal;
//! - [`names`]: newtypes for what must not be mixed up.

pub mod engine;
pub mod journal;
pub mod names;
pub mod report;
pub mod secrets;
pub mod text;
