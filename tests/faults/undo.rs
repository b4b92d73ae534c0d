//! A run that is taken back, and what a host keeps for it: cut, without room, and bounded.

use fleet::engine::plan::Plan;
use fleet::engine::transaction::{Change, Content, Expect, ItemSummary, Part, PathState, Transaction, content_digest};
use fleet::names::RemotePath;

use crate::rig::{Case, Site, Variant, summary};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("undo of all kinds of changes", |site| {
            let back = applied(site);
            let came = site.start_with(&back, &[]).wait(120);
            assert_eq!(came.code, Some(0), "{} {}", came.stdout, came.stderr);
            site.idle();
            site.files("old");
        }),
        Case::new("no room for an old version", no_room),
        Case::new("what is kept is bounded in bytes", bounded),
    ];
    for (line, command) in [
        ("phase expect", "readlink *"),
        ("step stage 3", "*"),
        ("step switch 2", "*"),
        ("step validate 1", "timeout *"),
        ("step activate 1", "systemctl *"),
        ("step verify 1", "systemctl *"),
    ] {
        cases.push(Case::new(format!("undo cut at {line}"), move |site| {
            let back = applied(site);
            site.hold(line, command);
            let running = site.start_with(&back, &[]);
            site.held();
            site.inside("/usr/bin/systemctl kill -s KILL fleet-transaction");
            site.release();
            let came = running.wait(120);
            assert_ne!(came.host(site.host)["status"], "changed", "{}", came.stdout);
            site.idle();
            site.contact();
            site.files("new");
            // What it was to put back is still kept.
            let came = site.start_with(&back, &[]).wait(120);
            assert_eq!(came.code, Some(0), "{} {}", came.stdout, came.stderr);
            site.idle();
            site.files("old");
        }));
    }
    cases
}

/// Applies the good transaction; the plan that takes it back.
fn applied(site: &Site<'_>) -> Plan {
    let came = site.apply(&Variant::default());
    assert_eq!(came.code, Some(0), "{} {}", came.stdout, came.stderr);
    site.idle();
    let report: serde_json::Value = serde_json::from_str(&came.stdout).unwrap();
    let file = site.rig.rehearsal.directory().join(format!("undo-{}.json", site.host));
    let (run, out) = (report["run"].as_str().unwrap(), file.to_str().unwrap());
    site.rig.rehearsal.fleet(&["undo", run, "--out", out, "-l", site.host]).expect_code(3);
    let plan: Plan = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(fleet::engine::plan::problems(&plan), Vec::<String>::new());
    plan
}

fn no_room(site: &Site<'_>) {
    site.inside("mkdir -p /var/lib/fleet; mount -t tmpfs -o size=400k,mode=0700 tmpfs /var/lib/fleet; head -c 500000 /dev/zero >/etc/app/big");
    let at = RemotePath::new("/etc/app/big");
    let digest = |bytes: &[u8]| content_digest(&site.salt(), bytes);
    let big =
        PathState::File { digest: digest(&vec![0; 500_000]), mode: "0644".to_owned(), owner: "root:root".to_owned() };
    let transaction = Transaction {
        expect: vec![Expect { path: at.clone(), resolved: at.clone(), state: big }],
        changes: vec![Change::Write {
            path: at.clone(),
            content: Content(vec![Part::Text("small\n".to_owned())]),
            digest: Some(digest(b"small\n")),
            mode: None,
            owner: None,
        }],
        lease_seconds: 60,
        summary: vec![ItemSummary { operations: Vec::new(), ..summary() }],
        ..Transaction::default()
    };
    let came = site.start(transaction).wait(60);
    let host = came.host(site.host);
    assert_eq!((&host["status"], &host["error"]["code"]), (&"failed".into(), &"stage-failed".into()), "{host:#}");
    site.idle();
    // Nothing is changed where the old version cannot be kept.
    assert_eq!(site.inside("wc -c </etc/app/big; ls /var/lib/fleet/runs/*/*.before 2>/dev/null || :").trim(), "500000");
    site.inside("umount /var/lib/fleet; rm /etc/app/big");
    site.files("old");
}

fn bounded(site: &Site<'_>) {
    site.inside(
        "mkdir -p /var/lib/fleet/runs; cd /var/lib/fleet/runs; for n in 1 2; do mkdir 100$n; echo applied >100$n/outcome; head -c 40M /dev/zero >100$n/1.before; done",
    );
    let came = site.apply(&Variant::default());
    assert_eq!(came.code, Some(0), "{}", came.stdout);
    site.idle();
    let runs = site.inside("ls /var/lib/fleet/runs");
    assert!(!runs.contains("1001") && runs.contains("1002"), "{runs}");
}
