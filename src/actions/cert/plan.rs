//! What makes a certificate on a host as declared: one transaction.

use super::declared::{Next, stored_key};
use super::finding::{Finding, Mends};
use super::gates;
use super::layout::{self, File, below};
use super::subject::{Look, Subject};
use super::words;
use crate::engine::fact::Fact;
use crate::engine::probe::{LinkFact, PathFact, PathKind};
use crate::engine::status::Failure;
use crate::engine::transaction::{
    Change, Command, Content, DiffLine, Expect, Gate, ItemSummary, Part, PathState, Transaction, UnitOperation, Verify,
};
use crate::names::RemotePath;
use crate::store::Stored;
use crate::x509::Certificate;

/// Time for validation, reloads and handshakes, twice: a way back does them again.
const LEASE_SECONDS: u32 = 300;
/// A configuration check may read many files.
const VALIDATE_SECONDS: u32 = 60;
/// How long a reloaded unit must stay up, where nothing is seen from outside.
const SETTLE_SECONDS: u32 = 1;

/// What a host is to get.
pub(super) enum Target<'a> {
    /// What the store has.
    Stored(&'a Stored),
    /// What is to be issued.
    Next(Next),
    /// What is there, of which the store knows nothing.
    OnDisk(&'a Certificate),
}

/// What a transaction does, of what could mend a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Does {
    pub(super) files: bool,
    pub(super) renewal: bool,
    pub(super) reload: bool,
}

impl Does {
    pub(super) fn mends(self, mends: Mends) -> bool {
        match mends {
            Mends::Files => self.files,
            Mends::Renewal => self.renewal,
            Mends::Reload => self.reload,
            Mends::Nobody => false,
        }
    }
}

/// A transaction, and what it does.
pub(super) struct Planned {
    pub(super) transaction: Transaction,
    pub(super) does: Does,
}

impl Target<'_> {
    pub(super) fn serial(&self) -> String {
        match self {
            Self::Stored(stored) => stored.serial.to_string(),
            Self::Next(next) => next.serial(),
            Self::OnDisk(leaf) => leaf.serial.to_string(),
        }
    }

    /// SHA-256 of the leaf that is to be seen.
    pub(super) fn leaf(&self) -> Content {
        Content(vec![match self {
            Self::Stored(stored) => Part::Text(stored.chain.leaf().fingerprint.to_string()),
            Self::Next(next) => next.part("sha256"),
            Self::OnDisk(leaf) => Part::Text(leaf.fingerprint.to_string()),
        }])
    }

    fn shown(&self) -> String {
        match self {
            Self::Stored(stored) => words::whole(stored.chain.leaf()),
            Self::Next(next) => words::until(&next.serial(), &next.not_after()),
            Self::OnDisk(leaf) => words::whole(leaf),
        }
    }
}

/// The transaction under construction.
struct Draft<'a, 'b> {
    subject: &'a Subject<'b>,
    look: &'a Look<'b>,
    target: &'a Target<'a>,
    transaction: Transaction,
    diff: Vec<DiffLine>,
    removed: Vec<String>,
    /// Places outside of the certificate's directory.
    elsewhere: Vec<ItemSummary>,
    /// `current` leads elsewhere now.
    switched: bool,
    /// Links in certbot's place do.
    relinked: bool,
}

/// What brings the host to the target; `findings` say whether a reload alone is needed, `order` what a certificate that is to
/// be issued is ordered for. Nothing, where all is well.
pub(super) fn plan(
    subject: &Subject<'_>,
    look: &Look<'_>,
    target: &Target<'_>,
    findings: &[Finding],
    order: Option<ItemSummary>,
) -> Result<Option<Planned>, Failure> {
    let mut draft = Draft {
        subject,
        look,
        target,
        transaction: Transaction {
            lease_seconds: LEASE_SECONDS,
            summary: order.into_iter().collect(),
            ..Transaction::default()
        },
        diff: Vec::new(),
        removed: Vec::new(),
        elsewhere: Vec::new(),
        switched: false,
        relinked: false,
    };
    draft.units_exist()?;
    let stale = findings.iter().any(|finding| finding.mends == Mends::Reload);
    if matches!(target, Target::OnDisk(_)) {
        let reload = draft.activate(stale)?;
        let does = Does { reload, ..Does::default() };
        return Ok(reload.then(|| Planned { transaction: draft.finish(), does }));
    }
    let base = draft.directory(&subject.cert.directory)?;
    let versions = draft.inner(&layout::versions(subject.cert), below(&base, "versions"))?;
    let serial = target.serial();
    let version = draft.version(&versions, &serial)?;
    let written = draft.files(&serial, &version)?;
    draft.link(&base, &serial)?;
    if let Some(live) = &subject.cert.live {
        draft.live(live)?;
    }
    if draft.switched {
        draft.prune(&versions, &serial);
    }
    let changes = !draft.transaction.changes.is_empty();
    if !changes && !stale {
        return Ok(None);
    }
    let reload = draft.activate(written || draft.switched || draft.relinked || stale)?;
    if !changes && !reload {
        return Ok(None);
    }
    let renewal = written || draft.switched;
    let does = Does { files: changes, renewal, reload };
    Ok(Some(Planned { transaction: draft.finish(), does }))
}

impl Draft<'_, '_> {
    fn fail<T>(&self, code: &str, message: &str, hint: &str) -> Result<T, Failure> {
        let message = format!("{message}; certs.{} can't be put there", self.subject.cert.name);
        Err(Failure::new(code, message, hint))
    }

    fn unknown<T>(&self, path: &RemotePath, why: &str) -> Result<T, Failure> {
        self.fail("cert-unknown", &format!("{path}: {why}"), "look at it on the host")
    }

    fn units_exist(&self) -> Result<(), Failure> {
        if let Some(why) = &self.look.facts.units_unknown {
            return self.fail("cert-unknown", &format!("its units are unknown: {why}"), "look at systemd on the host");
        }
        match self.subject.on.reload.iter().find(|unit| self.subject.unit(unit).is_none()) {
            Some(unit) => self.fail(
                "cert-no-unit",
                &format!("there is no unit {unit}"),
                "install it, or correct `reload` in the inventory; `on.HOST` can have another",
            ),
            None => Ok(()),
        }
    }

    /// Makes a declared directory where it is missing, and one level above it; more would make of a slip a tree.
    fn directory(&mut self, path: &RemotePath) -> Result<RemotePath, Failure> {
        if let Some(resolved) = self.standing(path)? {
            return Ok(resolved);
        }
        let parent = layout::parent(path);
        let above = if let Some(resolved) = self.standing(&parent)? {
            resolved
        } else {
            let grandparent = layout::parent(&parent);
            let Some(above) = self.standing(&grandparent)? else {
                return self.fail(
                    "cert-no-directory",
                    &format!("there is no directory {grandparent}"),
                    "make it on the host, or correct the inventory",
                );
            };
            let made = below(&above, name(&parent));
            self.make(&parent, &made);
            self.elsewhere.push(self.summary(
                &parent,
                vec![DiffLine {
                    subject: "directory".to_owned(),
                    before: None,
                    after: Some(layout::DIRECTORY_MODE.to_owned()),
                }],
            ));
            made
        };
        let made = below(&above, name(path));
        self.make(path, &made);
        Ok(made)
    }

    /// Where a directory is, if it is there.
    fn standing(&self, path: &RemotePath) -> Result<Option<RemotePath>, Failure> {
        match self.look.facts.file(path) {
            Fact::Known(fact) if fact.kind == PathKind::Directory => Ok(Some(fact.resolved.clone())),
            Fact::Known(_) => {
                self.fail("cert-no-directory", &format!("{path} is no directory"), "correct the inventory, or the host")
            }
            Fact::Absent => Ok(None),
            Fact::Unknown(why) => self.unknown(path, &why),
        }
    }

    fn inner(&mut self, path: &RemotePath, resolved: RemotePath) -> Result<RemotePath, Failure> {
        if self.made(&layout::parent(&resolved)) {
            self.make(path, &resolved);
            return Ok(resolved);
        }
        if let Some(found) = self.standing(path)? {
            return Ok(found);
        }
        self.make(path, &resolved);
        Ok(resolved)
    }

    /// Whether this transaction makes the directory: nothing can be in it.
    fn made(&self, resolved: &RemotePath) -> bool {
        self.transaction
            .changes
            .iter()
            .any(|change| matches!(change, Change::Directory { path, .. } if path == resolved))
    }

    fn make(&mut self, path: &RemotePath, resolved: &RemotePath) {
        self.expect(path, resolved, PathState::Absent);
        self.transaction.changes.push(Change::Directory {
            path: resolved.clone(),
            mode: Some(layout::DIRECTORY_MODE.to_owned()),
            owner: Some("root:root".to_owned()),
        });
    }

    fn expect(&mut self, path: &RemotePath, resolved: &RemotePath, state: PathState) {
        self.transaction.expect.push(Expect { path: path.clone(), resolved: resolved.clone(), state });
    }

    fn version(&mut self, versions: &RemotePath, serial: &str) -> Result<RemotePath, Failure> {
        let path = layout::version(self.subject.cert, serial);
        let resolved = below(versions, serial);
        match self.target {
            Target::Stored(_) => self.inner(&path, resolved),
            Target::Next(_) | Target::OnDisk(_) => {
                self.make(&path, &resolved);
                Ok(resolved)
            }
        }
    }

    /// Writes what is missing or differs in the target's version; whether any content changes.
    fn files(&mut self, serial: &str, version: &RemotePath) -> Result<bool, Failure> {
        let cert = self.subject.cert;
        let declared = layout::version(cert, serial);
        let fresh = self.made(version);
        let mut written = false;
        for file in layout::files(cert) {
            let path = below(&declared, file.name());
            let (mode, owner) = (layout::mode(cert, file), layout::owner(cert));
            let standing = if fresh { Fact::Absent } else { self.look.facts.file(&path) };
            let (resolved, state) = match standing {
                Fact::Absent => (below(version, file.name()), PathState::Absent),
                Fact::Unknown(why) => return self.unknown(&path, &why),
                Fact::Known(fact) => {
                    let Some(digest) = self.found(fact) else {
                        return self.fail("cert-not-a-file", &format!("{path} is no regular file"), "move it away");
                    };
                    let same = self.is_declared(file, fact, &digest);
                    if same && fact.mode == mode && fact.owner == owner {
                        continue;
                    }
                    let line = |subject: &str, before: &str, after: &str| DiffLine {
                        subject: format!("{} {subject}", file.name()),
                        before: Some(before.to_owned()),
                        after: Some(after.to_owned()),
                    };
                    if fact.mode != mode {
                        self.diff.push(line("mode", &fact.mode, &mode));
                    }
                    if fact.owner != owner {
                        self.diff.push(line("owner", &fact.owner, &owner));
                    }
                    if !same {
                        self.diff.push(line("content", "another", "as in the store"));
                        written = true;
                    }
                    let (mode, owner) = (fact.mode.clone(), fact.owner.clone());
                    (fact.resolved.clone(), PathState::File { digest, mode, owner })
                }
            };
            written |= state == PathState::Absent;
            self.expect(&path, &resolved, state);
            let (content, digest) = self.content(file)?;
            self.transaction.changes.push(Change::Write {
                path: resolved,
                content,
                digest,
                mode: Some(mode),
                owner: Some(owner),
            });
        }
        Ok(written)
    }

    fn found(&self, fact: &PathFact) -> Option<String> {
        match &fact.kind {
            PathKind::Digest(digest) => Some(digest.clone()),
            PathKind::File(bytes) => Some(self.subject.digest(&bytes.0)),
            PathKind::Directory | PathKind::Other(_) => None,
        }
    }

    /// Whether a file is what the target has. Of a key that is not at hand here, nothing speaks against it.
    fn is_declared(&self, file: File, fact: &PathFact, digest: &str) -> bool {
        let Target::Stored(stored) = self.target else { return false };
        if let (File::Fullchain, PathKind::File(bytes)) = (file, &fact.kind)
            && crate::x509::Chain::from_pem(&bytes.0).is_ok_and(|chain| chain == stored.chain)
        {
            return !super::disk::holds_key(&bytes.0);
        }
        self.subject.expected(file, stored).is_none_or(|expected| expected == digest)
    }

    fn content(&self, file: File) -> Result<(Content, Option<String>), Failure> {
        match self.target {
            Target::Stored(stored) => {
                if file.is_secret() && stored.key.is_none() && !self.subject.cert.per_host {
                    return self.fail(
                        "cert-no-key",
                        &format!("the private key of {} is not at hand here", words::short(stored.serial.as_str())),
                        "apply from a machine whose store has it, or whose age identity can read it",
                    );
                }
                let key = stored_key(self.subject.cert, stored);
                let digest = (!file.is_secret()).then(|| self.subject.expected(file, stored)).flatten();
                Ok((layout::content(file, stored, key), digest))
            }
            Target::Next(next) => {
                let parts = match file {
                    File::Fullchain => vec![next.part("fullchain")],
                    File::Cert => vec![next.part("leaf")],
                    File::Chain => vec![next.part("issuers")],
                    File::Privkey => vec![next.key()],
                    File::Combined => vec![next.part("fullchain"), next.key()],
                };
                Ok((Content(parts), None))
            }
            Target::OnDisk(_) => Ok((Content::default(), None)),
        }
    }

    /// Switches `current`.
    fn link(&mut self, base: &RemotePath, serial: &str) -> Result<(), Failure> {
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
    fn live(&mut self, live: &RemotePath) -> Result<(), Failure> {
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
    fn prune(&mut self, versions: &RemotePath, serial: &str) {
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

    /// Validates, reloads what runs, and says what must be seen then. Whether anything is reloaded.
    fn activate(&mut self, needed: bool) -> Result<bool, Failure> {
        let argv = self.subject.on.validate.iter().cloned();
        self.transaction.validate = argv.map(|argv| Command { argv, timeout_seconds: VALIDATE_SECONDS }).collect();
        if !needed {
            return Ok(false);
        }
        let running = self.subject.running();
        for (unit, fact) in &running {
            if !fact.can_reload {
                return self.fail(
                    "cert-no-reload",
                    &format!("{unit} can't be reloaded"),
                    "give the unit an `ExecReload=`, or take it out of `reload`",
                );
            }
            self.transaction.units.push(UnitOperation::Reload((*unit).clone()));
        }
        if running.is_empty() {
            return Ok(false);
        }
        self.transaction.confirm = gates::confirm(self.subject, self.target);
        if self.transaction.confirm.is_none() {
            let units = running.iter().map(|(unit, _)| (*unit).clone()).collect();
            self.transaction.verify.push(Verify::Active { units, seconds: SETTLE_SECONDS });
        }
        Ok(true)
    }

    fn summary(&self, place: &RemotePath, diff: Vec<DiffLine>) -> ItemSummary {
        ItemSummary {
            kind: super::KIND.to_owned(),
            id: self.subject.cert.name.clone(),
            place: place.to_string(),
            diff,
            operations: Vec::new(),
        }
    }

    fn finish(mut self) -> Transaction {
        let diff = std::mem::take(&mut self.diff);
        let mut summary = self.summary(&self.subject.cert.directory, diff);
        let it = &mut self.transaction;
        summary.operations = std::mem::take(&mut self.removed);
        summary.operations.extend(it.validate.iter().map(Command::told));
        summary.operations.extend(it.units.iter().map(UnitOperation::told));
        summary.operations.extend(it.confirm.iter().flat_map(|confirm| &confirm.gates).map(Gate::told));
        it.summary.push(summary);
        it.summary.append(&mut self.elsewhere);
        self.transaction
    }
}

fn name(path: &RemotePath) -> &str {
    path.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}
