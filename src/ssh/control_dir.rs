//! The directory of the control sockets: private, short, free of what dead masters left.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout};

use super::error::SshErrorKind;

/// The longest path of the directory in bytes: a socket's name takes 17 more, ssh's temporary suffix another 17, and
/// `sun_path` ends at 108 bytes (104 on macOS).
const LONGEST: usize = if cfg!(target_os = "macos") { 57 } else { 61 };

/// A temporary socket of ssh that is older than this belongs to no start under way.
const ABANDONED: Duration = Duration::from_secs(120);

/// Where control sockets live unless told otherwise: `$XDG_RUNTIME_DIR/fleet`, else `fleet-UID` in the temporary directory.
pub fn default_control_dir() -> PathBuf {
    let ours = format!("fleet-{}", rustix::process::geteuid().as_raw());
    let runtime =
        std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|dir| dir.is_absolute() && dir.is_dir());
    let dir = match runtime {
        Some(dir) => dir.join("fleet"),
        None => std::env::temp_dir().join(&ours),
    };
    if dir.as_os_str().len() <= LONGEST { dir } else { Path::new("/tmp").join(ours) }
}

/// A checked control directory.
#[derive(Clone, Debug)]
pub(crate) struct ControlDir(PathBuf);

impl ControlDir {
    /// Makes the directory where it is missing, and checks that it is ours alone.
    pub(crate) fn open(path: &Path) -> Result<Self, SshErrorKind> {
        let bad = |why: String| SshErrorKind::ControlDir { path: path.to_owned(), why };
        if !path.is_absolute() {
            return Err(bad("the path is not absolute".to_owned()));
        }
        let length = path.as_os_str().len();
        if length > LONGEST {
            return Err(bad(format!("the path has {length} bytes, sockets leave room for {LONGEST}")));
        }
        match path.to_str() {
            Some(text) if !text.contains("${") && !text.contains(['"', '\\', '\n', '%']) => {}
            _ => {
                return Err(bad("ssh takes no such characters in the path of a socket".to_owned()));
            }
        }
        match DirBuilder::new().mode(0o700).recursive(false).create(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(bad(error.to_string())),
        }
        let metadata = fs::symlink_metadata(path).map_err(|error| bad(error.to_string()))?;
        if !metadata.is_dir() {
            return Err(bad("it is not a directory".to_owned()));
        }
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err(bad(format!("it belongs to user {}", metadata.uid())));
        }
        if metadata.mode() & 0o077 != 0 {
            return Err(bad(format!("its mode is {:04o}", metadata.mode() & 0o7777)));
        }
        Ok(Self(path.to_owned()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn socket(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Waits until no other process starts or stops the master of this name.
    pub(crate) async fn lock(&self, name: &str, limit: Duration) -> Result<Lock, SshErrorKind> {
        let path = self.0.join(format!("{name}.lock"));
        let bad = |why: String| SshErrorKind::ControlDir { path: path.clone(), why };
        let deadline = Instant::now() + limit;
        loop {
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&path)
                .map_err(|error| bad(error.to_string()))?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                // The holder before us removes the file: the lock counts only on the file that the path still names.
                Ok(()) if same_file(&file, &path) => return Ok(Lock { path, file }),
                Ok(()) => continue,
                Err(rustix::io::Errno::WOULDBLOCK) => {}
                Err(error) => return Err(bad(error.to_string())),
            }
            if Instant::now() > deadline {
                return Err(bad("another process has been connecting for too long".to_owned()));
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// The names of all control sockets, whether their masters live or not.
    pub(crate) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            if let Some(name) = entry.file_name().to_str()
                && is_name(name)
                && entry.file_type()?.is_socket()
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Removes sockets whose masters died, and what killed starts left.
    pub(crate) async fn clean(&self) -> io::Result<()> {
        for name in self.names()? {
            let path = self.socket(&name);
            if refuses(&path).await
                && let Ok(_lock) = self.lock(&name, Duration::ZERO).await
                && refuses(&path).await
            {
                remove(&path)?;
            }
        }
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let Some((start, rest)) = name.split_once('.') else {
                continue;
            };
            if !is_name(start) {
                continue;
            }
            if rest == "lock" {
                // Taking and dropping a free lock removes its file.
                drop(self.lock(start, Duration::ZERO).await);
            } else {
                let age = entry
                    .metadata()
                    .and_then(|m| m.modified())
                    .map(|at| SystemTime::now().duration_since(at).unwrap_or_default());
                if age.is_ok_and(|age| age > ABANDONED) {
                    // A log of a proxy may be open still: then only its name goes.
                    remove(&entry.path())?;
                }
            }
        }
        Ok(())
    }
}

/// Held while a master is started or stopped; its file goes with it.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// The lock once more, as a stdin: a child that has it holds the lock by itself, even when we are killed.
    pub(crate) fn share(&self) -> io::Result<Stdio> {
        Ok(Stdio::from(self.file.try_clone()?))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Best effort: a lock file that stays is removed by the next clean-up.
        let _gone = fs::remove_file(&self.path);
    }
}

fn same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(named)) => ours.ino() == named.ino() && ours.dev() == named.dev(),
        _ => false,
    }
}

fn is_name(name: &str) -> bool {
    name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether nobody listens on the socket any more.
async fn refuses(path: &Path) -> bool {
    match timeout(Duration::from_millis(500), UnixStream::connect(path)).await {
        Ok(Err(error)) => error.kind() == io::ErrorKind::ConnectionRefused,
        Ok(Ok(_)) | Err(_) => false,
    }
}

pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;

    fn why(path: &Path) -> String {
        match ControlDir::open(path) {
            Err(SshErrorKind::ControlDir { why, .. }) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_a_short_private_directory_will_do() {
        let base = tempfile::tempdir_in("/tmp").unwrap();
        let dir = base.path().join("c");
        ControlDir::open(&dir).unwrap();
        assert_eq!(fs::metadata(&dir).unwrap().mode() & 0o7777, 0o700);
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o750)).unwrap();
        assert!(why(&dir).contains("0750"));
        assert!(why(&base.path().join("x".repeat(80))).contains("61"));
        std::os::unix::fs::symlink(base.path(), base.path().join("link")).unwrap();
        assert!(why(&base.path().join("link")).contains("not a directory"));
        assert!(why(Path::new("relative")).contains("absolute"));
        assert!(why(&base.path().join("no/where")).contains("No such file"));
    }

    #[tokio::test]
    async fn what_dead_masters_left_is_removed_and_live_ones_stay() {
        let base = tempfile::tempdir_in("/tmp").unwrap();
        let dir = ControlDir::open(&base.path().join("c")).unwrap();
        let dead = dir.socket("00000000000000aa");
        let live = dir.socket("00000000000000bb");
        drop(UnixListener::bind(&dead).unwrap());
        let _listener = UnixListener::bind(&live).unwrap();
        fs::write(dir.path().join("00000000000000cc.lock"), "").unwrap();
        let held = dir.lock("00000000000000dd", Duration::ZERO).await.unwrap();
        dir.clean().await.unwrap();
        assert!(!dead.exists() && live.exists());
        assert!(!dir.path().join("00000000000000cc.lock").exists());
        assert!(dir.path().join("00000000000000dd.lock").exists());
        assert!(dir.lock("00000000000000dd", Duration::from_millis(50)).await.is_err());
        drop(held);
        dir.lock("00000000000000dd", Duration::ZERO).await.unwrap();
    }
}
