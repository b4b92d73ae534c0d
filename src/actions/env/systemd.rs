//! Reads a file as systemd reads `EnvironmentFile=`: systemd.exec(5), and the state machine of `src/basic/env-file.c`
//! (252 to 257). Quotes and backslashes work much as in a shell, `$` does not; `#` and `;` start a comment only at the start
//! of a line; a line break inside quotes is kept, one after a backslash is dropped; CR ends a line as LF does.

use std::ops::Range;

use super::document::{Assignment, Entry, EntryKind, Quote, Reading, line_at};
use super::problem::{Difference, Problem, ProblemKind};

/// Characters that a backslash in double quotes escapes (`SHELL_NEED_ESCAPE`).
pub(super) const NEED_ESCAPE: &[char] = &['"', '\\', '`', '$'];

pub(super) fn read(bytes: &[u8]) -> Reading {
    // The parser works on a C string: it ends at the first NUL.
    let content = bytes.iter().position(|byte| *byte == 0).map_or(bytes, |end| &bytes[..end]);
    let mut reader = Reader { bytes: content, at: 0, line: 1, reading: Reading::default() };
    if content.starts_with(b"\xEF\xBB\xBF") {
        reader.problem(None, ProblemKind::ByteOrderMark);
    }
    while reader.at < content.len() {
        reader.entry();
    }
    if content.len() < bytes.len() {
        let line = line_at(bytes, content.len());
        reader.line = line;
        reader.problem(None, ProblemKind::Nul);
        reader.reading.entries.push(Entry { span: content.len()..bytes.len(), line, kind: EntryKind::Invalid });
        reader.reading.open_at_end = true;
    }
    reader.reading
}

/// Whether systemd takes this as the name of a variable (`env_name_is_valid`).
pub(super) fn is_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether every systemd takes this as a value: today `env_value_is_valid` wants no more than UTF-8, but older ones dropped
/// values with control characters other than tab and line feed.
pub(super) fn is_safe_value(value: &str) -> bool {
    !value.bytes().any(|byte| (byte < b' ' && byte != b'\t' && byte != b'\n') || byte == 0x7F)
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

fn is_space(byte: u8) -> bool {
    byte == b' ' || byte == b'\t' || is_line_end(byte)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
    reading: Reading,
}

impl Reader<'_> {
    fn problem(&mut self, key: Option<&str>, kind: ProblemKind) {
        let problem = Problem::new(self.line, kind);
        self.reading.problems.push(key.map_or(problem.clone(), |key| problem.of(key)));
    }

    /// The place after the line end at `at`; CR LF is one line end.
    fn after_line_end(&self, at: usize) -> usize {
        match &self.bytes[at..] {
            [b'\r', b'\n', ..] => at + 2,
            [_, ..] => at + 1,
            [] => at,
        }
    }

    fn push(&mut self, end: usize, kind: EntryKind) {
        self.reading.entries.push(Entry { span: self.at..end, line: self.line, kind });
        self.line += line_at(&self.bytes[self.at..end], end) - 1;
        self.at = end;
    }

    fn entry(&mut self) {
        let rest = &self.bytes[self.at..];
        let indent = rest.iter().take_while(|byte| **byte == b' ' || **byte == b'\t').count();
        let start = self.at + indent;
        let line =
            self.bytes[start..].iter().position(|byte| is_line_end(*byte)).map_or(self.bytes.len(), |end| start + end);
        match self.bytes.get(start) {
            None | Some(b'\n' | b'\r') => self.push(self.after_line_end(line), EntryKind::Blank),
            Some(b'#' | b';') => {
                let backslashes = self.bytes[start..line].iter().rev().take_while(|byte| **byte == b'\\').count();
                if backslashes % 2 == 1 {
                    self.problem(None, ProblemKind::CommentContinues);
                }
                self.push(self.after_line_end(line), EntryKind::Comment);
            }
            // The first character of a name is never the separator.
            Some(_) => {
                if let Some(length) = self.bytes[start + 1..line].iter().position(|byte| *byte == b'=') {
                    self.assignment(start..start + 1 + length);
                } else {
                    self.problem(None, ProblemKind::NotAnAssignment);
                    self.push(self.after_line_end(line), EntryKind::Invalid);
                }
            }
        }
    }

    fn assignment(&mut self, key: Range<usize>) {
        let value = self.value(key.end + 1);
        let name = self.bytes[key].trim_ascii_end();
        let (Ok(name), Ok(text)) = (std::str::from_utf8(name), String::from_utf8(value.text)) else {
            self.problem(None, ProblemKind::NotUtf8);
            self.push(value.end, EntryKind::Invalid);
            return;
        };
        let name = name.to_owned();
        if value.open {
            self.problem(Some(&name), ProblemKind::Unclosed);
            self.reading.open_at_end = true;
        }
        let export = name.strip_prefix("export").is_some_and(|rest| rest.starts_with([' ', '\t']));
        if export {
            let bare = name["export".len()..].trim_start().to_owned();
            self.problem(Some(&bare), ProblemKind::ExportIgnored);
        } else if !is_name(&name) {
            self.problem(Some(&name), ProblemKind::NameIgnored);
        } else if !is_safe_value(&text) {
            self.problem(Some(&name), ProblemKind::ControlCharacters);
        }
        if value.quote == Quote::None && text.contains(" #") {
            self.problem(Some(&name), ProblemKind::ReadersDiffer(Difference::SystemdHash));
        }
        if value.quote != Quote::Single && !value.escaped && names_variable(&text) {
            self.problem(Some(&name), ProblemKind::ReadersDiffer(Difference::SystemdDollar));
        }
        let assignment = Assignment {
            accepted: is_name(&name),
            key: name,
            value: text,
            value_span: value.span,
            quote: value.quote,
            export,
            certain: true,
        };
        self.push(value.end, EntryKind::Assignment(assignment));
    }

    fn value(&self, start: usize) -> Value {
        let mut state = State::Before;
        let mut value =
            Value { text: Vec::new(), span: start..start, quote: Quote::None, end: start, escaped: false, open: false };
        let (mut groups, mut plain) = (0, false);
        // How much of the text stays when it ends in unquoted white space.
        let mut keep = 0;
        let mut at = start;
        while let Some(&byte) = self.bytes.get(at) {
            let next = match (state, byte) {
                (State::Before | State::Plain, byte) if is_line_end(byte) => break,
                (State::Before, b'\'') => State::Single,
                (State::Before, b'"') => State::Double,
                (State::Before | State::Plain, b'\\') => {
                    value.escaped = true;
                    State::PlainEscape
                }
                (State::Before, byte) if is_space(byte) => State::Before,
                (State::Before | State::Plain, byte) => {
                    value.text.push(byte);
                    State::Plain
                }
                (State::PlainEscape, byte) => {
                    if !is_line_end(byte) {
                        value.text.push(byte);
                    }
                    State::Plain
                }
                (State::Single, b'\'') | (State::Double, b'"') => {
                    groups += 1;
                    value.quote = if state == State::Single { Quote::Single } else { Quote::Double };
                    State::Before
                }
                (State::Double, b'\\') => {
                    value.escaped = true;
                    State::DoubleEscape
                }
                (State::Single | State::Double, byte) => {
                    value.text.push(byte);
                    state
                }
                (State::DoubleEscape, byte) => {
                    if !NEED_ESCAPE.contains(&char::from(byte)) && byte != b'\n' {
                        value.text.push(b'\\');
                    }
                    if byte != b'\n' {
                        value.text.push(byte);
                    }
                    State::Double
                }
            };
            let white = matches!(state, State::Before | State::Plain) && is_space(byte);
            if !white {
                if value.span.is_empty() {
                    value.span.start = at;
                }
                value.span.end = at + 1;
                keep = value.text.len();
            }
            plain |= next == State::Plain;
            state = next;
            at += 1;
        }
        if state == State::Plain {
            value.text.truncate(keep);
        }
        value.open = at == self.bytes.len() && !matches!(state, State::Before | State::Plain);
        if plain || groups != 1 {
            value.quote = Quote::None;
        }
        value.end = self.after_line_end(at);
        value
    }
}

struct Value {
    text: Vec<u8>,
    span: Range<usize>,
    quote: Quote,
    /// End of the assignment, its line end included.
    end: usize,
    escaped: bool,
    open: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Plain,
    PlainEscape,
    Single,
    Double,
    DoubleEscape,
}

/// Whether a shell would see `$NAME` or `${NAME}`.
fn names_variable(text: &str) -> bool {
    text.as_bytes()
        .windows(2)
        .any(|pair| pair[0] == b'$' && (pair[1].is_ascii_alphabetic() || matches!(pair[1], b'_' | b'{')))
}
