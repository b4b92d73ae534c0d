//! The names of what a plan wants of a certificate, and the values of an issued one.
//!
//! `cert/NAME/next/PART` is of one that is to be issued, `cert/NAME@HOST/next/PART` with per-host keys, `cert/NAME/SERIAL/privkey` of one
//! in the store.

use crate::engine::deferred::Provided;
use crate::names::HostName;
use crate::secrets::Secret;
use crate::store::Stored;

/// A certificate that values are wanted of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    /// Its name in the inventory.
    pub(super) name: String,
    /// The host, with per-host keys.
    pub(super) host: Option<HostName>,
    /// `next`, or a serial number.
    pub(super) version: String,
}

impl Subject {
    /// Whether it is to be issued.
    pub(super) fn is_next(&self) -> bool {
        self.version == "next"
    }
}

/// Of which certificate a value is wanted, and which part; `None`: it is no such name.
pub(super) fn parse(name: &str) -> Option<(Subject, &str)> {
    let mut parts = name.strip_prefix("cert/")?.splitn(3, '/');
    let (certificate, version, part) = (parts.next()?, parts.next()?, parts.next()?);
    let (name, host) = match certificate.split_once('@') {
        Some((name, host)) => (name, Some(HostName::new(host))),
        None => (certificate, None),
    };
    let known = matches!(part, "serial" | "not-after" | "fullchain" | "leaf" | "issuers" | "privkey" | "sha256");
    let whole = !name.is_empty() && !version.is_empty() && known;
    whole.then(|| (Subject { name: name.to_owned(), host, version: version.to_owned() }, part))
}

/// One value of a certificate; `None`: it has no such part here, as a key that never left its host.
pub(super) fn value(stored: &Stored, part: &str) -> Option<Provided> {
    let open = |text: String| Some(Provided { bytes: Secret::new(text.into_bytes()), secret: false });
    match part {
        "serial" => open(stored.serial.to_string()),
        "not-after" => open(stored.chain.leaf().not_after.strftime("%Y-%m-%d").to_string()),
        "fullchain" => open(stored.chain.to_pem()),
        "leaf" => open(stored.chain.leaf_pem()),
        "issuers" => open(stored.chain.issuers_pem()),
        "sha256" => open(stored.chain.leaf().fingerprint.to_string()),
        "privkey" => stored.key.clone().map(|bytes| Provided { bytes, secret: true }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_wanted() {
        let subject = |host: Option<&str>, version: &str| Subject {
            name: "media".to_owned(),
            host: host.map(HostName::new),
            version: version.to_owned(),
        };
        assert_eq!(parse("cert/media/next/leaf"), Some((subject(None, "next"), "leaf")));
        assert_eq!(parse("cert/media@fritz/next/serial"), Some((subject(Some("fritz"), "next"), "serial")));
        assert_eq!(parse("cert/media/0a1b/privkey"), Some((subject(None, "0a1b"), "privkey")));
        for bad in ["", "cert/", "cert/media/next", "cert/media/next/other", "env/media/next/leaf", "cert//next/leaf"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
