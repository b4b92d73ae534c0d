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

/// How urgent a difference is for whoever must mend it, the most urgent first: what clients refuse now, what they will refuse
/// soon, what breaks at the next reload or gives a key away, then files, and links last.
pub fn urgency(code: &str) -> u8 {
    match code {
        "expired" | "revoked" => 0,
        "wrong-name" | "not-yet-valid" => 1,
        "not-serving" => 2,
        "incomplete-chain" | "key-readable-by-others" | "key-mismatch" | "key-missing" | "not-a-certificate" => 3,
        "expiring-critical" => 4,
        "expiring" => 5,
        "mode" | "owner" | "chain-order" | "chain-superfluous" | "other-chain" | "clock-skew" => 7,
        "live-links" | "not-a-link" => 8,
        _ => 6,
    }
}

/// The most urgent first; those that are as urgent stay in their order.
pub(super) fn sort(differences: &mut [Difference]) {
    differences.sort_by_key(|difference| urgency(&difference.subject));
}
