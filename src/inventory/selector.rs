//! Selectors: which hosts a command or a declaration is about.
//!
//! ```text
//! selector = ["!"] term { ("," | "&" | "!") term }
//! term     = name | group | glob | range | "@" file | "(" selector ")"
//! ```
//!
//! `,` adds, `&` keeps what both have, `!` takes away. They are applied strictly from left to right, so that a `!` at
//! the end always takes away; parentheses group. `,!` and `,&` mean `!` and `&`. A `!` in front takes away from all
//! hosts. A glob (`*`, `?`) matches names of hosts. A range in brackets stands for numbers, with their zeros:
//! `web[01-12]`, `web[1,3,5-7]`. A file holds selectors, one a line, `#` comments; they are added up.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};

use super::suggest::{nearest, shown};
use crate::names::HostName;

/// A range may stand for so many names.
const MOST_NAMES: usize = 100_000;
/// Parentheses may nest so deep.
const DEEPEST: usize = 32;

/// Why a selector selects nothing useful.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}, at column {column} of the selector \"{selector}\"")]
pub struct SelectorError {
    code: &'static str,
    message: String,
    hint: Option<String>,
    column: usize,
    at: std::ops::Range<usize>,
    selector: String,
}

impl SelectorError {
    fn new(code: &'static str, selector: &str, at: std::ops::Range<usize>, message: impl Into<String>) -> Self {
        let column = selector.get(..at.start).map_or(0, |before| before.chars().count()) + 1;
        Self { code, message: message.into(), hint: None, column, at, selector: shown(selector) }
    }

    fn hint_with(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
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
    pub fn range(&self) -> std::ops::Range<usize> {
        self.at.clone()
    }
}

/// A selector that has been read, with the files that it names.
#[derive(Clone, Debug)]
pub struct Selector {
    text: String,
    expression: Expression,
}

#[derive(Clone, Debug)]
struct Expression {
    complement: bool,
    terms: Vec<(Operator, Term)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Union,
    Intersection,
    Difference,
}

#[derive(Clone, Debug)]
struct Term {
    at: std::ops::Range<usize>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
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
        let mut parser = Parser { text, at: 0, depth: 0, read: Some(read) };
        let expression = parser.whole()?;
        Ok(Self { text: text.to_owned(), expression })
    }

    /// The names that may be groups, with their places.
    pub fn names(&self) -> Vec<(&str, std::ops::Range<usize>)> {
        fn collect<'a>(
            expression: &'a Expression,
            within: Option<&std::ops::Range<usize>>,
            names: &mut Vec<(&'a str, std::ops::Range<usize>)>,
        ) {
            for (_, term) in &expression.terms {
                let at = within.unwrap_or(&term.at);
                match &term.kind {
                    Kind::Name(name) => names.push((name, at.clone())),
                    Kind::Inner(inner) => collect(inner, within, names),
                    Kind::File(lines) => lines.iter().for_each(|(_, inner)| collect(inner, Some(at), names)),
                    Kind::Range(range) => names.extend(range.iter().map(|name| (name.as_str(), at.clone()))),
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
        more => format!("no host or group is called `{}`, nor are {} more of the range", shown(first), more - 1),
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
    SelectorError {
        hint: error.hint.clone(),
        ..SelectorError::new(error.code, text, term.at.clone(), error.to_string())
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// None within a file: a file names no further file.
    read: Option<&'a dyn Fn(&str) -> Result<String, String>>,
}

impl Parser<'_> {
    fn whole(&mut self) -> Result<Expression, SelectorError> {
        let expression = self.expression()?;
        match self.peek() {
            None => Ok(expression),
            Some(')') => Err(self.error("this parenthesis closes nothing")),
            Some(other) => Err(self
                .error(format!("`{}` can't stand here", shown(&other.to_string())))
                .hint_with("put `,` (or), `&` (and) or `!` (not) between two names")),
        }
    }

    fn expression(&mut self) -> Result<Expression, SelectorError> {
        let complement = self.eat('!');
        let mut operator = if complement { Operator::Difference } else { Operator::Union };
        let mut terms = Vec::new();
        loop {
            terms.push((operator, self.term()?));
            operator = match self.peek() {
                Some(',') => {
                    self.at += 1;
                    if self.eat('!') {
                        Operator::Difference
                    } else if self.eat('&') {
                        Operator::Intersection
                    } else if matches!(self.peek(), None | Some(')')) {
                        // A comma at the end, as in a list that grows.
                        break;
                    } else {
                        Operator::Union
                    }
                }
                Some('&') => {
                    self.at += 1;
                    if self.eat('!') { Operator::Difference } else { Operator::Intersection }
                }
                Some('!') => {
                    self.at += 1;
                    Operator::Difference
                }
                _ => break,
            };
        }
        Ok(Expression { complement, terms })
    }

    fn term(&mut self) -> Result<Term, SelectorError> {
        let start = match self.peek() {
            None => {
                let message =
                    if self.text.trim().is_empty() { "the selector is empty" } else { "a name is missing at the end" };
                return Err(self.error(message).hint_with("name hosts or groups, such as `web, cdn-*`"));
            }
            Some(_) => self.at,
        };
        let kind = match self.peek() {
            Some('(') => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(self.error("parentheses nest too deep"));
                }
                self.at += 1;
                let inner = self.expression()?;
                if !self.eat(')') {
                    self.at = start;
                    return Err(self.error("this parenthesis is never closed"));
                }
                self.depth -= 1;
                Kind::Inner(inner)
            }
            Some('@') => {
                self.at += 1;
                let path = self.take(|c| !matches!(c, ',' | '&' | '!' | '(' | ')'));
                self.file(path.trim().to_owned(), start)?
            }
            _ => self.name()?,
        };
        Ok(Term { at: start..self.at, kind })
    }

    fn name(&mut self) -> Result<Kind, SelectorError> {
        let start = self.at;
        // Parts outside and inside of brackets take turns.
        let mut names = vec![String::new()];
        let mut range = false;
        loop {
            let plain = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | '?'));
            names.iter_mut().for_each(|name| name.push_str(&plain));
            if self.text[self.at..].starts_with('[') {
                range = true;
                let numbers = self.numbers(MOST_NAMES / names.len().max(1))?;
                names =
                    names.iter().flat_map(|name| numbers.iter().map(move |number| format!("{name}{number}"))).collect();
            } else {
                break;
            }
        }
        if self.at == start {
            let found = self.text[start..].chars().next().unwrap_or_default();
            return Err(self
                .error(format!("a name is missing before `{}`", shown(&found.to_string())))
                .hint_with("names hold letters, digits, `.`, `-` and `_`"));
        }
        if names.iter().any(|name| name.contains(['*', '?'])) {
            let mut globs = Vec::with_capacity(names.len());
            for name in &names {
                let glob = GlobBuilder::new(name).literal_separator(false).backslash_escape(false).build();
                globs.push(glob.map_err(|_| self.error_at(start, "this glob is not understood"))?.compile_matcher());
            }
            return Ok(match globs.pop() {
                Some(only) if globs.is_empty() => Kind::Glob(Box::new(only)),
                last => {
                    globs.extend(last);
                    Kind::Globs(globs)
                }
            });
        }
        Ok(match names.pop() {
            Some(only) if !range => Kind::Name(only),
            last => {
                names.extend(last);
                Kind::Range(names)
            }
        })
    }

    fn numbers(&mut self, most: usize) -> Result<Vec<String>, SelectorError> {
        let open = self.at;
        let Some(length) = self.text[open..].find(']') else {
            return Err(self.error("this bracket is never closed").hint_with("write a range such as `web[1-12]`"));
        };
        let inside = &self.text[open + 1..open + length];
        let mut numbers = Vec::new();
        for part in inside.split(',') {
            let part = part.trim();
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let wrong = |message: &str| {
                self.error_at(open, message).hint_with("write numbers, such as `web[1-12]` or `web[01,03,05-07]`")
            };
            let number = |text: &str| {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                text.parse::<u64>().ok().filter(|_| digits)
            };
            let (Some(from), Some(to)) = (number(first), number(last)) else {
                return Err(wrong(&format!("`[{}]` is not a range of numbers", shown(inside))));
            };
            if from > to {
                return Err(wrong(&format!("the range {from}-{to} runs backwards")));
            }
            let padded = |text: &str| text.len() > 1 && text.starts_with('0');
            if (padded(first) || padded(last)) && first.len() != last.len() {
                return Err(wrong(&format!("`{first}` and `{last}` have different numbers of digits")));
            }
            let width = if padded(first) { first.len() } else { 0 };
            if to - from >= most.saturating_sub(numbers.len()) as u64 {
                return Err(wrong("this range stands for too many names"));
            }
            numbers.extend((from..=to).map(|number| format!("{number:0width$}")));
        }
        self.at = open + length + 1;
        Ok(numbers)
    }

    fn file(&mut self, path: String, start: usize) -> Result<Kind, SelectorError> {
        let Some(read) = self.read else {
            return Err(self.error_at(start, "a selector file can't name a further file"));
        };
        if path.is_empty() {
            return Err(self.error_at(start, "the name of a file is missing after `@`"));
        }
        let text = read(&path).map_err(|reason| {
            let message = format!("can't read the selector file {}: {reason}", shown(&path));
            SelectorError::new("selector-file", self.text, start..self.at, message)
        })?;
        let mut lines = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let expression = Parser { text: line, at: 0, depth: 0, read: None }.whole().map_err(|error| {
                let message = format!("{}:{}: {error}", shown(&path), number + 1);
                let outer = SelectorError::new(error.code, self.text, start..self.at, message);
                SelectorError { hint: error.hint, ..outer }
            })?;
            lines.push((line.to_owned(), expression));
        }
        if lines.is_empty() {
            return Err(SelectorError::new(
                "selector-file",
                self.text,
                start..self.at,
                format!("the selector file {} names no host", shown(&path)),
            ));
        }
        Ok(Kind::File(lines))
    }

    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.text[self.at..].chars().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.at += wanted.len_utf8();
        }
        there
    }

    fn take(&mut self, keep: impl Fn(char) -> bool) -> String {
        let rest = &self.text[self.at..];
        let length = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.at += length;
        rest[..length].to_owned()
    }

    fn error(&self, message: impl Into<String>) -> SelectorError {
        self.error_at(self.at, message)
    }

    fn error_at(&self, at: usize, message: impl Into<String>) -> SelectorError {
        let length = self.text[at..].chars().next().map_or(0, char::len_utf8);
        SelectorError::new("selector-syntax", self.text, at..at + length, message)
    }
}

#[cfg(test)]
#[path = "selector_tests.rs"]
mod tests;
