//! What checks found in an incident: since when, until when, and after which runs it was gone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::runs::{Applied, Whole};
use super::seen::{CheckSeen, Finding};
use crate::engine::transaction::ItemSummary;
use crate::names::{HostName, RunId};

/// Something that checks found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Found {
    /// What, and on which hosts, as it was seen first.
    #[serde(flatten)]
    pub finding: Finding,
    /// The first check that saw it.
    pub first_seen: Timestamp,
    /// The last check that saw it.
    pub last_seen: Timestamp,
    /// The first check that looked there and did not see it any more; `None`: it is there still, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean_at: Option<Timestamp>,
    /// The runs that changed something there in between.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub helped_by: Vec<RunId>,
}

/// The kind, the name, the subject, whether it is a warning, and the host.
type Key = (String, String, String, bool, Option<HostName>);

/// What is known of one finding on one host.
#[derive(Clone)]
struct Known {
    finding: Finding,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

/// Follows what checks see, in the order of time.
#[derive(Default)]
pub(super) struct Following {
    open: BTreeMap<Key, Known>,
    over: Vec<(Known, Option<HostName>, Timestamp)>,
}

/// What a check saw that the checks before had not, and the other way round; warnings are left out.
#[derive(Default)]
pub(super) struct Delta {
    pub(super) appeared: Vec<Finding>,
    pub(super) gone: Vec<Finding>,
}

impl Following {
    /// Takes up the next check.
    pub(super) fn take(&mut self, time: Timestamp, seen: &CheckSeen) -> Delta {
        let mut delta = Delta::default();
        let mut present: BTreeSet<Key> = BTreeSet::new();
        for finding in &seen.findings {
            for host in places(finding) {
                let key = key(finding, host.clone());
                present.insert(key.clone());
                if let Some(known) = self.open.get_mut(&key) {
                    known.last_seen = time;
                    continue;
                }
                let finding = Finding { hosts: host.into_iter().collect(), ..finding.clone() };
                delta.appeared.push(finding.clone());
                self.open.insert(key, Known { finding, first_seen: time, last_seen: time });
            }
        }
        let gone: Vec<Key> = self
            .open
            .iter()
            .filter(|(key, known)| !present.contains(*key) && seen.covers(&known.finding, key.4.as_ref()))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            if let Some(known) = self.open.remove(&key) {
                delta.gone.push(known.finding.clone());
                self.over.push((known, key.4, time));
            }
        }
        for findings in [&mut delta.appeared, &mut delta.gone] {
            findings.retain(|finding| finding.status.is_some());
            *findings = folded(std::mem::take(findings));
        }
        delta
    }

    /// All that was found, and the warnings that are left.
    pub(super) fn finish(self, runs: &[Whole]) -> (Vec<Found>, Vec<Finding>) {
        let mut warnings = Vec::new();
        let mut found: Vec<Found> = Vec::new();
        let over = self.over.into_iter().map(|(known, host, clean_at)| (known, host, Some(clean_at)));
        let open = self.open.into_iter().map(|(key, known)| (known, key.4, None));
        for (known, host, clean_at) in over.chain(open) {
            if known.finding.status.is_none() {
                if clean_at.is_none() {
                    warnings.push(known.finding);
                }
                continue;
            }
            let helped_by = match clean_at {
                Some(clean_at) => helped(runs, &known, host.as_ref(), clean_at),
                None => Vec::new(),
            };
            let Known { finding, first_seen, last_seen } = known;
            let one = Found { finding, first_seen, last_seen, clean_at, helped_by };
            match found.iter_mut().find(|other| alike(other, &one)) {
                Some(other) => other.finding.hosts.extend(one.finding.hosts),
                None => found.push(one),
            }
        }
        found.sort_by(|a, b| {
            (a.first_seen, b.finding.status, &a.finding.kind, &a.finding.id, &a.finding.subject).cmp(&(
                b.first_seen,
                a.finding.status,
                &b.finding.kind,
                &b.finding.id,
                &b.finding.subject,
            ))
        });
        (found, folded(warnings))
    }
}

/// The hosts of a finding, or the world.
fn places(finding: &Finding) -> Vec<Option<HostName>> {
    if finding.hosts.is_empty() { vec![None] } else { finding.hosts.iter().cloned().map(Some).collect() }
}

fn key(finding: &Finding, host: Option<HostName>) -> Key {
    (finding.kind.clone(), finding.id.clone(), finding.subject.clone(), finding.status.is_none(), host)
}

fn alike(one: &Found, other: &Found) -> bool {
    let bare = |found: &Found| Finding { hosts: BTreeSet::new(), ..found.finding.clone() };
    // What the world sees is no host's.
    one.finding.hosts.is_empty() == other.finding.hosts.is_empty()
        && (one.first_seen, one.last_seen, one.clean_at) == (other.first_seen, other.last_seen, other.clean_at)
        && one.helped_by == other.helped_by
        && bare(one) == bare(other)
}

/// The same on several hosts becomes one.
fn folded(findings: Vec<Finding>) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for finding in findings {
        let bare = |finding: &Finding| Finding { hosts: BTreeSet::new(), ..finding.clone() };
        let same =
            |other: &&mut Finding| other.hosts.is_empty() == finding.hosts.is_empty() && bare(other) == bare(&finding);
        match all.iter_mut().find(same) {
            Some(other) => other.hosts.extend(finding.hosts),
            None => all.push(finding),
        }
    }
    all
}

/// The runs that changed the thing there between the last check that saw it and the first that did not; else those that
/// changed it on other hosts, as queues are balanced over several; else those that changed something else there.
fn helped(runs: &[Whole], known: &Known, host: Option<&HostName>, clean_at: Timestamp) -> Vec<RunId> {
    let finding = &known.finding;
    let here = |applied: &Applied<'_>| host.is_none_or(|host| host == applied.host);
    let itself = |applied: &Applied<'_>| {
        let is = |item: &ItemSummary| (&item.kind, &item.id) == (&finding.kind, &finding.id);
        applied.changes.iter().any(is)
    };
    let those = |which: &dyn Fn(&Applied<'_>) -> bool| {
        let mut names: Vec<RunId> = Vec::new();
        for applied in runs.iter().flat_map(Whole::applied) {
            let between = applied.ended > known.last_seen && applied.ended <= clean_at;
            if between && which(&applied) && !names.contains(applied.run) {
                names.push(applied.run.clone());
            }
        }
        names
    };
    let tries: [&dyn Fn(&Applied<'_>) -> bool; 3] =
        [&|it| here(it) && itself(it), &itself, &|it| host.is_some() && here(it)];
    tries.into_iter().map(those).find(|names| !names.is_empty()).unwrap_or_default()
}
