//! What stands for accounts and DNS services in a rehearsal. Nothing outside of the rehearsal may be named here, so that
//! nothing outside of it can be contacted: only its hosts, and this machine itself.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::Range;

use url::{Host, Url};

use super::acme::{self, AcmeDeclaration, CaFile};
use super::cert::Known;
use super::context::Context;
use super::dns::{self, DnsDeclaration, DnsProvider, Server};
use super::problem::Problem;
use super::suggest::{nearest, shown};
use super::text::{GroupName, Located};
use super::types_acme::{AcmeTable, DnsTable};

/// The replacements of accounts.
pub(super) fn acme(
    table: BTreeMap<Located<GroupName>, AcmeTable>,
    rehearsed: &BTreeSet<&str>,
    known: &Known<'_>,
    context: &mut Context<'_>,
) -> BTreeMap<String, AcmeDeclaration> {
    let places = places(&table);
    let built = acme::build(table, true, context);
    let mut check = Check { rehearsed, context };
    for (name, declaration) in &built {
        let Some(place) = places.get(name) else { continue };
        if !known.lost.acme {
            check.replaces("acme", name, known.acme.keys(), place);
        }
        if let Ok(url) = Url::parse(&declaration.directory) {
            check.url(&format!("lab.acme.{name}"), &url, place);
        }
        if let Some(CaFile::OnHost { host, .. }) = &declaration.ca_file
            && !rehearsed.contains(host.as_str())
        {
            check.outside(&format!("lab.acme.{name}"), host, place);
        }
    }
    built
}

/// The replacements of DNS services.
pub(super) fn dns(
    table: BTreeMap<Located<GroupName>, DnsTable>,
    rehearsed: &BTreeSet<&str>,
    known: &Known<'_>,
    context: &mut Context<'_>,
) -> BTreeMap<String, DnsDeclaration> {
    let places = places(&table);
    let built = dns::build(table, true, context);
    let mut check = Check { rehearsed, context };
    for (name, declaration) in &built {
        let Some(place) = places.get(name) else { continue };
        let owner = format!("lab.dns.{name}");
        if !known.lost.dns {
            check.replaces("dns", name, known.dns.keys(), place);
        }
        for server in declaration.servers.iter().chain(&declaration.resolvers) {
            check.server(&owner, server, place);
        }
        if declaration.resolvers.is_empty() {
            let message = format!("{owner} names no resolver, so that this machine's own would be asked");
            check.problem(
                place,
                message,
                "no `resolvers`",
                "add the resolver of the rehearsal, such as `resolvers = [\"resolver\"]`",
            );
        }
        match &declaration.provider {
            DnsProvider::Rfc2136 { server, .. } => check.server(&owner, server, place),
            DnsProvider::AcmeDns { url, .. } => {
                if let Ok(url) = Url::parse(url) {
                    check.url(&owner, &url, place);
                }
            }
            // What a program of the user's does is theirs to know.
            DnsProvider::Exec { .. } => {}
            DnsProvider::Service { name, .. } => {
                let message =
                    format!("{owner} would write to {}, which is no part of a rehearsal", dns::provider_word(*name));
                check.problem(
                    place,
                    message,
                    "a service outside",
                    "write `rfc2136` and a name server of the rehearsal",
                );
            }
        }
    }
    built
}

fn places<T>(table: &BTreeMap<Located<GroupName>, T>) -> BTreeMap<String, Range<usize>> {
    table.keys().map(|name| (name.value.to_string(), name.span.clone())).collect()
}

struct Check<'c, 'i, 'r> {
    rehearsed: &'r BTreeSet<&'r str>,
    context: &'c mut Context<'i>,
}

impl Check<'_, '_, '_> {
    fn problem(&mut self, place: &Range<usize>, message: String, label: &str, help: &str) {
        self.context.problems.push(Problem::new("bad-value", message).label(place.clone(), label).help(help));
    }

    /// A replacement of nothing is a slip in its name.
    fn replaces<'k>(
        &mut self,
        table: &str,
        name: &str,
        known: impl Iterator<Item = &'k String> + Clone,
        place: &Range<usize>,
    ) {
        if known.clone().any(|known| known == name) {
            return;
        }
        let help = nearest(name, known.map(String::as_str)).map_or_else(
            || format!("it stands for the table [{table}.{name}], which nobody declares"),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("lab.{table}.{name} stands for nothing");
        self.context.problems.push(Problem::new("unknown-name", message).label(place.clone(), "unknown").help(help));
    }

    fn server(&mut self, owner: &str, server: &Server, place: &Range<usize>) {
        self.host(owner, &server.host, place);
    }

    fn url(&mut self, owner: &str, url: &Url, place: &Range<usize>) {
        match url.host() {
            Some(Host::Domain(name)) => self.host(owner, name, place),
            Some(Host::Ipv4(address)) => self.host(owner, &address.to_string(), place),
            Some(Host::Ipv6(address)) => self.host(owner, &address.to_string(), place),
            None => {}
        }
    }

    fn host(&mut self, owner: &str, host: &str, place: &Range<usize>) {
        let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        // DNS names, and so URLs, know no case.
        let inside = self.rehearsed.iter().any(|known| known.eq_ignore_ascii_case(host));
        if !here && !inside {
            self.outside(owner, host, place);
        }
    }

    fn outside(&mut self, owner: &str, host: &str, place: &Range<usize>) {
        if self.context.names_lost {
            return;
        }
        let message = format!("{owner} names \"{}\", which is no rehearsal host", shown(host));
        let help = nearest(host, self.rehearsed.iter().copied()).map_or_else(
            || "a rehearsal contacts its own hosts and this machine alone: declare it in [lab.hosts.NAME]".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        self.problem(place, message, "outside of the rehearsal", &help);
    }
}
