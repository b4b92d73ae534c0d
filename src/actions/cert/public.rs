//! What the world sees: the same names, as DNS leads to them. It belongs to no host.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use super::KIND;
use super::finding::{self, Finding, Mends};
use super::gates::question;
use super::judge_live::presented;
use super::subject::{is_for, place};
use super::validity::{self, Seen};
use super::words;
use crate::engine::action::World;
use crate::engine::outside::{HandshakeFact, PublicHandshake};
use crate::engine::status::{Item, Status, Warning};
use crate::inventory::{CertDeclaration, DnsDeclaration, Serve, Server};

/// Every name and port that any host serves.
pub(super) fn names(cert: &CertDeclaration) -> BTreeSet<&Serve> {
    cert.hosts.iter().filter_map(|host| cert.on(host)).flat_map(|on| &on.serve).collect()
}

/// The questions; the resolvers are those that are declared for the name.
pub(super) fn questions(certs: &[&CertDeclaration], dns: &BTreeMap<String, DnsDeclaration>) -> Vec<PublicHandshake> {
    let mut questions = BTreeSet::new();
    for cert in certs {
        for serve in names(cert) {
            questions.insert(PublicHandshake { handshake: question(serve), resolvers: resolvers(cert, serve, dns) });
        }
    }
    questions.into_iter().collect()
}

fn resolvers(cert: &CertDeclaration, serve: &Serve, dns: &BTreeMap<String, DnsDeclaration>) -> Vec<SocketAddr> {
    let parent = serve.name.split_once('.').map_or("", |(_, parent)| parent);
    let service = cert.dns.get(&serve.name).or_else(|| cert.dns.get(parent));
    let declared = service.and_then(|service| dns.get(service));
    declared.map(|dns| dns.resolvers.iter().filter_map(Server::address).collect()).unwrap_or_default()
}

/// How the names of a certificate stand for the world; none, where nobody looked.
pub(super) fn item(cert: &CertDeclaration, world: &World<'_>) -> Option<Item> {
    // What several addresses have in common is told once.
    let mut told: Vec<(Finding, BTreeMap<String, BTreeSet<IpAddr>>)> = Vec::new();
    let mut warnings = Vec::new();
    let mut looked = false;
    for serve in names(cert) {
        for fact in world.public.iter().filter(|fact| is_for(fact, serve)) {
            looked = true;
            let Some(address) = fact.address else {
                let why = presented(fact).err().unwrap_or_default();
                let message = format!("the world does not see it: {why}");
                warnings.push(Warning { code: "no-address".to_owned(), subject: place(serve), message });
                continue;
            };
            for finding in one(serve, fact, world) {
                let known = told.iter().position(|(other, _)| other.difference == finding.difference);
                let index = known.unwrap_or_else(|| {
                    told.push((finding, BTreeMap::new()));
                    told.len() - 1
                });
                told[index].1.entry(place(serve)).or_default().insert(address);
            }
        }
    }
    let mut differences: Vec<_> = told
        .into_iter()
        .map(|(finding, places)| {
            let places: Vec<String> = places
                .iter()
                .map(|(place, addresses)| {
                    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                    format!("{place} at {}", addresses.join(", "))
                })
                .collect();
            let mut difference = finding.difference;
            difference.message = format!("{}: {}", places.join("; "), difference.message);
            difference
        })
        .collect();
    finding::sort(&mut differences);
    looked.then(|| Item {
        kind: KIND.to_owned(),
        id: cert.name.clone(),
        status: differences.iter().map(|difference| difference.status).max().unwrap_or(Status::Ok),
        differences,
        warnings,
        error: None,
    })
}

/// What is wrong with one answer.
fn one(serve: &Serve, fact: &HandshakeFact, world: &World<'_>) -> Vec<Finding> {
    let chain = match presented(fact) {
        Ok(chain) => chain,
        Err(why) => return vec![Finding::unknown("not-serving", why)],
    };
    let leaf = chain.leaf();
    let mut found: Vec<Finding> = Vec::new();
    if !leaf.covers(&serve.name) {
        let names = words::some(leaf.names.iter().map(String::as_str));
        let text = format!("a certificate for {names}, which is not valid for this name");
        found.push(Finding::stale("wrong-name", Mends::Nobody, text).live(words::brief(leaf)));
    }
    found.extend(validity::dates(leaf, Seen::Live, world.now));
    let broken = validity::chain(&chain).into_iter();
    found.extend(broken.map(|(code, message)| Finding::stale(code, Mends::Nobody, message).live(words::brief(leaf))));
    found
}
