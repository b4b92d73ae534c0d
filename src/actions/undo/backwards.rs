//! One transaction of a run, the other way round.

use std::collections::BTreeSet;

use super::Refusal;
use super::ground::Ground;
use super::{summaries, units};
use crate::engine::kept::{Before, Done, KeptChange, KeptFile, KeptRun, TreeEntry};
use crate::engine::status::Failure;
use crate::engine::transaction::{Change, Content, Expect, Part, PathState, Transaction, UnitOperation, Verify};
use crate::names::{RemotePath, UnitName};

/// How long a unit that is up again must stay up to count as working, in seconds.
const SETTLE_SECONDS: u32 = 1;

/// What puts back what this transaction found; first, where there is such a thing, what must be done while its files are
/// still there. Nothing where it is as it was already.
pub(super) fn take_back(
    run: &KeptRun,
    ground: &mut Ground<'_>,
) -> Result<(Option<Transaction>, Option<Transaction>), Refusal> {
    let mut draft = Draft { run, expect: Vec::new(), changes: Vec::new(), going: BTreeSet::new() };
    draft.paths(ground)?;
    let touched = !draft.changes.is_empty();
    let running = units::running(run, ground)?;
    let operations = units::operations(run, ground, touched)?;
    let Draft { expect, changes, going, .. } = draft;
    // A unit whose file goes can't be stopped or disabled afterwards.
    let (first, rest): (Vec<UnitOperation>, Vec<UnitOperation>) =
        operations.into_iter().partition(|operation| is_of_going(operation, &going));
    let record = &run.record;
    let first = Transaction {
        running: running.clone(),
        units: first,
        lease_seconds: record.lease_seconds,
        ..Transaction::default()
    };
    let mut whole = Transaction {
        expect,
        running,
        changes,
        validate: if touched { record.validate.clone() } else { Vec::new() },
        units: rest,
        lease_seconds: record.lease_seconds,
        ..Transaction::default()
    };
    if !first.units.is_empty() {
        // Those that the first part stops do not run any more.
        for expect in &mut whole.running {
            expect
                .units
                .retain(|unit| !first.units.iter().any(|it| matches!(it, UnitOperation::Stop(of) if of == unit)));
        }
    }
    let up: Vec<UnitName> = whole
        .units
        .iter()
        .filter_map(|operation| match operation {
            UnitOperation::Start(unit) | UnitOperation::Restart(unit) | UnitOperation::Reload(unit) => Some(unit),
            _ => None,
        })
        .cloned()
        .collect();
    if !up.is_empty() {
        whole.verify.push(Verify::Active { units: up, seconds: SETTLE_SECONDS });
    }
    Ok((finished(run, first), finished(run, whole)))
}

/// Whether all that the run changed, in any of its waves, is as it was before the first of them.
pub(super) fn is_back(runs: &[KeptRun], ground: &Ground<'_>) -> bool {
    let mut paths = BTreeSet::new();
    let mut first = runs.iter().flat_map(|run| {
        let changes = run.record.changes.iter().enumerate();
        changes.map(move |(at, change)| (run, u32::try_from(at + 1).unwrap_or(u32::MAX), change))
    });
    let is_same = |(run, number, change): (&KeptRun, u32, &KeptChange)| {
        // What a later wave found is of the run's own making.
        if !paths.insert(change.path.clone()) || change.done == Done::Kept {
            return true;
        }
        let (now, was) = (ground.at(change), before(change, run, number));
        matches!((now, was), (Ok(now), Ok(was)) if now == was)
    };
    first.all(is_same) && units::are_back(runs, ground)
}

fn finished(run: &KeptRun, mut transaction: Transaction) -> Option<Transaction> {
    if transaction.changes.is_empty() && transaction.units.is_empty() {
        return None;
    }
    transaction.summary = summaries::of(run, &transaction);
    Some(transaction)
}

/// Whether it stops or disables a unit whose file is about to go.
fn is_of_going(operation: &UnitOperation, going: &BTreeSet<String>) -> bool {
    let (UnitOperation::Stop(unit) | UnitOperation::Disable(unit)) = operation else { return false };
    let name = unit.as_str();
    // The file of an instance is that of its template (systemd.unit(5)).
    let template = name.split_once('@').and_then(|(stem, rest)| Some(format!("{stem}@.{}", rest.rsplit_once('.')?.1)));
    going.contains(name) || template.is_some_and(|template| going.contains(&template))
}

struct Draft<'a> {
    run: &'a KeptRun,
    expect: Vec<Expect>,
    changes: Vec<Change>,
    /// The names of files that will not be there any more.
    going: BTreeSet<String>,
}

impl Draft<'_> {
    fn paths(&mut self, ground: &mut Ground<'_>) -> Result<(), Refusal> {
        let changes = &self.run.record.changes;
        let is_below = |path: &RemotePath, directory: &RemotePath| {
            path.as_str().strip_prefix(directory.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        let made: Vec<&KeptChange> = changes.iter().filter(|change| change.done == Done::Made).collect();
        for (at, change) in changes.iter().enumerate().rev() {
            let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
            if change.done == Done::Kept {
                continue;
            }
            // With a directory that was made goes all that was put into it.
            let inside = made.iter().any(|directory| is_below(&change.path, &directory.path));
            let (now, left, was) = (ground.at(change)?, self.left(number, change), before(change, self.run, number)?);
            if now == was {
                continue;
            }
            if left.as_ref() != Some(&now) {
                let message = format!(
                    "{} is not as {} left it: {}",
                    change.declared,
                    self.run.record.run,
                    differs(&now, left.as_ref())
                );
                return Err(ground.changed(change.declared.as_str(), &message));
            }
            if change.done == Done::Made {
                let children = changes
                    .iter()
                    .filter_map(|it| it.path.as_str().strip_prefix(change.path.as_str())?.strip_prefix('/'));
                let children: BTreeSet<&str> = children.filter_map(|rest| rest.split('/').next()).collect();
                if let Some(more) = ground.names_in(change)?.iter().find(|name| !children.contains(name.as_str())) {
                    let message =
                        format!("{} holds {more}, which {} did not put there", change.declared, self.run.record.run);
                    return Err(ground.changed(change.declared.as_str(), &message));
                }
            }
            let expect = Expect { path: change.declared.clone(), resolved: change.path.clone(), state: now };
            self.expect.push(expect);
            if was == PathState::Absent {
                self.going.extend(change.path.as_str().rsplit('/').next().map(str::to_owned));
            }
            ground.put(&change.path, was);
            if !inside {
                self.put_back(number, change, ground)?;
            }
        }
        Ok(())
    }

    /// What the run left there; `None` where nothing on the host is like that any more.
    fn left(&self, number: u32, change: &KeptChange) -> Option<PathState> {
        match &change.done {
            Done::Written => self.run.left.get(&number).filter(|file| !file.digest.is_empty()).map(state),
            Done::Linked { target } => Some(PathState::Link { target: target.clone() }),
            Done::Removed | Done::Emptied => Some(PathState::Absent),
            Done::Made | Done::Kept => Some(PathState::Directory),
        }
    }

    fn put_back(&mut self, number: u32, change: &KeptChange, ground: &mut Ground<'_>) -> Result<(), Refusal> {
        let path = change.path.clone();
        let back = match &change.before {
            Before::Absent if change.done == Done::Made => Change::RemoveDirectory { path },
            Before::Absent => Change::Remove { path },
            Before::Link { target } => Change::Link { path, target: target.clone() },
            Before::File { .. } => {
                let file = self.run.before.get(&number).ok_or_else(|| not_kept(change, self.run))?;
                self.write(path, number, None, file)
            }
            Before::Directory => return self.tree(number, change, ground),
        };
        self.changes.push(back);
        Ok(())
    }

    fn write(&self, path: RemotePath, number: u32, below: Option<String>, file: &KeptFile) -> Change {
        let run = self.run.record.run.clone();
        Change::Write {
            path,
            content: Content(vec![Part::Kept { run, number, below }]),
            digest: Some(file.digest.clone()),
            mode: Some(file.mode.clone()),
            owner: Some(file.owner.clone()),
        }
    }

    /// A directory that was removed, with all that was in it.
    fn tree(&mut self, number: u32, change: &KeptChange, ground: &mut Ground<'_>) -> Result<(), Refusal> {
        let tree = self.run.trees.get(&number).filter(|_| !self.run.odd_trees.contains(&number));
        for (below, entry) in tree.ok_or_else(|| not_kept(change, self.run))? {
            let place = |top: &RemotePath| match below.as_str() {
                "" => top.clone(),
                below => RemotePath::new(format!("{top}/{below}")),
            };
            let path = place(&change.path);
            if !below.is_empty() {
                let expect = Expect { path: place(&change.declared), resolved: path.clone(), state: PathState::Absent };
                self.expect.push(expect);
            }
            let there = match entry {
                TreeEntry::Directory { .. } => PathState::Directory,
                TreeEntry::File(file) => state(file),
                TreeEntry::Link { target } => PathState::Link { target: target.clone() },
            };
            ground.put(&path, there);
            let back = match entry {
                TreeEntry::Directory { mode, owner } => {
                    Change::Directory { path, mode: Some(mode.clone()), owner: Some(owner.clone()) }
                }
                TreeEntry::File(file) => self.write(path, number, Some(below.clone()), file),
                TreeEntry::Link { target } => Change::Link { path, target: target.clone() },
            };
            self.changes.push(back);
        }
        Ok(())
    }
}

fn state(file: &KeptFile) -> PathState {
    PathState::File { digest: file.digest.clone(), mode: file.mode.clone(), owner: file.owner.clone() }
}

fn before(change: &KeptChange, run: &KeptRun, number: u32) -> Result<PathState, Refusal> {
    Ok(match &change.before {
        Before::Absent => PathState::Absent,
        Before::File { .. } => state(run.before.get(&number).ok_or_else(|| not_kept(change, run))?),
        Before::Link { target } => PathState::Link { target: target.clone() },
        Before::Directory => PathState::Directory,
    })
}

fn not_kept(change: &KeptChange, run: &KeptRun) -> Refusal {
    let message = match change.before {
        Before::Directory => {
            format!("what {} held was too large to keep, or of a kind that is not kept", change.declared)
        }
        _ => format!("the old version of {} is not kept any more", change.declared),
    };
    let failure = Failure::new("not-kept", format!("{message} ({})", run.record.run), "put it right by hand");
    Refusal { failure, place: change.declared.to_string() }
}

/// In what way a path is not as it was left, without anything of its content.
fn differs(now: &PathState, left: Option<&PathState>) -> String {
    match (now, left) {
        (PathState::Absent, _) => "it is gone".to_owned(),
        (_, Some(PathState::Absent)) => "it is there again".to_owned(),
        (
            PathState::File { digest, mode, owner },
            Some(PathState::File { digest: left, mode: left_mode, owner: left_owner }),
        ) => {
            if digest != left {
                "it has other content".to_owned()
            } else if mode != left_mode {
                format!("it has the mode {mode}, and had {left_mode}")
            } else {
                format!("it belongs to {owner}, and belonged to {left_owner}")
            }
        }
        (PathState::File { .. }, None) => "it has other content".to_owned(),
        (PathState::Link { target }, _) => format!("it leads to {target}"),
        _ => "it is of another kind".to_owned(),
    }
}
