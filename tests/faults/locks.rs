//! Locks that runs hold from their first wave to their last.

use std::time::{Duration, Instant};

use fleet::engine::plan::{Lock, Plan};
use serde_json::Value;

use crate::gates::start;
use crate::rig::{Came, Case, Site};
use crate::workers::begin;

/// Each name is one that has to be escaped.
const NAME: &str = "db:primary/1";
const UNIT: &str = "'fleet-lock-db:primary\\x2f1.service'";

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("two runs want one lock", |site| {
            fresh(site);
            site.hold("step activate 1", "systemctl start*");
            let first = site.start_with(&plan(site, &["1", "2"], 0), &[]);
            site.held();
            assert_eq!(turn(site), Some(1));
            let second = site.start_with(&plan(site, &["1"], 1), &[]).wait(60);
            let host = second.host(site.host);
            assert_eq!(second.code, Some(5), "{host:#}");
            assert_eq!((&host["status"], &host["error"]["code"]), (&"skipped".into(), &"locked".into()), "{host:#}");
            let message = host["error"]["message"].as_str().unwrap();
            assert!(message.contains(NAME) && message.contains("tester@"), "{message}");
            // One that waits gets it, and finds that its plan is old.
            let third = site.start_with(&plan(site, &["1"], 0), &["--lock-timeout", "60"]);
            std::thread::sleep(Duration::from_millis(500));
            assert!(!third.over());
            site.release();
            assert_eq!(first.wait(60).code, Some(0));
            moved(site, &third.wait(60));
            free(site, 5);
            assert_eq!(turn(site), Some(1), "a run that did not begin counts for nothing");
            // A look tells the next plan.
            let facts = site.outside("/var/gate/facts");
            let arguments = ["env", "check", "-l", site.host, "--save-facts", facts.to_str().unwrap()];
            site.rig.rehearsal.fleet(&arguments).expect_code(0);
            let facts = std::fs::read_to_string(facts).unwrap();
            let facts: Value = serde_json::from_str(&facts).unwrap();
            assert!(facts.to_string().contains(&format!("\"turns\":{{\"{NAME}\":1}}")), "{facts:#}");
            let came = site.start_with(&plan(site, &["3"], 1), &[]).wait(60);
            assert_eq!(came.code, Some(0), "{}", came.stdout);
            assert_eq!(turn(site), Some(2));
            end(site);
        }),
        Case::new("a plan from before another run", |site| {
            fresh(site);
            assert_eq!(site.start_with(&plan(site, &["1"], 0), &[]).wait(60).code, Some(0));
            moved(site, &site.start_with(&plan(site, &["2"], 0), &[]).wait(60));
            assert_eq!(site.inside("/usr/bin/systemctl is-active worker@2 || :"), "inactive\n");
            assert_eq!(turn(site), Some(1));
            end(site);
        }),
        Case::new("a lock survives a short loss of the link", |site| {
            fresh(site);
            site.hold("step activate 1", "systemctl start*");
            let running = site.start_leased(&plan(site, &["1", "2"], 0), &[], 12);
            site.held();
            site.link(false);
            std::thread::sleep(Duration::from_secs(5));
            site.link(true);
            // Longer than one lease in all, with the link there: it is renewed.
            std::thread::sleep(Duration::from_secs(9));
            assert!(is_held(site));
            site.release();
            let came = running.wait(60);
            assert_eq!(came.code, Some(0), "{}\n{}", came.stdout, came.stderr);
            assert_eq!(site.inside("/usr/bin/systemctl is-active worker@1 worker@2"), "active\nactive\n");
            end(site);
        }),
        Case::new("a lock that is lost with the link stops the run", |site| {
            fresh(site);
            site.hold("step activate 1", "systemctl start*");
            let running = site.start_leased(&plan(site, &["1", "2"], 0), &[], 3);
            site.held();
            site.link(false);
            std::thread::sleep(Duration::from_secs(5));
            site.link(true);
            assert!(!is_held(site));
            site.release();
            lost(site, &running.wait(60));
        }),
        Case::new("a lock that somebody stops", |site| {
            fresh(site);
            site.hold("step activate 1", "systemctl start*");
            let running = site.start_with(&plan(site, &["1", "2"], 0), &[]);
            site.held();
            site.inside(&format!("/usr/bin/systemctl stop {UNIT}"));
            site.release();
            lost(site, &running.wait(60));
        }),
        Case::new("a lock of a fleet that was killed", |site| {
            fresh(site);
            site.hold("step activate 1", "systemctl start*");
            let running = site.start_leased(&plan(site, &["1", "2"], 0), &[], 4);
            site.held();
            running.kill();
            assert!(is_held(site), "it is not free before its time");
            site.release();
            free(site, 20);
            site.idle();
            let came = site.start_with(&plan(site, &["2"], 1), &[]).wait(60);
            assert_eq!(came.code, Some(0), "{}", came.stdout);
            end(site);
        }),
        Case::new("Ctrl-C while a run waits for a lock", |site| {
            fresh(site);
            site.hold("step activate 1", "systemctl start*");
            let first = site.start_with(&plan(site, &["1"], 0), &[]);
            site.held();
            let second = site.start_with(&plan(site, &["2"], 1), &["--lock-timeout", "60"]);
            std::thread::sleep(Duration::from_millis(1500));
            second.interrupt();
            let came = second.wait(20);
            assert_eq!(came.code, Some(130), "{}", came.stdout);
            site.release();
            assert_eq!(first.wait(60).code, Some(0));
            free(site, 5);
            assert_eq!(turn(site), Some(1));
            end(site);
        }),
        Case::new("a run that fails gives its lock back", |site| {
            fresh(site);
            let came = site.start_with(&plan(site, &["1", "no-such-worker/"], 0), &[]).wait(60);
            assert_eq!(came.code, Some(2), "{}", came.stderr);
            assert_eq!(turn(site), None, "what is no plan takes no lock");
            site.inside("/usr/bin/systemctl mask --runtime --now worker@9");
            let came = site.start_with(&plan(site, &["9", "2"], 0), &[]).wait(60);
            assert_eq!(came.host(site.host)["status"], "rolled-back", "{}", came.stdout);
            free(site, 5);
            site.inside("/usr/bin/systemctl unmask --runtime worker@9");
            end(site);
        }),
        Case::new("a counter of a lock that can't be read", |site| {
            fresh(site);
            site.inside(&format!("mkdir -p /var/lib/fleet/locks; echo many >{}", file()));
            let came = site.start_with(&plan(site, &["1"], 0), &[]).wait(60);
            assert_eq!(came.host(site.host)["error"]["code"], "bad-turn", "{}", came.stdout);
            free(site, 5);
            site.inside(&format!("rm {}", file()));
            end(site);
        }),
    ]
}

/// A plan that starts these workers, one a wave.
fn plan(site: &Site<'_>, names: &[&str], turn: u64) -> Plan {
    let mut plan = site.plan(names.iter().map(|name| start(name)).collect());
    plan.locks = vec![Lock { host: site.name(), name: NAME.to_owned(), turn }];
    plan
}

fn file() -> String {
    "'/var/lib/fleet/locks/db:primary\\x2f1'".to_owned()
}

fn fresh(site: &Site<'_>) {
    begin(site, "");
    site.inside("rm -rf /var/lib/fleet/locks");
}

fn turn(site: &Site<'_>) -> Option<u64> {
    let text = site.inside(&format!("cat {} 2>/dev/null || :", file()));
    let (turn, name) = text.trim().split_once(' ')?;
    assert_eq!(name, NAME);
    turn.parse().ok()
}

fn is_held(site: &Site<'_>) -> bool {
    site.inside(&format!("/usr/bin/systemctl show -p LoadState --value {UNIT}")).trim() == "loaded"
}

/// Waits until the lock is free, and nothing is left of it.
#[track_caller]
fn free(site: &Site<'_>, seconds: u64) {
    let start = Instant::now();
    while is_held(site) {
        assert!(start.elapsed() < Duration::from_secs(seconds), "the lock is not given back");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(site.inside("ls -A /run/fleet/locks"), "");
}

#[track_caller]
fn moved(site: &Site<'_>, came: &Came) {
    let host = came.host(site.host);
    assert_eq!((came.code, &host["error"]["code"]), (Some(1), &"host-changed".into()), "{host:#}");
    assert!(host["error"]["message"].as_str().unwrap().contains("another run held"), "{host:#}");
}

/// The first wave has happened, the second has not.
#[track_caller]
fn lost(site: &Site<'_>, came: &Came) {
    let host = came.host(site.host);
    assert_eq!((came.code, &host["error"]["code"]), (Some(1), &"lock-lost".into()), "{host:#}\n{}", came.stderr);
    assert!(host["error"]["message"].as_str().unwrap().contains(NAME), "{host:#}");
    assert_eq!(site.inside("/usr/bin/systemctl is-active worker@1 worker@2 || :"), "active\ninactive\n");
    end(site);
}

#[track_caller]
fn end(site: &Site<'_>) {
    site.idle();
    free(site, 5);
    site.inside("/usr/bin/systemctl stop 'worker@*'; rm -rf /run/workers /var/lib/fleet/locks");
}
