//! Steps that fail by themselves.

use crate::rig::{Case, Site, Variant, good_gate};

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
    let mut cases = Vec::new();
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
