//! How each host stands: what runs against what is declared and what the plan makes of it.

use std::collections::BTreeMap;

use super::files;
use super::lints::Lint;
use super::question::Question;
use super::seen::{Instance, Seen};
use super::shape::{self, Form};
use super::transactions::Compiled;
use super::{KIND, words};
use crate::engine::action::World;
use crate::engine::probe::{HostFacts, Observation};
use crate::engine::status::{Difference, Failure, Item, Status, Warning};
use crate::inventory::{Queues, WorkerDeclaration};
use crate::names::HostName;

/// All that is judged.
pub(super) struct Judge<'a, 'q> {
    pub(super) question: &'q Question<'a>,
    pub(super) queues: &'a Queues,
    pub(super) seen: &'q Seen,
    pub(super) world: &'q World<'q>,
    pub(super) target: &'q super::model::Placement,
    pub(super) compiled: &'q Compiled,
    /// Why the target cannot be reached.
    pub(super) blocked: Option<Failure>,
    /// Capacity that queues lack in the end, by queue.
    pub(super) lacks: Vec<u32>,
    pub(super) lints: &'q [Lint],
}

impl Judge<'_, '_> {
    /// The items of every host that was selected and answered.
    pub(super) fn items(&self) -> BTreeMap<HostName, Vec<Item>> {
        let mut items: BTreeMap<HostName, Vec<Item>> = BTreeMap::new();
        for name in self.world.selected {
            let Some(Observation::Facts(facts)) = self.world.observations.get(name) else { continue };
            let mut found: BTreeMap<String, Item> = BTreeMap::new();
            if !self.seen.hosts.contains_key(name) && !self.queues.workers.is_empty() {
                let why = self.seen.unknown.get(name).cloned();
                let why = why.unwrap_or_else(|| "it did not tell which workers run there".to_owned());
                let failure = Failure::bare("unknown", why);
                found.insert("workers".to_owned(), item("workers", Status::Unknown, Some(failure)));
            }
            if let Some(host) = self.question.model.hosts.iter().position(|host| host.name == *name) {
                for worker in self.queues.workers.values() {
                    if let Some(item) = self.worker(host, worker, facts) {
                        found.insert(worker.name.clone(), item);
                    }
                }
            }
            self.servers(name, &mut found);
            if self.hears_of_all() == Some(name) {
                self.short(&mut found);
            }
            self.warn(name, &mut found);
            items.insert(name.clone(), found.into_values().collect());
        }
        items
    }

    /// Workers of one kind on one host; nothing where there are none and none are wanted.
    fn worker(&self, host: usize, worker: &WorkerDeclaration, facts: &HostFacts) -> Option<Item> {
        let kinds: Vec<usize> = (0..self.question.shapes.len())
            .filter(|kind| self.question.shapes[*kind].declared.name == worker.name)
            .collect();
        let now: u32 = kinds.iter().map(|kind| self.question.model.now.get(host, *kind)).sum();
        let wanted: u32 = kinds.iter().map(|kind| self.target.get(host, *kind)).sum();
        let name = &self.question.model.hosts[host].name;
        let refused = self.compiled.refused.get(&(name.clone(), worker.name.clone()));
        if now == 0 && wanted == 0 && refused.is_none() {
            return None;
        }
        let instances: Vec<&Instance> =
            kinds.iter().filter_map(|kind| self.question.instances.get(&(host, *kind))).flatten().collect();
        let is_done = self.compiled.refused.is_empty() && self.blocked.is_none();
        let moves = |kind: &usize| self.question.model.now.get(host, *kind) != self.target.get(host, *kind);
        let mut differences = Vec::new();
        if kinds.iter().any(moves) {
            differences.push(counts(&instances, wanted, worker, is_done));
        }
        for kind in &kinds {
            let leaves = self.target.get(host, *kind) < self.question.model.now.get(host, *kind);
            for instance in self.question.instances.get(&(host, *kind)).into_iter().flatten() {
                let form = &self.question.shapes[*kind].form;
                differences.extend(one(worker, form, instance, is_done && leaves, is_done));
            }
        }
        differences.extend(self.files(name, worker, facts));
        let status = differences.iter().map(|difference| difference.status).max().unwrap_or(Status::Ok);
        let mut item = item(&worker.name, status, None);
        if let Some(failure) = refused {
            item.status = item.status.max(Status::Failed);
            item.error = Some(failure.clone());
        } else if !differences.is_empty() {
            item.error = self.blocked.clone();
        }
        item.differences = differences;
        Some(item)
    }

    fn files(&self, name: &HostName, worker: &WorkerDeclaration, facts: &HostFacts) -> Option<Difference> {
        let changes = files::changes(worker, facts, &self.world.key.host_salt(name)).ok()?;
        let line = changes.summary.first()?.diff.first()?.clone();
        let planned = |wave: &crate::engine::plan::Wave| {
            let transaction = wave.transactions.get(name);
            transaction.is_some_and(|it| changes.changes.iter().all(|change| it.changes.contains(change)))
        };
        let is_planned = self.compiled.waves.iter().any(planned);
        // What ends has no settings to keep, but for those that its end needs.
        if !is_planned && (worker.retired || !worker.hosts.contains(name)) {
            return None;
        }
        Some(Difference {
            subject: line.subject.clone(),
            status: Status::Drift,
            declared: line.after,
            on_disk: line.before,
            live: None,
            message: format!("the settings of {} are not as declared", worker.unit.name()),
            repairable: is_planned,
        })
    }

    /// Databases and Redis servers that live on the host and could not be asked.
    fn servers(&self, name: &HostName, found: &mut BTreeMap<String, Item>) {
        let databases = self.queues.databases.values().filter(|it| it.host.as_ref() == Some(name)).map(|it| &it.name);
        for database in databases {
            if let Some(Err(why)) = self.seen.databases.get(database) {
                let hint = "see that psql works there as the user of `run_as`, or declare max_connections";
                let failure = Failure::new("unknown", format!("database {database}: {why}"), hint);
                fails(found, database, failure);
            }
        }
        for redis in self.queues.redis.values().filter(|it| it.host == *name) {
            if let Some(Err(why)) = self.seen.redis.get(&redis.name) {
                let hint = "see that redis-cli works there, and what `password` says";
                let failure = Failure::new("unknown", format!("Redis {}: {why}", redis.name), hint);
                fails(found, &redis.name, failure);
            }
        }
    }

    /// The host at which stands what is about all of them: that of a database, or the first that answered.
    fn hears_of_all(&self) -> Option<&HostName> {
        let answers = |host: &&HostName| self.world.selected.contains(*host) && self.seen.hosts.contains_key(*host);
        let databases = self.queues.databases.values().filter_map(|database| database.host.as_ref());
        databases.chain(self.world.selected).find(answers)
    }

    /// Queues that no placement within the limits serves as declared.
    fn short(&self, found: &mut BTreeMap<String, Item>) {
        for (queue, lacks) in self.question.model.queues.iter().zip(&self.lacks).filter(|(_, lacks)| **lacks > 0) {
            // A kind of workers may have the name of its queue.
            let item = found.entry(queue.name.clone()).or_insert_with(|| item(&queue.name, Status::Drift, None));
            item.status = item.status.max(Status::Drift);
            let has = queue.demand.saturating_sub(*lacks);
            item.differences.push(Difference {
                subject: "capacity".to_owned(),
                status: Status::Drift,
                declared: Some(queue.demand.to_string()),
                on_disk: None,
                live: None,
                message: format!("{has} of {} is all that the limits allow", queue.demand),
                repairable: false,
            });
        }
    }

    /// What is odd and no difference; what belongs to no host stands at the first one that may hear of it.
    fn warn(&self, name: &HostName, found: &mut BTreeMap<String, Item>) {
        let hears = self.hears_of_all() == Some(name);
        for lint in self.lints.iter().filter(|lint| lint.host.as_ref().map_or(hears, |host| host == name)) {
            let id = lint.item.clone();
            let item = found.entry(id.clone()).or_insert_with(|| item(&id, Status::Ok, None));
            item.warnings.push(Warning {
                code: lint.code.to_owned(),
                subject: lint.subject.clone(),
                message: lint.message.clone(),
            });
        }
    }
}

fn item(id: &str, status: Status, error: Option<Failure>) -> Item {
    Item { kind: KIND.to_owned(), id: id.to_owned(), status, differences: Vec::new(), warnings: Vec::new(), error }
}

/// An item of what could not be asked; it may have the name of a kind of workers, which stands there already.
fn fails(found: &mut BTreeMap<String, Item>, id: &str, failure: Failure) {
    let item = found.entry(id.to_owned()).or_insert_with(|| item(id, Status::Unknown, None));
    item.status = item.status.max(Status::Unknown);
    item.error.get_or_insert(failure);
}

/// How many there are, against how many the plan wants here.
fn counts(instances: &[&Instance], wanted: u32, worker: &WorkerDeclaration, repairable: bool) -> Difference {
    let enabled = instances.iter().filter(|instance| instance.enabled).count();
    let running = instances.iter().filter(|instance| instance.runs()).count();
    let reason = if worker.retired { ": the kind is retired" } else { "" };
    Difference {
        subject: "processes".to_owned(),
        status: Status::Drift,
        declared: Some(wanted.to_string()),
        on_disk: Some(enabled.to_string()),
        live: Some(running.to_string()),
        message: format!("{} here, {} wanted{reason}", words::run(running), words::none_or(wanted)),
        repairable,
    }
}

/// What one instance has of its own.
fn one(worker: &WorkerDeclaration, form: &Form, instance: &Instance, ends: bool, is_done: bool) -> Option<Difference> {
    let unit = instance.unit.to_string();
    let difference = |status, message: String, repairable| Difference {
        subject: unit.clone(),
        status,
        declared: None,
        on_disk: None,
        live: None,
        message,
        repairable,
    };
    match form {
        Form::Stale { .. } => {
            let how = shape::stale(worker, instance).join("; ");
            Some(difference(Status::Stale, format!("it {how}"), ends))
        }
        Form::Down { .. } => {
            let state = &instance.active_state;
            Some(difference(Status::Drift, format!("it is enabled, and {state}: the next boot would start it"), ends))
        }
        Form::Declared if !instance.enabled && !worker.retired => {
            let message = "it runs, and would not after the next boot: it is not enabled".to_owned();
            Some(difference(Status::Drift, message, is_done))
        }
        Form::Declared => None,
    }
}
