//! The arguments of `fleet incident`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::args_log::moment;

/// Keep the record of an incident, and draft its postmortem.
#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// Open an incident: from now on runs and checks belong to its timeline
    Open {
        /// What is wrong, in a few words, such as "media fails to load"
        #[arg(value_parser = one_line)]
        title: String,
        /// How bad it is, in your team's words, such as critical, minor or SEV2
        #[arg(long, value_name = "WORD", value_parser = one_line)]
        severity: Option<String>,
        /// When it began: a time (2026-11-21T20:00Z), a date (UTC), or how long ago (2h); the timeline begins there
        #[arg(long, value_name = "WHEN", value_parser = past)]
        since: Option<Timestamp>,
    },
    /// Note what you saw or did
    Note {
        /// In your words; `-` reads them from standard input, also many lines
        text: String,
        /// When it happened, if not now: a time, a date (UTC), or how long ago
        #[arg(long, value_name = "WHEN", value_parser = past)]
        at: Option<Timestamp>,
        /// Which incident; without it, the one that is open. The first or last letters of its name will do
        #[arg(long, value_name = "ID")]
        incident: Option<String>,
    },
    /// Show which incidents are open, since when, and what happened last
    Status,
    /// List all incidents
    List,
    /// Close an incident
    Close {
        /// What helped, in your words; `-` reads it from standard input
        text: Option<String>,
        /// When it was over, if not now: a time, a date (UTC), or how long ago
        #[arg(long, value_name = "WHEN", value_parser = past)]
        at: Option<Timestamp>,
        /// Which incident; without it, the one that is open. The first or last letters of its name will do
        #[arg(long, value_name = "ID")]
        incident: Option<String>,
    },
    /// Write the draft of a postmortem: timeline, what was found, what helped, what is left to do
    Report(IncidentReportArguments),
}

/// Of which incident a postmortem is drafted, and where to.
#[derive(Debug, Args)]
pub struct IncidentReportArguments {
    /// Which incident; without it, the one that is open, else the last one
    #[arg(value_name = "ID")]
    pub incident: Option<String>,
    /// Write the Markdown to this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write it anew where it is there
    #[arg(long, requires = "out")]
    pub replace: bool,
    /// Ask the hosts for what everybody did there, not from here alone
    #[arg(long)]
    pub from_hosts: bool,
}

/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;

fn one_line(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("it is more than one line".to_owned());
    }
    if text.chars().count() > LONGEST_TITLE {
        return Err(format!("it is longer than {LONGEST_TITLE} characters: note the rest"));
    }
    Ok(text.to_owned())
}

/// A moment that has been; a clock that is a minute ahead is forgiven.
fn past(text: &str) -> Result<Timestamp, String> {
    let time = moment(text)?;
    let latest = Timestamp::now().checked_add(jiff::SignedDuration::from_mins(1)).unwrap_or(Timestamp::MAX);
    if time > latest { Err("it has not come yet".to_owned()) } else { Ok(time) }
}
