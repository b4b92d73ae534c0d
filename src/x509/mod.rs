//! Certificates, chains and private keys as data: parsed, compared, never fetched.

mod certificate;
mod chain;
pub mod csr;
mod der;
mod error;
mod key;
#[cfg(test)]
pub(crate) mod minted;
mod pem;
pub(crate) mod signature;

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest as _, Sha256};

pub use certificate::Certificate;
pub use chain::{Chain, ChainProblem};
pub use error::X509Error;
pub use key::PrivateKey;

/// No serial number that we take has more bytes; RFC 5280 has at most 20.
const SERIAL_BYTES: usize = 32;

/// A certificate's serial number: lower-case hexadecimal, whole bytes, no separators (RFC 5280, section 4.1.2.2). As
/// with `openssl x509 -serial`, zero bytes at the front are left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Serial(String);

/// SHA-256 over a certificate's DER, or over a public key's `SubjectPublicKeyInfo`: 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
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
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    /// RSA of 4096 bits.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
    /// Any other, as found on hosts.
    #[serde(skip_deserializing)]
    Other,
}

impl Serial {
    /// Reads hexadecimal digits of either case, with or without colons between bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.split(':').collect::<String>().to_ascii_lowercase();
        let separated = text.contains(':');
        let whole = !separated || text.split(':').all(|byte| byte.len() == 2);
        if !whole || digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let digits = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits };
        Self::checked(&digits)
    }

    /// From the bytes of its INTEGER.
    fn from_der(bytes: &[u8]) -> Option<Self> {
        (!bytes.is_empty()).then(|| Self::checked(&crate::text::hex(bytes)))?
    }

    /// Without zero bytes at the front, and not too long.
    fn checked(digits: &str) -> Option<Self> {
        let mut digits = digits;
        while digits.len() > 2
            && let Some(rest) = digits.strip_prefix("00")
        {
            digits = rest;
        }
        (digits.len() <= 2 * SERIAL_BYTES).then(|| Self(digits.to_owned()))
    }

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

impl<'de> Deserialize<'de> for Serial {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a serial number in hexadecimal"))
    }
}

impl Fingerprint {
    /// SHA-256 over bytes.
    pub fn of(der: &[u8]) -> Self {
        Self(crate::text::hex(&Sha256::digest(der)))
    }

    /// Reads 64 hexadecimal digits of either case, with or without colons between bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = if text.len() == 95 {
            text.split(':').all(|byte| byte.len() == 2).then(|| text.replace(':', ""))?
        } else {
            text.to_owned()
        };
        let whole = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        whole.then(|| Self(digits.to_ascii_lowercase()))
    }

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

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a SHA-256 in hexadecimal"))
    }
}

impl KeyType {
    /// The word for it in the inventory and in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa4096 => "rsa-4096",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for KeyType {
    type Err = X509Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::EcdsaP256, Self::EcdsaP384, Self::Rsa2048, Self::Rsa4096]
            .into_iter()
            .find(|key_type| key_type.as_str() == text)
            .ok_or(X509Error::UnsupportedKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers() {
        let parse = |text: &str| Serial::parse(text).map(|serial| serial.0);
        assert_eq!(parse("03:A1:ff").as_deref(), Some("03a1ff"));
        assert_eq!(parse("0003A1").as_deref(), Some("03a1"));
        assert_eq!(parse("3a1").as_deref(), Some("03a1"), "as openssl never writes it, and people do");
        assert_eq!(parse("0").as_deref(), Some("00"));
        assert_eq!(parse(&"f".repeat(64)).map(|serial| serial.len()), Some(64));
        for bad in ["", ":", "3:a1", "03:", "../..", "0x03", "g0", "03 a1", &"f".repeat(65)] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(Serial::from_der(&[0, 0x87, 1]).unwrap().as_str(), "8701");
        assert_eq!(Serial::from_der(&[]), None);
        assert!(serde_json::from_str::<Serial>("\"../x\"").is_err());
        assert_eq!(serde_json::from_str::<Serial>("\"0a\"").unwrap().as_str(), "0a");
    }

    #[test]
    fn fingerprints() {
        let of = Fingerprint::of(b"");
        assert_eq!(of.as_str(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let colons = of
            .as_str()
            .to_uppercase()
            .as_bytes()
            .chunks(2)
            .map(|byte| String::from_utf8_lossy(byte).into_owned())
            .collect::<Vec<_>>()
            .join(":");
        assert_eq!(Fingerprint::parse(&colons), Some(of.clone()));
        assert_eq!(Fingerprint::parse(of.as_str()), Some(of));
        assert_eq!(Fingerprint::parse("e3b0"), None);
        assert_eq!(Fingerprint::parse(&"é".repeat(32)), None);
    }

    #[test]
    fn kinds_of_keys_are_written_as_they_are_read() {
        for key_type in [KeyType::EcdsaP256, KeyType::EcdsaP384, KeyType::Rsa2048, KeyType::Rsa4096] {
            assert_eq!(serde_json::to_string(&key_type).unwrap(), format!("\"{key_type}\""));
            assert_eq!(serde_json::from_str::<KeyType>(&format!("\"{key_type}\"")).unwrap(), key_type);
            assert_eq!(key_type.as_str().parse::<KeyType>(), Ok(key_type));
        }
        assert!("other".parse::<KeyType>().is_err());
        assert!(serde_json::from_str::<KeyType>("\"other\"").is_err());
    }
}
