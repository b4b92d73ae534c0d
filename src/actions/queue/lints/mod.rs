//! What is odd about workers, each with its reason and a remedy: warnings beside the differences that a plan mends. Pure.
//!
//! - `settings`: threads, connections and timeouts of instances.
//! - `places`: who serves what where, and who should not.
//! - `threads`: processes whose threads don't fit their work.
//! - `connections`: what databases take and have.

mod connections;
mod places;
mod settings;
mod threads;

use std::collections::{BTreeMap, BTreeSet};

use super::seen::{Instance, Seen};
use crate::inventory::{Inventory, Queues, WorkerDeclaration, WorkerProgram};
use crate::names::HostName;

/// Seconds that Sidekiq gives running jobs at its end where `-t` says nothing.
pub const DEFAULT_SHUTDOWN: u32 = 25;

/// Seconds that Sidekiq needs beyond `-t` to put unfinished jobs back.
pub const SHUTDOWN_REST: u32 = 5;

/// Something odd.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lint {
    /// Where; `None`: on no one host.
    pub host: Option<HostName>,
    /// The kind, queue or server that it is about.
    pub item: String,
    /// What of it, such as a unit.
    pub subject: String,
    /// A stable word in kebab-case.
    pub code: &'static str,
    /// What it is, why that is bad, and what to do; in sentences.
    pub message: String,
}

/// All that is odd, in the order of hosts and of what it is about. Nothing is said of what may be of a host that did not answer.
pub fn lints(inventory: &Inventory, seen: &Seen) -> Vec<Lint> {
    let silent = inventory.hosts().keys().filter(|host| !seen.hosts.contains_key(*host)).cloned().collect();
    of(inventory.queues(), seen, &silent)
}

pub(super) fn of(queues: &Queues, seen: &Seen, silent: &BTreeSet<HostName>) -> Vec<Lint> {
    let look = Look { queues, seen, silent };
    let mut lints = settings::lints(&look);
    lints.extend(places::lints(&look));
    lints.extend(threads::lints(&look));
    lints.extend(connections::lints(&look));
    lints.sort();
    lints.dedup();
    lints
}

/// Seconds that must lie between SIGTERM and SIGKILL so that no running job is lost; `None`: the program is not known.
pub fn least_stop_timeout(kind: &WorkerDeclaration, instance: &Instance) -> Option<u64> {
    if !matches!(kind.program, WorkerProgram::Sidekiq { .. }) {
        return None;
    }
    let settings = if instance.runs() { &instance.settings } else { &instance.on_disk };
    let shutdown = settings.shutdown.or(instance.on_disk.shutdown).unwrap_or(DEFAULT_SHUTDOWN);
    Some(u64::from(shutdown) + u64::from(SHUTDOWN_REST))
}

/// What the lints look at.
pub(super) struct Look<'a> {
    pub(super) queues: &'a Queues,
    pub(super) seen: &'a Seen,
    pub(super) silent: &'a BTreeSet<HostName>,
}

impl<'a> Look<'a> {
    /// All instances of declared kinds, with their hosts.
    pub(super) fn instances(&self) -> impl Iterator<Item = (&'a HostName, &'a WorkerDeclaration, &'a Instance)> {
        let (queues, seen) = (self.queues, self.seen);
        let all = seen.hosts.iter().flat_map(|(host, known)| known.instances.iter().map(move |one| (host, one)));
        all.filter_map(|(host, instance)| Some((host, queues.workers.get(&instance.kind)?, instance)))
    }
}

/// Instances of one kind on one host that have something in common, told of once.
#[derive(Default)]
pub(super) struct Groups<'a, K: Ord> {
    groups: BTreeMap<(&'a HostName, &'a str, K), Vec<&'a Instance>>,
}

impl<'a, K: Ord> Groups<'a, K> {
    pub(super) fn new() -> Self {
        Self { groups: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, host: &'a HostName, instance: &'a Instance, common: K) {
        self.groups.entry((host, instance.kind.as_str(), common)).or_default().push(instance);
    }

    /// A lint for each; the words are given who it is, such as `ingress@1.service runs` or `4 instances of ingress run`.
    pub(super) fn tell(self, code: &'static str, words: impl Fn(&Who, &K) -> String) -> Vec<Lint> {
        let told = self.groups.into_iter().map(|((host, kind, common), instances)| {
            let one = instances.len() == 1;
            let who = match instances.first() {
                Some(instance) if one => instance.unit.to_string(),
                _ => format!("{} instances of {kind}", instances.len()),
            };
            let message = words(&Who { name: who.clone(), one }, &common);
            let subject = if one { who } else { kind.to_owned() };
            Lint { host: Some(host.clone()), item: kind.to_owned(), subject, code, message }
        });
        told.collect()
    }
}

/// One or more instances, as the subject of a sentence.
pub(super) struct Who {
    pub(super) name: String,
    one: bool,
}

impl Who {
    /// With the verb in its form for one or for more.
    pub(super) fn does(&self, one: &str, more: &str) -> String {
        format!("{} {}", self.name, if self.one { one } else { more })
    }
}

/// `a, b and c`.
pub(super) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests;
