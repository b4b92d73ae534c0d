//! A declaration as it is written: `[certs.NAME]`, with comments that say where each value comes from.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use super::adopt::{Adopted, Candidate, most_common};
use super::survey::{CERTBOT, Survey};
use super::uses::is_name;
use super::{FoundUse, Service, Validity};
use crate::inventory::{Inventory, Layout, fold};
use crate::names::HostName;
use crate::text::{is_owner, toml_key};
use crate::tls::StartTls;
use crate::x509::KeyType;

/// What may differ between hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct OnHost {
    validate: Vec<&'static [&'static str]>,
    reload: Vec<&'static str>,
    serve: Vec<Serve>,
}

/// An entry of `serve`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Serve {
    port: u16,
    starttls: Option<StartTls>,
    /// None: every domain that is no wildcard.
    name: Option<String>,
}

/// A declaration under construction.
pub(super) struct Declaration<'a> {
    candidate: &'a Candidate<'a>,
    surveys: &'a BTreeMap<HostName, Survey>,
    inventory: &'a Inventory,
    hosts: BTreeSet<HostName>,
    domains: Vec<String>,
    lines: Vec<String>,
    notes: Vec<String>,
}

impl<'a> Declaration<'a> {
    pub(super) fn of(
        candidate: &'a Candidate<'a>,
        surveys: &'a BTreeMap<HostName, Survey>,
        inventory: &'a Inventory,
    ) -> Self {
        let hosts = candidate.hosts();
        let names = candidate.best().map(|best| best.names.as_slice()).unwrap_or_default();
        let domains = names.iter().filter(|name| is_name(name)).cloned().collect();
        Self { candidate, surveys, inventory, hosts, domains, lines: Vec::new(), notes: Vec::new() }
    }

    pub(super) fn write(mut self) -> Adopted {
        let name = self.candidate.name.clone();
        self.head();
        self.lines.extend([String::new(), format!("[certs.{}]", toml_key(&name))]);
        self.set("domains", self.domains.clone(), "");
        self.authority();
        let selector = self.selector();
        self.set("hosts", selector, "");
        let directory = format!("/etc/ssl/fleet/{name}");
        self.set("directory", directory.clone(), "");
        if self.candidate.layout == Layout::Combined {
            self.set("layout", "combined", "for haproxy: chain and key in one file");
        }
        self.live();
        self.owner();
        self.key();
        let by_host = self.by_host();
        let base = most_common(by_host.values().cloned()).unwrap_or_default();
        self.lines.extend(set_on_host(&base));
        for (host, differs) in by_host.iter().filter(|(_, it)| **it != base) {
            self.lines.extend([String::new(), format!("[certs.{}.on.{}]", toml_key(&name), toml_key(host.as_str()))]);
            self.lines.extend(set_on_host(differs));
        }
        self.lines.push(String::new());
        self.name_what_changes(&directory);
        let Self { lines, hosts, notes, .. } = self;
        Adopted { name, text: lines.join("\n"), hosts, notes }
    }

    fn set(&mut self, key: &str, value: impl Into<Value>, comment: &str) {
        let comment = if comment.is_empty() { String::new() } else { format!("  # {comment}") };
        self.lines.push(format!("{key} = {}{comment}", value.into()));
    }

    fn note(&mut self, note: &str) {
        self.notes.push(format!("certs.{}: {note}", self.candidate.name));
    }

    /// Where it comes from.
    fn head(&mut self) {
        let many = fold(&self.hosts);
        let have = if self.hosts.len() == 1 { "has" } else { "have" };
        self.lines.push(format!(
            "# Written by `fleet cert adopt` from what {many} {have} today; from now on it is yours to edit."
        ));
        let mut told = BTreeSet::new();
        for (certificate, _) in &self.candidate.places {
            if told.insert(&certificate.fingerprint) {
                let places =
                    self.candidate.places.iter().filter(|(other, _)| other.fingerprint == certificate.fingerprint);
                let hosts: BTreeSet<HostName> = places.map(|(_, place)| place.host.clone()).collect();
                self.lines.push(format!(
                    "# {}: serial {}, signed by {}, {} {}",
                    fold(&hosts),
                    certificate.serial,
                    harmless(&certificate.issuer),
                    if certificate.validity == Validity::Expired { "expired on" } else { "valid until" },
                    certificate.not_after.strftime("%Y-%m-%d"),
                ));
            }
        }
        let others = self.candidate.best().map(|best| best.names.len() - self.domains.len()).unwrap_or_default();
        if others > 0 {
            self.note("addresses and names without a dot are left out: no CA of the DNS signs them");
        }
    }

    /// Who signs it and how its names are proven, as far as that is declared.
    fn authority(&mut self) {
        let acme: Vec<String> = self.inventory.acme().keys().cloned().collect();
        let dns: Vec<String> = self.inventory.dns().keys().cloned().collect();
        let default = acme.iter().any(|name| name == "default");
        match (acme.as_slice(), dns.as_slice()) {
            (_, [only]) if default => self.set("dns", only.as_str(), "proves its names to the CA"),
            ([acme], [dns]) => {
                self.set("acme", acme.as_str(), "");
                self.set("dns", dns.as_str(), "proves its names to the CA");
            }
            ([], _) | (_, []) => {
                let line = "# dns = \"main\"  # once [acme.default] and [dns.main] are declared: until then it is watched and never renewed";
                self.lines.push(line.to_owned());
                let what = match (acme.is_empty(), dns.is_empty()) {
                    (true, true) => "[acme.default] (who signs) and [dns.main] (who proves its names)",
                    (true, false) => "[acme.default] (who signs)",
                    _ => "[dns.main] (who proves its names)",
                };
                self.note(&format!("it is watched and not renewed: declare {what}, then set `dns` in it"));
            }
            _ => {
                self.lines.push(format!("# dns = \"…\"  # one of {}", dns.join(", ")));
                self.note(&format!(
                    "it is watched and not renewed until `dns` says who proves its names: {}",
                    dns.join(", ")
                ));
            }
        }
    }

    /// A group that is exactly these hosts says it best.
    fn selector(&self) -> String {
        let groups = self.inventory.groups().iter().filter(|(_, members)| **members == self.hosts);
        let folded = fold(&self.hosts);
        match groups.map(|(group, _)| group.to_string()).min_by_key(|group| (group.len(), group.clone())) {
            Some(group) if self.hosts.len() > 1 || group.len() < folded.len() => group,
            _ => folded,
        }
    }

    /// The directory of certbot by which services name it. Where hosts differ, that of most.
    fn live(&mut self) {
        if self.candidate.layout == Layout::Combined {
            return;
        }
        let mut by_host: BTreeMap<&HostName, String> = BTreeMap::new();
        for (_, place) in &self.candidate.places {
            let named = place.used_by.iter().map(|it| it.path.as_str()).find_map(live_directory);
            let kept = || place.lineages.first().map(|lineage| format!("{CERTBOT}/live/{lineage}"));
            if let Some(live) = named.or_else(|| kept().filter(|_| place.used_by.is_empty())) {
                by_host.entry(&place.host).or_insert(live);
            }
        }
        let Some(live) = most_common(by_host.values().cloned()) else { return };
        let without: BTreeSet<HostName> =
            self.hosts.iter().filter(|host| by_host.get(*host) != Some(&live)).cloned().collect();
        let holds_another = |host: &HostName| self.surveys.get(host).is_some_and(|it| it.answer.live.contains(&live));
        if without.iter().any(holds_another) {
            self.note(&format!("{live} is another certificate's on {}: `live` is left out", fold(&without)));
            return;
        }
        self.set(
            "live",
            Value::from(live.as_str()),
            "its four names become links into `current`: configuration can stay",
        );
        if !without.is_empty() {
            self.note(&format!("{} names it by another path than {live}", fold(&without)));
        }
    }

    /// As most of its keys have it, where the inventory takes that.
    fn owner(&mut self) {
        let stats = self.candidate.places.iter().filter_map(|(_, place)| {
            let stats = &self.surveys.get(&place.host)?.answer.stats;
            stats.get(place.key_path.as_ref().unwrap_or(&place.path))
        });
        let stats: Vec<_> = stats.collect();
        let owner = most_common(stats.iter().map(|stat| stat.owner.clone()));
        let mode = most_common(stats.iter().map(|stat| stat.mode));
        if let Some(owner) = owner.filter(|owner| is_owner(owner)) {
            self.set("owner", owner, "");
        }
        match mode {
            Some(mode) if mode & 0o137 == 0 && mode & 0o400 != 0 => {
                self.set("mode", format!("{mode:04o}"), "");
            }
            Some(mode) => {
                self.set("mode", "0600", &format!("{mode:04o} until now"));
                self.note(&format!("its key gets the mode 0600; {mode:04o} is too open for a private key"));
            }
            None => {}
        }
    }

    fn key(&mut self) {
        match self.candidate.best().map(|best| best.key_type) {
            None | Some(KeyType::EcdsaP256) => {}
            Some(KeyType::Other) => self.note("its kind of key is not one that fleet makes: ECDSA P-256 will follow"),
            Some(kind) => self.set("key", kind.as_str(), "as until now; without it, ECDSA P-256"),
        }
    }

    fn by_host(&self) -> BTreeMap<HostName, OnHost> {
        let mut hosts: BTreeMap<HostName, BTreeSet<&FoundUse>> = BTreeMap::new();
        for (_, place) in &self.candidate.places {
            hosts.entry(place.host.clone()).or_default().extend(&place.used_by);
        }
        hosts.into_iter().map(|(host, uses)| (host.clone(), self.on_host(&host, &uses))).collect()
    }

    fn on_host(&self, host: &HostName, uses: &BTreeSet<&FoundUse>) -> OnHost {
        let services: BTreeSet<Service> = uses.iter().map(|it| it.service).collect();
        let unit = |service: Service| self.surveys.get(host).map_or_else(|| service.unit(), |it| it.unit(service));
        let mut serve: BTreeSet<Serve> = BTreeSet::new();
        for it in uses {
            let names = self.served(it);
            for port in &it.ports {
                let entry = |name| Serve { port: port.port, starttls: port.starttls, name };
                if !names.is_empty() {
                    serve.extend(names.iter().cloned().map(Some).map(entry));
                } else if it.names.is_empty() && self.domains.iter().any(|name| !name.starts_with("*.")) {
                    serve.insert(entry(None));
                }
            }
        }
        OnHost {
            validate: services.iter().map(|service| service.validate()).collect(),
            reload: services.iter().map(|service| unit(*service)).collect(),
            serve: serve.into_iter().collect(),
        }
    }

    /// The names of a service that a handshake can ask for, and that it is valid for.
    fn served(&self, it: &FoundUse) -> Vec<String> {
        let valid = |name: &String| {
            let parent = name.split_once('.').map(|(_, parent)| format!("*.{parent}"));
            self.domains.contains(name) || parent.is_some_and(|parent| self.domains.contains(&parent))
        };
        it.names.iter().filter(|name| is_name(name) && !name.starts_with("*.") && valid(name)).cloned().collect()
    }

    /// Configuration that names other paths than those which fleet will keep.
    fn name_what_changes(&mut self, directory: &str) {
        let combined = self.candidate.layout == Layout::Combined;
        let file = if combined { "combined.pem" } else { "fullchain.pem" };
        let mut hosts: BTreeMap<(Service, &str), BTreeSet<HostName>> = BTreeMap::new();
        for (_, place) in &self.candidate.places {
            for it in &place.used_by {
                if combined || live_directory(&it.path).is_none() {
                    hosts.entry((it.service, it.path.as_str())).or_default().insert(place.host.clone());
                }
            }
        }
        let key = if combined { String::new() } else { format!(" (and {directory}/current/privkey.pem)") };
        let notes: Vec<String> = hosts
            .into_iter()
            .map(|((service, path), hosts)| {
                let on = fold(&hosts);
                let service = service.word();
                format!(
                    "once it is there, let {service} on {on} name {directory}/current/{file}{key} instead of {path}"
                )
            })
            .collect();
        for note in notes {
            self.note(&note);
        }
    }
}

fn set_on_host(on: &OnHost) -> Vec<String> {
    let command = |words: &[&str]| Value::Array(words.iter().copied().map(Value::from).collect());
    let validate = match on.validate.as_slice() {
        [only] => command(only),
        several => Value::Array(several.iter().map(|words| command(words)).collect()),
    };
    let reload = Value::Array(on.reload.iter().copied().map(Value::from).collect());
    let serve = on.serve.iter().map(|serve| {
        let mut entry = toml::Table::new();
        entry.insert("port".to_owned(), Value::from(i64::from(serve.port)));
        if let Some(name) = &serve.name {
            entry.insert("name".to_owned(), Value::from(name.as_str()));
        }
        if let Some(starttls) = serve.starttls {
            let word = match starttls {
                StartTls::Smtp => "smtp",
                StartTls::Imap => "imap",
                StartTls::Pop3 => "pop3",
            };
            entry.insert("starttls".to_owned(), Value::from(word));
        }
        Value::Table(entry)
    });
    let mut lines = Vec::new();
    if !on.validate.is_empty() {
        lines.push(format!("validate = {validate}"));
    }
    lines.push(format!("reload = {reload}"));
    lines.push(format!("serve = {}", Value::Array(serve.collect())));
    lines
}

/// `/etc/letsencrypt/live/NAME` of a path in it.
fn live_directory(path: &str) -> Option<String> {
    let rest = path.strip_prefix(CERTBOT)?.strip_prefix("/live/")?;
    rest.split_once('/').map(|(name, _)| format!("{CERTBOT}/live/{name}"))
}

/// In a comment: what a certificate says of its issuer may be anything.
fn harmless(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
