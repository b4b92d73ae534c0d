//! Playbooks on the command line: listed, shown, and refused before any host is contacted.

use crate::place::{ENV, HOSTS, Place};

const PLAYBOOK: &str = r#"
description = "Two steps"
[vars.canary]
type = "int"
default = 1
[vars.what]
type = "choice"
choices = ["app"]
[[steps]]
name = "files"
action = "env"
items = ["${what}"]
[steps.rollout]
canary = "${canary}"
"#;

fn place(playbook: &str) -> Place {
    Place::new(&[("inventory/hosts.toml", HOSTS), ("inventory/env.toml", ENV), ("playbooks/two.toml", playbook)])
}

#[test]
fn listed_and_shown() {
    let place = place(PLAYBOOK);
    let run = place.fleet(&["--json", "playbook", "list"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let document = run.document("playbooks");
    assert_eq!(document["playbooks"][0]["steps"][0], "files");
    for words in [["playbook", "show", "two"].as_slice(), &["show", "two"], &["show", "playbooks/two.toml"]] {
        let words: Vec<&str> = ["--json"].iter().chain(words).copied().collect();
        let run = place.fleet(&words);
        assert_eq!(run.code, Some(0), "{words:?}: {}", run.stderr);
        let document = run.document("playbook-report");
        assert_eq!(document["steps"][0]["hosts"].as_array().unwrap().len(), 3, "{document}");
        assert_eq!(document["variables"][1]["name"], "what");
    }
    let run = Place::whole().fleet(&["playbook", "list"]);
    assert_eq!((run.code, run.stdout.trim()), (Some(0), "no playbooks in playbooks"));
}

#[test]
fn what_is_wrong_is_bad_usage() {
    let place = place(PLAYBOOK);
    for command in ["plan", "apply"] {
        let run = place.refused(&[command, "two"], "inventory-invalid");
        assert!(run.stderr.contains("--set what=…"), "{}", run.stderr);
        place.refused(&[command, "two", "--set", "what=app", "--set", "nobody=1"], "inventory-invalid");
        let run = place.refused(&[command, "tow"], "no-playbook");
        assert!(run.stderr.contains("did you mean `two`?"), "{}", run.stderr);
        place.refused(&[command, "two", "--set", "what"], "usage");
    }
    let broken = self::place("[[steps]]\naction = \"evn\"\n");
    let run = broken.fleet(&["--json", "playbook", "list"]);
    assert_eq!(run.code, Some(2));
    assert!(run.document("playbooks")["playbooks"][0]["error"].is_string());
}
