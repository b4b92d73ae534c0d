//! The forms that a declaration can have, and the ways to work with it: layouts, keys of hosts, many at once, plan files, the
//! store by itself.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use crate::rig::{Case, DECLARED, Found, MEDIA, Rig};
use crate::secrecy::{holders, mode, needles};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::on(&["edge1"], "50 certificates at once", fifty),
        Case::on(&["edge1", "edge2"], "keys that never leave their hosts", keys_of_hosts),
        Case::on(&["edge3", "edge4"], "layouts without certbot's names", layouts),
        Case::on(&["edge3"], "two certificates on one host are one transaction", together),
        Case::on(&["edge1", "edge2"], "no host answers", no_host),
        Case::on(&["edge1", "edge2"], "one host does not answer before the order", one_host),
        Case::on(&["edge2"], "a plan file", plan_file),
        Case::on(&["edge2"], "the store by itself", store),
    ]
}

fn fifty(rig: &Rig) {
    let mut tables = String::new();
    for number in 1..=50 {
        write!(
            tables,
            "[certs.many{number}]\ndomains = [\"many{number}.acme.example.net\"]\ndns = \"main\"\nhosts = \"edge1\"\n\
             directory = \"/etc/ssl/fleet/many{number}\"\nserve = []\n"
        )
        .unwrap();
    }
    rig.declare(&tables);
    let moment = rig.moment();
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let asked = rig.asked(&moment);
    let count = |what: &str| asked.iter().filter(|line| line.contains(what)).count();
    assert!(count("/sign-me-up") <= 2 && count("/order-plz") >= 50, "one account, which may have a nonce refused");
    let leaves = rig.fleet.inside("edge1", "cat /etc/ssl/fleet/many*/current/fullchain.pem | grep -c BEGIN");
    assert_eq!(leaves.trim(), "100");
    let keys =
        rig.fleet.inside("edge1", "sha256sum /etc/ssl/fleet/many*/current/privkey.pem | cut -c 1-64 | sort -u | wc -l");
    assert_eq!(keys.trim(), "50");
    rig.nothing_is_left_behind();
    rig.cert(&["check"]).expect_code(0);
    let moment = rig.moment();
    rig.cert(&["apply", "--yes"]).expect_code(0);
    assert!(!rig.asked(&moment).iter().any(|line| line.contains("order-plz")));
}

fn keys_of_hosts(rig: &Rig) {
    rig.declare(&(DECLARED.to_owned() + "key = \"per-host\"\n"));
    let keys = || {
        rig.hosts()
            .iter()
            .map(|host| {
                let key = rig.fleet.inside(host, "cat /etc/ssl/fleet/media/current/privkey.pem");
                (*host, needles(&key))
            })
            .collect::<Vec<_>>()
    };
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let first = keys();
    assert_ne!(first[0].1, first[1].1, "each has its own");
    let leaves: BTreeSet<_> = rig.all_present(MEDIA).into_values().flatten().collect();
    assert_eq!(leaves.len(), 2, "{leaves:?}");
    for (owner, key) in &first {
        assert_eq!(holders(rig.fleet.directory(), key), BTreeSet::new(), "it left its host");
        for host in rig.hosts() {
            let root = rig.outside(host, "/");
            let found: BTreeSet<_> = ["etc", "var", "run", "tmp", "root", "srv", "home", "opt", "usr/local"]
                .iter()
                .flat_map(|part| holders(&root.join(part), key))
                .collect();
            assert_eq!(!found.is_empty(), host == owner, "{host} has the key of {owner}: {found:?}");
            assert!(found.iter().all(|path| mode(path) == 0o600), "{found:?}");
        }
    }
    let moment = rig.moment();
    let again = Found::of(&rig.cert(&["apply", "--yes", "--json"]).expect_code(0));
    assert!(rig.hosts().iter().all(|host| again.status(host) == "ok"));
    assert!(!rig.asked(&moment).iter().any(|line| line.contains("order-plz")));
    rig.cert(&["apply", "--yes", "--renew", "media"]).expect_code(0);
    let renewed: BTreeSet<_> = rig.all_present(MEDIA).into_values().flatten().collect();
    assert!(renewed.len() == 2 && renewed.is_disjoint(&leaves), "{renewed:?} after {leaves:?}");
    assert!(keys().iter().zip(&first).all(|(new, old)| new.1 != old.1), "a renewal has a new key");
    rig.nothing_is_left_behind();
}

/// nginx reads its pair from these files.
fn nginx_reads(rig: &Rig, host: &str, chain: &str, key: &str) {
    let script = format!(
        "sed -i -e 's|ssl_certificate .*|ssl_certificate {chain};|' -e 's|ssl_certificate_key .*|ssl_certificate_key {key};|' \
         /etc/nginx/sites-enabled/media.example.org"
    );
    rig.fleet.inside(host, &script);
}

fn layouts(rig: &Rig) {
    let plain = DECLARED.lines().filter(|line| !line.starts_with("live")).collect::<Vec<_>>().join("\n");
    let combined = plain.replace("[certs.media]", "[certs.combined]") + "\nlayout = \"combined\"\n";
    rig.declare(&format!(
        "{}\n{}",
        plain.replace("hosts = \"edge\"", "hosts = \"edge3\""),
        combined.replace("hosts = \"edge\"", "hosts = \"edge4\"").replace("fleet/media", "fleet/combined")
    ));
    let at = "/etc/ssl/fleet/media/current";
    nginx_reads(rig, "edge3", &format!("{at}/fullchain.pem"), &format!("{at}/privkey.pem"));
    let at = "/etc/ssl/fleet/combined/current/combined.pem";
    nginx_reads(rig, "edge4", at, at);
    let old = rig.one_leaf(MEDIA);
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let presented = rig.all_present(MEDIA);
    assert!(presented.values().all(|leaf| leaf.as_ref().is_some_and(|leaf| *leaf != old)), "{presented:?}");
    assert_ne!(presented["edge3"], presented["edge4"]);
    let files = |host: &str, directory: &str| {
        rig.fleet.inside(host, &format!("cd /etc/ssl/fleet/{directory}/current/ && stat -c '%n %a' *"))
    };
    assert_eq!(files("edge3", "media"), "fullchain.pem 644\nprivkey.pem 600\n");
    assert_eq!(files("edge4", "combined"), "combined.pem 600\nfullchain.pem 644\n");
    for host in rig.hosts() {
        let links = rig.fleet.inside(host, "readlink /etc/letsencrypt/live/media.example.org/cert.pem");
        assert!(links.starts_with("../../archive/"), "certbot's links stay: {links}");
    }
    rig.cert(&["apply", "--yes", "--renew", "combined"]).expect_code(0);
    assert_ne!(rig.presented("edge4", MEDIA), presented["edge4"]);
    assert_eq!(rig.presented("edge3", MEDIA), presented["edge3"]);
}

fn together(rig: &Rig) {
    let other = "[certs.other]\ndomains = [\"other.example.org\"]\ndns = \"main\"\nhosts = \"edge\"\n\
                 directory = \"/etc/ssl/fleet/other\"\nvalidate = [\"nginx\", \"-t\"]\nreload = [\"nginx.service\"]\n";
    rig.declare(&format!("{DECLARED}\n{other}"));
    // Its server is declared, and waits for its files.
    rig.fleet.inside(
        "edge3",
        "cat >/etc/nginx/sites-enabled/other <<END
server {
    listen 443 ssl;
    server_name other.example.org;
    ssl_certificate /etc/ssl/fleet/other/current/fullchain.pem;
    ssl_certificate_key /etc/ssl/fleet/other/current/privkey.pem;
}
END",
    );
    let reloads = || {
        let script = "journalctl --sync; journalctl -u nginx.service -o cat | grep -c '^Reloaded ' || :";
        rig.fleet.inside("edge3", script).trim().parse::<usize>().unwrap()
    };
    let before = (reloads(), rig.presented("edge3", MEDIA));
    rig.cert(&["apply", "--yes"]).expect_code(0);
    assert_eq!(reloads() - before.0, 1);
    assert_eq!(rig.fleet.inside("edge3", "ls /var/lib/fleet/runs").lines().count(), 1, "one transaction");
    let after = (rig.presented("edge3", MEDIA), rig.presented("edge3", "other.example.org"));
    assert!(after.0.is_some() && after.1.is_some() && after.0 != after.1 && after.0 != before.1, "{after:?}");
    // Both or none.
    rig.break_nginx("edge3");
    rig.cert(&["apply", "--yes", "--renew", "media", "--renew", "other"]).expect_code(1);
    assert_eq!((rig.presented("edge3", MEDIA), rig.presented("edge3", "other.example.org")), after);
    rig.fleet.inside("edge3", "rm /etc/nginx/conf.d/broken.conf");
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let renewed = (rig.presented("edge3", MEDIA), rig.presented("edge3", "other.example.org"));
    assert!(renewed.0 != after.0 && renewed.1 != after.1, "{renewed:?}");
}

fn no_host(rig: &Rig) {
    for host in rig.hosts() {
        rig.link(host, false);
    }
    let moment = rig.moment();
    let run = rig.cert(&["apply", "--yes", "--json", "--connect-timeout", "2"]);
    for host in rig.hosts() {
        rig.link(host, true);
    }
    assert_eq!(run.code, Some(4), "{}", run.stdout);
    assert_eq!(rig.asked(&moment), [""; 0], "nothing is ordered for hosts that can't get it");
    rig.nothing_is_left_behind();
}

fn one_host(rig: &Rig) {
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let before = rig.one_leaf(MEDIA);
    // Another name: it is due, and what there is is good for a long time.
    rig.declare(&DECLARED.replace("\"*.media.example.org\"]", "\"*.media.example.org\", \"chain.example.org\"]"));
    rig.link("edge2", false);
    let moment = rig.moment();
    let run = rig.cert(&["apply", "--yes", "--json", "--connect-timeout", "2"]);
    rig.link("edge2", true);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
    assert!(Found::of(&run).failures().contains("preflight"), "{}", run.stdout);
    assert!(run.stdout.contains("edge2 does not answer"), "{}", run.stdout);
    // Whether the CA has a wish may be asked.
    let ordered = rig.asked(&moment).into_iter().any(|line| line.contains("/order-plz"));
    assert!(!ordered, "nothing is ordered before every host has answered");
    assert_eq!(rig.one_leaf(MEDIA), before);
    rig.cert(&["apply", "--yes"]).expect_code(0);
    assert_ne!(rig.one_leaf(MEDIA), before);
}

fn plan_file(rig: &Rig) {
    rig.declare(&format!("{DECLARED}\n[certs.other]\ndomains = [\"other.example.org\"]\ndns = \"main\"\nhosts = \"edge1\"\ndirectory = \"/etc/ssl/fleet/other\"\nserve = []\n"));
    let old = rig.one_leaf(MEDIA);
    rig.cert(&["plan", "-l", "edge2", "--out", "plan.json"]).expect_code(3);
    let path = rig.fleet.directory().join("plan.json");
    let plan = std::fs::read_to_string(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    let moment = rig.moment();
    for (what, with) in [
        // Another host's certificate, other names, and a place where everybody can read it.
        ("cert/media/next/", "cert/other/next/"),
        ("\"domains\": \"media.example.org,", "\"domains\": \"www.example.org,"),
        ("/etc/ssl/fleet/media", "/srv/media/keys"),
        ("\"mode\": \"0600\"", "\"mode\": \"0644\""),
    ] {
        assert!(plan.contains(what), "{what}: {plan}");
        let edited = rig.fleet.directory().join("edited.json");
        std::fs::write(&edited, plan.replace(what, with)).unwrap();
        let run = rig.fleet.fleet(&["apply", "edited.json", "--yes", "--json"]);
        assert_eq!(run.code, Some(2), "{with}: {}{}", run.stdout, run.stderr);
        assert!(Found::of(&run).failures().contains("bad-plan-file"), "{with}: {}", run.stdout);
    }
    assert_eq!(rig.asked(&moment), [""; 0]);
    assert_eq!(rig.one_leaf(MEDIA), old);
    rig.fleet.fleet(&["apply", "plan.json", "--yes"]).expect_code(0);
    let leaf = rig.one_leaf(MEDIA);
    assert_ne!(leaf, old);
    // It was for the host as it was.
    let run = rig.fleet.fleet(&["apply", "plan.json", "--yes", "--json"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(Found::of(&run).failures().contains("host-changed"), "{}", run.stdout);
    assert_eq!(rig.one_leaf(MEDIA), leaf);
    rig.nothing_is_left_behind();
}

fn store(rig: &Rig) {
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let leaf = rig.one_leaf(MEDIA);
    let list = rig.cert(&["list"]).expect_code(0).stdout;
    assert!(list.contains("media.example.org") && list.contains("edge2"), "{list}");
    let show = rig.cert(&["show", "media"]).expect_code(0).stdout;
    assert!(show.to_lowercase().replace(':', "").contains(&leaf), "{show}");
    let none = rig.cert(&["export", "nothing", "out"]).expect_code(2);
    assert!(none.stderr.contains("nothing"), "{}", none.stderr);
    rig.cert(&["export", "media", "out"]).expect_code(0);
    let out = rig.fleet.directory().join("out");
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    let chain = fleet::x509::Chain::from_pem(read("fullchain.pem").as_bytes()).unwrap();
    assert_eq!(chain.leaf().fingerprint.to_string(), leaf);
    assert_eq!(read("privkey.pem"), rig.fleet.inside("edge2", "cat /etc/ssl/fleet/media/current/privkey.pem"));
    assert_eq!(mode(&out.join("privkey.pem")), 0o600);
    std::fs::set_permissions(out.join("cert.pem"), std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(out.join("cert.pem"), "mine").unwrap();
    rig.cert(&["export", "media", "out"]).expect_code(1);
    assert_eq!(read("cert.pem"), "mine");
    rig.cert(&["export", "media", "out", "--replace"]).expect_code(0);
    assert!(read("cert.pem").contains("BEGIN CERTIFICATE"));
    std::fs::remove_dir_all(&out).unwrap();
}
