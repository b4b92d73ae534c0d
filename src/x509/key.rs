//! Private keys: made, read, compared, never shown.

use std::fmt;

use rcgen::{CertificateParams, DistinguishedName, KeyPair, PublicKeyData as _, RsaKeySize};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, alg_id};
use secrecy::zeroize::Zeroizing;

use super::signature::PublicKey;
use super::{Fingerprint, KeyType, X509Error, der, pem};
use crate::secrets::Secret;

/// A private key. Its `Debug` shows its public key's fingerprint alone.
#[derive(Clone)]
pub struct PrivateKey {
    /// PKCS#8 (RFC 5958).
    der: Secret,
    key_type: KeyType,
    public: Fingerprint,
}

impl PrivateKey {
    /// A new one, from the system's randomness.
    pub fn generate(key_type: KeyType) -> Result<Self, X509Error> {
        let pair = match key_type {
            KeyType::EcdsaP256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
            KeyType::EcdsaP384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
            KeyType::Rsa2048 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048),
            KeyType::Rsa4096 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_4096),
            KeyType::Other => return Err(X509Error::UnsupportedKey),
        };
        let pair = pair.map_err(|_| X509Error::Generate)?;
        Ok(Self::of(Secret::new(pair.serialize_der()), &pair))
    }

    /// The one private key of a PEM text: PKCS#8, SEC1 (`EC PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`).
    pub fn from_pem(text: &Secret) -> Result<Self, X509Error> {
        if is_encrypted(text.expose()) {
            return Err(X509Error::EncryptedKey);
        }
        let mut keys = pem::read(text.expose())?.keys;
        let key = keys.pop().ok_or(X509Error::NoKey)?;
        if !keys.is_empty() {
            return Err(X509Error::SeveralKeys);
        }
        let pair = KeyPair::try_from(&key).map_err(|_| X509Error::BadKey)?;
        let der = match &key {
            PrivateKeyDer::Pkcs8(key) => Secret::new(key.secret_pkcs8_der().to_vec()),
            PrivateKeyDer::Pkcs1(key) => wrapped(alg_id::RSA_ENCRYPTION.as_ref(), key.secret_pkcs1_der()),
            PrivateKeyDer::Sec1(key) => {
                let spki = pair.subject_public_key_info();
                let public = PublicKey::of(&spki).ok_or(X509Error::BadKey)?;
                wrapped(public.algorithm(), key.secret_sec1_der())
            }
            _ => return Err(X509Error::UnsupportedKey),
        };
        Ok(Self::of(der, &pair))
    }

    fn of(der: Secret, pair: &KeyPair) -> Self {
        let spki = pair.subject_public_key_info();
        let key_type = PublicKey::of(&spki).map_or(KeyType::Other, |key| key.key_type());
        Self { der, key_type, public: Fingerprint::of(&spki) }
    }

    /// As PEM of PKCS#8 (`PRIVATE KEY`).
    pub fn to_pem(&self) -> Secret {
        Secret::new(std::mem::take(&mut *pem::write("PRIVATE KEY", self.der.expose())))
    }

    /// SHA-256 of its public key's `SubjectPublicKeyInfo`: what a certificate for it has as [`super::Certificate::key`].
    pub fn public(&self) -> &Fingerprint {
        &self.public
    }

    /// Its kind.
    pub fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// A certificate signing request (RFC 2986) for host names, wildcards and addresses, as DER; its subject is empty.
    pub fn csr(&self, names: &[String]) -> Result<Vec<u8>, X509Error> {
        let bad = |_| X509Error::BadNames;
        let mut params = CertificateParams::new(names).map_err(bad)?;
        params.distinguished_name = DistinguishedName::new();
        let request = params.serialize_request(&self.pair()?).map_err(bad)?;
        Ok(request.der().to_vec())
    }

    fn pair(&self) -> Result<KeyPair, X509Error> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.der.expose()));
        KeyPair::try_from(&key).map_err(|_| X509Error::BadKey)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({} of {})", self.key_type, self.public)
    }
}

/// A key in the form of its own algorithm, as PKCS#8 (RFC 5958, section 2).
fn wrapped(algorithm: &[u8], key: &[u8]) -> Secret {
    let version = [der::INTEGER, 1, 0];
    let algorithm_header = der::header(der::SEQUENCE, algorithm.len());
    let key_header = der::header(der::OCTET_STRING, key.len());
    let length = version.len() + algorithm_header.len() + algorithm.len() + key_header.len() + key.len();
    let header = der::header(der::SEQUENCE, length);
    let mut bytes = Zeroizing::new(Vec::with_capacity(header.len() + length));
    for part in [&header[..], &version, &algorithm_header, algorithm, &key_header, key] {
        bytes.extend_from_slice(part);
    }
    Secret::new(std::mem::take(&mut *bytes))
}

/// `ENCRYPTED PRIVATE KEY` of PKCS#8, or OpenSSL's older `Proc-Type: 4,ENCRYPTED`.
fn is_encrypted(text: &[u8]) -> bool {
    let has = |word: &[u8]| text.windows(word.len()).any(|window| window == word);
    text.len() <= pem::LIMIT && (has(b"-----BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED"))
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
