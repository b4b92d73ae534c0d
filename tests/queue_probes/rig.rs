//! What the probes are run against: servers in a directory of their own, and `sh` as a host would run it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use fleet::actions::queue::seen::Seen;
use fleet::actions::queue::{probes, read};
use fleet::engine::observe::Questions;
use fleet::engine::probe::{HostFacts, Observation, Observations, Probe};
use fleet::inventory::Inventory;
use fleet::names::HostName;

/// What a test must not find anywhere.
pub(crate) const SECRET: &str = "h4sh-hush";

/// The password of the Redis server.
pub(crate) const PASSWORD: &str = "s3 cret'$x";

/// Ports come from below the ephemeral range, so that no connection of another test takes one in between.
pub(crate) fn free_port() -> u16 {
    static NEXT: Mutex<u16> = Mutex::new(0);
    let mut next = NEXT.lock().unwrap();
    loop {
        *next += 1;
        let port = 10_000 + u16::try_from(std::process::id() % 100).unwrap() * 90 + *next;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A directory that other users may enter.
pub(crate) fn directory() -> tempfile::TempDir {
    assert!(rustix::process::geteuid().is_root(), "these tests start servers as other users: run them as root");
    let directory = tempfile::Builder::new().prefix("fleet-q").tempdir_in("/tmp").unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    directory
}

/// Waits for what will be so in a moment.
#[track_caller]
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !so() {
        assert!(Instant::now() < end, "{what} did not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A process that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An inventory of two hosts: what is asked of `here` is run on this machine.
pub(crate) fn inventory(toml: &str) -> Inventory {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("hosts.toml"), format!("[hosts.here]\n[hosts.there]\n{toml}")).unwrap();
    Inventory::load(directory.path()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

pub(crate) fn here() -> HostName {
    HostName::new("here")
}

/// What this machine answers to probes, asked as the engine asks.
pub(crate) fn answer(probes: Vec<Probe>, shell: &[&str], environment: &[(&str, &str)]) -> HostFacts {
    let questions = Questions::new(probes, &[]);
    let script = fleet::ssh::Script::wrap(&questions.script("m"), "fleet_observe end").text();
    let mut child = Command::new(shell[0])
        .args(&shell[1..])
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(script.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nothing of a look goes to standard error");
    questions.parse("m", &output.stdout).unwrap()
}

/// What is known after a look at this machine alone.
pub(crate) fn seen_with(inventory: &Inventory, environment: &[(&str, &str)]) -> (Seen, HostFacts) {
    let facts = answer(probes::of(inventory.queues(), &here()), &["sh"], environment);
    let observations: Observations = BTreeMap::from([(here(), Observation::Facts(Box::new(facts.clone())))]);
    (read::seen(inventory.queues(), &observations), facts)
}

pub(crate) fn seen(inventory: &Inventory) -> Seen {
    seen_with(inventory, &[]).0
}

/// A Redis server with a password, which a file holds as an env file would.
pub(crate) struct Redis {
    pub(crate) port: u16,
    pub(crate) directory: tempfile::TempDir,
    _server: Running,
}

impl Redis {
    pub(crate) fn start() -> Self {
        let directory = directory();
        let port = free_port();
        let config = directory.path().join("redis.conf");
        let quoted = PASSWORD.replace('\'', "\\'");
        let text = format!(
            "port {port}\nbind 127.0.0.1\nsave ''\ndir {}\nrequirepass '{quoted}'\n",
            directory.path().display()
        );
        fs::write(&config, text).unwrap();
        let server = Command::new("redis-server").arg(&config).stdout(Stdio::null()).spawn().unwrap();
        let file = directory.path().join("redis.env");
        fs::write(&file, format!("OTHER={SECRET}\nexport REDIS_PASSWORD=\"{PASSWORD}\"\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let redis = Self { port, directory, _server: Running(server) };
        until("Redis", || redis.call(&["PING"]) == "PONG");
        redis
    }

    /// What `redis-cli` says.
    pub(crate) fn call(&self, words: &[&str]) -> String {
        let port = self.port.to_string();
        let mut command = Command::new("redis-cli");
        command.args(["--no-auth-warning", "-p", &port]).args(words).env("REDISCLI_AUTH", PASSWORD);
        String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned()
    }

    /// Milliseconds since the epoch on its clock.
    pub(crate) fn now(&self) -> u64 {
        let time = self.call(&["TIME"]);
        let (seconds, microseconds) = time.split_once('\n').unwrap();
        seconds.parse::<u64>().unwrap() * 1000 + microseconds.parse::<u64>().unwrap() / 1000
    }

    /// `[redis.main]`.
    pub(crate) fn toml(&self) -> String {
        let file = self.directory.path().join("redis.env");
        format!(
            "[redis.main]\nhost = 'here'\nport = {}\npassword = {{ file = '{}', key = 'REDIS_PASSWORD' }}\n",
            self.port,
            file.display()
        )
    }

    /// For Sidekiq.
    pub(crate) fn url(&self) -> String {
        let password: String = PASSWORD.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        format!("redis://:{password}@127.0.0.1:{}/0", self.port)
    }
}

/// A cluster of PostgreSQL that `postgres` owns.
pub(crate) struct Postgres {
    pub(crate) port: u16,
    pub(crate) directory: tempfile::TempDir,
    server: Running,
}

impl Postgres {
    pub(crate) fn start(settings: &[&str]) -> Self {
        let directory = directory();
        let owner = rustix_uid("postgres");
        chown(directory.path(), Some(owner), None).unwrap();
        let data = directory.path().join("data");
        let made =
            as_postgres(&bin("initdb")).arg("-D").arg(&data).args(["-A", "trust", "-E", "UTF8"]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = free_port();
        let mut command = as_postgres(&bin("postgres"));
        command.arg("-D").arg(&data).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c"]);
        command.arg(format!("unix_socket_directories={}", directory.path().display()));
        for setting in settings {
            command.args(["-c", setting]);
        }
        let log = fs::File::create(directory.path().join("log")).unwrap();
        let server = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let postgres = Self { port, directory, server: Running(server) };
        until("PostgreSQL", || postgres.psql("postgres", "SELECT 1").output().unwrap().status.success());
        postgres
    }

    /// A client over the socket.
    pub(crate) fn client(&self, application: &str) -> Command {
        let mut command = as_postgres(Path::new("psql"));
        command.args(["-XAtq", "-d", "postgres", "-p", &self.port.to_string(), "-h"]).arg(self.directory.path());
        command.env("PGAPPNAME", application).stderr(Stdio::null());
        command
    }

    /// A client with one query.
    pub(crate) fn psql(&self, application: &str, query: &str) -> Command {
        let mut command = self.client(application);
        command.args(["-c", query]);
        command
    }

    /// Where psql looks for the socket of a server that is not of the distribution.
    pub(crate) fn socket(&self) -> String {
        self.directory.path().display().to_string()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Fast: it does not wait for clients. KILL would leave its processes behind.
        let pid = rustix::process::Pid::from_child(&self.server.0);
        let _ended_already = rustix::process::kill_process(pid, rustix::process::Signal::INT);
        let _ = self.server.0.wait();
    }
}

fn as_postgres(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program).current_dir("/");
    command.stdin(Stdio::null());
    command
}

/// A program of the newest server that is installed.
fn bin(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("scripts/test installs PostgreSQL");
    let newest = versions
        .map(|entry| entry.unwrap().path())
        .max_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    newest.unwrap().join("bin").join(name)
}

fn rustix_uid(user: &str) -> u32 {
    let output = Command::new("id").args(["-u", user]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}
