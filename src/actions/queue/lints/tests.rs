//! Each lint, and that it says nothing where all is well.

use super::*;
use crate::actions::queue::seen::{
    Beaten, ConnectedClients, DatabaseSeen, HostSeen, QueueSeen, RedisSeen, Settings, SidekiqProcess,
};
use crate::names::UnitName;

const INVENTORY: &str = r#"
[hosts.a]
[hosts.b]
[hosts.cdn]
[hosts.db]
[groups]
queue = "a, b"
[placement.cdn]
forbid = ["*"]
[database.main]
host = "db"
[database.main.clients.web]
hosts = "db"
application = "puma*"
connections = 10
[redis.main]
host = "db"
[workers.ingress]
unit = "ingress@.service"
concurrency = 5
environment = { DB_POOL = "5" }
memory = "1MiB"
serves = { ingress = 1 }
[workers.scheduler]
unit = "scheduler@.service"
hosts = "queue"
connections = 5
concurrency = 5
memory = "1MiB"
serves = { scheduler = 1 }
[queues.ingress]
demand = 2
latency = "30s"
[queues.scheduler]
singleton = true
"#;

struct Fleet {
    inventory: Inventory,
    seen: Seen,
}

impl Fleet {
    /// Two ingress and a scheduler, and all is well.
    fn well() -> Self {
        Self::of(INVENTORY)
    }

    fn of(text: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("all.toml"), text).unwrap();
        let inventory = Inventory::load(directory.path()).unwrap_or_else(|errors| panic!("{errors:?}"));
        let mut seen = Seen::default();
        for host in inventory.hosts().keys() {
            let known = HostSeen { hostname: host.as_str().to_owned(), cpus: 4, memory: 8000, ..HostSeen::default() };
            seen.hosts.insert(host.clone(), known);
        }
        let database =
            DatabaseSeen { version: 150_000, max_connections: 40, superuser_reserved: 3, ..DatabaseSeen::default() };
        seen.databases.insert("main".to_owned(), Ok(database));
        seen.redis.insert("main".to_owned(), Ok(RedisSeen::default()));
        let mut fleet = Self { inventory, seen };
        fleet.run("ingress", "a", 1);
        fleet.run("ingress", "b", 1);
        fleet.run("scheduler", "a", 2);
        fleet
    }

    fn run(&mut self, kind: &str, host: &str, pid: u32) -> &mut Instance {
        let settings = Settings {
            pool: Some(5),
            concurrency: Some(5),
            queues: vec![kind.to_owned()],
            shutdown: Some(25),
            environment: BTreeMap::new(),
        };
        let instance = Instance {
            unit: UnitName::new(format!("{kind}@{pid}.service")),
            kind: kind.to_owned(),
            active_state: "active".to_owned(),
            enabled: true,
            pid,
            on_disk: settings.clone(),
            settings,
            stop_timeout: Some(30),
            drop_ins: Vec::new(),
            beaten: Vec::new(),
            needs_reload: false,
            started_since: Some(true),
            quiet: false,
            busy: Some(2),
            cpu: Some(300),
            memory: Some(100),
        };
        let instances = &mut self.seen.hosts.get_mut(host).unwrap().instances;
        instances.push(instance);
        instances.last_mut().unwrap()
    }

    fn first(&mut self) -> &mut Instance {
        &mut self.seen.hosts.get_mut("a").unwrap().instances[0]
    }

    fn redis(&mut self) -> &mut RedisSeen {
        self.seen.redis.get_mut("main").unwrap().as_mut().unwrap()
    }

    fn codes(&self) -> Vec<&'static str> {
        lints(&self.inventory, &self.seen).into_iter().map(|lint| lint.code).collect()
    }

    /// The one lint that there is.
    #[track_caller]
    fn only(&self, code: &str) -> Lint {
        let lints = lints(&self.inventory, &self.seen);
        let [lint] = &lints[..] else { panic!("{lints:#?}") };
        assert_eq!(lint.code, code, "{lint:#?}");
        lint.clone()
    }
}

fn process(hostname: &str, pid: u32, queue: &str) -> SidekiqProcess {
    let queues = vec![queue.to_owned()];
    SidekiqProcess { hostname: hostname.to_owned(), pid, concurrency: 5, queues, ..SidekiqProcess::default() }
}

#[test]
fn nothing_is_odd_where_all_is_well() {
    let mut fleet = Fleet::well();
    fleet.redis().processes = vec![process("a.example.org", 1, "ingress"), process("a", 2, "scheduler")];
    fleet.redis().queues.insert("ingress".to_owned(), QueueSeen { depth: 3, latency: Some(29_000), active: None });
    assert!(fleet.codes().is_empty(), "{:#?}", lints(&fleet.inventory, &fleet.seen));
    fleet.seen = Seen::default();
    assert!(fleet.codes().is_empty(), "of what is not known nothing is said");
}

#[test]
fn settings() {
    let mut fleet = Fleet::well();
    fleet.first().settings.pool = Some(2);
    let lint = fleet.only("pool-too-small");
    assert_eq!(
        (lint.host.as_ref().map(HostName::as_str), lint.item.as_str(), lint.subject.as_str()),
        (Some("a"), "ingress", "ingress@1.service")
    );
    assert!(
        lint.message.starts_with("ingress@1.service has 5 threads with a pool of 2 connections"),
        "{}",
        lint.message
    );
    fleet.run("ingress", "a", 3).settings.pool = Some(2);
    assert!(fleet.only("pool-too-small").message.starts_with("2 instances of ingress have 5 threads"));
    let mut fleet = Fleet::well();
    fleet.first().settings.pool = Some(9);
    fleet.only("pool-too-large");
    let mut fleet = Fleet::well();
    let beaten = |text: &str| text.to_owned();
    fleet.first().beaten =
        vec![Beaten { variable: beaten("DB_POOL"), unit: beaten("5"), file: beaten("20"), path: beaten("/etc/env") }];
    assert!(fleet.only("drop-in-without-effect").message.contains("/etc/env says DB_POOL=20"));
    let mut fleet = Fleet::well();
    fleet.first().on_disk.concurrency = Some(6);
    fleet.only("set-elsewhere");
    fleet.first().started_since = Some(false);
    assert!(fleet.codes().is_empty(), "a restart would mend it");
    fleet.first().needs_reload = true;
    fleet.only("daemon-reload");
    let mut fleet = Fleet::well();
    fleet.first().stop_timeout = Some(29);
    assert!(fleet.only("stop-timeout-too-short").message.contains("`stop_timeout = \"30s\"`"));
    fleet.first().stop_timeout = None;
    assert!(fleet.codes().is_empty());
}

#[test]
fn places() {
    let mut fleet = Fleet::well();
    fleet.run("scheduler", "b", 2);
    assert!(fleet.only("two-schedulers").message.contains("scheduler@2.service on a and scheduler@2.service on b"));
    fleet.seen.hosts.get_mut("b").unwrap().instances[1].active_state = "inactive".to_owned();
    assert!(fleet.only("two-schedulers").message.contains("after a boot"));
    fleet.seen.hosts.get_mut("b").unwrap().instances[1].enabled = false;
    assert!(fleet.codes().is_empty());
    let mut fleet = Fleet::well();
    fleet.run("ingress", "cdn", 7);
    let lint = fleet.only("misplaced-worker");
    assert!(lint.message.contains("[placement] keeps ingress away from cdn"), "{}", lint.message);
    let mut fleet = Fleet::well();
    fleet.run("scheduler", "db", 2).active_state = "failed".to_owned();
    fleet.seen.hosts.get_mut("a").unwrap().instances.pop();
    assert!(fleet.only("misplaced-worker").message.contains("is enabled here, and scheduler is declared for a and b"));
    let mut fleet = Fleet::well();
    fleet.redis().processes = vec![process("a", 77, "ingress"), process("b", 78, "of-others")];
    let lint = fleet.only("unknown-worker");
    assert!(lint.host.is_some() && lint.message.contains("process 77 on a"), "{}", lint.message);
    fleet.redis().processes = vec![process("laptop", 5, "ingress")];
    assert_eq!(fleet.only("unknown-worker").host, None);
    // Of a host that did not answer, nothing is known.
    fleet.redis().processes = vec![process("b", 5, "ingress")];
    fleet.seen.hosts.remove("b");
    assert!(fleet.codes().is_empty());
    let mut fleet = Fleet::well();
    fleet.redis().queues.insert("mailers".to_owned(), QueueSeen { depth: 4, latency: None, active: None });
    assert!(fleet.only("unserved-queue").message.starts_with("4 jobs wait in the queue mailers"));
}

#[test]
fn threads() {
    let declared = |word: &str| INVENTORY.replace("latency = \"30s\"", word);
    let many = |fleet: &mut Fleet, cpu: u32| {
        for host in ["a", "b"] {
            let instance = &mut fleet.seen.hosts.get_mut(host).unwrap().instances[0];
            instance.settings.pool = Some(20);
            instance.settings.concurrency = Some(20);
            instance.on_disk = instance.settings.clone();
            (instance.busy, instance.cpu) = (Some(20), Some(cpu));
        }
        let database = fleet.seen.databases.get_mut("main").unwrap().as_mut().unwrap();
        database.max_connections = 200;
    };
    let mut fleet = Fleet::of(&declared("cpu_bound = true"));
    many(&mut fleet, 0);
    let lint = fleet.only("threads-beyond-one-core");
    assert!(
        lint.message.contains("20 threads, one core") && lint.message.contains("4 × 5 threads"),
        "{}",
        lint.message
    );
    let mut fleet = Fleet::well();
    many(&mut fleet, 990);
    assert!(
        fleet.only("threads-beyond-one-core").message.starts_with("2 of 2 busy processes of ingress use a whole core")
    );
    many(&mut fleet, 400);
    assert!(fleet.codes().is_empty());
    let fleet = Fleet::of(&declared("cpu_bound = false"));
    assert!(fleet.only("threads-too-few").message.contains("1 × 10 threads do the same as 2 × 5"));
    let mut fleet = Fleet::well();
    fleet.redis().queues.insert("ingress".to_owned(), QueueSeen { depth: 9, latency: Some(31_000), active: None });
    assert!(fleet.only("queue-late").message.contains("has waited 31 s, and 30 s is declared"));
    for host in ["a", "b"] {
        let instance = &mut fleet.seen.hosts.get_mut(host).unwrap().instances[0];
        (instance.busy, instance.cpu) = (Some(5), Some(40));
    }
    assert_eq!(fleet.codes(), ["queue-late", "threads-too-few"]);
}

#[test]
fn connections() {
    let mut fleet = Fleet::well();
    let open = |application: &str, count: u32| ConnectedClients {
        application: application.to_owned(),
        address: None,
        user: "u".to_owned(),
        count,
        active: 0,
    };
    let database = fleet.seen.databases.get_mut("main").unwrap().as_mut().unwrap();
    database.clients = vec![open("puma: 1", 6), open("puma: 2", 5), open("sidekiq", 30)];
    assert!(
        fleet
            .only("client-over-declared")
            .message
            .starts_with("web has 11 connections to main open, and 10 are declared")
    );
    let database = fleet.seen.databases.get_mut("main").unwrap().as_mut().unwrap();
    database.clients.pop();
    database.clients.pop();
    assert!(fleet.codes().is_empty());
    // 40 − 3 − 10 = 27: 15 are configured, and three more of 5 are too many; those that are only enabled count too.
    for pid in [11, 12] {
        fleet.run("ingress", "a", pid);
    }
    assert!(fleet.codes().is_empty());
    fleet.run("ingress", "b", 13).active_state = "inactive".to_owned();
    let lint = fleet.only("over-budget");
    assert!(lint.message.contains("30 connections to main, which leaves them 27"), "{}", lint.message);
}
