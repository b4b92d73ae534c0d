//! What is where after an incident, in Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::fold::names;
use super::postmortem::{MOST_ROWS, counted, cut, verdict_of};
use super::postmortem_markup::{code, code_of, plain, table};
use crate::journal::incident::{Incident, Standing};
use crate::names::HostName;

/// The longest value, in characters.
const LONGEST: usize = 80;

/// How the last check saw things, and what the runs have left.
pub(super) fn standing(incident: &Incident) -> String {
    let mut text = String::new();
    if let Some(last) = &incident.last_check {
        let (what, when) = (last.seen.actions.join(", "), last.time.strftime("%F %H:%M UTC"));
        let _ = writeln!(text, "The last check ({what}, {when}) saw {}.\n", verdict_of(&last.seen));
    }
    if !incident.standing.is_empty() {
        text.push_str("What the runs have left, where no later one has changed it:\n\n");
        let all = folded(&incident.standing);
        let row = |it: &Standing| {
            let value = it.value.as_ref().map_or_else(|| "(removed)".to_owned(), |value| code_of(value, LONGEST));
            let item = plain(&format!("{} {}", it.kind, it.id));
            vec![item, code_of(&it.subject, LONGEST), value, counted(&it.hosts), code(it.run.as_str())]
        };
        let rows: Vec<Vec<String>> = all.iter().take(MOST_ROWS).map(row).collect();
        text.push_str(&table(&["Item", "What", "Now", "Hosts", "Since run"], &rows));
        text.push_str(&cut(all.len()));
    }
    text
}

/// Units of one item that share their fate stand in one row for each host, or for hosts with just the same units.
fn folded(all: &[Standing]) -> Vec<Standing> {
    let is_unit = |it: &Standing| it.subject.ends_with(".service");
    let alike = |one: &Standing, other: &Standing| {
        is_unit(one)
            && is_unit(other)
            && (&one.kind, &one.id, &one.place, &one.value, &one.run)
                == (&other.kind, &other.id, &other.place, &other.value, &other.run)
    };
    let mut groups: Vec<Vec<&Standing>> = Vec::new();
    for it in all {
        match groups.iter_mut().find(|group| alike(group[0], it)) {
            Some(group) => group.push(it),
            None => groups.push(vec![it]),
        }
    }
    let rows = |group: Vec<&Standing>| -> Vec<Standing> {
        if let [only] = group.as_slice() {
            return vec![(*only).clone()];
        }
        let mut by_host: BTreeMap<&HostName, BTreeSet<HostName>> = BTreeMap::new();
        for it in &group {
            for host in &it.hosts {
                by_host.entry(host).or_default().insert(HostName::new(it.subject.as_str()));
            }
        }
        let mut rows: Vec<Standing> = Vec::new();
        for (host, units) in by_host {
            let subject = names(&units);
            match rows.iter_mut().find(|row| row.subject == subject) {
                Some(row) => drop(row.hosts.insert(host.clone())),
                None => rows.push(Standing { subject, hosts: BTreeSet::from([host.clone()]), ..group[0].clone() }),
            }
        }
        rows
    };
    groups.into_iter().flat_map(rows).collect()
}
