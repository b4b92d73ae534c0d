//! Certificates that no CA would give out, made here.

use jiff::{ToSpan as _, Zoned, tz::TimeZone};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// A pair, in PEM.
pub(crate) struct Minted {
    pub(crate) leaf: String,
    pub(crate) issuer: String,
    pub(crate) key: String,
}

impl Minted {
    /// For these names, valid from and to so many days from today.
    pub(crate) fn new(names: &[&str], from: i64, to: i64) -> Self {
        let mut root = CertificateParams::new(Vec::new()).unwrap();
        root.distinguished_name.push(DnType::CommonName, "minted in a test");
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut leaf = CertificateParams::new(names).unwrap();
        let today = Zoned::now().with_time_zone(TimeZone::UTC).date();
        let moment = |offset: i64| {
            let day = today.checked_add(offset.days()).unwrap();
            rcgen::date_time_ymd(day.year().into(), day.month().try_into().unwrap(), day.day().try_into().unwrap())
        };
        leaf.not_before = moment(from);
        leaf.not_after = moment(to);
        let key = KeyPair::generate().unwrap();
        let signed = leaf.signed_by(&key, &issuer).unwrap();
        Self { leaf: signed.pem(), issuer: issuer.pem(), key: key.serialize_pem() }
    }

    /// The SHA-256 of the leaf, in lower-case hexadecimal.
    pub(crate) fn sha256(&self) -> String {
        fleet::x509::Chain::from_pem(self.leaf.as_bytes()).unwrap().leaf().fingerprint.to_string()
    }

    /// Leaf and issuer.
    pub(crate) fn fullchain(&self) -> String {
        format!("{}{}", self.leaf, self.issuer)
    }
}
