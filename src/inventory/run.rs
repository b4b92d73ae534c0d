//! Declared commands: what runs where, and how fleet knows that there is nothing to be done.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::context::Context;
use super::problem::Problem;
use super::queue_secrecy::holds_secret;
use super::source::Origin;
use super::text::{GroupName, Located};
use super::types_unit::{CommandForm, RunTable};
use crate::names::{HostName, RemotePath};

/// How long a command may run where nothing is declared.
const TIMEOUT: Duration = Duration::from_secs(300);
/// The longest that one may be given: a host is locked meanwhile, for a day at most.
const LONGEST: Duration = Duration::from_secs(12 * 3600);

/// One declared command.
#[derive(Clone, Debug)]
pub struct RunDeclaration {
    /// The name in the inventory.
    pub name: String,
    /// The hosts on which it runs.
    pub hosts: BTreeSet<HostName>,
    /// What runs.
    pub command: Invocation,
    /// How it is known that there is nothing to be done; `None`: it always changes something.
    pub guard: Option<Guard>,
    /// The user as whom it runs, and its guard.
    pub user: String,
    /// The directory that it runs in.
    pub directory: Option<RemotePath>,
    /// After which it is ended and has failed.
    pub timeout: Duration,
    /// Variables of its environment.
    pub environment: BTreeMap<String, String>,
    /// Where it is declared.
    pub origin: Origin,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invocation {
    /// A program and its arguments.
    Program(Vec<String>),
    /// A text for `sh -c`.
    Shell(String),
}

impl Invocation {
    /// Program and arguments.
    pub fn argv(&self, shell: &str) -> Vec<String> {
        match self {
            Self::Program(words) => words.clone(),
            Self::Shell(text) => vec![shell.to_owned(), "-c".to_owned(), text.clone()],
        }
    }

    /// As a person would type it.
    pub fn told(&self) -> String {
        match self {
            Self::Program(words) => shell_words::join(words),
            Self::Shell(text) => text.trim().to_owned(),
        }
    }
}

/// How it is known whether a command has anything to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Nothing where this succeeds.
    Unless(Invocation),
    /// Nothing where this path is.
    Creates(RemotePath),
    /// Something only where this succeeds.
    ChangedWhen(Invocation),
}

/// Resolves all declared commands.
pub(super) fn build(
    table: BTreeMap<Located<GroupName>, RunTable>,
    context: &mut Context<'_>,
) -> BTreeMap<String, RunDeclaration> {
    let mut declarations = BTreeMap::new();
    for (name, table) in table {
        let owner = format!("run.{}", name.value);
        let hosts = context.select(&table.hosts).unwrap_or_default();
        let command = invocation(&owner, "command", &table.command, context);
        let guard = guard(&owner, &table, context);
        let timeout = table.timeout.as_ref().map_or(TIMEOUT, |timeout| timeout.value.0);
        if let Some(declared) = table.timeout.as_ref().filter(|_| timeout.is_zero() || timeout > LONGEST) {
            context.problems.push(
                Problem::new("out-of-range", format!("the timeout of {owner} is out of range"))
                    .label(declared.span.clone(), "must be from 1s to 12h")
                    .help("what takes longer locks the host for too long: give it to a timer, with [unit.NAME]"),
            );
        }
        for (variable, value) in &table.environment {
            if holds_secret(variable.as_str(), value) {
                context.problems.push(secret(&format!("`{}` of {owner}", variable.value), variable, value));
            }
            if value.contains('\0') {
                context.problems.push(unprintable(&format!("`{}` of {owner}", variable.value), value));
            }
        }
        let declaration = RunDeclaration {
            name: name.value.to_string(),
            hosts,
            command,
            guard,
            user: table.user.as_ref().map_or_else(|| "root".to_owned(), |user| user.to_string()),
            directory: table.directory.as_ref().map(|path| RemotePath::new(path.as_str())),
            timeout,
            environment: table
                .environment
                .iter()
                .map(|(name, value)| (name.to_string(), value.value.clone()))
                .collect(),
            origin: context.origin(&name.span),
        };
        declarations.insert(declaration.name.clone(), declaration);
    }
    declarations
}

fn guard(owner: &str, table: &RunTable, context: &mut Context<'_>) -> Option<Guard> {
    let given = [
        table.unless.as_ref().map(|it| ("unless", it.span.clone())),
        table.creates.as_ref().map(|it| ("creates", it.span.clone())),
        table.changed_when.as_ref().map(|it| ("changed_when", it.span.clone())),
    ];
    let given: Vec<_> = given.into_iter().flatten().collect();
    if let [(first, before), (second, after), ..] = given.as_slice() {
        context.problems.push(
            Problem::new("two-guards", format!("{owner} has more than one guard"))
                .label(before.clone(), format!("`{first}`"))
                .label(after.clone(), format!("`{second}`"))
                .help("leave one: `unless`, `creates` or `changed_when`; in one command, `&&` and `||` join several"),
        );
    }
    if let Some(unless) = &table.unless {
        return Some(Guard::Unless(invocation(owner, "unless", unless, context)));
    }
    if let Some(path) = &table.creates {
        return Some(Guard::Creates(RemotePath::new(path.as_str())));
    }
    let changed_when = table.changed_when.as_ref()?;
    Some(Guard::ChangedWhen(invocation(owner, "changed_when", changed_when, context)))
}

/// A command that can be run, with a problem for each thing that is odd about it.
pub(super) fn invocation(owner: &str, key: &str, form: &Located<CommandForm>, context: &mut Context<'_>) -> Invocation {
    let what = format!("`{key}` of {owner}");
    let words: &[String] = match &form.value {
        CommandForm::Words(words) => words,
        CommandForm::Shell(text) => std::slice::from_ref(text),
    };
    let shell = matches!(form.value, CommandForm::Shell(_));
    if words.first().is_none_or(|program| program.trim().is_empty()) {
        context.problems.push(
            Problem::new("empty", format!("{what} runs nothing"))
                .label(form.span.clone(), "no program")
                .help("write the program and its arguments, such as [\"/usr/bin/true\"], or a line for the shell"),
        );
    } else if let (false, Some(program)) = (shell, words.first().filter(|program| program.contains(['=', '\n']))) {
        // `env` would take it for a variable.
        context.problems.push(
            Problem::new("bad-value", format!("{what} begins with {program:?}, which is no program"))
                .label(form.span.clone(), "the first word is the program")
                .help("variables belong in `environment`"),
        );
    }
    for word in words {
        if word.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
            context.problems.push(unprintable(&what, form));
        }
        let assignment = word.trim_start_matches('-').split_once('=');
        let (name, value) = assignment.filter(|_| !shell).unwrap_or(("", word));
        if holds_secret(&name.replace('-', "_"), value) {
            context.problems.push(secret(&what, form, form));
        }
    }
    match &form.value {
        CommandForm::Words(words) => Invocation::Program(words.clone()),
        CommandForm::Shell(text) => Invocation::Shell(text.clone()),
    }
}

/// Whoever is logged in to a host can read the arguments and, here, the environment of what runs there.
fn secret<T, U>(what: &str, at: &Located<T>, hidden: &Located<U>) -> Problem {
    Problem::new("secret-in-command", format!("{what} holds a secret, which every user of a host could read"))
        .label(at.span.clone(), "a secret, by its name or form")
        .hide(hidden.span.clone())
        .help("keep it in a file on the host, such as one of [env.NAME], and let the command read that")
}

fn unprintable<T>(what: &str, at: &Located<T>) -> Problem {
    Problem::new("bad-value", format!("{what} has control characters in it"))
        .label(at.span.clone(), "here")
        .help("write it without them")
}
