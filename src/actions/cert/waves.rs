//! Who changes first: a canary of each certificate, then the rest side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::merge;
use super::plan::Planned;
use crate::engine::plan::Wave;
use crate::engine::status::Failure;
use crate::engine::transaction::{Change, Transaction};
use crate::inventory::CertDeclaration;
use crate::names::HostName;

/// The waves under construction.
#[derive(Default)]
pub(super) struct Waves {
    canary: BTreeMap<HostName, Transaction>,
    rest: BTreeMap<HostName, Transaction>,
}

impl Waves {
    /// Adds what one certificate changes; `settled` are hosts where all is well. Returns the hosts where it clashes with
    /// another certificate.
    pub(super) fn add(
        &mut self,
        cert: &CertDeclaration,
        changes: BTreeMap<HostName, Planned>,
        settled: &BTreeSet<HostName>,
    ) -> BTreeMap<HostName, Failure> {
        // A canary that has it already, and serves it, has done its work.
        let proven = cert.canary.iter().any(|host| settled.contains(host));
        let mut canaries: BTreeSet<HostName> =
            changes.keys().filter(|host| cert.canary.contains(*host)).cloned().collect();
        if canaries.is_empty() && !proven {
            canaries.extend(changes.keys().next().cloned());
        }
        if changes.len() == 1 {
            canaries.clear();
        }
        let mut refused = BTreeMap::new();
        for (host, planned) in changes {
            let others = [self.canary.get(&host), self.rest.get(&host)];
            let clash = others.into_iter().flatten().find_map(|all| merge::same_path(all, &planned.transaction));
            if let Some(path) = clash {
                let message = format!("{path} is also changed for another certificate");
                refused.insert(host, Failure::new("path-twice", message, "give each a directory of its own"));
                continue;
            }
            let wave = if canaries.contains(&host) { &mut self.canary } else { &mut self.rest };
            merge::merge(wave.entry(host).or_default(), planned.transaction);
        }
        refused
    }

    /// The waves, in order; those without hosts are left out.
    pub(super) fn finish(mut self) -> Vec<Wave> {
        for (host, later) in &mut self.rest {
            if let Some(earlier) = self.canary.get(host) {
                made_before(earlier, later);
            }
        }
        let name = if self.canary.is_empty() { "all hosts" } else { "the rest" };
        [("canary", self.canary), (name, self.rest)]
            .into_iter()
            .filter(|(_, transactions)| !transactions.is_empty())
            .map(|(name, transactions)| Wave::of(name, transactions))
            .collect()
    }
}

/// A directory that the first wave makes is there in the second.
fn made_before(earlier: &Transaction, later: &mut Transaction) {
    let made: BTreeSet<_> = earlier
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Directory { path, .. } => Some(path),
            _ => None,
        })
        .collect();
    later.changes.retain(|change| !made.contains(change.path()));
    later.expect.retain(|expect| !made.contains(&expect.resolved));
}
