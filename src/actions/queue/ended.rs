//! What must be seen of workers that end: their connections are gone.

use std::collections::BTreeMap;

use super::budgets::BudgetOf;
use super::enact::Stop;
use super::gates;
use super::seen::DatabaseSeen;
use super::shape::Form;
use super::transactions::Plan;
use crate::engine::transaction::{Confirm, Transaction};
use crate::names::{HostName, UnitName};

impl Plan<'_, '_> {
    /// Before the next step may count on them, the connections of what has ended are gone.
    pub(super) fn gate(&self, number: usize, transactions: &mut BTreeMap<HostName, Transaction>) -> Option<Confirm> {
        let stops: Vec<(usize, &Stop)> = self.steps[number]
            .iter()
            .flat_map(|(host, does)| does.stops.iter().map(move |stop| (*host, stop)))
            .filter(|(_, stop)| self.is_live(stop))
            .collect();
        let mut all = Vec::new();
        for budget in self.question.budgets.iter().filter(|budget| !budget.pooled) {
            // PgBouncer keeps its own connections open, also those that what ended has used and named.
            let of_budget = |(_, stop): &&(usize, &Stop)| {
                let worker = self.declared(stop.kind);
                !worker.pooled && worker.database.as_ref() == Some(&budget.database.name)
            };
            let ended: Vec<&UnitName> = stops.iter().filter(of_budget).map(|(_, stop)| &stop.unit).collect();
            let Some((host, stop)) = stops.iter().find(of_budget) else { continue };
            let Some(Ok(asked)) = self.seen.databases.get(&budget.database.name) else { continue };
            let most = self.most_open(number, budget, asked);
            let Some(gate) = gates::gone(budget.database, &ended, &self.left(number), most) else { continue };
            // Whoever ends first tells it.
            if let Some(transaction) = transactions.get_mut(self.name(*host)) {
                let kind = &self.declared(stop.kind).name;
                if let Some(summary) = transaction.summary.iter_mut().find(|summary| summary.id == *kind) {
                    summary.operations.push(gate.told());
                }
            }
            all.push(gate);
        }
        (!all.is_empty()).then_some(Confirm { timeout_seconds: gates::GONE_SECONDS, gates: all })
    }

    /// Connections that may be open to a server once a step is over: what workers may take, and all that is not for them.
    fn most_open(&self, number: usize, budget: &BudgetOf<'_>, asked: &DatabaseSeen) -> u32 {
        let model = &self.question.model;
        let charged = |kind: usize| {
            self.question
                .budgets
                .iter()
                .zip(0..)
                .any(|(it, index)| it.model.name == budget.model.name && model.kinds[kind].budgets.contains(&index))
        };
        let mut workers: u32 = 0;
        for kind in (0..model.kinds.len()).filter(|kind| charged(*kind)) {
            workers = workers.saturating_add(model.now.of_kind(kind).saturating_mul(model.kinds[kind].connections));
        }
        for does in self.steps[..=number].iter().flat_map(BTreeMap::values) {
            for start in does.starts.iter().filter(|start| charged(start.kind)) {
                workers = workers.saturating_add(model.kinds[start.kind].connections);
            }
            for stop in does.stops.iter().filter(|stop| charged(stop.kind)) {
                workers = workers.saturating_sub(model.kinds[stop.kind].connections);
            }
        }
        let all = asked.max_connections.saturating_sub(asked.superuser_reserved).saturating_sub(asked.reserved);
        all.saturating_sub(budget.model.limit).saturating_add(workers)
    }

    /// How many connections units of each name may have on all hosts once a step is over.
    fn left(&self, number: usize) -> BTreeMap<UnitName, u32> {
        let mut left: BTreeMap<UnitName, u32> = BTreeMap::new();
        for ((_, kind), instances) in &self.question.instances {
            if !matches!(self.question.shapes[*kind].form, Form::Down { .. }) {
                for instance in instances {
                    *left.entry(instance.unit.clone()).or_default() += self.question.model.kinds[*kind].connections;
                }
            }
        }
        for does in self.steps[..=number].iter().flat_map(BTreeMap::values) {
            for stop in does.stops.iter().filter(|stop| self.is_live(stop)) {
                let connections = self.question.model.kinds[stop.kind].connections;
                let count = left.entry(stop.unit.clone()).or_default();
                *count = count.saturating_sub(connections);
            }
            for start in &does.starts {
                *left.entry(start.unit.clone()).or_default() += self.question.model.kinds[start.kind].connections;
            }
        }
        for (unit, left) in &mut left {
            *left = left.saturating_add(self.left_unseen(unit));
        }
        left
    }

    /// Connections that units of this name may have on hosts that do not answer, where none is known by its name.
    fn left_unseen(&self, unit: &UnitName) -> u32 {
        let model = &self.question.model;
        let mut left: u32 = 0;
        for (kind, shape) in self.question.shapes.iter().enumerate() {
            if shape.declared.unit.instance_of(unit.as_str()).is_none() {
                continue;
            }
            for host in (0..model.hosts.len()).filter(|host| model.hosts[*host].frozen) {
                let known = self.question.instances.get(&(host, kind)).map_or(0, Vec::len);
                let unseen = model.now.get(host, kind).saturating_sub(u32::try_from(known).unwrap_or(u32::MAX));
                left = left.saturating_add(unseen.saturating_mul(model.kinds[kind].connections));
            }
        }
        left
    }
}
