//! Text as Markdown (`CommonMark`, and the tables of code forges), for issues and chats.

use crate::engine::transaction::{DiffLine, ItemSummary};

/// Foreign text on one line, of which nothing is markup.
pub(super) fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in super::text::sentence(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

/// A name or a command as it is typed.
pub(super) fn code(text: &str) -> String {
    let text = super::text::sentence(text);
    let fence = fence(&text, 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Lines as they stand, of a language.
pub(super) fn block(language: &str, lines: &[String]) -> String {
    let text = lines.join("\n");
    let fence = fence(&text, 3);
    format!("{fence}{language}\n{text}\n{fence}\n")
}

/// More backticks than stand in the text in a row, and at least so many.
fn fence(text: &str, least: usize) -> String {
    let most = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat((most + 1).max(least))
}

/// A row of a table.
pub(super) fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The head of a table.
pub(super) fn head(titles: &[&str]) -> String {
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    row(&titles) + &row(&vec!["---".to_owned(); titles.len()])
}

/// What items change, as a diff.
pub(super) fn diff(items: &[ItemSummary]) -> Vec<String> {
    let mut lines = Vec::new();
    let value = |value: &str| super::text::inline(value, super::text::LONGEST_VALUE);
    for item in items {
        lines.push(format!("  {} {}  {}", item.kind, item.id, value(&item.place)));
        for DiffLine { subject, before, after } in &item.diff {
            let subject = value(subject);
            if let (None, None) = (before, after) {
                lines.push(format!("! {subject}"));
            }
            lines.extend(before.iter().map(|before| format!("- {subject}={}", value(before))));
            lines.extend(after.iter().map(|after| format!("+ {subject}={}", value(after))));
        }
        lines.extend(item.operations.iter().map(|operation| format!("  then {}", value(operation))));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_is_markup() {
        assert_eq!(plain("a_b | <c>\n`d`"), r"a\_b \| \<c\> \`d\`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(block("diff", &["- ```".to_owned()]), "````diff\n- ```\n````\n");
    }
}
