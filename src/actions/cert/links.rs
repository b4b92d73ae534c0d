//! The links of a certificate in a transaction, and the versions that no link needs any more.

use super::draft::{Draft, name};
use super::layout::{self, below};
use super::words;
use crate::engine::fact::Fact;
use crate::engine::probe::LinkFact;
use crate::engine::status::Failure;
use crate::engine::transaction::{Change, DiffLine, PathState};
use crate::names::RemotePath;

impl Draft<'_, '_> {
    /// Switches `current`.
    pub(super) fn link(&mut self, base: &RemotePath, serial: &str) -> Result<(), Failure> {
        let path = layout::current(self.subject.cert);
        let resolved = below(base, "current");
        let target = layout::link_text(serial);
        let fresh = self.made(base);
        let before = match self.look.disk.current.clone() {
            _ if fresh => None,
            Fact::Absent => None,
            Fact::Known(LinkFact::Link(text)) if *text == target => return Ok(()),
            Fact::Known(LinkFact::Link(text)) => Some(text.clone()),
            Fact::Known(LinkFact::Other) => {
                return self.fail("cert-not-a-link", &format!("{path} is there, and is no link"), "move it away");
            }
            Fact::Unknown(why) => return self.unknown(&path, &why),
        };
        let state = before.clone().map_or(PathState::Absent, |target| PathState::Link { target });
        self.expect(&path, &resolved, state);
        self.transaction.changes.push(Change::Link { path: resolved, target: target.clone() });
        let on_disk = self.look.disk.readable().map(|chain| words::brief(chain.leaf()));
        self.diff.insert(
            0,
            DiffLine {
                subject: "certificate".to_owned(),
                before: on_disk.or_else(|| before.clone()),
                after: Some(self.target.shown()),
            },
        );
        self.diff.push(DiffLine { subject: "current".to_owned(), before, after: Some(target) });
        self.switched = true;
        Ok(())
    }

    /// Keeps the names of certbot's `live/NAME` as links into `current`.
    pub(super) fn live(&mut self, live: &RemotePath) -> Result<(), Failure> {
        let standing = self.standing(live)?;
        let mut diff = Vec::new();
        let directory = if let Some(resolved) = standing.clone() {
            resolved
        } else {
            let parent = layout::parent(live);
            let Some(above) = self.standing(&parent)? else {
                return self.fail(
                    "cert-no-directory",
                    &format!("there is no directory {parent}"),
                    "make it on the host, or correct `live` in the inventory",
                );
            };
            let made = below(&above, name(live));
            self.make(live, &made);
            made
        };
        let current = layout::current(self.subject.cert);
        for file in layout::LIVE {
            let path = below(live, file.name());
            let target = below(&current, file.name()).to_string();
            let before = match self.look.facts.link(&path) {
                _ if standing.is_none() => None,
                Fact::Absent => None,
                Fact::Known(LinkFact::Link(text)) if *text == target => continue,
                Fact::Known(LinkFact::Link(text)) => Some(text.clone()),
                Fact::Known(LinkFact::Other) => {
                    return self.fail("cert-not-a-link", &format!("{path} is there, and is no link"), "move it away");
                }
                Fact::Unknown(why) => return self.unknown(&path, &why),
            };
            let resolved = below(&directory, file.name());
            let state = before.clone().map_or(PathState::Absent, |target| PathState::Link { target });
            self.expect(&path, &resolved, state);
            self.transaction.changes.push(Change::Link { path: resolved, target: target.clone() });
            diff.push(DiffLine { subject: file.name().to_owned(), before, after: Some(target) });
        }
        if !diff.is_empty() {
            self.elsewhere.push(self.summary(live, diff));
            self.relinked = true;
        }
        Ok(())
    }

    /// Removes versions beyond those that are kept: of those alone of which the store knows how old they are.
    pub(super) fn prune(&mut self, versions: &RemotePath, serial: &str) {
        let cert = self.subject.cert;
        if self.made(versions) {
            return;
        }
        let Fact::Known(names) = self.look.facts.directory(&layout::versions(cert)) else { return };
        let before = match self.look.disk.current.clone() {
            Fact::Known(LinkFact::Link(text)) => layout::linked(cert, text).map(str::to_owned),
            _ => None,
        };
        // Whatever else `current` means is left alone with all the rest.
        if before.is_none() && !matches!(self.look.disk.current, Fact::Absent) {
            return;
        }
        let stays = |name: &str| name == serial || Some(name) == before.as_deref();
        let others: Vec<&str> = self
            .subject
            .declared
            .stored
            .iter()
            .map(|stored| stored.serial.as_str())
            .filter(|name| !stays(name) && names.iter().any(|found| found == name))
            .collect();
        let kept = 1 + usize::from(before.is_some_and(|before| before != serial));
        for name in others.into_iter().skip(cert.keep.saturating_sub(kept)) {
            let path = layout::version(cert, name);
            let resolved = below(versions, name);
            self.expect(&path, &resolved, PathState::Directory);
            let change = Change::RemoveDirectory { path: resolved };
            self.removed.extend(change.told());
            self.transaction.changes.push(change);
        }
    }
}
