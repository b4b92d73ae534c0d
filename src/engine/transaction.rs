//! The transaction language: everything that fleet ever does to a host is one of these, as data.
//!
//! It is small, closed and declarative. Undo is derived from it by the executor, never written by an action.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names::{RemotePath, RunId, UnitName};
use crate::secrets::{KeyedDigest, SecretRef};

pub use super::check::{Check, Confirm, Gate, HttpGate, Latency, PrometheusGate};

/// All that one host undergoes in one wave: the whole of it happens, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transaction {
    /// What the plan rests on; where it no longer holds, the transaction is refused and nothing is touched.
    pub expect: Vec<Expect>,
    /// Which units run; where others do, the transaction is refused as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub running: Vec<ExpectRunning>,
    /// Files, links and directories to switch, in order; a directory comes before what is put into it.
    pub changes: Vec<Change>,
    /// Commands that must succeed once the files are switched and before anything is activated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validate: Vec<Command>,
    /// What systemd does then, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitOperation>,
    /// What must be true at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify: Vec<Verify>,
    /// A verdict to wait for from the controller, after `verify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<Confirm>,
    /// Seconds after which the host stops and undoes the run by itself.
    pub lease_seconds: u32,
    /// The same for people, by item; secrets stand as keyed digests.
    pub summary: Vec<ItemSummary>,
}

impl Transaction {
    /// Whether nothing of the host would change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.validate.is_empty() && self.units.is_empty()
    }

    /// Every content in it: of files that it writes or expects, of variables that it verifies, and of what is seen from
    /// outside.
    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        let expected = self.expect.iter().filter_map(|expect| match &expect.state {
            PathState::Deferred { content, .. } => Some(content),
            PathState::Absent | PathState::File { .. } | PathState::Link { .. } | PathState::Directory => None,
        });
        let written = self.changes.iter().filter_map(|change| match change {
            Change::Write { content, .. } => Some(content),
            Change::Link { .. } | Change::Remove { .. } | Change::Directory { .. } | Change::RemoveDirectory { .. } => {
                None
            }
        });
        let verified = self.verify.iter().filter_map(|verify| match verify {
            Verify::Environment { value, .. } => value.as_ref(),
            _ => None,
        });
        let gates = self.confirm.iter().flat_map(|confirm| &confirm.gates);
        let seen = gates.filter_map(|gate| match gate {
            Gate::Handshake { leaf, .. } => Some(leaf),
            _ => None,
        });
        expected.chain(written).chain(verified).chain(seen)
    }
}

/// What one item of a transaction does, in words that may be shown to anybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemSummary {
    /// The action, such as `env`.
    pub kind: String,
    /// The item's name in the inventory.
    pub id: String,
    /// Where it is on the host: a path, at or below which lies all that changes for it. A summary must also tell every
    /// [`Change::told`], [`Command::told`] and [`UnitOperation::told`] among its operations.
    pub place: String,
    /// What changes, in order.
    pub diff: Vec<DiffLine>,
    /// What is done beside the files, such as `restart mastodon-web.service`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<String>,
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiffLine {
    /// What changes, such as the key of an env file.
    pub subject: String,
    /// What stood there; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What will stand there; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The state of one path, bound to the host by a salted digest so that a plan tells nobody what a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The path as declared.
    pub path: RemotePath,
    /// The path with all links in it resolved; it must still resolve to this.
    pub resolved: RemotePath,
    /// What is there.
    pub state: PathState,
}

/// The units of a pattern that run: these, and no others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectRunning {
    /// Names of units, as a glob, such as `worker@*.service`.
    pub pattern: String,
    /// Those that are active, activating, reloading or deactivating; sorted.
    pub units: Vec<UnitName>,
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PathState {
    /// Nothing.
    Absent,
    /// A regular file.
    File {
        /// Salted digest of its bytes, see [`content_digest`].
        digest: String,
        /// Permission bits, octal, four digits.
        mode: String,
        /// `user:group`, by name where the host knows one.
        owner: String,
    },
    /// A regular file with deferred content, as an earlier wave of the same plan leaves it.
    Deferred {
        /// Its bytes; their digest is made when they are at hand.
        content: Content,
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
    /// A directory, whatever it holds.
    Directory,
}

/// The digest by which a file's content is named in plans and on its host: SHA-256 over the host's salt and the bytes,
/// in hexadecimal. The salt is sent to that host alone.
pub fn content_digest(salt: &str, content: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    hasher.update(salt.as_bytes());
    hasher.update(content);
    crate::text::hex(&hasher.finalize())
}

/// One path that is switched; `path` is the resolved one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// Put a regular file there.
    Write {
        /// Where.
        path: RemotePath,
        /// Its bytes.
        content: Content,
        /// [`content_digest`] of the whole of them; `None` where they are deferred, and then nothing is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
        /// Permission bits, octal; `None`: as the file there has them, 0600 for a new one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<String>,
        /// `user:group`; `None`: as the file there has them, root for a new one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
    },
    /// Put a symbolic link there.
    Link {
        /// Where.
        path: RemotePath,
        /// Its text.
        target: String,
    },
    /// Remove the file or link that is there.
    Remove {
        /// Where.
        path: RemotePath,
    },
    /// Let a directory be there. One that is there stays as it is; a new one is made while staging, so that files can be
    /// staged in it, and goes again whole when the transaction is undone.
    Directory {
        /// Where.
        path: RemotePath,
        /// Permission bits of a new one, octal; `None`: 0700.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<String>,
        /// `user:group` of a new one; `None`: root.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
    },
    /// Remove the directory that is there, with all that is in it.
    RemoveDirectory {
        /// Where.
        path: RemotePath,
    },
}

impl Change {
    /// The path that is switched.
    pub fn path(&self) -> &RemotePath {
        match self {
            Self::Write { path, .. }
            | Self::Link { path, .. }
            | Self::Remove { path }
            | Self::Directory { path, .. }
            | Self::RemoveDirectory { path } => path,
        }
    }

    /// As a summary tells it, where something goes: that stands in no file that a person could look into afterwards.
    pub fn told(&self) -> Option<String> {
        match self {
            Self::Remove { path } => Some(format!("remove {path}")),
            Self::RemoveDirectory { path } => Some(format!("remove {path} with all that is in it")),
            Self::Write { .. } | Self::Link { .. } | Self::Directory { .. } => None,
        }
    }
}

/// A file's bytes as parts in order. What stays is never copied into a plan, and secrets stand as references.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Content(pub Vec<Part>);

impl Content {
    /// The secrets in it.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretRef> {
        self.0.iter().filter_map(|part| match part {
            Part::Secret { secret, .. } => Some(secret),
            Part::Keep { .. } | Part::Text(_) | Part::Deferred { .. } | Part::HostKey { .. } | Part::Kept { .. } => {
                None
            }
        })
    }
}

/// A part of a file's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Part {
    /// Bytes of the file as it stands on the host.
    Keep {
        /// From this byte on.
        offset: u64,
        /// So many.
        length: u64,
    },
    /// These bytes.
    Text(String),
    /// The value of a secret, looked up when applied.
    Secret {
        /// Where it comes from.
        secret: SecretRef,
        /// What it was when planned: another value is refused.
        digest: KeyedDigest,
        /// In one pass from left to right, each left side becomes its right side.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        escapes: Vec<(String, String)>,
    },
    /// What does not exist yet when planned, such as a certificate to be issued; an earlier step of the run provides it.
    Deferred {
        /// The name under which it is provided.
        name: String,
        /// What it must satisfy, for people and for whoever provides it.
        constraints: BTreeMap<String, String>,
    },
    /// A private key that the host made and that never leaves it, from a file of [`HOST_KEYS`].
    HostKey {
        /// Which file.
        path: RemotePath,
    },
    /// The whole of what an earlier run replaced there: its host kept it, and it never leaves the host.
    Kept {
        /// The run, as its host names it (`RUN` or `RUN.2`).
        run: RunId,
        /// Which of the run's changes, counted from 1.
        number: u32,
        /// Of a directory that was removed: the file in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        below: Option<String>,
    },
}

/// Where hosts keep the keys that they made; root alone can enter it.
pub const HOST_KEYS: &str = "/var/lib/fleet/keys";

/// The file of a key that a host made for a certificate: named by its public key, or by what leads to it before the
/// controller knows that.
pub fn host_key(certificate: &str, name: &str) -> RemotePath {
    RemotePath::new(format!("{HOST_KEYS}/{certificate}/{name}.pem"))
}

/// A command on the host: no shell, no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Seconds after which it is stopped and counts as failed.
    pub timeout_seconds: u32,
}

impl Command {
    /// As a summary tells it.
    pub fn told(&self) -> String {
        format!("run {}", shell_words::join(&self.argv))
    }
}

/// An operation on systemd units. The executor notes the unit's state before, from which undo is derived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum UnitOperation {
    /// `systemctl daemon-reload`.
    DaemonReload,
    /// Start it.
    Start(UnitName),
    /// Stop it.
    Stop(UnitName),
    /// Restart it, or start it.
    Restart(UnitName),
    /// Let it take up its configuration without a restart.
    Reload(UnitName),
    /// Start it at boot from now on.
    Enable(UnitName),
    /// No longer start it at boot.
    Disable(UnitName),
    /// Ask it to take no new work. It can't be asked to take work again: undone, it is restarted.
    Quiet {
        /// The unit.
        unit: UnitName,
        /// The signal for its main process, such as `TSTP`; `None`: `systemctl reload` asks it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signal: Option<String>,
    },
    /// Wait until it has no work left, or that long; neighbours wait side by side. What is left then is its stop's affair.
    Drain {
        /// The unit.
        unit: UnitName,
        /// How it shows that.
        idle: Idle,
        /// Seconds.
        seconds: u32,
    },
}

/// How a unit shows that it has no work left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Idle {
    /// The title of its main process (`/proc/PID/cmdline`) matches this basic regular expression (POSIX), as Sidekiq's does.
    Title(String),
    /// The command succeeds.
    Command(Command),
}

impl Idle {
    fn told(&self) -> String {
        match self {
            Self::Title(regex) => format!("its title matches `{regex}`"),
            Self::Command(command) => format!("this succeeds: {}", command.told()),
        }
    }
}

impl UnitOperation {
    /// The verb of systemctl(1), or ours for what it has none.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::DaemonReload => "daemon-reload",
            Self::Start(_) => "start",
            Self::Stop(_) => "stop",
            Self::Restart(_) => "restart",
            Self::Reload(_) => "reload",
            Self::Enable(_) => "enable",
            Self::Disable(_) => "disable",
            Self::Quiet { .. } => "quiet",
            Self::Drain { .. } => "drain",
        }
    }

    /// As a summary tells it: whoever reads it knows all that is done.
    pub fn told(&self) -> String {
        match self {
            Self::DaemonReload => self.verb().to_owned(),
            Self::Start(unit)
            | Self::Stop(unit)
            | Self::Restart(unit)
            | Self::Reload(unit)
            | Self::Enable(unit)
            | Self::Disable(unit) => format!("{} {unit}", self.verb()),
            Self::Quiet { unit, signal: Some(signal) } => format!("quiet {unit} with {signal}"),
            Self::Quiet { unit, signal: None } => format!("quiet {unit} with a reload"),
            Self::Drain { unit, idle, seconds } => format!("drain {unit} for up to {seconds} s, until {}", idle.told()),
        }
    }

    /// The unit, where it is about one.
    pub fn unit(&self) -> Option<&UnitName> {
        match self {
            Self::DaemonReload => None,
            Self::Start(unit)
            | Self::Stop(unit)
            | Self::Restart(unit)
            | Self::Reload(unit)
            | Self::Enable(unit)
            | Self::Disable(unit)
            | Self::Quiet { unit, .. }
            | Self::Drain { unit, .. } => Some(unit),
        }
    }
}

/// What must be true at the end of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Verify {
    /// The units are active, and still are after so many seconds without a restart between.
    Active {
        /// The units.
        units: Vec<UnitName>,
        /// How long.
        seconds: u32,
    },
    /// The unit was started anew by this transaction (another invocation than before).
    StartedAnew(UnitName),
    /// The unit's main process has this in its environment.
    Environment {
        /// The unit.
        unit: UnitName,
        /// The variable.
        key: String,
        /// `None`: the variable must not be there.
        value: Option<Content>,
    },
    /// Something listens on this TCP port of the host.
    Listening(u16),
    /// The command succeeds.
    Command(Command),
}

impl Verify {
    /// The units that it looks at.
    pub fn units(&self) -> Vec<&UnitName> {
        match self {
            Self::Active { units, .. } => units.iter().collect(),
            Self::StartedAnew(unit) | Self::Environment { unit, .. } => vec![unit],
            Self::Listening(_) | Self::Command(_) => Vec::new(),
        }
    }

    /// The command that it runs.
    pub fn command(&self) -> Option<&Command> {
        match self {
            Self::Command(command) => Some(command),
            _ => None,
        }
    }
}
