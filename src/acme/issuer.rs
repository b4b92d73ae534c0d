//! Provides the certificates that a plan wants: many at once, each declared CA opened once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use jiff::Timestamp;

use super::backoff::Backoff;
use super::error::AcmeError;
use super::interrupt::unless;
use super::order::{Means, Order};
use super::order_key::KeyFor;
use super::prove::Prover;
use super::session::{Ca, Session};
use super::shelf::{Requests, Shelf, key_of};
use super::together::{Ticket, tickets};
use super::values::{self, Subject};
use crate::engine::deferred::{Provided, Provider, Wanted};
use crate::engine::status::Failure;
use crate::engine::transport::Boxed;
use crate::http;
use crate::store::{Meta, Stored};
use crate::x509::csr::Request;
use crate::x509::{KeyType, Serial};

/// Orders that are under way at the same time.
const AT_ONCE: usize = 32;

/// A certificate as it is declared, as far as it matters for its issuing.
#[derive(Clone)]
pub struct Declared {
    /// The domains, as A-labels.
    pub domains: Vec<String>,
    /// The name of the acme table.
    pub ca: String,
    /// The kind of its key.
    pub key: KeyType,
    /// Whether renewals keep the key.
    pub pin: bool,
    /// The profile, where it is not the CA's own.
    pub profile: Option<String>,
    /// Who answers its challenges.
    pub prover: Arc<dyn Prover>,
}

/// Issues certificates.
pub struct Issuer<'a> {
    /// `.fleet/acme`.
    pub state: PathBuf,
    /// The CAs, by the names of their tables.
    pub cas: BTreeMap<String, Ca>,
    /// The certificates, by name.
    pub certificates: BTreeMap<String, Declared>,
    /// Where they are kept.
    pub shelf: &'a dyn Shelf,
    /// Hosts that have their own keys.
    pub requests: &'a dyn Requests,
    /// Set when the person asks to stop.
    pub interrupted: Arc<AtomicBool>,
    /// Ask CAs that are to be left alone after failures.
    pub retry_now: bool,
    /// Hears of each request.
    pub log: Option<http::Log>,
}

type Opened = BTreeMap<String, Result<Session, AcmeError>>;

impl Issuer<'_> {
    /// Gets each certificate, and keeps it. One that fails does not hold back the others.
    async fn issue_all<'s>(
        &self,
        subjects: BTreeMap<&'s Subject, &BTreeMap<String, String>>,
        tell: &dyn Fn(&str),
    ) -> BTreeMap<&'s Subject, Result<Stored, AcmeError>> {
        let mut ends = BTreeMap::new();
        let mut asked = Vec::new();
        for (subject, constraints) in subjects {
            match self.admitted(subject, constraints) {
                Ok(declared) => asked.push((subject, declared)),
                Err(error) => {
                    ends.insert(subject, Err(error));
                }
            }
        }
        let opened = self.open(asked.iter().map(|(_, declared)| declared.ca.as_str()).collect()).await;
        let opened = &opened;
        let groups = alike(asked);
        let domains: Vec<&[String]> =
            groups.iter().filter_map(|group| Some(group.first()?.1.domains.as_slice())).collect();
        let tickets = tickets(&domains);
        let orders = groups.into_iter().zip(tickets).map(|(group, ticket)| async move {
            let mut ends = Vec::new();
            for (subject, declared) in group {
                ends.push((subject, self.issue(subject, declared, opened, &ticket, tell).await));
            }
            ends
        });
        let issued: Vec<Vec<_>> = futures_util::stream::iter(orders).buffer_unordered(AT_ONCE).collect().await;
        ends.extend(issued.into_iter().flatten());
        ends
    }

    /// Whether what the plan says is what is declared, and the CA may be asked.
    fn admitted(&self, subject: &Subject, constraints: &BTreeMap<String, String>) -> Result<&Declared, AcmeError> {
        let declared = self
            .certificates
            .get(&subject.name)
            .ok_or_else(|| AcmeError::Request(format!("no certificate {} is declared", subject.name)))?;
        let said = |name: &str| constraints.get(name).map(String::as_str);
        let split = |text: &str| -> BTreeSet<String> {
            text.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let same = said("domains").is_none_or(|text| split(text) == declared.domains.iter().cloned().collect())
            && said("key").is_none_or(|text| text == declared.key.as_str())
            && said("ca").is_none_or(|text| text == declared.ca);
        if !same {
            return Err(AcmeError::Request(format!(
                "the declaration of {} has changed since the plan was made; plan again",
                subject.name
            )));
        }
        let backoff = self.backoff(declared)?;
        if !self.retry_now {
            backoff.check(Timestamp::now())?;
        }
        Ok(declared)
    }

    fn ca(&self, declared: &Declared) -> Result<&Ca, AcmeError> {
        let missing = || AcmeError::Request(format!("no CA {} is declared", declared.ca));
        self.cas.get(&declared.ca).ok_or_else(missing)
    }

    fn backoff(&self, declared: &Declared) -> Result<Backoff, AcmeError> {
        let mut names = declared.domains.clone();
        names.sort();
        Backoff::of(&self.state, &self.ca(declared)?.directory, &names)
    }

    async fn open(&self, names: BTreeSet<&str>) -> Opened {
        let sessions = names.into_iter().filter_map(|name| self.cas.get(name).map(|ca| (name, ca)));
        let sessions = sessions.map(|(name, ca)| async move {
            let session = Session::open(&self.state, ca, self.log.clone());
            (name.to_owned(), unless(&self.interrupted, session).await)
        });
        join_all(sessions).await.into_iter().collect()
    }

    async fn issue(
        &self,
        subject: &Subject,
        declared: &Declared,
        opened: &Opened,
        ticket: &Ticket,
        tell: &dyn Fn(&str),
    ) -> Result<Stored, AcmeError> {
        let backoff = self.backoff(declared)?;
        let tell = |text: &str| tell(&format!("{}: {text}", subject.name));
        let end = self.issue_once(subject, declared, opened, ticket, &tell).await;
        let kept = match &end {
            Ok(_) => backoff.succeeded(),
            Err(error) => backoff.failed(error, Timestamp::now(), random()),
        };
        // What has come of the order counts, not whether it could be noted.
        if let Err(error) = kept {
            tell(&error.to_string());
        }
        end
    }

    async fn issue_once(
        &self,
        subject: &Subject,
        declared: &Declared,
        opened: &Opened,
        ticket: &Ticket,
        tell: &dyn Fn(&str),
    ) -> Result<Stored, AcmeError> {
        let session = match opened.get(&declared.ca) {
            Some(Ok(session)) => session,
            Some(Err(error)) => return Err(error.clone()),
            None => return Err(AcmeError::Request(format!("no CA {} is declared", declared.ca))),
        };
        let host = subject.host.as_ref();
        let versions = self.shelf.versions(&subject.name, host)?;
        let order = self.order(subject, declared, &versions).await?;
        let means = Means {
            session,
            state: &self.state,
            prover: declared.prover.as_ref(),
            interrupted: &self.interrupted,
            ticket,
            tell,
        };
        let (issued, place) = means.issue(&order).await?;
        let stored = Stored {
            serial: issued.chain.leaf().serial.clone(),
            meta: Meta {
                directory: issued.directory,
                issued: Timestamp::now(),
                host: subject.host.clone(),
                renewal: None,
                revoked: None,
            },
            chain: issued.chain,
            key: issued.key,
        };
        self.shelf.add(&subject.name, host, &stored)?;
        // It is in the store: the next run knows it by its serial number, and forgets the order then.
        if let Err(error) = place.forget() {
            tell(&error.to_string());
        }
        tell(&format!("issued: serial {}, valid until {}", stored.serial, stored.chain.leaf().not_after));
        Ok(stored)
    }

    async fn order(&self, subject: &Subject, declared: &Declared, versions: &[Stored]) -> Result<Order, AcmeError> {
        let ca = self.ca(declared)?;
        // One for trials is of another CA: nothing of it goes on.
        let newest = versions.iter().find(|stored| stored.meta.directory == ca.directory).or(versions.first());
        let pinned = newest.filter(|_| declared.pin).map(|stored| &stored.key);
        let key = match (&subject.host, pinned) {
            (Some(host), _) => {
                let bytes = self.requests.request(&subject.name, host, &declared.domains).await?;
                KeyFor::Request(request_of(&bytes)?)
            }
            (None, Some(Some(pem))) => KeyFor::Pinned(pem.clone()),
            (None, Some(None)) => {
                return Err(AcmeError::Key {
                    what: format!("the pinned key of {}", subject.name),
                    reason: "it is not at hand here: no identity decrypts it".to_owned(),
                });
            }
            (None, None) => KeyFor::New(declared.key),
        };
        let own = newest.filter(|stored| stored.meta.directory == ca.directory);
        let known: Vec<Serial> = versions.iter().map(|stored| stored.serial.clone()).collect();
        Ok(Order {
            certificate: subject.name.clone(),
            domains: declared.domains.clone(),
            host: subject.host.clone(),
            key,
            profile: declared.profile.clone().or_else(|| ca.profile.clone()),
            replaces: own
                .filter(|stored| stored.chain.leaf().names.iter().any(|name| declared.domains.contains(name)))
                .and_then(|stored| stored.chain.leaf().ari_id()),
            known,
        })
    }

    fn stored_key(&self, subject: &Subject, constraints: &BTreeMap<String, String>) -> Result<Provided, AcmeError> {
        let what = || format!("the private key of {} {}", subject.name, subject.version);
        let versions = self.shelf.versions(&subject.name, subject.host.as_ref())?;
        let key = key_of(&versions, &subject.version).ok_or_else(|| AcmeError::Key {
            what: what(),
            reason: "it is not in the store, or can't be decrypted here".to_owned(),
        })?;
        let public = crate::x509::PrivateKey::from_pem(&key)
            .map_err(|error| AcmeError::Key { what: what(), reason: error.to_string() })?;
        match constraints.get("key-sha256") {
            Some(wanted) if wanted != public.public().as_str() => {
                Err(AcmeError::Key { what: what(), reason: "it is another one than planned".to_owned() })
            }
            _ => Ok(Provided { bytes: key, secret: true }),
        }
    }
}

impl Provider for Issuer<'_> {
    fn provide<'a>(
        &'a self,
        wanted: &'a [Wanted],
        tell: &'a dyn Fn(&str),
    ) -> Boxed<'a, BTreeMap<String, Result<Provided, Failure>>> {
        Box::pin(async move {
            let parsed: Vec<_> = wanted.iter().map(|wanted| (wanted, values::parse(&wanted.name))).collect();
            let next = parsed.iter().filter_map(|(wanted, parsed)| {
                let (subject, _) = parsed.as_ref()?;
                subject.is_next().then_some((subject, &wanted.constraints))
            });
            let issued = self.issue_all(next.collect(), tell).await;
            let value = |wanted: &Wanted, parsed: &Option<(Subject, &str)>| {
                let Some((subject, part)) = parsed else {
                    return Err(Failure::bare("not-provided", format!("nothing here provides {}", wanted.name)));
                };
                if !subject.is_next() {
                    return self.stored_key(subject, &wanted.constraints).map_err(|error| error.failure());
                }
                match issued.get(subject) {
                    Some(Ok(stored)) => values::value(stored, part).ok_or_else(|| {
                        Failure::bare("not-provided", format!("{} is not here: it never left its host", wanted.name))
                    }),
                    Some(Err(error)) => Err(error.failure()),
                    None => Err(Failure::bare("not-provided", format!("nothing here provides {}", wanted.name))),
                }
            };
            parsed.iter().map(|(wanted, parsed)| (wanted.name.clone(), value(wanted, parsed))).collect()
        })
    }
}

/// What is ordered, by CA and set of names: a CA may give one and the same open order to all who ask for its names (Let's
/// Encrypt does), so that those with equal names, for other keys, come one after another.
fn alike<'s, 'd>(asked: Vec<(&'s Subject, &'d Declared)>) -> Vec<Vec<(&'s Subject, &'d Declared)>> {
    let mut groups: BTreeMap<(&str, BTreeSet<&str>), Vec<_>> = BTreeMap::new();
    for (subject, declared) in asked {
        let names = declared.domains.iter().map(String::as_str).collect();
        groups.entry((declared.ca.as_str(), names)).or_default().push((subject, declared));
    }
    groups.into_values().collect()
}

fn request_of(bytes: &[u8]) -> Result<Vec<u8>, AcmeError> {
    let fail = |error: crate::x509::X509Error| AcmeError::Key {
        what: "the host's request".to_owned(),
        reason: error.to_string(),
    };
    let request = if bytes.starts_with(b"-----") { Request::from_pem(bytes) } else { Request::from_der(bytes) };
    request.map(|request| request.der).map_err(fail)
}

/// For jitter alone: without randomness it is the middle.
fn random() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acme::error::AcmeError;
    use crate::acme::prove::Proof;
    use crate::engine::transport::Boxed;

    struct Nobody;

    impl Prover for Nobody {
        fn present<'a>(&'a self, _: &'a Proof) -> Boxed<'a, Result<(), AcmeError>> {
            Box::pin(std::future::ready(Ok(())))
        }

        fn wait<'a>(&'a self, _: &'a Proof, _: &'a dyn Fn(&str)) -> Boxed<'a, Result<(), AcmeError>> {
            Box::pin(std::future::ready(Ok(())))
        }

        fn withdraw<'a>(&'a self, _: &'a Proof) -> Boxed<'a, Result<(), AcmeError>> {
            Box::pin(std::future::ready(Ok(())))
        }
    }

    #[test]
    fn equal_names_at_one_ca_come_one_after_another() {
        let declared = |ca: &str, domains: &[&str]| Declared {
            domains: domains.iter().map(|name| (*name).to_owned()).collect(),
            ca: ca.to_owned(),
            key: KeyType::EcdsaP256,
            pin: false,
            profile: None,
            prover: Arc::new(Nobody),
        };
        let subject = |name: &str| Subject { name: name.to_owned(), host: None, version: "next".to_owned() };
        let (ecdsa, rsa) = (declared("one", &["a.example", "b.example"]), declared("one", &["b.example", "a.example"]));
        let (wider, elsewhere) = (declared("one", &["a.example"]), declared("two", &["a.example", "b.example"]));
        let names = ["ecdsa", "rsa", "wider", "elsewhere"].map(subject);
        let asked = names.iter().zip([&ecdsa, &rsa, &wider, &elsewhere]).collect();
        let groups: Vec<Vec<&str>> = alike(asked)
            .into_iter()
            .map(|group| group.into_iter().map(|(subject, _)| subject.name.as_str()).collect())
            .collect();
        assert_eq!(groups, [vec!["wider"], vec!["ecdsa", "rsa"], vec!["elsewhere"]]);
    }
}
