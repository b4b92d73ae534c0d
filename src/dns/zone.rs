//! Zones and their servers: which zone holds a name, and every address that serves it.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;

use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::answer::{Answer, Trouble};
use super::ask::{Asked, ask};
use super::error::{DnsError, ServerState, shown};
use super::name;
use super::resolver::{Resolver, addresses_in};

/// The port of every server that an NS record names.
const PORT: u16 = 53;
/// No name has more zones above it that are worth the way.
const MOST_CUTS: usize = 16;

/// One address of one server of a zone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Server {
    /// Its name; of one that was declared by address, the address.
    pub name: String,
    /// Where it is asked.
    pub address: SocketAddr,
}

impl Server {
    /// A declared server.
    pub fn declared(address: SocketAddr) -> Self {
        Self { name: shown(address), address }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = shown(self.address);
        if self.name == address { f.write_str(&address) } else { write!(f, "{} ({address})", self.name) }
    }
}

/// A zone with all its servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its name, in lower case and without a dot at the end.
    pub name: String,
    /// Every address of every name server, in order of their names.
    pub servers: Vec<Server>,
    /// Name servers without an address: nobody can ask them.
    pub unresolved: Vec<String>,
}

impl Zone {
    /// A zone that was declared with its servers.
    pub fn declared(zone: &str, servers: &[SocketAddr]) -> Result<Self, DnsError> {
        let servers = servers.iter().copied().map(Server::declared).collect();
        Ok(Self { name: name::text(&name::parse(zone)?), servers, unresolved: Vec::new() })
    }

    /// Asks its servers in turn, until one of them answers out of the zone.
    pub(super) async fn find(&self, of: &Name, kind: RecordType) -> Result<Answer, DnsError> {
        let mut servers = Vec::new();
        for server in &self.servers {
            match ask(server.address, of, kind, Asked::Authority).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => {
                    servers.push(ServerState { server: server.clone(), said: Trouble::to_string(&trouble) });
                }
            }
        }
        Err(DnsError::ZoneSilent { zone: self.name.clone(), name: name::text(of), servers })
    }
}

impl Resolver {
    /// The zone that holds a name, whether or not there is such a name. No resolver hears of the name itself, unless nothing above it is known:
    /// they are asked for SOA records from its parent upwards, and from there on the zone's own servers tell.
    pub async fn zone_of(&self, of: &str) -> Result<Zone, DnsError> {
        self.locate(&name::parse(of)?).await.map(|(zone, _)| zone)
    }

    /// The zone that holds a name, and what its servers say of a CNAME there. No other type is asked for: they would follow the CNAMEs.
    pub(super) async fn locate(&self, of: &Name) -> Result<(Zone, Answer), DnsError> {
        let above = match self.zone_above(&of.base_name()).await {
            Ok(Some(zone)) => zone,
            // Such as the apex of an inner zone, whose parent nobody here serves.
            unknown => match (self.zone_above(of).await, unknown) {
                (Ok(Some(zone)), _) => zone,
                (_, Err(error)) => return Err(error),
                _ => return Err(DnsError::NoZone { name: name::text(of) }),
            },
        };
        let mut zone = self.servers_of(&above).await?;
        for _ in 0..MOST_CUTS {
            let answer = zone.find(of, RecordType::CNAME).await?;
            match self.cut_below(&zone, of, &answer).await? {
                Some(below) => zone = below,
                None => return Ok((zone, answer)),
            }
        }
        Err(DnsError::NoZone { name: name::text(of) })
    }

    /// Every address of every name server of a zone.
    pub async fn authoritative(&self, zone: &str) -> Result<Vec<Server>, DnsError> {
        Ok(self.servers_of(&name::parse(zone)?).await?.servers)
    }

    /// The nearest name with a SOA record, from here upwards. What fails on the way may only be the parent that an inner resolver does not know.
    async fn zone_above(&self, from: &Name) -> Result<Option<Name>, DnsError> {
        let mut name = from.clone();
        let mut failed = None;
        while !name.is_root() {
            match self.find(&name, RecordType::SOA).await {
                Ok(Answer::Records(records)) => {
                    if let Some(soa) = records.iter().find(|record| record.record_type() == RecordType::SOA)
                        && soa.name == name
                    {
                        return Ok(Some(name));
                    }
                }
                Ok(_) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
            name = name.base_name();
        }
        failed.map_or(Ok(None), Err)
    }

    /// The zone between `zone` and the name, if the answer knows one.
    async fn cut_below(&self, zone: &Zone, of: &Name, answer: &Answer) -> Result<Option<Zone>, DnsError> {
        let known = name::parse(&zone.name)?;
        let below = |found: &Name| *found != known && known.zone_of(found) && found.zone_of(of);
        match answer {
            Answer::Referral { zone, servers, glue } if below(zone) => {
                self.with_addresses(zone, servers, glue).await.map(Some)
            }
            // One server may hold both zones: then its denial names the nearer.
            Answer::NoData { zone: Some(found) } | Answer::NoName { zone: Some(found) } if below(found) => {
                self.servers_of(found).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    async fn servers_of(&self, zone: &Name) -> Result<Zone, DnsError> {
        let servers: Vec<Name> = match self.find(zone, RecordType::NS).await? {
            Answer::Records(records) => records
                .iter()
                .filter_map(|record| match &record.data {
                    RData::NS(server) => Some(server.0.clone()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        self.with_addresses(zone, &servers, &[]).await
    }

    async fn with_addresses(&self, zone: &Name, servers: &[Name], glue: &[Record]) -> Result<Zone, DnsError> {
        let names: BTreeSet<String> = servers.iter().map(name::text).collect();
        let each = names.iter().map(async |server| {
            let own = glue.iter().filter(|record| name::text(&record.name) == *server).cloned().collect();
            let mut addresses = addresses_in(&Answer::Records(own));
            if addresses.is_empty() {
                addresses = self.addresses(server).await.unwrap_or_default();
            }
            (server.clone(), addresses)
        });
        let mut zone = Zone { name: name::text(zone), servers: Vec::new(), unresolved: Vec::new() };
        for (server, addresses) in futures_util::future::join_all(each).await {
            if addresses.is_empty() {
                zone.unresolved.push(server);
                continue;
            }
            let here =
                addresses.into_iter().map(|address| Server { name: server.clone(), address: (address, PORT).into() });
            zone.servers.extend(here);
        }
        if zone.servers.is_empty() {
            return Err(DnsError::NoServers { zone: zone.name, names: zone.unresolved });
        }
        Ok(zone)
    }
}
