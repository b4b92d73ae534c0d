//! What the inventory says about a secret: never the value, only where it is.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a secret comes from: exactly one of these.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum SecretRef {
    /// The name of an environment variable of fleet itself.
    Env(String),
    /// A file that only its owner can read, relative to the inventory directory.
    File(String),
    /// A program and its arguments, run without a shell in the inventory directory; what it prints is the value.
    Command(#[schemars(length(min = 1))] Vec<String>),
    /// An age-encrypted file, relative to the inventory directory.
    Age(String),
}

impl SecretRef {
    /// Why it can't ever be resolved, as in "the secret …".
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let bad = |text: &str| text.is_empty() || text.contains('\0');
        match self {
            Self::Env(name) if bad(name) || name.contains('=') => Err("names no environment variable"),
            Self::File(path) | Self::Age(path) if bad(path) => Err("names no file"),
            Self::Command(argv) if argv.first().is_none_or(|program| bad(program)) => Err("names no program"),
            Self::Command(argv) if argv.iter().any(|word| word.contains('\0')) => Err("has a NUL in its command"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for SecretRef {
    /// The place, such as `env FLEET_TSIG`; of a command only the program, since its arguments may tell more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env {name}"),
            Self::File(path) => write!(f, "file {path}"),
            Self::Command(argv) => write!(f, "command {}", argv.first().map_or("", String::as_str)),
            Self::Age(path) => write!(f, "age {path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_key() {
        let parse = |text: &str| toml::from_str::<SecretRef>(text);
        assert_eq!(parse("env = 'A'").unwrap(), SecretRef::Env("A".into()));
        assert_eq!(parse("command = ['a', 'b']").unwrap(), SecretRef::Command(vec!["a".into(), "b".into()]));
        assert!(parse("env = 'A'\nfile = 'b'").is_err());
        assert!(parse("vault = 'A'").is_err());
        assert!(parse("").is_err());
        let json = serde_json::to_string(&SecretRef::Age("a.age".into())).unwrap();
        assert_eq!(json, r#"{"age":"a.age"}"#);
    }

    #[test]
    fn impossible_references() {
        assert!(SecretRef::Env("A=B".into()).check().is_err());
        assert!(SecretRef::Env(String::new()).check().is_err());
        assert!(SecretRef::Command(vec![]).check().is_err());
        assert!(SecretRef::File("a\0b".into()).check().is_err());
        assert!(SecretRef::Env("A".into()).check().is_ok());
    }

    #[test]
    fn arguments_stay_unseen() {
        assert_eq!(SecretRef::Command(vec!["op".into(), "--token=x".into()]).to_string(), "command op");
    }
}
