//! A certificate of the store as files, for whoever needs them elsewhere.

use std::fs::{DirBuilder, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::directory::{PRIVATE, sync};
use super::{Store, StoreError, Stored, entry};
use crate::names::HostName;
use crate::secrets::Secret;
use crate::x509::Serial;

/// A file that can be exported, named as certbot and haproxy have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `fullchain.pem`: the leaf and what leads from it to the root.
    Fullchain,
    /// `cert.pem`: the leaf alone.
    Leaf,
    /// `chain.pem`: all but the leaf.
    Issuers,
    /// `privkey.pem`: the private key, mode 0600.
    Key,
    /// `combined.pem`: the whole chain and the private key, mode 0600.
    Combined,
}

/// What is exported, and whether it may replace files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The files.
    pub parts: Vec<Part>,
    /// Whether files that are there are replaced.
    pub replace: bool,
}

impl Part {
    /// The file's name.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Fullchain => "fullchain.pem",
            Self::Leaf => "cert.pem",
            Self::Issuers => "chain.pem",
            Self::Key => "privkey.pem",
            Self::Combined => "combined.pem",
        }
    }

    fn mode(self) -> u32 {
        match self {
            Self::Fullchain | Self::Leaf | Self::Issuers => 0o644,
            Self::Key | Self::Combined => PRIVATE,
        }
    }

    fn content(self, stored: &Stored) -> Option<Secret> {
        let text = |text: String| Secret::new(text.into_bytes());
        match self {
            Self::Fullchain => Some(text(stored.chain.to_pem())),
            Self::Leaf => Some(text(stored.chain.leaf_pem())),
            Self::Issuers => Some(text(stored.chain.issuers_pem())),
            Self::Key => stored.key.clone(),
            Self::Combined => {
                stored.key.as_ref().map(|key| Secret::new([stored.chain.to_pem().as_bytes(), key.expose()].concat()))
            }
        }
    }
}

impl Store {
    /// Writes files of one certificate into a directory, which is made (mode 0700) if it is not there. Returns what was
    /// written, each file whole. Nothing is written where a file is in the way, or the key is asked for and not to be had.
    pub fn export(
        &self,
        name: &str,
        host: Option<&HostName>,
        serial: &Serial,
        into: &Path,
        export: &Export,
    ) -> Result<Vec<PathBuf>, StoreError> {
        let place = self.place(name, host, serial)?;
        if !place.try_exists().map_err(StoreError::at("look at", &place))? {
            return Err(StoreError::NotThere { path: place });
        }
        let (stored, problems) = entry::read(&place, &self.identities);
        let problem = problems.into_iter().next().map(|kind| super::Problem {
            name: name.to_owned(),
            host: host.cloned(),
            path: place.clone(),
            kind,
        });
        let why = problem.map_or_else(|| "it never was here".to_owned(), |problem| problem.to_string());
        let Some(stored) = stored else {
            return Err(StoreError::at("use", &place)(std::io::Error::other(why)));
        };
        let mut files = Vec::new();
        for part in &export.parts {
            let path = into.join(part.file_name());
            let content = part.content(&stored);
            let content = content.ok_or_else(|| StoreError::NoKey { path: place.clone(), reason: why.clone() })?;
            if !export.replace && path.symlink_metadata().is_ok() {
                return Err(StoreError::Exists { path });
            }
            files.push((path, content, part.mode()));
        }
        DirBuilder::new().recursive(true).mode(0o700).create(into).map_err(StoreError::at("create", into))?;
        for (path, content, mode) in &files {
            write(into, path, content, *mode, export.replace)?;
        }
        sync(into)?;
        Ok(files.into_iter().map(|(path, ..)| path).collect())
    }
}

/// Writes a file beside its place (0600 from the first byte), and moves it there.
fn write(into: &Path, path: &Path, content: &Secret, mode: u32, replace: bool) -> Result<(), StoreError> {
    let fail = || StoreError::at("write", path);
    let mut file = tempfile::NamedTempFile::new_in(into).map_err(fail())?;
    file.write_all(content.expose()).map_err(fail())?;
    file.as_file().set_permissions(Permissions::from_mode(mode)).map_err(fail())?;
    file.as_file().sync_all().map_err(fail())?;
    let persisted = if replace { file.persist(path) } else { file.persist_noclobber(path) };
    match persisted {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(StoreError::Exists { path: path.to_owned() })
        }
        Err(error) => Err(fail()(error.error)),
    }
}
