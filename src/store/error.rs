//! Why the store can't be read or written.

use std::path::{Path, PathBuf};

use crate::secrets::SecretError;
use crate::x509::X509Error;

/// Why the store can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system does not let us.
    #[error("cannot {what} {}: {}", path.display(), crate::text::system_words(source))]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Others could read or change what is in it.
    #[error("the certificate store {} is open to others (mode {mode:04o})", path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A name that can't be one of a directory.
    #[error("{name:?} can't name a certificate in the store")]
    BadName {
        /// The name.
        name: String,
    },
    /// The key is of another certificate.
    #[error("the private key does not belong to the certificate for {}", path.display())]
    KeyMismatch {
        /// Where it was to be.
        path: PathBuf,
    },
    /// The certificate has another serial number than it is to be stored as.
    #[error("the certificate for {} has another serial number", path.display())]
    OtherSerial {
        /// Where it was to be.
        path: PathBuf,
    },
    /// Something else is there.
    #[error("{} is there already, and is something else", path.display())]
    Taken {
        /// Where.
        path: PathBuf,
    },
    /// It is not there.
    #[error("there is no certificate at {}", path.display())]
    NotThere {
        /// Where it would be.
        path: PathBuf,
    },
    /// Its key is not at hand.
    #[error("the private key of {} is not at hand: {reason}", path.display())]
    NoKey {
        /// The certificate.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file to be written is there.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Reading or encrypting something secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The key can't be read.
    #[error(transparent)]
    X509(#[from] X509Error),
}

impl StoreError {
    /// Of the system, while doing `what` with `path`.
    pub(super) fn at(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }

    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "store-io",
            Self::Open { .. } => "store-open-to-others",
            Self::BadName { .. } => "store-bad-name",
            Self::KeyMismatch { .. } => "store-key-mismatch",
            Self::OtherSerial { .. } => "store-other-serial",
            Self::Taken { .. } => "store-taken",
            Self::NotThere { .. } => "store-not-there",
            Self::NoKey { .. } => "store-no-key",
            Self::Exists { .. } => "export-exists",
            Self::Secret(error) => error.code(),
            Self::X509(error) => error.code(),
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Io { path, .. } => format!("check that you own {}, and that its disk has room", path.display()),
            Self::Open { path, .. } => {
                format!(
                    "run `chmod go= {0}`; one that a group shares needs `recipients`, and `chmod o= {0}`",
                    path.display()
                )
            }
            Self::BadName { .. } => "use letters, digits, `-`, `_` and `.`".to_owned(),
            Self::KeyMismatch { .. } => "ask for a certificate with a new key".to_owned(),
            Self::OtherSerial { .. } => "this is a fault of fleet: report it".to_owned(),
            Self::Taken { path } => format!("look at {}, and move it away", path.display()),
            Self::NotThere { .. } => "`fleet cert list` shows what is in the store".to_owned(),
            Self::NoKey { .. } => "export it without its key, or where its key is".to_owned(),
            Self::Exists { .. } => "choose another directory, or say that files may be replaced".to_owned(),
            Self::Secret(error) => error.hint(),
            Self::X509(error) => error.hint().to_owned(),
        }
    }
}
