//! The lab of the queues: how its workers are brought into trouble, and how they are looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fleet::names::HostName;
use serde_json::Value;

use crate::common::{Rehearsal, Run, block_on};
use crate::record::Load;

/// All that have workers, or had.
pub(crate) const HOSTS: [&str; 4] = ["franz", "freud", "nietzsche", "sally"];
/// Connections that the workers of the incident had, and the budget that is theirs.
pub(crate) const BUDGET: u32 = 415;
/// The same, in [`SMALL`].
pub(crate) const SMALL_BUDGET: u32 = 105;
const SMALL_DECLARED: &str = include_str!("lab/small.toml");

/// Host, kind, how many.
pub(crate) type Workers = &'static [(&'static str, &'static str, u32)];

/// As it was found.
pub(crate) const INCIDENT: Workers = &[
    ("nietzsche", "default", 4),
    ("nietzsche", "ingress-20", 4),
    ("franz", "default", 6),
    ("franz", "ingress-20", 3),
    ("franz", "pull", 5),
    ("franz", "push", 5),
    ("freud", "default", 3),
    ("freud", "ingress-20", 4),
    ("freud", "pushpull", 1),
    ("freud", "mailers", 1),
    ("freud", "scheduler", 1),
];

/// What lab/small.toml is about.
pub(crate) const SMALL: Workers = &[
    ("franz", "ingress-20", 2),
    ("franz", "push", 1),
    ("freud", "ingress-20", 1),
    ("freud", "push", 1),
    ("freud", "scheduler", 1),
    ("nietzsche", "ingress-20", 1),
];

/// One case; it starts with these workers.
pub(crate) struct Case {
    name: &'static str,
    workers: Workers,
    run: fn(&Rig),
}

impl Case {
    /// The incident in full, with the example's declarations.
    pub(crate) fn of_the_incident(name: &'static str, run: fn(&Rig)) -> Self {
        Self { name, workers: INCIDENT, run }
    }

    /// With lab/small.toml.
    pub(crate) fn small(name: &'static str, run: fn(&Rig)) -> Self {
        Self::with(SMALL, name, run)
    }

    /// With lab/small.toml, and other workers.
    pub(crate) fn with(workers: Workers, name: &'static str, run: fn(&Rig)) -> Self {
        Self { name, workers, run }
    }
}

/// The lab.
pub(crate) struct Rig {
    pub(crate) fleet: Rehearsal,
    /// The declarations of the example, for a smaller database.
    example: String,
}

impl Rig {
    pub(crate) fn boot() -> Self {
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory");
        for part in ["lab/mastodon", "lab/mastodon.sh", "lab/queue", "lab/queue.sh", "lab/database", "lab/database.sh"]
        {
            collect(&source, &source.join(part), &mut files);
        }
        // No more than the incident needs: a plan that passes its budget would be refused.
        let settings = files.get_mut("lab/database/etc/postgresql/15/main/conf.d/rehearsal.conf").unwrap();
        *settings = replaced(settings, "max_connections = 750", "max_connections = 450");
        let example = std::fs::read_to_string(source.join("queues.toml")).unwrap();
        let example = replaced(&example, "connections = 320 ", "connections = 20 ");
        for (path, text) in [
            ("lab/queue/etc/mastodon/workers", "# None: each case has its own.\n"),
            ("lab/queue/usr/local/sbin/reset", include_str!("lab/reset")),
            ("lab/queue/usr/local/sbin/start", include_str!("lab/start")),
            ("lab/database/usr/local/sbin/enqueue", include_str!("lab/enqueue")),
            ("lab/database/usr/local/sbin/sample", include_str!("lab/sample")),
            ("setup", include_str!("lab/setup")),
            ("hosts.toml", include_str!("lab/hosts.toml")),
            ("lab.toml", include_str!("lab/lab.toml")),
            ("queues.toml", &example),
        ] {
            files.insert(path.to_owned(), text.to_owned());
        }
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        Self { fleet: Rehearsal::boot(&files), example }
    }

    /// All cases; all failures are told at the end.
    pub(crate) fn run_all(&self, mut cases: Vec<Case>) {
        if let Ok(word) = std::env::var("FLEET_QUEUES") {
            cases.retain(|case| word.split('|').any(|word| case.name.contains(word)));
        }
        let total = cases.len();
        let mut failures = Vec::new();
        for case in cases {
            let start = Instant::now();
            let done = catch_unwind(AssertUnwindSafe(|| {
                self.reset(case.workers);
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

    /// Only these workers run, all hosts are as they were installed, and nobody remembers anything.
    fn reset(&self, workers: Workers) {
        for host in HOSTS {
            self.link(host, true);
        }
        self.fleet.inside("nietzsche", "systemctl stop enqueue.service sample.service 2>/dev/null || :");
        self.on_all(|_| "/bin/sh /usr/local/sbin/reset".to_owned());
        self.redis("FLUSHALL");
        self.sql("TRUNCATE done, two_schedulers");
        self.fleet.inside("nietzsche", "truncate -s 0 /var/log/postgresql/postgresql-15-main.log");
        let declared = if workers == INCIDENT { &self.example } else { SMALL_DECLARED };
        std::fs::write(self.fleet.inventory().join("queues.toml"), declared).unwrap();
        for memory in ["queues", "queue"] {
            let path = self.fleet.state().join(memory);
            if path.exists() {
                std::fs::remove_dir_all(path).unwrap();
            }
        }
        self.start_workers(workers);
    }

    /// Starts and enables workers, and waits until all have registered.
    pub(crate) fn start_workers(&self, workers: Workers) {
        self.on_all(|host| {
            let of_host: Vec<String> = workers
                .iter()
                .filter(|(on, ..)| *on == host)
                .map(|(_, kind, count)| format!("{kind} {count}\n"))
                .collect();
            format!("/bin/sh /usr/local/sbin/start <<'END'\n{}END", of_host.concat())
        });
        let wanted = self.running().len().to_string();
        until(
            "all workers in Redis",
            || self.redis("SCARD processes"),
            || (self.redis("SCARD processes") == wanted).then_some(()),
        );
    }

    // --- fleet ---

    /// Changes the declared queues.
    pub(crate) fn declare(&self, change: impl Fn(&str) -> String) {
        let text = change(&self.declared());
        std::fs::write(self.fleet.inventory().join("queues.toml"), text).unwrap();
    }

    /// The declared queues, as they are written.
    pub(crate) fn declared(&self) -> String {
        std::fs::read_to_string(self.fleet.inventory().join("queues.toml")).unwrap()
    }

    /// The declared queues.
    pub(crate) fn queues(&self) -> Vec<String> {
        let text = self.declared();
        let name = |line: &str| Some(line.strip_prefix("[queues.")?.strip_suffix(']')?.to_owned());
        text.lines().filter_map(name).collect()
    }

    /// Runs `fleet queue …`.
    pub(crate) fn queue(&self, arguments: &[&str]) -> Run {
        self.fleet.fleet(&[&["queue"], arguments].concat())
    }

    /// Starts `fleet queue …`; it must be waited for.
    pub(crate) fn start(&self, arguments: &[&str]) -> Started {
        self.start_with(arguments, &[])
    }

    /// The same, with more in its environment.
    pub(crate) fn start_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Started {
        let mut command = self.fleet.command(&[&["queue"], arguments].concat());
        command.envs(environment.iter().copied());
        Started(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
    }

    /// Applies; then there is nothing left to do.
    #[track_caller]
    pub(crate) fn converges(&self) -> Run {
        let run = self.queue(&["apply", "--yes", "--json"]).expect_code(0);
        self.is_as_declared();
        run
    }

    /// A plan and a check find nothing.
    #[track_caller]
    pub(crate) fn is_as_declared(&self) {
        self.queue(&["plan", "--json"]).expect_code(0);
        self.queue(&["check", "--json"]).expect_code(0);
    }

    /// Another operator's directory beside this one: the same hosts and declarations, another state directory.
    pub(crate) fn colleague(&self) -> Colleague<'_> {
        let directory = tempfile::Builder::new().prefix("fleet-test-").tempdir().unwrap();
        std::os::unix::fs::symlink(self.fleet.inventory(), directory.path().join("inventory")).unwrap();
        std::fs::create_dir(directory.path().join("run")).unwrap();
        Colleague { rig: self, directory }
    }

    // --- hosts ---

    /// Runs a script on every host with workers, side by side.
    pub(crate) fn on_all(&self, script: impl Fn(&str) -> String + Sync) {
        let (fleet, script) = (&self.fleet, &script);
        std::thread::scope(|scope| {
            let all: Vec<_> = HOSTS.iter().map(|host| scope.spawn(move || fleet.inside(host, &script(host)))).collect();
            for one in all {
                one.join().unwrap();
            }
        });
    }

    /// A file of a host, as this machine sees it.
    pub(crate) fn outside(&self, host: &str, path: &str) -> PathBuf {
        self.fleet.lab.root_of(&HostName::new(host)).join(path.trim_start_matches('/'))
    }

    /// Pulls or plugs a host's cable.
    pub(crate) fn link(&self, host: &str, up: bool) {
        block_on(self.fleet.lab.link(&HostName::new(host), up)).unwrap();
    }

    /// The workers that run on a host, with their main processes: `kind@instance` and a process id.
    pub(crate) fn workers(&self, host: &str) -> BTreeMap<String, String> {
        let text = self.fleet.inside(
            host,
            "systemctl list-units --state=active --plain --no-legend 'mastodon-sidekiq-*' | while read -r unit _; do \
             echo \"$unit $(systemctl show -p MainPID --value \"$unit\")\"; done",
        );
        let worker = |line: &str| {
            let (unit, pid) = line.split_once(' ').unwrap();
            let name = unit.strip_prefix("mastodon-sidekiq-").unwrap().strip_suffix(".service").unwrap();
            (name.to_owned(), pid.to_owned())
        };
        text.lines().map(worker).collect()
    }

    /// The workers that run: `host kind@instance`.
    pub(crate) fn running(&self) -> BTreeSet<String> {
        let on = |host: &str| self.workers(host).into_keys().map(|unit| format!("{host} {unit}")).collect::<Vec<_>>();
        HOSTS.iter().flat_map(|host| on(host)).collect()
    }

    /// How many run, by kind.
    pub(crate) fn kinds(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for unit in self.running() {
            let kind = unit.split([' ', '@']).nth(1).unwrap();
            *kinds.entry(kind.to_owned()).or_default() += 1;
        }
        kinds
    }

    /// The workers that start at the next boot of a host.
    pub(crate) fn enabled(&self, host: &str) -> BTreeSet<String> {
        let text = self.fleet.inside(
            host,
            "find /etc/systemd/system -path '*.wants/mastodon-sidekiq-*' -printf '%f\\n' | sed -e 's/^mastodon-sidekiq-//' -e 's/\\.service$//'",
        );
        text.lines().map(ToOwned::to_owned).collect()
    }

    // --- the database and Redis ---

    /// Asks the database; values without any decoration.
    pub(crate) fn sql(&self, statement: &str) -> String {
        let script =
            format!("cd /; runuser -u postgres -- psql -XqAt -d mastodon_production <<'END'\n{statement}\nEND");
        self.fleet.inside("nietzsche", &script).trim().to_owned()
    }

    /// Asks Redis.
    pub(crate) fn redis(&self, command: &str) -> String {
        let script = format!(
            "REDISCLI_AUTH=$(sed -n -e 's/^REDIS_PASSWORD=//p' /home/mastodon/live/.env.production) redis-cli {command}"
        );
        self.fleet.inside("nietzsche", &script).trim().to_owned()
    }

    /// Numbered jobs come in on all queues, and the database is looked at ten times a second, until [`Load::finish`].
    pub(crate) fn load(&self) -> Load<'_> {
        Load::start(self)
    }
}

/// The codes of all differences, lints and failures anywhere in a report.
pub(crate) fn codes(report: &Value) -> BTreeSet<String> {
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
    walk(report, &mut codes);
    codes
}

/// How a host came out.
#[track_caller]
pub(crate) fn status<'r>(report: &'r Value, host: &str) -> &'r str {
    let hosts = report["hosts"].as_array().unwrap_or_else(|| panic!("no hosts in {report:#}"));
    let found = hosts.iter().find(|one| one["host"] == host).unwrap_or_else(|| panic!("no {host} in {report:#}"));
    found["status"].as_str().unwrap()
}

/// A run of the binary that is under way.
pub(crate) struct Started(Option<Child>);

impl Started {
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

    /// Runs `fleet queue …`.
    pub(crate) fn queue(&self, arguments: &[&str]) -> Run {
        Run::of(&self.command(&[&["queue"], arguments].concat()).output().unwrap())
    }
}

impl Drop for Colleague<'_> {
    fn drop(&mut self) {
        let closed = self.command(&["hosts", "disconnect"]).output().unwrap();
        assert!(closed.status.success() || std::thread::panicking());
    }
}

/// Waits for something that will be, at most two minutes: hosts may be busy.
#[track_caller]
pub(crate) fn until<T>(what: &str, explain: impl Fn() -> String, look: impl FnMut() -> Option<T>) -> T {
    until_within(Duration::from_secs(120), what, explain, look)
}

/// Waits for something that will be.
#[track_caller]
pub(crate) fn until_within<T>(
    limit: Duration,
    what: &str,
    explain: impl Fn() -> String,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < limit, "waited in vain for {what}: {}", explain());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A text with another word; the word must be there.
#[track_caller]
pub(crate) fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in {text}");
    text.replace(from, to)
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
