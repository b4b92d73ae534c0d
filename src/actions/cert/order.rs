//! What is ordered from a CA, and what is written in DNS for it, in the words of a plan.

use super::delegation::Delegations;
use super::due::Due;
use crate::engine::transaction::{DiffLine, ItemSummary};
use crate::inventory::CertDeclaration;

/// Its place is the CA's directory: nothing of it happens on a host.
pub(super) fn summary(cert: &CertDeclaration, directory: &str, due: &Due, delegations: &Delegations) -> ItemSummary {
    let line =
        |subject: &str, after: String| DiffLine { subject: subject.to_owned(), before: None, after: Some(after) };
    let key = if cert.per_host { format!("{}, made by each host for itself", cert.key) } else { cert.key.to_string() };
    let kept = if cert.pin_key { ", kept" } else { "" };
    let mut diff = vec![
        line("due", due.to_string()),
        line("names", format!("{}: {}", cert.domains.len(), cert.domains.join(", "))),
        line("key", format!("{key}{kept}")),
    ];
    diff.extend(cert.profile.clone().map(|profile| line("profile", profile)));
    diff.extend(cert.identifiers().into_iter().map(|name| line("txt", challenge(cert, name, delegations))));
    let (kind, id) = (super::KIND.to_owned(), cert.name.clone());
    ItemSummary { kind, id, place: directory.to_owned(), diff, operations: Vec::new() }
}

/// The one name that is written for a domain, and how it leads there: as it was looked up, else as it is declared.
fn challenge(cert: &CertDeclaration, name: &str, delegations: &Delegations) -> String {
    let asked = format!("_acme-challenge.{name}");
    match (delegations.get(name), cert.delegate.get(name)) {
        (Some(found), _) => {
            let names: Vec<&str> = found.chain.iter().map(|name| name.trim_end_matches('.')).collect();
            names.join(" → ")
        }
        (None, Some(declared)) => format!("{asked} → {declared}"),
        (None, None) => asked,
    }
}
