//! Differences in the words of the issue, and what would mend each.

use crate::engine::status::{Difference, Status};

/// What ends a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mends {
    /// The declared files on the host.
    Files,
    /// Another certificate than the one that is there.
    Renewal,
    /// A reload of what serves it.
    Reload,
    /// A person.
    Nobody,
}

/// A difference, and what would mend it.
pub(super) struct Finding {
    pub(super) difference: Difference,
    pub(super) mends: Mends,
}

impl Finding {
    pub(super) fn drift(code: &str, mends: Mends, message: String) -> Self {
        Self::new(code, Status::Drift, mends, message)
    }

    pub(super) fn stale(code: &str, mends: Mends, message: String) -> Self {
        Self::new(code, Status::Stale, mends, message)
    }

    pub(super) fn unknown(code: &str, message: String) -> Self {
        Self::new(code, Status::Unknown, Mends::Nobody, message)
    }

    fn new(code: &str, status: Status, mends: Mends, message: String) -> Self {
        let difference = Difference {
            subject: code.to_owned(),
            status,
            declared: None,
            on_disk: None,
            live: None,
            message,
            repairable: false,
        };
        Self { difference, mends }
    }

    pub(super) fn declared(mut self, text: impl Into<String>) -> Self {
        self.difference.declared = Some(text.into());
        self
    }

    pub(super) fn on_disk(mut self, text: impl Into<String>) -> Self {
        self.difference.on_disk = Some(text.into());
        self
    }

    pub(super) fn live(mut self, text: impl Into<String>) -> Self {
        self.difference.live = Some(text.into());
        self
    }
}
