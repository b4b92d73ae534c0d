//! What the journal keeps of a run while it goes on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;

use crate::engine::commit::Ended;
use crate::engine::plan::{Plan, Wave};
use crate::engine::run::{GateSeen, Recorder, RunEnd, Stop};
use crate::engine::status::Failure;
use crate::engine::transaction::{ItemSummary, Transaction};
use crate::journal::{Journal, Line};
use crate::names::{HostName, RunId};
use crate::report::{Progress, Ui};

/// The journal of one run.
pub(super) struct Record<'a> {
    journal: Journal,
    /// What the lines of all hosts share.
    line: Line,
    /// The plan's waves: what each is called, and its step.
    waves: Vec<(String, Option<String>)>,
    progress: &'a Progress<'a>,
    ui: &'a Ui,
    /// Whether gates that are good are told at once.
    verbose: bool,
    trouble: RefCell<Vec<String>>,
    gates: RefCell<Vec<GateSeen>>,
    /// The lines with which transactions began, as they stand in the journal: the hosts get the same.
    heads: RefCell<BTreeMap<(RunId, HostName), String>>,
    /// When each host's transaction began.
    begun: RefCell<BTreeMap<(RunId, HostName), Instant>>,
}

impl<'a> Record<'a> {
    pub(super) fn new(
        journal: Journal,
        line: Line,
        plan: &Plan,
        progress: &'a Progress<'a>,
        ui: &'a Ui,
        verbose: bool,
    ) -> Self {
        Self {
            journal,
            line,
            waves: plan.waves.iter().map(|wave| (wave.name.clone(), wave.step.clone())).collect(),
            progress,
            ui,
            verbose,
            trouble: RefCell::default(),
            gates: RefCell::default(),
            heads: RefCell::default(),
            begun: RefCell::default(),
        }
    }

    /// The host's own line, up to its outcome.
    pub(super) fn head(&self, run: &RunId, host: &HostName, transaction: &Transaction) -> String {
        let begun = self.heads.borrow_mut().remove(&(run.clone(), host.clone()));
        begun.unwrap_or_else(|| self.line(run, host, transaction).head())
    }

    /// Records how the run as a whole has ended.
    pub(super) fn close(&self, end: &RunEnd, duration_ms: u64) {
        let mut line = Line { time: Timestamp::now(), ..self.line.clone() };
        line.outcome = Some(if end.stopped.is_some() { "failed" } else { "applied" }.to_owned());
        line.reason = end.stopped.as_ref().map(|stopped| {
            let Failure { code, message, .. } = &stopped.failure;
            format!("{code}: stopped at {}: {message}", stopped.name)
        });
        line.about.duration_ms = Some(duration_ms);
        if let Err(error) = self.journal.note(&line) {
            self.trouble.borrow_mut().push(error.to_string());
        }
    }

    /// What the gates saw, and what could not be recorded.
    pub(super) fn into_seen(self) -> (Vec<GateSeen>, Vec<String>) {
        (self.gates.into_inner(), self.trouble.into_inner())
    }

    fn line(&self, run: &RunId, host: &HostName, transaction: &Transaction) -> Line {
        Line { host: Some(host.clone()), changes: transaction.summary.clone(), ..self.of_wave(run) }
    }

    /// What all lines of a wave share.
    fn of_wave(&self, run: &RunId) -> Line {
        let mut line = Line { time: Timestamp::now(), run: run.clone(), ..self.line.clone() };
        if let Some((name, step)) = self.waves.get(run.wave()) {
            line.about.wave = Some(name.clone());
            line.about.step = step.clone();
        }
        line
    }
}

impl Recorder for Record<'_> {
    fn begin(&self, run: &RunId, host: &HostName, transaction: &Transaction) -> Result<(), Failure> {
        self.progress.begin(host);
        self.begun.borrow_mut().insert((run.clone(), host.clone()), Instant::now());
        let begun = self.journal.begin(&self.line(run, host, transaction));
        let line = begun.map_err(|error| Failure::new(error.code(), error.to_string(), error.hint()))?;
        self.heads.borrow_mut().insert((run.clone(), host.clone()), line.head());
        Ok(())
    }

    fn end(&self, run: &RunId, transaction: &Transaction, ended: &Ended) {
        let result = &ended.result;
        self.progress.end(&result.host, result.status);
        let reason = result.error.as_ref().map(|error| format!("{}: {}", error.code, error.message));
        let mut line =
            Line { outcome: Some(ended.outcome.to_owned()), reason, ..self.line(run, &result.host, transaction) };
        let begun = self.begun.borrow_mut().remove(&(run.clone(), result.host.clone()));
        line.about.duration_ms = begun.and_then(|begun| u64::try_from(begun.elapsed().as_millis()).ok());
        if let Err(error) = self.journal.end(&line) {
            self.trouble.borrow_mut().push(error.to_string());
        }
    }

    fn pause(&self, _: &RunId, wave: &Wave) {
        self.ui.note(&format!("after {}: waiting for {} s", wave.name, wave.pause_seconds));
    }

    fn gate(&self, run: &RunId, seen: &GateSeen) {
        // The report tells all of them.
        if !seen.good || self.verbose {
            let word = if seen.good { "good" } else { "not good" };
            self.ui.note(&format!("gate after {}: {} is {word}: {}", seen.wave, seen.gate, seen.saw));
        }
        let mut line = self.of_wave(run);
        line.outcome = Some(if seen.good { "good" } else { "failed" }.to_owned());
        line.about.gates = vec![seen.clone()];
        if let Err(error) = self.journal.note(&line) {
            self.trouble.borrow_mut().push(error.to_string());
        }
        self.gates.borrow_mut().push(seen.clone());
    }

    fn note(&self, run: &RunId, stop: &Stop<'_>) {
        let failure = stop.failure;
        let what = ItemSummary {
            kind: stop.kind.to_owned(),
            id: stop.id.clone(),
            place: String::new(),
            diff: Vec::new(),
            operations: Vec::new(),
        };
        let line = Line {
            changes: vec![what],
            outcome: Some(stop.outcome.to_owned()),
            reason: Some(format!("{}: {}", failure.code, failure.message)),
            ..self.of_wave(run)
        };
        if let Err(error) = self.journal.note(&line) {
            self.trouble.borrow_mut().push(error.to_string());
        }
    }
}
