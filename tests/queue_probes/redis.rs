//! Redis with Sidekiq 6 at work, and with what newer versions and Bull write.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use fleet::actions::queue::probes;
use fleet::actions::queue::seen::{QueueSeen, RedisSeen};

use crate::rig::{self, PASSWORD, Redis, Running, SECRET};

fn look(toml: &str) -> Result<RedisSeen, String> {
    rig::seen(&rig::inventory(toml)).redis["main"].clone()
}

fn waiting(depth: u64) -> impl Fn(&QueueSeen) -> bool {
    move |queue| queue.depth == depth && queue.latency.is_some_and(|latency| latency > 0)
}

#[test]
fn a_real_sidekiq() {
    let redis = Redis::start();
    let app = redis.directory.path().join("app.rb");
    let text = "class Wait\n  include Sidekiq::Worker\n  sidekiq_options queue: 'ingress'\n  def perform(*)\n    sleep 120\n  end\nend\n";
    fs::write(&app, text).unwrap();
    let sidekiq = || {
        let mut command = Command::new("sidekiq");
        command.args(["-c", "3", "-q", "ingress", "-q", "default,2", "-t", "1", "-r"]).arg(&app);
        command.env("REDIS_URL", redis.url()).stdout(Stdio::null()).stderr(Stdio::null());
        Running(command.spawn().unwrap())
    };
    // Five jobs for the three threads, and two for a queue that nobody serves.
    let push = "require 'sidekiq'; 5.times { Sidekiq::Client.push('class' => 'Wait', 'queue' => 'ingress', 'args' => [ARGV[0]]) }; \
                2.times { Sidekiq::Client.push('class' => 'Wait', 'queue' => 'mailers', 'args' => [ARGV[0]]) }";
    let pushed = Command::new("ruby").args(["-e", push, SECRET]).env("REDIS_URL", redis.url()).output().unwrap();
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    let known = look(&redis.toml()).unwrap();
    assert!(waiting(5)(&known.queues["ingress"]) && waiting(2)(&known.queues["mailers"]), "{known:?}");
    assert!(known.processes.is_empty());
    let process = sidekiq();
    rig::until("three busy threads", || {
        let known = look(&redis.toml()).unwrap();
        known.processes.first().is_some_and(|known| known.busy == 3)
    });
    let known = look(&redis.toml()).unwrap();
    assert!(waiting(2)(&known.queues["ingress"]), "{known:?}");
    let [only] = &known.processes[..] else { panic!("{known:?}") };
    let hostname = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!((only.hostname.as_str(), only.pid), (hostname.trim(), process.0.id()));
    assert_eq!(
        (only.concurrency, only.queues.as_slice(), only.quiet),
        (3, &["ingress".to_owned(), "default".to_owned()][..], false)
    );
    assert!(only.beat_age < 30_000, "{only:?}");
    let pid = rustix::process::Pid::from_child(&process.0);
    rustix::process::kill_process(pid, rustix::process::Signal::TSTP).unwrap();
    rig::until("a quiet process", || look(&redis.toml()).unwrap().processes[0].quiet);
}

#[test]
fn nothing_is_written_and_no_secret_leaves() {
    let redis = Redis::start();
    redis.call(&["SADD", "queues", "default"]);
    let job = format!("{{\"args\":[\"{SECRET}\"],\"enqueued_at\":1700000000.5}}");
    redis.call(&["LPUSH", "queue:default", &job]);
    // From here on Redis refuses every command that writes.
    assert_eq!(redis.call(&["CONFIG", "SET", "min-replicas-to-write", "1"]), "OK");
    // The client notes its own command line, which everybody on a host can read.
    let bin = redis.directory.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let noted = redis.directory.path().join("noted");
    let client = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >>{}\nexec /usr/bin/redis-cli \"$@\"\n", noted.display());
    fs::write(bin.join("redis-cli"), client).unwrap();
    fs::set_permissions(bin.join("redis-cli"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let inventory = rig::inventory(&redis.toml());
    let (seen, facts) = rig::seen_with(&inventory, &[("PATH", &path)]);
    let known = seen.redis["main"].clone().unwrap();
    assert!(waiting(1)(&known.queues["default"]), "{known:?}");
    let noted = fs::read_to_string(&noted).unwrap();
    assert_eq!(noted.lines().filter(|line| *line == "EVAL").count(), 1, "one call asks for all");
    let script = format!("{:?}", probes::of(inventory.queues(), &rig::here()));
    for text in [noted, format!("{facts:?}"), script] {
        assert!(!text.contains(PASSWORD) && !text.contains("s3 cret") && !text.contains(SECRET), "{text}");
    }
}

#[test]
fn newer_sidekiq_and_the_dead() {
    let redis = Redis::start();
    let now = redis.now();
    let seconds = |age: u64| format!("{}.123456", now / 1000 - age);
    let process = |name: &str, info: &str, beat: &str, quiet: &str| {
        redis.call(&["SADD", "app:processes", name]);
        redis.call(&[
            "HSET",
            &format!("app:{name}"),
            "info",
            info,
            "busy",
            "2",
            "beat",
            beat,
            "quiet",
            quiet,
            "rss",
            "1",
        ]);
    };
    let seven = r#"{"hostname":"a.example.org","started_at":1700000000.1,"pid":7,"tag":"x","concurrency":10,"queues":["default","push"],"weights":[{"default":2,"push":1}],"labels":["l"],"identity":"a:7:x","version":"7.3.0","embedded":false}"#;
    let eight = r#"{"hostname":"b","started_at":1700000000.1,"pid":8,"tag":"","capsules":{"default":{"concurrency":4,"mode":"weighted","weights":{"push":1}},"single":{"concurrency":1,"mode":"strict","weights":{"scheduler":0}}},"labels":[],"identity":"b:8:x","version":"8.0.9","embedded":false}"#;
    process("a:7:x", seven, &seconds(3), "false");
    process("b:8:x", eight, &(now - 4_000).to_string(), "true");
    process("c:9:x", &eight.replace("\"b\"", "\"killed\""), &seconds(75), "false");
    redis.call(&["SADD", "app:processes", "d:1:forgotten"]);
    for (queue, job) in [
        ("float", format!(r#"{{"class":"A","enqueued_at":{}}}"#, seconds(90))),
        ("integer", format!(r#"{{"class":"A","enqueued_at":{}}}"#, now - 90_000)),
        ("odd", "no JSON".to_owned()),
        ("timeless", "{}".to_owned()),
    ] {
        redis.call(&["SADD", "app:queues", queue]);
        redis.call(&["LPUSH", &format!("app:queue:{queue}"), &job]);
        redis.call(&["LPUSH", &format!("app:queue:{queue}"), r#"{"enqueued_at":1}"#]);
    }
    redis.call(&["SADD", "app:queues", "empty"]);
    redis.call(&["SET", "app:queue:text", "x"]);
    redis.call(&["SADD", "app:queues", "text"]);
    redis.call(&["SADD", "queues", "of-another-application"]);
    let known = look(&format!("{}namespace = 'app'\n", redis.toml())).unwrap();
    let processes: Vec<_> =
        known.processes.iter().map(|p| (p.hostname.as_str(), p.pid, p.concurrency, p.busy, p.quiet)).collect();
    assert_eq!(processes, [("a.example.org", 7, 10, 2, false), ("b", 8, 5, 2, true)]);
    assert_eq!(known.processes[0].queues, ["default", "push"]);
    let mut served = known.processes[1].queues.clone();
    served.sort();
    assert_eq!(served, ["push", "scheduler"]);
    let names: Vec<&str> = known.queues.keys().map(String::as_str).collect();
    assert_eq!(names, ["empty", "float", "integer", "odd", "timeless"]);
    for name in ["float", "integer"] {
        let latency = known.queues[name].latency.unwrap();
        assert!((89_000..150_000).contains(&latency), "{name}: {latency}");
    }
    assert_eq!(known.queues["empty"], QueueSeen { depth: 0, latency: Some(0), active: None });
    for name in ["odd", "timeless"] {
        assert_eq!(known.queues[name], QueueSeen { depth: 2, latency: None, active: None });
    }
}

#[test]
fn queues_of_bull() {
    let redis = Redis::start();
    let old = (redis.now() - 60_000).to_string();
    for id in ["1", "2", "3"] {
        redis.call(&["LPUSH", "mk:deliver:wait", id]);
        redis.call(&["HSET", &format!("mk:deliver:{id}"), "timestamp", &old, "data", SECRET]);
    }
    redis.call(&["ZADD", "mk:deliver:prioritized", "1", "4"]);
    redis.call(&["ZADD", "mk:deliver:delayed", "1", "5"]);
    redis.call(&["LPUSH", "mk:deliver:active", "6", "7"]);
    let toml = format!(
        "{}[queues.deliver]\nredis = 'main'\nbull = 'mk'\ndemand = 1\n[queues.inbox]\nredis = 'main'\nbull = 'mk'\ndemand = 1\n\
         [queues.default]\nredis = 'main'\ndemand = 1\n\
         [workers.w]\nunit = 'w@.service'\ndatabase = false\nmemory = '1MiB'\nserves = {{ default = 1 }}\n\
         [workers.mk]\nunit = 'mk@.service'\ndatabase = false\nmemory = '1MiB'\nprogram = 'other'\ncheck = ['true']\n\
         serves = {{ deliver = 1, inbox = 1 }}\n",
        redis.toml()
    );
    let known = look(&toml).unwrap();
    let latency = known.queues["deliver"].latency.unwrap();
    assert!((60_000..120_000).contains(&latency), "{latency}");
    let rest: BTreeMap<&str, (u64, Option<u64>)> =
        known.queues.iter().map(|(name, queue)| (name.as_str(), (queue.depth, queue.active))).collect();
    assert_eq!(rest, BTreeMap::from([("deliver", (4, Some(2))), ("inbox", (0, Some(0))), ("default", (0, None))]));
}

#[test]
fn why_it_could_not_be_asked() {
    let redis = Redis::start();
    let plain = format!("[redis.main]\nhost = 'here'\nport = {}\n", redis.port);
    let why = look(&plain).unwrap_err();
    assert!(why.contains("NOAUTH"), "{why}");
    let why = look(&format!("[redis.main]\nhost = 'here'\nport = {}\n", rig::free_port())).unwrap_err();
    assert!(why.contains("Connection refused"), "{why}");
    let why = look(&format!("{plain}password = {{ file = '/nowhere/x' }}\n")).unwrap_err();
    assert!(why.contains("/nowhere/x") && why.contains("not there"), "{why}");
    let file = redis.directory.path().join("redis.env");
    let why = look(&format!("{plain}password = {{ file = '{}', key = 'ANOTHER' }}\n", file.display())).unwrap_err();
    assert!(why.contains("does not hold it"), "{why}");
    // The first line of a file, without a line end.
    let bare = redis.directory.path().join("bare");
    fs::write(&bare, PASSWORD).unwrap();
    assert!(look(&format!("{plain}password = {{ file = '{}' }}\n", bare.display())).is_ok());
    let why = look(&format!("{plain}database = 99\npassword = {{ file = '{}' }}\n", bare.display())).unwrap_err();
    assert!(why.contains("out of range"), "{why}");
}
