//! `file`: files, links and directories as declared, or nothing where nothing is to be.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::action::{Action, Assessment, World};
use crate::engine::probe::{Observations, Probe};
use crate::inventory::{FileDeclaration, Inventory};
use crate::names::HostName;
use crate::secrets::{DigestKey, Secret, SecretRef};

/// The word for it in the command line, in reports and in plans.
pub const KIND: &str = "file";

/// The files of an inventory.
pub struct File<'a> {
    files: Vec<&'a FileDeclaration>,
}

impl<'a> File<'a> {
    /// All that the inventory declares.
    pub fn of(inventory: &'a Inventory) -> Self {
        Self { files: inventory.files().values().collect() }
    }
}

impl Action for File<'_> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn hosts(&self) -> BTreeSet<HostName> {
        self.files.iter().flat_map(|file| file.hosts.iter().cloned()).collect()
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

    fn redact(
        &self,
        _observations: &mut Observations,
        _secrets: &BTreeMap<SecretRef, Result<Secret, String>>,
        _key: &DigestKey,
    ) {
    }
}
