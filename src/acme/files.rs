//! The files of accounts, orders and back-offs: private, written whole, under locks.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::error::AcmeError;
use crate::secrets::Secret;
use crate::text::system_words;

/// Larger than any file of ours, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// A name for what belongs to all these words: 32 hexadecimal digits.
pub(super) fn hash(words: &[&str]) -> String {
    let mut digest = Sha256::new();
    for word in words {
        // With its length in front, so that words can't be shifted into each other.
        digest.update((word.len() as u64).to_be_bytes());
        digest.update(word);
    }
    crate::text::hex(&digest.finalize())[..32].to_owned()
}

/// Makes a directory that only its owner can enter.
pub(super) fn make_directory(path: &Path) -> Result<(), AcmeError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at("make", path))
}

/// Replaces a file by one that only its owner can read; whoever looks sees the old or the new one, whole.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), AcmeError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Mode 0600 from the start (tempfile(3)). Named after the file: see `sweep`.
    let made = tempfile::Builder::new().prefix(&format!(".{name}.")).tempfile_in(directory);
    let written = made.and_then(|mut file| {
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        sync(directory)
    });
    written.map_err(at("write", path))
}

/// Removes what a fleet that was killed while it wrote has left: it may hold a key. `start` is how the names of the files
/// begin; nobody else may be writing them now.
pub(super) fn sweep(directory: &Path, start: &str) -> Result<(), AcmeError> {
    let staged = format!(".{start}");
    for entry in std::fs::read_dir(directory).map_err(at("read", directory))? {
        let entry = entry.map_err(at("read", directory))?;
        if entry.file_name().to_string_lossy().starts_with(&staged) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Writes a document.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), AcmeError> {
    write(path, crate::text::json(value).as_bytes())
}

/// A document; `None`: there is none.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, AcmeError> {
    let Some(bytes) = read(path)? else { return Ok(None) };
    serde_json::from_slice(bytes.expose()).map(Some).map_err(|error| AcmeError::State {
        what: "understand",
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// A file that must be private; `None`: there is none.
pub(super) fn read(path: &Path) -> Result<Option<Secret>, AcmeError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(at("read", path))?,
    };
    let mode = file.metadata().map_err(at("read", path))?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(AcmeError::ReadableByOthers { path: path.to_owned(), mode });
    }
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(at("read", path))?;
    Ok(Some(Secret::new(bytes)))
}

/// Removes a file that may not be there.
pub(super) fn remove(path: &Path) -> Result<(), AcmeError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at("remove", path)(error)),
        _ => sync(path.parent().unwrap_or(Path::new("."))).map_err(at("remove", path)),
    }
}

/// Puts one file in the place of another.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), AcmeError> {
    std::fs::rename(from, to).and_then(|()| sync(to.parent().unwrap_or(Path::new(".")))).map_err(at("replace", to))
}

/// Takes a lock that ends with the file, or with the process; `None`: another one holds it. The file stays: were it removed,
/// two could hold locks on files of one name.
pub(super) fn try_lock(path: &Path) -> Result<Option<File>, AcmeError> {
    let file =
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map_err(at("lock", path))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(at("lock", path)(error.into())),
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn at(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> AcmeError {
    let path: PathBuf = path.to_owned();
    move |error| AcmeError::State { what, path, reason: system_words(&error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_private_and_what_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b");
        make_directory(path.parent().unwrap()).unwrap();
        assert!(read(&path).unwrap().is_none());
        write(&path, b"x").unwrap();
        assert_eq!(read(&path).unwrap().unwrap().expose(), b"x");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(std::fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(read(&path).unwrap_err().code(), "acme-file-readable-by-others");
        remove(&path).unwrap();
        remove(&path).unwrap();
    }

    #[test]
    fn what_a_killed_fleet_was_writing_is_removed_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        write(&directory.path().join("ab.pem"), b"x").unwrap();
        for left in [".ab.pem.Xy12", ".ab.json.Xy12", ".cd.pem.Xy12"] {
            std::fs::write(directory.path().join(left), b"PRIVATE").unwrap();
        }
        sweep(directory.path(), "ab").unwrap();
        let names = std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names, [".cd.pem.Xy12", "ab.pem"]);
    }

    #[test]
    fn a_lock_is_held_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let held = try_lock(&path).unwrap();
        assert!(held.is_some());
        assert!(try_lock(&path).unwrap().is_none());
        drop(held);
        assert!(try_lock(&path).unwrap().is_some());
    }

    #[test]
    fn words_are_not_shifted_into_each_other() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_eq!(hash(&["a"]).len(), 32);
    }
}
