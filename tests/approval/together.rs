//! Several people at once, and what is kept.

use std::process::Stdio;

use crate::rig::{ALICE, BOB, Place};

#[test]
fn two_at_once() {
    let place = Place::of_two();
    place.plan();
    let children: Vec<_> = [ALICE, BOB]
        .into_iter()
        .map(|person| {
            let mut command = place.plain(env!("CARGO_BIN_EXE_fleet"));
            command.args(["approve", "plan.json", "--yes", "--key", &format!("keys/{person}")]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    place.goes_through(&[]);
}

/// An approval is a file that can be copied, and checked without fleet.
#[test]
fn an_approval_is_ssh_keygens() {
    let place = Place::of_two();
    place.plan();
    place.approve(ALICE);
    let file = place.approve(ALICE)["file"].as_str().unwrap().to_owned();
    // Again, with the same key: in the same file.
    assert_eq!(std::fs::read_dir(place.path("plan.json.approvals")).unwrap().count(), 1);
    let mut approval: serde_json::Value = serde_json::from_str(&place.read(&file)).unwrap();
    let signature = approval.as_object_mut().unwrap().remove("signature").unwrap();
    place.write("signature", signature.as_str().unwrap());
    // As `jq -jc 'del(.signature)'` writes it.
    let statement: fleet::approval::Statement = serde_json::from_value(approval).unwrap();
    place.write("statement", &String::from_utf8(statement.bytes()).unwrap());
    let mut command = place.plain("ssh-keygen");
    command.args(["-Y", "verify", "-n", "fleet-approval@fleet", "-I", ALICE, "-s", "signature"]);
    command.args(["-f", "inventory/allowed_signers"]);
    let output = command.stdin(std::fs::File::open(place.path("statement")).unwrap()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let digest = sha256(&place, "plan.json");
    assert_eq!(statement.plan, digest);
}

fn sha256(place: &Place, file: &str) -> String {
    let output = place.plain("sha256sum").arg(file).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

/// Without [approval] nothing needs any.
#[test]
fn without_a_policy() {
    let place = Place::of_two();
    std::fs::remove_file(place.path("inventory/approval.toml")).unwrap();
    place.plan();
    place.goes_through(&[]);
    let run = place.goes_through(&["--break-glass", "the edges are down"]);
    assert!(run.stderr.contains("no glass is broken"), "{}", run.stderr);
    let run = place.fleet(&["approve", "plan.json", "--yes", "--json"]);
    assert_eq!((run.code, &run.document("error")["error"]["code"]), (Some(2), &"no-approval".into()));
}
