//! Orders of starts and stops: known situations, and properties of random fleets.

mod fleets;
mod properties;
pub(in crate::actions::queue) mod rig;
mod situations;
