//! The actions: each one a pure function from what is declared and observed to a plan, one folder each.
//! They never touch the network or the disk, and never import one another.

pub mod cert;
pub mod env;

use crate::engine::action::Action;
use crate::inventory::Inventory;

/// Every action with what the inventory declares for it, in the order in which reports show them.
pub fn all(inventory: &Inventory) -> Vec<Box<dyn Action + '_>> {
    vec![Box::new(env::Env::of(inventory))]
}
