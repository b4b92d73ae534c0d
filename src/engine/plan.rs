//! A plan is data: it can be saved, reviewed, approved, and applied later by somebody else.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::HostResult;
use super::transaction::{Change, Expect, PathState, Transaction, UnitOperation, Verify};
use crate::names::{HostName, RemotePath};

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

    /// SHA-256 over the plan as it is written to a file, in hexadecimal: what approvals and the journal name it by.
    pub fn digest(&self) -> String {
        use sha2::{Digest, Sha256};
        crate::text::hex(&Sha256::digest(crate::text::json(self).as_bytes()))
    }
}

/// What no action plans, and a file edited by hand may hold: in words, for each host.
pub fn problems(plan: &Plan) -> Vec<String> {
    plan.transactions()
        .flat_map(|(host, it)| transaction_problems(it).into_iter().map(move |problem| format!("{host}: {problem}")))
        .collect()
}

fn transaction_problems(transaction: &Transaction) -> Vec<String> {
    let expected = transaction.expect.iter().flat_map(|expect| [&expect.path, &expect.resolved]);
    let paths = expected.chain(transaction.changes.iter().map(Change::path)).map(RemotePath::as_str);
    let bad_paths = paths.filter(|path| !is_plain_path(path)).map(|path| format!("{path:?} is no plain absolute path"));
    let bad_units = transaction
        .units
        .iter()
        .filter_map(UnitOperation::unit)
        .filter(|unit| !is_unit_name(unit.as_str()))
        .map(|unit| format!("{:?} is no name of a unit", unit.as_str()));
    let verified = transaction.verify.iter().filter_map(|verify| match verify {
        Verify::Command(command) => Some(command),
        _ => None,
    });
    let commands = transaction.validate.iter().chain(verified);
    let bad_commands = commands
        .filter(|command| command.argv.is_empty() || command.argv.iter().any(|word| word.contains('\0')))
        .map(|command| format!("{:?} is no command", command.argv));
    let lease = (transaction.lease_seconds == 0 || transaction.lease_seconds > LONGEST_LEASE)
        .then(|| format!("a lease of {} s is not from 1 to {LONGEST_LEASE}", transaction.lease_seconds));
    bad_paths.chain(bad_units).chain(bad_commands).chain(lease).collect()
}

/// A day, in seconds: who needs longer does not want a host locked meanwhile.
const LONGEST_LEASE: u32 = 86_400;

/// Absolute, without a step back, and on one line.
fn is_plain_path(path: &str) -> bool {
    path.starts_with('/') && !path.contains(['\n', '\0']) && !path.split('/').any(|part| part == "..")
}

/// As systemd.unit(5) allows: a name of these characters with a suffix.
fn is_unit_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    name.chars().all(allowed) && !name.starts_with(['-', '.']) && name.contains('.') && name.len() < 256
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
                Change::Remove { .. } => PathState::Absent,
            };
            Expect { path: change.path().clone(), resolved: change.path().clone(), state }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::transaction::{Command, Content};
    use crate::names::UnitName;

    #[test]
    fn what_no_action_plans_is_named() {
        let sound = Transaction {
            changes: vec![Change::Write {
                path: RemotePath::new("/etc/app/env file"),
                content: Content::default(),
                digest: None,
                mode: None,
                owner: None,
            }],
            units: vec![UnitOperation::Restart(UnitName::new("app@a\\x2d1.service")), UnitOperation::DaemonReload],
            lease_seconds: 60,
            ..Transaction::default()
        };
        assert_eq!(transaction_problems(&sound), Vec::<String>::new());
        for path in ["etc/passwd", "", "/etc/../passwd", "/etc/a\nb"] {
            let bad = Transaction { changes: vec![Change::Remove { path: RemotePath::new(path) }], ..sound.clone() };
            assert_eq!(transaction_problems(&bad).len(), 1, "{path:?}");
        }
        for unit in ["--force", "a b.service", "nginx", ""] {
            let bad = Transaction { units: vec![UnitOperation::Stop(UnitName::new(unit))], ..sound.clone() };
            assert_eq!(transaction_problems(&bad).len(), 1, "{unit:?}");
        }
        let nothing = Command { argv: Vec::new(), timeout_seconds: 1 };
        assert_eq!(transaction_problems(&Transaction { validate: vec![nothing], ..sound.clone() }).len(), 1);
        for lease_seconds in [0, u32::MAX] {
            assert_eq!(transaction_problems(&Transaction { lease_seconds, ..sound.clone() }).len(), 1);
        }
    }
}
