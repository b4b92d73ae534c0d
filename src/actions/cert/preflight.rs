//! Whether a certificate is ordered now: not before every host that must receive it has answered and can take it,
//! unless waiting would be worse.

use std::collections::BTreeMap;

use super::Judged;
use super::declared::Next;
use super::due::Due;
use super::plan::{self, Target};
use super::validity::{Age, age};
use super::words;
use crate::engine::action::World;
use crate::engine::probe::Observation;
use crate::engine::status::Failure;
use crate::inventory::CertDeclaration;
use crate::names::HostName;

/// Why a due order waits; none, if it need not.
pub(super) fn waits(
    cert: &CertDeclaration,
    judged: &[Judged<'_>],
    dues: &BTreeMap<&HostName, Option<Due>>,
    world: &World<'_>,
) -> Option<Failure> {
    let due = dues.values().flatten().next()?;
    // With keys of their own, hosts do not wait for one another. Whoever asks for it knows why.
    if cert.per_host || *due == Due::Forced || critical(judged, world) {
        return None;
    }
    let mut why: Vec<String> = Vec::new();
    let mut who: Vec<&str> = Vec::new();
    for host in &cert.hosts {
        match world.observations.get(host) {
            // Left out by the operator.
            None => {}
            Some(Observation::Unreachable(failure) | Observation::Failed(failure)) => {
                why.push(format!("{host} does not answer ({})", failure.message.lines().next().unwrap_or_default()));
                who.push(host.as_str());
            }
            Some(Observation::Facts(_)) => {
                let one = judged.iter().find(|one| one.subject.host == host);
                if let Some(failure) = one.and_then(obstacle) {
                    why.push(format!("{host}: {}", failure.message));
                    who.push(host.as_str());
                }
            }
        }
    }
    if why.is_empty() {
        return None;
    }
    let message = format!(
        "a new certificate is due ({due}), and is not ordered yet: {}",
        words::some(why.iter().map(String::as_str))
    );
    let hint = format!("mend that, or leave these hosts out: -l '*!{}'", who.join("!"));
    Some(Failure::new("preflight", message, hint))
}

/// Why a host that answered can't take a new certificate.
fn obstacle(one: &Judged<'_>) -> Option<Failure> {
    let look = one.subject.look.as_ref()?;
    let target = Target::Next(Next::of(one.subject.cert, one.subject.host, one.subject.declared.stored));
    plan::plan(&one.subject, look, &target, &[], None).err()
}

/// Whether waiting would be worse: on some host less than a sixth of the lifetime is left, or there is nothing at all.
fn critical(judged: &[Judged<'_>], world: &World<'_>) -> bool {
    judged.iter().filter(|one| one.subject.look.is_some()).any(|one| {
        let revoked = one.findings.iter().any(|finding| finding.difference.subject == "revoked");
        revoked || one.leaf().is_none_or(|leaf| age(leaf, world.now) >= Age::Critical)
    })
}
