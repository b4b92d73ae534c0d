//! An environment file as a list of entries with byte spans: lossless over any bytes, and read as its reader reads it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::{Problem, ProblemKind};
use super::secrecy::name_can_be_shown;
use super::{docker, dotenv, systemd};

/// Who reads the file: the readers disagree on quotes, `#`, `$` and `export`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Ruby's `dotenv` gem (3.x), which decides; where Node's `dotenv` reads differently, that is a problem of the file.
    #[default]
    Dotenv,
    /// systemd's `EnvironmentFile=` (systemd.exec(5)).
    Systemd,
    /// `docker run --env-file`, as of Docker 28; what Compose would read differently is a problem of the file.
    Docker,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Dotenv => "dotenv",
            Self::Systemd => "systemd",
            Self::Docker => "docker",
        })
    }
}

/// How a value is quoted in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// No quotes, or quotes that the reader takes as part of the value.
    None,
    /// `'value'`
    Single,
    /// `"value"`
    Double,
}

/// `KEY=value`, as its reader understands it.
#[derive(Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The name, as the reader sees it.
    pub key: String,
    /// The value, decoded as the reader decodes it. It may be a secret: `Debug` does not show it.
    pub value: String,
    /// The bytes of the value as written, quotes included; empty, and at the place for a value, where there is none.
    pub value_span: Range<usize>,
    /// How the value is quoted.
    pub quote: Quote,
    /// Whether `export` stands before the name.
    pub export: bool,
    /// False where the reader's value depends on more than the file: Ruby's `$NAME` and `$(command)`, or bytes that are not UTF-8.
    pub certain: bool,
    /// Whether the reader takes this assignment into the environment (systemd drops names such as `3_BUCKET`).
    pub accepted: bool,
}

impl fmt::Debug for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assignment")
            .field("key", &if name_can_be_shown(&self.key) { &self.key } else { "…" })
            .field("value", &"…")
            .field("value_span", &self.value_span)
            .finish_non_exhaustive()
    }
}

/// What an entry is. `Debug` shows no name that may be a piece of a secret.
#[derive(Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// Only white space.
    Blank,
    /// A comment line.
    Comment,
    /// `KEY=value`.
    Assignment(Assignment),
    /// A name without a value: docker takes it from its own environment, dotenv's `export KEY` wants it to be set already.
    Bare {
        /// The name.
        key: String,
    },
    /// Something that the reader skips or refuses; the reason stands in [`Document::problems`].
    Invalid,
}

impl fmt::Debug for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("Blank"),
            Self::Comment => f.write_str("Comment"),
            Self::Assignment(assignment) => assignment.fmt(f),
            Self::Bare { key } => write!(f, "Bare({})", if name_can_be_shown(key) { key } else { "…" }),
            Self::Invalid => f.write_str("Invalid"),
        }
    }
}

/// One piece of the file; the spans of all entries join without gaps and cover every byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The bytes, the line end included.
    pub span: Range<usize>,
    /// Number of its first line, from 1.
    pub line: usize,
    /// What it is.
    pub kind: EntryKind,
}

/// What a reader makes of the bytes; each reader returns one.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) entries: Vec<Entry>,
    pub(super) problems: Vec<Problem>,
    /// Whether text that is added at the end would become part of the last entry (an unclosed quote).
    pub(super) open_at_end: bool,
}

/// A parsed environment file. It keeps the bytes, so `Debug` shows names and spans only.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    bytes: Vec<u8>,
    format: Format,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
    open_at_end: bool,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("format", &self.format)
            .field("length", &self.bytes.len())
            .field("entries", &self.entries)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

impl Document {
    /// Parses any bytes; what the reader would skip or refuse becomes a problem, never an error.
    pub fn parse(bytes: &[u8], format: Format) -> Self {
        let mut reading = match format {
            Format::Dotenv => dotenv::read(bytes),
            Format::Systemd => systemd::read(bytes),
            Format::Docker => docker::read(bytes),
        };
        duplicates(&reading.entries, &mut reading.problems);
        if let Some(at) = bytes.windows(2).position(|pair| pair == b"\r\n") {
            let line = line_at(bytes, at);
            reading.problems.push(Problem::new(line, ProblemKind::WindowsLineEnds));
        }
        reading.problems.sort();
        reading.problems.dedup();
        Self {
            bytes: bytes.to_vec(),
            format,
            entries: reading.entries,
            problems: reading.problems,
            open_at_end: reading.open_at_end,
        }
    }

    /// The reader whose rules were used.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The file as it was given.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All entries in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Everything odd about the file, by line; never with a value.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Problems that a reader survives, perhaps with another value than was meant.
    pub fn warnings(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| !problem.kind.is_fatal())
    }

    /// Why the reader refuses the whole file, if it does.
    pub fn refused(&self) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.kind.is_fatal())
    }

    /// Whether added text would become part of the last entry.
    pub fn is_open_at_end(&self) -> bool {
        self.open_at_end
    }

    /// Every assignment with its entry, in the order of the file.
    pub fn assignments(&self) -> impl DoubleEndedIterator<Item = (&Entry, &Assignment)> {
        self.entries.iter().filter_map(|entry| match &entry.kind {
            EntryKind::Assignment(assignment) => Some((entry, assignment)),
            _ => None,
        })
    }

    /// The assignment whose value the reader ends with. The last one wins in all readers: Ruby's and Node's dotenv
    /// fill a hash, systemd replaces (systemd.exec(5): "later setting will override"), the docker daemon too.
    pub fn winner(&self, key: &str) -> Option<(&Entry, &Assignment)> {
        self.assignments().rev().find(|(_, assignment)| assignment.accepted && assignment.key == key)
    }

    /// The names and values that the reader ends with. Values may be secrets.
    pub fn effective(&self) -> BTreeMap<String, String> {
        self.assignments()
            .filter(|(_, assignment)| assignment.accepted)
            .map(|(_, assignment)| (assignment.key.clone(), assignment.value.clone()))
            .collect()
    }

    /// The line end that most of the file uses; `\n` for an empty file.
    pub fn line_end(&self) -> &'static str {
        let ends = || self.bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
        let (lines, windows) = (ends().count(), ends().filter(|line| line.ends_with(b"\r\n")).count());
        if windows * 2 > lines { "\r\n" } else { "\n" }
    }
}

/// The number of the line that holds byte `at`, from 1.
pub(super) fn line_at(bytes: &[u8], at: usize) -> usize {
    1 + bytes.iter().take(at).filter(|byte| **byte == b'\n').count()
}

/// One problem for each name that is assigned more than once, at the line that wins.
fn duplicates(entries: &[Entry], problems: &mut Vec<Problem>) {
    let mut lines: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for entry in entries {
        if let EntryKind::Assignment(assignment) = &entry.kind {
            lines.entry(&assignment.key).or_default().push(entry.line);
        }
    }
    for (key, lines) in lines {
        if let [earlier @ .., last] = lines.as_slice()
            && !earlier.is_empty()
        {
            let kind = ProblemKind::Duplicate { earlier: earlier.to_vec() };
            problems.push(Problem::new(*last, kind).of(key));
        }
    }
}
