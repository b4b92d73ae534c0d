//! What groups and hosts allow to workers.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use globset::{GlobBuilder, GlobMatcher};

use super::context::Context;
use super::host::Host;
use super::overrides::{self, Layer, Merged};
use super::problem::Problem;
use super::queue::{Placement, Queues, WorkerDeclaration};
use super::queue_build::{Lost, Tables};
use super::suggest::{nearest, shown};
use super::text::{ByteSize, Located};
use super::types_queue::PlacementTable;
use super::types_queue_forms::Cores;
use crate::names::HostName;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Allow,
    Forbid,
    Drain,
    MaxConnections,
    UsedCpus,
    UsedMemory,
}

#[derive(Clone, Debug, PartialEq)]
enum Setting {
    Names(Vec<String>),
    Drain(bool),
    Connections(u32),
    Cores(Cores),
    Memory(ByteSize),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as `overrides::variants` asks for it")]
fn describe(key: &Key) -> String {
    let name = match key {
        Key::Allow => "allow",
        Key::Forbid => "forbid",
        Key::Drain => "drain",
        Key::MaxConnections => "max_connections",
        Key::UsedCpus => "used_cpus",
        Key::UsedMemory => "used_memory",
    };
    format!("`{name}` of placement")
}

/// Resolves `[placement]` for every host that is named there.
pub(super) fn build(
    tables: &Tables,
    queues: &Queues,
    lost: Lost,
    hosts: &BTreeMap<HostName, Host>,
    context: &mut Context<'_>,
) -> BTreeMap<HostName, Placement> {
    let known: BTreeSet<&str> = tables
        .workers
        .iter()
        .flat_map(|(name, table)| std::iter::once(name.as_str()).chain(table.serves.keys().map(|queue| queue.as_str())))
        .chain(tables.queues.keys().map(|name| name.as_str()))
        .collect();
    let mut layers: Vec<Layer<Key, Setting>> = Vec::new();
    for (name, table) in &tables.placement {
        let mut lists = [&table.allow, &table.forbid].into_iter().flatten();
        if !(lost.workers || lost.queues) {
            lists.by_ref().for_each(|list| check_names(list, &known, context));
        }
        layers.extend(Layer::new(name, settings(table), context));
    }
    overrides::sort(&mut layers);
    let named: BTreeSet<HostName> = layers.iter().flat_map(|layer| layer.hosts.iter().cloned()).collect();
    let mut placement = BTreeMap::new();
    let mut overfull: BTreeMap<usize, Problem> = BTreeMap::new();
    for (members, merged) in overrides::variants(&[], &layers, &named, &describe, context) {
        let resolved = assemble(&merged, queues, context);
        for host in members {
            if let Some(declared) = hosts.get(&host) {
                check_room(declared, &merged, &resolved, &mut overfull);
            }
            placement.insert(host, resolved.clone());
        }
    }
    context.problems.extend(overfull.into_values());
    placement
}

fn settings(table: &PlacementTable) -> Vec<(Key, Setting, Range<usize>)> {
    let names = |list: &Located<Vec<Located<String>>>| {
        (Setting::Names(list.iter().map(|name| name.value.clone()).collect()), list.span.clone())
    };
    [
        (Key::Allow, table.allow.as_ref().map(names)),
        (Key::Forbid, table.forbid.as_ref().map(names)),
        (Key::Drain, table.drain.as_ref().map(|flag| (Setting::Drain(flag.value), flag.span.clone()))),
        (
            Key::MaxConnections,
            table.max_connections.as_ref().map(|most| (Setting::Connections(most.value), most.span.clone())),
        ),
        (Key::UsedCpus, table.used_cpus.as_ref().map(|used| (Setting::Cores(used.value), used.span.clone()))),
        (Key::UsedMemory, table.used_memory.as_ref().map(|used| (Setting::Memory(used.value), used.span.clone()))),
    ]
    .into_iter()
    .filter_map(|(key, said)| said.map(|(setting, span)| (key, setting, span)))
    .collect()
}

fn assemble(merged: &Merged<Key, Setting>, queues: &Queues, context: &Context<'_>) -> Placement {
    let mut placement = Placement::default();
    for (key, slot) in merged {
        match (key, slot.value.clone()) {
            (Key::Allow, Setting::Names(names)) => placement.allow = Some(names),
            (_, Setting::Names(names)) => placement.forbid = names,
            (_, Setting::Drain(drain)) => placement.drain = drain,
            (_, Setting::Connections(most)) => placement.max_connections = Some(most),
            (_, Setting::Cores(used)) => placement.used_cpu = used.0,
            (_, Setting::Memory(used)) => placement.used_memory = used.0,
        }
    }
    let last = merged.values().max_by_key(|slot| (slot.strength, slot.span.start));
    placement.origin = last.map(|slot| context.origin(&slot.span));
    let allow: Option<Vec<Name>> =
        placement.allow.as_ref().map(|names| names.iter().map(|name| Name::of(name)).collect());
    let forbid: Vec<Name> = placement.forbid.iter().map(|name| Name::of(name)).collect();
    placement.barred = queues
        .workers
        .values()
        .filter(|worker| is_barred(worker, allow.as_deref(), &forbid))
        .map(|worker| worker.name.clone())
        .collect();
    placement
}

/// Allowed by its own name or by all its queues; forbidden by its own name or by one of its queues.
fn is_barred(worker: &WorkerDeclaration, allow: Option<&[Name]>, forbid: &[Name]) -> bool {
    let among = |list: &[Name], name: &str| list.iter().any(|pattern| pattern.matches(name));
    let allowed = allow.is_none_or(|list| {
        among(list, &worker.name) || (!worker.serves.is_empty() && worker.serves.keys().all(|queue| among(list, queue)))
    });
    !allowed || among(forbid, &worker.name) || worker.serves.keys().any(|queue| among(forbid, queue))
}

/// A name or a glob over names.
enum Name {
    Plain(String),
    Glob(Box<GlobMatcher>),
}

impl Name {
    /// What is no glob is a name.
    fn of(text: &str) -> Self {
        if !text.contains(['*', '?', '[', '{']) {
            return Self::Plain(text.to_owned());
        }
        match GlobBuilder::new(text).literal_separator(false).backslash_escape(false).build() {
            Ok(glob) => Self::Glob(Box::new(glob.compile_matcher())),
            Err(_) => Self::Plain(text.to_owned()),
        }
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Plain(text) => text == name,
            Self::Glob(glob) => glob.is_match(name),
        }
    }
}

fn check_names(list: &Located<Vec<Located<String>>>, known: &BTreeSet<&str>, context: &mut Context<'_>) {
    for text in &list.value {
        let name = Name::of(text);
        // A fleet without workers yet may forbid them all.
        if known.iter().any(|known| name.matches(known)) || text.value == "*" {
            continue;
        }
        let (code, message) = match name {
            Name::Plain(_) => ("unknown-name", format!("no worker and no queue is called `{}`", shown(text))),
            Name::Glob(_) => ("no-match", format!("no worker and no queue matches `{}`", shown(text))),
        };
        let problem = Problem::new(code, message).label(text.span.clone(), "unknown");
        context.problems.push(match nearest(text, known.iter().copied()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        });
    }
}

/// What others take must fit into what is declared; told once for each place.
fn check_room(
    host: &Host,
    merged: &Merged<Key, Setting>,
    placement: &Placement,
    problems: &mut BTreeMap<usize, Problem>,
) {
    let cpus = host.cpus.is_some_and(|cpus| u64::from(placement.used_cpu) > u64::from(cpus) * 1000);
    let memory = host.memory.is_some_and(|memory| placement.used_memory > memory);
    for (key, name, over) in [(Key::UsedCpus, "used_cpus", cpus), (Key::UsedMemory, "used_memory", memory)] {
        if let (true, Some(slot)) = (over, merged.get(&key)) {
            problems.entry(slot.span.start).or_insert_with(|| {
                Problem::new("out-of-range", format!("`{name}` is more than {} has ({})", host.name, host.origin))
                    .label(slot.span.clone(), "others take this much")
            });
        }
    }
}
