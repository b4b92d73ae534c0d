//! `fleet cert discover` and `adopt` on real hosts: nginx and haproxy files as people leave them. Needs root and the lab.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

mod common;

use std::fs;
use std::path::Path;

use common::{Rehearsal, Run};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::Value;

const HOSTS: &str = "[hosts.edge-1]\n[hosts.edge-2]\n[hosts.edge-3]\n[groups]\ncdn = \"edge-*\"\n";

const LAB: &str = "[lab.on.cdn]\npackages = [\"nginx-light\", \"openssl\"]\n";

const LIVE: &str = "/etc/letsencrypt/live/media.example.org";

/// A CA of the test, and what it signs.
struct Ca {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Ca {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "Test CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A chain for a key, valid for so many days before and after today.
    fn chain(&self, names: &[&str], key: &KeyPair, before: i64, after: i64) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.use_authority_key_identifier_extension = true;
        let date = |days: i64| {
            let day = jiff::Zoned::now().checked_add(jiff::Span::new().days(days)).unwrap();
            rcgen::date_time_ymd(day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs())
        };
        params.not_before = date(-before);
        params.not_after = date(after);
        format!("{}{}", params.signed_by(key, &self.issuer).unwrap().pem(), self.pem)
    }
}

/// Longest line of a key: no output may hold it.
fn core(key: &KeyPair) -> String {
    let pem = key.serialize_pem();
    pem.lines().filter(|line| !line.starts_with('-')).max_by_key(|line| line.len()).unwrap().to_owned()
}

fn lay(fleet: &Rehearsal, host: &str, path: &str, text: &str) {
    fleet
        .inside(host, &format!("mkdir -p \"$(dirname '{path}')\" && umask 077 && cat > '{path}' <<'END'\n{text}\nEND"));
}

/// A lineage of certbot, as its `certonly` would leave it.
fn lineage(fleet: &Rehearsal, host: &str, name: &str, chain: &str, key: &KeyPair) {
    let archive = format!("/etc/letsencrypt/archive/{name}");
    lay(fleet, host, &format!("{archive}/fullchain4.pem"), chain);
    lay(fleet, host, &format!("{archive}/privkey4.pem"), &key.serialize_pem());
    let live = format!("/etc/letsencrypt/live/{name}");
    fleet.inside(
        host,
        &format!(
            "mkdir -p {live} && for what in fullchain privkey; do
             ln -sfn ../../archive/{name}/${{what}}4.pem {live}/$what.pem; done"
        ),
    );
}

fn serve(fleet: &Rehearsal, host: &str) {
    let site = format!(
        "server {{\n  listen 443 ssl;\n  server_name media.example.org;\n  ssl_certificate {LIVE}/fullchain.pem;\n  \
         ssl_certificate_key {LIVE}/privkey.pem;\n  location / {{ return 204; }}\n}}"
    );
    lay(fleet, host, "/etc/nginx/sites-enabled/media", &site);
    fleet.inside(host, "nginx -t && systemctl restart nginx");
}

fn codes(report: &Value) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|it| (it["code"].as_str().unwrap().to_owned(), it["hosts"].as_array().unwrap().len().to_string()))
        .collect()
}

#[test]
fn what_nobody_declared_is_found_and_adopted() {
    let fleet = Rehearsal::boot(&[("hosts.toml", HOSTS), ("lab.toml", LAB)]);
    let ca = Ca::new();
    let (shared, own) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let names = ["media.example.org", "*.media.example.org"];
    let expired = ca.chain(&names, &shared, 91, -1);
    let valid = ca.chain(&names, &shared, 1, 89);
    for (host, chain) in [("edge-1", &expired), ("edge-2", &expired), ("edge-3", &valid)] {
        lineage(&fleet, host, "media.example.org", chain, &shared);
        serve(&fleet, host);
    }
    lay(
        &fleet,
        "edge-3",
        "/etc/haproxy/haproxy.cfg",
        "frontend tls\n  bind *:8443 ssl crt /etc/haproxy/api.pem ca-sign-pass hunter2\n",
    );
    let api = ca.chain(&["api.example.org"], &own, 1, 89);
    lay(&fleet, "edge-3", "/etc/haproxy/api.pem", &format!("{}{api}", own.serialize_pem()));
    let mut said = Vec::new();

    // Found, and told in words and as a document.
    let table = fleet.fleet(&["cert", "discover", "-v"]).expect_code(0);
    for words in [
        "this private key lies on 3 hosts",
        "clients refuse it",
        "2 different certificates for the same names",
        "next: fleet cert adopt --lab",
    ] {
        assert!(unwrapped(&table).contains(words), "{words}:\n{}", table.stdout);
    }
    let found = fleet.fleet(&["cert", "discover", "--json", "--save-facts", "facts.json"]).expect_code(0);
    let report = found.json();
    let schema: Value = serde_json::from_str(&fleet.fleet(&["schema", "discover"]).stdout).unwrap();
    jsonschema::validator_for(&schema).unwrap().validate(&report).unwrap();
    assert_eq!(report["certificates"].as_array().unwrap().len(), 3, "{report}");
    assert_eq!(report["undeclared"], 3);
    let key = &report["keys"][0];
    assert_eq!((key["places"].as_array().unwrap().len(), &key["expired"]), (3, &Value::from(1)));
    assert!(key["places"].as_array().unwrap().iter().all(|place| place["proven"] == true), "{key}");
    let told = codes(&report);
    for (code, hosts) in [("expired", "2"), ("several-certificates", "3"), ("shared-key", "3")] {
        assert!(told.contains(&(code.to_owned(), hosts.to_owned())), "{code}: {told:?}");
    }
    fleet.fleet(&["cert", "discover", "--strict"]).expect_code(3);
    let saved = fleet.fleet(&["cert", "discover", "--json", "--facts", "facts.json"]).expect_code(0).json();
    assert_eq!(saved["certificates"], report["certificates"]);

    // A certificate that went away: nginx runs on, and would not start again.
    fleet.inside("edge-1", &format!("mv {LIVE}/fullchain.pem /root/away"));
    let broken = fleet.fleet(&["cert", "discover", "-l", "edge-1", "--json"]).expect_code(0).json();
    let told = codes(&broken);
    for code in ["nginx-fails", "missing-file", "broken-lineage"] {
        assert!(told.iter().any(|(it, _)| it == code), "{code}: {told:?}");
    }
    fleet.inside("edge-1", &format!("mv /root/away {LIVE}/fullchain.pem"));

    // Adopted: the inventory is whole with it, and what it says is what the hosts have.
    fleet.fleet(&["cert", "adopt", "nothing"]).expect_code(2);
    let adopted = fleet.fleet(&["cert", "adopt", "--json"]).expect_code(0);
    let files: Vec<String> = adopted.json()["files"].as_array().unwrap().iter().map(Value::to_string).collect();
    assert_eq!(files, ["\"inventory/certs-api.toml\"", "\"inventory/certs-media.toml\""]);
    let text = fs::read_to_string(fleet.inventory().join("certs-media.toml")).unwrap();
    for line in [
        "hosts = \"cdn\"",
        "live = \"/etc/letsencrypt/live/media.example.org\"",
        "reload = [\"nginx.service\"]",
        "serve = [{ name = \"media.example.org\", port = 443 }]",
    ] {
        assert!(text.contains(line), "{line}:\n{text}");
    }
    let inventory = fleet::inventory::Inventory::load(&fleet.inventory()).unwrap();
    assert_eq!(inventory.certs()["api"].layout, fleet::inventory::Layout::Combined);
    fleet.fleet(&["cert", "adopt"]).expect_code(1);
    assert_eq!(fs::read_to_string(fleet.inventory().join("certs-media.toml")).unwrap(), text);
    let declared = fleet.fleet(&["cert", "discover", "--json"]).expect_code(0).json();
    assert_eq!(declared["undeclared"], 0, "{declared}");
    assert!(codes(&declared).iter().any(|(code, _)| code == "other-path"), "haproxy names its own file: {declared}");

    // A host that does not answer could present anything.
    fleet.inside("edge-2", "systemctl stop ssh.socket ssh.service 2>/dev/null; pkill -x sshd; true");
    fs::remove_file(fleet.inventory().join("certs-media.toml")).unwrap();
    let silent = fleet.fleet(&["cert", "adopt", "media", "--connect-timeout", "3"]).expect_code(4);
    assert!(silent.stderr.contains("edge-2: "), "{}", silent.stderr);
    assert!(!fleet.inventory().join("certs-media.toml").exists());
    let partial = fleet.fleet(&["cert", "discover", "--connect-timeout", "3"]).expect_code(4);

    // Nobody has seen a key, or a password.
    for run in [table, found, adopted, silent, partial] {
        said.extend([run.stdout, run.stderr]);
    }
    said.extend(files_below(fleet.directory()));
    assert!(said.iter().any(|text| text.contains("certificates-in-use")), "the facts file was searched");
    for secret in [core(&shared), core(&own), "hunter2".to_owned(), "PRIVATE KEY-".to_owned()] {
        assert!(said.iter().all(|text| !text.contains(&secret)), "{secret} shows");
    }
    let key = fleet.inside("edge-1", &format!("cat {LIVE}/privkey.pem"));
    assert!(key.contains(&core(&shared)), "the search works");
}

/// The words of a table, whatever its width.
fn unwrapped(run: &Run) -> String {
    run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of every file below a directory.
fn files_below(directory: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            texts.extend(files_below(&entry.path()));
        } else if kind.is_file() {
            texts.push(String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned());
        }
    }
    texts
}
