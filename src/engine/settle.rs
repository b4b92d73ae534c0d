//! From a plan and what was provided to a plan that holds nothing deferred in its places. What lacks a value is left out,
//! item by item, and the rest goes on. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::CompileError;
use super::deferred::{Provided, Wanted};
use super::plan::{Plan, Wave, is_below};
use super::status::Failure;
use super::transaction::{
    Change, Command, Content, Expect, Gate, ItemSummary, Part, PathState, Transaction, UnitOperation, Verify,
};
use crate::names::{HostName, RemotePath, UnitName};

/// A plan whose values are at hand.
#[derive(Debug)]
pub struct Settled {
    /// What can be carried out, with every value in its place.
    pub plan: Plan,
    /// What cannot, and why.
    pub dropped: Vec<Dropped>,
}

/// An item of a host for which there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The host.
    pub host: HostName,
    /// The action.
    pub kind: String,
    /// The item's name in the inventory.
    pub id: String,
    /// Why.
    pub failure: Failure,
}

/// The item of a host, by action and name.
type ItemKey = (String, String);

/// The longest value that may stand in a place, in bytes.
const LONGEST_IN_PLACE: usize = 64;

impl Plan {
    /// Every value that it needs and does not hold, each once.
    pub fn wanted(&self) -> Vec<Wanted> {
        let mut wanted: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (_, transaction) in self.transactions() {
            for part in transaction.contents().flat_map(|content| &content.0) {
                if let Part::Deferred { name, constraints } = part {
                    wanted.entry(name.clone()).or_default().extend(constraints.clone());
                }
            }
            for name in transaction.deferred() {
                wanted.entry(name).or_default();
            }
        }
        // What is told to people may hold more of something that is made anyway, such as the end of a certificate.
        let thing = |name: &str| name.rsplit_once('/').map(|(thing, _)| thing.to_owned());
        let made: BTreeSet<String> = wanted.keys().filter_map(|name| thing(name)).collect();
        for (_, transaction) in self.transactions() {
            let told = names_in_texts(transaction).into_iter();
            for name in told.filter(|name| thing(name).is_some_and(|thing| made.contains(&thing))) {
                wanted.entry(name).or_default();
            }
        }
        wanted.into_iter().map(|(name, constraints)| Wanted { name, constraints }).collect()
    }

    /// Puts what was provided in its places, and leaves out what lacks something.
    pub fn settle(mut self, provided: &BTreeMap<String, Result<Provided, Failure>>) -> Settled {
        let mut lost: BTreeMap<HostName, BTreeMap<ItemKey, Failure>> = BTreeMap::new();
        for (host, transaction) in self.transactions() {
            let found = lost_items(transaction, provided);
            if !found.is_empty() {
                lost.entry(host.clone()).or_default().extend(found);
            }
        }
        for wave in &mut self.waves {
            for (host, transaction) in &mut wave.transactions {
                if let Some(lost) = lost.get(host) {
                    drop_items(transaction, lost);
                }
                fill(transaction, provided);
            }
            wave.transactions.retain(|_, transaction| !transaction.summary.is_empty());
        }
        keep_one_ahead(&mut self.waves);
        let dropped = lost.into_iter().flat_map(|(host, items)| {
            items.into_iter().map(move |((kind, id), failure)| Dropped { host: host.clone(), kind, id, failure })
        });
        Settled { dropped: dropped.collect(), plan: self }
    }
}

/// Where nothing is left of a wave, such as the canary's, one host of the next goes ahead of the others in its place.
fn keep_one_ahead(waves: &mut Vec<Wave>) {
    for number in 0..waves.len() {
        let (before, after) = waves.split_at_mut(number + 1);
        if let (Some(wave), Some(next)) = (before.last_mut(), after.first_mut())
            && wave.transactions.is_empty()
            && wave.step == next.step
        {
            wave.transactions.extend(next.transactions.pop_first());
        }
    }
    waves.retain(|wave| !wave.transactions.is_empty());
}

impl Transaction {
    /// The names of all values that it does not hold: those that it needs, and those that its summaries show of the same things.
    fn deferred(&self) -> BTreeSet<String> {
        let parts = self.contents().flat_map(|content| &content.0).filter_map(|part| match part {
            Part::Deferred { name, .. } => Some(name.clone()),
            Part::Keep { .. } | Part::Text(_) | Part::Secret { .. } | Part::HostKey { .. } | Part::Kept { .. } => None,
        });
        let mut names: BTreeSet<String> = parts.chain(names_in_places(self)).collect();
        let owner = |name: &str| name.rsplit_once('/').map(|(owner, _)| owner.to_owned());
        let owners: BTreeSet<String> = names.iter().filter_map(|name| owner(name)).collect();
        names.extend(names_in_all(self).into_iter().filter(|name| owner(name).is_some_and(|it| owners.contains(&it))));
        names
    }

    /// With every `{{NAME}}` in its paths, link targets, places and summaries replaced by the value of that name.
    ///
    /// # Errors
    /// When a value that stands in a place is missing, or is none that may stand in a place: up to 64 of `0-9a-zA-Z._-`, and no secret.
    pub fn resolve(mut self, values: &BTreeMap<String, Provided>) -> Result<Self, CompileError> {
        for name in names_in_places(&self) {
            let value = values.get(&name);
            value.and_then(in_place).ok_or(CompileError::Missing { what: name })?;
        }
        each_text(&mut self, &mut |text| replaced(text, &|name| values.get(name).and_then(in_place)));
        Ok(self)
    }
}

fn fill(transaction: &mut Transaction, provided: &BTreeMap<String, Result<Provided, Failure>>) {
    let value = |name: &str| provided.get(name).and_then(|value| value.as_ref().ok()).and_then(in_place);
    each_text(transaction, &mut |text| replaced(text, &value));
}

/// A value that may stand in a place.
fn in_place(value: &Provided) -> Option<&str> {
    let text = value.bytes.expose_str()?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let plain = !text.is_empty() && text.len() <= LONGEST_IN_PLACE && text.bytes().all(allowed);
    (plain && !value.secret && !matches!(text, "." | "..")).then_some(text)
}

/// The names in a text's `{{NAME}}`; what is not closed is none.
pub(super) fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name)
}

fn replaced<'v>(text: &str, value: &dyn Fn(&str) -> Option<&'v str>) -> String {
    let mut parts = text.split("{{");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        match rest.split_once("}}").and_then(|(name, after)| Some((value(name)?, after))) {
            Some((value, after)) => whole.extend([value, after]),
            None => whole.extend(["{{", rest]),
        }
    }
    whole
}

/// Every text in which a name may stand.
fn each_text(transaction: &mut Transaction, replace: &mut dyn FnMut(&str) -> String) {
    each_place(transaction, replace);
    let mut text = |text: &mut String| *text = replace(text);
    for expect in &mut transaction.expect {
        if let PathState::Link { target } = &mut expect.state {
            text(target);
        }
    }
    for summary in &mut transaction.summary {
        summary.operations.iter_mut().for_each(&mut text);
        for line in &mut summary.diff {
            text(&mut line.subject);
            line.before.iter_mut().chain(&mut line.after).for_each(&mut text);
        }
    }
}

/// The texts that must not keep a name: where something goes. The others may hold what looks like one and is none, such as
/// a template in a variable of an env file, or in an argument of a command.
fn each_place(transaction: &mut Transaction, replace: &mut dyn FnMut(&str) -> String) {
    let mut path = |path: &mut RemotePath| *path = RemotePath::new(replace(path.as_str()));
    for expect in &mut transaction.expect {
        path(&mut expect.path);
        path(&mut expect.resolved);
    }
    for change in &mut transaction.changes {
        match change {
            Change::Write { path: at, .. }
            | Change::Link { path: at, .. }
            | Change::Remove { path: at }
            | Change::Directory { path: at, .. }
            | Change::RemoveDirectory { path: at } => path(at),
        }
    }
    let mut text = |text: &mut String| *text = replace(text);
    for change in &mut transaction.changes {
        if let Change::Link { target, .. } = change {
            text(target);
        }
    }
    transaction.summary.iter_mut().for_each(|summary| text(&mut summary.place));
}

fn names_in_places(transaction: &Transaction) -> BTreeSet<String> {
    names_by(transaction, each_place)
}

fn names_in_all(transaction: &Transaction) -> BTreeSet<String> {
    names_by(transaction, each_text)
}

/// Goes through texts, each of which may be replaced.
type Visit = fn(&mut Transaction, &mut dyn FnMut(&str) -> String);

fn names_by(transaction: &Transaction, visit: Visit) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    visit(&mut transaction.clone(), &mut |text| {
        names.extend(names_in(text).map(str::to_owned));
        text.to_owned()
    });
    names
}

fn names_in_texts(transaction: &Transaction) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    each_text(&mut transaction.clone(), &mut |text| {
        names.extend(names_in(text).map(str::to_owned));
        text.to_owned()
    });
    names
}

/// The items for which something is missing, and why.
fn lost_items(
    transaction: &Transaction,
    provided: &BTreeMap<String, Result<Provided, Failure>>,
) -> BTreeMap<ItemKey, Failure> {
    let missing = |name: &str| match provided.get(name) {
        None => Some(Failure::bare("not-provided", format!("nobody provided {name}"))),
        Some(Err(failure)) => Some(failure.clone()),
        Some(Ok(_)) => None,
    };
    let missing_in_place = |name: &str| {
        missing(name).or_else(|| {
            let value = provided.get(name).and_then(|value| value.as_ref().ok())?;
            let message = format!("what was provided as {name} may not stand in a path");
            in_place(value).is_none().then(|| Failure::bare("not-provided", message))
        })
    };
    let in_text = |text: &str| names_in(text).find_map(missing_in_place);
    let in_content = |content: &Content| {
        content.0.iter().find_map(|part| match part {
            Part::Deferred { name, .. } => missing(name),
            Part::Keep { .. } | Part::Text(_) | Part::Secret { .. } | Part::HostKey { .. } | Part::Kept { .. } => None,
        })
    };
    let mut lost = BTreeMap::new();
    let mut drop_owner = |owner: Option<&ItemSummary>, failure: Failure| {
        // What belongs to no item keeps all of them from going on: it is not known for which it stands.
        let owners = owner.map_or(transaction.summary.as_slice(), std::slice::from_ref);
        for owner in owners {
            lost.entry(key(owner)).or_insert_with(|| failure.clone());
        }
    };
    for expect in &transaction.expect {
        let in_state = match &expect.state {
            PathState::Deferred { content, .. } => in_content(content),
            PathState::Absent | PathState::File { .. } | PathState::Link { .. } | PathState::Directory => None,
        };
        let found = in_text(expect.path.as_str()).or_else(|| in_text(expect.resolved.as_str())).or(in_state);
        if let Some(failure) = found {
            drop_owner(owner_of_path(transaction, &expect.path), failure);
        }
    }
    for change in &transaction.changes {
        let inside = match change {
            Change::Write { content, .. } => in_content(content),
            Change::Link { target, .. } => in_text(target),
            Change::Remove { .. } | Change::Directory { .. } | Change::RemoveDirectory { .. } => None,
        };
        if let Some(failure) = in_text(change.path().as_str()).or(inside) {
            drop_owner(owner_of_change(transaction, change), failure);
        }
    }
    for summary in &transaction.summary {
        if let Some(failure) = in_text(&summary.place) {
            drop_owner(Some(summary), failure);
        }
    }
    let gates = transaction.confirm.iter().flat_map(|confirm| &confirm.gates);
    for gate in gates {
        let Gate::Handshake { leaf, .. } = gate else { continue };
        if let Some(failure) = in_content(leaf) {
            drop_owner(owner_of_operation(transaction, &gate.told()), failure);
        }
    }
    for verify in &transaction.verify {
        let Verify::Environment { value: Some(value), unit, .. } = verify else { continue };
        if let Some(failure) = in_content(value) {
            let operation = transaction.units.iter().find(|operation| operation.unit() == Some(unit));
            drop_owner(operation.and_then(|it| owner_of_operation(transaction, &it.told())), failure);
        }
    }
    lost
}

fn key(summary: &ItemSummary) -> ItemKey {
    (summary.kind.clone(), summary.id.clone())
}

/// The item with the nearest place at or above the path.
fn owner_of_path<'t>(transaction: &'t Transaction, path: &RemotePath) -> Option<&'t ItemSummary> {
    let covers = |summary: &&ItemSummary| path.as_str() == summary.place || is_below(path.as_str(), &summary.place);
    transaction.summary.iter().filter(covers).max_by_key(|summary| summary.place.len())
}

/// Changes name resolved paths, and summaries the declared ones.
fn owner_of_change<'t>(transaction: &'t Transaction, change: &Change) -> Option<&'t ItemSummary> {
    let expect = transaction.expect.iter().find(|expect| expect.resolved == *change.path());
    owner_of_path(transaction, expect.map_or(change.path(), |expect| &expect.path))
}

fn owner_of_operation<'t>(transaction: &'t Transaction, told: &str) -> Option<&'t ItemSummary> {
    transaction.summary.iter().find(|summary| summary.operations.iter().any(|operation| operation == told))
}

/// Takes items out of a transaction: what lies at their places, and what is done for them alone.
fn drop_items(transaction: &mut Transaction, lost: &BTreeMap<ItemKey, Failure>) {
    let is_lost = |owner: Option<&ItemSummary>| owner.is_some_and(|owner| lost.contains_key(&key(owner)));
    let whole = transaction.clone();
    let goes = |change: &Change| is_lost(owner_of_change(&whole, change));
    let left: Vec<&RemotePath> = whole.changes.iter().filter(|change| !goes(change)).map(Change::path).collect();
    // A directory that two items share is told by both, and made for either.
    let is_shared = |change: &Change| {
        matches!(change, Change::Directory { .. })
            && left.iter().any(|path| is_below(path.as_str(), change.path().as_str()))
    };
    transaction.changes.retain(|change| !goes(change) || is_shared(change));
    let shared: BTreeSet<&RemotePath> =
        whole.changes.iter().filter(|change| is_shared(change)).map(Change::path).collect();
    transaction
        .expect
        .retain(|expect: &Expect| !is_lost(owner_of_path(&whole, &expect.path)) || shared.contains(&expect.resolved));
    transaction.summary.retain(|summary| !lost.contains_key(&key(summary)));
    let kept: BTreeSet<&str> =
        transaction.summary.iter().flat_map(|summary| &summary.operations).map(String::as_str).collect();
    let gone: BTreeSet<&str> = whole
        .summary
        .iter()
        .flat_map(|summary| &summary.operations)
        .map(String::as_str)
        .filter(|operation| !kept.contains(operation))
        .collect();
    let stays = |told: String| !gone.contains(told.as_str());
    transaction.units.retain(|operation| stays(operation.told()));
    transaction.validate.retain(|command| stays(command.told()));
    let idle = |unit: &UnitName| {
        let concerns = |operation: &UnitOperation| operation.unit() == Some(unit);
        whole.units.iter().any(concerns) && !transaction.units.iter().any(concerns)
    };
    transaction.verify.retain_mut(|verify| match verify {
        Verify::Active { units, .. } => {
            units.retain(|unit| !idle(unit));
            !units.is_empty()
        }
        Verify::StartedAnew(unit) | Verify::Environment { unit, .. } => !idle(unit),
        Verify::Listening(_) => true,
        Verify::Command(command) => stays(Command::told(command)),
    });
    if let Some(confirm) = &mut transaction.confirm {
        let had = confirm.gates.len();
        confirm.gates.retain(|gate| stays(gate.told()));
        if had > 0 && confirm.gates.is_empty() {
            transaction.confirm = None;
        }
    }
}

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;
