//! Going on without approval.

use crate::rig::{ALICE, Agent, BOB, Place};

const RULE: &str = "[approval.rules.all]\n";

#[test]
fn nobody_may_unless_it_is_said() {
    for policy in ["", "break_glass = false\n"] {
        let place = Place::new(&format!("{policy}{RULE}"));
        place.plan();
        let run = place.fleet(&["apply", "plan.json", "--yes", "--json", "--break-glass", "the edges are down"]);
        assert_eq!(run.code, Some(6), "{}", run.stderr);
        let error = &run.document("error")["error"];
        assert!(error["message"].as_str().unwrap().ends_with("lets nobody break the glass"), "{error}");
    }
}

#[test]
fn it_is_loud() {
    let place = Place::new(&format!("break_glass = true\n{RULE}"));
    place.plan();
    place.approve(ALICE);
    place.refused("not-approved");
    let run = place.goes_through(&["--break-glass", "the edges are down"]);
    let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "BREAKING THE GLASS: this goes on without approval, by tester@",
        "the reason given: the edges are down",
        "missing: 1 of bob@example.org, carol@example.org (all)",
        "stands in the journal for ever",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // With all approvals there is nothing to break.
    place.approve(BOB);
    let run = place.goes_through(&["--break-glass", "the edges are down"]);
    assert!(!run.stderr.contains("BREAKING") && run.stderr.contains("no glass is broken"), "{}", run.stderr);
}

#[test]
fn it_needs_a_reason() {
    let place = Place::new(&format!("break_glass = true\n{RULE}"));
    place.plan();
    for reason in ["", "  ", "two\nlines"] {
        let run = place.fleet(&["apply", "plan.json", "--yes", "--json", "--break-glass", reason]);
        assert_eq!((run.code, &run.document("error")["error"]["code"]), (Some(2), &"no-reason".into()), "{reason}");
    }
}

/// A name alone could be anybody's: whoever is listed proves it with a key.
#[test]
fn only_those_who_are_listed() {
    let place = Place::new(&format!("break_glass = [\"{ALICE}\"]\n{RULE}"));
    place.plan();
    let glass = ["apply", "plan.json", "--yes", "--json", "--break-glass", "the edges are down"];
    let run = place.fleet(&glass);
    assert_eq!(
        (run.code, &run.document("error")["error"]["code"]),
        (Some(2), &"no-key-found".into()),
        "{}",
        run.stderr
    );
    let agent = Agent::start(&place);
    let environment = [("SSH_AUTH_SOCK", agent.socket.as_str())];
    agent.add(&place, BOB);
    let run = place.fleet_with(&glass, &environment);
    let error = run.document("error")["error"].clone();
    assert_eq!((run.code, &error["code"]), (Some(6), &"not-approved".into()), "{}", run.stderr);
    assert!(error["message"].as_str().unwrap().contains("bob@example.org may not break the glass"), "{error}");
    agent.add(&place, ALICE);
    let run = place.fleet_with(&glass, &environment);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("proven to be alice@example.org"), "{said}");
    // It is no approval, and none is left behind.
    assert!(!place.path("plan.json.approvals").exists());
}
