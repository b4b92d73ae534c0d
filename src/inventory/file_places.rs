//! Which places on hosts belong to somebody: two that keep the same file would undo each other for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::cert::CertDeclaration;
use super::context::Context;
use super::env::EnvDeclaration;
use super::file::FileState;
use super::problem::Problem;
use super::queue::Queues;
use super::types::Document;
use crate::names::HostName;

type Span = Range<usize>;

/// Where systemd looks for units of the host's own (systemd.unit(5)).
const UNITS: &str = "/etc/systemd/system";

/// Where the tables of other actions name their places.
pub(super) struct Places {
    env: BTreeMap<String, Span>,
    certs: BTreeMap<String, (Span, Option<Span>)>,
    workers: BTreeMap<String, Span>,
}

/// What they were resolved to.
pub(super) struct Others<'a> {
    pub(super) env: &'a BTreeMap<String, EnvDeclaration>,
    pub(super) certs: &'a BTreeMap<String, CertDeclaration>,
    pub(super) queues: &'a Queues,
}

/// Places by host.
#[derive(Default)]
pub(super) struct Taken {
    by_host: BTreeMap<HostName, Vec<Place>>,
    problems: BTreeMap<(usize, usize), Problem>,
}

#[derive(Clone)]
struct Place {
    path: String,
    /// What lies below it belongs to it as well.
    whole: bool,
    /// Of a declared file: whether others may lie below it.
    holds: bool,
    who: String,
    span: Span,
}

impl Places {
    pub(super) fn of(document: &Document) -> Self {
        Self {
            env: document.env.iter().map(|(name, env)| (name.value.to_string(), env.path.span.clone())).collect(),
            certs: document
                .certs
                .iter()
                .map(|(name, cert)| {
                    let live = cert.live.as_ref().map(|live| live.span.clone());
                    (name.value.to_string(), (cert.directory.span.clone(), live))
                })
                .collect(),
            workers: document
                .workers
                .iter()
                .map(|(name, worker)| (name.value.to_string(), worker.unit.span.clone()))
                .collect(),
        }
    }

    /// The places that are taken on each host.
    pub(super) fn taken(self, others: &Others<'_>) -> Taken {
        let mut taken = Taken::default();
        for (name, env) in others.env {
            if let Some(span) = self.env.get(name) {
                taken.add(&env.hosts, &format!("env.{name}"), env.path.as_str(), false, span);
            }
        }
        for (name, cert) in others.certs {
            let Some((directory, live)) = self.certs.get(name) else { continue };
            let who = format!("certs.{name}");
            taken.add(&cert.hosts, &who, cert.directory.as_str(), true, directory);
            if let (Some(path), Some(span)) = (&cert.live, live) {
                taken.add(&cert.hosts, &who, path.as_str(), true, span);
            }
        }
        for (name, worker) in &others.queues.workers {
            let Some(span) = self.workers.get(name) else { continue };
            let (who, unit) = (format!("workers.{name}"), worker.unit.name());
            taken.add(&worker.hosts, &who, &format!("{UNITS}/{unit}.d/50-fleet.conf"), false, span);
            if worker.unit_file.is_some() {
                taken.add(&worker.hosts, &who, &format!("{UNITS}/{unit}"), false, span);
            }
        }
        taken
    }
}

impl Taken {
    fn add(&mut self, hosts: &BTreeSet<HostName>, who: &str, path: &str, whole: bool, span: &Span) {
        let place = Place { path: path.to_owned(), whole, holds: false, who: who.to_owned(), span: span.clone() };
        for host in hosts {
            self.by_host.entry(host.clone()).or_default().push(place.clone());
        }
    }

    /// Takes the place of a declared file; what is in its way is a problem.
    pub(super) fn take(&mut self, hosts: &BTreeSet<HostName>, who: &str, path: &str, state: &FileState, span: &Span) {
        let holds = matches!(state, FileState::Directory);
        let own = Place { path: path.to_owned(), whole: false, holds, who: who.to_owned(), span: span.clone() };
        for host in hosts {
            let places = self.by_host.entry(host.clone()).or_default();
            for other in places.iter() {
                if let Some(problem) = clash(other, &own, host) {
                    self.problems.entry((other.span.start, span.start)).or_insert(problem);
                }
            }
            places.push(own.clone());
        }
    }

    pub(super) fn tell(self, context: &mut Context<'_>) {
        if !context.doubtful {
            context.problems.extend(self.problems.into_values());
        }
    }
}

/// What is wrong with two places on one host.
fn clash(other: &Place, own: &Place, host: &HostName) -> Option<Problem> {
    let both = |problem: Problem| {
        problem.label(other.span.clone(), other.who.clone()).label(own.span.clone(), own.who.clone())
    };
    if other.path == own.path {
        let message = format!("{} and {} are the same place on {host}", other.who, own.who);
        return Some(
            both(Problem::new("path-twice", message))
                .help("let their `hosts` differ, or make one declaration of the two"),
        );
    }
    if other.whole && below(&own.path, &other.path) {
        let message = format!("{} lies in the directory of {} on {host}", own.who, other.who);
        return Some(
            both(Problem::new("path-twice", message))
                .help("what is in it, fleet makes and removes: put the file elsewhere"),
        );
    }
    let (inner, outer) = if below(&own.path, &other.path) {
        (own, other)
    } else if below(&other.path, &own.path) {
        (other, own)
    } else {
        return None;
    };
    if outer.holds || outer.whole {
        return None;
    }
    let message = format!("{} lies below {} on {host}, which is no directory", inner.who, outer.who);
    Some(both(Problem::new("path-in-a-file", message)).help("correct one of the paths, or declare `directory = true`"))
}

/// Whether the first path lies in the directory that the second one names.
fn below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}
