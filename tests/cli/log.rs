//! `fleet log`: the journal as it is, torn or empty, and what of it is asked for.

use crate::place::Place;

/// A journal line as every version since the first has written it.
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
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    report["runs"].as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect()
}

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
    assert_eq!(runs(&place, &["--host", "franz"]), ["b"]);
    assert_eq!(runs(&place, &["--host", "franz", "--host", "fritz"]), ["a", "b"]);
    assert_eq!(runs(&place, &["--since", "2026-11-21"]), ["b"]);
    assert_eq!(runs(&place, &["--since", "2026-11-20T10:00:01Z"]), ["b"]);
    assert_eq!(runs(&place, &["--run", "a"]), ["a"]);
    assert_eq!(runs(&place, &["--action", "cert"]), [""; 0]);
    assert_eq!(runs(&place, &["--last", "1"]), ["b"]);
    let shown = place.fleet(&["log"]);
    for word in ["alice@laptop", "2026-11-20 10:00:00 UTC", "applied: fritz", "rolled-back: franz"] {
        assert!(shown.stdout.contains(word), "{word} is not in\n{}", shown.stdout);
    }
    place.refused(&["log", "--since", "yesterday-ish"], "usage");
}
