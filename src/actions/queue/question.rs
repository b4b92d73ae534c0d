//! From what is declared and seen to the question as numbers.

use std::collections::{BTreeMap, BTreeSet};

use super::budgets::{self, BudgetOf};
use super::known::{Known, Last, LastSeen, LastWorkers};
use super::model::{self, Model};
use super::seen::{HostSeen, Instance, Seen};
use super::shape::{self, Form};
use super::what_if;
use crate::engine::action::World;
use crate::engine::probe::Observation;
use crate::inventory::{Inventory, Placement, Queues, WorkerDeclaration};
use crate::names::HostName;

/// MiB, in bytes.
const MIB: u64 = 1024 * 1024;

/// The question, with the names of what its indices mean.
pub(super) struct Question<'a> {
    pub(super) model: Model,
    /// Beside `model.kinds`.
    pub(super) shapes: Vec<Shape<'a>>,
    /// Beside `model.budgets`.
    pub(super) budgets: Vec<BudgetOf<'a>>,
    /// Those that count, by host and kind, in the order of their names.
    pub(super) instances: BTreeMap<(usize, usize), Vec<Instance>>,
    /// Why nothing changes on a host.
    pub(super) frozen: BTreeMap<HostName, String>,
}

/// What a kind of the model is.
#[derive(Clone, Debug)]
pub(super) struct Shape<'a> {
    pub(super) declared: &'a WorkerDeclaration,
    pub(super) form: Form,
}

/// Everything that the question is made from.
pub(super) struct Given<'a, 'w> {
    pub(super) inventory: &'a Inventory,
    pub(super) queues: &'a Queues,
    pub(super) seen: &'w Seen,
    pub(super) known: &'w Known<'w>,
    pub(super) world: &'w World<'w>,
}

impl Given<'_, '_> {
    /// Why nothing changes on a host; `None`: it may.
    fn frozen(&self, host: &HostName) -> Option<String> {
        if self.seen.hosts.contains_key(host) {
            return (!self.world.selected.contains(host)).then(|| "it is not selected".to_owned());
        }
        Some(match self.world.observations.get(host) {
            Some(Observation::Unreachable(failure) | Observation::Failed(failure)) => failure.message.clone(),
            Some(Observation::Facts(_)) => match self.seen.unknown.get(host) {
                Some(why) => why.clone(),
                None => "it did not tell what runs there".to_owned(),
            },
            None => "it was not looked at".to_owned(),
        })
    }

    fn placement(&self, host: &HostName) -> Placement {
        self.queues.placement.get(host).cloned().unwrap_or_default()
    }
}

/// The question that the declarations and the hosts ask.
pub(super) fn question<'a>(given: &Given<'a, '_>) -> Question<'a> {
    let queues = given.queues;
    let declared: Vec<&WorkerDeclaration> = queues.workers.values().collect();
    let mut shapes: Vec<Shape<'a>> = declared.iter().map(|declared| Shape { declared, form: Form::Declared }).collect();
    let names = hosts(given, &declared);
    let counted = counted(given, &names, &declared);
    let others: BTreeSet<(usize, Form)> =
        counted.iter().map(|one| (one.kind, one.form.clone())).filter(|(_, form)| *form != Form::Declared).collect();
    shapes.extend(others.into_iter().map(|(kind, form)| Shape { declared: declared[kind], form }));
    let budgets = budgets::derive(queues, given.seen, &given.known.what_if);
    let mut model = Model {
        kinds: shapes.iter().map(|shape| kind(given, shape, &declared, &names, &budgets)).collect(),
        queues: queues.queues.values().map(queue).collect(),
        hosts: names.iter().map(|name| host(given, name)).collect(),
        budgets: budgets.iter().map(|budget| budget.model.clone()).collect(),
        now: model::Placement::empty(names.len(), shapes.len()),
    };
    let mut instances: BTreeMap<(usize, usize), Vec<Instance>> = BTreeMap::new();
    for one in counted {
        let is_it = |shape: &Shape<'_>| shape.declared.name == declared[one.kind].name && shape.form == one.form;
        // Every form that was counted has its shape.
        let Some(kind) = shapes.iter().position(is_it) else { continue };
        model.now.set(one.host, kind, model.now.get(one.host, kind) + one.count);
        instances.entry((one.host, kind)).or_default().extend(one.instance);
    }
    blind(given, &mut model, &names);
    what_if::apply(&given.known.what_if, &mut model);
    // What is supposed of a kind leaves those that run as a kind of their own.
    for kind in &model.kinds[shapes.len()..] {
        let Some(of) = kind.stale_of else { continue };
        let serves = shapes[of].declared.serves.keys().cloned().collect();
        let form = Form::Stale { connections: kind.connections, serves };
        shapes.push(Shape { declared: shapes[of].declared, form });
    }
    let frozen = names.iter().filter_map(|name| Some((name.clone(), given.frozen(name)?))).collect();
    Question { model, shapes, budgets, instances, frozen }
}

/// What runs on each host that answered, to be remembered.
pub(super) fn remembered(queues: &Queues, seen: &Seen, now: jiff::Timestamp) -> Last {
    let of_host = |host: &HostSeen| {
        let mut workers: BTreeMap<LastWorkers, u32> = BTreeMap::new();
        for instance in &host.instances {
            let Some(declared) = queues.workers.get(&instance.kind) else { continue };
            let Some(form) = shape::form(declared, instance) else { continue };
            let (connections, as_declared) = match form {
                Form::Declared => (declared.connections, true),
                Form::Stale { connections, .. } | Form::Down { connections } => (connections, false),
            };
            let group = LastWorkers { kind: instance.kind.clone(), connections, as_declared, count: 0 };
            *workers.entry(group).or_default() += 1;
        }
        let workers = workers.into_iter().map(|(group, count)| LastWorkers { count, ..group }).collect();
        LastSeen { time: now, workers }
    };
    seen.hosts.iter().map(|(name, host)| (name.clone(), of_host(host))).collect()
}

/// Processes that count alike.
struct Counted {
    host: usize,
    /// Of the declared kinds.
    kind: usize,
    form: Form,
    count: u32,
    instance: Option<Instance>,
}

/// All that runs or would start by itself; of a host that does not answer, what last ran there.
fn counted(given: &Given<'_, '_>, names: &[HostName], declared: &[&WorkerDeclaration]) -> Vec<Counted> {
    let kind_of = |name: &str| declared.iter().position(|declared| declared.name == name);
    let mut counted = Vec::new();
    for (host, name) in names.iter().enumerate() {
        if let Some(seen) = given.seen.hosts.get(name) {
            for instance in &seen.instances {
                let Some(kind) = kind_of(&instance.kind) else { continue };
                if let Some(form) = shape::form(declared[kind], instance) {
                    counted.push(Counted { host, kind, form, count: 1, instance: Some(instance.clone()) });
                }
            }
            continue;
        }
        for workers in given.known.last.get(name).into_iter().flat_map(|last| &last.workers) {
            let Some(kind) = kind_of(&workers.kind) else { continue };
            // Declared otherwise since, perhaps.
            let as_declared = workers.as_declared && workers.connections == declared[kind].connections;
            let form = if as_declared { Form::Declared } else { Form::Down { connections: workers.connections } };
            counted.push(Counted { host, kind, form, count: workers.count, instance: None });
        }
    }
    counted
}

/// The hosts that workers may be on, or are.
fn hosts(given: &Given<'_, '_>, declared: &[&WorkerDeclaration]) -> Vec<HostName> {
    let is_wanted = |name: &&HostName| {
        let has = given.seen.hosts.get(*name).is_some_and(|seen| !seen.instances.is_empty());
        let had = given.known.last.get(*name).is_some_and(|last| !last.workers.is_empty());
        has || (had && !given.seen.hosts.contains_key(*name))
            || declared.iter().any(|kind| !kind.retired && given.queues.may_run(kind, name))
            || declared.iter().any(|kind| kind.hosts.contains(*name))
    };
    given.inventory.hosts().keys().filter(is_wanted).cloned().collect()
}

fn kind(
    given: &Given<'_, '_>,
    shape: &Shape<'_>,
    declared: &[&WorkerDeclaration],
    names: &[HostName],
    budgets: &[BudgetOf<'_>],
) -> model::Kind {
    let worker = shape.declared;
    let (connections, serves): (u32, Vec<&String>) = match &shape.form {
        Form::Declared => (worker.connections, worker.serves.keys().collect()),
        Form::Stale { connections, serves } => (*connections, serves.iter().collect()),
        Form::Down { connections } => (*connections, Vec::new()),
    };
    let is_as_declared = shape.form == Form::Declared;
    let is_down = matches!(shape.form, Form::Down { .. });
    let can_be_at = |name: &HostName| {
        // Without its template nothing can start, unless fleet installs it.
        let installed = given.seen.hosts.get(name).is_none_or(|seen| seen.templates.contains(&worker.unit.name()));
        given.queues.may_run(worker, name) && (installed || worker.unit_file.is_some())
    };
    let charged = |budget: &BudgetOf<'_>| {
        worker.database.as_ref() == Some(&budget.database.name) && budget.pooled == worker.pooled
    };
    let capacity = |queue: &String| if serves.contains(&queue) { worker.serves[queue] } else { 0 };
    model::Kind {
        name: worker.name.clone(),
        stale_of: (!is_as_declared).then(|| declared.iter().position(|one| one.name == worker.name)).flatten(),
        connections,
        budgets: (0..budgets.len()).filter(|index| charged(&budgets[*index])).collect(),
        // What is down would start at the next boot, in the middle of a change perhaps: only its connections must fit then.
        cpu: if is_down { 0 } else { worker.cpu },
        memory: if is_down { 0 } else { u32::try_from(worker.memory.div_ceil(MIB)).unwrap_or(u32::MAX) },
        serves: given.queues.queues.keys().map(capacity).collect(),
        retired: worker.retired,
        allowed: names.iter().map(|name| is_as_declared && can_be_at(name)).collect(),
        pinned: names.iter().map(|name| worker.pins.get(name).copied().filter(|_| is_as_declared)).collect(),
    }
}

fn queue(queue: &crate::inventory::QueueDeclaration) -> model::Queue {
    model::Queue {
        name: queue.name.clone(),
        demand: queue.demand,
        max: queue.max,
        weight: queue.weight,
        floor: queue.floor,
        min_hosts: queue.min_hosts,
        max_per_host: queue.max_per_host,
        singleton: queue.singleton,
    }
}

fn host(given: &Given<'_, '_>, name: &HostName) -> model::Host {
    let declared = given.inventory.hosts().get(name);
    let seen = given.seen.hosts.get(name);
    let placement = given.placement(name);
    let cpus = declared.and_then(|host| host.cpus).or(seen.map(|seen| seen.cpus)).unwrap_or(0);
    let memory = declared.and_then(|host| host.memory).or(seen.map(|seen| u64::from(seen.memory) * MIB));
    let free = memory.map(|memory| memory.saturating_sub(placement.used_memory) / MIB);
    model::Host {
        name: name.clone(),
        cpu: cpus.saturating_mul(1000),
        cpu_used: placement.used_cpu,
        memory: free.map(|free| u32::try_from(free).unwrap_or(u32::MAX)),
        connections: placement.max_connections,
        frozen: given.frozen(name).is_some(),
    }
}

/// Where nobody knows what runs on a host that workers may be on, nothing may be added to what they share.
fn blind(given: &Given<'_, '_>, model: &mut Model, names: &[HostName]) {
    for (index, name) in names.iter().enumerate() {
        if given.seen.hosts.contains_key(name) || given.known.last.contains_key(name) {
            continue;
        }
        for kind in model.kinds.iter().filter(|kind| kind.allowed[index]) {
            for budget in &kind.budgets {
                model.budgets[*budget].blind = true;
            }
        }
    }
}
