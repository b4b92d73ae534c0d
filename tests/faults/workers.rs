//! Workers that are asked to end their work before they are stopped, and plans that rest on which of them run.

use fleet::engine::transaction::{Command, ExpectRunning, Idle, Transaction, UnitOperation, Verify};
use fleet::names::UnitName;

use crate::rig::{Case, Site, summary};

const KILL: &str = "/usr/bin/systemctl kill -s KILL fleet-transaction";

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("workers end their work before they are stopped", |site| {
            begin(site, "1 2");
            site.inside("touch /run/workers/1.busy");
            site.hold("step activate 2", "sleep *");
            let running = site.start(ending(&["1", "2"], 30));
            site.held();
            assert_eq!(titles(site), ["worker 1 [1 of 5 busy] quiet", "worker 2 [0 of 5 busy] quiet"]);
            site.inside("rm /run/workers/1.busy");
            site.release();
            let came = running.wait(60);
            assert_eq!(came.host(site.host)["status"], "changed", "{}", came.stdout);
            assert!(!came.stderr.contains("still had work"), "{}", came.stderr);
            assert_eq!(log(site), ["1 gives back 0", "1 starts", "2 gives back 0", "2 starts"]);
            end(site);
        }),
        Case::new("a worker that is not idle in time is stopped all the same", |site| {
            begin(site, "1 2");
            site.inside("touch /run/workers/2.busy");
            let came = site.start(ending(&["1", "2"], 1)).wait(60);
            assert_eq!(came.host(site.host)["status"], "changed", "{}", came.stdout);
            let told = format!("{}: worker@2.service still had work after 1 s", site.host);
            assert!(came.stderr.contains(&told), "{}", came.stderr);
            assert_eq!(came.stderr.matches("still had work").count(), 1, "{}", came.stderr);
            assert_eq!(log(site), ["1 gives back 0", "1 starts", "2 gives back 1", "2 starts"]);
            end(site);
        }),
        Case::new("workers that a command tells of, and that a reload quiets", |site| {
            begin(site, "1 2 3");
            site.inside("touch /run/workers/1.busy /run/workers/2.busy /run/workers/3.busy");
            let idle = |name: &str| {
                let argv = ["test", "!", "-e", &format!("/run/workers/{name}.busy")].map(str::to_owned).to_vec();
                Idle::Command(Command { argv, timeout_seconds: 5 })
            };
            let drain = |name: &str| UnitOperation::Drain { unit: unit(name), idle: idle(name), seconds: 30 };
            let quiet = |name: &str| UnitOperation::Quiet { unit: unit(name), signal: None };
            let names = ["1", "2", "3"];
            let units = names.map(quiet).into_iter().chain(names.map(drain)).collect();
            site.hold("step activate 2", "sleep *");
            let running = site.start(transaction(units));
            site.held();
            assert!(titles(site).iter().all(|title| title.ends_with("[1 of 5 busy] quiet")), "{:?}", titles(site));
            // One ends by itself, two have no work any more.
            site.inside("systemctl kill -s KILL worker@3; rm /run/workers/1.busy /run/workers/2.busy");
            site.release();
            let came = running.wait(60);
            assert_eq!(came.host(site.host)["status"], "changed", "{}", came.stdout);
            assert!(!came.stderr.contains("still had work"), "{}", came.stderr);
            end(site);
        }),
        Case::new("KILL in the middle of a drain", |site| {
            begin(site, "1 2");
            site.inside("touch /run/workers/1.busy /run/workers/2.busy");
            site.hold("step activate 2", "sleep *");
            let running = site.start(ending(&["1", "2"], 30));
            site.held();
            assert!(titles(site).iter().all(|title| title.ends_with("quiet")), "{:?}", titles(site));
            site.inside(KILL);
            site.release();
            let came = running.wait(60);
            assert_eq!(came.host(site.host)["status"], "rolled-back", "{}", came.stdout);
            undone(site, &["1 gives back 1", "1 starts", "1 starts", "2 gives back 1", "2 starts", "2 starts"]);
        }),
        Case::new("KILL before a stop, after the drain", |site| {
            begin(site, "1 2");
            site.hold("step activate 3", "systemctl stop*");
            let running = site.start(ending(&["1", "2"], 30));
            site.held();
            site.inside(KILL);
            site.release();
            let came = running.wait(60);
            assert_eq!(came.host(site.host)["status"], "rolled-back", "{}", came.stdout);
            undone(site, &["1 gives back 0", "1 starts", "1 starts", "2 gives back 0", "2 starts", "2 starts"]);
        }),
        Case::new("the recovery of a drain is killed too", |site| {
            begin(site, "1 2");
            site.inside("touch /run/workers/1.busy");
            site.hold("step activate 2", "sleep *");
            let running = site.start(ending(&["1", "2"], 30));
            site.held();
            site.hold("phase undo", "systemctl restart*");
            site.inside("/usr/bin/systemctl kill -s KILL --kill-who=main fleet-transaction");
            site.held();
            site.inside(KILL);
            site.release();
            let came = running.wait(60);
            assert_eq!(came.host(site.host)["status"], "rolled-back", "{}", came.stdout);
            undone(site, &["1 gives back 1", "1 starts", "1 starts", "2 gives back 0", "2 starts", "2 starts"]);
        }),
        Case::new("stopped workers run again where the verification fails", |site| {
            begin(site, "1 2");
            let failing = Command { argv: vec!["/bin/false".to_owned()], timeout_seconds: 5 };
            // Two that did not run: they are asked for nothing, and are not started by the way back.
            let plan = Transaction { verify: vec![Verify::Command(failing)], ..ending(&["1", "2", "3", "4"], 30) };
            let came = site.start(plan).wait(60);
            assert_eq!(came.host(site.host)["status"], "rolled-back", "{}", came.stdout);
            undone(site, &["1 gives back 0", "1 starts", "1 starts", "2 gives back 0", "2 starts", "2 starts"]);
        }),
        Case::new("a signal that nobody knows", |site| {
            begin(site, "1");
            let quiet = UnitOperation::Quiet { unit: unit("1"), signal: Some("NOSUCH".to_owned()) };
            let came = site.start(transaction(vec![quiet])).wait(60);
            let host = came.host(site.host);
            assert_eq!(
                (&host["status"], &host["error"]["code"]),
                (&"rolled-back".into(), &"quiet-failed".into()),
                "{host:#}"
            );
            assert!(host["error"]["message"].as_str().unwrap().contains("NOSUCH"), "{host:#}");
            undone(site, &["1 gives back 0", "1 starts", "1 starts"]);
        }),
        Case::new("a worker that crashes all the time is asked for nothing", |site| {
            let crashing = "/run/systemd/system/worker@crash.service.d";
            site.inside(&format!(
                "mkdir -p {crashing}; printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/false\\nRestart=always\\nRestartSec=1h\\n' >{crashing}/crash.conf; /usr/bin/systemctl daemon-reload"
            ));
            begin(site, "1");
            site.inside("/usr/bin/systemctl start --no-block worker@crash; until [ \"$(/usr/bin/systemctl show -p SubState --value worker@crash)\" = auto-restart ]; do /usr/bin/sleep 0.05; done");
            let came = site.start(ending(&["1", "crash"], 30)).wait(60);
            assert_eq!(came.host(site.host)["status"], "changed", "{}", came.stdout);
            assert_eq!(site.inside("/usr/bin/systemctl is-active worker@crash || :").trim(), "inactive");
            site.inside(&format!("rm -r {crashing}; /usr/bin/systemctl daemon-reload"));
            end(site);
        }),
        Case::new("others run than when the plan was made", |site| {
            begin(site, "1 2");
            for (expected, words) in [
                (vec!["1", "2"], None),
                (vec!["1"], Some(" also worker@2.service")),
                (vec!["1", "2", "3", "4"], Some(" no longer worker@3.service worker@4.service")),
                (vec!["2", "3"], Some(" also worker@1.service, no longer worker@3.service")),
                (vec![], Some(" also worker@1.service worker@2.service")),
            ] {
                let rests = |pattern: &str, units: &[&str]| ExpectRunning {
                    pattern: pattern.to_owned(),
                    units: units.iter().map(|name| unit(name)).collect(),
                };
                let running = vec![rests("nothing-like-it@*.service", &[]), rests("worker@*.service", &expected)];
                let came = site.start(Transaction { running, ..transaction(Vec::new()) }).wait(60);
                let host = came.host(site.host);
                let Some(words) = words else {
                    assert_eq!(host["status"], "changed", "{host:#}");
                    continue;
                };
                assert_eq!(
                    (&host["status"], &host["error"]["code"]),
                    (&"failed".into(), &"host-changed".into()),
                    "{host:#}"
                );
                let message = host["error"]["message"].as_str().unwrap();
                assert!(message.contains("worker@*.service") && message.ends_with(words), "{message}");
            }
            assert_eq!(log(site), ["1 starts", "2 starts"]);
            end(site);
        }),
    ]
}

fn unit(name: &str) -> UnitName {
    UnitName::new(format!("worker@{name}.service"))
}

pub(crate) fn transaction(units: Vec<UnitOperation>) -> Transaction {
    Transaction { units, lease_seconds: 60, summary: vec![summary()], ..Transaction::default() }
}

/// Quiets, drains and stops these.
fn ending(names: &[&str], seconds: u32) -> Transaction {
    let idle = |name: &str| Idle::Title(format!("^worker {name} \\[0 of [0-9]* busy\\] quiet"));
    let quiets = names.iter().map(|name| UnitOperation::Quiet { unit: unit(name), signal: Some("TSTP".to_owned()) });
    let drains = names.iter().map(|name| UnitOperation::Drain { unit: unit(name), idle: idle(name), seconds });
    let stops = names.iter().map(|name| UnitOperation::Stop(unit(name)));
    transaction(quiets.chain(drains).chain(stops).collect())
}

/// Starts these, alone.
pub(crate) fn begin(site: &Site<'_>, names: &str) {
    site.inside(&format!(
        "/usr/bin/systemctl stop 'worker@*'; rm -rf /run/workers; for it in {names}; do /usr/bin/systemctl start worker@$it; done; \
         for it in {names}; do until grep -q \"worker $it\" /proc/$(/usr/bin/systemctl show -p MainPID --value worker@$it)/cmdline; do /usr/bin/sleep 0.05; done; done"
    ));
}

/// What the workers' processes say of themselves, sorted.
fn titles(site: &Site<'_>) -> Vec<String> {
    let shown = site.inside("for pid in $(pgrep '^worker '); do tr '\\0' '\\n' </proc/$pid/cmdline | head -n 1; done");
    let mut titles: Vec<String> = shown.lines().map(|line| line.trim().to_owned()).collect();
    titles.sort();
    titles
}

/// What they did, sorted.
fn log(site: &Site<'_>) -> Vec<String> {
    let mut lines: Vec<String> = site.inside("cat /run/workers/log").lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// All run as before, asked for nothing, each started anew but once, and nothing is left of the run.
#[track_caller]
fn undone(site: &Site<'_>, wanted: &[&str]) {
    site.idle();
    // A worker that was just started has yet to tell.
    site.inside("/usr/bin/sleep 0.3");
    assert_eq!(log(site), wanted);
    let titles = titles(site);
    assert!(!titles.is_empty() && titles.iter().all(|title| title.ends_with("busy]")), "{titles:?}");
    let running = site.inside("/usr/bin/systemctl list-units --plain --no-legend --state=active 'worker@*' | wc -l");
    assert_eq!(running.trim(), titles.len().to_string());
    end(site);
}

#[track_caller]
fn end(site: &Site<'_>) {
    site.idle();
    assert_eq!(site.state().get("left"), "");
    site.inside("/usr/bin/systemctl stop 'worker@*'; rm -rf /run/workers");
}
