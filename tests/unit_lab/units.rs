//! Drop-ins, states and timers.

use std::time::{Duration, Instant};

use crate::common::Rehearsal;
use crate::{applied, declare, found, operations};

const APP: &str = "[unit.app]\nhosts = \"edge\"\nstate = \"running\"\nenabled = true\n";
const LIMITS: &str = "[unit.app.drop_ins]\nlimits = \"\"\"\n[Service]\nLimitNOFILE=4321\n\"\"\"\n";

fn invocation(fleet: &Rehearsal) -> String {
    fleet.inside("edge", "systemctl show -p InvocationID --value app.service")
}

/// Of the process itself: what systemd says is not what runs.
fn limit(fleet: &Rehearsal) -> String {
    let script = "awk '/^Max open files/ { print $4 }' /proc/$(systemctl show -p MainPID --value app.service)/limits";
    fleet.inside("edge", script).trim().to_owned()
}

pub fn drop_in_and_restart(fleet: &Rehearsal) {
    declare(fleet, APP);
    let check = fleet.fleet(&["unit", "check", "--json"]).expect_code(3);
    assert_eq!(found(&check), ["edge app: enabled (drift)", "edge app: state (stale)"]);
    applied(fleet, "unit");
    let before = invocation(fleet);
    declare(fleet, &format!("{APP}{LIMITS}"));
    let plan = fleet.fleet(&["unit", "plan", "--json"]).expect_code(3);
    assert_eq!(operations(&plan), ["daemon-reload", "restart app.service"]);
    applied(fleet, "unit");
    assert_ne!(invocation(fleet), before);
    assert_eq!(limit(fleet), "4321");
    let file = fleet.inside("edge", "cat /etc/systemd/system/app.service.d/50-fleet-limits.conf");
    assert!(file.starts_with("# Written by fleet from [unit.app]"), "{file}");
    assert_eq!(fleet.inside("edge", "stat -c '%a %U' /etc/systemd/system/app.service.d/*"), "644 root\n");
}

/// Somebody changes the unit, and never has it taken up; then changes fleet's own file.
pub fn left_by_hand(fleet: &Rehearsal) {
    fleet.inside("edge", "printf '[Service]\\nLimitCORE=0\\n' >/etc/systemd/system/app.service.d/override.conf");
    let check = fleet.fleet(&["unit", "check", "--json"]).expect_code(3);
    assert_eq!(found(&check), ["edge app: app.service (stale)"]);
    let plan = fleet.fleet(&["unit", "plan", "--json"]).expect_code(3);
    assert_eq!(operations(&plan), ["daemon-reload"]);
    fleet.inside("edge", "systemctl daemon-reload");
    let check = fleet.fleet(&["unit", "check", "--json"]).expect_code(3);
    assert_eq!(found(&check), ["edge app: app.service (stale)"], "read again, and not taken up");
    let plan = fleet.fleet(&["unit", "plan", "--json"]).expect_code(3);
    assert_eq!(operations(&plan), ["restart app.service"]);
    applied(fleet, "unit");
    fleet.inside("edge", "sed -i s/4321/99/ /etc/systemd/system/app.service.d/50-fleet-limits.conf");
    let check = fleet.fleet(&["unit", "check", "--json"]).expect_code(3);
    assert_eq!(found(&check), ["edge app: LimitNOFILE (drift)"]);
    applied(fleet, "unit");
    assert_eq!(limit(fleet), "4321");
    // A plan is bound to what it was made from.
    fleet.inside("edge", "rm /etc/systemd/system/app.service.d/override.conf; systemctl daemon-reload");
    declare(fleet, &format!("{APP}{}", LIMITS.replace("4321", "4000")));
    fleet.fleet(&["unit", "plan", "--out", "plan.json"]).expect_code(3);
    fleet.inside("edge", "sed -i s/4321/98/ /etc/systemd/system/app.service.d/50-fleet-limits.conf");
    let refused = fleet.fleet(&["apply", "plan.json", "--yes", "--json"]).expect_code(1);
    assert!(refused.stdout.contains("host-changed"), "{}", refused.stdout);
    declare(fleet, &format!("{APP}{LIMITS}"));
    applied(fleet, "unit");
}

/// systemd only warns of a setting that it does not know, and a unit that does not start is seen too late.
pub fn broken_files_are_caught(fleet: &Rehearsal) {
    let before = (invocation(fleet), fleet.inside("edge", "cat /etc/systemd/system/app.service.d/*"));
    for (text, said) in [
        ("[Service]\nLimitNOFLE=1", "LimitNOFLE"),
        ("[Service]\nType=onehsot", "onehsot"),
        ("[Service]\nExecStart=/bin/true", "more than one ExecStart="),
        ("[Service]\nExecStart=\nExecStart=/opt/nothing/here", "/opt/nothing/here"),
    ] {
        declare(fleet, &format!("{APP}{LIMITS}odd = \"\"\"\n{text}\n\"\"\"\n"));
        let run = fleet.fleet(&["unit", "apply", "--yes", "--json"]).expect_code(1);
        assert!(run.stdout.contains("validate-failed") && run.stdout.contains(said), "{text}: {}", run.stdout);
        let after = (invocation(fleet), fleet.inside("edge", "cat /etc/systemd/system/app.service.d/*"));
        assert_eq!(after, before, "{text}: not even restarted");
    }
    declare(fleet, &format!("{APP}{LIMITS}odd = \"\"\"\n[Service]\nExecStart=\nExecStart=/bin/false\n\"\"\"\n"));
    let run = fleet.fleet(&["unit", "apply", "--yes", "--json"]).expect_code(1);
    assert!(run.stdout.contains("rolled-back") && run.stdout.contains("verify-failed"), "{}", run.stdout);
    assert_eq!(fleet.inside("edge", "cat /etc/systemd/system/app.service.d/*"), before.1);
    assert_eq!(limit(fleet), "4321");
    declare(fleet, &format!("{APP}{LIMITS}"));
    fleet.fleet(&["unit", "check"]).expect_code(0);
}

pub fn declared_no_more(fleet: &Rehearsal) {
    declare(fleet, APP);
    let check = fleet.fleet(&["unit", "check", "--json"]).expect_code(3);
    assert_eq!(found(&check), ["edge app: LimitNOFILE (drift)"]);
    let table = fleet.fleet(&["unit", "plan"]).expect_code(3).stdout;
    assert!(table.contains("50-fleet-limits.conf") && table.contains("restart app.service"), "{table}");
    applied(fleet, "unit");
    assert_eq!(fleet.inside("edge", "ls /etc/systemd/system/app.service.d"), "");
    assert_ne!(limit(fleet), "4321");
}

pub fn state(fleet: &Rehearsal) {
    fleet.inside("edge", "systemctl stop app.service; systemctl disable app.service");
    applied(fleet, "unit");
    assert_eq!(fleet.inside("edge", "systemctl is-active app; systemctl is-enabled app"), "active\nenabled\n");
    declare(fleet, "[unit.app]\nhosts = \"edge\"\nstate = \"stopped\"\nenabled = false\n");
    let plan = fleet.fleet(&["unit", "plan", "--json"]).expect_code(3);
    assert_eq!(operations(&plan), ["stop app.service", "disable app.service"]);
    applied(fleet, "unit");
    assert_eq!(fleet.inside("edge", "systemctl is-active app; systemctl is-enabled app || :"), "inactive\ndisabled\n");
    // What the host does not have, and what daemon may start, is told and left.
    fleet.inside("edge", "systemctl mask other.service");
    declare(fleet, "[unit.other]\nhosts = \"edge\"\nstate = \"running\"\n[unit.none]\nhosts = \"*\"\nenabled = true\n");
    let check = fleet.fleet(&["unit", "check", "--json"]).expect_code(3);
    let expected =
        ["db none: none.service (drift)", "edge none: none.service (drift)", "edge other: other.service (drift)"];
    assert_eq!(found(&check), expected);
    assert!(check.stdout.contains("systemctl unmask other.service"), "{}", check.stdout);
    let plan = fleet.fleet(&["unit", "plan", "--json"]).expect_code(3);
    assert_eq!(plan.json()["waves"].as_array().unwrap().len(), 0);
    fleet.inside("edge", "systemctl unmask other.service");
}

/// Words that mean something to systemd, to `sh`, or to both.
const NASTY: &[&str] = &[
    "plain",
    "",
    "two words",
    "it's",
    "\"q\"",
    "\\",
    "\\n",
    "a\\",
    "%",
    "%i %%",
    "$HOME",
    "${HOME}",
    "$$",
    ";",
    "\\;",
    "&&",
    "#c",
    "-",
    "@x",
    "é",
    "*",
    "~",
    "'",
    "\"",
    "a\"b'c\\d$e%f",
];

pub fn timer(fleet: &Rehearsal) {
    let words: Vec<String> = NASTY.iter().map(|word| toml::Value::from(*word).to_string()).collect();
    declare(
        fleet,
        &format!(
            "[unit.tick]\nhosts = \"db\"\n[unit.tick.timer]\ncalendar = \"*:*:0/2\"\naccuracy = \"1s\"\nuser = \"daemon\"\n\
             directory = \"/srv/notes\"\ntimeout = \"20s\"\ndescription = \"100% of notes\"\n\
             command = [\"/usr/local/bin/note\", {}]\n",
            words.join(", ")
        ),
    );
    let plan = fleet.fleet(&["unit", "plan", "--json"]).expect_code(3);
    assert_eq!(operations(&plan), ["daemon-reload", "enable tick.timer", "start tick.timer"]);
    applied(fleet, "unit");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !fleet.try_inside("db", "test -e /srv/notes/words").status.success() {
        assert!(Instant::now() < deadline, "{}", fleet.inside("db", "systemctl status tick.timer tick.service || :"));
        std::thread::sleep(Duration::from_millis(300));
    }
    let written = fleet.inside("db", "cat /srv/notes/words");
    let written: Vec<&str> = written.strip_suffix('\0').unwrap().split('\0').collect();
    assert_eq!(written, NASTY);
    assert_eq!(fleet.inside("db", "cat /srv/notes/who"), "daemon\n/srv/notes\n0022\n");
    let says = fleet.inside("db", "systemctl show -p Description --value tick.timer tick.service");
    assert_eq!(says, "100% of notes\n\n100% of notes\n");
    assert_eq!(fleet.inside("db", "systemd-analyze verify --man=no /etc/systemd/system/tick.* 2>&1"), "");
    // Edited by hand; a calendar that systemd does not take is caught, and the old one stays.
    fleet.inside("db", "sed -i 's|0/2|0/3|' /etc/systemd/system/tick.timer && systemctl daemon-reload");
    let plan = fleet.fleet(&["unit", "plan", "--json"]).expect_code(3);
    assert_eq!(operations(&plan), ["daemon-reload", "restart tick.timer"]);
    applied(fleet, "unit");
    let toml = std::fs::read_to_string(fleet.inventory().join("units.toml")).unwrap();
    declare(fleet, &toml.replace("*:*:0/2", "*-13-* 03:00"));
    let run = fleet.fleet(&["unit", "apply", "--yes", "--json"]).expect_code(1);
    assert!(run.stdout.contains("validate-failed") && run.stdout.contains("calendar"), "{}", run.stdout);
    assert!(fleet.inside("db", "cat /etc/systemd/system/tick.timer").contains("*:*:0/2"));
    declare(fleet, &toml);
    fleet.fleet(&["unit", "check"]).expect_code(0);
}

pub fn timer_that_fails(fleet: &Rehearsal) {
    let toml = std::fs::read_to_string(fleet.inventory().join("units.toml")).unwrap();
    let (head, _) = toml.split_once("command = ").unwrap();
    declare(fleet, &format!("{head}command = \"exit 7\"\n"));
    fleet.fleet(&["unit", "apply", "--yes"]).expect_code(0);
    last_run(fleet, false);
    let check = fleet.fleet(&["unit", "check", "--json"]).expect_code(3);
    assert_eq!(found(&check), ["db tick: last run (stale)"]);
    assert!(check.stdout.contains("exit status 7"), "{}", check.stdout);
    let plan = fleet.fleet(&["unit", "plan", "--json"]).expect_code(3);
    assert_eq!(plan.json()["waves"].as_array().unwrap().len(), 0, "another run is nothing that fleet does");
    // Mended: it is well once it has run again.
    declare(fleet, &format!("{head}command = \"exit 0\"\n"));
    fleet.fleet(&["unit", "apply", "--yes"]);
    last_run(fleet, true);
    fleet.fleet(&["unit", "check"]).expect_code(0);
    let stopped = "[unit.tick]\nhosts = \"db\"\nstate = \"stopped\"\nenabled = false\n";
    declare(fleet, &format!("{}command = \"exit 0\"\n", head.replace("[unit.tick]\nhosts = \"db\"\n", stopped)));
    fleet.fleet(&["unit", "apply", "--yes"]).expect_code(0);
    assert_eq!(
        fleet.inside("db", "systemctl is-active tick.timer; systemctl is-enabled tick.timer || :"),
        "inactive\ndisabled\n"
    );
}

/// Waits until the timer's service has ended well, or has failed.
fn last_run(fleet: &Rehearsal, well: bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while (fleet.inside("db", "systemctl show -p Result --value tick.service") == "success\n") != well {
        assert!(Instant::now() < deadline, "{}", fleet.inside("db", "systemctl status tick.timer tick.service || :"));
        std::thread::sleep(Duration::from_millis(300));
    }
}
