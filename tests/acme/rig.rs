//! A real Pebble with a DNS of its own on loopback, a server in front of it, and an issuer with a store in memory.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fleet::acme::{AcmeError, Ca, Declared, ExternalAccount, Issuer, Proof, Prover, Requests, Shelf};
use fleet::engine::deferred::{Provided, Provider as _, Wanted};
use fleet::engine::status::Failure;
use fleet::engine::transport::Boxed;
use fleet::http::Roots;
use fleet::names::HostName;
use fleet::store::Stored;
use fleet::x509::KeyType;

use crate::ca_front::{CaFront, TestRoot};

/// A program that ends with the test, also when that is killed.
struct Service(Child);

impl Service {
    fn start(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", program])
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        Self(child)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What Pebble is told.
pub struct Options {
    /// Per cent of nonces that are refused.
    pub nonce_reject: u32,
    /// Whether accounts must be bound to others.
    pub external: bool,
    /// The lifetime of certificates in seconds.
    pub lifetime: u32,
    /// Whom it asks for records, in the place of its own test DNS.
    pub resolver: Option<SocketAddr>,
}

impl Default for Options {
    fn default() -> Self {
        Self { nonce_reject: 30, external: false, lifetime: 90 * 86_400, resolver: None }
    }
}

/// The CA.
pub struct Pebble {
    pub front: CaFront,
    pub directory: tempfile::TempDir,
    records: u16,
    management: u16,
    acme: u16,
    resolver: SocketAddr,
    nonce_reject: u32,
    services: Vec<Service>,
}

pub const EAB_KID: &str = "kid-1";
pub const EAB_KEY: &str = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";

impl Pebble {
    pub fn start(options: &Options) -> Self {
        let directory = tempfile::Builder::new().prefix("fleet-acme-").tempdir().unwrap();
        let root = TestRoot::new();
        let (certificate, key) = root.mint(&["127.0.0.1", "localhost"]);
        for (name, text) in [("root.pem", &root.pem), ("cert.pem", &certificate), ("key.pem", &key)] {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        let [acme, management, dns, records] = ports();
        let config = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{acme}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": directory.path().join("cert.pem"),
            "privateKey": directory.path().join("key.pem"),
            "httpPort": 5002,
            "tlsPort": 5001,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": options.external,
            "externalAccountMACKeys": { EAB_KID: EAB_KEY },
            "certificateValidityPeriod": options.lifetime,
        }});
        std::fs::write(directory.path().join("pebble.json"), config.to_string()).unwrap();
        let services = vec![Service::start(
            "pebble-challtestsrv",
            &[
                "-dns01",
                &format!("127.0.0.1:{dns}"),
                "-management",
                &format!("127.0.0.1:{records}"),
                "-http01",
                "",
                "-https01",
                "",
                "-tlsalpn01",
                "",
            ],
            &[],
        )];
        wait_for(records);
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let front = CaFront::start(&root, listen, &format!("https://127.0.0.1:{acme}"), "/dir");
        let nonce_reject = options.nonce_reject;
        let resolver = options.resolver.unwrap_or((Ipv4Addr::LOCALHOST, dns).into());
        let mut pebble = Self { front, directory, records, management, acme, resolver, nonce_reject, services };
        pebble.restart();
        pebble
    }

    /// Starts the CA, or starts it anew: then it has forgotten everybody, as staging ones do.
    pub fn restart(&mut self) {
        self.services.truncate(1);
        self.services.push(Service::start(
            "pebble",
            &[
                "-config",
                self.directory.path().join("pebble.json").to_str().unwrap(),
                "-dnsserver",
                &self.resolver.to_string(),
            ],
            &[
                ("PEBBLE_VA_NOSLEEP", "1"),
                ("PEBBLE_AUTHZREUSE", "0"),
                ("PEBBLE_WFE_NONCEREJECT", &self.nonce_reject.to_string()),
            ],
        ));
        wait_for(self.acme);
    }

    pub fn ca(&self) -> Ca {
        Ca {
            directory: self.front.directory.clone(),
            contact: vec!["ops@example.org".to_owned()],
            roots: Roots::File(self.directory.path().join("root.pem")),
            external: None,
            profile: None,
        }
    }

    pub fn external() -> ExternalAccount {
        ExternalAccount { kid: EAB_KID.to_owned(), key: fleet::secrets::Secret::new(EAB_KEY.as_bytes().to_vec()) }
    }

    /// Where an issuer keeps its state.
    pub fn state(&self) -> std::path::PathBuf {
        self.directory.path().join("state/acme")
    }

    pub fn prover(&self) -> Arc<Records> {
        Arc::new(Records::at(self.records))
    }

    /// Something of Pebble's management interface, such as the status of a certificate.
    pub fn management(&self, path: &str) -> String {
        let client = fleet::http::Client::new(&self.ca().roots, None).unwrap();
        let url = format!("https://127.0.0.1:{}{path}", self.management);
        let request = fleet::http::Request { method: http::Method::GET, url: &url, secret: false, body: None };
        let answer = block_on(client.send(request)).unwrap();
        String::from_utf8(answer.body).unwrap()
    }

    /// The port of the DNS records' interface.
    pub fn records(&self) -> u16 {
        self.records
    }
}

/// Four ports that were free a moment ago.
fn ports() -> [u16; 4] {
    let sockets: Vec<_> = (0..4)
        .map(|_| {
            loop {
                let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
                let port = tcp.local_addr().unwrap().port();
                if let Ok(udp) = UdpSocket::bind(("127.0.0.1", port)) {
                    break (tcp, udp, port);
                }
            }
        })
        .collect();
    [sockets[0].2, sockets[1].2, sockets[2].2, sockets[3].2]
}

fn wait_for(port: u16) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "nobody listens on {port}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// The TXT records of the test DNS. It removes a name's values all at once, so what stays is added again.
pub struct Records {
    client: fleet::http::Client,
    port: u16,
    /// What stands there.
    pub values: Mutex<BTreeMap<String, Vec<String>>>,
    turn: tokio::sync::Mutex<()>,
    /// Values are kept to ourselves: the CA sees nothing.
    pub silent: AtomicBool,
    /// How often a value was added.
    pub added: Mutex<usize>,
}

impl Records {
    pub fn at(port: u16) -> Self {
        Self {
            client: fleet::http::Client::new(&Roots::Platform, None).unwrap(),
            port,
            values: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            silent: AtomicBool::new(false),
            added: Mutex::default(),
        }
    }

    /// No value is left.
    pub fn is_clean(&self) -> bool {
        self.values.lock().unwrap().values().all(Vec::is_empty)
    }

    async fn set(&self, verb: &str, document: serde_json::Value) {
        let url = format!("http://127.0.0.1:{}/{verb}", self.port);
        let answer = self.client.post_json(&url, &document).await.unwrap();
        assert!(answer.status.is_success(), "{verb}: {}", answer.status);
    }
}

impl Prover for Records {
    fn present<'a>(&'a self, proof: &'a Proof) -> Boxed<'a, Result<(), AcmeError>> {
        Box::pin(async move {
            let _turn = self.turn.lock().await;
            *self.added.lock().unwrap() += 1;
            let host = format!("_acme-challenge.{}.", proof.domain);
            self.values.lock().unwrap().entry(host.clone()).or_default().push(proof.value.clone());
            if !self.silent.load(Ordering::Relaxed) {
                self.set("set-txt", serde_json::json!({ "host": host, "value": proof.value })).await;
            }
            Ok(())
        })
    }

    fn wait<'a>(&'a self, _: &'a Proof, _: &'a dyn Fn(&str)) -> Boxed<'a, Result<(), AcmeError>> {
        Box::pin(async { Ok(()) })
    }

    fn withdraw<'a>(&'a self, proof: &'a Proof) -> Boxed<'a, Result<(), AcmeError>> {
        Box::pin(async move {
            let _turn = self.turn.lock().await;
            let host = format!("_acme-challenge.{}.", proof.domain);
            let left = {
                let mut values = self.values.lock().unwrap();
                let there = values.entry(host.clone()).or_default();
                if let Some(at) = there.iter().position(|value| *value == proof.value) {
                    there.remove(at);
                }
                there.clone()
            };
            self.set("clear-txt", serde_json::json!({ "host": host })).await;
            for value in left {
                self.set("set-txt", serde_json::json!({ "host": host, "value": value })).await;
            }
            Ok(())
        })
    }
}

/// A store in memory.
#[derive(Default)]
pub struct Memory(pub Mutex<BTreeMap<(String, Option<HostName>), Vec<Stored>>>);

impl Shelf for Memory {
    fn versions(&self, name: &str, host: Option<&HostName>) -> Result<Vec<Stored>, AcmeError> {
        Ok(self.0.lock().unwrap().get(&(name.to_owned(), host.cloned())).cloned().unwrap_or_default())
    }

    fn add(&self, name: &str, host: Option<&HostName>, stored: &Stored) -> Result<(), AcmeError> {
        let mut all = self.0.lock().unwrap();
        all.entry((name.to_owned(), host.cloned())).or_default().insert(0, stored.clone());
        Ok(())
    }
}

/// Hosts that make their own keys.
#[derive(Default)]
pub struct Hosts(pub BTreeMap<HostName, Vec<u8>>);

impl Requests for Hosts {
    fn request<'a>(&'a self, _: &'a str, host: &'a HostName, _: &'a [String]) -> Boxed<'a, Result<Vec<u8>, AcmeError>> {
        Box::pin(async move {
            self.0.get(host).cloned().ok_or_else(|| AcmeError::Request(format!("{host} does not answer")))
        })
    }
}

/// An issuer with all that belongs to it.
pub struct Rig {
    pub ca: Ca,
    pub state: std::path::PathBuf,
    pub prover: Arc<Records>,
    /// In the place of it: real DNS.
    pub dns: Option<Arc<dyn Prover>>,
    pub memory: Memory,
    /// In the place of it: a real store.
    pub store: Option<fleet::store::Store>,
    pub hosts: Hosts,
    pub certificates: BTreeMap<String, Vec<String>>,
    pub key: KeyType,
    pub pin: bool,
    pub profile: Option<String>,
    pub retry_now: bool,
    pub interrupted: Arc<AtomicBool>,
    pub told: Mutex<Vec<String>>,
    pub log: Option<fleet::http::Log>,
}

pub type Ends = BTreeMap<String, Result<Provided, Failure>>;

impl Rig {
    pub fn of(pebble: &Pebble) -> Self {
        Self::at(pebble.ca(), &pebble.state(), pebble.prover())
    }

    pub fn at(ca: Ca, state: &Path, prover: Arc<Records>) -> Self {
        Self {
            ca,
            state: state.to_owned(),
            prover,
            dns: None,
            memory: Memory::default(),
            store: None,
            hosts: Hosts::default(),
            certificates: BTreeMap::new(),
            key: KeyType::EcdsaP256,
            pin: false,
            profile: None,
            retry_now: false,
            interrupted: Arc::default(),
            told: Mutex::default(),
            log: None,
        }
    }

    pub fn with(mut self, name: &str, domains: &[&str]) -> Self {
        let domains = domains.iter().map(|domain| (*domain).to_owned()).collect();
        self.certificates.insert(name.to_owned(), domains);
        self
    }

    /// All parts of the certificates that are to be issued.
    pub fn provide(&self, subjects: &[&str]) -> Ends {
        block_on(self.provided(subjects))
    }

    /// The same, for those who wait already.
    pub async fn provided(&self, subjects: &[&str]) -> Ends {
        let parts = ["serial", "fullchain", "leaf", "issuers", "privkey", "sha256"];
        let wanted: Vec<Wanted> = subjects
            .iter()
            .flat_map(|subject| parts.map(|part| format!("cert/{subject}/next/{part}")))
            .map(|name| Wanted { name, constraints: BTreeMap::new() })
            .collect();
        self.wanted(&wanted).await
    }

    /// What becomes of single values.
    pub async fn wanted(&self, wanted: &[Wanted]) -> Ends {
        let prover = self.dns.clone().unwrap_or_else(|| Arc::clone(&self.prover) as Arc<dyn Prover>);
        let declared = |domains: &Vec<String>| Declared {
            domains: domains.clone(),
            ca: "default".to_owned(),
            key: self.key,
            pin: self.pin,
            profile: self.profile.clone(),
            prover: Arc::clone(&prover),
        };
        let issuer = Issuer {
            state: self.state.clone(),
            cas: BTreeMap::from([("default".to_owned(), self.ca.clone())]),
            certificates: self.certificates.iter().map(|(name, domains)| (name.clone(), declared(domains))).collect(),
            shelf: self.store.as_ref().map_or(&self.memory as &dyn Shelf, |store| store),
            requests: &self.hosts,
            interrupted: Arc::clone(&self.interrupted),
            retry_now: self.retry_now,
            log: self.log.clone(),
        };
        let tell = |text: &str| self.told.lock().unwrap().push(text.to_owned());
        issuer.provide(wanted, &tell).await
    }

    /// The newest stored version.
    pub fn newest(&self, name: &str) -> Stored {
        self.memory.versions(name, None).unwrap().remove(0)
    }
}

/// The text of a value that must be there.
#[track_caller]
pub fn text(ends: &Ends, name: &str) -> String {
    match &ends[name] {
        Ok(provided) => provided.bytes.expose_str().unwrap().to_owned(),
        Err(failure) => panic!("{name}: {failure:?}"),
    }
}

/// The failure of a value that must not be there.
#[track_caller]
pub fn failure(ends: &Ends, name: &str) -> Failure {
    match &ends[name] {
        Ok(_) => panic!("{name} is there"),
        Err(failure) => failure.clone(),
    }
}
