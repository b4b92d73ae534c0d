//! `fleet hosts …` and `fleet exec` on real systemd hosts, well and unwell.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Rehearsal, Run};
use serde_json::Value;

const HOSTS: &str = r#"
[ssh]
user = "root"
[hosts.fritz]
address = "192.0.2.10"
[hosts.franz]
address = "192.0.2.11"
[hosts.freud]
address = "192.0.2.12"
[ssh.on.freud]
user = "deploy"
sudo = true
[groups]
web = "fritz"
queue = "franz, freud"
"#;

/// What makes each host unwell; nothing here goes over SSH.
fn make_unwell(lab: &Rehearsal) {
    lab.inside("fritz", "echo 'echo Welcome to fritz; sleep 0.3' > /root/.bashrc; chsh -s /bin/bash root 2>/dev/null || usermod -s /bin/bash root");
    lab.inside("franz", "sed -i -e '/franz/d' /etc/hosts; systemd-run -q --unit=backup /bin/false; sleep 0.5");
    lab.inside(
        "freud",
        "useradd -m -s /bin/sh deploy; mkdir -m 700 ~deploy/.ssh; cp /root/.ssh/authorized_keys ~deploy/.ssh/; chown -R deploy ~deploy/.ssh",
    );
}

const SUDOERS: &str = "deploy ALL=(root) NOPASSWD: ALL";

/// The same hosts at the lab's addresses, as if they were declared there: without `--lab`, with host keys of its own.
struct Declared<'a> {
    lab: &'a Rehearsal,
    dir: PathBuf,
}

impl<'a> Declared<'a> {
    fn new(lab: &'a Rehearsal) -> Self {
        let dir = lab.directory().join("declared");
        fs::create_dir(&dir).unwrap();
        let access = lab.lab.access().unwrap();
        let identity = access.values().next().unwrap().identity_file.display().to_string();
        let hosts: Vec<String> =
            access.iter().map(|(host, it)| format!("[hosts.{host}]\naddress = \"{}\"\n", it.address)).collect();
        let text = format!(
            "[ssh]\nuser = \"root\"\noptions = {{ IdentityFile = \"{identity}\", IdentitiesOnly = \"yes\" }}\n[ssh.on.freud]\nuser = \"deploy\"\nsudo = true\n{}",
            hosts.concat()
        );
        fs::write(dir.join("hosts.toml"), text).unwrap();
        Self { lab, dir }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.lab.directory())
            .env("USER", "tester")
            .env("XDG_RUNTIME_DIR", self.lab.directory().join("run"))
            .current_dir(self.lab.directory())
            .stdin(Stdio::null())
            .args(["--inventory", "declared"])
            .args(arguments);
        command
    }

    fn fleet(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).output().unwrap();
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn known_hosts(&self) -> PathBuf {
        self.dir.join("known_hosts")
    }
}

impl Drop for Declared<'_> {
    fn drop(&mut self) {
        let closed = self.fleet(&["hosts", "disconnect"]);
        if !std::thread::panicking() {
            closed.expect_code(0);
        }
    }
}

/// Holds a document against its schema.
#[track_caller]
fn valid(what: &str, run: &Run) -> Value {
    let document = run.json();
    let schema = fleet::report::schema::schema(what).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{document:#}");
    document
}

fn host<'a>(document: &'a Value, name: &str) -> &'a Value {
    document["hosts"].as_array().unwrap().iter().find(|host| host["host"] == name).unwrap()
}

fn codes(host: &Value) -> Vec<&str> {
    host["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

/// A number for `sleep` by which its process is found again.
fn mark(number: u32) -> String {
    format!("8{}.{number:03}", std::process::id())
}

/// Whether a process on any lab host has this word on its command line: they are processes of this machine too.
fn runs(word: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|arg| arg == word.as_bytes())
    })
}

#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(60), "still not so: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// One lab for all, since booting it takes the longest.
#[test]
fn hosts_and_exec() {
    let lab = Rehearsal::boot(&[("hosts.toml", HOSTS)]);
    make_unwell(&lab);
    list(&lab);
    check(&lab);
    exec(&lab);
    exec_ends_what_it_started(&lab);
    let declared = Declared::new(&lab);
    trust(&declared);
    sudo(&declared);
    disconnect(&declared);
    changed_key(&declared);
    one_host_down(&lab);
    assert!(!lab.state().join("journal").exists(), "exec and hosts leave no line in the journal");
}

fn list(lab: &Rehearsal) {
    let listed = lab.fleet(&["hosts", "list", "--json", "-l", "queue"]).expect_code(0);
    let document = valid("hosts", &listed);
    assert_eq!(document["hosts"].as_array().unwrap().len(), 2);
    let freud = host(&document, "freud");
    assert_eq!(
        (&freud["address"], &freud["user"], &freud["sudo"]),
        (&"192.0.2.12".into(), &"deploy".into(), &true.into())
    );
    assert_eq!(freud["groups"], serde_json::json!(["queue"]));
    lab.fleet(&["hosts", "list", "-l", "frits"]).expect_code(2);
    assert!(!lab.directory().join("run/fleet").exists(), "nobody was contacted");
}

fn check(lab: &Rehearsal) {
    let run = lab.fleet(&["hosts", "check", "--json"]).expect_code(0);
    let document = valid("health", &run);
    let (fritz, franz, freud) = (host(&document, "fritz"), host(&document, "franz"), host(&document, "freud"));
    assert_eq!(codes(fritz), ["slow-login", "noisy-login"], "{document:#}");
    assert!(fritz["findings"][1]["message"].as_str().unwrap().contains("Welcome to …"), "{fritz}");
    // On a machine that is busy enough every log-in is slow.
    let idle = |host| codes(host).into_iter().filter(|code| *code != "slow-login").collect::<Vec<_>>();
    assert_eq!(idle(franz), ["own-name"], "{document:#}");
    assert_eq!(franz["failed_units"], serde_json::json!(["backup.service"]));
    assert_eq!(idle(freud), Vec::<&str>::new(), "{document:#}");
    for host in [fritz, franz, freud] {
        assert_eq!((&host["status"], &host["privilege"]), (&"ok".into(), &"root".into()), "{host}");
        assert!(host["latency_ms"].as_u64().unwrap() < 2000, "{host}");
        assert!(host["os"].as_str().unwrap().starts_with("Debian GNU/Linux"), "{host}");
        assert!(host["systemd"].as_str().unwrap().parse::<u32>().unwrap() > 240, "{host}");
        assert!(host["cpus"].as_u64().unwrap() > 0 && host["memory_bytes"].as_u64().unwrap() > 1 << 26, "{host}");
        assert_eq!((&host["disk"]["mount"], &host["shell"]), (&"/".into(), &"/bin/bash".into()), "{host}");
        // The same machine's clock.
        assert!(host["clock_skew_seconds"].as_f64().unwrap().abs() < 0.5, "{host}");
    }
    lab.fleet(&["hosts", "check", "--strict", "-l", "franz"]).expect_code(3);
    lab.fleet(&["hosts", "check", "--facts", "facts.json"]).expect_code(2);
    let table = lab.fleet(&["hosts", "check"]).expect_code(0).stdout;
    assert!(table.contains("own-name: franz") && table.contains("backup.service"), "{table}");

    lab.inside("franz", "mv /usr/bin/systemd-cat /usr/bin/sd-cat; echo cat > /root/.bashrc");
    let run = lab.fleet(&["hosts", "check", "--json", "--timeout", "1", "-l", "franz"]).expect_code(1);
    let document = valid("health", &run);
    let franz = host(&document, "franz");
    assert_eq!((&franz["error"]["code"], codes(franz)), (&"run-timed-out".into(), vec!["eats-stdin"]), "{franz:#}");
    lab.inside("franz", "rm /root/.bashrc");
    let run = lab.fleet(&["hosts", "check", "--json", "-l", "franz"]).expect_code(0);
    assert!(codes(host(&run.json(), "franz")).contains(&"missing-tools"), "{}", run.stdout);
    lab.inside("franz", "mv /usr/bin/sd-cat /usr/bin/systemd-cat");
}

fn exec(lab: &Rehearsal) {
    let run = lab.fleet(&["exec", "--", "sh", "-c", "printf '\\033[31msame\\033[0m\\n'"]).expect_code(0);
    assert!(run.stdout.contains("franz, freud, fritz (3)\nsame\n\n3 hosts"), "{}", run.stdout);
    let odd = "[ $(uname -n) = franz ] && { echo odd >&2; exit 7; }; echo even";
    let run = lab.fleet(&["exec", "--json", "--", "sh", "-c", odd]).expect_code(1);
    let document = valid("exec", &run);
    let franz = host(&document, "franz");
    assert_eq!((&franz["status"], &franz["exit"], &franz["stderr"]), (&"failed".into(), &7.into(), &"odd\n".into()));
    let fritz = host(&document, "fritz");
    // What fritz prints at log-in is no output of the command.
    assert_eq!((&fritz["status"], &fritz["exit"], &fritz["stdout"]), (&"ok".into(), &0.into(), &"even\n".into()));
    assert_eq!(document["counts"], serde_json::json!({"ok": 2, "failed": 1}));

    let words = ["a b", "it's", "$HOME", "", "-n", "*", "`id`", "x\ny", "ü"];
    let run =
        lab.fleet(&[&["exec", "--json", "-l", "freud", "--", "printf", "<%s>"], &words[..]].concat()).expect_code(0);
    assert_eq!(run.json()["hosts"][0]["stdout"], "<a b><it's><$HOME><><-n><*><`id`><x\ny><ü>");

    let run = lab.fleet(&["exec", "--json", "-l", "freud", "--", "no-such-command"]).expect_code(1);
    assert_eq!(run.json()["hosts"][0]["exit"], 127, "{}", run.stdout);
    let run = lab.fleet(&["exec", "--json", "-l", "freud", "--", "sh", "-c", "kill -9 $$"]).expect_code(1);
    assert_eq!(run.json()["hosts"][0]["exit"], 137, "{}", run.stdout);

    // 20 MB of output: bounded here, and both ends of it are there.
    let flood = "echo first; head -c 20000000 /dev/zero | tr '\\0' x; echo; echo last";
    let run = lab.fleet(&["exec", "--json", "-l", "freud", "--", "sh", "-c", flood]).expect_code(0);
    let freud = &run.json()["hosts"][0];
    let stdout = freud["stdout"].as_str().unwrap();
    assert!(stdout.starts_with("first\n") && stdout.ends_with("x\nlast\n") && stdout.len() < 600_000);
    assert!(freud["dropped_bytes"].as_u64().unwrap() > 19_000_000);
    lab.fleet(&["exec", "-l", "nobody", "--", "true"]).expect_code(2);
}

fn exec_ends_what_it_started(lab: &Rehearsal) {
    let (limited, interrupted) = (mark(1), mark(2));
    let script = |mark: &str| format!("(trap '' TERM; sleep {mark}) & echo up; sleep {mark}; wait");
    let started = Instant::now();
    let run = lab
        .fleet(&["exec", "--json", "--timeout", "1", "-l", "freud", "--", "sh", "-c", &script(&limited)])
        .expect_code(1);
    assert!(started.elapsed() < Duration::from_secs(9));
    let freud = &run.json()["hosts"][0];
    assert_eq!((&freud["error"]["code"], &freud["stdout"]), (&"run-timed-out".into(), &"up\n".into()), "{freud}");
    eventually("the time limit ends the command", || !runs(&limited));

    let interrupt = |process: u32| {
        assert!(Command::new("kill").args(["-s", "INT", &process.to_string()]).status().unwrap().success());
    };
    let child = lab
        .command(&["exec", "--json", "--parallel", "1", "-l", "franz, freud", "--", "sh", "-c", &script(&interrupted)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    eventually("the command runs", || runs(&interrupted));
    interrupt(child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(130),
        "{:?} {}",
        output.status.signal(),
        String::from_utf8_lossy(&output.stderr)
    );
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (franz, freud) = (host(&document, "franz"), host(&document, "freud"));
    assert_eq!((&franz["status"], &franz["error"]["code"]), (&"failed".into(), &"interrupted".into()));
    assert_eq!((&freud["status"], &freud["error"]["code"]), (&"skipped".into(), &"interrupted".into()));
    eventually("the interrupt ends the command", || !runs(&interrupted));
}

fn trust(declared: &Declared) {
    // Nobody has looked at the keys yet.
    let run = declared.fleet(&["exec", "--json", "--", "true"]).expect_code(4);
    let document = run.json();
    assert_eq!(
        (&document["hosts"][0]["status"], &document["hosts"][0]["error"]["code"]),
        (&"unreachable".into(), &"host-key-unknown".into())
    );

    let run = declared.fleet(&["hosts", "trust", "--json"]).expect_code(6);
    assert_eq!(valid("error", &run)["error"]["code"], "not-approved");
    assert!(run.stderr.contains("SHA256:"), "{}", run.stderr);
    assert!(!declared.known_hosts().exists());

    let run = declared.fleet(&["hosts", "trust", "--yes", "--json", "fritz, franz"]).expect_code(0);
    let document = valid("trust", &run);
    assert_eq!((&document["recorded"], &document["counts"]), (&true.into(), &serde_json::json!({"changed": 2})));
    let shown = declared.lab.inside("fritz", "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub");
    let fingerprint = shown.split(' ').nth(1).unwrap();
    let keys = host(&document, "fritz")["keys"].as_array().unwrap();
    assert!(keys.iter().any(|key| key["fingerprint"] == fingerprint && key["state"] == "new"), "{document:#}");

    let run = declared.fleet(&["hosts", "trust", "--yes", "--json"]).expect_code(0);
    assert_eq!(run.json()["counts"], serde_json::json!({"ok": 2, "changed": 1}));
    let before = fs::read(declared.known_hosts()).unwrap();
    declared.fleet(&["hosts", "trust", "--json"]).expect_code(0);
    assert_eq!(fs::read(declared.known_hosts()).unwrap(), before);
    declared.fleet(&["hosts", "trust", "-l", "fritz", "franz"]).expect_code(2);

    let lab = declared.lab.fleet(&["hosts", "trust", "--json"]).expect_code(0);
    assert!(lab.stderr.contains("nothing to trust"), "{}", lab.stderr);
    assert_eq!(valid("trust", &lab)["counts"], serde_json::json!({"ok": 3}));
}

fn sudo(declared: &Declared) {
    let run = declared.fleet(&["hosts", "check", "--json", "-l", "freud"]).expect_code(1);
    let document = valid("health", &run);
    let freud = host(&document, "freud");
    assert_eq!(
        (&freud["status"], &freud["privilege"], codes(freud)),
        (&"failed".into(), &"none".into(), vec!["no-sudo"])
    );
    assert!(freud["findings"][0]["hint"].as_str().unwrap().contains(SUDOERS), "{freud:#}");
    assert!(freud["os"].is_string() && freud["disk"].is_object(), "what a plain user can know is there: {freud:#}");

    declared.lab.inside("freud", &format!("echo '{SUDOERS}' > /etc/sudoers.d/fleet; chmod 440 /etc/sudoers.d/fleet"));
    let run = declared.fleet(&["hosts", "check", "--json", "-l", "freud"]).expect_code(0);
    assert_eq!(host(&run.json(), "freud")["privilege"], "sudo", "{}", run.stdout);
    let run = declared.fleet(&["exec", "--json", "-l", "freud", "--", "id", "-un"]).expect_code(0);
    assert_eq!(run.json()["hosts"][0]["stdout"], "root\n");
}

fn disconnect(declared: &Declared) {
    let run = declared.fleet(&["exec", "-l", "fritz, freud", "--", "true"]).expect_code(0);
    assert!(run.stderr.is_empty(), "{}", run.stderr);
    let states = |run: &Run| -> Vec<(String, String)> {
        let document = valid("connections", run);
        let hosts = document["hosts"].as_array().unwrap().iter();
        hosts.map(|it| (it["host"].as_str().unwrap().to_owned(), it["state"].as_str().unwrap().to_owned())).collect()
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(host, state)| ((*host).to_owned(), (*state).to_owned())).collect()
    };
    let one = declared.fleet(&["hosts", "disconnect", "--json", "-l", "fritz"]).expect_code(0);
    assert_eq!(states(&one), pairs(&[("fritz", "closed")]));
    let all = declared.fleet(&["hosts", "disconnect", "--json"]).expect_code(0);
    assert_eq!(states(&all), pairs(&[("franz", "none"), ("freud", "closed"), ("fritz", "none")]));
}

fn changed_key(declared: &Declared) {
    let logins = || declared.lab.inside("fritz", "journalctl -q -u ssh --no-pager | grep -c 'Accepted publickey' || :");
    declared.lab.inside(
        "fritz",
        "rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh",
    );
    let before = (logins(), fs::read(declared.known_hosts()).unwrap());

    let run = declared.fleet(&["exec", "--json", "--", "true"]).expect_code(1);
    let document = valid("exec", &run);
    let fritz = host(&document, "fritz");
    assert_eq!((&fritz["status"], &fritz["error"]["code"]), (&"failed".into(), &"host-key-changed".into()));
    assert_eq!(host(&document, "franz")["status"], "ok");
    let run = declared.fleet(&["hosts", "trust", "--yes", "--json"]).expect_code(1);
    let document = valid("trust", &run);
    let fritz = host(&document, "fritz");
    assert_eq!((&fritz["status"], &fritz["keys"][0]["state"]), (&"failed".into(), &"changed".into()), "{document:#}");
    assert_eq!((logins(), fs::read(declared.known_hosts()).unwrap()), before, "nobody logged in, nothing was recorded");

    declared.fleet(&["hosts", "trust", "--replace", "fritz"]).expect_code(6);
    declared.fleet(&["hosts", "trust", "--replace", "--yes", "fritz"]).expect_code(0);
    declared.fleet(&["exec", "-l", "fritz", "--", "true"]).expect_code(0);
}

fn one_host_down(lab: &Rehearsal) {
    lab.fleet(&["hosts", "disconnect", "-l", "franz"]).expect_code(0);
    common::block_on(lab.lab.kill_host(&fleet::names::HostName::new("franz"))).unwrap();
    let quick = ["--connect-timeout", "2", "--json"];
    let run = lab.fleet(&[&["exec"], &quick[..], &["--", "echo", "here"]].concat()).expect_code(4);
    let document = valid("exec", &run);
    assert_eq!(host(&document, "franz")["status"], "unreachable");
    assert_eq!(document["counts"], serde_json::json!({"ok": 2, "unreachable": 1}));
    let run = lab.fleet(&[&["hosts", "check"], &quick[..]].concat()).expect_code(4);
    assert_eq!(host(&valid("health", &run), "franz")["status"], "unreachable");
    let run = lab.fleet(&[&["exec"], &quick[..], &["--", "false"]].concat()).expect_code(1);
    assert_eq!(run.json()["counts"], serde_json::json!({"failed": 2, "unreachable": 1}));
}
