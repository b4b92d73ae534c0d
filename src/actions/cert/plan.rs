//! What makes a certificate on a host as declared: one transaction.

use super::declared::Next;
use super::draft::Draft;
use super::finding::{Finding, Mends};
use super::gates;
use super::layout::{self, below};
use super::subject::{Look, Subject};
use super::words;
use crate::engine::status::Failure;
use crate::engine::transaction::{Command, Content, Gate, ItemSummary, Part, Transaction, UnitOperation, Verify};
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

    pub(super) fn shown(&self) -> String {
        match self {
            Self::Stored(stored) => words::whole(stored.chain.leaf()),
            Self::Next(next) => words::until(&next.serial(), &next.not_after()),
            Self::OnDisk(leaf) => words::whole(leaf),
        }
    }
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
