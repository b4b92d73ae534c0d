//! The CA and its account through the command line: when it wants a renewal, when it wants to be left alone, a new key for the
//! account, and a certificate that is taken back.

use serde_json::{Value, json};

use crate::ca_front::{page, problem};
use crate::rig::{Case, Found, MEDIA, Rig, until};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::on(&["web1"], "a CA that says when it wants a renewal", renewal_window),
        Case::on(&["web1"], "a CA that wants to be left alone", rate_limited),
        Case::on(&["web1"], "a page where a CA should be", a_page),
        Case::on(&["web1"], "a new key for the account", rollover),
        Case::on(&["web1"], "a certificate that is revoked", revoked),
    ]
}

/// Renewal information (RFC 9773) with a window of a day that begins so many days from today.
fn window(days: i64) -> Value {
    let moment = |days: i64| (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days)).to_string();
    json!({ "suggestedWindow": { "start": moment(days), "end": moment(days + 1) }, "explanationURL": "https://ca.example.org/why" })
}

fn renewal_window(rig: &Rig) {
    let front = rig.front();
    // One that has nothing to say yet. A wish is heeded once a small part of the lifetime has passed, here 4 s.
    rig.lifetime(120);
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let first = rig.one_leaf(MEDIA);
    rig.lifetime(90 * 86_400);
    front.offer_renewal(window(-3), Some("21600"));
    until("the renewal", String::new, || {
        rig.cert(&["apply", "--yes"]).expect_code(0);
        (rig.one_leaf(MEDIA) != first).then_some(())
    });
    let second = rig.one_leaf(MEDIA);
    let orders = front.orders();
    assert_eq!(orders.len(), 2);
    assert!(orders[0]["replaces"].is_null() && orders[1]["replaces"].is_string(), "{orders:#?}");
    // The new one has a window of its own, in which a moment is chosen once.
    front.offer_renewal(window(20), Some("21600"));
    let due = || {
        let list = rig.cert(&["list", "--json"]).expect_code(0).json();
        list["certs"][0]["versions"][0]["due"].as_str().unwrap_or_else(|| panic!("{list:#}")).to_owned()
    };
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let chosen: jiff::Timestamp = due().parse().unwrap();
    let from_now = chosen.duration_since(jiff::Timestamp::now()).as_hours();
    assert!((20 * 24 - 1..=21 * 24).contains(&from_now), "{chosen}");
    let asked = front.count("GET", "/renewal-info/");
    rig.cert(&["apply", "--yes"]).expect_code(0);
    assert_eq!(
        (due().parse().unwrap(), front.count("GET", "/renewal-info/")),
        (chosen, asked),
        "it was asked again too soon"
    );
    assert_eq!(rig.one_leaf(MEDIA), second);
    assert_eq!(front.orders().len(), 2);
}

/// A run that fails with this code and words, and leaves host and zone as they are.
#[track_caller]
fn fails(rig: &Rig, before: &str, code: &str, words: &str) {
    let run = rig.cert(&["apply", "--yes", "--json"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(Found::of(&run).failures().contains(code), "{code}: {}", run.stdout);
    assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    assert_eq!(rig.one_leaf(MEDIA), before);
    assert!(!rig.outside("web1", "/etc/ssl/fleet").exists(), "the host was not touched");
    rig.nothing_is_left_behind();
}

fn rate_limited(rig: &Rig) {
    let front = rig.front();
    let before = rig.one_leaf(MEDIA);
    front.rule("POST", "/order-plz", 9, problem(429, "rateLimited", "too many certificates already", Some("3600")));
    fails(rig, &before, "acme-rate-limited", "too many certificates already");
    let asked = front.count("POST", "/order-plz");
    assert!(asked >= 1);
    // It is kept over runs, whatever the CA would say now, until somebody says otherwise.
    front.obey();
    fails(rig, &before, "acme-backing-off", "too many certificates already");
    assert_eq!(front.count("POST", "/order-plz"), asked);
    rig.cert(&["apply", "--yes", "--retry-now"]).expect_code(0);
    assert_ne!(rig.one_leaf(MEDIA), before);
    rig.cert(&["apply", "--yes", "--renew", "media"]).expect_code(0);
}

fn a_page(rig: &Rig) {
    let front = rig.front();
    let before = rig.one_leaf(MEDIA);
    front.rule("GET", "/dir", 99, page(503));
    fails(rig, &before, "acme-not-json", "503");
    front.obey();
    rig.cert(&["apply", "--yes", "--retry-now"]).expect_code(0);
    assert_ne!(rig.one_leaf(MEDIA), before);
}

fn rollover(rig: &Rig) {
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let key = || {
        let accounts = std::fs::read_dir(rig.fleet.state().join("acme/accounts")).unwrap().flatten();
        let keys: Vec<String> =
            accounts.filter_map(|account| std::fs::read_to_string(account.path().join("key.pem")).ok()).collect();
        keys.concat()
    };
    let before = key();
    rig.cert(&["account", "rollover"]).expect_code(6);
    assert_eq!(key(), before);
    let moment = rig.moment();
    let told = rig.cert(&["account", "rollover", "--yes"]).expect_code(0);
    assert!(told.stdout.contains("acme.default has a new key"), "{}", told.stdout);
    assert_ne!(key(), before);
    let leaf = rig.one_leaf(MEDIA);
    rig.cert(&["apply", "--yes", "--renew", "media"]).expect_code(0);
    assert_ne!(rig.one_leaf(MEDIA), leaf);
    let asked = rig.asked(&moment);
    assert!(asked.iter().any(|line| line.contains("/rollover-account-key")), "{asked:#?}");
    assert!(!asked.iter().any(|line| line.contains("/sign-me-up")), "it is the same account: {asked:#?}");
}

fn revoked(rig: &Rig) {
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let leaf = rig.one_leaf(MEDIA);
    let list = rig.cert(&["list", "--json"]).expect_code(0).json();
    let serial = list["certs"][0]["versions"][0]["serial"].as_str().unwrap().to_owned();
    let status = || {
        let url = format!("https://localhost:15000/cert-status-by-serial/{serial}");
        rig.fleet.inside("ca", &format!("curl -sf --cacert /etc/pebble/ca.pem {url}"))
    };
    assert!(status().contains("Valid"), "{}", status());
    rig.cert(&["revoke", "media", "--reason", "superseded"]).expect_code(6);
    rig.cert(&["revoke", "media", "--reason", "lost", "--yes"]).expect_code(2);
    assert!(status().contains("Valid"), "{}", status());
    rig.cert(&["revoke", "media", "--reason", "superseded", "--yes"]).expect_code(0);
    assert!(status().contains("Revoked"), "{}", status());
    let found = rig.check();
    assert_eq!(found.code, Some(3));
    assert!(found.codes("web1").contains("revoked"), "{:?}", found.codes("web1"));
    rig.cert(&["apply", "--yes"]).expect_code(0);
    assert_ne!(rig.one_leaf(MEDIA), leaf);
    assert!(!rig.check().codes("web1").contains("revoked"));
}
