//! A host that is a directory: the script runs in it as it does on hosts, with commands that print what is in
//! `tests/data/discover`.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::{SignedDuration, Timestamp};

use super::{PROBE, SCRIPT};
use crate::engine::fact::Fact;
use crate::engine::probe::HostFacts;
use crate::names::HostName;
use crate::x509::PrivateKey;
use crate::x509::minted::{Authority, Minted};

/// The shells that hosts have.
pub(super) const SHELLS: [&[&str]; 3] = [&["dash"], &["bash", "--posix"], &["busybox", "sh"]];

/// When the tests look: the midnight that [`Authority::mint`] starts from, and 10 days.
pub(super) fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap() + SignedDuration::from_hours(24 * 10)
}

/// Days from [`now`] on.
pub(super) fn in_days(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

pub(super) struct Rig {
    directory: tempfile::TempDir,
}

impl Rig {
    /// A host without any service.
    pub(super) fn new() -> Self {
        let rig = Self { directory: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(rig.root()).unwrap();
        std::fs::create_dir(rig.directory.path().join("bin")).unwrap();
        rig
    }

    pub(super) fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    pub(super) fn file(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let file = self.at(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, bytes).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        self
    }

    pub(super) fn data(&self, path: &str, name: &str) -> &Self {
        self.file(path, std::fs::read(data(name)).unwrap())
    }

    pub(super) fn link(&self, path: &str, target: &str) -> &Self {
        let link = self.at(path);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, link).unwrap();
        self
    }

    pub(super) fn mode(&self, path: &str, mode: u32) -> &Self {
        std::fs::set_permissions(self.at(path), std::fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    /// A command that the script finds before the machine's own.
    pub(super) fn command(&self, name: &str, script: &str) -> &Self {
        let file = self.directory.path().join("bin").join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// A chain and its key in two files.
    pub(super) fn pair(&self, chain: &str, key: &str, minted: &Minted) -> &Self {
        self.file(chain, minted.chain.to_pem()).file(key, pem_of(&minted.key))
    }

    /// A lineage of certbot at a version.
    pub(super) fn lineage(&self, name: &str, version: u32, minted: &Minted) -> &Self {
        let archive = format!("/etc/letsencrypt/archive/{name}");
        self.pair(&format!("{archive}/fullchain{version}.pem"), &format!("{archive}/privkey{version}.pem"), minted);
        for what in ["fullchain", "privkey"] {
            let link = format!("/etc/letsencrypt/live/{name}/{what}.pem");
            drop(std::fs::remove_file(self.at(&link)));
            self.link(&link, &format!("../../archive/{name}/{what}{version}.pem"));
        }
        self
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root().join(path.trim_start_matches('/'))
    }

    /// What the script prints under a shell.
    pub(super) fn run(&self, shell: &[&str]) -> String {
        let path = std::env::var("PATH").unwrap();
        let root = self.root().display().to_string();
        // As observe.rs has it: in a function, in one compound command.
        let script = format!("{{\nscript_0() {{\n{SCRIPT}\nfleet_discover '{root}'\n}}\nscript_0\nexit\n}}\n");
        let file = self.directory.path().join("script");
        std::fs::write(&file, script).unwrap();
        let output = Command::new(shell[0])
            .args(&shell[1..])
            .arg(&file)
            .env_clear()
            .env("PATH", format!("{}:{path}", self.directory.path().join("bin").display()))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{shell:?}");
        assert!(output.status.success(), "{shell:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        // What this machine listens at is not the test's.
        text.split_inclusive('\n').filter(|line| !line.starts_with("listening\t")).collect()
    }

    /// The same under every shell.
    pub(super) fn answer(&self) -> String {
        let mut answers = SHELLS.map(|shell| self.run(shell)).into_iter();
        let first = answers.next().unwrap();
        for other in answers {
            similar(&first, &other);
        }
        first
    }
}

#[track_caller]
fn similar(one: &str, other: &str) {
    for (one, other) in one.lines().zip(other.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(one.len(), other.len());
}

/// Facts as the engine would have them.
pub(super) fn facts(answers: &[(&str, &str)]) -> BTreeMap<HostName, HostFacts> {
    let facts = |text: &str| {
        let mut facts = HostFacts::default();
        facts.scripts.insert(PROBE.to_owned(), Fact::Known(text.to_owned()));
        facts
    };
    answers.iter().map(|(host, text)| (HostName::new(*host), facts(text))).collect()
}

pub(super) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/discover").join(name)
}

pub(super) fn pem_of(key: &PrivateKey) -> String {
    key.to_pem().expose_str().unwrap().to_owned()
}

/// Its longest line: a piece of it that no output may hold.
pub(super) fn core_of(key: &PrivateKey) -> String {
    pem_of(key).lines().filter(|line| !line.starts_with('-')).max_by_key(|line| line.len()).unwrap().to_owned()
}

pub(super) fn authority() -> Authority {
    Authority::root("Test root").intermediate("Test CA")
}
