//! What must be seen of workers that start.

use std::collections::BTreeSet;

use super::enact::HostStep;
use super::gates;
use super::shape::Form;
use super::told::Told;
use super::transactions::Plan;
use crate::engine::transaction::{Command, Confirm, Transaction, Verify};
use crate::inventory::WorkerProgram;
use crate::names::UnitName;

/// How long a started unit must stay up.
const SETTLE_SECONDS: u32 = 2;
/// For a declared check of a worker.
const CHECK_SECONDS: u32 = 60;
impl Plan<'_, '_> {
    /// What must be seen before what was started counts as working.
    pub(super) fn proof(&self, host: usize, does: &HostStep, transaction: &mut Transaction, told: &mut Told) {
        let units: Vec<UnitName> = does.starts.iter().map(|start| start.unit.clone()).collect();
        if units.is_empty() {
            return;
        }
        transaction.verify.push(Verify::Active { units, seconds: SETTLE_SECONDS });
        let mut confirmed = Vec::new();
        for kind in does.starts.iter().map(|start| start.kind).collect::<BTreeSet<_>>() {
            let worker = self.declared(kind);
            match &worker.program {
                WorkerProgram::Other { check } if !check.is_empty() => {
                    for start in does.starts.iter().filter(|start| start.kind == kind) {
                        let instance = worker.unit.instance_of(start.unit.as_str()).unwrap_or_default();
                        let argv = check.iter().map(|word| word.replace("%i", instance)).collect();
                        let command = Command { argv, timeout_seconds: CHECK_SECONDS };
                        told.operation(&worker.name, command.told());
                        transaction.verify.push(Verify::Command(command));
                        transaction.lease_seconds = transaction.lease_seconds.saturating_add(CHECK_SECONDS);
                    }
                }
                WorkerProgram::Other { .. } => {}
                WorkerProgram::Sidekiq { redis } => {
                    let redis = redis.as_ref().and_then(|name| self.queues.redis.get(name));
                    let hostname = self.seen.hosts.get(self.name(host)).map(|seen| seen.hostname.as_str());
                    if let (Some(redis), Some(hostname)) = (redis, hostname) {
                        let alike = does.after.iter().filter(|(other, _)| self.is_alike(kind, **other));
                        let alike: Vec<(&usize, &u32)> = alike.filter(|(_, count)| **count > 0).collect();
                        let count = alike.iter().map(|(_, count)| **count).sum();
                        let others = alike.iter().filter(|(other, _)| **other != kind);
                        let others: Vec<String> = others.map(|(other, _)| self.declared(**other).unit.name()).collect();
                        let gate = gates::works(redis, worker, &others, hostname, count);
                        told.operation(&worker.name, gate.told());
                        confirmed.push(gate);
                    }
                }
            }
        }
        if !confirmed.is_empty() {
            transaction.confirm = Some(Confirm { timeout_seconds: gates::WORKS_SECONDS, gates: confirmed });
            transaction.lease_seconds = transaction.lease_seconds.saturating_add(gates::WORKS_SECONDS);
        }
    }

    /// Whether Redis cannot tell processes of two kinds apart: the one must not be taken for the other, which runs already.
    fn is_alike(&self, kind: usize, other: usize) -> bool {
        let (one, two) = (self.declared(kind), self.declared(other));
        let threads = one.concurrency.is_none() || one.concurrency == two.concurrency;
        let is_declared = self.question.shapes[other].form == Form::Declared;
        kind == other
            || (is_declared && threads && one.program == two.program && one.serves.keys().eq(two.serves.keys()))
    }
}
