//! The example fleet as the tests use it, and how they read what fleet says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::common::{Rehearsal, Run};

pub const APP: &str = "/home/mastodon/live/.env.production";
pub const MEDIA: &str = "/etc/default/mastodon-media";
pub const ALL: [&str; 8] =
    ["cdn-frankfurt-1", "cdn-fremont-1", "esme", "franz", "freud", "fritz", "nietzsche", "sally"];
/// Breaks the two hosts as in the incident.
pub const INCIDENT: &str = "sed -i -e 's/^S3_ENABLED=.*/S3_ENABLED=FALSE/' -e 's/^S3_BUCKET=/3_BUCKET=/' ";

/// The example inventory, with what the tests need beside it on each host, and with a few workers where it has many: they are
/// restarted again and again.
pub fn boot() -> Rehearsal {
    let mut files = BTreeMap::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory");
    collect(&source, &source, &mut files);
    // One line in the journal for each exec.
    let more = [
        ("lab/mastodon/etc/ssh/sshd_config.d/verbose.conf", "LogLevel VERBOSE\n"),
        (
            "lab/queue/etc/mastodon/workers",
            "franz default 1\nfranz ingress 1\nfreud default 1\nfreud ingress 1\nnietzsche default 1\nnietzsche ingress 1\n",
        ),
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

pub fn collect(root: &Path, directory: &Path, files: &mut BTreeMap<String, String>) {
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

pub fn seed(fleet: &Rehearsal) -> std::path::PathBuf {
    fleet.inventory().join("lab/mastodon").join(&APP[1..])
}

pub fn file(fleet: &Rehearsal, host: &str, path: &str) -> String {
    fleet.inside(host, &format!("cat {path}"))
}

/// Runs with another text in a file of the inventory, and puts the old one back.
pub fn with_inventory<T>(fleet: &Rehearsal, from: &str, to: &str, work: impl FnOnce() -> T) -> T {
    let path = fleet.inventory().join("env.toml");
    let before = fs::read_to_string(&path).unwrap();
    assert!(before.contains(from), "{from}");
    fs::write(&path, before.replacen(from, to, 1)).unwrap();
    let result = work();
    fs::write(&path, before).unwrap();
    result
}

pub fn hosts(json: &Value) -> BTreeMap<String, Value> {
    let hosts = json["hosts"].as_array().unwrap();
    hosts.iter().map(|host| (host["host"].as_str().unwrap().to_owned(), host.clone())).collect()
}

pub fn statuses(run: &Run) -> BTreeMap<String, String> {
    hosts(&run.json()).into_iter().map(|(host, it)| (host, it["status"].as_str().unwrap().to_owned())).collect()
}

pub fn with_status(run: &Run, status: &str) -> Vec<String> {
    statuses(run).into_iter().filter(|(_, it)| it == status).map(|(host, _)| host).collect()
}

/// `host subject` of all differences or warnings.
pub fn subjects(run: &Run, what: &str) -> BTreeSet<String> {
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

pub fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The values of the fleet's two declared secrets, and of two that only look so.
pub fn fleet_secrets(fleet: &Rehearsal) -> Vec<String> {
    let seed = fs::read_to_string(fleet.directory().join("secrets")).unwrap();
    let names = ["SECRET_KEY_BASE=", "DB_PASS=", "SMTP_PASSWORD=", "OTP_SECRET="];
    names.map(|name| seed.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned()).to_vec()
}

/// Ends the open connections, so that the next run has to connect anew.
pub fn disconnect(fleet: &Rehearsal) {
    fleet.fleet(&["hosts", "disconnect"]).expect_code(0);
}
