//! Later steps rest on what earlier ones leave.

use std::collections::{BTreeMap, BTreeSet};

use fleet::engine::action::{Action, Assessment, World};
use fleet::engine::fact::Fact;
use fleet::engine::plan::{self, Wave, predict};
use fleet::engine::probe::{
    Bytes, HostFacts, Observation, Observations, PathFact, PathKind, Probe, ProcessFact, UnitFact,
};
use fleet::engine::transaction::{
    Change, Content, Expect, Gate, ItemSummary, Part, PathState, Transaction, UnitOperation, content_digest,
};
use fleet::names::{HostName, RemotePath, UnitName};
use fleet::playbook::{Playbook, StepAction};
use fleet::secrets::{DigestKey, Secret, SecretRef};

use crate::world::{answered, compile_steps, compiled, host, load, load_with, plan_of, told};

const PATH: &str = "/etc/app.conf";
const OTHER: &str = "/etc/other.conf";

/// Writes a text (or what nobody knows yet) to one path, resting on what stands there.
struct Writes(&'static str, Part);

impl Action for Writes {
    fn kind(&self) -> &'static str {
        "env"
    }

    fn hosts(&self) -> BTreeSet<HostName> {
        [host("a1"), host("a2")].into()
    }

    fn probes(&self, _: &HostName) -> Vec<Probe> {
        vec![Probe::File { path: RemotePath::new(self.0) }]
    }

    fn secrets(&self) -> BTreeSet<SecretRef> {
        BTreeSet::new()
    }

    fn assess(&self, world: &World<'_>) -> Assessment {
        let path = RemotePath::new(self.0);
        let transaction = |host: &HostName, facts: &HostFacts| {
            let salt = world.key.host_salt(host);
            let state = match facts.file(&path) {
                Fact::Absent => PathState::Absent,
                Fact::Known(PathFact { kind: PathKind::File(bytes), mode, owner, .. }) => PathState::File {
                    digest: content_digest(&salt, &bytes.0),
                    mode: mode.clone(),
                    owner: owner.clone(),
                },
                // What is not known is never changed.
                _ => return Transaction::default(),
            };
            let digest = match &self.1 {
                Part::Text(text) => Some(content_digest(&salt, text.as_bytes())),
                _ => None,
            };
            let content = Content(vec![self.1.clone()]);
            let summary = ItemSummary {
                kind: "env".to_owned(),
                id: "app".to_owned(),
                place: self.0.to_owned(),
                diff: Vec::new(),
                operations: Vec::new(),
            };
            Transaction {
                expect: vec![Expect { path: path.clone(), resolved: path.clone(), state }],
                changes: vec![Change::Write { path: path.clone(), content, digest, mode: None, owner: None }],
                lease_seconds: 60,
                summary: vec![summary],
                ..Transaction::default()
            }
        };
        let transactions = world.observations.iter().filter_map(|(host, observation)| match observation {
            Observation::Facts(facts) => Some((host.clone(), transaction(host, facts))),
            _ => None,
        });
        Assessment { waves: vec![Wave::of("all hosts", transactions.collect())], ..Assessment::default() }
    }

    fn redact(&self, _: &mut Observations, _: &BTreeMap<SecretRef, Result<Secret, String>>, _: &DigestKey) {}
}

/// Two steps with the action `env`.
fn two_steps() -> (fleet::inventory::Inventory, Playbook) {
    load(
        "[[steps]]\nname = \"first\"\naction = \"env\"\nhosts = \"a\"\n[[steps]]\nname = \"second\"\naction = \"env\"\nhosts = \"a\"\n",
        &[],
    )
    .unwrap()
}

fn bare() -> HostFacts {
    HostFacts {
        clock: 3000.0,
        files: [(RemotePath::new(PATH), Fact::Absent), (RemotePath::new(OTHER), Fact::Absent)].into(),
        ..HostFacts::default()
    }
}

fn both(first: Writes, second: Writes) -> Result<fleet::playbook::Compiled, Vec<fleet::engine::status::Failure>> {
    let (inventory, playbook) = two_steps();
    let [one, two] = playbook.steps.as_slice() else { panic!() };
    let steps = [StepAction { step: one, action: Box::new(first) }, StepAction { step: two, action: Box::new(second) }];
    compile_steps(&inventory, &steps, &answered([(host("a1"), bare()), (host("a2"), bare())]))
}

#[test]
fn a_later_step_expects_what_an_earlier_one_leaves() {
    let text = |text: &str| Part::Text(text.to_owned());
    let compiled = both(Writes(PATH, text("one")), Writes(PATH, text("two"))).unwrap();
    assert_eq!(told(&compiled), ["first: a1 a2", "second: a1 a2"]);
    for name in ["a1", "a2"] {
        let [first, second] = [0, 1].map(|number| &compiled.waves[number].transactions[&host(name)]);
        assert_eq!(first.expect[0].state, PathState::Absent);
        assert_eq!(second.expect, predict(first));
    }
    assert_eq!(plan::problems(&plan_of(compiled, [host("a1"), host("a2")])), Vec::<String>::new());
}

#[test]
fn what_nobody_can_know_yet_is_an_error_with_both_steps() {
    let deferred = Part::Deferred { name: "x/y".to_owned(), constraints: BTreeMap::new() };
    let failures = both(Writes(PATH, deferred.clone()), Writes(PATH, Part::Text(String::new())));
    let [failure] = failures.as_ref().map_err(Vec::as_slice).unwrap_err() else { panic!("{failures:?}") };
    assert_eq!(failure.code, "steps-clash");
    for word in ["`first`", "`second`", PATH, "a1, a2"] {
        assert!(failure.message.contains(word), "{word}: {}", failure.message);
    }
    both(Writes(PATH, deferred), Writes(OTHER, Part::Text(String::new()))).unwrap();
}

fn file(path: &str, text: &str, modified: f64) -> (RemotePath, Fact<PathFact>) {
    let path = RemotePath::new(path);
    let fact = PathFact {
        resolved: path.clone(),
        kind: PathKind::File(Bytes(text.as_bytes().to_vec())),
        mode: "0640".to_owned(),
        owner: "app:app".to_owned(),
        modified,
        touched: modified,
    };
    (path, Fact::Known(fact))
}

/// A host whose two files differ or are stale, and whose one service reads both.
fn stale() -> HostFacts {
    let directory = |path: &str| {
        let (path, Fact::Known(fact)) = file(path, "", 1.0) else { panic!() };
        (path, Fact::Known(PathFact { kind: PathKind::Directory, ..fact }))
    };
    let unit = UnitName::new("app.service");
    let loaded = UnitFact {
        load_state: "loaded".to_owned(),
        active_state: "active".to_owned(),
        sub_state: "running".to_owned(),
        main_pid: 100,
        state_changed: 2000.0,
        ..UnitFact::default()
    };
    HostFacts {
        clock: 3000.0,
        files: [
            file("/srv/app/.env", "MODE=old\n", 1000.0),
            // It was changed after the service had started.
            file("/srv/other/.env", "X=1\n", 2500.0),
            directory("/srv/app"),
            directory("/srv/other"),
        ]
        .into(),
        units: [(unit.clone(), loaded)].into(),
        processes: vec![ProcessFact {
            unit,
            pid: 100,
            main: true,
            started: 2000.0,
            environment: Fact::Known(BTreeMap::new()),
        }],
        ..HostFacts::default()
    }
}

fn restarts(compiled: &fleet::playbook::Compiled) -> Vec<String> {
    let all = compiled.waves.iter().flat_map(|wave| wave.transactions.values().map(move |it| (wave, it)));
    all.flat_map(|(wave, transaction)| transaction.units.iter().map(move |unit| (wave, unit)))
        .filter(|(_, unit)| matches!(unit, UnitOperation::Restart(_)))
        .map(|(wave, unit)| format!("{}: {}", wave.step.as_deref().unwrap(), unit.told()))
        .collect()
}

const READS_BOTH: &str = r#"
[hosts.a1]
[env.app]
path = "/srv/app/.env"
hosts = "a1"
units = ["app.service"]
[env.app.keys]
MODE = "new"
[env.other]
path = "/srv/other/.env"
hosts = "a1"
units = ["app.service"]
[env.other.keys]
X = "1"
"#;

#[test]
fn what_an_earlier_step_restarts_is_fresh() {
    let step = |item: &str| format!("[[steps]]\nname = \"{item}\"\naction = \"env\"\nitems = [\"{item}\"]\n");
    let observations = answered([(host("a1"), stale())]);
    let (inventory, playbook) = load_with(READS_BOTH, &step("other"), &[]).unwrap();
    let alone = compiled(&inventory, &playbook, &observations).unwrap();
    assert_eq!(restarts(&alone), ["other: restart app.service"]);
    let (inventory, playbook) = load_with(READS_BOTH, &(step("app") + &step("other")), &[]).unwrap();
    let both = compiled(&inventory, &playbook, &observations).unwrap();
    assert_eq!(restarts(&both), ["app: restart app.service"]);
    // The other way round, the file that changes needs its restart.
    let (inventory, playbook) = load_with(READS_BOTH, &(step("other") + &step("app")), &[]).unwrap();
    let both = compiled(&inventory, &playbook, &observations).unwrap();
    assert_eq!(restarts(&both), ["other: restart app.service", "app: restart app.service"]);
}

#[test]
fn what_is_done_is_not_done_again() {
    let (inventory, playbook) = load_with(
        READS_BOTH,
        "[[steps]]\nname = \"one\"\naction = \"env\"\nitems = [\"app\"]\n[[steps]]\nname = \"two\"\naction = \"env\"\nitems = [\"app\"]\n",
        &[],
    )
    .unwrap();
    let compiled = compiled(&inventory, &playbook, &answered([(host("a1"), stale())])).unwrap();
    assert_eq!(told(&compiled), ["one: a1"]);
    // The item is told as it stood before both.
    let items = &compiled.items[&host("a1")];
    assert_eq!(items.len(), 1);
    assert!(!items[0].differences.is_empty());
}

#[test]
fn two_hundred_hosts() {
    let hosts: Vec<String> =
        (0..200).map(|number| format!("[hosts.h{number:03}]\nvars = {{ region = \"r{}\" }}\n", number % 7)).collect();
    let inventory =
        hosts.concat() + "[env.app]\npath = \"/srv/app/.env\"\nhosts = \"h*\"\n[env.app.keys]\nMODE = \"new\"\n";
    let (inventory, playbook) = load_with(
        &inventory,
        r#"
[[steps]]
name = "all"
action = "env"
gates = [{ tcp = 80 }, { unit = "app.service", steady = "2s" }, { command = "true", on = "h000" }]
[steps.rollout]
canary = 1
batch = "10%"
at_most = { region = 3 }
pause = "30s"
max_failures = 2
on_failure = "undo"
"#,
        &[],
    )
    .unwrap();
    let observations = answered(inventory.hosts().keys().map(|host| (host.clone(), stale())));
    let compiled = compiled(&inventory, &playbook, &observations).unwrap();
    let waves = &compiled.waves;
    assert_eq!(waves.iter().map(|wave| wave.transactions.len()).sum::<usize>(), 200);
    assert_eq!(waves[0].transactions.len(), 1);
    assert!(waves[1..].iter().all(|wave| wave.transactions.len() <= 20 && wave.max_failures == 2));
    assert_eq!(waves[0].max_failures, 0);
    let (last, others) = waves.split_last().unwrap();
    assert!(others.iter().all(|wave| wave.pause_seconds == 30));
    assert_eq!(last.pause_seconds, 0);
    for wave in waves {
        assert_eq!(wave.step.as_deref(), Some("all"));
        assert_eq!(wave.on_failure, plan::OnFailure::Undo);
        let ports = wave.gates.iter().filter(|check| matches!(check.gate, Gate::Port { .. })).count();
        assert_eq!(ports, wave.transactions.len());
        assert_eq!(wave.gates.len(), 2 * wave.transactions.len() + 1);
    }
    let plan = plan_of(compiled, inventory.hosts().keys().cloned());
    assert_eq!(plan::problems(&plan), Vec::<String>::new());
}
