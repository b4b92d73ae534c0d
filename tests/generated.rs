//! What is made from the command line and the types: current, and of use.
//!
//! `FLEET_REGENERATE=1 cargo test --test generated` writes the files of `completions/` anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SHELLS: [(&str, &str); 3] = [("bash", "fleet.bash"), ("zsh", "_fleet"), ("fish", "fleet.fish")];

fn fleet(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_fleet")).env_clear().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn completions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions")
}

#[test]
fn completions_are_current() {
    for (shell, file) in SHELLS {
        let now = String::from_utf8(fleet(&["completions", shell]).stdout).unwrap();
        let path = completions().join(file);
        if std::env::var_os("FLEET_REGENERATE").is_some() {
            std::fs::write(&path, &now).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == now,
            "{} is not current; write it anew: FLEET_REGENERATE=1 cargo test --test generated",
            path.display()
        );
    }
}

/// What bash offers after these words.
fn offered(words: &[&str]) -> Vec<String> {
    let script = r#"
        . "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
        _fleet fleet "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let output = Command::new("bash")
        .args(["--norc", "-c", script, "bash"])
        .arg(completions().join("fleet.bash"))
        .args(words)
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes() {
    assert_eq!(offered(&["fleet", "en"]), ["env"]);
    assert_eq!(offered(&["fleet", "env", "ad"]), ["adopt"]);
    assert_eq!(offered(&["fleet", "env", "adopt", "--format", ""]), ["dotenv", "systemd", "docker"]);
    assert_eq!(offered(&["fleet", "completions", "f"]), ["fish"]);
    assert!(offered(&["fleet", "check", "--"]).contains(&"--limit".to_owned()));
}

/// Every command of `--help`, as words, the root first.
fn commands(of: &[String], all: &mut Vec<Vec<String>>) {
    all.push(of.to_vec());
    let words: Vec<&str> = of.iter().map(String::as_str).chain(["--help"]).collect();
    let help = String::from_utf8(fleet(&words).stdout).unwrap();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for line in listed.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = line.split_whitespace().next().unwrap().to_owned();
        commands(&[of, &[name]].concat(), all);
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let mut all = Vec::new();
    commands(&[], &mut all);
    assert!(all.len() > 20, "{all:?}");
    let directory = tempfile::tempdir().unwrap();
    let shown = directory.path().to_str().unwrap();
    fleet(&["man", shown]);
    let mut expected: Vec<String> = all
        .iter()
        .map(|words| {
            format!("{}.1", ["fleet"].into_iter().chain(words.iter().map(String::as_str)).collect::<Vec<_>>().join("-"))
        })
        .collect();
    let mut pages: Vec<String> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    expected.sort();
    pages.sort();
    assert_eq!(pages, expected);
    for page in pages {
        let text = std::fs::read_to_string(directory.path().join(&page)).unwrap();
        for section in [".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION"] {
            assert!(text.contains(section), "{page} has no {section}");
        }
        assert!(text.contains(&format!(".TH {} 1", page.trim_end_matches(".1"))), "{page}: {text}");
    }
    let root = fleet(&["man"]).stdout;
    assert_eq!(root, std::fs::read(directory.path().join("fleet.1")).unwrap());
    assert!(String::from_utf8(root).unwrap().contains("Exit codes"));
}

/// `man --warnings` finds what a reader of the page would stumble over; not on every machine.
#[test]
fn manual_pages_can_be_read() {
    let directory = tempfile::tempdir().unwrap();
    fleet(&["man", directory.path().to_str().unwrap()]);
    let page = directory.path().join("fleet-env-adopt.1");
    let Ok(output) = Command::new("man").args(["--warnings", "-l"]).arg(&page).env("MANWIDTH", "80").output() else {
        return;
    };
    if output.status.success() {
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("fleet env adopt"));
    }
}

#[test]
fn help_is_well_kept() {
    let mut all = Vec::new();
    commands(&[], &mut all);
    for words in all {
        let arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
        let output = Command::new(env!("CARGO_BIN_EXE_fleet"))
            .env_clear()
            .env("COLUMNS", "80")
            .env("FLEET_INVENTORY", "elsewhere")
            .args(&arguments)
            .output()
            .unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        let first = help.lines().next().unwrap();
        assert!(first.starts_with(|c: char| c.is_uppercase()) && !first.ends_with('.'), "{words:?}: {first}");
        assert!(!help.contains("elsewhere"), "the environment shows in {words:?}");
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
        }
        // Every option and argument says what it is for, on its own line or the next.
        let lines: Vec<&str> = help.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.trim_start().starts_with('-')) {
            let own = line.trim_start().contains("  ");
            assert!(own || lines.get(at + 1).is_some_and(|next| next.starts_with("          ")), "{words:?}: {line}");
        }
    }
}

#[test]
fn every_schema_is_one() {
    let list = String::from_utf8(fleet(&["schema"]).stdout).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&fleet(&["schema", "--json"]).stdout).unwrap();
    let names: Vec<&str> = document["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(list.lines().collect::<Vec<_>>(), names);
    for needed in ["inventory", "facts", "plan", "check", "error"] {
        assert!(names.contains(&needed), "{needed}");
    }
    for name in names {
        let schema: serde_json::Value = serde_json::from_slice(&fleet(&["schema", name]).stdout).unwrap();
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{name}");
        assert!(schema["title"].is_string() || schema["properties"].is_object(), "{name}");
        assert!(!jsonschema::validator_for(&schema).unwrap().is_valid(&serde_json::json!(42)), "{name} takes anything");
        // Those two are of what people write.
        if !["inventory", "playbook"].contains(&name) {
            let id = &schema["properties"]["schema"]["const"];
            // Its lines are chained since the second version.
            let version = if name == "journal" { "/v2" } else { "/v1" };
            assert!(id.as_str().is_some_and(|id| id.starts_with("fleet/") && id.ends_with(version)), "{name}: {id}");
        }
    }
}
