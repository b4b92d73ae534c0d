//! Many hosts side by side: a look at all of them, and a plan's waves in order.

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
use super::status::{Failure, Status};
use super::transaction::Transaction;
use super::transport::{Boxed, Interruption, Script, Transport};
use crate::names::{HostName, RunId};

pub use super::ending::{Fate, RunEnd, Stopped, Turn};

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

    /// What a gate between two waves saw, be it good or not.
    fn gate(&self, run: &RunId, seen: &GateSeen);

    /// The run now waits behind a wave for [`Wave::pause_seconds`].
    fn pause(&self, _run: &RunId, _wave: &Wave) {}
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
    /// What is done of the wave that comes next, `number` counted from 0: all of it, or less. Of what comes back the
    /// transactions alone are taken; hosts that are not among them any more are done.
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
    /// `lock`, `gate`, or `wave`: one that does not begin because whoever was asked said no.
    pub kind: &'static str,
    /// What it is about: the locks, or the wave.
    pub id: String,
    /// `refused`: before anything of the run, or of the wave, changed; or `failed`.
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

/// How often it is looked whether the run was interrupted.
pub(super) const INTERRUPT_PAUSE: Duration = Duration::from_millis(200);

impl Rollout<'_> {
    /// Takes the plan's locks, and carries out the waves in order. After more failures than a wave allows no new host starts.
    /// Every host that the plan changes is in the result.
    pub async fn carry_out(&self, plan: &Plan) -> RunEnd {
        let keeper = Keeper::new(self.commit, self.run, self.lock_lease, &plan.locks);
        let taken = tokio::select! {
            taken = keeper.take() => taken,
            () = self.interruption() => {
                keeper.release_all().await;
                return RunEnd::refused(plan, Status::Skipped, &interrupted());
            }
        };
        if let Err(refusal) = taken {
            let failure = &refusal.failure;
            self.recorder.note(self.run, &Stop { kind: "lock", id: keeper.names(), outcome: "refused", failure });
            return RunEnd::refused(plan, refusal.status, failure);
        }
        let end = tokio::select! {
            end = self.waves(plan, &keeper) => end,
            // It only ends with the other.
            () = keeper.keep() => RunEnd::default(),
        };
        keeper.release_all().await;
        end
    }

    /// Ready once the run is interrupted.
    pub(super) async fn interruption(&self) {
        while !(self.interrupted)() {
            tokio::time::sleep(INTERRUPT_PAUSE).await;
        }
    }
}

pub(super) fn interrupted() -> Failure {
    Failure::new("interrupted", "the run was interrupted before this host's turn", "run it again for the rest")
}
