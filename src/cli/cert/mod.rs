//! `fleet cert`: certificates.

mod adopt;
mod discover;

use crate::report::{ExitCode, Ui};

use super::app::CliError;
use super::args::{CertCommand, Global};

/// `fleet cert …`
pub(super) async fn run(global: &Global, ui: &Ui, command: &CertCommand) -> Result<ExitCode, CliError> {
    match command {
        CertCommand::Discover => discover::discover(global, ui).await,
        CertCommand::Adopt { names } => adopt::adopt(global, ui, names).await,
    }
}
