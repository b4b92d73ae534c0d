//! What a host's file holds, as its reader reads it, and how its values may be shown.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Document, Format};
use super::edit::{Edit, NewValue, assemble};
use super::encoding::encode;
use super::near_name::near_name;
use super::secrecy::{looks_secret, name_can_be_shown};
use crate::engine::fact::Fact;
use crate::engine::probe::{Bytes, HostFacts, PathFact, PathKind};
use crate::inventory::{Declared, EnvDeclaration, EnvFormat, KeyRule};
use crate::names::HostName;
use crate::secrets::{DigestKey, KeyedDigest};

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
    /// Names that processes were asked for because the file has them (`keys_of` in observe.sh): what was not asked for and
    /// did not come is not missing there.
    pub(super) asked: BTreeSet<String>,
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
        Seen { fact, document, values, names, uncertain, asked: asked(bytes) }
    }

    /// What stands there for a name, whether or not the reader takes it.
    pub(super) fn written(&self, name: &str) -> Option<&str> {
        let last = self.document.assignments().rev().find(|(_, assignment)| assignment.key == name);
        last.map(|(_, assignment)| assignment.value.as_str())
    }
}

/// As `keys_of` in observe.sh finds them.
fn asked(bytes: &[u8]) -> BTreeSet<String> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | 0x0B | 0x0C);
    let trim = |line: &[u8]| line.iter().position(|byte| !is_space(byte)).unwrap_or(line.len());
    let name_of = |line: &[u8]| {
        let line = &line[trim(line)..];
        let bare = line.strip_prefix(b"export").filter(|rest| trim(rest) > 0).map(|rest| &rest[trim(rest)..]);
        let line = bare.filter(|rest| !rest.starts_with(b"=")).unwrap_or(line);
        let length = line.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(line.len());
        let (name, rest) = line.split_at(length);
        let assigned = length > 0 && rest[trim(rest)..].starts_with(b"=");
        assigned.then(|| String::from_utf8_lossy(name).into_owned())
    };
    bytes.split(|byte| *byte == b'\n').filter_map(name_of).collect()
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
            PathKind::Digest(_) => SeenFile::Unknown("its content stays on the host".to_owned()),
            PathKind::Directory => SeenFile::Unknown("it is a directory".to_owned()),
            PathKind::Other(what) => SeenFile::Unknown(format!("it is a {what}")),
        },
    }
}

/// A name as anybody may see it: a stray line of a private key reads like a name.
pub(super) fn shown_name(name: &str) -> &str {
    let bare = name.strip_prefix("export").map_or(name, str::trim_start);
    if name_can_be_shown(bare) { name } else { "(a name that may be a secret)" }
}

/// How values may be shown: what is a secret, or looks like one, as a keyed digest.
pub(super) struct Shown<'a> {
    pub(super) key: &'a DigestKey,
    pub(super) redacted: bool,
    pub(super) keys: &'a BTreeMap<String, KeyRule>,
    /// The values of all secrets: each may stand under another name too.
    pub(super) secrets: &'a BTreeSet<String>,
}

impl Shown<'_> {
    pub(super) fn is_secret(&self, name: &str, value: &str) -> bool {
        is_secret(self.keys, name, value) || holds_one(self.secrets, value)
    }

    /// A value as anybody may see it.
    pub(super) fn value(&self, name: &str, value: &str) -> String {
        if self.is_digest(value) || !self.is_secret(name, value) { value.to_owned() } else { self.digest(value) }
    }

    /// Whether two values are the same; in redacted facts a digest stands for either of them.
    pub(super) fn same(&self, one: &str, other: &str) -> bool {
        match (self.is_digest(one), self.is_digest(other)) {
            (true, false) => one == self.digest(other),
            (false, true) => self.digest(one) == other,
            _ => one == other,
        }
    }

    fn digest(&self, value: &str) -> String {
        self.key.digest("secret", value.as_bytes()).to_string()
    }

    /// Whether this is no value of the host's, but a digest in its place.
    pub(super) fn is_digest(&self, value: &str) -> bool {
        self.redacted && is_digest(self.key, value)
    }
}

/// Whether a value is a known secret, or has one in it. Short ones are no more than the words that every file is full of.
fn holds_one(secrets: &BTreeSet<String>, value: &str) -> bool {
    secrets.iter().any(|secret| {
        let tells = secret.len() >= 4 && looks_secret("SECRET", secret);
        tells && (value == secret || secret.len() >= 8 && value.contains(secret.as_str()))
    })
}

fn is_digest(key: &DigestKey, value: &str) -> bool {
    value.parse::<KeyedDigest>().is_ok_and(|digest| digest.key_id() == key.id())
}

fn is_secret(keys: &BTreeMap<String, KeyRule>, name: &str, value: &str) -> bool {
    let declared = |rule: &KeyRule| rule.rule.sensitive || matches!(rule.value, Some(Declared::Secret(_)));
    if keys.get(name).is_some_and(declared) || looks_secret(name, value) {
        return true;
    }
    // A slip of a secret's name holds the secret.
    let secrets: BTreeSet<String> =
        keys.iter().filter(|(_, rule)| declared(rule)).map(|(name, _)| name.clone()).collect();
    near_name(name, &secrets, &BTreeSet::new()).is_some()
}

/// Puts keyed digests in place of secrets: in the file, and in the environments of its readers. `held` are secrets that
/// may stand under any name.
pub(super) fn redact(
    declaration: &EnvDeclaration,
    host: &HostName,
    facts: &mut HostFacts,
    held: &BTreeSet<String>,
    key: &DigestKey,
) {
    let keys = declaration.keys_for(host);
    let digest = |value: &[u8]| key.digest("secret", value).to_string();
    let hide = |name: &str, value: &str| {
        // Two files may share a reader: what the first one hid stays as it is.
        !is_digest(key, value) && (is_secret(&keys, name, value) || holds_one(held, value))
    };
    if let Some(fact) = facts.files.get_mut(&declaration.path)
        && let Fact::Known(PathFact { kind: PathKind::File(bytes), .. }) = fact
    {
        let document = Document::parse(&bytes.0, format(declaration));
        match redacted(&document, &hide, &digest) {
            Some(redacted) => *bytes = redacted,
            None => *fact = Fact::Unknown("it could not be written without its secrets".to_owned()),
        }
    }
    for process in &mut facts.processes {
        if let Fact::Known(environment) = &mut process.environment {
            for (name, value) in environment {
                if hide(name, &String::from_utf8_lossy(&value.0)) {
                    value.0 = digest(&value.0).into_bytes();
                }
            }
        }
    }
}

/// Adds the secrets that the file and its readers hold under names that tell: each may stand under another name too.
pub(super) fn hold(
    held: &mut BTreeSet<String>,
    declaration: &EnvDeclaration,
    keys: &BTreeMap<String, KeyRule>,
    facts: &HostFacts,
    key: &DigestKey,
) {
    let mut pairs: Vec<(String, String)> = Vec::new();
    if let Some(Fact::Known(PathFact { kind: PathKind::File(bytes), .. })) = facts.files.get(&declaration.path) {
        pairs.extend(Document::parse(&bytes.0, format(declaration)).effective());
    }
    let environments = facts.processes.iter().filter_map(|process| process.environment.known());
    let lossy = |value: &Bytes| String::from_utf8_lossy(&value.0).into_owned();
    pairs.extend(environments.flatten().map(|(name, value)| (name.clone(), lossy(value))));
    pairs.retain(|(name, value)| !is_digest(key, value) && is_secret(keys, name, value));
    held.extend(pairs.into_iter().map(|(_, value)| value));
}

/// The file with a digest for each secret, and without comments, lines that are no assignment, and values that the reader
/// drops. A file that its reader refuses is told in no other way than as it is, and is left out.
fn redacted(document: &Document, hide: &dyn Fn(&str, &str) -> bool, digest: &dyn Fn(&[u8]) -> String) -> Option<Bytes> {
    if document.refused().is_some() {
        return None;
    }
    let values = document.effective();
    let dropped: BTreeMap<&str, &str> = document
        .assignments()
        .map(|(_, assignment)| (assignment.key.as_str(), assignment.value.as_str()))
        .filter(|(name, _)| !values.contains_key(*name) && name_can_be_shown(name))
        .collect();
    let edits: Vec<Edit> = values
        .iter()
        .map(|(name, value)| {
            let value = if hide(name, value) { digest(value.as_bytes()) } else { value.clone() };
            Edit::Set { key: name.clone(), value: NewValue::Plain(value) }
        })
        .collect();
    let blank = Document::parse(b"", document.format());
    let pieces = blank.edit(&edits).ok()?;
    let mut bytes = assemble(b"", &pieces, |_| None).ok()?;
    for (name, value) in dropped {
        let value = if hide(name, value) { digest(value.as_bytes()) } else { value.to_owned() };
        // A value that was dropped for what is in it is left out.
        let written = encode(&value, document.format()).map(|encoding| encoding.render(&value)).unwrap_or_default();
        bytes.extend_from_slice(format!("{name}={written}\n").as_bytes());
    }
    Some(Bytes(bytes))
}
