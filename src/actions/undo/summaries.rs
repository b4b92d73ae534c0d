//! What taking a transaction back does, for people: the items of the run, from where it led to where it came from.

use crate::engine::kept::KeptRun;
use crate::engine::transaction::{Change, Command, DiffLine, ItemSummary, Transaction, UnitOperation, Verify};

/// Whether an item says where something is, or operated on it.
pub(super) fn is_about(summary: &ItemSummary, place: &str) -> bool {
    if place.is_empty() {
        return false;
    }
    let below = place.strip_prefix(summary.place.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    (below && !summary.place.is_empty()) || summary.operations.iter().any(|it| it.split(' ').any(|word| word == place))
}

/// The summaries of a transaction that takes back what this run did; items with no part in it are left out.
pub(super) fn of(run: &KeptRun, transaction: &Transaction) -> Vec<ItemSummary> {
    let told = run.record.line.iter().flat_map(|line| &line.changes);
    let mut items: Vec<(ItemSummary, bool)> = told.map(|summary| (reversed(summary), false)).collect();
    let mut tell = |place: &str, operation: Option<String>| {
        let at = items.iter().position(|(summary, _)| is_about(summary, place)).unwrap_or(0);
        if let Some((summary, takes_part)) = items.get_mut(at) {
            *takes_part = true;
            summary.operations.extend(operation);
        }
    };
    for change in &transaction.changes {
        let expect = transaction.expect.iter().find(|expect| expect.resolved == *change.path());
        tell(
            expect.map_or(change.path(), |expect| &expect.path).as_str(),
            change.told().filter(|_| is_removal(change)),
        );
    }
    for command in transaction.validate.iter().chain(transaction.verify.iter().filter_map(Verify::command)) {
        tell("", Some(Command::told(command)));
    }
    for operation in &transaction.units {
        tell(operation.unit().map_or("", |unit| unit.as_str()), Some(UnitOperation::told(operation)));
    }
    // What an item operated on before is found by its own words; those are of the way there.
    let done: Vec<&ItemSummary> = run.record.line.iter().flat_map(|line| &line.changes).collect();
    // Of what is stopped before its files go, the rest tells the diff.
    let changes = !transaction.changes.is_empty() || run.record.changes.is_empty();
    items
        .into_iter()
        .zip(done)
        .filter(|((_, takes_part), _)| *takes_part)
        .map(|((mut summary, _), before)| {
            summary.operations.drain(..before.operations.len());
            summary.operations.dedup();
            if !changes {
                summary.diff.clear();
            }
            summary
        })
        .collect()
}

fn is_removal(change: &Change) -> bool {
    matches!(change, Change::Remove { .. } | Change::RemoveDirectory { .. })
}

fn reversed(summary: &ItemSummary) -> ItemSummary {
    let line = |line: &DiffLine| DiffLine {
        subject: line.subject.clone(),
        before: line.after.clone(),
        after: line.before.clone(),
    };
    ItemSummary { diff: summary.diff.iter().map(line).collect(), ..summary.clone() }
}
