//! What people are told of a transaction.

use std::collections::BTreeMap;

use super::KIND;
use super::files;
use crate::engine::transaction::{DiffLine, ItemSummary};
use crate::inventory::Queues;
use crate::names::UnitName;

/// What people are told, by kind.
#[derive(Default)]
pub(super) struct Told {
    /// Of files.
    pub(super) summaries: Vec<ItemSummary>,
    /// Of units.
    kinds: BTreeMap<String, (Vec<DiffLine>, Vec<String>)>,
}

impl Told {
    pub(super) fn line(&mut self, kind: &str, unit: &UnitName, before: Option<&str>, after: Option<&str>) {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let line = DiffLine { subject: unit.to_string(), before: own(before), after: own(after) };
        self.kinds.entry(kind.to_owned()).or_default().0.push(line);
    }

    pub(super) fn operation(&mut self, kind: &str, told: String) {
        self.kinds.entry(kind.to_owned()).or_default().1.push(told);
    }

    /// A summary of each kind, the file's own where there is one, and of further files.
    pub(super) fn finish(mut self, queues: &Queues) -> Vec<ItemSummary> {
        for (kind, (mut diff, operations)) in self.kinds {
            if let Some(summary) = self.summaries.iter_mut().find(|summary| summary.id == kind) {
                diff.append(&mut summary.diff);
                summary.diff = diff;
                summary.operations = operations;
                continue;
            }
            let place = queues.workers.get(&kind).map(|worker| files::drop_in_path(worker).to_string());
            self.summaries.push(ItemSummary {
                kind: KIND.to_owned(),
                id: kind,
                place: place.unwrap_or_default(),
                diff,
                operations,
            });
        }
        self.summaries
    }
}
