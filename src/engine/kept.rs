//! What a host keeps of each run that changed it, in `/var/lib/fleet/runs/RUN`: what was done, the old versions of what was
//! replaced, what was left, and how the units were before. From it a run is planned backwards.
//!
//! No content is in the record; the old versions never leave their host, see [`super::transaction::Part::Kept`].

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plan::{Author, Lock};
use super::transaction::{Command, ExpectRunning, ItemSummary, UnitOperation};
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
    /// The line of the host's journal, without its outcome.
    pub line: RecordLine,
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
    /// How the units were; empty where the host could not keep it.
    pub units: BTreeMap<UnitName, UnitBefore>,
}
