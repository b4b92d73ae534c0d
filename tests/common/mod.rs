//! What the tests on real hosts share: an inventory in a directory of its own, the lab that it describes, and the binary.

#![allow(unreachable_pub, missing_docs, reason = "no crate of its own")]
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use fleet::journal::StateDir;
use fleet::lab::Lab;
use fleet::names::HostName;

/// A rehearsal fleet of its own; it goes with its last use, also when a test fails.
pub struct Rehearsal {
    directory: tempfile::TempDir,
    /// The lab, for faults.
    pub lab: Lab,
}

/// What a run of the binary came to.
pub struct Run {
    /// The exit code; `None`: killed.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Run {
    /// What the binary left.
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The one JSON document on standard output.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not one JSON document ({error}):\n{}\n{}", self.stdout, self.stderr))
    }

    /// Ends the test with all that was printed unless the exit code is this one.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

impl Rehearsal {
    /// Writes the inventory's files (paths below its directory), and boots its hosts.
    pub fn boot(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::Builder::new().prefix("fleet-test-").tempdir().unwrap();
        let inventory = directory.path().join("inventory");
        for (name, text) in files {
            let path = inventory.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::create_dir(directory.path().join("run")).unwrap();
        let rehearsal = Self { lab: Lab::of_inventory(&inventory).unwrap(), directory };
        rehearsal.up();
        rehearsal
    }

    /// Boots or repairs the hosts of the inventory as it stands.
    pub fn up(&self) {
        let inventory = fleet::inventory::Inventory::load(&self.inventory()).unwrap_or_else(|errors| {
            panic!("{}", errors.render(false, 100));
        });
        let specs = inventory.rehearsal(inventory.hosts().keys().cloned());
        block_on(self.lab.up(&specs, &mut |_| {})).unwrap();
    }

    /// The inventory's directory.
    pub fn inventory(&self) -> PathBuf {
        self.directory.path().join("inventory")
    }

    /// The directory that holds the inventory, and fleet's own state.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What fleet remembers of its runs on the rehearsal hosts; made as the binary makes it.
    pub fn state(&self) -> PathBuf {
        let state = StateDir::beside(&self.inventory()).and_then(|state| state.of_rehearsal()).unwrap();
        state.path().to_owned()
    }

    /// The binary, with a cleared environment, on the rehearsal hosts.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.directory.path())
            .env("USER", "tester")
            .env("XDG_RUNTIME_DIR", self.directory.path().join("run"))
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .args(["--lab", "--inventory", "inventory"])
            .args(arguments);
        command
    }

    /// Runs the binary to its end.
    pub fn fleet(&self, arguments: &[&str]) -> Run {
        Run::of(&self.command(arguments).output().unwrap())
    }

    /// Runs a shell command as root on a host, not over SSH; it must succeed.
    #[track_caller]
    pub fn inside(&self, host: &str, script: &str) -> String {
        let output = self.try_inside(host, script);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "on {host}: {script}: {} {stderr}", output.status);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs a shell command as root on a host, not over SSH.
    pub fn try_inside(&self, host: &str, script: &str) -> Output {
        block_on(self.lab.run_inside(&HostName::new(host), &["/bin/sh", "-c", script])).unwrap()
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        let closed = self.fleet(&["hosts", "disconnect"]);
        let removed = block_on(self.lab.down(&mut |_| {}));
        // A second panic would hide what failed first.
        if !std::thread::panicking() {
            assert_eq!(closed.code, Some(0), "{}", closed.stderr);
            removed.unwrap();
        }
    }
}

/// Waits for the lab.
pub fn block_on<F: std::future::Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
