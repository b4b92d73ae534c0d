//! What nobody declared: the certificates that services present and that certbot keeps, on every host, grouped by
//! certificate and by private key. Pure: [`probe`] asks, [`Discovery::of`] judges, [`adopt`] declares.
//!
//! - `answer`: the records that the script prints.
//! - `nginx`, `haproxy`, `mail`, `apache`: how each names certificates; `uses`: the one form of it.
//! - `survey`: one host; `group`: all of them; `names`: what a certificate is called; `finding`, `host_finding`: what is
//!   odd, in words.

pub mod adopt;
mod answer;
mod apache;
mod declaration;
mod finding;
mod group;
mod haproxy;
mod host_finding;
mod mail;
mod names;
mod nginx;
mod survey;
mod uses;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::fact::Fact;
use crate::engine::probe::{HostFacts, Probe};
use crate::inventory::CertDeclaration;
use crate::names::HostName;
use crate::x509::{Certificate, Fingerprint, KeyType, Serial};

pub use uses::{Port, Service};

use super::validity::{self, Age};
use answer::Answer;
use survey::Survey;

const SCRIPT: &str = include_str!("discover.sh");

/// The name of the probe's facts.
pub const PROBE: &str = "certificates-in-use";

/// Asks a host for all of it, see `discover.sh`.
pub fn probe() -> Probe {
    Probe::Script { name: PROBE.to_owned(), text: format!("{SCRIPT}\nfleet_discover '' 2>/dev/null") }
}

/// All that was found on all hosts.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// By name, then by the time when they end.
    pub certificates: Vec<FoundCertificate>,
    /// The private keys, those that lie in most places first.
    pub keys: Vec<FoundKey>,
    /// What is odd, the worst first.
    pub findings: Vec<Finding>,
    surveys: BTreeMap<HostName, Survey>,
}

/// One certificate, wherever it is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FoundCertificate {
    /// What `adopt` calls it: all certificates for the same names share it.
    pub name: String,
    /// SHA-256 of its DER.
    pub fingerprint: Fingerprint,
    /// Its serial number.
    pub serial: Serial,
    /// The names that it is valid for.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// The kind of its key.
    pub key_type: KeyType,
    /// SHA-256 of its public key.
    pub key: Fingerprint,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
    /// Where it is in its life.
    pub validity: Validity,
    /// The declared certificates that some of its places belong to.
    pub declared: BTreeSet<String>,
    /// Its files.
    pub places: Vec<FoundPlace>,
}

/// A file with a certificate.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FoundPlace {
    /// The host.
    pub host: HostName,
    /// The file, all links resolved.
    pub path: String,
    /// The file of its private key, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_path: Option<String>,
    /// The lineages of certbot that it belongs to.
    pub lineages: BTreeSet<String>,
    /// Who presents it.
    pub used_by: Vec<FoundUse>,
    /// The declared certificate that this file is, or whose names it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// Where that one is kept on this host, if this file is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_in: Option<String>,
}

/// A service that presents a certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct FoundUse {
    /// Which one.
    pub service: Service,
    /// Whether it runs.
    pub runs: bool,
    /// The path by which it names the file.
    pub path: String,
    /// The names that it serves it for; none: whatever the certificate has.
    pub names: BTreeSet<String>,
    /// Where it serves it.
    pub ports: BTreeSet<Port>,
}

/// A private key, wherever it is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FoundKey {
    /// SHA-256 of its public half.
    pub key: Fingerprint,
    /// The certificates for it, by fingerprint.
    pub certificates: BTreeSet<Fingerprint>,
    /// What these are called.
    pub names: BTreeSet<String>,
    /// How many of these certificates are expired.
    pub expired: usize,
    /// The lineages of certbot that have it.
    pub lineages: BTreeSet<String>,
    /// Its files.
    pub places: Vec<KeyPlace>,
}

/// A file with a private key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct KeyPlace {
    /// The host.
    pub host: HostName,
    /// The file, all links resolved.
    pub path: String,
    /// Permission bits, octal, four digits.
    pub mode: String,
    /// `user:group`.
    pub owner: String,
    /// Whether everybody on the host can read it.
    pub exposed: bool,
    /// Whether it was seen to be this key; else it is what its certificate says.
    pub proven: bool,
}

/// Where a certificate is in its life; the order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// More than a third of its life is left.
    Valid,
    /// At most a third is left.
    Expiring,
    /// At most a sixth is left.
    Critical,
    /// It begins in the future.
    NotYetValid,
    /// It is over.
    Expired,
}

/// Something odd, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Finding {
    /// How bad.
    pub level: Level,
    /// A stable word in kebab-case, such as `expired`.
    pub code: String,
    /// What it is about: what a certificate is called, or a path.
    pub subject: String,
    /// In a sentence.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where.
    pub hosts: BTreeSet<HostName>,
}

/// How bad a finding is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Clients are turned away, or a secret is open.
    Critical,
    /// It will go wrong, or it does for some.
    Warning,
    /// Good to know.
    Note,
}

impl Validity {
    /// At a moment; the shares of its life are those of `cert check`.
    pub fn of(certificate: &Certificate, now: Timestamp) -> Self {
        match validity::age(certificate, now) {
            _ if now < certificate.not_before => Self::NotYetValid,
            Age::Expired => Self::Expired,
            Age::Critical => Self::Critical,
            Age::Old => Self::Expiring,
            Age::Fresh => Self::Valid,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expiring => "expiring",
            Self::Critical => "critical",
            Self::NotYetValid => "not yet valid",
            Self::Expired => "expired",
        }
    }
}

impl Discovery {
    /// Puts together what hosts answered to [`probe`]; beside it, by host, why an answer is not known.
    pub fn of(
        hosts: &BTreeMap<HostName, &HostFacts>,
        declared: &BTreeMap<String, CertDeclaration>,
        now: Timestamp,
    ) -> (Self, BTreeMap<HostName, String>) {
        let mut surveys = BTreeMap::new();
        let mut unknown = BTreeMap::new();
        for (host, facts) in hosts {
            match facts.scripts.get(PROBE) {
                Some(Fact::Known(text)) => {
                    let answer = Answer::read(text);
                    if answer.whole {
                        surveys.insert(host.clone(), Survey::of(answer));
                    } else {
                        unknown.insert(host.clone(), "its answer ended too early".to_owned());
                    }
                }
                Some(Fact::Unknown(why)) => _ = unknown.insert(host.clone(), why.clone()),
                Some(Fact::Absent) | None => _ = unknown.insert(host.clone(), "the host did not say".to_owned()),
            }
        }
        let certificates = group::certificates(&surveys, declared, now);
        let keys = group::keys(&surveys, &certificates);
        let mut findings = finding::of_certificates(&certificates, &keys, &surveys, now);
        findings.extend(host_finding::of_hosts(&surveys, &certificates));
        (Self { certificates, keys, findings: finding::merged(findings), surveys }, unknown)
    }

    /// How many certificates stand nowhere in the inventory, though a service presents them.
    pub fn undeclared(&self) -> usize {
        let is = |it: &&FoundCertificate| {
            it.places.iter().any(|place| place.declared.is_none() && !place.used_by.is_empty())
        };
        self.certificates.iter().filter(is).count()
    }
}

#[cfg(test)]
mod rig;
#[cfg(test)]
mod tests;
