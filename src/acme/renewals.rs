//! What CAs want of all certificates in the store. No failure here stops anything: each is a warning.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;
use jiff::Timestamp;

use super::ari::{RenewalInfo, is_time};
use super::error::AcmeError;
use super::session::Ca;
use crate::http;
use crate::names::HostName;
use crate::store::{Certificates, Renewal, Stored};
use crate::x509::Serial;

/// Questions to one CA that are under way at the same time.
const AT_ONCE: usize = 8;

/// What the CAs said.
#[derive(Debug, Default)]
pub struct Renewals {
    /// What is to be kept with each certificate: its name, its host, its serial number.
    pub changed: Vec<(String, Option<HostName>, Serial, Renewal)>,
    /// What could not be asked, as warnings.
    pub warnings: Vec<AcmeError>,
}

type Key = (String, Option<HostName>);

/// Asks the CAs about the newest version of each certificate whose time to be asked about has come. `cas` are the declared ones;
/// what others have issued is not asked about.
pub async fn renewals(
    cas: &BTreeMap<String, Ca>,
    certificates: &Certificates,
    now: Timestamp,
    log: Option<http::Log>,
) -> Renewals {
    let mut answers = Renewals::default();
    let mut asked = BTreeSet::new();
    for ca in cas.values() {
        // Two tables may name one CA.
        if !asked.insert(&ca.directory) {
            continue;
        }
        let due: Vec<(&Key, &Stored)> = certificates
            .versions
            .iter()
            .filter_map(|(key, versions)| versions.first().map(|newest| (key, newest)))
            .filter(|(_, newest)| newest.meta.directory == ca.directory && is_asked_about(newest, now))
            .collect();
        if due.is_empty() {
            continue;
        }
        match RenewalInfo::of(ca, log.clone()).await {
            Ok(None) => {}
            Err(error) => answers.warnings.push(error),
            Ok(Some(info)) => ask(&info, due, now, &mut answers).await,
        }
    }
    answers
}

/// Not about one that is over, and not before the CA wants to be asked again.
fn is_asked_about(stored: &Stored, now: Timestamp) -> bool {
    stored.meta.revoked.is_none()
        && stored.chain.leaf().not_after > now
        && stored.meta.renewal.as_ref().is_none_or(|known| is_time(known, now))
}

async fn ask(info: &RenewalInfo, due: Vec<(&Key, &Stored)>, now: Timestamp, answers: &mut Renewals) {
    let questions = due.into_iter().map(|(key, stored)| async move {
        let random = getrandom::u32().unwrap_or(u32::MAX / 2);
        (key, stored, info.ask(stored.chain.leaf(), stored.meta.renewal.as_ref(), now, random).await)
    });
    let said: Vec<_> = futures_util::stream::iter(questions).buffered(AT_ONCE).collect().await;
    for ((name, host), stored, answer) in said {
        match answer {
            Ok(Some(renewal)) if Some(&renewal) != stored.meta.renewal.as_ref() => {
                answers.changed.push((name.clone(), host.clone(), stored.serial.clone(), renewal));
            }
            Ok(_) => {}
            Err(error) => answers.warnings.push(error),
        }
    }
}
