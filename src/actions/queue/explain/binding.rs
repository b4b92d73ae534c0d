//! The limits that keep a placement from being better.

use std::collections::{BTreeMap, BTreeSet};

use super::lacks;
use super::words::{list, plural};
use crate::actions::queue::limits::{self, Breach, Limit, Usage};
use crate::actions::queue::model::{Model, Solution};
use crate::actions::queue::steps::forbids_start;

/// What would be broken by one process more, or one less.
pub(super) fn would(model: &Model, breach: &Breach) -> String {
    let Breach { limit, used, allowed } = *breach;
    let host = |host: usize| &model.hosts[host].name;
    let queue = |queue: usize| &model.queues[queue].name;
    match limit {
        Limit::Budget(budget) => {
            format!("one process more would make it {used} of {allowed} connections of {}", model.budgets[budget].name)
        }
        Limit::HostConnections(at) => {
            format!("one process more would make it {used} of {allowed} connections on {}", host(at))
        }
        Limit::HostMemory(at) => format!("one process more would make it {used} of {allowed} MiB on {}", host(at)),
        Limit::Floor(of) => {
            format!("one process less would leave {} at a capacity of {used}, below its floor of {allowed}", queue(of))
        }
        Limit::MaxCapacity(of) => {
            format!(
                "one process more would make it a capacity of {used} for {}, above its maximum of {allowed}",
                queue(of)
            )
        }
        Limit::MaxPerHost { queue: of, host: at } => {
            format!(
                "one process more would make it a capacity of {used} for {} on {}, where {allowed} is the most",
                queue(of),
                host(at)
            )
        }
        Limit::Singleton(of) => {
            format!("a process serves {} already, and there may be only one at any time", queue(of))
        }
        _ => breach.describe(model),
    }
}

/// What is broken in the end; and for every queue whose demand is not met, what forbids to start more.
pub(super) fn binding(model: &Model, solution: &Solution) -> Vec<String> {
    let usage = Usage::of(model, &solution.placement);
    let mut found: Vec<String> =
        limits::broken(model, &solution.placement).iter().map(|breach| breach.describe(model)).collect();
    for (queue, lacks) in lacks(model, &usage).into_iter().enumerate().filter(|(_, lacks)| *lacks > 0) {
        found.extend(of_queue(model, &usage, queue, lacks));
    }
    if solution.score.load_steps > 0 {
        let load = |host: usize| usage.load(model, host).filter(|_| !model.hosts[host].frozen);
        let busiest = (0..model.hosts.len())
            .filter_map(|host| Some((load(host)?, host)))
            .max_by_key(|(load, host)| (*load, std::cmp::Reverse(*host)));
        if let Some((load, host)) = busiest {
            found.push(format!(
                "the busiest host, {}, is at {load} % of its CPUs when all its workers are busy",
                model.hosts[host].name
            ));
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|words| seen.insert(words.clone()));
    found
}

/// What forbids one process more of each kind that serves a queue.
fn of_queue(model: &Model, usage: &Usage, queue: usize, lacks: u32) -> Vec<String> {
    let name = &model.queues[queue].name;
    let serves = |kind: &usize| {
        let of = &model.kinds[*kind];
        of.serves[queue] > 0 && !of.retired && of.stale_of.is_none()
    };
    let kinds: Vec<usize> = (0..model.kinds.len()).filter(serves).collect();
    if kinds.is_empty() {
        return vec![format!("{name} lacks {lacks}: no kind of workers serves it")];
    }
    let mut found = Vec::new();
    for kind in kinds {
        let of = &model.kinds[kind];
        let lead = format!("{name} lacks {lacks}: one more {}", of.name);
        let hosts: Vec<usize> =
            (0..model.hosts.len()).filter(|host| of.allowed[*host] && !model.hosts[*host].frozen).collect();
        if hosts.is_empty() {
            found.push(format!("{lead} may be on no host"));
            continue;
        }
        let mut everywhere: Option<BTreeSet<Limit>> = None;
        let mut numbers: BTreeMap<Limit, Breach> = BTreeMap::new();
        for &host in &hosts {
            let mut breaches = Vec::new();
            forbids_start(model, usage, host, kind, &mut breaches);
            let here: BTreeSet<Limit> = breaches.iter().map(|breach| breach.limit).collect();
            numbers.extend(breaches.into_iter().map(|breach| (breach.limit, breach)));
            everywhere = Some(match everywhere {
                Some(known) => &known & &here,
                None => here,
            });
        }
        let shared: Vec<String> = everywhere
            .into_iter()
            .flatten()
            .filter_map(|limit| numbers.get(&limit))
            .map(|breach| taken(model, breach))
            .collect();
        if !shared.is_empty() {
            found.push(format!("{lead} would take {}", list(&shared)));
        } else if !numbers.is_empty() {
            found.push(format!("{lead}: {}", per_host(model, &numbers, hosts.len())));
        }
    }
    found
}

/// What one process more would make of a limit, after `would take`.
fn taken(model: &Model, breach: &Breach) -> String {
    let Breach { limit, used, allowed } = *breach;
    match limit {
        Limit::Budget(budget) => format!("{used} of {allowed} connections of {}", model.budgets[budget].name),
        Limit::Blind(budget) => {
            format!("connections of {}, of which not all that are taken are known", model.budgets[budget].name)
        }
        Limit::HostConnections(host) => format!("{used} of {allowed} connections on {}", model.hosts[host].name),
        Limit::HostMemory(host) => format!("{used} of {allowed} MiB on {}", model.hosts[host].name),
        Limit::UnknownMemory(host) => {
            format!("memory on {}, of which it is not known how much there is", model.hosts[host].name)
        }
        Limit::MaxCapacity(queue) => format!("{} to {used}, above its maximum of {allowed}", model.queues[queue].name),
        Limit::MaxPerHost { queue, host } => {
            format!(
                "{} on {} to {used}, above its maximum of {allowed} a host",
                model.queues[queue].name, model.hosts[host].name
            )
        }
        Limit::Singleton(queue) => format!("{} to two processes, where one is allowed", model.queues[queue].name),
        _ => breach.describe(model),
    }
}

/// On each host it is something else.
fn per_host(model: &Model, numbers: &BTreeMap<Limit, Breach>, hosts: usize) -> String {
    if hosts <= 3 {
        return list(
            &numbers.values().map(|breach| format!("it would take {}", taken(model, breach))).collect::<Vec<_>>(),
        );
    }
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for limit in numbers.keys() {
        let word = match limit {
            Limit::HostConnections(_) => "connections",
            Limit::HostMemory(_) => "memory",
            Limit::UnknownMemory(_) => "known memory",
            Limit::MaxPerHost { .. } => "capacity that one host may have",
            _ => continue,
        };
        *kinds.entry(word).or_default() += 1;
    }
    let words: Vec<String> = kinds
        .iter()
        .map(|(word, count)| format!("{} without {word} for it", plural(*count, "host is", "hosts are")))
        .collect();
    list(&words)
}
