//! Hosts with a service that reads a set of files, a transaction that changes the set, and a way to hold the executor
//! at any of its commands.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use fleet::engine::plan::{Author, InventoryStamp, Plan, SCHEMA, Wave};
use fleet::engine::status::{HostResult, Item, Status};
use fleet::engine::transaction::{
    Change, Command, Confirm, Content, DiffLine, Expect, Gate, ItemSummary, Part, PathState, Transaction,
    UnitOperation, Verify, content_digest,
};
use fleet::names::{HostName, RemotePath, UnitName};
use fleet::secrets::DigestKey;
use jiff::Timestamp;
use serde_json::Value;

use crate::common::{Rehearsal, block_on};

pub(crate) const HOSTS: [&str; 4] = ["dash", "bash", "bb", "logind"];

/// One case: on which host it must run (`None`: any), and what it does there.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) host: Option<&'static str>,
    pub(crate) run: Box<dyn Fn(&Site<'_>) + Send + Sync>,
}

impl Case {
    pub(crate) fn new(name: impl Into<String>, run: impl Fn(&Site<'_>) + Send + Sync + 'static) -> Self {
        Self { name: name.into(), host: None, run: Box::new(run) }
    }

    pub(crate) fn on(mut self, host: &'static str) -> Self {
        self.host = Some(host);
        self
    }
}

/// The lab of the campaign.
pub(crate) struct Rig {
    pub(crate) rehearsal: Rehearsal,
    pub(crate) key: DigestKey,
}

impl Rig {
    pub(crate) fn boot() -> Self {
        let tree = [
            ("tree/usr/local/bin/gate", include_str!("lab/gate")),
            ("tree/usr/local/bin/app", include_str!("lab/app")),
            ("tree/usr/local/bin/reset", include_str!("lab/reset")),
            ("tree/usr/local/bin/state", include_str!("lab/state")),
            ("tree/etc/systemd/system/app.service", include_str!("lab/app.service")),
            ("tree/usr/local/bin/worker", include_str!("lab/worker")),
            ("tree/etc/systemd/system/worker@.service", include_str!("lab/worker@.service")),
            ("setup", include_str!("lab/setup")),
            ("sh-bash", include_str!("lab/sh-bash")),
            ("sh-busybox", include_str!("lab/sh-busybox")),
            ("kill-user", include_str!("lab/kill-user")),
            ("hosts.toml", include_str!("lab/hosts.toml")),
        ];
        let rehearsal = Rehearsal::boot(&tree);
        // The first look makes the state directory and opens the connections.
        for host in HOSTS {
            rehearsal.inside(host, "/usr/local/bin/reset old");
        }
        rehearsal.fleet(&["env", "check", "-l", "every"]).expect_code(0);
        let key = DigestKey::load_or_create(&rehearsal.state()).unwrap();
        Self { rehearsal, key }
    }

    /// All cases, each on a host of its own at a time; all failures are told at the end.
    pub(crate) fn run_all(&self, mut cases: Vec<Case>) {
        if let Ok(word) = std::env::var("FLEET_FAULTS") {
            cases.retain(|case| word.split('|').any(|word| case.name.contains(word)));
        }
        let total = cases.len();
        let queue = Mutex::new(VecDeque::from(cases));
        let failures = Mutex::new(Vec::new());
        let times = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for host in HOSTS {
                let (queue, failures, times) = (&queue, &failures, &times);
                scope.spawn(move || {
                    let site = Site::new(self, host);
                    let next = || {
                        let mut queue = queue.lock().unwrap();
                        let at = queue.iter().position(|case| case.host.is_none_or(|wanted| wanted == host))?;
                        queue.remove(at)
                    };
                    while let Some(case) = next() {
                        let start = Instant::now();
                        let done = catch_unwind(AssertUnwindSafe(|| {
                            site.begin();
                            (case.run)(&site);
                        }));
                        times.lock().unwrap().push((start.elapsed(), case.name.clone()));
                        if let Err(panic) = done {
                            let text = panic
                                .downcast_ref::<String>()
                                .cloned()
                                .or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()))
                                .unwrap_or_default();
                            failures.lock().unwrap().push(format!("### {} (on {host})\n{text}", case.name));
                            site.recover();
                        }
                    }
                });
            }
        });
        let mut times = times.into_inner().unwrap();
        times.sort();
        if std::env::var_os("FLEET_FAULTS_TIMES").is_some() {
            for (time, name) in &times {
                #[expect(clippy::print_stderr, reason = "asked for")]
                {
                    eprintln!("{:6.2} s  {name}", time.as_secs_f64());
                }
            }
        }
        let failures = failures.into_inner().unwrap();
        assert!(failures.is_empty(), "{} of {total} cases failed:\n{}", failures.len(), failures.join("\n"));
    }
}

/// One host, for one case at a time.
pub(crate) struct Site<'a> {
    pub(crate) rig: &'a Rig,
    pub(crate) host: &'static str,
    files: tempfile::TempDir,
    old: State,
    new: State,
    /// The files' inodes and dates when the case began.
    inodes: std::cell::RefCell<String>,
}

/// What the script `state` prints, by section.
#[derive(Clone, Debug, Default)]
pub(crate) struct State(pub(crate) BTreeMap<String, String>);

impl State {
    pub(crate) fn get(&self, section: &str) -> &str {
        self.0.get(section).map_or("", String::as_str)
    }
}

/// What can be varied in the transaction.
#[derive(Clone)]
pub(crate) struct Variant {
    /// What the service does not like in the new set: `check`, `start`, `reload`, `verify`.
    pub(crate) bad: &'static str,
    /// Reload in place of restart.
    pub(crate) reload: bool,
    pub(crate) confirm: Option<Confirm>,
    pub(crate) lease: u32,
    pub(crate) verify: Vec<Verify>,
}

impl Default for Variant {
    fn default() -> Self {
        Self { bad: "", reload: false, confirm: None, lease: 60, verify: Vec::new() }
    }
}

pub(crate) fn good_gate() -> Confirm {
    Confirm { timeout_seconds: 20, gates: vec![Gate::Reachable] }
}

/// A run of the binary in the background.
pub(crate) struct Running {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) seconds: f64,
}

impl Came {
    pub(crate) fn host(&self, host: &str) -> Value {
        let report: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not one JSON document ({error}):\n{}\n{}", self.stdout, self.stderr));
        let hosts = report["hosts"].as_array().unwrap();
        hosts.iter().find(|it| it["host"] == host).unwrap_or_else(|| panic!("{host} is missing: {report}")).clone()
    }
}

impl Running {
    /// Whether it has ended; looks without taking its status away.
    pub(crate) fn over(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        stat.is_empty() || stat.contains(") Z ")
    }

    /// As Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        let status = std::process::Command::new("kill").args(["-s", "INT", &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    #[track_caller]
    pub(crate) fn wait(mut self, limit: u64) -> Came {
        let start = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            if start.elapsed() > Duration::from_secs(limit) {
                self.child.kill().unwrap();
                self.child.wait().unwrap();
                panic!("fleet did not end within {limit} s");
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        Came {
            code,
            stdout: std::fs::read_to_string(&self.out).unwrap(),
            stderr: std::fs::read_to_string(&self.err).unwrap(),
            seconds: start.elapsed().as_secs_f64(),
        }
    }
}

fn path(path: &str) -> RemotePath {
    RemotePath::new(path)
}

pub(crate) fn app() -> UnitName {
    UnitName::new("app.service")
}

pub(crate) fn command(mode: &str, seconds: u32) -> Command {
    Command { argv: vec!["/usr/local/bin/app".to_owned(), mode.to_owned()], timeout_seconds: seconds }
}

impl<'a> Site<'a> {
    fn new(rig: &'a Rig, host: &'static str) -> Self {
        let mut site = Self {
            rig,
            host,
            files: tempfile::tempdir().unwrap(),
            old: State::default(),
            new: State::default(),
            inodes: std::cell::RefCell::default(),
        };
        site.inside("/usr/local/bin/reset new");
        site.new = site.state();
        site.inside("/usr/local/bin/reset old");
        site.old = site.state();
        site
    }

    pub(crate) fn name(&self) -> HostName {
        HostName::new(self.host)
    }

    #[track_caller]
    pub(crate) fn inside(&self, script: &str) -> String {
        self.rig.rehearsal.inside(self.host, script)
    }

    /// A path in the host's root, as this machine sees it.
    pub(crate) fn outside(&self, path: &str) -> PathBuf {
        self.rig.rehearsal.lab.root_of(&self.name()).join(path.trim_start_matches('/'))
    }

    pub(crate) fn begin(&self) {
        self.inside("/usr/local/bin/reset old");
        self.remember();
    }

    /// The files as they are now must be the same ones after a rollback.
    pub(crate) fn remember(&self) {
        self.inodes.replace(self.state().get("inodes").to_owned());
    }

    /// After a case that failed: whatever it left goes, so that the next one fails or not for its own reasons.
    fn recover(&self) {
        let lab = &self.rig.rehearsal.lab;
        let _ = std::fs::remove_file(self.outside("/var/gate/want"));
        let _ = block_on(lab.link(&self.name(), true));
        let _ = block_on(lab.boot_host(&self.name()));
        let _ = self.rig.rehearsal.try_inside(
            self.host,
            "systemctl kill -s KILL fleet-transaction; systemctl stop fleet-transaction; chattr -R -i -a /etc/app /srv; umount -l /srv/app /etc/app /var/lib/fleet /etc/app/one; \
             rm -rf /var/lib/fleet /etc/systemd/system/fleet-recover.service /etc/systemd/system/sysinit.target.wants/fleet-recover.service; find /etc /srv -name '.fleet-*' -exec rm -rf {} +",
        );
    }

    pub(crate) fn state(&self) -> State {
        let text = self.inside("/usr/local/bin/state");
        let mut state = State::default();
        let mut section = String::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("== ") {
                section = name.to_owned();
                state.0.insert(section.clone(), String::new());
            } else if let Some(body) = state.0.get_mut(&section) {
                body.push_str(line);
                body.push('\n');
            }
        }
        assert!(state.0.contains_key("end"), "{text}");
        state
    }

    pub(crate) fn salt(&self) -> String {
        self.rig.key.host_salt(&self.name())
    }

    /// The transaction from the old set to the new one.
    pub(crate) fn transaction(&self, variant: &Variant) -> Transaction {
        let salt = self.salt();
        let body = |set: &str| format!("APP_SET={set}\nKEPT=as it was\n");
        let expect_file = |declared: &str, resolved: &str, mode: &str, owner: &str, text: &str| Expect {
            path: path(declared),
            resolved: path(resolved),
            state: PathState::File {
                digest: content_digest(&salt, text.as_bytes()),
                mode: mode.to_owned(),
                owner: owner.to_owned(),
            },
        };
        let edit = |at: &str| {
            let text = body("new");
            let (old, new) = (body("old"), text.find('\n').unwrap());
            let from = old.find('\n').unwrap();
            let bad = if variant.bad.is_empty() || at != "/etc/app/one" {
                String::new()
            } else {
                format!("BAD={}\n", variant.bad)
            };
            let whole = text.clone() + &bad;
            Change::Write {
                path: path(at),
                content: Content(vec![
                    Part::Text(text[..new].to_owned()),
                    Part::Keep { offset: from as u64, length: (old.len() - from) as u64 },
                    Part::Text(bad),
                ]),
                digest: Some(content_digest(&salt, whole.as_bytes())),
                mode: None,
                owner: None,
            }
        };
        let mut verify = vec![Verify::Active { units: vec![app()], seconds: 0 }];
        if !variant.reload {
            verify.push(Verify::StartedAnew(app()));
            verify.push(Verify::Environment {
                unit: app(),
                key: "APP_SET".to_owned(),
                value: Some(Content(vec![Part::Text("new".to_owned())])),
            });
        }
        verify.push(Verify::Command(command("verify", 10)));
        verify.extend(variant.verify.iter().cloned());
        let new = "/etc/app/tls/versions/new";
        let expect = |at: &str, state: PathState| Expect { path: path(at), resolved: path(at), state };
        let write = |at: String, mode: &str, owner: &str| Change::Write {
            path: path(&at),
            content: Content(vec![Part::Text(body("new"))]),
            digest: Some(content_digest(&salt, body("new").as_bytes())),
            mode: Some(mode.to_owned()),
            owner: Some(owner.to_owned()),
        };
        let directory = |at: &str, mode: &str, owner: &str| Change::Directory {
            path: path(at),
            mode: Some(mode.to_owned()),
            owner: Some(owner.to_owned()),
        };
        Transaction {
            expect: vec![
                expect_file("/etc/app/one", "/etc/app/one", "0640", "root:app", &body("old")),
                expect_file("/srv/app/two", "/srv/app/two", "0600", "app:app", &body("old")),
                expect_file("/etc/app/three", "/srv/real/three", "0644", "root:root", &body("old")),
                expect("/etc/app/current", PathState::Link { target: "versions/old".to_owned() }),
                Expect { path: path("/etc/app/four"), resolved: path("/etc/app/four"), state: PathState::Absent },
                expect_file("/etc/app/five", "/etc/app/five", "0644", "root:root", "five\n"),
                expect("/etc/app/tls/versions", PathState::Directory),
                expect(new, PathState::Absent),
                expect(&format!("{new}/private"), PathState::Absent),
                expect(&format!("{new}/private/key"), PathState::Absent),
                expect(&format!("{new}/chain"), PathState::Absent),
                expect("/etc/app/tls/current", PathState::Link { target: "versions/old".to_owned() }),
                expect("/etc/app/tls/versions/old", PathState::Directory),
            ],
            changes: vec![
                edit("/etc/app/one"),
                edit("/srv/app/two"),
                edit("/srv/real/three"),
                Change::Link { path: path("/etc/app/current"), target: "versions/new".to_owned() },
                write("/etc/app/four".to_owned(), "0644", "root:root"),
                Change::Remove { path: path("/etc/app/five") },
                // A version of what must agree: one inside the other, then the link, then the old one goes.
                directory("/etc/app/tls/versions", "0755", "root:root"),
                directory(new, "0755", "root:root"),
                directory(&format!("{new}/private"), "0750", "root:app"),
                write(format!("{new}/private/key"), "0640", "root:app"),
                write(format!("{new}/chain"), "0644", "root:root"),
                Change::Link { path: path("/etc/app/tls/current"), target: "versions/new".to_owned() },
                Change::RemoveDirectory { path: path("/etc/app/tls/versions/old") },
            ],
            validate: vec![command("check", 10), command("hang", 600)],
            units: vec![if variant.reload { UnitOperation::Reload(app()) } else { UnitOperation::Restart(app()) }],
            verify,
            confirm: variant.confirm.clone(),
            lease_seconds: variant.lease,
            summary: vec![summary()],
            ..Transaction::default()
        }
    }

    /// A plan of waves, each of one transaction on this host.
    pub(crate) fn plan(&self, transactions: Vec<Transaction>) -> Plan {
        let item = Item {
            kind: "set".to_owned(),
            id: "app".to_owned(),
            status: Status::Planned,
            differences: Vec::new(),
            warnings: Vec::new(),
            error: None,
        };
        let wave = |(number, it): (usize, Transaction)| Wave {
            name: format!("wave {number}"),
            transactions: BTreeMap::from([(self.name(), told(it))]),
            ..Wave::default()
        };
        Plan {
            schema: SCHEMA.to_owned(),
            created: Timestamp::now(),
            author: Author { user: "tester".to_owned(), machine: "here".to_owned() },
            inventory: InventoryStamp::default(),
            digest_key: self.rig.key.id().to_owned(),
            actions: vec!["set".to_owned()],
            playbook: None,
            undoes: None,
            locks: Vec::new(),
            waves: transactions.into_iter().enumerate().map(wave).collect(),
            hosts: vec![HostResult::of_items(self.name(), vec![item])],
        }
    }

    /// Starts `fleet apply` of the transaction in the background.
    pub(crate) fn start(&self, transaction: Transaction) -> Running {
        self.start_with(&self.plan(vec![transaction]), &[])
    }

    pub(crate) fn start_with(&self, plan: &Plan, arguments: &[&str]) -> Running {
        self.start_leased(plan, arguments, 90)
    }

    /// The same, where the plan's locks are let go after so many seconds without news.
    pub(crate) fn start_leased(&self, plan: &Plan, arguments: &[&str], lease: u32) -> Running {
        let number = std::fs::read_dir(self.files.path()).unwrap().count();
        let file = |end: &str| self.files.path().join(format!("{number}{end}"));
        let plan_file = file(".json");
        std::fs::write(&plan_file, serde_json::to_string(plan).unwrap()).unwrap();
        let (out, err) = (file(".out"), file(".err"));
        let plan_path = plan_file.to_str().unwrap();
        let all = [&["apply", plan_path, "--yes", "--json", "--connect-timeout", "5"], arguments].concat();
        let child = self
            .rig
            .rehearsal
            .command(&all)
            .env("FLEET_LOCK_LEASE", lease.to_string())
            .stdout(std::fs::File::create(&out).unwrap())
            .stderr(std::fs::File::create(&err).unwrap())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Running { child, out, err }
    }

    pub(crate) fn apply(&self, variant: &Variant) -> Came {
        self.start(self.transaction(variant)).wait(120)
    }

    // --- the gate ---

    /// From now on the executor is held at its first command that matches, once its log's last line does. If it is held
    /// already, it goes on to there.
    pub(crate) fn hold(&self, line: &str, command: &str) {
        std::fs::write(self.outside("/var/gate/want.new"), format!("{line}\n{command}\n")).unwrap();
        std::fs::rename(self.outside("/var/gate/want.new"), self.outside("/var/gate/want")).unwrap();
        let _ = std::fs::remove_file(self.outside("/var/gate/reached"));
    }

    /// Waits until it is held.
    #[track_caller]
    pub(crate) fn held(&self) -> String {
        let start = Instant::now();
        match self.held_or(|| start.elapsed() > Duration::from_secs(20)) {
            Some(call) => call,
            None => panic!("the executor did not come to the gate; its calls:\n{}", self.trace()),
        }
    }

    /// Waits until it is held, or until there is nothing to wait for any more.
    pub(crate) fn held_or(&self, over: impl Fn() -> bool) -> Option<String> {
        loop {
            match std::fs::read_to_string(self.outside("/var/gate/reached")) {
                Ok(text) if text.ends_with('\n') => return Some(text.trim().to_owned()),
                _ => {}
            }
            if over() {
                return None;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn trace(&self) -> String {
        std::fs::read_to_string(self.outside("/var/gate/trace")).unwrap_or_default()
    }

    /// Whoever is held goes on, and nobody is held from now on.
    pub(crate) fn release(&self) {
        let _ = std::fs::remove_file(self.outside("/var/gate/want"));
    }

    /// Waits until no transaction runs on the host.
    #[track_caller]
    pub(crate) fn idle(&self) {
        let start = Instant::now();
        while self.inside("/usr/bin/systemctl show -p LoadState --value fleet-transaction.service").trim()
            != "not-found"
        {
            assert!(start.elapsed() < Duration::from_secs(60), "the transaction does not end");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn link(&self, up: bool) {
        block_on(self.rig.rehearsal.lab.link(&self.name(), up)).unwrap();
    }

    /// Kills all of the host and boots it again; `between` runs while it is off.
    pub(crate) fn power_cut(&self, between: impl Fn()) {
        let lab = &self.rig.rehearsal.lab;
        block_on(lab.kill_host(&self.name())).unwrap();
        between();
        block_on(lab.boot_host(&self.name())).unwrap();
    }

    // --- what must hold ---

    /// Fleet's next contact with the host.
    pub(crate) fn contact(&self) {
        let run = self.rig.rehearsal.fleet(&["env", "check", "-l", self.host]);
        assert!(matches!(run.code, Some(0 | 1)), "{} {}", run.stdout, run.stderr);
    }

    /// The host is whole, and says of the run what this says: `applied` or another outcome, and the code of the reason.
    #[track_caller]
    pub(crate) fn whole(&self, outcome: &str, code: &str) {
        self.whole_after(outcome, code, &[]);
    }

    /// The same, where other runs went before.
    #[track_caller]
    pub(crate) fn whole_after(&self, outcome: &str, code: &str, before: &[&str]) {
        let state = self.state();
        let mut wrong = String::new();
        let set = if outcome == "applied" { "new" } else { "old" };
        let wanted = if outcome == "applied" { &self.new } else { &self.old };
        if state.get("files") != wanted.get("files") {
            let _ = writeln!(wrong, "not wholly {set}:\n{}--- wanted:\n{}", state.get("files"), wanted.get("files"));
        }
        Self::check(&state, set, &mut wrong);
        if set == "old" && before.is_empty() && !state.get("inodes").is_empty() {
            let inodes = self.inodes.borrow();
            if state.get("inodes") != *inodes && !state.get("tmpfs").contains("yes") {
                let _ = writeln!(wrong, "other files than before:\n{}--- before:\n{inodes}", state.get("inodes"));
            }
        }
        let told = |text: &str| text.contains(&format!("\"outcome\":\"{outcome}\"")) && text.contains(code);
        let outcomes: Vec<&str> = state.get("outcomes").lines().collect();
        assert!(outcomes.len() == before.len() + 1, "{wrong}the runs of the host: {outcomes:?}");
        // Runs of one second do not sort by time.
        let mut rest = outcomes.clone();
        for wanted in before {
            let at = rest.iter().position(|line| line.contains(wanted));
            rest.remove(at.unwrap_or_else(|| panic!("{wrong}the runs of the host: {outcomes:?}")));
        }
        let last = rest[0];
        let (run, words) = last.split_once(' ').unwrap();
        if !words.starts_with(&format!("{outcome} {code}").trim_end().to_owned()) {
            let _ = writeln!(wrong, "the host's outcome: {words}");
        }
        for place in ["journal", "journald"] {
            let lines: Vec<&str> = state.get(place).lines().filter(|line| line.contains(run)).collect();
            // A recovery that was cut may have told journald, and not noted that it has.
            let once = lines.len() == 1 || (place == "journald" && lines.len() == 2);
            if !once || !told(lines[0]) || serde_json::from_str::<Value>(lines[0]).is_err() {
                let _ = writeln!(wrong, "the host's {place}: {lines:#?}");
            }
        }
        let local = self.local_journal(run);
        if !local.last().is_some_and(|line| line["outcome"] == outcome && line.to_string().contains(code)) {
            let _ = writeln!(wrong, "the local journal: {local:#?}");
        }
        assert!(wrong.is_empty(), "{wrong}outcome wanted: {outcome} {code}; got: {words}");
    }

    /// Nothing of the run ever began on the host.
    #[track_caller]
    pub(crate) fn untouched(&self) {
        let state = self.state();
        let mut wrong = String::new();
        if state.get("files") != self.old.get("files") {
            let _ = writeln!(wrong, "not wholly old:\n{}", state.get("files"));
        }
        Self::check(&state, "old", &mut wrong);
        assert!(wrong.is_empty(), "{wrong}");
    }

    /// The files are those of this set, and nothing is left of any run.
    #[track_caller]
    pub(crate) fn files(&self, set: &str) {
        let state = self.state();
        let mut wrong = String::new();
        let wanted = if set == "new" { &self.new } else { &self.old };
        if state.get("files") != wanted.get("files") {
            let _ = writeln!(wrong, "not wholly {set}:\n{}", state.get("files"));
        }
        Self::check(&state, set, &mut wrong);
        assert!(wrong.is_empty(), "{wrong}");
    }

    fn check(state: &State, set: &str, wrong: &mut String) {
        if state.get("disk").trim() != set {
            let _ = writeln!(wrong, "on disk: {}", state.get("disk"));
        }
        if state.get("live").trim() != format!("active\n{set}") {
            let _ = writeln!(wrong, "the service: {}", state.get("live"));
        }
        for section in ["left", "mixed"] {
            if !state.get(section).is_empty() {
                let _ = writeln!(wrong, "{section}: {}", state.get(section));
            }
        }
    }

    pub(crate) fn local_journal(&self, run: &str) -> Vec<Value> {
        let file = self.rig.rehearsal.state().join("journal/journal.jsonl");
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|line| line["run"] == run && line["host"] == self.host)
            .collect()
    }
}

/// The transaction with a summary that tells of all that it does; any other is refused.
fn told(mut transaction: Transaction) -> Transaction {
    let commands = transaction.verify.iter().filter_map(Verify::command).chain(&transaction.validate);
    let removals = transaction.changes.iter().filter_map(Change::told);
    let operations = transaction.units.iter().map(UnitOperation::told).chain(commands.map(Command::told));
    let gates = transaction.confirm.iter().flat_map(|confirm| &confirm.gates).map(Gate::told);
    let operations = operations.chain(removals).chain(gates).collect();
    let places: Vec<String> = transaction.expect.iter().map(|expect| expect.path.to_string()).collect();
    transaction.summary[0].operations = operations;
    let first = transaction.summary[0].clone();
    transaction.summary.extend(places.into_iter().map(|place| ItemSummary {
        place,
        diff: Vec::new(),
        operations: Vec::new(),
        ..first.clone()
    }));
    transaction
}

pub(crate) fn summary() -> ItemSummary {
    ItemSummary {
        kind: "set".to_owned(),
        id: "app".to_owned(),
        place: "/etc/app".to_owned(),
        diff: vec![DiffLine {
            subject: "APP_SET".to_owned(),
            before: Some("old".to_owned()),
            after: Some("new".to_owned()),
        }],
        operations: vec!["restart app.service".to_owned()],
    }
}
