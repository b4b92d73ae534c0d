//! The declarations of an inventory by the action that keeps them: what a step of a playbook may name.

use std::collections::{BTreeMap, BTreeSet};

use super::Inventory;
use crate::names::HostName;

impl Inventory {
    /// What is declared for an action, such as `env`, with the hosts of each item; none where the action has no items of
    /// its own that could be named, as `queue`.
    pub fn items(&self, action: &str) -> BTreeMap<&str, &BTreeSet<HostName>> {
        match action {
            "env" => self.env.iter().map(|(name, it)| (name.as_str(), &it.hosts)).collect(),
            "cert" => self.certs.iter().map(|(name, it)| (name.as_str(), &it.hosts)).collect(),
            "file" => self.files.iter().map(|(name, it)| (name.as_str(), &it.hosts)).collect(),
            "unit" => self.units.iter().map(|(name, it)| (name.as_str(), &it.hosts)).collect(),
            "run" => self.runs.iter().map(|(name, it)| (name.as_str(), &it.hosts)).collect(),
            _ => BTreeMap::new(),
        }
    }

    /// The same inventory with these items of an action alone.
    #[must_use]
    pub fn with_items(&self, action: &str, names: &BTreeSet<String>) -> Self {
        let mut inventory = self.clone();
        match action {
            "env" => inventory.env.retain(|name, _| names.contains(name)),
            "cert" => inventory.certs.retain(|name, _| names.contains(name)),
            "file" => inventory.files.retain(|name, _| names.contains(name)),
            "unit" => inventory.units.retain(|name, _| names.contains(name)),
            "run" => inventory.runs.retain(|name, _| names.contains(name)),
            _ => {}
        }
        inventory
    }
}
