//! What an action is to the engine: probes, and one pure function. The engine knows no action by name.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::outside::{Handshake, HandshakeFact, PublicHandshake};
use super::plan::{Lock, Wave};
use super::probe::{Observations, Probe};
use super::status::Item;
use crate::names::HostName;
use crate::secrets::{DigestKey, Secret, SecretRef};

/// One kind of thing that fleet keeps as declared.
pub trait Action {
    /// The word for it in the CLI and in every report, such as `env`.
    fn kind(&self) -> &'static str;

    /// The hosts on which it declares anything.
    fn hosts(&self) -> BTreeSet<HostName>;

    /// Of its hosts, those that it has to look at where these are selected: others may bear on them.
    fn looks_at(&self, selected: &BTreeSet<HostName>) -> BTreeSet<HostName> {
        self.hosts().intersection(selected).cloned().collect()
    }

    /// What it needs to know of a host.
    fn probes(&self, host: &HostName) -> Vec<Probe>;

    /// What it needs to know of a host's services as they are seen from here: asked of each of the host's own addresses.
    fn handshakes(&self, _host: &HostName) -> BTreeSet<Handshake> {
        BTreeSet::new()
    }

    /// What it needs to know of services as the world's DNS leads to them.
    fn public_handshakes(&self) -> Vec<PublicHandshake> {
        Vec::new()
    }

    /// The secrets whose values its planning compares.
    fn secrets(&self) -> BTreeSet<SecretRef>;

    /// How each host stands, and what would change it: one look for `check`, `plan` and `apply`, so that they never disagree.
    ///
    /// It is pure: no I/O, no clock, no randomness. A fact that is unknown is reported and never changed.
    fn assess(&self, world: &World<'_>) -> Assessment;

    /// Replaces what must not be written to a facts file: secrets by their keyed digests, wherever they stand.
    fn redact(
        &self,
        observations: &mut Observations,
        secrets: &BTreeMap<SecretRef, Result<Secret, String>>,
        key: &DigestKey,
    );
}

impl<A: Action + ?Sized> Action for &A {
    fn kind(&self) -> &'static str {
        (**self).kind()
    }

    fn hosts(&self) -> BTreeSet<HostName> {
        (**self).hosts()
    }

    fn looks_at(&self, selected: &BTreeSet<HostName>) -> BTreeSet<HostName> {
        (**self).looks_at(selected)
    }

    fn probes(&self, host: &HostName) -> Vec<Probe> {
        (**self).probes(host)
    }

    fn handshakes(&self, host: &HostName) -> BTreeSet<Handshake> {
        (**self).handshakes(host)
    }

    fn public_handshakes(&self) -> Vec<PublicHandshake> {
        (**self).public_handshakes()
    }

    fn secrets(&self) -> BTreeSet<SecretRef> {
        (**self).secrets()
    }

    fn assess(&self, world: &World<'_>) -> Assessment {
        (**self).assess(world)
    }

    fn redact(
        &self,
        observations: &mut Observations,
        secrets: &BTreeMap<SecretRef, Result<Secret, String>>,
        key: &DigestKey,
    ) {
        (**self).redact(observations, secrets, key);
    }
}

/// All that planning may look at.
pub struct World<'a> {
    /// The controller's clock when it looked.
    pub now: Timestamp,
    /// The hosts that may be changed; others may have been looked at as well.
    pub selected: &'a BTreeSet<HostName>,
    /// What the hosts answered.
    pub observations: &'a Observations,
    /// What the hosts' services presented from outside, also where SSH did not reach the host; in the order of the
    /// questions, then of the addresses.
    pub outside: &'a BTreeMap<HostName, Vec<HandshakeFact>>,
    /// What the addresses presented that the world's DNS leads to.
    pub public: &'a [HandshakeFact],
    /// What the secrets are, or why one is not at hand.
    pub secrets: &'a BTreeMap<SecretRef, Result<Secret, String>>,
    /// Makes digests of values, and the salts of hosts.
    pub key: &'a DigestKey,
    /// Whether secrets in the observations stand as digests, as in a facts file.
    pub redacted: bool,
}

/// What an action says of the hosts.
#[derive(Debug, Default)]
pub struct Assessment {
    /// How each host stands; of hosts that answered alone, or whose services did.
    pub items: BTreeMap<HostName, Vec<Item>>,
    /// What the world sees; it belongs to no host.
    pub public: Vec<Item>,
    /// What would make them as declared.
    pub waves: Vec<Wave>,
    /// What is to be held meanwhile.
    pub locks: Vec<Lock>,
}
