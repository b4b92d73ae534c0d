//! Where the challenges of a certificate lead in DNS, as it was looked up, and whether fleet can write there.

use std::collections::BTreeMap;

use crate::engine::status::Warning;
use crate::inventory::{AcmeDnsAccounts, CertDeclaration, DnsDeclaration, DnsProvider};

/// What was looked up, by name without `*.`.
pub type Delegations = BTreeMap<String, Delegation>;

/// Where `_acme-challenge` of one name leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The names on the way, `_acme-challenge.…` first.
    pub chain: Vec<String>,
    /// The zone of the last one, or why it is unknown: a loop, too many steps, no answer.
    pub zone: Result<String, String>,
}

impl Delegation {
    /// Where the value goes.
    fn target(&self) -> Option<&str> {
        self.chain.last().map(|name| name.trim_end_matches('.'))
    }
}

/// What is worth a look about the challenges of a certificate.
pub(super) fn warnings(
    cert: &CertDeclaration,
    dns: &BTreeMap<String, DnsDeclaration>,
    delegations: &Delegations,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for name in cert.identifiers() {
        let (Some(delegation), Some(service)) = (delegations.get(name), cert.dns.get(name)) else { continue };
        let mut warn = |code: &str, message: String| {
            warnings.push(Warning { code: code.to_owned(), subject: name.to_owned(), message });
        };
        let chain = delegation.chain.join(" → ");
        let Some(target) = delegation.target() else { continue };
        if let Some(declared) = cert.delegate.get(name).filter(|declared| *declared != target) {
            warn(
                "delegation-not-as-declared",
                format!(
                    "its challenge leads to {target}, and `delegate` declares {declared}: nothing would be written"
                ),
            );
        }
        match &delegation.zone {
            Err(why) => warn("delegation-unknown", format!("where its challenge leads is unknown ({why}): {chain}")),
            Ok(zone) => {
                if let Some(dns) = dns.get(service)
                    && let Some(writable) = elsewhere(dns, target)
                {
                    warn(
                        "challenge-not-writable",
                        format!(
                            "its challenge leads to {target} in the zone {zone}, and dns.{service} writes {writable}: an order would fail"
                        ),
                    );
                }
            }
        }
    }
    warnings
}

/// What a service writes, if that is not where a value must go.
fn elsewhere(dns: &DnsDeclaration, target: &str) -> Option<String> {
    if let DnsProvider::AcmeDns { accounts: AcmeDnsAccounts::One { fulldomain: Some(own), .. }, .. } = &dns.provider {
        return (own != target).then(|| own.clone());
    }
    let zone = dns.zone.as_deref()?;
    let inside = target == zone || target.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'));
    (!inside).then(|| format!("the zone {zone}"))
}
