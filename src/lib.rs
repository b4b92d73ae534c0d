//! fleet keeps a fleet of Linux servers in the state that its inventory declares.
//!
//! The rooms of the house, from the top down; imports run downwards only:
//!
//! - [`actions`]: what fleet keeps as declared: pure planning, one folder each.
//! - [`journal`]: who changed what, from what, to what.
//! - [`engine`]: probe → plan → transaction → wave → gate → outcome; the host-side executor.
//! - [`inventory`]: what the user declared: load, validate with spans, merge, select hosts.
//! - [`secrets`]: where a secret comes from; a secret never prints itself.
//! - [`names`], [`text`]: newtypes for what must not be mixed up, and small forms of text.

pub mod actions;
pub mod engine;
pub mod inventory;
pub mod journal;
pub mod names;
pub mod secrets;
pub mod text;
