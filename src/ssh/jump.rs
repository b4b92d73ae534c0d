//! Jump hosts: each is one master of its own, shared by all hosts behind it.

use super::error::SshError;
use super::master::{self, Resolved, Via};
use super::pool::{For, Ssh};
use super::target::{Connection, option};
use crate::names::HostName;

impl Ssh {
    /// A way through the jump hosts of a resolved destination; `None` where there are none.
    pub(crate) async fn way(&self, resolved: &Resolved, host: &HostName, log: &str) -> Result<Option<Via>, SshError> {
        self.through(resolved, For { host, via: None }, &[], log).await
    }

    /// Opens the masters to all jump hosts on the way, each once for everybody behind it.
    pub(crate) async fn through(
        &self,
        resolved: &Resolved,
        who: For<'_>,
        behind: &[String],
        log: &str,
    ) -> Result<Option<Via>, SshError> {
        let Some((last, before)) = resolved.jumps.split_last() else {
            return Ok(None);
        };
        let (user, name, port) = jump(last);
        let make = || match self.0.targets.get(&HostName::new(name)) {
            Some(target) => {
                let mut target = target.clone();
                target.user = user.map(str::to_owned).or(target.user);
                target.port = port.or(target.port);
                Connection::to_target(&target, &self.0.settings).map_err(|kind| who.kind(kind))
            }
            None => Ok(Connection::to_jump(user, name, port, self.0.settings.persist)),
        };
        let connection = || {
            let mut connection = make()?;
            if !before.is_empty() {
                option(&mut connection.first, "ProxyJump", before.join(","));
            }
            Ok(connection)
        };
        let hop = For { host: who.host, via: Some(name) };
        let mut open = self.ensure(connection()?, hop, behind).await?;
        // It was good when it was opened, which may be long ago.
        if !master::alive(&open.socket).await {
            self.doubt(who.host, &open, false).await?;
            open = self.ensure(connection()?, hop, behind).await?;
        }
        let dir = self.dir(who).await?;
        Ok(Some(Via { socket: open.socket, log: dir.path().join(format!("{log}.log")) }))
    }
}

/// `[user@]host[:port]` or `ssh://…`, as `ProxyJump` has it.
fn jump(text: &str) -> (Option<&str>, &str, Option<u16>) {
    let text = text.strip_prefix("ssh://").unwrap_or(text).trim_end_matches('/');
    let (user, place) = match text.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, text),
    };
    if let Some((name, rest)) = place.strip_prefix('[').and_then(|place| place.split_once(']')) {
        return (user, name, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match place.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') => (user, name, port.parse().ok()),
        _ => (user, place, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jump_hosts_are_read_as_ssh_writes_them() {
        assert_eq!(jump("gate"), (None, "gate", None));
        assert_eq!(jump("a@gate:2201"), (Some("a"), "gate", Some(2201)));
        assert_eq!(jump("a@b@gate"), (Some("a@b"), "gate", None));
        assert_eq!(jump("[2001:db8::1]:22"), (None, "2001:db8::1", Some(22)));
        assert_eq!(jump("2001:db8::1"), (None, "2001:db8::1", None));
        assert_eq!(jump("ssh://a@gate:22/"), (Some("a"), "gate", Some(22)));
    }
}
