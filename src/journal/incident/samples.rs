//! An invented week: certificates have expired on the edges, an env file has drifted, queues are out of balance; one rollout
//! is rolled back, one goes without approval.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::{About, Happening, IncidentEvent, Line, SCHEMA};
use super::{ACTION, CheckSeen, NOTED};
use crate::engine::plan::{Author, InventoryStamp};
use crate::engine::run::GateSeen;
use crate::engine::status::{Difference, Failure, HostResult, Item, Status, Warning};
use crate::engine::transaction::{DiffLine, ItemSummary};
use crate::names::{HostName, RunId};

pub(crate) const EDGES: [&str; 4] = ["cdn-1", "cdn-2", "cdn-3", "cdn-4"];
pub(crate) const CORE: [&str; 3] = ["franz", "freud", "fritz"];
pub(crate) const INCIDENT: &str = "20261116T073000Z-0a0a";

pub(crate) fn at(text: &str) -> Timestamp {
    format!("2026-11-{text}Z").parse().unwrap()
}

pub(crate) fn line(who: &str, time: &str, run: &str) -> Line {
    Line {
        schema: SCHEMA.to_owned(),
        time: at(time),
        run: RunId::new(run),
        who: Author { user: who.to_owned(), machine: "laptop".to_owned() },
        inventory: InventoryStamp { commit: Some("4f2c1d9".to_owned()), dirty: false },
        actions: vec![ACTION.to_owned()],
        plan: String::new(),
        host: None,
        changes: Vec::new(),
        outcome: Some(NOTED.to_owned()),
        reason: None,
        about: About::default(),
    }
}

pub(crate) fn event(who: &str, time: &str, event: Happening, text: &str) -> Line {
    let event = IncidentEvent::new(RunId::new(INCIDENT), event, text);
    let run = if event.event == Happening::Opened { INCIDENT.to_owned() } else { format!("run-at-{time}") };
    Line { about: About { incident: Some(event), ..About::default() }, ..line(who, time, &run) }
}

pub(crate) fn of_event(mut line: Line, change: impl FnOnce(&mut IncidentEvent)) -> Line {
    if let Some(event) = &mut line.about.incident {
        change(event);
    }
    line
}

pub(crate) fn check(who: &str, time: &str, seen: CheckSeen) -> Line {
    of_event(event(who, time, Happening::Check, ""), |event| event.check = Some(seen))
}

pub(crate) fn difference(status: Status, subject: &str, truths: [Option<&str>; 3], message: &str) -> Difference {
    let [declared, on_disk, live] = truths.map(|truth| truth.map(str::to_owned));
    let (subject, message) = (subject.to_owned(), message.to_owned());
    Difference { subject, status, declared, on_disk, live, message, repairable: true }
}

pub(crate) fn item(kind: &str, id: &str, differences: Vec<Difference>, warnings: Vec<Warning>) -> Item {
    let status = differences.iter().map(|difference| difference.status).max().unwrap_or(Status::Ok);
    Item { kind: kind.to_owned(), id: id.to_owned(), status, differences, warnings, error: None }
}

/// What a check sees: the items of some hosts, the others being as declared.
pub(crate) fn seen(found: &[(&str, Item)]) -> CheckSeen {
    let mut hosts: BTreeMap<&str, Vec<Item>> = BTreeMap::new();
    for host in EDGES.iter().chain(&CORE) {
        hosts.entry(host).or_default();
    }
    for (host, item) in found {
        hosts.entry(host).or_default().push(item.clone());
    }
    let hosts: Vec<HostResult> =
        hosts.into_iter().map(|(host, items)| HostResult::of_items(HostName::new(host), items)).collect();
    CheckSeen::of(&["cert", "env", "queue"].map(str::to_owned), &hosts, &[])
}

pub(crate) fn expired() -> Item {
    let sentence = "the certificate expired on 2026-11-15 at 23:59 UTC";
    item("cert", "media", vec![difference(Status::Drift, "expired", [None, None, Some("03a1")], sentence)], Vec::new())
}

pub(crate) fn drifted() -> Item {
    let truths = [Some("true"), Some("FALSE"), None];
    let enabled = difference(Status::Drift, "S3_ENABLED", truths, "S3_ENABLED is not as declared (env.toml:15:14)");
    let secret = [Some("k3f9a:9f3a1c27d0e4"), Some("k3f9a:07be55a91f2d"), None];
    let secret = difference(Status::Drift, "AWS_SECRET_ACCESS_KEY", secret, "the secret on disk is another one");
    let warning = Warning {
        code: "near-miss".to_owned(),
        subject: "3_BUCKET".to_owned(),
        message: "unknown key, one edit from S3_BUCKET".to_owned(),
    };
    item("env", "mastodon", vec![enabled, secret], vec![warning])
}

pub(crate) fn unbalanced() -> Item {
    let short = difference(Status::Drift, "ingress", [Some("32"), None, Some("12")], "12 of 32 wanted serve ingress");
    item("queue", "ingress", vec![short], Vec::new())
}

pub(crate) fn summary(kind: &str, id: &str, place: &str, diff: &[(&str, Option<&str>, Option<&str>)]) -> ItemSummary {
    let diff = diff.iter().map(|(subject, before, after)| DiffLine {
        subject: (*subject).to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    });
    ItemSummary {
        kind: kind.to_owned(),
        id: id.to_owned(),
        place: place.to_owned(),
        diff: diff.collect(),
        operations: Vec::new(),
    }
}

/// A run on these hosts, of which each has one minute to its end: the line before and the line after.
pub(crate) fn run(who: &str, time: &str, name: &str, change: &ItemSummary, ends: &[(&str, &str)]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (host, outcome) in ends {
        let begun = Line {
            actions: vec![change.kind.clone()],
            plan: format!("{:0<64}", "9f3a1c"),
            host: Some(HostName::new(*host)),
            changes: vec![change.clone()],
            outcome: None,
            ..line(who, time, name)
        };
        let later = begun.time + jiff::SignedDuration::from_secs(70);
        let ended = Line { time: later, outcome: Some((*outcome).to_owned()), ..begun.clone() };
        lines.extend([begun, ended]);
    }
    lines
}

/// The whole week.
pub(crate) fn week() -> Vec<Line> {
    let mut lines = Vec::new();
    let edges = |ends: &str| EDGES.map(|edge| (edge, ends.to_owned()));
    let certificate = summary(
        "cert",
        "media",
        "/etc/ssl/fleet/media",
        &[
            ("certificate", Some("03a1, until 2026-11-15"), Some("04b2, until 2027-02-14")),
            ("current", Some("versions/03a1"), Some("versions/04b2")),
        ],
    );
    lines.extend(run("mallory", "14T10:00:00", "before", &certificate, &[("cdn-1", "applied")]));
    lines.push(of_event(event("alice", "16T07:30:00", Happening::Opened, "media fails to load"), |event| {
        event.at = Some(at("16T06:55:00"));
        event.severity = Some("SEV2".to_owned());
    }));
    let mut first: Vec<(&str, Item)> = EDGES.map(|edge| (edge, expired())).to_vec();
    first.extend([("franz", drifted()), ("freud", unbalanced()), ("franz", unbalanced())]);
    for minute in [33, 34, 35] {
        lines.push(check("alice", &format!("16T07:{minute}:00"), seen(&first)));
    }
    let note = "users in the EU report broken images\nGET /media/1.png 526\nGET /media/2.png 526";
    lines
        .push(of_event(event("bob", "16T07:41:00", Happening::Note, note), |event| event.at = Some(at("16T07:20:00"))));

    // The first rollout dies at its canary.
    let mut ends = vec![("cdn-1", "rolled-back")];
    let mut cut = run("alice", "16T07:50:00", "20261116T075000Z-1111", &certificate, &ends);
    cut[1].reason =
        Some("verify-failed: nginx -t: cannot load certificate \"fullchain.pem\" | no such file".to_owned());
    lines.extend(cut);
    // The second one goes.
    ends = EDGES.map(|edge| (edge, "applied")).to_vec();
    let mut order = line("alice", "16T08:05:00", "20261116T080500Z-2222");
    order.actions = vec!["cert".to_owned()];
    order.outcome = Some("applied".to_owned());
    order.changes = vec![summary("cert", "media", "letsencrypt", &[])];
    order.changes[0].operations = vec!["ordered from Let's Encrypt; valid until 2027-02-14".to_owned()];
    lines.push(order);
    let mut renewed = run("alice", "16T08:05:30", "20261116T080500Z-2222", &certificate, &ends);
    let mut whole = Line { host: None, changes: Vec::new(), outcome: Some("applied".to_owned()), ..renewed[1].clone() };
    whole.about.gates = vec![GateSeen {
        wave: "canary".to_owned(),
        gate: "see from here that https://media.example.org/health answers [200]".to_owned(),
        good: true,
        saw: "200 in 34 ms".to_owned(),
        tries: 2,
        duration_ms: 2_040,
    }];
    renewed.push(whole);
    lines.extend(renewed);
    assert_eq!(edges("applied").len(), EDGES.len());
    let second = [("franz", drifted()), ("freud", unbalanced()), ("franz", unbalanced())];
    lines.push(check("alice", "16T08:10:00", seen(&second)));

    // In a hurry: without the second person.
    let env = summary(
        "env",
        "mastodon",
        "/home/mastodon/live/.env.production",
        &[
            ("OTHER_1", Some("a"), Some("b")),
            ("OTHER_2", Some("a"), Some("b")),
            ("OTHER_3", None, Some("b")),
            ("OTHER_4", Some("a"), None),
            ("S3_ENABLED", Some("FALSE"), Some("true")),
            ("AWS_SECRET_ACCESS_KEY", Some("k3f9a:07be55a91f2d"), Some("k3f9a:9f3a1c27d0e4")),
        ],
    );
    let mut hurried = run("bob", "17T09:00:00", "20261117T090000Z-3333", &env, &[("franz", "applied")]);
    for line in &mut hurried {
        line.about.break_glass = Some("alice sleeps, and posting is down".to_owned());
        line.inventory.dirty = true;
    }
    lines.extend(hurried);
    let queue =
        summary("queue", "ingress", "/etc/systemd/system", &[("sidekiq-ingress@7", None, Some("enabled, running"))]);
    let mut balanced =
        run("carol", "17T09:30:00", "20261117T093000Z-4444", &queue, &[("freud", "applied"), ("fritz", "applied")]);
    for line in &mut balanced {
        line.about.playbook = Some("rebalance-queues".to_owned());
        line.about.approved_by = vec!["alice@example.org".to_owned(), "bob@example.org".to_owned()];
    }
    lines.extend(balanced);
    let mut third = drifted();
    third.differences.clear();
    third.status = Status::Ok;
    lines.push(check("carol", "17T09:40:00", seen(&[("franz", third)])));
    lines.push(of_event(
        event(
            "alice",
            "17T10:00:00",
            Happening::Closed,
            "the certificate was renewed, and the env file of franz repaired",
        ),
        |_| {},
    ));
    lines.extend(run("mallory", "18T10:00:00", "after", &certificate, &[("cdn-1", "applied")]));
    lines
}

/// A host that does not answer.
pub(crate) fn unreachable(name: &str) -> HostResult {
    let failure = Failure::bare("timed-out", "no answer within 10 s");
    HostResult::ended(HostName::new(name), Status::Unreachable, failure)
}
