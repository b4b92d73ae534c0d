//! Steps that fail by themselves.

use fleet::engine::transaction::{Command, Transaction};

use crate::rig::{Case, Running, Site, Variant, good_gate, summary};

/// A transaction that changes no file and operates on no unit.
fn command_alone(site: &Site<'_>, script: &str) -> Running {
    let argv = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
    site.start(Transaction {
        validate: vec![Command { argv, timeout_seconds: 20 }],
        lease_seconds: 60,
        summary: vec![summary()],
        ..Transaction::default()
    })
}

fn report(site: &Site<'_>, variant: &Variant, exit: i32, status: &str, code: &str, said: &str) {
    let came = site.apply(variant);
    let host = came.host(site.host);
    assert_eq!(host["status"], status, "{host:#}\n{}", came.stderr);
    assert_eq!(came.code, Some(exit), "{host:#}");
    if !code.is_empty() {
        assert_eq!(host["error"]["code"], code, "{host:#}");
        assert!(host["error"]["message"].as_str().unwrap().contains(said), "{host:#}");
        assert_ne!(host["items"][0]["status"], "changed", "{host:#}");
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("a command alone has no way back", |site| {
            let came = command_alone(site, "echo the disk is full >&2; exit 3").wait(60);
            let host = came.host(site.host);
            assert_eq!(
                (&host["status"], &host["error"]["code"]),
                (&"failed".into(), &"validate-failed".into()),
                "{host:#}"
            );
            assert!(host["error"]["message"].as_str().unwrap().contains("the disk is full"), "{host:#}");
            site.idle();
            site.whole("failed", "validate-failed");
        }),
        Case::new("a command alone that is cut", |site| {
            site.hold("step validate 1", "timeout *");
            let running = command_alone(site, "true");
            site.held();
            site.inside("/usr/bin/systemctl kill -s KILL fleet-transaction");
            site.release();
            let host = running.wait(60).host(site.host);
            assert_eq!((&host["status"], &host["error"]["code"]), (&"failed".into(), &"killed".into()), "{host:#}");
            site.idle();
            site.whole("failed", "killed");
        }),
    ];
    for host in crate::rig::HOSTS {
        for reload in [false, true] {
            let way = if reload { "reload" } else { "restart" };
            cases.push(
                Case::new(format!("good {way}, {host}"), move |site| {
                    let variant = Variant { reload, confirm: Some(good_gate()), ..Variant::default() };
                    report(site, &variant, 0, "changed", "", "");
                    site.whole("applied", "");
                })
                .on(host),
            );
        }
        for (bad, reload, code) in [
            ("check", false, "validate-failed"),
            ("start", false, "restart-failed"),
            ("reload", true, "reload-failed"),
            ("verify", false, "verify-failed"),
            ("verify", true, "verify-failed"),
        ] {
            cases.push(
                Case::new(format!("bad {bad} {code}, {host}"), move |site| {
                    let said = if bad == "start" { "systemctl restart" } else { "does not like this set" };
                    let said = if bad == "reload" { "systemctl reload" } else { said };
                    report(site, &Variant { bad, reload, ..Variant::default() }, 1, "rolled-back", code, said);
                    site.whole("rolled-back", code);
                })
                .on(host),
            );
        }
    }
    cases
}
