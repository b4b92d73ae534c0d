//! Instances of worker templates: real processes of Sidekiq, below units as systemctl(1) of systemd 252 shows them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use fleet::actions::queue::seen::{HostSeen, Instance};
use fleet::actions::queue::{probes, read};
use fleet::engine::probe::{HostFacts, Observation, Observations, Probe};
use fleet::inventory::Inventory;

use crate::rig::{self, Redis, Running, SECRET};

const TOML: &str = r"
[queues.ingress]
demand = 1
[queues.default]
demand = 1
[workers.ingress]
unit = 'ingress@.service'
database = false
memory = '1MiB'
concurrency = 3
environment = { DB_POOL = '3', MODE = 'a b' }
serves = { ingress = 1, default = 1 }
";

/// Asks with a systemctl that shows these units.
fn look(inventory: &Inventory, directory: &Path, shown: &str, shell: &[&str]) -> (HostSeen, HostFacts) {
    let bin = directory.join("bin");
    fs::create_dir_all(&bin).unwrap();
    fs::write(directory.join("shown"), shown).unwrap();
    let systemctl = format!("#!/bin/sh\n[ \"$1\" = show ] && cat {}/shown\n", directory.display());
    fs::write(bin.join("systemctl"), systemctl).unwrap();
    fs::set_permissions(bin.join("systemctl"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let rooted = probes::of(inventory.queues(), &rig::here()).into_iter().map(|probe| match probe {
        Probe::Script { name, text } => {
            let call = format!("fleet_workers '{}'", directory.display());
            Probe::Script { name, text: text.replace("fleet_workers ''", &call) }
        }
        other => other,
    });
    let facts = rig::answer(rooted.collect(), shell, &[("PATH", &path)]);
    let observations: Observations = BTreeMap::from([(rig::here(), Observation::Facts(Box::new(facts.clone())))]);
    let mut seen = read::seen(inventory.queues(), &observations);
    assert!(seen.unknown.is_empty(), "{:?}", seen.unknown);
    (seen.hosts.remove(&rig::here()).unwrap(), facts)
}

/// A unit as systemctl(1) shows it, with a secret wherever one may stand.
fn unit(directory: &Path, instance: &str, pid: u32, state: &str) -> String {
    let directory = directory.display();
    format!(
        "Type=notify\nRestart=always\nTimeoutStopUSec=1min 30s\nNRestarts=0\nMainPID={pid}\n\
         ExecStart={{ path=/usr/bin/bundle ; argv[]=/usr/bin/bundle exec sidekiq -c 4 -q ingress -q default,2 -t 8 -r {directory}/app.rb \
         --token {SECRET} ; ignore_errors=no ; start_time=[Sun 2026-11-22 03:28:25 UTC] ; stop_time=[n/a] ; pid={pid} ; code=(null) ; status=0/0 }}\n\
         ControlGroup=/system.slice/system-ingress.slice/ingress@{instance}.service\nMemoryCurrent=[not set]\n\
         Environment=RAILS_ENV=production DB_POOL=5 \"TOKEN={SECRET} x\" \"MODE=a b\" PASSWORD={SECRET}\n\
         EnvironmentFiles={directory}/env (ignore_errors=no)\nWorkingDirectory={directory}\n\
         Id=ingress@{instance}.service\nLoadState=loaded\nActiveState={state}\nSubState=running\n\
         FragmentPath={directory}/etc/systemd/system/ingress@.service\n\
         DropInPaths={directory}/etc/systemd/system/ingress@.service.d/pool.conf\nUnitFileState=enabled\nNeedDaemonReload=no\n\
         InvocationID=0123\n\n"
    )
}

/// A host's files, older than whatever starts now.
fn files(directory: &Path) {
    let units = directory.join("etc/systemd/system");
    fs::create_dir_all(units.join("multi-user.target.wants")).unwrap();
    fs::create_dir_all(units.join("ingress@.service.d")).unwrap();
    fs::write(units.join("ingress@.service"), "[Service]\n").unwrap();
    fs::write(units.join("ingress@.service.d/pool.conf"), "[Service]\nEnvironment=DB_POOL=5\n").unwrap();
    for instance in ["1", "9"] {
        let link = units.join(format!("multi-user.target.wants/ingress@{instance}.service"));
        symlink("../ingress@.service", link).unwrap();
    }
    fs::write(directory.join("env"), format!("# DB_POOL=1\nDB_POOL=\"20\"\nPASSWORD={SECRET}\n")).unwrap();
    fs::write(directory.join("app.rb"), "# nothing to do\n").unwrap();
    std::thread::sleep(std::time::Duration::from_secs(4));
}

fn sidekiq(redis: &Redis, program: &[&str], pool: &str) -> Running {
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).env("REDIS_URL", redis.url()).env("DB_POOL", pool).env("MODE", "a b");
    command.env("PASSWORD", SECRET).env("INVOCATION_ID", "0123").stdout(Stdio::null()).stderr(Stdio::null());
    Running(command.spawn().unwrap())
}

fn is_titled(pid: u32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.starts_with(b"sidekiq "))
}

fn of<'s>(seen: &'s HostSeen, unit: &str) -> &'s Instance {
    seen.instances.iter().find(|instance| instance.unit.as_str() == unit).unwrap()
}

#[test]
fn what_runs_what_is_on_disk_and_what_is_enabled() {
    let redis = Redis::start();
    let directory = redis.directory.path();
    files(directory);
    let app = directory.join("app.rb");
    let app = app.to_str().unwrap();
    let titled =
        sidekiq(&redis, &["sidekiq", "-c", "3", "-q", "ingress", "-q", "default,2", "-r", app, "-t", "8"], "3");
    // A shell that waits for its child, which does the work.
    let line = format!("sidekiq -c 2 -q ingress -t 8 -r {app} & echo $! >{}/child; wait", directory.display());
    let wrapper = sidekiq(&redis, &["sh", "-c", &line], "2");
    let child = || fs::read_to_string(directory.join("child")).ok().and_then(|pid| pid.trim().parse::<u32>().ok());
    rig::until("both titles", || is_titled(titled.0.id()) && child().is_some_and(is_titled));
    let child = child().unwrap();
    let shown = unit(directory, "1", titled.0.id(), "active")
        + &unit(directory, "2", child, "active").replace("UnitFileState=enabled", "UnitFileState=disabled")
        + &unit(directory, "3", 0, "failed").replace("UnitFileState=enabled", "UnitFileState=disabled")
        + &unit(directory, "4", 0, "inactive").replace("UnitFileState=enabled", "UnitFileState=disabled")
        + &unit(directory, "9", 0, "inactive");
    let inventory = rig::inventory(&format!("{}{TOML}", redis.toml()));
    for shell in [&["dash"][..], &["bash", "--posix"], &["busybox", "sh"]] {
        let (seen, facts) = look(&inventory, directory, &shown, shell);
        let states: Vec<_> = seen
            .instances
            .iter()
            .map(|known| (known.unit.as_str(), known.active_state.as_str(), known.enabled, known.pid != 0))
            .collect();
        assert_eq!(
            states,
            [
                ("ingress@1.service", "active", true, true),
                ("ingress@2.service", "active", false, true),
                ("ingress@3.service", "failed", false, false),
                ("ingress@9.service", "inactive", true, false),
            ],
            "{shell:?}"
        );
        let one = of(&seen, "ingress@1.service");
        assert_eq!((one.pid, one.busy, one.stop_timeout, one.needs_reload), (titled.0.id(), Some(0), Some(90), false));
        assert_eq!((one.settings.pool, one.settings.concurrency), (Some(3), Some(3)));
        assert_eq!(one.settings.queues, ["ingress", "default"]);
        let environment = |pool: &str| {
            BTreeMap::from([("DB_POOL".to_owned(), pool.to_owned()), ("MODE".to_owned(), "a b".to_owned())])
        };
        assert_eq!(one.settings.environment, environment("3"));
        // The env file beats the drop-in.
        assert_eq!((one.on_disk.pool, one.on_disk.concurrency, one.on_disk.shutdown), (Some(20), Some(4), Some(8)));
        assert_eq!(one.on_disk.environment, environment("20"));
        let beaten: Vec<_> = one
            .beaten
            .iter()
            .map(|beaten| (beaten.variable.as_str(), beaten.unit.as_str(), beaten.file.as_str()))
            .collect();
        assert_eq!(beaten, [("DB_POOL", "5", "20")]);
        assert_eq!(one.started_since, Some(true));
        assert!(one.cpu.is_some() && one.memory.is_some_and(|memory| (10..500).contains(&memory)), "{one:?}");
        let two = of(&seen, "ingress@2.service");
        assert_eq!((two.pid, two.settings.pool, two.settings.concurrency), (child, Some(2), Some(2)));
        let three = of(&seen, "ingress@3.service");
        assert_eq!((three.settings.pool, three.on_disk.pool, three.cpu), (None, Some(20), None));
        assert_eq!(seen.templates.iter().collect::<Vec<_>>(), ["ingress@.service"]);
        assert!(seen.cpus > 0 && seen.memory > 0 && !seen.hostname.is_empty());
        assert!(!format!("{facts:?}").contains(SECRET), "{shell:?}: {facts:?}");
    }
    drop(wrapper);
    let pid = rustix::process::Pid::from_raw(i32::try_from(child).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn options_of_a_file_and_no_answer_of_systemd() {
    let directory = rig::directory();
    files(directory.path());
    fs::create_dir(directory.path().join("config")).unwrap();
    let options = format!(
        "---\n:concurrency: 7\n:timeout: 30\nproduction:\n  :concurrency: 9\n  token: {SECRET}\n:queues:\n  - [default, 8]\n  - \
         ingress\n:schedule:\n  - {SECRET}\n"
    );
    fs::write(directory.path().join("config/sidekiq.yml"), options).unwrap();
    let inventory = rig::inventory(&format!("[redis.main]\nhost = 'there'\n{TOML}"));
    let shown = unit(directory.path(), "9", 0, "inactive");
    let bare = shown.replace("-c 4 -q ingress -q default,2 -t 8", "-e production");
    let (seen, facts) = look(&inventory, directory.path(), &bare, &["sh"]);
    let known = &of(&seen, "ingress@9.service").on_disk;
    assert_eq!((known.concurrency, known.shutdown), (Some(7), Some(30)));
    assert_eq!(known.queues, ["default", "ingress"]);
    assert!(!format!("{facts:?}").contains(SECRET), "{facts:?}");
    let named = shown.replace("-c 4 -q ingress -q default,2 -t 8", "-C config/sidekiq.yml -c ${SIDEKIQ_THREADS}");
    let (seen, _) =
        look(&inventory, directory.path(), &named.replace("RAILS_ENV=production", "SIDEKIQ_THREADS=6"), &["sh"]);
    assert_eq!(of(&seen, "ingress@9.service").on_disk.concurrency, Some(6));
    // Where it fails, that is said, and nothing that it showed.
    fs::write(
        directory.path().join("bin/systemctl"),
        format!("#!/bin/sh\necho Environment={SECRET}\necho 'Failed to connect to bus'\nexit 1\n"),
    )
    .unwrap();
    let path = format!("{}:{}", directory.path().join("bin").display(), std::env::var("PATH").unwrap());
    let (seen, facts) = rig::seen_with(&inventory, &[("PATH", &path)]);
    assert!(seen.hosts.is_empty());
    let why = &seen.unknown[&rig::here()];
    assert!(why.contains("Failed to connect to bus") && !format!("{facts:?}").contains(SECRET), "{why}: {facts:?}");
}
