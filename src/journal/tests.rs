//! The journal as its callers use it; what breaks it is in `tests/journal`.

use jiff::Timestamp;

use super::*;
use crate::engine::plan::{Author, InventoryStamp};
use crate::names::RunId;

fn line(host: &str, outcome: Option<&str>) -> Line {
    Line {
        schema: SCHEMA.to_owned(),
        time: Timestamp::UNIX_EPOCH,
        run: RunId::new("20261121T202449Z-3f9a"),
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

fn journal() -> (tempfile::TempDir, Journal) {
    let directory = tempfile::tempdir().expect("a directory");
    let state = StateDir::beside(&directory.path().join("inventory")).expect("a state directory");
    let journal = Journal::of(&state);
    (directory, journal)
}

#[test]
fn a_run_stays_open_until_its_ending_is_known() {
    let (_directory, journal) = journal();
    journal.begin(&line("fritz", None)).expect("begin");
    journal.end(&line("fritz", Some("unknown"))).expect("end");
    assert_eq!(journal.pending().expect("pending"), [line("fritz", None)]);
    journal.end(&line("fritz", Some("applied"))).expect("end");
    assert_eq!(journal.pending().expect("pending"), []);
    let outcomes: Vec<_> = journal.read().expect("lines").into_iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [None, Some("unknown".to_owned()), Some("applied".to_owned())]);
}

#[test]
fn what_a_living_fleet_works_on_is_not_pending() {
    let (directory, journal) = journal();
    let other = Journal::of(&StateDir::beside(&directory.path().join("inventory")).expect("a state directory"));
    journal.begin(&line("fritz", None)).expect("begin");
    assert_eq!(other.pending().expect("pending"), []);
    // It was killed.
    drop(journal);
    assert_eq!(other.pending().expect("pending"), [line("fritz", None)]);
    other.end(&line("fritz", Some("applied"))).expect("end");
    assert_eq!(other.pending().expect("pending"), []);
}

#[test]
fn a_torn_line_does_not_swallow_the_next() {
    let (_directory, journal) = journal();
    journal.begin(&line("fritz", None)).expect("begin");
    let whole = fs::read(&journal.file).expect("bytes");
    fs::write(&journal.file, &whole[..whole.len() / 2]).expect("cut");
    journal.begin(&line("franz", None)).expect("begin");
    assert_eq!(journal.read().expect("lines"), [line("franz", None)]);
}

#[test]
fn the_head_becomes_json_with_an_outcome() {
    let text = line("fritz", None).head() + "\"outcome\":\"applied\",\"reason\":\"\"}";
    let read: Line = serde_json::from_str(&text).expect("json");
    assert_eq!(read.outcome.as_deref(), Some("applied"));
}
