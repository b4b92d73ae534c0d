//! Disk against live, and what a transaction restarts and verifies.

use fleet::actions::env::Env;
use fleet::engine::action::Action;
use fleet::engine::fact::Fact;
use fleet::engine::probe::{Bytes, PathKind, UnitFact};
use fleet::engine::status::Status;
use fleet::engine::transaction::Verify;
use fleet::names::{RemotePath, UnitName};

use crate::world::*;

#[test]
fn stale_by_time() {
    let declared = |more: &str| format!("units = [\"app.service\"]\n{more}[env.app.keys]\nA = \"1\"\n");
    let old = || running(with("A=1\n"), "app.service", WRITTEN - 1.0, &[]);
    let fleet = Fleet::new(&declared(""), vec![old()]);
    let item = fleet.item(1);
    assert_eq!(item.status, Status::Stale);
    assert!(difference(&item, "app.service").message.contains("has run since before the file last changed"));
    let transaction = fleet.transaction(1).unwrap();
    assert!(transaction.changes.is_empty() && transaction.expect.len() == 1);
    assert_eq!(units_of(&transaction), ["restart app.service"]);
    let unit = UnitName::new("app.service");
    assert!(transaction.verify.contains(&Verify::StartedAnew(unit.clone())));

    let fleet = Fleet::new(&declared("restart = \"none\"\n"), vec![old()]);
    assert!(difference(&fleet.item(1), "app.service").message.contains("fleet leaves it so"));
    assert!(fleet.transaction(1).is_none());

    let fleet = Fleet::new(&declared("restart = \"reload\"\n"), vec![old()]);
    assert_eq!(units_of(&fleet.transaction(1).unwrap()), ["reload app.service"]);
    let mut reloaded = old();
    reloaded.units.get_mut(&unit).unwrap().state_changed = WRITTEN + 1.0;
    assert_eq!(Fleet::new(&declared("restart = \"reload\"\n"), vec![reloaded]).item(1).status, Status::Ok);
    let mut without_reload = old();
    without_reload.units.get_mut(&unit).unwrap().can_reload = false;
    let item = Fleet::new(&declared("restart = \"reload\"\n"), vec![without_reload]).item(1);
    assert_eq!(item.error.unwrap().code, "env-no-reload");

    // The same moment is not before.
    let same = running(with("A=1\n"), "app.service", WRITTEN - 0.01, &[]);
    assert_eq!(Fleet::new(&declared(""), vec![same]).item(1).status, Status::Ok);
    let mut moved = running(with("A=1\n"), "app.service", STARTED, &[]);
    if let Some(Fact::Known(fact)) = moved.files.get_mut(PATH) {
        fact.touched = STARTED + 5.0;
    }
    let item = Fleet::new(&declared(""), vec![moved]).item(1);
    assert!(item.status == Status::Ok && warned(&item, "touched").contains("restored"));
}

#[test]
fn units_that_are_not_plain_services() {
    let declared = "units = [\"app.service\", \"job@.service\"]\n[env.app.keys]\nA = \"1\"\n";
    let unit = UnitName::new("app.service");
    let of = |active: &str, sub: &str, pid: u32, changed: f64, file: &str| {
        let mut facts = with(file);
        let state = UnitFact {
            load_state: "loaded".to_owned(),
            active_state: active.to_owned(),
            sub_state: sub.to_owned(),
            main_pid: pid,
            state_changed: changed,
            ..UnitFact::default()
        };
        facts.units.insert(UnitName::new("app.service"), state);
        Fleet::new(declared, vec![facts])
    };
    // A oneshot that counts as active read the file when it ran.
    assert_eq!(of("active", "exited", 0, WRITTEN - 5.0, "A=1\n").item(1).status, Status::Stale);
    assert_eq!(of("active", "exited", 0, WRITTEN + 5.0, "A=1\n").item(1).status, Status::Ok);
    assert_eq!(units_of(&of("active", "exited", 0, WRITTEN + 5.0, "A=2\n").transaction(1).unwrap()).len(), 1);
    // A job at work is not cut, what is being stopped is not started again, and what has failed is told.
    for (active, sub, code) in [
        ("activating", "start", Some("unit-starting")),
        ("deactivating", "stop-sigterm", None),
        ("failed", "failed", Some("unit-failed")),
    ] {
        let fleet = of(active, sub, 7, WRITTEN - 5.0, "A=2\n");
        assert!(fleet.transaction(1).unwrap().units.is_empty(), "{active}");
        if let Some(code) = code {
            assert!(warned(&fleet.item(1), code).contains(unit.as_str()));
        }
    }
    assert_eq!(
        of("active", "running", 7, WRITTEN - 5.0, "A=1\n").item(1).status,
        Status::Unknown,
        "no process was seen"
    );
    let item = Fleet::new(declared, vec![with("A=1\n")]).item(1);
    assert!(warned(&item, "no-unit").contains("app.service, job@.service"));
    let fleet = Fleet::new(declared, vec![running(with("A=2\n"), "job@push.service", STARTED, &[])]);
    assert_eq!(units_of(&fleet.transaction(1).unwrap()), ["restart job@push.service"]);
    let probes = format!("{:?}", Env::of(&fleet.inventory).probes(&host(1)));
    assert!(probes.contains("job@*.service"), "{probes}");
    let mut facts = with("A=1\n");
    facts.units_unknown = Some("Failed to connect to bus".to_owned());
    let item = Fleet::new(declared, vec![facts]).item(1);
    assert_eq!(difference(&item, "units").status, Status::Unknown);
}

#[test]
fn stale_by_value() {
    let declared = |more: &str| {
        format!(
            "format = \"systemd\"\nunits = [\"app.service\"]\n{more}[env.app.keys]\nA = \"1\"\nDEBUG = {{ forbidden = true }}\n"
        )
    };
    let seen =
        |started: f64, environment: &[(&str, &str)]| running(with("A=1\nB=2\n"), "app.service", started, environment);
    let fine = &[("A", "1"), ("B", "2")];
    assert_eq!(Fleet::new(&declared(""), vec![seen(1.0, fine)]).item(1).status, Status::Ok, "an older process is fine");
    let fleet = Fleet::new(&declared(""), vec![seen(1.0, &[("A", "1"), ("B", "0"), ("DEBUG", "1")])]);
    let item = fleet.item(1);
    assert_eq!((difference(&item, "B").status, difference(&item, "B").live.as_deref()), (Status::Stale, Some("0")));
    assert_eq!(
        difference(&item, "DEBUG").message,
        "app.service runs with DEBUG, which the file does not have: it was not restarted since the file changed"
    );
    assert_eq!(units_of(&fleet.transaction(1).unwrap()), ["restart app.service"]);
    // Started since: something else sets it, and a restart changes nothing.
    let fleet = Fleet::new(&declared(""), vec![seen(STARTED, &[("A", "1"), ("B", "0")])]);
    assert!(difference(&fleet.item(1), "B").message.contains("a restart changes nothing"));
    assert!(fleet.transaction(1).is_none());
    for restart in ["reload", "none"] {
        let fleet = Fleet::new(&declared(&format!("restart = \"{restart}\"\n")), vec![seen(1.0, &[("A", "1")])]);
        assert!(difference(&fleet.item(1), "B").message.contains(&format!("restart = \"{restart}\"")));
        assert!(fleet.transaction(1).is_none(), "{restart}");
    }
}

#[test]
fn a_process_that_overwrote_its_environment() {
    let declared = "format = \"systemd\"\nunits = [\"app.service\"]\n[env.app.keys]\nA = \"1\"\n";
    let overwritten = |file: &str, started: f64| {
        let mut facts = running(with(file), "app.service", started, &[]);
        facts.processes[0].environment = Fact::Unknown("process 100 overwrote its environment".to_owned());
        Fleet::new(declared, vec![facts])
    };
    let older = overwritten("A=1\n", 1.0);
    assert_eq!(difference(&older.item(1), "app.service").status, Status::Unknown);
    assert!(older.transaction(1).is_none());
    assert_eq!(overwritten("A=1\n", STARTED).item(1).status, Status::Ok, "it has read the file since");
    let changed = overwritten("A=2\n", STARTED).transaction(1).unwrap();
    assert!(!changed.verify.iter().any(|it| matches!(it, Verify::Environment { .. })), "its value cannot be seen");
}

#[test]
fn what_the_new_process_must_show() {
    let declared =
        "format = \"systemd\"\nextra = \"remove\"\nunits = [\"app.service\"]\n[env.app.keys]\nA = \"1\"\nB = \"2\"\n";
    let facts = running(
        with("A=0\nB=0\nPATH=/bin\nOLD=1\n"),
        "app.service",
        STARTED,
        &[("A", "0"), ("B", "9"), ("PATH", "/bin"), ("OLD", "1")],
    );
    let transaction = Fleet::new(declared, vec![facts]).transaction(1).unwrap();
    let keys: Vec<&str> = transaction
        .verify
        .iter()
        .filter_map(|it| match it {
            Verify::Environment { key, .. } => Some(key.as_str()),
            _ => None,
        })
        .collect();
    // B comes from elsewhere, and systemd itself sets PATH: to ask for them would undo every change.
    assert_eq!(keys, ["A", "OLD"]);
}

#[test]
fn docker_shows_only_what_runs_in_the_unit() {
    let declared = "format = \"docker\"\nunits = [\"app.service\"]\n[env.app.keys]\nA = \"1\"\n";
    let client =
        |file: &str, started: f64| Fleet::new(declared, vec![running(with(file), "app.service", started, &[])]);
    assert_eq!(client("A=1\n", STARTED).item(1).status, Status::Ok);
    assert_eq!(client("A=1\n", 1.0).item(1).status, Status::Stale);
    let transaction = client("A=2\n", STARTED).transaction(1).unwrap();
    assert!(!transaction.verify.iter().any(|it| matches!(it, Verify::Environment { .. })));
    let inside = Fleet::new(declared, vec![running(with("A=1\n"), "app.service", 1.0, &[("A", "0")])]);
    assert_eq!(difference(&inside.item(1), "A").live.as_deref(), Some("0"));
}

#[test]
fn keys_that_the_environment_shadows() {
    let declared = "units = [\"app.service\"]\n[env.app.keys]\nA = \"1\"\n";
    let of = |started: f64| {
        Fleet::new(declared, vec![running(with("A=1\nB=2\n"), "app.service", started, &[("A", "9"), ("B", "9")])])
    };
    let fleet = of(STARTED);
    let item = fleet.item(1);
    assert_eq!(
        (difference(&item, "A").on_disk.as_deref(), difference(&item, "A").live.as_deref()),
        (Some("1"), Some("9"))
    );
    assert_eq!(difference(&item, "A").declared.as_deref(), Some("1"));
    assert!(warned(&item, "shadowed").contains("another B") && item.differences.len() == 1, "{item:#?}");
    assert!(fleet.transaction(1).is_none(), "no restart mends it");
    // One that is older may have what it read from the file itself.
    let item = of(1.0).item(1);
    assert_eq!(item.differences.len(), 1);
    assert_eq!(item.differences[0].subject, "app.service");
}

#[test]
fn several_files_are_one_transaction() {
    let toml = format!(
        "[env.app]\nhosts = \"h*\"\npath = \"{PATH}\"\nunits = [\"app.service\"]\n[env.app.keys]\nA = \"1\"\n\
         [env.more]\nhosts = \"h*\"\npath = \"/srv/app/more\"\nformat = \"systemd\"\nunits = [\"app.service\"]\n[env.more.keys]\nC = \"1\"\n\
         [env.third]\nhosts = \"h*\"\npath = \"/srv/app/third\"\nunits = [\"app.service\"]\nrestart = \"reload\"\n[env.third.keys]\nD = \"1\"\n"
    );
    let mut facts = running(with("A=0\n"), "app.service", STARTED, &[("C", "0")]);
    for (path, text) in [("/srv/app/more", "C=0\n"), ("/srv/app/third", "D=0\n")] {
        facts.files.insert(RemotePath::new(path), path_fact(path, PathKind::File(Bytes(text.into()))));
    }
    let fleet = Fleet::load(&toml, vec![facts]).unwrap();
    let transaction = fleet.transaction(1).unwrap();
    assert_eq!((transaction.changes.len(), transaction.expect.len(), transaction.summary.len()), (3, 3, 3));
    assert_eq!(units_of(&transaction), ["restart app.service"], "once, and it takes up what a reload would");
    assert_eq!(transaction.verify.iter().filter(|it| matches!(it, Verify::Active { .. })).count(), 1);
    assert_eq!(transaction.verify.len(), 3, "{:?}", transaction.verify);
    assert!(transaction.summary[2].operations.is_empty());
}
