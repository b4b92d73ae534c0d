//! The journal for people: a block for each run.

use std::collections::BTreeSet;

use super::canvas::{BOLD, Canvas, Cell, DIM, GREEN, PLAIN, Page, RED, YELLOW, style_of};
use super::fold::names;
use super::log::{AskedHost, LogReport, LoggedEvent, LoggedHost, LoggedRun, NO_ENDING};
use super::text::number_of;
use super::{Report, people};
use crate::engine::status::Status;
use crate::journal::Happening;
use crate::names::HostName;

impl Report for LogReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        if self.older > 0 {
            let older = page.paint(DIM, &format!("{} before", number_of(self.older, "run")));
            page.line(&older);
        }
        if self.runs.is_empty() {
            page.line("no runs");
        }
        for run in &self.runs {
            page.gap();
            show_run(&mut page, run);
        }
        asked(&mut page, &self.hosts);
        let notes = self.unread();
        if !notes.is_empty() {
            page.gap();
        }
        for note in notes {
            page.paragraph(0, &Cell::new(YELLOW, "not told: "), &Cell::long(PLAIN, &note));
        }
        page.finish()
    }
}

impl LogReport {
    /// What lines could not be told.
    pub(super) fn unread(&self) -> Vec<String> {
        let newer = self.newer.iter().map(|(schema, count)| {
            format!("{} of a newer fleet ({schema}); a newer version reads them", number_of(*count, "line"))
        });
        let count = number_of(self.unreadable, "line");
        let unreadable = (self.unreadable > 0)
            .then(|| format!("{count} that cannot be read; `fleet log verify` says where, and what it means"));
        newer.chain(unreadable).collect()
    }
}

fn show_run(page: &mut Page, run: &LoggedRun) {
    let time = run.time.strftime("%F %T UTC").to_string();
    let what = if run.events.is_empty() || !run.actions.is_empty() {
        run.actions.join(" and ")
    } else {
        "incident".to_owned()
    };
    let mut pieces = vec![
        (Cell::new(BOLD, &time), ""),
        (Cell::plain(&format!("{}@{}", run.who.user, run.who.machine)), "  "),
        (Cell::plain(&what), "  "),
    ];
    pieces.extend(run.playbook.iter().map(|playbook| (Cell::plain(&format!("playbook {playbook}")), "  ")));
    pieces.push((Cell::new(DIM, run.run.as_str()), "  "));
    page.flow(&pieces);
    events(page, &run.events);
    for (lead, text) in circumstances(run) {
        page.paragraph(2, &lead, &Cell::long(PLAIN, &text));
    }
    for turn in run.hosts.iter().filter(|turn| turn.host.is_none()) {
        elsewhere(page, turn);
    }
    let items = items(run);
    if !items.is_empty() {
        page.paragraph(2, &Cell::plain(""), &Cell::new(BOLD, &items.join(", ")));
    }
    let turns = run
        .hosts
        .iter()
        .filter_map(|turn| Some(((turn.outcome.as_deref(), turn.reason.as_deref()), turn.host.clone()?)));
    for ((outcome, reason), sharing) in people::folded(turns) {
        page.paragraph(2, &ending(outcome), &Cell::long(PLAIN, &told(&sharing)));
        if let Some(reason) = reason {
            page.paragraph(4, &Cell::plain(""), &Cell::long(PLAIN, reason));
        }
    }
    for seen in run.gates.iter().filter(|seen| !seen.good) {
        let text = format!("{}: {}", seen.gate, seen.saw);
        page.paragraph(2, &Cell::new(RED, &format!("gate after {} not good: ", seen.wave)), &Cell::long(PLAIN, &text));
    }
    if let Some(reason) = &run.reason {
        page.paragraph(2, &Cell::new(RED, "stopped: "), &Cell::long(PLAIN, reason));
    }
}

/// What is out of the ordinary about a run, or ties it to others.
fn circumstances(run: &LoggedRun) -> Vec<(Cell, String)> {
    let mut told = Vec::new();
    told.extend(run.break_glass.iter().map(|why| (Cell::new(RED.bold(), "break-glass: "), why.clone())));
    if !run.approved_by.is_empty() {
        told.push((Cell::plain("approved by "), run.approved_by.join(", ")));
    }
    told.extend(run.undoes.iter().map(|of| (Cell::plain("takes back "), of.as_str().to_owned())));
    told.extend(run.continues.iter().map(|of| (Cell::plain("carries on "), of.as_str().to_owned())));
    told
}

/// What was said of an incident.
pub(super) fn events(page: &mut Page, events: &[LoggedEvent]) {
    for event in events {
        let colon = if event.text.is_empty() { "" } else { ": " };
        let lead = format!("{}{colon}", happening(event.event));
        page.paragraph(2, &Cell::new(BOLD, &lead), &Cell::long(PLAIN, &event.text));
    }
}

/// What happened, as a word for people.
pub(super) fn happening(event: Happening) -> &'static str {
    match event {
        Happening::Opened => "opened",
        Happening::Note => "note",
        Happening::Check => "check",
        Happening::Closed => "closed",
    }
}

/// What was done elsewhere than on a host.
pub(super) fn elsewhere(page: &mut Page, turn: &LoggedHost) {
    let items: Vec<(&str, &str)> = turn.changes.iter().map(|item| (item.kind.as_str(), item.id.as_str())).collect();
    page.paragraph(2, &ending(turn.outcome.as_deref()), &Cell::long(BOLD, &people::list_of(&items)));
    let told = turn.changes.iter().flat_map(|item| &item.operations).chain(&turn.reason);
    told.for_each(|text| page.paragraph(4, &Cell::plain(""), &Cell::long(PLAIN, text)));
}

/// The items that it changed on hosts, each once, in the order in which they came up.
pub(super) fn items(run: &LoggedRun) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for item in run.hosts.iter().filter(|turn| turn.host.is_some()).flat_map(|turn| &turn.changes) {
        let name = format!("{} {}", item.kind, item.id);
        if !items.contains(&name) {
            items.push(name);
        }
    }
    items
}

pub(super) fn told(hosts: &BTreeSet<HostName>) -> String {
    match hosts.len() {
        1 => names(hosts),
        count => format!("{} ({count} hosts)", names(hosts)),
    }
}

/// What a transaction came to.
pub(super) fn ending(outcome: Option<&str>) -> Cell {
    let (style, word) = match outcome {
        Some("applied") => (GREEN, "applied"),
        Some(word @ ("rolled-back" | "failed")) => (RED, word),
        Some(word) => (YELLOW, word),
        None => (YELLOW, NO_ENDING),
    };
    Cell::new(style, &format!("{word}: "))
}

/// What came of asking the hosts.
pub(super) fn asked(page: &mut Page, hosts: &[AskedHost]) {
    people::failures(page, hosts.iter().map(|host| (&host.host, host.status, host.error.as_ref())));
    let odd = hosts.iter().filter_map(|host| Some((clock(host)?, host.host.clone())));
    let odd = odd.chain(hosts.iter().flat_map(|host| {
        host.problems
            .iter()
            .map(|problem| (format!("its journal is not as it was written: {problem}"), host.host.clone()))
    }));
    let odd = people::folded(odd);
    if !odd.is_empty() {
        page.heading(YELLOW, "worth a look", "");
    }
    for (what, sharing) in odd {
        page.paragraph(2, &Cell::plain(&format!("{}: ", names(&sharing))), &Cell::long(PLAIN, &what));
    }
    if !hosts.is_empty() {
        let answered = hosts.iter().filter(|host| host.error.is_none()).count();
        let lines: usize = hosts.iter().map(|host| host.lines).sum();
        page.gap();
        let text = format!(
            "{} of {} told what they keep, {}",
            answered,
            number_of(hosts.len(), "host"),
            number_of(lines, "line")
        );
        page.paragraph(
            0,
            &Cell::plain(""),
            &Cell::new(style_of(if answered == hosts.len() { Status::Ok } else { Status::Unknown }), &text),
        );
    }
}

/// In words, where a clock differs much.
pub(super) fn clock(host: &AskedHost) -> Option<String> {
    let ms = host.clock_ms?;
    let (amount, way) = (super::log_show::span(ms.unsigned_abs()), if ms < 0 { "behind" } else { "ahead of" });
    Some(format!("its clock is {amount} {way} ours: times may not tell what came first"))
}
