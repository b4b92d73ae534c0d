//! The files of systemd that fleet keeps for a kind of worker: its drop-in, and its template where that is declared.

use super::KIND;
use crate::engine::fact::Fact;
use crate::engine::probe::{Bytes, HostFacts, PathFact, PathKind, Probe};
use crate::engine::status::Failure;
use crate::engine::transaction::{Change, Content, DiffLine, Expect, ItemSummary, Part, PathState, content_digest};
use crate::inventory::WorkerDeclaration;
use crate::names::RemotePath;

/// Where an administrator's units are (systemd.unit(5)).
const UNITS: &str = "/etc/systemd/system";
const DIRECTORY_MODE: &str = "0755";
const FILE_MODE: &str = "0644";
const OWNER: &str = "root:root";

/// What makes the files of a kind as declared on one host.
#[derive(Clone, Debug, Default)]
pub(super) struct FileChanges {
    pub(super) expect: Vec<Expect>,
    pub(super) changes: Vec<Change>,
    pub(super) summary: Vec<ItemSummary>,
}

impl FileChanges {
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// What must be known for [`changes`].
pub(super) fn probes(worker: &WorkerDeclaration) -> Vec<Probe> {
    let unit = worker.unit_file.is_some().then(|| unit_path(worker));
    let paths = [Some(directory(worker)), Some(drop_in_path(worker)), unit];
    paths.into_iter().flatten().map(|path| Probe::File { path }).collect()
}

fn directory(worker: &WorkerDeclaration) -> RemotePath {
    RemotePath::new(format!("{UNITS}/{}.d", worker.unit.name()))
}

/// The drop-in of ours; others of the same template are left alone.
pub(super) fn drop_in_path(worker: &WorkerDeclaration) -> RemotePath {
    RemotePath::new(format!("{}/50-fleet.conf", directory(worker)))
}

fn unit_path(worker: &WorkerDeclaration) -> RemotePath {
    RemotePath::new(format!("{UNITS}/{}", worker.unit.name()))
}

/// The text of the drop-in; `None`: nothing is declared that would stand in it.
pub(super) fn drop_in(worker: &WorkerDeclaration) -> Option<String> {
    if worker.environment.is_empty() && worker.stop_timeout.is_none() {
        return None;
    }
    let mut text = format!("# Written by fleet from [workers.{}]: changes here are lost.\n[Service]\n", worker.name);
    for (key, value) in &worker.environment {
        text.extend(["Environment=\"", key, "=", &quoted(value), "\"\n"]);
    }
    if let Some(timeout) = worker.stop_timeout {
        text.extend(["TimeoutStopSec=", &timeout.as_secs().to_string(), "\n"]);
    }
    Some(text)
}

/// As it stands between double quotes in a unit file: quotes, backslashes and specifiers (systemd.syntax(7), systemd.unit(5)).
fn quoted(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%")
}

/// What makes the files as declared; nothing where they are.
///
/// # Errors
/// When it is not known what stands there, or nothing can be put there.
pub(super) fn changes(worker: &WorkerDeclaration, facts: &HostFacts, salt: &str) -> Result<FileChanges, Failure> {
    let mut all = FileChanges::default();
    let path = drop_in_path(worker);
    let wanted = drop_in(worker);
    let there = standing(facts, &path)?;
    if wanted.as_deref().map(str::as_bytes) != there.as_ref().map(|file| file.bytes) {
        let directory = directory(worker);
        let parent = parent(facts, &directory)?;
        if parent.is_none() {
            all.expect.push(Expect { path: directory.clone(), resolved: directory.clone(), state: PathState::Absent });
            all.changes.push(Change::Directory {
                path: directory.clone(),
                mode: Some(DIRECTORY_MODE.to_owned()),
                owner: Some(OWNER.to_owned()),
            });
        }
        let resolved = match (&there, parent) {
            (Some(file), _) => file.fact.resolved.clone(),
            (None, Some(parent)) => RemotePath::new(format!("{parent}/50-fleet.conf")),
            (None, None) => path.clone(),
        };
        let place = if there.is_some() || parent.is_some() { &path } else { &directory };
        put(&mut all, worker, (&path, place, resolved), there.as_ref(), wanted, salt);
    }
    if let Some(wanted) = &worker.unit_file {
        let path = unit_path(worker);
        let there = standing(facts, &path)?;
        if there.as_ref().map(|file| file.bytes) != Some(wanted.as_bytes()) {
            let resolved = there.as_ref().map_or_else(|| path.clone(), |file| file.fact.resolved.clone());
            put(&mut all, worker, (&path, &path, resolved), there.as_ref(), Some(wanted.clone()), salt);
        }
    }
    Ok(all)
}

/// A file that is there.
struct Standing<'a> {
    fact: &'a PathFact,
    bytes: &'a [u8],
}

fn standing<'a>(facts: &'a HostFacts, path: &RemotePath) -> Result<Option<Standing<'a>>, Failure> {
    match facts.file(path) {
        Fact::Absent => Ok(None),
        Fact::Known(fact @ PathFact { kind: PathKind::File(Bytes(bytes)), .. }) => Ok(Some(Standing { fact, bytes })),
        Fact::Known(_) => Err(unusable(path, "it is no regular file")),
        Fact::Unknown(why) => Err(unusable(path, &why)),
    }
}

/// The resolved directory, if it is there.
fn parent<'a>(facts: &'a HostFacts, path: &RemotePath) -> Result<Option<&'a RemotePath>, Failure> {
    match facts.file(path) {
        Fact::Absent => Ok(None),
        Fact::Known(fact) if fact.kind == PathKind::Directory => Ok(Some(&fact.resolved)),
        Fact::Known(_) => Err(unusable(path, "it is no directory")),
        Fact::Unknown(why) => Err(unusable(path, &why)),
    }
}

fn unusable(path: &RemotePath, why: &str) -> Failure {
    Failure::new("queue-file", format!("{path}: {why}"), "look at it on the host; fleet would write there")
}

/// Writes or removes one file: `at` is its path, the place to tell, and the resolved path.
fn put(
    all: &mut FileChanges,
    worker: &WorkerDeclaration,
    at: (&RemotePath, &RemotePath, RemotePath),
    there: Option<&Standing<'_>>,
    wanted: Option<String>,
    salt: &str,
) {
    let (path, place, resolved) = at;
    let state = there.map_or(PathState::Absent, |file| PathState::File {
        digest: content_digest(salt, file.bytes),
        mode: file.fact.mode.clone(),
        owner: file.fact.owner.clone(),
    });
    all.expect.push(Expect { path: path.clone(), resolved: resolved.clone(), state });
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    let line = DiffLine {
        subject: name.to_owned(),
        before: there.map(|file| settings(&String::from_utf8_lossy(file.bytes))),
        after: wanted.as_deref().map(settings),
    };
    all.changes.push(match wanted {
        Some(text) => Change::Write {
            path: resolved,
            digest: Some(content_digest(salt, text.as_bytes())),
            content: Content(vec![Part::Text(text)]),
            mode: Some(FILE_MODE.to_owned()),
            owner: Some(OWNER.to_owned()),
        },
        None => Change::Remove { path: resolved },
    });
    all.summary.push(ItemSummary {
        kind: KIND.to_owned(),
        id: worker.name.clone(),
        place: place.to_string(),
        diff: vec![line],
        operations: Vec::new(),
    });
}

/// What a file of systemd sets, on one line.
fn settings(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';', '[']));
    lines.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_meaning_in_a_unit_file() {
        assert_eq!(quoted(r#"a "b" \c 100%"#), r#"a \"b\" \\c 100%%"#);
        assert_eq!(
            settings("# c\n[Service]\nEnvironment=A=1\n\nTimeoutStopSec=30\n"),
            "Environment=A=1; TimeoutStopSec=30"
        );
    }
}
