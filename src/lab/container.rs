//! One host's container: its root (an overlay on the image), its boot, its end.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::cgroup::Groups;
use super::command::{checked, run, run_for, tail, tool};
use super::error::LabError;
use super::state::{self, HostPaths, Paths, is_mounted, mounts_below};
use crate::names::{HostName, UnitName};

const BOOT_LIMIT: Duration = Duration::from_secs(180);
const STOP_LIMIT: Duration = Duration::from_secs(90);
const KILL_LIMIT: Duration = Duration::from_secs(10);
const NSPAWN: &str = "/run/systemd/nspawn";

/// Moves itself into the groups before the exec, so that no process of the host is ever elsewhere.
const BOOT: &str =
    r#"while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 1; shift; done; shift; exec systemd-nspawn "$@""#;

/// One host of a lab.
#[derive(Debug, Clone)]
pub(super) struct Container {
    pub(super) host: HostName,
    pub(super) paths: HostPaths,
    pub(super) groups: Groups,
    tag: String,
}

/// What `systemctl is-system-running` says once the boot is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SystemState {
    /// `running`
    Running,
    /// `degraded`, with the units that failed.
    Degraded(Vec<UnitName>),
    /// `initializing` or `starting`
    Booting,
    /// Anything else: `maintenance`, `stopping`, no answer.
    Other(String),
}

impl Container {
    pub(super) fn new(lab: &Paths, host: &HostName) -> Result<Self, LabError> {
        let (paths, groups) = (lab.host(host), Groups::of(lab, host)?);
        Ok(Self { host: host.clone(), paths, groups, tag: lab.tag() })
    }

    /// The first process inside, as this machine numbers it.
    pub(super) fn leader(&self) -> Option<u32> {
        let nested = |pid: u32| {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
            let ids: Vec<&str> = ids.split_whitespace().collect();
            (ids.len() > 1 && ids.last() == Some(&"1")).then_some((ids.len(), pid))
        };
        // A container inside the host has a first process too, one level deeper.
        self.groups.processes().into_iter().filter_map(nested).min().map(|(_, pid)| pid)
    }

    /// Mounts the root unless it is.
    pub(super) async fn mount(&self, layers: &[PathBuf]) -> Result<(), LabError> {
        let root = self.paths.root();
        if is_mounted(&root)? {
            return Ok(());
        }
        for dir in [&root, &self.paths.upper(), &self.paths.work()] {
            state::make_dir(dir)?;
        }
        // The upper directory's mode is the mode of the host's `/`.
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.paths.upper(), open).map_err(LabError::io("open", &root))?;
        let lower: Vec<_> = layers.iter().map(|layer| layer.display().to_string()).collect();
        // redirect_dir: else rename(2) of a directory of the image fails, as on no real host.
        let options = format!(
            "lowerdir={},upperdir={},workdir={},redirect_dir=on",
            lower.join(":"),
            self.paths.upper().display(),
            self.paths.work().display()
        );
        let mut command = tool("mount");
        command.args(["-t", "overlay", "overlay", "-o", &options]).arg(&root);
        run(&format!("mount the root of {}", self.host), &mut command).await.map(drop)
    }

    /// Starts the container, in a session of its own that outlives fleet, and waits for its first process.
    pub(super) async fn start(&self, hostname: &str) -> Result<(), LabError> {
        self.groups.make()?;
        let console_path = self.paths.console();
        state::write_private(&console_path, b"")?;
        let console = fs::OpenOptions::new().append(true).open(&console_path);
        let console = console.map_err(LabError::io("open", &console_path))?;
        let both = console.try_clone().map_err(LabError::io("open", &console_path))?;
        let mut command = tool("setsid");
        command.args(["sh", "-c", BOOT, "sh"]).args(self.groups.dirs()).arg("--");
        command.args(["--quiet", "--register=no", "--keep-unit", "--boot", "--console=pipe"]);
        command.args(["--resolv-conf=off", "--timezone=off", "--link-journal=no"]);
        command.arg(format!("--network-namespace-path={}", self.paths.netns().display()));
        command.arg(format!("--directory={}", self.paths.root().display()));
        command.arg(format!("--machine={}", self.machine()));
        command.arg(format!("--hostname={hostname}"));
        command.stdout(Stdio::from(console)).stderr(Stdio::from(both)).kill_on_drop(false);
        let mut child = command.spawn().map_err(LabError::io("start setsid for", &self.paths.root()))?;
        let start = Instant::now();
        loop {
            if self.leader().is_some() {
                return Ok(());
            }
            let ended = child.try_wait().map_err(LabError::io("wait for", &self.paths.root()))?;
            if let Some(status) = ended {
                return Err(self.not_booted(&format!("systemd-nspawn ended with {status}")));
            }
            if start.elapsed() > BOOT_LIMIT {
                return Err(self.not_booted("systemd-nspawn started nothing"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the boot is over: log-ins are refused before, though the port is open.
    pub(super) async fn wait_booted(&self) -> Result<SystemState, LabError> {
        let start = Instant::now();
        loop {
            let Some(leader) = self.leader() else {
                return Err(self.not_booted("its first process ended"));
            };
            let left = BOOT_LIMIT.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(self.not_booted(&format!("its boot is not over after {} s", BOOT_LIMIT.as_secs())));
            }
            if Path::new(&format!("/proc/{leader}/root/run/systemd/private")).exists() {
                match self.system_state(true, left).await? {
                    SystemState::Booting => {}
                    SystemState::Other(word) if start.elapsed() < Duration::from_secs(20) && word.is_empty() => {}
                    SystemState::Other(word) if word.is_empty() => {
                        return Err(self.not_booted("its systemd does not answer"));
                    }
                    SystemState::Other(word) => {
                        return Err(self.not_booted(&format!("its systemd says {word}")));
                    }
                    finished => return Ok(finished),
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks the host's systemd; with `wait`, once it has finished its boot.
    pub(super) async fn system_state(&self, wait: bool, limit: Duration) -> Result<SystemState, LabError> {
        let argv: &[&str] =
            if wait { &["systemctl", "is-system-running", "--wait"] } else { &["systemctl", "is-system-running"] };
        let output = match self.run_inside(argv, limit).await {
            // A host that hangs or has just ended answers nothing.
            Err(LabError::Command { .. } | LabError::NotRunning { .. }) => {
                return Ok(SystemState::Other(String::new()));
            }
            other => other?,
        };
        Ok(match String::from_utf8_lossy(&output.stdout).trim() {
            "running" => SystemState::Running,
            "initializing" | "starting" => SystemState::Booting,
            "degraded" => SystemState::Degraded(self.failed_units(limit).await?),
            other => SystemState::Other(other.to_owned()),
        })
    }

    async fn failed_units(&self, limit: Duration) -> Result<Vec<UnitName>, LabError> {
        let argv = ["systemctl", "list-units", "--failed", "--plain", "--no-legend", "--full"];
        let output = self.run_inside(&argv, limit).await?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(text.lines().filter_map(|line| line.split_whitespace().next()).map(UnitName::new).collect())
    }

    /// Runs a command in the host's namespaces, without SSH, log-in or session.
    pub(super) async fn run_inside(&self, argv: &[&str], limit: Duration) -> Result<Output, LabError> {
        let Some(leader) = self.leader() else {
            return Err(LabError::NotRunning { host: self.host.clone() });
        };
        let mut command = tool("nsenter");
        command.env("HOME", "/root").env("LC_ALL", "C.UTF-8").env("USER", "root").env("SHELL", "/bin/sh");
        command.args(["--target", &leader.to_string(), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]);
        command.args(["--root", "--wd", "--"]).args(argv);
        run_for(limit, &format!("run {} on {}", argv.first().unwrap_or(&""), self.host), &mut command, None).await
    }

    /// A clean shutdown, as `poweroff` does it.
    pub(super) async fn stop(&self) -> Result<(), LabError> {
        let output = self.run_inside(&["systemctl", "--no-block", "poweroff"], Duration::from_secs(30)).await?;
        checked(&format!("power off {}", self.host), &output)?;
        let start = Instant::now();
        while !self.groups.processes().is_empty() {
            if start.elapsed() > STOP_LIMIT {
                let why = format!("still running after {} s", STOP_LIMIT.as_secs());
                return Err(LabError::Command { what: format!("power off {}", self.host), why });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// SIGKILL to every process of the host, as a power cut would (but the page cache stays), until none is left.
    pub(super) async fn kill(&self) -> Result<(), LabError> {
        let start = Instant::now();
        loop {
            let pids = self.groups.processes();
            if pids.is_empty() {
                return Ok(());
            }
            if start.elapsed() > KILL_LIMIT {
                return Err(LabError::Unkillable { host: self.host.clone(), pids });
            }
            self.groups.kill();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// After the end of all processes: what nspawn leaves when it is killed, and the groups.
    pub(super) fn sweep(&self) -> Result<(), LabError> {
        // nspawn locks a root by device and inode number, and leaves the file.
        if let Ok(root) = fs::metadata(self.paths.root()) {
            state::remove_file(&Path::new(NSPAWN).join(format!("locks/inode-{}:{}", root.dev(), root.ino())))?;
        }
        let propagate = Path::new(NSPAWN).join("propagate").join(self.machine());
        match fs::remove_dir_all(&propagate) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            other => other.map_err(LabError::io("remove", &propagate))?,
        }
        self.groups.remove()
    }

    /// Removes the host altogether; works on whatever half of it there is.
    pub(super) async fn destroy(&self) -> Result<(), LabError> {
        // First: from here on it is a half-made host, whatever happens.
        state::remove_file(&self.paths.record())?;
        self.kill().await?;
        self.sweep()?;
        for point in mounts_below(&self.paths.dir)? {
            unmount(&point).await?;
        }
        remove_dir(&self.paths.dir).await
    }

    /// nspawn's name for it, at most 64 bytes. Known without the host's record, which a killed `down` has already removed.
    fn machine(&self) -> String {
        format!("fleet-{}-{}", self.tag, &crate::text::hex(&Sha256::digest(self.host.as_str().as_bytes()))[..8])
    }

    fn not_booted(&self, why: &str) -> LabError {
        let console = state::tail_of(&self.paths.console());
        let why = if console.is_empty() { why.to_owned() } else { format!("{why}; its console ends with: {console}") };
        LabError::NotBooted { host: self.host.clone(), why }
    }
}

/// Unmounts; what is still in use goes when its user does.
pub(super) async fn unmount(point: &Path) -> Result<(), LabError> {
    let what = format!("unmount {}", point.display());
    let limit = Duration::from_secs(60);
    let output = run_for(limit, &what, tool("umount").arg(point), None).await?;
    if output.status.success() {
        return Ok(());
    }
    let lazy = run_for(limit, &what, tool("umount").arg("--lazy").arg(point), None).await?;
    if lazy.status.success() || !is_mounted(point)? {
        return Ok(());
    }
    Err(LabError::Command { what, why: tail(&lazy.stderr) })
}

/// Removes a directory with files that a test may have made immutable.
pub(super) async fn remove_dir(dir: &Path) -> Result<(), LabError> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {}
        other => return other.map_err(LabError::io("remove", dir)),
    }
    // chattr(1) fails on links and devices, which have no flags: what counts is whether the removal works then.
    let what = format!("make {} removable", dir.display());
    run_for(Duration::from_secs(120), &what, tool("chattr").args(["-R", "-f", "-i", "-a"]).arg(dir), None).await?;
    fs::remove_dir_all(dir).map_err(LabError::io("remove", dir))
}
