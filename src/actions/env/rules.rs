//! Rules for values that are not declared themselves: a type, bounds, a choice, a pattern, required or forbidden.

use regex::Regex;

use super::secrecy::looks_secret;

/// What a value must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Type {
    /// Any text.
    #[default]
    String,
    /// A decimal integer that fits 64 bits, without `+`.
    Int,
    /// `true` or `false`, in lower case.
    Bool,
    /// A TCP or UDP port, 1 to 65535.
    Port,
    /// An absolute URL.
    Url,
}

/// A rule, as the inventory declares it.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// What the value must be.
    pub kind: Type,
    /// Smallest number allowed; a value with bounds is a number, whatever its type.
    pub min: Option<i64>,
    /// Greatest number allowed.
    pub max: Option<i64>,
    /// The values allowed; any if empty.
    pub allowed: Vec<String>,
    /// Pattern of the whole value, from [`whole`].
    pub regex: Option<Regex>,
    /// The key must be there.
    pub required: bool,
    /// The key must not be there.
    pub forbidden: bool,
}

/// Compiles a pattern that the whole value must match.
pub fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    // Alone first, so that a pattern can't close the group that is put around it, and errors speak of what was written.
    Regex::new(pattern)?;
    // The line end closes a comment that a pattern with `(?x)` may end with; elsewhere it would be matched, so it is left out.
    let group = if pattern.contains("(?x") { "\n" } else { "" };
    Regex::new(&format!(r"\A(?:{pattern}{group})\z"))
}

/// What a rule finds wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The name.
    pub key: String,
    /// What is wrong.
    pub kind: ViolationKind,
    /// The value, shortened and escaped; `None` where it is missing or looks secret.
    pub shown: Option<String>,
}

/// The ways to break a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViolationKind {
    /// Required, and not there.
    Missing,
    /// There, and forbidden.
    Forbidden,
    /// Not an integer.
    NotInt,
    /// Neither `true` nor `false`.
    NotBool,
    /// Not a port.
    NotPort,
    /// Not a URL.
    NotUrl,
    /// Less than the smallest number allowed.
    TooSmall(i64),
    /// More than the greatest number allowed.
    TooLarge(i64),
    /// None of these.
    NotAllowed(Vec<String>),
    /// Does not match the pattern.
    NoMatch(String),
}

impl Violation {
    /// A sentence such as ``DB_POOL is `x`, not an integer``; never with a value that looks secret.
    pub fn describe(&self) -> String {
        let key = self.key.escape_debug();
        let is = self.shown.as_ref().map_or_else(|| "is".to_owned(), |value| format!("is `{value}`,"));
        match &self.kind {
            ViolationKind::Missing => format!("{key} is required and missing"),
            ViolationKind::Forbidden => format!("{key} is forbidden"),
            ViolationKind::NotInt => format!("{key} {is} not an integer"),
            ViolationKind::NotBool => format!("{key} {is} not `true` or `false`"),
            ViolationKind::NotPort => format!("{key} {is} not a port (1 to 65535)"),
            ViolationKind::NotUrl => format!("{key} {is} not a URL"),
            ViolationKind::TooSmall(min) => format!("{key} {is} less than {min}"),
            ViolationKind::TooLarge(max) => format!("{key} {is} more than {max}"),
            ViolationKind::NotAllowed(allowed) => {
                format!("{key} {is} none of `{}`", allowed.join("`, `"))
            }
            ViolationKind::NoMatch(pattern) => format!("{key} {is} no match for `{pattern}`"),
        }
    }
}

impl Rule {
    /// Everything that is wrong with a value; `None`: the key is not there.
    pub fn check(&self, key: &str, value: Option<&str>) -> Vec<Violation> {
        let shown = value.filter(|value| !looks_secret(key, value)).map(shorten);
        let kinds = match value {
            None if self.required => vec![ViolationKind::Missing],
            None => vec![],
            Some(_) if self.forbidden => vec![ViolationKind::Forbidden],
            Some(value) => self.check_value(value),
        };
        kinds.into_iter().map(|kind| Violation { key: key.to_owned(), kind, shown: shown.clone() }).collect()
    }

    fn check_value(&self, value: &str) -> Vec<ViolationKind> {
        let number = value.parse::<i64>().ok().filter(|_| !value.starts_with('+'));
        let bounds = self.min.is_some() || self.max.is_some();
        let mut wrong = Vec::new();
        match self.kind {
            Type::Port if !number.is_some_and(|port| (1..=65535).contains(&port)) => {
                wrong.push(ViolationKind::NotPort);
            }
            Type::Bool if value != "true" && value != "false" => wrong.push(ViolationKind::NotBool),
            Type::Url if url::Url::parse(value).is_err() || value.trim() != value => {
                wrong.push(ViolationKind::NotUrl);
            }
            Type::Int | Type::String if number.is_none() && (bounds || self.kind == Type::Int) => {
                wrong.push(ViolationKind::NotInt);
            }
            _ => {}
        }
        if let (Some(number), true) = (number, wrong.is_empty()) {
            wrong.extend(self.min.filter(|min| number < *min).map(ViolationKind::TooSmall));
            wrong.extend(self.max.filter(|max| number > *max).map(ViolationKind::TooLarge));
        }
        if !self.allowed.is_empty() && !self.allowed.iter().any(|allowed| allowed == value) {
            wrong.push(ViolationKind::NotAllowed(self.allowed.clone()));
        }
        if let Some(regex) = &self.regex
            && !regex.is_match(value)
        {
            let pattern = regex.as_str();
            let written = pattern.strip_prefix(r"\A(?:").and_then(|rest| rest.strip_suffix(r")\z"));
            wrong.push(ViolationKind::NoMatch(written.unwrap_or(pattern).trim_end().to_owned()));
        }
        wrong
    }
}

/// Enough of a value to recognise it, on one line.
fn shorten(value: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String = value.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if value.chars().count() > LONGEST {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(rule: &Rule, value: &str) -> Vec<String> {
        rule.check("KEY_NAME", Some(value)).iter().map(Violation::describe).collect()
    }

    fn kind(kind: Type) -> Rule {
        Rule { kind, ..Rule::default() }
    }

    #[test]
    fn types() {
        for (rule, good, bad) in [
            (
                kind(Type::Int),
                vec!["0", "-5", "9223372036854775807"],
                vec!["", "x", "1.5", "+5", " 5", "9223372036854775808"],
            ),
            (kind(Type::Bool), vec!["true", "false"], vec!["FALSE", "True", "yes", "1", ""]),
            (kind(Type::Port), vec!["1", "65535"], vec!["0", "65536", "-1", "http", ""]),
            (
                kind(Type::Url),
                vec!["https://example.org/a", "redis://cache:6379/0"],
                vec!["example.org", "/a", "", "https://", " https://a"],
            ),
            (kind(Type::String), vec!["", "anything"], vec![]),
        ] {
            for value in good {
                assert_eq!(wrong(&rule, value), Vec::<String>::new(), "{value}");
            }
            for value in bad {
                assert_eq!(wrong(&rule, value).len(), 1, "{value} {:?}", rule.kind);
            }
        }
    }

    #[test]
    fn bounds_choices_and_patterns() {
        let rule = Rule { min: Some(1), max: Some(10), ..kind(Type::Int) };
        assert_eq!(wrong(&rule, "0"), ["KEY_NAME is `0`, less than 1"]);
        assert_eq!(wrong(&rule, "11"), ["KEY_NAME is `11`, more than 10"]);
        assert_eq!(wrong(&rule, "x"), ["KEY_NAME is `x`, not an integer"]);
        let rule = Rule { allowed: vec!["a".into(), "b".into()], ..Rule::default() };
        assert_eq!(wrong(&rule, "c"), ["KEY_NAME is `c`, none of `a`, `b`"]);
        let rule = Rule { regex: Some(whole("a|b+").unwrap()), ..Rule::default() };
        assert!(wrong(&rule, "bbb").is_empty());
        assert_eq!(wrong(&rule, "ab"), ["KEY_NAME is `ab`, no match for `a|b+`"]);
        assert!(whole("(?x) a # comment").unwrap().is_match("a"));
        assert_eq!(wrong(&rule, "a\n").len(), 1);
        assert!(whole("a)(").is_err());
    }

    #[test]
    fn presence() {
        let rule = Rule { required: true, ..Rule::default() };
        assert_eq!(rule.check("A", None)[0].describe(), "A is required and missing");
        assert!(rule.check("A", Some("")).is_empty());
        let rule = Rule { forbidden: true, ..kind(Type::Int) };
        assert_eq!(rule.check("A", Some("x"))[0].describe(), "A is forbidden");
        assert!(rule.check("A", None).is_empty());
    }

    #[test]
    fn secrets_are_not_shown() {
        let found = kind(Type::Int).check("DB_PASSWORD", Some("hunter2"));
        assert_eq!(found[0].describe(), "DB_PASSWORD is not an integer");
        assert!(!format!("{found:?}").contains("hunter2"));
        let long = wrong(&kind(Type::Int), &"ab \u{1b}[31m".repeat(20));
        assert!(long[0].len() < 200 && !long[0].contains('\u{1b}'), "{long:?}");
    }
}
