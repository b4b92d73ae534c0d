//! The actions: each one a pure function from what is declared and observed to a plan, one folder each.
//! They never touch the network or the disk, and never import one another.

pub mod env;
