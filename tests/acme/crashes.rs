//! SIGKILL at each stage of an order: the next run continues it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fleet::x509::{Chain, PrivateKey};

use crate::ca_front::Deed;
use crate::rig::{Options, Pebble, Records, Rig, text};

const CHILD: &str = "FLEET_TEST_ISSUE";

/// Not a test by itself: the run that is killed.
#[test]
fn child() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let word = |name: &str| told[name].as_str().unwrap().to_owned();
    let ca = fleet::acme::Ca {
        directory: word("directory"),
        contact: Vec::new(),
        roots: fleet::http::Roots::File(word("roots").into()),
        external: None,
        profile: None,
    };
    let port = u16::try_from(told["records"].as_u64().unwrap()).unwrap();
    let rig = Rig::at(ca, word("state").as_ref(), std::sync::Arc::new(Records::at(port)));
    rig.with("a", &["a.example.org", "*.a.example.org"]).provide(&["a"]);
}

/// Runs until the CA is asked for this, and kills the run while the CA's answer is kept back.
fn killed_at(pebble: &Pebble, path: &str) {
    pebble.front.rule("POST", path, usize::MAX, Deed::Hold);
    let ca = pebble.ca();
    let fleet::http::Roots::File(roots) = &ca.roots else { panic!("Pebble has a root of its own") };
    let told = serde_json::json!({
        "directory": ca.directory,
        "roots": roots,
        "state": pebble.state(),
        "records": pebble.records(),
    });
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crashes::child"])
        .env(CHILD, told.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while pebble.front.count("POST", path) == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before {path}");
        assert!(Instant::now() < deadline, "it never came to {path}");
        std::thread::sleep(Duration::from_millis(10));
    }
    // The CA hears of it before its answer is kept back; this run can do nothing more either way.
    child.kill().unwrap();
    child.wait().unwrap();
    pebble.front.obey();
}

#[test]
fn an_order_is_continued_wherever_the_run_was_killed() {
    for (path, placed) in [
        // The CA has the order, and its URL was never heard: another one is placed.
        ("/order-plz", 2),
        ("/authZ", 1),
        ("/chalZ", 1),
        ("/my-order", 1),
        ("/finalize-order", 1),
        ("/certZ", 1),
    ] {
        let pebble = Pebble::start(&Options { nonce_reject: 0, ..Options::default() });
        killed_at(&pebble, path);
        let rig = Rig::of(&pebble).with("a", &["a.example.org", "*.a.example.org"]);
        let ends = rig.provide(&["a"]);
        let chain = Chain::from_pem(text(&ends, "cert/a/next/fullchain").as_bytes()).unwrap();
        let key = PrivateKey::from_pem(&ends["cert/a/next/privkey"].as_ref().unwrap().bytes).unwrap();
        assert_eq!(chain.leaf().key, *key.public(), "{path}");
        assert_eq!(pebble.front.count("POST", "/order-plz"), placed, "{path}");
        assert_eq!(pebble.front.count("POST", "/sign-me-up"), 1, "{path}");
        // Another renewal is another order: the finished one is not used twice.
        text(&rig.provide(&["a"]), "cert/a/next/leaf");
        assert_eq!(pebble.front.count("POST", "/order-plz"), placed + 1, "{path}");
    }
}

#[test]
fn an_account_whose_making_was_cut_short_is_the_same_account() {
    let pebble = Pebble::start(&Options { nonce_reject: 0, ..Options::default() });
    killed_at(&pebble, "/sign-me-up");
    let key = || {
        let account = std::fs::read_dir(pebble.state().join("accounts")).unwrap().next().unwrap().unwrap().path();
        std::fs::read_to_string(account.join("key.pem")).unwrap()
    };
    let before = key();
    let rig = Rig::of(&pebble).with("a", &["a.example.org"]);
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert!(key() == before);
}

#[test]
fn an_order_whose_certificate_is_stored_already_is_not_used_again() {
    let pebble = Pebble::start(&Options { nonce_reject: 0, ..Options::default() });
    killed_at(&pebble, "/certZ");
    let orders = pebble.state().join("orders");
    let copy = pebble.directory.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    let files = || std::fs::read_dir(&orders).unwrap().map(|entry| entry.unwrap().path());
    for file in files() {
        std::fs::copy(&file, copy.join(file.file_name().unwrap())).unwrap();
    }
    let rig = Rig::of(&pebble).with("a", &["a.example.org", "*.a.example.org"]);
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    let first = rig.newest("a").serial;
    // As if the run had been killed between storing and forgetting.
    for entry in std::fs::read_dir(&copy).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, orders.join(path.file_name().unwrap())).unwrap();
    }
    text(&rig.provide(&["a"]), "cert/a/next/leaf");
    assert_ne!(rig.newest("a").serial, first);
}
