//! `fleet hosts check`: whether hosts are reachable, and what would make fleet slow or fail there. One exec a host.

use std::ops::ControlFlow;
use std::time::{Duration, Instant, SystemTime};

use futures_util::StreamExt as _;

use crate::engine::status::{Failure, Status};
use crate::names::HostName;
use crate::report::{ExitCode, HealthReport, HostHealth, Ui, exit};
use crate::ssh::{Chunk, Script, Ssh, SshErrorKind};

use super::super::app::{self, CliError};
use super::super::args::Global;
use super::answer::{self, Answer};
use super::findings::{self, Seen};

/// The most of an answer that is read, in bytes.
const LONGEST: usize = 1 << 20;

/// `fleet hosts check`
pub(super) async fn check(global: &Global, ui: &Ui) -> Result<ExitCode, CliError> {
    app::without_facts(global, "hosts check")?;
    let inventory = app::load(global, ui)?;
    let selected = app::select(global, &inventory)?;
    // As the log-in itself, so that a host that refuses sudo still says the rest; the script tries sudo by itself.
    let ssh = app::ssh_without_sudo(global, ui, &inventory)?;
    let hosts: Vec<HostHealth> = {
        let progress = ui.progress(selected.len(), "checking");
        futures_util::stream::iter(selected)
            .map(|host| async {
                progress.begin(&host);
                // The lab's hosts are logged in to as root, whatever is declared.
                let declared = inventory.hosts().get(&host).is_some_and(|declared| declared.ssh.sudo);
                let health = ask(&ssh, host, declared && !global.lab, global.timeout).await;
                progress.end(&health.host, health.status);
                health
            })
            .buffer_unordered(global.parallel.into())
            .collect()
            .await
    };
    let code =
        exit::of_statuses(hosts.iter().map(|host| (host.status, host.error.as_ref().map(|it| it.code.as_str()))));
    let warned = hosts.iter().any(|host| !host.findings.is_empty() || !host.failed_units.is_empty());
    let code =
        ExitCode::of_several([code].into_iter().chain((global.strict && warned).then_some(ExitCode::Difference)));
    app::print(ui, &HealthReport::new(hosts))?;
    Ok(code)
}

async fn ask(ssh: &Ssh, host: HostName, sudo: bool, limit: Duration) -> HostHealth {
    let marker = app::random_word();
    let call = format!("fleet_health {} end", if sudo { "yes" } else { "no" });
    let script = Script::wrap(&answer::functions(&marker), &call);
    let mut ear = Ear::new(&marker);
    let begun = Instant::now();
    let result = ssh.run(&host, &script, limit, &mut |chunk| ear.hear(chunk)).await;
    let answer = Answer::read(&String::from_utf8_lossy(&ear.text), &marker);
    let latency = ear.latency();
    let mut seen = Seen { latency, clock: ear.clock(), ..Seen::default() };
    match result {
        Ok(exit) => {
            seen.started_after = exit.started_after;
            seen.noise = (exit.noise, exit.noise_bytes);
            findings::health(&host, sudo, answer, &seen)
        }
        Err(error) => {
            let (status, mut failure) = app::ended(&error);
            // What it did say before it was cut off still helps.
            let mut health = findings::health(&host, sudo, answer, &seen);
            health.findings.retain(|finding| finding.code != "cut-answer");
            let ran_nothing = matches!(error.kind, SshErrorKind::NoShell | SshErrorKind::RunTimedOut { .. });
            if ran_nothing
                && ear.text.is_empty()
                && let Some(finding) = findings::eaten(&error.said, begun.elapsed())
            {
                // What was said is our own script, or what was left of it.
                failure = Failure::bare(error.code(), error.kind.to_string());
                health.findings.push(finding);
            }
            health.status = status.max(Status::Failed);
            health.error = Some(failure);
            health
        }
    }
}

/// Takes the answer, and notes when what came.
struct Ear {
    ready: String,
    pong: String,
    clock: String,
    text: Vec<u8>,
    ready_at: Option<Instant>,
    pong_at: Option<Instant>,
    clock_at: Option<SystemTime>,
}

impl Ear {
    fn new(marker: &str) -> Self {
        let word = |word: &str| format!("{marker} {word}");
        Self {
            ready: word("ready\n"),
            pong: word("pong\n"),
            clock: word("clock "),
            text: Vec::new(),
            ready_at: None,
            pong_at: None,
            clock_at: None,
        }
    }

    /// Breaks off once the host is ready: by that its stdin ends, which it answers at once.
    fn hear(&mut self, chunk: Chunk<'_>) -> ControlFlow<()> {
        let Chunk::Stdout(bytes) = chunk else { return ControlFlow::Continue(()) };
        if self.text.len() + bytes.len() > LONGEST {
            return ControlFlow::Break(());
        }
        self.text.extend_from_slice(bytes);
        // They come at the end, whole or cut.
        let tail = String::from_utf8_lossy(&self.text[self.text.len().saturating_sub(bytes.len() + 256)..]);
        if self.ready_at.is_none() && tail.contains(&self.ready) {
            self.ready_at = Some(Instant::now());
        }
        if self.pong_at.is_none() && tail.contains(&self.pong) {
            self.pong_at = Some(Instant::now());
        }
        if self.clock_at.is_none() && tail.contains(&self.clock) {
            self.clock_at = Some(SystemTime::now());
        }
        if self.ready_at.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn latency(&self) -> Option<Duration> {
        Some(self.pong_at?.duration_since(self.ready_at?))
    }

    /// Our clock when the host told its own: half the way there and back before that arrived.
    fn clock(&self) -> Option<f64> {
        let arrived = self.clock_at?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some((arrived.as_secs_f64() - self.latency()?.as_secs_f64() / 2.0).max(0.0))
    }
}
