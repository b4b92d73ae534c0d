//! After failures a CA is left alone, longer each time, over all runs: `.fleet/acme/backoff/HASH.json`, for each CA and set of names.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::AcmeError;
use super::files;

/// In `.fleet/acme`.
const FOLDER: &str = "backoff";
/// After the first failure.
const FIRST: Duration = Duration::from_secs(60);
/// The most.
const MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// A CA's own word is kept for so long: its limits are by the week. More is a mistake of somebody's clock.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// The directory URL of the CA, for people.
    directory: String,
    /// The names, for people.
    names: Vec<String>,
    /// In a row.
    failures: u32,
    /// The CA is not asked before.
    not_before: Timestamp,
    /// What failed last.
    last: String,
}

/// Whether a CA is left alone for now about these names, and until when; nothing is written.
///
/// # Errors
/// When what is remembered can't be read.
pub fn left_alone(
    state: &Path,
    directory: &str,
    domains: &[String],
    now: Timestamp,
) -> Result<Option<AcmeError>, AcmeError> {
    let mut names = domains.to_vec();
    names.sort();
    let backoff = Backoff { path: path(state, directory, &names), directory: directory.to_owned(), names };
    match backoff.check(now) {
        Err(error @ AcmeError::BackingOff { .. }) => Ok(Some(error)),
        checked => checked.map(|()| None),
    }
}

fn path(state: &Path, directory: &str, names: &[String]) -> PathBuf {
    let words: Vec<&str> = std::iter::once(directory).chain(names.iter().map(String::as_str)).collect();
    state.join(FOLDER).join(format!("{}.json", files::hash(&words)))
}

/// The memory of failures for one CA and one set of names.
pub(super) struct Backoff {
    path: PathBuf,
    directory: String,
    names: Vec<String>,
}

impl Backoff {
    /// In `.fleet/acme`. `names` are sorted.
    pub(super) fn of(state: &Path, directory: &str, names: &[String]) -> Result<Self, AcmeError> {
        files::make_directory(&state.join(FOLDER))?;
        Ok(Self { path: path(state, directory, names), directory: directory.to_owned(), names: names.to_vec() })
    }

    /// Whether the CA may be asked now.
    ///
    /// # Errors
    /// When not, with the time from when on.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), AcmeError> {
        match files::read_json::<Record>(&self.path)? {
            // What lies further ahead was written while the clock was wrong.
            Some(Record { failures, not_before, last, .. })
                if now < not_before && not_before.duration_since(now) <= LONGEST =>
            {
                Err(AcmeError::BackingOff { failures, not_before, last })
            }
            _ => Ok(()),
        }
    }

    /// Remembers a failure, unless it says nothing about the CA.
    pub(super) fn failed(&self, error: &AcmeError, now: Timestamp, random: u32) -> Result<(), AcmeError> {
        if !error.counts() {
            return Ok(());
        }
        let failures = files::read_json::<Record>(&self.path)?.map_or(0, |record| record.failures).saturating_add(1);
        let own = now.checked_add(pause(failures, random)).unwrap_or(now);
        let latest = now.checked_add(LONGEST).unwrap_or(now);
        let not_before = error.left_alone_until().map_or(own, |asked| asked.max(own)).min(latest);
        let record = Record {
            directory: self.directory.clone(),
            names: self.names.clone(),
            failures,
            not_before,
            last: error.to_string(),
        };
        files::write_json(&self.path, &record)
    }

    /// Forgets all failures.
    pub(super) fn succeeded(&self) -> Result<(), AcmeError> {
        files::remove(&self.path)
    }
}

/// Doubles with each failure, up to a day; between three quarters of that and all of it at random, so that hosts that failed
/// together don't come back together.
fn pause(failures: u32, random: u32) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(MOST);
    let share = 0.75 + 0.25 * f64::from(random) / f64::from(u32::MAX);
    doubled.mul_f64(share).max(FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acme::Refusal;

    fn refusal() -> AcmeError {
        AcmeError::Refused {
            what: "the order",
            refusal: Refusal { kind: "unauthorized".into(), detail: "no".into(), names: Vec::new() },
        }
    }

    #[test]
    fn pauses_double_up_to_a_day() {
        assert_eq!(pause(1, u32::MAX), FIRST);
        assert_eq!(pause(2, u32::MAX), FIRST * 2);
        assert_eq!(pause(3, 0), FIRST * 3);
        assert_eq!(pause(1, 0), FIRST);
        assert_eq!(pause(u32::MAX, u32::MAX), MOST);
    }

    #[test]
    fn failures_are_remembered_and_forgotten() {
        let state = tempfile::tempdir().unwrap();
        let names = ["a.example".to_owned()];
        let backoff = || Backoff::of(state.path(), "https://ca.example/dir", &names).unwrap();
        let now: Timestamp = "2026-11-21T20:00:00Z".parse().unwrap();
        backoff().check(now).unwrap();
        // A failure of our own doesn't count.
        backoff().failed(&AcmeError::Interrupted, now, 0).unwrap();
        backoff().check(now).unwrap();
        backoff().failed(&refusal(), now, u32::MAX).unwrap();
        backoff().failed(&refusal(), now, u32::MAX).unwrap();
        let error = backoff().check(now).unwrap_err();
        assert_eq!(error.code(), "acme-backing-off");
        assert_eq!(
            error.to_string(),
            "not asked: 2 failures in a row, the last one: the CA refuses the order: no (unauthorized); it is asked again after 2026-11-21T20:02:00Z"
        );
        assert!(error.hint().unwrap().contains("--retry-now"));
        backoff().check("2026-11-21T20:02:00Z".parse().unwrap()).unwrap();
        // Another set of names has its own memory.
        Backoff::of(state.path(), "https://ca.example/dir", &["b.example".to_owned()]).unwrap().check(now).unwrap();
        backoff().succeeded().unwrap();
        backoff().check(now).unwrap();
    }

    #[test]
    fn what_the_ca_asks_for_wins_when_it_is_longer() {
        let state = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-21T20:00:00Z".parse().unwrap();
        let until: Timestamp = "2026-11-23T20:00:00Z".parse().unwrap();
        let backoff = Backoff::of(state.path(), "d", &[]).unwrap();
        backoff.failed(&AcmeError::Busy { status: 429, until, refusal: None }, now, 0).unwrap();
        assert!(matches!(backoff.check(now), Err(AcmeError::BackingOff { not_before, .. }) if not_before == until));
    }

    #[test]
    fn a_mistake_of_a_clock_does_not_last() {
        let state = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-21T20:00:00Z".parse().unwrap();
        let backoff = Backoff::of(state.path(), "d", &[]).unwrap();
        // `Retry-After: Fri, 31 Dec 9999 00:00:00 GMT`.
        let until: Timestamp = "9999-12-30T00:00:00Z".parse().unwrap();
        backoff.failed(&AcmeError::Busy { status: 429, until, refusal: None }, now, 0).unwrap();
        let week: Timestamp = "2026-11-28T20:00:00Z".parse().unwrap();
        assert!(matches!(backoff.check(now), Err(AcmeError::BackingOff { not_before, .. }) if not_before == week));
        // It failed while the clock here was years ahead.
        backoff.failed(&refusal(), "2038-01-19T03:14:07Z".parse().unwrap(), 0).unwrap();
        backoff.check(now).unwrap();
    }
}
