//! Who is connected to a database, beside who may be.

use std::collections::BTreeMap;
use std::net::IpAddr;

use globset::Glob;

use super::balance::ClientUse;
use super::question::Question;
use super::seen::{ConnectedClients, Seen};
use super::shape::Form;
use crate::inventory::DatabaseDeclaration;
use crate::names::HostName;

/// By client and host: workers by their kind, what is declared beside them by its name, anything else by what it calls itself.
pub(super) fn clients(question: &Question<'_>, seen: &Seen, database: &DatabaseDeclaration) -> Vec<ClientUse> {
    let Some(Ok(asked)) = seen.databases.get(&database.name) else { return Vec::new() };
    let mut all: BTreeMap<(String, Option<String>), ClientUse> = BTreeMap::new();
    let mut units: BTreeMap<(&HostName, String), String> = BTreeMap::new();
    for ((host, kind), instances) in &question.instances {
        let (shape, host) = (&question.shapes[*kind], &question.model.hosts[*host].name);
        // What connects through PgBouncer has no connection of its own, and what is down has none.
        let is_here = shape.declared.database.as_ref() == Some(&database.name) && !shape.declared.pooled;
        if !is_here || matches!(shape.form, Form::Down { .. }) {
            continue;
        }
        let name = &shape.declared.name;
        for instance in instances {
            let configured = &mut row(&mut all, name, Some(host.to_string())).configured;
            *configured = Some(configured.unwrap_or(0) + question.model.kinds[*kind].connections);
            for called in [instance.unit.as_str(), instance.unit.as_str().trim_end_matches(".service")] {
                // `application_name` is cut there (PostgreSQL, NAMEDATALEN).
                units.insert((host, called.get(..63).unwrap_or(called).to_owned()), name.clone());
            }
        }
    }
    for (name, client) in database.clients.iter().filter(|(_, client)| !client.pooled) {
        row(&mut all, name, None).configured = Some(client.connections);
    }
    let declared = |application: &str| {
        database.clients.iter().find_map(|(name, client)| {
            let glob = Glob::new(client.application.as_ref()?).ok()?.compile_matcher();
            glob.is_match(application).then(|| name.clone())
        })
    };
    for connected in &asked.clients {
        let host = host_of(seen, database, connected);
        let worker = host.and_then(|host| units.get(&(host, connected.application.clone())).cloned());
        let place = host.map(ToString::to_string).or_else(|| connected.address.clone());
        let one = if let Some(kind) = worker {
            row(&mut all, &kind, place)
        } else if let Some(name) = declared(&connected.application) {
            row(&mut all, &name, None)
        } else {
            let called = [&connected.application, &connected.user].into_iter().find(|name| !name.is_empty());
            row(&mut all, called.map_or("?", String::as_str), place)
        };
        one.open += connected.count;
        one.active += connected.active;
    }
    all.into_values().collect()
}

fn row<'r>(
    all: &'r mut BTreeMap<(String, Option<String>), ClientUse>,
    client: &str,
    host: Option<String>,
) -> &'r mut ClientUse {
    all.entry((client.to_owned(), host.clone())).or_insert_with(|| ClientUse {
        client: client.to_owned(),
        host,
        ..ClientUse::default()
    })
}

/// The host that a client connects from, where it is known by its address.
fn host_of<'s>(
    seen: &'s Seen,
    database: &'s DatabaseDeclaration,
    connected: &ConnectedClients,
) -> Option<&'s HostName> {
    let Some(address) = &connected.address else { return database.host.as_ref() };
    let address: IpAddr = address.parse().ok()?;
    if address.is_loopback() {
        return database.host.as_ref();
    }
    seen.hosts.iter().find(|(_, host)| host.addresses.contains(&address)).map(|(name, _)| name)
}
