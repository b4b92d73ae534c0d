//! Declared env files: which keys a host's file must have, merged from base, groups and host.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Serialize;

use super::context::Context;
use super::overrides::{self, Layer, Merged};
use super::problem::Problem;
use super::rule::{Pattern, Rule, RuleViolation, ValueType};
use super::source::Origin;
use super::text::{EnvKey, GroupName, Located};
use super::types::{EnvFormat, EnvTable, Extra, KeyEntry, KeyTable, Restart};
use crate::names::{HostName, RemotePath};
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

/// One declared env file.
#[derive(Clone, Debug)]
pub struct EnvDeclaration {
    /// The name in the inventory.
    pub name: String,
    /// Where the file is on each host.
    pub path: RemotePath,
    /// Who reads it.
    pub format: EnvFormat,
    /// The hosts that have it.
    pub hosts: BTreeSet<HostName>,
    /// Owner and group, if declared.
    pub owner: Option<(String, String)>,
    /// Permission bits, if declared.
    pub mode: Option<u32>,
    /// The units that read it: names or globs.
    pub units: Vec<String>,
    /// What to do with the running units after a change.
    pub restart: Restart,
    /// What to do with keys that are not declared.
    pub extra: Extra,
    /// Where it is declared.
    pub origin: Origin,
    variants: Vec<BTreeMap<String, KeyRule>>,
    variant_of: BTreeMap<HostName, usize>,
}

impl EnvDeclaration {
    /// The keys of the file on a host; empty for a host that does not have the file.
    pub fn keys_for(&self, host: &HostName) -> BTreeMap<String, KeyRule> {
        self.variant_of.get(host).and_then(|index| self.variants.get(*index)).cloned().unwrap_or_default()
    }
}

/// The parts of a declaration that are overridden one by one. Value and secret are one part: the last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PartName {
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
enum Part {
    Value(Declared),
    Type(ValueType),
    Number(i64),
    Enum(Vec<String>),
    Regex(Pattern),
    Flag(bool),
}

type Key = (EnvKey, PartName);
type Parts = Vec<(Key, Part, Range<usize>)>;

fn parts(keys: BTreeMap<Located<EnvKey>, Located<KeyEntry>>, format: EnvFormat, context: &mut Context<'_>) -> Parts {
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
    context.problems.push(
        Problem::new("bad-value", format!("the value of `{key}` {why}")).label(span.clone(), "this value"),
    );
}

fn table_parts(
    key: &Located<EnvKey>,
    table: KeyTable,
    format: EnvFormat,
    context: &mut Context<'_>,
    parts: &mut Parts,
) {
    let mut add = |name: PartName, part: Part, span: Range<usize>| parts.push(((key.value.clone(), name), part, span));
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
                Problem::new("bad-secret", format!("the secret of `{}` {reason}", key.value)).label(secret.span.clone(), "this reference"),
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
                    Problem::new("bad-regex", format!("the regular expression of `{}` does not compile: {why}", key.value))
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

fn describe(key: &Key) -> String {
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

/// Resolves all declared env files.
pub(super) fn build(
    table: BTreeMap<Located<GroupName>, EnvTable>,
    context: &mut Context<'_>,
) -> BTreeMap<String, EnvDeclaration> {
    let mut declarations = BTreeMap::new();
    let mut paths: BTreeMap<(HostName, RemotePath), (GroupName, Range<usize>)> = BTreeMap::new();
    for (name, env) in table {
        let hosts = context.select(&env.hosts).unwrap_or_default();
        let path = RemotePath::new(env.path.as_str());
        let mut taken: BTreeMap<usize, Problem> = BTreeMap::new();
        for host in &hosts {
            let before = paths.insert((host.clone(), path.clone()), (name.value.clone(), env.path.span.clone()));
            if let Some((other, span)) = before {
                taken.entry(span.start).or_insert_with(|| {
                    Problem::new("path-twice", format!("env.{other} and env.{} are the same file on {host}", name.value))
                        .label(span, format!("env.{other}"))
                        .label(env.path.span.clone(), format!("env.{}", name.value))
                        .help("let their `hosts` differ, or make one declaration of the two")
                });
            }
        }
        if !context.doubtful {
            context.problems.extend(taken.into_values());
        }
        let declaration = declaration(&name, env, path, hosts, context);
        declarations.insert(name.value.to_string(), declaration);
    }
    declarations
}

fn declaration(
    name: &Located<GroupName>,
    env: EnvTable,
    path: RemotePath,
    hosts: BTreeSet<HostName>,
    context: &mut Context<'_>,
) -> EnvDeclaration {
    let mode = env.mode.as_ref().and_then(|mode| u32::from_str_radix(mode.as_str(), 8).ok());
    if let (Some(bits), Some(mode)) = (mode, &env.mode)
        && (bits & 0o002 != 0 || bits & 0o400 == 0)
    {
        let why = if bits & 0o002 == 0 { "its owner could not read the file" } else { "everybody could write the file" };
        context.problems.push(
            Problem::new("bad-value", format!("the mode of env.{} makes no sense: {why}", name.value))
                .label(mode.span.clone(), "this mode")
                .help("write permission bits in octal, such as \"0640\""),
        );
    }
    let base = parts(env.keys, env.format, context);
    let mut layers: Vec<Layer<Key, Part>> = Vec::new();
    for (on, table) in env.on {
        let values = parts(table.keys, env.format, context);
        let Some(layer) = Layer::new(&on, values, context) else { continue };
        if layer.hosts.is_disjoint(&hosts) && !hosts.is_empty() && !context.doubtful {
            context.problems.push(
                Problem::new("override-unused", format!("no host of env.{} is in `{}`", name.value, on.value))
                    .label(env.hosts.span.clone(), "its hosts")
                    .label(on.span.clone(), "overrides nothing"),
            );
        }
        layers.push(layer);
    }
    overrides::sort(&mut layers);
    let mut variants = Vec::new();
    let mut variant_of = BTreeMap::new();
    // The same contradiction shows in many variants.
    let mut seen = BTreeSet::new();
    for (hosts, merged) in overrides::variants(&base, &layers, &hosts, &describe, context) {
        variant_of.extend(hosts.into_iter().map(|host| (host, variants.len())));
        variants.push(assemble(&merged, &name.value, &mut seen, context));
    }
    if hosts.is_empty() {
        // The rules are checked all the same.
        let merged = base.into_iter().map(|(key, value, span)| (key, overrides::Slot { value, span, strength: 0 })).collect();
        assemble(&merged, &name.value, &mut seen, context);
    }
    EnvDeclaration {
        name: name.value.to_string(),
        path,
        format: env.format,
        hosts,
        owner: env.owner.as_ref().and_then(|owner| owner.as_str().split_once(':')).map(|(user, group)| (user.to_owned(), group.to_owned())),
        mode,
        units: env.units.iter().map(ToString::to_string).collect(),
        restart: env.restart,
        extra: env.extra,
        origin: context.origin(&name.span),
        variants,
        variant_of,
    }
}

fn assemble(
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
                let problem = Problem::new("rule-contradiction", format!("the rule of `{key}` in env.{env} contradicts itself"));
                (at.clone(), problem.label(at, why))
            })
            .collect();
        if let Some(Declared::Text(text)) = &value
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
        for (at, problem) in found {
            if seen.insert((at.start, problem.message.clone())) {
                context.problems.push(problem);
            }
        }
        rules.insert(key.to_string(), KeyRule { value, rule, origin: context.origin(&span) });
    }
    rules
}
