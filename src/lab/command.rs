//! Running the machine's own tools (`ip`, `mount`, …): quiet, bounded in time, with errors that say what was tried.

use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::error::LabError;

/// The search path for tools, whatever the caller's own is: `sudo` and cron leave out `/usr/sbin`.
pub(super) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// No tool but an image build works this long.
const LIMIT: Duration = Duration::from_secs(120);
const STDERR_TAIL: usize = 2000;

/// A tool with a clean environment, no stdin, piped outputs, killed when dropped.
pub(super) fn tool(name: &str) -> Command {
    let mut command = Command::new(name);
    command
        .env_clear()
        .env("PATH", PATH)
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// A `sh` script with arguments, in mount and process namespaces of its own that die with this process: whatever it mounts or
/// starts can't outlive it, even when fleet is killed.
pub(super) fn contained_sh(script: &str) -> Command {
    let mut command = tool("setpriv");
    command.args(["--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private"]);
    command.args(["--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"]);
    // Files of an image or a host must not depend on the umask of whoever runs fleet.
    command.arg(format!("umask 022\n{script}")).arg("sh");
    command
}

/// Runs to the end; stdout, or an error when the status is not 0.
pub(super) async fn run(what: &str, command: &mut Command) -> Result<String, LabError> {
    checked(what, &run_for(LIMIT, what, command, None).await?)
}

/// As [`run`], with bytes for its stdin.
pub(super) async fn run_with_input(what: &str, command: &mut Command, input: &[u8]) -> Result<String, LabError> {
    checked(what, &run_for(LIMIT, what, command, Some(input)).await?)
}

/// Runs to the end, at most `limit`; the status is the caller's to judge.
pub(super) async fn run_for(
    limit: Duration,
    what: &str,
    command: &mut Command,
    input: Option<&[u8]>,
) -> Result<Output, LabError> {
    let failed = |why: String| LabError::Command { what: what.to_owned(), why };
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let work = async {
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        let feed = async {
            if let (Some(mut stdin), Some(input)) = (stdin, input) {
                match stdin.write_all(input).await {
                    // The tool ended early: its status and stderr say why.
                    Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
                    other => other,
                }
            } else {
                Ok(())
            }
        };
        let (written, output) = tokio::join!(feed, child.wait_with_output());
        written?;
        output
    };
    match tokio::time::timeout(limit, work).await {
        Err(_) => Err(failed(format!("no end after {} s", limit.as_secs()))),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Ok(Ok(output)) => Ok(output),
    }
}

/// Turns a status other than 0 into an error with the end of stderr.
pub(super) fn checked(what: &str, output: &Output) -> Result<String, LabError> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = tail(&output.stderr);
    let why = if stderr.is_empty() { output.status.to_string() } else { format!("{stderr} ({})", output.status) };
    Err(LabError::Command { what: what.to_owned(), why })
}

/// The last lines of some output.
pub(super) fn tail(bytes: &[u8]) -> String {
    let start = bytes.len().saturating_sub(STDERR_TAIL);
    String::from_utf8_lossy(&bytes[start..]).trim().to_owned()
}
