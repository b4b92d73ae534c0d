//! What working with certificates rests on: the store, the accounts and the DNS services, as declared or, in a rehearsal,
//! what stands for them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::acme::{AcmeError, Ca, ExternalAccount};
use crate::actions::cert::{Instead, Known};
use crate::dns;
use crate::engine::status::Failure;
use crate::http::{self, Roots};
use crate::inventory::{
    AcmeDeclaration, AcmeDnsAccounts, CaFile, DnsDeclaration, DnsProvider, DnsProviderName, Inventory, Server,
    TsigAlgorithm,
};
use crate::lab::Lab;
use crate::report::{ExitCode, Ui};
use crate::secrets::{Identities, Secret, SecretRef};
use crate::store::{Certificates, Store, StoreError, Stored};

use super::super::app::CliError;
use super::super::args::Global;
use super::super::base::Base;
use super::super::rehearsal;

/// How long a program that writes DNS values may take.
const EXEC: Duration = Duration::from_secs(180);

/// Opened once a run.
pub(in crate::cli) struct Means<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) base: &'a Base,
    pub(super) store: Store,
    lab: Option<Lab>,
    staging: bool,
}

impl<'a> Means<'a> {
    pub(in crate::cli) fn new(
        global: &Global,
        inventory: &'a Inventory,
        base: &'a Base,
        staging: bool,
    ) -> Result<Self, CliError> {
        let declared = inventory.store();
        // A rehearsal's certificates must never be taken for production's.
        let shared = declared.path.clone().filter(|_| !global.lab);
        let root = shared.unwrap_or_else(|| base.state.path().join("certs"));
        let identities = Identities::new(declared.identities.clone());
        let store = Store::open(&root, &declared.recipients, identities).map_err(|error| store_error(&error))?;
        let lab = if global.lab { Some(Lab::of_inventory(&global.inventory)?) } else { None };
        Ok(Self { inventory, base, store, lab, staging })
    }

    /// Where accounts, orders and back-offs are.
    pub(super) fn acme_state(&self) -> PathBuf {
        self.base.state.path().join("acme")
    }

    /// All that the store has of the declared certificates.
    pub(super) fn stored(&self, ui: &Ui) -> Result<Certificates, CliError> {
        let names: BTreeSet<String> = self.inventory.certs().keys().cloned().collect();
        let found = self.store.load(&names).map_err(|error| store_error(&error))?;
        for problem in found.problems.iter().filter(|problem| problem.is_fault()) {
            ui.warn(&format!("{problem}; {}", problem.hint()));
        }
        Ok(found)
    }

    /// What planning knows. In a rehearsal, tables without a replacement are left out: nothing is asked of them.
    pub(super) fn known(&self, ui: &Ui) -> Result<Known, CliError> {
        let instead = if self.lab.is_some() || self.staging { Some(self.instead()) } else { None };
        Ok(Known { certificates: self.stored(ui)?, instead, ..Known::default() })
    }

    fn instead(&self) -> Instead {
        let acme = self.inventory.acme().keys();
        let dns = self.inventory.dns().keys();
        Instead {
            acme: acme.filter_map(|name| Some((name.clone(), self.acme(name).ok()?))).collect(),
            dns: dns.filter_map(|name| Some((name.clone(), self.dns(name).ok()?))).collect(),
        }
    }

    /// An account, or what stands for it.
    pub(super) fn acme(&self, name: &str) -> Result<AcmeDeclaration, CliError> {
        if let Some(lab) = &self.lab {
            return rehearsal::acme(self.inventory, lab, name);
        }
        let declared = self.inventory.acme().get(name).ok_or_else(|| unknown("acme", name))?;
        let mut acme = declared.clone();
        if self.staging {
            let Some(staging) = acme.staging() else {
                let message = format!("no staging environment is known for acme.{name}");
                let hint = "declare another [acme] table with its directory, and let a certificate name it";
                return Err(CliError::usage(Failure::new("no-staging", message, hint)));
            };
            acme.directory = staging.to_owned();
        }
        Ok(acme)
    }

    /// The newest version of a certificate that its declared CA issued: one of a staging environment is none. What nobody
    /// declares any more is the newest of all.
    pub(super) fn newest<'s>(&self, found: &'s Certificates, name: &str) -> Option<&'s Stored> {
        let versions = found.of(name, None);
        let acme = self.inventory.certs().get(name).filter(|cert| cert.is_issued()).map(|cert| self.acme(&cert.acme));
        match acme {
            Some(Ok(acme)) => versions.iter().find(|stored| stored.meta.directory == acme.directory),
            _ => versions.first(),
        }
    }

    /// A DNS service, or what stands for it.
    pub(super) fn dns(&self, name: &str) -> Result<DnsDeclaration, CliError> {
        match &self.lab {
            Some(lab) => rehearsal::dns(self.inventory, lab, name),
            None => self.inventory.dns().get(name).cloned().ok_or_else(|| unknown("dns", name)),
        }
    }

    /// The CA of an account. Its external account is resolved only where one may have to be made.
    pub(super) fn ca(&self, name: &str, with_secrets: bool) -> Result<Ca, CliError> {
        let acme = self.acme(name)?;
        let external = match &acme.eab {
            Some(eab) if with_secrets => Some(ExternalAccount { kid: eab.kid.clone(), key: self.secret(&eab.key)? }),
            _ => None,
        };
        let roots = match acme.ca_file {
            None => Roots::Platform,
            Some(CaFile::Local(path)) => Roots::File(path),
            Some(CaFile::OnHost { host, path }) => {
                let message = format!("`ca-file` of acme.{name} is on {host} ({path}), which is no rehearsal host");
                return Err(CliError::usage(Failure::bare("bad-ca-file", message)));
            }
        };
        Ok(Ca { directory: acme.directory, contact: acme.contact, roots, external, profile: acme.profile })
    }

    fn secret(&self, reference: &SecretRef) -> Result<Secret, CliError> {
        let resolved = self.base.resolver.resolve(reference);
        resolved.map_err(|error| CliError::of(ExitCode::Failure, &error, error.code(), error.hint()))
    }

    /// A DNS service with its secrets.
    pub(super) fn settings(&self, name: &str) -> Result<dns::Settings, CliError> {
        let declared = self.dns(name)?;
        Ok(dns::Settings {
            name: name.to_owned(),
            provider: self.provider(&declared)?,
            servers: declared.servers.iter().filter_map(Server::address).collect(),
            resolvers: declared.resolvers.iter().filter_map(Server::address).collect(),
            zone: declared.zone,
            ttl: declared.ttl,
            state: self.base.state.path().to_owned(),
            propagation: declared.propagation,
        })
    }

    fn provider(&self, declared: &DnsDeclaration) -> Result<dns::Provider, CliError> {
        Ok(match &declared.provider {
            DnsProvider::Rfc2136 { server, tsig } => dns::Provider::Rfc2136 {
                server: in_words(server),
                key: tsig.name.clone(),
                algorithm: algorithm(tsig.algorithm).to_owned(),
                secret: self.secret(&tsig.key)?,
            },
            DnsProvider::Exec { command } => dns::Provider::Exec {
                command: command.clone(),
                directory: self.inventory.dir().to_owned(),
                environment: BTreeMap::new(),
                limit: EXEC,
            },
            DnsProvider::AcmeDns { url, accounts } => {
                dns::Provider::AcmeDns { url: url.clone(), accounts: self.accounts(&declared.name, accounts)? }
            }
            DnsProvider::Service { name, secrets, settings } => {
                dns::Provider::Cloud(self.account(*name, secrets, settings)?)
            }
        })
    }

    fn accounts(&self, name: &str, accounts: &AcmeDnsAccounts) -> Result<Vec<dns::AcmeDnsAccount>, CliError> {
        match accounts {
            AcmeDnsAccounts::One { username, password, subdomain, fulldomain } => Ok(vec![dns::AcmeDnsAccount {
                username: username.clone(),
                password: self.secret(password)?,
                subdomain: subdomain.clone(),
                fulldomain: fulldomain.clone().unwrap_or_default(),
            }]),
            AcmeDnsAccounts::File(path) => {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                let file = self.secret(&SecretRef::File(path.to_string_lossy().into_owned()))?;
                dns::accounts(&file).map_err(|why| {
                    let message = format!("the accounts of dns.{name}: {} {why}", path.display());
                    CliError::failure(Failure::bare("bad-accounts-file", message))
                })
            }
        }
    }

    fn account(
        &self,
        name: DnsProviderName,
        secrets: &BTreeMap<&'static str, SecretRef>,
        settings: &BTreeMap<&'static str, String>,
    ) -> Result<dns::CloudAccount, CliError> {
        use dns::CloudAccount as Account;
        // The inventory has seen to it that they are there.
        let missing = |key: &str| CliError::failure(Failure::bare("missing-key", format!("`{key}` is not declared")));
        let secret = |key: &str| self.secret(secrets.get(key).ok_or_else(|| missing(key))?);
        let text = |key: &str| {
            let value = secret(key)?;
            let word = value.expose_str().map(str::to_owned);
            word.ok_or_else(|| CliError::failure(Failure::bare("not-text", format!("`{key}` is no text"))))
        };
        let setting = |key: &str| settings.get(key).cloned();
        Ok(match name {
            DnsProviderName::Cloudflare => Account::Cloudflare { token: secret("token")? },
            DnsProviderName::Digitalocean => Account::DigitalOcean { token: secret("token")? },
            DnsProviderName::Hetzner => Account::Hetzner { token: secret("token")? },
            DnsProviderName::Gandi => Account::Gandi { token: secret("token")? },
            DnsProviderName::Desec => Account::Desec { token: secret("token")? },
            DnsProviderName::Route53 => Account::Route53 {
                access_key_id: text("access-key-id")?,
                secret_access_key: secret("secret-access-key")?,
                session_token: secrets.get("session-token").map(|it| self.secret(it)).transpose()?,
                region: setting("region"),
                hosted_zone: None,
                endpoint: None,
            },
            DnsProviderName::Ovh => Account::Ovh {
                endpoint: setting("endpoint").unwrap_or_else(|| "ovh-eu".to_owned()),
                application_key: text("application-key")?,
                application_secret: secret("application-secret")?,
                consumer_key: secret("consumer-key")?,
            },
            DnsProviderName::Google => Account::Google {
                service_account: secret("service-account")?,
                project: setting("project").unwrap_or_default(),
                managed_zone: None,
            },
            DnsProviderName::Rfc2136 | DnsProviderName::Exec | DnsProviderName::AcmeDns => {
                return Err(missing("provider"));
            }
        })
    }

    /// The resolver for the names of a DNS service.
    pub(super) fn resolver(&self, name: &str) -> Result<dns::Resolver, CliError> {
        let declared = self.dns(name)?;
        let resolvers: Vec<_> = declared.resolvers.iter().filter_map(Server::address).collect();
        let resolver = if resolvers.is_empty() { dns::Resolver::system() } else { Ok(dns::Resolver::at(resolvers)) };
        resolver.map_err(|error| dns_error(&error))
    }

    /// Every account and service that a declared order needs: in a rehearsal, nothing else may be contacted.
    pub(super) fn all_stand(&self) -> Result<(), CliError> {
        for cert in self.inventory.certs().values().filter(|cert| cert.is_issued()) {
            self.acme(&cert.acme)?;
            for name in cert.dns.values() {
                self.dns(name)?;
            }
        }
        Ok(())
    }
}

pub(super) fn store_error(error: &StoreError) -> CliError {
    CliError::of(ExitCode::Failure, error, error.code(), error.hint())
}

pub(super) fn acme_error(error: &AcmeError) -> CliError {
    CliError::of(ExitCode::Failure, error, error.code(), error.hint().unwrap_or_default())
}

pub(super) fn dns_error(error: &dns::DnsError) -> CliError {
    CliError::of(ExitCode::Failure, error, error.code(), error.hint().unwrap_or_default())
}

fn unknown(table: &str, name: &str) -> CliError {
    let message = format!("no `{table}` table is called {name}");
    CliError::usage(Failure::new("unknown-name", message, format!("declare it: [{table}.{name}]")))
}

/// Tells of each request with `-vv`, once the run lets it.
pub(super) fn request_log(global: &Global) -> (Option<http::Log>, Arc<std::sync::Mutex<Vec<String>>>) {
    let lines: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&lines);
    let log: http::Log = Arc::new(move |exchange| {
        let status = exchange.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let line = format!("{} {}: {status} in {} ms", exchange.method, exchange.url, exchange.took.as_millis());
        kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(line);
    });
    ((global.verbose > 1).then_some(log), lines)
}

/// What [`request_log`] has heard until now.
pub(super) fn tell_requests(ui: &Ui, lines: &std::sync::Mutex<Vec<String>>) {
    for line in std::mem::take(&mut *lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner)) {
        ui.note(&line);
    }
}

fn in_words(server: &Server) -> String {
    match server.address() {
        Some(address) => address.to_string(),
        None => format!("{}:{}", server.host, server.port),
    }
}

fn algorithm(algorithm: TsigAlgorithm) -> &'static str {
    match algorithm {
        TsigAlgorithm::HmacSha256 => "hmac-sha256",
        TsigAlgorithm::HmacSha384 => "hmac-sha384",
        TsigAlgorithm::HmacSha512 => "hmac-sha512",
    }
}

/// A directory for people.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}
