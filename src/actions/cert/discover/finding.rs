//! What is odd about certificates and keys, in words.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::super::words;
use super::survey::Survey;
use super::{Finding, FoundCertificate, FoundKey, FoundPlace, Level, Service, Validity};
use crate::names::HostName;
use crate::x509::KeyType;

/// The same finding on several hosts is one; the worst first.
pub(super) fn merged(findings: Vec<Finding>) -> Vec<Finding> {
    let mut hosts: BTreeMap<Finding, BTreeSet<HostName>> = BTreeMap::new();
    for mut finding in findings {
        let on = std::mem::take(&mut finding.hosts);
        hosts.entry(finding).or_default().extend(on);
    }
    hosts.into_iter().map(|(finding, hosts)| Finding { hosts, ..finding }).collect()
}

/// One for these hosts.
pub(super) fn finding(
    level: Level,
    code: &str,
    subject: &str,
    message: String,
    hosts: impl IntoIterator<Item = HostName>,
) -> Finding {
    let hosts = hosts.into_iter().collect();
    Finding { level, code: code.to_owned(), subject: subject.to_owned(), message, hint: None, hosts }
}

impl Finding {
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Of all certificates and keys.
pub(super) fn of_certificates(
    certificates: &[FoundCertificate],
    keys: &[FoundKey],
    surveys: &BTreeMap<HostName, Survey>,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let places = certificates.iter().flat_map(|certificate| &certificate.places);
    let served = places
        .filter(|place| !place.used_by.is_empty())
        .flat_map(|place| place.lineages.iter().map(|lineage| (&place.host, lineage.as_str())))
        .collect();
    for certificate in certificates {
        findings.extend(validity(certificate, now));
        findings.extend(leftover(certificate, &served));
        for place in certificate.places.iter().filter(|place| !place.used_by.is_empty()) {
            if let Some(survey) = surveys.get(&place.host) {
                of_place(certificate, place, survey, &mut findings);
            }
        }
    }
    findings.extend(several(certificates));
    for key in keys {
        findings.extend(shared(key));
        findings.extend(exposed(key));
    }
    findings
}

fn used(certificate: &FoundCertificate) -> BTreeSet<HostName> {
    certificate.places.iter().filter(|place| !place.used_by.is_empty()).map(|place| place.host.clone()).collect()
}

fn validity(certificate: &FoundCertificate, now: Timestamp) -> Option<Finding> {
    let hosts = used(certificate);
    if hosts.is_empty() {
        return None;
    }
    let (level, code) = match certificate.validity {
        Validity::Valid => return None,
        Validity::Expiring => (Level::Warning, "expiring"),
        Validity::Critical => (Level::Critical, "expiring"),
        Validity::NotYetValid => (Level::Critical, "not-yet-valid"),
        Validity::Expired => (Level::Critical, "expired"),
    };
    let end = certificate.not_after;
    let until = format!("{}, {}", words::moment(end), words::distance(end, now));
    let message = match certificate.validity {
        Validity::NotYetValid => {
            let from = certificate.not_before;
            format!("it is valid only from {}, {}: clients refuse it", words::moment(from), words::distance(from, now))
        }
        Validity::Expired => format!("it expired on {until}: clients refuse it"),
        _ => format!("it expires on {until}"),
    };
    Some(finding(level, code, &certificate.name, message, hosts))
}

/// A lineage that certbot keeps and nobody presents, in any version.
fn leftover(certificate: &FoundCertificate, served: &BTreeSet<(&HostName, &str)>) -> Vec<Finding> {
    let mut hosts: BTreeMap<&String, BTreeSet<HostName>> = BTreeMap::new();
    for place in certificate.places.iter().filter(|place| place.used_by.is_empty() && place.declared.is_none()) {
        for lineage in place.lineages.iter().filter(|it| !served.contains(&(&place.host, it.as_str()))) {
            hosts.entry(lineage).or_default().insert(place.host.clone());
        }
    }
    let how = if certificate.validity == Validity::Expired { "it has expired, and no service" } else { "no service" };
    hosts
        .into_iter()
        .map(|(lineage, hosts)| {
            let message = format!("certbot's lineage {lineage} is left over: {how} names it");
            finding(Level::Note, "left-over", &certificate.name, message, hosts)
        })
        .collect()
}

fn of_place(certificate: &FoundCertificate, place: &FoundPlace, survey: &Survey, findings: &mut Vec<Finding>) {
    let Some(found) = survey.places.get(&place.path) else { return };
    let leaf = found.leaf();
    let host = || [place.host.clone()];
    let name = certificate.name.as_str();
    for problem in found.chain.problems() {
        let message = format!("{}: {problem}", place.path);
        findings.push(
            finding(Level::Warning, problem.code(), name, message, host()).hint(
                "browsers mend it now and then, other clients fail; name the whole chain, certbot's fullchain.pem",
            ),
        );
    }
    if leaf.self_signed() {
        let message = format!("{} is signed by itself: clients do not trust it", place.path);
        findings.push(finding(Level::Warning, "self-signed", name, message, host()));
    }
    for it in &place.used_by {
        let wrong = it.names.iter().filter(|name| super::uses::is_name(name) && !leaf.covers(name));
        let wrong: Vec<&str> = wrong.map(String::as_str).collect();
        // A mail server's own names mean nothing to it; a web server's are what clients ask for.
        if !wrong.is_empty() && it.service != Service::Postfix {
            let message = format!(
                "{} serves {} with {}, which is not valid for {}",
                it.service.word(),
                words::some(wrong.iter().copied()),
                it.path,
                if wrong.len() == 1 { "it" } else { "them" }
            );
            findings.push(finding(Level::Critical, "wrong-name", name, message, host()));
        }
    }
    if let (Some(declared), Some(kept_in)) = (&place.declared, &place.kept_in) {
        for it in &place.used_by {
            let message = format!("{} names {}, and certs.{declared} is kept in {kept_in}", it.service.word(), it.path);
            let hint = format!("once it is there, let {} name the files in {kept_in}/current", it.service.word());
            findings.push(finding(Level::Warning, "other-path", name, message, host()).hint(hint));
        }
    }
    let key = place.key_path.as_ref().and_then(|path| Some((path, survey.keys.get(path)?)));
    if let Some((path, key)) = key
        && key.proven
        && key.public != leaf.key
    {
        let message = format!("the private key {path} does not belong to the certificate {}", place.path);
        findings.push(
            finding(Level::Critical, "wrong-key", name, message, host())
                .hint("a reload fails, and the next restart or reboot takes the service down"),
        );
    }
}

/// Hosts that present different certificates for the same names. One for each kind of key is what clients of all ages need.
fn several(certificates: &[FoundCertificate]) -> Vec<Finding> {
    let mut by_name: BTreeMap<(&str, KeyType), Vec<&FoundCertificate>> = BTreeMap::new();
    for certificate in certificates.iter().filter(|certificate| !used(certificate).is_empty()) {
        by_name.entry((&certificate.name, certificate.key_type)).or_default().push(certificate);
    }
    by_name.retain(|_, certificates| certificates.len() > 1);
    by_name
        .into_iter()
        .map(|((name, _), certificates)| {
            let hosts: BTreeSet<HostName> = certificates.iter().flat_map(|certificate| used(certificate)).collect();
            let expired = certificates.iter().filter(|it| it.validity == Validity::Expired).count();
            let expired = if expired == 0 { String::new() } else { format!(", {expired} of them expired") };
            let on = if hosts.len() == 1 { "one host presents" } else { "these hosts present" };
            let message = format!("{on} {} different certificates for the same names{expired}", certificates.len());
            finding(Level::Warning, "several-certificates", name, message, hosts)
        })
        .collect()
}

/// What a key belongs to.
fn of(key: &FoundKey) -> String {
    if key.names.is_empty() { "no certificate".to_owned() } else { words::some(key.names.iter().map(String::as_str)) }
}

fn shared(key: &FoundKey) -> Option<Finding> {
    let hosts: BTreeSet<HostName> = key.places.iter().map(|place| place.host.clone()).collect();
    if hosts.len() < 2 && key.lineages.len() < 2 && key.certificates.len() < 2 {
        return None;
    }
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    let lineages = match key.lineages.len() {
        0 => String::new(),
        lineages => format!(", in {}", count(lineages, "lineage")),
    };
    let expired = if key.expired > 0 { format!(", {} of them expired", key.expired) } else { String::new() };
    let message = format!(
        "this private key lies on {}{lineages} and belongs to {}{expired}",
        count(hosts.len(), "host"),
        count(key.certificates.len(), "certificate")
    );
    // One certificate on many hosts is what fleet itself does.
    let level = if key.certificates.len() > 1 || key.lineages.len() > 1 { Level::Warning } else { Level::Note };
    let subject = of(key);
    Some(
        finding(level, "shared-key", &subject, message, hosts)
            .hint("who has one of them has all; each renewal by fleet makes a new key"),
    )
}

fn exposed(key: &FoundKey) -> Vec<Finding> {
    let subject = of(key);
    let open = key.places.iter().filter(|place| place.exposed);
    open.map(|place| {
        let message = format!("everybody on the host can read the private key {} (mode {})", place.path, place.mode);
        finding(Level::Critical, "key-readable", &subject, message, [place.host.clone()])
            .hint(format!("chmod 0600 {}, and let a new key be made", place.path))
    })
    .collect()
}
