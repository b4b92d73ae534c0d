//! `env`: environment files, read as their reader reads them, and edited without touching any other byte.
//!
//! - [`document`]: a file as entries with byte spans; [`dotenv`], [`systemd`], [`docker`]: one reader each.
//! - [`problem`]: what is odd about a file, by line and key, never by value.
//! - [`encoding`]: how a value is written so that the reader gives it back.
//! - [`edit`]: a changed file as parts: what is kept, and what is new.
//! - [`near_miss`] (found by [`near_name`] and [`near_value`]), [`consensus`], [`secrecy`]: what is wrong with a key or value, and who is the odd one out.
//! - [`adopt`]: the declaration of a file from what the hosts have today.
//! - `seen`, `compare`, `units`, `live`, `repair`: the three truths of one file on one host, and what makes them one.

pub mod adopt;
mod adopt_units;
mod compare;
pub mod consensus;
pub mod docker;
pub mod document;
pub mod dotenv;
mod dotenv_expand;
pub mod edit;
pub mod encoding;
mod lines;
mod live;
pub mod near_miss;
pub mod near_name;
pub mod near_value;
pub mod problem;
mod repair;
pub mod secrecy;
mod seen;
pub mod systemd;
mod units;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::action::{Action, Assessment, World};
use crate::engine::plan::Wave;
use crate::engine::probe::{HostFacts, Observation, Observations, Probe};
use crate::engine::status::{Failure, Item, Status};
use crate::engine::transaction::Transaction;
use crate::engine::unit_pattern::instances;
use crate::inventory::{Declared, EnvDeclaration, Inventory};
use crate::names::{HostName, RemotePath};
use crate::secrets::{DigestKey, Secret, SecretRef};

use consensus::Consensus;
use seen::{Seen, SeenFile, Shown};

const KIND: &str = "env";

/// The env files of an inventory.
pub struct Env<'a> {
    files: Vec<&'a EnvDeclaration>,
}

impl<'a> Env<'a> {
    /// All that the inventory declares.
    pub fn of(inventory: &'a Inventory) -> Self {
        Self { files: inventory.env_files().values().collect() }
    }

    fn files_of(&self, host: &HostName) -> impl Iterator<Item = &'a EnvDeclaration> {
        self.files.iter().copied().filter(move |file| file.hosts.contains(host))
    }
}

impl Action for Env<'_> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn hosts(&self) -> BTreeSet<HostName> {
        self.files.iter().flat_map(|file| file.hosts.iter().cloned()).collect()
    }

    fn probes(&self, host: &HostName) -> Vec<Probe> {
        self.files_of(host)
            .flat_map(|file| {
                let keys: BTreeSet<String> = file.keys_for(host).into_keys().collect();
                let environments = file.units.iter().map(move |pattern| Probe::Environment {
                    pattern: instances(pattern),
                    keys: keys.clone(),
                    keys_of: Some(file.path.clone()),
                });
                [file.path.clone(), parent(&file.path)].map(|path| Probe::File { path }).into_iter().chain(environments)
            })
            .collect()
    }

    fn secrets(&self) -> BTreeSet<SecretRef> {
        let keys = self.files.iter().flat_map(|file| file.hosts.iter().map(|host| file.keys_for(host)));
        keys.flat_map(BTreeMap::into_values)
            .filter_map(|rule| match rule.value {
                Some(Declared::Secret(reference)) => Some(reference),
                Some(Declared::Text(_)) | None => None,
            })
            .collect()
    }

    fn assess(&self, world: &World<'_>) -> Assessment {
        let mut assessment = Assessment::default();
        let mut transactions: BTreeMap<HostName, Transaction> = BTreeMap::new();
        let known = known(world.secrets);
        for file in &self.files {
            let answered: BTreeMap<&HostName, &HostFacts> = world
                .observations
                .iter()
                .filter_map(|(host, observation)| match observation {
                    Observation::Facts(facts) if file.hosts.contains(host) => Some((host, facts.as_ref())),
                    _ => None,
                })
                .collect();
            let seen: BTreeMap<&HostName, SeenFile<'_>> =
                answered.iter().map(|(host, facts)| (*host, seen::file(file, facts))).collect();
            let mut secrets = known.clone();
            for (host, facts) in &answered {
                seen::hold(&mut secrets, file, &file.keys_for(host), facts, world.key);
            }
            let consensus = agreed(file, &seen);
            let present = seen.values().filter(|seen| matches!(seen, SeenFile::File(_))).count();
            let absent = seen.values().filter(|seen| matches!(seen, SeenFile::Absent)).count();
            for (host, facts) in &answered {
                let subject = Subject {
                    file,
                    host,
                    facts,
                    seen: &seen[*host],
                    consensus: &consensus,
                    present,
                    absent,
                    keys: file.keys_for(host),
                    secrets: &secrets,
                    world,
                };
                let (mut item, repair) = subject.judge();
                let repair = repair.filter(|repair| {
                    let before = transactions.get(*host);
                    let twice = before.and_then(|before| repair::same_path(before, repair));
                    if let Some(path) = twice {
                        let message = format!("{path} is also changed through another declared file");
                        item.error = Some(Failure::new("path-twice", message, "declare the file once"));
                        item.differences.iter_mut().for_each(|difference| difference.repairable = false);
                    }
                    twice.is_none()
                });
                assessment.items.entry((*host).clone()).or_default().push(item);
                if let Some(repair) = repair {
                    repair::merge(transactions.entry((*host).clone()).or_default(), repair);
                }
            }
        }
        if !transactions.is_empty() {
            assessment.waves.push(Wave::of("all hosts", transactions));
        }
        assessment
    }

    fn redact(
        &self,
        observations: &mut Observations,
        secrets: &BTreeMap<SecretRef, Result<Secret, String>>,
        key: &DigestKey,
    ) {
        let mut held = known(secrets);
        for (host, observation) in &*observations {
            if let Observation::Facts(facts) = observation {
                for file in self.files_of(host) {
                    seen::hold(&mut held, file, &file.keys_for(host), facts, key);
                }
            }
        }
        for (host, observation) in observations {
            if let Observation::Facts(facts) = observation {
                for file in self.files_of(host) {
                    seen::redact(file, host, facts, &held, key);
                }
            }
        }
    }
}

/// The values of the declared secrets, of those at hand.
fn known(secrets: &BTreeMap<SecretRef, Result<Secret, String>>) -> BTreeSet<String> {
    secrets.values().filter_map(|secret| secret.as_ref().ok()?.expose_str().map(str::to_owned)).collect()
}

/// The directory that holds a path.
fn parent(path: &RemotePath) -> RemotePath {
    match path.as_str().trim_end_matches('/').rsplit_once('/') {
        Some((directory, _)) if !directory.is_empty() => RemotePath::new(directory),
        _ => RemotePath::new("/"),
    }
}

/// What the hosts agree on, over keys that no host has declared: whoever declares a rule says what may differ.
fn agreed(file: &EnvDeclaration, seen: &BTreeMap<&HostName, SeenFile<'_>>) -> Consensus<String> {
    let declared: BTreeSet<String> = seen.keys().flat_map(|host| file.keys_for(host).into_keys()).collect();
    let values = seen
        .iter()
        .filter_map(|(host, seen)| match seen {
            SeenFile::File(seen) => {
                let mut values = seen.values.clone();
                values.retain(|key, _| !declared.contains(key));
                Some(((*host).clone(), values))
            }
            SeenFile::Absent | SeenFile::Unknown(_) => None,
        })
        .collect();
    consensus::odd_ones(&values)
}

/// One file on one host, with all that there is to know of it.
struct Subject<'a> {
    file: &'a EnvDeclaration,
    host: &'a HostName,
    facts: &'a HostFacts,
    seen: &'a SeenFile<'a>,
    consensus: &'a Consensus<String>,
    /// How many hosts have the file.
    present: usize,
    /// How many do not.
    absent: usize,
    keys: BTreeMap<String, crate::inventory::KeyRule>,
    secrets: &'a BTreeSet<String>,
    world: &'a World<'a>,
}

impl Subject<'_> {
    fn shown(&self) -> Shown<'_> {
        Shown { key: self.world.key, redacted: self.world.redacted, keys: &self.keys, secrets: self.secrets }
    }

    /// How the file stands on the host, and what would make it as declared.
    fn judge(&self) -> (Item, Option<Transaction>) {
        let mut item = Item {
            kind: KIND.to_owned(),
            id: self.file.name.clone(),
            status: Status::Ok,
            differences: Vec::new(),
            warnings: Vec::new(),
            error: None,
        };
        let empty;
        let seen = match self.seen {
            SeenFile::Unknown(why) => {
                item.status = Status::Unknown;
                let message = format!("{}: {why}", self.file.path);
                item.error = Some(Failure::bare("unknown", message));
                return (item, None);
            }
            SeenFile::Absent => {
                empty = Seen::nothing(self.file);
                &empty
            }
            SeenFile::File(seen) => seen,
        };
        let compared = compare::compare(self, seen);
        let mut live = live::compare(self, seen);
        item.differences = compared.differences;
        item.differences.append(&mut live.differences);
        item.warnings = compared.warnings;
        item.warnings.append(&mut live.warnings);
        item.status = item.differences.iter().map(|difference| difference.status).max().unwrap_or(Status::Ok);
        let transaction = match repair::plan(self, seen, &compared.edits, &live) {
            Ok(transaction) => transaction,
            Err(failure) => {
                item.error = Some(failure);
                None
            }
        };
        if transaction.is_none() {
            for difference in &mut item.differences {
                difference.repairable = false;
            }
        }
        (item, transaction)
    }
}
