//! `cert discover` after the incident: four edges, copied keys, leftovers of certbot.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::DiscoverReport;
use super::samples::{host, unreachable};
use crate::actions::cert::discover::{
    Finding, FoundCertificate, FoundKey, FoundPlace, FoundUse, KeyPlace, Level, Port, Service, Validity,
};
use crate::engine::status::HostResult;
use crate::names::HostName;
use crate::x509::{Fingerprint, KeyType, Serial};

fn set<const N: usize>(words: [&str; N]) -> BTreeSet<String> {
    words.map(str::to_owned).into()
}

fn hosts<const N: usize>(names: [&str; N]) -> BTreeSet<HostName> {
    names.map(host).into()
}

fn certificate(name: &str, names: &[&str], validity: Validity, on: &[&str], used: bool) -> FoundCertificate {
    let end = Timestamp::from_second(1_800_000_000).unwrap();
    let end = if validity == Validity::Expired { end - SignedDuration::from_hours(24 * 60) } else { end };
    let live = format!("/etc/letsencrypt/live/{name}.example.org/fullchain.pem");
    let place = |on: &&str| FoundPlace {
        host: host(on),
        path: format!("/etc/letsencrypt/archive/{name}.example.org/fullchain7.pem"),
        key_path: Some(format!("/etc/letsencrypt/archive/{name}.example.org/privkey7.pem")),
        lineages: set([&format!("{name}.example.org")]),
        used_by: used
            .then(|| FoundUse {
                service: Service::Nginx,
                runs: true,
                path: live.clone(),
                names: names.iter().map(|name| (*name).to_owned()).collect(),
                ports: [Port { port: 443, starttls: None }].into(),
            })
            .into_iter()
            .collect(),
        declared: (name == "www").then(|| "www".to_owned()),
        kept_in: None,
    };
    FoundCertificate {
        name: name.to_owned(),
        fingerprint: Fingerprint::of(format!("{name}{end}").as_bytes()),
        serial: Serial::parse("03a1b2").unwrap(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        issuer: "C=US, O=Let's Encrypt, CN=E5".to_owned(),
        key_type: KeyType::EcdsaP256,
        key: Fingerprint::of(b"key"),
        not_before: end - SignedDuration::from_hours(24 * 90),
        not_after: end,
        validity,
        declared: if name == "www" { set(["www"]) } else { BTreeSet::new() },
        places: on.iter().map(place).collect(),
    }
}

fn finding<const N: usize>(level: Level, code: &str, subject: &str, message: &str, on: [&str; N]) -> Finding {
    Finding {
        level,
        code: code.to_owned(),
        subject: subject.to_owned(),
        message: message.to_owned(),
        hint: (code == "shared-key")
            .then(|| "who has one of them has all; each renewal by fleet makes a new key".to_owned()),
        hosts: hosts(on),
    }
}

pub(super) fn discover() -> DiscoverReport {
    let media = ["media.example.org", "*.media.example.org"];
    let many: Vec<String> = (1..=30).map(|number| format!("customer-{number}.example.net")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let certificates = vec![
        certificate("customer-1", &many, Validity::Expiring, &["fritz"], true),
        certificate("media", &media, Validity::Expired, &["cdn-1", "cdn-2", "cdn-3"], true),
        certificate("media", &media, Validity::Valid, &["cdn-4"], true),
        certificate("old", &["old.example.org"], Validity::Expired, &["cdn-1"], false),
        certificate("www", &["www.example.org", "example.org"], Validity::Valid, &["fritz"], true),
    ];
    let key = FoundKey {
        key: Fingerprint::of(b"key"),
        certificates: certificates.iter().map(|it| it.fingerprint.clone()).collect(),
        names: set(["media", "old"]),
        expired: 2,
        lineages: set(["media.example.org", "media.example.org-0001", "old.example.org"]),
        places: ["cdn-1", "cdn-2", "cdn-3", "cdn-4"]
            .map(|on| KeyPlace {
                host: host(on),
                path: "/etc/letsencrypt/archive/media.example.org/privkey7.pem".to_owned(),
                mode: "0644".to_owned(),
                owner: "root:root".to_owned(),
                exposed: on == "cdn-1",
                proven: true,
            })
            .to_vec(),
    };
    let findings = vec![
        finding(
            Level::Critical,
            "expired",
            "media",
            "it expired on 2026-11-16 08:00Z, 5 days ago: clients refuse it",
            ["cdn-1", "cdn-2", "cdn-3"],
        ),
        finding(
            Level::Critical,
            "missing-file",
            "/etc/ssl/gone.pem",
            "nginx names /etc/ssl/gone.pem, and it is not there",
            ["fritz"],
        ),
        finding(
            Level::Warning,
            "shared-key",
            "media and old",
            "this private key lies on 4 hosts, in 3 lineages and belongs to 3 certificates, 2 of them expired",
            ["cdn-1", "cdn-2", "cdn-3", "cdn-4"],
        ),
        finding(
            Level::Note,
            "left-over",
            "old",
            "certbot's lineage old.example.org is left over: it has expired, and no service names it",
            ["cdn-1"],
        ),
    ];
    let answered =
        ["cdn-1", "cdn-2", "cdn-3", "cdn-4", "fritz"].map(|name| HostResult::of_items(host(name), Vec::new()));
    let hosts = answered.into_iter().chain([unreachable("sally")]).collect();
    DiscoverReport::new(hosts, certificates, vec![key], findings, 3, Some("fleet cert adopt".to_owned()))
}

pub(super) fn discover_nothing() -> DiscoverReport {
    let hosts = vec![HostResult::of_items(host("fritz"), Vec::new())];
    DiscoverReport::new(hosts, Vec::new(), Vec::new(), Vec::new(), 0, None)
}
