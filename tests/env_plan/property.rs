//! For random declarations and files: what was planned, once applied, leaves nothing to plan.

use std::collections::BTreeSet;

use fleet::actions::env::document::{Document, EntryKind};
use fleet::engine::probe::Observation;
use fleet::engine::status::Status;
use fleet::engine::transaction::Change;
use fleet::inventory::Inventory;
use fleet::names::UnitName;
use proptest::prelude::*;

use crate::world::*;

fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9]{0,6}",
        2 => prop::sample::select(vec!["a b", "it's", "\"q\"", "a#b", "a #b", "$HOME", "${X}", "a\\b", "`c`", " x", "x ", "=", "true", "FALSE", "a\nb", "é", "'", "\\"])
            .prop_map(str::to_owned),
    ]
}

/// A line of a file, over a few keys.
fn line() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(vec!["KEY_A", "KEY_B", "KEY_C", "KEY_D", "KEY_AA", "EY_A", "TOKEN", "3_X"]);
    prop_oneof![
        6 => (name(), nasty()).prop_map(|(name, value)| format!("{name}={value}")),
        1 => (name(), nasty()).prop_map(|(name, value)| format!("{name}='{value}'")),
        1 => (name(), nasty()).prop_map(|(name, value)| format!("{name}=\"{value}\"  # note")),
        1 => name().prop_map(|name| format!("export {name}=1")),
        1 => prop::sample::select(vec!["# a comment", "", "; b", "junk", "   ", "# KEY_A=old \\"]).prop_map(str::to_owned),
    ]
}

fn declaration() -> impl Strategy<Value = String> {
    let key = || {
        prop_oneof![
            4 => nasty().prop_map(|value| serde_json::to_string(&value).unwrap()),
            1 => Just("{ forbidden = true }".to_owned()),
            1 => Just("{ required = true }".to_owned()),
            1 => Just("{ secret = { env = \"T\" } }".to_owned()),
            1 => Just("{ secret = { env = \"GONE\" } }".to_owned()),
        ]
    };
    let keys =
        prop::collection::btree_map(prop::sample::select(vec!["KEY_A", "KEY_B", "KEY_C", "NEW", "TOKEN"]), key(), 0..5);
    (
        prop::sample::select(vec!["dotenv", "systemd", "docker"]),
        prop::sample::select(vec!["keep", "report", "remove"]),
        prop::sample::select(vec!["", "mode = \"0600\"\n", "owner = \"www:www\"\n"]),
        keys,
    )
        .prop_map(|(format, extra, more, keys)| {
            let keys: Vec<String> = keys.into_iter().map(|(name, rule)| format!("{name} = {rule}\n")).collect();
            let keys = keys.concat();
            format!("format = \"{format}\"\nextra = \"{extra}\"\nunits = [\"*.service\"]\n{more}[env.app.keys]\n{keys}")
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn planning_again_finds_nothing_to_do(
        declared in declaration(), lines in prop::option::weighted(0.9, prop::collection::vec(line(), 0..8)),
        newline in any::<bool>(), windows in any::<bool>(), secret in nasty(), fresh in any::<bool>(),
        live in prop::collection::btree_map("KEY_[ABCD]|PATH", nasty(), 0..3),
    ) {
        let facts = match &lines {
            None => without(),
            Some(lines) => {
                let end = if windows { "\r\n" } else { "\n" };
                with(&(lines.join(end) + if newline { end } else { "" }))
            }
        };
        let environment: Vec<(&str, &str)> = live.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut facts = running(facts, "app.service", if fresh { STARTED } else { 1.0 }, &environment);
        let toml = format!("[env.app]\nhosts = \"h*\"\npath = \"{PATH}\"\n{declared}");
        // Values that the format cannot hold are refused by the inventory.
        let Ok(mut fleet) = Fleet::load(&toml, vec![facts.clone()]) else { return Ok(()) };
        if fresh {
            start(&mut facts, &fleet.inventory, &UnitName::new("app.service"), STARTED);
            fleet.observations.insert(host(1), Observation::Facts(Box::new(facts)));
        }
        let fleet = fleet.secret("T", Ok(&format!("s{secret}"))).secret("GONE", Err("it is gone"));
        let item = fleet.item(1);
        let Some(transaction) = fleet.transaction(1) else {
            // Nothing to do, or nothing that can be done: then the reason is told.
            let person = item.differences.iter().all(|it| it.status != Status::Stale || it.message.contains("a restart changes nothing"));
            prop_assert!(person || item.error.is_some(), "{:#?}", item);
            return Ok(());
        };
        prop_assert!(item.status != Status::Ok, "a change without a difference: {:#?} {:#?}", item, transaction);
        let after = fleet.apply(1, &transaction);
        if let (Some(_), [Change::Write { .. }]) = (&lines, transaction.changes.as_slice()) {
            let touched: BTreeSet<&str> = transaction.summary[0].diff.iter().map(|line| line.subject.as_str()).collect();
            untouched(file_of(fleet.facts(1), PATH), file_of(&after, PATH), &touched, &fleet.inventory)?;
        }
        let mut again = fleet;
        again.observations.insert(host(1), Observation::Facts(Box::new(after)));
        let item = again.item(1);
        prop_assert!(again.transaction(1).is_none(), "planned again: {:#?} {:#?}", item, again.transaction(1));
        let left = item.differences.iter().find(|it| {
            let person = it.status == Status::Unknown || it.message.contains("only you know") || it.message.contains("is not declared");
            let refused = it.subject == "file" && it.message.contains("as a whole");
            !person && !refused
        });
        prop_assert!(left.is_none(), "left: {:#?}", left);
    }
}

/// Every entry of the old file that is not of a changed key stands in the new one, byte for byte and in order.
fn untouched(old: &[u8], new: &[u8], touched: &BTreeSet<&str>, inventory: &Inventory) -> Result<(), TestCaseError> {
    let format = format_of(inventory.env_files()["app"].format);
    let document = Document::parse(old, format);
    let mut at = 0;
    for entry in document.entries() {
        let key = match &entry.kind {
            EntryKind::Assignment(assignment) => Some(assignment.key.as_str()),
            EntryKind::Bare { key } => Some(key.as_str()),
            _ => None,
        };
        if key.is_some_and(|key| touched.contains(key)) {
            continue;
        }
        let bytes = &old[entry.span.clone()];
        let found = new[at..].windows(bytes.len()).position(|window| window == bytes);
        prop_assert!(found.is_some(), "lost {:?}", String::from_utf8_lossy(bytes));
        at += found.unwrap_or(0) + bytes.len();
    }
    Ok(())
}
