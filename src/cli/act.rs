//! `check`, `plan` and `apply`, the same for every action.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;

use crate::actions;
use crate::actions::queue::Queue;
use crate::actions::queue::balance::Balance;
use crate::engine::action::{Action, World};
use crate::engine::commit;
use crate::engine::deferred::{NoProvider, Provider};
use crate::engine::plan::{self, Lock, Plan, Wave};
use crate::engine::probe::Observation;
use crate::engine::status::{Failure, HostResult, Item, Status};
use crate::inventory::Inventory;
use crate::journal::JournalError;
use crate::names::{HostName, RunId};
use crate::report::{CheckReport, ExitCode, PlanReport, Ui, exit};
use crate::secrets::{Secret, SecretRef};

use super::app::{self, CliError};
use super::args::Global;
use super::base::Base;
use super::rollout::Approved;
use super::{author, facts_file, observe, queue, rollout};

/// What a look at the hosts came to.
pub(super) struct Seen {
    pub(super) hosts: Vec<HostResult>,
    /// What the world sees.
    pub(super) public: Vec<Item>,
    pub(super) waves: Vec<Wave>,
    /// What is to be held while they are carried out.
    pub(super) locks: Vec<Lock>,
    pub(super) observed: Timestamp,
    /// Runs that were cut and that nothing works on, by host.
    pub(super) unfinished: BTreeMap<HostName, RunId>,
    /// The actions that looked.
    pub(super) actions: Vec<String>,
    /// How worker queues stand.
    pub(super) balance: Option<Balance>,
    /// What is supposed for it.
    pub(super) what_if: Vec<String>,
}

/// What planning knows beside the inventory and the hosts.
#[derive(Default)]
pub(super) struct Known<'a> {
    pub(super) cert: actions::cert::Known,
    pub(super) queue: queue::Known<'a>,
}

/// All actions, or the one of that kind.
pub(super) fn actions_of<'a>(
    inventory: &'a Inventory,
    cert: &'a actions::cert::Known,
    queue: &'a Queue<'a>,
    kind: Option<&str>,
) -> Vec<Box<dyn Action + 'a>> {
    let all = actions::all(inventory, cert, queue);
    all.into_iter().filter(|action| kind.is_none_or(|kind| action.kind() == kind)).collect()
}

fn kinds(actions: &[Box<dyn Action + '_>]) -> Vec<String> {
    actions.iter().map(|action| action.kind().to_owned()).collect()
}

/// `fleet check`, `fleet ACTION check`
pub(super) async fn check(
    global: &Global,
    ui: &Ui,
    kind: Option<&str>,
    asked: &queue::Asked<'_>,
) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let supposed = queue::supposed(&inventory, asked)?;
    let base = Base::open(global)?;
    let mut known = Known::default();
    if kind.is_none_or(|kind| kind == "cert") {
        known.cert = super::cert::known(global, ui, &inventory, &base)?;
    }
    let clock = asked.clock();
    let go_on = || clock.goes_on();
    if kind.is_none_or(|kind| kind == queue::KIND) {
        known.queue = queue::known(&inventory, &base, supposed, &clock, &go_on)?;
    }
    let seen = look(global, ui, &inventory, &base, &known, kind).await?;
    let (code, report) = judged(global, seen);
    app::print(ui, &report)?;
    Ok(code)
}

/// What a check comes to.
pub(super) fn judged(global: &Global, seen: Seen) -> (ExitCode, CheckReport) {
    let code =
        ExitCode::of_several([exit::of_check(&seen.hosts, global.strict), exit::of_items(&seen.public, global.strict)]);
    let mut transactions = seen.waves.iter().flat_map(|wave| wave.transactions.values());
    let mends = transactions.find_map(|transaction| Some(transaction.summary.first()?.kind.as_str()));
    let next = mends.map(|kind| global.next(&format!("{kind} plan")));
    let report = CheckReport::new(seen.actions, seen.hosts, next).with_public(seen.public);
    (code, report.with_balance(seen.balance, seen.what_if))
}

/// `fleet ACTION plan`
pub(super) async fn plan(global: &Global, ui: &Ui, kind: &str, out: Option<&Path>) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    plan_with(global, ui, kind, &inventory, &base, &Known::default(), out).await
}

/// As [`plan`], with what planning knows.
pub(super) async fn plan_with(
    global: &Global,
    ui: &Ui,
    kind: &str,
    inventory: &Inventory,
    base: &Base,
    known: &Known<'_>,
    out: Option<&Path>,
) -> Result<ExitCode, CliError> {
    if global.facts.is_some() && out.is_some() {
        return Err(CliError::usage(Failure::new(
            "facts-are-not-applied",
            "a plan from saved facts cannot be applied, so it is not written",
            "leave out --facts, or --out",
        )));
    }
    let mut seen = look(global, ui, inventory, base, known, Some(kind)).await?;
    let (balance, what_if) = (seen.balance.take(), std::mem::take(&mut seen.what_if));
    let plan = make_plan(global, base, seen);
    let code = exit::of_check(&plan.hosts, global.strict);
    if let Some(file) = out {
        app::write_private(file, &crate::text::json(&plan))?;
    }
    let next = match out {
        Some(file) => global.next(&format!("apply {}", file.display())),
        None => global.next(&format!("{kind} apply")),
    };
    // What is only supposed is not applied.
    let next = Some(next).filter(|_| what_if.is_empty());
    app::print(ui, &PlanReport::of(&plan, next).with_balance(balance, what_if))?;
    Ok(code)
}

/// `fleet ACTION apply`
pub(super) async fn apply(global: &Global, ui: &Ui, kind: &str) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    apply_with(global, ui, kind, &inventory, &base, &Known::default(), &NoProvider).await
}

/// As [`apply`], with what planning knows, and who provides what does not exist yet.
pub(super) async fn apply_with(
    global: &Global,
    ui: &Ui,
    kind: &str,
    inventory: &Inventory,
    base: &Base,
    known: &Known<'_>,
    provider: &dyn Provider,
) -> Result<ExitCode, CliError> {
    if global.facts.is_some() {
        let hint = "apply looks at the hosts themselves: leave out --facts";
        return Err(CliError::usage(Failure::new("facts-are-not-applied", "saved facts cannot be applied", hint)));
    }
    let mut seen = look(global, ui, inventory, base, known, Some(kind)).await?;
    if !seen.unfinished.is_empty() {
        allow(global, ui, &seen.unfinished)?;
        put_in_order(global, ui, inventory, &seen.unfinished).await?;
        seen = look(global, ui, inventory, base, known, Some(kind)).await?;
    }
    let balance = seen.balance.take();
    let plan = make_plan(global, base, seen);
    rollout::approve(global, ui, &plan, balance.as_ref())?;
    if let Some(balance) = balance.as_ref().filter(|_| !plan.is_empty()) {
        queue::remember_most(ui, inventory, base, balance);
    }
    let approved = Approved { digest: plan.digest(), balance };
    let code = rollout::carry_out(global, ui, inventory, base, &plan, approved, provider).await?;
    if plan_touches_queues(&plan) && code != ExitCode::Interrupted {
        queue::look_again(global, ui, inventory, base).await;
    }
    Ok(code)
}

/// Whether other workers may run once it is carried out.
pub(super) fn plan_touches_queues(plan: &Plan) -> bool {
    !plan.is_empty() && plan.actions.iter().any(|action| action == queue::KIND)
}

/// Asks whether hosts may be put in order: what a cut run left changes hosts as well.
pub(super) fn allow(global: &Global, ui: &Ui, unfinished: &BTreeMap<HostName, RunId>) -> Result<(), CliError> {
    if global.yes {
        return Ok(());
    }
    let hosts: Vec<&str> = unfinished.keys().map(HostName::as_str).collect();
    match ui.confirm(&format!("A cut run left {} in between. Undo it first?", hosts.join(", "))) {
        Some(true) => Ok(()),
        Some(false) => Err(CliError::declined(Failure::bare("declined", "declined; nothing was changed"))),
        None => Err(CliError::declined(Failure::new(
            "not-approved",
            "a cut run is to be undone first, and there is no terminal to ask on; nothing was changed",
            "give --yes",
        ))),
    }
}

/// One host after another: it is rare, and each takes as long as its services do.
pub(super) async fn put_in_order(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    unfinished: &BTreeMap<HostName, RunId>,
) -> Result<(), CliError> {
    let ssh = app::ssh(global, ui, inventory)?;
    for (host, run) in unfinished {
        match commit::put_in_order(&ssh, &app::random_word, host, run).await {
            Ok(ending) => ui.note(&format!("{host}: the cut run {run} is {} now", ending.words().0)),
            Err(failure) => ui.warn(&format!("{host}: the cut run {run} is still open: {}", failure.message)),
        }
    }
    Ok(())
}

/// The plan that makes the hosts as declared; in it, a host's items say what `apply` would do.
pub(super) fn make_plan(global: &Global, base: &Base, seen: Seen) -> Plan {
    let planned: BTreeSet<(&HostName, &str, &str)> = seen
        .waves
        .iter()
        .flat_map(|wave| &wave.transactions)
        .flat_map(|(host, it)| it.summary.iter().map(move |item| (host, item.kind.as_str(), item.id.as_str())))
        .collect();
    let hosts = seen
        .hosts
        .iter()
        .map(|result| {
            let mut result = result.clone();
            for item in &mut result.items {
                if planned.contains(&(&result.host, &item.kind, &item.id)) {
                    item.status = item.left().max(Status::Planned);
                }
            }
            if result.error.is_none() {
                return HostResult::of_items(result.host, result.items);
            }
            result
        })
        .collect();
    Plan {
        schema: plan::SCHEMA.to_owned(),
        created: seen.observed,
        author: author::author(),
        inventory: author::stamp(&global.inventory),
        digest_key: base.key.id().to_owned(),
        actions: seen.actions,
        hosts,
        playbook: None,
        undoes: None,
        locks: seen.locks,
        waves: seen.waves,
    }
}

/// Looks at the selected hosts, or into a facts file, and lets the actions judge.
pub(super) async fn look(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    known: &Known<'_>,
    kind: Option<&str>,
) -> Result<Seen, CliError> {
    // What is explained is what is done: one search serves both.
    let queue = Queue::of(inventory, &known.queue.planning);
    let actions = actions_of(inventory, &known.cert, &queue, kind);
    if !actions.iter().any(|action| action.kind() == queue::KIND) {
        return look_with(global, ui, inventory, base, &actions, false, &mut |_| {}).await;
    }
    let mut workers = queue::Workers::default();
    let mut also = |world: &World<'_>| workers = queue::workers(&queue, &known.queue, world);
    let mut seen = look_with(global, ui, inventory, base, &actions, false, &mut also).await?;
    if global.facts.is_none() && known.queue.what_if.is_empty() {
        queue::remember(ui, base, workers.last);
    }
    seen.balance = workers.balance;
    seen.what_if = known.queue.what_if.clone();
    Ok(seen)
}

/// As [`look`]; `serving_only`: at what the hosts' services present, without SSH. `also` sees what the actions see.
pub(super) async fn look_with(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    actions: &[Box<dyn Action + '_>],
    serving_only: bool,
    also: &mut dyn FnMut(&World<'_>),
) -> Result<Seen, CliError> {
    let mut selected = app::select(global, inventory)?;
    let declared: BTreeSet<HostName> = actions.iter().flat_map(|action| action.hosts()).collect();
    if global.limit.is_none() {
        selected.retain(|host| declared.contains(host));
    }
    let secrets = resolve(base, actions);
    let sight = observe::for_actions(global, ui, inventory, base, actions, &selected, serving_only).await?;
    if let Some(file) = &global.save_facts {
        facts_file::save(file, &sight, actions, &secrets, &base.key)?;
    }
    let observations = &sight.observations;
    let world = World {
        now: sight.observed,
        selected: &selected,
        observations,
        outside: &sight.outside,
        public: &sight.public,
        secrets: &secrets,
        key: &base.key,
        redacted: global.facts.is_some(),
    };
    also(&world);
    let mut items: BTreeMap<HostName, Vec<Item>> = BTreeMap::new();
    let mut waves = Vec::new();
    let mut locks = Vec::new();
    let mut public = Vec::new();
    for action in actions {
        let assessment = action.assess(&world);
        public.extend(assessment.public);
        for (host, found) in assessment.items {
            items.entry(host).or_default().extend(found);
        }
        waves.extend(assessment.waves);
        locks.extend(assessment.locks);
    }
    let unfinished = observations
        .iter()
        .filter_map(|(host, observation)| match observation {
            Observation::Facts(facts) => Some((host.clone(), RunId::new(facts.fleet.unfinished.clone()?))),
            _ => None,
        })
        .collect();
    let hosts = selected
        .into_iter()
        .map(|host| {
            let found = items.remove(&host).unwrap_or_default();
            host_result(host.clone(), observations.get(&host), found)
        })
        .collect();
    Ok(Seen {
        hosts,
        public,
        waves,
        locks,
        observed: sight.observed,
        unfinished,
        actions: kinds(actions),
        balance: None,
        what_if: Vec::new(),
    })
}

/// How a host stands as a whole. What its services present is known of a host that SSH does not reach, too.
fn host_result(host: HostName, observation: Option<&Observation>, found: Vec<Item>) -> HostResult {
    match observation {
        Some(Observation::Unreachable(failure)) => {
            HostResult { items: found, ..HostResult::ended(host, Status::Unreachable, failure.clone()) }
        }
        Some(Observation::Failed(failure)) => {
            HostResult { items: found, ..HostResult::ended(host, Status::Failed, failure.clone()) }
        }
        Some(Observation::Facts(facts)) => {
            let mut result = HostResult::of_items(host, found);
            result.error = facts.fleet.unfinished.as_ref().map(|run| {
                let message = format!("the run {run} was cut, and is neither finished nor undone");
                Failure::new("unfinished", message, "the next `apply` there puts it in order first")
            });
            if result.error.is_some() {
                result.status = result.status.max(Status::Unknown);
            }
            result
        }
        None => HostResult::of_items(host, found),
    }
}

/// The values that the plan compares; one that is not at hand makes its keys unknown, and nothing else.
fn resolve(base: &Base, actions: &[Box<dyn Action + '_>]) -> BTreeMap<SecretRef, Result<Secret, String>> {
    let references: BTreeSet<SecretRef> = actions.iter().flat_map(|action| action.secrets()).collect();
    references
        .into_iter()
        .map(|reference| {
            let value = base.resolver.resolve(&reference).map_err(|error| format!("{error}; {}", error.hint()));
            (reference, value)
        })
        .collect()
}

pub(super) fn journal_error(error: &JournalError) -> CliError {
    CliError::of(ExitCode::Failure, error, error.code(), error.hint())
}
