//! One run: its record, its locks, its waves, and what came of it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::actions;
use crate::engine::commit::Commit;
use crate::engine::compile::Values;
use crate::engine::deferred::Provider;
use crate::engine::log::LogLine;
use crate::engine::plan::Plan;
use crate::engine::run::{GateSeen, Rollout, RunEnd};
use crate::engine::settle::{Dropped, Settled};
use crate::inventory::Inventory;
use crate::journal::{self, About, Journal, Line};
use crate::names::{HostName, RunId};
use crate::report::{ExitCode, Ui};
use crate::secrets::SecretRef;

use super::act::journal_error;
use super::app::{self, CliError};
use super::approval::Granted;
use super::args::Global;
use super::base::Base;
use super::between::{LookAgain, Pauses};
use super::record::Record;
use super::runs::{BegunRun, Runs};
use super::{author, provided};

/// What comes with a plan.
pub(super) struct Errand<'a> {
    /// The digest of the whole plan, of which a part may be carried out.
    pub(super) digest: &'a str,
    pub(super) granted: &'a Granted,
    pub(super) again: Option<&'a dyn LookAgain>,
}

/// A run that has ended, well or not.
pub(super) struct Carried {
    pub(super) run: RunId,
    /// With its deferred values in their places.
    pub(super) plan: Plan,
    pub(super) end: RunEnd,
    pub(super) gates: Vec<GateSeen>,
    pub(super) dropped: Vec<Dropped>,
    pub(super) interrupted: bool,
}

/// Carries a plan out, and keeps the record of it.
pub(super) async fn out(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    plan: &Plan,
    errand: &Errand<'_>,
    provider: &dyn Provider,
) -> Result<Carried, CliError> {
    let started = Instant::now();
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
        plan: errand.digest.to_owned(),
        host: None,
        changes: Vec::new(),
        outcome: None,
        reason: None,
        about: About {
            playbook: plan.playbook.as_ref().map(|stamp| stamp.name.clone()),
            undoes: plan.undoes.clone(),
            continues: global.continues.clone(),
            approved_by: errand.granted.by.clone(),
            break_glass: errand.granted.break_glass.clone(),
            ..author::circumstances()
        },
    };
    // A beginning and an ending for each transaction, and what is told of gates and of the run as a whole.
    let gates: usize = plan.waves.iter().map(|wave| 2 * wave.gates.len() + 2).sum();
    let lines = 2 * plan.transactions().count() + gates + plan.wanted().len() + 4;
    journal.reserve(lines).map_err(|error| journal_error(&error))?;
    let approved_by = line.about.approved_by.clone();
    let keep = |plan: &Plan| {
        let begun = BegunRun::new(run.clone(), errand.digest.to_owned(), plan.clone(), approved_by.clone());
        Runs::of(&base.state).keep(&begun)
    };
    keep(plan)?;
    let Settled { plan: settled, dropped } = provide(ui, plan, provider, &mut values, &journal, &line).await;
    if settled != *plan {
        // Its waves are those that the journal counts.
        keep(&settled)?;
    }
    let plan = settled;
    let description =
        format!("{}@{}, {}, since {}", author.user, author.machine, plan.actions.join(" and "), now.strftime("%F %TZ"));
    let hosts: BTreeSet<&HostName> = plan.transactions().map(|(host, _)| host).collect();
    // The progress is gone from the screen before the report is on it.
    let (end, gates, troubles) = {
        let progress = ui.progress(hosts.len(), "changing");
        let record = Record::new(journal, line, &plan, &progress, ui, global.verbose > 0);
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
        let between = Pauses { ui, step: global.step, waves: plan.waves.len(), again: errand.again };
        let rollout = Rollout {
            commit: &commit,
            run: &run,
            parallel: global.parallel.into(),
            journal_head: &|run, host, transaction| record.head(run, host, transaction),
            recorder: &record,
            between: &between,
            interrupted: &|| interrupted.load(Ordering::Relaxed),
            lock_lease: lock_lease(),
        };
        let end = rollout.carry_out(&plan).await;
        record.close(&end, u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        let (gates, troubles) = record.into_seen();
        (end, gates, troubles)
    };
    for trouble in troubles {
        ui.warn(&format!("the journal lacks a line: {trouble}"));
    }
    Ok(Carried { run, plan, end, gates, dropped, interrupted: interrupted.load(Ordering::Relaxed) })
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
