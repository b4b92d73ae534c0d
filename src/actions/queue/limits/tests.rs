use super::super::model::{Budget, Host, Kind, Model, Move, Placement, Queue, Step};
use super::{Breach, Limit, Usage, broken, instant, score, worse};
use crate::names::HostName;

/// Two hosts; a worker that serves `mail` with five connections of `primary`, and a scheduler.
fn model() -> Model {
    let host = |name: &str| Host {
        name: HostName::new(name.to_owned()),
        cpu: 4000,
        cpu_used: 0,
        memory: Some(1000),
        connections: None,
        frozen: false,
    };
    let kind = |name: &str, serves: Vec<u32>| Kind {
        name: name.to_owned(),
        connections: 5,
        budgets: vec![0],
        cpu: 500,
        memory: 300,
        serves,
        allowed: vec![true; 2],
        pinned: vec![None; 2],
        ..Kind::default()
    };
    let queue = |name: &str| Queue { name: name.to_owned(), weight: 1, ..Queue::default() };
    Model {
        kinds: vec![kind("worker", vec![5, 0]), kind("scheduler", vec![0, 1])],
        queues: vec![Queue { demand: 15, floor: 5, ..queue("mail") }, Queue { singleton: true, ..queue("clock") }],
        hosts: vec![host("anna"), host("franz")],
        budgets: vec![Budget { name: "primary".to_owned(), limit: 20, blind: false }],
        now: placement([[1, 1], [1, 0]]),
    }
}

fn placement(counts: [[u32; 2]; 2]) -> Placement {
    let mut placement = Placement::empty(2, 2);
    for (host, counts) in counts.iter().enumerate() {
        for (kind, count) in counts.iter().enumerate() {
            placement.set(host, kind, *count);
        }
    }
    placement
}

fn step(starts: &[(usize, usize, u32)], stops: &[(usize, usize, u32)]) -> Step {
    let moves = |of: &[(usize, usize, u32)]| of.iter().map(|&(host, kind, count)| Move { host, kind, count }).collect();
    Step { starts: moves(starts), stops: moves(stops) }
}

/// What forbids a step from what runs now.
fn forbids(model: &Model, step: &Step) -> Vec<(Limit, u64, u64)> {
    let found = instant(model, &Usage::of(model, &model.now), step);
    found.iter().map(|breach| (breach.limit, breach.used, breach.allowed)).collect()
}

#[test]
fn starts_are_charged_before_stops_release() {
    let mut model = model();
    // 15 of 20 are taken: one more fits, two do not, though two end.
    assert_eq!(forbids(&model, &step(&[(0, 0, 1)], &[(1, 0, 1)])), []);
    model.now.set(1, 0, 2);
    assert_eq!(forbids(&model, &step(&[(0, 0, 1)], &[(1, 0, 1)])), [(Limit::Budget(0), 25, 20)]);
    assert_eq!(forbids(&model, &step(&[], &[(1, 0, 1)])), []);
}

#[test]
fn floors_are_held_without_what_starts() {
    let model = model();
    assert_eq!(forbids(&model, &step(&[(0, 0, 1)], &[(0, 0, 1), (1, 0, 1)])), [(Limit::Floor(0), 0, 5)]);
}

#[test]
fn a_singleton_never_runs_twice() {
    let model = model();
    assert_eq!(forbids(&model, &step(&[(1, 1, 1)], &[(0, 1, 1)])), [(Limit::Singleton(1), 2, 1)]);
    // On the way none may run.
    assert_eq!(forbids(&model, &step(&[], &[(0, 1, 1)])), []);
}

#[test]
fn what_is_broken_may_not_get_worse_but_better() {
    let mut model = model();
    model.budgets[0].limit = 7;
    assert_eq!(forbids(&model, &step(&[(0, 0, 1)], &[])), [(Limit::Budget(0), 20, 7)]);
    assert_eq!(forbids(&model, &step(&[], &[(0, 0, 1)])), []);
    model.kinds[0].connections = 0;
    model.budgets[0].limit = 0;
    // It does not touch the budget, which the scheduler alone is above.
    assert_eq!(forbids(&model, &step(&[(1, 0, 1)], &[])), []);
}

#[test]
fn nothing_is_added_where_nothing_is_known() {
    let mut model = model();
    model.hosts[0].memory = None;
    assert_eq!(forbids(&model, &step(&[(0, 0, 1)], &[])), [(Limit::UnknownMemory(0), 900, 600)]);
    model.budgets[0].blind = true;
    assert_eq!(forbids(&model, &step(&[(1, 0, 1)], &[])), [(Limit::Blind(0), 20, 15)]);
    model.hosts[1].frozen = true;
    assert_eq!(forbids(&model, &step(&[], &[(1, 0, 1)])), [(Limit::Frozen(1), 1, 0)]);
}

#[test]
fn what_must_end_does_not_start() {
    let mut model = model();
    model.kinds[0].retired = true;
    model.kinds[1].allowed[1] = false;
    let wrong = forbids(&model, &step(&[(0, 0, 1), (1, 1, 1)], &[(0, 1, 1)]));
    assert!(wrong.contains(&(Limit::Retired { kind: 0, host: 0 }, 1, 0)), "{wrong:?}");
    assert!(wrong.contains(&(Limit::NotAllowed { kind: 1, host: 1 }, 1, 0)), "{wrong:?}");
}

#[test]
fn what_holds_now_is_not_given_up() {
    let mut model = model();
    model.budgets[0].limit = 1;
    model.queues[0].min_hosts = 2;
    model.kinds[0].pinned[1] = Some(1);
    let given_up = |after: [[u32; 2]; 2]| -> Vec<Limit> {
        worse(&model, &model.now, &placement(after)).iter().map(|breach| breach.limit).collect()
    };
    assert_eq!(given_up([[1, 0], [1, 0]]), [Limit::SingletonMissing(1)]);
    assert_eq!(given_up([[0, 1], [1, 0]]), [Limit::MinHosts(0)]);
    assert_eq!(given_up([[1, 1], [0, 0]]), [Limit::Pinned { kind: 0, host: 1 }, Limit::MinHosts(0)]);
    // What does not hold may stay so.
    model.now = placement([[1, 0], [0, 0]]);
    assert_eq!(worse(&model, &model.now, &model.now), []);
}

#[test]
fn memory_counts_in_units() {
    let mut model = model();
    model.hosts[0].memory = Some(535);
    model.hosts[1].memory = Some(299);
    // 600 of 535, and 300 of 299.
    assert_eq!(score(&model, &model.now).excess, 2 + 1);
}

#[test]
fn absurd_numbers_end_at_the_most_there_is() {
    let mut model = model();
    for kind in &mut model.kinds {
        (kind.connections, kind.memory, kind.cpu) = (u32::MAX, u32::MAX, u32::MAX);
        kind.serves = vec![u32::MAX; 2];
    }
    (model.queues[0].demand, model.queues[0].weight) = (u32::MAX, u32::MAX);
    model.now = placement([[u32::MAX; 2]; 2]);
    let now = score(&model, &model.now);
    assert_eq!((now.excess, now.moves), (u64::MAX, 0));
    model.now = placement([[0; 2]; 2]);
    let all = placement([[u32::MAX; 2]; 2]);
    assert_eq!(score(&model, &all).moves, u32::MAX);
}

#[test]
fn each_limit_is_said_in_words() {
    let model = model();
    let say = |limit: Limit, used: u64, allowed: u64| Breach { limit, used, allowed }.describe(&model);
    let (kind, host) = (0, 1);
    for (said, words) in [
        (say(Limit::Budget(0), 30, 20), "workers take 30 of 20 connections of primary"),
        (say(Limit::Blind(0), 5, 0), "what connections of primary are taken is not known, so nothing may be added"),
        (say(Limit::HostConnections(1), 30, 20), "franz takes 30 of 20 connections"),
        (say(Limit::HostMemory(1), 30, 20), "workers on franz take 30 of 20 MiB"),
        (say(Limit::UnknownMemory(1), 1, 0), "the memory of franz is not known, so nothing may be added there"),
        (say(Limit::Floor(0), 3, 5), "mail is at a capacity of 3, below its floor of 5"),
        (say(Limit::MaxCapacity(0), 9, 5), "mail is at a capacity of 9, above its maximum of 5"),
        (say(Limit::MaxPerHost { queue: 0, host }, 9, 5), "mail is at a capacity of 9 on franz, where 5 is the most"),
        (say(Limit::Singleton(1), 2, 1), "2 processes serve clock, which may have only one"),
        (say(Limit::Frozen(1), 1, 0), "nothing may change on franz"),
        (say(Limit::Stale { kind, host }, 2, 0), "2 of worker on franz run with other settings than declared"),
        (say(Limit::Retired { kind, host }, 2, 0), "2 of worker, which is retired, on franz"),
        (say(Limit::NotAllowed { kind, host }, 2, 0), "2 of worker on franz, where it may not be"),
        (say(Limit::Pinned { kind, host }, 2, 3), "2 of worker on franz, where the pin says 3"),
        (say(Limit::MinHosts(0), 1, 2), "mail is served on 1 of the 2 hosts that it needs"),
        (say(Limit::SingletonMissing(1), 0, 1), "nothing serves clock, which needs one process"),
    ] {
        assert_eq!(said, words);
    }
}

#[test]
fn breaches_come_in_the_order_of_the_model() {
    let mut model = model();
    model.budgets[0].limit = 10;
    model.queues[1].min_hosts = 2;
    model.kinds[1].retired = true;
    let limits: Vec<Limit> = broken(&model, &model.now).iter().map(|breach| breach.limit).collect();
    assert_eq!(limits, [Limit::Budget(0), Limit::Retired { kind: 1, host: 0 }, Limit::MinHosts(1)]);
}
