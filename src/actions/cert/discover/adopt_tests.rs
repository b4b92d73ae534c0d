//! What is written loads with the inventory, and says what the hosts have.

use std::collections::{BTreeMap, BTreeSet};

use super::super::rig::*;
use super::super::{Discovery, probe};
use super::*;
use crate::engine::probe::{HostFacts, Probe};
use crate::x509::minted::Minted;

const HOSTS: &str = "[hosts.cdn-1]\n[hosts.cdn-2]\n[hosts.cdn-3]\n[hosts.lb]\n[hosts.mx]\n[groups]\ncdn = \"cdn-*\"\n";

/// An inventory in a directory; what is adopted goes there too.
struct Fleet {
    directory: tempfile::TempDir,
}

impl Fleet {
    fn new(files: &[(&str, &str)]) -> Self {
        let fleet = Self { directory: tempfile::tempdir().unwrap() };
        fleet.write("hosts.toml", HOSTS);
        for (name, text) in files {
            fleet.write(name, text);
        }
        fleet
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.directory.path().join(name), text).unwrap();
    }

    #[track_caller]
    fn inventory(&self) -> Inventory {
        Inventory::load(self.directory.path()).unwrap_or_else(|errors| panic!("{}", errors.render(false, 100)))
    }

    fn discover(&self, answers: &[(&str, String)]) -> Discovery {
        let answers: Vec<(&str, &str)> = answers.iter().map(|(host, text)| (*host, text.as_str())).collect();
        let facts = facts(&answers);
        let facts: BTreeMap<HostName, &HostFacts> = facts.iter().map(|(host, facts)| (host.clone(), facts)).collect();
        Discovery::of(&facts, self.inventory().certs(), now()).0
    }

    fn adopt(&self, answers: &[(&str, String)], wanted: &[&str]) -> Adoption {
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        let adoption = self.discover(answers).adopt(&wanted, &self.inventory());
        for it in &adoption.adopted {
            self.write(&format!("certs-{}.toml", it.name), &it.text);
        }
        adoption
    }
}

fn edge(minted: &Minted) -> String {
    let rig = Rig::new();
    let live = "/etc/letsencrypt/live/media.example.org";
    rig.lineage("media.example.org", 1, minted).file(
        "/etc/nginx/nginx.conf",
        format!(
            "http {{ server {{ listen 80; listen [::]:443 ssl; server_name media.example.org *.media.example.org _;
            ssl_certificate {live}/fullchain.pem; ssl_certificate_key {live}/privkey.pem; }} }}"
        ),
    );
    rig.answer()
}

fn combined(minted: &Minted) -> String {
    let rig = Rig::new();
    rig.file("/etc/haproxy/haproxy.cfg", "frontend x\n bind *:8443 ssl crt /etc/haproxy/media.pem\n");
    rig.file("/etc/haproxy/media.pem", format!("{}{}", minted.chain.to_pem(), pem_of(&minted.key)));
    rig.mode("/etc/haproxy/media.pem", 0o644);
    rig.answer()
}

#[test]
fn the_incident_becomes_one_declaration() {
    let ca = authority();
    let names = ["media.example.org", "*.media.example.org"];
    let old = ca.mint_at(&names, 1, in_days(-91), in_days(-1));
    let new = ca.mint_at(&names, 2, in_days(-1), in_days(89));
    let fleet = Fleet::new(&[]);
    let answers = [
        ("cdn-1", edge(&old)),
        ("cdn-2", edge(&old)),
        ("cdn-3", edge(&new)),
        ("lb", combined(&new)),
        ("mx", "end\n".to_owned()),
    ];
    let adoption = fleet.adopt(&answers, &[]);
    assert_eq!(adoption.skipped, BTreeMap::new());
    // Serial numbers and issuers are the test's own, and the same each time.
    let texts: Vec<String> =
        adoption.adopted.iter().map(|it| format!("{}\n{}", it.text, it.notes.join("\n"))).collect();
    insta::assert_snapshot!(texts.join("\n---\n"));
    let inventory = fleet.inventory();
    let media = &inventory.certs()["media"];
    assert_eq!(media.domains, names);
    assert_eq!(media.hosts.len(), 3);
    assert!(!media.is_issued());
    assert_eq!(inventory.certs()["media-haproxy"].hosts, BTreeSet::from([HostName::new("lb")]));

    // Declared now, all of it.
    let again = fleet.discover(&answers);
    assert_eq!(again.undeclared(), 0);
    let elsewhere = again.findings.iter().find(|it| it.code == "other-path").unwrap();
    assert_eq!(
        elsewhere.message,
        "haproxy names /etc/haproxy/media.pem, and certs.media-haproxy is kept in /etc/ssl/fleet/media-haproxy"
    );
    let adoption = fleet.adopt(&answers, &[]);
    assert!(adoption.adopted.is_empty());
    assert_eq!(adoption.skipped["media"], "it is declared already");

    // One more host has it: that is for a person to add.
    let more = [&answers[..4], &[("mx", edge(&new))]].concat();
    assert_eq!(fleet.discover(&more).undeclared(), 1);
    let adoption = fleet.adopt(&more, &[]);
    assert!(adoption.skipped["media"].contains("certs.media is declared already"), "{adoption:?}");
    assert!(adoption.skipped["media"].ends_with("add mx to it"), "{adoption:?}");
}

#[test]
fn with_a_ca_and_a_dns_it_is_renewed() {
    let acme = "[acme.default]\ndirectory = \"https://ca.example/dir\"\ncontact = [\"ops@example.org\"]\n";
    let dns = "[dns.main]\nprovider = \"exec\"\ncommand = [\"/bin/true\"]\n";
    let fleet = Fleet::new(&[("acme.toml", acme), ("dns.toml", dns)]);
    let new = authority().mint_at(&["media.example.org"], 2, in_days(-1), in_days(89));
    let adoption = fleet.adopt(&[("cdn-2", edge(&new))], &["media"]);
    assert!(adoption.adopted[0].text.contains("dns = \"main\""), "{}", adoption.adopted[0].text);
    assert!(fleet.inventory().certs()["media"].is_issued());
}

#[test]
fn what_is_no_candidate_is_left_out_until_it_is_named() {
    let ca = authority();
    let rig = Rig::new();
    rig.lineage("old.example.org", 1, &ca.mint_at(&["old.example.org"], 1, in_days(-100), in_days(-10)));
    rig.pair("/etc/ssl/address.pem", "/etc/ssl/address.key", &ca.mint_at(&["192.0.2.1"], 2, in_days(-1), in_days(9)));
    rig.file(
        "/etc/nginx/nginx.conf",
        "http { server { listen 443 ssl; ssl_certificate /etc/ssl/address.pem; ssl_certificate_key /etc/ssl/address.key; } }",
    );
    let fleet = Fleet::new(&[]);
    let answers = [("mx", rig.answer())];
    let adoption = fleet.adopt(&answers, &[]);
    assert!(adoption.adopted.is_empty());
    assert!(adoption.skipped["old"].starts_with("no service names it"), "{adoption:?}");
    assert!(adoption.skipped["192-0-2-1"].starts_with("it has no name in the DNS"), "{adoption:?}");
    assert!(fleet.adopt(&answers, &["nothing"]).skipped.contains_key("nothing"));
    let named = fleet.adopt(&answers, &["old"]);
    assert_eq!(named.adopted.len(), 1);
    let inventory = fleet.inventory();
    let old = &inventory.certs()["old"];
    assert_eq!(old.live.as_ref().unwrap().as_str(), "/etc/letsencrypt/live/old.example.org");
    assert!(old.on(&HostName::new("mx")).unwrap().serve.is_empty());
}

#[test]
fn services_that_differ_are_told_by_host() {
    let ca = authority();
    let mail = ca.mint_at(&["mail.example.org"], 1, in_days(-1), in_days(89));
    let answer = |nginx: bool| {
        let rig = Rig::new();
        rig.pair("/etc/ssl/mail.pem", "/etc/ssl/mail.key", &mail);
        if nginx {
            rig.file(
                "/etc/nginx/nginx.conf",
                "http { server { listen 443 ssl; server_name mail.example.org; ssl_certificate /etc/ssl/mail.pem;
                 ssl_certificate_key /etc/ssl/mail.key; } }",
            );
        }
        rig.command(
            "postconf",
            "case $1 in -x) printf 'smtpd_tls_cert_file = /etc/ssl/mail.pem\\nsmtpd_tls_key_file = /etc/ssl/mail.key\\n' ;;
             -M) echo 'smtp inet n - y - - smtpd' ;; esac",
        );
        rig.answer()
    };
    let fleet = Fleet::new(&[]);
    fleet.adopt(&[("cdn-1", answer(false)), ("cdn-2", answer(false)), ("mx", answer(true))], &[]);
    let inventory = fleet.inventory();
    let cert = &inventory.certs()["mail"];
    let of = |host: &str| cert.on(&HostName::new(host)).unwrap();
    assert_eq!(of("cdn-1").reload.len(), 1);
    assert_eq!(of("cdn-1").serve.first().unwrap().port, 25);
    assert_eq!(of("mx").reload.len(), 2);
    assert_eq!(of("mx").validate.len(), 2);
    assert_eq!(of("mx").serve.len(), 2);
}

#[test]
fn the_probe_is_one_script() {
    let Probe::Script { text, .. } = probe() else { panic!("no script") };
    assert!(text.ends_with("fleet_discover '' 2>/dev/null"));
}
