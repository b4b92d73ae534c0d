//! What can go wrong in the lab, with a stable code and a next step for each.

use std::fmt::Write as _;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::names::HostName;

/// An error of the lab.
#[derive(Debug, Error)]
pub enum LabError {
    /// The lab needs Linux: namespaces, overlayfs, systemd-nspawn.
    #[error("the lab needs Linux, and this is {os}")]
    NotLinux {
        /// What this machine runs, as Rust names it.
        os: &'static str,
    },
    /// The lab mounts file systems and makes network namespaces, which only root may.
    #[error("the lab needs root, and this is user id {uid}")]
    NotRoot {
        /// The effective user id.
        uid: u32,
    },
    /// Tools that are not installed.
    #[error("the lab needs tools that are not installed: {}", tools.join(", "))]
    MissingTools {
        /// The commands not found.
        tools: Vec<String>,
        /// The Debian packages that bring them.
        packages: Vec<String>,
    },
    /// A name that can't be a lab's or a lab host's.
    #[error("{name:?} can't be {what}: {why}")]
    BadName {
        /// What the name was meant for.
        what: &'static str,
        /// The name.
        name: String,
        /// Which rule it breaks.
        why: &'static str,
    },
    /// A host specification that can't be built.
    #[error("lab host {host}: {why}")]
    BadSpec {
        /// Which host.
        host: HostName,
        /// What is wrong with it.
        why: String,
    },
    /// More hosts than a lab's subnet has addresses.
    #[error("a lab has room for {most} hosts, and {wanted} are wanted")]
    TooManyHosts {
        /// The number of hosts asked for.
        wanted: usize,
        /// The number of addresses.
        most: usize,
    },
    /// Every candidate subnet overlaps with a route of this machine.
    #[error("no private subnet is free: every candidate overlaps with a route of this machine")]
    NoSubnet,
    /// apt on this machine knows no source for the suite.
    #[error("apt on this machine has no source for the suite {suite:?} with the component main")]
    NoAptSource {
        /// The suite, such as `bookworm`.
        suite: String,
    },
    /// Another process works on the same lab (or builds the same image) and does not end.
    #[error("process {holder} holds {} for {seconds} s", path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// Process id of the holder as it wrote it down, or `?`.
        holder: String,
        /// How long was waited.
        seconds: u64,
    },
    /// There is no such lab, or it is down.
    #[error("the lab {lab} is not up")]
    NoLab {
        /// The lab's id.
        lab: String,
    },
    /// The lab has no such host.
    #[error("the lab {lab} has no host {host}")]
    NoHost {
        /// The lab's id.
        lab: String,
        /// The host asked for.
        host: HostName,
    },
    /// The host exists, but its container does not run.
    #[error("lab host {host} is not running")]
    NotRunning {
        /// Which host.
        host: HostName,
    },
    /// The container ended or hung before its boot was finished.
    #[error("lab host {host} did not boot: {why}")]
    NotBooted {
        /// Which host.
        host: HostName,
        /// Its last state, with the end of its console.
        why: String,
    },
    /// The host has booted, and its sshd does not answer this machine.
    #[error("lab host {host} cannot be reached at {address}: {why}")]
    NotReachable {
        /// Which host.
        host: HostName,
        /// Its address.
        address: Ipv4Addr,
        /// What came of the last try.
        why: String,
    },
    /// Processes of a host survive SIGKILL.
    #[error("{} processes of lab host {host} survive SIGKILL, such as {}", pids.len(), pids.first().copied().unwrap_or_default())]
    Unkillable {
        /// Which host.
        host: HostName,
        /// The surviving processes.
        pids: Vec<u32>,
    },
    /// This machine has neither the named systemd cgroup hierarchy nor cgroup v2.
    #[error("no cgroup hierarchy that systemd can use is mounted under /sys/fs/cgroup")]
    NoCgroup,
    /// A command failed.
    #[error("failed to {what}: {why}")]
    Command {
        /// What it was to do.
        what: String,
        /// Exit status and the end of its stderr.
        why: String,
    },
    /// A file of the lab could not be read or written.
    #[error("failed to {what} {}: {source}", path.display())]
    Io {
        /// What was tried, such as `read`.
        what: &'static str,
        /// On which path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A state file that is not the lab's own.
    #[error("{} is not a state file of this version: {why}", path.display())]
    State {
        /// Which file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// Some hosts failed; the others are up.
    #[error("{}", several(failures))]
    Hosts {
        /// Each failed host and its error.
        failures: Vec<(HostName, LabError)>,
    },
}

fn several(failures: &[(HostName, LabError)]) -> String {
    let mut text = format!("{} lab hosts failed", failures.len());
    for (host, error) in failures {
        // Writing to a String can't fail.
        let _ = write!(text, "; {host}: {error}");
    }
    text
}

impl LabError {
    pub(super) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }

    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotLinux { .. } => "lab-not-linux",
            Self::NotRoot { .. } => "lab-not-root",
            Self::MissingTools { .. } => "lab-missing-tools",
            Self::BadName { .. } => "lab-bad-name",
            Self::BadSpec { .. } => "lab-bad-spec",
            Self::TooManyHosts { .. } => "lab-too-many-hosts",
            Self::NoSubnet => "lab-no-subnet",
            Self::NoAptSource { .. } => "lab-no-apt-source",
            Self::Busy { .. } => "lab-busy",
            Self::NoLab { .. } => "lab-down",
            Self::NoHost { .. } => "lab-no-host",
            Self::NotRunning { .. } => "lab-host-not-running",
            Self::NotBooted { .. } => "lab-host-not-booted",
            Self::NotReachable { .. } => "lab-host-not-reachable",
            Self::Unkillable { .. } => "lab-unkillable",
            Self::NoCgroup => "lab-no-cgroup",
            Self::Command { .. } => "lab-command-failed",
            Self::Io { .. } => "lab-io",
            Self::State { .. } => "lab-bad-state",
            Self::Hosts { .. } => "lab-hosts-failed",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::NotLinux { .. } => "run the lab on a Linux machine or in a virtual one".into(),
            Self::NotRoot { .. } => "run it again with sudo".into(),
            Self::MissingTools { packages, .. } => format!("apt-get install {}", packages.join(" ")),
            Self::BadName { .. } | Self::BadSpec { .. } => "change the inventory, then run `fleet lab up` again".into(),
            Self::TooManyHosts { .. } => "limit the lab to fewer hosts".into(),
            Self::NoSubnet => {
                "look at `ip route`: a range of 10/8, 172.16/12, 192.168/16 or 198.18/15 must be free".into()
            }
            Self::NoAptSource { .. } => "add one to /etc/apt/sources.list, then `apt-get update`".into(),
            Self::Busy { .. } => "wait for it to end, or end it".into(),
            Self::NoLab { .. } | Self::NoHost { .. } | Self::NotRunning { .. } => "`fleet lab up` brings it up".into(),
            Self::NotBooted { host, .. } => {
                format!("`fleet lab up` tries again; the host's journal is under var/log/journal in the root of {host}")
            }
            Self::NotReachable { .. } => {
                "see whether a firewall, here or on the host, drops what goes to its port 22".into()
            }
            Self::Unkillable { .. } => "they hang in the kernel: look at `dmesg`, then `fleet lab down` again".into(),
            Self::NoCgroup => "mount cgroup2 on /sys/fs/cgroup".into(),
            Self::Command { .. } | Self::Io { .. } | Self::Hosts { .. } => {
                "`fleet lab up` repairs what is left, `fleet lab down` removes it".into()
            }
            Self::State { .. } => "`fleet lab down` removes the lab, `fleet lab up` makes it anew".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_tools_name_their_packages() {
        let error =
            LabError::MissingTools { tools: vec!["ip".into(), "tar".into()], packages: vec!["iproute2".into()] };
        assert_eq!(error.to_string(), "the lab needs tools that are not installed: ip, tar");
        assert_eq!((error.code(), error.hint().as_str()), ("lab-missing-tools", "apt-get install iproute2"));
    }
}
