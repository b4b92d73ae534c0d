//! `file`: files, links and directories as declared, or nothing where nothing is to be.
//!
//! - `probes`: what is asked of a host; `seen`: what stands at a path.
//! - `content`: the declared text with its secrets; `diff`: what changes in it, line by line.
//! - `judge`: declared against disk, and the one change that mends it; `units`: disk against live.
//! - `draft`: the transaction of a host. All its files change in one, so that those which must agree switch together.

mod content;
mod diff;
mod draft;
mod judge;
mod probes;
mod seen;
mod units;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::action::{Action, Assessment, World};
use crate::engine::fact::Fact;
use crate::engine::plan::Wave;
use crate::engine::probe::{HostFacts, Observation, Observations, PathFact, PathKind, Probe};
use crate::engine::status::{Item, Status};
use crate::engine::transaction::content_digest;
use crate::inventory::{FileDeclaration, FileOnHost, FileState, Inventory};
use crate::names::{HostName, RemotePath};
use crate::secrets::{DigestKey, Secret, SecretRef};

/// The word for it in the command line, in reports and in plans.
pub const KIND: &str = "file";
use draft::Draft;

/// The files of an inventory.
pub struct File<'a> {
    files: Vec<&'a FileDeclaration>,
}

impl<'a> File<'a> {
    /// All that the inventory declares.
    pub fn of(inventory: &'a Inventory) -> Self {
        Self { files: inventory.files().values().collect() }
    }

    /// What is declared for a host: directories before what may lie in them.
    fn files_of(&self, host: &HostName) -> Vec<(&'a FileDeclaration, &'a FileOnHost)> {
        let mut files: Vec<_> = self.files.iter().filter_map(|file| Some((*file, file.on(host)?))).collect();
        files.sort_by_key(|(file, on)| (on.state != FileState::Directory, &file.path));
        files
    }
}

impl Action for File<'_> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn hosts(&self) -> BTreeSet<HostName> {
        self.files.iter().flat_map(|file| file.hosts.iter().cloned()).collect()
    }

    fn probes(&self, host: &HostName) -> Vec<Probe> {
        probes::of(&self.files_of(host))
    }

    fn secrets(&self) -> BTreeSet<SecretRef> {
        let on = self.files.iter().flat_map(|file| file.hosts.iter().filter_map(|host| file.on(host)));
        on.flat_map(|on| on.state.secrets()).cloned().collect()
    }

    fn assess(&self, world: &World<'_>) -> Assessment {
        let mut assessment = Assessment::default();
        let mut transactions = BTreeMap::new();
        for (host, observation) in world.observations {
            let Observation::Facts(facts) = observation else { continue };
            let files = self.files_of(host);
            if files.is_empty() {
                continue;
            }
            let links = probes::words(&probes::timed_links(&files));
            let mut draft = Draft::default();
            let mut items = Vec::new();
            let subjects: Vec<Subject<'_>> = files
                .into_iter()
                .map(|(file, on)| {
                    let salt = world.key.host_salt(host);
                    Subject { file, on, host, facts, salt, links: &links, world }
                })
                .collect();
            let places: Vec<Option<(RemotePath, bool)>> = subjects.iter().map(seen::own_place).collect();
            for (number, subject) in subjects.iter().enumerate() {
                let other = shared(&places, number).and_then(|other| subjects.get(other));
                items.push(subject.assess(&mut draft, other.map(|other| other.file.name.as_str())));
            }
            items.sort_by(|one, other| one.id.cmp(&other.id));
            assessment.items.insert(host.clone(), items);
            transactions.extend(draft.finish().map(|transaction| (host.clone(), transaction)));
        }
        transactions.retain(|host, _| world.selected.contains(host));
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
        let values: Vec<&[u8]> =
            secrets.values().flatten().map(Secret::expose).filter(|value| !value.is_empty()).collect();
        for (host, observation) in observations {
            let Observation::Facts(facts) = observation else { continue };
            let salt = key.host_salt(host);
            for (file, on) in self.files_of(host) {
                let Some(Fact::Known(PathFact { kind, .. })) = facts.files.get_mut(&file.path) else { continue };
                // Of a file with secrets an older one may be in it: no byte of it is written.
                let hidden = match &*kind {
                    PathKind::File(bytes) => {
                        let holds = |value: &&[u8]| bytes.0.windows(value.len()).any(|window| window == *value);
                        on.state.secrets().next().is_some() || values.iter().any(holds)
                    }
                    PathKind::Digest(_) | PathKind::Directory | PathKind::Other(_) => false,
                };
                if let (true, PathKind::File(bytes)) = (hidden, &*kind) {
                    *kind = PathKind::Digest(content_digest(&salt, &bytes.0));
                }
            }
        }
    }
}

/// The declared file whose place is the same as that of this one, or is removed with it: two that keep the same place
/// would undo each other for ever.
fn shared(places: &[Option<(RemotePath, bool)>], number: usize) -> Option<usize> {
    let (own, own_whole) = places.get(number)?.as_ref()?;
    let below = |path: &RemotePath, of: &RemotePath| {
        path.as_str().strip_prefix(of.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    places.iter().enumerate().position(|(index, place)| {
        place.as_ref().is_some_and(|(other, whole)| {
            index != number && (own == other || (*whole && below(own, other)) || (*own_whole && below(other, own)))
        })
    })
}

/// One declared file on one host, with all that there is to know of it.
struct Subject<'a> {
    file: &'a FileDeclaration,
    on: &'a FileOnHost,
    host: &'a HostName,
    facts: &'a HostFacts,
    salt: String,
    /// The host's links whose time was asked for, see [`probes::words`].
    links: &'a str,
    world: &'a World<'a>,
}

impl Subject<'_> {
    /// How it stands; what would mend it goes into the host's draft.
    /// `other`: the declared file that has the same place, through a link.
    fn assess(&self, draft: &mut Draft, other: Option<&str>) -> Item {
        let mut item = Item {
            kind: KIND.to_owned(),
            id: self.file.name.clone(),
            status: Status::Ok,
            differences: Vec::new(),
            warnings: Vec::new(),
            error: None,
        };
        let seen = match seen::look(self) {
            Ok(seen) => seen,
            Err(why) => {
                item.differences.push(judge::unknown("file", format!("{}: {why}", self.file.path)));
                item.status = Status::Unknown;
                return item;
            }
        };
        if let Some(other) = other {
            let path = &self.file.path;
            let message = format!("through a link, {path} is what file.{other} declares as well: declare it once");
            item.differences.push(judge::unknown("path", message));
            item.status = Status::Unknown;
            return item;
        }
        let mut judged = judge::judge(self, &seen, draft);
        let mut live = units::compare(self, &seen);
        let planned = !judged.blocked && !live.blocked && draft.take(self, &seen, &mut judged, &live);
        item.differences = judged.differences;
        item.differences.append(&mut live.differences);
        item.warnings = judged.warnings;
        item.warnings.append(&mut live.warnings);
        for difference in &mut item.differences {
            let mended = match difference.status {
                Status::Drift => true,
                Status::Stale => {
                    live.stale.iter().any(|it| it.unit().is_some_and(|unit| unit.as_str() == difference.subject))
                }
                _ => false,
            };
            difference.repairable = planned && mended;
        }
        item.status = item.differences.iter().map(|difference| difference.status).max().unwrap_or(Status::Ok);
        item
    }
}
