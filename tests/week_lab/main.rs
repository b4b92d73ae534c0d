//! The week that all of this is for, on the example fleet: the edges' certificate has expired, two hosts carry a broken env
//! file, and the ingress queue drowns. It is found, planned as one, approved by two people, carried out with canaries first,
//! written down, and taken back and forth.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

#[path = "../common/mod.rs"]
mod common;
mod rig;

use std::fs;

use rig::{Rig, run_of};

#[test]
fn the_week() {
    let rig = Rig::boot();
    rig.break_it();
    rig.fleet.fleet(&["incident", "open", "media fails to load", "--severity", "critical"]).expect_code(0);
    let found = rig.fleet.fleet(&["check", "--json"]).expect_code(3).json();
    let text = found.to_string();
    for word in ["expired", "S3_ENABLED", "3_BUCKET", "ingress-20"] {
        assert!(text.contains(word), "{word} is not found");
    }

    // One plan for all of it.
    rig.as_user("alice", &["plan", "hachyderm-week", "--out", "plan.json"]).expect_code(3);
    let plan: serde_json::Value = serde_json::from_str(&fs::read_to_string(rig.path("plan.json")).unwrap()).unwrap();
    assert_eq!(plan["actions"], serde_json::json!(["cert", "env", "queue"]), "{:#}", plan["actions"]);
    let shown = rig.fleet.fleet(&["show", "plan.json"]).expect_code(0).stdout;
    for word in ["S3_ENABLED", "to be ordered", "ingress", "canary"] {
        assert!(shown.contains(word), "{word} is not shown:\n{shown}");
    }

    // It is not applied before two people have read it.
    let direct = rig.as_user("alice", &["env", "apply", "--yes"]).expect_code(6);
    assert!(direct.stderr.contains("--out"), "{}", direct.stderr);
    let refused = rig.as_user("alice", &["apply", "plan.json", "--yes"]).expect_code(6);
    assert!(refused.stderr.contains("fleet approve"), "{}", refused.stderr);
    rig.as_user("alice", &["approve", "plan.json", "--yes", "--key", "alice"]).expect_code(0);
    rig.as_user("alice", &["apply", "plan.json", "--yes"]).expect_code(6);
    rig.as_user("bob", &["approve", "plan.json", "--yes", "--key", "bob"]).expect_code(0);
    rig.fleet.fleet(&["incident", "note", "Alice and Bob have read the plan"]).expect_code(0);

    let applied = rig.as_user("alice", &["apply", "plan.json", "--yes", "--json"]).expect_code(0).json();
    let run = run_of(&applied);
    assert!(applied["course"]["stopped"].is_null(), "{applied:#}");
    assert!(!applied["course"]["gates"].as_array().unwrap().is_empty(), "{applied:#}");
    rig.fleet.fleet(&["check"]).expect_code(0);
    assert!(rig.serves_a_valid_certificate());

    rig.fleet
        .fleet(&["incident", "close", "the env file was repaired, and the edges got a certificate"])
        .expect_code(0);
    rig.fleet.fleet(&["incident", "report", "--out", "postmortem.md"]).expect_code(0);
    let report = fs::read_to_string(rig.path("postmortem.md")).unwrap();
    for word in [
        "media fails to load",
        "S3_ENABLED",
        "FALSE",
        "Alice and Bob",
        "alice@example.org",
        "bob@example.org",
        "UTC",
        &run,
    ] {
        assert!(report.contains(word), "{word} is not in the report:\n{report}");
    }

    // What ran is told to whoever asks the hosts, and the chain is whole.
    let log = rig.fleet.fleet(&["log", "--from-hosts", "--json"]).expect_code(0).json();
    assert!(log["runs"].as_array().unwrap().iter().any(|it| it["run"] == run.as_str()), "{log:#}");
    rig.fleet.fleet(&["log", "verify", "--from-hosts"]).expect_code(0);

    // Each of the three is taken back as a plan, and back again: an expired certificate, a broken file, drowning workers.
    let before = rig.workers();
    let back = rig.with_approval(&["undo", &run]);
    rig.fleet.fleet(&["check"]).expect_code(3);
    assert!(!rig.serves_a_valid_certificate());
    assert!(rig.fleet.inside("franz", "cat /home/mastodon/live/.env.production").contains("3_BUCKET="));
    assert_eq!(rig.workers().get("ingress-20"), Some(&11), "{back:#}");
    rig.with_approval(&["undo", &run_of(&back)]);
    rig.fleet.fleet(&["check"]).expect_code(0);
    assert_eq!(rig.workers(), before);

    rig.secrets_are_nowhere();
}
