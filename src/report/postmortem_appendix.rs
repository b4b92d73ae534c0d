//! The appendix of a postmortem: each run with its digests, and its whole diff.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::fold::names;
use super::incident::span;
use super::postmortem_markup::{block, code, plain};
use super::postmortem_runs::{self, By, Told};
use super::postmortem_timeline::ended;
use super::queue_work;
use super::summary::in_words;
use super::text::{inline, number_of};
use crate::journal::incident::{Incident, IncidentRun};
use crate::names::HostName;

/// The longest value, in characters.
const LONG: usize = 400;
/// How many operations of hosts that underwent the same are told.
const MOST_OPERATIONS: usize = 16;

/// Every run.
pub(super) fn appendix(incident: &Incident) -> String {
    incident.runs.iter().map(|run| head(run) + &diffs(run) + "\n").collect()
}

fn head(run: &IncidentRun) -> String {
    let mut text = format!("### Run {}\n\n", code(run.run.as_str()));
    let mut point = |name: &str, value: String| {
        let _ = writeln!(text, "- {name}: {value}");
    };
    point("Who", plain(&format!("{}@{}", run.who.user, run.who.machine)));
    point("When", format!("{} UTC, for {}", run.time.strftime("%F %T"), duration(run.time, run.ended)));
    point("What", plain(&run.actions.join(", ")));
    if let Some(playbook) = &run.playbook {
        point("Playbook", plain(playbook));
    }
    if !run.plan.is_empty() {
        point("Plan (SHA-256)", code(&run.plan));
    }
    if let Some(commit) = &run.inventory.commit {
        let dirty = if run.inventory.dirty { ", with changes that were not committed" } else { "" };
        point("Inventory", format!("commit {}{dirty}", code(commit)));
    }
    if !run.approved_by.is_empty() {
        point("Approved by", plain(&run.approved_by.join(", ")));
    }
    if let Some(reason) = &run.break_glass {
        point("Break-glass", plain(reason));
    }
    if run.waves.len() > 1 {
        let name = |(number, name): (&u32, &String)| match name.as_str() {
            "" => number.to_string(),
            name => format!("{number} {name}"),
        };
        let told: Vec<String> = run.waves.iter().map(name).collect();
        point("Waves", plain(&told.join("; ")));
    }
    text
}

/// A run is soon over, and seconds matter.
fn duration(from: Timestamp, to: Timestamp) -> String {
    match to.as_second() - from.as_second() {
        seconds @ 0..60 => format!("{seconds} s"),
        _ => span(from, to),
    }
}

fn diffs(run: &IncidentRun) -> String {
    let mut text = String::new();
    for told in &postmortem_runs::told(run, By::Action) {
        if told.items.iter().all(|item| item.diff.is_empty()) {
            continue;
        }
        let _ = writeln!(text, "\n{} on {}:\n", ended(told.outcome), told.places());
        text.push_str(&block(0, "diff", &diff(told)));
    }
    text
}

fn diff(told: &Told<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let value = |value: &str| inline(&in_words(value), LONG);
    for item in &told.items {
        lines.push(format!("  {} {}  {}", item.kind, item.id, value(&item.place)));
        for line in &queue_work::folded(&item.diff) {
            let subject = value(&line.subject);
            if line.before.is_none() && line.after.is_none() {
                lines.push(format!("! {subject}"));
            }
            lines.extend(line.before.as_ref().map(|before| format!("- {subject}={}", value(before))));
            lines.extend(line.after.as_ref().map(|after| format!("+ {subject}={}", value(after))));
        }
    }
    let operations = operations(told);
    lines.extend(operations.iter().take(MOST_OPERATIONS).map(|operation| format!("  then {}", value(operation))));
    if let Some(more @ 1..) = operations.len().checked_sub(MOST_OPERATIONS) {
        lines.push(format!("  then {}", number_of(more, "further operation")));
    }
    lines
}

/// The operations, each once; where not all hosts underwent it, with those that did.
fn operations(told: &Told<'_>) -> Vec<String> {
    let mut all: Vec<(String, BTreeSet<HostName>)> = Vec::new();
    for (host, operations) in &told.operations {
        let bare: Vec<String> = operations.iter().map(|operation| without_command(operation).to_owned()).collect();
        for operation in queue_work::operations(bare.iter()) {
            match all.iter_mut().find(|(known, _)| *known == operation) {
                Some((_, hosts)) => drop(hosts.insert(host.clone())),
                None => all.push((operation, BTreeSet::from([host.clone()]))),
            }
        }
    }
    let everywhere = told.operations.len();
    let line = |(operation, hosts): (String, BTreeSet<HostName>)| {
        if hosts.len() == everywhere { operation } else { format!("{operation}, on {}", names(&hosts)) }
    };
    all.into_iter().map(line).collect()
}

/// Without the command that a gate runs, as the sentence says what it is for: `see that … (on franz: disk-below / 95)`.
fn without_command(operation: &str) -> &str {
    match operation.split_once(" (on ") {
        Some((sentence, command)) if sentence.starts_with("see ") && command.ends_with(')') => sentence,
        _ => operation,
    }
}
