//! `fleet log`: the journal as it is, torn, empty or tampered with, and what of it is asked for.

use fleet::engine::plan::{Author, InventoryStamp};
use fleet::engine::status::Status;
use fleet::journal::incident::CheckSeen;
use fleet::journal::{About, Happening, IncidentEvent, Journal, Line, SCHEMA, StateDir};
use fleet::names::{HostName, RunId};
use serde_json::Value;

use crate::place::Place;

/// A journal line as the first version wrote it.
fn line(run: &str, time: &str, who: &str, host: &str, outcome: &str) -> String {
    format!(
        r#"{{"schema":"fleet/journal/v1","time":"{time}","run":"{run}","who":{{"user":"{who}","machine":"laptop"}},"inventory":{{"dirty":false}},"actions":["env"],"plan":"00","host":"{host}","changes":[],"outcome":"{outcome}"}}
"#
    )
}

fn runs(place: &Place, arguments: &[&str]) -> Vec<String> {
    let words = [&["log", "--json"], arguments].concat();
    let run = place.fleet(&words);
    assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.stderr);
    let report = run.document("log");
    report["runs"].as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect()
}

/// Writes chained lines, as `run host outcome time`.
fn write(place: &Place, lines: &[(&str, &str, Option<&str>, &str)]) {
    let journal = journal(place);
    for (run, host, outcome, time) in lines {
        journal.note(&chained(run, host, *outcome, time)).unwrap();
    }
}

fn journal(place: &Place) -> Journal {
    Journal::of(&StateDir::beside(&place.path("inventory")).unwrap())
}

fn chained(run: &str, host: &str, outcome: Option<&str>, time: &str) -> Line {
    Line {
        schema: SCHEMA.to_owned(),
        time: time.parse().unwrap(),
        run: RunId::new(run),
        who: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
        inventory: InventoryStamp::default(),
        actions: vec!["env".to_owned()],
        plan: "00".to_owned(),
        host: Some(HostName::new(host)),
        changes: Vec::new(),
        outcome: outcome.map(str::to_owned),
        reason: None,
        about: About::default(),
    }
}

const FIRST: &str = "20261121T202449Z-3f9a";
const SECOND: &str = "20261121T210000Z-77aa";

#[test]
fn runs_are_told_by_host_person_and_time() {
    let place = Place::whole();
    assert_eq!(runs(&place, &[]), [""; 0]);
    let text = line("a", "2026-11-20T10:00:00Z", "alice", "fritz", "applied")
        + "{\"torn\n"
        + &line("b", "2026-11-21T10:00:00Z", "bob", "franz", "rolled-back");
    place.write(".fleet/journal/journal.jsonl", text.as_bytes());
    assert_eq!(runs(&place, &[]), ["a", "b"]);
    assert_eq!(runs(&place, &["--who", "alice"]), ["a"]);
    assert_eq!(runs(&place, &["--who", "bob@laptop"]), ["b"]);
    assert_eq!(runs(&place, &["--who", "bob@desk"]), [""; 0]);
    assert_eq!(runs(&place, &["--host", "franz"]), ["b"]);
    assert_eq!(runs(&place, &["--host", "franz", "--host", "fritz"]), ["a", "b"]);
    assert_eq!(runs(&place, &["-l", "web"]), ["a"]);
    assert_eq!(runs(&place, &["--since", "2026-11-21"]), ["b"]);
    assert_eq!(runs(&place, &["--since", "2026-11-20T10:00:01Z"]), ["b"]);
    assert_eq!(runs(&place, &["--until", "2026-11-21"]), ["a"]);
    assert_eq!(runs(&place, &["--run", "a"]), ["a"]);
    assert_eq!(runs(&place, &["--action", "cert"]), [""; 0]);
    assert_eq!(runs(&place, &["--last", "1"]), ["b"]);
    let shown = place.fleet(&["log"]);
    for word in
        ["alice@laptop", "2026-11-20 10:00:00 UTC", "applied: fritz", "rolled-back: franz", "1 line that cannot"]
    {
        assert!(shown.stdout.contains(word), "{word} is not in\n{}", shown.stdout);
    }
    place.refused(&["log", "--since", "yesterday-ish"], "usage");
    place.refused(&["log", "--who", "alice", "verify"], "usage");
}

#[test]
fn an_incident_is_told_with_what_happened_while_it_was_open() {
    let place = Place::whole();
    write(&place, &[("a", "fritz", Some("applied"), "2026-11-20T10:00:00Z")]);
    let event = |event, time: &str| {
        let incident = IncidentEvent::new(RunId::new("i"), event, "media fails to load");
        let about = About { incident: Some(incident), ..About::default() };
        journal(&place)
            .note(&Line { host: None, actions: Vec::new(), about, ..chained("i", "x", None, time) })
            .unwrap();
    };
    event(Happening::Opened, "2026-11-20T10:01:00Z");
    write(&place, &[("b", "fritz", Some("applied"), "2026-11-20T10:02:00Z")]);
    let seen = CheckSeen {
        actions: vec!["cert".to_owned()],
        hosts: [(Status::Drift, [HostName::new("fritz")].into())].into(),
        findings: Vec::new(),
        more: 0,
    };
    let incident = IncidentEvent { check: Some(seen), ..IncidentEvent::new(RunId::new("i"), Happening::Check, "") };
    let about = About { incident: Some(incident), ..About::default() };
    journal(&place)
        .note(&Line { host: None, about, ..chained("i-check", "x", Some("noted"), "2026-11-20T10:02:30Z") })
        .unwrap();
    event(Happening::Closed, "2026-11-20T10:03:00Z");
    write(&place, &[("c", "fritz", Some("applied"), "2026-11-20T10:04:00Z")]);
    assert_eq!(runs(&place, &["--incident", "i"]), ["i", "b", "i-check"]);
    // What a check saw is told with its incident, and stands among no runs elsewhere.
    assert_eq!(runs(&place, &[]), ["a", "i", "b", "c"]);
    let shown = place.fleet(&["log", "--incident", "i"]).stdout;
    assert!(shown.contains("opened: media fails to load") && shown.contains("closed: "), "{shown}");
    assert!(shown.contains("check: 1 drift"), "{shown}");
}

#[test]
fn one_run_is_shown_by_the_beginning_of_its_name() {
    let place = Place::whole();
    let second = format!("{FIRST}.2");
    write(
        &place,
        &[
            (FIRST, "fritz", None, "2026-11-21T20:24:49Z"),
            (FIRST, "fritz", Some("applied"), "2026-11-21T20:24:52Z"),
            (&second, "franz", None, "2026-11-21T20:24:53Z"),
            (&second, "franz", Some("rolled-back"), "2026-11-21T20:24:55Z"),
            (SECOND, "freud", Some("applied"), "2026-11-21T21:00:00Z"),
        ],
    );
    for words in [
        vec!["log", "show", FIRST],
        vec!["log", "show", &FIRST[..11]],
        vec!["show", FIRST],
        vec!["show", &FIRST[..11]],
        vec!["show", &second],
    ] {
        let run = place.fleet(&[&words[..], &["--json"]].concat());
        assert_eq!(run.code, Some(0), "{words:?}: {}", run.stderr);
        let document = run.document("run");
        assert_eq!(document["run"]["run"], FIRST, "{words:?}");
        assert_eq!(document["run"]["hosts"][1]["wave"], 2);
        assert_eq!(document["run"]["hosts"][1]["duration_ms"], 2_000);
        assert_eq!(document["next"][0], format!("fleet undo {FIRST}"));
    }
    let shown = place.fleet(&["show", FIRST]).stdout;
    for word in ["alice@laptop", "wave 1", "applied: fritz, 3.0 s", "wave 2", "rolled-back: franz", "next: fleet undo"]
    {
        assert!(shown.contains(word), "{word} is not in\n{shown}");
    }
    let markdown = place.fleet(&["log", "show", FIRST, "--markdown"]).stdout;
    assert!(markdown.starts_with(&format!("## Run `{FIRST}`\n")), "{markdown}");
    let markdown = place.fleet(&["log", "--markdown"]).stdout;
    assert!(
        markdown.starts_with("| When (UTC) | Who |") && markdown.contains("applied: fritz; rolled-back: franz"),
        "{markdown}"
    );
    // What can be carried on is kept with the run.
    place.write(&format!(".fleet/runs/{FIRST}.json"), b"{}");
    let document = place.fleet(&["--json", "show", FIRST]).document("run");
    assert_eq!(document["next"][0], format!("fleet resume {FIRST}"));
    let refused = place.refused(&["log", "show", "20261121T"], "ambiguous-run");
    assert!(refused.stderr.contains(SECOND), "{}", refused.stderr);
    place.refused(&["log", "show", "20251121T"], "unknown-run");
    place.refused(&["show", "20251121T000000Z-0000"], "unknown-run");
    assert_eq!(place.fleet(&["log", "show", FIRST, "--markdown", "--json"]).code, Some(2));
}

fn verified(place: &Place, code: i32) -> Value {
    let run = place.fleet(&["log", "verify", "--json"]);
    assert_eq!(run.code, Some(code), "{}{}", run.stdout, run.stderr);
    let document = run.document("log-verify");
    assert_eq!(document["sound"], code == 0, "{document}");
    document
}

const FILE: &str = ".fleet/journal/journal.jsonl";

#[test]
fn a_journal_that_was_changed_is_told() {
    let place = Place::whole();
    verified(&place, 0);
    let lines = ["a", "b", "c", "d"].map(|run| (run, "fritz", Some("applied"), "2026-11-21T20:24:49Z"));
    write(&place, &lines);
    assert_eq!(verified(&place, 0)["chained"], 4);
    let whole = place.read(FILE);
    place.write(FILE, whole.replacen("applied", "refused", 2).as_bytes());
    let findings = verified(&place, 1)["findings"].clone();
    assert_eq!((&findings[0]["line"], &findings[0]["code"]), (&Value::from(1), &Value::from("edited")));
    let shown = place.fleet(&["log", "verify"]).stdout;
    assert!(shown.contains("line 1, edited: ") && shown.contains("not as it was written: 4 lines"), "{shown}");
    let without_last: String = whole.split_inclusive('\n').take(3).collect();
    place.write(FILE, without_last.as_bytes());
    assert_eq!(verified(&place, 1)["findings"][0]["code"], "cut-end");
    // A torn end is nobody's doing.
    place.write(FILE, (whole.clone() + "{\"schema\":\"fl").as_bytes());
    assert_eq!(verified(&place, 0)["findings"][0]["code"], "torn");
    place.write(FILE, whole.as_bytes());
    assert_eq!(verified(&place, 0)["findings"], Value::Array(Vec::new()));
}

#[test]
fn lines_of_newer_versions_are_counted() {
    let place = Place::whole();
    verified(&place, 0);
    let text = line("a", "2026-11-20T10:00:00Z", "alice", "fritz", "applied")
        + "{\"schema\":\"fleet/journal/v9\",\"run\":\"b\",\"what\":\"is this\"}\n";
    place.write(FILE, text.as_bytes());
    let document = place.fleet(&["log", "--json"]).document("log");
    assert_eq!(document["newer"]["fleet/journal/v9"], 1);
    let shown = place.fleet(&["log"]).stdout;
    assert!(shown.contains("1 line of a newer fleet (fleet/journal/v9)"), "{shown}");
    assert_eq!(verified(&place, 0)["newer"], 1);
}
