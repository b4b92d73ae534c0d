//! Why the record could not be kept.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Why the record could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {path}: {}{}", crate::text::system_words(.source), refusal(.source))]
pub struct JournalError {
    what: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl JournalError {
    pub(super) fn at(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { what, path: path.to_owned(), source }
    }

    /// The stable word for it: `journal-full` where there is no room for its lines, else `journal`.
    pub fn code(&self) -> &'static str {
        if is_full(&self.source) { "journal-full" } else { "journal" }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        if is_full(&self.source) {
            let directory = self.path.parent().unwrap_or(&self.path).display();
            return format!("make room on the disk of {directory}: without a journal fleet changes nothing");
        }
        "without a journal fleet changes nothing".to_owned()
    }
}

/// Whether there was no room: of the disk, or of what the user may have of it.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

fn refusal(error: &io::Error) -> &'static str {
    if is_full(error) { "; fleet refuses to start a change" } else { "" }
}
