//! `fleet exec`: one command on many hosts. It leaves no line in the journal: what it changes, if anything, nobody declared.

mod output;

use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::watch;

use crate::engine::status::{Failure, Status};
use crate::names::HostName;
use crate::report::{ExecReport, ExitCode, HostOutput, Progress, Ui, exit};
use crate::ssh::{self, AdhocOutput, Chunk, Ended, Ssh, SshErrorKind};

use super::app::{self, CliError};
use super::args::Global;
use output::{Kept, Lines, Live};

/// Commands that end sooner are not shown line by line.
const QUICK: Duration = Duration::from_secs(1);

/// `fleet exec`
pub(super) async fn run(global: &Global, ui: &Ui, command: &[String]) -> Result<ExitCode, CliError> {
    app::without_facts(global, "exec")?;
    let inventory = app::load(global, ui)?;
    let hosts = app::select(global, &inventory)?;
    let ssh = app::ssh(global, ui, &inventory)?.ssh;
    let interrupted = watch_for_interrupt();
    let live = Live::new(ui, hosts.iter());
    let outputs: Vec<HostOutput> = {
        let progress = ui.progress(hosts.len(), "running");
        let exec = Exec {
            ssh: &ssh,
            command,
            limit: global.timeout,
            live: live.as_ref(),
            progress: &progress,
            interrupted: interrupted.clone(),
        };
        let all = futures_util::stream::iter(hosts)
            .map(|host| exec.on(host))
            .buffer_unordered(global.parallel.into())
            .collect();
        tokio::select! {
            outputs = all => outputs,
            never = release_later(live.as_ref()) => match never {},
        }
    };
    if let Some(live) = &live {
        live.end();
    }
    let code = exit::of_statuses(
        outputs.iter().map(|output| (output.status, output.error.as_ref().map(|error| error.code.as_str()))),
    );
    let code = if *interrupted.borrow() { ExitCode::of_several([code, ExitCode::Interrupted]) } else { code };
    app::print(ui, &ExecReport::new(command.to_vec(), outputs))?;
    Ok(code)
}

/// Once: no new host is started, and what runs is told to end. Twice: leave; what runs still ends, since its stdin does.
fn watch_for_interrupt() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if sender.send_replace(true) {
                std::process::exit(ExitCode::Interrupted.number().into());
            }
        }
        // Without signals nobody interrupts; the sender must stay all the same.
        sender.closed().await;
    });
    receiver
}

/// From a while after the start on, lines are shown at once.
async fn release_later(live: Option<&Live<'_>>) -> std::convert::Infallible {
    tokio::time::sleep(QUICK).await;
    if let Some(live) = live {
        live.release();
    }
    std::future::pending().await
}

struct Exec<'a> {
    ssh: &'a Ssh,
    command: &'a [String],
    limit: Duration,
    live: Option<&'a Live<'a>>,
    progress: &'a Progress<'a>,
    interrupted: watch::Receiver<bool>,
}

impl Exec<'_> {
    async fn on(&self, host: HostName) -> HostOutput {
        let mut interrupted = self.interrupted.clone();
        let mut listener = Listener::new(&host, self.live);
        if *interrupted.borrow() {
            let error = Failure::bare("interrupted", "not begun");
            return listener.output(&host, Status::Skipped, None, Some(error));
        }
        self.progress.begin(&host);
        let outcome = {
            // Dropped, the run closes the command's stdin, and by that the host ends it with all of its session.
            let run = self.run(&host, &mut listener);
            tokio::select! {
                outcome = run => Some(outcome),
                _ = interrupted.wait_for(|interrupted| *interrupted) => None,
            }
        };
        let (status, exit, error) = match outcome {
            None => {
                let error = Failure::bare("interrupted", "interrupted before it ended; what ran there is told to end");
                (Status::Failed, None, Some(error))
            }
            Some(Err((status, error))) => (status, None, Some(error)),
            Some(Ok(Some(Ended::Exit(code)))) => {
                (if code == 0 { Status::Ok } else { Status::Failed }, Some(i32::from(code)), None)
            }
            Some(Ok(Some(Ended::NoSetsid))) => {
                let error = Failure::new("no-setsid", "this host has no `setsid`", "install util-linux");
                (Status::Failed, None, Some(error))
            }
            Some(Ok(None)) => {
                let hint =
                    "look whether something there ends log-in sessions, or kills processes that take much memory";
                let error = Failure::new("shell-ended", "the shell around the command ended before it did", hint);
                (Status::Failed, None, Some(error))
            }
        };
        self.progress.end(&host, status);
        listener.output(&host, status, exit, error)
    }

    async fn run(&self, host: &HostName, listener: &mut Listener<'_>) -> Result<Option<Ended>, (Status, Failure)> {
        let token = ssh::token().map_err(|error| {
            (Status::Failed, Failure::bare("no-randomness", format!("the system has no randomness: {error}")))
        })?;
        // The shell that called us cannot pass such words on, but another program can.
        let script = ssh::adhoc(self.command, &token).ok_or_else(|| {
            (Status::Failed, Failure::bare("bad-command", "the command is empty, or one of its words has a NUL byte"))
        })?;
        let mut frames = AdhocOutput::new(&token);
        let result = self.ssh.run(host, &script, self.limit, &mut |chunk| listener.hear(&mut frames, chunk)).await;
        let ended = frames.finish(|bytes| listener.stdout(bytes));
        match (result, ended) {
            // It ended because it was told to.
            (Err(error), _) if matches!(error.kind, SshErrorKind::RunTimedOut { .. }) => Err(app::ended(&error)),
            // How the command ended is known, whatever then happened to the connection.
            (_, Some(ended)) => Ok(Some(ended)),
            (Ok(_), None) => Ok(None),
            (Err(error), None) => Err(app::ended(&error)),
        }
    }
}

/// Keeps what one host prints, and shows it.
struct Listener<'a> {
    host: HostName,
    live: Option<&'a Live<'a>>,
    stdout: (Kept, Lines),
    stderr: (Kept, Lines),
}

impl<'a> Listener<'a> {
    fn new(host: &HostName, live: Option<&'a Live<'a>>) -> Self {
        Self { host: host.clone(), live, stdout: Default::default(), stderr: Default::default() }
    }

    fn hear(&mut self, frames: &mut AdhocOutput, chunk: Chunk<'_>) -> ControlFlow<()> {
        match chunk {
            Chunk::Stdout(bytes) => match frames.push(bytes, |bytes| self.stdout(bytes)) {
                // What the command left in the background may hold the stream open for ever.
                Some(_) => ControlFlow::Break(()),
                None => ControlFlow::Continue(()),
            },
            Chunk::Stderr(bytes) => {
                let (host, live) = (&self.host, self.live);
                take(&mut self.stderr, bytes, |line| show(live, host, line));
                ControlFlow::Continue(())
            }
        }
    }

    fn stdout(&mut self, bytes: &[u8]) {
        let (host, live) = (&self.host, self.live);
        take(&mut self.stdout, bytes, |line| show(live, host, line));
    }

    fn output(mut self, host: &HostName, status: Status, exit: Option<i32>, error: Option<Failure>) -> HostOutput {
        for stream in [&mut self.stdout, &mut self.stderr] {
            stream.1.finish(|line| show(self.live, host, line));
        }
        let (stdout, dropped_stdout) = self.stdout.0.into_text();
        let (stderr, dropped_stderr) = self.stderr.0.into_text();
        let dropped_bytes = dropped_stdout + dropped_stderr;
        HostOutput { host: host.clone(), status, exit, error, stdout, stderr, dropped_bytes }
    }
}

fn take(stream: &mut (Kept, Lines), bytes: &[u8], line: impl FnMut(&[u8])) {
    stream.0.push(bytes);
    stream.1.push(bytes, line);
}

fn show(live: Option<&Live<'_>>, host: &HostName, text: &[u8]) {
    if let Some(live) = live {
        live.show(host, text);
    }
}
