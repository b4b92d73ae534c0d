//! What a host keeps of each run that changed it, in `/var/lib/fleet/runs/RUN`: what was done, the old versions of what was
//! replaced, what was left, and how the units were before. From it a run is planned backwards.
//!
//! No content is in the record; the old versions never leave their host, see [`super::transaction::Part::Kept`].

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compile::{Envelope, is_new_directory};
use super::plan::{Author, Lock};
use super::transaction::{Change, Command, ExpectRunning, ItemSummary, Part, PathState, Transaction, UnitOperation};
use crate::names::{HostName, RemotePath, RunId, UnitName};

/// The format that this version writes and reads.
pub const SCHEMA: &str = "fleet/record/v1";

/// What a host knows of one transaction that it went through: `record` in the run's directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: String,
    /// As the host names it: `RUN`, or `RUN.2` and so on of later waves.
    pub run: RunId,
    /// As the inventory named it.
    pub host: HostName,
    /// Of the line of the host's journal, what undo tells of; `None` where it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<RecordLine>,
    /// What was done to paths, in order.
    pub changes: Vec<KeptChange>,
    /// Which units ran when it began, where the transaction rested on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub running: Vec<ExpectRunning>,
    /// The commands that had to succeed before anything was activated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validate: Vec<Command>,
    /// What systemd did, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitOperation>,
    /// What the whole run held meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<Lock>,
    /// How long it was given.
    pub lease_seconds: u32,
}

/// Of a line of the journal, what undo tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordLine {
    /// When the host's turn came.
    pub time: jiff::Timestamp,
    /// Who ran fleet.
    pub who: Author,
    /// The actions.
    pub actions: Vec<String>,
    /// From what to what.
    pub changes: Vec<ItemSummary>,
    /// The run that it took back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<RunId>,
}

/// What was done to one path, and what was there before, without any content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeptChange {
    /// The path as declared.
    pub declared: RemotePath,
    /// The path that was switched.
    pub path: RemotePath,
    /// What was done.
    pub done: Done,
    /// What was there.
    pub before: Before,
}

/// What was done to a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Done {
    /// A regular file was put there.
    Written,
    /// A symbolic link was put there.
    Linked {
        /// Its text.
        target: String,
    },
    /// It was removed.
    Removed,
    /// A directory was made.
    Made,
    /// It was there, and is a directory.
    Kept,
    /// The directory was removed, with all that was in it.
    Emptied,
}

/// What stood at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Before {
    /// Nothing.
    Absent,
    /// A regular file.
    File {
        /// Permission bits, octal, four digits.
        mode: String,
        /// `user:group`.
        owner: String,
    },
    /// A symbolic link.
    Link {
        /// Its text.
        target: String,
    },
    /// A directory.
    Directory,
}

/// How a unit was before a run: `units.before` in the run's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitBefore {
    /// As `systemctl is-active` says it.
    pub active: String,
    /// As `systemctl is-enabled` says it.
    pub enabled: String,
}

/// A regular file that a host keeps or has, as it may be compared: its bytes stay on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// SHA-256 of its bytes: to compare what different runs saw. Never told.
    pub plain: String,
    /// See [`super::transaction::content_digest`]; empty where no bytes of it are left on the host.
    pub digest: String,
    /// Permission bits, octal, four digits.
    pub mode: String,
    /// `user:group`.
    pub owner: String,
}

/// All that a host keeps of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRun {
    /// What was done.
    pub record: Record,
    /// The old versions, by the number of the change, from 1.
    pub before: BTreeMap<u32, KeptFile>,
    /// What the run left of the files that it wrote.
    pub left: BTreeMap<u32, KeptFile>,
    /// What was in directories that were removed: by place below them, the directory itself first.
    pub trees: BTreeMap<u32, Vec<(String, TreeEntry)>>,
    /// Removed directories with something in them that cannot be put back.
    pub odd_trees: BTreeSet<u32>,
    /// How the units were.
    pub units: BTreeMap<UnitName, UnitBefore>,
    /// Whether the host could keep how they were.
    pub units_known: bool,
}

impl KeptRun {
    /// A run of which nothing but the record is known.
    pub fn new(record: Record) -> Self {
        Self {
            record,
            before: BTreeMap::new(),
            left: BTreeMap::new(),
            trees: BTreeMap::new(),
            odd_trees: BTreeSet::new(),
            units: BTreeMap::new(),
            units_known: false,
        }
    }
}

/// Something in a directory that was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeEntry {
    /// A directory.
    Directory {
        /// Permission bits, octal, four digits.
        mode: String,
        /// `user:group`.
        owner: String,
    },
    /// A regular file.
    File(KeptFile),
    /// A symbolic link.
    Link {
        /// Its text.
        target: String,
    },
}

/// All that a host keeps of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// What was applied, in the order of its waves.
    pub runs: Vec<KeptRun>,
    /// What was applied, as its journal says, and is not kept any more.
    pub missing: Vec<RunId>,
    /// What was applied by other runs since.
    pub later: Vec<LaterRun>,
}

/// A run that changed the host since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaterRun {
    /// Its name.
    pub run: RunId,
    /// When.
    pub time: jiff::Timestamp,
    /// Who ran it.
    pub who: Author,
    /// Where it changed something.
    pub places: Vec<String>,
}

/// Where a host keeps its runs.
const RUNS: &str = "/var/lib/fleet/runs";

/// The file in which a host keeps what a part puts back; `None` where it is no such part, or none that a run can have kept.
pub fn file_of(part: &Part) -> Option<String> {
    let Part::Kept { run, number, below } = part else { return None };
    let sound = is_run_name(run.as_str()) && *number > 0;
    let name = match below {
        None => format!("{number}.before"),
        Some(below) => format!("{number}.tree/{below}"),
    };
    let plain = below.as_deref().is_none_or(|below| {
        !below.contains(['\n', '\0']) && below.split('/').all(|name| !matches!(name, "" | "." | ".."))
    });
    (sound && plain).then(|| format!("{RUNS}/{run}/{name}"))
}

/// Whether it can be the name of a run: it is a name of a directory, and stands in scripts.
pub fn is_run_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(allowed) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

impl Record {
    /// What a host is to keep of a transaction.
    pub(super) fn of(transaction: &Transaction, envelope: &Envelope<'_>) -> Self {
        let line = envelope.journal_head.trim_end_matches(',').to_owned() + "}";
        Self {
            schema: SCHEMA.to_owned(),
            run: envelope.run.clone(),
            host: envelope.host.clone(),
            line: serde_json::from_str(&line).ok(),
            changes: transaction.changes.iter().map(|change| KeptChange::of(transaction, change)).collect(),
            running: transaction.running.clone(),
            validate: transaction.validate.clone(),
            units: transaction.units.clone(),
            locks: envelope.locks.to_vec(),
            lease_seconds: transaction.lease_seconds,
        }
    }

    /// On one line.
    pub(super) fn json(&self) -> String {
        // Keys are strings, and nothing in it fails to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl KeptChange {
    fn of(transaction: &Transaction, change: &Change) -> Self {
        let path = change.path();
        let expect = transaction.expect.iter().find(|expect| expect.resolved == *path);
        let done = match change {
            Change::Write { .. } => Done::Written,
            Change::Link { target, .. } => Done::Linked { target: target.clone() },
            Change::Remove { .. } => Done::Removed,
            Change::Directory { .. } if is_new_directory(transaction, path) => Done::Made,
            Change::Directory { .. } => Done::Kept,
            Change::RemoveDirectory { .. } => Done::Emptied,
        };
        let before = match expect.map(|expect| &expect.state) {
            Some(PathState::File { mode, owner, .. } | PathState::Deferred { mode, owner, .. }) => {
                Before::File { mode: mode.clone(), owner: owner.clone() }
            }
            Some(PathState::Link { target }) => Before::Link { target: target.clone() },
            Some(PathState::Directory) => Before::Directory,
            Some(PathState::Absent) | None => Before::Absent,
        };
        let declared = expect.map_or(path, |expect| &expect.path).clone();
        Self { declared, path: path.clone(), done, before }
    }
}
