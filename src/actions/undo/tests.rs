//! What was done and taken back is as if it had never been, on a model of a host.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;

use super::Undo;
use crate::engine::action::{Action, Assessment, World};
use crate::engine::fact::Fact;
use crate::engine::kept::{Before, Done, Kept, KeptChange, KeptFile, KeptRun, Record, RecordLine, SCHEMA, UnitBefore};
use crate::engine::plan::{Author, InventoryStamp, Lock, Plan, problems};
use crate::engine::probe::{HostFacts, LinkFact, Observation, PathFact, PathKind, UnitFact};
use crate::engine::status::{HostResult, Status};
use crate::engine::transaction::{Change, Command, ItemSummary, Part, PathState, Transaction, UnitOperation};
use crate::names::{HostName, RemotePath, RunId, UnitName};
use crate::secrets::DigestKey;

const RUN: &str = "20261121T202449Z-3f9a";

/// A host: what stands at its paths, and which units are active and enabled.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    paths: BTreeMap<RemotePath, PathState>,
    units: BTreeMap<UnitName, (bool, bool)>,
}

fn path(number: usize) -> RemotePath {
    RemotePath::new(format!("/srv/app/{number}"))
}

fn unit(number: usize) -> UnitName {
    UnitName::new(format!("w{number}.service"))
}

fn host() -> HostName {
    HostName::new("fritz")
}

fn file(content: u8) -> PathState {
    let mode = if content.is_multiple_of(2) { "0640" } else { "0600" };
    PathState::File { digest: format!("d{content}"), mode: mode.to_owned(), owner: "app:app".to_owned() }
}

fn kept_file(state: &PathState) -> Option<KeptFile> {
    let PathState::File { digest, mode, owner } = state else { return None };
    let plain = digest.replacen('d', "p", 1);
    Some(KeptFile { plain, digest: digest.clone(), mode: mode.clone(), owner: owner.clone() })
}

impl Model {
    fn at(&self, path: &RemotePath) -> PathState {
        self.paths.get(path).cloned().unwrap_or(PathState::Absent)
    }

    fn put(&mut self, path: &RemotePath, state: PathState) {
        if state == PathState::Absent {
            self.paths.remove(path);
        } else {
            self.paths.insert(path.clone(), state);
        }
    }

    fn operate(&mut self, operation: &UnitOperation) {
        let Some(state) = operation.unit().and_then(|unit| self.units.get_mut(unit)) else { return };
        match operation {
            UnitOperation::Start(_) | UnitOperation::Restart(_) => state.0 = true,
            UnitOperation::Stop(_) => state.0 = false,
            UnitOperation::Enable(_) => state.1 = true,
            UnitOperation::Disable(_) => state.1 = false,
            _ => {}
        }
    }

    /// One wave of the run: what it does, and what the host keeps of it.
    fn run(&mut self, number: usize, changes: &[(usize, PathState)], units: &[UnitOperation]) -> KeptRun {
        let name = if number == 1 { RUN.to_owned() } else { format!("{RUN}.{number}") };
        let summary = ItemSummary {
            kind: "set".to_owned(),
            id: "app".to_owned(),
            place: "/srv/app".to_owned(),
            diff: Vec::new(),
            operations: units.iter().map(UnitOperation::told).collect(),
        };
        let mut kept = KeptRun::new(Record {
            schema: SCHEMA.to_owned(),
            run: RunId::new(name),
            host: host(),
            line: Some(RecordLine {
                time: Timestamp::UNIX_EPOCH,
                who: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
                actions: vec!["set".to_owned()],
                changes: vec![summary],
                undoes: None,
            }),
            changes: Vec::new(),
            running: Vec::new(),
            validate: vec![Command { argv: vec!["true".to_owned()], timeout_seconds: 9 }],
            units: units.to_vec(),
            locks: vec![Lock { host: host(), name: "db".to_owned(), turn: 4 }],
            lease_seconds: 60,
        });
        kept.units_known = true;
        for (at, (number, state)) in changes.iter().enumerate() {
            let key = u32::try_from(at + 1).unwrap_or_default();
            let was = self.at(&path(*number));
            kept.before.extend(kept_file(&was).map(|file| (key, file)));
            kept.left.extend(kept_file(state).map(|file| (key, file)));
            let before = match was {
                PathState::File { mode, owner, .. } => Before::File { mode, owner },
                PathState::Link { target } => Before::Link { target },
                _ => Before::Absent,
            };
            let done = match state {
                PathState::Link { target } => Done::Linked { target: target.clone() },
                PathState::Absent => Done::Removed,
                _ => Done::Written,
            };
            let change = KeptChange { declared: path(*number), path: path(*number), done, before };
            kept.record.changes.push(change);
            self.put(&path(*number), state.clone());
        }
        for operation in units {
            let name = operation.unit().expect("a unit");
            let (active, enabled) = self.units[name];
            let word = |yes: bool, word: &str, other: &str| if yes { word.to_owned() } else { other.to_owned() };
            kept.units.entry(name.clone()).or_insert(UnitBefore {
                active: word(active, "active", "inactive"),
                enabled: word(enabled, "enabled", "disabled"),
            });
        }
        for operation in units {
            self.operate(operation);
        }
        kept
    }

    fn facts(&self) -> HostFacts {
        let mut facts = HostFacts::default();
        for number in 0..PATHS {
            let path = path(number);
            let state = self.at(&path);
            let link = match &state {
                PathState::Absent => Fact::Absent,
                PathState::Link { target } => Fact::Known(LinkFact::Link(target.clone())),
                _ => Fact::Known(LinkFact::Other),
            };
            let file = match state {
                PathState::File { digest, mode, owner } => Fact::Known(PathFact {
                    resolved: path.clone(),
                    kind: PathKind::Digest(digest),
                    mode,
                    owner,
                    modified: 0.0,
                    touched: 0.0,
                }),
                _ => Fact::Absent,
            };
            facts.links.insert(path.clone(), link);
            facts.files.insert(path, file);
        }
        for (unit, (active, enabled)) in &self.units {
            let fact = UnitFact {
                active_state: if *active { "active" } else { "inactive" }.to_owned(),
                unit_file_state: if *enabled { "enabled" } else { "disabled" }.to_owned(),
                ..UnitFact::default()
            };
            facts.units.insert(unit.clone(), fact);
        }
        facts.fleet.turns.insert("db".to_owned(), 7);
        facts
    }

    /// As the executor does it: nothing where something is not as expected.
    fn apply(&mut self, transaction: &Transaction, kept: &Kept) {
        for expect in &transaction.expect {
            assert_eq!(self.at(&expect.resolved), expect.state, "{}", expect.path);
        }
        for change in &transaction.changes {
            let state = match change {
                Change::Write { content, digest, mode, owner, .. } => {
                    let [Part::Kept { run, number, .. }] = content.0.as_slice() else { panic!("{content:?}") };
                    let of = kept.runs.iter().find(|kept| kept.record.run == *run).expect("the run");
                    assert_eq!(Some(&of.before[number].digest), digest.as_ref());
                    PathState::File {
                        digest: digest.clone().expect("a digest"),
                        mode: mode.clone().expect("a mode"),
                        owner: owner.clone().expect("an owner"),
                    }
                }
                Change::Link { target, .. } => PathState::Link { target: target.clone() },
                _ => PathState::Absent,
            };
            self.put(change.path(), state);
        }
        for operation in &transaction.units {
            self.operate(operation);
        }
    }
}

const PATHS: usize = 4;
const UNITS: usize = 3;

fn assess(kept: &Kept, facts: HostFacts) -> Assessment {
    let run = RunId::new(RUN);
    let hosts = BTreeMap::from([(host(), kept.clone())]);
    let (selected, secrets) = (BTreeSet::from([host()]), BTreeMap::new());
    Undo::of(&run, &hosts).assess(&World {
        now: Timestamp::UNIX_EPOCH,
        selected: &selected,
        observations: &BTreeMap::from([(host(), Observation::Facts(Box::new(facts)))]),
        outside: &BTreeMap::new(),
        public: &[],
        secrets: &secrets,
        key: &DigestKey::from_bytes([7; 32]),
        redacted: false,
    })
}

fn plan_of(assessment: Assessment) -> Plan {
    Plan {
        schema: crate::engine::plan::SCHEMA.to_owned(),
        created: Timestamp::UNIX_EPOCH,
        author: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
        inventory: InventoryStamp::default(),
        digest_key: String::new(),
        actions: Vec::new(),
        playbook: None,
        undoes: Some(RunId::new(RUN)),
        locks: assessment.locks,
        waves: assessment.waves,
        hosts: vec![HostResult::of_items(host(), Vec::new())],
    }
}

fn states() -> impl Strategy<Value = PathState> {
    prop_oneof![
        Just(PathState::Absent),
        (0..4_u8).prop_map(file),
        (0..3_u8).prop_map(|target| PathState::Link { target: format!("t{target}") }),
    ]
}

fn operations() -> impl Strategy<Value = UnitOperation> {
    (0..UNITS, 0..5_u8).prop_map(|(number, verb)| match verb {
        0 => UnitOperation::Start(unit(number)),
        1 => UnitOperation::Stop(unit(number)),
        2 => UnitOperation::Restart(unit(number)),
        3 => UnitOperation::Enable(unit(number)),
        _ => UnitOperation::Disable(unit(number)),
    })
}

type Step = (BTreeMap<usize, PathState>, Vec<UnitOperation>);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let changes = prop::collection::btree_map(0..PATHS, states(), 0..=PATHS);
    prop::collection::vec((changes, prop::collection::vec(operations(), 0..4)), 1..4)
}

fn models() -> impl Strategy<Value = Model> {
    let paths = prop::collection::vec(states(), PATHS);
    let units = prop::collection::vec((any::<bool>(), any::<bool>()), UNITS);
    (paths, units).prop_map(|(paths, units)| {
        let paths = paths.into_iter().enumerate().filter(|(_, state)| *state != PathState::Absent);
        let paths = paths.map(|(number, state)| (path(number), state)).collect();
        Model { paths, units: units.into_iter().enumerate().map(|(number, state)| (unit(number), state)).collect() }
    })
}

fn carried_out(model: &mut Model, steps: &[Step]) -> Kept {
    let mut kept = Kept::default();
    for (at, (changes, units)) in steps.iter().enumerate() {
        // Nobody removes what is not there.
        let real: Vec<(usize, PathState)> = changes
            .iter()
            .filter(|(number, state)| **state != PathState::Absent || model.at(&path(**number)) != PathState::Absent)
            .map(|(number, state)| (*number, state.clone()))
            .collect();
        kept.runs.push(model.run(at + 1, &real, units));
    }
    kept
}

proptest! {
    #[test]
    fn a_run_and_its_undo_leave_everything_as_it_was(before in models(), steps in steps()) {
        let mut model = before.clone();
        let kept = carried_out(&mut model, &steps);
        let assessment = assess(&kept, model.facts());
        let refused = assessment.items[&host()].iter().any(|item| item.status == Status::Failed);
        prop_assert!(!refused, "{:?}", assessment.items);
        let plan = plan_of(assessment);
        prop_assert_eq!(problems(&plan), Vec::<String>::new());
        for (_, transaction) in plan.transactions() {
            model.apply(transaction, &kept);
        }
        prop_assert_eq!(&model, &before);
        // And then there is nothing left to do.
        let again = assess(&kept, model.facts());
        prop_assert!(again.waves.is_empty(), "{:?}", again.waves);
        prop_assert!(again.items[&host()].iter().all(|item| matches!(item.status, Status::Ok | Status::Drift)));
    }

    #[test]
    fn what_changed_since_is_left_alone(before in models(), steps in steps(), at in 0..PATHS) {
        let mut model = before;
        let kept = carried_out(&mut model, &steps);
        let changed = kept.runs.iter().any(|run| run.record.changes.iter().any(|change| change.path == path(at)));
        model.put(&path(at), PathState::File {
            digest: "another".to_owned(),
            mode: "0600".to_owned(),
            owner: "app:app".to_owned(),
        });
        let assessment = assess(&kept, model.facts());
        let refused = assessment.items[&host()].iter().any(|item| item.status == Status::Failed);
        prop_assert_eq!(refused, changed);
        prop_assert!(!changed || assessment.waves.is_empty());
    }
}

#[test]
fn locks_are_held_again_with_the_turn_that_is_seen() {
    let mut model = Model { paths: BTreeMap::new(), units: BTreeMap::new() };
    let kept = carried_out(&mut model, &[(BTreeMap::from([(0, file(1))]), Vec::new())]);
    let assessment = assess(&kept, model.facts());
    assert_eq!(assessment.locks, [Lock { host: host(), name: "db".to_owned(), turn: 7 }]);
    let operations = &assessment.waves[0].transactions[&host()].summary[0].operations;
    assert_eq!(operations, &["remove /srv/app/0", "run true"]);
}

#[test]
fn what_commands_did_is_told_and_not_taken_back() {
    let mut model = Model { paths: BTreeMap::new(), units: BTreeMap::new() };
    let kept = carried_out(&mut model, &[(BTreeMap::new(), Vec::new())]);
    let assessment = assess(&kept, model.facts());
    let item = &assessment.items[&host()][0];
    assert_eq!((item.status, item.differences[0].repairable), (Status::Drift, false));
    assert!(assessment.waves.is_empty());
}

#[test]
fn what_is_not_kept_any_more_is_not_guessed() {
    let mut model =
        Model { paths: BTreeMap::from([(path(0), file(1))]), units: BTreeMap::from([(unit(0), (false, false))]) };
    let steps = [(BTreeMap::from([(0, file(2))]), vec![UnitOperation::Start(unit(0))])];
    let kept = carried_out(&mut model, &steps);
    let code = |kept: &Kept| {
        let assessment = assess(kept, model.facts());
        assert!(assessment.waves.is_empty());
        assessment.items[&host()][0].error.clone().expect("an error").code
    };
    let mut lost = kept.clone();
    lost.runs[0].before.clear();
    assert_eq!(code(&lost), "not-kept");
    let mut lost = kept.clone();
    lost.runs[0].units.clear();
    assert_eq!(code(&lost), "not-kept");
    let mut lost = kept;
    lost.missing.push(RunId::new(format!("{RUN}.2")));
    assert_eq!(code(&lost), "not-kept");
}
