//! The files of the inventory, read once and laid end to end in one address space: a span says by itself in which
//! file it is.

use std::fs::File;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use serde::Serialize;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::problem::Problem;

/// No inventory file is larger; a larger one is refused before it is read.
const LARGEST: u64 = 16 << 20;

/// Where something is declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Origin {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One file.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: String,
    /// For the eye: control characters, which TOML forbids anyway, replaced.
    display: String,
    base: usize,
    lines: Vec<usize>,
}

impl Source {
    fn new(name: String, text: String, base: usize) -> Self {
        let display = text
            .chars()
            .map(|c| {
                if c.is_ascii_control() && !matches!(c, '\n' | '\t' | '\r') {
                    '?'
                } else {
                    c
                }
            })
            .collect();
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            name,
            text,
            display,
            base,
            lines,
        }
    }

    /// The line, from 0, of an offset into this file.
    fn line_of(&self, offset: usize) -> usize {
        self.lines
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }

    /// A key or a table that is twice in this file; the first place is looked for in the text.
    fn duplicate(&self, at: &Range<usize>, span: Range<usize>) -> Problem {
        let line_text = |line: usize| {
            self.text
                .get(self.line_range(line))
                .unwrap_or_default()
                .trim()
        };
        let line = self.line_of(at.start);
        let name = self.text.get(at.clone()).unwrap_or_default();
        let header = line_text(line).starts_with('[');
        let mut problem = Problem::new(
            "duplicate",
            format!("`{}` is declared twice", super::suggest::shown(name)),
        );
        for before in (0..line).rev() {
            let text = line_text(before);
            let same = if header {
                text.split('#').next().map(str::trim_end)
                    == line_text(line).split('#').next().map(str::trim_end)
            } else {
                text.strip_prefix(name)
                    .is_some_and(|rest| rest.trim_start().starts_with('='))
            };
            if same {
                let found = self.line_range(before).start;
                let offset = self
                    .text
                    .get(found..)
                    .and_then(|rest| rest.find(name))
                    .unwrap_or(0)
                    + found
                    + self.base;
                problem = problem.label(offset..offset + name.len(), "declared here");
                break;
            }
            if !header && text.starts_with('[') {
                break;
            }
        }
        problem
            .label(span, "and again here")
            .help("keep one of the two")
    }

    fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.lines.get(line).copied().unwrap_or(self.text.len());
        start..self.lines.get(line + 1).copied().unwrap_or(self.text.len())
    }
}

/// All files that could be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    pub(super) files: Vec<Source>,
}

impl Sources {
    /// Reads every `*.toml` of a directory, in the order of their names.
    pub(super) fn read(dir: &Path, problems: &mut Vec<Problem>) -> Self {
        let mut sources = Self::default();
        let shown = dir.display();
        let entries = match std::fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) => {
                let (code, hint) = match error.kind() {
                    std::io::ErrorKind::NotFound => (
                        "inventory-missing",
                        "start one with `fleet init`, or name another directory with `-i`",
                    ),
                    std::io::ErrorKind::NotADirectory => (
                        "inventory-not-a-directory",
                        "name the directory that holds the *.toml files with `-i`",
                    ),
                    _ => (
                        "inventory-unreadable",
                        "make the directory readable for the user that runs fleet",
                    ),
                };
                problems.push(
                    Problem::new(
                        code,
                        format!(
                            "can't read the inventory directory {shown}: {}",
                            reason(&error)
                        ),
                    )
                    .help(hint),
                );
                return sources;
            }
        };
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => {
                    let path = entry.path();
                    let hidden = entry.file_name().to_string_lossy().starts_with('.');
                    if path
                        .extension()
                        .is_some_and(|extension| extension == "toml")
                        && !hidden
                    {
                        paths.push(path);
                    }
                }
                Err(error) => problems.push(Problem::new(
                    "inventory-unreadable",
                    format!(
                        "can't list the inventory directory {shown}: {}",
                        reason(&error)
                    ),
                )),
            }
        }
        paths.sort();
        if paths.is_empty() && problems.is_empty() {
            problems.push(
                Problem::new(
                    "inventory-empty",
                    format!("no *.toml file in the inventory directory {shown}"),
                )
                .help("start an inventory with `fleet init`, or name another directory with `-i`"),
            );
        }
        for path in paths {
            match read_file(&path) {
                Ok(text) => sources.add(path.display().to_string(), text),
                Err(problem) => problems.push(*problem),
            }
        }
        sources
    }

    pub(super) fn add(&mut self, name: String, text: String) {
        // One byte between two files, so that no place belongs to both.
        let base = self
            .files
            .last()
            .map_or(0, |last| last.base + last.text.len() + 1);
        self.files.push(Source::new(name, text, base));
    }

    /// Parses one file, with its spans in the common address space.
    pub(super) fn parse(&self, index: usize, problems: &mut Vec<Problem>) -> Option<DeTable<'_>> {
        let source = self.files.get(index)?;
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        if errors.is_empty() {
            return Some(rebase_table(table.into_inner(), source.base));
        }
        // What follows an error on the same line is noise of the recovery.
        let mut seen = std::collections::BTreeSet::new();
        for error in errors {
            let at = error.span().unwrap_or(0..0);
            if seen.insert(source.line_of(at.start)) {
                let message = error
                    .message()
                    .lines()
                    .next()
                    .unwrap_or("not TOML")
                    .replace(", expected nothing", "");
                let span = at.start + source.base..at.end + source.base;
                if message == "duplicate key" {
                    problems.push(source.duplicate(&at, span));
                    continue;
                }
                let problem = Problem::new("toml-syntax", format!("not valid TOML: {message}"))
                    .label(span, "here");
                let unquoted =
                    message.starts_with("invalid boolean") || message.contains("leading zero");
                problems.push(if unquoted {
                    problem.help("put text in quotes, such as \"0640\"")
                } else {
                    problem
                });
            }
        }
        None
    }

    fn file_at(&self, offset: usize) -> Option<&Source> {
        let index = self
            .files
            .partition_point(|file| file.base <= offset)
            .checked_sub(1)?;
        self.files.get(index)
    }

    /// File, line and column of an offset.
    pub(super) fn origin(&self, offset: usize) -> Option<Origin> {
        let file = self.file_at(offset)?;
        let local = (offset - file.base).min(file.text.len());
        let line = file.line_of(local);
        let column = file
            .text
            .get(file.line_range(line).start..local)
            .map_or(0, |before| before.chars().count());
        Some(Origin {
            file: file.name.clone(),
            line: line + 1,
            column: column + 1,
        })
    }

    /// The span of `inner` (bytes of the value) within a string value, when it is written without escapes.
    pub(super) fn within(
        &self,
        span: &Range<usize>,
        value: &str,
        inner: Range<usize>,
    ) -> Range<usize> {
        let exact = self.file_at(span.start).and_then(|file| {
            let raw = file
                .text
                .get(span.start - file.base..span.end - file.base)?;
            (raw.get(1..raw.len().checked_sub(1)?)? == value).then_some(span.start + 1)
        });
        match exact {
            Some(start) => start + inner.start..start + inner.end.min(value.len()),
            None => span.clone(),
        }
    }

    /// Whether the line at an offset is short enough to be shown.
    pub(super) fn showable(&self, offset: usize) -> bool {
        const LONGEST: usize = 400;
        self.file_at(offset).is_some_and(|file| {
            let line = file.line_of(offset - file.base);
            (line.saturating_sub(1)..=line + 1).all(|line| file.line_range(line).len() <= LONGEST)
        })
    }
}

impl SourceCode for Sources {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let file = self
            .file_at(span.offset())
            .ok_or(MietteError::OutOfBounds)?;
        let start = span.offset() - file.base;
        let end = start + span.len();
        if end > file.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let first = file.line_of(start).saturating_sub(before);
        let last =
            (file.line_of(end.saturating_sub(1).max(start)) + after).min(file.lines.len() - 1);
        let range = file.line_range(first).start..file.line_range(last).end;
        let data = file
            .display
            .get(range.clone())
            .ok_or(MietteError::OutOfBounds)?;
        Ok(Box::new(MietteSpanContents::new_named(
            file.name.clone(),
            data.as_bytes(),
            (range.start + file.base, range.len()).into(),
            first,
            // Asked for without lines around it, it is the place that counts.
            if before == 0 {
                file.text
                    .get(range.start..start)
                    .map_or(0, |text| text.chars().count())
            } else {
                0
            },
            last - first + 1,
        )))
    }
}

fn read_file(path: &Path) -> Result<String, Box<Problem>> {
    let shown = path.display();
    let unreadable = |error: &std::io::Error| {
        Box::new(
            Problem::new(
                "file-unreadable",
                format!("can't read {shown}: {}", reason(error)),
            )
            .file(path)
            .help("make the file readable for the user that runs fleet"),
        )
    };
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err(Box::new(
            Problem::new("file-not-regular", format!("{shown} is not a regular file")).file(path),
        ));
    }
    let too_large = |size: u64| {
        Box::new(
            Problem::new(
                "file-too-large",
                format!(
                    "{shown} has {} MiB; an inventory file may have 16 MiB",
                    size >> 20
                ),
            )
            .file(path)
            .help("move what is no inventory out of the directory, or split the file"),
        )
    };
    if metadata.len() > LARGEST {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(bytes.len() as u64));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        let byte = error.as_bytes().get(good).copied().unwrap_or_default();
        Box::new(
            Problem::new(
                "file-not-utf8",
                format!("{shown}:{line}:{column}: byte 0x{byte:02x} is not UTF-8"),
            )
            .file(path)
            .position(line, column)
            .help("save the file as UTF-8"),
        )
    })
}

/// What the system says, without the number that Rust adds.
pub(super) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}

fn rebase_table(table: DeTable<'_>, base: usize) -> DeTable<'_> {
    table
        .into_iter()
        .map(|(key, value)| {
            let span = key.span();
            (
                Spanned::new(span.start + base..span.end + base, key.into_inner()),
                rebase(value, base),
            )
        })
        .collect()
}

fn rebase(value: Spanned<DeValue<'_>>, base: usize) -> Spanned<DeValue<'_>> {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::Table(table) => DeValue::Table(rebase_table(table, base)),
        DeValue::Array(array) => DeValue::Array(
            array
                .into_iter()
                .map(|value| rebase(value, base))
                .collect::<DeArray<'_>>(),
        ),
        other => other,
    };
    Spanned::new(span.start + base..span.end + base, value)
}

/// Merges the tables of one file into those of the files before it. An entry of a top-level table (a host, a group, a
/// setting of `[ssh]`) is declared in one file; so is each table below `ssh.on` and `lab.on`.
pub(super) fn merge<'a>(into: &mut DeTable<'a>, from: DeTable<'a>, problems: &mut Vec<Problem>) {
    merge_at(into, from, &mut Vec::new(), problems);
}

fn merge_at<'a>(
    into: &mut DeTable<'a>,
    from: DeTable<'a>,
    path: &mut Vec<String>,
    problems: &mut Vec<Problem>,
) {
    for (key, value) in from {
        let name = key.get_ref().to_string();
        path.push(name.clone());
        let Some((first_key, _)) = into.get_key_value(name.as_str()) else {
            into.insert(key, value);
            path.pop();
            continue;
        };
        let first = first_key.span();
        let second = key.span();
        let open = path.len() == 1
            || (path.len() == 2 && path[1] == "on" && (path[0] == "ssh" || path[0] == "lab"));
        match (
            open,
            into.get_mut(name.as_str()).map(Spanned::get_mut),
            value.into_inner(),
        ) {
            (true, Some(DeValue::Table(into)), DeValue::Table(from)) => {
                merge_at(into, from, path, problems)
            }
            _ => problems.push(
                Problem::new(
                    "duplicate",
                    format!("`{}` is declared in two files", path.join(".")),
                )
                .label(first, "declared here")
                .label(second, "and again here")
                .help("keep one of the two"),
            ),
        }
        path.pop();
    }
}
