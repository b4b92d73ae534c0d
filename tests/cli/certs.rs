//! `fleet cert`, as far as it goes without any host.

use crate::place::{HOSTS, Place};

const CERTS: &str = r#"
[acme.default]
directory = "https://ca.example.org/dir"
[dns.main]
provider = "exec"
command = ["./dns"]
[certs.media]
domains = ["media.example.org", "*.media.example.org"]
dns = "main"
hosts = "web"
directory = "/etc/ssl/fleet/media"
[certs.own]
domains = ["own.example.org"]
dns = "main"
key = "per-host"
hosts = "web"
directory = "/etc/ssl/fleet/own"
[certs.given]
domains = ["given.example.org"]
hosts = "web"
directory = "/etc/ssl/fleet/given"
"#;

fn place() -> Place {
    Place::new(&[("inventory/hosts.toml", HOSTS), ("inventory/certs.toml", CERTS)])
}

#[test]
fn what_is_refused_before_anybody_is_asked() {
    let place = place();
    for (arguments, code) in [
        (&["cert"][..], "usage"),
        (&["cert", "chek"], "usage"),
        (&["cert", "check", "extra"], "usage"),
        (&["cert", "check", "--textfile", "x.prom"], "usage"),
        (&["cert", "plan", "--renew"], "usage"),
        (&["cert", "plan", "--renew", "nope"], "unknown-certificate"),
        (&["cert", "plan", "--renew", "given"], "never-ordered"),
        (&["cert", "apply", "--renew", "nope"], "unknown-certificate"),
        (&["cert", "apply", "--staging"], "no-staging"),
        (&["cert", "show"], "usage"),
        (&["cert", "show", "nope"], "unknown-certificate"),
        (&["cert", "export", "media"], "usage"),
        (&["cert", "export", "nope", "out"], "unknown-certificate"),
        (&["cert", "export", "media", "out"], "nothing-stored"),
        (&["cert", "export", "own", "out"], "per-host-key"),
        (&["cert", "revoke", "media"], "usage"),
        (&["cert", "revoke", "media", "--reason", "boredom"], "bad-reason"),
        (&["cert", "revoke", "nope", "--reason", "superseded"], "unknown-certificate"),
        (&["cert", "revoke", "media", "xyz", "--reason", "superseded"], "bad-serial"),
        (&["cert", "revoke", "media", "--reason", "superseded"], "unknown-version"),
        (&["cert", "account"], "usage"),
        (&["cert", "account", "rollover"], "usage"),
        (&["cert", "account", "rollover", "nope"], "unknown-name"),
    ] {
        place.refused(arguments, code);
    }
    assert!(place.lacks("out"), "nothing is exported");
}

#[test]
fn what_is_declared_is_listed() {
    let place = place();
    let run = place.fleet(&["cert", "list", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let document = run.document("certs");
    let names: Vec<&str> =
        document["certs"].as_array().unwrap().iter().map(|cert| cert["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["given", "media", "own"]);
    let run = place.fleet(&["cert", "show", "media", "--json"]);
    let document = run.document("certs");
    assert_eq!(document["certs"][0]["domains"][1], "*.media.example.org");
    assert_eq!(document["certs"][0]["versions"].as_array().unwrap().len(), 0);
    let run = place.fleet(&["cert", "show", "media"]);
    assert!(run.stdout.contains("nothing in the store"), "{}", run.stdout);
}

#[test]
fn where_nothing_was_left_behind() {
    let place = place();
    let run = place.fleet(&["cert", "clean", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.document("cert-note")["command"], "clean");
    assert!(place.fleet(&["cert", "clean"]).stdout.contains("nothing was left behind"));
}

#[test]
fn a_new_key_needs_a_word() {
    let run = place().fleet(&["cert", "account", "rollover", "default", "--json"]);
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    run.document("error");
}

#[test]
fn two_certificates_for_one_name_and_port() {
    let twin =
        "[certs.twin]\ndomains = [\"media.example.org\"]\nhosts = \"web\"\ndirectory = \"/etc/ssl/fleet/twin\"\n";
    let place = place();
    place.write("inventory/twin.toml", twin.as_bytes());
    let run = place.fleet(&["cert", "list"]);
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    assert!(run.stderr.contains("both served for media.example.org on port 443"), "{}", run.stderr);
    // One of them may stay unseen.
    place.write("inventory/twin.toml", format!("{twin}serve = []\n").as_bytes());
    assert_eq!(place.fleet(&["cert", "list"]).code, Some(0));
}
