//! One host with units and files, what it answers, and what a transaction makes of it: the executor in a few lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use fleet::actions::unit::Unit;
use fleet::engine::action::{Action, Assessment, World};
use fleet::engine::fact::Fact;
use fleet::engine::plan::{Author, InventoryStamp, Plan, SCHEMA, problems};
use fleet::engine::probe::{Bytes, HostFacts, Observation, Observations, PathFact, PathKind, Probe};
use fleet::engine::status::{HostResult, Item};
use fleet::engine::transaction::{Change, Part, PathState, Transaction, UnitOperation, content_digest};
use fleet::inventory::Inventory;
use fleet::names::{HostName, RemotePath};
use fleet::secrets::DigestKey;

pub const NOW: f64 = 5000.0;
const DIRECTORY: &str = "/etc/systemd/system";

pub fn inventory(toml: &str) -> Inventory {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("all.toml"), format!("[hosts.h]\n{toml}")).unwrap();
    Inventory::load(directory.path()).unwrap_or_else(|errors| panic!("{}", errors.render(false, 100)))
}

pub fn host() -> HostName {
    HostName::new("h")
}

pub fn key() -> DigestKey {
    DigestKey::from_bytes([7; 32])
}

/// What an action says of the one host.
pub fn assess(action: &dyn Action, facts: HostFacts) -> Assessment {
    let observations: Observations = BTreeMap::from([(host(), Observation::Facts(Box::new(facts)))]);
    let key = key();
    let world = World {
        now: jiff::Timestamp::UNIX_EPOCH,
        selected: &observations.keys().cloned().collect(),
        observations: &observations,
        outside: &BTreeMap::new(),
        public: &[],
        secrets: &BTreeMap::new(),
        key: &key,
        redacted: false,
    };
    let assessment = action.assess(&world);
    let plan = Plan {
        schema: SCHEMA.to_owned(),
        created: jiff::Timestamp::UNIX_EPOCH,
        author: Author { user: "u".to_owned(), machine: "m".to_owned() },
        inventory: InventoryStamp::default(),
        digest_key: key.id().to_owned(),
        actions: vec![action.kind().to_owned()],
        playbook: None,
        undoes: None,
        locks: Vec::new(),
        waves: assessment.waves.clone(),
        hosts: vec![HostResult::of_items(host(), assessment.items[&host()].clone())],
    };
    assert_eq!(problems(&plan), Vec::<String>::new(), "the engine takes what an action plans");
    assessment
}

#[derive(Clone, Debug)]
pub struct File {
    pub text: String,
    pub changed: f64,
    pub mode: String,
}

#[derive(Clone, Debug)]
pub struct UnitModel {
    pub load: String,
    pub active: String,
    pub sub: String,
    pub file_state: String,
    pub fragment: String,
    pub started: f64,
    /// When systemd last read its files.
    pub read: f64,
    pub result: String,
    pub exited: f64,
    pub can_reload: bool,
    pub id: Option<String>,
}

/// One that runs, enabled, since 2000.
pub fn running(name: &str) -> UnitModel {
    UnitModel {
        load: "loaded".to_owned(),
        active: "active".to_owned(),
        sub: "running".to_owned(),
        file_state: "enabled".to_owned(),
        fragment: format!("/lib/systemd/system/{name}"),
        started: 2000.0,
        read: 2000.0,
        result: "success".to_owned(),
        exited: 0.0,
        can_reload: false,
        id: None,
    }
}

fn absent() -> UnitModel {
    UnitModel {
        load: "not-found".to_owned(),
        active: "inactive".to_owned(),
        sub: "dead".to_owned(),
        file_state: String::new(),
        fragment: String::new(),
        started: 0.0,
        ..running("")
    }
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub units: BTreeMap<String, UnitModel>,
    pub files: BTreeMap<String, File>,
    pub now: f64,
}

impl Model {
    pub fn with(name: &str, unit: UnitModel) -> Self {
        Self { units: BTreeMap::from([(name.to_owned(), unit)]), files: BTreeMap::new(), now: NOW }
    }

    pub fn file(mut self, path: &str, text: &str, changed: f64) -> Self {
        let file = File { text: text.to_owned(), changed, mode: "0644".to_owned() };
        self.files.insert(format!("{DIRECTORY}/{path}"), file);
        self
    }

    fn unit(&self, name: &str) -> UnitModel {
        let own = format!("{DIRECTORY}/{name}");
        let mut unit = self.units.get(name).cloned().unwrap_or_else(absent);
        if self.files.contains_key(&own) {
            unit.fragment = own;
        }
        unit
    }

    fn files_of(&self, name: &str) -> Vec<(&String, &File)> {
        let own = format!("{DIRECTORY}/{name}");
        let drop_ins = format!("{own}.d/");
        self.files.iter().filter(|(path, _)| **path == own || path.starts_with(&drop_ins)).collect()
    }

    /// As the probes of the action ask.
    pub fn facts(&self, action: &Unit<'_>) -> HostFacts {
        let mut facts = HostFacts { clock: self.now, ..HostFacts::default() };
        for probe in action.probes(&host()) {
            match probe {
                Probe::File { path } => {
                    facts.files.insert(path.clone(), self.path(path.as_str()));
                }
                Probe::Script { name, text } => {
                    let (_, words) = text.rsplit_once("\nfleet_units ").unwrap();
                    let words = shell_words::split(words).unwrap();
                    facts.scripts.insert(name, Fact::Known(self.answer(&words[1..])));
                }
                other => panic!("{other:?}"),
            }
        }
        facts
    }

    fn path(&self, path: &str) -> Fact<PathFact> {
        let fact = |kind, mode: &str, modified| {
            Fact::Known(PathFact {
                resolved: RemotePath::new(path),
                kind,
                mode: mode.to_owned(),
                owner: "root:root".to_owned(),
                modified,
                touched: modified,
            })
        };
        match self.files.get(path) {
            Some(file) => fact(PathKind::File(Bytes(file.text.clone().into_bytes())), &file.mode, file.changed),
            None if self.files.keys().any(|other| other.starts_with(&format!("{path}/"))) => {
                fact(PathKind::Directory, "0755", 0.0)
            }
            None => Fact::Absent,
        }
    }

    fn answer(&self, units: &[String]) -> String {
        // Up for as long as the clock counts: monotonic times are dates.
        let mut text = format!("clock\t{0}\t{0}\n", self.now);
        let mut stats = String::new();
        for name in units {
            let unit = self.unit(name);
            let newest = self.files_of(name).iter().map(|(_, file)| file.changed).fold(0.0, f64::max);
            let reload = if unit.load == "loaded" && newest > unit.read { "yes" } else { "no" };
            let drop_ins: Vec<&str> = self
                .files_of(name)
                .iter()
                .filter(|it| it.0.strip_suffix(".conf").is_some() && it.1.changed <= unit.read)
                .map(|it| it.0.as_str())
                .collect();
            text.push_str("unit\n");
            for (property, value) in [
                ("Id", unit.id.clone().unwrap_or_else(|| name.clone())),
                ("LoadState", unit.load.clone()),
                ("ActiveState", unit.active.clone()),
                ("SubState", unit.sub.clone()),
                ("UnitFileState", unit.file_state.clone()),
                ("NeedDaemonReload", reload.to_owned()),
                ("Result", unit.result.clone()),
                ("CanReload", if unit.can_reload { "yes" } else { "no" }.to_owned()),
                ("FragmentPath", unit.fragment.clone()),
                ("DropInPaths", drop_ins.join(" ")),
                ("InactiveExitTimestampMonotonic", format!("{:.0}", unit.started * 1e6)),
                ("StateChangeTimestampMonotonic", format!("{:.0}", unit.started * 1e6)),
                ("ExecMainExitTimestampMonotonic", format!("{:.0}", unit.exited * 1e6)),
                ("ExecMainStatus", "1".to_owned()),
            ] {
                let _ = writeln!(text, "is\t{property}={value}");
            }
            for (path, file) in self.files_of(name) {
                let _ = writeln!(stats, "file\t{}\t{path}", file.changed);
                if path.contains("/50-fleet-") {
                    let bytes = base64::prelude::BASE64_STANDARD.encode(&file.text);
                    let mode = file.mode.trim_start_matches('0');
                    let _ = writeln!(stats, "drop-in\t{path}\t{path}\t{mode}\troot:root\t0:0\t{bytes}");
                }
            }
        }
        text + &stats + "done\n"
    }

    /// The host once this has been applied.
    pub fn apply(&mut self, transaction: &Transaction) {
        self.now += 100.0;
        let salt = key().host_salt(&host());
        for expect in &transaction.expect {
            match (&expect.state, self.files.get(expect.path.as_str())) {
                (PathState::Absent, None) => {}
                (PathState::File { digest, mode, .. }, Some(file)) => {
                    assert_eq!((digest, mode), (&content_digest(&salt, file.text.as_bytes()), &file.mode));
                }
                other => panic!("{other:?}"),
            }
        }
        for expect in &transaction.running {
            for unit in &expect.units {
                assert!(matches!(self.unit(unit.as_str()).active.as_str(), "active" | "activating"));
            }
        }
        for change in &transaction.changes {
            match change {
                Change::Write { path, content, digest, mode, .. } => {
                    let [Part::Text(text)] = content.0.as_slice() else { panic!("{content:?}") };
                    assert_eq!(digest.as_deref(), Some(content_digest(&salt, text.as_bytes()).as_str()));
                    let file = File { text: text.clone(), changed: self.now, mode: mode.clone().unwrap() };
                    self.files.insert(path.to_string(), file);
                }
                Change::Remove { path } => drop(self.files.remove(path.as_str()).unwrap()),
                Change::Directory { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        for operation in &transaction.units {
            self.now += 1.0;
            let now = self.now;
            if matches!(operation, UnitOperation::DaemonReload) {
                for path in self.files.keys().cloned().collect::<Vec<_>>() {
                    let name = path.rsplit('/').next().unwrap().to_owned();
                    if path.strip_suffix(".conf").is_none() && !self.units.contains_key(&name) {
                        self.units.insert(
                            name,
                            UnitModel { load: "loaded".to_owned(), file_state: "disabled".to_owned(), ..absent() },
                        );
                    }
                }
                self.units.values_mut().for_each(|unit| unit.read = now);
                continue;
            }
            let unit = self.units.get_mut(operation.unit().unwrap().as_str()).unwrap();
            match operation {
                UnitOperation::Start(_) | UnitOperation::Restart(_) | UnitOperation::Reload(_) => {
                    (unit.active, unit.sub) = ("active".to_owned(), "running".to_owned());
                    unit.started = now;
                }
                UnitOperation::Stop(_) => (unit.active, unit.sub) = ("inactive".to_owned(), "dead".to_owned()),
                UnitOperation::Enable(_) => "enabled".clone_into(&mut unit.file_state),
                UnitOperation::Disable(_) => "disabled".clone_into(&mut unit.file_state),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// The only item, and what is planned.
pub fn judged(toml: &str, model: &Model) -> (Item, Option<Transaction>) {
    let inventory = inventory(toml);
    let action = Unit::of(&inventory);
    let mut assessment = assess(&action, model.facts(&action));
    let mut items = assessment.items.remove(&host()).unwrap();
    assert_eq!(items.len(), 1);
    (items.remove(0), assessment.waves.into_iter().find_map(|mut wave| wave.transactions.remove(&host())))
}

/// The differences, as `subject: status`, with a `!` where apply would not mend it; and the codes of warnings.
pub fn told(item: &Item) -> Vec<String> {
    let differences = item
        .differences
        .iter()
        .map(|it| format!("{}: {}{}", it.subject, it.status.word(), if it.repairable { "" } else { "!" }));
    differences.chain(item.warnings.iter().map(|it| it.code.clone())).collect()
}

pub fn operations(transaction: Option<&Transaction>) -> Vec<String> {
    transaction.iter().flat_map(|it| &it.units).map(UnitOperation::told).collect()
}
