//! What ssh's stderr says about a failed connection.

use super::error::SshErrorKind;

/// Reads what ssh wrote to stderr when a connection failed (OpenSSH 8 to 10).
///
/// Only a hint that decides code and retries; the text itself goes to the user too.
pub(crate) fn classify(stderr: &str) -> SshErrorKind {
    let has = |needle: &str| stderr.contains(needle);
    // The order matters: a changed key also ends in "Host key verification failed".
    if has("REMOTE HOST IDENTIFICATION HAS CHANGED")
        || has("REVOKED HOST KEY")
        || has("has changed and you have requested strict")
    {
        SshErrorKind::HostKeyChanged
    } else if has("Host key verification failed") || has("host key is known for") {
        SshErrorKind::HostKeyUnknown
    } else if has("Could not resolve hostname") {
        SshErrorKind::NameNotFound
    } else if has("Permission denied (")
        || has("Too many authentication failures")
        || has("No more authentication methods")
    {
        SshErrorKind::Authentication
    } else if has("timed out") {
        SshErrorKind::ConnectTimedOut
    } else if has("No route to host") || has("Network is unreachable") || has("Host is down") {
        SshErrorKind::NoRoute
    } else if has("Connection refused")
        || was_dropped(stderr)
        || has("stdio forwarding failed")
        || has("Session open refused by peer")
    {
        SshErrorKind::Refused
    } else {
        SshErrorKind::Other
    }
}

/// Whether sshd dropped the connection before any authentication, as it does beyond `MaxStartups`: worth another try.
pub(crate) fn was_dropped(stderr: &str) -> bool {
    let early = stderr.contains("kex_exchange_identification:") || stderr.contains("ssh_exchange_identification:");
    early
        && (stderr.contains("Connection closed by remote host")
            || stderr.contains("Connection reset by peer")
            || stderr.contains("Exceeded MaxStartups")
            || stderr.contains("Not allowed at this time")
            || stderr.contains("Broken pipe"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::HostName;
    use crate::ssh::SshError;

    /// Real texts of OpenSSH, mostly 9.2, with `LogLevel=ERROR`; the code; whether another try may do.
    const TEXTS: &[(&str, &str, bool)] = &[
        ("ssh: Could not resolve hostname nosuch.invalid: Name or service not known\r\n", "name-not-found", false),
        ("ssh: Could not resolve hostname a.b: Temporary failure in name resolution\r\n", "name-not-found", false),
        (
            "ssh: Could not resolve hostname x: nodename nor servname provided, or not known\r\n",
            "name-not-found",
            false,
        ),
        ("ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n", "refused", false),
        ("ssh: connect to host 10.0.0.9 port 22: No route to host\r\n", "no-route", false),
        ("ssh: connect to host 2001:db8::1 port 22: Network is unreachable\r\n", "no-route", false),
        ("ssh: connect to host 192.0.2.1 port 22: Connection timed out\r\n", "timed-out", false),
        ("ssh: connect to host 192.0.2.1 port 22: Operation timed out\r\n", "timed-out", false),
        (
            "Connection timed out during banner exchange\r\nConnection to 127.0.0.1 port 42299 timed out\r\n",
            "timed-out",
            false,
        ),
        (
            "No ED25519 host key is known for web and you have requested strict checking.\r\nHost key verification failed.\r\n",
            "host-key-unknown",
            false,
        ),
        (
            "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\nOffending ED25519 key in /k:1\r\nHost key for web has changed and you have requested strict checking.\r\nHost key verification failed.\r\n",
            "host-key-changed",
            false,
        ),
        (
            "@       WARNING: REVOKED HOST KEY DETECTED!               @\r\nHost key verification failed.\r\n",
            "host-key-changed",
            false,
        ),
        ("root@127.0.0.1: Permission denied (publickey,password,keyboard-interactive).\r\n", "authentication", false),
        (
            "Received disconnect from 127.0.0.1 port 22:2: Too many authentication failures\r\nDisconnected from 127.0.0.1 port 22\r\n",
            "authentication",
            false,
        ),
        (
            "sign_and_send_pubkey: signing failed for ED25519 \"k\" from agent: agent refused operation\r\nroot@h: Permission denied (publickey).\r\n",
            "authentication",
            false,
        ),
        (
            "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 127.0.0.1 port 42201\r\n",
            "refused",
            true,
        ),
        (
            "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 127.0.0.1 port 42201\r\n",
            "refused",
            true,
        ),
        ("kex_exchange_identification: banner line contains invalid characters\r\n", "other", false),
        (
            "Unable to negotiate with 127.0.0.1 port 22: no matching key exchange method found. Their offer: curve25519-sha256\r\n",
            "other",
            false,
        ),
        ("command-line: line 0: Bad configuration option: frobnicate\r\n", "other", false),
        ("Connection closed by 127.0.0.1 port 22\r\n", "other", false),
        ("", "other", false),
    ];

    #[test]
    fn real_texts_are_told_apart() {
        for (text, code, dropped) in TEXTS {
            let error = SshError::new(&HostName::new("web"), classify(text));
            assert_eq!(error.code(), *code, "{text}");
            assert_eq!(was_dropped(text), *dropped, "{text}");
            assert!(!error.hint().is_empty());
        }
    }
}
