//! Reads a file as Ruby's `dotenv` gem does (3.x, `lib/dotenv/parser.rb` and `substitutions/`), and says where Node's
//! `dotenv` (16 to 18, `lib/main.js`) reads it differently. Both scan the whole file with one regular expression, so a
//! quoted value may span lines, and `KEY=` may find its quoted value on the next line; both are matched here.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::document::{Assignment, Entry, EntryKind, Quote, Reading, line_at};
use super::dotenv_expand::expand;
use super::lines::Text;
use super::problem::{Difference, Problem, ProblemKind};

/// A pattern of this file, which `patterns_compile` proves valid.
#[expect(clippy::expect_used, reason = "a literal that a test compiles")]
fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("literal pattern")
}

/// Ruby's white space is ASCII.
static RUBY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?mx)^ [\t-\r\x20]* (?P<export>export[\t-\r\x20]+)? (?P<key>[A-Za-z0-9_.]+)
        (?P<sep>[\t-\r\x20]*=[\t-\r\x20]*?|:[\t-\r\x20]+?)
        (?P<value>[\t-\r\x20]*'(?:\\'|[^'])*' | [\t-\r\x20]*"(?:\\"|[^"])*" | [^\#\r\n]+)?
        [\t-\r\x20]* (?:\#.*)? $"#,
    )
});

/// Node's white space is Unicode's, a byte order mark included.
static NODE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?mx)^ [\s\u{feff}]* (?P<export>export[\s\u{feff}]+)? (?P<key>[A-Za-z0-9_.-]+)
        (?P<sep>[\s\u{feff}]*=[\s\u{feff}]*?|:[\s\u{feff}]+?)
        (?P<value>[\s\u{feff}]*'(?:\\'|[^'])*' | [\s\u{feff}]*"(?:\\"|[^"])*" | [\s\u{feff}]*`(?:\\`|[^`])*` | [^\#\r\n]+)?
        [\s\u{feff}]* (?:\#.*)? $"#,
    )
});

/// Node removes quotes line by line (`^…$` with the flags `m` and `g`).
static NODE_QUOTES: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?ms)^(?:'(.*)'|"(.*)"|`(.*)`)$"#));

pub(super) fn read(bytes: &[u8]) -> Reading {
    let text = Text::new(bytes);
    let mut reader = Reader {
        text: &text,
        bytes,
        reading: Reading::default(),
        values: BTreeMap::new(),
        exports: Vec::new(),
        at: 0,
        line: 1,
    };
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        reader.reading.problems.push(Problem::new(1, ProblemKind::ByteOrderMark));
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        let line = line_at(bytes, error.valid_up_to());
        reader.reading.problems.push(Problem::new(line, ProblemKind::NotUtf8));
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        reader.reading.problems.push(Problem::new(line_at(bytes, at), ProblemKind::Nul));
    }
    for found in RUBY.captures_iter(&text.text) {
        reader.assignment(&found);
    }
    reader.gap(text.text.len());
    reader.exports();
    let mut reading = reader.reading;
    // The first entry takes the byte order mark, so that the entries cover every byte.
    if let Some(first) = reading.entries.first_mut() {
        first.span.start = 0;
    } else if !bytes.is_empty() {
        reading.entries.push(Entry { span: 0..bytes.len(), line: 1, kind: EntryKind::Blank });
    }
    compare(&text.text, &mut reading);
    reading
}

struct Reader<'a> {
    text: &'a Text,
    bytes: &'a [u8],
    reading: Reading,
    /// What Ruby's hash holds so far, for `$NAME`.
    values: BTreeMap<String, String>,
    /// Lines with `export A B` and their names.
    exports: Vec<(usize, Vec<String>)>,
    /// Where the next entry starts, in the text, and its line.
    at: usize,
    line: usize,
}

impl Reader<'_> {
    fn push(&mut self, end: usize, kind: EntryKind) {
        let entry = Entry { span: self.text.span(&(self.at..end)), line: self.line, kind };
        self.line += self.text.text[self.at..end].matches('\n').count();
        self.at = end;
        self.reading.entries.push(entry);
    }

    fn problem(&mut self, key: Option<&str>, kind: ProblemKind) {
        let problem = Problem::new(self.line, kind);
        self.reading.problems.push(key.map_or(problem.clone(), |key| problem.of(key)));
    }

    fn assignment(&mut self, found: &regex::Captures<'_>) {
        let (Some(key), Some(separator)) = (found.name("key"), found.name("sep")) else {
            return;
        };
        let export = found.name("export");
        self.gap(self.text.line_start(export.map_or(key.start(), |export| export.start())));
        let span = value_span(found, separator.end(), is_ruby_space);
        let raw = &self.text.text[span.clone()];
        let (quote, inner) = unquote(raw);
        let (value, expanded) = match quote {
            Quote::Single => (inner.to_owned(), false),
            // Strict line breaks, the default since 3.0: `\n` stays as it is written.
            Quote::Double => expand(&unescape(&inner.replace("\\n", "\\\\n").replace("\\r", "\\\\r")), &self.values),
            Quote::None => expand(&unescape(inner), &self.values),
        };
        let key = key.as_str();
        if raw.contains('\n') {
            self.problem(Some(key), ProblemKind::SeveralLines);
        } else if quote == Quote::None && raw.starts_with(['"', '\'']) {
            self.problem(Some(key), ProblemKind::Unclosed);
        }
        let mut written = span.clone();
        if quote == Quote::None && !raw.is_empty() && self.text.text[span.end..].starts_with('#') {
            self.problem(Some(key), ProblemKind::ReadersDiffer(Difference::Hash));
            // `abc#def` was meant whole: a new value must not leave `#def` behind.
            let line = &self.text.text[span.end..self.text.line_end(span.end)];
            written.end += line.trim_end_matches(is_ruby_space).len();
        }
        self.values.insert(key.to_owned(), value.clone());
        let place = self.text.span(&written);
        let certain = !expanded && std::str::from_utf8(&self.bytes[self.text.span(&span)]).is_ok();
        let end = self.text.line_end(span.end.max(key_end(found)));
        let assignment = Assignment {
            key: key.to_owned(),
            value,
            value_span: place,
            quote,
            export: export.is_some(),
            certain,
            accepted: true,
        };
        self.push(end, EntryKind::Assignment(assignment));
    }

    /// Lines that no assignment covers, up to `end`.
    fn gap(&mut self, end: usize) {
        while self.at < end {
            let line_end = self.text.line_end(self.at).min(end);
            let line = self.text.text[self.at..line_end].trim_matches(is_ruby_space);
            let kind = if line.is_empty() {
                EntryKind::Blank
            } else if line.starts_with('#') {
                EntryKind::Comment
            } else {
                self.other(line)
            };
            self.push(line_end, kind);
        }
    }

    /// `export A B` sets nothing; other lines are skipped.
    fn other(&mut self, line: &str) -> EntryKind {
        let mut words = line.split(is_ruby_space).filter(|word| !word.is_empty());
        if words.next() != Some("export") {
            self.problem(None, ProblemKind::NotAnAssignment);
            return EntryKind::Invalid;
        }
        let names: Vec<String> = words.map(str::to_owned).collect();
        let kind = match names.as_slice() {
            [name] if is_name(name) => EntryKind::Bare { key: name.clone() },
            _ => EntryKind::Invalid,
        };
        self.exports.push((self.line, names));
        kind
    }

    /// `export A B` raises `FormatError` where the file sets one of them nowhere.
    fn exports(&mut self) {
        for (line, names) in &self.exports {
            if !names.iter().all(|name| self.values.contains_key(name)) {
                self.reading.problems.push(Problem::new(*line, ProblemKind::ExportUnset));
            }
        }
    }
}

/// Whether Ruby's dotenv takes this as a name.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
}

fn key_end(found: &regex::Captures<'_>) -> usize {
    found.name("key").map_or(0, |key| key.end())
}

/// The value without white space around it; an empty span after the separator where there is none.
fn value_span(found: &regex::Captures<'_>, after: usize, space: fn(char) -> bool) -> Range<usize> {
    let Some(value) = found.name("value") else {
        return after..after;
    };
    let start = value.as_str().trim_start_matches(space);
    let trimmed = start.trim_end_matches(space);
    if trimmed.is_empty() {
        return after..after;
    }
    let start = value.end() - start.len();
    start..start + trimmed.len()
}

/// What `String#strip` removes.
fn is_ruby_space(character: char) -> bool {
    matches!(character, '\0' | '\t'..='\r' | ' ')
}

fn is_node_space(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}')
}

/// Removes one pair of quotes around the whole value, as `/\A(['"])(.*)\1\z/m` does.
fn unquote(raw: &str) -> (Quote, &str) {
    let inner = |quote: char| raw.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(inner) = inner('\'') {
        (Quote::Single, inner)
    } else if let Some(inner) = inner('"') {
        (Quote::Double, inner)
    } else {
        (Quote::None, raw)
    }
}

/// A backslash goes, what follows it stays, but `\$` waits for the expansion.
fn unescape(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(next)) if *next != '$' => {
                plain.push(*next);
                characters.next();
            }
            _ => plain.push(character),
        }
    }
    plain
}

/// What Node's dotenv reads.
pub(super) fn node(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for found in NODE.captures_iter(text) {
        let (Some(key), Some(separator)) = (found.name("key"), found.name("sep")) else {
            continue;
        };
        let raw = &text[value_span(&found, separator.end(), is_node_space)];
        let mut value = NODE_QUOTES.replace_all(raw, "$1$2$3").into_owned();
        if raw.starts_with('"') {
            value = value.replace("\\n", "\n").replace("\\r", "\r");
        }
        values.insert(key.as_str().to_owned(), value);
    }
    values
}

/// Adds a problem for each name whose winning value Node reads differently.
fn compare(text: &str, reading: &mut Reading) {
    let mut node = node(text);
    let mut ruby: BTreeMap<&str, (usize, &Assignment)> = BTreeMap::new();
    for entry in &reading.entries {
        if let EntryKind::Assignment(assignment) = &entry.kind {
            ruby.insert(&assignment.key, (entry.line, assignment));
        }
    }
    for (key, (line, assignment)) in ruby {
        let other = node.remove(key);
        if other.as_ref() == Some(&assignment.value) && assignment.certain {
            continue;
        }
        let other = other.unwrap_or_default();
        let because = if !assignment.certain || (assignment.quote != Quote::Single && other.contains('$')) {
            Difference::Dollar
        } else if assignment.value.starts_with('`') {
            Difference::Backtick
        } else if other.contains('\\') || assignment.value.contains('\\') {
            Difference::Backslash
        } else {
            Difference::Quoting
        };
        reading.problems.push(Problem::new(line, ProblemKind::ReadersDiffer(because)).of(key));
    }
    for key in node.into_keys() {
        let because = if key.contains('-') { Difference::Dash } else { Difference::Quoting };
        let line = text
            .lines()
            .position(|line| line.trim_start().trim_start_matches("export").trim_start().starts_with(&key))
            .map_or(1, |line| line + 1);
        reading.problems.push(Problem::new(line, ProblemKind::ReadersDiffer(because)).of(&key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_compile() {
        for pattern in [&RUBY, &NODE, &NODE_QUOTES] {
            assert!(!pattern.as_str().is_empty());
        }
    }
}
