//! `fleet queue` without any host: what is refused, and the incident from saved facts.

use serde_json::{Value, json};

use crate::place::Place;

const HOSTS: &str = "[hosts.franz]\n[hosts.freud]\n[hosts.nietzsche]\n[hosts.sally]\n\
    [groups]\nqueue = \"franz, freud, nietzsche\"\ncdn = \"sally\"\n";

/// Ingress at 5 threads instead of 20, and push and pull apart.
const QUEUES: &str = r#"
[database.primary]
host = "nietzsche"
reserve = 20
[database.primary.clients.web]
connections = 160
[redis.primary]
host = "nietzsche"
[workers.ingress]
unit = "sidekiq-ingress@.service"
hosts = "queue"
concurrency = 5
environment = { DB_POOL = "5" }
memory = "450MiB"
serves = { ingress = 1 }
[workers.ingress-20]
unit = "sidekiq-ingress-20@.service"
hosts = "queue"
concurrency = 20
memory = "600MiB"
serves = { ingress = 1 }
retired = true
[workers.default]
unit = "sidekiq-default@.service"
hosts = "queue"
concurrency = 5
cpu = 0.4
memory = "450MiB"
serves = { default = 5 }
[workers.scheduler]
unit = "sidekiq-scheduler@.service"
hosts = "queue"
concurrency = 5
cpu = 0.1
memory = "450MiB"
serves = { scheduler = 1 }
[queues.ingress]
demand = 32
floor = 8
weight = 8
min_hosts = 2
cpu_bound = true
[queues.default]
demand = 65
floor = 50
[queues.scheduler]
singleton = true
[placement.cdn]
forbid = ["*"]
"#;

fn place() -> Place {
    Place::new(&[("inventory/hosts.toml", HOSTS), ("inventory/queues.toml", QUEUES)])
}

/// What `workers.sh` prints on a host where so many of each kind run: its name, its threads, and how many.
fn workers(host: &str, cpus: u32, running: &[(&str, u32, u32)]) -> String {
    let mut lines = vec![format!("host\t{host}\t{cpus}\t65536000"), "clock\t1763755200\t90000.00".to_owned()];
    let mut processes = Vec::new();
    for kind in ["ingress", "ingress-20", "default", "scheduler"] {
        lines.push(format!("template\tsidekiq-{kind}@.service"));
    }
    let all =
        running.iter().flat_map(|(kind, threads, count)| (1..=*count).map(move |number| (*kind, *threads, number)));
    for (pid, (kind, threads, number)) in (1_000..).zip(all) {
        let unit = format!("sidekiq-{kind}@{number}.service");
        let queue = kind.trim_end_matches("-20");
        lines.push(format!("enabled\t{unit}"));
        for property in ["LoadState=loaded", "ActiveState=active", "UnitFileState=enabled", "TimeoutStopUSec=1min 30s"]
        {
            lines.push(format!("unit\t{property}"));
        }
        lines.extend([
            format!("unit\tId={unit}"),
            format!("unit\tMainPID={pid}"),
            format!("unit\tenv\tDB_POOL={threads}"),
            format!("unit\tword\t\t-c {threads}"),
            format!("unit\tword\t\t-q {queue}"),
            format!("process\t{pid}\t{unit}"),
            "end-of-unit".to_owned(),
        ]);
        processes.extend([
            format!("environ\t{pid}\tDB_POOL={threads}"),
            format!("environ\t{pid}\tINVOCATION_ID=0"),
            format!("word\t{pid}\t-c {threads}"),
            format!("word\t{pid}\t-q {queue}"),
            format!("resident\t{pid}\t400000"),
        ]);
        processes.push(format!("stat\t{pid} (ruby) S 1 0 0 0 0 0 0 0 0 0 10 10 0 0 20 0 1 0 5000 0"));
    }
    lines.push("sample\t89999.00".to_owned());
    lines.extend(processes);
    lines.push("done".to_owned());
    lines.join("\n") + "\n"
}

/// What a host answered; `more`: what else it was asked.
fn answer(workers: &str, more: &[(&str, Value)]) -> Value {
    let mut scripts = json!({ "queue-workers": { "known": workers } });
    for (name, value) in more {
        scripts[*name] = json!({ "known": value.to_string() });
    }
    let kinds = ["ingress", "ingress-20", "default", "scheduler"];
    let places = kinds.map(|kind| format!("/etc/systemd/system/sidekiq-{kind}@.service.d"));
    let files: Value = places
        .iter()
        .flat_map(|it| [it.clone(), format!("{it}/50-fleet.conf")])
        .map(|it| (it, json!("absent")))
        .collect();
    json!({ "facts": {
        "clock": 1_763_755_200.5, "files": files, "units": {}, "processes": [], "scripts": scripts, "fleet": { "outcomes": {} },
    } })
}

/// Four ingress of twenty threads on each of two hosts, three on the third.
fn incident(place: &Place) -> Value {
    let state = fleet::journal::StateDir::beside(&place.path("inventory")).unwrap();
    let key = fleet::secrets::DigestKey::load_or_create(state.path()).unwrap();
    let database = json!({
        "version": 150_000, "max_connections": 500, "superuser_reserved": 3, "reserved": 0,
        "clients": [{ "application": "web", "address": null, "user": "mastodon", "count": 80, "active": 3 }],
    });
    let queue = |depth: &str, latency: &str| json!({ "depth": depth, "latency": latency });
    let redis = json!({
        "queues": { "ingress": queue("18204", "252000"), "default": queue("214", "1800"), "scheduler": queue("0", "0") },
        "processes": [],
    });
    let franz = workers("franz", 12, &[("default", 5, 6), ("ingress-20", 20, 3)]);
    let freud = workers("freud", 16, &[("default", 5, 3), ("ingress-20", 20, 4), ("scheduler", 5, 1)]);
    let nietzsche = workers("nietzsche", 48, &[("default", 5, 4), ("ingress-20", 20, 4)]);
    json!({
        "schema": "fleet/facts/v1", "observed": "2026-11-21T20:00:00Z", "digest_key": key.id(),
        "hosts": {
            "franz": answer(&franz, &[]),
            "freud": answer(&freud, &[]),
            "nietzsche": answer(&nietzsche, &[("queue-database-primary", database), ("queue-redis-primary", redis)]),
            "sally": answer(&workers("sally", 4, &[]), &[]),
        },
    })
}

#[test]
fn what_is_refused() {
    let place = place();
    for (arguments, code) in [
        (&["queue"][..], "usage"),
        (&["queue", "chekc"], "usage"),
        (&["queue", "check", "--solve-time", "soon"], "usage"),
        (&["queue", "plan", "--solve-time", "-1"], "usage"),
        (&["check", "--solve-time", "NaN"], "usage"),
        (&["env", "check", "--solve-time", "1"], "usage"),
        (&["check", "--what-if", "max_connections=300"], "usage"),
        (&["queue", "check", "--what-if", "max_conections=300"], "bad-what-if"),
        (&["queue", "plan", "--what-if", "max_connections=many"], "bad-what-if"),
        (&["queue", "plan", "--what-if", "demand.ingres=40"], "bad-what-if"),
        (&["queue", "plan", "--what-if", "-host=frazn"], "bad-what-if"),
        (&["queue", "plan", "--what-if", "+host=esme"], "bad-what-if"),
        (&["queue", "plan", "--what-if", "max_connections=300", "--out", "p.json"], "what-if-is-not-applied"),
        (&["queue", "apply", "--what-if", "max_connections=300"], "what-if-is-not-applied"),
        (&["queue", "apply", "--facts", "facts.json"], "facts-are-not-applied"),
    ] {
        place.refused(arguments, code);
    }
    let near = place.fleet(&["queue", "plan", "--what-if", "demand.ingres=40"]);
    assert!(near.stderr.contains("`ingress`"), "{}", near.stderr);
    assert!(place.lacks("p.json") && place.lacks(".fleet/workers.json"));
}

#[test]
fn where_no_workers_are_declared() {
    let place = Place::whole();
    for verb in ["check", "plan", "apply"] {
        let run = place.fleet(&["queue", verb, "--json"]);
        assert_eq!(run.code, Some(0), "{verb}: {}", run.stderr);
    }
    // What nobody needs is not read.
    std::fs::create_dir_all(place.path(".fleet")).unwrap();
    place.write(".fleet/workers.json", b"{");
    assert_eq!(place.fleet(&["queue", "check"]).code, Some(0));
}

#[test]
fn what_last_ran_is_never_guessed() {
    let place = place();
    place.write("facts.json", incident(&place).to_string().as_bytes());
    for (text, told) in [("{", "is broken"), (r#"{"schema":"fleet/workers/v2"}"#, "fleet/workers/v2")] {
        place.write(".fleet/workers.json", text.as_bytes());
        for verb in [&["queue", "check"][..], &["queue", "plan"], &["check"]] {
            let run = place.fleet(&[verb, &["--facts", "facts.json", "--json"]].concat());
            assert_eq!(run.code, Some(1), "{verb:?}: {}", run.stderr);
            assert_eq!(run.document("error")["error"]["code"], "bad-workers-file");
            let said: Vec<&str> = run.stderr.split_whitespace().collect();
            assert!(said.join(" ").contains(told), "{}", run.stderr);
        }
        assert_eq!(place.read(".fleet/workers.json"), text);
    }
}

#[test]
fn the_incident_is_checked_and_planned_from_saved_facts() {
    let place = place();
    place.write("facts.json", incident(&place).to_string().as_bytes());
    for (arguments, schema) in [(["queue", "check"], "check"), (["queue", "plan"], "plan-report")] {
        let words = [&arguments[..], &["--facts", "facts.json"]].concat();
        let run = place.fleet(&words);
        assert_eq!(run.code, Some(3), "{words:?}: {}{}", run.stdout, run.stderr);
        assert!(!run.stdout.contains('\u{1b}'), "a pipe gets no colours");
        assert!(run.stdout.contains("ingress-20 4 → 0"), "{}", run.stdout);
        let document = place.fleet(&[&words[..], &["--json"]].concat()).document(schema);
        let balance = &document["balance"];
        let budget = &balance["budgets"][0];
        assert_eq!((&budget["name"], &budget["limit"]), (&json!("primary"), &json!(317)), "{balance:#}");
        assert_eq!(budget["workers"]["before"], 290);
        assert!(budget["workers"]["during"].as_u64() <= Some(317), "{budget}");
        let ingress = balance["queues"].as_array().unwrap().iter().find(|queue| queue["name"] == "ingress").unwrap();
        assert_eq!((&ingress["capacity"]["before"], &ingress["capacity"]["after"]), (&json!(11), &json!(32)));
        assert_eq!((&ingress["depth"], &ingress["latency"]), (&json!(18_204), &json!(252_000)));
        assert_eq!(balance["proven"], true);
        for step in balance["steps"].as_array().unwrap() {
            assert!(step["peak"][0].as_u64() <= Some(317), "{step}");
        }
    }
    // Facts of another day are no look.
    assert!(place.lacks(".fleet/workers.json"));
}

#[test]
fn what_if_is_told_and_leads_nowhere() {
    let place = place();
    place.write("facts.json", incident(&place).to_string().as_bytes());
    let words = ["queue", "plan", "--facts", "facts.json", "--what-if", "max_connections=300,-host=freud"];
    let run = place.fleet(&words);
    assert!(run.stdout.starts_with("what if: max_connections=300, -host=freud\n"), "{}", run.stdout);
    assert!(!run.stdout.contains("next:"), "{}", run.stdout);
    let document = place.fleet(&[&words[..], &["--json"]].concat()).document("plan-report");
    assert_eq!(document["what_if"], json!(["max_connections=300", "-host=freud"]));
    assert_eq!(document["waves"], json!([]));
    assert_eq!(document["balance"]["budgets"][0]["limit"], 117);
}
