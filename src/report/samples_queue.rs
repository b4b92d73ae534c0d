//! Balances as real runs give them: ingress drowned, with twenty threads a process on one core each.

use super::samples::{HOSTS, host, plan, plan_empty};
use super::*;
use crate::actions::queue::balance::{
    Balance, Blocked, BudgetUse, ClientUse, Course, HostUse, KindUse, QueueUse, Reason, StepUse,
};
use crate::engine::plan::{Plan, Wave};
use crate::engine::status::{Difference, Failure, HostResult, Item, Status, Warning};
use crate::engine::transaction::{DiffLine, ItemSummary, Transaction};

fn course(before: u32, during: u32, after: u32) -> Course {
    Course { before, during, after }
}

fn still(number: u32) -> Course {
    course(number, number, number)
}

fn kind(kind: &str, processes: Course, connections: u32) -> KindUse {
    KindUse { kind: kind.to_owned(), processes, connections }
}

fn queue(name: &str, [demand, floor]: [u32; 2], capacity: Course, processes: Course, connections: Course) -> QueueUse {
    QueueUse { name: name.to_owned(), demand, floor, capacity, processes, connections, ..QueueUse::default() }
}

fn waiting(queue: QueueUse, depth: u64, latency: u64, busy: u32) -> QueueUse {
    QueueUse { depth: Some(depth), latency: Some(latency), busy: Some(busy), ..queue }
}

fn strings<const N: usize>(all: [&str; N]) -> Vec<String> {
    all.map(str::to_owned).to_vec()
}

fn client(name: &str, host: Option<&str>, [open, active]: [u32; 2], configured: Option<u32>) -> ClientUse {
    ClientUse { client: name.to_owned(), host: host.map(str::to_owned), open, active, configured }
}

/// As `fleet queue plan` has it.
#[expect(clippy::too_many_lines, reason = "one sample, read as a whole")]
pub(super) fn incident() -> Balance {
    let primary = BudgetUse {
        name: "primary".to_owned(),
        limit: 407,
        derivation: "max_connections 600 − superuser_reserved_connections 3 − reserve 20 − web 160 − streaming 10"
            .to_owned(),
        workers: course(375, 400, 315),
        open: Some(391),
        clients: vec![
            client("default", Some("franz"), [22, 3], Some(30)),
            client("default", Some("freud"), [11, 1], Some(15)),
            client("ingress-20", Some("franz"), [60, 4], Some(60)),
            client("pg_dump", Some("192.0.2.7"), [1, 1], None),
            client("web", None, [162, 12], Some(160)),
        ],
    };
    let step = |what: &str, peak| StepUse { what: what.to_owned(), peak: vec![peak] };
    let reason = |host: &str, kind: &str, change, why: &str| Reason {
        host: host.to_owned(),
        kind: kind.to_owned(),
        change,
        why: why.to_owned(),
    };
    let more = "ingress lacks 21 of a capacity of 32";
    let one_core = "retired: 20 threads share one core, so that one process serves no more than one of 5 does, and takes four times \
                    the connections";
    Balance {
        budgets: vec![primary],
        queues: vec![
            waiting(queue("default", [12, 8], still(13), still(13), still(65)), 214, 1_800, 41),
            waiting(
                queue("ingress", [32, 8], course(11, 9, 32), course(11, 9, 32), course(220, 240, 160)),
                18_204,
                252_000,
                220,
            ),
            waiting(queue("push", [60, 20], course(60, 50, 60), course(6, 5, 6), course(45, 65, 30)), 1_020, 7_400, 58),
            waiting(queue("pull", [60, 20], course(60, 50, 60), course(6, 5, 6), course(45, 65, 30)), 3, 120, 12),
            waiting(queue("mailers", [1, 0], still(1), still(1), still(5)), 0, 0, 0),
            waiting(queue("scheduler", [0, 0], still(1), still(1), still(5)), 0, 0, 1),
        ],
        hosts: vec![
            HostUse {
                host: "franz".to_owned(),
                connections: course(140, 160, 120),
                load: course(158, 175, 133),
                memory: course(8_550, 9_900, 9_900),
                memory_limit: Some(24_000),
                workers: vec![
                    kind("default", still(6), 5),
                    kind("ingress", course(0, 8, 8), 5),
                    kind("ingress-20", course(3, 3, 0), 20),
                    kind("pull", still(5), 5),
                    kind("push", still(5), 5),
                ],
                frozen: None,
            },
            HostUse {
                host: "freud".to_owned(),
                connections: course(135, 150, 115),
                load: course(95, 110, 92),
                memory: course(4_950, 9_000, 8_550),
                memory_limit: Some(16_000),
                workers: vec![
                    kind("default", still(3), 5),
                    kind("ingress", course(0, 12, 12), 5),
                    kind("ingress-20", course(4, 4, 0), 20),
                    kind("mailer", still(1), 5),
                    kind("pull", course(0, 1, 1), 5),
                    kind("push", course(0, 1, 1), 5),
                    kind("pushpull", course(1, 1, 0), 20),
                    kind("scheduler", still(1), 5),
                ],
                frozen: None,
            },
            HostUse {
                host: "nietzsche".to_owned(),
                connections: course(100, 120, 80),
                load: course(42, 60, 58),
                memory: course(3_600, 7_200, 7_200),
                memory_limit: Some(96_000),
                workers: vec![
                    kind("default", still(4), 5),
                    kind("ingress", course(0, 12, 12), 5),
                    kind("ingress-20", course(4, 4, 0), 20),
                ],
                frozen: None,
            },
            HostUse { host: "sally".to_owned(), ..HostUse::default() },
        ],
        steps: vec![
            step("start 5 ingress on nietzsche", 400),
            step("stop 2 ingress-20 on franz, 2 on freud", 400),
            step("start 7 ingress on nietzsche, 8 on franz, 1 pull on freud, 1 push on freud", 405),
            step("stop 1 ingress-20 on franz, 2 on freud, 4 on nietzsche, 1 pushpull on freud", 405),
            step("start 12 ingress on freud", 315),
        ],
        reasons: vec![
            reason("nietzsche", "ingress", 12, more),
            reason("freud", "ingress", 12, more),
            reason("franz", "ingress", 8, more),
            reason("nietzsche", "ingress-20", -4, one_core),
            reason("freud", "ingress-20", -4, one_core),
            reason("franz", "ingress-20", -3, one_core),
            reason("freud", "pushpull", -1, "retired: push and pull are served apart"),
            reason("freud", "pull", 1, "pull would lack 10 of 60 without pushpull"),
            reason("freud", "push", 1, "push would lack 10 of 60 without pushpull"),
        ],
        binding: strings(["franz: its CPUs are full with what cannot move: pull and push are allowed nowhere else"]),
        margins: strings([
            "10 more connections of primary: nothing, all demand is served",
            "1 more core on franz: its load falls from 133 % to 117 %",
        ]),
        blocked: None,
        proven: true,
        gap: None,
    }
}

/// What is as it should be.
pub(super) fn converged() -> Balance {
    let mut balance = incident();
    let rest = |course: &mut Course| *course = still(course.after);
    balance.budgets.iter_mut().for_each(|it| rest(&mut it.workers));
    for queue in &mut balance.queues {
        [&mut queue.capacity, &mut queue.processes, &mut queue.connections].into_iter().for_each(rest);
    }
    for host in &mut balance.hosts {
        [&mut host.connections, &mut host.load, &mut host.memory].into_iter().for_each(rest);
        host.workers.iter_mut().for_each(|it| rest(&mut it.processes));
    }
    Balance { steps: Vec::new(), reasons: Vec::new(), binding: Vec::new(), margins: Vec::new(), ..balance }
}

/// Over budget from the start, one host away, and nothing that may be stopped.
pub(super) fn blocked() -> Balance {
    let mut balance = converged();
    balance.budgets[0] = BudgetUse {
        limit: 177,
        derivation: "max_connections 200 − superuser_reserved_connections 3 − reserve 20".to_owned(),
        workers: still(200),
        open: None,
        clients: Vec::new(),
        ..balance.budgets[0].clone()
    };
    balance.queues[1].capacity = still(12);
    balance.queues[1].processes = still(12);
    balance.queues[1].connections = still(60);
    for queue in &mut balance.queues {
        (queue.depth, queue.latency, queue.busy) = (None, None, None);
    }
    balance.hosts[1].frozen = Some("it does not answer; what ran there on 2026-11-21 at 20:24 UTC counts".to_owned());
    Balance {
        blocked: Some(Blocked {
            limits: strings([
                "primary: 200 connections are configured, and 177 may be",
                "ingress: 12 run where 8 must stay up, and 8 of them are on freud, which does not answer",
            ]),
            relaxations: strings([
                "23 more connections of primary (max_connections = 223)",
                "stop push for the time of the change (queues.push floor = 0)",
            ]),
        }),
        ..balance
    }
}

/// Two hundred hosts, two databases, many steps, and no proof.
pub(super) fn large() -> Balance {
    let hosts = (1..=200).map(|number| {
        let moving = number % 4 == 0;
        let ingress = if moving { course(2, 6, 6) } else { still(2) };
        HostUse {
            host: format!("worker-{number}"),
            connections: if moving { course(20, 40, 40) } else { still(20) },
            load: if moving { course(30, 60, 60) } else { still(64) },
            memory: still(900),
            memory_limit: Some(8_000),
            workers: vec![kind("default", still(2), 5), kind("ingress", ingress, 5), kind("none", still(0), 5)],
            frozen: None,
        }
    });
    let budget = |name: &str, limit, workers| BudgetUse {
        name: name.to_owned(),
        limit,
        derivation: format!("max_connections {} − reserve 20", limit + 20),
        workers,
        open: None,
        clients: Vec::new(),
    };
    let step = |number: u32| StepUse {
        what: format!("start 4 ingress on worker-{}", number * 4),
        peak: vec![4_000 + number * 20, 40],
    };
    Balance {
        budgets: vec![
            budget("primary", 5_000, course(4_000, 5_000, 5_000)),
            budget("primary (PgBouncer)", 60, still(40)),
        ],
        queues: vec![
            queue("default", [400, 300], still(400), still(400), still(2_000)),
            queue("ingress", [800, 300], course(400, 400, 600), course(400, 400, 600), course(2_000, 2_000, 3_000)),
        ],
        hosts: hosts.collect(),
        steps: (1..=50).map(step).collect(),
        reasons: (1..=50)
            .map(|number| Reason {
                host: format!("worker-{}", number * 4),
                kind: "ingress".to_owned(),
                change: 4,
                why: "ingress lacks 400 of a capacity of 800".to_owned(),
            })
            .collect(),
        binding: strings(["primary: all of its 5000 connections are taken"]),
        margins: strings(["10 more connections of primary: 2 more of ingress"]),
        blocked: None,
        proven: false,
        gap: Some("the shortfall is 200, and could be 150 at best".to_owned()),
    }
}

fn item(id: &str, status: Status, warnings: Vec<Warning>) -> Item {
    Item { kind: "queue".to_owned(), id: id.to_owned(), status, differences: Vec::new(), warnings, error: None }
}

fn processes(truths: [&str; 3], message: &str) -> Difference {
    let [declared, on_disk, live] = truths.map(|truth| Some(truth.to_owned()));
    Difference {
        subject: "processes".to_owned(),
        status: Status::Drift,
        declared,
        on_disk,
        live,
        message: message.to_owned(),
        repairable: true,
    }
}

fn results(status: Status) -> Vec<HostResult> {
    let lint = |number: u32| Warning {
        code: "cpu-bound-threads".to_owned(),
        subject: format!("mastodon-sidekiq-ingress-20@{number}.service"),
        message: "20 threads share one core: 4 processes of 5 threads serve more with the same connections".to_owned(),
    };
    let hosts = HOSTS.into_iter().filter(|name| ["franz", "freud", "nietzsche", "sally"].contains(name));
    hosts
        .map(|name| {
            if name == "sally" {
                return HostResult::of_items(host(name), Vec::new());
            }
            let warnings = if status == Status::Changed { Vec::new() } else { vec![lint(1), lint(2)] };
            let mut items = vec![item("ingress", status, Vec::new()), item("ingress-20", status, warnings)];
            if status == Status::Drift {
                items[0].differences.push(processes(["12", "0", "0"], "none runs here, 12 wanted"));
                items[1].differences.push(processes(["0", "4", "4"], "4 run here, none wanted: the kind is retired"));
            }
            HostResult::of_items(host(name), items)
        })
        .collect()
}

pub(super) fn check() -> CheckReport {
    CheckReport::new(vec!["queue".to_owned()], results(Status::Drift), Some("fleet queue plan".to_owned()))
        .with_balance(Some(incident()), Vec::new())
}

pub(super) fn check_converged() -> CheckReport {
    let mut hosts = results(Status::Changed);
    for result in &mut hosts {
        result.status = Status::Ok;
        result.items.iter_mut().for_each(|item| item.status = Status::Ok);
    }
    CheckReport::new(vec!["queue".to_owned()], hosts, Some("fleet queue plan".to_owned()))
        .with_balance(Some(converged()), Vec::new())
}

fn summary(id: &str, diff: &[[&str; 3]], operations: &[&str]) -> ItemSummary {
    let known = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
    ItemSummary {
        kind: "queue".to_owned(),
        id: id.to_owned(),
        place: format!("/etc/systemd/system/mastodon-sidekiq-{id}@.service.d"),
        diff: diff
            .iter()
            .map(|[subject, before, after]| DiffLine {
                subject: (*subject).to_owned(),
                before: known(before),
                after: known(after),
            })
            .collect(),
        operations: operations.iter().map(|operation| (*operation).to_owned()).collect(),
    }
}

fn start() -> ItemSummary {
    summary(
        "ingress",
        &[
            ["mastodon-sidekiq-ingress@1.service", "", "takes 5 connections"],
            ["mastodon-sidekiq-ingress@2.service", "", "takes 5 connections"],
            ["50-fleet.conf", "", "Environment=\"DB_POOL=5\""],
        ],
        &[
            "daemon-reload",
            "enable mastodon-sidekiq-ingress@1.service",
            "enable mastodon-sidekiq-ingress@2.service",
            "start mastodon-sidekiq-ingress@1.service",
            "start mastodon-sidekiq-ingress@2.service",
            "see in Redis primary that 2 of mastodon-sidekiq-ingress@.service work on nietzsche with 5 threads (on nietzsche: queue-works 2 6379 0 /home/mastodon/live/.env.production REDIS_PASSWORD \'\' nietzsche 5 ingress 25)",
        ],
    )
}

fn stop() -> ItemSummary {
    summary(
        "ingress-20",
        &[["mastodon-sidekiq-ingress-20@1.service", "takes 20 connections", ""]],
        &[
            "quiet mastodon-sidekiq-ingress-20@1.service with TSTP",
            "stop mastodon-sidekiq-ingress-20@1.service",
            "disable mastodon-sidekiq-ingress-20@1.service",
        ],
    )
}

/// The plan file of the first two steps.
pub(super) fn plan_file() -> Plan {
    let transaction =
        |summary: ItemSummary| Transaction { lease_seconds: 300, summary: vec![summary], ..Transaction::default() };
    let (start, stop) = (start(), stop());
    let wave = |name: &str, hosts: &[&str], summary: &ItemSummary| {
        Wave::of(name, hosts.iter().map(|name| (host(name), transaction(summary.clone()))).collect())
    };
    Plan {
        actions: vec!["queue".to_owned()],
        playbook: None,
        undoes: None,
        waves: vec![wave("step 1", &["nietzsche"], &start), wave("step 2", &["franz", "freud"], &stop)],
        hosts: results(Status::Planned),
        ..plan()
    }
}

pub(super) fn planned() -> PlanReport {
    PlanReport::of(&plan_file(), Some("fleet queue apply".to_owned())).with_balance(Some(incident()), Vec::new())
}

pub(super) fn planned_blocked() -> PlanReport {
    PlanReport::of(&plan_empty(), None).with_balance(Some(blocked()), strings(["max_connections=200"]))
}

pub(super) fn planned_large() -> PlanReport {
    PlanReport::of(&plan_empty(), None).with_balance(Some(large()), Vec::new())
}

pub(super) fn planned_converged() -> PlanReport {
    PlanReport::of(&plan_empty(), None).with_balance(Some(converged()), Vec::new())
}

/// What cannot be done is told once, and not for each kind again.
pub(super) fn apply_blocked() -> ApplyReport {
    let mut hosts = results(Status::Drift);
    for item in hosts.iter_mut().flat_map(|host| &mut host.items) {
        item.status = Status::Failed;
        item.error = Some(Failure::bare("no-way", "no order of starts and stops keeps all limits at every instant"));
    }
    let hosts = hosts.into_iter().map(|host| HostResult::of_items(host.host, host.items)).collect();
    ApplyReport::new(None, vec!["queue".to_owned()], 0, hosts).with_balance(Some(blocked()))
}

pub(super) fn applied() -> ApplyReport {
    let run = crate::names::RunId::new("20261121T202449Z-3f9a");
    ApplyReport::new(Some(run), vec!["queue".to_owned()], 318_341, results(Status::Changed))
        .with_balance(Some(incident()))
}
