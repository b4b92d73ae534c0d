//! A changed file as parts: what stays is named by its place and never copied, what is new is text, and a secret is a gap.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::document::{Document, Entry, EntryKind, Format};
use super::encoding::{Encoding, NotRepresentable, check_name, encode_like};
use super::problem::ProblemKind;
use super::secrecy::name_can_be_shown;

/// A value to be set.
#[derive(Clone, PartialEq, Eq)]
pub enum NewValue {
    /// Known now, and written into the parts. `Debug` does not show it.
    Plain(String),
    /// Rendered later, by [`super::encoding::encode`]; the parts hold a [`Piece::Value`] in its place.
    Secret,
}

impl fmt::Debug for NewValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain(…)",
            Self::Secret => "Secret",
        })
    }
}

/// One change. Of several for one key, the last counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The reader ends with this value. Where the key is assigned, only the bytes of the value that wins are replaced; else
    /// a line is added at the end. Earlier assignments of the key stay: none of the readers lets them win, Ruby's `$KEY`
    /// may use them, and they are reported as duplicates.
    Set {
        /// The name.
        key: String,
        /// The value.
        value: NewValue,
    },
    /// Every line of this key goes.
    Remove {
        /// The name.
        key: String,
    },
}

impl Edit {
    /// The name that is changed.
    pub fn key(&self) -> &str {
        match self {
            Self::Set { key, .. } | Self::Remove { key } => key,
        }
    }
}

/// One part of the changed file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// Bytes of the file as it is.
    Keep {
        /// First byte.
        offset: u64,
        /// Number of bytes.
        length: u64,
    },
    /// New bytes.
    Text(Vec<u8>),
    /// The place of a secret's rendered text, quotes included.
    Value {
        /// The name.
        key: String,
    },
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep { offset, length } => write!(f, "Keep({offset}+{length})"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Value { key } => write!(f, "Value({key})"),
        }
    }
}

/// Why a file can't be edited; it never shows a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The format can't hold it.
    #[error("{key}: {cause}")]
    NotRepresentable {
        /// The name.
        key: String,
        /// Why.
        cause: NotRepresentable,
    },
    /// Added lines would not be read: a quote is open, or a NUL byte ends the file for its reader.
    #[error("line {line}: nothing can be added, since the file ends inside a value or after a NUL byte")]
    OpenAtEnd {
        /// Where the last entry starts.
        line: usize,
    },
    /// After the change the reader would end with another value than asked, here or in another key (an unclosed quote).
    #[error("{key}: the reader would not end with the value asked for, because of other lines of the file")]
    Misread {
        /// The name whose value would be wrong.
        key: String,
    },
    /// A piece names bytes that the file does not have, or a value that was not given.
    #[error("the parts do not fit the file")]
    Parts,
}

impl EditError {
    /// A stable name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotRepresentable { cause, .. } => cause.code(),
            Self::OpenAtEnd { .. } => "env-open-at-end",
            Self::Misread { .. } => "env-misread",
            Self::Parts => "env-parts",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotRepresentable { cause, .. } => cause.hint(),
            Self::OpenAtEnd { .. } | Self::Misread { .. } => {
                "close the open quote in the file by hand, then plan again"
            }
            Self::Parts => "plan again: the file has changed",
        }
    }
}

impl Document {
    /// The changed file as parts. Without a change it is one `Keep` (none for an empty file). What is plain has been checked:
    /// the reader gives back every value asked for, and all others as before.
    pub fn edit(&self, edits: &[Edit]) -> Result<Vec<Piece>, EditError> {
        let edits: BTreeMap<&str, &Edit> = edits.iter().map(|edit| (edit.key(), edit)).collect();
        let mut parts = Parts { pieces: Vec::new() };
        let mut at = 0;
        for entry in self.entries() {
            let Some(edit) = key_of(entry).and_then(|key| edits.get(key)) else {
                continue;
            };
            match edit {
                Edit::Remove { .. } => {
                    parts.keep(at, entry.span.start);
                    at = entry.span.end;
                }
                Edit::Set { key, value } => match self.winner(key) {
                    // The docker client's own value would win over ours.
                    winner if matches!(entry.kind, EntryKind::Bare { .. }) => {
                        let before = winner.is_some_and(|(winner, _)| entry.span.start < winner.span.start);
                        if self.format() == Format::Docker && !before {
                            parts.keep(at, entry.span.start);
                            at = entry.span.end;
                        }
                    }
                    Some((winner, assignment)) if winner.span == entry.span => {
                        if let NewValue::Plain(new) = value
                            && *new == assignment.value
                            && assignment.certain
                        {
                            continue;
                        }
                        parts.keep(at, assignment.value_span.start);
                        parts.value(key, value, self.format(), assignment.quote)?;
                        at = assignment.value_span.end;
                        // `KEY=# comment`: the comment must stay one.
                        if assignment.value_span.is_empty() && self.bytes().get(at) == Some(&b'#') {
                            parts.text(b" ");
                        }
                    }
                    _ => {}
                },
            }
        }
        parts.keep(at, self.bytes().len());
        self.append(&edits, &mut parts)?;
        self.check(&parts.pieces, &edits)?;
        Ok(parts.pieces)
    }

    /// Lines for keys that are not assigned yet, in the order of their names.
    fn append(&self, edits: &BTreeMap<&str, &Edit>, parts: &mut Parts) -> Result<(), EditError> {
        let new = edits.iter().filter_map(|(key, edit)| match edit {
            Edit::Set { value, .. } if self.winner(key).is_none() => Some((*key, value)),
            _ => None,
        });
        let line_end = self.line_end();
        for (index, (key, value)) in new.enumerate() {
            if index == 0 {
                let last =
                    self.entries().iter().rev().find(|entry| !key_of(entry).is_some_and(|key| removes(edits, key)));
                if let Some(last) = last {
                    self.close(last, line_end, parts)?;
                }
            }
            let cause = |cause| EditError::NotRepresentable { key: key.to_owned(), cause };
            check_name(key, self.format()).map_err(cause)?;
            parts.text(format!("{key}=").as_bytes());
            parts.value(key, value, self.format(), super::document::Quote::None)?;
            parts.text(line_end.as_bytes());
        }
        Ok(())
    }

    /// Ends the last line, so that a new one can follow.
    fn close(&self, last: &Entry, line_end: &str, parts: &mut Parts) -> Result<(), EditError> {
        if self.is_open_at_end() && self.entries().last() == Some(last) {
            return Err(EditError::OpenAtEnd { line: last.line });
        }
        if !self.bytes()[last.span.clone()].ends_with(b"\n") {
            parts.text(line_end.as_bytes());
        }
        let continues =
            |line| self.problems().iter().any(|p| p.line == line && p.kind == ProblemKind::CommentContinues);
        if last.kind == EntryKind::Comment && continues(last.line) {
            parts.text(line_end.as_bytes());
        }
        Ok(())
    }

    /// Reads the result again; secrets are stood in for by a plain word.
    fn check(&self, pieces: &[Piece], edits: &BTreeMap<&str, &Edit>) -> Result<(), EditError> {
        let bytes = assemble(self.bytes(), pieces, |_| Some(b"value".to_vec()))?;
        let after = Document::parse(&bytes, self.format());
        let before: BTreeMap<&str, &str> = self
            .assignments()
            .filter(|(_, assignment)| assignment.accepted)
            .map(|(_, assignment)| (assignment.key.as_str(), assignment.value.as_str()))
            .collect();
        let now = after.effective();
        let keys: BTreeSet<&str> =
            before.keys().copied().chain(now.keys().map(String::as_str)).chain(edits.keys().copied()).collect();
        for key in keys {
            let expected = match edits.get(key) {
                Some(Edit::Remove { .. }) => None,
                Some(Edit::Set { value: NewValue::Plain(value), .. }) => Some(value.as_str()),
                Some(Edit::Set { value: NewValue::Secret, .. }) => Some("value"),
                None if after.winner(key).is_some_and(|(_, found)| !found.certain) => continue,
                None => before.get(key).copied(),
            };
            if now.get(key).map(String::as_str) != expected {
                // A line of a key that lost its quotes reads as a name, too.
                let key = if edits.contains_key(key) || name_can_be_shown(key) { key } else { "another name" };
                return Err(EditError::Misread { key: key.to_owned() });
            }
        }
        Ok(())
    }
}

/// The bytes that the parts stand for: `value` gives the rendered text of each secret.
pub fn assemble(file: &[u8], pieces: &[Piece], value: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Vec<u8>, EditError> {
    let mut bytes = Vec::with_capacity(file.len());
    for piece in pieces {
        match piece {
            Piece::Keep { offset, length } => {
                let start = usize::try_from(*offset).map_err(|_| EditError::Parts)?;
                let length = usize::try_from(*length).map_err(|_| EditError::Parts)?;
                let end = start.checked_add(length).ok_or(EditError::Parts)?;
                bytes.extend_from_slice(file.get(start..end).ok_or(EditError::Parts)?);
            }
            Piece::Text(text) => bytes.extend_from_slice(text),
            Piece::Value { key } => bytes.extend(value(key).ok_or(EditError::Parts)?),
        }
    }
    Ok(bytes)
}

fn key_of(entry: &Entry) -> Option<&str> {
    match &entry.kind {
        EntryKind::Assignment(assignment) => Some(&assignment.key),
        EntryKind::Bare { key } => Some(key),
        _ => None,
    }
}

fn removes(edits: &BTreeMap<&str, &Edit>, key: &str) -> bool {
    matches!(edits.get(key), Some(Edit::Remove { .. }))
}

struct Parts {
    pieces: Vec<Piece>,
}

impl Parts {
    fn keep(&mut self, start: usize, end: usize) {
        if start < end {
            let (offset, length) = (start as u64, (end - start) as u64);
            self.pieces.push(Piece::Keep { offset, length });
        }
    }

    fn text(&mut self, text: &[u8]) {
        match self.pieces.last_mut() {
            Some(Piece::Text(before)) => before.extend_from_slice(text),
            _ if text.is_empty() => {}
            _ => self.pieces.push(Piece::Text(text.to_vec())),
        }
    }

    fn value(
        &mut self,
        key: &str,
        value: &NewValue,
        format: Format,
        quote: super::document::Quote,
    ) -> Result<(), EditError> {
        match value {
            NewValue::Plain(value) => {
                let encoding: Encoding = encode_like(value, format, quote)
                    .map_err(|cause| EditError::NotRepresentable { key: key.to_owned(), cause })?;
                self.text(encoding.render(value).as_bytes());
            }
            NewValue::Secret => self.pieces.push(Piece::Value { key: key.to_owned() }),
        }
        Ok(())
    }
}
