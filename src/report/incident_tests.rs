//! The draft of a postmortem, and what people and scripts see of incidents.

use super::super::schema::schema;
use super::super::{ApplyReport, Canvas, NotificationReport, notice};
use super::*;
use crate::engine::plan::Author;
use crate::engine::status::{Failure, HostResult, Item, Status};
use crate::journal::incident::samples::{self, EDGES, at, event, of_event, week};
use crate::journal::{Happening, Line, incident};
use crate::names::{HostName, RunId};

fn story(lines: &[Line]) -> Incident {
    incident::all(lines).remove(0)
}

fn draft(lines: &[Line]) -> String {
    let now = at("18T09:12:00");
    IncidentReport::draft(story(lines), now).table(&Canvas { width: 80, color: true })
}

#[test]
fn the_postmortem_of_a_week() {
    insta::assert_snapshot!(draft(&week()));
}

/// As a playbook mends a fleet of eight: three steps in nine waves, queues of 32 processes, 24 workers with an old environment.
fn real_week() -> Vec<Line> {
    let text = include_str!("../../tests/data/incident/week.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_postmortem_of_a_playbook_over_a_fleet() {
    let draft = draft(&real_week());
    insta::assert_snapshot!(draft);
    let appendix = draft.split("## Appendix").nth(1).unwrap();
    assert!(appendix.lines().count() < 150, "{} lines", appendix.lines().count());
}

#[test]
fn the_log_says_what_a_check_saw() {
    let log = super::super::LogReport::of(real_week()).table(&Canvas { width: 80, color: false });
    assert!(log.contains("check: 8 drift\n") && log.contains("check: all as declared\n"), "{log}");
}

#[test]
fn the_postmortem_of_what_has_just_begun() {
    let lines = [event("alice", "16T07:30:00", Happening::Opened, "media fails to load")];
    insta::assert_snapshot!(draft(&lines));
}

#[test]
fn nothing_that_is_said_or_seen_becomes_markup() {
    let hostile = "x\u{1b}[31m | `y` <script>alert(1)</script>\n## Summary\n- [ ] no\n```\n# h";
    let mut lines = week();
    lines.push(event("mal|lory*", "16T07:42:00", Happening::Note, hostile));
    let change = samples::summary("env", "a|b", "/x`y", &[("A\n## B", Some("``\n- x"), Some("<b>"))]);
    let mut run = samples::run("bob", "16T08:42:00", "20261116T084200Z-9999", &change, &[("franz", "failed")]);
    run[1].reason = Some(hostile.to_owned());
    lines.extend(run);
    let text = draft(&lines);
    let plain = draft(&week());
    let headings =
        |text: &str| text.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    let mut expected = headings(&plain);
    expected.insert(expected.len() - 2, "### Run `20261116T084200Z-9999`".to_owned());
    assert_eq!(headings(&text), expected);
    assert!(!text.contains('\u{1b}'));
    let mut fence = None;
    for line in text.lines() {
        let ticks = line.trim_start().chars().take_while(|c| *c == '`').count();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            Some(open) if ticks >= open => fence = None,
            None => assert!(!line.contains("<script>") || line.contains("\\<script>"), "{line}"),
            Some(_) => {}
        }
    }
    assert_eq!(fence, None, "every block ends");
}

#[test]
fn what_scripts_get_is_what_the_schema_says() {
    let valid = |name: &str, document: serde_json::Value| {
        let schema = schema(name).unwrap();
        if let Err(error) = jsonschema::validate(&schema, &document) {
            panic!("{name}: {error}\n{document:#}");
        }
        document
    };
    let all = incident::all(&week());
    let report = serde_json::to_value(IncidentReport::new(all[0].clone(), "x", "y")).unwrap();
    let report = valid("incident", report);
    assert_eq!(report["id"], samples::INCIDENT);
    assert!(report["to_do"].as_array().is_some_and(|list| list.len() > 3), "{report:#}");
    valid("incidents", serde_json::to_value(IncidentsReport::new(all, false, None)).unwrap());
    valid("notification", serde_json::to_value(NotificationReport::new("change", "a", "b", report)).unwrap());
    for line in week() {
        valid("journal", serde_json::to_value(line).unwrap());
    }
}

#[test]
fn which_are_open_and_what_happened_last() {
    let mut lines = week();
    lines.retain(|line| line.about.incident.as_ref().is_none_or(|event| event.event != Happening::Closed));
    let open = IncidentsReport::new(incident::all(&lines), true, Some("fleet incident note \"…\"".to_owned()));
    insta::assert_snapshot!("status", open.table(&Canvas { width: 80, color: false }));
    let list = IncidentsReport::new(incident::all(&week()), false, None);
    insta::assert_snapshot!("list", list.table(&Canvas { width: 80, color: false }));
    let none = IncidentsReport::new(Vec::new(), true, None).table(&Canvas { width: 80, color: false });
    assert_eq!(none, "no incident is open\n");
}

#[test]
fn spans() {
    let from = at("16T07:30:00");
    for (to, words) in [
        ("16T07:30:59", "less than a minute"),
        ("16T08:31:00", "1 h 1 min"),
        ("18T07:30:00", "2 d"),
        ("15T07:30:00", "less than a minute"),
    ] {
        assert_eq!(span(from, at(to)), words);
    }
}

fn applied(hosts: Vec<HostResult>) -> ApplyReport {
    let run = RunId::new("20261116T080500Z-2222");
    ApplyReport::new(Some(run), vec!["cert".to_owned(), "env".to_owned()], 1000, hosts)
}

#[test]
fn a_message_says_it_all_in_one_line() {
    let who = Author { user: "alice".to_owned(), machine: "laptop".to_owned() };
    let item = |status| Item { status, ..samples::item("env", "app", Vec::new(), Vec::new()) };
    let changed = |name: &&str| HostResult::of_items(HostName::new(*name), vec![item(Status::Changed)]);
    let mut hosts: Vec<HostResult> = EDGES.iter().map(changed).collect();
    let more = "fleet log --run 20261116T080500Z-2222";
    let good = applied(hosts.clone());
    assert!(notice::went_well(&good));
    assert_eq!(
        notice::of_run(&who, &good, more, false).text,
        "alice@laptop: cert and env: changed and verified on cdn-[1-4] (4 hosts); run 20261116T080500Z-2222, see `fleet log --run 20261116T080500Z-2222`"
    );
    let failure = Failure::bare("verify-failed", "nginx -t failed\nand printed much");
    hosts.push(HostResult::ended(HostName::new("franz"), Status::RolledBack, failure));
    let bad = applied(hosts);
    assert!(!notice::went_well(&bad));
    let told = notice::of_run(&who, &bad, more, true).text;
    assert!(
        told.starts_with("rehearsal: alice@laptop: cert and env: rolled back on franz (nginx -t failed), "),
        "{told}"
    );
    let loud = notice::of_break_glass(&who, &bad, "all\nis on fire", more, false).text;
    assert!(
        loud.starts_with("BREAK-GLASS: alice@laptop applied cert and env without approval: \"all is on fire\""),
        "{loud}"
    );
    let mut lines = week();
    let closed = notice::of_incident(&story(&lines), "fleet x", false).text;
    assert_eq!(
        closed,
        "alice closed \"media fails to load\" (SEV2) after 1 d 3 h 5 min. What helped: the certificate was renewed, and the env file of franz repaired. See `fleet x`"
    );
    lines.truncate(3);
    let opened = of_event(lines[2].clone(), |event| event.severity = None);
    let opened = notice::of_incident(&story(&[opened]), "fleet x", false).text;
    assert_eq!(opened, "alice opened an incident: \"media fails to load\", since 2026-11-16 06:55 UTC. See `fleet x`");
}

#[test]
fn messages_are_no_markup_of_those_who_get_them() {
    let text = "<!channel> a & b *c* _d_ @everyone `e`";
    let slack = notice::for_slack(text);
    assert_eq!(slack["text"], "&lt;!channel&gt; a &amp; b *c* _d_ @everyone `e`");
    assert_eq!(slack["mrkdwn"], false);
    let discord = notice::for_discord(text);
    assert_eq!(discord["content"], r"\<!channel\> a & b \*c\* \_d\_ \@everyone \`e\`");
    assert_eq!(discord["allowed_mentions"]["parse"], serde_json::json!([]));
    let long = notice::for_discord(&"*".repeat(5000));
    let content = long["content"].as_str().unwrap();
    assert!(content.chars().count() <= 2000 && content.ends_with('…') && !content.contains("**"));
}
