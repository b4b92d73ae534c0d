//! What stands at a path.

use super::Subject;
use super::probes::parent;
use crate::engine::fact::Fact;
use crate::engine::probe::{LinkFact, PathFact, PathKind};
use crate::engine::transaction::{Expect, PathState, content_digest};
use crate::inventory::FileState;
use crate::names::RemotePath;

/// What stands at a path; all `None`: nothing.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen<'a> {
    /// The text of the link that the path itself is.
    pub(super) link: Option<&'a str>,
    /// What is there, through all links; `None` with a link: it leads nowhere.
    pub(super) target: Option<&'a PathFact>,
}

/// # Errors
/// Why it is not known.
pub(super) fn look<'a>(subject: &Subject<'a>) -> Result<Seen<'a>, String> {
    let path = &subject.file.path;
    let link = match subject.facts.link(path) {
        Fact::Known(LinkFact::Link(text)) => Some(text.as_str()),
        Fact::Known(LinkFact::Other) | Fact::Absent => None,
        Fact::Unknown(why) => return Err(why),
    };
    let target = match subject.facts.file(path) {
        Fact::Known(fact) => Some(fact),
        Fact::Absent => None,
        Fact::Unknown(why) => return Err(why),
    };
    Ok(Seen { link, target })
}

/// Where what is declared is or comes to be, with all links resolved: the place that it keeps to itself, and whether with
/// all that is below it. A directory may be shared.
pub(super) fn own_place(subject: &Subject<'_>) -> Option<(RemotePath, bool)> {
    let seen = look(subject).ok()?;
    let (target, whole) = match subject.on.state {
        FileState::Content(_) => (seen.target, false),
        FileState::Link(_) => (None, false),
        FileState::Absent { recursive } => (None, recursive),
        FileState::Directory => return None,
    };
    let resolved = match target {
        Some(fact) => fact.resolved.clone(),
        None => below(&subject.facts.file(&parent(&subject.file.path)).known()?.resolved, &subject.file.path),
    };
    Some((resolved, whole))
}

/// The last name of a path, in a directory.
pub(super) fn below(directory: &RemotePath, path: &RemotePath) -> RemotePath {
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    RemotePath::new(format!("{}/{name}", directory.as_str().trim_end_matches('/')))
}

impl Seen<'_> {
    pub(super) fn is_file(&self) -> bool {
        self.target.is_some_and(|fact| matches!(fact.kind, PathKind::File(_) | PathKind::Digest(_)))
    }

    pub(super) fn is_directory(&self) -> bool {
        self.target.is_some_and(|fact| fact.kind == PathKind::Directory)
    }

    /// In a word or two.
    pub(super) fn words(&self) -> String {
        match (self.link, self.target.map(|fact| &fact.kind)) {
            (Some(text), _) => format!("a link to {text}"),
            (None, None) => "nothing".to_owned(),
            (None, Some(PathKind::File(_) | PathKind::Digest(_))) => "a file".to_owned(),
            (None, Some(PathKind::Directory)) => "a directory".to_owned(),
            (None, Some(PathKind::Other(words))) => format!("a {words}"),
        }
    }
}

/// The salted digest of a file's bytes.
pub(super) fn digest(fact: &PathFact, salt: &str) -> Option<String> {
    match &fact.kind {
        PathKind::File(bytes) => Some(content_digest(salt, &bytes.0)),
        PathKind::Digest(digest) => Some(digest.clone()),
        PathKind::Directory | PathKind::Other(_) => None,
    }
}

/// That what is there through all links still is.
pub(super) fn expect_target(subject: &Subject<'_>, fact: &PathFact) -> Option<Expect> {
    let state = match digest(fact, &subject.salt) {
        Some(digest) => PathState::File { digest, mode: fact.mode.clone(), owner: fact.owner.clone() },
        None if fact.kind == PathKind::Directory => PathState::Directory,
        None => return None,
    };
    Some(Expect { path: subject.file.path.clone(), resolved: fact.resolved.clone(), state })
}

/// That the path itself is still that link, or still nothing.
pub(super) fn expect_at(subject: &Subject<'_>, resolved: &RemotePath, link: Option<&str>) -> Expect {
    let state = link.map_or(PathState::Absent, |target| PathState::Link { target: target.to_owned() });
    Expect { path: subject.file.path.clone(), resolved: resolved.clone(), state }
}
