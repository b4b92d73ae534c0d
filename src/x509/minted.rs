//! Certificates made for tests: with any names, dates and issuers.

use jiff::{SignedDuration, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SerialNumber};
use rustls::pki_types::PrivateKeyDer;

use super::{Chain, KeyType, PrivateKey};
use crate::secrets::Secret;

/// A certificate authority of the tests.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate.
    pub(crate) der: Vec<u8>,
}

/// A chain and its key.
pub(crate) struct Minted {
    /// Leaf first.
    pub(crate) chain: Chain,
    /// Of the leaf.
    pub(crate) key: PrivateKey,
}

fn pair(key: &PrivateKey) -> KeyPair {
    KeyPair::from_pem(key.to_pem().expose_str().unwrap()).unwrap()
}

fn params(name: &str, names: &[&str], from: Timestamp, until: Timestamp) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let date = |time: Timestamp| {
        let date = time.to_zoned(jiff::tz::TimeZone::UTC);
        rcgen::date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = date(from);
    params.not_after = date(until);
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority_params(name: &str) -> CertificateParams {
    let now = Timestamp::from_second(1_790_000_000).unwrap();
    let mut params = params(name, &[], now, now + SignedDuration::from_hours(24 * 365));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

impl Authority {
    /// One that signs itself.
    pub(crate) fn root(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = authority_params(name);
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { issuer: Issuer::new(params, key), der }
    }

    /// One below this.
    pub(crate) fn intermediate(&self, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = authority_params(name);
        let der = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        Self { issuer: Issuer::new(params, key), der }
    }

    /// A leaf, as DER, from midnight of one day to midnight of another, for a key.
    pub(crate) fn leaf(
        &self,
        names: &[&str],
        key: &PrivateKey,
        serial: u64,
        from: Timestamp,
        until: Timestamp,
    ) -> Vec<u8> {
        let mut params = params(names.first().copied().unwrap_or("nobody"), names, from, until);
        params.serial_number = Some(SerialNumber::from(serial));
        params.signed_by(&pair(key), &self.issuer).unwrap().der().to_vec()
    }

    /// A leaf with this one's certificate behind it, and a new key.
    pub(crate) fn mint(&self, names: &[&str], serial: u64) -> Minted {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        self.mint_at(names, serial, now, now + SignedDuration::from_hours(24 * 90))
    }

    /// As [`Authority::mint`], with these dates.
    pub(crate) fn mint_at(&self, names: &[&str], serial: u64, from: Timestamp, until: Timestamp) -> Minted {
        let key = PrivateKey::generate(KeyType::EcdsaP256).unwrap();
        let leaf = self.leaf(names, &key, serial, from, until);
        Minted { chain: Chain::from_der(&[leaf, self.der.clone()]).unwrap(), key }
    }
}

/// For a server of the tests.
pub(crate) fn rustls_key(key: &PrivateKey) -> PrivateKeyDer<'static> {
    rustls_key_of(&key.to_pem())
}

fn rustls_key_of(pem: &Secret) -> PrivateKeyDer<'static> {
    super::pem::read(pem.expose()).unwrap().keys.remove(0)
}
