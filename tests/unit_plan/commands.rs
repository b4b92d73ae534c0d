//! What runs, behind which guard.

use fleet::actions::run::Run;
use fleet::engine::action::Action as _;
use fleet::engine::fact::Fact;
use fleet::engine::probe::{HostFacts, Probe};
use fleet::engine::status::Item;
use fleet::engine::transaction::Transaction;

use crate::world::{assess, host, inventory};

fn judged(lines: &str, answer: Option<&Fact<String>>) -> (Item, Option<Transaction>) {
    let inventory = inventory(&format!("[run.x]\nhosts = \"h\"\ncommand = [\"do\", \"it's\"]\n{lines}"));
    let action = Run::of(&inventory);
    let mut facts = HostFacts::default();
    for probe in action.probes(&host()) {
        let Probe::Script { name, .. } = probe else { panic!("{probe:?}") };
        facts.scripts.extend(answer.map(|answer| (name, answer.clone())));
    }
    let mut assessment = assess(&action, facts);
    let mut items = assessment.items.remove(&host()).unwrap();
    assert_eq!(items.len(), 1);
    (items.remove(0), assessment.waves.into_iter().find_map(|mut wave| wave.transactions.remove(&host())))
}

#[test]
fn guards() {
    let known = |code: &str| Some(Fact::Known(format!("{code}\n")));
    for (lines, answer, status) in [
        ("unless = \"g\"", known("0"), "ok"),
        ("unless = \"g\"", known("1"), "drift"),
        ("unless = \"g\"", known("127"), "drift"),
        ("creates = \"/x\"", known("0"), "ok"),
        ("creates = \"/x\"", known("1"), "drift"),
        ("changed_when = [\"g\"]", known("0"), "drift"),
        ("changed_when = [\"g\"]", known("1"), "ok"),
        ("changed_when = [\"g\"]", known("127"), "unknown"),
        ("unless = \"g\"", known("124"), "unknown"),
        ("unless = \"g\"", known("125"), "unknown"),
        ("unless = \"g\"", known("137"), "unknown"),
        ("unless = \"g\"", known("hello"), "unknown"),
        ("unless = \"g\"", Some(Fact::Unknown("no".to_owned())), "unknown"),
        ("unless = \"g\"", None, "unknown"),
    ] {
        let (item, transaction) = judged(lines, answer.as_ref());
        assert_eq!(item.status.word(), status, "{lines} {answer:?}");
        assert_eq!(transaction.is_some(), status == "drift", "{lines} {answer:?}");
    }
}

#[test]
fn without_a_guard_it_always_changes() {
    let (item, transaction) = judged("", None);
    assert_eq!((item.status.word(), item.warnings[0].code.as_str()), ("ok", "always-changes"));
    let summary = &transaction.unwrap().summary[0];
    assert_eq!(summary.diff[1].after.as_deref(), Some("always changes"));
}

#[test]
fn word_by_word() {
    let more = "user = \"mastodon\"\ndirectory = \"/home/live\"\ntimeout = \"10m\"\nenvironment = { RAILS_ENV = \"production\" }\n";
    let (_, transaction) = judged(&format!("unless = \"a | b\"\n{more}"), Some(&Fact::Known("1".to_owned())));
    let transaction = transaction.unwrap();
    assert!(transaction.changes.is_empty() && transaction.units.is_empty());
    assert_eq!(transaction.validate[0].timeout_seconds, 660);
    assert_eq!(transaction.lease_seconds, 840);
    insta::assert_snapshot!(transaction.summary[0].operations.join("\n"), @r#"
run runuser -u mastodon -- env -u LC_ALL -C /home/live 'RAILS_ENV=production' sh -c 'umask 022 && { sh -c "$1" || { shift && exec "$@"; }; }' sh 'a | b' do 'it'\''s'
run runuser -u mastodon -- env -u LC_ALL -C /home/live 'RAILS_ENV=production' sh -c 'exec sh -c "$1"' sh 'a | b'
"#);
}
