//! The cases, in an order in which each leaves the fleet as declared.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use fleet::names::HostName;
use serde_json::Value;

use crate::common::{Rehearsal, Run, block_on};
use crate::example::*;

pub fn break_two(fleet: &Rehearsal) {
    for host in ["cdn-fremont-1", "franz"] {
        fleet.inside(host, &format!("{INCIDENT}{APP}"));
        // As in the incident: the services run with the broken file.
        fleet.inside(host, "systemctl restart 'mastodon-*'");
    }
}

pub fn incident_is_found(fleet: &Rehearsal) {
    let keys = file(fleet, "fritz", APP).lines().filter(|line| line.contains('=') && !line.starts_with('#')).count();
    assert!(keys >= 100, "{keys} keys");
    break_two(fleet);
    let run = fleet.fleet(&["env", "check", "--json"]).expect_code(3);
    assert_eq!(statuses(&run).keys().map(String::as_str).collect::<Vec<_>>(), ALL);
    assert_eq!(with_status(&run, "drift"), ["cdn-fremont-1", "franz"]);
    assert_eq!(with_status(&run, "ok").len(), 6);
    let differ = ["cdn-fremont-1 S3_BUCKET", "cdn-fremont-1 S3_ENABLED", "franz S3_BUCKET", "franz S3_ENABLED"];
    assert_eq!(subjects(&run, "differences"), set(&differ));
    let warned = ["cdn-fremont-1 3_BUCKET", "cdn-fremont-1 S3_ENABLED", "franz 3_BUCKET", "franz S3_ENABLED"];
    assert_eq!(subjects(&run, "warnings"), set(&warned));
    assert!(run.stdout.contains("3_BUCKET is unknown; is S3_BUCKET meant?"), "{}", run.stdout);
    assert!(run.stdout.contains("S3_ENABLED is spelled `FALSE`, not `false`"), "{}", run.stdout);

    let run = fleet.fleet(&["env", "check", "--json", "--limit", "franz, fritz"]).expect_code(3);
    assert_eq!(statuses(&run).keys().map(String::as_str).collect::<Vec<_>>(), ["franz", "fritz"]);
    let table = fleet.fleet(&["env", "check"]).expect_code(3).stdout;
    assert!(table.contains("cdn-fremont-1") && table.contains("3_BUCKET") && !table.contains("rehearsal-3f0c9a1d7e52"));
    let lines = fleet.fleet(&["env", "check", "-o", "jsonl"]).expect_code(3).stdout;
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.len() >= 2 && events.iter().all(|event| event["schema"].is_string()), "{lines}");
}

pub fn saved_facts(fleet: &Rehearsal) {
    let run = fleet.fleet(&["env", "check", "--json", "--save-facts", "facts.json"]).expect_code(3);
    let path = fleet.directory().join("facts.json");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let facts: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let mut text = facts.to_string();
    for (_, host) in facts["hosts"].as_object().unwrap() {
        for (_, found) in host["facts"]["files"].as_object().unwrap() {
            if let Some(base64) = found["known"]["kind"]["file"].as_str() {
                text.push_str(&decoded(base64));
            }
        }
        for process in host["facts"]["processes"].as_array().unwrap() {
            for (_, value) in process["environment"]["known"].as_object().into_iter().flatten() {
                text.push_str(&decoded(value.as_str().unwrap()));
            }
        }
    }
    assert!(text.contains("S3_ENABLED=FALSE") && text.contains("3_BUCKET"), "the search works");
    for secret in fleet_secrets(fleet) {
        assert!(file(fleet, "franz", APP).contains(&secret));
        assert!(!text.contains(&secret), "a secret is in the facts file");
    }
    disconnect(fleet);
    for host in ALL {
        block_on(fleet.lab.link(&HostName::new(host), false)).unwrap();
    }
    let again = fleet.fleet(&["env", "check", "--json", "--facts", "facts.json"]).expect_code(3);
    let plan = fleet.fleet(&["env", "plan", "--json", "--facts", "facts.json"]).expect_code(3);
    for host in ALL {
        block_on(fleet.lab.link(&HostName::new(host), true)).unwrap();
    }
    assert_eq!(subjects(&again, "differences"), subjects(&run, "differences"));
    assert_eq!(statuses(&again), statuses(&run));
    let fresh = fleet.fleet(&["env", "plan", "--json"]).expect_code(3).json();
    assert_eq!(plan.json()["waves"], fresh["waves"]);
    fleet.fleet(&["env", "apply", "--yes", "--facts", "facts.json"]).expect_code(2);
}

pub fn decoded(base64: &str) -> String {
    use base64::Engine as _;
    String::from_utf8_lossy(&base64::prelude::BASE64_STANDARD.decode(base64).unwrap()).into_owned()
}

pub fn nothing_without_approval(fleet: &Rehearsal) {
    let before = file(fleet, "franz", APP);
    let run = fleet.fleet(&["env", "apply"]).expect_code(6);
    assert!(run.stderr.contains("--yes"), "{}", run.stderr);
    // On a terminal: declined.
    let command = fleet.command(&["env", "apply", "--no-progress"]);
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| shell_words::quote(&word.to_string_lossy()).into_owned())
        .collect();
    let mut terminal = std::process::Command::new("script");
    terminal.args(["--quiet", "--return", "--command", &words.join(" "), "/dev/null"]).env_clear();
    for (name, value) in command.get_envs() {
        terminal.env(name, value.unwrap());
    }
    let mut terminal = terminal
        .current_dir(fleet.directory())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Open until it has ended: `script` sends an end of file to the terminal else.
    let mut keyboard = terminal.stdin.take().unwrap();
    std::io::Write::write_all(&mut keyboard, b"n\n").unwrap();
    let status = terminal.wait().unwrap();
    let output = std::io::read_to_string(terminal.stdout.take().unwrap()).unwrap();
    drop(keyboard);
    assert_eq!(status.code(), Some(6), "{output}");
    assert!(output.contains("nothing was changed") && output.contains("S3_ENABLED"), "{output}");
    assert_eq!(file(fleet, "franz", APP), before);
}

pub fn a_plan_of_yesterday(fleet: &Rehearsal) {
    fleet.fleet(&["env", "plan", "--out", "plan.json"]).expect_code(3);
    let path = fleet.directory().join("plan.json");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let plan = fs::read_to_string(&path).unwrap();
    assert!(plan.contains("S3_ENABLED") && fleet_secrets(fleet).iter().all(|secret| !plan.contains(secret)));
    let shown = fleet.fleet(&["show", "plan.json"]).expect_code(0).stdout;
    assert!(shown.contains("S3_BUCKET") && shown.contains("restart mastodon-media.service"), "{shown}");
    // Somebody edits one of the two in between.
    fleet.inside("cdn-fremont-1", &format!("echo '# hello' >>{APP}"));
    let (before, started) = (file(fleet, "cdn-fremont-1", APP), main_pid(fleet, "cdn-fremont-1"));
    let run = fleet.fleet(&["apply", "plan.json", "--yes", "--json"]).expect_code(1);
    let of = hosts(&run.json());
    assert_eq!(of["franz"]["status"], "changed", "{}", run.stdout);
    assert_eq!(
        (&of["cdn-fremont-1"]["status"], &of["cdn-fremont-1"]["error"]["code"]),
        (&"failed".into(), &"host-changed".into())
    );
    assert_eq!(file(fleet, "cdn-fremont-1", APP), before);
    assert_eq!(main_pid(fleet, "cdn-fremont-1"), started);
    assert_eq!(fleet.inside("cdn-fremont-1", "ls -A /home/mastodon/live").trim(), ".env.production");
}

pub fn main_pid(fleet: &Rehearsal, host: &str) -> String {
    fleet.inside(host, "systemctl show -p MainPID -p InvocationID 'mastodon-*'")
}

/// How many commands were run over SSH on a host.
pub fn execs(fleet: &Rehearsal, host: &str) -> usize {
    fleet
        .inside(host, "journalctl --sync; journalctl -t sshd -o cat | grep -c 'Starting session: command' || :")
        .trim()
        .parse()
        .unwrap()
}

pub fn repaired_and_quiet(fleet: &Rehearsal) {
    let run = fleet.fleet(&["env", "apply", "--yes", "--json"]).expect_code(0);
    assert_eq!(with_status(&run, "changed"), ["cdn-fremont-1"], "{}", run.stdout);
    let good = fs::read_to_string(seed(fleet)).unwrap();
    let expected = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    for host in ["franz", "cdn-fremont-1"] {
        let now = file(fleet, host, APP).replace("# hello\n", "");
        assert_eq!(expected(&now), expected(&good), "{host}: every other line is as it was");
        assert_eq!(fleet.inside(host, &format!("stat -c '%U:%G %a' {APP}")).trim(), "mastodon:mastodon 640");
        let newer = fleet.inside(host, &format!(
            "for p in $(systemctl show -p MainPID --value 'mastodon-*'); do test /proc/$p -nt {APP} && echo newer; done"
        ));
        assert!(!newer.is_empty() && newer.lines().all(|line| line == "newer"), "{host}: {newer}");
    }
    let count = || ALL.map(|host| execs(fleet, host));
    let (before, pids) = (count(), ALL.map(|host| main_pid(fleet, host)));
    assert!(before.iter().all(|execs| *execs > 1), "the count works: {before:?}");
    let run = fleet.fleet(&["env", "apply", "--yes", "--json"]).expect_code(0);
    assert_eq!(with_status(&run, "ok").len(), 8, "{}", run.stdout);
    assert_eq!(count(), before.map(|execs| execs + 1), "one exec a host where nothing is to be done");
    assert_eq!(ALL.map(|host| main_pid(fleet, host)), pids);
    let journal = fs::read_dir(fleet.state().join("journal")).unwrap();
    let journal: String = journal.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    assert!(journal.contains("\"applied\"") && journal.contains("refused"), "{journal}");
    // A mode that drifted is put back.
    fleet.inside("fritz", &format!("chmod 0666 {APP}"));
    assert_eq!(subjects(&fleet.fleet(&["env", "check", "--json"]).expect_code(3), "differences"), set(&["fritz mode"]));
    fleet.fleet(&["env", "apply", "--yes"]).expect_code(0);
    assert_eq!(fleet.inside("fritz", &format!("stat -c '%U:%G %a' {APP}")).trim(), "mastodon:mastodon 640");
    fleet.inside("fritz", "systemctl restart 'mastodon-*'");
}

pub fn consensus_alone(fleet: &Rehearsal) {
    break_two(fleet);
    let path = fleet.inventory().join("env.toml");
    let before = fs::read_to_string(&path).unwrap();
    let (head, rest) = before.split_once("[env.mastodon.keys]").unwrap();
    let (_, media) = rest.split_once("[env.media]").unwrap();
    fs::write(&path, format!("{head}[env.media]{media}")).unwrap();
    let run = fleet.fleet(&["env", "check", "--json"]).expect_code(3);
    fs::write(&path, before).unwrap();
    assert_eq!(with_status(&run, "drift"), ["cdn-fremont-1", "franz"], "{}", run.stdout);
    let differ: BTreeSet<String> = ["cdn-fremont-1", "franz"]
        .iter()
        .flat_map(|host| ["3_BUCKET", "S3_BUCKET", "S3_ENABLED"].map(|key| format!("{host} {key}")))
        .collect();
    assert_eq!(subjects(&run, "differences"), differ);
    assert!(run.stdout.contains("2 of 8 differ") && run.stdout.contains("is S3_BUCKET meant?"), "{}", run.stdout);
    fleet.fleet(&["env", "apply", "--yes"]).expect_code(0);
}

pub fn stale(fleet: &Rehearsal) {
    // The application reads its file at its start: the time tells.
    fleet.inside("fritz", &format!("echo '# nothing else' >>{APP}"));
    // systemd reads this one: the environment tells. On disk it is as declared.
    let media = "sed -i 's/^WORKERS=.*/WORKERS=5/' /etc/default/mastodon-media; systemctl restart mastodon-media; \
                 sleep 0.2; sed -i 's/^WORKERS=.*/WORKERS=4/' /etc/default/mastodon-media";
    fleet.inside("sally", media);
    let run = fleet.fleet(&["env", "check", "--json"]).expect_code(3);
    assert_eq!(with_status(&run, "stale"), ["fritz", "sally"], "{}", run.stdout);
    assert_eq!(subjects(&run, "differences"), set(&["fritz mastodon-web.service", "sally WORKERS"]));
    let sally = hosts(&run.json())["sally"].clone();
    let workers =
        &sally["items"].as_array().unwrap().iter().find(|item| item["id"] == "media").unwrap()["differences"][0];
    assert_eq!((&workers["on_disk"], &workers["live"]), (&"4".into(), &"5".into()));

    let run = with_inventory(fleet, "[env.media]\n", "[env.media]\nrestart = \"none\"\n", || {
        fleet.fleet(&["env", "apply", "--yes", "--json", "-l", "sally"]).expect_code(3)
    });
    assert_eq!(with_status(&run, "stale"), ["sally"]);
    let environ = |key: &str| {
        let script =
            format!("tr '\\0' '\\n' </proc/$(systemctl show -p MainPID --value mastodon-media)/environ | grep ^{key}=");
        fleet.inside("sally", &script).trim().to_owned()
    };
    assert_eq!(environ("WORKERS"), "WORKERS=5");
    let (text, invocations) = (file(fleet, "sally", MEDIA), main_pid(fleet, "freud"));
    let run = fleet.fleet(&["env", "apply", "--yes", "--json"]).expect_code(0);
    assert_eq!(with_status(&run, "changed"), ["fritz", "sally"], "{}", run.stdout);
    assert_eq!((environ("WORKERS").as_str(), file(fleet, "sally", MEDIA)), ("WORKERS=4", text));
    assert_eq!(main_pid(fleet, "freud"), invocations, "the others are left alone");
    fleet.fleet(&["env", "check"]).expect_code(0);
}

pub fn a_unit_that_does_not_start(fleet: &Rehearsal) {
    let before = file(fleet, "esme", MEDIA);
    let run = with_inventory(fleet, "value = \"20g\"", "value = \"0g\"", || {
        fleet.fleet(&["env", "apply", "--yes", "--json", "-l", "esme"]).expect_code(1)
    });
    let esme = hosts(&run.json())["esme"].clone();
    assert_eq!(esme["status"], "rolled-back", "{}", run.stdout);
    assert_eq!(esme["error"]["code"], "restart-failed", "{}", run.stdout);
    assert!(esme["error"]["message"].as_str().unwrap().contains("mastodon-media.service failed"), "{}", run.stdout);
    assert_eq!(file(fleet, "esme", MEDIA), before);
    assert_eq!(fleet.inside("esme", "systemctl is-active mastodon-media").trim(), "active");
    assert!(fleet.inside("esme", "ls -A /etc/default").lines().all(|name| !name.starts_with(".fleet")));
    fleet.fleet(&["env", "check"]).expect_code(0);
}

pub fn an_unreachable_host(fleet: &Rehearsal) {
    let break_both = || {
        for host in ["esme", "fritz"] {
            fleet.inside(host, &format!("sed -i 's/^DB_PORT=.*/DB_PORT=5433/' {APP}"));
        }
    };
    break_both();
    disconnect(fleet);
    block_on(fleet.lab.link(&HostName::new("esme"), false)).unwrap();
    let run = fleet.fleet(&["env", "apply", "--yes", "--json", "--connect-timeout", "2"]).expect_code(4);
    block_on(fleet.lab.link(&HostName::new("esme"), true)).unwrap();
    assert_eq!(
        (with_status(&run, "unreachable"), with_status(&run, "changed")),
        (vec!["esme".to_owned()], vec!["fritz".to_owned()])
    );
    assert!(hosts(&run.json())["esme"]["error"]["hint"].is_string());
    assert!(file(fleet, "fritz", APP).contains("DB_PORT=5432") && file(fleet, "esme", APP).contains("DB_PORT=5433"));
    let run = fleet.fleet(&["env", "apply", "--yes", "--json"]).expect_code(0);
    assert_eq!(with_status(&run, "changed"), ["esme"]);
}

pub fn interrupted(fleet: &Rehearsal) {
    let pair = ["cdn-frankfurt-1", "freud"];
    for host in pair {
        fleet.inside(host, &format!("sed -i 's/^DB_PORT=.*/DB_PORT=5433/' {APP}"));
    }
    let mut command = fleet.command(&["env", "apply", "--yes", "--json", "--parallel", "1"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = || !fleet.inside(pair[0], "systemctl list-units --no-legend fleet-transaction.service").is_empty();
    let patience = Instant::now();
    while !begun() {
        assert!(patience.elapsed() < Duration::from_secs(20), "the first host never began");
        std::thread::sleep(Duration::from_millis(20));
    }
    let signalled = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(signalled.success());
    let output = child.wait_with_output().unwrap();
    let run = Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
    .expect_code(130);
    let of = hosts(&run.json());
    assert_eq!(of[pair[0]]["status"], "changed", "{}", run.stdout);
    assert_eq!((&of[pair[1]]["status"], &of[pair[1]]["error"]["code"]), (&"skipped".into(), &"interrupted".into()));
    assert!(file(fleet, pair[0], APP).contains("DB_PORT=5432") && file(fleet, pair[1], APP).contains("DB_PORT=5433"));
    fleet.fleet(&["env", "apply", "--yes"]).expect_code(0);
}
