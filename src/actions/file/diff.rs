//! What changes in a file, line by line, as people read it.
//!
//! A line of a hunk has the subject `@@`: with `before` alone it goes, with `after` alone it comes, with both it stays and
//! is there to tell where. A subject `@@ -1,4 +1,5 @@` begins a hunk, as in diff(1), and one `@@ …` says what is left out.

use similar::{ChangeTag, TextDiff};

use super::content::Wanted;
use crate::engine::action::World;
use crate::engine::probe::{PathFact, PathKind};
use crate::engine::transaction::DiffLine;

/// More lines of a diff than these are counted.
const MOST: usize = 200;
/// Lines around a change.
const CONTEXT: usize = 3;
/// Files with more lines are told in words: to compare them would take long, and nobody reads that.
const MOST_COMPARED: usize = 20_000;

/// From what is there, if anything, to what is declared.
pub(super) fn diff(before: Option<&PathFact>, wanted: &Wanted, world: &World<'_>) -> Vec<DiffLine> {
    let old = match before.map(|fact| &fact.kind) {
        None => String::new(),
        Some(PathKind::File(bytes)) => match std::str::from_utf8(&bytes.0) {
            Ok(text) if !text.contains('\0') => wanted.hide(text),
            _ => return in_words(format!("binary, {} bytes", bytes.0.len()), wanted),
        },
        Some(_) => return in_words("another".to_owned(), wanted),
    };
    if old.contains("PRIVATE KEY-----") {
        return in_words("with a private key".to_owned(), wanted);
    }
    if old.lines().count().max(wanted.shown.lines().count()) > MOST_COMPARED {
        return in_words(lines(&old), wanted);
    }
    let compared = TextDiff::from_lines(old.as_str(), wanted.shown.as_str());
    let mut all = Vec::new();
    for hunk in compared.unified_diff().context_radius(CONTEXT).iter_hunks() {
        all.push(DiffLine { subject: hunk.header().to_string(), before: None, after: None });
        for change in hunk.iter_changes() {
            let whole = change.to_string_lossy();
            let text = match change.tag() {
                ChangeTag::Delete => wanted.shown_line(&whole, world),
                ChangeTag::Equal | ChangeTag::Insert => whole.into_owned(),
            };
            let text = without_names(text.strip_suffix('\n').unwrap_or(&text));
            let (before, after) = match change.tag() {
                ChangeTag::Delete => (Some(text), None),
                ChangeTag::Insert => (None, Some(text)),
                ChangeTag::Equal => (Some(text.clone()), Some(text)),
            };
            all.push(DiffLine { subject: "@@".to_owned(), before, after });
            if change.missing_newline() {
                all.push(note("the line above has no end"));
            }
        }
    }
    if all.len() > MOST {
        let more = all.len() - MOST;
        all.truncate(MOST);
        all.push(note(&format!("{more} more lines")));
    }
    all
}

fn note(words: &str) -> DiffLine {
    DiffLine { subject: format!("@@ … {words}"), before: None, after: None }
}

fn in_words(before: String, wanted: &Wanted) -> Vec<DiffLine> {
    vec![DiffLine { subject: "content".to_owned(), before: Some(before), after: Some(lines(&wanted.shown)) }]
}

fn lines(text: &str) -> String {
    match text.lines().count() {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    }
}

/// How many lines go and come, in words.
pub(super) fn counted(diff: &[DiffLine]) -> Option<String> {
    let count = |test: fn(&DiffLine) -> bool| diff.iter().filter(|line| line.subject == "@@" && test(line)).count();
    let goes = count(|line| line.after.is_none());
    let comes = count(|line| line.before.is_none());
    let cut = diff.iter().any(|line| line.subject.ends_with("more lines"));
    let more = if cut { "more than " } else { "" };
    (goes + comes > 0)
        .then(|| format!("{more}{goes} of its lines are not declared, and {comes} declared ones are missing"))
}

/// A plan puts what did not exist when it was made in the place of `{{NAME}}`, in what it shows as well; a text that
/// merely looks like one stays, with spaces in it, which no such name has.
pub(super) fn without_names(text: &str) -> String {
    let mut parts = text.split("{{");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        whole.push_str("{{");
        match rest.split_once("}}") {
            Some((name, after)) if name.contains('/') && name.trim() == name => {
                whole.extend([" ", name, " }}", after]);
            }
            _ => whole.push_str(rest),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::without_names;

    #[test]
    fn what_looks_like_a_name_is_none() {
        for (text, shown) in [
            ("a {{ b }} c", "a {{ b }} c"),
            ("{{b}}", "{{b}}"),
            ("x {{cert/a/next/serial}} y", "x {{ cert/a/next/serial }} y"),
            ("{{{{cert/a}}", "{{{{ cert/a }}"),
            ("{{cert/a", "{{cert/a"),
        ] {
            assert_eq!(without_names(text), shown);
        }
    }
}
