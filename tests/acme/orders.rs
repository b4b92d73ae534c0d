//! Orders from beginning to end.

use fleet::x509::{Chain, KeyType, PrivateKey};

use crate::rig::{Options, Pebble, Rig, text};

#[test]
fn apex_and_wildcard_are_issued_and_nothing_stays_in_dns() {
    let pebble = Pebble::start(&Options::default());
    let rig = Rig::of(&pebble).with("media", &["media.example.org", "*.media.example.org"]);
    let ends = rig.provide(&["media"]);
    let chain = Chain::from_pem(text(&ends, "cert/media/next/fullchain").as_bytes()).unwrap();
    let key = PrivateKey::from_pem(&ends["cert/media/next/privkey"].as_ref().unwrap().bytes).unwrap();
    let leaf = chain.leaf();
    assert_eq!(leaf.key, *key.public());
    assert!(leaf.covers("media.example.org") && leaf.covers("a.media.example.org"));
    assert_eq!(text(&ends, "cert/media/next/serial"), leaf.serial.as_str());
    assert_eq!(text(&ends, "cert/media/next/sha256"), leaf.fingerprint.as_str());
    assert_eq!(text(&ends, "cert/media/next/leaf") + &text(&ends, "cert/media/next/issuers"), chain.to_pem());
    assert!(ends["cert/media/next/privkey"].as_ref().unwrap().secret);
    assert!(!ends["cert/media/next/leaf"].as_ref().unwrap().secret);
    assert!(rig.prover.is_clean());
    assert_eq!(*rig.prover.added.lock().unwrap(), 2);
    // What is stored is what was handed out, and the order is forgotten.
    let stored = rig.newest("media");
    assert_eq!(stored.chain, chain);
    assert_eq!(stored.meta.directory, rig.ca.directory);
    let left: Vec<_> = std::fs::read_dir(rig.state.join("orders"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "lock"))
        .collect();
    assert_eq!(left, Vec::<std::path::PathBuf>::new());
}

#[test]
fn fifty_certificates_at_once_on_one_account_while_nonces_are_refused() {
    let pebble = Pebble::start(&Options::default());
    let names: Vec<String> = (0..50).map(|number| format!("c{number}")).collect();
    let mut rig = Rig::of(&pebble);
    for name in &names {
        rig = rig.with(name, &[&format!("{name}.example.org")]);
    }
    let subjects: Vec<&str> = names.iter().map(String::as_str).collect();
    let ends = rig.provide(&subjects);
    for name in &names {
        text(&ends, &format!("cert/{name}/next/serial"));
    }
    assert!(rig.prover.is_clean());
    assert_eq!(std::fs::read_dir(rig.state.join("accounts")).unwrap().count(), 1);
    assert_eq!(rig.memory.0.lock().unwrap().len(), 50);
}

#[test]
fn each_kind_of_key_is_issued_and_a_pinned_one_is_kept() {
    let pebble = Pebble::start(&Options { nonce_reject: 0, ..Options::default() });
    let mut rig = Rig::of(&pebble).with("a", &["a.example.org"]);
    for kind in [KeyType::EcdsaP384, KeyType::Rsa2048, KeyType::EcdsaP256] {
        rig.key = kind;
        text(&rig.provide(&["a"]), "cert/a/next/leaf");
        assert_eq!(rig.newest("a").chain.leaf().key_type, kind);
    }
    let first = rig.newest("a").chain.leaf().key.clone();
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    let second = rig.newest("a").chain.leaf().key.clone();
    assert_ne!(first, second, "each renewal has a new key");
    rig.pin = true;
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert_eq!(rig.newest("a").chain.leaf().key, second, "a pinned one does not");
}
