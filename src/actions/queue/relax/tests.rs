use super::*;
use crate::actions::queue::model::Queue;
use crate::actions::queue::solve::solve;
use crate::actions::queue::steps::order;
use crate::actions::queue::steps::tests::rig::{fleet, kind, placed, queue, retired};

fn words(found: &[Relaxation]) -> Vec<&str> {
    found.iter().map(|one| one.words.as_str()).collect()
}

/// Everything that is proposed does, and a little less of it does not.
fn for_this(model: &Model, target: &Placement) -> Vec<Relaxation> {
    let stuck = order(model, target, &|| true).expect_err("no order");
    let found = for_order(model, target, &stuck, &|| true);
    for one in &found {
        assert!(order(&changed(model, &one.changes), target, &|| true).is_ok(), "{one:?}");
        for (index, change) in one.changes.iter().enumerate() {
            let mut less = one.changes.clone();
            match change {
                Change::Budget { more, .. } | Change::HostMemory { more, .. } => less[index] = change.by(more - 1),
                Change::Floor { less: by, .. } => less[index] = change.by(by - 1),
                _ => continue,
            }
            assert!(order(&changed(model, &less), target, &|| true).is_err(), "{one:?}");
        }
    }
    found
}

#[test]
fn no_headroom_and_no_slack() {
    let kinds = [kind("pull", 10, &[10, 0]), retired("ingress-20", 20, &[0, 1]), kind("ingress", 5, &[0, 1])];
    let mut model = fleet(180, &["franz"], &[queue("pull", 20, 20), queue("ingress", 32, 8)], &kinds);
    model.now = placed(&[&[2, 8, 0]]);
    let found = for_this(&model, &placed(&[&[2, 0, 32]]));
    assert_eq!(
        words(&found),
        ["5 more connections of primary", "floor of pull at 10 instead of 20", "floor of ingress at 7 instead of 8",]
    );
    assert_eq!(found[0].changes, [Change::Budget { budget: 0, more: 5 }]);
}

#[test]
fn something_has_to_stop_altogether() {
    let kinds = [kind("pull", 20, &[10, 0]), retired("old", 20, &[0, 1]), kind("new", 20, &[0, 1])];
    let mut model = fleet(40, &["franz"], &[queue("pull", 10, 10), queue("ingress", 1, 1)], &kinds);
    model.now = placed(&[&[1, 1, 0]]);
    let found = for_this(&model, &placed(&[&[1, 0, 1]]));
    assert_eq!(
        words(&found),
        [
            "20 more connections of primary",
            "stop pull for the time of the change (floor of pull at 0 instead of 10)",
            "stop ingress for the time of the change (floor of ingress at 0 instead of 1)",
        ]
    );
}

#[test]
fn two_together_where_one_is_not_enough() {
    let kinds = [retired("old", 20, &[1, 1]), kind("new", 20, &[1, 1])];
    let mut model = fleet(20, &["franz"], &[queue("push", 1, 1), queue("pull", 1, 1)], &kinds);
    model.hosts[0].memory = Some(400);
    model.now = placed(&[&[1, 0]]);
    let found = for_this(&model, &placed(&[&[0, 1]]));
    assert_eq!(
        words(&found),
        [
            "20 more connections of primary and 400 MiB more for workers on franz",
            "stop push for the time of the change (floor of push at 0 instead of 1) and stop pull for the time of \
             the change (floor of pull at 0 instead of 1)",
        ]
    );
}

#[test]
fn a_host_that_does_not_answer() {
    let mut model = fleet(40, &["franz"], &[queue("push", 1, 0)], &[kind("push", 5, &[1])]);
    model.hosts[0].frozen = true;
    assert_eq!(words(&for_this(&model, &placed(&[&[1]]))), ["franz reachable, and selected"]);
}

#[test]
fn demand_that_does_not_fit() {
    let queues = [queue("push", 40, 0), Queue { max: Some(20), ..queue("pull", 20, 0) }];
    let kinds = [kind("push", 10, &[10, 0]), kind("pull", 10, &[0, 10])];
    let model = fleet(50, &["franz"], &queues, &kinds);
    let best = |model: &Model| solve(model, &|| true);
    let found = for_demand(&model, &best(&model), &best, &|| true);
    assert_eq!(
        words(&found),
        ["10 more connections of primary", "demand of push at 30 instead of 40", "demand of pull at 10 instead of 20",]
    );
    // Nothing is found in no time, and nothing is made up.
    assert_eq!(for_demand(&model, &best(&model), &best, &|| false), []);
}

#[test]
fn the_least_that_does() {
    for wanted in 1..20 {
        assert_eq!(least(19, |amount| amount >= wanted), Some(wanted));
    }
    assert_eq!(least(19, |amount| amount >= 20), None);
    assert_eq!(least(0, |_| true), None);
}
