//! Certificate signing requests (RFC 2986), as hosts hand them out.

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;

use super::certificate::{escaped, name_text};
use super::signature::{PublicKey, signed_by};
use super::{Fingerprint, KeyType, X509Error, pem};

/// What a request asks for. Its signature was checked: whoever made it has the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its bytes.
    pub der: Vec<u8>,
    /// The names that it asks for, as [`super::Certificate::names`] has them; with a common name that is not among them.
    pub names: Vec<String>,
    /// Of its public key.
    pub key: Fingerprint,
    /// The kind of its key.
    pub key_type: KeyType,
}

impl Request {
    /// The one request of a PEM text.
    pub fn from_pem(text: &[u8]) -> Result<Self, X509Error> {
        match pem::read(text)?.requests.as_slice() {
            [] => Err(X509Error::NoRequest),
            [der] => Self::from_der(der),
            _ => Err(X509Error::BadRequest { reason: "there are several" }),
        }
    }

    /// Reads a request, and checks its signature.
    pub fn from_der(der: &[u8]) -> Result<Self, X509Error> {
        let bad = |reason: &'static str| X509Error::BadRequest { reason };
        let (rest, parsed) =
            X509CertificationRequest::from_der(der).map_err(|_| bad("it is damaged or none at all"))?;
        if !rest.is_empty() {
            return Err(bad("something follows it"));
        }
        let info = &parsed.certification_request_info;
        let spki = info.subject_pki.raw;
        let key_type = PublicKey::of(spki).ok_or_else(|| bad("its public key is damaged"))?.key_type();
        match signed_by(der, spki) {
            Some(true) => {}
            Some(false) => return Err(bad("it is not signed by its own key")),
            None => return Err(bad("it is signed with an algorithm that is not supported")),
        }
        let mut names: Vec<String> = Vec::new();
        for extension in parsed.requested_extensions().into_iter().flatten() {
            if let ParsedExtension::SubjectAlternativeName(alternative) = extension {
                names.extend(alternative.general_names.iter().filter_map(name_text));
            }
        }
        for common in info.subject.iter_common_name().filter_map(|name| name.as_str().ok()) {
            let common = escaped(common).to_ascii_lowercase();
            if !names.contains(&common) {
                names.push(common);
            }
        }
        Ok(Self { der: der.to_vec(), names, key: Fingerprint::of(spki), key_type })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::PrivateKey;

    #[test]
    fn a_request_tells_its_names_and_key() {
        for key_type in [KeyType::EcdsaP256, KeyType::EcdsaP384, KeyType::Rsa2048] {
            let key = PrivateKey::generate(key_type).unwrap();
            let names = ["media.example.org", "*.media.example.org", "192.0.2.7"].map(str::to_owned);
            let der = key.csr(&names).unwrap();
            let request = Request::from_der(&der).unwrap();
            assert_eq!(request.names, names);
            assert_eq!(&request.key, key.public());
            assert_eq!(request.key_type, key_type);
            let text = pem::write("CERTIFICATE REQUEST", &der);
            assert_eq!(Request::from_pem(&text).unwrap(), request);
        }
    }

    #[test]
    fn a_changed_request_is_refused() {
        let der = PrivateKey::generate(KeyType::EcdsaP256).unwrap().csr(&["media.example.org".to_owned()]).unwrap();
        let at = der.windows(5).position(|window| window == b"media").unwrap();
        let mut changed = der.clone();
        changed[at] = b'n';
        assert_eq!(
            Request::from_der(&changed),
            Err(X509Error::BadRequest { reason: "it is not signed by its own key" })
        );
        let mut longer = der;
        longer.push(0);
        assert_eq!(Request::from_der(&longer).unwrap_err().code(), "csr-unreadable");
        assert_eq!(Request::from_pem(b"").unwrap_err().code(), "csr-missing");
    }
}
