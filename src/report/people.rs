//! What several reports tell people in the same way: findings, problems, the hosts that are fine, and how many are how.

use std::collections::{BTreeMap, BTreeSet};

use super::canvas::{Cell, PLAIN, Page, YELLOW, style_of};
use super::fold::names;
use super::{
    findings,
    text::{self, number_of},
};
use crate::actions::queue;
use crate::engine::status::{Failure, HostResult, Item, Status, Warning};
use crate::names::HostName;

/// The lines of a host's output that a failure quotes.
const QUOTED: usize = 40;

/// Different things, each with the hosts that it applies to, in the order in which they first came up.
pub(super) fn folded<K: Ord>(things: impl IntoIterator<Item = (K, HostName)>) -> Vec<(K, BTreeSet<HostName>)> {
    let mut places: BTreeMap<K, (usize, BTreeSet<HostName>)> = BTreeMap::new();
    for (number, (thing, host)) in things.into_iter().enumerate() {
        places.entry(thing).or_insert_with(|| (number, BTreeSet::new())).1.insert(host);
    }
    let mut things: Vec<_> = places.into_iter().collect();
    things.sort_by_key(|(_, (number, _))| *number);
    things.into_iter().map(|(thing, (_, hosts))| (thing, hosts)).collect()
}

pub(super) fn names_of(hosts: &BTreeSet<HostName>, of: usize) -> String {
    if of > 1 { format!("{} ({} of {of} hosts)", names(hosts), hosts.len()) } else { names(hosts) }
}

pub(super) fn failure(page: &mut Page, status: Status, message: &str, hint: Option<&str>) {
    let lead = Cell::new(style_of(status), &format!("{}: ", status.word()));
    said(page, &lead, message);
    if let Some(hint) = hint {
        page.hint(2, hint);
    }
}

/// A message, of which all lines but the first are a host's output.
fn said(page: &mut Page, lead: &Cell, message: &str) {
    let (first, rest) = message.trim_end().split_once('\n').unwrap_or((message, ""));
    page.paragraph(2, lead, &Cell::long(PLAIN, first));
    page.quote(2, &text::output(rest, QUOTED));
}

/// Hosts that as a whole came to a bad end, or were left alone; the worst first.
pub(super) fn problems(page: &mut Page, hosts: &[HostResult]) {
    let all = hosts.iter().filter_map(|host| {
        let error = host.error.as_ref()?;
        let items: Vec<(&str, &str)> = host.items.iter().map(|item| (item.kind.as_str(), item.id.as_str())).collect();
        let key = (host.status, &error.code, &error.message, &error.hint, items);
        Some((key, host.host.clone()))
    });
    let mut all = folded(all);
    all.sort_by_key(|((status, ..), _)| std::cmp::Reverse(*status));
    for ((status, _, message, hint, items), sharing) in all {
        let words = match status {
            Status::RolledBack => "rolled back, all as it was before",
            other => other.word(),
        };
        page.heading(style_of(status), &format!("{words}: "), &names(&sharing));
        if !items.is_empty() {
            page.paragraph(2, &Cell::plain(""), &Cell::long(PLAIN, &list_of(&items)));
        }
        said(page, &Cell::plain(""), message);
        if let Some(hint) = hint {
            page.hint(2, hint);
        }
    }
}

pub(super) fn list_of(items: &[(&str, &str)]) -> String {
    items.iter().map(|(kind, id)| format!("{kind} {id}")).collect::<Vec<_>>().join(", ")
}

/// Near misses and the like.
pub(super) fn warnings(page: &mut Page, hosts: &[HostResult]) {
    let all = || {
        hosts.iter().flat_map(|host| {
            host.items.iter().flat_map(|item| item.warnings.iter().map(|warning| (item, warning, &host.host)))
        })
    };
    let mut subjects: BTreeMap<WarningKey<'_>, BTreeSet<HostName>> = BTreeMap::new();
    for (item, warning, _) in all() {
        subjects.entry(key_of(item, warning)).or_default().insert(HostName::new(warning.subject.as_str()));
    }
    let folded = folded(all().map(|(item, warning, host)| (key_of(item, warning), host.clone())));
    if !folded.is_empty() {
        page.heading(YELLOW, "worth a look", "");
    }
    for (key, sharing) in folded {
        let (kind, id, _, _, message) = key;
        // What it is about as a whole needs no other name.
        let about = subjects.get(&key).map(names).filter(|about| kind != queue::KIND || about != id);
        let about = about.map_or_else(String::new, |about| format!(": {}", text::inline(&about, text::LONGEST_VALUE)));
        let place = format!("{kind} {id}{about} on ");
        page.paragraph(2, &Cell::plain(&place), &Cell::long(PLAIN, &names_of(&sharing, hosts.len())));
        page.paragraph(4, &Cell::plain(""), &Cell::long(PLAIN, message));
    }
}

/// The item's kind and name, the code, the subject, the message.
type WarningKey<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

/// Warnings that are told as one. Workers are many, and alike: of what is the same for all of them, it is said once.
fn key_of<'a>(item: &'a Item, warning: &'a Warning) -> WarningKey<'a> {
    let subject = if item.kind == queue::KIND { "" } else { warning.subject.as_str() };
    (&item.kind, &item.id, &warning.code, subject, &warning.message)
}

/// Hosts of which there is nothing to say but how they are; those of the status `but` have been told of already.
pub(super) fn quiet(page: &mut Page, hosts: &[HostResult], but: Option<Status>) {
    let told =
        |host: &HostResult| host.error.is_some() || Some(host.status) == but || host.items.iter().any(findings::has);
    let mut by_status: BTreeMap<Status, BTreeSet<HostName>> = BTreeMap::new();
    for host in hosts.iter().filter(|host| !told(host)) {
        by_status.entry(host.status).or_default().insert(host.host.clone());
    }
    for (status, these) in by_status {
        let lead = format!("{} {}: ", number_of(these.len(), "host"), in_words(status));
        page.heading(style_of(status), &lead, &names(&these));
    }
}

/// How many hosts are how, the worst first: `8 hosts: 1 unreachable, 2 drift, 5 as declared; 2 warnings`.
///
/// Where all is well, [`quiet`] has said so already.
pub(super) fn summary(
    page: &mut Page,
    counts: &BTreeMap<Status, usize>,
    warnings: usize,
    words: fn(Status) -> &'static str,
) {
    let total: usize = counts.values().sum();
    let well = total > 0 && counts.get(&Status::Ok) == Some(&total) && words(Status::Ok) == in_words(Status::Ok);
    if well && warnings == 0 {
        return;
    }
    page.gap();
    let mut pieces = vec![(Cell::plain(&number_of(total, "host")), "")];
    for (status, count) in counts.iter().rev() {
        let before = if pieces.len() == 1 { ": " } else { ", " };
        let piece = Cell::new(style_of(*status), &format!("{count} {}", words(*status)));
        pieces.push((piece, before));
    }
    if warnings > 0 {
        pieces.push((Cell::new(YELLOW, &number_of(warnings, "warning")), "; "));
    }
    page.flow(&pieces);
}

/// A status in a sentence about hosts.
pub(super) fn in_words(status: Status) -> &'static str {
    match status {
        Status::Ok => "as declared",
        Status::Changed => "changed and verified",
        Status::Planned => "to be changed",
        Status::RolledBack => "rolled back",
        Status::Skipped | Status::Stale | Status::Drift | Status::Unknown | Status::Failed | Status::Unreachable => {
            status.word()
        }
    }
}

/// How many warnings there are.
pub(super) fn count_warnings(hosts: &[HostResult]) -> usize {
    hosts.iter().flat_map(|host| &host.items).map(|item| item.warnings.len()).sum()
}

/// Failures that have no [`HostResult`]: of each host, its status and what went wrong.
pub(super) fn failures<'a>(page: &mut Page, hosts: impl Iterator<Item = (&'a HostName, Status, Option<&'a Failure>)>) {
    let results: Vec<HostResult> = hosts
        .filter_map(|(host, status, error)| Some(HostResult::ended(host.clone(), status, error?.clone())))
        .collect();
    problems(page, &results);
}

/// Counts by status, of reports that have no [`HostResult`].
pub(super) fn count(statuses: impl Iterator<Item = Status>) -> BTreeMap<Status, usize> {
    statuses.fold(BTreeMap::new(), |mut counts, status| {
        *counts.entry(status).or_insert(0) += 1;
        counts
    })
}
