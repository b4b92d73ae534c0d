//! `[unit]` and `[run]` as they stand in TOML.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::text::{AbsolutePath, DropInName, Located, TimeSpan, UnitText, UserName, VariableName};
use super::types::Restart;

/// A unit of systemd on some hosts: what is said of it is kept so, and nothing else is looked at.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitTable {
    /// Its full name, such as "nginx.service"; else the table's name with ".service".
    #[serde(default)]
    pub(super) unit: Option<Located<UnitText>>,
    /// The hosts that have it: a selector.
    pub(super) hosts: Located<String>,
    /// Whether it is to run; of a timer, "running" by default.
    #[serde(default)]
    pub(super) state: Option<Located<UnitState>>,
    /// Whether it is started at boot; of a timer, true by default.
    #[serde(default)]
    pub(super) enabled: Option<Located<bool>>,
    /// What is added to its unit file, by a name of your choice: the text of a drop-in (systemd.unit(5)). No secrets.
    #[serde(default)]
    pub(super) drop_ins: BTreeMap<Located<DropInName>, Located<String>>,
    /// What to do with it, where it runs, after its files changed.
    #[serde(default)]
    pub(super) restart: Restart,
    /// A command that runs by the calendar: fleet writes the table's name with ".service" and ".timer".
    #[serde(default)]
    pub(super) timer: Option<Located<TimerTable>>,
}

/// Whether a unit runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnitState {
    /// It is active.
    Running,
    /// It is not.
    Stopped,
}

/// A command that runs by the calendar.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TimerTable {
    /// When, as `OnCalendar=` takes it (systemd.time(7)), such as "*-*-* 03:00:00 UTC" or "daily".
    pub(super) calendar: Located<String>,
    /// The program and its arguments, or a string that `/bin/sh -c` runs. No secrets.
    pub(super) command: Located<CommandForm>,
    /// The user as whom it runs; root by default.
    #[serde(default)]
    pub(super) user: Option<Located<UserName>>,
    /// The directory that it runs in.
    #[serde(default)]
    pub(super) directory: Option<Located<AbsolutePath>>,
    /// Whether a time that passed while the host was down is made up for.
    #[serde(default)]
    pub(super) persistent: bool,
    /// How late systemd may run it, to wake up less often; one minute by default.
    #[serde(default)]
    pub(super) accuracy: Option<TimeSpan>,
    /// It runs up to so much later, by chance, so that not all hosts run it at once.
    #[serde(default)]
    pub(super) random_delay: Option<TimeSpan>,
    /// After which it is ended and has failed; without one it may run for ever.
    #[serde(default)]
    pub(super) timeout: Option<Located<TimeSpan>>,
    /// For people who look at the host; else the table's name.
    #[serde(default)]
    pub(super) description: Option<Located<String>>,
}

/// A command that is run on some hosts when `apply` says so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunTable {
    /// The hosts on which it runs: a selector.
    pub(super) hosts: Located<String>,
    /// The program and its arguments, or a string that `sh -c` runs. No secrets: everybody on the host can read it.
    pub(super) command: Located<CommandForm>,
    /// A read-only command: where it succeeds, nothing is to be done.
    #[serde(default)]
    pub(super) unless: Option<Located<CommandForm>>,
    /// A path that the command makes: where it is, nothing is to be done.
    #[serde(default)]
    pub(super) creates: Option<Located<AbsolutePath>>,
    /// A read-only command: only where it succeeds is there anything to be done.
    #[serde(default)]
    pub(super) changed_when: Option<Located<CommandForm>>,
    /// The user as whom it runs, and its guard; root by default.
    #[serde(default)]
    pub(super) user: Option<Located<UserName>>,
    /// The directory that it runs in; "/" by default.
    #[serde(default)]
    pub(super) directory: Option<Located<AbsolutePath>>,
    /// After which it is ended and has failed; "5m" by default.
    #[serde(default)]
    pub(super) timeout: Option<Located<TimeSpan>>,
    /// Variables of its environment. No secrets.
    #[serde(default)]
    pub(super) environment: BTreeMap<Located<VariableName>, Located<String>>,
}

/// A program with its arguments, or a line for the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CommandForm {
    Words(Vec<String>),
    Shell(String),
}

impl<'de> Deserialize<'de> for CommandForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CommandVisitor;

        impl<'de> Visitor<'de> for CommandVisitor {
            type Value = CommandForm;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an array")
            }

            fn visit_str<E>(self, value: &str) -> Result<CommandForm, E> {
                Ok(CommandForm::Shell(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<CommandForm, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(CommandForm::Words)
            }
        }

        deserializer.deserialize_any(CommandVisitor)
    }
}

impl JsonSchema for CommandForm {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "CommandForm".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" }, "minItems": 1 },
        ] })
    }
}
