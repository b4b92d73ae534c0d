//! What an incident leaves to do, as far as its runs and checks tell.

use std::collections::BTreeSet;

use super::fold::names;
use super::postmortem_findings;
use super::text::{inline, sentence};
use crate::engine::status::Status;
use crate::journal::incident::{Finding, Found, Incident, IncidentRun, Verdict};

/// The longest sentence about a finding, in characters.
const LONGEST_FINDING: usize = 600;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 200;

/// What somebody has to look after, the most urgent first.
pub(super) fn of(incident: &Incident) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    let left = findings(incident, |found| found.clean_at.is_none());
    list.extend(left.iter().map(|left| format!("Mend what is left: {left}")));
    incident.runs.iter().for_each(|run| list.extend(of_run(run)));
    let by_hand = findings(incident, |found| {
        let drift = matches!(found.finding.status, Some(Status::Drift | Status::Stale));
        found.clean_at.is_some() && found.helped_by.is_empty() && drift
    });
    list.extend(by_hand.iter().map(|it| format!("Find out what mended this, as no run of fleet did: {it}")));
    list.extend(lessons(incident));
    let warnings = postmortem_findings::as_text(&incident.warnings);
    list.extend(warnings.iter().map(|warning| format!("Look at this warning: {warning}")));
    let mut known = BTreeSet::new();
    list.retain(|text| known.insert(text.clone()));
    list
}

/// Those of the findings, in few sentences.
fn findings(incident: &Incident, which: impl Fn(&Found) -> bool) -> Vec<String> {
    let those = incident.found.iter().filter(|found| which(found)).map(|found| found.finding.clone());
    postmortem_findings::as_text(&those.collect::<Vec<_>>())
}

fn of_run(run: &IncidentRun) -> Vec<String> {
    let mut list = Vec::new();
    let name = &run.run;
    if let Some(reason) = &run.break_glass {
        list.push(format!("Review run {name}, which did not wait for approval (\"{}\")", short(reason)));
    }
    for group in &run.groups {
        let hosts = names(&group.hosts);
        let reason = group.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", short(reason)));
        match group.outcome.as_deref() {
            Some("applied") => {}
            None | Some("unknown") => list.push(format!("Find out how run {name} ended on {hosts}{reason}")),
            Some(outcome) => {
                list.push(format!("Find out why run {name} was {} on {hosts}{reason}", outcome.replace('-', " ")));
            }
        }
    }
    for gate in run.gates.iter().filter(|gate| !gate.good) {
        list.push(format!(
            "Find out why the gate behind wave \"{}\" of run {name} failed ({}: {})",
            gate.wave,
            short(&gate.gate),
            short(&gate.saw)
        ));
    }
    if run.inventory.dirty && run.verdict != Verdict::Nothing {
        list.push(format!("Commit what run {name} was made from: the inventory had changes that were not committed"));
    }
    list
}

/// What would have told of it earlier.
fn lessons(incident: &Incident) -> Vec<String> {
    let found = |kind: &str, subjects: &[&str]| {
        incident.found.iter().any(|found| {
            found.finding.kind == kind && (subjects.is_empty() || subjects.contains(&found.finding.subject.as_str()))
        })
    };
    let mut list = Vec::new();
    if found("cert", &["expired", "expiring", "expiring-critical"]) {
        list.push(
            "Have certificates renewed and watched by a timer: fleet cert apply --yes, and fleet cert check --notify"
                .to_owned(),
        );
    }
    let drift =
        incident.found.iter().any(|found| found.finding.status == Some(Status::Drift) && found.finding.kind != "cert");
    if drift {
        list.push("Find out who or what changed files beside fleet, and have fleet check run by a timer".to_owned());
    }
    list
}

/// A finding in a line: `env mastodon on franz: S3_ENABLED is not as declared`.
pub(super) fn finding(finding: &Finding) -> String {
    let item = if finding.id.is_empty() { finding.kind.clone() } else { format!("{} {}", finding.kind, finding.id) };
    let place = if finding.hosts.is_empty() {
        "as the world sees it".to_owned()
    } else {
        format!("on {}", names(&finding.hosts))
    };
    let said = inline(&sentence(&finding.message), LONGEST_FINDING);
    let subject = &finding.subject;
    let told = said.contains(subject.as_str()) || finding.kind == "cert" || finding.kind == "host";
    let about = if told { String::new() } else { format!("{subject}: ") };
    format!("{item} {place}: {about}{said}")
}

fn short(text: &str) -> String {
    inline(&sentence(text), LONGEST_REASON)
}
