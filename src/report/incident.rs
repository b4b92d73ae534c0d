//! Incidents: which there are, what happens in them, and the draft of a postmortem.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{BOLD, Canvas, Cell, DIM, GREEN, PLAIN, Page, RED, YELLOW};
use super::text::{number_of, sentence};
use super::{Report, incident_todo, postmortem};
use crate::journal::incident::{Incident, Verdict, What};

/// What `fleet schema incident` describes.
pub(super) const SCHEMA: &str = "fleet/incident/v1";

/// What `fleet schema incidents` describes.
pub(super) const LIST: &str = "fleet/incidents/v1";

/// How many of the last events a status shows.
const LAST: usize = 6;

/// One incident as a whole.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IncidentReport {
    schema: &'static str,
    /// The incident.
    #[serde(flatten)]
    pub incident: Incident,
    /// What is left to do, as far as its runs and checks tell.
    pub to_do: Vec<String>,
    /// The file that the draft was written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What was done or is to be heeded, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The command to type next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Where the result is the draft itself: when it was written.
    #[serde(skip)]
    drafted: Option<Timestamp>,
}

impl IncidentReport {
    /// Of an incident about which something was done.
    pub fn new(incident: Incident, note: impl Into<String>, next: impl Into<String>) -> Self {
        let to_do = incident_todo::of(&incident);
        let (note, next) = (Some(note.into()), Some(next.into()));
        Self { schema: SCHEMA, incident, to_do, file: None, note, next, drafted: None }
    }

    /// The draft of its postmortem.
    pub fn draft(incident: Incident, now: Timestamp) -> Self {
        let to_do = incident_todo::of(&incident);
        Self { schema: SCHEMA, incident, to_do, file: None, note: None, next: None, drafted: Some(now) }
    }

    /// The draft, in Markdown.
    pub fn markdown(&self, now: Timestamp) -> String {
        postmortem::markdown(&self.incident, &self.to_do, now)
    }
}

impl Report for IncidentReport {
    fn table(&self, canvas: &Canvas) -> String {
        if let (Some(now), None) = (self.drafted, &self.file) {
            return self.markdown(now);
        }
        let mut page = Page::new(canvas);
        if let Some(note) = &self.note {
            page.paragraph(0, &Cell::plain(""), &Cell::long(PLAIN, note));
        }
        if let Some(next) = &self.next {
            page.next(next);
        }
        page.finish()
    }
}

/// Several incidents.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IncidentsReport {
    schema: &'static str,
    /// From the oldest to the newest.
    pub incidents: Vec<Incident>,
    /// Whether only those were asked for that are open.
    pub open_only: bool,
    /// The command to type next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl IncidentsReport {
    /// All, or those that are open.
    pub fn new(incidents: Vec<Incident>, open_only: bool, next: Option<String>) -> Self {
        Self { schema: LIST, incidents, open_only, next }
    }
}

impl Report for IncidentsReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        if self.incidents.is_empty() {
            page.line(if self.open_only { "no incident is open" } else { "no incidents" });
        }
        for incident in &self.incidents {
            page.gap();
            show(&mut page, incident);
            if self.open_only {
                let skipped = incident.timeline.len().saturating_sub(LAST);
                if skipped > 0 {
                    let before = page.paint(DIM, &format!("  {} before", number_of(skipped, "event")));
                    page.line(&before);
                }
                for entry in &incident.timeline[skipped..] {
                    let lead = format!("{}  {}  ", entry.time.strftime("%F %H:%M"), entry.who.user);
                    page.paragraph(2, &Cell::new(DIM, &lead), &Cell::long(PLAIN, &in_a_line(incident, &entry.what)));
                }
            }
        }
        if let Some(next) = &self.next {
            page.next(next);
        }
        page.finish()
    }
}

fn show(page: &mut Page, incident: &Incident) {
    let (style, state) = match incident.closed {
        None => (RED, "open"),
        Some(_) => (GREEN, "closed"),
    };
    let severity = incident.severity.as_ref().map_or_else(String::new, |word| format!(" ({word})"));
    page.flow(&[
        (Cell::new(style, state), ""),
        (Cell::new(BOLD, &format!("{}{severity}", incident.title)), "  "),
        (Cell::new(DIM, incident.id.as_str()), "  "),
    ]);
    let began = incident.began.strftime("%F %H:%M UTC");
    let time = match incident.closed {
        Some(closed) => format!("{began}, for {}", span(incident.began, closed)),
        None => format!("since {began}"),
    };
    let found = incident.found.iter().filter(|found| found.clean_at.is_none()).count();
    let mut told = vec![
        (Cell::plain(&format!("  {time}")), ""),
        (Cell::plain(&format!("opened by {}", incident.opened_by.user)), ", "),
        (Cell::plain(&number_of(incident.runs.len(), "run")), ", "),
    ];
    match &incident.last_check {
        None => told.push((Cell::new(YELLOW, "no check yet"), ", ")),
        Some(last) if last.clean && found == 0 => told.push((Cell::new(GREEN, "the last check was clean"), ", ")),
        Some(_) => told.push((Cell::new(YELLOW, &format!("{} left", number_of(found, "finding"))), ", ")),
    }
    page.flow(&told);
}

/// What happened, in a line.
pub(super) fn in_a_line(incident: &Incident, what: &What) -> String {
    match what {
        What::Began => "it began".to_owned(),
        What::Opened => "opened".to_owned(),
        What::Note { text, .. } => sentence(text),
        What::Closed { text } if text.trim().is_empty() => "closed".to_owned(),
        What::Closed { text } => format!("closed: {}", sentence(text)),
        What::Check { seen, times, .. } => {
            let again = if *times > 1 { format!(" ({times} times)") } else { String::new() };
            format!("check of {}: {}{again}", seen.actions.join(", "), postmortem::standing_of(seen))
        }
        What::Run { run } => incident.run(run).map_or_else(
            || format!("run {run}"),
            |it| format!("{} {}: {}", postmortem::subject_of(it), run, verdict_in_words(it.verdict)),
        ),
    }
}

/// How a run ended.
pub(super) fn verdict_in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Applied => "applied",
        Verdict::Partly => "applied in part",
        Verdict::RolledBack => "rolled back",
        Verdict::Nothing => "changed nothing",
        Verdict::Unknown => "no ending known",
    }
}

/// From one moment to another, in days, hours and minutes.
pub(super) fn span(from: Timestamp, to: Timestamp) -> String {
    let minutes = (to.as_second() - from.as_second()).max(0) / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "min")];
    let told: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if told.is_empty() { "less than a minute".to_owned() } else { told.join(" ") }
}

#[cfg(test)]
#[path = "incident_tests.rs"]
mod tests;
