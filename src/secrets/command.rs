//! Running a program for a secret: no shell, no input, bounded in time and size, its stderr never shown.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use secrecy::zeroize::Zeroizing;

use super::error::SecretError;

/// How often a running program is looked at.
const PAUSE: Duration = Duration::from_millis(5);

/// Runs `argv` in `dir` and returns what it printed.
pub(super) fn output(
    argv: &[String],
    dir: &Path,
    limit: u64,
    time: Duration,
) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(SecretError::BadReference { reason: "names no program" });
    };
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| SecretError::CommandStart {
            program: program.clone(),
            reason: crate::text::system_words(&error),
        })?;
    let (sender, receiver) = mpsc::channel();
    if let Some(mut stdout) = child.stdout.take() {
        thread::spawn(move || {
            // With room for all of it, so that it never moves and leaves a copy behind.
            let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
            let mut bytes = Zeroizing::new(Vec::with_capacity(most));
            let result = (&mut stdout).take(most as u64).read_to_end(&mut bytes).map(|_| bytes);
            // What comes after is read and dropped, so that the program can end by itself.
            if result.is_ok() {
                let _drained = std::io::copy(&mut stdout, &mut std::io::sink());
            }
            let _receiver_gone = sender.send(result);
        });
    }
    let timeout = || SecretError::CommandTimeout { program: program.clone(), seconds: time.as_secs() };
    let Some(status) = wait(&mut child, started, time) else {
        return Err(timeout());
    };
    let failed = |status: String| SecretError::CommandFailed { program: program.clone(), status };
    if !status.success() {
        return Err(failed(status.to_string().replace("exit status: ", "exit status ")));
    }
    // A child of the program may still hold the pipe: wait no longer than allowed.
    let left = time.saturating_sub(started.elapsed());
    match receiver.recv_timeout(left.max(PAUSE)) {
        Ok(Ok(bytes)) if bytes.len() as u64 > limit => {
            Err(SecretError::TooLarge { from: format!("command {program}"), limit })
        }
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(failed("unreadable output".to_owned())),
        Err(_) => Err(timeout()),
    }
}

/// The status; none when the time ran out, and the program was killed.
fn wait(child: &mut Child, started: Instant, time: Duration) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if started.elapsed() < time => thread::sleep(PAUSE),
            _ => {
                // It may have ended just now; either way it is reaped here.
                let _already_gone = child.kill();
                let _reaped = child.wait();
                return None;
            }
        }
    }
}
