//! `run`.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::action::{Action, Assessment, World};
use crate::engine::probe::{Observations, Probe};
use crate::inventory::{Inventory, RunDeclaration};
use crate::names::HostName;
use crate::secrets::{DigestKey, Secret, SecretRef};

/// The word for it in the CLI and in reports.
pub const KIND: &str = "run";

/// All that is declared.
pub struct Run<'a> {
    declared: Vec<&'a RunDeclaration>,
}

impl<'a> Run<'a> {
    /// All that the inventory declares.
    pub fn of(inventory: &'a Inventory) -> Self {
        Self { declared: inventory.runs().values().collect() }
    }
}

impl Action for Run<'_> {
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
