//! Keyed digests: they stand for a value where it can't be shown, and let two values be compared.

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use hmac::{Hmac, KeyInit as _, Mac as _};
use schemars::JsonSchema;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// The length of a key in bytes.
const LENGTH: usize = 32;
/// The name of the key file in the state directory.
const NAME: &str = "digest.key";

/// The key of all digests of one fleet: 32 random bytes in a file that only its owner can read.
pub struct DigestKey {
    key: Zeroizing<[u8; LENGTH]>,
    id: String,
}

/// Why there is no digest key.
#[derive(Debug, thiserror::Error)]
pub enum DigestKeyError {
    /// The file or its directory can't be read or written.
    #[error("can't use the digest key {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others can read it.
    #[error("the digest key {} can be read by others (mode {mode:04o})", path.display())]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not 32 bytes.
    #[error("the digest key {} does not have 32 bytes", path.display())]
    Length {
        /// The file.
        path: PathBuf,
    },
    /// The system has no randomness.
    #[error("can't make a digest key: {0}")]
    Random(getrandom::Error),
}

impl DigestKeyError {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "digest-key-io",
            Self::ReadableByOthers { .. } => "digest-key-readable-by-others",
            Self::Length { .. } => "digest-key-length",
            Self::Random(_) => "digest-key-random",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Io { path, .. } => {
                format!("make {} a directory that you own", path.parent().unwrap_or(path).display())
            }
            Self::ReadableByOthers { path, .. } => format!("run `chmod 600 {}`", path.display()),
            Self::Length { path } => {
                format!(
                    "restore {}, or remove it: a new key is made, and plans made with the old one are refused",
                    path.display()
                )
            }
            Self::Random(_) => "check that getrandom(2) works on this system".to_owned(),
        }
    }
}

impl DigestKey {
    /// The key in `state_dir` (`.fleet`); it and the directory are made when they are not there. Of several processes
    /// that do so at the same time, all get the same key.
    pub fn load_or_create(state_dir: &Path) -> Result<Self, DigestKeyError> {
        let path = state_dir.join(NAME);
        if let Some(key) = Self::load(&path)? {
            return Ok(key);
        }
        let fail = |source: io::Error| DigestKeyError::Io { path: path.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(state_dir).map_err(fail)?;
        let mut key = Zeroizing::new([0_u8; LENGTH]);
        getrandom::fill(key.as_mut_slice()).map_err(DigestKeyError::Random)?;
        let mut suffix = [0_u8; 8];
        getrandom::fill(&mut suffix).map_err(DigestKeyError::Random)?;
        let staged = state_dir.join(format!(".{NAME}.{}", crate::text::hex(&suffix)));
        let written = write_new(&staged, key.as_slice());
        // A link fails where there is a file already, and shows only a whole one.
        let linked = written.and_then(|()| std::fs::hard_link(&staged, &path));
        let removed = std::fs::remove_file(&staged);
        match linked {
            Ok(()) => {
                removed.map_err(fail)?;
                File::open(state_dir).and_then(|dir| dir.sync_all()).map_err(fail)?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(fail(error)),
        }
        // Whoever came first.
        Self::load(&path)?.ok_or_else(|| fail(io::ErrorKind::NotFound.into()))
    }

    fn load(path: &Path) -> Result<Option<Self>, DigestKeyError> {
        let fail = |source: io::Error| DigestKeyError::Io { path: path.to_owned(), source };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fail(error)),
        };
        let mode = file.metadata().map_err(fail)?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(DigestKeyError::ReadableByOthers { path: path.to_owned(), mode });
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(LENGTH + 1));
        file.take(LENGTH as u64 + 1).read_to_end(&mut bytes).map_err(fail)?;
        let key: [u8; LENGTH] =
            bytes.as_slice().try_into().map_err(|_| DigestKeyError::Length { path: path.to_owned() })?;
        Ok(Some(Self::from_bytes(key)))
    }

    /// A key from its bytes.
    pub fn from_bytes(key: [u8; LENGTH]) -> Self {
        let id = format!("k{}", &crate::text::hex(&Sha256::digest(key))[..4]);
        Self { key: Zeroizing::new(key), id }
    }

    /// A short name of the key, which stands in each digest, such as `k3f9a`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// HMAC-SHA256 (RFC 2104) of a value in a context, such as the name of its key: equal values in different contexts
    /// have different digests.
    pub fn digest(&self, context: &str, value: &[u8]) -> KeyedDigest {
        let tag = self.hmac(context, value);
        KeyedDigest(format!("{}:{}", self.id, &crate::text::hex(&tag)[..16]))
    }

    /// A salt for digests that a host makes by itself: 64 hexadecimal digits, of no use for other hosts.
    pub fn host_salt(&self, host: &crate::names::HostName) -> String {
        crate::text::hex(&self.hmac("host", host.as_str().as_bytes()))
    }

    fn hmac(&self, context: &str, value: &[u8]) -> [u8; 32] {
        // HMAC takes keys of any length; this one has exactly the size of a digest.
        #[expect(clippy::expect_used, reason = "a key of any length is accepted")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_slice()).expect("a key of any length is accepted");
        // With its length in front, so that context and value can't be shifted into each other.
        mac.update(&(context.len() as u64).to_be_bytes());
        mac.update(context.as_bytes());
        mac.update(value);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DigestKey({})", self.id)
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A digest with the name of its key: `k3f9a:0123456789abcdef`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyedDigest(String);

impl KeyedDigest {
    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the key that it was made with; digests of different keys can't be compared.
    pub fn key_id(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }
}

impl fmt::Display for KeyedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text is not a keyed digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a keyed digest such as `k3f9a:0123456789abcdef`")]
pub struct NotADigest;

impl FromStr for KeyedDigest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match text.strip_prefix('k').and_then(|rest| rest.split_once(':')) {
            Some((id, digest)) if id.len() == 4 && digest.len() == 16 && is_hex(id) && is_hex(digest) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(NotADigest),
        }
    }
}

impl Serialize for KeyedDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for KeyedDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for KeyedDigest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KeyedDigest".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^k[0-9a-f]{4}:[0-9a-f]{16}$" })
    }
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
