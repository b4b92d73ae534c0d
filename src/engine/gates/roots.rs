//! Authorities that a gate names instead of the platform's.

use crate::http::Roots;
use crate::x509::{Chain, Fingerprint};

/// Whom a gate trusts.
pub(super) fn of(pem: Option<&String>) -> Roots {
    pem.map_or(Roots::Platform, |pem| Roots::Pem(pem.clone()))
}

/// Whom it trusts, as a summary tells it; empty: the platform's.
pub(in crate::engine) fn told(pem: Option<&String>) -> String {
    let Some(pem) = pem else { return String::new() };
    match Chain::from_pem(pem.as_bytes()) {
        Ok(chain) => {
            let short = |fingerprint: &Fingerprint| fingerprint.as_str().chars().take(16).collect::<String>();
            let each = chain.certificates().map(|it| format!("{} ({})", it.subject, short(&it.fingerprint)));
            format!(", trusting {} alone", each.collect::<Vec<_>>().join(" and "))
        }
        Err(error) => format!(", trusting what is no certificate ({error})"),
    }
}
