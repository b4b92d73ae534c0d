//! What differs between a host's files and what its services present.

use std::collections::BTreeMap;

use super::finding::{Finding, Mends};
use super::subject::{Subject, Taken, place};
use super::validity::{self, Seen};
use super::words;
use crate::engine::fact::Fact;
use crate::engine::outside::HandshakeFact;
use crate::engine::probe::UnitFact;
use crate::engine::status::Status;
use crate::inventory::Serve;
use crate::x509::{Certificate, Chain, Fingerprint};

/// What a fact's chain says, where there was a handshake and it can be read.
pub(super) fn presented(fact: &HandshakeFact) -> Result<Chain, String> {
    match &fact.chain {
        Fact::Known(certificates) => {
            let ders: Vec<Vec<u8>> = certificates.iter().map(|bytes| bytes.0.clone()).collect();
            Chain::from_der(&ders).map_err(|error| format!("what it presents can't be read: {error}"))
        }
        Fact::Absent => Err("it presents nothing".to_owned()),
        Fact::Unknown(why) => Err(why.clone()),
    }
}

/// Whether any service of the host presents this leaf.
pub(super) fn serves(subject: &Subject<'_>, leaf: &Fingerprint) -> bool {
    subject
        .on
        .serve
        .iter()
        .flat_map(|serve| subject.answers(serve))
        .any(|fact| presented(fact).is_ok_and(|chain| chain.leaf().fingerprint == *leaf))
}

/// Names and ports: of how many addresses, and of which, something is told.
type Places = BTreeMap<String, (usize, Vec<String>)>;

/// Something that one or more names have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shared {
    status: Status,
    code: &'static str,
    live: Option<String>,
    words: String,
    mends: u8,
}

/// All findings of what the host's services present.
pub(super) fn judge(subject: &Subject<'_>) -> Vec<Finding> {
    let mut shared: Vec<(Shared, Places)> = Vec::new();
    for serve in &subject.on.serve {
        let answers = subject.answers(serve);
        for fact in &answers {
            let address = fact.address.map_or_else(String::new, |address| address.to_string());
            for one in one(subject, serve, fact) {
                let index = shared.iter().position(|(known, _)| *known == one).unwrap_or_else(|| {
                    shared.push((one, BTreeMap::new()));
                    shared.len() - 1
                });
                let places = &mut shared[index].1;
                let entry = places.entry(place(serve)).or_insert_with(|| (answers.len(), Vec::new()));
                entry.1.push(address.clone());
            }
        }
    }
    shared.into_iter().map(|(one, places)| one.finding(&places, subject)).collect()
}

const MENDS: [Mends; 4] = [Mends::Files, Mends::Renewal, Mends::Reload, Mends::Nobody];

impl Shared {
    fn new(code: &'static str, status: Status, mends: Mends, words: impl Into<String>) -> Self {
        let mends = MENDS.iter().position(|one| *one == mends).and_then(|at| u8::try_from(at).ok()).unwrap_or(3);
        Self { status, code, live: None, words: words.into(), mends }
    }

    fn live(mut self, leaf: &Certificate) -> Self {
        self.live = Some(words::brief(leaf));
        self
    }

    fn finding(self, places: &Places, subject: &Subject<'_>) -> Finding {
        let places: Vec<String> =
            places
                .iter()
                .map(|(place, (asked, addresses))| {
                    if addresses.len() == *asked {
                        place.clone()
                    } else {
                        format!("{place} at {}", addresses.join(", "))
                    }
                })
                .collect();
        let places = words::some(places.iter().map(String::as_str));
        let message = format!("{places}: {}", self.words);
        let mends = MENDS[usize::from(self.mends).min(3)];
        let finding = match self.status {
            Status::Unknown => Finding::unknown(self.code, message),
            Status::Drift => Finding::drift(self.code, mends, message),
            _ => Finding::stale(self.code, mends, message),
        };
        let on_disk = subject.look.as_ref().and_then(|look| look.disk.readable());
        let finding = match on_disk {
            Some(chain) if self.status == Status::Stale => finding.on_disk(words::brief(chain.leaf())),
            _ => finding,
        };
        match self.live {
            Some(live) => finding.live(live),
            None => finding,
        }
    }
}

/// What is wrong with one answer.
fn one(subject: &Subject<'_>, serve: &Serve, fact: &HandshakeFact) -> Vec<Shared> {
    let chain = match presented(fact) {
        Ok(chain) => chain,
        Err(why) => return vec![silent(subject, &why)],
    };
    let leaf = chain.leaf();
    let on_disk = subject.look.as_ref().and_then(|look| look.disk.readable());
    let mut found = Vec::new();
    if on_disk.is_some_and(|on_disk| on_disk.leaf().fingerprint == leaf.fingerprint) {
        // Its dates and names are told of the files.
        if on_disk.is_some_and(|on_disk| *on_disk != chain) {
            found.extend(chain_alone(subject, &chain, on_disk));
        }
        return found;
    }
    let (mends, why) = reload(subject);
    let declared = subject.declared.usable.map(|usable| usable.chain.leaf());
    let is_declared = declared.is_some_and(|declared| declared.fingerprint == leaf.fingerprint);
    let known = subject.declared.find(&leaf.fingerprint);
    if !leaf.covers(&serve.name) {
        let names = words::some(leaf.names.iter().map(String::as_str));
        let text = format!("it presents a certificate for {names}, which is not valid for this name{why}");
        found.push(Shared::new("wrong-name", Status::Stale, mends, text).live(leaf));
    } else if let Some(on_disk) = on_disk {
        let older = known.is_some() || leaf.not_before <= on_disk.leaf().not_before;
        if older {
            // When `current` was switched is not known: a reload may well be what it lacks.
            let (mends, why) = if subject.taken() == Taken::Since { (Mends::Reload, "") } else { (mends, why) };
            let text = format!("it still presents an older certificate than the one on disk{why}");
            found.push(Shared::new("not-reloaded", Status::Stale, mends, text).live(leaf));
        } else {
            let text = format!("it presents a certificate that is not the one on disk (issuer {}){why}", leaf.issuer);
            found.push(Shared::new("foreign-certificate", Status::Stale, mends, text).live(leaf));
        }
    } else if declared.is_some() && !is_declared && subject.look.is_none() {
        // Only the service was looked at.
        let (code, text) = match known {
            Some(_) => ("not-distributed", "it presents an older certificate than the store has".to_owned()),
            None => ("foreign-certificate", format!("it presents one that the store lacks (issuer {})", leaf.issuer)),
        };
        found.push(Shared::new(code, Status::Stale, Mends::Files, text).live(leaf));
    }
    if let Some(revoked) = known.and_then(|stored| stored.meta.revoked.as_ref()) {
        let text = format!("it presents one that was revoked on {} ({})", words::moment(revoked.time), revoked.reason);
        found.push(Shared::new("revoked", Status::Stale, mends, text).live(leaf));
    }
    if let Some(dates) = validity::dates(leaf, Seen::Live, subject.now) {
        let code = match dates.difference.subject.as_str() {
            "expired" => "expired",
            "not-yet-valid" => "not-yet-valid",
            "expiring-critical" => "expiring-critical",
            _ => "expiring",
        };
        let mends = if on_disk.is_some() { mends } else { Mends::Renewal };
        found.push(Shared::new(code, Status::Stale, mends, dates.difference.message).live(leaf));
    }
    found.extend(chain_alone(subject, &chain, on_disk));
    found
}

/// What is wrong with a presented chain that is not wrong in the files.
fn chain_alone(subject: &Subject<'_>, chain: &Chain, on_disk: Option<&Chain>) -> Vec<Shared> {
    let known: Vec<&'static str> =
        on_disk.map(|chain| validity::chain(chain).into_iter().map(|(code, _)| code).collect()).unwrap_or_default();
    let (mends, why) = reload(subject);
    validity::chain(chain)
        .into_iter()
        .filter(|(code, _)| !known.contains(code))
        .map(|(code, message)| {
            let same = on_disk.is_some_and(|on_disk| on_disk.leaf().fingerprint == chain.leaf().fingerprint);
            let why = if same { why } else { "" };
            Shared::new(code, Status::Stale, mends, format!("{message}{why}")).live(chain.leaf())
        })
        .collect()
}

/// Whether a reload could help, and why not.
fn reload(subject: &Subject<'_>) -> (Mends, &'static str) {
    match subject.taken() {
        Taken::NotSince => (Mends::Reload, ""),
        Taken::Since => (
            Mends::Nobody,
            "; it was reloaded since the files changed, so its configuration names other files than these",
        ),
        Taken::NoUnit => (Mends::Nobody, "; no unit is declared in `reload`"),
        Taken::NotRunning => (Mends::Nobody, "; none of the units in `reload` runs, so something else serves it"),
        // There are no files yet: with the first ones it is reloaded, and must present them.
        Taken::Unknown => (Mends::Renewal, ""),
    }
}

/// No handshake.
fn silent(subject: &Subject<'_>, why: &str) -> Shared {
    let down: Vec<&str> = match &subject.look {
        Some(look) if look.facts.units_unknown.is_none() => {
            let stopped = subject.on.reload.iter().filter(|unit| !subject.unit(unit).is_some_and(UnitFact::runs));
            stopped.map(crate::names::UnitName::as_str).collect()
        }
        _ => Vec::new(),
    };
    if down.is_empty() {
        return Shared::new("not-serving", Status::Unknown, Mends::Nobody, format!("no handshake: {why}"));
    }
    let text = format!("no handshake ({why}), and {} does not run", words::some(down));
    Shared::new("not-serving", Status::Stale, Mends::Nobody, text)
}
