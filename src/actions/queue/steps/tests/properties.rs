//! What holds of every order.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::fleets::{Size, fleets};
use super::rig::{carried_out, check, moved, single_moves, worse};
use crate::actions::queue::limits;
use crate::actions::queue::model::{Model, Move, Placement, Step};
use crate::actions::queue::steps::{order, room};

const TINY: Size = Size { hosts: 2, kinds: 3, queues: 2, each: 3 };
const SMALL: Size = Size { hosts: 3, kinds: 4, queues: 3, each: 5 };

/// Whether any way leads to the target, one process at a time; `None`: too many placements.
fn reachable(model: &Model, target: &Placement) -> Option<bool> {
    let most = 6;
    let mut seen = BTreeSet::from([model.now.clone()]);
    let mut open = vec![model.now.clone()];
    while let Some(at) = open.pop() {
        if at == *target {
            return Some(true);
        }
        if seen.len() > 30_000 {
            return None;
        }
        for host in 0..model.hosts.len() {
            for kind in 0..model.kinds.len() {
                for start in [true, false] {
                    if at.get(host, kind) == if start { most } else { 0 } {
                        continue;
                    }
                    // A scheduler that stays does not end for a while.
                    let serves = model.kinds[kind].serves.iter().zip(&model.queues);
                    let scheduler = serves.into_iter().any(|(each, queue)| *each > 0 && queue.singleton);
                    if !start && scheduler && at.get(host, kind) <= target.get(host, kind) {
                        continue;
                    }
                    let next = moved(&at, (host, kind, start));
                    if !seen.contains(&next) && worse(model, &at, &next).is_empty() {
                        seen.insert(next.clone());
                        open.push(next);
                    }
                }
            }
        }
    }
    Some(false)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn steps_keep_all_limits_and_end_at_the_target((model, target) in fleets(SMALL)) {
        if let Ok(steps) = order(&model, &target, &|| true) {
            check(&model, &steps, &target);
            let mut at = model.now.clone();
            for step in &steps {
                prop_assert_eq!(limits::instant(&model, &limits::Usage::of(&model, &at), step), []);
                at = single_moves(step).into_iter().fold(at, |at, one| moved(&at, one));
            }
            let there = Model { now: carried_out(&model, &steps), ..model };
            prop_assert_eq!(order(&there, &target, &|| true), Ok(vec![]));
        }
    }

    /// Every instant of a random interleaving, of every step.
    #[test]
    fn no_interleaving_breaks_anything((model, target) in fleets(SMALL), random in any::<prop::sample::Index>(), turn in 1_usize..97) {
        let steps = order(&model, &target, &|| true).unwrap_or_else(|stuck| stuck.done);
        let mut begin = model.now.clone();
        for step in &steps {
            let mut moves = single_moves(step);
            let mut at = begin.clone();
            let mut pick = random.index(1000);
            while !moves.is_empty() {
                pick = (pick * 31 + turn) % 10_007;
                at = moved(&at, moves.swap_remove(pick % moves.len()));
                prop_assert_eq!(worse(&model, &begin, &at), Vec::<String>::new());
            }
            begin = at;
        }
    }

    /// After a failure in the middle of a step, planning again arrives.
    #[test]
    fn any_part_of_a_step_can_be_planned_on_from((model, target) in fleets(SMALL), random in any::<prop::sample::Index>(), turn in 1_usize..97) {
        if let Ok(steps) = order(&model, &target, &|| true) {
            let mut begin = model.now.clone();
            let mut pick = random.index(1000);
            for step in &steps {
                let moves = single_moves(step);
                let mut part = begin.clone();
                for one in &moves {
                    pick = (pick * 31 + turn) % 10_007;
                    if pick % 2 == 0 {
                        part = moved(&part, *one);
                    }
                }
                let again = Model { now: part, ..model.clone() };
                match order(&again, &target, &|| true) {
                    Ok(steps) => check(&again, &steps, &target),
                    Err(stuck) => prop_assert!(false, "{:?}", stuck),
                }
                begin = moves.iter().fold(begin, |at, one| moved(&at, *one));
            }
        }
    }

    #[test]
    fn in_tiny_fleets_every_way_is_found((model, target) in fleets(TINY)) {
        if let Some(reachable) = reachable(&model, &target) {
            match order(&model, &target, &|| true) {
                Ok(_) => prop_assert!(reachable),
                Err(stuck) => prop_assert!(!reachable, "{:?}", stuck),
            }
        }
    }

    /// The count of each cell is what the meaning of the limits allows to one move, and not one more.
    #[test]
    fn room_is_what_the_limits_allow((model, _) in fleets(SMALL)) {
        let usage = limits::Usage::of(&model, &model.now);
        for (host, kind) in (0..model.hosts.len()).flat_map(|host| (0..model.kinds.len()).map(move |kind| (host, kind))) {
            let runs = model.now.get(host, kind);
            for start in [true, false] {
                let allows = |count: u32| {
                    let moves = vec![Move { host, kind, count }];
                    let step = if start {
                        Step { starts: moves, stops: vec![] }
                    } else {
                        Step { starts: vec![], stops: moves }
                    };
                    limits::instant(&model, &usage, &step).is_empty()
                };
                let most = if start { 20 } else { runs };
                let of = if start { room::to_start } else { room::to_stop };
                let room = of(&model, &usage, host, kind).min(most);
                prop_assert!(room == 0 || allows(room), "{} {} {} {}", host, kind, start, room);
                prop_assert!(room == most || !allows(room + 1), "{} {} {} {}", host, kind, start, room);
                let mut breaches = Vec::new();
                if start {
                    room::forbids_start(&model, &usage, host, kind, &mut breaches);
                } else {
                    room::forbids_stop(&model, &usage, host, kind, &mut breaches);
                }
                prop_assert_eq!(breaches.is_empty(), of(&model, &usage, host, kind) > 0);
            }
        }
    }

    #[test]
    fn the_same_question_has_the_same_answer((model, target) in fleets(SMALL)) {
        prop_assert_eq!(order(&model, &target, &|| true), order(&model, &target, &|| true));
    }
}
