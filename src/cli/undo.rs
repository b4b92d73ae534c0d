//! `fleet undo RUN`: what a run did, planned backwards, shown, and applied like any plan.

use std::collections::BTreeSet;

use crate::engine::plan::Plan;
use crate::engine::status::{Failure, HostResult};
use crate::inventory::Inventory;
use crate::names::{HostName, RunId};
use crate::report::Ui;

use super::app::CliError;
use super::args::Global;
use super::base::Base;

/// The plan that takes a run back, and how each host stands that it was asked of; `only`: those hosts alone.
#[expect(dead_code, clippy::unused_async, reason = "being built")]
pub(super) async fn plan_back(
    _global: &Global,
    _ui: &Ui,
    _inventory: &Inventory,
    _base: &Base,
    run: &RunId,
    _only: Option<&BTreeSet<HostName>>,
) -> Result<(Plan, Vec<HostResult>), CliError> {
    Err(CliError::usage(Failure::bare("not-kept", format!("nothing is kept of {run}"))))
}
