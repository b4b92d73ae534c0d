//! Each reason for which a plan is not applied.

use fleet::engine::plan::Author;
use fleet::engine::status::Failure;
use fleet::journal::{Journal, Line, StateDir};
use fleet::names::{HostName, RunId};
use jiff::{Timestamp, ToSpan as _};

use crate::rig::{ALICE, BOB, CAROL, Place};

fn elsewhere() -> Author {
    Author { user: "somebody".to_owned(), machine: "elsewhere".to_owned() }
}

#[test]
fn who_is_missing() {
    let place = Place::of_two();
    place.plan();
    let none = place.refused("not-approved");
    assert!(
        none.message().contains("2 of alice@example.org, bob@example.org, carol@example.org (all)"),
        "{}",
        none.said
    );
    none.because("approval-missing", "rule all has 0 of 2 approvals");
    assert!(none.said.contains("`fleet approve plan.json`"), "{}", none.said);
    let seen = place.approve(ALICE);
    assert_eq!(seen["complete"], false);
    assert_eq!(seen["principal"], ALICE);
    assert_eq!(seen["rules"][0]["may"], serde_json::json!([BOB, CAROL]));
    let one = place.refused("not-approved");
    one.because("approval-missing", "rule all has 1 of 2 approvals: alice@example.org");
    assert!(one.message().contains("1 of bob@example.org, carol@example.org"), "{}", one.said);
    assert_eq!(place.approve(BOB)["complete"], true);
    place.goes_through(&[]);
    // What was approved is the whole plan, also where fewer hosts change.
    place.goes_through(&["-l", "fritz"]);
}

#[test]
fn any_changed_byte() {
    let place = Place::of_two();
    place.plan();
    place.approve(ALICE);
    place.approve(BOB);
    let whole = place.read("plan.json");
    place.write("plan.json", &whole.replacen("\"laptop\"", "\"laptoq\"", 1));
    place.refused("not-approved").because("other-plan", "it approves another plan");
    // Nothing that it says has changed, but nobody has signed these bytes.
    place.write("plan.json", &format!("{whole}\n"));
    assert!(place.refused("plan-changed").said.contains("is not as fleet wrote it"));
    let step = whole.len() / 24;
    for at in (0..whole.len()).step_by(step) {
        let mut bytes = whole.clone().into_bytes();
        bytes[at] ^= 1;
        std::fs::write(place.path("plan.json"), &bytes).unwrap();
        let run = place.fleet(&["apply", "plan.json", "--yes"]);
        assert!(matches!(run.code, Some(2 | 6)), "byte {at}: {:?} {}", run.code, run.stderr);
    }
    place.write("plan.json", &whole);
    place.goes_through(&[]);
}

#[test]
fn a_changed_approval() {
    let place = Place::of_two();
    let plan = place.plan();
    place.approve(ALICE);
    let bob = place.approve(BOB)["file"].as_str().unwrap().to_owned();
    let whole = place.read(&bob);
    for (from, to, code, words) in [
        ("\"tester\"", "\"taster\"", "bad-signature", "it was changed after it was signed"),
        (BOB, CAROL, "wrong-principal", "signed with the key of bob@example.org"),
        (plan.digest().as_str(), "0", "other-plan", "another plan"),
        ("fleet/approval/v1", "fleet/approval/v2", "no-approval", "format"),
        ("\"signature\"", "\"more\": 1, \"signature\"", "no-approval", "unknown field"),
        ("BEGIN SSH SIGNATURE-----\\nU", "BEGIN SSH SIGNATURE-----\\nV", "bad-signature", "none of ssh-keygen's"),
    ] {
        let changed = whole.replacen(from, to, 1);
        assert_ne!(changed, whole, "{from}");
        place.write(&bob, &changed);
        place.refused("not-approved").because(code, words);
    }
    // In another form it says the same, and is as good.
    let compact: serde_json::Value = serde_json::from_str(&whole).unwrap();
    place.write(&bob, &compact.to_string());
    place.goes_through(&[]);
}

#[test]
fn a_signature_for_something_else() {
    let place = Place::of_two();
    place.plan();
    place.approve(ALICE);
    let file = place.approve(BOB)["file"].as_str().unwrap().to_owned();
    let mut approval: serde_json::Value = serde_json::from_str(&place.read(&file)).unwrap();
    let mut statement = approval.clone();
    statement.as_object_mut().unwrap().remove("signature");
    let statement = serde_json::from_value::<fleet::approval::Statement>(statement).unwrap();
    std::fs::write(place.path("statement"), statement.bytes()).unwrap();
    place.keygen(&["-q", "-Y", "sign", "-n", "git", "-f", &format!("keys/{BOB}"), "statement"]);
    approval["signature"] = place.read("statement.sig").into();
    place.write(&file, &approval.to_string());
    place.refused("not-approved").because("bad-signature", "namespace does not match");
}

#[test]
fn an_unknown_key() {
    let place = Place::of_two();
    place.plan();
    place.approve(ALICE);
    place.approve(BOB);
    place.signers(&[(ALICE, ALICE), (CAROL, CAROL)]);
    place.refused("not-approved").because("unknown-key", "is not in `allowed_signers`");
    // Another key in bob's name.
    place.key("stranger", "");
    place.signers(&[(ALICE, ALICE), (BOB, "stranger")]);
    place.refused("not-approved").because("unknown-key", "is not in `allowed_signers`");
    // Who is unknown is told so before they sign.
    let run = place.fleet(&["approve", "plan.json", "--yes", "--json", "--key", &format!("keys/{CAROL}")]);
    assert_eq!((run.code, &run.document("error")["error"]["code"]), (Some(2), &"unknown-key".into()));
}

#[test]
fn a_revoked_key() {
    let place = Place::new("revoked = \"revoked_keys\"\n[approval.rules.all]\n");
    place.write("inventory/revoked_keys", "# none yet\n");
    place.plan();
    place.approve(ALICE);
    place.approve(BOB);
    place.goes_through(&[]);
    let key = format!("{}\n", place.public(BOB));
    place.write("inventory/revoked_keys", &key);
    place.refused("not-approved").because("revoked-key", "is revoked by inventory/revoked_keys");
    // A key revocation list does the same.
    let (list, public) = (place.path("inventory/revoked_keys"), place.path(&format!("keys/{ALICE}.pub")));
    place.keygen(&["-q", "-k", "-f", list.to_str().unwrap(), public.to_str().unwrap()]);
    let refusal = place.refused("not-approved");
    refusal.because("revoked-key", "of alice@example.org").because("approval-missing", "bob@example.org");
    // And with it nobody signs any more.
    let run = place.fleet(&["approve", "plan.json", "--yes", "--json", "--key", &format!("keys/{ALICE}")]);
    assert_eq!((run.code, &run.document("error")["error"]["code"]), (Some(6), &"revoked-key".into()));
}

#[test]
fn a_key_that_is_no_longer_valid() {
    let place = Place::of_two();
    place.plan();
    place.approve(ALICE);
    place.approve(BOB);
    let lines = place.read("inventory/allowed_signers").replace(BOB, &format!("{BOB} valid-before=\"20200101\""));
    place.write("inventory/allowed_signers", &lines);
    place.refused("not-approved").because("key-not-allowed", "expired");
}

#[test]
fn one_person_with_two_keys() {
    let place = Place::of_two();
    place.key("alice-2", "");
    place.signers(&[(ALICE, ALICE), (ALICE, "alice-2"), (BOB, BOB)]);
    place.plan();
    place.approve(ALICE);
    assert_eq!(place.approve("alice-2")["complete"], false);
    let refusal = place.refused("not-approved");
    refusal.because("not-counted", "alice@example.org has approved with 2 keys");
    refusal.because("approval-missing", "1 of 2 approvals: alice@example.org");
    // So does one with two names, which share a key.
    place.signers(&[(ALICE, ALICE), ("al@home.example,alice@example.org", "alice-2"), (BOB, BOB)]);
    place.approve("alice-2");
    place.refused("not-approved").because("approval-missing", "1 of 2 approvals: alice@example.org");
    place.approve(BOB);
    place.goes_through(&[]);
}

#[test]
fn what_has_expired() {
    let place = Place::new("valid = \"2h\"\n[approval.rules.all]\n");
    let plan = place.plan_by("tester", 1);
    let now = Timestamp::now();
    place.approve(ALICE);
    place.approve_at(BOB, now - 3.hours(), &plan.digest(), elsewhere());
    place.refused("not-approved").because("approval-expired", "held for 2 h");
    place.approve_at(BOB, now + 10.minutes(), &plan.digest(), elsewhere());
    place.refused("not-approved").because("from-the-future", "yet to come");
    place.approve_at(BOB, now + 3.minutes(), &plan.digest(), elsewhere());
    place.goes_through(&[]);
    // The plan itself.
    let plan = place.plan_by("tester", 3);
    place.approve_at(ALICE, now, &plan.digest(), elsewhere());
    place.approve_at(BOB, now, &plan.digest(), elsewhere());
    assert!(place.refused("plan-expired").said.contains("the plan has expired"));
    let run = place.fleet(&["approve", "plan.json", "--yes", "--json", "--key", &format!("keys/{ALICE}")]);
    assert_eq!((run.code, &run.document("error")["error"]["code"]), (Some(6), &"plan-expired".into()));
    place.plan_by("tester", -1);
    assert!(place.refused("from-the-future").said.contains("the plan says that it was made at"));
}

#[test]
fn a_plan_that_was_applied() {
    let place = Place::of_two();
    let plan = place.plan();
    place.approve(ALICE);
    place.approve(BOB);
    let state = StateDir::beside(&place.path("inventory")).unwrap();
    let line = |outcome: &str| Line {
        schema: fleet::journal::SCHEMA.to_owned(),
        time: Timestamp::now(),
        run: RunId::new("20261121T202449Z-3f9a"),
        who: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
        inventory: plan.inventory.clone(),
        actions: plan.actions.clone(),
        plan: plan.digest(),
        host: Some(HostName::new("fritz")),
        changes: Vec::new(),
        outcome: Some(outcome.to_owned()),
        reason: None,
        about: fleet::journal::About::default(),
    };
    let journal = Journal::of(&state);
    journal.note(&line("rolled-back")).unwrap();
    place.goes_through(&[]);
    journal.note(&line("applied")).unwrap();
    let refusal = place.refused("already-applied");
    assert!(refusal.message().contains("by alice@laptop in the run 20261121T202449Z-3f9a, which changed fritz"));
    // A host that it has not changed may still be.
    place.goes_through(&["-l", "franz"]);
    let run = place.fleet(&["approve", "plan.json", "--yes", "--json", "--key", &format!("keys/{ALICE}")]);
    assert_eq!((run.code, &run.document("error")["error"]["code"]), (Some(6), &"already-applied".into()));
}

#[test]
fn an_author_who_does_not_count() {
    let place = Place::new("[approval.rules.all]\nneeded = 1\nauthor_counts = false\n");
    place.plan_by("alice", 0);
    place.approve(ALICE);
    let refusal = place.refused("not-approved");
    refusal.because("not-counted", "alice@example.org wrote the plan");
    place.approve(BOB);
    place.goes_through(&[]);
    // Where the author could be any of them, one more is needed.
    place.plan_by("ci", 0);
    place.approve(BOB);
    place.refused("not-approved").because("not-counted", "the author, ci@laptop, is");
    place.approve(ALICE);
    place.goes_through(&[]);
    // The inventory tells who it is.
    place.approval("users = { ci = \"carol@example.org\" }\n[approval.rules.all]\nneeded = 1\nauthor_counts = false\n");
    place.plan_by("ci", 0);
    place.approve(CAROL);
    place.refused("not-approved").because("not-counted", "carol@example.org wrote the plan");
    place.approve(BOB);
    place.goes_through(&[]);
}

#[test]
fn several_rules() {
    let place = Place::new(&format!(
        "[approval.rules.web]\nhosts = \"web\"\nactions = [\"env\"]\nneeded = 1\nby = [\"{CAROL}\"]\n\
         [approval.rules.rest]\nhosts = \"!web\"\nneeded = 2\nby = [\"{ALICE}\", \"{BOB}\"]\n\
         [approval.rules.units]\nactions = [\"unit\"]\nneeded = 3\n"
    ));
    place.plan();
    place.approve(ALICE);
    place.approve(BOB);
    let refusal = place.refused("not-approved");
    assert!(refusal.message().ends_with("missing: carol@example.org (web)"), "{}", refusal.message());
    place.approve(CAROL);
    place.goes_through(&[]);
    // What no rule protects needs nobody.
    place.approval("[approval.rules.units]\nactions = [\"unit\"]\nneeded = 3\n");
    place.plan();
    place.goes_through(&[]);
    let run = place.fleet(&["approve", "plan.json", "--yes", "--json", "--key", &format!("keys/{ALICE}")]);
    assert_eq!((run.code, &run.document("error")["error"]["code"]), (Some(2), &"no-approval".into()));
}

#[test]
fn who_is_not_asked() {
    let place = Place::new(&format!("[approval.rules.all]\nneeded = 1\nby = [\"{ALICE}\"]\n"));
    let plan = place.plan();
    let run = place.fleet(&["approve", "plan.json", "--yes", "--json", "--key", &format!("keys/{BOB}")]);
    assert_eq!((run.code, &run.document("error")["error"]["code"]), (Some(6), &"not-an-approver".into()));
    place.approve_at(BOB, Timestamp::now(), &plan.digest(), elsewhere());
    place
        .refused("not-approved")
        .because("not-counted", "bob@example.org has approved, and is not among those who may");
    // Without a terminal nobody is asked, and nobody signs.
    let run = place.fleet(&["approve", "plan.json", "--json", "--key", &format!("keys/{ALICE}")]);
    let failure: Failure = serde_json::from_value(run.document("error")["error"].clone()).unwrap();
    assert_eq!((run.code, failure.code.as_str()), (Some(6), "not-approved"));
    assert!(run.stderr.contains("nothing was signed") && run.stderr.contains("/srv/app/.env"), "{}", run.stderr);
}
