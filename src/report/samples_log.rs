//! A week of a journal.

use jiff::Timestamp;

use super::log::{AskedHost, LogReport};
use super::samples::host;
use super::{RunReport, VerifyReport};
use crate::engine::plan::{Author, InventoryStamp};
use crate::engine::run::GateSeen;
use crate::engine::status::{Failure, Status};
use crate::engine::transaction::{DiffLine, ItemSummary};
use crate::journal::verify::{Finding, Verdict};
use crate::journal::{About, Happening, IncidentEvent, Line, SCHEMA};
use crate::names::RunId;

const RUN: &str = "20261121T202449Z-3f9a";

fn item(place: &str) -> ItemSummary {
    let line = |subject: &str, before: Option<&str>, after: Option<&str>| DiffLine {
        subject: subject.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    ItemSummary {
        kind: "env".to_owned(),
        id: "mastodon".to_owned(),
        place: place.to_owned(),
        diff: vec![
            line("S3_ENABLED", Some("FALSE"), Some("true")),
            line("AWS_SECRET_ACCESS_KEY", Some("k3f9a:07be55a91f2d"), Some("k3f9a:9f3a1c27d0e4")),
        ],
        operations: vec!["restart mastodon-web.service".to_owned()],
    }
}

fn line(second: i64, run: &str, name: Option<&str>, outcome: Option<&str>, wave: Option<&str>) -> Line {
    Line {
        schema: SCHEMA.to_owned(),
        time: Timestamp::from_second(1_795_292_689 + second).unwrap_or_default(),
        run: RunId::new(run),
        who: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
        inventory: InventoryStamp { commit: Some("4b825dc642cb6eb9a060e54bf8d69288fbee4904".to_owned()), dirty: true },
        actions: vec!["env".to_owned()],
        plan: "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab".to_owned(),
        host: name.map(host),
        changes: name.map(|_| item("/home/mastodon/live/.env.production")).into_iter().collect(),
        outcome: outcome.map(str::to_owned),
        reason: None,
        about: About {
            from: Some("192.0.2.7".to_owned()),
            playbook: Some("repair-env".to_owned()),
            approved_by: vec!["bob@example.org".to_owned(), "carol@example.org".to_owned()],
            wave: wave.map(str::to_owned),
            step: wave.map(|_| "repair".to_owned()),
            ..About::default()
        },
    }
}

fn gate(good: bool, saw: &str, tries: u32) -> GateSeen {
    let (wave, gate) =
        if good { ("canary", "https://media.example.org/health") } else { ("rest", "web: 5xx below 1 %") };
    let (wave, gate, saw) = (wave.to_owned(), gate.to_owned(), saw.to_owned());
    GateSeen { wave, gate, good, saw, tries, duration_ms: 1_240 }
}

/// A run in two waves whose second gate was not good, an emergency, and what was said of an incident.
pub(super) fn lines() -> Vec<Line> {
    let second = format!("{RUN}.2");
    let gates = |line: Line, gate| Line { about: About { gates: vec![gate], ..line.about.clone() }, ..line };
    let glass = |line: Line| Line {
        who: Author { user: "bob".to_owned(), machine: "desk".to_owned() },
        about: About {
            break_glass: Some("media is down, and nobody else is awake".to_owned()),
            continues: Some(RunId::new(RUN)),
            ..About::default()
        },
        ..line
    };
    let event = |second, event, text: &str| {
        let incident = IncidentEvent::new(RunId::new("20261121T202000Z-77aa"), event, text);
        let about = About { incident: Some(incident), ..About::default() };
        Line {
            actions: Vec::new(),
            plan: String::new(),
            about,
            ..line(second, "20261121T202000Z-77aa", None, None, None)
        }
    };
    let why = "validate-failed: nginx -t failed: unexpected end of file in /etc/nginx/nginx.conf:12";
    vec![
        event(-289, Happening::Opened, "media fails to load"),
        line(0, RUN, Some("fritz"), None, Some("canary")),
        line(4, RUN, Some("fritz"), Some("applied"), Some("canary")),
        gates(line(6, RUN, None, None, None), gate(true, "200 in 35 ms (95th percentile)", 1)),
        line(7, &second, Some("franz"), None, Some("rest")),
        line(7, &second, Some("freud"), None, Some("rest")),
        line(7, &second, Some("sally"), None, Some("rest")),
        line(10, &second, Some("freud"), Some("applied"), Some("rest")),
        Line { reason: Some(why.to_owned()), ..line(11, &second, Some("franz"), Some("rolled-back"), Some("rest")) },
        gates(line(14, RUN, None, None, None), gate(false, "4.2 % in the last minute", 3)),
        Line {
            reason: Some("gate-failed: the gate after \"rest\" is not good".to_owned()),
            about: About { duration_ms: Some(14_730), ..line(0, RUN, None, None, None).about },
            ..line(15, RUN, None, Some("failed"), None)
        },
        event(100, Happening::Note, "only franz is left; its nginx.conf was edited by hand"),
        glass(line(200, "20261121T202809Z-c01d", Some("franz"), None, None)),
        glass(line(203, "20261121T202809Z-c01d", Some("franz"), Some("applied"), None)),
    ]
}

fn asked() -> Vec<AskedHost> {
    let fine = |name: &str| AskedHost {
        host: host(name),
        status: Status::Ok,
        lines: 12,
        clock_ms: None,
        problems: Vec::new(),
        error: None,
    };
    vec![
        fine("franz"),
        AskedHost { clock_ms: Some(-63_200), ..fine("freud") },
        AskedHost {
            status: Status::Unknown,
            problems: vec!["line 7: the line before it was changed, or lines between them are gone".to_owned()],
            ..fine("fritz")
        },
        AskedHost {
            status: Status::Unreachable,
            lines: 0,
            error: Some(Failure::new(
                "timed-out",
                "sally: no answer in time while connecting",
                "check that the host is up",
            )),
            ..fine("sally")
        },
    ]
}

/// Of the local journal alone.
pub(super) fn log() -> LogReport {
    let mut report = LogReport::of(lines());
    report.older = 3;
    report
}

/// With what the hosts keep.
pub(super) fn log_from_hosts() -> LogReport {
    let mut report = LogReport::of(lines());
    report.newer = [("fleet/journal/v9".to_owned(), 2)].into();
    (report.hosts, report.unreadable) = (asked(), 1);
    report
}

/// The run in two waves.
pub(super) fn run() -> RunReport {
    let mut runs = LogReport::of(lines()).runs;
    runs.retain(|run| run.run.as_str() == RUN);
    let next = vec![format!("fleet resume {RUN}"), format!("fleet undo {RUN}")];
    RunReport::new(runs.remove(0), Vec::new(), next)
}

/// A journal that was changed.
pub(super) fn verified() -> VerifyReport {
    let finding = |code, problem, line, name: Option<&str>, message: &str| Finding {
        code,
        problem,
        line,
        host: name.map(host),
        message: message.to_owned(),
    };
    let edited = "it was changed after it was written: line 18 was chained to other bytes";
    let torn = "it was cut when it was written, by a crash or a full disk; the next line says so";
    let findings = vec![finding("edited", true, Some(17), None, edited), finding("torn", false, Some(40), None, torn)];
    let more = "fritz has a line of this journal that is not in it, number 91 of the chain (run 20261121T202449Z-3f9a)";
    let verdict = Verdict { lines: 90, chained: 77, unchained: 12, newer: 0, findings };
    VerifyReport::new(verdict, vec![finding("host-has-more", true, None, Some("fritz"), more)], asked())
}

/// One that nobody touched.
pub(super) fn verified_sound() -> VerifyReport {
    VerifyReport::new(Verdict { lines: 90, chained: 90, ..Verdict::default() }, Vec::new(), Vec::new())
}
