//! What the numbers must not overlook.

use super::*;
use crate::engine::status::Status;
use crate::engine::transaction::Gate;

/// As declared and converged, but for the drop-ins.
fn converged(text: &str) -> Fleet {
    let mut fleet = Fleet::of(text, &[]);
    for host in ["franz", "freud", "nietzsche"] {
        for number in 1..=2 {
            fleet.start(host, "default", &number.to_string());
        }
        for number in 1..=4 {
            fleet.start(host, "ingress", &number.to_string());
        }
    }
    fleet.start("freud", "scheduler", "1");
    fleet
}

fn instance<'f>(fleet: &'f mut Fleet, host: &str, unit: &str) -> &'f mut Instance {
    let instances = &mut fleet.seen.hosts.get_mut(host).unwrap().instances;
    instances.iter_mut().find(|instance| instance.unit.as_str() == unit).unwrap()
}

/// Capacity of a queue, and connections of the database, that the model counts now.
fn counted(fleet: &Fleet, queue: &str) -> (u64, u64) {
    fleet.look(|study, _, _| {
        let model = &study.question.model;
        let usage = limits::Usage::of(model, &model.now);
        let queue = model.queues.iter().position(|it| it.name == queue).unwrap();
        (usage.capacity[queue], usage.budgets[0])
    })
}

fn processes(fleet: &Fleet, queue: &str) -> u64 {
    fleet.look(|study, _, _| {
        let model = &study.question.model;
        let queue = model.queues.iter().position(|it| it.name == queue).unwrap();
        limits::Usage::of(model, &model.now).processes[queue]
    })
}

#[test]
fn what_does_no_work_keeps_no_floor_and_takes_what_it_may() {
    let all = counted(&converged(INVENTORY), "default");
    let odd = |change: &dyn Fn(&mut Instance)| {
        let mut fleet = converged(INVENTORY);
        change(instance(&mut fleet, "franz", "default@1.service"));
        counted(&fleet, "default")
    };
    assert_eq!(all, (60, 125));
    assert_eq!(odd(&|it| it.quiet = true), (50, 125));
    assert_eq!(odd(&|it| it.active_state = "deactivating".to_owned()), (50, 125));
    // It fails again and again: what it takes at its next start, the disk says.
    let failing = |it: &mut Instance| {
        it.active_state = "activating".to_owned();
        it.pid = 0;
        it.settings = Settings::default();
        it.on_disk = Settings { pool: Some(40), concurrency: Some(40), ..Settings::default() };
    };
    assert_eq!(odd(&failing), (50, 155));
    // One that starts, and has its process, is not odd.
    assert_eq!(odd(&|it| it.active_state = "activating".to_owned()), all);
}

#[test]
fn whatever_may_serve_a_singleton_counts_as_one() {
    let mut fleet = converged(INVENTORY);
    assert_eq!(processes(&fleet, "scheduler"), 1);
    // By another kind, with a drop-in that somebody wrote.
    instance(&mut fleet, "franz", "default@1.service").settings.queues.push("scheduler".to_owned());
    assert_eq!(processes(&fleet, "scheduler"), 2);
    // Down, and enabled: a boot in the middle of a change would start it.
    let mut fleet = converged(INVENTORY);
    instance(&mut fleet, "freud", "scheduler@1.service").active_state = "failed".to_owned();
    assert_eq!(processes(&fleet, "scheduler"), 1);
    fleet.look(|study, compiled, _| {
        let steps = study.steps.as_ref().unwrap();
        assert_eq!(problems_of(compiled), Vec::<String>::new());
        let serves = |kind: usize| study.question.shapes[kind].declared.name == "scheduler";
        let first = steps.iter().position(|step| step.stops.iter().any(|it| serves(it.kind))).unwrap();
        let then = steps.iter().position(|step| step.starts.iter().any(|it| serves(it.kind))).unwrap();
        assert!(first < then, "{steps:?}");
    });
}

#[test]
fn workers_of_a_kind_that_is_declared_no_more_count_where_nobody_sees_them_end() {
    let mut fleet = converged(INVENTORY);
    fleet.last =
        fleet.look(|study, _, _| question::remembered(fleet.inventory.queues(), &study.seen, Timestamp::UNIX_EPOCH));
    fleet.silent.insert(name("freud"));
    let workers = &mut fleet.last.get_mut("freud").unwrap().workers;
    workers.push(LastWorkers { kind: "push".to_owned(), connections: 20, as_declared: true, count: 2 });
    fleet.look(|study, _, _| {
        assert_eq!(study.question.model.budgets[0].limit, 147);
        let derivation = &study.question.budgets[0].derivation;
        assert!(derivation.ends_with(" − push on freud, not declared any more, 40"), "{derivation}");
    });
}

#[test]
fn what_is_declared_of_a_server_does_not_make_it_take_more() {
    let declared = INVENTORY.replace("reserve = 10", "reserve = 10\nmax_connections = 300");
    converged(&declared).look(|study, _, _| assert_eq!(study.question.model.budgets[0].limit, 187));
    let declared = INVENTORY.replace("reserve = 10", "reserve = 10\nmax_connections = 100");
    converged(&declared).look(|study, _, _| assert_eq!(study.question.model.budgets[0].limit, 87));
}

#[test]
fn a_host_that_drains_and_was_never_seen_may_have_workers() {
    let drained = format!("{INVENTORY}[placement.freud]\ndrain = true\n");
    let mut fleet = converged(&drained);
    fleet.silent.insert(name("freud"));
    fleet.look(|study, _, _| assert!(study.question.model.budgets[0].blind));
}

#[test]
fn nothing_begins_that_nobody_could_see_the_end_of() {
    for (server, code) in [("database", "database-unknown"), ("redis", "redis-unknown")] {
        let mut fleet = Fleet::incident();
        let down = "connection refused".to_owned();
        if server == "redis" {
            fleet.seen.redis.insert("main".to_owned(), Err(down));
        } else {
            fleet.seen.databases.insert("primary".to_owned(), Err(down));
        }
        fleet.look(|_, compiled, _| {
            assert!(compiled.waves.is_empty(), "{server}");
            assert!(!compiled.refused.is_empty(), "{server}");
            for failure in compiled.refused.values() {
                assert_eq!(failure.code, code);
                assert!(failure.message.contains("connection refused"), "{}", failure.message);
            }
        });
    }
}

#[test]
fn a_declared_stop_timeout_is_written_before_what_ends_ends() {
    let patient = INVENTORY.replace("retired = true", "retired = true\nstop_timeout = \"40s\"");
    let running = [
        ("nietzsche", "default", 2),
        ("nietzsche", "ingress-20", 2),
        ("franz", "default", 2),
        ("franz", "ingress-20", 2),
        ("freud", "default", 2),
        ("freud", "ingress-20", 1),
        ("freud", "scheduler", 1),
    ];
    let mut fleet = Fleet::of(&patient, &running);
    for instance in fleet.seen.hosts.values_mut().flat_map(|host| &mut host.instances) {
        if instance.kind == "ingress-20" {
            instance.stop_timeout = Some(15);
        }
    }
    fleet.look(|_, compiled, _| {
        assert!(compiled.refused.is_empty(), "{:?}", compiled.refused);
        let mut written = BTreeSet::new();
        for (host, transaction) in compiled.waves.iter().flat_map(|wave| &wave.transactions) {
            if transaction.changes.iter().any(|it| it.path().as_str().contains("ingress-20@.service.d")) {
                written.insert(host);
            }
            let stops = units(transaction, "stop");
            assert!(stops.iter().all(|unit| !unit.starts_with("ingress-20@")) || written.contains(host), "{host}");
        }
        assert_eq!(written.len(), 3);
    });
}

#[test]
fn a_hosts_whole_workers_are_expected_as_they_were_seen() {
    Fleet::incident().look(|study, compiled, _| {
        let patterns: BTreeSet<String> =
            study.question.shapes.iter().map(|shape| shape.declared.unit.pattern()).collect();
        for transaction in compiled.waves.iter().flat_map(|wave| wave.transactions.values()) {
            let expected: BTreeSet<String> = transaction.running.iter().map(|it| it.pattern.clone()).collect();
            assert_eq!(expected, patterns);
        }
    });
}

#[test]
fn connections_of_a_host_that_does_not_answer_may_stay_under_a_name_that_ends_elsewhere() {
    let mut fleet = Fleet::incident();
    fleet.last =
        fleet.look(|study, _, _| question::remembered(fleet.inventory.queues(), &study.seen, Timestamp::UNIX_EPOCH));
    fleet.silent.insert(name("freud"));
    fleet.look(|_, compiled, _| {
        let gates = compiled.waves.iter().flat_map(|wave| &wave.gates).map(|check| &check.gate);
        let mut ended = 0;
        for gate in gates {
            let Gate::Builtin { arguments, .. } = gate else { panic!("{gate:?}") };
            for pair in arguments.iter().filter(|word| word.contains("=ingress-20@1.service")) {
                // Of freud's one.
                assert!(pair.split('=').next().unwrap().parse::<u32>().unwrap() >= 20, "{pair}");
                ended += 1;
            }
        }
        assert!(ended > 0);
    });
}

#[test]
fn a_process_of_another_kind_proves_no_start() {
    // Redis sees no difference between this retired kind and what replaces it.
    let alike = INVENTORY.replace("concurrency = 20\nconnections = 20", "concurrency = 5\nconnections = 5");
    // None of them may end before all that start do work.
    let alike = alike.replace("demand = 12\nfloor = 2", "demand = 12\nfloor = 12");
    let mut fleet = Fleet::of(&alike, &[("franz", "default", 2), ("freud", "default", 2), ("nietzsche", "default", 2)]);
    for host in ["franz", "freud", "nietzsche"] {
        for number in 1..=4 {
            fleet.start(host, "ingress-20", &number.to_string());
        }
    }
    fleet.start("freud", "scheduler", "1");
    fleet.look(|study, compiled, enacted| {
        let kind = |name: &str| study.question.shapes.iter().position(|shape| shape.declared.name == name).unwrap();
        let mut alike = 0;
        for (wave, step) in compiled.waves.iter().zip(enacted) {
            for (host, does) in step {
                let host = &study.question.model.hosts[*host].name;
                if !does.starts.iter().any(|start| start.kind == kind("ingress")) {
                    continue;
                }
                let after = |name: &str| does.after.get(&kind(name)).copied().unwrap_or(0);
                let gates = &wave.transactions[host].confirm.as_ref().unwrap().gates;
                let wanted = (after("ingress") + after("ingress-20")).to_string();
                let is_it = |gate: &Gate| matches!(gate, Gate::Builtin { arguments, .. } if arguments[0] == wanted && arguments.contains(&"ingress".to_owned()));
                assert!(gates.iter().any(is_it), "{wanted}: {gates:?}");
                alike += after("ingress-20");
            }
        }
        assert!(alike > 0, "nothing is alike in any step");
    });
}

#[test]
fn a_queue_without_its_capacity_has_one_item_by_its_own_name() {
    // More than the budget can bear.
    let fleet = converged(&INVENTORY.replace("demand = 60", "demand = 600"));
    let items = fleet.items();
    let of = |host: &str, id: &str| -> Vec<Status> {
        items[&name(host)].iter().filter(|item| item.id == id).map(|item| item.status).collect()
    };
    assert_eq!(of("nietzsche", "default"), [Status::Drift]);
    assert!(items.values().flatten().all(|item| !item.id.starts_with("queue ")));
    let mut fleet = converged(INVENTORY);
    fleet.seen.databases.insert("primary".to_owned(), Err("connection refused".to_owned()));
    let items = fleet.items();
    let primary = items[&name("nietzsche")].iter().find(|item| item.id == "primary").unwrap();
    assert_eq!((primary.status, primary.error.as_ref().unwrap().code.as_str()), (Status::Unknown, "unknown"));
}
