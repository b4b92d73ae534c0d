//! What runs for a declared command, word by word. Pure.

use crate::engine::probe::Probe;
use crate::inventory::{Guard, Invocation, RunDeclaration};
use crate::text::shell_quote;

/// How long a guard may take.
pub(super) const GUARD_SECONDS: u32 = 60;

/// What others are to read is not made by root alone: fleet's own umask is stricter.
const PLAIN: &str = "umask 022 && exec \"$@\"";
/// With the guard as the first argument.
const UNLESS: &str = "umask 022 && { sh -c \"$1\" || { shift && exec \"$@\"; }; }";
const CREATES: &str = "umask 022 && { test -e \"$1\" || { shift && exec \"$@\"; }; }";
const CHANGED_WHEN: &str = "umask 022 && if sh -c \"$1\"; then shift && exec \"$@\"; fi";
/// What must be true afterwards.
const SUCCEEDS: &str = "exec sh -c \"$1\"";
const EXISTS: &str = "exec test -e \"$1\"";
const FAILS: &str = "! sh -c \"$1\"";

/// The name of the facts about a guard.
pub(super) fn facts(declared: &RunDeclaration) -> String {
    format!("run-{}", declared.name)
}

/// As whom, with what and where: runuser(1) opens no session, so that what it runs stays in fleet's own unit, and ends
/// with it. A locale is the host's own.
fn around(declared: &RunDeclaration, script: &str, rest: impl IntoIterator<Item = String>) -> Vec<String> {
    let directory = declared.directory.as_ref().map_or("/", |path| path.as_str());
    let head = ["runuser", "-u", declared.user.as_str(), "--", "env", "-u", "LC_ALL", "-C", directory];
    let variables = declared.environment.iter().map(|(name, value)| format!("{name}={value}"));
    let shell = ["sh", "-c", script, "sh"].map(str::to_owned);
    head.map(str::to_owned).into_iter().chain(variables).chain(shell).chain(rest).collect()
}

/// A guard as one word for `sh -c`, or as a path.
fn guard_word(guard: &Guard) -> String {
    match guard {
        Guard::Unless(Invocation::Shell(text)) | Guard::ChangedWhen(Invocation::Shell(text)) => text.clone(),
        Guard::Unless(Invocation::Program(words)) | Guard::ChangedWhen(Invocation::Program(words)) => {
            shell_words::join(words)
        }
        Guard::Creates(path) => path.to_string(),
    }
}

/// The whole command. Its guard is asked again: where it meanwhile says that there is nothing to do, nothing is done.
pub(super) fn command(declared: &RunDeclaration) -> Vec<String> {
    let (script, guard) = match &declared.guard {
        None => (PLAIN, None),
        Some(guard @ Guard::Unless(_)) => (UNLESS, Some(guard_word(guard))),
        Some(guard @ Guard::Creates(_)) => (CREATES, Some(guard_word(guard))),
        Some(guard @ Guard::ChangedWhen(_)) => (CHANGED_WHEN, Some(guard_word(guard))),
    };
    around(declared, script, guard.into_iter().chain(declared.command.argv("sh")))
}

/// What must succeed once it has run.
pub(super) fn after(declared: &RunDeclaration) -> Option<Vec<String>> {
    let guard = declared.guard.as_ref()?;
    let script = match guard {
        Guard::Unless(_) => SUCCEEDS,
        Guard::Creates(_) => EXISTS,
        Guard::ChangedWhen(_) => FAILS,
    };
    Some(around(declared, script, [guard_word(guard)]))
}

/// Asks for a guard's exit code, and for nothing that it prints.
pub(super) fn probe(declared: &RunDeclaration) -> Option<Probe> {
    let guard = declared.guard.as_ref()?;
    let script = if matches!(guard, Guard::Creates(_)) { EXISTS } else { SUCCEEDS };
    let words: Vec<String> =
        around(declared, script, [guard_word(guard)]).iter().map(|word| shell_quote(word)).collect();
    let user = shell_quote(&declared.user);
    // runuser ends with 1 where there is no such user: that is no answer of the guard.
    let text = format!(
        "id -u -- {user} >/dev/null 2>&1 || {{ printf 'there is no user %s\\n' {user}; return 1; }}\n\
         timeout {GUARD_SECONDS} {} >/dev/null 2>&1\nprintf '%s\\n' \"$?\"",
        words.join(" ")
    );
    Some(Probe::Script { name: facts(declared), text })
}

/// Why there is something to do.
pub(super) fn reason(guard: &Guard) -> String {
    match guard {
        Guard::Unless(command) => format!("this fails: {}", command.told()),
        Guard::Creates(path) => format!("{path} is not there"),
        Guard::ChangedWhen(command) => format!("this succeeds: {}", command.told()),
    }
}
