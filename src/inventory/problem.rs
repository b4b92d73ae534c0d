//! What is wrong with an inventory: all of it at once, each with its place.

use std::fmt::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, ThemeCharacters, ThemeStyles};
use schemars::JsonSchema;
use serde::Serialize;

use super::source::Sources;

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Problem {
    /// A stable name.
    pub code: &'static str,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    file: Option<PathBuf>,
    position: Option<(usize, usize)>,
    labels: Vec<(Range<usize>, String)>,
    hidden: Vec<Range<usize>>,
}

impl Problem {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: harmless(message.into()),
            help: None,
            file: None,
            position: None,
            labels: Vec::new(),
            hidden: Vec::new(),
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(harmless(help.into()));
        self
    }

    pub(super) fn file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    pub(super) fn position(mut self, line: usize, column: usize) -> Self {
        self.position = Some((line, column));
        self
    }

    pub(crate) fn label(mut self, span: Range<usize>, text: impl Into<String>) -> Self {
        self.labels.push((span, harmless(text.into())));
        self
    }

    /// A secret stands there: whatever is drawn of its line, this is not.
    pub(crate) fn hide(mut self, span: Range<usize>) -> Self {
        self.hidden.push(span);
        self
    }
}

/// Names in TOML can hold escape codes: they are spelt out.
fn harmless(text: String) -> String {
    if text.chars().any(char::is_control) {
        return text.chars().flat_map(|c| if c.is_control() { c.escape_debug().collect() } else { vec![c] }).collect();
    }
    text
}

/// A place of a problem, for machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is there.
    pub label: String,
}

/// One problem, for machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProblemRecord {
    /// A stable name of the kind of problem.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The file of the first place.
    pub file: Option<String>,
    /// The line of the first place, from 1.
    pub line: Option<usize>,
    /// The column of the first place, from 1.
    pub column: Option<usize>,
    /// What to do about it.
    pub hint: Option<String>,
    /// All places, the first among them.
    pub places: Vec<Place>,
}

/// Everything that is wrong with an inventory. Never empty.
#[derive(Clone, Debug)]
pub struct InventoryErrors {
    /// What was read, such as ``the inventory `inventory` ``.
    subject: String,
    sources: Box<Sources>,
    problems: Vec<Problem>,
}

/// More than these are counted, not shown.
const MOST_SHOWN: usize = 50;

impl InventoryErrors {
    pub(super) fn new(dir: &Path, mut sources: Sources, mut problems: Vec<Problem>) -> Self {
        for span in problems.iter().flat_map(|problem| &problem.hidden) {
            sources.hide(span);
        }
        // Files as a whole first, then by place.
        problems.sort_by_key(|problem| problem.labels.first().map(|(span, _)| span.start));
        Self { subject: format!("the inventory `{}`", dir.display()), sources: Box::new(sources), problems }
    }

    /// As errors of something that was read with the inventory.
    #[must_use]
    pub(super) fn of(self, subject: String) -> Self {
        Self { subject, ..self }
    }

    /// The stable code of the whole.
    pub fn code(&self) -> &'static str {
        "inventory-invalid"
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        "correct the inventory, and run the command again"
    }

    /// Each problem, in the order of files and lines.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The problems for `--output json`.
    pub fn records(&self) -> Vec<ProblemRecord> {
        self.problems
            .iter()
            .map(|problem| {
                let places: Vec<Place> = problem
                    .labels
                    .iter()
                    .filter_map(|(span, label)| {
                        let origin = self.sources.origin(span.start)?;
                        Some(Place {
                            file: origin.file,
                            line: origin.line,
                            column: origin.column,
                            label: label.clone(),
                        })
                    })
                    .collect();
                let first = places.first();
                ProblemRecord {
                    code: problem.code.to_owned(),
                    message: problem.message.clone(),
                    file: first
                        .map(|place| place.file.clone())
                        .or_else(|| problem.file.as_ref().map(|file| file.display().to_string())),
                    line: first.map(|place| place.line).or(problem.position.map(|(line, _)| line)),
                    column: first.map(|place| place.column).or(problem.position.map(|(_, column)| column)),
                    hint: problem.help.clone(),
                    places,
                }
            })
            .collect()
    }

    /// All problems with their source lines, for people: at most `width` columns wide where the source lines allow.
    pub fn render(&self, color: bool, width: usize) -> String {
        let mut characters = ThemeCharacters::unicode();
        "error:".clone_into(&mut characters.error);
        let styles = if color { ThemeStyles::ansi() } else { ThemeStyles::none() };
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
            .with_width(width)
            .with_links(false)
            .without_syntax_highlighting()
            .with_context_lines(1)
            .tab_width(4);
        let mut out = String::new();
        for problem in self.problems.iter().take(MOST_SHOWN) {
            let shown = Shown { problem, sources: &self.sources };
            if handler.render_report(&mut out, &shown).is_err() {
                // Writing to a String can't fail; a message is better than none if miette gives up all the same.
                out.push_str(&problem.message);
            }
            out.push('\n');
        }
        if let Some(more) = self.problems.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
            // Writing to a String can't fail.
            let _written = writeln!(out, "… and {more} more");
        }
        let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
        // The message of the error itself counts them.
        lines.join("\n").trim_end().to_owned() + "\n"
    }
}

impl fmt::Display for InventoryErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        write!(f, "{count} {noun} in {}; no host was contacted", self.subject)
    }
}

impl std::error::Error for InventoryErrors {}

struct Shown<'a> {
    problem: &'a Problem,
    sources: &'a Sources,
}

impl Shown<'_> {
    fn showable(&self) -> bool {
        self.problem.labels.iter().all(|(span, _)| self.sources.showable(span.start))
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.showable()
            && let Some(origin) = self.problem.labels.first().and_then(|(span, _)| self.sources.origin(span.start))
        {
            write!(f, "{origin}: ")?;
        }
        f.write_str(&self.problem.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        (!self.problem.labels.is_empty() && self.showable()).then_some(self.sources as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.problem.labels.is_empty() {
            return None;
        }
        let mut first = true;
        Some(Box::new(self.problem.labels.iter().map(move |(span, text)| {
            // A table's span may cover many lines: its first line is enough to point at.
            let span = span.start..span.end.max(span.start + 1);
            let text = Some(text.clone()).filter(|text| !text.is_empty());
            let range = miette::SourceSpan::from((span.start, span.len()));
            if std::mem::take(&mut first) {
                LabeledSpan::new_primary_with_span(text, range)
            } else {
                LabeledSpan::new_with_span(text, range)
            }
        })))
    }
}
