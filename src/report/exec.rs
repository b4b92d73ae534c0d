//! What a command printed on many hosts: the result of `exec`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{Canvas, DIM, Page, style_of};
use super::fold::names;
use super::text;
use super::{Report, people};
use crate::engine::status::{Failure, Status};
use crate::names::HostName;

/// What `fleet schema exec` describes.
pub(super) const SCHEMA: &str = "fleet/exec/v1";

/// The lines of one output that are shown.
const MOST_LINES: usize = 10_000;

/// What became of the command on every selected host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExecReport {
    schema: &'static str,
    /// The command and its arguments.
    pub command: Vec<String>,
    /// Every selected host, by name.
    pub hosts: Vec<HostOutput>,
    /// How many hosts have each status.
    pub counts: BTreeMap<Status, usize>,
}

/// What the command did on one host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HostOutput {
    /// Its name in the inventory.
    pub host: HostName,
    /// `ok` when the command exited with 0, else `failed`; `unreachable`, `skipped`.
    pub status: Status,
    /// The exit status of the command; none when it did not run to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// Why it did not run, or not to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// What it wrote to standard output; what is not UTF-8 is replaced by U+FFFD.
    pub stdout: String,
    /// What it wrote to standard error, likewise.
    pub stderr: String,
    /// How many bytes of both were not kept.
    pub dropped_bytes: u64,
}

impl ExecReport {
    /// Of a command that has ended everywhere.
    pub fn new(command: Vec<String>, mut hosts: Vec<HostOutput>) -> Self {
        hosts.sort_by(|a, b| a.host.cmp(&b.host));
        Self { schema: SCHEMA, command, counts: people::count(hosts.iter().map(|host| host.status)), hosts }
    }
}

impl Report for ExecReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        let (ran, not): (Vec<_>, Vec<_>) = self.hosts.iter().partition(|host| host.error.is_none());
        let groups = people::folded(ran.into_iter().map(|host| {
            let key = (host.status, host.exit, &host.stdout, &host.stderr, host.dropped_bytes);
            (key, host.host.clone())
        }));
        for ((status, exit, stdout, stderr, dropped), sharing) in groups {
            let mut title = names(&sharing);
            if sharing.len() > 1 {
                title = format!("{title} ({})", sharing.len());
            }
            let stdout = text::output(stdout, MOST_LINES);
            let stderr = text::output(stderr, MOST_LINES);
            if let Some(exit) = exit.filter(|exit| *exit != 0) {
                title = format!("{title}: exit {exit}");
            } else if stdout.is_empty() && stderr.is_empty() {
                title = format!("{title}: no output");
            }
            page.gap();
            let title = page.paint(style_of(status).bold(), &format!("── {title}"));
            page.line(&title);
            for line in &stdout {
                page.line(line);
            }
            if !stderr.is_empty() {
                let title = page.paint(DIM, "stderr:");
                page.line(&title);
                page.quote(0, &stderr);
            }
            if dropped > 0 {
                let note = format!("… {} more were not kept", text::bytes_in_words(dropped));
                let note = page.paint(DIM, &note);
                page.line(&note);
            }
        }
        people::failures(&mut page, not.iter().map(|host| (&host.host, host.status, host.error.as_ref())));
        if self.hosts.len() > 1 {
            people::summary(&mut page, &self.counts, 0, Status::word);
        }
        page.finish()
    }
}
