//! Which runs are wanted: found with a glance at each line; only the lines of those that are told are read whole.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;

use super::Journal;
use super::error::JournalError;
use super::line::{Happening, Line, Reading};
use crate::names::RunId;

/// What runs must have to be told; an empty field asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// They changed one of these hosts.
    pub hosts: BTreeSet<String>,
    /// They were of this action.
    pub action: Option<String>,
    /// This person ran them: `user` or `user@machine`.
    pub who: Option<String>,
    /// They began then or later.
    pub since: Option<Timestamp>,
    /// They began then or earlier.
    pub until: Option<Timestamp>,
    /// Their name begins so; where one has exactly this name, it alone.
    pub run: Option<String>,
    /// They began while this incident was open, or are what was said of it; the beginning of its name is enough. What
    /// checks saw while it was open is told with it alone.
    pub incident: Option<String>,
    /// Only the last so many.
    pub last: Option<usize>,
}

/// The lines of the runs that are wanted.
#[derive(Clone, Debug, Default)]
pub struct Picked {
    /// In the order in which they stood.
    pub lines: Vec<Line>,
    /// How many wanted runs are older than the last ones that were asked for.
    pub older: usize,
    /// How many lines are of newer formats, by format.
    pub newer: BTreeMap<String, usize>,
    /// How many lines cannot be read.
    pub unreadable: usize,
}

impl Journal {
    /// The lines of the runs that are wanted; `others` are lines that do not stand in this journal.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn pick(&self, wanted: &Wanted, others: &[Line]) -> Result<Picked, JournalError> {
        let raw = self.raw()?;
        let mut runs = Runs::default();
        let mut picked = Picked::default();
        raw.each(|line| match serde_json::from_slice::<Glance>(line.bytes) {
            Ok(glance) => runs.see(&glance, line.number, wanted),
            Err(_) => match Reading::of(line.bytes) {
                Reading::Newer(schema) => *picked.newer.entry(schema).or_default() += 1,
                Reading::Line(_) | Reading::Unreadable => picked.unreadable += 1,
            },
        })?;
        for line in others {
            runs.see(&Glance::of(line), u64::MAX, wanted);
        }
        let Chosen { names, older, first } = runs.chosen(wanted);
        picked.older = older;
        raw.each(|line| {
            if line.number < first {
                return;
            }
            let named = serde_json::from_slice::<Named>(line.bytes);
            if !named.is_ok_and(|it| names.contains(it.run.whole_str())) {
                return;
            }
            match Reading::of(line.bytes) {
                Reading::Line(line) => picked.lines.push(*line),
                Reading::Newer(schema) => *picked.newer.entry(schema).or_default() += 1,
                Reading::Unreadable => picked.unreadable += 1,
            }
        })?;
        picked.lines.extend(others.iter().filter(|line| names.contains(line.run.whole_str())).cloned());
        Ok(picked)
    }
}

/// What of a line decides whether its run is wanted.
#[derive(Deserialize)]
struct Glance {
    time: Timestamp,
    run: RunId,
    who: Who,
    actions: Vec<String>,
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    incident: Option<Event>,
}

#[derive(Deserialize)]
struct Named {
    run: RunId,
}

#[derive(Deserialize)]
struct Who {
    user: String,
    machine: String,
}

#[derive(Deserialize)]
struct Event {
    incident: String,
    event: Happening,
}

impl Glance {
    fn of(line: &Line) -> Self {
        Self {
            time: line.time,
            run: line.run.clone(),
            who: Who { user: line.who.user.clone(), machine: line.who.machine.clone() },
            actions: line.actions.clone(),
            host: line.host.as_ref().map(|host| host.as_str().to_owned()),
            incident: line
                .about
                .incident
                .as_ref()
                .map(|event| Event { incident: event.incident.as_str().to_owned(), event: event.event }),
        }
    }
}

/// The runs that are told.
struct Chosen {
    names: BTreeSet<String>,
    /// How many that are wanted too are older.
    older: usize,
    /// The number of the first line of them.
    first: u64,
}

/// What is known of all runs after a glance at their lines.
#[derive(Default)]
struct Runs {
    runs: BTreeMap<String, Brief>,
    /// From when to when each incident was open.
    incidents: BTreeMap<String, (Option<Timestamp>, Option<Timestamp>)>,
}

struct Brief {
    time: Timestamp,
    /// The number of its first line.
    first: u64,
    /// Whether it has what is asked of a run's first line.
    fits: bool,
    /// Whether one of its hosts is asked for.
    has_host: bool,
    /// What it is said of.
    incident: Option<String>,
}

impl Runs {
    fn see(&mut self, glance: &Glance, number: u64, wanted: &Wanted) {
        if let Some(event) = &glance.incident {
            // There may be many of them, and they are no runs: told where they are asked for.
            if event.event == Happening::Check && wanted.incident.is_none() && wanted.run.is_none() {
                return;
            }
            let (opened, closed) = self.incidents.entry(event.incident.clone()).or_default();
            match event.event {
                Happening::Opened => *opened = Some(glance.time),
                Happening::Closed => *closed = Some(glance.time),
                Happening::Note | Happening::Check => {}
            }
        }
        let name = glance.run.whole_str();
        let has_host = glance.host.as_ref().is_some_and(|host| wanted.hosts.contains(host));
        if let Some(brief) = self.runs.get_mut(name) {
            brief.has_host |= has_host;
            brief.time = brief.time.min(glance.time);
            return;
        }
        let who = &glance.who;
        let fits = wanted.action.as_ref().is_none_or(|action| glance.actions.contains(action))
            && wanted.who.as_ref().is_none_or(|it| *it == who.user || *it == format!("{}@{}", who.user, who.machine));
        let incident = glance.incident.as_ref().map(|event| event.incident.clone());
        self.runs.insert(name.to_owned(), Brief { time: glance.time, first: number, fits, has_host, incident });
    }

    fn chosen(self, wanted: &Wanted) -> Chosen {
        let exact = wanted.run.as_ref().map(|name| RunId::new(name).whole());
        let exact = exact.filter(|name| self.runs.contains_key(name.as_str()));
        let named = |name: &str| match (&exact, &wanted.run) {
            (Some(exact), _) => name == exact.as_str(),
            (None, Some(prefix)) => name.starts_with(prefix.as_str()),
            (None, None) => true,
        };
        let incidents: BTreeMap<&String, _> = match &wanted.incident {
            Some(prefix) => self.incidents.iter().filter(|(name, _)| name.starts_with(prefix.as_str())).collect(),
            None => BTreeMap::new(),
        };
        let of_incident = |brief: &Brief| {
            wanted.incident.is_none()
                || brief.incident.as_ref().is_some_and(|name| incidents.contains_key(name))
                || incidents.values().any(|(opened, closed)| {
                    opened.is_some_and(|opened| opened <= brief.time)
                        && closed.is_none_or(|closed| brief.time <= closed)
                })
        };
        let mut chosen: Vec<(Timestamp, &String, u64)> = self
            .runs
            .iter()
            .filter(|(name, brief)| {
                named(name)
                    && brief.fits
                    && (wanted.hosts.is_empty() || brief.has_host)
                    && wanted.since.is_none_or(|since| brief.time >= since)
                    && wanted.until.is_none_or(|until| brief.time <= until)
                    && of_incident(brief)
            })
            .map(|(name, brief)| (brief.time, name, brief.first))
            .collect();
        chosen.sort_unstable();
        let older = wanted.last.map_or(0, |last| chosen.len().saturating_sub(last));
        let told = &chosen[older..];
        Chosen {
            names: told.iter().map(|(_, name, _)| (*name).clone()).collect(),
            older,
            first: told.iter().map(|(.., first)| *first).min().unwrap_or(u64::MAX),
        }
    }
}
