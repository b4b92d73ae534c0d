//! `fleet lab`: rehearsal hosts from the very inventory.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;

use crate::engine::status::Failure;
use crate::inventory::Inventory;
use crate::lab::{HostSpec, HostState, Lab, LabEvent, LabStatus};
use crate::names::HostName;
use crate::report::{ExitCode, LabHost, LabReport, LabState, Ui};

use super::app::{self, CliError};
use super::args::{Global, LabCommand};
use super::demo;

/// `fleet lab …`
pub(super) async fn run(global: &Global, ui: &Ui, command: &LabCommand) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let lab = Lab::of_inventory(&global.inventory)?;
    match command {
        LabCommand::Up => {
            let status = up(global, ui, &inventory, &lab).await?;
            report(ui, &inventory, status)
        }
        LabCommand::Down => {
            down(global, ui, &inventory, &lab).await?;
            report(ui, &inventory, lab.status().await?)?;
            Ok(ExitCode::Success)
        }
        LabCommand::Status => report(ui, &inventory, lab.status().await?),
        LabCommand::Ssh { host, command } => Err(log_in(&lab, host, command)),
        LabCommand::Demo { keep } => demo::run(global, ui, &inventory, &lab, *keep).await,
    }
}

/// Boots what is missing. With `--limit`, only those hosts are in the lab.
pub(super) async fn up(global: &Global, ui: &Ui, inventory: &Inventory, lab: &Lab) -> Result<LabStatus, CliError> {
    let specs: Vec<HostSpec> = app::select(global, inventory)?
        .into_iter()
        .map(|name| {
            let needs = inventory.lab_for(&name);
            Ok(HostSpec {
                name,
                packages: needs.packages.into_iter().collect(),
                trees: absolute(&needs.trees)?,
                setup: absolute(&needs.setups)?,
            })
        })
        .collect::<Result<_, CliError>>()?;
    Ok(lab.up(&specs, &mut |event| tell(ui, &event)).await?)
}

/// Removes the lab, and closes the connections to its hosts, which would otherwise wait for them for a while.
pub(super) async fn down(global: &Global, ui: &Ui, inventory: &Inventory, lab: &Lab) -> Result<(), CliError> {
    let known = lab.access()?;
    if !known.is_empty() && inventory.hosts().keys().all(|host| known.contains_key(host)) {
        let rehearsal = Global { lab: true, ..global.clone() };
        let way = app::ssh(&rehearsal, ui, inventory)?;
        for host in known.keys().filter(|host| inventory.hosts().contains_key(*host)) {
            way.ssh.disconnect(host).await?;
        }
    }
    Ok(lab.down(&mut |event| tell(ui, &event)).await?)
}

/// The lab's own work happens in other directories.
fn absolute(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let absolute = paths.iter().map(std::path::absolute).collect::<std::io::Result<_>>();
    absolute.map_err(|error| CliError::failure(Failure::bare("no-directory", format!("where are we? {error}"))))
}

fn tell(ui: &Ui, event: &LabEvent) {
    match event {
        LabEvent::Waiting { holder } => ui.note(&format!("waiting for process {holder}, which works on the same")),
        LabEvent::BuildingImage { suite, packages } => {
            ui.note(&format!(
                "building an image of Debian {suite} with {} packages; it is kept for next time",
                packages.len()
            ));
        }
        LabEvent::ImageBuilt { elapsed, .. } => {
            ui.note(&format!("the image is built ({:.0} s)", elapsed.as_secs_f64()));
        }
        LabEvent::InotifyLimit { from, to } => {
            ui.note(&format!(
                "fs.inotify.max_user_instances of this machine changes from {from} to {to}, until the last lab goes"
            ));
        }
        LabEvent::HostRepairing { host, why } => ui.note(&format!("{host} is repaired: {why}")),
        LabEvent::HostUp { host, address, failed_units, elapsed } if failed_units.is_empty() => {
            ui.note(&format!("{host} is up at {address} ({:.1} s)", elapsed.as_secs_f64()));
        }
        LabEvent::HostUp { host, failed_units, .. } => {
            let units: Vec<&str> = failed_units.iter().map(super::super::names::UnitName::as_str).collect();
            ui.warn(&format!("{host} is up, but these units failed: {}", units.join(", ")));
        }
        LabEvent::HostRemoved { host } => ui.note(&format!("{host} is gone")),
        LabEvent::Network { .. } | LabEvent::HostCreating { .. } | LabEvent::HostBooting { .. } | LabEvent::Removed => {
        }
    }
}

/// Every declared host, whether it is in the lab or not.
fn report(ui: &Ui, inventory: &Inventory, mut status: LabStatus) -> Result<ExitCode, CliError> {
    let hosts: Vec<LabHost> = inventory
        .hosts()
        .keys()
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
fn log_in(lab: &Lab, host: &str, command: &[String]) -> CliError {
    let access = match lab.access() {
        Ok(mut access) => access.remove(&HostName::new(host)),
        Err(error) => return error.into(),
    };
    let Some(access) = access else {
        return CliError::usage(Failure::new("not-in-lab", format!("{host} is not in the lab"), "run `fleet lab up`"));
    };
    // Its keys are known from the machine itself, so that there is nothing to be asked.
    let keys = tempfile::Builder::new().prefix("fleet-lab-").tempfile().and_then(|mut file| {
        use std::io::Write as _;
        for key in &access.host_keys {
            writeln!(file, "{} {key}", access.address)?;
        }
        Ok(file.into_temp_path())
    });
    let keys = match keys.map(tempfile::TempPath::keep) {
        Ok(Ok(path)) => path,
        Ok(Err(error)) => return CliError::failure(Failure::bare("not-written", error.to_string())),
        Err(error) => return CliError::failure(Failure::bare("not-written", error.to_string())),
    };
    let error = std::process::Command::new("ssh")
        .args(["-F", "none", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes"])
        .arg("-o")
        .arg(format!("UserKnownHostsFile={}", keys.display()))
        .arg("-i")
        .arg(&access.identity_file)
        .arg("-p")
        .arg(access.port.to_string())
        .arg(format!("{}@{}", access.user, access.address))
        .args(command)
        .exec();
    CliError::failure(Failure::new("no-ssh", format!("cannot start ssh: {error}"), "install an OpenSSH client"))
}
