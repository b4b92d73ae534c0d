//! The passwords of the database and of Redis: used all the time, and seen by nobody.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::rig::{Case, HOSTS, Rig};

pub(crate) fn cases() -> Vec<Case> {
    vec![Case::small("passwords are in no command line, output, journal or file", secrets)]
}

fn secrets(rig: &Rig) {
    let file = "/home/mastodon/live/.env.production";
    let passwords: Vec<String> = ["DB_PASS", "REDIS_PASSWORD"]
        .map(|key| rig.fleet.inside("nietzsche", &format!("sed -n -e 's/^{key}=//p' {file}")).trim().to_owned())
        .to_vec();
    assert!(passwords.iter().all(|password| password.len() > 10));
    for host in HOSTS {
        rig.fleet.inside(host, "touch /var/tmp/before");
    }
    let (done, mut argv, mut runs) = (AtomicBool::new(false), BTreeSet::new(), Vec::new());
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                // The hosts' processes are this machine's, too.
                for process in std::fs::read_dir("/proc").unwrap().flatten() {
                    seen.insert(std::fs::read(process.path().join("cmdline")).unwrap_or_default());
                }
                std::thread::sleep(Duration::from_millis(3));
            }
            seen
        });
        for arguments in [
            &["check", "-v", "--save-facts", "facts.json"][..],
            &["check", "--json"],
            &["plan", "--json", "--out", "plan.json"],
            &["plan", "--facts", "facts.json"],
            &["apply", "--yes", "-v"],
            &["adopt", "--out", "adopted.toml"],
        ] {
            if arguments[0] == "adopt" {
                // As on the first day.
                std::fs::remove_file(rig.fleet.inventory().join("queues.toml")).unwrap();
            }
            runs.push((arguments, rig.queue(arguments)));
        }
        done.store(true, Ordering::Relaxed);
        argv = watcher.join().unwrap();
    });
    let mut said = Vec::new();
    for (arguments, run) in runs {
        assert!(matches!(run.code, Some(0 | 3)), "{arguments:?}\n{}\n{}", run.stdout, run.stderr);
        said.extend([run.stdout, run.stderr]);
    }
    let argv: Vec<String> = argv.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    assert!(argv.iter().any(|line| line.contains("redis-cli")), "the search works");
    let mut places = vec![rig.fleet.directory().join(".fleet")];
    places.extend(["facts.json", "plan.json", "adopted.toml", "run"].map(|name| rig.fleet.directory().join(name)));
    let mut files = Vec::new();
    while let Some(place) = places.pop() {
        if place.is_dir() {
            places.extend(std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(bytes) = std::fs::read(&place) {
            files.push((place, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    assert!(files.len() > 3);
    for password in &passwords {
        assert!(argv.iter().all(|line| !line.contains(password)), "a password was in a command line");
        assert!(said.iter().all(|text| !text.contains(password)), "a password was told");
        for (path, text) in &files {
            assert!(!text.contains(password), "{}", path.display());
        }
        for host in HOSTS {
            let found = rig.fleet.inside(
                host,
                &format!(
                    "journalctl --sync; {{ journalctl -o cat; find /var/lib/fleet -type f -exec cat {{}} +; \
                     find / -xdev -type f -perm -o=r -newer /var/tmp/before ! -path '/proc/*' ! -path '/sys/*' -exec cat {{}} +; }} \
                     2>/dev/null | grep -a -c '{password}' || :"
                ),
            );
            assert_eq!(found.trim(), "0", "{host}");
        }
    }
}
