//! A line of the journal, and how it is read: as this version wrote it, as older ones did, or as a newer one may.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::incident::CheckSeen;
use crate::engine::plan::{Author, InventoryStamp};
use crate::engine::run::GateSeen;
use crate::engine::transaction::ItemSummary;
use crate::names::{HostName, RunId};

/// The format that this version writes.
pub const SCHEMA: &str = "fleet/journal/v2";

/// The format of lines that are not chained; they are read as well.
pub const UNCHAINED: &str = "fleet/journal/v1";

/// One line: what one run did to one host. Secrets stand in it as keyed digests.
///
/// Without a host and without changes it tells of the run as a whole: its gates, how long it took, how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// [`SCHEMA`]; in lines of older versions [`UNCHAINED`].
    pub schema: String,
    /// When the host's turn came; of an ending: when it ended.
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
    /// Its place among the lines of its writer; the journal itself fills it in.
    #[serde(flatten)]
    pub chain: Option<Chain>,
    /// The address from which whoever ran fleet was logged in to the machine that it ran on, by SSH.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The fingerprint of the key of that log-in, where sshd tells it (`ExposeAuthInfo`, `sshd_config(5)`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The job that ran fleet, as an address, where it was a CI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<String>,
    /// The playbook that was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook: Option<String>,
    /// The wave, as the plan calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wave: Option<String>,
    /// The step of the playbook that the wave belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
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

/// A line's place in the chain of its writer, which shows when a line is changed, removed, moved or put in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chain {
    /// Which journal: a random name, made with its first line.
    pub writer: String,
    /// The writer's lines, counted from 1.
    pub seq: u64,
    /// SHA-256 of the chain's line before, in hexadecimal: of its bytes without the newline, and where unchained lines
    /// follow it, of all up to this one. Of a first line: of all that stood before it, or of nothing.
    pub prev: String,
    /// What its writer found when it wrote the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noticed: Option<Noticed>,
}

/// What was not as it should be when a line was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Noticed {
    /// The line before it was cut: fleet was killed at it, or the disk was full.
    TornLine,
    /// `journal/head` was gone or of no use.
    LostHead,
    /// Lines that `journal/head` knew of were gone.
    LostLines,
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
    pub check: Option<CheckSeen>,
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

/// What a line of a journal turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// One that this version knows.
    Line(Box<Line>),
    /// One of a newer version, with the name of its format.
    Newer(String),
    /// None at all: cut, or not fleet's.
    Unreadable,
}

#[derive(Deserialize)]
struct Named {
    schema: String,
}

impl Reading {
    /// Of a line's bytes, without the newline.
    pub fn of(bytes: &[u8]) -> Self {
        if let Ok(line) = serde_json::from_slice::<Line>(bytes)
            && (line.schema == SCHEMA || line.schema == UNCHAINED)
        {
            return Self::Line(Box::new(line));
        }
        match serde_json::from_slice::<Named>(bytes) {
            Ok(Named { schema }) if is_newer(&schema) => Self::Newer(schema),
            _ => Self::Unreadable,
        }
    }

    /// Whether a line is of a newer version, without reading it whole.
    pub(super) fn is_newer(bytes: &[u8]) -> bool {
        serde_json::from_slice::<Named>(bytes).is_ok_and(|named| is_newer(&named.schema))
    }
}

fn is_newer(schema: &str) -> bool {
    schema.starts_with("fleet/journal/") && schema != SCHEMA && schema != UNCHAINED
}
