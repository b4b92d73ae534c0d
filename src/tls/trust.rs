//! Whether a chain leads to an authority that is trusted (RFC 5280, section 6), apart from any connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};

/// Who is trusted.
#[derive(Debug)]
pub struct Trust(Arc<dyn ServerCertVerifier>);

/// Why a certificate is not trusted, in words that follow "which".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untrusted {
    /// Its issuer, or that of one above it.
    Issuer,
    /// It, or one above it, is not valid any more.
    Expired,
    /// It, or one above it, is not valid yet.
    NotYet,
    /// It is for other names.
    OtherName,
    /// Anything else, as rustls says it.
    Other(String),
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issuer => f.write_str("no trusted authority issued"),
            Self::Expired => f.write_str("has expired"),
            Self::NotYet => f.write_str("is not valid yet"),
            Self::OtherName => f.write_str("is for other names"),
            Self::Other(why) => write!(f, "is not trusted ({why})"),
        }
    }
}

impl Trust {
    /// The platform's authorities, or those of a PEM text and no others.
    ///
    /// # Errors
    /// In words, when there are none.
    pub fn new(roots: Option<&str>) -> Result<Self, String> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let Some(pem) = roots else {
            let verifier = rustls_platform_verifier::Verifier::new(provider)
                .map_err(|error| format!("can't read the platform's root certificates: {error}"))?;
            return Ok(Self(Arc::new(verifier)));
        };
        let mut store = RootCertStore::empty();
        for der in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let der = der.map_err(|error| format!("the root certificates are no PEM text: {error}"))?;
            store.add(der).map_err(|error| format!("a root certificate can't be used: {error}"))?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider)
            .build()
            .map_err(|error| format!("the root certificates can't be used: {error}"))?;
        Ok(Self(verifier))
    }

    /// Whether a chain, DER, leaf first, is trusted for a name at that time.
    ///
    /// # Errors
    /// Why not.
    pub fn judge(&self, chain: &[Vec<u8>], name: &str, at: Timestamp) -> Result<(), Untrusted> {
        let name = super::parse_name(name).map_err(|error| Untrusted::Other(error.to_string()))?;
        let certificates: Vec<CertificateDer<'_>> = chain.iter().map(|der| der.as_slice().into()).collect();
        let Some((leaf, issuers)) = certificates.split_first() else {
            return Err(Untrusted::Other("there is none".to_owned()));
        };
        let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0)));
        match self.0.verify_server_cert(leaf, issuers, &name, &[], at) {
            Ok(_) => Ok(()),
            Err(Error::InvalidCertificate(why)) => Err(match why {
                CertificateError::UnknownIssuer => Untrusted::Issuer,
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => Untrusted::Expired,
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Untrusted::NotYet,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Untrusted::OtherName
                }
                other => Untrusted::Other(other.to_string()),
            }),
            Err(other) => Err(Untrusted::Other(other.to_string())),
        }
    }
}
