//! What a template makes for each host. An undefined value is an error, secrets stay references, and everything that is
//! wrong is told with its place in the template.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use regex::Regex;

use super::context::Context;
use super::file::FilePart;
use super::file_read;
use super::file_values::{BROKEN, Fleet, Sealed, value};
use super::problem::Problem;
use super::suggest::nearest;
use super::types::VarValue;
use crate::names::HostName;
use crate::secrets::SecretRef;

/// What marks a secret in what a template made, before its number.
const MARK: char = '\u{e000}';

/// Where a template stands.
#[derive(Clone)]
pub(super) enum Origin {
    /// A file of its own.
    File,
    /// In the inventory, there.
    Inventory(Range<usize>),
}

/// A template that is read, with the fleet that it may ask about.
pub(super) struct Template {
    environment: Environment<'static>,
    name: String,
    text: String,
    origin: Origin,
    /// Unguessable: what is not from here can't pass for a secret.
    token: String,
    /// Templates that it takes in, by name.
    taken_in: Arc<Mutex<BTreeMap<String, String>>>,
}

/// A value of a file: as it stands, or a secret.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    Var(VarValue),
    Secret(SecretRef),
}

/// Problems of one template, each once, with the hosts that have it.
#[derive(Default)]
pub(super) struct Failures {
    found: Vec<(Fault, Vec<HostName>)>,
}

struct Fault {
    message: String,
    label: String,
    help: Option<String>,
    span: Option<Range<usize>>,
}

impl Template {
    /// Reads a template; what is wrong with its form is a problem.
    pub(super) fn new(
        name: &str,
        text: String,
        origin: Origin,
        owner: &str,
        fleet: &Arc<Fleet>,
        context: &mut Context<'_>,
    ) -> Option<Self> {
        let taken_in = Arc::new(Mutex::new(BTreeMap::new()));
        let mut environment = environment(fleet, context.dir.to_owned(), Arc::clone(&taken_in));
        let mut token = [0_u8; 16];
        if let Err(error) = getrandom::fill(&mut token) {
            context.problems.push(Problem::new("no-randomness", format!("the system gives no random bytes: {error}")));
            return None;
        }
        let token = crate::text::hex(&token);
        let added = environment.add_template_owned(name.to_owned(), text.clone());
        let template = Self { environment, name: name.to_owned(), text, origin, token, taken_in };
        if let Err(error) = added {
            let mut failures = Failures::default();
            failures.add(template.fault(&error, None, &BTreeMap::new(), context), None);
            failures.tell(owner, context);
            return None;
        }
        Some(template)
    }

    /// What it makes for a host; none, and a failure, where it can't.
    pub(super) fn render(
        &self,
        host: &HostName,
        fleet: &Fleet,
        given: &BTreeMap<String, Given>,
        failures: &mut Failures,
        context: &mut Context<'_>,
    ) -> Option<Vec<FilePart>> {
        let mut values = fleet.of_host(host);
        let mut secrets = Vec::new();
        for (name, one) in given {
            let one = match one {
                Given::Var(var) => value(var),
                Given::Secret(reference) => {
                    secrets.push(reference.clone());
                    Value::from_object(Sealed { number: secrets.len() - 1, token: self.token.clone() })
                }
            };
            values.insert(name.clone(), one);
        }
        let made = self.environment.get_template(&self.name).and_then(|it| it.render(Value::from(values.clone())));
        match made {
            Err(error) => {
                failures.add(self.fault(&error, Some(host), &values, context), Some(host));
                None
            }
            Ok(text) => {
                let parts = split(&text, &self.token, &secrets);
                if parts.is_none() {
                    failures.add(self.broken(context), Some(host));
                }
                parts
            }
        }
    }

    fn broken(&self, context: &mut Context<'_>) -> Fault {
        Fault {
            message: "it changes or joins a secret".to_owned(),
            label: "here or in what it takes in".to_owned(),
            help: Some(
                "a secret goes into the file as it is: write it as `{{ NAME }}`, without filters or `~`".to_owned(),
            ),
            span: Some(self.place(&self.name, 0..1, context)),
        }
    }

    /// A place in a template as a place of the inventory.
    fn place(&self, name: &str, range: Range<usize>, context: &mut Context<'_>) -> Range<usize> {
        if let (Origin::Inventory(span), true) = (&self.origin, name == self.name) {
            return context.sources.within(span, &self.text, range);
        }
        let others = self.taken_in.lock().ok();
        let text = others.as_ref().and_then(|others| others.get(name)).unwrap_or(&self.text);
        let base = context.beside.base(&context.dir.join(name).display().to_string(), text);
        base + range.start.min(text.len())..base + range.end.min(text.len())
    }

    /// What went wrong, in words.
    fn fault(
        &self,
        error: &Error,
        host: Option<&HostName>,
        values: &BTreeMap<String, Value>,
        context: &mut Context<'_>,
    ) -> Fault {
        // What another template takes in has its own place.
        let mut error = error;
        while let (ErrorKind::BadInclude | ErrorKind::EvalBlock, Some(inner)) =
            (error.kind(), std::error::Error::source(error).and_then(|source| source.downcast_ref::<Error>()))
        {
            error = inner;
        }
        let name = error.name().unwrap_or(&self.name).to_owned();
        let text = match self.taken_in.lock() {
            Ok(others) => others.get(&name).cloned().unwrap_or_else(|| self.text.clone()),
            Err(_) => self.text.clone(),
        };
        let range = error.range().or_else(|| error.line().and_then(|line| line_range(&text, line)));
        let here = range.as_ref().and_then(|range| text.get(range.clone())).unwrap_or_default().trim();
        let detail = error.detail().unwrap_or_default();
        let mut help = None;
        let (message, label) = match error.kind() {
            ErrorKind::UndefinedError | ErrorKind::UnknownMethod | ErrorKind::InvalidOperation
                if detail.contains("undefined") || error.kind() == ErrorKind::UndefinedError =>
            {
                let what = undefined_name(detail).unwrap_or(here);
                help = undefined_help(what, values, host);
                (format!("`{what}` is undefined"), "undefined".to_owned())
            }
            ErrorKind::SyntaxError => (detail.to_owned(), "here".to_owned()),
            kind => {
                let words = if detail.is_empty() { kind.to_string() } else { detail.to_owned() };
                (words, "here".to_owned())
            }
        };
        let span = range.map(|range| self.place(&name, range, context));
        Fault { message, label, help, span }
    }
}

impl Failures {
    fn add(&mut self, fault: Fault, host: Option<&HostName>) {
        match self.found.iter_mut().find(|(known, _)| known.span == fault.span && known.message == fault.message) {
            // What helps one host may be worded for it.
            Some((_, hosts)) => hosts.extend(host.cloned()),
            None => self.found.push((fault, host.cloned().into_iter().collect())),
        }
    }

    /// Tells all of them, each with the hosts that have it.
    pub(super) fn tell(self, owner: &str, context: &mut Context<'_>) {
        for (fault, hosts) in self.found {
            let whom = match hosts.as_slice() {
                [] => String::new(),
                [only] => format!(" on {only}"),
                [first, rest @ ..] => format!(" on {first} and {} more", rest.len()),
            };
            let mut problem =
                Problem::new("template", format!("the template of {owner} makes no file{whom}: {}", fault.message));
            if let Some(span) = fault.span {
                problem = problem.label(span, fault.label);
            }
            problem.help = fault.help;
            context.problems.push(problem);
        }
    }
}

fn environment(
    fleet: &Arc<Fleet>,
    dir: PathBuf,
    taken_in: Arc<Mutex<BTreeMap<String, String>>>,
) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_debug(true);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // With blocks on lines of their own, a template reads like the file that it makes; the delimiters are those of Jinja,
    // with which building does not fail.
    let mut syntax = SyntaxConfig::builder();
    syntax.keep_trailing_newline(true).trim_blocks(true).lstrip_blocks(true);
    environment.set_syntax(syntax.build().unwrap_or_default());
    environment.set_formatter(|out, state, value| match value.downcast_object_ref::<Sealed>() {
        Some(sealed) => write!(out, "{MARK}{}:{}{MARK}", sealed.token, sealed.number).map_err(Error::from),
        // As TOML has it, and most files that are made: Jinja would write `True`.
        None if value.kind() == ValueKind::Bool => write!(out, "{}", value.is_true()).map_err(Error::from),
        None => minijinja::escape_formatter(out, state, value),
    });
    environment.set_loader(move |name| {
        let plain = !name.starts_with('/') && name.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !plain {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "a template takes in files below the inventory directory",
            ));
        }
        match file_read::read(&dir.join(name)) {
            Ok(text) => {
                if let Ok(mut known) = taken_in.lock() {
                    known.insert(name.to_owned(), text.clone());
                }
                Ok(Some(text))
            }
            Err((why, _)) => Err(Error::new(ErrorKind::TemplateNotFound, format!("{name} can't be used: {why}"))),
        }
    });
    let wrong = |why: String| Error::new(ErrorKind::InvalidOperation, why);
    let known = Arc::clone(fleet);
    environment.add_function("group", move |name: String| known.group(&name).map_err(wrong));
    let known = Arc::clone(fleet);
    environment.add_function("select", move |selector: String| known.select(&selector).map_err(wrong));
    environment
}

/// Text and secrets; none where a mark is not whole, because something was done to it.
fn split(text: &str, token: &str, secrets: &[SecretRef]) -> Option<Vec<FilePart>> {
    if secrets.is_empty() {
        return Some(vec![FilePart::Text(text.to_owned())]);
    }
    let mark = Regex::new(&format!("{MARK}{token}:([0-9]+){MARK}")).ok()?;
    let mut parts = Vec::new();
    let mut end = 0;
    let plain = |text: &str, parts: &mut Vec<FilePart>| {
        if !text.is_empty() {
            parts.push(FilePart::Text(text.to_owned()));
        }
        !text.contains([MARK, BROKEN]) && !text.to_ascii_lowercase().contains(token)
    };
    for found in mark.captures_iter(text) {
        let whole = found.get(0)?;
        if !plain(text.get(end..whole.start())?, &mut parts) {
            return None;
        }
        parts.push(FilePart::Secret(secrets.get(found.get(1)?.as_str().parse::<usize>().ok()?)?.clone()));
        end = whole.end();
    }
    plain(text.get(end..)?, &mut parts).then_some(parts)
}

/// The bytes of a line, from 1, without the spaces around it.
fn line_range(text: &str, line: usize) -> Option<Range<usize>> {
    let found = text.lines().nth(line.checked_sub(1)?)?;
    let start = found.as_ptr() as usize - text.as_ptr() as usize;
    let trimmed = found.trim();
    let indent = found.len() - found.trim_start().len();
    Some(start + indent..start + indent + trimmed.len().max(1))
}

/// What is undefined, as minijinja names it.
fn undefined_name(detail: &str) -> Option<&str> {
    let (_, rest) = detail.split_once('`')?;
    rest.split_once('`').map(|(name, _)| name)
}

fn undefined_help(what: &str, values: &BTreeMap<String, Value>, host: Option<&HostName>) -> Option<String> {
    let host = host?;
    if let Some(name) = what.strip_prefix("vars.") {
        let known =
            values.get("vars").and_then(|vars| vars.try_iter().ok()).map(|keys| keys.map(|key| key.to_string()));
        let known: Vec<String> = known.map(Iterator::collect).unwrap_or_default();
        return Some(match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `vars.{near}`?"),
            None => format!(
                "declare it: [hosts.{host}] with `vars = {{ {name} = … }}`, or write a default: `{what} | default(…)`"
            ),
        });
    }
    let plain = !what.is_empty() && what.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain.then(|| match nearest(what, values.keys().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("give it a value in `vars`, or write a default: `{what} | default(…)`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_split_off_or_refused() {
        let secret = |name: &str| SecretRef::Env(name.to_owned());
        let secrets = [secret("A"), secret("B")];
        let text = format!("a {MARK}t0k:1{MARK}{MARK}t0k:0{MARK} b");
        assert_eq!(
            split(&text, "t0k", &secrets),
            Some(vec![
                FilePart::Text("a ".to_owned()),
                FilePart::Secret(secret("B")),
                FilePart::Secret(secret("A")),
                FilePart::Text(" b".to_owned()),
            ])
        );
        for odd in [
            format!("{MARK}t0k:2{MARK}"),
            format!("{MARK}T0K:1{MARK}"),
            format!("{MARK}t0k:1"),
            "t0k".to_owned(),
            format!("{BROKEN}"),
        ] {
            assert_eq!(split(&odd, "t0k", &secrets), None, "{odd:?}");
        }
    }

    #[test]
    fn lines_are_found() {
        assert_eq!(line_range("a\n  bc \n", 2), Some(4..6));
        assert_eq!(line_range("a\n", 3), None);
    }
}
