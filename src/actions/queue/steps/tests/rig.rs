//! Fleets in few words, and the rules of a step once more, as plainly as can be: nothing here uses what it checks.

use crate::actions::queue::model::{Budget, Host, Kind, Model, Placement, Queue, Step};
use crate::names::HostName;

/// One budget, named `primary`; hosts with ample memory.
pub(in crate::actions::queue) fn fleet(budget: u32, hosts: &[&str], queues: &[Queue], kinds: &[Kind]) -> Model {
    let host = |name: &&str| Host {
        name: HostName::new(*name),
        cpu: 16_000,
        cpu_used: 0,
        memory: Some(64_000),
        connections: None,
        frozen: false,
    };
    let kinds: Vec<Kind> = kinds
        .iter()
        .map(|kind| {
            let mut kind = kind.clone();
            kind.allowed.resize(hosts.len(), true);
            kind.pinned.resize(hosts.len(), None);
            kind.serves.resize(queues.len(), 0);
            kind
        })
        .collect();
    Model {
        now: Placement::empty(hosts.len(), kinds.len()),
        kinds,
        queues: queues.to_vec(),
        hosts: hosts.iter().map(host).collect(),
        budgets: vec![Budget { name: "primary".to_owned(), limit: budget, blind: false }],
    }
}

pub(in crate::actions::queue) fn queue(name: &str, demand: u32, floor: u32) -> Queue {
    Queue { name: name.to_owned(), demand, weight: 1, floor, ..Queue::default() }
}

pub(in crate::actions::queue) fn singleton(name: &str) -> Queue {
    Queue { singleton: true, ..queue(name, 0, 0) }
}

pub(in crate::actions::queue) fn kind(name: &str, connections: u32, serves: &[u32]) -> Kind {
    Kind {
        name: name.to_owned(),
        connections,
        budgets: vec![0],
        cpu: 1000,
        memory: 400,
        serves: serves.to_vec(),
        ..Kind::default()
    }
}

pub(in crate::actions::queue) fn retired(name: &str, connections: u32, serves: &[u32]) -> Kind {
    Kind { retired: true, ..kind(name, connections, serves) }
}

/// By host, by kind.
pub(in crate::actions::queue) fn placed(counts: &[&[u32]]) -> Placement {
    let mut placement = Placement::empty(counts.len(), counts[0].len());
    for (host, kinds) in counts.iter().enumerate() {
        for (kind, &count) in kinds.iter().enumerate() {
            placement.set(host, kind, count);
        }
    }
    placement
}

/// A number that is limited, of one placement: what it is, and what it may be.
#[derive(Debug)]
pub(in crate::actions::queue) struct Number {
    pub(in crate::actions::queue) name: String,
    pub(in crate::actions::queue) is: i64,
    pub(in crate::actions::queue) may: i64,
}

/// All limits from above, and after them all floors, each with its sign turned, so that less is always better.
pub(in crate::actions::queue) fn numbers(model: &Model, at: &Placement) -> Vec<Number> {
    let mut found = Vec::new();
    let sum = |each: &dyn Fn(usize, usize) -> u32| -> i64 {
        let mut sum = 0;
        for host in 0..model.hosts.len() {
            for kind in 0..model.kinds.len() {
                sum += i64::from(at.get(host, kind)) * i64::from(each(host, kind));
            }
        }
        sum
    };
    let mut tell = |name: String, is: i64, may: i64| found.push(Number { name, is, may });
    for (index, budget) in model.budgets.iter().enumerate() {
        let of = |_, kind: usize| {
            if model.kinds[kind].budgets.contains(&index) { model.kinds[kind].connections } else { 0 }
        };
        tell(format!("budget {}", budget.name), sum(&of), i64::from(budget.limit));
        if budget.blind {
            tell(format!("blind {}", budget.name), sum(&of), -1);
        }
    }
    for (index, host) in model.hosts.iter().enumerate() {
        let here = |value: u32, at: usize| if at == index { value } else { 0 };
        if let Some(connections) = host.connections {
            let is = sum(&|at, kind| here(model.kinds[kind].connections, at));
            tell(format!("connections of {}", host.name), is, i64::from(connections));
        }
        let memory = host.memory.map_or(-1, i64::from);
        tell(format!("memory of {}", host.name), sum(&|at, kind| here(model.kinds[kind].memory, at)), memory);
        for (number, queue) in model.queues.iter().enumerate() {
            if let Some(most) = queue.max_per_host {
                let is = sum(&|at, kind| here(model.kinds[kind].serves[number], at));
                tell(format!("{} on {}", queue.name, host.name), is, i64::from(most));
            }
        }
    }
    for (index, queue) in model.queues.iter().enumerate() {
        let capacity = sum(&|_, kind| model.kinds[kind].serves[index]);
        if let Some(most) = queue.max {
            tell(format!("most of {}", queue.name), capacity, i64::from(most));
        }
        if queue.singleton {
            tell(format!("processes of {}", queue.name), sum(&|_, kind| model.kinds[kind].serves[index].min(1)), 1);
        }
        tell(format!("floor of {}", queue.name), -capacity, -i64::from(queue.floor));
    }
    found
}

/// What got worse though it is, or was, more than it may be.
pub(in crate::actions::queue) fn worse(model: &Model, before: &Placement, after: &Placement) -> Vec<String> {
    let mut found: Vec<String> = numbers(model, before)
        .into_iter()
        .zip(numbers(model, after))
        .filter(|(before, after)| after.is > after.may && after.is > before.is)
        .map(|(before, after)| format!("{}: {} to {} of {}", before.name, before.is, after.is, after.may))
        .collect();
    for (host, of) in model.hosts.iter().enumerate() {
        for (kind, named) in model.kinds.iter().enumerate() {
            let (before, after) = (before.get(host, kind), after.get(host, kind));
            let ends = named.retired || named.stale_of.is_some() || !named.allowed[host];
            if of.frozen && before != after || ends && after > before {
                found.push(format!("{} on {}: {before} to {after}", named.name, of.name));
            }
        }
    }
    found
}

/// Every move of a step as often as it happens: the host, the kind, and whether it is a start.
pub(in crate::actions::queue) fn single_moves(step: &Step) -> Vec<(usize, usize, bool)> {
    let each = |moves: &[crate::actions::queue::model::Move], start: bool| {
        let one = |one: &crate::actions::queue::model::Move| {
            std::iter::repeat_n((one.host, one.kind, start), usize::try_from(one.count).unwrap())
        };
        moves.iter().flat_map(one).collect::<Vec<_>>()
    };
    [each(&step.starts, true), each(&step.stops, false)].concat()
}

pub(in crate::actions::queue) fn moved(at: &Placement, (host, kind, start): (usize, usize, bool)) -> Placement {
    let mut at = at.clone();
    let count = at.get(host, kind);
    at.set(host, kind, if start { count + 1 } else { count.checked_sub(1).expect("only what runs can stop") });
    at
}

/// After all steps.
pub(in crate::actions::queue) fn carried_out(model: &Model, steps: &[Step]) -> Placement {
    steps.iter().flat_map(single_moves).fold(model.now.clone(), |at, one| moved(&at, one))
}

/// Checks every step at its two worst instants, and that it ends where it should.
pub(in crate::actions::queue) fn check(model: &Model, steps: &[Step], target: &Placement) {
    let mut at = model.now.clone();
    for step in steps {
        let moves = single_moves(step);
        assert!(!moves.is_empty(), "a step does nothing: {steps:?}");
        let with = |start: bool| moves.iter().filter(|one| one.2 == start).fold(at.clone(), |at, one| moved(&at, *one));
        let (most, least) = (with(true), with(false));
        assert_eq!(worse(model, &at, &most), Vec::<String>::new(), "with all starts of {step:?}");
        assert_eq!(worse(model, &at, &least), Vec::<String>::new(), "with all stops of {step:?}");
        at = moves.iter().fold(at, |at, one| moved(&at, *one));
    }
    assert_eq!(&at, target);
}
