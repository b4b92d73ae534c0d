//! Orders of starts and stops: known situations, and properties of random fleets.

mod fleets;
mod properties;
mod rig;
mod situations;
