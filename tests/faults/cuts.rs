//! The run is cut at every step, in every way.

use fleet::engine::transaction::{Confirm, Gate};

use crate::rig::{Case, Site, Variant};

/// Where the run is held: the log's last line, the command, and whether the files are switched by then.
const STEPS: &[(&str, &str)] = &[
    ("phase expect", "readlink *"),
    ("phase stage", "ln *active"),
    ("phase stage", "sync *fleet-recover*"),
    ("step stage 1", "sync *1.new"),
    ("step stage 2", "*"),
    ("step stage 3", "sync -- . .."),
    ("step stage 4", "*"),
    ("step stage 5", "*"),
    ("step stage 6", "*"),
    ("step stage 13", "sync *switching*"),
    ("step stage 8", "mkdir *8.new"),
    ("step stage 8", "sync *8.made*"),
    ("step stage 8", "mv *8.new*"),
    ("step stage 9", "mv *9.new*"),
    ("step stage 9", "sync -- . .."),
    ("step stage 10", "sync *10.new"),
    ("step stage 12", "ln *"),
    ("step stage 13", "sync *13.inode*"),
    ("step switch 1", "mv *"),
    ("step switch 2", "mv *"),
    ("step switch 3", "mv *"),
    ("step switch 4", "mv *"),
    ("step switch 5", "mv *"),
    ("step switch 6", "rm *"),
    ("step switch 10", "mv *"),
    ("step switch 12", "mv *"),
    ("step switch 13", "mv *"),
    ("step switch 13", "sync *"),
    ("step validate 1", "timeout *"),
    ("step activate 1", "systemctl restart*"),
    ("step verify 1", "systemctl *"),
    ("step verify 4", "timeout *"),
    ("confirm *", "sleep *"),
];

const WAYS: &[&str] = &["fleet killed", "link", "KILL main", "TERM", "stop", "power cut"];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &way in WAYS {
        // KILL of all its processes is done before each single command, see recovery.rs; these differ little from it.
        let every = if matches!(way, "KILL main" | "stop") { 3 } else { 1 };
        for &(line, command) in STEPS.iter().skip(every / 2).step_by(every) {
            cases.push(Case::new(format!("{way} at {line} before {command}"), move |site| {
                cut(site, way, line, command);
            }));
        }
    }
    cases
}

fn cut(site: &Site<'_>, way: &str, line: &str, command: &str) {
    // Without a controller nobody answers.
    let timeout_seconds = if way == "fleet killed" { 2 } else { 20 };
    let variant =
        Variant { confirm: Some(Confirm { timeout_seconds, gates: vec![Gate::Reachable] }), ..Variant::default() };
    site.hold(line, command);
    let running = site.start(site.transaction(&variant));
    site.held();
    // From the mark `switching` on, what is undone was begun.
    let switching = site.outside("/var/lib/fleet/active/switching");
    let begun = std::fs::read_link(site.outside("/var/lib/fleet/active"))
        .is_ok_and(|run| site.outside("/var/lib/fleet").join(run).join("switching").exists())
        || switching.exists();
    let undone = if begun { "rolled-back" } else { "refused" };
    match way {
        "fleet killed" => {
            running.kill();
            site.release();
            site.idle();
            // Without a controller there is no verdict; everything before it goes its way.
            site.contact();
            site.whole("rolled-back", "confirm-missing");
        }
        "link" => {
            site.link(false);
            site.release();
            std::thread::sleep(std::time::Duration::from_millis(300));
            site.link(true);
            let came = running.wait(60);
            let host = came.host(site.host);
            assert_eq!(host["status"], "changed", "{host:#}\n{}", came.stderr);
            site.whole("applied", "");
        }
        "power cut" => {
            site.power_cut(|| site.release());
            let came = running.wait(60);
            let host = came.host(site.host);
            let status = if begun { "rolled-back" } else { "failed" };
            assert_eq!(host["status"], status, "{host:#}\n{}", came.stderr);
            site.whole(undone, "");
            assert!(came.seconds < 20.0, "fleet learnt of it after {} s", came.seconds);
        }
        way => {
            let command = match way {
                "KILL main" => "/usr/bin/systemctl kill -s KILL --kill-who=main fleet-transaction",
                "TERM" => "/usr/bin/systemctl kill -s TERM fleet-transaction",
                _ => "/usr/bin/systemctl stop --no-block fleet-transaction",
            };
            site.release_after(command);
            let came = running.wait(60);
            let host = came.host(site.host);
            let status = if begun { "rolled-back" } else { "failed" };
            assert_eq!(host["status"], status, "{host:#}\n{}", came.stderr);
            assert_eq!(came.code, Some(1));
            site.idle();
            site.whole(undone, "killed");
        }
    }
}

impl Site<'_> {
    /// Whoever is held is killed before it goes on.
    fn release_after(&self, command: &str) {
        self.inside(command);
        self.release();
    }
}
