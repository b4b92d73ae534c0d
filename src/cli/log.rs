//! `fleet log`: who changed what, when, from what to what; and whether the record is as it was written.

use std::collections::BTreeSet;

use crate::engine::status::Failure;
use crate::journal::{Journal, JournalError, Line, Picked, StateDir, Wanted};
use crate::names::RunId;
use crate::report::{ExitCode, LogReport, LoggedRun, RunReport, Ui, VerifyReport};

use super::app::{self, CliError};
use super::args::{Global, LogArguments, LogCommand, Shown};
use super::log_hosts::{self, Asked};
use super::runs::Runs;

/// How many runs are told where nothing else is asked for.
const LAST: usize = 20;

/// `fleet log`
pub(super) async fn run(global: &Global, ui: &Ui, arguments: &LogArguments) -> Result<ExitCode, CliError> {
    app::without_facts(global, "fleet log")?;
    match &arguments.command {
        Some(_) if asks(arguments) => {
            let message = "what chooses runs has no meaning before `show` and `verify`";
            Err(CliError::usage(Failure::new("usage", message, "leave it out, or write it behind the word")))
        }
        Some(LogCommand::Show { run, shown }) => show(global, ui, run, Some(*shown)).await,
        Some(LogCommand::Verify { from_hosts }) => verify(global, ui, *from_hosts).await,
        None => list(global, ui, arguments).await,
    }
}

/// Whether runs were chosen, or a form for them.
fn asks(arguments: &LogArguments) -> bool {
    let LogArguments { command: _, host, action, who, since, until, run, incident, last, shown } = arguments;
    let words = [action, who, run, incident].iter().any(|word| word.is_some());
    !host.is_empty() || words || since.or(*until).is_some() || last.is_some() || shown.from_hosts || shown.markdown
}

async fn list(global: &Global, ui: &Ui, arguments: &LogArguments) -> Result<ExitCode, CliError> {
    let journal = Journal::of(&app::state(global)?);
    let asked = ask(global, ui, &journal, arguments.shown.from_hosts).await?;
    // One run, or those of an incident, are told whole.
    let all = arguments.run.is_some() || arguments.incident.is_some();
    let mut hosts: BTreeSet<String> = arguments.host.iter().cloned().collect();
    if global.limit.is_some() {
        let selected = app::select(global, &app::load(global, ui)?)?;
        hosts.extend(selected.iter().map(|host| host.as_str().to_owned()));
    }
    let wanted = Wanted {
        hosts,
        action: arguments.action.clone(),
        who: arguments.who.clone(),
        since: arguments.since,
        until: arguments.until,
        run: arguments.run.clone(),
        incident: arguments.incident.clone(),
        last: arguments.last.or((!all).then_some(LAST)),
    };
    let Picked { lines, older, newer, unreadable } =
        journal.pick(&wanted, &asked.lines).map_err(|error| unread(&error))?;
    let mut report = LogReport::of(lines);
    (report.older, report.newer, report.unreadable) = (older, newer, unreadable);
    for (schema, count) in &asked.newer {
        *report.newer.entry(schema.clone()).or_default() += count;
    }
    let code = asked.code();
    report.hosts = asked.hosts;
    if arguments.shown.markdown {
        app::print_text(ui, &report.markdown())?;
    } else {
        app::print(ui, &report)?;
    }
    Ok(code)
}

/// `fleet log show RUN` and `fleet show RUN`
pub(super) async fn show(global: &Global, ui: &Ui, run: &str, shown: Option<Shown>) -> Result<ExitCode, CliError> {
    let state = app::state(global)?;
    let journal = Journal::of(&state);
    let shown = shown.unwrap_or(Shown { from_hosts: false, markdown: false });
    let asked = ask(global, ui, &journal, shown.from_hosts).await?;
    let run = find(global, &journal, run, &asked.lines, shown.from_hosts)?;
    let next = next(global, &state, &run);
    let code = asked.code();
    let report = RunReport::new(run, asked.hosts, next);
    if shown.markdown {
        app::print_text(ui, &report.markdown())?;
    } else {
        app::print(ui, &report)?;
    }
    Ok(code)
}

/// The one run whose name begins so.
fn find(
    global: &Global,
    journal: &Journal,
    name: &str,
    others: &[Line],
    from_hosts: bool,
) -> Result<LoggedRun, CliError> {
    let name = &RunId::new(name).whole();
    let wanted = Wanted { run: Some(name.to_string()), ..Wanted::default() };
    let mut runs = LogReport::of(journal.pick(&wanted, others).map_err(|error| unread(&error))?.lines).runs;
    match runs.len() {
        1 => Ok(runs.remove(0)),
        0 => {
            let hint = if from_hosts {
                format!("`{}` lists all", global.next("log --from-hosts"))
            } else {
                let own = global.next("log");
                format!("`{own}` lists what was run from here; what others ran, --from-hosts finds")
            };
            Err(CliError::usage(Failure::new("unknown-run", format!("no run is called {name}"), hint)))
        }
        count => {
            let some: Vec<&str> = runs.iter().take(5).map(|run| run.run.as_str()).collect();
            let message = format!("{count} runs begin with {name}: {}", some.join(", "));
            Err(CliError::usage(Failure::new("ambiguous-run", message, "write more of its name")))
        }
    }
}

/// What fits: to carry on what did not come to its end, to take back what did.
fn next(global: &Global, state: &StateDir, run: &LoggedRun) -> Vec<String> {
    let name = &run.run;
    let applied = |outcome: Option<&str>| outcome == Some("applied");
    let hosts = || run.hosts.iter().filter(|turn| turn.host.is_some());
    // One without an ending was killed, perhaps between two waves.
    let open = hosts().any(|turn| !applied(turn.outcome.as_deref())) || !applied(run.outcome.as_deref());
    let mut next = Vec::new();
    if open && Runs::of(state).has(name) {
        next.push(global.next(&format!("resume {name}")));
    }
    if hosts().any(|turn| applied(turn.outcome.as_deref())) {
        next.push(global.next(&format!("undo {name}")));
    }
    next
}

/// `fleet log verify`
async fn verify(global: &Global, ui: &Ui, from_hosts: bool) -> Result<ExitCode, CliError> {
    let journal = Journal::of(&app::state(global)?);
    let asked = ask(global, ui, &journal, from_hosts).await?;
    let verdict = journal.verify().map_err(|error| unread(&error))?;
    let mut findings = journal.against_hosts(&asked.copies).map_err(|error| unread(&error))?;
    findings.extend(asked.broken());
    let code = asked.code();
    let report = VerifyReport::new(verdict, findings, asked.hosts);
    app::print(ui, &report)?;
    Ok(ExitCode::of_several([code, if report.sound { ExitCode::Success } else { ExitCode::Failure }]))
}

async fn ask(global: &Global, ui: &Ui, journal: &Journal, from_hosts: bool) -> Result<Asked, CliError> {
    if from_hosts { log_hosts::ask(global, ui, journal).await } else { Ok(Asked::default()) }
}

pub(super) fn unread(error: &JournalError) -> CliError {
    CliError::of(ExitCode::Failure, error, error.code(), "nothing was changed by this")
}
