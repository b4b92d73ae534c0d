//! Fleets that begin in trouble: over budget, with two schedulers, with strangers, with settings that nobody took up.

use std::collections::BTreeSet;

use crate::rig::{Case, HOSTS, Rig, SMALL_BUDGET, Workers, codes, replaced, status, until};

/// Two of what there may be one of.
const TWO_SCHEDULERS: Workers = &[
    ("franz", "ingress-20", 2),
    ("franz", "push", 1),
    ("franz", "scheduler", 1),
    ("freud", "ingress-20", 1),
    ("freud", "push", 1),
    ("freud", "scheduler", 1),
];

/// What is declared.
pub(crate) const CONVERGED: Workers = &[
    ("franz", "ingress", 4),
    ("franz", "push", 1),
    ("freud", "ingress", 4),
    ("freud", "push", 1),
    ("freud", "scheduler", 1),
];

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::small("over budget from the start: repaired, and never worse", over_budget),
        Case::with(TWO_SCHEDULERS, "two schedulers at the start: one in the end", two_schedulers),
        Case::with(CONVERGED, "a process with settings of the past is found and replaced", stale),
        Case::with(CONVERGED, "what is not declared is adopted, and then nothing is to be done", adopted),
        Case::with(CONVERGED, "a worker on a host of the CDN must go", on_the_cdn),
    ]
}

fn over_budget(rig: &Rig) {
    // Somebody has lowered the limit since.
    let budget = 80;
    rig.declare(|text| replaced(text, "reserve = 322 ", "reserve = 347 "));
    let load = rig.load();
    let check = rig.queue(&["check", "--json"]).expect_code(3).json();
    assert_eq!(check["balance"]["budgets"][0]["limit"], budget, "{check:#}");
    rig.queue(&["apply", "--yes", "--json"]).expect_code(0);
    let record = load.finish();
    // It was at 105, and came down without ever going up; what is within the budget stays within.
    record.keeps_within(rig, SMALL_BUDGET);
    let first = record.samples.iter().position(|sample| sample.configured <= budget).unwrap();
    let late = record.samples[first..].iter().find(|sample| sample.configured > budget);
    assert!(late.is_none(), "it was within {budget} at sample {first}, and then: {late:?}");
    assert_eq!(rig.kinds()["ingress"], 8);
    rig.is_as_declared();
}

fn two_schedulers(rig: &Rig) {
    until("them to find each other", String::new, || {
        (rig.sql("SELECT count(*) FROM two_schedulers") != "0").then_some(())
    });
    let check = rig.queue(&["check", "--json"]).expect_code(3).json();
    assert!(codes(&check).contains("two-schedulers"), "{:?}", codes(&check));
    let load = rig.load();
    rig.queue(&["apply", "--yes", "--json"]).expect_code(0);
    let sampled = load.finish();
    sampled.keeps_within(rig, SMALL_BUDGET);
    assert!(sampled.samples.iter().all(|sample| sample.schedulers <= 2));
    let first = sampled.samples.iter().position(|sample| sample.schedulers == 1).unwrap();
    assert!(sampled.samples[first..].iter().all(|sample| sample.schedulers == 1), "a third one");
    assert_eq!(rig.kinds()["scheduler"], 1);
    rig.sql("TRUNCATE two_schedulers");
    rig.is_as_declared();
    assert_eq!(rig.sql("SELECT count(*) FROM two_schedulers"), "0");
}

fn stale(rig: &Rig) {
    rig.converges();
    // systemd read the file when the process started; since then it has been put right.
    let file = "/etc/default/mastodon-sidekiq-ingress";
    rig.fleet.inside(
        "franz",
        &format!(
            "sed -i 's/^DB_POOL=.*/DB_POOL=20/' {file}; systemctl restart mastodon-sidekiq-ingress@2; \
             sed -i 's/^DB_POOL=.*/DB_POOL=5/' {file}"
        ),
    );
    let all = || -> BTreeSet<_> {
        HOSTS.iter().flat_map(|host| rig.workers(host).into_iter().map(|worker| (*host, worker))).collect()
    };
    let before = all();
    let check = rig.queue(&["check", "--json"]).expect_code(3).json();
    let stale = check["hosts"].to_string();
    assert!(stale.contains("\"stale\"") && stale.contains("it runs with DB_POOL=20, 5 declared"), "{check:#}");
    assert_eq!(status(&check, "freud"), "ok", "{check:#}");
    rig.converges();
    let after = all();
    assert_eq!((after.len(), before.difference(&after).count()), (before.len(), 1), "{before:?} {after:?}");
    let pools = rig.fleet.inside(
        "franz",
        "for pid in $(systemctl show -p MainPID --value 'mastodon-sidekiq-ingress@*'); do \
         tr '\\0' '\\n' </proc/$pid/environ | grep ^DB_POOL=; done | sort -u",
    );
    assert_eq!(pools.trim(), "DB_POOL=5");

    // What systemd reads last beats what fleet may write: this is said, and nothing is started that would not be as declared.
    rig.fleet.inside(
        "franz",
        &format!("sed -i 's/^DB_POOL=.*/DB_POOL=2/' {file}; systemctl restart mastodon-sidekiq-ingress@3"),
    );
    let check = rig.queue(&["check", "--json"]).expect_code(3).json();
    assert!(codes(&check).contains("drop-in-without-effect"), "{:?}", codes(&check));
    assert!(codes(&check).contains("pool-too-small"), "{:?}", codes(&check));
}

fn adopted(rig: &Rig) {
    let before = rig.running();
    let path = rig.fleet.inventory().join("queues.toml");
    let declared = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let run = rig.queue(&["adopt"]).expect_code(0);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_ne!(text, declared);
    // Where a password lies it does not guess: it says that one is needed, and where to name it.
    assert!(format!("{}{}", run.stdout, run.stderr).contains("[redis.main]"), "{}\n{}", run.stdout, run.stderr);
    let commented = "#password = { file = \"/…\", key = \"REDIS_PASSWORD\" }";
    let password = "password = { file = \"/home/mastodon/live/.env.production\", key = \"REDIS_PASSWORD\" }";
    rig.declare(|text| replaced(text, commented, password));
    for word in ["mastodon-sidekiq-ingress@.service", "mastodon-sidekiq-scheduler@.service", "[queues.ingress]"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    rig.is_as_declared();
    rig.queue(&["apply", "--yes", "--json"]).expect_code(0);
    assert_eq!(rig.running(), before);
}

fn on_the_cdn(rig: &Rig) {
    rig.converges();
    rig.start_workers(&[("sally", "ingress", 1)]);
    let check = rig.queue(&["check", "--json"]).expect_code(3).json();
    assert_eq!(status(&check, "sally"), "drift", "{check:#}");
    let rest: Vec<String> = rig.running().into_iter().filter(|unit| !unit.starts_with("sally ")).collect();
    rig.converges();
    assert_eq!(rig.workers("sally").len(), 0);
    assert_eq!(rig.enabled("sally").len(), 0);
    assert_eq!(rig.running().into_iter().collect::<Vec<_>>(), rest, "eight are enough");
}
