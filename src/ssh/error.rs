//! What can go wrong on the way to a host, with a stable code and what to do next.

use std::path::PathBuf;
use std::time::Duration;

use crate::names::HostName;

/// A failure to reach a host, or to run a script there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host}{}: {kind}", at_jump(.via.as_deref()))]
pub struct SshError {
    /// The host that was to be reached.
    pub host: HostName,
    /// The jump host at which it failed, where it was not the host itself.
    pub via: Option<String>,
    /// What happened.
    pub kind: SshErrorKind,
    /// What ssh or the host itself said: at most 4 KiB, free of control characters, often empty.
    pub said: String,
}

/// The kinds of [`SshError`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SshErrorKind {
    /// No such host among the targets.
    #[error("the inventory has no such host")]
    UnknownTarget,
    /// The name has no address.
    #[error("its name has no address")]
    NameNotFound,
    /// Nothing listens, or sshd dropped the connection before the handshake, also when tried again.
    #[error("connection refused")]
    Refused,
    /// The network has no way there.
    #[error("no route to it")]
    NoRoute,
    /// No answer within the time to connect and log in.
    #[error("no answer in time while connecting")]
    ConnectTimedOut,
    /// The known hosts file has no key for it.
    #[error("its host key is not known yet")]
    HostKeyUnknown,
    /// The host shows another key than the recorded one, or a revoked one.
    #[error("its host key has CHANGED: this may be an attack, or a host that was set up anew")]
    HostKeyChanged,
    /// No key was accepted.
    #[error("authentication failed")]
    Authentication,
    /// `sudo -n` refused.
    #[error("sudo refuses to run without a password")]
    NoSudo,
    /// The login works, but it does not give a shell that runs `sh`.
    #[error("the login did not run `sh`")]
    NoShell,
    /// The connection ended while the script ran; whether the script ended is not known.
    #[error("connection lost while running")]
    ConnectionLost,
    /// The connection is open, but sshd opens no further session on it.
    #[error("the host refuses a further session on an open connection")]
    SessionRefused,
    /// The directory of the control sockets can't be used.
    #[error("control directory {}: {why}", path.display())]
    ControlDir {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The script ran longer than its limit; it was told to end.
    #[error("still running after {}; told to end", seconds(*limit))]
    RunTimedOut {
        /// The limit that it had.
        limit: Duration,
    },
    /// An ssh option of the inventory that would break what fleet rests on.
    #[error("ssh option {option} may not be set: {why}")]
    Option {
        /// The option's name, as written.
        option: String,
        /// Why not.
        why: &'static str,
    },
    /// Anything else.
    #[error("ssh failed")]
    Other,
}

impl SshError {
    pub(crate) fn new(host: &HostName, kind: SshErrorKind) -> Self {
        Self { host: host.clone(), via: None, kind, said: String::new() }
    }

    pub(crate) fn saying(mut self, said: &[u8]) -> Self {
        self.said = printable(said);
        self
    }

    /// A stable word for scripts, such as `host-key-changed`.
    pub fn code(&self) -> &'static str {
        match self.kind {
            SshErrorKind::UnknownTarget => "unknown-target",
            SshErrorKind::NameNotFound => "name-not-found",
            SshErrorKind::Refused => "refused",
            SshErrorKind::NoRoute => "no-route",
            SshErrorKind::ConnectTimedOut => "timed-out",
            SshErrorKind::HostKeyUnknown => "host-key-unknown",
            SshErrorKind::HostKeyChanged => "host-key-changed",
            SshErrorKind::Authentication => "authentication",
            SshErrorKind::NoSudo => "no-sudo",
            SshErrorKind::NoShell => "no-shell",
            SshErrorKind::ConnectionLost => "connection-lost",
            SshErrorKind::SessionRefused => "session-refused",
            SshErrorKind::ControlDir { .. } => "control-dir",
            SshErrorKind::RunTimedOut { .. } => "run-timed-out",
            SshErrorKind::Option { .. } => "ssh-option",
            SshErrorKind::Other => "other",
        }
    }

    /// Whether the host was never reached, so that nothing can have happened there.
    pub fn is_unreachable(&self) -> bool {
        !matches!(
            self.kind,
            SshErrorKind::ConnectionLost
                | SshErrorKind::RunTimedOut { .. }
                | SshErrorKind::NoSudo
                | SshErrorKind::NoShell
                | SshErrorKind::HostKeyChanged
        )
    }

    /// What to do next, as one or two sentences.
    pub fn hint(&self) -> String {
        let host = &self.host;
        if let (Some(via), SshErrorKind::HostKeyUnknown) = (&self.via, &self.kind) {
            return format!(
                "run `ssh {via}` once and check its fingerprint, or declare it as a host and run `fleet hosts trust`"
            );
        }
        match &self.kind {
            SshErrorKind::UnknownTarget => "run `fleet hosts list` to see the hosts".to_owned(),
            SshErrorKind::NameNotFound => {
                format!("set `address` for {host} in the inventory, or `HostName` in your ssh configuration")
            }
            SshErrorKind::Refused => {
                "check that sshd runs and that address and port are right; where it drops connections, look at MaxStartups, fail2ban and firewalls".to_owned()
            }
            SshErrorKind::NoRoute => "check your network or VPN, and the address".to_owned(),
            SshErrorKind::ConnectTimedOut => {
                "check that the host is up and no firewall drops the port; `--connect-timeout` gives it longer".to_owned()
            }
            SshErrorKind::HostKeyUnknown => format!("run `fleet hosts trust {host}` and compare the fingerprints"),
            SshErrorKind::HostKeyChanged => format!(
                "verify it by another way: on the host's console run `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`; only if it shows the new fingerprint, run `fleet hosts trust --replace {host}`"
            ),
            SshErrorKind::Authentication => format!(
                "fleet never asks for passwords: load a key with `ssh-add`, and try `ssh {host}`; user and key come from the inventory and your ssh configuration"
            ),
            SshErrorKind::NoSudo => {
                "give the login user a NOPASSWD rule in sudoers, or log in as root and set `sudo = false`".to_owned()
            }
            SshErrorKind::NoShell => format!(
                "try `ssh {host} 'exec sh'`; look for a nologin shell, a forced command, or an rc file that reads stdin or exits"
            ),
            SshErrorKind::ConnectionLost => "check the network, then look at the host's state before running again".to_owned(),
            SshErrorKind::SessionRefused => {
                "raise MaxSessions in the host's sshd_config, or end other sessions; `fleet hosts disconnect` starts anew".to_owned()
            }
            SshErrorKind::ControlDir { .. } => {
                "it must be a short path (at most 61 bytes) to a directory that belongs to you with mode 0700; set XDG_RUNTIME_DIR".to_owned()
            }
            SshErrorKind::RunTimedOut { .. } => "`--timeout` gives it longer".to_owned(),
            SshErrorKind::Option { .. } => "remove it from `options` in the inventory".to_owned(),
            SshErrorKind::Other => format!("try `ssh -v {host}`"),
        }
    }
}

fn at_jump(via: Option<&str>) -> String {
    via.map(|name| format!(" (at jump host {name})")).unwrap_or_default()
}

fn seconds(limit: Duration) -> String {
    if limit.subsec_millis() == 0 { format!("{} s", limit.as_secs()) } else { format!("{:.1} s", limit.as_secs_f64()) }
}

/// The most of foreign text that an error keeps, in bytes.
const SAID: usize = 4096;

/// Text of others made fit to be shown: escape sequences and control characters gone, length bounded.
pub(crate) fn printable(text: &[u8]) -> String {
    let cut = text.len() > SAID;
    let text = strip_ansi_escapes::strip(&text[..text.len().min(SAID)]);
    let mut clean: String = String::from_utf8_lossy(&text)
        .chars()
        .filter(|c| *c == '\n' || *c == '\t' || !c.is_control())
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    clean.truncate(clean.trim_end().len());
    if cut {
        clean.push_str(" […]");
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_made_harmless() {
        assert_eq!(printable(b"a\x1b[31mred\x1b[0m\x07\r\nb\xff\r\n"), "ared\nb\u{fffd}");
        let long = printable(&vec![b'x'; 100_000]);
        assert!(long.len() < SAID + 10 && long.ends_with("[…]"));
    }

    #[test]
    fn the_place_is_named() {
        let mut error = SshError::new(&HostName::new("web"), SshErrorKind::Refused);
        assert_eq!(error.to_string(), "web: connection refused");
        error.via = Some("bastion".to_owned());
        assert_eq!(error.to_string(), "web (at jump host bastion): connection refused");
    }
}
