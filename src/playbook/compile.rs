//! Steps to one plan: each is judged on the hosts as the steps before it leave them, and its waves follow theirs. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::predict::Ahead;
use super::rollout::Part;
use super::{Playbook, Step};
use crate::engine::action::{Action, Assessment, World};
use crate::engine::outside::Handshake;
use crate::engine::outside::{HandshakeFact, PublicHandshake};
use crate::engine::plan::{Lock, Wave};
use crate::engine::probe::{Observations, Probe};
use crate::engine::status::{Failure, Item};
use crate::engine::transaction::Transaction;
use crate::inventory::Inventory;
use crate::names::HostName;
use crate::secrets::{DigestKey, Secret, SecretRef};

/// A step with its action, of an inventory that has the step's items alone; see [`Step::view`].
pub struct StepAction<'a> {
    /// The step.
    pub step: &'a Step,
    /// What it does.
    pub action: Box<dyn Action + 'a>,
}

/// Looked at as an action: on the hosts of its step alone.
impl Action for StepAction<'_> {
    fn kind(&self) -> &'static str {
        self.action.kind()
    }

    fn hosts(&self) -> BTreeSet<HostName> {
        self.action.hosts().intersection(&self.step.hosts).cloned().collect()
    }

    fn looks_at(&self, selected: &BTreeSet<HostName>) -> BTreeSet<HostName> {
        self.action.looks_at(&self.step.hosts.intersection(selected).cloned().collect())
    }

    fn probes(&self, host: &HostName) -> Vec<Probe> {
        self.action.probes(host)
    }

    fn handshakes(&self, host: &HostName) -> BTreeSet<Handshake> {
        self.action.handshakes(host)
    }

    fn public_handshakes(&self) -> Vec<PublicHandshake> {
        self.action.public_handshakes()
    }

    fn secrets(&self) -> BTreeSet<SecretRef> {
        self.action.secrets()
    }

    fn assess(&self, world: &World<'_>) -> Assessment {
        self.action.assess(world)
    }

    fn redact(
        &self,
        observations: &mut Observations,
        secrets: &BTreeMap<SecretRef, Result<Secret, String>>,
        key: &DigestKey,
    ) {
        self.action.redact(observations, secrets, key);
    }
}

/// What a playbook comes to.
#[derive(Debug, Default)]
pub struct Compiled {
    /// How each host stands, over all steps: before any of them.
    pub items: BTreeMap<HostName, Vec<Item>>,
    /// What the world sees.
    pub public: Vec<Item>,
    /// In order.
    pub waves: Vec<Wave>,
    /// Held from the first to the last.
    pub locks: Vec<Lock>,
}

/// Who sees a step and the world that it was judged by.
pub type Seeing<'a> = &'a mut dyn FnMut(&Step, &World<'_>);

/// Compiles the steps, in order, for what the world shows of the hosts.
///
/// # Errors
/// Where a step rests on what an earlier one changes and nobody can know yet; every such place.
pub fn compile(
    steps: &[StepAction<'_>],
    inventory: &Inventory,
    world: &World<'_>,
    seeing: Seeing<'_>,
) -> Result<Compiled, Vec<Failure>> {
    let mut ahead = Ahead::of(world);
    let mut compiled = Compiled::default();
    let mut failures = Vec::new();
    let mut commands_ran = false;
    for one in steps {
        let step = one.step;
        let selected: BTreeSet<HostName> = step.hosts.intersection(world.selected).cloned().collect();
        let looked_at = one.action.looks_at(&selected);
        failures.extend(clashes(&ahead, one, &selected));
        let observations = ahead.observations.iter().filter(|(host, _)| looked_at.contains(*host));
        let observations: Observations = observations.map(|(host, it)| (host.clone(), it.clone())).collect();
        let outside = seen_of(one, world, &looked_at);
        let here = World {
            now: world.now,
            selected: &selected,
            observations: &observations,
            outside: &outside,
            public: world.public,
            secrets: world.secrets,
            key: world.key,
            redacted: world.redacted,
        };
        let assessment = one.action.assess(&here);
        seeing(step, &here);
        for (host, items) in assessment.items {
            add_items(compiled.items.entry(host).or_default(), items);
        }
        add_items(&mut compiled.public, assessment.public);
        compiled.locks.extend(assessment.locks);
        let waves = match waves(step, inventory, assessment.waves) {
            Ok(waves) => waves,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        let changes = waves.iter().any(|wave| !wave.transactions.is_empty());
        for mut wave in waves {
            wave.look_again = commands_ran;
            for (host, transaction) in &wave.transactions {
                ahead.happen(&step.name, host, transaction);
            }
            compiled.waves.push(wave);
        }
        commands_ran |= changes && step.runs_commands();
    }
    compiled.locks.sort();
    compiled.locks.dedup();
    if failures.is_empty() { Ok(compiled) } else { Err(failures) }
}

/// What the hosts' services presented, of the hosts of a step and what it asks alone.
fn seen_of(
    one: &StepAction<'_>,
    world: &World<'_>,
    hosts: &BTreeSet<HostName>,
) -> BTreeMap<HostName, Vec<HandshakeFact>> {
    let of = |(host, facts): (&HostName, &Vec<HandshakeFact>)| {
        let asked = one.action.handshakes(host);
        let facts: Vec<HandshakeFact> = facts.iter().filter(|fact| asked.contains(&fact.question)).cloned().collect();
        (hosts.contains(host) && !facts.is_empty()).then(|| (host.clone(), facts))
    };
    world.outside.iter().filter_map(of).collect()
}

/// Where the step asks for what an earlier one changes to nobody knows what.
fn clashes(ahead: &Ahead<'_>, one: &StepAction<'_>, hosts: &BTreeSet<HostName>) -> Vec<Failure> {
    let mut found: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    for host in hosts {
        for probe in one.action.probes(host) {
            if let Some((path, step)) = ahead.clash(host, &probe) {
                found.entry((step.to_owned(), path.to_string())).or_default().insert(host.as_str());
            }
        }
    }
    found
        .into_iter()
        .map(|((earlier, path), hosts)| {
            let hosts: Vec<&str> = hosts.into_iter().collect();
            let message = format!(
                "the steps `{earlier}` and `{}` both bear on {path} ({}), and what the first leaves there is not known yet",
                one.step.name,
                hosts.join(", ")
            );
            Failure::new("steps-clash", message, "put them into two playbooks, or leave the hosts out of one of them")
        })
        .collect()
}

/// An item that two steps judge is as it stood before the first of them.
fn add_items(known: &mut Vec<Item>, more: Vec<Item>) {
    for item in more {
        let Some(before) = known.iter_mut().find(|one| one.kind == item.kind && one.id == item.id) else {
            known.push(item);
            continue;
        };
        before.status = before.status.max(item.status);
        for difference in item.differences {
            if !before.differences.iter().any(|known| known.subject == difference.subject) {
                before.differences.push(difference);
            }
        }
        for warning in item.warnings {
            if !before.warnings.contains(&warning) {
                before.warnings.push(warning);
            }
        }
        before.error = before.error.take().or(item.error);
    }
}

/// The waves of a step, as it is to be rolled out, with its gates.
fn waves(step: &Step, inventory: &Inventory, planned: Vec<Wave>) -> Result<Vec<Wave>, Failure> {
    let planned: Vec<Wave> = planned.into_iter().filter(|wave| !wave.transactions.is_empty()).collect();
    let mut waves = match &step.rollout {
        Some(_) => rolled_out(step, inventory, planned)?,
        None => named(step, planned),
    };
    let last = waves.len().saturating_sub(1);
    for (number, wave) in waves.iter_mut().enumerate() {
        wave.step = Some(step.name.clone());
        if let Some(rollout) = step.rollout.as_ref().filter(|_| number < last) {
            wave.pause_seconds = rollout.pause_seconds;
        }
        if !step.orders_itself() || number == last {
            guard(step, wave);
        }
    }
    Ok(waves)
}

/// The waves of the action itself.
fn named(step: &Step, mut planned: Vec<Wave>) -> Vec<Wave> {
    let alone = planned.len() == 1;
    for wave in &mut planned {
        wave.name = if alone { step.name.clone() } else { format!("{}: {}", step.name, wave.name) };
    }
    planned
}

fn rolled_out(step: &Step, inventory: &Inventory, planned: Vec<Wave>) -> Result<Vec<Wave>, Failure> {
    let Some(rollout) = &step.rollout else { return Ok(planned) };
    if planned.iter().any(|wave| !wave.gates.is_empty()) {
        let message = format!("the waves of the step `{}` have an order of their own", step.name);
        return Err(Failure::new("orders-itself", message, "leave out its `rollout`"));
    }
    let domain = |host: &HostName, name: &str| {
        let value = inventory.hosts().get(host)?.vars.get(name)?;
        Some(crate::text::json(value))
    };
    // A host that changes twice does so in the order that the action gave it.
    let mut left: Vec<BTreeMap<HostName, Transaction>> = planned.into_iter().map(|wave| wave.transactions).collect();
    let mut waves = Vec::new();
    while left.iter().any(|transactions| !transactions.is_empty()) {
        let mut layer: BTreeMap<HostName, Transaction> = BTreeMap::new();
        for transactions in &mut left {
            let first: Vec<HostName> = transactions.keys().filter(|host| !layer.contains_key(*host)).cloned().collect();
            for host in first {
                layer.extend(transactions.remove_entry(&host));
            }
        }
        let hosts: BTreeSet<HostName> = layer.keys().cloned().collect();
        for Part { name, canary, hosts } in rollout.split(&step.name, &hosts, &domain) {
            let transactions = hosts.iter().filter_map(|host| layer.remove_entry(host)).collect();
            waves.push(Wave {
                max_failures: if canary { 0 } else { rollout.max_failures },
                on_failure: rollout.on_failure,
                ..Wave::of(name, transactions)
            });
        }
    }
    Ok(waves)
}

/// What must be good after a wave.
fn guard(step: &Step, wave: &mut Wave) {
    let hosts: BTreeSet<HostName> = wave.transactions.keys().cloned().collect();
    wave.gates.extend(step.gates.iter().flat_map(|gate| gate.checks(&hosts)));
}

impl Playbook {
    /// The kinds of its actions, each once, in the order of its steps.
    pub fn actions(&self) -> Vec<String> {
        let mut kinds: Vec<String> = Vec::new();
        for step in &self.steps {
            if !kinds.iter().any(|kind| kind == step.action.word()) {
                kinds.push(step.action.word().to_owned());
            }
        }
        kinds
    }
}
