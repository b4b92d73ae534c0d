//! How a value is written, as data: a later stage can render a secret without knowing any format.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::{Document, Format, Quote};
use super::{docker, dotenv, systemd};

/// Text of a value in the file: `prefix`, the value with the left of each pair replaced by its right in one pass from left
/// to right, `suffix`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Encoding {
    /// Written before the value.
    pub prefix: String,
    /// Written after the value.
    pub suffix: String,
    /// What is replaced inside the value.
    pub escapes: Vec<(String, String)>,
}

impl Encoding {
    fn quoted(quote: &str, special: &[char]) -> Self {
        let escapes = special.iter().map(|character| (character.to_string(), format!("\\{character}"))).collect();
        Self { prefix: quote.to_owned(), suffix: quote.to_owned(), escapes }
    }

    /// The text of a value. It is as secret as the value.
    pub fn render(&self, value: &str) -> String {
        let mut text = String::with_capacity(value.len() + self.prefix.len() + self.suffix.len());
        text.push_str(&self.prefix);
        let mut rest = value;
        while let Some(first) = rest.chars().next() {
            let pair = self.escapes.iter().find(|(left, _)| !left.is_empty() && rest.starts_with(left.as_str()));
            if let Some((left, right)) = pair {
                text.push_str(right);
                rest = &rest[left.len()..];
            } else {
                text.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        text.push_str(&self.suffix);
        text
    }
}

/// Why a name or value can't stand in a file of this format; it never shows the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRepresentable {
    /// No environment can hold it.
    #[error("the value has a NUL byte, which no environment can hold")]
    Nul,
    /// The format has no way to write a line break.
    #[error("the value has a line break, which a {0} file can't hold")]
    LineBreak(Format),
    /// The reader normalises or drops carriage returns.
    #[error("the value has a carriage return, which the reader of a {0} file changes or drops")]
    CarriageReturn(Format),
    /// systemd drops such values.
    #[error("the value has control characters, which the reader of a {0} file drops")]
    Control(Format),
    /// docker refuses such lines.
    #[error("the value is too long for one line of a {0} file (64 KiB)")]
    TooLong(Format),
    /// The reader would not take the name.
    #[error("the reader of a {0} file does not accept this name")]
    Name(Format),
    /// No way of quoting gives the value back.
    #[error("no way of quoting in a {0} file gives this value back")]
    NoQuoting(Format),
}

impl NotRepresentable {
    /// A stable name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "env-name-not-representable",
            _ => "env-value-not-representable",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Name(_) => "use letters, digits and `_`, and a letter first",
            Self::LineBreak(_) | Self::CarriageReturn(_) | Self::Control(_) | Self::Nul => {
                "encode the value (base64, or `\\n` that the application undoes), or put it into a file of its own"
            }
            Self::TooLong(_) | Self::NoQuoting(_) => {
                "put the value into a file of its own, and its path into the environment"
            }
        }
    }
}

/// How to write a value so that the reader gives it back; where there are several ways, the plainest that all readers of
/// the format agree on.
pub fn encode(value: &str, format: Format) -> Result<Encoding, NotRepresentable> {
    encode_like(value, format, Quote::None)
}

/// As [`encode`], but with the quotes that stand there already, where they can hold the value.
pub fn encode_like(value: &str, format: Format, quote: Quote) -> Result<Encoding, NotRepresentable> {
    refuse(value, format)?;
    let candidates = candidates(value, format, quote);
    let reads_back = |encoding: &&Encoding| reads_back(&encoding.render(value), value, format);
    let everywhere = |encoding: &&Encoding| {
        let text = format!("K={}\n", encoding.render(value));
        format != Format::Dotenv || dotenv::node(&text).get("K").is_some_and(|other| other == value)
    };
    let good: Vec<&Encoding> =
        candidates.iter().filter(|encoding| is_clear(encoding, value)).filter(reads_back).collect();
    let best = good.iter().find(|encoding| everywhere(encoding)).or(good.first());
    best.map(|encoding| (*encoding).clone()).ok_or(NotRepresentable::NoQuoting(format))
}

/// Whether the reader takes `key` as a name.
pub fn check_name(key: &str, format: Format) -> Result<(), NotRepresentable> {
    let fine = match format {
        Format::Dotenv => dotenv::is_name(key),
        Format::Systemd => systemd::is_name(key),
        Format::Docker => docker::is_name(key),
    };
    if fine { Ok(()) } else { Err(NotRepresentable::Name(format)) }
}

fn refuse(value: &str, format: Format) -> Result<(), NotRepresentable> {
    if value.contains('\0') {
        return Err(NotRepresentable::Nul);
    }
    match format {
        // Both dotenvs turn every CR into LF before they read.
        Format::Dotenv if value.contains('\r') => Err(NotRepresentable::CarriageReturn(format)),
        Format::Systemd if !systemd::is_safe_value(value) => Err(NotRepresentable::Control(format)),
        Format::Docker if value.contains('\n') => Err(NotRepresentable::LineBreak(format)),
        Format::Docker if value.ends_with('\r') => Err(NotRepresentable::CarriageReturn(format)),
        Format::Docker if value.len() >= docker::MAX_LINE - 1024 => Err(NotRepresentable::TooLong(format)),
        _ => Ok(()),
    }
}

fn candidates(value: &str, format: Format, quote: Quote) -> Vec<Encoding> {
    let bare = Encoding::default();
    let single = Encoding::quoted("'", &[]);
    let double = Encoding::quoted("\"", &[]);
    let escaped = Encoding::quoted("\"", systemd::NEED_ESCAPE);
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./:@%+,=".contains(&byte));
    let mut all = match format {
        Format::Docker => return vec![bare],
        Format::Systemd if plain => vec![bare, escaped],
        Format::Systemd => vec![escaped],
        Format::Dotenv => {
            // Ruby's `\$(` is undone only before a whole command: escape `$` where it is needed, not everywhere.
            let backslash = Encoding::quoted("\"", &['"', '\\', '$']);
            let mut partly = Encoding::quoted("\"", &['"', '\\']);
            partly.escapes.push(("$(".to_owned(), "$(".to_owned()));
            partly.escapes.push(("$".to_owned(), "\\$".to_owned()));
            let quoted = [single, double, bare.clone(), backslash, partly];
            if plain { std::iter::once(bare).chain(quoted).collect() } else { quoted.to_vec() }
        }
    };
    let mark = match quote {
        Quote::None => return all,
        Quote::Single => "'",
        Quote::Double => "\"",
    };
    // A stable sort: what stands there first, the rest in its order.
    all.sort_by_key(|encoding| encoding.prefix != mark);
    if format == Format::Systemd && quote == Quote::Single {
        all.insert(0, Encoding::quoted("'", &[]));
    }
    all
}

/// Whether a person, and a reader with stricter rules, would see the same value: `'it's'` is none.
fn is_clear(encoding: &Encoding, value: &str) -> bool {
    let covered = |mark: &str| encoding.escapes.iter().any(|(left, _)| left == mark);
    encoding.prefix.is_empty() || covered(&encoding.prefix) || !value.contains(&encoding.prefix)
}

/// The self-check: the reader gives the value back, followed by other lines or not.
fn reads_back(text: &str, value: &str, format: Format) -> bool {
    ["", "\n", "\nL='x'\nM=\"y\"\n"].iter().all(|after| {
        let line = format!("K={text}{after}");
        let document = Document::parse(line.as_bytes(), format);
        document.winner("K").is_some_and(|(_, found)| found.certain && found.value == value)
    })
}
