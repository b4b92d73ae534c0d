//! Signed exchanges (TSIG, RFC 8945) with one server, over TCP.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::TSigner;
use hickory_proto::rr::rdata::tsig::{TSIG, TsigAlgorithm as Wire, TsigError};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::answer::Trouble;
use super::ask::{exchange, fits};
use super::error::{DnsError, shown};
use super::name;
use crate::secrets::Secret;

/// How far the clocks may differ, in seconds (RFC 8945, section 10, recommends it).
const FUDGE: u16 = 300;
/// A shorter key can be guessed, in bytes.
const SHORTEST_KEY: usize = 8;
/// How long one exchange may take.
const TIME: Duration = Duration::from_secs(15);

/// The algorithms that fleet signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TsigAlgorithm {
    /// HMAC-SHA-256.
    HmacSha256,
    /// HMAC-SHA-384.
    HmacSha384,
    /// HMAC-SHA-512.
    HmacSha512,
}

impl TsigAlgorithm {
    /// From its name, as `tsig-keygen` writes it.
    pub fn parse(text: &str) -> Result<Self, DnsError> {
        let refused = |why| Err(DnsError::TsigAlgorithm { algorithm: text.to_owned(), why });
        match text.trim_end_matches('.').to_ascii_lowercase().as_str() {
            "hmac-sha256" => Ok(Self::HmacSha256),
            "hmac-sha384" => Ok(Self::HmacSha384),
            "hmac-sha512" => Ok(Self::HmacSha512),
            "hmac-md5" | "hmac-md5.sig-alg.reg.int" | "hmac-sha1" => {
                refused("is outdated and refused; use hmac-sha256, hmac-sha384 or hmac-sha512")
            }
            _ => refused("is not known; use hmac-sha256, hmac-sha384 or hmac-sha512"),
        }
    }

    fn wire(self) -> Wire {
        match self {
            Self::HmacSha256 => Wire::HmacSha256,
            Self::HmacSha384 => Wire::HmacSha384,
            Self::HmacSha512 => Wire::HmacSha512,
        }
    }
}

/// A key that signs.
#[derive(Clone)]
pub struct Tsig {
    signer: TSigner,
    name: String,
}

impl fmt::Debug for Tsig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tsig").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Tsig {
    /// A key as `tsig-keygen` makes it: the secret is base64.
    pub fn new(key: &str, algorithm: TsigAlgorithm, secret: &Secret) -> Result<Self, DnsError> {
        let bad = |why| DnsError::TsigKey { name: key.to_owned(), why };
        let text = secret.expose_str().ok_or_else(|| bad("is not base64"))?;
        let bytes = STANDARD.decode(text.trim().as_bytes()).map_err(|_| bad("is not base64"))?;
        if bytes.len() < SHORTEST_KEY {
            return Err(bad("is too short to be one"));
        }
        let name = name::parse(key)?;
        let signer = TSigner::new(bytes, algorithm.wire(), name.clone(), FUDGE)
            .map_err(|_| bad("can't be used with its algorithm"))?;
        Ok(Self { signer, name: name::text(&name) })
    }
}

/// A server that is spoken to with signatures, on one connection.
pub(super) struct Signed<'a> {
    stream: TcpStream,
    server: String,
    tsig: &'a Tsig,
}

impl<'a> Signed<'a> {
    /// Connects to the first of the addresses that takes the connection.
    pub(super) async fn connect(server: &str, addresses: &[SocketAddr], tsig: &'a Tsig) -> Result<Self, DnsError> {
        let mut why = Vec::new();
        for address in addresses {
            let trouble = match timeout(TIME, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(Self { stream, server: server.to_owned(), tsig }),
                Ok(Err(error)) => Trouble::of(&error),
                Err(_) => Trouble::Timeout,
            };
            why.push(format!("{} {trouble}", shown(*address)));
        }
        Err(DnsError::Unreachable { server: server.to_owned(), why: why.join(", ") })
    }

    /// Signs with this time (seconds since 1970), sends, and returns the answer once its signature holds. Its response code may be any.
    pub(super) async fn exchange(&mut self, mut message: Message, time: u64) -> Result<Message, DnsError> {
        let broken = |why: String| DnsError::Unreachable { server: self.server.clone(), why };
        let verifier = message.finalize(&self.tsig.signer, time).map_err(|error| broken(error.to_string()))?;
        let bytes = message.to_vec().map_err(|error| broken(error.to_string()))?;
        let answer = match timeout(TIME, exchange(&mut self.stream, &bytes)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(broken(Trouble::of(&error).to_string())),
            Err(_) => return Err(broken(Trouble::Timeout.to_string())),
        };
        let read = Message::from_vec(&answer).map_err(|error| self.forged(&error.to_string()))?;
        if !fits(&read, &message) {
            return Err(self.forged("it answers another question"));
        }
        self.not_refused(&read, time)?;
        let mut verifier = verifier.ok_or_else(|| self.forged("it can't be verified"))?;
        verifier.verify(&answer).map_err(|error| self.forged(&error.to_string()))?;
        Ok(read)
    }

    /// What the server says of our signature. It can't sign that with a key that it does not take.
    fn not_refused(&self, answer: &Message, ours: u64) -> Result<(), DnsError> {
        let Some(signature) = answer.signature() else {
            return Err(match answer.metadata.response_code {
                ResponseCode::NoError => self.forged("it is not signed"),
                code => self.forged(&format!("it is not signed, and says {}", super::answer::code_word(code))),
            });
        };
        let refused =
            |why| Err(DnsError::TsigRefused { server: self.server.clone(), key: self.tsig.name.clone(), why });
        match &signature.data.error {
            None | Some(TsigError::Unknown(0)) => Ok(()),
            Some(TsigError::BadKey) => refused("it knows no key of that name and algorithm (BADKEY)"),
            Some(TsigError::BadSig) => refused("the secret is another one there (BADSIG)"),
            Some(TsigError::BadTime) => {
                let skew = skew(ours, server_time(&signature.data));
                Err(DnsError::ClockSkew { server: self.server.clone(), skew })
            }
            Some(other) => Err(self.forged(&format!("its signature carries the error {other:?}"))),
        }
    }

    fn forged(&self, why: &str) -> DnsError {
        DnsError::Forged { server: self.server.clone(), why: why.to_owned() }
    }
}

/// The server's clock, which it adds to a BADTIME (RFC 8945, section 5.2.3).
fn server_time(signature: &TSIG) -> Option<u64> {
    let bytes: [u8; 6] = signature.other.as_slice().try_into().ok()?;
    Some(bytes.iter().fold(0, |time, byte| (time << 8) | u64::from(*byte)))
}

fn skew(ours: u64, theirs: Option<u64>) -> String {
    match theirs {
        None => "the clocks differ by more than 5 minutes".to_owned(),
        Some(theirs) if theirs > ours => format!("its clock is {} s ahead of the one here", theirs - ours),
        Some(theirs) => format!("its clock is {} s behind the one here", ours - theirs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outdated_algorithms_are_refused_in_words() {
        assert_eq!(TsigAlgorithm::parse("HMAC-SHA256."), Ok(TsigAlgorithm::HmacSha256));
        assert_eq!(TsigAlgorithm::parse("hmac-sha512"), Ok(TsigAlgorithm::HmacSha512));
        for old in ["hmac-md5", "hmac-md5.sig-alg.reg.int.", "hmac-sha1"] {
            let error = TsigAlgorithm::parse(old).unwrap_err();
            assert!(error.to_string().contains("is outdated and refused"), "{error}");
            assert!(error.hint().unwrap().contains("tsig-keygen -a hmac-sha256"));
        }
        assert!(TsigAlgorithm::parse("rot13").unwrap_err().to_string().contains("is not known"));
    }

    #[test]
    fn a_key_is_base64_and_never_shown() {
        let make = |secret: &str| Tsig::new("Fleet.", TsigAlgorithm::HmacSha256, &Secret::new(secret.into()));
        let tsig = make("c2VjcmV0LXNlY3JldC1zZWNyZXQ=\n").unwrap();
        assert_eq!(format!("{tsig:?}"), "Tsig { name: \"fleet\", .. }");
        for bad in ["not base64!", "", "c2hvcnQ="] {
            let error = make(bad).unwrap_err();
            assert_eq!(error.code(), "tsig-key");
            assert!(bad.is_empty() || !error.to_string().contains(bad));
        }
    }

    #[test]
    fn the_skew_has_a_direction() {
        assert_eq!(skew(1000, Some(1400)), "its clock is 400 s ahead of the one here");
        assert_eq!(skew(1400, Some(1000)), "its clock is 400 s behind the one here");
        let mut signature = TSIG::new(Wire::HmacSha256, 0, 300, vec![], 0, None, vec![0, 0, 0x65, 0, 0, 1]);
        assert_eq!(server_time(&signature), Some(0x6500_0001));
        signature.other.clear();
        assert_eq!(server_time(&signature), None);
    }
}
