//! Queues, workers and hosts held against each other: what could never be so, whatever runs.

use std::collections::BTreeSet;

use super::context::Context;
use super::problem::Problem;
use super::queue::{QueueDeclaration, Queues, WorkerDeclaration, WorkerProgram};
use super::queue_build::{Lost, Tables};
use super::text::{GroupName, Located};
use super::types_queue::{QueueTable, WorkerTable};
use crate::names::HostName;

/// Adds what is wrong. A drained host counts as if it were not: it comes back, and the plan says what lacks meanwhile.
pub(super) fn check(tables: &Tables, queues: &Queues, lost: Lost, context: &mut Context<'_>) {
    if context.names_lost || context.doubtful {
        return;
    }
    for (name, table) in &tables.workers {
        if let Some(worker) = queues.workers.get(name.as_str()) {
            check_worker(name, table, worker, queues, context);
        }
    }
    if lost.workers || lost.queues {
        return;
    }
    for (name, table) in &tables.queues {
        if let Some(queue) = queues.queues.get(name.as_str()) {
            check_queue(name, table, queue, queues, context);
        }
    }
}

/// The hosts that a worker may run on, drained or not.
fn hosts_of<'q>(worker: &'q WorkerDeclaration, queues: &'q Queues) -> impl Iterator<Item = &'q HostName> {
    worker.hosts.iter().filter(|host| queues.placement.get(*host).is_none_or(|it| !it.barred.contains(&worker.name)))
}

fn check_worker(
    name: &Located<GroupName>,
    table: &WorkerTable,
    worker: &WorkerDeclaration,
    queues: &Queues,
    context: &mut Context<'_>,
) {
    let owner = format!("workers.{}", name.value);
    if !worker.retired && !worker.hosts.is_empty() && hosts_of(worker, queues).next().is_none() {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} may run nowhere: [placement] keeps it from all its hosts"))
                .label(name.span.clone(), "may run nowhere")
                .help("allow it on a host, or retire it: `retired = true`"),
        );
    }
    for (host, pin) in &table.pins {
        let Some(known) = worker.pins.get_key_value(host.as_str()).map(|(known, _)| known) else { continue };
        if !worker.hosts.contains(known) {
            let mut problem =
                Problem::new("bad-value", format!("{owner} is pinned on {known}, which is none of its hosts"))
                    .label(host.span.clone(), "pinned here");
            if let Some(hosts) = &table.hosts {
                problem = problem.label(hosts.span.clone(), "its hosts");
            }
            context.problems.push(problem);
        } else if let Some(placement) = queues.placement.get(known)
            && placement.barred.contains(&worker.name)
            && pin.value.0 > 0
        {
            let at = placement.origin.as_ref().map(|origin| format!(" ({origin})")).unwrap_or_default();
            context.problems.push(
                Problem::new("bad-value", format!("{owner} is pinned on {known}, where [placement] keeps it away{at}"))
                    .label(host.span.clone(), "pinned here"),
            );
        }
    }
    let mut singletons = worker.serves.keys().filter(|queue| queues.queues.get(*queue).is_some_and(|it| it.singleton));
    let pinned: u64 = worker.pins.values().map(|count| u64::from(*count)).sum();
    if let (Some(queue), true, Some((host, _))) = (singletons.next(), pinned > 1, table.pins.iter().next()) {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} is pinned {pinned} times, and serves {queue}, a singleton"))
                .label(host.span.clone(), "its pins")
                .help("pin it once, or not at all"),
        );
    }
}

fn check_queue(
    name: &Located<GroupName>,
    table: &QueueTable,
    queue: &QueueDeclaration,
    queues: &Queues,
    context: &mut Context<'_>,
) {
    let owner = format!("queues.{}", name.value);
    let serving: Vec<(&WorkerDeclaration, u32)> = queues
        .workers
        .values()
        .filter(|worker| !worker.retired)
        .filter_map(|worker| worker.serves.get(&queue.name).map(|capacity| (worker, *capacity)))
        .collect();
    if let (Some(_), Some((worker, _))) =
        (&queue.bull, serving.iter().find(|(worker, _)| matches!(worker.program, WorkerProgram::Sidekiq { .. })))
    {
        let mut problem =
            Problem::new("bad-value", format!("{owner} is a queue of Bull, and workers.{} is Sidekiq", worker.name));
        if let Some(bull) = &table.bull {
            problem = problem.label(bull.span.clone(), "of Bull");
        }
        context.problems.push(problem.help("write `program = \"other\"` and a `check` for that worker"));
    }
    let demand = table.demand.as_ref().or(table.min.as_ref());
    let Some(demand) = demand.filter(|demand| demand.value > 0 && !queue.singleton) else { return };
    if serving.is_empty() {
        let retired = queues.workers.values().find(|worker| worker.serves.contains_key(&queue.name));
        let label = match retired {
            Some(worker) => format!("only workers.{} serves it, which is retired", worker.name),
            None => "no worker serves it".to_owned(),
        };
        context.problems.push(
            Problem::new("unserved", format!("nobody can serve {owner}"))
                .label(demand.span.clone(), label)
                .help(format!("let a worker serve it: serves = {{ {} = 5 }}", queue.name)),
        );
        return;
    }
    check_room(&owner, table, queue, &serving, demand, queues, context);
}

/// Hosts and capacity that a queue can have at all.
fn check_room(
    owner: &str,
    table: &QueueTable,
    queue: &QueueDeclaration,
    serving: &[(&WorkerDeclaration, u32)],
    demand: &Located<u32>,
    queues: &Queues,
    context: &mut Context<'_>,
) {
    let hosts: BTreeSet<&HostName> = serving.iter().flat_map(|(worker, _)| hosts_of(worker, queues)).collect();
    if hosts.is_empty() {
        // Told of the workers already.
        return;
    }
    if let Some(least) = &table.min_hosts
        && least.value as usize > hosts.len()
    {
        let names: BTreeSet<HostName> = hosts.iter().copied().cloned().collect();
        context.problems.push(
            Problem::new("bad-value", format!("{owner} wants more hosts than may serve it"))
                .label(least.span.clone(), format!("{} of {}", least.value, hosts.len()))
                .help(format!("the workers that serve it may run on {}", super::fold::fold(&names))),
        );
    }
    if let Some(most) = &table.max_per_host
        && u64::from(most.value) * (hosts.len() as u64) < u64::from(demand.value)
    {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} can never have its demand"))
                .label(most.span.clone(), format!("at most {} on each of {} hosts", most.value, hosts.len()))
                .label(demand.span.clone(), format!("of {}", demand.value)),
        );
    }
    let Some(smallest) = serving.iter().map(|(_, capacity)| *capacity).min() else { return };
    let bounds = [("max", &table.max, queue.max), ("max_per_host", &table.max_per_host, queue.max_per_host)];
    for (key, span, bound) in bounds {
        if let (Some(at), Some(bound)) = (span, bound)
            && smallest > bound
        {
            context.problems.push(
                Problem::new("bad-value", format!("`{key}` of {owner} is below what a single process serves"))
                    .label(at.span.clone(), format!("{bound}, and every worker of it has at least {smallest}")),
            );
        }
    }
}
