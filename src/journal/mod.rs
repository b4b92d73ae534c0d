//! Who changed what, from what, to what: a line for each host and run, here and on the host.
//!
//! The local journal is a file of JSON lines in the state directory, appended to and fsynced under a lock, each line
//! chained to the one before. Before a host changes, a line says that it is about to; where the ending is not known yet
//! (fleet was killed, the link was lost), a marker in `pending/` keeps the question open until the host is next looked at.
//!
//! The chain ([`Chain`]) shows each edit of the file to whoever cannot also rewrite all later lines and `journal/head`.
//! Whoever can is found by the hosts, which keep the lines that concern them: [`Journal::against_hosts`].

mod append;
mod error;
mod head;
pub mod incident;
mod line;
mod pick;
mod read;
mod reserve;
mod state;
#[cfg(test)]
mod tests;
pub mod verify;
mod walk;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{FlockOperation, flock};

pub use error::JournalError;
pub use line::{About, Chain, Happening, IncidentEvent, Line, Noticed, Reading, SCHEMA, UNCHAINED};
pub use pick::{Picked, Wanted};
pub use read::{Raw, RawLines};
pub use state::{StateDir, StateError};

use crate::names::HostName;
use reserve::Reserve;

/// The local journal.
pub struct Journal {
    file: PathBuf,
    head: PathBuf,
    pending: PathBuf,
    /// The markers of this process, locked: what another process may not take for left behind.
    held: Mutex<BTreeMap<PathBuf, File>>,
    /// Room for the lines that are still to come.
    reserve: Mutex<Option<Reserve>>,
}

impl Journal {
    /// The journal in a state directory; nothing is written yet.
    pub fn of(state: &StateDir) -> Self {
        let directory = state.path().join("journal");
        Self {
            file: directory.join("journal.jsonl"),
            head: directory.join("head"),
            pending: state.path().join("pending"),
            held: Mutex::default(),
            reserve: Mutex::default(),
        }
    }

    /// Sets room aside on the disk for so many lines, until this journal is dropped: a run that begins can be recorded to
    /// its end, though the disk gets full meanwhile. What was set aside before is given back.
    ///
    /// # Errors
    /// When there is no such room (`journal-full`): then nothing may change.
    pub fn reserve(&self, lines: usize) -> Result<(), JournalError> {
        create_parent(&self.file)?;
        let mut reserve = self.reserve.lock().unwrap_or_else(PoisonError::into_inner);
        *reserve = None;
        let directory = self.file.parent().unwrap_or(&self.file);
        let bytes = reserve::A_LINE.saturating_mul(lines as u64);
        *reserve = Some(Reserve::of(directory, bytes).map_err(JournalError::at("set room aside for", &self.file))?);
        Ok(())
    }

    /// Records that a host is about to change, and returns the line as it stands in the journal, with its place in the
    /// chain: the host is to get the same one, see [`Line::head`].
    ///
    /// # Errors
    /// When it cannot be written and fsynced: then nothing may change.
    pub fn begin(&self, line: &Line) -> Result<Line, JournalError> {
        let (marker, file) = self.with_room(|| self.mark(line))?;
        self.held().insert(marker, file);
        self.append(line)
    }

    /// Records what became of it. An `unknown` outcome keeps the question open.
    ///
    /// # Errors
    /// When it cannot be written; the question then stays open too.
    pub fn end(&self, line: &Line) -> Result<(), JournalError> {
        self.append(line)?;
        if line.outcome.as_deref() != Some("unknown") {
            let marker = self.marker(line);
            match fs::remove_file(&marker) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(JournalError::at("remove", &marker)(error));
                }
                _ => {}
            }
        }
        self.held().remove(&self.marker(line));
        Ok(())
    }

    /// Records what was done elsewhere than on a host, and is over; or what concerns the run as a whole.
    ///
    /// # Errors
    /// When it cannot be written and fsynced.
    pub fn note(&self, line: &Line) -> Result<(), JournalError> {
        self.append(line).map(|_| ())
    }

    /// The hosts whose last runs have no known ending, as those runs began; not those that a living fleet works on.
    ///
    /// # Errors
    /// When the markers cannot be read.
    pub fn pending(&self) -> Result<Vec<Line>, JournalError> {
        let entries = match fs::read_dir(&self.pending) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(JournalError::at("read", &self.pending))?,
        };
        let mut lines: Vec<Line> = Vec::new();
        for entry in entries {
            let path = entry.map_err(JournalError::at("read", &self.pending))?.path();
            let at = JournalError::at("read", &path);
            if path.extension().is_none_or(|extension| extension != "json") {
                // Being written, or left by a fleet that was killed at that.
                continue;
            }
            let mut file = match File::open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                file => file.map_err(at)?,
            };
            if flock(&file, FlockOperation::NonBlockingLockShared).is_err() {
                continue;
            }
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(JournalError::at("read", &path))?;
            let line = serde_json::from_str(&text).map_err(io::Error::other);
            lines.push(line.map_err(JournalError::at("read", &path))?);
        }
        lines.sort_by(|a, b| (a.time, &a.host).cmp(&(b.time, &b.host)));
        Ok(lines)
    }

    /// All whole lines that this version knows, in the order in which they were written.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self) -> Result<Vec<Line>, JournalError> {
        let mut lines = Vec::new();
        self.raw()?.each(|raw| {
            if let Reading::Line(line) = Reading::of(raw.bytes) {
                lines.push(*line);
            }
        })?;
        Ok(lines)
    }

    /// The lines as they stand in the file, one at a time.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn raw(&self) -> Result<RawLines, JournalError> {
        RawLines::open(&self.file)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<PathBuf, File>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn marker(&self, line: &Line) -> PathBuf {
        let host = line.host.as_ref().map_or("", HostName::as_str);
        self.pending.join(format!("{}.{host}.json", line.run))
    }

    /// Whole or not there, and locked before anybody can see it.
    fn mark(&self, line: &Line) -> Result<(PathBuf, File), JournalError> {
        let marker = self.marker(line);
        create_parent(&marker)?;
        let fail = || JournalError::at("write", &marker);
        let mut file = tempfile::NamedTempFile::new_in(&self.pending).map_err(fail())?;
        flock(file.as_file(), FlockOperation::LockExclusive).map_err(|error| fail()(error.into()))?;
        let bytes = serde_json::to_vec(line).map_err(|error| fail()(error.into()))?;
        file.write_all(&bytes).map_err(fail())?;
        file.as_file().sync_all().map_err(fail())?;
        let file = file.persist(&marker).map_err(|error| fail()(error.error))?;
        Ok((marker, file))
    }

    fn append(&self, line: &Line) -> Result<Line, JournalError> {
        create_parent(&self.file)?;
        self.with_room(|| append::append(&self.file, &self.head, line))
    }

    /// Where the disk is full, what was set aside is given back, and it is tried once more.
    fn with_room<T>(&self, write: impl Fn() -> Result<T, JournalError>) -> Result<T, JournalError> {
        match write() {
            Err(error) if error.code() == "journal-full" => {
                let reserve = self.reserve.lock().unwrap_or_else(PoisonError::into_inner).take();
                if reserve.is_none() {
                    return Err(error);
                }
                drop(reserve);
                write()
            }
            written => written,
        }
    }
}

fn create_parent(path: &Path) -> Result<(), JournalError> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(JournalError::at("create", parent))
}
