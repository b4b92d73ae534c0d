//! Lints of connections: configured, declared and open. Pure.

use std::collections::BTreeSet;
use std::net::IpAddr;

use globset::Glob;

use super::lints::{Lint, Look};
use super::seen::{ConnectedClients, DatabaseSeen, Instance};
use crate::inventory::{ClientDeclaration, DatabaseDeclaration, WorkerDeclaration};
use crate::names::HostName;

pub(super) fn lints(look: &Look<'_>) -> Vec<Lint> {
    look.queues
        .databases
        .values()
        .flat_map(|database| [over(look, database), clients(look, database)].concat())
        .collect()
}

/// What an instance may open: pools fill lazily and stay full, so what is configured counts.
fn configured(kind: &WorkerDeclaration, instance: &Instance) -> u32 {
    let settings = if instance.runs() { &instance.settings } else { &instance.on_disk };
    match (settings.pool, settings.concurrency) {
        (Some(pool), Some(concurrency)) => pool.min(concurrency),
        (Some(pool), None) => kind.concurrency.map_or(pool, |concurrency| pool.min(concurrency)),
        // Without a pool of its own, Rails sizes it by the threads.
        (None, Some(concurrency)) if kind.concurrency.is_some_and(|declared| declared != concurrency) => concurrency,
        (None, _) => kind.connections,
    }
}

/// More configured than there is.
fn over(look: &Look<'_>, database: &DatabaseDeclaration) -> Vec<Lint> {
    let takes = |pooled: bool| -> u32 {
        let of_this =
            |kind: &WorkerDeclaration| kind.database.as_ref() == Some(&database.name) && kind.pooled == pooled;
        let charged = look.instances().filter(|(_, kind, one)| of_this(kind) && (one.runs() || one.enabled));
        charged.map(|(_, kind, instance)| configured(kind, instance)).sum()
    };
    let others = |pooled: bool| database.clients.iter().filter(move |(_, client)| client.pooled == pooled);
    let mut budgets = Vec::new();
    let known = look.seen.databases.get(&database.name).and_then(|known| known.as_ref().ok());
    if let Some(max) = database.max_connections.or_else(|| known.map(|known| known.max_connections)) {
        let mut parts: Vec<(String, u32)> = Vec::new();
        if let Some(known) = known {
            parts.push(("superuser_reserved_connections".to_owned(), known.superuser_reserved));
            parts.push(("reserved_connections".to_owned(), known.reserved));
        }
        parts.push(("reserve".to_owned(), database.reserve));
        parts.extend(others(false).map(|(name, client)| (name.clone(), client.connections)));
        parts.extend(database.pgbouncer.iter().map(|bouncer| ("PgBouncer".to_owned(), bouncer.server_connections)));
        budgets.push((database.name.clone(), "max_connections", max, parts, takes(false)));
    }
    if let Some(bouncer) = &database.pgbouncer {
        let mut parts = vec![("reserve".to_owned(), bouncer.reserve)];
        parts.extend(others(true).map(|(name, client)| (name.clone(), client.connections)));
        let name = format!("PgBouncer of {}", database.name);
        budgets.push((name, "max_client_conn", bouncer.max_client_conn, parts, takes(true)));
    }
    let mut lints = Vec::new();
    for (name, what, max, parts, workers) in budgets {
        let elsewhere: u32 = parts.iter().map(|(_, count)| count).sum();
        if workers > max.saturating_sub(elsewhere) {
            let parts = parts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!(" − {name} {count}"));
            let message = format!(
                "workers may open {workers} connections to {name}, which leaves them {} ({what} {max}{}): the last to connect is \
                 refused, whoever that is; pools fill as work comes, so it may not show yet; see `fleet queue plan`",
                max.saturating_sub(elsewhere),
                parts.collect::<String>()
            );
            lints.push(Lint { host: None, subject: database.name.clone(), code: "over-budget", message });
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
            lints.push(Lint { host: None, subject: database.name.clone(), code: "client-over-declared", message });
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
