//! Lines of a file's diff, as diff(1) shows them: whoever plans them gives them the subject `@@`, see [`show`].

use super::canvas::{CYAN, Cell, DIM, GREEN, Page, RED};
use super::text;
use crate::engine::transaction::DiffLine;

/// As a tab takes it here: what stands behind one needs no exact column.
const TAB: &str = "    ";

/// Whether it is a line of a file, or what stands between such lines.
pub(super) fn is_one(line: &DiffLine) -> bool {
    line.subject.starts_with("@@")
}

/// A line that goes has `before`, one that comes `after`, and one that stays both; without either, its subject begins a hunk
/// (`@@ -1,4 +1,5 @@`) or says what is left out (`@@ … 12 more lines`).
pub(super) fn show(page: &mut Page, indent: usize, line: &DiffLine) {
    let (style, sign, text) = match (&line.before, &line.after) {
        (Some(_), Some(text)) => (DIM, "  ", text),
        (Some(text), None) => (RED, "- ", text),
        (None, Some(text)) => (GREEN, "+ ", text),
        (None, None) => {
            let words = line.subject.strip_prefix("@@ …").map(|words| format!("…{words}"));
            let (style, words) = words.map_or((CYAN, line.subject.clone()), |words| (DIM, words));
            return page.paragraph(indent, &Cell::new(style, ""), &Cell::long(style, &words));
        }
    };
    let whole = text::inline(&text.replace('\t', TAB), text::LONGEST_VALUE);
    // What a line begins with stays, wherever it is broken.
    let bare = whole.trim_start_matches(' ');
    let lead = format!("{sign}{}", &whole[..whole.len() - bare.len()]);
    let lead = if bare.is_empty() { Cell::new(style, sign.trim_end()) } else { Cell::new(style, &lead) };
    page.paragraph(indent, &lead, &Cell::long(style, bare));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Canvas;

    #[test]
    fn lines_keep_their_indent() {
        let line = |subject: &str, before: Option<&str>, after: Option<&str>| DiffLine {
            subject: subject.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        let mut page = Page::new(&Canvas { width: 30, color: false });
        for line in [
            line("@@ -1,3 +1,3 @@", None, None),
            line("@@", Some("server {"), Some("server {")),
            line("@@", Some("\tlisten 80;"), None),
            line("@@", None, Some("    listen 443 ssl http2 reuseport;")),
            line("@@", Some(""), Some("")),
            line("@@ … 12 more lines", None, None),
        ] {
            assert!(is_one(&line));
            show(&mut page, 2, &line);
        }
        let shown = page.finish();
        let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "  @@ -1,3 +1,3 @@",
                "    server {",
                "  -     listen 80;",
                "  +     listen 443 ssl http2",
                "        reuseport;",
                "",
                "  … 12 more lines",
            ]
        );
    }
}
