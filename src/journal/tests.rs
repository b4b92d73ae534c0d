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
    let hosts: Vec<_> = journal.read().expect("lines").into_iter().filter_map(|line| line.host).collect();
    assert_eq!(hosts, [HostName::new("franz")]);
}

#[test]
fn the_head_becomes_json_with_an_outcome() {
    let text = line("fritz", None).head() + "\"outcome\":\"applied\",\"reason\":\"\"}";
    let read: Line = serde_json::from_str(&text).expect("json");
    assert_eq!(read.outcome.as_deref(), Some("applied"));
}

fn write(journal: &Journal, count: usize) {
    for number in 0..count {
        journal.note(&line(&format!("host-{number}"), Some("applied"))).expect("note");
    }
}

/// The codes of what is said, and of which lines; problems with `!`.
fn told(journal: &Journal) -> Vec<String> {
    let findings = journal.verify().expect("a verdict").findings;
    let told = |it: verify::Finding| {
        format!(
            "{}{}{}",
            if it.problem { "!" } else { "" },
            it.code,
            it.line.map(|line| format!(" {line}")).unwrap_or_default()
        )
    };
    findings.into_iter().map(told).collect()
}

fn lines(journal: &Journal) -> Vec<String> {
    fs::read_to_string(&journal.file).expect("text").lines().map(str::to_owned).collect()
}

fn put(journal: &Journal, lines: &[String]) {
    fs::write(&journal.file, lines.join("\n") + if lines.is_empty() { "" } else { "\n" }).expect("written");
}

#[test]
fn each_line_hangs_on_the_one_before() {
    let (_directory, journal) = journal();
    assert_eq!(told(&journal), [""; 0]);
    write(&journal, 4);
    let chain: Vec<Chain> = journal.read().expect("lines").into_iter().filter_map(|line| line.about.chain).collect();
    assert_eq!(chain.iter().map(|chain| chain.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(chain.iter().all(|chain| chain.writer == chain_writer(&chain_of(&journal))));
    let text = lines(&journal);
    assert_eq!(chain[0].prev, append::digest(b""));
    for (before, chain) in text.iter().zip(&chain[1..]) {
        assert_eq!(chain.prev, append::digest(before.as_bytes()));
    }
    assert_eq!(told(&journal), [""; 0]);
    let verdict = journal.verify().expect("a verdict");
    assert_eq!((verdict.lines, verdict.chained, verdict.unchained, verdict.newer), (4, 4, 0, 0));
}

fn chain_of(journal: &Journal) -> head::Kept {
    head::Kept::read(&journal.head).expect("a head")
}

fn chain_writer(kept: &head::Kept) -> String {
    kept.head().expect("a head").writer.clone()
}

#[test]
fn what_begins_is_what_the_host_gets() {
    let (_directory, journal) = journal();
    let begun = journal.begin(&line("fritz", None)).expect("begin");
    assert_eq!(lines(&journal), [serde_json::to_string(&begun).expect("json")]);
    assert_eq!(begun.about.chain.as_ref().map(|chain| chain.seq), Some(1));
    let copy = begun.head() + "\"host_prev\":\"\",\"outcome\":\"applied\",\"reason\":\"\"}";
    let fritz = HostName::new("fritz");
    let at_hosts = |copy: &str| {
        let findings = journal.against_hosts(&[(fritz.clone(), copy.to_owned())]).expect("findings");
        findings.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(at_hosts(&copy), [""; 0]);
    assert_eq!(at_hosts(&copy.replace("alice", "mallory")), ["host-differs"]);
    assert_eq!(at_hosts(&copy.replace("\"seq\":1", "\"seq\":2")), ["host-has-more"]);
    // Somebody else's.
    let writer = chain_writer(&chain_of(&journal));
    assert_eq!(at_hosts(&copy.replace(&writer, "0000000000000000")), [""; 0]);
    assert_eq!(at_hosts("{\"schema\":\"fleet/journal/v1\"}"), [""; 0]);
    // The chain made anew from nothing is sound in itself; the host knows better.
    fs::remove_file(&journal.file).expect("removed");
    assert_eq!(at_hosts(&copy), ["host-has-more"]);
}

#[test]
fn each_way_to_change_the_past_is_told_by_its_name() {
    type Edit = fn(&mut Vec<String>);
    let cases: [(Edit, &[&str]); 9] = [
        (|lines| lines[2] = lines[2].replace("host-2", "host-x"), &["!edited 3"]),
        (|lines| drop(lines.remove(2)), &["!removed 3"]),
        (|lines| drop(lines.drain(1..4)), &["!removed 2"]),
        (|lines| drop(lines.remove(0)), &["!removed 1"]),
        (|lines| lines.swap(2, 3), &["!reordered 4"]),
        (|lines| lines.insert(3, lines[1].clone()), &["!inserted 4"]),
        (|lines| lines.insert(3, "{\"schema\":\"fleet/journal/v1\"}".to_owned()), &["!inserted 4"]),
        (|lines| drop(lines.pop()), &["!cut-end"]),
        (|lines| lines[5] = lines[5].replace("host-5", "host-x"), &["!edited 6"]),
    ];
    for (number, (change, expected)) in cases.into_iter().enumerate() {
        let (_directory, journal) = journal();
        write(&journal, 6);
        let mut text = lines(&journal);
        change(&mut text);
        put(&journal, &text);
        assert_eq!(told(&journal), expected, "case {number}");
        // It stays so, whatever is written after it.
        journal.note(&line("later", Some("applied"))).expect("note");
        assert!(!journal.verify().expect("a verdict").is_sound(), "case {number} is mended by the next line");
    }
}

#[test]
fn a_torn_line_is_no_tampering_and_the_next_one_tells_of_it() {
    let (_directory, journal) = journal();
    write(&journal, 2);
    let mut bytes = fs::read(&journal.file).expect("bytes");
    bytes.extend_from_slice(b"{\"schema\":\"fleet/journal/v2\",\"wri");
    fs::write(&journal.file, &bytes).expect("torn");
    assert_eq!(told(&journal), ["torn 3"]);
    write(&journal, 2);
    assert_eq!(told(&journal), ["torn 3"]);
    let noticed: Vec<_> =
        journal.read().expect("lines").iter().map(|line| line.about.chain.clone().and_then(|it| it.noticed)).collect();
    assert_eq!(noticed, [None, None, Some(Noticed::TornLine), None]);
    // The torn line is part of the chain from then on.
    let mut text = lines(&journal);
    text[2].push('x');
    put(&journal, &text);
    assert!(!journal.verify().expect("a verdict").is_sound());
}

#[test]
fn a_line_that_lacks_but_its_end_counts() {
    let (_directory, journal) = journal();
    write(&journal, 1);
    let head = fs::read(&journal.head).expect("head");
    write(&journal, 1);
    // Killed before the newline and the head were on the disk.
    let bytes = fs::read(&journal.file).expect("bytes");
    fs::write(&journal.file, &bytes[..bytes.len() - 1]).expect("cut");
    fs::write(&journal.head, head).expect("head");
    assert_eq!(told(&journal), ["crash"]);
    write(&journal, 1);
    assert_eq!((told(&journal), lines(&journal).len()), (Vec::new(), 3));
}

#[test]
fn a_head_that_is_one_behind_is_a_crash_and_any_other_is_told() {
    let (_directory, journal) = journal();
    write(&journal, 1);
    let first = fs::read(&journal.head).expect("head");
    write(&journal, 1);
    let second = fs::read(&journal.head).expect("head");
    write(&journal, 1);
    fs::write(&journal.head, second).expect("head");
    assert_eq!(told(&journal), ["crash"]);
    fs::write(&journal.head, first).expect("head");
    assert_eq!(told(&journal), ["!head"]);
    fs::write(&journal.head, b"not a head").expect("head");
    assert_eq!(told(&journal), ["!head"]);
    fs::remove_file(&journal.head).expect("removed");
    assert_eq!(told(&journal), ["!head"]);
    // A new head does not make that unseen.
    write(&journal, 1);
    assert_eq!(told(&journal), ["!head 4"]);
    fs::remove_file(&journal.file).expect("removed");
    assert_eq!(told(&journal), ["!cut-end"]);
    write(&journal, 1);
    assert_eq!(told(&journal), ["!removed 1"]);
}

#[test]
fn lines_of_older_and_newer_versions_are_kept_and_told() {
    let (_directory, journal) = journal();
    let old =
        serde_json::to_string(&Line { schema: UNCHAINED.to_owned(), ..line("old", Some("applied")) }).expect("json");
    create_parent(&journal.file).expect("a directory");
    put(&journal, &[old.clone(), old.clone()]);
    assert_eq!(told(&journal), [""; 0]);
    write(&journal, 2);
    assert_eq!(told(&journal), [""; 0]);
    assert_eq!(journal.verify().expect("a verdict").unchained, 2);
    let mut text = lines(&journal);
    text[1] = text[1].replace("old", "new");
    put(&journal, &text);
    assert_eq!(told(&journal), ["!edited 1"]);
    // An old fleet and one to come, between two runs of ours.
    text[1].clone_from(&old);
    text.extend([old, "{\"schema\":\"fleet/journal/v9\",\"run\":\"a\"}".to_owned()]);
    put(&journal, &text);
    assert_eq!(told(&journal), ["!unchained 5", "newer 6"]);
    write(&journal, 1);
    assert_eq!(told(&journal), ["unchained 5", "newer 6"]);
    let picked = journal.pick(&Wanted::default(), &[]).expect("lines");
    assert_eq!((picked.lines.len(), picked.newer.values().sum::<usize>(), picked.unreadable), (6, 1, 0));
}

mod any_change {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    /// Lines of an old version, chained ones, a torn one, and chained ones again.
    static WHOLE: LazyLock<(tempfile::TempDir, Vec<u8>)> = LazyLock::new(|| {
        let (directory, journal) = journal();
        create_parent(&journal.file).expect("a directory");
        let old = Line { schema: UNCHAINED.to_owned(), ..line("old", Some("applied")) };
        put(&journal, &[serde_json::to_string(&old).expect("json")]);
        write(&journal, 3);
        let mut bytes = fs::read(&journal.file).expect("bytes");
        bytes.extend_from_slice(b"{\"schema\":\"fleet/journal/v2\",\"wri");
        fs::write(&journal.file, &bytes).expect("torn");
        write(&journal, 3);
        assert!(journal.verify().expect("a verdict").is_sound());
        let bytes = fs::read(&journal.file).expect("bytes");
        (directory, bytes)
    });

    fn is_found(bytes: &[u8]) -> bool {
        let (directory, _) = &*WHOLE;
        let state = StateDir::beside(&directory.path().join("inventory")).expect("a state directory");
        let copy = tempfile::tempdir().expect("a directory");
        let mut journal = Journal::of(&state);
        journal.file = copy.path().join("journal.jsonl");
        fs::write(&journal.file, bytes).expect("written");
        !journal.verify().expect("a verdict").is_sound()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn of_one_byte_is_found(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = WHOLE.1.clone();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != byte);
            bytes[at] = byte;
            prop_assert!(is_found(&bytes), "byte {at} as {byte:#x}");
        }

        #[test]
        fn that_removes_or_repeats_a_byte_is_found(at in any::<prop::sample::Index>(), repeat in any::<bool>()) {
            let mut bytes = WHOLE.1.clone();
            let at = at.index(bytes.len());
            if repeat {
                bytes.insert(at, bytes[at]);
            } else {
                bytes.remove(at);
            }
            prop_assert!(is_found(&bytes), "byte {at}");
        }

        #[test]
        fn that_removes_lines_is_found(from in 0_usize..8, count in 1_usize..8) {
            let mut lines: Vec<&[u8]> = WHOLE.1.split_inclusive(|byte| *byte == b'\n').collect();
            let from = from.min(lines.len() - 1);
            lines.drain(from..(from + count).min(lines.len()));
            prop_assert!(is_found(&lines.concat()));
        }

        #[test]
        fn of_the_order_of_lines_is_found(one in 0_usize..8, other in 0_usize..8) {
            let mut lines: Vec<&[u8]> = WHOLE.1.split_inclusive(|byte| *byte == b'\n').collect();
            prop_assume!(one != other && one < lines.len() && other < lines.len());
            lines.swap(one, other);
            prop_assert!(is_found(&lines.concat()));
        }
    }
}
