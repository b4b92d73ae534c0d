//! What is told of a certificate on a host, and what is done about it.

use super::declared::Next;
use super::due::Due;
use super::finding::{self, Finding, Mends};
use super::plan::{self, Planned, Target};
use super::subject::{Look, Subject};
use super::{Judged, KIND, gates, words};
use crate::engine::status::{Failure, Item, Status, Warning};
use crate::engine::transaction::ItemSummary;

/// What is told of a certificate on a host, and what is done about it.
pub(super) fn decide(
    one: &Judged<'_>,
    due: Option<&Due>,
    waits: Option<&Failure>,
    delegations: &[Warning],
    order: Option<ItemSummary>,
) -> (Item, Option<Planned>) {
    let Judged { subject, findings } = one;
    let mut item = Item {
        kind: KIND.to_owned(),
        id: subject.cert.name.clone(),
        status: Status::Ok,
        differences: Vec::new(),
        warnings: warnings(subject, findings, due, delegations),
        error: None,
    };
    let planned = match target(subject, due, waits) {
        Ok(None) => None,
        Ok(Some((look, target))) => {
            let order = order.filter(|_| matches!(target, Target::Next(_)));
            match plan::plan(subject, look, &target, findings, order) {
                Ok(planned) => planned,
                Err(failure) => {
                    item.error = Some(failure);
                    None
                }
            }
        }
        Err(failure) => {
            item.error = Some(failure);
            None
        }
    };
    let does = planned.as_ref().map(|planned| planned.does).unwrap_or_default();
    item.differences = findings
        .iter()
        .map(|finding| {
            let mut difference = finding.difference.clone();
            difference.repairable = does.mends(finding.mends);
            difference
        })
        .collect();
    let told = |due: &Due| item.differences.iter().any(|difference| due.is_told_by(&difference.subject));
    if let Some(due) = due.filter(|due| due.replaces() && !told(due)) {
        let mut difference = Finding::drift(due.code(), Mends::Renewal, due.to_string()).difference;
        difference.repairable = does.mends(Mends::Renewal);
        item.differences.push(difference);
    }
    finding::sort(&mut item.differences);
    item.status = item.differences.iter().map(|difference| difference.status).max().unwrap_or(Status::Ok);
    if item.error.is_some() && item.status == Status::Ok {
        item.status = Status::Skipped;
    }
    (item, planned)
}

/// What a host is to get, if it can be told.
fn target<'s>(
    subject: &'s Subject<'s>,
    due: Option<&Due>,
    waits: Option<&Failure>,
) -> Result<Option<(&'s Look<'s>, Target<'s>)>, Failure> {
    let Some(look) = &subject.look else { return Ok(None) };
    if due.is_some() {
        match waits {
            None => {
                return Ok(Some((look, Target::Next(Next::of(subject.cert, subject.host, subject.declared.stored)))));
            }
            // Meanwhile it gets what the store has.
            Some(failure) if subject.declared.usable.is_none() => return Err(failure.clone()),
            Some(_) => {}
        }
    }
    Ok(match subject.declared.usable {
        Some(stored) => Some((look, Target::Stored(stored))),
        None => look.disk.readable().map(|chain| (look, Target::OnDisk(chain.leaf()))),
    })
}

fn warnings(subject: &Subject<'_>, findings: &[Finding], due: Option<&Due>, delegations: &[Warning]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code: &str, about: &str, message: String| {
        warnings.push(Warning { code: code.to_owned(), subject: about.to_owned(), message });
    };
    let told = |due: &Due| findings.iter().any(|finding| due.is_told_by(&finding.difference.subject));
    if let Some(due) = due.filter(|due| !due.replaces() && !told(due)) {
        warn("due", due.code(), format!("a new certificate is due: {due}"));
    }
    let Some(look) = &subject.look else { return [warnings, delegations.to_vec()].concat() };
    if subject.cert.is_issued() && subject.declared.stored.is_empty() && look.disk.readable().is_some() {
        let message = "the store here does not have the host's certificate: it is judged by itself".to_owned();
        warn("not-in-store", "store", message);
    }
    if look.facts.units_unknown.is_none() {
        for unit in subject.on.reload.iter().filter(|unit| subject.unit(unit).is_some_and(|fact| !fact.runs())) {
            warn("unit-inactive", unit.as_str(), "it does not run, so it is not reloaded".to_owned());
        }
    }
    let blind = gates::blind(subject);
    if !blind.is_empty() && !subject.running().is_empty() {
        let names = words::some(blind.iter().map(String::as_str));
        let message = "a change of it can't be verified from here: not every address of the host answers".to_owned();
        warn("not-verified", &names, message);
    }
    [warnings, delegations.to_vec()].concat()
}
