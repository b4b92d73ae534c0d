//! The transaction of a certificate on one host, under construction: its directories.

use super::layout::{self, below};
use super::plan::Target;
use super::subject::{Look, Subject};
use crate::engine::fact::Fact;
use crate::engine::probe::PathKind;
use crate::engine::status::Failure;
use crate::engine::transaction::{Change, DiffLine, Expect, ItemSummary, PathState, Transaction};
use crate::names::RemotePath;

/// The transaction under construction.
pub(super) struct Draft<'a, 'b> {
    pub(super) subject: &'a Subject<'b>,
    pub(super) look: &'a Look<'b>,
    pub(super) target: &'a Target<'a>,
    pub(super) transaction: Transaction,
    pub(super) diff: Vec<DiffLine>,
    pub(super) removed: Vec<String>,
    /// Places outside of the certificate's directory.
    pub(super) elsewhere: Vec<ItemSummary>,
    /// `current` leads elsewhere now.
    pub(super) switched: bool,
    /// Links in certbot's place do.
    pub(super) relinked: bool,
}

impl Draft<'_, '_> {
    pub(super) fn fail<T>(&self, code: &str, message: &str, hint: &str) -> Result<T, Failure> {
        let message = format!("{message}; certs.{} can't be put there", self.subject.cert.name);
        Err(Failure::new(code, message, hint))
    }

    pub(super) fn unknown<T>(&self, path: &RemotePath, why: &str) -> Result<T, Failure> {
        self.fail("cert-unknown", &format!("{path}: {why}"), "look at it on the host")
    }

    pub(super) fn units_exist(&self) -> Result<(), Failure> {
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
    pub(super) fn directory(&mut self, path: &RemotePath) -> Result<RemotePath, Failure> {
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
    pub(super) fn standing(&self, path: &RemotePath) -> Result<Option<RemotePath>, Failure> {
        match self.look.facts.file(path) {
            Fact::Known(fact) if fact.kind == PathKind::Directory => Ok(Some(fact.resolved.clone())),
            Fact::Known(_) => {
                self.fail("cert-no-directory", &format!("{path} is no directory"), "correct the inventory, or the host")
            }
            Fact::Absent => Ok(None),
            Fact::Unknown(why) => self.unknown(path, &why),
        }
    }

    pub(super) fn inner(&mut self, path: &RemotePath, resolved: RemotePath) -> Result<RemotePath, Failure> {
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
    pub(super) fn made(&self, resolved: &RemotePath) -> bool {
        self.transaction
            .changes
            .iter()
            .any(|change| matches!(change, Change::Directory { path, .. } if path == resolved))
    }

    pub(super) fn make(&mut self, path: &RemotePath, resolved: &RemotePath) {
        self.expect(path, resolved, PathState::Absent);
        self.transaction.changes.push(Change::Directory {
            path: resolved.clone(),
            mode: Some(layout::DIRECTORY_MODE.to_owned()),
            owner: Some("root:root".to_owned()),
        });
    }

    pub(super) fn expect(&mut self, path: &RemotePath, resolved: &RemotePath, state: PathState) {
        self.transaction.expect.push(Expect { path: path.clone(), resolved: resolved.clone(), state });
    }

    pub(super) fn summary(&self, place: &RemotePath, diff: Vec<DiffLine>) -> ItemSummary {
        ItemSummary {
            kind: super::KIND.to_owned(),
            id: self.subject.cert.name.clone(),
            place: place.to_string(),
            diff,
            operations: Vec::new(),
        }
    }
}

/// The last word of a path.
pub(super) fn name(path: &RemotePath) -> &str {
    path.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}
