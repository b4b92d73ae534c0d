use super::*;
use crate::engine::outside::Handshake;
use crate::engine::transaction::{Content, Expect, Part, PathState};
use crate::names::{RemotePath, UnitName};

fn expect(path: &str) -> Expect {
    let path = RemotePath::new(path);
    Expect { path: path.clone(), resolved: path, state: PathState::Absent }
}

fn write(path: &str, digest: Option<&str>, parts: Vec<Part>) -> Change {
    Change::Write {
        path: RemotePath::new(path),
        content: Content(parts),
        digest: digest.map(str::to_owned),
        mode: Some("0644".to_owned()),
        owner: None,
    }
}

fn text(text: &str) -> Vec<Part> {
    vec![Part::Text(text.to_owned())]
}

fn restart(unit: &str) -> UnitOperation {
    UnitOperation::Restart(UnitName::new(unit))
}

fn test_nginx() -> Command {
    Command { argv: vec!["nginx".to_owned(), "-t".to_owned()], timeout_seconds: 9 }
}

fn item(id: &str, operations: &[String]) -> ItemSummary {
    ItemSummary {
        kind: "file".to_owned(),
        id: id.to_owned(),
        place: format!("/etc/{id}"),
        diff: Vec::new(),
        operations: operations.to_vec(),
    }
}

fn approved() -> Transaction {
    let units = vec![restart("a.service"), restart("b.service"), restart("a.service")];
    let told = [restart("a.service").told(), restart("b.service").told(), test_nginx().told()];
    Transaction {
        expect: vec![expect("/etc/a"), expect("/etc/b")],
        changes: vec![write("/etc/a", Some("d1"), text("one")), write("/etc/b", None, text("two"))],
        validate: vec![test_nginx()],
        units,
        verify: vec![Verify::Active {
            units: vec![UnitName::new("a.service"), UnitName::new("b.service")],
            seconds: 3,
        }],
        confirm: Some(Confirm { timeout_seconds: 9, gates: vec![Gate::Reachable, Gate::Tcp(443)] }),
        lease_seconds: 60,
        summary: vec![item("a", &told), item("b", &[])],
        ..Transaction::default()
    }
}

#[test]
fn what_was_approved_may_be_done() {
    let whole = narrow(&approved(), &approved()).unwrap();
    assert_eq!(whole, approved());
    assert!(!is_needless(&whole));
}

#[test]
fn less_may_be_done_on_what_stands_there_now() {
    let file = PathState::File { digest: "now".to_owned(), mode: "0644".to_owned(), owner: "root:root".to_owned() };
    let now = Transaction {
        expect: vec![Expect { state: file, ..expect("/etc/a") }],
        // The same whole, made of what is there by now.
        changes: vec![write("/etc/a", Some("d1"), vec![Part::Keep { offset: 0, length: 3 }])],
        validate: Vec::new(),
        units: vec![restart("b.service")],
        verify: vec![Verify::Active { units: vec![UnitName::new("b.service")], seconds: 3 }],
        confirm: Some(Confirm { timeout_seconds: 99, gates: vec![Gate::Tcp(443)] }),
        lease_seconds: 99,
        summary: vec![item("a", &[restart("b.service").told()])],
        ..Transaction::default()
    };
    let less = narrow(&approved(), &now).unwrap();
    assert_eq!(
        (&less.expect, &less.changes, &less.units, &less.verify),
        (&now.expect, &now.changes, &now.units, &now.verify)
    );
    assert_eq!(less.lease_seconds, 60);
    let confirm = less.confirm.unwrap();
    assert_eq!((confirm.timeout_seconds, confirm.gates), (9, vec![Gate::Tcp(443)]));
    assert_eq!(less.summary, now.summary);
}

#[test]
fn nothing_may_be_left() {
    let nothing = Transaction { lease_seconds: 60, ..Transaction::default() };
    assert!(is_needless(&narrow(&approved(), &nothing).unwrap()));
    let command = Transaction { verify: vec![Verify::Command(test_nginx())], ..nothing };
    assert!(!is_needless(&command), "a command is done, whatever it is for");
}

#[test]
fn more_or_other_than_was_approved_is_refused() {
    let with = |change: fn(&mut Transaction)| {
        let mut now = approved();
        change(&mut now);
        narrow(&approved(), &now).unwrap_err()
    };
    for (told, word) in [
        (with(|it| it.changes[0] = write("/etc/a", Some("d2"), text("one"))), "/etc/a would change otherwise"),
        (with(|it| it.changes[1] = write("/etc/b", None, text("three"))), "/etc/b would change otherwise"),
        (
            with(|it| it.changes[0] = Change::Remove { path: RemotePath::new("/etc/a") }),
            "/etc/a would change otherwise",
        ),
        (with(|it| it.changes.push(Change::Remove { path: RemotePath::new("/etc/c") })), "/etc/c would change, which"),
        (
            with(|it| {
                if let Change::Write { mode, .. } = &mut it.changes[0] {
                    *mode = Some("0666".to_owned());
                }
            }),
            "/etc/a would change otherwise",
        ),
        (with(|it| it.changes.reverse()), "in another order"),
        (with(|it| it.units.push(restart("b.service"))), "restart b.service, in another order, or more often"),
        (with(|it| it.units[0] = restart("c.service")), "restart c.service, which was not approved"),
        (with(|it| it.validate[0].timeout_seconds = 99), "run nginx -t for up to 99 s, which was not approved"),
        (with(|it| it.verify.push(Verify::Command(test_nginx()))), "verify what was not approved: run nginx -t"),
        (
            with(|it| it.verify[0] = Verify::Active { units: vec![UnitName::new("c.service")], seconds: 3 }),
            "c.service active for 3 s",
        ),
        (
            with(|it| it.confirm = Some(Confirm { timeout_seconds: 9, gates: vec![Gate::Tcp(80)] })),
            "confirmed by what was not approved",
        ),
        (with(|it| it.summary[0].id = "c".to_owned()), "file c (/etc/a) was not approved"),
        (with(|it| it.summary[1].operations.push("run rm".to_owned())), "file b: `run rm` was not approved"),
        // What is done is told, of whatever is left.
        (with(|it| it.summary.truncate(0)), "no summary tells of it"),
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
}

#[test]
fn what_a_host_presented_before_is_of_no_account() {
    let gate = |before: &[u8]| Gate::Handshake {
        handshake: Handshake { port: 443, server_name: "a.example.org".to_owned(), starttls: None },
        leaf: Content::default(),
        before: Some(crate::x509::Fingerprint::of(before)),
    };
    let with = |before: &[u8]| Transaction {
        confirm: Some(Confirm { timeout_seconds: 9, gates: vec![gate(before)] }),
        ..approved()
    };
    let less = narrow(&with(b"then"), &with(b"now")).unwrap();
    assert_eq!(less.confirm.unwrap().gates, [gate(b"now")]);
}
