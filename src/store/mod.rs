//! The certificates that were issued: `.fleet/certs/NAME/SERIAL/`, with their history.
//!
//! An entry is a directory that is made beside its place and then renamed into it: it is there whole or not at all. Two
//! fleets that add at once wait for each other; readers never wait. What is broken is told and does not hide the rest.

mod directory;
mod due;
mod entry;
mod error;
mod export;
mod problem;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use due::{Due, Why, due};

use crate::names::HostName;
use crate::secrets::{Identities, Recipients};
use crate::x509::{Chain, PrivateKey, Serial};

use directory::{Modes, check_closed, names_in, read_dir};
pub use error::StoreError;
pub use export::{Export, Part};
pub use problem::{Problem, ProblemKind};

/// One issued certificate. Its private key stays in the store.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its serial number, which names its directory.
    pub serial: Serial,
    /// The leaf and what leads to the root.
    pub chain: Chain,
    /// What is known of it beside what it says itself.
    pub meta: Meta,
    /// Its private key as PEM, just as it goes to hosts; it is the chain's own, for sure. `None`: the key is not at hand here
    /// (it never left its host, or is encrypted to others), or can't be used, which is then among the problems.
    pub key: Option<crate::secrets::Secret>,
}

/// `meta.json` of one issued certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Meta {
    /// The directory URL of the CA.
    pub directory: String,
    /// When it was issued.
    pub issued: Timestamp,
    /// The host that made its key, with `key = "per-host"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostName>,
    /// The window in which the CA wants it renewed (RFC 9773), and the moment in it that was chosen once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<Renewal>,
    /// When it was revoked, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revoked>,
}

/// When a certificate is to be renewed, as its CA wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Renewal {
    /// From.
    pub start: Timestamp,
    /// To.
    pub end: Timestamp,
    /// The moment in the window, chosen at random once.
    pub chosen: Timestamp,
    /// The CA is not asked again before.
    pub ask_again: Timestamp,
    /// Where the CA explains itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

/// That a certificate was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Revoked {
    /// When.
    pub time: Timestamp,
    /// The reason of RFC 5280, section 5.3.1, such as `keyCompromise`.
    pub reason: String,
}

/// What leads on a host to the key that it makes for the certificate after this one: known before the key is.
pub fn next_host_key(newest: Option<&Serial>) -> String {
    newest.map_or_else(|| "first".to_owned(), |serial| format!("after-{serial}"))
}

/// All versions of each declared certificate, newest first; with per-host keys, by host.
#[derive(Clone, Debug, Default)]
pub struct Certificates {
    /// By name, and by host where each host has a key of its own. What is asked for and never was issued is not there.
    pub versions: BTreeMap<(String, Option<HostName>), Vec<Stored>>,
    /// What is wrong with entries, in the order of their places.
    pub problems: Vec<Problem>,
}

impl Certificates {
    /// The versions of one, newest first.
    pub fn of(&self, name: &str, host: Option<&HostName>) -> &[Stored] {
        self.versions.get(&(name.to_owned(), host.cloned())).map_or(&[], Vec::as_slice)
    }

    /// The newest version of one.
    pub fn newest(&self, name: &str, host: Option<&HostName>) -> Option<&Stored> {
        self.of(name, host).first()
    }
}

/// The directory with all certificates.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    recipients: Recipients,
    identities: Identities,
}

impl Store {
    /// The store in a directory, which need not be there yet. With `recipients`, private keys are encrypted to them, and the
    /// directory may be one that others read; without, it must be closed to others.
    pub fn open(root: &Path, recipients: &[String], identities: Identities) -> Result<Self, StoreError> {
        let recipients = Recipients::parse(recipients)?;
        let store = Self { root: root.to_owned(), recipients, identities };
        check_closed(root, store.modes())?;
        Ok(store)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Everything that is there for these names, with and without hosts. It blocks, and never waits for a lock.
    ///
    /// # Errors
    /// When a directory can't be read: then nobody may believe that nothing was issued. A broken entry is no error.
    pub fn load(&self, names: &BTreeSet<String>) -> Result<Certificates, StoreError> {
        self.load_where(|name| names.contains(name))
    }

    /// As [`Store::load`], whatever the name.
    pub fn load_all(&self) -> Result<Certificates, StoreError> {
        self.load_where(|_| true)
    }

    fn load_where(&self, wanted: impl Fn(&str) -> bool) -> Result<Certificates, StoreError> {
        let mut certificates = Certificates::default();
        for directory in names_in(&read_dir(&self.root)?) {
            let (name, host) = match directory.split_once('@') {
                Some((name, host)) => (name, Some(HostName::new(host))),
                None => (directory.as_str(), None),
            };
            if !wanted(name) {
                continue;
            }
            let mut versions = Vec::new();
            for serial in names_in(&read_dir(&self.root.join(&directory))?) {
                let (stored, kinds) = entry::read(&self.root.join(&directory).join(&serial), &self.identities);
                versions.extend(stored);
                certificates.problems.extend(kinds.into_iter().map(|kind| Problem {
                    name: name.to_owned(),
                    host: host.clone(),
                    path: self.root.join(&directory).join(&serial),
                    kind,
                }));
            }
            versions.sort_by(|a, b| order(b).cmp(&order(a)));
            if !versions.is_empty() {
                certificates.versions.insert((name.to_owned(), host), versions);
            }
        }
        Ok(certificates)
    }

    /// Adds an issued certificate, whole or not at all, on disk when this returns. One that is there already, the same, is
    /// left as it is: a run that was cut may add again what it got.
    ///
    /// # Errors
    /// When the key is not the certificate's, another certificate has its place, or it can't be written.
    pub fn add(&self, name: &str, host: Option<&HostName>, stored: &Stored) -> Result<(), StoreError> {
        let place = self.place(name, host, &stored.serial)?;
        if stored.chain.leaf().serial != stored.serial {
            return Err(StoreError::OtherSerial { path: place });
        }
        if let Some(key) = &stored.key
            && PrivateKey::from_pem(key)?.public() != &stored.chain.leaf().key
        {
            return Err(StoreError::KeyMismatch { path: place });
        }
        let modes = self.modes();
        directory::create_all(&self.root, modes)?;
        let _lock = directory::lock(&self.root, modes)?;
        directory::sweep(&self.root)?;
        if place.try_exists().map_err(StoreError::at("look at", &place))? {
            return entry::same(&place, stored);
        }
        let staged = directory::staged(&self.root)?;
        directory::create(&staged, modes)?;
        entry::write(&staged, stored, &self.recipients, modes)?;
        directory::move_into(&staged, &place, modes)
    }

    /// Changes what is known of one beside what it says itself, under the store's lock; returns what stands there then.
    pub fn update_meta(
        &self,
        name: &str,
        host: Option<&HostName>,
        serial: &Serial,
        change: impl FnOnce(&mut Meta),
    ) -> Result<Meta, StoreError> {
        let place = self.place(name, host, serial)?;
        // Before the lock, which would make the store where there is none.
        if !place.try_exists().map_err(StoreError::at("look at", &place))? {
            return Err(StoreError::NotThere { path: place });
        }
        let _lock = directory::lock(&self.root, self.modes())?;
        directory::sweep(&self.root)?;
        let mut meta = entry::read_meta(&place)?;
        change(&mut meta);
        let staged = directory::staged(&self.root)?;
        directory::write_new(&staged, crate::text::json(&meta).as_bytes(), self.modes().file)?;
        directory::replace(&staged, &place.join(entry::META))?;
        Ok(meta)
    }

    /// Where one is, for names that can't lead elsewhere.
    fn place(&self, name: &str, host: Option<&HostName>, serial: &Serial) -> Result<PathBuf, StoreError> {
        let good = |part: &str| {
            !part.is_empty() && part.len() <= 100 && !part.starts_with('.') && !part.contains(['/', '@', '\0'])
        };
        let directory = match host {
            Some(host) if good(host.as_str()) => format!("{name}@{host}"),
            Some(host) => return Err(StoreError::BadName { name: host.to_string() }),
            None => name.to_owned(),
        };
        if !good(name) {
            return Err(StoreError::BadName { name: name.to_owned() });
        }
        Ok(self.root.join(directory).join(serial.as_str()))
    }

    fn modes(&self) -> Modes {
        Modes::of(self.recipients.is_empty())
    }
}

/// By what one version is newer than another.
fn order(stored: &Stored) -> (Timestamp, Timestamp, &Serial) {
    (stored.chain.leaf().not_before, stored.meta.issued, &stored.serial)
}

#[cfg(test)]
mod tests;
