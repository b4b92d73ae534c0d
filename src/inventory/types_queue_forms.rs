//! Numbers and words of queues with a form of their own.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer};

/// Cores, in thousandths: written as `0.5` or `2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cores(pub(super) u32);

/// More than any machine has.
const MOST_CORES: u32 = 65_536;

impl<'de> Deserialize<'de> for Cores {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        if !(0.0..=f64::from(MOST_CORES)).contains(&number) {
            return Err(D::Error::custom(format!("must be from 0 to {MOST_CORES}")));
        }
        // Checked above: it fits. What is not nothing is not rounded to nothing.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let thousandths = (number * 1000.0).round() as u32;
        Ok(Self(if number > 0.0 { thousandths.max(1) } else { 0 }))
    }
}

impl JsonSchema for Cores {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cores".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": MOST_CORES })
    }
}

/// A word, or `true` or `false` where that says it all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WordOrBool {
    Word(String),
    Bool(bool),
}

impl<'de> Deserialize<'de> for WordOrBool {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordVisitor;

        impl Visitor<'_> for WordVisitor {
            type Value = WordOrBool;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, true or false")
            }

            fn visit_str<E>(self, value: &str) -> Result<WordOrBool, E> {
                Ok(WordOrBool::Word(value.to_owned()))
            }

            fn visit_bool<E>(self, value: bool) -> Result<WordOrBool, E> {
                Ok(WordOrBool::Bool(value))
            }
        }

        deserializer.deserialize_any(WordVisitor)
    }
}

impl JsonSchema for WordOrBool {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "WordOrBool".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "boolean"] })
    }
}

macro_rules! counts {
    ($($(#[$meta:meta])* $name:ident, $least:literal, $most:literal;)*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
            #[serde(transparent)]
            pub(super) struct $name(pub(super) u32);

            impl JsonSchema for $name {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({ "type": "integer", "minimum": $least, "maximum": $most })
                }
            }
        )*
    };
}

counts! {
    /// What one process serves of a queue.
    Capacity, 1, 1_000_000;
    /// Processes on one host.
    Count, 0, 10_000;
}
