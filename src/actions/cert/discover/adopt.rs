//! From what was found to what may be declared: which certificates, on which hosts, in which layout.

use std::collections::{BTreeMap, BTreeSet};

use super::declaration::Declaration;
use super::{Discovery, FoundCertificate, FoundPlace, Service};
use crate::inventory::{Inventory, Layout};
use crate::names::HostName;

/// A declaration that can be written as `certs-NAME.toml`.
#[derive(Clone, Debug)]
pub struct Adopted {
    /// The name in the inventory.
    pub name: String,
    /// TOML.
    pub text: String,
    /// The hosts that it is for.
    pub hosts: BTreeSet<HostName>,
    /// What is worth knowing about it.
    pub notes: Vec<String>,
}

/// What became of a wish to adopt.
#[derive(Clone, Debug, Default)]
pub struct Adoption {
    /// By name.
    pub adopted: Vec<Adopted>,
    /// What was left out, by name, and why.
    pub skipped: BTreeMap<String, String>,
}

/// All certificates for the same names that are laid out in the same way: one declaration.
pub(super) struct Candidate<'a> {
    pub(super) name: String,
    pub(super) layout: Layout,
    /// The files and what they are, by host and path.
    pub(super) places: Vec<(&'a FoundCertificate, &'a FoundPlace)>,
}

impl Candidate<'_> {
    pub(super) fn hosts(&self) -> BTreeSet<HostName> {
        self.places.iter().map(|(_, place)| place.host.clone()).collect()
    }

    /// The certificate that lives longest: what is for the same names differs in little else.
    pub(super) fn best(&self) -> Option<&FoundCertificate> {
        self.places.iter().map(|(certificate, _)| *certificate).max_by_key(|it| (it.not_after, &it.fingerprint))
    }
}

impl Discovery {
    /// The names that [`Discovery::adopt`] knows.
    pub fn names(&self) -> BTreeSet<&str> {
        self.certificates.iter().map(|certificate| certificate.name.as_str()).collect()
    }

    /// The declarations of what is in use and declared nowhere; with names, of these alone, in use or not.
    ///
    /// A name that is not known is among the skipped.
    pub fn adopt(&self, wanted: &[String], inventory: &Inventory) -> Adoption {
        let mut adoption = Adoption::default();
        for name in wanted.iter().filter(|name| !self.names().contains(name.as_str())) {
            adoption.skipped.insert(name.clone(), "no certificate is called that".to_owned());
        }
        for name in self.names() {
            let named = wanted.iter().any(|wish| wish == name);
            if !named && !wanted.is_empty() {
                continue;
            }
            match self.candidates(name, named) {
                Ok(candidates) => {
                    for candidate in candidates {
                        self.declare(&candidate, inventory, &mut adoption);
                    }
                }
                Err(why) => _ = adoption.skipped.insert(name.to_owned(), why),
            }
        }
        adoption
    }

    fn declare(&self, candidate: &Candidate<'_>, inventory: &Inventory, adoption: &mut Adoption) {
        if let Some(declared) = inventory.certs().get(&candidate.name) {
            let hosts = crate::inventory::fold(&candidate.hosts());
            let why = format!("certs.{} is declared already ({}): add {hosts} to it", declared.name, declared.origin);
            adoption.skipped.insert(candidate.name.clone(), why);
            return;
        }
        let declaration = Declaration::of(candidate, &self.surveys, inventory);
        adoption.adopted.push(declaration.write());
    }

    /// One, or one for each layout.
    fn candidates(&self, name: &str, named: bool) -> Result<Vec<Candidate<'_>>, String> {
        let certificates: Vec<&FoundCertificate> = self.certificates.iter().filter(|it| it.name == name).collect();
        let all = || certificates.iter().flat_map(|certificate| certificate.places.iter().map(|it| (*certificate, it)));
        let open: Vec<_> = all().filter(|(_, place)| place.declared.is_none()).collect();
        if open.is_empty() {
            return Err("it is declared already".to_owned());
        }
        if !certificates.iter().any(|it| it.names.iter().any(|name| super::uses::is_name(name))) {
            return Err("it has no name in the DNS, so that no CA would sign it".to_owned());
        }
        let self_signed = |(certificate, place): &(&FoundCertificate, &FoundPlace)| {
            let survey = self.surveys.get(&place.host);
            survey.and_then(|it| it.places.get(&place.path)).is_some_and(|it| it.leaf().self_signed())
                && certificate.places.iter().all(|place| place.lineages.is_empty())
        };
        if !named && open.iter().all(self_signed) {
            return Err("it is signed by itself; name it to adopt it all the same".to_owned());
        }
        let used: Vec<_> = open.iter().filter(|(_, place)| !place.used_by.is_empty()).copied().collect();
        if used.is_empty() && !named {
            return Err("no service names it; name it to adopt it all the same".to_owned());
        }
        let mut by_layout: BTreeMap<bool, Vec<(&FoundCertificate, &FoundPlace)>> = BTreeMap::new();
        for (certificate, place) in if used.is_empty() { open } else { used } {
            by_layout.entry(is_combined(place)).or_default().push((certificate, place));
        }
        // Those that are declared count: the name must be the same before and after the other one is.
        let both = all().any(|(_, place)| !place.used_by.is_empty() && !is_combined(place));
        let candidate = |(combined, places)| Candidate {
            name: if combined && both { format!("{name}-haproxy") } else { name.to_owned() },
            layout: if combined { Layout::Combined } else { Layout::Pair },
            places,
        };
        Ok(by_layout.into_iter().map(candidate).collect())
    }
}

/// Whether its services want chain and key in one file.
fn is_combined(place: &FoundPlace) -> bool {
    place.used_by.iter().any(|it| it.service == Service::Haproxy)
}

/// What most of them have; of several that are as many, the first.
pub(super) fn most_common<T: Clone + Ord>(all: impl IntoIterator<Item = T>) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(one, _)| one)
}

#[cfg(test)]
#[path = "adopt_tests.rs"]
mod tests;
