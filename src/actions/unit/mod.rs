//! `unit`: units of systemd: what runs and starts at boot, drop-ins, and timers that fleet writes.
//!
//! - `seen`: what the hosts say of them; `scripts/units.sh` asks.
//! - `text`, `files`: unit files and drop-ins as they are to be, and what makes them so.
//! - `judge`: the three truths of one unit on one host; `repair`: what makes them one.

mod files;
mod judge;
mod repair;
pub mod seen;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::action::{Action, Assessment, World};
use crate::engine::plan::Wave;
use crate::engine::probe::{Bytes, HostFacts, Observation, Observations, PathKind, Probe};
use crate::engine::status::{Failure, Item, Status};
use crate::engine::transaction::Transaction;
use crate::inventory::{Inventory, UnitDeclaration};
use crate::names::{HostName, UnitName};
use crate::secrets::{DigestKey, Secret, SecretRef};

use judge::Subject;

/// The word for it in the CLI and in reports.
pub const KIND: &str = "unit";

/// The units of an inventory.
pub struct Unit<'a> {
    declared: Vec<&'a UnitDeclaration>,
}

impl<'a> Unit<'a> {
    /// All that the inventory declares.
    pub fn of(inventory: &'a Inventory) -> Self {
        Self { declared: inventory.units().values().collect() }
    }

    fn declared_on(&self, host: &HostName) -> impl Iterator<Item = &'a UnitDeclaration> {
        self.declared.iter().copied().filter(move |declared| declared.hosts.contains(host))
    }

    /// All units of a host, in the order in which they are asked for.
    fn units_on(&self, host: &HostName) -> Vec<UnitName> {
        let units: BTreeSet<UnitName> = self.declared_on(host).flat_map(judge::units).collect();
        units.into_iter().collect()
    }

    /// How the items of one host stand, and what makes them as declared.
    fn judge(&self, host: &HostName, facts: &HostFacts, salt: &str) -> (Vec<Item>, Option<Transaction>) {
        let mut items = Vec::new();
        let mut all: Option<Transaction> = None;
        let seen = seen::of(facts, &self.units_on(host));
        for declared in self.declared_on(host) {
            let seen = match &seen {
                Ok(seen) => seen,
                Err(why) => {
                    let message = format!("the host did not say how its units stand: {why}");
                    let error = Some(Failure::bare("unknown", message));
                    items.push(Item { status: Status::Unknown, error, ..judge::nothing(&declared.name) });
                    continue;
                }
            };
            let (item, transaction) = judge::judge(&Subject { declared, facts, seen, salt });
            items.push(item);
            if let Some(one) = transaction {
                repair::merge(all.get_or_insert_default(), one);
            }
        }
        (items, all)
    }
}

impl Action for Unit<'_> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn hosts(&self) -> BTreeSet<HostName> {
        self.declared.iter().flat_map(|declared| declared.hosts.iter().cloned()).collect()
    }

    fn probes(&self, host: &HostName) -> Vec<Probe> {
        let units = self.units_on(host);
        if units.is_empty() {
            return Vec::new();
        }
        self.declared_on(host).flat_map(files::probes).chain([seen::probe("", &units)]).collect()
    }

    fn secrets(&self) -> BTreeSet<SecretRef> {
        BTreeSet::new()
    }

    fn assess(&self, world: &World<'_>) -> Assessment {
        let mut assessment = Assessment::default();
        let mut transactions = BTreeMap::new();
        let hosts = self.looks_at(world.selected);
        for (host, observation) in world.observations.iter().filter(|(host, _)| hosts.contains(*host)) {
            let Observation::Facts(facts) = observation else { continue };
            let (items, transaction) = self.judge(host, facts, &world.key.host_salt(host));
            assessment.items.insert(host.clone(), items);
            transactions.extend(transaction.map(|transaction| (host.clone(), transaction)));
        }
        if !transactions.is_empty() {
            assessment.waves.push(Wave::of("all hosts", transactions));
        }
        assessment
    }

    /// Whoever edits a drop-in by hand may put a secret there.
    fn redact(&self, observations: &mut Observations, _: &BTreeMap<SecretRef, Result<Secret, String>>, _: &DigestKey) {
        for (host, observation) in observations {
            let Observation::Facts(facts) = observation else { continue };
            for wanted in self.declared_on(host).flat_map(files::wanted) {
                let Some(crate::engine::fact::Fact::Known(fact)) = facts.files.get_mut(&wanted.path) else { continue };
                if let PathKind::File(Bytes(bytes)) = &mut fact.kind
                    && *bytes != wanted.text.as_bytes()
                {
                    *bytes = text::without_secrets(&String::from_utf8_lossy(bytes)).into_bytes();
                }
            }
            seen::redact(facts);
        }
    }
}
