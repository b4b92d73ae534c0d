//! What the `env` action makes of hosts, without hosts: facts made by hand in, differences and transactions out.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may fail")]

use std::collections::{BTreeMap, BTreeSet};

use fleet::actions::env::Env;
use fleet::actions::env::document::{Document, EntryKind, Format};
use fleet::engine::action::{Action, Assessment, World};
use fleet::engine::compile::escaped;
use fleet::engine::fact::Fact;
use fleet::engine::probe::{Bytes, HostFacts, Observation, Observations, PathFact, PathKind, ProcessFact, UnitFact};
use fleet::engine::status::{Difference, Failure, Item, Status};
use fleet::engine::transaction::{
    Change, Content, Part, PathState, Transaction, UnitOperation, Verify, content_digest,
};
use fleet::inventory::{EnvFormat, Inventory};
use fleet::names::{HostName, RemotePath, UnitName};
use fleet::secrets::{DigestKey, Secret, SecretRef};
use proptest::prelude::*;

const PATH: &str = "/srv/app/.env";
const POISON: &str = "p0ison-Value-9c41b7";
/// When files were written, and when processes were started that have read them.
const WRITTEN: f64 = 1000.0;
const STARTED: f64 = 2000.0;

/// An inventory, what its hosts answered, and its secrets.
struct Fleet {
    inventory: Inventory,
    observations: Observations,
    secrets: BTreeMap<SecretRef, Result<Secret, String>>,
    key: DigestKey,
    redacted: bool,
}

impl Fleet {
    /// `declaration` is what stands in `[env.app]` and below; `hosts` are `h1`, `h2` …
    fn new(declaration: &str, hosts: Vec<HostFacts>) -> Self {
        Self::load(&format!("[env.app]\nhosts = \"h*\"\npath = \"{PATH}\"\n{declaration}"), hosts).unwrap()
    }

    fn load(toml: &str, hosts: Vec<HostFacts>) -> Result<Self, String> {
        let directory = tempfile::tempdir().unwrap();
        let names = (1..=hosts.len()).map(|number| format!("[hosts.h{number}]\naddress = \"192.0.2.{number}\"\n"));
        std::fs::write(directory.path().join("all.toml"), names.collect::<String>() + toml).unwrap();
        let inventory = Inventory::load(directory.path()).map_err(|errors| errors.render(false, 100))?;
        let named = |(index, facts)| (host(index + 1), Observation::Facts(Box::new(facts)));
        Ok(Self {
            inventory,
            observations: hosts.into_iter().enumerate().map(named).collect(),
            secrets: BTreeMap::new(),
            key: DigestKey::from_bytes([7; 32]),
            redacted: false,
        })
    }

    fn secret(mut self, variable: &str, value: Result<&str, &str>) -> Self {
        let value = value.map(|text| Secret::new(text.as_bytes().to_vec())).map_err(str::to_owned);
        self.secrets.insert(SecretRef::Env(variable.to_owned()), value);
        self
    }

    fn assess(&self) -> Assessment {
        let world =
            World { observations: &self.observations, secrets: &self.secrets, key: &self.key, redacted: self.redacted };
        Env::of(&self.inventory).assess(&world)
    }

    /// The only item of a host.
    fn item(&self, number: usize) -> Item {
        let mut items = self.assess().items.remove(&host(number)).unwrap();
        assert_eq!(items.len(), 1);
        items.remove(0)
    }

    fn transaction(&self, number: usize) -> Option<Transaction> {
        self.assess().waves.into_iter().find_map(|mut wave| wave.transactions.remove(&host(number)))
    }

    /// The bytes of `h1`'s file once its transaction is applied.
    fn written(&self) -> String {
        let transaction = self.transaction(1).expect("a transaction");
        let [Change::Write { content, .. }] = transaction.changes.as_slice() else { panic!("{transaction:?}") };
        String::from_utf8(self.bytes(content, file_of(self.facts(1), PATH))).unwrap()
    }

    fn facts(&self, number: usize) -> &HostFacts {
        match &self.observations[&host(number)] {
            Observation::Facts(facts) => facts,
            other => panic!("{other:?}"),
        }
    }

    fn bytes(&self, content: &Content, before: &[u8]) -> Vec<u8> {
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
        };
        content.0.iter().flat_map(part).collect()
    }

    /// What a host would be after its transaction: the executor's work in a few lines.
    fn apply(&self, number: usize, transaction: &Transaction) -> HostFacts {
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
    fn saved_and_loaded(mut self) -> Self {
        for (host, observation) in &mut self.observations {
            if let Observation::Facts(facts) = observation {
                Env::of(&self.inventory).redact(host, facts, &self.key);
            }
        }
        let text = serde_json::to_string(&self.observations).unwrap();
        self.observations = serde_json::from_str(&text).unwrap();
        self.redacted = true;
        self
    }
}

/// A unit starts: what systemd reads for it is in the environment of its process.
fn start(facts: &mut HostFacts, inventory: &Inventory, unit: &UnitName, now: f64) {
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

fn format_of(format: EnvFormat) -> Format {
    match format {
        EnvFormat::Dotenv => Format::Dotenv,
        EnvFormat::Systemd => Format::Systemd,
        EnvFormat::Docker => Format::Docker,
    }
}

fn file_of<'a>(facts: &'a HostFacts, path: &str) -> &'a [u8] {
    match &facts.files[path].known().unwrap().kind {
        PathKind::File(bytes) => &bytes.0,
        other => panic!("{other:?}"),
    }
}

fn host(number: usize) -> HostName {
    HostName::new(format!("h{number}"))
}

fn path_fact(path: &str, kind: PathKind) -> Fact<PathFact> {
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
fn with(text: &str) -> HostFacts {
    with_file(PATH, text)
}

fn with_file(path: &str, text: &str) -> HostFacts {
    let mut facts = without();
    facts.files.insert(RemotePath::new(path), path_fact(path, PathKind::File(Bytes(text.as_bytes().to_vec()))));
    facts
}

/// A host without the file, but with its directory.
fn without() -> HostFacts {
    let mut facts = HostFacts { clock: 3000.0, ..HostFacts::default() };
    facts.files.insert(RemotePath::new(PATH), Fact::Absent);
    facts.files.insert(RemotePath::new("/srv/app"), path_fact("/srv/app", PathKind::Directory));
    facts
}

/// Adds a running unit with one process.
fn running(mut facts: HostFacts, unit: &str, started: f64, environment: &[(&str, &str)]) -> HostFacts {
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

fn difference<'a>(item: &'a Item, subject: &str) -> &'a Difference {
    item.differences.iter().find(|it| it.subject == subject).unwrap_or_else(|| panic!("no {subject}: {item:#?}"))
}

fn warned<'a>(item: &'a Item, code: &str) -> &'a str {
    let found = item.warnings.iter().find(|warning| warning.code == code);
    &found.unwrap_or_else(|| panic!("no {code}: {item:#?}")).message
}

fn units_of(transaction: &Transaction) -> Vec<String> {
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

#[test]
fn a_secret_that_is_not_at_hand_is_left_alone() {
    let declared = "[env.app.keys]\nTOKEN = { secret = { env = \"T\" } }\nA = \"1\"\n";
    let fleet = Fleet::new(declared, vec![with("TOKEN=old\nA=2\n")]).secret("T", Err("the variable T is not set"));
    let item = fleet.item(1);
    assert_eq!(difference(&item, "TOKEN").status, Status::Unknown);
    assert!(difference(&item, "TOKEN").message.contains("the variable T is not set"));
    assert_eq!(item.status, Status::Unknown);
    assert_eq!(fleet.written(), "TOKEN=old\nA=1\n");
}

#[test]
fn secrets_are_compared_and_never_shown() {
    let other = "0ther-Poison-77aa12ff";
    let declared = "extra = \"report\"\nformat = \"systemd\"\nunits = [\"app.service\"]\n[env.app.keys]\n\
                    TOKEN = { secret = { env = \"T\" } }\nPLAIN = { type = \"string\", sensitive = true }\n";
    let file = format!("TOKEN={other}\nPLAIN={POISON}x\nTOKN={other}\nCOPY={POISON}\nURL=http://x/{POISON}/y\n");
    let facts = || running(with(&file), "app.service", 10.0, &[("TOKEN", POISON), ("COPY", other), ("PLAIN", "q")]);
    let fleet = Fleet::new(declared, vec![facts(), with(""), with("COPY=z\n"), with("COPY=z\n")]);
    let fleet = fleet.secret("T", Ok(POISON));
    let assessment = fleet.assess();
    let shown = format!(
        "{} {} {assessment:?}",
        serde_json::to_string(&assessment.items).unwrap(),
        serde_json::to_string(&assessment.waves).unwrap()
    );
    // The search works: what may be shown is found.
    assert!(shown.contains("TOKN") && shown.contains(&fleet.key.digest("secret", POISON.as_bytes()).to_string()));
    assert!(serde_json::to_string(&fleet.observations.len()).is_ok() && file.contains(POISON));
    for secret in [POISON, other] {
        assert!(!shown.contains(secret), "{}", &shown[shown.find(secret).unwrap().saturating_sub(300)..]);
    }
    let new = fleet.transaction(1).unwrap();
    let Change::Write { content, .. } = &new.changes[0] else { panic!() };
    assert!(content.0.iter().any(|part| matches!(part, Part::Secret { .. })));
    assert!(fleet.written().starts_with(&format!("TOKEN={POISON}\n")) || fleet.written().contains(POISON));
    let same =
        Fleet::new("[env.app.keys]\nTOKEN = { secret = { env = \"T\" } }\n", vec![with(&format!("TOKEN={POISON}\n"))]);
    assert_eq!(same.secret("T", Ok(POISON)).item(1).status, Status::Ok);
}

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
    assert!(warned(&item, "shadowed").contains("B") && item.differences.len() == 1, "{item:#?}");
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

fn differences(
    fleet: &Fleet,
) -> BTreeSet<(HostName, String, Status, Option<String>, Option<String>, Option<String>, String)> {
    let items = fleet.assess().items.into_iter();
    items
        .flat_map(|(host, items)| {
            items.into_iter().flat_map(|item| item.differences).map(move |it| {
                (
                    host.clone(),
                    it.subject,
                    it.status,
                    it.declared,
                    it.on_disk,
                    it.live,
                    it.message.split(" (/").next().unwrap().to_owned(),
                )
            })
        })
        .collect()
}

#[test]
fn saved_facts_tell_the_same_and_hold_no_secret() {
    let toml = format!(
        "[env.app]\nhosts = \"h*\"\npath = \"{PATH}\"\nformat = \"systemd\"\nextra = \"report\"\nunits = [\"app.service\"]\n[env.app.keys]\n\
         TOKEN = {{ secret = {{ env = \"T\" }} }}\nS3_BUCKET = \"media\"\n\
         [env.more]\nhosts = \"h*\"\npath = \"/srv/app/more\"\nformat = \"systemd\"\nunits = [\"app.service\"]\n[env.more.keys]\n\
         TOKEN2 = {{ secret = {{ env = \"T\" }} }}\nTOKEN = {{ type = \"string\" }}\n"
    );
    let facts = |token: &str| {
        let file =
            format!("# old: {POISON}2\nTOKEN={token}\n3_BUCKET=media\nCOPY={POISON}\nPLAIN=7\nTOKEN=\"{token}\"\n");
        let mut facts = running(
            with(&file),
            "app.service",
            10.0,
            &[("TOKEN", token), ("TOKEN2", POISON), ("COPY", POISON), ("PLAIN", "8")],
        );
        let more = format!("TOKEN2={POISON}\n");
        facts
            .files
            .insert(RemotePath::new("/srv/app/more"), path_fact("/srv/app/more", PathKind::File(Bytes(more.into()))));
        facts
    };
    let make = || {
        let hosts = vec![facts(POISON), facts("an0ther-T0ken-1234"), facts(POISON)];
        Fleet::load(&toml, hosts).unwrap().secret("T", Ok(POISON))
    };
    let fresh = make();
    let plain = serde_json::to_string(&fresh.observations).unwrap();
    let saved = make().saved_and_loaded();
    let text = format!("{:?}", saved.observations);
    let decoded: String = saved
        .observations
        .keys()
        .enumerate()
        .flat_map(|(index, _)| {
            [PATH, "/srv/app/more"]
                .map(|path| String::from_utf8_lossy(file_of(saved.facts(index + 1), path)).into_owned())
        })
        .collect();
    assert!(
        String::from_utf8_lossy(file_of(fresh.facts(1), PATH)).contains(POISON) && !plain.is_empty(),
        "the search works"
    );
    assert!(decoded.contains("PLAIN=7") && !decoded.contains(POISON) && !decoded.contains("an0ther"), "{decoded}");
    let processes = saved.facts(2).processes[0].environment.known().unwrap();
    assert!(processes.values().all(|value| !String::from_utf8_lossy(&value.0).contains("oison")), "{text}");
    let (before, after) = (differences(&fresh), differences(&saved));
    assert_eq!(before, after);
    assert!(before.len() >= 8, "{before:#?}");
    assert_eq!(fresh.assess().waves.len(), saved.assess().waves.len());
}

fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9]{0,6}",
        2 => prop::sample::select(vec!["a b", "it's", "\"q\"", "a#b", "a #b", "$HOME", "${X}", "a\\b", "`c`", " x", "x ", "=", "true", "FALSE", "a\nb", "é", "'", "\\"])
            .prop_map(str::to_owned),
    ]
}

/// A line of a file, over a few keys.
fn line() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(vec!["KEY_A", "KEY_B", "KEY_C", "KEY_D", "KEY_AA", "EY_A", "TOKEN", "3_X"]);
    prop_oneof![
        6 => (name(), nasty()).prop_map(|(name, value)| format!("{name}={value}")),
        1 => (name(), nasty()).prop_map(|(name, value)| format!("{name}='{value}'")),
        1 => (name(), nasty()).prop_map(|(name, value)| format!("{name}=\"{value}\"  # note")),
        1 => name().prop_map(|name| format!("export {name}=1")),
        1 => prop::sample::select(vec!["# a comment", "", "; b", "junk", "   ", "# KEY_A=old \\"]).prop_map(str::to_owned),
    ]
}

fn declaration() -> impl Strategy<Value = String> {
    let key = || {
        prop_oneof![
            4 => nasty().prop_map(|value| serde_json::to_string(&value).unwrap()),
            1 => Just("{ forbidden = true }".to_owned()),
            1 => Just("{ required = true }".to_owned()),
            1 => Just("{ secret = { env = \"T\" } }".to_owned()),
            1 => Just("{ secret = { env = \"GONE\" } }".to_owned()),
        ]
    };
    let keys =
        prop::collection::btree_map(prop::sample::select(vec!["KEY_A", "KEY_B", "KEY_C", "NEW", "TOKEN"]), key(), 0..5);
    (
        prop::sample::select(vec!["dotenv", "systemd", "docker"]),
        prop::sample::select(vec!["keep", "report", "remove"]),
        prop::sample::select(vec!["", "mode = \"0600\"\n", "owner = \"www:www\"\n"]),
        keys,
    )
        .prop_map(|(format, extra, more, keys)| {
            let keys: String = keys.into_iter().map(|(name, rule)| format!("{name} = {rule}\n")).collect();
            format!("format = \"{format}\"\nextra = \"{extra}\"\nunits = [\"*.service\"]\n{more}[env.app.keys]\n{keys}")
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn planning_again_finds_nothing_to_do(
        declared in declaration(), lines in prop::option::weighted(0.9, prop::collection::vec(line(), 0..8)),
        newline in any::<bool>(), windows in any::<bool>(), secret in nasty(), fresh in any::<bool>(),
        live in prop::collection::btree_map("KEY_[ABCD]|PATH", nasty(), 0..3),
    ) {
        let facts = match &lines {
            None => without(),
            Some(lines) => {
                let end = if windows { "\r\n" } else { "\n" };
                with(&(lines.join(end) + if newline { end } else { "" }))
            }
        };
        let environment: Vec<(&str, &str)> = live.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut facts = running(facts, "app.service", if fresh { STARTED } else { 1.0 }, &environment);
        let toml = format!("[env.app]\nhosts = \"h*\"\npath = \"{PATH}\"\n{declared}");
        // Values that the format cannot hold are refused by the inventory.
        let Ok(mut fleet) = Fleet::load(&toml, vec![facts.clone()]) else { return Ok(()) };
        if fresh {
            start(&mut facts, &fleet.inventory, &UnitName::new("app.service"), STARTED);
            fleet.observations.insert(host(1), Observation::Facts(Box::new(facts)));
        }
        let fleet = fleet.secret("T", Ok(&format!("s{secret}"))).secret("GONE", Err("it is gone"));
        let item = fleet.item(1);
        let Some(transaction) = fleet.transaction(1) else {
            // Nothing to do, or nothing that can be done: then the reason is told.
            let person = item.differences.iter().all(|it| it.status != Status::Stale || it.message.contains("a restart changes nothing"));
            prop_assert!(person || item.error.is_some(), "{:#?}", item);
            return Ok(());
        };
        prop_assert!(item.status != Status::Ok, "a change without a difference: {:#?} {:#?}", item, transaction);
        let after = fleet.apply(1, &transaction);
        if let (Some(_), [Change::Write { .. }]) = (&lines, transaction.changes.as_slice()) {
            let touched: BTreeSet<&str> = transaction.summary[0].diff.iter().map(|line| line.subject.as_str()).collect();
            untouched(file_of(fleet.facts(1), PATH), file_of(&after, PATH), &touched, &fleet.inventory)?;
        }
        let mut again = fleet;
        again.observations.insert(host(1), Observation::Facts(Box::new(after)));
        let item = again.item(1);
        prop_assert!(again.transaction(1).is_none(), "planned again: {:#?} {:#?}", item, again.transaction(1));
        let left = item.differences.iter().find(|it| {
            let person = it.status == Status::Unknown || it.message.contains("only you know") || it.message.contains("is not declared");
            let refused = it.subject == "file" && it.message.contains("as a whole");
            !person && !refused
        });
        prop_assert!(left.is_none(), "left: {:#?}", left);
    }
}

/// Every entry of the old file that is not of a changed key stands in the new one, byte for byte and in order.
fn untouched(old: &[u8], new: &[u8], touched: &BTreeSet<&str>, inventory: &Inventory) -> Result<(), TestCaseError> {
    let format = format_of(inventory.env_files()["app"].format);
    let document = Document::parse(old, format);
    let mut at = 0;
    for entry in document.entries() {
        let key = match &entry.kind {
            EntryKind::Assignment(assignment) => Some(assignment.key.as_str()),
            EntryKind::Bare { key } => Some(key.as_str()),
            _ => None,
        };
        if key.is_some_and(|key| touched.contains(key)) {
            continue;
        }
        let bytes = &old[entry.span.clone()];
        let found = new[at..].windows(bytes.len()).position(|window| window == bytes);
        prop_assert!(found.is_some(), "lost {:?}", String::from_utf8_lossy(bytes));
        at += found.unwrap_or(0) + bytes.len();
    }
    Ok(())
}
