//! The arguments of actions that know `check`, `plan` and `apply` and nothing else.

use std::path::PathBuf;

use clap::Subcommand;

/// Keep something as declared.
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
