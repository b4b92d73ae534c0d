//! The journal where it hurts: killed at any instant, and on real disks that get full. Needs root, for the small disks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

mod disk;
mod full;
mod killed;

use std::path::Path;

use fleet::engine::plan::{Author, InventoryStamp};
use fleet::journal::{About, Journal, Line, SCHEMA, StateDir};
use fleet::names::{HostName, RunId};
use jiff::Timestamp;

/// A line whose reason has so many bytes.
fn line(run: &str, outcome: Option<&str>, bytes: usize) -> Line {
    Line {
        schema: SCHEMA.to_owned(),
        time: Timestamp::now(),
        run: RunId::new(run),
        who: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
        inventory: InventoryStamp::default(),
        actions: vec!["env".to_owned()],
        plan: "00".to_owned(),
        host: Some(HostName::new("fritz")),
        changes: Vec::new(),
        outcome: outcome.map(str::to_owned),
        reason: Some("x".repeat(bytes)),
        about: About::default(),
    }
}

/// The journal of an inventory in this directory.
fn journal(directory: &Path) -> Journal {
    Journal::of(&StateDir::beside(&directory.join("inventory")).unwrap())
}

/// What is said of it, as `code` or, where it is a problem, as `!code: message`.
fn findings(journal: &Journal) -> Vec<String> {
    let told = journal.verify().unwrap().findings.into_iter();
    told.map(|it| if it.problem { format!("!{}: {}", it.code, it.message) } else { it.code.to_owned() }).collect()
}
