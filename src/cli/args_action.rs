//! The arguments of actions that have the three verbs and no more.

use std::path::PathBuf;

use clap::Subcommand;

/// The three verbs of an action.
#[derive(Debug, Subcommand)]
pub enum ActionCommand {
    /// Compare what is declared, on disk and live, read-only
    Check,
    /// Show what would change
    Plan {
        /// Write the plan to a file, for review and `fleet apply`
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Change what differs, and verify it
    Apply,
}
