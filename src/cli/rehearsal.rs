//! Boots and removes the rehearsal hosts of an inventory, tells what happens meanwhile, and finds what stands for the accounts and
//! DNS services of the fleet.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use url::Url;

use crate::engine::status::Failure;
use crate::inventory::{AcmeDeclaration, CaFile, DnsDeclaration, DnsProvider, Inventory};
use crate::lab::{HostSpec, Lab, LabAccess, LabEvent, LabStatus};
use crate::names::HostName;
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

/// What stands for an account in the rehearsal, with the addresses that its hosts have now. There is no way from here to the
/// account itself.
pub(super) fn acme(inventory: &Inventory, lab: &Lab, name: &str) -> Result<AcmeDeclaration, CliError> {
    let mut found = inventory.lab_acme(name).ok_or_else(|| nothing_stands_for("acme", name))?.clone();
    let places = Places { hosts: lab.access()?, lab };
    if let Ok(mut url) = Url::parse(&found.directory)
        && let Some(address) = url.host_str().map(|host| places.address(host)).transpose()?.flatten()
        && url.set_ip_host(address).is_ok()
    {
        found.directory = url.into();
    }
    if let Some(CaFile::OnHost { host, path }) = &found.ca_file {
        places.address(host)?;
        let root = lab.root_of(&HostName::new(host));
        found.ca_file = Some(CaFile::Local(root.join(path.trim_start_matches('/'))));
    }
    Ok(found)
}

/// What stands for a DNS service in the rehearsal, with the addresses that its hosts have now. There is no way from here to the
/// service itself.
pub(super) fn dns(inventory: &Inventory, lab: &Lab, name: &str) -> Result<DnsDeclaration, CliError> {
    let mut found = inventory.lab_dns(name).ok_or_else(|| nothing_stands_for("dns", name))?.clone();
    let places = Places { hosts: lab.access()?, lab };
    let mut servers: Vec<_> = found.servers.iter_mut().chain(&mut found.resolvers).collect();
    match &mut found.provider {
        DnsProvider::Rfc2136 { server, .. } => servers.push(server),
        DnsProvider::AcmeDns { url: text, .. } => {
            if let Ok(mut url) = Url::parse(text)
                && let Some(address) = url.host_str().map(|host| places.address(host)).transpose()?.flatten()
                && url.set_ip_host(address).is_ok()
            {
                *text = url.into();
            }
        }
        DnsProvider::Exec { .. } | DnsProvider::Service { .. } => {}
    }
    for server in servers {
        if let Some(address) = places.address(&server.host)? {
            server.host = address.to_string();
        }
    }
    Ok(found)
}

fn nothing_stands_for(table: &str, name: &str) -> CliError {
    let message = format!(
        "nothing stands for {table}.{name} in the rehearsal, and {table}.{name} itself is never contacted with --lab"
    );
    let hint = format!("declare what does, in [lab.{table}.{name}]");
    CliError::usage(Failure::new("no-replacement", message, hint))
}

/// Where the hosts of the lab are.
struct Places<'a> {
    hosts: BTreeMap<HostName, LabAccess>,
    lab: &'a Lab,
}

impl Places<'_> {
    /// The address of a rehearsal host; `None` for this machine itself, which needs no other name.
    fn address(&self, name: &str) -> Result<Option<IpAddr>, CliError> {
        if name == "localhost" || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
            return Ok(None);
        }
        // URLs and DNS know no case.
        let found = self.hosts.iter().find(|(host, _)| host.as_str().eq_ignore_ascii_case(name));
        found.map(|(_, access)| Some(access.address)).ok_or_else(|| {
            let message = format!("{name} is not in the lab {}", self.lab.id());
            CliError::usage(Failure::new("not-in-lab", message, "run `fleet lab up`"))
        })
    }
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
