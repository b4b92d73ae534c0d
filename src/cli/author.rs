//! Who runs fleet, from where, with which inventory: for plans and journals.

use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::engine::plan::{Author, InventoryStamp};
use crate::journal::About;
use crate::names::RunId;

/// The user and the machine. Behind `sudo`, the user who called it.
pub(super) fn author() -> Author {
    let user = ["SUDO_USER", "LOGNAME", "USER"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty() && user != "root"))
        .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()).replace("uid 0", "root"));
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Author { user, machine }
}

/// How whoever runs fleet came to this machine: by an SSH log-in, from where and with which key; or as the job of a CI.
pub(super) fn circumstances() -> About {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    About {
        from: variable("SSH_CONNECTION").and_then(|connection| client(&connection)),
        // Where sshd is told to say how it let somebody in: `ExposeAuthInfo`, sshd_config(5).
        key: variable("SSH_USER_AUTH")
            .and_then(|file| std::fs::read_to_string(file).ok())
            .and_then(|it| login_key(&it)),
        ci: job(&variable),
        ..About::default()
    }
}

/// The first word of `SSH_CONNECTION`, ssh(1): the client's address.
fn client(connection: &str) -> Option<String> {
    let address: std::net::IpAddr = connection.split(' ').next()?.parse().ok()?;
    Some(address.to_string())
}

/// The fingerprint of the key in what sshd exposes, as `ssh-keygen -l` shows it.
fn login_key(exposed: &str) -> Option<String> {
    let keys = exposed.lines().filter_map(|line| line.strip_prefix("publickey "));
    let blob = keys.filter_map(|key| key.split(' ').nth(1)).find_map(|blob| BASE64_STANDARD.decode(blob).ok())?;
    Some(format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(blob))))
}

/// The address of the job, as GitHub and its like, GitLab, or Jenkins name it; without anything that could be a secret.
fn job(variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let github = || {
        let (server, repository) = (variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?);
        Some(format!("{server}/{repository}/actions/runs/{}", variable("GITHUB_RUN_ID")?))
    };
    let address = github().or_else(|| variable("CI_JOB_URL")).or_else(|| variable("BUILD_URL"))?;
    let mut address: url::Url = address.parse().ok()?;
    if !matches!(address.scheme(), "http" | "https") {
        return None;
    }
    address.set_username("").ok()?;
    address.set_password(None).ok()?;
    address.set_query(None);
    Some(address.into())
}

/// The commit of the inventory, where it is in a git repository.
pub(super) fn stamp(inventory: &Path) -> InventoryStamp {
    let commit = git(inventory, &["rev-parse", "--verify", "--quiet", "HEAD"]);
    let dirty =
        commit.is_some() && git(inventory, &["status", "--porcelain", "--", "."]).is_none_or(|it| !it.is_empty());
    InventoryStamp { commit, dirty }
}

fn git(inventory: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(inventory).args(arguments).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// A name for a run that begins now: it sorts by time, and two of one second differ.
pub(super) fn run_id(now: Timestamp) -> RunId {
    let word = super::app::random_word();
    RunId::new(format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), &word[word.len() - 4..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_somebody_came_from_is_read_as_sshd_tells_it() {
        assert_eq!(client("192.0.2.7 51234 192.0.2.1 22").as_deref(), Some("192.0.2.7"));
        assert_eq!(client("2001:db8::7 51234 2001:db8::1 22").as_deref(), Some("2001:db8::7"));
        assert_eq!(client("UNKNOWN 65535 UNKNOWN 65535"), None);
        // As `ssh-keygen -lf` tells it of GitHub's published host key.
        let key = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
        let exposed = format!("password\npublickey ssh-ed25519 {key}\n");
        assert_eq!(login_key(&exposed).as_deref(), Some("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"));
        assert_eq!(login_key("password\n"), None);
    }

    #[test]
    fn a_job_is_told_by_its_address_and_no_secret_with_it() {
        let of = |variables: &[(&str, &str)]| {
            job(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        let github = [
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "example/fleet"),
            ("GITHUB_RUN_ID", "42"),
        ];
        assert_eq!(of(&github).as_deref(), Some("https://github.com/example/fleet/actions/runs/42"));
        let gitlab = [("CI_JOB_URL", "https://token:hunter2@git.example.org/jobs/7?private_token=hunter2")];
        assert_eq!(of(&gitlab).as_deref(), Some("https://git.example.org/jobs/7"));
        assert_eq!(of(&[("BUILD_URL", "not a url")]), None);
        assert_eq!(of(&[]), None);
    }
}
