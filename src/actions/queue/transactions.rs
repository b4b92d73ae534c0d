//! From units that start and end to transactions: one wave a step.

use std::collections::{BTreeMap, BTreeSet};

use super::budgets::BudgetOf;
use super::enact::{HostStep, Start, Stop};
use super::files::{self, FileChanges};
use super::gates;
use super::lints;
use super::question::Question;
use super::seen::{DatabaseSeen, Instance, Seen};
use super::shape::Form;
use super::{KIND, words};
use crate::engine::action::World;
use crate::engine::plan::{Lock, Wave};
use crate::engine::probe::{HostFacts, Observation};
use crate::engine::status::Failure;
use crate::engine::transaction::{
    Command, Confirm, DiffLine, ExpectRunning, Idle, ItemSummary, Transaction, UnitOperation, Verify,
};
use crate::inventory::{Queues, Quieting, WorkerDeclaration, WorkerProgram};
use crate::names::{HostName, UnitName};

/// Time for everything but what is reckoned with by its own length.
const MARGIN_SECONDS: u32 = 120;
/// `DefaultTimeoutStartSec` and `DefaultTimeoutStopSec` (systemd-system.conf(5)).
const SYSTEMD_SECONDS: u32 = 90;
/// How long a started unit must stay up.
const SETTLE_SECONDS: u32 = 2;
/// For a declared check of a worker.
const CHECK_SECONDS: u32 = 60;
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
            waves.push(Wave { name: self.told[number].clone(), transactions, gate });
        }
        self.settings_alone(&mut waves, &files, &stays_disabled, &enabled);
        if !refused.is_empty() || waves.is_empty() {
            return Compiled { refused, ..Compiled::default() };
        }
        Compiled { waves, locks: self.locks(), refused }
    }

    fn name(&self, host: usize) -> &HostName {
        &self.question.model.hosts[host].name
    }

    fn facts(&self, host: usize) -> Option<&HostFacts> {
        match self.world.observations.get(self.name(host)) {
            Some(Observation::Facts(facts)) => Some(facts),
            _ => None,
        }
    }

    fn declared(&self, kind: usize) -> &WorkerDeclaration {
        self.question.shapes[kind].declared
    }

    /// What a change could not be seen to have done: nobody waits minutes for that, to put everything back then.
    fn unseen(&self, refused: &mut BTreeMap<(HostName, String), Failure>) {
        for (host, does) in self.steps.iter().flatten() {
            let starts = does.starts.iter().map(|start| (start.kind, true));
            let stops = does.stops.iter().filter(|stop| self.is_live(stop)).map(|stop| (stop.kind, false));
            for (kind, starts) in starts.chain(stops) {
                let worker = self.declared(kind);
                let failure = self.unseen_database(worker).or_else(|| self.unseen_redis(worker).filter(|_| starts));
                if let Some(failure) = failure {
                    refused.insert((self.name(*host).clone(), worker.name.clone()), failure);
                }
            }
        }
    }

    fn unseen_database(&self, worker: &WorkerDeclaration) -> Option<Failure> {
        let name = worker.database.as_ref()?;
        let Err(why) = self.seen.databases.get(name)? else { return None };
        let message = format!(
            "database {name} could not be asked ({why}): nobody would see that the connections of what ends are gone"
        );
        let hint = "see that its host answers, and that psql works there as the user of `run_as`; then plan again";
        Some(Failure::new("database-unknown", message, hint))
    }

    fn unseen_redis(&self, worker: &WorkerDeclaration) -> Option<Failure> {
        let WorkerProgram::Sidekiq { redis: Some(name) } = &worker.program else { return None };
        let Err(why) = self.seen.redis.get(name)? else { return None };
        let message = format!("Redis {name} could not be asked ({why}): nobody would see that what starts works");
        let hint = "see that its host answers, that redis-cli works there, and what `password` says; then plan again";
        Some(Failure::new("redis-unknown", message, hint))
    }

    /// Whether processes of it end, not its being enabled alone.
    fn is_live(&self, stop: &Stop) -> bool {
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

    /// What must be seen before what was started counts as working.
    fn proof(&self, host: usize, does: &HostStep, transaction: &mut Transaction, told: &mut Told) {
        let units: Vec<UnitName> = does.starts.iter().map(|start| start.unit.clone()).collect();
        if units.is_empty() {
            return;
        }
        transaction.verify.push(Verify::Active { units, seconds: SETTLE_SECONDS });
        let mut confirmed = Vec::new();
        for kind in does.starts.iter().map(|start| start.kind).collect::<BTreeSet<_>>() {
            let worker = self.declared(kind);
            match &worker.program {
                WorkerProgram::Other { check } if !check.is_empty() => {
                    for start in does.starts.iter().filter(|start| start.kind == kind) {
                        let instance = worker.unit.instance_of(start.unit.as_str()).unwrap_or_default();
                        let argv = check.iter().map(|word| word.replace("%i", instance)).collect();
                        let command = Command { argv, timeout_seconds: CHECK_SECONDS };
                        told.operation(&worker.name, command.told());
                        transaction.verify.push(Verify::Command(command));
                        transaction.lease_seconds = transaction.lease_seconds.saturating_add(CHECK_SECONDS);
                    }
                }
                WorkerProgram::Other { .. } => {}
                WorkerProgram::Sidekiq { redis } => {
                    let redis = redis.as_ref().and_then(|name| self.queues.redis.get(name));
                    let hostname = self.seen.hosts.get(self.name(host)).map(|seen| seen.hostname.as_str());
                    if let (Some(redis), Some(hostname)) = (redis, hostname) {
                        let alike = does.after.iter().filter(|(other, _)| self.is_alike(kind, **other));
                        let count = alike.map(|(_, count)| count).sum();
                        let gate = gates::works(redis, worker, hostname, count);
                        told.operation(&worker.name, gate.told());
                        confirmed.push(gate);
                    }
                }
            }
        }
        if !confirmed.is_empty() {
            transaction.confirm = Some(Confirm { timeout_seconds: gates::WORKS_SECONDS, gates: confirmed });
            transaction.lease_seconds = transaction.lease_seconds.saturating_add(gates::WORKS_SECONDS);
        }
    }

    /// Whether Redis cannot tell processes of two kinds apart: the one must not be taken for the other, which runs already.
    fn is_alike(&self, kind: usize, other: usize) -> bool {
        let (one, two) = (self.declared(kind), self.declared(other));
        let threads = one.concurrency.is_none() || one.concurrency == two.concurrency;
        let is_declared = self.question.shapes[other].form == Form::Declared;
        kind == other
            || (is_declared && threads && one.program == two.program && one.serves.keys().eq(two.serves.keys()))
    }

    /// Before the next step may count on them, the connections of what has ended are gone.
    fn gate(&self, number: usize, transactions: &mut BTreeMap<HostName, Transaction>) -> Option<Confirm> {
        let stops: Vec<(usize, &Stop)> = self.steps[number]
            .iter()
            .flat_map(|(host, does)| does.stops.iter().map(move |stop| (*host, stop)))
            .filter(|(_, stop)| self.is_live(stop))
            .collect();
        let mut all = Vec::new();
        for budget in self.question.budgets.iter().filter(|budget| !budget.pooled) {
            // PgBouncer keeps its own connections open, also those that what ended has used and named.
            let of_budget = |(_, stop): &&(usize, &Stop)| {
                let worker = self.declared(stop.kind);
                !worker.pooled && worker.database.as_ref() == Some(&budget.database.name)
            };
            let ended: Vec<&UnitName> = stops.iter().filter(of_budget).map(|(_, stop)| &stop.unit).collect();
            let Some((host, stop)) = stops.iter().find(of_budget) else { continue };
            let Some(Ok(asked)) = self.seen.databases.get(&budget.database.name) else { continue };
            let most = self.most_open(number, budget, asked);
            let Some(gate) = gates::gone(budget.database, &ended, &self.left(number), most) else { continue };
            // Whoever ends first tells it.
            if let Some(transaction) = transactions.get_mut(self.name(*host)) {
                let kind = &self.declared(stop.kind).name;
                if let Some(summary) = transaction.summary.iter_mut().find(|summary| summary.id == *kind) {
                    summary.operations.push(gate.told());
                }
            }
            all.push(gate);
        }
        (!all.is_empty()).then_some(Confirm { timeout_seconds: gates::GONE_SECONDS, gates: all })
    }

    /// Connections that may be open to a server once a step is over: what workers may take, and all that is not for them.
    fn most_open(&self, number: usize, budget: &BudgetOf<'_>, asked: &DatabaseSeen) -> u32 {
        let model = &self.question.model;
        let charged = |kind: usize| {
            self.question
                .budgets
                .iter()
                .zip(0..)
                .any(|(it, index)| it.model.name == budget.model.name && model.kinds[kind].budgets.contains(&index))
        };
        let mut workers: u32 = 0;
        for kind in (0..model.kinds.len()).filter(|kind| charged(*kind)) {
            workers = workers.saturating_add(model.now.of_kind(kind).saturating_mul(model.kinds[kind].connections));
        }
        for does in self.steps[..=number].iter().flat_map(BTreeMap::values) {
            for start in does.starts.iter().filter(|start| charged(start.kind)) {
                workers = workers.saturating_add(model.kinds[start.kind].connections);
            }
            for stop in does.stops.iter().filter(|stop| charged(stop.kind)) {
                workers = workers.saturating_sub(model.kinds[stop.kind].connections);
            }
        }
        let all = asked.max_connections.saturating_sub(asked.superuser_reserved).saturating_sub(asked.reserved);
        all.saturating_sub(budget.model.limit).saturating_add(workers)
    }

    /// How many connections units of each name may have on all hosts once a step is over.
    fn left(&self, number: usize) -> BTreeMap<UnitName, u32> {
        let mut left: BTreeMap<UnitName, u32> = BTreeMap::new();
        for ((_, kind), instances) in &self.question.instances {
            if !matches!(self.question.shapes[*kind].form, Form::Down { .. }) {
                for instance in instances {
                    *left.entry(instance.unit.clone()).or_default() += self.question.model.kinds[*kind].connections;
                }
            }
        }
        for does in self.steps[..=number].iter().flat_map(BTreeMap::values) {
            for stop in does.stops.iter().filter(|stop| self.is_live(stop)) {
                let connections = self.question.model.kinds[stop.kind].connections;
                let count = left.entry(stop.unit.clone()).or_default();
                *count = count.saturating_sub(connections);
            }
            for start in &does.starts {
                *left.entry(start.unit.clone()).or_default() += self.question.model.kinds[start.kind].connections;
            }
        }
        for (unit, left) in &mut left {
            *left = left.saturating_add(self.left_unseen(unit));
        }
        left
    }

    /// Connections that units of this name may have on hosts that do not answer, where none is known by its name.
    fn left_unseen(&self, unit: &UnitName) -> u32 {
        let model = &self.question.model;
        let mut left: u32 = 0;
        for (kind, shape) in self.question.shapes.iter().enumerate() {
            if shape.declared.unit.instance_of(unit.as_str()).is_none() {
                continue;
            }
            for host in (0..model.hosts.len()).filter(|host| model.hosts[*host].frozen) {
                let known = self.question.instances.get(&(host, kind)).map_or(0, Vec::len);
                let unseen = model.now.get(host, kind).saturating_sub(u32::try_from(known).unwrap_or(u32::MAX));
                left = left.saturating_add(unseen.saturating_mul(model.kinds[kind].connections));
            }
        }
        left
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
                waves.push(Wave { name: "settings".to_owned(), transactions: BTreeMap::new(), gate: None });
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

/// What people are told, by kind.
#[derive(Default)]
struct Told {
    /// Of files.
    summaries: Vec<ItemSummary>,
    /// Of units.
    kinds: BTreeMap<String, (Vec<DiffLine>, Vec<String>)>,
}

impl Told {
    fn line(&mut self, kind: &str, unit: &UnitName, before: Option<&str>, after: Option<&str>) {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let line = DiffLine { subject: unit.to_string(), before: own(before), after: own(after) };
        self.kinds.entry(kind.to_owned()).or_default().0.push(line);
    }

    fn operation(&mut self, kind: &str, told: String) {
        self.kinds.entry(kind.to_owned()).or_default().1.push(told);
    }

    /// A summary of each kind, the file's own where there is one, and of further files.
    fn finish(mut self, queues: &Queues) -> Vec<ItemSummary> {
        for (kind, (mut diff, operations)) in self.kinds {
            if let Some(summary) = self.summaries.iter_mut().find(|summary| summary.id == kind) {
                diff.append(&mut summary.diff);
                summary.diff = diff;
                summary.operations = operations;
                continue;
            }
            let place = queues.workers.get(&kind).map(|worker| files::drop_in_path(worker).to_string());
            self.summaries.push(ItemSummary {
                kind: KIND.to_owned(),
                id: kind,
                place: place.unwrap_or_default(),
                diff,
                operations,
            });
        }
        self.summaries
    }
}
