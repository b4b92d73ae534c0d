//! `fleet undo RUN`: what a run did, planned backwards from what the hosts keep of it, shown, and applied like any plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::actions::undo::Undo;
use crate::engine::action::Action;
use crate::engine::deferred::NoProvider;
use crate::engine::kept::{Kept, is_run_name};
use crate::engine::kept_answer::kept_probe;
use crate::engine::plan::Plan;
use crate::engine::probe::Observation;
use crate::engine::status::{Failure, HostResult, Status};
use crate::inventory::Inventory;
use crate::journal::Journal;
use crate::names::{HostName, RunId};
use crate::report::{ExitCode, PlanReport, Ui, exit};

use super::app::{self, CliError};
use super::args::{Global, UndoArguments};
use super::base::Base;
use super::observe::{self, Sought};
use super::rollout::Approved;
use super::{act, approval, queue, rollout};

/// `fleet undo RUN`
pub(super) async fn run(global: &Global, ui: &Ui, arguments: &UndoArguments) -> Result<ExitCode, CliError> {
    app::without_facts(global, "fleet undo")?;
    let run = RunId::new(arguments.run.as_str());
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let mut back = look_back(global, ui, &inventory, &base, &run, None).await?;
    if let Some(file) = &arguments.out {
        app::write_private(file, &crate::text::json(&back.plan))?;
        let next = global.next(&format!("apply {}", file.display()));
        app::print(ui, &PlanReport::of(&back.plan, Some(next)))?;
        return Ok(exit::of_check(&back.plan.hosts, global.strict));
    }
    if !back.unfinished.is_empty() {
        act::allow(global, ui, &back.unfinished)?;
        act::put_in_order(global, ui, &inventory, &back.unfinished).await?;
        back = look_back(global, ui, &inventory, &base, &run, None).await?;
    }
    let plan = back.plan;
    let granted = approval::required(global, ui, &inventory, &base, &plan, None, global.break_glass.as_deref())?;
    rollout::approve(global, ui, &plan, None)?;
    let approved = Approved { digest: plan.digest(), granted, balance: None, again: None };
    let code = rollout::carry_out(global, ui, &inventory, &base, &plan, approved, &NoProvider).await?;
    if act::plan_touches_queues(&plan) && code != ExitCode::Interrupted {
        queue::look_again(global, ui, &inventory, &base).await;
    }
    Ok(code)
}

/// The plan that takes a run back, and how each host stands that it was asked of; `only`: those hosts alone.
pub(super) async fn plan_back(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    run: &RunId,
    only: Option<&BTreeSet<HostName>>,
) -> Result<(Plan, Vec<HostResult>), CliError> {
    let plan = look_back(global, ui, inventory, base, run, only).await?.plan;
    let hosts = plan.hosts.clone();
    Ok((plan, hosts))
}

/// What there is to take back.
struct Back {
    plan: Plan,
    /// Runs that were cut and that nothing works on, by host.
    unfinished: BTreeMap<HostName, RunId>,
}

async fn look_back(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    run: &RunId,
    only: Option<&BTreeSet<HostName>>,
) -> Result<Back, CliError> {
    if !is_run_name(run.as_str()) {
        let message = format!("{:?} is no name of a run", run.as_str());
        return Err(CliError::usage(Failure::new("bad-run", message, "`fleet log` lists runs")));
    }
    let changed = changed_by(ui, inventory, base, run)?;
    let mut asked = app::select(global, inventory)?;
    if !changed.is_empty() {
        asked.retain(|host| changed.contains_key(host));
    }
    asked.retain(|host| only.is_none_or(|only| only.contains(host)));
    let (kept, ended) = read_kept(global, ui, inventory, base, run, &asked, &changed).await?;
    if kept.is_empty() && ended.values().all(|result| result.status == Status::Ok) {
        let message = format!("no host keeps anything of the run {run}");
        let hint = "`fleet log` lists runs; hosts keep the last ones alone";
        return Err(CliError::failure(Failure::new("unknown-run", message, hint)));
    }
    let actions: Vec<Box<dyn Action + '_>> = vec![Box::new(Undo::of(run, &kept))];
    let seen = act::look_with(global, ui, inventory, base, &actions, false, &mut |_| {}).await?;
    let unfinished = seen.unfinished.clone();
    let mut plan = act::make_plan(global, base, seen);
    plan.undoes = Some(run.clone());
    let items = kept.values().flat_map(|kept| &kept.runs).filter_map(|run| run.record.line.as_ref());
    let kinds: BTreeSet<&str> = items.flat_map(|line| &line.changes).map(|summary| summary.kind.as_str()).collect();
    plan.actions = kinds.into_iter().map(str::to_owned).collect();
    plan.hosts.retain(|result| asked.contains(&result.host) && !ended.contains_key(&result.host));
    plan.hosts.extend(ended.into_values());
    plan.hosts.sort_by(|a, b| a.host.cmp(&b.host));
    Ok(Back { plan, unfinished })
}

/// The hosts that the run reached as the local journal knows it, and whether it changed them; none: it is not known here.
fn changed_by(ui: &Ui, inventory: &Inventory, base: &Base, run: &RunId) -> Result<BTreeMap<HostName, bool>, CliError> {
    let lines = Journal::of(&base.state).read().map_err(|error| act::journal_error(&error))?;
    let mut changed: BTreeMap<HostName, bool> = BTreeMap::new();
    let is_of = |name: &RunId| name == run || (!run.as_str().contains('.') && name.whole_str() == run.as_str());
    for line in lines.into_iter().filter(|line| is_of(&line.run)) {
        let Some(host) = line.host else { continue };
        if inventory.hosts().contains_key(&host) {
            *changed.entry(host).or_default() |= line.outcome.as_deref() == Some("applied");
        } else {
            ui.warn(&format!("{run} changed {host}, which is not in the inventory any more"));
        }
    }
    Ok(changed)
}

type Read = (BTreeMap<HostName, Kept>, BTreeMap<HostName, HostResult>);

/// What the hosts keep, and how those stand of which there is nothing to take back.
async fn read_kept(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    run: &RunId,
    asked: &BTreeSet<HostName>,
    changed: &BTreeMap<HostName, bool>,
) -> Result<Read, CliError> {
    let sought =
        Sought { probes: &|_| vec![kept_probe(run)], hosts: asked, handshakes: BTreeMap::new(), public: Vec::new() };
    let sight = observe::look(global, ui, inventory, base, &sought).await?;
    let (mut kept, mut ended) = (BTreeMap::new(), BTreeMap::new());
    for (host, observation) in sight.observations {
        let failed = |status, failure| HostResult::ended(host.clone(), status, failure);
        let result = match observation {
            Observation::Unreachable(failure) => failed(Status::Unreachable, failure),
            Observation::Failed(failure) => failed(Status::Failed, failure),
            Observation::Facts(facts) => match Kept::of(&facts, run) {
                Err(why) => failed(Status::Failed, Failure::bare("not-kept", format!("of {run}: {why}"))),
                Ok(found) if !found.runs.is_empty() => {
                    kept.insert(host, found);
                    continue;
                }
                Ok(found) if !found.missing.is_empty() || changed.get(&host) == Some(&true) => {
                    let message = format!("it does not keep what {run} replaced any more");
                    failed(Status::Failed, Failure::new("not-kept", message, "put it right by hand"))
                }
                // The run did not change it.
                Ok(_) => HostResult::of_items(host.clone(), Vec::new()),
            },
        };
        ended.insert(host, result);
    }
    Ok((kept, ended))
}
