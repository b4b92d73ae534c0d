//! The declared truth of a certificate: what the store has for it, and whether a new one is due.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::due::{self, Due};
use crate::engine::transaction::{Part, host_key};
use crate::inventory::CertDeclaration;
use crate::names::HostName;
use crate::store::{Stored, next_host_key};
use crate::x509::{Certificate, Fingerprint};

/// What a host is to have.
#[derive(Clone, Copy)]
pub(super) struct Declared<'a> {
    /// All that the store has of it, newest first.
    pub(super) stored: &'a [Stored],
    /// The newest that may be put on hosts.
    pub(super) usable: Option<&'a Stored>,
}

impl<'a> Declared<'a> {
    pub(super) fn of(cert: &CertDeclaration, directory: Option<&str>, stored: &'a [Stored], now: Timestamp) -> Self {
        Self { stored, usable: stored.iter().find(|one| due::is_usable(cert, directory, one, now)) }
    }

    /// The stored certificate with this fingerprint.
    pub(super) fn find(&self, leaf: &Fingerprint) -> Option<&'a Stored> {
        self.stored.iter().find(|stored| stored.chain.leaf().fingerprint == *leaf)
    }

    /// Whether a new one is due. Where the store has none, the one on the hosts counts: it was issued from elsewhere.
    pub(super) fn due(
        &self,
        cert: &CertDeclaration,
        directory: Option<&str>,
        on_hosts: Option<&Certificate>,
        forced: bool,
        now: Timestamp,
    ) -> Option<Due> {
        if !cert.is_issued() {
            return None;
        }
        if forced {
            return Some(Due::Forced);
        }
        let newest = self.usable.or_else(|| self.stored.first());
        match newest {
            Some(stored) => due::due(cert, directory, Some((stored.chain.leaf(), Some(&stored.meta))), now),
            None => due::due(cert, directory, on_hosts.map(|leaf| (leaf, None)), now),
        }
    }
}

/// The names and constraints of values that exist once a certificate is issued.
#[derive(Clone)]
pub(super) struct Next {
    prefix: String,
    constraints: BTreeMap<String, String>,
    /// Where the host has made its key for it, with keys of its own.
    host_key: Option<Part>,
}

impl Next {
    /// `stored`: what there was before, newest first.
    pub(super) fn of(cert: &CertDeclaration, host: &HostName, stored: &[Stored]) -> Self {
        let prefix =
            if cert.per_host { format!("cert/{}@{host}/next", cert.name) } else { format!("cert/{}/next", cert.name) };
        let constraints =
            [("domains", cert.domains.join(",")), ("key", cert.key.to_string()), ("ca", cert.acme.clone())];
        let newest = stored.first().map(|stored| &stored.serial);
        let host_key = cert.per_host.then(|| Part::HostKey { path: host_key(&cert.name, &next_host_key(newest)) });
        let constraints = constraints.map(|(key, value)| (key.to_owned(), value)).into();
        Self { prefix, constraints, host_key }
    }

    /// As a place of a path or a line of a diff: replaced when the value is at hand.
    pub(super) fn serial(&self) -> String {
        self.template("serial")
    }

    /// Its last day, as a place of a line of a diff.
    pub(super) fn not_after(&self) -> String {
        self.template("not-after")
    }

    fn template(&self, what: &str) -> String {
        format!("{{{{{}/{what}}}}}", self.prefix)
    }

    /// Its private key.
    pub(super) fn key(&self) -> Part {
        self.host_key.clone().unwrap_or_else(|| self.part("privkey"))
    }

    pub(super) fn part(&self, what: &str) -> Part {
        Part::Deferred { name: format!("{}/{what}", self.prefix), constraints: self.constraints.clone() }
    }
}

/// The key of a stored certificate: a value that the store provides when the plan is carried out, or the host's own.
pub(super) fn stored_key(cert: &CertDeclaration, stored: &Stored) -> Part {
    let leaf = stored.chain.leaf();
    if cert.per_host {
        return Part::HostKey { path: host_key(&cert.name, leaf.key.as_str()) };
    }
    let owner = &cert.name;
    Part::Deferred {
        name: format!("cert/{owner}/{}/privkey", stored.serial),
        constraints: BTreeMap::from([("key-sha256".to_owned(), leaf.key.to_string())]),
    }
}
