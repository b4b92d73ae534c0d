//! What is wrong with an entry of the store: told, and no reason to hide the others.

use std::fmt;
use std::path::PathBuf;

use crate::names::HostName;
use crate::x509::Serial;

/// What is wrong with an entry of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The certificate.
    pub name: String,
    /// The host, where each has a key of its own.
    pub host: Option<HostName>,
    /// The entry.
    pub path: PathBuf,
    /// What it is.
    pub kind: ProblemKind,
}

/// What can be wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// It is not named by a serial number.
    NoEntry,
    /// A file of it can't be read: the entry is left out.
    Unreadable {
        /// The file.
        file: &'static str,
        /// Why.
        reason: String,
    },
    /// Its certificate has another serial number than its directory: the entry is left out.
    OtherSerial {
        /// The certificate's.
        serial: Serial,
    },
    /// Others can read the private key: it is not used.
    KeyOpen {
        /// The file's permission bits.
        mode: u32,
    },
    /// The private key is of another certificate: it is not used.
    KeyMismatch,
    /// The private key can't be read.
    KeyUnreadable {
        /// Why.
        reason: String,
    },
    /// The private key is encrypted to others: no fault of the entry.
    KeyLocked {
        /// Why.
        reason: String,
    },
}

impl ProblemKind {
    pub(super) fn unreadable(file: &'static str, error: &impl fmt::Display) -> Self {
        Self::Unreadable { file, reason: error.to_string() }
    }
}

impl Problem {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ProblemKind::NoEntry => "store-no-entry",
            ProblemKind::Unreadable { .. } => "store-entry-unreadable",
            ProblemKind::OtherSerial { .. } => "store-other-serial",
            ProblemKind::KeyOpen { .. } => "store-key-readable-by-others",
            ProblemKind::KeyMismatch => "store-key-mismatch",
            ProblemKind::KeyUnreadable { .. } => "store-key-unreadable",
            ProblemKind::KeyLocked { .. } => "store-key-locked",
        }
    }

    /// Whether somebody should mend something; that a key is encrypted to others is as it should be.
    pub fn is_fault(&self) -> bool {
        !matches!(self.kind, ProblemKind::KeyLocked { .. })
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        let path = self.path.display();
        match self.kind {
            ProblemKind::NoEntry | ProblemKind::OtherSerial { .. } => format!("move {path} out of the store"),
            ProblemKind::Unreadable { .. } | ProblemKind::KeyUnreadable { .. } => {
                format!("restore {path} from a backup, or remove it: a new certificate is then issued")
            }
            ProblemKind::KeyOpen { .. } => {
                format!("if nobody can have read it, run `chmod 600 {path}/privkey.pem`; else revoke the certificate")
            }
            ProblemKind::KeyMismatch => {
                format!("find out who changed {path}, and remove it: a new certificate is then issued")
            }
            ProblemKind::KeyLocked { .. } => {
                "run fleet where one of the recipients' identities is, or set FLEET_AGE_IDENTITY".to_owned()
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.kind {
            ProblemKind::NoEntry => write!(f, "{path} is not named by a serial number"),
            ProblemKind::Unreadable { file, reason } => write!(f, "{file} of {path} can't be used: {reason}"),
            ProblemKind::OtherSerial { serial } => write!(f, "{path} holds the certificate {serial}"),
            ProblemKind::KeyOpen { mode } => {
                write!(f, "the private key in {path} can be read by others (mode {mode:04o}): it is not used")
            }
            ProblemKind::KeyMismatch => {
                write!(f, "the private key in {path} does not belong to its certificate: it is not used")
            }
            ProblemKind::KeyUnreadable { reason } => write!(f, "the private key in {path} can't be used: {reason}"),
            ProblemKind::KeyLocked { reason } => write!(f, "the private key in {path} is not at hand: {reason}"),
        }
    }
}
