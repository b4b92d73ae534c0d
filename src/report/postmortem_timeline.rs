//! The timeline of a postmortem, and its appendix of runs, in Markdown.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::fold::names;
use super::incident::{span, verdict_in_words};
use super::postmortem::{counted, findings_by_message, findings_in_short, standing_of, subject_of};
use super::postmortem_markup::{block, code, code_of, plain, said};
use super::summary::{in_words, is_on_host};
use super::text::{number_of, output};
use crate::engine::plan::Author;
use crate::engine::run::GateSeen;
use crate::engine::transaction::{DiffLine, ItemSummary};
use crate::journal::incident::{Entry, Finding, Group, Incident, IncidentRun, What};

/// How many lines of a diff the timeline shows of a group of hosts; the appendix has them all.
const MOST_LINES: usize = 4;
/// How many findings the timeline shows of a check.
const MOST_FINDINGS: usize = 12;
/// The longest value in the timeline, in characters.
const SHORT: usize = 60;
/// The most lines of a note.
const MOST_NOTED: usize = 200;
/// The longest value in the appendix, in characters.
const LONG: usize = 400;

/// All that happened, as a list; days are headings where there are several.
pub(super) fn timeline(incident: &Incident) -> String {
    let mut text = String::from("All times are UTC.\n\n");
    let mut day = None;
    let days = incident.timeline.iter().map(|entry| date(entry.time)).collect::<std::collections::BTreeSet<_>>();
    for entry in &incident.timeline {
        let today = date(entry.time);
        if days.len() > 1 && day.as_ref() != Some(&today) {
            let gap = if day.is_some() { "\n" } else { "" };
            let _ = writeln!(text, "{gap}### {today}\n");
        }
        day = Some(today);
        text.push_str(&told(incident, entry));
    }
    text
}

fn date(time: Timestamp) -> String {
    time.strftime("%F").to_string()
}

fn clock(time: Timestamp) -> String {
    time.strftime("%H:%M").to_string()
}

/// `20:24`, or from when to when, where that is another minute.
fn clocks(from: Timestamp, to: Timestamp) -> String {
    let (from, to) = (clock(from), clock(to));
    if from == to { from } else { format!("{from}–{to}") }
}

fn told(incident: &Incident, entry: &Entry) -> String {
    let who = plain(&entry.who.user);
    let time = clock(entry.time);
    match &entry.what {
        What::Began => format!("- **{time}** It began, as {who} said when the incident was opened.\n"),
        What::Opened => format!("- **{time}** {who} opened the incident.\n"),
        What::Note { text, noted } => {
            let later = noted.filter(|noted| span(entry.time, *noted) != span(entry.time, entry.time));
            let later = later.map_or_else(String::new, |noted| format!(" (noted at {})", clock(noted)));
            noted_text(&format!("- **{time}** {who}{later}: "), text)
        }
        What::Closed { text } if text.trim().is_empty() => format!("- **{time}** {who} closed the incident.\n"),
        What::Closed { text } => noted_text(&format!("- **{time}** {who} closed the incident: "), text),
        What::Check { seen, appeared, gone, times, until } => {
            let time = clocks(entry.time, *until);
            let again = if *times > 1 { format!(", {times} times with the same result") } else { String::new() };
            let what = seen.actions.join(", ");
            let verdict = if seen.is_clean() {
                "**all as declared**".to_owned()
            } else if appeared.is_empty() && gone.is_empty() {
                format!("{}, as before", standing_of(seen))
            } else {
                standing_of(seen)
            };
            let hosts = number_of(seen.count(), "host");
            let mut text = format!("- **{time}** {who} checked {what} on {hosts}{again}: {verdict}.\n");
            text.push_str(&listed("Found", &findings_by_message(appeared)));
            text.push_str(&listed("Gone", &findings_in_short(gone)));
            text
        }
        What::Run { run } => incident.run(run).map(|run| run_told(incident, run)).unwrap_or_default(),
    }
}

/// One line as it is; of several the first, and the others in a block: they often are a log.
fn noted_text(lead: &str, text: &str) -> String {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let rest = lines.collect::<Vec<_>>().join("\n");
    let rest = output(&rest, MOST_NOTED);
    let mut told = format!("{lead}{}\n", said(first));
    if !rest.is_empty() {
        told.push_str(&block(2, "text", &rest));
    }
    told
}

fn listed(lead: &str, all: &[String]) -> String {
    let mut text = String::new();
    for line in all.iter().take(MOST_FINDINGS) {
        let _ = writeln!(text, "  - {lead}: {line}");
    }
    if all.len() > MOST_FINDINGS {
        let _ = writeln!(text, "  - {lead}: {} more", all.len() - MOST_FINDINGS);
    }
    text
}

fn run_told(incident: &Incident, run: &IncidentRun) -> String {
    let time = clocks(run.time, run.ended);
    let who = plain(&run.who.user);
    let mut about = Vec::new();
    if let Some(undone) = &run.undoes {
        about.push(format!("takes back {}", code(undone.as_str())));
    }
    if let Some(before) = &run.continues {
        about.push(format!("carries on {}", code(before.as_str())));
    }
    if !run.approved_by.is_empty() {
        about.push(format!("approved by {}", plain(&run.approved_by.join(", "))));
    }
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join("; ")) };
    let run_name = code(run.run.as_str());
    let subject = plain(&subject_of(run));
    let verdict = verdict_in_words(run.verdict);
    let mut text = format!("- **{time}** {who} ran {subject}, run {run_name}{about}: **{verdict}**.\n");
    if let Some(reason) = &run.break_glass {
        let _ = writeln!(text, "  - **Break-glass**: approval was not waited for: \"{}\"", said(reason));
    }
    for group in &run.elsewhere {
        let items: Vec<String> =
            group.changes.iter().map(|item| plain(format!("{} {}", item.kind, item.id).trim())).collect();
        let told = group.changes.iter().flat_map(|item| &item.operations).chain(&group.reason);
        let told: Vec<String> = told.map(|text| plain(&in_words(text))).collect();
        let word = ended(group.outcome.as_deref());
        let colon = if told.is_empty() { "" } else { ": " };
        let _ = writeln!(text, "  - {}, {word}{colon}{}", items.join(", "), told.join("; "));
    }
    for group in &run.groups {
        text.push_str(&group_told(incident, group));
    }
    for gate in &run.gates {
        text.push_str(&gate_told(gate));
    }
    if let Some(reason) = &run.reason {
        let _ = writeln!(text, "  - It stopped: {}", plain(reason));
    }
    text
}

fn group_told(incident: &Incident, group: &Group) -> String {
    let hosts = counted(&group.hosts);
    let word = ended(group.outcome.as_deref());
    let reason = group.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", plain(reason)));
    let mut text = format!("  - {word} on {hosts}{reason}\n");
    let mut lines: Vec<(&ItemSummary, &DiffLine)> = group
        .changes
        .iter()
        .filter(|item| is_on_host(item))
        .flat_map(|it| it.diff.iter().map(move |l| (it, l)))
        .collect();
    // What checks had found stands first: it is what the run was for.
    let matters = |(item, line): &(&ItemSummary, &DiffLine)| {
        let about = |finding: &Finding| (&finding.kind, &finding.id) == (&item.kind, &item.id);
        let found = incident.found.iter().any(|found| about(&found.finding) && found.finding.subject == line.subject);
        !(found || line.subject == "certificate")
    };
    lines.sort_by_key(matters);
    for (item, line) in lines.iter().take(MOST_LINES) {
        let item = plain(&format!("{} {}", item.kind, item.id));
        let _ = writeln!(text, "    - {item}: {}", change(line));
    }
    if lines.len() > MOST_LINES {
        let _ = writeln!(text, "    - and {} more, see the appendix", number_of(lines.len() - MOST_LINES, "change"));
    }
    text
}

fn change(line: &DiffLine) -> String {
    let value = |value: &Option<String>| {
        value.as_ref().map_or_else(|| "(none)".to_owned(), |value| code_of(&in_words(value), SHORT))
    };
    let subject = code_of(&line.subject, SHORT);
    if line.before.is_none() && line.after.is_none() {
        return subject;
    }
    format!("{subject} {} → {}", value(&line.before), value(&line.after))
}

fn gate_told(gate: &GateSeen) -> String {
    let (good, lead) = if gate.good { ("good", "Gate") } else { ("**failed**", "**Gate**") };
    let tries = if gate.tries > 1 { format!(" after {} tries", gate.tries) } else { String::new() };
    format!(
        "  - {lead} behind wave {}: {}: {good}{tries}, it saw: {}\n",
        plain(&gate.wave),
        plain(&gate.gate),
        plain(&gate.saw)
    )
}

fn ended(outcome: Option<&str>) -> String {
    match outcome {
        None | Some("unknown") => "no ending known".to_owned(),
        Some(word) => word.replace('-', " "),
    }
}

/// Every run with its digests and its whole diff.
pub(super) fn appendix(incident: &Incident) -> String {
    let mut text = String::new();
    for run in &incident.runs {
        let _ = writeln!(text, "### Run {}\n", code(run.run.as_str()));
        let _ = writeln!(text, "- Who: {}", plain(&whole(&run.who)));
        let _ = writeln!(text, "- When: {} UTC, for {}", run.time.strftime("%F %T"), span(run.time, run.ended));
        let _ = writeln!(text, "- What: {}", plain(&run.actions.join(", ")));
        if let Some(playbook) = &run.playbook {
            let _ = writeln!(text, "- Playbook: {}", plain(playbook));
        }
        if !run.plan.is_empty() {
            let _ = writeln!(text, "- Plan (SHA-256): {}", code(&run.plan));
        }
        if let Some(commit) = &run.inventory.commit {
            let dirty = if run.inventory.dirty { ", with changes that were not committed" } else { "" };
            let _ = writeln!(text, "- Inventory: commit {}{dirty}", code(commit));
        }
        for group in run.groups.iter().filter(|group| group.changes.iter().any(|item| !item.diff.is_empty())) {
            let hosts = names(&group.hosts);
            let _ = writeln!(text, "\n{} on {}:\n", ended(group.outcome.as_deref()), plain(&hosts));
            text.push_str(&block(0, "diff", &diff(group)));
        }
        text.push('\n');
    }
    text
}

fn whole(who: &Author) -> String {
    format!("{}@{}", who.user, who.machine)
}

fn diff(group: &Group) -> Vec<String> {
    let mut lines = Vec::new();
    let value = |value: &str| super::text::inline(&in_words(value), LONG);
    for item in &group.changes {
        lines.push(format!("  {} {}  {}", item.kind, item.id, value(&item.place)));
        for line in &item.diff {
            let subject = value(&line.subject);
            if line.before.is_none() && line.after.is_none() {
                lines.push(format!("! {subject}"));
            }
            lines.extend(line.before.as_ref().map(|before| format!("- {subject}={}", value(before))));
            lines.extend(line.after.as_ref().map(|after| format!("+ {subject}={}", value(after))));
        }
        lines.extend(item.operations.iter().map(|operation| format!("  then {}", value(operation))));
    }
    lines
}
