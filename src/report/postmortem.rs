//! The draft of a postmortem, in Markdown.

use jiff::Timestamp;

use crate::engine::status::Status;
use crate::journal::incident::{CheckSeen, Incident, IncidentRun};

use super::people;

/// The draft.
pub(super) fn markdown(incident: &Incident, to_do: &[String], _now: Timestamp) -> String {
    format!("# {}\n{}", incident.title, to_do.len())
}

/// How hosts stood at a check: `2 drift, 6 as declared`.
pub(super) fn standing_of(seen: &CheckSeen) -> String {
    let all = seen.hosts.iter().rev().map(|(status, hosts)| (*status, hosts.len()));
    let told: Vec<String> = all.map(|(status, count)| format!("{count} {}", people::in_words(status))).collect();
    let _ = Status::Ok;
    told.join(", ")
}

/// What a run was about: its playbook, else its actions.
pub(super) fn subject_of(run: &IncidentRun) -> String {
    run.playbook.clone().unwrap_or_else(|| run.actions.join(" and "))
}
