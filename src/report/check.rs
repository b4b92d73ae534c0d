//! What differs: the result of `check`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{Canvas, Page};
use super::{Report, findings, people, queue};
use crate::actions::queue::balance::Balance;
use crate::engine::status::{HostResult, Item, Status, counts};

/// What `fleet schema check` describes.
pub(super) const SCHEMA: &str = "fleet/check/v1";

/// The three truths of every selected host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CheckReport {
    schema: &'static str,
    /// The actions that looked.
    pub actions: Vec<String>,
    /// Every selected host, by name.
    pub hosts: Vec<HostResult>,
    /// What the world sees, as its DNS leads it; it belongs to no host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub public: Vec<Item>,
    /// Worker queues: how they stand, and how they would after an `apply`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
    /// What the balance supposes beside what is declared and seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub what_if: Vec<String>,
    /// How many hosts have each status.
    pub counts: BTreeMap<Status, usize>,
    /// How many warnings there are on all hosts.
    pub warnings: usize,
    /// The command to type where something differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl CheckReport {
    /// `next` is kept only where something differs that a plan could mend.
    pub fn new(actions: Vec<String>, mut hosts: Vec<HostResult>, next: Option<String>) -> Self {
        hosts.sort_by(|a, b| a.host.cmp(&b.host));
        let differs = |host: &HostResult| {
            host.items.iter().any(|item| matches!(item.status, Status::Planned | Status::Stale | Status::Drift))
        };
        Self {
            schema: SCHEMA,
            actions,
            counts: counts(&hosts),
            warnings: people::count_warnings(&hosts),
            next: next.filter(|_| hosts.iter().any(differs)),
            hosts,
            public: Vec::new(),
            balance: None,
            what_if: Vec::new(),
        }
    }

    /// With what the world sees.
    #[must_use]
    pub fn with_public(self, public: Vec<Item>) -> Self {
        Self { public, ..self }
    }

    /// With how worker queues stand; `what_if`: what is supposed for it.
    #[must_use]
    pub fn with_balance(self, balance: Option<Balance>, what_if: Vec<String>) -> Self {
        Self { balance, what_if, ..self }
    }
}

impl Report for CheckReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        queue::suppositions(&mut page, &self.what_if);
        if let Some(balance) = &self.balance {
            queue::standing(&mut page, balance);
            queue::connected(&mut page, balance);
        }
        findings::show(&mut page, &self.hosts, |_, _| true);
        findings::show_public(&mut page, &self.public);
        people::quiet(&mut page, &self.hosts, None);
        people::warnings(&mut page, &self.hosts);
        people::problems(&mut page, &self.hosts);
        people::summary(&mut page, &self.counts, self.warnings, people::in_words);
        if let Some(next) = &self.next {
            page.next(next);
        }
        page.finish()
    }
}
