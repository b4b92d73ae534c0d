//! A private key is in its store and in its place on each host, and nowhere else: no log, journal, plan or argument.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::rig::{Case, HOSTS, Rig};

pub(crate) fn cases() -> Vec<Case> {
    vec![Case::new("a key is found nowhere else", nowhere_else)]
}

/// What only somebody who knows the key can have: its secret number in base64, as two lines of PEM hold it.
pub(crate) fn needles(pem: &str) -> Vec<String> {
    let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with('-')).collect();
    // PKCS #8 of P-256: 36 bytes that all such keys share, then the number of 32 bytes.
    vec![lines[0][48..64].to_owned(), lines[1][..24].to_owned()]
}

fn nowhere_else(rig: &Rig) {
    let plan = rig.cert(&["plan", "--out", "plan.json"]).expect_code(3);
    let over = AtomicBool::new(false);
    let (run, told) = std::thread::scope(|scope| {
        let sampler = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            while !over.load(Ordering::Relaxed) {
                sample(&mut seen);
            }
            seen
        });
        let run = rig.cert(&["apply", "--yes", "-vv", "--json"]);
        over.store(true, Ordering::Relaxed);
        (run, sampler.join().unwrap())
    });
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);

    let store = rig.fleet.state().join("certs/media");
    let version = std::fs::read_dir(&store).unwrap().flatten().find(|entry| entry.path().is_dir()).unwrap().path();
    let kept = version.join("privkey.pem");
    let key = std::fs::read_to_string(&kept).unwrap();
    let tsig = std::fs::read_to_string(rig.fleet.inventory().join("tsig")).unwrap();
    let mut secrets = needles(&key);
    secrets.push(tsig.trim().to_owned());
    let none = |what: &str, text: &str| {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "a secret in {what}");
        }
    };
    none("the plan", &plan.stdout);
    for (what, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
        none(what, text);
    }

    // The sampler saw both ends: fleet itself, and what it started on a host.
    assert!(told.iter().any(|line| line.contains("cert apply")), "fleet itself");
    assert!(told.iter().any(|line| line.contains("/var/lib/fleet")), "the executor on a host");
    none("an argument", &told.into_iter().collect::<Vec<_>>().join("\n"));

    // Everything that was written here and there.
    let here = holders(rig.fleet.directory(), &secrets);
    assert_eq!(
        here,
        BTreeSet::from([
            kept.clone(),
            rig.fleet.inventory().join("tsig"),
            rig.fleet.inventory().join("lab/net/etc/bind/fleet.key")
        ])
    );
    assert_eq!(mode(&kept), 0o600);
    assert_eq!(mode(&version), 0o700);
    for host in HOSTS {
        let root = rig.outside(host, "/");
        let found: BTreeSet<PathBuf> = ["etc", "var", "run", "tmp", "root", "srv", "home", "opt", "usr/local"]
            .iter()
            .flat_map(|part| holders(&root.join(part), &secrets))
            .collect();
        assert_eq!(found.len(), 1, "{host}: {found:?}");
        let path = found.first().unwrap();
        assert!(
            path.ends_with("privkey.pem") && path.starts_with(root.join("etc/ssl/fleet/media/versions")),
            "{}",
            path.display()
        );
        assert_eq!(mode(path), 0o600);
        let journal = rig.fleet.inside(host, "journalctl -o export --all");
        assert!(journal.contains("fleet"), "the journal of {host} tells of fleet");
        none("a journal", &journal);
        let shared = rig.fleet.inside(host, "grep -rl 'PRIVATE KEY' /run /tmp /dev/shm 2>/dev/null; :");
        assert_eq!(shared, "", "{host}");
    }
}

pub(crate) fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The arguments and environments of all processes of this machine, those of its rehearsal hosts among them.
fn sample(seen: &mut BTreeSet<String>) {
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        for part in ["cmdline", "environ"] {
            if let Ok(bytes) = std::fs::read(process.path().join(part)) {
                let text = String::from_utf8_lossy(&bytes).replace('\0', " ");
                if !seen.contains(&text) {
                    seen.insert(text);
                }
            }
        }
    }
}

/// The regular files at or below a directory that hold one of the texts.
pub(crate) fn holders(directory: &Path, texts: &[String]) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let Ok(entries) = std::fs::read_dir(directory) else {
        return found;
    };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            found.extend(holders(&entry.path(), texts));
        } else if kind.is_file() && entry.metadata().is_ok_and(|metadata| metadata.len() < 64 << 20) {
            let Ok(bytes) = std::fs::read(entry.path()) else { continue };
            if texts.iter().any(|text| bytes.windows(text.len()).any(|window| window == text.as_bytes())) {
                found.insert(entry.path());
            }
        }
    }
    found
}
