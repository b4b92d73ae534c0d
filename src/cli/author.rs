//! Who runs fleet, from where, with which inventory: for plans and journals.

use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;

use crate::engine::plan::{Author, InventoryStamp};
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
