//! Who changed what, from what, to what: a line for each host and run, here and on the host.
//!
//! The local journal is a file of JSON lines in the state directory, appended to and fsynced under a lock. Before a host
//! changes, a line says that it is about to; where the ending is not known yet (fleet was killed, the link was lost),
//! a marker in `pending/` keeps the question open until the host is next looked at.

pub mod incident;
mod state;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use state::{StateDir, StateError};

use crate::engine::plan::{Author, InventoryStamp};
use crate::engine::run::GateSeen;
use crate::engine::transaction::ItemSummary;
use crate::names::{HostName, RunId};

/// The format that this version writes and reads.
pub const SCHEMA: &str = "fleet/journal/v1";

/// One line: what one run did to one host. Secrets stand in it as keyed digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// [`SCHEMA`].
    pub schema: String,
    /// When the host's turn came.
    pub time: Timestamp,
    /// The run.
    pub run: RunId,
    /// Who ran fleet, from where.
    pub who: Author,
    /// From which inventory.
    pub inventory: InventoryStamp,
    /// The actions.
    pub actions: Vec<String>,
    /// SHA-256 of the plan, in hexadecimal.
    pub plan: String,
    /// The host; `None`: what was done elsewhere, such as at a certificate authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostName>,
    /// From what to what.
    pub changes: Vec<ItemSummary>,
    /// `applied`, `rolled-back`, `refused`, `failed` or `unknown`; `None`: about to begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Why, where it did not apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it came with.
    #[serde(flatten)]
    pub about: About,
}

/// What a line tells beside who, where and from what to what; nothing of it is in every line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct About {
    /// The playbook that was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook: Option<String>,
    /// The run that it takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<RunId>,
    /// The run that it carries on, or runs again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<RunId>,
    /// Who approved the plan, as `allowed_signers` names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<String>,
    /// Why the approval that was lacking was not waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// What the gates behind a wave saw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateSeen>,
    /// What happened in an incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentEvent>,
}

/// What happened in an incident, beside runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IncidentEvent {
    /// The incident: the run's name of its opening line.
    pub incident: RunId,
    /// What happened.
    pub event: Happening,
    /// In a person's words, or of a check in fleet's.
    pub text: String,
    /// When it happened, where that was not when it was written down; of an opening, when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How bad it is, in the team's own words; of an opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// What a check saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<incident::CheckSeen>,
}

/// What happens in an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Happening {
    /// Somebody opened it.
    Opened,
    /// Somebody noted something.
    Note,
    /// A check was run, and said this.
    Check,
    /// Somebody closed it.
    Closed,
}

impl Line {
    /// The line as the host gets it: a JSON object that lacks its outcome and its end.
    pub fn head(&self) -> String {
        let mut text = serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned());
        text.pop();
        text + ","
    }
}

/// Why the record could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {path}: {source}")]
pub struct JournalError {
    what: &'static str,
    path: PathBuf,
    source: std::io::Error,
}

impl JournalError {
    fn at(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self { what, path: path.to_owned(), source }
    }

    /// The stable word for it.
    pub fn code(&self) -> &'static str {
        "journal"
    }
}

/// The local journal.
pub struct Journal {
    file: PathBuf,
    pending: PathBuf,
    /// The markers of this process, locked: what another process may not take for left behind.
    held: Mutex<BTreeMap<PathBuf, File>>,
}

impl Journal {
    /// The journal in a state directory; nothing is written yet.
    pub fn of(state: &StateDir) -> Self {
        Self {
            file: state.path().join("journal").join("journal.jsonl"),
            pending: state.path().join("pending"),
            held: Mutex::default(),
        }
    }

    /// Records that a host is about to change.
    ///
    /// # Errors
    /// When it cannot be written and fsynced: then nothing may change.
    pub fn begin(&self, line: &Line) -> Result<(), JournalError> {
        let marker = self.marker(line);
        create_parent(&marker)?;
        let fail = || JournalError::at("write", &marker);
        // Whole or not there, and locked before anybody can see it.
        let mut file = tempfile::NamedTempFile::new_in(&self.pending).map_err(fail())?;
        flock(file.as_file(), FlockOperation::LockExclusive).map_err(|error| fail()(error.into()))?;
        json_line(line).and_then(|bytes| file.write_all(&bytes)).map_err(fail())?;
        file.as_file().sync_all().map_err(fail())?;
        let file = file.persist(&marker).map_err(|error| fail()(error.error))?;
        self.held().insert(marker, file);
        self.append(line)
    }

    /// Records what became of it. An `unknown` outcome keeps the question open.
    ///
    /// # Errors
    /// When it cannot be written; the question then stays open too.
    pub fn end(&self, line: &Line) -> Result<(), JournalError> {
        self.append(line)?;
        if line.outcome.as_deref() != Some("unknown") {
            let marker = self.marker(line);
            match fs::remove_file(&marker) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(JournalError::at("remove", &marker)(error));
                }
                _ => {}
            }
        }
        self.held().remove(&self.marker(line));
        Ok(())
    }

    /// Records what was done elsewhere than on a host, and is over.
    ///
    /// # Errors
    /// When it cannot be written and fsynced.
    pub fn note(&self, line: &Line) -> Result<(), JournalError> {
        self.append(line)
    }

    /// The hosts whose last runs have no known ending, as those runs began; not those that a living fleet works on.
    ///
    /// # Errors
    /// When the markers cannot be read.
    pub fn pending(&self) -> Result<Vec<Line>, JournalError> {
        let entries = match fs::read_dir(&self.pending) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(JournalError::at("read", &self.pending))?,
        };
        let mut lines: Vec<Line> = Vec::new();
        for entry in entries {
            let path = entry.map_err(JournalError::at("read", &self.pending))?.path();
            let at = JournalError::at("read", &path);
            if path.extension().is_none_or(|extension| extension != "json") {
                // Being written, or left by a fleet that was killed at that.
                continue;
            }
            let mut file = match File::open(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                file => file.map_err(at)?,
            };
            if flock(&file, FlockOperation::NonBlockingLockShared).is_err() {
                continue;
            }
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(JournalError::at("read", &path))?;
            let line = serde_json::from_str(&text).map_err(std::io::Error::other);
            lines.push(line.map_err(JournalError::at("read", &path))?);
        }
        lines.sort_by(|a, b| (a.time, &a.host).cmp(&(b.time, &b.host)));
        Ok(lines)
    }

    /// All whole lines, in the order in which they were written.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self) -> Result<Vec<Line>, JournalError> {
        match fs::read_to_string(&self.file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            text => {
                let text = text.map_err(JournalError::at("read", &self.file))?;
                Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<PathBuf, File>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn marker(&self, line: &Line) -> PathBuf {
        let host = line.host.as_ref().map_or("", HostName::as_str);
        self.pending.join(format!("{}.{host}.json", line.run))
    }

    fn append(&self, line: &Line) -> Result<(), JournalError> {
        create_parent(&self.file)?;
        let at = |what| JournalError::at(what, &self.file);
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&self.file).map_err(at("write"))?;
        flock(&file, FlockOperation::LockExclusive).map_err(|error| at("lock")(error.into()))?;
        let mut bytes = json_line(line).map_err(at("write"))?;
        if ends_torn(&mut file).map_err(at("read"))? {
            bytes.insert(0, b'\n');
        }
        file.write_all(&bytes).map_err(at("write"))?;
        file.sync_all().map_err(at("write"))
    }
}

/// Whether the last line was cut, by a full disk or a kill: the next one must not become part of it.
fn ends_torn(file: &mut File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last[0] != b'\n')
}

fn create_parent(path: &Path) -> Result<(), JournalError> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(JournalError::at("create", parent))
}

fn json_line(line: &Line) -> std::io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(host: &str, outcome: Option<&str>) -> Line {
        Line {
            schema: SCHEMA.to_owned(),
            time: Timestamp::UNIX_EPOCH,
            run: RunId::new("20261121T202449Z-3f9a"),
            who: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
            inventory: InventoryStamp::default(),
            actions: vec!["env".to_owned()],
            plan: "00".to_owned(),
            host: Some(HostName::new(host)),
            changes: Vec::new(),
            outcome: outcome.map(str::to_owned),
            reason: None,
            about: About::default(),
        }
    }

    fn journal() -> (tempfile::TempDir, Journal) {
        let directory = tempfile::tempdir().expect("a directory");
        let state = StateDir::beside(&directory.path().join("inventory")).expect("a state directory");
        let journal = Journal::of(&state);
        (directory, journal)
    }

    #[test]
    fn a_run_stays_open_until_its_ending_is_known() {
        let (_directory, journal) = journal();
        journal.begin(&line("fritz", None)).expect("begin");
        journal.end(&line("fritz", Some("unknown"))).expect("end");
        assert_eq!(journal.pending().expect("pending"), [line("fritz", None)]);
        journal.end(&line("fritz", Some("applied"))).expect("end");
        assert_eq!(journal.pending().expect("pending"), []);
        let outcomes: Vec<_> = journal.read().expect("lines").into_iter().map(|line| line.outcome).collect();
        assert_eq!(outcomes, [None, Some("unknown".to_owned()), Some("applied".to_owned())]);
    }

    #[test]
    fn what_a_living_fleet_works_on_is_not_pending() {
        let (directory, journal) = journal();
        let other = Journal::of(&StateDir::beside(&directory.path().join("inventory")).expect("a state directory"));
        journal.begin(&line("fritz", None)).expect("begin");
        assert_eq!(other.pending().expect("pending"), []);
        // It was killed.
        drop(journal);
        assert_eq!(other.pending().expect("pending"), [line("fritz", None)]);
        other.end(&line("fritz", Some("applied"))).expect("end");
        assert_eq!(other.pending().expect("pending"), []);
    }

    #[test]
    fn a_torn_line_does_not_swallow_the_next() {
        let (_directory, journal) = journal();
        journal.begin(&line("fritz", None)).expect("begin");
        let whole = fs::read(&journal.file).expect("bytes");
        fs::write(&journal.file, &whole[..whole.len() / 2]).expect("cut");
        journal.begin(&line("franz", None)).expect("begin");
        assert_eq!(journal.read().expect("lines"), [line("franz", None)]);
    }

    #[test]
    fn the_head_becomes_json_with_an_outcome() {
        let text = line("fritz", None).head() + "\"outcome\":\"applied\",\"reason\":\"\"}";
        let read: Line = serde_json::from_str(&text).expect("json");
        assert_eq!(read.outcome.as_deref(), Some("applied"));
    }
}
