//! Ruby's dotenv expands `$NAME`, `${NAME}` and `$(command)` in values that are not in single quotes
//! (`lib/dotenv/substitutions/variable.rb`, then `command.rb`).

use std::collections::BTreeMap;

/// The value with `\$` undone and names replaced by what the file has set so far. The process's own environment, which
/// wins over the file, and the output of commands can't be known: the flag says that the value depends on them.
pub(super) fn expand(value: &str, known: &BTreeMap<String, String>) -> (String, bool) {
    let (value, named) = variables(value, known);
    let (value, command) = commands(&value);
    (value, named || command)
}

fn variables(value: &str, known: &BTreeMap<String, String>) -> (String, bool) {
    let mut expanded = String::with_capacity(value.len());
    let mut depends = false;
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        let (before, dollar) = rest.split_at(at);
        let after = &dollar[1..];
        if after.starts_with('(') {
            expanded.push_str(before);
            expanded.push('$');
            rest = after;
            continue;
        }
        let inner = after.strip_prefix('{').unwrap_or(after);
        let length = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (name, tail) = inner.split_at(length);
        let tail = tail.strip_prefix('}').unwrap_or(tail);
        let whole = &dollar[..dollar.len() - tail.len()];
        if let Some(before) = before.strip_suffix('\\') {
            expanded.push_str(before);
            expanded.push_str(whole);
        } else if name.is_empty() {
            expanded.push_str(before);
            expanded.push_str(whole);
        } else {
            expanded.push_str(before);
            expanded.push_str(known.get(name).map_or("", String::as_str));
            depends = true;
        }
        rest = tail;
    }
    expanded.push_str(rest);
    (expanded, depends)
}

/// Commands are never run here: the text stays, and the flag is set.
fn commands(value: &str) -> (String, bool) {
    let mut plain = String::with_capacity(value.len());
    let mut depends = false;
    let mut rest = value;
    while let Some(at) = rest.find("$(") {
        let (before, dollar) = rest.split_at(at);
        let Some(end) = group(&dollar[1..]) else {
            plain.push_str(before);
            plain.push('$');
            rest = &dollar[1..];
            continue;
        };
        if let Some(before) = before.strip_suffix('\\') {
            plain.push_str(before);
        } else {
            plain.push_str(before);
            depends = true;
        }
        plain.push_str(&dollar[..=end]);
        rest = &dollar[1 + end..];
    }
    plain.push_str(rest);
    (plain, depends)
}

/// The length of a balanced group of parentheses at the start, none of them empty.
fn group(text: &str) -> Option<usize> {
    let mut filled = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => filled.push(false),
            b')' => {
                if !filled.pop()? {
                    return None;
                }
                match filled.last_mut() {
                    Some(outer) => *outer = true,
                    None => return Some(at + 1),
                }
            }
            _ => *filled.last_mut()? = true,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_as_ruby_does() {
        let known = BTreeMap::from([("FOO".to_owned(), "test".to_owned())]);
        for (value, expected, depends) in [
            ("a$FOO", "atest", true),
            ("${FOO}bar", "testbar", true),
            ("$NONE-", "-", true),
            (r"foo\${FOO} ${FOO}", "foo${FOO} test", true),
            (r"bar\$ \$\$", "bar$ $$", false),
            ("bar $ ", "bar $ ", false),
            ("$(echo hi)", "$(echo hi)", true),
            (r"x-\$(echo hi)", "x-$(echo hi)", false),
            (r"\$(", r"\$(", false),
            ("$()", "$()", false),
            ("$((a))", "$((a))", true),
        ] {
            assert_eq!(expand(value, &known), (expected.to_owned(), depends), "{value}");
        }
    }
}
