//! Plan files: shown, and carried out later, perhaps by somebody else.

use std::collections::BTreeSet;
use std::path::Path;

use crate::actions;
use crate::actions::queue::Queue;
use crate::engine::deferred::NoProvider;
use crate::engine::plan::{self, Plan};
use crate::engine::status::Failure;
use crate::inventory::Inventory;
use crate::report::{ExitCode, PlanReport, Ui};
use crate::secrets::SecretRef;

use super::app::{self, CliError};
use super::approval::{self, Granted};
use super::args::Global;
use super::base::Base;
use super::between::LookAgain;
use super::rollout::Approved;
use super::runs::BegunRun;
use super::{act, cert, playbook, queue, rollout};

/// `fleet show PLAN`
pub(super) fn show(global: &Global, ui: &Ui, file: &Path) -> Result<ExitCode, CliError> {
    let plan = load(file)?;
    app::print(ui, &PlanReport::of(&plan, Some(global.next(&format!("apply {}", file.display())))))?;
    Ok(ExitCode::Success)
}

/// `fleet apply PLAN`
pub(super) async fn apply(global: &Global, ui: &Ui, file: &Path) -> Result<ExitCode, CliError> {
    let mut plan = load(file)?;
    let loaded = plan.playbook.as_ref().map(|stamp| playbook::of_stamp(global, ui, stamp)).transpose()?;
    let inventory = match &loaded {
        Some(loaded) => loaded.inventory.clone(),
        None => app::load(global, ui)?,
    };
    let base = Base::open(global)?;
    fits(&inventory, &base, &plan)?;
    let digest = plan.digest();
    let granted = approval::required(global, ui, &inventory, &base, &plan, Some(file), global.break_glass.as_deref())?;
    let selected = app::select(global, &inventory)?;
    for wave in &mut plan.waves {
        wave.transactions.retain(|host, _| selected.contains(host));
        if wave.transactions.is_empty() {
            wave.gates.clear();
        }
    }
    plan.hosts.retain(|result| selected.contains(&result.host));
    apply_part(global, ui, &inventory, &base, &plan, digest, granted, loaded.as_ref()).await
}

/// Carries out what is left of a run.
pub(super) async fn carry_on(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    begun: &BegunRun,
    rest: Plan,
) -> Result<ExitCode, CliError> {
    let loaded = rest.playbook.as_ref().map(|stamp| playbook::of_stamp(global, ui, stamp)).transpose()?;
    let inventory = loaded.as_ref().map_or(inventory, |loaded| &loaded.inventory);
    fits(inventory, base, &rest)?;
    // It was approved when the run began, and no more of it is done than was approved.
    let granted = Granted { by: begun.approved_by.clone(), break_glass: None };
    apply_part(global, ui, inventory, base, &rest, begun.digest.clone(), granted, loaded.as_ref()).await
}

/// Whether the plan is one of this inventory.
fn fits(inventory: &Inventory, base: &Base, plan: &Plan) -> Result<(), CliError> {
    if plan.digest_key != base.key.id() {
        let message =
            format!("the plan was made with the digest key {}, and this is {}", plan.digest_key, base.key.id());
        return Err(bad(message, "copy .fleet/digest.key from where the plan was made"));
    }
    if let Some(host) = plan.reached().into_iter().find(|host| !inventory.hosts().contains_key(*host)) {
        return Err(bad(format!("the plan changes or asks {host}, which is not in the inventory"), "make a new plan"));
    }
    // Who approves a plan approves the places that the inventory names, and no other file or command of the controller.
    let known = act::Known::default();
    let queue = Queue::of(inventory, &known.queue.planning);
    let declared: BTreeSet<SecretRef> =
        act::actions_of(inventory, &known.cert, &queue, None).iter().flat_map(|action| action.secrets()).collect();
    if let Some(foreign) = plan.secrets().find(|reference| !declared.contains(reference)) {
        return Err(bad(format!("the plan uses {foreign}, which the inventory does not declare"), "make a new plan"));
    }
    if let Some(foreign) = actions::cert::foreign(inventory, plan) {
        return Err(bad(foreign, "make a new plan"));
    }
    Ok(())
}

/// Carries out a plan that was approved as a whole, or a part of it.
#[expect(clippy::too_many_arguments, reason = "each is another thing")]
async fn apply_part(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    plan: &Plan,
    digest: String,
    granted: Granted,
    loaded: Option<&playbook::Loaded>,
) -> Result<ExitCode, CliError> {
    rollout::approve(global, ui, plan, None)?;
    let solving = playbook::default_solving();
    let again = loaded.map(|loaded| playbook::Again::new(global, ui, loaded, base, &solving));
    let again = again.as_ref().map(|again| again as &dyn LookAgain);
    let approved = Approved { digest, granted, balance: None, again };
    let code = if plan.wanted().is_empty() {
        rollout::carry_out(global, ui, inventory, base, plan, approved, &NoProvider).await?
    } else {
        let means = cert::Means::new(global, inventory, base, false)?;
        let issuing = cert::Issuing::new(global, ui, &means, false);
        rollout::carry_out(global, ui, inventory, base, plan, approved, &issuing).await?
    };
    if act::plan_touches_queues(plan) && code != ExitCode::Interrupted {
        queue::look_again(global, ui, inventory, base).await;
    }
    Ok(code)
}

pub(super) fn load(file: &Path) -> Result<Plan, CliError> {
    let name = file.display();
    if file.extension().is_none_or(|extension| extension != "json") {
        let hint = "plan files end in .json; write one with `fleet env plan --out plan.json`";
        return Err(bad(format!("{name} is no plan file"), hint));
    }
    let text = std::fs::read_to_string(file)
        .map_err(|error| bad(format!("cannot read {name}: {error}"), "write one with `fleet env plan --out FILE`"))?;
    let plan: Plan = serde_json::from_str(&text)
        .map_err(|error| bad(format!("{name} is no plan: {error}"), "write one with `fleet env plan --out FILE`"))?;
    if plan.schema != plan::SCHEMA {
        return Err(bad(format!("{name} has the format {}, not {}", plan.schema, plan::SCHEMA), "make a new plan"));
    }
    let mut problems = plan::problems(&plan);
    problems.extend(plan::unknown_scripts(&plan, &actions::scripts()));
    match problems.as_slice() {
        [] => Ok(plan),
        problems => {
            Err(bad(format!("{name} holds what fleet never plans: {}", problems.join("; ")), "make a new plan"))
        }
    }
}

fn bad(message: String, hint: &str) -> CliError {
    CliError::usage(Failure::new("bad-plan-file", message, hint))
}
