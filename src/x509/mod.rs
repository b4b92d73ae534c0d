//! Certificates, chains and private keys as data: parsed, compared, never fetched.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A certificate's serial number: lower-case hexadecimal, whole bytes, no separators (RFC 5280, section 4.1.2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Serial(String);

/// SHA-256 over a certificate's DER, or over a public key's `SubjectPublicKeyInfo`: 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Fingerprint(String);

/// The kind of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyType {
    /// ECDSA on NIST P-256.
    #[default]
    EcdsaP256,
    /// ECDSA on NIST P-384.
    EcdsaP384,
    /// RSA of 2048 bits.
    Rsa2048,
    /// RSA of 4096 bits.
    Rsa4096,
    /// Any other, as found on hosts.
    #[serde(skip_deserializing)]
    Other,
}

/// What one certificate says.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its bytes.
    pub der: Vec<u8>,
    /// Its serial number.
    pub serial: Serial,
    /// Names for which it is valid, in the order in which they stand there: DNS names in lower case as A-labels, addresses as text.
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
}

/// A leaf and the certificates that lead from it towards a root, in the order in which they were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain(pub Vec<Certificate>);

impl Serial {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Fingerprint {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} {:?})", self.serial, self.names)
    }
}
