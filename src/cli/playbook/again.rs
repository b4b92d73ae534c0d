//! A step planned again, once an earlier one has run commands.

use std::collections::BTreeMap;

use crate::engine::plan::PlaybookStamp;
use crate::engine::status::Failure;
use crate::engine::transaction::Transaction;
use crate::engine::transport::Boxed;
use crate::names::HostName;
use crate::playbook::ActionName;
use crate::report::Ui;

use super::super::act;
use super::super::app::CliError;
use super::super::args::{Global, Solving};
use super::super::base::Base;
use super::super::between::LookAgain;
use super::super::cert;
use super::look::{look_for, transactions_of};
use super::{Loaded, load};

/// Plans steps of a playbook again.
pub(in crate::cli) struct Again<'a> {
    global: &'a Global,
    ui: &'a Ui,
    loaded: &'a Loaded,
    base: &'a Base,
    solving: &'a Solving,
}

impl<'a> Again<'a> {
    pub(in crate::cli) fn new(
        global: &'a Global,
        ui: &'a Ui,
        loaded: &'a Loaded,
        base: &'a Base,
        solving: &'a Solving,
    ) -> Self {
        Self { global, ui, loaded, base, solving }
    }

    async fn planned(&self, step: &str, hosts: &[HostName]) -> Result<BTreeMap<HostName, Transaction>, CliError> {
        let Some(step) = self.loaded.playbook.steps.iter().find(|one| one.name == step) else {
            let message = format!("the playbook has no step `{step}` any more");
            return Err(CliError::failure(Failure::new("no-step", message, "make a new plan for the rest")));
        };
        let names: Vec<&str> = hosts.iter().map(HostName::as_str).collect();
        let global = Global { limit: Some(names.join(",")), save_facts: None, ..self.global.clone() };
        let mut known = act::Known::default();
        if step.action == ActionName::Cert {
            let means = cert::Means::new(&global, &self.loaded.inventory, self.base, false)?;
            known.cert = cert::known_to_plan(&global, self.ui, &means).await?;
        }
        let inventory = &self.loaded.inventory;
        let seen = look_for(&global, self.ui, inventory, &[step], self.base, known, self.solving).await?;
        Ok(transactions_of(seen))
    }
}

impl LookAgain for Again<'_> {
    fn look<'a>(
        &'a self,
        step: &'a str,
        hosts: Vec<HostName>,
    ) -> Boxed<'a, Result<BTreeMap<HostName, Transaction>, Failure>> {
        Box::pin(async move { self.planned(step, &hosts).await.map_err(|error| error.failure_of()) })
    }
}

/// The playbook that a plan was compiled from, as it was then: for a plan that is carried out later.
///
/// # Errors
/// Where it is not there any more, or is not the same.
pub(in crate::cli) fn of_stamp(global: &Global, ui: &Ui, stamp: &PlaybookStamp) -> Result<Loaded, CliError> {
    let loaded = load(global, ui, &stamp.name, &stamp.set)?;
    if loaded.playbook.digest == stamp.digest {
        return Ok(loaded);
    }
    let message = format!("the playbook `{}` has changed since the plan was made", stamp.name);
    Err(CliError::usage(Failure::new("playbook-changed", message, "make a new plan")))
}
