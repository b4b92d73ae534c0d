//! `fleet queue adopt`: the workers that hosts run today become declarations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::actions::queue::adopt;
use crate::engine::status::{Failure, HostResult};
use crate::names::HostName;
use crate::report::{ExitCode, Ui};

use super::super::adopt::{Unadoptable, answers};
use super::super::app::{self, CliError};
use super::super::args::{Global, QueueAdoptArguments};
use super::super::base::Base;
use super::super::generate;
use super::super::observe::{self, Sought};
use super::super::written::{self, WrittenReport};

/// Where it is written; the second where the first is taken, such as by the starter.
const FILES: [&str; 2] = ["queues.toml", "queues-adopted.toml"];

/// `fleet queue adopt [--out FILE]`
pub(super) async fn adopt(global: &Global, ui: &Ui, arguments: &QueueAdoptArguments) -> Result<ExitCode, CliError> {
    app::without_facts(global, "queue adopt")?;
    let inventory = app::load(global, ui)?;
    let to = Destination::of(global, arguments.out.as_deref())?;
    let hosts = app::select(global, &inventory)?;
    let found = look(global, ui, &inventory, &hosts).await?;
    if found.text.is_empty() {
        let mut message = "nothing to adopt: no worker runs on these hosts that is not declared already".to_owned();
        for note in &found.notes {
            message.push_str("; ");
            message.push_str(note);
        }
        return Err(CliError::failure(Failure::bare("nothing-to-adopt", message)));
    }
    let Destination::File(file) = to else {
        for note in &found.notes {
            ui.note(note);
        }
        return generate::print(ui, "queues", found.text.as_bytes());
    };
    written::declarations(global, ui, &[(file.clone(), found.text.as_str())])?;
    let mut report = WrittenReport::new(vec![file.display().to_string()], global.next("queue check"));
    report.hosts = hosts.into_iter().map(|host| HostResult::of_items(host, Vec::new())).collect();
    report.notes = found.notes;
    app::print(ui, &report)?;
    Ok(ExitCode::Success)
}

/// Where to.
enum Destination {
    /// Nowhere: it is shown.
    Shown,
    File(PathBuf),
}

impl Destination {
    fn of(global: &Global, asked: Option<&Path>) -> Result<Self, CliError> {
        let is_there = |file: &PathBuf| file.symlink_metadata().is_ok();
        let file = match asked {
            Some(file) if file == Path::new("-") => return Ok(Self::Shown),
            Some(file) => Some(file.to_owned()).filter(|file| !is_there(file)).ok_or_else(|| file.to_owned()),
            None => {
                let all = FILES.map(|name| global.inventory.join(name));
                let [_, last] = &all;
                all.iter().find(|file| !is_there(file)).cloned().ok_or_else(|| last.clone())
            }
        };
        file.map(Self::File).map_err(|file| {
            let message = format!("{} is there already; nothing was written", file.display());
            let hint = "name another file with --out, or look at it first with --out -";
            CliError::usage(Failure::new("declared-already", message, hint))
        })
    }
}

/// What the hosts run; one that did not answer could run anything.
async fn look(
    global: &Global,
    ui: &Ui,
    inventory: &crate::inventory::Inventory,
    hosts: &BTreeSet<HostName>,
) -> Result<adopt::Adopted, CliError> {
    let base = Base::open(global)?;
    let sought = Sought { probes: &|_| vec![adopt::probe()], hosts, handshakes: BTreeMap::new(), public: Vec::new() };
    let observations = observe::look(global, ui, inventory, &base, &sought).await?.observations;
    let hint = "every host must answer: try again, or leave these out with --limit '!HOST'";
    adopt::adopt(inventory, &answers(&observations, hint)?)
        .map_err(|hosts| CliError::of(ExitCode::Failure, &Unadoptable { hosts }, "no-answer", hint))
}
