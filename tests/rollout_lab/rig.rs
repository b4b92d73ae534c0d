//! The edges, how a release is rolled out to them, and what they serve.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::common::{Rehearsal, Run};

/// What was there before any rollout.
pub(crate) const BEFORE: &str = "before";

/// One case; it starts with all edges as they were before any rollout.
#[derive(Clone)]
pub(crate) struct Case {
    name: &'static str,
    run: fn(&Rig),
}

impl Case {
    pub(crate) fn new(name: &'static str, run: fn(&Rig)) -> Self {
        Self { name, run }
    }
}

pub(crate) struct Rig {
    pub(crate) fleet: Rehearsal,
}

impl Rig {
    pub(crate) fn boot() -> Self {
        let fleet = Rehearsal::boot(&[
            ("hosts.toml", include_str!("lab/hosts.toml")),
            ("setup", include_str!("lab/setup")),
            ("media.conf.j2", include_str!("lab/media.conf.j2")),
            ("../playbooks/media.toml", include_str!("lab/media.toml")),
        ]);
        Self { fleet }
    }

    /// All cases that `FLEET_ROLLOUTS` (`word|word`) names; all failures are told at the end.
    pub(crate) fn run_all(&self, mut cases: Vec<Case>) {
        if let Ok(word) = std::env::var("FLEET_ROLLOUTS") {
            cases.retain(|case| word.split('|').any(|word| case.name.contains(word)));
        }
        let total = cases.len();
        let mut failures = Vec::new();
        for case in cases {
            let start = Instant::now();
            let done = catch_unwind(AssertUnwindSafe(|| {
                self.reset();
                (case.run)(self);
            }));
            #[expect(clippy::print_stderr, reason = "where the time goes")]
            {
                let word = if done.is_ok() { "ok" } else { "FAILED" };
                eprintln!("{:6.2} s  {word}  {}", start.elapsed().as_secs_f64(), case.name);
            }
            if let Err(panic) = done {
                let text = panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()))
                    .unwrap_or_default();
                failures.push(format!("### {}\n{text}", case.name));
            }
        }
        assert!(failures.is_empty(), "{} of {total} cases failed:\n{}", failures.len(), failures.join("\n"));
    }

    fn reset(&self) {
        for host in hosts() {
            let script = std::fs::read_to_string(self.fleet.inventory().join("setup")).unwrap();
            let more = "rm -f /etc/nginx/conf.d/more.conf /srv/www/down; rm -rf /etc/systemd/system/nginx.service.d; systemctl daemon-reload; systemctl reset-failed; systemctl reload-or-restart nginx";
            self.fleet.inside(&host, &format!("{script}\n{more}"));
        }
    }

    /// Rolls a release out, with further words.
    pub(crate) fn roll_out(&self, release: &str, more: &[&str]) -> Run {
        self.fleet.fleet(&rollout(release, more).iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The same, beside the test.
    pub(crate) fn start(&self, release: &str, more: &[&str]) -> Child {
        let words = rollout(release, more);
        let mut command = self.fleet.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// What each edge serves on new connections, as seen on the host itself.
    pub(crate) fn served(&self) -> BTreeMap<String, String> {
        hosts().into_iter().map(|host| (host.clone(), self.served_by(&host))).collect()
    }

    pub(crate) fn served_by(&self, host: &str) -> String {
        let request = r"exec 3<>/dev/tcp/127.0.0.1/80; printf 'GET /release HTTP/1.0\r\n\r\n' >&3; tail -n 1 <&3";
        self.fleet.inside(host, &format!("bash -c {}", shell_words::quote(request))).trim().to_owned()
    }

    /// The hosts that serve it.
    pub(crate) fn serving(&self, release: &str) -> Vec<String> {
        self.served().into_iter().filter(|(_, served)| served == release).map(|(host, _)| host).collect()
    }

    /// Whether an edge is not well, as its gate sees it.
    pub(crate) fn set_down(&self, host: &str, down: bool) {
        let (from, to) = if down { ("health", "down") } else { ("down", "health") };
        self.fleet.inside(host, &format!("mv /srv/www/{from} /srv/www/{to}"));
    }
}

/// All edges.
pub(crate) fn hosts() -> Vec<String> {
    (1..=8).map(|number| format!("edge{number}")).collect()
}

fn rollout(release: &str, more: &[&str]) -> Vec<String> {
    let set = format!("release={release}");
    let words = ["apply", "media", "--yes", "--json", "--set", &set].into_iter().chain(more.iter().copied());
    words.map(str::to_owned).collect()
}

/// The run that a report tells of.
pub(crate) fn run_of(report: &Value) -> String {
    report["run"].as_str().unwrap_or_else(|| panic!("{report:#}")).to_owned()
}

/// The hosts of a part of a run's course.
pub(crate) fn part(report: &Value, name: &str) -> Vec<String> {
    let hosts = report["course"][name].as_array().cloned().unwrap_or_default();
    hosts.iter().map(|host| host.as_str().unwrap().to_owned()).collect()
}
