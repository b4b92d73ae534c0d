//! Kinds, moves and steps in words.

use std::collections::BTreeMap;

use crate::actions::queue::model::{Model, Move, Step};

/// A step on more hosts than this tells of a kind only on how many it is.
const HOSTS: usize = 6;

/// `1 host`, `2 hosts`.
pub(in crate::actions::queue) fn plural(count: impl Into<u64>, one: &str, many: &str) -> String {
    let count = count.into();
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What a kind is called where both it and its stale forms may be meant: `ingress`, `ingress (20 connections)`,
/// `ingress (other settings)`, `ingress (idle)`, `ingress (down)`.
pub fn called(model: &Model, kind: usize) -> String {
    let of = &model.kinds[kind];
    let Some(declared) = of.stale_of.map(|declared| &model.kinds[declared]) else { return of.name.clone() };
    if of.is_down() {
        format!("{} (down)", of.name)
    } else if of.is_idle() {
        format!("{} (idle)", of.name)
    } else if of.connections == declared.connections {
        format!("{} (other settings)", of.name)
    } else {
        format!("{} ({})", of.name, plural(of.connections, "connection", "connections"))
    }
}

/// A step, such as `start 4 ingress on franz; stop 1 ingress-20 on freud`.
pub fn step(model: &Model, step: &Step) -> String {
    let one = |verb: &str, moves: &[Move]| (!moves.is_empty()).then(|| format!("{verb} {}", moved(model, moves)));
    let parts: Vec<String> = [one("start", &step.starts), one("stop", &step.stops)].into_iter().flatten().collect();
    parts.join("; ")
}

fn moved(model: &Model, moves: &[Move]) -> String {
    let mut kinds: BTreeMap<usize, Vec<&Move>> = BTreeMap::new();
    for one in moves {
        kinds.entry(one.kind).or_default().push(one);
    }
    let of_kind = |(kind, moves): (&usize, &Vec<&Move>)| {
        let name = called(model, *kind);
        if moves.len() > HOSTS {
            let all: u64 = moves.iter().map(|one| u64::from(one.count)).sum();
            return format!("{all} {name} on {} hosts", moves.len());
        }
        let on = moves.iter().enumerate().map(|(index, one)| {
            let host = &model.hosts[one.host].name;
            if index == 0 { format!("{} {name} on {host}", one.count) } else { format!("{} on {host}", one.count) }
        });
        list(&on.collect::<Vec<_>>())
    };
    kinds.iter().map(of_kind).collect::<Vec<_>>().join(", ")
}
