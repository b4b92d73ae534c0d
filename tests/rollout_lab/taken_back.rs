//! Undo, and undo of an undo.

use crate::rig::{BEFORE, Case, Rig, run_of};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("a rollout is undone, and its undo too", undone),
        Case::new("what somebody changed since is not undone, the rest is", changed_since),
        Case::new("each host tells what everybody did, from any laptop", from_hosts),
    ]
}

fn undone(rig: &Rig) {
    let run = run_of(&rig.roll_out("nine", &[]).expect_code(0).json());
    let plan = rig.fleet.fleet(&["undo", &run, "--out", "undo.json"]).expect_code(3).stdout;
    assert!(plan.contains("media.conf") && plan.contains(BEFORE), "{plan}");
    assert_eq!(rig.serving("nine").len(), 8, "it was only planned");
    let back = run_of(&rig.fleet.fleet(&["undo", &run, "--yes", "--json"]).expect_code(0).json());
    assert_eq!(rig.serving(BEFORE).len(), 8);
    rig.fleet.fleet(&["undo", &back, "--yes", "--json"]).expect_code(0);
    assert_eq!(rig.serving("nine").len(), 8);
    rig.fleet.fleet(&["log", "verify"]).expect_code(0);
}

fn changed_since(rig: &Rig) {
    let run = run_of(&rig.roll_out("ten", &[]).expect_code(0).json());
    rig.fleet.inside("edge3", "echo '# by hand' >>/etc/nginx/conf.d/media.conf");
    let report = rig.fleet.fleet(&["undo", &run, "--yes", "--json"]).expect_code(1).json();
    let of = |host: &str| report["hosts"].as_array().unwrap().iter().find(|it| it["host"] == host).unwrap().clone();
    assert_eq!(of("edge1")["status"], "changed", "{report:#}");
    assert!(of("edge3").to_string().contains("changed-since"), "{:#}", of("edge3"));
    assert_eq!((rig.serving(BEFORE).len(), rig.served_by("edge3").as_str()), (7, "ten"));
}

fn from_hosts(rig: &Rig) {
    let run = run_of(&rig.roll_out("eleven", &[]).expect_code(0).json());
    // Another laptop: the same inventory, and nothing that was remembered here.
    let state = rig.fleet.state();
    let aside = state.with_file_name("aside");
    std::fs::rename(&state, &aside).unwrap();
    let told = rig.fleet.fleet(&["log", "--from-hosts", "--json"]);
    let shown = rig.fleet.fleet(&["log", "show", &run, "--from-hosts"]);
    let _ = std::fs::remove_dir_all(&state);
    std::fs::rename(&aside, &state).unwrap();
    let told = told.expect_code(0).json();
    let mine = told["runs"].as_array().unwrap().iter().find(|it| it["run"] == run.as_str()).unwrap().clone();
    assert_eq!(mine["who"]["user"], "tester", "{mine:#}");
    assert_eq!(mine["hosts"].as_array().unwrap().len(), 8, "{mine:#}");
    assert!(shown.expect_code(0).stdout.contains("eleven"));
}
