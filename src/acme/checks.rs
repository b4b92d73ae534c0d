//! What a CA sends is held against what was ordered, before anything is stored.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::error::AcmeError;
use crate::x509::{Chain, Fingerprint};

/// How far the CA's clock may be ahead of ours.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// The chain, if it is what was ordered: for our key, for these names (sorted) and no others, valid now.
pub(super) fn certificate(pem: &str, key: &Fingerprint, names: &[String], now: Timestamp) -> Result<Chain, AcmeError> {
    let wrong = |reason: String| Err(AcmeError::WrongCertificate(reason));
    let chain = match Chain::from_pem(pem.as_bytes()) {
        Ok(chain) => chain,
        Err(error) => return wrong(error.to_string()),
    };
    // Whatever the order in which it was sent: servers send it on as it is.
    let Some(chain) = chain.led_by(key) else {
        return wrong("it is for another key".to_owned());
    };
    let leaf = chain.leaf();
    let mut there = leaf.names.clone();
    there.sort();
    there.dedup();
    if there != names {
        return wrong(format!("it is for {}, and ordered was {}", there.join(", "), names.join(", ")));
    }
    if leaf.not_before > now + SKEW {
        return Err(AcmeError::NotYetValid { not_before: leaf.not_before, now });
    }
    if leaf.not_after <= now {
        return wrong(format!("it is not valid after {}; the clock here says {now}", leaf.not_after));
    }
    Ok(chain)
}

/// Whether the CA offers a profile.
pub(super) fn profile(offered: &BTreeMap<String, String>, wanted: Option<&str>) -> Result<(), AcmeError> {
    match wanted {
        Some(wanted) if !offered.contains_key(wanted) => {
            let names: Vec<&str> = offered.keys().map(String::as_str).collect();
            let offered = if names.is_empty() { "no profiles".to_owned() } else { names.join(", ") };
            Err(AcmeError::NotOffered { what: format!("the profile {wanted}"), offered: Some(offered) })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minted(names: &[&str]) -> (String, Fingerprint) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 4, 1);
        let pair = rcgen::KeyPair::generate().unwrap();
        let pem = params.self_signed(&pair).unwrap().pem();
        let key = Chain::from_pem(pem.as_bytes()).unwrap().leaf().key.clone();
        (pem, key)
    }

    #[test]
    fn only_what_was_ordered_is_taken() {
        let (pem, key) = minted(&["a.example", "*.a.example"]);
        let names = ["*.a.example".to_owned(), "a.example".to_owned()];
        let now: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
        let check = |pem: &str, key: &Fingerprint, names: &[String], now: &str| {
            certificate(pem, key, names, now.parse().unwrap()).map(drop).map_err(|error| error.to_string())
        };
        certificate(&pem, &key, &names, now).unwrap();
        let other = check(&pem, &minted(&["a.example"]).1, &names, "2026-02-01T00:00:00Z").unwrap_err();
        assert!(other.ends_with("it is for another key"), "{other}");
        let fewer = check(&pem, &key, &names[1..], "2026-02-01T00:00:00Z").unwrap_err();
        assert!(fewer.ends_with("it is for *.a.example, a.example, and ordered was a.example"), "{fewer}");
        assert!(check(&pem, &key, &names, "2025-12-31T23:50:00Z").unwrap_err().contains("not valid before"));
        check(&pem, &key, &names, "2025-12-31T23:59:30Z").unwrap();
        assert!(check(&pem, &key, &names, "2026-04-01T00:00:00Z").unwrap_err().contains("not valid after"));
        assert!(check("<html>", &key, &names, "2026-02-01T00:00:00Z").is_err());
    }

    #[test]
    fn a_profile_that_is_not_offered_names_those_that_are() {
        let offered = BTreeMap::from([("classic".to_owned(), String::new()), ("shortlived".to_owned(), String::new())]);
        profile(&offered, None).unwrap();
        profile(&offered, Some("shortlived")).unwrap();
        let error = profile(&offered, Some("short")).unwrap_err();
        assert_eq!(error.to_string(), "the CA does not offer the profile short; it offers classic, shortlived");
    }
}
