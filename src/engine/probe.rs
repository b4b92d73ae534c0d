//! What can be asked of a host, and what comes back.
//!
//! An action names probes; the engine merges the probes of all actions for a host into one script
//! (see [`super::observe`]), so that a look costs one exec however much is asked.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fact::Fact;
use super::status::Failure;
use crate::names::{HostName, RemotePath, UnitName};

/// One question to a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Probe {
    /// A path: what stands there, and a regular file's bytes.
    File {
        /// Absolute.
        path: RemotePath,
    },
    /// A path whose last name is not followed: where the link there leads.
    Link {
        /// Absolute.
        path: RemotePath,
    },
    /// As [`Probe::File`], but of a regular file's bytes the host tells nothing but their salted digest.
    Digest {
        /// Absolute.
        path: RemotePath,
    },
    /// As [`Probe::File`], and what a directory holds.
    Directory {
        /// Absolute.
        path: RemotePath,
    },
    /// All loaded units that match, see `systemctl show` in systemctl(1).
    Units {
        /// Unit names; `*`, `?` and `[…]` match as in glob(7).
        pattern: String,
    },
    /// The environment of every process of the units that match.
    Environment {
        /// As in [`Probe::Units`], which it implies.
        pattern: String,
        /// Variables asked for.
        keys: BTreeSet<String>,
        /// An env file on the host whose keys are asked for as well.
        keys_of: Option<RemotePath>,
    },
    /// A small piece of `sh` whose standard output is the fact; an exit code other than 0 makes it unknown.
    Script {
        /// Under which the output is found; unique for the text.
        name: String,
        /// POSIX `sh`, read-only, no secrets: it stands in the script that the host gets.
        text: String,
    },
}

/// Bytes that serialise as base64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64::prelude::BASE64_STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        base64::prelude::BASE64_STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Bytes {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bytes".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "contentEncoding": "base64" })
    }
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PathFact {
    /// The path with all links in it resolved.
    pub resolved: RemotePath,
    /// The kind of thing at the resolved path.
    pub kind: PathKind,
    /// Permission bits, octal, four digits.
    pub mode: String,
    /// `user:group`, by name where the host knows one, else by number.
    pub owner: String,
    /// When its bytes last changed: `st_mtim`, seconds since the epoch on the host's clock.
    pub modified: f64,
    /// When anything of it last changed, its name too: `st_ctim`, seconds since the epoch on the host's clock.
    pub touched: f64,
}

/// The kind of thing at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PathKind {
    /// A regular file and its bytes.
    File(Bytes),
    /// A regular file of which only [`super::transaction::content_digest`] was asked for.
    Digest(String),
    /// A directory.
    Directory,
    /// Anything else, in `stat`'s words.
    Other(String),
}

/// What stands at a path whose last name is not followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LinkFact {
    /// A symbolic link and its text.
    Link(String),
    /// Anything else.
    Other,
}

/// A loaded systemd unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitFact {
    /// `loaded`, `not-found`, `masked` …
    pub load_state: String,
    /// `active`, `inactive`, `failed`, `activating` …
    pub active_state: String,
    /// `running`, `exited`, `dead` …
    pub sub_state: String,
    /// `enabled`, `disabled`, `static` …; empty where there is no unit file.
    pub unit_file_state: String,
    /// Whether `systemctl reload` would work.
    pub can_reload: bool,
    /// How often systemd restarted it by itself.
    pub restarts: u32,
    /// Its main process; 0: none.
    pub main_pid: u32,
    /// When its state last changed, by a reload too: seconds since the epoch on the host's clock.
    pub state_changed: f64,
}

impl UnitFact {
    /// Whether something of it runs.
    pub fn runs(&self) -> bool {
        matches!(self.active_state.as_str(), "active" | "reloading" | "activating" | "deactivating")
    }
}

/// A process of a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProcessFact {
    /// Its unit.
    pub unit: UnitName,
    /// Its number.
    pub pid: u32,
    /// Whether it is the unit's main process.
    pub main: bool,
    /// When it started, seconds since the epoch on the host's clock, to about 10 ms.
    pub started: f64,
    /// Of what it was started with, the variables that were asked for; unknown where the process overwrote it.
    pub environment: Fact<BTreeMap<String, Bytes>>,
}

/// All that one host answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HostFacts {
    /// The host's clock when asked, seconds since the epoch.
    pub clock: f64,
    /// By path as asked.
    #[serde(default)]
    pub files: BTreeMap<RemotePath, Fact<PathFact>>,
    /// By path as asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<RemotePath, Fact<LinkFact>>,
    /// The names in each directory, sorted, by path as asked; what the directory itself is stands in `files`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub directories: BTreeMap<RemotePath, Fact<Vec<String>>>,
    /// All units that matched; a name without a match is not here, or `not-found`.
    #[serde(default)]
    pub units: BTreeMap<UnitName, UnitFact>,
    /// Why units could not be asked for, where so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units_unknown: Option<String>,
    /// The processes of those units whose environment was asked for.
    #[serde(default)]
    pub processes: Vec<ProcessFact>,
    /// By the probe's name.
    #[serde(default)]
    pub scripts: BTreeMap<String, Fact<String>>,
    /// What fleet itself left there or does there now.
    #[serde(default)]
    pub fleet: FleetFact,
}

/// What the host says of fleet's own runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FleetFact {
    /// Who holds the host now, as the running transaction's unit describes itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// The run that was neither finished nor undone, though nothing works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<String>,
    /// Outcomes of runs that were asked after, by run.
    #[serde(default)]
    pub outcomes: BTreeMap<String, String>,
    /// How often each lock was held there, by its name; one that never was is not here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub turns: BTreeMap<String, u64>,
}

impl HostFacts {
    /// What stands at a path; unknown where it was not asked.
    pub fn file(&self, path: &RemotePath) -> Fact<&PathFact> {
        asked(&self.files, path)
    }

    /// Where a link leads; unknown where it was not asked.
    pub fn link(&self, path: &RemotePath) -> Fact<&LinkFact> {
        asked(&self.links, path)
    }

    /// What a directory holds; unknown where it was not asked.
    pub fn directory(&self, path: &RemotePath) -> Fact<&Vec<String>> {
        asked(&self.directories, path)
    }
}

fn asked<'a, T>(facts: &'a BTreeMap<RemotePath, Fact<T>>, path: &RemotePath) -> Fact<&'a T> {
    facts.get(path).map_or_else(|| Fact::Unknown("it was not asked for".to_owned()), Fact::as_ref)
}

/// What a look at one host came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    /// It answered.
    Facts(Box<HostFacts>),
    /// It could not be reached.
    Unreachable(Failure),
    /// It was reached, and could not be looked at.
    Failed(Failure),
}

/// All hosts of a run.
pub type Observations = BTreeMap<HostName, Observation>;
