//! The result of commands that write files of the user's: which files, and what to do with them.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::status::{Failure, HostResult};
use crate::report::{Canvas, Report, Ui, text};

use super::app::{self, CliError};
use super::args::Global;

/// What `fleet schema written` describes.
pub(super) const SCHEMA: &str = "fleet/written/v1";

/// Files that fleet wrote.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WrittenReport {
    schema: &'static str,
    /// Their paths.
    pub(super) files: Vec<String>,
    /// The hosts that they were made from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) hosts: Vec<HostResult>,
    /// Secrets that they refer to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) secrets: Vec<NeededSecret>,
    /// What is worth knowing about them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
    /// The command to type next.
    pub(super) next: String,
}

/// A secret that must be provided, since no value stands in the files.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct NeededSecret {
    /// The environment variable that it is taken from.
    pub(super) variable: String,
    /// The key whose value it is.
    pub(super) key: String,
    /// The hosts that have this value.
    pub(super) hosts: Vec<String>,
}

impl WrittenReport {
    pub(super) fn new(files: Vec<String>, next: String) -> Self {
        Self { schema: SCHEMA, files, hosts: Vec::new(), secrets: Vec::new(), notes: Vec::new(), next }
    }
}

/// Writes declarations of the inventory, none over a file that is there; they stay only where it is whole with all of them.
pub(super) fn declarations(global: &Global, ui: &Ui, files: &[(PathBuf, &str)]) -> Result<(), CliError> {
    let mut done: Vec<&Path> = Vec::new();
    let result = files
        .iter()
        .try_for_each(|(file, text)| {
            write_new(file, text)?;
            done.push(file);
            Ok(())
        })
        .and_then(|()| app::load(global, ui).map(drop));
    if result.is_err() {
        // The error to tell is the first one.
        for file in done {
            drop(fs::remove_file(file));
        }
    }
    result
}

fn write_new(file: &Path, text: &str) -> Result<(), CliError> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| {
        if error.kind() != std::io::ErrorKind::AlreadyExists {
            // A part of it is of no use; the error to tell is the first one.
            drop(fs::remove_file(file));
        }
        let message = format!("cannot write {}: {error}", file.display());
        CliError::failure(Failure::bare("not-written", message))
    })
}

impl Report for WrittenReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut lines: Vec<String> = self.files.iter().map(|file| format!("wrote {file}")).collect();
        if !self.secrets.is_empty() {
            lines.push(String::new());
            let say =
                "Secrets stay out of it. Provide each in its variable, or let it refer to a file, a command or age:";
            lines.push(say.to_owned());
            lines.extend(self.secrets.iter().map(|secret| {
                let hosts = match secret.hosts.as_slice() {
                    [] => String::new(),
                    hosts => format!(" on {}", hosts.join(", ")),
                };
                format!("  {} ({}{hosts})", secret.variable, secret.key)
            }));
        }
        if !self.notes.is_empty() {
            lines.push(String::new());
            lines.extend(self.notes.iter().map(|note| format!("note: {note}")));
        }
        lines.push(String::new());
        let mut page: Vec<String> = lines.iter().flat_map(|line| wrapped(line, canvas.width)).collect();
        // Never wrapped, so that it can be copied.
        page.push(format!("next: {}", self.next));
        page.push(String::new());
        page.join("\n")
    }
}

/// A line in pieces that fit, broken between words.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let indent = line.len() - line.trim_start().len();
    let mut lines = vec![" ".repeat(indent)];
    for word in text::sentence(line).split_whitespace().map(|word| format!("{word} ")) {
        match lines.last_mut() {
            Some(last) if last.trim().is_empty() || last.chars().count() + word.trim_end().chars().count() <= width => {
                last.push_str(&word);
            }
            _ => lines.push(format!("{}{word}", " ".repeat(indent))),
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_and_ends_with_the_next_command() {
        let mut report = WrittenReport::new(vec!["inventory/env-app.toml".to_owned()], "fleet env check".to_owned());
        report.secrets.push(NeededSecret {
            variable: "FLEET_APP_DB_PASS".to_owned(),
            key: "DB_PASS".to_owned(),
            hosts: Vec::new(),
        });
        report.notes.push("one two three four five six seven eight nine ten eleven twelve".to_owned());
        insta::assert_snapshot!(report.table(&Canvas { width: 40, color: false }), @r"
        wrote inventory/env-app.toml

        Secrets stay out of it. Provide each in
        its variable, or let it refer to a file,
        a command or age:
          FLEET_APP_DB_PASS (DB_PASS)

        note: one two three four five six seven
        eight nine ten eleven twelve

        next: fleet env check
        ");
    }
}
