//! When CAs want their certificates renewed, what replaces what, and revocation.

use fleet::acme::{By, Reason, RenewalInfo, revoke};
use jiff::Timestamp;
use serde_json::json;

use crate::ca_front::problem;
use crate::rig::{Options, Pebble, Rig, block_on, text};

fn window(start: &str, end: &str) -> serde_json::Value {
    json!({ "suggestedWindow": { "start": start, "end": end } })
}

#[test]
fn a_ca_is_asked_as_often_as_it_wants_and_its_moment_is_kept() {
    let pebble = Pebble::start(&Options::default());
    let rig = Rig::of(&pebble).with("a", &["a.example.org"]);
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    let leaf = rig.newest("a").chain.leaf().clone();
    assert!(block_on(RenewalInfo::of(&rig.ca, None)).unwrap().is_none(), "Pebble does not offer it by itself");

    pebble.front.offer_renewal(window("2027-01-01T00:00:00Z", "2027-01-03T00:00:00Z"), Some("21600"));
    let ca = block_on(RenewalInfo::of(&rig.ca, None)).unwrap().unwrap();
    let now = Timestamp::now();
    let first = block_on(ca.ask(&leaf, None, now, u32::MAX / 4)).unwrap().unwrap();
    assert!(first.start < first.chosen && first.chosen < first.end);
    assert_eq!(first.ask_again, now + jiff::SignedDuration::from_hours(6));
    let path = format!("/renewal-info/{}", leaf.ari_id().unwrap());
    assert_eq!(pebble.front.count("GET", &path), 1);
    // Not asked before its time;
    assert_eq!(block_on(ca.ask(&leaf, Some(&first), now, 7)).unwrap().unwrap(), first);
    assert_eq!(pebble.front.count("GET", &path), 1);
    // then asked, and the moment is kept,
    let later = first.ask_again;
    assert_eq!(block_on(ca.ask(&leaf, Some(&first), later, 7)).unwrap().unwrap().chosen, first.chosen);
    assert_eq!(pebble.front.count("GET", &path), 2);
    // until the window moves: the CA must revoke.
    pebble.front.offer_renewal(window("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"), None);
    let moved = block_on(ca.ask(&leaf, Some(&first), later, 7)).unwrap().unwrap();
    assert!(moved.chosen < first.start);
    let due = fleet::store::due(&leaf, Some(&moved), None);
    assert_eq!(due.at, leaf.not_before + leaf.lifetime() / 90, "it is new");
    // What makes no sense is an error for a warning.
    pebble.front.offer_renewal(window("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"), None);
    assert_eq!(block_on(ca.ask(&leaf, None, now, 7)).unwrap_err().code(), "acme-protocol");
}

#[test]
fn a_renewal_says_what_it_replaces_unless_the_ca_will_not_have_it() {
    let pebble = Pebble::start(&Options { nonce_reject: 0, ..Options::default() });
    pebble.front.offer_renewal(window("2027-01-01T00:00:00Z", "2027-01-03T00:00:00Z"), None);
    let rig = Rig::of(&pebble).with("a", &["a.example.org"]);
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    let first = rig.newest("a").chain.leaf().ari_id().unwrap();
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    let second = rig.newest("a").chain.leaf().ari_id().unwrap();
    let replaces: Vec<_> = pebble.front.orders().iter().map(|order| order["replaces"].clone()).collect();
    assert_eq!(replaces, [serde_json::Value::Null, json!(first)]);
    pebble.front.rule("POST", "/order-plz", 1, problem(409, "alreadyReplaced", "no", None));
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert!(pebble.front.orders().last().unwrap()["replaces"].is_null(), "asked again without it");
    assert_ne!(rig.newest("a").chain.leaf().ari_id().unwrap(), second);
}

#[test]
fn revocation_by_account_and_by_key() {
    let pebble = Pebble::start(&Options::default());
    let mut rig = Rig::of(&pebble).with("a", &["a.example.org"]);
    for (kind, by_key, reason) in [
        (fleet::x509::KeyType::EcdsaP256, false, Reason::Superseded),
        (fleet::x509::KeyType::EcdsaP256, true, Reason::KeyCompromise),
        (fleet::x509::KeyType::EcdsaP384, true, Reason::CessationOfOperation),
        (fleet::x509::KeyType::Rsa2048, true, Reason::Unspecified),
    ] {
        rig.key = kind;
        text(&rig.provide(&["a"]), "cert/a/next/leaf");
        let stored = rig.newest("a");
        let leaf = stored.chain.leaf();
        let status = || pebble.management(&format!("/cert-status-by-serial/{}", leaf.serial));
        assert!(status().contains("Valid"), "{}", status());
        let by = || if by_key { By::Key(stored.key.as_ref().unwrap()) } else { By::Account };
        let revoked = block_on(revoke(&rig.state, &rig.ca, leaf, reason, by(), None)).unwrap();
        assert_eq!(revoked.reason, reason.as_str());
        assert!(status().contains("Revoked"), "{}", status());
        // Twice is no error.
        block_on(revoke(&rig.state, &rig.ca, leaf, reason, by(), None)).unwrap();
    }
    let other = fleet::x509::PrivateKey::generate(fleet::x509::KeyType::EcdsaP256).unwrap().to_pem();
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    let stored = rig.newest("a");
    let wrong =
        block_on(revoke(&rig.state, &rig.ca, stored.chain.leaf(), Reason::KeyCompromise, By::Key(&other), None));
    assert_eq!(wrong.unwrap_err().code(), "acme-refused");
}

#[test]
fn the_store_is_asked_about_once_in_a_while_and_a_ca_that_is_away_is_a_warning() {
    use std::collections::BTreeMap;

    use fleet::acme::renewals;
    use fleet::store::Certificates;

    let pebble = Pebble::start(&Options::default());
    pebble.front.offer_renewal(window("2027-01-01T00:00:00Z", "2027-01-03T00:00:00Z"), Some("60"));
    let rig = Rig::of(&pebble).with("a", &["a.example.org"]).with("b", &["b.example.org"]);
    rig.provide(&["a", "b"]);
    let cas = BTreeMap::from([("default".to_owned(), rig.ca.clone()), ("again".to_owned(), rig.ca.clone())]);
    let mut stored = Certificates { versions: rig.memory.0.lock().unwrap().clone(), problems: Vec::new() };
    let now = Timestamp::now();
    let first = block_on(renewals(&cas, &stored, now, None));
    assert_eq!(first.changed.len(), 2);
    assert!(first.warnings.is_empty());
    assert_eq!(pebble.front.count("GET", "/renewal-info/"), 2);
    for (name, host, _, renewal) in first.changed {
        stored.versions.get_mut(&(name, host)).unwrap()[0].meta.renewal = Some(renewal);
    }
    assert!(block_on(renewals(&cas, &stored, now, None)).changed.is_empty());
    assert_eq!(pebble.front.count("GET", "/renewal-info/"), 2, "it is not time yet");
    let later = now + jiff::SignedDuration::from_mins(2);
    pebble.front.rule("GET", "/renewal-info/", 1, problem(500, "serverInternal", "no", None));
    let told = block_on(renewals(&cas, &stored, later, None));
    assert_eq!(told.warnings.len(), 1, "{:?}", told.warnings);
    assert_eq!(told.changed.len(), 1);
}
