//! What the value of a key must be. A violation never repeats the value, which may be a secret.

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the value of a key looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    /// Any text.
    String,
    /// A decimal integer.
    Int,
    /// Exactly `true` or `false`.
    Bool,
    /// A TCP or UDP port, 1 to 65535.
    Port,
    /// A URL with scheme and host.
    Url,
}

/// A regular expression that the whole of a value must match.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Compiles `text`, anchored at both ends.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        // By itself first: `a)(b` only compiles once it is wrapped.
        Regex::new(text)?;
        let regex = Regex::new(&format!("^(?:{text})$"))?;
        Ok(Self { text: text.to_owned(), regex })
    }

    /// The expression as declared.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `value` matches.
    pub fn matches(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// What a value must be; the default allows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// What it looks like.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<ValueType>,
    /// The least value of an `int` or `port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The greatest value of an `int` or `port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// The values that are allowed; empty: all.
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<String>,
    /// A regular expression for the whole value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<Pattern>,
    /// The key must be in the file.
    pub required: bool,
    /// The key must not be in the file.
    pub forbidden: bool,
    /// The value is never shown.
    pub sensitive: bool,
}

/// Why a value does not satisfy its rule; fits "the value …", and never repeats the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleViolation {
    /// Not of the declared type.
    #[error("is not {0}")]
    Type(&'static str),
    /// Below the least value.
    #[error("is less than {0}")]
    Min(i64),
    /// Above the greatest value.
    #[error("is more than {0}")]
    Max(i64),
    /// None of the allowed values.
    #[error("is none of {0}")]
    OneOf(String),
    /// The regular expression does not match.
    #[error("does not match /{0}/")]
    Regex(String),
    /// The key must not be there at all.
    #[error("must not be there: the key is forbidden")]
    Forbidden,
}

impl RuleViolation {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Type(_) => "value-type",
            Self::Min(_) | Self::Max(_) => "value-range",
            Self::OneOf(_) => "value-enum",
            Self::Regex(_) => "value-regex",
            Self::Forbidden => "key-forbidden",
        }
    }
}

impl Rule {
    /// Whether `value` is allowed: the first violation, or none.
    pub fn check(&self, value: &str) -> Result<(), RuleViolation> {
        if self.forbidden {
            return Err(RuleViolation::Forbidden);
        }
        match self.kind {
            None | Some(ValueType::String) => {}
            Some(ValueType::Int) => self.check_range(value, "an integer")?,
            Some(ValueType::Port) => {
                if !value.parse::<u16>().is_ok_and(|port| port > 0) {
                    return Err(RuleViolation::Type("a port from 1 to 65535"));
                }
                self.check_range(value, "a port from 1 to 65535")?;
            }
            Some(ValueType::Bool) => {
                if value != "true" && value != "false" {
                    return Err(RuleViolation::Type("exactly `true` or `false`"));
                }
            }
            Some(ValueType::Url) => {
                if !url::Url::parse(value).is_ok_and(|url| url.has_host()) {
                    return Err(RuleViolation::Type("a URL with scheme and host"));
                }
            }
        }
        if !self.one_of.is_empty() && !self.one_of.iter().any(|allowed| allowed == value) {
            return Err(RuleViolation::OneOf(self.one_of.join(", ")));
        }
        match &self.regex {
            Some(pattern) if !pattern.matches(value) => Err(RuleViolation::Regex(pattern.as_str().to_owned())),
            _ => Ok(()),
        }
    }

    fn check_range(&self, value: &str, what: &'static str) -> Result<(), RuleViolation> {
        // `parse` takes a plus sign, which many readers do not.
        let number = match value.parse::<i64>() {
            Ok(number) if !value.starts_with('+') => number,
            _ => return Err(RuleViolation::Type(what)),
        };
        match (self.min, self.max) {
            (Some(min), _) if number < min => Err(RuleViolation::Min(min)),
            (_, Some(max)) if number > max => Err(RuleViolation::Max(max)),
            _ => Ok(()),
        }
    }

    /// What contradicts itself in this rule, whatever the value.
    pub fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        let numeric = matches!(self.kind, Some(ValueType::Int | ValueType::Port));
        if (self.min.is_some() || self.max.is_some()) && !numeric {
            found.push("`min` and `max` need `type = \"int\"` or `type = \"port\"`".to_owned());
        }
        if let (Some(min), Some(max)) = (self.min, self.max)
            && min > max
        {
            found.push(format!("`min` ({min}) is more than `max` ({max})"));
        }
        if self.kind == Some(ValueType::Port)
            && (self.min.is_some_and(|min| min > 65535) || self.max.is_some_and(|max| max < 1))
        {
            found.push("no port from 1 to 65535 is between `min` and `max`".to_owned());
        }
        if self.required && self.forbidden {
            found.push("the key is both `required` and `forbidden`".to_owned());
        }
        if !self.forbidden {
            let without = Self { one_of: Vec::new(), ..self.clone() };
            for allowed in &self.one_of {
                if let Err(violation) = without.check(allowed) {
                    found.push(format!("the `enum` allows {allowed:?}, which {violation}"));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        use ValueType::{Bool, Int, Port, Url};
        let rule = |kind| Rule { kind: Some(kind), ..Rule::default() };
        let between = Rule { min: Some(1), max: Some(10), ..rule(Int) };
        let one_of = Rule { one_of: vec!["a".into(), "b".into()], ..Rule::default() };
        let regex = Rule { regex: Some(Pattern::new("a|bc").unwrap()), ..Rule::default() };
        let table: &[(&Rule, &str, Option<&str>)] = &[
            (&rule(Int), "5", None),
            (&rule(Int), "-5", None),
            (&rule(Int), "+5", Some("value-type")),
            (&rule(Int), " 5", Some("value-type")),
            (&rule(Int), "5.0", Some("value-type")),
            (&rule(Int), "", Some("value-type")),
            (&between, "0", Some("value-range")),
            (&between, "1", None),
            (&between, "10", None),
            (&between, "11", Some("value-range")),
            (&rule(Bool), "true", None),
            (&rule(Bool), "FALSE", Some("value-type")),
            (&rule(Port), "65535", None),
            (&rule(Port), "0", Some("value-type")),
            (&rule(Port), "65536", Some("value-type")),
            (&rule(Url), "redis://localhost:6379/1", None),
            (&rule(Url), "localhost:6379", Some("value-type")),
            (&rule(Url), "/path", Some("value-type")),
            (&one_of, "b", None),
            (&one_of, "c", Some("value-enum")),
            (&regex, "bc", None),
            (&regex, "abc", Some("value-regex")),
            (&Rule { forbidden: true, ..Rule::default() }, "x", Some("key-forbidden")),
        ];
        for (rule, value, code) in table {
            assert_eq!(rule.check(value).err().map(|violation| violation.code()), *code, "{rule:?} {value:?}");
        }
    }

    #[test]
    fn contradictions() {
        let rule = Rule {
            kind: Some(ValueType::Int),
            min: Some(5),
            max: Some(1),
            required: true,
            forbidden: true,
            ..Rule::default()
        };
        assert_eq!(rule.contradictions().len(), 2);
        assert_eq!(Rule { min: Some(5), ..Rule::default() }.contradictions().len(), 1);
        let rule = Rule { kind: Some(ValueType::Bool), one_of: vec!["yes".into()], ..Rule::default() };
        assert_eq!(rule.contradictions(), ["the `enum` allows \"yes\", which is not exactly `true` or `false`"]);
        assert_eq!(Rule { kind: Some(ValueType::Port), min: Some(70000), ..Rule::default() }.contradictions().len(), 1);
        assert!(Pattern::new("a)(b").is_err());
    }
}
