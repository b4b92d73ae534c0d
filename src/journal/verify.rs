//! Whether a journal is as it was written: each line is held against the chain, and the end against `journal/head`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::Journal;
use super::append::Link;
use super::error::JournalError;
use super::head::Kept;
use super::line::Reading;
use super::walk::Walk;
use crate::names::HostName;

/// What is to be said of a line or of the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// What it is: `edited`, `removed`, `reordered`, `inserted`, `cut-end`, `head`, `host-has-more`, `host-differs`; or,
    /// where nobody need have done anything, `torn`, `unchained`, `newer`, `crash`.
    pub code: &'static str,
    /// Whether the journal is not what was written; else a crash or another version explains it.
    pub problem: bool,
    /// The line, counted from 1; `None`: it is not about one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The host that knows better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<HostName>,
    /// In words.
    pub message: String,
}

/// What a journal was found to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many lines it has.
    pub lines: u64,
    /// How many of them are chained.
    pub chained: u64,
    /// How many were written by versions that did not chain.
    pub unchained: u64,
    /// How many are of newer formats.
    pub newer: u64,
    /// What is to be said, in the order of lines.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Whether it is as it was written, as far as its chain can tell.
    pub fn is_sound(&self) -> bool {
        !self.findings.iter().any(|finding| finding.problem)
    }
}

impl Journal {
    /// Recomputes the chain. Others wait with their lines meanwhile.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn verify(&self) -> Result<Verdict, JournalError> {
        let raw = self.raw()?.locked()?;
        let kept = Kept::read(&self.head).map_err(JournalError::at("read", &self.head))?;
        let mut walk = Walk::default();
        raw.each(|line| walk.step(line))?;
        Ok(walk.end(&kept))
    }

    /// Holds the journal against what hosts keep of its own lines, each as `(host, line)`: a line that a host has and the
    /// journal lacks, or has differently, was taken out or edited here, whatever the chain says.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn against_hosts(&self, copies: &[(HostName, String)]) -> Result<Vec<Finding>, JournalError> {
        let raw = self.raw()?;
        let mut writers: BTreeSet<String> = BTreeSet::new();
        let kept = Kept::read(&self.head).map_err(JournalError::at("read", &self.head))?;
        writers.extend(kept.head().map(|head| head.writer.clone()));
        let mut wanted: BTreeMap<(String, u64), Vec<&(HostName, String)>> = BTreeMap::new();
        for copy in copies {
            if let Some(link) = Link::of(copy.1.as_bytes()) {
                wanted.entry((link.writer, link.seq)).or_default().push(copy);
            }
        }
        let mut findings = Vec::new();
        raw.each(|line| {
            let Some(link) = Link::of(line.bytes) else { return };
            writers.insert(link.writer.clone());
            for (host, copy) in wanted.remove(&(link.writer, link.seq)).unwrap_or_default() {
                // A host adds its outcome to the line as it got it.
                let given = line.bytes.strip_suffix(b"}").unwrap_or(line.bytes);
                let rest = copy.as_bytes().strip_prefix(given);
                if !rest.is_some_and(|rest| rest.starts_with(b",")) {
                    let message = format!("line {} is not as {host} got it: it was edited, here or there", line.number);
                    findings.push(Finding {
                        code: "host-differs",
                        problem: true,
                        line: Some(line.number),
                        host: Some(host.clone()),
                        message,
                    });
                }
            }
        })?;
        for ((writer, seq), copies) in wanted {
            if !writers.contains(&writer) {
                continue;
            }
            for (host, copy) in copies {
                let run = match Reading::of(copy.as_bytes()) {
                    Reading::Line(line) => format!(" (run {})", line.run),
                    Reading::Newer(_) | Reading::Unreadable => String::new(),
                };
                let message =
                    format!("{host} has a line of this journal that is not in it, number {seq} of the chain{run}");
                findings.push(Finding {
                    code: "host-has-more",
                    problem: true,
                    line: None,
                    host: Some(host.clone()),
                    message,
                });
            }
        }
        Ok(findings)
    }
}
