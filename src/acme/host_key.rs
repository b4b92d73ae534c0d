//! Keys that never leave their host: the host makes one and hands out a request for a certificate (RFC 2986).

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

use super::error::AcmeError;
use super::shelf::Requests;
use crate::engine::status::Failure;
use crate::engine::transport::{Boxed, Script, Transport};
use crate::names::HostName;
use crate::store::{Certificates, next_host_key};
use crate::text::shell_quote;
use crate::x509::{Fingerprint, KeyType};

const SCRIPT: &str = include_str!("host_key.sh");

/// Making an RSA key of 4096 bits can take a small host a while.
const LIMIT: Duration = Duration::from_secs(60);

/// Lets hosts make their keys.
pub struct HostKeys<'a> {
    /// Reaches the hosts.
    pub transport: &'a dyn Transport,
    /// Makes words that nobody can guess.
    pub random: &'a (dyn Fn() -> String + Sync),
    /// What was issued: a key is made once for what follows the newest version, so that a cut order can be taken up again.
    pub certificates: &'a Certificates,
    /// The kind of key of each certificate, by its name.
    pub key_types: BTreeMap<String, KeyType>,
}

impl Requests for HostKeys<'_> {
    fn request<'a>(
        &'a self,
        certificate: &'a str,
        host: &'a HostName,
        domains: &'a [String],
    ) -> Boxed<'a, Result<Vec<u8>, AcmeError>> {
        Box::pin(async move {
            let newest = self.certificates.newest(certificate, Some(host));
            let link = next_host_key(newest.map(|stored| &stored.serial));
            let in_use = newest.map(|stored| &stored.chain.leaf().key);
            let key_type = self.key_types.get(certificate).copied().unwrap_or_default();
            let script = self.script(certificate, &link, in_use, key_type, domains);
            let request = self.run(host, script).await;
            request.map(String::into_bytes).map_err(|Failure { code, message, hint }| AcmeError::Host {
                code,
                message,
                hint,
            })
        })
    }
}

impl HostKeys<'_> {
    fn script(
        &self,
        certificate: &str,
        link: &str,
        in_use: Option<&Fingerprint>,
        key_type: KeyType,
        domains: &[String],
    ) -> (Script, String) {
        let (algorithm, option) = algorithm(key_type);
        let names: Vec<String> = domains.iter().map(|name| format!("DNS:{name}")).collect();
        let in_use = in_use.map_or("", Fingerprint::as_str);
        let words = [certificate, link, in_use, algorithm, option, &names.join(",")].map(shell_quote);
        let marker = (self.random)();
        let script = Script {
            functions: format!("{SCRIPT}\nmarker={}\n", shell_quote(&marker)),
            call: format!("fleet_host_key {} end", words.join(" ")),
        };
        (script, marker)
    }

    async fn run(&self, host: &HostName, (script, marker): (Script, String)) -> Result<String, Failure> {
        let mut output = Vec::new();
        let mut sink = |bytes: &[u8]| {
            output.extend_from_slice(bytes);
            if output.len() > 64 * 1024 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let ran = self.transport.run(host, &script, LIMIT, &mut sink).await;
        ran.map_err(|interruption| interruption.failure().clone())?;
        parse(&String::from_utf8_lossy(&output), &marker)
            .map_err(|(why, hint)| Failure::new("host-key", format!("{host} {why}"), hint))
    }
}

/// For openssl-genpkey(1).
fn algorithm(key_type: KeyType) -> (&'static str, &'static str) {
    match key_type {
        KeyType::EcdsaP256 | KeyType::Other => ("EC", "ec_paramgen_curve:P-256"),
        KeyType::EcdsaP384 => ("EC", "ec_paramgen_curve:P-384"),
        KeyType::Rsa2048 => ("RSA", "rsa_keygen_bits:2048"),
        KeyType::Rsa4096 => ("RSA", "rsa_keygen_bits:4096"),
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
}
