//! Units, timers and commands on real hosts: what systemd and runuser make of what fleet writes.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod commands;
#[path = "../common/mod.rs"]
mod common;
mod units;

use common::{Rehearsal, Run};

const HOSTS: &str = "[hosts.edge]\n[hosts.db]\n[lab.on.edge]\ntree = \"lab/edge\"\n[lab.on.db]\ntree = \"lab/db\"\n";

/// Not of any package: it runs until it is told to end, and names its log on start.
const APP: &str = "[Unit]\nDescription=An application\n[Service]\nExecStart=/bin/sleep 1d\nExecReload=/bin/true\n\
                   [Install]\nWantedBy=multi-user.target\n";
/// Writes its arguments, each ended by NUL, beside who it is and where.
const NOTE: &str = "#!/bin/sh\nset -e\n[ \"$#\" -gt 0 ] || exit 7\nprintf '%s\\0' \"$@\" >/srv/notes/new\n\
                    { id -un; pwd; umask; } >/srv/notes/who\nmv /srv/notes/new /srv/notes/words\n";

#[test]
fn units_and_commands() {
    let fleet = Rehearsal::boot(&[
        ("hosts.toml", HOSTS),
        ("units.toml", ""),
        ("lab/edge/etc/systemd/system/app.service", APP),
        ("lab/db/usr/local/bin/note", NOTE),
        ("lab/edge/usr/lib/systemd/system/other.service", APP),
    ]);
    fleet.inside("db", "chmod 755 /usr/local/bin/note && mkdir -p /srv/notes && chown daemon: /srv/notes");
    units::drop_in_and_restart(&fleet);
    units::left_by_hand(&fleet);
    units::broken_files_are_caught(&fleet);
    units::declared_no_more(&fleet);
    units::state(&fleet);
    units::timer(&fleet);
    units::timer_that_fails(&fleet);
    commands::guarded(&fleet);
    commands::unguarded(&fleet);
    commands::that_fail(&fleet);
}

/// Makes this all that is declared beside the hosts.
fn declare(fleet: &Rehearsal, toml: &str) {
    std::fs::write(fleet.inventory().join("units.toml"), toml).unwrap();
}

/// What differs, as `host item: subject (status)`, and what is only a warning, as `host item: code`.
fn found(run: &Run) -> Vec<String> {
    let mut all = Vec::new();
    for host in run.json()["hosts"].as_array().unwrap() {
        for item in host["items"].as_array().unwrap() {
            let lead = format!("{} {}", host["host"].as_str().unwrap(), item["id"].as_str().unwrap());
            for one in item["differences"].as_array().into_iter().flatten() {
                all.push(format!("{lead}: {} ({})", one["subject"].as_str().unwrap(), one["status"].as_str().unwrap()));
            }
            for one in item["warnings"].as_array().into_iter().flatten() {
                all.push(format!("{lead}: {}", one["code"].as_str().unwrap()));
            }
        }
    }
    all
}

/// The operations that a plan tells of.
fn operations(run: &Run) -> Vec<String> {
    let json = run.json();
    let waves = json["waves"].as_array().unwrap().iter().flat_map(|wave| wave["hosts"].as_array().unwrap().clone());
    let items = waves.flat_map(|host| host["items"].as_array().unwrap().clone());
    let words = items.flat_map(|item| item["operations"].as_array().cloned().unwrap_or_default());
    words.map(|word| word.as_str().unwrap().to_owned()).filter(|word| !word.starts_with("run ")).collect()
}

/// `apply`, after which nothing is left to do.
#[track_caller]
fn applied(fleet: &Rehearsal, kind: &str) {
    fleet.fleet(&[kind, "apply", "--yes"]).expect_code(0);
    fleet.fleet(&[kind, "check"]).expect_code(0);
    let plan = fleet.fleet(&[kind, "plan", "--json"]).expect_code(0);
    assert_eq!(plan.json()["waves"].as_array().unwrap().len(), 0, "{}", plan.stdout);
}
