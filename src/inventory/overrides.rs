//! What groups and hosts override: base, then groups, then the host; and which groups contradict each other.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::context::Context;
use super::problem::Problem;
use super::text::{GroupName, Located};
use crate::names::HostName;

type Span = Range<usize>;

/// What one `on.NAME` table says.
#[derive(Clone, Debug)]
pub(super) struct Layer<K, V> {
    pub(super) name: GroupName,
    pub(super) hosts: BTreeSet<HostName>,
    pub(super) is_host: bool,
    pub(super) rank: Option<usize>,
    pub(super) values: Vec<(K, V, Span)>,
}

/// A value that won, and how strong the layer is that it came from: 0 is the base.
#[derive(Clone, Debug)]
pub(super) struct Slot<V> {
    pub(super) value: V,
    pub(super) span: Span,
    pub(super) strength: usize,
}

pub(super) type Merged<K, V> = BTreeMap<K, Slot<V>>;

impl<K, V> Layer<K, V> {
    /// A layer for a group or a host; none, and a problem, when there is no such name.
    pub(super) fn new(name: &Located<GroupName>, values: Vec<(K, V, Span)>, context: &mut Context<'_>) -> Option<Self> {
        let (hosts, is_host) = context.named(name)?;
        let rank = context.order.get(&name.value).copied();
        Some(Self { name: name.value.clone(), hosts, is_host, rank, values })
    }
}

/// From the weakest to the strongest: groups without a rank, groups by rank, hosts.
pub(super) fn sort<K, V>(layers: &mut [Layer<K, V>]) {
    layers.sort_by(|a, b| (a.is_host, a.rank, &a.name).cmp(&(b.is_host, b.rank, &b.name)));
}

/// Hosts for which the same layers count, and what they get. Contradictions are reported once, not for each host.
pub(super) fn variants<K: Ord + Clone, V: PartialEq + Clone>(
    base: &[(K, V, Span)],
    layers: &[Layer<K, V>],
    hosts: &BTreeSet<HostName>,
    describe: &dyn Fn(&K) -> String,
    context: &mut Context<'_>,
) -> Vec<(Vec<HostName>, Merged<K, V>)> {
    let mut signatures: BTreeMap<&HostName, Vec<usize>> = hosts.iter().map(|host| (host, Vec::new())).collect();
    for (index, layer) in layers.iter().enumerate() {
        for host in &layer.hosts {
            if let Some(signature) = signatures.get_mut(host) {
                signature.push(index);
            }
        }
    }
    let mut alike: BTreeMap<Vec<usize>, Vec<HostName>> = BTreeMap::new();
    for (host, signature) in signatures {
        alike.entry(signature).or_default().push(host.clone());
    }
    let mut conflicts: BTreeMap<(usize, usize), Conflict> = BTreeMap::new();
    let mut variants = Vec::with_capacity(alike.len());
    for (signature, hosts) in alike {
        variants.push((hosts.clone(), merge(base, layers, &signature, &hosts, describe, &mut conflicts)));
    }
    if !context.doubtful {
        context.problems.extend(conflicts.into_values().map(Conflict::problem));
    }
    variants
}

struct Conflict {
    what: String,
    groups: [(GroupName, Span); 2],
    host: HostName,
    more: usize,
}

impl Conflict {
    fn problem(self) -> Problem {
        let [(first, first_span), (second, second_span)] = self.groups;
        let who = if self.more == 0 { self.host.to_string() } else { format!("{} and {} more", self.host, self.more) };
        let verb = if self.more == 0 { "is" } else { "are" };
        Problem::new(
            "override-conflict",
            format!("the groups {first} and {second} override {} differently; {who} {verb} in both", self.what),
        )
        .label(first_span, format!("for {first}"))
        .label(second_span, format!("for {second}"))
        .help(format!(
            "rank them: `order = [\"{first}\", \"{second}\"]` in [groups] lets {second} win; or override it for the host"
        ))
    }
}

fn merge<K: Ord + Clone, V: PartialEq + Clone>(
    base: &[(K, V, Span)],
    layers: &[Layer<K, V>],
    signature: &[usize],
    hosts: &[HostName],
    describe: &dyn Fn(&K) -> String,
    conflicts: &mut BTreeMap<(usize, usize), Conflict>,
) -> Merged<K, V> {
    let applying = || signature.iter().filter_map(|index| layers.get(*index));
    let by_host: BTreeSet<&K> =
        applying().filter(|layer| layer.is_host).flat_map(|layer| layer.values.iter().map(|(key, ..)| key)).collect();
    let mut merged: Merged<K, V> = BTreeMap::new();
    // Who said it last, for conflicts between groups.
    let mut said: BTreeMap<&K, &Layer<K, V>> = BTreeMap::new();
    for (key, value, span) in base {
        merged.insert(key.clone(), Slot { value: value.clone(), span: span.clone(), strength: 0 });
    }
    for (at, layer) in applying().enumerate() {
        for (key, value, span) in &layer.values {
            if let (Some(other), Some(slot)) = (said.get(key), merged.get(key))
                && !layer.is_host
                && slot.value != *value
                && (layer.rank.is_none() || other.rank.is_none())
                && !by_host.contains(key)
            {
                conflicts
                    .entry((slot.span.start, span.start))
                    .and_modify(|conflict| conflict.more += hosts.len())
                    .or_insert_with(|| Conflict {
                        what: describe(key),
                        groups: [(other.name.clone(), slot.span.clone()), (layer.name.clone(), span.clone())],
                        host: hosts.first().cloned().unwrap_or_else(|| HostName::new("?")),
                        more: hosts.len().saturating_sub(1),
                    });
            }
            merged.insert(key.clone(), Slot { value: value.clone(), span: span.clone(), strength: at + 1 });
            said.insert(key, layer);
        }
    }
    merged
}
