//! What a plan or a run changes, item by item, as a diff.

use std::collections::BTreeSet;

use super::canvas::{BOLD, CYAN, Cell, DIM, GREEN, PLAIN, Page, RED, YELLOW};
use super::fold::names;
use super::hunk;
use super::plan::PlannedWave;
use super::queue_work;
use super::text::{self, number_of};
use crate::actions::queue;
use crate::engine::transaction::{DiffLine, ItemSummary};
use crate::names::HostName;

/// The action whose values are words, and none of a file's own lines.
const CERT: &str = "cert";

/// The action whose units are many, and alike.
const QUEUE: &str = queue::KIND;

/// Whether it tells of the host, and not of what is made elsewhere for it.
pub(super) fn is_on_host(item: &ItemSummary) -> bool {
    item.place.starts_with('/')
}

/// What is ordered elsewhere, once for all hosts that are to have it.
pub(super) fn show_orders(page: &mut Page, waves: &[PlannedWave]) {
    let mut orders: Vec<(&ItemSummary, BTreeSet<HostName>)> = Vec::new();
    for host in waves.iter().flat_map(|wave| &wave.hosts) {
        for item in host.items.iter().filter(|item| !is_on_host(item)) {
            match orders.iter_mut().find(|(known, _)| *known == item) {
                Some((_, hosts)) => drop(hosts.insert(host.host.clone())),
                None => orders.push((item, BTreeSet::from([host.host.clone()]))),
            }
        }
    }
    if !orders.is_empty() {
        page.heading(BOLD, "", "to be ordered");
    }
    for (item, hosts) in orders {
        let title = format!("{} {}  ", item.kind, item.id);
        page.paragraph(2, &Cell::plain(&title), &Cell::new(DIM, &item.place));
        let whom = match hosts.len() {
            1 => names(&hosts),
            count => format!("{} ({})", names(&hosts), number_of(count, "host")),
        };
        let mut told: Vec<(&str, String)> = vec![("for", whom)];
        for DiffLine { subject, after, .. } in &item.diff {
            let after = after.clone().unwrap_or_default();
            match subject.as_str() {
                "txt" => {
                    told.push(("writes", format!("the TXT record {after}, and removes it; no other record changes")));
                }
                subject => told.push((subject, after)),
            }
        }
        for (subject, text) in told {
            page.paragraph(4, &Cell::new(DIM, &format!("{subject:8}")), &Cell::long(PLAIN, &text));
        }
    }
}

/// What items change, from what to what; the places of one item stand in one block.
pub(super) fn show_items(page: &mut Page, indent: usize, items: &[ItemSummary]) {
    for same in items.chunk_by(|one, other| (&one.kind, &one.id) == (&other.kind, &other.id)) {
        let title = format!("{} {}  ", same[0].kind, same[0].id);
        if let [item] = same {
            page.paragraph(indent, &Cell::plain(&title), &Cell::new(DIM, &item.place));
            show_diff(page, indent + 2, item);
        } else {
            page.paragraph(indent, &Cell::plain(&title), &Cell::plain(""));
            for item in same {
                page.paragraph(indent + 2, &Cell::plain(""), &Cell::new(DIM, &item.place));
                show_diff(page, indent + 4, item);
            }
        }
        let operations = same.iter().flat_map(|item| &item.operations);
        let operations: Vec<String> = match same[0].kind.as_str() {
            QUEUE => queue_work::operations(operations),
            _ => operations.map(|operation| in_words(operation)).collect(),
        };
        for (number, operation) in operations.iter().enumerate() {
            let lead = if number == 0 { "then " } else { "     " };
            page.paragraph(indent + 2, &Cell::new(CYAN, lead), &Cell::long(PLAIN, operation));
        }
    }
}

fn show_diff(page: &mut Page, indent: usize, item: &ItemSummary) {
    if item.kind == CERT {
        for line in &folded(&item.diff) {
            show_change(page, indent, line);
        }
        return;
    }
    if item.kind == QUEUE {
        for line in &queue_work::folded(&item.diff) {
            queue_work::show_line(page, indent, line);
        }
        return;
    }
    for line in &item.diff {
        if hunk::is_one(line) {
            hunk::show(page, indent, line);
        } else {
            show_line(page, indent, line);
        }
    }
}

/// Links that lead from one directory to another are one line: their own names stand before it.
fn folded(lines: &[DiffLine]) -> Vec<DiffLine> {
    let directory = |value: &Option<String>| Some(value.as_ref()?.rsplit_once('/')?.0.to_owned());
    let ends = |line: &DiffLine| {
        let own = line.after.as_ref().is_some_and(|after| after.rsplit('/').next() == Some(&line.subject));
        let before = directory(&line.before);
        (own && (before.is_some() || line.before.is_none())).then(|| (before, directory(&line.after)))
    };
    let alike = |one: &DiffLine, other: &DiffLine| ends(one).is_some() && ends(one) == ends(other);
    lines
        .chunk_by(alike)
        .map(|same| match (same, ends(&same[0])) {
            ([_, _, ..], Some((before, after))) => {
                let subjects: Vec<&str> = same.iter().map(|line| line.subject.as_str()).collect();
                DiffLine { subject: subjects.join(", "), before, after }
            }
            _ => same[0].clone(),
        })
        .collect()
}

/// A change of something that has a name for people.
fn show_change(page: &mut Page, indent: usize, line: &DiffLine) {
    let shown =
        |value: &Option<String>| value.as_ref().map_or_else(|| "(none)".to_owned(), |value| shown(&in_words(value)));
    let (subject, before, after) = (shown(&Some(line.subject.clone())), shown(&line.before), shown(&line.after));
    let short = format!("{subject}  {before} → {after}");
    let style = if line.before.is_none() { GREEN } else { YELLOW };
    let sign = if line.before.is_none() { "+ " } else { "~ " };
    if page.fits(indent + 2, &short) {
        page.paragraph(indent, &Cell::new(style, sign), &Cell::new(style, &short));
        return;
    }
    page.paragraph(indent, &Cell::new(style, sign), &Cell::new(style, &subject));
    if line.before.is_some() {
        page.paragraph(indent + 2, &Cell::new(RED, "- "), &Cell::new(RED, &before));
    }
    page.paragraph(indent + 2, &Cell::new(GREEN, "+ "), &Cell::new(GREEN, &after));
}

/// What does not exist yet has a name in braces, `{{cert/media/next/serial}}`; for people it is that of the thing.
pub(super) fn in_words(text: &str) -> String {
    let mut parts = text.split("{{");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("}}") {
            Some((name, rest)) => {
                let what = match name.rsplit('/').next().unwrap_or(name) {
                    "not-after" => "its end",
                    "serial" => "its serial",
                    other => other,
                };
                whole.extend(["‹", what, "›", rest]);
            }
            None => whole.extend(["{{", part]),
        }
    }
    whole
}

fn shown(value: &str) -> String {
    text::inline(value, text::LONGEST_VALUE)
}

/// A change stands on one line where it fits, else as two.
fn show_line(page: &mut Page, indent: usize, line: &DiffLine) {
    let subject = shown(&line.subject);
    let pair = |value: &str| format!("{subject}={}", shown(value));
    match (&line.before, &line.after) {
        (Some(before), Some(after)) => {
            let short = format!("{subject}  {} → {}", visible(before), visible(after));
            if page.fits(indent + 2, &short) {
                page.paragraph(indent, &Cell::new(YELLOW, "~ "), &Cell::new(YELLOW, &short));
            } else {
                page.paragraph(indent, &Cell::new(RED, "- "), &Cell::new(RED, &pair(before)));
                page.paragraph(indent, &Cell::new(GREEN, "+ "), &Cell::new(GREEN, &pair(after)));
            }
        }
        (Some(before), None) => {
            page.paragraph(indent, &Cell::new(RED, "- "), &Cell::new(RED, &pair(before)));
        }
        (None, Some(after)) => {
            page.paragraph(indent, &Cell::new(GREEN, "+ "), &Cell::new(GREEN, &pair(after)));
        }
        (None, None) => page.paragraph(indent, &Cell::new(YELLOW, "~ "), &Cell::new(YELLOW, &subject)),
    }
}

fn visible(value: &str) -> String {
    if value.is_empty() { "(empty)".to_owned() } else { shown(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_exist_yet_is_told_in_words() {
        assert_eq!(in_words("versions/{{cert/a@b/next/serial}}/x"), "versions/‹its serial›/x");
        assert_eq!(
            in_words("{{cert/a/next/serial}}, until {{cert/a/next/not-after}}"),
            "‹its serial›, until ‹its end›"
        );
        assert_eq!(in_words("a {{ b"), "a {{ b");
    }

    #[test]
    fn links_with_the_same_ends_are_one_line() {
        let line = |subject: &str, before: Option<&str>, after: &str| DiffLine {
            subject: subject.to_owned(),
            before: before.map(str::to_owned),
            after: Some(after.to_owned()),
        };
        let lines = [
            line("cert.pem", Some("../a/cert4.pem"), "/c/cert.pem"),
            line("chain.pem", Some("../a/chain4.pem"), "/c/chain.pem"),
            line("privkey.pem", None, "/c/privkey.pem"),
            line("current", Some("versions/1"), "versions/2"),
        ];
        let folded = folded(&lines);
        assert_eq!(folded[0], line("cert.pem, chain.pem", Some("../a"), "/c"));
        assert_eq!(folded[1..], lines[2..]);
    }
}
