//! What can be typed behind `fleet undo`.

use std::path::PathBuf;

use clap::Args;

/// Which run to take back.
#[derive(Debug, Args)]
pub struct UndoArguments {
    /// The run, as `fleet log` names it
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Write the plan to a file, for review and `fleet apply`; nothing is changed
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
