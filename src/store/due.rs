//! When a certificate is due for renewal, and why: pure.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{Renewal, Revoked};
use crate::x509::Certificate;

/// Below this lifetime a certificate is renewed at half of it: a third would leave too few tries.
const SHORT: SignedDuration = SignedDuration::from_hours(10 * 24);

/// What a CA wants is done once this part of the lifetime has passed: one of 90 days. A CA that is to revoke many has more.
const SOONEST: i32 = 90;

/// When a certificate is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// From when on.
    pub at: Timestamp,
    /// Why then.
    pub why: Why,
}

/// Why a certificate is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was revoked, for this reason.
    Revoked(String),
    /// The CA's window for its renewal (RFC 9773), from `start` to `end`; a moment in it was chosen at random, once.
    Window {
        /// Its start.
        start: Timestamp,
        /// Its end.
        end: Timestamp,
        /// Where the CA explains itself.
        explanation: Option<String>,
    },
    /// A share of its lifetime is left then: a third, or half of a short one.
    Share {
        /// Of so much.
        lifetime: SignedDuration,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revoked(reason) => write!(f, "it was revoked ({reason})"),
            Self::Window { explanation: Some(url), .. } => write!(f, "its CA wants it renewed then, see {url}"),
            Self::Window { explanation: None, .. } => f.write_str("its CA wants it renewed then"),
            Self::Share { lifetime } => {
                let words = if is_short(*lifetime) { "half" } else { "a third" };
                write!(f, "{words} of its lifetime is left then")
            }
        }
    }
}

fn is_short(lifetime: SignedDuration) -> bool {
    lifetime < SHORT
}

/// When a certificate is due: at once when it was revoked; when its CA wants it (RFC 9773); else with a third of its lifetime left,
/// or half of it when it lives for less than 10 days.
pub fn due(certificate: &Certificate, renewal: Option<&Renewal>, revoked: Option<&Revoked>) -> Due {
    if let Some(revoked) = revoked {
        return Due { at: revoked.time, why: Why::Revoked(revoked.reason.clone()) };
    }
    // Later than its end would be never.
    if let Some(renewal) = renewal.filter(|renewal| renewal.chosen < certificate.not_after) {
        let why = Why::Window { start: renewal.start, end: renewal.end, explanation: renewal.explanation.clone() };
        // A window in the past means at once. But where a CA has one for whatever it issues, each run would order another.
        let soonest = certificate.not_before + certificate.lifetime() / SOONEST;
        return Due { at: renewal.chosen.max(soonest), why };
    }
    let lifetime = certificate.lifetime();
    let left = if is_short(lifetime) { lifetime / 2 } else { lifetime / 3 };
    let at = certificate.not_after - left;
    // To the second, as certificates have it.
    Due { at: Timestamp::from_second(at.as_second()).unwrap_or(at), why: Why::Share { lifetime } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::Chain;

    fn certificate(days: i64) -> Certificate {
        let mut params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = params.not_before + std::time::Duration::from_secs(u64::try_from(days * 86_400).unwrap());
        let pem = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem();
        Chain::from_pem(pem.as_bytes()).unwrap().leaf().clone()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn without_a_word_of_the_ca_a_share_of_the_lifetime_decides() {
        for (days, due_at) in [
            (90, "2026-03-02T00:00:00Z"),
            (45, "2026-01-31T00:00:00Z"),
            (10, "2026-01-07T16:00:00Z"),
            (6, "2026-01-04T00:00:00Z"),
        ] {
            let certificate = certificate(days);
            assert_eq!(due(&certificate, None, None).at, at(due_at), "{days} days");
        }
        assert_eq!(due(&certificate(90), None, None).why.to_string(), "a third of its lifetime is left then");
        assert_eq!(due(&certificate(6), None, None).why.to_string(), "half of its lifetime is left then");
    }

    #[test]
    fn the_ca_decides_unless_its_moment_is_too_late() {
        let mut renewal = Renewal {
            start: at("2026-01-05T00:00:00Z"),
            end: at("2026-01-07T00:00:00Z"),
            chosen: at("2026-01-06T00:00:00Z"),
            ask_again: at("2026-01-01T06:00:00Z"),
            explanation: Some("https://ca.example/why".to_owned()),
        };
        let certificate = certificate(90);
        let told = due(&certificate, Some(&renewal), None);
        assert_eq!(told.at, renewal.chosen);
        assert!(told.why.to_string().contains("https://ca.example/why"));
        renewal.chosen = certificate.not_after;
        assert_eq!(due(&certificate, Some(&renewal), None).at, at("2026-03-02T00:00:00Z"));
        // In the past for whatever the CA issues.
        renewal.chosen = at("2025-01-06T00:00:00Z");
        assert_eq!(due(&certificate, Some(&renewal), None).at, at("2026-01-02T00:00:00Z"));
    }

    #[test]
    fn a_revoked_one_is_due_since_then() {
        let revoked = Revoked { time: at("2026-01-02T00:00:00Z"), reason: "keyCompromise".to_owned() };
        let told = due(&certificate(90), None, Some(&revoked));
        assert_eq!(told, Due { at: revoked.time, why: Why::Revoked("keyCompromise".to_owned()) });
    }
}
