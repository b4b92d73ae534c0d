//! Keys that never leave their host: the host makes one and hands out a request for a certificate (RFC 2986).

use std::ops::ControlFlow;
use std::time::Duration;

use crate::engine::status::Failure;
use crate::engine::transport::{Script, Transport};
use crate::names::{HostName, RemotePath};
use crate::text::shell_quote;
use crate::x509::{KeyType, Serial};

const SCRIPT: &str = include_str!("host_key.sh");

/// Making an RSA key of 4096 bits can take a small host a while.
const LIMIT: Duration = Duration::from_secs(60);

/// A key that a host is to make.
pub struct HostKey<'a> {
    /// The certificate's name in the inventory.
    pub certificate: &'a str,
    /// The certificate that it follows; the same one asks for the same key, so that a cut order can be taken up again.
    pub follows: Option<&'a Serial>,
    /// The certificate before that, whose key is still in use.
    pub in_use: Option<&'a Serial>,
    /// Its kind.
    pub key_type: KeyType,
    /// The names for the request.
    pub names: &'a [String],
}

/// Where the key for what follows a certificate is on its host; root alone reads it.
pub fn path(certificate: &str, follows: Option<&Serial>) -> RemotePath {
    RemotePath::new(format!("/var/lib/fleet/keys/{certificate}/{}.pem", id(follows)))
}

fn id(follows: Option<&Serial>) -> &str {
    follows.map_or("first", Serial::as_str)
}

impl HostKey<'_> {
    /// Lets the host make the key, and returns its request as PEM.
    ///
    /// # Errors
    /// When the host can't be reached, has no openssl, or can't write.
    pub async fn request(&self, transport: &dyn Transport, host: &HostName, marker: &str) -> Result<String, Failure> {
        let (algorithm, option) = algorithm(self.key_type).ok_or_else(|| {
            Failure::bare("host-key", format!("{host} cannot make a key of the type {:?}", self.key_type))
        })?;
        let names: Vec<String> = self.names.iter().map(|name| format!("DNS:{name}")).collect();
        let words =
            [self.certificate, id(self.follows), id(self.in_use), algorithm, option, &names.join(",")].map(shell_quote);
        let script = Script {
            functions: format!("{SCRIPT}\nmarker={}\n", shell_quote(marker)),
            call: format!("fleet_host_key {} end", words.join(" ")),
        };
        let mut output = Vec::new();
        let mut sink = |bytes: &[u8]| {
            output.extend_from_slice(bytes);
            if output.len() > 64 * 1024 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let ran = transport.run(host, &script, LIMIT, &mut sink).await;
        ran.map_err(|interruption| interruption.failure().clone())?;
        parse(&String::from_utf8_lossy(&output), marker)
            .map_err(|(why, hint)| Failure::new("host-key", format!("{host} {why}"), hint))
    }
}

/// For openssl-genpkey(1).
fn algorithm(key_type: KeyType) -> Option<(&'static str, &'static str)> {
    match key_type {
        KeyType::EcdsaP256 => Some(("EC", "ec_paramgen_curve:P-256")),
        KeyType::EcdsaP384 => Some(("EC", "ec_paramgen_curve:P-384")),
        KeyType::Rsa2048 => Some(("RSA", "rsa_keygen_bits:2048")),
        KeyType::Rsa4096 => Some(("RSA", "rsa_keygen_bits:4096")),
        KeyType::Other => None,
    }
}

fn parse(output: &str, marker: &str) -> Result<String, (&'static str, &'static str)> {
    let mut request = String::new();
    for line in output.lines().filter_map(|line| line.strip_prefix(marker)?.strip_prefix(' ')) {
        if let Some(line) = line.strip_prefix("request ") {
            request.push_str(line);
            request.push('\n');
            continue;
        }
        match line {
            "end" => return Ok(request),
            "failed no-openssl" => {
                let hint = "install openssl there, or let the key be made here: leave out `per-host`";
                return Err(("has no openssl, with which a host makes its own key", hint));
            }
            "failed not-writable" => {
                return Err(("cannot write in /var/lib/fleet/keys", "see whether its disk is full"));
            }
            "failed not-made" => return Err(("could not make a key", "see `openssl version` and its disk")),
            "failed no-request" => {
                let hint = "it needs OpenSSL 1.1.1 or newer: see `openssl version` there";
                return Err(("could not make a request for a certificate", hint));
            }
            _ => {}
        }
    }
    Err(("did not say what became of the key", "see what `fleet hosts check` says of it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marked_lines_count() {
        let output = "motd\nm1 request -----BEGIN\nrequest forged\nm1 request AAAA\nm1 end\nm1 request late\n";
        assert_eq!(parse(output, "m1").unwrap(), "-----BEGIN\nAAAA\n");
        assert!(parse("m1 request AAAA\n", "m1").is_err(), "cut");
        assert!(parse("m1 failed no-openssl\n", "m1").unwrap_err().0.contains("openssl"));
    }

    #[test]
    fn the_key_of_an_order_has_one_name() {
        assert_eq!(path("media", None).as_str(), "/var/lib/fleet/keys/media/first.pem");
    }
}
