//! How far a run is: drawn on the terminal of stderr, and told as events to scripts that asked for JSON lines.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Ui, text};
use crate::engine::status::Status;
use crate::names::HostName;

/// What `fleet schema event` describes.
pub(super) const SCHEMA: &str = "fleet/event/v1";

/// Hosts that are shown at a time, besides the summary.
const MOST_SHOWN: usize = 8;

/// Something that happened to a host while the run goes on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Event<'a> {
    schema: &'static str,
    /// `begin`, `phase` or `end`.
    #[serde(rename = "event")]
    what: &'static str,
    /// The host.
    host: &'a HostName,
    /// What it does now, such as `validate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'a str>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

/// Follows the hosts of one run; what it drew is gone when it is dropped.
pub struct Progress<'a> {
    ui: &'a Ui,
    drawing: Option<Mutex<Drawing>>,
}

struct Drawing {
    bars: MultiProgress,
    summary: ProgressBar,
    hosts: Vec<ProgressBar>,
    state: State,
}

/// What is known of the run.
#[derive(Debug)]
struct State {
    verb: String,
    total: usize,
    active: Vec<(HostName, String)>,
    ended: BTreeMap<Status, usize>,
}

impl<'a> Progress<'a> {
    pub(super) fn new(ui: &'a Ui, bars: Option<&MultiProgress>, total: usize, verb: &str) -> Self {
        let state = State { verb: verb.to_owned(), total, active: Vec::new(), ended: BTreeMap::new() };
        let drawing = bars.map(|bars| Mutex::new(Drawing::new(bars.clone(), state)));
        Self { ui, drawing }
    }

    /// A host's turn has come.
    pub fn begin(&self, host: &HostName) {
        self.tell("begin", host, None, None);
        self.draw(|state| state.active.push((host.clone(), String::new())));
    }

    /// What it does now, such as `validate`.
    pub fn phase(&self, host: &HostName, phase: &str) {
        self.tell("phase", host, Some(phase), None);
        self.draw(|state| {
            if let Some((_, shown)) = state.active.iter_mut().find(|(active, _)| active == host) {
                *shown = text::sentence(phase);
            }
        });
    }

    /// It is done.
    pub fn end(&self, host: &HostName, status: Status) {
        self.tell("end", host, None, Some(status));
        self.draw(|state| {
            state.active.retain(|(active, _)| active != host);
            *state.ended.entry(status).or_insert(0) += 1;
        });
    }

    fn tell(&self, what: &'static str, host: &HostName, phase: Option<&str>, status: Option<Status>) {
        self.ui.event(&Event { schema: SCHEMA, what, host, phase, status });
    }

    fn draw(&self, change: impl FnOnce(&mut State)) {
        if let Some(drawing) = &self.drawing {
            let mut drawing = lock(drawing);
            change(&mut drawing.state);
            drawing.show();
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Some(drawing) = &self.drawing {
            let drawing = lock(drawing);
            for bar in drawing.hosts.iter().chain([&drawing.summary]) {
                bar.finish_and_clear();
                drawing.bars.remove(bar);
            }
        }
    }
}

/// A thread that panicked while drawing leaves a drawing that is at worst out of date.
fn lock(drawing: &Mutex<Drawing>) -> MutexGuard<'_, Drawing> {
    drawing.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drawing {
    fn new(bars: MultiProgress, state: State) -> Self {
        let summary = bars.add(spinner("{spinner} {wide_msg}"));
        summary.enable_steady_tick(Duration::from_millis(100));
        let mut drawing = Self { bars, summary, hosts: Vec::new(), state };
        drawing.show();
        drawing
    }

    fn show(&mut self) {
        self.summary.set_message(self.state.summary());
        let lines = self.state.lines();
        while self.hosts.len() < lines.len() {
            self.hosts.push(self.bars.add(spinner("  {wide_msg}")));
        }
        for bar in self.hosts.drain(lines.len()..) {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
        for (bar, line) in self.hosts.iter().zip(lines) {
            bar.set_message(line);
        }
    }
}

fn spinner(template: &str) -> ProgressBar {
    // The templates are constants; the default style is as good as any, should indicatif come to refuse one.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::new_spinner().with_style(style)
}

impl State {
    /// `checking: 37 of 60 hosts, 2 unreachable`.
    fn summary(&self) -> String {
        let done: usize = self.ended.values().sum();
        let bad = |status: &Status| match status {
            Status::Failed | Status::RolledBack | Status::Unknown | Status::Unreachable => true,
            Status::Ok | Status::Changed | Status::Skipped | Status::Planned | Status::Stale | Status::Drift => false,
        };
        let hosts = text::number_of(self.total, "host");
        let mut parts = vec![format!("{}: {done} of {hosts}", self.verb)];
        for (status, count) in self.ended.iter().rev().filter(|(status, _)| bad(status)) {
            parts.push(format!("{count} {}", status.word()));
        }
        parts.join(", ")
    }

    /// The hosts that have been at it the longest.
    fn lines(&self) -> Vec<String> {
        let shown = self.active.iter().take(MOST_SHOWN);
        shown
            .map(|(host, phase)| if phase.is_empty() { host.to_string() } else { format!("{host}: {phase}") })
            .collect()
    }
}

/// Documents of each kind of event.
#[cfg(test)]
pub(super) fn samples() -> Vec<serde_json::Value> {
    let host = HostName::new("fritz");
    let event = |what, phase, status| Event { schema: SCHEMA, what, host: &host, phase, status };
    [event("begin", None, None), event("phase", Some("validate"), None), event("end", None, Some(Status::RolledBack))]
        .iter()
        .map(|event| serde_json::to_value(event).unwrap())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_summary_and_at_most_eight_hosts() {
        let hosts: Vec<HostName> = (1..=12).map(|number| HostName::new(format!("web{number}"))).collect();
        let mut state = State { verb: "checking".to_owned(), total: 60, active: Vec::new(), ended: BTreeMap::new() };
        state.active = hosts.into_iter().map(|host| (host, "validate".to_owned())).collect();
        state.ended =
            BTreeMap::from([(Status::Ok, 30), (Status::Drift, 5), (Status::Failed, 1), (Status::Unreachable, 2)]);
        assert_eq!(state.summary(), "checking: 38 of 60 hosts, 2 unreachable, 1 failed");
        assert_eq!(state.lines().len(), MOST_SHOWN);
        assert_eq!(state.lines()[0], "web1: validate");
    }
}
