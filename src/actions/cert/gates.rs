//! What must be seen from outside once a host has taken up a certificate.

use super::judge_live::presented;
use super::plan::Target;
use super::subject::{Subject, place};
use crate::engine::outside::Handshake;
use crate::engine::transaction::{Confirm, Gate};
use crate::inventory::Serve;

/// How long a service may take to present the new certificate on new connections, in seconds.
const LIMIT_SECONDS: u32 = 10;

/// The question that a declared name and port is.
pub(super) fn question(serve: &Serve) -> Handshake {
    Handshake { port: serve.port, server_name: serve.name.clone(), starttls: serve.starttls }
}

/// A gate for each name that every address of the host answered for; none, where nothing can be seen from here.
pub(super) fn confirm(subject: &Subject<'_>, target: &Target<'_>) -> Option<Confirm> {
    let gates: Vec<Gate> = subject
        .on
        .serve
        .iter()
        .filter(|serve| is_visible(subject, serve))
        .map(|serve| Gate::Handshake {
            handshake: question(serve),
            leaf: target.leaf(),
            before: subject
                .answers(serve)
                .first()
                .and_then(|fact| Some(presented(fact).ok()?.leaf().fingerprint.clone())),
        })
        .collect();
    (!gates.is_empty()).then_some(Confirm { timeout_seconds: LIMIT_SECONDS, gates })
}

fn is_visible(subject: &Subject<'_>, serve: &Serve) -> bool {
    let answers = subject.answers(serve);
    !answers.is_empty() && answers.iter().all(|fact| presented(fact).is_ok())
}

/// Names whose new certificate can't be seen from here.
pub(super) fn blind(subject: &Subject<'_>) -> Vec<String> {
    subject.on.serve.iter().filter(|serve| !is_visible(subject, serve)).map(place).collect()
}
