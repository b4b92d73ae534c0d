//! Every way there is, for fleets that are small enough: one process at a time, the most promising placement first.
//!
//! That is no loss: what a step may do, its moves may do one after the other, starts first.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::Effort;
use super::room::{is_singleton, to_start, to_stop};
use super::run::{Rule, run};
use crate::actions::queue::limits::{Usage, must_end};
use crate::actions::queue::model::{Model, Move, Placement, Step};

/// What came of it.
pub(super) enum Found {
    Way(Vec<Step>),
    /// There is none.
    Nothing,
    /// It was too much.
    GaveUp,
}

struct Node {
    at: Placement,
    /// Where it came from, and how: a start or a stop of one process.
    came: Option<(usize, Step)>,
    moves: u32,
}

pub(super) fn search(model: &Model, target: &Placement, effort: Effort, go_on: &dyn Fn() -> bool) -> Found {
    let cells = (model.hosts.len() * model.kinds.len()).max(1);
    let most = effort.placements / cells;
    let mut nodes = vec![Node { at: model.now.clone(), came: None, moves: 0 }];
    let mut seen = BTreeSet::from([model.now.clone()]);
    let mut open = BinaryHeap::from([Reverse((far(model, &model.now, target), 0_u32, 0_usize))]);
    while let Some(Reverse((_, _, index))) = open.pop() {
        if !go_on() {
            return Found::GaveUp;
        }
        if nodes[index].at == *target {
            return Found::Way(steps(model, target, &nodes, index, go_on));
        }
        let usage = Usage::of(model, &nodes[index].at);
        for (host, kind) in (0..model.hosts.len()).flat_map(|host| (0..model.kinds.len()).map(move |kind| (host, kind)))
        {
            let runs = nodes[index].at.get(host, kind);
            let one = Move { host, kind, count: 1 };
            let mut next = Vec::new();
            let stays = is_singleton(model, kind) && runs <= target.get(host, kind);
            if runs > 0 && !stays && to_stop(model, &usage, host, kind) > 0 {
                next.push((runs - 1, Step { starts: Vec::new(), stops: vec![one] }));
            }
            if runs < enough(model, target, host, kind) && to_start(model, &usage, host, kind) > 0 {
                next.push((runs + 1, Step { starts: vec![one], stops: Vec::new() }));
            }
            for (count, step) in next {
                let mut at = nodes[index].at.clone();
                at.set(host, kind, count);
                if seen.contains(&at) {
                    continue;
                }
                // Of a large fleet one placement has thousands of neighbours: they are counted as they come.
                if nodes.len() > most {
                    return Found::GaveUp;
                }
                let moves = nodes[index].moves + 1;
                // Distance counts double: any way will do, and a straight one is found sooner.
                open.push(Reverse((2 * far(model, &at, target) + u64::from(moves), moves, nodes.len())));
                seen.insert(at.clone());
                nodes.push(Node { at, came: Some((index, step)), moves });
            }
        }
    }
    Found::Nothing
}

/// Starts and stops between two placements.
fn far(model: &Model, at: &Placement, target: &Placement) -> u64 {
    let on = |host| at.host(host).iter().zip(target.host(host)).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
    (0..model.hosts.len()).map(on).sum()
}

/// More processes than this in one cell help nothing: they alone keep every floor, or all that is wanted is there.
fn enough(model: &Model, target: &Placement, host: usize, kind: usize) -> u32 {
    if must_end(model, host, kind).is_some() {
        return 0;
    }
    let serves = model.kinds[kind].serves.iter().zip(&model.queues).filter(|(each, _)| **each > 0);
    let floors = serves.map(|(each, queue)| queue.floor.div_ceil(*each)).max().unwrap_or(0);
    floors.max(target.get(host, kind))
}

/// The way to a node as steps; from where the rest needs no detour any more, it is run straight ahead.
fn steps(model: &Model, target: &Placement, nodes: &[Node], index: usize, go_on: &dyn Fn() -> bool) -> Vec<Step> {
    let mut way = Vec::new();
    let mut index = index;
    while let Some((from, step)) = &nodes[index].came {
        way.push((*from, step.clone()));
        index = *from;
    }
    way.reverse();
    let mut steps = Vec::new();
    for (from, step) in way {
        let at = &nodes[from].at;
        let rest = run(model, at, &Usage::of(model, at), target, Rule::Frugal, go_on);
        if rest.arrived() {
            steps.extend(rest.steps);
            return steps;
        }
        steps.push(step);
    }
    steps
}
