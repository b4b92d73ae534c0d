//! `fleet cert list`, `show` and `export`.

use std::path::Path;

use jiff::Timestamp;

use crate::engine::status::Failure;
use crate::inventory::Inventory;
use crate::report::{CertListReport, CertNoteReport, CertVersion, ExitCode, ListedCert, Ui};
use crate::store::{Certificates, Export, Part, Stored, due};

use super::super::app::{self, CliError};
use super::super::args::Global;
use super::super::base::Base;
use super::means::{Means, shown, store_error};

pub(super) fn unknown(name: &str) -> CliError {
    let message = format!("no certificate is called {name}");
    CliError::usage(Failure::new("unknown-certificate", message, "`fleet cert list` has all of them"))
}

/// `fleet cert list`
pub(super) fn list(global: &Global, ui: &Ui) -> Result<ExitCode, CliError> {
    listed(global, ui, None)
}

/// `fleet cert show`
pub(super) fn show(global: &Global, ui: &Ui, name: &str) -> Result<ExitCode, CliError> {
    listed(global, ui, Some(name))
}

fn listed(global: &Global, ui: &Ui, only: Option<&str>) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let means = Means::new(global, &inventory, &base, false)?;
    let found = means.store.load_all().map_err(|error| store_error(&error))?;
    for problem in found.problems.iter().filter(|problem| problem.is_fault()) {
        ui.warn(&format!("{problem}; {}", problem.hint()));
    }
    let mut certs = all(&inventory, &found);
    if let Some(name) = only {
        certs.retain(|cert| cert.name == name);
        if certs.is_empty() {
            return Err(unknown(name));
        }
    }
    app::print(ui, &CertListReport::new(certs, only.is_some(), Timestamp::now()))?;
    Ok(ExitCode::Success)
}

/// Those that are declared, and those that the store has though nobody declares them any more.
fn all(inventory: &Inventory, found: &Certificates) -> Vec<ListedCert> {
    let mut certs: Vec<ListedCert> = Vec::new();
    for ((name, host), versions) in &found.versions {
        let declared = inventory.certs().get(name);
        certs.push(ListedCert {
            name: name.clone(),
            host: host.clone(),
            declared: declared.is_some(),
            domains: declared.map(|cert| cert.domains.clone()).unwrap_or_default(),
            hosts: declared.map(|cert| cert.hosts.iter().cloned().collect()).unwrap_or_default(),
            versions: versions.iter().map(version).collect(),
        });
    }
    for (name, cert) in inventory.certs() {
        if !certs.iter().any(|known| known.name == *name) {
            certs.push(ListedCert {
                name: name.clone(),
                host: None,
                declared: true,
                domains: cert.domains.clone(),
                hosts: cert.hosts.iter().cloned().collect(),
                versions: Vec::new(),
            });
        }
    }
    certs.sort_by(|a, b| (&a.name, &a.host).cmp(&(&b.name, &b.host)));
    certs
}

fn version(stored: &Stored) -> CertVersion {
    let leaf = stored.chain.leaf();
    let due = due(leaf, stored.meta.renewal.as_ref(), stored.meta.revoked.as_ref());
    CertVersion {
        serial: stored.serial.clone(),
        sha256: leaf.fingerprint.clone(),
        names: leaf.names.clone(),
        key_type: leaf.key_type,
        issuer: leaf.issuer.clone(),
        not_before: leaf.not_before,
        not_after: leaf.not_after,
        issued: stored.meta.issued,
        directory: stored.meta.directory.clone(),
        due: due.at,
        due_why: due.why.to_string(),
        revoked: stored.meta.revoked.clone(),
        key_at_hand: stored.key.is_some(),
    }
}

/// `fleet cert export`
pub(super) fn export(
    global: &Global,
    ui: &Ui,
    name: &str,
    directory: &Path,
    replace: bool,
) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let means = Means::new(global, &inventory, &base, false)?;
    let found = means.store.load_all().map_err(|error| store_error(&error))?;
    let declared = inventory.certs().get(name);
    let Some(stored) = means.newest(&found, name) else {
        return Err(match declared {
            None => unknown(name),
            Some(cert) if cert.per_host => CliError::usage(Failure::bare(
                "per-host-key",
                format!("each host has a key of its own for {name}, which never leaves it: there is nothing to export"),
            )),
            Some(_) => CliError::usage(Failure::new(
                "nothing-stored",
                format!("the store has no certificate for {name} from its CA"),
                "`fleet cert plan` says whether one is due",
            )),
        });
    };
    let export = Export { parts: vec![Part::Fullchain, Part::Leaf, Part::Issuers, Part::Key], replace };
    let written = means.store.export(name, None, &stored.serial, directory, &export);
    let written = written.map_err(|error| store_error(&error))?;
    let lines = written.iter().map(|path| format!("wrote {}", shown(path))).collect();
    app::print(ui, &CertNoteReport::new("export", lines))?;
    Ok(ExitCode::Success)
}
