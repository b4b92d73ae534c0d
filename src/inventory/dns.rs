//! Declared DNS zones: who writes challenges there, and who is asked whether they can be seen.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::context::Context;
use super::dns_fields::Fields;
use super::domain;
use super::source::Origin;
use super::text::{GroupName, Located};
use super::types_acme::{DnsProviderName, DnsTable, TsigAlgorithm};
use crate::secrets::SecretRef;

/// The port of DNS.
const PORT: u16 = 53;
/// The time to live of a challenge's record at services with an API, in seconds: many refuse less.
const TTL: u32 = 60;
/// How long the servers may take to show a value.
pub(super) const PROPAGATION: Duration = Duration::from_secs(180);

/// One declared DNS service.
#[derive(Clone, Debug)]
pub struct DnsDeclaration {
    /// The name in the inventory.
    pub name: String,
    /// How values are written.
    pub provider: DnsProvider,
    /// The zone that the provider may write; else found.
    pub zone: Option<String>,
    /// Authoritative servers that must show a value; empty: those that the zone names.
    pub servers: Vec<Server>,
    /// Resolvers that are asked; empty: the system's.
    pub resolvers: Vec<Server>,
    /// The time to live of a challenge's record, in seconds.
    pub ttl: u32,
    /// How long the servers may take to show a value.
    pub propagation: Duration,
    /// Where it is declared.
    pub origin: Origin,
}

/// A server: a name or an address, and a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Server {
    /// DNS name or IP address; in a rehearsal's tables, a rehearsal host's name.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// How TXT values are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsProvider {
    /// Dynamic updates (RFC 2136).
    Rfc2136 {
        /// The primary server.
        server: Server,
        /// The key that updates are signed with.
        tsig: Tsig,
    },
    /// A program of the user's.
    Exec {
        /// The program and its first arguments; never empty.
        command: Vec<String>,
    },
    /// An acme-dns service.
    AcmeDns {
        /// Where it is.
        url: String,
        /// Who we are there.
        accounts: AcmeDnsAccounts,
    },
    /// A service with an API of its own.
    Service {
        /// Which one.
        name: DnsProviderName,
        /// Its secrets, by the inventory's keys, such as `token`.
        secrets: BTreeMap<&'static str, SecretRef>,
        /// Its other settings, by the inventory's keys, such as `region`.
        settings: BTreeMap<&'static str, String>,
    },
}

impl DnsProvider {
    /// The time to live of a challenge's record where none is declared, in seconds. A value that a CA's resolver keeps is in the
    /// way of the next order's: where fleet itself says how long it may, it may not.
    fn ttl(&self) -> u32 {
        match self {
            Self::Rfc2136 { .. } | Self::Exec { .. } | Self::AcmeDns { .. } => 0,
            Self::Service { .. } => TTL,
        }
    }
}

/// Accounts of an acme-dns service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcmeDnsAccounts {
    /// One, for all domains.
    One {
        /// The user.
        username: String,
        /// The password.
        password: SecretRef,
        /// The subdomain that the service gave out.
        subdomain: String,
        /// The full name below which values are shown, if declared.
        fulldomain: Option<String>,
    },
    /// A file by domain, as acme-dns-client keeps it.
    File(PathBuf),
}

/// A key for signed updates (RFC 8945).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tsig {
    /// The key's name.
    pub name: String,
    /// The algorithm.
    pub algorithm: TsigAlgorithm,
    /// The key, in base64.
    pub key: SecretRef,
}

impl Server {
    /// The address and port, if it is not a name.
    pub fn address(&self) -> Option<SocketAddr> {
        self.host.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, self.port))
    }

    /// From `HOST`, `HOST:PORT`, `ADDRESS` or `[ADDRESS]:PORT`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Self { host: address.to_string(), port: PORT });
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Some(Self { host: address.ip().to_string(), port: address.port() });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (text, PORT),
        };
        let host = domain::dns_name(host).ok()?;
        // Four numbers that are no address.
        let numeric = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        (port != 0 && !numeric).then_some(Self { host, port })
    }
}

/// Resolves all declared DNS services; in a rehearsal's tables, servers and resolvers may be rehearsal hosts.
pub(super) fn build(
    table: BTreeMap<Located<GroupName>, DnsTable>,
    rehearsal: bool,
    context: &mut Context<'_>,
) -> BTreeMap<String, DnsDeclaration> {
    let mut declarations = BTreeMap::new();
    for (name, dns) in table {
        let origin = context.origin(&name.span);
        let mut fields = Fields::new(&name.value, dns, context);
        let zone = fields.zone.take().and_then(|zone| fields.name(&zone));
        let servers = fields.servers.take().unwrap_or_default();
        let servers = fields.addresses(&servers, "servers", rehearsal);
        let resolvers = fields.resolvers.take().unwrap_or_default();
        let resolvers = fields.addresses(&resolvers, "resolvers", rehearsal);
        let (ttl, propagation) = (fields.ttl, fields.propagation);
        let provider = fields.provider();
        fields.unused();
        let Some(provider) = provider else { continue };
        let ttl = ttl.unwrap_or_else(|| provider.ttl());
        let name = name.value.to_string();
        let declaration =
            DnsDeclaration { name: name.clone(), provider, zone, servers, resolvers, ttl, propagation, origin };
        declarations.insert(name, declaration);
    }
    declarations
}

/// The provider's name in the inventory.
pub(super) fn provider_word(name: DnsProviderName) -> &'static str {
    use DnsProviderName as Name;
    match name {
        Name::Rfc2136 => "rfc2136",
        Name::Exec => "exec",
        Name::AcmeDns => "acme-dns",
        Name::Cloudflare => "cloudflare",
        Name::Digitalocean => "digitalocean",
        Name::Hetzner => "hetzner",
        Name::Route53 => "route53",
        Name::Gandi => "gandi",
        Name::Ovh => "ovh",
        Name::Google => "google",
        Name::Desec => "desec",
    }
}
