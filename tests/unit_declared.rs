//! Units and commands in an inventory: what the tables come to, and what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::fs;
use std::time::Duration;

use fleet::inventory::{Guard, Inventory, Invocation, Restart, UnitState};

fn load(text: &str) -> Result<Inventory, Vec<String>> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.toml"), format!("[hosts.edge1]\n[hosts.edge2]\n[hosts.db]\n{text}")).unwrap();
    Inventory::load(dir.path()).map_err(|errors| {
        let records = errors.records().into_iter();
        records.map(|it| format!("{}: {} ({} places)", it.code, it.message, it.places.len())).collect()
    })
}

fn problems(text: &str) -> Vec<String> {
    load(text).expect_err("the inventory is wrong")
}

#[test]
fn units() {
    let inventory = load(
        "[unit.nginx]\nhosts = \"edge*\"\nstate = \"running\"\nenabled = true\n[unit.nginx.drop_ins]\n\
         limits = \"[Service]\\nLimitNOFILE=65536\"\n[unit.old]\nunit = \"old.socket\"\nhosts = \"db\"\nstate = \"stopped\"\n\
         restart = \"none\"\n[unit.clean]\nhosts = \"db\"\ntimer = { calendar = \" daily \", command = \"find /x -delete\", \
         user = \"postgres\", persistent = true, timeout = \"5m\" }\n",
    )
    .unwrap();
    let nginx = &inventory.units()["nginx"];
    assert_eq!(
        (nginx.unit.as_str(), nginx.state, nginx.enabled),
        ("nginx.service", Some(UnitState::Running), Some(true))
    );
    assert_eq!(nginx.drop_ins["limits"], "[Service]\nLimitNOFILE=65536\n");
    let old = &inventory.units()["old"];
    assert_eq!((old.unit.as_str(), old.enabled, old.restart), ("old.socket", None, Restart::None));
    let clean = &inventory.units()["clean"];
    let timer = clean.timer.as_ref().unwrap();
    assert_eq!((clean.unit.as_str(), timer.unit.as_str()), ("clean.service", "clean.timer"));
    assert_eq!((clean.state, clean.enabled), (Some(UnitState::Running), Some(true)));
    assert_eq!((timer.calendar.as_str(), timer.persistent), ("daily", true));
    assert_eq!(timer.command.argv("/bin/sh"), ["/bin/sh", "-c", "find /x -delete"]);
    assert_eq!((timer.timeout, timer.description.as_str()), (Some(Duration::from_secs(300)), "clean"));
}

#[test]
fn commands() {
    let inventory = load(
        "[run.a]\nhosts = \"db\"\ncommand = [\"bundle\", \"exec\"]\nunless = \"test -e /x\"\nuser = \"mastodon\"\n\
         directory = \"/srv\"\nenvironment = { RAILS_ENV = \"production\" }\n\
         [run.b]\nhosts = \"db\"\ncommand = \"a | b\"\ntimeout = \"2h\"\n",
    )
    .unwrap();
    let a = &inventory.runs()["a"];
    assert_eq!(
        (a.user.as_str(), a.timeout, a.command.told().as_str()),
        ("mastodon", Duration::from_secs(300), "bundle exec")
    );
    assert_eq!(a.guard, Some(Guard::Unless(Invocation::Shell("test -e /x".to_owned()))));
    let b = &inventory.runs()["b"];
    assert_eq!((b.user.as_str(), b.guard.as_ref(), b.timeout), ("root", None, Duration::from_secs(7200)));
}

#[test]
fn two_of_one_unit() {
    assert_eq!(
        problems(
            "[unit.a]\nunit = \"x.service\"\nhosts = \"edge*\"\nstate = \"running\"\n[unit.x]\nhosts = \"edge2, db\"\nenabled = true\n"
        ),
        ["unit-twice: unit.a and unit.x are both x.service on edge2 (2 places)"]
    );
    assert_eq!(
        problems(
            "[unit.a]\nunit = \"x.timer\"\nhosts = \"db\"\nstate = \"running\"\n[unit.x]\nhosts = \"db\"\ntimer = { calendar = \"daily\", command = [\"/bin/true\"] }\n"
        ),
        ["unit-twice: unit.a and unit.x are both x.timer on db (2 places)"]
    );
    assert_eq!(
        problems(
            "[unit.a]\nunit = \"w@1.service\"\nhosts = \"db\"\nstate = \"running\"\n[queues.q]\n[workers.w]\nunit = \"w@.service\"\n\
             memory = \"1MiB\"\nserves = { q = 1 }\ndatabase = false\n"
        ),
        ["unit-of-workers: w@1.service of unit.a is a process of workers.w (1 places)"]
    );
}

#[test]
fn what_is_refused() {
    for (toml, expected) in [
        ("[unit.a]\nhosts = \"db\"\n", "empty: unit.a declares nothing of a.service"),
        ("[unit.a]\nunit = \"a@.service\"\nhosts = \"db\"\nstate = \"running\"\n", "names a template"),
        ("[unit.a]\nunit = \"a\"\nhosts = \"db\"\nstate = \"running\"\n", "`unit.a.unit` is not right"),
        ("[unit.a]\nhosts = \"db\"\nstate = \"up\"\n", "`unit.a.state` can't be \"up\""),
        ("[unit.a]\nhosts = \"db\"\ndrop_ins = { \"../x\" = \"[Service]\\nA=1\" }\n", "is not a good name"),
        ("[unit.a]\nhosts = \"db\"\ndrop_ins = { x = \"A=1\" }\n", "stands before any section"),
        (
            "[unit.a]\nhosts = \"db\"\ndrop_ins = { x = \"[Service]\\nEnvironment=DB_PASS=hunter2\" }\n",
            "secret-in-unit",
        ),
        (
            "[unit.a]\nunit = \"b.service\"\nhosts = \"db\"\ntimer = { calendar = \"daily\", command = [\"/bin/true\"] }\n",
            "names a unit, and has a timer",
        ),
        ("[unit.a]\nhosts = \"db\"\ntimer = { calendar = \"0 3 * * *\", command = [\"/x\"] }\n", "the form of cron"),
        ("[unit.a]\nhosts = \"db\"\ntimer = { calendar = \"daily\", command = [\"/x\", \"a\\nb\"] }\n", "line breaks"),
        ("[unit.a]\nhosts = \"db\"\ntimer = { calendar = \"daily\", command = [\"-/x\"] }\n", "no plain program"),
        ("[unit.a]\nhosts = \"db\"\ntimer = { calendar = \"daily\", command = [\"$X\"] }\n", "no plain program"),
        (
            "[unit.a]\nhosts = \"db\"\ntimer = { calendar = \"daily\", command = \"true\", description = \"x\\\\\" }\n",
            "can't stand in",
        ),
        ("[run.a]\nhosts = \"db\"\ncommand = []\n", "must not be empty"),
        ("[run.a]\nhosts = \"db\"\ncommand = \" \"\n", "runs nothing"),
        ("[run.a]\nhosts = \"db\"\ncommand = [\"A=1\", \"x\"]\n", "which is no program"),
        (
            "[run.a]\nhosts = \"db\"\ncommand = [\"x\"]\nunless = \"y\"\ncreates = \"/z\"\n",
            "two-guards: run.a has more than one guard (2 places)",
        ),
        ("[run.a]\nhosts = \"db\"\ncommand = [\"x\"]\ntimeout = \"13h\"\n", "out-of-range"),
        (
            "[run.a]\nhosts = \"db\"\ncommand = [\"x\"]\nenvironment = { API_TOKEN = \"hunter2\" }\n",
            "secret-in-command: `API_TOKEN` of run.a",
        ),
        ("[run.a]\nhosts = \"db\"\ncommand = [\"x\", \"--db-password=hunter2\"]\n", "secret-in-command"),
        ("[run.a]\nhosts = \"db\"\ncommand = \"psql postgres://app:hunter2@db/app\"\n", "secret-in-command"),
    ] {
        let found = problems(toml);
        assert_eq!(found.len(), 1, "{toml}: {found:?}");
        assert!(found[0].contains(expected) && !found[0].contains("hunter2"), "{toml}: {found:?}");
    }
}

#[test]
fn a_secret_is_not_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let text = "[hosts.db]\n[unit.a]\nhosts = \"db\"\n[unit.a.drop_ins]\nx = \"\"\"\n[Service]\nEnvironment=DB_PASS=hunter2\n\"\"\"\n\
                [run.b]\nhosts = \"db\"\ncommand = [\"x\", \"--password=hunter2\"]\nenvironment = { API_TOKEN = \"hunter2\" }\n";
    fs::write(dir.path().join("a.toml"), text).unwrap();
    let errors = Inventory::load(dir.path()).unwrap_err();
    let drawn = errors.render(false, 100) + &format!("{:?}", errors.records());
    assert!(drawn.contains("DB_PASS") && drawn.contains("API_TOKEN") && !drawn.contains("hunter2"), "{drawn}");
}
