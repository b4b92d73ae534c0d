//! Reads a file as `docker run --env-file` and `docker service create --env-file` do (docker/cli `pkg/kvfile`, checked with
//! Docker 28.2.2): one `KEY=value` a line, nothing unquoted, expanded or trimmed but white space before the name. Compose
//! reads `env_file` by other rules (quotes, `$`, ` #`), and clients newer than 28 remove a pair of quotes: such lines are problems.

use super::document::{Assignment, Entry, EntryKind, Quote, Reading};
use super::problem::{Difference, Problem, ProblemKind};

/// `bufio.MaxScanTokenSize`: a line of so many bytes or more is refused.
pub(super) const MAX_LINE: usize = 64 * 1024;

pub(super) fn read(bytes: &[u8]) -> Reading {
    let mut reading = Reading::default();
    let mut start = 0;
    for (index, raw) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let line = index + 1;
        let mut content = raw.strip_suffix(b"\n").unwrap_or(raw);
        if content.len() >= MAX_LINE {
            reading.problems.push(Problem::new(line, ProblemKind::LineTooLong));
        }
        content = content.strip_suffix(b"\r").unwrap_or(content);
        if content.contains(&0) {
            reading.problems.push(Problem::new(line, ProblemKind::Nul));
        }
        let kind = match std::str::from_utf8(content) {
            Err(_) => {
                reading.problems.push(Problem::new(line, ProblemKind::NotUtf8));
                EntryKind::Invalid
            }
            Ok(mut content) => {
                let mut place = start;
                if line == 1
                    && let Some(rest) = content.strip_prefix('\u{feff}')
                {
                    reading.problems.push(Problem::new(line, ProblemKind::ByteOrderMark));
                    place += '\u{feff}'.len_utf8();
                    content = rest;
                }
                entry(content, place, line, &mut reading.problems)
            }
        };
        reading.entries.push(Entry { span: start..start + raw.len(), line, kind });
        start += raw.len();
    }
    reading
}

/// Whether docker takes this as a name.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['#', '\u{feff}'])
        && !name.contains(|c: char| c == '=' || c == '\0' || c.is_whitespace())
}

fn entry(content: &str, place: usize, line: usize, problems: &mut Vec<Problem>) -> EntryKind {
    let trimmed = content.trim_start();
    if trimmed.is_empty() {
        return EntryKind::Blank;
    }
    if trimmed.starts_with('#') {
        return EntryKind::Comment;
    }
    let (key, value) = trimmed.split_once('=').map_or((trimmed, None), |(key, value)| (key, Some(value)));
    if key.is_empty() || key.contains([' ', '\t']) {
        let bare = key.strip_prefix("export ").filter(|name| is_name(name));
        problems.push(bare.map_or_else(
            || Problem::new(line, ProblemKind::BadName),
            |name| Problem::new(line, ProblemKind::ReadersDiffer(Difference::DockerExport)).of(name),
        ));
        if bare.is_some() {
            problems.push(Problem::new(line, ProblemKind::BadName));
        }
        return EntryKind::Invalid;
    }
    let Some(value) = value else {
        problems.push(Problem::new(line, ProblemKind::FromClient).of(key));
        return EntryKind::Bare { key: key.to_owned() };
    };
    if let Some(difference) = compose_differs(value) {
        problems.push(Problem::new(line, ProblemKind::ReadersDiffer(difference)).of(key));
    }
    let end = place + content.len();
    EntryKind::Assignment(Assignment {
        key: key.to_owned(),
        value: value.to_owned(),
        value_span: end - value.len()..end,
        quote: Quote::None,
        export: false,
        certain: true,
        accepted: true,
    })
}

/// What Compose would do with a value that `docker run` passes on as it is
/// (docs.docker.com/compose/how-tos/environment-variables/variable-interpolation).
fn compose_differs(value: &str) -> Option<Difference> {
    if value.starts_with(['"', '\'']) {
        Some(Difference::DockerQuotes)
    } else if value.trim() != value {
        Some(Difference::DockerSpace)
    } else if value.contains('$') {
        Some(Difference::DockerDollar)
    } else if value.contains(" #") || value.starts_with('#') {
        Some(Difference::DockerHash)
    } else {
        None
    }
}
