//! `fleet incident`: the record of an incident, and the draft of its postmortem.

use std::io::Read as _;

use jiff::Timestamp;

use crate::engine::status::Failure;
use crate::inventory::Inventory;
use crate::journal::incident::{self, CheckSeen, Incident};
use crate::journal::{self, About, Happening, IncidentEvent, Journal, Line, Reading};
use crate::names::RunId;
use crate::report::{CheckReport, ExitCode, IncidentReport, IncidentsReport, Ui};

use super::act::journal_error;
use super::app::{self, CliError};
use super::args::{Global, IncidentCommand, IncidentReportArguments};
use super::author;
use super::base::Base;
use super::host_journals;
use super::notify::{self, EventKind};

/// The longest note, in bytes.
const LONGEST_NOTE: u64 = 64 * 1024;

/// `fleet incident …`
pub(super) async fn run(global: &Global, ui: &Ui, command: &IncidentCommand) -> Result<ExitCode, CliError> {
    if !global.inventory.is_dir() {
        let message = format!("there is no inventory directory {}", global.inventory.display());
        return Err(CliError::usage(Failure::new("no-inventory", message, "give it with -i")));
    }
    let books = Books { journal: Journal::of(&app::state(global)?), global };
    match command {
        IncidentCommand::Open { title, severity, since } => books.open(ui, title, severity.as_deref(), *since).await,
        IncidentCommand::Note { text, at, incident } => books.note(ui, text, *at, incident.as_deref()),
        IncidentCommand::Status => books.list(ui, true),
        IncidentCommand::List => books.list(ui, false),
        IncidentCommand::Close { text, at, incident } => {
            books.close(ui, text.as_deref(), *at, incident.as_deref()).await
        }
        IncidentCommand::Report(arguments) => books.report(ui, arguments).await,
    }
}

/// Writes what a check saw into the record of every incident that is open. That it can't be written is said, and stops nothing.
pub(super) fn note_check(global: &Global, ui: &Ui, base: &Base, report: &CheckReport) {
    // What was saved or is supposed is nothing that happened.
    if global.facts.is_some() || !report.what_if.is_empty() {
        return;
    }
    let books = Books { journal: Journal::of(&base.state), global };
    let noted = books.lines().and_then(|lines| {
        let open = incident::open(&lines);
        if open.is_empty() {
            return Ok(());
        }
        let seen = CheckSeen::of(&report.actions, &report.hosts, &report.public);
        for id in open {
            let event = IncidentEvent { check: Some(seen.clone()), ..IncidentEvent::new(id, Happening::Check, "") };
            books.write(event)?;
        }
        Ok(())
    });
    if let Err(error) = noted {
        ui.warn(&format!("the check is not in the record of the incident: {}", error.failure_of().message));
    }
}

/// The journal, and how it was asked for.
struct Books<'a> {
    journal: Journal,
    global: &'a Global,
}

impl Books<'_> {
    fn lines(&self) -> Result<Vec<Line>, CliError> {
        self.journal.read().map_err(|error| journal_error(&error))
    }

    /// One line: a run of its own that changes no host.
    fn write(&self, event: IncidentEvent) -> Result<(), CliError> {
        let now = Timestamp::now();
        self.write_as(author::run_id(now), now, event)
    }

    fn write_as(&self, run: RunId, time: Timestamp, event: IncidentEvent) -> Result<(), CliError> {
        let line = Line {
            schema: journal::SCHEMA.to_owned(),
            time,
            run,
            who: author::author(),
            inventory: author::stamp(&self.global.inventory),
            actions: vec![incident::ACTION.to_owned()],
            plan: String::new(),
            host: None,
            changes: Vec::new(),
            outcome: Some(incident::NOTED.to_owned()),
            reason: None,
            about: About { incident: Some(event), ..About::default() },
        };
        self.journal.note(&line).map_err(|error| {
            CliError::of(
                crate::report::ExitCode::Failure,
                &error,
                error.code(),
                "it is not recorded: write it down elsewhere",
            )
        })
    }

    async fn open(
        &self,
        ui: &Ui,
        title: &str,
        severity: Option<&str>,
        since: Option<Timestamp>,
    ) -> Result<ExitCode, CliError> {
        let now = Timestamp::now();
        let id = author::run_id(now);
        let event = IncidentEvent {
            at: since.filter(|since| *since < now),
            severity: severity.map(str::to_owned),
            ..IncidentEvent::new(id.clone(), Happening::Opened, title)
        };
        self.write_as(id.clone(), now, event)?;
        let incident = self.story(&id)?;
        let note = format!("opened {id}: from now on every check and run belongs to its timeline");
        let report = IncidentReport::new(incident, note, self.global.next("incident note \"…\""));
        app::print(ui, &report)?;
        self.tell(ui, EventKind::IncidentOpened, &report).await;
        Ok(ExitCode::Success)
    }

    fn note(&self, ui: &Ui, text: &str, at: Option<Timestamp>, id: Option<&str>) -> Result<ExitCode, CliError> {
        let id = self.named(id, Wanted::Open)?.id;
        let text = said(text)?;
        if text.is_empty() {
            return Err(CliError::usage(Failure::bare("usage", "the note is empty")));
        }
        self.write(IncidentEvent { at, ..IncidentEvent::new(id.clone(), Happening::Note, text) })?;
        let incident = self.story(&id)?;
        let note = format!("noted in {id} ({})", incident.title);
        app::print(ui, &IncidentReport::new(incident, note, self.global.next("incident status")))?;
        Ok(ExitCode::Success)
    }

    async fn close(
        &self,
        ui: &Ui,
        text: Option<&str>,
        at: Option<Timestamp>,
        id: Option<&str>,
    ) -> Result<ExitCode, CliError> {
        let incident = self.named(id, Wanted::Open)?;
        if incident.closed.is_some() {
            let message = format!("{} ({}) is closed already", incident.id, incident.title);
            let hint = self.global.next(&format!("incident note --incident {} \"…\"", incident.id));
            return Err(CliError::usage(Failure::new("incident-closed", message, format!("add a note: {hint}"))));
        }
        if at.is_some_and(|at| at < incident.began) {
            let message = format!("{} began later, at {}", incident.id, incident.began);
            return Err(CliError::usage(Failure::bare("usage", message)));
        }
        let text = text.map(said).transpose()?.unwrap_or_default();
        let id = incident.id;
        self.write(IncidentEvent { at, ..IncidentEvent::new(id.clone(), Happening::Closed, text) })?;
        let incident = self.story(&id)?;
        let left = incident.found.iter().filter(|found| found.clean_at.is_none()).count();
        if incident.last_check.is_none() {
            ui.warn("no check was run while it was open: whether all is as declared is not known");
        } else if left > 0 {
            ui.warn(&format!("the last check was not clean: {left} of its findings are left; the report lists them"));
        }
        let note = format!("closed {id} ({})", incident.title);
        let report = IncidentReport::new(incident, note, self.global.next(&format!("incident report {id}")));
        app::print(ui, &report)?;
        self.tell(ui, EventKind::IncidentClosed, &report).await;
        Ok(ExitCode::Success)
    }

    fn list(&self, ui: &Ui, open_only: bool) -> Result<ExitCode, CliError> {
        let lines = self.lines()?;
        let mut incidents = incident::all(&lines);
        if open_only {
            incidents.retain(|incident| incident.closed.is_none());
        }
        let next = match incidents.first() {
            None => Some(self.global.next("incident open \"…\"")).filter(|_| !open_only),
            Some(_) if open_only => Some(self.global.next("incident note \"…\"")),
            Some(first) => Some(self.global.next(&format!("incident report {}", first.id))),
        };
        app::print(ui, &IncidentsReport::new(incidents, open_only, next))?;
        Ok(ExitCode::Success)
    }

    async fn report(&self, ui: &Ui, arguments: &IncidentReportArguments) -> Result<ExitCode, CliError> {
        let mut incident = self.named(arguments.incident.as_deref(), Wanted::OpenOrLast)?;
        let mut unasked = 0;
        if arguments.from_hosts {
            let mut lines = self.lines()?;
            unasked = from_hosts(self.global, ui, &mut lines).await?;
            incident = named(incident::all(&lines), Some(incident.id.as_str()), Wanted::Open, self.global)?;
        }
        let now = Timestamp::now();
        let mut report = IncidentReport::draft(incident, now);
        if let Some(file) = &arguments.out {
            if !arguments.replace && file.exists() {
                let message = format!("{} is there already", file.display());
                let hint = "somebody may have worked on it: choose another name, or give --replace";
                return Err(CliError::usage(Failure::new("file-exists", message, hint)));
            }
            app::write_public(file, &report.markdown(now))?;
            report.note = Some(format!("the draft is in {}", file.display()));
            report.file = Some(file.display().to_string());
        }
        app::print(ui, &report)?;
        Ok(if unasked == 0 { ExitCode::Success } else { ExitCode::Unreachable })
    }

    fn story(&self, id: &RunId) -> Result<Incident, CliError> {
        self.named(Some(id.as_str()), Wanted::Open)
    }

    fn named(&self, id: Option<&str>, wanted: Wanted) -> Result<Incident, CliError> {
        named(incident::all(&self.lines()?), id, wanted, self.global)
    }

    /// A broken inventory keeps nobody from recording an incident.
    async fn tell(&self, ui: &Ui, kind: EventKind, report: &IncidentReport) {
        match Inventory::load(&self.global.inventory) {
            Ok(inventory) => {
                let document = serde_json::to_value(report).unwrap_or_default();
                notify::tell(ui, &inventory, notify::of_incident(self.global, kind, &report.incident, document)).await;
            }
            Err(errors) => ui.warn(&format!("nobody was told, as the inventory can't be read: {errors}")),
        }
    }
}

/// The incident of that name, or the one that is meant where none is named.
fn named(mut all: Vec<Incident>, id: Option<&str>, wanted: Wanted, global: &Global) -> Result<Incident, CliError> {
    let listed = |incidents: &[Incident]| {
        let one = |incident: &Incident| format!("{} ({})", incident.id, incident.title);
        incidents.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    if let Some(word) = id {
        let exact = all.iter().position(|incident| incident.id.as_str() == word);
        if let Some(at) = exact {
            return Ok(all.swap_remove(at));
        }
        let is = |incident: &Incident| incident.id.as_str().starts_with(word) || incident.id.as_str().ends_with(word);
        let (mut like, others): (Vec<Incident>, Vec<Incident>) = all.into_iter().partition(is);
        return match (like.pop(), like.is_empty()) {
            (Some(one), true) if !word.is_empty() => Ok(one),
            (Some(one), _) => {
                like.push(one);
                let message = format!("several incidents are called {word:?}: {}", listed(&like));
                Err(CliError::usage(Failure::new("ambiguous-incident", message, "write more of its name")))
            }
            (None, _) => {
                let message = format!("there is no incident {word:?}");
                let hint = if others.is_empty() {
                    "there is none at all".to_owned()
                } else {
                    format!("there are: {}", listed(&others))
                };
                Err(CliError::usage(Failure::new("unknown-incident", message, hint)))
            }
        };
    }
    let last = all.iter().rposition(|incident| incident.closed.is_some());
    let open = all.iter().filter(|incident| incident.closed.is_none()).count();
    match (open, wanted, last) {
        (1, ..) => {
            all.retain(|incident| incident.closed.is_none());
            Ok(all.swap_remove(0))
        }
        (0, Wanted::OpenOrLast, Some(last)) => Ok(all.swap_remove(last)),
        (0, ..) => {
            let hint = format!("open one: {}", global.next("incident open \"what is wrong\""));
            Err(CliError::usage(Failure::new("no-incident", "no incident is open", hint)))
        }
        (_, wanted, _) => {
            all.retain(|incident| incident.closed.is_none());
            let how = if wanted == Wanted::OpenOrLast { "name one" } else { "name one with --incident" };
            let message = format!("several incidents are open: {}", listed(&all));
            Err(CliError::usage(Failure::new("several-incidents", message, how)))
        }
    }
}

/// Which incident is meant where none is named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// The one that is open.
    Open,
    /// The one that is open, else the last one.
    OpenOrLast,
}

/// What somebody says, or what comes on standard input.
fn said(text: &str) -> Result<String, CliError> {
    let text = if text == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().take(LONGEST_NOTE + 1).read_to_end(&mut bytes);
        read.map_err(|error| {
            CliError::failure(Failure::bare("not-read", format!("cannot read standard input: {error}")))
        })?;
        String::from_utf8_lossy(&bytes).into_owned()
    } else {
        text.to_owned()
    };
    if u64::try_from(text.len()).is_ok_and(|length| length > LONGEST_NOTE) {
        let message = format!("it is longer than {} KiB", LONGEST_NOTE / 1024);
        return Err(CliError::usage(Failure::new("usage", message, "note what matters of it")));
    }
    Ok(text.trim_end().trim_start_matches('\n').to_owned())
}

/// Adds what the hosts keep of everybody's changes, and returns how many of them could not be asked.
async fn from_hosts(global: &Global, ui: &Ui, lines: &mut Vec<Line>) -> Result<usize, CliError> {
    app::without_facts(global, "incident report --from-hosts")?;
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let journals = host_journals::read_host_journals(global, ui, &inventory, &base).await?;
    let mut unasked = 0;
    for (host, journal) in journals {
        match journal {
            Err(failure) => {
                unasked += 1;
                ui.warn(&format!("what others did on {host} is not in it: {}", failure.message));
            }
            Ok(journal) => {
                for problem in &journal.problems {
                    ui.warn(&format!("the journal on {host} is odd: {problem}"));
                }
                let read = journal.lines.iter().filter_map(|line| match Reading::of(line.text.as_bytes()) {
                    Reading::Line(line) => Some(*line),
                    Reading::Newer(_) | Reading::Unreadable => None,
                });
                lines.extend(read);
            }
        }
    }
    Ok(unasked)
}
