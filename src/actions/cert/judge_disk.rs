//! What differs between what is declared and what a host has in its files.

use std::collections::BTreeSet;

use super::disk::Read;
use super::finding::{Finding, Mends};
use super::layout::{self, File};
use super::subject::{Look, Subject};
use super::validity::{self, Seen};
use super::words;
use crate::engine::fact::Fact;
use crate::engine::probe::{LinkFact, PathFact, PathKind};
use crate::store::Stored;
use crate::x509::Chain;

/// A host's clock may differ from ours by so much, in seconds: a look takes some of them.
const CLOCK: f64 = 90.0;

/// All findings of the files on a host.
pub(super) fn judge(subject: &Subject<'_>, look: &Look<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(clock(subject, look));
    findings.extend(not_a_link(subject, look));
    match &look.disk.chain {
        Fact::Unknown(why) => {
            findings.push(Finding::unknown("certificate", format!("{}: {why}", subject.cert.directory)));
            return findings;
        }
        Fact::Absent => findings.push(absent(subject)),
        Fact::Known(Read::Bad(why)) => findings.push(
            Finding::drift("not-a-certificate", Mends::Files, format!("fullchain.pem can't be read: {why}"))
                .on_disk("unreadable"),
        ),
        Fact::Known(Read::WithKey) => findings.push(
            Finding::drift(
                "key-readable-by-others",
                Mends::Files,
                "a private key stands in fullchain.pem, which everybody may read".to_owned(),
            )
            .on_disk("holds a private key"),
        ),
        Fact::Known(Read::Chain(chain)) => findings.extend(found(subject, look, chain)),
    }
    if !matches!(look.disk.chain, Fact::Absent) {
        for (file, fact) in &look.disk.files {
            findings.extend(attributes(subject, *file, fact));
        }
    }
    findings.extend(live_links(subject, look));
    findings
}

fn clock(subject: &Subject<'_>, look: &Look<'_>) -> Option<Finding> {
    // A facts file has no clock of ours to compare with: it says when it was made.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit into the 53 bits of a double")]
    let ours = subject.now.as_millisecond() as f64 / 1000.0;
    let skew = look.facts.clock - ours;
    if look.facts.clock == 0.0 || skew.abs() < CLOCK {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
    let length = words::span(jiff::SignedDuration::from_secs(skew as i64));
    let way = if skew > 0.0 { "ahead" } else { "behind" };
    Some(Finding::drift(
        "clock-skew",
        Mends::Nobody,
        format!("its clock is {length} {way} of ours; what is valid here may not be valid there"),
    ))
}

fn not_a_link(subject: &Subject<'_>, look: &Look<'_>) -> Option<Finding> {
    matches!(look.disk.current, Fact::Known(LinkFact::Other)).then(|| {
        let current = layout::current(subject.cert);
        Finding::drift("not-a-link", Mends::Nobody, format!("{current} is there, and is no link"))
    })
}

fn absent(subject: &Subject<'_>) -> Finding {
    match subject.declared.usable {
        Some(usable) => Finding::drift("not-distributed", Mends::Files, "the host does not have it yet".to_owned())
            .declared(words::brief(usable.chain.leaf())),
        None => Finding::drift(
            "not-issued",
            Mends::Renewal,
            "there is no certificate yet, neither in the store nor on the host".to_owned(),
        ),
    }
}

/// What is wrong with a chain that can be read.
fn found(subject: &Subject<'_>, look: &Look<'_>, chain: &Chain) -> Vec<Finding> {
    let leaf = chain.leaf();
    let usable = subject.declared.usable;
    let same = usable.is_some_and(|usable| usable.chain.leaf().fingerprint == leaf.fingerprint);
    let known = subject.declared.find(&leaf.fingerprint);
    let mends = if usable.is_some() && !same { Mends::Files } else { Mends::Renewal };
    let mut findings = Vec::new();
    if !same {
        findings.extend(another(subject, known, chain, mends));
    }
    let lacking = validity::lacking(subject.cert, leaf);
    if !lacking.is_empty() {
        let names = words::some(lacking.iter().map(String::as_str));
        findings.push(
            Finding::drift("wrong-name", mends, format!("it is not valid for {names}"))
                .declared(words::some(subject.cert.domains.iter().map(String::as_str)))
                .on_disk(words::some(leaf.names.iter().map(String::as_str))),
        );
    }
    let served = super::judge_live::serves(subject, &leaf.fingerprint);
    let seen = if served { Seen::Both } else { Seen::OnDisk };
    findings.extend(validity::dates(leaf, seen, subject.now).map(|mut finding| {
        finding.mends = mends;
        finding
    }));
    let same_chain = usable.is_some_and(|usable| usable.chain == *chain);
    let chain_mends = if usable.is_some() && !same_chain { Mends::Files } else { Mends::Nobody };
    let problems = validity::chain(chain);
    if same && !same_chain && problems.is_empty() {
        let message = "fullchain.pem leads to the root in another way than the one in the store".to_owned();
        findings.push(Finding::drift("other-chain", Mends::Files, message));
    }
    for (code, message) in problems {
        findings.push(Finding::drift(code, chain_mends, message).on_disk(words::brief(leaf)));
    }
    if let Some(stored) = known {
        for (file, fact) in &look.disk.files {
            findings.extend(contents(subject, *file, fact, stored, same));
        }
    }
    findings
}

/// The host has another leaf than the declared one.
fn another(subject: &Subject<'_>, known: Option<&Stored>, chain: &Chain, mends: Mends) -> Option<Finding> {
    let leaf = chain.leaf();
    let on_disk = words::brief(leaf);
    let usable = subject.declared.usable.map(|usable| words::brief(usable.chain.leaf()));
    let told = |finding: Finding| match usable.clone() {
        Some(usable) => finding.declared(usable).on_disk(on_disk.clone()),
        None => finding.on_disk(on_disk.clone()),
    };
    if let Some(revoked) = known.and_then(|stored| stored.meta.revoked.as_ref()) {
        let when = words::moment(revoked.time);
        return Some(told(Finding::drift("revoked", mends, format!("it was revoked on {when} ({})", revoked.reason))));
    }
    match (known, subject.declared.usable) {
        (Some(_), Some(_)) => {
            let message = "the store has a newer one, which this host does not have yet".to_owned();
            Some(told(Finding::drift("not-distributed", mends, message)))
        }
        // Nothing better is at hand: what is wrong with it is told by itself.
        (Some(_), None) => None,
        // A fresh laptop: it may well be the right one.
        (None, None) if subject.declared.stored.is_empty() => None,
        (None, _) => {
            let message = format!("it is not from this store; its issuer is {}", leaf.issuer);
            Some(told(Finding::drift("foreign-certificate", mends, message)))
        }
    }
}

/// What a file holds beside the chain; `same`: the leaf is the declared one.
fn contents(subject: &Subject<'_>, file: File, fact: &Fact<&PathFact>, stored: &Stored, same: bool) -> Option<Finding> {
    let name = file.name();
    if file == File::Fullchain {
        return None;
    }
    match fact {
        Fact::Unknown(why) => Some(Finding::unknown("certificate", format!("{name}: {why}"))),
        Fact::Absent if file.is_secret() => {
            Some(Finding::drift("key-missing", Mends::Files, format!("{name} is not there")))
        }
        Fact::Absent => same.then(|| Finding::drift("not-distributed", Mends::Files, format!("{name} is not there"))),
        Fact::Known(fact) => {
            let found = match &fact.kind {
                PathKind::Digest(digest) => digest.clone(),
                PathKind::File(bytes) => subject.digest(&bytes.0),
                PathKind::Directory | PathKind::Other(_) => String::new(),
            };
            let expected = subject.expected(file, stored)?;
            if found == expected {
                return None;
            }
            Some(match file {
                File::Privkey => Finding::drift(
                    "key-mismatch",
                    Mends::Files,
                    format!("{name} is not the key of the certificate beside it: a reload would fail"),
                ),
                File::Combined => Finding::drift(
                    "key-mismatch",
                    Mends::Files,
                    format!("{name} is not the declared chain and its key"),
                ),
                _ => Finding::drift("other-chain", Mends::Files, format!("{name} is not what fullchain.pem has")),
            })
        }
    }
}

/// Owner and permission bits.
fn attributes(subject: &Subject<'_>, file: File, fact: &Fact<&PathFact>) -> Vec<Finding> {
    let Fact::Known(fact) = fact else { return Vec::new() };
    let name = file.name();
    let mode = layout::mode(subject.cert, file);
    let owner = layout::owner(subject.cert);
    let mut findings = Vec::new();
    if fact.mode != mode {
        let open = u32::from_str_radix(&fact.mode, 8).unwrap_or(0) & 0o077 & !subject.cert.mode;
        let (code, message) = if file.is_secret() && open != 0 {
            let who = if open.is_multiple_of(8) {
                format!("the group {}", group(&fact.owner))
            } else {
                "everybody".to_owned()
            };
            ("key-readable-by-others", format!("{who} on the host may use the private key in {name}"))
        } else {
            ("mode", format!("the permissions of {name} are not as declared"))
        };
        findings.push(Finding::drift(code, Mends::Files, message).declared(mode).on_disk(fact.mode.clone()));
    }
    if fact.owner != owner {
        let message = format!("{name} belongs to somebody else");
        findings.push(Finding::drift("owner", Mends::Files, message).declared(owner).on_disk(fact.owner.clone()));
    }
    findings
}

fn group(owner: &str) -> &str {
    owner.split_once(':').map_or(owner, |(_, group)| group)
}

/// The links that certbot's place has; those with the same fault are told once.
fn live_links(subject: &Subject<'_>, look: &Look<'_>) -> Vec<Finding> {
    let Some(live) = &subject.cert.live else { return Vec::new() };
    let current = layout::current(subject.cert);
    let mut findings = Vec::new();
    let (mut elsewhere, mut missing, mut leads) = (Vec::new(), Vec::new(), Vec::new());
    for file in layout::LIVE {
        let path = layout::below(live, file.name());
        let target = layout::below(&current, file.name());
        match look.facts.link(&path) {
            Fact::Known(LinkFact::Link(text)) if text.as_str() == target.as_str() => {}
            Fact::Known(LinkFact::Link(text)) => {
                leads.push(text.as_str());
                elsewhere.push(file.name());
            }
            Fact::Known(LinkFact::Other) => {
                let message = format!("{path} is there, and is no link");
                findings.push(Finding::drift("live-links", Mends::Nobody, message));
            }
            Fact::Absent => missing.push(file.name()),
            Fact::Unknown(why) => findings.push(Finding::unknown("live-links", format!("{path}: {why}"))),
        }
    }
    if !leads.is_empty() {
        let verb = if elsewhere.len() == 1 { "leads" } else { "lead" };
        let message = format!("{live}: {} {verb} elsewhere", words::some(elsewhere));
        let finding = Finding::drift("live-links", Mends::Files, message);
        findings.push(finding.declared(current.as_str()).on_disk(common(&leads)));
    }
    if !missing.is_empty() {
        let verb = if missing.len() == 1 { "is" } else { "are" };
        let message = format!("{live}: {} {verb} not there", words::some(missing));
        findings.push(Finding::drift("live-links", Mends::Files, message).declared(current.as_str()));
    }
    findings
}

/// Where several links lead: the directory that they share, else each.
fn common(leads: &[&str]) -> String {
    let directories: BTreeSet<Option<&str>> =
        leads.iter().map(|lead| lead.rsplit_once('/').map(|(directory, _)| directory)).collect();
    match directories.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(directory)] if leads.len() > 1 => (*directory).to_owned(),
        _ => words::some(leads.iter().copied()),
    }
}
