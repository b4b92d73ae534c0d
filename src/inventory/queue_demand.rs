//! Queues: how much of each is to be served, and where its depth is seen.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::context::Context;
use super::problem::Problem;
use super::queue::{QueueDeclaration, Queues, WorkerProgram};
use super::queue_build::{Lost, Tables, choose};
use super::suggest::shown;
use super::text::{GroupName, Located};
use super::types_queue::QueueTable;
use super::types_queue_forms::WordOrBool;

/// From this latency on a check warns.
const LATENCY: Duration = Duration::from_secs(60);
/// The prefix of the keys of Bull unless it is told another.
const BULL: &str = "bull";

/// Resolves `[queues]`; the workers are those that were resolved already.
pub(super) fn build(
    tables: &Tables,
    queues: &Queues,
    lost: Lost,
    context: &mut Context<'_>,
) -> BTreeMap<String, QueueDeclaration> {
    let build = |(name, table): (&Located<GroupName>, &QueueTable)| {
        let queue = queue(name, table, queues, lost, context);
        (queue.name.clone(), queue)
    };
    tables.queues.iter().map(build).collect()
}

fn queue(
    name: &Located<GroupName>,
    table: &QueueTable,
    queues: &Queues,
    lost: Lost,
    context: &mut Context<'_>,
) -> QueueDeclaration {
    let owner = format!("queues.{}", name.value);
    let singleton = table.singleton.as_ref().is_some_and(|flag| flag.value);
    if let (true, Some(flag)) = (singleton, &table.singleton) {
        singleton_alone(&owner, table, flag, context);
    } else {
        amounts(&owner, table, context);
    }
    let demand = table.demand.as_ref().or(table.min.as_ref()).map_or(0, |demand| demand.value);
    let value = |number: &Option<Located<u32>>| number.as_ref().map(|number| number.value);
    QueueDeclaration {
        name: name.value.to_string(),
        redis: redis(&owner, name, table, queues, lost, context),
        bull: bull(&owner, table, context),
        demand: if singleton { 0 } else { demand },
        max: value(&table.max).filter(|_| !singleton),
        weight: value(&table.weight).unwrap_or(1),
        floor: if singleton { 0 } else { value(&table.floor).unwrap_or(0) },
        min_hosts: if singleton { 0 } else { value(&table.min_hosts).unwrap_or(u32::from(demand > 0)) },
        max_per_host: value(&table.max_per_host).filter(|_| !singleton),
        singleton,
        cpu_bound: table.cpu_bound,
        latency: Some(table.latency.as_ref().map_or(LATENCY, |span| span.value.0)),
        origin: context.origin(&name.span),
    }
}

/// Exactly one process is all that can be said of it.
fn singleton_alone(owner: &str, table: &QueueTable, flag: &Located<bool>, context: &mut Context<'_>) {
    let amounts = [
        ("demand", &table.demand),
        ("min", &table.min),
        ("max", &table.max),
        ("floor", &table.floor),
        ("min_hosts", &table.min_hosts),
        ("max_per_host", &table.max_per_host),
    ];
    for (key, amount) in amounts.into_iter().filter_map(|(key, amount)| Some((key, amount.as_ref()?))) {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} is a singleton and has `{key}`"))
                .label(flag.span.clone(), "exactly one process serves it")
                .label(amount.span.clone(), "means nothing then")
                .help("take one of the two out"),
        );
    }
}

/// What contradicts itself whatever the workers are.
fn amounts(owner: &str, table: &QueueTable, context: &mut Context<'_>) {
    if let (Some(demand), Some(min)) = (&table.demand, &table.min) {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} has `demand` and `min`, which are the same"))
                .label(demand.span.clone(), "here")
                .label(min.span.clone(), "and here")
                .help("keep one of the two"),
        );
    }
    let demand = table.demand.as_ref().map(|it| ("demand", it)).or(table.min.as_ref().map(|it| ("min", it)));
    let mut above = |small: (&str, &Located<u32>), large: (&str, &Located<u32>)| {
        if small.1.value > large.1.value {
            context.problems.push(
                Problem::new("bad-value", format!("`{}` of {owner} is above its `{}`", small.0, large.0))
                    .label(small.1.span.clone(), small.1.value.to_string())
                    .label(large.1.span.clone(), large.1.value.to_string()),
            );
        }
    };
    let max = table.max.as_ref().map(|it| ("max", it));
    let floor = table.floor.as_ref().map(|it| ("floor", it));
    if let (Some(demand), Some(max)) = (demand, max) {
        above(demand, max);
    }
    if let (Some(floor), Some(bound)) = (floor, demand.or(max)) {
        above(floor, bound);
    }
    if let (Some(floor), None, None) = (floor, demand, max)
        && floor.1.value > 0
    {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} has a `floor` and no `demand`"))
                .label(floor.1.span.clone(), "stays up, though nothing is wanted")
                .help("declare a `demand` of at least that much"),
        );
    }
    if let (Some(hosts), None) = (&table.min_hosts, demand)
        && hosts.value > 0
    {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} has `min_hosts` and no `demand`"))
                .label(hosts.span.clone(), "hosts for what?")
                .help("declare a `demand`"),
        );
    }
    if let (Some(hosts), Some((key, demand))) = (&table.min_hosts, demand)
        && hosts.value > demand.value
    {
        context.problems.push(
            Problem::new("bad-value", format!("`min_hosts` of {owner} is above its `{key}`"))
                .label(hosts.span.clone(), format!("{} hosts", hosts.value))
                .label(demand.span.clone(), format!("capacity of {}", demand.value)),
        );
    }
}

fn bull(owner: &str, table: &QueueTable, context: &mut Context<'_>) -> Option<String> {
    let choice = table.bull.as_ref()?;
    match &choice.value {
        WordOrBool::Bool(true) => Some(BULL.to_owned()),
        WordOrBool::Bool(false) => None,
        WordOrBool::Word(word) => {
            if word.is_empty() || word.ends_with(':') || word.chars().any(|c| c.is_control() || c.is_whitespace()) {
                context.problems.push(
                    Problem::new("bad-value", format!("`bull` of {owner} can't be \"{}\"", shown(word)))
                        .label(choice.span.clone(), "this value")
                        .help("write true, or the prefix of its keys without the colon"),
                );
            }
            Some(word.clone())
        }
    }
}

/// Where it is: as declared, else where all the Sidekiq workers that serve it work from, else the only one there is.
fn redis(
    owner: &str,
    name: &Located<GroupName>,
    table: &QueueTable,
    queues: &Queues,
    lost: Lost,
    context: &mut Context<'_>,
) -> Option<String> {
    let servers: BTreeSet<&String> = queues
        .workers
        .values()
        .filter(|worker| worker.serves.contains_key(name.as_str()))
        .filter_map(|worker| match &worker.program {
            WorkerProgram::Sidekiq { redis } => redis.as_ref(),
            WorkerProgram::Other { .. } => None,
        })
        .collect();
    if let (None, Some(&only), 1) = (&table.redis, servers.first(), servers.len()) {
        return Some(only.clone());
    }
    let named = table.redis.as_ref().map(|name| (name.as_str(), &name.span));
    let chosen = choose("redis", named, &queues.redis, lost.redis, (owner, &name.span), context).cloned();
    if let (Some(chosen), Some(at), Some(other)) =
        (&chosen, &table.redis, servers.iter().find(|server| chosen.as_ref() != Some(**server)))
    {
        let worker = queues.workers.values().find(|worker| {
            worker.serves.contains_key(name.as_str())
                && matches!(&worker.program, WorkerProgram::Sidekiq { redis: Some(redis) } if redis == *other)
        });
        let worker = worker.map_or_else(String::new, |worker| worker.name.clone());
        context.problems.push(
            Problem::new(
                "bad-value",
                format!("{owner} is held by redis.{chosen}, and workers.{worker} works from redis.{other}"),
            )
            .label(at.span.clone(), "this Redis")
            .help("let the two name the same one"),
        );
    }
    chosen
}
