//! The files of systemd that fleet keeps for a declared unit: its drop-ins, and the two of a timer.

use super::KIND;
use super::seen::Seen;
use super::text;
use crate::engine::fact::Fact;
use crate::engine::probe::{Bytes, HostFacts, PathFact, PathKind, Probe};
use crate::engine::status::Failure;
use crate::engine::transaction::{Change, Content, Expect, ItemSummary, Part, PathState, content_digest};
use crate::inventory::UnitDeclaration;
use crate::names::RemotePath;

/// Where an administrator's units are (systemd.unit(5)).
pub(super) const UNITS: &str = "/etc/systemd/system";
const DIRECTORY_MODE: &str = "0755";
const FILE_MODE: &str = "0644";
const OWNER: &str = "root:root";

/// A file as it is to be.
pub(super) struct Wanted {
    pub(super) path: RemotePath,
    pub(super) text: String,
}

/// What makes the files of one item as declared on one host.
#[derive(Clone, Debug, Default)]
pub(super) struct FileChanges {
    pub(super) expect: Vec<Expect>,
    pub(super) changes: Vec<Change>,
    pub(super) summary: Vec<ItemSummary>,
    /// The paths that change, as declared.
    pub(super) paths: Vec<RemotePath>,
}

/// The directory of a unit's drop-ins.
pub(super) fn directory(declared: &UnitDeclaration) -> RemotePath {
    RemotePath::new(format!("{UNITS}/{}.d", declared.unit))
}

fn drop_in_path(declared: &UnitDeclaration, name: &str) -> RemotePath {
    RemotePath::new(format!("{}/50-fleet-{name}.conf", directory(declared)))
}

/// All files of an item.
pub(super) fn wanted(declared: &UnitDeclaration) -> Vec<Wanted> {
    let unit_file = |unit: &str, text| Wanted { path: RemotePath::new(format!("{UNITS}/{unit}")), text };
    let timer = declared.timer.iter().flat_map(|timer| {
        [
            unit_file(declared.unit.as_str(), text::service(declared, timer)),
            unit_file(timer.unit.as_str(), text::timer(declared, timer)),
        ]
    });
    let drop_ins = declared
        .drop_ins
        .iter()
        .map(|(name, drop_in)| Wanted { path: drop_in_path(declared, name), text: text::drop_in(declared, drop_in) });
    timer.chain(drop_ins).collect()
}

/// What must be known for [`changes`].
pub(super) fn probes(declared: &UnitDeclaration) -> Vec<Probe> {
    let paths = wanted(declared).into_iter().map(|wanted| wanted.path);
    let directory = (!declared.drop_ins.is_empty()).then(|| directory(declared));
    paths.chain(directory).map(|path| Probe::File { path }).collect()
}

/// What makes the files as declared; nothing where they are.
///
/// # Errors
/// When it is not known what stands there, or nothing can be put there.
pub(super) fn changes(
    declared: &UnitDeclaration,
    facts: &HostFacts,
    seen: &Seen,
    salt: &str,
) -> Result<FileChanges, Failure> {
    let mut all = Changes { declared, salt, all: FileChanges::default() };
    let wanted = wanted(declared);
    for Wanted { path, text } in &wanted {
        let there = standing(facts, path)?;
        let is_drop_in = path.as_str().strip_suffix(".conf").is_some();
        let right = |file: &Standing<'_>| file.bytes == text.as_bytes() && is_readable(file.fact);
        if there.as_ref().is_some_and(right) {
            continue;
        }
        let mut resolved = there.as_ref().map_or_else(|| path.clone(), |file| file.fact.resolved.clone());
        let mut place = path.clone();
        if is_drop_in && there.is_none() {
            let directory = directory(declared);
            if let Some(parent) = parent(facts, &directory)? {
                let name = path.as_str().rsplit('/').next().unwrap_or_default();
                resolved = RemotePath::new(format!("{parent}/{name}"));
            } else {
                place.clone_from(&directory);
                all.make(directory);
            }
        }
        let before =
            there.as_ref().map(|file| Before { bytes: file.bytes, mode: &file.fact.mode, owner: &file.fact.owner });
        all.put(path, &place, resolved, before.as_ref(), Some(text.clone()));
    }
    let prefix = format!("{}/", directory(declared));
    let more = seen.drop_ins.iter().filter(|(path, _)| path.as_str().starts_with(&prefix));
    for (path, file) in more.filter(|(path, _)| !wanted.iter().any(|wanted| wanted.path == **path)) {
        let before = Before { bytes: &file.bytes, mode: &file.mode, owner: &file.owner };
        all.put(path, path, file.resolved.clone(), Some(&before), None);
    }
    Ok(all.all)
}

/// Whether everybody may read it, as systemctl(1) does for every user, and root alone may write it.
fn is_readable(fact: &PathFact) -> bool {
    fact.mode == FILE_MODE && (fact.owner == OWNER || fact.owner == "0:0")
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
    Failure::new("unit-file", format!("{path}: {why}"), "look at it on the host; fleet would write there")
}

/// A file as it stands.
struct Before<'a> {
    bytes: &'a [u8],
    mode: &'a str,
    owner: &'a str,
}

struct Changes<'a> {
    declared: &'a UnitDeclaration,
    salt: &'a str,
    all: FileChanges,
}

impl Changes<'_> {
    /// A directory that is not there; several drop-ins may want it.
    fn make(&mut self, path: RemotePath) {
        if self.all.changes.iter().any(|change| *change.path() == path) {
            return;
        }
        let state = PathState::Absent;
        self.all.expect.push(Expect { path: path.clone(), resolved: path.clone(), state });
        let (mode, owner) = (Some(DIRECTORY_MODE.to_owned()), Some(OWNER.to_owned()));
        self.all.changes.push(Change::Directory { path, mode, owner });
    }

    fn put(
        &mut self,
        path: &RemotePath,
        place: &RemotePath,
        resolved: RemotePath,
        before: Option<&Before<'_>>,
        wanted: Option<String>,
    ) {
        let state = before.map_or(PathState::Absent, |file| PathState::File {
            digest: content_digest(self.salt, file.bytes),
            mode: file.mode.to_owned(),
            owner: file.owner.to_owned(),
        });
        let old = before.map(|file| String::from_utf8_lossy(file.bytes).into_owned());
        let mut diff = text::diff(old.as_deref(), wanted.as_deref());
        if let Some(file) = before.filter(|_| diff.is_empty()) {
            let line = |subject: &str, before: &str, after: &str| crate::engine::transaction::DiffLine {
                subject: subject.to_owned(),
                before: Some(before.to_owned()),
                after: Some(after.to_owned()),
            };
            let lines = [line("mode", file.mode, FILE_MODE), line("owner", file.owner, OWNER)];
            diff.extend(lines.into_iter().filter(|line| line.before != line.after));
        }
        self.all.summary.push(ItemSummary {
            kind: KIND.to_owned(),
            id: self.declared.name.clone(),
            place: place.to_string(),
            diff,
            operations: Vec::new(),
        });
        self.all.expect.push(Expect { path: path.clone(), resolved: resolved.clone(), state });
        self.all.changes.push(match wanted {
            Some(text) => Change::Write {
                path: resolved,
                digest: Some(content_digest(self.salt, text.as_bytes())),
                content: Content(vec![Part::Text(text)]),
                mode: Some(FILE_MODE.to_owned()),
                owner: Some(OWNER.to_owned()),
            },
            None => Change::Remove { path: resolved },
        });
        self.all.paths.push(path.clone());
    }
}
