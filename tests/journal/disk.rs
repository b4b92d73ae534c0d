//! Small disks of their own.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A mounted file system that holds next to nothing; it goes with its last use.
pub(crate) struct Disk {
    directory: tempfile::TempDir,
}

impl Disk {
    /// In memory.
    pub(crate) fn tmpfs() -> Self {
        let disk = Self { directory: tempfile::tempdir().unwrap() };
        fs::create_dir(disk.path()).unwrap();
        run("mount", &["-t", "tmpfs", "-o", "size=1m,mode=0700", "fleet-test", disk.path().to_str().unwrap()]);
        disk
    }

    /// In a file: a file system that writes later than it is told.
    pub(crate) fn ext4() -> Self {
        let disk = Self { directory: tempfile::tempdir().unwrap() };
        fs::create_dir(disk.path()).unwrap();
        let image = disk.directory.path().join("image");
        File::create(&image).unwrap().set_len(8 << 20).unwrap();
        run("mkfs.ext4", &["-q", "-F", image.to_str().unwrap()]);
        run("mount", &["-o", "loop", image.to_str().unwrap(), disk.path().to_str().unwrap()]);
        disk
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("disk")
    }

    /// Leaves no room for anything.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        for size in [4096, 1] {
            loop {
                match file.write_all(&vec![b'x'; size]).and_then(|()| file.sync_all()) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }

    pub(crate) fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let path: &Path = &self.path();
        let _ = Command::new("umount").arg(path).status();
    }
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?} (this test needs root): {said}");
}
