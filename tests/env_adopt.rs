//! `fleet env adopt` on real hosts: what it writes is what they have. Needs root and the lab.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

mod common;

use common::Rehearsal;

const HOSTS: &str = "[hosts.a]\n[hosts.b]\n[hosts.c]\n[groups]\napp = \"a, b, c\"\n";

const UNIT: &str = "[Service]\nEnvironmentFile=/etc/default/app\nExecStart=/bin/sleep infinity\n";

/// Writes the file, and runs an instance of a unit that reads it.
fn lay(rehearsal: &Rehearsal, host: &str, pool: &str, password: &str) {
    rehearsal.inside(
        host,
        &format!(
            "printf '# the app\\nS3_ENABLED=true\\nDB_POOL={pool}\\nDB_PASS=\"{password}\"\\nDB_URL=postgres://app@db/app\\n' \
             > /etc/default/app && chmod 0640 /etc/default/app \
             && printf '{UNIT}' > /etc/systemd/system/app@.service && systemctl daemon-reload && systemctl start app@1"
        ),
    );
}

#[test]
fn what_is_adopted_is_as_declared() {
    let rehearsal = Rehearsal::boot(&[("hosts.toml", HOSTS)]);
    lay(&rehearsal, "a", "20", "correct horse");
    lay(&rehearsal, "b", "20", "correct horse");
    lay(&rehearsal, "c", "5", "battery staple");
    let adopt = ["env", "adopt", "app", "--path", "/etc/default/app", "--hosts", "app", "--format", "systemd"];

    // A host that does not have it: nothing is written.
    rehearsal.inside("c", "mv /etc/default/app /etc/default/away");
    let refused = rehearsal.fleet(&adopt).expect_code(1);
    assert!(refused.stderr.contains("c: the file is not there"), "{}", refused.stderr);
    let file = rehearsal.inventory().join("env-app.toml");
    assert!(!file.exists());
    rehearsal.inside("c", "mv /etc/default/away /etc/default/app && systemctl restart app@1");

    let adopted = rehearsal.fleet(&[&adopt[..], &["--json"]].concat()).expect_code(0);
    let text = std::fs::read_to_string(&file).unwrap();
    for (what, part) in [
        ("consensus", "DB_POOL = \"20\""),
        (
            "difference",
            "[env.app.on.c.keys]\nDB_PASS = { secret = { env = \"FLEET_APP_DB_PASS_C\" } }\nDB_POOL = \"5\"",
        ),
        ("owner", "owner = \"root:root\""),
        ("mode", "mode = \"0640\""),
        ("units", "units = [\"app@*.service\"]"),
        ("secret", "DB_PASS = { secret = { env = \"FLEET_APP_DB_PASS\" } }"),
    ] {
        assert!(text.contains(part), "{what}:\n{text}");
    }
    for secret in ["correct", "staple"] {
        for place in [&text, &adopted.stdout, &adopted.stderr] {
            assert!(!place.contains(secret), "{secret} shows:\n{place}");
        }
    }
    let report = adopted.json();
    assert_eq!(report["secrets"].as_array().unwrap().len(), 2, "{report}");
    let schema: serde_json::Value = serde_json::from_str(&rehearsal.fleet(&["schema", "written"]).stdout).unwrap();
    jsonschema::validator_for(&schema).unwrap().validate(&report).unwrap();

    // With its secrets at hand, no host differs.
    let check = |password: &str| {
        let output = rehearsal
            .command(&["env", "check"])
            .env("FLEET_APP_DB_PASS", password)
            .env("FLEET_APP_DB_PASS_C", "battery staple")
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, told) = check("correct horse");
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = check("wrong horse");
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("DB_PASS"), "{told}");

    // Never twice, and never over a file that is there.
    let again = rehearsal.fleet(&adopt).expect_code(2);
    assert!(again.stderr.contains("env.app is declared already"), "{}", again.stderr);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    let other = ["env", "adopt", "other", "--path", "/etc/default/app", "--hosts", "c"];
    let same = rehearsal.fleet(&other).expect_code(2);
    assert!(same.stderr.contains("is env.app already"), "{}", same.stderr);

    // A host that can't be reached could have anything.
    rehearsal.inside("b", "systemctl stop ssh.socket ssh.service 2>/dev/null; pkill -x sshd; true");
    std::fs::remove_file(&file).unwrap();
    let silent = rehearsal.fleet(&[&adopt[..], &["--connect-timeout", "3"]].concat()).expect_code(4);
    assert!(silent.stderr.contains("b: "), "{}", silent.stderr);
    assert!(!file.exists());
}
