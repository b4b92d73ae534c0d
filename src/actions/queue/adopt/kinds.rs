//! Kinds of workers from the instances that run: one for each template whose instances are alike. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::read::Running;
use crate::actions::queue::seen::{Instance, Settings};
use crate::inventory::{Inventory, fold};
use crate::names::HostName;

/// A kind that can be declared.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    /// The name that it gets.
    pub(super) name: String,
    /// Its template.
    pub(super) unit: String,
    /// How many run, by host.
    pub(super) runs: BTreeMap<HostName, u32>,
    /// What most of them run with.
    pub(super) pool: Option<u32>,
    /// Threads.
    pub(super) concurrency: u32,
    /// Those that it serves; never empty.
    pub(super) queues: Vec<String>,
    /// Whether they were not told, and so are Sidekiq's own choice.
    pub(super) untold: bool,
    /// Thousandths of a core that one used just now, on average.
    pub(super) cpu: Option<u32>,
    /// MiB: of the largest one, and on average.
    pub(super) memory: Option<(u32, u32)>,
}

impl Kind {
    pub(super) fn processes(&self) -> u32 {
        self.runs.values().sum()
    }

    /// Connections that a process takes at most.
    pub(super) fn connections(&self) -> u32 {
        self.pool.map_or(self.concurrency, |pool| pool.min(self.concurrency))
    }

    /// Threads are shared by the queues.
    pub(super) fn capacity(&self) -> u32 {
        let queues = u32::try_from(self.queues.len()).unwrap_or(u32::MAX);
        (self.concurrency / queues.max(1)).max(1)
    }

    pub(super) fn hosts(&self) -> BTreeSet<HostName> {
        self.runs.keys().cloned().collect()
    }
}

/// The kinds that can be declared, and what a person should know of the rest.
pub(super) fn kinds(inventory: &Inventory, hosts: &BTreeMap<HostName, Running>, notes: &mut Vec<String>) -> Vec<Kind> {
    let templates: BTreeSet<&String> = hosts.values().flat_map(|running| &running.templates).collect();
    let mut taken: BTreeSet<String> = inventory.queues().workers.keys().cloned().collect();
    let mut kinds = Vec::new();
    for unit in templates {
        let declared = inventory.queues().workers.values().find(|worker| worker.unit.name() == **unit);
        if let Some(worker) = declared {
            notes.push(format!("{unit} is workers.{} already ({})", worker.name, worker.origin));
            continue;
        }
        match kind(unit, hosts, &taken, notes) {
            Ok(kind) => {
                taken.insert(kind.name.clone());
                kinds.push(kind);
            }
            Err(why) => notes.push(format!("{unit} is left out: {why}")),
        }
    }
    kinds
}

fn kind(
    unit: &str,
    hosts: &BTreeMap<HostName, Running>,
    taken: &BTreeSet<String>,
    notes: &mut Vec<String>,
) -> Result<Kind, String> {
    let all = || hosts.iter().flat_map(|(host, running)| running.seen.instances.iter().map(move |it| (host, it)));
    let instances: Vec<(&HostName, &Instance)> = all().filter(|(_, it)| it.kind == unit).collect();
    let running: Vec<(&HostName, &Instance)> = instances.iter().copied().filter(|(_, it)| it.runs()).collect();
    let idle: BTreeSet<HostName> =
        instances.iter().filter(|(_, it)| !it.runs()).map(|(host, _)| (*host).clone()).collect();
    if running.is_empty() {
        return Err("no instance of it runs".to_owned());
    }
    if !idle.is_empty() {
        notes.push(format!("{unit}: instances on {} are enabled or failed, and do not run", fold(&idle)));
    }
    let lazy: BTreeSet<HostName> =
        running.iter().filter(|(_, it)| !it.enabled).map(|(host, _)| (*host).clone()).collect();
    if !lazy.is_empty() {
        notes.push(format!("{unit}: instances on {} run, and would not start at a boot", fold(&lazy)));
    }
    let (queues, untold) = queues(&running)?;
    let shape = shape(unit, &running, notes).ok_or("how many threads its processes have could not be seen")?;
    let mut runs: BTreeMap<HostName, u32> = BTreeMap::new();
    for (host, _) in &running {
        *runs.entry((*host).clone()).or_default() += 1;
    }
    let cpu: Vec<u32> = running.iter().filter_map(|(_, it)| it.cpu).collect();
    let memory: Vec<u32> = running.iter().filter_map(|(_, it)| it.memory).collect();
    Ok(Kind {
        name: name(unit, taken),
        unit: unit.to_owned(),
        runs,
        pool: shape.0,
        concurrency: shape.1,
        queues,
        untold,
        cpu: mean(&cpu),
        memory: memory.iter().max().copied().zip(mean(&memory)),
    })
}

/// Rounded up.
fn mean(numbers: &[u32]) -> Option<u32> {
    let count = u64::try_from(numbers.len()).ok().filter(|count| *count > 0)?;
    let sum: u64 = numbers.iter().map(|number| u64::from(*number)).sum();
    u32::try_from(sum.div_ceil(count)).ok()
}

/// What runs counts; where that could not be seen, what would run.
fn effective(instance: &Instance) -> &[String] {
    let Settings { queues, .. } = &instance.settings;
    if queues.is_empty() { &instance.on_disk.queues } else { queues }
}

/// The queues of all its instances, in their order, and whether they were not told.
fn queues(running: &[(&HostName, &Instance)]) -> Result<(Vec<String>, bool), String> {
    let mut sets: BTreeMap<BTreeSet<&String>, &HostName> = BTreeMap::new();
    let mut first: &[String] = &[];
    for (host, instance) in running {
        let served = effective(instance);
        if served.is_empty() {
            continue;
        }
        if first.is_empty() {
            first = served;
        }
        sets.entry(served.iter().collect()).or_insert(host);
    }
    if sets.len() > 1 {
        let words: Vec<String> = sets
            .iter()
            .map(|(set, host)| {
                format!("{} on {host}", set.iter().map(|queue| queue.as_str()).collect::<Vec<_>>().join("+"))
            })
            .collect();
        return Err(format!(
            "its instances serve different queues ({}): give each set of queues a template of its own",
            words.join(", ")
        ));
    }
    if let Some(odd) = first.iter().find(|queue| !is_name(queue)) {
        return Err(format!("no inventory could name its queue `{}`", odd.escape_debug()));
    }
    if first.is_empty() {
        return Ok((vec!["default".to_owned()], true));
    }
    Ok((first.to_vec(), false))
}

/// As the inventory wants names.
fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && text.len() <= 128 && text.chars().all(fits)
}

/// Pool and threads of most of them; the larger ones where as many have others.
fn shape(unit: &str, running: &[(&HostName, &Instance)], notes: &mut Vec<String>) -> Option<(Option<u32>, u32)> {
    let mut shapes: BTreeMap<(Option<u32>, u32), Vec<&HostName>> = BTreeMap::new();
    for (host, Instance { settings, on_disk, .. }) in running {
        if let Some(concurrency) = settings.concurrency.or(on_disk.concurrency) {
            shapes.entry((settings.pool.or(on_disk.pool), concurrency)).or_default().push(host);
        }
    }
    let (most, _) = shapes.iter().max_by_key(|((pool, threads), hosts)| (hosts.len(), *threads, *pool))?;
    if shapes.len() > 1 {
        let words: Vec<String> = shapes
            .iter()
            .map(|((pool, threads), hosts)| {
                let pool = pool.map(|pool| format!(" with a pool of {pool}")).unwrap_or_default();
                let hosts: BTreeSet<HostName> = hosts.iter().map(|host| (*host).clone()).collect();
                format!("{threads} threads{pool} on {}", fold(&hosts))
            })
            .collect();
        notes.push(format!(
            "{unit} runs in more than one shape ({}): most count, the others show as stale",
            words.join("; ")
        ));
    }
    Some(*most)
}

/// `mastodon-sidekiq-ingress@.service` is `ingress`.
fn name(unit: &str, taken: &BTreeSet<String>) -> String {
    let whole = unit.strip_suffix("@.service").unwrap_or(unit);
    let short = whole.rsplit_once("sidekiq-").map_or(whole, |(_, rest)| rest);
    let mut name: String =
        short.chars().map(|c| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' }).take(100).collect();
    if !is_name(&name) {
        name = format!("worker{name}");
    }
    let numbered = (2_u32..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(name)
}
