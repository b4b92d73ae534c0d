//! What people and scripts are told where they are not at the terminal: one line that says it all.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::fold::names;
use super::text::{inline, sentence};
use super::{ApplyReport, incident, people};
use crate::engine::plan::Author;
use crate::engine::status::{HostResult, Status};
use crate::journal::incident::Incident;
use crate::names::HostName;

/// What `fleet schema notification` describes.
pub(super) const SCHEMA: &str = "fleet/notification/v1";

/// The longest reason in a message, in characters.
const LONGEST_REASON: usize = 200;

/// What webhooks and commands get: what happened, in words and as a result.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NotificationReport {
    schema: &'static str,
    /// `incident_opened`, `incident_closed`, `change`, `failure` or `break_glass`.
    pub event: String,
    /// What happened, in a few words.
    pub title: String,
    /// The same in one line: who, what, where, how it ended, and the command that shows more.
    pub text: String,
    /// The result of the command, with its own schema: `fleet/apply/v1` or `fleet/incident/v1`.
    pub result: Value,
}

impl NotificationReport {
    /// Around a result.
    pub fn new(event: &str, title: &str, text: &str, result: Value) -> Self {
        Self { schema: SCHEMA, event: event.to_owned(), title: title.to_owned(), text: text.to_owned(), result }
    }
}

/// Something to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// In a few words.
    pub title: String,
    /// In one line.
    pub text: String,
}

/// Whether every host is as it was to be.
pub fn went_well(report: &ApplyReport) -> bool {
    report.hosts.iter().all(|host| matches!(host.status, Status::Ok | Status::Changed))
}

/// Of a run that has ended; `more`: the command that shows it.
pub fn of_run(who: &Author, report: &ApplyReport, more: &str, rehearsal: bool) -> Notice {
    let what = report.actions.join(" and ");
    let title = if went_well(report) { format!("{what} changed") } else { format!("{what} failed") };
    let run = report.run.as_ref().map_or_else(String::new, |run| format!("run {run}, "));
    let text = format!("{}@{}: {what}: {}; {run}see `{more}`", who.user, who.machine, outcomes(&report.hosts));
    notice(&title, &text, rehearsal)
}

/// Of a run that went without the approval that it needed.
pub fn of_break_glass(who: &Author, report: &ApplyReport, reason: &str, more: &str, rehearsal: bool) -> Notice {
    let what = report.actions.join(" and ");
    let text = format!(
        "BREAK-GLASS: {}@{} applied {what} without approval: \"{}\"; {}; see `{more}`",
        who.user,
        who.machine,
        inline(&sentence(reason), LONGEST_REASON),
        outcomes(&report.hosts)
    );
    notice("approval was not waited for", &text, rehearsal)
}

/// Of an incident that was opened or closed.
pub fn of_incident(incident: &Incident, more: &str, rehearsal: bool) -> Notice {
    let severity = incident.severity.as_ref().map_or_else(String::new, |word| format!(" ({word})"));
    let (title, text) = if let (Some(closed), Some(by)) = (&incident.closed, &incident.closed_by) {
        let helped = incident.helped.as_ref().map_or_else(String::new, |text| {
            format!(" What helped: {}.", inline(&sentence(text), LONGEST_REASON).trim_end_matches('.'))
        });
        let took = incident::span(incident.began, *closed);
        let text = format!("{} closed \"{}\"{severity} after {took}.{helped}", by.user, incident.title);
        (format!("incident closed: {}", incident.title), text)
    } else {
        let since = incident.began.strftime("%F %H:%M UTC");
        let by = &incident.opened_by.user;
        let text = format!("{by} opened an incident: \"{}\"{severity}, since {since}.", incident.title);
        (format!("incident opened: {}", incident.title), text)
    };
    notice(&title, &format!("{text} See `{more}`"), rehearsal)
}

fn notice(title: &str, text: &str, rehearsal: bool) -> Notice {
    let lead = if rehearsal { "rehearsal: " } else { "" };
    Notice { title: format!("{lead}{title}"), text: format!("{lead}{}", sentence(text)) }
}

/// `rolled back on franz (nginx -t failed), changed and verified on cdn-[1-4]`: the worst first.
fn outcomes(hosts: &[HostResult]) -> String {
    let reason = |host: &HostResult| {
        let failures = host.error.iter().chain(host.items.iter().filter_map(|item| item.error.as_ref()));
        let first = failures.map(|failure| failure.message.lines().next().unwrap_or_default()).next()?;
        Some(inline(&sentence(first), LONGEST_REASON))
    };
    let mut all = people::folded(hosts.iter().map(|host| ((host.status, reason(host)), host.host.clone())));
    all.sort_by_key(|((status, _), _)| std::cmp::Reverse(*status));
    let told = all.into_iter().map(|((status, reason), hosts)| {
        let reason = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
        format!("{} on {}{reason}", people::in_words(status), counted(&hosts))
    });
    told.collect::<Vec<_>>().join(", ")
}

fn counted(hosts: &BTreeSet<HostName>) -> String {
    if hosts.len() == 1 { names(hosts) } else { format!("{} ({} hosts)", names(hosts), hosts.len()) }
}

/// The longest message of Discord, in characters: <https://discord.com/developers/docs/resources/webhook>.
const DISCORD: usize = 2000;

/// As Slack takes it: three characters are its own, and no formatting is wanted
/// (<https://api.slack.com/reference/surfaces/formatting#escaping>).
pub fn for_slack(text: &str) -> Value {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({ "text": text, "mrkdwn": false, "unfurl_links": false })
}

/// As Discord takes it: a backslash before what formats, and nobody is mentioned.
pub fn for_discord(text: &str) -> Value {
    let mut content = String::with_capacity(text.len());
    let mut length = 0;
    for c in text.chars() {
        let special = matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '#' | '[' | ']' | '@');
        let width = 1 + usize::from(special);
        if length + width >= DISCORD {
            content.push('…');
            break;
        }
        if special {
            content.push('\\');
        }
        content.push(c);
        length += width;
    }
    json!({ "content": content, "allowed_mentions": { "parse": [] } })
}
