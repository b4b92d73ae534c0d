//! Rehearsal hosts on this machine: for each host of an inventory a container with real systemd, sshd and packages, with an
//! address, a host name and SSH host keys of its own.
//!
//! - [`Lab::up`] makes the lab what its specification says: it makes what is missing, repairs what is broken, makes anew what was
//!   specified otherwise, and removes what is no longer specified. [`Lab::down`] leaves nothing but the image cache.
//! - Both may be killed at any moment: a host's record is written last and removed first, so that whatever lacks one is half made
//!   and is swept away by the next `up` or `down`.
//! - It adds one network interface to this machine, and changes no service, firewall, name resolution or forwarding. One kernel
//!   limit may be raised for dozens of hosts ([`LabEvent::InotifyLimit`]) and is put back with the last lab.

mod apt;
mod cgroup;
mod command;
mod container;
mod error;
mod event;
mod image;
mod machine;
mod network;
mod prepare;
mod reach;
mod state;
mod up;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use futures_util::StreamExt;
use sha2::{Digest, Sha256};

pub use error::LabError;
pub use event::{HostState, HostStatus, LabAccess, LabEvent, LabStatus};
pub use machine::required_packages;

use crate::names::HostName;
use container::{Container, SystemState};
use event::Reporter;
use state::{HostRecord, LabRecord, Lock, Paths};

/// Hosts that are made, asked or removed at the same time: their work is mostly CPU, and this keeps a few cores busy.
const SIDE_BY_SIDE: usize = 8;
const ASK_LIMIT: Duration = Duration::from_secs(10);

/// What a lab host is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSpec {
    /// Its name, which becomes its host name.
    pub name: HostName,
    /// Debian packages besides those that every lab host has.
    pub packages: BTreeSet<String>,
    /// Directory trees copied onto the host's root before its first boot, in order; files get owner root and mode 0644 or 0755.
    pub trees: Vec<PathBuf>,
    /// Scripts run as root in the host's root before its first boot, in order, without network: users, owners, enabled units.
    pub setup: Vec<PathBuf>,
}

/// The rehearsal hosts of one inventory.
#[derive(Debug, Clone)]
pub struct Lab {
    paths: Paths,
}

impl Lab {
    /// The lab of an inventory directory: the same directory, however it is spelled, is the same lab.
    pub fn of_inventory(dir: &Path) -> Result<Self, LabError> {
        let path = fs::canonicalize(dir).map_err(LabError::io("find", dir))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
        let digest = crate::text::hex(&Sha256::digest(path.as_os_str().as_encoded_bytes()));
        Ok(Self { paths: Paths::new(&format!("i-{name}-{}", &digest[..12])) })
    }

    /// A lab with a name of its own, beside that of any inventory; 1 to 32 of a-z, 0-9 and hyphens.
    pub fn named(name: &str) -> Result<Self, LabError> {
        let bad = |why| Err(LabError::BadName { what: "a lab", name: name.to_owned(), why });
        if name.is_empty() || name.len() > 32 {
            return bad("a lab's name has 1 to 32 bytes");
        }
        if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return bad("a lab's name has only a-z, 0-9 and hyphens");
        }
        Ok(Self { paths: Paths::new(&format!("n-{name}")) })
    }

    /// The id, which names the lab's directory and control groups.
    pub fn id(&self) -> &str {
        &self.paths.id
    }

    /// Makes the lab what `hosts` says, and returns when every host has finished its boot and answers over SSH. Idempotent: what stands as specified is
    /// left alone. Hosts not in `hosts` are removed; hosts whose specification (or whose trees' or scripts' content) changed are made anew.
    pub async fn up(
        &self,
        hosts: &[HostSpec],
        progress: &mut (dyn FnMut(LabEvent) + Send),
    ) -> Result<LabStatus, LabError> {
        machine::check()?;
        let reporter = Reporter::new(progress);
        let _lock = self.lock(&reporter).await?;
        up::up(&self.paths, hosts, &reporter).await?;
        self.look().await
    }

    /// Removes the lab: processes, mounts, namespaces, control groups, links and state. The image cache stays.
    pub async fn down(&self, progress: &mut (dyn FnMut(LabEvent) + Send)) -> Result<(), LabError> {
        machine::check()?;
        let reporter = Reporter::new(progress);
        let lock = self.lock(&reporter).await?;
        let mut names = self.paths.host_names()?;
        names.extend(cgroup::host_names(&self.paths)?);
        names.sort();
        names.dedup();
        up::remove_hosts(&self.paths, names, &reporter).await?;
        network::remove_switch(&self.paths).await?;
        for point in state::mounts_below(&self.paths.dir)? {
            container::unmount(&point).await?;
        }
        cgroup::remove_parents(&self.paths)?;
        container::remove_dir(&self.paths.dir).await?;
        let machine = Lock::take(&state::machine_lock(), false, |_| {}).await?;
        let last = state::remove_dir_if_empty(&state::labs_dir())?;
        if let Some((from, to)) = if last { machine::restore()? } else { None } {
            reporter.emit(LabEvent::InotifyLimit { from, to });
        }
        machine.remove()?;
        lock.remove()?;
        state::remove_dir_if_empty(&state::run_dir())?;
        reporter.emit(LabEvent::Removed);
        Ok(())
    }

    /// How each host does, asked from its systemd.
    pub async fn status(&self) -> Result<LabStatus, LabError> {
        machine::check()?;
        self.look().await
    }

    async fn look(&self) -> Result<LabStatus, LabError> {
        let record = state::read_json::<LabRecord>(&self.paths.record())?;
        let mut status = LabStatus { lab: self.paths.id.clone(), hosts: BTreeMap::new() };
        let Some(record) = record else {
            return Ok(status);
        };
        let ports =
            if state::is_mounted(&self.paths.switch())? { network::ports(&self.paths).await? } else { Vec::new() };
        let names = self.paths.host_names()?;
        let ask = |host: HostName| named(host.clone(), self.host_status(host, &record, &ports));
        let asked: Vec<_> = names.into_iter().map(ask).collect();
        let mut asked = futures_util::stream::iter(asked).buffer_unordered(SIDE_BY_SIDE);
        while let Some((host, state)) = asked.next().await {
            status.hosts.insert(host, state?);
        }
        Ok(status)
    }

    async fn host_status(&self, host: HostName, lab: &LabRecord, ports: &[String]) -> Result<HostStatus, LabError> {
        let container = Container::new(&self.paths, &host)?;
        let Some(record) = state::read_json::<HostRecord>(&container.paths.record())? else {
            let state = HostState::Broken { why: "half made".into() };
            return Ok(HostStatus { state, address: None });
        };
        let broken = |why: &str| HostState::Broken { why: why.to_owned() };
        let state = if container.leader().is_none() {
            HostState::Stopped
        } else if !network::has_port(ports, record.index) {
            broken("its link is down")
        } else {
            match container.system_state(false, ASK_LIMIT).await? {
                SystemState::Running => HostState::Running,
                SystemState::Degraded(failed_units) => HostState::Degraded { failed_units },
                SystemState::Booting => HostState::Booting,
                SystemState::Other(word) if word.is_empty() => broken("its systemd does not answer"),
                SystemState::Other(word) => broken(&format!("its systemd says {word}")),
            }
        };
        Ok(HostStatus { state, address: Some(IpAddr::V4(network::address(lab.subnet, record.index))) })
    }

    /// How to reach each host; all that are made, running or not.
    pub fn access(&self) -> Result<BTreeMap<HostName, LabAccess>, LabError> {
        machine::check_root()?;
        let lab = self.record()?;
        let mut access = BTreeMap::new();
        for host in self.paths.host_names()? {
            let paths = self.paths.host(&host);
            let Some(record) = state::read_json::<HostRecord>(&paths.record())? else {
                continue;
            };
            let host_keys = prepare::host_keys(&paths.upper())?;
            access.insert(
                host,
                LabAccess {
                    address: IpAddr::V4(network::address(lab.subnet, record.index)),
                    port: reach::PORT,
                    user: "root".into(),
                    identity_file: self.paths.key(),
                    host_keys,
                },
            );
        }
        Ok(access)
    }

    /// Whether an address is in the lab's own network.
    pub fn has_address(&self, address: IpAddr) -> Result<bool, LabError> {
        let subnet = self.record()?.subnet;
        Ok(matches!(address, IpAddr::V4(address) if network::is_in(subnet, address)))
    }

    /// Kills every process of a host at once, without a clean stop: a power cut, but that the page cache stays.
    pub async fn kill_host(&self, host: &HostName) -> Result<(), LabError> {
        let (container, _record, _locks) = self.hold(host).await?;
        container.kill().await?;
        container.sweep()
    }

    /// Shuts a host down cleanly, and returns when its last process has ended.
    pub async fn stop_host(&self, host: &HostName) -> Result<(), LabError> {
        let (container, _record, _locks) = self.hold(host).await?;
        container.stop().await?;
        container.sweep()
    }

    /// Boots a host that was killed or stopped, and returns when its boot is over. A running host is left alone.
    pub async fn boot_host(&self, host: &HostName) -> Result<HostState, LabError> {
        let (container, _record, _locks) = self.hold(host).await?;
        if container.leader().is_none() {
            container.kill().await?;
            container.sweep()?;
            container.start(&prepare::hostname(host)).await?;
        }
        Ok(up::host_state(container.wait_booted().await?))
    }

    /// Takes a host's link down or up, as a pulled cable would; its processes notice nothing else.
    pub async fn link(&self, host: &HostName, up: bool) -> Result<(), LabError> {
        let (_container, record, _locks) = self.hold(host).await?;
        network::set_port(&self.paths, record.index, up).await
    }

    /// Runs a command as root in a host's namespaces, without SSH, at most ten minutes; any exit status is `Ok`.
    pub async fn run_inside(&self, host: &HostName, argv: &[&str]) -> Result<Output, LabError> {
        self.container(host)?.0.run_inside(argv, Duration::from_secs(600)).await
    }

    /// The first process of a host as this machine numbers it, for `nsenter`; `None` when it does not run.
    pub fn leader_of(&self, host: &HostName) -> Result<Option<u32>, LabError> {
        Ok(self.container(host)?.0.leader())
    }

    /// A host's root on this machine, running or not.
    pub fn root_of(&self, host: &HostName) -> PathBuf {
        self.paths.host(host).root()
    }

    async fn lock(&self, reporter: &Reporter<'_>) -> Result<Lock, LabError> {
        let waiting = |holder| reporter.emit(LabEvent::Waiting { holder });
        Lock::take(&self.paths.lock_file(), false, waiting).await
    }

    /// One host for a short while: beside other hosts' work, but neither beside `up` or `down` nor twice.
    async fn hold(&self, host: &HostName) -> Result<(Container, HostRecord, (Lock, Lock)), LabError> {
        machine::check()?;
        let lab = Lock::take(&self.paths.lock_file(), true, |_| {}).await?;
        let (container, record) = self.container(host)?;
        let own = Lock::take(&container.paths.lock_file(), false, |_| {}).await?;
        Ok((container, record, (lab, own)))
    }

    fn container(&self, host: &HostName) -> Result<(Container, HostRecord), LabError> {
        machine::check_root()?;
        self.record()?;
        prepare::check_name(host)?;
        let container = Container::new(&self.paths, host)?;
        match state::read_json::<HostRecord>(&container.paths.record())? {
            Some(record) => Ok((container, record)),
            None => Err(LabError::NoHost { lab: self.paths.id.clone(), host: host.clone() }),
        }
    }

    fn record(&self) -> Result<LabRecord, LabError> {
        let record = state::read_json::<LabRecord>(&self.paths.record())?;
        record.ok_or_else(|| LabError::NoLab { lab: self.paths.id.clone() })
    }
}

/// Does something for each host, a few at a time; all are tried, and the error names each that failed.
async fn each<F: Future<Output = Result<(), LabError>>>(
    hosts: Vec<HostName>,
    work: impl Fn(HostName) -> F,
) -> Result<(), LabError> {
    let all: Vec<_> = hosts.into_iter().map(|host| named(host.clone(), work(host))).collect();
    let done: Vec<_> = futures_util::stream::iter(all).buffer_unordered(SIDE_BY_SIDE).collect().await;
    let failures: Vec<_> = done.into_iter().filter_map(|(host, done)| done.err().map(|error| (host, error))).collect();
    if failures.is_empty() { Ok(()) } else { Err(LabError::Hosts { failures }) }
}

async fn named<F: Future>(host: HostName, work: F) -> (HostName, F::Output) {
    (host, work.await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inventory_is_one_lab_however_it_is_spelled() {
        let dir = tempfile::tempdir().unwrap();
        let inventory = dir.path().join("inventory");
        fs::create_dir(&inventory).unwrap();
        let one = Lab::of_inventory(&inventory).unwrap();
        assert_eq!(one.id(), Lab::of_inventory(&inventory.join("../inventory/.")).unwrap().id());
        assert_ne!(one.id(), Lab::of_inventory(dir.path()).unwrap().id());
        assert!(Lab::of_inventory(&dir.path().join("none")).is_err());
    }

    #[test]
    fn its_work_can_move_between_threads() {
        fn sendable(_: impl Send) {}
        let lab = Lab::named("never-up").unwrap();
        sendable(lab.up(&[], &mut |_| {}));
        sendable(lab.down(&mut |_| {}));
        sendable(lab.boot_host(&HostName::new("a")));
    }

    #[test]
    fn lab_names_are_checked() {
        assert_eq!(Lab::named("t-1").unwrap().id(), "n-t-1");
        for name in ["", "..", "a/b", "A", &"x".repeat(33)] {
            assert_eq!(Lab::named(name).unwrap_err().code(), "lab-bad-name");
        }
    }
}
