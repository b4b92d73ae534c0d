//! Scripts to hosts over SSH.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::time::Duration;

use super::status::Failure;
use super::transport::{Boxed, Interruption, Script, Sink, Transport};
use crate::names::HostName;
use crate::ssh::{self, Chunk, Ssh, SshError, SshErrorKind};

/// The way to the hosts, and where their own services are.
pub struct OverSsh {
    /// Carries the scripts.
    pub ssh: Ssh,
    /// Where each host is declared to be; where it is not, its name is looked up.
    pub addresses: BTreeMap<HostName, String>,
    /// Whether nothing but these may be asked, as in a rehearsal.
    pub confined: bool,
}

impl Transport for OverSsh {
    fn run<'a>(
        &'a self,
        host: &'a HostName,
        script: &'a Script,
        limit: Duration,
        sink: &'a mut Sink<'_>,
    ) -> Boxed<'a, Result<(), Interruption>> {
        Box::pin(async move {
            let script = ssh::Script::wrap(&script.functions, &script.call);
            let mut stdout = |chunk: Chunk<'_>| match chunk {
                Chunk::Stdout(bytes) => sink(bytes),
                // What our own scripts have to say stands on stdout.
                Chunk::Stderr(_) => ControlFlow::Continue(()),
            };
            match self.ssh.run(host, &script, limit, &mut stdout).await {
                Ok(_) => Ok(()),
                Err(error) => Err(match error.kind {
                    SshErrorKind::ConnectionLost | SshErrorKind::RunTimedOut { .. } => {
                        Interruption::Lost(failure(&error))
                    }
                    _ if error.is_unreachable() => Interruption::Unreachable(failure(&error)),
                    _ => Interruption::Unable(failure(&error)),
                }),
            }
        })
    }

    fn address(&self, host: &HostName) -> String {
        self.addresses.get(host).cloned().unwrap_or_else(|| host.to_string())
    }

    fn only(&self) -> Option<BTreeSet<IpAddr>> {
        self.confined.then(|| self.addresses.values().filter_map(|address| address.parse().ok()).collect())
    }
}

/// An error of the way to a host, as results have it.
pub fn failure(error: &SshError) -> Failure {
    let said = error.said.trim();
    let message = if said.is_empty() { error.kind.to_string() } else { format!("{} ({said})", error.kind) };
    Failure::new(error.code(), message, error.hint())
}
