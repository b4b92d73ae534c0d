//! Environment files: tables of cases (`tests/data/env/*.toml`) and properties that hold for any bytes.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fleet::actions::env::document::{Document, Format};
use fleet::actions::env::edit::{Edit, NewValue, Piece, assemble};
use fleet::actions::env::encoding::{check_name, encode};
use fleet::actions::env::problem::{Difference, ProblemKind};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    format: Format,
    #[serde(default)]
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    input: String,
    /// What the reader ends with.
    #[serde(default)]
    values: BTreeMap<String, String>,
    /// `line code` of each problem, in order.
    #[serde(default)]
    problems: Option<Vec<String>>,
    /// Whether the reader refuses the whole file.
    #[serde(default)]
    refused: bool,
    /// Names that two readers of the format read differently.
    #[serde(default)]
    differ: Option<Vec<String>>,
    /// Names whose value depends on more than the file; their values are not compared.
    #[serde(default)]
    uncertain: Vec<String>,
    /// Sets these, in order of name.
    #[serde(default)]
    set: BTreeMap<String, String>,
    /// Removes these.
    #[serde(default)]
    remove: Vec<String>,
    /// The file after `set` and `remove`.
    #[serde(default)]
    output: Option<String>,
}

#[test]
fn tables() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/env");
    let mut cases = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let table: Table = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in table.case {
            cases += 1;
            for message in run(&case, table.format) {
                wrong.push(format!("{}: {}: {message}", path.file_name().unwrap().display(), case.name));
            }
        }
    }
    assert!(cases > 100, "only {cases} cases were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn run(case: &Case, format: Format) -> Vec<String> {
    let mut wrong = Vec::new();
    let document = Document::parse(case.input.as_bytes(), format);
    let mut values = document.effective();
    let uncertain: Vec<String> =
        document.assignments().filter(|(_, a)| !a.certain).map(|(_, a)| a.key.clone()).collect();
    if uncertain != case.uncertain {
        wrong.push(format!("uncertain: {uncertain:?}"));
    }
    values.retain(|key, _| !uncertain.contains(key));
    let differ: BTreeSet<&str> = document
        .problems()
        .iter()
        .filter(|problem| matches!(problem.kind, ProblemKind::ReadersDiffer(why) if why != Difference::Hash))
        .filter_map(|problem| problem.key.as_deref())
        .collect();
    if let Some(expected) = &case.differ
        && !differ.iter().eq(expected.iter())
    {
        wrong.push(format!("differ: {differ:?}"));
    }
    if !case.refused && values != case.values {
        wrong.push(format!("values: {values:?}, expected {:?}", case.values));
    }
    if document.refused().is_some() != case.refused {
        wrong.push(format!("refused: {:?}", document.refused()));
    }
    if let Some(expected) = &case.problems {
        let problems: Vec<String> =
            document.problems().iter().map(|p| format!("{} {}", p.line, p.kind.code())).collect();
        if problems != *expected {
            wrong.push(format!("problems: {problems:?}"));
        }
    }
    if let Some(output) = &case.output {
        let set = case.set.iter().map(|(key, value)| set(key, value));
        let remove = case.remove.iter().map(|key| Edit::Remove { key: key.clone() });
        let edits: Vec<Edit> = set.chain(remove).collect();
        match document.edit(&edits) {
            Ok(pieces) => {
                let bytes = assemble(document.bytes(), &pieces, |_| None).unwrap();
                if bytes != output.as_bytes() {
                    wrong.push(format!("output: {:?}", String::from_utf8_lossy(&bytes)));
                }
            }
            Err(error) => wrong.push(format!("edit: {error}")),
        }
    }
    wrong
}

fn set(key: &str, value: &str) -> Edit {
    Edit::Set { key: key.to_owned(), value: NewValue::Plain(value.to_owned()) }
}

fn format() -> impl Strategy<Value = Format> {
    prop_oneof![Just(Format::Dotenv), Just(Format::Systemd), Just(Format::Docker)]
}

/// Text made of what the readers care about.
fn nasty(length: usize) -> impl Strategy<Value = String> {
    let token = prop_oneof![
        8 => "[a-zA-Z0-9 ]{1,4}",
        1 => prop::sample::select(vec![
            "'", "\"", "`", "\\", "\\n", "\\r", "\\\\", "$", "$A", "${A}", "$(", "$(date)", ")", "#", " #", ";", "=", ":", ": ",
            " ", "\t", "\n", "\n\n", "\\\n", "export ", "A=", "B='", "C=\"", "\u{e9}", "\u{a0}", "\u{2028}", "\u{feff}", "\u{85}",
        ]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["\n", "A=", "\nB=", "'", "\"", "\\", "$", "#"]).prop_map(str::to_owned),
    ];
    prop::collection::vec(token, 0..length).prop_map(|tokens| tokens.concat())
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => nasty(40).prop_map(String::into_bytes),
        2 => nasty(40).prop_map(|text| text.replace('\n', "\r\n").into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => (nasty(20), any::<u8>(), nasty(20)).prop_map(|(a, byte, b)| [a.as_bytes(), &[byte], b.as_bytes()].concat()),
    ]
}

/// The document without the bytes that an edit replaced: every byte that stays, in order.
fn kept(pieces: &[Piece], file: &[u8]) -> Vec<u8> {
    let keeps: Vec<Piece> = pieces.iter().filter(|piece| matches!(piece, Piece::Keep { .. })).cloned().collect();
    assemble(file, &keeps, |_| None).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_parse_without_loss(bytes in file(), format in format()) {
        let document = Document::parse(&bytes, format);
        let mut at = 0;
        for entry in document.entries() {
            prop_assert_eq!(entry.span.start, at);
            prop_assert!(entry.span.end > at);
            at = entry.span.end;
        }
        prop_assert_eq!(at, bytes.len());
        for (entry, assignment) in document.assignments() {
            prop_assert!(entry.span.start <= assignment.value_span.start && assignment.value_span.end <= entry.span.end);
        }
        let pieces = document.edit(&[]).unwrap();
        prop_assert!(pieces.len() <= 1);
        prop_assert_eq!(assemble(&bytes, &pieces, |_| None).unwrap(), bytes);
    }

    #[test]
    fn what_can_be_written_is_read_back(value in nasty(8), format in format()) {
        if let Ok(encoding) = encode(&value, format) {
            let text = format!("BEFORE=1\nKEY={}\nAFTER=2\n", encoding.render(&value));
            let document = Document::parse(text.as_bytes(), format);
            let found = document.effective();
            prop_assert_eq!(found.get("KEY"), Some(&value));
            prop_assert_eq!(document.effective().len(), 3);
        } else {
            // Only what the format truly can't hold is refused.
            let docker = format == Format::Docker && value.contains('\n');
            prop_assert!(docker, "{:?} in {}", value, format);
        }
    }

    #[test]
    fn edits_touch_nothing_else(
        bytes in file(), format in format(), values in prop::collection::btree_map("[AB]|NEW|C_1", nasty(6), 1..4),
    ) {
        let document = Document::parse(&bytes, format);
        let edits: Vec<Edit> = values.iter().map(|(key, value)| set(key, value)).collect();
        let Ok(pieces) = document.edit(&edits) else { return Ok(()) };
        let after = assemble(&bytes, &pieces, |_| None).unwrap();
        let changed = Document::parse(&after, format);
        for (key, value) in &values {
            let found = changed.effective();
            prop_assert_eq!(found.get(key), Some(value));
        }
        let mut replaced: Vec<_> = values.keys().filter_map(|key| document.winner(key)).map(|(_, a)| a.value_span.clone()).collect();
        replaced.sort_by_key(|span| span.start);
        let mut rest = Vec::new();
        let mut at = 0;
        for span in replaced {
            if pieces.iter().any(|p| matches!(p, Piece::Keep { offset, length }
                if *offset <= span.start as u64 && span.end as u64 <= offset + length)) {
                continue;
            }
            rest.extend_from_slice(&bytes[at..span.start]);
            at = span.end;
        }
        rest.extend_from_slice(&bytes[at..]);
        if format != Format::Docker {
            prop_assert_eq!(kept(&pieces, &bytes), rest);
        }
        let again = changed.edit(&edits).unwrap();
        prop_assert!(matches!(again.as_slice(), [] | [Piece::Keep { .. }]), "{:?}", again);
    }

    #[test]
    fn well_formed_files_take_any_value(
        old in nasty(6), new in nasty(6), format in format(), windows in any::<bool>(), open in any::<bool>(),
    ) {
        let (Ok(first), Ok(_)) = (encode(&old, format), encode(&new, format)) else { return Ok(()) };
        // A line end inside the old value must stay as it is.
        let windows = windows && !old.contains('\n');
        let line_end = if windows { "\r\n" } else { "\n" };
        let last = if open { "" } else { line_end };
        let text = ["# first", "A=1", &format!("KEY={}", first.render(&old)), "", "Z='z'"].join(line_end) + last;
        let document = Document::parse(text.as_bytes(), format);
        prop_assert_eq!(document.line_end(), line_end);
        // To readers of dotenv a backslash before the closing quote may escape it, where a later quote stands before a line's
        // end or a comment: another value that begins with either. It is refused then, never misread.
        let Ok(pieces) = document.edit(&[set("KEY", &new), set("NEW", &new)]) else {
            prop_assert!(format == Format::Dotenv && new.ends_with('\\'), "{:?} after {:?}", new, old);
            return Ok(());
        };
        let after = Document::parse(&assemble(text.as_bytes(), &pieces, |_| None).unwrap(), format);
        for key in ["KEY", "NEW"] {
            let found = after.effective();
            prop_assert_eq!(found.get(key), Some(&new));
        }
    }

    #[test]
    fn removal_leaves_the_others(bytes in file(), format in format()) {
        let document = Document::parse(&bytes, format);
        if let Ok(pieces) = document.edit(&[Edit::Remove { key: "A".to_owned() }]) {
            let after = Document::parse(&assemble(&bytes, &pieces, |_| None).unwrap(), format);
            prop_assert!(after.winner("A").is_none());
        }
    }

    #[test]
    fn problems_never_show_values(secret in "[a-z]{12}", before in nasty(6), after in nasty(6), format in format()) {
        let text = format!("{before}\nKEY='{secret}{after}\n\"{secret}\n\\{secret} {secret}`$x\n-- {secret}: {secret}");
        let document = Document::parse(text.as_bytes(), format);
        for problem in document.problems() {
            // A name is shown; only text that stands where a value stands must not be.
            if problem.key.as_ref().is_none_or(|key| !key.contains(&secret)) {
                prop_assert!(!problem.to_string().contains(&secret), "{}", problem);
            }
        }
        let shown = format!("{document:?}");
        let names = document.assignments().any(|(_, a)| a.key.contains(&secret));
        prop_assert!(names || !shown.contains(&secret) || shown.contains("key: Some"), "{}", shown);
    }
}

#[test]
fn secrets_are_gaps() {
    let file = b"A=1\nTOKEN=\"old\" # keep\n";
    let document = Document::parse(file, Format::Dotenv);
    let secret = |key: &str| Edit::Set { key: key.to_owned(), value: NewValue::Secret };
    let pieces = document.edit(&[secret("TOKEN"), secret("OTHER")]).unwrap();
    assert!(pieces.contains(&Piece::Value { key: "TOKEN".to_owned() }));
    let value = "a'b #c$d";
    let encoding = encode(value, Format::Dotenv).unwrap();
    let bytes = assemble(file, &pieces, |_| Some(encoding.render(value).into_bytes())).unwrap();
    let after = Document::parse(&bytes, Format::Dotenv);
    assert_eq!(after.effective()["TOKEN"], value);
    assert_eq!(after.effective()["OTHER"], value);
    assert!(String::from_utf8(bytes).unwrap().contains(" # keep\n"));
}

#[test]
fn names_that_no_reader_takes_are_refused() {
    for format in [Format::Dotenv, Format::Systemd, Format::Docker] {
        for name in ["", "A B", "A=B", "A\nB", "#A", " A", "A\0"] {
            assert!(check_name(name, format).is_err(), "{name:?} in {format}");
        }
        assert!(check_name("S3_BUCKET", format).is_ok());
    }
    assert!(check_name("3_BUCKET", Format::Systemd).is_err());
    assert!(check_name("3_BUCKET", Format::Dotenv).is_ok());
}

#[test]
fn a_key_that_lost_its_quotes_is_not_shown() {
    let secret = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ";
    let text = format!("KEY=-----BEGIN PRIVATE KEY-----\n{secret}==\n{secret}\n");
    for format in [Format::Dotenv, Format::Systemd, Format::Docker] {
        let document = Document::parse(text.as_bytes(), format);
        let shown: Vec<String> = document.problems().iter().map(ToString::to_string).collect();
        assert!(!shown.is_empty() && !shown.join(" ").contains(secret), "{shown:?}");
    }
}

#[test]
fn a_large_file_is_read_in_time() {
    let line = |index: usize| format!("KEY_{index}='it \\' is \"{index}\n# {index}\n");
    let text: String = (0..20_000).map(line).collect();
    for format in [Format::Dotenv, Format::Systemd, Format::Docker] {
        let start = std::time::Instant::now();
        let document = Document::parse(text.as_bytes(), format);
        assert!(!document.entries().is_empty());
        assert!(start.elapsed().as_secs() < 20, "{format} took {:?}", start.elapsed());
    }
}
