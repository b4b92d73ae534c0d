//! From an inventory and what hosts said to waves: the incident, and what can be odd about it.

mod odd;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::enact::HostStep;
use super::model::Step;
use super::seen::{DatabaseSeen, HostSeen, Instance, Seen, Settings};
use super::*;
use crate::engine::fact::Fact;
use crate::engine::plan::{Author, InventoryStamp, Plan};
use crate::engine::probe::{HostFacts, Observation};
use crate::engine::status::{HostResult, Item};
use crate::engine::transaction::{Change, Transaction, UnitOperation};
use crate::names::{RemotePath, UnitName};

const INVENTORY: &str = r#"
[hosts.fritz]
[hosts.franz]
[hosts.freud]
[hosts.nietzsche]
[hosts.sally]
[groups]
queue = "franz, freud, nietzsche"
[database.primary]
host = "nietzsche"
reserve = 10
[redis.main]
host = "nietzsche"
[workers.default]
unit = "default@.service"
hosts = "queue"
connections = 10
concurrency = 10
memory = "300MiB"
serves = { default = 10 }
[workers.ingress]
unit = "ingress@.service"
hosts = "queue"
concurrency = 5
environment = { DB_POOL = "5" }
memory = "300MiB"
serves = { ingress = 1 }
[workers.ingress-20]
unit = "ingress-20@.service"
hosts = "queue"
concurrency = 20
connections = 20
memory = "300MiB"
serves = { ingress = 1 }
retired = true
[workers.scheduler]
unit = "scheduler@.service"
hosts = "queue"
concurrency = 5
connections = 5
memory = "300MiB"
serves = { scheduler = 1 }
[queues.default]
demand = 60
floor = 30
[queues.ingress]
demand = 12
floor = 2
weight = 8
min_hosts = 2
[queues.scheduler]
singleton = true
"#;

/// A fleet as it answers.
struct Fleet {
    inventory: Inventory,
    seen: Seen,
    last: Last,
    silent: BTreeSet<HostName>,
    selected: Option<BTreeSet<HostName>>,
    turns: BTreeMap<String, u64>,
}

fn name(host: &str) -> HostName {
    HostName::new(host)
}

fn inventory(text: &str) -> Inventory {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("fleet.toml"), text).unwrap();
    Inventory::load(dir.path()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

impl Fleet {
    fn of(text: &str, running: &[(&str, &str, u32)]) -> Self {
        let inventory = inventory(text);
        let templates = inventory.queues().workers.values().map(|worker| worker.unit.name()).collect::<BTreeSet<_>>();
        let host = |_: &HostName| HostSeen {
            hostname: String::new(),
            addresses: BTreeSet::new(),
            cpus: 8,
            memory: 16_000,
            instances: Vec::new(),
            templates: templates.clone(),
        };
        let mut hosts: BTreeMap<HostName, HostSeen> =
            inventory.hosts().keys().map(|name| (name.clone(), host(name))).collect();
        for (name, seen) in &mut hosts {
            seen.hostname = name.to_string();
        }
        let primary = DatabaseSeen {
            version: 160_001,
            max_connections: 200,
            superuser_reserved: 3,
            reserved: 0,
            clients: Vec::new(),
        };
        let databases = BTreeMap::from([("primary".to_owned(), Ok(primary))]);
        let seen = Seen { hosts, databases, ..Seen::default() };
        let mut fleet = Self {
            inventory,
            seen,
            last: Last::new(),
            silent: BTreeSet::new(),
            selected: None,
            turns: BTreeMap::new(),
        };
        for (host, kind, count) in running {
            for number in 1..=*count {
                fleet.start(host, kind, &number.to_string());
            }
        }
        fleet
    }

    fn incident() -> Self {
        Self::of(
            INVENTORY,
            &[
                ("nietzsche", "default", 2),
                ("nietzsche", "ingress-20", 2),
                ("franz", "default", 2),
                ("franz", "ingress-20", 2),
                ("freud", "default", 2),
                ("freud", "ingress-20", 1),
                ("freud", "scheduler", 1),
            ],
        )
    }

    fn start(&mut self, host: &str, kind: &str, instance: &str) -> &mut Instance {
        let worker = &self.inventory.queues().workers[kind];
        let settings = Settings {
            pool: Some(worker.connections),
            concurrency: worker.concurrency,
            queues: worker.serves.keys().cloned().collect(),
            shutdown: Some(25),
            environment: worker.environment.clone(),
        };
        let instance = Instance {
            unit: worker.unit.instance(instance),
            kind: kind.to_owned(),
            active_state: "active".to_owned(),
            enabled: true,
            pid: 1,
            on_disk: settings.clone(),
            settings,
            stop_timeout: Some(90),
            drop_ins: Vec::new(),
            beaten: Vec::new(),
            needs_reload: false,
            started_since: None,
            quiet: false,
            busy: None,
            cpu: None,
            memory: None,
        };
        let instances = &mut self.seen.hosts.get_mut(host).unwrap().instances;
        instances.push(instance);
        instances.last_mut().unwrap()
    }

    /// Does something with the study of this fleet, and with what it compiles to.
    fn look<T>(&self, then: impl FnOnce(&Study<'_>, &transactions::Compiled, &[BTreeMap<usize, HostStep>]) -> T) -> T {
        self.study(|queue, study, world| {
            let compiled = queue.compile(study, world);
            let none = Vec::new();
            let enacted = enact::enact(&study.question, &study.seen, study.steps.as_ref().unwrap_or(&none));
            then(study, &compiled, &enacted)
        })
    }

    fn items(&self) -> BTreeMap<HostName, Vec<Item>> {
        self.study(|queue, study, world| queue.assessed(study, world).items)
    }

    fn study<T>(&self, then: impl for<'q> FnOnce(&Queue<'q>, &Study<'q>, &World<'_>) -> T) -> T {
        let facts = |host: &HostName| {
            let mut facts = HostFacts::default();
            for worker in self.inventory.queues().workers.values() {
                for probe in files::probes(worker) {
                    if let Probe::File { path } = probe {
                        facts.files.insert(path, Fact::Absent);
                    }
                }
            }
            if *host == name("nietzsche") {
                facts.fleet.turns = self.turns.clone();
            }
            Observation::Facts(Box::new(facts))
        };
        let gone = || Observation::Unreachable(Failure::bare("unreachable", "no route to host"));
        let hosts = self.inventory.hosts().keys();
        let observations: Observations =
            hosts.map(|host| (host.clone(), if self.silent.contains(host) { gone() } else { facts(host) })).collect();
        let all = self.inventory.hosts().keys().cloned().collect();
        let key = DigestKey::from_bytes([7; 32]);
        let world = World {
            now: Timestamp::UNIX_EPOCH,
            selected: self.selected.as_ref().unwrap_or(&all),
            observations: &observations,
            outside: &BTreeMap::new(),
            public: &[],
            secrets: &BTreeMap::new(),
            key: &key,
            redacted: false,
        };
        let known = Known { last: self.last.clone(), ..Known::default() };
        let queue = Queue::of(&self.inventory, &known);
        let mut seen = self.seen.clone();
        seen.hosts.retain(|host, _| !self.silent.contains(host));
        let study = queue.study_of(seen, &world);
        then(&queue, &study, &world)
    }

    /// Lets a plan happen.
    fn apply(&mut self) {
        let moves: Vec<(HostName, String, UnitName, bool)> = self.look(|study, _, enacted| {
            let mut moves = Vec::new();
            for (host, does) in enacted.iter().flatten() {
                let host = study.question.model.hosts[*host].name.clone();
                let kind = |kind: usize| study.question.shapes[kind].declared.name.clone();
                moves.extend(does.starts.iter().map(|it| (host.clone(), kind(it.kind), it.unit.clone(), true)));
                moves.extend(does.stops.iter().map(|it| (host.clone(), kind(it.kind), it.unit.clone(), false)));
            }
            moves
        });
        for (host, kind, unit, starts) in moves {
            self.seen.hosts.get_mut(host.as_str()).unwrap().instances.retain(|it| it.unit != unit);
            if starts {
                let instance =
                    self.inventory.queues().workers[&kind].unit.instance_of(unit.as_str()).unwrap().to_owned();
                self.start(host.as_str(), &kind, &instance);
            }
        }
    }

    fn count(&self, host: &str, kind: &str) -> usize {
        self.seen.hosts[host].instances.iter().filter(|it| it.kind == kind && it.runs()).count()
    }

    fn all(&self, kind: &str) -> usize {
        self.seen.hosts.keys().map(|host| self.count(host.as_str(), kind)).sum()
    }
}

fn problems_of(compiled: &transactions::Compiled) -> Vec<String> {
    let hosts: BTreeSet<&HostName> = compiled.waves.iter().flat_map(|wave| wave.transactions.keys()).collect();
    let plan = Plan {
        schema: crate::engine::plan::SCHEMA.to_owned(),
        created: Timestamp::UNIX_EPOCH,
        author: Author { user: String::new(), machine: String::new() },
        inventory: InventoryStamp::default(),
        digest_key: String::new(),
        actions: vec![KIND.to_owned()],
        playbook: None,
        undoes: None,
        locks: compiled.locks.clone(),
        waves: compiled.waves.clone(),
        hosts: hosts.into_iter().map(|host| HostResult::of_items(host.clone(), Vec::new())).collect(),
    };
    crate::engine::plan::problems(&plan)
}

fn units<'t>(transaction: &'t Transaction, verb: &str) -> Vec<&'t str> {
    let of_verb = transaction.units.iter().filter(|it| it.verb() == verb);
    of_verb.filter_map(|it| it.unit().map(UnitName::as_str)).collect()
}

#[test]
fn the_incident_is_planned_within_its_budget_and_then_nothing_is() {
    let mut fleet = Fleet::incident();
    fleet.look(|study, compiled, _| {
        let steps = study.steps.as_ref().unwrap();
        assert!(study.solution.is_proven());
        assert!(!steps.is_empty());
        assert_eq!(study.question.model.budgets[0].limit, 187);
        assert_eq!(
            study.question.budgets[0].derivation,
            "max_connections 200 − superuser_reserved_connections 3 − reserve 10"
        );
        assert_eq!(problems_of(compiled), Vec::<String>::new());
        assert_eq!(compiled.waves.len(), steps.len());
        assert_eq!(compiled.locks.len(), 1);
        assert_eq!((compiled.locks[0].host.as_str(), compiled.locks[0].name.as_str()), ("nietzsche", "db:primary"));
        for wave in &compiled.waves {
            for transaction in wave.transactions.values() {
                assert_eq!(units(transaction, "enable"), units(transaction, "start"));
                assert_eq!(units(transaction, "quiet"), units(transaction, "stop"));
                assert_eq!(transaction.confirm.is_some(), !units(transaction, "start").is_empty());
            }
            let ends = wave.transactions.values().any(|it| !units(it, "stop").is_empty());
            assert_eq!(!wave.gates.is_empty(), ends);
        }
    });
    fleet.apply();
    assert_eq!((fleet.all("ingress"), fleet.all("ingress-20"), fleet.all("scheduler")), (12, 0, 1));
    fleet.look(|study, compiled, _| {
        assert_eq!(study.steps.as_deref(), Ok(&[] as &[Step]));
        // The drop-in alone is not there yet: in this world no file is ever written.
        let writes = compiled.waves.iter().flat_map(|wave| wave.transactions.values()).flat_map(|it| &it.changes);
        assert!(writes.into_iter().all(|change| change.path().as_str().contains("ingress@.service.d")));
    });
}

#[test]
fn who_is_connected_stands_beside_who_may_be() {
    let mut fleet = Fleet::incident();
    let connected = |application: &str, address: Option<&str>, count| seen::ConnectedClients {
        application: application.to_owned(),
        address: address.map(str::to_owned),
        user: "mastodon".to_owned(),
        count,
        active: 1,
    };
    fleet.seen.hosts.get_mut("franz").unwrap().addresses.insert("10.0.0.2".parse().unwrap());
    if let Some(Ok(primary)) = fleet.seen.databases.get_mut("primary") {
        primary.clients = vec![
            connected("ingress-20@1", Some("10.0.0.2"), 12),
            connected("ingress-20@2.service", Some("10.0.0.2"), 3),
            connected("default@1", None, 4),
            connected("pg_dump", Some("10.9.9.9"), 1),
            connected("", Some("10.9.9.9"), 2),
        ];
    }
    fleet.look(|study, _, _| {
        let database = study.question.budgets[0].database;
        let told: Vec<_> = connected::clients(&study.question, &study.seen, database)
            .into_iter()
            .filter(|client| client.open > 0)
            .map(|it| (it.client, it.host.unwrap_or_default(), it.open, it.configured))
            .collect();
        let row = |client: &str, host: &str, open, configured| (client.to_owned(), host.to_owned(), open, configured);
        let wanted = [
            row("default", "nietzsche", 4, Some(20)),
            row("ingress-20", "franz", 15, Some(40)),
            row("mastodon", "10.9.9.9", 2, None),
            row("pg_dump", "10.9.9.9", 1, None),
        ];
        assert_eq!(told, wanted);
    });
}

#[test]
fn a_hosts_files_are_written_once_before_its_first_worker_starts() {
    Fleet::incident().look(|_, compiled, _| {
        let mut written: BTreeMap<HostName, u32> = BTreeMap::new();
        for wave in &compiled.waves {
            for (host, transaction) in &wave.transactions {
                let writes = transaction.changes.iter().any(|change| matches!(change, Change::Write { .. }));
                *written.entry(host.clone()).or_default() += u32::from(writes);
                let starts = units(transaction, "start").iter().any(|unit| unit.starts_with("ingress@"));
                assert!(!starts || written[host] == 1, "{host}");
                assert_eq!(transaction.units.first() == Some(&UnitOperation::DaemonReload), writes);
            }
        }
        assert!(written.values().all(|count| *count <= 1));
    });
}

#[test]
fn what_last_ran_on_a_silent_host_counts_and_nothing_changes_there() {
    let mut fleet = Fleet::incident();
    let seen =
        fleet.look(|study, _, _| question::remembered(fleet.inventory.queues(), &study.seen, Timestamp::UNIX_EPOCH));
    fleet.last = seen;
    fleet.silent.insert(name("freud"));
    fleet.look(|study, compiled, _| {
        let model = &study.question.model;
        let freud = model.hosts.iter().position(|host| host.name == name("freud")).unwrap();
        assert!(model.hosts[freud].frozen);
        assert_eq!(model.now.host(freud).iter().sum::<u32>(), 4);
        assert!(!model.budgets[0].blind);
        assert!(compiled.waves.iter().all(|wave| !wave.transactions.contains_key(&name("freud"))));
        assert!(!compiled.waves.is_empty());
    });
    // Of a host that nobody has ever seen, nothing is known: unknown is not zero.
    fleet.last.clear();
    fleet.look(|study, compiled, _| {
        assert!(study.question.model.budgets[0].blind);
        let starts =
            compiled.waves.iter().flat_map(|wave| wave.transactions.values()).map(|it| units(it, "start").len());
        assert_eq!(starts.sum::<usize>(), 0);
    });
}

#[test]
fn only_selected_hosts_change() {
    let mut fleet = Fleet::incident();
    fleet.selected = Some(BTreeSet::from([name("franz")]));
    fleet.look(|_, compiled, _| {
        let changed: BTreeSet<&HostName> = compiled.waves.iter().flat_map(|wave| wave.transactions.keys()).collect();
        assert_eq!(changed, BTreeSet::from([&name("franz")]));
    });
}

#[test]
fn a_worker_with_other_settings_is_replaced_and_one_that_is_down_starts_again() {
    let mut fleet = Fleet::of(INVENTORY, &[]);
    for host in ["franz", "freud", "nietzsche"] {
        for number in 1..=2 {
            fleet.start(host, "default", &number.to_string());
        }
        for number in 1..=4 {
            fleet.start(host, "ingress", &number.to_string());
        }
    }
    fleet.start("freud", "scheduler", "1");
    fleet.start("franz", "ingress", "4").settings.pool = Some(5);
    fleet.seen.hosts.get_mut("franz").unwrap().instances.pop();
    fleet.look(|study, _, _| assert_eq!(study.steps.as_deref(), Ok(&[] as &[Step]), "nothing is odd yet"));
    let franz = &mut fleet.seen.hosts.get_mut("franz").unwrap().instances;
    let odd = franz.iter_mut().find(|it| it.unit.as_str() == "ingress@2.service").unwrap();
    odd.settings.pool = Some(20);
    odd.settings.concurrency = Some(20);
    odd.settings.environment.insert("DB_POOL".to_owned(), "20".to_owned());
    let down = franz.iter_mut().find(|it| it.unit.as_str() == "default@1.service").unwrap();
    down.active_state = "failed".to_owned();
    fleet.look(|_, compiled, _| {
        let done: Vec<&Transaction> =
            compiled.waves.iter().filter_map(|wave| wave.transactions.get(&name("franz"))).collect();
        let of = |verb: &str| done.iter().flat_map(|it| units(it, verb)).collect::<BTreeSet<_>>();
        assert_eq!(of("stop"), BTreeSet::from(["ingress@2.service"]));
        assert!(of("start").contains("default@1.service"), "{:?}", of("start"));
        assert!(of("start").iter().any(|unit| unit.starts_with("ingress@")), "{:?}", of("start"));
    });
    fleet.apply();
    fleet.look(|study, _, _| assert_eq!(study.steps.as_deref(), Ok(&[] as &[Step])));
}

#[test]
fn a_unit_that_systemd_would_kill_is_not_stopped_and_nothing_else_is_done() {
    let mut fleet = Fleet::incident();
    for instance in fleet.seen.hosts.values_mut().flat_map(|host| &mut host.instances) {
        if instance.kind == "ingress-20" {
            instance.stop_timeout = Some(15);
        }
    }
    fleet.look(|_, compiled, _| {
        assert!(compiled.waves.is_empty());
        let failure = compiled.refused.values().next().unwrap();
        assert_eq!(failure.code, "stop-timeout");
        assert!(failure.message.contains("TimeoutStopSec=15"), "{}", failure.message);
        assert_eq!(failure.hint.as_deref(), Some("set stop_timeout = \"30s\" in [workers.ingress-20], or -t lower"));
    });
}

#[test]
fn a_path_of_systemd_is_told() {
    let fleet = Fleet::incident();
    let worker = &fleet.inventory.queues().workers["ingress"];
    assert_eq!(files::drop_in_path(worker), RemotePath::new("/etc/systemd/system/ingress@.service.d/50-fleet.conf"));
    assert_eq!(
        files::drop_in(worker).unwrap(),
        "# Written by fleet from [workers.ingress]: changes here are lost.\n[Service]\nEnvironment=\"DB_POOL=5\"\n"
    );
    assert_eq!(files::drop_in(&fleet.inventory.queues().workers["default"]), None);
    assert!(fleet.look(|_, compiled, _| compiled.waves.iter().all(|wave| wave.name.starts_with("st"))));
}
