use super::*;
use crate::engine::plan::{InventoryStamp, SCHEMA, Wave};
use crate::engine::transaction::{ItemSummary, Transaction};
use crate::inventory::{BreakGlass, Signer};
use crate::names::HostName;

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";
const CAROL: &str = "carol@example.org";

fn signer(principals: &str, key: &str) -> Signer {
    Signer {
        line: 1,
        principals: principals.split(',').map(str::to_owned).collect(),
        cert_authority: false,
        fingerprint: key.to_owned(),
    }
}

fn rule(name: &str, hosts: &[&str], needed: u32) -> ApprovalRule {
    ApprovalRule {
        name: name.to_owned(),
        hosts: hosts.iter().map(|host| HostName::new(*host)).collect(),
        actions: None,
        needed,
        by: None,
        author_counts: true,
        origin: crate::inventory::Origin { file: String::new(), line: 1, column: 1 },
    }
}

fn policy(rules: Vec<ApprovalRule>) -> ApprovalDeclaration {
    ApprovalDeclaration {
        allowed_signers: "allowed_signers".into(),
        signers: vec![signer(ALICE, "1"), signer(ALICE, "2"), signer(BOB, "3"), signer(CAROL, "4")],
        revoked: None,
        valid: Duration::from_secs(3600),
        break_glass: BreakGlass::Never,
        users: BTreeMap::new(),
        rules,
    }
}

fn people(policy: &ApprovalDeclaration) -> People {
    People::of(&policy.signers)
}

fn who(user: &str, machine: &str) -> Author {
    Author { user: user.to_owned(), machine: machine.to_owned() }
}

fn plan(kind: &str, hosts: &[&str]) -> Plan {
    let summary = ItemSummary {
        kind: kind.to_owned(),
        id: "x".to_owned(),
        place: "/x".to_owned(),
        diff: Vec::new(),
        operations: Vec::new(),
    };
    let transaction = Transaction { summary: vec![summary], ..Transaction::default() };
    let hosts = hosts.iter().map(|host| (HostName::new(*host), transaction.clone())).collect();
    Plan {
        schema: SCHEMA.to_owned(),
        created: Timestamp::UNIX_EPOCH,
        author: who("root", "bastion"),
        inventory: InventoryStamp::default(),
        digest_key: "k".to_owned(),
        actions: vec![kind.to_owned()],
        playbook: None,
        undoes: None,
        locks: Vec::new(),
        waves: vec![Wave::of("all hosts", hosts)],
        hosts: Vec::new(),
    }
}

fn given(principal: &str, key: &str) -> Given {
    Given {
        principal: principal.to_owned(),
        fingerprint: key.to_owned(),
        time: Timestamp::UNIX_EPOCH,
        who: who("somebody", "elsewhere"),
    }
}

fn names(rules: &[&ApprovalRule]) -> Vec<String> {
    rules.iter().map(|rule| rule.name.clone()).collect()
}

#[test]
fn a_plan_needs_every_rule_that_it_touches() {
    let mut edges = rule("edges", &["cdn-1", "cdn-2"], 2);
    edges.actions = Some(BTreeSet::from([ActionName::Cert, ActionName::File]));
    let policy = policy(vec![edges, rule("web", &["fritz"], 1)]);
    for (kind, hosts, touched) in [
        ("cert", &["cdn-1", "fritz"][..], &["edges", "web"][..]),
        ("env", &["cdn-1"], &[]),
        ("env", &["cdn-1", "fritz"], &["web"]),
        ("file", &["franz"], &[]),
        // What is no action of ours could be any.
        ("other", &["cdn-2"], &["edges"]),
        ("undo", &["cdn-2"], &["edges"]),
        ("cert", &[], &[]),
    ] {
        assert_eq!(names(&super::touched(&policy, &plan(kind, hosts))), touched, "{kind} on {hosts:?}");
    }
}

#[test]
fn a_rule_for_runs_that_are_taken_back() {
    let mut undone = rule("undone", &["fritz"], 1);
    undone.actions = Some(BTreeSet::from([ActionName::Undo]));
    let policy = policy(vec![undone]);
    let mut plan = plan("env", &["fritz"]);
    assert!(super::touched(&policy, &plan).is_empty());
    plan.undoes = Some(crate::names::RunId::new("20261121T202449Z-3f9a"));
    assert_eq!(super::touched(&policy, &plan).len(), 1);
}

#[test]
fn a_person_counts_once() {
    let policy = policy(vec![rule("all", &["fritz"], 2)]);
    let plan = plan("env", &["fritz"]);
    let standing = |given: &[Given]| super::standing(&policy, &people(&policy), &plan, given).remove(0);
    assert_eq!((standing(&[]).missing, standing(&[]).may.len()), (2, 3));
    let twice = standing(&[given(ALICE, "1"), given(ALICE, "2")]);
    assert_eq!((twice.missing, twice.approved.as_slice()), (1, &[ALICE.to_owned()][..]));
    assert!(twice.notes[0].contains("with 2 keys") && twice.notes[0].contains("counts once"), "{:?}", twice.notes);
    // A copy of the same approval is no second key.
    assert_eq!(standing(&[given(ALICE, "1"), given(ALICE, "1")]).notes, [""; 0]);
    let two = standing(&[given(ALICE, "1"), given(BOB, "3")]);
    assert_eq!((two.missing, two.may.len()), (0, 0));
}

#[test]
fn who_is_not_listed_does_not_count() {
    let mut listed = rule("all", &["fritz"], 1);
    listed.by = Some(BTreeSet::from([ALICE.to_owned(), BOB.to_owned()]));
    let policy = policy(vec![listed]);
    let seen = standing(&policy, &people(&policy), &plan("env", &["fritz"]), &[given(CAROL, "4")]).remove(0);
    assert_eq!((seen.missing, seen.may.as_slice()), (1, &[ALICE.to_owned(), BOB.to_owned()][..]));
    assert!(seen.notes[0].contains("not among those"), "{:?}", seen.notes);
}

#[test]
fn an_author_who_does_not_count() {
    let mut all = rule("all", &["fritz"], 1);
    all.author_counts = false;
    let mut policy = policy(vec![all]);
    let of = |policy: &ApprovalDeclaration, author: Author, given: &[Given]| {
        let plan = Plan { author, ..plan("env", &["fritz"]) };
        let seen = standing(policy, &people(policy), &plan, given).remove(0);
        (seen.needed, seen.missing, seen.may.len())
    };
    let laptop = || who("alice", "laptop");
    // By what stands before the `@`.
    assert_eq!(of(&policy, laptop(), &[given(ALICE, "1")]), (1, 1, 2));
    assert_eq!(of(&policy, laptop(), &[given(BOB, "3")]), (1, 0, 0));
    // By nothing: whoever it is, of two others one is not the author.
    let root = || who("root", "bastion");
    assert_eq!(of(&policy, root(), &[given(BOB, "3")]), (2, 1, 2));
    assert_eq!(of(&policy, root(), &[given(BOB, "3"), given(ALICE, "1")]), (2, 0, 0));
    // By where an approval came from.
    let here = Given { who: root(), ..given(CAROL, "4") };
    assert_eq!(of(&policy, root(), std::slice::from_ref(&here)), (1, 1, 2));
    assert_eq!(of(&policy, root(), &[here.clone(), given(BOB, "3")]), (1, 0, 0));
    // Several there: nobody can tell.
    let also = Given { who: root(), ..given(BOB, "3") };
    assert_eq!(of(&policy, root(), &[here, also]), (2, 0, 0));
    // By the inventory.
    policy.users.insert("root".to_owned(), ALICE.to_owned());
    assert_eq!(of(&policy, root(), &[given(ALICE, "1")]), (1, 1, 2));
    assert_eq!(of(&policy, root(), &[given(BOB, "3")]), (1, 0, 0));
}

#[test]
fn times() {
    let valid = Duration::from_secs(3600);
    let at = |seconds: i64| Timestamp::from_second(seconds).expect("a time");
    let statement = |seconds| Statement {
        schema: super::super::SCHEMA.to_owned(),
        plan: "00".to_owned(),
        time: at(seconds),
        principal: ALICE.to_owned(),
        who: who("alice", "laptop"),
    };
    let now = at(1_000_000);
    for (time, code) in [
        (1_000_000, None),
        (1_000_300, None),
        (1_000_301, Some("from-the-future")),
        (996_400, None),
        (996_399, Some("approval-expired")),
        (0, Some("approval-expired")),
    ] {
        let seen = holds(&statement(time), "00", valid, now).err().map(|failure| failure.code);
        assert_eq!(seen.as_deref(), code, "{time}");
        let plan = Plan { created: at(time), ..plan("env", &["fritz"]) };
        let seen = fresh(&plan, valid, now).err().map(|failure| failure.code);
        let code = code.map(|code| if code == "approval-expired" { "plan-expired" } else { code });
        assert_eq!(seen.as_deref(), code, "{time}");
    }
    let seen = holds(&statement(1_000_000), "01", valid, now).expect_err("another plan");
    assert_eq!(seen.code, "other-plan");
}

#[test]
fn a_plan_as_it_is_written() {
    let plan = plan("env", &["fritz"]);
    let text = crate::text::json(&plan);
    assert!(as_written(&plan, text.as_bytes()));
    assert!(!as_written(&plan, (text + "\n").as_bytes()));
}
