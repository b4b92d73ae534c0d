//! Challenges in DNS, for the domains of one declared certificate.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::AcmeError;
use super::prove::{Proof, Prover};
use crate::dns::{self, Challenge, Delegation, DnsError, Journal, Resolver, Settings, Solver};
use crate::engine::transport::Boxed;

/// Where the values of one domain go.
struct Place {
    settings: Settings,
    solver: Arc<dyn Solver>,
    resolver: Resolver,
    /// Where the declaration says that its challenge leads.
    delegate: Option<String>,
}

/// A value that stands in DNS.
struct Live {
    challenge: Challenge,
    delegation: Delegation,
}

/// CAs may give two orders one and the same challenge: its value goes when nobody needs it any more.
#[derive(Default)]
struct Slot {
    users: usize,
    live: Option<Live>,
}

/// Answers challenges in DNS, through the declared services.
pub struct Dns01 {
    places: BTreeMap<String, Place>,
    journal: Journal,
    slots: Mutex<BTreeMap<Proof, Arc<tokio::sync::Mutex<Slot>>>>,
}

impl Dns01 {
    /// For domains (without `*.`) with the service of each and where its challenge is said to lead. `state` is `.fleet`.
    ///
    /// # Errors
    /// When a service can't be used as declared. Nothing is contacted.
    pub fn new<'a>(
        state: &Path,
        domains: impl IntoIterator<Item = (&'a str, &'a Settings, Option<&'a str>)>,
    ) -> Result<Self, AcmeError> {
        let mut places = BTreeMap::new();
        for (domain, settings, delegate) in domains {
            let place = Place {
                settings: settings.clone(),
                solver: Arc::from(dns::solver_for(settings).map_err(|error| of_dns(&error))?),
                resolver: settings.resolver().map_err(|error| of_dns(&error))?,
                delegate: delegate.map(str::to_owned),
            };
            places.insert(domain.to_owned(), place);
        }
        Ok(Self { places, journal: Journal::of(state), slots: Mutex::default() })
    }

    fn place(&self, proof: &Proof) -> Result<&Place, AcmeError> {
        let missing = || AcmeError::Request(format!("no DNS service is declared for {}", proof.domain));
        self.places.get(&proof.domain).ok_or_else(missing)
    }

    fn slot(&self, proof: &Proof) -> Arc<tokio::sync::Mutex<Slot>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(proof.clone()).or_default())
    }
}

impl Prover for Dns01 {
    fn present<'a>(&'a self, proof: &'a Proof) -> Boxed<'a, Result<(), AcmeError>> {
        Box::pin(async move {
            let slot = self.slot(proof);
            let mut slot = slot.lock().await;
            slot.users += 1;
            if slot.live.is_some() {
                return Ok(());
            }
            let place = self.place(proof)?;
            let name = format!("_acme-challenge.{}", proof.domain);
            let delegation = place.resolver.follow_cname(&name).await.map_err(|error| of_dns(&error))?;
            if let Some(declared) = &place.delegate {
                delegation.check(declared).map_err(|error| of_dns(&error))?;
            }
            let solver = Arc::clone(&place.solver);
            let challenge = Challenge::present(&self.journal, solver, &delegation.target, &proof.value);
            slot.live = Some(Live { challenge: challenge.await.map_err(|error| of_dns(&error))?, delegation });
            Ok(())
        })
    }

    fn wait<'a>(&'a self, proof: &'a Proof, tell: &'a dyn Fn(&str)) -> Boxed<'a, Result<(), AcmeError>> {
        Box::pin(async move {
            let place = self.place(proof)?;
            let slot = self.slot(proof);
            // Not locked while waiting: others of the same value wait too.
            let delegation = slot.lock().await.live.as_ref().map(|live| live.delegation.clone());
            let Some(delegation) = delegation else {
                return Err(AcmeError::Request(format!("the challenge of {} is gone already", proof.domain)));
            };
            let propagation = place.settings.propagation();
            dns::wait_for_txt(&delegation.zone, &delegation.target, &proof.value, &propagation, tell)
                .await
                .map_err(|error| of_dns(&error))?;
            tell(&format!("TXT value added: {}", delegation.chain.join(" → ")));
            Ok(())
        })
    }

    fn withdraw<'a>(&'a self, proof: &'a Proof) -> Boxed<'a, Result<(), AcmeError>> {
        Box::pin(async move {
            let slot = self.slot(proof);
            let mut slot = slot.lock().await;
            slot.users = slot.users.saturating_sub(1);
            match slot.live.take() {
                Some(live) if slot.users == 0 => live.challenge.cleanup().await.map_err(|error| of_dns(&error)),
                live => {
                    slot.live = live;
                    Ok(())
                }
            }
        })
    }
}

fn of_dns(error: &DnsError) -> AcmeError {
    AcmeError::Challenge { code: error.code().to_owned(), message: error.to_string(), hint: error.hint() }
}
