use super::*;
use crate::actions::queue::balance::Course;
use crate::actions::queue::model::Kind;
use crate::actions::queue::solve::solve;
use crate::actions::queue::steps::order;
use crate::actions::queue::steps::tests::rig::{fleet, kind, placed, queue, retired, singleton};

fn explained(model: &Model) -> Balance {
    let best = |model: &Model| solve(model, &|| true);
    let solution = best(model);
    let steps = order(model, &solution.placement, &|| true);
    let steps = steps.as_ref().map(Vec::as_slice).map_err(|stuck| &**stuck);
    explain(model, &solution, steps, &best, &|| true)
}

/// As it was: nietzsche 4 default + 4 ingress; franz 6 + 3, 5 pull, 5 push; freud 3 + 4 and pushpull, mailer, scheduler.
fn incident() -> Model {
    let queues = [
        queue("default", 130, 100),
        queue("ingress", 32, 7),
        queue("mailers", 10, 0),
        queue("pull", 50, 20),
        queue("push", 50, 20),
        singleton("scheduler"),
    ];
    let kinds = [
        kind("default", 10, &[10]),
        kind("ingress", 5, &[0, 1]),
        retired("ingress-20", 20, &[0, 1]),
        kind("mailer", 5, &[0, 0, 10]),
        kind("pull", 10, &[0, 0, 0, 10]),
        kind("push", 10, &[0, 0, 0, 0, 10]),
        retired("pushpull", 20, &[0, 0, 0, 10, 10]),
        kind("scheduler", 5, &[0, 0, 0, 0, 0, 1]),
    ];
    let mut model = fleet(480, &["franz", "freud", "nietzsche"], &queues, &kinds);
    model.hosts[2].cpu = 48_000;
    model.hosts[0].cpu = 32_000;
    model.hosts[1].cpu = 32_000;
    model.now = placed(&[&[6, 0, 3, 0, 5, 5, 0, 0], &[3, 0, 4, 1, 0, 0, 1, 1], &[4, 0, 4, 0, 0, 0, 0, 0]]);
    model
}

#[test]
fn the_incident() {
    let model = incident();
    let balance = explained(&model);
    assert_eq!(balance.blocked, None);
    let ingress = balance.queues.iter().find(|queue| queue.name == "ingress").unwrap();
    assert_eq!((ingress.processes.before, ingress.processes.after), (11, 32));
    assert_eq!((ingress.connections.before, ingress.connections.after), (220, 160));
    assert!(ingress.capacity.during >= ingress.floor);
    let primary = &balance.budgets[0];
    assert!(primary.workers.during <= primary.limit && primary.workers.during >= primary.workers.after);
    let peaks = balance.steps.iter().map(|step| step.peak[0]).max();
    assert_eq!(peaks, Some(primary.workers.during));
    let why = |kind: &str| &balance.reasons.iter().find(|reason| reason.kind == kind).unwrap().why;
    assert_eq!(
        why("ingress-20"),
        "ingress-20 is retired: a process serves 1 of ingress with its 20 connections; 4 × 5 of ingress serve 4"
    );
    assert!(
        why("ingress").starts_with(
            "ingress-20 (11 × 20 connections) becomes ingress (32 × 5): 220 connections before, 160 after; \
             fills the shortfall of ingress (weight 1): 11 of 32 now, 32 then"
        ),
        "{}",
        why("ingress")
    );
    assert!(why("pushpull").starts_with("pushpull is retired"));
}

#[test]
fn what_changes_adds_up() {
    let model = incident();
    let balance = explained(&model);
    for host in &balance.hosts {
        for kind in &host.workers {
            let change = i64::from(kind.processes.after) - i64::from(kind.processes.before);
            let told = balance.reasons.iter().find(|reason| reason.host == host.host && reason.kind == kind.kind);
            assert_eq!(told.map_or(0, |told| i64::from(told.change)), change, "{kind:?}");
        }
    }
}

#[test]
fn nothing_to_do_is_told_as_such() {
    let mut model = fleet(100, &["franz"], &[queue("push", 40, 20)], &[kind("push", 10, &[10])]);
    model.now = placed(&[&[4]]);
    let balance = explained(&model);
    assert_eq!((balance.steps.len(), balance.reasons.len(), balance.blocked), (0, 0, None));
    assert_eq!(
        balance.margins,
        ["nothing more would help: every demand is met, and no host is above 70 % of its CPUs"]
    );
    assert_eq!(balance.binding, Vec::<String>::new());
    assert_eq!(balance.queues[0].connections, Course { before: 40, during: 40, after: 40 });
    assert_eq!((balance.proven, balance.gap), (true, None));
}

#[test]
fn a_demand_that_is_not_met_says_what_would() {
    let mut model = fleet(42, &["franz"], &[queue("push", 60, 0)], &[kind("push", 10, &[10])]);
    model.now = placed(&[&[4]]);
    let balance = explained(&model);
    assert_eq!(balance.binding, ["push lacks 20: one more push would take 50 of 42 connections of primary"]);
    assert_eq!(balance.margins, ["8 more connections of primary would serve 10 more of push"]);
    let blocked = balance.blocked.unwrap();
    assert_eq!(blocked.limits, balance.binding);
    assert_eq!(blocked.relaxations, ["18 more connections of primary", "demand of push at 40 instead of 60"]);
}

#[test]
fn full_hosts_say_that_another_would_help() {
    let mut model = fleet(1000, &["franz", "freud"], &[queue("push", 60, 0)], &[kind("push", 10, &[10])]);
    for host in &mut model.hosts {
        host.memory = Some(900);
    }
    let balance = explained(&model);
    assert_eq!(
        balance.binding,
        [
            "push lacks 20: one more push: it would take 1200 of 900 MiB on franz and it would take 1200 of 900 MiB on freud"
        ]
    );
    assert_eq!(
        balance.margins,
        [
            "300 MiB more for workers on franz would serve 10 more of push",
            "300 MiB more for workers on freud would serve 10 more of push",
            "1 more host like franz (16 cores) would serve 20 more of push"
        ]
    );
}

#[test]
fn no_way_is_told_with_what_would_clear_it() {
    let kinds = [retired("ingress-20", 20, &[1]), kind("ingress", 5, &[1])];
    let mut model = fleet(160, &["franz"], &[queue("ingress", 32, 8)], &kinds);
    model.now = placed(&[&[8, 0]]);
    let balance = explained(&model);
    let blocked = balance.blocked.unwrap();
    assert_eq!(
        blocked.limits,
        [
            "one process more would make it 165 of 160 connections of primary",
            "one process less would leave ingress at a capacity of 7, below its floor of 8",
        ]
    );
    assert_eq!(blocked.relaxations, ["5 more connections of primary", "floor of ingress at 7 instead of 8"]);
    assert_eq!((balance.steps.len(), balance.reasons.len()), (0, 0));
    assert_eq!(balance.queues[0].processes, Course { before: 8, during: 8, after: 32 });
}

#[test]
fn what_is_stale_is_told_apart() {
    let stale = Kind { stale_of: Some(0), ..kind("ingress", 20, &[1]) };
    let same = Kind { stale_of: Some(0), ..kind("ingress", 5, &[1]) };
    let down = Kind { stale_of: Some(0), cpu: 0, memory: 0, ..kind("ingress", 5, &[]) };
    let idle = Kind { stale_of: Some(0), ..kind("ingress", 5, &[]) };
    let mut model = fleet(200, &["franz"], &[queue("ingress", 8, 1)], &[kind("ingress", 5, &[1]), stale, same, down]);
    model.now = placed(&[&[0, 2, 1, 1]]);
    model.kinds.push(idle);
    assert_eq!(called(&model, 4), "ingress (idle)");
    model.kinds.pop();
    let balance = explained(&model);
    let told: Vec<(&str, i32, &str)> =
        balance.reasons.iter().map(|reason| (reason.kind.as_str(), reason.change, reason.why.as_str())).collect();
    assert_eq!(
        told,
        [
            (
                "ingress",
                8,
                "ingress (2 × 20 connections), ingress (other settings) (1 × 5) and ingress (down) (1 × 5) become ingress (8 × 5): 50 connections before, 40 after; fills the shortfall of ingress (weight 1): 3 of 8 now, 8 then"
            ),
            (
                "ingress (20 connections)",
                -2,
                "runs with 20 connections, 5 declared: a process serves 1 of ingress with its 20 connections; 4 × 5 of ingress serve 4"
            ),
            ("ingress (other settings)", -1, "runs with other settings than declared"),
            (
                "ingress (down)",
                -1,
                "is enabled and does not run as declared: at the next boot it would take 5 connections"
            ),
        ]
    );
}

#[test]
fn drained_pinned_spread_and_second_schedulers() {
    let mut queues = [queue("push", 40, 0), singleton("scheduler")];
    queues[0].min_hosts = 2;
    let mut model =
        fleet(100, &["esme", "franz", "freud"], &queues, &[kind("push", 10, &[10, 0]), kind("scheduler", 5, &[0, 1])]);
    for kind in &mut model.kinds {
        kind.allowed[0] = false;
    }
    model.kinds[0].pinned[1] = Some(1);
    model.now = placed(&[&[4, 0], &[0, 1], &[0, 1]]);
    let balance = explained(&model);
    let why = |host: &str, kind: &str| {
        balance
            .reasons
            .iter()
            .find(|reason| reason.host == host && reason.kind == kind)
            .map(|reason| reason.why.as_str())
    };
    assert_eq!(why("esme", "push"), Some("no worker may stay on esme; moved to franz and freud"));
    assert_eq!(why("franz", "push"), Some("1 is pinned to franz"));
    assert_eq!(why("freud", "push"), Some("push is spread over 2 hosts; moved from esme, where no worker may stay"));
    let second = ["franz", "freud"].iter().find_map(|host| why(host, "scheduler"));
    assert_eq!(second, Some("2 processes serve scheduler, which may have only one"));
}

#[test]
fn a_detour_is_told_as_such() {
    let kinds = [kind("pull", 10, &[10, 0]), retired("old", 10, &[0, 1]), kind("new", 10, &[0, 1])];
    let mut model = fleet(30, &["franz"], &[queue("pull", 20, 10), queue("ingress", 1, 1)], &kinds);
    model.now = placed(&[&[2, 1, 0]]);
    let balance = explained(&model);
    let pull = balance.reasons.iter().find(|reason| reason.kind == "pull").unwrap();
    assert_eq!((pull.change, pull.why.as_str()), (0, "for a while only: it makes room for the rest of the change"));
    assert_eq!(balance.queues[0].capacity, Course { before: 20, during: 10, after: 20 });
}

#[test]
fn steps_in_words() {
    let kinds = [kind("push", 10, &[10]), retired("old", 10, &[1])];
    let hosts: Vec<String> = (0..9).map(|host| format!("h{host}")).collect();
    let model = fleet(30, &hosts.iter().map(String::as_str).collect::<Vec<_>>(), &[queue("push", 1, 1)], &kinds);
    let moves = |kind, hosts: std::ops::Range<usize>| {
        hosts.map(|host| crate::actions::queue::model::Move { host, kind, count: 2 }).collect::<Vec<_>>()
    };
    let told = step(&model, &Step { starts: moves(0, 0..2), stops: moves(1, 0..9) });
    assert_eq!(told, "start 2 push on h0 and 2 on h1; stop 18 old on 9 hosts");
}
