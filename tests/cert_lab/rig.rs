//! The lab of the certificates: how its parts are brought into trouble, and how they are looked at.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fleet::names::HostName;
use serde_json::Value;

use crate::ca_front::{CaFront, TestRoot};
use crate::common::{Rehearsal, Run, block_on};

/// All that serve the certificate: four edges, and a core host that counts like them.
pub(crate) const HOSTS: [&str; 5] = ["edge1", "edge2", "edge3", "edge4", "web1"];
/// The name that they serve it for.
pub(crate) const MEDIA: &str = "media.example.org";
/// The zone that fleet may write.
pub(crate) const ZONE: &str = "acme.example.net";
const ACCOUNTS: &str = include_str!("lab/accounts.toml");
/// The declaration that repairs the incident.
pub(crate) const DECLARED: &str = include_str!("lab/media.toml");

/// One case; it starts from the incident as it was found.
pub(crate) struct Case {
    name: &'static str,
    hosts: &'static [&'static str],
    run: fn(&Rig),
}

impl Case {
    /// On all hosts.
    pub(crate) fn new(name: &'static str, run: fn(&Rig)) -> Self {
        Self::on(&HOSTS, name, run)
    }

    /// On these hosts alone, which saves the time of the others.
    pub(crate) fn on(hosts: &'static [&'static str], name: &'static str, run: fn(&Rig)) -> Self {
        Self { name, hosts, run }
    }
}

/// The lab.
pub(crate) struct Rig {
    pub(crate) fleet: Rehearsal,
    /// Of the case that runs.
    hosts: Cell<&'static [&'static str]>,
}

impl Rig {
    pub(crate) fn boot() -> Self {
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory");
        for part in ["lab/net", "lab/edge", "lab/net.sh"] {
            collect(&source, &source.join(part), &mut files);
        }
        for (path, text) in [
            ("lab/net/etc/rehearsal-names", include_str!("lab/rehearsal-names")),
            ("lab/edge/usr/local/bin/gate", include_str!("../faults/lab/gate")),
            // One line in the journal for each exec.
            ("lab/edge/etc/ssh/sshd_config.d/verbose.conf", "LogLevel VERBOSE\n"),
            ("lab/edge/usr/local/sbin/reset", include_str!("lab/reset")),
            ("setup", include_str!("lab/setup")),
            ("hosts.toml", include_str!("lab/hosts.toml")),
            ("accounts.toml", ACCOUNTS),
            ("certs.toml", DECLARED),
        ] {
            files.insert(path.to_owned(), text.to_owned());
        }
        let key = files["lab/net/etc/bind/fleet.key"].split('"').nth(3).unwrap().to_owned();
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let fleet = Rehearsal::boot(&files);
        let mut tsig =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(fleet.inventory().join("tsig")).unwrap();
        tsig.write_all(key.as_bytes()).unwrap();
        Self { fleet, hosts: Cell::new(&HOSTS) }
    }

    /// All cases; all failures are told at the end.
    pub(crate) fn run_all(&self, mut cases: Vec<Case>) {
        if let Ok(word) = std::env::var("FLEET_CERTS") {
            cases.retain(|case| word.split('|').any(|word| case.name.contains(word)));
        }
        let total = cases.len();
        let mut failures = Vec::new();
        for case in cases {
            let start = Instant::now();
            let done = catch_unwind(AssertUnwindSafe(|| {
                self.hosts.set(case.hosts);
                self.reset();
                (case.run)(self);
            }));
            #[expect(clippy::print_stderr, reason = "where the time goes")]
            {
                let word = if done.is_ok() { "ok" } else { "FAILED" };
                eprintln!("{:6.2} s  {word}  {}", start.elapsed().as_secs_f64(), case.name);
            }
            if let Err(panic) = done {
                let text = panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()))
                    .unwrap_or_default();
                failures.push(format!("### {}\n{text}", case.name));
            }
        }
        assert!(failures.is_empty(), "{} of {total} cases failed:\n{}", failures.len(), failures.join("\n"));
    }

    /// The incident as it was found, on the hosts of the case, in the zones and on this side; accounts stay.
    fn reset(&self) {
        for host in self.hosts() {
            self.link(host, true);
        }
        self.declare(DECLARED);
        self.accounts(ToOwned::to_owned);
        self.on_all("/bin/sh /usr/local/sbin/reset");
        self.catch_up();
        self.accept_updates();
        // A CA is asked again later after a failure; the next case has another one.
        for state in ["certs", "challenges", "acme/backoff", "acme/orders"] {
            let path = self.fleet.state().join(state);
            if path.exists() {
                std::fs::remove_dir_all(path).unwrap();
            }
        }
        let left: Vec<String> = self.challenges().iter().map(|name| format!("update delete {name} TXT\n")).collect();
        if !left.is_empty() {
            self.update(&left.concat());
        }
    }

    // --- fleet ---

    /// Replaces the declared certificates; those of all hosts are for those of the case.
    pub(crate) fn declare(&self, tables: &str) {
        let tables = tables.replace("hosts = \"edge\"", &format!("hosts = \"{}\"", self.hosts().join(", ")));
        std::fs::write(self.fleet.inventory().join("certs.toml"), tables).unwrap();
    }

    /// The hosts of the case.
    pub(crate) fn hosts(&self) -> &'static [&'static str] {
        self.hosts.get()
    }

    /// Changes the declared accounts and DNS services.
    pub(crate) fn accounts(&self, change: impl Fn(&str) -> String) {
        std::fs::write(self.fleet.inventory().join("accounts.toml"), change(ACCOUNTS)).unwrap();
    }

    /// Runs `fleet cert …`.
    pub(crate) fn cert(&self, arguments: &[&str]) -> Run {
        self.fleet.fleet(&[&["cert"], arguments].concat())
    }

    /// What `fleet cert check` finds.
    pub(crate) fn check(&self) -> Found {
        let run = self.cert(&["check", "--json"]);
        Found { code: run.code, report: run.json() }
    }

    /// Starts `fleet cert …`; it must be waited for.
    pub(crate) fn start(&self, arguments: &[&str]) -> Started {
        let mut command = self.fleet.command(&[&["cert"], arguments].concat());
        Started(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
    }

    /// Another operator's directory beside this one: the same hosts and declarations, another state directory.
    pub(crate) fn colleague(&self) -> Colleague<'_> {
        let directory = tempfile::Builder::new().prefix("fleet-test-").tempdir().unwrap();
        std::os::unix::fs::symlink(self.fleet.inventory(), directory.path().join("inventory")).unwrap();
        std::fs::create_dir(directory.path().join("run")).unwrap();
        Colleague { rig: self, directory }
    }

    // --- hosts ---

    /// Runs a script on every host of the case, side by side.
    pub(crate) fn on_all(&self, script: &str) {
        let fleet = &self.fleet;
        std::thread::scope(|scope| {
            let all: Vec<_> = self.hosts().iter().map(|host| scope.spawn(move || fleet.inside(host, script))).collect();
            for one in all {
                one.join().unwrap();
            }
        });
    }

    /// A file of a host, as this machine sees it.
    pub(crate) fn outside(&self, host: &str, path: &str) -> PathBuf {
        self.fleet.lab.root_of(&HostName::new(host)).join(path.trim_start_matches('/'))
    }

    /// The SHA-256 of the leaf that a host presents on a new connection, in lower-case hexadecimal; `None`: no handshake.
    pub(crate) fn presented(&self, host: &str, name: &str) -> Option<String> {
        let script = format!(
            "set -o pipefail; timeout 10 openssl s_client -connect {host}:443 -servername {name} </dev/null 2>/dev/null | \
             openssl x509 -noout -fingerprint -sha256 2>/dev/null"
        );
        let output =
            block_on(self.fleet.lab.run_inside(&HostName::new("resolver"), &["/bin/bash", "-c", &script])).unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let digest = text.trim().split_once('=')?.1.replace(':', "").to_lowercase();
        output.status.success().then_some(digest)
    }

    /// What each host presents.
    pub(crate) fn all_present(&self, name: &str) -> BTreeMap<&'static str, Option<String>> {
        self.hosts().iter().map(|host| (*host, self.presented(host, name))).collect()
    }

    /// The one leaf that all hosts present.
    #[track_caller]
    pub(crate) fn one_leaf(&self, name: &str) -> String {
        let all = self.all_present(name);
        let distinct: BTreeSet<_> = all.values().collect();
        assert_eq!(distinct.len(), 1, "{all:?}");
        all[self.hosts()[0]].clone().unwrap()
    }

    /// From now on `nginx -t` fails there.
    pub(crate) fn break_nginx(&self, host: &str) {
        self.fleet.inside(host, "echo 'no such directive;' >/etc/nginx/conf.d/broken.conf; ! nginx -t 2>/dev/null");
    }

    /// From now on a reload says that it worked, and does nothing.
    pub(crate) fn deaf_to_reload(&self, host: &str) {
        self.fleet.inside(
            host,
            "mkdir -p /etc/systemd/system/nginx.service.d
             printf '[Service]\\nExecReload=\\nExecReload=/bin/true\\n' >/etc/systemd/system/nginx.service.d/deaf.conf
             systemctl daemon-reload",
        );
    }

    /// Pulls or plugs a host's cable.
    pub(crate) fn link(&self, host: &str, up: bool) {
        block_on(self.fleet.lab.link(&HostName::new(host), up)).unwrap();
    }

    /// From now on the executor on a host is held at its first command that matches, once its log's last line does.
    pub(crate) fn hold(&self, host: &str, line: &str, command: &str) {
        self.fleet.inside(
            host,
            "for name in mv sync ln cp rm mkdir readlink timeout systemctl; do ln -s gate /usr/local/bin/$name; done",
        );
        let _ = std::fs::remove_file(self.outside(host, "/var/gate/reached"));
        std::fs::write(self.outside(host, "/var/gate/want.new"), format!("{line}\n{command}\n")).unwrap();
        std::fs::rename(self.outside(host, "/var/gate/want.new"), self.outside(host, "/var/gate/want")).unwrap();
    }

    /// Waits until it is held.
    #[track_caller]
    pub(crate) fn held(&self, host: &str) -> String {
        let trace = || std::fs::read_to_string(self.outside(host, "/var/gate/trace")).unwrap_or_default();
        until("the executor at the gate", trace, || {
            std::fs::read_to_string(self.outside(host, "/var/gate/reached")).ok().filter(|text| text.ends_with('\n'))
        })
    }

    /// Whoever is held goes on.
    pub(crate) fn release(&self, host: &str) {
        let _ = std::fs::remove_file(self.outside(host, "/var/gate/want"));
    }

    // --- names ---

    /// The secondary hears nothing of the primary any more, until [`Rig::catch_up`].
    pub(crate) fn lag(&self) {
        self.fleet.inside(
            "ns2",
            "nft -f - <<END
table inet lag {
    chain in {
        type filter hook input priority 0;
        ip saddr $(awk '$2 == \"ns1\" { print $1 }' /etc/hosts) drop
    }
}
END",
        );
    }

    /// The secondary is as the primary again.
    pub(crate) fn catch_up(&self) {
        self.fleet.inside("ns2", "nft delete table inet lag 2>/dev/null; rndc retransfer acme.example.net");
        let serial = |server: &str| self.dig(server, &format!("{ZONE} SOA"));
        until("the secondary", String::new, || (serial("ns1") == serial("ns2")).then_some(()));
    }

    /// The primary answers every update with REFUSED, until [`Rig::accept_updates`].
    pub(crate) fn refuse_updates(&self) {
        self.fleet.inside("ns1", "rndc freeze acme.example.net");
    }

    /// As before.
    pub(crate) fn accept_updates(&self) {
        self.fleet.inside("ns1", "rndc thaw acme.example.net 2>/dev/null || :");
    }

    /// What `dig` says for short.
    pub(crate) fn dig(&self, server: &str, question: &str) -> String {
        self.fleet.inside("resolver", &format!("dig +short +time=2 +tries=3 @{server} {question}")).trim().to_owned()
    }

    /// All records of a zone, as the primary has them.
    pub(crate) fn zone(&self, name: &str) -> Vec<String> {
        let text = self.fleet.inside("ns1", &format!("dig +noall +answer @127.0.0.1 {name} AXFR"));
        assert!(text.contains("SOA"), "no transfer of {name}: {text}");
        let mut lines: Vec<String> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        lines.sort();
        lines
    }

    /// The names of all TXT records in all zones, of both servers: whatever there is, is left behind.
    pub(crate) fn challenges(&self) -> BTreeSet<String> {
        let script =
            "for zone in acme.example.net example.net example.org; do dig +noall +answer @127.0.0.1 $zone AXFR; done";
        let text: String = ["ns1", "ns2"].map(|server| self.fleet.inside(server, script)).concat();
        let records = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        records.filter(|words| words.get(3) == Some(&"TXT")).map(|words| words[0].to_owned()).collect()
    }

    /// Waits until no server has a TXT record: a secondary follows its primary.
    #[track_caller]
    pub(crate) fn nothing_is_left_behind(&self) {
        let zone = self.zone(ZONE);
        assert!(!zone.iter().any(|line| line.contains(" TXT ")), "left behind: {zone:#?}");
        until("the secondary", || format!("{:?}", self.challenges()), || self.challenges().is_empty().then_some(()));
    }

    /// Sends an update with the fleet's key.
    pub(crate) fn update(&self, lines: &str) {
        self.fleet.inside(
            "ns1",
            &format!("nsupdate -k /etc/bind/fleet.key <<END\nserver 127.0.0.1\nzone {ZONE}\n{lines}send\nEND"),
        );
    }

    // --- the certificate authority ---

    /// What Pebble has been asked since a moment, a line each.
    pub(crate) fn asked(&self, since: &Moment) -> Vec<String> {
        let text =
            self.fleet.inside("ca", &format!("journalctl -u pebble.service -o cat --after-cursor '{}'", since.0));
        text.lines().filter(|line| line.contains("-> calling handler()")).map(ToOwned::to_owned).collect()
    }

    /// Now, for [`Rig::asked`].
    pub(crate) fn moment(&self) -> Moment {
        let text = self.fleet.inside("ca", "journalctl -n 1 -o cat --show-cursor");
        Moment(text.lines().find_map(|line| line.strip_prefix("-- cursor: ")).unwrap().to_owned())
    }

    /// A server in front of the CA, which the fleet is led to.
    pub(crate) fn front(&self) -> CaFront {
        let root = TestRoot::new();
        let upstream = self.fleet.inside("ca", "awk '$2 == \"ca\" { print $1; exit }' /etc/hosts");
        let trusted = std::fs::read_to_string(self.outside("ca", "/etc/pebble/ca.pem")).unwrap();
        let listen = (std::net::Ipv4Addr::LOCALHOST, 0).into();
        let front = CaFront::trusting(&trusted, &root, listen, &format!("https://{}:14000", upstream.trim()), "/dir");
        std::fs::write(self.fleet.inventory().join("front.pem"), &root.pem).unwrap();
        self.accounts(|text| {
            text.replace("https://ca:14000/dir", &front.directory).replace("ca:/etc/pebble/ca.pem", "front.pem")
        });
        front
    }

    /// From now on certificates are valid for so many seconds; Pebble forgets all accounts and orders.
    pub(crate) fn lifetime(&self, seconds: u32) {
        let setting = format!("s/\"certificateValidityPeriod\": [0-9]*/\"certificateValidityPeriod\": {seconds}/");
        self.fleet
            .inside("ca", &format!("sed -i '{setting}' /etc/pebble/pebble.json; systemctl restart pebble.service"));
    }

    /// Restarts Pebble with further settings of its environment; it forgets all accounts and orders.
    pub(crate) fn restart_ca(&self, environment: &str) {
        self.fleet.inside(
            "ca",
            &format!(
                "mkdir -p /etc/systemd/system/pebble.service.d
                 printf '[Service]\\nEnvironment={environment}\\n' >/etc/systemd/system/pebble.service.d/test.conf
                 systemctl daemon-reload; systemctl restart pebble.service"
            ),
        );
    }
}

/// The document of a check, a plan or an apply.
pub(crate) struct Found {
    pub(crate) code: Option<i32>,
    pub(crate) report: Value,
}

impl Found {
    /// Of a run with `--json`.
    pub(crate) fn of(run: &Run) -> Self {
        Self { code: run.code, report: run.json() }
    }

    /// How a host came out.
    #[track_caller]
    pub(crate) fn status(&self, host: &str) -> &str {
        self.host(host)["status"].as_str().unwrap()
    }

    /// The codes of all differences of a host.
    #[track_caller]
    pub(crate) fn codes(&self, host: &str) -> BTreeSet<&str> {
        let items = self.host(host)["items"].as_array().map_or(&[][..], Vec::as_slice);
        let differences = items.iter().flat_map(|item| item["differences"].as_array().into_iter().flatten());
        differences.filter_map(|difference| difference["subject"].as_str()).collect()
    }

    /// Every `code` anywhere in the report: of differences, of failures, of hosts and items.
    pub(crate) fn failures(&self) -> BTreeSet<String> {
        fn walk(value: &Value, codes: &mut BTreeSet<String>) {
            match value {
                Value::Object(object) => {
                    codes.extend(object.get("code").and_then(Value::as_str).map(ToOwned::to_owned));
                    object.values().for_each(|value| walk(value, codes));
                }
                Value::Array(list) => list.iter().for_each(|value| walk(value, codes)),
                _ => {}
            }
        }
        let mut codes = BTreeSet::new();
        walk(&self.report, &mut codes);
        codes
    }

    #[track_caller]
    fn host(&self, name: &str) -> &Value {
        let hosts = self.report["hosts"].as_array().unwrap();
        hosts.iter().find(|host| host["host"] == name).unwrap_or_else(|| panic!("no {name} in {:#}", self.report))
    }
}

/// A place in the journal of the CA.
pub(crate) struct Moment(String);

/// A run of the binary that is under way.
pub(crate) struct Started(Option<Child>);

impl Started {
    pub(crate) fn pid(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }

    /// Its result.
    pub(crate) fn wait(mut self) -> Run {
        Run::of(&self.0.take().unwrap().wait_with_output().unwrap())
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        let mut child = self.0.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Whether it has ended by itself.
    pub(crate) fn ended(&mut self) -> bool {
        self.0.as_mut().unwrap().try_wait().unwrap().is_some()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Only where the test has failed before.
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Another operator of the same fleet.
pub(crate) struct Colleague<'a> {
    rig: &'a Rig,
    directory: tempfile::TempDir,
}

impl Colleague<'_> {
    /// The binary, as they run it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.rig.fleet.command(arguments);
        command
            .env("HOME", self.directory.path())
            .env("USER", "colleague")
            .env("XDG_RUNTIME_DIR", self.directory.path().join("run"))
            .current_dir(self.directory.path());
        command
    }

    /// Starts `fleet cert …`.
    pub(crate) fn start(&self, arguments: &[&str]) -> Started {
        let mut command = self.command(&[&["cert"], arguments].concat());
        Started(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
    }
}

impl Drop for Colleague<'_> {
    fn drop(&mut self) {
        let closed = self.command(&["hosts", "disconnect"]).output().unwrap();
        assert!(closed.status.success() || std::thread::panicking());
    }
}

/// Waits for something that will be, at most 30 s.
#[track_caller]
pub(crate) fn until<T>(what: &str, explain: impl Fn() -> String, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain for {what}: {}", explain());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The text files at or below a path, by their path below the root.
fn collect(root: &Path, path: &Path, files: &mut BTreeMap<String, String>) {
    if path.is_file() {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        files.insert(name, std::fs::read_to_string(path).unwrap());
        return;
    }
    for entry in std::fs::read_dir(path).unwrap() {
        collect(root, &entry.unwrap().path(), files);
    }
}
