//! What is compared by digest, and never shown or saved.

use std::collections::BTreeSet;

use fleet::engine::probe::{Bytes, PathKind};
use fleet::engine::status::Status;
use fleet::engine::transaction::{Change, Part};
use fleet::names::RemotePath;

use crate::world::*;

#[test]
fn a_secret_that_is_not_at_hand_is_left_alone() {
    let declared = "[env.app.keys]\nTOKEN = { secret = { env = \"T\" } }\nA = \"1\"\n";
    let fleet = Fleet::new(declared, vec![with("TOKEN=old\nA=2\n")]).secret("T", Err("the variable T is not set"));
    let item = fleet.item(1);
    assert_eq!(difference(&item, "TOKEN").status, Status::Unknown);
    assert!(difference(&item, "TOKEN").message.contains("the variable T is not set"));
    assert_eq!(item.status, Status::Unknown);
    assert_eq!(fleet.written(), "TOKEN=old\nA=1\n");
}

#[test]
fn secrets_are_compared_and_never_shown() {
    let other = "0ther-Poison-77aa12ff";
    let declared = "extra = \"report\"\nformat = \"systemd\"\nunits = [\"app.service\"]\n[env.app.keys]\n\
                    TOKEN = { secret = { env = \"T\" } }\nPLAIN = { type = \"string\", sensitive = true }\n";
    let file = format!("TOKEN={other}\nPLAIN={POISON}x\nTOKN={other}\nCOPY={POISON}\nURL=http://x/{POISON}/y\n");
    let facts = || running(with(&file), "app.service", 10.0, &[("TOKEN", POISON), ("COPY", other), ("PLAIN", "q")]);
    let fleet = Fleet::new(declared, vec![facts(), with(""), with("COPY=z\n"), with("COPY=z\n")]);
    let fleet = fleet.secret("T", Ok(POISON));
    let assessment = fleet.assess();
    let shown = format!(
        "{} {} {assessment:?}",
        serde_json::to_string(&assessment.items).unwrap(),
        serde_json::to_string(&assessment.waves).unwrap()
    );
    // The search works: what may be shown is found.
    assert!(shown.contains("TOKN") && shown.contains(&fleet.key.digest("secret", POISON.as_bytes()).to_string()));
    assert!(serde_json::to_string(&fleet.observations.len()).is_ok() && file.contains(POISON));
    for secret in [POISON, other] {
        assert!(!shown.contains(secret), "{}", &shown[shown.find(secret).unwrap().saturating_sub(300)..]);
    }
    let new = fleet.transaction(1).unwrap();
    let Change::Write { content, .. } = &new.changes[0] else { panic!() };
    assert!(content.0.iter().any(|part| matches!(part, Part::Secret { .. })));
    assert!(fleet.written().starts_with(&format!("TOKEN={POISON}\n")) || fleet.written().contains(POISON));
    let same =
        Fleet::new("[env.app.keys]\nTOKEN = { secret = { env = \"T\" } }\n", vec![with(&format!("TOKEN={POISON}\n"))]);
    assert_eq!(same.secret("T", Ok(POISON)).item(1).status, Status::Ok);
}

fn differences(fleet: &Fleet) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (host, items) in fleet.assess().items {
        for mut difference in items.into_iter().flat_map(|item| item.differences) {
            // Where the inventory lies is the test's own.
            difference.message.truncate(difference.message.find(" (/").unwrap_or(difference.message.len()));
            found.insert(format!("{host} {difference:?}"));
        }
    }
    found
}

#[test]
fn saved_facts_tell_the_same_and_hold_no_secret() {
    let toml = format!(
        "[env.app]\nhosts = \"h*\"\npath = \"{PATH}\"\nformat = \"systemd\"\nextra = \"report\"\nunits = [\"app.service\"]\n[env.app.keys]\n\
         TOKEN = {{ secret = {{ env = \"T\" }} }}\nS3_BUCKET = \"media\"\n\
         [env.more]\nhosts = \"h*\"\npath = \"/srv/app/more\"\nformat = \"systemd\"\nunits = [\"app.service\"]\n[env.more.keys]\n\
         TOKEN2 = {{ secret = {{ env = \"T\" }} }}\nTOKEN = {{ type = \"string\" }}\n"
    );
    let facts = |token: &str| {
        let file =
            format!("# old: {POISON}2\nTOKEN={token}\n3_BUCKET=media\nCOPY={POISON}\nPLAIN=7\nTOKEN=\"{token}\"\n");
        let mut facts = running(
            with(&file),
            "app.service",
            10.0,
            &[("TOKEN", token), ("TOKEN2", POISON), ("COPY", POISON), ("PLAIN", "8")],
        );
        let more = format!("TOKEN2={POISON}\n");
        facts
            .files
            .insert(RemotePath::new("/srv/app/more"), path_fact("/srv/app/more", PathKind::File(Bytes(more.into()))));
        facts
    };
    let make = || {
        let hosts = vec![facts(POISON), facts("an0ther-T0ken-1234"), facts(POISON)];
        Fleet::load(&toml, hosts).unwrap().secret("T", Ok(POISON))
    };
    let fresh = make();
    let plain = serde_json::to_string(&fresh.observations).unwrap();
    let saved = make().saved_and_loaded();
    let text = format!("{:?}", saved.observations);
    let decoded: String = saved
        .observations
        .keys()
        .enumerate()
        .flat_map(|(index, _)| {
            [PATH, "/srv/app/more"]
                .map(|path| String::from_utf8_lossy(file_of(saved.facts(index + 1), path)).into_owned())
        })
        .collect();
    assert!(
        String::from_utf8_lossy(file_of(fresh.facts(1), PATH)).contains(POISON) && !plain.is_empty(),
        "the search works"
    );
    assert!(decoded.contains("PLAIN=7") && !decoded.contains(POISON) && !decoded.contains("an0ther"), "{decoded}");
    let processes = saved.facts(2).processes[0].environment.known().unwrap();
    assert!(processes.values().all(|value| !String::from_utf8_lossy(&value.0).contains("oison")), "{text}");
    let (before, after) = (differences(&fresh), differences(&saved));
    assert_eq!(before, after);
    assert!(before.len() >= 8, "{before:#?}");
    assert_eq!(fresh.assess().waves.len(), saved.assess().waves.len());
}
