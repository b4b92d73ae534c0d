//! The script under every shell, what is read from it, and what is said of it.

use std::fmt::Write as _;

use super::rig::*;
use super::*;
use crate::x509::minted::{Authority, Minted};
use crate::x509::{Chain, PrivateKey};

fn discover(answers: &[(&str, &str)]) -> Discovery {
    let facts = facts(answers);
    let facts: BTreeMap<HostName, &HostFacts> = facts.iter().map(|(host, facts)| (host.clone(), facts)).collect();
    let (discovery, unknown) = Discovery::of(&facts, &BTreeMap::new(), now());
    assert_eq!(unknown, BTreeMap::new());
    discovery
}

/// Without what differs from run to run.
fn told(discovery: &Discovery) -> String {
    let mut text = String::new();
    for it in &discovery.certificates {
        writeln!(text, "{} {} {}", it.name, it.validity.word(), it.names.join(" ")).unwrap();
        for place in &it.places {
            let key = place.key_path.as_deref().unwrap_or("no key");
            writeln!(text, "  {}: {} + {key} {:?}", place.host, place.path, place.lineages).unwrap();
            for used in &place.used_by {
                let ports: Vec<String> = used
                    .ports
                    .iter()
                    .map(|port| format!("{}{}", port.port, port.starttls.map_or("", |_| " starttls")))
                    .collect();
                let runs = if used.runs { "" } else { " (does not run)" };
                let names: Vec<&str> = used.names.iter().map(String::as_str).collect();
                writeln!(text, "    {}{runs} at {ports:?} for {names:?}", used.service.word()).unwrap();
            }
        }
    }
    for key in &discovery.keys {
        let names: Vec<&str> = key.names.iter().map(String::as_str).collect();
        writeln!(text, "key of {names:?}: {} files, {} expired", key.places.len(), key.expired).unwrap();
    }
    for finding in &discovery.findings {
        let hosts: Vec<&str> = finding.hosts.iter().map(HostName::as_str).collect();
        writeln!(text, "{:?} {} {} on {}", finding.level, finding.code, finding.subject, hosts.join(" ")).unwrap();
        writeln!(text, "  {}", finding.message).unwrap();
    }
    text
}

fn minted(authority: &Authority, name: &str, serial: u64) -> Minted {
    authority.mint_at(&[name], serial, in_days(-10), in_days(80))
}

#[test]
fn nginx() {
    let ca = authority();
    let rig = Rig::new();
    let media = ca.mint_at(&["media.example.org", "*.cdn.example.org"], 1, in_days(-80), in_days(10));
    rig.command("nginx", &format!("[ \"$1\" = -T ] && cat '{}'", data("nginx-T.txt").display()));
    rig.command(
        "systemctl",
        "printf 'Id=nginx.service\\nActiveState=active\\n\\nId=certbot.timer\\nActiveState=active\\n'",
    );
    rig.lineage("media.example.org", 2, &media).lineage("media.example.org", 1, &media);
    rig.data("/etc/letsencrypt/renewal/media.example.org.conf", "renewal.conf");
    rig.pair("/etc/ssl/default.pem", "/etc/ssl/private/default.key", &minted(&ca, "inherits.example.org", 2));
    let many = minted(&ca, "many.example.org", 3);
    rig.pair("/etc/ssl/with blank.pem", "/etc/ssl/private/with blank.key", &many);
    let two = minted(&ca, "two.example.org", 4);
    rig.pair("/etc/nginx/two-rsa.pem", "/etc/nginx/two-rsa.key", &two);
    rig.pair(
        "/etc/nginx/two-ecdsa.pem",
        "/etc/nginx/two-ecdsa.key",
        &ca.mint_at(&["two.example.org"], 5, in_days(-10), in_days(81)),
    );
    // The key of another: not what the certificate says.
    rig.file("/etc/nginx/two-rsa.key", pem_of(&many.key)).mode("/etc/nginx/two-rsa.key", 0o644);

    let text = rig.answer();
    assert!(!text.contains("hunter2") && !text.contains("never"), "{text}");
    for key in [&media.key, &many.key, &two.key] {
        assert!(!text.contains(&core_of(key)), "{text}");
    }
    insta::assert_snapshot!(told(&discover(&[("web1", &text)])));
}

#[test]
fn nginx_that_fails_is_read_file_by_file() {
    let ca = authority();
    let rig = Rig::new();
    let why = "nginx: [emerg] cannot load certificate \"/etc/ssl/gone.pem\": BIO_new_file() failed";
    rig.command("nginx", &format!("echo '{why}' >&2\nexit 1"));
    // The files that `nginx -T` would have shown.
    let dump = std::fs::read_to_string(data("nginx-T.txt")).unwrap();
    for part in dump.split("# configuration file ").skip(1) {
        let (path, text) = part.split_once(":\n").unwrap();
        rig.file(path, text);
    }
    rig.file("/etc/nginx/sites-enabled/loop", "include sites-enabled/*;\nserver { listen 1 ssl; include loop; }");
    rig.lineage("media.example.org", 1, &minted(&ca, "media.example.org", 1));
    let failing = rig.answer();
    rig.command("nginx", &format!("[ \"$1\" = -T ] && cat '{}'", data("nginx-T.txt").display()));
    let working = rig.answer();
    let read = |text: &str| {
        let mut uses = nginx::uses(&Answer::read(text).nginx);
        uses.sort();
        uses.dedup();
        uses.retain(|it| it.ports != [Port::tls(1)].into());
        uses
    };
    assert_eq!(read(&failing), read(&working));
    assert_eq!(read(&working).len(), 7, "{:#?}", read(&working));
    let discovery = discover(&[("web1", &failing)]);
    let codes: Vec<&str> = discovery.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert!(codes.contains(&"nginx-fails") && codes.contains(&"missing-file"), "{codes:?}");
}

#[test]
fn haproxy_mail_and_apache() {
    let ca = authority();
    let rig = Rig::new();
    rig.data("/etc/haproxy/haproxy.cfg", "haproxy.cfg").data("/etc/haproxy/crt-list.txt", "crt-list.txt");
    let both = |minted: &Minted| format!("{}{}", minted.chain.to_pem(), pem_of(&minted.key));
    let mut keys = Vec::new();
    for (number, (file, name)) in [
        ("site.pem", "site.example.org"),
        ("with blank.pem", "blank.example.org"),
        ("all/one.pem", "one.example.org"),
        ("listed.pem", "*.example.org"),
    ]
    .into_iter()
    .enumerate()
    {
        let it = minted(&ca, name, number as u64);
        rig.file(&format!("/etc/haproxy/certs/{file}"), both(&it));
        keys.push(it.key);
    }
    let split = minted(&ca, "split.example.org", 9);
    rig.pair("/etc/haproxy/certs/all/split.pem", "/etc/haproxy/certs/all/split.pem.key", &split);
    rig.data("/etc/apache2/sites-enabled/wiki.conf", "apache-site.conf");
    rig.pair("/etc/ssl/wiki.pem", "/etc/ssl/private/wiki.key", &minted(&ca, "wiki.example.org", 10));
    let mail = minted(&ca, "mail.example.org", 11);
    rig.pair("/etc/ssl/mail.pem", "/etc/ssl/private/mail.key", &mail);
    rig.pair("/etc/ssl/submission.pem", "/etc/ssl/private/submission.key", &minted(&ca, "smtp.example.org", 12));
    rig.pair("/etc/ssl/imap.pem", "/etc/ssl/private/imap.key", &minted(&ca, "imap.example.net", 13));
    let show = |name: &str| data(name).display().to_string();
    rig.command(
        "postconf",
        &format!(
            "case $1 in -x) cat '{}' ;; -P) cat '{}' ;; -M) cat '{}' ;; esac",
            show("postconf.txt"),
            show("postconf-P.txt"),
            show("postconf-M.txt")
        ),
    );
    rig.command("doveconf", &format!("cat '{}'", show("doveconf.txt")));
    let text = rig.answer();
    assert!(!text.contains("hunter2") && !text.contains("never") && !text.contains("client.pem"), "{text}");
    for key in keys.iter().chain([&split.key, &mail.key]) {
        assert!(!text.contains(&core_of(key)), "{text}");
    }
    // Which ports dovecot listens at is known from the kernel.
    let text = text.replace("end\n", "listening\t03E1\nlistening\t008F\nend\n");
    insta::assert_snapshot!(told(&discover(&[("mx", &text)])));
}

#[test]
fn no_piece_of_a_key_is_ever_taken_for_a_certificate() {
    let ca = authority();
    let rig = Rig::new();
    let it = minted(&ca, "a.example.org", 1);
    let (chain, leaf, key) = (it.chain.to_pem(), it.chain.leaf_pem(), pem_of(&it.key));
    let body = key.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n");
    let cut = leaf.lines().take(4).collect::<Vec<_>>().join("\n");
    let begin = "-----BEGIN CERTIFICATE-----";
    let end = "-----END CERTIFICATE-----";
    let cases: [(&str, String, usize, usize); 12] = [
        ("key first", format!("{key}{chain}"), 2, 0),
        ("key last", format!("{chain}{key}"), 2, 0),
        ("CRLF", format!("{leaf}{key}").replace('\n', "\r\n"), 1, 0),
        ("indented", format!("{leaf}{key}").replace('\n', "\n  "), 1, 0),
        ("cut, then a key", format!("{cut}\n{key}{leaf}"), 1, 1),
        ("a key that calls itself a certificate", format!("{begin}\n{body}\n{end}\n{leaf}"), 1, 1),
        ("a key in a cut certificate, without its first line", format!("{cut}\n{body}\n{end}\n"), 0, 1),
        ("never ended", format!("{leaf}{begin}\n{body}"), 1, 1),
        ("no line end", leaf.trim_end().to_owned(), 1, 0),
        ("words", format!("{begin}\nthis is no base64!\n{end}\n"), 0, 1),
        ("nothing between", format!("{begin}\n{end}\n"), 0, 1),
        ("ended only", format!("{end}\n{leaf}"), 1, 0),
    ];
    let mut conf = String::new();
    for (number, (_, text, ..)) in cases.iter().enumerate() {
        rig.file(&format!("/etc/ssl/{number}.pem"), text);
        writeln!(conf, "ssl_certificate /etc/ssl/{number}.pem;").unwrap();
    }
    rig.file("/etc/nginx/nginx.conf", format!("http {{ server {{ listen 443 ssl; {conf} }} }}"));
    let text = rig.answer();
    let answer = Answer::read(&text);
    for (number, (what, _, blocks, garbage)) in cases.iter().enumerate() {
        let path = format!("/etc/ssl/{number}.pem");
        let found = &answer.certificates[&path];
        assert_eq!((found.der.len(), found.garbage), (*blocks, *garbage), "{what}");
        assert!(found.der.iter().all(|der| crate::x509::Certificate::from_der(der).is_ok()), "{what}");
    }
    let parts: Vec<&str> = body.lines().collect();
    let leaking = text.lines().filter(|line| parts.iter().any(|part| line.contains(part))).count();
    assert_eq!(leaking, 0, "{text}");
}

#[test]
fn one_key_on_many_hosts() {
    let ca = authority();
    let key = PrivateKey::generate(KeyType::EcdsaP256).unwrap();
    let of = |names: &[&str], serial: u64, days: i64| {
        let leaf = ca.leaf(names, &key, serial, in_days(-90), in_days(days));
        let chain = Chain::from_der(&[leaf, ca.der.clone()]).unwrap();
        Minted { chain, key: PrivateKey::from_pem(&key.to_pem()).unwrap() }
    };
    let media = ["media.example.org", "*.media.example.org"];
    let (old, new, other) = (of(&media, 1, -3), of(&media, 2, 60), of(&["old.example.org"], 3, -40));
    let mut answers = Vec::new();
    for (host, minted) in [("cdn-1", &old), ("cdn-2", &old), ("cdn-3", &new)] {
        let rig = Rig::new();
        rig.lineage("media.example.org", 7, minted).lineage("old.example.org", 1, &other);
        let live = "/etc/letsencrypt/live/media.example.org";
        rig.file(
            "/etc/nginx/nginx.conf",
            format!(
                "http {{ server {{ listen 443 ssl; server_name media.example.org;
                ssl_certificate {live}/fullchain.pem; ssl_certificate_key {live}/privkey.pem; }} }}"
            ),
        );
        if host == "cdn-3" {
            // Relinked by hand, to an old version; and copied without its links.
            rig.lineage("media.example.org", 8, minted).lineage("media.example.org", 7, minted);
            rig.pair("/etc/letsencrypt/live/copied/fullchain.pem", "/etc/letsencrypt/live/copied/privkey.pem", minted);
            rig.mode("/etc/letsencrypt/archive/media.example.org/privkey7.pem", 0o644);
        }
        answers.push((host, rig.answer()));
    }
    let answers: Vec<(&str, &str)> = answers.iter().map(|(host, text)| (*host, text.as_str())).collect();
    let discovery = discover(&answers);
    insta::assert_snapshot!(told(&discovery));
    assert_eq!(discovery.undeclared(), 2);
}

#[test]
fn five_hundred_lineages() {
    let ca = authority();
    let rig = Rig::new();
    // As many files as that; whose they are does not matter.
    let it = minted(&ca, "a.example.org", 1);
    for number in 0..500 {
        rig.lineage(&format!("site-{number}.example.org"), 3, &it);
    }
    let text = rig.run(SHELLS[0]);
    let discovery = discover(&[("web1", &text)]);
    assert_eq!(discovery.certificates.len(), 1);
    assert_eq!(discovery.certificates[0].places.len(), 500);
    assert_eq!(discovery.keys[0].lineages.len(), 500);
    assert!(discovery.keys[0].places.iter().all(|place| place.proven));
}

#[test]
fn a_host_with_nothing_says_nothing() {
    assert_eq!(Rig::new().answer().lines().last(), Some("end"));
    let discovery = discover(&[("bare", "end\n")]);
    assert!(discovery.certificates.is_empty() && discovery.findings.is_empty());
    let facts = facts(&[("cut", "user\tx\n")]);
    let facts: BTreeMap<HostName, &HostFacts> = facts.iter().map(|(host, facts)| (host.clone(), facts)).collect();
    let (_, unknown) = Discovery::of(&facts, &BTreeMap::new(), now());
    assert_eq!(unknown.len(), 1);
}

#[test]
fn shellcheck_has_nothing_to_say() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/actions/cert/discover/discover.sh");
    let output = std::process::Command::new("shellcheck").args(["-S", "warning"]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn thresholds_are_shares_of_the_life() {
    let ca = authority();
    for (days, validity) in [
        (-1, Validity::Expired),
        (14, Validity::Critical),
        (16, Validity::Expiring),
        (29, Validity::Expiring),
        (31, Validity::Valid),
        (90, Validity::Valid),
        (92, Validity::NotYetValid),
    ] {
        let leaf = ca.mint_at(&["a.example.org"], 1, in_days(days - 90), in_days(days)).chain.leaf().clone();
        assert_eq!(Validity::of(&leaf, now()), validity, "{days}");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_that_a_host_says_is_too_odd(text in "(\\PC|\t|\n|nginx\t|server \\{|\\}|ssl_certificate |include |file /|haproxy\t|crt |bind |postfix\t|dovecot\t|path\t|/){0,60}") {
        let survey = Survey::of(Answer::read(&text));
        host_finding::of_hosts(&[(HostName::new("a"), survey)].into(), &[]);
    }
}
