//! Secrets: planned, changed, applied, and looked for everywhere.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fleet::actions::env::document::{Document, Format};

use crate::common::Rehearsal;
use crate::example::*;

pub fn secrets_stay_secret(fleet: &Rehearsal) {
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
