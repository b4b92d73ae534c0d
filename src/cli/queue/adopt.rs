//! `fleet queue adopt`: the workers, queues and databases that hosts have today become declarations.

use crate::engine::status::Failure;
use crate::report::{ExitCode, Ui};

use super::super::app::CliError;
use super::super::args::{Global, QueueAdoptArguments};

/// `fleet queue adopt`
pub(super) async fn adopt(_global: &Global, _ui: &Ui, _arguments: &QueueAdoptArguments) -> Result<ExitCode, CliError> {
    Err(CliError::failure(Failure::bare("not-yet", "not there yet")))
}
