//! The files of the inventory, read once and laid end to end in one address space: a span says by itself in which
//! file it is.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use serde::Serialize;
use toml::de::DeTable;

use super::problem::Problem;

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
    /// For the eye: without control characters.
    display: String,
    base: usize,
    lines: Vec<usize>,
}

impl Source {
    fn new(name: String, text: String, base: usize) -> Self {
        let display = text.chars().map(harmless).collect();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name, text, display, base, lines }
    }

    /// The line, from 0, of an offset into this file.
    fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// A key or a table that is twice in this file; the first place is looked for in the text.
    fn duplicate(&self, at: &Range<usize>, span: Range<usize>) -> Problem {
        let line_text = |line: usize| self.text.get(self.line_range(line)).unwrap_or_default().trim();
        let line = self.line_of(at.start);
        let name = self.text.get(at.clone()).unwrap_or_default();
        let header = line_text(line).starts_with('[');
        let mut problem = Problem::new("duplicate", format!("`{}` is declared twice", super::suggest::shown(name)));
        for before in (0..line).rev() {
            let text = line_text(before);
            let same = if header {
                text.split('#').next().map(str::trim_end) == line_text(line).split('#').next().map(str::trim_end)
            } else {
                text.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
            };
            if same {
                let found = self.line_range(before).start;
                let offset = self.text.get(found..).and_then(|rest| rest.find(name)).unwrap_or(0) + found + self.base;
                problem = problem.label(offset..offset + name.len(), "declared here");
                break;
            }
            if !header && text.starts_with('[') {
                break;
            }
        }
        problem.label(span, "and again here").help("keep one of the two")
    }

    fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.lines.get(line).copied().unwrap_or(self.text.len());
        start..self.lines.get(line + 1).copied().unwrap_or(self.text.len())
    }
}

/// The same number of bytes, so that places stay; what would move a terminal's cursor or turn its text around goes.
fn harmless(c: char) -> char {
    match c {
        '\n' | '\t' | '\r' => c,
        '\0'..='\x1f' | '\x7f' => '?',
        '\u{80}'..='\u{9f}' => '¿',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ => c,
    }
}

/// All files that could be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    pub(super) files: Vec<Source>,
}

impl Sources {
    pub(super) fn add(&mut self, name: String, text: String) {
        // One byte between two files, so that no place belongs to both.
        let base = self.end();
        self.files.push(Source::new(name, text, base));
    }

    /// Where the next file will begin, see [`Self::add`].
    pub(super) fn end(&self) -> usize {
        self.files.last().map_or(0, |last| last.base + last.text.len() + 1)
    }

    /// Parses one file, with its spans in the common address space.
    pub(super) fn parse(&self, index: usize, problems: &mut Vec<Problem>) -> Option<DeTable<'_>> {
        let source = self.files.get(index)?;
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        if errors.is_empty() {
            return Some(super::merge::rebase_table(table.into_inner(), source.base));
        }
        // What follows an error on the same line is noise of the recovery.
        let mut seen = std::collections::BTreeSet::new();
        for error in errors {
            let at = error.span().unwrap_or(0..0);
            if seen.insert(source.line_of(at.start)) {
                let message = error.message().lines().next().unwrap_or("not TOML").replace(", expected nothing", "");
                let span = at.start + source.base..at.end + source.base;
                if message == "duplicate key" {
                    problems.push(source.duplicate(&at, span));
                    continue;
                }
                let problem = Problem::new("toml-syntax", format!("not valid TOML: {message}")).label(span, "here");
                let unquoted = message.starts_with("invalid boolean") || message.contains("leading zero");
                problems.push(if unquoted { problem.help("put text in quotes, such as \"0640\"") } else { problem });
            }
        }
        None
    }

    fn file_at(&self, offset: usize) -> Option<&Source> {
        let index = self.files.partition_point(|file| file.base <= offset).checked_sub(1)?;
        self.files.get(index)
    }

    /// File, line and column of an offset.
    pub(crate) fn origin(&self, offset: usize) -> Option<Origin> {
        let file = self.file_at(offset)?;
        let local = (offset - file.base).min(file.text.len());
        let line = file.line_of(local);
        let column = file.text.get(file.line_range(line).start..local).map_or(0, |before| before.chars().count());
        Some(Origin { file: file.name.clone(), line: line + 1, column: column + 1 })
    }

    /// The span of `inner` (bytes of the value) within a string value, when it is written without escapes.
    pub(crate) fn within(&self, span: &Range<usize>, value: &str, inner: Range<usize>) -> Range<usize> {
        let exact = self.file_at(span.start).and_then(|file| {
            let raw = file.text.get(span.start - file.base..span.end - file.base)?;
            // Behind the quotes, one or three; what is written with escapes does not stand there.
            raw.find(value).map(|at| span.start + at.max(1))
        });
        match exact {
            Some(start) => start + inner.start..start + inner.end.min(value.len()),
            None => span.clone(),
        }
    }

    /// Never draws what stands there.
    pub(super) fn hide(&mut self, span: &Range<usize>) {
        let Some(index) = self.files.partition_point(|file| file.base <= span.start).checked_sub(1) else { return };
        let Some(file) = self.files.get_mut(index) else { return };
        let range = span.start - file.base..span.end - file.base;
        if let Some(text) = file.display.get(range.clone()) {
            // The same number of bytes, and of lines.
            let hidden: String = text.bytes().map(|byte| if byte == b'\n' { '\n' } else { '*' }).collect();
            file.display.replace_range(range, &hidden);
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
        let file = self.file_at(span.offset()).ok_or(MietteError::OutOfBounds)?;
        let start = span.offset() - file.base;
        let end = start + span.len();
        // A place at the very end of a file is one past its text.
        if end > file.text.len() + 1 {
            return Err(MietteError::OutOfBounds);
        }
        let first = file.line_of(start).saturating_sub(before);
        let last = (file.line_of(end.saturating_sub(1).max(start)) + after).min(file.lines.len() - 1);
        let range = file.line_range(first).start..file.line_range(last).end;
        let data = file.display.get(range.clone()).ok_or(MietteError::OutOfBounds)?;
        Ok(Box::new(MietteSpanContents::new_named(
            file.name.clone(),
            data.as_bytes(),
            (range.start + file.base, range.len()).into(),
            first,
            // Asked for without lines around it, it is the place that counts.
            if before == 0 { file.text.get(range.start..start).map_or(0, |text| text.chars().count()) } else { 0 },
            last - first + 1,
        )))
    }
}
