//! Whether a certificate is to be ordered anew, and why.

use std::collections::BTreeSet;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::words;
use crate::inventory::CertDeclaration;
use crate::store::{self, Meta, Stored, Why};
use crate::x509::{Certificate, KeyType};

/// Why a certificate is to be ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// `--renew`.
    Forced,
    /// There is none.
    NotIssued,
    /// It is valid for other names.
    Names {
        /// Names that it lacks.
        lacks: Vec<String>,
        /// Names that it has and that are no longer declared.
        beyond: Vec<String>,
    },
    /// Its key is of another kind.
    KeyType(KeyType),
    /// Another CA signed it.
    OtherCa(String),
    /// It was revoked.
    Revoked {
        /// When.
        time: Timestamp,
        /// Why, as in RFC 5280, section 5.3.1.
        reason: String,
    },
    /// It has expired.
    Expired(Timestamp),
    /// The CA's window for its renewal (RFC 9773) has come.
    Window {
        /// The window.
        window: (Timestamp, Timestamp),
        /// The moment in it that was chosen.
        chosen: Timestamp,
        /// Where the CA explains itself.
        explanation: Option<String>,
    },
    /// A third of its lifetime is left, or half of a short one.
    Share {
        /// What is left.
        left: SignedDuration,
        /// Of so much.
        lifetime: SignedDuration,
    },
}

impl Due {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Forced => "forced",
            Self::NotIssued => "not-issued",
            Self::Names { .. } => "names-changed",
            Self::KeyType(_) => "key-type-changed",
            Self::OtherCa(_) => "ca-changed",
            Self::Revoked { .. } => "revoked",
            Self::Expired(_) => "expired",
            Self::Window { .. } => "renewal-window",
            Self::Share { .. } => "lifetime",
        }
    }

    /// Whether a difference with this code says as much.
    pub(super) fn is_told_by(&self, code: &str) -> bool {
        match self {
            Self::Names { .. } => matches!(code, "wrong-name" | "names-changed"),
            Self::Share { .. } => matches!(code, "expiring" | "expiring-critical"),
            other => code == other.code(),
        }
    }

    /// Whether what there is must be replaced whatever its age: it is not what is declared.
    pub(super) fn replaces(&self) -> bool {
        matches!(self, Self::Names { .. } | Self::KeyType(_) | Self::OtherCa(_) | Self::Revoked { .. })
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forced => f.write_str("asked for with --renew"),
            Self::NotIssued => f.write_str("there is none yet"),
            Self::Names { lacks, beyond } => {
                if lacks.is_empty() {
                    write!(f, "it is for {}, too", words::some(beyond.iter().map(String::as_str)))
                } else {
                    write!(f, "it is not for {}", words::some(lacks.iter().map(String::as_str)))
                }
            }
            Self::KeyType(found) => write!(f, "its key is {found}"),
            Self::OtherCa(directory) => write!(f, "it comes from {directory}"),
            Self::Revoked { time, reason } => write!(f, "it was revoked on {} ({reason})", words::moment(*time)),
            Self::Expired(time) => write!(f, "it expired on {}", words::moment(*time)),
            Self::Window { window: (start, end), chosen, explanation } => {
                let [start, end, chosen] = [*start, *end, *chosen].map(words::moment);
                write!(f, "its CA wants it renewed from {start} to {end}, of which {chosen} was chosen")?;
                explanation.as_ref().map_or(Ok(()), |url| write!(f, ", see {url}"))
            }
            Self::Share { left, lifetime } => {
                write!(f, "{} of {} are left", words::span(*left), words::span(*lifetime))
            }
        }
    }
}

/// Whether the newest certificate is due, by what it says itself and what the store knows of it.
pub(super) fn due(
    cert: &CertDeclaration,
    directory: Option<&str>,
    newest: Option<(&Certificate, Option<&Meta>)>,
    now: Timestamp,
) -> Option<Due> {
    let Some((leaf, meta)) = newest else { return Some(Due::NotIssued) };
    if let Some(revoked) = meta.and_then(|meta| meta.revoked.as_ref()) {
        return Some(Due::Revoked { time: revoked.time, reason: revoked.reason.clone() });
    }
    let declared: BTreeSet<&str> = cert.domains.iter().map(String::as_str).collect();
    let found: BTreeSet<&str> = leaf.names.iter().map(String::as_str).collect();
    if declared != found {
        let owned = |names: Vec<&&str>| names.into_iter().map(|name| (*name).to_owned()).collect();
        return Some(Due::Names {
            lacks: owned(declared.difference(&found).collect()),
            beyond: owned(found.difference(&declared).collect()),
        });
    }
    if leaf.key_type != cert.key {
        return Some(Due::KeyType(leaf.key_type));
    }
    if let (Some(meta), Some(directory)) = (meta, directory)
        && meta.directory != directory
    {
        return Some(Due::OtherCa(meta.directory.clone()));
    }
    if leaf.not_after <= now {
        return Some(Due::Expired(leaf.not_after));
    }
    let told = store::due(leaf, meta.and_then(|meta| meta.renewal.as_ref()), None);
    if now < told.at {
        return None;
    }
    Some(match told.why {
        Why::Window { start, end, explanation } => Due::Window { window: (start, end), chosen: told.at, explanation },
        // Revocation has been told of.
        Why::Share { .. } | Why::Revoked(_) => {
            Due::Share { left: leaf.not_after.duration_since(now), lifetime: leaf.lifetime() }
        }
    })
}

/// Whether a stored certificate may be put on hosts: valid now, not revoked, for all declared names, with the declared
/// kind of key, from the declared CA.
pub(super) fn is_usable(cert: &CertDeclaration, directory: Option<&str>, stored: &Stored, now: Timestamp) -> bool {
    let leaf = stored.chain.leaf();
    is_declared(cert, directory, stored) && leaf.not_before <= now && now < leaf.not_after
}

/// As [`is_usable`], whatever the time.
pub(super) fn is_declared(cert: &CertDeclaration, directory: Option<&str>, stored: &Stored) -> bool {
    let leaf = stored.chain.leaf();
    stored.meta.revoked.is_none()
        && leaf.key_type == cert.key
        && cert.domains.iter().all(|domain| leaf.names.contains(domain))
        && directory.is_none_or(|directory| stored.meta.directory == directory)
}
