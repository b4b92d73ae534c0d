//! Hosts as data: they answer probes and handshakes, and undergo transactions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fleet::actions::cert::{Cert, Known};
use fleet::engine::action::{Action as _, Assessment, World};
use fleet::engine::deferred::Provided;
use fleet::engine::fact::Fact;
use fleet::engine::outside::HandshakeFact;
use fleet::engine::probe::{
    Bytes, HostFacts, LinkFact, Observation, Observations, PathFact, PathKind, Probe, UnitFact,
};
use fleet::engine::status::{Failure, Item};
use fleet::engine::transaction::{Change, Gate, Part, PathState, Transaction, UnitOperation, content_digest};
use fleet::inventory::Inventory;
use fleet::names::{HostName, RemotePath, UnitName};
use fleet::secrets::{DigestKey, Secret};
use fleet::store::{Certificates, Meta, Stored};
use fleet::x509::Chain;
use jiff::{SignedDuration, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair};

pub const DIRECTORY: &str = "/etc/ssl/fleet/media";
pub const CA: &str = "https://ca.example.org/dir";

pub fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub fn host(name: &str) -> HostName {
    HostName::new(name)
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Minted {
    pub chain: Chain,
    pub key: Secret,
}

/// Signs leaves.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A leaf for names, valid from so many days ago to so many days ahead.
    pub fn mint(&self, names: &[&str], from: i64, to: i64) -> Minted {
        let mut params =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        let at = |days: i64| {
            let moment = now().checked_add(SignedDuration::from_hours(24 * days)).unwrap();
            rcgen::date_time_ymd(1970, 1, 1)
                + std::time::Duration::from_secs(u64::try_from(moment.as_second()).unwrap())
        };
        params.not_before = at(-from);
        params.not_after = at(to);
        params.use_authority_key_identifier_extension = true;
        let pair = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&pair, &self.0).unwrap();
        let chain = Chain::from_der(&[leaf.der().to_vec(), self.0.der().to_vec()]).unwrap();
        Minted { chain, key: Secret::new(pair.serialize_pem().into_bytes()) }
    }
}

pub fn stored(minted: &Minted, renewal: Option<fleet::store::Renewal>) -> Stored {
    Stored {
        serial: minted.chain.leaf().serial.clone(),
        chain: minted.chain.clone(),
        meta: Meta {
            directory: CA.to_owned(),
            issued: minted.chain.leaf().not_before,
            host: None,
            renewal,
            revoked: None,
        },
        key: Some(minted.key.clone()),
    }
}

#[derive(Clone, PartialEq)]
pub struct File {
    pub bytes: Vec<u8>,
    pub mode: String,
    pub owner: String,
    pub touched: f64,
}

/// A host.
#[derive(Clone)]
pub struct Model {
    pub directories: BTreeSet<String>,
    pub files: BTreeMap<String, File>,
    pub links: BTreeMap<String, String>,
    pub units: BTreeMap<String, UnitFact>,
    /// What it presents; none: nothing.
    pub served: Option<Vec<Vec<u8>>>,
    pub clock: f64,
    pub reachable: bool,
    /// Paths that can't be looked at.
    pub hidden: BTreeSet<String>,
}

impl Model {
    pub fn bare() -> Self {
        let unit = UnitFact {
            load_state: "loaded".to_owned(),
            active_state: "active".to_owned(),
            sub_state: "running".to_owned(),
            can_reload: true,
            state_changed: 1000.0,
            ..UnitFact::default()
        };
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
        let clock = now().as_second() as f64;
        Self {
            directories: ["/", "/etc", "/etc/ssl"].map(str::to_owned).into(),
            files: BTreeMap::new(),
            links: BTreeMap::new(),
            units: BTreeMap::from([("nginx.service".to_owned(), unit)]),
            served: None,
            clock,
            reachable: true,
            hidden: BTreeSet::new(),
        }
    }

    /// With a certificate on disk as fleet puts it there, which nginx presents.
    pub fn with(minted: &Minted) -> Self {
        let mut model = Self::bare();
        model.put(minted);
        model.served = Some(ders(&minted.chain));
        model
    }

    pub fn put(&mut self, minted: &Minted) {
        let version = format!("{DIRECTORY}/versions/{}", minted.chain.leaf().serial);
        for directory in ["/etc/ssl/fleet", DIRECTORY, &format!("{DIRECTORY}/versions"), &version] {
            self.directories.insert(directory.to_owned());
        }
        let mut file = |name: &str, bytes: Vec<u8>, mode: &str| {
            let file = File { bytes, mode: mode.to_owned(), owner: "root:root".to_owned(), touched: 500.0 };
            self.files.insert(format!("{version}/{name}"), file);
        };
        file("fullchain.pem", minted.chain.to_pem().into_bytes(), "0644");
        file("privkey.pem", minted.key.expose().to_vec(), "0600");
        self.links.insert(format!("{DIRECTORY}/current"), format!("versions/{}", minted.chain.leaf().serial));
    }

    /// Links in all but the last name are followed.
    fn resolve(&self, path: &str) -> String {
        for (link, target) in &self.links {
            if let Some(rest) = path.strip_prefix(link.as_str()).filter(|rest| rest.starts_with('/')) {
                let parent = link.rsplit_once('/').unwrap().0;
                let target = if target.starts_with('/') { target.clone() } else { format!("{parent}/{target}") };
                return self.resolve(&format!("{target}{rest}"));
            }
        }
        path.to_owned()
    }

    fn path_fact(&self, path: &RemotePath, digest: Option<&str>) -> Fact<PathFact> {
        let mut resolved = self.resolve(path.as_str());
        if self.hidden.contains(&resolved) {
            return Fact::Unknown("permission denied".to_owned());
        }
        if let Some(target) = self.links.get(&resolved) {
            resolved = self.resolve(target);
        }
        let fact = |kind: PathKind, mode: &str, owner: &str, touched: f64| {
            Fact::Known(PathFact {
                resolved: RemotePath::new(resolved.clone()),
                kind,
                mode: mode.to_owned(),
                owner: owner.to_owned(),
                modified: touched,
                touched,
            })
        };
        if let Some(file) = self.files.get(&resolved) {
            let kind = match digest {
                Some(salt) => PathKind::Digest(content_digest(salt, &file.bytes)),
                None => PathKind::File(Bytes(file.bytes.clone())),
            };
            return fact(kind, &file.mode, &file.owner, file.touched);
        }
        if self.directories.contains(&resolved) {
            return fact(PathKind::Directory, "0755", "root:root", 0.0);
        }
        Fact::Absent
    }

    fn facts(&self, probes: &[Probe], salt: &str) -> HostFacts {
        let mut facts = HostFacts { clock: self.clock, ..HostFacts::default() };
        for probe in probes {
            match probe {
                Probe::File { path } => {
                    facts.files.insert(path.clone(), self.path_fact(path, None));
                }
                Probe::Digest { path } => {
                    facts.files.insert(path.clone(), self.path_fact(path, Some(salt)));
                }
                Probe::Directory { path } => {
                    facts.files.insert(path.clone(), self.path_fact(path, None));
                    let resolved = self.resolve(path.as_str());
                    let names: Vec<String> = self
                        .directories
                        .iter()
                        .chain(self.files.keys())
                        .chain(self.links.keys())
                        .filter_map(|other| other.strip_prefix(&format!("{resolved}/")))
                        .filter(|name| !name.contains('/'))
                        .map(str::to_owned)
                        .collect();
                    let fact = if self.directories.contains(&resolved) { Fact::Known(names) } else { Fact::Absent };
                    facts.directories.insert(path.clone(), fact);
                }
                Probe::Link { path } => {
                    let resolved = self.resolve(path.as_str());
                    let fact = match self.links.get(&resolved) {
                        Some(target) => Fact::Known(LinkFact::Link(target.clone())),
                        None if self.files.contains_key(&resolved) || self.directories.contains(&resolved) => {
                            Fact::Known(LinkFact::Other)
                        }
                        None => Fact::Absent,
                    };
                    facts.links.insert(path.clone(), fact);
                }
                Probe::Units { pattern } => {
                    if let Some(unit) = self.units.get(pattern) {
                        facts.units.insert(UnitName::new(pattern.clone()), unit.clone());
                    }
                }
                other => panic!("not asked by cert: {other:?}"),
            }
        }
        facts
    }

    /// Undergoes a transaction as the executor does, and shows it from outside.
    pub fn undergo(&mut self, transaction: &Transaction, salt: &str, values: &BTreeMap<String, Provided>) {
        let transaction = transaction.clone().resolve(values).unwrap();
        for expect in &transaction.expect {
            let path = expect.resolved.as_str();
            let found = match (self.files.get(path), self.links.get(path), self.directories.contains(path)) {
                (Some(file), ..) => PathState::File {
                    digest: content_digest(salt, &file.bytes),
                    mode: file.mode.clone(),
                    owner: file.owner.clone(),
                },
                (_, Some(target), _) => PathState::Link { target: target.clone() },
                (_, _, true) => PathState::Directory,
                _ => PathState::Absent,
            };
            assert_eq!(found, expect.state, "{path}");
            assert_eq!(self.resolve(expect.path.as_str()), path, "resolved");
        }
        self.clock += 10.0;
        for change in &transaction.changes {
            let path = change.path().to_string();
            let parent = path.rsplit_once('/').unwrap().0;
            assert!(parent.is_empty() || self.directories.contains(parent), "{path} has no directory");
            match change {
                Change::Write { content, digest, mode, owner, .. } => {
                    let bytes: Vec<u8> = content.0.iter().flat_map(|part| part_bytes(part, values)).collect();
                    if let Some(digest) = digest {
                        assert_eq!(*digest, content_digest(salt, &bytes));
                    }
                    let (mode, owner) = (mode.clone().unwrap(), owner.clone().unwrap());
                    self.files.insert(path, File { bytes, mode, owner, touched: self.clock });
                }
                Change::Link { target, .. } => {
                    self.links.insert(path, target.clone());
                }
                Change::Remove { .. } => {
                    self.files.remove(&path);
                }
                Change::Directory { .. } => {
                    self.directories.insert(path);
                }
                Change::RemoveDirectory { .. } => {
                    let inside = format!("{path}/");
                    self.files.retain(|other, _| !other.starts_with(&inside));
                    self.directories.retain(|other| *other != path && !other.starts_with(&inside));
                }
            }
        }
        for operation in &transaction.units {
            let UnitOperation::Reload(unit) = operation else { panic!("{operation:?}") };
            self.reload(unit.as_str());
        }
        for gate in transaction.confirm.iter().flat_map(|confirm| &confirm.gates) {
            let Gate::Handshake { leaf, .. } = gate else { panic!("{gate:?}") };
            let wanted: Vec<u8> = leaf.0.iter().flat_map(|part| part_bytes(part, values)).collect();
            let chain = Chain::from_der(self.served.as_ref().unwrap()).unwrap();
            assert_eq!(String::from_utf8(wanted).unwrap(), chain.leaf().fingerprint.to_string());
        }
    }

    /// nginx takes up what `current` has.
    pub fn reload(&mut self, unit: &str) {
        self.clock += 1.0;
        let clock = self.clock;
        self.units.get_mut(unit).unwrap().state_changed = clock;
        let path = self.resolve(&format!("{DIRECTORY}/current/fullchain.pem"));
        self.served = self.files.get(&path).map(|file| ders(&Chain::from_pem(&file.bytes).unwrap()));
    }
}

fn part_bytes(part: &Part, values: &BTreeMap<String, Provided>) -> Vec<u8> {
    match part {
        Part::Text(text) => text.clone().into_bytes(),
        Part::Deferred { name, .. } => values.get(name).unwrap_or_else(|| panic!("{name}")).bytes.expose().to_vec(),
        other => panic!("{other:?}"),
    }
}

pub fn ders(chain: &Chain) -> Vec<Vec<u8>> {
    chain.certificates().map(|certificate| certificate.der.clone()).collect()
}

/// A fleet: its inventory, its store, its hosts.
pub struct Fleet {
    _dir: tempfile::TempDir,
    pub inventory: Inventory,
    pub known: Known,
    pub hosts: BTreeMap<HostName, Model>,
    pub key: DigestKey,
    pub now: Timestamp,
}

impl Fleet {
    /// Hosts with one certificate, `media`; `more` are further lines of its table.
    pub fn new(hosts: &[(&str, Model)], more: &str) -> Self {
        let mut text = String::new();
        for (name, _) in hosts {
            writeln!(text, "[hosts.{name}]").unwrap();
        }
        write!(
            text,
            "[acme.default]\ndirectory = \"{CA}\"\n[dns.main]\nprovider = \"exec\"\ncommand = [\"./dns\"]\n\
             [certs.media]\ndomains = [\"media.example.org\", \"*.media.example.org\"]\ndns = \"main\"\nhosts = \"*\"\n\
             directory = \"{DIRECTORY}\"\nvalidate = [\"nginx\", \"-t\"]\nreload = [\"nginx.service\"]\n{more}\n"
        )
        .unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("all.toml"), text).unwrap();
        let inventory = Inventory::load(dir.path()).unwrap_or_else(|errors| panic!("{}", errors.render(false, 100)));
        Self {
            inventory,
            _dir: dir,
            known: Known::default(),
            hosts: hosts.iter().map(|(name, model)| (host(name), model.clone())).collect(),
            key: DigestKey::from_bytes([7; 32]),
            now: now(),
        }
    }

    pub fn keep(mut self, versions: Vec<Stored>) -> Self {
        self.known.certificates =
            Certificates { versions: BTreeMap::from([(("media".to_owned(), None), versions)]), problems: Vec::new() };
        self
    }

    pub fn assess(&self) -> Assessment {
        let cert = Cert::of(&self.inventory, &self.known);
        let mut observations = Observations::new();
        let mut outside = BTreeMap::new();
        for (name, model) in &self.hosts {
            let salt = self.key.host_salt(name);
            let observation = if model.reachable {
                Observation::Facts(Box::new(model.facts(&cert.probes(name), &salt)))
            } else {
                Observation::Unreachable(Failure::bare("unreachable", "no route to host"))
            };
            if !self.known.serving_only {
                observations.insert(name.clone(), observation);
            }
            let facts = cert.handshakes(name).into_iter().map(|question| HandshakeFact {
                question,
                address: Some("192.0.2.1".parse().unwrap()),
                chain: match &model.served {
                    Some(ders) => Fact::Known(ders.iter().cloned().map(Bytes).collect()),
                    None => Fact::Unknown("connection refused".to_owned()),
                },
            });
            outside.insert(name.clone(), facts.collect::<Vec<_>>());
        }
        let secrets = BTreeMap::new();
        let world = World {
            selected: &observations.keys().cloned().collect(),
            now: self.now,
            observations: &observations,
            outside: &outside,
            public: &[],
            secrets: &secrets,
            key: &self.key,
            redacted: false,
        };
        cert.assess(&world)
    }

    pub fn item(&self, name: &str) -> Item {
        self.assess().items.remove(name).unwrap().remove(0)
    }

    /// The codes of what differs on a host.
    pub fn codes(&self, name: &str) -> Vec<String> {
        self.item(name).differences.into_iter().map(|difference| difference.subject).collect()
    }

    /// Carries out what is planned; what is issued meanwhile is `next`.
    pub fn apply(&mut self, next: Option<&Minted>) {
        let mut values = BTreeMap::new();
        let mut give = |name: String, bytes: Vec<u8>, secret: bool| {
            values.insert(name, Provided { bytes: Secret::new(bytes), secret });
        };
        if let Some(next) = next {
            let leaf = next.chain.leaf();
            for (what, bytes, secret) in [
                ("serial", leaf.serial.to_string().into_bytes(), false),
                ("not-after", leaf.not_after.strftime("%Y-%m-%d").to_string().into_bytes(), false),
                ("fullchain", next.chain.to_pem().into_bytes(), false),
                ("leaf", next.chain.leaf_pem().into_bytes(), false),
                ("issuers", next.chain.issuers_pem().into_bytes(), false),
                ("privkey", next.key.expose().to_vec(), true),
                ("sha256", leaf.fingerprint.to_string().into_bytes(), false),
            ] {
                give(format!("cert/media/next/{what}"), bytes, secret);
            }
        }
        for stored in self.known.certificates.versions.values().flatten() {
            let name = format!("cert/media/{}/privkey", stored.serial);
            give(name, stored.key.as_ref().unwrap().expose().to_vec(), true);
        }
        for wave in self.assess().waves {
            for (name, transaction) in &wave.transactions {
                let salt = self.key.host_salt(name);
                self.hosts.get_mut(name).unwrap().undergo(transaction, &salt, &values);
            }
        }
        if let Some(next) = next {
            let versions = self.known.certificates.versions.entry(("media".to_owned(), None)).or_default();
            versions.insert(0, stored(next, None));
        }
    }
}
