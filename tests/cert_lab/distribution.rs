//! From the store to what hosts serve: canary, validation, reload, proof, and the way back.

use crate::mint::Minted;
use crate::rig::{Case, Found, MEDIA, Rig};

const LINKS: &str =
    "cd /etc/letsencrypt/live/media.example.org; for name in cert chain fullchain privkey; do readlink $name.pem; done";

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("nginx -t fails on one host", nginx_fails),
        Case::on(&["edge3", "edge4"], "a reload that does nothing", deaf),
        Case::on(&["edge2", "edge3", "web1"], "a bad canary stops the run", bad_canary),
        Case::new("a host goes away between upload and switch", gone),
        Case::on(&["edge3", "edge4"], "a host that was away gets it at the next run", away),
        Case::on(&["edge1", "edge2"], "a pair that does not match", no_pair),
        Case::on(&["edge1"], "old versions are removed in time", versions),
    ]
}

/// All but these hosts serve one and the same new certificate; these serve the old one, with everything in its place.
#[track_caller]
fn all_but(rig: &Rig, bad: &[&str], old: &str) {
    let presented = rig.all_present(MEDIA);
    let new: std::collections::BTreeSet<_> =
        rig.hosts().iter().filter(|host| !bad.contains(host)).map(|host| &presented[host]).collect();
    assert_eq!(new.len(), 1, "{presented:?}");
    assert!(new.first().unwrap().as_deref().is_some_and(|leaf| leaf != old), "{presented:?}");
    for host in bad {
        assert_eq!(presented[host].as_deref(), Some(old), "{host}");
        let links = rig.fleet.inside(host, LINKS);
        assert!(links.lines().all(|line| line.starts_with("../../archive/")), "{host}: {links}");
        assert!(!rig.outside(host, "/etc/ssl/fleet/media/current").exists(), "{host}");
        let left = rig.fleet.inside(host, "find / -xdev -name '.fleet-*' 2>/dev/null; :");
        assert_eq!(left, "", "{host}");
    }
}

fn nginx_fails(rig: &Rig) {
    let old = rig.one_leaf(MEDIA);
    rig.break_nginx("edge3");
    let run = rig.cert(&["apply", "--yes", "--json"]);
    let found = Found::of(&run);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert_eq!(found.status("edge3"), "rolled-back");
    for host in rig.hosts().iter().filter(|host| **host != "edge3") {
        assert_eq!(found.status(host), "changed", "{host}");
    }
    assert!(run.stdout.contains("unknown directive"), "nginx's own words are told:\n{}", run.stdout);
    all_but(rig, &["edge3"], &old);
    rig.fleet.inside("edge3", "rm /etc/nginx/conf.d/broken.conf");
    let moment = rig.moment();
    rig.cert(&["apply", "--yes"]).expect_code(0);
    assert!(!rig.asked(&moment).iter().any(|line| line.contains("order-plz")), "it is in the store");
    rig.one_leaf(MEDIA);
}

fn deaf(rig: &Rig) {
    let old = rig.one_leaf(MEDIA);
    rig.deaf_to_reload("edge4");
    let run = rig.cert(&["apply", "--yes", "--json"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert_eq!(Found::of(&run).status("edge4"), "rolled-back");
    all_but(rig, &["edge4"], &old);
}

fn bad_canary(rig: &Rig) {
    let old = rig.one_leaf(MEDIA);
    rig.declare(&(crate::rig::DECLARED.to_owned() + "canary = \"edge2\"\n"));
    rig.break_nginx("edge2");
    let run = rig.cert(&["apply", "--yes", "--json"]);
    let found = Found::of(&run);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert_eq!(found.status("edge2"), "rolled-back");
    for host in rig.hosts().iter().filter(|host| **host != "edge2") {
        assert_eq!(found.status(host), "skipped", "{host}");
        assert!(!rig.outside(host, "/etc/ssl/fleet").exists(), "{host} was not touched");
    }
    assert_eq!(rig.one_leaf(MEDIA), old);
}

fn gone(rig: &Rig) {
    let old = rig.one_leaf(MEDIA);
    rig.hold("edge2", "step switch *", "*");
    let run = rig.start(&["apply", "--yes", "--json"]);
    rig.held("edge2");
    rig.link("edge2", false);
    rig.release("edge2");
    // Nobody can see from outside what it serves: it goes back to the old one by itself.
    let told = || rig.fleet.inside("edge2", "cat /var/lib/fleet/runs/*/log 2>/dev/null || :");
    crate::rig::until("the end of the transaction", told, || {
        let state = rig.fleet.inside("edge2", "systemctl is-active fleet-transaction.service || :");
        (state.trim() == "inactive" || state.trim() == "failed").then_some(())
    });
    // Fleet has waited for it, and tells what became of it.
    rig.link("edge2", true);
    let run = run.wait();
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    let found = Found::of(&run);
    assert_eq!(found.status("edge2"), "rolled-back", "{}", run.stdout);
    assert!(found.failures().contains("confirm-missing"), "{:?}", found.failures());
    all_but(rig, &["edge2"], &old);
    rig.cert(&["apply", "--yes"]).expect_code(0);
    assert_ne!(rig.one_leaf(MEDIA), old);
    rig.cert(&["check"]).expect_code(0);
}

fn away(rig: &Rig) {
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let first = rig.one_leaf(MEDIA);
    rig.declare(
        &crate::rig::DECLARED.replace("\"*.media.example.org\"]", "\"*.media.example.org\", \"chain.example.org\"]"),
    );
    rig.fleet.inside(
        "edge4",
        "cp -a /var/incident/letsencrypt/. /etc/letsencrypt/; rm -r /etc/ssl/fleet; systemctl reload nginx.service",
    );
    rig.declare(crate::rig::DECLARED);
    rig.link("edge4", false);
    let run = rig.cert(&["apply", "--yes", "--json", "--connect-timeout", "2"]);
    assert_eq!(run.code, Some(4), "{}", run.stdout);
    assert_eq!(Found::of(&run).status("edge4"), "unreachable");
    rig.link("edge4", true);
    let moment = rig.moment();
    rig.cert(&["apply", "--yes"]).expect_code(0);
    assert!(!rig.asked(&moment).iter().any(|line| line.contains("order-plz")), "it is in the store");
    assert_eq!(rig.one_leaf(MEDIA), first);
}

/// The key in the store is another's: no host may get it.
fn no_pair(rig: &Rig) {
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let leaf = rig.one_leaf(MEDIA);
    let store = rig.fleet.state().join("certs/media");
    let version = std::fs::read_dir(&store).unwrap().flatten().find(|entry| entry.path().is_dir()).unwrap().path();
    let other = Minted::new(&[MEDIA], -1, 1);
    std::fs::write(version.join("privkey.pem"), &other.key).unwrap();
    rig.fleet.inside("edge1", "rm -r /etc/ssl/fleet");
    let run = rig.cert(&["apply", "--yes", "--json"]);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
    assert!(Found::of(&run).failures().contains("cert-no-key"), "{}", run.stdout);
    assert!(run.stderr.contains("the private key in"), "{}", run.stderr);
    assert_eq!(rig.one_leaf(MEDIA), leaf, "nginx still has it in its memory");
    assert!(!rig.outside("edge1", "/etc/ssl/fleet/media/current").exists());
    assert!(!run.stdout.contains("PRIVATE KEY") && !run.stderr.contains("PRIVATE KEY"));
}

fn versions(rig: &Rig) {
    let count =
        || rig.fleet.inside("edge1", "ls /etc/ssl/fleet/media/versions | wc -l").trim().parse::<usize>().unwrap();
    let mut seen = Vec::new();
    for round in 0..5 {
        // Other names: it is due at once.
        let names =
            if round % 2 == 0 { "\"*.media.example.org\"" } else { "\"*.media.example.org\", \"chain.example.org\"" };
        rig.declare(&crate::rig::DECLARED.replace("\"*.media.example.org\"", names));
        rig.cert(&["apply", "--yes"]).expect_code(0);
        seen.push(count());
    }
    assert_eq!(seen, [1, 2, 3, 3, 3]);
    rig.one_leaf(MEDIA);
}
