//! A value in DNS that is removed again, whatever happens.

use std::sync::Arc;

use super::error::DnsError;
use super::journal::{Entry, Held, Journal};
use super::solver::Solver;

/// A value that stands in DNS, and in the journal.
///
/// Dropped without [`Challenge::cleanup`] (a panic, a run that was interrupted), its journal entry stays, and [`clean`] removes the value.
#[must_use = "the value stands in DNS until `cleanup`"]
pub struct Challenge {
    held: Held,
    solver: Arc<dyn Solver>,
}

impl Challenge {
    /// Writes the value down, then adds it. Where adding fails it may have happened all the same: it is removed again, or stays in the journal.
    pub async fn present(
        journal: &Journal,
        solver: Arc<dyn Solver>,
        fqdn: &str,
        value: &str,
    ) -> Result<Self, DnsError> {
        let challenge = Self { held: journal.begin(solver.name(), fqdn, value)?, solver };
        match challenge.solver.present(fqdn, value).await {
            Ok(()) => Ok(challenge),
            Err(error) => {
                // The first error is the one that helps; what can't be removed now stays written down.
                let _stays_in_the_journal = challenge.cleanup().await;
                Err(error)
            }
        }
    }

    /// What was added.
    pub fn entry(&self) -> &Entry {
        &self.held.entry
    }

    /// Removes the value, then strikes it out. Where that fails it stays in the journal.
    pub async fn cleanup(self) -> Result<(), DnsError> {
        self.solver.cleanup(&self.held.entry.fqdn, &self.held.entry.value).await?;
        self.held.end()
    }
}

/// What became of a value that was left behind.
#[derive(Debug)]
pub struct Cleaned {
    /// The value.
    pub entry: Entry,
    /// Whether it is gone now; where not, it stays in the journal.
    pub result: Result<(), DnsError>,
}

/// Removes what dead processes left behind. `solver` gives the solver of a provider's name, or says why there is none (any more).
pub async fn clean(
    journal: &Journal,
    solver: impl Fn(&str) -> Result<Arc<dyn Solver>, DnsError>,
) -> Result<Vec<Cleaned>, DnsError> {
    let mut cleaned = Vec::new();
    for held in journal.take_left_behind()? {
        let entry = held.entry.clone();
        let result = match solver(&entry.dns) {
            Ok(solver) => Challenge { held, solver }.cleanup().await,
            Err(error) => Err(error),
        };
        cleaned.push(Cleaned { entry, result });
    }
    Ok(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Boxed;
    use std::sync::Mutex;

    /// Keeps what would stand in DNS; fails where it is told to.
    #[derive(Default)]
    struct Fake {
        values: Mutex<Vec<(String, String)>>,
        fails: Mutex<bool>,
    }

    impl Fake {
        fn result(&self) -> Result<(), DnsError> {
            if *self.fails.lock().unwrap() { Err(DnsError::NoZone { name: "x".to_owned() }) } else { Ok(()) }
        }
    }

    impl Solver for Fake {
        fn name(&self) -> &'static str {
            "main"
        }

        fn present<'a>(&'a self, fqdn: &'a str, value: &'a str) -> Boxed<'a, Result<(), DnsError>> {
            self.values.lock().unwrap().push((fqdn.to_owned(), value.to_owned()));
            Box::pin(async { self.result() })
        }

        fn cleanup<'a>(&'a self, fqdn: &'a str, value: &'a str) -> Boxed<'a, Result<(), DnsError>> {
            Box::pin(async move {
                self.result()?;
                self.values.lock().unwrap().retain(|it| *it != (fqdn.to_owned(), value.to_owned()));
                Ok(())
            })
        }
    }

    const FQDN: &str = "_acme-challenge.example.org";

    #[tokio::test]
    async fn what_was_added_is_removed_and_struck_out() {
        let state = tempfile::tempdir().unwrap();
        let (journal, fake) = (Journal::of(state.path()), Arc::new(Fake::default()));
        let apex = Challenge::present(&journal, fake.clone(), FQDN, "apex").await.unwrap();
        let wildcard = Challenge::present(&journal, fake.clone(), FQDN, "wildcard").await.unwrap();
        apex.cleanup().await.unwrap();
        assert_eq!(*fake.values.lock().unwrap(), [(FQDN.to_owned(), "wildcard".to_owned())]);
        wildcard.cleanup().await.unwrap();
        assert_eq!(journal.left_behind().unwrap(), []);
    }

    #[tokio::test]
    async fn what_was_dropped_is_cleaned_by_the_next_run() {
        let state = tempfile::tempdir().unwrap();
        let (journal, fake) = (Journal::of(state.path()), Arc::new(Fake::default()));
        let living = Challenge::present(&journal, fake.clone(), FQDN, "living").await.unwrap();
        drop(Challenge::present(&journal, fake.clone(), FQDN, "dropped").await.unwrap());
        let cleaned = clean(&journal, |name| {
            assert_eq!(name, "main");
            Ok(fake.clone())
        });
        let cleaned = cleaned.await.unwrap();
        assert_eq!(
            cleaned.iter().map(|it| (it.entry.value.as_str(), it.result.is_ok())).collect::<Vec<_>>(),
            [("dropped", true)]
        );
        assert_eq!(*fake.values.lock().unwrap(), [(FQDN.to_owned(), "living".to_owned())]);
        living.cleanup().await.unwrap();
    }

    #[tokio::test]
    async fn what_cannot_be_removed_stays_written_down() {
        let state = tempfile::tempdir().unwrap();
        let (journal, fake) = (Journal::of(state.path()), Arc::new(Fake::default()));
        *fake.fails.lock().unwrap() = true;
        let error = Challenge::present(&journal, fake.clone(), FQDN, "value").await.err().unwrap();
        assert_eq!(error.code(), "dns-no-zone");
        assert_eq!(journal.left_behind().unwrap().len(), 1);
        let cleaned = clean(&journal, |_| Err(DnsError::NoZone { name: "y".to_owned() })).await.unwrap();
        assert!(cleaned[0].result.is_err());
        *fake.fails.lock().unwrap() = false;
        clean(&journal, |_| Ok(fake.clone())).await.unwrap();
        assert!(journal.left_behind().unwrap().is_empty() && fake.values.lock().unwrap().is_empty());
    }
}
