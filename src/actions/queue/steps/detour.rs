//! A way round: something ends for a while, or runs for a while elsewhere, so that the rest can go ahead.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::Effort;
use super::room::{claims, forbids_start, forbids_stop, is_singleton, never_starts, to_start, to_stop};
use super::run::{Rule, Run, run, take};
use crate::actions::queue::limits::{Limit, Usage};
use crate::actions::queue::model::{Model, Move, Placement, Step};

/// A step is worth as much as so many processes that end, or run, for a while.
const STEP_IN_MOVES: u64 = 4;
/// Hosts that are looked at for one limit: on more of them the same is tried again.
const HOSTS: usize = 4;
/// Runs are for finding a way quickly; where so many don't, the search of a small fleet is better.
const MOST_RUNS: usize = 1000;

/// A place on the way where it goes no further.
struct Place {
    at: Placement,
    usage: Usage,
    steps: Vec<Step>,
    /// The target, but for what is on a detour.
    via: Placement,
    left: Step,
    /// Processes that take a detour.
    astray: u64,
}

/// Steps to the target from where the straight way ends.
pub(super) fn detour(
    model: &Model,
    target: &Placement,
    stuck: &Run,
    effort: Effort,
    go_on: &dyn Fn() -> bool,
) -> Option<Vec<Step>> {
    let cells = (model.hosts.len() * model.kinds.len()).max(1);
    let mut runs = (effort.detours / cells).min(MOST_RUNS);
    let mut seen = BTreeSet::from([stuck.at.clone()]);
    let mut places = vec![Place {
        at: stuck.at.clone(),
        usage: stuck.usage.clone(),
        steps: stuck.steps.clone(),
        via: target.clone(),
        left: stuck.left.clone(),
        astray: 0,
    }];
    let mut open = BinaryHeap::from([(Reverse((stuck.left(), 0_usize)), 0_usize)]);
    while let Some((_, index)) = open.pop() {
        let mut best: Option<(u64, Vec<Step>)> = None;
        for away in ways(model, &places[index]) {
            if runs == 0 || !go_on() {
                return best.map(|(_, steps)| steps);
            }
            runs -= 1;
            let from = &places[index];
            let (mut at, mut usage, mut via) = (from.at.clone(), from.usage.clone(), from.via.clone());
            take(model, &mut at, &mut usage, &away);
            for one in away.starts.iter().chain(&away.stops) {
                via.set(one.host, one.kind, at.get(one.host, one.kind));
            }
            let astray = from.astray + count(&away);
            let held = run(model, &at, &usage, &via, Rule::Frugal, go_on);
            let free = run(model, &held.at, &held.usage, target, Rule::Frugal, go_on);
            let mut steps = from.steps.clone();
            steps.push(away);
            steps.extend(held.steps.iter().cloned());
            if free.arrived() {
                steps.extend(free.steps);
                let cost = u64::try_from(steps.len()).unwrap_or(u64::MAX).saturating_mul(STEP_IN_MOVES) + astray;
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, steps));
                }
                continue;
            }
            // On from both: with what is on a detour kept there, and with all of it called back.
            let held = Place { at: held.at, usage: held.usage, steps: steps.clone(), via, left: held.left, astray };
            steps.extend(free.steps);
            let free = Place { at: free.at, usage: free.usage, steps, via: target.clone(), left: free.left, astray };
            for place in [held, free] {
                if seen.insert(place.at.clone()) {
                    let left = count(&place.left);
                    open.push((Reverse((left + place.astray, places.len())), places.len()));
                    places.push(place);
                }
            }
        }
        if let Some((_, steps)) = best {
            return Some(steps);
        }
    }
    None
}

fn count(step: &Step) -> u64 {
    step.starts.iter().chain(&step.stops).map(|one| u64::from(one.count)).sum()
}

/// Detours that give way to something of what is left, the smallest first.
fn ways(model: &Model, place: &Place) -> Vec<Step> {
    let mut blocked = Vec::new();
    for one in &place.left.starts {
        forbids_start(model, &place.usage, one.host, one.kind, &mut blocked);
    }
    for one in &place.left.stops {
        forbids_stop(model, &place.usage, one.host, one.kind, &mut blocked);
    }
    let limits: BTreeSet<Limit> = blocked.iter().map(|breach| breach.limit).collect();
    let mut found = Vec::new();
    for &limit in &limits {
        for kind in 0..model.kinds.len() {
            match limit {
                Limit::Floor(queue) => stand_ins(model, place, queue, kind, &mut found),
                Limit::Frozen(_) | Limit::Blind(_) | Limit::UnknownMemory(_) => {}
                limit if limit.is_requirement() => {}
                limit => leaves(model, place, limit, kind, &mut found),
            }
        }
    }
    found.sort_by_key(count);
    let mut seen = BTreeSet::new();
    found.retain(|step| seen.insert((step.starts.clone(), step.stops.clone())));
    found
}

/// Processes that end for a while, as they take of a limit.
fn leaves(model: &Model, place: &Place, limit: Limit, kind: usize, found: &mut Vec<Step>) {
    let mut cells = Vec::new();
    if is_singleton(model, kind) {
        return;
    }
    for host in hosts_of(model, limit) {
        let runs = place.at.get(host, kind);
        // What has to end anyway ends as soon as it may; what could not start again must not end.
        let stays = runs > 0 && runs <= place.via.get(host, kind) && never_starts(model, host, kind).is_none();
        let mut takes = false;
        if stays {
            claims(model, &place.usage, host, kind, |claim| takes |= claim.limit == limit);
        }
        if takes && to_stop(model, &place.usage, host, kind) > 0 {
            cells.push(Move { host, kind, count: runs });
        }
    }
    let room = cells.first().map_or(0, |one| to_stop(model, &place.usage, one.host, one.kind));
    spread(&cells, room, |stops| found.push(Step { starts: Vec::new(), stops }));
}

/// Processes that run for a while, so that others which serve the queue can end.
fn stand_ins(model: &Model, place: &Place, queue: usize, kind: usize, found: &mut Vec<Step>) {
    let each = model.kinds[kind].serves[queue];
    if each == 0 {
        return;
    }
    // More than the floor is never needed to let all others end.
    let enough = model.queues[queue].floor.div_ceil(each);
    let mut cells = Vec::new();
    for host in 0..model.hosts.len() {
        // What is to start anyway starts as soon as it may.
        let apart = place.at.get(host, kind) >= place.via.get(host, kind);
        let room = if apart { to_start(model, &place.usage, host, kind).min(enough) } else { 0 };
        if room > 0 {
            cells.push(Move { host, kind, count: room });
        }
    }
    cells.truncate(HOSTS);
    for one in &cells {
        spread(&[*one], enough, |starts| found.push(Step { starts, stops: Vec::new() }));
    }
}

/// The hosts that a limit is about.
fn hosts_of(model: &Model, limit: Limit) -> std::ops::Range<usize> {
    match limit {
        Limit::HostConnections(host) | Limit::HostMemory(host) | Limit::MaxPerHost { host, .. } => host..host + 1,
        _ => 0..model.hosts.len(),
    }
}

/// One, two, four … and all of the processes in these cells, at most so many.
fn spread(cells: &[Move], room: u32, mut tell: impl FnMut(Vec<Move>)) {
    let all = cells.iter().fold(0_u32, |all, one| all.saturating_add(one.count)).min(room);
    let mut wanted = all.min(1);
    while wanted > 0 {
        let mut rest = wanted;
        let mut moves = Vec::new();
        for one in cells {
            let count = one.count.min(rest);
            rest -= count;
            if count > 0 {
                moves.push(Move { count, ..*one });
            }
        }
        tell(moves);
        wanted = if wanted == all { 0 } else { wanted.saturating_mul(2).min(all) };
    }
}
