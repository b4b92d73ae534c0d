//! A control group of its own for each host: hosts that share one see each other's processes, and stops fail.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::LabError;
use super::state::Paths;
use crate::names::HostName;

const PARENT: &str = "fleet-lab";

/// The groups of one host, one in each hierarchy that systemd uses: cgroup v2, or the named v1 hierarchy, or both (hybrid).
#[derive(Debug, Clone)]
pub(super) struct Groups {
    dirs: Vec<PathBuf>,
}

/// The mount points of the hierarchies that systemd uses.
fn hierarchies() -> Result<Vec<PathBuf>, LabError> {
    let path = Path::new("/proc/self/mountinfo");
    let text = fs::read_to_string(path).map_err(LabError::io("read", path))?;
    let found = parse(&text);
    if found.is_empty() { Err(LabError::NoCgroup) } else { Ok(found) }
}

fn parse(mountinfo: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for line in mountinfo.lines() {
        // proc(5): fields, " - ", file system type, source, super options.
        let Some((fields, rest)) = line.split_once(" - ") else {
            continue;
        };
        let (Some(point), mut rest) = (fields.split(' ').nth(4), rest.split(' ')) else {
            continue;
        };
        let (kind, options) = (rest.next().unwrap_or_default(), rest.nth(1).unwrap_or_default());
        let wanted = kind == "cgroup2" || (kind == "cgroup" && options.split(',').any(|o| o == "name=systemd"));
        if wanted && point.starts_with("/sys/fs/cgroup") && !found.iter().any(|seen| seen == Path::new(point)) {
            found.push(PathBuf::from(point));
        }
    }
    found
}

/// Names of hosts that have a group, whether or not the lab's state still knows them.
pub(super) fn host_names(paths: &Paths) -> Result<Vec<HostName>, LabError> {
    let mut names = Vec::new();
    for hierarchy in hierarchies()? {
        names.extend(
            children(&hierarchy.join(PARENT).join(&paths.id))
                .iter()
                .filter_map(|dir| dir.file_name().map(|name| HostName::new(name.to_string_lossy()))),
        );
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// Removes the lab's own groups, and the parent of all labs' when it is empty.
pub(super) fn remove_parents(paths: &Paths) -> Result<(), LabError> {
    for hierarchy in hierarchies()? {
        let parent = hierarchy.join(PARENT);
        remove_tree(&parent.join(&paths.id))?;
        if children(&parent).is_empty() {
            remove(&parent)?;
        }
    }
    Ok(())
}

impl Groups {
    /// The groups of a host, whether they exist or not.
    pub(super) fn of(paths: &Paths, host: &HostName) -> Result<Self, LabError> {
        let own = |hierarchy: PathBuf| hierarchy.join(PARENT).join(&paths.id).join(host.as_str());
        Ok(Self { dirs: hierarchies()?.into_iter().map(own).collect() })
    }

    /// Makes them.
    pub(super) fn make(&self) -> Result<(), LabError> {
        for dir in &self.dirs {
            fs::create_dir_all(dir).map_err(LabError::io("make", dir))?;
            // On cgroup v2, what the parent does not hand down is missing in the host. Top first.
            for above in dir.ancestors().skip(1).take(2).collect::<Vec<_>>().into_iter().rev() {
                hand_down(above)?;
            }
        }
        Ok(())
    }

    /// The directories, for the process that is to move in.
    pub(super) fn dirs(&self) -> &[PathBuf] {
        &self.dirs
    }

    /// All processes in them.
    pub(super) fn processes(&self) -> Vec<u32> {
        let mut pids: Vec<u32> = self.dirs.iter().flat_map(|dir| processes(dir)).collect();
        pids.sort_unstable();
        pids.dedup();
        pids
    }

    /// SIGKILL for all, once; what is forked meanwhile needs another call.
    pub(super) fn kill(&self) {
        for dir in &self.dirs {
            let all = dir.join("cgroup.kill");
            if all.exists() {
                // Kernels before 5.14 lack it, and the loop below does the same with more calls.
                let _ = fs::write(&all, "1");
            }
        }
        for pid in self.processes() {
            if let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
                // It may have ended by itself; the caller looks at what is left.
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
    }

    /// Removes them; all processes must have ended.
    pub(super) fn remove(&self) -> Result<(), LabError> {
        self.dirs.iter().try_for_each(|dir| remove_tree(dir))
    }
}

/// cgroup v2: gives children all controllers that this group has. v1 has no such file.
fn hand_down(dir: &Path) -> Result<(), LabError> {
    let control = dir.join("cgroup.subtree_control");
    let Ok(controllers) = fs::read_to_string(dir.join("cgroup.controllers")) else {
        return Ok(());
    };
    let wanted: Vec<_> = controllers.split_whitespace().map(|name| format!("+{name}")).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    fs::write(&control, wanted.join(" ")).map_err(LabError::io("write", &control))
}

fn children(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

fn processes(dir: &Path) -> Vec<u32> {
    // A group that goes away between two calls has no processes.
    let text = fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default();
    let mut pids: Vec<u32> = text.lines().filter_map(|line| line.parse().ok()).collect();
    for child in children(dir) {
        pids.extend(processes(&child));
    }
    pids
}

fn remove_tree(dir: &Path) -> Result<(), LabError> {
    for child in children(dir) {
        remove_tree(&child)?;
    }
    remove(dir)
}

/// A killed process leaves its group a moment after it is gone from `cgroup.procs`.
fn remove(dir: &Path) -> Result<(), LabError> {
    let mut tries = 0;
    loop {
        match fs::remove_dir(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy && tries < 200 => {
                tries += 1;
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            other => return other.map_err(LabError::io("remove", dir)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hierarchies_of_hybrid_and_pure_machines() {
        let hybrid = "30 29 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
            31 29 0:27 / /sys/fs/cgroup/systemd rw shared:9 - cgroup cgroup rw,xattr,name=systemd\n\
            32 29 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        assert_eq!(parse(hybrid), [Path::new("/sys/fs/cgroup/systemd"), Path::new("/sys/fs/cgroup/unified")]);
        let pure = "32 29 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
        assert_eq!(parse(pure), [Path::new("/sys/fs/cgroup")]);
    }
}
