//! Orders that are not finished: `.fleet/acme/orders/HASH.json` with the private key beside it in `HASH.pem`, and a lock.
//!
//! Both are written before the order's first challenge. The key lies there unencrypted (mode 0600) until its certificate is in the
//! store, also when the store encrypts.

use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::AcmeError;
use super::files;
use crate::names::HostName;
use crate::secrets::Secret;
use crate::x509::Fingerprint;

/// `HASH.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The directory URL of the CA.
    pub(super) directory: String,
    /// The account that it belongs to.
    pub(super) account: String,
    /// The order's own URL.
    pub(super) url: String,
    /// Its names, sorted.
    pub(super) names: Vec<String>,
    /// The profile that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<String>,
    /// The public key that the certificate is to have.
    pub(super) key: Fingerprint,
    /// When it was placed.
    pub(super) placed: Timestamp,
}

/// The place of one order; as long as it is held, no other fleet works on this order.
pub(super) struct OpenOrder {
    record: PathBuf,
    key: PathBuf,
    _lock: File,
}

impl OpenOrder {
    /// Takes the place for a certificate (with per-host keys, of a host) with these names at a CA.
    pub(super) fn take(
        state: &Path,
        directory: &str,
        certificate: &str,
        host: Option<&HostName>,
        names: &[String],
    ) -> Result<Self, AcmeError> {
        let folder = state.join("orders");
        files::make_directory(&folder)?;
        let mut words = vec![directory, certificate, host.map_or("", HostName::as_str)];
        words.extend(names.iter().map(String::as_str));
        let hash = files::hash(&words);
        let lock = files::try_lock(&folder.join(format!("{hash}.lock")))?
            .ok_or_else(|| AcmeError::Locked { what: format!("the order for {}", names.join(", ")) })?;
        files::sweep(&folder, &hash)?;
        Ok(Self { record: folder.join(format!("{hash}.json")), key: folder.join(format!("{hash}.pem")), _lock: lock })
    }

    /// The order that an earlier run left.
    pub(super) fn record(&self) -> Result<Option<Record>, AcmeError> {
        files::read_json(&self.record)
    }

    /// Its private key, where we made it.
    pub(super) fn key(&self) -> Result<Option<Secret>, AcmeError> {
        files::read(&self.key)
    }

    /// Keeps the private key.
    pub(super) fn keep_key(&self, pem: &Secret) -> Result<(), AcmeError> {
        files::write(&self.key, pem.expose())
    }

    /// Keeps the order.
    pub(super) fn keep(&self, record: &Record) -> Result<(), AcmeError> {
        files::write_json(&self.record, record)
    }

    /// Forgets it: its certificate is stored, or never will be.
    pub(super) fn forget(&self) -> Result<(), AcmeError> {
        files::remove(&self.record)?;
        files::remove(&self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_works_on_an_order_and_hosts_have_their_own() {
        let state = tempfile::tempdir().unwrap();
        let names = ["a.example".to_owned()];
        let take = |host: Option<&HostName>| OpenOrder::take(state.path(), "https://ca.example", "a", host, &names);
        let first = take(None).unwrap();
        assert_eq!(take(None).err().unwrap().code(), "locked");
        take(Some(&HostName::new("fritz"))).unwrap();
        first.keep_key(&Secret::new(b"k".to_vec())).unwrap();
        drop(first);
        let again = take(None).unwrap();
        assert_eq!(again.key().unwrap().unwrap().expose(), b"k");
        assert!(again.record().unwrap().is_none());
        again.forget().unwrap();
        assert!(again.key().unwrap().is_none());
    }
}
