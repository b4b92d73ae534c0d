//! What can be typed behind `fleet log`.

use clap::{Args, Subcommand};

/// Which runs of the journal to tell.
#[derive(Debug, Args)]
pub struct LogArguments {
    /// Something else than a list of runs.
    #[command(subcommand)]
    pub command: Option<LogCommand>,
    /// Only what was done to this host; may be repeated
    #[arg(long, value_name = "HOST")]
    pub host: Vec<String>,
    /// Only this action, such as env, cert or queue
    #[arg(long, value_name = "ACTION")]
    pub action: Option<String>,
    /// Only what this person ran: USER or USER@MACHINE
    #[arg(long, value_name = "USER")]
    pub who: Option<String>,
    /// Only since then: a time (2026-11-21T20:00Z), a date (UTC), or how long ago (2h, 3d)
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub since: Option<jiff::Timestamp>,
    /// Only until then; in the same forms
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub until: Option<jiff::Timestamp>,
    /// Only this run, or those whose names begin so
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// Only what happened while this incident was open, and what was said of it
    #[arg(long, value_name = "INCIDENT")]
    pub incident: Option<String>,
    /// The last N runs [default: 20]
    #[arg(short = 'n', long, value_name = "N")]
    pub last: Option<usize>,
    /// How to show it.
    #[command(flatten)]
    pub shown: Shown,
}

/// Where it is read, and how it is shown.
#[derive(Clone, Copy, Debug, Args)]
pub struct Shown {
    /// Ask the hosts what everybody did there, and tell it with what the local journal has
    #[arg(long)]
    pub from_hosts: bool,
    /// Print Markdown, for an issue or a chat
    #[arg(long, conflicts_with_all = ["json", "output"])]
    pub markdown: bool,
}

/// Of one run, or of the journal itself.
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Show all of one run: who, when, what changed on which host, what the gates saw, and what can be typed next
    Show {
        /// Its name, or the beginning of it
        #[arg(value_name = "RUN")]
        run: String,
        /// How to show it.
        #[command(flatten)]
        shown: Shown,
    },
    /// Recompute the journal's chain: whether lines were edited, removed, moved, put in or cut
    Verify {
        /// Ask the hosts too, which keep the lines that concern them
        #[arg(long)]
        from_hosts: bool,
    },
}

/// A moment, or how long ago.
pub(super) fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    let unknown = || "no time, date or time span such as 2026-11-21T20:00Z, 2026-11-21, 90m, 2h or 3d".to_owned();
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time);
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        return date.to_zoned(jiff::tz::TimeZone::UTC).map(|zoned| zoned.timestamp()).map_err(|_| unknown());
    }
    let span: jiff::Span = text.parse().map_err(|_| unknown())?;
    let length = span.abs().to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| unknown())?;
    jiff::Timestamp::now().checked_sub(length).map_err(|_| unknown())
}
