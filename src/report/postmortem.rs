//! The draft of a postmortem, in Markdown: what the journal knows stands in it, and what it can't know is marked.
//!
//! The form is that in which teams of this size publish theirs: a head, a summary for users, the impact, a timeline with who did
//! what at which minute (UTC), what helped and what did not, causes, what is left to do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;

use super::fold::names;
use super::incident::span;
use super::people;
use super::postmortem_appendix::appendix;
use super::postmortem_findings as findings;
use super::postmortem_markup::{code, plain, said, table, to_write};
use super::postmortem_standing::standing;
use super::postmortem_timeline::timeline;
use super::text::number_of;
use crate::journal::incident::{CheckSeen, Finding, Found, Incident, IncidentRun, Verdict};
use crate::names::{HostName, RunId};

/// The most rows of a table; JSON has them all.
pub(super) const MOST_ROWS: usize = 60;
/// The most lines of a list of findings.
const MOST_LISTED: usize = 15;

/// The draft.
pub(super) fn markdown(incident: &Incident, to_do: &[String], now: Timestamp) -> String {
    let sections = [
        ("Summary", summary(incident)),
        ("Impact", impact(incident)),
        ("Timeline", timeline(incident)),
        ("What helped", helped(incident)),
        ("What did not", did_not(incident)),
        ("Root cause and contributing factors", causes(incident)),
        ("What is where now", standing(incident)),
        ("Action items", actions(to_do)),
        ("Appendix: runs", appendix(incident)),
    ];
    let mut text = format!("# {}\n\n{}\n", plain(&incident.title), head(incident));
    let _ = writeln!(
        text,
        "*A draft, made by `fleet incident report` from the journal on {} UTC. Delete this line, and write what stands in* **\\[brackets\\]**.",
        now.strftime("%F at %H:%M")
    );
    for (title, body) in sections.into_iter().filter(|(_, body)| !body.trim().is_empty()) {
        let _ = writeln!(text, "\n## {title}\n\n{}", body.trim_end());
    }
    text
}

fn head(incident: &Incident) -> String {
    let minute = |time: Timestamp| time.strftime("%F %H:%M UTC").to_string();
    let mut rows: Vec<(&str, String)> = Vec::new();
    let status = match (&incident.closed, left(incident)) {
        (None, _) => "ongoing".to_owned(),
        (Some(_), 0) => "resolved".to_owned(),
        (Some(_), count) => format!("closed, with {} left", number_of(count, "finding")),
    };
    rows.push(("Status", status));
    rows.push(("Severity", incident.severity.as_deref().map_or_else(|| "not said".to_owned(), plain)));
    rows.push(("Began", minute(incident.began)));
    rows.push(("Opened", format!("{}, by {}", minute(incident.opened), plain(&incident.opened_by.user))));
    if let (Some(closed), Some(by)) = (incident.closed, &incident.closed_by) {
        rows.push(("Over", format!("{}, as {} said", minute(closed), plain(&by.user))));
        rows.push(("Duration", span(incident.began, closed)));
    }
    if incident.began < incident.opened {
        rows.push(("Opened after", span(incident.began, incident.opened)));
    }
    if let Some(repaired) = repaired(incident) {
        rows.push(("Seen clean after", span(incident.began, repaired)));
    }
    let hosts = affected(incident);
    if !hosts.is_empty() {
        rows.push(("Hosts", counted(&hosts)));
    }
    rows.push(("People", plain(&incident.people.join(", "))));
    rows.push(("Incident", code(incident.id.as_str())));
    table(&["", ""], &rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect::<Vec<_>>())
}

fn left(incident: &Incident) -> usize {
    incident.found.iter().filter(|found| found.clean_at.is_none()).count()
}

/// When the last of what was found was seen to be gone; `None`: something is left, or nothing was found.
fn repaired(incident: &Incident) -> Option<Timestamp> {
    let gone: Option<Vec<Timestamp>> = incident.found.iter().map(|found| found.clean_at).collect();
    gone?.into_iter().max()
}

/// The hosts where something was found, or changed.
fn affected(incident: &Incident) -> BTreeSet<HostName> {
    let found = incident.found.iter().flat_map(|found| &found.finding.hosts);
    let changed = incident.runs.iter().flat_map(|run| &run.groups).flat_map(|group| &group.hosts);
    found.chain(changed).cloned().collect()
}

/// Hosts in few words, and how many they are.
pub(super) fn counted(hosts: &BTreeSet<HostName>) -> String {
    let told = plain(&names(hosts));
    if hosts.len() > 1 { format!("{told} ({} hosts)", hosts.len()) } else { told }
}

/// How hosts stood at a check: `2 drift, 6 as declared`.
pub(super) fn standing_of(seen: &CheckSeen) -> String {
    let all = seen.hosts.iter().rev().map(|(status, hosts)| (*status, hosts.len()));
    all.map(|(status, count)| format!("{count} {}", people::in_words(status))).collect::<Vec<_>>().join(", ")
}

/// What a check saw, in a few words.
pub(super) fn verdict_of(seen: &CheckSeen) -> String {
    if seen.is_clean() { "all as declared".to_owned() } else { standing_of(seen) }
}

/// What a run was about: its playbook, else its actions.
pub(super) fn subject_of(run: &IncidentRun) -> String {
    run.playbook.as_ref().map_or_else(|| run.actions.join(" and "), |playbook| format!("the playbook {playbook}"))
}

fn summary(incident: &Incident) -> String {
    let mut text = to_write(
        "what users saw, since when, and that it is over, in two or three sentences that need no knowledge of the servers",
    );
    let began = incident.began.strftime("%F at %H:%M UTC");
    let until = match incident.closed {
        Some(closed) => format!("it was over after {}", span(incident.began, closed)),
        None => "it is not over yet".to_owned(),
    };
    let _ = write!(text, "\n\"{}\" began on {began}; {until}.", plain(&incident.title));
    let mut items: BTreeMap<(&str, &str), BTreeSet<HostName>> = BTreeMap::new();
    for found in &incident.found {
        items.entry((&found.finding.kind, &found.finding.id)).or_default().extend(found.finding.hosts.iter().cloned());
    }
    if !items.is_empty() {
        let told = items.iter().map(|((kind, id), hosts)| match hosts.len() {
            0 => plain(format!("{kind} {id}").trim()),
            count => format!("{} on {}", plain(format!("{kind} {id}").trim()), number_of(count, "host")),
        });
        let _ = write!(text, " Checks found what was not as declared: {}.", told.collect::<Vec<_>>().join(", "));
    }
    if !incident.runs.is_empty() {
        let count = |verdict: Verdict| incident.runs.iter().filter(|run| run.verdict == verdict).count();
        let words = [
            (Verdict::Applied, "applied"),
            (Verdict::Partly, "applied in part"),
            (Verdict::RolledBack, "rolled back"),
            (Verdict::Nothing, "without a change"),
            (Verdict::Unknown, "without a known ending"),
        ];
        let told = words.into_iter().filter(|(verdict, _)| count(*verdict) > 0);
        let told: Vec<String> = told.map(|(verdict, word)| format!("{} {word}", count(verdict))).collect();
        let _ = write!(text, " {} of fleet: {}.", number_of(incident.runs.len(), "run"), told.join(", "));
    }
    if let (Some(helped), Some(by)) = (&incident.helped, &incident.closed_by) {
        let _ = write!(text, " What helped, in the words of {}: {}", plain(&by.user), said(helped));
    }
    text.push('\n');
    text
}

fn impact(incident: &Incident) -> String {
    let mut text = to_write("who was affected and how many, which parts of the service, and whether anything was lost");
    if incident.found.is_empty() {
        return text;
    }
    let mut windows: Vec<(Timestamp, Option<Timestamp>, Vec<Finding>)> = Vec::new();
    for found in &incident.found {
        match windows.iter_mut().find(|(from, to, _)| (*from, *to) == (found.first_seen, found.clean_at)) {
            Some((.., findings)) => findings.push(found.finding.clone()),
            None => windows.push((found.first_seen, found.clean_at, vec![found.finding.clone()])),
        }
    }
    let form = if several_days(incident) { "%F %H:%M" } else { "%H:%M" };
    let minute = |time: Timestamp| time.strftime(form).to_string();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (from, to, findings) in windows {
        let gone = to.map_or_else(|| "**not yet**".to_owned(), minute);
        let after = to.map_or_else(String::new, |to| span(from, to));
        let row = |what| vec![what, minute(from), gone.clone(), after.clone()];
        rows.extend(findings::told(&findings).into_iter().map(row));
    }
    text.push_str("\nWhat was not as declared, as checks saw it (UTC):\n\n");
    let shown = &rows[..rows.len().min(MOST_ROWS)];
    text.push_str(&table(&["What", "First seen", "Seen gone", "After"], shown));
    text.push_str(&cut(rows.len()));
    text
}

fn several_days(incident: &Incident) -> bool {
    let days = incident.timeline.iter().map(|entry| entry.time.strftime("%F").to_string());
    days.collect::<BTreeSet<String>>().len() > 1
}

pub(super) fn cut(rows: usize) -> String {
    match rows.checked_sub(MOST_ROWS) {
        None | Some(0) => String::new(),
        Some(more) => format!("\nand {more} more: `fleet incident report --json` has them all.\n"),
    }
}

/// Each run after which something was gone; and what went without one.
fn helped(incident: &Incident) -> String {
    let mut text = String::new();
    if let (Some(helped), Some(by)) = (&incident.helped, &incident.closed_by) {
        let _ = writeln!(text, "- In the words of {}: {}", plain(&by.user), said(helped));
    }
    for run in &incident.runs {
        let gone: Vec<Finding> = gone_after(incident, &run.run).map(|found| found.finding.clone()).collect();
        if gone.is_empty() {
            continue;
        }
        let (who, what, name) = (plain(&run.who.user), plain(&subject_of(run)), code(run.run.as_str()));
        let _ = write!(text, "- {who} ran {what} ({} UTC, {name}). ", run.time.strftime("%H:%M"));
        if gone.len() == incident.found.len() {
            text.push_str("The next check saw nothing more of all that stands under Impact.\n");
        } else {
            text.push_str("The next check no longer saw:\n");
            text.push_str(&listed("  ", &findings::in_short(&gone)));
        }
    }
    let by_itself: Vec<Finding> = incident
        .found
        .iter()
        .filter(|found| found.clean_at.is_some() && found.helped_by.is_empty())
        .map(|found| found.finding.clone())
        .collect();
    if !by_itself.is_empty() {
        text.push_str("- Gone without a run of fleet there: by hand, or by itself:\n");
        text.push_str(&listed("  ", &findings::in_short(&by_itself)));
    }
    if text.is_empty() { to_write("what helped; no check saw anything become clean") } else { text }
}

/// A list, of which the first stand.
fn listed(indent: &str, all: &[String]) -> String {
    let mut text = String::new();
    for line in all.iter().take(MOST_LISTED) {
        let _ = writeln!(text, "{indent}- {line}");
    }
    if let Some(more @ 1..) = all.len().checked_sub(MOST_LISTED) {
        let _ = writeln!(text, "{indent}- and {more} more");
    }
    text
}

fn gone_after<'a>(incident: &'a Incident, run: &'a RunId) -> impl Iterator<Item = &'a Found> {
    incident.found.iter().filter(move |found| found.helped_by.contains(run))
}

/// Runs that did not come to a good end, and those after which nothing was gone.
fn did_not(incident: &Incident) -> String {
    let undone: BTreeSet<&RunId> = incident.runs.iter().filter_map(|run| run.undoes.as_ref()).collect();
    let mut text = String::new();
    for run in &incident.runs {
        let (who, what, name) = (plain(&run.who.user), plain(&subject_of(run)), code(run.run.as_str()));
        let lead = format!("- {who} ran {what} ({} UTC, {name})", run.time.strftime("%H:%M"));
        let mut told: Vec<String> = Vec::new();
        for group in run.groups.iter().filter(|group| group.outcome.as_deref() != Some("applied")) {
            let word = group.outcome.as_deref().map_or_else(|| "no ending known".to_owned(), |it| it.replace('-', " "));
            let reason = group.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", plain(reason)));
            told.push(format!("{word} on {}{reason}", counted(&group.hosts)));
        }
        for gate in run.gates.iter().filter(|gate| !gate.good) {
            told.push(format!("the gate behind wave {} failed: {}", plain(&gate.wave), plain(&gate.saw)));
        }
        if undone.contains(&run.run) {
            told.push("it was taken back later".to_owned());
        } else if run.verdict == Verdict::Applied
            && run.undoes.is_none()
            && incident.last_check.is_some()
            && gone_after(incident, &run.run).next().is_none()
        {
            told.push("it was applied, and no check saw anything become clean by it".to_owned());
        }
        if !told.is_empty() {
            let _ = writeln!(text, "{lead}: {}", told.join("; "));
        }
    }
    text
}

fn causes(incident: &Incident) -> String {
    let mut text = to_write(
        "why it happened: what had changed, when, and why it could; why it was not noticed before; why it took as long as it did",
    );
    let first = incident.found.first().map(|found| found.first_seen);
    let first: Vec<Finding> = incident
        .found
        .iter()
        .filter(|found| Some(found.first_seen) == first)
        .map(|found| found.finding.clone())
        .collect();
    if !first.is_empty() {
        text.push_str("\nWhere to begin: this is what the first check found.\n\n");
        text.push_str(&listed("", &findings::in_short(&first)));
    }
    text
}

fn actions(to_do: &[String]) -> String {
    let mut text = String::new();
    for item in to_do {
        let _ = writeln!(text, "- [ ] {}", plain(item));
    }
    text + "- [ ] "
        + &to_write("what would have prevented it, or shown it earlier; an owner and an issue for each item above")
}
