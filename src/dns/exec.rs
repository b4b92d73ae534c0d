//! A program that writes the records, called as lego calls it: `PROG present FQDN VALUE` and `PROG cleanup FQDN VALUE`, the name with its dot at the end.
//! (<https://go-acme.github.io/lego/dns/exec/>)
//!
//! lego's RAW mode, which hands the program the key authorisation, is not offered: a value that was left behind could not be cleaned up by it later.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::error::DnsError;
use super::name;
use super::solver::{Boxed, Solver, redacted};
use crate::secrets::Secret;

/// So much of what the program printed last is told, in bytes.
const TOLD: usize = 2048;
/// How long its output is read on after its end.
const REST: Duration = Duration::from_millis(250);
/// How long a program may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);

/// A program.
#[derive(Debug)]
pub struct Exec {
    label: String,
    program: String,
    arguments: Vec<String>,
    directory: PathBuf,
    environment: BTreeMap<String, Secret>,
    limit: Duration,
}

impl Exec {
    /// The program and its first arguments, run in `directory` with these secrets in its environment.
    pub fn new(
        label: &str,
        command: Vec<String>,
        directory: PathBuf,
        environment: BTreeMap<String, Secret>,
        limit: Duration,
    ) -> Result<Self, DnsError> {
        let mut words = command.into_iter();
        let program = words
            .next()
            .filter(|program| !program.is_empty())
            .ok_or_else(|| DnsError::Settings { name: label.to_owned(), why: "names no program".to_owned() })?;
        Ok(Self { label: label.to_owned(), program, arguments: words.collect(), directory, environment, limit })
    }

    async fn run(&self, verb: &'static str, fqdn: &str, value: &str) -> Result<(), DnsError> {
        let fqdn = format!("{}.", name::text(&name::parse(fqdn)?));
        let start = |error: &std::io::Error| DnsError::ExecStart {
            program: self.program.clone(),
            why: crate::text::system_words(error),
        };
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).args([verb, &fqdn, value]).current_dir(&self.directory);
        for (name, secret) in &self.environment {
            command.env(name, std::ffi::OsStr::new(secret.expose_str().unwrap_or_default()));
        }
        command.env_remove("EXEC_MODE").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: what it starts is ended with it.
        let mut child = command.process_group(0).spawn().map_err(|error| start(&error))?;
        let mut group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
        let (mut out, mut err) = (Tail::default(), Tail::default());
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let ended = timeout(self.limit, async {
            let reading = async { futures_util::join!(out.read(stdout), err.read(stderr)) };
            tokio::pin!(reading);
            tokio::select! {
                biased;
                status = child.wait() => {
                    // What it leaves running may hold its output open: only its own end counts.
                    let _rest = timeout(REST, &mut reading).await;
                    return status;
                }
                _ = &mut reading => {}
            }
            child.wait().await
        })
        .await;
        let Ok(status) = ended else {
            group.signal(Signal::TERM);
            // Either way it is killed next.
            let _ended = timeout(GRACE, child.wait()).await;
            group.signal(Signal::KILL);
            let _reaped = child.wait().await;
            group.ended();
            let output = self.told(&out, &err);
            return Err(DnsError::ExecTimeout {
                program: self.program.clone(),
                verb,
                seconds: self.limit.as_secs(),
                output,
            });
        };
        group.ended();
        let status = status.map_err(|error| start(&error))?;
        if status.success() {
            return Ok(());
        }
        let status = status.to_string().replace("exit status: ", "exit status ");
        Err(DnsError::ExecFailed { program: self.program.clone(), verb, status, output: self.told(&out, &err) })
    }

    /// What it printed last, fit to be shown, without the secrets that it was given.
    fn told(&self, out: &Tail, err: &Tail) -> String {
        let texts = [err, out].map(|tail| {
            let clean = strip_ansi_escapes::strip(tail.whole_lines());
            redacted(String::from_utf8_lossy(&clean).into_owned(), self.environment.values())
        });
        let lines = texts.iter().flat_map(|text| text.lines()).map(str::trim).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join("; ").replace(char::is_control, "")
    }
}

impl Solver for Exec {
    fn name(&self) -> &str {
        &self.label
    }

    fn present<'a>(&'a self, fqdn: &'a str, value: &'a str) -> Boxed<'a, Result<(), DnsError>> {
        Box::pin(self.run("present", fqdn, value))
    }

    fn cleanup<'a>(&'a self, fqdn: &'a str, value: &'a str) -> Boxed<'a, Result<(), DnsError>> {
        Box::pin(self.run("cleanup", fqdn, value))
    }
}

/// A process group that is killed when nobody waits for it any more.
struct Group(Option<Pid>);

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // It may have ended by itself.
            let _gone = kill_process_group(group, signal);
        }
    }

    /// Its number may soon be another's.
    fn ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// The last bytes of a stream.
#[derive(Default)]
struct Tail {
    bytes: Vec<u8>,
    cut: bool,
}

impl Tail {
    async fn read(&mut self, stream: Option<impl AsyncRead + Unpin>) {
        let Some(mut stream) = stream else { return };
        let mut buffer = [0; 1024];
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            self.bytes.extend_from_slice(&buffer[..length]);
            let surplus = self.bytes.len().saturating_sub(TOLD);
            self.cut |= surplus > 0;
            self.bytes.drain(..surplus);
        }
    }

    /// Without the part of a line at the start: it may be the end of a secret.
    fn whole_lines(&self) -> &[u8] {
        if !self.cut {
            return &self.bytes;
        }
        let start = self.bytes.iter().position(|byte| *byte == b'\n').map_or(self.bytes.len(), |at| at + 1);
        &self.bytes[start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    fn exec(directory: &Path, script: &str, limit: Duration) -> Exec {
        let program = directory.join("hook");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let environment = BTreeMap::from([("TOKEN".to_owned(), Secret::new(b"hunter2-token".to_vec()))]);
        // Through sh: a file that was just written may still be open in a child that another test forks.
        let command = vec!["sh".to_owned(), program.to_str().unwrap().to_owned()];
        Exec::new("main", command, directory.to_owned(), environment, limit).unwrap()
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn it_is_called_as_lego_calls_it() {
        let directory = tempfile::tempdir().unwrap();
        let exec = exec(directory.path(), "printf '%s\\n' \"$*\" \"$TOKEN\" \"${EXEC_MODE-none}\" >> called", LONG);
        exec.present("_acme-challenge.Example.org", "-value").await.unwrap();
        exec.cleanup("_acme-challenge.example.org.", "-value").await.unwrap();
        let called = std::fs::read_to_string(directory.path().join("called")).unwrap();
        let line = |verb: &str| format!("{verb} _acme-challenge.example.org. -value\nhunter2-token\nnone\n");
        assert_eq!(called, line("present") + &line("cleanup"));
    }

    #[tokio::test]
    async fn what_it_printed_is_told_without_secrets() {
        let directory = tempfile::tempdir().unwrap();
        let script = "echo working; printf '\\033[31mbad token %s\\033[0m\\n' \"$TOKEN\" >&2; exit 3";
        let error = exec(directory.path(), script, LONG).present("a.example.org", "v").await.unwrap_err();
        assert_eq!(error.to_string(), "sh present ended with exit status 3: bad token [redacted]; working");
        // The secret is cut in two by the bound on what is kept.
        let script = "i=0; while [ $i -lt 400 ]; do printf %s \"$TOKEN\"; i=$((i+1)); done; exit 1";
        let error = exec(directory.path(), script, LONG).present("a.example.org", "v").await.unwrap_err();
        assert_eq!(error.to_string(), "sh present ended with exit status 1");
    }

    #[tokio::test]
    async fn one_that_takes_too_long_is_killed_with_all_that_it_started() {
        let directory = tempfile::tempdir().unwrap();
        let script = "trap '' TERM; sleep 1000 & echo $! > pid; wait; sleep 1000";
        let exec = exec(directory.path(), script, Duration::from_millis(500));
        let error = exec.cleanup("a.example.org", "v").await.unwrap_err();
        assert_eq!(error.code(), "dns-exec-timeout");
        let pid = std::fs::read_to_string(directory.path().join("pid")).unwrap();
        // It is told to end before the error comes back, and ends when it next gets a turn.
        let stat = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        let gone = async {
            while !(stat().is_empty() || stat().contains(") Z ")) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), gone).await.expect("it goes on");
    }

    #[tokio::test]
    async fn what_it_leaves_running_does_not_hold_it_up() {
        let directory = tempfile::tempdir().unwrap();
        let exec = exec(directory.path(), "sleep 1000 & echo $! > pid", LONG);
        exec.present("a.example.org", "v").await.unwrap();
        let pid: i32 = std::fs::read_to_string(directory.path().join("pid")).unwrap().trim().parse().unwrap();
        rustix::process::kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    }

    #[test]
    fn a_program_must_be_named() {
        let error = Exec::new("main", Vec::new(), PathBuf::new(), BTreeMap::new(), LONG).unwrap_err();
        assert_eq!(error.to_string(), "the DNS provider main names no program");
    }
}
