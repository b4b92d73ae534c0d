//! Declared accounts at certificate authorities.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use super::context::Context;
use super::problem::Problem;
use super::source::Origin;
use super::suggest::{nearest, shown};
use super::text::{GroupName, Located};
use super::types_acme::{AcmeTable, SecretValue};
use crate::secrets::SecretRef;

/// Directories that have a short name (<https://letsencrypt.org/docs/acme-protocol-updates/>).
const DIRECTORIES: [(&str, &str); 2] = [
    ("letsencrypt", "https://acme-v02.api.letsencrypt.org/directory"),
    ("letsencrypt-staging", "https://acme-staging-v02.api.letsencrypt.org/directory"),
];

/// One declared account.
#[derive(Clone, Debug)]
pub struct AcmeDeclaration {
    /// The name in the inventory.
    pub name: String,
    /// The URL of the CA's directory (RFC 8555, section 7.1.1).
    pub directory: String,
    /// Mail addresses.
    pub contact: Vec<String>,
    /// PEM certificates that the CA's server is checked against, instead of the system's.
    pub ca_file: Option<CaFile>,
    /// External account binding.
    pub eab: Option<Eab>,
    /// The profile of certificates that name none.
    pub profile: Option<String>,
    /// Where it is declared.
    pub origin: Origin,
}

/// Where the certificates of a private CA are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaFile {
    /// A file on this side.
    Local(PathBuf),
    /// A file on a rehearsal host, in `[lab.acme]` alone: `HOST:/path`.
    OnHost {
        /// The rehearsal host's name.
        host: String,
        /// The absolute path there.
        path: String,
    },
}

/// External account binding (RFC 8555, section 7.3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eab {
    /// The identifier of the key.
    pub kid: String,
    /// The key, in base64url.
    pub key: SecretRef,
}

impl AcmeDeclaration {
    /// The directory of the CA's staging environment, where it is known to have one: what `--staging` orders from.
    pub fn staging(&self) -> Option<&'static str> {
        let [(_, production), (_, staging)] = DIRECTORIES;
        (self.directory == production || self.directory == staging).then_some(staging)
    }
}

/// Resolves all declared accounts; in a rehearsal's tables `ca-file` may be on a rehearsal host.
pub(super) fn build(
    table: BTreeMap<Located<GroupName>, AcmeTable>,
    rehearsal: bool,
    context: &mut Context<'_>,
) -> BTreeMap<String, AcmeDeclaration> {
    table
        .into_iter()
        .map(|(name, acme)| {
            let declaration = declaration(&name, acme, rehearsal, context);
            (name.value.to_string(), declaration)
        })
        .collect()
}

fn declaration(
    name: &Located<GroupName>,
    acme: AcmeTable,
    rehearsal: bool,
    context: &mut Context<'_>,
) -> AcmeDeclaration {
    let directory = directory(&acme.directory, context);
    if acme.ca_file.as_ref().is_some_and(|file| file.is_empty()) {
        let span = acme.ca_file.as_ref().map_or(0..0, |file| file.span.clone());
        context.problems.push(
            Problem::new("bad-value", format!("the `ca-file` of acme.{} names no file", name.value))
                .label(span, "empty"),
        );
    }
    let ca_file = acme.ca_file.map(|file| match file.value.split_once(':') {
        Some((host, path)) if rehearsal && path.starts_with('/') => {
            CaFile::OnHost { host: host.to_owned(), path: path.to_owned() }
        }
        _ => CaFile::Local(context.dir.join(&file.value)),
    });
    let eab = acme.eab.map(|eab| {
        if eab.kid.trim().is_empty() {
            context.problems.push(
                Problem::new("bad-value", format!("the `kid` of acme.{} is empty", name.value))
                    .label(eab.kid.span.clone(), "empty"),
            );
        }
        Eab { kid: eab.kid.value, key: secret(&eab.key, &format!("acme.{}", name.value), context) }
    });
    AcmeDeclaration {
        name: name.value.to_string(),
        directory,
        contact: acme.contact.into_iter().map(|address| address.value.to_string()).collect(),
        ca_file,
        eab,
        profile: acme.profile.map(|profile| profile.value),
        origin: context.origin(&name.span),
    }
}

fn directory(text: &Located<String>, context: &mut Context<'_>) -> String {
    if let Some((_, url)) = DIRECTORIES.iter().find(|(name, _)| *name == text.value) {
        return (*url).to_owned();
    }
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" && url.has_host() => {}
        found => {
            let label = match (found, nearest(text, DIRECTORIES.map(|(name, _)| name))) {
                (_, Some(near)) => format!("did you mean \"{near}\"?"),
                (Ok(url), None) if url.scheme() == "http" => "ACME needs https (RFC 8555, section 6.1)".to_owned(),
                _ => "neither a known name nor a URL".to_owned(),
            };
            context.problems.push(
                Problem::new("bad-value", format!("\"{}\" is no ACME directory", shown(text)))
                    .label(text.span.clone(), label)
                    .help("write \"letsencrypt\", \"letsencrypt-staging\", or the https URL of the CA's directory"),
            );
        }
    }
    text.value.clone()
}

/// The place of a secret; a problem, if it can never be resolved.
pub(super) fn secret(value: &Located<SecretValue>, owner: &str, context: &mut Context<'_>) -> SecretRef {
    if let Err(reason) = value.secret.check() {
        context.problems.push(
            Problem::new("bad-secret", format!("a secret of {owner} {reason}"))
                .label(value.span.clone(), "this reference"),
        );
    }
    value.value.secret.clone()
}
