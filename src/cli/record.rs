//! What the journal keeps of a run while it goes on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;

use crate::engine::commit::Ended;
use crate::engine::run::{GateSeen, Recorder, Stop};
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
    progress: &'a Progress<'a>,
    ui: &'a Ui,
    trouble: RefCell<Vec<String>>,
    gates: RefCell<Vec<GateSeen>>,
    /// When each host's transaction began.
    begun: RefCell<BTreeMap<(RunId, HostName), Instant>>,
}

impl<'a> Record<'a> {
    pub(super) fn new(journal: Journal, line: Line, progress: &'a Progress<'a>, ui: &'a Ui) -> Self {
        Self {
            journal,
            line,
            progress,
            ui,
            trouble: RefCell::default(),
            gates: RefCell::default(),
            begun: RefCell::default(),
        }
    }

    /// The host's own line, up to its outcome.
    pub(super) fn head(&self, run: &RunId, host: &HostName, transaction: &Transaction) -> String {
        self.line(run, host, transaction).head()
    }

    /// What the gates saw, and what could not be recorded.
    pub(super) fn into_seen(self) -> (Vec<GateSeen>, Vec<String>) {
        (self.gates.into_inner(), self.trouble.into_inner())
    }

    fn line(&self, run: &RunId, host: &HostName, transaction: &Transaction) -> Line {
        Line {
            time: Timestamp::now(),
            run: run.clone(),
            host: Some(host.clone()),
            changes: transaction.summary.clone(),
            ..self.line.clone()
        }
    }
}

impl Recorder for Record<'_> {
    fn begin(&self, run: &RunId, host: &HostName, transaction: &Transaction) -> Result<(), Failure> {
        self.progress.begin(host);
        self.begun.borrow_mut().insert((run.clone(), host.clone()), Instant::now());
        self.journal.begin(&self.line(run, host, transaction)).map_err(|error| {
            Failure::new(
                error.code(),
                error.to_string(),
                "nothing was changed: without a journal fleet changes nothing",
            )
        })
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

    fn gate(&self, run: &RunId, seen: &GateSeen) {
        let word = if seen.good { "good" } else { "not good" };
        self.ui.note(&format!("gate after {}: {} is {word}: {}", seen.wave, seen.gate, seen.saw));
        let what = ItemSummary {
            kind: "gate".to_owned(),
            id: seen.wave.clone(),
            place: String::new(),
            diff: Vec::new(),
            operations: vec![seen.gate.clone()],
        };
        let mut line = Line { time: Timestamp::now(), run: run.clone(), changes: vec![what], ..self.line.clone() };
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
            time: Timestamp::now(),
            run: run.clone(),
            changes: vec![what],
            outcome: Some(stop.outcome.to_owned()),
            reason: Some(format!("{}: {}", failure.code, failure.message)),
            ..self.line.clone()
        };
        if let Err(error) = self.journal.note(&line) {
            self.trouble.borrow_mut().push(error.to_string());
        }
    }
}
