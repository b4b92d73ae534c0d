//! What a plan from a file asks for that this inventory would never have planned: another certificate's key, or a key at a place
//! where others can read it. Who approves a plan approves what the inventory declares.

use std::collections::BTreeMap;

use super::layout;
use crate::engine::plan::Plan;
use crate::engine::transaction::{Change, Part, Transaction, host_key};
use crate::inventory::{CertDeclaration, Inventory};
use crate::names::HostName;

/// The parts of a certificate that anybody may see, and that may stand in a place or a diff.
const IN_TEXT: [&str; 2] = ["serial", "not-after"];
/// The parts that files are made of.
const IN_FILES: [&str; 5] = ["fullchain", "leaf", "issuers", "privkey", "sha256"];

/// The first thing that is foreign, in a sentence.
pub fn foreign(inventory: &Inventory, plan: &Plan) -> Option<String> {
    let in_contents = plan.transactions().find_map(|(host, transaction)| {
        let parts = || transaction.contents().flat_map(|content| &content.0);
        parts().find_map(|part| of_part(inventory, host, part)).or_else(|| misplaced(inventory, host, transaction))
    });
    in_contents.or_else(|| {
        // The names that stand in texts alone have no constraints.
        let texts = plan.wanted().into_iter().filter(|wanted| wanted.constraints.is_empty());
        texts
            .map(|wanted| wanted.name)
            .find_map(|name| {
                let (cert, owner, version, part) = parse(inventory, &name)?;
                let known = cert.is_issued() && cert.per_host == owner.is_some();
                let good = known && version == "next" && IN_TEXT.contains(&part);
                (!good).then(|| undeclared(&name))
            })
            .or_else(|| {
                plan.wanted()
                    .into_iter()
                    .map(|it| it.name)
                    .find(|name| parse(inventory, name).is_none())
                    .map(|name| undeclared(&name))
            })
    })
}

fn undeclared(name: &str) -> String {
    format!("the plan asks for {name}, which the inventory does not declare")
}

/// The certificate, the host that it belongs to alone, the version and the part.
fn parse<'n, 'i>(
    inventory: &'i Inventory,
    name: &'n str,
) -> Option<(&'i CertDeclaration, Option<&'n str>, &'n str, &'n str)> {
    let words: Vec<&str> = name.split('/').collect();
    let ["cert", cert, version, part] = words.as_slice() else { return None };
    let (cert, owner) = cert.split_once('@').map_or((*cert, None), |(cert, owner)| (cert, Some(owner)));
    Some((inventory.certs().get(cert)?, owner, version, part))
}

fn of_part(inventory: &Inventory, host: &HostName, part: &Part) -> Option<String> {
    match part {
        Part::Deferred { name, constraints } => {
            (!is_declared(inventory, host, name, constraints)).then(|| undeclared(name))
        }
        Part::HostKey { path } => {
            let own = |cert: &CertDeclaration| {
                let directory = layout::parent(&host_key(&cert.name, "key"));
                cert.per_host && cert.hosts.contains(host) && layout::parent(path) == directory
            };
            let good = inventory.certs().values().any(own);
            (!good).then(|| {
                format!("the plan puts the key {path} of {host} in a file, which the inventory does not declare")
            })
        }
        Part::Keep { .. } | Part::Text(_) | Part::Secret { .. } | Part::Kept { .. } => None,
    }
}

/// Whether a host is to have it, and what it must satisfy is what is declared.
fn is_declared(inventory: &Inventory, host: &HostName, name: &str, constraints: &BTreeMap<String, String>) -> bool {
    let Some((cert, owner, version, part)) = parse(inventory, name) else { return false };
    if !cert.hosts.contains(host)
        || owner.is_some_and(|owner| owner != host.as_str())
        || cert.per_host != owner.is_some()
    {
        return false;
    }
    if version != "next" {
        // The chain of a stored one is in the plan; its key is known by its public half.
        return part == "privkey" && !cert.per_host && constraints.contains_key("key-sha256");
    }
    let says = |what: &str, declared: &str| constraints.get(what).is_some_and(|said| said == declared);
    cert.is_issued()
        && IN_FILES.contains(&part)
        && says("domains", &cert.domains.join(","))
        && says("key", cert.key.as_str())
        && says("ca", &cert.acme)
}

/// A private key belongs below the certificate's directory, with the declared owner and permissions, and nowhere else.
fn misplaced(inventory: &Inventory, host: &HostName, transaction: &Transaction) -> Option<String> {
    let all = || transaction.changes.iter();
    all().find_map(|change| {
        let Change::Write { path, content, mode, owner, .. } = change else { return None };
        let of = content.0.iter().find_map(|part| match part {
            Part::Deferred { name, .. } if name.ends_with("/privkey") => parse(inventory, name).map(|(cert, ..)| cert),
            Part::HostKey { path } => inventory
                .certs()
                .values()
                .find(|cert| layout::parent(&host_key(&cert.name, "key")) == layout::parent(path)),
            _ => None,
        });
        let cert = of?;
        let declared = transaction.expect.iter().find(|expect| expect.resolved == *path).map_or(path, |it| &it.path);
        let below =
            declared.as_str().strip_prefix(layout::versions(cert).as_str()).is_some_and(|rest| rest.starts_with('/'));
        let closed = layout::files(cert).into_iter().filter(|file| file.is_secret()).any(|file| {
            mode.as_deref() == Some(layout::mode(cert, file).as_str())
                && owner.as_deref() == Some(layout::owner(cert).as_str())
        });
        (!(below && closed)).then(|| {
            format!(
                "the plan puts the private key of certs.{} at {path} of {host}, which the inventory does not declare",
                cert.name
            )
        })
    })
}
