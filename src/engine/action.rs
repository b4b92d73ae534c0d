//! What an action is to the engine: probes, and one pure function. The engine knows no action by name.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::Wave;
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

    /// What it needs to know of a host.
    fn probes(&self, host: &HostName) -> Vec<Probe>;

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

/// All that planning may look at.
pub struct World<'a> {
    /// What the hosts answered.
    pub observations: &'a Observations,
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
    /// How each host stands; of hosts that answered alone.
    pub items: BTreeMap<HostName, Vec<Item>>,
    /// What would make them as declared.
    pub waves: Vec<Wave>,
}
