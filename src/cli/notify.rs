use super::base::Base;
use crate::engine::plan::Plan;
use crate::inventory::Inventory;
use crate::report::{ApplyReport, Ui};
pub(super) async fn broken_glass(_: &Ui, _: &Inventory, _: &Base, _: &Plan, _: &str) {}
pub(super) async fn applied(_: &Ui, _: &Inventory, _: &Base, _: &ApplyReport) {}
