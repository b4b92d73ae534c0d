//! What may still be done of an approved transaction, once its host was looked at again: never more. Pure.

use super::problems::transaction_problems;
use super::transaction::{Change, Command, Confirm, Gate, ItemSummary, Transaction, UnitOperation, Verify};

/// What `now`, planned anew after another look, does of what was approved, with a summary of that alone. One without changes,
/// operations and commands has nothing left to do.
///
/// # Errors
/// In words, what it does that was not approved.
pub fn narrow(approved: &Transaction, now: &Transaction) -> Result<Transaction, String> {
    for change in &now.changes {
        if !approved.changes.iter().any(|it| leaves_the_same(it, change)) {
            return Err(match approved.changes.iter().find(|it| it.path() == change.path()) {
                Some(_) => format!("{} would change otherwise than was approved", change.path()),
                None => format!("{} would change, which was not approved", change.path()),
            });
        }
    }
    in_order(&approved.changes, &now.changes, leaves_the_same, |change| format!("change {}", change.path()))?;
    in_order(&approved.units, &now.units, PartialEq::eq, UnitOperation::told)?;
    in_order(&approved.validate, &now.validate, PartialEq::eq, timed)?;
    for verify in &now.verify {
        if !approved.verify.iter().any(|it| covers(it, verify)) {
            return Err(format!("it would verify what was not approved: {}", verified(verify)));
        }
    }
    let less = Transaction {
        expect: now.expect.clone(),
        running: now.running.clone(),
        changes: now.changes.clone(),
        validate: now.validate.clone(),
        units: now.units.clone(),
        verify: now.verify.clone(),
        confirm: now.confirm.as_ref().map(|confirm| confirmed(approved, confirm)).transpose()?,
        // Longer than was approved it may not hold the host.
        lease_seconds: now.lease_seconds.min(approved.lease_seconds),
        summary: summary(approved, now)?,
    };
    match transaction_problems(&less).as_slice() {
        [] => Ok(less),
        problems => Err(problems.join("; ")),
    }
}

/// Whether nothing of a transaction is left to do.
pub fn is_needless(transaction: &Transaction) -> bool {
    let Transaction { changes, validate, units, verify, .. } = transaction;
    let runs = |verify: &Verify| verify.command().is_some();
    changes.is_empty() && validate.is_empty() && units.is_empty() && !verify.iter().any(runs)
}

/// Whether two changes leave the same. The whole of a file counts, not from which parts it is made: what is kept of it may
/// stand elsewhere by now.
fn leaves_the_same(approved: &Change, now: &Change) -> bool {
    match (approved, now) {
        (
            Change::Write { path, digest: Some(digest), mode, owner, .. },
            Change::Write { path: now_path, digest: Some(now_digest), mode: now_mode, owner: now_owner, .. },
        ) => (path, digest, mode, owner) == (now_path, now_digest, now_mode, now_owner),
        _ => approved == now,
    }
}

/// Whether these are among those, in their order.
fn in_order<T>(
    approved: &[T],
    now: &[T],
    same: impl Fn(&T, &T) -> bool,
    told: impl Fn(&T) -> String,
) -> Result<(), String> {
    let mut rest = approved.iter();
    for one in now {
        if !rest.any(|it| same(it, one)) {
            let known = approved.iter().any(|it| same(it, one));
            let why =
                if known { "in another order, or more often, than was approved" } else { "which was not approved" };
            return Err(format!("it would {}, {why}", told(one)));
        }
    }
    Ok(())
}

fn timed(command: &Command) -> String {
    format!("{} for up to {} s", command.told(), command.timeout_seconds)
}

/// Whether what was approved looks at all that this does. Of several units fewer may be looked at.
fn covers(approved: &Verify, now: &Verify) -> bool {
    match (approved, now) {
        (Verify::Active { units, seconds }, Verify::Active { units: fewer, seconds: same }) => {
            seconds == same && fewer.iter().all(|unit| units.contains(unit))
        }
        _ => approved == now,
    }
}

/// What is verified, without values: they may be secrets.
fn verified(verify: &Verify) -> String {
    match verify {
        Verify::Active { units, seconds } => {
            let units: Vec<String> = units.iter().map(ToString::to_string).collect();
            format!("{} active for {seconds} s", units.join(", "))
        }
        Verify::StartedAnew(unit) => format!("{unit} started anew"),
        Verify::Environment { unit, key, .. } => format!("{key} of {unit}"),
        Verify::Listening(port) => format!("port {port}"),
        Verify::Command(command) => command.told(),
    }
}

/// Gates of the approved ones. What a host presented before is what it presents now.
fn confirmed(approved: &Transaction, now: &Confirm) -> Result<Confirm, String> {
    let known = |gate: &Gate| approved.confirm.iter().flat_map(|confirm| &confirm.gates).any(|it| same(it, gate));
    if let Some(gate) = now.gates.iter().find(|gate| !known(gate)) {
        return Err(format!("it would be confirmed by what was not approved: {}", gate.told()));
    }
    let most = approved.confirm.as_ref().map_or(now.timeout_seconds, |confirm| confirm.timeout_seconds);
    Ok(Confirm { timeout_seconds: now.timeout_seconds.min(most), gates: now.gates.clone() })
}

fn same(approved: &Gate, now: &Gate) -> bool {
    match (approved, now) {
        (
            Gate::Handshake { handshake, leaf, .. },
            Gate::Handshake { handshake: other_handshake, leaf: other_leaf, .. },
        ) => handshake == other_handshake && leaf == other_leaf,
        _ => approved == now,
    }
}

/// Of the approved items those that are still to be done, with the differences as they are now.
fn summary(approved: &Transaction, now: &Transaction) -> Result<Vec<ItemSummary>, String> {
    for item in &now.summary {
        let is = |it: &&ItemSummary| it.kind == item.kind && it.id == item.id && it.place == item.place;
        let known = approved.summary.iter().find(is);
        let known = known.ok_or_else(|| format!("{} {} ({}) was not approved", item.kind, item.id, item.place))?;
        if let Some(more) = item.operations.iter().find(|operation| !known.operations.contains(operation)) {
            return Err(format!("{} {}: `{more}` was not approved", item.kind, item.id));
        }
    }
    Ok(now.summary.clone())
}

#[cfg(test)]
#[path = "narrow_tests.rs"]
mod tests;
