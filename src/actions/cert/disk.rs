//! What a host has of a certificate: probes, and their answers.

use std::collections::BTreeMap;

use super::layout::{self, File, below};
use crate::engine::fact::Fact;
use crate::engine::probe::{HostFacts, LinkFact, PathFact, PathKind, Probe};
use crate::inventory::{CertDeclaration, OnHost};
use crate::names::RemotePath;
use crate::x509::Chain;

/// The line that no public file has.
const PRIVATE: &[u8] = b"PRIVATE KEY-----";

/// What to ask a host; `targets` are the versions that it may be to have.
pub(super) fn probes<'a>(
    cert: &CertDeclaration,
    on: &OnHost,
    targets: impl IntoIterator<Item = &'a str>,
) -> Vec<Probe> {
    let parent = layout::parent(&cert.directory);
    let current = layout::current(cert);
    let mut probes = vec![
        Probe::File { path: layout::parent(&parent) },
        Probe::File { path: parent },
        Probe::File { path: cert.directory.clone() },
        Probe::Directory { path: layout::versions(cert) },
        Probe::Link { path: current.clone() },
    ];
    probes.extend(layout::files(cert).into_iter().map(|file| file_probe(file, below(&current, file.name()))));
    for target in targets {
        let version = layout::version(cert, target);
        probes.push(Probe::File { path: version.clone() });
        probes.extend(layout::files(cert).into_iter().map(|file| file_probe(file, below(&version, file.name()))));
    }
    if let Some(live) = &cert.live {
        probes.extend([Probe::File { path: layout::parent(live) }, Probe::File { path: live.clone() }]);
        probes.extend(layout::LIVE.map(|file| Probe::Link { path: below(live, file.name()) }));
    }
    probes.extend(on.reload.iter().map(|unit| Probe::Units { pattern: unit.to_string() }));
    probes
}

/// A key stays on its host.
fn file_probe(file: File, path: RemotePath) -> Probe {
    if file.is_secret() { Probe::Digest { path } } else { Probe::File { path } }
}

/// What a host has of a certificate.
pub(super) struct Disk<'a> {
    /// The text of the link `current`.
    pub(super) current: Fact<&'a LinkFact>,
    /// What `current/fullchain.pem` holds.
    pub(super) chain: Fact<Read>,
    /// The files below `current`.
    pub(super) files: BTreeMap<File, Fact<&'a PathFact>>,
}

/// A chain as a file holds it.
pub(super) enum Read {
    /// It can be read.
    Chain(Box<Chain>),
    /// It can't, for this reason.
    Bad(String),
    /// There is a private key in it.
    WithKey,
}

impl Disk<'_> {
    /// The chain, where one is there and can be read.
    pub(super) fn readable(&self) -> Option<&Chain> {
        match self.chain.known() {
            Some(Read::Chain(chain)) => Some(chain.as_ref()),
            _ => None,
        }
    }
}

/// Reads the answers.
pub(super) fn read<'a>(cert: &CertDeclaration, facts: &'a HostFacts) -> Disk<'a> {
    let current = layout::current(cert);
    let files: BTreeMap<File, Fact<&PathFact>> =
        layout::files(cert).into_iter().map(|file| (file, facts.file(&below(&current, file.name())))).collect();
    let chain = match files.get(&File::Fullchain) {
        Some(Fact::Known(fact)) => Fact::Known(chain(fact)),
        Some(Fact::Absent) | None => Fact::Absent,
        Some(Fact::Unknown(why)) => Fact::Unknown(why.clone()),
    };
    Disk { current: facts.link(&current), chain, files }
}

fn chain(fact: &PathFact) -> Read {
    match &fact.kind {
        PathKind::File(bytes) if holds_key(&bytes.0) => Read::WithKey,
        PathKind::File(bytes) => match Chain::from_pem(&bytes.0) {
            Ok(chain) => Read::Chain(Box::new(chain)),
            Err(error) => Read::Bad(error.to_string()),
        },
        // As a facts file has it: see `redact`.
        PathKind::Digest(_) => Read::WithKey,
        PathKind::Directory => Read::Bad("it is a directory".to_owned()),
        PathKind::Other(kind) => Read::Bad(format!("it is a {kind}")),
    }
}

/// Whether a private key stands in a text.
pub(super) fn holds_key(text: &[u8]) -> bool {
    text.windows(PRIVATE.len()).any(|window| window == PRIVATE)
}
