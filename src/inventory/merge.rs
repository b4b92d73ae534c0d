//! The trees of several files become one: with spans in the common address space, and each name in one file.

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::problem::Problem;

/// Merges the tables of one file into those of the files before it. An entry of a top-level table (a host, a group, a
/// setting of `[ssh]`) is declared in one file; so is each table below `ssh.on` and `approval.rules` and the tables of
/// `[lab]`.
pub(super) fn merge<'a>(into: &mut DeTable<'a>, from: DeTable<'a>, problems: &mut Vec<Problem>) {
    merge_at(into, from, &mut Vec::new(), problems);
}

fn merge_at<'a>(into: &mut DeTable<'a>, from: DeTable<'a>, path: &mut Vec<String>, problems: &mut Vec<Problem>) {
    for (key, value) in from {
        let name = key.get_ref().to_string();
        path.push(name.clone());
        let Some((first_key, _)) = into.get_key_value(name.as_str()) else {
            into.insert(key, value);
            path.pop();
            continue;
        };
        let first = first_key.span();
        let second = key.span();
        let open = match path.as_slice() {
            [_] => true,
            [top, of] => (top == "ssh" && of == "on") || (top == "approval" && of == "rules") || top == "lab",
            _ => false,
        };
        match (open, into.get_mut(name.as_str()).map(Spanned::get_mut), value.into_inner()) {
            (true, Some(DeValue::Table(into)), DeValue::Table(from)) => {
                merge_at(into, from, path, problems);
            }
            _ => problems.push(
                Problem::new("duplicate", format!("`{}` is declared in two files", path.join(".")))
                    .label(first, "declared here")
                    .label(second, "and again here")
                    .help("keep one of the two"),
            ),
        }
        path.pop();
    }
}

/// Moves all spans of a file to where the file is in the common address space.
pub(super) fn rebase_table(table: DeTable<'_>, base: usize) -> DeTable<'_> {
    table
        .into_iter()
        .map(|(key, value)| {
            let span = key.span();
            (Spanned::new(span.start + base..span.end + base, key.into_inner()), rebase(value, base))
        })
        .collect()
}

fn rebase(value: Spanned<DeValue<'_>>, base: usize) -> Spanned<DeValue<'_>> {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::Table(table) => DeValue::Table(rebase_table(table, base)),
        DeValue::Array(array) => {
            DeValue::Array(array.into_iter().map(|value| rebase(value, base)).collect::<DeArray<'_>>())
        }
        other => other,
    };
    Spanned::new(span.start + base..span.end + base, value)
}
