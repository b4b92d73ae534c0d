//! The seams to what issuing needs of others: where certificates are kept, and hosts that make their own keys.

use super::error::AcmeError;
use crate::engine::transport::Boxed;
use crate::names::HostName;
use crate::secrets::Secret;
use crate::store::Stored;

/// Where issued certificates are kept.
pub trait Shelf {
    /// All versions of a certificate (with per-host keys, of a host), newest first.
    fn versions(&self, name: &str, host: Option<&HostName>) -> Result<Vec<Stored>, AcmeError>;

    /// Keeps one, with its key where it is ours.
    fn add(&self, name: &str, host: Option<&HostName>, stored: &Stored) -> Result<(), AcmeError>;
}

/// Gets certificate requests from hosts whose keys never leave them.
pub trait Requests {
    /// The request (RFC 2986, PEM or DER) of a host for a certificate with these names; the host makes the key if it has none for it.
    fn request<'a>(
        &'a self,
        certificate: &'a str,
        host: &'a HostName,
        domains: &'a [String],
    ) -> Boxed<'a, Result<Vec<u8>, AcmeError>>;
}

/// The private key of a stored version, if it is at hand.
pub(super) fn key_of(versions: &[Stored], serial: &str) -> Option<Secret> {
    versions.iter().find(|stored| stored.serial.as_str() == serial).and_then(|stored| stored.key.clone())
}
