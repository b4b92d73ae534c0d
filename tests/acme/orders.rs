//! Orders from beginning to end.

use fleet::x509::{Chain, KeyType, PrivateKey};

use crate::rig::{Options, Pebble, Rig, block_on, failure, text};

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

#[test]
fn what_is_issued_is_in_the_store_and_its_key_is_provided_from_there() {
    use std::collections::{BTreeMap, BTreeSet};

    use fleet::engine::deferred::Wanted;
    use fleet::secrets::Identities;
    use fleet::store::Store;

    let pebble = Pebble::start(&Options::default());
    let mut rig = Rig::of(&pebble).with("media", &["media.example.org"]);
    let root = pebble.directory.path().join("certs");
    let store = || Store::open(&root, &[], Identities::new(Vec::new())).unwrap();
    rig.store = Some(store());
    rig.pin = true;
    let ends = rig.provide(&["media"]);
    text(&rig.provide(&["media"]), "cert/media/next/leaf");
    let stored = store().load(&BTreeSet::from(["media".to_owned()])).unwrap();
    let versions = stored.of("media", None);
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[0].chain.leaf().key, versions[1].chain.leaf().key, "the key is pinned");
    let serial = text(&ends, "cert/media/next/serial");
    assert_eq!(versions[1].serial.as_str(), serial);

    let wanted = |key: &str, serial: &str| Wanted {
        name: format!("cert/media/{serial}/privkey"),
        constraints: BTreeMap::from([("key-sha256".to_owned(), key.to_owned())]),
    };
    let name = format!("cert/media/{serial}/privkey");
    let before = pebble.front.count("GET", "/dir");
    let provided = block_on(rig.wanted(&[wanted(versions[1].chain.leaf().key.as_str(), &serial)]));
    let provided = provided[&name].as_ref().unwrap();
    assert!(provided.secret);
    assert_eq!(provided.bytes.expose(), ends["cert/media/next/privkey"].as_ref().unwrap().bytes.expose());
    assert_eq!(pebble.front.count("GET", "/dir"), before, "a stored key needs no CA");
    let other = block_on(rig.wanted(&[wanted(&"0".repeat(64), &serial)]));
    assert!(failure(&other, &name).message.contains("another one than planned"));
    let gone = block_on(rig.wanted(&[wanted(versions[1].chain.leaf().key.as_str(), "0a")]));
    assert_eq!(failure(&gone, "cert/media/0a/privkey").code, "acme-key");
}

#[test]
fn a_plan_for_another_declaration_is_not_carried_out() {
    use std::collections::BTreeMap;

    use fleet::engine::deferred::Wanted;

    let pebble = Pebble::start(&Options::default());
    let rig = Rig::of(&pebble).with("media", &["media.example.org", "*.media.example.org"]);
    let wanted = |domains: &str, key: &str, ca: &str| Wanted {
        name: "cert/media/next/leaf".to_owned(),
        constraints: [("domains", domains), ("key", key), ("ca", ca)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
    };
    let both = "media.example.org,*.media.example.org";
    for (domains, key, ca) in
        [("media.example.org", "ecdsa-p256", "default"), (both, "rsa-2048", "default"), (both, "ecdsa-p256", "other")]
    {
        let ends = block_on(rig.wanted(&[wanted(domains, key, ca)]));
        assert!(failure(&ends, "cert/media/next/leaf").message.contains("plan again"));
    }
    assert_eq!(pebble.front.count("GET", "/dir"), 0);
    text(&block_on(rig.wanted(&[wanted(both, "ecdsa-p256", "default")])), "cert/media/next/leaf");
}
