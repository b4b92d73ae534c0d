//! `journal/head`: how far the chain had come, kept beside it, so that a cut end shows.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The last line that was written whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// Whose.
    pub(super) writer: String,
    /// Its number.
    pub(super) seq: u64,
    /// SHA-256 of its bytes without the newline, in hexadecimal.
    pub(super) hash: String,
}

/// What stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// This.
    Head(Head),
    /// There is no such file.
    Nothing,
    /// It can't be made out.
    Damaged,
}

/// The file has one size for ever: written anew in place it needs no room on a full disk, and fits one sector.
const SIZE: usize = 256;

/// The most that is read of it.
const MOST: u64 = 4096;

impl Kept {
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let mut bytes = Vec::new();
        match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::Nothing),
            file => file?.take(MOST).read_to_end(&mut bytes)?,
        };
        Ok(serde_json::from_slice(&bytes).map_or(Self::Damaged, Self::Head))
    }

    pub(super) fn head(&self) -> Option<&Head> {
        match self {
            Self::Head(head) => Some(head),
            Self::Nothing | Self::Damaged => None,
        }
    }
}

impl Head {
    /// Puts it into the file, on the disk.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut text = serde_json::to_string(self)?;
        text.extend(std::iter::repeat_n(' ', SIZE.saturating_sub(text.len() + 1)));
        text.push('\n');
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
        file.write_all_at(text.as_bytes(), 0)?;
        file.set_len(text.len() as u64)?;
        file.sync_all()
    }
}
