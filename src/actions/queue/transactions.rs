//! From units that start and end to transactions: one wave a step.

use std::collections::{BTreeMap, BTreeSet};

use super::enact::{HostStep, Start, Stop};
use super::files::{self, FileChanges};
use super::lints;
use super::question::Question;
use super::seen::{Instance, Seen};
use super::shape::Form;
use super::told::Told;
use super::words;
use crate::engine::action::World;
use crate::engine::plan::{Lock, Wave};
use crate::engine::probe::{HostFacts, Observation};
use crate::engine::status::Failure;
use crate::engine::transaction::{Confirm, ExpectRunning, Idle, Transaction, UnitOperation};
use crate::inventory::{Queues, Quieting, WorkerDeclaration, WorkerProgram};
use crate::names::{HostName, UnitName};

/// Time for everything but what is reckoned with by its own length.
const MARGIN_SECONDS: u32 = 120;
/// `DefaultTimeoutStartSec` and `DefaultTimeoutStopSec` (systemd-system.conf(5)).
const SYSTEMD_SECONDS: u32 = 90;
/// The title of a Sidekiq process that takes no new jobs and has none left: as of version 4.
const IDLE_TITLE: &str = r"^sidekiq .*\[0 of [0-9]* busy\].*stopping";

/// What the steps come to.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    pub(super) waves: Vec<Wave>,
    pub(super) locks: Vec<Lock>,
    /// Why nothing of it is done, by host and kind.
    pub(super) refused: BTreeMap<(HostName, String), Failure>,
}

/// All that the waves are made from.
pub(super) struct Plan<'a, 'q> {
    pub(super) question: &'q Question<'a>,
    pub(super) queues: &'a Queues,
    pub(super) seen: &'q Seen,
    pub(super) world: &'q World<'q>,
    /// By step, then by host.
    pub(super) steps: Vec<BTreeMap<usize, HostStep>>,
    /// By step: what happens, in words for people.
    pub(super) told: Vec<String>,
}

impl Plan<'_, '_> {
    /// The waves, or why there are none: a fleet is never left half way for what was known before.
    pub(super) fn compile(&self) -> Compiled {
        let mut refused = BTreeMap::new();
        let mut files = self.files(&mut refused);
        self.unseen(&mut refused);
        let stays_disabled = self.never_enabled();
        let mut waves = Vec::new();
        let mut enabled = BTreeSet::new();
        // By host, the kinds whose files the steps so far have put right.
        let mut rewritten: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (number, step) in self.steps.iter().enumerate() {
            let mut transactions = BTreeMap::new();
            for (host, does) in step {
                let changes = files.remove(host).unwrap_or_default();
                let enable = if enabled.insert(*host) { stays_disabled.get(host) } else { None };
                let rewritten = rewritten.entry(*host).or_default();
                rewritten.extend(changes.summary.iter().map(|summary| summary.id.clone()));
                match self.transaction(*host, does, changes, enable.map_or(&[][..], Vec::as_slice), rewritten) {
                    Ok(transaction) => {
                        transactions.insert(self.name(*host).clone(), transaction);
                    }
                    Err((kind, failure)) => {
                        refused.insert((self.name(*host).clone(), kind), failure);
                    }
                }
            }
            let gate = self.gate(number, &mut transactions);
            let gates = gate.map(Confirm::checks).unwrap_or_default();
            waves.push(Wave { gates, ..Wave::of(self.told[number].clone(), transactions) });
        }
        self.settings_alone(&mut waves, &files, &stays_disabled, &enabled);
        if !refused.is_empty() || waves.is_empty() {
            return Compiled { refused, ..Compiled::default() };
        }
        Compiled { waves, locks: self.locks(), refused }
    }

    pub(super) fn name(&self, host: usize) -> &HostName {
        &self.question.model.hosts[host].name
    }

    fn facts(&self, host: usize) -> Option<&HostFacts> {
        match self.world.observations.get(self.name(host)) {
            Some(Observation::Facts(facts)) => Some(facts),
            _ => None,
        }
    }

    pub(super) fn declared(&self, kind: usize) -> &WorkerDeclaration {
        self.question.shapes[kind].declared
    }

    /// Whether processes of it end, not its being enabled alone.
    pub(super) fn is_live(&self, stop: &Stop) -> bool {
        !matches!(self.question.shapes[stop.kind].form, Form::Down { .. })
    }

    /// Files that are not as declared, where workers of their kind run or will.
    fn files(&self, refused: &mut BTreeMap<(HostName, String), Failure>) -> BTreeMap<usize, FileChanges> {
        let mut files: BTreeMap<usize, FileChanges> = BTreeMap::new();
        for (host, model) in self.question.model.hosts.iter().enumerate().filter(|(_, model)| !model.frozen) {
            let Some(facts) = self.facts(host) else { continue };
            let salt = self.world.key.host_salt(&model.name);
            for worker in self.queues.workers.values().filter(|worker| self.has(host, worker)) {
                match files::changes(worker, facts, &salt) {
                    Ok(changes) if changes.is_empty() => {}
                    Ok(changes) => {
                        let all = files.entry(host).or_default();
                        all.expect.extend(changes.expect);
                        all.changes.extend(changes.changes);
                        all.summary.extend(changes.summary);
                    }
                    Err(failure) => {
                        refused.insert((model.name.clone(), worker.name.clone()), failure);
                    }
                }
            }
        }
        files
    }

    /// Whether workers of a kind are on a host, or will be. Where they were put against the declaration, they end, and nothing
    /// else of them is fleet's.
    fn has(&self, host: usize, worker: &WorkerDeclaration) -> bool {
        if self.needs_time(host, worker) {
            return true;
        }
        if !worker.hosts.contains(self.name(host)) {
            return false;
        }
        let of_kind = |kind: usize| self.declared(kind).name == worker.name && !worker.retired;
        let now =
            (0..self.question.shapes.len()).any(|kind| of_kind(kind) && self.question.model.now.get(host, kind) > 0);
        let starts = self.steps.iter().filter_map(|step| step.get(&host)).flat_map(|does| &does.starts);
        now || starts.into_iter().any(|start| of_kind(start.kind))
    }

    /// Whether workers of a kind end on a host that systemd would kill too early, unless the drop-in says otherwise first.
    fn needs_time(&self, host: usize, worker: &WorkerDeclaration) -> bool {
        let stops = self.steps.iter().filter_map(|step| step.get(&host)).flat_map(|does| &does.stops);
        let mut stops = stops.filter(|stop| self.is_live(stop) && self.declared(stop.kind).name == worker.name);
        worker.stop_timeout.is_some() && stops.any(|stop| stop_seconds(worker, stop.instance.as_ref(), false).is_err())
    }

    /// Units that run as declared, stay, and would not start at boot, by host.
    fn never_enabled(&self) -> BTreeMap<usize, Vec<Start>> {
        let stopped: BTreeSet<(usize, &UnitName)> = self
            .steps
            .iter()
            .flatten()
            .flat_map(|(host, does)| does.stops.iter().map(move |stop| (*host, &stop.unit)))
            .collect();
        let mut all: BTreeMap<usize, Vec<Start>> = BTreeMap::new();
        for ((host, kind), instances) in &self.question.instances {
            let is_declared = self.question.shapes[*kind].form == Form::Declared;
            if !is_declared || self.question.model.hosts[*host].frozen {
                continue;
            }
            let stay = instances.iter().filter(|it| !it.enabled && !stopped.contains(&(*host, &it.unit)));
            let starts: Vec<Start> = stay.map(|it| Start { kind: *kind, unit: it.unit.clone() }).collect();
            if !starts.is_empty() {
                all.entry(*host).or_default().extend(starts);
            }
        }
        all
    }

    /// What one host does in one step.
    fn transaction(
        &self,
        host: usize,
        does: &HostStep,
        files: FileChanges,
        enable: &[Start],
        rewritten: &BTreeSet<String>,
    ) -> Result<Transaction, (String, Failure)> {
        let mut transaction = Transaction { lease_seconds: MARGIN_SECONDS, ..Transaction::default() };
        let mut told = Told::default();
        told.summaries.extend(files.summary);
        if !files.changes.is_empty() {
            // Of all kinds whose files change, the first tells it.
            let first = told.summaries[0].id.clone();
            operate(&mut transaction, &mut told, &first, UnitOperation::DaemonReload);
        }
        transaction.expect = files.expect;
        transaction.changes = files.changes;
        transaction.running = does
            .running
            .iter()
            .map(|(pattern, units)| ExpectRunning { pattern: pattern.clone(), units: units.iter().cloned().collect() })
            .collect();
        for start in enable {
            let kind = &self.declared(start.kind).name;
            told.line(kind, &start.unit, Some("runs"), Some("runs, and starts at boot"));
            operate(&mut transaction, &mut told, kind, UnitOperation::Enable(start.unit.clone()));
        }
        self.starts(&mut transaction, &mut told, &does.starts);
        self.stops(&mut transaction, &mut told, &does.stops, rewritten)?;
        self.proof(host, does, &mut transaction, &mut told);
        transaction.summary = told.finish(self.queues);
        Ok(transaction)
    }

    fn starts(&self, transaction: &mut Transaction, told: &mut Told, starts: &[Start]) {
        for start in starts {
            let worker = self.declared(start.kind);
            told.line(&worker.name, &start.unit, None, Some(&words::takes(worker.connections)));
            operate(transaction, told, &worker.name, UnitOperation::Enable(start.unit.clone()));
        }
        for start in starts {
            let kind = &self.declared(start.kind).name;
            operate(transaction, told, kind, UnitOperation::Start(start.unit.clone()));
        }
        if !starts.is_empty() {
            transaction.lease_seconds += 2 * SYSTEMD_SECONDS;
        }
    }

    fn stops(
        &self,
        transaction: &mut Transaction,
        told: &mut Told,
        stops: &[Stop],
        rewritten: &BTreeSet<String>,
    ) -> Result<(), (String, Failure)> {
        let live: Vec<&Stop> = stops.iter().filter(|stop| self.is_live(stop)).collect();
        for stop in stops {
            let worker = self.declared(stop.kind);
            let connections = self.question.model.kinds[stop.kind].connections;
            told.line(&worker.name, &stop.unit, Some(&words::takes(connections)), None);
        }
        let mut drain = 0;
        let mut stopping = 0;
        for stop in &live {
            let worker = self.declared(stop.kind);
            let is_rewritten = rewritten.contains(&worker.name);
            stopping = stopping.max(stop_seconds(worker, stop.instance.as_ref(), is_rewritten)?);
            let signal = match &worker.quiet {
                Quieting::Signal(signal) => Some(signal.clone()),
                Quieting::Reload => None,
                Quieting::None => continue,
            };
            let quiet = UnitOperation::Quiet { unit: stop.unit.clone(), signal };
            operate(transaction, told, &worker.name, quiet);
        }
        for stop in &live {
            let worker = self.declared(stop.kind);
            let shows_it = matches!(worker.program, WorkerProgram::Sidekiq { .. });
            if worker.quiet == Quieting::None || !shows_it || worker.drain.is_zero() {
                continue;
            }
            let seconds = u32::try_from(worker.drain.as_secs()).unwrap_or(u32::MAX);
            drain = drain.max(seconds);
            let idle = Idle::Title(IDLE_TITLE.to_owned());
            let operation = UnitOperation::Drain { unit: stop.unit.clone(), idle, seconds };
            operate(transaction, told, &worker.name, operation);
        }
        for stop in &live {
            let kind = &self.declared(stop.kind).name;
            operate(transaction, told, kind, UnitOperation::Stop(stop.unit.clone()));
        }
        for stop in stops {
            let kind = &self.declared(stop.kind).name;
            operate(transaction, told, kind, UnitOperation::Disable(stop.unit.clone()));
        }
        // A way back starts them again.
        transaction.lease_seconds =
            transaction.lease_seconds.saturating_add(drain).saturating_add(stopping.saturating_mul(2));
        Ok(())
    }

    /// Hosts where nothing starts or ends, and settings change all the same: in the first wave.
    fn settings_alone(
        &self,
        waves: &mut Vec<Wave>,
        files: &BTreeMap<usize, FileChanges>,
        enable: &BTreeMap<usize, Vec<Start>>,
        enabled: &BTreeSet<usize>,
    ) {
        let idle = HostStep::default();
        let hosts: BTreeSet<usize> =
            files.keys().chain(enable.keys()).filter(|host| !enabled.contains(host)).copied().collect();
        for host in hosts {
            let changes = files.get(&host).cloned().unwrap_or_default();
            let enable = enable.get(&host).map_or(&[][..], Vec::as_slice);
            let Ok(transaction) = self.transaction(host, &idle, changes, enable, &BTreeSet::new()) else { continue };
            if waves.is_empty() {
                waves.push(Wave::of("settings", BTreeMap::new()));
            }
            waves[0].transactions.insert(self.name(host).clone(), transaction);
        }
    }

    /// Whoever rebalances a database's clients holds its budget, on its host.
    fn locks(&self) -> Vec<Lock> {
        let lock = |database: &crate::inventory::DatabaseDeclaration| {
            let host = database.host.clone()?;
            let name = format!("db:{}", database.name);
            let Some(Observation::Facts(facts)) = self.world.observations.get(&host) else { return None };
            let turn = facts.fleet.turns.get(&name).copied().unwrap_or(0);
            Some(Lock { host, name, turn })
        };
        self.queues.databases.values().filter_map(lock).collect()
    }
}

fn operate(transaction: &mut Transaction, told: &mut Told, kind: &str, operation: UnitOperation) {
    told.operation(kind, operation.told());
    transaction.units.push(operation);
}

/// Seconds that a unit may take to stop.
///
/// # Errors
/// When systemd would kill it while it hands back its jobs, and these were lost.
fn stop_seconds(
    worker: &WorkerDeclaration,
    instance: Option<&Instance>,
    is_rewritten: bool,
) -> Result<u32, (String, Failure)> {
    let declared = worker.stop_timeout.map(|timeout| timeout.as_secs()).filter(|_| is_rewritten || instance.is_none());
    let Some(seconds) = declared.or(instance.and_then(|instance| instance.stop_timeout)) else {
        return Ok(SYSTEMD_SECONDS);
    };
    let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
    if let Some(instance) = instance
        && let Some(needs) = lints::least_stop_timeout(worker, instance)
        && u64::from(seconds) < needs
    {
        let message = format!(
            "{} has TimeoutStopSec={seconds}: systemd would kill it before it has handed back its jobs, and they were lost",
            instance.unit
        );
        let hint = format!("set stop_timeout = \"{needs}s\" in [workers.{}], or -t lower", worker.name);
        return Err((worker.name.clone(), Failure::new("stop-timeout", message, hint)));
    }
    Ok(seconds)
}
