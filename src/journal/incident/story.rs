//! The story of one incident: what happened when, what was found, what helped, and what is there now.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::{Happening, IncidentEvent, Line};
use super::found::{Following, Found};
use super::runs::{IncidentRun, Standing, runs, standing};
use super::seen::{CheckSeen, Finding};
use crate::engine::plan::Author;
use crate::names::RunId;

/// An incident, from when it began to when it was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Incident {
    /// Its name.
    pub id: RunId,
    /// What is wrong, in a few words.
    pub title: String,
    /// How bad it is, in the team's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// When it began, as far as anybody said; else when it was opened.
    pub began: Timestamp,
    /// When it was opened.
    pub opened: Timestamp,
    /// Who opened it.
    pub opened_by: Author,
    /// When it was over; `None`: it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Timestamp>,
    /// Who closed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<Author>,
    /// What helped, in the words of whoever closed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helped: Option<String>,
    /// Everybody who noted, checked or ran something, in the order in which they came.
    pub people: Vec<String>,
    /// What happened, in the order of time.
    pub timeline: Vec<Entry>,
    /// The runs between its beginning and its end, in the order of time.
    pub runs: Vec<IncidentRun>,
    /// What checks found, in the order in which they did.
    pub found: Vec<Found>,
    /// What checks warned of, and what is so still, as far as is known.
    pub warnings: Vec<Finding>,
    /// What the runs have left on hosts.
    pub standing: Vec<Standing>,
    /// The last check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_check: Option<LastCheck>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Entry {
    /// When.
    pub time: Timestamp,
    /// Who did it.
    pub who: Author,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    /// It began, as whoever opened it said.
    Began,
    /// It was opened.
    Opened,
    /// Somebody noted something.
    Note {
        /// In their words.
        text: String,
        /// When it was written down, where that was later.
        #[serde(skip_serializing_if = "Option::is_none")]
        noted: Option<Timestamp>,
    },
    /// A check was run.
    Check {
        /// What it saw.
        seen: CheckSeen,
        /// What no check had seen before it.
        appeared: Vec<Finding>,
        /// What was there no more.
        gone: Vec<Finding>,
        /// How many checks in a row saw just this.
        times: usize,
        /// The last of them.
        until: Timestamp,
    },
    /// A run began; it stands among the runs.
    Run {
        /// Its name.
        run: RunId,
    },
    /// It was closed.
    Closed {
        /// With these words.
        text: String,
    },
}

/// How things stood at last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LastCheck {
    /// When.
    pub time: Timestamp,
    /// Whether all that it looked at was as declared.
    pub clean: bool,
    /// What it saw.
    pub seen: CheckSeen,
}

impl Incident {
    /// From all lines that there are, and the one that opened it.
    pub(super) fn of(lines: &[Line], opening: &Line) -> Self {
        let id = opening.about.incident.as_ref().map_or_else(|| opening.run.clone(), |event| event.incident.clone());
        let mut events: Vec<(Timestamp, &Line, &IncidentEvent)> = Vec::new();
        for (line, event) in super::events(lines).filter(|(_, event)| event.incident == id) {
            // Two journals may tell of the same.
            if !events.iter().any(|(_, other, _)| *other == line) {
                events.push((event.at.unwrap_or(line.time), line, event));
            }
        }
        events.sort_by_key(|(time, line, _)| (*time, line.time));
        let opened = opening.time;
        let closing = super::closing(lines, &id);
        let closed = closing.map(|(line, event)| event.at.unwrap_or(line.time));
        let starts = events.iter().filter(|(_, _, event)| event.event != Happening::Closed).map(|(time, ..)| *time);
        let began = starts.min().unwrap_or(opened).min(opened);
        let mut runs = runs(lines);
        runs.retain(|whole| whole.run.ended >= began && closed.is_none_or(|closed| whole.run.time <= closed));

        let said = opening.about.incident.as_ref();
        let mut following = Following::default();
        let mut timeline = Vec::new();
        let mut last_check = None;
        // Runs and events in one order; where a check and a run share an instant, the run came first.
        let mut happened: Vec<(Timestamp, Happened<'_>)> =
            runs.iter().map(|whole| (whole.run.time, Happened::Run(&whole.run))).collect();
        happened.extend(events.iter().map(|(time, line, event)| (*time, Happened::Event(line, event))));
        happened.sort_by_key(|(time, _)| *time);
        if said.is_some_and(|event| event.at.is_some_and(|at| at < opened)) {
            happened.push((opened, Happened::Opening(opening)));
            happened.sort_by_key(|(time, _)| *time);
        }
        for (time, what) in happened {
            let (who, what) = match what {
                Happened::Run(run) => (&run.who, What::Run { run: run.run.clone() }),
                Happened::Opening(line) => (&line.who, What::Opened),
                Happened::Event(line, event) => {
                    let what = match event.event {
                        Happening::Opened if time < line.time => What::Began,
                        Happening::Opened => What::Opened,
                        Happening::Note => {
                            let noted = Some(line.time).filter(|_| event.at.is_some());
                            What::Note { text: event.text.clone(), noted }
                        }
                        Happening::Closed if Some(time) == closed => What::Closed { text: event.text.clone() },
                        // It was closed twice, by two people: the second one noted something.
                        Happening::Closed => What::Note { text: event.text.clone(), noted: None },
                        Happening::Check => {
                            let seen = event.check.clone().unwrap_or_default();
                            let delta = following.take(time, &seen);
                            last_check = Some(LastCheck { time, clean: seen.is_clean(), seen: seen.clone() });
                            What::Check { seen, appeared: delta.appeared, gone: delta.gone, times: 1, until: time }
                        }
                    };
                    (&line.who, what)
                }
            };
            add(&mut timeline, Entry { time, who: who.clone(), what });
        }
        let (found, warnings) = following.finish(&runs);
        Self {
            title: said.map_or_else(String::new, |event| event.text.clone()),
            severity: said.and_then(|event| event.severity.clone()),
            began,
            opened,
            opened_by: opening.who.clone(),
            closed,
            closed_by: closing.map(|(line, _)| line.who.clone()),
            helped: closing.map(|(_, event)| event.text.trim().to_owned()).filter(|text| !text.is_empty()),
            people: people(&timeline),
            timeline,
            standing: standing(&runs),
            runs: runs.into_iter().map(|whole| whole.run).collect(),
            found,
            warnings,
            last_check,
            id,
        }
    }

    /// The run of this name.
    pub fn run(&self, name: &RunId) -> Option<&IncidentRun> {
        self.runs.iter().find(|run| run.run == *name)
    }
}

enum Happened<'a> {
    Run(&'a IncidentRun),
    Opening(&'a Line),
    Event(&'a Line, &'a IncidentEvent),
}

/// Checks in a row that see just the same are one entry: a monitor looks every minute.
fn add(timeline: &mut Vec<Entry>, entry: Entry) {
    if let What::Check { seen, appeared, gone, .. } = &entry.what
        && appeared.is_empty()
        && gone.is_empty()
        && let Some(What::Check { seen: before, times, until, .. }) = timeline.last_mut().map(|last| &mut last.what)
        && before == seen
    {
        *times += 1;
        *until = entry.time;
        return;
    }
    timeline.push(entry);
}

fn people(timeline: &[Entry]) -> Vec<String> {
    let mut people: Vec<String> = Vec::new();
    for entry in timeline {
        if !people.contains(&entry.who.user) {
            people.push(entry.who.user.clone());
        }
    }
    people
}
