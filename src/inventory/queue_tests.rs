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

/// Two hosts, a queue, and a worker with these lines.
fn worker(lines: &str) -> String {
    format!(
        "[hosts.a]\n[hosts.b]\n[database.db]\nhost = \"a\"\n[queues.q]\n[workers.w]\nunit = \"w@.service\"\nmemory = \"1MiB\"\n\
         serves = {{ q = 1 }}\n{lines}\n"
    )
}

#[test]
fn the_smaller_of_pool_and_threads_counts() {
    let taken = |lines: &str| {
        let inventory = load(&worker(lines));
        let worker = &inventory.queues().workers["w"];
        (worker.connections, worker.concurrency)
    };
    assert_eq!(taken("concurrency = 20\nenvironment = { DB_POOL = \"5\" }"), (5, Some(20)));
    assert_eq!(taken("concurrency = 5\nenvironment = { DB_POOL = \"20\" }"), (5, Some(5)));
    assert_eq!(taken("concurrency = 25"), (25, Some(25)));
    assert_eq!(taken("environment = { DB_POOL = \"7\" }"), (7, None));
    assert_eq!(taken("environment = { RAILS_MAX_THREADS = \"6\" }"), (6, Some(6)));
    assert_eq!(taken("connections = 9\nconcurrency = 5\nenvironment = { DB_POOL = \"5\" }"), (9, Some(5)));
    assert_eq!(taken("database = false\nconcurrency = 5"), (0, Some(5)));
    assert_eq!(taken("program = \"other\"\ncheck = [\"true\"]\nconnections = 3\nconcurrency = 8"), (3, Some(8)));
    assert_eq!(problems(&worker("")), ["missing-key: nobody says how many connections a process of workers.w takes"]);
    assert_eq!(
        problems(&worker("program = \"other\"\ncheck = [\"true\"]\nconcurrency = 8")),
        ["missing-key: nobody says how many connections a process of workers.w takes"]
    );
}

#[test]
fn a_unit_file_lies_beside_the_inventory() {
    let unit = "[Service]\nEnvironment=DB_POOL=9\nEnvironmentFile=/srv/app/.env\nExecStart=/usr/bin/sidekiq -c 12\n";
    let dir = write(&[("a.toml", &worker("unit_file = \"w@.service\"")), ("w@.service", unit)]);
    let inventory = Inventory::load(dir.path()).unwrap();
    let worker = &inventory.queues().workers["w"];
    assert_eq!((worker.connections, worker.concurrency), (9, Some(12)));
    assert_eq!(worker.unit_file.as_deref(), Some(unit));
    fs::remove_file(dir.path().join("w@.service")).unwrap();
    let records = Inventory::load(dir.path()).unwrap_err().records();
    assert_eq!((records.len(), records.first().unwrap().code.as_str()), (1, "bad-file"));
    assert!(records.first().unwrap().message.contains("no such file"), "{records:?}");
}

#[test]
fn other_programs_and_other_ways_to_be_quiet() {
    let quiet = |lines: &str| load(&worker(&format!("connections = 1\n{lines}"))).queues().workers["w"].quiet.clone();
    assert_eq!(quiet(""), Quieting::Signal("TSTP".to_owned()));
    assert_eq!(quiet("quiet = \"SIGUSR1\""), Quieting::Signal("USR1".to_owned()));
    assert_eq!(quiet("quiet = \"reload\""), Quieting::Reload);
    assert_eq!(quiet("quiet = false"), Quieting::None);
    let other = "program = \"other\"\ncheck = [\"/usr/local/bin/works\", \"%i\"]";
    assert_eq!(quiet(other), Quieting::None);
    let inventory = load(&worker(&format!("connections = 1\ncpu = 4\n{other}")));
    let worker = &inventory.queues().workers["w"];
    assert_eq!(
        worker.program,
        WorkerProgram::Other { check: vec!["/usr/local/bin/works".to_owned(), "%i".to_owned()] }
    );
    assert_eq!(worker.cpu, 4000);
}

#[test]
fn where_queues_are_held() {
    let text = r#"
[hosts.a]
[hosts.b]
[redis.main]
host = "a"
[redis.other]
host = "b"
port = 6380
database = 3
namespace = "social"
password = { file = "/etc/app/env", key = "REDIS_PASSWORD" }
[workers.w]
unit = "w@.service"
memory = "1MiB"
redis = "main"
serves = { q = 1 }
[workers.misskey]
unit = "misskey@.service"
memory = "1GiB"
program = "other"
check = ["true"]
serves = { inbox = 1, deliver = 1 }
[queues.q]
latency = "5m"
[queues.inbox]
redis = "other"
bull = true
[queues.deliver]
redis = "other"
bull = "misskey"
cpu_bound = true
"#;
    let inventory = load(text);
    let queues = inventory.queues();
    let held = |name: &str| (queues.queues[name].redis.clone().unwrap(), queues.queues[name].bull.clone());
    assert_eq!(held("q"), ("main".to_owned(), None));
    assert_eq!(held("inbox"), ("other".to_owned(), Some("bull".to_owned())));
    assert_eq!(held("deliver"), ("other".to_owned(), Some("misskey".to_owned())));
    assert_eq!(queues.queues["q"].latency, Some(Duration::from_secs(300)));
    let other = &queues.redis["other"];
    assert_eq!((other.host.as_str(), other.port, other.database), ("b", 6380, 3));
    let secret = other.password.as_ref().unwrap();
    assert_eq!((secret.path.as_str(), secret.key.as_deref()), ("/etc/app/env", Some("REDIS_PASSWORD")));
    assert_eq!(queues.workers["w"].database, None);
    assert_eq!(queues.workers["w"].connections, 0);
}

#[test]
fn a_pool_between() {
    let text = r#"
[hosts.a]
[database.primary]
max_connections = 100
[database.primary.pgbouncer]
max_client_conn = 500
server_connections = 60
reserve = 5
[database.primary.clients.web]
connections = 50
application = "puma*"
pooled = true
[workers.w]
unit = "w@.service"
memory = "1MiB"
connections = 5
pooled = true
serves = { q = 1 }
[queues.q]
min = 4
max = 8
"#;
    let inventory = load(text);
    let primary = &inventory.queues().databases["primary"];
    let pool = primary.pgbouncer.as_ref().unwrap();
    assert_eq!((pool.max_client_conn, pool.server_connections, pool.reserve), (500, 60, 5));
    assert_eq!((primary.host.as_ref(), primary.max_connections), (None, Some(100)));
    assert!(primary.clients["web"].pooled && primary.clients["web"].hosts.is_empty());
    assert!(inventory.queues().workers["w"].pooled);
    let queue = &inventory.queues().queues["q"];
    assert_eq!((queue.demand, queue.max, queue.min_hosts), (4, Some(8), 1));
}

#[test]
fn what_hosts_allow_is_merged_as_overrides_are() {
    let text = r#"
[hosts.cdn1]
[hosts.cdn2]
[hosts.franz]
[hosts.freud]
[groups]
cdn = "cdn*"
queue = "franz, freud"
all = "*"
order = ["all", "cdn", "queue"]
[workers.ingress]
unit = "ingress@.service"
memory = "1MiB"
serves = { ingress = 1 }
[workers.pushpull]
unit = "pushpull@.service"
memory = "1MiB"
serves = { push = 1, pull = 1 }
[workers.mailer]
unit = "mailer@.service"
hosts = "franz"
memory = "1MiB"
serves = { mailer = 1, scheduler = 1 }
[queues.ingress]
[queues.push]
[queues.pull]
[queues.mailer]
[queues.scheduler]
[placement.all]
used_cpus = 1
used_memory = "1GiB"
[placement.cdn]
forbid = ["*"]
[placement.queue]
used_cpus = 0.25
[placement.cdn2]
forbid = ["pu[ls]*"]
[placement.franz]
allow = ["mailer", "push", "ingress"]
max_connections = 40
[placement.freud]
drain = true
"#;
    let inventory = load(text);
    let queues = inventory.queues();
    let may = |name: &str| -> Vec<&str> {
        let host = host(name);
        queues.workers.values().filter(|it| queues.may_run(it, &host)).map(|it| it.name.as_str()).collect()
    };
    assert_eq!(may("cdn1"), [""; 0]);
    assert_eq!(may("cdn2"), ["ingress"]);
    // By its own name, and not by one of its queues alone.
    assert_eq!(may("franz"), ["ingress", "mailer"]);
    assert_eq!(may("freud"), [""; 0]);
    let of = |name: &str| &queues.placement[&host(name)];
    assert_eq!((of("cdn1").used_cpu, of("franz").used_cpu, of("franz").used_memory), (1000, 250, 1 << 30));
    assert_eq!((of("franz").max_connections, of("freud").max_connections), (Some(40), None));
    assert!(of("freud").drain && of("freud").barred.is_empty());
    assert_eq!(of("cdn2").origin.as_ref().unwrap().line, 37);
}

#[test]
fn a_drained_host_is_no_mistake() {
    let text = worker("connections = 1\n[placement.a]\ndrain = true")
        .replace("[queues.q]", "[queues.q]\ndemand = 2\nmin_hosts = 2");
    load(&text);
    let forbidden = text.replace("drain = true", "forbid = [\"q\"]");
    assert_eq!(problems(&forbidden), ["bad-value: queues.q wants more hosts than may serve it"]);
}

#[test]
fn what_ends_needs_little() {
    let text = "[hosts.a]\n[workers.old]\nunit = \"old@.service\"\nretired = true\nserves = { gone = 5 }\n";
    let inventory = load(text);
    assert_eq!(inventory.queues().workers["old"].memory, 0);
    let text = format!("{text}[queues.gine]\n");
    assert_eq!(problems(&text), ["unknown-name: no queue is called `gone`"]);
}

/// Several thousand hosts, each with its own word on workers.
#[test]
fn ten_thousand_hosts_with_workers() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for index in 0..10_000 {
        write!(text, "[hosts.web{index}]\n[placement.web{index}]\nused_cpus = 0.{index:04}\nforbid = [\"queue1*\"]\n")
            .unwrap();
    }
    for index in 0..40 {
        write!(
            text,
            "[workers.kind{index}]\nunit = \"kind{index}@.service\"\nmemory = \"1MiB\"\nserves = {{ queue{index} = 1 }}\n\
             [queues.queue{index}]\n{}\n",
            if index == 1 || (10..20).contains(&index) { "" } else { "demand = 100" }
        )
        .unwrap();
    }
    // What may run nowhere is told once a kind.
    let started = std::time::Instant::now();
    let found = problems(&text);
    assert_eq!(found.len(), 11, "{found:?}");
    let inventory = load(
        &text
            .replace("forbid = [\"queue1*\"]", "forbid = [\"kind1\"]")
            .replace("[workers.kind1]", "[workers.kind1]\nretired = true"),
    );
    assert_eq!(inventory.queues().placement.len(), 10_000);
    assert_eq!(inventory.queues().placement[&host("web7")].barred, BTreeSet::from(["kind1".to_owned()]));
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

const WHOLE: &str = r#"[hosts.a]
[hosts.b]
[groups]
g = "a, b"
[database.db]
host = "a"
clients = { web = { connections = 5, pooled = true } }
pgbouncer = { max_client_conn = 9, server_connections = 5 }
[redis.main]
host = "a"
[workers.w]
unit = "w@.service"
hosts = "g"
cpu = 0.5
memory = "1MiB"
environment = { DB_POOL = "5" }
serves = { q = 5, s = 1 }
pins = { a = 1 }
quiet = "TSTP"
[queues.q]
demand = 10
floor = 5
max_per_host = 10
bull = false
[queues.s]
singleton = true
[placement.g]
forbid = ["x*"]
used_cpus = 1.5
[placement.a]
allow = ["w"]
"#;

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 400, ..Default::default() })]
    /// Whatever is done to queues, loading ends, and what it says can be drawn.
    #[test]
    fn broken_anyhow(
        edits in proptest::collection::vec((0..560_usize, 0..12_usize, "[a-zä=\"'\\[\\]{}#,.0-9 \n🦀-]{0,4}"), 1..4),
    ) {
        let mut text: Vec<char> = WHOLE.chars().collect();
        for (at, cut, put) in edits {
            let at = at.min(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, put.chars());
        }
        let text: String = text.into_iter().collect();
        let dir = write(&[("a.toml", &text)]);
        match Inventory::load(dir.path()) {
            Ok(inventory) => {
                let queues = inventory.queues();
                proptest::prop_assert!(queues.workers.values().all(|it| it.retired || it.memory > 0));
                proptest::prop_assert!(queues.queues.values().all(|it| it.floor <= it.demand.max(it.max.unwrap_or(0))));
            }
            Err(errors) => {
                let drawn = errors.render(false, 100);
                proptest::prop_assert!(!drawn.contains("Failed to read"), "{drawn}");
                proptest::prop_assert_eq!(errors.records().len(), errors.problems().len());
            }
        }
    }
}
