//! Signed requests (RFC 7515, RFC 8555 section 6.2) for what instant-acme does not do: accounts whose key is on disk before the
//! CA hears of it, key rollover likewise, and revocation with a certificate's own key.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Value, json};
use sha2::Sha256;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::secrets::Secret;

/// A key that signs requests.
pub(super) struct Signer {
    pair: KeyPair,
    algorithm: &'static str,
    /// Bytes of each half of an ECDSA signature; `None`: RSA.
    half: Option<usize>,
    jwk: Value,
}

impl Signer {
    /// A new account key: ECDSA P-256, which every CA takes, and the one kind that instant-acme reads.
    pub(super) fn generate() -> Result<Self, String> {
        Self::of(KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(|error| error.to_string())?)
    }

    /// From PEM (PKCS#8).
    pub(super) fn from_pem(pem: &Secret) -> Result<Self, String> {
        let text = pem.expose_str().ok_or("it is not text")?;
        Self::of(KeyPair::from_pem(text).map_err(|error| error.to_string())?)
    }

    fn of(pair: KeyPair) -> Result<Self, String> {
        let (algorithm, half, curve) = if pair.is_compatible(&rcgen::PKCS_ECDSA_P256_SHA256) {
            ("ES256", Some(32), "P-256")
        } else if pair.is_compatible(&rcgen::PKCS_ECDSA_P384_SHA384) {
            ("ES384", Some(48), "P-384")
        } else if pair.is_compatible(&rcgen::PKCS_RSA_SHA256) {
            ("RS256", None, "")
        } else {
            return Err("its kind is not known to ACME".to_owned());
        };
        let spki = pair.subject_public_key_info();
        let (_, info) = SubjectPublicKeyInfo::from_der(&spki).map_err(|error| error.to_string())?;
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        // Members in lexicographic order, as in the thumbprint (RFC 7638).
        let jwk = match (info.parsed().map_err(|error| error.to_string())?, half) {
            (PublicKey::EC(point), Some(half)) if point.data().len() == 1 + 2 * half => {
                let (x, y) = point.data()[1..].split_at(half);
                json!({ "crv": curve, "kty": "EC", "x": encode(x), "y": encode(y) })
            }
            (PublicKey::RSA(rsa), None) => {
                let bare = |bytes: &[u8]| {
                    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
                    encode(&bytes[zeros..])
                };
                json!({ "e": bare(rsa.exponent), "kty": "RSA", "n": bare(rsa.modulus) })
            }
            _ => return Err("its public key is not understood".to_owned()),
        };
        Ok(Self { pair, algorithm, half, jwk })
    }

    /// The key as PEM.
    pub(super) fn to_pem(&self) -> Secret {
        Secret::new(self.pair.serialize_pem().into_bytes())
    }

    /// The key as PKCS#8.
    pub(super) fn pkcs8(&self) -> PrivatePkcs8KeyDer<'_> {
        PrivatePkcs8KeyDer::from(self.pair.serialized_der())
    }

    /// The public key (RFC 7517).
    pub(super) fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// A signed document. `account`: the account's URL, else the public key itself stands in the header.
    pub(super) fn sign(
        &self,
        account: Option<&str>,
        nonce: Option<&str>,
        url: &str,
        payload: &str,
    ) -> Result<Value, String> {
        let mut header = json!({ "alg": self.algorithm, "url": url });
        match account {
            Some(account) => header["kid"] = account.into(),
            None => header["jwk"] = self.jwk.clone(),
        }
        if let Some(nonce) = nonce {
            header["nonce"] = nonce.into();
        }
        flattened(&header, payload, |text| {
            let signature = self.pair.sign(text).map_err(|error| error.to_string())?;
            match self.half {
                Some(half) => fixed(&signature, half).ok_or_else(|| "an ECDSA signature has another form".to_owned()),
                None => Ok(signature),
            }
        })
    }
}

/// The proof that an account may be bound to another one (RFC 8555, section 7.3.4).
pub(super) fn external_binding(kid: &str, key: &Secret, url: &str, jwk: &Value) -> Result<Value, String> {
    let header = json!({ "alg": "HS256", "kid": kid, "url": url });
    flattened(&header, &jwk.to_string(), |text| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).map_err(|error| error.to_string())?;
        mac.update(text);
        Ok(mac.finalize().into_bytes().to_vec())
    })
}

/// The flattened form of RFC 7515, section 7.2.2.
fn flattened(
    header: &Value,
    payload: &str,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, String>,
) -> Result<Value, String> {
    let protected = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
    let payload = BASE64_URL_SAFE_NO_PAD.encode(payload);
    let signature = sign(format!("{protected}.{payload}").as_bytes())?;
    Ok(json!({ "protected": protected, "payload": payload, "signature": BASE64_URL_SAFE_NO_PAD.encode(signature) }))
}

/// From `SEQUENCE { INTEGER r, INTEGER s }` (RFC 3279, section 2.2.3) to r and s side by side (RFC 7518, section 3.4).
fn fixed(der: &[u8], half: usize) -> Option<Vec<u8>> {
    let (tag, body, rest) = element(der)?;
    let (tag_r, r, after) = element(body)?;
    let (tag_s, s, end) = element(after)?;
    if (tag, tag_r, tag_s) != (0x30, 2, 2) || !rest.is_empty() || !end.is_empty() {
        return None;
    }
    let mut out = vec![0; 2 * half];
    for (number, end) in [(r, half), (s, 2 * half)] {
        let number = &number[number.iter().take_while(|byte| **byte == 0).count()..];
        if number.len() > half {
            return None;
        }
        out[end - number.len()..end].copy_from_slice(number);
    }
    Some(out)
}

/// Tag, content and what follows of a DER element of less than 256 bytes.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (length, rest) = match rest.split_first()? {
        (0x81, rest) => rest.split_first()?,
        (length, rest) if *length < 0x80 => (length, rest),
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_becomes_two_numbers_of_equal_length() {
        let der = [0x30, 8, 2, 2, 0, 0x81, 2, 2, 1, 2];
        assert_eq!(fixed(&der, 3).unwrap(), [0, 0, 0x81, 0, 1, 2]);
        assert_eq!(fixed(&der, 1), None);
        assert_eq!(fixed(&der[..9], 3), None);
        assert_eq!(fixed(&[], 3), None);
    }

    #[test]
    fn keys_of_each_kind_sign() {
        for (algorithm, name, length) in [
            (&rcgen::PKCS_ECDSA_P256_SHA256, "ES256", 64),
            (&rcgen::PKCS_ECDSA_P384_SHA384, "ES384", 96),
            (&rcgen::PKCS_RSA_SHA256, "RS256", 256),
        ] {
            let pem = KeyPair::generate_for(algorithm).unwrap().serialize_pem();
            let signer = Signer::from_pem(&Secret::new(pem.into_bytes())).unwrap();
            let document = signer.sign(None, Some("n"), "https://ca.example/x", "{}").unwrap();
            let decode = |member: &str| BASE64_URL_SAFE_NO_PAD.decode(document[member].as_str().unwrap()).unwrap();
            let header: Value = serde_json::from_slice(&decode("protected")).unwrap();
            assert_eq!(header["alg"], name);
            assert_eq!(header["nonce"], "n");
            assert_eq!(header["jwk"], *signer.jwk());
            assert_eq!(decode("signature").len(), length);
        }
    }

    #[test]
    fn what_is_no_key_is_an_error() {
        assert!(Signer::from_pem(&Secret::new(b"hunter2".to_vec())).is_err());
        assert!(Signer::from_pem(&Secret::new(vec![0xff])).is_err());
    }
}
