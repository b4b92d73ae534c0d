//! What a plan file may take from the store, a CA, or a host's own keys: only what the inventory has for that host, and a
//! private key only where that certificate has its place.

use std::fmt::Write as _;

use crate::engine::plan::Plan;
use crate::engine::transaction::{Change, HOST_KEYS, Part, Transaction};
use crate::inventory::{CertDeclaration, Inventory};
use crate::names::{HostName, RemotePath};

/// What no plan of this inventory takes, in words.
pub(super) fn foreign(plan: &Plan, inventory: &Inventory) -> Option<String> {
    plan.transactions().find_map(|(host, transaction)| {
        let declared = |name: &str| certificate(inventory, host, name);
        if let Some(name) = transaction.deferred().iter().find(|name| declared(name).is_none()) {
            return Some(format!("the plan takes {name} to {host}, which the inventory does not have for it"));
        }
        let mut words = String::new();
        for change in &transaction.changes {
            let Change::Write { path, content, mode, owner, .. } = change else { continue };
            for part in &content.0 {
                let (key, cert) = match part {
                    Part::Deferred { name, .. } if name.ends_with("/privkey") => (name.as_str(), declared(name)),
                    Part::HostKey { path } => (path.as_str(), own_key(inventory, host, path)),
                    Part::Deferred { .. } | Part::Keep { .. } | Part::Text(_) | Part::Secret { .. } => continue,
                };
                let closed = cert.is_some_and(|cert| {
                    is_below(transaction, path, &cert.directory)
                        && mode.as_deref() == Some(format!("{:04o}", cert.mode).as_str())
                        && owner.as_deref() == Some(format!("{}:{}", cert.owner.0, cert.owner.1).as_str())
                });
                if !closed && words.is_empty() {
                    // Writing to a String cannot fail.
                    let _ =
                        write!(words, "the plan puts {key} into {path} of {host}, not as the inventory declares it");
                }
            }
        }
        (!words.is_empty()).then_some(words)
    })
}

/// The certificate of a value such as `cert/media/next/serial`, if that host has it.
fn certificate<'i>(inventory: &'i Inventory, host: &HostName, name: &str) -> Option<&'i CertDeclaration> {
    let (owner, _) = name.strip_prefix("cert/")?.split_once('/')?;
    let (owner, its_host) = owner.split_once('@').map_or((owner, None), |(owner, host)| (owner, Some(host)));
    let cert = inventory.certs().get(owner)?;
    let fits = if cert.per_host { its_host == Some(host.as_str()) } else { its_host.is_none() };
    (fits && cert.hosts.contains(host)).then_some(cert)
}

/// The certificate of a key that a host has made.
fn own_key<'i>(inventory: &'i Inventory, host: &HostName, path: &RemotePath) -> Option<&'i CertDeclaration> {
    let (owner, _) = path.as_str().strip_prefix(HOST_KEYS)?.strip_prefix('/')?.split_once('/')?;
    inventory.certs().get(owner).filter(|cert| cert.per_host && cert.hosts.contains(host))
}

/// Whether what is written lies in the directory, as the plan's expectation has its declared path.
fn is_below(transaction: &Transaction, resolved: &RemotePath, directory: &RemotePath) -> bool {
    let expect = transaction.expect.iter().find(|expect| expect.resolved == *resolved);
    expect.is_some_and(|expect| {
        let rest = expect.path.as_str().strip_prefix(directory.as_str().trim_end_matches('/'));
        rest.is_some_and(|rest| rest.starts_with('/'))
    })
}
