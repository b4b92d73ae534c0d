//! One certificate on one host, with all that there is to know of it.

use jiff::Timestamp;

use super::declared::Declared;
use super::disk::Disk;
use super::layout::{File, files};
use crate::engine::fact::Fact;
use crate::engine::outside::HandshakeFact;
use crate::engine::probe::{HostFacts, PathFact, PathKind, UnitFact};
use crate::engine::transaction::{content_digest, host_key};
use crate::inventory::{CertDeclaration, OnHost, Serve};
use crate::names::{HostName, UnitName};
use crate::secrets::DigestKey;
use crate::store::Stored;

/// One certificate on one host.
pub(super) struct Subject<'a> {
    pub(super) cert: &'a CertDeclaration,
    pub(super) host: &'a HostName,
    pub(super) on: &'a OnHost,
    /// What the host answered, where it was asked and could be reached.
    pub(super) look: Option<Look<'a>>,
    pub(super) outside: &'a [HandshakeFact],
    pub(super) declared: Declared<'a>,
    pub(super) now: Timestamp,
    pub(super) key: &'a DigestKey,
}

/// What a host answered.
pub(super) struct Look<'a> {
    pub(super) facts: &'a HostFacts,
    pub(super) disk: Disk<'a>,
}

/// How the units stand that take up a new certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// None is declared.
    NoUnit,
    /// None of them runs.
    NotRunning,
    /// All that run were started or reloaded after the files last changed.
    Since,
    /// One that runs was not.
    NotSince,
    /// Unknown.
    Unknown,
}

impl<'a> Subject<'a> {
    /// What the host's addresses answered for one name and port.
    pub(super) fn answers(&self, serve: &Serve) -> Vec<&'a HandshakeFact> {
        self.outside.iter().filter(|fact| is_for(fact, serve)).collect()
    }

    /// A declared unit, where systemd knows it.
    pub(super) fn unit(&self, unit: &UnitName) -> Option<&'a UnitFact> {
        let look = self.look.as_ref()?;
        look.facts.units.get(unit).filter(|fact| fact.load_state != "not-found")
    }

    /// The declared units that run.
    pub(super) fn running(&self) -> Vec<(&'a UnitName, &'a UnitFact)> {
        let on: &'a OnHost = self.on;
        on.reload.iter().filter_map(|unit| Some((unit, self.unit(unit).filter(|fact| fact.runs())?))).collect()
    }

    /// Whether the units have been started or reloaded since the files changed.
    pub(super) fn taken(&self) -> Taken {
        let Some(look) = &self.look else { return Taken::Unknown };
        if self.on.reload.is_empty() {
            return Taken::NoUnit;
        }
        if look.facts.units_unknown.is_some() {
            return Taken::Unknown;
        }
        let running = self.running();
        if running.is_empty() {
            return Taken::NotRunning;
        }
        let changed = files(self.cert).into_iter().filter_map(|file| look.disk.files.get(&file)?.known().copied());
        let Some(changed) = changed.map(|fact| fact.touched).reduce(f64::max) else { return Taken::Unknown };
        let since = running.iter().all(|(_, fact)| fact.state_changed > changed);
        if since { Taken::Since } else { Taken::NotSince }
    }

    /// The digest that the host has for these bytes.
    pub(super) fn digest(&self, bytes: &[u8]) -> String {
        content_digest(&self.key.host_salt(self.host), bytes)
    }

    /// The digest that a file of a stored version has on this host; none where its key is not at hand. A key that the host
    /// made is compared there: with the one that it keeps.
    pub(super) fn expected(&self, file: File, stored: &Stored) -> Option<String> {
        if self.cert.per_host && file == File::Privkey {
            let own = host_key(&self.cert.name, stored.chain.leaf().key.as_str());
            return match self.look.as_ref()?.facts.file(&own) {
                Fact::Known(PathFact { kind: PathKind::Digest(digest), .. }) => Some(digest.clone()),
                _ => None,
            };
        }
        super::layout::bytes(file, stored).map(|bytes| self.digest(bytes.expose()))
    }
}

/// Whether a fact answers for a name and port.
pub(super) fn is_for(fact: &HandshakeFact, serve: &Serve) -> bool {
    let question = &fact.question;
    question.port == serve.port && question.server_name == serve.name && question.starttls == serve.starttls
}

/// A name and port for people.
pub(super) fn place(serve: &Serve) -> String {
    if serve.port == 443 { serve.name.clone() } else { format!("{}:{}", serve.name, serve.port) }
}
