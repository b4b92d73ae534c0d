//! What operators run into.

use super::rig::{check, fleet, kind, placed, queue, retired, singleton};
use crate::actions::queue::limits::Limit;
use crate::actions::queue::model::{Model, Move, Placement, Step};
use crate::actions::queue::steps::{Stuck, order};

fn steps(model: &Model, target: &Placement) -> Vec<Step> {
    let steps = order(model, target, &|| true).unwrap_or_else(|stuck| panic!("{stuck:?}"));
    check(model, &steps, target);
    steps
}

fn stuck(model: &Model, target: &Placement) -> Stuck {
    *order(model, target, &|| true).expect_err("no order")
}

fn moves(moves: &[(usize, usize, u32)]) -> Vec<Move> {
    moves.iter().map(|&(host, kind, count)| Move { host, kind, count }).collect()
}

/// 8 processes of 20 become 32 of 5.
fn ingress(budget: u32, floor: u32) -> (Model, Placement) {
    let kinds = [retired("ingress-20", 20, &[1]), kind("ingress", 5, &[1])];
    let mut model = fleet(budget, &["franz", "freud"], &[queue("ingress", 32, floor)], &kinds);
    model.now = placed(&[&[4, 0], &[4, 0]]);
    (model, placed(&[&[0, 16], &[0, 16]]))
}

#[test]
fn nothing_to_do_takes_no_step() {
    let (mut model, target) = ingress(160, 4);
    model.now = target.clone();
    assert_eq!(steps(&model, &target), []);
}

#[test]
fn what_fits_is_one_step() {
    let (model, target) = ingress(1000, 0);
    assert_eq!(steps(&model, &target).len(), 1);
}

#[test]
fn eight_of_twenty_become_thirty_two_of_five() {
    // No headroom: stop what the floor allows, start in its place, and so on.
    let (model, target) = ingress(160, 4);
    let found = steps(&model, &target);
    // 4 end; 16 start in their place; the other 4 end; and the last 16 start.
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found[0].starts.is_empty());
    // Headroom of one process of the old kind, and a floor that is what runs.
    let (model, target) = ingress(180, 8);
    assert_eq!(steps(&model, &target).len(), 5);
}

#[test]
fn without_headroom_and_slack_there_is_no_way() {
    let (model, target) = ingress(160, 8);
    let stuck = stuck(&model, &target);
    assert!(stuck.proven);
    assert_eq!(stuck.done, []);
    let limits: Vec<Limit> = stuck.why.iter().map(|breach| breach.limit).collect();
    assert_eq!(limits, [Limit::Budget(0), Limit::Floor(0)]);
    assert_eq!((stuck.why[0].used, stuck.why[0].allowed), (165, 160));
    assert_eq!((stuck.why[1].used, stuck.why[1].allowed), (7, 8));
}

#[test]
fn a_scheduler_ends_before_it_starts_elsewhere() {
    let mut model = fleet(100, &["franz", "freud"], &[singleton("scheduler")], &[kind("scheduler", 5, &[1])]);
    model.now = placed(&[&[1], &[0]]);
    let found = steps(&model, &placed(&[&[0], &[1]]));
    assert_eq!(found.len(), 2);
    assert!(found[0].starts.is_empty() && found[1].stops.is_empty());
}

#[test]
fn of_two_schedulers_one_ends_at_once() {
    let mut model = fleet(100, &["a", "b", "c"], &[singleton("scheduler")], &[kind("scheduler", 5, &[1])]);
    model.now = placed(&[&[1], &[1], &[0]]);
    assert_eq!(steps(&model, &placed(&[&[1], &[0], &[0]])).len(), 1);
    // Both end before the third starts.
    let found = steps(&model, &placed(&[&[0], &[0], &[1]]));
    assert_eq!(found[0].stops.len(), 2);
    assert_eq!(found.len(), 2);
}

#[test]
fn over_budget_only_stops_come_first() {
    let kinds = [kind("default", 20, &[10, 0]), kind("push", 10, &[0, 10])];
    let mut model = fleet(100, &["a", "b"], &[queue("default", 40, 20), queue("push", 30, 0)], &kinds);
    model.now = placed(&[&[4, 0], &[4, 0]]);
    let found = steps(&model, &placed(&[&[2, 2], &[1, 0]]));
    assert!(found[0].starts.is_empty(), "{found:?}");
    assert_eq!(found.len(), 2);
}

#[test]
fn below_a_floor_starts_go_on_and_nothing_of_it_ends() {
    let kinds = [retired("old", 20, &[1]), kind("new", 5, &[1])];
    let mut model = fleet(60, &["a"], &[queue("default", 8, 5)], &kinds);
    model.now = placed(&[&[2, 0]]);
    let found = steps(&model, &placed(&[&[0, 8]]));
    assert_eq!(found[0], Step { starts: moves(&[(0, 1, 4)]), stops: vec![] });
}

#[test]
fn starts_that_let_something_end_go_first() {
    // Room for one process more. Of `push` more is wanted; of `ingress` one has to start before an old one may end.
    let kinds = [kind("push", 10, &[10, 0]), retired("ingress-20", 20, &[0, 1]), kind("ingress", 5, &[0, 1])];
    let mut model = fleet(70, &["a"], &[queue("push", 40, 0), queue("ingress", 4, 3)], &kinds);
    model.now = placed(&[&[0, 3, 0]]);
    let found = steps(&model, &placed(&[&[4, 0, 3]]));
    assert_eq!(found[0].starts, moves(&[(0, 2, 2)]));
    assert_eq!(found.len(), 5, "{found:?}");
}

#[test]
fn something_above_its_floor_gives_way_for_a_while() {
    // The budget is full and `ingress` at its floor; `pull` may go down to 10 for a while.
    let kinds = [kind("pull", 10, &[10, 0]), retired("ingress-20", 20, &[0, 1]), kind("ingress", 20, &[0, 1])];
    let mut model = fleet(80, &["a", "b"], &[queue("pull", 40, 10), queue("ingress", 2, 2)], &kinds);
    model.now = placed(&[&[2, 1, 0], &[2, 1, 0]]);
    let found = steps(&model, &placed(&[&[2, 0, 1], &[2, 0, 1]]));
    let ended: u32 = found.iter().flat_map(|step| &step.stops).filter(|one| one.kind == 0).map(|one| one.count).sum();
    assert_eq!(ended, 2, "{found:?}");
}

#[test]
fn full_hosts_change_places_over_a_third() {
    let queues = [queue("push", 2, 2), queue("pull", 2, 2)];
    let kinds = [kind("push", 5, &[1, 0]), kind("pull", 5, &[0, 1])];
    let mut model = fleet(100, &["a", "b", "c"], &queues, &kinds);
    for host in &mut model.hosts {
        host.memory = Some(800);
    }
    model.hosts[2].memory = Some(400);
    model.now = placed(&[&[2, 0], &[0, 2], &[0, 0]]);
    steps(&model, &placed(&[&[0, 2], &[2, 0], &[0, 0]]));
}

#[test]
fn nothing_happens_on_frozen_hosts() {
    let (mut model, mut target) = ingress(160, 4);
    model.hosts[1].frozen = true;
    let verdict = stuck(&model, &target);
    assert!(verdict.why.iter().any(|breach| breach.limit == Limit::Frozen(1)), "{verdict:?}");
    for kind in 0..2 {
        target.set(1, kind, model.now.get(1, kind));
    }
    let found = steps(&model, &target);
    assert!(found.iter().flat_map(|step| step.starts.iter().chain(&step.stops)).all(|one| one.host == 0));
}

#[test]
fn nothing_is_added_to_what_is_not_known() {
    let (mut model, target) = ingress(1000, 0);
    model.budgets[0].blind = true;
    let verdict = stuck(&model, &target);
    assert_eq!(verdict.why.iter().map(|breach| breach.limit).collect::<Vec<_>>(), [Limit::Blind(0)]);
    // What has to end can end all the same.
    steps(&model, &placed(&[&[0, 0], &[0, 0]]));
}

#[test]
fn told_to_stop_it_says_that_it_does_not_know() {
    let (model, target) = ingress(160, 8);
    let verdict = order(&model, &target, &|| false).expect_err("no time");
    assert!(!verdict.proven);
    assert_eq!(verdict.done, []);
}
