//! What became of a run: of each host, of each transaction, and where the run stopped.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plan::{OnFailure, Plan, Wave};
use super::status::{Failure, HostResult, Item, Status};
use super::transaction::ItemSummary;
use crate::names::{HostName, RunId};

/// What became of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunEnd {
    /// Every host that the plan changes, with what became of all its transactions together. Hosts of a wave whose gate was not
    /// good have failed.
    pub hosts: BTreeMap<HostName, HostResult>,
    /// What became of each transaction, by wave of the plan; whatever a gate said afterwards.
    pub waves: Vec<BTreeMap<HostName, Turn>>,
    /// Where it stopped, if it did not come to its end.
    pub stopped: Option<Stopped>,
}

/// What became of one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// It changed its host.
    Applied,
    /// Nothing of it was left to do.
    Needless,
    /// It did not begin: the run had stopped, or the host was not reached.
    NotBegun,
    /// The host refused it, and nothing was changed.
    Refused,
    /// It failed, and the host was put back as it was.
    RolledBack,
    /// It failed, and could not be put back wholly, or ran commands alone, which have no way back.
    Failed,
    /// It is out of sight.
    Unknown,
}

impl Turn {
    /// Of what is said to the journal, see [`super::commit::Ended::outcome`].
    pub(super) fn of(outcome: &str, status: Status) -> Self {
        match (outcome, status) {
            ("applied", _) => Self::Applied,
            ("rolled-back", _) => Self::RolledBack,
            ("refused", Status::Skipped | Status::Unreachable) => Self::NotBegun,
            ("refused", _) => Self::Refused,
            ("failed", _) => Self::Failed,
            _ => Self::Unknown,
        }
    }

    pub(super) fn is_done(self) -> bool {
        matches!(self, Self::Applied | Self::Needless)
    }
}

/// Where a run stopped, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stopped {
    /// The wave at or after which it stopped, counted from 0.
    pub wave: usize,
    /// That wave's name.
    pub name: String,
    /// The step of a playbook that the wave belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What the plan says of what was changed so far.
    pub on_failure: OnFailure,
    /// Why.
    pub failure: Failure,
}

/// Where a run has left a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// All that the plan has for it is done.
    Done,
    /// Some of it is done; the rest did not begin.
    Partly,
    /// Nothing of it has begun.
    Untouched,
    /// Its last transaction failed, and was put back as it was. What earlier ones changed stays.
    RolledBack,
    /// Its last transaction failed otherwise, or is out of sight.
    Failed,
}

impl Fate {
    fn of(turns: &[Turn]) -> Self {
        // After a failure nothing further is done to a host.
        match turns.iter().find(|turn| matches!(turn, Turn::RolledBack | Turn::Failed | Turn::Unknown)) {
            Some(Turn::RolledBack) => Self::RolledBack,
            Some(_) => Self::Failed,
            None if turns.iter().all(|turn| turn.is_done()) => Self::Done,
            None if turns.contains(&Turn::Applied) => Self::Partly,
            None => Self::Untouched,
        }
    }
}

impl RunEnd {
    /// One that never began: all hosts came to this end.
    pub(super) fn refused(plan: &Plan, status: Status, failure: &Failure) -> Self {
        let result = |host: &HostName| (host.clone(), HostResult::ended(host.clone(), status, failure.clone()));
        let skipped = |wave: &Wave| wave.transactions.keys().map(|host| (host.clone(), Turn::NotBegun)).collect();
        let first = plan.waves.iter().position(|wave| !wave.transactions.is_empty());
        Self {
            hosts: plan.transactions().map(|(host, _)| result(host)).collect(),
            waves: plan.waves.iter().map(skipped).collect(),
            stopped: first.map(|number| Stopped::at(plan, number, failure.clone())),
        }
    }

    /// Where each host was left.
    pub fn fates(&self) -> BTreeMap<HostName, Fate> {
        let mut turns: BTreeMap<&HostName, Vec<Turn>> = BTreeMap::new();
        for (host, turn) in self.waves.iter().flatten() {
            turns.entry(host).or_default().push(*turn);
        }
        turns.into_iter().map(|(host, turns)| (host.clone(), Fate::of(&turns))).collect()
    }

    /// The hosts that were left so.
    pub fn hosts_left(&self, fate: Fate) -> BTreeSet<HostName> {
        self.fates().into_iter().filter(|(_, it)| *it == fate).map(|(host, _)| host).collect()
    }

    /// Every transaction that changed its host, in the order in which they ran, each with its run's name there.
    pub fn changed(&self, run: &RunId) -> Vec<(RunId, HostName)> {
        let changed = |(number, wave): (usize, &BTreeMap<HostName, Turn>)| {
            let hosts = wave.iter().filter(|(_, turn)| **turn == Turn::Applied);
            hosts.map(|(host, _)| (run.of_wave(number), host.clone())).collect::<Vec<_>>()
        };
        self.waves.iter().enumerate().flat_map(changed).collect()
    }

    /// Adds what became of a host in one more wave.
    pub(super) fn add(&mut self, result: HostResult, planned: &Wave) {
        let result = with_items(result, planned);
        let whole = match self.hosts.remove(&result.host) {
            Some(before) => both(before, result),
            None => result,
        };
        self.hosts.insert(whole.host.clone(), whole);
    }
}

impl Stopped {
    pub(super) fn at(plan: &Plan, number: usize, failure: Failure) -> Self {
        // A number that is not there tells no name.
        let wave = plan.waves.get(number).cloned().unwrap_or_default();
        Self { wave: number, name: wave.name, step: wave.step, on_failure: wave.on_failure, failure }
    }
}

/// What was to change shares the fate of its host, where the run did not come to tell it apart; what was not left to do is as
/// it should be.
fn with_items(mut result: HostResult, planned: &Wave) -> HostResult {
    let Some(transaction) = planned.transactions.get(&result.host) else { return result };
    let left = if result.items.is_empty() { result.status } else { Status::Ok };
    let item = |summary: &ItemSummary| Item {
        kind: summary.kind.clone(),
        id: summary.id.clone(),
        status: left,
        differences: Vec::new(),
        warnings: Vec::new(),
        error: None,
    };
    for summary in &transaction.summary {
        if !result.items.iter().any(|item| item.kind == summary.kind && item.id == summary.id) {
            result.items.push(item(summary));
        }
    }
    result
}

/// What became of a host in two waves: of each item, and of the host, the worse is told.
fn both(before: HostResult, after: HostResult) -> HostResult {
    let mut items = before.items;
    for item in after.items {
        match items.iter_mut().find(|known| known.kind == item.kind && known.id == item.id) {
            // What changed has changed, though more of it was to.
            Some(_) if item.status == Status::Skipped => {}
            Some(known) => known.status = known.status.max(item.status),
            None => items.push(item),
        }
    }
    let error = if before.status > after.status { before.error.or(after.error) } else { after.error.or(before.error) };
    HostResult { host: before.host, status: before.status.max(after.status), items, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_host_was_left() {
        for (turns, wanted) in [
            (vec![Turn::Applied], Fate::Done),
            (vec![Turn::Needless], Fate::Done),
            (vec![Turn::Applied, Turn::Needless], Fate::Done),
            (vec![Turn::Applied, Turn::NotBegun], Fate::Partly),
            (vec![Turn::Applied, Turn::Refused], Fate::Partly),
            (vec![Turn::Needless, Turn::NotBegun], Fate::Untouched),
            (vec![Turn::NotBegun, Turn::NotBegun], Fate::Untouched),
            (vec![Turn::Refused], Fate::Untouched),
            (vec![Turn::Applied, Turn::RolledBack, Turn::NotBegun], Fate::RolledBack),
            (vec![Turn::RolledBack, Turn::Needless], Fate::RolledBack),
            (vec![Turn::Failed, Turn::NotBegun], Fate::Failed),
            (vec![Turn::Unknown], Fate::Failed),
        ] {
            assert_eq!(Fate::of(&turns), wanted, "{turns:?}");
        }
    }

    #[test]
    fn each_wave_is_a_run_of_its_own_on_its_hosts() {
        let wave = |hosts: &[(&str, Turn)]| hosts.iter().map(|(host, turn)| (HostName::new(*host), *turn)).collect();
        let end = RunEnd {
            waves: vec![
                wave(&[("a", Turn::Applied), ("b", Turn::Failed)]),
                wave(&[]),
                wave(&[("a", Turn::Applied), ("c", Turn::Needless)]),
            ],
            ..RunEnd::default()
        };
        let changed = end.changed(&RunId::new("R"));
        let changed: Vec<String> = changed.iter().map(|(run, host)| format!("{run} {host}")).collect();
        assert_eq!(changed, ["R a", "R.3 a"]);
        assert_eq!(end.hosts_left(Fate::Done), BTreeSet::from([HostName::new("a"), HostName::new("c")]));
    }
}
