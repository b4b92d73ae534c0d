//! `unit`.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::action::{Action, Assessment, World};
use crate::engine::probe::{Observations, Probe};
use crate::inventory::{Inventory, UnitDeclaration};
use crate::names::HostName;
use crate::secrets::{DigestKey, Secret, SecretRef};

/// The word for it in the CLI and in reports.
pub const KIND: &str = "unit";

/// All that is declared.
pub struct Unit<'a> {
    declared: Vec<&'a UnitDeclaration>,
}

impl<'a> Unit<'a> {
    /// All that the inventory declares.
    pub fn of(inventory: &'a Inventory) -> Self {
        Self { declared: inventory.units().values().collect() }
    }
}

impl Action for Unit<'_> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn hosts(&self) -> BTreeSet<HostName> {
        self.declared.iter().flat_map(|one| one.hosts.iter().cloned()).collect()
    }

    fn probes(&self, _host: &HostName) -> Vec<Probe> {
        Vec::new()
    }

    fn secrets(&self) -> BTreeSet<SecretRef> {
        BTreeSet::new()
    }

    fn assess(&self, _world: &World<'_>) -> Assessment {
        Assessment::default()
    }

    fn redact(&self, _: &mut Observations, _: &BTreeMap<SecretRef, Result<Secret, String>>, _: &DigestKey) {}
}
