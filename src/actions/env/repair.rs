//! From edits and stale units to a transaction.

use std::collections::{BTreeMap, BTreeSet};

use super::Subject;
use super::compare::{declared_mode, declared_owner};
use super::document::Document;
use super::edit::{Edit, EditError, NewValue, Piece, assemble};
use super::encoding::encode;
use super::live::running_units;
use super::seen::{Seen, format, shown_name};
use crate::engine::probe::{Bytes, PathKind};
use crate::engine::status::Failure;
use crate::engine::transaction::{
    Change, Content, DiffLine, Expect, ItemSummary, Part, PathState, Transaction, UnitOperation, Verify, content_digest,
};
use crate::inventory::{Declared, EnvFormat, Restart};
use crate::names::UnitName;
use crate::secrets::SecretRef;

/// Time for the readers to restart, twice: a rollback restarts them again.
const LEASE_SECONDS: u32 = 600;
/// How long a restarted unit must stay up to count as working.
const SETTLE_SECONDS: u32 = 1;

/// What makes the file as declared and its readers take it up; nothing where all is well.
pub(super) fn plan(
    subject: &Subject<'_>,
    seen: &Seen<'_>,
    edits: &[Edit],
    stale: &BTreeSet<UnitName>,
) -> Result<Option<Transaction>, Failure> {
    let mode = declared_mode(subject).filter(|mode| seen.fact.is_none_or(|fact| fact.mode != *mode));
    let owner = declared_owner(subject).filter(|owner| seen.fact.is_none_or(|fact| fact.owner != *owner));
    let writes = !edits.is_empty() || (seen.fact.is_some() && (mode.is_some() || owner.is_some()));
    let mut transaction =
        Transaction { expect: vec![expect(subject, seen)], lease_seconds: LEASE_SECONDS, ..Transaction::default() };
    let mut summary = ItemSummary {
        kind: super::KIND.to_owned(),
        id: subject.file.name.clone(),
        place: subject.file.path.to_string(),
        diff: diff(subject, seen, edits),
        operations: Vec::new(),
    };
    if writes {
        transaction.changes.push(write(subject, seen, edits, mode.clone(), owner.clone())?);
        for (name, new, old) in [
            ("mode", mode, seen.fact.map(|fact| fact.mode.clone())),
            ("owner", owner, seen.fact.map(|fact| fact.owner.clone())),
        ] {
            if new.is_some() {
                summary.diff.push(DiffLine { subject: name.to_owned(), before: old, after: new });
            }
        }
    }
    activate(subject, edits, stale, &mut transaction, &mut summary);
    if !writes && transaction.units.is_empty() {
        return Ok(None);
    }
    transaction.summary.push(summary);
    Ok(Some(transaction))
}

fn expect(subject: &Subject<'_>, seen: &Seen<'_>) -> Expect {
    let path = subject.file.path.clone();
    match seen.fact {
        None => Expect { resolved: path.clone(), path, state: PathState::Absent },
        Some(fact) => {
            let bytes: &[u8] = match &fact.kind {
                PathKind::File(Bytes(bytes)) => bytes,
                PathKind::Directory | PathKind::Other(_) => &[],
            };
            let digest = content_digest(&subject.world.key.host_salt(subject.host), bytes);
            let state = PathState::File { digest, mode: fact.mode.clone(), owner: fact.owner.clone() };
            Expect { path, resolved: fact.resolved.clone(), state }
        }
    }
}

fn write(
    subject: &Subject<'_>,
    seen: &Seen<'_>,
    edits: &[Edit],
    mode: Option<String>,
    owner: Option<String>,
) -> Result<Change, Failure> {
    let failure =
        |error: EditError| Failure::new(error.code(), format!("{}: {error}", subject.file.path), error.hint());
    let secrets = secret_values(subject, edits);
    let mut rendered: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for (name, (_, value)) in &secrets {
        let encoding = encode(value, format(subject.file))
            .map_err(|cause| failure(EditError::NotRepresentable { key: (*name).to_owned(), cause }))?;
        rendered.insert(name, encoding.render(value).into_bytes());
    }
    let pieces = seen.document.edit(edits).map_err(failure)?;
    let bytes = assemble(seen.document.bytes(), &pieces, |name| rendered.get(name).cloned()).map_err(failure)?;
    // What was plain has been checked; a secret may meet a file that reads it otherwise.
    let read = Document::parse(&bytes, format(subject.file)).effective();
    if let Some((name, _)) = secrets.iter().find(|(name, (_, value))| read.get(**name) != Some(value)) {
        return Err(failure(EditError::Misread { key: (*name).to_owned() }));
    }
    Ok(Change::Write {
        path: seen.fact.map_or_else(|| subject.file.path.clone(), |fact| fact.resolved.clone()),
        content: content(subject, pieces, &secrets).ok_or_else(|| failure(EditError::Parts))?,
        digest: Some(content_digest(&subject.world.key.host_salt(subject.host), &bytes)),
        mode,
        owner,
    })
}

/// The secrets among the edits, by key.
fn secret_values<'a>(subject: &'a Subject<'_>, edits: &'a [Edit]) -> BTreeMap<&'a str, (&'a SecretRef, String)> {
    edits
        .iter()
        .filter_map(|edit| match edit {
            Edit::Set { key, value: NewValue::Secret } => {
                let Some(Declared::Secret(reference)) = &subject.keys.get(key)?.value else { return None };
                let secret = subject.world.secrets.get(reference)?.as_ref().ok()?;
                Some((key.as_str(), (reference, secret.expose_str()?.to_owned())))
            }
            Edit::Set { .. } | Edit::Remove { .. } => None,
        })
        .collect()
}

fn content(
    subject: &Subject<'_>,
    pieces: Vec<Piece>,
    secrets: &BTreeMap<&str, (&SecretRef, String)>,
) -> Option<Content> {
    let mut parts = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Keep { offset, length } => parts.push(Part::Keep { offset, length }),
            Piece::Text(bytes) => parts.push(Part::Text(String::from_utf8(bytes).ok()?)),
            Piece::Value { key } => parts.extend(secret_parts(subject, secrets.get(key.as_str())?)?),
        }
    }
    Some(Content(parts))
}

/// A secret as the file has it: quotes as text, the value as a reference with what must be escaped in it.
fn secret_parts(subject: &Subject<'_>, (reference, value): &(&SecretRef, String)) -> Option<[Part; 3]> {
    let encoding = encode(value, format(subject.file)).ok()?;
    Some([
        Part::Text(encoding.prefix),
        Part::Secret {
            secret: (*reference).clone(),
            digest: subject.world.key.digest("secret", value.as_bytes()),
            escapes: encoding.escapes,
        },
        Part::Text(encoding.suffix),
    ])
}

fn diff(subject: &Subject<'_>, seen: &Seen<'_>, edits: &[Edit]) -> Vec<DiffLine> {
    let shown = subject.shown();
    let mut lines: Vec<DiffLine> = edits
        .iter()
        .map(|edit| {
            let name = edit.key();
            let after = match edit {
                Edit::Remove { .. } => None,
                Edit::Set { value: NewValue::Plain(text), .. } => Some(shown.value(name, text)),
                Edit::Set { value: NewValue::Secret, .. } => secret_values(subject, std::slice::from_ref(edit))
                    .values()
                    .next()
                    .map(|(_, text)| shown.value(name, text)),
            };
            let before = seen.values.get(name).map(|value| shown.value(name, value));
            DiffLine { subject: shown_name(name).to_owned(), before, after }
        })
        .collect();
    lines.sort();
    lines
}

/// Restarts or reloads the readers that run, and says what must be true of them then.
fn activate(
    subject: &Subject<'_>,
    edits: &[Edit],
    stale: &BTreeSet<UnitName>,
    transaction: &mut Transaction,
    summary: &mut ItemSummary,
) {
    let running: Vec<UnitName> =
        running_units(subject).into_keys().filter(|unit| !edits.is_empty() || stale.contains(*unit)).cloned().collect();
    if running.is_empty() || subject.file.restart == Restart::None {
        return;
    }
    for unit in &running {
        if subject.file.restart == Restart::Reload {
            transaction.units.push(UnitOperation::Reload(unit.clone()));
            summary.operations.push(format!("reload {unit}"));
        } else {
            transaction.units.push(UnitOperation::Restart(unit.clone()));
            transaction.verify.push(Verify::StartedAnew(unit.clone()));
            summary.operations.push(format!("restart {unit}"));
        }
    }
    transaction.verify.push(Verify::Active { units: running.clone(), seconds: SETTLE_SECONDS });
    if subject.file.restart == Restart::Restart && subject.file.format != EnvFormat::Dotenv {
        for unit in &running {
            transaction.verify.extend(edits.iter().filter_map(|edit| verify_value(subject, unit, edit)));
        }
    }
}

/// That the unit runs with the new value.
fn verify_value(subject: &Subject<'_>, unit: &UnitName, edit: &Edit) -> Option<Verify> {
    let (key, value) = match edit {
        Edit::Remove { key } => (key, None),
        Edit::Set { key, value: NewValue::Plain(text) } => (key, Some(Content(vec![Part::Text(text.clone())]))),
        Edit::Set { key, value: NewValue::Secret } => {
            let values = secret_values(subject, std::slice::from_ref(edit));
            let (reference, value) = values.values().next()?;
            let digest = subject.world.key.digest("secret", value.as_bytes());
            (key, Some(Content(vec![Part::Secret { secret: (*reference).clone(), digest, escapes: Vec::new() }])))
        }
    };
    Some(Verify::Environment { unit: unit.clone(), key: key.clone(), value })
}

/// Several files of one host change in one transaction, and a unit that reads more than one restarts once.
pub(super) fn merge(all: &mut Transaction, one: Transaction) {
    all.expect.extend(one.expect);
    all.changes.extend(one.changes);
    all.units.extend(one.units);
    let mut seen = Vec::new();
    all.units.retain(|operation| {
        let new = !seen.contains(operation);
        seen.push(operation.clone());
        new
    });
    all.verify.extend(one.verify);
    all.lease_seconds = all.lease_seconds.max(one.lease_seconds);
    all.summary.extend(one.summary);
}
