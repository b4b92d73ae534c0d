//! Selectors: which hosts a command or a declaration is about.

use std::collections::BTreeSet;
use std::ops::Range;

use globset::GlobMatcher;

use super::selector_parser;
use super::suggest::{nearest, shown};
use crate::names::HostName;

/// Why a selector selects nothing useful.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}, at column {column} of the selector \"{selector}\"")]
pub struct SelectorError {
    code: &'static str,
    message: String,
    hint: Option<String>,
    column: usize,
    at: Range<usize>,
    selector: String,
}

impl SelectorError {
    pub(super) fn new(code: &'static str, selector: &str, at: Range<usize>, message: impl Into<String>) -> Self {
        let column = selector.get(..at.start).map_or(0, |before| before.chars().count()) + 1;
        Self { code, message: message.into(), hint: None, column, at, selector: shown(selector) }
    }

    pub(super) fn hint_with(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same problem, told at the place that named the file.
    pub(super) fn seen_from(&self, selector: &str, at: Range<usize>, message: String) -> Self {
        Self { hint: self.hint.clone(), ..Self::new(self.code, selector, at, message) }
    }

    /// A stable name: `selector-syntax`, `selector-file`, `unknown-name`, `no-match` or `empty-selection`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What to do next.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The column in characters, from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The bytes of the selector that are wrong.
    pub fn range(&self) -> Range<usize> {
        self.at.clone()
    }
}

/// A selector that has been read, with the files that it names.
///
/// ```text
/// selector = ["!"] term { ("," | "&" | "!") term }
/// term     = name | group | glob | range | "@" file | "(" selector ")"
/// ```
///
/// `,` adds, `&` keeps what both have, `!` takes away. They are applied strictly from left to right, so that a `!` at
/// the end always takes away; parentheses group. `,!` and `,&` mean `!` and `&`. A `!` in front takes away from all
/// hosts. A glob (`*`, `?`) matches names of hosts. A range in brackets stands for numbers, with their zeros:
/// `web[01-12]`, `web[1,3,5-7]`. A file holds selectors, one a line, `#` comments; they are added up.
#[derive(Clone, Debug)]
pub struct Selector {
    text: String,
    expression: Expression,
}

/// Terms, applied from left to right.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) complement: bool,
    pub(super) terms: Vec<(Operator, Term)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Union,
    Intersection,
    Difference,
}

#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) at: Range<usize>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Name(String),
    Glob(Box<GlobMatcher>),
    Range(Vec<String>),
    Globs(Vec<GlobMatcher>),
    Inner(Expression),
    File(Vec<(String, Expression)>),
}

/// What a selector may speak of.
pub trait Universe {
    /// All hosts.
    fn hosts(&self) -> &BTreeSet<HostName>;
    /// The hosts of a group, if there is such a group.
    fn group(&self, name: &str) -> Option<&BTreeSet<HostName>>;
    /// Names of groups, for suggestions.
    fn group_names(&self) -> Vec<&str>;
}

impl Selector {
    /// Reads a selector. `read` returns the text of a file named with `@`, or why it can't.
    pub fn parse(text: &str, read: &dyn Fn(&str) -> Result<String, String>) -> Result<Self, SelectorError> {
        Ok(Self { text: text.to_owned(), expression: selector_parser::parse(text, read)? })
    }

    /// The names that may be groups, with their places.
    pub fn names(&self) -> Vec<(&str, Range<usize>)> {
        fn collect<'a>(
            expression: &'a Expression,
            within: Option<&Range<usize>>,
            names: &mut Vec<(&'a str, Range<usize>)>,
        ) {
            for (_, term) in &expression.terms {
                let at = within.unwrap_or(&term.at);
                match &term.kind {
                    Kind::Name(name) => names.push((name, at.clone())),
                    Kind::Inner(inner) => collect(inner, within, names),
                    Kind::File(lines) => lines.iter().for_each(|(_, inner)| collect(inner, Some(at), names)),
                    Kind::Range(range) => {
                        names.extend(range.iter().map(|name| (name.as_str(), at.clone())));
                    }
                    Kind::Glob(_) | Kind::Globs(_) => {}
                }
            }
        }
        let mut names = Vec::new();
        collect(&self.expression, None, &mut names);
        names
    }

    /// The hosts that are meant. An unknown name, a glob without a match and an empty result are errors.
    pub fn evaluate(&self, universe: &dyn Universe) -> Result<BTreeSet<HostName>, SelectorError> {
        let hosts = evaluate(&self.expression, &self.text, universe)?;
        if hosts.is_empty() {
            return Err(SelectorError::new("empty-selection", &self.text, 0..self.text.len(), "no host is left over")
                .hint_with("`!` and `&` are applied from left to right; `fleet hosts list` shows hosts and groups"));
        }
        Ok(hosts)
    }
}

fn evaluate(expression: &Expression, text: &str, universe: &dyn Universe) -> Result<BTreeSet<HostName>, SelectorError> {
    let mut result = if expression.complement { universe.hosts().clone() } else { BTreeSet::new() };
    for (operator, term) in &expression.terms {
        let hosts = term_hosts(term, text, universe)?;
        match operator {
            Operator::Union => result.extend(hosts),
            Operator::Intersection => result.retain(|host| hosts.contains(host)),
            Operator::Difference => result.retain(|host| !hosts.contains(host)),
        }
    }
    Ok(result)
}

fn term_hosts(term: &Term, text: &str, universe: &dyn Universe) -> Result<BTreeSet<HostName>, SelectorError> {
    match &term.kind {
        Kind::Name(name) => named(name, universe).ok_or_else(|| unknown(&[name.as_str()], term, text, universe)),
        Kind::Range(names) => {
            let mut hosts = BTreeSet::new();
            let mut missing = Vec::new();
            for name in names {
                match named(name, universe) {
                    Some(found) => hosts.extend(found),
                    None => missing.push(name.as_str()),
                }
            }
            if missing.is_empty() { Ok(hosts) } else { Err(unknown(&missing, term, text, universe)) }
        }
        Kind::Glob(glob) => matching(std::slice::from_ref(glob), term, text, universe),
        Kind::Globs(globs) => matching(globs, term, text, universe),
        Kind::Inner(inner) => evaluate(inner, text, universe),
        Kind::File(lines) => {
            let mut hosts = BTreeSet::new();
            for (line, inner) in lines {
                hosts.extend(evaluate(inner, line, universe).map_err(|error| in_file(&error, term, text))?);
            }
            Ok(hosts)
        }
    }
}

fn named(name: &str, universe: &dyn Universe) -> Option<BTreeSet<HostName>> {
    match universe.hosts().get(name) {
        Some(host) => Some(BTreeSet::from([host.clone()])),
        None => universe.group(name).cloned(),
    }
}

fn matching<G: std::borrow::Borrow<GlobMatcher>>(
    globs: &[G],
    term: &Term,
    text: &str,
    universe: &dyn Universe,
) -> Result<BTreeSet<HostName>, SelectorError> {
    let mut all = BTreeSet::new();
    for glob in globs {
        let glob: &GlobMatcher = glob.borrow();
        let mut any = false;
        for host in universe.hosts() {
            if glob.is_match(host.as_str()) {
                any = true;
                all.insert(host.clone());
            }
        }
        if !any {
            let message = format!("no host matches `{}`", shown(glob.glob().glob()));
            return Err(SelectorError::new("no-match", text, term.at.clone(), message)
                .hint_with("`fleet hosts list` shows hosts and groups; a glob matches hosts, not groups"));
        }
    }
    Ok(all)
}

fn unknown(names: &[&str], term: &Term, text: &str, universe: &dyn Universe) -> SelectorError {
    let first = names.first().copied().unwrap_or_default();
    let message = match names.len() {
        1 => format!("no host or group is called `{}`", shown(first)),
        more => format!("no host or group is called `{}` (and {} more of the range)", shown(first), more - 1),
    };
    let groups = universe.group_names();
    let candidates = universe.hosts().iter().map(HostName::as_str).chain(groups);
    let hint = nearest(first, candidates).map_or_else(
        || "`fleet hosts list` shows hosts and groups".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    SelectorError::new("unknown-name", text, term.at.clone(), message).hint_with(hint)
}

fn in_file(error: &SelectorError, term: &Term, text: &str) -> SelectorError {
    error.seen_from(text, term.at.clone(), error.to_string())
}

#[cfg(test)]
#[path = "selector_tests.rs"]
mod tests;
