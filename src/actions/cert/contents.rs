//! The files of a certificate's version in a transaction.

use super::declared::stored_key;
use super::draft::Draft;
use super::layout::{self, File, below};
use super::plan::Target;
use super::words;
use crate::engine::fact::Fact;
use crate::engine::probe::{PathFact, PathKind};
use crate::engine::status::Failure;
use crate::engine::transaction::{Change, Content, DiffLine, PathState};
use crate::names::RemotePath;

impl Draft<'_, '_> {
    pub(super) fn version(&mut self, versions: &RemotePath, serial: &str) -> Result<RemotePath, Failure> {
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
    pub(super) fn files(&mut self, serial: &str, version: &RemotePath) -> Result<bool, Failure> {
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
                        let declared = if cert.per_host { "the host's own" } else { "as in the store" };
                        self.diff.push(line("content", "another", declared));
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
}
