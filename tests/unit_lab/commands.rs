//! Commands behind a guard, without one, and those that fail.

use crate::common::Rehearsal;
use crate::{applied, declare, found};

/// What `fleet run apply` made of a host's item.
fn status(run: &crate::Run, host: &str) -> String {
    let json = run.json();
    let hosts = json["hosts"].as_array().unwrap();
    hosts.iter().find(|it| it["host"] == host).unwrap()["status"].as_str().unwrap().to_owned()
}

pub fn guarded(fleet: &Rehearsal) {
    declare(
        fleet,
        r#"
[run.a-creates]
hosts = "*"
command = ["sh", "-c", 'printf "%s %s %s" "$(id -un)" "$HOME" "$WORD" >"$1"; id -Gn >>"$1"; umask >>"$1"', "x", "/srv/made"]
creates = "/srv/made"
environment = { WORD = "it's $5 & more" }
[run.b-unless]
hosts = "db"
command = "echo \"$PWD\" >done"
unless = "grep -q notes done"
user = "daemon"
directory = "/srv/notes"
[run.c-changed]
hosts = "edge"
command = "rm /srv/pending"
changed_when = ["test", "-e", "/srv/pending"]
"#,
    );
    let check = fleet.fleet(&["run", "check", "--json"]).expect_code(3);
    let due = ["db a-creates: command (drift)", "db b-unless: command (drift)", "edge a-creates: command (drift)"];
    assert_eq!(found(&check), due);
    applied(fleet, "run");
    assert_eq!(fleet.inside("edge", "cat /srv/made"), "root /root it's $5 & moreroot\n0022\n");
    assert_eq!(fleet.inside("edge", "stat -c %a /srv/made"), "644\n");
    assert_eq!(fleet.inside("db", "cat /srv/notes/done; stat -c %U /srv/notes/done"), "/srv/notes\ndaemon\n");
    fleet.inside("edge", "touch /srv/pending");
    let check = fleet.fleet(&["run", "check", "--json"]).expect_code(3);
    assert_eq!(found(&check), ["edge c-changed: command (drift)"]);
    applied(fleet, "run");
    // Between plan and apply somebody did it: it is not done twice.
    fleet.inside("edge", "rm /srv/made");
    fleet.fleet(&["run", "plan", "--out", "run.json"]).expect_code(3);
    fleet.inside("edge", "echo by hand >/srv/made");
    fleet.fleet(&["apply", "run.json", "--yes"]).expect_code(0);
    assert_eq!(fleet.inside("edge", "cat /srv/made"), "by hand\n");
}

pub fn unguarded(fleet: &Rehearsal) {
    declare(fleet, "[run.count]\nhosts = \"edge\"\ncommand = \"echo x >>/srv/count\"\n");
    let check = fleet.fleet(&["run", "check", "--json"]).expect_code(0);
    assert_eq!(found(&check), ["edge count: always-changes"]);
    assert_eq!(status(&check, "edge"), "ok");
    fleet.fleet(&["check"]).expect_code(0);
    let plan = fleet.fleet(&["run", "plan"]).expect_code(3);
    assert!(plan.stdout.contains("always changes"), "{}", plan.stdout);
    for _ in 0..2 {
        let run = fleet.fleet(&["run", "apply", "--yes", "--json"]).expect_code(0);
        assert_eq!(status(&run, "edge"), "changed");
    }
    assert_eq!(fleet.inside("edge", "cat /srv/count"), "x\nx\n");
}

pub fn that_fail(fleet: &Rehearsal) {
    for (toml, code, said) in [
        ("command = \"echo disk is full >&2; exit 3\"\ncreates = \"/srv/never\"", "validate-failed", "disk is full"),
        ("command = [\"true\"]\ncreates = \"/srv/never\"", "verify-failed", ""),
        ("command = [\"true\"]\nunless = \"false\"", "verify-failed", ""),
        ("command = [\"true\"]\nchanged_when = \"true\"", "verify-failed", ""),
        ("command = [\"sleep\", \"100\"]\ntimeout = \"1s\"", "validate-failed", "did not end within 1 s"),
        ("command = [\"/nosuch/program\"]", "validate-failed", "/nosuch/program"),
    ] {
        declare(fleet, &format!("[run.odd]\nhosts = \"edge\"\n{toml}\n"));
        let run = fleet.fleet(&["run", "apply", "--yes", "--json"]).expect_code(1);
        assert!(run.stdout.contains(code) && run.stdout.contains(said), "{toml}: {}", run.stdout);
        // Nothing was put back, as nothing could be.
        assert_eq!(status(&run, "edge"), "failed", "{toml}: {}", run.stdout);
        fleet.inside("edge", "! pgrep -x sleep -U 0 -f 'sleep 100'");
    }
    // What cannot be asked is unknown, and never run.
    for toml in [
        "unless = \"true\"\nuser = \"nosuch\"",
        "unless = \"true\"\ndirectory = \"/nosuch\"",
        "changed_when = \"nosuchcommand\"",
    ] {
        declare(fleet, &format!("[run.odd]\nhosts = \"edge\"\ncommand = \"touch /srv/ran\"\n{toml}\n"));
        let run = fleet.fleet(&["run", "apply", "--yes", "--json"]).expect_code(1);
        assert_eq!(status(&run, "edge"), "unknown", "{}", run.stdout);
        fleet.inside("edge", "test ! -e /srv/ran");
    }
}
