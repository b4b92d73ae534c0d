//! The host keys that a host shows, seen without logging in.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::process::Command;
use tokio::time::timeout;

use super::classify::{classify, was_dropped};
use super::error::{SshError, SshErrorKind};
use super::host_keys::{HostKey, recorded};
use super::pool::Ssh;
use super::target::{option, quoted, whole_seconds};
use crate::names::HostName;

/// The host key algorithms to ask for, one connection each.
const KINDS: [&str; 3] =
    ["ssh-ed25519", "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521", "rsa-sha2-512,rsa-sha2-256,ssh-rsa"];

impl Ssh {
    /// Asks a host for its keys, over all jump hosts and proxies that lead to it, without logging in. `limit` is for each try.
    ///
    /// Whether these are the keys of the right host is for a person to find out.
    pub async fn scan(&self, host: &HostName, limit: Duration) -> Result<Vec<HostKey>, SshError> {
        let resolved = self.resolve(host).await?;
        let found = join_all(KINDS.iter().enumerate().map(|(n, kinds)| {
            let resolved = &resolved;
            async move {
                let log = format!("{}.scan{n}", self.connection(host)?.socket_name(&self.0.settings));
                let via = self.way(resolved, host, &log).await?;
                let proxy = via.as_ref().map(super::master::Via::proxy_command);
                let dropped = |result: &Result<Asked, SshError>| matches!(result, Ok(Err(said)) if was_dropped(said));
                let ask = || self.ask(host, kinds, proxy.clone(), limit);
                let result = self.pace(resolved).retry(self.0.settings.attempts, ask, dropped).await?;
                if let Some(via) = &via {
                    let log = fs::read_to_string(&via.log).unwrap_or_default();
                    super::control_dir::remove(&via.log).map_err(|error| other(host, &error))?;
                    if let (Err(_), false) = (&result, log.is_empty()) {
                        return Ok(Err(log));
                    }
                }
                Ok(result)
            }
        }))
        .await;
        let mut keys = Vec::new();
        let mut said = None;
        for one in found {
            match one? {
                Ok(more) => keys.extend(more),
                // A host that has no key of this type.
                Err(text) if text.contains("no matching host key type") => {}
                Err(text) => said = said.or(Some(text)),
            }
        }
        keys.sort();
        keys.dedup();
        match said {
            Some(text) if keys.is_empty() => Err(SshError::new(host, classify(&text)).saying(text.as_bytes())),
            None if keys.is_empty() => {
                Err(SshError::new(host, SshErrorKind::Other).saying(b"the host showed no key of a known type"))
            }
            _ => Ok(keys),
        }
    }

    /// One connection that stops before log-in: the keys that ssh noted, or what it said.
    async fn ask(
        &self,
        host: &HostName,
        kinds: &str,
        proxy: Option<String>,
        limit: Duration,
    ) -> Result<Asked, SshError> {
        let dir = tempfile::tempdir().map_err(|error| other(host, &error))?;
        let noted = dir.path().join("known_hosts");
        let mut args: Vec<OsString> = Vec::new();
        option(&mut args, "StrictHostKeyChecking", "no");
        option(&mut args, "UserKnownHostsFile", quoted(&noted).map_err(|kind| SshError::new(host, kind))?);
        option(&mut args, "HashKnownHosts", "no");
        option(&mut args, "CheckHostIP", "no");
        option(&mut args, "HostKeyAlgorithms", kinds);
        option(&mut args, "PreferredAuthentications", "none");
        option(&mut args, "ControlMaster", "no");
        option(&mut args, "ConnectTimeout", whole_seconds(limit));
        if let Some(proxy) = proxy {
            option(&mut args, "ProxyCommand", proxy);
        }
        let connection = self.connection(host)?;
        let mut command = Command::new("ssh");
        command
            .args(args)
            .args(["-S", "none"])
            .args(connection.args(&self.0.settings))
            .arg("--")
            .arg(&connection.destination)
            .arg("exit");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).process_group(0);
        let child = command.spawn().map_err(|error| other(host, &error))?;
        let said = match timeout(limit, child.wait_with_output()).await {
            Ok(output) => String::from_utf8_lossy(&output.map_err(|error| other(host, &error))?.stderr).into_owned(),
            Err(_) => "timed out".to_owned(),
        };
        let text = match fs::read_to_string(&noted) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Err(said)),
            text => text.map_err(|error| other(host, &error))?,
        };
        let keys = recorded(&text, host);
        Ok(if keys.is_empty() { Err(said) } else { Ok(keys) })
    }
}

/// The keys that ssh noted, or what it said instead.
type Asked = Result<Vec<HostKey>, String>;

fn other(host: &HostName, error: &io::Error) -> SshError {
    SshError::new(host, SshErrorKind::Other).saying(error.to_string().as_bytes())
}
