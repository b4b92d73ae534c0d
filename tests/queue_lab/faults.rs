//! What goes wrong on the way: workers that do not come up, a fleet that dies, and two who want the same.

use std::time::Duration;

use crate::rig::{Case, Rig, SMALL_BUDGET, codes, status, until, until_within};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::small(
            "a worker that does not come up: rolled back, stopped, and finished once it is mended",
            broken_worker,
        ),
        Case::small("a worker that comes up and does not work is no worker", idle_worker),
        Case::small("fleet is killed in the middle: the next run finishes", killed),
        Case::small("two operators: the second is refused", two_operators),
    ]
}

const BROKEN: &str = "mkdir -p /etc/systemd/system/mastodon-sidekiq-ingress@.service.d
    printf '[Service]\\nExecStartPre=/bin/false\\n' >/etc/systemd/system/mastodon-sidekiq-ingress@.service.d/broken.conf
    systemctl daemon-reload";
const MENDED: &str =
    "rm -f /etc/systemd/system/mastodon-sidekiq-ingress@.service.d/broken.conf; systemctl daemon-reload";

fn broken_worker(rig: &Rig) {
    rig.on_all(|_| BROKEN.to_owned());
    let load = rig.load();
    let run = rig.queue(&["apply", "--yes", "--json"]).expect_code(1);
    let report = run.json();
    let rolled_back =
        ["franz", "freud", "nietzsche"].iter().filter(|host| status(&report, host) == "rolled-back").count();
    assert!(rolled_back > 0, "{report:#}");
    assert_eq!(rig.kinds().get("ingress"), None, "{:?}", rig.running());
    // Whatever was stopped for it runs again, or the floor is kept all the same.
    assert!(rig.kinds()["ingress-20"] >= 2, "{:?}", rig.running());
    rig.on_all(|_| MENDED.to_owned());
    rig.queue(&["apply", "--yes", "--json"]).expect_code(0);
    let record = load.finish();
    record.keeps_within(rig, SMALL_BUDGET);
    record.has_one_scheduler(rig);
    record.serves("ingress", 2 * 5);
    assert_eq!(rig.kinds()["ingress"], 8);
    rig.is_as_declared();
}

fn idle_worker(rig: &Rig) {
    // It says that it is ready, and has never heard of Redis.
    rig.on_all(|_| {
        "mkdir -p /etc/systemd/system/mastodon-sidekiq-ingress@.service.d
         printf '[Service]\\nType=simple\\nExecStart=\\nExecStart=/bin/sleep 1000\\n' \
         >/etc/systemd/system/mastodon-sidekiq-ingress@.service.d/broken.conf
         systemctl daemon-reload"
            .to_owned()
    });
    let run = rig.queue(&["apply", "--yes", "--json"]).expect_code(1);
    assert!(run.stdout.contains("rolled-back"), "{}", run.stdout);
    assert_eq!(rig.kinds().get("ingress"), None, "{:?}", rig.running());
    rig.on_all(|_| MENDED.to_owned());
    rig.converges();
}

/// Waits until a second step has begun.
fn in_the_middle(rig: &Rig) {
    until(
        "the first new workers",
        || format!("{:?}", rig.running()),
        || rig.kinds().contains_key("ingress").then_some(()),
    );
}

fn killed(rig: &Rig) {
    let load = rig.load();
    let run = rig.start_with(&["apply", "--yes", "--json"], &[("FLEET_LOCK_LEASE", "20")]);
    in_the_middle(rig);
    run.kill();
    // Hosts finish what they began, or take it back; until then they are locked, and so is the budget until its lease ends.
    let again = until_within(Duration::from_secs(600), "the next run", String::new, || {
        let again = rig.queue(&["apply", "--yes", "--json"]);
        if again.code == Some(5) {
            std::thread::sleep(Duration::from_secs(1));
            return None;
        }
        Some(again)
    });
    again.expect_code(0);
    let record = load.finish();
    record.keeps_within(rig, SMALL_BUDGET);
    record.has_one_scheduler(rig);
    record.serves("ingress", 2 * 5);
    assert_eq!(rig.kinds()["ingress"], 8);
    rig.is_as_declared();
}

fn two_operators(rig: &Rig) {
    let load = rig.load();
    let colleague = rig.colleague();
    let first = rig.start(&["apply", "--yes", "--json"]);
    in_the_middle(rig);
    let second = colleague.queue(&["apply", "--yes", "--json", "--lock-timeout", "0"]);
    assert_eq!(second.code, Some(5), "{}\n{}", second.stdout, second.stderr);
    assert!(codes(&second.json()).contains("locked"), "{}", second.stdout);
    assert!(second.stdout.contains("tester"), "it says who: {}", second.stdout);
    first.wait().expect_code(0);
    let record = load.finish();
    record.keeps_within(rig, SMALL_BUDGET);
    record.has_one_scheduler(rig);
    assert_eq!(rig.kinds()["ingress"], 8);
    rig.is_as_declared();
}
