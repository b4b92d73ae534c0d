//! What an instance of a worker really is: as declared, of another shape, or down.

use crate::inventory::{WorkerDeclaration, WorkerProgram};

use super::seen::{Instance, Settings};

/// How an instance counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// It runs as declared.
    Declared,
    /// It runs with other settings: so many connections at most, and these of the declared queues.
    Stale {
        /// The most that it takes, also if it started again by itself.
        connections: u32,
        /// The queues that it serves.
        serves: Vec<String>,
    },
    /// It is enabled and does not run: the next boot would start it, so that its connections count and its capacity does not.
    Down {
        /// What it would take.
        connections: u32,
    },
}

/// What differs between an instance that runs and what is declared, in words.
pub(super) fn stale(declared: &WorkerDeclaration, instance: &Instance) -> Vec<String> {
    let settings = &instance.settings;
    let mut words: Vec<String> = idle(instance).map(str::to_owned).into_iter().collect();
    if let Some(connections) = connections(declared, settings)
        && connections != declared.connections
    {
        words.push(format!("takes {connections} connections, {} declared", declared.connections));
    }
    if let (Some(runs), Some(wanted)) = (settings.concurrency, declared.concurrency)
        && runs != wanted
    {
        words.push(format!("has {runs} threads, {wanted} declared"));
    }
    // Of a process whose environment could not be read nothing is known, and nothing is said.
    let readable = settings.pool.is_some() || !settings.environment.is_empty();
    for (key, wanted) in &declared.environment {
        match settings.environment.get(key) {
            Some(value) if value != wanted => words.push(format!("runs with {key}={value}, {wanted} declared")),
            None if readable => words.push(format!("runs without {key}, {wanted} declared")),
            _ => {}
        }
    }
    let served: Vec<&String> = declared.serves.keys().collect();
    let mut runs: Vec<&String> = settings.queues.iter().collect();
    runs.sort();
    runs.dedup();
    if !runs.is_empty() && runs != served {
        let list = |names: &[&String]| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        words.push(format!("serves {}; declared {}", list(&runs), list(&served)));
    }
    words
}

/// Why an instance that systemd calls running does no work, and will do none by itself; `None`: it may work.
fn idle(instance: &Instance) -> Option<&'static str> {
    match instance.active_state.as_str() {
        "deactivating" => Some("is ending"),
        // Between two starts, mostly of one that fails again and again: it counts for nothing that must stay up.
        "activating" if instance.pid == 0 => Some("is about to start, and no process of it runs"),
        _ => instance.quiet.then_some("takes no new work: it was asked to end what it has"),
    }
}

/// How an instance counts; `None`: it neither runs nor will.
pub(super) fn form(declared: &WorkerDeclaration, instance: &Instance) -> Option<Form> {
    let on_disk = connections(declared, &instance.on_disk).unwrap_or(declared.connections);
    if !instance.runs() {
        return instance.enabled.then_some(Form::Down { connections: on_disk.max(declared.connections) });
    }
    if stale(declared, instance).is_empty() {
        return Some(Form::Declared);
    }
    let live = connections(declared, &instance.settings).unwrap_or(declared.connections);
    let mut serves = match (idle(instance), instance.settings.queues.is_empty()) {
        (Some(_), _) => Vec::new(),
        (None, true) => declared.serves.keys().cloned().collect(),
        (None, false) => instance.settings.queues.clone(),
    };
    serves.sort();
    serves.dedup();
    // Should it fail and be started again, it takes what stands on disk by then.
    let connections = live.max(on_disk).max(declared.connections);
    Some(Form::Stale { connections, serves })
}

/// Connections that a process with these settings takes at most; `None`: they do not say.
pub(super) fn connections(declared: &WorkerDeclaration, settings: &Settings) -> Option<u32> {
    if declared.database.is_none() {
        return Some(0);
    }
    match (&declared.program, settings.pool, settings.concurrency) {
        // Sidekiq's threads share the pool, and none of them takes two.
        (WorkerProgram::Sidekiq { .. }, Some(pool), Some(threads)) => Some(pool.min(threads)),
        (WorkerProgram::Sidekiq { .. }, None, threads) => threads,
        (_, pool, _) => pool,
    }
}
