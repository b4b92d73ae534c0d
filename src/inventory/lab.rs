//! The rehearsal: what its copies of the declared hosts need, and the hosts that exist in it alone.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::acme::AcmeDeclaration;
use super::cert::Known;
use super::context::Context;
use super::dns::DnsDeclaration;
use super::lab_replace;
use super::overrides::{self, Layer};
use super::problem::Problem;
use super::text::{GroupName, HostText, Located, Package, RelativePath};
use super::types_acme::{AcmeTable, DnsTable};
use crate::lab::HostSpec;
use crate::names::HostName;

/// What `fleet lab` adds.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LabTable {
    /// What a group or a host needs; a host gets what its groups get, and its own.
    pub(super) on: BTreeMap<Located<GroupName>, LabOn>,
    /// Hosts of the rehearsal alone, by name: what the fleet talks to and fleet does not manage, such as a name server.
    pub(super) hosts: BTreeMap<Located<HostText>, LabOn>,
    /// What stands for the account of that name in a rehearsal. A rehearsal host's name stands for its address, and `ca-file`
    /// may be `HOST:/path`.
    pub(super) acme: BTreeMap<Located<GroupName>, AcmeTable>,
    /// What stands for the DNS service of that name in a rehearsal. A rehearsal host's name stands for its address.
    pub(super) dns: BTreeMap<Located<GroupName>, DnsTable>,
}

/// What one rehearsal host, or those of a group, need.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LabOn {
    /// Debian packages to install.
    pub(super) packages: Vec<Package>,
    /// A directory below the inventory's, copied onto the host before it boots.
    pub(super) tree: Option<Located<RelativePath>>,
    /// A script below the inventory directory, run inside the host.
    pub(super) setup: Option<Located<RelativePath>>,
}

/// What a rehearsal host needs beyond the base image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LabNeeds {
    /// Debian packages, each once, in the order in which they were first named.
    pub packages: Vec<String>,
    /// Directories to copy onto the host before it boots; later ones win.
    pub trees: Vec<PathBuf>,
    /// Scripts to run inside the host, in this order.
    pub setups: Vec<PathBuf>,
}

impl LabNeeds {
    /// What the lab makes a host from.
    pub(super) fn spec(self, name: HostName) -> HostSpec {
        let packages = self.packages.into_iter().collect();
        HostSpec { name, packages, trees: self.trees, setup: self.setups }
    }

    fn add(&mut self, more: &Self) {
        for package in &more.packages {
            if !self.packages.contains(package) {
                self.packages.push(package.clone());
            }
        }
        self.trees.extend(more.trees.iter().cloned());
        self.setups.extend(more.setups.iter().cloned());
    }
}

/// All that is declared of the rehearsal.
#[derive(Clone, Debug, Default)]
pub(super) struct Rehearsal {
    /// Each `[lab.on.NAME]`, in the order of strength.
    layers: Vec<LabLayer>,
    /// Each `[lab.hosts.NAME]`.
    pub(super) hosts: BTreeMap<HostName, LabNeeds>,
    /// Each `[lab.acme.NAME]`.
    pub(super) acme: BTreeMap<String, AcmeDeclaration>,
    /// Each `[lab.dns.NAME]`.
    pub(super) dns: BTreeMap<String, DnsDeclaration>,
}

#[derive(Clone, Debug)]
struct LabLayer {
    hosts: BTreeSet<HostName>,
    needs: LabNeeds,
}

impl Rehearsal {
    /// What the copy of a declared host needs: from its groups, from the weakest to the strongest, then its own.
    pub(super) fn of(&self, host: &HostName) -> LabNeeds {
        let mut all = LabNeeds::default();
        for layer in self.layers.iter().filter(|layer| layer.hosts.contains(host)) {
            all.add(&layer.needs);
        }
        all
    }
}

/// Resolves `[lab]`; trees and scripts must be there.
pub(super) fn build(
    table: LabTable,
    declared: &BTreeMap<HostName, Range<usize>>,
    known: &Known<'_>,
    context: &mut Context<'_>,
) -> Rehearsal {
    let mut layers: Vec<Layer<(), LabNeeds>> = Vec::new();
    for (name, on) in table.on {
        let values = vec![((), needs(on, context), name.span.clone())];
        layers.extend(Layer::new(&name, values, context));
    }
    overrides::sort(&mut layers);
    let layers = layers
        .into_iter()
        .flat_map(|layer| {
            let hosts = layer.hosts;
            layer.values.into_iter().map(move |((), needs, _)| LabLayer { hosts: hosts.clone(), needs })
        })
        .collect();
    let mut hosts = BTreeMap::new();
    for (text, table) in table.hosts {
        let name = HostName::new(text.as_str());
        if let Some(host) = declared.get(&name) {
            let message = format!("`{name}` is a host of the fleet, and one of the rehearsal alone");
            context.problems.push(
                Problem::new("name-twice", message)
                    .label(host.clone(), "a host of the fleet")
                    .label(text.span.clone(), "of the rehearsal alone")
                    .help(format!("hosts of the fleet are rehearsed anyway: give one of the two another name, or write [lab.on.{name}]")),
            );
        }
        hosts.insert(name, needs(table, context));
    }
    let rehearsed: BTreeSet<&str> = declared.keys().chain(hosts.keys()).map(HostName::as_str).collect();
    let acme = lab_replace::acme(table.acme, &rehearsed, known, context);
    let dns = lab_replace::dns(table.dns, &rehearsed, known, context);
    Rehearsal { layers, hosts, acme, dns }
}

fn needs(on: LabOn, context: &mut Context<'_>) -> LabNeeds {
    let mut needs = LabNeeds::default();
    for package in on.packages {
        let package = package.to_string();
        if !needs.packages.contains(&package) {
            needs.packages.push(package);
        }
    }
    for (path, directory) in [(on.tree, true), (on.setup, false)] {
        let Some(path) = path else { continue };
        let full = context.dir.join(path.as_str());
        let what = if directory { "directory" } else { "file" };
        if (directory && !full.is_dir()) || (!directory && !full.is_file()) {
            context.problems.push(
                Problem::new("lab-missing", format!("there is no {what} {}", full.display()))
                    .label(path.span.clone(), format!("no such {what}"))
                    .help("paths are relative to the inventory directory"),
            );
        }
        if directory {
            needs.trees.push(full);
        } else {
            needs.setups.push(full);
        }
    }
    needs
}
