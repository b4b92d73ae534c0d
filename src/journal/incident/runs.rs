//! The runs of an incident: what each did on which hosts, and what is there since.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::Line;
use crate::engine::plan::{Author, InventoryStamp};
use crate::engine::run::GateSeen;
use crate::engine::transaction::ItemSummary;
use crate::names::{HostName, RunId};

/// What one run did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IncidentRun {
    /// Its name.
    pub run: RunId,
    /// Its first line.
    pub time: Timestamp,
    /// Its last line.
    pub ended: Timestamp,
    /// Who ran it, from where.
    pub who: Author,
    /// The actions.
    pub actions: Vec<String>,
    /// The playbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub playbook: Option<String>,
    /// The run that it took back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<RunId>,
    /// The run that it carried on, or ran again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continues: Option<RunId>,
    /// Who approved it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<String>,
    /// Why the approval that was lacking was not waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<String>,
    /// SHA-256 of the plan, in hexadecimal.
    pub plan: String,
    /// From which inventory.
    pub inventory: InventoryStamp,
    /// How it ended as a whole.
    pub verdict: Verdict,
    /// Why it stopped, where that was no host's fault alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the plan calls its waves, by their numbers from 1; empty: the journal has no name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub waves: BTreeMap<u32, String>,
    /// What became of the hosts; those that share changes, outcome and reason are one group.
    pub groups: Vec<Group>,
    /// What was done elsewhere, such as at a certificate authority, or what kept the run from going on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Group>,
    /// What the gates between waves saw.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateSeen>,
}

/// How a run ended as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every host that it came to has changed.
    Applied,
    /// Some hosts have changed, others came to another end.
    Partly,
    /// It changed nothing that stayed: each host was put back.
    RolledBack,
    /// It changed nothing.
    Nothing,
    /// The journal has no ending of it for some host.
    Unknown,
}

/// Hosts that underwent the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Group {
    /// `applied`, `rolled-back`, `refused`, `failed` or `unknown`; `None`: the journal has no ending of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Why, where it did not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Which hosts; none: elsewhere.
    pub hosts: BTreeSet<HostName>,
    /// The same hosts by the numbers of their waves, from 1.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub waves: BTreeMap<u32, BTreeSet<HostName>>,
    /// From what to what.
    pub changes: Vec<ItemSummary>,
}

/// What a run has left on hosts, and no later one has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Standing {
    /// The action.
    pub kind: String,
    /// The item's name in the inventory.
    pub id: String,
    /// Where it is on the hosts.
    pub place: String,
    /// What of it.
    pub subject: String,
    /// What stands there; `None`: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// On which hosts.
    pub hosts: BTreeSet<HostName>,
    /// Since which run.
    pub run: RunId,
}

/// What a host underwent in one wave.
struct Turn {
    host: Option<HostName>,
    wave: u32,
    ended: Timestamp,
    outcome: Option<String>,
    reason: Option<String>,
    changes: Vec<ItemSummary>,
}

/// A turn that was carried through, for whoever asks what helped.
pub(super) struct Applied<'a> {
    pub(super) run: &'a RunId,
    pub(super) host: &'a HostName,
    pub(super) ended: Timestamp,
    pub(super) changes: &'a [ItemSummary],
}

/// A run with its turns, which the story folds.
pub(super) struct Whole {
    pub(super) run: IncidentRun,
    turns: Vec<Turn>,
}

impl Whole {
    pub(super) fn applied(&self) -> impl Iterator<Item = Applied<'_>> {
        self.turns.iter().filter(|turn| turn.outcome.as_deref() == Some("applied")).filter_map(|turn| {
            let host = turn.host.as_ref()?;
            Some(Applied { run: &self.run.run, host, ended: turn.ended, changes: &turn.changes })
        })
    }
}

/// All runs in these lines, from the oldest to the newest.
pub(super) fn runs(lines: &[Line]) -> Vec<Whole> {
    let mut runs: BTreeMap<RunId, Whole> = BTreeMap::new();
    let mut turns: BTreeMap<(RunId, HostName), usize> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.about.incident.is_none()) {
        let name = line.run.whole();
        let whole = runs.entry(name.clone()).or_insert_with(|| Whole { run: begun(name, line), turns: Vec::new() });
        take_up(&mut whole.run, line);
        let turn = Turn {
            host: line.host.clone(),
            wave: wave(line),
            ended: line.time,
            outcome: line.outcome.clone(),
            reason: line.reason.clone(),
            changes: line.changes.clone(),
        };
        let known = line.host.as_ref().map(|host| (line.run.clone(), host.clone()));
        if let Some(before) = known.as_ref().and_then(|key| turns.get(key)).and_then(|at| whole.turns.get_mut(*at)) {
            // A host's own copy of a line must not make an ending unknown again.
            if is_better(turn.outcome.as_deref(), before.outcome.as_deref()) {
                *before = turn;
            }
            continue;
        }
        if let Some(key) = known {
            turns.insert(key, whole.turns.len());
        } else if turn.changes.is_empty() {
            // It tells of the run as a whole.
            whole.run.reason = whole.run.reason.take().or(turn.reason);
            continue;
        } else if whole.turns.iter().any(|other| same(other, &turn)) {
            continue;
        }
        whole.turns.push(turn);
    }
    let mut runs: Vec<Whole> = runs.into_values().collect();
    for whole in &mut runs {
        let (elsewhere, on_hosts): (Vec<&Turn>, Vec<&Turn>) = whole.turns.iter().partition(|turn| turn.host.is_none());
        whole.run.groups = folded(on_hosts);
        whole.run.elsewhere = folded(elsewhere);
        whole.run.verdict = verdict(&whole.run);
    }
    runs.sort_by(|a, b| (a.run.time, &a.run.run).cmp(&(b.run.time, &b.run.run)));
    runs
}

fn begun(name: RunId, line: &Line) -> IncidentRun {
    IncidentRun {
        run: name,
        time: line.time,
        ended: line.time,
        who: line.who.clone(),
        actions: line.actions.clone(),
        playbook: None,
        undoes: None,
        continues: None,
        approved_by: Vec::new(),
        break_glass: None,
        plan: line.plan.clone(),
        inventory: line.inventory.clone(),
        verdict: Verdict::Unknown,
        reason: None,
        waves: BTreeMap::new(),
        groups: Vec::new(),
        elsewhere: Vec::new(),
        gates: Vec::new(),
    }
}

/// What any line of a run tells of it.
fn take_up(run: &mut IncidentRun, line: &Line) {
    run.time = run.time.min(line.time);
    run.ended = run.ended.max(line.time);
    if run.plan.is_empty() {
        run.plan.clone_from(&line.plan);
    }
    let about = &line.about;
    run.playbook = run.playbook.take().or_else(|| about.playbook.clone());
    run.undoes = run.undoes.take().or_else(|| about.undoes.clone());
    run.continues = run.continues.take().or_else(|| about.continues.clone());
    run.break_glass = run.break_glass.take().or_else(|| about.break_glass.clone());
    if line.host.is_some() {
        let name = run.waves.entry(wave(line)).or_default();
        if let (true, Some(known)) = (name.is_empty(), &about.wave) {
            name.clone_from(known);
        }
    }
    for person in &about.approved_by {
        if !run.approved_by.contains(person) {
            run.approved_by.push(person.clone());
        }
    }
    for gate in &about.gates {
        if !run.gates.contains(gate) {
            run.gates.push(gate.clone());
        }
    }
}

/// The number of its wave, which stands behind the name of the run: the second one's lines are of `RUN.2`.
fn wave(line: &Line) -> u32 {
    line.run.as_str().rsplit_once('.').and_then(|(_, number)| number.parse().ok()).unwrap_or(1)
}

fn is_better(new: Option<&str>, known: Option<&str>) -> bool {
    let certainty = |outcome: Option<&str>| match outcome {
        None => 0,
        Some("unknown") => 1,
        Some(_) => 2,
    };
    certainty(new) >= certainty(known)
}

fn same(one: &Turn, other: &Turn) -> bool {
    let of = |turn: &Turn| (turn.host.clone(), turn.ended, turn.outcome.clone(), turn.reason.clone());
    of(one) == of(other) && one.changes == other.changes
}

/// In the order in which they first came up.
fn folded(turns: Vec<&Turn>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for turn in turns {
        let alike = |group: &Group| {
            (&group.outcome, &group.reason, &group.changes) == (&turn.outcome, &turn.reason, &turn.changes)
        };
        let at = groups.iter().position(alike).unwrap_or_else(|| {
            groups.push(Group {
                outcome: turn.outcome.clone(),
                reason: turn.reason.clone(),
                hosts: BTreeSet::new(),
                waves: BTreeMap::new(),
                changes: turn.changes.clone(),
            });
            groups.len() - 1
        });
        if let Some(host) = &turn.host {
            groups[at].hosts.insert(host.clone());
            groups[at].waves.entry(turn.wave).or_default().insert(host.clone());
        }
    }
    groups
}

fn verdict(run: &IncidentRun) -> Verdict {
    let has = |outcome: Option<&str>| run.groups.iter().any(|group| group.outcome.as_deref() == outcome);
    let only = |outcomes: &[&str]| {
        run.groups.iter().all(|group| group.outcome.as_deref().is_some_and(|outcome| outcomes.contains(&outcome)))
    };
    let stopped = run.elsewhere.iter().any(|group| group.outcome.as_deref().is_some_and(|it| it != "applied"))
        || run.gates.iter().any(|gate| !gate.good)
        || run.reason.is_some();
    if has(None) || has(Some("unknown")) {
        Verdict::Unknown
    } else if has(Some("applied")) {
        if only(&["applied"]) && !stopped { Verdict::Applied } else { Verdict::Partly }
    } else if has(Some("rolled-back")) {
        Verdict::RolledBack
    } else {
        Verdict::Nothing
    }
}

/// What these runs have left: of each thing on each host the last that was carried through.
pub(super) fn standing(runs: &[Whole]) -> Vec<Standing> {
    type Key<'a> = (&'a str, &'a str, &'a str, &'a str, &'a HostName);
    let mut last: BTreeMap<Key<'_>, (&RunId, Option<&str>)> = BTreeMap::new();
    for applied in runs.iter().flat_map(Whole::applied) {
        for item in applied.changes {
            for line in &item.diff {
                let key: Key<'_> = (&item.kind, &item.id, &item.place, &line.subject, applied.host);
                last.insert(key, (applied.run, line.after.as_deref()));
            }
        }
    }
    let mut standing: Vec<Standing> = Vec::new();
    for ((kind, id, place, subject, host), (run, value)) in last {
        let alike = |other: &&mut Standing| {
            (other.kind.as_str(), other.id.as_str(), other.place.as_str(), other.subject.as_str())
                == (kind, id, place, subject)
                && (other.value.as_deref(), &other.run) == (value, run)
        };
        if let Some(known) = standing.iter_mut().rev().find(alike) {
            known.hosts.insert(host.clone());
        } else {
            standing.push(Standing {
                kind: kind.to_owned(),
                id: id.to_owned(),
                place: place.to_owned(),
                subject: subject.to_owned(),
                value: value.map(str::to_owned),
                hosts: BTreeSet::from([host.clone()]),
                run: run.clone(),
            });
        }
    }
    standing
}
