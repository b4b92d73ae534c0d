//! Declared certificates: their names, who proves and signs them, and where they belong.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::acme::AcmeDeclaration;
use super::cert_hosts::{self, OnHost};
use super::cert_names::{delegations, dns_of, domains};
use super::context::Context;
use super::dns::DnsDeclaration;
use super::problem::Problem;
use super::source::Origin;
use super::suggest::nearest;
use super::text::{AbsolutePath, GroupName, Located};
use super::types_cert::{CertTable, KeyChoice, Layout};
use crate::names::{HostName, RemotePath};
use crate::x509::KeyType;

/// How many versions stay on a host.
const KEEP: usize = 3;
/// Permission bits of a private key.
const MODE: u32 = 0o600;

/// One declared certificate.
#[derive(Clone, Debug)]
pub struct CertDeclaration {
    /// The name in the inventory.
    pub name: String,
    /// The names that it is for, in the declared order: lower case, A-labels, perhaps with `*.` in front. Never empty.
    pub domains: Vec<String>,
    /// The `[acme]` table whose CA signs it.
    pub acme: String,
    /// The `[dns]` table that proves each name, by name without `*.`; empty: it is never ordered.
    pub dns: BTreeMap<String, String>,
    /// Where the CNAME of `_acme-challenge` must lead, by name without `*.`.
    pub delegate: BTreeMap<String, String>,
    /// The hosts that have it.
    pub hosts: BTreeSet<HostName>,
    /// Where it is on each host: `versions/SERIAL/` below it, and the link `current`.
    pub directory: RemotePath,
    /// Which files a version has.
    pub layout: Layout,
    /// A directory whose four names, as certbot's `live/NAME` has them, lead into `current`.
    pub live: Option<RemotePath>,
    /// Owner and group of its files.
    pub owner: (String, String),
    /// Permission bits of the private key (of `combined.pem`, with that layout); never open to others.
    pub mode: u32,
    /// The kind of its key.
    pub key: KeyType,
    /// Whether each host has a key and a certificate of its own.
    pub per_host: bool,
    /// Whether renewals keep the key.
    pub pin_key: bool,
    /// The CA's profile, if declared here.
    pub profile: Option<String>,
    /// The hosts that get a new one first; never empty, unless `hosts` is.
    pub canary: BTreeSet<HostName>,
    /// How many versions stay on a host; at least one.
    pub keep: usize,
    /// Where it is declared.
    pub origin: Origin,
    pub(super) variants: Vec<OnHost>,
    pub(super) variant_of: BTreeMap<HostName, usize>,
}

impl CertDeclaration {
    /// How a host checks, reloads and serves it; none for a host that does not have it.
    pub fn on(&self, host: &HostName) -> Option<&OnHost> {
        self.variant_of.get(host).and_then(|index| self.variants.get(*index))
    }

    /// The names that the CA wants proven, each once: a wildcard and its parent are one.
    pub fn identifiers(&self) -> BTreeSet<&str> {
        self.domains.iter().map(|domain| identifier(domain)).collect()
    }

    /// Whether it is ordered from a CA.
    pub fn is_issued(&self) -> bool {
        !self.dns.is_empty()
    }
}

/// What stands behind `_acme-challenge.` for a domain.
pub(super) fn identifier(domain: &str) -> &str {
    domain.strip_prefix("*.").unwrap_or(domain)
}

/// Tables that lost entries to other problems: a name that is missing there is no news.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lost {
    pub(super) acme: bool,
    pub(super) dns: bool,
}

/// What certificates refer to.
pub(super) struct Known<'a> {
    pub(super) acme: &'a BTreeMap<String, AcmeDeclaration>,
    pub(super) dns: &'a BTreeMap<String, DnsDeclaration>,
    pub(super) lost: Lost,
}

/// Resolves all declared certificates.
pub(super) fn build(
    table: BTreeMap<Located<GroupName>, CertTable>,
    known: &Known<'_>,
    context: &mut Context<'_>,
) -> BTreeMap<String, CertDeclaration> {
    let mut declarations = BTreeMap::new();
    let mut places = Places::default();
    let mut served = Served::default();
    for (name, cert) in table {
        let hosts = context.select(&cert.hosts).unwrap_or_default();
        places.take(&name.value, &cert.directory, &hosts);
        if let Some(live) = &cert.live {
            places.take(&name.value, live, &hosts);
        }
        let declaration = declaration(&name, cert, hosts, known, context);
        served.take(&name, &declaration);
        declarations.insert(name.value.to_string(), declaration);
    }
    if !context.doubtful {
        context.problems.extend(places.problems.into_values());
        context.problems.extend(served.problems.into_values());
    }
    declarations
}

fn declaration(
    name: &Located<GroupName>,
    cert: CertTable,
    hosts: BTreeSet<HostName>,
    known: &Known<'_>,
    context: &mut Context<'_>,
) -> CertDeclaration {
    let owner = format!("certs.{}", name.value);
    let domains = domains(&cert.domains, &owner, context);
    let dns = dns_of(cert.dns.as_ref(), &domains, &owner, known, context);
    let acme = acme_of(&cert, !dns.is_empty(), name, known, context);
    let delegate = delegations(&cert.delegate, &domains, &owner, context);
    let mode = mode(&cert, &owner, context);
    let canary = canary(cert.canary.as_ref(), &cert.hosts, &hosts, &owner, context);
    let (key, per_host) = key(&cert, &owner, context);
    if cert.pin_key && per_host {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} can't pin a key that each host makes for itself"))
                .label(name.span.clone(), "with `pin-key` and a key for each host")
                .help("take one of the two out"),
        );
    }
    let found: Vec<String> = domains.into_iter().map(|domain| domain.value).collect();
    let (variants, variant_of) = cert_hosts::build(
        cert_hosts::Declared { validate: cert.validate, reload: cert.reload, serve: cert.serve, on: cert.on },
        &cert_hosts::About { owner: &owner, name, domains: &found, hosts: &hosts, selector: &cert.hosts },
        context,
    );
    CertDeclaration {
        name: name.value.to_string(),
        domains: found,
        acme,
        dns,
        delegate,
        hosts,
        directory: RemotePath::new(cert.directory.as_str()),
        layout: cert.layout,
        live: cert.live.map(|live| RemotePath::new(live.as_str())),
        owner: cert.owner.as_ref().and_then(|owner| owner.as_str().split_once(':')).map_or_else(
            || ("root".to_owned(), "root".to_owned()),
            |(user, group)| (user.to_owned(), group.to_owned()),
        ),
        mode,
        key,
        per_host,
        pin_key: cert.pin_key,
        profile: cert.profile.map(|profile| profile.value),
        canary,
        keep: cert.keep.map_or(KEEP, |keep| keep.value as usize),
        origin: context.origin(&name.span),
        variants,
        variant_of,
    }
}

fn acme_of(
    cert: &CertTable,
    issued: bool,
    name: &Located<GroupName>,
    known: &Known<'_>,
    context: &mut Context<'_>,
) -> String {
    let acme = cert.acme.as_ref().map_or("default", |acme| acme.as_str()).to_owned();
    let asked = issued || cert.acme.is_some();
    if asked && !known.acme.contains_key(&acme) && !known.lost.acme {
        let span = cert.acme.as_ref().map_or_else(|| name.span.clone(), |acme| acme.span.clone());
        let help = match nearest(&acme, known.acme.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare it: [acme.{acme}] with `directory = \"letsencrypt\"`"),
        };
        context.problems.push(
            Problem::new("unknown-name", format!("no `acme` table is called `{acme}`"))
                .label(
                    span,
                    if cert.acme.is_some() { "unknown" } else { "is signed by `default`, which is not declared" },
                )
                .help(help),
        );
    }
    acme
}

fn mode(cert: &CertTable, owner: &str, context: &mut Context<'_>) -> u32 {
    let Some(text) = &cert.mode else { return MODE };
    // The schema's pattern lets only octal digits through.
    let bits = u32::from_str_radix(text.as_str(), 8).unwrap_or(MODE);
    let why = if bits & 0o007 != 0 {
        "everybody on the host could read or use the private key"
    } else if bits & 0o400 == 0 {
        "its owner could not read the private key"
    } else if bits & 0o133 != 0 {
        "a private key is neither run nor written by its group"
    } else {
        return bits;
    };
    context.problems.push(
        Problem::new("bad-value", format!("the mode of {owner} makes no sense: {why}"))
            .label(text.span.clone(), "this mode")
            .help("write \"0600\", or \"0640\" for a group that may read the key"),
    );
    MODE
}

fn key(cert: &CertTable, owner: &str, context: &mut Context<'_>) -> (KeyType, bool) {
    let per_host = cert.per_host.as_ref().is_some_and(|flag| flag.value);
    let Some(choice) = &cert.key else { return (KeyType::default(), per_host) };
    let key = match choice.value {
        KeyChoice::EcdsaP256 | KeyChoice::PerHost => KeyType::EcdsaP256,
        KeyChoice::EcdsaP384 => KeyType::EcdsaP384,
        KeyChoice::Rsa2048 => KeyType::Rsa2048,
        KeyChoice::Rsa4096 => KeyType::Rsa4096,
    };
    if let (KeyChoice::PerHost, Some(flag)) = (choice.value, &cert.per_host)
        && !flag.value
    {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} says two things about the keys of hosts"))
                .label(choice.span.clone(), "each host makes its own")
                .label(flag.span.clone(), "all have the same"),
        );
    }
    (key, per_host || choice.value == KeyChoice::PerHost)
}

fn canary(
    selector: Option<&Located<String>>,
    hosts_selector: &Located<String>,
    hosts: &BTreeSet<HostName>,
    owner: &str,
    context: &mut Context<'_>,
) -> BTreeSet<HostName> {
    let first = || hosts.first().cloned().into_iter().collect();
    let Some(selector) = selector else { return first() };
    let Some(selected) = context.select(selector) else { return first() };
    let canary: BTreeSet<HostName> = selected.intersection(hosts).cloned().collect();
    if canary.is_empty() && !hosts.is_empty() && !context.doubtful {
        context.problems.push(
            Problem::new("canary-elsewhere", format!("no canary of {owner} is among its hosts"))
                .label(hosts_selector.span.clone(), "its hosts")
                .label(selector.span.clone(), "none of them"),
        );
        return first();
    }
    canary
}

/// Directories that belong to one certificate alone on each host.
#[derive(Default)]
struct Places {
    taken: BTreeMap<HostName, BTreeMap<String, (GroupName, Range<usize>)>>,
    problems: BTreeMap<(usize, usize), Problem>,
}

impl Places {
    fn take(&mut self, cert: &GroupName, path: &Located<AbsolutePath>, hosts: &BTreeSet<HostName>) {
        for host in hosts {
            let taken = self.taken.entry(host.clone()).or_default();
            let other = taken.iter().find(|(other, _)| inside(other, path.as_str()) || inside(path.as_str(), other));
            if let Some((_, (other, span))) = other {
                self.problems.entry((span.start, path.span.start)).or_insert_with(|| {
                    let message = if other == cert {
                        format!("`directory` and `live` of certs.{cert} lie in each other")
                    } else {
                        format!("certs.{other} and certs.{cert} have the same place on {host}")
                    };
                    Problem::new("path-twice", message)
                        .label(span.clone(), format!("certs.{other}"))
                        .label(path.span.clone(), format!("certs.{cert}"))
                        .help("give each a directory of its own")
                });
            }
            taken.insert(path.as_str().to_owned(), (cert.clone(), path.span.clone()));
        }
    }
}

/// What a host presents for a name and port is one certificate: of two, each would wait in vain to be seen.
#[derive(Default)]
struct Served {
    taken: BTreeMap<(HostName, String, u16), Located<GroupName>>,
    problems: BTreeMap<(usize, usize), Problem>,
}

impl Served {
    fn take(&mut self, name: &Located<GroupName>, cert: &CertDeclaration) {
        for host in &cert.hosts {
            for serve in cert.on(host).into_iter().flat_map(|on| &on.serve) {
                let place = (host.clone(), serve.name.clone(), serve.port);
                let Some(other) = self.taken.get(&place) else {
                    self.taken.insert(place, name.clone());
                    continue;
                };
                self.problems.entry((other.span.start, name.span.start)).or_insert_with(|| {
                    let (one, two) = (&other.value, &name.value);
                    let place = format!("{} on port {} of {host}", serve.name, serve.port);
                    Problem::new("served-twice", format!("certs.{one} and certs.{two} are both served for {place}"))
                        .label(other.span.clone(), format!("certs.{one}"))
                        .label(name.span.clone(), format!("certs.{two}"))
                        .help(
                            "only one of them would be seen there: name in `serve` what each serves, or [] for nothing",
                        )
                });
            }
        }
    }
}

/// Whether a path is another one, or below it.
fn inside(path: &str, of: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
