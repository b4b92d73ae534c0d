//! One ssh master: how it is started, asked and stopped. All state is the process and its socket.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use openssh::Session;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

use super::classify::{classify, was_dropped};
use super::control_dir::Lock;
use super::error::SshErrorKind;
use super::target::{Connection, SshSettings, option, whole_seconds};

/// How long a live master may take to answer on its socket.
const ANSWER: Duration = Duration::from_secs(3);

/// The most of ssh's stderr that is read, in bytes.
const STDERR: usize = 16 * 1024;

/// A start that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: SshErrorKind,
    pub(crate) said: Vec<u8>,
    /// sshd dropped it before log-in: another try may do.
    pub(crate) dropped: bool,
}

impl Failure {
    pub(crate) fn new(kind: SshErrorKind, said: impl Into<Vec<u8>>) -> Self {
        Self { kind, said: said.into(), dropped: false }
    }
}

/// Where ssh would connect to, by all configuration (`ssh -G`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) hostname: String,
    pub(crate) port: String,
    /// Jump hosts, the nearest to us first.
    pub(crate) jumps: Vec<String>,
    pub(crate) proxy_command: Option<String>,
}

impl Resolved {
    /// Straight there.
    pub(crate) fn direct(address: &str, port: u16) -> Self {
        Self { hostname: address.to_owned(), port: port.to_string(), ..Self::default() }
    }

    fn parse(output: &str) -> Self {
        let mut resolved = Self::default();
        for line in output.lines() {
            let Some((key, value)) = line.split_once(' ') else {
                continue;
            };
            match key {
                "hostname" => value.clone_into(&mut resolved.hostname),
                "port" => value.clone_into(&mut resolved.port),
                "proxyjump" if value != "none" => {
                    resolved.jumps = value.split(',').map(str::to_owned).collect();
                }
                "proxycommand" if value != "none" => {
                    resolved.proxy_command = Some(value.to_owned());
                }
                _ => {}
            }
        }
        resolved
    }

    /// What counts unauthenticated connections: one sshd, or one way through a proxy.
    pub(crate) fn entrance(&self) -> String {
        match &self.proxy_command {
            Some(command) if self.jumps.is_empty() => command.clone(),
            _ => format!("{} {}", self.hostname, self.port),
        }
    }
}

/// Asks ssh how it reads all configuration for this destination. Contacts nobody, unless the user's `Match exec` does.
pub(crate) async fn resolve(connection: &Connection, settings: &SshSettings) -> Result<Resolved, Failure> {
    let mut command = ssh();
    command.arg("-G").args(connection.args(settings)).arg("--").arg(&connection.destination);
    let output = timeout(settings.connect_timeout, command.stdout(Stdio::piped()).stderr(Stdio::piped()).output())
        .await
        .map_err(|_| Failure::new(SshErrorKind::Other, "reading the ssh configuration took too long"))?
        .map_err(|error| no_ssh(&error))?;
    if !output.status.success() {
        return Err(Failure::new(SshErrorKind::Other, output.stderr));
    }
    Ok(Resolved::parse(&String::from_utf8_lossy(&output.stdout)))
}

/// A way through an open master to a further host.
#[derive(Debug)]
pub(crate) struct Via {
    /// The socket of the master to the jump host.
    pub(crate) socket: PathBuf,
    /// Where the forwarding `ssh` reports its errors: the master's own ssh drops them.
    pub(crate) log: PathBuf,
}

impl Via {
    /// The value of `ProxyCommand`. It never connects by itself, should the master be gone.
    pub(crate) fn proxy_command(&self) -> String {
        let word = |path: &Path| shell_words::quote(&path.to_string_lossy()).replace('%', "%%");
        format!(
            "ssh -F none -o BatchMode=yes -o ControlMaster=no -o ProxyCommand=false -o LogLevel=ERROR -E {} -S {} -W [%h]:%p -- fleet-jump",
            word(&self.log),
            word(&self.socket)
        )
    }
}

/// Starts a master in the background and returns once it is logged in and listens on its socket.
pub(crate) async fn start(
    connection: &Connection,
    settings: &SshSettings,
    socket: &Path,
    lock: &Lock,
    via: Option<&Via>,
) -> Result<(), Failure> {
    let mut first: Vec<OsString> = Vec::new();
    option(&mut first, "ControlMaster", "yes");
    option(&mut first, "ControlPersist", whole_seconds(connection.persist));
    if let Some(via) = via {
        option(&mut first, "ProxyCommand", via.proxy_command());
    }
    let mut command = ssh();
    // -f: ssh itself goes to the background after log-in, in a session of its own and with /dev/null for all its streams.
    command
        .args(first)
        .args(["-N", "-f", "-S"])
        .arg(socket)
        .args(connection.args(settings))
        .arg("--")
        .arg(&connection.destination);
    // Until it is in the background, ssh holds the lock too: were fleet killed and another fleet let in now, one of the two
    // masters would find the socket taken and stay for ever without one.
    command.stdin(lock.share().map_err(|error| no_ssh(&error))?);
    // Away from the terminal's process group before that, too, so that Ctrl-C is for fleet to handle.
    command.process_group(0).current_dir("/").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| no_ssh(&error))?;
    let mut stderr = child.stderr.take();
    let mut said = Vec::new();
    let ended = timeout(settings.connect_timeout + settings.login_timeout, async {
        let mut buffer = [0; 2048];
        loop {
            tokio::select! {
                status = child.wait() => return status,
                count = read(&mut stderr, &mut buffer) => keep(&mut said, &buffer, count, &mut stderr),
            }
        }
    })
    .await;
    let status = match ended {
        Ok(status) => status.map_err(|error| no_ssh(&error))?,
        // Dropping the child kills it.
        Err(_) => return Err(Failure::new(SshErrorKind::ConnectTimedOut, said)),
    };
    if status.success() && alive(socket).await {
        return Ok(());
    }
    // The rest of stderr; a proxy may hold it open.
    let rest = async {
        let mut buffer = [0; 2048];
        while stderr.is_some() {
            let count = read(&mut stderr, &mut buffer).await;
            keep(&mut said, &buffer, count, &mut stderr);
        }
    };
    let _held_open = timeout(Duration::from_millis(200), rest).await;
    if let Some(via) = via
        && let Ok(log) = std::fs::read(&via.log)
        && !log.is_empty()
    {
        // What the forwarding says is the cause; what ssh saw of it is only a closed pipe.
        said = log;
        said.truncate(STDERR);
    }
    let text = String::from_utf8_lossy(&said);
    Err(Failure { kind: classify(&text), dropped: was_dropped(&text), said })
}

async fn read(stderr: &mut Option<tokio::process::ChildStderr>, buffer: &mut [u8]) -> usize {
    match stderr {
        // An error reads as the end: the exit status decides.
        Some(stderr) => stderr.read(buffer).await.unwrap_or(0),
        None => std::future::pending().await,
    }
}

fn keep(said: &mut Vec<u8>, buffer: &[u8], count: usize, stderr: &mut Option<tokio::process::ChildStderr>) {
    if count == 0 {
        *stderr = None;
    }
    let room = STDERR.saturating_sub(said.len());
    said.extend_from_slice(&buffer[..count.min(room)]);
}

/// Whether a master answers on the socket. That its connection is alive as well shows when a session opens.
pub(crate) async fn alive(socket: &Path) -> bool {
    socket.exists() && matches!(timeout(ANSWER, session(socket).check()).await, Ok(Ok(())))
}

/// The master's process, when it lives.
pub(crate) async fn pid(socket: &Path) -> Option<u32> {
    let output = control(socket, "check").await?;
    let text = String::from_utf8_lossy(&output);
    text.split_once("pid=")?.1.split(')').next()?.parse().ok()
}

/// Ends the master and all its sessions at once.
pub(crate) async fn exit(socket: &Path) -> std::io::Result<()> {
    control(socket, "exit").await;
    super::control_dir::remove(socket)
}

/// Makes the master take no further sessions; those that run go on, and the last one ends it.
pub(crate) async fn retire(socket: &Path) -> std::io::Result<()> {
    // When it does not even answer, its socket goes, and ControlPersist or ServerAlive end it.
    let _unanswered = timeout(ANSWER, session(socket).close()).await;
    super::control_dir::remove(socket)
}

pub(crate) fn session(socket: &Path) -> Session {
    Session::resume_mux(socket.to_owned().into_boxed_path(), None)
}

async fn control(socket: &Path, order: &str) -> Option<Vec<u8>> {
    let mut command = ssh();
    command.args(["-F", "none", "-O", order, "-S"]).arg(socket).arg("--").arg("fleet-control");
    let output = timeout(ANSWER, command.stdout(Stdio::null()).stderr(Stdio::piped()).output()).await.ok()?.ok()?;
    output.status.success().then_some(output.stderr)
}

fn ssh() -> Command {
    let mut command = Command::new("ssh");
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

fn no_ssh(error: &std::io::Error) -> Failure {
    Failure::new(SshErrorKind::Other, format!("can't run ssh: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_read_from_ssh_itself() {
        let direct = Resolved::parse("host web\nuser root\nhostname 192.0.2.1\nport 2222\ncontrolpath /x y\n");
        assert_eq!((direct.hostname.as_str(), direct.port.as_str()), ("192.0.2.1", "2222"));
        assert_eq!(direct.entrance(), "192.0.2.1 2222");
        let jump = Resolved::parse("hostname web\nport 22\nproxyjump a@one:2201,two\n");
        assert_eq!(jump.jumps, ["a@one:2201", "two"]);
        let proxy = Resolved::parse("hostname web\nport 22\nproxycommand nc -x gate %h %p\n");
        assert_eq!(proxy.entrance(), "nc -x gate %h %p");
    }

    #[test]
    fn paths_survive_shell_and_percent_expansion() {
        let via = Via { socket: PathBuf::from("/run/it's 5%/s"), log: PathBuf::from("/run/l") };
        let command = via.proxy_command();
        let words = shell_words::split(&command).unwrap();
        assert!(words.contains(&"/run/it's 5%%/s".to_owned()), "{command}");
    }
}
