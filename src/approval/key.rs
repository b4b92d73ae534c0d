//! With which of their keys somebody signs: the one that they name, else the one that git signs with, else the one key of
//! the agent or of `~/.ssh` that may sign here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::keygen::{self, KeygenError};
use crate::inventory::{self, ApprovalDeclaration, People};

/// A key that could sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Where it is.
    pub place: KeyPlace,
    /// As `ssh-keygen -l` shows it.
    pub fingerprint: String,
    /// Whom it speaks for.
    pub principals: Vec<String>,
}

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In a file, which `ssh-keygen -f` takes.
    File(PathBuf),
    /// Its private half is with the agent; this is the public one.
    Agent(String),
}

impl Key {
    /// As it is named to `--key`.
    pub fn argument(&self) -> String {
        match &self.place {
            KeyPlace::File(path) => shell_words::quote(&path.to_string_lossy()).into_owned(),
            KeyPlace::Agent(_) => self.fingerprint.clone(),
        }
    }

    /// For people.
    pub fn words(&self) -> String {
        match &self.place {
            KeyPlace::File(path) => format!("{} ({})", path.display(), self.fingerprint),
            KeyPlace::Agent(_) => format!("{} of the agent", self.fingerprint),
        }
    }
}

/// Why no key was chosen.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The one that was named is none.
    #[error("{0} is no key that could sign: {1}")]
    NoKey(String, String),
    /// The one that was named may not sign.
    #[error("the key {0} is not in `allowed_signers`, so its approval would not count")]
    Unknown(String),
    /// There is none that may sign.
    #[error("no key of git, of the agent or of ~/.ssh is in `allowed_signers`")]
    None,
    /// There are several.
    #[error("several keys could sign: {}", .0.iter().map(|key| format!("{} for {}", key.words(), key.principals.join(", "))).collect::<Vec<_>>().join("; "))]
    Several(Vec<Key>),
    /// ssh-keygen could not be asked.
    #[error(transparent)]
    Keygen(#[from] KeygenError),
}

impl KeyError {
    /// The stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoKey(..) => "no-key",
            Self::Unknown(_) => "unknown-key",
            Self::None => "no-key-found",
            Self::Several(_) => "several-keys",
            Self::Keygen(error) => error.code(),
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::NoKey(..) => {
                "name a file with a private or a public key, or the fingerprint of a key of the agent".to_owned()
            }
            Self::Unknown(_) => "add it to `allowed_signers`, or name another key with --key".to_owned(),
            Self::None => {
                "name a key with --key, load one into an agent with `ssh-add`, or add yours to `allowed_signers`"
                    .to_owned()
            }
            Self::Several(keys) => {
                let names: Vec<String> = keys.iter().map(|key| format!("--key {}", key.argument())).collect();
                format!("choose one: {}", names.join(" or "))
            }
            Self::Keygen(error) => error.hint().to_owned(),
        }
    }
}

/// The key that signs. `may`: those whose approval would count, and of whom one is preferred.
pub fn choose(
    asked: Option<&str>,
    policy: &ApprovalDeclaration,
    inventory: &Path,
    people: &People,
    may: &BTreeSet<String>,
) -> Result<Key, KeyError> {
    if let Some(asked) = asked {
        let key = named(asked, policy)?;
        return if key.principals.is_empty() { Err(KeyError::Unknown(key.words())) } else { Ok(key) };
    }
    if let Some(key) = of_git(inventory, policy)? {
        return Ok(key);
    }
    let mut keys: Vec<Key> = Vec::new();
    for key in of_directory(policy)?.into_iter().chain(of_agent(policy)) {
        if !key.principals.is_empty() && keys.iter().all(|known| known.fingerprint != key.fingerprint) {
            keys.push(key);
        }
    }
    let counts = |key: &&Key| key.principals.iter().any(|principal| may.contains(people.person(principal)));
    let mut best: Vec<Key> = keys.iter().filter(counts).cloned().collect();
    if best.is_empty() {
        best = keys;
    }
    match (best.pop(), best.is_empty()) {
        (None, _) => Err(KeyError::None),
        (Some(key), true) => Ok(key),
        (Some(key), false) => Err(KeyError::Several(best.into_iter().chain([key]).collect())),
    }
}

fn named(asked: &str, policy: &ApprovalDeclaration) -> Result<Key, KeyError> {
    if asked.starts_with("SHA256:") {
        let key = of_agent(policy).into_iter().find(|key| key.fingerprint == asked);
        return key.ok_or_else(|| KeyError::NoKey(asked.to_owned(), "the agent has no such key".to_owned()));
    }
    of_file(Path::new(asked), policy)?.map_err(|why| KeyError::NoKey(asked.to_owned(), why))
}

fn of_file(path: &Path, policy: &ApprovalDeclaration) -> Result<Result<Key, String>, KeygenError> {
    Ok(match keygen::fingerprint(path)? {
        Err(why) => Err(why),
        Ok(fingerprint) => {
            let mut principals = listed(&fingerprint, policy);
            if principals.is_empty() {
                let speaks = |name: &String| policy.signers.iter().any(|ca| ca.cert_authority && ca.speaks_for(name));
                principals = keygen::certified(path)?.into_iter().filter(speaks).collect();
            }
            Ok(Key { place: KeyPlace::File(path.to_owned()), fingerprint, principals })
        }
    })
}

fn listed(fingerprint: &str, policy: &ApprovalDeclaration) -> Vec<String> {
    let lines = policy.signers.iter().filter(|signer| !signer.cert_authority && signer.fingerprint == fingerprint);
    lines.flat_map(|signer| signer.principals.clone()).collect()
}

fn of_agent(policy: &ApprovalDeclaration) -> Vec<Key> {
    let keys = keygen::in_agent().into_iter().filter_map(|line| {
        let fingerprint = inventory::fingerprint(&inventory::public_key(&line)?);
        let principals = listed(&fingerprint, policy);
        Some(Key { place: KeyPlace::Agent(line), fingerprint, principals })
    });
    keys.collect()
}

/// The keys that ssh itself would take by default.
fn of_directory(policy: &ApprovalDeclaration) -> Result<Vec<Key>, KeygenError> {
    let Some(directory) = home().map(|home| home.join(".ssh")) else { return Ok(Vec::new()) };
    let Ok(entries) = std::fs::read_dir(directory) else { return Ok(Vec::new()) };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("id_") && path.extension().is_none()
    });
    paths.sort();
    let mut keys = Vec::new();
    for path in paths {
        if let Ok(key) = of_file(&path, policy)? {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// What git signs with, where that is an SSH key which may sign here: `user.signingkey` is a file, or a key itself, which
/// then the agent has (git-config(1)).
fn of_git(inventory: &Path, policy: &ApprovalDeclaration) -> Result<Option<Key>, KeyError> {
    let setting = |name: &str| {
        let output =
            Command::new("git").arg("-C").arg(inventory).args(["config", "--get", name]).stderr(Stdio::null()).output();
        let output = output.ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()).filter(|value| !value.is_empty())
    };
    if setting("gpg.format").as_deref() != Some("ssh") {
        return Ok(None);
    }
    let Some(value) = setting("user.signingkey") else { return Ok(None) };
    let literal = value.strip_prefix("key::").unwrap_or(&value);
    let key = if let Some(blob) = inventory::public_key(literal) {
        let fingerprint = inventory::fingerprint(&blob);
        let principals = listed(&fingerprint, policy);
        Some(Key { place: KeyPlace::Agent(literal.to_owned()), fingerprint, principals })
    } else {
        let path = match (value.strip_prefix("~/"), home()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(&value),
        };
        of_file(&path, policy)?.ok()
    };
    Ok(key.filter(|key| !key.principals.is_empty()))
}

fn home() -> Option<PathBuf> {
    std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}
