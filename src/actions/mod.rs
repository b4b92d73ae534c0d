//! The actions: each one a pure function from what is declared and observed to a plan, one folder each.
//! They never touch the network or the disk, and never import one another.

pub mod cert;
pub mod env;
pub mod queue;
pub mod undo;

use crate::engine::action::Action;
use crate::engine::gate::Scripts;
use crate::inventory::Inventory;

/// Every action with what the inventory declares for it, in the order in which reports show them. `cert` is what is
/// known of certificates on this side; `queue` explains what it does to whoever holds it.
pub fn all<'a>(
    inventory: &'a Inventory,
    cert: &'a cert::Known,
    queue: &'a queue::Queue<'a>,
) -> Vec<Box<dyn Action + 'a>> {
    vec![Box::new(env::Env::of(inventory)), Box::new(cert::Cert::of(inventory, cert)), Box::new(queue)]
}

/// What the gates of actions run on hosts, by name.
pub fn scripts() -> Scripts {
    queue::scripts()
}
