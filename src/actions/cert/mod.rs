//! `cert`: certificates, from the store to what every host presents.
//!
//! - `declared`, `due`: what the store has, whether a new one is due, and why.
//! - `disk`, `judge_disk`: what a host has in its files. `judge_live`: what its services present.
//! - `validity`, `finding`, `words`: what is wrong with a certificate wherever it was found, in words.
//! - `layout`, `plan`, `draft`, `contents`, `links`, `order`, `gates`, `merge`: one transaction a host. `preflight`, `waves`: who gets it, and in which order.
//! - [`discover`]: what nobody declared, found in the configuration of services and in certbot's directories.
//! - `delegation`: where challenges lead. `public`, `sample`: what the world sees; figures for monitors.

mod contents;
mod decide;
mod declared;
mod delegation;
pub mod discover;
mod disk;
mod draft;
mod due;
mod finding;
mod foreign;
mod gates;
mod judge_disk;
mod judge_live;
mod layout;
mod links;
mod merge;
mod order;
mod plan;
mod preflight;
mod public;
mod sample;
mod subject;
mod validity;
mod waves;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::action::{Action, Assessment, World};
use crate::engine::outside::{Handshake, HandshakeFact, PublicHandshake};
use crate::engine::probe::{HostFacts, Observation, Observations, PathKind, Probe};
use crate::engine::status::{Status, Warning};
use crate::engine::transaction::{content_digest, host_key};
use crate::inventory::{AcmeDeclaration, CertDeclaration, DnsDeclaration, Inventory};
use crate::names::HostName;
use crate::secrets::{DigestKey, Secret, SecretRef};
use crate::store::{Certificates, Stored};
use crate::x509::Certificate;

use declared::Declared;
use finding::Finding;
use subject::{Look, Subject};

pub use delegation::{Delegation, Delegations};
pub use due::Due;
pub use finding::urgency;
pub use foreign::foreign;
pub use sample::{Presented, Sample, Urgency};

const KIND: &str = "cert";
/// How many of the newest stored versions a host is asked for.
const ASKED: usize = 3;

/// What is known beside the inventory and the hosts.
#[derive(Default)]
pub struct Known {
    /// What the store has.
    pub certificates: Certificates,
    /// Where challenges lead in DNS; empty: nobody asked.
    pub delegations: Delegations,
    /// CAs that are left alone for now after failures, by certificate: until when, and why.
    pub left_alone: BTreeMap<String, String>,
    /// Certificates that are to be ordered whatever their age.
    pub renew: BTreeSet<String>,
    /// What stands for the declared accounts and DNS services, in a rehearsal or with another CA; none: they themselves.
    pub instead: Option<Instead>,
    /// Whether services alone are looked at, and no host's files.
    pub serving_only: bool,
}

/// What stands for declared accounts and DNS services.
#[derive(Default)]
pub struct Instead {
    /// By the names of the `[acme]` tables.
    pub acme: BTreeMap<String, AcmeDeclaration>,
    /// By the names of the `[dns]` tables.
    pub dns: BTreeMap<String, DnsDeclaration>,
}

/// The certificates of an inventory.
pub struct Cert<'a> {
    certs: Vec<&'a CertDeclaration>,
    acme: &'a BTreeMap<String, AcmeDeclaration>,
    dns: &'a BTreeMap<String, DnsDeclaration>,
    known: &'a Known,
}

impl<'a> Cert<'a> {
    /// All that the inventory declares.
    pub fn of(inventory: &'a Inventory, known: &'a Known) -> Self {
        let (acme, dns) = match &known.instead {
            Some(instead) => (&instead.acme, &instead.dns),
            None => (inventory.acme(), inventory.dns()),
        };
        Self { certs: inventory.certs().values().collect(), acme, dns, known }
    }

    fn on_host(&self, host: &HostName) -> impl Iterator<Item = &'a CertDeclaration> {
        self.certs.iter().copied().filter(move |cert| cert.hosts.contains(host))
    }

    /// The directory of the CA that signs it; none, where nobody does.
    fn directory(&self, cert: &CertDeclaration) -> Option<&'a str> {
        self.acme.get(&cert.acme).filter(|_| cert.is_issued()).map(|acme| acme.directory.as_str())
    }

    fn stored(&self, cert: &CertDeclaration, host: &HostName) -> &'a [Stored] {
        let owner = cert.per_host.then(|| host.clone());
        self.known.certificates.of(&cert.name, owner.as_ref())
    }

    /// What each address presents, for monitors.
    pub fn samples(&self, world: &World<'_>) -> Vec<Sample> {
        let mut samples = Vec::new();
        for cert in &self.certs {
            for host in &cert.hosts {
                let facts = world.outside.get(host).map_or(&[][..], Vec::as_slice);
                for serve in cert.on(host).into_iter().flat_map(|on| &on.serve) {
                    let answers = facts.iter().filter(|fact| subject::is_for(fact, serve));
                    samples.extend(answers.map(|fact| sample::sample(cert, Some(host), serve, fact, world.now)));
                }
            }
            for serve in public::names(cert) {
                let answers = world.public.iter().filter(|fact| subject::is_for(fact, serve));
                samples.extend(answers.map(|fact| sample::sample(cert, None, serve, fact, world.now)));
            }
        }
        samples
    }

    /// One certificate: each of its hosts that answered.
    fn one<'w>(&self, cert: &'w CertDeclaration, world: &'w World<'w>) -> Vec<Judged<'w>>
    where
        'a: 'w,
    {
        let mut judged = Vec::new();
        for host in &cert.hosts {
            let Some(on) = cert.on(host) else { continue };
            let outside: &[HandshakeFact] = world.outside.get(host).map_or(&[], Vec::as_slice);
            let look = match world.observations.get(host) {
                Some(Observation::Facts(facts)) if !self.known.serving_only => {
                    Some(Look { facts, disk: disk::read(cert, facts) })
                }
                _ => None,
            };
            if look.is_none() && outside.is_empty() {
                continue;
            }
            let declared = Declared::of(cert, self.directory(cert), self.stored(cert, host), world.now);
            let subject = Subject { cert, host, on, look, outside, declared, now: world.now, key: world.key };
            let mut findings = match &subject.look {
                Some(look) => judge_disk::judge(&subject, look),
                None => Vec::new(),
            };
            findings.extend(judge_live::judge(&subject));
            judged.push(Judged { subject, findings });
        }
        judged
    }

    /// Why a certificate is due; with keys of their own, for each host.
    fn due(&self, cert: &CertDeclaration, judged: &[Judged<'_>], host: &HostName, world: &World<'_>) -> Option<Due> {
        let leaves = judged.iter().filter(|one| !cert.per_host || one.subject.host == host);
        let leaves: Vec<&Certificate> = leaves.filter_map(Judged::leaf).collect();
        let newest = leaves.into_iter().max_by_key(|leaf| leaf.not_after);
        let directory = self.directory(cert);
        let declared = Declared::of(cert, directory, self.stored(cert, host), world.now);
        declared.due(cert, directory, newest, self.known.renew.contains(&cert.name), world.now)
    }
}

/// How a certificate stands on a host.
struct Judged<'a> {
    subject: Subject<'a>,
    findings: Vec<Finding>,
}

impl Judged<'_> {
    /// The leaf on disk, or else one that is presented.
    fn leaf(&self) -> Option<&Certificate> {
        self.subject.look.as_ref().and_then(|look| look.disk.readable()).map(crate::x509::Chain::leaf)
    }
}

impl Action for Cert<'_> {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn hosts(&self) -> BTreeSet<HostName> {
        self.certs.iter().flat_map(|cert| cert.hosts.iter().cloned()).collect()
    }

    fn probes(&self, host: &HostName) -> Vec<Probe> {
        if self.known.serving_only {
            return Vec::new();
        }
        self.on_host(host)
            .filter_map(|cert| Some((cert, cert.on(host)?)))
            .flat_map(|(cert, on)| {
                // Which of them is put on the host depends on the time; it is among the newest.
                let stored = self.stored(cert, host);
                let is_declared = |one: &&Stored| due::is_declared(cert, self.directory(cert), one);
                let declared: Vec<&Stored> = stored.iter().filter(is_declared).take(ASKED).collect();
                let mut probes = disk::probes(cert, on, declared.iter().map(|stored| stored.serial.as_str()));
                if cert.per_host {
                    let keys = stored.iter().take(ASKED).map(|stored| stored.chain.leaf().key.as_str());
                    probes.extend(keys.map(|key| Probe::Digest { path: host_key(&cert.name, key) }));
                }
                probes
            })
            .collect()
    }

    fn handshakes(&self, host: &HostName) -> BTreeSet<Handshake> {
        let all = self.on_host(host).filter_map(|cert| cert.on(host));
        all.flat_map(|on| on.serve.iter().map(gates::question)).collect()
    }

    fn public_handshakes(&self) -> Vec<PublicHandshake> {
        public::questions(&self.certs, self.dns)
    }

    fn secrets(&self) -> BTreeSet<SecretRef> {
        BTreeSet::new()
    }

    fn assess(&self, world: &World<'_>) -> Assessment {
        let mut assessment = Assessment::default();
        let mut waves = waves::Waves::default();
        for cert in &self.certs {
            let judged = self.one(cert, world);
            let dues: BTreeMap<&HostName, Option<Due>> =
                judged.iter().map(|one| (one.subject.host, self.due(cert, &judged, one.subject.host, world))).collect();
            let mut warnings = delegation::warnings(cert, self.dns, &self.known.delegations);
            if let Some(why) = self.known.left_alone.get(&cert.name).filter(|_| dues.values().any(Option::is_some)) {
                let (code, subject, message) = ("back-off".to_owned(), cert.acme.clone(), why.clone());
                warnings.push(Warning { code, subject, message });
            }
            let waits = preflight::waits(cert, &judged, &dues, world);
            let order = |due: Option<&Due>| {
                let directory = self.directory(cert).unwrap_or_default();
                due.map(|due| order::summary(cert, directory, due, &self.known.delegations))
            };
            let mut changes = BTreeMap::new();
            let mut settled = BTreeSet::new();
            let mut items = Vec::new();
            for one in judged {
                let due = dues.get(one.subject.host).and_then(Option::as_ref);
                let (item, planned) = decide::decide(&one, due, waits.as_ref(), &warnings, order(due));
                if planned.is_none() && item.status == Status::Ok {
                    settled.insert(one.subject.host.clone());
                }
                items.push((one.subject.host.clone(), item));
                changes.extend(planned.map(|planned| (one.subject.host.clone(), planned)));
            }
            let refused = waves.add(cert, changes, &settled);
            for (host, mut item) in items {
                if let Some(failure) = refused.get(&host) {
                    item.error = Some(failure.clone());
                    item.differences.iter_mut().for_each(|difference| difference.repairable = false);
                }
                assessment.items.entry(host).or_default().push(item);
            }
            assessment.public.extend(public::item(cert, world));
        }
        assessment.waves = waves.finish();
        assessment
    }

    fn redact(
        &self,
        observations: &mut Observations,
        _: &BTreeMap<SecretRef, Result<Secret, String>>,
        key: &DigestKey,
    ) {
        // Keys are never asked for; somebody may have put one where a certificate belongs.
        for (host, observation) in observations {
            let Observation::Facts(facts) = observation else { continue };
            let salt = key.host_salt(host);
            hide_keys(facts, &salt);
        }
    }
}

/// Puts a digest where a file holds a private key.
fn hide_keys(facts: &mut HostFacts, salt: &str) {
    for fact in facts.files.values_mut() {
        if let crate::engine::fact::Fact::Known(fact) = fact
            && let PathKind::File(bytes) = &fact.kind
            && disk::holds_key(&bytes.0)
        {
            fact.kind = PathKind::Digest(content_digest(salt, &bytes.0));
        }
    }
}
