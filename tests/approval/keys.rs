//! With which key somebody signs, and how it is asked for.

use std::io::Write as _;
use std::process::Stdio;

use crate::rig::{ALICE, Agent, BOB, Place};

#[test]
fn a_key_that_only_the_agent_has() {
    let place = Place::of_two();
    place.plan();
    let agent = Agent::start(&place);
    agent.add(&place, ALICE);
    std::fs::remove_file(place.path(&format!("keys/{ALICE}"))).unwrap();
    std::fs::remove_file(place.path(&format!("keys/{BOB}"))).unwrap();
    let environment = [("SSH_AUTH_SOCK", agent.socket.as_str())];
    // By itself, by its fingerprint, and by its public half.
    let run = place.fleet_with(&["approve", "plan.json", "--yes", "--json"], &environment);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let fingerprint = run.document("approve")["key"].as_str().unwrap().to_owned();
    for key in [fingerprint, format!("keys/{ALICE}.pub")] {
        let run = place.fleet_with(&["approve", "plan.json", "--yes", "--json", "--key", &key], &environment);
        assert_eq!(run.code, Some(0), "{key}: {}", run.stderr);
        assert_eq!(run.document("approve")["principal"], ALICE);
    }
    // Whose private half is nowhere can't sign.
    let run = place
        .fleet_with(&["approve", "plan.json", "--yes", "--json", "--key", &format!("keys/{BOB}.pub")], &environment);
    assert_eq!((run.code, &run.document("error")["error"]["code"]), (Some(1), &"not-signed".into()));
    let run = place.fleet_with(&["approve", "plan.json", "--yes", "--json", "--key", "SHA256:nope"], &environment);
    assert_eq!((run.code, &run.document("error")["error"]["code"]), (Some(2), &"no-key".into()));
}

#[test]
fn the_one_key_that_may() {
    let place = Place::of_two();
    place.plan();
    let run = place.fleet(&["approve", "plan.json", "--yes", "--json"]);
    assert_eq!((run.code, &run.document("error")["error"]["code"]), (Some(2), &"no-key-found".into()));
    let keep = |from: &str, to: &str| {
        place.write(&format!("home/.ssh/{to}"), &place.read(&format!("keys/{from}")));
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(place.path(&format!("home/.ssh/{to}")), mode).unwrap();
    };
    keep(ALICE, "id_ed25519");
    place.key("stranger", "");
    keep("stranger", "id_rsa");
    let run = place.fleet(&["approve", "plan.json", "--yes", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.document("approve")["principal"], ALICE);
    // Of two, one must be named.
    keep(BOB, "id_ecdsa");
    let run = place.fleet(&["approve", "plan.json", "--yes", "--json"]);
    let error = run.document("error")["error"].clone();
    assert_eq!((run.code, &error["code"]), (Some(2), &"several-keys".into()));
    assert!(
        error["message"].as_str().unwrap().contains("id_ecdsa") && error["hint"].as_str().unwrap().contains("--key")
    );
    // What git signs with comes before.
    place.write("home/.gitconfig", "[gpg]\nformat = ssh\n[user]\nsigningkey = ~/.ssh/id_ecdsa\n");
    let run = place.fleet(&["approve", "plan.json", "--yes", "--json"]);
    assert_eq!(run.document("approve")["principal"], BOB, "{}", run.stderr);
}

#[test]
fn a_key_that_git_names_by_itself() {
    let place = Place::of_two();
    place.plan();
    let agent = Agent::start(&place);
    agent.add(&place, ALICE);
    agent.add(&place, BOB);
    let public = place.public(BOB);
    place.write("home/.gitconfig", &format!("[gpg]\nformat = ssh\n[user]\nsigningkey = \"key::{public}\"\n"));
    let run =
        place.fleet_with(&["approve", "plan.json", "--yes", "--json"], &[("SSH_AUTH_SOCK", agent.socket.as_str())]);
    assert_eq!(run.document("approve")["principal"], BOB, "{}", run.stderr);
}

#[test]
fn a_certificate_of_a_ca() {
    let place = Place::of_two();
    place.plan();
    place.key("ca", "");
    place.key("dave", "");
    place.keygen(&["-q", "-s", "keys/ca", "-I", "dave", "-n", "dave@example.org", "-V", "+1h", "keys/dave.pub"]);
    let ca = format!("*@example.org cert-authority {}\n", place.public("ca"));
    let lines = place.read("inventory/allowed_signers") + &ca;
    place.write("inventory/allowed_signers", &lines);
    place.approve(ALICE);
    let seen = place.approve("dave-cert.pub");
    assert_eq!((&seen["principal"], &seen["complete"]), (&"dave@example.org".into(), &true.into()));
    place.goes_through(&[]);
}

#[test]
fn nobody_to_ask_for_a_passphrase() {
    let place = Place::of_two();
    place.key("locked", "correct horse");
    place.signers(&[(ALICE, "locked"), (BOB, BOB)]);
    place.plan();
    let run = place.fleet(&["approve", "plan.json", "--yes", "--json", "--key", "keys/locked"]);
    let error = run.document("error")["error"].clone();
    assert_eq!((run.code, &error["code"]), (Some(1), &"not-signed".into()), "{}", run.stderr);
    assert!(error["message"].as_str().unwrap().contains("incorrect passphrase"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("ssh-add"), "{error}");
}

/// On a terminal ssh-keygen asks by itself.
#[test]
fn a_passphrase_on_a_terminal() {
    let place = Place::of_two();
    place.key("locked", "correct horse");
    place.signers(&[(ALICE, "locked"), (BOB, BOB)]);
    place.plan();
    let fleet = env!("CARGO_BIN_EXE_fleet");
    let mut command = place.plain("script");
    command.args([
        "-q",
        "-e",
        "-f",
        "-E",
        "never",
        "-c",
        &format!("'{fleet}' approve plan.json --key keys/locked"),
        "typescript",
    ]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let shown = |words: &str| {
        let text =
            || String::from_utf8_lossy(&std::fs::read(place.path("typescript")).unwrap_or_default()).into_owned();
        for _ in 0..6000 {
            if text().contains(words) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("{words} is never shown: {}", text());
    };
    shown("[y/N]");
    stdin.write_all(b"y\n").unwrap();
    shown("Enter passphrase");
    stdin.write_all(b"correct horse\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(place.read("typescript").contains("approved: "));
    assert!(!place.read("typescript").contains("correct horse"));
}
