//! CAs that say no, ask to be left alone, or send something else.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use fleet::engine::status::Failure;

use crate::ca_front::{Deed, page, problem};
use crate::rig::{Options, Pebble, Rig, failure, text};

fn rig(pebble: &Pebble) -> Rig {
    Rig::of(pebble).with("a", &["a.example.org"])
}

fn refused(rig: &Rig) -> Failure {
    let told = failure(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert!(rig.prover.is_clean(), "nothing stays in DNS");
    assert!(rig.memory.0.lock().unwrap().is_empty(), "nothing is stored");
    told
}

#[test]
fn short_waits_are_kept_and_then_it_goes_on() {
    let pebble = Pebble::start(&Options::default());
    pebble.front.rule("POST", "/order-plz", 1, problem(429, "rateLimited", "slowly", Some("1")));
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&soon).unwrap();
    pebble.front.rule("POST", "/finalize-order", 1, problem(429, "rateLimited", "slowly", Some(&date)));
    pebble.front.rule("GET", "/dir", 2, page(503));
    pebble.front.rule("POST", "/authZ", 1, page(503));
    let rig = rig(&pebble);
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
}

#[test]
fn a_long_wait_is_told_remembered_and_kept_over_runs() {
    let pebble = Pebble::start(&Options::default());
    pebble.front.rule("POST", "/order-plz", 1, problem(429, "rateLimited", "too many certificates", Some("7200")));
    let told = refused(&rig(&pebble));
    assert_eq!(told.code, "acme-rate-limited");
    assert!(told.message.contains("too many certificates") && told.message.contains("left alone until"), "{told:?}");
    assert!(told.hint.unwrap().contains("letsencrypt-staging"));
    // Another run does not ask, and says how to.
    let before = pebble.front.count("GET", "/dir");
    let mut again = rig(&pebble);
    let told = refused(&again);
    assert_eq!(told.code, "acme-backing-off");
    assert!(told.message.contains("1 failure in a row") && told.message.contains("too many certificates"));
    assert!(told.hint.unwrap().contains("--retry-now"));
    assert_eq!(pebble.front.count("GET", "/dir"), before, "the CA was not asked at all");
    again.retry_now = true;
    text(&again.provide(&["a"]), "cert/a/next/leaf");
    // Success is remembered too.
    text(&rig(&pebble).provide(&["a"]), "cert/a/next/leaf");
}

#[test]
fn a_page_is_no_answer() {
    let pebble = Pebble::start(&Options::default());
    pebble.front.rule("POST", "/order-plz", usize::MAX, page(500));
    let told = refused(&rig(&pebble));
    assert_eq!(told.code, "acme-not-json");
    assert!(told.message.starts_with("the CA answered 500 with a page, not JSON"), "{told:?}");
    pebble.front.obey();
    pebble.front.rule("GET", "/dir", usize::MAX, page(200));
    let mut rig = rig(&pebble);
    rig.retry_now = true;
    let told = refused(&rig);
    assert!(told.message.starts_with("the CA answered 200 with a page, not JSON"), "{told:?}");
    assert!(told.hint.unwrap().contains("`directory`"));
}

#[test]
fn lost_answers_are_asked_for_again() {
    let pebble = Pebble::start(&Options { nonce_reject: 0, ..Options::default() });
    for path in ["/authZ", "/my-order", "/certZ", "/my-account"] {
        pebble.front.rule("POST", path, 1, Deed::Drop);
    }
    pebble.front.rule("HEAD", "/nonce-plz", 1, Deed::Drop);
    pebble.front.rule("POST", "/finalize-order", 1, Deed::Drop);
    let rig = rig(&pebble);
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert_eq!(pebble.front.count("POST", "/finalize-order"), 1, "what changes something is not sent twice");
}

#[test]
fn a_name_that_cannot_be_proven_is_named() {
    let pebble = Pebble::start(&Options::default());
    let rig = Rig::of(&pebble).with("a", &["a.example.org", "*.b.example.org"]);
    rig.prover.silent.store(true, Ordering::Relaxed);
    let told = failure(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert_eq!(told.code, "acme-refused");
    assert!(told.message.contains("a.example.org: ") || told.message.contains("*.b.example.org: "), "{told:?}");
    assert!(told.hint.unwrap().contains("_acme-challenge."));
    assert!(rig.prover.is_clean());
    let told = failure(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert_eq!(told.code, "acme-backing-off");
}

#[test]
fn one_that_fails_does_not_hold_back_the_others() {
    let pebble = Pebble::start(&Options::default());
    let rig = Rig::of(&pebble).with("a", &["a.example.org"]).with("b", &["*.*.example.org"]);
    let ends = rig.provide(&["a", "b"]);
    text(&ends, "cert/a/next/leaf");
    assert_eq!(failure(&ends, "cert/b/next/leaf").code, "acme-refused");
}

#[test]
fn a_profile_that_is_not_offered_is_told_with_those_that_are() {
    let pebble = Pebble::start(&Options::default());
    pebble.front.offer_profiles(&["classic", "shortlived"]);
    let mut rig = rig(&pebble);
    rig.profile = Some("short".to_owned());
    let told = refused(&rig);
    assert_eq!(told.message, "the CA does not offer the profile short; it offers classic, shortlived");
    assert_eq!(pebble.front.count("POST", "/order-plz"), 0);
    rig.profile = None;
    rig.ca.profile = Some("shortlived".to_owned());
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert!(pebble.front.orders().iter().all(|order| order["profile"] == "shortlived"));
}

/// A certificate by nobody in particular, as an answer of the CA.
fn minted(names: &[&str]) -> Deed {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let key = rcgen::KeyPair::generate().unwrap();
    let body = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap().pem();
    let headers = vec![("content-type", "application/pem-certificate-chain".to_owned())];
    Deed::Answer { status: 200, headers, body }
}

#[test]
fn a_certificate_of_another_key_is_refused() {
    let pebble = Pebble::start(&Options::default());
    pebble.front.rule("POST", "/certZ", 1, minted(&["a.example.org"]));
    let told = refused(&rig(&pebble));
    assert_eq!(told.code, "acme-wrong-certificate");
    assert!(told.message.contains("another key"), "{told:?}");
}

#[test]
fn a_certificate_of_other_names_is_refused() {
    use std::collections::BTreeMap;

    use fleet::names::HostName;
    use fleet::x509::{KeyType, PrivateKey};

    let pebble = Pebble::start(&Options::default());
    // The host's own key signs what the CA then sends: right key, wrong names.
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let pem = fleet::secrets::Secret::new(pair.serialize_pem().into_bytes());
    let key = PrivateKey::from_pem(&pem).unwrap();
    assert_eq!(key.key_type(), KeyType::EcdsaP256);
    let host = HostName::new("fritz");
    let mut rig = rig(&pebble);
    rig.hosts.0 = BTreeMap::from([(host, key.csr(&["a.example.org".to_owned()]).unwrap())]);
    let body =
        rcgen::CertificateParams::new(vec!["b.example.org".to_owned()]).unwrap().self_signed(&pair).unwrap().pem();
    let headers = vec![("content-type", "application/pem-certificate-chain".to_owned())];
    pebble.front.rule("POST", "/certZ", 1, Deed::Answer { status: 200, headers, body });
    let told = failure(&rig.provide(&["a@fritz"]), "cert/a@fritz/next/leaf");
    assert_eq!(told.code, "acme-wrong-certificate");
    assert!(told.message.contains("it is for b.example.org, and ordered was a.example.org"), "{told:?}");
    assert!(rig.memory.0.lock().unwrap().is_empty());
    // Without the CA's mistake the host gets its certificate, and no key comes with it.
    rig.retry_now = true;
    let ends = rig.provide(&["a@fritz"]);
    let chain = fleet::x509::Chain::from_pem(text(&ends, "cert/a@fritz/next/fullchain").as_bytes()).unwrap();
    assert_eq!(chain.leaf().key, *key.public());
    assert_eq!(failure(&ends, "cert/a@fritz/next/privkey").code, "not-provided");
}

#[test]
fn a_request_for_other_names_is_not_ordered() {
    use std::collections::BTreeMap;

    use fleet::names::HostName;
    use fleet::x509::{KeyType, PrivateKey};

    let pebble = Pebble::start(&Options::default());
    let mut rig = rig(&pebble);
    let csr = PrivateKey::generate(KeyType::EcdsaP256).unwrap().csr(&["evil.example.org".to_owned()]).unwrap();
    rig.hosts.0 = BTreeMap::from([(HostName::new("fritz"), csr)]);
    let told = failure(&rig.provide(&["a@fritz"]), "cert/a@fritz/next/leaf");
    assert!(told.message.contains("evil.example.org"), "{told:?}");
    assert_eq!(pebble.front.count("POST", "/order-plz"), 0);
}

#[test]
fn an_interrupt_takes_back_the_challenges() {
    let pebble = Pebble::start(&Options::default());
    let rig = rig(&pebble);
    let interrupted = Arc::clone(&rig.interrupted);
    // The CA says nothing more: only the interrupt can end this.
    pebble.front.rule("POST", "/chalZ", usize::MAX, Deed::Hold);
    std::thread::scope(|scope| {
        let front = &pebble.front;
        scope.spawn(move || {
            while front.count("POST", "/chalZ") == 0 {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            interrupted.store(true, Ordering::Relaxed);
        });
        let told = failure(&rig.provide(&["a"]), "cert/a/next/leaf");
        assert_eq!(told.code, "interrupted");
    });
    assert!(rig.prover.is_clean());
    assert_eq!(*rig.prover.added.lock().unwrap(), 1);
    pebble.front.obey();
    rig.interrupted.store(false, Ordering::Relaxed);
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert_eq!(pebble.front.orders().len(), 1, "the order was continued");
}

#[test]
fn every_request_is_logged_and_no_key_is() {
    let pebble = Pebble::start(&Options::default());
    let mut rig = rig(&pebble);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&lines);
    rig.log = Some(Arc::new(move |exchange| heard.lock().unwrap().push(format!("{exchange:?}"))));
    let ends = rig.provide(&["a"]);
    let key = ends["cert/a/next/privkey"].as_ref().unwrap().bytes.clone();
    let lines = lines.lock().unwrap().join("\n") + &rig.told.lock().unwrap().join("\n");
    assert!(lines.contains("/order-plz") && lines.contains("HEAD") && lines.contains("Some(201)"), "{lines}");
    // The search itself works, and the keys lie in no file but their own.
    let account =
        std::fs::read_dir(rig.state.join("accounts")).unwrap().next().unwrap().unwrap().path().join("key.pem");
    let account_key = std::fs::read_to_string(&account).unwrap();
    let key = key.expose_str().unwrap().to_owned();
    for (secret, homes) in [(&account_key, vec![account.clone()]), (&key, Vec::new())] {
        let needle = secret.lines().nth(1).unwrap();
        assert!(!lines.contains(needle));
        assert_eq!(files_with(pebble.directory.path(), needle), homes);
    }
}

fn files_with(directory: &std::path::Path, needle: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(needle) {
            found.push(path);
        }
    }
    found
}
