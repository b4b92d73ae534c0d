//! What people see, at the widths that count; and that what scripts get is what the schemas say.

use serde_json::Value;

use super::*;

fn shown(report: &impl Report, width: usize, color: bool) -> String {
    let text = report.table(&Canvas { width, color });
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{text}");
    if !color {
        assert!(!text.contains('\u{1b}'));
        for line in text.lines() {
            assert_eq!(line, line.trim_end());
        }
    }
    text
}

macro_rules! shows {
    ($($name:ident: $report:expr;)*) => {$(
        #[test]
        fn $name() {
            for width in [80, 200] {
                let text = shown(&$report, width, false);
                for line in text.lines().filter(|line| !line.starts_with("next: ")) {
                    assert!(super::text::width(line) <= width, "{line}");
                }
                insta::assert_snapshot!(format!("{}_{width}", stringify!($name)), text);
            }
        }
    )*};
}

shows! {
    check: samples::check();
    check_fine: samples::check_fine();
    check_hard: samples::check_hard();
    plan: PlanReport::of(&samples::plan(), Some("fleet env apply".to_owned()));
    plan_in_waves: PlanReport::of(&samples::plan_in_waves(), Some("fleet apply plan.json".to_owned()));
    plan_empty: PlanReport::of(&samples::plan_empty(), Some("fleet env apply".to_owned()));
    apply: samples::apply();
    discover: samples_discover::discover();
    discover_nothing: samples_discover::discover_nothing();
    exec: samples::exec();
    hosts: samples::hosts();
    health: samples::health();
    trust: samples::trust();
    connections: samples::connections();
    lab: samples::lab();
    log: samples_log::log();
    log_from_hosts: samples_log::log_from_hosts();
    log_run: samples_log::run();
    log_verify: samples_log::verified();
    log_verify_sound: samples_log::verified_sound();
    error: samples::error();
    queue_check: samples_queue::check();
    queue_check_converged: samples_queue::check_converged();
    queue_plan: samples_queue::planned();
    queue_plan_blocked: samples_queue::planned_blocked();
    queue_plan_large: samples_queue::planned_large();
    queue_plan_converged: samples_queue::planned_converged();
    queue_apply: samples_queue::applied();
    queue_apply_blocked: samples_queue::apply_blocked();
}

#[test]
fn colors_change_no_word() {
    let report = samples::check();
    let colored = shown(&report, 80, true);
    let stripped: Vec<String> =
        strip_ansi_escapes::strip_str(&colored).lines().map(|line| line.trim_end().to_owned()).collect();
    let stripped = stripped.join("\n") + "\n";
    assert_eq!(stripped, shown(&report, 80, false));
    insta::assert_snapshot!("check_in_color", colored.replace('\u{1b}', "␛"));
}

#[test]
fn the_journal_is_told_as_markdown() {
    insta::assert_snapshot!("log_markdown", samples_log::log_from_hosts().markdown());
    insta::assert_snapshot!("log_run_markdown", samples_log::run().markdown());
}

/// For the eye: `cargo test --lib report::tests::as_a_terminal -- --ignored --nocapture`.
#[test]
#[ignore = "it is for people to look at"]
#[expect(clippy::print_stdout, reason = "it is for people to look at")]
fn as_a_terminal_shows_it() {
    let width = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(80);
    for text in [
        shown(&samples_queue::check(), width, true),
        shown(&samples_queue::planned(), width, true),
        shown(&samples_queue::planned_blocked(), width, true),
        shown(&samples_queue::planned_large(), width, true),
        shown(&samples_queue::applied(), width, true),
    ] {
        println!("{text}\n{}", "─".repeat(width));
    }
}

#[test]
fn no_report_breaks_in_a_narrow_terminal() {
    for width in [1, 20, 40] {
        shown(&samples::check_hard(), width, false);
        shown(&samples::health(), width, true);
        shown(&samples_discover::discover(), width, false);
        shown(&PlanReport::of(&samples::plan(), None), width, false);
        shown(&samples_queue::planned(), width, true);
        shown(&samples_queue::planned_large(), width, false);
        shown(&samples_queue::planned_blocked(), width, false);
    }
}

#[test]
fn every_host_is_shown() {
    for text in
        [shown(&samples::check(), 80, false), shown(&samples::apply(), 80, false), shown(&samples::health(), 80, false)]
    {
        for host in samples::HOSTS {
            assert!(text.contains(host), "{host} is not in\n{text}");
        }
    }
}

fn value(document: &impl serde::Serialize) -> Value {
    serde_json::to_value(document).unwrap()
}

fn documents() -> Vec<(&'static str, Value)> {
    let mut documents = vec![
        ("check", value(&samples::check())),
        ("check", value(&samples::check_fine())),
        ("check", value(&samples::check_hard())),
        ("plan", value(&samples::plan())),
        ("plan-report", value(&PlanReport::of(&samples::plan_in_waves(), Some("fleet env apply".to_owned())))),
        ("plan-report", value(&PlanReport::of(&samples::plan_empty(), None))),
        ("apply", value(&samples::apply())),
        ("check", value(&samples_queue::check())),
        ("plan-report", value(&samples_queue::planned())),
        ("plan-report", value(&samples_queue::planned_blocked())),
        ("plan-report", value(&samples_queue::planned_large())),
        ("apply", value(&samples_queue::applied())),
        ("discover", value(&samples_discover::discover())),
        ("discover", value(&samples_discover::discover_nothing())),
        ("exec", value(&samples::exec())),
        ("hosts", value(&samples::hosts())),
        ("health", value(&samples::health())),
        ("trust", value(&samples::trust())),
        ("connections", value(&samples::connections())),
        ("certs", value(&super::CertListReport::new(Vec::new(), false, jiff::Timestamp::UNIX_EPOCH))),
        ("cert-note", value(&super::CertNoteReport::new("clean", vec!["nothing was left behind in DNS".to_owned()]))),
        ("lab", value(&samples::lab())),
        ("error", value(&samples::error())),
        ("journal", value(&samples_log::lines().pop())),
        ("log", value(&samples_log::log())),
        ("log", value(&samples_log::log_from_hosts())),
        ("run", value(&samples_log::run())),
        ("log-verify", value(&samples_log::verified())),
        ("log-verify", value(&samples_log::verified_sound())),
    ];
    documents.extend(samples_records::all());
    documents.extend(progress::samples().into_iter().map(|event| ("event", event)));
    documents
}

#[test]
fn documents_are_as_their_schemas_say() {
    for (what, document) in documents() {
        let schema = schema::schema(what).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        if let Err(error) = validator.validate(&document) {
            panic!("{what}: {error} at {}\n{document:#}", error.instance_path());
        }
        let version = document["schema"].as_str().and_then(|name| name.strip_prefix(&format!("fleet/{what}/v")));
        assert!(version.is_some_and(|version| version.parse::<u8>().is_ok()), "{what}: {document:#}");
    }
}

#[test]
fn a_schema_refuses_what_is_not_of_it() {
    for (what, document) in documents() {
        let schema = schema::schema(what).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut other = document.clone();
        other["schema"] = Value::from("fleet/other/v1");
        assert!(!validator.is_valid(&other), "{what} accepts another schema's name");
        let mut less = document;
        less.as_object_mut().unwrap().remove("schema");
        assert!(!validator.is_valid(&less), "{what} accepts a document without its schema");
    }
}

#[test]
fn every_schema_has_a_document() {
    for name in schema::names() {
        assert!(documents().iter().any(|(what, _)| *what == name), "{name} has no sample");
    }
    assert!(schema::schema("nothing").is_none());
}

#[test]
fn many_hosts_are_folded_in_no_time() {
    let hosts = (0..10_000).map(|number| {
        let mut result = samples::check().hosts.remove(1);
        result.host = samples::host(&format!("web-{number}"));
        result
    });
    let report = CheckReport::new(vec!["env".to_owned()], hosts.collect(), None);
    let begun = std::time::Instant::now();
    let text = shown(&report, 80, false);
    assert!(text.contains("web-[0-9999]"));
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
}

mod every_host {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::engine::plan::Plan;
    use crate::engine::status::{Difference, Failure, HostResult, Item, Status};

    fn status() -> impl Strategy<Value = Status> {
        prop::sample::select(vec![
            Status::Ok,
            Status::Changed,
            Status::Skipped,
            Status::Planned,
            Status::Stale,
            Status::Drift,
            Status::Unknown,
            Status::RolledBack,
            Status::Failed,
            Status::Unreachable,
        ])
    }

    fn failure() -> impl Strategy<Value = Option<Failure>> {
        prop::option::of(any::<String>().prop_map(|message| Failure::bare("code", message)))
    }

    fn item() -> impl Strategy<Value = Item> {
        let difference = (status(), any::<String>(), any::<[Option<String>; 3]>());
        let differences = prop::collection::vec(difference, 0..3);
        (status(), differences, failure()).prop_map(|(status, differences, error)| Item {
            kind: "env".to_owned(),
            id: "mastodon".to_owned(),
            status,
            differences: differences
                .into_iter()
                .map(|(status, text, [declared, on_disk, live])| Difference {
                    subject: text.clone(),
                    status,
                    declared,
                    on_disk,
                    live,
                    message: text,
                    repairable: true,
                })
                .collect(),
            warnings: Vec::new(),
            error,
        })
    }

    fn hosts() -> impl Strategy<Value = Vec<HostResult>> {
        let names = ["alpha", "bravo", "charlie", "delta"];
        let host = (status(), prop::collection::vec(item(), 0..3), failure());
        prop::collection::vec(host, 0..=names.len()).prop_map(move |hosts| {
            hosts
                .into_iter()
                .zip(names)
                .map(|((status, items, error), name)| HostResult { host: samples::host(name), status, items, error })
                .collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn is_in_every_text_and_every_count(hosts in hosts()) {
            let plan = Plan { waves: Vec::new(), hosts: hosts.clone(), ..samples::plan() };
            let check = CheckReport::new(Vec::new(), hosts.clone(), None);
            let apply = ApplyReport::new(None, Vec::new(), 0, hosts.clone());
            let texts = [shown(&check, 80, false), shown(&PlanReport::of(&plan, None), 80, false), shown(&apply, 80, false)];
            for host in &hosts {
                for text in &texts {
                    prop_assert!(text.contains(host.host.as_str()), "{} is not in\n{}", host.host, text);
                }
            }
            let counted: BTreeMap<Status, usize> = check.counts;
            prop_assert_eq!(counted.values().sum::<usize>(), hosts.len());
        }
    }
}
