//! What may not be done, or not everywhere: hosts that do not answer, are to be empty or are not selected, and no room to move.

use crate::rig::{Case, Rig, SMALL_BUDGET, Workers, codes, replaced, status};

/// All of which there must not be less at any instant, and which have all connections that there are.
const NO_SCHEDULER: Workers =
    &[("franz", "ingress-20", 2), ("franz", "push", 1), ("freud", "ingress-20", 2), ("freud", "push", 1)];

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::small("a host that does not answer counts, and nothing on it changes", unreachable),
        Case::small("a host to drain ends empty", drained),
        Case::with(NO_SCHEDULER, "without headroom: a refusal that says what would do", no_headroom),
        Case::small("systemd would kill what hands back its jobs: refused", stop_timeout),
        Case::small("only selected hosts change", selected),
    ]
}

fn unreachable(rig: &Rig) {
    // What runs there was seen once.
    rig.queue(&["check", "--json"]).expect_code(3);
    let before = rig.workers("freud");
    rig.link("freud", false);
    let short = ["--connect-timeout", "3"];
    let plan = rig.queue(&[&["plan", "--json"][..], &short].concat()).json();
    assert_eq!(status(&plan, "freud"), "unreachable", "{plan:#}");
    let budget = &plan["balance"]["budgets"][0];
    // 20 of ingress, 10 of push and 5 of the scheduler are still counted there.
    assert!(budget["workers"]["during"].as_u64().unwrap() <= u64::from(SMALL_BUDGET), "{budget:#}");
    let freud = plan["balance"]["hosts"].as_array().unwrap().iter().find(|host| host["host"] == "freud").unwrap();
    assert_eq!(
        (&freud["connections"]["before"], &freud["connections"]["after"]),
        (&35.into(), &35.into()),
        "{freud:#}"
    );
    let applied = rig.queue(&[&["apply", "--yes", "--json"][..], &short].concat());
    assert_eq!(applied.code, Some(4), "{}\n{}", applied.stdout, applied.stderr);
    // One of 20 is left there, and so no more than this fits: 105 − 35 − 20 of push elsewhere.
    assert_eq!(rig.kinds().get("ingress-20"), Some(&1), "{:?}", rig.running());
    rig.link("freud", true);
    assert_eq!(rig.workers("freud"), before, "nothing on it changed");
    rig.converges();
    assert_eq!(rig.kinds().get("ingress-20"), None);
    assert_eq!(rig.kinds()["ingress"], 8);

    // Of a host that nobody remembers it is not known what it takes: nothing is added.
    let memory = rig.colleague();
    rig.declare(|text| replaced(text, "demand = 8\n", "demand = 9\n"));
    rig.link("freud", false);
    let before = rig.workers("franz");
    let plan = memory.queue(&[&["plan", "--json"][..], &short].concat()).json();
    assert!(plan["waves"].as_array().is_none_or(Vec::is_empty), "{plan:#}");
    rig.link("freud", true);
    assert_eq!(rig.workers("franz"), before);
}

fn drained(rig: &Rig) {
    rig.declare(|text| format!("{text}\n[placement.freud]\ndrain = true\n"));
    let load = rig.load();
    rig.queue(&["apply", "--yes", "--json"]).expect_code(0);
    let record = load.finish();
    record.keeps_within(rig, SMALL_BUDGET);
    record.has_one_at_most(rig);
    record.serves("push", 10);
    assert_eq!((rig.workers("freud").len(), rig.enabled("freud").len()), (0, 0));
    assert_eq!((rig.kinds()["scheduler"], rig.kinds()["ingress"], rig.kinds()["push"]), (1, 8, 2));
    rig.is_as_declared();
}

fn no_headroom(rig: &Rig) {
    rig.declare(|text| {
        let (head, rest) = text.split_once("[workers.scheduler]").unwrap();
        let (_, rest) = rest.split_once("[queues.ingress]").unwrap();
        let text = replaced(&format!("{head}[queues.ingress]{rest}"), "[queues.scheduler]\nsingleton = true\n", "");
        let text = replaced(&text, "reserve = 322 ", "reserve = 327 ");
        replaced(&replaced(&text, "floor = 2\n", "floor = 4\n"), "floor = 10\n", "floor = 20\n")
    });
    let before = rig.running();
    let run = rig.queue(&["plan", "--json"]).expect_code(3);
    let report = run.json();
    let blocked = &report["balance"]["blocked"];
    let said = |what: &str| blocked[what].as_array().unwrap_or_else(|| panic!("{report:#}")).to_owned();
    assert!(said("limits").iter().any(|limit| limit.as_str().unwrap().contains("floor")), "{blocked:#}");
    for relaxation in
        ["5 more connections of primary", "floor of ingress at 3 instead of 4", "floor of push at 10 instead of 20"]
    {
        assert!(said("relaxations").contains(&relaxation.into()), "{blocked:#}");
    }
    let table = rig.queue(&["plan"]).expect_code(3).stdout;
    for relaxation in said("relaxations") {
        assert!(table.contains(relaxation.as_str().unwrap()), "{relaxation}: {table}");
    }
    let apply = rig.queue(&["apply", "--yes", "--json"]).expect_code(3);
    assert!(codes(&apply.json()).contains("no-way"), "{}", apply.stdout);
    assert_eq!(rig.running(), before);
    // What it asked for is enough.
    rig.declare(|text| replaced(text, "floor = 4\n", "floor = 3\n"));
    rig.converges();
}

fn stop_timeout(rig: &Rig) {
    rig.fleet.inside(
        "franz",
        "mkdir -p /etc/systemd/system/mastodon-sidekiq-ingress-20@.service.d
         printf '[Service]\\nTimeoutStopSec=15\\n' >/etc/systemd/system/mastodon-sidekiq-ingress-20@.service.d/hasty.conf
         systemctl daemon-reload",
    );
    let before = rig.running();
    let check = rig.queue(&["check", "--json"]).expect_code(1);
    assert!(codes(&check.json()).contains("stop-timeout"), "{:?}", codes(&check.json()));
    let plan = rig.queue(&["plan"]).expect_code(1);
    let said = format!("{}{}", plan.stdout, plan.stderr);
    assert!(said.contains("TimeoutStopSec=15") && said.contains("stop_timeout = \"30s\""), "{said}");
    rig.queue(&["apply", "--yes"]).expect_code(1);
    assert_eq!(rig.running(), before);
    // The remedy that it told.
    rig.fleet
        .inside("franz", "rm -r /etc/systemd/system/mastodon-sidekiq-ingress-20@.service.d; systemctl daemon-reload");
    rig.converges();
}

fn selected(rig: &Rig) {
    let others = ["freud", "nietzsche"].map(|host| rig.workers(host));
    let load = rig.load();
    let run = rig.queue(&["apply", "--yes", "--json", "-l", "franz"]);
    assert!(matches!(run.code, Some(0 | 3)), "{}\n{}", run.stdout, run.stderr);
    let record = load.finish();
    record.keeps_within(rig, SMALL_BUDGET);
    assert_eq!(["freud", "nietzsche"].map(|host| rig.workers(host)), others);
    assert_eq!(rig.workers("franz").keys().filter(|unit| unit.starts_with("ingress-20@")).count(), 0);
    rig.converges();
}
