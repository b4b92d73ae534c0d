//! What a run did, for a postmortem: once for all hosts that underwent the same, whichever waves they were in.

use std::collections::{BTreeMap, BTreeSet};

use super::fold::names;
use super::postmortem::counted;
use super::postmortem_markup::plain;
use super::summary::is_on_host;
use crate::actions::queue;
use crate::engine::transaction::{DiffLine, ItemSummary};
use crate::journal::incident::{Group, IncidentRun};
use crate::names::HostName;

/// How many waves are told one by one.
const MOST_WAVES: usize = 5;

/// How finely the items of a host are told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Each item for itself: hosts that share one but not the other stand together there.
    Item,
    /// All items of an action together.
    Action,
}

/// Hosts that underwent the same.
pub(super) struct Told<'a> {
    pub(super) outcome: Option<&'a str>,
    pub(super) reason: Option<&'a str>,
    /// The hosts, in the order of their waves.
    waves: Vec<BTreeSet<HostName>>,
    /// From what to what. Operations are those of the first host.
    pub(super) items: Vec<ItemSummary>,
    /// The operations on each host.
    pub(super) operations: BTreeMap<HostName, Vec<String>>,
}

/// Hosts by the numbers of their waves.
type Waves = BTreeMap<u32, BTreeSet<HostName>>;

/// What one host underwent of one item, or action, in all waves.
struct Share<'a> {
    outcome: Option<&'a str>,
    reason: Option<&'a str>,
    host: &'a HostName,
    wave: u32,
    about: (String, String),
    items: Vec<ItemSummary>,
}

impl Told<'_> {
    /// `esme, then cdn-[1-3] (4 hosts)`.
    pub(super) fn places(&self) -> String {
        in_order(&self.waves)
    }
}

fn in_order(waves: &[BTreeSet<HostName>]) -> String {
    let hosts: BTreeSet<HostName> = waves.iter().flatten().cloned().collect();
    if waves.len() == 1 || waves.len() > MOST_WAVES {
        return counted(&hosts);
    }
    let told: Vec<String> = waves.iter().map(names).collect();
    format!("{} ({} hosts)", plain(&told.join(", then ")), hosts.len())
}

/// What a run did on hosts, in the order in which it first came up.
pub(super) fn told(run: &IncidentRun, by: By) -> Vec<Told<'_>> {
    let mut same: Vec<(Vec<Share<'_>>, Waves)> = Vec::new();
    for share in without_processes(shares(run, by), by) {
        let at = same.iter().position(|(known, _)| is_alike(&known[0], &share)).unwrap_or_else(|| {
            same.push((Vec::new(), BTreeMap::new()));
            same.len() - 1
        });
        same[at].1.entry(share.wave).or_default().insert(share.host.clone());
        same[at].0.push(share);
    }
    let mut told: Vec<Told<'_>> = Vec::new();
    for (shares, waves) in same {
        let waves: Vec<BTreeSet<HostName>> = waves.into_values().collect();
        let (outcome, reason) = (shares[0].outcome, shares[0].reason);
        let alike = |other: &Told<'_>| (other.outcome, other.reason, &other.waves) == (outcome, reason, &waves);
        let at = told.iter().position(alike).unwrap_or_else(|| {
            told.push(Told { outcome, reason, waves, items: Vec::new(), operations: BTreeMap::new() });
            told.len() - 1
        });
        for share in &shares {
            let operations = share.items.iter().flat_map(|item| item.operations.iter().cloned());
            told[at].operations.entry(share.host.clone()).or_default().extend(operations);
        }
        if let Some(first) = shares.into_iter().next() {
            told[at].items.extend(first.items);
        }
    }
    told
}

fn shares(run: &IncidentRun, by: By) -> Vec<Share<'_>> {
    let mut turns: Vec<(u32, &HostName, &Group)> = Vec::new();
    for group in &run.groups {
        turns.extend(group.waves.iter().flat_map(|(wave, hosts)| hosts.iter().map(move |host| (*wave, host, group))));
    }
    turns.sort_by_key(|(wave, ..)| *wave);
    let mut shares: Vec<Share<'_>> = Vec::new();
    for (wave, host, group) in turns {
        let (outcome, reason) = (group.outcome.as_deref(), group.reason.as_deref());
        let mut add = |about: (String, String), item: Option<&ItemSummary>| {
            let same = |share: &Share<'_>| {
                (share.outcome, share.reason, share.host, &share.about) == (outcome, reason, host, &about)
            };
            let at = shares.iter().position(same).unwrap_or_else(|| {
                shares.push(Share { outcome, reason, host, wave, about, items: Vec::new() });
                shares.len() - 1
            });
            if let Some(item) = item {
                merge(&mut shares[at].items, item);
            }
        };
        let items: Vec<&ItemSummary> = group.changes.iter().filter(|item| is_on_host(item)).collect();
        if items.is_empty() {
            add((String::new(), String::new()), None);
        }
        for item in items {
            let id = if by == By::Item { item.id.clone() } else { String::new() };
            add((item.kind.clone(), id), Some(item));
        }
    }
    shares
}

/// Where each item is told for itself, processes of queues are [`workers`]'.
fn without_processes(mut shares: Vec<Share<'_>>, by: By) -> Vec<Share<'_>> {
    let lines = |share: &Share<'_>| share.items.iter().map(|item| item.diff.len()).sum::<usize>();
    if by == By::Item {
        shares.retain_mut(|share| {
            let before = lines(share);
            for ItemSummary { kind, diff, .. } in &mut share.items {
                diff.retain(|line| !is_process(kind, line));
            }
            before == lines(share) || lines(share) > 0
        });
    }
    shares
}

/// Of a thing that changed in several waves, the first value and the last one stand.
fn merge(items: &mut Vec<ItemSummary>, item: &ItemSummary) {
    let same = |known: &ItemSummary| (&known.kind, &known.id, &known.place) == (&item.kind, &item.id, &item.place);
    let Some(known) = items.iter_mut().find(|known| same(known)) else {
        items.push(item.clone());
        return;
    };
    for line in &item.diff {
        let goes_on =
            |other: &DiffLine| other.subject == line.subject && line.before.is_some() && other.after == line.before;
        if let Some(before) = known.diff.iter_mut().find(|other| goes_on(other)) {
            before.after.clone_from(&line.after);
        } else if !known.diff.contains(line) {
            known.diff.push(line.clone());
        }
    }
    known.operations.extend(item.operations.iter().cloned());
}

/// Neither the order of waves nor the operations part what is else the same.
fn is_alike(one: &Share<'_>, other: &Share<'_>) -> bool {
    fn lines(items: &[ItemSummary]) -> BTreeSet<([&str; 4], [Option<&str>; 2])> {
        let mut lines = BTreeSet::new();
        for item in items {
            for DiffLine { subject, before, after } in &item.diff {
                lines.insert((
                    [&*item.kind, &*item.id, &*item.place, &**subject],
                    [before.as_deref(), after.as_deref()],
                ));
            }
        }
        lines
    }
    (one.outcome, one.reason, &one.about) == (other.outcome, other.reason, &other.about)
        && lines(&one.items) == lines(&other.items)
}

/// Processes of queues that began or ended, by kind.
pub(super) struct Workers<'a> {
    pub(super) outcome: Option<&'a str>,
    /// Why, where it did not apply.
    pub(super) reason: Option<&'a str>,
    /// Where, in the order of their waves.
    waves: Vec<BTreeSet<HostName>>,
    /// `queue ingress: +32 processes, 12 on franz, 20 on freud (each takes 5 connections)`.
    pub(super) lines: Vec<String>,
}

impl Workers<'_> {
    /// Whether these hosts, and their ending, are those.
    pub(super) fn are_of(&self, told: &Told<'_>) -> bool {
        (self.outcome, self.reason, &self.waves) == (told.outcome, told.reason, &told.waves)
    }

    /// As [`Told::places`].
    pub(super) fn places(&self) -> String {
        in_order(&self.waves)
    }
}

/// Whether a line tells of one process of a queue that begins or ends.
fn is_process(kind: &str, line: &DiffLine) -> bool {
    kind == queue::KIND
        && line.subject.ends_with(".service")
        && line.subject.contains('@')
        && line.before.is_some() != line.after.is_some()
}

/// What became of processes, told once for all hosts of one ending.
pub(super) fn workers(run: &IncidentRun) -> Vec<Workers<'_>> {
    type Counts<'a> = Vec<((String, bool, String), BTreeMap<&'a HostName, usize>)>;
    type Ending<'a> = (Option<&'a str>, Option<&'a str>, BTreeMap<&'a HostName, u32>, Counts<'a>);
    let mut all: Vec<Ending<'_>> = Vec::new();
    for share in &shares(run, By::Item) {
        for item in &share.items {
            for line in item.diff.iter().filter(|line| is_process(&item.kind, line)) {
                let same = all.iter().position(|it| (it.0, it.1) == (share.outcome, share.reason));
                let at = same.unwrap_or_else(|| {
                    all.push((share.outcome, share.reason, BTreeMap::new(), Vec::new()));
                    all.len() - 1
                });
                let (_, _, hosts, counts) = &mut all[at];
                hosts.entry(share.host).and_modify(|wave| *wave = share.wave.min(*wave)).or_insert(share.wave);
                let how = line.after.as_ref().or(line.before.as_ref()).cloned().unwrap_or_default();
                let key = (item.id.clone(), line.after.is_some(), how);
                let at = counts.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
                    counts.push((key, BTreeMap::new()));
                    counts.len() - 1
                });
                *counts[at].1.entry(share.host).or_default() += 1;
            }
        }
    }
    let of = |(outcome, reason, hosts, counts): (_, _, BTreeMap<&HostName, u32>, Counts<'_>)| {
        let mut waves = Waves::new();
        for (host, wave) in hosts {
            waves.entry(wave).or_default().insert(host.clone());
        }
        let lines = counts.into_iter().map(|((id, begins, how), places)| of_kind(&id, begins, &how, &places)).collect();
        Workers { outcome, reason, waves: waves.into_values().collect(), lines }
    };
    all.into_iter().map(of).collect()
}

fn of_kind(id: &str, begins: bool, how: &str, places: &BTreeMap<&HostName, usize>) -> String {
    let count: usize = places.values().sum();
    let sign = if begins { "+" } else { "−" };
    let noun = if count == 1 { "process" } else { "processes" };
    let each = if count == 1 { "" } else { "each " };
    let on = |(host, count): (&&HostName, &usize)| {
        if places.len() == 1 { format!("on {host}") } else { format!("{count} on {host}") }
    };
    let places = places.iter().map(on).collect::<Vec<_>>().join(", ");
    plain(&format!("queue {id}: {sign}{count} {noun}, {places} ({each}{how})"))
}
