//! Strings with a form: a pattern that the schema publishes, and words that say what is expected.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

macro_rules! texts {
    ($($(#[$meta:meta])* $vis:vis $name:ident, $pattern:literal, $expects:literal;)*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
            #[serde(transparent)]
            $vis struct $name(String);

            impl $name {
                /// The plain string.
                $vis fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.pad(self.as_str())
                }
            }

            impl Borrow<str> for $name {
                fn borrow(&self) -> &str {
                    self.as_str()
                }
            }

            impl JsonSchema for $name {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({ "type": "string", "pattern": $pattern })
                }
            }
        )*

        /// What a pattern of the schema means, in words.
        pub(super) fn expects(pattern: &str) -> Option<&'static str> {
            match pattern {
                $($pattern => Some($expects),)*
                BYTES => Some("a size in bytes, such as \"512MiB\" or \"64GB\""),
                TIME => Some("a time span, such as \"30s\", \"10m\" or \"2h\""),
                _ => None,
            }
        }
    };
}

texts! {
    /// The name of a host as the inventory declares it: never mistaken for an option of ssh.
    pub(super) HostText, r"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,252}$",
        "a host name: letters, digits, `.`, `-` and `_`, starting with a letter or digit";
    /// The name of a group of hosts.
    pub GroupName, r"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,127}$",
        "a name: letters, digits, `.`, `-` and `_`, starting with a letter or digit";
    /// A DNS name, an IPv4 or an IPv6 address (with its zone), as `ssh -o HostName=` takes it.
    pub(super) Address, r"^[A-Za-z0-9_:][A-Za-z0-9_.:%\-]{0,252}$",
        "a DNS name or an IP address without port, user or brackets";
    /// A user to log in as.
    pub(super) UserName, r"^[A-Za-z0-9_][A-Za-z0-9_.@\-]{0,63}$",
        "a user name: letters, digits, `.`, `-`, `_` and `@`, starting with a letter or digit";
    /// The name of an option of `ssh_config(5)`.
    pub(super) SshOption, r"^[A-Za-z][A-Za-z0-9]*$",
        "the name of an ssh_config(5) option, such as `KexAlgorithms`";
    /// An absolute path on a managed host, without `.` and `..`.
    pub(crate) AbsolutePath, r"^(/(\.{0,2}[^/\x00-\x1f\x7f.][^/\x00-\x1f\x7f]*|\.{3,}[^/\x00-\x1f\x7f]*))+$",
        "the absolute path of a file, without `.` and `..` in it";
    /// A path below the inventory directory.
    pub(super) RelativePath, r"^(\.{0,2}[^/\x00-\x1f\x7f.][^/\x00-\x1f\x7f]*)(/\.{0,2}[^/\x00-\x1f\x7f.][^/\x00-\x1f\x7f]*)*/?$",
        "a path below the inventory directory, without `.` and `..` in it";
    /// Owner and group of a file, as in `mastodon:mastodon`.
    pub(super) Owner, r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*:[A-Za-z0-9_][A-Za-z0-9_.\-]*$",
        "an owner and a group, such as \"root:root\"";
    /// The permission bits of a file, in octal.
    pub(super) ModeText, r"^0?[0-7]{3}$",
        "permission bits in octal, such as \"0640\"";
    /// The name of a systemd unit, or a glob over such names.
    pub(super) UnitPattern, r"^[A-Za-z0-9_*?\[@:.\\][A-Za-z0-9_*?\[\]!@:.\\\-]*\.(service|scope|socket|timer|path|target)$",
        "the full name of a systemd unit or a glob over names, such as \"nginx.service\"";
    /// The full name of a systemd unit.
    pub(crate) UnitText, r"^[A-Za-z0-9_@:.\\][A-Za-z0-9_@:.\\\-]*\.(service|scope|socket|timer|path|target)$",
        "the full name of a systemd unit, such as \"nginx.service\"";
    /// The name of a systemd template (systemd.unit(5)).
    pub(super) TemplateText, r"^[A-Za-z0-9_:.\\][A-Za-z0-9_:.\\\-]*@\.service$",
        "the full name of a template of systemd, such as \"worker@.service\"";
    /// The name of a drop-in, a part of its file's name.
    pub(super) DropInName, r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,63}$",
        "a name for a drop-in: letters, digits, `-` and `_`, starting with a letter or digit";
    /// The name of an environment variable (environ(7)).
    pub(crate) VariableName, r"^[A-Za-z_][A-Za-z0-9_]*$",
        "the name of an environment variable: letters, digits and `_`, not starting with a digit";
    /// The name of a value in a template.
    pub(super) TemplateName, r"^[A-Za-z_][A-Za-z0-9_]{0,99}$",
        "the name of a value in a template: letters, digits and `_`, not starting with a digit";
    /// A mail address.
    pub(super) MailAddress, r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-]{1,64}@[A-Za-z0-9][A-Za-z0-9.\-]{0,252}$",
        "a mail address, such as \"ops@example.org\"";
    /// The name of a key in an env file.
    pub(super) EnvKey, r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$",
        "the name of a key: letters, digits, `_`, `.` and `-`";
    /// The name of a Debian package.
    pub(super) Package, r"^[a-z0-9][a-z0-9+.\-]+$",
        "the name of a Debian package";
    /// A share of hosts or of a disk.
    pub(crate) Percent, r"^([1-9][0-9]?|100)%$",
        "a percentage, such as \"25%\"";
    /// A short time.
    pub(crate) ShortTime, r"^[0-9]{1,6}(ms|s)$",
        "a short time, such as \"300ms\" or \"2s\"";
}

const BYTES: &str = r"^[0-9]{1,9}(\.[0-9]{1,3})?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$";
const TIME: &str = r"^[0-9]{1,6}(s|m|h|d)$";

/// A size in bytes, written as `"64GiB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub(super) struct ByteSize(pub(super) u64);

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_bytes(&text).map(Self).ok_or_else(|| D::Error::custom("not a size in bytes"))
    }
}

pub(crate) fn parse_bytes(text: &str) -> Option<u64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(split);
    let unit: u64 = match unit {
        "B" => 1,
        "kB" => 1000,
        "MB" => 1000_u64.pow(2),
        "GB" => 1000_u64.pow(3),
        "TB" => 1000_u64.pow(4),
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let whole = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    whole.checked_add(fraction.parse::<u64>().ok()?.checked_mul(unit)? / scale)
}

/// A time span, written as `"10m"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimeSpan(pub(crate) Duration);

impl<'de> Deserialize<'de> for TimeSpan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_time(&text).map(Self).ok_or_else(|| D::Error::custom("not a time span"))
    }
}

fn parse_time(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.len().checked_sub(1)?);
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(unit)?))
}

macro_rules! pattern_schema {
    ($name:ident, $pattern:ident) => {
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

pattern_schema!(ByteSize, BYTES);
pattern_schema!(TimeSpan, TIME);

/// A value with the place where it was read; two are equal when their values are.
#[derive(Clone, Debug)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

impl<T> std::ops::Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Located<T> {}

impl<T: PartialOrd> PartialOrd for Located<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Ord> Ord for Located<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = toml::Spanned::<T>::deserialize(deserializer)?;
        let span = spanned.span();
        Ok(Self { value: spanned.into_inner(), span })
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times() {
        assert_eq!(parse_bytes("64GiB"), Some(64 << 30));
        assert_eq!(parse_bytes("1.5kB"), Some(1500));
        assert_eq!(parse_bytes("0.125KiB"), Some(128));
        assert_eq!(parse_bytes("450MB"), Some(450_000_000));
        assert_eq!(parse_bytes("999999999TiB"), None);
        assert_eq!(parse_time("10m"), Some(Duration::from_secs(600)));
        assert_eq!(parse_time("0s"), Some(Duration::ZERO));
        assert_eq!(parse_time("m"), None);
    }

    #[test]
    fn patterns() {
        let matches = |pattern: &str, text: &str| regex::Regex::new(pattern).unwrap().is_match(text);
        let pattern = |schema: Schema| schema.get("pattern").unwrap().as_str().unwrap().to_owned();
        let mut generator = SchemaGenerator::default();
        let table = |schema: Schema, good: &[&str], bad: &[&str]| {
            let pattern = pattern(schema);
            assert!(expects(&pattern).is_some());
            for text in good {
                assert!(matches(&pattern, text), "{text:?} should match {pattern}");
            }
            for text in bad {
                assert!(!matches(&pattern, text), "{text:?} should not match {pattern}");
            }
        };
        table(
            AbsolutePath::json_schema(&mut generator),
            &["/a", "/home/live/.env.production", "/a/..b", "/a/...", "/a/b.c"],
            &["a", "/", "/a/", "/a//b", "/a/../b", "/./a", "/a/..", "/a\nb", ""],
        );
        table(
            RelativePath::json_schema(&mut generator),
            &["a", "lab/web", "lab/web/", ".hidden/x"],
            &["/a", "../a", "a/../b", ".", "", "a//b"],
        );
        table(
            HostText::json_schema(&mut generator),
            &["fritz", "cdn-1.example.org", "_a", "1"],
            &["-oProxyCommand=x", "a b", "a;b", "", "ä", "a\n"],
        );
        table(
            Address::json_schema(&mut generator),
            &["192.0.2.1", "2001:db8::1", "fe80::1%eth0", "::1"],
            &["-x", "a@b", "[::1]"],
        );
        table(UserName::json_schema(&mut generator), &["root", "deploy@corp"], &["-l", "a b", ""]);
        table(Owner::json_schema(&mut generator), &["root:root", "1000:1000"], &["root", ":root", "a:b:c"]);
        table(ModeText::json_schema(&mut generator), &["0640", "600"], &["4755", "888", "0o640", "64"]);
        table(
            UnitPattern::json_schema(&mut generator),
            &["nginx.service", "mastodon-sidekiq-*.service", "a@b.service"],
            &["nginx", "-x.service", "a b.service", "../x.service", "a;b.service"],
        );
    }
}
