//! Whether the journal is as it was written.

use schemars::JsonSchema;
use serde::Serialize;

use super::Report;
use super::canvas::{Canvas, Cell, GREEN, PLAIN, Page, RED, YELLOW};
use super::log::AskedHost;
use super::log_table::asked;
use super::text::number_of;
use crate::journal::verify::{Finding, Verdict};

/// What `fleet schema log-verify` describes.
pub(super) const SCHEMA: &str = "fleet/log-verify/v1";

/// What the chain of the journal's lines tells.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VerifyReport {
    schema: &'static str,
    /// Whether it is as it was written, as far as the chain, its head and the hosts that were asked can tell.
    pub sound: bool,
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
    /// The hosts that were asked what they keep of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<AskedHost>,
}

impl VerifyReport {
    /// Of what was found here, and at hosts.
    pub fn new(verdict: Verdict, at_hosts: Vec<Finding>, hosts: Vec<AskedHost>) -> Self {
        let sound = verdict.is_sound() && !at_hosts.iter().any(|finding| finding.problem);
        let Verdict { lines, chained, unchained, newer, mut findings } = verdict;
        findings.extend(at_hosts);
        Self { schema: SCHEMA, sound, lines, chained, unchained, newer, findings, hosts }
    }
}

impl Report for VerifyReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        for finding in &self.findings {
            let style = if finding.problem { RED } else { YELLOW };
            let place = finding.line.map_or_else(String::new, |line| format!("line {line}, "));
            page.paragraph(
                0,
                &Cell::new(style, &format!("{place}{}: ", finding.code)),
                &Cell::long(PLAIN, &finding.message),
            );
        }
        asked(&mut page, &self.hosts);
        page.gap();
        let lines = number_of(usize::try_from(self.lines).unwrap_or(usize::MAX), "line");
        let mut pieces = vec![format!("{} chained", self.chained)];
        pieces.extend((self.unchained > 0).then(|| format!("{} of a version that did not chain yet", self.unchained)));
        pieces.extend((self.newer > 0).then(|| format!("{} of a newer version", self.newer)));
        let (style, word) = if self.sound { (GREEN, "as it was written: ") } else { (RED, "not as it was written: ") };
        page.paragraph(
            0,
            &Cell::new(style.bold(), word),
            &Cell::long(PLAIN, &format!("{lines}, {}", pieces.join(", "))),
        );
        page.finish()
    }
}
