//! Accounts: made once, bound, kept up to date, given new keys.

use std::path::PathBuf;

use fleet::acme::roll_over;

use crate::ca_front::{Deed, problem};
use crate::rig::{Options, Pebble, Rig, block_on, failure, text};

/// The directory of the one account.
fn account(rig: &Rig) -> PathBuf {
    let mut entries: Vec<_> =
        std::fs::read_dir(rig.state.join("accounts")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(entries.len(), 1);
    entries.remove(0)
}

fn key(rig: &Rig) -> String {
    std::fs::read_to_string(account(rig).join("key.pem")).unwrap()
}

#[test]
fn an_account_is_made_once_by_runs_at_once_and_kept() {
    let pebble = Pebble::start(&Options::default());
    std::thread::scope(|scope| {
        for name in ["a", "b", "c", "d"] {
            let pebble = &pebble;
            scope.spawn(move || {
                let rig = Rig::of(pebble).with(name, &[&format!("{name}.example.org")]);
                text(&rig.provide(&[name]), &format!("cert/{name}/next/serial"));
            });
        }
    });
    let rig = Rig::of(&pebble);
    account(&rig);
    // Refused nonces make more requests, not more accounts.
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(account(&rig).join("account.json")).unwrap()).unwrap();
    assert!(record["url"].as_str().unwrap().contains("/my-account/"), "{record}");
}

#[test]
fn a_ca_that_wants_an_external_account_gets_it_or_it_is_said() {
    let pebble = Pebble::start(&Options { external: true, ..Options::default() });
    let mut rig = Rig::of(&pebble).with("a", &["a.example.org"]);
    let told = failure(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert!(told.message.contains("declare `eab`"), "{told:?}");
    let mut wrong = Pebble::external();
    wrong.key = fleet::secrets::Secret::new(b"hunter2 is no key".to_vec());
    rig.ca.external = Some(wrong);
    let told = failure(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert!(told.code == "acme-key" && !format!("{told:?}").contains("hunter2"), "{told:?}");
    rig.ca.external = Some(Pebble::external());
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
}

#[test]
fn contacts_follow_the_declaration() {
    let pebble = Pebble::start(&Options { nonce_reject: 0, ..Options::default() });
    let mut rig = Rig::of(&pebble).with("a", &["a.example.org"]);
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    let before = pebble.front.count("POST", "/my-account/");
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    let look_only = pebble.front.count("POST", "/my-account/") - before;
    rig.ca.contact = vec!["other@example.org".to_owned()];
    let before = pebble.front.count("POST", "/my-account/");
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert_eq!(pebble.front.count("POST", "/my-account/") - before, look_only + 1);
    let before = pebble.front.count("POST", "/my-account/");
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert_eq!(pebble.front.count("POST", "/my-account/") - before, look_only, "it is up to date now");
}

#[test]
fn a_new_key_takes_over_also_when_it_was_cut_short() {
    // No refused nonces: what is dropped below must be the answer to what the CA has done.
    let pebble = Pebble::start(&Options { nonce_reject: 0, ..Options::default() });
    let rig = Rig::of(&pebble).with("a", &["a.example.org"]);
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    let first = key(&rig);
    block_on(roll_over(&rig.state, &rig.ca, None)).unwrap();
    let second = key(&rig);
    assert!(first != second);
    text(&rig.provide(&["a"]), "cert/a/next/leaf");

    // The CA has taken the new key, and its answer was lost.
    pebble.front.rule("POST", "/rollover-account-key", usize::MAX, Deed::Drop);
    block_on(roll_over(&rig.state, &rig.ca, None)).unwrap_err();
    pebble.front.obey();
    let next = std::fs::read_to_string(account(&rig).join("next.pem")).unwrap();
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert!(key(&rig) == next);
    assert!(!account(&rig).join("next.pem").exists());

    // The CA has not heard of it.
    pebble.front.rule("POST", "/rollover-account-key", 1, problem(500, "serverInternal", "no", None));
    block_on(roll_over(&rig.state, &rig.ca, None)).unwrap_err();
    assert!(account(&rig).join("next.pem").exists());
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert!(key(&rig) == next);
    assert!(!account(&rig).join("next.pem").exists());
}

#[test]
fn an_account_that_the_ca_has_forgotten_is_made_again_with_its_key() {
    let mut pebble = Pebble::start(&Options::default());
    let rig = Rig::of(&pebble).with("a", &["a.example.org"]);
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    let first = key(&rig);
    pebble.restart();
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert!(key(&rig) == first);
}

#[test]
fn a_key_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let pebble = Pebble::start(&Options::default());
    let rig = Rig::of(&pebble).with("a", &["a.example.org"]);
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    let path = account(&rig).join("key.pem");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let told = failure(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert_eq!(told.code, "acme-file-readable-by-others");
    assert!(told.hint.unwrap().contains("chmod 600"));
}
