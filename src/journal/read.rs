//! The lines of the file as they stand, one at a time: a journal of years is never in memory as a whole.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Seek as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::error::JournalError;

/// How much of the file is read at once, in bytes.
const PIECE: usize = 256 * 1024;

/// A line as it stands in the file.
pub struct Raw<'a> {
    /// Counted from 1.
    pub number: u64,
    /// Its bytes, without the newline.
    pub bytes: &'a [u8],
    /// Whether there is a newline behind it: only the last line may have none.
    pub ended: bool,
}

/// The lines of a journal.
pub struct RawLines {
    path: PathBuf,
    /// `None`: there is no file yet.
    file: Option<File>,
}

impl RawLines {
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            file => Some(file.map_err(JournalError::at("read", path))?),
        };
        Ok(Self { path: path.to_owned(), file })
    }

    /// Keeps others from appending while this is alive: what is read then is no half of anything.
    pub(super) fn locked(self) -> Result<Self, JournalError> {
        if let Some(file) = &self.file {
            let locked = flock(file, FlockOperation::LockShared);
            locked.map_err(|error| JournalError::at("lock", &self.path)(error.into()))?;
        }
        Ok(self)
    }

    /// Hands over each line, from the first on.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn each(&self, hear: impl FnMut(&Raw<'_>)) -> Result<(), JournalError> {
        let Some(file) = &self.file else { return Ok(()) };
        each_of(file, hear).map_err(JournalError::at("read", &self.path))
    }
}

fn each_of(mut file: &File, mut hear: impl FnMut(&Raw<'_>)) -> io::Result<()> {
    file.rewind()?;
    let mut reader = BufReader::with_capacity(PIECE, file);
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let ended = bytes.pop_if(|last| *last == b'\n').is_some();
        hear(&Raw { number, bytes: &bytes, ended });
    }
    Ok(())
}
