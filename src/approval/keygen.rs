//! Running `ssh-keygen` and `ssh-add` of OpenSSH 8.2 and newer.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::NAMESPACE;
use crate::text::system_words;

/// Why `ssh-keygen` gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum KeygenError {
    /// It could not be started.
    #[error("cannot run ssh-keygen: {}", system_words(.0))]
    NotRun(std::io::Error),
    /// A file for it could not be written or read.
    #[error("cannot hand a file to ssh-keygen: {}", system_words(.0))]
    Files(std::io::Error),
    /// It did not sign.
    #[error("ssh-keygen has not signed{0}")]
    NotSigned(String),
}

impl KeygenError {
    /// The stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotRun(_) => "no-ssh-keygen",
            Self::Files(_) => "not-written",
            Self::NotSigned(_) => "not-signed",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotRun(_) => "install the client of OpenSSH, 8.2 or newer",
            Self::Files(_) => "see whether the directory for temporary files is full",
            Self::NotSigned(_) => {
                "where nobody can be asked for a passphrase, load the key into an agent first: `ssh-add KEY`"
            }
        }
    }
}

/// The principals that `allowed_signers` gives to the key of a signature; else what ssh-keygen says.
pub fn principals(signature: &Path, allowed: &Path) -> Result<Result<Vec<String>, String>, KeygenError> {
    let mut command = Command::new("ssh-keygen");
    command.args(["-Y", "find-principals", "-s"]).arg(signature).arg("-f").arg(allowed);
    let output = ask(&mut command, b"")?;
    if !output.status.success() {
        return Ok(Err(said(&output)));
    }
    Ok(Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).filter(|name| !name.is_empty()).collect()))
}

/// Whether the signature is that of the principal; the fingerprint of the key, or what ssh-keygen says.
pub fn verify(
    signature: &Path,
    principal: &str,
    allowed: &Path,
    revoked: Option<&Path>,
    statement: &[u8],
) -> Result<Result<String, String>, KeygenError> {
    let mut command = Command::new("ssh-keygen");
    command.args(["-Y", "verify", "-n", NAMESPACE, "-I", principal, "-s"]).arg(signature).arg("-f").arg(allowed);
    if let Some(revoked) = revoked {
        command.arg("-r").arg(revoked);
    }
    let output = ask(&mut command, statement)?;
    if !output.status.success() {
        return Ok(Err(said(&output)));
    }
    // Good "NAMESPACE" signature for PRINCIPAL with TYPE key FINGERPRINT
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(Ok(text.split_whitespace().last().unwrap_or_default().to_owned()))
}

/// The fingerprint of a key in a file, be it public, private or a certificate.
pub fn fingerprint(file: &Path) -> Result<Result<String, String>, KeygenError> {
    let output = ask(Command::new("ssh-keygen").args(["-l", "-f"]).arg(file), b"")?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(match text.split_whitespace().nth(1) {
        Some(fingerprint) if output.status.success() => Ok(fingerprint.to_owned()),
        _ => Err(said(&output)),
    })
}

/// The principals of a certificate in a file; none of any other file.
pub fn certified(file: &Path) -> Result<Vec<String>, KeygenError> {
    let output = ask(Command::new("ssh-keygen").args(["-L", "-f"]).arg(file), b"")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let after = text.lines().map(str::trim).skip_while(|line| *line != "Principals:").skip(1);
    Ok(after
        .take_while(|line| !line.ends_with(':') && !line.contains(": ") && *line != "(none)")
        .map(str::to_owned)
        .collect())
}

/// The public keys that the agent has, a line each; none without an agent.
pub fn in_agent() -> Vec<String> {
    let output = Command::new("ssh-add").arg("-L").stdin(Stdio::null()).stderr(Stdio::null()).output();
    let output = output.ok().filter(|output| output.status.success());
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
        .unwrap_or_default()
}

/// Lets the key in a file sign: a private one, or a public one whose private half an agent or a piece of hardware has.
/// Whoever must be asked for a passphrase or a touch is asked on the terminal.
pub fn sign(key: &Path, statement: &[u8]) -> Result<String, KeygenError> {
    let place = tempfile::tempdir().map_err(KeygenError::Files)?;
    let file = place.path().join("approval");
    std::fs::write(&file, statement).map_err(KeygenError::Files)?;
    let people = std::io::stderr().is_terminal();
    let mut command = Command::new("ssh-keygen");
    // Not over its stdin: that must be the terminal, on which it asks.
    command.args(["-q", "-Y", "sign", "-n", NAMESPACE, "-f"]).arg(key).arg(&file);
    command.stdin(if std::io::stdin().is_terminal() { Stdio::inherit() } else { Stdio::null() });
    command.stdout(Stdio::null());
    command.stderr(if people { Stdio::inherit() } else { Stdio::piped() });
    let output = command.spawn().and_then(std::process::Child::wait_with_output).map_err(KeygenError::NotRun)?;
    if !output.status.success() {
        let words = said(&output);
        return Err(KeygenError::NotSigned(if words.is_empty() { String::new() } else { format!(": {words}") }));
    }
    std::fs::read_to_string(place.path().join("approval.sig")).map_err(KeygenError::Files)
}

fn ask(command: &mut Command, input: &[u8]) -> Result<Output, KeygenError> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(KeygenError::NotRun)?;
    if let Some(mut stdin) = child.stdin.take() {
        // Who refuses a signature before it has read what was signed closes its end.
        match stdin.write_all(input) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => return Err(KeygenError::Files(error)),
            _ => {}
        }
    }
    child.wait_with_output().map_err(KeygenError::NotRun)
}

/// What it said went wrong, on one line.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    // A prompt that nobody could answer stands before its answer on the same line.
    let lines = text.lines().map(|line| line.rsplit("passphrase: ").next().unwrap_or(line).trim());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}
