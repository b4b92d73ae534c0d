//! The main job: the incident as it was, told in words and repaired, and nothing else touched.

use std::collections::BTreeMap;

use crate::rig::{Case, Found, HOSTS, MEDIA, Rig, ZONE};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("the rehearsal is real", the_rehearsal_is_real),
        Case::new("the incident is found, told and repaired", the_incident),
        Case::new("a plan asks the CA nothing", a_plan_asks_nothing),
        Case::new("a second run changes nothing, with one exec a host", a_second_run),
        Case::new("nothing stands for production", nothing_stands_for_production),
    ]
}

/// What the other cases rest on, without fleet.
fn the_rehearsal_is_real(rig: &Rig) {
    // Hosts of the rehearsal alone stand beside those of the fleet, which knows nothing of them.
    let status = rig.fleet.fleet(&["lab", "status"]).expect_code(0).stdout;
    let list = rig.fleet.fleet(&["hosts", "list"]).expect_code(0).stdout;
    for host in ["ca", "ns1", "ns2", "resolver"] {
        assert!(status.lines().any(|line| line.starts_with(host) && line.contains("running")), "{host}: {status}");
        assert!(!list.lines().any(|line| line.starts_with(host)), "{list}");
    }
    let leaf = rig.one_leaf(MEDIA);
    let told = rig.fleet.inside(
        "web1",
        "cd /etc/letsencrypt/live/media.example.org; openssl x509 -in fullchain.pem -noout -fingerprint -sha256 -checkend 0 || :; \
         openssl x509 -in fullchain.pem -noout -checkend -172800 && nginx -t 2>&1; ls -l; ls ../../renewal",
    );
    assert!(told.replace(':', "").to_lowercase().contains(&leaf), "{told}");
    assert!(told.contains("Certificate will expire") && told.contains("Certificate will not expire"), "{told}");
    assert!(told.contains("fullchain.pem -> ../../archive/media.example.org/fullchain4.pem"), "{told}");
    assert!(
        told.contains("media.example.org-0001.conf")
            && !rig.outside("web1", "/etc/letsencrypt/live/media.example.org-0001").exists()
    );

    let directory = rig.fleet.inside("ca", "curl -sf --cacert /etc/pebble/ca.pem https://ca:14000/dir");
    assert!(directory.contains("newOrder"), "{directory}");
    assert_eq!(rig.dig("resolver", &format!("_acme-challenge.{MEDIA} CNAME")), "media.acme.example.net.");
    assert_eq!(rig.dig("resolver", &format!("{MEDIA} A")).lines().count(), 4);

    rig.nothing_is_left_behind();
    rig.update(&format!("update add x.{ZONE}. 60 TXT \"here\"\n"));
    assert_eq!(rig.dig("ns1", &format!("x.{ZONE} TXT")), "\"here\"");
    assert!(rig.challenges().contains(&format!("x.{ZONE}.")), "the search for challenges finds one");
    let refused = rig.fleet.try_inside(
        "ns1",
        "printf 'server 127.0.0.1\\nzone example.org\\nupdate add _acme-challenge.media.example.org 60 TXT x\\nsend\\n' | \
         nsupdate -k /etc/bind/fleet.key",
    );
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("REFUSED"));

    rig.catch_up();
    rig.lag();
    rig.update(&format!("update add y.{ZONE}. 60 TXT \"there\"\n"));
    assert_eq!(
        (rig.dig("ns1", &format!("y.{ZONE} TXT")).as_str(), rig.dig("ns2", &format!("y.{ZONE} TXT")).as_str()),
        ("\"there\"", "")
    );
    rig.catch_up();
    assert_eq!(rig.dig("ns2", &format!("y.{ZONE} TXT")), "\"there\"");
    rig.refuse_updates();
    let script = format!(
        "printf 'server 127.0.0.1\\nzone {ZONE}\\nupdate add z.{ZONE} 60 TXT x\\nsend\\n' | nsupdate -k /etc/bind/fleet.key"
    );
    assert!(!rig.fleet.try_inside("ns1", &script).status.success());
}

fn the_incident(rig: &Rig) {
    let expired = rig.one_leaf(MEDIA);
    let records: BTreeMap<&str, Vec<String>> = ["example.org", "example.net"].map(|zone| (zone, rig.zone(zone))).into();

    let told = rig.cert(&["check"]).expect_code(3);
    assert!(told.stdout.contains("expired"), "{}", told.stdout);
    for host in HOSTS {
        let short = host.trim_end_matches(char::is_numeric);
        assert!(told.stdout.contains(short), "{host} is not told of:\n{}", told.stdout);
    }
    let found = rig.check();
    assert_eq!(found.code, Some(3));
    for host in HOSTS {
        assert!(found.codes(host).contains("expired"), "{host}: {:?}", found.codes(host));
    }

    let run = rig.cert(&["apply", "--yes", "--json"]).expect_code(0);
    let applied = Found::of(&run);
    for host in HOSTS {
        assert_eq!(applied.status(host), "changed", "{host}");
    }
    assert!(!run.stdout.contains("{{"), "a value is missing:\n{}", run.stdout);
    assert!(!applied.failures().contains("due"), "none is due any more:\n{}", run.stdout);
    let leaf = rig.one_leaf(MEDIA);
    assert_ne!(leaf, expired);
    assert_eq!(rig.one_leaf("img.media.example.org"), leaf);
    rig.on_all(
        "set -e
         cd /etc/letsencrypt/live/media.example.org
         for name in cert chain fullchain privkey; do test -s $name.pem; done
         test \"$(stat -L -c '%U:%G %a' privkey.pem)\" = 'root:root 600'
         nginx -t
         openssl x509 -in fullchain.pem -noout -checkend 86400",
    );
    rig.cert(&["check"]).expect_code(0);

    // No record that serves traffic was touched: not even the serial number of its zone moved.
    for (zone, before) in &records {
        assert_eq!(&rig.zone(zone), before, "{zone}");
    }
    rig.nothing_is_left_behind();
    // It holds over a boot.
    let log = rig.fleet.fleet(&["log"]).expect_code(0);
    assert!(log.stdout.contains("cert") && log.stdout.contains("tester"), "{}", log.stdout);
    rig.fleet.inside("edge1", "systemctl restart nginx.service");
    assert_eq!(rig.one_leaf(MEDIA), leaf);
}

fn a_plan_asks_nothing(rig: &Rig) {
    let moment = rig.moment();
    let plan = rig.cert(&["plan"]).expect_code(3);
    for words in ["to be ordered", "there is none yet", "media.acme.example.net", "wave 1 of 2: canary"] {
        assert!(plan.stdout.contains(words), "what is ordered, why, and what is done with it:\n{}", plan.stdout);
    }
    assert_eq!(rig.asked(&moment), [""; 0], "a plan asks the CA nothing");
    rig.nothing_is_left_behind();
    // The positive control: an apply does ask.
    let moment = rig.moment();
    rig.cert(&["apply", "--yes"]).expect_code(0);
    assert!(rig.asked(&moment).iter().any(|line| line.contains("order-plz")));
}

fn a_second_run(rig: &Rig) {
    rig.cert(&["apply", "--yes"]).expect_code(0);
    let leaf = rig.one_leaf(MEDIA);
    let before: Vec<usize> = HOSTS.iter().map(|host| execs(rig, host)).collect();
    let moment = rig.moment();
    let applied = Found::of(&rig.cert(&["apply", "--yes", "--json"]).expect_code(0));
    for (host, before) in HOSTS.iter().zip(before) {
        assert_eq!(applied.status(host), "ok", "{host}");
        assert_eq!(execs(rig, host) - before, 1, "execs on {host}");
    }
    assert_eq!(rig.one_leaf(MEDIA), leaf);
    assert!(!rig.asked(&moment).iter().any(|line| line.contains("order-plz")));
}

/// How many commands were started over SSH.
fn execs(rig: &Rig, host: &str) -> usize {
    let text = rig
        .fleet
        .inside(host, "journalctl --sync; journalctl -t sshd -o cat | grep -c 'Starting session: command' || :");
    text.trim().parse().unwrap()
}

fn nothing_stands_for_production(rig: &Rig) {
    for (acme, dns) in [("production", "main"), ("default", "production")] {
        let tables = crate::rig::DECLARED.replace("dns = \"main\"", &format!("acme = \"{acme}\"\ndns = \"{dns}\""));
        rig.declare(&tables);
        let moment = rig.moment();
        let run = rig.cert(&["apply", "--yes", "--json"]);
        assert_eq!(run.code, Some(2), "{}{}", run.stdout, run.stderr);
        assert!(Found::of(&run).failures().contains("no-replacement"), "{}", run.stdout);
        assert_eq!(rig.asked(&moment), [""; 0]);
    }
}
