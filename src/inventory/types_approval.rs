//! `[approval]` as it stands in TOML.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::text::{GroupName, Located, TimeSpan};

/// Which plans need the approval of several people before they are applied, and whose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalTable {
    /// A file in the format ALLOWED SIGNERS of ssh-keygen(1): who signs with which key; relative to the inventory directory.
    pub(super) allowed_signers: Located<String>,
    /// Keys that count no more: a key revocation list, or public keys, as `ssh-keygen -r` takes it.
    #[serde(default)]
    pub(super) revoked: Option<Located<String>>,
    /// How long an approval holds, and how old a plan may be; "24h" by default.
    #[serde(default)]
    pub(super) valid: Option<Located<TimeSpan>>,
    /// Whether `--break-glass REASON` goes through without approval: true, or the principals who may; nobody by default.
    #[serde(default)]
    pub(super) break_glass: Option<Located<BreakGlassChoice>>,
    /// Who is meant by the author of a plan: a user's name on the machine where it was planned, and the principal. A user who
    /// is called as a principal, or as what stands before its `@`, needs no entry.
    #[serde(default)]
    pub(super) users: BTreeMap<Located<String>, Located<String>>,
    /// What needs approval, by a name of your choice; a plan needs the approval of every rule that it touches.
    pub(super) rules: Located<BTreeMap<Located<GroupName>, ApprovalRuleTable>>,
}

/// What needs approval, and whose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalRuleTable {
    /// The hosts that it protects: a selector; all by default.
    #[serde(default)]
    pub(super) hosts: Option<Located<String>>,
    /// The actions whose changes it protects; all by default.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) actions: Option<Vec<ActionName>>,
    /// How many people must approve; 2 by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub(super) needed: Option<Located<u32>>,
    /// The principals whose approval counts; all of `allowed_signers` by default.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) by: Option<Located<Vec<Located<String>>>>,
    /// Whether the approval of the plan's author counts; true by default. Where it does not and the author can't be told
    /// apart from the others, one more approval is needed.
    #[serde(default)]
    pub(super) author_counts: Option<bool>,
}

/// An action, as items of a plan name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActionName {
    /// Certificates.
    Cert,
    /// Env files.
    Env,
    /// Worker queues.
    Queue,
    /// Files.
    File,
    /// Units of systemd.
    Unit,
    /// Commands.
    Run,
    /// Runs that are taken back.
    Undo,
}

impl ActionName {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Cert, Self::Env, Self::Queue, Self::File, Self::Unit, Self::Run, Self::Undo];

    /// The word in the inventory, and the kind of items in plans.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cert => "cert",
            Self::Env => "env",
            Self::Queue => "queue",
            Self::File => "file",
            Self::Unit => "unit",
            Self::Run => "run",
            Self::Undo => "undo",
        }
    }
}

/// Who may do without approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BreakGlassChoice {
    Anybody(bool),
    These(Vec<Located<String>>),
}

impl<'de> Deserialize<'de> for BreakGlassChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ChoiceVisitor;

        impl<'de> Visitor<'de> for ChoiceVisitor {
            type Value = BreakGlassChoice;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or an array")
            }

            fn visit_bool<E>(self, value: bool) -> Result<BreakGlassChoice, E> {
                Ok(BreakGlassChoice::Anybody(value))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<BreakGlassChoice, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(BreakGlassChoice::These)
            }
        }

        deserializer.deserialize_any(ChoiceVisitor)
    }
}

impl JsonSchema for BreakGlassChoice {
    fn schema_name() -> Cow<'static, str> {
        "BreakGlass".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "boolean" },
            { "type": "array", "items": { "type": "string" }, "minItems": 1 },
        ] })
    }
}
