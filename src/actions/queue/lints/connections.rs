//! Lints of connections: configured, declared and open. Pure.

use std::collections::BTreeSet;
use std::net::IpAddr;

use globset::Glob;

use super::{Lint, Look};
use crate::actions::queue::seen::{ConnectedClients, DatabaseSeen};
use crate::actions::queue::{budgets, shape};
use crate::inventory::{ClientDeclaration, DatabaseDeclaration, WorkerDeclaration};
use crate::names::HostName;

pub(super) fn lints(look: &Look<'_>) -> Vec<Lint> {
    let mut lints = over(look);
    lints.extend(look.queues.databases.values().flat_map(|database| clients(look, database)));
    lints
}

/// More configured than there is: pools fill lazily and stay full, so what is configured counts.
fn over(look: &Look<'_>) -> Vec<Lint> {
    let mut lints = Vec::new();
    for budget in
        budgets::derive(look.queues, look.seen, &[], &[]).into_iter().filter(|budget| budget.unknown.is_none())
    {
        let database = &budget.database.name;
        let of_this =
            |kind: &WorkerDeclaration| kind.database.as_ref() == Some(database) && kind.pooled == budget.pooled;
        let charged = look.instances().filter(|(_, kind, one)| of_this(kind) && (one.runs() || one.enabled));
        let configured = charged.map(|(_, kind, one)| {
            let settings = if one.runs() { &one.settings } else { &one.on_disk };
            shape::connections(kind, settings).unwrap_or(kind.connections)
        });
        let (workers, limit) = (configured.sum::<u32>(), budget.model.limit);
        if workers > limit {
            let message = format!(
                "workers are set to open {workers} connections to {}, which leaves them {limit} ({}): the last to connect is \
                 refused, whoever that is; pools fill as work comes, so it may not show yet; see `fleet queue plan`",
                budget.model.name, budget.derivation
            );
            let subject = budget.model.name.clone();
            lints.push(Lint { host: None, item: database.clone(), subject, code: "over-budget", message });
        }
    }
    lints
}

/// Declared clients that have more than declared.
fn clients(look: &Look<'_>, database: &DatabaseDeclaration) -> Vec<Lint> {
    let Some(Ok(known)) = look.seen.databases.get(&database.name) else { return Vec::new() };
    let mut lints = Vec::new();
    for (name, client) in database.clients.iter().filter(|(_, client)| !client.pooled) {
        let Some(open) = open(look, database, known, client) else { continue };
        if open > client.connections {
            let message = format!(
                "{name} has {open} connections to {} open, and {} are declared: the workers' budget is reckoned with too few; \
                 declare what it takes at most",
                database.name, client.connections
            );
            lints.push(Lint {
                host: None,
                item: database.name.clone(),
                subject: name.clone(),
                code: "client-over-declared",
                message,
            });
        }
    }
    lints
}

/// What a client has open; `None`: it can't be told from others.
fn open(
    look: &Look<'_>,
    database: &DatabaseDeclaration,
    known: &DatabaseSeen,
    client: &ClientDeclaration,
) -> Option<u32> {
    if let Some(pattern) = &client.application {
        let glob = Glob::new(pattern).ok()?.compile_matcher();
        let matched = known.clients.iter().filter(|connected| glob.is_match(&connected.application));
        return Some(matched.map(|connected| connected.count).sum());
    }
    // Known by its hosts alone: no one else there may connect.
    let others = || database.clients.values().filter(|other| !std::ptr::eq(*other, client));
    let shared = |host: &HostName| {
        let workers =
            look.instances().any(|(on, kind, _)| on == host && kind.database.as_ref() == Some(&database.name));
        workers || others().any(|other| other.hosts.contains(host) && other.application.is_none())
    };
    if client.hosts.is_empty() || client.hosts.iter().any(shared) {
        return None;
    }
    let mut addresses: BTreeSet<IpAddr> = BTreeSet::new();
    let mut local = false;
    for host in &client.hosts {
        addresses.extend(&look.seen.hosts.get(host)?.addresses);
        local |= database.host.as_ref() == Some(host);
    }
    let named: Vec<_> =
        others().filter_map(|other| Some(Glob::new(other.application.as_ref()?).ok()?.compile_matcher())).collect();
    let of_client = |connected: &&ConnectedClients| {
        let here = match connected.address.as_deref().map(str::parse::<IpAddr>) {
            None => local,
            Some(address) => {
                address.is_ok_and(|address| addresses.contains(&address) || local && address.is_loopback())
            }
        };
        here && !named.iter().any(|glob| glob.is_match(&connected.application))
    };
    Some(known.clients.iter().filter(of_client).map(|connected| connected.count).sum())
}
