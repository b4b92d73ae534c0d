//! The plans of runs that were begun, so that what was cut can be carried on.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::engine::plan::Plan;
use crate::engine::status::Failure;
use crate::journal::StateDir;
use crate::names::RunId;

use super::app::{self, CliError};

/// The format that this version writes and reads.
const SCHEMA: &str = "fleet/run/v1";

/// So many are kept.
const KEPT: usize = 100;

/// A run that was begun. It holds no more than its plan did: no secret, and no line of a file that it did not change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BegunRun {
    schema: String,
    /// Its name.
    pub(super) run: RunId,
    /// The digest of the whole plan that was approved, of which this may be a part.
    pub(super) digest: String,
    /// What it was to do, with every value that did not exist when it was planned still to be provided.
    pub(super) plan: Plan,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) approved_by: Vec<String>,
}

impl BegunRun {
    pub(super) fn new(run: RunId, digest: String, plan: Plan, approved_by: Vec<String>) -> Self {
        Self { schema: SCHEMA.to_owned(), run, digest, plan, approved_by }
    }

    /// What is typed to do it anew, as words behind `fleet`; `None`: nothing says what made the plan.
    pub(super) fn words(&self) -> Option<Vec<String>> {
        let plan = &self.plan;
        if let Some(run) = &plan.undoes {
            return Some(vec!["undo".to_owned(), run.to_string()]);
        }
        if let Some(playbook) = &plan.playbook {
            let set = playbook.set.iter().flat_map(|(name, value)| ["--set".to_owned(), format!("{name}={value}")]);
            return Some(["apply".to_owned(), playbook.name.clone()].into_iter().chain(set).collect());
        }
        match plan.actions.as_slice() {
            [kind] => Some(vec![kind.clone(), "apply".to_owned()]),
            _ => None,
        }
    }
}

/// The runs of one state directory.
pub(super) struct Runs(PathBuf);

impl Runs {
    pub(super) fn of(state: &StateDir) -> Self {
        Self(state.path().join("runs"))
    }

    /// Keeps a run, before it changes anything.
    pub(super) fn keep(&self, run: &BegunRun) -> Result<(), CliError> {
        let made = fs::create_dir_all(&self.0);
        made.map_err(|error| {
            CliError::failure(Failure::new(
                "not-written",
                format!("cannot write {}: {error}", self.0.display()),
                "nothing was changed: a run that cannot be carried on is not begun",
            ))
        })?;
        app::write_private(&self.file(run.run.as_str()), &crate::text::json(run))?;
        self.prune();
        Ok(())
    }

    /// Whether what it was to do is kept.
    pub(super) fn has(&self, run: &RunId) -> bool {
        self.file(run.as_str()).exists()
    }

    /// The run of that name, or of the only name that begins so.
    pub(super) fn load(&self, name: &str) -> Result<BegunRun, CliError> {
        let mut names = self.names();
        names.retain(|known| known.starts_with(name));
        let name = match names.as_slice() {
            [] => return Err(unknown(name)),
            [one] => one.as_str(),
            several if several.iter().any(|known| known == name) => name,
            several => {
                let message = format!("{} runs begin with {name}: {}", several.len(), several.join(", "));
                return Err(CliError::usage(Failure::new("ambiguous-run", message, "give more of its name")));
            }
        };
        let file = self.file(name);
        let unreadable = |why: String| {
            let message = format!("cannot read {}: {why}", file.display());
            CliError::failure(Failure::new("bad-run", message, "make a new plan"))
        };
        let text = fs::read_to_string(&file).map_err(|error| unreadable(error.to_string()))?;
        let run: BegunRun = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        if run.schema != SCHEMA {
            return Err(unreadable(format!("its format is {}, not {SCHEMA}", run.schema)));
        }
        Ok(run)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.json"))
    }

    /// From the oldest to the newest: names of runs sort by time.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".json")?.to_owned()));
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    fn prune(&self) {
        let names = self.names();
        for old in names.iter().take(names.len().saturating_sub(KEPT)) {
            // One that stays is no harm.
            drop(fs::remove_file(self.file(old)));
        }
    }
}

fn unknown(name: &str) -> CliError {
    let message = format!("no run {name} was begun from here");
    CliError::usage(Failure::new(
        "unknown-run",
        message,
        "`fleet log` lists runs; carry one on from where it was begun",
    ))
}
