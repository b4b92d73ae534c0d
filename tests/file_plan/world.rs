//! An inventory with its templates, hosts with a file system of a few lines, and what transactions make of them.

use std::collections::BTreeMap;

use fleet::actions::file::File;
use fleet::engine::action::{Action, Assessment, World};
use fleet::engine::fact::Fact;
use fleet::engine::plan::{Author, InventoryStamp, Plan, SCHEMA, Wave, problems};
use fleet::engine::probe::{
    Bytes, HostFacts, LinkFact, Observation, Observations, PathFact, PathKind, Probe, ProcessFact, UnitFact,
};
use fleet::engine::status::{HostResult, Item};
use fleet::engine::transaction::{
    Change, Content, Part, PathState, Transaction, UnitOperation, Verify, content_digest,
};
use fleet::inventory::Inventory;
use fleet::names::{HostName, RemotePath, UnitName};
use fleet::secrets::{DigestKey, Secret, SecretRef};

/// When files were written, and when units took them up.
pub const WRITTEN: f64 = 1000.0;
pub const STARTED: f64 = 2000.0;

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    File { bytes: Vec<u8>, mode: String, owner: String },
    Link(String),
    Directory { mode: String, owner: String },
    Socket,
}

pub fn text(text: &str) -> Node {
    Node::File { bytes: text.as_bytes().to_vec(), mode: "0644".to_owned(), owner: "root:root".to_owned() }
}

pub fn directory() -> Node {
    Node::Directory { mode: "0755".to_owned(), owner: "root:root".to_owned() }
}

/// A host: what stands at its paths with when it last changed, and what runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disk {
    pub nodes: BTreeMap<String, (Node, f64)>,
    pub units: BTreeMap<UnitName, UnitFact>,
    pub processes: Vec<ProcessFact>,
    pub unreadable: Vec<String>,
    pub clock: f64,
}

impl Disk {
    /// With `/`, `/etc` and `/etc/nginx`.
    pub fn new(nodes: &[(&str, Node)]) -> Self {
        let mut disk = Self { clock: 3000.0, ..Self::default() };
        for path in ["", "/etc", "/etc/nginx"] {
            disk.nodes.insert(path.to_owned(), (directory(), WRITTEN));
        }
        disk.nodes.extend(nodes.iter().map(|(path, node)| ((*path).to_owned(), (node.clone(), WRITTEN))));
        disk
    }

    pub fn running(mut self, unit: &str, started: f64) -> Self {
        let pid = 100 + u32::try_from(self.units.len()).unwrap();
        let fact = UnitFact {
            load_state: "loaded".to_owned(),
            active_state: "active".to_owned(),
            sub_state: "running".to_owned(),
            can_reload: true,
            main_pid: pid,
            state_changed: started,
            ..UnitFact::default()
        };
        self.units.insert(UnitName::new(unit), fact);
        let environment = Fact::Known(BTreeMap::new());
        self.processes.push(ProcessFact { unit: UnitName::new(unit), pid, main: true, started, environment });
        self
    }

    pub fn text(&self, path: &str) -> String {
        match &self.nodes.get(path).unwrap_or_else(|| panic!("no {path}")).0 {
            Node::File { bytes, .. } => String::from_utf8_lossy(bytes).into_owned(),
            other => panic!("{other:?}"),
        }
    }

    /// With all links in it resolved, as `readlink -f`.
    fn resolve(&self, path: &str, last: bool) -> String {
        let mut done = String::new();
        let mut left: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).rev().collect();
        let mut steps = 0;
        while let Some(part) = left.pop() {
            steps += 1;
            assert!(steps < 100, "a loop at {path}");
            if part == ".." {
                done.truncate(done.rfind('/').unwrap_or(0));
                continue;
            }
            let here = format!("{done}/{part}");
            match self.nodes.get(&here) {
                Some((Node::Link(target), _)) if last || !left.is_empty() => {
                    if target.starts_with('/') {
                        done.clear();
                    }
                    left.extend(target.split('/').filter(|part| !part.is_empty()).map(str::to_owned).rev());
                }
                _ => done = here,
            }
        }
        done
    }

    fn file(&self, path: &RemotePath, digest: Option<&str>) -> Fact<PathFact> {
        if self.unreadable.iter().any(|odd| odd == path.as_str()) {
            return Fact::Unknown("this log-in may not look there".to_owned());
        }
        let resolved = self.resolve(path.as_str(), true);
        let Some((node, at)) = self.nodes.get(&resolved) else { return Fact::Absent };
        let (kind, mode, owner) = match node {
            Node::File { bytes, mode, owner } => {
                let kind = match digest {
                    Some(salt) => PathKind::Digest(content_digest(salt, bytes)),
                    None => PathKind::File(Bytes(bytes.clone())),
                };
                (kind, mode.clone(), owner.clone())
            }
            Node::Directory { mode, owner } => (PathKind::Directory, mode.clone(), owner.clone()),
            Node::Socket => (PathKind::Other("socket".to_owned()), "0755".to_owned(), "root:root".to_owned()),
            Node::Link(_) => unreachable!("resolved"),
        };
        let resolved = RemotePath::new(if resolved.is_empty() { "/".to_owned() } else { resolved });
        Fact::Known(PathFact { resolved, kind, mode, owner, modified: *at, touched: *at })
    }

    fn facts(&self, probes: &[Probe], salt: &str) -> HostFacts {
        let mut facts = HostFacts { clock: self.clock, ..HostFacts::default() };
        for probe in probes {
            match probe {
                Probe::File { path } => drop(facts.files.insert(path.clone(), self.file(path, None))),
                Probe::Digest { path } => drop(facts.files.insert(path.clone(), self.file(path, Some(salt)))),
                Probe::Link { path } => {
                    let fact = match self.nodes.get(&self.resolve(path.as_str(), false)) {
                        None => Fact::Absent,
                        Some((Node::Link(target), _)) => Fact::Known(LinkFact::Link(target.clone())),
                        Some(_) => Fact::Known(LinkFact::Other),
                    };
                    facts.links.insert(path.clone(), fact);
                }
                Probe::Units { .. } => facts.units = self.units.clone(),
                Probe::Environment { .. } => {
                    facts.units = self.units.clone();
                    facts.processes = self.processes.clone();
                }
                Probe::Script { name, .. } => {
                    let (_, words) = name.split_once(": ").unwrap();
                    let paths = shell_words::split(words).unwrap();
                    let lines = paths.iter().filter_map(|path| {
                        let (_, at) = self.nodes.get(&self.resolve(path, false))?;
                        Some(format!("{at:.0} {path}\n"))
                    });
                    facts.scripts.insert(name.clone(), Fact::Known(lines.collect()));
                }
                Probe::Directory { .. } => panic!("{probe:?}"),
            }
        }
        facts
    }
}

/// An inventory, its hosts `h1`, `h2` …, and its secrets.
pub struct Fleet {
    pub inventory: Inventory,
    pub disks: BTreeMap<HostName, Disk>,
    pub secrets: BTreeMap<SecretRef, Result<Secret, String>>,
    pub key: DigestKey,
    pub saved: Option<Observations>,
}

pub fn host(number: usize) -> HostName {
    HostName::new(format!("h{number}"))
}

/// Loads an inventory with files beside it; the error is what a person sees.
pub fn load(toml: &str, beside: &[(&str, &[u8])]) -> Result<Inventory, String> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("all.toml"), toml).unwrap();
    for (name, bytes) in beside {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let there = directory.path().display().to_string();
    Inventory::load(directory.path()).map_err(|errors| errors.render(false, 100).replace(&there, "DIR"))
}

impl Fleet {
    pub fn new(toml: &str, disks: Vec<Disk>) -> Self {
        Self::with(toml, &[], disks)
    }

    pub fn with(toml: &str, beside: &[(&str, &[u8])], disks: Vec<Disk>) -> Self {
        let hosts = (1..=disks.len()).map(|number| format!("[hosts.h{number}]\n")).collect::<Vec<_>>().concat();
        let inventory = load(&(hosts + toml), beside).unwrap_or_else(|errors| panic!("{errors}"));
        let disks = disks.into_iter().enumerate().map(|(index, disk)| (host(index + 1), disk)).collect();
        Self { inventory, disks, secrets: BTreeMap::new(), key: DigestKey::from_bytes([7; 32]), saved: None }
    }

    pub fn secret(mut self, variable: &str, value: Result<&str, &str>) -> Self {
        let value = value.map(|text| Secret::new(text.as_bytes().to_vec())).map_err(str::to_owned);
        self.secrets.insert(SecretRef::Env(variable.to_owned()), value);
        self
    }

    pub fn observed(&self) -> Observations {
        if let Some(saved) = &self.saved {
            return saved.clone();
        }
        let action = File::of(&self.inventory);
        let look = |(host, disk): (&HostName, &Disk)| {
            let facts = disk.facts(&action.probes(host), &self.key.host_salt(host));
            (host.clone(), Observation::Facts(Box::new(facts)))
        };
        self.disks.iter().map(look).collect()
    }

    pub fn assess(&self) -> Assessment {
        let world = World {
            now: jiff::Timestamp::UNIX_EPOCH,
            selected: &self.disks.keys().cloned().collect(),
            outside: &BTreeMap::new(),
            public: &[],
            observations: &self.observed(),
            secrets: &self.secrets,
            key: &self.key,
            redacted: self.saved.is_some(),
        };
        File::of(&self.inventory).assess(&world)
    }

    /// As `--save-facts` and `--facts` do; with what was written.
    pub fn saved_and_loaded(mut self) -> (Self, String) {
        let mut observations = self.observed();
        File::of(&self.inventory).redact(&mut observations, &self.secrets, &self.key);
        let text = serde_json::to_string(&observations).unwrap();
        self.saved = Some(serde_json::from_str(&text).unwrap());
        (self, text)
    }

    pub fn item(&self, number: usize, id: &str) -> Item {
        let items = self.assess().items.remove(&host(number)).unwrap();
        items.into_iter().find(|item| item.id == id).unwrap()
    }

    pub fn transaction(&self, number: usize) -> Option<Transaction> {
        self.assess().waves.into_iter().find_map(|mut wave| wave.transactions.remove(&host(number)))
    }

    /// The plan as a whole, which nobody may refuse.
    pub fn plan(&self) -> Plan {
        let assessment = self.assess();
        let result = |(host, items): (HostName, Vec<Item>)| HostResult::of_items(host, items);
        let plan = Plan {
            schema: SCHEMA.to_owned(),
            created: jiff::Timestamp::UNIX_EPOCH,
            author: Author { user: "ann".to_owned(), machine: "desk".to_owned() },
            inventory: InventoryStamp::default(),
            digest_key: self.key.id().to_owned(),
            actions: vec!["file".to_owned()],
            playbook: None,
            undoes: None,
            locks: assessment.locks,
            waves: assessment.waves,
            hosts: assessment.items.into_iter().map(result).collect(),
        };
        assert_eq!(problems(&plan), Vec::<String>::new());
        plan
    }

    /// The hosts as their transactions leave them.
    pub fn apply(&mut self) {
        let waves: Vec<Wave> = self.plan().waves;
        for (host, transaction) in waves.iter().flat_map(|wave| &wave.transactions) {
            let mut disk = self.disks[host].clone();
            self.commit(host, &mut disk, transaction);
            self.disks.insert(host.clone(), disk);
        }
    }

    fn bytes(&self, content: &Content) -> Vec<u8> {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone().into_bytes(),
            Part::Secret { secret, digest, escapes } => {
                let value = self.secrets[secret].as_ref().unwrap();
                assert_eq!(self.key.digest("secret", value.expose()), *digest);
                assert!(escapes.is_empty());
                value.expose().to_vec()
            }
            other => panic!("{other:?} is no part of a declared file"),
        };
        content.0.iter().flat_map(part).collect()
    }

    /// The executor's work in a few lines: what it would refuse is a panic.
    fn commit(&self, host: &HostName, disk: &mut Disk, transaction: &Transaction) {
        let salt = self.key.host_salt(host);
        disk.clock += 100.0;
        let now = disk.clock;
        for expect in &transaction.expect {
            let is_link = matches!(expect.state, PathState::Link { .. });
            assert_eq!(disk.resolve(expect.path.as_str(), !is_link), expect.resolved.as_str(), "{expect:?}");
            match (&expect.state, disk.nodes.get(expect.resolved.as_str()).map(|(node, _)| node)) {
                (PathState::Absent, None) | (PathState::Directory, Some(Node::Directory { .. })) => {}
                (PathState::Link { target }, Some(Node::Link(there))) => assert_eq!(target, there),
                (PathState::File { digest, mode, owner }, Some(Node::File { bytes, mode: m, owner: o })) => {
                    assert_eq!((digest, mode, owner), (&content_digest(&salt, bytes), m, o));
                }
                (state, there) => panic!("expected {state:?} at {}, found {there:?}", expect.path),
            }
        }
        for change in &transaction.changes {
            let path = change.path().as_str().to_owned();
            let parent = path.rsplit_once('/').unwrap().0;
            assert!(matches!(disk.nodes.get(parent), Some((Node::Directory { .. }, _))), "no directory for {path}");
            let old = disk.nodes.get(&path).cloned();
            match change {
                Change::Write { content, digest, mode, owner, .. } => {
                    let bytes = self.bytes(content);
                    assert_eq!(*digest, Some(content_digest(&salt, &bytes)));
                    let (at, old_mode, old_owner) = match old {
                        // What keeps its bytes keeps their date.
                        Some((Node::File { bytes: old, mode, owner }, at)) => {
                            (if old == bytes { at } else { now }, mode, owner)
                        }
                        None => (now, "0600".to_owned(), "root:root".to_owned()),
                        Some(other) => panic!("{other:?} is replaced at {path}"),
                    };
                    let (mode, owner) = (mode.clone().unwrap_or(old_mode), owner.clone().unwrap_or(old_owner));
                    disk.nodes.insert(path, (Node::File { bytes, mode, owner }, at));
                }
                Change::Link { target, .. } => {
                    assert!(matches!(old, None | Some((Node::File { .. } | Node::Link(_), _))), "{old:?}");
                    disk.nodes.insert(path, (Node::Link(target.clone()), now));
                }
                Change::Remove { .. } => {
                    assert!(matches!(old, Some((Node::File { .. } | Node::Link(_), _))), "{old:?}");
                    disk.nodes.remove(&path);
                }
                Change::Directory { mode, owner, .. } => {
                    assert_eq!(old, None);
                    let node = Node::Directory { mode: mode.clone().unwrap(), owner: owner.clone().unwrap() };
                    disk.nodes.insert(path, (node, now));
                }
                Change::RemoveDirectory { .. } => {
                    assert!(matches!(old, Some((Node::Directory { .. }, _))));
                    disk.nodes.retain(|other, _| *other != path && !other.starts_with(&format!("{path}/")));
                }
            }
        }
        for operation in &transaction.units {
            let Some(unit) = operation.unit() else { continue };
            disk.units.get_mut(unit).unwrap().state_changed = now + 1.0;
            if let UnitOperation::Restart(unit) = operation {
                disk.processes.iter_mut().filter(|it| it.unit == *unit).for_each(|it| it.started = now + 1.0);
            }
        }
        for verify in &transaction.verify {
            for unit in verify.units() {
                assert!(transaction.units.iter().any(|it| it.unit() == Some(unit)), "{unit} is not activated");
            }
            assert!(matches!(verify, Verify::Active { .. } | Verify::StartedAnew(_)), "{verify:?}");
        }
    }
}

/// What a plan says for people.
pub fn shown(plan: &Plan) -> String {
    use fleet::report::{Canvas, PlanReport, Report};
    PlanReport::of(plan, None).table(&Canvas { width: 80, color: false })
}

pub fn told(transaction: &Transaction) -> Vec<String> {
    transaction.summary.iter().flat_map(|summary| summary.operations.clone()).collect()
}
