//! `undo`: what a run did to hosts, planned backwards from what each of them keeps of it.
//!
//! Its items keep the kind and the name that they had in that run. A host where something has changed since is refused as
//! a whole, and the others go on.

mod backwards;
mod ground;
mod summaries;
#[cfg(test)]
mod tests;
mod units;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::action::{Action, Assessment, World};
use crate::engine::kept::{Done, Kept, KeptRun};
use crate::engine::plan::{Lock, Wave};
use crate::engine::probe::{HostFacts, Observation, Observations, Probe};
use crate::engine::status::{Difference, Failure, Item, Status};
use crate::engine::transaction::Transaction;
use crate::names::{HostName, RunId};
use crate::secrets::{DigestKey, Secret, SecretRef};

use ground::Ground;

/// Takes one run back.
pub struct Undo<'a> {
    run: &'a RunId,
    kept: &'a BTreeMap<HostName, Kept>,
}

/// Why a host is left alone, and the place that this is about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    failure: Failure,
    place: String,
}

/// What one host undergoes: transactions by the wave that they take back, and whether they come before the others of it.
type Steps = Vec<(usize, bool, Transaction)>;

impl<'a> Undo<'a> {
    /// Of a run, from what hosts keep of it.
    pub fn of(run: &'a RunId, kept: &'a BTreeMap<HostName, Kept>) -> Self {
        Self { run, kept }
    }

    /// The locks that the run held, and that are held to take it back.
    fn locks(kept: &Kept) -> impl Iterator<Item = &Lock> {
        kept.runs.iter().flat_map(|run| &run.record.locks)
    }

    fn turns(&self, world: &World<'_>, host: &HostName) -> Result<Vec<Lock>, Refusal> {
        let mut locks: BTreeMap<(&HostName, &str), u64> = BTreeMap::new();
        for lock in self.kept.get(host).into_iter().flat_map(Self::locks) {
            let Some(Observation::Facts(facts)) = world.observations.get(&lock.host) else {
                let message =
                    format!("it is not known who holds {} on {}, which could not be looked at", lock.name, lock.host);
                let failure = Failure::bare("lock-unknown", message);
                return Err(Refusal { failure, place: String::new() });
            };
            let turn = facts.fleet.turns.get(&lock.name).copied().unwrap_or_default();
            locks.insert((&lock.host, &lock.name), turn);
        }
        let lock =
            |((host, name), turn): ((&HostName, &str), u64)| Lock { host: host.clone(), name: name.to_owned(), turn };
        Ok(locks.into_iter().map(lock).collect())
    }
}

impl Action for Undo<'_> {
    fn kind(&self) -> &'static str {
        "undo"
    }

    fn hosts(&self) -> BTreeSet<HostName> {
        self.kept.keys().cloned().collect()
    }

    fn looks_at(&self, selected: &BTreeSet<HostName>) -> BTreeSet<HostName> {
        let changed = self.kept.iter().filter(|(host, _)| selected.contains(*host));
        changed.flat_map(|(host, kept)| Self::locks(kept).map(|lock| &lock.host).chain([host])).cloned().collect()
    }

    fn probes(&self, host: &HostName) -> Vec<Probe> {
        let runs = self.kept.get(host).into_iter().flat_map(|kept| &kept.runs);
        runs.flat_map(|run| {
            let paths = run.record.changes.iter().flat_map(|change| {
                let path = change.path.clone();
                let listing = (change.done == Done::Made).then(|| Probe::Directory { path: path.clone() });
                let declared = Probe::Digest { path: change.declared.clone() };
                [Probe::Link { path: path.clone() }, Probe::Digest { path }, declared].into_iter().chain(listing)
            });
            let units = run.record.units.iter().filter_map(|operation| operation.unit());
            let units = units.map(|unit| Probe::Units { pattern: unit.as_str().to_owned() });
            let running = run.record.running.iter().map(|it| Probe::Units { pattern: it.pattern.clone() });
            paths.chain(units).chain(running).collect::<Vec<_>>()
        })
        .collect()
    }

    fn secrets(&self) -> BTreeSet<SecretRef> {
        BTreeSet::new()
    }

    fn assess(&self, world: &World<'_>) -> Assessment {
        let mut assessment = Assessment::default();
        let mut waves: BTreeMap<(std::cmp::Reverse<usize>, bool), BTreeMap<HostName, Transaction>> = BTreeMap::new();
        let mut locks = BTreeSet::new();
        for (host, kept) in self.kept {
            let Some(Observation::Facts(facts)) = world.observations.get(host) else { continue };
            if !world.selected.contains(host) {
                continue;
            }
            let steps = take_back(host, kept, facts).and_then(|steps| {
                let held = self.turns(world, host)?;
                Ok((steps, held))
            });
            let items = match &steps {
                Ok((steps, _)) => items(&kept.runs, steps),
                Err(refusal) => refused(&kept.runs, refusal),
            };
            assessment.items.insert(host.clone(), items);
            let Ok((steps, held)) = steps else { continue };
            if !steps.is_empty() {
                locks.extend(held);
            }
            for (wave, first, transaction) in steps {
                // `false` sorts first.
                waves.entry((std::cmp::Reverse(wave), !first)).or_default().insert(host.clone(), transaction);
            }
        }
        // The waves in reverse order pass through the very states that the run passed through, and what may be up at once in
        // the midst of a wave is the same union of before and after: limits that held all the way there hold all the way back.
        let wave = |((wave, _), transactions): ((std::cmp::Reverse<usize>, bool), _)| {
            let run = self.run.of_wave(wave.0);
            Wave::of(format!("take back {run}"), transactions)
        };
        assessment.waves = waves.into_iter().map(wave).collect();
        assessment.locks = locks.into_iter().collect();
        assessment
    }

    fn redact(&self, _: &mut Observations, _: &BTreeMap<SecretRef, Result<Secret, String>>, _: &DigestKey) {
        // Digests alone are asked for, and what hosts keep is never saved.
    }
}

/// What takes back what the run left on the host, the last first: nothing where it is as it was before.
fn take_back(host: &HostName, kept: &Kept, facts: &HostFacts) -> Result<Steps, Refusal> {
    if let Some(missing) = kept.missing.first() {
        let message = format!("{host} does not keep what {missing} replaced any more");
        let failure = Failure::new("not-kept", message, "hosts keep the last runs alone; put it right by hand");
        return Err(Refusal { failure, place: String::new() });
    }
    let mut ground = Ground::of(kept, facts);
    if backwards::is_back(&kept.runs, &ground) {
        return Ok(Vec::new());
    }
    let mut steps = Vec::new();
    // The last wave is the first to go: what earlier ones rest on is there again.
    for run in kept.runs.iter().rev() {
        let wave = run.record.run.wave();
        let (first, rest) = backwards::take_back(run, &mut ground)?;
        steps.extend(first.map(|transaction| (wave, true, transaction)));
        steps.extend(rest.map(|transaction| (wave, false, transaction)));
    }
    Ok(steps)
}

/// The items of the runs, each once.
fn named(runs: &[KeptRun]) -> Vec<(&str, &str)> {
    let mut names = Vec::new();
    for summary in runs.iter().flat_map(|run| run.record.line.iter().flat_map(|line| &line.changes)) {
        let name = (summary.kind.as_str(), summary.id.as_str());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn item(kind: &str, id: &str, status: Status) -> Item {
    let (kind, id) = (kind.to_owned(), id.to_owned());
    Item { kind, id, status, differences: Vec::new(), warnings: Vec::new(), error: None }
}

/// How the items stand where the host can be put back, or is already.
fn items(runs: &[KeptRun], steps: &Steps) -> Vec<Item> {
    let planned: BTreeSet<(&str, &str)> = steps
        .iter()
        .flat_map(|(_, _, transaction)| &transaction.summary)
        .map(|summary| (summary.kind.as_str(), summary.id.as_str()))
        .collect();
    let of = |(kind, id): (&str, &str)| {
        let mut item = item(kind, id, Status::Ok);
        if planned.contains(&(kind, id)) {
            item.status = Status::Planned;
        }
        item.differences = runs.iter().flat_map(|run| lasting(run, kind, id)).collect();
        item.status = item.left().max(item.status);
        item
    };
    named(runs).into_iter().map(of).collect()
}

/// What a run of commands did, which nobody can take back: where a transaction was nothing else.
fn lasting(run: &KeptRun, kind: &str, id: &str) -> Vec<Difference> {
    let record = &run.record;
    let mine = record.line.iter().flat_map(|line| &line.changes).any(|it| it.kind == kind && it.id == id);
    if !mine || !record.changes.is_empty() || !record.units.is_empty() {
        return Vec::new();
    }
    let difference = |command: &crate::engine::transaction::Command| Difference {
        subject: shell_words::join(&command.argv),
        status: Status::Drift,
        declared: None,
        on_disk: None,
        live: None,
        message: format!("{} did `{}`: what a command did cannot be taken back", record.run, command.told()),
        repairable: false,
    };
    record.validate.iter().map(difference).collect()
}

/// The items of a host that is left alone: the one that this is about says why.
fn refused(runs: &[KeptRun], refusal: &Refusal) -> Vec<Item> {
    let summaries = || runs.iter().flat_map(|run| run.record.line.iter().flat_map(|line| &line.changes));
    let about = |kind: &str, id: &str| {
        summaries().any(|it| it.kind == kind && it.id == id && summaries::is_about(it, &refusal.place))
    };
    let names = named(runs);
    let someone = names.iter().any(|(kind, id)| about(kind, id));
    let of = |(kind, id): (&str, &str)| {
        let mut item = item(kind, id, Status::Skipped);
        if !someone || about(kind, id) {
            item.status = Status::Failed;
            item.error = Some(refusal.failure.clone());
        }
        item
    };
    names.into_iter().map(of).collect()
}
