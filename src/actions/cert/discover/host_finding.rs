//! What is odd about a host: files that are named and not there, lineages that certbot can't renew, and the like.

use std::collections::{BTreeMap, BTreeSet};

use super::super::words;
use super::answer::{Answer, KeyDigest};
use super::finding::finding;
use super::survey::{CERTBOT, Survey};
use super::{Finding, FoundCertificate, Level, mail};
use crate::names::HostName;

/// certbot's timers: of the distribution, and of snap.
const TIMERS: [&str; 2] = ["certbot.timer", "snap.certbot.renew.timer"];

/// Of all hosts.
pub(super) fn of_hosts(surveys: &BTreeMap<HostName, Survey>, certificates: &[FoundCertificate]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (host, survey) in surveys {
        let mut about = About { host, survey, findings: Vec::new() };
        about.configuration();
        about.named_files();
        about.keys();
        about.lineages();
        about.timers(certificates);
        findings.append(&mut about.findings);
    }
    findings
}

struct About<'a> {
    host: &'a HostName,
    survey: &'a Survey,
    findings: Vec<Finding>,
}

impl<'a> About<'a> {
    fn answer(&self) -> &'a Answer {
        &self.survey.answer
    }

    fn add(&mut self, level: Level, code: &str, subject: &str, message: String, hint: Option<String>) {
        let found = finding(level, code, subject, message, [self.host.clone()]);
        self.findings.push(Finding { hint, ..found });
    }

    fn configuration(&mut self) {
        let answer = self.answer();
        if let Some(why) = &answer.nginx_fails {
            let hint = "a reload changes nothing until it is mended, and a restart fails; its files were read directly";
            let message = format!("`nginx -t` fails: {why}");
            self.add(Level::Critical, "nginx-fails", "nginx", message, Some(hint.to_owned()));
        }
        if mail::has_name_table(answer) {
            let message = "postfix has certificates by name in tls_server_sni_maps, which are not looked at".to_owned();
            self.add(Level::Note, "not-followed", "postfix", message, None);
        }
        if let Some(user) = &answer.user {
            let message = format!("the log-in {user} is not root: what it may not read is not found");
            let hint = "declare `sudo = true` in [ssh]".to_owned();
            self.add(Level::Warning, "not-root", user, message, Some(hint));
        }
    }

    /// Files that a service names, and that are not as it expects them.
    fn named_files(&mut self) {
        let answer = self.answer();
        let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for it in &self.survey.uses {
            for path in [Some(&it.certificate), it.key.as_ref()].into_iter().flatten() {
                named.entry(path).or_default().insert(it.service.word());
            }
        }
        for (path, services) in named {
            let who = services.into_iter().collect::<Vec<_>>().join(" and ");
            let real = answer.paths.get(path);
            if path.contains('$') {
                let message = format!("{who} names {path}: what its variable leads to is not known");
                self.add(Level::Note, "not-followed", path, message, None);
            } else if !path.starts_with('/') {
                let message = format!("{who} names {}, which is no file", path.split(':').next().unwrap_or(path));
                self.add(Level::Note, "not-followed", path, message, None);
            } else if answer.missing.contains(path) {
                let unless = if answer.user.is_some() { ", or this log-in may not look there" } else { "" };
                let message = format!("{who} names {path}, and it is not there{unless}");
                self.add(Level::Critical, "missing-file", path, message, None);
            } else if let Some(real) = real
                && answer.unreadable.contains(real)
            {
                let message = format!("{who} names {path}, and this log-in may not read it");
                self.add(Level::Warning, "unreadable-file", path, message, None);
            } else if let Some(why) = real.and_then(|real| self.survey.damaged.get(real)) {
                let message = format!("{who} names {path}, and it can't be read as certificates: {why}");
                self.add(Level::Critical, "damaged-file", path, message, None);
            } else if let Some(real) = real
                && !self.survey.places.contains_key(real)
                && !answer.keys.contains_key(real)
            {
                let kind = answer.stats.get(real).map_or("a file", |stat| stat.kind.as_str());
                let message = format!("{who} names {path}, and there is no certificate in it ({kind})");
                self.add(Level::Critical, "no-certificate", path, message, None);
            }
            if let Some(blocks) = real.and_then(|real| answer.certificates.get(real))
                && blocks.garbage > 0
            {
                let message =
                    format!("{who} names {path}, and a block in it says that it is a certificate, and is none");
                self.add(Level::Warning, "damaged-file", path, message, None);
            }
        }
    }

    fn keys(&mut self) {
        for (path, digest) in &self.answer().keys {
            if *digest == KeyDigest::Unreadable {
                let message = format!("openssl can't read the private key {path}: it is damaged, or has a password");
                self.add(Level::Warning, "unreadable-key", path, message, None);
            }
        }
        if self.answer().keys.values().any(|digest| *digest == KeyDigest::NotAsked) {
            let message =
                "the host has no openssl: whose the private keys are is taken from their certificates".to_owned();
            self.add(Level::Note, "no-openssl", "openssl", message, None);
        }
    }

    fn lineages(&mut self) {
        let answer = self.answer();
        for live in &answer.live {
            let name = live.rsplit('/').next().unwrap_or(live);
            let chain = format!("{live}/fullchain.pem");
            let Some(real) = answer.paths.get(&chain) else {
                let message = format!("{live} has no fullchain.pem, or its link leads nowhere");
                self.add(Level::Warning, "broken-lineage", name, message, None);
                continue;
            };
            let inside = |directory: &str| real.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
            let archive = format!("{CERTBOT}/archive/{name}");
            if *real == chain {
                let message = format!("{chain} is a file of its own and no link: certbot refuses to renew it");
                self.add(Level::Warning, "broken-lineage", name, message, None);
            } else if inside(&archive)
                && let Some((newest, _)) = answer.archives.get(&archive)
                && let Some(version) =
                    real.rsplit("fullchain").next().and_then(|it| it.strip_suffix(".pem")?.parse::<u32>().ok())
                && version < *newest
            {
                let message = format!("{live} leads to version {version}, and version {newest} is the newest");
                self.add(Level::Warning, "old-version", name, message, None);
            }
            if !answer.renewals.contains_key(name) && inside(&archive) {
                let message = format!("{CERTBOT}/renewal/{name}.conf is not there: certbot does not renew it any more");
                self.add(Level::Note, "not-renewed", name, message, None);
            }
        }
        for name in answer.renewals.keys().filter(|name| !answer.live.contains(&format!("{CERTBOT}/live/{name}"))) {
            let message = format!("certbot would renew {name}, and {CERTBOT}/live/{name} is not there");
            self.add(Level::Warning, "broken-lineage", name, message, None);
        }
    }

    /// certbot renews on its own, which would fight whoever else does.
    fn timers(&mut self, certificates: &[FoundCertificate]) {
        let answer = self.answer();
        let Some(timer) = TIMERS.into_iter().find(|timer| answer.runs(timer)) else { return };
        if answer.renewals.is_empty() {
            return;
        }
        let here = |it: &&FoundCertificate| {
            it.places.iter().any(|place| place.host == *self.host && !place.lineages.is_empty())
        };
        let declared: BTreeSet<&str> =
            certificates.iter().filter(here).flat_map(|it| &it.declared).map(String::as_str).collect();
        let message = format!(
            "{timer} is active: certbot renews {} by itself",
            words::some(answer.renewals.keys().map(String::as_str))
        );
        let (level, hint) = if declared.is_empty() {
            (Level::Note, "once fleet keeps them, take their files in /etc/letsencrypt/renewal away, or the two fight")
        } else {
            (
                Level::Warning,
                "fleet keeps some of them: take their files in /etc/letsencrypt/renewal away, or the two fight",
            )
        };
        self.add(level, "certbot-renews", "certbot", message, Some(hint.to_owned()));
    }
}
