//! What is wrong with `[approval]`: all of it at once, each with its place.

use crate::rig::Place;

/// What is said of an inventory, on one line.
#[track_caller]
fn said(place: &Place) -> (Vec<String>, String) {
    let run = place.fleet(&["hosts", "list", "--json"]);
    assert_eq!(run.code, Some(2), "{}{}", run.stdout, run.stderr);
    let document = run.document("error");
    let codes =
        document["problems"].as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap().to_owned());
    (codes.collect(), document.to_string())
}

#[test]
fn names_and_numbers() {
    let place = Place::of_two();
    place.approval(
        "valid = \"0h\"\nbreak_glass = [\"alise@example.org\"]\nusers = { al = \"nobody@example.org\" }\n\
         [approval.rules.a]\nhosts = \"fritzz\"\n[approval.rules.b]\nneeded = 4\n\
         [approval.rules.c]\nby = [\"bob@exmaple.org\", \"alice@example.org\"]\n\
         [approval.rules.d]\nneeded = 3\nauthor_counts = false\n",
    );
    let (codes, text) = said(&place);
    assert_eq!(codes.len(), 7, "{codes:?} {text}");
    for words in [
        "did you mean \\\"alice@example.org\\\"?",
        "no principal of `allowed_signers` is called \\\"nobody@example.org\\\"",
        "did you mean `fritz`",
        "approval.rules.b needs 4 people, and 3 may approve",
        "did you mean \\\"bob@example.org\\\"?",
        "approval.rules.d needs 3 people, and 3 may approve, and the author does not count",
        "`valid` of approval is no time at all",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn keys_and_values() {
    let place = Place::of_two();
    place.approval("breakglass = true\n[approval.rules.a]\nactions = [\"certs\"]\nneeded = 0\n");
    let (codes, text) = said(&place);
    assert!(codes.contains(&"unknown-key".to_owned()) && codes.contains(&"bad-choice".to_owned()), "{text}");
    assert!(codes.contains(&"out-of-range".to_owned()), "{text}");
    place.approval("");
    assert_eq!(said(&place).0, ["missing-key"]);
    place.approval("[approval.rules]\n");
    assert_eq!(said(&place).0, ["empty"]);
}

#[test]
fn files() {
    let place = Place::new("revoked = \"revoked_keys\"\n[approval.rules.all]\n");
    let (codes, text) = said(&place);
    assert_eq!(codes, ["file-unreadable"], "{text}");
    assert!(text.contains("revoked_keys: no such file"), "{text}");
    place.write("inventory/revoked_keys", "# none\nalice\n");
    place.write("inventory/allowed_signers", "alice@example.org ssh-ed25519 AAAA\n# fine\n*@example.org what\n");
    let (codes, text) = said(&place);
    assert_eq!(codes, ["bad-signer"; 3], "{text}");
    for place in ["allowed_signers:1: ", "allowed_signers:3: ", "revoked_keys:2: "] {
        assert!(text.contains(place), "{place}: {text}");
    }
    place.write("inventory/revoked_keys", "");
    place.write("inventory/allowed_signers", "# nobody yet\n");
    assert_eq!(said(&place).0, ["bad-value"]);
    std::fs::remove_file(place.path("inventory/allowed_signers")).unwrap();
    assert!(said(&place).1.contains("allowed_signers: no such file"));
}

#[test]
fn every_action_can_be_named() {
    let place = Place::of_two();
    let inventory = place.inventory();
    let known = fleet::inventory::ActionName::ALL.map(fleet::inventory::ActionName::word);
    let (cert, planning) = (fleet::actions::cert::Known::default(), fleet::actions::queue::Known::default());
    let queue = fleet::actions::queue::Queue::of(&inventory, &planning);
    for action in fleet::actions::all(&inventory, &cert, &queue) {
        assert!(known.contains(&action.kind()), "{}", action.kind());
    }
}
