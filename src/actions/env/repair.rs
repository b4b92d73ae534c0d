//! From edits and stale units to a transaction.

use std::collections::BTreeMap;

use super::Subject;
use super::compare::{by_number, declared_mode, declared_owner};
use super::document::Document;
use super::edit::{Edit, EditError, NewValue, Piece, assemble};
use super::encoding::encode;
use super::live::Live;
use super::parent;
use super::seen::{Seen, format, shown_name};
use super::units;
use crate::engine::fact::Fact;
use crate::engine::probe::{Bytes, PathKind};
use crate::engine::status::Failure;
use crate::engine::transaction::{
    Change, Content, DiffLine, Expect, ItemSummary, Part, PathState, Transaction, UnitOperation, Verify, content_digest,
};
use crate::inventory::{Declared, Restart};
use crate::names::{RemotePath, UnitName};
use crate::secrets::SecretRef;

/// Time for the readers to restart, twice: a rollback restarts them again.
const LEASE_SECONDS: u32 = 600;
/// How long a restarted unit must stay up to count as working.
const SETTLE_SECONDS: u32 = 1;

/// What systemd gives to every process by itself (systemd.exec(5)): still there when a file no longer has it.
const OF_SYSTEMD: &[&str] = &["PATH", "LANG", "USER", "LOGNAME", "HOME", "SHELL", "TERM", "TZ"];

/// What makes the file as declared and its readers take it up; nothing where all is well.
pub(super) fn plan(
    subject: &Subject<'_>,
    seen: &Seen<'_>,
    edits: &[Edit],
    live: &Live,
) -> Result<Option<Transaction>, Failure> {
    let mode = declared_mode(subject).filter(|mode| seen.fact.is_none_or(|fact| fact.mode != *mode));
    let owner = declared_owner(subject)
        .filter(|owner| seen.fact.is_none_or(|fact| fact.owner != *owner && !by_number(owner, &fact.owner)));
    let writes = !edits.is_empty() || (seen.fact.is_some() && (mode.is_some() || owner.is_some()));
    if edits.is_empty() && !writes && live.stale_units.is_empty() {
        return Ok(None);
    }
    let resolved = resolved(subject, seen)?;
    let mut transaction = Transaction {
        expect: vec![expect(subject, seen, &resolved)],
        lease_seconds: LEASE_SECONDS,
        ..Transaction::default()
    };
    let mut summary = ItemSummary {
        kind: super::KIND.to_owned(),
        id: subject.file.name.clone(),
        place: subject.file.path.to_string(),
        diff: diff(subject, seen, edits),
        operations: Vec::new(),
    };
    if writes {
        transaction.changes.push(write(subject, seen, edits, resolved, mode.clone(), owner.clone())?);
        for (name, new, old) in [
            ("mode", mode, seen.fact.map(|fact| fact.mode.clone())),
            ("owner", owner, seen.fact.map(|fact| fact.owner.clone())),
        ] {
            if new.is_some() {
                summary.diff.push(DiffLine { subject: name.to_owned(), before: old, after: new });
            }
        }
    }
    activate(subject, edits, live, &mut transaction, &mut summary)?;
    if !writes && transaction.units.is_empty() {
        return Ok(None);
    }
    transaction.summary.push(summary);
    Ok(Some(transaction))
}

/// Where the file is, or is to be, with all links in its path resolved.
fn resolved(subject: &Subject<'_>, seen: &Seen<'_>) -> Result<RemotePath, Failure> {
    if let Some(fact) = seen.fact {
        return Ok(fact.resolved.clone());
    }
    let path = &subject.file.path;
    let directory = parent(path);
    let fail =
        |why: String, hint: &str| Err(Failure::new("env-no-directory", format!("{path} cannot be made: {why}"), hint));
    match subject.facts.file(&directory) {
        Fact::Known(fact) if fact.kind == PathKind::Directory => {
            let name = path.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            Ok(RemotePath::new(format!("{}/{name}", fact.resolved.as_str().trim_end_matches('/'))))
        }
        Fact::Known(_) => fail(format!("{directory} is no directory"), "check `path` in the inventory"),
        Fact::Absent => fail(
            format!("there is no directory {directory}"),
            "make the directory on the host, with the owner that it needs, or correct `path` in the inventory",
        ),
        Fact::Unknown(why) => fail(format!("{directory}: {why}"), "look at the directory on the host"),
    }
}

fn expect(subject: &Subject<'_>, seen: &Seen<'_>, resolved: &RemotePath) -> Expect {
    let path = subject.file.path.clone();
    match seen.fact {
        None => Expect { path, resolved: resolved.clone(), state: PathState::Absent },
        Some(fact) => {
            let bytes: &[u8] = match &fact.kind {
                PathKind::File(Bytes(bytes)) => bytes,
                PathKind::Digest(_) | PathKind::Directory | PathKind::Other(_) => &[],
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
    path: RemotePath,
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
        path,
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
            let before = seen.values.get(name).map(String::as_str).or_else(|| seen.written(name));
            let before = before.map(|value| shown.value(name, value));
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
    live: &Live,
    transaction: &mut Transaction,
    summary: &mut ItemSummary,
) -> Result<(), Failure> {
    if subject.file.restart == Restart::None {
        return Ok(());
    }
    let mut units = Vec::new();
    for (unit, state) in units::running(subject).filter(|it| !edits.is_empty() || live.stale_units.contains(it.0)) {
        if subject.file.restart == Restart::Restart {
            transaction.units.push(UnitOperation::Restart(unit.clone()));
            transaction.verify.push(Verify::StartedAnew(unit.clone()));
            summary.operations.push(format!("restart {unit}"));
        } else if state.can_reload {
            transaction.units.push(UnitOperation::Reload(unit.clone()));
            summary.operations.push(format!("reload {unit}"));
        } else {
            let message = format!("{unit} cannot be reloaded, and `restart = \"reload\"` is declared");
            let hint = "declare `restart = \"restart\"`, or give the unit an `ExecReload=`";
            return Err(Failure::new("env-no-reload", message, hint));
        }
        units.push(unit);
    }
    if units.is_empty() {
        return Ok(());
    }
    let active = units.iter().map(|unit| (*unit).clone()).collect();
    transaction.verify.push(Verify::Active { units: active, seconds: SETTLE_SECONDS });
    if subject.file.restart == Restart::Restart {
        for unit in units.into_iter().filter(|unit| live.visible.contains(*unit)) {
            let from_file = |edit: &&Edit| !live.set_elsewhere.contains(&(unit.clone(), edit.key().to_owned()));
            let new = edits.iter().filter(from_file).filter_map(|edit| verify_value(subject, unit, edit));
            transaction.verify.extend(new);
        }
    }
    Ok(())
}

/// That the unit runs with the new value.
fn verify_value(subject: &Subject<'_>, unit: &UnitName, edit: &Edit) -> Option<Verify> {
    let (key, value) = match edit {
        Edit::Remove { key } if OF_SYSTEMD.contains(&key.as_str()) => return None,
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

/// A path that both change: two declared files may be one by a link.
pub(super) fn same_path<'a>(all: &'a Transaction, one: &Transaction) -> Option<&'a RemotePath> {
    let paths = all.changes.iter().map(Change::path);
    paths.into_iter().find(|path| one.changes.iter().any(|change| change.path() == *path))
}

/// Several files of one host change in one transaction, and a unit that reads more than one restarts once.
pub(super) fn merge(all: &mut Transaction, one: Transaction) {
    all.expect.extend(one.expect);
    all.changes.extend(one.changes);
    all.summary.extend(one.summary);
    all.lease_seconds = all.lease_seconds.max(one.lease_seconds);
    for operation in one.units {
        if !all.units.contains(&operation) {
            all.units.push(operation);
        }
    }
    // A restart takes up what a reload would.
    let restarted: Vec<UnitName> = all.units.iter().filter_map(restarted).cloned().collect();
    all.units.retain(|operation| !matches!(operation, UnitOperation::Reload(unit) if restarted.contains(unit)));
    for unit in &restarted {
        let reload = format!("reload {unit}");
        all.summary.iter_mut().for_each(|item| item.operations.retain(|operation| *operation != reload));
    }
    let mut active = Vec::new();
    let mut verify: Vec<Verify> = Vec::new();
    for one in std::mem::take(&mut all.verify).into_iter().chain(one.verify) {
        match one {
            // One wait for all.
            Verify::Active { units, .. } => active.extend(units),
            one if verify.contains(&one) => {}
            one => verify.push(one),
        }
    }
    active.sort();
    active.dedup();
    let anew = verify.iter().take_while(|one| matches!(one, Verify::StartedAnew(_))).count();
    if !active.is_empty() {
        verify.insert(anew, Verify::Active { units: active, seconds: SETTLE_SECONDS });
    }
    all.verify = verify;
}

fn restarted(operation: &UnitOperation) -> Option<&UnitName> {
    match operation {
        UnitOperation::Restart(unit) => Some(unit),
        _ => None,
    }
}
