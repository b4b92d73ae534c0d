//! Small forms of Markdown (`CommonMark`, and the tables of GitHub): what stands in them can't become markup.

use super::text::{inline, sentence};

/// The longest value, in characters.
pub(super) const LONGEST: usize = 200;

/// A value as it stands, in a code span with as many backticks as it takes (`CommonMark` 6.1).
pub(super) fn code(text: &str) -> String {
    code_of(text, LONGEST)
}

/// As [`code`], up to so many characters.
pub(super) fn code_of(text: &str, longest: usize) -> String {
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let text = inline(text, longest);
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A sentence of a machine: nothing in it formats, and names such as `S3_ENABLED` and `cdn-[1-4]` stay readable as they are.
pub(super) fn plain(text: &str) -> String {
    let text: Vec<char> = sentence(text).chars().collect();
    let mut safe = String::with_capacity(text.len());
    for (at, c) in text.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| text[at]);
        let next = text.get(at + 1);
        let special = match c {
            '\\' | '`' | '*' | '<' | '|' => true,
            // Only in a link (`CommonMark` 6.3), or where it defines one (4.7).
            ']' => next.is_some_and(|next| match next {
                '(' | '[' => true,
                ':' => text[0] == '[',
                _ => false,
            }),
            // Inside of a word it is a letter (6.2).
            '_' => !(before.is_some_and(char::is_alphanumeric) && next.is_some_and(|next| next.is_alphanumeric())),
            '~' => next == Some(&'~') || before == Some('~'),
            // At the beginning of a block alone (4.2, 5.1, 5.2).
            '#' | '>' | '-' | '+' | '=' => before.is_none(),
            _ => false,
        };
        if special {
            safe.push('\\');
        }
        safe.push(*c);
    }
    safe
}

/// A line of a person, who may format it, but not write HTML.
pub(super) fn said(text: &str) -> String {
    sentence(text).replace('<', "&lt;")
}

/// A cell of a table.
pub(super) fn cell(markdown: &str) -> String {
    // What `plain` has escaped already stays so.
    markdown.replace("\\|", "|").replace('|', "\\|").replace('\n', " ")
}

/// A table with its head.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(head.iter().map(|&word| word.to_owned()).collect());
    text.push_str(&line(head.iter().map(|_| "---".to_owned()).collect()));
    for row in rows {
        text.push_str(&line(row.iter().map(|markdown| cell(markdown)).collect()));
    }
    text
}

/// Lines as they stand, in a fenced block behind an indent.
pub(super) fn block(indent: usize, language: &str, lines: &[String]) -> String {
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut text = format!("{:indent$}{fence}{language}\n", "");
    for line in lines {
        let line = format!("{:indent$}{line}", "");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text + &format!("{:indent$}{fence}\n", "")
}

/// What a person has to write.
pub(super) fn to_write(what: &str) -> String {
    format!("**[To write: {what}]**\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_stay_values() {
        assert_eq!(code("true"), "`true`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(""), "(empty)");
        assert_eq!(plain("a *b* <i> [x](y) | #1 _c_"), r"a \*b\* \<i> [x\](y) \| #1 \_c\_");
        assert_eq!(plain("S3_ENABLED on cdn-[1-4]"), "S3_ENABLED on cdn-[1-4]");
        assert_eq!(plain("# no heading"), r"\# no heading");
        assert_eq!(cell(&plain("a|b")), r"a\|b");
        assert_eq!(block(2, "text", &["```".to_owned()]), "  ````text\n  ```\n  ````\n");
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_line_or_its_cell(text in any::<String>()) {
            for markdown in [code(&text), plain(&text), said(&text)] {
                prop_assert!(!markdown.contains(['\n', '\r', '\u{1b}']), "{markdown:?}");
                let cell = cell(&markdown);
                let bars = cell.match_indices('|').filter(|(at, _)| !cell[..*at].ends_with('\\')).count();
                prop_assert_eq!(bars, 0);
            }
            prop_assert!(!said(&text).contains('<'));
        }
    }
}
