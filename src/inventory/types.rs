//! The declarations as they stand in TOML. These types are the one source: the JSON Schema, the checks of shape and
//! the deserialisation all come from them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::lab::LabTable;
use super::rule::ValueType;
use super::text::{
    AbsolutePath, Address, ByteSize, EnvKey, GroupName, HostText, Located, ModeText, Owner, SshOption, TimeSpan,
    UnitPattern, UserName,
};
use super::types_acme::{AcmeTable, DnsTable};
use super::types_approval::ApprovalTable;
use super::types_cert::{CertTable, NotifyTable, StoreTable};
use super::types_file::FileTable;
use super::types_queue::{DatabaseTable, PlacementTable, QueueTable, RedisTable, WorkerTable};
use super::types_unit::{RunTable, UnitTable};
use crate::secrets::SecretRef;

/// What a team declares about its hosts. All `*.toml` files of the inventory directory together form one of these.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "fleet inventory")]
pub(super) struct Document {
    /// How every host is reached; all else comes from the user's own ssh configuration.
    pub(super) ssh: SshTable,
    /// The hosts, by name.
    pub(super) hosts: BTreeMap<Located<HostText>, HostTable>,
    /// Groups of hosts, each a selector such as `"cdn-*, sally"`.
    pub(super) groups: GroupsTable,
    /// Env files, by a name of your choice.
    pub(super) env: BTreeMap<Located<GroupName>, EnvTable>,
    /// Accounts at certificate authorities, by a name of your choice; certificates use "default" unless they say otherwise.
    pub(super) acme: BTreeMap<Located<GroupName>, AcmeTable>,
    /// Who answers for DNS zones, by a name of your choice.
    pub(super) dns: BTreeMap<Located<GroupName>, DnsTable>,
    /// Certificates, by a name of your choice.
    pub(super) certs: BTreeMap<Located<GroupName>, CertTable>,
    /// Where certificates are kept on this side.
    pub(super) store: StoreTable,
    /// Who is told when a certificate is not as it should be, by a name of your choice.
    pub(super) notify: BTreeMap<Located<GroupName>, NotifyTable>,
    /// Databases whose connections workers share, by a name of your choice.
    pub(super) database: BTreeMap<Located<GroupName>, DatabaseTable>,
    /// Redis servers that hold queues, by a name of your choice.
    pub(super) redis: BTreeMap<Located<GroupName>, RedisTable>,
    /// Kinds of workers, by a name of your choice.
    pub(super) workers: BTreeMap<Located<GroupName>, WorkerTable>,
    /// Queues, by their names in Redis.
    pub(super) queues: BTreeMap<Located<GroupName>, QueueTable>,
    /// What a group or a host allows to workers.
    pub(super) placement: BTreeMap<Located<GroupName>, PlacementTable>,
    /// Files, links and directories, by a name of your choice.
    pub(super) file: BTreeMap<Located<GroupName>, FileTable>,
    /// Units of systemd: state, drop-ins and timers, by a name of your choice.
    pub(super) unit: BTreeMap<Located<GroupName>, UnitTable>,
    /// Commands, by a name of your choice.
    pub(super) run: BTreeMap<Located<GroupName>, RunTable>,
    /// Which plans need the approval of several people before they are applied, and whose.
    pub(super) approval: Option<ApprovalTable>,
    /// The rehearsal: what `fleet lab` adds to its hosts, and what there is beside them.
    pub(super) lab: LabTable,
}

/// How every host is reached.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SshTable {
    /// The user to log in as; else ssh decides.
    pub(super) user: Option<Located<UserName>>,
    /// The TCP port of sshd; else ssh decides.
    #[schemars(range(min = 1))]
    pub(super) port: Option<Located<u16>>,
    /// Whether to become root with `sudo -n`.
    pub(super) sudo: Option<Located<bool>>,
    /// How long an idle connection stays open between runs, such as "10m" (the default); "0s" closes it at the end of a run.
    pub(super) persist: Option<Located<TimeSpan>>,
    /// Any option of `ssh_config(5)`, such as `KexAlgorithms`.
    pub(super) options: BTreeMap<Located<SshOption>, Located<String>>,
    /// What differs for a group or a host.
    pub(super) on: BTreeMap<Located<GroupName>, SshOn>,
}

/// How one group or host is reached.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SshOn {
    /// The user to log in as.
    pub(super) user: Option<Located<UserName>>,
    /// The TCP port of sshd.
    #[schemars(range(min = 1))]
    pub(super) port: Option<Located<u16>>,
    /// Whether to become root with `sudo -n`.
    pub(super) sudo: Option<Located<bool>>,
    /// How long an idle connection stays open between runs, such as "10m".
    pub(super) persist: Option<Located<TimeSpan>>,
    /// Any option of `ssh_config(5)`; added to those of all hosts.
    pub(super) options: BTreeMap<Located<SshOption>, Located<String>>,
}

/// One host.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HostTable {
    /// DNS name or IP address; else ssh resolves the host's name.
    pub(super) address: Option<Located<Address>>,
    /// Number of CPUs; else observed.
    #[schemars(range(min = 1, max = 65536))]
    pub(super) cpus: Option<u32>,
    /// Memory, such as "64GiB"; else observed.
    pub(super) memory: Option<ByteSize>,
    /// Free values, for templates and failure domains.
    pub(super) vars: BTreeMap<String, VarValue>,
}

/// A free value of a host.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum VarValue {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// An array.
    List(Vec<VarValue>),
    /// A table.
    Table(BTreeMap<String, VarValue>),
}

impl<'de> Deserialize<'de> for VarValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VarVisitor)
    }
}

struct VarVisitor;

impl<'de> Visitor<'de> for VarVisitor {
    type Value = VarValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number, true or false, an array or a table")
    }

    fn visit_str<E>(self, value: &str) -> Result<VarValue, E> {
        Ok(VarValue::Text(value.to_owned()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<VarValue, E> {
        Ok(VarValue::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<VarValue, E> {
        i64::try_from(value).map(VarValue::Integer).map_err(E::custom)
    }

    fn visit_f64<E>(self, value: f64) -> Result<VarValue, E> {
        Ok(VarValue::Float(value))
    }

    fn visit_bool<E>(self, value: bool) -> Result<VarValue, E> {
        Ok(VarValue::Bool(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<VarValue, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(VarValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<VarValue, A::Error> {
        let mut table = BTreeMap::new();
        while let Some((key, value)) = map.next_entry()? {
            table.insert(key, value);
        }
        Ok(VarValue::Table(table))
    }
}

impl JsonSchema for VarValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "VarValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer", "number", "boolean", "array", "object"] })
    }
}

/// The groups, and which of them is stronger.
#[derive(Debug, Default)]
pub(super) struct GroupsTable {
    /// From the weakest to the strongest: where two groups of a host override the same key, the later one wins.
    pub(super) order: Vec<Located<GroupName>>,
    pub(super) groups: BTreeMap<Located<GroupName>, Located<String>>,
}

impl<'de> Deserialize<'de> for GroupsTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct GroupsVisitor;

        impl<'de> Visitor<'de> for GroupsVisitor {
            type Value = GroupsTable;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of groups")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<GroupsTable, A::Error> {
                let mut table = GroupsTable::default();
                while let Some(name) = map.next_key::<Located<GroupName>>()? {
                    if name.as_str() == "order" {
                        table.order = map.next_value()?;
                    } else if table.groups.insert(name, map.next_value()?).is_some() {
                        return Err(A::Error::custom("a group is declared twice"));
                    }
                }
                Ok(table)
            }
        }

        deserializer.deserialize_map(GroupsVisitor)
    }
}

impl JsonSchema for GroupsTable {
    fn schema_name() -> Cow<'static, str> {
        "Groups".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = generator.subschema_for::<GroupName>();
        json_schema!({
            "type": "object",
            "properties": {
                "order": {
                    "description": "From the weakest to the strongest: where two groups of a host override the same key, the later one wins.",
                    "type": "array",
                    "items": name,
                },
            },
            "propertyNames": name,
            "additionalProperties": { "type": "string" },
        })
    }
}

/// One env file on some hosts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EnvTable {
    /// The absolute path of the file on each host.
    pub(super) path: Located<AbsolutePath>,
    /// Which reader counts; the readers disagree on quotes, `#`, `$` and `export`.
    #[serde(default)]
    pub(super) format: EnvFormat,
    /// The hosts that have the file: a selector.
    pub(super) hosts: Located<String>,
    /// Owner and group, such as "mastodon:mastodon"; else left as they are.
    pub(super) owner: Option<Owner>,
    /// Permission bits in octal, such as "0640"; else left as they are.
    pub(super) mode: Option<Located<ModeText>>,
    /// The units that read the file: names or globs.
    #[serde(default)]
    pub(super) units: Vec<UnitPattern>,
    /// What to do with the running units after a change.
    #[serde(default)]
    pub(super) restart: Restart,
    /// What to do with keys of the file that are not declared.
    #[serde(default)]
    pub(super) extra: Extra,
    /// The keys: a value, or a table with a rule, a value or a secret.
    #[serde(default)]
    pub(super) keys: BTreeMap<Located<EnvKey>, Located<KeyEntry>>,
    /// What differs for a group or a host.
    #[serde(default)]
    pub(super) on: BTreeMap<Located<GroupName>, EnvOn>,
}

/// What differs in an env file for one group or host.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EnvOn {
    /// The keys that differ; each part of a rule is overridden by itself.
    pub(super) keys: BTreeMap<Located<EnvKey>, Located<KeyEntry>>,
}

/// Who reads an env file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EnvFormat {
    /// The application itself, with a dotenv library.
    #[default]
    Dotenv,
    /// systemd, with `EnvironmentFile=`.
    Systemd,
    /// Docker, with `env_file` or `--env-file`.
    Docker,
}

/// What happens to the running units after a file changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Restart {
    /// Restart those that run.
    #[default]
    Restart,
    /// Reload those that run.
    Reload,
    /// Leave them; they stay stale.
    None,
}

/// What happens to keys that are not declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Extra {
    /// They stay.
    #[default]
    Keep,
    /// They stay, and are reported as drift.
    Report,
    /// They are removed.
    Remove,
}

/// What is declared for one key: `"value"` for short, or a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum KeyEntry {
    Text(String),
    Table(Box<KeyTable>),
}

/// A rule for the value of a key, the value itself, or where the secret comes from.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("minProperties" = 1))]
pub(super) struct KeyTable {
    /// The value.
    pub(super) value: Option<Located<String>>,
    /// Where the value comes from, when it is a secret.
    pub(super) secret: Option<Located<SecretRef>>,
    /// What the value must look like.
    #[serde(rename = "type")]
    pub(super) kind: Option<Located<ValueType>>,
    /// The least value of an `int` or `port`.
    pub(super) min: Option<Located<i64>>,
    /// The greatest value of an `int` or `port`.
    pub(super) max: Option<Located<i64>>,
    /// The values that are allowed.
    #[serde(rename = "enum")]
    #[schemars(length(min = 1))]
    pub(super) one_of: Option<Located<Vec<String>>>,
    /// A regular expression that the whole value must match.
    pub(super) regex: Option<Located<String>>,
    /// Whether the key must be in the file.
    pub(super) required: Option<Located<bool>>,
    /// Whether the key must not be in the file.
    pub(super) forbidden: Option<Located<bool>>,
    /// Whether the value is never shown, though it is no secret of the inventory.
    pub(super) sensitive: Option<Located<bool>>,
}

impl<'de> Deserialize<'de> for KeyEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = KeyEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a table")
            }

            fn visit_str<E>(self, value: &str) -> Result<KeyEntry, E> {
                Ok(KeyEntry::Text(value.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeyEntry, A::Error> {
                KeyTable::deserialize(MapAccessDeserializer::new(map)).map(|table| KeyEntry::Table(Box::new(table)))
            }
        }

        deserializer.deserialize_any(KeyVisitor)
    }
}

impl JsonSchema for KeyEntry {
    fn schema_name() -> Cow<'static, str> {
        "KeyEntry".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<KeyTable>();
        json_schema!({ "anyOf": [{ "type": "string" }, table] })
    }
}
