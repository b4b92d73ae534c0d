//! A playbook as it stands in TOML. These types are the one source of its form, as those of the inventory are of its.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::engine::plan::OnFailure;
use crate::inventory::{AbsolutePath, GroupName, Located, Percent, ShortTime, TimeSpan, UnitText, VariableName};
use crate::secrets::SecretRef;

/// What may be given with `--set`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct VariablesDocument {
    /// The variables of the playbook, by name: `${NAME}` in a string of the playbook stands for the value, and a string that
    /// is nothing but `${NAME}` for the value with its type. `$${` is a `${` as it stands.
    pub(super) vars: BTreeMap<Located<VariableName>, VariableTable>,
}

/// One variable.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct VariableTable {
    /// What it holds; "string" by default.
    #[serde(rename = "type")]
    pub(super) kind: Option<Located<VariableType>>,
    /// What it is for.
    pub(super) description: Option<Located<String>>,
    /// Its value where none is given; without one it must be given.
    pub(super) default: Option<Located<Scalar>>,
    /// What a "choice" may be.
    #[schemars(length(min = 1))]
    pub(super) choices: Option<Located<Vec<String>>>,
}

/// What a variable holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VariableType {
    /// Any text on one line.
    #[default]
    String,
    /// A whole number.
    Int,
    /// true or false.
    Bool,
    /// One of its `choices`.
    Choice,
    /// Where a secret comes from, never the secret itself: `--set NAME=env:VARIABLE`, `file:PATH` or `age:PATH`.
    Secret,
}

impl VariableType {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Choice => "choice",
            Self::Secret => "secret",
        }
    }
}

/// The value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Text(String),
    Integer(i64),
    Bool(bool),
    Secret(SecretRef),
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScalarVisitor;

        impl<'de> Visitor<'de> for ScalarVisitor {
            type Value = Scalar;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string, an integer, true or false, or a table with the key `secret`")
            }

            fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_owned()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar::Integer(value))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Scalar, E> {
                i64::try_from(value).map(Scalar::Integer).map_err(E::custom)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar::Bool(value))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
                let mut secret = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key != "secret" {
                        return Err(A::Error::custom("a table here has the key `secret` alone"));
                    }
                    secret = Some(map.next_value()?);
                }
                secret.map(Scalar::Secret).ok_or_else(|| A::Error::custom("the key `secret` is missing"))
            }
        }

        deserializer.deserialize_any(ScalarVisitor)
    }
}

/// For the schema alone.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its fields are the schema's")]
struct SecretTable {
    /// Where the secret comes from.
    secret: SecretRef,
}

impl JsonSchema for Scalar {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let secret = generator.subschema_for::<SecretTable>();
        json_schema!({ "anyOf": [{ "type": ["string", "integer", "boolean"] }, secret] })
    }
}

/// The steps of a playbook.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepsDocument {
    /// What it is for, in a sentence.
    #[serde(default)]
    pub(super) description: Option<Located<String>>,
    /// What is done, in order.
    #[schemars(length(min = 1))]
    pub(super) steps: Vec<Located<StepTable>>,
}

/// One step: an action for some of its items, on some hosts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepTable {
    /// Its name, which no other step has; the action by default.
    #[serde(default)]
    pub(super) name: Option<Located<GroupName>>,
    /// What it does.
    pub(super) action: Located<ActionName>,
    /// Items of the inventory or of this file, by name; globs match. All of the action by default.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) items: Option<Located<Vec<Located<String>>>>,
    /// A selector; all hosts of the items by default.
    #[serde(default)]
    pub(super) hosts: Option<Located<String>>,
    /// How it goes from host to host; as the action has it by default.
    #[serde(default)]
    pub(super) rollout: Option<Located<RolloutTable>>,
    /// What must be good after each wave, before the next begins.
    #[serde(default)]
    pub(super) gates: Vec<Located<GateTable>>,
}

/// What a step can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActionName {
    /// Certificates: issued, distributed, and served.
    Cert,
    /// Environment files.
    Env,
    /// Worker queues.
    Queue,
    /// Files, directories and links.
    File,
    /// Units of systemd.
    Unit,
    /// Commands.
    Run,
}

impl ActionName {
    /// As reports name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cert => "cert",
            Self::Env => "env",
            Self::Queue => "queue",
            Self::File => "file",
            Self::Unit => "unit",
            Self::Run => "run",
        }
    }
}

/// How a step goes from host to host.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RolloutTable {
    /// How many hosts go first, as a number or a share such as "10%" of those that change; a failure there always stops
    /// the run.
    pub(super) canary: Option<Located<SizeText>>,
    /// How many hosts go at a time after that, as a number or a share; all by default.
    pub(super) batch: Option<Located<SizeText>>,
    /// How long to wait between two waves, such as "30s".
    pub(super) pause: Option<Located<TimeSpan>>,
    /// How many hosts of the step may fail before the run stops; none by default.
    pub(super) max_failures: Option<Located<u32>>,
    /// At most so many hosts at a time that have the same value of a host variable, such as `{ region = 1 }`.
    pub(super) at_most: BTreeMap<Located<String>, Located<AtMost>>,
    /// Groups or hosts in order, such as "cdn, web": each is done before the next begins; those that are not named come last.
    pub(super) order: Option<Located<String>>,
    /// What becomes of what the run has changed where it stops; "stop" leaves it, and is the default.
    pub(super) on_failure: Option<Located<OnFailure>>,
}

/// Hosts of one value of a variable.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct AtMost(pub(super) u32);

impl JsonSchema for AtMost {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AtMost".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": 100_000 })
    }
}

/// A number of hosts, or a share of them.
#[derive(Debug)]
pub(super) enum SizeText {
    Hosts(u32),
    Share(Percent),
}

impl<'de> Deserialize<'de> for SizeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Hosts(u32),
            Share(Percent),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Hosts(hosts) => Self::Hosts(hosts),
            Form::Share(share) => Self::Share(share),
        })
    }
}

impl JsonSchema for SizeText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let share = generator.subschema_for::<Percent>();
        json_schema!({ "anyOf": [{ "type": "integer", "minimum": 1, "maximum": 100_000 }, share] })
    }
}

/// What must be good: exactly one of `http`, `tcp`, `tls`, `command`, `unit`, `prometheus` and `disk`, and what belongs to it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct GateTable {
    /// A URL that is asked for.
    pub(super) http: Option<Located<String>>,
    /// A port of each host that takes a connection.
    #[schemars(range(min = 1))]
    pub(super) tcp: Option<Located<u16>>,
    /// A port of each host that presents a certificate that the world trusts.
    #[schemars(range(min = 1))]
    pub(super) tls: Option<Located<u16>>,
    /// A command that succeeds on each host: a line for `sh`, or a program and its arguments. It must change nothing.
    pub(super) command: Option<Located<CommandText>>,
    /// A unit that is active on each host, and was not restarted.
    pub(super) unit: Option<Located<UnitText>>,
    /// A Prometheus server that is asked, such as `http://prometheus:9090`.
    pub(super) prometheus: Option<Located<String>>,
    /// A path whose file system is filled below a share, on each host.
    pub(super) disk: Option<Located<DiskPath>>,
    /// The hosts that are looked at: a selector; those of the wave by default.
    pub(super) on: Option<Located<String>>,
    /// Of `http`: whether each host of the wave is asked, whatever DNS says of the URL's name.
    pub(super) at: Option<Located<At>>,
    /// Of `http`: the status that is good, or several; 200 by default.
    pub(super) status: Option<Located<StatusText>>,
    /// Of `http`: a regular expression that the body matches somewhere.
    pub(super) body: Option<Located<String>>,
    /// Of `http`: how many requests are made; each must be good.
    pub(super) requests: Option<Located<Requests>>,
    /// Of `http`: how long half of the requests may take, such as "300ms".
    pub(super) p50: Option<Located<ShortTime>>,
    /// Of `http`: how long 90 % of the requests may take.
    pub(super) p90: Option<Located<ShortTime>>,
    /// Of `http`: how long 95 % of the requests may take.
    pub(super) p95: Option<Located<ShortTime>>,
    /// Of `http`: how long 99 % of the requests may take.
    pub(super) p99: Option<Located<ShortTime>>,
    /// Of `tls`: the name that is asked for.
    pub(super) name: Option<Located<String>>,
    /// Of `tls`: for how many days the certificate must be valid yet; 1 by default.
    pub(super) days: Option<Located<u32>>,
    /// Of `unit`: for how long it must have been active; "5s" by default.
    pub(super) steady: Option<Located<TimeSpan>>,
    /// Of `prometheus`: what is asked, in `PromQL`.
    pub(super) query: Option<Located<String>>,
    /// Of `prometheus`: at most so much.
    pub(super) at_most: Option<Located<Number>>,
    /// Of `prometheus`: at least so much.
    pub(super) at_least: Option<Located<Number>>,
    /// Of `disk`: the share that may be used, such as "90%".
    pub(super) below: Option<Located<Percent>>,
    /// Of `http`, `tls` and `prometheus`: a file with certificates of authorities (PEM), relative to the inventory directory,
    /// which alone are trusted; those of this machine by default.
    pub(super) ca_file: Option<Located<String>>,
    /// How often it is looked at; until the time is up by default.
    pub(super) tries: Option<Located<Tries>>,
    /// How long it may take to become good; "30s" by default.
    pub(super) timeout: Option<Located<TimeSpan>>,
}

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum At {
    /// Whoever DNS says.
    Dns,
    /// Each host by its own address.
    Hosts,
}

macro_rules! bounded {
    ($($(#[$meta:meta])* $name:ident($inner:ty), $schema:tt;)*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Deserialize)]
            #[serde(transparent)]
            pub(super) struct $name(pub(super) $inner);

            impl JsonSchema for $name {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!($schema)
                }
            }
        )*
    };
}

bounded! {
    /// Requests of one look.
    Requests(u32), { "type": "integer", "minimum": 1, "maximum": 1000 };
    /// Looks.
    Tries(u32), { "type": "integer", "minimum": 1, "maximum": 1000 };
    /// A decimal number.
    Number(f64), { "type": "number" };
}

/// A path on a host; `/` as well.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct DiskPath(pub(super) String);

impl JsonSchema for DiskPath {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DiskPath".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        // The root is a path as well, and the one that is most often full.
        let path = AbsolutePath::json_schema(generator);
        let pattern = path.get("pattern").and_then(serde_json::Value::as_str).unwrap_or_default();
        let pattern = format!("^/$|{pattern}");
        json_schema!({ "type": "string", "pattern": pattern })
    }
}

/// Status codes.
#[derive(Debug)]
pub(super) struct StatusText(pub(super) Vec<u16>);

impl<'de> Deserialize<'de> for StatusText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            One(u16),
            Several(Vec<u16>),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::One(one) => Self(vec![one]),
            Form::Several(several) => Self(several),
        })
    }
}

impl JsonSchema for StatusText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "StatusCodes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 100, "maximum": 599 },
            { "type": "array", "minItems": 1, "items": { "type": "integer", "minimum": 100, "maximum": 599 } },
        ] })
    }
}

/// A line for `sh`, or a program and its arguments.
#[derive(Debug)]
pub(super) enum CommandText {
    Line(String),
    Words(Vec<String>),
}

impl<'de> Deserialize<'de> for CommandText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Line(String),
            Words(Vec<String>),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Line(line) => Self::Line(line),
            Form::Words(words) => Self::Words(words),
        })
    }
}

impl JsonSchema for CommandText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Command".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "minItems": 1, "items": { "type": "string" } },
        ] })
    }
}
