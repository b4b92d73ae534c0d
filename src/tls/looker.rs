//! The client's side of a handshake that notes what it is shown.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio_rustls::TlsConnector;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::error::HandshakeError;
use crate::x509::signature::PublicKey;

/// Takes whatever chain a server presents, once the server has signed the handshake with its leaf's key.
#[derive(Debug)]
pub(super) struct Looker {
    algorithms: WebPkiSupportedAlgorithms,
    seen: Mutex<Seen>,
    asked: AtomicBool,
}

#[derive(Debug, Default)]
struct Seen {
    chain: Vec<Vec<u8>>,
    proven: bool,
}

impl Looker {
    /// For one handshake.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            algorithms: aws_lc_rs::default_provider().signature_verification_algorithms,
            seen: Mutex::default(),
            asked: AtomicBool::new(false),
        })
    }

    /// What makes the handshake: TLS 1.2 or 1.3, always a whole one.
    pub(super) fn connector(self: &Arc<Self>) -> Result<TlsConnector, HandshakeError> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| HandshakeError::Other { reason: error.to_string() })?
            .dangerous()
            .with_custom_certificate_verifier(self.clone())
            .with_client_cert_resolver(self.clone());
        // A resumed session shows no certificate.
        config.resumption = Resumption::disabled();
        Ok(TlsConnector::from(Arc::new(config)))
    }

    /// The chain, if the server has proved that it has the leaf's key.
    pub(super) fn proven(&self) -> Option<Vec<Vec<u8>>> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.proven && !seen.chain.is_empty()).then(|| seen.chain.clone())
    }

    /// Whether the server asked for a certificate of ours.
    pub(super) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Checks a signature of the handshake. Not with webpki's own function: it refuses leaves that it would not trust, such as
    /// those of version 1.
    fn check(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let (_, certificate) = X509Certificate::from_der(leaf).map_err(|_| CertificateError::BadEncoding)?;
        let key = PublicKey::of(certificate.public_key().raw).ok_or(CertificateError::BadEncoding)?;
        let fitting = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
        let fitting = fitting.map(|(_, algorithms)| *algorithms).unwrap_or_default();
        if !key.verifies(fitting, message, signed.signature()) {
            return Err(CertificateError::BadSignature.into());
        }
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).proven = true;
        Ok(HandshakeSignatureValid::assertion())
    }
}

impl ServerCertVerifier for Looker {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(leaf).chain(issuers).map(|certificate| certificate.to_vec()).collect();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen { chain, proven: false };
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ResolvesClientCert for Looker {
    fn resolve(&self, _issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        None
    }

    /// True, so that we are asked: nothing is ever sent.
    fn has_certs(&self) -> bool {
        true
    }
}
