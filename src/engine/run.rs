//! Many hosts side by side: a look at all of them, and a plan's waves in order.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::StreamExt as _;

use super::commit::{Commit, Ended};
use super::observe::Questions;
use super::plan::Plan;
use super::probe::{Observation, Observations};
use super::status::{Failure, HostResult, Status};
use super::transaction::Transaction;
use super::transport::{Interruption, Script, Transport};
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
    /// Once it says so, no new host is started.
    pub interrupted: &'a dyn Fn() -> bool,
}

impl Rollout<'_> {
    /// Carries out the waves in order. After a failure no new host starts. Every host of the plan is in the result, with
    /// what became of its last transaction.
    pub async fn carry_out(&self, plan: &Plan) -> BTreeMap<HostName, HostResult> {
        let failed = Cell::new(false);
        let mut results: BTreeMap<HostName, HostResult> = BTreeMap::new();
        for (number, wave) in plan.waves.iter().enumerate() {
            let run = if number == 0 { self.run.clone() } else { RunId::new(format!("{}.{}", self.run, number + 1)) };
            let ended: Vec<HostResult> = futures_util::stream::iter(&wave.transactions)
                .map(|(host, transaction)| self.host(&run, host, transaction, &failed))
                .buffer_unordered(self.parallel.max(1))
                .collect()
                .await;
            for result in ended {
                if result.status != Status::Changed {
                    // The next wave rests on all of this one: a canary that did not change has shown nothing.
                    failed.set(true);
                }
                // A host that changed in one wave and failed in the next has failed; the worse one is told.
                let keep = results.get(&result.host).is_some_and(|before| before.status > result.status);
                if !keep {
                    results.insert(result.host.clone(), result);
                }
            }
        }
        results
    }

    async fn host(&self, run: &RunId, host: &HostName, transaction: &Transaction, failed: &Cell<bool>) -> HostResult {
        if (self.interrupted)() {
            return not_started(host, "interrupted", "the run was interrupted before this host's turn");
        }
        if failed.get() {
            return not_started(host, "not-started", "another host failed, or was not changed, before this one's turn");
        }
        if let Err(failure) = self.recorder.begin(run, host, transaction) {
            failed.set(true);
            return HostResult::ended(host.clone(), Status::Failed, failure);
        }
        let head = (self.journal_head)(run, host, transaction);
        let ended = self.commit.host(run, host, transaction, &head).await;
        self.recorder.end(run, transaction, &ended);
        let result = ended.result;
        if matches!(result.status, Status::Failed | Status::RolledBack | Status::Unknown) {
            failed.set(true);
        }
        result
    }
}

fn not_started(host: &HostName, code: &str, message: &str) -> HostResult {
    HostResult::ended(host.clone(), Status::Skipped, Failure::new(code, message, "run it again for the rest"))
}
