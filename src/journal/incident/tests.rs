//! Stories from lines.

use super::samples::*;
use super::*;
use crate::engine::status::{HostResult, Status};
use crate::names::HostName;

fn story(lines: &[Line]) -> Incident {
    all(lines).into_iter().next().expect("an incident")
}

fn helped_by(story: &Incident, kind: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let of = |found: &Found| {
        let hosts = found.finding.hosts.iter().map(ToString::to_string).collect();
        (hosts, found.helped_by.iter().map(ToString::to_string).collect())
    };
    story.found.iter().filter(|found| found.finding.kind == kind).map(of).collect()
}

#[test]
fn a_week_becomes_a_story() {
    let story = story(&week());
    assert_eq!((story.title.as_str(), story.severity.as_deref()), ("media fails to load", Some("SEV2")));
    assert_eq!(
        (story.began, story.opened, story.closed),
        (at("16T06:55:00"), at("16T07:30:00"), Some(at("17T10:00:00")))
    );
    assert_eq!(story.people, ["alice", "bob", "carol"]);
    let runs: Vec<(&str, Verdict)> = story.runs.iter().map(|run| (&run.run.as_str()[17..], run.verdict)).collect();
    let expected = [
        ("1111", Verdict::RolledBack),
        ("2222", Verdict::Applied),
        ("3333", Verdict::Applied),
        ("4444", Verdict::Applied),
    ];
    assert_eq!(runs, expected, "those before and after it are none of it");
    let what: Vec<&str> = story
        .timeline
        .iter()
        .map(|entry| match &entry.what {
            What::Began => "began",
            What::Opened => "opened",
            What::Note { .. } => "note",
            What::Check { .. } => "check",
            What::Run { .. } => "run",
            What::Closed { .. } => "closed",
        })
        .collect();
    assert_eq!(
        what,
        ["began", "note", "opened", "check", "run", "run", "check", "run", "run", "check", "closed"],
        "{:#?}",
        story.timeline
    );
    assert!(matches!(&story.timeline[3].what, What::Check { times: 3, until, .. } if *until == at("16T07:35:00")));
}

#[test]
fn what_helped_is_the_run_between_the_last_look_that_saw_it_and_the_first_that_did_not() {
    let story = story(&week());
    let edges = EDGES.map(str::to_owned).to_vec();
    assert_eq!(helped_by(&story, "cert"), [(edges, vec!["20261116T080500Z-2222".to_owned()])]);
    let franz = vec!["franz".to_owned()];
    let env = (franz, vec!["20261117T090000Z-3333".to_owned()]);
    assert_eq!(helped_by(&story, "env"), [env.clone(), env]);
    // Workers that start on one host mend a queue that was short on another.
    let hosts = vec!["franz".to_owned(), "freud".to_owned()];
    assert_eq!(helped_by(&story, "queue"), [(hosts, vec!["20261117T093000Z-4444".to_owned()])]);
    assert!(story.found.iter().all(|found| found.clean_at.is_some()));
    assert!(story.last_check.as_ref().is_some_and(|last| last.clean));
    assert_eq!(story.warnings.len(), 1, "a warning is no difference, and stays: {:?}", story.warnings);
}

#[test]
fn what_was_not_looked_at_is_not_gone() {
    let opened = event("alice", "16T07:30:00", Happening::Opened, "x");
    let found = |other: CheckSeen| {
        let first = check("alice", "16T07:31:00", seen(&[("franz", drifted()), ("cdn-1", expired())]));
        story(&[opened.clone(), first, check("alice", "16T07:40:00", other)])
    };
    let gone = |story: &Incident| story.found.iter().filter(|found| found.clean_at.is_some()).count();
    assert_eq!(gone(&found(seen(&[]))), 3);
    let only = |actions: &[&str], hosts: Vec<HostResult>| {
        CheckSeen::of(&actions.iter().map(|&action| action.to_owned()).collect::<Vec<_>>(), &hosts, &[])
    };
    let well = |name: &str| HostResult::of_items(HostName::new(name), Vec::new());
    assert_eq!(gone(&found(only(&["cert"], vec![well("franz"), well("cdn-1")]))), 1, "another action");
    assert_eq!(gone(&found(only(&["cert", "env"], vec![well("cdn-1")]))), 1, "another host");
    assert_eq!(gone(&found(only(&["cert", "env"], vec![unreachable("franz"), unreachable("cdn-1")]))), 0);
    let mut unknown = item("env", "mastodon", Vec::new(), Vec::new());
    unknown.status = Status::Unknown;
    let unknown = HostResult::of_items(HostName::new("franz"), vec![unknown]);
    assert_eq!(gone(&found(only(&["cert", "env"], vec![unknown, well("cdn-1")]))), 1, "unknown is not gone");
    let cut = CheckSeen { more: 1, ..seen(&[]) };
    assert_eq!(gone(&found(cut)), 0, "what was left out may be there");
}

#[test]
fn what_comes_back_is_found_twice() {
    let opened = event("alice", "16T07:30:00", Happening::Opened, "x");
    let there = |time: &str| check("alice", time, seen(&[("cdn-1", expired())]));
    let story = story(&[opened, there("16T07:31:00"), check("bob", "16T07:32:00", seen(&[])), there("16T07:33:00")]);
    let told: Vec<_> = story.found.iter().map(|found| (found.first_seen, found.clean_at)).collect();
    assert_eq!(told, [(at("16T07:31:00"), Some(at("16T07:32:00"))), (at("16T07:33:00"), None)]);
    assert_eq!(story.found[0].helped_by, [], "no run did it");
    assert!(!story.last_check.as_ref().expect("a check").clean);
}

#[test]
fn findings_are_folded_capped_and_short() {
    let many = |host: &str| {
        let differences = (0..300).map(|n| difference(Status::Drift, &format!("K{n:03}"), [None; 3], &"ü".repeat(999)));
        HostResult::of_items(HostName::new(host), vec![item("env", "app", differences.collect(), Vec::new())])
    };
    let seen = CheckSeen::of(&["env".to_owned()], &[many("a"), many("b")], &[]);
    assert_eq!((seen.findings.len(), seen.more, seen.findings[0].hosts.len()), (100, 200, 2));
    assert!(seen.findings.iter().all(|finding| finding.message.chars().count() == 400));
    assert!(!seen.is_clean() && seen.count() == 2);
    let line = serde_json::to_string(&check("alice", "16T07:31:00", seen.clone())).expect("json");
    let read: Line = serde_json::from_str(&line).expect("a line");
    assert_eq!(read.about.incident.and_then(|event| event.check), Some(seen));
}

#[test]
fn several_incidents_and_their_state() {
    let other = |event: Happening, time: &str| {
        of_event(super::samples::event("bob", time, event, "other"), |event| event.incident = RunId::new("other"))
    };
    let mut lines = vec![other(Happening::Opened, "16T01:00:00")];
    lines.extend(
        week()
            .into_iter()
            .filter(|line| line.about.incident.as_ref().is_none_or(|event| event.event != Happening::Closed)),
    );
    assert_eq!(open(&lines), [RunId::new("other"), RunId::new(INCIDENT)]);
    lines.push(other(Happening::Closed, "16T02:00:00"));
    assert_eq!(open(&lines), [RunId::new(INCIDENT)]);
    let all = all(&lines);
    assert_eq!((all.len(), all[0].runs.len(), all[1].closed), (2, 0, None));
    assert_eq!(all[1].runs.last().map(|run| run.run.as_str()), Some("after"), "an open one goes on");
    // Two people close it, and somebody notes something afterwards.
    lines.push(other(Happening::Closed, "16T03:00:00"));
    lines.push(other(Happening::Note, "16T04:00:00"));
    let closed = super::all(&lines)[0].clone();
    assert_eq!(closed.closed, Some(at("16T02:00:00")));
    let notes = closed.timeline.iter().filter(|entry| matches!(entry.what, What::Note { .. })).count();
    assert_eq!(notes, 2);
}

#[test]
fn the_lines_of_hosts_add_what_others_did_and_nothing_twice() {
    let lines = week();
    let alone = story(&lines);
    // Each host tells the same once more, one without the ending, and what somebody else did.
    let mut merged = lines.clone();
    merged.extend(lines.iter().filter(|line| line.host.is_some()).cloned());
    merged.sort_by_key(|line| line.time);
    assert_eq!(story(&merged), alone);
    let mut cut = lines.clone();
    cut.extend(lines.iter().filter(|line| line.host.is_some() && line.outcome.is_none()).cloned());
    assert_eq!(story(&cut).runs, alone.runs);
    let change = summary("env", "mastodon", "/srv/.env", &[("A", None, Some("1"))]);
    merged.extend(run("dave", "16T09:00:00", "20261116T090000Z-5555", &change, &[("fritz", "applied")]));
    let more = story(&merged);
    assert_eq!((more.runs.len(), more.people.len()), (alone.runs.len() + 1, alone.people.len() + 1));
}

#[test]
fn what_is_there_now_is_what_the_last_run_left() {
    let first = summary("env", "app", "/srv/.env", &[("A", Some("0"), Some("1")), ("B", None, Some("x"))]);
    let second = summary("env", "app", "/srv/.env", &[("A", Some("1"), Some("2"))]);
    let third = summary("env", "app", "/srv/.env", &[("A", Some("2"), Some("3")), ("B", Some("x"), None)]);
    let mut lines = vec![event("alice", "16T07:30:00", Happening::Opened, "x")];
    lines.extend(run("alice", "16T08:00:00", "a", &first, &[("h1", "applied"), ("h2", "applied")]));
    lines.extend(run("alice", "16T08:10:00", "b", &second, &[("h2", "applied")]));
    lines.extend(run("alice", "16T08:20:00", "c", &third, &[("h1", "rolled-back"), ("h2", "failed")]));
    let told: Vec<String> = story(&lines)
        .standing
        .iter()
        .map(|it| format!("{}={:?} {} {}", it.subject, it.value.as_deref(), it.hosts.len(), it.run))
        .collect();
    assert_eq!(told, ["A=Some(\"1\") 1 a", "A=Some(\"2\") 1 b", "B=Some(\"x\") 2 a"]);
}

#[test]
fn verdicts() {
    let change = summary("env", "app", "/srv/.env", &[("A", None, Some("1"))]);
    for (ends, verdict) in [
        (&[("a", "applied"), ("b", "applied")][..], Verdict::Applied),
        (&[("a", "applied"), ("b", "rolled-back")], Verdict::Partly),
        (&[("a", "rolled-back"), ("b", "refused")], Verdict::RolledBack),
        (&[("a", "refused")], Verdict::Nothing),
        (&[("a", "applied"), ("b", "unknown")], Verdict::Unknown),
    ] {
        let mut lines = vec![event("alice", "16T07:30:00", Happening::Opened, "x")];
        lines.extend(run("alice", "16T08:00:00", "a.2", &change, ends));
        let story = story(&lines);
        assert_eq!((story.runs[0].verdict, story.runs[0].run.as_str()), (verdict, "a"), "{ends:?}");
    }
    let mut lines = vec![event("alice", "16T07:30:00", Happening::Opened, "x")];
    lines.push(run("alice", "16T08:00:00", "a", &change, &[("a", "applied")]).remove(0));
    assert_eq!(story(&lines).runs[0].verdict, Verdict::Unknown, "no ending");
}
