//! Host keys: what a host shows, what is recorded of it, and the file of both.
//!
//! The file is `known_hosts` of `sshd(8)`, by inventory name, in plain text, and meant to be kept under version control.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};

use crate::names::HostName;

/// A public host key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostKey {
    /// Its type, such as `ssh-ed25519`.
    pub kind: String,
    /// Its fingerprint as ssh prints it: `SHA256:` and base64.
    pub fingerprint: String,
    /// The key itself in base64, as in `known_hosts`.
    pub key: String,
}

impl HostKey {
    /// Reads a type and a base64 key; `None` when that is no key.
    pub fn new(kind: &str, key: &str) -> Option<Self> {
        let blob = STANDARD.decode(key).ok()?;
        // A blob says its type itself (RFC 4253, section 6.6).
        let length = u32::from_be_bytes(blob.get(..4)?.try_into().ok()?);
        if blob.get(4..4 + usize::try_from(length).ok()?)? != kind.as_bytes() {
            return None;
        }
        let fingerprint = format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&blob)));
        Some(Self { kind: kind.to_owned(), fingerprint, key: key.to_owned() })
    }

    /// The line of `known_hosts` for this key.
    pub fn line(&self, host: &HostName) -> String {
        format!("{host} {} {}", self.kind, self.key)
    }
}

/// What a host shows against what is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Nothing is recorded for the host.
    New,
    /// What is recorded holds; these keys of further types are not recorded yet.
    Same(Vec<HostKey>),
    /// A recorded key is not the one that the host shows, or none of the recorded types was shown. The recorded ones.
    Changed(Vec<HostKey>),
}

/// Why the file of host keys can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HostKeysError {
    /// The recorded key differs; only `replace` overwrites it.
    #[error("another host key is recorded for {host} in {}", path.display())]
    Changed {
        /// The host.
        host: HostName,
        /// The file.
        path: PathBuf,
    },
    /// The file itself.
    #[error("failed to {what} {}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl HostKeysError {
    /// A stable word for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "host-key-changed",
            Self::File { .. } => "known-hosts-file",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Changed { host, .. } => {
                format!(
                    "verify the new fingerprint on the host's console, then run `fleet hosts trust --replace {host}`"
                )
            }
            Self::File { path, .. } => format!("check owner and mode of {}", path.display()),
        }
    }
}

/// Compares what a host shows with the file; a file that does not exist has no keys.
pub fn compare(known_hosts: &Path, host: &HostName, keys: &[HostKey]) -> Result<Comparison, HostKeysError> {
    Ok(compare_text(&load(known_hosts)?, host, keys))
}

/// Records the keys of a host, and tells whether the file changed. A recorded key that differs is an error unless `replace`,
/// which drops all that is recorded for the host first. The file is whole at any time, and has mode 0644.
pub fn record(known_hosts: &Path, host: &HostName, keys: &[HostKey], replace: bool) -> Result<bool, HostKeysError> {
    let fail = |what, source| HostKeysError::File { what, path: known_hosts.to_owned(), source };
    // A link to a shared file stays a link.
    let path = fs::canonicalize(known_hosts).unwrap_or_else(|_| super::target::absolute(known_hosts));
    let parent = path.parent().unwrap_or(Path::new("/"));
    let lock = fs::File::open(parent).map_err(|error| fail("open the directory of", error))?;
    flock(&lock, FlockOperation::LockExclusive).map_err(|error| fail("lock the directory of", error.into()))?;
    let text = load(&path)?;
    let next = match compare_text(&text, host, keys) {
        Comparison::Changed(_) if !replace => {
            return Err(HostKeysError::Changed { host: host.clone(), path: known_hosts.to_owned() });
        }
        Comparison::Same(more) if !replace => add(text.clone(), host, &more),
        Comparison::New => add(text.clone(), host, keys),
        Comparison::Same(_) | Comparison::Changed(_) => add(without(&text, host), host, keys),
    };
    if next == text {
        return Ok(false);
    }
    let mut file = tempfile::NamedTempFile::new_in(parent).map_err(|error| fail("write", error))?;
    file.write_all(next.as_bytes())
        .and_then(|()| file.as_file().set_permissions(fs::Permissions::from_mode(0o644)))
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| fail("write", error))?;
    file.persist(&path).map_err(|error| fail("replace", error.error))?;
    lock.sync_all().map_err(|error| fail("sync the directory of", error))?;
    Ok(true)
}

fn load(path: &Path) -> Result<String, HostKeysError> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        result => result.map_err(|source| HostKeysError::File { what: "read", path: path.to_owned(), source }),
    }
}

/// The names, type and key of a line; `None` for comments, and for lines with a marker, which are people's own business.
fn fields(line: &str) -> Option<(&str, &str, &str)> {
    let mut words = line.split_whitespace();
    let names = words.next().filter(|word| !word.starts_with(['#', '@']))?;
    Some((names, words.next()?, words.next()?))
}

fn names_host(names: &str, host: &HostName) -> bool {
    names.split(',').any(|name| name.eq_ignore_ascii_case(host.as_str()))
}

pub(crate) fn recorded(text: &str, host: &HostName) -> Vec<HostKey> {
    let of_host = text.lines().filter_map(fields).filter(|(names, ..)| names_host(names, host));
    of_host.filter_map(|(_, kind, key)| HostKey::new(kind, key)).collect()
}

fn compare_text(text: &str, host: &HostName, keys: &[HostKey]) -> Comparison {
    let known = recorded(text, host);
    if known.is_empty() {
        return Comparison::New;
    }
    let shown = |key: &HostKey| keys.contains(key);
    let contradicted = keys.iter().any(|key| known.iter().any(|old| old.kind == key.kind) && !known.contains(key));
    if contradicted || !known.iter().any(shown) {
        return Comparison::Changed(known);
    }
    Comparison::Same(keys.iter().filter(|key| !known.contains(key)).cloned().collect())
}

fn add(mut text: String, host: &HostName, keys: &[HostKey]) -> String {
    for key in keys {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&key.line(host));
        text.push('\n');
    }
    text
}

/// The text without what is recorded for a host; names that share its lines keep theirs.
fn without(text: &str, host: &HostName) -> String {
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match fields(line) {
            Some((names, ..)) if names_host(names, host) => {
                let others: Vec<&str> =
                    names.split(',').filter(|name| !name.eq_ignore_ascii_case(host.as_str())).collect();
                if !others.is_empty() {
                    kept.push_str(&line.replacen(names, &others.join(","), 1));
                }
            }
            _ => kept.push_str(line),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: &str, seed: u8) -> HostKey {
        let mut blob = u32::try_from(kind.len()).unwrap().to_be_bytes().to_vec();
        blob.extend_from_slice(kind.as_bytes());
        blob.extend_from_slice(&[seed; 36]);
        HostKey::new(kind, &STANDARD.encode(blob)).unwrap()
    }

    #[test]
    fn fingerprints_are_those_of_ssh_keygen() {
        let key = HostKey::new("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl")
            .unwrap();
        assert_eq!(key.fingerprint, "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
        assert!(HostKey::new("ssh-rsa", &key.key).is_none());
        assert!(HostKey::new("ssh-rsa", "?").is_none());
    }

    #[test]
    fn a_changed_key_is_never_overwritten_by_chance() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("known_hosts");
        let (web, db) = (HostName::new("web"), HostName::new("db"));
        let (old, new, rsa) = (key("ssh-ed25519", 1), key("ssh-ed25519", 2), key("ssh-rsa", 3));
        assert_eq!(compare(&path, &web, std::slice::from_ref(&old)).unwrap(), Comparison::New);
        assert!(record(&path, &web, std::slice::from_ref(&old), false).unwrap());
        assert!(!record(&path, &web, std::slice::from_ref(&old), false).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        record(&path, &db, std::slice::from_ref(&old), false).unwrap();
        assert_eq!(compare(&path, &web, &[old.clone(), rsa.clone()]).unwrap(), Comparison::Same(vec![rsa.clone()]));
        let both = [new.clone(), rsa.clone()];
        assert_eq!(compare(&path, &web, &both).unwrap(), Comparison::Changed(vec![old.clone()]));
        assert_eq!(compare(&path, &web, std::slice::from_ref(&rsa)).unwrap(), Comparison::Changed(vec![old.clone()]));
        let before = fs::read(&path).unwrap();
        assert_eq!(record(&path, &web, &both, false).unwrap_err().code(), "host-key-changed");
        assert_eq!(fs::read(&path).unwrap(), before);
        assert!(record(&path, &web, &both, true).unwrap());
        assert_eq!(compare(&path, &web, &both).unwrap(), Comparison::Same(vec![]));
        assert_eq!(compare(&path, &db, std::slice::from_ref(&old)).unwrap(), Comparison::Same(vec![]));
    }

    #[test]
    fn what_people_wrote_stays() {
        let (a, b) = (key("ssh-ed25519", 1), key("ssh-ed25519", 2));
        let text = format!(
            "# ours\n@cert-authority * {} {}\nWeb,alias {} {} note\n\nx {} {}",
            a.kind, a.key, a.kind, a.key, b.kind, b.key
        );
        let web = HostName::new("web");
        let replaced = add(without(&text, &web), &web, std::slice::from_ref(&b));
        assert!(replaced.starts_with("# ours\n@cert-authority * "));
        assert!(replaced.contains(&format!("\nalias {} {} note\n\n", a.kind, a.key)), "{replaced}");
        assert!(replaced.ends_with(&format!("\nweb {} {}\n", b.kind, b.key)), "{replaced}");
        assert_eq!(compare_text(&replaced, &web, std::slice::from_ref(&b)), Comparison::Same(vec![]));
    }
}
