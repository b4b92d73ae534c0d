//! `fleet log`: who changed what, when, from what to what.

use crate::journal::Journal;
use crate::report::{ExitCode, LogReport, Ui};

use super::act::journal_error;
use super::app::{self, CliError};
use super::args::{Global, LogArguments};

/// `fleet log`
pub(super) fn run(global: &Global, ui: &Ui, arguments: &LogArguments) -> Result<ExitCode, CliError> {
    let journal = Journal::of(&app::state(global)?);
    let lines = journal.read().map_err(|error| journal_error(&error))?;
    let mut report = LogReport::of(lines);
    report.keep(|run| {
        arguments.since.is_none_or(|since| run.time >= since)
            && arguments.who.as_ref().is_none_or(|who| run.who.user == *who)
            && arguments.run.as_ref().is_none_or(|name| run.run.as_str() == name)
            && arguments.action.as_ref().is_none_or(|action| run.actions.contains(action))
            && (arguments.host.is_empty()
                || run.hosts.iter().any(|it| {
                    arguments.host.iter().any(|name| it.host.as_ref().is_some_and(|host| host.as_str() == name))
                }))
    });
    report.last(arguments.last);
    app::print(ui, &report)?;
    Ok(ExitCode::Success)
}
