//! Why a certificate could not be ordered, revoked, or asked about.

use std::path::PathBuf;

use jiff::Timestamp;

use super::problem::Refusal;
use crate::engine::status::Failure;
use crate::http::HttpError;

/// Why not. No variant holds a key or a token.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AcmeError {
    /// A file of `.fleet/acme` can't be used.
    #[error("can't {what} {}: {reason}", path.display())]
    State {
        /// The verb.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A key can be read by others.
    #[error("{} can be read by others (mode {mode:04o})", path.display())]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Another fleet works on the same thing.
    #[error("another fleet on this machine is busy with {what}")]
    Locked {
        /// The thing.
        what: String,
    },
    /// The CA did not answer.
    #[error("the CA: {message}")]
    Http {
        /// Of the HTTP client.
        code: &'static str,
        /// What happened.
        message: String,
        /// What to do.
        hint: String,
    },
    /// A page for people, where a document for programs was due.
    #[error("the CA answered {status} with {form}, not JSON ({url})")]
    NotJson {
        /// The status.
        status: u16,
        /// What came instead, such as `a page`.
        form: &'static str,
        /// Which URL.
        url: String,
    },
    /// The CA wants to be left alone for longer than a run waits.
    #[error("the CA answered {status} and wants to be left alone until {until}{}", refusal.as_ref().map(|refusal| format!(": {refusal}")).unwrap_or_default())]
    Busy {
        /// The status: 429 or 503.
        status: u16,
        /// Until when.
        until: Timestamp,
        /// Why, in its words.
        refusal: Option<Refusal>,
    },
    /// The CA says no.
    #[error("the CA refuses {what}: {refusal}")]
    Refused {
        /// What it refuses, such as `the order`.
        what: &'static str,
        /// Why.
        refusal: Refusal,
    },
    /// The CA does not keep to the protocol.
    #[error("the CA's answer to {what} makes no sense: {reason}")]
    Protocol {
        /// What was asked.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// The CA does not offer it.
    #[error("the CA does not offer {what}{}", offered.as_ref().map(|offered| format!("; it offers {offered}")).unwrap_or_default())]
    NotOffered {
        /// What.
        what: String,
        /// What it offers instead.
        offered: Option<String>,
    },
    /// The CA takes longer than we wait.
    #[error("the CA has not finished after {seconds} s: {what}")]
    TooSlow {
        /// What.
        what: &'static str,
        /// How long we waited.
        seconds: u64,
    },
    /// The certificate is not valid yet, by the clock here; it was not stored.
    #[error("the CA sent a certificate that is not valid before {not_before}, and the clock here says {now}")]
    NotYetValid {
        /// From when on it is.
        not_before: Timestamp,
        /// What the clock here says.
        now: Timestamp,
    },
    /// The certificate is not what was ordered; it was not stored.
    #[error("the CA sent a certificate that was not ordered: {0}")]
    WrongCertificate(String),
    /// A challenge could not be answered.
    #[error("{message}")]
    Challenge {
        /// A stable word of the DNS room.
        code: String,
        /// What happened.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Earlier failures: not asked again yet.
    #[error("not asked: {failures} {} in a row, the last one: {last}; it is asked again after {not_before}", if *failures == 1 { "failure" } else { "failures" })]
    BackingOff {
        /// In a row.
        failures: u32,
        /// When it may be asked again.
        not_before: Timestamp,
        /// What failed last.
        last: String,
    },
    /// A key can't be used or made.
    #[error("can't use {what}: {reason}")]
    Key {
        /// Which key.
        what: String,
        /// Why.
        reason: String,
    },
    /// What was asked for makes no sense.
    #[error("{0}")]
    Request(String),
    /// The store can't keep it.
    #[error("{message}")]
    Store {
        /// Of the store.
        code: String,
        /// What happened.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// A host could not make its own key.
    #[error("{message}")]
    Host {
        /// Why, as the way to the host or its script says it.
        code: String,
        /// What happened.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The person asked to stop.
    #[error("interrupted; the challenges have been taken back, and the order is continued by the next run")]
    Interrupted,
}

impl AcmeError {
    /// A stable name.
    pub fn code(&self) -> &str {
        match self {
            Self::State { .. } => "acme-state",
            Self::ReadableByOthers { .. } => "acme-file-readable-by-others",
            Self::Locked { .. } => "locked",
            Self::Http { code, .. } => code,
            Self::NotJson { .. } => "acme-not-json",
            Self::Busy { refusal: Some(refusal), .. } | Self::Refused { refusal, .. } if refusal.is("rateLimited") => {
                "acme-rate-limited"
            }
            Self::Busy { .. } => "acme-busy",
            Self::Refused { .. } => "acme-refused",
            Self::Protocol { .. } => "acme-protocol",
            Self::NotOffered { .. } => "acme-not-offered",
            Self::TooSlow { .. } => "acme-too-slow",
            Self::NotYetValid { .. } => "acme-clock",
            Self::WrongCertificate(_) => "acme-wrong-certificate",
            Self::BackingOff { .. } => "acme-backing-off",
            Self::Key { .. } => "acme-key",
            Self::Request(_) => "acme-request",
            Self::Challenge { code, .. } | Self::Store { code, .. } | Self::Host { code, .. } => code,
            Self::Interrupted => "interrupted",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::State { path, .. } => {
                format!("check {} and its directory; fleet keeps its accounts and open orders there", path.display())
            }
            Self::ReadableByOthers { path, .. } => format!("run `chmod 600 {}`", path.display()),
            Self::Locked { .. } => "wait for it to end, then run this again".to_owned(),
            Self::Http { hint, .. } => hint.clone(),
            Self::NotJson { status: 400.., .. } => {
                "the CA, or a proxy before it, is in trouble: look at its status page, and run it again later"
                    .to_owned()
            }
            Self::NotJson { .. } => {
                "check `directory` of the acme table: it must be the URL of an ACME directory".to_owned()
            }
            Self::Busy { refusal: Some(refusal), .. } if refusal.is("rateLimited") => refusal.hint(),
            Self::Busy { until, .. } => format!("run it again after {until}"),
            Self::Refused { refusal, .. } => refusal.hint(),
            Self::Protocol { .. } => {
                "check `directory` of the acme table; run it again with -vv to see each request".to_owned()
            }
            Self::NotOffered { offered: Some(_), .. } => "declare one that it offers, or none".to_owned(),
            Self::TooSlow { .. } => "run it again: the order is continued where it stands".to_owned(),
            Self::NotYetValid { .. } => {
                "set this machine's clock, see `timedatectl`, then run it again: the order is kept".to_owned()
            }
            Self::WrongCertificate(_) => {
                "nothing was stored; tell those who run the CA, and look for a proxy that intercepts TLS".to_owned()
            }
            Self::BackingOff { .. } => "wait, or mend the cause and run it with --retry-now".to_owned(),
            Self::Interrupted => "run it again to continue".to_owned(),
            Self::Challenge { hint, .. } | Self::Store { hint, .. } | Self::Host { hint, .. } => return hint.clone(),
            Self::NotOffered { .. } | Self::Key { .. } | Self::Request(_) => return None,
        })
    }

    /// As other rooms report it.
    pub fn failure(&self) -> Failure {
        Failure { code: self.code().to_owned(), message: self.to_string(), hint: self.hint() }
    }

    /// Whether it was the CA that said no, so that asking again soon does harm.
    pub fn counts(&self) -> bool {
        matches!(
            self,
            Self::NotJson { .. }
                | Self::Busy { .. }
                | Self::Refused { .. }
                | Self::Protocol { .. }
                | Self::WrongCertificate(_)
        )
    }

    /// Whether the CA has said no for good, so that the same order can't come to a better end. What it could not do just now
    /// may still be done: to forget such an order would lose its key, and make another one that counts against limits.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Refused { refusal, .. } => {
                !["serverInternal", "rateLimited", "badNonce"].iter().any(|kind| refusal.is(kind))
            }
            Self::WrongCertificate(_) => true,
            _ => false,
        }
    }

    /// Until when the CA wants to be left alone, if it says so.
    pub fn left_alone_until(&self) -> Option<Timestamp> {
        match self {
            Self::Busy { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// The refusal, if it is one of this type.
    pub fn is_refusal(&self, kind: &str) -> bool {
        match self {
            Self::Refused { refusal, .. } | Self::Busy { refusal: Some(refusal), .. } => refusal.is(kind),
            _ => false,
        }
    }

    /// From instant-acme: what our own HTTP side said is found again inside.
    pub(super) fn of(what: &'static str, error: instant_acme::Error) -> Self {
        match error {
            instant_acme::Error::Api(problem) => Self::Refused { what, refusal: Refusal::of(&problem) },
            instant_acme::Error::Other(inner) => match inner.downcast::<Self>() {
                Ok(own) => *own,
                Err(other) => Self::Protocol { what, reason: other.to_string() },
            },
            other => Self::Protocol { what, reason: other.to_string() },
        }
    }
}

impl From<HttpError> for AcmeError {
    fn from(error: HttpError) -> Self {
        Self::Http { code: error.code(), message: error.to_string(), hint: error.hint() }
    }
}
