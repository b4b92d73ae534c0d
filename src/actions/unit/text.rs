//! The texts of unit files, and what they set. Pure.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::engine::transaction::DiffLine;
use crate::inventory::{TimerDeclaration, UnitDeclaration};

/// How a drop-in begins; what is declared follows.
pub(super) fn drop_in(declared: &UnitDeclaration, text: &str) -> String {
    format!("{}{text}", head(declared))
}

fn head(declared: &UnitDeclaration) -> String {
    format!("# Written by fleet from [unit.{}]: changes here are lost.\n", declared.name)
}

/// The service that a timer starts.
pub(super) fn service(declared: &UnitDeclaration, timer: &TimerDeclaration) -> String {
    let mut text = head(declared);
    // Writing to a String cannot fail.
    let _ = write!(text, "[Unit]\nDescription={}\n\n[Service]\nType=oneshot\n", specifiers(&timer.description));
    if let Some(user) = &timer.user {
        let _ = writeln!(text, "User={user}");
    }
    if let Some(directory) = &timer.directory {
        let _ = writeln!(text, "WorkingDirectory={}", specifiers(directory.as_str()));
    }
    let _ = writeln!(text, "ExecStart={}", command(&timer.command.argv("/bin/sh")));
    if let Some(timeout) = timer.timeout {
        let _ = writeln!(text, "TimeoutStartSec={}", seconds(timeout));
    }
    text
}

/// The timer itself.
pub(super) fn timer(declared: &UnitDeclaration, timer: &TimerDeclaration) -> String {
    let mut text = head(declared);
    let description = specifiers(&timer.description);
    let _ = write!(text, "[Unit]\nDescription={description}\n\n[Timer]\nOnCalendar={}\n", timer.calendar);
    let _ = writeln!(text, "Persistent={}", timer.persistent);
    if let Some(accuracy) = timer.accuracy {
        let _ = writeln!(text, "AccuracySec={}", seconds(accuracy));
    }
    if let Some(delay) = timer.random_delay {
        let _ = writeln!(text, "RandomizedDelaySec={}", seconds(delay));
    }
    text.push_str("\n[Install]\nWantedBy=timers.target\n");
    text
}

fn seconds(span: Duration) -> String {
    format!("{}s", span.as_secs())
}

/// A percent sign begins a specifier (systemd.unit(5)).
fn specifiers(text: &str) -> String {
    text.replace('%', "%%")
}

/// A command for `ExecStart=`: each argument in double quotes, where backslashes, quotes, specifiers and variables are
/// escaped (systemd.service(5), "Command lines"; systemd.syntax(7)). The program is plain, see the inventory's checks.
pub(super) fn command(words: &[String]) -> String {
    let quoted = words.iter().enumerate().map(|(index, word)| {
        if index == 0 {
            return word.clone();
        }
        let word = word.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "$$");
        format!("\"{}\"", specifiers(&word))
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// What stands there of somebody's own and might be a secret: shown without its value.
const HIDDEN: &[&str] = &["Environment", "SetCredential"];

/// What another text sets otherwise, setting by setting. Of the old one, values that may be secrets are not shown.
pub(super) fn diff(before: Option<&str>, after: Option<&str>) -> Vec<DiffLine> {
    let (old, new) = (before.map(settings).unwrap_or_default(), after.map(settings).unwrap_or_default());
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut lines: Vec<DiffLine> = names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| DiffLine {
            subject: name.clone(),
            before: old.get(name).map(|values| shown(name, values, new.get(name))),
            after: new.get(name).map(|values| values.join(" ; ")),
        })
        .collect();
    if lines.is_empty() && before != after {
        let line = |text: Option<&str>, word: &str| text.map(|_| word.to_owned());
        lines.push(DiffLine {
            subject: "comments and order".to_owned(),
            before: line(before, "others"),
            after: line(after, "as declared"),
        });
    }
    lines
}

fn shown(name: &str, values: &[String], declared: Option<&Vec<String>>) -> String {
    if !HIDDEN.contains(&name) {
        return values.join(" ; ");
    }
    let known = |value: &String| declared.is_some_and(|declared| declared.contains(value));
    let value = |value: &String| {
        if known(value) { value.clone() } else { format!("{}…", value.split(['=', ':']).next().unwrap_or_default()) }
    };
    values.iter().map(value).collect::<Vec<_>>().join(" ; ")
}

/// By key, the values in their order; an empty one drops those before it.
fn settings(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut settings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let whole = text.replace("\\\n", " ");
    for line in whole.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';', '['])) {
        if let Some((key, value)) = line.split_once('=') {
            settings.entry(key.trim().to_owned()).or_default().push(value.trim().to_owned());
        }
    }
    settings
}

/// The text without values that may be secrets, for whoever keeps it.
pub(super) fn without_secrets(text: &str) -> String {
    let hidden = |line: &str| {
        let key = line.trim().split('=').next().unwrap_or_default().trim();
        HIDDEN.contains(&key)
    };
    let lines = text.lines().map(|line| {
        if hidden(line) { format!("{}=…", line.split('=').next().unwrap_or_default()) } else { line.to_owned() }
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}
