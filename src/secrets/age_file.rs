//! Files encrypted with age: <https://age-encryption.org/v1>.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use age::{DecryptError, Identity};
use secrecy::zeroize::Zeroizing;

use super::error::SecretError;
use super::resolve::read;

/// No identity file is larger.
const IDENTITY_LIMIT: u64 = 64 << 10;

/// Where identities are looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct IdentityPlaces {
    /// `FLEET_AGE_IDENTITY`, or declared ones: the only ones, if there are any.
    pub(super) named: Vec<PathBuf>,
    /// The user's home directory.
    pub(super) home: Option<PathBuf>,
}

/// What decrypts.
pub(super) type Keys = Vec<Box<dyn Identity + Send + Sync>>;

impl IdentityPlaces {
    /// Those of the environment, unless others are declared; a named one always wins.
    pub(super) fn of(declared: Vec<PathBuf>, lookup: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let path = |name: &str| lookup(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        Self { named: path("FLEET_AGE_IDENTITY").map_or(declared, |path| vec![path]), home: path("HOME") }
    }

    /// Reads all of them.
    pub(super) fn load(&self) -> Result<Keys, SecretError> {
        if !self.named.is_empty() {
            let all: Vec<Keys> = self.named.iter().map(|path| identities(path)).collect::<Result<_, _>>()?;
            return Ok(all.into_iter().flatten().collect());
        }
        let Some(home) = &self.home else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        let own = home.join(".config/fleet/age.txt");
        if own.exists() {
            all.extend(identities(&own)?);
        }
        for name in [".ssh/id_ed25519", ".ssh/id_rsa"] {
            let path = home.join(name);
            // A key with a passphrase, or one that only an agent can use, is no reason to fail: another may fit.
            if path.exists()
                && let Ok(found) = identities(&path)
            {
                all.extend(found);
            }
        }
        Ok(all)
    }
}

fn identities(path: &Path) -> Result<Keys, SecretError> {
    let bad = |reason: &str| SecretError::BadIdentity { path: path.to_owned(), reason: reason.to_owned() };
    let text = read(path, IDENTITY_LIMIT, true)?;
    if text.starts_with(b"-----BEGIN") {
        let name = Some(path.display().to_string());
        return match age::ssh::Identity::from_buffer(text.as_slice(), name) {
            Ok(age::ssh::Identity::Encrypted(_)) => Err(bad("the SSH key has a passphrase")),
            Ok(age::ssh::Identity::Unsupported(_)) => Err(bad("this kind of SSH key is not supported")),
            Ok(identity) => Ok(vec![Box::new(identity)]),
            Err(_) => Err(bad("not an SSH private key")),
        };
    }
    // The parser's own error may repeat a line of the file, which is a secret.
    let file = age::IdentityFile::from_buffer(text.as_slice()).map_err(|_| bad("not an age identity file"))?;
    let all = file.into_identities().map_err(|_| bad("not an age identity file"))?;
    if all.is_empty() {
        return Err(bad("it holds no identity"));
    }
    Ok(all)
}

/// Decrypts a file, armored or not.
pub(super) fn decrypt(path: &Path, keys: &Keys, limit: u64) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let fail = |reason: String| SecretError::Decrypt { path: path.to_owned(), reason };
    // The ciphertext is a little larger than the text; armored by a third.
    let encrypted = read(path, limit.saturating_mul(2), false)?;
    if keys.is_empty() {
        return Err(SecretError::NoIdentity { path: path.to_owned() });
    }
    let armor = age::armor::ArmoredReader::new(encrypted.as_slice());
    let decryptor = age::Decryptor::new_buffered(armor).map_err(|error| fail(explain(&error)))?;
    if decryptor.is_scrypt() {
        return Err(fail("it is encrypted with a passphrase, not to a key".to_owned()));
    }
    let keys = keys.iter().map(|key| &**key as &dyn Identity);
    let reader = decryptor.decrypt(keys).map_err(|error| match error {
        DecryptError::NoMatchingKeys => SecretError::NotForUs { path: path.to_owned() },
        error => fail(explain(&error)),
    })?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    reader.take(most as u64).read_to_end(&mut bytes).map_err(|error| fail(crate::text::system_words(&error)))?;
    if bytes.len() as u64 > limit {
        return Err(SecretError::TooLarge { from: format!("age {}", path.display()), limit });
    }
    Ok(bytes)
}

fn explain(error: &DecryptError) -> String {
    match error {
        DecryptError::InvalidHeader | DecryptError::UnknownFormat => "not an age file".to_owned(),
        DecryptError::Io(error) => format!("not an age file: {}", crate::text::system_words(error)),
        _ => "the file is damaged".to_owned(),
    }
}
