//! The example fleet, broken as it once was, with two people who approve.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::common::{Rehearsal, Run};

const BY_HAND: &str =
    "sed -i -e 's/^S3_ENABLED=.*/S3_ENABLED=FALSE/' -e 's/^S3_BUCKET=/3_BUCKET=/' /home/mastodon/live/.env.production";

pub(crate) struct Rig {
    pub(crate) fleet: Rehearsal,
}

impl Rig {
    pub(crate) fn boot() -> Self {
        let mut files = BTreeMap::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        collect(&root.join("inventory"), &root.join("inventory"), &mut files);
        let mut playbooks = BTreeMap::new();
        collect(&root.join("playbooks"), &root.join("playbooks"), &mut playbooks);
        files.extend(playbooks.into_iter().map(|(path, text)| (format!("../playbooks/{path}"), text)));
        let approval = "[approval]\nallowed_signers = \"allowed_signers\"\n\
                        [approval.rules.production]\nneeded = 2\n";
        files.insert("approval.toml".to_owned(), approval.to_owned());
        let keys = tempfile::tempdir().unwrap();
        let mut signers = String::new();
        for name in ["alice", "bob"] {
            let file = keys.path().join(name);
            let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&file).status();
            assert!(made.unwrap().success());
            signers += &format!("{name}@example.org {}", fs::read_to_string(file.with_extension("pub")).unwrap());
        }
        files.insert("allowed_signers".to_owned(), signers);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let fleet = Rehearsal::boot(&files);
        for name in ["alice", "bob"] {
            for name in [name.to_owned(), format!("{name}.pub")] {
                fs::copy(keys.path().join(&name), fleet.directory().join(&name)).unwrap();
            }
        }
        let script = fleet.inventory().join("lab/rehearsal-secret");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        Self { fleet }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.fleet.directory().join(name)
    }

    /// As a person of that name.
    pub(crate) fn as_user(&self, name: &str, arguments: &[&str]) -> Run {
        Run::of(&self.fleet.command(arguments).env("USER", name).env("LOGNAME", name).output().unwrap())
    }

    /// Two hosts are edited by hand; the certificate has expired and the workers drown since the hosts were booted.
    pub(crate) fn break_it(&self) {
        for host in ["cdn-fremont-1", "franz"] {
            self.fleet.inside(host, BY_HAND);
        }
    }

    /// Plans it, lets both approve, and applies it.
    pub(crate) fn with_approval(&self, words: &[&str]) -> Value {
        let _ = fs::remove_file(self.path("next.json"));
        self.as_user("bob", &[words, &["--out", "next.json"]].concat()).expect_code(3);
        for name in ["alice", "bob"] {
            self.as_user(name, &["approve", "next.json", "--yes", "--key", name]).expect_code(0);
        }
        self.as_user("bob", &["apply", "next.json", "--yes", "--json"]).expect_code(0).json()
    }

    /// Whether each edge presents a certificate that is valid now, as seen on the edge itself.
    pub(crate) fn serves_a_valid_certificate(&self) -> bool {
        let look = "openssl s_client -connect 127.0.0.1:443 -servername media.example.org </dev/null 2>/dev/null | openssl x509 -noout -checkend 0";
        ["cdn-frankfurt-1", "cdn-fremont-1", "sally", "esme", "fritz"]
            .iter()
            .all(|host| self.fleet.try_inside(host, look).status.success())
    }

    /// How many workers of each kind run.
    pub(crate) fn workers(&self) -> BTreeMap<String, usize> {
        let mut workers = BTreeMap::new();
        for host in ["franz", "freud", "nietzsche"] {
            let units = self
                .fleet
                .inside(host, "systemctl list-units --plain --no-legend --state=active 'mastodon-sidekiq-*@*.service'");
            for unit in units.lines().filter_map(|line| line.split_whitespace().next()) {
                let kind = unit.trim_start_matches("mastodon-sidekiq-").split('@').next().unwrap();
                *workers.entry(kind.to_owned()).or_insert(0) += 1;
            }
        }
        workers
    }

    /// No secret stands in anything that fleet wrote here, nor in what it keeps in words on the hosts.
    pub(crate) fn secrets_are_nowhere(&self) {
        let seed =
            fs::read_to_string(self.fleet.inventory().join("lab/mastodon/home/mastodon/live/.env.production")).unwrap();
        let secrets: Vec<&str> = ["SECRET_KEY_BASE=", "DB_PASS=", "REDIS_PASSWORD="]
            .iter()
            .filter_map(|name| seed.lines().find_map(|line| line.strip_prefix(name)))
            .collect();
        assert!(secrets.len() >= 2, "{seed}");
        let mut written = BTreeMap::new();
        collect_bytes(&self.fleet.state(), &mut written);
        for name in ["plan.json", "next.json", "postmortem.md"] {
            written.insert(name.to_owned(), fs::read(self.path(name)).unwrap());
        }
        for (file, bytes) in &written {
            let text = String::from_utf8_lossy(bytes);
            for secret in &secrets {
                assert!(!text.contains(secret), "{file} holds a secret");
            }
        }
        for host in ["franz", "esme", "nietzsche"] {
            for secret in &secrets {
                let secret = shell_words::quote(secret);
                let open = format!(
                    "grep -r -l -F -e {secret} /var/lib/fleet/journal /var/lib/fleet/runs/*/record 2>/dev/null; journalctl -o cat | grep -c -F -e {secret}; :"
                );
                let found = self.fleet.inside(host, &open);
                assert_eq!(found.trim(), "0", "{host}");
                let modes =
                    self.fleet.inside(host, "find /var/lib/fleet -name '*.tree' -prune -o -perm /077 ! -type l -print");
                assert_eq!(modes.trim(), "", "{host}: open to others");
            }
        }
    }
}

/// The run that a report tells of.
pub(crate) fn run_of(report: &Value) -> String {
    report["run"].as_str().unwrap_or_else(|| panic!("{report:#}")).to_owned()
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

fn collect_bytes(directory: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_bytes(&path, files);
        } else if path.is_file() {
            files.insert(path.display().to_string(), fs::read(&path).unwrap());
        }
    }
}
