//! Lints of who serves what, and where. Pure.

use std::collections::BTreeSet;

use super::{Groups, Lint, Look, listed};
use crate::actions::queue::read;
use crate::actions::queue::seen::{Instance, SidekiqProcess};
use crate::inventory::{Queues, WorkerDeclaration, WorkerProgram};
use crate::names::HostName;

pub(super) fn lints(look: &Look<'_>) -> Vec<Lint> {
    [misplaced(look), schedulers(look), strangers(look), unserved(look)].concat()
}

/// Why a kind may not be on a host, as the rest of a sentence that begins with the instance; `None`: it may.
fn why_not(queues: &Queues, kind: &WorkerDeclaration, host: &HostName) -> Option<String> {
    if queues.may_run(kind, host) {
        return None;
    }
    let placement = queues.placement.get(host);
    let said = placement.and_then(|placement| placement.origin.as_ref()).map(|origin| format!(" ({origin})"));
    let said = said.unwrap_or_default();
    if placement.is_some_and(|placement| placement.drain) {
        return Some(format!("{host} is to be drained of all workers{said}"));
    }
    if placement.is_some_and(|placement| placement.barred.contains(&kind.name)) {
        return Some(format!("[placement] keeps {} away from {host}{said}", kind.name));
    }
    let hosts: Vec<&str> = kind.hosts.iter().map(HostName::as_str).collect();
    let hosts = if hosts.is_empty() { "no host".to_owned() } else { listed(&hosts) };
    Some(format!("{} is declared for {hosts} ({})", kind.name, kind.origin))
}

/// Instances where they may not be.
fn misplaced(look: &Look<'_>) -> Vec<Lint> {
    let mut groups = Groups::new();
    for (host, kind, instance) in look.instances() {
        if let Some(why) = why_not(look.queues, kind, host) {
            groups.add(host, instance, (why, instance.runs()));
        }
    }
    groups.tell("misplaced-worker", |who, (why, runs)| {
        let state = if *runs { who.does("runs", "run") } else { who.does("is enabled", "are enabled") };
        format!("{state} here, and {why}: `fleet queue plan` ends it, or change the declaration if it is wanted here")
    })
}

/// Who serves a singleton: must be one at most.
fn schedulers(look: &Look<'_>) -> Vec<Lint> {
    let mut lints = Vec::new();
    for queue in look.queues.queues.values().filter(|queue| queue.singleton) {
        let (mut running, mut enabled) = (Vec::new(), Vec::new());
        for (host, kind, instance) in look.instances() {
            if !serves(kind, instance, &queue.name) {
                continue;
            }
            let quiet = read::process_of(look.seen, look.queues, host, instance).is_some_and(|process| process.quiet);
            if instance.runs() && !quiet {
                running.push(format!("{} on {host}", instance.unit));
            } else if instance.enabled && !instance.runs() {
                enabled.push(format!("{} on {host}", instance.unit));
            }
        }
        let known = queue.redis.as_ref().and_then(|name| look.seen.redis.get(name)?.as_ref().ok());
        for process in known.into_iter().flat_map(|redis| &redis.processes) {
            let serves = process.queues.contains(&queue.name) && !process.quiet;
            if serves && read::instance_of(look.seen, process).is_none() {
                running.push(format!("process {} on {}", process.pid, process.hostname));
            }
        }
        let name = &queue.name;
        let message = if running.len() > 1 {
            format!(
                "{name} is served by {} processes at once, {}: what they schedule happens twice; `fleet queue plan` keeps one",
                running.len(),
                listed(&running)
            )
        } else if running.len() + enabled.len() > 1 {
            let all = listed(&[running, enabled].concat());
            format!("{name} will be served twice after a boot, as all of these start then: {all}; disable all but one")
        } else {
            continue;
        };
        lints.push(Lint { host: None, item: name.clone(), subject: name.clone(), code: "two-schedulers", message });
    }
    lints
}

/// Whether an instance serves a queue: as it was told, else as its kind is declared.
fn serves(kind: &WorkerDeclaration, instance: &Instance, queue: &str) -> bool {
    let told = if instance.runs() { &instance.settings.queues } else { &instance.on_disk.queues };
    if told.is_empty() { kind.serves.contains_key(queue) } else { told.iter().any(|served| served == queue) }
}

/// Processes that serve a declared queue and belong to no declared unit.
fn strangers(look: &Look<'_>) -> Vec<Lint> {
    let mut lints = Vec::new();
    for (name, redis) in &look.seen.redis {
        let Ok(redis) = redis else { continue };
        for process in &redis.processes {
            let declared = |queue: &&String| {
                look.queues.queues.get(*queue).is_some_and(|known| known.redis.as_deref() == Some(name.as_str()))
            };
            let served: Vec<&String> = process.queues.iter().filter(declared).collect();
            if served.is_empty() || read::instance_of(look.seen, process).is_some() || of_silent(look, process) {
                continue;
            }
            let mut on = look.seen.hosts.iter();
            let host =
                on.find(|(_, known)| read::same_machine(&known.hostname, &process.hostname)).map(|(host, _)| host);
            let place = match host {
                Some(_) => "a process of no declared unit",
                None => "a process on a machine that is none of the hosts that answered",
            };
            let message = format!(
                "{place} serves {}: process {} on {}, with {} threads; its connections are in no count, and no plan moves it: \
                 declare its unit, or end it",
                listed(&served),
                process.pid,
                process.hostname,
                process.concurrency
            );
            lints.push(Lint {
                host: host.cloned(),
                item: name.clone(),
                subject: process.hostname.clone(),
                code: "unknown-worker",
                message,
            });
        }
    }
    lints
}

/// Whether a process may be that of a host that did not answer.
fn of_silent(look: &Look<'_>, process: &SidekiqProcess) -> bool {
    look.silent.iter().any(|host| read::same_machine(host.as_str(), &process.hostname))
}

/// Queues with jobs that no kind serves.
fn unserved(look: &Look<'_>) -> Vec<Lint> {
    let mut lints = Vec::new();
    for (name, redis) in &look.seen.redis {
        let Ok(redis) = redis else { continue };
        let of_this = |kind: &&WorkerDeclaration| match &kind.program {
            WorkerProgram::Sidekiq { redis } => redis.as_deref() == Some(name.as_str()),
            WorkerProgram::Other { .. } => true,
        };
        let kinds: Vec<&WorkerDeclaration> =
            look.queues.workers.values().filter(of_this).filter(|kind| !kind.retired).collect();
        let served: BTreeSet<&String> = kinds.iter().flat_map(|kind| kind.serves.keys()).collect();
        for (queue, state) in redis.queues.iter().filter(|(queue, state)| state.depth > 0 && !served.contains(queue)) {
            let meanwhile = redis.processes.iter().any(|process| process.queues.contains(queue));
            let consequence = if meanwhile { "what serves it now is in no plan" } else { "nothing works on them" };
            let message = format!(
                "{} jobs wait in the queue {queue}, which no kind serves: {consequence}; add it to `serves` of a kind",
                state.depth
            );
            lints.push(Lint {
                host: None,
                item: name.clone(),
                subject: queue.clone(),
                code: "unserved-queue",
                message,
            });
        }
    }
    lints
}
