//! What the lab needs of this machine, and the one limit that it may have to raise.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::command::PATH;
use super::error::LabError;
use super::state;

/// Each command and the Debian package that brings it.
const TOOLS: &[(&str, &str)] = &[
    ("apt-get", "apt"),
    ("chattr", "e2fsprogs"),
    ("chroot", "coreutils"),
    ("dpkg", "dpkg"),
    ("ip", "iproute2"),
    ("mmdebstrap", "mmdebstrap"),
    ("mount", "mount"),
    ("nsenter", "util-linux"),
    ("setpriv", "util-linux"),
    ("setsid", "util-linux"),
    ("ssh-keygen", "openssh-client"),
    ("systemd-nspawn", "systemd-container"),
    ("tar", "tar"),
    ("umount", "mount"),
    ("unshare", "util-linux"),
];

/// The Debian packages that a machine needs to run the lab.
pub fn required_packages() -> &'static [&'static str] {
    &[
        "apt",
        "ca-certificates",
        "coreutils",
        "dpkg",
        "e2fsprogs",
        "iproute2",
        "mmdebstrap",
        "mount",
        "openssh-client",
        "systemd-container",
        "tar",
        "util-linux",
    ]
}

/// Linux, root, and every tool: else one error that says all that is missing.
pub(super) fn check() -> Result<(), LabError> {
    if !cfg!(target_os = "linux") {
        return Err(LabError::NotLinux { os: std::env::consts::OS });
    }
    check_root()?;
    let missing: Vec<_> = TOOLS.iter().filter(|(tool, _)| !installed(tool)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: BTreeSet<_> = missing.iter().map(|(_, package)| (*package).to_owned()).collect();
    Err(LabError::MissingTools {
        tools: missing.iter().map(|(tool, _)| (*tool).to_owned()).collect(),
        packages: packages.into_iter().collect(),
    })
}

/// The state of a lab is root's alone, so that even a look needs root.
pub(super) fn check_root() -> Result<(), LabError> {
    let uid = rustix::process::geteuid();
    if uid.is_root() { Ok(()) } else { Err(LabError::NotRoot { uid: uid.as_raw() }) }
}

fn installed(tool: &str) -> bool {
    PATH.split(':').any(|dir| Path::new(dir).join(tool).is_file())
}

const INOTIFY: &str = "/proc/sys/fs/inotify/max_user_instances";
/// systemd, journald, logind, dbus, udev and a few services of one host: measured 6 to 9.
const INSTANCES_PER_HOST: u64 = 12;

/// What `max_user_instances` was before a lab raised it; lives in /run, as the setting itself does not survive a reboot.
#[derive(Debug, Serialize, Deserialize)]
struct Raised {
    before: u64,
    set: u64,
}

fn record() -> PathBuf {
    state::run_dir().join("inotify.json")
}

/// Raises `fs.inotify.max_user_instances` if `hosts` more hosts may not fit; what it was and what it is now.
///
/// The limit counts a user's instances on the whole machine: without this, dozens of hosts boot degraded.
pub(super) fn make_room(hosts: usize) -> Result<Option<(u64, u64)>, LabError> {
    let path = Path::new(INOTIFY);
    let now = read_number(path)?;
    let need = instances_in_use() + INSTANCES_PER_HOST * hosts as u64;
    if now >= need {
        return Ok(None);
    }
    let set = need.max(8192);
    // An earlier lab's record holds the machine's own value: keep that one.
    let before = match state::read_json::<Raised>(&record())? {
        Some(raised) if raised.set == now => raised.before,
        _ => now,
    };
    state::write_json(&record(), &Raised { before, set })?;
    fs::write(path, set.to_string()).map_err(LabError::io("write", path))?;
    Ok(Some((now, set)))
}

/// Puts the limit back, unless somebody else has changed it since; call when the last lab is gone.
pub(super) fn restore() -> Result<Option<(u64, u64)>, LabError> {
    let Some(raised) = state::read_json::<Raised>(&record())? else {
        return Ok(None);
    };
    let path = Path::new(INOTIFY);
    let now = read_number(path)?;
    let put_back = now == raised.set;
    if put_back {
        fs::write(path, raised.before.to_string()).map_err(LabError::io("write", path))?;
    }
    state::remove_file(&record())?;
    Ok(put_back.then_some((now, raised.before)))
}

fn read_number(path: &Path) -> Result<u64, LabError> {
    let text = fs::read_to_string(path).map_err(LabError::io("read", path))?;
    text.trim().parse().map_err(|_| LabError::State { path: path.to_owned(), why: format!("not a number: {text:?}") })
}

/// inotify instances on the machine, of all users: an upper bound for any one. Processes that end meanwhile are left out.
fn instances_in_use() -> u64 {
    let Ok(processes) = fs::read_dir("/proc") else {
        return 0;
    };
    processes
        .flatten()
        .filter_map(|process| fs::read_dir(process.path().join("fd")).ok())
        .flat_map(Iterator::flatten)
        .filter(|fd| fs::read_link(fd.path()).is_ok_and(|target| target.as_os_str() == "anon_inode:inotify"))
        .count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_comes_with_a_required_package() {
        for (tool, package) in TOOLS {
            assert!(required_packages().contains(package), "{tool} needs {package}");
        }
    }
}
