//! From what `probe.sh` prints to workers that no inventory knows yet. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::actions::queue::read::workers as read_workers;
use crate::actions::queue::seen::HostSeen;
use crate::inventory::{Origin, Queues, Quieting, UnitTemplate, WorkerDeclaration, WorkerProgram};

/// What one host runs.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// The templates that run Sidekiq, by their names: each instance's kind is its template's name.
    pub(super) templates: BTreeSet<String>,
    /// Its instances, and the host itself.
    pub(super) seen: HostSeen,
    /// What processes of a template find in their environment or read by themselves, by template and variable.
    pub(super) says: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// Services that are Sidekiq, and no instance of a template.
    pub(super) singles: BTreeSet<String>,
}

/// Reads what a host printed.
///
/// # Errors
/// In words, where it did not come to its end.
pub(super) fn read(text: &str) -> Result<Running, String> {
    let mut running = Running::default();
    let mut template = "";
    for line in text.lines() {
        match line.split_once('\t') {
            Some(("runs", name)) if UnitTemplate::parse(name).is_some() => {
                running.templates.insert(name.to_owned());
            }
            Some(("single", name)) => {
                running.singles.insert(name.to_owned());
            }
            Some(("of", name)) => template = name,
            Some(("says", assignment)) => {
                if let Some((variable, value)) = assignment.split_once('=') {
                    let said = running.says.entry(template.to_owned()).or_default();
                    said.entry(variable.to_owned()).or_default().insert(value.to_owned());
                }
            }
            _ => {}
        }
    }
    let workers = running.templates.iter().filter_map(|name| Some((name.clone(), undeclared(name)?))).collect();
    running.seen = read_workers::read(&Queues { workers, ..Queues::default() }, text)?;
    Ok(running)
}

/// What the reader of workers needs to know of a template.
fn undeclared(name: &str) -> Option<WorkerDeclaration> {
    Some(WorkerDeclaration {
        name: name.to_owned(),
        unit: UnitTemplate::parse(name)?,
        hosts: BTreeSet::new(),
        database: None,
        pooled: false,
        connections: 0,
        concurrency: None,
        environment: BTreeMap::new(),
        stop_timeout: None,
        unit_file: None,
        cpu: 0,
        memory: 0,
        serves: BTreeMap::new(),
        retired: false,
        pins: BTreeMap::new(),
        quiet: Quieting::None,
        drain: std::time::Duration::ZERO,
        program: WorkerProgram::Sidekiq { redis: None },
        origin: Origin { file: String::new(), line: 0, column: 0 },
    })
}
