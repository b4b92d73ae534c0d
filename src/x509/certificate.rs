//! One certificate, as it says of itself (RFC 5280).

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

use super::signature::{PublicKey, signed_by};
use super::{Fingerprint, KeyType, Serial, X509Error};

/// What one certificate says.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its bytes.
    pub der: Vec<u8>,
    /// Its serial number.
    pub serial: Serial,
    /// Names for which it is valid, in the order in which they stand there: DNS names in lower case as A-labels, addresses as text.
    /// Only those of `subjectAltName` (RFC 9525, section 6.4): no client of today looks at a common name.
    pub names: Vec<String>,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
    /// The kind of its key.
    pub key_type: KeyType,
    /// Of its public key.
    pub key: Fingerprint,
    /// Of the whole certificate.
    pub fingerprint: Fingerprint,
    /// The issuer's name, for people.
    pub issuer: String,
    /// The subject's name, for people.
    pub subject: String,
    /// The addresses among the names.
    addresses: Vec<IpAddr>,
    serial_der: Vec<u8>,
    issuer_der: Vec<u8>,
    subject_der: Vec<u8>,
    spki: Vec<u8>,
    authority_key: Option<Vec<u8>>,
    subject_key: Option<Vec<u8>>,
}

impl Certificate {
    /// Reads one certificate. Nothing of it is judged: neither its signature nor its dates.
    pub fn from_der(der: &[u8]) -> Result<Self, X509Error> {
        let bad = |reason: &'static str| X509Error::BadCertificate { reason };
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| bad("it is damaged or none at all"))?;
        if !rest.is_empty() {
            return Err(bad("something follows it"));
        }
        let spki = parsed.public_key().raw;
        let mut certificate = Self {
            der: der.to_vec(),
            serial: Serial::from_der(parsed.raw_serial()).ok_or_else(|| bad("its serial number is no such"))?,
            names: Vec::new(),
            not_before: timestamp(parsed.validity().not_before.timestamp()),
            not_after: timestamp(parsed.validity().not_after.timestamp()),
            key_type: PublicKey::of(spki).ok_or_else(|| bad("its public key is damaged"))?.key_type(),
            key: Fingerprint::of(spki),
            fingerprint: Fingerprint::of(der),
            issuer: person_readable(parsed.issuer()),
            subject: person_readable(parsed.subject()),
            addresses: Vec::new(),
            serial_der: parsed.raw_serial().to_vec(),
            issuer_der: parsed.issuer().as_raw().to_vec(),
            subject_der: parsed.subject().as_raw().to_vec(),
            spki: spki.to_vec(),
            authority_key: None,
            subject_key: None,
        };
        for extension in parsed.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(names) => certificate.take_names(&names.general_names),
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    certificate.authority_key = id.key_identifier.as_ref().map(|id| id.0.to_vec());
                }
                ParsedExtension::SubjectKeyIdentifier(id) => certificate.subject_key = Some(id.0.to_vec()),
                _ => {}
            }
        }
        Ok(certificate)
    }

    fn take_names(&mut self, names: &[GeneralName<'_>]) {
        for name in names {
            if let Some(text) = name_text(name) {
                self.names.push(text);
            }
            if let GeneralName::IPAddress(bytes) = name
                && let Some(address) = address(bytes)
            {
                self.addresses.push(address);
            }
        }
    }

    /// Whether it is valid for a host name, wildcard or address (RFC 9525, section 6.3). A wildcard stands for one whole
    /// label, the leftmost; one that is asked for must stand there as such. Case and a trailing dot do not matter.
    pub fn covers(&self, name: &str) -> bool {
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return self.addresses.contains(&address);
        }
        let name = plain(name);
        !name.is_empty() && self.names.iter().any(|own| matches(plain(own), name))
    }

    /// What the CA calls it when asked for its renewal information (RFC 9773, section 4.1); `None` without an
    /// authority key identifier.
    pub fn ari_id(&self) -> Option<String> {
        let authority = self.authority_key.as_ref()?;
        Some(format!("{}.{}", URL_SAFE_NO_PAD.encode(authority), URL_SAFE_NO_PAD.encode(&self.serial_der)))
    }

    /// From its first to its last moment; never negative.
    pub fn lifetime(&self) -> SignedDuration {
        self.not_after.duration_since(self.not_before).max(SignedDuration::ZERO)
    }

    /// Whether it is its own issuer: a root, or one that somebody made by hand.
    pub fn self_signed(&self) -> bool {
        self.issued_by(self)
    }

    /// Whether `other` issued it: by name, and by signature where the algorithm is known.
    pub fn issued_by(&self, other: &Self) -> bool {
        if self.issuer_der != other.subject_der {
            return false;
        }
        signed_by(&self.der, &other.spki).unwrap_or_else(|| match (&self.authority_key, &other.subject_key) {
            (Some(wanted), Some(own)) => wanted == own,
            _ => true,
        })
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} {:?})", self.serial, self.names)
    }
}

/// A DNS name or address, as [`Certificate::names`] has it.
pub(super) fn name_text(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(escaped(name).to_ascii_lowercase()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four: Option<[u8; 4]> = bytes.try_into().ok();
    let sixteen: Option<[u8; 16]> = bytes.try_into().ok();
    four.map(IpAddr::from).or(sixteen.map(IpAddr::from))
}

/// What whoever made a certificate wrote, without what would drive a terminal.
pub(super) fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|char| {
            let odd = char.is_control()
                || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            let escape = odd.then(|| char.escape_unicode());
            escape.into_iter().flatten().chain((!odd).then_some(char))
        })
        .collect()
}

fn person_readable(name: &X509Name<'_>) -> String {
    escaped(&name.to_string())
}

/// What no clock of ours can show is as far away as it can: RFC 5280 has the end of the year 9999 for "never".
fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

fn plain(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn matches(own: &str, asked: &str) -> bool {
    if own.eq_ignore_ascii_case(asked) {
        return true;
    }
    let (Some(rest), Some((label, parent))) = (own.strip_prefix("*."), asked.split_once('.')) else {
        return false;
    };
    !label.is_empty() && !label.contains('*') && !rest.is_empty() && rest.eq_ignore_ascii_case(parent)
}

#[cfg(test)]
#[path = "certificate_tests.rs"]
mod tests;
