//! `fleet cert plan` and `fleet cert apply`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::acme::host_key::HostKeys;
use crate::acme::{self, Declared, Dns01, Issuer};
use crate::actions::cert::{Delegation, Delegations, Known};
use crate::engine::deferred::{Provided, Provider, Wanted};
use crate::engine::over_ssh::OverSsh;
use crate::engine::status::Failure;
use crate::engine::transport::Boxed;
use crate::inventory::CertDeclaration;
use crate::report::{ExitCode, Ui};
use crate::store::Certificates;

use super::super::act;
use super::super::app::{self, CliError};
use super::super::args::Global;
use super::super::base::Base;
use super::at_ca;
use super::means::{Means, request_log, store_error, tell_requests};

/// `fleet cert plan`
pub(super) async fn plan(global: &Global, ui: &Ui, out: Option<&Path>, renew: &[String]) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let means = Means::new(global, &inventory, &base, false)?;
    let mut known = known_to_plan(global, ui, &means).await?;
    known.renew = named(&means, renew)?;
    let known = act::Known { cert: known, ..act::Known::default() };
    act::plan_with(global, ui, "cert", &inventory, &base, &known, out).await
}

/// `fleet cert apply`
pub(super) async fn apply(
    global: &Global,
    ui: &Ui,
    renew: &[String],
    staging: bool,
    retry_now: bool,
) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let means = Means::new(global, &inventory, &base, staging)?;
    if staging && global.lab {
        ui.warn("--staging changes nothing here: a rehearsal orders from its own CA, never from a real one");
    }
    let renew = named(&means, renew)?;
    let known = Known { renew, ..known_to_apply(global, ui, &means).await? };
    let issuing = Issuing::new(global, ui, &means, retry_now);
    let known = act::Known { cert: known, ..act::Known::default() };
    act::apply_with(global, ui, "cert", &inventory, &base, &known, &issuing).await
}

/// What is known for a plan; no CA is asked anything.
pub(in crate::cli) async fn known_to_plan(global: &Global, ui: &Ui, means: &Means<'_>) -> Result<Known, CliError> {
    let mut known = means.known(ui)?;
    if global.facts.is_none() {
        known.delegations = delegations(means).await;
    }
    known.left_alone = left_alone(means, ui);
    Ok(known)
}

/// What is known for a plan that is carried out now: CAs are asked when they want their certificates renewed.
pub(in crate::cli) async fn known_to_apply(global: &Global, ui: &Ui, means: &Means<'_>) -> Result<Known, CliError> {
    means.all_stand()?;
    let mut known = means.known(ui)?;
    at_ca::clean_up(means, ui).await;
    refresh(global, ui, means, &mut known).await?;
    Ok(known)
}

/// The certificates that `--renew` names.
fn named(means: &Means<'_>, renew: &[String]) -> Result<BTreeSet<String>, CliError> {
    for name in renew {
        let Some(cert) = means.inventory.certs().get(name) else {
            let message = format!("no certificate is called {name}");
            let hint = "`fleet cert list` has all of them";
            return Err(CliError::usage(Failure::new("unknown-certificate", message, hint)));
        };
        if !cert.is_issued() {
            let message = format!("certs.{name} is never ordered: it has no `dns`");
            return Err(CliError::usage(Failure::bare("never-ordered", message)));
        }
    }
    Ok(renew.iter().cloned().collect())
}

/// The CAs that an order would not ask yet.
fn left_alone(means: &Means<'_>, ui: &Ui) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for cert in means.inventory.certs().values().filter(|cert| cert.is_issued()) {
        // A table without a replacement is told of when it is ordered from.
        let Ok(acme) = means.acme(&cert.acme) else { continue };
        match acme::left_alone(&means.acme_state(), &acme.directory, &cert.domains, Timestamp::now()) {
            Ok(None) => {}
            Ok(Some(error)) => {
                let hint = error.hint().map_or_else(String::new, |hint| format!("; {hint}"));
                all.insert(cert.name.clone(), format!("{error}{hint}"));
            }
            Err(error) => ui.warn(&format!("whether {} may be asked is not known: {error}", acme.directory)),
        }
    }
    all
}

/// Where the challenge of each name leads.
async fn delegations(means: &Means<'_>) -> Delegations {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for cert in means.inventory.certs().values() {
        names.extend(cert.dns.iter().map(|(name, dns)| (name.as_str(), dns.as_str())));
    }
    let looks = names.into_iter().map(|(name, dns)| async move {
        let challenge = format!("_acme-challenge.{name}");
        let found = match means.resolver(dns) {
            Ok(resolver) => resolver.follow_cname(&challenge).await.map_err(|error| error.to_string()),
            // Told when it is ordered from.
            Err(_) => return None,
        };
        let delegation = match found {
            Ok(found) => Delegation { zone: Ok(found.zone.name.clone()), chain: found.chain },
            Err(why) => Delegation { chain: vec![challenge], zone: Err(why) },
        };
        Some((name.to_owned(), delegation))
    });
    join_all(looks).await.into_iter().flatten().collect()
}

/// Asks the CAs when they want their certificates renewed, where it is time to ask; no failure here stops anything.
async fn refresh(global: &Global, ui: &Ui, means: &Means<'_>, known: &mut Known) -> Result<(), CliError> {
    let names: BTreeSet<&String> =
        means.inventory.certs().values().filter(|cert| cert.is_issued()).map(|cert| &cert.acme).collect();
    let mut cas = BTreeMap::new();
    for name in names {
        cas.insert(name.clone(), means.ca(name, false)?);
    }
    let (log, lines) = request_log(global);
    let answers = acme::renewals(&cas, &known.certificates, Timestamp::now(), log).await;
    tell_requests(ui, &lines);
    for error in answers.warnings {
        ui.warn(&format!("when to renew is not known anew: {error}"));
    }
    for (name, host, serial, renewal) in answers.changed {
        let kept = means.store.update_meta(&name, host.as_ref(), &serial, |meta| meta.renewal = Some(renewal.clone()));
        kept.map_err(|error| store_error(&error))?;
        let versions = known.certificates.versions.get_mut(&(name, host)).into_iter().flatten();
        versions.filter(|stored| stored.serial == serial).for_each(|it| it.meta.renewal = Some(renewal.clone()));
    }
    Ok(())
}

/// Orders what a plan wants; accounts and DNS services are opened only when something is ordered.
pub(in crate::cli) struct Issuing<'a> {
    global: &'a Global,
    ui: &'a Ui,
    means: &'a Means<'a>,
    retry_now: bool,
}

impl<'a> Issuing<'a> {
    pub(in crate::cli) fn new(global: &'a Global, ui: &'a Ui, means: &'a Means<'a>, retry_now: bool) -> Self {
        Self { global, ui, means, retry_now }
    }

    /// The way to hosts that make their own keys, and what the store has.
    fn ready(&self) -> Result<(OverSsh, Certificates), CliError> {
        Ok((app::ssh(self.global, self.ui, self.means.inventory)?, self.means.stored(self.ui)?))
    }

    fn declared(&self, cert: &CertDeclaration) -> Result<Declared, CliError> {
        let mut settings = BTreeMap::new();
        for name in cert.dns.values() {
            settings.insert(name.as_str(), self.means.settings(name)?);
        }
        let places = cert.dns.iter().filter_map(|(name, dns)| {
            Some((name.as_str(), settings.get(dns.as_str())?, cert.delegate.get(name).map(String::as_str)))
        });
        let prover =
            Dns01::new(self.means.base.state.path(), places).map_err(|error| super::means::acme_error(&error))?;
        Ok(Declared {
            domains: cert.domains.clone(),
            ca: cert.acme.clone(),
            key: cert.key,
            pin: cert.pin_key,
            profile: cert.profile.clone(),
            prover: Arc::new(prover),
        })
    }
}

/// The certificate that a wanted value is of, and whether it must be ordered for it.
fn subject(wanted: &Wanted) -> Option<(&str, bool)> {
    let mut words = wanted.name.strip_prefix("cert/")?.split('/');
    let name = words.next()?.split('@').next()?;
    Some((name, words.next()? == "next"))
}

impl Provider for Issuing<'_> {
    fn provide<'s>(
        &'s self,
        wanted: &'s [Wanted],
        tell: &'s dyn Fn(&str),
    ) -> Boxed<'s, BTreeMap<String, Result<Provided, Failure>>> {
        Box::pin(async move {
            let ordered: BTreeSet<&str> =
                wanted.iter().filter_map(subject).filter(|(_, next)| *next).map(|(name, _)| name).collect();
            let mut certificates = BTreeMap::new();
            let mut cas = BTreeMap::new();
            let mut refused: BTreeMap<&str, Failure> = BTreeMap::new();
            for name in ordered {
                let Some(cert) = self.means.inventory.certs().get(name) else { continue };
                let ready = self.means.ca(&cert.acme, true).and_then(|ca| Ok((ca, self.declared(cert)?)));
                match ready {
                    Ok((ca, declared)) => {
                        cas.insert(cert.acme.clone(), ca);
                        certificates.insert(name.to_owned(), declared);
                    }
                    Err(error) => {
                        refused.insert(name, error.failure_of());
                    }
                }
            }
            let (log, lines) = request_log(self.global);
            let (ssh, stored) = match self.ready() {
                Ok(ready) => ready,
                Err(error) => {
                    let failure = error.failure_of();
                    return wanted.iter().map(|wanted| (wanted.name.clone(), Err(failure.clone()))).collect();
                }
            };
            let key_types = self.means.inventory.certs().iter().map(|(name, cert)| (name.clone(), cert.key));
            let requests = HostKeys {
                transport: &ssh,
                random: &app::random_word,
                certificates: &stored,
                key_types: key_types.collect(),
            };
            let issuer = Issuer {
                state: self.means.acme_state(),
                cas,
                certificates,
                shelf: &self.means.store,
                requests: &requests,
                interrupted: interrupted(),
                retry_now: self.retry_now,
                log,
            };
            let (out, asked): (Vec<Wanted>, Vec<Wanted>) = wanted
                .iter()
                .cloned()
                .partition(|wanted| subject(wanted).is_some_and(|(name, next)| next && refused.contains_key(name)));
            let mut provided = issuer.provide(&asked, tell).await;
            tell_requests(self.ui, &lines);
            for wanted in out {
                if let Some(failure) = subject(&wanted).and_then(|(name, _)| refused.get(name)) {
                    provided.insert(wanted.name, Err(failure.clone()));
                }
            }
            provided
        })
    }
}

/// Set at the first Ctrl-C.
fn interrupted() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            set.store(true, Ordering::Relaxed);
        }
    });
    flag
}
