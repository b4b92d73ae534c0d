//! Whether a signature was made with a key: in certificates, requests and handshakes.

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{SignatureVerificationAlgorithm, alg_id};

use super::{KeyType, der};

/// A public key as it stands in a `SubjectPublicKeyInfo` (RFC 5280, section 4.1.2.7).
#[derive(Clone, Copy)]
pub(crate) struct PublicKey<'a> {
    /// The contents of its `AlgorithmIdentifier`.
    algorithm: &'a [u8],
    /// The contents of its `subjectPublicKey`.
    bits: &'a [u8],
}

impl<'a> PublicKey<'a> {
    /// The parts of a `SubjectPublicKeyInfo`.
    pub(crate) fn of(spki: &'a [u8]) -> Option<Self> {
        let (contents, _) = der::take(der::SEQUENCE, spki)?;
        let (algorithm, rest) = der::take(der::SEQUENCE, contents)?;
        let (bits, _) = der::take_bits(rest)?;
        Some(Self { algorithm, bits })
    }

    /// The contents of its `AlgorithmIdentifier`.
    pub(super) fn algorithm(&self) -> &'a [u8] {
        self.algorithm
    }

    /// The kind of the key.
    pub(super) fn key_type(&self) -> KeyType {
        if self.algorithm == alg_id::ECDSA_P256.as_ref() {
            return KeyType::EcdsaP256;
        }
        if self.algorithm == alg_id::ECDSA_P384.as_ref() {
            return KeyType::EcdsaP384;
        }
        if self.algorithm != alg_id::RSA_ENCRYPTION.as_ref() {
            return KeyType::Other;
        }
        match self.modulus_bits() {
            Some(2048) => KeyType::Rsa2048,
            Some(4096) => KeyType::Rsa4096,
            _ => KeyType::Other,
        }
    }

    /// The size of an RSA key (RFC 8017, appendix A.1.1).
    fn modulus_bits(&self) -> Option<usize> {
        let (contents, _) = der::take(der::SEQUENCE, self.bits)?;
        let (modulus, _) = der::take(der::INTEGER, contents)?;
        let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
        let first = modulus.get(zeros)?;
        Some((modulus.len() - zeros) * 8 - first.leading_zeros() as usize)
    }

    /// Whether `signature` over `message` is of this key, by one of the `algorithms` that fits it.
    pub(crate) fn verifies(
        &self,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        algorithms
            .iter()
            .filter(|algorithm| algorithm.public_key_alg_id().as_ref() == self.algorithm)
            .any(|algorithm| algorithm.verify_signature(self.bits, message, signature).is_ok())
    }
}

/// A signed structure, taken apart: certificates and requests have the same outer form.
struct Signed<'a> {
    message: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Signed<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let (contents, _) = der::take(der::SEQUENCE, bytes)?;
        let (_, rest) = der::take(der::SEQUENCE, contents)?;
        let message = &contents[..contents.len() - rest.len()];
        let (algorithm, rest) = der::take(der::SEQUENCE, rest)?;
        let (signature, _) = der::take_bits(rest)?;
        Some(Self { message, algorithm, signature })
    }
}

/// Whether a certificate or request was signed by the key of `spki`. `None`: with an algorithm that we do not know.
pub(super) fn signed_by(bytes: &[u8], spki: &[u8]) -> Option<bool> {
    let signed = Signed::of(bytes)?;
    let key = PublicKey::of(spki)?;
    let known = default_provider().signature_verification_algorithms.all;
    let fitting: Vec<_> =
        known.iter().copied().filter(|known| known.signature_alg_id().as_ref() == signed.algorithm).collect();
    if fitting.is_empty() {
        return None;
    }
    Some(key.verifies(&fitting, signed.message, signed.signature))
}
