//! A CA that a run works with: its directory, our account, and requests that are signed anew when their nonce was refused.

use std::path::{Path, PathBuf};

use super::account::{self, ExternalAccount};
use super::error::AcmeError;
use super::wire::{NONCES, Wire};
use crate::http::{self, Roots};
use crate::inventory::AcmeDeclaration;
use crate::secrets::Secret;

/// A CA as it is declared.
#[derive(Clone, Debug)]
pub struct Ca {
    /// The directory URL.
    pub directory: String,
    /// Mail addresses that the CA may write to.
    pub contact: Vec<String>,
    /// Whom to trust for the connection to it.
    pub roots: Roots,
    /// The external account, if the CA wants one.
    pub external: Option<ExternalAccount>,
    /// The profile of certificates that don't name one.
    pub profile: Option<String>,
}

impl Ca {
    /// As the inventory declares it, with its secret resolved. A root on a rehearsal host must have been fetched to `ca_file`.
    pub fn of(declaration: &AcmeDeclaration, ca_file: Option<PathBuf>, eab: Option<Secret>) -> Self {
        Self {
            directory: declaration.directory.clone(),
            contact: declaration.contact.clone(),
            roots: ca_file.map_or(Roots::Platform, Roots::File),
            external: declaration
                .eab
                .as_ref()
                .zip(eab)
                .map(|(declared, key)| ExternalAccount { kid: declared.kid.clone(), key }),
            profile: declaration.profile.clone(),
        }
    }
}

/// A CA with our account.
pub(super) struct Session {
    pub(super) wire: Wire,
    pub(super) account: instant_acme::Account,
    pub(super) account_url: String,
}

impl Session {
    /// Looks up the directory, and gets or makes the account.
    pub(super) async fn open(state: &Path, ca: &Ca, log: Option<http::Log>) -> Result<Self, AcmeError> {
        let wire = Wire::open(http::Client::new(&ca.roots, log)?, &ca.directory).await?;
        let wanted = account::Wanted { wire: &wire, contact: &ca.contact, external: ca.external.as_ref() };
        let account::Account { signer, url } = account::open(state, &wanted).await?;
        let account = instant_acme::Account::builder_with_http(Box::new(wire.clone()))
            .from_parts(url.clone(), signer.pkcs8(), ca.directory.clone())
            .await
            .map_err(|error| AcmeError::of("the account", error))?;
        Ok(Self { wire, account, account_url: url })
    }
}

/// Makes a request again while the CA refuses its nonce: instant-acme gives up after three.
pub(super) async fn signed<T>(
    what: &'static str,
    mut request: impl AsyncFnMut() -> Result<T, instant_acme::Error>,
) -> Result<T, AcmeError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match request().await.map_err(|error| AcmeError::of(what, error)) {
            Err(error) if error.is_refusal("badNonce") && tries < NONCES => {}
            end => return end,
        }
    }
}
