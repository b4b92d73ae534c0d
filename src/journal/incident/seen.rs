//! What a check saw, small enough for a journal and safe for everybody who reads it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::status::{Difference, HostResult, Item, Status};
use crate::names::HostName;

/// The most findings that one line keeps: the worst ones.
const MOST: usize = 100;
/// The longest value, in characters.
const LONGEST_VALUE: usize = 160;
/// The longest sentence, in characters.
const LONGEST_MESSAGE: usize = 400;

/// The kind of findings about a host as a whole, such as one that does not answer.
pub(super) const HOST: &str = "host";

/// What a check saw. Secrets stand in it as keyed digests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckSeen {
    /// The actions that looked.
    pub actions: Vec<String>,
    /// The hosts that were looked at, by how they stand.
    pub hosts: BTreeMap<Status, BTreeSet<HostName>>,
    /// What was found, the worst first; the same on several hosts is told once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// How many further findings are left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
fn is_zero(value: &usize) -> bool {
    *value == 0
}

/// Something that a check found, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// How bad it is; `None`: a warning, no difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The action that manages it, such as `env`; `host`: it is about the host as a whole.
    pub kind: String,
    /// Its name in the inventory.
    pub id: String,
    /// What differs, such as the key of an env file, or the code of an error.
    pub subject: String,
    /// What the inventory declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// What stood in the host's files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_disk: Option<String>,
    /// What ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<String>,
    /// In a sentence.
    pub message: String,
    /// On which hosts; none: it is what the world sees.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hosts: BTreeSet<HostName>,
}

impl CheckSeen {
    /// Of the result of a check.
    pub fn of(actions: &[String], hosts: &[HostResult], public: &[Item]) -> Self {
        let mut folded: BTreeMap<Finding, BTreeSet<HostName>> = BTreeMap::new();
        let mut by_status: BTreeMap<Status, BTreeSet<HostName>> = BTreeMap::new();
        for result in hosts {
            by_status.entry(result.status).or_default().insert(result.host.clone());
            let found = result.items.iter().flat_map(findings).chain(of_host(result));
            for finding in found {
                folded.entry(finding).or_default().insert(result.host.clone());
            }
        }
        for finding in public.iter().flat_map(findings) {
            folded.entry(finding).or_default();
        }
        let mut findings: Vec<Finding> =
            folded.into_iter().map(|(finding, hosts)| Finding { hosts, ..finding }).collect();
        findings.sort_by(|a, b| (b.status, &a.kind, &a.id, &a.subject).cmp(&(a.status, &b.kind, &b.id, &b.subject)));
        let more = findings.len().saturating_sub(MOST);
        findings.truncate(MOST);
        Self { actions: actions.to_vec(), hosts: by_status, findings, more }
    }

    /// What differs or could not be found out; warnings are none.
    pub fn differences(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.status.is_some())
    }

    /// Whether all that was looked at is as declared.
    pub fn is_clean(&self) -> bool {
        self.differences().next().is_none() && self.hosts.keys().all(|status| *status == Status::Ok)
    }

    /// How many hosts were looked at.
    pub fn count(&self) -> usize {
        self.hosts.values().map(BTreeSet::len).sum()
    }

    /// Whether it would have found something of this kind there.
    pub(super) fn covers(&self, finding: &Finding, host: Option<&HostName>) -> bool {
        let looked = finding.kind == HOST || self.actions.contains(&finding.kind);
        let Some(host) = host else { return looked && self.more == 0 };
        let status = self.hosts.iter().find(|(_, hosts)| hosts.contains(host)).map(|(status, _)| *status);
        let answered = match status {
            None => false,
            Some(Status::Unreachable | Status::Failed) => finding.kind == HOST,
            Some(_) => true,
        };
        // What could not be found out this time is not gone.
        let unknown = self.findings.iter().any(|other| {
            matches!(other.status, Some(Status::Unknown | Status::Failed))
                && (&other.kind, &other.id) == (&finding.kind, &finding.id)
                && other.hosts.contains(host)
        });
        looked && answered && !unknown && self.more == 0
    }
}

fn findings(item: &Item) -> Vec<Finding> {
    let of = |status: Option<Status>, subject: &str, message: &str| Finding {
        status,
        kind: item.kind.clone(),
        id: item.id.clone(),
        subject: subject.to_owned(),
        declared: None,
        on_disk: None,
        live: None,
        message: short(message, LONGEST_MESSAGE),
        hosts: BTreeSet::new(),
    };
    let differs = |difference: &Difference| {
        let [declared, on_disk, live] = [&difference.declared, &difference.on_disk, &difference.live]
            .map(|value| value.as_deref().map(|value| short(value, LONGEST_VALUE)));
        let finding = of(Some(difference.status), &difference.subject, &difference.message);
        Finding { declared, on_disk, live, ..finding }
    };
    let mut found: Vec<Finding> = item.differences.iter().map(differs).collect();
    if let Some(error) = &item.error {
        found.push(of(Some(item.status), &error.code, &error.message));
    }
    if found.is_empty() && !matches!(item.status, Status::Ok | Status::Changed | Status::Skipped) {
        found.push(of(Some(item.status), item.status.word(), item.status.word()));
    }
    found.extend(item.warnings.iter().map(|warning| of(None, &warning.subject, &warning.message)));
    found
}

fn of_host(result: &HostResult) -> Option<Finding> {
    let error = result.error.as_ref()?;
    Some(Finding {
        status: Some(result.status),
        kind: HOST.to_owned(),
        id: String::new(),
        subject: error.code.clone(),
        declared: None,
        on_disk: None,
        live: None,
        message: short(error.message.lines().next().unwrap_or_default(), LONGEST_MESSAGE),
        hosts: BTreeSet::new(),
    })
}

fn short(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}
