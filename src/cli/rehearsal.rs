//! Boots and removes the rehearsal hosts of an inventory, and tells what happens meanwhile.

use std::path::PathBuf;

use crate::engine::status::Failure;
use crate::inventory::Inventory;
use crate::lab::{HostSpec, Lab, LabEvent, LabStatus};
use crate::report::Ui;

use super::app::{self, CliError};
use super::args::Global;

/// Boots what is missing. With `--limit`, only those hosts are in the lab, and the hosts of the rehearsal alone.
pub(super) async fn up(global: &Global, ui: &Ui, inventory: &Inventory, lab: &Lab) -> Result<LabStatus, CliError> {
    let mut specs: Vec<HostSpec> = inventory.rehearsal(app::select(global, inventory)?);
    for spec in &mut specs {
        spec.trees = absolute(&spec.trees)?;
        spec.setup = absolute(&spec.setup)?;
    }
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
