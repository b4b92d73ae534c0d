//! One order, from its placing to its certificate (RFC 8555, section 7.4).

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures_util::future::{join, join_all};
use instant_acme::{
    AuthorizationStatus, CertificateIdentifier, ChallengeStatus, ChallengeType, Identifier, NewOrder, OrderStatus,
};
use jiff::Timestamp;

use super::checks;
use super::error::AcmeError;
use super::interrupt::unless;
use super::open_order::{OpenOrder, Record};
use super::order_key::{Key, KeyFor, key_for, key_of};
use super::problem::Refusal;
use super::prove::{Proof, Prover};
use super::session::{Session, signed};
use super::together::Ticket;
use crate::names::HostName;
use crate::secrets::Secret;
use crate::x509::{Chain, PrivateKey, Serial};

/// The first wait between looks at an order.
const FIRST_LOOK: Duration = Duration::from_millis(50);
/// The longest one, unless the CA asks for more.
const SLOWEST_LOOK: Duration = Duration::from_secs(5);
/// How long a CA may take to look at challenges, and again to sign.
const LONGEST: Duration = Duration::from_secs(300);

/// A certificate that is wanted.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// The certificate's name in the inventory.
    pub(super) certificate: String,
    /// The domains, as A-labels.
    pub(super) domains: Vec<String>,
    /// The host that has the key, with per-host keys.
    pub(super) host: Option<HostName>,
    /// Its key.
    pub(super) key: KeyFor,
    /// The profile, if one is declared.
    pub(super) profile: Option<String>,
    /// The ARI name of the certificate that it replaces (RFC 9773, section 5).
    pub(super) replaces: Option<String>,
    /// Serial numbers that are in the store: a finished order that gave one of them is not used again.
    pub(super) known: Vec<Serial>,
}

impl Order {
    /// The names in the order that makes equal sets equal.
    pub(super) fn sorted(&self) -> Vec<String> {
        let mut names = self.domains.clone();
        names.sort();
        names.dedup();
        names
    }
}

/// A certificate that was issued, and is not stored yet.
#[derive(Debug)]
pub(super) struct Issued {
    /// The leaf and what leads to the root.
    pub(super) chain: Chain,
    /// Its private key as PEM, where it is ours.
    pub(super) key: Option<Secret>,
    /// The CA's directory URL.
    pub(super) directory: String,
}

/// What an order is carried out with.
pub(super) struct Means<'a> {
    pub(super) session: &'a Session,
    pub(super) state: &'a Path,
    pub(super) prover: &'a dyn Prover,
    pub(super) interrupted: &'a AtomicBool,
    /// The orders of this run that share names with this one.
    pub(super) ticket: &'a Ticket,
    pub(super) tell: &'a dyn Fn(&str),
}

/// A challenge that is to be answered.
struct Open {
    proof: Proof,
    /// The CA has not been told yet that it may look.
    untold: bool,
}

impl Means<'_> {
    /// Gets the certificate, or continues where an earlier run was cut short. The place of the order is to be forgotten once
    /// the certificate is stored.
    pub(super) async fn issue(&self, wanted: &Order) -> Result<(Issued, OpenOrder), AcmeError> {
        let names = wanted.sorted();
        let place =
            OpenOrder::take(self.state, self.session.wire.url(), &wanted.certificate, wanted.host.as_ref(), &names)?;
        checks::profile(&self.session.wire.directory().meta.profiles, wanted.profile.as_deref())?;
        let continued = unless(self.interrupted, self.continued(&place, wanted, &names)).await?;
        if let Some((order, key)) = continued {
            let chain = self.carry_out(order, &key, &names).await;
            match settled(&place, chain) {
                Ok(chain) if !wanted.known.contains(&chain.leaf().serial) => {
                    return Ok((self.issued(chain, key), place));
                }
                // A run that was cut short between storing and forgetting.
                Ok(_) => place.forget()?,
                // Another one has finished it: CAs give one and the same open order to all who ask for its names.
                Err(AcmeError::WrongCertificate(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let (order, key) = unless(self.interrupted, self.placed(&place, wanted, &names)).await?;
        let chain = self.carry_out(order, &key, &names).await;
        let chain = settled(&place, chain)?;
        Ok((self.issued(chain, key), place))
    }

    fn issued(&self, chain: Chain, key: Key) -> Issued {
        Issued { chain, key: key.ours, directory: self.session.wire.url().to_owned() }
    }

    /// The order that an earlier run left, if it can still give what is wanted.
    async fn continued(
        &self,
        place: &OpenOrder,
        wanted: &Order,
        names: &[String],
    ) -> Result<Option<(instant_acme::Order, Key)>, AcmeError> {
        let Some(record) = place.record()? else { return Ok(None) };
        if record.account != self.session.account_url || record.names != names || record.profile != wanted.profile {
            return Ok(None);
        }
        let found = signed("the look at the open order", async || self.session.account.order(record.url.clone()).await);
        let mut order = match found.await {
            Ok(order) => order,
            // It has expired, or the CA has forgotten it.
            Err(error) if error.is_final() => return Ok(None),
            Err(error) => return Err(error),
        };
        let status = order.state().status;
        if status == OrderStatus::Invalid {
            return Ok(None);
        }
        let left = place.key()?;
        let key = match (&wanted.key, left) {
            (KeyFor::New(kind), Some(pem)) => match PrivateKey::from_pem(&pem) {
                Ok(private) if private.key_type() == *kind => key_of(&private, names)?,
                _ => return Ok(None),
            },
            (KeyFor::New(_), None) => return Ok(None),
            _ => key_for(&wanted.key, names)?,
        };
        // Once the CA has a request, only its key counts.
        let decided = matches!(status, OrderStatus::Processing | OrderStatus::Valid);
        if decided && key.public != record.key {
            return Ok(None);
        }
        place.keep(&Record { key: key.public.clone(), ..record })?;
        (self.tell)(&format!("continuing the order for {}", names.join(", ")));
        Ok(Some((order, key)))
    }

    /// A new order. Its key is on disk before, its URL before anything is done with it.
    async fn placed(
        &self,
        place: &OpenOrder,
        wanted: &Order,
        names: &[String],
    ) -> Result<(instant_acme::Order, Key), AcmeError> {
        let key = key_for(&wanted.key, names)?;
        if let (KeyFor::New(_), Some(pem)) = (&wanted.key, &key.ours) {
            place.keep_key(pem)?;
        }
        let identifiers: Vec<Identifier> = names.iter().cloned().map(Identifier::Dns).collect();
        let replaces = wanted.replaces.as_deref().filter(|_| self.session.wire.directory().renewal_info.is_some());
        let order = match self.new_order(&identifiers, wanted.profile.as_deref(), replaces).await {
            // Another order has replaced it already, or the CA doesn't know it: that is no reason to have no certificate.
            Err(error) if replaces.is_some() && refuses_replacement(&error) => {
                self.new_order(&identifiers, wanted.profile.as_deref(), None).await?
            }
            order => order?,
        };
        place.keep(&Record {
            directory: self.session.wire.url().to_owned(),
            account: self.session.account_url.clone(),
            url: order.url().to_owned(),
            names: names.to_vec(),
            profile: wanted.profile.clone(),
            key: key.public.clone(),
            placed: Timestamp::now(),
        })?;
        Ok((order, key))
    }

    async fn new_order(
        &self,
        identifiers: &[Identifier],
        profile: Option<&str>,
        replaces: Option<&str>,
    ) -> Result<instant_acme::Order, AcmeError> {
        signed("the order", async || {
            let mut new = NewOrder::new(identifiers);
            if let Some(profile) = profile {
                new = new.profile(profile);
            }
            if let Some((authority, serial)) = replaces.and_then(|id| id.split_once('.')) {
                new = new.replaces(CertificateIdentifier {
                    authority_key_identifier: authority.into(),
                    serial: serial.into(),
                });
            }
            self.session.account.new_order(&new).await
        })
        .await
    }

    /// From an order to its certificate, checked. Whatever comes of it, no challenge is left behind.
    async fn carry_out(&self, mut order: instant_acme::Order, key: &Key, names: &[String]) -> Result<Chain, AcmeError> {
        if order.state().status == OrderStatus::Pending {
            let open = unless(self.interrupted, challenges(&mut order)).await?;
            // Not cut short by an interrupt: what is begun here must be known to be taken back.
            let presented = join_all(open.iter().map(|open| self.prover.present(&open.proof))).await;
            let ready = match presented.into_iter().collect::<Result<(), _>>() {
                Ok(()) => unless(self.interrupted, self.proven(&mut order, &open)).await,
                Err(error) => Err(error),
            };
            let finish = async {
                ready?;
                unless(self.interrupted, self.finish(&mut order, key)).await
            };
            let (pem, ()) = join(finish, self.withdraw(&open)).await;
            return checks::certificate(&pem?, &key.public, names, Timestamp::now());
        }
        let pem = unless(self.interrupted, self.finish(&mut order, key)).await?;
        checks::certificate(&pem, &key.public, names, Timestamp::now())
    }

    /// Waits until DNS shows the values, lets the CA look, and waits for its verdict.
    async fn proven(&self, order: &mut instant_acme::Order, open: &[Open]) -> Result<(), AcmeError> {
        let waits = join_all(open.iter().map(|open| self.prover.wait(&open.proof, self.tell))).await;
        waits.into_iter().collect::<Result<(), _>>()?;
        self.ticket.arrive();
        self.ticket.all_arrived().await;
        let mut untold: BTreeSet<&str> =
            open.iter().filter(|open| open.untold).map(|open| open.proof.value.as_str()).collect();
        signed("a challenge", async || {
            let mut all = order.authorizations();
            while let Some(one) = all.next().await {
                let mut one = one?;
                if one.status != AuthorizationStatus::Pending {
                    continue;
                }
                let Some(mut challenge) = one.challenge(ChallengeType::Dns01) else { continue };
                // Not twice, also when this begins anew after a refused nonce.
                let value = challenge.key_authorization().dns_value();
                if untold.contains(value.as_str()) {
                    challenge.set_ready().await?;
                    untold.remove(value.as_str());
                }
            }
            Ok(())
        })
        .await?;
        let verdict =
            self.until(order, "it has not looked at the challenges", |status| matches!(status, OrderStatus::Pending));
        match verdict.await? {
            OrderStatus::Invalid => Err(AcmeError::Refused { what: "the order", refusal: reasons(order).await }),
            _ => Ok(()),
        }
    }

    /// From a ready order to the certificate as PEM.
    async fn finish(&self, order: &mut instant_acme::Order, key: &Key) -> Result<String, AcmeError> {
        if order.state().status == OrderStatus::Ready {
            let finalized = signed("the certificate request", async || order.finalize_csr(&key.csr).await).await;
            match finalized {
                Ok(()) => {}
                // Its answer may be lost, or a lost one may have been heard: the order itself says.
                Err(error @ AcmeError::Http { .. }) => {
                    look(order).await?;
                    if order.state().status == OrderStatus::Ready {
                        return Err(error);
                    }
                }
                Err(error) if error.is_refusal("orderNotReady") => look(order).await?,
                Err(error) => return Err(error),
            }
        }
        let status = self
            .until(order, "it has not signed the certificate", |status| {
                matches!(status, OrderStatus::Processing | OrderStatus::Ready)
            })
            .await?;
        if status != OrderStatus::Valid {
            return Err(AcmeError::Refused { what: "the order", refusal: reasons(order).await });
        }
        let what = "the download of the certificate";
        signed(what, async || order.certificate().await)
            .await?
            .ok_or_else(|| AcmeError::Protocol { what, reason: "there is none".to_owned() })
    }

    /// Looks at an order as long as its status is one to wait in, at the CA's own pace.
    async fn until(
        &self,
        order: &mut instant_acme::Order,
        what: &'static str,
        waiting: impl Fn(OrderStatus) -> bool,
    ) -> Result<OrderStatus, AcmeError> {
        let deadline = tokio::time::Instant::now() + LONGEST;
        let mut pause = FIRST_LOOK;
        loop {
            let status = order.state().status;
            if !waiting(status) {
                return Ok(status);
            }
            // "At once" is no pace to look at.
            let asked = self.session.wire.wait_for(order.url()).filter(|wait| *wait >= FIRST_LOOK);
            let wait = asked.unwrap_or(pause);
            if tokio::time::Instant::now() + wait > deadline {
                return Err(AcmeError::TooSlow { what, seconds: LONGEST.as_secs() });
            }
            tokio::time::sleep(wait).await;
            pause = (pause * 3 / 2).min(SLOWEST_LOOK);
            look(order).await?;
        }
    }

    /// Takes back every value. What cannot be taken back now stays in the journal of challenges.
    async fn withdraw(&self, open: &[Open]) {
        for (open, end) in open.iter().zip(join_all(open.iter().map(|open| self.prover.withdraw(&open.proof))).await) {
            if let Err(error) = end {
                (self.tell)(&format!(
                    "the challenge of {} could not be removed: {error}; `fleet cert clean` tries again",
                    open.proof.domain
                ));
            }
        }
    }
}

/// What the CA refused for good is not continued; what was merely cut short is, or what it could not do just now.
fn settled(place: &OpenOrder, chain: Result<Chain, AcmeError>) -> Result<Chain, AcmeError> {
    if chain.as_ref().is_err_and(AcmeError::is_final) {
        place.forget()?;
    }
    chain
}

/// What is to be proven for an order.
async fn challenges(order: &mut instant_acme::Order) -> Result<Vec<Open>, AcmeError> {
    // The iterator leaves out what failed, so it begins anew; what has been fetched is not fetched again.
    signed("an authorization", async || {
        let mut all = order.authorizations();
        while let Some(one) = all.next().await {
            one?;
        }
        Ok(())
    })
    .await?;
    let mut open = Vec::new();
    let mut all = order.authorizations();
    while let Some(one) = all.next().await {
        let mut one = one.map_err(|error| AcmeError::of("an authorization", error))?;
        // A wildcard's own name is without its star here.
        let Identifier::Dns(domain) = one.identifier().identifier.clone() else { continue };
        if one.status != AuthorizationStatus::Pending {
            continue;
        }
        let challenge = one
            .challenge(ChallengeType::Dns01)
            .ok_or_else(|| AcmeError::NotOffered { what: format!("a DNS challenge for {domain}"), offered: None })?;
        open.push(Open {
            proof: Proof { domain, value: challenge.key_authorization().dns_value() },
            untold: challenge.status == ChallengeStatus::Pending,
        });
    }
    Ok(open)
}

async fn look(order: &mut instant_acme::Order) -> Result<(), AcmeError> {
    signed("the look at the order", async || order.refresh().await.map(drop)).await
}

/// Why an order is invalid: that stands in its challenges.
async fn reasons(order: &mut instant_acme::Order) -> Refusal {
    let whole = order.state().error.as_ref().map(Refusal::of);
    let mut names = Vec::new();
    // Without the challenges the order's own error must do: a failure to look is not worth more.
    let _ = signed("an authorization", async || {
        names.clear();
        let mut all = order.authorizations();
        while let Some(one) = all.next().await {
            let mut one = one?;
            one.refresh().await?;
            let name = one.identifier().to_string();
            let errors = one.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
            names.extend(errors.map(|error| Refusal::of_name(&name, error)));
        }
        Ok(())
    })
    .await;
    Refusal::merged(names).or(whole).unwrap_or(Refusal {
        kind: String::new(),
        detail: "it does not say why".to_owned(),
        names: Vec::new(),
    })
}

/// Whether the refusal is of the replacement alone.
fn refuses_replacement(error: &AcmeError) -> bool {
    match error {
        AcmeError::Refused { refusal, .. } => {
            matches!(refusal.kind.as_str(), "alreadyReplaced" | "conflict" | "malformed")
        }
        // The CA does not send back what it replaces.
        AcmeError::Protocol { reason, .. } => reason.contains("replaces"),
        _ => false,
    }
}
