//! Room on the disk that is kept back for lines to come: a run that has begun can be written down to its end.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

/// What a line may need, in bytes; most need far less.
pub(super) const A_LINE: u64 = 16 * 1024;

/// Room that nobody else can have until it is dropped. It has no name, so a fleet that is killed leaves nothing.
pub(super) struct Reserve {
    _file: File,
}

impl Reserve {
    /// So many bytes in the file system of this directory.
    pub(super) fn of(directory: &Path, bytes: u64) -> io::Result<Self> {
        let file = tempfile::tempfile_in(directory)?;
        match fallocate(&file, FallocateFlags::empty(), 0, bytes) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => fill(&file, bytes)?,
            allocated => allocated?,
        }
        file.sync_all()?;
        Ok(Self { _file: file })
    }
}

/// Where the file system cannot set room aside: bytes that no file system makes small.
fn fill(mut file: &File, bytes: u64) -> io::Result<()> {
    let mut block = [0; 4096];
    for _ in 0..bytes.div_ceil(block.len() as u64) {
        getrandom::fill(&mut block).map_err(io::Error::other)?;
        file.write_all(&block)?;
    }
    Ok(())
}
