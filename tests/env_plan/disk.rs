//! Declared against disk, and host against host.

use fleet::engine::fact::Fact;
use fleet::engine::probe::{Observation, PathKind};
use fleet::engine::status::{Failure, Status};
use fleet::engine::transaction::{Change, PathState};
use fleet::names::RemotePath;

use crate::world::*;

#[test]
fn as_declared_is_silent() {
    let fleet = Fleet::new("[env.app.keys]\nA = \"1\"\nB = { type = \"int\" }\n", vec![with("# c\nA=1\nB=2\nC=3\n")]);
    let item = fleet.item(1);
    assert_eq!((item.status, item.differences.len(), item.warnings.len()), (Status::Ok, 0, 0), "{item:#?}");
    assert!(fleet.transaction(1).is_none());
}

#[test]
fn declared_against_disk_key_by_key() {
    let fleet = Fleet::new(
        "extra = \"keep\"\n[env.app.keys]\nA = \"1\"\nB = \"2\"\nC = \"3\"\n",
        vec![with("# first\nA=1\nB=\"x\" # why\nOWN=1\n")],
    );
    let item = fleet.item(1);
    assert_eq!(item.status, Status::Drift);
    assert_eq!(item.differences.len(), 2);
    let changed = difference(&item, "B");
    assert_eq!((changed.declared.as_deref(), changed.on_disk.as_deref()), (Some("2"), Some("x")));
    assert!(changed.message.contains("all.toml:"), "{}", changed.message);
    assert_eq!(difference(&item, "C").on_disk, None);
    assert_eq!(fleet.written(), "# first\nA=1\nB=\"2\" # why\nOWN=1\nC=3\n");
}

#[test]
fn a_missing_file_is_made() {
    let declared = "owner = \"app:app\"\nmode = \"0640\"\n[env.app.keys]\nA = \"1\"\n";
    let fleet = Fleet::new(declared, vec![without()]);
    let item = fleet.item(1);
    assert_eq!(difference(&item, "file").on_disk.as_deref(), Some("absent"));
    let transaction = fleet.transaction(1).unwrap();
    let Change::Write { mode, owner, .. } = &transaction.changes[0] else { panic!() };
    assert_eq!((mode.as_deref(), owner.as_deref()), (Some("0640"), Some("app:app")));
    assert_eq!(transaction.expect[0].state, PathState::Absent);

    let mut facts = without();
    facts.files.insert(RemotePath::new("/srv/app"), Fact::Absent);
    let fleet = Fleet::new(declared, vec![facts]);
    let error = fleet.item(1).error.unwrap();
    assert_eq!(error.code, "env-no-directory");
    assert!(error.message.contains("there is no directory /srv/app"), "{}", error.message);
    assert!(fleet.transaction(1).is_none());

    // The directory may be a link.
    let mut facts = without();
    facts.files.insert(RemotePath::new("/srv/app"), path_fact("/data/app", PathKind::Directory));
    let transaction = Fleet::new(declared, vec![facts]).transaction(1).unwrap();
    assert_eq!(transaction.expect[0].resolved.as_str(), "/data/app/.env");
    assert_eq!(transaction.changes[0].path().as_str(), "/data/app/.env");
}

#[test]
fn a_missing_file_that_nothing_needs() {
    let declared = "[env.app.keys]\nDEBUG = { forbidden = true }\n";
    let item = Fleet::new(declared, vec![without()]).item(1);
    assert_eq!(item.status, Status::Ok);
    assert!(warned(&item, "file-absent").contains("no declared key needs it"));
    let item = Fleet::new(declared, vec![without(), with("A=1\n"), with("A=1\n")]).item(1);
    assert!(difference(&item, "file").message.contains("2 of 3 hosts have it"));
}

#[test]
fn rules() {
    for (rule, good, bad, words) in [
        ("type = \"int\", min = 2, max = 4", "3", "5", "is more than 4"),
        ("type = \"int\"", "3", "x", "is not an integer"),
        ("type = \"bool\"", "true", "FALSE", "is not exactly `true` or `false`"),
        ("type = \"port\"", "443", "0", "is not a port"),
        ("type = \"url\"", "redis://a/0", "qq", "is not a URL"),
        ("enum = [\"a\", \"b\"]", "a", "c", "is none of a, b"),
        ("regex = \"[0-9]+m\"", "12m", "12g", "does not match"),
    ] {
        let declared = format!("[env.app.keys]\nK = {{ {rule} }}\n");
        assert_eq!(Fleet::new(&declared, vec![with(&format!("K={good}\n"))]).item(1).status, Status::Ok, "{rule}");
        assert_eq!(Fleet::new(&declared, vec![with("")]).item(1).status, Status::Ok, "{rule}: not required");
        let fleet = Fleet::new(&declared, vec![with(&format!("K={bad}\n"))]);
        let item = fleet.item(1);
        let message = &difference(&item, "K").message;
        assert!(message.contains(words) && !message.contains(&format!(" {bad} ")), "{message}");
        assert!(fleet.transaction(1).is_none(), "only a person knows the right value");
    }
    let item = Fleet::new("[env.app.keys]\nK = { required = true }\n", vec![with("A=1\n")]).item(1);
    assert!(difference(&item, "K").message.contains("K is missing; it is required"));
    let fleet = Fleet::new("[env.app.keys]\nDEBUG = { forbidden = true }\n", vec![with("A=1\nDEBUG=1\n")]);
    assert!(difference(&fleet.item(1), "DEBUG").message.contains("must not be there"));
    assert_eq!(fleet.written(), "A=1\n");
}

#[test]
fn near_misses_of_values() {
    let item = Fleet::new("[env.app.keys]\nS3 = \"true\"\n", vec![with("S3=FALSE\n")]).item(1);
    assert_eq!(warned(&item, "near-miss"), "S3 is spelled `FALSE`, not `false`");
    let item = Fleet::new("[env.app.keys]\nS3 = { type = \"bool\" }\n", vec![with("S3=yes\n")]).item(1);
    assert!(warned(&item, "near-miss").contains("`yes`"));
    let item = Fleet::new("[env.app.keys]\nA = { required = true }\n", vec![with("A=' x'\n")]).item(1);
    assert_eq!(item.status, Status::Ok);
    assert!(warned(&item, "near-miss").contains("white space"));
    let declared = "[env.app.keys]\nDB_HOST = \"one\"\nDB_NAME = \"two\"\n";
    let item = Fleet::new(declared, vec![with("DB_HOST=two\nDB_NAME=one\n")]).item(1);
    assert!(warned(&item, "near-miss").contains("have each other's value"));
}

#[test]
fn undeclared_keys() {
    let file = "A=1\nOWN=2\n";
    let keep = Fleet::new("[env.app.keys]\nA = \"1\"\n", vec![with(file)]);
    assert_eq!(keep.item(1).status, Status::Ok);
    let report = Fleet::new("extra = \"report\"\n[env.app.keys]\nA = \"1\"\n", vec![with(file)]);
    assert_eq!(difference(&report.item(1), "OWN").on_disk.as_deref(), Some("2"));
    assert!(report.transaction(1).is_none());
    let remove = Fleet::new("extra = \"remove\"\n[env.app.keys]\nA = \"1\"\n", vec![with(file)]);
    assert_eq!(remove.written(), "A=1\n");
}

#[test]
fn overrides_by_group_and_host() {
    let toml = format!(
        "[groups]\nweb = \"h1, h2\"\n[env.app]\nhosts = \"h*\"\npath = \"{PATH}\"\n[env.app.keys]\nA = \"base\"\n\
         [env.app.on.web.keys]\nA = \"web\"\n[env.app.on.h2.keys]\nA = \"own\"\n"
    );
    let fleet = Fleet::load(&toml, vec![with("A=web\n"), with("A=web\n"), with("A=base\n")]).unwrap();
    assert_eq!([1, 2, 3].map(|number| fleet.item(number).status), [Status::Ok, Status::Drift, Status::Ok]);
    assert_eq!(difference(&fleet.item(2), "A").declared.as_deref(), Some("own"));
}

#[test]
fn mode_and_owner() {
    let fleet = Fleet::new(
        "owner = \"www:www\"\nmode = \"0600\"\n[env.app.keys]\nA = \"1\"\n",
        vec![running(with("A=1\n"), "app.service", STARTED, &[])],
    );
    let item = fleet.item(1);
    assert_eq!(difference(&item, "mode").on_disk.as_deref(), Some("0640"));
    assert_eq!(difference(&item, "owner").declared.as_deref(), Some("www:www"));
    let transaction = fleet.transaction(1).unwrap();
    assert!(transaction.units.is_empty(), "no restart for a mode");
    assert_eq!(fleet.written(), "A=1\n");
    // A number cannot be compared with a name: to change it would never end.
    let fleet = Fleet::new("owner = \"1000:1000\"\n[env.app.keys]\nA = \"1\"\n", vec![with("A=1\n")]);
    assert_eq!(difference(&fleet.item(1), "owner").status, Status::Unknown);
    assert!(fleet.transaction(1).is_none());
}

#[test]
fn a_slip_is_renamed_when_nothing_is_lost() {
    let declared = "[env.app.keys]\nS3_BUCKET = \"media\"\n";
    let fleet = Fleet::new(declared, vec![with("3_BUCKET=media\n")]);
    let item = fleet.item(1);
    let message = &difference(&item, "S3_BUCKET").message;
    assert!(message.starts_with("S3_BUCKET is missing; 3_BUCKET holds its value, and becomes S3_BUCKET"), "{message}");
    assert_eq!(warned(&item, "near-miss"), "3_BUCKET is unknown; is S3_BUCKET meant? (a character is missing)");
    assert_eq!(fleet.written(), "S3_BUCKET=media\n");

    // With another value it may be a key of its own: it stays, and is called what it looks like.
    let fleet = Fleet::new(declared, vec![with("S3_BUCKETS=a,b\n")]);
    assert_eq!(fleet.written(), "S3_BUCKETS=a,b\nS3_BUCKET=media\n");
    assert!(difference(&fleet.item(1), "S3_BUCKET").message.contains("holds another value, and stays"));

    // systemd drops the name, so it is in no environment; it goes all the same.
    let fleet = Fleet::new(&format!("format = \"systemd\"\n{declared}"), vec![with("3_BUCKET=media\n")]);
    assert_eq!(fleet.written(), "S3_BUCKET=media\n");
}

#[test]
fn consensus_finds_the_odd_ones() {
    let good = "S3_ENABLED=true\nS3_BUCKET=media\nRARE=1\n";
    let bad = "S3_ENABLED=FALSE\n3_BUCKET=media\nRARE=1\n";
    let hosts = [good, good, bad, good, good, bad, good, good].map(with).to_vec();
    let fleet = Fleet::new("", hosts);
    let odd: Vec<usize> = (1..=8).filter(|number| fleet.item(*number).status == Status::Drift).collect();
    assert_eq!(odd, [3, 6]);
    let item = fleet.item(3);
    let subjects: Vec<&str> = item.differences.iter().map(|it| it.subject.as_str()).collect();
    assert_eq!(subjects, ["3_BUCKET", "S3_BUCKET", "S3_ENABLED"]);
    assert_eq!(
        difference(&item, "S3_ENABLED").message,
        "2 of 8 differ: this host has FALSE, and most have true; nothing is declared, so only you know who is right"
    );
    assert!(item.warnings.iter().any(|it| it.subject == "3_BUCKET" && it.message.contains("is S3_BUCKET meant?")));
    assert!(item.warnings.iter().any(|it| it.subject == "S3_ENABLED" && it.message.contains("`FALSE`, not `false`")));
    assert!(fleet.assess().waves.is_empty(), "nothing is declared");
    // Whoever declares a key, even by a rule, says what may differ.
    let hosts = ["P=1\n", "P=1\n", "P=2\n"].map(with).to_vec();
    assert_eq!(Fleet::new("[env.app.keys]\nP = { type = \"int\" }\n", hosts.clone()).item(3).status, Status::Ok);
    assert_eq!(Fleet::new("", hosts).item(3).status, Status::Drift);
}

#[test]
fn unknown_never_plans_a_change() {
    let declared = "units = [\"app.service\"]\n[env.app.keys]\nA = \"1\"\n";
    for fact in [
        Fact::Unknown("this log-in may not read it".to_owned()),
        path_fact(PATH, PathKind::Directory),
        path_fact(PATH, PathKind::Other("fifo".to_owned())),
    ] {
        let mut facts = running(without(), "app.service", 1.0, &[]);
        facts.files.insert(RemotePath::new(PATH), fact);
        let fleet = Fleet::new(declared, vec![facts]);
        let item = fleet.item(1);
        assert_eq!(item.status, Status::Unknown);
        assert!(item.error.unwrap().message.contains(PATH));
        assert!(fleet.transaction(1).is_none());
    }
    let mut fleet = Fleet::new(declared, vec![with("A=2\n")]);
    let gone = Failure::bare("timed-out", "no answer");
    fleet.observations.insert(host(1), Observation::Unreachable(gone));
    assert!(fleet.assess().items.is_empty() && fleet.assess().waves.is_empty());
}
