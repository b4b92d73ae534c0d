//! Where the workers that run find their database and their Redis, as hosts of the inventory. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::kinds::Kind;
use super::read::Running;
use crate::inventory::Inventory;
use crate::names::HostName;

/// A server that workers name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// As they name it.
    pub(super) name: String,
    /// The host of the inventory that it is.
    pub(super) host: Option<HostName>,
    /// The port, where they name one.
    pub(super) port: Option<u16>,
    /// Of Redis: the number of the database.
    pub(super) database: Option<u32>,
    /// Of Redis: what stands before every key.
    pub(super) namespace: Option<String>,
    /// Whether they have a password for it.
    pub(super) locked: bool,
}

/// What an application calls its server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Server {
    Postgres,
    Redis,
}

/// The servers that a kind names, each once.
pub(super) fn of(
    kind: &Kind,
    server: Server,
    inventory: &Inventory,
    hosts: &BTreeMap<HostName, Running>,
) -> BTreeSet<Place> {
    let mut places = BTreeSet::new();
    for host in kind.runs.keys() {
        let Some(said) = hosts.get(host).and_then(|running| running.says.get(&kind.unit)) else { continue };
        let values = |variable: &str| said.get(variable).into_iter().flatten().map(String::as_str);
        let one = |variable: &str| values(variable).next();
        let mut found: Vec<Place> = Vec::new();
        match server {
            Server::Postgres => {
                found.extend(values("DATABASE_URL").map(|url| place(url.split(' '))));
                found.extend(
                    values("DB_HOST").map(|name| place([name, one("DB_PORT").unwrap_or_default()].into_iter())),
                );
            }
            Server::Redis => {
                found.extend(values("REDIS_URL").map(|url| place(url.split(' '))));
                let beside = || [one("REDIS_PORT").unwrap_or_default(), one("REDIS_DB").unwrap_or_default()];
                found.extend(values("REDIS_HOST").map(|name| place(std::iter::once(name).chain(beside()))));
                let namespace = one("REDIS_NAMESPACE").map(str::to_owned);
                // Beside a URL it counts as well: it may be passed on.
                let locked = one("REDIS_PASSWORD").is_some();
                for place in &mut found {
                    place.locked |= locked;
                    place.namespace.clone_from(&namespace);
                }
            }
        }
        for mut place in found {
            place.host = resolve(&place.name, host, inventory, hosts);
            places.insert(place);
        }
    }
    places
}

/// Name, port, number of the database, and a word where there is a password.
fn place<'a>(mut words: impl Iterator<Item = &'a str>) -> Place {
    let mut next = || words.next().unwrap_or_default();
    let name = next().to_owned();
    let port = next().parse().ok();
    let database = next().parse().ok();
    Place { name, host: None, port, database, namespace: None, locked: !next().is_empty() }
}

/// The host that a name means on a host.
fn resolve(name: &str, on: &HostName, inventory: &Inventory, hosts: &BTreeMap<HostName, Running>) -> Option<HostName> {
    if name.starts_with('/') || matches!(name, "localhost" | "127.0.0.1" | "::1") {
        return Some(on.clone());
    }
    if let Some(host) = inventory.hosts().keys().find(|host| host.as_str() == name) {
        return Some(host.clone());
    }
    if let Some(host) = inventory.hosts().values().find(|host| host.address.as_deref() == Some(name)) {
        return Some(host.name.clone());
    }
    let address: Option<IpAddr> = name.parse().ok();
    let mut known = hosts.iter().filter(|(_, running)| {
        running.seen.hostname == name || address.is_some_and(|address| running.seen.addresses.contains(&address))
    });
    // A name that two hosts give themselves tells nothing.
    known.next().filter(|_| known.next().is_none()).map(|(host, _)| host.clone())
}
