//! The keys of certificates that are ordered: ours, or only a request from the host that has the key.

use super::error::AcmeError;
use crate::secrets::Secret;
use crate::x509::csr::Request;
use crate::x509::{Fingerprint, KeyType, PrivateKey, X509Error};

/// Whose key a certificate gets.
#[derive(Clone, Debug)]
pub(super) enum KeyFor {
    /// A new one of ours.
    New(KeyType),
    /// One that is kept over renewals, as PEM.
    Pinned(Secret),
    /// One that never leaves its host, which made this request (DER).
    Request(Vec<u8>),
}

/// The key of an order: ours, or only its request.
pub(super) struct Key {
    /// The private key as PEM.
    pub(super) ours: Option<Secret>,
    /// The request (DER).
    pub(super) csr: Vec<u8>,
    pub(super) public: Fingerprint,
}

/// The key that is wanted, made if it is to be a new one. `names` are sorted.
pub(super) fn key_for(wanted: &KeyFor, names: &[String]) -> Result<Key, AcmeError> {
    match wanted {
        KeyFor::New(kind) => key_of(&PrivateKey::generate(*kind).map_err(unusable)?, names),
        KeyFor::Pinned(pem) => key_of(&PrivateKey::from_pem(pem).map_err(unusable)?, names),
        KeyFor::Request(der) => {
            let request = Request::from_der(der).map_err(unusable)?;
            let mut asked = request.names;
            asked.sort();
            asked.dedup();
            if asked != names {
                return Err(AcmeError::Request(format!(
                    "the host's request asks for {}, and declared is {}",
                    asked.join(", "),
                    names.join(", ")
                )));
            }
            Ok(Key { ours: None, csr: request.der, public: request.key })
        }
    }
}

/// A key of ours.
pub(super) fn key_of(private: &PrivateKey, names: &[String]) -> Result<Key, AcmeError> {
    let csr = private.csr(names).map_err(unusable)?;
    Ok(Key { ours: Some(private.to_pem()), csr, public: private.public().clone() })
}

fn unusable(error: X509Error) -> AcmeError {
    AcmeError::Key { what: "the certificate's key".to_owned(), reason: error.to_string() }
}
