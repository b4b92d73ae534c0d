//! The journal as a story: the result of `log`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{BOLD, Canvas, Cell, DIM, GREEN, PLAIN, Page, RED, YELLOW};
use super::fold::names;
use super::summary::{is_on_host, show_items};
use super::text::number_of;
use super::{Report, people};
use crate::engine::plan::{Author, InventoryStamp};
use crate::engine::transaction::ItemSummary;
use crate::journal::Line;
use crate::names::{HostName, RunId};

/// What `fleet schema log` describes.
pub(super) const SCHEMA: &str = "fleet/log/v1";

/// Runs, from the oldest to the newest.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LogReport {
    schema: &'static str,
    /// The runs.
    pub runs: Vec<LoggedRun>,
    /// How many older runs are not shown.
    pub older: usize,
}

/// What one run did.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LoggedRun {
    /// Its name.
    pub run: RunId,
    /// When it began.
    pub time: Timestamp,
    /// Who ran it, from where.
    pub who: Author,
    /// From which inventory.
    pub inventory: InventoryStamp,
    /// The actions.
    pub actions: Vec<String>,
    /// SHA-256 of the plan, in hexadecimal.
    pub plan: String,
    /// What became of each host, in the order in which their turns came; a host that changed in two waves stands there twice.
    pub hosts: Vec<LoggedHost>,
}

/// What a run did to one host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LoggedHost {
    /// `None`: what was done elsewhere, such as at a certificate authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<HostName>,
    /// When its turn came.
    pub time: Timestamp,
    /// `applied`, `rolled-back`, `refused`, `failed` or `unknown`; `None`: the journal has no ending of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Why, where it did not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// From what to what.
    pub changes: Vec<ItemSummary>,
}

impl LogReport {
    /// Of the lines of a journal, in the order in which they were written.
    pub fn of(lines: Vec<Line>) -> Self {
        let mut runs: BTreeMap<RunId, LoggedRun> = BTreeMap::new();
        // A host's transaction in a wave: its later lines tell what became of it.
        let mut turns: BTreeMap<(RunId, Option<HostName>), usize> = BTreeMap::new();
        for line in lines {
            let name = whole_run(&line.run);
            let run = runs.entry(name.clone()).or_insert_with(|| LoggedRun {
                run: name,
                time: line.time,
                who: line.who.clone(),
                inventory: line.inventory.clone(),
                actions: line.actions.clone(),
                plan: line.plan.clone(),
                hosts: Vec::new(),
            });
            let turn = LoggedHost {
                host: line.host.clone(),
                time: line.time,
                outcome: line.outcome,
                reason: line.reason,
                changes: line.changes,
            };
            // What was done elsewhere is one line each, and over.
            let before = line.host.as_ref().and_then(|_| turns.get(&(line.run.clone(), line.host.clone())));
            if let Some(known) = before.and_then(|at| run.hosts.get_mut(*at)) {
                *known = LoggedHost { time: known.time, ..turn };
            } else {
                turns.insert((line.run, line.host), run.hosts.len());
                run.hosts.push(turn);
            }
        }
        let mut runs: Vec<LoggedRun> = runs.into_values().collect();
        runs.sort_by(|a, b| (a.time, &a.run).cmp(&(b.time, &b.run)));
        Self { schema: SCHEMA, runs, older: 0 }
    }

    /// Only these runs.
    pub fn keep(&mut self, wanted: impl FnMut(&LoggedRun) -> bool) {
        self.runs.retain(wanted);
    }

    /// Only the last so many.
    pub fn last(&mut self, most: usize) {
        let older = self.runs.len().saturating_sub(most);
        self.runs.drain(..older);
        self.older += older;
    }
}

/// The transactions of a run's later waves are called `RUN.2` and so on.
fn whole_run(run: &RunId) -> RunId {
    RunId::new(run.as_str().split('.').next().unwrap_or_default())
}

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
        page.finish()
    }
}

fn show_run(page: &mut Page, run: &LoggedRun) {
    let time = run.time.strftime("%F %T UTC").to_string();
    page.flow(&[
        (Cell::new(BOLD, &time), ""),
        (Cell::plain(&format!("{}@{}", run.who.user, run.who.machine)), "  "),
        (Cell::plain(&run.actions.join(" and ")), "  "),
        (Cell::new(DIM, run.run.as_str()), "  "),
    ]);
    for turn in run.hosts.iter().filter(|turn| turn.host.is_none()) {
        let items: Vec<(&str, &str)> = turn.changes.iter().map(|item| (item.kind.as_str(), item.id.as_str())).collect();
        page.paragraph(2, &lead(turn), &Cell::long(BOLD, &people::list_of(&items)));
        let told = turn.changes.iter().flat_map(|item| &item.operations).chain(&turn.reason);
        told.for_each(|text| page.paragraph(4, &Cell::plain(""), &Cell::long(PLAIN, text)));
    }
    let turns = run.hosts.iter().filter_map(|turn| {
        let key = (turn.outcome.as_deref(), turn.reason.as_deref(), crate::text::json(&turn.changes));
        Some((key, turn.host.clone()?))
    });
    for ((outcome, reason, _), sharing) in people::folded(turns) {
        let alike = |turn: &&LoggedHost| {
            turn.host.as_ref().is_some_and(|host| sharing.contains(host))
                && (turn.outcome.as_deref(), turn.reason.as_deref()) == (outcome, reason)
        };
        let Some(turn) = run.hosts.iter().find(alike) else { continue };
        page.paragraph(2, &lead(turn), &Cell::long(BOLD, &told(&sharing)));
        if let Some(reason) = reason {
            page.paragraph(4, &Cell::plain(""), &Cell::long(PLAIN, reason));
        }
        let items: Vec<ItemSummary> = turn.changes.iter().filter(|item| is_on_host(item)).cloned().collect();
        show_items(page, 4, &items);
    }
}

fn told(hosts: &BTreeSet<HostName>) -> String {
    match hosts.len() {
        1 => names(hosts),
        count => format!("{} ({count} hosts)", names(hosts)),
    }
}

fn lead(turn: &LoggedHost) -> Cell {
    let (style, word) = match turn.outcome.as_deref() {
        Some("applied") => (GREEN, "applied"),
        Some(word @ ("rolled-back" | "failed")) => (RED, word),
        Some(word) => (YELLOW, word),
        None => (YELLOW, "no ending known"),
    };
    Cell::new(style, &format!("{word}: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(run: &str, second: i64, host: &str, outcome: Option<&str>) -> Line {
        Line {
            schema: crate::journal::SCHEMA.to_owned(),
            time: Timestamp::from_second(second).expect("time"),
            run: RunId::new(run),
            who: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
            inventory: InventoryStamp::default(),
            actions: vec!["cert".to_owned()],
            plan: String::new(),
            host: Some(HostName::new(host)).filter(|_| !host.is_empty()),
            changes: Vec::new(),
            outcome: outcome.map(str::to_owned),
            reason: None,
            about: crate::journal::About::default(),
        }
    }

    #[test]
    fn a_run_is_told_once_with_what_became_of_each_host() {
        let report = LogReport::of(vec![
            line("b", 20, "sally", None),
            line("a", 10, "", Some("applied")),
            line("a", 11, "esme", None),
            line("a", 12, "esme", Some("applied")),
            line("a.2", 13, "sally", None),
            line("a.2", 14, "sally", Some("rolled-back")),
            line("a", 15, "", Some("applied")),
        ]);
        let told: Vec<String> = report
            .runs
            .iter()
            .flat_map(|run| run.hosts.iter().map(move |turn| (&run.run, turn)))
            .map(|(run, turn)| format!("{run} {} {:?}", turn.host.as_ref().map_or("-", HostName::as_str), turn.outcome))
            .collect();
        let applied = "Some(\"applied\")";
        let expected = [
            &format!("a - {applied}"),
            &format!("a esme {applied}"),
            "a sally Some(\"rolled-back\")",
            &format!("a - {applied}"),
            "b sally None",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn older_runs_are_counted() {
        let mut report = LogReport::of(vec![line("a", 1, "x", None), line("b", 2, "x", None), line("c", 3, "x", None)]);
        report.keep(|run| run.run.as_str() != "b");
        report.last(1);
        assert_eq!((report.runs.len(), report.older, report.runs[0].run.as_str()), (1, 1, "c"));
    }
}
