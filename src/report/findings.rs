//! What differs, told once for all hosts that share it.

use std::collections::{BTreeMap, BTreeSet};

use super::canvas::{Cell, DIM, PLAIN, Page, Row, style_of};
use super::people::{failure, folded, names_of};
use super::queue_findings;
use crate::actions::cert;
use crate::engine::status::{Difference, HostResult, Item, Status};
use crate::names::HostName;

/// The action whose differences have an urgency of their own.
const CERT: &str = "cert";

/// The kind and name of an item, the hosts that share findings about it, and these.
type Block<'a> = ((&'a str, &'a str), BTreeSet<HostName>, Vec<Finding<'a>>);

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
        /// A truth that is not known says nothing: the sentence says it all.
        sparse: bool,
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
        let mut findings: Vec<Self> = item.differences.iter().map(|difference| Self::of(item, difference)).collect();
        if let Some(error) = &item.error {
            findings.push(Self::Error { status: item.status, message: &error.message, hint: error.hint.as_deref() });
        }
        if findings.is_empty() && !matches!(item.status, Status::Ok | Status::Changed) {
            findings.push(Self::Bare(item.status));
        }
        findings
    }

    fn of(item: &'a Item, difference: &'a Difference) -> Self {
        Self::Difference {
            status: difference.status,
            subject: &difference.subject,
            declared: difference.declared.as_deref(),
            on_disk: difference.on_disk.as_deref(),
            live: difference.live.as_deref(),
            message: &difference.message,
            sparse: item.kind == CERT,
        }
    }

    fn status(&self) -> Status {
        match self {
            Self::Difference { status, .. } | Self::Error { status, .. } | Self::Bare(status) => *status,
        }
    }

    /// The cells, of which the last is the live truth, and the sentence.
    fn row(&self) -> Option<Row> {
        match self {
            Self::Difference { status, subject, declared, on_disk, live, message, sparse } => {
                let truth = |truth: Option<&str>| match truth {
                    None if *sparse => Cell::plain(""),
                    truth => Cell::truth(truth),
                };
                let [declared, on_disk, live] = [*declared, *on_disk, *live].map(truth);
                let cells = vec![Cell::status(*status), Cell::plain(subject), declared, on_disk, live];
                Some(Row { cells, notes: vec![Cell::long(PLAIN, message)] })
            }
            Self::Error { .. } | Self::Bare(_) => None,
        }
    }

    fn is_live(&self) -> bool {
        matches!(self, Self::Difference { live: Some(_), .. })
    }

    /// What must be mended first stands first.
    fn urgency(&self, kind: &str) -> u8 {
        match self {
            Self::Difference { subject, .. } if kind == CERT => cert::urgency(subject),
            _ => u8::MAX,
        }
    }
}

/// Whether there is anything to tell of an item beside warnings.
pub(super) fn has(item: &Item) -> bool {
    !Finding::all_of(item).is_empty()
}

/// What differs, item by item: hosts that share the same findings stand in one block.
pub(super) fn show(page: &mut Page, hosts: &[HostResult], which: impl Fn(&HostName, &Item) -> bool) {
    queue_findings::show(page, hosts, &which);
    let all = hosts.iter().flat_map(|host| {
        let items = host.items.iter().filter(|item| which(&host.host, item));
        items.flat_map(move |item| {
            let place = (item.kind.as_str(), item.id.as_str());
            // What went wrong for the host as a whole is told once, not again for each of its items.
            let told = |finding: &Finding| match finding {
                Finding::Bare(_) => host.error.is_some(),
                Finding::Error { .. } => queue_findings::is_told(item),
                Finding::Difference { subject, .. } => queue_findings::is_in_table(item, subject),
            };
            let findings = Finding::all_of(item).into_iter().filter(move |finding| !told(finding));
            findings.map(move |finding| ((place, finding), host.host.clone()))
        })
    });
    let mut blocks: Vec<Block> = Vec::new();
    let mut at: BTreeMap<((&str, &str), BTreeSet<HostName>), usize> = BTreeMap::new();
    for ((place, finding), hosts) in folded(all) {
        let number = *at.entry((place, hosts.clone())).or_insert_with(|| {
            blocks.push((place, hosts, Vec::new()));
            blocks.len() - 1
        });
        blocks[number].2.push(finding);
    }
    let worst = |findings: &[Finding]| findings.iter().map(Finding::status).max();
    let urgent = |kind: &str, findings: &[Finding]| {
        findings.iter().map(|finding| finding.urgency(kind)).min().unwrap_or(u8::MAX)
    };
    blocks.sort_by_key(|((kind, _), _, findings)| (urgent(kind, findings), std::cmp::Reverse(worst(findings))));

    for ((kind, id), sharing, findings) in blocks {
        block(page, &format!("{kind} {id} on "), &names_of(&sharing, hosts.len()), &findings);
    }
}

/// What the world sees otherwise than declared.
pub(super) fn show_public(page: &mut Page, items: &[Item]) {
    for item in items {
        let findings = Finding::all_of(item);
        if !findings.is_empty() {
            block(page, &format!("{} {} ", item.kind, item.id), "as the world sees it", &findings);
        }
    }
}

fn block(page: &mut Page, lead: &str, whom: &str, findings: &[Finding]) {
    let style = findings.iter().map(Finding::status).max().map_or(PLAIN, style_of);
    page.heading(style, lead, whom);
    differences(page, findings);
    for finding in findings {
        match finding {
            Finding::Difference { .. } => {}
            Finding::Error { status, message, hint } => failure(page, *status, message, *hint),
            Finding::Bare(status) => {
                page.paragraph(2, &Cell::status(*status), &Cell::plain(""));
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
    // A column in which nothing stands is none.
    for column in (2..header.len()).rev() {
        if rows.iter().all(|row| row.cells.get(column).is_none_or(Cell::is_empty)) {
            header.remove(column);
            for row in &mut rows {
                row.cells.remove(column);
            }
        }
    }
    if rows.is_empty() {
        return;
    }
    // Of a sentence alone, there is no table.
    if header.len() > 2 && page.fits_table(2, &header, &rows) {
        page.table(2, &header, 2, &rows);
        return;
    }
    for row in rows {
        let mut cells = row.cells.into_iter();
        if let (Some(mut status), Some(subject)) = (cells.next(), cells.next()) {
            status.push("  ");
            page.paragraph(2, &status, &subject);
        }
        for (title, cell) in header[2..].iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            let title = format!("{:10}", title.to_lowercase());
            page.paragraph(4, &Cell::new(DIM, &title), &cell);
        }
        for note in &row.notes {
            page.paragraph(4, &Cell::plain(""), note);
        }
    }
}
