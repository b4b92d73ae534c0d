//! When a CA wants its certificates renewed (RFC 9773). Nothing here needs an account, and no failure here stops anything.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::error::AcmeError;
use super::session::Ca;
use super::wire::Wire;
use crate::http;
use crate::store::Renewal;
use crate::x509::Certificate;

/// When to ask again, unless the CA says so (RFC 9773, section 4.3.3).
const AGAIN: Duration = Duration::from_secs(6 * 60 * 60);
/// Not sooner, whatever it says.
const SOONEST: Duration = Duration::from_secs(60);
/// Not later: a CA that must revoke says so here.
const LATEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A CA that is asked about its certificates.
pub struct RenewalInfo {
    wire: Wire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    suggested_window: Window,
    #[serde(rename = "explanationURL")]
    explanation: Option<String>,
}

#[derive(Deserialize)]
struct Window {
    start: Timestamp,
    end: Timestamp,
}

impl RenewalInfo {
    /// Looks up the CA's directory; `None`: it does not offer this.
    ///
    /// # Errors
    /// When the CA can't be asked: worth a warning.
    pub async fn of(ca: &Ca, log: Option<http::Log>) -> Result<Option<Self>, AcmeError> {
        let wire = Wire::open(http::Client::new(&ca.roots, log)?, &ca.directory).await?;
        Ok(wire.directory().renewal_info.is_some().then_some(Self { wire }))
    }

    /// When the CA wants a certificate renewed. `known` is what it said before: that is kept until it is time to ask again.
    /// `random` is any number. `None`: the certificate has no name for such questions.
    ///
    /// # Errors
    /// When the CA can't be asked: worth a warning.
    pub async fn ask(
        &self,
        certificate: &Certificate,
        known: Option<&Renewal>,
        now: Timestamp,
        random: u32,
    ) -> Result<Option<Renewal>, AcmeError> {
        if let Some(known) = known.filter(|known| !is_time(known, now)) {
            return Ok(Some(known.clone()));
        }
        let (Some(base), Some(id)) = (&self.wire.directory().renewal_info, certificate.ari_id()) else {
            return Ok(None);
        };
        let what = "the question when to renew";
        let answer = self.wire.get(&format!("{}/{id}", base.trim_end_matches('/'))).await?;
        if !answer.status.is_success() {
            let refusal = super::problem::Refusal::parse(&answer.body);
            return Err(match refusal {
                Some(refusal) => AcmeError::Refused { what, refusal },
                None => AcmeError::Protocol { what, reason: format!("its status is {}", answer.status.as_u16()) },
            });
        }
        let document: Document = serde_json::from_slice(&answer.body)
            .map_err(|error| AcmeError::Protocol { what, reason: error.to_string() })?;
        let again = http::retry_after(&answer.headers, now).unwrap_or(AGAIN).clamp(SOONEST, LATEST);
        taken(document, again, known, now, random)
            .map(Some)
            .ok_or_else(|| AcmeError::Protocol { what, reason: "its window ends before it begins".to_owned() })
    }
}

/// Whether it is time to ask again. What lies further ahead than we ever wait was written while the clock was wrong.
pub(super) fn is_time(known: &Renewal, now: Timestamp) -> bool {
    known.ask_again <= now || known.ask_again.duration_since(now).unsigned_abs() > LATEST
}

/// The moment is chosen once, and again only when the window has moved away from it.
fn taken(document: Document, again: Duration, known: Option<&Renewal>, now: Timestamp, random: u32) -> Option<Renewal> {
    let Window { start, end } = document.suggested_window;
    if end <= start {
        return None;
    }
    let kept = known.map(|known| known.chosen).filter(|chosen| (start..=end).contains(chosen));
    let width = end.duration_since(start);
    let share = f64::from(random) / f64::from(u32::MAX);
    let chosen = kept.unwrap_or_else(|| {
        let into = SignedDuration::try_from_secs_f64(width.as_secs_f64() * share).unwrap_or_default();
        start.checked_add(into).unwrap_or(start).min(end)
    });
    let explanation = document.explanation.filter(|url| url.starts_with("https://") && !url.contains(char::is_control));
    Some(Renewal { start, end, chosen, ask_again: now.checked_add(again).unwrap_or(now), explanation })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(start: &str, end: &str) -> Document {
        let text = format!(
            r#"{{"suggestedWindow": {{"start": "{start}", "end": "{end}"}}, "explanationURL": "https://ca.example/why"}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_moment_is_chosen_once() {
        let now = at("2026-01-01T00:00:00Z");
        let take = |start, end, known: Option<&Renewal>, random| taken(document(start, end), AGAIN, known, now, random);
        let (start, end) = ("2026-02-01T00:00:00Z", "2026-02-03T00:00:00Z");
        let first = take(start, end, None, u32::MAX / 2).unwrap();
        assert_eq!(first.chosen.as_second(), at("2026-02-02T00:00:00Z").as_second() - 1);
        assert_eq!(first.ask_again, at("2026-01-01T06:00:00Z"));
        assert_eq!(first.explanation.as_deref(), Some("https://ca.example/why"));
        // Another throw of the dice changes nothing,
        assert_eq!(take(start, end, Some(&first), 0).unwrap().chosen, first.chosen);
        // a window that moved around it neither,
        assert_eq!(take("2026-02-01T12:00:00Z", end, Some(&first), 0).unwrap().chosen, first.chosen);
        // one that moved away does.
        let moved = take("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", Some(&first), 0).unwrap();
        assert_eq!(moved.chosen, at("2026-01-01T00:00:00Z"));
        assert_eq!(take(start, end, None, u32::MAX).unwrap().chosen, at(end));
        assert!(take(end, start, None, 0).is_none());
    }
}
