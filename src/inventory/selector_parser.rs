//! Reads the text of a selector; [`super::selector`] says what it may look like.

use globset::GlobBuilder;

use super::selector::{Expression, Kind, Operator, SelectorError, Term};
use super::suggest::shown;

/// A range may stand for so many names.
const MOST_NAMES: usize = 100_000;
/// Parentheses may nest so deep.
const DEEPEST: usize = 32;

/// Returns the text of a file named with `@`, or why it can't.
pub(super) type Read<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// Reads a whole selector.
pub(super) fn parse(text: &str, read: Read<'_>) -> Result<Expression, SelectorError> {
    Parser { text, at: 0, depth: 0, read: Some(read) }.whole()
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// None within a file: a file names no further file.
    read: Option<Read<'a>>,
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
                self.file(path.trim(), start)?
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
            for name in &mut names {
                name.push_str(&plain);
            }
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

    fn file(&mut self, path: &str, start: usize) -> Result<Kind, SelectorError> {
        let Some(read) = self.read else {
            return Err(self.error_at(start, "a selector file can't name a further file"));
        };
        if path.is_empty() {
            return Err(self.error_at(start, "the name of a file is missing after `@`"));
        }
        let text = read(path).map_err(|reason| {
            let message = format!("can't read the selector file {}: {reason}", shown(path));
            SelectorError::new("selector-file", self.text, start..self.at, message)
        })?;
        let mut lines = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let expression = Parser { text: line, at: 0, depth: 0, read: None }.whole().map_err(|error| {
                let message = format!("{}:{}: {error}", shown(path), number + 1);
                error.seen_from(self.text, start..self.at, message)
            })?;
            lines.push((line.to_owned(), expression));
        }
        if lines.is_empty() {
            return Err(SelectorError::new(
                "selector-file",
                self.text,
                start..self.at,
                format!("the selector file {} names no host", shown(path)),
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
