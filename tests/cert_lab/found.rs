//! What is found where a certificate is not what it should be: each kind in its own words.

use crate::mint::Minted;
use crate::rig::{Case, HOSTS, MEDIA, Rig};

const NAMES: [&str; 2] = ["media.example.org", "*.media.example.org"];

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("minted certificates have their own words", minted),
        Case::on(&["edge1", "edge2"], "on disk and never reloaded", never_reloaded),
        Case::on(&["edge3"], "a key that others can read", readable_by_others),
        Case::new("an incomplete chain", incomplete_chain),
        Case::new("serving only, without ssh", serving_only),
        Case::new("what nobody declared is discovered", discovered),
    ]
}

/// Expired, from the future, and of another name; each on a host of its own, beside one that is as declared.
fn minted(rig: &Rig) {
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let bad = [
        ("edge1", Minted::new(&NAMES, -90, -3), "expired"),
        ("edge2", Minted::new(&NAMES, 5, 95), "not-yet-valid"),
        ("edge3", Minted::new(&["other.example.net"], -10, 80), "wrong-name"),
    ];
    for (host, pair, _) in &bad {
        replace(rig, host, pair);
    }
    let found = rig.check();
    assert_eq!(found.code, Some(3));
    for (host, _, code) in &bad {
        assert!(found.codes(host).contains(code), "{host}: {:?}", found.codes(host));
    }
    // Of another issuer, and else without a fault.
    replace(rig, "edge4", &Minted::new(&NAMES, -10, 80));
    let found = rig.check();
    assert!(found.codes("edge4").contains("foreign-certificate"), "{:?}", found.codes("edge4"));
    assert_eq!(found.status("web1"), "ok");
    rig.cert(&["apply", "--yes"]).expect_code(0);
    rig.one_leaf(MEDIA);
    rig.cert(&["check"]).expect_code(0);
}

/// Puts a pair where the host's link `current` leads, and reloads.
fn replace(rig: &Rig, host: &str, pair: &Minted) {
    let script = format!(
        "set -e; cd /etc/ssl/fleet/media/current/
         cat >fullchain.pem <<'END'\n{}END\ncat >privkey.pem <<'END'\n{}END\nnginx -t && systemctl reload nginx.service",
        pair.fullchain(),
        pair.key
    );
    rig.fleet.inside(host, &script);
    // systemd doesn't wait until nginx has taken it up.
    let presented = || rig.presented(host, MEDIA);
    crate::rig::until("the reload", || format!("{:?}", presented()), || (presented()? == pair.sha256()).then_some(()));
}

fn never_reloaded(rig: &Rig) {
    rig.cert(&["apply", "--yes"]).expect_code(0);
    // Somebody copies what is right, by hand, and forgets the reload.
    let leaf = rig.one_leaf(MEDIA);
    replace(rig, "edge2", &Minted::new(&NAMES, -10, 80));
    let copied = rig.fleet.inside("edge1", "cat /etc/ssl/fleet/media/current/fullchain.pem");
    let key = rig.fleet.inside("edge1", "cat /etc/ssl/fleet/media/current/privkey.pem");
    rig.fleet.inside(
        "edge2",
        &format!(
            "cd /etc/ssl/fleet/media/current/; cat >fullchain.pem <<'END'\n{copied}END\ncat >privkey.pem <<'END'\n{key}END"
        ),
    );
    let found = rig.check();
    assert_eq!((found.code, found.status("edge2")), (Some(3), "stale"), "{:#}", found.report);
    assert!(found.codes("edge2").contains("not-reloaded"), "{:?}", found.codes("edge2"));
    rig.cert(&["apply", "--yes"]).expect_code(0);
    assert_eq!(rig.one_leaf(MEDIA), leaf, "a reload was enough");
}

fn readable_by_others(rig: &Rig) {
    rig.cert(&["apply", "--yes"]).expect_code(0);
    rig.fleet.inside("edge3", "chmod 0644 /etc/ssl/fleet/media/current/privkey.pem");
    let found = rig.check();
    assert_eq!(found.code, Some(3));
    assert!(found.codes("edge3").contains("key-readable-by-others"), "{:?}", found.codes("edge3"));
    rig.cert(&["apply", "--yes"]).expect_code(0);
    assert_eq!(rig.fleet.inside("edge3", "stat -L -c %a /etc/ssl/fleet/media/current/privkey.pem").trim(), "600");
}

fn incomplete_chain(rig: &Rig) {
    rig.cert(&["apply", "--yes"]).expect_code(0);
    rig.fleet.inside(
        "web1",
        "cd /etc/ssl/fleet/media/current/; openssl x509 -in fullchain.pem >/run/leaf; cat /run/leaf >fullchain.pem; \
         systemctl reload nginx.service",
    );
    let found = rig.check();
    assert_eq!(found.code, Some(3), "{:#}", found.report);
    assert!(found.codes("web1").iter().any(|code| code.contains("chain")), "{:?}", found.codes("web1"));
    rig.cert(&["apply", "--yes"]).expect_code(0);
    rig.cert(&["check"]).expect_code(0);
}

fn serving_only(rig: &Rig) {
    for host in HOSTS {
        rig.fleet.inside(host, "systemctl stop ssh.service ssh.socket 2>/dev/null; :");
    }
    rig.fleet.fleet(&["hosts", "disconnect"]).expect_code(0);
    let run = rig.cert(&["check", "--serving-only"]);
    for host in HOSTS {
        rig.fleet.inside(host, "systemctl start ssh.service");
    }
    let run = run.expect_code(3);
    assert!(run.stdout.contains("expired"), "{}", run.stdout);
}

fn discovered(rig: &Rig) {
    let run = rig.cert(&["discover", "--json"]);
    let text = run.stdout.clone();
    assert!(matches!(run.code, Some(0 | 3)), "{text}{}", run.stderr);
    let leaf = rig.one_leaf(MEDIA);
    assert!(text.to_lowercase().replace(':', "").contains(&leaf), "the expired certificate: {text}");
    for host in HOSTS {
        assert!(text.contains(host), "{host}: {text}");
    }
}
