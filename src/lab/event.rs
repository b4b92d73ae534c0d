//! What the lab tells its caller while it works, and what it shows of its hosts.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::names::{HostName, UnitName};

/// Something that happened during `up` or `down`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabEvent {
    /// Another process holds the lab, or builds the same image.
    Waiting {
        /// Its process id.
        holder: String,
    },
    /// An image is not cached and is being built; this needs the network, and some 30 s.
    BuildingImage {
        /// The release, such as `bookworm`.
        suite: String,
        /// What it will contain.
        packages: Vec<String>,
    },
    /// An image is built and cached.
    ImageBuilt {
        /// Where.
        path: PathBuf,
        /// How long it took.
        elapsed: Duration,
    },
    /// `fs.inotify.max_user_instances` of this machine changed: raised for the hosts to fit, or put back with the last lab.
    InotifyLimit {
        /// The value before.
        from: u64,
        /// The value now.
        to: u64,
    },
    /// The lab has its subnet.
    Network {
        /// First address of the subnet.
        subnet: IpAddr,
        /// Length of its prefix in bits.
        prefix: u8,
        /// This machine's interface in it.
        interface: String,
    },
    /// A host does not exist and is being made.
    HostCreating {
        /// Which host.
        host: HostName,
    },
    /// A host stands, but not as it should: it is being repaired, or made anew.
    HostRepairing {
        /// Which host.
        host: HostName,
        /// What is wrong with it.
        why: String,
    },
    /// A host's container starts.
    HostBooting {
        /// Which host.
        host: HostName,
    },
    /// A host has finished its boot.
    HostUp {
        /// Which host.
        host: HostName,
        /// Its address.
        address: IpAddr,
        /// Units that failed; none when the host is well.
        failed_units: Vec<UnitName>,
        /// Since this `up` began with it.
        elapsed: Duration,
    },
    /// A host is gone: `down`, or no longer asked for.
    HostRemoved {
        /// Which host.
        host: HostName,
    },
    /// Nothing is left of the lab but the image cache.
    Removed,
}

/// How a host does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum HostState {
    /// Its boot is over and all its units are well.
    Running,
    /// Its boot is over and some units failed.
    Degraded {
        /// The failed units.
        failed_units: Vec<UnitName>,
    },
    /// Its boot is not over.
    Booting,
    /// Its container does not run.
    Stopped,
    /// `up` would repair it.
    Broken {
        /// What is wrong.
        why: String,
    },
}

/// One host of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostStatus {
    /// How it does.
    #[serde(flatten)]
    pub state: HostState,
    /// Its address; none while it is half made.
    pub address: Option<IpAddr>,
}

/// A whole lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabStatus {
    /// The lab's id.
    pub lab: String,
    /// Every host that has state on this machine.
    pub hosts: BTreeMap<HostName, HostStatus>,
}

/// How to reach a host with SSH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabAccess {
    /// Its address.
    pub address: IpAddr,
    /// The port of its sshd.
    pub port: u16,
    /// The user to log in as.
    pub user: String,
    /// The private key, 0600.
    pub identity_file: PathBuf,
    /// The host's public keys, each `type base64`, as `known_hosts` wants them after the name.
    pub host_keys: Vec<String>,
}

/// Hands events of hosts that work side by side to one caller, one at a time.
pub(super) struct Reporter<'a>(Mutex<&'a mut (dyn FnMut(LabEvent) + Send)>);

impl<'a> Reporter<'a> {
    pub(super) fn new(progress: &'a mut (dyn FnMut(LabEvent) + Send)) -> Self {
        Self(Mutex::new(progress))
    }

    pub(super) fn emit(&self, event: LabEvent) {
        (self.0.lock().unwrap_or_else(PoisonError::into_inner))(event);
    }
}
