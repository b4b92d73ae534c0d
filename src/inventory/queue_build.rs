//! Resolves databases, Redis servers, workers, queues and what hosts allow, and holds them against each other.

use std::collections::BTreeMap;
use std::ops::Range;

use super::context::Context;
use super::host::Host;
use super::problem::Problem;
use super::queue::Queues;
use super::suggest::{nearest, shown};
use super::text::{GroupName, HostText, Located};
use super::types_queue::{DatabaseTable, PlacementTable, QueueTable, RedisTable, WorkerTable};
use super::{queue_check, queue_database, queue_demand, queue_placement, queue_worker};
use crate::names::HostName;

/// All tables of queues as they were read.
pub(super) struct Tables {
    pub(super) database: BTreeMap<Located<GroupName>, DatabaseTable>,
    pub(super) redis: BTreeMap<Located<GroupName>, RedisTable>,
    pub(super) workers: BTreeMap<Located<GroupName>, WorkerTable>,
    pub(super) queues: BTreeMap<Located<GroupName>, QueueTable>,
    pub(super) placement: BTreeMap<Located<GroupName>, PlacementTable>,
}

/// Tables that lost entries to other problems: a name that is missing there is no news.
#[expect(clippy::struct_excessive_bools, reason = "one for each table")]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lost {
    pub(super) database: bool,
    pub(super) redis: bool,
    pub(super) workers: bool,
    pub(super) queues: bool,
}

/// Resolves all of them; `hosts` are those of the inventory.
pub(super) fn build(
    tables: &Tables,
    mut lost: Lost,
    hosts: &BTreeMap<HostName, Host>,
    context: &mut Context<'_>,
) -> Queues {
    let mut queues = Queues {
        databases: queue_database::databases(&tables.database, context),
        redis: queue_database::redis(&tables.redis, context),
        ..Queues::default()
    };
    lost.redis |= queues.redis.len() < tables.redis.len();
    queues.workers = queue_worker::build(tables, &queues, lost, context);
    queues.queues = queue_demand::build(tables, &queues, lost, context);
    queues.placement = queue_placement::build(tables, &queues, lost, hosts, context);
    queue_check::check(tables, &queues, lost, context);
    queues
}

/// A host that is named by itself, where no group can stand.
pub(super) fn host(name: &Located<HostText>, context: &mut Context<'_>) -> Option<HostName> {
    if let Some(host) = context.hosts.get(name.as_str()) {
        return Some(host.clone());
    }
    if !context.names_lost {
        let help = if context.groups.contains_key(name.as_str()) {
            format!("`{}` is a group: name one host", name.value)
        } else {
            match nearest(name.as_str(), context.hosts.iter().map(HostName::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it: [hosts.{}]", name.value),
            }
        };
        context.problems.push(
            Problem::new("unknown-name", format!("no host is called `{}`", name.value))
                .label(name.span.clone(), "unknown")
                .help(help),
        );
    }
    None
}

/// Of the tables of one sort: the one that is named, or the only one there is; none, and perhaps a problem, where that
/// does not tell.
pub(super) fn choose<'a, T>(
    sort: &str,
    named: Option<(&str, &Range<usize>)>,
    known: &'a BTreeMap<String, T>,
    lost: bool,
    owner: (&str, &Range<usize>),
    context: &mut Context<'_>,
) -> Option<&'a String> {
    let (owner, at) = owner;
    if let Some((name, span)) = named {
        let found = known.get_key_value(name).map(|(name, _)| name);
        if found.is_none() && !lost {
            let help = match nearest(name, known.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it: [{sort}.{}]", shown(name)),
            };
            context.problems.push(
                Problem::new("unknown-name", format!("no `{sort}` table is called `{}`", shown(name)))
                    .label(span.clone(), "unknown")
                    .help(help),
            );
        }
        return found;
    }
    let first = known.keys().next()?;
    if known.len() > 1 {
        let all: Vec<&str> = known.keys().map(String::as_str).collect();
        context.problems.push(
            Problem::new("missing-key", format!("{owner} does not say which `{sort}` it is about"))
                .label(at.clone(), format!("`{sort}` is missing"))
                .help(format!("write `{sort} = \"{first}\"`; there are {}", all.join(", "))),
        );
        return None;
    }
    Some(first)
}
