//! What planning knows of workers beside the inventory and the hosts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::what_if::WhatIf;
use crate::names::HostName;

/// What last ran on a host: it counts while the host does not answer, because unknown is never zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LastSeen {
    /// When that was seen.
    pub time: Timestamp,
    /// Processes, by kind.
    pub workers: Vec<LastWorkers>,
}

/// Processes of one kind that took the same number of connections each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LastWorkers {
    /// The kind in the inventory.
    pub kind: String,
    /// Connections a process.
    pub connections: u32,
    /// Whether they were as declared: others have to end.
    pub as_declared: bool,
    /// How many.
    pub count: u32,
}

/// By host.
pub type Last = BTreeMap<HostName, LastSeen>;

/// What planning is told.
pub struct Known<'a> {
    /// What last ran on each host.
    pub last: Last,
    /// What is assumed to be otherwise than declared or seen.
    pub what_if: Vec<WhatIf>,
    /// Whether to look on for a better plan.
    pub go_on: &'a dyn Fn() -> bool,
}

impl Default for Known<'_> {
    fn default() -> Self {
        Self { last: Last::new(), what_if: Vec::new(), go_on: &|| true }
    }
}
