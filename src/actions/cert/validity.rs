//! What is wrong with a certificate by itself, wherever it was found.

use jiff::Timestamp;

use super::finding::{Finding, Mends};
use super::words;
use crate::inventory::CertDeclaration;
use crate::x509::{Certificate, Chain, ChainProblem};

/// A warning, when this share of the lifetime is left.
const WARN: i32 = 3;
/// Critical, when this share is left.
const CRITICAL: i32 = 6;

/// How much time a certificate has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Age {
    /// More than a third.
    Fresh,
    /// At most a third.
    Old,
    /// At most a sixth.
    Critical,
    /// Nothing.
    Expired,
}

pub(super) fn age(leaf: &Certificate, now: Timestamp) -> Age {
    let left = leaf.not_after.duration_since(now);
    let lifetime = leaf.lifetime();
    if left.is_negative() || left.is_zero() {
        Age::Expired
    } else if left <= lifetime / CRITICAL {
        Age::Critical
    } else if left <= lifetime / WARN {
        Age::Old
    } else {
        Age::Fresh
    }
}

/// Where a certificate was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// In the host's files.
    OnDisk,
    /// In a handshake.
    Live,
    /// In both.
    Both,
}

/// Its dates; `where_live` names the service.
pub(super) fn dates(leaf: &Certificate, seen: Seen, now: Timestamp) -> Option<Finding> {
    let until = format!("{}, {}", words::moment(leaf.not_after), words::distance(leaf.not_after, now));
    let (code, message) = match age(leaf, now) {
        _ if leaf.not_before > now => {
            let from = words::moment(leaf.not_before);
            ("not-yet-valid", format!("it is valid only from {from}, {}", words::distance(leaf.not_before, now)))
        }
        Age::Fresh => return None,
        Age::Old => ("expiring", format!("it expires on {until}; less than a third of its lifetime is left")),
        Age::Critical => {
            ("expiring-critical", format!("it expires on {until}: critical, less than a sixth of its lifetime is left"))
        }
        Age::Expired => ("expired", format!("it expired on {until}: clients refuse it")),
    };
    let found = words::brief(leaf);
    let finding = if seen == Seen::Live {
        Finding::stale(code, Mends::Renewal, message)
    } else {
        Finding::drift(code, Mends::Renewal, message)
    };
    Some(match seen {
        Seen::OnDisk => finding.on_disk(found),
        Seen::Live => finding.live(found),
        Seen::Both => finding.on_disk(found.clone()).live(found),
    })
}

/// The declared names that it is not for.
pub(super) fn lacking(cert: &CertDeclaration, leaf: &Certificate) -> Vec<String> {
    cert.domains.iter().filter(|domain| !leaf.names.contains(domain)).cloned().collect()
}

/// What is wrong with a chain, as code and sentence.
pub(super) fn chain(chain: &Chain) -> Vec<(&'static str, String)> {
    chain
        .problems()
        .into_iter()
        .map(|problem| {
            let code = match problem {
                ChainProblem::Incomplete { .. } => "incomplete-chain",
                ChainProblem::OutOfOrder => "chain-order",
                ChainProblem::Foreign { .. } | ChainProblem::Repeated { .. } => "chain-superfluous",
            };
            (code, problem.to_string())
        })
        .collect()
}
