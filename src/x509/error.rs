//! Why certificates, keys and requests can't be read or made. No variant holds what was read.

/// Why a certificate, key or request can't be read or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum X509Error {
    /// The PEM is damaged.
    #[error("the PEM text is damaged: {reason}")]
    BadPem {
        /// Why.
        reason: &'static str,
    },
    /// Larger than any of them.
    #[error("the PEM text is larger than {limit} bytes")]
    TooLarge {
        /// The most bytes.
        limit: usize,
    },
    /// More certificates than any chain has.
    #[error("there are more than {limit} certificates")]
    TooMany {
        /// The most.
        limit: usize,
    },
    /// There is none.
    #[error("there is no certificate in it")]
    NoCertificate,
    /// One can't be read.
    #[error("a certificate can't be read: {reason}")]
    BadCertificate {
        /// Why.
        reason: &'static str,
    },
    /// There is none.
    #[error("there is no private key in it")]
    NoKey,
    /// More than one.
    #[error("there is more than one private key in it")]
    SeveralKeys,
    /// It needs a passphrase.
    #[error("the private key is encrypted with a passphrase")]
    EncryptedKey,
    /// It can't be read.
    #[error("the private key can't be read")]
    BadKey,
    /// Of a kind that is not made or read here.
    #[error("keys of this kind are not supported")]
    UnsupportedKey,
    /// The system can't.
    #[error("a private key can't be made")]
    Generate,
    /// Names that can't stand in a certificate.
    #[error("a name can't stand in a certificate")]
    BadNames,
    /// There is none.
    #[error("there is no certificate signing request in it")]
    NoRequest,
    /// It can't be read, or is not signed by its key.
    #[error("the certificate signing request can't be used: {reason}")]
    BadRequest {
        /// Why.
        reason: &'static str,
    },
}

impl X509Error {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadPem { .. } => "pem-damaged",
            Self::TooLarge { .. } => "pem-too-large",
            Self::TooMany { .. } => "chain-too-long",
            Self::NoCertificate => "certificate-missing",
            Self::BadCertificate { .. } => "certificate-unreadable",
            Self::NoKey => "key-missing",
            Self::SeveralKeys => "key-ambiguous",
            Self::EncryptedKey => "key-encrypted",
            Self::BadKey => "key-unreadable",
            Self::UnsupportedKey => "key-unsupported",
            Self::Generate => "key-not-made",
            Self::BadNames => "csr-bad-names",
            Self::NoRequest => "csr-missing",
            Self::BadRequest { .. } => "csr-unreadable",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::BadPem { .. } | Self::BadCertificate { .. } | Self::BadRequest { .. } => {
                "copy the file again; `openssl asn1parse -in FILE` shows where it breaks off"
            }
            Self::TooLarge { .. } | Self::TooMany { .. } => "check that it is the right file: no chain is that large",
            Self::NoCertificate => "a PEM file with a certificate has a line `-----BEGIN CERTIFICATE-----`",
            Self::NoKey => "a PEM file with a key has a line `-----BEGIN PRIVATE KEY-----`",
            Self::SeveralKeys => "leave the one that belongs to the certificate",
            Self::EncryptedKey => {
                "remove the passphrase with `openssl pkey -in FILE -out NEW`: no server can ask for it"
            }
            Self::BadKey => "check it with `openssl pkey -in FILE -noout -check`",
            Self::UnsupportedKey => "use ecdsa-p256, ecdsa-p384, rsa-2048 or rsa-4096",
            Self::Generate => "check that getrandom(2) works on this system",
            Self::BadNames => "write international names as A-labels (xn--…)",
            Self::NoRequest => "a PEM file with a request has a line `-----BEGIN CERTIFICATE REQUEST-----`",
        }
    }
}
