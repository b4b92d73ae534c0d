//! Keys of age and ssh: public ones, to encrypt to, and those that decrypt.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use age::Recipient;

use super::Secret;
use super::age_file::{self, IdentityPlaces, Keys};
use super::error::SecretError;

/// No encrypted secret is larger, in bytes.
const LIMIT: u64 = 256 << 10;

/// The public keys to which secrets are encrypted.
#[derive(Default)]
pub struct Recipients(Vec<Box<dyn Recipient + Send + Sync>>);

impl Recipients {
    /// Reads public keys of age (`age1…`) and ssh (`ssh-ed25519 …`, `ssh-rsa …`).
    pub fn parse(keys: &[String]) -> Result<Self, SecretError> {
        keys.iter().map(|key| parse(key.trim())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there is nobody to encrypt to.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Encrypts to all of them, as text (armored).
    pub fn encrypt(&self, secret: &Secret) -> Result<Vec<u8>, SecretError> {
        let fail = || SecretError::BadRecipient {
            recipient: "the recipients together".to_owned(),
            reason: "age can't encrypt to them",
        };
        let keys = self.0.iter().map(|key| &**key as &dyn Recipient);
        let encryptor = age::Encryptor::with_recipients(keys).map_err(|_| fail())?;
        let write = || {
            let mut text = Vec::new();
            let armor = age::armor::ArmoredWriter::wrap_output(&mut text, age::armor::Format::AsciiArmor)?;
            let mut writer = encryptor.wrap_output(armor)?;
            writer.write_all(secret.expose())?;
            writer.finish()?.finish()?;
            std::io::Result::Ok(text)
        };
        write().map_err(|_| fail())
    }
}

impl std::fmt::Debug for Recipients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recipients({})", self.0.len())
    }
}

fn parse(key: &str) -> Result<Box<dyn Recipient + Send + Sync>, SecretError> {
    // Somebody may have taken the wrong half.
    let private = key.to_ascii_uppercase().contains("SECRET") || key.contains("PRIVATE");
    let bad = |reason: &'static str| {
        let shown = if private { "a private key".to_owned() } else { key.chars().take(60).collect() };
        SecretError::BadRecipient { recipient: shown, reason }
    };
    if private {
        return Err(bad("a recipient is a public key"));
    }
    if key.starts_with("ssh-") {
        let recipient: age::ssh::Recipient =
            key.parse().map_err(|_| bad("not an ssh-ed25519 or ssh-rsa public key"))?;
        return Ok(Box::new(recipient));
    }
    let recipient: age::x25519::Recipient = key.parse().map_err(|_| bad("not a public key of age or ssh"))?;
    Ok(Box::new(recipient))
}

/// The identities that decrypt: read when first needed, and once.
pub struct Identities {
    places: IdentityPlaces,
    keys: OnceLock<Result<Keys, SecretError>>,
}

impl Identities {
    /// Those in the files that are declared; else those that age secrets use. `FLEET_AGE_IDENTITY` overrides both.
    pub fn new(declared: Vec<PathBuf>) -> Self {
        Self::with_environment(declared, &|name| std::env::var_os(name))
    }

    /// As [`Identities::new`], with another environment: for `FLEET_AGE_IDENTITY` and `HOME`.
    pub fn with_environment(declared: Vec<PathBuf>, lookup: &dyn Fn(&str) -> Option<OsString>) -> Self {
        Self { places: IdentityPlaces::of(declared, lookup), keys: OnceLock::new() }
    }

    /// Decrypts a file, armored or not.
    pub fn decrypt(&self, path: &Path) -> Result<Secret, SecretError> {
        let keys = self.keys.get_or_init(|| self.places.load()).as_ref().map_err(Clone::clone)?;
        let mut bytes = age_file::decrypt(path, keys, LIMIT)?;
        Ok(Secret::new(std::mem::take(&mut *bytes)))
    }
}

impl std::fmt::Debug for Identities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identities").field("places", &self.places).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_keys_alone() {
        let identity = age::x25519::Identity::generate();
        let public = identity.to_public().to_string();
        let ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN alice@rust";
        assert!(!Recipients::parse(&[public, ssh.to_owned()]).unwrap().is_empty());
        assert!(Recipients::parse(&[]).unwrap().is_empty());
        for bad in ["", "age1", "ssh-dss AAAA", "alice"] {
            assert_eq!(Recipients::parse(&[bad.to_owned()]).unwrap_err().code(), "secret-bad-recipient", "{bad}");
        }
        let secret = {
            use secrecy::ExposeSecret as _;
            identity.to_string().expose_secret().to_owned()
        };
        for secret in [secret.clone(), secret.to_lowercase()] {
            let error = Recipients::parse(std::slice::from_ref(&secret)).unwrap_err();
            assert!(!format!("{error} {error:?} {}", error.hint()).contains(&secret[20..30]));
        }
    }
}
