//! The state directory `.fleet`, beside the inventory: what fleet remembers between runs.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// A directory that only its owner can enter.
#[derive(Clone, Debug)]
pub struct StateDir(PathBuf);

/// Why there is no state directory.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be made or looked at.
    #[error("cannot use the state directory {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others could read or change what is in it.
    #[error("the state directory {path} is open to others (mode {mode:04o}); run `chmod 700 {path}`")]
    Open {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl StateDir {
    /// `.fleet` in the directory that holds the inventory, made if it is not there.
    ///
    /// # Errors
    /// When it cannot be made, or is open to others: it holds the digest key.
    pub fn beside(inventory: &Path) -> Result<Self, StateError> {
        let absolute = std::path::absolute(inventory);
        Self::at(absolute.as_deref().ok().and_then(Path::parent).unwrap_or(Path::new(".")).join(".fleet"))
    }

    /// That of a rehearsal, in `lab`: its journal, digest key, accounts and certificates are none of production's.
    ///
    /// # Errors
    /// As [`StateDir::beside`].
    pub fn of_rehearsal(&self) -> Result<Self, StateError> {
        Self::at(self.0.join("lab"))
    }

    fn at(path: PathBuf) -> Result<Self, StateError> {
        let io = |source| StateError::Io { path: path.clone(), source };
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(io(error));
            }
            _ => {}
        }
        let mode = fs::metadata(&path).map_err(io)?.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(StateError::Open { path, mode });
        }
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}
