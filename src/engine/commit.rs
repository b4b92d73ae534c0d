//! Carries a transaction to its host, follows it to its end through lost links, and says what became of it.

use std::ops::ControlFlow;
use std::time::Duration;

use super::compile::{self, Values};
use super::gate::{self, ReadyGate, Scripts, View};
use super::log::{Cause, Ending, LaunchLine, LogLine, LogReader, Told};
use super::plan::Lock;
use super::status::{Failure, HostResult, Item, Status};
use super::transaction::{Check, Confirm, Gate, Part, Transaction};
use super::transport::{Interruption, Script, Transport};
use crate::names::{HostName, RunId};
use crate::secrets::DigestKey;
use crate::text::shell_quote;
use crate::x509::Fingerprint;

const LAUNCH: &str = include_str!("launch.sh");

/// A line of a secret that is at least so long is hidden by itself; a shorter one would hide words.
const SECRET_LINE: usize = 8;

/// The lines of a failing step that are kept.
const MOST_LINES: usize = 1000;

/// Between two tries to give a verdict.
const VERDICT_PAUSE: Duration = Duration::from_secs(1);

/// How long the executor's recovery may take beyond the lease: `TimeoutStopSec` in launch.sh.
const UNDO: Duration = Duration::from_secs(300);

/// What every transaction of a run shares.
pub struct Commit<'a> {
    /// Reaches the hosts.
    pub transport: &'a dyn Transport,
    /// What a run that meets this one is told, such as `alice@laptop, env apply, since 2026-11-21T20:24:49Z`.
    pub description: &'a str,
    /// The plan's digests were made with it.
    pub key: &'a DigestKey,
    /// What the plan holds as references.
    pub values: &'a Values,
    /// How long to wait for a host that another run holds.
    pub lock_timeout: Duration,
    /// Makes words that nobody can guess.
    pub random: &'a (dyn Fn() -> String + Sync),
    /// What [`Gate::Builtin`] runs, by name.
    pub scripts: &'a Scripts,
    /// Hears of every line of every host's log.
    pub hear: &'a (dyn Fn(&HostName, &LogLine) + Sync),
}

/// A host's transaction has ended, or is out of sight.
pub struct Ended {
    /// For the report.
    pub result: HostResult,
    /// For the journal: `applied`, `rolled-back`, `refused` (nothing was changed), `failed` or `unknown`.
    pub outcome: &'static str,
}

/// What became of one host's transaction.
struct Story {
    ending: Result<Ending, NoEnding>,
    output: Vec<String>,
}

/// What every stream of one transaction needs.
struct Errand<'a> {
    run: &'a RunId,
    host: &'a HostName,
    confirm: Option<&'a Confirm>,
    limit: Duration,
}

/// Why there is no ending to tell of, and what that makes of the host.
struct NoEnding(Status, Failure);

impl Commit<'_> {
    /// Runs one host's transaction to its end. On a host each transaction has a run's name of its own.
    /// `journal_head` and `locks` are as in [`compile::Envelope`].
    pub async fn host(
        &self,
        run: &RunId,
        host: &HostName,
        transaction: &Transaction,
        journal_head: &str,
        locks: &[Lock],
    ) -> Ended {
        let end = (self.random)();
        let envelope = compile::Envelope { run, key: self.key, host, journal_head, locks, end: &end };
        match compile::compile(transaction, self.values, &envelope) {
            Err(error) => {
                let hint = "make a new plan";
                let failure = Failure::new(error.code(), error.to_string(), hint);
                Ended { result: HostResult::ended(host.clone(), Status::Failed, failure), outcome: "refused" }
            }
            Ok(executor) => {
                let mut story = self.follow(run, host, transaction, executor).await;
                if let Ok(Ending::RolledBack(cause) | Ending::Failed(cause)) = &mut story.ending
                    && let Some(confirm) = &transaction.confirm
                    && let Some(seen) =
                        gate::served_again(&self.transport.address(host), &confirm.gates, gate::SERVED_AGAIN).await
                {
                    cause.message = format!("{}; {seen}", cause.message);
                }
                let outcome = match &story.ending {
                    Ok(ending) => ending.words().0,
                    Err(NoEnding(Status::Unknown, _)) => "unknown",
                    Err(NoEnding(..)) => "refused",
                };
                Ended { result: self.result(host, transaction, &story), outcome }
            }
        }
    }

    /// Starts the transaction and reads its log to the end; after a lost link, reads on.
    async fn follow(&self, name: &RunId, host: &HostName, transaction: &Transaction, executor: String) -> Story {
        let marker = (self.random)();
        let functions = format!("{LAUNCH}\nmarker={}\n", shell_quote(&marker));
        let lease = Duration::from_secs(transaction.lease_seconds.into());
        let limit = self.lock_timeout + lease + UNDO;
        let run = shell_quote(name.as_str());
        let launch = Script {
            functions: functions.clone() + &executor,
            call: format!(
                "fleet_launch {run} {} {} {} end",
                shell_quote(&format!("fleet {name}: {}", self.description)),
                lease.as_secs(),
                self.lock_timeout.as_secs(),
            ),
        };
        let errand = Errand { run: name, host, confirm: transaction.confirm.as_ref(), limit };
        let mut follower = Follower::new(&marker);
        let mut interruption = self.read(&errand, &launch, &mut follower).await.err();
        let mut patience = Patience::new(limit);
        while follower.ending.is_none() {
            match interruption {
                // The script may have been cut while it arrived: only the host knows whether the run was started.
                Some(Interruption::Unreachable(failure)) if !follower.begun && !patience.waited => {
                    follower.ending = Some(Err(NoEnding(Status::Unreachable, failure)));
                    break;
                }
                Some(Interruption::Unable(failure)) if !follower.begun && !patience.waited => {
                    follower.ending = Some(Err(NoEnding(Status::Failed, failure)));
                    break;
                }
                Some(ref lost) if !patience.wait().await => {
                    follower.ending = Some(Err(NoEnding(Status::Unknown, out_of_sight(lost.failure()))));
                    break;
                }
                None if !patience.wait().await => {
                    let failure = Failure::bare("no-outcome", "the host did not say how it ended");
                    follower.ending = Some(Err(NoEnding(Status::Unknown, failure)));
                    break;
                }
                _ => {}
            }
            let again = Script {
                functions: functions.clone(),
                call: format!("fleet_follow {run} {} end", follower.reader.offset()),
            };
            let before = follower.reader.offset();
            follower.reader = LogReader::new(&marker, before);
            interruption = self.read(&errand, &again, &mut follower).await.err();
            if follower.reader.offset() > before {
                patience.refresh();
            }
        }
        let no_ending = || NoEnding(Status::Unknown, Failure::bare("no-outcome", "the run has no ending"));
        Story { ending: follower.ending.unwrap_or_else(|| Err(no_ending())), output: follower.output }
    }

    /// Reads one stream, and gives the verdict when it is asked for.
    async fn read(&self, errand: &Errand<'_>, script: &Script, follower: &mut Follower) -> Result<(), Interruption> {
        let (asked, mut question) = tokio::sync::mpsc::unbounded_channel();
        if follower.unanswered {
            // It was asked before the link was lost. The receiver lives as long as this read.
            let _ = asked.send(());
        }
        let mut answered = false;
        let ended = {
            let mut sink = |bytes: &[u8]| {
                follower.take(bytes, &|line| {
                    if matches!(line, LogLine::Confirm(_)) {
                        let _ = asked.send(());
                    }
                    (self.hear)(errand.host, line);
                })
            };
            let stream = self.transport.run(errand.host, script, errand.limit, &mut sink);
            tokio::pin!(stream);
            loop {
                tokio::select! {
                    ended = &mut stream => break ended,
                    Some(()) = question.recv() => {
                        if let Some(confirm) = errand.confirm {
                            let verdict = self.give_verdict(errand, confirm);
                            tokio::pin!(verdict);
                            // The log is read on meanwhile, so that an ending is never missed.
                            tokio::select! {
                                ended = &mut stream => break ended,
                                given = &mut verdict => answered = given,
                            }
                        }
                    }
                }
            }
        };
        follower.unanswered &= !answered;
        ended
    }

    /// Looks from outside and tells the executor, again where that fails, until the executor's own time limit decides.
    async fn give_verdict(&self, errand: &Errand<'_>, confirm: &Confirm) -> bool {
        let host = errand.host;
        let limit = Duration::from_secs(confirm.timeout_seconds.into());
        let deadline = tokio::time::Instant::now() + limit;
        // The other half is for the verdict's way.
        let seen = self.look(&self.transport.address(host), confirm, limit / 2).await;
        let verdict = match seen {
            Ok(()) => "good".to_owned(),
            Err(reason) => format!("bad {}", reason.replace('\n', " ")),
        };
        loop {
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            if self.deliver(errand, &verdict, left).await {
                return true;
            }
            if left <= VERDICT_PAUSE {
                return false;
            }
            tokio::time::sleep(VERDICT_PAUSE).await;
        }
    }

    /// What must be good between two waves; else in words what was seen.
    pub(super) async fn gate(&self, check: &Check) -> Result<(), String> {
        let confirm = Confirm { timeout_seconds: check.timeout_seconds, gates: vec![check.gate.clone()] };
        // The gates of a wave name their own hosts.
        let seen = self.look("", &confirm, Duration::from_secs(check.timeout_seconds.into())).await;
        seen.map_err(|why| self.scrub(&Transaction::default(), why))
    }

    async fn look(&self, address: &str, confirm: &Confirm, limit: Duration) -> Result<(), String> {
        let gates = self.ready(&confirm.gates).map_err(|error| error.to_string())?;
        let view = View { transport: self.transport, random: self.random, scripts: self.scripts, address };
        gate::look_at_all(&view, &gates, limit).await
    }

    async fn deliver(&self, errand: &Errand<'_>, verdict: &str, limit: Duration) -> bool {
        let host = errand.host;
        let marker = (self.random)();
        let script = Script {
            functions: format!("{LAUNCH}\nmarker={}\n", shell_quote(&marker)),
            call: format!("fleet_verdict {} {} end", shell_quote(errand.run.as_str()), shell_quote(verdict)),
        };
        let mut reader = LogReader::new(&marker, 0);
        let mut given = false;
        let mut sink = |bytes: &[u8]| {
            given |= reader.take(bytes).contains(&Told::Launch(LaunchLine::Given));
            ControlFlow::Continue(())
        };
        if let Err(interruption) = self.transport.run(host, &script, limit, &mut sink).await {
            let message = format!("the verdict did not arrive: {}", interruption.failure().message);
            (self.hear)(host, &LogLine::Output(message));
            return false;
        }
        given
    }

    fn ready<'g>(&self, gates: &'g [Gate]) -> Result<Vec<ReadyGate<'g>>, compile::CompileError> {
        let ready = |gate: &'g Gate| {
            let leaf = match gate {
                Gate::Handshake { leaf, .. } => {
                    let bytes = self.values.bytes(leaf, self.key)?;
                    Fingerprint::parse(String::from_utf8_lossy(&bytes).trim())
                }
                _ => None,
            };
            Ok(ReadyGate { gate, leaf })
        };
        gates.iter().map(ready).collect()
    }

    fn result(&self, host: &HostName, transaction: &Transaction, story: &Story) -> HostResult {
        let said = |cause: &Cause| {
            let message = [std::slice::from_ref(&cause.message), story.output.as_slice()].concat().join("\n");
            let message = self.scrub(transaction, message);
            Failure { code: cause.code.clone(), message, hint: hint(&cause.code, host) }
        };
        let (status, error) = match &story.ending {
            Ok(Ending::Applied) => (Status::Changed, None),
            Ok(Ending::RolledBack(cause)) => (Status::RolledBack, Some(said(cause))),
            Ok(Ending::Refused(cause) | Ending::Failed(cause)) => (Status::Failed, Some(said(cause))),
            Err(NoEnding(status, failure)) => return HostResult::ended(host.clone(), *status, failure.clone()),
        };
        let items = transaction
            .summary
            .iter()
            .map(|summary| Item {
                kind: summary.kind.clone(),
                id: summary.id.clone(),
                status,
                differences: Vec::new(),
                warnings: Vec::new(),
                error: None,
            })
            .collect();
        // A transaction without items has come to an end as well.
        HostResult { status, error, ..HostResult::of_items(host.clone(), items) }
    }

    /// What a host prints may quote a file that holds a secret: as it is, as the file has it, or a line of it.
    fn scrub(&self, transaction: &Transaction, mut text: String) -> String {
        let mut hidden: Vec<(Vec<u8>, String)> = Vec::new();
        for (reference, secret) in &self.values.secrets {
            let digest = self.key.digest("secret", secret.expose()).to_string();
            let escaped = transaction.contents().flat_map(|content| &content.0).filter_map(|part| match part {
                Part::Secret { secret: of, escapes, .. } if of == reference => {
                    Some(compile::escaped(secret.expose(), escapes))
                }
                _ => None,
            });
            let lines = secret.expose().split(|byte| *byte == b'\n').filter(|line| line.len() >= SECRET_LINE);
            let forms = escaped.chain(lines.map(<[u8]>::to_vec)).chain([secret.expose().to_vec()]);
            hidden.extend(forms.map(|form| (form, digest.clone())));
        }
        for provided in self.values.deferred.values().filter(|provided| provided.secret) {
            let value = provided.bytes.expose();
            let digest = self.key.digest("deferred", value).to_string();
            let lines = value.split(|byte| *byte == b'\n').filter(|line| line.len() >= SECRET_LINE);
            hidden.extend(lines.chain([value]).map(|form| (form.to_vec(), digest.clone())));
        }
        // The longest first: one secret may begin with another.
        hidden.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
        for (form, digest) in &hidden {
            if let Ok(form) = std::str::from_utf8(form)
                && !form.is_empty()
            {
                text = text.replace(form, digest);
            }
        }
        without_private_keys(&text)
    }
}

/// Text without what stands in it as a private key in PEM (RFC 7468): those that a host made itself are not known here.
fn without_private_keys(text: &str) -> String {
    let mut inside = false;
    let kept = text.lines().filter_map(|line| {
        let has = |word: &str| line.contains(word) && line.contains("PRIVATE KEY-----");
        if has("-----BEGIN ") {
            // Both may stand on one line.
            inside = !has("-----END ");
            return Some("[a private key]");
        }
        let shown = !inside;
        inside &= !has("-----END ");
        shown.then_some(line)
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// Puts a host in order that a cut run has left in between: undoes the run, or finishes it if all of it had happened.
///
/// # Errors
/// When the host does not say in time how the run ended.
pub async fn put_in_order(
    transport: &dyn Transport,
    random: &(dyn Fn() -> String + Sync),
    host: &HostName,
    run: &RunId,
) -> Result<Ending, Failure> {
    let marker = random();
    let script = Script {
        functions: format!("{LAUNCH}\nmarker={}\n", shell_quote(&marker)),
        call: format!("fleet_follow {} 0 end", shell_quote(run.as_str())),
    };
    let mut follower = Follower::new(&marker);
    let read = transport.run(host, &script, UNDO, &mut |bytes| follower.take(bytes, &|_| {})).await;
    match (follower.ending, read) {
        (Some(Ok(ending)), _) => Ok(ending),
        (Some(Err(NoEnding(_, failure))), _) => Err(failure),
        (None, Err(interruption)) => Err(interruption.failure().clone()),
        (None, Ok(())) => Err(Failure::bare("no-outcome", "the host did not say how the run ended")),
    }
}

fn hint(code: &str, host: &HostName) -> Option<String> {
    let hint = match code {
        "kept-missing" => "hosts keep the last runs alone: what is gone there cannot be put back".to_owned(),
        "host-changed" => "somebody changed the host since the plan was made: make a new plan".to_owned(),
        "lease-expired" => "find out what took so long, or give the transaction a longer lease".to_owned(),
        "confirm-missing" => {
            format!("see with `fleet hosts check -l {host}` whether it can be reached, then try again")
        }
        "confirm-refused" => {
            format!("what its services say stands in `fleet exec -l {host} -- journalctl -n 50 --no-pager`")
        }
        "restart-failed" | "reload-failed" | "start-failed" | "verify-failed" => {
            format!("see `fleet exec -l {host} -- journalctl -n 50 --no-pager`")
        }
        _ => return None,
    };
    Some(hint)
}

fn out_of_sight(lost: &Failure) -> Failure {
    Failure::new(
        "out-of-sight",
        format!("the connection was lost while the change ran: {}", lost.message),
        "the host finishes or rolls back by itself; the next look at it tells which",
    )
}

/// Takes in what one run tells, over several streams if need be.
struct Follower {
    reader: LogReader,
    begun: bool,
    /// It has asked for a verdict that it has not got.
    unanswered: bool,
    output: Vec<String>,
    ending: Option<Result<Ending, NoEnding>>,
}

impl Follower {
    fn new(marker: &str) -> Self {
        Self { reader: LogReader::new(marker, 0), begun: false, unanswered: false, output: Vec::new(), ending: None }
    }

    fn take(&mut self, bytes: &[u8], hear: &dyn Fn(&LogLine)) -> ControlFlow<()> {
        for told in self.reader.take(bytes) {
            match told {
                Told::Launch(LaunchLine::Log) => self.begun = true,
                Told::Launch(LaunchLine::Given) => {}
                Told::Launch(LaunchLine::Locked(holder)) => {
                    let message = format!("held by another run: {holder}");
                    let hint = "wait with --lock-timeout, or ask whoever it is";
                    self.ending = Some(Err(NoEnding(Status::Skipped, Failure::new("locked", message, hint))));
                }
                Told::Launch(LaunchLine::Refused(cause)) => {
                    self.ending = Some(Err(NoEnding(Status::Failed, Failure::bare(&cause.code, cause.message))));
                }
                Told::Launch(LaunchLine::Gone) => {
                    let message = "the connection was lost before the change began; nothing was changed";
                    self.ending = Some(Err(NoEnding(Status::Failed, Failure::bare("connection-lost", message))));
                }
                Told::Log(line) => {
                    hear(&line);
                    match line {
                        LogLine::Confirm(_) => self.unanswered = true,
                        LogLine::Output(text) if self.output.len() < MOST_LINES => self.output.push(text),
                        LogLine::End(ending) => self.ending = Some(Ok(ending)),
                        _ => {}
                    }
                }
            }
        }
        if self.ending.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Tries again ever more slowly, until the host must have ended by itself.
struct Patience {
    deadline: tokio::time::Instant,
    pause: Duration,
    waited: bool,
}

impl Patience {
    fn new(limit: Duration) -> Self {
        Self { deadline: tokio::time::Instant::now() + limit, pause: FIRST_PAUSE, waited: false }
    }

    /// There was news: the next loss is a loss of its own.
    fn refresh(&mut self) {
        self.pause = FIRST_PAUSE;
    }

    /// Whether to try once more.
    async fn wait(&mut self) -> bool {
        if tokio::time::Instant::now() >= self.deadline {
            return false;
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(Duration::from_secs(2));
        self.waited = true;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::transaction::{Change, Content};
    use crate::engine::transport::{Boxed, Sink};
    use crate::names::RemotePath;
    use crate::secrets::{Secret, SecretRef};

    struct Nowhere;

    impl Transport for Nowhere {
        fn run<'a>(
            &'a self,
            _: &'a HostName,
            _: &'a Script,
            _: Duration,
            _: &'a mut Sink<'_>,
        ) -> Boxed<'a, Result<(), Interruption>> {
            Box::pin(async { Ok(()) })
        }

        fn address(&self, host: &HostName) -> String {
            host.to_string()
        }
    }

    #[test]
    fn no_form_of_a_secret_is_told() {
        let mut values = Values::default();
        let secrets = [
            "abcd-short",
            "abcd-short-and-longer",
            "-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----",
            "a\"quote\"",
        ];
        for (number, secret) in secrets.iter().enumerate() {
            values.secrets.insert(SecretRef::Env(format!("S{number}")), Secret::new(secret.as_bytes().to_vec()));
        }
        for (name, text, secret) in [
            ("cert/a/next/privkey", "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----\n", true),
            ("cert/a/next/serial", "0a1b2c3d4e", false),
        ] {
            let bytes = Secret::new(text.as_bytes().to_vec());
            values.deferred.insert(name.to_owned(), crate::engine::deferred::Provided { bytes, secret });
        }
        let key = DigestKey::from_bytes([7; 32]);
        let commit = Commit {
            transport: &Nowhere,
            description: "",
            key: &key,
            values: &values,
            lock_timeout: Duration::ZERO,
            random: &String::new,
            scripts: &Scripts::new(),
            hear: &|_, _| {},
        };
        let quoted = Part::Secret {
            secret: SecretRef::Env("S3".to_owned()),
            digest: key.digest("secret", b""),
            escapes: vec![("\"".to_owned(), "\\\"".to_owned())],
        };
        let transaction = Transaction {
            changes: vec![Change::Write {
                path: RemotePath::new("/srv/.env"),
                content: Content(vec![quoted]),
                digest: None,
                mode: None,
                owner: None,
            }],
            ..Transaction::default()
        };
        let said = "line 3: abcd-short-and-longer\nMIIEvQIBADAN\nK=\"a\\\"quote\\\"\"\nMIGHAgEAMBMG\nof 0a1b2c3d4e plain words stay";
        let told = commit.scrub(&transaction, said.to_owned());
        for hidden in ["abcd-short", "and-longer", "MIIEvQIBADAN", "a\\\"quote", "MIGHAgEAMBMG"] {
            assert!(said.contains(hidden) && !told.contains(hidden), "{hidden}: {told}");
        }
        assert!(told.ends_with("of 0a1b2c3d4e plain words stay"), "{told}");
    }

    #[test]
    fn a_key_that_only_its_host_knows_is_not_shown_either() {
        let said = "check failed\nkey: -----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIB\n-----END EC PRIVATE KEY-----\nline 9\n-----BEGIN PRIVATE KEY-----AA-----END PRIVATE KEY-----\nend";
        assert_eq!(without_private_keys(said), "check failed\n[a private key]\nline 9\n[a private key]\nend");
        let cut = "a\n-----BEGIN PRIVATE KEY-----\nMHcCAQEEIB";
        assert_eq!(without_private_keys(cut), "a\n[a private key]");
    }
}
