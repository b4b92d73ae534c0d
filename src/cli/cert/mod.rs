//! `fleet cert`: thin commands over the store, the CAs and the planner.

mod adopt;
mod at_ca;
mod check;
mod discover;
mod issue;
mod keep;
mod means;

use crate::actions::cert::Known;
use crate::engine::status::Failure;
use crate::inventory::Inventory;
use crate::report::{ExitCode, Ui};

use super::app::CliError;
use super::args::{AccountCommand, CertCommand, Global, Output};
use super::base::Base;
pub(super) use issue::{Issuing, known_to_apply, known_to_plan};
pub(super) use means::Means;

/// `fleet cert …`
pub(super) async fn run(global: &Global, ui: &Ui, command: &CertCommand) -> Result<ExitCode, CliError> {
    match command {
        CertCommand::Check(arguments) => check::check(global, ui, arguments).await,
        CertCommand::Plan { out, renew } => issue::plan(global, ui, out.as_deref(), renew).await,
        CertCommand::Apply { renew, staging, retry_now } => issue::apply(global, ui, renew, *staging, *retry_now).await,
        CertCommand::Discover => discover::discover(global, ui).await,
        CertCommand::Adopt { names } => adopt::adopt(global, ui, names).await,
        CertCommand::List => keep::list(global, ui),
        CertCommand::Show { name } => keep::show(global, ui, name),
        CertCommand::Export { name, directory, replace } => keep::export(global, ui, name, directory, *replace),
        CertCommand::Clean => at_ca::clean(global, ui).await,
        CertCommand::Revoke { name, serial, reason } => {
            at_ca::revoke(global, ui, name, serial.as_deref(), reason).await
        }
        CertCommand::Account(AccountCommand::Rollover { name }) => at_ca::roll_over(global, ui, name).await,
    }
}

/// What planning knows of certificates: what the store has, and in a rehearsal what stands for accounts and services.
pub(super) fn known(global: &Global, ui: &Ui, inventory: &Inventory, base: &Base) -> Result<Known, CliError> {
    Means::new(global, inventory, base, false)?.known(ui)
}

/// The forms for monitors are those of one command.
pub(super) fn without_monitor_forms(global: &Global) -> Result<(), CliError> {
    let form = match global.output {
        Output::Prometheus => "prometheus",
        Output::Nagios => "nagios",
        Output::Table | Output::Json | Output::Jsonl => return Ok(()),
    };
    let message = format!("only `cert check` has the output {form}");
    Err(CliError::usage(Failure::new("no-such-output", message, "use table, json or jsonl")))
}
