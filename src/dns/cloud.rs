//! Providers with an HTTP API, through the crate `dns-update`.
//!
//! It adds to a set of records and removes from it, never replaces it; but most of these APIs know whole sets alone, so underneath it reads, changes and
//! writes. Two writers at one moment can lose a value so. Therefore each change is made under a lock (one for each provider, over all processes with one state
//! directory), and read back from the API, and made again where it is not there. Against another machine only the reading back helps.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dns_update::providers::google_cloud_dns::GoogleCloudDnsConfig;
use dns_update::providers::route53::Route53Config;
use dns_update::{DnsRecord, DnsRecordType, DnsUpdater, Error};
use rustix::fs::{FlockOperation, flock};
use tokio::time::sleep;

use super::error::DnsError;
use super::name;
use super::resolver::Resolver;
use super::solver::{Boxed, CloudAccount, Settings, Solver, redacted};
use crate::secrets::Secret;

/// How long one request may take.
const TIME: Duration = Duration::from_secs(30);
/// How long a change waits before it is looked for, and then made again: a concurrent writer is through by then.
const PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];
/// How often a lock that another process holds is tried.
const LOCK_PAUSE: Duration = Duration::from_millis(50);
/// So much of what the provider said is told, in characters.
const TOLD: usize = 300;

/// An account at a provider.
pub struct Cloud {
    label: String,
    service: &'static str,
    updater: DnsUpdater,
    secrets: Vec<Secret>,
    zone: Option<String>,
    ttl: u32,
    resolver: Resolver,
    lock: PathBuf,
}

impl Cloud {
    /// The account of a table `[dns.NAME]`.
    pub fn new(settings: &Settings, account: &CloudAccount) -> Result<Self, DnsError> {
        let service = account.provider();
        let updater = updater(account).map_err(|error| DnsError::Settings {
            name: settings.name.clone(),
            why: format!("can't be used: {}", words(&error, &secrets(account))),
        })?;
        Ok(Self {
            label: settings.name.clone(),
            service,
            updater,
            secrets: secrets(account),
            zone: settings.zone.clone(),
            ttl: settings.ttl,
            resolver: settings.resolver()?,
            lock: settings.state.join(format!("{service}.lock")),
        })
    }

    /// Adds the value, or removes it, until the provider shows that it did.
    async fn change(&self, add: bool, fqdn: &str, value: &str) -> Result<(), DnsError> {
        let fqdn = name::text(&name::parse(fqdn)?);
        let zone = match &self.zone {
            Some(zone) => name::text(&name::parse(zone)?),
            None => self.resolver.zone_of(&fqdn).await?.name,
        };
        let what = format!(
            "{} the TXT value {value} {} {fqdn}",
            if add { "add" } else { "remove" },
            if add { "to" } else { "from" }
        );
        let failed = |error: &Error| DnsError::Service {
            service: self.service.to_owned(),
            what: what.clone(),
            why: words(error, &self.secrets),
        };
        let _lock = lock(&self.lock).await?;
        let record = || vec![DnsRecord::TXT(value.to_owned())];
        for pause in PAUSES {
            sleep(pause).await;
            if add {
                self.updater.add_to_rrset(&fqdn, DnsRecordType::TXT, self.ttl, record(), &zone).await
            } else {
                self.updater.remove_from_rrset(&fqdn, DnsRecordType::TXT, record(), &zone).await
            }
            .map_err(|error| failed(&error))?;
            let there = match self.updater.list_rrset(&fqdn, DnsRecordType::TXT, &zone).await {
                Ok(records) => records.contains(&DnsRecord::TXT(value.to_owned())),
                Err(Error::NotFound) => false,
                Err(error) => return Err(failed(&error)),
            };
            if there == add {
                return Ok(());
            }
        }
        Err(DnsError::NotReadBack { server: self.service.to_owned(), what })
    }
}

impl Solver for Cloud {
    fn name(&self) -> &str {
        &self.label
    }

    fn present<'a>(&'a self, fqdn: &'a str, value: &'a str) -> Boxed<'a, Result<(), DnsError>> {
        Box::pin(self.change(true, fqdn, value))
    }

    fn cleanup<'a>(&'a self, fqdn: &'a str, value: &'a str) -> Boxed<'a, Result<(), DnsError>> {
        Box::pin(self.change(false, fqdn, value))
    }
}

fn updater(account: &CloudAccount) -> dns_update::Result<DnsUpdater> {
    let time = Some(TIME);
    match account {
        CloudAccount::Cloudflare { token } => DnsUpdater::new_cloudflare(text(token), time),
        CloudAccount::DigitalOcean { token } => DnsUpdater::new_digitalocean(text(token), time),
        CloudAccount::Hetzner { token } => DnsUpdater::new_hetzner(text(token), time),
        CloudAccount::Gandi { token } => DnsUpdater::new_gandiv5(text(token), time),
        CloudAccount::Desec { token } => DnsUpdater::new_desec(text(token), time),
        CloudAccount::Ovh { endpoint, application_key, application_secret, consumer_key } => {
            let endpoint = endpoint.parse()?;
            DnsUpdater::new_ovh(application_key, text(application_secret), text(consumer_key), endpoint, time)
        }
        CloudAccount::Google { service_account, project, managed_zone } => {
            DnsUpdater::new_google_cloud_dns(GoogleCloudDnsConfig {
                service_account_json: text(service_account).to_owned(),
                project_id: project.clone(),
                managed_zone: managed_zone.clone(),
                private_zone: false,
                impersonate_service_account: None,
                request_timeout: time,
            })
        }
        CloudAccount::Route53 { access_key_id, secret_access_key, session_token, region, hosted_zone, endpoint } => {
            DnsUpdater::new_route53(Route53Config {
                access_key_id: access_key_id.clone(),
                secret_access_key: text(secret_access_key).to_owned(),
                session_token: session_token.as_ref().map(|token| text(token).to_owned()),
                region: region.clone(),
                hosted_zone_id: hosted_zone.clone(),
                private_zone_only: None,
                endpoint: endpoint.clone(),
            })
        }
    }
}

/// One that is no text is refused by the provider.
fn text(secret: &Secret) -> &str {
    secret.expose_str().unwrap_or_default()
}

fn secrets(account: &CloudAccount) -> Vec<Secret> {
    let secrets: Vec<&Secret> = match account {
        CloudAccount::Cloudflare { token }
        | CloudAccount::DigitalOcean { token }
        | CloudAccount::Hetzner { token }
        | CloudAccount::Gandi { token }
        | CloudAccount::Desec { token } => vec![token],
        CloudAccount::Ovh { application_secret, consumer_key, .. } => vec![application_secret, consumer_key],
        CloudAccount::Google { service_account, .. } => vec![service_account],
        CloudAccount::Route53 { secret_access_key, session_token, .. } => {
            std::iter::once(secret_access_key).chain(session_token).collect()
        }
    };
    secrets.into_iter().cloned().collect()
}

fn words(error: &Error, secrets: &[Secret]) -> String {
    let said = match error {
        Error::Unauthorized => "it does not accept the credentials".to_owned(),
        Error::NotFound => "it knows no such zone or record".to_owned(),
        Error::BadRequest => "it does not understand the request".to_owned(),
        Error::InvalidRegion => "there is no such region".to_owned(),
        Error::Protocol(said)
        | Error::Parse(said)
        | Error::Client(said)
        | Error::Response(said)
        | Error::Api(said)
        | Error::Serialize(said)
        | Error::Unsupported(said) => said.clone(),
        // The enum may grow.
        other => format!("{other:?}"),
    };
    redacted(said, secrets).chars().filter(|c| !c.is_control()).take(TOLD).collect()
}

/// Held until it is closed; it waits for other processes.
async fn lock(path: &Path) -> Result<File, DnsError> {
    let at = |error: &std::io::Error| DnsError::Journal {
        what: "lock",
        path: path.to_owned(),
        why: crate::text::system_words(error),
    };
    let mut options = OpenOptions::new();
    let file = options.create(true).truncate(false).write(true).mode(0o600).open(path).map_err(|error| at(&error))?;
    while let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
        if error != rustix::io::Errno::WOULDBLOCK {
            return Err(at(&error.into()));
        }
        sleep(LOCK_PAUSE).await;
    }
    Ok(file)
}

#[cfg(test)]
#[path = "cloud_tests.rs"]
mod tests;
