//! `cert`: certificates, from the store to what every host presents.
//!
//! - `declared`, `due`: what the store has, whether a new one is due, and why.
//! - `disk`, `judge_disk`: what a host has in its files. `judge_live`: what its services present.
//! - `validity`, `finding`, `words`: what is wrong with a certificate wherever it was found, in words.
//! - `layout`, `plan`, `order`, `gates`, `merge`: one transaction a host. `preflight`, `waves`: who gets it, and in which order.
//! - [`discover`]: what nobody declared, found in the configuration of services and in certbot's directories.
//! - `delegation`: where challenges lead. `public`, `sample`: what the world sees; figures for monitors.

mod declared;
mod delegation;
pub mod discover;
mod disk;
mod due;
mod finding;
mod foreign;
mod gates;
mod judge_disk;
mod judge_live;
mod layout;
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
use crate::engine::status::{Failure, Item, Status, Warning};
use crate::engine::transaction::{ItemSummary, content_digest};
use crate::inventory::{AcmeDeclaration, CertDeclaration, DnsDeclaration, Inventory};
use crate::names::HostName;
use crate::secrets::{DigestKey, Secret, SecretRef};
use crate::store::{Certificates, Stored};
use crate::x509::Certificate;

use declared::{Declared, Next};
use finding::{Finding, Mends};
use plan::{Planned, Target};
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
                let stored = self.stored(cert, host).iter();
                let declared = stored.filter(|one| due::is_declared(cert, self.directory(cert), one)).take(ASKED);
                disk::probes(cert, on, declared.map(|stored| stored.serial.as_str()))
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
                let (item, planned) = decide(&one, due, waits.as_ref(), &warnings, order(due));
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

/// What is told of a certificate on a host, and what is done about it.
fn decide(
    one: &Judged<'_>,
    due: Option<&Due>,
    waits: Option<&Failure>,
    delegations: &[Warning],
    order: Option<ItemSummary>,
) -> (Item, Option<Planned>) {
    let Judged { subject, findings } = one;
    let mut item = Item {
        kind: KIND.to_owned(),
        id: subject.cert.name.clone(),
        status: Status::Ok,
        differences: Vec::new(),
        warnings: warnings(subject, findings, due, delegations),
        error: None,
    };
    let planned = match target(subject, due, waits) {
        Ok(None) => None,
        Ok(Some((look, target))) => {
            let order = order.filter(|_| matches!(target, Target::Next(_)));
            match plan::plan(subject, look, &target, findings, order) {
                Ok(planned) => planned,
                Err(failure) => {
                    item.error = Some(failure);
                    None
                }
            }
        }
        Err(failure) => {
            item.error = Some(failure);
            None
        }
    };
    let does = planned.as_ref().map(|planned| planned.does).unwrap_or_default();
    item.differences = findings
        .iter()
        .map(|finding| {
            let mut difference = finding.difference.clone();
            difference.repairable = does.mends(finding.mends);
            difference
        })
        .collect();
    if let Some(due) = due.filter(|due| due.replaces()) {
        if !item.differences.iter().any(|difference| due.is_told_by(&difference.subject)) {
            let mut difference = Finding::drift(due.code(), Mends::Renewal, due.to_string()).difference;
            difference.repairable = does.mends(Mends::Renewal);
            item.differences.push(difference);
        }
    }
    finding::sort(&mut item.differences);
    item.status = item.differences.iter().map(|difference| difference.status).max().unwrap_or(Status::Ok);
    if item.error.is_some() && item.status == Status::Ok {
        item.status = Status::Skipped;
    }
    (item, planned)
}

/// What a host is to get, if it can be told.
fn target<'s>(
    subject: &'s Subject<'s>,
    due: Option<&Due>,
    waits: Option<&Failure>,
) -> Result<Option<(&'s Look<'s>, Target<'s>)>, Failure> {
    let Some(look) = &subject.look else { return Ok(None) };
    if due.is_some() {
        match waits {
            None => {
                return Ok(Some((look, Target::Next(Next::of(subject.cert, subject.host, subject.declared.stored)))));
            }
            // Meanwhile it gets what the store has.
            Some(failure) if subject.declared.usable.is_none() => return Err(failure.clone()),
            Some(_) => {}
        }
    }
    Ok(match subject.declared.usable {
        Some(stored) => Some((look, Target::Stored(stored))),
        None => look.disk.readable().map(|chain| (look, Target::OnDisk(chain.leaf()))),
    })
}

fn warnings(subject: &Subject<'_>, findings: &[Finding], due: Option<&Due>, delegations: &[Warning]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code: &str, about: &str, message: String| {
        warnings.push(Warning { code: code.to_owned(), subject: about.to_owned(), message });
    };
    let told = |due: &Due| findings.iter().any(|finding| due.is_told_by(&finding.difference.subject));
    if let Some(due) = due.filter(|due| !due.replaces() && !told(due)) {
        warn("due", due.code(), format!("a new certificate is due: {due}"));
    }
    let Some(look) = &subject.look else { return [warnings, delegations.to_vec()].concat() };
    if subject.cert.is_issued() && subject.declared.stored.is_empty() && look.disk.readable().is_some() {
        let message = "the store here does not have the host's certificate: it is judged by itself".to_owned();
        warn("not-in-store", "store", message);
    }
    if look.facts.units_unknown.is_none() {
        for unit in subject.on.reload.iter().filter(|unit| subject.unit(unit).is_some_and(|fact| !fact.runs())) {
            warn("unit-inactive", unit.as_str(), "it does not run, so it is not reloaded".to_owned());
        }
    }
    let blind = gates::blind(subject);
    if !blind.is_empty() && !subject.running().is_empty() {
        let names = words::some(blind.iter().map(String::as_str));
        let message = "a change of it can't be verified from here: not every address of the host answers".to_owned();
        warn("not-verified", &names, message);
    }
    [warnings, delegations.to_vec()].concat()
}
