//! The timeline of a postmortem, in Markdown.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::incident::{span, verdict_in_words};
use super::postmortem::{standing_of, subject_of};
use super::postmortem_findings as findings;
use super::postmortem_markup::{block, code, code_of, plain, said};
use super::postmortem_runs::{self, By, Told};
use super::queue_work;
use super::summary::in_words;
use super::text::{number_of, output};
use crate::engine::run::GateSeen;
use crate::engine::transaction::{DiffLine, ItemSummary};
use crate::journal::incident::{Entry, Finding, Incident, IncidentRun, What};

/// How many lines of a diff the timeline shows of a group of hosts; the appendix has them all.
const MOST_LINES: usize = 4;
/// How many findings the timeline shows of a check.
const MOST_FINDINGS: usize = 15;
/// How many findings are told as gone one by one, where nothing is left.
const MOST_GONE: usize = 3;
/// The longest value in the timeline, in characters.
const SHORT: usize = 60;
/// The most lines of a note.
const MOST_NOTED: usize = 200;

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
            text.push_str(&listed("Found", &findings::told(appeared)));
            let gone = findings::in_short(gone);
            if seen.is_clean() && gone.len() > MOST_GONE {
                let _ = writeln!(text, "  - Gone: all that was left, {}", number_of(gone.len(), "finding"));
            } else {
                text.push_str(&listed("Gone", &gone));
            }
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
        let _ = writeln!(text, "  - {lead}: and {} more", all.len() - MOST_FINDINGS);
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
    let waves = waves(run);
    let mut text = format!("- **{time}** {who} ran {subject}, run {run_name}{waves}{about}: **{verdict}**.\n");
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
    // Processes of queues are told by kind, for all hosts at once.
    let mut workers = postmortem_runs::workers(run);
    for told in &postmortem_runs::told(run, By::Item) {
        text.push_str(&hosts_told(incident, told));
        for theirs in workers.extract_if(.., |workers| workers.are_of(told)) {
            theirs.lines.iter().for_each(|line| {
                let _ = writeln!(text, "    - {line}");
            });
        }
    }
    for others in &workers {
        text.push_str(&ending(others.outcome, others.reason, &others.places()));
        others.lines.iter().for_each(|line| {
            let _ = writeln!(text, "    - {line}");
        });
    }
    text.push_str(&gates(&run.gates));
    if let Some(reason) = &run.reason {
        let _ = writeln!(text, "  - It stopped: {}", plain(reason));
    }
    text
}

/// `, in 9 waves, canaries first`.
fn waves(run: &IncidentRun) -> String {
    let is_canary = |name: &String| name.rsplit(": ").next().is_some_and(|last| last.starts_with("canary"));
    match run.waves.len() {
        0 | 1 => String::new(),
        count if run.waves.values().any(is_canary) => format!(", in {count} waves, canaries first"),
        count => format!(", in {count} waves"),
    }
}

fn ending(outcome: Option<&str>, reason: Option<&str>, places: &str) -> String {
    let reason = reason.map_or_else(String::new, |reason| format!(": {}", plain(reason)));
    format!("  - {} on {places}{reason}\n", ended(outcome))
}

/// What hosts underwent.
fn hosts_told(incident: &Incident, told: &Told<'_>) -> String {
    let mut lines: Vec<(&ItemSummary, DiffLine)> = Vec::new();
    for item in &told.items {
        lines.extend(queue_work::folded(&item.diff).into_iter().map(|line| (item, line)));
    }
    let mut text = ending(told.outcome, told.reason, &told.places());
    // What checks had found stands first: it is what the run was for.
    let matters = |(item, line): &(&ItemSummary, DiffLine)| {
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

/// Those that were good in a line, and each that was not with what it saw.
fn gates(gates: &[GateSeen]) -> String {
    let good = gates.iter().filter(|gate| gate.good).count();
    let mut text = match good {
        0 => String::new(),
        1 => "  - 1 gate behind the waves was good\n".to_owned(),
        _ => format!("  - {good} gates behind the waves were good\n"),
    };
    for gate in gates.iter().filter(|gate| !gate.good) {
        let tries = if gate.tries > 1 { format!(" after {} tries", gate.tries) } else { String::new() };
        let _ = writeln!(
            text,
            "  - **Gate** behind wave {}: {}: **failed**{tries}, it saw: {}",
            plain(&gate.wave),
            plain(&gate.gate),
            plain(&gate.saw)
        );
    }
    text
}

pub(super) fn ended(outcome: Option<&str>) -> String {
    match outcome {
        None | Some("unknown") => "no ending known".to_owned(),
        Some(word) => word.replace('-', " "),
    }
}
