//! One script on a host, its output streamed as it comes.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use openssh::{Child, ChildStderr, ChildStdin, ChildStdout, Session, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::error::{SshError, SshErrorKind, printable};
use super::master;
use super::pace::backoff;
use super::pool::{Open, Ssh};
use super::script::{Script, Start};
use crate::names::HostName;

/// How long the remote side may take to end once its stdin was closed.
const GRACE: Duration = Duration::from_secs(5);

/// What stands in the place of all that a log-in printed, when it printed what was sent to it: that may be a secret.
pub const ECHOED: &str = "it printed what was sent to it, which is not shown";

/// So many bytes of a line are no chance likeness.
const ECHO: usize = 6;

/// The size of one read, in bytes.
const READ: usize = 16 * 1024;

/// A piece of output; pieces end anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk<'a> {
    /// From stdout.
    Stdout(&'a [u8]),
    /// From stderr.
    Stderr(&'a [u8]),
}

/// What takes the output. Once it breaks off, stdin is closed; what is under way still comes, and its answer no longer counts.
pub type Sink<'a> = dyn FnMut(Chunk<'_>) -> ControlFlow<()> + Send + 'a;

/// How a script ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Its exit status; `None` when it died of a signal, or was left alone after the sink had broken off.
    pub code: Option<i32>,
    /// What the login printed before the script started (rc files, sudo): the first 4 KiB, made fit to be shown.
    pub noise: String,
    /// How many bytes that was in all.
    pub noise_bytes: u64,
    /// From the request for a session to the script's first byte of output; `None` when it never started.
    pub started_after: Option<Duration>,
}

/// The sessions of this process on one host.
#[derive(Debug)]
pub(crate) struct Sessions {
    permits: Semaphore,
    open: AtomicUsize,
}

impl Sessions {
    fn new(permits: usize) -> Self {
        Self { permits: Semaphore::new(permits), open: AtomicUsize::new(0) }
    }
}

/// Counts one session as long as it is held.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

type Remote = Child<Arc<Session>>;

impl Ssh {
    /// Runs a script in one `sh` on the host, as root through `sudo -n` where the target says so.
    ///
    /// `limit` counts from the opened session. At its end stdin is closed and the script has five seconds to go; then, or
    /// when the host ended it in that time, the result is [`SshErrorKind::RunTimedOut`]. Dropping the future closes stdin too.
    pub async fn run(
        &self,
        host: &HostName,
        script: &Script,
        limit: Duration,
        sink: &mut Sink<'_>,
    ) -> Result<Exit, SshError> {
        let target = self.target(host)?;
        let sessions = self.sessions(host);
        // Closed never: the semaphore lives as long as the pool.
        let _permit = sessions.permits.acquire().await;
        let (child, open) = self.session(host, target.sudo, &sessions.open).await?;
        let _counted = Counted::new(&sessions.open);
        let marker =
            token().map_err(|error| SshError::new(host, SshErrorKind::Other).saying(error.to_string().as_bytes()))?;
        let mut stream = Stream::new(child, script.render(&marker), &marker);
        let end = stream.pump(limit, self.0.settings.login_timeout, sink).await;
        self.verdict(host, target.sudo, limit, stream, end, &open).await
    }

    fn sessions(&self, host: &HostName) -> Arc<Sessions> {
        let mut sessions = self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let permits = self.0.settings.sessions.max(1);
        sessions.entry(host.clone()).or_insert_with(|| Arc::new(Sessions::new(permits))).clone()
    }

    /// Opens a session; a master that is dead, or whose connection is, gets replaced once.
    async fn session(&self, host: &HostName, sudo: bool, ours: &AtomicUsize) -> Result<(Remote, Open), SshError> {
        let line = if sudo { "sudo -n sh" } else { "exec sh" };
        let patience = self.0.settings.connect_timeout;
        let mut deadline = Instant::now() + patience;
        let mut replaced = false;
        let mut refusals = 0;
        loop {
            let open = self.open(host).await?;
            let session = Arc::new(master::session(&open.socket));
            let mut command = session.arc_raw_command(line);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            match timeout(patience, command.spawn()).await {
                Ok(Ok(child)) => return Ok((child, open)),
                Ok(Err(openssh::Error::SshMux(error))) if master::alive(&open.socket).await => {
                    // MaxSessions. Our own others will end; those of other processes perhaps not.
                    refusals += 1;
                    if ours.load(Ordering::Relaxed) > 0 {
                        deadline = Instant::now() + patience;
                    } else if Instant::now() > deadline {
                        return Err(
                            SshError::new(host, SshErrorKind::SessionRefused).saying(error.to_string().as_bytes())
                        );
                    }
                    sleep(backoff(refusals.min(4))).await;
                }
                Ok(Err(error)) if replaced => {
                    return Err(SshError::new(host, SshErrorKind::Other).saying(error.to_string().as_bytes()));
                }
                Err(_) if replaced => {
                    return Err(SshError::new(host, SshErrorKind::ConnectTimedOut));
                }
                Ok(Err(_)) => {
                    replaced = true;
                    self.doubt(host, &open, false).await?;
                }
                Err(_) => {
                    replaced = true;
                    self.doubt(host, &open, true).await?;
                }
            }
        }
    }

    async fn verdict(
        &self,
        host: &HostName,
        sudo: bool,
        limit: Duration,
        stream: Stream,
        end: End,
        open: &Open,
    ) -> Result<Exit, SshError> {
        let Stream { child, out, err, started_after, text, .. } = stream;
        let started = out.started();
        let noise = without_echo([out.noise().0, err.noise().0].concat(), &text);
        let noise_bytes = out.noise().1 + err.noise().1;
        let fail = |kind| Err(SshError::new(host, kind).saying(if started { b"" } else { &noise }));
        if end == End::TimedOut {
            return fail(SshErrorKind::RunTimedOut { limit });
        }
        // The streams are at their end, so the status is on its way, unless the sink wanted no more.
        let waited = match end {
            End::Left => Err(None),
            _ => timeout(GRACE, child.wait()).await.map_err(|_| None).and_then(|result| result.map_err(Some)),
        };
        let code = match waited {
            Ok(status) => status.code(),
            // The crate reads a status of 127 as "not found".
            Err(Some(openssh::Error::Remote(_))) => Some(127),
            Err(_) if end == End::Left || end == End::Broken => None,
            // It says the same of a signal and of a lost connection: ask the master.
            Err(_) => {
                if !master::alive(&open.socket).await {
                    self.doubt(host, open, false).await?;
                    return fail(SshErrorKind::ConnectionLost);
                }
                None
            }
        };
        if !started && end != End::Broken {
            let by_sudo = sudo && noise.windows(4).any(|word| word.eq_ignore_ascii_case(b"sudo"));
            return fail(if by_sudo { SshErrorKind::NoSudo } else { SshErrorKind::NoShell });
        }
        Ok(Exit { code, noise: printable(&noise), noise_bytes, started_after })
    }
}

/// What a log-in printed, unless that is our own script.
fn without_echo(noise: Vec<u8>, script: &[u8]) -> Vec<u8> {
    let sent: BTreeSet<&[u8]> = script.split(|byte| *byte == b'\n').filter(|line| line.len() >= ECHO).collect();
    let echoed = noise.split(|byte| *byte == b'\n').any(|line| {
        let line = line.trim_ascii();
        sent.iter().any(|sent| {
            let (long, short) = if line.len() > sent.len() { (line, *sent) } else { (*sent, line) };
            short.len() >= ECHO && long.windows(short.len()).any(|part| part == short)
        })
    });
    if echoed { ECHOED.into() } else { noise }
}

/// How the streams ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Both at their end.
    Whole,
    /// Both at their end after the sink had broken off.
    Broken,
    /// The sink had broken off, and the grace ran out.
    Left,
    /// The time limit ran out.
    TimedOut,
}

struct Stream {
    child: Remote,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    text: Vec<u8>,
    out: Start,
    err: Start,
    begun: Instant,
    started_after: Option<Duration>,
}

impl Stream {
    fn new(mut child: Remote, text: String, marker: &str) -> Self {
        Self {
            stdin: child.stdin().take(),
            stdout: child.stdout().take(),
            stderr: child.stderr().take(),
            child,
            text: text.into_bytes(),
            out: Start::new(marker),
            err: Start::new(marker),
            begun: Instant::now(),
            started_after: None,
        }
    }

    /// Moves bytes in both directions until both streams end, or the time does.
    async fn pump(&mut self, limit: Duration, start: Duration, sink: &mut Sink<'_>) -> End {
        let mut written = 0;
        let mut from_out = vec![0; READ];
        let mut from_err = vec![0; READ];
        let end_of_run = self.begun + limit;
        let mut deadline = end_of_run.min(self.begun + start);
        let mut closing = None;
        while self.stdout.is_some() || self.stderr.is_some() {
            let flow = tokio::select! {
                result = write(&mut self.stdin, &self.text[written..]) => {
                    match result {
                        Ok(count) => written += count,
                        // The remote side reads no more: its exit status will say why.
                        Err(_) => self.stdin = None,
                    }
                    continue;
                }
                count = read(&mut self.stdout, &mut from_out) => {
                    if count == 0 { self.stdout = None; }
                    let flow = give(&mut self.out, &from_out[..count], Chunk::Stdout, sink);
                    if self.out.started() && self.started_after.is_none() {
                        self.started_after = Some(self.begun.elapsed());
                        if closing.is_none() { deadline = end_of_run; }
                    }
                    // What the log-in printed before is compared with what was sent; from the start on that is over.
                    if self.out.started() && written == self.text.len() {
                        self.text = Vec::new();
                        written = 0;
                    }
                    flow
                }
                count = read(&mut self.stderr, &mut from_err) => {
                    if count == 0 { self.stderr = None; }
                    give(&mut self.err, &from_err[..count], Chunk::Stderr, sink)
                }
                () = sleep_until(deadline) => {
                    if let Some(end) = closing {
                        return if end == End::Broken { End::Left } else { end };
                    }
                    // A login that starts no script is no long-running script.
                    closing = Some(if deadline < end_of_run { End::Whole } else { End::TimedOut });
                    deadline += GRACE;
                    self.stdin = None;
                    ControlFlow::Continue(())
                }
            };
            if flow.is_break() && closing.is_none() {
                closing = Some(End::Broken);
                deadline = Instant::now() + GRACE;
                self.stdin = None;
            }
        }
        closing.unwrap_or(End::Whole)
    }
}

/// Hands on what belongs to the script.
fn give<'a>(
    start: &mut Start,
    bytes: &'a [u8],
    kind: fn(&'a [u8]) -> Chunk<'a>,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    let mut first = Vec::new();
    let rest = start.pass(bytes, &mut first);
    if !rest.is_empty() {
        return sink(kind(rest));
    }
    if first.is_empty() {
        return ControlFlow::Continue(());
    }
    match kind(bytes) {
        Chunk::Stdout(_) => sink(Chunk::Stdout(&first)),
        Chunk::Stderr(_) => sink(Chunk::Stderr(&first)),
    }
}

async fn read<R: AsyncReadExt + Unpin>(stream: &mut Option<R>, buffer: &mut [u8]) -> usize {
    match stream {
        // An error on our own end of the pipe is its end: the exit status decides.
        Some(stream) => stream.read(buffer).await.unwrap_or(0),
        None => std::future::pending().await,
    }
}

async fn write(stdin: &mut Option<ChildStdin>, text: &[u8]) -> std::io::Result<usize> {
    match stdin {
        Some(stdin) if !text.is_empty() => stdin.write(text).await,
        _ => std::future::pending().await,
    }
}

/// 32 random hexadecimal digits: a marker that no output holds by chance.
pub fn token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(crate::text::hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_that_gives_back_the_script_is_not_quoted() {
        let script = b"fleet_whole=x; {\nbase64 -d <<'E'\naHVudGVyMjI=\nE\nexit\n}\n";
        for noise in ["welcome\naHVudGVyMjI=\r\n", "aHVudGVy", ">>> aHVudGVyMjI= <<<", "E\nbase64 -d <<'E'\n"] {
            let shown = without_echo(noise.as_bytes().to_vec(), script);
            assert!(!shown.windows(8).any(|part| part == b"aHVudGVy"), "{noise}");
            assert_ne!(shown, noise.as_bytes());
        }
        for noise in ["", "welcome\n", "sudo: a password is required\n", "{\n"] {
            assert_eq!(without_echo(noise.as_bytes().to_vec(), script), noise.as_bytes());
        }
    }
}
