//! How services name certificates: the one form that nginx, haproxy, postfix, dovecot, Apache and certbot have in common.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::tls::StartTls;

/// A service that presents certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// nginx(8).
    Nginx,
    /// haproxy(1).
    Haproxy,
    /// postfix(1).
    Postfix,
    /// dovecot(1).
    Dovecot,
    /// apache2(8).
    Apache,
}

impl Service {
    /// Its name for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Postfix => "postfix",
            Self::Dovecot => "dovecot",
            Self::Apache => "apache",
        }
    }

    /// The unit that is reloaded for a new certificate, in the names of Debian.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Nginx => "nginx.service",
            Self::Haproxy => "haproxy.service",
            Self::Postfix => "postfix.service",
            Self::Dovecot => "dovecot.service",
            Self::Apache => "apache2.service",
        }
    }

    /// The command that says whether its configuration would load.
    pub(super) fn validate(self) -> &'static [&'static str] {
        match self {
            Self::Nginx => &["nginx", "-t"],
            Self::Haproxy => &["haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg"],
            Self::Postfix => &["postfix", "check"],
            Self::Dovecot => &["doveconf", "-n"],
            Self::Apache => &["apache2ctl", "configtest"],
        }
    }
}

/// A port at which a service speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Port {
    /// Its number.
    pub port: u16,
    /// What is spoken before TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starttls: Option<StartTls>,
}

impl Port {
    pub(super) fn tls(port: u16) -> Self {
        Self { port, starttls: None }
    }
}

/// A certificate as a service's configuration names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Use {
    /// Who names it.
    pub(super) service: Service,
    /// The file as named, made absolute; it may hold a variable.
    pub(super) certificate: String,
    /// The file of its key, where that is another one.
    pub(super) key: Option<String>,
    /// The names that it is served for: lower case, wildcards as `*.example.org`. None: whatever the certificate has.
    pub(super) names: BTreeSet<String>,
    /// Where it is served.
    pub(super) ports: BTreeSet<Port>,
    /// The configuration file, where it is known.
    pub(super) file: Option<String>,
}

/// A word of a configuration without its quotes and escapes, as `d_unquote` of the script does it.
pub(super) fn unquoted(word: &str) -> String {
    let inner = |quote: char| word.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let word = inner('"').or_else(|| inner('\'')).unwrap_or(word);
    let mut text = String::with_capacity(word.len());
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    text
}

/// The words of a line; quotes and escapes hold blanks in them.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) => {
                word.push(c);
                word.extend(chars.next());
                continue;
            }
            (' ' | '\t', None) => {
                if !word.is_empty() {
                    words.push(unquoted(&std::mem::take(&mut word)));
                }
                continue;
            }
            ('"' | '\'', None) if word.is_empty() => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(unquoted(&word));
    }
    words
}

/// A path below a directory unless it is absolute.
pub(super) fn below(directory: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", directory.trim_end_matches('/')) }
}

/// The port at the end of an address such as `443`, `*:443`, `[::]:443`, `0.0.0.0:443`; none of `unix:/run/x`.
pub(super) fn port_of(address: &str) -> Option<u16> {
    if address.starts_with("unix") || address.starts_with('/') || address.ends_with(']') {
        return None;
    }
    address.rsplit(':').next()?.parse().ok().filter(|port| *port != 0)
}

/// Whether it can be asked for in a handshake or be in a certificate: letters, digits, `-`, `_`, dots, `*.` at the front.
pub(super) fn is_name(name: &str) -> bool {
    let labels = name.strip_prefix("*.").unwrap_or(name);
    // The last label of an address is a number (RFC 3696, section 2).
    labels.rsplit_once('.').is_some_and(|(_, last)| !last.bytes().all(|byte| byte.is_ascii_digit()))
        && labels.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_quotes() {
        assert_eq!(words(r#"crt "with blank.pem""#), ["crt", "with blank.pem"]);
        assert_eq!(words(r"crt with\ blank.pem  x"), ["crt", "with blank.pem", "x"]);
        assert_eq!(words("  'a b' c\"d"), ["a b", "c\"d"]);
        assert_eq!(words("\"never ended"), ["\"never ended"]);
        assert_eq!(words("\\"), ["\\"]);
        assert_eq!(words(""), Vec::<String>::new());
    }

    #[test]
    fn ports() {
        for (address, port) in [
            ("443", Some(443)),
            ("*:443", Some(443)),
            ("[::]:8443", Some(8443)),
            (":::443", Some(443)),
            ("192.0.2.1:443", Some(443)),
            ("192.0.2.1", None),
            ("[::1]", None),
            ("unix:/run/x:443", None),
            ("example.org", None),
        ] {
            assert_eq!(port_of(address), port, "{address}");
        }
    }

    #[test]
    fn names() {
        for good in ["example.org", "*.example.org", "a_b.example.org"] {
            assert!(is_name(good), "{good}");
        }
        for bad in
            ["_", "", "localhost", "~^a", "*", "example.*", ".example.org", "$host.x", "192.0.2.1", "2001:db8::1"]
        {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
