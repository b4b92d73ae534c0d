//! One entry: `fullchain.pem`, `privkey.pem` or `privkey.pem.age`, `meta.json`.

use std::io::ErrorKind;
use std::path::Path;

use super::directory::{Modes, PRIVATE, write_new};
use super::{Meta, ProblemKind, StoreError, Stored};
use crate::secrets::{self, Identities, Recipients, Secret, SecretError};
use crate::x509::{Certificate, Chain, PrivateKey, Serial};

const CHAIN: &str = "fullchain.pem";
const KEY: &str = "privkey.pem";
const ENCRYPTED_KEY: &str = "privkey.pem.age";
/// What is known beside the certificate.
pub(super) const META: &str = "meta.json";
/// No file of an entry is larger, in bytes.
const LIMIT: u64 = 1 << 20;

/// Reads an entry as far as it is to be used, and what is wrong with it.
pub(super) fn read(path: &Path, identities: &Identities) -> (Option<Stored>, Vec<ProblemKind>) {
    let stored = match read_public(path) {
        Ok(stored) => stored,
        Err(problem) => return (None, vec![problem]),
    };
    match read_key(path, identities, stored.chain.leaf()) {
        Ok(key) => (Some(Stored { key, ..stored }), Vec::new()),
        // Without its key: an older version must not be taken for the newest.
        Err(problem) => (Some(stored), vec![problem]),
    }
}

fn read_public(path: &Path) -> Result<Stored, ProblemKind> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let serial = Serial::parse(&name).filter(|serial| serial.as_str() == name).ok_or(ProblemKind::NoEntry)?;
    let chain =
        secrets::read(&path.join(CHAIN), LIMIT, false).map_err(|error| ProblemKind::unreadable(CHAIN, &error))?;
    let chain = Chain::from_pem(&chain).map_err(|error| ProblemKind::unreadable(CHAIN, &error))?;
    if chain.leaf().serial != serial {
        return Err(ProblemKind::OtherSerial { serial: chain.leaf().serial.clone() });
    }
    let meta = read_meta(path).map_err(|error| ProblemKind::unreadable(META, &error))?;
    Ok(Stored { serial, chain, meta, key: None })
}

/// Reads what is known beside the certificate.
pub(super) fn read_meta(path: &Path) -> Result<Meta, StoreError> {
    let path = path.join(META);
    let fail = StoreError::at("read", &path);
    let text = secrets::read(&path, LIMIT, false)?;
    serde_json::from_slice(&text).map_err(|error| fail(error.into()))
}

/// The key, if it is there, is to be had, and is the certificate's.
fn read_key(path: &Path, identities: &Identities, leaf: &Certificate) -> Result<Option<Secret>, ProblemKind> {
    let plain = path.join(KEY);
    let encrypted = path.join(ENCRYPTED_KEY);
    let key = if is_there(&plain)? {
        secrets::read(&plain, LIMIT, true).map(|mut bytes| Secret::new(std::mem::take(&mut *bytes)))
    } else if is_there(&encrypted)? {
        identities.decrypt(&encrypted)
    } else {
        return Ok(None);
    };
    let key = key.map_err(|error| match &error {
        // Not an identity file that is.
        SecretError::ReadableByOthers { path, mode } if *path == plain => ProblemKind::KeyOpen { mode: *mode },
        SecretError::NotForUs { .. } | SecretError::NoIdentity { .. } => {
            ProblemKind::KeyLocked { reason: error.to_string() }
        }
        _ => ProblemKind::KeyUnreadable { reason: error.to_string() },
    })?;
    let parsed =
        PrivateKey::from_pem(&key).map_err(|error| ProblemKind::KeyUnreadable { reason: error.to_string() })?;
    if parsed.public() != &leaf.key {
        return Err(ProblemKind::KeyMismatch);
    }
    Ok(Some(key))
}

fn is_there(path: &Path) -> Result<bool, ProblemKind> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(ProblemKind::KeyUnreadable { reason: crate::text::system_words(&error) }),
    }
}

/// Writes an entry into its new directory.
pub(super) fn write(path: &Path, stored: &Stored, recipients: &Recipients, modes: Modes) -> Result<(), StoreError> {
    if let Some(key) = &stored.key {
        if recipients.is_empty() {
            write_new(&path.join(KEY), key.expose(), PRIVATE)?;
        } else {
            write_new(&path.join(ENCRYPTED_KEY), &recipients.encrypt(key)?, modes.file)?;
        }
    }
    write_new(&path.join(CHAIN), stored.chain.to_pem().as_bytes(), modes.file)?;
    write_new(&path.join(META), crate::text::json(&stored.meta).as_bytes(), modes.file)
}

/// Fine, if what is to be added is there already: its leaf, and its key if it has one.
pub(super) fn same(path: &Path, stored: &Stored) -> Result<(), StoreError> {
    let taken = || StoreError::Taken { path: path.to_owned() };
    let there = read_public(path).map_err(|_| taken())?;
    let has_key = path.join(KEY).exists() || path.join(ENCRYPTED_KEY).exists();
    let same = there.chain.leaf() == stored.chain.leaf() && (has_key || stored.key.is_none());
    if same { Ok(()) } else { Err(taken()) }
}
