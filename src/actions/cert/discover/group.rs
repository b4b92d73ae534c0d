//! From hosts to certificates and keys: the same one on many hosts is one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::survey::{Place, Survey};
use super::uses::Use;
use super::{FoundCertificate, FoundKey, FoundPlace, FoundUse, KeyPlace, Service, Validity, names};
use crate::inventory::{CertDeclaration, Layout};
use crate::names::{HostName, RemotePath};
use crate::x509::{Certificate, Fingerprint};

/// certbot's lineages.
const LIVE: &str = "/etc/letsencrypt/live/";

/// All certificates, by name, then by the time when they end.
pub(super) fn certificates(
    surveys: &BTreeMap<HostName, Survey>,
    declared: &BTreeMap<String, CertDeclaration>,
    now: Timestamp,
) -> Vec<FoundCertificate> {
    let mut leaves: BTreeMap<Fingerprint, (&Certificate, Vec<FoundPlace>)> = BTreeMap::new();
    for (host, survey) in surveys {
        for place in survey.places.values() {
            let leaf = place.leaf();
            let (_, places) = leaves.entry(leaf.fingerprint.clone()).or_insert_with(|| (leaf, Vec::new()));
            let (declared, kept_in) = declared_by(host, place, declared);
            places.push(FoundPlace {
                host: host.clone(),
                path: place.path.clone(),
                key_path: place.key.clone(),
                lineages: place.lineages.clone(),
                used_by: used_by(survey, &place.uses),
                declared,
                kept_in,
            });
        }
    }
    let identities: BTreeSet<BTreeSet<String>> = leaves.values().map(|(leaf, _)| names::identity(leaf)).collect();
    let names = names::names(&identities);
    let mut certificates: Vec<FoundCertificate> = leaves
        .into_iter()
        .map(|(fingerprint, (leaf, places))| FoundCertificate {
            name: names.get(&names::identity(leaf)).cloned().unwrap_or_default(),
            fingerprint,
            serial: leaf.serial.clone(),
            names: leaf.names.clone(),
            issuer: leaf.issuer.clone(),
            key_type: leaf.key_type,
            key: leaf.key.clone(),
            not_before: leaf.not_before,
            not_after: leaf.not_after,
            validity: Validity::of(leaf, now),
            declared: places.iter().filter_map(|place| place.declared.clone()).collect(),
            places,
        })
        .collect();
    certificates.sort_by(|a, b| (&a.name, a.not_after, &a.fingerprint).cmp(&(&b.name, b.not_after, &b.fingerprint)));
    certificates
}

fn used_by(survey: &Survey, uses: &[Use]) -> Vec<FoundUse> {
    // Several servers of one service that name the same file are told as one.
    let mut merged: BTreeMap<(Service, &str), FoundUse> = BTreeMap::new();
    for it in uses {
        let runs = survey.answer.runs(survey.unit(it.service));
        let one = merged.entry((it.service, it.certificate.as_str())).or_insert_with(|| FoundUse {
            service: it.service,
            runs,
            path: it.certificate.clone(),
            names: BTreeSet::new(),
            ports: BTreeSet::new(),
        });
        one.names.extend(it.names.iter().cloned());
        one.ports.extend(it.ports.iter().copied());
    }
    merged.into_values().collect()
}

/// The declaration whose directory, or whose `live` directory, the file is in; else one for the same names, and where that
/// keeps its files.
fn declared_by(
    host: &HostName,
    place: &Place,
    declared: &BTreeMap<String, CertDeclaration>,
) -> (Option<String>, Option<String>) {
    let on_host = || declared.values().filter(|it| it.hosts.contains(host));
    let below = |path: &str, of: &str| path.strip_prefix(of).is_some_and(|rest| rest.starts_with('/'));
    let is_in = |it: &&CertDeclaration| {
        let live = it.live.as_ref().map(RemotePath::as_str);
        let lineage = live.and_then(|live| live.strip_prefix(LIVE));
        place
            .named
            .iter()
            .chain([&place.path])
            .any(|path| below(path, it.directory.as_str()) || live.is_some_and(|live| below(path, live)))
            || lineage.is_some_and(|lineage| place.lineages.contains(lineage))
    };
    if let Some(it) = on_host().find(is_in) {
        return (Some(it.name.clone()), None);
    }
    let names: BTreeSet<&String> = place.leaf().names.iter().collect();
    let combined = place.uses.iter().any(|it| it.service == Service::Haproxy);
    let same = |it: &&CertDeclaration| {
        it.domains.iter().collect::<BTreeSet<_>>() == names && (it.layout == Layout::Combined) == combined
    };
    on_host().find(same).map(|it| (it.name.clone(), it.directory.to_string())).unzip()
}

/// All private keys, those in most places first.
pub(super) fn keys(surveys: &BTreeMap<HostName, Survey>, certificates: &[FoundCertificate]) -> Vec<FoundKey> {
    let mut keys: BTreeMap<Fingerprint, FoundKey> = BTreeMap::new();
    for (host, survey) in surveys {
        for (path, key) in &survey.keys {
            let found = keys.entry(key.public.clone()).or_insert_with(|| FoundKey {
                key: key.public.clone(),
                certificates: BTreeSet::new(),
                names: BTreeSet::new(),
                expired: 0,
                lineages: BTreeSet::new(),
                places: Vec::new(),
            });
            let stat = survey.answer.stats.get(path);
            found.lineages.extend(key.lineages.iter().cloned());
            found.places.push(KeyPlace {
                host: host.clone(),
                path: path.clone(),
                mode: stat.map_or_else(String::new, |stat| format!("{:04o}", stat.mode)),
                owner: stat.map_or_else(String::new, |stat| stat.owner.clone()),
                exposed: survey.answer.is_exposed(path),
                proven: key.proven,
            });
        }
    }
    for certificate in certificates {
        if let Some(key) = keys.get_mut(&certificate.key) {
            key.certificates.insert(certificate.fingerprint.clone());
            key.names.insert(certificate.name.clone());
            key.expired += usize::from(certificate.validity == Validity::Expired);
        }
    }
    let mut keys: Vec<FoundKey> = keys.into_values().collect();
    keys.sort_by(|a, b| (b.places.len(), &a.names, &a.key).cmp(&(a.places.len(), &b.names, &b.key)));
    keys
}
