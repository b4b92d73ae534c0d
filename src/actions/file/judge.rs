//! Declared against disk, and the one change that mends it.

use super::Subject;
use super::content::{self, Wanted};
use super::diff;
use super::draft::Draft;
use super::probes::parent;
use super::seen::{self, Seen};
use crate::engine::fact::Fact;
use crate::engine::probe::{PathFact, PathKind};
use crate::engine::status::{Difference, Status, Warning};
use crate::engine::transaction::{Change, DiffLine, Expect, content_digest};
use crate::inventory::FileState;
use crate::names::RemotePath;

/// What differs on disk, and what mends it.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) differences: Vec<Difference>,
    pub(super) warnings: Vec<Warning>,
    pub(super) step: Option<Step>,
    /// Something here is for a person, or not known: nothing is changed then.
    pub(super) blocked: bool,
}

/// One change.
pub(super) struct Step {
    pub(super) expect: Expect,
    pub(super) change: Change,
    pub(super) diff: Vec<DiffLine>,
}

pub(super) fn unknown(subject: &str, message: String) -> Difference {
    difference(subject, Status::Unknown, message)
}

fn difference(subject: &str, status: Status, message: String) -> Difference {
    Difference {
        subject: subject.to_owned(),
        status,
        declared: None,
        on_disk: None,
        live: None,
        message,
        repairable: false,
    }
}

pub(super) fn judge(subject: &Subject<'_>, seen: &Seen<'_>, draft: &Draft) -> Judged {
    let mut judged = Judged::default();
    match &subject.on.state {
        FileState::Content(parts) => match content::wanted(parts, subject.world) {
            Ok(wanted) => judged.file(subject, seen, &wanted, draft),
            Err(why) => judged.unknown("content", format!("what is declared is not known: {why}")),
        },
        FileState::Link(target) => judged.link(subject, seen, target, draft),
        FileState::Directory => judged.directory(subject, seen, draft),
        FileState::Absent { recursive } => judged.absent(subject, seen, *recursive),
    }
    judged
}

impl Judged {
    fn drift(&mut self, name: &str, declared: String, on_disk: String, message: String) {
        let difference = difference(name, Status::Drift, message);
        self.differences.push(Difference { declared: Some(declared), on_disk: Some(on_disk), ..difference });
    }

    fn unknown(&mut self, name: &str, message: String) {
        self.differences.push(unknown(name, message));
        self.blocked = true;
    }

    /// Something else is there, in the way of what is declared.
    fn in_the_way(&mut self, subject: &Subject<'_>, seen: &Seen<'_>, declared: &str, help: &str) {
        let path = &subject.file.path;
        let message = format!("{path} is {}, and is to be {declared}; {help}", seen.words());
        self.drift("kind", declared.to_owned(), seen.words(), message);
        self.blocked = true;
    }

    /// Where something new goes.
    fn new_place(&mut self, subject: &Subject<'_>, draft: &Draft) -> Option<RemotePath> {
        let path = &subject.file.path;
        let directory = parent(path);
        if let Some(resolved) = draft.made(&directory) {
            return Some(seen::below(resolved, path));
        }
        let why = match subject.facts.file(&directory) {
            Fact::Known(fact) if fact.kind == PathKind::Directory => return Some(seen::below(&fact.resolved, path)),
            Fact::Known(_) => format!("{path} can't be made: {directory} is no directory"),
            Fact::Absent => format!(
                "{path} can't be made: its directory {directory} is not there; declare that as well, with `directory = \
                 true`, or correct `path`"
            ),
            Fact::Unknown(why) => {
                self.unknown("directory", format!("{directory}: {why}"));
                return None;
            }
        };
        self.drift("directory", "a directory".to_owned(), "nothing".to_owned(), why);
        self.blocked = true;
        None
    }

    fn file(&mut self, subject: &Subject<'_>, seen: &Seen<'_>, wanted: &Wanted, draft: &Draft) {
        let path = &subject.file.path;
        let fact = match (seen.link, seen.target) {
            (Some(text), None) => {
                let help = format!("that leads nowhere ({text}): remove it with `rm {path}`, or declare the link");
                return self.in_the_way(subject, seen, "a file", &help);
            }
            (_, Some(_)) if !seen.is_file() => {
                let help = "fleet puts no file in its place: move it away, or correct `path`";
                return self.in_the_way(subject, seen, "a file", help);
            }
            (_, fact) => fact,
        };
        let new_mode = if wanted.is_secret() { 0o600 } else { 0o644 };
        let Some(fact) = fact else {
            self.drift("file", "a file".to_owned(), "nothing".to_owned(), format!("{path} is not there"));
            let Some(resolved) = self.new_place(subject, draft) else { return };
            let (mode, owner) = (octal(subject.on.mode.unwrap_or(new_mode)), owner(subject));
            let mut lines = attributes(&mode, &owner);
            lines.extend(diff::diff(None, wanted, subject.world));
            let expect = seen::expect_at(subject, &resolved, None);
            let change = write(subject, wanted, resolved, Some(mode), Some(owner));
            self.step = Some(Step { expect, change, diff: lines });
            return;
        };
        let mut lines = self.attributes(subject, fact);
        let same = match &fact.kind {
            PathKind::File(bytes) => bytes.0 == wanted.bytes,
            _ => seen::digest(fact, &subject.salt) == Some(content_digest(&subject.salt, &wanted.bytes)),
        };
        if !same {
            let found = diff::diff(Some(fact), wanted, subject.world);
            let count = diff::counted(&found);
            let words = count.map_or_else(
                || format!("{path} has other content"),
                |count| format!("{path} has other content: {count}"),
            );
            self.differences.push(difference("content", Status::Drift, words));
            lines.extend(found);
        }
        let Some(expect) = seen::expect_target(subject, fact).filter(|_| !lines.is_empty()) else { return };
        let mode = subject.on.mode.map(octal);
        let owner = subject.on.owner.as_ref().map(|_| owner(subject));
        let change = write(subject, wanted, fact.resolved.clone(), mode, owner);
        self.step = Some(Step { expect, change, diff: lines });
    }

    /// Mode and owner of what is there.
    fn attributes(&mut self, subject: &Subject<'_>, fact: &PathFact) -> Vec<DiffLine> {
        let mut lines = Vec::new();
        if let Some(mode) = subject.on.mode.map(octal).filter(|mode| *mode != fact.mode) {
            self.drift("mode", mode.clone(), fact.mode.clone(), "the mode is not as declared".to_owned());
            lines.push(DiffLine { subject: "mode".to_owned(), before: Some(fact.mode.clone()), after: Some(mode) });
        }
        if subject.on.owner.is_some() {
            let owner = owner(subject);
            if owner != fact.owner && by_number(&owner, &fact.owner) {
                let message = "the owner is declared by number, and this host has a name for it: declare the name";
                self.unknown("owner", message.to_owned());
            } else if owner != fact.owner {
                self.drift("owner", owner.clone(), fact.owner.clone(), "the owner is not as declared".to_owned());
                lines.push(DiffLine {
                    subject: "owner".to_owned(),
                    before: Some(fact.owner.clone()),
                    after: Some(owner),
                });
            }
        }
        lines
    }

    fn link(&mut self, subject: &Subject<'_>, seen: &Seen<'_>, target: &str, draft: &Draft) {
        let declared = format!("a link to {target}");
        if seen.link == Some(target) {
            return;
        }
        if seen.link.is_none() && seen.target.is_some() && !seen.is_file() {
            let help = "fleet puts no link in its place: move it away, or correct `path`";
            return self.in_the_way(subject, seen, &declared, help);
        }
        let path = &subject.file.path;
        let message = match (seen.link, seen.target) {
            (None, None) => format!("the link {path} is not there"),
            (Some(text), _) => format!("the link {path} leads to {text}"),
            (None, Some(_)) => format!("{path} is a file, and is to be a link"),
        };
        self.drift("kind", declared.clone(), seen.words(), message);
        let Some(resolved) = self.new_place(subject, draft) else { return };
        let expect = match (seen.link, seen.target) {
            (None, Some(fact)) => match seen::expect_target(subject, fact) {
                Some(expect) => expect,
                None => return,
            },
            (link, _) => seen::expect_at(subject, &resolved, link),
        };
        let change = Change::Link { path: resolved, target: target.to_owned() };
        self.step = Some(Step { expect, change, diff: vec![kind(seen, &declared)] });
    }

    fn directory(&mut self, subject: &Subject<'_>, seen: &Seen<'_>, draft: &Draft) {
        let path = &subject.file.path;
        match seen.target {
            Some(fact) if seen.is_directory() => {
                self.attributes(subject, fact);
                // The transaction language makes directories, and changes none.
                for difference in self.differences.iter_mut().filter(|it| it.status == Status::Drift) {
                    let (verb, value) = match difference.subject.as_str() {
                        "mode" => ("chmod", &difference.declared),
                        _ => ("chown", &difference.declared),
                    };
                    let value = value.as_deref().unwrap_or_default();
                    let host = subject.host;
                    difference.message = format!(
                        "{}; fleet changes no directory that is there: `fleet exec -l {host} -- {verb} {value} {path}`",
                        difference.message
                    );
                    self.blocked = true;
                }
            }
            None if seen.link.is_none() => {
                self.drift("kind", "a directory".to_owned(), "nothing".to_owned(), format!("{path} is not there"));
                let Some(resolved) = self.new_place(subject, draft) else { return };
                let (mode, owner) = (octal(subject.on.mode.unwrap_or(0o755)), owner(subject));
                let mut lines = vec![kind(seen, "a directory")];
                lines.extend(attributes(&mode, &owner));
                let expect = seen::expect_at(subject, &resolved, None);
                let change = Change::Directory { path: resolved, mode: Some(mode), owner: Some(owner) };
                self.step = Some(Step { expect, change, diff: lines });
            }
            _ => {
                let help = "fleet puts no directory in its place: move it away, or correct `path`";
                self.in_the_way(subject, seen, "a directory", help);
            }
        }
    }

    fn absent(&mut self, subject: &Subject<'_>, seen: &Seen<'_>, recursive: bool) {
        let path = &subject.file.path;
        if seen.link.is_none() && seen.target.is_none() {
            return;
        }
        if seen.link.is_none() && seen.is_directory() && !recursive {
            let help = "declare `recursive = true` if it is to go with all that is in it";
            return self.in_the_way(subject, seen, "nothing", help);
        }
        if seen.link.is_none() && !seen.is_file() && !seen.is_directory() {
            return self.in_the_way(subject, seen, "nothing", "fleet removes files, links and directories alone");
        }
        self.drift("kind", "nothing".to_owned(), seen.words(), format!("{path} is there, as {}", seen.words()));
        let step = match (seen.link, seen.target) {
            (None, Some(fact)) => seen::expect_target(subject, fact).map(|expect| {
                let path = fact.resolved.clone();
                let directory = fact.kind == PathKind::Directory;
                (expect, if directory { Change::RemoveDirectory { path } } else { Change::Remove { path } })
            }),
            (link, _) => self
                .new_place(subject, &Draft::default())
                .map(|resolved| (seen::expect_at(subject, &resolved, link), Change::Remove { path: resolved })),
        };
        self.step = step.map(|(expect, change)| Step { expect, change, diff: vec![kind(seen, "nothing")] });
    }
}

fn write(
    subject: &Subject<'_>,
    wanted: &Wanted,
    path: RemotePath,
    mode: Option<String>,
    owner: Option<String>,
) -> Change {
    let digest = Some(content_digest(&subject.salt, &wanted.bytes));
    Change::Write { path, content: wanted.content.clone(), digest, mode, owner }
}

fn kind(seen: &Seen<'_>, after: &str) -> DiffLine {
    DiffLine { subject: "kind".to_owned(), before: Some(seen.words()), after: Some(after.to_owned()) }
}

/// Of what is new.
fn attributes(mode: &str, owner: &str) -> Vec<DiffLine> {
    [("mode", mode), ("owner", owner)]
        .map(|(name, value)| DiffLine { subject: name.to_owned(), before: None, after: Some(value.to_owned()) })
        .into()
}

fn octal(bits: u32) -> String {
    format!("{bits:04o}")
}

/// As declared, or what is new gets.
fn owner(subject: &Subject<'_>) -> String {
    subject.on.owner.as_ref().map_or_else(|| "root:root".to_owned(), |(user, group)| format!("{user}:{group}"))
}

/// Declared by number where the host has a name: the two can't be compared.
fn by_number(declared: &str, seen: &str) -> bool {
    let number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    declared.split(':').zip(seen.split(':')).any(|(declared, seen)| number(declared) && !number(seen))
}
