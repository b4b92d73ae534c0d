//! What the world sees: the same names, as DNS leads to them. It belongs to no host.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::KIND;
use super::finding::Finding;
use super::finding::Mends;
use super::gates::question;
use super::judge_live::presented;
use super::subject::{is_for, place};
use super::validity::{self, Seen};
use super::words;
use crate::engine::action::World;
use crate::engine::outside::PublicHandshake;
use crate::engine::status::{Item, Status};
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
    let mut findings = Vec::new();
    let mut looked = false;
    for serve in names(cert) {
        for fact in world.public.iter().filter(|fact| is_for(fact, serve)) {
            looked = true;
            let at = fact.address.map_or_else(|| place(serve), |address| format!("{} at {address}", place(serve)));
            let chain = match presented(fact) {
                Ok(chain) => chain,
                Err(why) => {
                    findings.push(Finding::unknown("not-serving", format!("{at}: {why}")));
                    continue;
                }
            };
            let leaf = chain.leaf();
            let mut told: Vec<Finding> = Vec::new();
            if !leaf.covers(&serve.name) {
                let names = words::some(leaf.names.iter().map(String::as_str));
                let text = format!("a certificate for {names}, which is not valid for this name");
                told.push(Finding::stale("wrong-name", Mends::Nobody, text).live(words::brief(leaf)));
            }
            told.extend(validity::dates(leaf, Seen::Live, world.now));
            let broken = validity::chain(&chain).into_iter();
            told.extend(
                broken.map(|(code, message)| Finding::stale(code, Mends::Nobody, message).live(words::brief(leaf))),
            );
            for mut finding in told {
                finding.difference.message = format!("{at}: {}", finding.difference.message);
                findings.push(finding);
            }
        }
    }
    let differences: Vec<_> = findings.into_iter().map(|finding| finding.difference).collect();
    looked.then(|| Item {
        kind: KIND.to_owned(),
        id: cert.name.clone(),
        status: differences.iter().map(|difference| difference.status).max().unwrap_or(Status::Ok),
        differences,
        warnings: Vec::new(),
        error: None,
    })
}
