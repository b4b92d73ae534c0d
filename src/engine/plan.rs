//! A plan is data: it can be saved, reviewed, approved, and applied later by somebody else.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::HostResult;
use super::transaction::{Change, Check, Content, Expect, Gate, PathState, Transaction};
use crate::names::{HostName, RunId};
use crate::secrets::SecretRef;

pub use super::problems::{drain_seconds, problems, unknown_scripts};

/// The format that this version writes and reads.
pub const SCHEMA: &str = "fleet/plan/v1";

/// What would change, on which hosts, in which order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: String,
    /// When the hosts were looked at.
    pub created: Timestamp,
    /// Who planned, from where.
    pub author: Author,
    /// Which inventory it was made from.
    pub inventory: InventoryStamp,
    /// The name of the key in all its digests.
    pub digest_key: String,
    /// The actions that planned.
    pub actions: Vec<String>,
    /// The playbook that it was compiled from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook: Option<PlaybookStamp>,
    /// The run that it takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<RunId>,
    /// Held from before the first wave until after the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<Lock>,
    /// In order; each starts when the one before has ended well.
    pub waves: Vec<Wave>,
    /// How every host stood when the plan was made.
    pub hosts: Vec<HostResult>,
}

/// Who did something, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Author {
    /// The user's name on the machine that fleet ran on.
    pub user: String,
    /// That machine.
    pub machine: String,
}

/// Which inventory a plan was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InventoryStamp {
    /// The commit that was checked out; `None`: not in a git repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether the inventory had changes that were not committed.
    pub dirty: bool,
}

/// Which playbook a plan was compiled from, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaybookStamp {
    /// Its name: that of its file without `.toml`.
    pub name: String,
    /// SHA-256 of its file, in hexadecimal.
    pub digest: String,
    /// The values that were given with `--set`, by name; those of secrets stand as keyed digests.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
}

/// Hosts that change side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// For people, such as `all hosts` or `canary`.
    pub name: String,
    /// The step of a playbook that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Whether the hosts are looked at again before it, because an earlier step ran commands: then they may only undergo
    /// less than stands here.
    #[serde(default, skip_serializing_if = "is_false")]
    pub look_again: bool,
    /// What each host undergoes.
    pub transactions: BTreeMap<HostName, Transaction>,
    /// How many of its step's hosts, in this wave and those before, may come to another end than `changed` before the run
    /// stops.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub max_failures: u32,
    /// What becomes of what the run has changed where it stops here.
    #[serde(default, skip_serializing_if = "OnFailure::is_default")]
    pub on_failure: OnFailure,
    /// What must be good after it, as seen by the controller, before the next wave begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Check>,
    /// Seconds to wait after it, and after its gates are good, before the next wave begins; then the gates are looked at once
    /// more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pause_seconds: u32,
}

impl Wave {
    /// Hosts side by side, and nothing further.
    pub fn of(name: impl Into<String>, transactions: BTreeMap<HostName, Transaction>) -> Self {
        Self { name: name.into(), transactions, ..Self::default() }
    }
}

/// What becomes of what a run has changed where it stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// It stays.
    #[default]
    Stop,
    /// It is undone, on every host that the run has changed.
    Undo,
}

impl OnFailure {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// What several runs must not change at once, though they change different hosts: a name that one of them holds, on one host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Where it is held.
    pub host: HostName,
    /// What is held, such as `db:primary`.
    pub name: String,
    /// How often it had been held when the host was looked at: a run in between makes the plan old.
    pub turn: u64,
}

impl Plan {
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.waves.iter().all(|wave| wave.transactions.is_empty())
    }

    /// All transactions, in order of waves, then of hosts.
    pub fn transactions(&self) -> impl Iterator<Item = (&HostName, &Transaction)> {
        self.waves.iter().flat_map(|wave| &wave.transactions)
    }

    /// Every host that it has anything to do with, be it that it only looks there or holds a lock there.
    pub fn reached(&self) -> BTreeSet<&HostName> {
        let locked = self.locks.iter().map(|lock| &lock.host);
        let looked_at = self.gates().filter_map(Gate::looks_at);
        self.transactions().map(|(host, _)| host).chain(looked_at).chain(locked).collect()
    }

    /// What the controller looks at: of each transaction, and between waves.
    pub(super) fn gates(&self) -> impl Iterator<Item = &Gate> {
        let confirms = self.transactions().filter_map(|(_, transaction)| transaction.confirm.as_ref());
        let between = self.waves.iter().flat_map(|wave| &wave.gates).map(|check| &check.gate);
        confirms.flat_map(|confirm| &confirm.gates).chain(between)
    }

    /// Every secret that it uses.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretRef> {
        self.transactions().flat_map(|(_, transaction)| transaction.contents()).flat_map(Content::secrets)
    }

    /// SHA-256 over the plan as it is written to a file, in hexadecimal: what approvals and the journal name it by.
    pub fn digest(&self) -> String {
        use sha2::{Digest, Sha256};
        crate::text::hex(&Sha256::digest(crate::text::json(self).as_bytes()))
    }
}

/// Whether the first path lies in the directory that the second one names.
pub(super) fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// What a transaction leaves, for the expectations of later waves on the same host: of every path that it changes, under the
/// name by which it is declared. What systemd does is in no expectation but [`Transaction::running`], which an action that
/// needs it predicts itself.
pub fn predict(transaction: &Transaction) -> Vec<Expect> {
    transaction
        .changes
        .iter()
        .map(|change| {
            let before = transaction.expect.iter().find(|expect| expect.resolved == *change.path());
            let state = match change {
                Change::Write { content, digest, mode, owner, .. } => {
                    let (old_mode, old_owner) = match before.map(|expect| &expect.state) {
                        Some(PathState::File { mode, owner, .. } | PathState::Deferred { mode, owner, .. }) => {
                            (mode.as_str(), owner.as_str())
                        }
                        _ => ("0600", "root:root"),
                    };
                    let mode = mode.as_deref().unwrap_or(old_mode).to_owned();
                    let owner = owner.as_deref().unwrap_or(old_owner).to_owned();
                    match digest {
                        Some(digest) => PathState::File { digest: digest.clone(), mode, owner },
                        None => PathState::Deferred { content: content.clone(), mode, owner },
                    }
                }
                Change::Link { target, .. } => PathState::Link { target: target.clone() },
                Change::Directory { .. } => PathState::Directory,
                Change::Remove { .. } | Change::RemoveDirectory { .. } => PathState::Absent,
            };
            let declared = before.map_or(change.path(), |expect| &expect.path).clone();
            Expect { path: declared, resolved: change.path().clone(), state }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::transaction::Part;
    use crate::names::RemotePath;

    fn path(at: &str) -> RemotePath {
        RemotePath::new(at)
    }

    #[test]
    fn what_a_transaction_leaves_is_what_the_next_one_finds() {
        let file = |digest: &str, mode: &str, owner: &str| PathState::File {
            digest: digest.to_owned(),
            mode: mode.to_owned(),
            owner: owner.to_owned(),
        };
        let expect =
            |declared: &str, resolved: &str, state| Expect { path: path(declared), resolved: path(resolved), state };
        let text = || Content(vec![Part::Text("x".to_owned())]);
        let write = |at: &str, digest: Option<&str>, mode: Option<&str>| Change::Write {
            path: path(at),
            content: text(),
            digest: digest.map(str::to_owned),
            mode: mode.map(str::to_owned),
            owner: None,
        };
        let transaction = Transaction {
            expect: vec![
                expect("/etc/a", "/srv/a", file("old", "0640", "root:app")),
                expect("/etc/b", "/etc/b", file("old", "0640", "root:app")),
                expect("/etc/gone", "/etc/gone", file("old", "0640", "root:app")),
            ],
            changes: vec![
                write("/srv/a", Some("new"), None),
                write("/etc/b", Some("new"), Some("0600")),
                write("/etc/c", None, None),
                Change::Directory { path: path("/etc/d"), mode: Some("0755".to_owned()), owner: None },
                Change::Link { path: path("/etc/e"), target: "d".to_owned() },
                Change::Remove { path: path("/etc/gone") },
                Change::RemoveDirectory { path: path("/etc/f") },
            ],
            ..Transaction::default()
        };
        let deferred =
            |content| PathState::Deferred { content, mode: "0600".to_owned(), owner: "root:root".to_owned() };
        assert_eq!(
            predict(&transaction),
            [
                // By the name that a summary tells.
                expect("/etc/a", "/srv/a", file("new", "0640", "root:app")),
                expect("/etc/b", "/etc/b", file("new", "0600", "root:app")),
                expect("/etc/c", "/etc/c", deferred(text())),
                expect("/etc/d", "/etc/d", PathState::Directory),
                expect("/etc/e", "/etc/e", PathState::Link { target: "d".to_owned() }),
                expect("/etc/gone", "/etc/gone", PathState::Absent),
                expect("/etc/f", "/etc/f", PathState::Absent),
            ]
        );
    }
}
