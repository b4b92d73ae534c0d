//! The store's directories and files: made with their modes, whole, and on disk.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::StoreError;

/// What is being made has a name that starts so.
const STAGED: &str = ".new-";
/// Held by whoever changes the store.
const LOCK: &str = ".lock";
/// Of private files and what must be as closed.
pub(super) const PRIVATE: u32 = 0o600;

/// What new files and directories may be at most; the umask takes from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modes {
    /// Of directories.
    pub(super) directory: u32,
    /// Of files that are not private.
    pub(super) file: u32,
    /// What must not be set on the store's directory.
    refused: u32,
}

impl Modes {
    /// Closed for private keys as they are; where keys are encrypted a group may share the store.
    pub(super) fn of(plain_keys: bool) -> Self {
        if plain_keys {
            Self { directory: 0o700, file: PRIVATE, refused: 0o077 }
        } else {
            Self { directory: 0o777, file: 0o666, refused: 0o002 }
        }
    }
}

/// Refuses a store that is open to others; one that is not there yet is fine.
pub(super) fn check_closed(root: &Path, modes: Modes) -> Result<(), StoreError> {
    let metadata = match fs::metadata(root) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        metadata => metadata.map_err(StoreError::at("look at", root))?,
    };
    let mode = metadata.mode() & 0o7777;
    if !metadata.is_dir() {
        return Err(StoreError::at("use", root)(ErrorKind::NotADirectory.into()));
    }
    if mode & modes.refused != 0 {
        return Err(StoreError::Open { path: root.to_owned(), mode });
    }
    Ok(())
}

/// The names in a directory, sorted; none, if it is not there.
pub(super) fn read_dir(path: &Path) -> Result<Vec<OsString>, StoreError> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(StoreError::at("read", path))?,
    };
    let names: Result<Vec<_>, _> = entries.map(|entry| entry.map(|entry| entry.file_name())).collect();
    let mut names = names.map_err(StoreError::at("read", path))?;
    names.sort();
    Ok(names)
}

/// Those that are not our own helpers, or somebody's hidden files (`.git`, `.gitignore`).
pub(super) fn names_in(names: &[OsString]) -> Vec<String> {
    names.iter().map(|name| name.to_string_lossy().into_owned()).filter(|name| !name.starts_with('.')).collect()
}

/// Makes the store's directory and those above it.
pub(super) fn create_all(root: &Path, modes: Modes) -> Result<(), StoreError> {
    if root.is_dir() {
        return Ok(());
    }
    let fail = StoreError::at("create", root);
    DirBuilder::new().recursive(true).mode(modes.directory).create(root).map_err(fail)?;
    sync(root.parent().unwrap_or(root))
}

/// Waits until nobody else changes the store. Let go of it by dropping it.
pub(super) fn lock(root: &Path, modes: Modes) -> Result<File, StoreError> {
    let path = root.join(LOCK);
    let file = OpenOptions::new().create(true).append(true).mode(modes.file).open(&path);
    let file = file.map_err(StoreError::at("open", &path))?;
    flock(&file, FlockOperation::LockExclusive).map_err(|error| StoreError::at("lock", &path)(error.into()))?;
    Ok(file)
}

/// Removes what a fleet that was killed has left behind. Under the lock: nobody is making anything.
pub(super) fn sweep(root: &Path) -> Result<(), StoreError> {
    for name in read_dir(root)? {
        if !name.to_string_lossy().starts_with(STAGED) {
            continue;
        }
        let path = root.join(name);
        let fail = StoreError::at("remove", &path);
        let is_dir = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
        if is_dir { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }.map_err(fail)?;
    }
    Ok(())
}

/// A name for what is being made.
pub(super) fn staged(root: &Path) -> Result<PathBuf, StoreError> {
    let mut suffix = [0; 8];
    getrandom::fill(&mut suffix)
        .map_err(|error| StoreError::at("name a file in", root)(std::io::Error::other(error)))?;
    Ok(root.join(format!("{STAGED}{}", crate::text::hex(&suffix))))
}

/// Makes one directory.
pub(super) fn create(path: &Path, modes: Modes) -> Result<(), StoreError> {
    DirBuilder::new().mode(modes.directory).create(path).map_err(StoreError::at("create", path))
}

/// Writes a file that is not there yet, with its mode from the first byte, and waits for the disk.
pub(super) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), StoreError> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(StoreError::at("write", path))
}

/// Moves a whole entry to its place.
pub(super) fn move_into(staged: &Path, place: &Path, modes: Modes) -> Result<(), StoreError> {
    sync(staged)?;
    let parent = place.parent().unwrap_or(place);
    if !parent.is_dir() {
        create(parent, modes)?;
        sync(parent.parent().unwrap_or(parent))?;
    }
    fs::rename(staged, place).map_err(StoreError::at("write", place))?;
    sync(parent)
}

/// Puts a file into another's place.
pub(super) fn replace(staged: &Path, place: &Path) -> Result<(), StoreError> {
    fs::rename(staged, place).map_err(StoreError::at("write", place))?;
    sync(place.parent().unwrap_or(place))
}

/// Waits until a directory's names are on disk.
pub(super) fn sync(directory: &Path) -> Result<(), StoreError> {
    // The parent of a plain name is the empty path.
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    File::open(directory).and_then(|file| file.sync_all()).map_err(StoreError::at("write", directory))
}
