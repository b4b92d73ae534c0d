//! PEM (RFC 7468), read with `rustls-pemfile`: the one file that knows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::PrivateKeyDer;
use rustls_pemfile::Item;
use secrecy::zeroize::Zeroizing;

use super::X509Error;

/// Nothing that we read as PEM is larger, in bytes.
pub(super) const LIMIT: usize = 1 << 20;

/// What a PEM text holds, in its order, other sections left out.
#[derive(Default)]
pub(super) struct Sections {
    /// Certificates, as DER.
    pub(super) certificates: Vec<Vec<u8>>,
    /// Private keys.
    pub(super) keys: Vec<PrivateKeyDer<'static>>,
    /// Certificate signing requests, as DER.
    pub(super) requests: Vec<Vec<u8>>,
}

/// Reads all sections; text around them is left out.
pub(super) fn read(text: &[u8]) -> Result<Sections, X509Error> {
    if text.len() > LIMIT {
        return Err(X509Error::TooLarge { limit: LIMIT });
    }
    let mut sections = Sections::default();
    let mut rest = text;
    // The reader's own errors may repeat a line of the text, which may be a key.
    while let Some((item, after)) = rustls_pemfile::read_one_from_slice(rest).map_err(|error| explain(&error))? {
        rest = after;
        match item {
            Item::X509Certificate(der) => sections.certificates.push(der.to_vec()),
            Item::Pkcs1Key(key) => sections.keys.push(key.into()),
            Item::Pkcs8Key(key) => sections.keys.push(key.into()),
            Item::Sec1Key(key) => sections.keys.push(key.into()),
            Item::Csr(der) => sections.requests.push(der.to_vec()),
            _ => {}
        }
    }
    Ok(sections)
}

fn explain(error: &rustls_pemfile::Error) -> X509Error {
    X509Error::BadPem {
        reason: match error {
            rustls_pemfile::Error::MissingSectionEnd { .. } => "a section has no end line",
            rustls_pemfile::Error::IllegalSectionStart { .. } => "a BEGIN line is cut",
            rustls_pemfile::Error::Base64Decode(_) => "a section is not Base64",
        },
    }
}

/// One section: lines of 64 characters, each ended by a newline.
pub(super) fn write(label: &str, der: &[u8]) -> Zeroizing<Vec<u8>> {
    let body = Zeroizing::new(STANDARD.encode(der));
    let begin = format!("-----BEGIN {label}-----\n");
    let end = format!("-----END {label}-----\n");
    // With room for all of it, so that it never moves and leaves a copy behind.
    let mut text = Zeroizing::new(Vec::with_capacity(begin.len() + end.len() + body.len() + body.len() / 64 + 1));
    text.extend_from_slice(begin.as_bytes());
    for line in body.as_bytes().chunks(64) {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text.extend_from_slice(end.as_bytes());
    text
}
