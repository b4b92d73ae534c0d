//! What the controller looks at on hosts: within a transaction, and between two waves.

use std::time::Duration;

use fleet::engine::gate::{disk_below, unit_steady};
use fleet::engine::plan::Plan;
use fleet::engine::transaction::{Confirm, Gate, Transaction, UnitOperation};
use fleet::names::{HostName, RemotePath, UnitName};

use crate::rig::{Case, HOSTS, Running, Site, Variant, app};
use crate::workers::{begin, transaction};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("a verdict that another host gives", |site| {
            let other = HOSTS.into_iter().find(|host| *host != site.host).unwrap();
            let text = |name: &str| format!("echo here is $(cat /etc/hostname)\n[ \"$(cat /etc/hostname)\" = {name} ]");
            let confirm = |name: &str| confirm(other, 8, &text(name));
            let came = site.apply(&Variant { confirm: Some(confirm(site.host)), ..Variant::default() });
            let host = came.host(site.host);
            assert_eq!(host["error"]["code"], "confirm-refused", "{host:#}");
            let message = host["error"]["message"].as_str().unwrap();
            assert!(message.contains(&format!("all is well (on {other}): here is {other}")), "{message}");
            site.idle();
            site.whole("rolled-back", "confirm-refused");
            let came = site.apply(&Variant { confirm: Some(confirm(other)), ..Variant::default() });
            assert_eq!(came.code, Some(0), "{}", came.stdout);
            site.idle();
            site.whole_after("applied", "", &["rolled-back confirm-refused"]);
        }),
        Case::new("a gate between two waves that becomes good", |site| {
            let running = two_waves(site, 0, 30);
            site.inside("until [ -e /run/workers/looked ]; do /usr/bin/sleep 0.05; done");
            assert_eq!(active(site), "active\ninactive\n");
            site.inside("touch /run/workers/good");
            let came = running.wait(60);
            assert_eq!(came.code, Some(0), "{}", came.stdout);
            assert_eq!(active(site), "active\nactive\n");
            end(site);
        }),
        Case::new("a gate between two waves that is bad", |site| {
            let came = two_waves(site, 0, 2).wait(60);
            assert_eq!(came.code, Some(1), "{}", came.stdout);
            bad(site, &came.host(site.host));
            assert_eq!(active(site), "active\ninactive\n");
            end(site);
        }),
        Case::new("a bad gate after the last wave", |site| {
            let came = two_waves(site, 1, 2).wait(60);
            assert_eq!(came.code, Some(1), "{}", came.stdout);
            bad(site, &came.host(site.host));
            assert_eq!(active(site), "active\nactive\n");
            end(site);
        }),
        Case::new("a gate that hangs", |site| {
            let plan = plan(site, 0, confirm(site.host, 2, "exec /usr/bin/sleep 20"));
            let came = site.start_with(&plan, &[]).wait(60);
            let host = came.host(site.host);
            assert_eq!((came.code, &host["error"]["code"]), (Some(1), &"gate-failed".into()), "{host:#}");
            assert!(came.seconds < 15.0, "{}", came.seconds);
            end(site);
        }),
        Case::new("Ctrl-C while a gate is looked at", |site| {
            let running = two_waves(site, 0, 60);
            site.inside("until [ -e /run/workers/looked ]; do /usr/bin/sleep 0.05; done");
            running.interrupt();
            let came = running.wait(20);
            assert_eq!(came.code, Some(130), "{}", came.stdout);
            assert_eq!(active(site), "active\ninactive\n");
            end(site);
        }),
        Case::new("a gate that nobody is told of", |site| {
            let mut plan = site.plan(vec![start("1")]);
            let hidden = confirm(site.host, 2, "touch /run/hidden");
            plan.waves[0].transactions.values_mut().for_each(|it| it.confirm = Some(hidden.clone()));
            let came = site.start_with(&plan, &[]).wait(60);
            assert_eq!(came.code, Some(2), "{}", came.stderr);
            assert!(came.stderr.contains("no summary tells of it"), "{}", came.stderr);
            site.inside("! test -e /run/hidden");
        }),
    ]
}

/// What the engine itself can look at on a host.
pub(crate) fn own_cases() -> Vec<Case> {
    vec![
        Case::new("a gate on a unit that stays up", |site| {
            let plan = plan(site, 0, own(unit_steady(site.name(), &app(), 2), 30));
            let came = site.start_with(&plan, &[]).wait(60);
            assert_eq!(came.code, Some(0), "{}", came.stdout);
            assert_eq!(active(site), "active\nactive\n");
            end(site);
        }),
        Case::new("a gate on a unit that does not stay up", |site| {
            let flapping = "systemd-run -q --unit flapping -p Restart=always -p RestartSec=1500ms -p StartLimitIntervalSec=0 sleep 1.5";
            site.inside(flapping);
            let steady = |unit: &str| unit_steady(site.name(), &UnitName::new(unit), 8);
            let (anew, down) =
                ("flapping.service was started anew within", "worker@9.service is inactive (dead) after 0 s");
            for (unit, words) in [
                ("flapping.service", [anew, "flapping.service is activating (auto-restart) after"].as_slice()),
                ("worker@9.service", &[down]),
            ] {
                let message = refused(site, own(steady(unit), 30));
                assert!(words.iter().any(|word| message.contains(word)), "{message}");
            }
            site.inside("/usr/bin/systemctl stop flapping.service");
            end(site);
        }),
        Case::new("a gate on a disk", |site| {
            let below = |percent| own(disk_below(site.name(), &RemotePath::new("/tmp/disk"), percent), 30);
            assert!(refused(site, below(50)).contains("/tmp/disk is not there"));
            site.inside("mkdir -p /tmp/disk; mount -t tmpfs -o size=1m,nr_inodes=100 tmpfs /tmp/disk");
            let came = site.start_with(&plan(site, 0, below(50)), &[]).wait(60);
            assert_eq!(came.code, Some(0), "{}", came.stdout);
            site.inside("dd if=/dev/zero of=/tmp/disk/full bs=1k count=600 2>/dev/null");
            let message = refused(site, below(50));
            assert!(message.contains("59 % of /tmp/disk used, and 2 % of its inodes"), "{message}");
            site.inside("rm /tmp/disk/full; for n in $(seq 80); do : >/tmp/disk/$n; done");
            let message = refused(site, below(50));
            assert!(
                message.contains("0 % of /tmp/disk used, and 82 % of its inodes")
                    || message.contains("0 % of /tmp/disk used, and 81 % of its inodes"),
                "{message}"
            );
            site.inside("umount /tmp/disk; rmdir /tmp/disk");
            end(site);
        }),
    ]
}

pub(crate) fn start(name: &str) -> Transaction {
    transaction(vec![UnitOperation::Start(UnitName::new(format!("worker@{name}.service")))])
}

fn confirm(host: &str, timeout_seconds: u32, text: &str) -> Confirm {
    let gate = Gate::Script { host: HostName::new(host), text: text.to_owned(), told: "all is well".to_owned() };
    Confirm { timeout_seconds, gates: vec![gate] }
}

/// Two waves that start a worker each, with a gate behind one of them.
fn plan(site: &Site<'_>, number: usize, confirm: Confirm) -> Plan {
    begin(site, "");
    site.inside("mkdir -p /run/workers");
    let mut plan = site.plan(vec![start("1"), start("2")]);
    plan.waves[number].gates = confirm.checks();
    plan
}

/// One look at a gate of the engine's own.
fn own(gate: Gate, timeout_seconds: u32) -> Confirm {
    Confirm { timeout_seconds, gates: vec![gate] }
}

/// Behind the first of two waves the gate is not good; what the report says.
#[track_caller]
fn refused(site: &Site<'_>, confirm: Confirm) -> String {
    let mut plan = plan(site, 0, confirm);
    plan.waves[0].gates[0].tries = Some(1);
    let came = site.start_with(&plan, &[]).wait(60);
    let host = came.host(site.host);
    assert_eq!((came.code, &host["error"]["code"]), (Some(1), &"gate-failed".into()), "{host:#}");
    assert_eq!(active(site), "active\ninactive\n");
    end(site);
    host["error"]["message"].as_str().unwrap().to_owned()
}

fn two_waves(site: &Site<'_>, number: usize, seconds: u32) -> Running {
    let text = "touch /run/workers/looked\n[ -e /run/workers/good ] || { echo \"nothing good here\"; exit 3; }";
    site.start_with(&plan(site, number, confirm(site.host, seconds, text)), &[])
}

fn active(site: &Site<'_>) -> String {
    site.inside("/usr/bin/systemctl is-active worker@1 worker@2 || :")
}

/// The report and the journal say which gate, on which host, and what it saw.
#[track_caller]
fn bad(site: &Site<'_>, host: &serde_json::Value) {
    assert_eq!((&host["status"], &host["error"]["code"]), (&"failed".into(), &"gate-failed".into()), "{host:#}");
    let message = host["error"]["message"].as_str().unwrap();
    assert!(message.contains(&format!("all is well (on {}): nothing good here", site.host)), "{message}");
    assert!(host["items"].as_array().unwrap().iter().all(|item| item["status"] == "changed"), "{host:#}");
    let file = site.rig.rehearsal.state().join("journal/journal.jsonl");
    let journal = std::fs::read_to_string(file).unwrap();
    let mut lines = journal.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let reason = format!("gate-failed: {message}");
    assert!(lines.any(|line| line["outcome"] == "failed" && line["reason"] == reason.as_str()), "{journal}");
}

fn end(site: &Site<'_>) {
    site.idle();
    std::thread::sleep(Duration::from_millis(100));
    site.inside("/usr/bin/systemctl stop 'worker@*'; rm -rf /run/workers");
}
