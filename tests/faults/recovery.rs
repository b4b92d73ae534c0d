//! The recovery itself is cut, and the executor at each of its commands.

use std::time::Duration;

use fleet::engine::transaction::{Confirm, Gate};

use crate::common::block_on;
use crate::rig::{Case, Site, Variant, good_gate};

/// More than the commands of a whole run, and of a recovery; past the last one nothing is held, and the run just ends.
const COMMANDS: usize = 165;
const UNDOING: usize = 64;

const KILL: &str = "/usr/bin/systemctl kill -s KILL fleet-transaction";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for number in 1..=COMMANDS {
        cases.push(Case::new(format!("KILL at command {number}"), move |site| kill_at(site, number)));
    }
    for number in 1..=UNDOING {
        cases.push(Case::new(format!("recovery KILLed at its command {number}"), move |site| {
            recovery_killed(site, number);
        }));
    }
    for number in [1, 4, 7, 12, 20] {
        cases.push(Case::new(format!("recovery and fleet killed at command {number}, next run"), move |site| {
            next_contact(site, number);
        }));
        cases.push(Case::new(format!("power cut in recovery at command {number}"), move |site| {
            let running = fail_and_hold(site, number);
            site.power_cut(|| site.release());
            let host = running.wait(60).host(site.host);
            assert_eq!(host["status"], "rolled-back", "{host:#}");
            site.whole("rolled-back", "verify-failed");
        }));
    }
    cases.push(Case::new("recovery and fleet killed at command 2, an apply that has nothing to do", |site| {
        let running = fail_and_hold(site, 2);
        running.kill();
        site.inside(KILL);
        site.release();
        site.idle();
        let check = site.rig.rehearsal.fleet(&["env", "check", "--json", "-l", site.host]).expect_code(1);
        assert!(check.stdout.contains("unfinished"), "{}", check.stdout);
        assert!(!site.inside("ls -d /var/lib/fleet/active").is_empty(), "a look changes nothing");
        site.rig.rehearsal.fleet(&["env", "apply", "-l", site.host]).expect_code(6);
        site.rig.rehearsal.fleet(&["env", "apply", "--yes", "-l", site.host]).expect_code(0);
        site.idle();
        site.whole("rolled-back", "verify-failed");
    }));
    cases.push(Case::new("recovery killed, the next run killed in it, the next run", |site| {
        fail_and_hold(site, 2).kill();
        site.inside(KILL);
        site.release();
        site.idle();
        site.hold("phase undo", "mv *.old*");
        let second = site.start(site.transaction(&Variant::default()));
        site.held();
        second.kill();
        site.inside(KILL);
        site.release();
        site.idle();
        let came = site.apply(&Variant::default());
        assert_eq!(came.host(site.host)["status"], "changed", "{}", came.stdout);
        site.contact();
        site.idle();
        site.whole_after("applied", "", &["rolled-back verify-failed", "refused killed"]);
    }));
    cases.push(Case::new("a run whose script came late does not begin", |site| {
        let launch = |call: &str| {
            let text = format!(
                "{}\nmarker=M\nexecutor() {{ echo 'touch /tmp/it-ran; cd /var/lib/fleet/runs/Y; rm executor reserve'; }}\n{call}\n",
                include_str!("../../src/engine/launch.sh")
            );
            std::fs::write(site.outside("/var/gate/launch"), text).unwrap();
            site.inside("sh /var/gate/launch </dev/null")
        };
        assert_eq!(launch("fleet_follow X 0 end"), "M gone\n");
        let late = launch("fleet_launch X someone 5 0 end");
        assert!(late.starts_with("M refused"), "{late}");
        site.inside("! test -e /tmp/it-ran");
        let outcome = site.inside("cat /var/lib/fleet/runs/X/outcome");
        assert!(outcome.starts_with("refused connection-lost"), "{outcome}");
        // The same run, in time.
        launch("fleet_launch Y someone 5 0 end");
        site.idle();
        site.inside("rm /tmp/it-ran");
        site.untouched();
    }));
    for number in [1, 5, 12] {
        cases.push(Case::new(format!("power cut in the recovery at boot, command {number}"), move |site| {
            twice_cut(site, number);
        }));
    }
    cases
}

fn kill_at(site: &Site<'_>, number: usize) {
    let variant =
        Variant { confirm: Some(Confirm { timeout_seconds: 20, gates: vec![Gate::Reachable] }), ..Variant::default() };
    site.hold(&format!("#{number}"), "*");
    let running = site.start(site.transaction(&variant));
    let Some(_) = site.held_or(|| running.over()) else {
        // The run has fewer commands than that.
        assert!(number > 120, "{}", site.trace());
        assert_eq!(running.wait(60).code, Some(0));
        return;
    };
    let has = |mark: &str| site.inside(&format!("ls /var/lib/fleet/runs/*/{mark} 2>/dev/null || :")).contains(mark);
    let (status, outcome, code) = if has("committed") {
        ("changed", "applied", "")
    } else if has("switching") {
        ("rolled-back", "rolled-back", "killed")
    } else {
        ("failed", "refused", "killed")
    };
    site.inside(KILL);
    site.release();
    let came = running.wait(60);
    let host = came.host(site.host);
    assert_eq!(host["status"], status, "{host:#}\n{}", came.stderr);
    site.idle();
    site.whole(outcome, code);
}

/// A run whose verification fails, held at a command of its recovery.
fn fail_and_hold(site: &Site<'_>, number: usize) -> crate::rig::Running {
    site.hold(&format!("@phase undo@{number}"), "*");
    let running =
        site.start(site.transaction(&Variant { bad: "verify", confirm: Some(good_gate()), ..Variant::default() }));
    site.held_or(|| running.over());
    running
}

fn recovery_killed(site: &Site<'_>, number: usize) {
    let running = fail_and_hold(site, number);
    let _ = site.rig.rehearsal.try_inside(site.host, KILL);
    site.release();
    let came = running.wait(60);
    let host = came.host(site.host);
    assert_eq!(host["status"], "rolled-back", "{host:#}\n{}", came.stderr);
    assert!(came.seconds < 20.0, "it took {} s", came.seconds);
    site.idle();
    site.whole("rolled-back", "verify-failed");
}

fn next_contact(site: &Site<'_>, number: usize) {
    let running = fail_and_hold(site, number);
    running.kill();
    // The follower on the host goes with its connection; whatever it would mend is left for the next run.
    site.inside(KILL);
    site.release();
    std::thread::sleep(Duration::from_millis(300));
    site.idle();
    let came = site.apply(&Variant::default());
    let host = came.host(site.host);
    assert_eq!(host["status"], "changed", "{host:#}\n{}", came.stderr);
    site.contact();
    site.idle();
    site.whole_after("applied", "", &["rolled-back verify-failed"]);
}

fn twice_cut(site: &Site<'_>, number: usize) {
    let lab = &site.rig.rehearsal.lab;
    site.hold("step switch 4", "mv *");
    let running = site.start(site.transaction(&Variant::default()));
    site.held();
    block_on(lab.kill_host(&site.name())).unwrap();
    site.hold(&format!("@phase undo@{number}"), "*");
    let booting = block_on(async { tokio::time::timeout(Duration::from_secs(4), lab.boot_host(&site.name())).await });
    assert!(booting.is_err(), "the boot was not held");
    site.held();
    // Nothing that reads the set has started yet.
    let sets = std::fs::read_to_string(site.outside("/var/log/app.sets")).unwrap();
    assert_eq!(sets.lines().count(), 1, "{sets}");
    site.power_cut(|| site.release());
    let host = running.wait(90).host(site.host);
    assert_eq!(host["status"], "rolled-back", "{host:#}");
    site.whole("rolled-back", "");
}
