//! The words in which fleet reports: statuses, items, differences. Scripts depend on them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names::HostName;

/// The state of an item or a host, from best to worst: the order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// As declared, on disk and live.
    Ok,
    /// Changed by this run, and verified.
    Changed,
    /// Not looked at, or left alone on purpose; the error says why.
    Skipped,
    /// Would be changed by `apply`.
    Planned,
    /// On disk as declared, but what runs has not taken it up.
    Stale,
    /// On disk not as declared.
    Drift,
    /// Could not be found out.
    Unknown,
    /// A change failed, and the host was put back as it was.
    RolledBack,
    /// A change or a look failed.
    Failed,
    /// The host did not answer.
    Unreachable,
}

impl Status {
    /// The word used in JSON, tables and docs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Changed => "changed",
            Self::Skipped => "skipped",
            Self::Planned => "planned",
            Self::Stale => "stale",
            Self::Drift => "drift",
            Self::Unknown => "unknown",
            Self::RolledBack => "rolled-back",
            Self::Failed => "failed",
            Self::Unreachable => "unreachable",
        }
    }
}

/// What went wrong, for people and for scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// A stable word in kebab-case, such as `host-changed`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Failure {
    /// A failure with a hint.
    pub fn new(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: Some(hint.into()) }
    }

    /// A failure whose message says it all.
    pub fn bare(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: None }
    }
}

/// One difference between the three truths, as it may be shown to anybody: secrets stand as keyed digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// What differs, such as the key of an env file, or `mode`.
    pub subject: String,
    /// [`Status::Drift`], [`Status::Stale`] or [`Status::Unknown`].
    pub status: Status,
    /// What the inventory declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// What stands in the host's files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_disk: Option<String>,
    /// What runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<String>,
    /// In a sentence: what differs from what.
    pub message: String,
    /// Whether `apply` would mend it; else only a person can.
    pub repairable: bool,
}

/// Something worth a look that is not a difference; it fails a check only with `--strict`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// A stable word in kebab-case, such as `near-miss`.
    pub code: String,
    /// What it is about, such as the key of an env file.
    pub subject: String,
    /// In a sentence.
    pub message: String,
}

/// One managed thing on one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// The action that manages it, such as `env`.
    pub kind: String,
    /// Its name in the inventory.
    pub id: String,
    /// How it stands.
    pub status: Status,
    /// What differs, in the order to be shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// What is worth a look.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

impl Item {
    /// How it stands once `apply` has mended what it can.
    pub fn left(&self) -> Status {
        let left = self.differences.iter().filter(|difference| !difference.repairable);
        left.map(|difference| difference.status).max().unwrap_or(Status::Ok)
    }
}

/// One host in a result: every selected host is in every result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostResult {
    /// Its name in the inventory.
    pub host: HostName,
    /// The worst status of its items, or the host's own.
    pub status: Status,
    /// What was looked at or changed.
    pub items: Vec<Item>,
    /// What went wrong for the host as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

impl HostResult {
    /// A host whose status is the worst of its items'.
    pub fn of_items(host: HostName, items: Vec<Item>) -> Self {
        let status = items.iter().map(|item| item.status).max().unwrap_or(Status::Ok);
        Self { host, status, items, error: None }
    }

    /// A host that as a whole came to this end.
    pub fn ended(host: HostName, status: Status, error: Failure) -> Self {
        Self { host, status, items: Vec::new(), error: Some(error) }
    }
}

/// How many hosts have each status.
pub fn counts(hosts: &[HostResult]) -> BTreeMap<Status, usize> {
    let mut counts = BTreeMap::new();
    for host in hosts {
        *counts.entry(host.status).or_insert(0) += 1;
    }
    counts
}
