//! What may be written in two ways: a word or a table, one command or several.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::text::Located;
use super::types_acme::SecretValue;
use crate::secrets::SecretRef;

/// A URL, or where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Webhook {
    Url(String),
    Secret(SecretRef),
}

impl<'de> Deserialize<'de> for Webhook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WebhookVisitor;

        impl<'de> Visitor<'de> for WebhookVisitor {
            type Value = Webhook;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a table")
            }

            fn visit_str<E>(self, value: &str) -> Result<Webhook, E> {
                Ok(Webhook::Url(value.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Webhook, A::Error> {
                SecretValue::deserialize(MapAccessDeserializer::new(map)).map(|value| Webhook::Secret(value.secret))
            }
        }

        deserializer.deserialize_any(WebhookVisitor)
    }
}

impl JsonSchema for Webhook {
    fn schema_name() -> Cow<'static, str> {
        "Webhook".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let secret = generator.subschema_for::<SecretValue>();
        json_schema!({ "anyOf": [{ "type": "string" }, secret] })
    }
}

/// The name of a `[dns]` table for all domains, or one for each.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum DnsChoice {
    All(String),
    Each(BTreeMap<Located<String>, Located<String>>),
}

impl<'de> Deserialize<'de> for DnsChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DnsVisitor;

        impl<'de> Visitor<'de> for DnsVisitor {
            type Value = DnsChoice;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a table")
            }

            fn visit_str<E>(self, value: &str) -> Result<DnsChoice, E> {
                Ok(DnsChoice::All(value.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<DnsChoice, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(DnsChoice::Each)
            }
        }

        deserializer.deserialize_any(DnsVisitor)
    }
}

impl JsonSchema for DnsChoice {
    fn schema_name() -> Cow<'static, str> {
        "DnsChoice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string" },
            { "type": "object", "additionalProperties": { "type": "string" }, "minProperties": 1 },
        ] })
    }
}

/// One command (an array of words), or several (an array of arrays).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commands(pub(super) Vec<CommandItem>);

/// A word of the one command, or one of several commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CommandItem {
    Word(String),
    Command(Vec<String>),
}

impl<'de> Deserialize<'de> for Commands {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for CommandItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemVisitor;

        impl<'de> Visitor<'de> for ItemVisitor {
            type Value = CommandItem;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an array")
            }

            fn visit_str<E>(self, value: &str) -> Result<CommandItem, E> {
                Ok(CommandItem::Word(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<CommandItem, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(CommandItem::Command)
            }
        }

        deserializer.deserialize_any(ItemVisitor)
    }
}

impl JsonSchema for Commands {
    fn schema_name() -> Cow<'static, str> {
        "Commands".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": { "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" }, "minItems": 1 },
            ] },
        })
    }
}
