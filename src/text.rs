//! Small forms of text that several rooms share.

use serde::Serialize;

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Pretty JSON, for types that always serialise: string keys, no fallible `Serialize`.
pub fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|error| format!("{{\"unserialisable\": \"{error}\"}}"))
}

/// A word for `sh`, in single quotes: nothing in it is special (POSIX, Shell Command Language, 2.2.2).
pub fn shell_quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// What the system says of an error, without the number that Rust adds, as a fragment of a sentence.
pub fn system_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// A key of TOML as it may stand before `=`: bare or quoted.
pub fn toml_key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if bare { key.to_owned() } else { toml::Value::from(key).to_string() }
}

/// Whether it is `user:group`, each a name or a number as chown(1) takes it.
pub fn is_owner(owner: &str) -> bool {
    let name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    };
    owner.split_once(':').is_some_and(|(user, group)| name(user) && name(group))
}
