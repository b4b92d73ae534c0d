//! The declared text of a file with its secrets: as bytes, as parts of a plan, and as it may be shown.

use super::KIND;
use crate::engine::action::World;
use crate::engine::transaction::{Content, Part};
use crate::inventory::FilePart;

/// The declared text.
pub(super) struct Wanted {
    pub(super) content: Content,
    pub(super) bytes: Vec<u8>,
    /// With a keyed digest for each secret.
    pub(super) shown: String,
    /// The values of secrets with their digests, the longest first.
    values: Vec<(String, String)>,
    /// What stands before and behind the secrets of a line.
    around: Vec<(String, String)>,
}

/// No declared text has it.
const MARK: char = '\0';

/// # Errors
/// Why a secret is not at hand.
pub(super) fn wanted(parts: &[FilePart], world: &World<'_>) -> Result<Wanted, String> {
    let mut wanted = Wanted {
        content: Content::default(),
        bytes: Vec::new(),
        shown: String::new(),
        values: Vec::new(),
        around: Vec::new(),
    };
    // As shown, with a mark for each secret: what stands around them in its line is no secret.
    let mut marked = String::new();
    for part in parts {
        match part {
            FilePart::Text(text) => {
                wanted.content.0.push(Part::Text(text.clone()));
                wanted.bytes.extend_from_slice(text.as_bytes());
                wanted.shown.push_str(text);
                marked.push_str(text);
            }
            FilePart::Secret(reference) => {
                let secret = match world.secrets.get(reference) {
                    None => return Err(format!("the secret {reference} was not looked up")),
                    Some(Err(why)) => return Err(why.clone()),
                    Some(Ok(secret)) => secret,
                };
                let digest = world.key.digest("secret", secret.expose());
                wanted.bytes.extend_from_slice(secret.expose());
                wanted.shown.push_str(digest.as_str());
                wanted.values.push((String::from_utf8_lossy(secret.expose()).into_owned(), digest.to_string()));
                wanted.content.0.push(Part::Secret { secret: reference.clone(), digest, escapes: Vec::new() });
                marked.push(MARK);
            }
        }
    }
    wanted.values.retain(|(value, _)| !value.is_empty());
    wanted.values.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    wanted.around = marked
        .lines()
        .filter_map(|line| {
            let (before, rest) = line.split_once(MARK)?;
            let after = rest.rsplit(MARK).next().unwrap_or_default();
            (!before.trim().is_empty()).then(|| (before.to_owned(), after.to_owned()))
        })
        .collect();
    Ok(wanted)
}

impl Wanted {
    /// Whether any secret is in it.
    pub(super) fn is_secret(&self) -> bool {
        self.content.secrets().next().is_some()
    }

    /// What is on disk, with the digests of secrets that stand there.
    pub(super) fn hide(&self, on_disk: &str) -> String {
        self.values.iter().fold(on_disk.to_owned(), |text, (value, digest)| text.replace(value, digest))
    }

    /// A line that is on disk and not declared, as it may be shown: where a secret belongs may be an older one.
    pub(super) fn shown_line(&self, line: &str, world: &World<'_>) -> String {
        if !self.is_secret() {
            return line.to_owned();
        }
        let bare = line.trim_end_matches(['\n', '\r']);
        let end = &line[bare.len()..];
        let digest = |text: &str| world.key.digest("secret", text.as_bytes());
        let inside = self.around.iter().find_map(|(before, after)| {
            let inner = bare.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
            Some(format!("{before}{}{after}", digest(inner)))
        });
        let shown = inside.unwrap_or_else(|| match bare.trim() {
            "" => bare.to_owned(),
            _ => format!("(a line of a {KIND} with secrets: {})", digest(bare)),
        });
        shown + end
    }
}
