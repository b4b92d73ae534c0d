//! A plan is data: it can be saved, reviewed, approved, and applied later by somebody else.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::HostResult;
use super::transaction::{Change, Confirm, Content, Expect, Gate, PathState, Transaction};
use crate::names::HostName;
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

/// Hosts that change side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// For people, such as `all hosts` or `canary`.
    pub name: String,
    /// What each host undergoes.
    pub transactions: BTreeMap<HostName, Transaction>,
    /// What must be good after it, as seen by the controller, before the next wave begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Confirm>,
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
        let looked_at = self.gates().filter_map(Gate::host);
        self.transactions().map(|(host, _)| host).chain(looked_at).chain(locked).collect()
    }

    /// What the controller looks at: of each transaction, and between waves.
    pub(super) fn gates(&self) -> impl Iterator<Item = &Gate> {
        let confirms = self.transactions().filter_map(|(_, transaction)| transaction.confirm.as_ref());
        let between = self.waves.iter().filter_map(|wave| wave.gate.as_ref());
        confirms.chain(between).flat_map(|confirm| &confirm.gates)
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

/// What a transaction leaves, for the expectations of later waves on the same host.
///
pub fn predict(transaction: &Transaction) -> Vec<Expect> {
    transaction
        .changes
        .iter()
        .map(|change| {
            let state = match change {
                Change::Write { content, digest, mode, owner, .. } => {
                    let before = transaction.expect.iter().find(|expect| expect.resolved == *change.path());
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
            Expect { path: change.path().clone(), resolved: change.path().clone(), state }
        })
        .collect()
}
