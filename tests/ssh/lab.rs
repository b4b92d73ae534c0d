//! sshd instances on loopback with their own host keys, users and configuration; all gone at the end.

use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{env, fs};

use fleet::names::HostName;
use fleet::ssh::{
    AdhocOutput, Chunk, Ended, Exit, Script, Ssh, SshError, SshSettings, Target, UserConfig, adhoc, token,
};

pub(crate) const LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct Lab {
    pub(crate) dir: tempfile::TempDir,
}

pub(crate) struct Sshd {
    pub(crate) name: String,
    pub(crate) port: u16,
    dir: PathBuf,
    child: Child,
}

/// Ports come from below the ephemeral range, so that no connection of another test takes one in between.
fn free_port() -> u16 {
    static NEXT: Mutex<u16> = Mutex::new(0);
    let mut next = NEXT.lock().unwrap();
    loop {
        *next += 1;
        let start = 20_000 + u16::try_from(std::process::id() % 100).unwrap() * 100;
        let port = start + *next;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

pub(crate) fn keygen(path: &Path) {
    let done = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status().unwrap();
    assert!(done.success());
}

pub(crate) fn host(name: &str) -> HostName {
    HostName::new(name)
}

impl Lab {
    pub(crate) fn new() -> Self {
        assert!(rustix::process::geteuid().is_root(), "these tests start sshd and make users: run them as root");
        // What sshd wants for its privilege separation.
        fs::create_dir_all("/run/sshd").unwrap();
        let dir = tempfile::Builder::new().prefix("fleet-t").tempdir_in("/tmp").unwrap();
        // Users log in with home directories in here.
        fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        keygen(&dir.path().join("id"));
        Self { dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Starts an sshd and records its key under `name`.
    pub(crate) fn sshd(&self, name: &str, config: &str) -> Sshd {
        let dir = self.path(&format!("sshd-{name}"));
        fs::create_dir(&dir).unwrap();
        keygen(&dir.join("host_key"));
        let sshd = self.sshd_in(name, &dir, config);
        self.trust(name, &sshd);
        sshd
    }

    fn sshd_in(&self, name: &str, dir: &Path, config: &str) -> Sshd {
        let port = free_port();
        let text = format!(
            "{config}\nListenAddress 127.0.0.1:{port}\nHostKey {0}/host_key\nPidFile none\nAuthorizedKeysFile {1}\nStrictModes no\nUsePAM no\nLogLevel VERBOSE\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n",
            dir.display(),
            self.path("id.pub").display()
        );
        fs::write(dir.join("config"), text).unwrap();
        let child = Command::new("/usr/sbin/sshd")
            .arg("-D")
            .arg("-f")
            .arg(dir.join("config"))
            .arg("-E")
            .arg(dir.join("log"))
            .spawn()
            .unwrap();
        let sshd = Sshd { name: name.to_owned(), port, dir: dir.to_owned(), child };
        eventually("sshd listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        sshd
    }

    pub(crate) fn trust(&self, name: &str, sshd: &Sshd) {
        let key = fs::read_to_string(sshd.dir.join("host_key.pub")).unwrap();
        let known = fs::read_to_string(self.path("known")).unwrap_or_default();
        fs::write(self.path("known"), format!("{known}{name} {key}")).unwrap();
    }

    pub(crate) fn target(&self, name: &str, port: u16) -> Target {
        let mut target = Target::new(host(name));
        target.address = Some("127.0.0.1".to_owned());
        target.port = Some(port);
        target.user = Some("root".to_owned());
        target.identity = Some(self.path("id"));
        target
    }

    pub(crate) fn settings(&self) -> SshSettings {
        let mut settings = SshSettings::new(self.path("known"));
        settings.control_dir = self.path("c");
        settings.user_config = UserConfig::None;
        settings.connect_timeout = Duration::from_secs(5);
        settings.persist = Duration::from_secs(60);
        settings
    }

    pub(crate) fn ssh(&self, targets: impl IntoIterator<Item = Target>) -> Ssh {
        with(self.settings(), targets)
    }

    /// What is in the control directory.
    pub(crate) fn sockets(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path("c"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// This test binary once more, as another fleet process, which runs a command on a host.
    pub(crate) fn other_process(&self, sshd: &Sshd, command: &str) -> Command {
        let mut other = Command::new(env::current_exe().unwrap());
        other.args(["--ignored", "--exact", "pool::another_fleet_process", "--nocapture"]);
        other.env("FLEET_TEST_LAB", self.dir.path()).env("FLEET_TEST_PORT", sshd.port.to_string());
        other.env("FLEET_TEST_NAME", &sshd.name).env("FLEET_TEST_COMMAND", command);
        other
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let Ok(entries) = fs::read_dir(self.path("c")) else {
            return;
        };
        for entry in entries.flatten() {
            let _gone = Command::new("ssh")
                .args(["-F", "none", "-O", "exit", "-S"])
                .arg(entry.path())
                .arg("x")
                .stderr(Stdio::null())
                .status();
        }
    }
}

impl Sshd {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn logins(&self) -> usize {
        self.log().matches("Accepted publickey").count()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap()
    }

    pub(crate) fn fingerprint(&self) -> String {
        let output = Command::new("ssh-keygen").arg("-lf").arg(self.dir.join("host_key.pub")).output().unwrap();
        String::from_utf8(output.stdout).unwrap().split(' ').nth(1).unwrap().to_owned()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A user of this machine with a login shell and rc files of the test's.
pub(crate) struct User {
    pub(crate) name: String,
}

impl User {
    pub(crate) fn new(lab: &Lab, name: &str, shell: &str, rc: &[(&str, &str)]) -> Self {
        let home = lab.path(&format!("home-{name}"));
        fs::create_dir(&home).unwrap();
        for (file, text) in rc {
            fs::write(home.join(file), text).unwrap();
        }
        let name = format!("fleet-{name}-{}", std::process::id());
        // "*": no password, but not locked either.
        let done = Command::new("useradd")
            .args(["-M", "-N", "-p", "*", "-s", shell, "-d"])
            .arg(&home)
            .arg(&name)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        let done = Command::new("chown").arg("-R").arg(&name).arg(&home).status().unwrap();
        assert!(done.success());
        Self { name }
    }
}

impl User {
    /// A rule in sudoers for this user alone, with the further default that newer sudo has.
    pub(crate) fn may_sudo(&self) {
        let text = format!("Defaults:{0} use_pty\n{0} ALL=(ALL) NOPASSWD: ALL\n", self.name);
        let path = self.sudoers();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o440)).unwrap();
    }

    fn sudoers(&self) -> PathBuf {
        Path::new("/etc/sudoers.d").join(&self.name)
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let _none = fs::remove_file(self.sudoers());
        let done = Command::new("userdel").args(["-f", &self.name]).stderr(Stdio::null()).status().unwrap();
        assert!(done.success());
    }
}

pub(crate) fn with(settings: SshSettings, targets: impl IntoIterator<Item = Target>) -> Ssh {
    let targets: BTreeMap<_, _> = targets.into_iter().map(|target| (target.host.clone(), target)).collect();
    Ssh::new(settings, targets)
}

/// Runs a script; its exit, stdout and stderr.
pub(crate) async fn run(ssh: &Ssh, name: &str, script: &str) -> Result<(Exit, String, String), SshError> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = ssh
        .run(&host(name), &Script::wrap(&format!("main() {{\n{script}\n}}"), "main"), LIMIT, &mut |chunk| {
            match chunk {
                Chunk::Stdout(bytes) => out.extend_from_slice(bytes),
                Chunk::Stderr(bytes) => err.extend_from_slice(bytes),
            }
            ControlFlow::Continue(())
        })
        .await?;
    Ok((exit, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap()))
}

/// Runs a command as `fleet exec` does: how it ended, stdout and stderr.
pub(crate) async fn exec(
    ssh: &Ssh,
    name: &str,
    argv: &[&str],
    limit: Duration,
) -> Result<(Option<Ended>, Vec<u8>, Vec<u8>), SshError> {
    let argv: Vec<String> = argv.iter().map(|arg| (*arg).to_owned()).collect();
    let token = token().unwrap();
    let mut frames = AdhocOutput::new(&token);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    ssh.run(&host(name), &adhoc(&argv, &token).unwrap(), limit, &mut |chunk| match chunk {
        Chunk::Stdout(bytes) => match frames.push(bytes, |bytes| out.extend_from_slice(bytes)) {
            Some(_) => ControlFlow::Break(()),
            None => ControlFlow::Continue(()),
        },
        Chunk::Stderr(bytes) => {
            err.extend_from_slice(bytes);
            ControlFlow::Continue(())
        }
    })
    .await?;
    Ok((frames.finish(|bytes| out.extend_from_slice(bytes)), out, err))
}

pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(60), "still not so: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A number for `sleep` by which a test finds its own processes again.
pub(crate) fn mark() -> String {
    static NEXT: Mutex<u32> = Mutex::new(0);
    let mut next = NEXT.lock().unwrap();
    *next += 1;
    format!("9{}.{:03}", std::process::id(), *next)
}

/// Whether a process has this word on its command line.
pub(crate) fn runs(word: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|arg| arg == word.as_bytes())
    })
}

pub(crate) fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}
