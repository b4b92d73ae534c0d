//! A command that failed as a whole, for people and for scripts.

use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{BOLD, Canvas, Cell, DIM, PLAIN, Page, RED};
use super::{Report, text};
use crate::engine::status::Failure;

/// What `fleet schema error` describes.
pub(super) const SCHEMA: &str = "fleet/error/v1";

/// Why a command has no result.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ErrorReport {
    schema: &'static str,
    /// What went wrong.
    pub error: Failure,
    /// What caused it, the nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// What is wrong in the user's files, all of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// The problems drawn for people, with their source lines; shown in the place of the causes.
    #[serde(skip)]
    pub drawing: Option<String>,
}

/// One thing that is wrong in one of the user's files.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// A stable word in kebab-case, such as `unknown-key`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// In which file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// In which line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// At which character of the line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl ErrorReport {
    /// A failure without causes.
    pub fn new(error: Failure) -> Self {
        Self { schema: SCHEMA, error, causes: Vec::new(), problems: Vec::new(), drawing: None }
    }

    /// The failure that an error is, with the chain of its sources.
    pub fn of(error: &dyn std::error::Error, code: &str, hint: Option<String>) -> Self {
        let causes = std::iter::successors(error.source(), |error| error.source()).map(ToString::to_string).collect();
        let error = Failure { code: code.to_owned(), message: error.to_string(), hint };
        Self { causes, ..Self::new(error) }
    }
}

impl Problem {
    /// `hosts.toml:12:1: `, as far as it is known.
    fn place(&self) -> String {
        let numbers = [self.line, self.column].into_iter().map_while(|number| number);
        let parts: Vec<String> = self.file.iter().cloned().chain(numbers.map(|number| number.to_string())).collect();
        if parts.is_empty() { String::new() } else { format!("{}: ", parts.join(":")) }
    }
}

impl Report for ErrorReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        if let Some(drawing) = &self.drawing {
            drawing.lines().for_each(|line| page.line(line));
            page.gap();
        }
        let message = text::sentence(&self.error.message);
        page.paragraph(0, &Cell::new(RED.bold(), "error: "), &Cell::long(BOLD, &message));
        if self.drawing.is_none() {
            // Many errors repeat their source in their own words.
            for cause in self.causes.iter().map(|cause| text::sentence(cause)).filter(|cause| !message.contains(cause))
            {
                page.paragraph(2, &Cell::new(DIM, "caused by: "), &Cell::long(PLAIN, &cause));
            }
            for problem in &self.problems {
                page.paragraph(2, &Cell::plain(&problem.place()), &Cell::long(PLAIN, &problem.message));
                if let Some(hint) = &problem.hint {
                    page.hint(4, hint);
                }
            }
        }
        if let Some(hint) = &self.error.hint {
            page.hint(0, hint);
        }
        page.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read inventory/hosts.toml")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn shows_message_causes_and_hint() {
        let error = Outer(std::io::Error::other("permission \u{1b}[31mdenied"));
        let report =
            ErrorReport::of(&error, "inventory-unreadable", Some("see who may read it: `ls -l inventory`".to_owned()));
        assert_eq!(
            report.table(&Canvas { width: 36, color: false }),
            "error: cannot read\n       inventory/hosts.toml\n  caused by: permission denied\nhint: see who may read it: `ls -l\n      inventory`\n"
        );
    }
}
