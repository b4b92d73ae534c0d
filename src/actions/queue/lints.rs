//! What is odd about workers though no declaration forbids it. Pure.

use super::seen::Seen;
use crate::inventory::Inventory;
use crate::names::HostName;

/// Something odd.
#[derive(Clone, Debug)]
pub struct Lint {
    /// Where; `None`: on no host.
    pub host: Option<HostName>,
    /// The kind, queue or server that it is about.
    pub item: String,
    /// What of it, such as a unit.
    pub subject: String,
    /// A stable word in kebab-case.
    pub code: &'static str,
    /// What, why it matters, and the remedy.
    pub message: String,
}

/// All that is odd.
pub fn lints(_: &Inventory, _: &Seen) -> Vec<Lint> {
    Vec::new()
}
