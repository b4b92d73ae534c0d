//! What the hosts will look like once earlier steps are done: their facts with the changes of those steps in them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::action::World;
use crate::engine::compile::Values;
use crate::engine::fact::Fact;
use crate::engine::plan::predict;
use crate::engine::probe::{
    Bytes, HostFacts, LinkFact, Observation, Observations, PathFact, PathKind, Probe, ProcessFact, UnitFact,
};
use crate::engine::transaction::{Change, Content, Part, PathState, Transaction, UnitOperation, Verify};
use crate::names::{HostName, RemotePath, UnitName};
use crate::secrets::DigestKey;

/// The hosts as earlier steps leave them.
pub(super) struct Ahead<'a> {
    /// What they would answer.
    pub(super) observations: Observations,
    /// Paths of which nobody knows what they will hold, with the step that changes them.
    unpredicted: BTreeMap<(HostName, RemotePath), String>,
    values: Values,
    key: &'a DigestKey,
}

impl<'a> Ahead<'a> {
    /// As they are.
    pub(super) fn of(world: &World<'a>) -> Self {
        let secrets = world.secrets.iter().filter_map(|(place, value)| Some((place.clone(), value.clone().ok()?)));
        Self {
            observations: world.observations.clone(),
            unpredicted: BTreeMap::new(),
            values: Values { secrets: secrets.collect(), ..Values::default() },
            key: world.key,
        }
    }

    /// The step that changes what this probe asks of a host, in a way that cannot be predicted; with the path.
    pub(super) fn clash(&self, host: &HostName, probe: &Probe) -> Option<(&RemotePath, &str)> {
        let (Probe::File { path } | Probe::Link { path } | Probe::Digest { path } | Probe::Directory { path }) = probe
        else {
            return None;
        };
        let ((_, path), step) = self.unpredicted.get_key_value(&(host.clone(), path.clone()))?;
        Some((path, step))
    }

    /// Lets a transaction of a step have happened.
    pub(super) fn happen(&mut self, step: &str, host: &HostName, transaction: &Transaction) {
        let Some(Observation::Facts(facts)) = self.observations.get_mut(host) else { return };
        let facts = facts.as_mut();
        let mut unpredicted = BTreeSet::new();
        for (change, state) in transaction.changes.iter().zip(predict(transaction).into_iter().map(|it| it.state)) {
            let after =
                After { facts: &mut *facts, values: &self.values, key: self.key, unpredicted: &mut unpredicted };
            after.change(change, &state);
        }
        let now = facts.clock + 1.0;
        for operation in &transaction.units {
            operate(facts, operation, now);
        }
        for verify in &transaction.verify {
            self.values.environment(facts, verify, self.key);
        }
        for path in unpredicted {
            self.unpredicted.entry((host.clone(), path)).or_insert_with(|| step.to_owned());
        }
    }
}

struct After<'a> {
    facts: &'a mut HostFacts,
    values: &'a Values,
    key: &'a DigestKey,
    unpredicted: &'a mut BTreeSet<RemotePath>,
}

impl After<'_> {
    fn change(mut self, change: &Change, state: &PathState) {
        let path = change.path();
        // What is not settled before a certificate is there has a path that nobody knows yet.
        if path.as_str().contains("{{") {
            return;
        }
        let clock = self.facts.clock;
        let stands = |kind, mode: &str, owner: &str| {
            Fact::Known(PathFact {
                resolved: path.clone(),
                kind,
                mode: mode.to_owned(),
                owner: owner.to_owned(),
                modified: clock,
                touched: clock,
            })
        };
        match (change, state) {
            (
                Change::Write { content, digest, .. },
                PathState::File { mode, owner, .. } | PathState::Deferred { mode, owner, .. },
            ) => {
                let asked = self.asked(path);
                let only_digest = asked.iter().any(|key| {
                    matches!(self.facts.files.get(key), Some(Fact::Known(PathFact { kind: PathKind::Digest(_), .. })))
                });
                let kind = match (only_digest, digest, self.bytes(path, content)) {
                    (true, Some(digest), _) => Some(PathKind::Digest(digest.clone())),
                    (false, _, Some(bytes)) => Some(PathKind::File(Bytes(bytes))),
                    _ => None,
                };
                match kind {
                    Some(kind) => self.put(path, &stands(kind, mode, owner), LinkFact::Other),
                    None => self.lose(path),
                }
            }
            (Change::Link { target, .. }, _) => self.link(path, target),
            (Change::Directory { mode, owner, .. }, _) => {
                let stood =
                    matches!(self.facts.files.get(path), Some(Fact::Known(fact)) if fact.kind == PathKind::Directory);
                if !stood {
                    let mode = mode.as_deref().unwrap_or("0700");
                    let fresh = stands(PathKind::Directory, mode, owner.as_deref().unwrap_or("root:root"));
                    self.put(path, &fresh, LinkFact::Other);
                    if let Some(names) = self.facts.directories.get_mut(path) {
                        *names = Fact::Known(Vec::new());
                    }
                }
            }
            (Change::Remove { .. } | Change::RemoveDirectory { .. }, _) => self.remove(path),
            (Change::Write { .. }, _) => self.lose(path),
        }
    }

    /// The questions whose answer stands at this path.
    fn asked(&self, path: &RemotePath) -> Vec<RemotePath> {
        let resolves = |(key, fact): (&RemotePath, &Fact<PathFact>)| {
            let there = key == path || fact.known().is_some_and(|fact| fact.resolved == *path);
            there.then(|| key.clone())
        };
        self.facts.files.iter().filter_map(resolves).collect()
    }

    fn bytes(&self, path: &RemotePath, content: &Content) -> Option<Vec<u8>> {
        let before = self.asked(path).into_iter().find_map(|key| match self.facts.files.get(&key) {
            Some(Fact::Known(PathFact { kind: PathKind::File(bytes), .. })) => Some(bytes.0.as_slice()),
            _ => None,
        });
        let mut whole = Vec::new();
        for part in &content.0 {
            match part {
                Part::Keep { offset, length } => {
                    let from = usize::try_from(*offset).ok()?;
                    let to = from.checked_add(usize::try_from(*length).ok()?)?;
                    whole.extend(before?.get(from..to)?);
                }
                Part::Text(_) | Part::Secret { .. } => {
                    whole.extend(self.values.bytes(&Content(vec![part.clone()]), self.key).ok()?);
                }
                Part::Deferred { .. } | Part::HostKey { .. } | Part::Kept { .. } => return None,
            }
        }
        Some(whole)
    }

    fn put(&mut self, path: &RemotePath, fact: &Fact<PathFact>, link: LinkFact) {
        for key in self.asked(path) {
            self.facts.files.insert(key, fact.clone());
        }
        if let Some(known) = self.facts.links.get_mut(path) {
            *known = Fact::Known(link);
        }
        self.listed(path, true);
    }

    fn remove(&mut self, path: &RemotePath) {
        let below = format!("{path}/");
        let gone = |key: &RemotePath, resolved: Option<&RemotePath>| {
            let is = |one: &RemotePath| one == path || one.as_str().starts_with(&below);
            is(key) || resolved.is_some_and(is)
        };
        for (key, fact) in &mut self.facts.files {
            if gone(key, fact.known().map(|fact| &fact.resolved)) {
                *fact = Fact::Absent;
            }
        }
        for (key, fact) in &mut self.facts.links {
            if gone(key, None) {
                *fact = Fact::Absent;
            }
        }
        for (key, fact) in &mut self.facts.directories {
            if gone(key, None) {
                *fact = Fact::Absent;
            }
        }
        self.listed(path, false);
    }

    fn link(&mut self, path: &RemotePath, target: &str) {
        let known = !target.contains("{{");
        // Whatever lies behind it is seen through it, and that was never asked.
        let below = format!("{path}/");
        let behind: Vec<RemotePath> = self
            .facts
            .files
            .keys()
            .chain(self.facts.directories.keys())
            .filter(|key| *key == path || key.as_str().starts_with(&below))
            .cloned()
            .collect();
        for key in behind {
            self.lose(&key);
        }
        if let Some(fact) = self.facts.links.get_mut(path) {
            if known {
                *fact = Fact::Known(LinkFact::Link(target.to_owned()));
            } else {
                self.lose(path);
            }
        }
        self.listed(path, true);
    }

    /// Nobody knows what will stand there.
    fn lose(&mut self, path: &RemotePath) {
        const WHY: &str = "an earlier step changes it, and what it will be is not known yet";
        for key in self.asked(path) {
            self.facts.files.insert(key.clone(), Fact::Unknown(WHY.to_owned()));
            self.unpredicted.insert(key);
        }
        if let Some(fact) = self.facts.directories.get_mut(path) {
            *fact = Fact::Unknown(WHY.to_owned());
        }
        if let Some(fact) = self.facts.links.get_mut(path) {
            *fact = Fact::Unknown(WHY.to_owned());
        }
        self.unpredicted.insert(path.clone());
    }

    /// A directory that was listed has the name now, or has it no more.
    fn listed(&mut self, path: &RemotePath, there: bool) {
        let Some((directory, name)) = path.as_str().rsplit_once('/') else { return };
        if let Some(Fact::Known(names)) = self.facts.directories.get_mut(directory) {
            names.retain(|known| known != name);
            if there {
                names.push(name.to_owned());
                names.sort();
            }
        }
    }
}

fn operate(facts: &mut HostFacts, operation: &UnitOperation, now: f64) {
    match operation {
        UnitOperation::Start(unit) => {
            let runs = facts.units.get(unit).is_some_and(UnitFact::runs);
            if !runs {
                started(facts, unit, now);
            }
        }
        UnitOperation::Restart(unit) => started(facts, unit, now),
        UnitOperation::Stop(unit) => {
            if let Some(fact) = facts.units.get_mut(unit) {
                fact.active_state = "inactive".to_owned();
                fact.sub_state = "dead".to_owned();
                fact.main_pid = 0;
                fact.state_changed = now;
            }
            facts.processes.retain(|process| process.unit != *unit);
        }
        UnitOperation::Reload(unit) => {
            if let Some(fact) = facts.units.get_mut(unit) {
                fact.state_changed = now;
            }
        }
        UnitOperation::Enable(unit) => enabled(facts, unit, "enabled"),
        UnitOperation::Disable(unit) => enabled(facts, unit, "disabled"),
        UnitOperation::DaemonReload | UnitOperation::Quiet { .. } | UnitOperation::Drain { .. } => {}
    }
}

fn enabled(facts: &mut HostFacts, unit: &UnitName, state: &str) {
    let fact = facts.units.entry(unit.clone()).or_insert_with(loaded);
    state.clone_into(&mut fact.unit_file_state);
}

/// A unit that nobody has asked for, or that was not there, as it is once something was done with it.
fn loaded() -> UnitFact {
    UnitFact {
        load_state: "loaded".to_owned(),
        active_state: "inactive".to_owned(),
        sub_state: "dead".to_owned(),
        ..UnitFact::default()
    }
}

/// It runs, and all of it is new.
fn started(facts: &mut HostFacts, unit: &UnitName, now: f64) {
    let fact = facts.units.entry(unit.clone()).or_insert_with(loaded);
    "loaded".clone_into(&mut fact.load_state);
    "active".clone_into(&mut fact.active_state);
    "running".clone_into(&mut fact.sub_state);
    fact.state_changed = now;
    fact.restarts = 0;
    // Helpers come and go; the main process is what was asked for.
    facts.processes.retain(|process| process.unit != *unit || process.main);
    let mut known = false;
    for process in facts.processes.iter_mut().filter(|process| process.unit == *unit) {
        process.started = now;
        known = true;
    }
    if !known && unit.as_str().ends_with(".service") {
        facts.processes.push(ProcessFact {
            unit: unit.clone(),
            pid: 0,
            main: true,
            started: now,
            environment: Fact::Unknown("an earlier step starts it".to_owned()),
        });
    }
}

trait Environment {
    fn environment(&self, facts: &mut HostFacts, verify: &Verify, key: &DigestKey);
}

impl Environment for Values {
    /// What a step makes sure of is so for the next.
    fn environment(&self, facts: &mut HostFacts, verify: &Verify, key: &DigestKey) {
        let Verify::Environment { unit, key: name, value } = verify else { return };
        for process in facts.processes.iter_mut().filter(|process| process.unit == *unit && process.main) {
            let Fact::Known(environment) = &mut process.environment else { continue };
            match value {
                None => {
                    environment.remove(name);
                }
                Some(value) => {
                    if let Ok(bytes) = self.bytes(value, key) {
                        environment.insert(name.clone(), Bytes(bytes));
                    }
                }
            }
        }
    }
}
