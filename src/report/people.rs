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
pub(super) fn folded<K: Ord>(
    things: impl IntoIterator<Item = (K, HostName)>,
) -> Vec<(K, BTreeSet<HostName>)> {
    let mut places: BTreeMap<K, (usize, BTreeSet<HostName>)> = BTreeMap::new();
    for (number, (thing, host)) in things.into_iter().enumerate() {
        places
            .entry(thing)
            .or_insert_with(|| (number, BTreeSet::new()))
            .1
            .insert(host);
    }
    let mut things: Vec<_> = places.into_iter().collect();
    things.sort_by_key(|(_, (number, _))| *number);
    things
        .into_iter()
        .map(|(thing, (_, hosts))| (thing, hosts))
        .collect()
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
    Error {
        status: Status,
        message: &'a str,
        hint: Option<&'a str>,
    },
    Bare(Status),
}

impl<'a> Finding<'a> {
    fn all_of(item: &'a Item) -> Vec<Self> {
        let mut findings: Vec<Self> = item.differences.iter().map(Self::of).collect();
        if let Some(error) = &item.error {
            findings.push(Self::Error {
                status: item.status,
                message: &error.message,
                hint: error.hint.as_deref(),
            });
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
            Self::Difference { status, .. } | Self::Error { status, .. } | Self::Bare(status) => {
                *status
            }
        }
    }

    /// The cells, of which the last is the live truth, and the sentence.
    fn row(&self) -> Option<Row> {
        match self {
            Self::Difference {
                status,
                subject,
                declared,
                on_disk,
                live,
                message,
            } => {
                let [declared, on_disk, live] =
                    [declared, on_disk, live].map(|truth| Cell::value(*truth));
                let cells = vec![
                    Cell::status(*status),
                    Cell::plain(subject),
                    declared,
                    on_disk,
                    live,
                ];
                Some(Row {
                    cells,
                    notes: vec![Cell::long(DIM, message)],
                })
            }
            Self::Error { .. } | Self::Bare(_) => None,
        }
    }

    fn is_live(&self) -> bool {
        matches!(self, Self::Difference { live: Some(_), .. })
    }
}

/// What differs, item by item: hosts that share the same findings stand in one block.
pub(super) fn findings(
    page: &mut Page,
    hosts: &[HostResult],
    which: impl Fn(&HostName, &Item) -> bool,
) {
    let all = hosts.iter().flat_map(|host| {
        let items = host.items.iter().filter(|item| which(&host.host, item));
        items.flat_map(move |item| {
            let place = (item.kind.as_str(), item.id.as_str());
            // What went wrong for the host as a whole is told once, not again for each of its items.
            let told =
                |finding: &Finding| host.error.is_some() && matches!(finding, Finding::Bare(_));
            let findings = Finding::all_of(item)
                .into_iter()
                .filter(move |finding| !told(finding));
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
        page.heading(
            style,
            &format!("{kind} {id} on "),
            &names_of(&sharing, hosts.len()),
        );
        differences(page, &findings);
        for finding in &findings {
            match finding {
                Finding::Difference { .. } => {}
                Finding::Error {
                    status,
                    message,
                    hint,
                } => failure(page, *status, message, *hint),
                Finding::Bare(status) => {
                    page.paragraph(2, &Cell::status(*status), &Cell::plain(""))
                }
            }
        }
    }
}

/// A table where it fits, else one truth below the other. Where nothing live was read, nothing is said of it.
fn differences(page: &mut Page, findings: &[Finding]) {
    let mut header = vec!["", "WHAT", "DECLARED", "ON DISK", "LIVE"];
    let mut rows: Vec<Row> = findings.iter().filter_map(Finding::row).collect();
    if !findings.iter().any(Finding::is_live) {
        header.pop();
        for row in &mut rows {
            row.cells.pop();
        }
    }
    if rows.is_empty() {
        return;
    }
    if page.fits_table(2, &header, &rows) {
        page.table(2, &header, 2, &rows);
        return;
    }
    for row in rows {
        let mut cells = row.cells.into_iter();
        if let (Some(mut status), Some(subject)) = (cells.next(), cells.next()) {
            status.push("  ");
            page.paragraph(2, &status, &subject);
        }
        for (title, cell) in ["declared  ", "on disk   ", "live      "]
            .into_iter()
            .zip(cells)
        {
            page.paragraph(4, &Cell::new(DIM, title), &cell);
        }
        for note in &row.notes {
            page.paragraph(4, &Cell::plain(""), note);
        }
    }
}

fn names_of(hosts: &BTreeSet<HostName>, of: usize) -> String {
    if of > 1 {
        format!("{} ({} of {of} hosts)", names(hosts), hosts.len())
    } else {
        names(hosts)
    }
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
        let items: Vec<(&str, &str)> = host
            .items
            .iter()
            .map(|item| (item.kind.as_str(), item.id.as_str()))
            .collect();
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
    items
        .iter()
        .map(|(kind, id)| format!("{kind} {id}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Near misses and the like.
pub(super) fn warnings(page: &mut Page, hosts: &[HostResult]) {
    let all = hosts.iter().flat_map(|host| {
        host.items.iter().flat_map(|item| {
            item.warnings.iter().map(
                |Warning {
                     code,
                     subject,
                     message,
                 }| {
                    (
                        (&item.kind, &item.id, code, subject, message),
                        host.host.clone(),
                    )
                },
            )
        })
    });
    let all = folded(all);
    if !all.is_empty() {
        page.heading(YELLOW, "worth a look", "");
    }
    for ((kind, id, _, subject, message), sharing) in all {
        let place = format!(
            "{kind} {id}: {} on ",
            text::inline(subject, text::LONGEST_VALUE)
        );
        page.paragraph(
            2,
            &Cell::plain(&place),
            &Cell::long(PLAIN, &names_of(&sharing, hosts.len())),
        );
        page.paragraph(4, &Cell::plain(""), &Cell::long(DIM, message));
    }
}

/// Hosts of which there is nothing to say but that they are fine, or were left alone.
pub(super) fn quiet(page: &mut Page, hosts: &[HostResult]) {
    for (status, style, words) in [
        (Status::Ok, GREEN, "as declared"),
        (Status::Skipped, DIM, "skipped"),
    ] {
        let these: BTreeSet<HostName> = hosts
            .iter()
            .filter(|host| host.status == status && host.error.is_none())
            .filter(|host| {
                host.items
                    .iter()
                    .all(|item| item.status == Status::Ok || status != Status::Ok)
            })
            .map(|host| host.host.clone())
            .collect();
        if !these.is_empty() {
            page.heading(
                style,
                &format!("{} {words}: ", number_of(these.len(), "host")),
                &names(&these),
            );
        }
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
    let well = total > 0
        && counts.get(&Status::Ok) == Some(&total)
        && words(Status::Ok) == in_words(Status::Ok);
    if well && warnings == 0 {
        return;
    }
    page.gap();
    let mut pieces = vec![Cell::plain(&number_of(total, "host"))];
    for (status, count) in counts.iter().rev() {
        let before = if pieces.len() == 1 { ": " } else { ", " };
        pieces
            .last_mut()
            .into_iter()
            .for_each(|last| last.push(before));
        pieces.push(Cell::new(
            style_of(*status),
            &format!("{count} {}", words(*status)),
        ));
    }
    if warnings > 0 {
        pieces
            .last_mut()
            .into_iter()
            .for_each(|last| last.push("; "));
        pieces.push(Cell::new(YELLOW, &number_of(warnings, "warning")));
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
        Status::Skipped
        | Status::Stale
        | Status::Drift
        | Status::Unknown
        | Status::Failed
        | Status::Unreachable => status.word(),
    }
}

/// How many warnings there are.
pub(super) fn count_warnings(hosts: &[HostResult]) -> usize {
    hosts
        .iter()
        .flat_map(|host| &host.items)
        .map(|item| item.warnings.len())
        .sum()
}

/// Failures that have no [`HostResult`]: of each host, its status and what went wrong.
pub(super) fn failures<'a>(
    page: &mut Page,
    hosts: impl Iterator<Item = (&'a HostName, Status, Option<&'a Failure>)>,
) {
    let results: Vec<HostResult> = hosts
        .filter_map(|(host, status, error)| {
            Some(HostResult::ended(host.clone(), status, error?.clone()))
        })
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
