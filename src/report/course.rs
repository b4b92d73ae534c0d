//! How far a run came: which hosts are done, put back, or untouched, what its gates saw, and how to carry it on.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{BOLD, Cell, DIM, GREEN, PLAIN, Page, RED, YELLOW};
use super::fold::names;
use super::{gates, text};
use crate::engine::run::{Fate, GateSeen};
use crate::names::{HostName, RunId};

/// How far a run came.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Course {
    /// How many waves its plan had.
    pub waves: usize,
    /// Where it stopped, though more was to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StoppedAt>,
    /// Hosts on which all that was planned is done.
    pub done: BTreeSet<HostName>,
    /// Hosts on which a part of it is done, and another is not.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub in_part: BTreeSet<HostName>,
    /// Hosts that were put back as they were.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub rolled_back: BTreeSet<HostName>,
    /// Hosts on which it failed, or whose ending is not known.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub failed: BTreeSet<HostName>,
    /// Hosts that nothing was done to.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub untouched: BTreeSet<HostName>,
    /// The run that took it back, as its plan wants it where it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<RunId>,
    /// What the gates between waves saw, in the order in which they were looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateSeen>,
}

/// Where a run stopped.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StoppedAt {
    /// The wave, counted from 1.
    pub number: usize,
    /// Its name.
    pub wave: String,
    /// The step of the playbook that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Why, such as `gate-failed`.
    pub code: String,
    /// In a sentence.
    pub message: String,
}

impl Course {
    /// With where each host was left.
    #[must_use]
    pub fn with_fates(mut self, fates: BTreeMap<HostName, Fate>) -> Self {
        for (host, fate) in fates {
            let place = match fate {
                Fate::Done => &mut self.done,
                Fate::Partly => &mut self.in_part,
                Fate::RolledBack => &mut self.rolled_back,
                Fate::Failed => &mut self.failed,
                Fate::Untouched => &mut self.untouched,
            };
            place.insert(host);
        }
        self
    }

    /// With the run that took it back, and on which hosts.
    #[must_use]
    pub fn undone(mut self, undone: Option<(RunId, BTreeSet<HostName>)>) -> Self {
        if let Some((run, hosts)) = undone {
            self.undone_by = Some(run);
            self.done.retain(|host| !hosts.contains(host));
            self.in_part.retain(|host| !hosts.contains(host));
            self.rolled_back.extend(hosts);
        }
        self
    }

    /// Whether more was to be done.
    pub fn is_cut(&self) -> bool {
        self.stopped.is_some() || !self.untouched.is_empty() || !self.in_part.is_empty()
    }
}

/// What the gates saw; those that were good are told in short, and as one where they differ by their host alone.
pub(super) fn show_gates(page: &mut Page, gates: &[GateSeen], hosts: &BTreeSet<HostName>) {
    if gates.is_empty() {
        return;
    }
    page.heading(BOLD, "gates", "");
    let good = gates.iter().filter(|seen| seen.good).map(|seen| (gates::in_short(&seen.gate), seen));
    for (text, seen) in gates::folded(good, hosts) {
        let mut saw: Vec<&str> = seen.iter().map(|seen| seen.saw.as_str()).collect();
        saw.dedup();
        let saw = if let [saw] = saw.as_slice() { format!(": {}", text::sentence(saw)) } else { String::new() };
        let told = format!("{}{saw} ({})", text::sentence(&text), took(&seen));
        page.paragraph(2, &Cell::new(GREEN, "good  "), &Cell::long(PLAIN, &told));
    }
    for seen in gates.iter().filter(|seen| !seen.good) {
        let told = format!("{}: {} ({})", text::sentence(&seen.gate), text::sentence(&seen.saw), took(&[seen]));
        page.paragraph(2, &Cell::new(RED, "bad   "), &Cell::long(PLAIN, &told));
    }
}

/// How long it took at most, and how often it was looked at.
fn took(seen: &[&GateSeen]) -> String {
    let longest = in_seconds(seen.iter().map(|seen| seen.duration_ms).max().unwrap_or_default());
    let tries = seen.iter().map(|seen| seen.tries).max().unwrap_or_default();
    let tries = if tries > 1 { format!(", {tries} tries") } else { String::new() };
    format!("{longest}{tries}")
}

/// Where it stopped, and which hosts are how.
pub(super) fn show(page: &mut Page, course: &Course) {
    let Some(stopped) = &course.stopped else { return };
    let place = format!("wave {} of {}, {}", stopped.number, course.waves, text::sentence(&stopped.wave));
    page.heading(YELLOW, "stopped at ", &place);
    page.paragraph(2, &Cell::plain(""), &Cell::long(PLAIN, &stopped.message));
    let groups = [
        (GREEN, "done", &course.done),
        (YELLOW, "in part", &course.in_part),
        (RED, "rolled back", &course.rolled_back),
        (RED, "failed", &course.failed),
        (DIM, "untouched", &course.untouched),
    ];
    for (style, word, hosts) in groups.into_iter().filter(|(_, _, hosts)| !hosts.is_empty()) {
        page.paragraph(2, &Cell::new(style, &format!("{word:13}")), &Cell::long(PLAIN, &names(hosts)));
    }
    if let Some(run) = &course.undone_by {
        page.paragraph(2, &Cell::new(GREEN, "undone by    "), &Cell::long(PLAIN, run.as_str()));
    }
}

fn in_seconds(milliseconds: u64) -> String {
    format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
}
