//! How lines become runs.

use super::*;

fn line(run: &str, second: i64, host: &str, outcome: Option<&str>) -> Line {
    Line {
        schema: crate::journal::SCHEMA.to_owned(),
        time: Timestamp::from_second(second).expect("time"),
        run: RunId::new(run),
        who: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
        inventory: InventoryStamp::default(),
        actions: vec!["cert".to_owned()],
        plan: String::new(),
        host: Some(HostName::new(host)).filter(|_| !host.is_empty()),
        changes: vec![ItemSummary {
            kind: "cert".to_owned(),
            id: "media".to_owned(),
            place: String::new(),
            diff: Vec::new(),
            operations: Vec::new(),
        }],
        outcome: outcome.map(str::to_owned),
        reason: None,
        about: crate::journal::About::default(),
    }
}

#[test]
fn a_run_is_told_once_with_what_became_of_each_host() {
    let report = LogReport::of(vec![
        line("b", 20, "sally", None),
        line("a", 10, "", Some("applied")),
        line("a", 11, "esme", None),
        line("a", 12, "esme", Some("applied")),
        line("a.2", 13, "sally", None),
        line("a.2", 14, "sally", Some("rolled-back")),
        line("a", 15, "", Some("applied")),
    ]);
    let told: Vec<String> = report
        .runs
        .iter()
        .flat_map(|run| run.hosts.iter().map(move |turn| (&run.run, turn)))
        .map(|(run, turn)| format!("{run} {} {:?}", turn.host.as_ref().map_or("-", HostName::as_str), turn.outcome))
        .collect();
    let applied = "Some(\"applied\")";
    let expected = [
        &format!("a - {applied}"),
        &format!("a esme {applied}"),
        "a sally Some(\"rolled-back\")",
        &format!("a - {applied}"),
        "b sally None",
    ];
    assert_eq!(told, expected);
}

#[test]
fn lines_of_the_run_as_a_whole_tell_of_no_host() {
    let seen = GateSeen {
        wave: "canary".to_owned(),
        gate: "HTTP 200".to_owned(),
        good: true,
        saw: "200 in 12 ms".to_owned(),
        tries: 2,
        duration_ms: 1_200,
    };
    let about = |duration_ms| crate::journal::About { gates: vec![seen.clone()], duration_ms, ..Default::default() };
    let whole = |second, duration| Line {
        about: about(duration),
        changes: Vec::new(),
        ..line("a", second, "", Some("applied"))
    };
    let mut begun = line("a", 1, "x", None);
    begun.about.wave = Some("canary".to_owned());
    let report = LogReport::of(vec![begun, line("a", 3, "x", Some("applied")), whole(4, None), whole(9, Some(8_500))]);
    let run = &report.runs[0];
    assert_eq!((run.hosts.len(), run.gates.len(), run.took(), run.outcome.as_deref()), (1, 1, 8_500, Some("applied")));
    assert_eq!((run.hosts[0].wave_name.as_deref(), run.hosts[0].duration_ms), (Some("canary"), Some(2_000)));
}
