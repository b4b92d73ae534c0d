//! An inventory, hosts that answered as the test says, and what a transaction would make of them.

use std::collections::BTreeMap;

use fleet::actions::env::Env;
use fleet::actions::env::document::{Document, Format};
use fleet::engine::action::{Action, Assessment, World};
use fleet::engine::compile::escaped;
use fleet::engine::fact::Fact;
use fleet::engine::probe::{Bytes, HostFacts, Observation, Observations, PathFact, PathKind, ProcessFact, UnitFact};
use fleet::engine::status::{Difference, Item};
use fleet::engine::transaction::{
    Change, Content, Part, PathState, Transaction, UnitOperation, Verify, content_digest,
};
use fleet::inventory::{EnvFormat, Inventory};
use fleet::names::{HostName, RemotePath, UnitName};
use fleet::secrets::{DigestKey, Secret, SecretRef};

pub const PATH: &str = "/srv/app/.env";
pub const POISON: &str = "p0ison-Value-9c41b7";
/// When files were written, and when processes were started that have read them.
pub const WRITTEN: f64 = 1000.0;
pub const STARTED: f64 = 2000.0;

/// An inventory, what its hosts answered, and its secrets.
pub struct Fleet {
    pub inventory: Inventory,
    pub observations: Observations,
    pub secrets: BTreeMap<SecretRef, Result<Secret, String>>,
    pub key: DigestKey,
    pub redacted: bool,
}

impl Fleet {
    /// `declaration` is what stands in `[env.app]` and below; `hosts` are `h1`, `h2` …
    pub fn new(declaration: &str, hosts: Vec<HostFacts>) -> Self {
        Self::load(&format!("[env.app]\nhosts = \"h*\"\npath = \"{PATH}\"\n{declaration}"), hosts).unwrap()
    }

    pub fn load(toml: &str, hosts: Vec<HostFacts>) -> Result<Self, String> {
        let directory = tempfile::tempdir().unwrap();
        let names = (1..=hosts.len()).map(|number| format!("[hosts.h{number}]\naddress = \"192.0.2.{number}\"\n"));
        std::fs::write(directory.path().join("all.toml"), names.collect::<String>() + toml).unwrap();
        let inventory = Inventory::load(directory.path()).map_err(|errors| errors.render(false, 100))?;
        let answered = |(index, facts)| (host(index + 1), Observation::Facts(Box::new(facts)));
        Ok(Self {
            inventory,
            observations: hosts.into_iter().enumerate().map(answered).collect(),
            secrets: BTreeMap::new(),
            key: DigestKey::from_bytes([7; 32]),
            redacted: false,
        })
    }

    pub fn secret(mut self, variable: &str, value: Result<&str, &str>) -> Self {
        let value = value.map(|text| Secret::new(text.as_bytes().to_vec())).map_err(str::to_owned);
        self.secrets.insert(SecretRef::Env(variable.to_owned()), value);
        self
    }

    pub fn assess(&self) -> Assessment {
        let world = World {
            now: jiff::Timestamp::UNIX_EPOCH,
            selected: &self.observations.keys().cloned().collect(),
            outside: &BTreeMap::new(),
            public: &[],
            observations: &self.observations,
            secrets: &self.secrets,
            key: &self.key,
            redacted: self.redacted,
        };
        Env::of(&self.inventory).assess(&world)
    }

    /// The only item of a host.
    pub fn item(&self, number: usize) -> Item {
        let mut items = self.assess().items.remove(&host(number)).unwrap();
        assert_eq!(items.len(), 1);
        items.remove(0)
    }

    pub fn transaction(&self, number: usize) -> Option<Transaction> {
        self.assess().waves.into_iter().find_map(|mut wave| wave.transactions.remove(&host(number)))
    }

    /// The bytes of `h1`'s file once its transaction is applied.
    pub fn written(&self) -> String {
        let transaction = self.transaction(1).expect("a transaction");
        let [Change::Write { content, .. }] = transaction.changes.as_slice() else { panic!("{transaction:?}") };
        String::from_utf8(self.bytes(content, file_of(self.facts(1), PATH))).unwrap()
    }

    pub fn facts(&self, number: usize) -> &HostFacts {
        match &self.observations[&host(number)] {
            Observation::Facts(facts) => facts,
            other => panic!("{other:?}"),
        }
    }

    pub fn bytes(&self, content: &Content, before: &[u8]) -> Vec<u8> {
        let part = |part: &Part| match part {
            Part::Keep { offset, length } => {
                let start = usize::try_from(*offset).unwrap();
                before[start..start + usize::try_from(*length).unwrap()].to_vec()
            }
            Part::Text(text) => text.clone().into_bytes(),
            Part::Secret { secret, digest, escapes } => {
                let value = self.secrets[secret].as_ref().unwrap();
                assert_eq!(self.key.digest("secret", value.expose()), *digest);
                escaped(value.expose(), escapes)
            }
            Part::Deferred { name, .. } => panic!("{name} is deferred"),
            Part::HostKey { .. } | Part::Kept { .. } => panic!("{part:?} is no part of an env file"),
        };
        content.0.iter().flat_map(part).collect()
    }

    /// What a host would be after its transaction: the executor's work in a few lines.
    pub fn apply(&self, number: usize, transaction: &Transaction) -> HostFacts {
        let mut facts = self.facts(number).clone();
        facts.clock += 100.0;
        let now = facts.clock;
        let salt = self.key.host_salt(&host(number));
        for expect in &transaction.expect {
            let PathState::File { digest, mode, owner } = &expect.state else {
                assert!(matches!(facts.files.get(&expect.path), Some(Fact::Absent)), "{expect:?}");
                continue;
            };
            let fact = facts.files[&expect.path].known().unwrap();
            assert_eq!(*digest, content_digest(&salt, file_of(&facts, expect.path.as_str())));
            assert_eq!((mode, owner), (&fact.mode, &fact.owner));
        }
        for change in &transaction.changes {
            let Change::Write { path, content, digest, mode, owner } = change else { panic!("{change:?}") };
            let before = match facts.files.get(path) {
                Some(Fact::Known(_)) => file_of(&facts, path.as_str()).to_vec(),
                _ => Vec::new(),
            };
            let bytes = self.bytes(content, &before);
            assert_eq!(digest.as_deref(), Some(content_digest(&salt, &bytes).as_str()));
            let old = facts.files.get(path).and_then(Fact::known);
            let mode = mode.clone().or(old.map(|old| old.mode.clone())).unwrap_or("0600".to_owned());
            let owner = owner.clone().or(old.map(|old| old.owner.clone())).unwrap_or("root:root".to_owned());
            // A file whose bytes stay keeps their date.
            let modified = old.filter(|_| before == bytes).map_or(now, |old| old.modified);
            let fact = PathFact {
                resolved: path.clone(),
                kind: PathKind::File(Bytes(bytes)),
                mode,
                owner,
                modified,
                touched: now,
            };
            facts.files.insert(path.clone(), Fact::Known(fact));
        }
        for operation in &transaction.units {
            let UnitOperation::Restart(unit) = operation else { panic!("{operation:?}") };
            start(&mut facts, &self.inventory, unit, now + 1.0);
        }
        for verify in &transaction.verify {
            let Verify::Environment { unit, key, value } = verify else { continue };
            let process = facts.processes.iter().find(|process| process.unit == *unit && process.main).unwrap();
            let found = process.environment.known().unwrap().get(key).map(|value| value.0.clone());
            assert_eq!(found, value.as_ref().map(|content| self.bytes(content, b"")), "{key}");
        }
        facts
    }

    /// As `--save-facts` and `--facts` do.
    pub fn saved_and_loaded(mut self) -> Self {
        Env::of(&self.inventory).redact(&mut self.observations, &self.secrets, &self.key);
        let text = serde_json::to_string(&self.observations).unwrap();
        self.observations = serde_json::from_str(&text).unwrap();
        self.redacted = true;
        self
    }
}

/// A unit starts: what systemd reads for it is in the environment of its process.
pub fn start(facts: &mut HostFacts, inventory: &Inventory, unit: &UnitName, now: f64) {
    let mut environment = BTreeMap::new();
    for declaration in inventory.env_files().values().filter(|file| file.format != EnvFormat::Dotenv) {
        if let Some(Fact::Known(_)) = facts.files.get(&declaration.path) {
            let document = Document::parse(file_of(facts, declaration.path.as_str()), format_of(declaration.format));
            let values = document.effective();
            environment.extend(values.into_iter().map(|(name, value)| (name, Bytes(value.into_bytes()))));
        }
    }
    for process in facts.processes.iter_mut().filter(|process| process.unit == *unit) {
        process.started = now;
        process.environment = Fact::Known(environment.clone());
    }
}

pub fn format_of(format: EnvFormat) -> Format {
    match format {
        EnvFormat::Dotenv => Format::Dotenv,
        EnvFormat::Systemd => Format::Systemd,
        EnvFormat::Docker => Format::Docker,
    }
}

pub fn file_of<'a>(facts: &'a HostFacts, path: &str) -> &'a [u8] {
    match &facts.files[path].known().unwrap().kind {
        PathKind::File(bytes) => &bytes.0,
        other => panic!("{other:?}"),
    }
}

pub fn host(number: usize) -> HostName {
    HostName::new(format!("h{number}"))
}

pub fn path_fact(path: &str, kind: PathKind) -> Fact<PathFact> {
    Fact::Known(PathFact {
        resolved: RemotePath::new(path),
        kind,
        mode: "0640".to_owned(),
        owner: "app:app".to_owned(),
        modified: WRITTEN,
        touched: WRITTEN,
    })
}

/// A host with the file.
pub fn with(text: &str) -> HostFacts {
    with_file(PATH, text)
}

pub fn with_file(path: &str, text: &str) -> HostFacts {
    let mut facts = without();
    facts.files.insert(RemotePath::new(path), path_fact(path, PathKind::File(Bytes(text.as_bytes().to_vec()))));
    facts
}

/// A host without the file, but with its directory.
pub fn without() -> HostFacts {
    let mut facts = HostFacts { clock: 3000.0, ..HostFacts::default() };
    facts.files.insert(RemotePath::new(PATH), Fact::Absent);
    facts.files.insert(RemotePath::new("/srv/app"), path_fact("/srv/app", PathKind::Directory));
    facts
}

/// Adds a running unit with one process.
pub fn running(mut facts: HostFacts, unit: &str, started: f64, environment: &[(&str, &str)]) -> HostFacts {
    let pid = 100 + u32::try_from(facts.units.len()).unwrap();
    facts.units.insert(
        UnitName::new(unit),
        UnitFact {
            load_state: "loaded".to_owned(),
            active_state: "active".to_owned(),
            sub_state: "running".to_owned(),
            can_reload: true,
            main_pid: pid,
            state_changed: started,
            ..UnitFact::default()
        },
    );
    let environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), Bytes(value.as_bytes().to_vec()))).collect();
    let unit = UnitName::new(unit);
    facts.processes.push(ProcessFact { unit, pid, main: true, started, environment: Fact::Known(environment) });
    facts
}

pub fn difference<'a>(item: &'a Item, subject: &str) -> &'a Difference {
    item.differences.iter().find(|it| it.subject == subject).unwrap_or_else(|| panic!("no {subject}: {item:#?}"))
}

pub fn warned<'a>(item: &'a Item, code: &str) -> &'a str {
    let found = item.warnings.iter().find(|warning| warning.code == code);
    &found.unwrap_or_else(|| panic!("no {code}: {item:#?}")).message
}

pub fn units_of(transaction: &Transaction) -> Vec<String> {
    transaction
        .units
        .iter()
        .map(|operation| match operation {
            UnitOperation::Restart(unit) => format!("restart {unit}"),
            UnitOperation::Reload(unit) => format!("reload {unit}"),
            other => panic!("{other:?}"),
        })
        .collect()
}
