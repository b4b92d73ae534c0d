//! What a plan does to workers on a host: units that share their fate stand in one line.

use std::collections::BTreeSet;

use super::canvas::{Cell, GREEN, Page, RED, YELLOW};
use super::fold::names;
use super::text::{self, LONGEST_VALUE};
use crate::engine::transaction::DiffLine;
use crate::names::HostName;

/// The lines of a diff; those of units that begin or end in the same way are one.
pub(super) fn folded(lines: &[DiffLine]) -> Vec<DiffLine> {
    let is_unit = |line: &DiffLine| line.subject.ends_with(".service");
    let alike = |one: &DiffLine, other: &DiffLine| {
        is_unit(one) && is_unit(other) && (&one.before, &one.after) == (&other.before, &other.after)
    };
    let one = |same: &[DiffLine]| match same {
        [_, _, ..] => {
            let units = same.iter().map(|line| HostName::new(line.subject.as_str())).collect();
            DiffLine { subject: names(&units), ..same[0].clone() }
        }
        _ => same[0].clone(),
    };
    lines.chunk_by(alike).map(one).collect()
}

/// What begins, ends, or goes on in another way: a unit, or a line of its settings.
pub(super) fn show_line(page: &mut Page, indent: usize, line: &DiffLine) {
    let shown = |value: &Option<String>| value.as_ref().map(|value| text::inline(value, LONGEST_VALUE));
    let (style, sign, how) = match (shown(&line.before), shown(&line.after)) {
        (None, after) => (GREEN, "+ ", after.unwrap_or_default()),
        (Some(before), None) => (RED, "- ", before),
        (Some(before), Some(after)) => (YELLOW, "~ ", format!("{before} → {after}")),
    };
    let words = format!("{}  {how}", text::inline(&line.subject, LONGEST_VALUE));
    page.paragraph(indent, &Cell::new(style, sign), &Cell::new(style, words.trim_end()));
}

/// Operations in order; the same one on several units is one.
pub(super) fn operations<'a>(all: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut told: Vec<(String, BTreeSet<HostName>, String)> = Vec::new();
    for operation in all {
        let (before, unit, after) = parted(operation);
        let units = unit.map(HostName::new);
        match told.last_mut() {
            Some((start, known, end)) if !known.is_empty() && units.is_some() && start == before && end == after => {
                known.extend(units);
            }
            _ => told.push((before.to_owned(), units.into_iter().collect(), after.to_owned())),
        }
    }
    told.into_iter().map(|(before, units, after)| format!("{before}{}{after}", names(&units))).collect()
}

/// Before the unit, the unit, and after it.
fn parted(operation: &str) -> (&str, Option<&str>, &str) {
    const END: &str = ".service";
    let verb = operation.split(' ').next().unwrap_or_default();
    let unit = operation.split(' ').nth(1).filter(|word| word.ends_with(END) && word.contains('@'));
    match unit {
        Some(unit) => {
            let start = verb.len() + 1;
            (&operation[..start], Some(unit), &operation[start + unit.len()..])
        }
        None => (operation, None, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(all: &[&str]) -> Vec<String> {
        let all: Vec<String> = all.iter().map(|one| (*one).to_owned()).collect();
        operations(all.iter())
    }

    #[test]
    fn operations_on_several_units_are_one_in_their_order() {
        let all = [
            "daemon-reload",
            "enable w-20@1.service",
            "enable w-20@2.service",
            "enable w-20@10.service",
            "start w-20@1.service",
            "quiet v@1.service with TSTP",
            "quiet v@2.service with TSTP",
            "enable w-20@3.service",
        ];
        let folded = [
            "daemon-reload",
            "enable w-20@[1-2,10].service",
            "start w-20@1.service",
            "quiet v@[1-2].service with TSTP",
            "enable w-20@3.service",
        ];
        assert_eq!(told(&all), folded);
    }

    #[test]
    fn units_with_one_fate_are_one_line() {
        let line = |subject: &str, before: Option<&str>, after: Option<&str>| DiffLine {
            subject: subject.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        let lines = [
            line("w@1.service", None, Some("takes 5 connections")),
            line("w@2.service", None, Some("takes 5 connections")),
            line("w@3.service", Some("runs"), Some("runs, and starts at boot")),
            line("50-fleet.conf", None, Some("Environment=\"A=5\"")),
            line("50-fleet.conf", None, Some("Environment=\"A=5\"")),
        ];
        let folded = folded(&lines);
        assert_eq!(folded[0], line("w@[1-2].service", None, Some("takes 5 connections")));
        assert_eq!(folded[1..], lines[2..]);
    }
}
