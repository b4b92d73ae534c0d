//! The main job on real hosts: the example fleet, broken in the ways that the incident behind it was, found and repaired.
//! All hosts have `KillUserProcesses=yes`, so that whatever hangs on the log-in session would be seen to die with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{Rehearsal, Run, block_on};
use fleet::actions::env::document::{Document, Format};
use fleet::names::HostName;
use serde_json::Value;

const APP: &str = "/home/mastodon/live/.env.production";
const MEDIA: &str = "/etc/default/mastodon-media";
const ALL: [&str; 8] = ["cdn-frankfurt-1", "cdn-fremont-1", "esme", "franz", "freud", "fritz", "nietzsche", "sally"];
/// Breaks the two hosts as in the incident.
const INCIDENT: &str = "sed -i -e 's/^S3_ENABLED=.*/S3_ENABLED=FALSE/' -e 's/^S3_BUCKET=/3_BUCKET=/' ";

#[test]
fn the_main_job() {
    let fleet = boot();
    fleet.fleet(&["env", "check"]).expect_code(0);
    let mut clock = Clock(Instant::now());
    incident_is_found(&fleet);
    clock.lap("incident_is_found");
    saved_facts(&fleet);
    clock.lap("saved_facts");
    nothing_without_approval(&fleet);
    clock.lap("nothing_without_approval");
    a_plan_of_yesterday(&fleet);
    clock.lap("a_plan_of_yesterday");
    repaired_and_quiet(&fleet);
    clock.lap("repaired_and_quiet");
    consensus_alone(&fleet);
    clock.lap("consensus_alone");
    stale(&fleet);
    clock.lap("stale");
    a_unit_that_does_not_start(&fleet);
    clock.lap("a_unit_that_does_not_start");
    an_unreachable_host(&fleet);
    clock.lap("an_unreachable_host");
    interrupted(&fleet);
    clock.lap("interrupted");
    secrets_stay_secret(&fleet);
    clock.lap("secrets_stay_secret");
    as_systemd_reads(&fleet);
    clock.lap("as_systemd_reads");
    fleet.fleet(&["env", "check"]).expect_code(0);
    disconnect(&fleet);
    block_on(fleet.lab.down(&mut |_| {})).unwrap();
    std::mem::forget(fleet);
}

/// Ends the open connections to the rehearsal hosts: each master's command line names a directory of this test.
fn disconnect(fleet: &Rehearsal) {
    let mine = fleet.directory().to_str().unwrap();
    for process in fs::read_dir("/proc").unwrap().flatten() {
        let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command);
        if command.starts_with("ssh") && command.contains(mine) {
            let pid = process.file_name().into_string().unwrap();
            // One that has just ended is as good.
            let _ = std::process::Command::new("kill").arg(pid).stderr(Stdio::null()).status().unwrap();
        }
    }
}

/// Tells where the time goes.
struct Clock(Instant);

impl Clock {
    fn lap(&mut self, what: &str) {
        eprintln!("{what}: {:.1} s", self.0.elapsed().as_secs_f64());
        self.0 = Instant::now();
    }
}

// --- the fleet -------------------------------------------------------------------------------------------------------

/// The example inventory, with what the tests need beside it on each host.
fn boot() -> Rehearsal {
    let mut files = BTreeMap::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory");
    collect(&source, &source, &mut files);
    // One line in the journal for each exec.
    let more = [
        ("lab/mastodon/etc/ssh/sshd_config.d/verbose.conf", "LogLevel VERBOSE\n"),
        ("lab/mastodon/etc/systemd/logind.conf.d/kill.conf", "[Login]\nKillUserProcesses=yes\n"),
        (
            "lab/cdn/etc/systemd/system/mastodon-media.service.d/picky.conf",
            "[Service]\nExecStartPre=/bin/sh -c 'test \"$CACHE_SIZE\" != 0g || { echo nothing fits in 0g >&2; exit 1; }'\n",
        ),
    ];
    files.extend(more.map(|(path, text)| (path.to_owned(), text.to_owned())));
    // Its secret command must be executable; what it says is a copy of the seed file, which no host has a part in.
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let fleet = Rehearsal::boot(&files);
    fs::copy(seed(&fleet), fleet.directory().join("secrets")).unwrap();
    let script = fleet.inventory().join("lab/rehearsal-secret");
    fs::write(&script, "#!/bin/sh\nsed -n -e \"s/^$1=//p\" ../secrets\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    for host in ALL {
        let kills = fleet.inside(host, "busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager KillUserProcesses");
        assert_eq!(kills.trim(), "b true", "{host}");
    }
    fleet
}

fn collect(root: &Path, directory: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

fn seed(fleet: &Rehearsal) -> std::path::PathBuf {
    fleet.inventory().join("lab/mastodon").join(&APP[1..])
}

fn file(fleet: &Rehearsal, host: &str, path: &str) -> String {
    fleet.inside(host, &format!("cat {path}"))
}

/// Runs with another text in a file of the inventory, and puts the old one back.
fn with_inventory<T>(fleet: &Rehearsal, from: &str, to: &str, work: impl FnOnce() -> T) -> T {
    let path = fleet.inventory().join("env.toml");
    let before = fs::read_to_string(&path).unwrap();
    assert!(before.contains(from), "{from}");
    fs::write(&path, before.replacen(from, to, 1)).unwrap();
    let result = work();
    fs::write(&path, before).unwrap();
    result
}

fn hosts(json: &Value) -> BTreeMap<String, Value> {
    let hosts = json["hosts"].as_array().unwrap();
    hosts.iter().map(|host| (host["host"].as_str().unwrap().to_owned(), host.clone())).collect()
}

fn statuses(run: &Run) -> BTreeMap<String, String> {
    hosts(&run.json()).into_iter().map(|(host, it)| (host, it["status"].as_str().unwrap().to_owned())).collect()
}

fn with_status(run: &Run, status: &str) -> Vec<String> {
    statuses(run).into_iter().filter(|(_, it)| it == status).map(|(host, _)| host).collect()
}

/// `host subject` of all differences or warnings.
fn subjects(run: &Run, what: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (host, result) in hosts(&run.json()) {
        for item in result["items"].as_array().unwrap() {
            for one in item[what].as_array().into_iter().flatten() {
                found.insert(format!("{host} {}", one["subject"].as_str().unwrap()));
            }
        }
    }
    found
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn break_two(fleet: &Rehearsal) {
    for host in ["cdn-fremont-1", "franz"] {
        fleet.inside(host, &format!("{INCIDENT}{APP}"));
        // As in the incident: the services run with the broken file.
        fleet.inside(host, "systemctl restart 'mastodon-*'");
    }
}

// --- the cases -------------------------------------------------------------------------------------------------------

fn incident_is_found(fleet: &Rehearsal) {
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

fn saved_facts(fleet: &Rehearsal) {
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

fn decoded(base64: &str) -> String {
    use base64::Engine as _;
    String::from_utf8_lossy(&base64::prelude::BASE64_STANDARD.decode(base64).unwrap()).into_owned()
}

/// The values of the fleet's two declared secrets, and of two that only look so.
fn fleet_secrets(fleet: &Rehearsal) -> Vec<String> {
    let seed = fs::read_to_string(fleet.directory().join("secrets")).unwrap();
    let names = ["SECRET_KEY_BASE=", "DB_PASS=", "SMTP_PASSWORD=", "OTP_SECRET="];
    names.map(|name| seed.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned()).to_vec()
}

fn nothing_without_approval(fleet: &Rehearsal) {
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

fn a_plan_of_yesterday(fleet: &Rehearsal) {
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

fn main_pid(fleet: &Rehearsal, host: &str) -> String {
    fleet.inside(host, "systemctl show -p MainPID -p InvocationID 'mastodon-*'")
}

/// How many commands were run over SSH on a host.
fn execs(fleet: &Rehearsal, host: &str) -> usize {
    fleet
        .inside(host, "journalctl --sync; journalctl -t sshd -o cat | grep -c 'Starting session: command' || :")
        .trim()
        .parse()
        .unwrap()
}

fn repaired_and_quiet(fleet: &Rehearsal) {
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
    let journal = fs::read_dir(fleet.directory().join(".fleet/journal")).unwrap();
    let journal: String = journal.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    assert!(journal.contains("\"applied\"") && journal.contains("refused"), "{journal}");
    // A mode that drifted is put back.
    fleet.inside("fritz", &format!("chmod 0666 {APP}"));
    assert_eq!(subjects(&fleet.fleet(&["env", "check", "--json"]).expect_code(3), "differences"), set(&["fritz mode"]));
    fleet.fleet(&["env", "apply", "--yes"]).expect_code(0);
    assert_eq!(fleet.inside("fritz", &format!("stat -c '%U:%G %a' {APP}")).trim(), "mastodon:mastodon 640");
    fleet.inside("fritz", "systemctl restart 'mastodon-*'");
}

fn consensus_alone(fleet: &Rehearsal) {
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

fn stale(fleet: &Rehearsal) {
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

fn a_unit_that_does_not_start(fleet: &Rehearsal) {
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

fn an_unreachable_host(fleet: &Rehearsal) {
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

fn interrupted(fleet: &Rehearsal) {
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

// --- secrets ---------------------------------------------------------------------------------------------------------

fn secrets_stay_secret(fleet: &Rehearsal) {
    let secrets = fleet.directory().join("secrets");
    let replace = |value: &str| {
        let text = fs::read_to_string(&secrets).unwrap();
        let lines: Vec<String> = text
            .lines()
            .map(|line| if line.starts_with("DB_PASS=") { format!("DB_PASS={value}") } else { line.to_owned() })
            .collect();
        fs::write(&secrets, lines.join("\n") + "\n").unwrap();
    };
    let (first, poison) = ("Zr9-planned-4711aa", "Qx7-p0ison'\"$x-8812bb");
    replace(first);
    fleet.fleet(&["env", "plan", "--out", "secret.json"]).expect_code(3);
    replace(poison);
    let before = ALL.map(|host| file(fleet, host, APP));
    let run = fleet.fleet(&["apply", "secret.json", "--yes", "--json"]).expect_code(1);
    let failed = with_status(&run, "failed");
    assert!(!failed.is_empty() && failed.len() + with_status(&run, "skipped").len() == 8, "{}", run.stdout);
    for host in failed {
        assert_eq!(hosts(&run.json())[&host]["error"]["code"], "secret-changed", "{}", run.stdout);
    }
    assert_eq!(ALL.map(|host| file(fleet, host, APP)), before);

    for host in ALL {
        fleet.inside(host, "touch /var/tmp/before-apply");
    }
    let (done, mut seen) = (AtomicBool::new(false), String::new());
    let mut said = vec![run.stdout, run.stderr];
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut seen = String::new();
            while !done.load(Ordering::Relaxed) {
                // The hosts' processes are this machine's, too.
                for process in fs::read_dir("/proc").unwrap().flatten() {
                    seen.push_str(&String::from_utf8_lossy(
                        &fs::read(process.path().join("cmdline")).unwrap_or_default(),
                    ));
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            seen
        });
        for arguments in [&["env", "check", "-v"][..], &["env", "plan", "--json"], &["env", "apply", "--yes", "-v"]] {
            let run = fleet.fleet(arguments);
            assert!(matches!(run.code, Some(0 | 3)), "{} {}", run.stdout, run.stderr);
            said.extend([run.stdout, run.stderr]);
        }
        done.store(true, Ordering::Relaxed);
        seen = watcher.join().unwrap();
    });
    let core = "p0ison";
    assert!(file(fleet, "fritz", APP).contains(core) && seen.contains("fleet-transaction"), "the search works");
    assert!(!seen.contains(core), "a secret was in a command line");
    assert!(said.iter().all(|text| !text.contains(core)) && said.iter().any(|text| text.contains("DB_PASS")));
    let mut searched = 0;
    let mut places =
        vec![fleet.directory().join(".fleet"), fleet.directory().join("secret.json"), fleet.directory().join("run")];
    while let Some(place) = places.pop() {
        if place.is_dir() {
            places.extend(fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(bytes) = fs::read(&place) {
            searched += 1;
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains(core) && !text.contains("planned-4711aa"), "{}", place.display());
        }
    }
    assert!(searched > 3);
    for host in ALL {
        let found = fleet.inside(
            host,
            "journalctl --sync; { journalctl -o cat; find /var/lib/fleet -type f ! -name '*.before' -exec cat {} +; \
             find / -xdev -type f -perm -o=r -newer /var/tmp/before-apply ! -path '/proc/*' ! -path '/sys/*' -exec cat {} +; } \
             2>/dev/null | grep -a -c p0ison || :",
        );
        assert_eq!(found.trim(), "0", "{host}");
        assert!(fleet.inside(host, "journalctl -t fleet -o cat").contains("DB_PASS"), "{host}: the search works");
        assert_eq!(fleet.inside(host, "stat -c '%U %a' /var/lib/fleet").trim(), "root 700", "{host}");
    }
    // What a dotenv reader makes of it is what was meant.
    let document = Document::parse(file(fleet, "fritz", APP).as_bytes(), Format::Dotenv);
    assert_eq!(document.effective()["DB_PASS"], poison);
    assert_eq!(with_status(&fleet.fleet(&["env", "check", "--json"]).expect_code(0), "ok").len(), 8);
}

// --- systemd's own reading -------------------------------------------------------------------------------------------

/// Each is a whole file; the unit that is started with it tells what systemd made of it.
const FILES: &[&str] = &[
    "A=1\nB=2\n",
    "A=1",
    "A='it''s'\n",
    "A=\"x\\\"y\\\\z\\$q\\`r\\n\"\n",
    "A='x\\y'\n",
    "A=x\\y\\ z\\\\\n",
    "A=a b  c  \n",
    "A=  lead\n",
    "  A=indent\n",
    "A =space\n",
    "A= 'q' \n",
    "A='x' y 'z'\n",
    "A=x'y'z\n",
    "A=\"x\"'y'z\n",
    "A=#x\n",
    "A=x #y\n",
    "A=x;y\n",
    "# A=1\nB=2\n",
    "; A=1\nB=2\n",
    "  # A=1\nB=2\n",
    "# c \\\nA=1\nB=2\n",
    "# c \\\\\nA=1\n",
    "A=x\\\ny\nB=2\n",
    "A=\"x\\\ny\"\n",
    "A='x\\\ny'\n",
    "A=\"x\ny\"\nB=2\n",
    "A='x\ny'\n",
    "A=1\nA=2\n",
    "A=1\nA=\n",
    "A=\nB=''\nC=\"\"\n",
    "A=$HOME\nB=${A}\nC='$x'\n",
    "A=$(date)`x`\n",
    "export A=1\nB=2\n",
    "3_BUCKET=1\nB=2\n",
    "A-B=1\nB=2\n",
    "A.B=1\nB=2\n",
    "=x\nB=2\n",
    "junk\nB=2\n",
    "A\nB=2\n",
    "A=1\r\nB=2\r\n",
    "A=1\rB=2\n",
    "A='x\r\ny'\nB=2\n",
    "A=x\ty\n",
    "A=\tx\t\n",
    "A=x\u{1}y\nB=2\n",
    "A=x\u{7f}y\nB=2\n",
    "A=\u{e9}\u{2028}\nB=2\n",
    "\u{feff}A=1\nB=2\n",
    "A='open\nB=2\n",
    "A=\"open\nB=2\n",
    "A=x\\",
    "A==x=\n",
    "A=\"x\" # y\nB=2\n",
    "A='x'#y\n",
    "A=x \\\n  y\n",
    "\n\n\nA=1\n\n",
    "a=1\nA=2\n",
    "_A=1\n__=2\n",
    "A=x  \\\n\nB=2\n",
    "A=\\'x\\'\n",
    "A=\"\\a\\b\"\n",
    "A='x' \\\nB=2\n",
];

fn as_systemd_reads(fleet: &Rehearsal) {
    let host = "cdn-frankfurt-1";
    let root = fleet.lab.root_of(&HostName::new(host)).join("var/tmp/nasty");
    fs::create_dir(&root).unwrap();
    for (number, text) in FILES.iter().enumerate() {
        fs::write(root.join(format!("{number}.env")), text).unwrap();
    }
    fs::write(root.join("none.env"), "").unwrap();
    // The main process stays, and its environment is read from outside, as fleet reads it.
    fleet.inside(
        host,
        "cd /var/tmp/nasty; for f in *.env; do n=${f%.env}; \
         systemd-run --quiet --unit=nasty-$n -p EnvironmentFile=/var/tmp/nasty/$f /bin/sleep 300 || continue; done; sleep 0.3; \
         for f in *.env; do n=${f%.env}; p=$(systemctl show -p MainPID --value nasty-$n.service); \
         [ \"$p\" = 0 ] || cat /proc/$p/environ >$n.out; done; systemctl stop 'nasty-*'; systemctl reset-failed 'nasty-*' || :",
    );
    let read = |name: &str| -> Option<BTreeMap<String, String>> {
        let bytes = fs::read(root.join(format!("{name}.out"))).ok()?;
        let pairs = bytes.split(|byte| *byte == 0).map(|pair| String::from_utf8_lossy(pair).into_owned());
        Some(
            pairs
                .filter_map(|pair| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())))
                .collect(),
        )
    };
    let given = read("none").unwrap();
    assert!(given.contains_key("INVOCATION_ID"));
    let mut wrong = Vec::new();
    for (number, text) in FILES.iter().enumerate() {
        let document = Document::parse(text.as_bytes(), Format::Systemd);
        let Some(mut found) = read(&number.to_string()) else {
            wrong.push(format!("{text:?}: no unit came up; refused: {:?}", document.refused()));
            continue;
        };
        found.retain(|name, _| !given.contains_key(name));
        // Before 254 a comment that ends in a backslash takes the next line with it: the file is warned about.
        let continued = document.problems().iter().any(|problem| problem.kind.code() == "comment-continues");
        if document.effective() != found && !continued {
            wrong.push(format!("{text:?}: systemd {found:?}, fleet {:?}", document.effective()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), FILES.len(), wrong.join("\n"));
}
