//! Declared DNS zones: who writes challenges there, and who is asked whether they can be seen.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::acme::secret;
use super::context::Context;
use super::domain;
use super::problem::Problem;
use super::source::Origin;
use super::suggest::shown;
use super::text::{GroupName, Located};
use super::types_acme::{DnsProviderName, DnsTable, SecretValue, TsigAlgorithm};
use crate::secrets::SecretRef;

/// The port of DNS.
const PORT: u16 = 53;
/// The time to live of a challenge's record, in seconds.
const TTL: u32 = 60;
/// How long the servers may take to show a value.
const PROPAGATION: Duration = Duration::from_secs(180);

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
    fn parse(text: &str) -> Option<Self> {
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
        let (ttl, propagation) = (fields.ttl.unwrap_or(TTL), fields.propagation);
        let provider = fields.provider();
        fields.unused();
        let Some(provider) = provider else { continue };
        let name = name.value.to_string();
        let declaration =
            DnsDeclaration { name: name.clone(), provider, zone, servers, resolvers, ttl, propagation, origin };
        declarations.insert(name, declaration);
    }
    declarations
}

/// The keys of one table; each is taken by the provider that knows it, and what is left over was meant for another.
struct Fields<'c, 'i> {
    context: &'c mut Context<'i>,
    owner: String,
    kind: Located<DnsProviderName>,
    zone: Option<Located<String>>,
    servers: Option<Vec<Located<String>>>,
    resolvers: Option<Vec<Located<String>>>,
    ttl: Option<u32>,
    propagation: Duration,
    texts: BTreeMap<&'static str, Located<String>>,
    secrets: BTreeMap<&'static str, Located<SecretValue>>,
    tsig: Option<Located<super::types_acme::TsigTable>>,
    command: Option<Located<Vec<String>>>,
    missing: Vec<&'static str>,
}

impl<'c, 'i> Fields<'c, 'i> {
    fn new(name: &GroupName, dns: DnsTable, context: &'c mut Context<'i>) -> Self {
        let texts = [
            ("server", dns.server),
            ("url", dns.url),
            ("username", dns.username),
            ("subdomain", dns.subdomain),
            ("fulldomain", dns.fulldomain),
            ("accounts", dns.accounts),
            ("region", dns.region),
            ("endpoint", dns.endpoint),
            ("project", dns.project),
        ];
        let secrets = [
            ("password", dns.password),
            ("token", dns.token),
            ("access-key-id", dns.access_key_id),
            ("secret-access-key", dns.secret_access_key),
            ("session-token", dns.session_token),
            ("application-key", dns.application_key),
            ("application-secret", dns.application_secret),
            ("consumer-key", dns.consumer_key),
            ("service-account", dns.service_account),
        ];
        Self {
            context,
            owner: format!("dns.{name}"),
            kind: dns.provider,
            zone: dns.zone,
            servers: dns.servers,
            resolvers: dns.resolvers,
            ttl: dns.ttl,
            propagation: dns.propagation.map_or(PROPAGATION, |limit| limit.value.0),
            texts: texts.into_iter().filter_map(|(key, value)| Some((key, value?))).collect(),
            secrets: secrets.into_iter().filter_map(|(key, value)| Some((key, value?))).collect(),
            tsig: dns.tsig,
            command: dns.command,
            missing: Vec::new(),
        }
    }

    fn bad(&mut self, span: Range<usize>, message: String, label: &str, help: &str) {
        self.context.problems.push(Problem::new("bad-value", message).label(span, label).help(help));
    }

    fn name(&mut self, text: &Located<String>) -> Option<String> {
        match domain::dns_name(text) {
            Ok(name) => Some(name),
            Err(why) => {
                let message = format!("\"{}\" of {} is no zone: {why}", shown(text), self.owner);
                self.bad(text.span.clone(), message, "this name", "write a name such as \"example.org\"");
                None
            }
        }
    }

    fn addresses(&mut self, texts: &[Located<String>], key: &str, rehearsal: bool) -> Vec<Server> {
        let mut servers = Vec::new();
        for text in texts {
            match Server::parse(text) {
                Some(server) if rehearsal || server.address().is_some() => servers.push(server),
                _ => {
                    let message = format!("`{key}` of {}: \"{}\" is no address", self.owner, shown(text));
                    let help = "write an IP address, with its port if that is not 53: \"192.0.2.53:5353\"";
                    self.bad(text.span.clone(), message, "not an address", help);
                }
            }
        }
        servers
    }

    fn text(&mut self, key: &'static str) -> Option<Located<String>> {
        let text = self.texts.remove(key)?;
        if text.trim().is_empty() {
            let message = format!("`{key}` of {} is empty", self.owner);
            self.bad(text.span.clone(), message, "empty", "write its value, or leave the key out");
        }
        Some(text)
    }

    fn needed(&mut self, key: &'static str) -> Option<Located<String>> {
        let text = self.text(key);
        if text.is_none() {
            self.missing.push(key);
        }
        text
    }

    fn secret(&mut self, key: &'static str) -> Option<SecretRef> {
        let value = self.secrets.remove(key)?;
        Some(secret(&value, &self.owner, self.context))
    }

    fn needed_secret(&mut self, key: &'static str) -> Option<SecretRef> {
        let secret = self.secret(key);
        if secret.is_none() {
            self.missing.push(key);
        }
        secret
    }

    fn provider(&mut self) -> Option<DnsProvider> {
        use DnsProviderName as Name;
        match self.kind.value {
            Name::Rfc2136 => self.rfc2136(),
            Name::Exec => self.exec(),
            Name::AcmeDns => self.acme_dns(),
            Name::Cloudflare | Name::Digitalocean | Name::Hetzner | Name::Gandi | Name::Desec => {
                Some(self.service(&["token"], &[], &[], &[]))
            }
            Name::Route53 => {
                Some(self.service(&["access-key-id", "secret-access-key"], &["session-token"], &[], &["region"]))
            }
            Name::Ovh => {
                Some(self.service(&["application-key", "application-secret", "consumer-key"], &[], &[], &["endpoint"]))
            }
            Name::Google => Some(self.service(&["service-account"], &[], &["project"], &[])),
        }
    }

    fn rfc2136(&mut self) -> Option<DnsProvider> {
        let server = self.needed("server");
        let server = server.and_then(|text| {
            let server = Server::parse(&text);
            if server.is_none() && !text.trim().is_empty() {
                let message = format!("`server` of {}: \"{}\" is no server", self.owner, shown(&text));
                self.bad(
                    text.span,
                    message,
                    "here",
                    "write an address or a name, such as \"192.0.2.53\" or \"ns1.example.org:5353\"",
                );
            }
            server
        });
        if self.tsig.is_none() {
            self.missing.push("tsig");
        }
        let tsig = self.tsig.take().and_then(|table| {
            let table = table.value;
            let name = match domain::dns_name(&table.name) {
                Ok(name) => name,
                Err(why) => {
                    let message = format!("\"{}\" names no TSIG key: {why}", shown(&table.name));
                    self.bad(table.name.span, message, "this name", "write it as the server's configuration does");
                    return None;
                }
            };
            Some(Tsig { name, algorithm: table.algorithm, key: secret(&table.key, &self.owner, self.context) })
        });
        Some(DnsProvider::Rfc2136 { server: server?, tsig: tsig? })
    }

    fn exec(&mut self) -> Option<DnsProvider> {
        let Some(command) = self.command.take() else {
            self.missing.push("command");
            return None;
        };
        if command.first().is_none_or(String::is_empty) || command.iter().any(|word| word.contains('\0')) {
            let message = format!("`command` of {} names no program", self.owner);
            self.bad(command.span, message, "no program", "write [\"PROGRAM\", \"ARGUMENT\", …]");
            return None;
        }
        Some(DnsProvider::Exec { command: command.value })
    }

    fn acme_dns(&mut self) -> Option<DnsProvider> {
        let url = self.needed("url").and_then(|text| match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(text.value),
            _ => {
                let message = format!("`url` of {}: \"{}\" is no URL", self.owner, shown(&text));
                self.bad(text.span, message, "here", "write such as \"https://auth.example.org\"");
                None
            }
        });
        let accounts = if let Some(file) = self.text("accounts") {
            Some(AcmeDnsAccounts::File(self.context.dir.join(&file.value)))
        } else {
            let fulldomain = self.text("fulldomain").and_then(|text| self.name(&text));
            let username = self.needed("username");
            let password = self.needed_secret("password");
            let subdomain = self.needed("subdomain");
            match (username, password, subdomain) {
                (Some(username), Some(password), Some(subdomain)) => Some(AcmeDnsAccounts::One {
                    username: username.value,
                    password,
                    subdomain: subdomain.value,
                    fulldomain,
                }),
                _ => None,
            }
        };
        Some(DnsProvider::AcmeDns { url: url?, accounts: accounts? })
    }

    fn service(
        &mut self,
        needed_secrets: &[&'static str],
        secrets: &[&'static str],
        needed: &[&'static str],
        optional: &[&'static str],
    ) -> DnsProvider {
        let mut all = BTreeMap::new();
        for key in needed_secrets {
            all.extend(self.needed_secret(key).map(|secret| (*key, secret)));
        }
        for key in secrets {
            all.extend(self.secret(key).map(|secret| (*key, secret)));
        }
        let mut settings = BTreeMap::new();
        for key in needed {
            settings.extend(self.needed(key).map(|text| (*key, text.value)));
        }
        for key in optional {
            settings.extend(self.text(key).map(|text| (*key, text.value)));
        }
        DnsProvider::Service { name: self.kind.value, secrets: all, settings }
    }

    /// Says what is missing, and what means nothing for this provider.
    fn unused(self) {
        let kind = provider_word(self.kind.value);
        for key in &self.missing {
            self.context.problems.push(
                Problem::new("missing-key", format!("{} lacks the key `{key}`", self.owner))
                    .label(self.kind.span.clone(), format!("{kind} needs `{key}`")),
            );
        }
        let texts = self.texts.into_iter().map(|(key, value)| (key, value.span));
        let secrets = self.secrets.into_iter().map(|(key, value)| (key, value.span));
        let others = [("tsig", self.tsig.map(|tsig| tsig.span)), ("command", self.command.map(|command| command.span))];
        let others = others.into_iter().filter_map(|(key, span)| Some((key, span?)));
        for (key, span) in texts.chain(secrets).chain(others) {
            self.context.problems.push(
                Problem::new("unknown-key", format!("`{key}` of {} means nothing to {kind}", self.owner))
                    .label(span, "of another provider")
                    .label(self.kind.span.clone(), "the provider"),
            );
        }
    }
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
