//! Worker queues in an inventory: what the tables come to, and what is refused.

use std::fs;
use std::time::Duration;

use super::*;

fn write(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn load(text: &str) -> Inventory {
    let dir = write(&[("a.toml", text)]);
    Inventory::load(dir.path()).unwrap_or_else(|errors| panic!("{}", errors.render(false, 100)))
}

#[expect(dead_code)]
fn problems(text: &str) -> Vec<String> {
    let dir = write(&[("a.toml", text)]);
    let errors = Inventory::load(dir.path()).expect_err("the inventory is wrong");
    errors.records().into_iter().map(|record| format!("{}: {}", record.code, record.message)).collect()
}

fn host(name: &str) -> HostName {
    HostName::new(name)
}

const FLEET: &str = r#"
[hosts.fritz]
[hosts.franz]
[hosts.freud]
[hosts.nietzsche]
cpus = 48
[hosts.sally]
[groups]
web = "fritz"
queue = "franz, freud, nietzsche"
cdn = "sally"
"#;

/// As it stands in the design.
const SKETCH: &str = r#"
[database.primary]
host = "nietzsche"                      # asked for max_connections and pg_stat_activity
reserve = 20
[database.primary.clients.web]
hosts = "web"
connections = 320                       # 16 processes × 20 threads
[workers.ingress]                       # a kind of unit: its template, what a process takes, what it serves
unit = "mastodon-sidekiq-ingress@.service"
hosts = "queue"
connections = 5                         # of the database, a process
cpu = 1.0                               # cores a busy process takes
memory = "450MiB"
serves = { ingress = 1 }                # capacity by queue; several queues are fine
[workers.pushpull]
unit = "mastodon-sidekiq-pushpull@.service"
connections = 20
serves = { push = 10, pull = 10 }
retired = true                          # must end at none
[queues.ingress]
demand = 32
floor = 8                               # capacity that stays up at every instant
weight = 8
min_hosts = 2
[queues.scheduler]
singleton = true
"#;

#[test]
fn the_sketch_of_the_design_loads() {
    let inventory = load(&format!("{FLEET}{SKETCH}"));
    let queues = inventory.queues();
    let primary = &queues.databases["primary"];
    assert_eq!((primary.host.as_ref(), primary.run_as.as_str()), (Some(&host("nietzsche")), "postgres"));
    assert_eq!((primary.port, primary.max_connections, primary.reserve), (None, None, 20));
    let web = &primary.clients["web"];
    assert_eq!((fold(&web.hosts).as_str(), web.connections, web.pooled), ("fritz", 320, false));
    let ingress = &queues.workers["ingress"];
    assert_eq!(fold(&ingress.hosts), "franz,freud,nietzsche");
    assert_eq!((ingress.connections, ingress.cpu, ingress.memory), (5, 1000, 450 << 20));
    assert_eq!((ingress.database.as_deref(), ingress.pooled), (Some("primary"), false));
    assert_eq!(ingress.quiet, Quieting::Signal("TSTP".to_owned()));
    assert_eq!((ingress.drain, ingress.stop_timeout), (Duration::from_secs(60), None));
    assert_eq!(ingress.program, WorkerProgram::Sidekiq { redis: None });
    assert_eq!(ingress.unit.instance_of("mastodon-sidekiq-ingress@3.service"), Some("3"));
    let pushpull = &queues.workers["pushpull"];
    assert_eq!((pushpull.hosts.len(), pushpull.retired, pushpull.connections), (5, true, 20));
    assert_eq!(pushpull.serves, BTreeMap::from([("pull".to_owned(), 10), ("push".to_owned(), 10)]));
    let ingress = &queues.queues["ingress"];
    assert_eq!((ingress.demand, ingress.floor, ingress.weight, ingress.min_hosts), (32, 8, 8, 2));
    assert_eq!((ingress.max, ingress.latency), (None, Some(Duration::from_secs(60))));
    let scheduler = &queues.queues["scheduler"];
    assert_eq!((scheduler.singleton, scheduler.demand, scheduler.min_hosts), (true, 0, 0));
}
