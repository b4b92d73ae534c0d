//! The incident: found, planned, carried out while work comes in, and over.

use std::collections::BTreeMap;

use crate::rig::{BUDGET, Case, Rig, codes, replaced, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![Case::of_the_incident("the incident, from the first look to the end", the_incident)]
}

fn the_incident(rig: &Rig) {
    let load = rig.load();

    let check = rig.queue(&["check", "--json"]).expect_code(3);
    let report = check.json();
    for host in ["franz", "freud", "nietzsche"] {
        assert_eq!(status(&report, host), "drift", "{report:#}");
    }
    // Before anybody knew what to do: 20 threads where one core computes.
    let retired = "retired = true                             # none may be left in the end";
    let declared = rig.declared();
    rig.declare(|text| replaced(text, retired, ""));
    let lints = codes(&rig.queue(&["check", "--json"]).json());
    assert!(lints.contains("threads-beyond-one-core"), "{lints:?}");
    rig.declare(|_| declared.clone());
    let table = rig.queue(&["check"]).expect_code(3).stdout;
    for word in ["ingress-20", "pushpull", "415"] {
        assert!(table.contains(word), "{word}: {table}");
    }

    let plan = rig.queue(&["plan", "--json", "--out", "plan.json"]).expect_code(3).json();
    let balance = &plan["balance"];
    assert_eq!(balance["proven"], true, "{balance:#}");
    let budget = &balance["budgets"][0];
    assert_eq!((&budget["limit"], &budget["workers"]["before"]), (&BUDGET.into(), &BUDGET.into()), "{budget:#}");
    assert!(budget["workers"]["during"].as_u64().unwrap() <= u64::from(BUDGET), "{budget:#}");
    assert_eq!(budget["workers"]["after"], 355, "{budget:#}");
    for step in balance["steps"].as_array().unwrap() {
        assert!(step["peak"][0].as_u64().unwrap() <= u64::from(BUDGET), "{step:#}");
    }
    let ingress = balance["queues"].as_array().unwrap().iter().find(|queue| queue["name"] == "ingress").unwrap();
    let capacity = &ingress["capacity"];
    assert_eq!((&capacity["before"], &capacity["after"]), (&11.into(), &32.into()), "{ingress:#}");
    assert!(capacity["during"].as_u64().unwrap() >= 8, "{ingress:#}");
    assert_eq!((&ingress["connections"]["before"], &ingress["connections"]["after"]), (&220.into(), &160.into()));
    let table = rig.queue(&["plan"]).expect_code(3).stdout;
    assert!(table.contains("ingress") && table.contains("220") && table.contains("160"), "{table}");
    // It was only looked at.
    assert_eq!(rig.kinds()["ingress-20"], 11);

    let applied = rig.queue(&["apply", "--yes", "--json"]).expect_code(0).json();
    for host in ["franz", "freud", "nietzsche"] {
        assert_eq!(status(&applied, host), "changed", "{applied:#}");
    }
    let record = load.finish();
    record.keeps_within(rig, BUDGET);
    record.has_one_scheduler(rig);
    for (queue, threads) in [("ingress", 8 * 5), ("default", 50), ("push", 40), ("pull", 40)] {
        record.serves(queue, threads);
    }
    assert!(record.enqueued > 500 && record.most_open() > 300, "{} jobs, {} open", record.enqueued, record.most_open());

    let wanted = [("default", 13), ("ingress", 32), ("mailers", 1), ("pull", 6), ("push", 6), ("scheduler", 1)];
    let wanted: BTreeMap<String, usize> = wanted.map(|(kind, count)| (kind.to_owned(), count)).into();
    assert_eq!(rig.kinds(), wanted);
    for host in ["franz", "freud", "nietzsche"] {
        assert_eq!(rig.enabled(host), rig.workers(host).into_keys().collect(), "{host}: what runs starts at boot");
    }
    let before = rig.running();
    rig.is_as_declared();
    let again = rig.queue(&["apply", "--yes", "--json"]).expect_code(0).json();
    assert_eq!(status(&again, "franz"), "ok", "{again:#}");
    assert_eq!(rig.running(), before);
}
