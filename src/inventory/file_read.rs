//! Sources and templates: files beside the inventory, read once each.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;

use super::context::Context;
use super::problem::Problem;
use super::text::{Located, RelativePath};
use crate::text::system_words;

/// As much as a look at a host brings back of a file.
const LARGEST: u64 = 8 << 20;

/// What was read, by path.
#[derive(Default)]
pub(super) struct Reader {
    /// `None`: it can't be used, and that has been said.
    known: BTreeMap<String, Option<String>>,
}

impl Reader {
    /// The text of a file below the inventory directory; none, and a problem, where there is none.
    pub(super) fn text(
        &mut self,
        key: &str,
        path: &Located<RelativePath>,
        owner: &str,
        context: &mut Context<'_>,
    ) -> Option<String> {
        if let Some(known) = self.known.get(path.as_str()) {
            return known.clone();
        }
        let whole = context.dir.join(path.as_str());
        let text = match read(&whole) {
            Ok(text) => Some(text),
            Err((why, help)) => {
                let message = format!("the {key} of {owner} can't be used: {}: {why}", whole.display());
                context
                    .problems
                    .push(Problem::new("file-source", message).label(path.span.clone(), "this file").help(help));
                None
            }
        };
        self.known.insert(path.as_str().to_owned(), text.clone());
        text
    }
}

/// The text of a file, or why not and what to do.
pub(super) fn read(path: &Path) -> Result<String, (String, &'static str)> {
    const READABLE: &str = "paths are relative to the inventory directory";
    let words = |error: &std::io::Error| (system_words(error), READABLE);
    let file = std::fs::File::open(path).map_err(|error| words(&error))?;
    let metadata = file.metadata().map_err(|error| words(&error))?;
    if !metadata.is_file() {
        return Err(("it is no regular file".to_owned(), READABLE));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| words(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err((format!("it is larger than {} MiB", LARGEST >> 20), "fleet keeps configuration, not data"));
    }
    let binary = "fleet keeps files of text, which a person can review in a plan: bring others as a package";
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        (format!("it is binary, or not UTF-8 (byte {at})"), binary)
    })?;
    if let Some(at) = text.find('\0') {
        return Err((format!("it is binary (a NUL at byte {at})"), binary));
    }
    Ok(text)
}

/// Refuses a private key in the clear: it would stand in every plan.
pub(super) fn refuse_keys(text: &str, span: &Range<usize>, owner: &str, context: &mut Context<'_>) {
    let is_key = text.lines().any(|line| line.trim_start().starts_with("-----BEGIN") && line.contains("PRIVATE KEY"));
    if is_key {
        context.problems.push(
            Problem::new("secret-in-the-clear", format!("{owner} holds a private key in the clear"))
                .label(span.clone(), "here")
                .help(
                    "declare it as a secret: template_text = \"{{ key }}\" and secrets = { key = { secret = { age = \
                     \"secrets/key.age\" } } }",
                ),
        );
    }
}
