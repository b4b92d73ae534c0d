//! Revocation (RFC 8555, section 7.6).

use std::path::Path;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use jiff::Timestamp;
use serde_json::json;

use super::account;
use super::error::AcmeError;
use super::jws::Signer;
use super::session::Ca;
use super::wire::Wire;
use crate::http;
use crate::secrets::Secret;
use crate::store::Revoked;
use crate::x509::Certificate;

/// Why a certificate is revoked (RFC 5280, section 5.3.1): what public CAs take from those who hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No reason.
    Unspecified,
    /// Somebody else has the key.
    KeyCompromise,
    /// Another certificate is used instead.
    Superseded,
    /// The names are not used any more.
    CessationOfOperation,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unspecified, Self::KeyCompromise, Self::Superseded, Self::CessationOfOperation];

    /// The word of RFC 5280.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
        }
    }

    /// From its word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    fn number(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
        }
    }
}

/// Who says that a certificate is to be revoked.
#[derive(Clone, Debug)]
pub enum By<'a> {
    /// The account that ordered it.
    Account,
    /// Whoever has its private key (PEM).
    Key(&'a Secret),
}

/// Revokes a certificate. One that is revoked already is no error.
pub async fn revoke(
    state: &Path,
    ca: &Ca,
    certificate: &Certificate,
    reason: Reason,
    by: By<'_>,
    log: Option<http::Log>,
) -> Result<Revoked, AcmeError> {
    let wire = Wire::open(http::Client::new(&ca.roots, log)?, &ca.directory).await?;
    let offered = wire.directory().revoke_cert.as_deref();
    let url = offered.ok_or(AcmeError::NotOffered { what: "revocation".to_owned(), offered: None })?;
    let (signer, account) = match by {
        By::Account => {
            let wanted = account::Wanted { wire: &wire, contact: &ca.contact, external: ca.external.as_ref() };
            let account = account::open(state, &wanted).await?;
            (account.signer, Some(account.url))
        }
        By::Key(pem) => {
            let fail = |reason| AcmeError::Key { what: "the certificate's key".to_owned(), reason };
            (Signer::from_pem(pem).map_err(fail)?, None)
        }
    };
    let certificate = BASE64_URL_SAFE_NO_PAD.encode(&certificate.der);
    let payload = json!({ "certificate": certificate, "reason": reason.number() }).to_string();
    match wire.post("the revocation", &signer, account.as_deref(), url, &payload).await {
        Err(error) if !error.is_refusal("alreadyRevoked") => Err(error),
        _ => Ok(Revoked { time: Timestamp::now(), reason: reason.as_str().to_owned() }),
    }
}

/// Gives the account at a CA a new key.
pub async fn roll_over(state: &Path, ca: &Ca, log: Option<http::Log>) -> Result<(), AcmeError> {
    let wire = Wire::open(http::Client::new(&ca.roots, log)?, &ca.directory).await?;
    let wanted = account::Wanted { wire: &wire, contact: &ca.contact, external: ca.external.as_ref() };
    account::roll_over(state, &wanted).await
}
