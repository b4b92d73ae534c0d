//! What is made from the command line and the types themselves: completions, manual pages, JSON Schemas.

use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell as CompleteShell;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

use crate::engine::status::Failure;
use crate::report::{Canvas, ExitCode, Report, Ui, schema as reports};

use super::app::{self, CliError};
use super::args::{Arguments, Global, Shell};
use super::facts_file::{self, FactsFile};
use super::queue::last::{self, WorkersFile};
use super::written::{self, WrittenReport};

const BIN: &str = "fleet";

/// A text that is a result as it stands.
#[derive(Debug, Serialize, JsonSchema)]
struct TextReport {
    schema: &'static str,
    /// What the text is, such as `completions`.
    what: &'static str,
    /// The text.
    text: String,
}

const TEXT: &str = "fleet/text/v1";

impl Report for TextReport {
    fn table(&self, _: &Canvas) -> String {
        self.text.clone()
    }
}

/// `fleet completions SHELL`
pub(super) fn completions(ui: &Ui, shell: Shell) -> Result<ExitCode, CliError> {
    let shell = match shell {
        Shell::Bash => CompleteShell::Bash,
        Shell::Zsh => CompleteShell::Zsh,
        Shell::Fish => CompleteShell::Fish,
    };
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), BIN, &mut text);
    print(ui, "completions", &text)
}

/// `fleet man [DIR]`
pub(super) fn man(ui: &Ui, directory: Option<&Path>) -> Result<ExitCode, CliError> {
    let mut command = Arguments::command();
    command.build();
    let Some(directory) = directory else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(|error| unwritten("the page", &error))?;
        return print(ui, "man", &page);
    };
    let shown = directory.display().to_string();
    std::fs::create_dir_all(directory).map_err(|error| unwritten(&shown, &error))?;
    let mut files = Vec::new();
    pages(&command, BIN, directory, &mut files)?;
    files.sort();
    let next = format!("man {}", shell_words::quote(&directory.join("fleet.1").to_string_lossy()));
    app::print(ui, &WrittenReport::new(files, next))?;
    Ok(ExitCode::Success)
}

/// A page for a command and each one below it, named as git does: `fleet-env-check.1`.
fn pages(command: &clap::Command, name: &str, directory: &Path, files: &mut Vec<String>) -> Result<(), CliError> {
    let file = directory.join(format!("{name}.1"));
    let shown = file.display().to_string();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone().display_name(name))
        .title(name)
        .render(&mut page)
        .and_then(|()| std::fs::write(&file, &page))
        .map_err(|error| unwritten(&shown, &error))?;
    files.push(shown);
    command.get_subcommands().try_for_each(|sub| pages(sub, &format!("{name}-{}", sub.get_name()), directory, files))
}

fn unwritten(what: &str, error: &std::io::Error) -> CliError {
    CliError::failure(Failure::bare("not-written", format!("cannot write {what}: {error}")))
}

/// Prints a text as it stands, for scripts in a document.
pub(super) fn print(ui: &Ui, what: &'static str, text: &[u8]) -> Result<ExitCode, CliError> {
    let text = String::from_utf8_lossy(text).into_owned();
    app::print(ui, &TextReport { schema: TEXT, what, text })?;
    Ok(ExitCode::Success)
}

/// A JSON Schema: the same for people and for scripts.
#[derive(Serialize)]
#[serde(transparent)]
struct SchemaReport(Value);

impl Report for SchemaReport {
    fn table(&self, _: &Canvas) -> String {
        crate::text::json(&self.0) + "\n"
    }
}

/// The names that `fleet schema` knows.
#[derive(Serialize, JsonSchema)]
struct SchemasReport {
    schema: &'static str,
    /// All names.
    names: Vec<&'static str>,
    /// What to type next.
    next: String,
}

const SCHEMAS: &str = "fleet/schemas/v1";

impl Report for SchemasReport {
    fn table(&self, _: &Canvas) -> String {
        self.names.iter().fold(String::new(), |text, name| text + name + "\n")
    }
}

type Entry = (&'static str, fn() -> Value);

/// The schemas of this room; those of `report` come beside them.
const OWN: [Entry; 7] = [
    ("facts", || of::<FactsFile>(facts_file::SCHEMA)),
    ("inventory", crate::inventory::schema),
    ("playbook", crate::playbook::schema),
    ("schemas", || of::<SchemasReport>(SCHEMAS)),
    ("text", || of::<TextReport>(TEXT)),
    ("workers", || of::<WorkersFile>(last::SCHEMA)),
    ("written", || of::<WrittenReport>(written::SCHEMA)),
];

fn of<T: JsonSchema>(id: &str) -> Value {
    let mut schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    let mut schema = schema.ensure_object().clone();
    if let Some(Value::Object(field)) = schema.get_mut("properties").and_then(|fields| fields.get_mut("schema")) {
        field.insert("const".to_owned(), Value::from(id));
    }
    Value::Object(schema)
}

/// `fleet schema [WHAT]`
pub(super) fn schema(global: &Global, ui: &Ui, what: Option<&str>) -> Result<ExitCode, CliError> {
    let mut names: Vec<&'static str> = OWN.iter().map(|(name, _)| *name).chain(reports::names()).collect();
    names.sort_unstable();
    let Some(what) = what else {
        app::print(ui, &SchemasReport { schema: SCHEMAS, names, next: global.next("schema inventory") })?;
        return Ok(ExitCode::Success);
    };
    let own = OWN.iter().find(|(name, _)| *name == what).map(|(_, make)| make());
    if let Some(schema) = own.or_else(|| reports::schema(what)) {
        app::print(ui, &SchemaReport(schema))?;
        return Ok(ExitCode::Success);
    }
    let nearest = names
        .iter()
        .map(|name| (strsim::osa_distance(what, name), name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(1))
        .min();
    let hint = match nearest {
        Some((_, name)) => format!("did you mean `{name}`? `fleet schema` lists all names"),
        None => "`fleet schema` lists all names".to_owned(),
    };
    let shown: String = what.chars().take(60).flat_map(char::escape_debug).collect();
    Err(CliError::usage(Failure::new("unknown-schema", format!("there is no schema `{shown}`"), hint)))
}
