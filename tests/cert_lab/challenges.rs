//! Challenges: names that two orders share, servers that lag or refuse, CNAMEs, signals, and a CA with moods.

use std::time::Duration;

use crate::rig::{Case, DECLARED, Found, MEDIA, Rig, Started, ZONE, until};

/// Apex and wildcard as two certificates: their challenges are values of one name.
const TWO: &str = r#"
[certs.apex]
domains = ["media.example.org"]
dns = "main"
hosts = "edge1"
directory = "/etc/ssl/fleet/apex"
live = "/etc/letsencrypt/live/media.example.org"
validate = ["nginx", "-t"]
reload = ["nginx.service"]
[certs.wild]
domains = ["*.media.example.org"]
dns = "main"
hosts = "edge2"
directory = "/etc/ssl/fleet/wild"
live = "/etc/letsencrypt/live/media.example.org"
validate = ["nginx", "-t"]
reload = ["nginx.service"]
serve = [{ port = 443, name = "img.media.example.org" }]
"#;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::on(&["edge1", "edge2"], "apex and wildcard in two orders at once, 20 times over", two_orders),
        Case::on(&["web1"], "a secondary that is 8 s behind", a_secondary_behind),
        Case::on(&["web1"], "a secondary that stays behind is named", a_secondary_lost),
        Case::on(&["web1"], "a chain of cnames", a_chain),
        Case::on(&["web1"], "a loop of cnames", a_loop),
        Case::on(&["web1"], "a challenge in a zone that can't be written", a_foreign_zone),
        Case::on(&["web1"], "a declared delegation that is none", not_delegated),
        Case::on(&["web1"], "an update that is refused", refused),
        Case::new("killed while waiting", killed),
        Case::on(&["web1"], "killed while waiting, then cleaned", killed_and_cleaned),
        Case::on(&["web1"], "interrupted while waiting", interrupted),
        Case::on(&["web1"], "a CA that refuses 30 % of nonces", bad_nonces),
        Case::on(&["web1"], "a CA that has forgotten its accounts", forgotten),
    ]
}

/// Half of them by one process, half by two operators.
fn two_orders(rig: &Rig) {
    rig.declare(TWO);
    let colleague = rig.colleague();
    for round in 0..20 {
        let before = (rig.presented("edge1", MEDIA), rig.presented("edge2", "img.media.example.org"));
        if round % 2 == 0 {
            rig.cert(&["apply", "--yes", "--renew", "apex", "--renew", "wild"]).expect_code(0);
        } else {
            let one = rig.start(&["apply", "--yes", "--renew", "apex", "-l", "edge1"]);
            let other = colleague.start(&["apply", "--yes", "--renew", "wild", "-l", "edge2"]);
            one.wait().expect_code(0);
            other.wait().expect_code(0);
        }
        let after = (rig.presented("edge1", MEDIA), rig.presented("edge2", "img.media.example.org"));
        assert!(after.0.is_some() && after.1.is_some() && before.0 != after.0 && before.1 != after.1, "round {round}");
        rig.nothing_is_left_behind();
    }
}

fn a_secondary_behind(rig: &Rig) {
    rig.lag();
    let moment = rig.moment();
    let mut run = rig.start(&["apply", "--yes", "-v"]);
    published(rig);
    std::thread::sleep(Duration::from_secs(8));
    assert!(!run.ended(), "{}", run.wait().stderr);
    // Whoever asks the CA now is told "no" for good.
    let asked = rig.asked(&moment);
    assert!(!asked.iter().any(|line| line.contains("/chalZ/")), "{asked:#?}");
    rig.catch_up();
    let run = run.wait().expect_code(0);
    assert!(rig.asked(&moment).iter().any(|line| line.contains("/chalZ/")), "the control of the above");
    assert!(run.stderr.contains("ns2"), "who is behind is named:\n{}", run.stderr);
    rig.one_leaf(MEDIA);
    rig.nothing_is_left_behind();
}

fn a_secondary_lost(rig: &Rig) {
    rig.accounts(|text| text.replace("propagation = \"1m\"", "propagation = \"3s\""));
    let before = rig.one_leaf(MEDIA);
    rig.lag();
    let run = rig.cert(&["apply", "--yes", "--json"]);
    let found = Found::of(&run);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(found.failures().contains("dns-not-propagated"), "{:?}", found.failures());
    assert!(run.stdout.contains("ns2"), "who is behind is named:\n{}", run.stdout);
    assert_eq!(rig.one_leaf(MEDIA), before);
    rig.catch_up();
    rig.nothing_is_left_behind();
}

/// The declared certificate with one name more.
fn with(name: &str) -> String {
    DECLARED.replace("\"*.media.example.org\"]", &format!("\"*.media.example.org\", \"{name}\"]"))
}

fn a_chain(rig: &Rig) {
    rig.declare(&with("chain.example.org"));
    rig.cert(&["apply", "--yes"]).expect_code(0);
    rig.one_leaf(MEDIA);
    let names = rig
        .fleet
        .inside("web1", "openssl x509 -in /etc/letsencrypt/live/media.example.org/cert.pem -noout -ext subjectAltName");
    assert!(names.contains("DNS:chain.example.org"), "{names}");
    rig.nothing_is_left_behind();
}

fn a_loop(rig: &Rig) {
    rig.declare(&with("loop.example.org"));
    let before = rig.one_leaf(MEDIA);
    let run = rig.cert(&["apply", "--yes", "--json"]);
    let found = Found::of(&run);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(found.failures().contains("dns-cname-loop"), "{:?}", found.failures());
    for hop in ["_acme-challenge.loop.example.org", "loop1.example.org", "loop2.example.org"] {
        assert!(run.stdout.contains(hop), "the chain is shown:\n{}", run.stdout);
    }
    assert_eq!(rig.one_leaf(MEDIA), before);
    rig.nothing_is_left_behind();
}

fn a_foreign_zone(rig: &Rig) {
    rig.declare(&with("foreign.example.org"));
    let zone = rig.zone("example.org");
    let before = rig.one_leaf(MEDIA);
    // Where nobody says what it may write, the server does.
    let run = rig.cert(&["apply", "--yes", "--json"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(Found::of(&run).failures().contains("dns-update-refused"), "{}", run.stdout);
    assert_eq!((rig.one_leaf(MEDIA), rig.zone("example.org")), (before.clone(), zone.clone()));
    rig.nothing_is_left_behind();

    rig.accounts(|text| text.replace("propagation = \"1m\"", "propagation = \"1m\"\nzone = \"acme.example.net\""));
    let told = rig.cert(&["plan"]).expect_code(3).stdout;
    assert!(told.contains("_acme-challenge.elsewhere.example.org"), "the plan warns of it:\n{told}");
    let run = rig.cert(&["apply", "--yes", "--json", "--retry-now"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert_eq!((rig.one_leaf(MEDIA), rig.zone("example.org")), (before, zone));
    rig.nothing_is_left_behind();
}

fn not_delegated(rig: &Rig) {
    rig.declare(&DECLARED.replace("media.acme.example.net\" }", "elsewhere.acme.example.net\" }"));
    let before = rig.one_leaf(MEDIA);
    let run = rig.cert(&["apply", "--yes", "--json"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(Found::of(&run).failures().contains("dns-not-delegated"), "{}", run.stdout);
    assert_eq!(rig.one_leaf(MEDIA), before);
    rig.nothing_is_left_behind();
}

fn refused(rig: &Rig) {
    let before = rig.one_leaf(MEDIA);
    rig.refuse_updates();
    let run = rig.cert(&["apply", "--yes", "--json"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(Found::of(&run).failures().contains("dns-update-refused"), "{}", run.stdout);
    assert_eq!(rig.one_leaf(MEDIA), before);
    for host in rig.hosts() {
        assert!(!rig.outside(host, "/etc/ssl/fleet").exists(), "{host} was not touched");
    }
    rig.accept_updates();
    rig.nothing_is_left_behind();
}

/// Waits until a run has published its values.
fn published(rig: &Rig) {
    let look = || rig.zone(ZONE).iter().any(|line| line.contains(" TXT ")).then_some(());
    until("the challenges", || rig.zone(ZONE).join("\n"), look);
}

/// A run that waits for the secondary, with its values in the zone.
fn waiting(rig: &Rig) -> Started {
    rig.lag();
    let run = rig.start(&["apply", "--yes"]);
    published(rig);
    run
}

fn killed(rig: &Rig) {
    waiting(rig).kill();
    rig.catch_up();
    assert_eq!(rig.challenges().len(), 1, "SIGKILL leaves them");
    rig.cert(&["apply", "--yes"]).expect_code(0);
    rig.one_leaf(MEDIA);
    rig.nothing_is_left_behind();
    rig.cert(&["check"]).expect_code(0);
}

fn killed_and_cleaned(rig: &Rig) {
    waiting(rig).kill();
    rig.catch_up();
    // What another run still needs is not its own to remove.
    rig.update(&format!("update add media.{ZONE}. 60 TXT \"of somebody else\"\n"));
    rig.cert(&["clean"]).expect_code(0);
    let left: Vec<String> = rig.zone(ZONE).into_iter().filter(|line| line.contains(" TXT ")).collect();
    assert_eq!(left.len(), 1, "{left:#?}");
    assert!(left[0].contains("of somebody else"), "{left:#?}");
}

fn interrupted(rig: &Rig) {
    let run = waiting(rig);
    let pid = rustix::process::Pid::from_raw(run.pid().try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    run.wait().expect_code(130);
    rig.catch_up();
    rig.nothing_is_left_behind();
}

fn bad_nonces(rig: &Rig) {
    rig.restart_ca("PEBBLE_WFE_NONCEREJECT=30");
    let run = rig.cert(&["apply", "--yes"]);
    rig.restart_ca("PEBBLE_WFE_NONCEREJECT=5");
    run.expect_code(0);
    rig.one_leaf(MEDIA);
}

fn forgotten(rig: &Rig) {
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let before = rig.one_leaf(MEDIA);
    rig.restart_ca("PEBBLE_WFE_NONCEREJECT=5");
    rig.declare(&with("chain.example.org"));
    rig.cert(&["apply", "--yes"]).expect_code(0);
    assert_ne!(rig.one_leaf(MEDIA), before);
}
