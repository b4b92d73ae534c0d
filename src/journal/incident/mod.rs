//! Incidents: what people note and checks see beside runs, and the story that all of it makes.
//!
//! Everything here is pure: from the lines of a journal, whoever keeps them, to an [`Incident`].

mod found;
mod runs;
#[cfg(test)]
pub(crate) mod samples;
mod seen;
mod story;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use found::Found;
pub use runs::{Group, IncidentRun, Standing, Verdict};
pub use seen::{CheckSeen, Finding};
pub use story::{Entry, Incident, LastCheck, What};

use super::{Happening, IncidentEvent, Line};
use crate::names::RunId;

/// The outcome of lines that tell of an incident: they change no host, and are over.
pub const NOTED: &str = "noted";

/// The action of lines that tell of an incident.
pub const ACTION: &str = "incident";

impl IncidentEvent {
    /// An event that is written down as it happens.
    pub fn new(incident: RunId, event: Happening, text: impl Into<String>) -> Self {
        Self { incident, event, text: text.into(), at: None, severity: None, check: None }
    }
}

/// Every incident in these lines, from the oldest to the newest.
pub fn all(lines: &[Line]) -> Vec<Incident> {
    let mut all: Vec<Incident> = openings(lines).map(|(line, _)| Incident::of(lines, line)).collect();
    all.sort_by(|a, b| (a.opened, &a.id).cmp(&(b.opened, &b.id)));
    all
}

/// The names of those that are open, from the oldest to the newest.
pub fn open(lines: &[Line]) -> Vec<RunId> {
    let mut open: Vec<(Timestamp, &RunId)> = openings(lines)
        .filter(|(_, event)| closing(lines, &event.incident).is_none())
        .map(|(line, event)| (line.time, &event.incident))
        .collect();
    open.sort();
    open.into_iter().map(|(_, id)| id.clone()).collect()
}

/// The lines that tell of incidents, with what they tell.
fn events(lines: &[Line]) -> impl Iterator<Item = (&Line, &IncidentEvent)> {
    lines.iter().filter_map(|line| Some((line, line.about.incident.as_ref()?)))
}

/// The first line of each incident; that two journals tell of it makes it no second one.
fn openings(lines: &[Line]) -> impl Iterator<Item = (&Line, &IncidentEvent)> {
    let mut known = std::collections::BTreeSet::new();
    events(lines).filter(move |(_, event)| event.event == Happening::Opened && known.insert(event.incident.clone()))
}

/// The line that closed it: the first one, whatever was said later.
fn closing<'a>(lines: &'a [Line], incident: &RunId) -> Option<(&'a Line, &'a IncidentEvent)> {
    events(lines).find(|(_, event)| event.event == Happening::Closed && event.incident == *incident)
}
