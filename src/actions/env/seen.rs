//! What a host's file holds, as its reader reads it, and how its values may be shown.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Document, Format};
use super::edit::{Edit, NewValue, assemble};
use super::secrecy::{looks_secret, name_can_be_shown};
use crate::engine::fact::Fact;
use crate::engine::probe::{Bytes, HostFacts, PathFact, PathKind};
use crate::inventory::{Declared, EnvDeclaration, EnvFormat, KeyRule};
use crate::names::HostName;
use crate::secrets::DigestKey;

/// The file on one host.
pub(super) enum SeenFile<'a> {
    /// It is there.
    File(Seen<'a>),
    /// It is not.
    Absent,
    /// It could not be read.
    Unknown(String),
}

/// A file that is there, or the nothing in place of one that is to be made.
pub(super) struct Seen<'a> {
    pub(super) fact: Option<&'a PathFact>,
    pub(super) document: Document,
    pub(super) values: BTreeMap<String, String>,
    /// All names that are assigned, those too that the reader drops.
    pub(super) names: BTreeSet<String>,
    /// Names whose value depends on more than the file, such as `$HOME` in it.
    pub(super) uncertain: BTreeSet<String>,
}

impl Seen<'_> {
    pub(super) fn nothing(file: &EnvDeclaration) -> Self {
        Self::read(file, None, b"")
    }

    fn read<'a>(file: &EnvDeclaration, fact: Option<&'a PathFact>, bytes: &[u8]) -> Seen<'a> {
        let document = Document::parse(bytes, format(file));
        let values = document.effective();
        let names = document.assignments().map(|(_, assignment)| assignment.key.clone()).collect();
        let uncertain = values
            .keys()
            .filter(|name| document.winner(name).is_some_and(|(_, assignment)| !assignment.certain))
            .cloned()
            .collect();
        Seen { fact, document, values, names, uncertain }
    }
}

pub(super) fn format(file: &EnvDeclaration) -> Format {
    match file.format {
        EnvFormat::Dotenv => Format::Dotenv,
        EnvFormat::Systemd => Format::Systemd,
        EnvFormat::Docker => Format::Docker,
    }
}

pub(super) fn file<'a>(file: &EnvDeclaration, facts: &'a HostFacts) -> SeenFile<'a> {
    match facts.file(&file.path) {
        Fact::Absent => SeenFile::Absent,
        Fact::Unknown(why) => SeenFile::Unknown(why),
        Fact::Known(fact) => match &fact.kind {
            PathKind::File(Bytes(bytes)) => SeenFile::File(Seen::read(file, Some(fact), bytes)),
            PathKind::Directory => SeenFile::Unknown("it is a directory".to_owned()),
            PathKind::Other(what) => SeenFile::Unknown(format!("it is a {what}")),
        },
    }
}

/// A name as anybody may see it: a stray line of a private key reads like a name.
pub(super) fn shown_name(name: &str) -> &str {
    if name_can_be_shown(name) { name } else { "(a name that may be a secret)" }
}

/// How values may be shown: what is a secret, or looks like one, as a keyed digest.
pub(super) struct Shown<'a> {
    pub(super) key: &'a DigestKey,
    pub(super) redacted: bool,
    pub(super) keys: &'a BTreeMap<String, KeyRule>,
}

impl Shown<'_> {
    pub(super) fn is_secret(&self, name: &str, value: &str) -> bool {
        is_secret(self.keys, name, value)
    }

    /// A value as anybody may see it.
    pub(super) fn value(&self, name: &str, value: &str) -> String {
        if self.is_digest(value) || !self.is_secret(name, value) { value.to_owned() } else { self.digest(value) }
    }

    /// Whether what was seen is what is meant; in redacted facts a digest stands for what was seen.
    pub(super) fn same(&self, seen: &str, meant: &str) -> bool {
        if self.is_digest(seen) { seen == self.digest(meant) } else { seen == meant }
    }

    fn digest(&self, value: &str) -> String {
        self.key.digest("secret", value.as_bytes()).to_string()
    }

    fn is_digest(&self, value: &str) -> bool {
        self.redacted && value.strip_prefix(self.key.id()).is_some_and(|rest| rest.starts_with(':'))
    }
}

fn is_secret(keys: &BTreeMap<String, KeyRule>, name: &str, value: &str) -> bool {
    let declared = keys.get(name);
    declared.is_some_and(|rule| rule.rule.sensitive || matches!(rule.value, Some(Declared::Secret(_))))
        || looks_secret(name, value)
}

/// Puts keyed digests in place of secrets: in the file, and in the environments of its readers.
pub(super) fn redact(declaration: &EnvDeclaration, host: &HostName, facts: &mut HostFacts, key: &DigestKey) {
    let keys = declaration.keys_for(host);
    let digest = |value: &[u8]| key.digest("secret", value).to_string();
    if let Some(fact) = facts.files.get_mut(&declaration.path)
        && let Fact::Known(PathFact { kind: PathKind::File(bytes), .. }) = fact
    {
        let document = Document::parse(&bytes.0, format(declaration));
        match redacted(&document, &keys, &digest) {
            Some(redacted) => *bytes = redacted,
            None => *fact = Fact::Unknown("it could not be written without its secrets".to_owned()),
        }
    }
    for process in &mut facts.processes {
        if let Fact::Known(environment) = &mut process.environment {
            for (name, value) in environment {
                if is_secret(&keys, name, &String::from_utf8_lossy(&value.0)) {
                    value.0 = digest(&value.0).into_bytes();
                }
            }
        }
    }
}

/// The file with a digest for each secret, and without any line that is no assignment or loses to another.
fn redacted(document: &Document, keys: &BTreeMap<String, KeyRule>, digest: &dyn Fn(&[u8]) -> String) -> Option<Bytes> {
    let edits: Vec<Edit> = document
        .effective()
        .into_iter()
        .map(|(name, value)| {
            let value = if is_secret(keys, &name, &value) { digest(value.as_bytes()) } else { value };
            Edit::Set { key: name, value: NewValue::Plain(value) }
        })
        .collect();
    let blank = Document::parse(b"", document.format());
    let pieces = blank.edit(&edits).ok()?;
    assemble(b"", &pieces, |_| None).ok().map(Bytes)
}
