//! How a host stands while a run is taken back: as it was seen, and then as each transaction leaves it.

use std::collections::{BTreeMap, BTreeSet};

use globset::GlobBuilder;

use super::Refusal;
use crate::engine::fact::Fact;
use crate::engine::kept::{Kept, KeptChange, LaterRun};
use crate::engine::probe::{HostFacts, LinkFact, PathKind};
use crate::engine::status::Failure;
use crate::engine::transaction::PathState;
use crate::names::{RemotePath, UnitName};

/// How a unit stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnitNow {
    pub(super) active: bool,
    pub(super) enabled: bool,
}

pub(super) struct Ground<'a> {
    facts: &'a HostFacts,
    later: &'a [LaterRun],
    /// What was taken back so far.
    paths: BTreeMap<RemotePath, PathState>,
    units: BTreeMap<UnitName, UnitNow>,
    /// Those that are started anew on the way back.
    pub(super) started: BTreeSet<UnitName>,
}

impl<'a> Ground<'a> {
    pub(super) fn of(kept: &'a Kept, facts: &'a HostFacts) -> Self {
        let (paths, units) = (BTreeMap::new(), BTreeMap::new());
        Self { facts, later: &kept.later, paths, units, started: BTreeSet::new() }
    }

    /// What stands at the path of a change.
    pub(super) fn at(&self, change: &KeptChange) -> Result<PathState, Refusal> {
        if let Some(state) = self.paths.get(&change.path) {
            return Ok(state.clone());
        }
        let unknown = |why: &str| unknown(&change.declared, why);
        match self.facts.link(&change.path) {
            Fact::Known(LinkFact::Link(target)) => return Ok(PathState::Link { target: target.clone() }),
            Fact::Unknown(why) => return Err(unknown(&why)),
            Fact::Known(LinkFact::Other) | Fact::Absent => {}
        }
        let fact = match self.facts.file(&change.path) {
            Fact::Absent => return Ok(PathState::Absent),
            Fact::Unknown(why) => return Err(unknown(&why)),
            Fact::Known(fact) => fact,
        };
        if let Fact::Known(declared) = self.facts.file(&change.declared)
            && declared.resolved != change.path
        {
            let message = format!("{} leads to {} now, and led to {}", change.declared, declared.resolved, change.path);
            return Err(self.changed(change.declared.as_str(), &message));
        }
        match &fact.kind {
            PathKind::Directory => Ok(PathState::Directory),
            PathKind::Digest(digest) => {
                Ok(PathState::File { digest: digest.clone(), mode: fact.mode.clone(), owner: fact.owner.clone() })
            }
            PathKind::File(_) => Err(unknown("its digest was not told")),
            PathKind::Other(kind) => {
                Err(self.changed(change.declared.as_str(), &format!("{} is a {kind} now", change.declared)))
            }
        }
    }

    pub(super) fn put(&mut self, path: &RemotePath, state: PathState) {
        self.paths.insert(path.clone(), state);
    }

    /// What a directory holds.
    pub(super) fn names_in(&self, change: &KeptChange) -> Result<BTreeSet<String>, Refusal> {
        let names = match self.facts.directory(&change.path) {
            Fact::Known(names) => names.clone(),
            Fact::Absent => Vec::new(),
            Fact::Unknown(why) => return Err(unknown(&change.declared, &why)),
        };
        let mut names: BTreeSet<String> = names.into_iter().collect();
        // What was taken back already is gone, or there again.
        for (path, state) in &self.paths {
            let name = path.as_str().strip_prefix(change.path.as_str()).and_then(|rest| rest.strip_prefix('/'));
            match name.filter(|name| !name.contains('/')) {
                Some(name) if *state == PathState::Absent => {
                    names.remove(name);
                }
                Some(name) => {
                    names.insert(name.to_owned());
                }
                None => {}
            }
        }
        Ok(names)
    }

    pub(super) fn unit(&self, unit: &UnitName) -> Result<UnitNow, Refusal> {
        if let Some(now) = self.units.get(unit) {
            return Ok(now.clone());
        }
        if let Some(why) = &self.facts.units_unknown {
            let message = format!("how {unit} stands is not known: {why}");
            return Err(Refusal { failure: Failure::bare("unknown", message), place: unit.to_string() });
        }
        let now = |fact: &crate::engine::probe::UnitFact| UnitNow {
            active: fact.runs(),
            enabled: fact.unit_file_state.starts_with("enabled"),
        };
        Ok(self.facts.units.get(unit).map_or(UnitNow { active: false, enabled: false }, now))
    }

    pub(super) fn set_unit(&mut self, unit: &UnitName, now: UnitNow) {
        self.units.insert(unit.clone(), now);
    }

    /// The units of a pattern that run.
    pub(super) fn running(&self, pattern: &str) -> Result<BTreeSet<UnitName>, Refusal> {
        let odd = |why: String| Refusal { failure: Failure::bare("unknown", why), place: String::new() };
        let glob = GlobBuilder::new(pattern).literal_separator(false).build();
        let glob = glob.map_err(|error| odd(format!("{pattern:?} is no pattern of units: {error}")))?.compile_matcher();
        let known = self.facts.units.keys().chain(self.units.keys()).filter(|unit| glob.is_match(unit.as_str()));
        let mut running = BTreeSet::new();
        for unit in known {
            if self.unit(unit)?.active {
                running.insert(unit.clone());
            }
        }
        Ok(running)
    }

    /// Something is not as the run left it; where another run since says that it was there, that one is named.
    pub(super) fn changed(&self, place: &str, message: &str) -> Refusal {
        let covers =
            |known: &String| known == place || place.strip_prefix(known.as_str()).is_some_and(|it| it.starts_with('/'));
        let by = self.later.iter().rev().find(|later| later.places.iter().any(covers));
        let by = by.map(|later| {
            let who = &later.who;
            format!(" (by {} of {}@{}, {})", later.run, who.user, who.machine, later.time.strftime("%F %TZ"))
        });
        let message = format!("{message}{}", by.unwrap_or_default());
        let hint = "what was done since would be lost: undo that first, or put it right by hand";
        Refusal { failure: Failure::new("changed-since", message, hint), place: place.to_owned() }
    }
}

fn unknown(place: &RemotePath, why: &str) -> Refusal {
    let message = format!("what stands at {place} is not known: {why}");
    Refusal { failure: Failure::bare("unknown", message), place: place.to_string() }
}
