//! What several reports tell people in the same way: findings, problems, the hosts that are fine, and how many are how.

use std::collections::{BTreeMap, BTreeSet};

use super::canvas::{Cell, DIM, GREEN, PLAIN, Page, Row, YELLOW, style_of};
use super::fold::names;
use super::text::{self, number_of};
use crate::engine::status::{Difference, Failure, HostResult, Item, Status, Warning};
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

/// Something that one or more hosts have in common; the fields stand in the order of the table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Finding<'a> {
    Difference {
        status: Status,
        subject: &'a str,
        declared: Option<&'a str>,
        on_disk: Option<&'a str>,
        live: Option<&'a str>,
        message: &'a str,
    },
    Error { status: Status, message: &'a str, hint: Option<&'a str> },
    Bare(Status),
}

impl<'a> Finding<'a> {
    fn all_of(item: &'a Item) -> Vec<Self> {
        let mut findings: Vec<Self> = item.differences.iter().map(Self::of).collect();
        if let Some(error) = &item.error {
            findings.push(Self::Error { status: item.status, message: &error.message, hint: error.hint.as_deref() });
        }
        if findings.is_empty() && !matches!(item.status, Status::Ok | Status::Changed) {
            findings.push(Self::Bare(item.status));
        }
        findings
    }

    fn of(difference: &'a Difference) -> Self {
        Self::Difference {
            status: difference.status,
            subject: &difference.subject,
            declared: difference.declared.as_deref(),
            on_disk: difference.on_disk.as_deref(),
            live: difference.live.as_deref(),
            message: &difference.message,
        }
    }

    fn status(&self) -> Status {
        match self {
            Self::Difference { status, .. } | Self::Error { status, .. } | Self::Bare(status) => *status,
        }
    }

    fn row(&self) -> Row {
        match self {
            Self::Difference { status, subject, declared, on_disk, live, message } => Row {
                cells: vec![
                    Cell::status(*status),
                    Cell::plain(subject),
                    Cell::value(*declared),
                    Cell::value(*on_disk),
                    Cell::value(*live),
                ],
                notes: vec![Cell::long(DIM, message)],
            },
            Self::Error { .. } | Self::Bare(_) => Row::new(Vec::new()),
        }
    }
}

/// What differs, item by item: hosts that share the same findings stand in one block.
pub(super) fn findings(page: &mut Page, hosts: &[HostResult], which: impl Fn(&HostName, &Item) -> bool) {
    let all = hosts.iter().flat_map(|host| {
        let items = host.items.iter().filter(|item| which(&host.host, item));
        items.flat_map(move |item| {
            let place = (item.kind.as_str(), item.id.as_str());
            // What went wrong for the host as a whole is told once, not again for each of its items.
            let told = |finding: &Finding| host.error.is_some() && matches!(finding, Finding::Bare(_));
            let findings = Finding::all_of(item).into_iter().filter(move |finding| !told(finding));
            findings.map(move |finding| ((place, finding), host.host.clone()))
        })
    });
    let mut blocks: Vec<((&str, &str), BTreeSet<HostName>, Vec<Finding>)> = Vec::new();
    let mut at: BTreeMap<((&str, &str), BTreeSet<HostName>), usize> = BTreeMap::new();
    for ((place, finding), hosts) in folded(all) {
        let number = *at.entry((place, hosts.clone())).or_insert_with(|| {
            blocks.push((place, hosts, Vec::new()));
            blocks.len() - 1
        });
        blocks[number].2.push(finding);
    }
    let worst = |findings: &[Finding]| findings.iter().map(Finding::status).max();
    blocks.sort_by_key(|(_, _, findings)| std::cmp::Reverse(worst(findings)));

    for ((kind, id), sharing, findings) in blocks {
        let style = worst(&findings).map_or(PLAIN, style_of);
        page.heading(style, &format!("{kind} {id} on "), &names_of(&sharing, hosts.len()));
        let (table, others): (Vec<_>, Vec<_>) =
            findings.iter().partition(|finding| matches!(finding, Finding::Difference { .. }));
        if !table.is_empty() {
            let rows: Vec<Row> = table.into_iter().map(Finding::row).collect();
            page.table(2, &["", "WHAT", "DECLARED", "ON DISK", "LIVE"], 2, &rows);
        }
        for finding in others {
            match finding {
                Finding::Error { status, message, hint } => failure(page, *status, message, *hint),
                Finding::Difference { status, .. } | Finding::Bare(status) => {
                    page.paragraph(2, &Cell::status(*status), &Cell::plain(""));
                }
            }
        }
    }
}

fn names_of(hosts: &BTreeSet<HostName>, of: usize) -> String {
    if of > 1 { format!("{} ({} of {of} hosts)", names(hosts), hosts.len()) } else { names(hosts) }
}

fn failure(page: &mut Page, status: Status, message: &str, hint: Option<&str>) {
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
        page.heading(style_of(status), &format!("{}: ", status.word()), &names(&sharing));
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
    let all = hosts.iter().flat_map(|host| {
        host.items.iter().flat_map(|item| {
            item.warnings.iter().map(|Warning { code, subject, message }| {
                ((&item.kind, &item.id, code, subject, message), host.host.clone())
            })
        })
    });
    let all = folded(all);
    if !all.is_empty() {
        page.heading(YELLOW, "worth a look", "");
    }
    for ((kind, id, _, subject, message), sharing) in all {
        let place = format!("{kind} {id}: {} on ", text::inline(subject, text::LONGEST_VALUE));
        page.paragraph(2, &Cell::plain(&place), &Cell::long(PLAIN, &names_of(&sharing, hosts.len())));
        page.paragraph(4, &Cell::plain(""), &Cell::long(DIM, message));
    }
}

/// Hosts of which there is nothing to say but that they are fine, or were left alone.
pub(super) fn quiet(page: &mut Page, hosts: &[HostResult]) {
    for (status, style, words) in [(Status::Ok, GREEN, "as declared"), (Status::Skipped, DIM, "skipped")] {
        let these: BTreeSet<HostName> = hosts
            .iter()
            .filter(|host| host.status == status && host.error.is_none())
            .filter(|host| host.items.iter().all(|item| item.status == Status::Ok || status != Status::Ok))
            .map(|host| host.host.clone())
            .collect();
        if !these.is_empty() {
            page.heading(style, &format!("{} {words}: ", number_of(these.len(), "host")), &names(&these));
        }
    }
}

/// How many hosts are how, the worst first: `8 hosts: 1 unreachable, 2 drift, 5 as declared`.
pub(super) fn summary(page: &Page, counts: &BTreeMap<Status, usize>, warnings: usize) -> String {
    let total: usize = counts.values().sum();
    let parts: Vec<String> = counts
        .iter()
        .rev()
        .map(|(status, count)| page.paint(style_of(*status), &format!("{count} {}", in_words(*status))))
        .collect();
    let mut summary = number_of(total, "host");
    if !parts.is_empty() {
        summary = format!("{summary}: {}", parts.join(", "));
    }
    if warnings > 0 {
        let warnings = page.paint(YELLOW, &number_of(warnings, "warning"));
        summary = format!("{summary}; {warnings}");
    }
    summary
}

fn in_words(status: Status) -> &'static str {
    match status {
        Status::Ok => "as declared",
        Status::Changed => "changed and verified",
        Status::Planned => "to be changed",
        Status::RolledBack => "rolled back",
        Status::Skipped | Status::Stale | Status::Drift | Status::Unknown | Status::Failed | Status::Unreachable => status.word(),
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
