use super::app::CliError;
use super::args::Global;
use super::base::Base;
use crate::engine::plan::Plan;
use crate::inventory::Inventory;
use crate::report::Ui;
use std::path::Path;
#[derive(Clone, Debug, Default)]
pub(super) struct Granted {
    pub(super) by: Vec<String>,
    pub(super) break_glass: Option<String>,
}
pub(super) fn required(
    _: &Global,
    _: &Ui,
    _: &Inventory,
    _: &Base,
    _: &Plan,
    _: Option<&Path>,
) -> Result<Granted, CliError> {
    Ok(Granted::default())
}
