//! Holds TOML against the JSON Schema of the types: unknown and missing keys, wrong types, values that are not
//! allowed. All of them are reported, and what is wrong is taken out, so that the rest can still be checked.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use regex::Regex;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::shape_words::{article, choices, expected_label, list, properties, quoted, right_type, wanted};
use super::suggest::{nearest, shown};
use super::text::expects;

/// Checks a tree against a schema.
pub(crate) struct Shape<'s> {
    root: &'s Value,
    path: Vec<String>,
    patterns: BTreeMap<&'s str, Option<Regex>>,
    /// What was found.
    pub(crate) problems: Vec<Problem>,
    /// A host or a group, or perhaps a whole table of them, was taken out: names may look unknown that are not.
    pub(super) names_lost: bool,
    touched: BTreeSet<String>,
}

impl<'s> Shape<'s> {
    pub(crate) fn new(root: &'s Value) -> Self {
        Self {
            root,
            path: Vec::new(),
            patterns: BTreeMap::new(),
            problems: Vec::new(),
            names_lost: false,
            touched: BTreeSet::new(),
        }
    }

    /// Whether something of a top-level table is wrong.
    pub(super) fn touched(&self, top: &str) -> bool {
        self.touched.contains(top)
    }

    /// Checks the whole document, and takes out what is wrong.
    pub(crate) fn document(&mut self, table: &mut DeTable<'_>) {
        let root = self.root;
        self.table(table, &(0..0), root);
    }

    fn resolve(&self, mut schema: &'s Value) -> &'s Value {
        while let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            match name.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)) {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }

    fn matches(&mut self, pattern: &'s str, text: &str) -> bool {
        let regex = self.patterns.entry(pattern).or_insert_with(|| Regex::new(pattern).ok());
        // A test compiles every pattern of the schema.
        regex.as_ref().is_none_or(|regex| regex.is_match(text))
    }

    fn problem(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: String,
        label: impl Into<String>,
    ) -> &mut Problem {
        if matches!(self.path.as_slice(), [top] | [top, _] if top == "hosts" || top == "groups") || self.path.is_empty()
        {
            self.names_lost = true;
        }
        self.touched.extend(self.path.first().cloned());
        self.problems.push(Problem::new(code, message).label(span, label));
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    fn whereabouts(&self) -> String {
        self.path.join(".")
    }

    /// Whether the value may stay.
    fn value(&mut self, value: &mut Spanned<DeValue<'_>>, schema: &'s Value) -> bool {
        let schema = self.resolve(schema);
        let span = value.span();
        if let Some(alternatives) = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array) {
            return self.alternatives(value, alternatives);
        }
        if !right_type(value.get_ref(), schema) {
            let message = format!(
                "`{}` must be {}, not {}",
                self.whereabouts(),
                wanted(schema),
                article(value.get_ref().type_str())
            );
            let help = quoted(value.get_ref(), schema);
            self.problem("wrong-type", span, message, expected_label(&wanted(schema))).help = help;
            return false;
        }
        match value.get_mut() {
            DeValue::Table(table) => self.table(table, &span, schema),
            DeValue::Array(array) => {
                let Some(items) = schema.get("items") else {
                    return true;
                };
                if schema.get("minItems").and_then(Value::as_u64).is_some_and(|least| (array.len() as u64) < least) {
                    let message = format!("`{}` must not be empty", self.whereabouts());
                    self.problem("empty", span, message, "nothing in here");
                    return false;
                }
                let mut good = true;
                for item in array.iter_mut() {
                    good &= self.value(item, items);
                }
                good
            }
            DeValue::String(text) => self.string(text, span, schema),
            DeValue::Integer(number) => {
                let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
                self.integer(number, span, schema)
            }
            DeValue::Float(number) => {
                let number = number.as_str().parse().unwrap_or(f64::NAN);
                self.float(number, span, schema)
            }
            _ => true,
        }
    }

    fn string(&mut self, text: &str, span: Range<usize>, schema: &'s Value) -> bool {
        let allowed: Option<Vec<&str>> = schema
            .get("enum")
            .and_then(Value::as_array)
            .map(|values| values.iter().filter_map(Value::as_str).collect())
            .or_else(|| schema.get("const").and_then(Value::as_str).map(|only| vec![only]));
        if let Some(allowed) = allowed {
            return allowed.contains(&text) || self.not_allowed(text, span, &allowed);
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && !self.matches(pattern, text)
        {
            let wanted = expects(pattern).map_or_else(|| format!("text that matches /{pattern}/"), str::to_owned);
            let message = format!("`{}` is not right: \"{}\"", self.whereabouts(), shown(text));
            self.problem("bad-value", span, message, "this value").help = Some(format!("write {wanted}"));
            return false;
        }
        true
    }

    fn not_allowed(&mut self, text: &str, span: Range<usize>, allowed: &[&str]) -> bool {
        let message = format!("`{}` can't be \"{}\"", self.whereabouts(), shown(text));
        let allowed_quoted: Vec<String> = allowed.iter().map(|one| format!("\"{one}\"")).collect();
        let list = list(&allowed_quoted.iter().map(String::as_str).collect::<Vec<_>>(), "or");
        let label = nearest(text, allowed.iter().copied())
            .map_or_else(|| "not one of them".to_owned(), |near| format!("did you mean \"{near}\"?"));
        self.problem("bad-choice", span, message, label).help = Some(format!("write {list}"));
        false
    }

    fn integer(&mut self, number: Option<i64>, span: Range<usize>, schema: &Value) -> bool {
        let least = schema.get("minimum").and_then(Value::as_i64);
        let most = schema.get("maximum").and_then(Value::as_i64);
        let inside = number
            .is_some_and(|number| least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most));
        if !inside {
            let message = format!("`{}` is out of range", self.whereabouts());
            let label = match (least, most) {
                (Some(least), Some(most)) => format!("must be from {least} to {most}"),
                (Some(least), None) => format!("must be at least {least}"),
                (None, Some(most)) => format!("must be at most {most}"),
                (None, None) => "larger than 64 bits".to_owned(),
            };
            self.problem("out-of-range", span, message, label);
        }
        inside
    }

    /// What is no number (`nan`) is in no range.
    fn float(&mut self, number: f64, span: Range<usize>, schema: &Value) -> bool {
        let (Some(least), Some(most)) =
            (schema.get("minimum").and_then(Value::as_f64), schema.get("maximum").and_then(Value::as_f64))
        else {
            return true;
        };
        let inside = (least..=most).contains(&number);
        if !inside {
            let message = format!("`{}` is out of range", self.whereabouts());
            self.problem("out-of-range", span, message, format!("must be from {least} to {most}"));
        }
        inside
    }

    fn alternatives(&mut self, value: &mut Spanned<DeValue<'_>>, alternatives: &'s [Value]) -> bool {
        let alternatives: Vec<&'s Value> = alternatives.iter().map(|one| self.resolve(one)).collect();
        // Constants with documentation of their own.
        let constants: Vec<&str> = alternatives.iter().flat_map(|one| choices(one)).collect();
        let fitting: Vec<&'s Value> =
            alternatives.iter().copied().filter(|one| right_type(value.get_ref(), one)).collect();
        if fitting.is_empty() {
            let wanted: Vec<String> = alternatives.iter().map(|one| wanted(one)).collect();
            let mut unique: Vec<&str> = wanted.iter().map(String::as_str).collect();
            unique.dedup();
            let expected = list(&unique, "or");
            let message =
                format!("`{}` must be {expected}, not {}", self.whereabouts(), article(value.get_ref().type_str()));
            let span = value.span();
            let help = alternatives.iter().find_map(|one| quoted(value.get_ref(), one));
            self.problem("wrong-type", span, message, expected_label(&expected)).help = help;
            return false;
        }
        if let DeValue::String(text) = value.get_ref()
            && !constants.is_empty()
        {
            let text = text.to_string();
            return constants.contains(&text.as_str()) || self.not_allowed(&text, value.span(), &constants);
        }
        if let (DeValue::Table(table), true) = (value.get_ref(), fitting.len() > 1) {
            // Each alternative is a table with one key, which names it.
            let names: Vec<&str> = fitting.iter().flat_map(|one| properties(one)).collect();
            let given: Vec<&str> = table.keys().map(|key| &**key.get_ref()).collect();
            let &[one] = given.as_slice() else {
                let message = format!("`{}` needs exactly one of {}", self.whereabouts(), names.join(", "));
                self.problem("one-of", value.span(), message, format!("has {}", given.len()));
                return false;
            };
            if let Some(schema) = fitting.iter().copied().find(|schema| properties(schema).contains(&one)) {
                return self.value(value, schema);
            }
            let span = table.keys().next().map_or(value.span(), Spanned::span);
            let message = format!("unknown key `{}` in `{}`", shown(one), self.whereabouts());
            let label = nearest(one, names.iter().copied())
                .map_or_else(|| "unknown".to_owned(), |near| format!("did you mean `{near}`?"));
            let ticked: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let ticked: Vec<&str> = ticked.iter().map(String::as_str).collect();
            self.problem("unknown-key", span, message, label).help =
                Some(format!("write one of {}", list(&ticked, "or")));
            return false;
        }
        let first = fitting[0];
        self.value(value, first)
    }

    fn table(&mut self, table: &mut DeTable<'_>, span: &Range<usize>, schema: &'s Value) -> bool {
        let known = schema.get("properties").and_then(Value::as_object);
        let additional = schema.get("additionalProperties");
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let missing: Vec<&str> = required.iter().copied().filter(|name| !table.contains_key(*name)).collect();
        let mut lost_required = false;
        let least = schema.get("minProperties").and_then(Value::as_u64).unwrap_or(0);
        if (table.len() as u64) < least {
            let message = format!("`{}` declares nothing", self.whereabouts());
            self.problem("empty", span.clone(), message, "empty table");
            return false;
        }
        for (key, mut value) in std::mem::take(table) {
            let name = key.get_ref().to_string();
            let good = match self.inner(&key, schema, known, additional) {
                Inner::Wrong => {
                    self.dotted(&name, value.get_ref());
                    false
                }
                Inner::Anything => true,
                Inner::Schema(inner) => {
                    self.path.push(name.clone());
                    let good = self.value(&mut value, inner);
                    self.path.pop();
                    good
                }
            };
            lost_required |= !good && required.contains(&name.as_str());
            if good {
                table.insert(key, value);
            }
        }
        for name in &missing {
            let message = format!("`{}` lacks the key `{name}`", self.whereabouts());
            self.problem("missing-key", span.clone(), message, format!("`{name}` is missing"));
        }
        missing.is_empty() && !lost_required
    }

    /// `[hosts.web1.example.org]` is a table in a table: a name with dots needs quotes.
    fn dotted(&mut self, name: &str, value: &DeValue<'_>) {
        if let ([top, host], DeValue::Table(table), Some(problem)) =
            (self.path.as_slice(), value, self.problems.last_mut())
            && top == "hosts"
        {
            let mut whole = format!("{host}.{name}");
            let mut inner = table;
            while let (1, Some((key, DeValue::Table(next)))) =
                (inner.len(), inner.iter().next().map(|(key, value)| (key, value.get_ref())))
            {
                whole = format!("{whole}.{}", key.get_ref());
                inner = next;
            }
            problem.help = Some(format!("a name with dots needs quotes: [hosts.\"{}\"]", shown(&whole)));
        }
    }

    /// The schema of the value of a key, or a problem with the key itself.
    fn inner(
        &mut self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        schema: &'s Value,
        known: Option<&'s Map<String, Value>>,
        additional: Option<&'s Value>,
    ) -> Inner<'s> {
        let name = &**key.get_ref();
        if let Some(inner) = known.and_then(|known| known.get(name)) {
            return Inner::Schema(inner);
        }
        // A pattern for the keys of a map stands in one of two places.
        let by_pattern = schema.get("patternProperties").and_then(Value::as_object).and_then(|map| map.iter().next());
        let (pattern, inner) = match by_pattern {
            Some((pattern, inner)) => (Some(pattern.as_str()), Some(inner)),
            None => (schema.pointer("/propertyNames/pattern").and_then(Value::as_str), additional),
        };
        if let (Some(pattern), Some(inner)) = (pattern, inner) {
            if self.matches(pattern, name) {
                return Inner::Schema(inner);
            }
            let message = format!("\"{}\" in `{}` is not a good name", shown(name), self.whereabouts());
            self.path.push(name.to_owned());
            self.problem("bad-name", key.span(), message, "this name").help =
                expects(pattern).map(|expected| format!("write {expected}"));
            self.path.pop();
            return Inner::Wrong;
        }
        match additional {
            Some(inner) if inner.is_object() => Inner::Schema(inner),
            Some(Value::Bool(false)) => {
                let names: Vec<&str> =
                    known.map(|known| known.keys().map(String::as_str).collect()).unwrap_or_default();
                let label = nearest(name, names.iter().copied())
                    .map_or_else(|| "unknown".to_owned(), |near| format!("did you mean `{near}`?"));
                let (what, inside) = match self.path.as_slice() {
                    [] => ("table", String::new()),
                    _ => ("key", format!(" in `{}`", self.whereabouts())),
                };
                let message = format!("unknown {what} `{}`{inside}", shown(name));
                // An unknown key of a host loses no host.
                let lost = self.names_lost || self.path.is_empty();
                self.problem("unknown-key", key.span(), message, label).help =
                    Some(format!("known here: {}", names.join(", ")));
                self.names_lost = lost;
                Inner::Wrong
            }
            _ => Inner::Anything,
        }
    }
}

enum Inner<'s> {
    Schema(&'s Value),
    Anything,
    Wrong,
}
