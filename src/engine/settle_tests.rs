use super::*;
use crate::engine::outside::Handshake;
use crate::engine::plan::{Author, InventoryStamp, SCHEMA, Wave, problems};
use crate::engine::status::{HostResult, Status};
use crate::engine::transaction::{Confirm, DiffLine};
use crate::secrets::Secret;

const SERIAL: &str = "0a1b2c";

fn name(cert: &str, what: &str) -> String {
    format!("cert/{cert}/next/{what}")
}

fn deferred(cert: &str, what: &str) -> Content {
    let constraints = BTreeMap::from([("ca".to_owned(), "default".to_owned())]);
    Content(vec![Part::Deferred { name: name(cert, what), constraints }])
}

/// A new version of a certificate: a directory named by its serial, a key, the link, and an older version that goes.
fn certificate(cert: &str) -> Transaction {
    let place = format!("/etc/ssl/{cert}");
    let new = format!("{place}/versions/{{{{{}}}}}", name(cert, "serial"));
    let old = format!("{place}/versions/01");
    let expect =
        |path: &str, state: PathState| Expect { path: RemotePath::new(path), resolved: RemotePath::new(path), state };
    let current = format!("{place}/current");
    let removal = Change::RemoveDirectory { path: RemotePath::new(&old) };
    let reload = UnitOperation::Reload(UnitName::new("nginx.service"));
    let check = Command { argv: vec![format!("check-{cert}")], timeout_seconds: 5 };
    let gate = Gate::Handshake {
        handshake: Handshake { port: 443, server_name: format!("{cert}.example"), starttls: None },
        leaf: deferred(cert, "sha256"),
        before: None,
    };
    let operations = vec![check.told(), reload.told(), removal.told().unwrap(), gate.told()];
    let key = format!("{new}/privkey.pem");
    Transaction {
        expect: vec![
            expect(&new, PathState::Absent),
            expect(&key, PathState::Absent),
            expect(&current, PathState::Link { target: "versions/01".to_owned() }),
            expect(&old, PathState::Directory),
        ],
        changes: vec![
            Change::Directory { path: RemotePath::new(&new), mode: None, owner: None },
            Change::Write {
                path: RemotePath::new(key),
                content: deferred(cert, "privkey"),
                digest: None,
                mode: None,
                owner: None,
            },
            Change::Link {
                path: RemotePath::new(current),
                target: format!("versions/{{{{{}}}}}", name(cert, "serial")),
            },
            removal,
        ],
        validate: vec![check],
        units: vec![reload],
        confirm: Some(Confirm { timeout_seconds: 20, gates: vec![gate] }),
        lease_seconds: 60,
        summary: vec![ItemSummary {
            kind: "cert".to_owned(),
            id: cert.to_owned(),
            place,
            diff: Vec::new(),
            operations,
        }],
        ..Transaction::default()
    }
}

/// Both in one.
fn both(mut first: Transaction, second: Transaction) -> Transaction {
    first.expect.extend(second.expect);
    first.changes.extend(second.changes);
    first.validate.extend(second.validate);
    first.summary.extend(second.summary);
    first.confirm.as_mut().unwrap().gates.extend(second.confirm.unwrap().gates);
    first
}

fn plan(hosts: &[(&str, Transaction)]) -> Plan {
    let transactions: BTreeMap<HostName, Transaction> =
        hosts.iter().map(|(host, transaction)| (HostName::new(*host), transaction.clone())).collect();
    Plan {
        schema: SCHEMA.to_owned(),
        created: jiff::Timestamp::UNIX_EPOCH,
        author: Author { user: "a".to_owned(), machine: "b".to_owned() },
        inventory: InventoryStamp::default(),
        digest_key: "k0000".to_owned(),
        actions: vec!["cert".to_owned()],
        hosts: transactions.keys().map(|host| HostResult::of_items(host.clone(), Vec::new())).collect(),
        playbook: None,
        undoes: None,
        locks: Vec::new(),
        waves: vec![Wave::of("all hosts", transactions)],
    }
}

fn provided(cert: &str) -> BTreeMap<String, Result<Provided, Failure>> {
    let value = |what: &str, text: &str| {
        let bytes = Secret::new(text.as_bytes().to_vec());
        (name(cert, what), Ok(Provided { bytes, secret: what == "privkey" }))
    };
    BTreeMap::from([value("serial", SERIAL), value("privkey", "PRIVATE"), value("sha256", &"0".repeat(64))])
}

#[test]
fn each_value_is_wanted_once() {
    let plan = plan(&[("a", certificate("media")), ("b", certificate("media"))]);
    assert_eq!(problems(&plan), Vec::<String>::new());
    let wanted = plan.wanted();
    let names: Vec<&str> = wanted.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["cert/media/next/privkey", "cert/media/next/serial", "cert/media/next/sha256"]);
    assert_eq!(wanted[0].constraints["ca"], "default");
}

#[test]
fn what_people_are_told_of_a_wanted_thing_is_wanted_too() {
    let mut transaction = certificate("media");
    let line =
        |name: &str| DiffLine { subject: "until".to_owned(), before: None, after: Some(format!("{{{{{name}}}}}")) };
    transaction.summary[0].diff.extend([line("cert/media/next/not-after"), line("cert/other/next/not-after")]);
    let wanted: Vec<String> = plan(&[("a", transaction)]).wanted().into_iter().map(|it| it.name).collect();
    assert!(wanted.contains(&"cert/media/next/not-after".to_owned()), "{wanted:?}");
    assert!(!wanted.iter().any(|name| name.starts_with("cert/other/")), "{wanted:?}");
}

#[test]
fn a_value_satisfies_the_same_everywhere() {
    let mut other = certificate("media");
    let Change::Write { content: Content(parts), .. } = &mut other.changes[1] else { panic!("the key") };
    let Part::Deferred { constraints, .. } = &mut parts[0] else { panic!("a deferred value") };
    constraints.insert("ca".to_owned(), "another".to_owned());
    let found = problems(&plan(&[("a", certificate("media")), ("b", other)]));
    assert!(found.len() == 1 && found[0].contains("cert/media/next/privkey"), "{found:?}");
}

#[test]
fn values_come_into_their_places() {
    let settled = plan(&[("a", certificate("media"))]).settle(&provided("media"));
    assert_eq!(settled.dropped, []);
    let (_, transaction) = settled.plan.transactions().next().unwrap();
    let text = crate::text::json(transaction);
    assert!(!text.contains("{{") && !text.contains("PRIVATE"), "{text}");
    let new = format!("/etc/ssl/media/versions/{SERIAL}");
    assert_eq!(transaction.changes[0].path().as_str(), new);
    assert!(matches!(&transaction.changes[2], Change::Link { target, .. } if *target == format!("versions/{SERIAL}")));
    let values: BTreeMap<String, Provided> =
        provided("media").into_iter().map(|(name, value)| (name, value.unwrap())).collect();
    assert_eq!(certificate("media").resolve(&values).as_ref(), Ok(transaction));
    assert_eq!(
        certificate("media").resolve(&BTreeMap::new()),
        Err(CompileError::Missing { what: name("media", "serial") })
    );
}

#[test]
fn what_may_not_stand_in_a_path_stands_in_none() {
    for (value, secret) in
        [("", false), ("..", false), ("a/b", false), ("a b", false), ("ok", true), (&*"a".repeat(65), false)]
    {
        let mut values = provided("media");
        let bytes = Secret::new(value.as_bytes().to_vec());
        values.insert(name("media", "serial"), Ok(Provided { bytes, secret }));
        let settled = plan(&[("a", certificate("media"))]).settle(&values);
        assert!(settled.plan.is_empty(), "{value:?}");
        assert_eq!(settled.dropped[0].failure.code, "not-provided");
    }
}

#[test]
fn what_could_not_be_provided_leaves_the_rest() {
    let mut values = provided("media");
    values.extend(provided("mail"));
    let failure = Failure::bare("rate-limited", "too many today");
    values.insert(name("mail", "privkey"), Err(failure.clone()));
    let plan = plan(&[("a", both(certificate("media"), certificate("mail"))), ("b", certificate("mail"))]);
    let settled = plan.settle(&values);
    let dropped: Vec<(&str, &str, &str)> =
        settled.dropped.iter().map(|it| (it.host.as_str(), it.id.as_str(), it.failure.code.as_str())).collect();
    assert_eq!(dropped, [("a", "mail", "rate-limited"), ("b", "mail", "rate-limited")]);
    let left: Vec<(&HostName, &Transaction)> = settled.plan.transactions().collect();
    assert_eq!(left.len(), 1);
    let mut alone = certificate("media");
    fill(&mut alone, &values);
    // The reload that both have told stays, and all that is the other one's alone is gone.
    assert_eq!(left[0].1, &alone);
    assert_eq!(problems(&settled.plan), Vec::<String>::new());
    assert_eq!(HostResult::ended(HostName::new("b"), Status::Failed, failure.clone()).error, Some(failure));
}

/// A variable of an env file, and a command, that hold templates of their own.
fn templates() -> Transaction {
    let path = RemotePath::new("/etc/app/env");
    let command = Command {
        argv: vec!["docker".to_owned(), "inspect".to_owned(), "-f".to_owned(), "{{.State}}".to_owned()],
        timeout_seconds: 5,
    };
    Transaction {
        expect: vec![Expect { path: path.clone(), resolved: path.clone(), state: PathState::Absent }],
        changes: vec![Change::Write {
            path,
            content: Content(vec![Part::Text("GREETING={{ name }}\n".to_owned())]),
            digest: None,
            mode: None,
            owner: None,
        }],
        summary: vec![ItemSummary {
            kind: "env".to_owned(),
            id: "app".to_owned(),
            place: "/etc/app/env".to_owned(),
            diff: vec![DiffLine {
                subject: "GREETING".to_owned(),
                before: Some("{{old}}".to_owned()),
                after: Some("{{ name }}".to_owned()),
            }],
            operations: vec![command.told()],
        }],
        validate: vec![command],
        lease_seconds: 60,
        ..Transaction::default()
    }
}

#[test]
fn what_only_looks_like_a_name_is_not_wanted() {
    let plan = plan(&[("a", templates())]);
    assert_eq!(problems(&plan), Vec::<String>::new());
    assert_eq!(plan.wanted(), []);
    let settled = plan.clone().settle(&provided("media"));
    assert_eq!(settled.dropped, []);
    assert_eq!(settled.plan, plan);
    assert_eq!(templates().resolve(&BTreeMap::new()), Ok(templates()));
}

#[test]
fn what_only_a_summary_shows_is_wanted_with_what_it_is_of() {
    let mut transaction = certificate("media");
    let shown = format!("until {{{{{}}}}}", name("media", "not-after"));
    let line = DiffLine { subject: "certificate".to_owned(), before: None, after: Some(shown) };
    transaction.summary[0].diff.push(line);
    let plan = plan(&[("a", transaction)]);
    assert!(plan.wanted().iter().any(|it| it.name == name("media", "not-after")));
    let mut values = provided("media");
    let bytes = Secret::new(b"2027-02-20".to_vec());
    values.insert(name("media", "not-after"), Ok(Provided { bytes, secret: false }));
    let settled = plan.settle(&values);
    let (_, transaction) = settled.plan.transactions().next().unwrap();
    assert_eq!(transaction.summary[0].diff[0].after.as_deref(), Some("until 2027-02-20"));
}

#[test]
fn a_directory_that_two_share_is_made_for_the_one_that_is_left() {
    let shared = RemotePath::new("/etc/ssl/fleet");
    let below = |cert: &str| {
        let mut transaction = certificate(cert);
        let text = crate::text::json(&transaction).replace("/etc/ssl/", "/etc/ssl/fleet/");
        transaction = serde_json::from_str(&text).unwrap();
        let place = shared.to_string();
        transaction.summary.push(ItemSummary {
            kind: "cert".to_owned(),
            id: cert.to_owned(),
            place,
            diff: Vec::new(),
            operations: Vec::new(),
        });
        transaction
    };
    let mut first = below("media");
    first.expect.insert(0, Expect { path: shared.clone(), resolved: shared.clone(), state: PathState::Absent });
    first.changes.insert(0, Change::Directory { path: shared.clone(), mode: None, owner: None });
    for lost in ["media", "mail"] {
        let mut values = provided("media");
        values.extend(provided("mail"));
        values.insert(name(lost, "privkey"), Err(Failure::bare("rate-limited", "too many today")));
        let settled = plan(&[("a", both(first.clone(), below("mail")))]).settle(&values);
        let (_, left) = settled.plan.transactions().next().unwrap();
        assert_eq!(left.changes[0].path(), &shared, "without {lost}");
        assert_eq!(left.expect[0].resolved, shared, "without {lost}");
        assert!(left.changes.iter().all(|change| !change.path().as_str().contains(lost)), "without {lost}");
    }
    let mut values = provided("media");
    values.extend(provided("mail"));
    for cert in ["media", "mail"] {
        values.insert(name(cert, "privkey"), Err(Failure::bare("rate-limited", "too many today")));
    }
    assert!(plan(&[("a", both(first, below("mail")))]).settle(&values).plan.is_empty(), "for nobody");
}

#[test]
fn another_host_goes_ahead_in_place_of_a_canary_that_was_left_out() {
    let mut plan = plan(&[("b", certificate("media")), ("c", certificate("media"))]);
    let canary = BTreeMap::from([(HostName::new("a"), certificate("mail"))]);
    plan.waves.insert(0, Wave::of("canary", canary));
    let waves = |plan: Plan| -> Vec<Vec<String>> {
        let waves = plan.settle(&provided("media")).plan.waves;
        waves.iter().map(|wave| wave.transactions.keys().map(ToString::to_string).collect()).collect()
    };
    assert_eq!(waves(plan.clone()), [["b"], ["c"]]);
    // Another step has its own canary, or none.
    plan.waves[0].step = Some("certificates".to_owned());
    assert_eq!(waves(plan), [["b", "c"]]);
}
