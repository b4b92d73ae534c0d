//! From the hosts that a step changes to its waves: canaries, batches, groups in order, and failure domains. Pure.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::plan::OnFailure;
use crate::names::HostName;

/// How a step goes from host to host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    /// How many hosts go first.
    pub canary: Option<Size>,
    /// How many go at a time after that; all.
    pub batch: Option<Size>,
    /// Between two waves.
    pub pause_seconds: u32,
    /// How many hosts may fail before the run stops; of canaries none.
    pub max_failures: u32,
    /// At most so many at a time with the same value of a host variable.
    pub at_most: BTreeMap<String, u32>,
    /// Each group is done before the next; with its words.
    pub order: Vec<(String, BTreeSet<HostName>)>,
    /// What becomes of what the run has changed where it stops.
    pub on_failure: OnFailure,
}

/// A number of hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// So many.
    Hosts(u32),
    /// So many in a hundred, rounded up.
    Percent(u8),
}

impl Size {
    /// Of so many hosts; at least one.
    pub fn of(self, hosts: usize) -> usize {
        match self {
            Self::Hosts(number) => usize::try_from(number).unwrap_or(usize::MAX),
            Self::Percent(share) => hosts.saturating_mul(share.into()).div_ceil(100),
        }
        .max(1)
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hosts(number) => write!(f, "{number}"),
            Self::Percent(share) => write!(f, "{share}%"),
        }
    }
}

/// One wave of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// For people, such as `edges: batch 2 of 4`.
    pub name: String,
    /// Whether it goes ahead of the others, so that no host of it may fail.
    pub canary: bool,
    /// Its hosts.
    pub hosts: BTreeSet<HostName>,
}

/// The value of a host's variable; hosts without it share the one that is none.
pub type Domain<'a> = &'a dyn Fn(&HostName, &str) -> Option<String>;

impl Rollout {
    /// The waves of the step for these hosts, each of them in exactly one.
    pub fn split(&self, step: &str, hosts: &BTreeSet<HostName>, domain: Domain<'_>) -> Vec<Part> {
        let mut segments = self.segments(hosts);
        let mut waves: Vec<(bool, String, BTreeSet<HostName>)> = Vec::new();
        if let Some(canary) = self.canary {
            let ahead = taken(&mut segments, canary.of(hosts.len()));
            let packed = self.packed(ahead, usize::MAX, domain);
            let many = packed.len();
            for (number, hosts) in packed.into_iter().enumerate() {
                let name = if many == 1 { "canary".to_owned() } else { format!("canary {} of {many}", number + 1) };
                waves.push((true, name, hosts));
            }
        }
        let begun = !waves.is_empty();
        let batch = self.batch.map_or(usize::MAX, |batch| batch.of(hosts.len()));
        for (label, hosts) in segments.into_iter().filter(|(_, hosts)| !hosts.is_empty()) {
            let packed = self.packed(hosts, batch, domain);
            let many = packed.len();
            for (number, hosts) in packed.into_iter().enumerate() {
                let place = (many > 1).then(|| format!("batch {} of {many}", number + 1));
                let name = match (&label, place) {
                    (Some(label), Some(place)) => format!("{label}, {place}"),
                    (Some(label), None) => label.clone(),
                    (None, Some(place)) => place,
                    (None, None) if begun => "the rest".to_owned(),
                    (None, None) => String::new(),
                };
                waves.push((false, name, hosts));
            }
        }
        let alone = waves.len() == 1;
        waves
            .into_iter()
            .map(|(canary, name, hosts)| {
                let name = if alone || name.is_empty() { step.to_owned() } else { format!("{step}: {name}") };
                Part { name, canary, hosts }
            })
            .collect()
    }

    /// The hosts by the groups in order, then those that no group names.
    fn segments(&self, hosts: &BTreeSet<HostName>) -> Vec<(Option<String>, Vec<HostName>)> {
        let mut left = hosts.clone();
        let mut segments = Vec::new();
        for (label, group) in &self.order {
            let here: Vec<HostName> = left.intersection(group).cloned().collect();
            left.retain(|host| !group.contains(host));
            segments.push((Some(label.clone()), here));
        }
        let label = (!self.order.is_empty()).then(|| "the others".to_owned());
        segments.push((label, left.into_iter().collect()));
        segments
    }

    /// Waves of at most that many hosts, within the failure domains.
    fn packed(&self, mut hosts: Vec<HostName>, most: usize, domain: Domain<'_>) -> Vec<BTreeSet<HostName>> {
        let mut waves = Vec::new();
        while !hosts.is_empty() {
            let mut wave = BTreeSet::new();
            let mut used: BTreeMap<(&str, Option<String>), u32> = BTreeMap::new();
            hosts.retain(|host| {
                let domains: Vec<(&str, Option<String>, u32)> =
                    self.at_most.iter().map(|(name, most)| (name.as_str(), domain(host, name), *most)).collect();
                let fits = wave.len() < most
                    && domains.iter().all(|(name, value, most)| {
                        used.get(&(*name, value.clone())).copied().unwrap_or_default() < (*most).max(1)
                    });
                if fits {
                    for (name, value, _) in domains {
                        *used.entry((name, value)).or_default() += 1;
                    }
                    wave.insert(host.clone());
                }
                !fits
            });
            waves.push(wave);
        }
        waves
    }
}

/// Takes the first so many hosts out of the segments.
fn taken(segments: &mut [(Option<String>, Vec<HostName>)], number: usize) -> Vec<HostName> {
    let mut ahead = Vec::new();
    for (_, hosts) in segments {
        let here = hosts.len().min(number - ahead.len());
        ahead.extend(hosts.drain(..here));
    }
    ahead
}
