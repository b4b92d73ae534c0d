//! Fetching secrets, each once a run.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use secrecy::zeroize::{Zeroize as _, Zeroizing};

use super::age_file::{self, IdentityPlaces};
use super::error::SecretError;
use super::reference::SecretRef;
use super::{Secret, command};

/// No secret is larger, in bytes.
const LIMIT: u64 = 256 << 10;
/// How long a command may take: time enough to touch a hardware key.
const COMMAND_TIME: Duration = Duration::from_secs(60);

type Lookup = Box<dyn Fn(&str) -> Option<OsString> + Send + Sync>;

/// Fetches secrets, and remembers them: however many hosts need one, its command runs once.
pub struct Resolver {
    dir: PathBuf,
    lookup: Lookup,
    command_time: Duration,
    known: Mutex<BTreeMap<SecretRef, Result<Secret, SecretError>>>,
}

impl Resolver {
    /// Resolves paths against the inventory directory `dir`, and variables in the environment of this process.
    pub fn new(dir: &Path) -> Self {
        Self::with_environment(dir, |name| std::env::var_os(name))
    }

    /// As [`Resolver::new`], with another environment: also for `FLEET_AGE_IDENTITY` and `HOME`.
    pub fn with_environment(dir: &Path, lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self {
            dir: dir.to_owned(),
            lookup: Box::new(lookup),
            command_time: COMMAND_TIME,
            known: Mutex::new(BTreeMap::new()),
        }
    }

    /// How long a command may take; one minute by default.
    #[must_use]
    pub fn command_time(mut self, time: Duration) -> Self {
        self.command_time = time;
        self
    }

    /// The value, without one newline at its end. It blocks: for up to the time limit if a command has to run.
    pub fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        // Held while resolving, so that two tasks never run the same command twice.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(result) = known.get(reference) {
            return result.clone();
        }
        let result = self.fetch(reference);
        known.insert(reference.clone(), result.clone());
        result
    }

    fn fetch(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        reference.check().map_err(|reason| SecretError::BadReference { reason })?;
        let mut value = match reference {
            SecretRef::Env(name) => {
                let value = (self.lookup)(name).ok_or_else(|| SecretError::EnvMissing { name: name.clone() })?;
                // As it is: nothing appends a newline to a variable.
                let bytes = Zeroizing::new(value.as_bytes().to_vec());
                value.into_encoded_bytes().zeroize();
                return finish(bytes, reference);
            }
            SecretRef::File(path) => read(&self.dir.join(path), LIMIT, true)?,
            SecretRef::Command(argv) => command::output(argv, &self.dir, LIMIT, self.command_time)?,
            SecretRef::Age(path) => {
                let places = IdentityPlaces::of(Vec::new(), &self.lookup);
                let path = self.dir.join(path);
                age_file::decrypt(&path, &places.load()?, LIMIT)?
            }
        };
        if value.last() == Some(&b'\n') {
            value.pop();
            if value.last() == Some(&b'\r') {
                value.pop();
            }
        }
        finish(value, reference)
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").field("dir", &self.dir).finish_non_exhaustive()
    }
}

fn finish(mut value: Zeroizing<Vec<u8>>, reference: &SecretRef) -> Result<Secret, SecretError> {
    if value.is_empty() {
        return Err(SecretError::Empty { from: reference.to_string() });
    }
    Ok(Secret::new(std::mem::take(&mut *value)))
}

/// Reads a file of at most `limit` bytes; a `private` one must be closed to group and others.
pub(crate) fn read(path: &Path, limit: u64, private: bool) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let unreadable =
        |error: io::Error| SecretError::Unreadable { path: path.to_owned(), reason: crate::text::system_words(&error) };
    // A pipe would block at opening.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(SecretError::Unreadable { path: path.to_owned(), reason: "not a regular file".to_owned() });
    }
    let file = File::open(path).map_err(unreadable)?;
    // Of the open file: what the path leads to may change in between.
    let metadata = file.metadata().map_err(unreadable)?;
    let mode = metadata.permissions().mode() & 0o7777;
    if private && mode & 0o077 != 0 {
        return Err(SecretError::ReadableByOthers { path: path.to_owned(), mode });
    }
    let too_large = || SecretError::TooLarge { from: format!("file {}", path.display()), limit };
    let size = usize::try_from(metadata.len()).ok().filter(|size| *size as u64 <= limit).ok_or_else(too_large)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(size.saturating_add(1)));
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(bytes)
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
