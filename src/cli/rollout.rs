//! From a plan to hosts that were changed: the question, the run, the record, the report.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::actions::{self, queue::balance::Balance};
use crate::engine::commit::{Commit, Ended};
use crate::engine::compile::Values;
use crate::engine::deferred::Provider;
use crate::engine::log::LogLine;
use crate::engine::plan::Plan;
use crate::engine::run::{GateSeen, Recorder, Rollout, Stop, Straight};
use crate::engine::settle::{Dropped, Settled};
use crate::engine::status::{Failure, HostResult, Status};
use crate::engine::transaction::{ItemSummary, Part, Transaction};
use crate::inventory::Inventory;
use crate::journal::{self, Journal, Line};
use crate::names::{HostName, RunId};
use crate::report::{ApplyReport, ExitCode, PlanReport, Progress, Ui, exit};
use crate::secrets::SecretRef;

use super::act::journal_error;
use super::app::{self, CliError};
use super::args::Global;
use super::author;
use super::base::Base;
use super::provided;

/// What was reviewed.
pub(super) struct Approved {
    /// The digest of the whole plan.
    pub(super) digest: String,
    /// What it makes of worker queues.
    pub(super) balance: Option<Balance>,
}

/// Shows the plan and asks; without a terminal `--yes` must have been given.
pub(super) fn approve(global: &Global, ui: &Ui, plan: &Plan, balance: Option<&Balance>) -> Result<(), CliError> {
    if plan.is_empty() {
        return Ok(());
    }
    ui.preview(&PlanReport::of(plan, None).with_balance(balance.cloned(), Vec::new()));
    if global.yes {
        return Ok(());
    }
    let hosts = plan.transactions().map(|(host, _)| host).collect::<BTreeSet<_>>().len();
    match ui.confirm(&format!("Change {hosts} {}?", if hosts == 1 { "host" } else { "hosts" })) {
        Some(true) => Ok(()),
        Some(false) => Err(CliError::declined(Failure::bare("declined", "declined; nothing was changed"))),
        None => Err(CliError::declined(Failure::new(
            "not-approved",
            "there is no terminal to ask on; nothing was changed",
            "read the plan, then give --yes",
        ))),
    }
}

/// Carries the plan out and reports on every host of it.
pub(super) async fn carry_out(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    plan: &Plan,
    approved: Approved,
    provider: &dyn Provider,
) -> Result<ExitCode, CliError> {
    let started = Instant::now();
    let Approved { digest, balance } = approved;
    if plan.is_empty() {
        let code = exit::of_apply(&plan.hosts);
        let report = ApplyReport::new(None, plan.actions.clone(), 0, plan.hosts.clone());
        app::print(ui, &report.with_balance(balance))?;
        return Ok(code);
    }
    let mut values = values(base, plan)?;
    let interrupted = watch_for_interrupt();
    let ssh = app::ssh(global, ui, inventory)?;
    let now = Timestamp::now();
    let run = author::run_id(now);
    let author = author::author();
    let journal = Journal::of(&base.state);
    let line = Line {
        schema: journal::SCHEMA.to_owned(),
        time: now,
        run: run.clone(),
        who: author.clone(),
        inventory: plan.inventory.clone(),
        actions: plan.actions.clone(),
        plan: digest,
        host: None,
        changes: Vec::new(),
        outcome: None,
        reason: None,
        about: journal::About {
            playbook: plan.playbook.as_ref().map(|stamp| stamp.name.clone()),
            undoes: plan.undoes.clone(),
            ..author::circumstances()
        },
    };
    // A beginning and an ending for each transaction, and what is told of waves and of the run as a whole.
    let lines = 2 * plan.transactions().count() + plan.waves.len() + plan.wanted().len() + 4;
    journal.reserve(lines).map_err(|error| journal_error(&error))?;
    let Settled { plan, dropped } = provide(ui, plan, provider, &mut values, &journal, &line).await;
    let plan = &plan;
    let description =
        format!("{}@{}, {}, since {}", author.user, author.machine, plan.actions.join(" and "), now.strftime("%F %TZ"));
    let hosts: BTreeSet<&HostName> = plan.transactions().map(|(host, _)| host).collect();
    // The progress is gone from the screen before the report is on it.
    let (mut results, troubles) = {
        let progress = ui.progress(hosts.len(), "changing");
        let record = Record {
            journal,
            line,
            progress: &progress,
            trouble: RefCell::default(),
            gates: RefCell::default(),
            heads: RefCell::default(),
        };
        let scripts = actions::scripts();
        let commit = Commit {
            transport: &ssh,
            description: &description,
            key: &base.key,
            values: &values,
            lock_timeout: global.lock_timeout,
            random: &app::random_word,
            scripts: &scripts,
            hear: &|host, line| {
                if let LogLine::Phase(phase) = line {
                    progress.phase(host, phase);
                }
                // Once: the phases. Twice: every step. What a command printed may hold a secret, and comes scrubbed in the report.
                let told = match line {
                    LogLine::Output(_) => false,
                    LogLine::NotIdle { .. } => true,
                    LogLine::Phase(_) | LogLine::Confirm(_) | LogLine::Fail { .. } | LogLine::End(_) => {
                        global.verbose > 0
                    }
                    LogLine::Step { .. } => global.verbose > 1,
                };
                if told {
                    ui.note(&format!("{host}: {line}"));
                }
            },
        };
        let rollout = Rollout {
            commit: &commit,
            run: &run,
            parallel: global.parallel.into(),
            journal_head: &|run, host, transaction| record.head(run, host, transaction),
            recorder: &record,
            between: &Straight,
            interrupted: &|| interrupted.load(Ordering::Relaxed),
            lock_lease: lock_lease(),
        };
        let results = rollout.carry_out(plan).await;
        (results, record.trouble.take())
    };
    for trouble in troubles {
        ui.warn(&format!("the journal lacks a line: {trouble}"));
    }
    let mut hosts: Vec<HostResult> =
        plan.hosts.iter().map(|before| merge(plan, before, results.remove(&before.host))).collect();
    tell_dropped(&mut hosts, dropped);
    let code = exit::of_apply(&hosts);
    let code =
        if interrupted.load(Ordering::Relaxed) { ExitCode::of_several([code, ExitCode::Interrupted]) } else { code };
    let duration = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let report = ApplyReport::new(Some(run.clone()), plan.actions.clone(), duration, hosts).of_plan(plan);
    app::print(ui, &report.with_balance(balance))?;
    Ok(code)
}

/// The host as it stood, with what the run made of what it changed.
fn merge(plan: &Plan, before: &HostResult, after: Option<HostResult>) -> HostResult {
    let Some(after) = after else { return before.clone() };
    let mended: BTreeSet<&str> = plan
        .transactions()
        .filter(|(host, _)| **host == before.host)
        .flat_map(|(_, transaction)| transaction.summary.iter().flat_map(|summary| &summary.diff))
        .map(|line| line.subject.as_str())
        .collect();
    let mut items = before.items.clone();
    for item in &mut items {
        let changed = after.items.iter().find(|changed| changed.kind == item.kind && changed.id == item.id);
        if let Some(changed) = changed {
            item.status = changed.status;
            // Where the host did not come to its end, some of it may be left.
            if changed.status == Status::Changed && after.error.is_none() {
                item.differences.retain(|difference| !difference.repairable);
                item.status = item.left().max(Status::Changed);
                let renewed = renewed(plan, &before.host, &item.id);
                item.warnings.retain(|warning| match warning.code.as_str() {
                    "near-miss" => !mended.contains(warning.subject.as_str()),
                    "due" => !renewed,
                    _ => true,
                });
            }
        }
    }
    if after.items.is_empty() {
        // The run did not come to it: what was planned has not happened, for the host's own reason.
        for item in items.iter_mut().filter(|item| item.status == Status::Planned) {
            item.status = after.status;
        }
    }
    let status = items.iter().map(|item| item.status).chain([after.status]).max().unwrap_or(after.status);
    let status = if after.items.is_empty() { after.status } else { status };
    HostResult { host: before.host.clone(), status, items, error: after.error.or_else(|| before.error.clone()) }
}

/// Whether the plan gave the host a new certificate of this name: then none is due any more.
fn renewed(plan: &Plan, host: &HostName, certificate: &str) -> bool {
    let mine = plan.transactions().filter(|(of, _)| *of == host);
    mine.flat_map(|(_, transaction)| transaction.contents()).flat_map(|content| &content.0).any(|part| {
        let Part::Deferred { name, .. } = part else { return false };
        let mut words = name.split('/').skip(1);
        let owner = words.next().and_then(|owner| owner.split('@').next());
        owner == Some(certificate) && words.next() == Some("next")
    })
}

/// Lets what does not exist yet be made, once, now that the plan is approved.
async fn provide(
    ui: &Ui,
    plan: &Plan,
    provider: &dyn Provider,
    values: &mut Values,
    journal: &Journal,
    line: &Line,
) -> Settled {
    let wanted = plan.wanted();
    if wanted.is_empty() {
        return Settled { plan: plan.clone(), dropped: Vec::new() };
    }
    let told: RefCell<Vec<String>> = RefCell::default();
    let tell = |text: &str| {
        ui.note(text);
        told.borrow_mut().push(text.to_owned());
    };
    let values_by_name = provider.provide(&wanted, &tell).await;
    for line in provided::lines(line, &values_by_name, &told.take()) {
        if let Err(error) = journal.note(&line) {
            ui.warn(&format!("the journal lacks a line: {error}"));
        }
    }
    let settled = plan.clone().settle(&values_by_name);
    values.deferred = values_by_name.into_iter().filter_map(|(name, value)| Some((name, value.ok()?))).collect();
    settled
}

/// Items for which there was no value have failed, each for its own reason.
fn tell_dropped(hosts: &mut [HostResult], dropped: Vec<Dropped>) {
    for Dropped { host, kind, id, failure } in dropped {
        let Some(result) = hosts.iter_mut().find(|result| result.host == host) else { continue };
        result.status = result.status.max(Status::Failed);
        if let Some(item) = result.items.iter_mut().find(|item| item.kind == kind && item.id == id) {
            item.status = Status::Failed;
            item.error = Some(failure);
        } else if result.error.is_none() {
            result.error = Some(failure);
        }
    }
}

/// The values of all secrets in the plan. One that is not at hand ends the run before any host is touched.
fn values(base: &Base, plan: &Plan) -> Result<Values, CliError> {
    let references: BTreeSet<&SecretRef> = plan.secrets().collect();
    let mut values = Values::default();
    for reference in references {
        let secret = base
            .resolver
            .resolve(reference)
            .map_err(|error| CliError::of(ExitCode::Failure, &error, error.code(), error.hint()))?;
        values.secrets.insert(reference.clone(), secret);
    }
    Ok(values)
}

/// How long a host keeps a lock of a run that it does not hear of any more.
const LOCK_LEASE: Duration = Duration::from_secs(90);

/// [`LOCK_LEASE`], or so many seconds as `FLEET_LOCK_LEASE` says, for rehearsals of lost links.
fn lock_lease() -> Duration {
    let seconds = std::env::var("FLEET_LOCK_LEASE").ok().and_then(|text| text.parse().ok());
    seconds.filter(|seconds| (3..=600).contains(seconds)).map_or(LOCK_LEASE, Duration::from_secs)
}

/// Once: no new host is started. Twice: leave; the hosts finish or roll back by themselves.
fn watch_for_interrupt() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(ExitCode::Interrupted.number().into());
            }
        }
    });
    interrupted
}

/// The journal of one run.
struct Record<'a> {
    journal: Journal,
    /// What the lines of all hosts share.
    line: Line,
    progress: &'a Progress<'a>,
    trouble: RefCell<Vec<String>>,
    gates: RefCell<Vec<GateSeen>>,
    /// The lines with which transactions began, as they stand in the journal: the hosts get the same.
    heads: RefCell<BTreeMap<(RunId, HostName), String>>,
}

impl Record<'_> {
    fn head(&self, run: &RunId, host: &HostName, transaction: &Transaction) -> String {
        let begun = self.heads.borrow_mut().remove(&(run.clone(), host.clone()));
        begun.unwrap_or_else(|| self.line(run, host, transaction).head())
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
        let begun = self.journal.begin(&self.line(run, host, transaction));
        let line = begun.map_err(|error| Failure::new(error.code(), error.to_string(), error.hint()))?;
        self.heads.borrow_mut().insert((run.clone(), host.clone()), line.head());
        Ok(())
    }

    fn end(&self, run: &RunId, transaction: &Transaction, ended: &Ended) {
        let result = &ended.result;
        self.progress.end(&result.host, result.status);
        let reason = result.error.as_ref().map(|error| format!("{}: {}", error.code, error.message));
        let line =
            Line { outcome: Some(ended.outcome.to_owned()), reason, ..self.line(run, &result.host, transaction) };
        if let Err(error) = self.journal.end(&line) {
            self.trouble.borrow_mut().push(error.to_string());
        }
    }

    fn gate(&self, _: &RunId, seen: &GateSeen) {
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
