//! Tables: how a unit stands, what is told of it, and what is done.

use fleet::actions::unit::Unit;
use fleet::engine::fact::Fact;
use fleet::engine::transaction::Change;

use crate::world::*;

/// What is declared, how the unit differs from one that runs and is enabled, what is told, and what is done.
type Case<'a> = (&'a str, fn(&mut UnitModel), &'a [&'a str], &'a [&'a str]);

#[test]
fn states() {
    let cases: &[Case<'_>] = &[
        ("state = \"running\"\nenabled = true", |_| {}, &[], &[]),
        ("state = \"running\"", |it| it.active = "inactive".into(), &["state: stale"], &["start x.service"]),
        ("state = \"running\"", |it| it.active = "failed".into(), &["state: stale"], &["start x.service"]),
        (
            "state = \"running\"",
            |it| (it.active, it.sub) = ("activating".into(), "auto-restart".into()),
            &["state: stale!"],
            &[],
        ),
        (
            "state = \"running\"",
            |it| (it.active, it.sub) = ("activating".into(), "start".into()),
            &["unit-starting"],
            &[],
        ),
        ("state = \"stopped\"", |_| {}, &["state: stale"], &["stop x.service"]),
        ("state = \"stopped\"", |it| it.active = "failed".into(), &[], &[]),
        ("state = \"stopped\"\nenabled = false", |it| it.load = "not-found".into(), &[], &[]),
        ("state = \"running\"", |it| it.load = "not-found".into(), &["x.service: drift!"], &[]),
        ("state = \"running\"", |it| it.load = "masked".into(), &["x.service: drift!"], &[]),
        ("state = \"stopped\"", |it| (it.load, it.active) = ("masked".into(), "inactive".into()), &[], &[]),
        ("state = \"running\"", |it| it.id = Some("y.service".into()), &["x.service: drift!"], &[]),
        ("enabled = true", |it| it.file_state = "disabled".into(), &["enabled: drift"], &["enable x.service"]),
        ("enabled = true", |it| it.file_state = "static".into(), &["enabled: drift!"], &[]),
        ("enabled = false", |_| {}, &["enabled: drift"], &["disable x.service"]),
        ("enabled = false", |it| it.file_state = "static".into(), &[], &[]),
        (
            "enabled = false\nstate = \"stopped\"",
            |_| {},
            &["enabled: drift", "state: stale"],
            &["stop x.service", "disable x.service"],
        ),
    ];
    for (toml, change, expected, done) in cases {
        let mut unit = running("x.service");
        change(&mut unit);
        let (item, transaction) =
            judged(&format!("[unit.x]\nhosts = \"h\"\n{toml}\n"), &Model::with("x.service", unit.clone()));
        assert_eq!(told(&item), *expected, "{toml} {unit:?}");
        assert_eq!(operations(transaction.as_ref()), *done, "{toml} {unit:?}");
    }
}

const DECLARED: &str = "[unit.x]\nhosts = \"h\"\n";
const DROP_IN: &str = "drop_ins = { limits = \"[Service]\\nLimitNOFILE=9\" }\n";
const TEXT: &str = "# Written by fleet from [unit.x]: changes here are lost.\n[Service]\nLimitNOFILE=9\n";
const PATH: &str = "x.service.d/50-fleet-limits.conf";

#[test]
fn drop_ins() {
    let run = |more: &str, unit: UnitModel, file: Option<(&str, f64)>| {
        let mut model = Model::with("x.service", unit);
        if let Some((text, changed)) = file {
            model = model.file(PATH, text, changed);
        }
        let (item, transaction) = judged(&format!("{DECLARED}{more}{DROP_IN}"), &model);
        (told(&item).join(", "), operations(transaction.as_ref()).join(", "))
    };
    let restarts = || "daemon-reload, restart x.service".to_owned();
    let drift = || "LimitNOFILE: drift".to_owned();
    assert_eq!(run("", running("x.service"), None), (drift(), restarts()));
    assert_eq!(run("", running("x.service"), Some((TEXT, 1000.0))), (String::new(), String::new()));
    assert_eq!(run("", running("x.service"), Some((&TEXT.replace('9', "8"), 1000.0))), (drift(), restarts()));
    let both = "x.service: stale, x.service: stale".to_owned();
    assert_eq!(run("", running("x.service"), Some((TEXT, 3000.0))), (both.clone(), restarts()));
    let read = UnitModel { read: 3500.0, ..running("x.service") };
    let stale = "x.service: stale".to_owned();
    assert_eq!(run("", read.clone(), Some((TEXT, 3000.0))), (stale, "restart x.service".to_owned()));
    let left = ("x.service: stale!".to_owned(), String::new());
    assert_eq!(run("restart = \"none\"\n", read.clone(), Some((TEXT, 3000.0))), left);
    assert_eq!(run("restart = \"reload\"\n", read.clone(), Some((TEXT, 3000.0))), left);
    let reloads = UnitModel { can_reload: true, ..read };
    assert_eq!(run("restart = \"reload\"\n", reloads, Some((TEXT, 3000.0))).1, "reload x.service");
    let down = UnitModel { active: "inactive".into(), ..running("x.service") };
    assert_eq!(run("", down.clone(), None), (drift(), "daemon-reload".to_owned()), "what does not run is not started");
    assert_eq!(run("state = \"running\"\n", down, None).1, "daemon-reload, start x.service");
    let at_work = UnitModel { active: "activating".into(), sub: "start".into(), ..running("x.service") };
    assert_eq!(run("", at_work, None), (format!("{}, unit-starting", drift()), "daemon-reload".to_owned()));
}

#[test]
fn drop_ins_of_ours_alone_are_removed() {
    let model = Model::with("x.service", running("x.service"))
        .file(PATH, TEXT, 1000.0)
        .file("x.service.d/50-fleet-old.conf", "[Service]\nEnvironment=DB_PASS=hunter2\nNice=5\n", 1000.0)
        .file("x.service.d/50-fleet.conf", "[Service]\nNice=3\n", 1000.0)
        .file("x.service.d/override.conf", "[Service]\nNice=1\n", 1000.0);
    let (item, transaction) = judged(&format!("{DECLARED}{DROP_IN}"), &model);
    assert_eq!(told(&item), ["Environment: drift", "Nice: drift"]);
    let transaction = transaction.unwrap();
    let [Change::Remove { path }] = transaction.changes.as_slice() else { panic!("{:?}", transaction.changes) };
    assert!(path.as_str().ends_with("/50-fleet-old.conf"));
    let shown = serde_json::to_string(&(item, transaction)).unwrap();
    assert!(shown.contains("DB_PASS") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn what_is_unknown_changes_nothing() {
    let inventory = inventory(&format!("{DECLARED}state = \"running\"\n{DROP_IN}"));
    let action = Unit::of(&inventory);
    let model = Model::with("x.service", UnitModel { active: "inactive".into(), ..running("x.service") });
    let whole = model.facts(&action);
    let mut cases = Vec::new();
    for path in whole.files.keys() {
        let mut facts = whole.clone();
        facts.files.insert(path.clone(), Fact::Unknown("no".to_owned()));
        cases.push(facts);
    }
    for answer in [Fact::Unknown("no".to_owned()), Fact::Absent, Fact::Known("clock\t1\t1\n".to_owned())] {
        let mut facts = whole.clone();
        facts.scripts.insert("unit".to_owned(), answer);
        cases.push(facts);
    }
    for facts in cases {
        let assessment = assess(&action, facts.clone());
        assert!(assessment.waves.is_empty(), "{facts:?}");
        assert_eq!(assessment.items[&host()][0].status.word(), "unknown", "{facts:?}");
    }
}

const TIMER: &str = "[unit.clean]\nhosts = \"h\"\n[unit.clean.timer]\ncalendar = \"*-*-* 03:00:00 UTC\"\nuser = \"postgres\"\n\
                     persistent = true\naccuracy = \"10s\"\nrandom_delay = \"5m\"\ntimeout = \"1h\"\ndirectory = \"/srv/100%\"\n\
                     command = [\"/usr/bin/find\", \"/a b\", \"-name\", \"*.gz\", \"-printf\", '%p\\n', \"$HOME\", 'say \"x\"']\n";

#[test]
fn a_timer_is_two_files() {
    let (item, transaction) = judged(TIMER, &Model { now: NOW, ..Model::default() });
    let transaction = transaction.unwrap();
    assert_eq!(operations(Some(&transaction)), ["daemon-reload", "enable clean.timer", "start clean.timer"]);
    assert!(item.differences.iter().all(|difference| difference.repairable));
    let texts: Vec<&str> = transaction
        .contents()
        .map(|content| match content.0.as_slice() {
            [fleet::engine::transaction::Part::Text(text)] => text.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    insta::assert_snapshot!(texts.join("--- clean.timer\n"), @r#"
# Written by fleet from [unit.clean]: changes here are lost.
[Unit]
Description=clean

[Service]
Type=oneshot
User=postgres
WorkingDirectory=/srv/100%%
ExecStart=/usr/bin/find "/a b" "-name" "*.gz" "-printf" "%%p\\n" "$$HOME" "say \"x\""
TimeoutStartSec=3600s
--- clean.timer
# Written by fleet from [unit.clean]: changes here are lost.
[Unit]
Description=clean

[Timer]
OnCalendar=*-*-* 03:00:00 UTC
Persistent=true
AccuracySec=10s
RandomizedDelaySec=300s

[Install]
WantedBy=timers.target
"#);
}

#[test]
fn timers() {
    let mut model = Model { now: NOW, ..Model::default() };
    let (_, transaction) = judged(TIMER, &model);
    model.apply(&transaction.unwrap());
    assert_eq!(judged(TIMER, &model), judged(TIMER, &model));
    let (item, transaction) = judged(TIMER, &model);
    assert_eq!((told(&item), transaction), (Vec::new(), None));
    // Another command: systemd reads it again, and the timer need not be touched.
    let (_, transaction) = judged(&TIMER.replace("/a b", "/b"), &model);
    assert_eq!(operations(transaction.as_ref()), ["daemon-reload"]);
    let (_, transaction) = judged(&TIMER.replace("03:00", "04:00"), &model);
    assert_eq!(operations(transaction.as_ref()), ["daemon-reload", "restart clean.timer"]);
    // A run that failed since.
    let mut failed = model.clone();
    let service = failed.units.get_mut("clean.service").unwrap();
    (service.result, service.active, service.exited) = ("exit-code".into(), "failed".into(), model.now + 1.0);
    let (item, transaction) = judged(TIMER, &failed);
    assert_eq!((told(&item), transaction), (vec!["last run: stale!".to_owned()], None));
    let (item, _) = judged(&TIMER.replace("/a b", "/b"), &failed);
    assert!(told(&item).contains(&"last-run-failed".to_owned()), "{:?}", told(&item));
    // At work: nothing is cut.
    let mut at_work = model.clone();
    let service = at_work.units.get_mut("clean.service").unwrap();
    (service.active, service.sub) = ("activating".into(), "start".into());
    let (_, transaction) = judged(&TIMER.replace("/a b", "/b"), &at_work);
    assert_eq!(operations(transaction.as_ref()), ["daemon-reload"]);
    // It will never run.
    let mut over = model.clone();
    over.units.get_mut("clean.timer").unwrap().sub = "elapsed".to_owned();
    assert_eq!(told(&judged(TIMER, &over).0), ["next: stale!"]);
    // The host's own.
    let mut own = Model { now: NOW, ..Model::default() };
    own.units.insert("clean.service".to_owned(), running("clean.service"));
    let (item, transaction) = judged(TIMER, &own);
    assert_eq!((item.error.unwrap().code.as_str(), transaction), ("unit-taken", None));
}
