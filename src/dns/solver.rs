//! The one seam to whatever can write DNS records, and how its kinds are made from what the inventory declares.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use super::acme_dns::{AcmeDns, AcmeDnsAccount};
use super::error::DnsError;
use super::exec::Exec;
use super::propagation::Propagation;
use super::resolver::Resolver;
use super::rfc2136::Rfc2136;
use super::tsig::{Tsig, TsigAlgorithm};
use crate::secrets::Secret;

/// Shorter lines of a secret stand in any text by chance, in bytes.
const SHORTEST_SECRET: usize = 4;

/// A future that a trait object can return.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What can write the TXT records of challenges. Names are absolute, with or without a dot at the end.
pub trait Solver: Send + Sync {
    /// The provider's name in the inventory, for the journal.
    fn name(&self) -> &str;

    /// Adds one value; whatever else the name has stays. A value that is there already is no error.
    fn present<'a>(&'a self, fqdn: &'a str, value: &'a str) -> Boxed<'a, Result<(), DnsError>>;

    /// Removes this value; whatever else the name has stays. A value that is not there is no error.
    fn cleanup<'a>(&'a self, fqdn: &'a str, value: &'a str) -> Boxed<'a, Result<(), DnsError>>;
}

/// A table `[dns.NAME]`, its secrets resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// Who writes the records.
    pub provider: Provider,
    /// The zone; `None`: found.
    pub zone: Option<String>,
    /// The servers that must have a value; empty: the zone's own.
    pub servers: Vec<SocketAddr>,
    /// The resolvers; empty: the system's.
    pub resolvers: Vec<SocketAddr>,
    /// How long a value may be remembered, in seconds.
    pub ttl: u32,
    /// How long propagation may take.
    pub propagation: Duration,
    /// The state directory `.fleet`: locks between processes are in it.
    pub state: PathBuf,
}

impl Settings {
    /// The resolvers for every look-up.
    pub fn resolver(&self) -> Result<Resolver, DnsError> {
        if self.resolvers.is_empty() { Resolver::system() } else { Ok(Resolver::at(self.resolvers.clone())) }
    }

    /// How to wait for the servers.
    pub fn propagation(&self) -> Propagation {
        Propagation { limit: self.propagation, servers: self.servers.clone() }
    }
}

/// Who writes the records, and with what.
#[derive(Clone, Debug)]
pub enum Provider {
    /// Dynamic updates with TSIG.
    Rfc2136 {
        /// An address or a host name, with or without a port.
        server: String,
        /// The key's name.
        key: String,
        /// Its algorithm, by name.
        algorithm: String,
        /// The key, as base64.
        secret: Secret,
    },
    /// A program that speaks lego's protocol.
    Exec {
        /// It and its first arguments.
        command: Vec<String>,
        /// Where it runs.
        directory: PathBuf,
        /// Secrets that it gets in its environment.
        environment: BTreeMap<String, Secret>,
        /// How long it may take.
        limit: Duration,
    },
    /// An acme-dns server.
    AcmeDns {
        /// Where its API is.
        url: String,
        /// The accounts on it.
        accounts: Vec<AcmeDnsAccount>,
    },
    /// A provider's HTTP API.
    Cloud(CloudAccount),
}

/// An account at a provider with an HTTP API.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the credentials are named as the providers name them")]
pub enum CloudAccount {
    /// An API token that may edit the zone.
    Cloudflare { token: Secret },
    /// A personal access token.
    DigitalOcean { token: Secret },
    /// A Hetzner Cloud API token.
    Hetzner { token: Secret },
    /// AWS keys, and the hosted zone where it is not to be found by name.
    Route53 {
        access_key_id: String,
        secret_access_key: Secret,
        session_token: Option<Secret>,
        region: Option<String>,
        hosted_zone: Option<String>,
        /// Another endpoint than Amazon's.
        endpoint: Option<String>,
    },
    /// A personal access token of Gandi.
    Gandi { token: Secret },
    /// Three keys, and the endpoint, such as `ovh-eu`.
    Ovh { endpoint: String, application_key: String, application_secret: Secret, consumer_key: Secret },
    /// The JSON of a service account.
    Google { service_account: Secret, project: String, managed_zone: Option<String> },
    /// A token of deSEC.
    Desec { token: Secret },
}

impl CloudAccount {
    /// The provider's name in the inventory.
    pub fn provider(&self) -> &'static str {
        match self {
            Self::Cloudflare { .. } => "cloudflare",
            Self::DigitalOcean { .. } => "digitalocean",
            Self::Hetzner { .. } => "hetzner",
            Self::Route53 { .. } => "route53",
            Self::Gandi { .. } => "gandi",
            Self::Ovh { .. } => "ovh",
            Self::Google { .. } => "google",
            Self::Desec { .. } => "desec",
        }
    }
}

/// Text of others without the secrets that they were given. A secret of several lines may come line by line.
pub(super) fn redacted<'a>(mut text: String, secrets: impl IntoIterator<Item = &'a Secret>) -> String {
    let secrets = secrets.into_iter().filter_map(Secret::expose_str);
    let mut lines: Vec<&str> = secrets.flat_map(str::lines).filter(|line| line.len() >= SHORTEST_SECRET).collect();
    // The longest first: one secret may begin with another.
    lines.sort_by_key(|line| std::cmp::Reverse(line.len()));
    for line in lines {
        text = text.replace(line, "[redacted]");
    }
    text
}

/// The solver of a table. Nothing is contacted yet.
pub fn solver_for(settings: &Settings) -> Result<Box<dyn Solver>, DnsError> {
    Ok(match &settings.provider {
        Provider::Rfc2136 { server, key, algorithm, secret } => {
            let tsig = Tsig::new(key, TsigAlgorithm::parse(algorithm)?, secret)?;
            let (zone, resolver) = (settings.zone.clone(), settings.resolver()?);
            Box::new(Rfc2136::new(&settings.name, server, tsig, zone, settings.ttl, resolver))
        }
        Provider::Exec { command, directory, environment, limit } => {
            Box::new(Exec::new(&settings.name, command.clone(), directory.clone(), environment.clone(), *limit)?)
        }
        Provider::AcmeDns { url, accounts } => Box::new(AcmeDns::new(&settings.name, url, accounts.clone())?),
        Provider::Cloud(account) => cloud(settings, account)?,
    })
}

#[cfg(feature = "dns-update")]
fn cloud(settings: &Settings, account: &CloudAccount) -> Result<Box<dyn Solver>, DnsError> {
    Ok(Box::new(super::cloud::Cloud::new(settings, account)?))
}

#[cfg(not(feature = "dns-update"))]
fn cloud(_: &Settings, account: &CloudAccount) -> Result<Box<dyn Solver>, DnsError> {
    Err(DnsError::NotBuilt { provider: account.provider() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(provider: Provider) -> Settings {
        Settings {
            name: "main".to_owned(),
            provider,
            zone: None,
            servers: Vec::new(),
            resolvers: vec!["127.0.0.1:53".parse().unwrap()],
            ttl: 60,
            propagation: Duration::from_secs(180),
            state: PathBuf::from("/nonexistent"),
        }
    }

    #[test]
    fn settings_that_cannot_work_are_told_before_anything_is_contacted() {
        let secret = Secret::new(b"c2VjcmV0LXNlY3JldC1zZWNyZXQ=".to_vec());
        let rfc2136 = |algorithm: &str| {
            solver_for(&settings(Provider::Rfc2136 {
                server: "192.0.2.53".to_owned(),
                key: "fleet".to_owned(),
                algorithm: algorithm.to_owned(),
                secret: secret.clone(),
            }))
        };
        assert_eq!(rfc2136("hmac-sha256").unwrap().name(), "main");
        assert_eq!(rfc2136("hmac-sha1").err().unwrap().code(), "tsig-algorithm");
    }

    #[test]
    fn nothing_is_left_of_a_secret_that_begins_with_another() {
        let secrets = ["hunter2", "hunter2-and-more"].map(|text| Secret::new(text.as_bytes().to_vec()));
        let text = "bad token hunter2-and-more, not hunter2".to_owned();
        assert_eq!(redacted(text, &secrets), "bad token [redacted], not [redacted]");
    }

    #[cfg(not(feature = "dns-update"))]
    #[test]
    fn a_provider_that_was_not_built_says_how_to_build_it() {
        let account = CloudAccount::Desec { token: Secret::new(b"t".to_vec()) };
        let error = solver_for(&settings(Provider::Cloud(account))).err().unwrap();
        assert_eq!(error.to_string(), "the DNS provider desec is not part of this build of fleet");
        assert!(error.hint().unwrap().contains("--features dns-update"));
    }
}
