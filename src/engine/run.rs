//! Many hosts side by side: a look at all of them, and a plan's waves in order.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::StreamExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::commit::{Commit, Ended};
use super::lock::Keeper;
use super::observe::Questions;
use super::plan::{Plan, Wave};
use super::probe::{Observation, Observations};
use super::status::{Failure, HostResult, Item, Status};
use super::transaction::{ItemSummary, Transaction};
use super::transport::{Boxed, Interruption, Script, Transport};
use crate::names::{HostName, RunId};

/// What one host may answer, in bytes; a host that prints without end must not fill our memory.
const MOST_OUTPUT: usize = 64 * 1024 * 1024;

/// How to look at hosts.
pub struct Look<'a> {
    /// Reaches the hosts.
    pub transport: &'a dyn Transport,
    /// Hosts at a time.
    pub parallel: usize,
    /// For each host.
    pub limit: Duration,
    /// Makes words that nobody can guess.
    pub random: &'a (dyn Fn() -> String + Sync),
    /// Hears of each host whose turn comes.
    pub begun: &'a dyn Fn(&HostName),
    /// Hears what the look at each host came to.
    pub ended: &'a dyn Fn(&HostName, &Observation),
}

impl Look<'_> {
    /// Asks every host its questions, one exec a host.
    pub async fn at_all(&self, questions: &BTreeMap<HostName, Questions>) -> Observations {
        futures_util::stream::iter(questions)
            .map(|(host, questions)| async move {
                (self.begun)(host);
                let observation = self.at(host, questions).await;
                (self.ended)(host, &observation);
                (host.clone(), observation)
            })
            .buffer_unordered(self.parallel.max(1))
            .collect()
            .await
    }

    async fn at(&self, host: &HostName, questions: &Questions) -> Observation {
        let marker = (self.random)();
        let script = Script { functions: questions.script(&marker), call: "fleet_observe end".to_owned() };
        let mut output = Vec::new();
        let mut sink = |bytes: &[u8]| {
            output.extend_from_slice(bytes);
            if output.len() > MOST_OUTPUT { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        match self.transport.run(host, &script, self.limit, &mut sink).await {
            Err(Interruption::Unreachable(failure)) => Observation::Unreachable(failure),
            Err(Interruption::Unable(failure) | Interruption::Lost(failure)) => Observation::Failed(failure),
            Ok(()) => match questions.parse(&marker, &output) {
                Ok(facts) => Observation::Facts(Box::new(facts)),
                Err(message) => Observation::Failed(Failure::new(
                    "bad-answer",
                    message,
                    format!("see what `fleet hosts check -l {host}` says of its log-in shell"),
                )),
            },
        }
    }
}

/// Keeps the record of a run. Where it can't be kept, nothing may change.
pub trait Recorder {
    /// A host is about to change.
    ///
    /// # Errors
    /// When it could not be recorded; the host is then left alone.
    fn begin(&self, run: &RunId, host: &HostName, transaction: &Transaction) -> Result<(), Failure>;

    /// This became of it.
    fn end(&self, run: &RunId, transaction: &Transaction, ended: &Ended);

    /// What kept the run from going on, though no host failed: its locks, or the gate behind a wave.
    fn note(&self, run: &RunId, stop: &Stop<'_>);

    /// What a gate between two waves saw.
    fn gate(&self, run: &RunId, seen: &GateSeen);
}

/// What a gate between two waves saw, for the report and the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateSeen {
    /// The wave behind which it stands.
    pub wave: String,
    /// What it looks at, see [`super::transaction::Gate::told`].
    pub gate: String,
    /// Whether it was good.
    pub good: bool,
    /// What was seen last, in words.
    pub saw: String,
    /// How often it was looked at.
    pub tries: u32,
    /// From the first look to the last, in milliseconds.
    pub duration_ms: u64,
}

/// Who decides between waves whether and how a run goes on, beside its gates.
pub trait Between {
    /// What is done of the wave that comes next, `number` counted from 0: all of it, or less.
    ///
    /// # Errors
    /// Where the run is to stop here: declined by a person (`declined`), or what was seen anew allows none of it.
    fn next<'a>(&'a self, number: usize, wave: &'a Wave) -> Boxed<'a, Result<Wave, Failure>>;
}

/// Goes on as planned.
pub struct Straight;

impl Between for Straight {
    fn next<'a>(&'a self, _: usize, wave: &'a Wave) -> Boxed<'a, Result<Wave, Failure>> {
        Box::pin(std::future::ready(Ok(wave.clone())))
    }
}

/// What kept a run from going on, for the journal.
pub struct Stop<'a> {
    /// `lock` or `gate`.
    pub kind: &'static str,
    /// What it is about: the locks, or the wave.
    pub id: String,
    /// `refused`: before anything changed; or `failed`.
    pub outcome: &'static str,
    /// Why.
    pub failure: &'a Failure,
}

/// How to carry out a plan.
pub struct Rollout<'a> {
    /// Carries one transaction to one host.
    pub commit: &'a Commit<'a>,
    /// The run. The transactions of its later waves are `RUN.2` and so on, on their hosts and in every journal: each
    /// has its own record and its own way back.
    pub run: &'a RunId,
    /// Hosts at a time in a wave.
    pub parallel: usize,
    /// The host's journal line, up to its outcome.
    pub journal_head: &'a dyn Fn(&RunId, &HostName, &Transaction) -> String,
    /// Keeps the record.
    pub recorder: &'a dyn Recorder,
    /// Asked before each wave.
    pub between: &'a dyn Between,
    /// Once it says so, no new host is started.
    pub interrupted: &'a dyn Fn() -> bool,
    /// How long a host keeps a lock of the plan that is not renewed from here.
    pub lock_lease: Duration,
}

/// What was to change shares the fate of its host, where the run did not come to tell it apart.
fn with_items(mut result: HostResult, wave: &Wave) -> HostResult {
    if let Some(transaction) = wave.transactions.get(&result.host).filter(|_| result.items.is_empty()) {
        let item = |summary: &ItemSummary| Item {
            kind: summary.kind.clone(),
            id: summary.id.clone(),
            status: result.status,
            differences: Vec::new(),
            warnings: Vec::new(),
            error: None,
        };
        result.items = transaction.summary.iter().map(item).collect();
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

/// How often it is looked whether the run was interrupted.
const INTERRUPT_PAUSE: Duration = Duration::from_millis(200);

impl Rollout<'_> {
    /// Takes the plan's locks, and carries out the waves in order. After a failure no new host starts. Every host that the
    /// plan changes is in the result, with what became of its last transaction.
    pub async fn carry_out(&self, plan: &Plan) -> BTreeMap<HostName, HostResult> {
        let keeper = Keeper::new(self.commit, self.run, self.lock_lease, &plan.locks);
        let all = |status, failure: &Failure| {
            let result = |host: &HostName| (host.clone(), HostResult::ended(host.clone(), status, failure.clone()));
            plan.transactions().map(|(host, _)| result(host)).collect()
        };
        let taken = tokio::select! {
            taken = keeper.take() => taken,
            () = self.interruption() => {
                keeper.release_all().await;
                let failure = interrupted();
                return all(Status::Skipped, &failure);
            }
        };
        if let Err(refusal) = taken {
            let failure = &refusal.failure;
            self.recorder.note(self.run, &Stop { kind: "lock", id: keeper.names(), outcome: "refused", failure });
            return all(refusal.status, failure);
        }
        let results = tokio::select! {
            results = self.waves(plan, &keeper) => results,
            // It only ends with the other.
            () = keeper.keep() => BTreeMap::new(),
        };
        keeper.release_all().await;
        results
    }

    async fn waves(&self, plan: &Plan, keeper: &Keeper<'_>) -> BTreeMap<HostName, HostResult> {
        let stop: RefCell<Option<Failure>> = RefCell::default();
        let mut results: BTreeMap<HostName, HostResult> = BTreeMap::new();
        for (number, wave) in plan.waves.iter().enumerate() {
            let run = if number == 0 { self.run.clone() } else { RunId::new(format!("{}.{}", self.run, number + 1)) };
            if number > 0 && stop.borrow().is_none() && !keeper.are_held().await {
                self.lock_lost(&run, keeper, &stop);
            }
            let mut ended: Vec<HostResult> = futures_util::stream::iter(&wave.transactions)
                .map(|(host, transaction)| self.host(&run, host, transaction, keeper, &stop))
                .buffer_unordered(self.parallel.max(1))
                .collect()
                .await;
            // The next wave rests on all of this one: a canary that did not change has shown nothing.
            if ended.iter().any(|result| result.status != Status::Changed) {
                stop.borrow_mut().get_or_insert_with(another_failed);
            } else if let Err(failure) = self.gate(wave).await {
                if failure.code == "gate-failed" {
                    self.recorder.note(
                        &run,
                        &Stop { kind: "gate", id: wave.name.clone(), outcome: "failed", failure: &failure },
                    );
                    for result in &mut ended {
                        result.status = Status::Failed;
                        result.error = Some(failure.clone());
                    }
                }
                let skipped = Failure { message: format!("not started: {}", failure.message), ..failure };
                stop.borrow_mut().get_or_insert(skipped);
            }
            for result in ended {
                let result = with_items(result, wave);
                let whole = match results.remove(&result.host) {
                    Some(before) => both(before, result),
                    None => result,
                };
                results.insert(whole.host.clone(), whole);
            }
        }
        // Lost in the last wave, it stops nothing, and is told.
        self.lock_lost(self.run, keeper, &stop);
        results
    }

    /// Whether what must be good after a wave is.
    async fn gate(&self, wave: &Wave) -> Result<(), Failure> {
        if wave.transactions.is_empty() {
            return Ok(());
        }
        let looks = wave.gates.iter().map(|check| self.commit.gate(check));
        let seen = tokio::select! {
            seen = futures_util::future::try_join_all(looks) => seen.map(|_| ()),
            () = self.interruption() => return Err(interrupted()),
        };
        seen.map_err(|why| {
            let message = format!("the gate after {:?} is not good: {why}", wave.name);
            Failure::new("gate-failed", message, "what was changed so far stays; look into it, then make a new plan")
        })
    }

    /// Ready once the run is interrupted.
    async fn interruption(&self) {
        while !(self.interrupted)() {
            tokio::time::sleep(INTERRUPT_PAUSE).await;
        }
    }

    fn lock_lost(&self, run: &RunId, keeper: &Keeper<'_>, stop: &RefCell<Option<Failure>>) {
        let Some(failure) = keeper.lost() else { return };
        if stop.borrow().is_none() {
            self.recorder.note(run, &Stop { kind: "lock", id: keeper.names(), outcome: "failed", failure: &failure });
            stop.replace(Some(failure));
        }
    }

    async fn host(
        &self,
        run: &RunId,
        host: &HostName,
        transaction: &Transaction,
        keeper: &Keeper<'_>,
        stop: &RefCell<Option<Failure>>,
    ) -> HostResult {
        if (self.interrupted)() {
            return HostResult::ended(host.clone(), Status::Skipped, interrupted());
        }
        self.lock_lost(run, keeper, stop);
        if let Some(failure) = stop.borrow().clone() {
            return HostResult::ended(host.clone(), Status::Skipped, failure);
        }
        if let Err(failure) = self.recorder.begin(run, host, transaction) {
            stop.borrow_mut().get_or_insert_with(another_failed);
            return HostResult::ended(host.clone(), Status::Failed, failure);
        }
        let head = (self.journal_head)(run, host, transaction);
        let ended = self.commit.host(run, host, transaction, &head, keeper.locks()).await;
        self.recorder.end(run, transaction, &ended);
        let result = ended.result;
        if matches!(result.status, Status::Failed | Status::RolledBack | Status::Unknown) {
            stop.borrow_mut().get_or_insert_with(another_failed);
        }
        result
    }
}

fn another_failed() -> Failure {
    let message = "another host failed, or was not changed, before this one's turn";
    Failure::new("not-started", message, "run it again for the rest")
}

fn interrupted() -> Failure {
    Failure::new("interrupted", "the run was interrupted before this host's turn", "run it again for the rest")
}
