//! What a host may be like: full, read-only, immutable, mounted, going down; two runs at once; several waves.

use std::time::Duration;

use fleet::engine::plan::predict;
use fleet::engine::transaction::{
    Change, Command, Confirm, Content, Expect, Gate, Part, PathState, Transaction, UnitOperation, Verify,
    content_digest,
};
use fleet::names::{RemotePath, UnitName};

use crate::common::block_on;
use crate::rig::{Case, Site, Variant, command, good_gate};

/// Applies the good transaction to a host that does not take it: nothing is touched, and the report says why.
fn refused(site: &Site<'_>, code: &str, said: &str) {
    let came = site.apply(&Variant::default());
    let host = came.host(site.host);
    assert_eq!(host["status"], "failed", "{host:#}\n{}", came.stderr);
    assert_eq!(host["error"]["code"], code, "{host:#}");
    assert!(host["error"]["message"].as_str().unwrap().contains(said), "{host:#}");
    assert_eq!(came.code, Some(1));
    site.idle();
}

fn tmpfs(site: &Site<'_>, at: &str, room: &str) {
    site.inside(&format!(
        "set -e; cp -a {at} /tmp/kept; mount -t tmpfs -o size={room},mode=0755 tmpfs {at}; cp -a /tmp/kept/. {at}; chown --reference=/tmp/kept {at}; rm -rf /tmp/kept"
    ));
}

fn fill(site: &Site<'_>, at: &str) {
    site.inside(&format!(
        "dd if=/dev/zero of={at}/full bs=4096 2>/dev/null; ! dd if=/dev/zero of={at}/full2 bs=4096 count=1 2>/dev/null"
    ));
}

fn unmount(site: &Site<'_>, at: &str) {
    site.inside(&format!(
        "rm -f {at}/full {at}/full2; cp -a {at} /tmp/kept; umount {at}; cp -a /tmp/kept/. {at}; rm -rf /tmp/kept"
    ));
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("disk full beside a target", |site| {
            tmpfs(site, "/srv/app", "64k");
            fill(site, "/srv/app");
            let came = site.apply(&Variant::default());
            let host = came.host(site.host);
            assert_eq!(host["status"], "failed", "{host:#}");
            assert!(host["error"]["message"].as_str().unwrap().contains("No space left"), "{host:#}");
            site.idle();
            site.inside("rm -f /srv/app/full*");
            site.whole("refused", "");
            site.inside("umount /srv/app");
        }),
        Case::new("no room for the run at all", |site| {
            site.inside("mkdir -p /var/lib/fleet; mount -t tmpfs -o size=16k tmpfs /var/lib/fleet");
            refused(site, "not-writable", "No space left");
            site.inside("umount /var/lib/fleet");
            site.untouched();
        }),
        Case::new("read-only target", |site| {
            tmpfs(site, "/srv/app", "64k");
            site.inside("mount -o remount,ro /srv/app");
            refused(site, "not-writable", "Read-only file system");
            site.whole("refused", "not-writable");
            site.inside("umount /srv/app");
        }),
        Case::new("read-only /var/lib/fleet", |site| {
            site.inside("mkdir -p /var/lib/fleet; mount -t tmpfs -o size=1m tmpfs /var/lib/fleet; mount -o remount,ro /var/lib/fleet");
            refused(site, "not-writable", "Read-only file system");
            site.inside("umount /var/lib/fleet");
            site.untouched();
        }),
        Case::new("power cut, and a target's file system is not there at boot", |site| {
            tmpfs(site, "/srv/app", "1m");
            site.hold("step validate 1", "*");
            let running = site.start(site.transaction(&Variant::default()));
            site.held();
            site.power_cut(|| site.release());
            // Not told as put back, neither at boot nor to the next who asks.
            let look = site.rig.rehearsal.fleet(&["env", "check", "--json", "-l", site.host]);
            let outcome = site.inside("cat /var/lib/fleet/runs/*/outcome 2>/dev/null || :");
            assert!(!outcome.contains("rolled-back"), "{outcome}\n{}", look.stdout);
            drop(running.wait(60));
            site.rig.rehearsal.fleet(&["env", "apply", "--yes", "-l", site.host]);
            site.idle();
            let outcome = site.inside("cat /var/lib/fleet/runs/*/outcome");
            assert!(outcome.starts_with("failed host-rebooted"), "{outcome}");
            assert!(outcome.contains("could not be put back: /srv/app/two"), "{outcome}");
            // The old files that are left for a person.
            site.inside("find /etc/app /srv -name '.fleet-*' -exec rm -rf {} +");
        }),
        Case::new("bind mount", |site| {
            site.inside("mount --bind /etc/app/one /etc/app/one");
            refused(site, "not-replaceable", "mount point");
            site.inside("umount /etc/app/one");
            site.whole("refused", "not-replaceable");
        }),
        Case::new("somebody changed the host", |site| {
            site.inside("echo more >>/srv/real/three");
            refused(site, "host-changed", "/etc/app/three");
            site.inside("sed -i '/more/d' /srv/real/three");
            site.remember();
            site.whole("refused", "host-changed");
        }),
        Case::new("clean shutdown in the switch", |site| shut_down(site, "step switch 3", "mv *")),
        Case::new("clean shutdown in the verification", |site| shut_down(site, "step verify 4", "timeout *")),
        Case::new("the lease runs out", |site| {
            let came = site.apply(&Variant { bad: "hang", lease: 3, ..Variant::default() });
            let host = came.host(site.host);
            assert_eq!((&host["status"], &host["error"]["code"]), (&"rolled-back".into(), &"lease-expired".into()), "{host:#}");
            assert!(came.seconds < 20.0, "{}", came.seconds);
            site.idle();
            site.whole("rolled-back", "lease-expired");
        }),
        Case::new("the controller sees no port", |site| {
            let confirm = Confirm { timeout_seconds: 4, gates: vec![Gate::Tcp(81)] };
            let came = site.apply(&Variant { confirm: Some(confirm), ..Variant::default() });
            let host = came.host(site.host);
            assert_eq!((&host["status"], &host["error"]["code"]), (&"rolled-back".into(), &"confirm-refused".into()), "{host:#}");
            site.idle();
            site.whole("rolled-back", "confirm-refused");
        }),
        Case::new("the controller sees a port", |site| {
            let confirm = Confirm { timeout_seconds: 10, gates: vec![Gate::Tcp(22)] };
            let came = site.apply(&Variant { confirm: Some(confirm), ..Variant::default() });
            assert_eq!(came.code, Some(0), "{}", came.stdout);
            site.idle();
            site.whole("applied", "");
        }),
        Case::new("two runs at once", two_runs),
        Case::new("who waits has died", waiter_dies),
        Case::new("who waits for the lock gets it", waiter_waits),
        Case::new("two waves on one host", |site| waves(site, "")),
        Case::new("the second wave fails", |site| waves(site, "check")),
        Case::new("sessions are killed", |site| {
            site.hold("step switch 3", "mv *");
            let running = site.start(site.transaction(&Variant { confirm: Some(good_gate()), ..Variant::default() }));
            site.held();
            site.inside("for it in $(loginctl list-sessions --no-legend | awk '{print $1}'); do loginctl terminate-session $it; done");
            site.release();
            let came = running.wait(60);
            assert_eq!(came.host(site.host)["status"], "changed", "{}", came.stdout);
            site.idle();
            site.whole("applied", "");
        })
        .on("logind"),
        Case::new("the service was not running", |site| {
            site.inside("systemctl stop app.service");
            let came = site.apply(&Variant { bad: "verify", ..Variant::default() });
            assert_eq!(came.host(site.host)["status"], "rolled-back", "{}", came.stdout);
            assert_eq!(site.inside("systemctl is-active app.service || :").trim(), "inactive");
            site.inside("systemctl start app.service");
            site.idle();
            site.whole("rolled-back", "verify-failed");
        }),
        Case::new("a unit that was not there", |site| {
            assert_eq!(extra(site, "verify").wait(60).host(site.host)["status"], "rolled-back");
            no_extra(site);
            assert_eq!(extra(site, "").wait(60).code, Some(0));
            assert_eq!(site.inside("systemctl is-active extra.service; systemctl is-enabled extra.service"), "active\nenabled\n");
            site.inside("systemctl disable --now extra.service; rm /etc/systemd/system/extra.service; systemctl daemon-reload");
            no_extra(site);
        }),
        Case::new("power cut after a unit was enabled", |site| {
            site.hold("step activate 3", "systemctl start*");
            let running = extra(site, "");
            site.held();
            assert!(!site.inside("ls /etc/systemd/system/multi-user.target.wants/extra.service").is_empty());
            site.power_cut(|| site.release());
            assert_eq!(running.wait(60).host(site.host)["status"], "rolled-back");
            no_extra(site);
        }),
        Case::new("many runs are pruned, never the own one", |site| {
            site.inside("mkdir -p /var/lib/fleet/runs; cd /var/lib/fleet/runs; for n in $(seq 10 40); do mkdir 2999$n; echo applied >2999$n/outcome; done; mkdir 1000; touch 1000/executor");
            let came = site.apply(&Variant::default());
            assert_eq!(came.code, Some(0), "{}", came.stdout);
            site.idle();
            let runs = site.inside("ls /var/lib/fleet/runs");
            assert_eq!(runs.lines().count(), 20, "{runs}");
            assert!(runs.contains("
299940") && runs.starts_with("20261") || runs.starts_with("20"), "{runs}");
            site.files("new");
        }),
        Case::new("no directory for the boot unit", |site| {
            site.inside("mv /etc/systemd/system/sysinit.target.wants /tmp/wants 2>/dev/null || :");
            let came = site.apply(&Variant { bad: "verify", ..Variant::default() });
            assert_eq!(came.host(site.host)["status"], "rolled-back", "{}", came.stdout);
            site.inside("if [ -e /tmp/wants ]; then mv /tmp/wants /etc/systemd/system/sysinit.target.wants; fi");
            site.idle();
            site.whole("rolled-back", "verify-failed");
        }),
    ];
    for at in [
        "phase stage",
        "step stage 3",
        "step stage 6",
        "step switch 2",
        "step validate 1",
        "step verify 4",
        "confirm 20",
    ] {
        cases.push(Case::new(format!("/var/lib/fleet full from {at} on"), move |site| full_spool(site, at)));
    }
    for (what, flag, code) in [
        ("/etc/app/one", "i", "not-replaceable"),
        ("/etc/app/one", "a", "not-replaceable"),
        ("/srv/app", "i", "not-writable"),
    ] {
        cases.push(Case::new(format!("chattr +{flag} {what}"), move |site| {
            site.inside(&format!("chattr +{flag} {what}"));
            refused(site, code, what);
            site.inside(&format!("chattr -{flag} {what}"));
            site.whole("refused", code);
        }));
    }
    cases
}

fn full_spool(site: &Site<'_>, at: &str) {
    site.inside("mkdir -p /var/lib/fleet");
    tmpfs(site, "/var/lib/fleet", "512k");
    site.hold(at, "*");
    let running = site.start(site.transaction(&Variant { confirm: Some(good_gate()), ..Variant::default() }));
    site.held();
    let switching = site.inside("ls /var/lib/fleet/runs/*/switching 2>/dev/null || :").contains("switching");
    fill(site, "/var/lib/fleet");
    site.release();
    let came = running.wait(60);
    site.idle();
    let host = came.host(site.host);
    let outcome = match host["status"].as_str().unwrap() {
        "changed" => "applied",
        "rolled-back" => "rolled-back",
        _ => "refused",
    };
    assert!(switching || outcome != "rolled-back", "{host:#}");
    unmount(site, "/var/lib/fleet");
    site.whole(outcome, "");
}

fn shut_down(site: &Site<'_>, line: &str, at: &str) {
    site.hold(line, at);
    let running = site.start(site.transaction(&Variant { confirm: Some(good_gate()), ..Variant::default() }));
    site.held();
    let lab = &site.rig.rehearsal.lab;
    block_on(lab.stop_host(&site.name())).unwrap();
    site.release();
    block_on(lab.boot_host(&site.name())).unwrap();
    let came = running.wait(60);
    let host = came.host(site.host);
    assert_eq!(host["status"], "rolled-back", "{host:#}");
    site.whole("rolled-back", "killed");
}

fn two_runs(site: &Site<'_>) {
    site.hold("step stage 2", "*");
    let first = site.start(site.transaction(&Variant { confirm: Some(good_gate()), ..Variant::default() }));
    site.held();
    let second = site.apply(&Variant::default());
    let host = second.host(site.host);
    assert_eq!(second.code, Some(5), "{host:#}");
    assert_eq!((&host["status"], &host["error"]["code"]), (&"skipped".into(), &"locked".into()), "{host:#}");
    let message = host["error"]["message"].as_str().unwrap();
    assert!(message.contains("tester@") && message.contains("since 20"), "{message}");
    site.release();
    assert_eq!(first.wait(60).code, Some(0));
    site.idle();
    site.whole("applied", "");
}

fn waiter_waits(site: &Site<'_>) {
    site.hold("step stage 2", "*");
    let first = site.start(site.transaction(&Variant { bad: "check", ..Variant::default() }));
    site.held();
    let plan = site.plan(vec![site.transaction(&Variant::default())]);
    let others: Vec<_> = (0..2).map(|_| site.start_with(&plan, &["--lock-timeout", "60"])).collect();
    std::thread::sleep(Duration::from_millis(1500));
    assert!(others.iter().all(|it| !it.over()));
    site.release();
    assert_eq!(first.wait(60).host(site.host)["status"], "rolled-back");
    // One of the two changes the host; the other one finds it changed.
    let mut statuses: Vec<String> = others
        .into_iter()
        .map(|it| {
            let host = it.wait(60).host(site.host);
            format!("{} {}", host["status"], host["error"]["code"])
        })
        .collect();
    statuses.sort();
    assert_eq!(statuses, ["\"changed\" null", "\"failed\" \"host-changed\""]);
    site.idle();
    site.files("new");
}

fn waiter_dies(site: &Site<'_>) {
    site.hold("step stage 2", "*");
    let first = site.start(site.transaction(&Variant::default()));
    site.held();
    let plan = site.plan(vec![site.transaction(&Variant::default())]);
    let second = site.start_with(&plan, &["--lock-timeout", "60"]);
    let start = std::time::Instant::now();
    while site.inside("ls /var/lib/fleet/runs | wc -l").trim() != "2" {
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(50));
    }
    second.kill();
    std::thread::sleep(Duration::from_secs(2));
    site.release();
    assert_eq!(first.wait(60).code, Some(0));
    site.idle();
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(site.inside("ls /var/lib/fleet/runs | wc -l").trim(), "1", "the run of a dead client began");
    site.contact();
    site.whole("applied", "");
}

fn waves(site: &Site<'_>, bad: &str) {
    let first = site.transaction(&Variant::default());
    let body = if bad.is_empty() { "APP_SET=new\nWAVE=2\n" } else { "APP_SET=new\nBAD=check\n" };
    let second = Transaction {
        expect: predict(&first),
        changes: vec![Change::Write {
            path: RemotePath::new("/etc/app/one"),
            content: Content(vec![Part::Text(body.to_owned())]),
            digest: Some(content_digest(&site.salt(), body.as_bytes())),
            mode: None,
            owner: None,
        }],
        validate: vec![command("check", 10)],
        units: Vec::new(),
        verify: Vec::new(),
        ..first.clone()
    };
    let came = site.start_with(&site.plan(vec![first, second]), &[]).wait(60);
    let host = came.host(site.host);
    site.idle();
    site.contact();
    if bad.is_empty() {
        assert_eq!(host["status"], "changed", "{host:#}");
        assert_eq!(site.inside("cat /etc/app/one"), body);
        let state = site.state();
        let outcomes: Vec<&str> =
            state.get("outcomes").lines().map(|line| line.split_once(' ').unwrap().1.trim()).collect();
        assert_eq!(outcomes, ["applied", "applied"]);
        assert_eq!(state.get("left"), "");
    } else {
        assert_eq!(host["status"], "rolled-back", "{host:#}");
        site.files("new");
        let state = site.state();
        let outcomes: Vec<String> =
            state.get("outcomes").lines().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
        assert_eq!(outcomes, ["applied", "rolled-back"]);
    }
}

/// Brings a unit that the host has not had: its file, enabled, started.
fn extra(site: &Site<'_>, bad: &str) -> crate::rig::Running {
    let unit = || UnitName::new("extra.service");
    let text = "[Service]\nExecStart=/usr/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n";
    let path = RemotePath::new("/etc/systemd/system/extra.service");
    let verify = if bad.is_empty() { "/bin/true" } else { "/bin/false" };
    let transaction = Transaction {
        expect: vec![Expect { path: path.clone(), resolved: path.clone(), state: PathState::Absent }],
        changes: vec![Change::Write {
            path,
            content: Content(vec![Part::Text(text.to_owned())]),
            digest: Some(content_digest(&site.salt(), text.as_bytes())),
            mode: Some("0644".to_owned()),
            owner: None,
        }],
        units: vec![UnitOperation::DaemonReload, UnitOperation::Enable(unit()), UnitOperation::Start(unit())],
        verify: vec![
            Verify::Active { units: vec![unit()], seconds: 0 },
            Verify::Command(Command { argv: vec![verify.to_owned()], timeout_seconds: 5 }),
        ],
        lease_seconds: 60,
        summary: vec![crate::rig::summary()],
        ..Transaction::default()
    };
    site.start(transaction)
}

fn no_extra(site: &Site<'_>) {
    site.idle();
    let shown = site.inside("systemctl show -p LoadState -p ActiveState extra.service; find /etc/systemd -name 'extra*' -o -name '.fleet-*'");
    assert_eq!(shown, "LoadState=not-found\nActiveState=inactive\n");
    site.untouched();
}
