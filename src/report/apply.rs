//! What was changed: the result of `apply`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{Canvas, Cell, GREEN, PLAIN, Page};
use super::fold::names;
use super::{Report, findings, people};
use crate::engine::status::{HostResult, Status, counts};
use crate::names::RunId;

/// What `fleet schema apply` describes.
pub(super) const SCHEMA: &str = "fleet/apply/v1";

/// What became of every selected host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ApplyReport {
    schema: &'static str,
    /// The run, as the journal names it; none where nothing had to be changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The actions.
    pub actions: Vec<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Every selected host, by name.
    pub hosts: Vec<HostResult>,
    /// How many hosts have each status.
    pub counts: BTreeMap<Status, usize>,
    /// How many warnings there are on all hosts.
    pub warnings: usize,
    /// The command to type next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl ApplyReport {
    /// Of a run that has ended.
    pub fn new(run: Option<RunId>, actions: Vec<String>, duration_ms: u64, mut hosts: Vec<HostResult>) -> Self {
        hosts.sort_by(|a, b| a.host.cmp(&b.host));
        Self {
            schema: SCHEMA,
            run,
            actions,
            duration_ms,
            counts: counts(&hosts),
            warnings: people::count_warnings(&hosts),
            hosts,
            next: None,
        }
    }

    /// With the command to type next.
    #[must_use]
    pub fn next(mut self, command: impl Into<String>) -> Self {
        self.next = Some(command.into());
        self
    }
}

impl Report for ApplyReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        let changed = self.hosts.iter().filter(|host| host.status == Status::Changed).map(|host| {
            let items = host.items.iter().filter(|item| item.status == Status::Changed);
            let items: Vec<(&str, &str)> = items.map(|item| (item.kind.as_str(), item.id.as_str())).collect();
            (items, host.host.clone())
        });
        for (items, sharing) in people::folded(changed) {
            page.heading(GREEN, "changed and verified: ", &names(&sharing));
            page.paragraph(2, &Cell::plain(""), &Cell::long(PLAIN, &people::list_of(&items)));
        }
        findings::show(&mut page, &self.hosts, |_, _| true);
        people::quiet(&mut page, &self.hosts, Some(Status::Changed));
        people::warnings(&mut page, &self.hosts);
        people::problems(&mut page, &self.hosts);
        people::summary(&mut page, &self.counts, self.warnings, people::in_words);
        let took = format!("{}.{} s", self.duration_ms / 1000, self.duration_ms % 1000 / 100);
        match &self.run {
            Some(run) => page.line(&format!("run {run}, {took}")),
            None => page.line(&took),
        }
        if let Some(next) = &self.next {
            page.next(next);
        }
        page.finish()
    }
}
