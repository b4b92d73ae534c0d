//! `fleet env adopt`: a file of the hosts becomes a declaration.

use std::collections::BTreeMap;
use std::path::Path;

use crate::actions::env::adopt::{Adopted, Adoption};
use crate::engine::probe::{HostFacts, Observation, Observations};
use crate::engine::status::{Failure, HostResult};
use crate::inventory::{EnvFormat, Inventory};
use crate::names::{HostName, RemotePath};
use crate::report::{ExitCode, Ui};

use super::app::{self, CliError};
use super::args::{AdoptArguments, AdoptFormat, Global};
use super::base::Base;
use super::observe::{self, Sought};
use super::written::{self, NeededSecret, WrittenReport};

/// Why nothing was adopted.
#[derive(Debug, thiserror::Error)]
#[error("nothing was adopted: {}", listed(.hosts))]
pub(super) struct Unadoptable {
    pub(super) hosts: BTreeMap<HostName, String>,
}

/// The first few, with the reasons.
fn listed(hosts: &BTreeMap<HostName, String>) -> String {
    const SHOWN: usize = 5;
    let mut words: Vec<String> = hosts.iter().take(SHOWN).map(|(host, why)| format!("{host}: {why}")).collect();
    if hosts.len() > SHOWN {
        words.push(format!("and {} more hosts", hosts.len() - SHOWN));
    }
    words.join("; ")
}

/// `fleet env adopt NAME`
pub(super) async fn adopt(global: &Global, ui: &Ui, arguments: &AdoptArguments) -> Result<ExitCode, CliError> {
    refuse_options(global)?;
    let inventory = app::load(global, ui)?;
    let path = RemotePath::new(arguments.path.as_str());
    let hosts = app::select_by(&inventory, &arguments.hosts)?;
    // A file of names is found relative to another directory there, and may change.
    let selector = if arguments.hosts.contains('@') {
        hosts.iter().map(HostName::as_str).collect::<Vec<_>>().join(", ")
    } else {
        arguments.hosts.clone()
    };
    let adoption = Adoption {
        name: &arguments.name,
        path: &path,
        format: match arguments.format {
            AdoptFormat::Dotenv => EnvFormat::Dotenv,
            AdoptFormat::Systemd => EnvFormat::Systemd,
            AdoptFormat::Docker => EnvFormat::Docker,
        },
        selector: &selector,
        units: &arguments.units,
        groups: inventory.groups(),
    };
    adoption.check().map_err(|why| CliError::usage(Failure::bare("bad-declaration", why)))?;
    let file = global.inventory.join(format!("env-{}.toml", arguments.name));
    refuse_twice(&inventory, &adoption, &file)?;
    let base = Base::open(global)?;
    let sought =
        Sought { probes: &|_| adoption.probes(), hosts: &hosts, handshakes: BTreeMap::new(), public: Vec::new() };
    let observations = observe::look(global, ui, &inventory, &base, &sought).await?.observations;
    let adopted = adoption
        .declare(&answers(&observations, "every host must answer: try again, or take these out of --hosts")?)
        .map_err(|hosts| {
            let hint = "take these hosts out of --hosts, or mend the file there first";
            CliError::of(ExitCode::Failure, &Unadoptable { hosts }, "not-adoptable", hint)
        })?;
    written::declarations(global, ui, &[(file.clone(), adopted.text.as_str())])?;
    let Adopted { secrets, notes, .. } = adopted;
    let mut report = WrittenReport::new(vec![file.display().to_string()], global.next("env check"));
    report.hosts = hosts.iter().map(|host| HostResult::of_items(host.clone(), Vec::new())).collect();
    report.notes = notes;
    report.secrets = secrets
        .into_iter()
        .map(|secret| {
            let everywhere = secret.hosts.len() == hosts.len();
            let named = secret.hosts.iter().filter(|_| !everywhere).map(ToString::to_string);
            NeededSecret { variable: secret.variable, key: secret.key, hosts: named.collect() }
        })
        .collect();
    app::print(ui, &report)?;
    Ok(ExitCode::Success)
}

fn refuse_options(global: &Global) -> Result<(), CliError> {
    let (option, hint) = if global.limit.is_some() {
        ("--limit", "name the hosts with --hosts alone: it is what the inventory will say")
    } else if global.facts.is_some() {
        ("--facts", "saved facts have digests in place of secrets: adopt looks at the hosts themselves")
    } else if global.save_facts.is_some() {
        ("--save-facts", "run `fleet env check --save-facts FILE` once the file is declared")
    } else {
        return Ok(());
    };
    Err(CliError::usage(Failure::new("not-with-adopt", format!("adopt does not take {option}"), hint)))
}

/// A name, a path on a host and a file can each be declared once.
fn refuse_twice(inventory: &Inventory, adoption: &Adoption<'_>, file: &Path) -> Result<(), CliError> {
    let taken = |message: String, hint: &str| Err(CliError::usage(Failure::new("declared-already", message, hint)));
    if let Some(declared) = inventory.env_files().get(adoption.name) {
        let message = format!("env.{} is declared already ({})", adoption.name, declared.origin);
        return taken(message, "choose another name");
    }
    let hosts = inventory.select(adoption.selector).unwrap_or_default();
    let same = inventory
        .env_files()
        .values()
        .find(|declared| declared.path == *adoption.path && !declared.hosts.is_disjoint(&hosts));
    if let Some(declared) = same {
        let message = format!("{} is env.{} already ({})", adoption.path, declared.name, declared.origin);
        return taken(message, "leave the hosts of that declaration out of --hosts");
    }
    if file.symlink_metadata().is_ok() {
        return taken(format!("{} is there already; nothing was written", file.display()), "choose another name");
    }
    Ok(())
}

/// The facts of all hosts; a host that did not answer could have anything in its file.
pub(super) fn answers<'o>(
    observations: &'o Observations,
    hint: &str,
) -> Result<BTreeMap<HostName, &'o HostFacts>, CliError> {
    let mut facts = BTreeMap::new();
    let mut silent = BTreeMap::new();
    let mut exit = ExitCode::Unreachable;
    for (host, observation) in observations {
        let failure = match observation {
            Observation::Facts(answer) => {
                facts.insert(host.clone(), answer.as_ref());
                continue;
            }
            Observation::Unreachable(failure) => failure,
            Observation::Failed(failure) => {
                exit = ExitCode::Failure;
                failure
            }
        };
        silent.insert(host.clone(), failure.message.clone());
    }
    if silent.is_empty() {
        return Ok(facts);
    }
    Err(CliError::of(exit, &Unadoptable { hosts: silent }, "no-answer", hint))
}
