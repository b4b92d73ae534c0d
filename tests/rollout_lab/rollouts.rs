//! Canaries, batches, gates, and what is left to do.

use crate::rig::{BEFORE, Case, Rig, hosts, part, run_of};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("a good release reaches all edges, a canary first", good),
        Case::new("a bad configuration stops at the canary, which serves the old one", bad_canary),
        Case::new("a gate that fails in the third wave stops the run there, and it is carried on", third_wave),
        Case::new("a gate that fails in the third wave undoes the run, where that is wanted", third_wave_undone),
        Case::new("what failed is run again with a new plan", rerun),
        Case::new("a plan file is shown, carried out, and no second time", plan_file),
        Case::new("a person is asked between waves", asked),
        Case::new("what a killed fleet has begun is carried on", killed),
    ]
}

fn good(rig: &Rig) {
    let report = rig.roll_out("two", &[]).expect_code(0).json();
    assert_eq!(rig.serving("two").len(), 8, "{report:#}");
    assert_eq!(part(&report, "done").len(), 8);
    assert!(report["course"]["stopped"].is_null(), "{report:#}");
    let gates = report["course"]["gates"].as_array().unwrap();
    assert!(gates.len() >= 8 && gates.iter().all(|gate| gate["good"] == true), "{gates:#?}");
    // Never more than two of a region at a time: eight hosts, so at least four waves.
    assert!(report["course"]["waves"].as_u64().unwrap() >= 4, "{report:#}");
    // A second run has nothing to do.
    let again = rig.roll_out("two", &[]).expect_code(0).json();
    assert!(again["run"].is_null(), "{again:#}");
}

fn bad_canary(rig: &Rig) {
    let report = rig.roll_out("three", &["--set", "extra=no_such_directive on;"]).expect_code(1).json();
    assert_eq!(rig.serving(BEFORE).len(), 8, "{report:#}");
    assert_eq!(part(&report, "rolled_back"), ["edge1"]);
    assert_eq!(part(&report, "untouched").len(), 7);
    assert_eq!(report["course"]["stopped"]["number"], 1);
    let text = report.to_string();
    assert!(text.contains("no_such_directive"), "nginx's own words are told: {report:#}");
    // No other host was even asked to begin.
    for host in hosts().iter().skip(1) {
        assert_eq!(rig.fleet.inside(host, "ls /etc/nginx/conf.d").trim(), "media.conf", "{host}");
    }
}

fn third_wave(rig: &Rig) {
    let plan = rig.fleet.fleet(&["plan", "media", "--json", "--set", "release=four"]).expect_code(3).json();
    let third: Vec<String> = plan["waves"][2]["hosts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|host| host["host"].as_str().unwrap().to_owned())
        .collect();
    rig.set_down(&third[0], true);
    let report = rig.roll_out("four", &[]).expect_code(1).json();
    assert_eq!(report["course"]["stopped"]["number"], 3, "{report:#}");
    assert_eq!(report["course"]["stopped"]["code"], "gate-failed", "{report:#}");
    let bad: Vec<&serde_json::Value> =
        report["course"]["gates"].as_array().unwrap().iter().filter(|gate| gate["good"] == false).collect();
    assert!(!bad.is_empty() && bad.iter().all(|gate| gate["saw"].as_str().unwrap().contains("404")), "{bad:#?}");
    let waves = plan["waves"].as_array().unwrap();
    let begun: usize = waves[..3].iter().map(|wave| wave["hosts"].as_array().unwrap().len()).sum();
    assert_eq!((rig.serving("four").len(), rig.serving(BEFORE).len()), (begun, 8 - begun), "{report:#}");
    // It says how to carry on; the gate is looked at again before the rest begins.
    let run = run_of(&report);
    assert!(report["next"].as_str().unwrap().contains(&run), "{report:#}");
    let still = rig.fleet.fleet(&["resume", &run, "--yes", "--json"]).expect_code(1).json();
    assert_eq!(rig.serving("four").len(), begun, "{still:#}");
    rig.set_down(&third[0], false);
    let resumed = rig.fleet.fleet(&["resume", &run, "--yes", "--json"]).expect_code(0).json();
    assert_eq!(rig.serving("four").len(), 8, "{resumed:#}");
    rig.fleet.fleet(&["resume", &run, "--yes", "--json"]).expect_code(2);
    let log = rig.fleet.fleet(&["log", "show", &run]).expect_code(0).stdout;
    assert!(log.contains("gate"), "{log}");
}

fn third_wave_undone(rig: &Rig) {
    rig.set_down("edge4", true);
    let report = rig.roll_out("five", &["--set", "on_failure=undo"]).expect_code(1).json();
    assert_eq!(rig.serving(BEFORE).len(), 8, "{report:#}");
    assert!(report["course"]["undone_by"].is_string(), "{report:#}");
    assert!(part(&report, "done").is_empty(), "{report:#}");
    let log = rig.fleet.fleet(&["log", "--json"]).expect_code(0).json();
    let last = log["runs"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["undoes"], report["run"], "{last:#}");
}

fn rerun(rig: &Rig) {
    // Somebody's own mistake beside ours: the canary cannot take any configuration.
    rig.fleet.inside("edge1", "echo 'no_such_directive on;' >/etc/nginx/conf.d/more.conf");
    let report = rig.roll_out("six", &[]).expect_code(1).json();
    rig.fleet.inside("edge1", "rm /etc/nginx/conf.d/more.conf");
    let run = run_of(&report);
    assert_eq!(report["next"].as_str().unwrap().split_whitespace().nth(1), Some("rerun"), "{report:#}");
    let again = rig.fleet.fleet(&["rerun", "--failed", &run, "--yes", "--json"]).expect_code(0).json();
    assert_eq!(rig.serving("six").len(), 8, "{again:#}");
}

fn plan_file(rig: &Rig) {
    rig.fleet.fleet(&["plan", "media", "--set", "release=seven", "--out", "plan.json"]).expect_code(3);
    let shown = rig.fleet.fleet(&["show", "plan.json"]).expect_code(0).stdout;
    assert!(shown.contains("seven") && shown.contains("/health") && shown.contains("edge1"), "{shown}");
    rig.fleet.fleet(&["apply", "plan.json", "--yes", "--json"]).expect_code(0);
    assert_eq!(rig.serving("seven").len(), 8);
    let again = rig.fleet.fleet(&["apply", "plan.json", "--yes", "--json"]);
    assert_ne!(again.code, Some(0), "{}", again.stdout);
    assert_eq!(rig.serving("seven").len(), 8);
}

fn killed(rig: &Rig) {
    let mut fleet = rig.start("nine", &["--set", "pause=30s"]);
    for _ in 0..600 {
        if rig.served_by("edge1") == "nine" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    // In the pause behind the canary, or while its gates are looked at.
    fleet.kill().unwrap();
    fleet.wait().unwrap();
    assert_eq!(rig.serving("nine"), ["edge1"]);
    let log = rig.fleet.fleet(&["log", "--json", "-n", "1"]).expect_code(0).json();
    let run = log["runs"][0]["run"].as_str().unwrap().to_owned();
    let told = rig.fleet.fleet(&["show", &run]).expect_code(0).stdout;
    assert!(told.contains(&format!("fleet resume {run}")), "{told}");
    // The same plan, with its pauses: there is time to interrupt it.
    let mut resumed =
        rig.fleet.command(&["resume", &run, "--yes"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    for _ in 0..900 {
        if rig.serving("nine").len() > 1 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    // Ctrl-C: those that have begun end well, and no other begins.
    let interrupted = std::process::Command::new("kill").args(["-INT", &resumed.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert_eq!(resumed.wait().unwrap().code(), Some(130));
    let done = rig.serving("nine").len();
    assert!((2..8).contains(&done), "{done}");
    rig.fleet.fleet(&["log", "verify"]).expect_code(0);
}

fn asked(rig: &Rig) {
    // Without a terminal nobody can be asked: the canary is done, and the rest waits.
    let report = rig.roll_out("eight", &["--step"]).expect_code(6).json();
    assert_eq!(rig.serving("eight").len(), 1, "{report:#}");
    let run = run_of(&report);
    assert!(report["next"].as_str().unwrap().contains(&format!("resume {run}")), "{report:#}");
    rig.fleet.fleet(&["resume", &run, "--yes", "--json"]).expect_code(0);
    assert_eq!(rig.serving("eight").len(), 8);
}
