//! Where the files of a certificate are on a host: `versions/SERIAL/` in its directory, the link `current`, and the
//! links in a directory that certbot may have left.

use crate::engine::transaction::{Content, Part};
use crate::inventory::{CertDeclaration, Layout};
use crate::names::RemotePath;
use crate::store::Stored;

/// The permission bits of what is public.
pub(super) const PUBLIC_MODE: &str = "0644";
/// The permission bits of directories: what is secret in them has its own.
pub(super) const DIRECTORY_MODE: &str = "0755";

/// A file of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum File {
    /// The leaf and what leads to the root.
    Fullchain,
    /// The private key.
    Privkey,
    /// The leaf alone.
    Cert,
    /// What leads from the leaf to the root.
    Chain,
    /// All in one.
    Combined,
}

impl File {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Fullchain => "fullchain.pem",
            Self::Privkey => "privkey.pem",
            Self::Cert => "cert.pem",
            Self::Chain => "chain.pem",
            Self::Combined => "combined.pem",
        }
    }

    /// Whether the private key is in it.
    pub(super) fn is_secret(self) -> bool {
        matches!(self, Self::Privkey | Self::Combined)
    }
}

/// The names in certbot's `live/NAME`.
pub(super) const LIVE: [File; 4] = [File::Cert, File::Chain, File::Fullchain, File::Privkey];

/// The files of each version. `fullchain.pem` is always among them: by it a version is known.
pub(super) fn files(cert: &CertDeclaration) -> Vec<File> {
    let mut files = vec![File::Fullchain];
    if cert.live.is_some() {
        files.extend([File::Cert, File::Chain]);
    }
    if cert.layout == Layout::Pair || cert.live.is_some() {
        files.push(File::Privkey);
    }
    if cert.layout == Layout::Combined {
        files.push(File::Combined);
    }
    files
}

/// The permission bits of a file, octal, four digits.
pub(super) fn mode(cert: &CertDeclaration, file: File) -> String {
    if file.is_secret() { format!("{:04o}", cert.mode) } else { PUBLIC_MODE.to_owned() }
}

/// Owner and group as `user:group`.
pub(super) fn owner(cert: &CertDeclaration) -> String {
    format!("{}:{}", cert.owner.0, cert.owner.1)
}

pub(super) fn below(directory: &RemotePath, name: &str) -> RemotePath {
    RemotePath::new(format!("{}/{name}", directory.as_str().trim_end_matches('/')))
}

/// The directory that holds a path.
pub(super) fn parent(path: &RemotePath) -> RemotePath {
    match path.as_str().trim_end_matches('/').rsplit_once('/') {
        Some((directory, _)) if !directory.is_empty() => RemotePath::new(directory),
        _ => RemotePath::new("/"),
    }
}

pub(super) fn versions(cert: &CertDeclaration) -> RemotePath {
    below(&cert.directory, "versions")
}

pub(super) fn version(cert: &CertDeclaration, serial: &str) -> RemotePath {
    below(&versions(cert), serial)
}

pub(super) fn current(cert: &CertDeclaration) -> RemotePath {
    below(&cert.directory, "current")
}

/// The text of the link `current` for a version.
pub(super) fn link_text(serial: &str) -> String {
    format!("versions/{serial}")
}

/// The version that a link text names, if it is one of ours.
pub(super) fn linked<'a>(cert: &CertDeclaration, text: &'a str) -> Option<&'a str> {
    let absolute = format!("{}/versions/", cert.directory);
    let serial = text.strip_prefix("versions/").or_else(|| text.strip_prefix(absolute.as_str()))?;
    let serial = serial.trim_end_matches('/');
    (!serial.is_empty() && !serial.contains('/')).then_some(serial)
}

/// The bytes of a file of a stored version, where all of them are public.
pub(super) fn public_text(file: File, stored: &Stored) -> Option<String> {
    match file {
        File::Fullchain => Some(stored.chain.to_pem()),
        File::Cert => Some(stored.chain.leaf_pem()),
        File::Chain => Some(stored.chain.issuers_pem()),
        File::Privkey | File::Combined => None,
    }
}

/// The bytes of a file of a stored version; none where the key is not at hand.
pub(super) fn bytes(file: File, stored: &Stored) -> Option<crate::secrets::Secret> {
    let key = stored.key.as_ref().map(crate::secrets::Secret::expose);
    let bytes = match file {
        File::Privkey => key?.to_vec(),
        File::Combined => [stored.chain.to_pem().as_bytes(), key?].concat(),
        File::Fullchain | File::Cert | File::Chain => public_text(file, stored)?.into_bytes(),
    };
    Some(crate::secrets::Secret::new(bytes))
}

/// What a file will hold, as parts: the key is fetched from the store when the plan is carried out.
pub(super) fn content(file: File, stored: &Stored, key: Part) -> Content {
    match file {
        File::Privkey => Content(vec![key]),
        File::Combined => Content(vec![Part::Text(stored.chain.to_pem()), key]),
        File::Fullchain | File::Cert | File::Chain => {
            Content(public_text(file, stored).map(Part::Text).into_iter().collect())
        }
    }
}
