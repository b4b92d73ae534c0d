//! The challenge journal: each TXT value is written down before it is added, so that one that nobody removed is removed by the next run.
//!
//! Each entry is a small file that the process holds locked as long as it lives (flock(2)): what is not locked was left behind.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::error::DnsError;

/// The format that this version writes and reads.
pub const SCHEMA: &str = "fleet/challenge/v1";

/// Where locks of another machine may not show (a directory that is shared or copied), age tells: no order waits so long.
const ELSEWHERE: SignedDuration = SignedDuration::from_hours(1);

/// One value that may stand in DNS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// [`SCHEMA`].
    pub schema: String,
    /// The provider's name in the inventory.
    pub dns: String,
    /// The name that holds it.
    pub fqdn: String,
    /// The value; it is public.
    pub value: String,
    /// When it was about to be added.
    pub time: Timestamp,
    /// By which machine.
    pub machine: String,
}

/// The entries in a directory.
#[derive(Clone, Debug)]
pub struct Journal {
    directory: PathBuf,
}

/// An entry that this process holds.
#[derive(Debug)]
pub(super) struct Held {
    path: PathBuf,
    /// Locked until it is closed.
    file: File,
    pub(super) entry: Entry,
}

impl Journal {
    /// The journal in a state directory (`.fleet`); nothing is written yet.
    pub fn of(state: &Path) -> Self {
        Self { directory: state.join("challenges") }
    }

    /// The values that no living process looks after, oldest first.
    pub fn left_behind(&self) -> Result<Vec<Entry>, DnsError> {
        Ok(self.take_left_behind()?.iter().map(|held| held.entry.clone()).collect())
    }

    /// Writes an entry down, whole, fsynced and locked before anybody can see it.
    pub(super) fn begin(&self, dns: &str, fqdn: &str, value: &str) -> Result<Held, DnsError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.directory);
        made.map_err(|error| at("create", &self.directory, &error))?;
        let entry = Entry {
            schema: SCHEMA.to_owned(),
            dns: dns.to_owned(),
            fqdn: fqdn.to_owned(),
            value: value.to_owned(),
            time: Timestamp::now(),
            machine: machine(),
        };
        let bytes = serde_json::to_vec(&entry).map_err(|error| at("write", &self.directory, &error.into()))?;
        let write = || -> io::Result<(PathBuf, File)> {
            let mut file = tempfile::Builder::new().prefix("challenge-").suffix(".new").tempfile_in(&self.directory)?;
            flock(file.as_file(), FlockOperation::LockExclusive)?;
            file.write_all(&bytes)?;
            file.as_file().sync_all()?;
            let path = file.path().with_extension("json");
            let file = file.persist_noclobber(&path).map_err(|error| error.error)?;
            // The new name must survive a power cut as the bytes do.
            File::open(&self.directory)?.sync_all()?;
            Ok((path, file))
        };
        let (path, file) = write().map_err(|error| at("write", &self.directory, &error))?;
        Ok(Held { path, file, entry })
    }

    /// As [`Journal::left_behind`], and holds them, so that two runs never clean the same.
    pub(super) fn take_left_behind(&self) -> Result<Vec<Held>, DnsError> {
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| at("read", &self.directory, &error))?,
        };
        let (machine, now) = (machine(), Timestamp::now());
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| at("read", &self.directory, &error))?.path();
            // Others are being written, or were left by a fleet that was killed at that: then nothing was added.
            if path.extension().is_some_and(|extension| extension == "json")
                && let Some(held) = take(&path).map_err(|error| at("read", &path, &error))?
                && is_left_behind(&held.entry, &machine, now)
            {
                found.push(held);
            }
        }
        found.sort_by(|a, b| (a.entry.time, &a.path).cmp(&(b.entry.time, &b.path)));
        Ok(found)
    }
}

impl Held {
    /// Strikes it out: its value is gone from DNS.
    pub(super) fn end(self) -> Result<(), DnsError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at("remove", &self.path, &error)),
            _ => Ok(()),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Closing is not enough: a child that is just being started has the file open until its exec. The lock goes with the process at the latest.
        let _unlocked = flock(&self.file, FlockOperation::Unlock);
    }
}

/// The entry, locked; none where somebody holds it, or has just removed it.
fn take(path: &Path) -> io::Result<Option<Held>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() || file.metadata()?.nlink() == 0 {
        return Ok(None);
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let entry = serde_json::from_str(&text)?;
    Ok(Some(Held { path: path.to_owned(), file, entry }))
}

fn is_left_behind(entry: &Entry, machine: &str, now: Timestamp) -> bool {
    entry.machine == machine || now.duration_since(entry.time) > ELSEWHERE
}

fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn at(what: &'static str, path: &Path, error: &io::Error) -> DnsError {
    DnsError::Journal { what, path: path.to_owned(), why: crate::text::system_words(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn an_entry_is_private_and_ends_with_its_value() {
        let state = tempfile::tempdir().unwrap();
        let journal = Journal::of(state.path());
        let held = journal.begin("main", "_acme-challenge.example.org", "value").unwrap();
        let path = held.path.clone();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&journal.directory).unwrap().permissions().mode() & 0o777, 0o700);
        held.end().unwrap();
        assert!(!path.exists());
        assert_eq!(fs::read_dir(&journal.directory).unwrap().count(), 0);
    }

    #[test]
    fn what_a_living_process_looks_after_is_not_left_behind() {
        let state = tempfile::tempdir().unwrap();
        let (journal, other) = (Journal::of(state.path()), Journal::of(state.path()));
        assert_eq!(other.left_behind().unwrap(), []);
        let held = journal.begin("main", "a.example.org", "value").unwrap();
        let entry = held.entry.clone();
        assert_eq!(other.left_behind().unwrap(), []);
        drop(held);
        assert_eq!(other.left_behind().unwrap(), std::slice::from_ref(&entry));
        let taken = journal.take_left_behind().unwrap();
        assert_eq!(other.left_behind().unwrap(), [], "another run cleans it now");
        drop(taken);
        assert_eq!(other.left_behind().unwrap(), [entry]);
    }

    #[test]
    fn another_machines_entry_is_left_behind_once_it_is_old() {
        let time = Timestamp::UNIX_EPOCH;
        let entry = Entry {
            schema: SCHEMA.to_owned(),
            dns: "main".to_owned(),
            fqdn: "a.example.org".to_owned(),
            value: "value".to_owned(),
            time,
            machine: "laptop".to_owned(),
        };
        let minutes = |minutes| time + SignedDuration::from_mins(minutes);
        assert!(is_left_behind(&entry, "laptop", minutes(0)));
        assert!(!is_left_behind(&entry, "desk", minutes(59)));
        assert!(is_left_behind(&entry, "desk", minutes(61)));
    }

    #[test]
    fn a_broken_entry_is_told() {
        let state = tempfile::tempdir().unwrap();
        let journal = Journal::of(state.path());
        fs::create_dir(&journal.directory).unwrap();
        fs::write(journal.directory.join("x.json"), "{").unwrap();
        assert_eq!(journal.left_behind().unwrap_err().code(), "challenge-journal");
    }
}
