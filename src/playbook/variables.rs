//! Variables: what a playbook declares, what `--set` gives, and the strings that they stand in.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::schema;
use super::types::{Scalar, VariableTable, VariableType, VariablesDocument};
use crate::inventory::{Located, Problem, Shape, Sources, VariableName, nearest, shown};
use crate::secrets::SecretRef;

/// A variable with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: VariableType,
    /// What it is for.
    pub description: Option<String>,
    /// Of a choice, what it may be.
    pub choices: Vec<String>,
    /// Its value where none is given, in words; `None`: it must be given.
    pub default: Option<String>,
    /// Its value here, in words: of a secret, where it comes from.
    pub value: String,
    /// Whether the value was given.
    pub given: bool,
}

impl Variable {
    /// Whether there is a value at all: in an outline one may be missing.
    pub fn has_value(&self) -> bool {
        self.given || self.default.is_some()
    }
}

/// Values by the names of their variables, as trees of TOML.
pub(super) type Values<'s> = BTreeMap<String, DeValue<'s>>;

/// Takes `[vars]` out of the tables of a playbook, and gives each variable its value; in an outline some may be missing.
pub(super) fn take<'s>(
    tables: &mut DeTable<'s>,
    set: &'s BTreeMap<String, String>,
    outline: bool,
    problems: &mut Vec<Problem>,
) -> (Vec<Variable>, Values<'s>) {
    let Some((key, vars)) = tables.remove_entry("vars") else {
        for name in set.keys() {
            problems.push(undeclared(name, &BTreeMap::new()));
        }
        return (Vec::new(), Values::new());
    };
    // The tree of a default is the value of its variable.
    let defaults = defaults(vars.get_ref());
    let mut document = DeTable::new();
    document.insert(key, vars);
    let mut shape = Shape::new(schema::variables());
    shape.document(&mut document);
    let sound = shape.problems.is_empty();
    problems.append(&mut shape.problems);
    let document = match VariablesDocument::deserialize(toml::de::Deserializer::from(Spanned::new(0..0, document))) {
        Ok(document) => document,
        Err(error) => {
            // What the schema can't say.
            let problem = Problem::new("bad-value", error.message().to_owned());
            problems.push(match error.span() {
                Some(span) => problem.label(span, "here"),
                None => problem,
            });
            return (Vec::new(), Values::new());
        }
    };
    if sound {
        let undeclared_names = set.keys().filter(|name| !document.vars.keys().any(|known| known.as_str() == *name));
        problems.extend(undeclared_names.map(|name| undeclared(name, &document.vars)));
    }
    let mut variables = Vec::new();
    let mut values = Values::new();
    for (name, table) in &document.vars {
        let mut missing = Vec::new();
        let (variable, value) = one(name, table, &defaults, set.get(name.as_str()), problems, &mut missing);
        if !outline {
            problems.append(&mut missing);
        }
        values.insert(variable.name.clone(), value);
        variables.push(variable);
    }
    (variables, values)
}

fn defaults<'s>(vars: &DeValue<'s>) -> Values<'s> {
    let DeValue::Table(vars) = vars else { return Values::new() };
    vars.iter()
        .filter_map(|(name, table)| match table.get_ref() {
            DeValue::Table(table) => Some((name.get_ref().to_string(), table.get("default")?.get_ref().clone())),
            _ => None,
        })
        .collect()
}

fn undeclared(name: &str, declared: &BTreeMap<Located<VariableName>, VariableTable>) -> Problem {
    let problem = Problem::new("unknown-variable", format!("the playbook has no variable `{}`", shown(name)));
    match nearest(name, declared.keys().map(|name| name.as_str())) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None if declared.is_empty() => problem.help("it declares none: leave out --set"),
        None => {
            let all: Vec<&str> = declared.keys().map(|name| name.as_str()).collect();
            problem.help(format!("declared: {}", all.join(", ")))
        }
    }
}

/// One variable and its value. Where it has none, a problem, and some value of its type: what follows is still checked.
fn one<'s>(
    name: &Located<VariableName>,
    table: &VariableTable,
    defaults: &Values<'s>,
    given: Option<&'s String>,
    problems: &mut Vec<Problem>,
    missing: &mut Vec<Problem>,
) -> (Variable, DeValue<'s>) {
    let kind = table.kind.as_ref().map_or(VariableType::String, |kind| kind.value);
    let choices = choices(name, kind, table, problems);
    let default = table.default.as_ref().and_then(|default| {
        let fits = fits(&default.value, kind, &choices);
        if let Err(wanted) = &fits {
            let message = format!("the default of `{}` is no {}", name.value, kind.word());
            problems.push(
                Problem::new("wrong-type", message)
                    .label(default.span.clone(), "this value")
                    .help(format!("write {wanted}")),
            );
        }
        fits.ok().map(|()| &default.value)
    });
    let from_default = || defaults.get(name.as_str()).cloned().filter(|_| default.is_some());
    let from_given = given.map(|text| match parse(text, kind, &choices) {
        Ok((scalar, value)) => (Some(scalar), value),
        Err(wanted) => {
            let said = if kind == VariableType::Secret { "that" } else { text.as_str() };
            let message = format!("`{}` can't be \"{}\"", name.value, shown(said));
            let declared = format!("declared here as {}", declared(kind));
            problems.push(
                Problem::new("bad-variable", message)
                    .label(name.span.clone(), declared)
                    .help(format!("give {wanted}: --set {}=…", name.value)),
            );
            (None, stand_in(name, kind, &choices))
        }
    });
    let (value_words, value) = match (from_given, from_default()) {
        (Some((scalar, value)), _) => (scalar.as_ref().map(words), value),
        (None, Some(value)) => (default.map(words), value),
        (None, None) => {
            if table.default.is_none() {
                let message = format!("the playbook needs a value for `{}`", name.value);
                let what = table.description.as_ref().map(|text| format!(": {}", text.value)).unwrap_or_default();
                missing.push(
                    Problem::new("missing-variable", message)
                        .label(name.span.clone(), format!("{}, without a default{what}", declared(kind)))
                        .help(format!("give one: --set {}=…", name.value)),
                );
            }
            (None, stand_in(name, kind, &choices))
        }
    };
    let variable = Variable {
        name: name.as_str().to_owned(),
        kind,
        description: table.description.as_ref().map(|text| text.value.clone()),
        choices,
        default: default.map(words),
        value: value_words.unwrap_or_default(),
        given: given.is_some(),
    };
    (variable, value)
}

fn declared(kind: VariableType) -> &'static str {
    match kind {
        VariableType::String => "a string",
        VariableType::Int => "a whole number",
        VariableType::Bool => "true or false",
        VariableType::Choice => "a choice",
        VariableType::Secret => "the place of a secret",
    }
}

fn choices(
    name: &Located<VariableName>,
    kind: VariableType,
    table: &VariableTable,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    match (&table.choices, kind) {
        (Some(choices), VariableType::Choice) => choices.value.clone(),
        (None, VariableType::Choice) => {
            let message = format!("the choice `{}` lacks the key `choices`", name.value);
            problems.push(
                Problem::new("missing-key", message)
                    .label(name.span.clone(), "this choice")
                    .help("write choices = [\"…\", \"…\"]"),
            );
            Vec::new()
        }
        (Some(choices), _) => {
            let message = format!("`{}` is no choice, and has `choices`", name.value);
            problems.push(
                Problem::new("not-a-choice", message)
                    .label(choices.span.clone(), "of no use")
                    .help("write type = \"choice\""),
            );
            Vec::new()
        }
        (None, _) => Vec::new(),
    }
}

/// Whether a value is of the type; else, what is wanted.
fn fits(value: &Scalar, kind: VariableType, choices: &[String]) -> Result<(), String> {
    let good = match (value, kind) {
        (Scalar::Text(_), VariableType::String)
        | (Scalar::Integer(_), VariableType::Int)
        | (Scalar::Bool(_), VariableType::Bool) => true,
        // Without choices another problem says so.
        (Scalar::Text(text), VariableType::Choice) => choices.is_empty() || choices.contains(text),
        (Scalar::Secret(reference), VariableType::Secret) => reference.check().is_ok(),
        _ => false,
    };
    if good { Ok(()) } else { Err(wanted(kind, choices)) }
}

fn wanted(kind: VariableType, choices: &[String]) -> String {
    match kind {
        VariableType::String => "text on one line".to_owned(),
        VariableType::Int => "a whole number".to_owned(),
        VariableType::Bool => "true or false".to_owned(),
        VariableType::Choice => format!("one of {}", choices.join(", ")),
        VariableType::Secret => "where it comes from, such as env:NAME, file:PATH or age:PATH".to_owned(),
    }
}

/// What was typed, as a value of the type; else, what is wanted.
fn parse<'s>(text: &'s str, kind: VariableType, choices: &[String]) -> Result<(Scalar, DeValue<'s>), String> {
    let wanted = || wanted(kind, choices);
    match kind {
        VariableType::String if text.chars().any(char::is_control) => Err(wanted()),
        VariableType::Choice if !choices.is_empty() && !choices.iter().any(|choice| choice == text) => Err(wanted()),
        VariableType::String | VariableType::Choice => {
            Ok((Scalar::Text(text.to_owned()), DeValue::String(Cow::Borrowed(text))))
        }
        VariableType::Bool => {
            let truth = text.parse().map_err(|_| wanted())?;
            Ok((Scalar::Bool(truth), DeValue::Boolean(truth)))
        }
        VariableType::Int => {
            // As TOML writes numbers: no sign `+`, no leading zeros.
            let number: i64 = text.parse().map_err(|_| wanted())?;
            match DeValue::parse(text).map(Spanned::into_inner) {
                Ok(value @ DeValue::Integer(_)) => Ok((Scalar::Integer(number), value)),
                _ => Err(wanted()),
            }
        }
        VariableType::Secret => {
            let (form, place) = text.split_once(':').ok_or_else(wanted)?;
            let reference = match form {
                "env" => SecretRef::Env(place.to_owned()),
                "file" => SecretRef::File(place.to_owned()),
                "age" => SecretRef::Age(place.to_owned()),
                _ => return Err(wanted()),
            };
            reference.check().map_err(|_| wanted())?;
            let place = Spanned::new(0..0, DeValue::String(Cow::Borrowed(place)));
            let table = |key: &'s str, value| DeTable::from_iter([(Spanned::new(0..0, Cow::Borrowed(key)), value)]);
            let inner = Spanned::new(0..0, DeValue::Table(table(form, place)));
            Ok((Scalar::Secret(reference), DeValue::Table(table("secret", inner))))
        }
    }
}

/// Some value of a type, where none is known.
fn stand_in<'s>(name: &Located<VariableName>, kind: VariableType, choices: &[String]) -> DeValue<'s> {
    match kind {
        VariableType::Bool => DeValue::Boolean(false),
        // One is in every range that a playbook knows.
        VariableType::Int => {
            DeValue::parse("1").map_or_else(|_| DeValue::Integer(toml::de::DeInteger::default()), Spanned::into_inner)
        }
        VariableType::String | VariableType::Choice | VariableType::Secret => {
            let text = choices.first().cloned().unwrap_or_else(|| name.as_str().to_owned());
            DeValue::String(Cow::Owned(text))
        }
    }
}

/// A value as it may be shown to anybody.
fn words(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => text.clone(),
        Scalar::Integer(number) => number.to_string(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Secret(SecretRef::Env(place)) => format!("env:{place}"),
        Scalar::Secret(SecretRef::File(place)) => format!("file:{place}"),
        Scalar::Secret(SecretRef::Age(place)) => format!("age:{place}"),
        // Its arguments may tell more than its program.
        Scalar::Secret(command @ SecretRef::Command(_)) => command.to_string(),
    }
}

/// Puts the values in all strings of a tree.
pub(super) fn fill<'s>(table: &mut DeTable<'s>, values: &Values<'s>, sources: &Sources, problems: &mut Vec<Problem>) {
    let mut filling = Filling { values, sources, problems };
    for (_, value) in table.iter_mut() {
        filling.value(value);
    }
}

struct Filling<'a, 's> {
    values: &'a Values<'s>,
    sources: &'a Sources,
    problems: &'a mut Vec<Problem>,
}

impl<'s> Filling<'_, 's> {
    fn value(&mut self, value: &mut Spanned<DeValue<'s>>) {
        let span = value.span();
        match value.get_mut() {
            DeValue::String(text) => {
                if let Some(filled) = self.text(text, &span) {
                    *value.get_mut() = moved(filled, &span);
                }
            }
            DeValue::Array(array) => array.iter_mut().for_each(|value| self.value(value)),
            DeValue::Table(table) => table.iter_mut().for_each(|(_, value)| self.value(value)),
            _ => {}
        }
    }

    /// The text with its variables; `None`: it has none.
    fn text(&mut self, text: &str, span: &Range<usize>) -> Option<DeValue<'s>> {
        if !text.contains("${") {
            return None;
        }
        let mut filled = String::new();
        let mut rest = 0;
        while let Some(found) = text[rest..].find("${").map(|at| at + rest) {
            if found > rest && text[..found].ends_with('$') {
                filled.push_str(&text[rest..found - 1]);
                filled.push_str("${");
                rest = found + 2;
                continue;
            }
            filled.push_str(&text[rest..found]);
            let name = text[found + 2..].split_once('}').map(|(name, _)| name).filter(|name| is_name(name));
            let Some(name) = name else {
                let at = self.sources.within(span, text, found..found + 2);
                let help = "write ${NAME} with the name of a variable, or $${ for a `${` as it stands";
                self.problems
                    .push(Problem::new("bad-variable", "this is no variable").label(at, "from here").help(help));
                return None;
            };
            let end = found + 2 + name.len() + 1;
            match self.values.get(name) {
                Some(value) if found == 0 && end == text.len() => return Some(value.clone()),
                Some(DeValue::String(value)) => filled.push_str(value),
                Some(DeValue::Integer(value)) => filled.push_str(&value.to_string()),
                Some(DeValue::Boolean(value)) => filled.push_str(&value.to_string()),
                Some(_) => {
                    let at = self.sources.within(span, text, found..end);
                    let message = format!("the secret `{name}` can't be a part of a text");
                    let help = format!("write \"${{{name}}}\" alone, where a secret may stand");
                    self.problems.push(Problem::new("secret-in-text", message).label(at, "here").help(help));
                }
                None => self.undefined(text, span, found..end, name),
            }
            rest = end;
        }
        filled.push_str(&text[rest..]);
        Some(DeValue::String(Cow::Owned(filled)))
    }

    fn undefined(&mut self, text: &str, span: &Range<usize>, inner: Range<usize>, name: &str) {
        let at = self.sources.within(span, text, inner);
        let near = nearest(name, self.values.keys().map(String::as_str));
        let label = near.map_or_else(|| "undefined".to_owned(), |near| format!("did you mean `${{{near}}}`?"));
        let help = format!("declare it in [vars.{name}], or write $${{{name}}} for `${{{name}}}` as it stands");
        let message = format!("no variable is called `{name}`");
        self.problems.push(Problem::new("unknown-variable", message).label(at, label).help(help));
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The value with all its places where the string stood.
fn moved<'s>(value: DeValue<'s>, span: &Range<usize>) -> DeValue<'s> {
    match value {
        DeValue::Table(table) => DeValue::Table(
            table
                .into_iter()
                .map(|(key, value)| {
                    let value = Spanned::new(span.clone(), moved(value.into_inner(), span));
                    (Spanned::new(span.clone(), key.into_inner()), value)
                })
                .collect(),
        ),
        DeValue::Array(array) => DeValue::Array(
            array.into_iter().map(|value| Spanned::new(span.clone(), moved(value.into_inner(), span))).collect(),
        ),
        other => other,
    }
}
