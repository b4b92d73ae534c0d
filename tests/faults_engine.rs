//! The engine without hosts: a transport that answers by itself, the compiled script in the shells of this machine, and
//! tables for all that is parsed.

#![expect(clippy::unwrap_used, reason = "tests end where something is not as expected")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Write as _;
use std::ops::ControlFlow;
use std::process::{Command as Process, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use fleet::engine::commit::{Commit, Ended};
use fleet::engine::compile::Values;
use fleet::engine::deferred::Provided;
use fleet::engine::fact::Fact;
use fleet::engine::gate::own_scripts;
use fleet::engine::log::{Cause, Ending, LaunchLine, LogLine, LogReader, Told};
use fleet::engine::observe::Questions;
use fleet::engine::outside::Handshake;
use fleet::engine::plan::{Author, InventoryStamp, Lock, Plan, SCHEMA, Wave};
use fleet::engine::probe::{HostFacts, LinkFact, PathKind, Probe};
use fleet::engine::run::{Between, Fate, GateSeen, Recorder, Rollout, RunEnd, Stop, Straight};
use fleet::engine::status::{Failure, HostResult, Status};
use fleet::engine::transaction::{
    Change, Check, Command, Confirm, Content, ExpectRunning, Gate, Idle, Part, Transaction, UnitOperation, Verify,
    content_digest,
};
use fleet::engine::transport::{Boxed, Interruption, Script, Sink, Transport};
use fleet::names::{HostName, RemotePath, RunId, UnitName};
use fleet::secrets::{DigestKey, Secret, SecretRef};
use fleet::ssh;

const RUN: &str = "20261121T202449Z-3f9a";

/// What the transport is to answer, exec by exec; when there is nothing more, the transaction is applied.
enum Answer {
    /// These lines of the log, then the end of the stream.
    Log(&'static str),
    /// The same, then the connection is lost.
    Lost(&'static str),
    /// It asks for a verdict, and ends with these lines once it has one.
    Asks(&'static str),
    /// A line of the launch script.
    Launch(&'static str),
    /// The host does not answer.
    Unreachable,
}

#[derive(Default)]
struct Fake {
    answers: Mutex<BTreeMap<HostName, VecDeque<Answer>>>,
    /// The same by the function that is called, for those that start no transaction.
    said: Mutex<BTreeMap<&'static str, VecDeque<Answer>>>,
    /// `HOST CALL` when an exec begins, `HOST end` when it has ended.
    seen: Mutex<Vec<String>>,
    scripts: Mutex<Vec<Script>>,
    now: Mutex<(usize, usize)>,
}

impl Fake {
    fn answers(self, host: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.answers.lock().unwrap().insert(HostName::new(host), answers.into_iter().collect());
        self
    }

    fn said(self, function: &'static str, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.said.lock().unwrap().insert(function, answers.into_iter().collect());
        self
    }

    fn calls(&self) -> Vec<String> {
        self.scripts.lock().unwrap().iter().map(|script| script.call.clone()).collect()
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Transport for Fake {
    fn run<'a>(
        &'a self,
        host: &'a HostName,
        script: &'a Script,
        _: Duration,
        sink: &'a mut Sink<'_>,
    ) -> Boxed<'a, Result<(), Interruption>> {
        Box::pin(async move {
            let function = script.call.split(' ').next().unwrap();
            self.seen.lock().unwrap().push(format!("{host} {function}"));
            self.scripts.lock().unwrap().push(script.clone());
            {
                let mut now = self.now.lock().unwrap();
                now.0 += 1;
                now.1 = now.1.max(now.0);
            }
            let marker = script.functions.lines().find_map(|line| line.strip_prefix("marker=")).unwrap();
            let marker = marker.trim_matches('\'');
            tokio::time::sleep(Duration::from_millis(2)).await;
            let answer = if function == "fleet_verdict" {
                Answer::Launch("given")
            } else if let Some(said) = self.said.lock().unwrap().get_mut(function).and_then(VecDeque::pop_front) {
                said
            } else if matches!(function, "fleet_lock" | "fleet_renew") {
                Answer::Launch("held")
            } else if function == "fleet_unlock" {
                Answer::Launch("released")
            } else {
                let mut answers = self.answers.lock().unwrap();
                answers
                    .get_mut(host)
                    .and_then(VecDeque::pop_front)
                    .unwrap_or(Answer::Log("phase expect\nend applied \n"))
            };
            let failure = Failure::bare("connection-lost", "gone");
            let mut say = |text: String| {
                // In pieces, as a network hands them over.
                for piece in text.as_bytes().chunks(7) {
                    if sink(piece) == ControlFlow::Break(()) {
                        break;
                    }
                }
            };
            let ended = match answer {
                Answer::Log(text) => {
                    say(format!("motd\n{marker} log\n{text}"));
                    Ok(())
                }
                Answer::Lost(text) => {
                    say(format!("{marker} log\n{text}"));
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    Err(Interruption::Lost(failure))
                }
                Answer::Asks(text) => {
                    say(format!("{marker} log\nconfirm 2\n"));
                    while !self.seen().contains(&format!("{host} fleet_verdict")) {
                        tokio::time::sleep(Duration::from_millis(2)).await;
                    }
                    say(text.to_owned());
                    Ok(())
                }
                Answer::Launch(text) => {
                    say(format!("{marker} {text}\n"));
                    Ok(())
                }
                Answer::Unreachable => Err(Interruption::Unreachable(failure)),
            };
            self.now.lock().unwrap().0 -= 1;
            self.seen.lock().unwrap().push(format!("{host} end"));
            ended
        })
    }

    fn address(&self, _: &HostName) -> String {
        "127.0.0.1".to_owned()
    }
}

#[derive(Default)]
struct Records(Mutex<Vec<String>>);

impl Recorder for Records {
    fn begin(&self, run: &RunId, host: &HostName, _: &Transaction) -> Result<(), Failure> {
        self.0.lock().unwrap().push(format!("{run} {host} begins"));
        Ok(())
    }

    fn end(&self, run: &RunId, _: &Transaction, ended: &Ended) {
        self.0.lock().unwrap().push(format!("{run} {} {}", ended.result.host, ended.outcome));
    }

    fn gate(&self, run: &RunId, seen: &GateSeen) {
        self.0.lock().unwrap().push(format!(
            "{run} gate {}, try {}: {}",
            if seen.good { "good" } else { "bad" },
            seen.tries,
            seen.saw
        ));
    }

    fn pause(&self, run: &RunId, wave: &Wave) {
        self.0.lock().unwrap().push(format!("{run} pauses for {} s", wave.pause_seconds));
    }

    fn note(&self, run: &RunId, stop: &Stop<'_>) {
        let Stop { kind, id, outcome, failure } = stop;
        self.0.lock().unwrap().push(format!("{run} {kind} {id} {outcome} {}", failure.code));
    }
}

fn key() -> DigestKey {
    DigestKey::from_bytes([7; 32])
}

fn write(content: Vec<Part>, digest: Option<String>) -> Transaction {
    Transaction {
        changes: vec![Change::Write {
            path: RemotePath::new("/etc/a file"),
            content: Content(content),
            digest,
            mode: None,
            owner: None,
        }],
        lease_seconds: 60,
        ..Transaction::default()
    }
}

fn plan(waves: Vec<BTreeMap<HostName, Transaction>>) -> Plan {
    Plan {
        schema: SCHEMA.to_owned(),
        created: jiff::Timestamp::UNIX_EPOCH,
        author: Author { user: "a".to_owned(), machine: "b".to_owned() },
        inventory: InventoryStamp::default(),
        digest_key: key().id().to_owned(),
        actions: Vec::new(),
        playbook: None,
        undoes: None,
        locks: Vec::new(),
        waves: waves.into_iter().map(|transactions| Wave::of("", transactions)).collect(),
        hosts: Vec::new(),
    }
}

fn hosts(names: &[&str]) -> BTreeMap<HostName, Transaction> {
    names
        .iter()
        .map(|name| (HostName::new(*name), Transaction { lease_seconds: 60, ..Transaction::default() }))
        .collect()
}

/// What came of a run: the lines that were heard, its end, the records.
struct Came {
    heard: Vec<String>,
    end: RunEnd,
    records: Vec<String>,
}

/// Carries the plan out; the lines that were heard, the results, the records.
fn carry_out(
    fake: &Fake,
    plan: &Plan,
    values: &Values,
    parallel: usize,
) -> (Vec<String>, BTreeMap<HostName, HostResult>, Vec<String>) {
    let Came { heard, end, records } = carry_out_with(fake, plan, values, parallel, &Straight, &|_| false);
    (heard, end.hosts, records)
}

fn carry_out_with(
    fake: &Fake,
    plan: &Plan,
    values: &Values,
    parallel: usize,
    between: &dyn Between,
    interrupted: &dyn Fn(&[String]) -> bool,
) -> Came {
    let key = key();
    let heard = Mutex::new(Vec::new());
    let records = Records::default();
    let commit = Commit {
        transport: fake,
        description: "tester@here, set, since now",
        key: &key,
        values,
        lock_timeout: Duration::ZERO,
        random: &|| "fleet-0123456789ab".to_owned(),
        scripts: &own_scripts(),
        hear: &|host, line| heard.lock().unwrap().push(format!("{host} {line:?}")),
    };
    let run = RunId::new(RUN);
    let rollout = Rollout {
        commit: &commit,
        run: &run,
        parallel,
        journal_head: &|_, _, _| "{".to_owned(),
        recorder: &records,
        between,
        interrupted: &|| interrupted(&records.0.lock().unwrap()),
        lock_lease: Duration::from_secs(60),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let end = runtime.block_on(rollout.carry_out(plan));
    Came { heard: heard.into_inner().unwrap(), end, records: records.0.into_inner().unwrap() }
}

fn status<'a>(results: &'a BTreeMap<HostName, HostResult>, host: &str) -> (Status, &'a str) {
    let result = &results[host];
    (result.status, result.error.as_ref().map_or("", |error| error.code.as_str()))
}

#[test]
fn two_hundred_hosts_side_by_side() {
    let fake = Fake::default();
    let names: Vec<String> = (0..200).map(|number| format!("h{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (_, results, records) = carry_out(&fake, &plan(vec![hosts(&names)]), &Values::default(), 64);
    assert_eq!(results.values().filter(|it| it.status == Status::Changed).count(), 200);
    assert_eq!(records.len(), 400);
    let most = fake.now.lock().unwrap().1;
    assert!((32..=64).contains(&most), "{most} at a time");
    assert_eq!(fake.seen().iter().filter(|it| it.contains("fleet_")).count(), 200, "one exec a host");
}

#[test]
fn a_wave_starts_when_the_one_before_has_ended() {
    let fake = Fake::default();
    let (_, _, records) =
        carry_out(&fake, &plan(vec![hosts(&["a", "b", "c"]), hosts(&["b", "d"])]), &Values::default(), 8);
    let seen = fake.seen();
    let last_end = ["a", "b", "c"].map(|host| seen.iter().position(|it| *it == format!("{host} end")).unwrap());
    let d = seen.iter().position(|it| it.starts_with("d fleet_launch")).unwrap();
    assert!(last_end.iter().all(|end| *end < d), "{seen:?}");
    // A host's second transaction is a run of its own there.
    assert!(
        records.contains(&format!("{RUN}.2 b begins")) && records.contains(&format!("{RUN} b applied")),
        "{records:?}"
    );
}

#[test]
fn after_a_failure_no_host_starts() {
    let rolled = Answer::Log(
        "phase expect\nstep validate 1\noutput nginx: bad\nfail validate-failed nginx failed\nend rolled-back validate-failed nginx failed\n",
    );
    let fake = Fake::default().answers("a", [rolled]);
    let (_, results, records) =
        carry_out(&fake, &plan(vec![hosts(&["a", "b"]), hosts(&["b", "c"])]), &Values::default(), 8);
    assert_eq!(status(&results, "a"), (Status::RolledBack, "validate-failed"));
    assert!(results["a"].error.as_ref().unwrap().message.contains("nginx: bad"));
    assert_eq!(status(&results, "c"), (Status::Skipped, "not-started"));
    assert!(!fake.seen().iter().any(|it| it.starts_with('c')));
    assert!(!records.iter().any(|it| it.contains(" c ")), "{records:?}");
}

#[test]
fn a_lost_link_loses_no_line_and_no_question() {
    let fake = Fake::default().answers(
        "a",
        [
            Answer::Lost("phase expect\nphase sta"),
            Answer::Unreachable,
            Answer::Lost("phase stage\nconfirm 20\n"),
            Answer::Log("end applied \n"),
        ],
    );
    let transaction = Transaction {
        confirm: Some(Confirm { timeout_seconds: 20, gates: vec![Gate::Reachable] }),
        lease_seconds: 60,
        ..Transaction::default()
    };
    let waves = vec![BTreeMap::from([(HostName::new("a"), transaction)])];
    let (heard, results, _) = carry_out(&fake, &plan(waves), &Values::default(), 8);
    assert_eq!(results["a"].error, None);
    assert_eq!(heard, ["a Phase(\"expect\")", "a Phase(\"stage\")", "a Confirm(20)", "a End(Applied)"]);
    let calls: Vec<String> = fake.scripts.lock().unwrap().iter().map(|it| it.call.clone()).collect();
    let follows: Vec<&String> = calls.iter().filter(|it| it.starts_with("fleet_follow")).collect();
    let offset = "phase expect\n".len();
    let later = offset + "phase stage\nconfirm 20\n".len();
    let wanted = [offset, offset, later];
    assert_eq!(follows.len(), 3, "{calls:?}");
    for (call, offset) in follows.iter().zip(wanted) {
        assert!(call.ends_with(&format!(" {offset} end")), "{call} {offset}");
    }
    assert!(calls.iter().any(|it| it.starts_with("fleet_verdict")), "{calls:?}");
}

#[test]
fn a_question_that_was_not_answered_is_answered_on_the_next_link() {
    // The first stream ends before a verdict can be given: it takes the exec longer.
    let fake =
        Fake::default().answers("a", [Answer::Log("confirm 20\n"), Answer::Lost(""), Answer::Log("end applied \n")]);
    let transaction = Transaction {
        confirm: Some(Confirm { timeout_seconds: 20, gates: vec![Gate::Reachable] }),
        lease_seconds: 60,
        ..Transaction::default()
    };
    let waves = vec![BTreeMap::from([(HostName::new("a"), transaction)])];
    let (_, results, _) = carry_out(&fake, &plan(waves), &Values::default(), 8);
    assert_eq!(results["a"].error, None);
    assert!(fake.seen().iter().any(|it| it == "a fleet_verdict"), "{:?}", fake.seen());
}

#[test]
fn the_verdict_says_what_is_presented_in_place_of_a_new_certificate() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let refused = "end rolled-back confirm-refused seen from the controller: x\n";
    let fake = Fake::default().answers("a", [Answer::Asks(refused)]);
    let leaf = Part::Deferred { name: "leaf".to_owned(), constraints: BTreeMap::new() };
    let handshake = Handshake { port, server_name: "media.example.org".to_owned(), starttls: None };
    let gate = Gate::Handshake { handshake, leaf: Content(vec![leaf]), before: None };
    let transaction = Transaction {
        confirm: Some(Confirm { timeout_seconds: 2, gates: vec![Gate::Reachable, gate] }),
        lease_seconds: 60,
        ..Transaction::default()
    };
    let waves = vec![BTreeMap::from([(HostName::new("a"), transaction)])];
    let bytes = Secret::new("0".repeat(64).into_bytes());
    let values = Values {
        deferred: BTreeMap::from([("leaf".to_owned(), Provided { bytes, secret: false })]),
        ..Values::default()
    };
    let (_, results, _) = carry_out(&fake, &plan(waves), &values, 8);
    assert_eq!(status(&results, "a"), (Status::RolledBack, "confirm-refused"));
    assert!(results["a"].error.as_ref().unwrap().hint.is_some());
    let calls: Vec<String> = fake.scripts.lock().unwrap().iter().map(|it| it.call.clone()).collect();
    let bad = format!("'bad 127.0.0.1 port {port} (media.example.org): ");
    assert!(calls.iter().any(|call| call.starts_with("fleet_verdict") && call.contains(&bad)), "{calls:?}");
}

#[test]
fn how_runs_end_that_do_not_begin() {
    for (answers, wanted, outcome) in [
        (vec![Answer::Unreachable], (Status::Unreachable, "connection-lost"), "refused"),
        (
            vec![Answer::Launch("locked fleet X: bob@desk, env, since 2026-11-21 20:24:49Z")],
            (Status::Skipped, "locked"),
            "refused",
        ),
        (vec![Answer::Launch("refused not-root the log-in is not root's")], (Status::Failed, "not-root"), "refused"),
        (vec![Answer::Lost(""), Answer::Launch("gone")], (Status::Failed, "connection-lost"), "refused"),
        (
            vec![Answer::Log("end failed verify-failed x; these could not be put back: /a\n")],
            (Status::Failed, "verify-failed"),
            "failed",
        ),
        (vec![Answer::Log("end refused host-changed x\n")], (Status::Failed, "host-changed"), "refused"),
    ] {
        let fake = Fake::default().answers("a", answers);
        let (_, results, records) = carry_out(&fake, &plan(vec![hosts(&["a"])]), &Values::default(), 8);
        assert_eq!(status(&results, "a"), wanted);
        assert_eq!(records[1], format!("{RUN} a {outcome}"));
    }
}

fn locked(waves: Vec<BTreeMap<HostName, Transaction>>) -> Plan {
    let lock = |host: &str, name: &str| Lock { host: HostName::new(host), name: name.to_owned(), turn: 3 };
    Plan { locks: vec![lock("z", "db:b"), lock("a", "db:two words"), lock("z", "db:a")], ..plan(waves) }
}

#[test]
fn locks_are_taken_in_one_order_and_given_back() {
    let fake = Fake::default();
    let (_, results, _) = carry_out(&fake, &locked(vec![hosts(&["a"]), hosts(&["b"])]), &Values::default(), 8);
    assert!(results.values().all(|result| result.status == Status::Changed), "{results:?}");
    let calls = fake.calls();
    let of = |function: &str| -> Vec<(usize, &String)> {
        calls.iter().enumerate().filter(|(_, call)| call.starts_with(function)).collect()
    };
    let taken = of("fleet_lock ");
    let wanted = ["'fleet-lock-db:two\\x20words.service'", "fleet-lock-db:a.service", "fleet-lock-db:b.service"];
    assert_eq!(taken.len(), 3, "{calls:?}");
    for ((_, call), unit) in taken.iter().zip(wanted) {
        assert!(
            call.contains(unit) && call.contains(" 3 ") && call.contains(&format!("'fleet {RUN}: tester@here")),
            "{call}"
        );
    }
    let launched = of("fleet_launch");
    assert!(taken[2].0 < launched[0].0, "{calls:?}");
    // Asked after once between the waves.
    let renewed = of("fleet_renew");
    assert_eq!(renewed.len(), 3, "{calls:?}");
    assert!(renewed.iter().all(|(at, _)| (launched[0].0..launched[1].0).contains(at)), "{calls:?}");
    let released = of("fleet_unlock");
    assert!(released.len() == 3 && released.iter().all(|(at, _)| *at > launched[1].0), "{calls:?}");
}

#[test]
fn a_run_without_its_locks_changes_nothing() {
    for (answer, wanted, outcome) in [
        ("locked fleet X: bob@desk, queue, since 2026-11-21", (Status::Skipped, "locked"), "refused locked"),
        ("turned 4", (Status::Failed, "host-changed"), "refused host-changed"),
        ("refused not-writable no room", (Status::Failed, "not-writable"), "refused not-writable"),
    ] {
        let fake = Fake::default().said("fleet_lock", [Answer::Launch("held"), Answer::Launch(answer)]);
        let (_, results, records) = carry_out(&fake, &locked(vec![hosts(&["a", "b"])]), &Values::default(), 8);
        for host in ["a", "b"] {
            assert_eq!(status(&results, host), wanted, "{answer}");
        }
        let failure = results["a"].error.as_ref().unwrap();
        assert!(
            failure.message.contains("db:a on z") && failure.message.contains("nothing was changed"),
            "{failure:?}"
        );
        assert_eq!(records, [format!("{RUN} lock db:two words on a, db:a on z, db:b on z {outcome}")]);
        let calls = fake.calls();
        assert!(!calls.iter().any(|call| call.starts_with("fleet_launch")), "{calls:?}");
        // The first one, and the one that may be held after all where the link was lost.
        assert_eq!(calls.iter().filter(|call| call.starts_with("fleet_unlock")).count(), 2, "{calls:?}");
    }
}

#[test]
fn a_lost_lock_starts_no_wave() {
    let fake = Fake::default().said("fleet_renew", [Answer::Launch("lost")]);
    let (_, results, records) =
        carry_out(&fake, &locked(vec![hosts(&["a", "b"]), hosts(&["b"])]), &Values::default(), 8);
    assert_eq!(status(&results, "a"), (Status::Changed, ""));
    assert_eq!(status(&results, "b"), (Status::Skipped, "lock-lost"));
    assert!(
        records.iter().any(|it| it.starts_with(&format!("{RUN}.2 lock ")) && it.ends_with("failed lock-lost")),
        "{records:?}"
    );
    assert_eq!(fake.calls().iter().filter(|call| call.starts_with("fleet_launch")).count(), 2);
}

#[test]
fn a_gate_that_becomes_good_lets_the_next_wave_start() {
    let gate = Gate::Script { host: HostName::new("z"), text: "[ -e /good ]".to_owned(), told: "good".to_owned() };
    let gated = |answers: &[&'static str]| {
        let fake = Fake::default().said("fleet_gate", answers.iter().map(|said| Answer::Launch(said)));
        let mut plan = plan(vec![hosts(&["a", "b"]), hosts(&["b", "c"])]);
        plan.waves[0].gates = vec![Check { gate: gate.clone(), timeout_seconds: 2, tries: None }];
        let (_, results, records) = carry_out(&fake, &plan, &Values::default(), 8);
        let seen = fake.seen().iter().filter(|it| *it == "z fleet_gate").count();
        (results, records, seen)
    };
    let (results, _, seen) = gated(&["ended 1", "ended 0"]);
    assert!(results.len() == 3 && results.values().all(|result| result.status == Status::Changed), "{results:?}");
    assert_eq!(seen, 2);
    let (results, records, _) = gated(&["said no such file\nfleet-0123456789ab ended 1"; 4]);
    for host in ["a", "b"] {
        assert_eq!(status(&results, host), (Status::Failed, "gate-failed"));
    }
    assert_eq!(status(&results, "c"), (Status::Skipped, "gate-failed"));
    let message = &results["a"].error.as_ref().unwrap().message;
    assert!(message.contains("good (on z): no such file"), "{message}");
    assert!(records.contains(&format!("{RUN} gate  failed gate-failed")), "{records:?}");
}

// --- waves ---

const ROLLED_BACK: Answer = Answer::Log("phase expect\nend rolled-back validate-failed nginx: bad\n");

/// Waves of one step, which bears so many failures.
fn step(waves: &[&[&str]], max_failures: u32) -> Plan {
    let mut plan = plan(waves.iter().map(|names| hosts(names)).collect());
    for (number, wave) in plan.waves.iter_mut().enumerate() {
        wave.name = format!("wave {number}");
        wave.step = Some("nginx".to_owned());
        wave.max_failures = max_failures;
    }
    plan
}

fn script_gate() -> Check {
    let gate = Gate::Script { host: HostName::new("z"), text: "true".to_owned(), told: "good".to_owned() };
    Check { gate, timeout_seconds: 9, tries: Some(1) }
}

/// A gate's script that ends so and says this.
fn said(words: &'static str) -> Answer {
    Answer::Launch(words)
}

const GOOD: &str = "said all is well\nfleet-0123456789ab ended 0";
const BAD: &str = "said 3 of 4\nfleet-0123456789ab ended 1";

fn go(fake: &Fake, plan: &Plan) -> Came {
    carry_out_with(fake, plan, &Values::default(), 8, &Straight, &|_| false)
}

fn left(end: &RunEnd, fate: Fate) -> String {
    end.hosts_left(fate).iter().map(HostName::as_str).collect::<Vec<_>>().join(" ")
}

fn launches(fake: &Fake) -> usize {
    fake.calls().iter().filter(|call| call.starts_with("fleet_launch")).count()
}

#[test]
fn failures_are_counted_over_the_waves_of_a_step() {
    let answers = || Fake::default().answers("a", [ROLLED_BACK]).answers("d", [Answer::Unreachable]);
    let waves: &[&[&str]] = &[&["a", "b"], &["c", "d"], &["a", "e"], &["f"]];
    let fake = answers();
    let came = go(&fake, &step(waves, 1));
    assert_eq!(left(&came.end, Fate::Done), "b c");
    assert_eq!(left(&came.end, Fate::RolledBack), "a");
    assert_eq!(left(&came.end, Fate::Untouched), "d e f");
    let stopped = came.end.stopped.unwrap();
    assert_eq!((stopped.wave, stopped.name.as_str(), stopped.step.as_deref()), (1, "wave 1", Some("nginx")));
    assert_eq!(stopped.failure.code, "hosts-failed");
    assert_eq!(stopped.failure.message, "2 hosts did not come to their planned end, and 1 may: a, d");
    assert_eq!(status(&came.end.hosts, "f"), (Status::Skipped, "not-started"));

    // With one more it goes on to the end, and what failed once is left alone.
    let fake = answers();
    let came = go(&fake, &step(waves, 2));
    assert_eq!(came.end.stopped, None);
    assert_eq!(left(&came.end, Fate::Done), "b c e f");
    assert_eq!(status(&came.end.hosts, "a"), (Status::RolledBack, "validate-failed"));
    assert_eq!(status(&came.end.hosts, "d"), (Status::Unreachable, "connection-lost"));
    assert_eq!(fake.seen().iter().filter(|it| *it == "a fleet_launch").count(), 1);
    let changed = came.end.changed(&RunId::new(RUN));
    assert_eq!(changed.iter().map(|(_, host)| host.as_str()).collect::<String>(), "bcef");
    assert_eq!(changed[3].0.as_str(), format!("{RUN}.4"));

    // Each step counts for itself, and a host that is left out of the next one counts there.
    let fake = answers();
    let mut plan = step(waves, 2);
    plan.waves[2].step = Some("env".to_owned());
    plan.waves[2].max_failures = 0;
    let stopped = go(&fake, &plan).end.stopped.unwrap();
    assert_eq!((stopped.wave, stopped.step.as_deref()), (2, Some("env")));
    assert_eq!(stopped.failure.message, "a did not come to its planned end");
}

#[test]
fn in_a_wave_no_host_starts_after_one_failure_too_many() {
    let names = ["a", "b", "c", "d", "e"];
    let answers = || names.iter().take(3).fold(Fake::default(), |fake, name| fake.answers(name, [ROLLED_BACK]));
    for (max_failures, launched) in [(0, 1), (1, 2), (2, 3), (3, 5)] {
        let fake = answers();
        let plan = step(&[&names], max_failures);
        let came = carry_out_with(&fake, &plan, &Values::default(), 1, &Straight, &|_| false);
        assert_eq!(launches(&fake), launched);
        assert_eq!(came.end.stopped.is_some(), max_failures < 3, "{max_failures}");
    }
}

#[test]
fn a_pause_ends_with_another_look() {
    let fake = || Fake::default().said("fleet_gate", [said(GOOD), said(BAD)]);
    let mut plan = step(&[&["a"], &["b"]], 0);
    plan.waves[0].gates = vec![script_gate()];
    plan.waves[0].pause_seconds = 1;
    let (came, hosts) = {
        let fake = fake();
        let came = go(&fake, &plan);
        (came, fake.seen())
    };
    let waits = format!("{RUN} pauses for 1 s");
    let gates: Vec<&String> = came.records.iter().filter(|it| it.contains("gate") || **it == waits).collect();
    assert_eq!(
        gates,
        [
            &format!("{RUN} gate good, try 1: all is well"),
            &waits,
            &format!("{RUN} gate bad, try 1: 3 of 4"),
            &format!("{RUN} gate wave 0 failed gate-failed"),
        ]
    );
    assert!(!hosts.contains(&"b fleet_launch".to_owned()), "{hosts:?}");
    assert_eq!((left(&came.end, Fate::Done), left(&came.end, Fate::Untouched)), ("a".to_owned(), "b".to_owned()));
    assert_eq!(status(&came.end.hosts, "a"), (Status::Failed, "gate-failed"));
    assert_eq!(came.end.stopped.unwrap().failure.code, "gate-failed");

    // Nothing waits behind the last wave.
    plan.waves.truncate(1);
    assert!(!go(&fake(), &plan).records.contains(&waits));

    // An interrupt ends it.
    let mut plan = step(&[&["a"], &["b"]], 0);
    plan.waves[0].pause_seconds = 600;
    let paused = |records: &[String]| records.iter().any(|it| it.contains("pauses"));
    let came = carry_out_with(&Fake::default(), &plan, &Values::default(), 8, &Straight, &paused);
    assert_eq!(status(&came.end.hosts, "b"), (Status::Skipped, "interrupted"));
    assert_eq!(status(&came.end.hosts, "a"), (Status::Changed, ""));
    let stopped = came.end.stopped.unwrap();
    assert_eq!((stopped.wave, stopped.failure.code.as_str()), (0, "interrupted"));
}

type Word = dyn Fn(&Wave) -> Result<Wave, Failure>;

/// Says this of the wave with this number.
struct Says(usize, Box<Word>);

impl Between for Says {
    fn next<'a>(&'a self, number: usize, wave: &'a Wave) -> Boxed<'a, Result<Wave, Failure>> {
        let said = if number == self.0 { (self.1)(wave) } else { Ok(wave.clone()) };
        Box::pin(std::future::ready(said))
    }
}

#[test]
fn whoever_is_asked_between_waves_may_stop_the_run() {
    let declines = Says(1, Box::new(|_| Err(Failure::bare("declined", "declined by alice"))));
    let fake = Fake::default();
    let plan = step(&[&["a"], &["b", "a"], &["c"]], 3);
    let came = carry_out_with(&fake, &plan, &Values::default(), 8, &declines, &|_| false);
    assert_eq!(status(&came.end.hosts, "a"), (Status::Skipped, "declined"));
    assert_eq!(status(&came.end.hosts, "b"), (Status::Skipped, "declined"));
    assert_eq!(status(&came.end.hosts, "c"), (Status::Skipped, "declined"));
    assert_eq!(left(&came.end, Fate::Partly), "a");
    assert_eq!(left(&came.end, Fate::Untouched), "b c");
    assert_eq!(launches(&fake), 1);
    assert!(came.records.contains(&format!("{RUN}.2 wave wave 1 refused declined")), "{:?}", came.records);
    let stopped = came.end.stopped.unwrap();
    assert_eq!((stopped.wave, stopped.failure.code.as_str()), (1, "declined"));
}

#[test]
fn what_is_left_of_a_wave_alone_is_done() {
    let mut plan = step(&[&["a"], &["a", "b"], &["c"]], 0);
    plan.waves[1].gates = vec![script_gate()];
    let without = |name: &'static str| {
        let less = move |wave: &Wave| {
            let mut wave = wave.clone();
            wave.transactions.retain(|host, _| !name.contains(host.as_str()));
            // Only the transactions are taken.
            wave.gates = Vec::new();
            Ok(wave)
        };
        Says(1, Box::new(less))
    };
    for (gone, launched, gates) in [("a", 3, 1), ("ab", 2, 0)] {
        let fake = Fake::default().said("fleet_gate", [said(GOOD)]);
        let came = carry_out_with(&fake, &plan, &Values::default(), 8, &without(gone), &|_| false);
        assert_eq!((came.end.stopped, launches(&fake)), (None, launched));
        assert_eq!(came.records.iter().filter(|it| it.contains("gate good")).count(), gates);
        let fates = came.end.waves[1].iter().map(|(host, turn)| format!("{host} {turn:?}")).collect::<Vec<_>>();
        assert_eq!(fates[0], "a Needless");
        assert_eq!(status(&came.end.hosts, "a"), (Status::Changed, ""));
    }
    let gone = carry_out_with(&Fake::default(), &plan, &Values::default(), 8, &without("ab"), &|_| false);
    assert_eq!(status(&gone.end.hosts, "b"), (Status::Ok, ""));

    // Never more than was planned.
    let more = Says(1, Box::new(|_| Ok(Wave::of("more", hosts(&["x"])))));
    let fake = Fake::default();
    let came = carry_out_with(&fake, &plan, &Values::default(), 8, &more, &|_| false);
    assert_eq!(came.end.stopped.unwrap().failure.code, "more-than-planned");
    assert_eq!(launches(&fake), 1);
}

#[test]
fn two_hundred_hosts_in_waves() {
    let names: Vec<String> = (0..200).map(|number| format!("h{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // A canary, a few, then a quarter of all at a time.
    let mut waves: Vec<&[&str]> = vec![&names[..1], &names[1..10]];
    waves.extend(names[10..].chunks(50));
    let mut plan = step(&waves, 0);
    for wave in &mut plan.waves {
        wave.gates = vec![script_gate()];
    }
    let fake = Fake::default().said("fleet_gate", (0..plan.waves.len()).map(|_| said(GOOD)));
    let came = carry_out_with(&fake, &plan, &Values::default(), 16, &Straight, &|_| false);
    assert_eq!(came.end.stopped, None);
    assert_eq!(came.end.hosts_left(Fate::Done).len(), 200);
    assert!(came.end.hosts.values().all(|result| result.status == Status::Changed));
    let seen = fake.seen();
    for name in &names {
        assert_eq!(seen.iter().filter(|it| **it == format!("{name} fleet_launch")).count(), 1, "{name}");
    }
    assert_eq!(
        seen.iter().filter(|it| it.contains("fleet_")).count(),
        200 + plan.waves.len(),
        "one exec a host, one a gate"
    );
    assert!(fake.now.lock().unwrap().1 <= 16, "{:?}", fake.now);
    // A wave begins when the gate of the one before was good.
    let at = |what: &str| seen.iter().position(|it| it == what).unwrap();
    let gates: Vec<usize> = seen.iter().enumerate().filter(|(_, it)| *it == "z fleet_gate").map(|(at, _)| at).collect();
    for (number, wave) in waves.iter().enumerate() {
        for name in *wave {
            let launched = at(&format!("{name} fleet_launch"));
            assert!(
                launched < gates[number] && (number == 0 || launched > gates[number - 1]),
                "{name} in wave {number}"
            );
        }
    }
}

#[test]
fn a_gate_that_fails_in_the_third_wave_stops_there() {
    let mut plan = step(&[&["a"], &["b"], &["c", "d"], &["e"]], 5);
    for wave in &mut plan.waves {
        wave.gates = vec![script_gate(), Check { tries: None, timeout_seconds: 600, ..script_gate() }];
    }
    plan.waves[2].on_failure = fleet::engine::plan::OnFailure::Undo;
    // Both gates of a wave are looked at side by side; a bad one does not wait for the patience of the other.
    let answers = [said(GOOD), said(GOOD), said(GOOD), said(GOOD), said(BAD), said(BAD)];
    let fake = Fake::default().said("fleet_gate", answers);
    let came = go(&fake, &plan);
    assert_eq!(left(&came.end, Fate::Done), "a b c d");
    assert_eq!(left(&came.end, Fate::Untouched), "e");
    for host in ["c", "d"] {
        assert_eq!(status(&came.end.hosts, host), (Status::Failed, "gate-failed"));
    }
    assert_eq!(status(&came.end.hosts, "b"), (Status::Changed, ""));
    assert_eq!(status(&came.end.hosts, "e"), (Status::Skipped, "gate-failed"));
    let stopped = came.end.stopped.as_ref().unwrap();
    assert_eq!((stopped.wave, stopped.on_failure), (2, fleet::engine::plan::OnFailure::Undo));
    assert!(stopped.failure.message.contains("good (on z): 3 of 4; good (on z): 3 of 4"), "{stopped:?}");
    // What was changed can be taken back, wave by wave.
    let changed = came.end.changed(&RunId::new(RUN));
    let changed: Vec<String> = changed.iter().map(|(run, host)| format!("{run} {host}")).collect();
    assert_eq!(changed, [format!("{RUN} a"), format!("{RUN}.2 b"), format!("{RUN}.3 c"), format!("{RUN}.3 d")]);
    assert_eq!(came.records.iter().filter(|it| it.contains("gate bad")).count(), 2, "{:?}", came.records);
}

#[test]
fn the_engines_own_gates_are_sound_in_every_shell() {
    let scripts = own_scripts();
    let directory = tempfile::tempdir().unwrap();
    let ask = |shell: &[&str], script: &str, arguments: &str| {
        let functions = format!(
            "{}\nmarker=M\ngate() {{\nbuiltin_gate() {{\n{}\n}}\nbuiltin_gate {arguments}\n}}\n",
            include_str!("../src/engine/gate.sh"),
            scripts[script],
        );
        let text = ssh::Script::wrap(&functions, "fleet_gate end").text();
        String::from_utf8(run(shell, &text, &[]).stdout).unwrap()
    };
    let path = directory.path().to_str().unwrap();
    for shell in SHELLS {
        let good = ask(shell, "disk-below", &format!("{path} 101"));
        assert!(good.contains(&format!(" % of {path} used")) && good.ends_with("M ended 0\n"), "{shell:?}: {good}");
        let bad = ask(shell, "disk-below", &format!("{path} 0"));
        assert!(bad.contains(&format!(" % of {path} used")) && bad.ends_with("M ended 1\n"), "{shell:?}: {bad}");
        assert_eq!(
            ask(shell, "disk-below", &format!("{path}/none 50")),
            format!("M said {path}/none is not there\nM ended 1\n")
        );
        assert_eq!(ask(shell, "disk-below", &format!("{path} x")), "M said x is no number of percent\nM ended 1\n");
        assert_eq!(ask(shell, "unit-steady", "a.service x"), "M said x is no number of seconds\nM ended 1\n");
    }
}

fn deferred() -> Part {
    Part::Deferred { name: "chain".to_owned(), constraints: BTreeMap::new() }
}

#[test]
fn a_deferred_value_is_there_or_the_host_is_not_contacted() {
    let waves = || vec![BTreeMap::from([(HostName::new("a"), write(vec![deferred()], None))])];
    let fake = Fake::default();
    let (_, results, records) = carry_out(&fake, &plan(waves()), &Values::default(), 8);
    assert_eq!(status(&results, "a"), (Status::Failed, "value-missing"));
    assert!(fake.seen().is_empty());
    assert_eq!(records[1], format!("{RUN} a refused"));

    let values = Values {
        deferred: BTreeMap::from([(
            "chain".to_owned(),
            Provided { bytes: Secret::new(b"\0 bytes 'of it'\n".to_vec()), secret: false },
        )]),
        ..Values::default()
    };
    carry_out(&fake, &plan(waves()), &values, 8);
    let executor = executor(&fake);
    // Its content function prints it, byte for byte, and the digest is of these bytes.
    let head = executor.rsplit_once("fleet_executor ").unwrap().0;
    for shell in SHELLS {
        assert_eq!(run(shell, &format!("{head}\ncontent_1\n"), &[]).stdout, b"\0 bytes 'of it'\n");
    }
    assert!(executor.contains(&content_digest(&key().host_salt(&HostName::new("a")), b"\0 bytes 'of it'\n")));
}

#[test]
fn a_secret_that_has_changed_is_not_sent() {
    let secret = SecretRef::Env("A".to_owned());
    let part = Part::Secret { secret: secret.clone(), digest: key().digest("secret", b"planned"), escapes: Vec::new() };
    let waves = vec![BTreeMap::from([(HostName::new("a"), write(vec![part], Some("0".repeat(64))))])];
    let fake = Fake::default();
    let values = |value: &[u8]| Values {
        secrets: BTreeMap::from([(secret.clone(), Secret::new(value.to_vec()))]),
        ..Values::default()
    };
    let (_, results, _) = carry_out(&fake, &plan(waves.clone()), &values(b"another"), 8);
    assert_eq!(status(&results, "a"), (Status::Failed, "secret-changed"));
    assert!(fake.seen().is_empty());
    carry_out(&fake, &plan(waves), &values(b"planned"), 8);
    assert_eq!(fake.seen()[0], "a fleet_launch");
}

// --- the script in real shells ---

const SHELLS: [&[&str]; 3] = [&["dash"], &["bash", "--posix"], &["busybox", "sh"]];

fn run(shell: &[&str], text: &str, environment: &[(&str, &str)]) -> std::process::Output {
    let program = which(shell[0]);
    let mut child = Process::new(program)
        .args(&shell[1..])
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A shell that stops at an error closes its stdin early.
    let _closed = stdin.write_all(text.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn which(program: &str) -> std::path::PathBuf {
    ["/usr/bin", "/bin"].iter().map(|dir| std::path::Path::new(dir).join(program)).find(|it| it.exists()).unwrap()
}

fn quiet(unit: &str, signal: Option<&str>) -> UnitOperation {
    UnitOperation::Quiet { unit: UnitName::new(unit), signal: signal.map(str::to_owned) }
}

fn drain(unit: &str, idle: Idle) -> UnitOperation {
    UnitOperation::Drain { unit: UnitName::new(unit), idle, seconds: 9 }
}

/// A transaction with one of everything.
fn everything() -> Transaction {
    let path = RemotePath::new;
    let unit = || UnitName::new("a@b.service");
    let command = || Command { argv: vec!["nginx".to_owned(), "it's; $(x) `y`".to_owned()], timeout_seconds: 5 };
    let write = write(
        vec![Part::Text("x=$(touch y)\n'\"\\\n".to_owned()), Part::Keep { offset: 3, length: 4 }],
        Some("0".repeat(64)),
    );
    Transaction {
        changes: vec![
            write.changes[0].clone(),
            Change::Link { path: path("/etc/it's"), target: "-n $x".to_owned() },
            Change::Remove { path: path("/etc/c\nd") },
            Change::Directory { path: path("/etc/new $x"), mode: Some("0750".to_owned()), owner: None },
            Change::Directory { path: path("/etc/new $x/in"), mode: None, owner: None },
            Change::RemoveDirectory { path: path("/etc/old") },
        ],
        validate: vec![command()],
        units: vec![
            UnitOperation::DaemonReload,
            UnitOperation::Restart(unit()),
            UnitOperation::Reload(unit()),
            UnitOperation::Enable(unit()),
            quiet("a.service", Some("TSTP")),
            quiet("b.service", Some("TSTP")),
            quiet("c.service", None),
            drain("a.service", Idle::Title("[0 of\\$ 'x'".to_owned())),
            drain("b.service", Idle::Command(command())),
            drain("c.service", Idle::Title("[0 of\\$ 'x'".to_owned())),
        ],
        running: vec![ExpectRunning {
            pattern: "a@[1-3]*.service".to_owned(),
            units: vec![unit(), UnitName::new("a@2\\x2d.service")],
        }],
        verify: vec![
            Verify::Active { units: vec![unit()], seconds: 1 },
            Verify::StartedAnew(unit()),
            Verify::Environment { unit: unit(), key: "A.B".to_owned(), value: None },
            Verify::Listening(443),
            Verify::Command(command()),
        ],
        confirm: Some(Confirm { timeout_seconds: 3, gates: vec![Gate::Tcp(443)] }),
        ..write
    }
}

fn script_of(transaction: Transaction) -> Script {
    let fake = Fake::default();
    carry_out(&fake, &plan(vec![BTreeMap::from([(HostName::new("a"), transaction)])]), &Values::default(), 8);
    fake.scripts.into_inner().unwrap().remove(0)
}

/// What the launch script writes as the executor.
fn executor(fake: &Fake) -> String {
    let script = fake.scripts.lock().unwrap()[0].clone();
    String::from_utf8(run(&["dash"], &format!("{}\nexecutor\n", script.functions), &[]).stdout).unwrap()
}

#[test]
fn the_scripts_are_sound_in_every_shell() {
    let fake = Fake::default();
    carry_out(&fake, &plan(vec![BTreeMap::from([(HostName::new("a"), everything())])]), &Values::default(), 8);
    let script = fake.scripts.lock().unwrap()[0].clone();
    let launch = ssh::Script::wrap(&script.functions, &script.call).text();
    let executor = executor(&fake);
    let probes = [
        Probe::File { path: RemotePath::new("/etc/it's") },
        Probe::Units { pattern: "a-*.service".to_owned() },
        Probe::Environment {
            pattern: "b.service".to_owned(),
            keys: BTreeSet::from(["A".to_owned()]),
            keys_of: Some(RemotePath::new("/e")),
        },
        Probe::Script { name: "s".to_owned(), text: "uptime".to_owned() },
        Probe::Link { path: RemotePath::new("/etc/it's") },
        Probe::Digest { path: RemotePath::new("/etc/$(key)") },
        Probe::Directory { path: RemotePath::new("/etc/a b") },
    ];
    let questions = Questions::new(probes, &[RunId::new(RUN)]);
    let observe = ssh::Script::wrap(&questions.script("m"), "fleet_observe end").text();
    let gate = Gate::Script { host: HostName::new("a"), text: "test -e '/a b'".to_owned(), told: String::new() };
    let mut gated = locked(vec![hosts(&["a"])]);
    gated.waves[0].gates = vec![Check { gate, timeout_seconds: 1, tries: None }];
    let others = Fake::default().said("fleet_gate", [Answer::Launch("ended 0")]);
    carry_out(&others, &gated, &Values::default(), 8);
    let others = others.scripts.into_inner().unwrap();
    let other = |function: &str| {
        let script = others.iter().find(|script| script.call.starts_with(function)).unwrap();
        ssh::Script::wrap(&script.functions, &script.call).text()
    };
    let (lock, gate) = (other("fleet_lock "), other("fleet_gate"));
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in
        [("launch", &launch), ("executor", &executor), ("observe", &observe), ("lock", &lock), ("gate", &gate)]
    {
        let file = directory.path().join(name);
        std::fs::write(&file, text).unwrap();
        for shell in SHELLS {
            let checked = Process::new(which(shell[0])).args(&shell[1..]).arg("-n").arg(&file).output().unwrap();
            assert!(checked.status.success() && checked.stderr.is_empty(), "{name} in {shell:?}: {checked:?}");
        }
        // The sources are checked in full by CI; words of a plan may well look like mistakes (SC2016).
        match Process::new("shellcheck").args(["-s", "sh", "-S", "warning"]).arg(&file).output() {
            Ok(checked) => assert!(checked.status.success(), "{name}: {}", String::from_utf8_lossy(&checked.stdout)),
            Err(error) if std::env::var_os("CI").is_none() => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
            Err(error) => panic!("CI must have shellcheck: {error}"),
        }
    }
    // Every word arrives as it was.
    let head = executor.rsplit_once("fleet_executor ").unwrap().0;
    for shell in SHELLS {
        let shown = run(
            shell,
            &format!("{head}\nshow() {{ printf '[%s]' \"$@\"; }}\nchanges show\nroots show\nvalidations show\n"),
            &[],
        );
        let shown = String::from_utf8(shown.stdout).unwrap();
        let zeros = "0".repeat(64);
        let wanted = format!(
            "[1][write][/etc/a file][/etc/a\\040file][{zeros}][][][2][link][/etc/it's][/etc/it's][-n $x]\
             [3][remove][/etc/c\nd][/etc/c\\012d]\
             [4][directory][/etc/new $x][/etc/new\\040$x][new][0750][][5][directory][/etc/new $x/in][/etc/new\\040$x/in][new][][]\
             [6][remove-directory][/etc/old][/etc/old]\
             [1][write][/etc/a file][/etc/a\\040file][{zeros}][][][2][link][/etc/it's][/etc/it's][-n $x]\
             [3][remove][/etc/c\nd][/etc/c\\012d][4][directory][/etc/new $x][/etc/new\\040$x][new][0750][]\
             [6][remove-directory][/etc/old][/etc/old][1][5][nginx][it's; $(x) `y`]"
        );
        assert_eq!(shown, wanted, "{shell:?}");
        let calls = "unit_operations show; drains_7 show; runnings show; running_patterns show; running_1 a@2x.service && ! running_1 a@4.service && echo matched\n";
        let shown = run(shell, &format!("{head}\nshow() {{ printf '[%s]' \"$@\"; }}\n{calls}"), &[]);
        let wanted = "[1][daemon-reload][2][restart][a@b.service][3][reload][a@b.service][4][enable][a@b.service]\
             [5][quiet=TSTP][a.service][b.service][6][quiet=][c.service][7][drain][a.service][b.service][c.service]\
             [1][9][command][b.service][5][nginx][it's; $(x) `y`][2][9][title][[0 of\\$ 'x'][a.service][c.service]\
             [1][a@[1-3]*.service][a@b.service][a@2\\x2d.service][a@[1-3]*.service]matched\n";
        assert_eq!(String::from_utf8(shown.stdout).unwrap(), wanted, "{shell:?}");
    }
}

#[test]
fn a_script_that_was_cut_runs_nothing() {
    let script = script_of(everything());
    let text = ssh::Script::wrap(&script.functions, &script.call).text();
    // All commands that it could call leave a witness.
    let directory = tempfile::tempdir().unwrap();
    let (stubs, witness) = (directory.path().join("bin"), directory.path().join("ran"));
    std::fs::create_dir(&stubs).unwrap();
    let stub = format!("#!/bin/sh\necho \"$0\" >>{}\nexit 1\n", witness.display());
    let file = stubs.join("stub");
    std::fs::write(&file, stub).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for name in "id mkdir chmod head sync systemd-run systemctl tail sleep timeout cat rm mv base64 printf".split(' ') {
        std::os::unix::fs::symlink("stub", stubs.join(name)).unwrap();
    }
    let path = [("PATH", stubs.to_str().unwrap())];
    for shell in SHELLS {
        let whole = text.trim_end().len();
        let cuts = (0..whole).step_by(211).chain(whole - 400..whole);
        for cut in cuts.filter(|cut| text.is_char_boundary(*cut)) {
            run(shell, &text[..cut], &path);
            assert!(!witness.exists(), "{shell:?} ran something of a script that was cut at byte {cut}");
        }
        run(shell, &text, &path);
        assert!(witness.exists(), "{shell:?} runs the whole script");
        std::fs::remove_file(&witness).unwrap();
    }
    // The same for the executor, which a full disk could cut.
    let fake = Fake::default();
    carry_out(&fake, &plan(vec![BTreeMap::from([(HostName::new("a"), everything())])]), &Values::default(), 8);
    let text = executor(&fake);
    for shell in SHELLS {
        let whole = text.trim_end().len();
        let cuts = (0..whole).step_by(311).chain(whole - 60..whole);
        for cut in cuts.filter(|cut| text.is_char_boundary(*cut)) {
            run(shell, &text[..cut], &path);
            assert!(!witness.exists(), "{shell:?} ran something of an executor that was cut at byte {cut}");
        }
    }
}

/// Looks at this machine with the compiled script.
fn look(shell: &[&str], probes: &[Probe], salt: &str) -> HostFacts {
    let questions = Questions::new(probes.iter().cloned(), &[]).salted(salt.to_owned());
    let text = ssh::Script::wrap(&questions.script("M"), "fleet_observe end").text();
    let output = run(shell, &text, &[]);
    questions.parse("M", &output.stdout).unwrap()
}

#[test]
fn a_gate_says_what_it_saw_in_every_shell() {
    for (text, wanted) in [
        ("true", "M said \nM ended 0\n"),
        (
            "printf '%s\\n' 'one  \\two'; echo three; echo hidden >&2; exit 3",
            "M said one  \\two\nM said three\nM ended 3\n",
        ),
        ("read -r line || echo nothing to read; false", "M said nothing to read\nM ended 1\n"),
        ("printf 'M ended 0\\n'; false", "M said M ended 0\nM ended 1\n"),
    ] {
        let functions = format!("{}\nmarker=M\ngate() {{\n{text}\n}}\n", include_str!("../src/engine/gate.sh"));
        let script = ssh::Script::wrap(&functions, "fleet_gate end").text();
        for shell in SHELLS {
            let output = run(shell, &script, &[]);
            assert_eq!(String::from_utf8_lossy(&output.stdout), wanted, "{shell:?}");
        }
    }
}

#[test]
fn links_digests_and_directories_are_told_in_every_shell() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| RemotePath::new(directory.path().join(name).to_str().unwrap());
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    std::fs::create_dir(directory.path().join("it's a")).unwrap();
    for name in ["it's a/two\nlines", "it's a/.hidden", "it's a/..odd", "it's a/-n", "it's a/*", "key"] {
        write(name, "PRIVATE");
    }
    std::os::unix::fs::symlink("nowhere", directory.path().join("it's a/dangling")).unwrap();
    std::os::unix::fs::symlink("it's a", directory.path().join("link")).unwrap();
    std::os::unix::fs::symlink("a\nb", directory.path().join("odd")).unwrap();
    std::fs::create_dir(directory.path().join("empty")).unwrap();
    let probes = [
        Probe::Link { path: at("link") },
        Probe::Link { path: at("it's a/dangling") },
        Probe::Link { path: at("key") },
        Probe::Link { path: at("odd") },
        Probe::Link { path: at("missing/x") },
        Probe::Digest { path: at("key") },
        // Whoever else asks for it: it stays there.
        Probe::File { path: at("key") },
        Probe::Digest { path: at("missing") },
        Probe::Directory { path: at("link") },
        Probe::Directory { path: at("empty") },
        Probe::Directory { path: at("key") },
        Probe::Directory { path: at("missing") },
    ];
    for shell in SHELLS {
        let facts = look(shell, &probes, "salt");
        let link = |name: &str| facts.links[&at(name)].clone();
        assert_eq!(link("link"), Fact::Known(LinkFact::Link("it's a".to_owned())), "{shell:?}");
        assert_eq!(link("it's a/dangling"), Fact::Known(LinkFact::Link("nowhere".to_owned())));
        assert_eq!(link("key"), Fact::Known(LinkFact::Other));
        assert!(matches!(link("odd"), Fact::Unknown(_)));
        assert_eq!(link("missing/x"), Fact::Absent);
        let known = facts.files[&at("key")].known().unwrap();
        assert_eq!(known.kind, PathKind::Digest(content_digest("salt", b"PRIVATE")), "{shell:?}");
        assert_eq!(facts.files[&at("missing")], Fact::Absent);
        let names = ["*", "-n", "..odd", ".hidden", "dangling", "two\nlines"].map(str::to_owned).to_vec();
        assert_eq!(facts.directory(&at("link")), Fact::Known(&names), "{shell:?}");
        assert_eq!(facts.file(&at("link")).known().unwrap().resolved, at("it's a"));
        assert_eq!(facts.directory(&at("empty")), Fact::Known(&Vec::new()), "{shell:?}");
        assert!(matches!(facts.directory(&at("key")), Fact::Unknown(_)));
        assert_eq!(facts.directory(&at("missing")), Fact::Absent);
        // Nothing that was not asked for comes along.
        let text = format!("{facts:?}");
        assert!(!text.contains("PRIVATE") && !text.contains("80, 82, 73, 86"), "{text}");
    }
}

// --- tables ---

#[test]
fn lines_of_the_log() {
    let cause = |code: &str, message: &str| Cause { code: code.to_owned(), message: message.to_owned() };
    for (line, wanted) in [
        ("phase stage", Some(LogLine::Phase("stage".to_owned()))),
        ("step switch 12", Some(LogLine::Step { phase: "switch".to_owned(), number: 12 })),
        ("step switch", None),
        ("step switch x", None),
        ("output end applied", Some(LogLine::Output("end applied".to_owned()))),
        ("output ", Some(LogLine::Output(String::new()))),
        ("output", Some(LogLine::Output(String::new()))),
        ("fail killed by whom", Some(LogLine::Fail { code: "killed".to_owned(), message: "by whom".to_owned() })),
        ("confirm 20", Some(LogLine::Confirm(20))),
        ("confirm", None),
        ("not-idle 25 a@1.service", Some(LogLine::NotIdle { seconds: 25, unit: "a@1.service".to_owned() })),
        ("not-idle a@1.service", None),
        ("end applied ", Some(LogLine::End(Ending::Applied))),
        ("end applied", Some(LogLine::End(Ending::Applied))),
        ("end rolled-back a b c", Some(LogLine::End(Ending::RolledBack(cause("a", "b c"))))),
        ("end refused a", Some(LogLine::End(Ending::Refused(cause("a", ""))))),
        ("end failed a b", Some(LogLine::End(Ending::Failed(cause("a", "b"))))),
        ("end", None),
        ("end well", None),
        ("", None),
        ("tail: file truncated", None),
    ] {
        assert_eq!(LogLine::parse(line), wanted, "{line}");
    }
    for (words, wanted) in [
        ("log", Some(LaunchLine::Log)),
        ("gone", Some(LaunchLine::Gone)),
        ("given", Some(LaunchLine::Given)),
        ("locked fleet X: bob", Some(LaunchLine::Locked("fleet X: bob".to_owned()))),
        ("refused not-root why", Some(LaunchLine::Refused(cause("not-root", "why")))),
        ("what", None),
    ] {
        assert_eq!(LaunchLine::parse(words), wanted, "{words}");
    }
}

#[test]
fn the_log_is_read_on_at_a_byte_however_it_is_cut() {
    let stream = b"motd\nM locke\nM log\nphase a\noutput \xff M log\nend applied\n";
    for step in 1..stream.len() {
        let mut reader = LogReader::new("M", 100);
        let told: Vec<Told> = stream.chunks(step).flat_map(|piece| reader.take(piece)).collect();
        assert_eq!(told.len(), 4, "{told:?}");
        assert_eq!(told[3], Told::Log(LogLine::End(Ending::Applied)));
        assert_eq!(reader.offset(), 100 + "phase a\noutput x M log\nend applied\n".len() as u64);
    }
    let mut reader = LogReader::new("M", 0);
    reader.take(b"M log\nphase a\nphase");
    assert_eq!(reader.offset(), 8, "a half line is read again");
}

#[test]
fn answers_to_questions() {
    let path = RemotePath::new("/etc/a");
    let probes = [Probe::File { path: path.clone() }, Probe::Script { name: "s".to_owned(), text: "x".to_owned() }];
    let questions = Questions::new(probes, &[]);
    let start = "motd\nM clock 100.5\nM uptime 50.0 100\n";
    let parse = |text: &str| questions.parse("M", text.as_bytes());
    assert!(parse(start).unwrap_err().contains("ended too early"));
    assert!(parse(&format!("{start}M what\nM done\n")).unwrap_err().contains("what"));
    assert!(parse(&format!("{start}M file 7 absent\nM done\n")).is_err());
    assert!(
        parse(&format!("{start}M content 0\n*\nM done\n")).is_ok(),
        "content of a file that is not known is nothing"
    );

    let facts = parse(&format!("{start}M file 0 absent\nM script 0 0\naGkK\nM done\n")).unwrap();
    assert_eq!(facts.file(&path), Fact::Absent);
    assert_eq!(facts.scripts["s"], Fact::Known("hi\n".to_owned()));
    let facts = parse(&format!("{start}M file 0 unknown it is larger\nM script 0 3\naGk=\nM done\n")).unwrap();
    assert_eq!(facts.file(&path), Fact::Unknown("it is larger".to_owned()));
    assert_eq!(facts.scripts["s"], Fact::Unknown("hi".to_owned()));

    let unit = |state: &str| {
        format!(
            "M units\nDescription=fleet X: bob@desk\nId=fleet-transaction.service\nActiveState={state}\nNRestarts=0\nMainPID=1\n\n"
        )
    };
    let left = "M unfinished runs/X\nM turn 7 db:the primary\nM outcome Y rolled-back killed why\nM done\n";
    let facts = parse(&format!("{start}{}{left}", unit("active"))).unwrap().fleet;
    assert_eq!((facts.holder.as_deref(), facts.unfinished), (Some("fleet X: bob@desk"), None));
    let facts = parse(&format!("{start}{}{left}", unit("inactive"))).unwrap().fleet;
    assert_eq!((facts.holder, facts.unfinished.as_deref()), (None, Some("X")));
    assert_eq!(facts.outcomes["Y"], "rolled-back killed why");
    assert_eq!(facts.turns, BTreeMap::from([("db:the primary".to_owned(), 7)]));
}
