//! One look at the hosts of all steps, and what the steps make of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::actions;
use crate::actions::queue::Queue;
use crate::engine::action::{Action, Assessment, World};
use crate::engine::status::Failure;
use crate::inventory::Inventory;
use crate::names::HostName;
use crate::playbook::{ActionName, Compiled, Step, StepAction, compile};
use crate::report::{ExitCode, Ui};

use super::super::act::{self, Seen};
use super::super::app::{self, CliError};
use super::super::args::{Global, Solving};
use super::super::base::Base;
use super::super::{facts_file, observe, queue};
use super::Loaded;

/// Looks at the selected hosts, once for all steps, or into a facts file, and compiles the steps.
pub(super) async fn look(
    global: &Global,
    ui: &Ui,
    loaded: &Loaded,
    base: &Base,
    known: act::Known<'_>,
    solving: &Solving,
) -> Result<Seen, CliError> {
    let steps: Vec<&Step> = loaded.playbook.steps.iter().collect();
    look_for(global, ui, &loaded.inventory, &steps, base, known, solving).await
}

/// As [`look`], for some of the steps.
pub(super) async fn look_for(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    steps: &[&Step],
    base: &Base,
    known: act::Known<'_>,
    solving: &Solving,
) -> Result<Seen, CliError> {
    let clock = queue::Asked::of(solving, None).clock();
    let go_on = || clock.goes_on();
    let mut known = known;
    let balances = steps.iter().any(|step| step.action == ActionName::Queue);
    if balances {
        known.queue = queue::known(inventory, base, queue::Supposed::default(), &clock, &go_on)?;
    }
    let views: Vec<Inventory> = steps.iter().map(|step| step.view(inventory)).collect();
    let queue = Queue::of(inventory, &known.queue.planning);
    let actions: Vec<StepAction<'_>> = steps
        .iter()
        .zip(&views)
        .filter_map(|(step, view)| Some(StepAction { step, action: action(step, view, &known.cert, &queue)? }))
        .collect();
    let boxed: Vec<Box<dyn Action + '_>> = actions.iter().map(|one| Box::new(one) as Box<dyn Action + '_>).collect();
    let mut selected = app::select(global, inventory)?;
    let declared: BTreeSet<HostName> = boxed.iter().flat_map(|action| action.hosts()).collect();
    if global.limit.is_none() {
        selected.retain(|host| declared.contains(host));
    }
    let secrets = act::resolve(base, &boxed);
    let sight = observe::for_actions(global, ui, inventory, base, &boxed, &selected, false).await?;
    if let Some(file) = &global.save_facts {
        facts_file::save(file, &sight, &boxed, &secrets, &base.key)?;
    }
    let world = World {
        now: sight.observed,
        selected: &selected,
        observations: &sight.observations,
        outside: &sight.outside,
        public: &sight.public,
        secrets: &secrets,
        key: &base.key,
        redacted: global.facts.is_some(),
    };
    let mut workers = queue::Workers::default();
    let mut seeing = |step: &Step, world: &World<'_>| {
        if step.action == ActionName::Queue {
            workers = queue::workers(&queue, &known.queue, world);
        }
    };
    let compiled = compile(&actions, inventory, &world, &mut seeing).map_err(clash)?;
    if balances && global.facts.is_none() {
        queue::remember(ui, base, workers.last);
    }
    let mut kinds: Vec<String> = Vec::new();
    for step in steps {
        if !kinds.iter().any(|kind| kind == step.action.word()) {
            kinds.push(step.action.word().to_owned());
        }
    }
    let Compiled { items, public, waves, locks } = compiled;
    let mut seen = act::seen(&sight, &selected, Assessment { items, public, waves, locks }, kinds);
    seen.balance = workers.balance;
    Ok(seen)
}

/// The action of a step.
fn action<'a>(
    step: &Step,
    view: &'a Inventory,
    cert: &'a actions::cert::Known,
    queue: &'a Queue<'a>,
) -> Option<Box<dyn Action + 'a>> {
    actions::all(view, cert, queue).into_iter().find(|action| action.kind() == step.action.word())
}

/// Steps that cannot be planned together.
fn clash(failures: Vec<Failure>) -> CliError {
    let mut failures = failures.into_iter();
    // Whoever fails says why at least once.
    let first = failures.next().unwrap_or_else(|| Failure::bare("steps-clash", "the steps cannot be planned together"));
    let others: Vec<String> = failures.map(|failure| failure.message).collect();
    let message = [vec![first.message], others].concat().join("; ");
    CliError::ended(ExitCode::Failure, Failure { message, ..first })
}

/// Nothing is asked again of what changes nothing.
pub(super) fn transactions_of(seen: Seen) -> BTreeMap<HostName, crate::engine::transaction::Transaction> {
    let mut transactions = BTreeMap::new();
    for wave in seen.waves {
        for (host, transaction) in wave.transactions {
            transactions.entry(host).or_insert(transaction);
        }
    }
    transactions
}
