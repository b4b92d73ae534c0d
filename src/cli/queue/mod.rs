//! `fleet queue`: thin commands over the planner of worker queues.

use crate::engine::status::Failure;
use crate::report::{ExitCode, Ui};

use super::act;
use super::app::CliError;
use super::args::{Global, QueueCommand};

/// `fleet queue …`
pub(super) async fn run(global: &Global, ui: &Ui, command: &QueueCommand) -> Result<ExitCode, CliError> {
    match command {
        QueueCommand::Check { .. } => act::check(global, ui, Some("queue")).await,
        QueueCommand::Plan { out, .. } => act::plan(global, ui, "queue", out.as_deref()).await,
        QueueCommand::Apply { what_if: Some(_), .. } => {
            let hint = "change the inventory to what you would have, and apply that";
            Err(CliError::usage(Failure::new(
                "what-if-is-not-applied",
                "what is only supposed cannot be applied",
                hint,
            )))
        }
        QueueCommand::Apply { .. } => act::apply(global, ui, "queue").await,
        QueueCommand::Adopt(_) => Err(CliError::failure(Failure::bare("not-yet", "not there yet"))),
    }
}
