//! A plan's waves in order: who is asked before each, how many failures it bears, the gates and the pause behind it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::ending::{RunEnd, Stopped, Turn};
use super::lock::Keeper;
use super::plan::{Plan, Wave};
use super::run::{INTERRUPT_PAUSE, Rollout, Stop, interrupted};
use super::status::{Failure, HostResult, Status};
use super::transaction::Transaction;
use crate::names::{HostName, RunId};

/// A run on its way.
struct Course<'a> {
    plan: &'a Plan,
    keeper: &'a Keeper<'a>,
    end: RunEnd,
    /// Why no host starts any more.
    stop: RefCell<Option<Failure>>,
    /// Hosts that came to another end than was planned, by step.
    missed: RefCell<BTreeMap<Option<&'a str>, BTreeSet<HostName>>>,
}

impl<'a> Course<'a> {
    fn has_stopped(&self) -> bool {
        self.stop.borrow().is_some()
    }

    /// From here on no host starts; `why` is told of the run, `skipped` of each host that has not had its turn.
    fn stop_at(&mut self, number: usize, why: Failure, skipped: Failure) {
        self.end.stopped.get_or_insert_with(|| Stopped::at(self.plan, number, why));
        self.stop.get_mut().get_or_insert(skipped);
    }

    fn miss(&self, wave: &'a Wave, host: &HostName) {
        self.missed.borrow_mut().entry(wave.step.as_deref()).or_default().insert(host.clone());
    }

    /// The hosts of the wave's step that came to another end than planned, where they are more than it bears.
    fn too_many(&self, wave: &Wave) -> Option<BTreeSet<HostName>> {
        let missed = self.missed.borrow().get(&wave.step.as_deref())?.clone();
        let bears = usize::try_from(wave.max_failures).unwrap_or(usize::MAX);
        (missed.len() > bears).then_some(missed)
    }

    /// Whether the host came to another end than planned in an earlier wave: then nothing further is done to it.
    fn is_out(&self, host: &HostName) -> bool {
        self.end.waves.iter().filter_map(|wave| wave.get(host)).any(|turn| !turn.is_done())
    }

    fn has_more_after(&self, number: usize) -> bool {
        self.plan.waves.iter().skip(number + 1).any(|wave| !wave.transactions.is_empty())
    }
}

impl Rollout<'_> {
    pub(super) async fn waves(&self, plan: &Plan, keeper: &Keeper<'_>) -> RunEnd {
        let mut course =
            Course { plan, keeper, end: RunEnd::default(), stop: RefCell::default(), missed: RefCell::default() };
        let mut has_begun = false;
        for (number, planned) in plan.waves.iter().enumerate() {
            // One that is left with its gates alone was done by the run that this one carries on.
            if planned.transactions.is_empty() && planned.gates.is_empty() {
                course.end.waves.push(BTreeMap::new());
                continue;
            }
            let run = self.run.of_wave(number);
            if has_begun && !course.has_stopped() && !keeper.are_held().await {
                self.lock_lost(&run, keeper, &course.stop);
                if let Some(failure) = keeper.lost() {
                    course.stop_at(number, failure.clone(), failure);
                }
            }
            has_begun = true;
            self.wave(&mut course, &run, number, planned).await;
        }
        // Lost in the last wave, it stops nothing, and is told.
        self.lock_lost(self.run, keeper, &course.stop);
        course.end
    }

    /// One wave, with all that stands behind it.
    async fn wave<'a>(&self, course: &mut Course<'a>, run: &RunId, number: usize, planned: &'a Wave) {
        let mut transactions = planned.transactions.clone();
        if !course.has_stopped() {
            match self.next(number, planned).await {
                Ok(less) => transactions = less,
                Err(failure) => {
                    if failure.code != "interrupted" {
                        let id = planned.name.clone();
                        self.recorder.note(run, &Stop { kind: "wave", id, outcome: "refused", failure: &failure });
                    }
                    course.stop_at(number, failure.clone(), failure);
                }
            }
        }
        let shared = &*course;
        let mut ended: Vec<(HostResult, Turn)> = futures_util::stream::iter(&transactions)
            .map(|(host, transaction)| self.host(shared, run, planned, host, transaction))
            .buffer_unordered(self.parallel.max(1))
            .collect()
            .await;
        for host in planned.transactions.keys().filter(|host| !transactions.contains_key(*host)) {
            ended.push((HostResult::of_items(host.clone(), Vec::new()), Turn::Needless));
        }
        Self::judge(course, number, planned, &ended);
        let looks = planned.transactions.is_empty() || !transactions.is_empty();
        if looks && !course.has_stopped() {
            let mut seen = self.gates(run, planned).await;
            if seen.is_ok() && planned.pause_seconds > 0 && course.has_more_after(number) {
                self.recorder.pause(run, planned);
                seen = self.pause(course, planned).await;
                if seen.is_ok() {
                    seen = self.gates(run, planned).await;
                }
            }
            if let Err(failure) = seen {
                self.gate_failed(course, run, number, planned, failure, &mut ended);
            }
        }
        course.end.waves.push(ended.iter().map(|(result, turn)| (result.host.clone(), *turn)).collect());
        for (result, _) in ended {
            course.end.add(result, planned);
        }
    }

    /// What is done of a wave: what whoever is asked lets be done of it.
    async fn next(&self, number: usize, planned: &Wave) -> Result<BTreeMap<HostName, Transaction>, Failure> {
        if (self.interrupted)() {
            return Err(interrupted());
        }
        let next = tokio::select! {
            next = self.between.next(number, planned) => next?,
            () = self.interruption() => return Err(interrupted()),
        };
        match next.transactions.keys().find(|host| !planned.transactions.contains_key(*host)) {
            Some(host) => {
                let message = format!("{host} is not a host of the wave {:?}", planned.name);
                Err(Failure::new("more-than-planned", message, "make a new plan"))
            }
            None => Ok(next.transactions),
        }
    }

    /// Whether the run goes on after what became of the hosts of a wave.
    fn judge<'a>(course: &mut Course<'a>, number: usize, planned: &'a Wave, ended: &[(HostResult, Turn)]) {
        // The next wave rests on all of this one, but for so many as may fail: a canary that did not change has shown nothing.
        for (result, turn) in ended {
            if !turn.is_done() {
                course.miss(planned, &result.host);
            }
        }
        let was_interrupted = |(result, _): &(HostResult, Turn)| {
            result.error.as_ref().is_some_and(|failure| failure.code == "interrupted")
        };
        if ended.iter().any(was_interrupted) {
            return course.stop_at(number, interrupted(), interrupted());
        }
        // A lock that is lost when all have had their turn is told before the next wave.
        if let Some(lost) = course.keeper.lost().filter(|_| course.has_stopped()) {
            return course.stop_at(number, lost.clone(), lost);
        }
        // A journal that takes no line stops the run, however many failures it bears.
        let unrecorded = ended.iter().find(|(result, turn)| *turn == Turn::NotBegun && result.status == Status::Failed);
        if let Some(failure) = unrecorded.and_then(|(result, _)| result.error.clone()) {
            return course.stop_at(number, failure, another_failed());
        }
        if let Some(hosts) = course.too_many(planned) {
            course.stop_at(number, did_not_change(&hosts, planned.max_failures), another_failed());
        }
    }

    /// Whether what must be good after a wave is; each gate is told, once.
    async fn gates(&self, run: &RunId, wave: &Wave) -> Result<(), Failure> {
        let seen = tokio::select! {
            seen = self.commit.gates(wave) => seen,
            () = self.interruption() => return Err(interrupted()),
        };
        for seen in &seen {
            self.recorder.gate(run, &seen.told);
        }
        let why: Vec<String> = seen.into_iter().filter_map(|seen| seen.why_not).collect();
        if why.is_empty() {
            return Ok(());
        }
        let message = format!("the gate after {:?} is not good: {}", wave.name, why.join("; "));
        Err(Failure::new("gate-failed", message, "what was changed so far stays; look into it, then make a new plan"))
    }

    fn gate_failed(
        &self,
        course: &mut Course<'_>,
        run: &RunId,
        number: usize,
        wave: &Wave,
        failure: Failure,
        ended: &mut [(HostResult, Turn)],
    ) {
        if failure.code == "gate-failed" {
            let id = wave.name.clone();
            self.recorder.note(run, &Stop { kind: "gate", id, outcome: "failed", failure: &failure });
            for (result, _) in ended.iter_mut().filter(|(_, turn)| turn.is_done()) {
                result.status = Status::Failed;
                result.error = Some(failure.clone());
            }
        }
        let skipped = Failure { message: format!("not started: {}", failure.message), ..failure.clone() };
        course.stop_at(number, failure, skipped);
    }

    /// Waits, unless the run is interrupted or a lock is lost.
    async fn pause(&self, course: &Course<'_>, wave: &Wave) -> Result<(), Failure> {
        let until = Instant::now() + Duration::from_secs(wave.pause_seconds.into());
        loop {
            if (self.interrupted)() {
                return Err(interrupted());
            }
            let left = until.saturating_duration_since(Instant::now());
            // What is lost is told before the next wave.
            if left.is_zero() || course.keeper.lost().is_some() {
                return Ok(());
            }
            tokio::time::sleep(left.min(INTERRUPT_PAUSE)).await;
        }
    }

    fn lock_lost(&self, run: &RunId, keeper: &Keeper<'_>, stop: &RefCell<Option<Failure>>) {
        let Some(failure) = keeper.lost() else { return };
        if stop.borrow().is_none() {
            self.recorder.note(run, &Stop { kind: "lock", id: keeper.names(), outcome: "failed", failure: &failure });
            stop.replace(Some(failure));
        }
    }

    async fn host<'a>(
        &self,
        course: &Course<'a>,
        run: &RunId,
        wave: &'a Wave,
        host: &HostName,
        transaction: &Transaction,
    ) -> (HostResult, Turn) {
        let skipped = |failure| (HostResult::ended(host.clone(), Status::Skipped, failure), Turn::NotBegun);
        if (self.interrupted)() {
            return skipped(interrupted());
        }
        self.lock_lost(run, course.keeper, &course.stop);
        if let Some(failure) = course.stop.borrow().clone() {
            return skipped(failure);
        }
        if course.is_out(host) {
            let message = "an earlier wave did not change it as planned";
            return skipped(Failure::new("not-started", message, "make a new plan for it"));
        }
        if let Err(failure) = self.recorder.begin(run, host, transaction) {
            course.stop.borrow_mut().get_or_insert_with(another_failed);
            return (HostResult::ended(host.clone(), Status::Failed, failure), Turn::NotBegun);
        }
        let head = (self.journal_head)(run, host, transaction);
        let ended = self.commit.host(run, host, transaction, &head, course.keeper.locks()).await;
        self.recorder.end(run, transaction, &ended);
        let turn = Turn::of(ended.outcome, ended.result.status);
        if !turn.is_done() {
            course.miss(wave, host);
        }
        // One that was never begun does not hold back its neighbours, only the next wave.
        if turn != Turn::NotBegun && course.too_many(wave).is_some() {
            course.stop.borrow_mut().get_or_insert_with(another_failed);
        }
        (ended.result, turn)
    }
}

fn another_failed() -> Failure {
    let message = "another host failed, or was not changed, before this one's turn";
    Failure::new("not-started", message, "run it again for the rest")
}

/// Why a run stops behind a wave.
fn did_not_change(hosts: &BTreeSet<HostName>, bears: u32) -> Failure {
    let names: Vec<&str> = hosts.iter().map(HostName::as_str).collect();
    let may = match bears {
        0 => String::new(),
        1 => ", and 1 may".to_owned(),
        more => format!(", and {more} may"),
    };
    let (names, count) = (names.join(", "), names.len());
    let message = if count == 1 {
        format!("{names} did not come to its planned end{may}")
    } else {
        format!("{count} hosts did not come to their planned end{may}: {names}")
    };
    Failure::new("hosts-failed", message, "see what each of them says, then make a new plan")
}
