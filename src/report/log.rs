//! The journal, run by run.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::postmortem;
use crate::engine::plan::{Author, InventoryStamp};
use crate::engine::run::GateSeen;
use crate::engine::status::{Failure, Status};
use crate::engine::transaction::ItemSummary;
use crate::journal::{Happening, Line};
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
    /// How many lines are of newer versions of fleet and can't be told, by their format.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub newer: BTreeMap<String, usize>,
    /// How many lines cannot be read; `fleet log verify` says which.
    pub unreadable: usize,
    /// The hosts that were asked what they keep.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<AskedHost>,
}

/// What came of asking a host for its journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AskedHost {
    /// Its name in the inventory.
    pub host: HostName,
    /// `ok`, `unknown` where its journal is not whole, `unreachable` or `failed`.
    pub status: Status,
    /// How many lines it keeps.
    pub lines: usize,
    /// By how much its clock differs from ours, in milliseconds, where that is more than 2 s; behind is negative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_ms: Option<i64>,
    /// What is odd in its journal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// Why it has nothing to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// What one run did.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LoggedRun {
    /// Its name.
    pub run: RunId,
    /// When it began.
    pub time: Timestamp,
    /// The time of its last line.
    pub last: Timestamp,
    /// Who ran it, from where.
    pub who: Author,
    /// The address from which that person was logged in to the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The fingerprint of the key of that log-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The job that ran it, as an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci: Option<String>,
    /// From which inventory.
    pub inventory: InventoryStamp,
    /// The actions.
    pub actions: Vec<String>,
    /// The playbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub playbook: Option<String>,
    /// SHA-256 of the plan, in hexadecimal.
    pub plan: String,
    /// Who approved the plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<String>,
    /// Why the approval that was lacking was not waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<String>,
    /// The run that it takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<RunId>,
    /// The run that it carries on, or runs again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continues: Option<RunId>,
    /// How it ended as a whole, where that was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Why, where it did not end well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How long it took, in milliseconds, where that was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// What became of each host, in the order in which their turns came; a host that changed in two waves stands there twice.
    pub hosts: Vec<LoggedHost>,
    /// What the gates behind its waves saw, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateSeen>,
    /// What was said of an incident: then it is no run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<LoggedEvent>,
}

/// What a run did to one host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LoggedHost {
    /// `None`: what was done elsewhere, such as at a certificate authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<HostName>,
    /// When its turn came.
    pub time: Timestamp,
    /// The number of its wave, from 1.
    pub wave: usize,
    /// What the plan calls that wave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wave_name: Option<String>,
    /// The step of the playbook that the wave belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// `applied`, `rolled-back`, `refused`, `failed` or `unknown`; `None`: the journal has no ending of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Why, where it did not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// From what to what.
    pub changes: Vec<ItemSummary>,
}

/// What was said of an incident.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LoggedEvent {
    /// When.
    pub time: Timestamp,
    /// By whom.
    pub who: Author,
    /// Of which.
    pub incident: RunId,
    /// What happened.
    pub event: Happening,
    /// In words.
    pub text: String,
}

impl LogReport {
    /// Of the lines of a journal, in the order in which they were written.
    pub fn of(lines: Vec<Line>) -> Self {
        let mut runs: BTreeMap<RunId, LoggedRun> = BTreeMap::new();
        // A host's transaction in a wave: its later lines tell what became of it.
        let mut turns: BTreeMap<(RunId, HostName), usize> = BTreeMap::new();
        for line in lines {
            let name = line.run.whole();
            let run = runs.entry(name.clone()).or_insert_with(|| LoggedRun::of(name, &line));
            run.hear(line, &mut turns);
        }
        let mut runs: Vec<LoggedRun> = runs.into_values().collect();
        runs.sort_by(|a, b| (a.time, &a.run).cmp(&(b.time, &b.run)));
        Self { schema: SCHEMA, runs, older: 0, newer: BTreeMap::new(), unreadable: 0, hosts: Vec::new() }
    }
}

impl LoggedRun {
    /// Of its first line, without what that says of a host.
    fn of(name: RunId, line: &Line) -> Self {
        Self {
            run: name,
            time: line.time,
            last: line.time,
            who: line.who.clone(),
            from: None,
            key: None,
            ci: None,
            inventory: line.inventory.clone(),
            actions: line.actions.clone(),
            playbook: None,
            plan: line.plan.clone(),
            approved_by: Vec::new(),
            break_glass: None,
            undoes: None,
            continues: None,
            outcome: None,
            reason: None,
            duration_ms: None,
            hosts: Vec::new(),
            gates: Vec::new(),
            events: Vec::new(),
        }
    }

    fn hear(&mut self, line: Line, turns: &mut BTreeMap<(RunId, HostName), usize>) {
        let about = line.about;
        self.time = self.time.min(line.time);
        self.last = self.last.max(line.time);
        for (known, said) in [
            (&mut self.from, about.from),
            (&mut self.key, about.key),
            (&mut self.ci, about.ci),
            (&mut self.playbook, about.playbook),
            (&mut self.break_glass, about.break_glass),
        ] {
            if known.is_none() {
                *known = said;
            }
        }
        self.undoes = self.undoes.take().or(about.undoes);
        self.continues = self.continues.take().or(about.continues);
        if self.approved_by.is_empty() {
            self.approved_by = about.approved_by;
        }
        for seen in about.gates {
            // A line of the run as a whole may tell again what was told behind the wave.
            if !self.gates.contains(&seen) {
                self.gates.push(seen);
            }
        }
        if let Some(event) = about.incident {
            let text = match &event.check {
                Some(seen) if event.text.is_empty() => postmortem::verdict_of(seen),
                _ => event.text,
            };
            let (incident, event) = (event.incident, event.event);
            self.events.push(LoggedEvent { time: line.time, who: line.who, incident, event, text });
            return;
        }
        if line.host.is_none() && line.changes.is_empty() {
            self.outcome = line.outcome.or(self.outcome.take());
            self.reason = line.reason.or(self.reason.take());
            self.duration_ms = about.duration_ms.or(self.duration_ms);
            return;
        }
        let turn = LoggedHost {
            host: line.host.clone(),
            time: line.time,
            wave: line.run.wave() + 1,
            wave_name: about.wave,
            step: about.step,
            outcome: line.outcome,
            reason: line.reason,
            duration_ms: about.duration_ms,
            changes: line.changes,
        };
        // What was done elsewhere is one line each, and over.
        let key = line.host.map(|host| (line.run, host));
        let before = key.as_ref().and_then(|key| turns.get(key));
        if let Some(known) = before.and_then(|at| self.hosts.get_mut(*at)) {
            *known = LoggedHost {
                time: known.time,
                duration_ms: turn.duration_ms.or_else(|| between(known.time, turn.time)),
                wave_name: turn.wave_name.or(known.wave_name.take()),
                step: turn.step.or(known.step.take()),
                ..turn
            };
        } else {
            turns.extend(key.map(|key| (key, self.hosts.len())));
            self.hosts.push(turn);
        }
    }

    /// How long it took as far as it is known, in milliseconds: as recorded, else to its last line.
    pub(super) fn took(&self) -> u64 {
        self.duration_ms.or_else(|| between(self.time, self.last)).unwrap_or(0)
    }

    /// How many transactions came to which end, the good ones first.
    pub(super) fn endings(&self) -> Vec<(&str, usize)> {
        let mut counts: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for turn in self.hosts.iter().filter(|turn| turn.host.is_some()) {
            let word = turn.outcome.as_deref().unwrap_or(NO_ENDING);
            let place = ENDINGS.iter().position(|known| *known == word).unwrap_or(ENDINGS.len());
            *counts.entry((place, word)).or_default() += 1;
        }
        counts.into_iter().map(|((_, word), count)| (word, count)).collect()
    }
}

/// In words, where the journal has no ending.
pub(super) const NO_ENDING: &str = "no ending known";

const ENDINGS: [&str; 6] = ["applied", "rolled-back", "refused", "failed", "unknown", NO_ENDING];

/// From one moment to another, in milliseconds; none where the second is the earlier one.
fn between(from: Timestamp, to: Timestamp) -> Option<u64> {
    u64::try_from(to.as_millisecond() - from.as_millisecond()).ok().filter(|span| *span > 0)
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
