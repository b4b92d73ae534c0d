//! The keys of an env file: what is declared for each, merged from base, groups and host.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Serialize;

use super::context::Context;
use super::overrides::{Merged, Slot};
use super::problem::Problem;
use super::rule::{Pattern, Rule, RuleViolation, ValueType};
use super::source::Origin;
use super::text::{EnvKey, GroupName, Located};
use super::types::{EnvFormat, KeyEntry, KeyTable};
use crate::secrets::SecretRef;

/// The value that a key must have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Declared {
    /// As it stands in the inventory.
    Text(String),
    /// A secret, from elsewhere.
    Secret(SecretRef),
}

/// What is declared for one key on one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyRule {
    /// The value; none: any value that the rule allows.
    pub value: Option<Declared>,
    /// What any value must be.
    pub rule: Rule,
    /// Where the value (or, without one, the rule) is declared.
    pub origin: Origin,
}

/// The parts of a declaration that are overridden one by one. Value and secret are one part: the last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PartName {
    Value,
    Type,
    Min,
    Max,
    Enum,
    Regex,
    Required,
    Forbidden,
    Sensitive,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Value(Declared),
    Type(ValueType),
    Number(i64),
    Enum(Vec<String>),
    Regex(Pattern),
    Flag(bool),
}

pub(super) type Key = (EnvKey, PartName);
pub(super) type Parts = Vec<(Key, Part, Range<usize>)>;

/// The parts of each key of one `keys` table.
pub(super) fn parts(
    keys: BTreeMap<Located<EnvKey>, Located<KeyEntry>>,
    format: EnvFormat,
    context: &mut Context<'_>,
) -> Parts {
    let mut parts = Vec::new();
    for (key, entry) in keys {
        match entry.value {
            KeyEntry::Text(text) => {
                check_text(&key, &text, &entry.span, format, context);
                parts.push(((key.value, PartName::Value), Part::Value(Declared::Text(text)), entry.span));
            }
            KeyEntry::Table(table) => table_parts(&key, *table, format, context, &mut parts),
        }
    }
    parts
}

fn check_text(key: &EnvKey, text: &str, span: &Range<usize>, format: EnvFormat, context: &mut Context<'_>) {
    let why = if text.contains('\0') {
        "has a NUL character, which no environment can hold"
    } else if format == EnvFormat::Docker && text.contains(['\n', '\r']) {
        "has several lines, which a docker env file can't hold"
    } else {
        return;
    };
    context
        .problems
        .push(Problem::new("bad-value", format!("the value of `{key}` {why}")).label(span.clone(), "this value"));
}

fn table_parts(
    key: &Located<EnvKey>,
    table: KeyTable,
    format: EnvFormat,
    context: &mut Context<'_>,
    parts: &mut Parts,
) {
    let mut add = |name: PartName, part: Part, span: Range<usize>| {
        parts.push(((key.value.clone(), name), part, span));
    };
    if let (Some(value), Some(secret)) = (&table.value, &table.secret) {
        context.problems.push(
            Problem::new("value-and-secret", format!("`{}` has a value and a secret", key.value))
                .label(value.span.clone(), "the value")
                .label(secret.span.clone(), "the secret")
                .help("keep one of the two"),
        );
    }
    if let Some(value) = table.value {
        check_text(key, &value, &value.span, format, context);
        add(PartName::Value, Part::Value(Declared::Text(value.value)), value.span);
    } else if let Some(secret) = table.secret {
        if let Err(reason) = secret.value.check() {
            context.problems.push(
                Problem::new("bad-secret", format!("the secret of `{}` {reason}", key.value))
                    .label(secret.span.clone(), "this reference"),
            );
        }
        add(PartName::Value, Part::Value(Declared::Secret(secret.value)), secret.span);
    }
    if let Some(kind) = table.kind {
        add(PartName::Type, Part::Type(kind.value), kind.span);
    }
    if let Some(min) = table.min {
        add(PartName::Min, Part::Number(min.value), min.span);
    }
    if let Some(max) = table.max {
        add(PartName::Max, Part::Number(max.value), max.span);
    }
    if let Some(one_of) = table.one_of {
        add(PartName::Enum, Part::Enum(one_of.value), one_of.span);
    }
    if let Some(regex) = table.regex {
        match Pattern::new(&regex) {
            Ok(pattern) => add(PartName::Regex, Part::Regex(pattern), regex.span),
            Err(error) => {
                let text = error.to_string();
                let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                context.problems.push(
                    Problem::new(
                        "bad-regex",
                        format!("the regular expression of `{}` does not compile: {why}", key.value),
                    )
                    .label(regex.span, "this expression"),
                );
            }
        }
    }
    for (name, flag) in [
        (PartName::Required, table.required),
        (PartName::Forbidden, table.forbidden),
        (PartName::Sensitive, table.sensitive),
    ] {
        if let Some(flag) = flag {
            add(name, Part::Flag(flag.value), flag.span);
        }
    }
}

/// A part, for messages.
pub(super) fn describe(key: &Key) -> String {
    let part = match key.1 {
        PartName::Value => return format!("the value of `{}`", key.0),
        PartName::Type => "type",
        PartName::Min => "min",
        PartName::Max => "max",
        PartName::Enum => "enum",
        PartName::Regex => "regex",
        PartName::Required => "required",
        PartName::Forbidden => "forbidden",
        PartName::Sensitive => "sensitive",
    };
    format!("`{part}` of `{}`", key.0)
}

/// The keys of one kind of host, from the parts that won.
pub(super) fn assemble(
    merged: &Merged<Key, Part>,
    env: &GroupName,
    seen: &mut BTreeSet<(usize, String)>,
    context: &mut Context<'_>,
) -> BTreeMap<String, KeyRule> {
    let keys: BTreeSet<&EnvKey> = merged.keys().map(|(key, _)| key).collect();
    let mut rules = BTreeMap::new();
    for key in keys {
        let part = |name: PartName| merged.get(&(key.clone(), name));
        let mut rule = Rule::default();
        let mut value = None;
        let mut span: Option<Range<usize>> = None;
        let mut strongest = 0;
        for name in [
            PartName::Type,
            PartName::Min,
            PartName::Max,
            PartName::Enum,
            PartName::Regex,
            PartName::Required,
            PartName::Forbidden,
            PartName::Sensitive,
            PartName::Value,
        ] {
            let Some(slot) = part(name) else { continue };
            // The place of the value, or else of the rule's strongest part.
            if span.is_none() || name == PartName::Value || slot.strength > strongest {
                span = Some(slot.span.clone());
                strongest = slot.strength;
            }
            match (name, slot.value.clone()) {
                (_, Part::Type(kind)) => rule.kind = Some(kind),
                (PartName::Min, Part::Number(number)) => rule.min = Some(number),
                (_, Part::Number(number)) => rule.max = Some(number),
                (_, Part::Enum(values)) => rule.one_of = values,
                (_, Part::Regex(pattern)) => rule.regex = Some(pattern),
                (PartName::Required, Part::Flag(flag)) => rule.required = flag,
                (PartName::Forbidden, Part::Flag(flag)) => rule.forbidden = flag,
                (_, Part::Flag(flag)) => rule.sensitive = flag,
                (_, Part::Value(declared)) => value = Some(declared),
            }
        }
        if rule.forbidden {
            // A group or host that forbids a key takes away what was declared before.
            let strength = part(PartName::Forbidden).map_or(0, |slot| slot.strength);
            if part(PartName::Value).is_some_and(|slot| slot.strength < strength) {
                value = None;
                span = part(PartName::Forbidden).map(|slot| slot.span.clone());
            }
            if part(PartName::Required).is_some_and(|slot| slot.strength < strength) {
                rule.required = false;
            }
        }
        if matches!(value, Some(Declared::Secret(_))) {
            rule.sensitive = true;
        }
        let Some(span) = span else { continue };
        let found = check(key, env, &rule, value.as_ref(), &span, &part);
        for (at, problem) in found {
            if seen.insert((at.start, problem.message.clone())) {
                context.problems.push(problem);
            }
        }
        rules.insert(key.to_string(), KeyRule { value, rule, origin: context.origin(&span) });
    }
    rules
}

type Found<'a> = Option<&'a Slot<Part>>;

/// What contradicts itself in the merged rule of a key, with its place.
fn check<'a>(
    key: &EnvKey,
    env: &GroupName,
    rule: &Rule,
    value: Option<&Declared>,
    span: &Range<usize>,
    part: &dyn Fn(PartName) -> Found<'a>,
) -> Vec<(Range<usize>, Problem)> {
    let mut found: Vec<(Range<usize>, Problem)> = rule
        .contradictions()
        .into_iter()
        .map(|why| {
            let at = part(PartName::Min)
                .filter(|_| why.contains("`min`"))
                .or_else(|| part(PartName::Max).filter(|_| why.contains("`max`")))
                .or_else(|| part(PartName::Enum).filter(|_| why.contains("`enum`")))
                .or_else(|| part(PartName::Forbidden).filter(|_| why.contains("`forbidden`")))
                .map_or(span.clone(), |slot| slot.span.clone());
            let problem =
                Problem::new("rule-contradiction", format!("the rule of `{key}` in env.{env} contradicts itself"));
            (at.clone(), problem.label(at, why))
        })
        .collect();
    if let Some(Declared::Text(text)) = value
        && let Err(violation) = rule.check(text)
    {
        let name = match violation {
            RuleViolation::Type(_) => PartName::Type,
            RuleViolation::Min(_) => PartName::Min,
            RuleViolation::Max(_) => PartName::Max,
            RuleViolation::OneOf(_) => PartName::Enum,
            RuleViolation::Regex(_) => PartName::Regex,
            RuleViolation::Forbidden => PartName::Forbidden,
        };
        let at = part(PartName::Value).map_or(span.clone(), |slot| slot.span.clone());
        let problem = Problem::new(
            "value-against-rule",
            format!("the value of `{key}` in env.{env} breaks its own rule: it {violation}"),
        )
        .label(at.clone(), "this value");
        let problem = match part(name) {
            Some(slot) => problem.label(slot.span.clone(), "the rule"),
            None => problem,
        };
        found.push((at, problem));
    }
    if rule.forbidden && matches!(value, Some(Declared::Secret(_))) {
        found.push((
            span.clone(),
            Problem::new("rule-contradiction", format!("`{key}` in env.{env} is forbidden and has a secret"))
                .label(span.clone(), "the secret"),
        ));
    }
    found
}
