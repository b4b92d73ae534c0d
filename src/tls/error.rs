//! Why a server shows no certificate, in words that follow its name: "192.0.2.7:443 refused the connection".

use std::io::{Error, ErrorKind};

use rustls::{AlertDescription, CertificateError, PeerIncompatible};

/// Why a server shows no certificate.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HandshakeError {
    /// What was to be asked for can't be a server's name.
    #[error("can't be asked for {name:?}, which is no host name")]
    BadName {
        /// The name.
        name: String,
    },
    /// Nothing listens there.
    #[error("refused the connection")]
    Refused,
    /// The network does not lead there, or something else of the system.
    #[error("can't be reached: {reason}")]
    Unreachable {
        /// What the system says.
        reason: String,
    },
    /// Too slow, or silent.
    #[error("gave no answer within {seconds} s")]
    Timeout {
        /// The limit.
        seconds: f64,
    },
    /// Something else is spoken there.
    #[error("speaks no TLS on this port")]
    NoTls,
    /// The connection ended early.
    #[error("closed during the handshake")]
    Closed,
    /// Only versions of TLS before 1.2 (RFC 8996 forbids them).
    #[error("speaks only old TLS, before version 1.2")]
    OldTls,
    /// Nothing in common.
    #[error("agrees on no way to encrypt (handshake_failure)")]
    NothingInCommon,
    /// It has no certificate for the name, and says so.
    #[error("does not know the name (unrecognized_name)")]
    UnknownName,
    /// It ended the handshake with another alert.
    #[error("ended the handshake ({alert})")]
    Alert {
        /// Its name in RFC 8446, section 6, as far as it has one.
        alert: String,
    },
    /// The signature of the handshake is not of the leaf's key.
    #[error("did not prove that it has the key of its certificate")]
    Unproven,
    /// Its certificate is damaged.
    #[error("presents a certificate that can't be read")]
    BadCertificate,
    /// It presents none.
    #[error("presents no certificate")]
    NoCertificate,
    /// It does not offer STARTTLS.
    #[error("offers no STARTTLS")]
    NoStartTls,
    /// It answers otherwise than its protocol wants.
    #[error("does not speak {protocol} as expected: {reason}")]
    Protocol {
        /// The protocol.
        protocol: &'static str,
        /// What was odd.
        reason: String,
    },
    /// Anything else.
    #[error("made no handshake: {reason}")]
    Other {
        /// What rustls says.
        reason: String,
    },
}

impl HandshakeError {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadName { .. } => "tls-bad-name",
            Self::Refused => "tls-refused",
            Self::Unreachable { .. } => "tls-unreachable",
            Self::Timeout { .. } => "tls-timeout",
            Self::NoTls => "tls-none-on-port",
            Self::Closed => "tls-closed",
            Self::OldTls => "tls-old-version",
            Self::NothingInCommon => "tls-nothing-in-common",
            Self::UnknownName => "tls-unknown-name",
            Self::Alert { .. } => "tls-alert",
            Self::Unproven => "tls-key-not-proven",
            Self::BadCertificate => "tls-bad-certificate",
            Self::NoCertificate => "tls-no-certificate",
            Self::NoStartTls => "tls-no-starttls",
            Self::Protocol { .. } => "tls-starttls-protocol",
            Self::Other { .. } => "tls-other",
        }
    }

    /// Of opening a connection.
    pub(super) fn connect(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            _ => Self::Unreachable { reason: crate::text::system_words(error) },
        }
    }

    /// Of an open connection, before or in the handshake.
    pub(super) fn handshake(error: &Error) -> Self {
        if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::of(error);
        }
        match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Other { reason: crate::text::system_words(error) },
        }
    }

    fn of(error: &rustls::Error) -> Self {
        use rustls::Error as Tls;
        match error {
            Tls::InvalidMessage(_) | Tls::PeerSentOversizedRecord => Self::NoTls,
            Tls::AlertReceived(AlertDescription::UnrecognisedName) => Self::UnknownName,
            Tls::AlertReceived(AlertDescription::ProtocolVersion)
            | Tls::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ) => Self::OldTls,
            Tls::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity)
            | Tls::PeerIncompatible(_) => Self::NothingInCommon,
            Tls::AlertReceived(alert) => Self::Alert { alert: alert_words(*alert) },
            Tls::InvalidCertificate(CertificateError::BadSignature) => Self::Unproven,
            Tls::InvalidCertificate(_) => Self::BadCertificate,
            Tls::NoCertificatesPresented => Self::NoCertificate,
            other => Self::Other { reason: other.to_string() },
        }
    }
}

/// The standard's name of an alert: `internal_error`.
fn alert_words(alert: AlertDescription) -> String {
    let Some(name) = alert.as_str() else {
        return format!("alert {}", u8::from(alert));
    };
    let mut words = String::new();
    let mut before_was_lower = false;
    for char in name.chars() {
        if char.is_ascii_uppercase() && before_was_lower {
            words.push('_');
        }
        before_was_lower = char.is_ascii_lowercase();
        words.push(char.to_ascii_lowercase());
    }
    words
}
