//! Plan files and facts files: what somebody else wrote, cut, or made up.

use std::collections::BTreeMap;

use base64::Engine as _;
use fleet::actions::env::Env;
use fleet::engine::action::{Action as _, World};
use fleet::engine::plan::{Author, InventoryStamp, Plan, SCHEMA};
use fleet::engine::probe::Observations;
use fleet::engine::status::HostResult;
use fleet::inventory::Inventory;
use fleet::secrets::{DigestKey, Secret};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::place::{ENV, HOSTS, Place};

fn place() -> Place {
    Place::new(&[("inventory/hosts.toml", HOSTS), ("inventory/env.toml", ENV)])
}

/// What two hosts might have answered; the third was away.
fn observations() -> Value {
    let file = |text: &str| {
        let bytes = base64::prelude::BASE64_STANDARD.encode(text);
        json!({ "facts": {
            "clock": 1_700_000_000.5,
            "files": { "/srv/app/.env": { "known": {
                "resolved": "/srv/app/.env", "kind": { "file": bytes }, "mode": "0640", "owner": "app:app",
                "modified": 1_600_000_000.25, "touched": 1_600_000_000.25,
            } } },
            "units": {}, "processes": [], "scripts": {}, "fleet": { "outcomes": {} },
        } })
    };
    json!({
        "fritz": file("A=1\nB_PASS=hunter2\n"),
        "franz": file("A=2\nB_PASS=hunter2\n"),
        "freud": { "unreachable": { "code": "timed-out", "message": "no answer" } },
    })
}

/// A facts file of this place, with its own digest key.
fn facts(place: &Place) -> Value {
    let state = fleet::journal::StateDir::beside(&place.path("inventory")).unwrap();
    let key = DigestKey::load_or_create(state.path()).unwrap();
    json!({
        "schema": "fleet/facts/v1",
        "observed": "2026-11-21T20:00:00Z",
        "digest_key": key.id(),
        "hosts": observations(),
    })
}

/// A plan as `fleet env plan --out` writes it.
fn plan(place: &Place) -> Plan {
    let inventory = Inventory::load(&place.path("inventory")).unwrap();
    let key = DigestKey::from_bytes([7; 32]);
    let observations: Observations = serde_json::from_value(observations()).unwrap();
    let secrets: BTreeMap<_, _> = Env::of(&inventory)
        .secrets()
        .into_iter()
        .map(|reference| (reference, Ok(Secret::new(b"hunter2".to_vec()))))
        .collect();
    let world = World {
        selected: &observations.keys().cloned().collect(),
        now: jiff::Timestamp::UNIX_EPOCH,
        outside: &BTreeMap::new(),
        public: &[],
        observations: &observations,
        secrets: &secrets,
        key: &key,
        redacted: false,
    };
    let assessment = Env::of(&inventory).assess(&world);
    assert!(!assessment.waves.is_empty());
    Plan {
        playbook: None,
        undoes: None,
        locks: Vec::new(),
        schema: SCHEMA.to_owned(),
        created: "2026-11-21T20:00:00Z".parse().unwrap(),
        author: Author { user: "tester".to_owned(), machine: "here".to_owned() },
        inventory: InventoryStamp::default(),
        digest_key: key.id().to_owned(),
        actions: vec!["env".to_owned()],
        hosts: assessment.items.into_iter().map(|(host, items)| HostResult::of_items(host, items)).collect(),
        waves: assessment.waves,
    }
}

#[test]
fn a_plan_is_shown() {
    let place = place();
    let plan = serde_json::to_string_pretty(&plan(&place)).unwrap();
    assert!(!plan.contains("hunter2"));
    place.write("plan.json", plan.as_bytes());
    let run = place.fleet(&["show", "plan.json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("franz") && run.stdout.contains("fleet apply plan.json"), "{}", run.stdout);
    let run = place.fleet(&["show", "plan.json", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.document("plan-report");
    // Made with another digest key, it is not applied here.
    place.refused(&["apply", "plan.json", "--yes"], "bad-plan-file");
}

/// A plan is approved by what it shows: what does not stand there is not done.
#[test]
fn a_plan_that_hides_something_is_refused() {
    let place = place();
    let whole = serde_json::to_value(plan(&place)).unwrap();
    let transaction = "/waves/0/transactions/franz";
    let hidden: [(&str, &str, Value); 6] = [
        ("the summary", "/summary", json!([])),
        ("a command", "/validate", json!([{ "argv": ["rm", "-rf", "/srv"], "timeout_seconds": 5 }])),
        ("a restart", "/units", json!([{ "restart": "cron.service" }])),
        ("another file", "/changes/0/write/path", json!("/etc/passwd")),
        ("a way out", "/changes/0/write/path", json!("/srv/app/../../etc/passwd")),
        ("no end", "/lease_seconds", json!(u32::MAX)),
    ];
    for (what, place_in_it, value) in hidden {
        let mut plan = whole.clone();
        let at = plan.pointer_mut(transaction).unwrap();
        match at.pointer_mut(place_in_it) {
            Some(old) => *old = value,
            None => at[&place_in_it[1..]] = value,
        }
        place.write("plan.json", plan.to_string().as_bytes());
        for command in [&["show", "plan.json"][..], &["apply", "plan.json", "--yes"]] {
            let run = place.refused(command, "bad-plan-file");
            assert!(run.stderr.contains("never plans"), "{what}: {}", run.stderr);
        }
    }
    let mut plan = whole;
    plan["hosts"] = json!([]);
    place.write("plan.json", plan.to_string().as_bytes());
    place.refused(&["show", "plan.json"], "bad-plan-file");
}

/// A plan file runs nothing on the machine of who applies it, but for what that machine's own inventory says.
#[test]
fn a_plan_with_a_secret_of_its_own_is_refused() {
    let place = place();
    let key = facts(&place)["digest_key"].clone();
    let mut plan = serde_json::to_value(plan(&place)).unwrap();
    plan["digest_key"] = key;
    let witness = place.path("ran");
    let secret = json!({ "secret": {
        "secret": { "command": ["touch", witness] }, "digest": "k0000:0000000000000000",
    } });
    plan.pointer_mut("/waves/0/transactions/franz/changes/0/write/content")
        .unwrap()
        .as_array_mut()
        .unwrap()
        .push(secret);
    place.write("plan.json", plan.to_string().as_bytes());
    let run = place.refused(&["apply", "plan.json", "--yes"], "bad-plan-file");
    assert!(run.stderr.contains("does not declare"), "{}", run.stderr);
    assert!(!witness.exists());
}

/// Certificates on one host each.
const CERTS: &str = "[acme.default]\ndirectory = \"https://ca.example/dir\"\n[dns.main]\nprovider = \"exec\"\ncommand = [\"true\"]\n\
    [certs.media]\ndomains = [\"media.example.org\"]\ndns = \"main\"\nhosts = \"franz\"\ndirectory = \"/etc/ssl/media\"\n\
    [certs.mail]\ndomains = [\"mail.example.org\"]\ndns = \"main\"\nhosts = \"fritz\"\ndirectory = \"/etc/ssl/mail\"\n";

/// A plan file takes no certificate's key to where the inventory does not have it.
#[test]
fn a_plan_with_a_foreign_key_is_refused() {
    let place = place();
    place.write("inventory/certs.toml", CERTS.as_bytes());
    let key = facts(&place)["digest_key"].clone();
    let mut whole = serde_json::to_value(plan(&place)).unwrap();
    whole["digest_key"] = key;
    let deferred = |name: &str| json!({ "deferred": { "name": name, "constraints": {} } });
    for part in [
        deferred("cert/mail/01/privkey"),
        deferred("cert/unknown/next/fullchain"),
        deferred("cert/media@franz/next/privkey"),
        deferred("other/media/next/serial"),
        // Its own host, but another place than the certificate's.
        json!({ "deferred": { "name": "cert/media/01/privkey", "constraints": { "key-sha256": "0" } } }),
        json!({ "host-key": { "path": "/var/lib/fleet/keys/media/first.pem" } }),
    ] {
        let mut plan = whole.clone();
        let content = plan.pointer_mut("/waves/0/transactions/franz/changes/0/write/content").unwrap();
        content.as_array_mut().unwrap().push(part.clone());
        place.write("plan.json", plan.to_string().as_bytes());
        let run = place.refused(&["apply", "plan.json", "--yes"], "bad-plan-file");
        // However its lines are broken.
        let said: Vec<&str> = run.stderr.split_whitespace().collect();
        assert!(said.join(" ").contains("the inventory does not declare"), "{part}: {}", run.stderr);
    }
}

/// What no loader takes, made from what it takes.
fn broken(whole: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut version: Value = serde_json::from_str(whole).unwrap();
    version["schema"] = version["schema"].as_str().unwrap().replace("/v1", "/v2").into();
    let mut unknown: Value = serde_json::from_str(whole).unwrap();
    unknown["surprise"] = true.into();
    vec![
        ("empty", Vec::new()),
        ("truncated", whole.as_bytes()[..whole.len() / 2].to_vec()),
        ("version", version.to_string().into_bytes()),
        ("unknown", unknown.to_string().into_bytes()),
        ("no-json", b"hosts: all\n".to_vec()),
        ("array", b"[]".to_vec()),
        ("deep", vec![b'['; 100_000]),
        ("bytes", (0..=255).cycle().take(4096).collect()),
        ("twice", [whole.as_bytes(), whole.as_bytes()].concat()),
    ]
}

#[test]
fn broken_plan_files() {
    let place = place();
    for (name, bytes) in broken(&serde_json::to_string(&plan(&place)).unwrap()) {
        place.write(&format!("{name}.json"), &bytes);
        for verb in ["show", "apply"] {
            place.refused(&[verb, &format!("{name}.json"), "--yes"], "bad-plan-file");
        }
    }
    std::fs::create_dir(place.path("directory.json")).unwrap();
    for file in ["directory.json", "missing.json"] {
        let run = place.refused(&["show", file], "bad-plan-file");
        assert!(run.stderr.contains(file), "{}", run.stderr);
    }
    // What is no plan file by its name is taken for a playbook.
    let run = place.refused(&["show", "inventory/hosts.toml"], "inventory-invalid");
    assert!(run.stderr.contains("is no playbook"), "{}", run.stderr);
    place.refused(&["show", "."], "no-playbook");
    assert!(place.lacks(".fleet"), "bad plan files leave no state");
}

#[test]
fn facts_are_checked_and_planned_from() {
    let place = place();
    place.write("facts.json", facts(&place).to_string().as_bytes());
    assert_eq!(
        jsonschema::validate(&crate::place::schema_of("facts"), &facts(&place)).map_err(|it| it.to_string()),
        Ok(())
    );
    for (arguments, schema) in [(["env", "check"], "check"), (["env", "plan"], "plan-report")] {
        let words = [&arguments[..], &["--facts", "facts.json", "--json"]].concat();
        let run = place.fleet(&words);
        // The secret is not at hand, so that nobody knows: 1 comes before 3 and 4.
        assert_eq!(run.code, Some(1), "{words:?}: {}", run.stderr);
        let document = run.document(schema);
        assert_eq!(document["hosts"].as_array().unwrap().len(), 3, "{document}");
        let run = place.command(&words).env("B_PASS", "hunter2").output().unwrap();
        assert_eq!(run.status.code(), Some(3), "{}", String::from_utf8_lossy(&run.stdout));
    }
    place.refused(&["env", "apply", "--facts", "facts.json"], "facts-are-not-applied");
    place.refused(&["env", "plan", "--facts", "facts.json", "--out", "p.json"], "facts-are-not-applied");
    assert!(place.lacks("p.json"));
}

#[test]
fn broken_facts_files() {
    let place = place();
    let whole = facts(&place);
    for (name, bytes) in broken(&whole.to_string()) {
        place.write(&format!("{name}.json"), &bytes);
        place.refused(&["env", "check", "--facts", &format!("{name}.json")], "bad-facts-file");
    }
    let mut other = whole;
    other["digest_key"] = "k0000".into();
    place.write("other.json", other.to_string().as_bytes());
    place.refused(&["env", "check", "--facts", "other.json"], "bad-facts-file");
    place.refused(&["env", "check", "--facts", "missing.json"], "bad-facts-file");
    place.refused(&["env", "check", "--facts", "inventory"], "bad-facts-file");
}

/// Whatever stands in a plan or facts file: an exit code of the contract and one document, never a panic.
#[test]
fn any_bytes_in_a_file() {
    const CASES: u32 = 48;
    let place = place();
    let seeds = [serde_json::to_string(&plan(&place)).unwrap(), facts(&place).to_string()];
    let verbs: [(&[&str], &[i32]); 2] =
        [(&["show", "x.json"], &[0, 2]), (&["env", "check", "--facts", "x.json"], &[0, 1, 2, 3, 4])];
    let edit = (
        any::<proptest::sample::Index>(),
        any::<proptest::sample::Index>(),
        proptest::collection::vec(any::<u8>(), 0..6),
    );
    let bytes = prop_oneof![
        1 => proptest::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| (None, bytes, Vec::new())),
        4 => proptest::collection::vec(edit, 1..4).prop_map(|edits| (Some(()), Vec::new(), edits)),
    ];
    for (seed, (arguments, codes)) in seeds.iter().zip(verbs) {
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(CASES) });
        let result = runner.run(&bytes, |(seeded, mut bytes, edits)| {
            if seeded.is_some() {
                bytes = seed.clone().into_bytes();
                for (from, to, new) in edits {
                    let (from, to) = (from.index(bytes.len() + 1), to.index(bytes.len() + 1));
                    // A short cut leaves most of it in order.
                    let to = from.max(to).min(from.min(to) + 8);
                    bytes.splice(from.min(to)..to, new);
                    if bytes.is_empty() {
                        bytes.push(b'x');
                    }
                }
            }
            place.write("x.json", &bytes);
            let words = [arguments, &["--json"]].concat();
            let run = place.fleet(&words);
            prop_assert!(run.code.is_some_and(|code| codes.contains(&code)), "{:?}: {}", run.code, run.stderr);
            let document: Value = serde_json::from_str(&run.stdout).unwrap();
            prop_assert!(document["schema"].is_string());
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
    }
}
