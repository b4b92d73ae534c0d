//! From a plan to hosts that were changed: the question, the run, the report.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use futures_util::future::join_all;

use crate::actions::queue::balance::Balance;
use crate::engine::deferred::{NoProvider, Provider};
use crate::engine::plan::{OnFailure, Plan};
use crate::engine::run::{GateSeen, RunEnd};
use crate::engine::settle::Dropped;
use crate::engine::status::{Failure, HostResult, Status};
use crate::inventory::Inventory;
use crate::names::{HostName, RunId};
use crate::report::{ApplyReport, Course, ExitCode, PlanReport, StoppedAt, Ui, exit};

use super::app::{self, CliError};
use super::approval::Granted;
use super::args::Global;
use super::base::Base;
use super::between::LookAgain;
use super::carry::{self, Carried};
use super::merged::{merge, tell_dropped};
use super::runs::BegunRun;
use super::{notify, undo};

/// What was reviewed, and what comes with it.
pub(super) struct Approved<'a> {
    /// The digest of the whole plan, of which a part may be carried out.
    pub(super) digest: String,
    /// Who approved it beside whoever runs it.
    pub(super) granted: Granted,
    /// What it makes of worker queues.
    pub(super) balance: Option<Balance>,
    /// Who plans a step again once commands were run.
    pub(super) again: Option<&'a dyn LookAgain>,
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
    let hosts = planned(plan).len();
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

/// The hosts that a plan changes.
fn planned(plan: &Plan) -> BTreeSet<HostName> {
    plan.transactions().map(|(host, _)| host.clone()).collect()
}

/// Carries the plan out and reports on every host of it.
pub(super) async fn carry_out(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    plan: &Plan,
    approved: Approved<'_>,
    provider: &dyn Provider,
) -> Result<ExitCode, CliError> {
    let started = Instant::now();
    if plan.is_empty() {
        let code = exit::of_apply(&plan.hosts);
        let report = ApplyReport::new(None, plan.actions.clone(), 0, plan.hosts.clone());
        app::print(ui, &report.with_balance(approved.balance))?;
        return Ok(code);
    }
    let errand = carry::Errand { digest: &approved.digest, granted: &approved.granted, again: approved.again };
    let carried = carry::out(global, ui, inventory, base, plan, &errand, provider).await?;
    let undone = take_back(global, ui, inventory, base, &carried).await;
    let Carried { run, plan: settled, end, gates, dropped, interrupted, .. } = carried;
    let mut hosts = results(&settled, &end, dropped);
    if let Some(undone) = &undone {
        tell_undone(&mut hosts, undone);
    }
    let course = course(&settled, &end, gates).undone(undone.map(|undone| (undone.run, hosts_of(&undone.hosts))));
    let mut code = exit::of_apply(&hosts);
    if interrupted {
        code = ExitCode::of_several([code, ExitCode::Interrupted]);
    }
    // What stops a run between its waves may be told of no host.
    match end.stopped.as_ref().map(|stopped| stopped.failure.code.as_str()) {
        Some("declined" | "not-approved") => code = ExitCode::of_several([code, ExitCode::Declined]),
        Some("gate-failed" | "more-than-approved" | "not-looked-again") => {
            code = ExitCode::of_several([code, ExitCode::Failure]);
        }
        _ => {}
    }
    let duration = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let next = next(global, &run, &course, plan, &hosts);
    let mut report = ApplyReport::new(Some(run), settled.actions.clone(), duration, hosts).of_plan(&settled);
    report = report.with_balance(approved.balance).with_course(course);
    if let Some(next) = next {
        report = report.next(next);
    }
    app::print(ui, &report)?;
    // After the work, and bounded: who does not answer stops no repair.
    let events = notify::of_run(global, &report, approved.granted.break_glass.as_deref());
    join_all(events.into_iter().map(|event| notify::tell(ui, inventory, event))).await;
    Ok(code)
}

/// Every host as it stood, with what became of it.
fn results(plan: &Plan, end: &RunEnd, dropped: Vec<Dropped>) -> Vec<HostResult> {
    let result = |before: &HostResult| merge(plan, before, end.hosts.get(&before.host).cloned());
    let mut hosts = plan.hosts.iter().map(result).collect::<Vec<_>>();
    tell_dropped(&mut hosts, dropped);
    hosts
}

/// What a run became that took another one back.
struct Undone {
    run: RunId,
    hosts: BTreeMap<HostName, HostResult>,
}

/// Takes back what the run has changed, where its plan wants that on a failure. It was approved with the plan.
async fn take_back(global: &Global, ui: &Ui, inventory: &Inventory, base: &Base, carried: &Carried) -> Option<Undone> {
    let stopped = carried.end.stopped.as_ref()?;
    if stopped.on_failure != OnFailure::Undo || carried.interrupted {
        return None;
    }
    let trouble = |why: String| {
        ui.warn(&format!(
            "what the run {} changed was not undone: {why}; `fleet undo {}` tries again",
            carried.run, carried.run
        ));
    };
    ui.note(&format!("stopped: {}; what was changed is undone", stopped.failure.message));
    let back = match undo::plan_back(global, ui, inventory, base, &carried.run, None).await {
        Ok((back, _)) => back,
        Err(error) => {
            trouble(error.failure_of().message);
            return None;
        }
    };
    if back.is_empty() {
        return None;
    }
    let digest = back.digest();
    let errand = carry::Errand { digest: &digest, granted: &Granted::default(), again: None };
    match carry::out(global, ui, inventory, base, &back, &errand, &NoProvider).await {
        Ok(carried) => Some(Undone { run: carried.run, hosts: carried.end.hosts }),
        Err(error) => {
            trouble(error.failure_of().message);
            None
        }
    }
}

/// A host that was taken back is as it was before the run.
fn tell_undone(hosts: &mut [HostResult], undone: &Undone) {
    for result in hosts {
        let Some(back) = undone.hosts.get(&result.host) else { continue };
        if back.status == Status::Changed {
            for item in result.items.iter_mut().filter(|item| item.status == Status::Changed) {
                item.status = Status::RolledBack;
            }
            result.status = Status::RolledBack;
            let message = format!("the run stopped, and what it had changed here was undone by {}", undone.run);
            result.error = Some(Failure::bare("undone", message));
        } else {
            result.status = result.status.max(back.status);
            result.error = back.error.clone().or(result.error.take());
        }
    }
}

/// The hosts that were taken back.
fn hosts_of(results: &BTreeMap<HostName, HostResult>) -> BTreeSet<HostName> {
    let back = results.iter().filter(|(_, result)| result.status == Status::Changed);
    back.map(|(host, _)| host.clone()).collect()
}

fn course(plan: &Plan, end: &RunEnd, gates: Vec<GateSeen>) -> Course {
    let stopped = end.stopped.as_ref().map(|stopped| StoppedAt {
        number: stopped.wave + 1,
        wave: stopped.name.clone(),
        step: stopped.step.clone(),
        code: stopped.failure.code.clone(),
        message: stopped.failure.message.clone(),
    });
    Course { waves: plan.waves.len(), stopped, gates, ..Course::default() }.with_fates(end.fates())
}

/// The exact command that carries on.
fn next(global: &Global, run: &RunId, course: &Course, plan: &Plan, hosts: &[HostResult]) -> Option<String> {
    let failed = |result: &HostResult| {
        matches!(result.status, Status::Failed | Status::RolledBack | Status::Unreachable | Status::Unknown)
    };
    if course.undone_by.is_some() || hosts.iter().any(failed) {
        let again = BegunRun::new(run.clone(), String::new(), plan.clone(), Vec::new()).words().is_some();
        return again.then(|| global.without_limit().next(&format!("rerun --failed {run}")));
    }
    course.is_cut().then(|| global.without_limit().next(&format!("resume {run}")))
}
