//! The seams to what issuing needs of others: where certificates are kept, and hosts that make their own keys.

use std::collections::BTreeSet;

use super::error::AcmeError;
use crate::engine::transport::Boxed;
use crate::names::HostName;
use crate::secrets::Secret;
use crate::store::{Store, StoreError, Stored};

/// Where issued certificates are kept.
pub trait Shelf {
    /// All versions of a certificate (with per-host keys, of a host), newest first.
    fn versions(&self, name: &str, host: Option<&HostName>) -> Result<Vec<Stored>, AcmeError>;

    /// Keeps one, with its key where it is ours.
    fn add(&self, name: &str, host: Option<&HostName>, stored: &Stored) -> Result<(), AcmeError>;
}

impl Shelf for Store {
    fn versions(&self, name: &str, host: Option<&HostName>) -> Result<Vec<Stored>, AcmeError> {
        let certificates = self.load(&BTreeSet::from([name.to_owned()])).map_err(|error| kept(&error))?;
        Ok(certificates.of(name, host).to_vec())
    }

    fn add(&self, name: &str, host: Option<&HostName>, stored: &Stored) -> Result<(), AcmeError> {
        Self::add(self, name, host, stored).map_err(|error| kept(&error))
    }
}

fn kept(error: &StoreError) -> AcmeError {
    AcmeError::Store { code: error.code().to_owned(), message: error.to_string(), hint: Some(error.hint()) }
}

/// No host has a key of its own here.
pub struct NoRequests;

impl Requests for NoRequests {
    fn request<'a>(
        &'a self,
        certificate: &'a str,
        host: &'a HostName,
        _: &'a [String],
    ) -> Boxed<'a, Result<Vec<u8>, AcmeError>> {
        let error = AcmeError::Request(format!("nothing here asks {host} for its request for {certificate}"));
        Box::pin(std::future::ready(Err(error)))
    }
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
