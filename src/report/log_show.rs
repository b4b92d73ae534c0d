//! One run, told whole.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{BOLD, Canvas, Cell, DIM, GREEN, PLAIN, Page, RED};
use super::log::{AskedHost, LoggedHost, LoggedRun, NO_ENDING};
use super::log_table::{asked, elsewhere, ending, events, told};
use super::summary::{is_on_host, show_items};
use super::text::number_of;
use super::{Report, people};
use crate::engine::run::GateSeen;
use crate::engine::transaction::ItemSummary;

/// What `fleet schema run` describes.
pub(super) const SCHEMA: &str = "fleet/run/v1";

/// All that the journal has of one run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RunReport {
    schema: &'static str,
    /// The run.
    pub run: LoggedRun,
    /// The hosts that were asked what they keep.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<AskedHost>,
    /// What can be typed next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<String>,
}

impl RunReport {
    /// Of a run; `next` is what can be typed.
    pub fn new(run: LoggedRun, hosts: Vec<AskedHost>, next: Vec<String>) -> Self {
        Self { schema: SCHEMA, run, hosts, next }
    }
}

impl LoggedRun {
    /// What is known of the run as a whole, each with its name.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let time = self.time.strftime("%F %T UTC");
        let mut facts = vec![("when", format!("{time}, for {}", span(self.took())))];
        let mut who = format!("{}@{}", self.who.user, self.who.machine);
        if let Some(from) = &self.from {
            who = format!("{who}, logged in from {from}");
        }
        if let Some(key) = &self.key {
            who = format!("{who} with {key}");
        }
        facts.push(("who", who));
        facts.extend(self.ci.iter().map(|ci| ("job", ci.clone())));
        facts.extend((!self.actions.is_empty()).then(|| ("actions", self.actions.join(" and "))));
        facts.extend(self.playbook.iter().map(|playbook| ("playbook", playbook.clone())));
        facts.extend((!self.plan.is_empty()).then(|| ("plan", self.plan.clone())));
        let dirty = if self.inventory.dirty { ", with changes that are not committed" } else { "" };
        let commit = self.inventory.commit.as_ref();
        facts.extend(commit.map(|commit| ("inventory", format!("commit {commit}{dirty}"))));
        facts.extend((!self.approved_by.is_empty()).then(|| ("approved", self.approved_by.join(", "))));
        facts.extend(self.break_glass.iter().map(|why| ("break-glass", why.clone())));
        facts.extend(self.undoes.iter().map(|run| ("takes back", run.as_str().to_owned())));
        facts.extend(self.continues.iter().map(|run| ("carries on", run.as_str().to_owned())));
        let endings = self.endings();
        let told = |(word, count): &(&str, usize)| match *word {
            NO_ENDING => format!("{count} with {word}"),
            _ => format!("{count} {word}"),
        };
        let endings: Vec<String> = endings.iter().map(told).collect();
        facts.extend((!endings.is_empty()).then(|| ("hosts", endings.join(", "))));
        facts.extend(self.reason.iter().map(|reason| ("stopped", reason.clone())));
        facts
    }

    /// Its waves in order: their numbers, names and steps, and the hosts that had their turns in them.
    pub(super) fn waves(&self) -> Vec<(String, Option<&str>, Vec<&LoggedHost>)> {
        let mut waves: BTreeMap<usize, Vec<&LoggedHost>> = BTreeMap::new();
        for turn in self.hosts.iter().filter(|turn| turn.host.is_some()) {
            waves.entry(turn.wave).or_default().push(turn);
        }
        let mut told = Vec::new();
        for (number, turns) in waves {
            let name = turns.iter().find_map(|turn| turn.wave_name.as_deref());
            let step = turns.iter().find_map(|turn| turn.step.as_deref());
            let mut title = format!("wave {number}");
            if let Some(name) = name {
                title = format!("{title}: {name}");
            }
            if let Some(step) = step {
                title = format!("{title} (step {step})");
            }
            told.push((title, name, turns));
        }
        told
    }
}

impl Report for RunReport {
    fn table(&self, canvas: &Canvas) -> String {
        let run = &self.run;
        let mut page = Page::new(canvas);
        page.paragraph(0, &Cell::plain("run "), &Cell::new(BOLD, run.run.as_str()));
        for (name, fact) in run.facts() {
            let style = if matches!(name, "break-glass" | "stopped") { RED } else { PLAIN };
            page.paragraph(2, &Cell::new(DIM, &format!("{name:11}  ")), &Cell::long(style, &fact));
        }
        if !run.events.is_empty() {
            page.gap();
            events(&mut page, &run.events);
        }
        let outside: Vec<&LoggedHost> = run.hosts.iter().filter(|turn| turn.host.is_none()).collect();
        if !outside.is_empty() {
            page.heading(BOLD, "", "beside the hosts");
            for turn in outside {
                elsewhere(&mut page, turn);
            }
        }
        let mut shown: Vec<&GateSeen> = Vec::new();
        for (title, name, turns) in run.waves() {
            page.heading(BOLD, "", &title);
            wave(&mut page, &turns);
            let behind: Vec<&GateSeen> = run.gates.iter().filter(|seen| Some(seen.wave.as_str()) == name).collect();
            gates(&mut page, &behind, false);
            shown.extend(behind);
        }
        let rest: Vec<&GateSeen> = run.gates.iter().filter(|seen| !shown.contains(seen)).collect();
        if !rest.is_empty() {
            page.heading(BOLD, "", "gates");
            gates(&mut page, &rest, true);
        }
        asked(&mut page, &self.hosts);
        if !self.next.is_empty() {
            page.gap();
            for next in &self.next {
                page.next(next);
            }
        }
        page.finish()
    }
}

fn wave(page: &mut Page, turns: &[&LoggedHost]) {
    let alike = turns.iter().filter_map(|turn| {
        let key = (turn.outcome.as_deref(), turn.reason.as_deref(), crate::text::json(&turn.changes));
        Some((key, turn.host.clone()?))
    });
    for ((outcome, reason, _), sharing) in people::folded(alike) {
        let mine = |turn: &&&LoggedHost| turn.host.as_ref().is_some_and(|host| sharing.contains(host));
        let Some(first) = turns.iter().find(mine) else { continue };
        let spans: Vec<u64> = turns.iter().filter(mine).filter_map(|turn| turn.duration_ms).collect();
        let took = match (spans.iter().min(), spans.iter().max()) {
            (Some(least), Some(most)) if span(*least) == span(*most) => format!(", {}", span(*most)),
            (Some(least), Some(most)) => format!(", {} to {}", span(*least), span(*most)),
            _ => String::new(),
        };
        page.paragraph(2, &ending(outcome), &Cell::long(BOLD, &format!("{}{took}", told(&sharing))));
        if let Some(reason) = reason {
            page.paragraph(4, &Cell::plain(""), &Cell::long(PLAIN, reason));
        }
        let items: Vec<ItemSummary> = first.changes.iter().filter(|item| is_on_host(item)).cloned().collect();
        show_items(page, 4, &items);
    }
}

fn gates(page: &mut Page, gates: &[&GateSeen], named: bool) {
    for seen in gates {
        let (style, word) = if seen.good { (GREEN, "gate good: ") } else { (RED, "gate not good: ") };
        let tries = if seen.tries == 1 { String::new() } else { format!(", {} looks", seen.tries) };
        let after = if named { format!(", after {}", seen.wave) } else { String::new() };
        let text = format!("{}{after}: {} ({}{tries})", seen.gate, seen.saw, span(seen.duration_ms));
        page.paragraph(2, &Cell::new(style, word), &Cell::long(PLAIN, &text));
    }
}

/// A span of time with as much of it as people ask for.
pub(super) fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{seconds}.{} s", ms % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => number_of(usize::try_from(seconds / 86_400).unwrap_or(usize::MAX), "day"),
    }
}
