//! Where a secret comes from, and how it is spoken of without being shown.
//!
//! [`SecretRef`] is what the inventory declares, [`Resolver`] fetches the value, [`Secret`] holds it and never prints
//! itself, [`DigestKey`] makes the keyed digests that stand for it in plans, reports and journals.

mod age_file;
mod age_keys;
mod command;
mod digest;
mod error;
mod reference;
mod resolve;

use std::fmt;
use std::sync::Arc;

use secrecy::zeroize::Zeroize as _;
use secrecy::{ExposeSecret as _, SecretSlice};

pub use age_keys::{Identities, Recipients};
pub use digest::{DigestKey, DigestKeyError, KeyedDigest};
pub use error::SecretError;
pub use reference::SecretRef;
pub use resolve::Resolver;
pub(crate) use resolve::read;

/// A value that is never shown: no `Display`, no `Serialize`, wiped from memory after its last use.
#[derive(Clone)]
pub struct Secret(Arc<SecretSlice<u8>>);

impl Secret {
    /// Takes the value over, and wipes the buffer that it came in.
    pub fn new(mut value: Vec<u8>) -> Self {
        // `into_boxed_slice` may move the bytes and leave the old ones behind: copy and wipe instead.
        let secret = SecretSlice::from(Box::<[u8]>::from(value.as_slice()));
        value.zeroize();
        Self(Arc::new(secret))
    }

    /// The bytes. Keep them for as short as possible.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// The text, if it is UTF-8.
    pub fn expose_str(&self) -> Option<&str> {
        std::str::from_utf8(self.expose()).ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new(b"hunter2".to_vec());
        assert_eq!(secret.expose(), b"hunter2");
        assert_eq!(secret.expose_str(), Some("hunter2"));
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "Secret([redacted]) Some(\n    Secret([redacted]),\n)");
    }
}
