//! `run`: commands, each with a guard that tells whether there is anything to be done.
//!
//! - `words`: what runs, word by word.
//! - A command is a transaction that changes no file: it is run where others validate, and its guard is what is verified.
//!   A guard is asked again right before, so that nothing is done twice.

mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::action::{Action, Assessment, World};
use crate::engine::fact::Fact;
use crate::engine::plan::Wave;
use crate::engine::probe::{HostFacts, Observation, Observations, Probe};
use crate::engine::status::{Difference, Failure, Item, Status, Warning};
use crate::engine::transaction::{Command, DiffLine, ItemSummary, Transaction, Verify};
use crate::inventory::{Guard, Inventory, RunDeclaration};
use crate::names::HostName;
use crate::secrets::{DigestKey, Secret, SecretRef};

/// The word for it in the CLI and in reports.
pub const KIND: &str = "run";

/// Beside the command itself and its guard: to start, and to tell.
const LEASE_MARGIN: u32 = 120;

/// The commands of an inventory.
pub struct Run<'a> {
    declared: Vec<&'a RunDeclaration>,
}

impl<'a> Run<'a> {
    /// All that the inventory declares.
    pub fn of(inventory: &'a Inventory) -> Self {
        Self { declared: inventory.runs().values().collect() }
    }
}

impl Action for Run<'_> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn hosts(&self) -> BTreeSet<HostName> {
        self.declared.iter().flat_map(|declared| declared.hosts.iter().cloned()).collect()
    }

    fn probes(&self, host: &HostName) -> Vec<Probe> {
        let here = self.declared.iter().filter(|declared| declared.hosts.contains(host));
        here.filter_map(|declared| words::probe(declared)).collect()
    }

    fn secrets(&self) -> BTreeSet<SecretRef> {
        BTreeSet::new()
    }

    /// One wave for each command, in the order of their names: what an earlier one did stays told as done where a later one
    /// fails.
    fn assess(&self, world: &World<'_>) -> Assessment {
        let mut assessment = Assessment::default();
        for declared in &self.declared {
            let mut transactions = BTreeMap::new();
            for host in declared.hosts.intersection(world.selected) {
                let Some(Observation::Facts(facts)) = world.observations.get(host) else { continue };
                let (item, transaction) = judge(declared, facts);
                assessment.items.entry(host.clone()).or_default().push(item);
                transactions.extend(transaction.map(|transaction| (host.clone(), transaction)));
            }
            if !transactions.is_empty() {
                assessment.waves.push(Wave::of(format!("{KIND} {}", declared.name), transactions));
            }
        }
        assessment
    }

    /// Nothing to hide: of guards the hosts tell nothing but whether they succeed.
    fn redact(&self, _: &mut Observations, _: &BTreeMap<SecretRef, Result<Secret, String>>, _: &DigestKey) {}
}

/// How a command stands on one host, and what runs it.
fn judge(declared: &RunDeclaration, facts: &HostFacts) -> (Item, Option<Transaction>) {
    let mut item = Item {
        kind: KIND.to_owned(),
        id: declared.name.clone(),
        status: Status::Ok,
        differences: Vec::new(),
        warnings: Vec::new(),
        error: None,
    };
    let Some(guard) = &declared.guard else {
        // A check that never ends well would soon be looked at by nobody.
        item.warnings.push(Warning {
            code: "always-changes".to_owned(),
            subject: "command".to_owned(),
            message: "nothing tells whether it has anything to do: every apply runs it; `unless`, `creates` or \
                      `changed_when` would tell"
                .to_owned(),
        });
        return (item, Some(transaction(declared)));
    };
    match is_due(declared, guard, facts) {
        Ok(false) => (item, None),
        Ok(true) => {
            item.status = Status::Drift;
            item.differences.push(Difference {
                subject: "command".to_owned(),
                status: Status::Drift,
                declared: Some(declared.command.told()),
                on_disk: None,
                live: None,
                message: format!("it is to be run: {}", words::reason(guard)),
                repairable: true,
            });
            (item, Some(transaction(declared)))
        }
        Err(failure) => {
            item.status = Status::Unknown;
            item.error = Some(failure);
            (item, None)
        }
    }
}

/// Whether the guard lets it run.
fn is_due(declared: &RunDeclaration, guard: &Guard, facts: &HostFacts) -> Result<bool, Failure> {
    let unknown = |why: &str| {
        let hint = "see that the user and the directory of the command are there, and run its guard on the host";
        Failure::new("unknown", format!("its guard could not be asked: {why}"), hint)
    };
    let answer = match facts.scripts.get(&words::facts(declared)) {
        Some(Fact::Known(answer)) => answer.trim(),
        Some(Fact::Unknown(why)) => return Err(unknown(why)),
        Some(Fact::Absent) | None => return Err(unknown("it was not asked for")),
    };
    let code: u8 = answer.parse().map_err(|_| unknown(&format!("the host says {answer:?}")))?;
    let succeeds = code == 0;
    match (guard, code) {
        // timeout(1) says 124; env(1) that it could not begin 125; a shell that a signal ended it more.
        (_, 124) => Err(unknown(&format!("it did not end within {} s", words::GUARD_SECONDS))),
        (_, 125 | 128..) => Err(unknown(&format!("it ended with exit code {code}"))),
        // A word that is mistyped there would else mean, for ever, that there is nothing to do.
        (Guard::ChangedWhen(_), 126 | 127) => Err(unknown(&format!("exit code {code}: there is no such command"))),
        (Guard::ChangedWhen(_), _) => Ok(succeeds),
        (Guard::Unless(_) | Guard::Creates(_), _) => Ok(!succeeds),
    }
}

fn transaction(declared: &RunDeclaration) -> Transaction {
    let seconds = u32::try_from(declared.timeout.as_secs()).unwrap_or(u32::MAX);
    let guard_seconds = if declared.guard.is_some() { words::GUARD_SECONDS } else { 0 };
    let command = Command { argv: words::command(declared), timeout_seconds: seconds.saturating_add(guard_seconds) };
    let verify: Vec<Verify> = words::after(declared)
        .map(|argv| Verify::Command(Command { argv, timeout_seconds: words::GUARD_SECONDS }))
        .into_iter()
        .collect();
    let mut diff = vec![DiffLine { subject: "command".to_owned(), before: None, after: Some(declared.command.told()) }];
    let because = declared.guard.as_ref().map_or_else(|| "always changes".to_owned(), words::reason);
    diff.push(DiffLine { subject: "because".to_owned(), before: None, after: Some(because) });
    let operations = std::iter::once(&command).chain(verify.iter().filter_map(Verify::command)).map(Command::told);
    let summary = ItemSummary {
        kind: KIND.to_owned(),
        id: declared.name.clone(),
        place: declared.directory.as_ref().map_or_else(|| "/".to_owned(), ToString::to_string),
        diff,
        operations: operations.collect(),
    };
    Transaction {
        lease_seconds: command.timeout_seconds.saturating_add(guard_seconds).saturating_add(LEASE_MARGIN),
        validate: vec![command],
        verify,
        summary: vec![summary],
        ..Transaction::default()
    }
}
