//! `fleet undo` on real hosts: files with secrets, links, directories, units; an undo of an undo; hosts that changed since.
//! Needs root; see `fleet::lab`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests end where something is not as expected")]

#[path = "../common/mod.rs"]
mod common;
mod rig;

use fleet::engine::host_journal::HostJournal;
use serde_json::Value;

use rig::{BOTH, Rig};

#[test]
fn a_run_is_taken_back() {
    let rig = Rig::boot();
    a_file_with_a_secret(&rig);
    everything_that_a_transaction_does(&rig);
    hosts_that_changed_since(&rig);
    from_any_laptop(&rig);
    journals_of_the_hosts(&rig);
}

fn a_file_with_a_secret(rig: &Rig) {
    let old = rig.states();
    let apply = rig.fleet(&["env", "apply", "--yes", "--json"]).expect_code(0).json();
    let run = rig::run_of(&apply);
    let new = rig.states();
    assert_ne!(old, new);
    let shown = rig.fleet(&["undo", &run, "--out", "undo.json", "--json"]).expect_code(3).json();
    let line = shown["waves"][0]["hosts"][0]["items"][0]["diff"][0].clone();
    assert_eq!(
        (&line["subject"], &line["before"], &line["after"]),
        (&"A".into(), &"new".into(), &"old".into()),
        "{shown:#}"
    );
    assert_eq!(rig.states(), new, "nothing changes where a plan is written");
    // A plan as any other: shown, and applied.
    rig.fleet(&["show", "undo.json"]).expect_code(0);
    let undo = rig.fleet(&["apply", "undo.json", "--yes", "--json"]).expect_code(0).json();
    assert_eq!(rig.states(), old, "{undo:#}");
    for host in BOTH {
        let environment = rig.inside(host, "tr '\\0' '\\n' </proc/$(systemctl show -p MainPID --value app)/environ");
        assert!(environment.contains("A=old") && environment.contains("TOKEN=old-t0ken-4711"), "{environment}");
    }
    let again = rig.fleet(&["undo", &run, "--yes", "--json"]).expect_code(0).json();
    assert_eq!(again["run"], Value::Null, "there is nothing left to do: {again:#}");
    let back = rig.fleet(&["undo", &rig::run_of(&undo), "--yes", "--json"]).expect_code(0).json();
    assert_eq!(rig.states(), new, "{back:#}");
    rig.fleet(&["env", "check"]).expect_code(0);
    rig.secrets_are_nowhere(&[&apply, &shown, &undo, &back]);
}

fn everything_that_a_transaction_does(rig: &Rig) {
    let old = rig.states();
    let apply = rig.apply(&rig.everything());
    let new = rig.states();
    assert_ne!(old, new);
    let undo = rig.fleet(&["undo", &rig::run_of(&apply), "--yes", "--json"]).expect_code(0).json();
    assert_eq!(rig.states(), old, "{undo:#}");
    let back = rig.fleet(&["undo", &rig::run_of(&undo), "--yes", "--json"]).expect_code(0).json();
    assert_eq!(rig.states(), new, "{back:#}");
    // And once more, from what the undo of the undo kept.
    rig.fleet(&["undo", &rig::run_of(&back), "--yes", "--json"]).expect_code(0);
    assert_eq!(rig.states(), old);
}

fn hosts_that_changed_since(rig: &Rig) {
    let apply = rig.apply(&rig.everything());
    let run = rig::run_of(&apply);
    let new = rig.states();
    for (change, restore, said) in [
        ("echo more >>/etc/app/written", "sed -i /more/d /etc/app/written", "other content"),
        ("chmod 0600 /etc/app/written", "chmod 0644 /etc/app/written", "mode 0600"),
        ("ln -sfn elsewhere /etc/app/link", "ln -sfn made/inside /etc/app/link", "leads to elsewhere"),
        ("touch /etc/app/made/more", "rm /etc/app/made/more", "holds more"),
        ("systemctl stop app", "systemctl start app", "app.service is inactive"),
    ] {
        rig.inside("one", change);
        let shown = rig.fleet(&["undo", &run, "--out", "undo.json", "--json"]).expect_code(1).json();
        let host = rig::host(&shown, "one");
        let error = host["items"].as_array().unwrap().iter().find(|item| item["status"] == "failed").unwrap();
        assert_eq!(error["error"]["code"], "changed-since", "{change}: {host:#}");
        assert!(error["error"]["message"].as_str().unwrap().contains(said), "{change}: {host:#}");
        assert_eq!(rig::host(&shown, "two")["status"], "planned", "{shown:#}");
        rig.inside("one", restore);
    }
    assert_eq!(rig.states(), new);
    // Which run it was that changed it since.
    let later = rig::run_of(&rig.apply(&rig.written_again("one")));
    let undo = rig.fleet(&["undo", &run, "--yes", "--json"]).expect_code(1).json();
    let one = rig::host(&undo, "one").to_string();
    assert!(one.contains("changed-since") && one.contains(&later), "{one}");
    assert_eq!(rig::host(&undo, "two")["status"], "changed", "the others go on: {undo:#}");
    // Once that one is taken back, so is the rest.
    rig.fleet(&["undo", &later, "--yes"]).expect_code(0);
    rig.fleet(&["undo", &run, "--yes"]).expect_code(0);
    // Between the plan and the change.
    let run = rig::run_of(&rig.apply(&rig.everything()));
    rig.fleet(&["undo", &run, "--out", "undo.json"]).expect_code(3);
    rig.inside("one", "rm /var/lib/fleet/runs/*/1.before");
    let came = rig.fleet(&["apply", "undo.json", "--yes", "--json", "-l", "one"]).expect_code(1).json();
    assert_eq!(rig::host(&came, "one")["error"]["code"], "kept-missing", "{came:#}");
    let came = rig.fleet(&["undo", &run, "--yes", "--json"]).expect_code(1).json();
    assert!(rig::host(&came, "one").to_string().contains("not-kept"), "{came:#}");
    assert_eq!(rig::host(&came, "two")["status"], "changed", "{came:#}");
}

fn from_any_laptop(rig: &Rig) {
    let old = rig.state("two");
    let run = rig::run_of(&rig.apply(&rig.written_again("two")));
    assert_ne!(rig.state("two"), old);
    rig.other_laptop();
    let undo = rig.fleet(&["undo", &run, "--yes", "--json"]).expect_code(0).json();
    assert_eq!(rig.state("two"), old, "{undo:#}");
    assert_eq!(rig::host(&undo, "two")["status"], "changed", "{undo:#}");
    assert_eq!(
        rig.fleet(&["undo", "20200101T000000Z-0000", "--yes", "--json"]).expect_code(1).json()["error"]["code"],
        "unknown-run"
    );
    rig.fleet(&["undo", "../../etc", "--yes"]).expect_code(2);
}

fn journals_of_the_hosts(rig: &Rig) {
    for host in BOTH {
        let journal = rig.journal(host);
        assert!(journal.lines.len() > 3 && journal.problems.is_empty(), "{:?}", journal.problems);
    }
    let text = rig.inside("one", "cat /var/lib/fleet/journal");
    let edited = text.replacen("\"outcome\":\"applied\"", "\"outcome\":\"refused\"", 1);
    assert_eq!(HostJournal::read(edited.as_bytes(), None).problems.len(), 1);
    // A line that was cut in the middle does not swallow the next, and shows.
    rig.inside("two", "printf '{\"run\":\"torn' >>/var/lib/fleet/journal");
    rig.apply(&rig.written_again("two"));
    let journal = rig.journal("two");
    assert_eq!(journal.problems.len(), 1, "{:?}", journal.problems);
    assert!(journal.problems[0].contains("was cut"), "{:?}", journal.problems);
    // What is dropped in time is stood for.
    rig.inside(
        "two",
        "cd /var/lib/fleet; head -c 2097152 /dev/zero | tr '\\0' x >>journal; echo >>journal; rm journal.last",
    );
    rig.apply(&rig.written_again("two"));
    let journal = rig.journal("two");
    assert_eq!((journal.lines.len(), journal.problems.len()), (1, 0), "{:?}", journal.problems);
}
