//! From a transaction and the values that it needs to the script that its host runs. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::deferred::Provided;
use super::kept;
use super::observe::case_pattern;
use super::plan::{Lock, is_below};
use super::transaction::{
    Change, Command, Content, Expect, ExpectRunning, Idle, Part, PathState, Transaction, UnitOperation, Verify,
    content_digest,
};
use crate::names::{HostName, RemotePath, RunId};
use crate::secrets::{DigestKey, Secret, SecretRef};
use crate::text::shell_quote;

/// One script, in the order in which it is read: functions alone.
const EXECUTOR: &str = concat!(
    include_str!("executor.sh"),
    include_str!("executor_files.sh"),
    include_str!("executor_units.sh"),
    include_str!("executor_kept.sh"),
);

/// What a plan holds as references, as values.
#[derive(Default)]
pub struct Values {
    /// Secrets, by where they come from.
    pub secrets: BTreeMap<SecretRef, Secret>,
    /// What earlier steps of the run have provided, by name.
    pub deferred: BTreeMap<String, Provided>,
}

impl Values {
    /// The bytes of a content of which nothing is kept.
    ///
    /// # Errors
    /// When a value is missing, or a secret has changed since the plan was made.
    pub fn bytes(&self, content: &Content, key: &DigestKey) -> Result<Vec<u8>, CompileError> {
        let mut bytes = Vec::new();
        for part in &content.0 {
            bytes.extend(self.part(part, key)?);
        }
        Ok(bytes)
    }

    fn part(&self, part: &Part, key: &DigestKey) -> Result<Vec<u8>, CompileError> {
        match part {
            // The host alone has these.
            Part::Keep { .. } | Part::HostKey { .. } | Part::Kept { .. } => Ok(Vec::new()),
            Part::Text(text) => Ok(text.clone().into_bytes()),
            Part::Secret { secret, digest, escapes } => {
                let value =
                    self.secrets.get(secret).ok_or_else(|| CompileError::Missing { what: secret.to_string() })?;
                if key.digest("secret", value.expose()) != *digest {
                    return Err(CompileError::SecretChanged { reference: secret.to_string() });
                }
                Ok(escaped(value.expose(), escapes))
            }
            Part::Deferred { name, .. } => {
                let provided = self.deferred.get(name).ok_or_else(|| CompileError::Missing { what: name.clone() })?;
                Ok(provided.bytes.expose().to_vec())
            }
        }
    }
}

/// Why a transaction cannot be sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A secret has another value than when the plan was made.
    #[error("the secret {reference} has another value now than when the plan was made")]
    SecretChanged {
        /// Where it comes from.
        reference: String,
    },
    /// A value is not at hand.
    #[error("{what} is not at hand")]
    Missing {
        /// What.
        what: String,
    },
    /// Parts of a file are kept, and the plan does not say what the whole will be.
    #[error("the plan keeps parts of {path}, and has no digest of what it will be")]
    KeepWithoutDigest {
        /// Which file.
        path: String,
    },
}

impl CompileError {
    /// The stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SecretChanged { .. } => "secret-changed",
            Self::Missing { .. } => "value-missing",
            Self::KeepWithoutDigest { .. } => "bad-plan",
        }
    }
}

/// What comes with a transaction to its host.
pub struct Envelope<'a> {
    /// The run.
    pub run: &'a RunId,
    /// Makes the digests of secrets, and the salt of this host's content digests.
    pub key: &'a DigestKey,
    /// The host.
    pub host: &'a HostName,
    /// The host's journal line up to its outcome: a JSON object without its closing brace, ending in a comma.
    pub journal_head: &'a str,
    /// What the whole run holds meanwhile, for the record that the host keeps.
    pub locks: &'a [Lock],
    /// A word that nobody can guess: it ends the texts in the script.
    pub end: &'a str,
}

/// A function `executor` for the launch script, which prints the host-side executor with this transaction in it.
///
/// # Errors
/// When a value is missing, or a secret has changed since the plan was made.
pub fn compile(transaction: &Transaction, values: &Values, envelope: &Envelope<'_>) -> Result<String, CompileError> {
    let salt = envelope.key.host_salt(envelope.host);
    let compiler = Compiler { values, envelope, salt: &salt };
    let mut text = String::from(EXECUTOR);
    visitor(&mut text, "expectations", compiler.expectations(&transaction.expect)?.iter().enumerate());
    running(&mut text, &transaction.running);
    for (number, change) in transaction.changes.iter().enumerate() {
        if let Change::Write { path, content, .. } = change {
            compiler.content_function(&mut text, number + 1, path, content)?;
        }
    }
    let changes = compiler.changes(transaction)?;
    visitor(&mut text, "changes", changes.iter().enumerate());
    // Undone are those whose place was there before: what is put into a new directory goes with it.
    let is_root = |number: usize| !is_in_new_directory(transaction, transaction.changes[number].path());
    visitor(&mut text, "roots", changes.iter().enumerate().filter(|(number, _)| is_root(*number)));
    let validations: Vec<_> = transaction.validate.iter().map(command).collect();
    visitor(&mut text, "validations", validations.iter().enumerate());
    let calls = unit_operations(&transaction.units);
    let words: Vec<_> = calls.iter().map(Call::words).collect();
    visitor(&mut text, "unit_operations", words.iter().enumerate());
    for (number, call) in calls.iter().enumerate().filter(|(_, call)| call.verb == "drain") {
        visitor(&mut text, &format!("drains_{}", number + 1), drains(&call.operations).iter().enumerate());
    }
    visitor(&mut text, "verifications", compiler.verifications(&transaction.verify)?.iter().enumerate());
    let confirm = transaction.confirm.as_ref().map_or(":".to_owned(), |it| format!("\"$1\" {}", it.timeout_seconds));
    let end = envelope.end;
    let record = kept::Record::of(transaction, envelope);
    kept_files(&mut text, transaction);
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "confirmation() {{ {confirm}; }}\n\
         journal_head() {{ printf '%s' {}; }}\n\
         record() {{\ncat <<'{end}.record'\n{}\n{end}.record\n}}\n\
         is_needed() {{ case $1 in {}) ;; *) return 1 ;; esac; }}\n\
         run={}\nsalt={}\nfleet_executor \"$1\" \"${{2-}}\" end\n",
        shell_quote(envelope.journal_head),
        record.json(),
        needed(transaction, &record),
        shell_quote(envelope.run.as_str()),
        shell_quote(&salt),
    );
    Ok(format!("executor() {{\ncat <<'{end}'\n{text}{end}\n}}\n"))
}

/// Defines `kept_files`, which calls its first argument for each file that an earlier run kept and this one puts back.
fn kept_files(text: &mut String, transaction: &Transaction) {
    let files = transaction.changes.iter().filter_map(|change| match change {
        Change::Write { path, content, mode, owner, .. } => {
            let file = content.0.iter().find_map(kept::file_of)?;
            let or_empty = |word: &Option<String>| word.clone().unwrap_or_default();
            Some(vec![file, or_empty(mode), or_empty(owner), path.as_str().to_owned()])
        }
        _ => None,
    });
    let files: Vec<Vec<String>> = files.collect();
    visitor(text, "kept_files", files.iter().enumerate());
}

/// Patterns of `case` for the runs that clearing up must leave: this one's earlier waves, and those that it puts back.
fn needed(transaction: &Transaction, record: &kept::Record) -> String {
    let parts = transaction.contents().flat_map(|content| &content.0);
    let used = parts.filter_map(|part| match part {
        Part::Kept { run, .. } => Some(run),
        _ => None,
    });
    let undone = record.line.iter().filter_map(|line| line.undoes.as_ref());
    let runs: BTreeSet<&str> = used.chain(undone).chain([&record.run]).map(RunId::whole_str).collect();
    let patterns = runs.iter().map(|run| format!("{0} | {0}.*", shell_quote(run)));
    patterns.collect::<Vec<_>>().join(" | ")
}

/// Defines a function that calls its first argument once for each element, with the element's number and words.
fn visitor<'a>(text: &mut String, name: &str, elements: impl Iterator<Item = (usize, &'a Vec<String>)>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{name}() {{\n:");
    for (number, words) in elements {
        let words: Vec<String> = words.iter().map(|word| shell_quote(word)).collect();
        let _ = writeln!(text, "\"$1\" {} {}", number + 1, words.join(" "));
    }
    text.push_str("}\n");
}

/// Whether the transaction makes this directory: whatever it is not known to stand on already.
pub(super) fn is_new_directory(transaction: &Transaction, path: &RemotePath) -> bool {
    !transaction.expect.iter().any(|expect| expect.resolved == *path && expect.state == PathState::Directory)
}

fn is_in_new_directory(transaction: &Transaction, path: &RemotePath) -> bool {
    transaction.changes.iter().any(|change| {
        matches!(change, Change::Directory { path: directory, .. }
            if is_below(path.as_str(), directory.as_str()) && is_new_directory(transaction, directory))
    })
}

fn command(command: &Command) -> Vec<String> {
    std::iter::once(command.timeout_seconds.to_string()).chain(command.argv.iter().cloned()).collect()
}

/// Which units must run: all patterns in one call, and for each a function that tells whether a unit is of it.
fn running(text: &mut String, expected: &[ExpectRunning]) {
    // Writing to a String cannot fail.
    for (number, expect) in expected.iter().enumerate() {
        let pattern = case_pattern(&expect.pattern);
        let _ = writeln!(text, "running_{}() {{ case $1 in {pattern}) ;; *) return 1 ;; esac; }}", number + 1);
    }
    let patterns: Vec<String> = expected.iter().map(|expect| shell_quote(&expect.pattern)).collect();
    let call = if patterns.is_empty() { ":".to_owned() } else { format!("\"$@\" {}", patterns.join(" ")) };
    let _ = writeln!(text, "running_patterns() {{ {call}; }}");
    let words: Vec<Vec<String>> = expected
        .iter()
        .map(|expect| {
            let units = expect.units.iter().map(|unit| unit.as_str().to_owned());
            std::iter::once(expect.pattern.clone()).chain(units).collect()
        })
        .collect();
    visitor(text, "runnings", words.iter().enumerate());
}

/// Operations that go in one call, so that systemd does them side by side.
struct Call<'t> {
    verb: String,
    operations: Vec<&'t UnitOperation>,
}

impl Call<'_> {
    fn words(&self) -> Vec<String> {
        let units = self.operations.iter().filter_map(|operation| operation.unit());
        std::iter::once(self.verb.clone()).chain(units.map(|unit| unit.as_str().to_owned())).collect()
    }
}

/// Neighbours with the same verb, and of a quiet with the same signal.
fn unit_operations(operations: &[UnitOperation]) -> Vec<Call<'_>> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    for operation in operations {
        let verb = match operation {
            UnitOperation::Quiet { signal, .. } => format!("quiet={}", signal.as_deref().unwrap_or_default()),
            _ => operation.verb().to_owned(),
        };
        match calls.last_mut() {
            Some(call) if call.verb == verb => call.operations.push(operation),
            _ => calls.push(Call { verb, operations: vec![operation] }),
        }
    }
    calls
}

/// What a call waits for: the units whose title is to match the same regular expression are looked at together.
fn drains(operations: &[&UnitOperation]) -> Vec<Vec<String>> {
    let mut titles: BTreeMap<(u32, &str), Vec<&str>> = BTreeMap::new();
    let mut commands = Vec::new();
    for operation in operations {
        let UnitOperation::Drain { unit, idle, seconds } = operation else { continue };
        match idle {
            Idle::Title(regex) => titles.entry((*seconds, regex)).or_default().push(unit.as_str()),
            Idle::Command(it) => {
                let head = [seconds.to_string(), "command".to_owned(), unit.as_str().to_owned()];
                commands.push(head.into_iter().chain(command(it)).collect());
            }
        }
    }
    let titles = titles.into_iter().map(|((seconds, regex), units)| {
        let head = [seconds.to_string(), "title".to_owned(), regex.to_owned()];
        head.into_iter().chain(units.into_iter().map(str::to_owned)).collect()
    });
    // Commands first: they run in the background meanwhile.
    commands.into_iter().chain(titles).collect()
}

struct Compiler<'a> {
    values: &'a Values,
    envelope: &'a Envelope<'a>,
    salt: &'a str,
}

impl Compiler<'_> {
    fn expectations(&self, expectations: &[Expect]) -> Result<Vec<Vec<String>>, CompileError> {
        expectations
            .iter()
            .map(|expect| {
                let (kind, details) = match &expect.state {
                    PathState::Absent => ("absent", Vec::new()),
                    PathState::File { digest, mode, owner } => {
                        ("file", vec![digest.clone(), mode.clone(), owner.clone()])
                    }
                    PathState::Deferred { content, mode, owner } => {
                        let digest = self.digest(&expect.path, content)?;
                        ("file", vec![digest, mode.clone(), owner.clone()])
                    }
                    PathState::Link { target } => ("link", vec![target.clone()]),
                    PathState::Directory => ("directory", Vec::new()),
                };
                let mut words =
                    vec![kind.to_owned(), expect.path.as_str().to_owned(), expect.resolved.as_str().to_owned()];
                words.extend(details);
                Ok(words)
            })
            .collect()
    }

    fn changes(&self, transaction: &Transaction) -> Result<Vec<Vec<String>>, CompileError> {
        let or_empty = |word: &Option<String>| word.clone().unwrap_or_default();
        transaction
            .changes
            .iter()
            .map(|change| {
                let path = change.path();
                let (kind, details) = match change {
                    Change::Write { content, digest, mode, owner, .. } => {
                        let digest = match digest {
                            Some(digest) => digest.clone(),
                            // Only the host can tell what its own key is, or what it kept.
                            None if content.0.iter().any(is_of_host) => String::new(),
                            None => self.digest(path, content)?,
                        };
                        ("write", vec![digest, or_empty(mode), or_empty(owner)])
                    }
                    Change::Link { target, .. } => ("link", vec![target.clone()]),
                    Change::Remove { .. } => ("remove", Vec::new()),
                    Change::Directory { mode, owner, .. } if is_new_directory(transaction, path) => {
                        ("directory", vec!["new".to_owned(), or_empty(mode), or_empty(owner)])
                    }
                    Change::Directory { .. } => ("directory", vec!["kept".to_owned()]),
                    Change::RemoveDirectory { .. } => ("remove-directory", Vec::new()),
                };
                let mut words = vec![kind.to_owned(), path.as_str().to_owned(), mountinfo_escape(path.as_str())];
                words.extend(details);
                Ok(words)
            })
            .collect()
    }

    /// Defines `content_NUMBER`, which prints the file's new bytes.
    fn content_function(
        &self,
        text: &mut String,
        number: usize,
        path: &RemotePath,
        content: &Content,
    ) -> Result<(), CompileError> {
        let end = self.envelope.end;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "content_{number}() {{\n: &&");
        for part in &content.0 {
            if let Part::Keep { offset, length } = part {
                let _ = writeln!(text, "keep {} {offset} {length} &&", shell_quote(path.as_str()));
            } else if let Part::HostKey { path } = part {
                let _ = writeln!(text, "cat -- {} &&", shell_quote(path.as_str()));
            } else if let Some(file) = kept::file_of(part) {
                let _ = writeln!(text, "cat -- {} &&", shell_quote(&file));
            } else {
                let bytes = self.bytes(part)?;
                let _ = writeln!(text, "base64 -d <<'{end}.part' &&\n{}\n{end}.part", BASE64_STANDARD.encode(bytes));
            }
        }
        text.push_str(":\n}\n");
        Ok(())
    }

    /// The digest of a content of which nothing is kept.
    fn digest(&self, path: &RemotePath, content: &Content) -> Result<String, CompileError> {
        let mut bytes = Vec::new();
        for part in &content.0 {
            if matches!(part, Part::Keep { .. }) || is_of_host(part) {
                return Err(CompileError::KeepWithoutDigest { path: path.to_string() });
            }
            bytes.extend(self.bytes(part)?);
        }
        Ok(content_digest(self.salt, &bytes))
    }

    fn bytes(&self, part: &Part) -> Result<Vec<u8>, CompileError> {
        self.values.part(part, self.envelope.key)
    }

    fn verifications(&self, verifications: &[Verify]) -> Result<Vec<Vec<String>>, CompileError> {
        verifications
            .iter()
            .map(|verify| {
                Ok(match verify {
                    Verify::Active { units, seconds } => ["active".to_owned(), seconds.to_string()]
                        .into_iter()
                        .chain(units.iter().map(|unit| unit.as_str().to_owned()))
                        .collect(),
                    Verify::StartedAnew(unit) => {
                        vec!["started-anew".to_owned(), unit.as_str().to_owned()]
                    }
                    Verify::Environment { unit, key, value } => {
                        let digest = match value {
                            None => String::new(),
                            Some(value) => {
                                let mut bytes = format!("{key}=").into_bytes();
                                for part in &value.0 {
                                    bytes.extend(self.bytes(part)?);
                                }
                                bytes.push(0);
                                content_digest(self.salt, &bytes)
                            }
                        };
                        vec!["environment".to_owned(), unit.as_str().to_owned(), key.clone(), digest]
                    }
                    // The kernel's table has ports in upper-case hexadecimal (proc_net_tcp, kernel documentation).
                    Verify::Listening(port) => vec!["listening".to_owned(), format!("{port:04X}"), port.to_string()],
                    Verify::Command(it) => std::iter::once("command".to_owned()).chain(command(it)).collect(),
                })
            })
            .collect()
    }
}

/// Whether nobody but the host knows its bytes, wherever they go.
fn is_of_host(part: &Part) -> bool {
    matches!(part, Part::HostKey { .. } | Part::Kept { .. })
}

/// Replaces each left side by its right side, in one pass.
pub fn escaped(value: &[u8], escapes: &[(String, String)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value;
    'next: while let Some((first, tail)) = rest.split_first() {
        for (from, to) in escapes {
            if !from.is_empty() && rest.starts_with(from.as_bytes()) {
                bytes.extend_from_slice(to.as_bytes());
                rest = &rest[from.len()..];
                continue 'next;
            }
        }
        bytes.push(*first);
        rest = tail;
    }
    bytes
}

/// As the kernel writes paths in `/proc/PID/mountinfo`: blank, tab, newline and backslash in octal (`proc_pid_mountinfo(5)`).
fn mountinfo_escape(path: &str) -> String {
    path.replace('\\', "\\134").replace(' ', "\\040").replace('\t', "\\011").replace('\n', "\\012")
}
