//! `fleet lab`: rehearsal hosts from the very inventory.

use std::convert::Infallible;
use std::os::unix::process::CommandExt as _;

use crate::engine::status::Failure;
use crate::inventory::Inventory;
use crate::lab::{HostState, Lab, LabStatus};
use crate::report::{ExitCode, LabHost, LabReport, LabState, Ui};

use super::app::{self, CliError};
use super::args::{Global, LabCommand};
use super::demo;
use super::rehearsal;

/// `fleet lab …`
pub(super) async fn run(global: &Global, ui: &Ui, command: &LabCommand) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let lab = Lab::of_inventory(&global.inventory)?;
    match command {
        LabCommand::Up => {
            let status = rehearsal::up(global, ui, &inventory, &lab).await?;
            report(ui, &inventory, status)
        }
        LabCommand::Down => {
            rehearsal::down(global, ui, &inventory, &lab).await?;
            report(ui, &inventory, lab.status().await?)?;
            Ok(ExitCode::Success)
        }
        LabCommand::Status => report(ui, &inventory, lab.status().await?),
        LabCommand::Ssh { host, command } => match log_in(global, &lab, host, command)? {},
        LabCommand::Demo { keep } => demo::run(global, ui, &inventory, &lab, *keep).await,
    }
}

/// Every host of the rehearsal, whether it is in the lab or not.
fn report(ui: &Ui, inventory: &Inventory, mut status: LabStatus) -> Result<ExitCode, CliError> {
    let hosts: Vec<LabHost> = inventory
        .hosts()
        .keys()
        .chain(inventory.lab_hosts().keys())
        .map(|host| match status.hosts.remove(host) {
            None => LabHost { host: host.clone(), state: LabState::Absent, address: None, error: None },
            Some(found) => {
                let address = found.address.map(|address| address.to_string());
                let (state, error) = state(&found.state);
                LabHost { host: host.clone(), state, address, error }
            }
        })
        .collect();
    let well = hosts.iter().all(|host| host.error.is_none());
    app::print(ui, &LabReport::new(hosts))?;
    Ok(if well { ExitCode::Success } else { ExitCode::Failure })
}

fn state(state: &HostState) -> (LabState, Option<Failure>) {
    match state {
        HostState::Running => (LabState::Running, None),
        HostState::Degraded { failed_units } => {
            let units: Vec<&str> = failed_units.iter().map(super::super::names::UnitName::as_str).collect();
            let message = format!("these units failed: {}", units.join(", "));
            (LabState::Running, Some(Failure::bare("degraded", message)))
        }
        HostState::Booting => (LabState::Starting, None),
        HostState::Stopped => (LabState::Stopped, None),
        HostState::Broken { why } => {
            (LabState::Broken, Some(Failure::new("broken", why.clone(), "run `fleet lab up` to repair it")))
        }
    }
}

/// Becomes `ssh`; it comes back only when that could not be started.
fn log_in(global: &Global, lab: &Lab, host: &str, command: &[String]) -> Result<Infallible, CliError> {
    let all = lab.access()?;
    let access = all.get(host).ok_or_else(|| {
        CliError::usage(Failure::new("not-in-lab", format!("{host} is not in the lab"), "run `fleet lab up`"))
    })?;
    let known_hosts = app::lab_known_hosts(global, &all)?;
    let error = std::process::Command::new("ssh")
        .args(["-F", "none", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes"])
        .arg("-o")
        .arg(format!("UserKnownHostsFile=\"{}\"", known_hosts.display()))
        .arg("-o")
        .arg(format!("HostKeyAlias={host}"))
        .arg("-i")
        .arg(&access.identity_file)
        .arg("-p")
        .arg(access.port.to_string())
        .arg(format!("{}@{}", access.user, access.address))
        .args(command)
        .exec();
    Err(CliError::failure(Failure::new("no-ssh", format!("cannot start ssh: {error}"), "install an OpenSSH client")))
}
