//! The example for CI: the workflows are YAML that names what is there, and the scripts do what they say.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode as _, Yaml};

use crate::rig::{ALICE, BOB, Place};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci").join(name)
}

fn scripts() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(example("ci")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn workflows_run_what_is_there() {
    for (name, job) in [("fleet-plan.yml", "plan"), ("fleet-apply.yml", "apply")] {
        let text = std::fs::read_to_string(example("workflows").join(name)).unwrap();
        let documents = Yaml::load_from_str(&text).unwrap();
        let workflow = &documents[0];
        assert!(workflow.as_mapping_get("on").is_some() && workflow.as_mapping_get("permissions").is_some());
        let job = workflow.as_mapping_get("jobs").unwrap().as_mapping_get(job).unwrap();
        let steps = job.as_mapping_get("steps").unwrap().as_vec().unwrap();
        let mut ours = 0;
        for step in steps {
            let Some(run) = step.as_mapping_get("run").and_then(Yaml::as_str) else { continue };
            // What comes from a pull request is data of the environment, and no part of a script.
            assert!(!run.contains("${{"), "{run}");
            let words = shell_words::split(run).unwrap();
            if let Some(script) = words[0].strip_prefix("ci/") {
                assert!(example("ci").join(script).is_file(), "{run}");
                ours += 1;
            }
            let environment = step.as_mapping_get("env");
            for variable in words.iter().filter_map(|word| word.strip_prefix('$')) {
                let given = environment.and_then(|environment| environment.as_mapping_get(variable));
                assert!(given.is_some() || variable.starts_with("RUNNER_TEMP"), "{name}: {variable}");
            }
        }
        assert!(ours > 1, "{name}");
    }
}

#[test]
fn scripts_are_clean() {
    let place = Place::of_two();
    let output = place.plain("shellcheck").args(scripts()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// A repository with the scripts, in which commits can be made, and a PATH that leads to this fleet.
fn repository() -> (Place, String) {
    let place = Place::of_two();
    std::fs::create_dir(place.path("ci")).unwrap();
    for script in scripts() {
        std::fs::copy(&script, place.path("ci").join(script.file_name().unwrap())).unwrap();
    }
    place.write(".gitignore", "/.fleet/\n/keys/\n/home/\n");
    let directory = Path::new(env!("CARGO_BIN_EXE_fleet")).parent().unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", directory.display());
    git(&place, &["init", "--quiet", "--initial-branch=main"]);
    commit(&place);
    (place, path)
}

fn git(place: &Place, arguments: &[&str]) -> String {
    let output = place.plain("git").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// All that there is; the name of the commit.
fn commit(place: &Place) -> String {
    git(place, &["add", "-A"]);
    git(place, &["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "All"]);
    git(place, &["rev-parse", "HEAD"])
}

#[test]
fn apply_takes_what_was_changed_or_approved() {
    let (place, path) = repository();
    let before = git(&place, &["rev-parse", "HEAD"]);
    place.plan();
    std::fs::create_dir_all(place.path("plans/42")).unwrap();
    std::fs::copy(place.path("plan.json"), place.path("plans/42/plan.json")).unwrap();
    let planned = commit(&place);
    let apply = |before: &str, after: &str| {
        let mut command = place.plain("ci/apply");
        let output = command.env("PATH", &path).args([before, after]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = apply(&before, &planned);
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("alice@example.org, bob@example.org"), "{said}");
    for person in [ALICE, BOB] {
        let run = place.fleet(&["approve", "plans/42/plan.json", "--yes", "--key", &format!("keys/{person}")]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    }
    let approved = commit(&place);
    // Approved, and on its way to hosts that don't answer.
    assert_eq!(apply(&planned, &approved).0, Some(4));
    // What was not touched is not applied again.
    assert_eq!(apply(&approved, &approved).0, Some(0));
}

#[test]
fn plan_fails_where_fleet_does_and_keeps_what_is_current() {
    let (place, path) = repository();
    let plan = || {
        let mut command = place.plain("ci/plan");
        let comment = place.path("comment");
        command.env("PATH", &path).env("FLEET_PLAN", "env plan").arg("42").arg(&comment);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), comment.exists())
    };
    // No host answers.
    assert_eq!(plan().0, Some(4));
    let mut kept = place.plan();
    kept.inventory.commit = Some(git(&place, &["rev-parse", "HEAD"]));
    place.write("plans/42/plan.json", &fleet::text::json(&kept));
    commit(&place);
    let (code, said, comment) = plan();
    assert_eq!((code, comment), (Some(0), false), "{said}");
    assert!(said.contains("nothing has changed"), "{said}");
    // Another inventory makes the plan old.
    place.write("inventory/more.toml", "[hosts.freud]\naddress = \"127.0.0.1\"\n");
    commit(&place);
    assert_eq!(plan().0, Some(4));
    assert!(!place.path("plans/42/plan.json.approvals").exists());
}

#[test]
fn a_comment_is_posted() {
    let place = Place::of_two();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let api = format!("http://{}/api/v1", listener.local_addr().unwrap());
    place.write("comment", "### `fleet env plan`\n\"quoted\" ```\n");
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).unwrap();
        }
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap()];
        reader.read_exact(&mut body).unwrap();
        stream.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        (head, String::from_utf8(body).unwrap())
    });
    let mut command = place.plain(example("ci/comment").to_str().unwrap());
    command.args(["42", "comment"]).env("GITHUB_API_URL", &api).env("GITHUB_REPOSITORY", "team/fleet");
    let output = command.env("TOKEN", "s3cret").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (head, body) = server.join().unwrap();
    assert!(head.starts_with("POST /api/v1/repos/team/fleet/issues/42/comments "), "{head}");
    assert!(head.contains("token s3cret"), "{head}");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["body"], "### `fleet env plan`\n\"quoted\" ```\n");
}
