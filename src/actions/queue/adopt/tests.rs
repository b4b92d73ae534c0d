use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::*;
use crate::actions::queue::Queue;
use crate::actions::queue::known::Known;
use crate::actions::queue::model::Step;
use crate::actions::queue::read::workers as read_workers;
use crate::actions::queue::seen::{DatabaseSeen, HostSeen, Seen};
use crate::engine::action::World;
use crate::engine::probe::{Observation, Observations};
use crate::secrets::DigestKey;

const HOSTS: &str = r#"
[hosts.franz]
[hosts.freud]
[hosts.nietzsche]
address = "192.0.2.20"
[hosts.sally]
[groups]
queue = "franz, freud, nietzsche"
"#;

/// Processes of a template on a host: how many, what its command line says, and its environment.
struct Runs {
    unit: &'static str,
    count: u32,
    words: &'static [&'static str],
    threads: u32,
    pool: Option<u32>,
    says: &'static [&'static str],
}

const NONE: Runs = Runs { unit: "", count: 1, words: &[], threads: 5, pool: None, says: &[] };

/// As the script prints it.
fn printed(host: &str, runs: &[Runs]) -> String {
    let mut text = String::new();
    for Runs { unit, says, .. } in runs {
        writeln!(text, "of\t{unit}\nruns\t{unit}").unwrap();
        for line in *says {
            writeln!(text, "says\t{line}").unwrap();
        }
    }
    writeln!(text, "host\t{host}\t16\t16000000\naddress\t10.0.0.{}\nclock\t1700000000\t5000.00", host.len()).unwrap();
    let mut pid = 100;
    let (mut units, mut rest) = (String::new(), String::from("sample\t5000.00\n"));
    let mut second = String::from("sample\t5000.50\n");
    for Runs { unit, count, words, threads, pool, .. } in runs {
        writeln!(text, "template\t{unit}").unwrap();
        for number in 1..=*count {
            pid += 1;
            let name = unit.replace('@', &format!("@{number}"));
            writeln!(text, "enabled\t{name}").unwrap();
            let properties =
                ["LoadState=loaded", "ActiveState=active", "UnitFileState=enabled", "TimeoutStopUSec=1min"];
            writeln!(units, "unit\tId={name}\nunit\tMainPID={pid}\nunit\tFragmentPath=/etc/systemd/system/{unit}")
                .unwrap();
            for line in properties {
                writeln!(units, "unit\t{line}").unwrap();
            }
            words.iter().for_each(|word| writeln!(units, "unit\tword\t\t{word}").unwrap());
            if let Some(pool) = pool {
                writeln!(units, "unit\tenv\tDB_POOL={pool}").unwrap();
            }
            writeln!(units, "process\t{pid}\t{name}\nend-of-unit").unwrap();
            let stat =
                |used: u32| format!("stat\t{pid} (ruby) S 1{} {used} 0{} 90000\n", " 0".repeat(9), " 0".repeat(6));
            rest += &stat(1000);
            second += &stat(1010);
            writeln!(
                rest,
                "title\t{pid}\t6.4.1\t0\t{threads}\t\nenviron\t{pid}\tINVOCATION_ID=x\nresident\t{pid}\t61000"
            )
            .unwrap();
            if let Some(pool) = pool {
                writeln!(rest, "environ\t{pid}\tDB_POOL={pool}").unwrap();
            }
        }
        writeln!(rest, "changed\t100\t/etc/systemd/system/{unit}").unwrap();
    }
    format!("{text}{units}{rest}{second}done\n")
}

fn inventory(files: &[&str]) -> Inventory {
    let dir = tempfile::tempdir().unwrap();
    for (index, text) in files.iter().enumerate() {
        std::fs::write(dir.path().join(format!("{index}.toml")), text).unwrap();
    }
    Inventory::load(dir.path()).unwrap_or_else(|errors| panic!("{}\n{}", errors.render(false, 100), files.join("\n")))
}

fn facts(text: &str) -> HostFacts {
    let mut facts = HostFacts::default();
    facts.scripts.insert(PROBE.to_owned(), Fact::Known(text.to_owned()));
    facts
}

/// What the hosts printed, by host; all others of the inventory run nothing.
struct Fleet {
    inventory: Inventory,
    printed: BTreeMap<HostName, String>,
}

impl Fleet {
    fn of(declared: &str, hosts: &[(&str, &[Runs])]) -> Self {
        let inventory = inventory(&[declared]);
        let runs =
            |host: &HostName| hosts.iter().find(|(name, _)| *name == host.as_str()).map_or(&[][..], |(_, it)| it);
        let printed = inventory.hosts().keys().map(|host| (host.clone(), printed(host.as_str(), runs(host)))).collect();
        Self { inventory, printed }
    }

    fn adopt(&self) -> Adopted {
        let facts: BTreeMap<HostName, HostFacts> =
            self.printed.iter().map(|(host, text)| (host.clone(), self::facts(text))).collect();
        adopt(&self.inventory, &facts.iter().map(|(host, facts)| (host.clone(), facts)).collect()).unwrap()
    }

    /// What a plan would do once it is declared.
    fn plan(&self, declared: &str, text: &str) -> Vec<Step> {
        let inventory = inventory(&[declared, text]);
        let see = |text: &String| read_workers::read(inventory.queues(), text).unwrap();
        let hosts: BTreeMap<HostName, HostSeen> =
            self.printed.iter().map(|(host, text)| (host.clone(), see(text))).collect();
        let database =
            DatabaseSeen { version: 150_004, max_connections: 500, superuser_reserved: 3, ..Default::default() };
        let databases = inventory.queues().databases.keys().map(|name| (name.clone(), Ok(database.clone()))).collect();
        let observations: Observations =
            hosts.keys().map(|host| (host.clone(), Observation::Facts(Box::default()))).collect();
        let selected = hosts.keys().cloned().collect();
        let known = Known::default();
        let world = World {
            now: Timestamp::UNIX_EPOCH,
            selected: &selected,
            observations: &observations,
            outside: &BTreeMap::new(),
            public: &[],
            secrets: &BTreeMap::new(),
            key: &DigestKey::from_bytes([7; 32]),
            redacted: false,
        };
        let seen = Seen { hosts, databases, ..Seen::default() };
        Queue::of(&inventory, &known).study_of(seen, &world).steps.unwrap()
    }
}

const FOUND: &[&str] = &[
    "DB_HOST=192.0.2.20",
    "DB_PORT=5432",
    "REDIS_URL=nietzsche 6380 3 ",
    "REDIS_PASSWORD=set",
    "REDIS_NAMESPACE=social",
];
const INGRESS: Runs = Runs {
    unit: "mastodon-sidekiq-ingress@.service",
    words: &["-c 20", "-q ingress"],
    threads: 20,
    pool: Some(20),
    says: FOUND,
    ..NONE
};
const PUSHPULL: Runs = Runs {
    unit: "mastodon-sidekiq-pushpull@.service",
    words: &["-c 25", "-q push,2", "-q pull"],
    threads: 25,
    pool: Some(10),
    ..NONE
};
const SCHEDULER: Runs = Runs { unit: "scheduler@.service", words: &["-c 5", "-q scheduler"], ..NONE };

fn incident() -> Fleet {
    Fleet::of(
        HOSTS,
        &[
            ("nietzsche", &[Runs { count: 4, ..INGRESS }]),
            ("franz", &[Runs { count: 3, ..INGRESS }, SCHEDULER]),
            ("freud", &[Runs { count: 4, ..INGRESS }, PUSHPULL]),
        ],
    )
}

#[test]
fn what_runs_is_declared_and_nothing_is_planned() {
    let fleet = incident();
    let adopted = fleet.adopt();
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(format!("{}\n# notes: {:#?}", adopted.text, adopted.notes));
    });
    assert_eq!(fold(&adopted.hosts), "franz,freud,nietzsche");
    assert_eq!(fleet.plan(HOSTS, &adopted.text), Vec::new());
    // Once it is declared, there is nothing left to adopt.
    let again = Fleet { inventory: inventory(&[HOSTS, &adopted.text]), printed: fleet.printed }.adopt();
    assert_eq!((again.text.as_str(), again.kinds.len()), ("", 0));
    assert!(again.notes.iter().any(|note| note.contains("is workers.ingress already")), "{:?}", again.notes);
}

#[test]
fn the_database_of_hosts_is_its_own() {
    let local = Runs { says: &["DB_HOST=/var/run/postgresql", "REDIS_HOST=localhost"], ..INGRESS };
    let adopted = Fleet::of(HOSTS, &[("franz", &[local])]).adopt();
    let declared = inventory(&[HOSTS, &adopted.text]);
    assert_eq!(declared.queues().databases["primary"].host.as_ref().unwrap().as_str(), "franz");
    assert_eq!(declared.queues().redis["main"].host.as_str(), "franz");
    assert_eq!(fold(&declared.queues().workers["ingress"].hosts), "franz");
    // On two hosts it is two servers.
    let local = || [Runs { says: &["DB_HOST=localhost"], ..INGRESS }];
    let adopted = Fleet::of(HOSTS, &[("franz", &local()), ("freud", &local())]).adopt();
    assert!(inventory(&[HOSTS, &adopted.text]).queues().databases.is_empty());
}

#[test]
fn a_server_elsewhere_is_told() {
    let fleet = Fleet::of(HOSTS, &[("franz", &[Runs { says: &["DB_HOST=db.example.org"], ..INGRESS }])]);
    let adopted = fleet.adopt();
    let note = "no host of the inventory is db.example.org, where the workers find their database";
    assert!(adopted.notes.iter().any(|it| it.contains(note)), "{:?}", adopted.notes);
    assert_eq!(fleet.plan(HOSTS, &adopted.text), Vec::new());
}

#[test]
fn what_is_declared_stays() {
    let declared = format!(
        "{HOSTS}[database.one]\nhost = \"franz\"\n[database.two]\nhost = \"nietzsche\"\n[redis.main]\nhost = \"nietzsche\"\n\
         [queues.ingress]\ndemand = 20\n[workers.ingress]\nunit = \"other@.service\"\nmemory = \"1MiB\"\nconnections = 1\n\
         database = \"one\"\nserves = {{ ingress = 20 }}\n"
    );
    let adopted = Fleet::of(&declared, &[("franz", &[INGRESS])]).adopt();
    let whole = inventory(&[&declared, &adopted.text]);
    let worker = &whole.queues().workers["ingress-2"];
    assert_eq!(worker.database.as_deref(), Some("two"));
    assert_eq!((whole.queues().databases.len(), whole.queues().redis.len()), (2, 1));
    assert!(adopted.notes.iter().any(|note| note.starts_with("queues.ingress is declared already")));
}

#[test]
fn what_no_declaration_fits_is_left_out() {
    let of = |word: &'static [&'static str]| Runs { unit: "sidekiq@.service", words: word, ..NONE };
    let adopted = Fleet::of(HOSTS, &[("franz", &[of(&["-q mailers"])]), ("freud", &[of(&["-q default"])])]).adopt();
    assert_eq!(adopted.text, "");
    assert!(
        adopted.notes.iter().any(|note| note.contains("default on freud, mailers on franz")),
        "{:?}",
        adopted.notes
    );
    let mut fleet = Fleet::of(HOSTS, &[]);
    fleet.printed.insert(HostName::new("franz"), format!("single\tsidekiq.service\n{}", printed("franz", &[])));
    let adopted = fleet.adopt();
    assert!(adopted.kinds.is_empty() && adopted.notes.iter().any(|note| note.starts_with("sidekiq.service on franz")));
}

#[test]
fn shapes_that_differ_and_two_schedulers_are_told() {
    let fleet = Fleet::of(
        HOSTS,
        &[
            ("franz", &[Runs { count: 2, ..INGRESS }, SCHEDULER]),
            ("freud", &[Runs { threads: 5, pool: Some(5), ..INGRESS }, SCHEDULER]),
        ],
    );
    let adopted = fleet.adopt();
    let told = |words: &str| adopted.notes.iter().any(|note| note.contains(words));
    assert!(told("5 threads with a pool of 5 on freud; 20 threads with a pool of 20 on franz"), "{:?}", adopted.notes);
    assert!(told("2 processes serve `scheduler`"), "{:?}", adopted.notes);
    let declared = inventory(&[HOSTS, &adopted.text]);
    assert_eq!(declared.queues().workers["ingress"].connections, 20);
    assert!(!declared.queues().queues["scheduler"].singleton);
}

#[test]
fn without_queues_sidekiq_serves_its_default() {
    let fleet = Fleet::of(HOSTS, &[("franz", &[Runs { unit: "jobs@.service", words: &["-c 5"], ..NONE }])]);
    let adopted = fleet.adopt();
    assert!(adopted.text.contains("Sidekiq then serves `default`"));
    let declared = inventory(&[HOSTS, &adopted.text]);
    assert_eq!(declared.queues().queues["default"].demand, 5);
    assert_eq!(fleet.plan(HOSTS, &adopted.text), Vec::new());
}

#[test]
fn a_host_that_does_not_say_is_no_host_without_workers() {
    let inventory = inventory(&[HOSTS]);
    let cut = printed("franz", &[INGRESS]).replace("done\n", "");
    let mut unknown = HostFacts::default();
    unknown.scripts.insert(PROBE.to_owned(), Fact::Unknown("exit code 1".to_owned()));
    let facts = BTreeMap::from([
        (HostName::new("franz"), facts(&cut)),
        (HostName::new("freud"), unknown),
        (HostName::new("sally"), facts(&printed("sally", &[]))),
    ]);
    let silent = adopt(&inventory, &facts.iter().map(|(host, facts)| (host.clone(), facts)).collect()).unwrap_err();
    let silent: Vec<(&str, &str)> = silent.iter().map(|(host, why)| (host.as_str(), why.as_str())).collect();
    assert_eq!(silent, [("franz", "its answer ended too early"), ("freud", "exit code 1")]);
}

/// What stands in environments and URLs beside the names of hosts never leaves the host.
#[test]
fn no_secret_leaves_a_host() {
    let lines = "DB_HOST=nietzsche\nexport DB_PORT=\"5432\"\nREDIS_HOST='10.0.0.5'\nREDIS_PASSWORD=hunter2\nDB_PASS=hunter2\n\
        REDIS_URL=redis://:hunter2@nietzsche:6380/3\nREDIS_URL=rediss://cache\nREDIS_URL=redis://:p/hunter2@nietzsche/1\n\
        REDIS_URL=redis://cache/0?password=a@hunter2\nREDIS_URL=redis://:a@hunter2@nietzsche/0\n\
        DATABASE_URL=postgres://u:hunter2@db:5433/app?x=y\nDATABASE_URL=postgres://u:h/hunter2@db/app\nDB_HOST=a hunter2\n";
    let script = format!("{SCRIPT}\na_says <<'EOF'\n{lines}EOF\n");
    let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let said: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("says\t")).collect();
    assert_eq!(
        said,
        [
            "DB_HOST=nietzsche",
            "DB_PORT=5432",
            "REDIS_HOST=10.0.0.5",
            "REDIS_PASSWORD=set",
            "REDIS_URL=nietzsche 6380 3 set",
            "REDIS_URL=cache   ",
            "DATABASE_URL=db 5433",
        ]
    );
}
