//! Where a lab keeps what: its directories, its records, its locks.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::LabError;
use crate::names::HostName;

const STATE: &str = "/var/lib/fleet-lab";
const RUN: &str = "/run/fleet-lab";
/// Longer than any image takes to build.
const LOCK_LIMIT: Duration = Duration::from_secs(1800);

/// Version of the records below; another one makes a host anew.
pub(super) const FORMAT: u32 = 1;

/// A lab's own record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LabRecord {
    pub(super) format: u32,
    /// First address of its subnet.
    pub(super) subnet: std::net::Ipv4Addr,
}

/// A host's record: written last, so that a host without one is half made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct HostRecord {
    pub(super) format: u32,
    /// Gives the address, and the name of its port on the switch.
    pub(super) index: u32,
    /// Digest of everything that made it.
    pub(super) digest: String,
    /// The image's directories, top first.
    pub(super) layers: Vec<PathBuf>,
}

/// Machine-wide locks and records that a reboot may take.
pub(super) fn run_dir() -> PathBuf {
    PathBuf::from(RUN)
}

/// Held while labs choose what they share: subnets, and the machine's limits.
pub(super) fn machine_lock() -> PathBuf {
    run_dir().join("machine.lock")
}

/// Removes a directory; `false` when something is in it.
pub(super) fn remove_dir_if_empty(dir: &Path) -> Result<bool, LabError> {
    match fs::remove_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
        other => other.map(|()| true).map_err(LabError::io("remove", dir)),
    }
}

/// The directory of all labs.
pub(super) fn labs_dir() -> PathBuf {
    PathBuf::from(STATE)
}

/// The paths of one lab.
#[derive(Debug, Clone)]
pub(super) struct Paths {
    pub(super) id: String,
    pub(super) dir: PathBuf,
}

impl Paths {
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), dir: labs_dir().join(id) }
    }
    pub(super) fn record(&self) -> PathBuf {
        self.dir.join("lab.json")
    }
    pub(super) fn key(&self) -> PathBuf {
        self.dir.join("id_ed25519")
    }
    pub(super) fn switch(&self) -> PathBuf {
        self.dir.join("switch")
    }
    pub(super) fn hosts(&self) -> PathBuf {
        self.dir.join("hosts")
    }
    pub(super) fn host(&self, host: &HostName) -> HostPaths {
        HostPaths { dir: self.hosts().join(host.as_str()) }
    }
    pub(super) fn lock_file(&self) -> PathBuf {
        run_dir().join(format!("{}.lock", self.id))
    }
    /// Six hexadecimal digits for names that are short of room.
    pub(super) fn tag(&self) -> String {
        crate::text::hex(&Sha256::digest(self.id.as_bytes()))[..6].to_owned()
    }
    /// Names of host directories, half-made ones too.
    pub(super) fn host_names(&self) -> Result<Vec<HostName>, LabError> {
        let dir = self.hosts();
        let entries = match fs::read_dir(&dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(LabError::io("list", &dir))?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(LabError::io("list", &dir))?;
            names.push(HostName::new(entry.file_name().to_string_lossy()));
        }
        names.sort();
        Ok(names)
    }
}

/// The paths of one host.
#[derive(Debug, Clone)]
pub(super) struct HostPaths {
    pub(super) dir: PathBuf,
}

impl HostPaths {
    pub(super) fn record(&self) -> PathBuf {
        self.dir.join("host.json")
    }
    pub(super) fn root(&self) -> PathBuf {
        self.dir.join("root")
    }
    pub(super) fn upper(&self) -> PathBuf {
        self.dir.join("upper")
    }
    pub(super) fn work(&self) -> PathBuf {
        self.dir.join("work")
    }
    pub(super) fn netns(&self) -> PathBuf {
        self.dir.join("netns")
    }
    pub(super) fn console(&self) -> PathBuf {
        self.dir.join("console.log")
    }
    /// What was last written into the host's /etc/hosts.
    pub(super) fn hosts_file(&self) -> PathBuf {
        self.dir.join("etc-hosts")
    }
    pub(super) fn lock_file(&self) -> PathBuf {
        self.dir.join("lock")
    }
}

/// A lock that ends with this value, or with the process.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Waits for the lock; `waiting` is told once who holds it.
    pub(super) async fn take(path: &Path, shared: bool, waiting: impl FnOnce(String) + Send) -> Result<Self, LabError> {
        let start = Instant::now();
        let mut waiting = Some(waiting);
        loop {
            if let Some(lock) = Self::try_take(path, shared)? {
                return Ok(lock);
            }
            let holder = fs::read_to_string(path).ok().filter(|text| !text.is_empty()).unwrap_or_else(|| "?".into());
            if start.elapsed() > LOCK_LIMIT {
                let seconds = LOCK_LIMIT.as_secs();
                return Err(LabError::Busy { path: path.to_owned(), holder, seconds });
            }
            if let Some(waiting) = waiting.take() {
                waiting(holder);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn try_take(path: &Path, shared: bool) -> Result<Option<Self>, LabError> {
        if let Some(parent) = path.parent() {
            make_dir(parent)?;
        }
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
        let mut file = match file {
            // The last `down` removed the directory in between.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(LabError::io("open", path))?,
        };
        let kind =
            if shared { FlockOperation::NonBlockingLockShared } else { FlockOperation::NonBlockingLockExclusive };
        match flock(&file, kind) {
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
            other => other.map_err(|errno| LabError::io("lock", path)(errno.into()))?,
        }
        // `down` removes the lock file: a lock on a removed file excludes nobody.
        let ours = file.metadata().map_err(LabError::io("look at", path))?.ino();
        if fs::metadata(path).map(|there| there.ino()).ok() != Some(ours) {
            return Ok(None);
        }
        if !shared {
            let written = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
            written.map_err(LabError::io("write", path))?;
        }
        Ok(Some(Self { file, path: path.to_owned() }))
    }

    /// Removes the lock file and ends the lock; who waits for it makes a new file.
    pub(super) fn remove(self) -> Result<(), LabError> {
        remove_file(&self.path)?;
        drop(self.file);
        Ok(())
    }
}

/// Makes a directory and its parents, 0700.
pub(super) fn make_dir(path: &Path) -> Result<(), LabError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(LabError::io("make", path))
}

/// `None` when there is no such file.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, LabError> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(LabError::io("read", path))?,
    };
    let value = serde_json::from_slice(&text);
    value.map(Some).map_err(|error| LabError::State { path: path.to_owned(), why: error.to_string() })
}

/// Whole or not at all.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), LabError> {
    let text =
        serde_json::to_vec(value).map_err(|error| LabError::State { path: path.to_owned(), why: error.to_string() })?;
    let temporary = path.with_extension("new");
    write_private(&temporary, &text)?;
    fs::rename(&temporary, path).map_err(LabError::io("rename to", path))
}

/// A file that only root can read.
pub(super) fn write_private(path: &Path, content: &[u8]) -> Result<(), LabError> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(content)).map_err(LabError::io("write", path))
}

/// Removes a file; that there is none is fine.
pub(super) fn remove_file(path: &Path) -> Result<(), LabError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(LabError::io("remove", path)),
    }
}

/// The end of a log file, at most 2,000 bytes.
pub(super) fn tail_of(path: &Path) -> String {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        file.seek(io::SeekFrom::Start(size.saturating_sub(2000)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => super::command::tail(&bytes),
        Err(error) => format!("({}: {error})", path.display()),
    }
}

/// The mount points at or below a directory, deepest first.
pub(super) fn mounts_below(dir: &Path) -> Result<Vec<PathBuf>, LabError> {
    let path = Path::new("/proc/self/mountinfo");
    let text = fs::read_to_string(path).map_err(LabError::io("read", path))?;
    let mut found: Vec<_> = mount_points(&text).filter(|point| point.starts_with(dir)).collect();
    found.reverse();
    Ok(found)
}

fn mount_points(mountinfo: &str) -> impl Iterator<Item = PathBuf> {
    // proc(5): the fifth field, with blanks and backslashes as octal escapes.
    mountinfo.lines().filter_map(|line| line.split(' ').nth(4)).map(|point| {
        PathBuf::from(point.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\"))
    })
}

/// Whether something is mounted right there.
pub(super) fn is_mounted(path: &Path) -> Result<bool, LabError> {
    Ok(mounts_below(path)?.iter().any(|point| point == path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_with_blanks() {
        let text = "22 1 0:20 / /a\\040b rw - tmpfs t rw\n23 22 0:21 / /a\\040b/c rw - tmpfs t rw\n";
        assert_eq!(mount_points(text).collect::<Vec<_>>(), [Path::new("/a b"), Path::new("/a b/c")]);
    }

    #[tokio::test]
    async fn a_removed_lock_file_excludes_nobody_and_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = Lock::take(&path, false, |_| {}).await.unwrap();
        assert!(Lock::try_take(&path, false).unwrap().is_none());
        assert!(Lock::try_take(&path, true).unwrap().is_none());
        first.remove().unwrap();
        let second = Lock::take(&path, true, |_| {}).await.unwrap();
        assert!(Lock::try_take(&path, true).unwrap().is_some());
        drop(second);
    }
}
