//! Telling those that `[notify]` declares of what happens: after the work, side by side, and within a limit. Who could not be
//! told is said, and stops nothing.

use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

use crate::http::{Client, Request, Roots};
use crate::inventory::{Inventory, NotifyDeclaration, NotifyTarget, Occasion, WebhookForm, WebhookUrl};
use crate::journal::incident::Incident;
use crate::report::{ApplyReport, CheckReport, ExitCode, NotificationReport, Ui, nagios, notice};
use crate::secrets::Resolver;

use super::args::Global;
use super::author;

/// How long all of them may take together.
const LIMIT: Duration = Duration::from_secs(10);

/// As [`LIMIT`], where telling is what the command is for.
const LIMIT_OF_CHECKS: Duration = Duration::from_secs(60);

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventKind {
    /// An incident was opened.
    IncidentOpened,
    /// An incident was closed.
    IncidentClosed,
    /// A run changed hosts, and all went well.
    Change,
    /// A run did not come to a good end on every host.
    Failure,
    /// A run went without the approval that it needed.
    BreakGlass,
    /// Certificates are not as they should be.
    Certificates,
}

impl EventKind {
    /// The word for scripts.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::IncidentOpened => "incident_opened",
            Self::IncidentClosed => "incident_closed",
            Self::Change => "change",
            Self::Failure => "failure",
            Self::BreakGlass => "break_glass",
            Self::Certificates => "certificate",
        }
    }

    fn occasion(self) -> Occasion {
        match self {
            Self::IncidentOpened | Self::IncidentClosed => Occasion::Incident,
            Self::Change => Occasion::Change,
            Self::Failure => Occasion::Failure,
            Self::BreakGlass => Occasion::BreakGlass,
            Self::Certificates => Occasion::Certificate,
        }
    }

    fn limit(self) -> Duration {
        let limit = if self == Self::Certificates { LIMIT_OF_CHECKS } else { LIMIT };
        // For rehearsals of webhooks that do not answer.
        let seconds = std::env::var("FLEET_NOTIFY_LIMIT").ok().and_then(|text| text.parse().ok());
        seconds.filter(|seconds| (1..=60).contains(seconds)).map_or(limit, Duration::from_secs)
    }
}

/// What happened, in one line and as data.
pub(super) struct Event {
    pub(super) kind: EventKind,
    /// What happened, in a few words.
    pub(super) title: String,
    /// Who, what, where, how it ended, and the command that shows more.
    pub(super) text: String,
    /// A result of fleet's, with its schema.
    pub(super) document: Value,
}

/// How many were told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) told: usize,
    pub(super) failed: usize,
}

/// Tells everybody who wants to hear of it. Call it once the work is done and the report is printed: it takes ten seconds at most.
pub(super) async fn tell(ui: &Ui, inventory: &Inventory, event: Event) -> Told {
    let wanted = event.kind.occasion();
    let targets: Vec<&NotifyDeclaration> =
        inventory.notify().values().filter(|target| target.on.contains(&wanted)).collect();
    if targets.is_empty() && event.kind == EventKind::BreakGlass {
        ui.warn("nobody is told that approval was not waited for: no [notify.NAME] is told of break_glass");
    }
    let limit = event.kind.limit();
    let event = &event;
    let told = join_all(targets.into_iter().map(|target| async move {
        let end = tokio::time::timeout(limit, one(inventory, target, event, limit)).await;
        let end = end.unwrap_or_else(|_| Err(format!("no answer within {} s", limit.as_secs())));
        (target, end)
    }))
    .await;
    let mut count = Told::default();
    for (target, end) in told {
        match end {
            Ok(()) => count.told += 1,
            Err(why) => {
                ui.warn(&format!("notify.{} could not be told: {why}", target.name));
                count.failed += 1;
            }
        }
    }
    count
}

/// What `cert check --notify` tells: everybody, if something is not as it should be.
pub(super) async fn of_check(ui: &Ui, inventory: &Inventory, report: &CheckReport, code: ExitCode) -> ExitCode {
    if code == ExitCode::Success {
        return ExitCode::Success;
    }
    if !inventory.notify().values().any(|target| target.on.contains(&Occasion::Certificate)) {
        ui.warn("nobody is told: the inventory has no [notify.NAME] that is told of certificates");
        return ExitCode::Failure;
    }
    let text = nagios(report, &[], false).text.trim_end().to_owned();
    let document = document(report);
    let event = Event { kind: EventKind::Certificates, title: "certificates".to_owned(), text, document };
    if tell(ui, inventory, event).await.failed == 0 { ExitCode::Success } else { ExitCode::Failure }
}

/// What is told of a run that has ended: what became of it, and before that, where its approval was not waited for, why.
pub(super) fn of_run(global: &Global, report: &ApplyReport, break_glass: Option<&str>) -> Vec<Event> {
    let who = author::author();
    let more = |run| global.next(&format!("log --run {run}"));
    let Some(run) = &report.run else { return Vec::new() };
    let said = notice::of_run(&who, report, &more(run), global.lab);
    let mut events = Vec::new();
    if let Some(reason) = break_glass {
        let notice::Notice { title, text } = notice::of_break_glass(&who, report, reason, &more(run), global.lab);
        events.push(Event { kind: EventKind::BreakGlass, title, text, document: document(report) });
    }
    let kind = if notice::went_well(report) { EventKind::Change } else { EventKind::Failure };
    events.push(Event { kind, title: said.title, text: said.text, document: document(report) });
    events
}

/// What is told of an incident that was opened or closed.
pub(super) fn of_incident(global: &Global, kind: EventKind, incident: &Incident, document: Value) -> Event {
    let more = global.next(&match kind {
        EventKind::IncidentOpened => "incident status".to_owned(),
        _ => format!("incident report {}", incident.id),
    });
    let notice::Notice { title, text } = notice::of_incident(incident, &more, global.lab);
    Event { kind, title, text, document }
}

fn document(report: &impl serde::Serialize) -> Value {
    serde_json::to_value(report).unwrap_or_default()
}

async fn one(inventory: &Inventory, to: &NotifyDeclaration, event: &Event, limit: Duration) -> Result<(), String> {
    match &to.target {
        NotifyTarget::Command(argv) => command(argv, inventory, event).await,
        NotifyTarget::Webhook { url, form } => {
            let secret;
            let url = match url {
                WebhookUrl::Plain(url) => url.as_str(),
                WebhookUrl::Secret(reference) => {
                    // A command that fetches it must not hold up the others.
                    let (reference, resolver) = (reference.clone(), Resolver::new(inventory.dir()).command_time(limit));
                    let fetched = tokio::task::spawn_blocking(move || resolver.resolve(&reference)).await;
                    let fetched = fetched.map_err(|_| "its URL could not be fetched".to_owned())?;
                    secret = fetched.map_err(|error| error.to_string())?;
                    secret.expose_str().ok_or("its URL is no text")?
                }
            };
            webhook(url, *form, event).await
        }
    }
}

async fn command(argv: &[String], inventory: &Inventory, event: &Event) -> Result<(), String> {
    let (program, arguments) = argv.split_first().ok_or("it names no program")?;
    let words = |error: std::io::Error| format!("{program}: {}", crate::text::system_words(&error));
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .current_dir(inventory.dir())
        .env("FLEET_EVENT", event.kind.word())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(words)?;
    let document = crate::text::json(&for_scripts(event));
    if let Some(mut stdin) = child.stdin.take() {
        // Who does not read it is asked for its exit code all the same.
        let _ = stdin.write_all(document.as_bytes()).await;
    }
    let status = child.wait().await.map_err(words)?;
    if status.success() { Ok(()) } else { Err(format!("{program} ended with {status}")) }
}

async fn webhook(url: &str, form: WebhookForm, event: &Event) -> Result<(), String> {
    let client = Client::new(&Roots::Platform, None).map_err(|error| error.to_string())?;
    let answer = match form {
        WebhookForm::Ntfy => {
            let body = Some(("text/plain; charset=utf-8", event.text.as_bytes().to_vec()));
            client.send(Request { method: http::Method::POST, url, secret: true, body }).await
        }
        WebhookForm::Slack => client.post_json(url, &notice::for_slack(&event.text)).await,
        WebhookForm::Discord => client.post_json(url, &notice::for_discord(&event.text)).await,
        WebhookForm::Generic => client.post_json(url, &for_scripts(event)).await,
    };
    let answer = answer.map_err(|error| error.to_string())?;
    if answer.status.is_success() { Ok(()) } else { Err(format!("it answered {}", answer.status.as_u16())) }
}

/// Of certificates the result of the check itself, of all else a document around the result.
fn for_scripts(event: &Event) -> Value {
    if event.kind == EventKind::Certificates {
        return event.document.clone();
    }
    document(&NotificationReport::new(event.kind.word(), &event.title, &event.text, event.document.clone()))
}
