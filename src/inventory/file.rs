//! Declared files, links and directories: what is to be at a path, on which hosts, and what differs among these.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::cert_hosts::commands;
use super::context::Context;
use super::file_places::Taken;
use super::file_read::{self, Reader};
use super::file_template::{self, Failures, Given, Template};
use super::file_values::{Fleet, OF_HOSTS};
use super::host::Host;
use super::overrides::{self, Layer};
use super::problem::Problem;
use super::source::Origin;
use super::text::{GroupName, Located, ModeText, Owner, TemplateName, UnitPattern};
use super::types_acme::SecretValue;
use super::types_file::{FileOn, FileTable};
use super::types_forms::Commands;
use crate::names::{HostName, RemotePath};
use crate::secrets::SecretRef;

type Span = Range<usize>;

/// One declared file, link or directory, or that nothing is there.
#[derive(Clone, Debug)]
pub struct FileDeclaration {
    /// The name in the inventory.
    pub name: String,
    /// Where it is on each host.
    pub path: RemotePath,
    /// The hosts that have it.
    pub hosts: BTreeSet<HostName>,
    /// Where it is declared.
    pub origin: Origin,
    variants: Vec<FileOnHost>,
    variant_of: BTreeMap<HostName, usize>,
}

impl FileDeclaration {
    /// What is to be there on a host; none for a host that does not have it.
    pub fn on(&self, host: &HostName) -> Option<&FileOnHost> {
        self.variant_of.get(host).and_then(|index| self.variants.get(*index))
    }
}

/// What is to be at a path on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOnHost {
    /// What it is.
    pub state: FileState,
    /// Owner and group, if declared.
    pub owner: Option<(String, String)>,
    /// Permission bits, if declared.
    pub mode: Option<u32>,
    /// Commands that must succeed before any unit takes it up; none of them is empty.
    pub validate: Vec<Vec<String>>,
    /// The units that take it up by a reload: names or globs.
    pub reload: Vec<String>,
    /// The units that take it up by a restart: names or globs.
    pub restart: Vec<String>,
}

/// What is to be at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// A regular file: its text, with secrets as references.
    Content(Vec<FilePart>),
    /// A symbolic link with this text.
    Link(String),
    /// A directory, whatever is in it.
    Directory,
    /// Nothing.
    Absent {
        /// A directory goes as well, with all that is in it.
        recursive: bool,
    },
}

impl FileState {
    /// The secrets in it.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretRef> {
        let parts = match self {
            Self::Content(parts) => parts.as_slice(),
            Self::Link(_) | Self::Directory | Self::Absent { .. } => &[],
        };
        parts.iter().filter_map(|part| match part {
            FilePart::Secret(reference) => Some(reference),
            FilePart::Text(_) => None,
        })
    }
}

/// A part of a file's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilePart {
    /// As it stands.
    Text(String),
    /// The value of a secret.
    Secret(SecretRef),
}

/// The parts of a declaration that groups and hosts override one by one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Owner,
    Mode,
    Validate,
    Reload,
    Restart,
    Value(TemplateName),
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Owner(String),
    Mode(u32),
    Validate(Vec<Vec<String>>),
    Units(Vec<String>),
    Value(Given),
}

type Parts = Vec<(Key, Part, Span)>;

fn describe(key: &Key) -> String {
    match key {
        Key::Owner => "`owner`".to_owned(),
        Key::Mode => "`mode`".to_owned(),
        Key::Validate => "`validate`".to_owned(),
        Key::Reload => "`reload`".to_owned(),
        Key::Restart => "`restart`".to_owned(),
        Key::Value(name) => format!("`{name}`"),
    }
}

/// What the one key that says it declares to be there.
enum Meant {
    Text(String),
    Template(Box<Template>),
    Fixed(FileState),
}

/// Resolves all declared files. `lost`: some keys could not be read, so that missing ones are no news.
pub(super) fn build(
    table: BTreeMap<Located<GroupName>, FileTable>,
    hosts: &BTreeMap<HostName, Host>,
    lost: bool,
    mut taken: Taken,
    context: &mut Context<'_>,
) -> BTreeMap<String, FileDeclaration> {
    let fleet = Fleet::of(hosts, context);
    let mut reader = Reader::default();
    let mut declarations = BTreeMap::new();
    for (name, file) in table {
        let selected = context.select(&file.hosts).unwrap_or_default();
        let owner = format!("file.{}", name.value);
        for (text, span) in [(file.path.as_str(), &file.path.span)]
            .into_iter()
            .chain(file.link.as_ref().map(|link| (link.as_str(), &link.span)))
        {
            refuse_braces(text, span, &owner, context);
        }
        let meant = meant((&name, lost), &file, &owner, &fleet, &mut reader, context);
        let place = (file.path.as_str().to_owned(), file.path.span.clone());
        if let Some(declaration) = declaration(&name, file, selected, meant, &fleet, context) {
            let state = declaration.variants.first().map_or(FileState::Directory, |variant| variant.state.clone());
            taken.take(&declaration.hosts, &owner, &place.0, &state, &place.1);
            declarations.insert(name.value.to_string(), declaration);
        }
    }
    taken.tell(context);
    declarations
}

/// A plan names by `{{…}}` what does not exist yet: in a path it would wait for that.
fn refuse_braces(text: &str, span: &Span, owner: &str, context: &mut Context<'_>) {
    if text.contains("{{") || text.contains("}}") || text.chars().any(char::is_control) || text.is_empty() {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} can't have such a place"))
                .label(span.clone(), "empty, or with `{{`, `}}` or a control character")
                .help("paths and links stand as they are: only the text of a file comes from a template"),
        );
    }
}

/// What is to be there; none, and a problem, where the declaration does not say it.
fn meant(
    (name, lost): (&Located<GroupName>, bool),
    file: &FileTable,
    owner: &str,
    fleet: &Arc<Fleet>,
    reader: &mut Reader,
    context: &mut Context<'_>,
) -> Option<Meant> {
    one_kind((name, lost), file, owner, context)?;
    misplaced(file, owner, context);
    let kind = kind_of(file);
    if let Some(content) = &file.content {
        file_read::refuse_keys(content, &content.span, owner, context);
        if content.contains('\0') {
            context.problems.push(
                Problem::new("bad-value", format!("the content of {owner} has a NUL character"))
                    .label(content.span.clone(), "fleet keeps files of text"),
            );
            return None;
        }
        return Some(Meant::Text(content.value.clone()));
    }
    if let Some(path) = &file.source {
        let text = reader.text("source", path, owner, context)?;
        file_read::refuse_keys(&text, &path.span, owner, context);
        return Some(Meant::Text(text));
    }
    let template = if let Some(path) = &file.template {
        let text = reader.text("template", path, owner, context)?;
        file_read::refuse_keys(&text, &path.span, owner, context);
        Template::new(path.as_str(), text, file_template::Origin::File, owner, fleet, context)
    } else if let Some(text) = &file.template_text {
        file_read::refuse_keys(text, &text.span, owner, context);
        let origin = file_template::Origin::Inventory(text.span.clone());
        Template::new("template_text", text.value.clone(), origin, owner, fleet, context)
    } else {
        return kind.map(Meant::Fixed);
    };
    template.map(|template| Meant::Template(Box::new(template)))
}

fn kind_of(file: &FileTable) -> Option<FileState> {
    if let Some(link) = &file.link {
        Some(FileState::Link(link.value.clone()))
    } else if file.directory.is_some() {
        Some(FileState::Directory)
    } else {
        let recursive = file.recursive.as_ref().is_some_and(|flag| flag.value);
        file.absent.as_ref().map(|_| FileState::Absent { recursive })
    }
}

/// Exactly one key says what it is.
fn one_kind(
    (name, lost): (&Located<GroupName>, bool),
    file: &FileTable,
    owner: &str,
    context: &mut Context<'_>,
) -> Option<()> {
    const KINDS: &str =
        "`content`, `source`, `template`, `template_text`, `link`, `directory = true` or `absent = true`";
    let span = |word, found: Option<Span>| found.map(|span| (word, span));
    let given: Vec<(&str, Span)> = [
        span("content", file.content.as_ref().map(|it| it.span.clone())),
        span("source", file.source.as_ref().map(|it| it.span.clone())),
        span("template", file.template.as_ref().map(|it| it.span.clone())),
        span("template_text", file.template_text.as_ref().map(|it| it.span.clone())),
        span("link", file.link.as_ref().map(|it| it.span.clone())),
        span("directory", file.directory.as_ref().map(|it| it.span.clone())),
        span("absent", file.absent.as_ref().map(|it| it.span.clone())),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut good = true;
    for (word, flag) in [("directory", &file.directory), ("absent", &file.absent)] {
        if let Some(flag) = flag.as_ref().filter(|flag| !flag.value) {
            context.problems.push(
                Problem::new("bad-value", format!("`{word}` of {owner} can only be true"))
                    .label(flag.span.clone(), "says nothing")
                    .help(format!("leave it out, and say what is there: {KINDS}")),
            );
            good = false;
        }
    }
    match given.as_slice() {
        [_] => {}
        [] if lost => good = false,
        [] => {
            context.problems.push(
                Problem::new("missing-key", format!("{owner} does not say what is to be there"))
                    .label(name.span.clone(), "this one")
                    .help(format!("give it one of {KINDS}")),
            );
            good = false;
        }
        [(first, first_span), rest @ ..] => {
            let mut problem = Problem::new("two-contents", format!("{owner} says more than once what is to be there"))
                .label(first_span.clone(), format!("`{first}`"));
            for (word, span) in rest {
                problem = problem.label(span.clone(), format!("`{word}`"));
            }
            context.problems.push(problem.help("keep one of them"));
            good = false;
        }
    }
    good.then_some(())
}

/// Keys that say nothing about what is declared.
fn misplaced(file: &FileTable, owner: &str, context: &mut Context<'_>) {
    let is_template = file.template.is_some() || file.template_text.is_some();
    let has_attributes = file.link.is_none() && file.absent.is_none();
    let mut odd: Vec<(&str, Span, &str)> = Vec::new();
    if let Some(flag) = file.recursive.as_ref().filter(|_| file.absent.is_none()) {
        odd.push(("recursive", flag.span.clone(), "it belongs to `absent = true`"));
    }
    if !has_attributes {
        let why = "a link, or nothing, has none of its own";
        odd.extend(file.owner.as_ref().map(|it| ("owner", it.span.clone(), why)));
        odd.extend(file.mode.as_ref().map(|it| ("mode", it.span.clone(), why)));
        for on in file.on.values() {
            odd.extend(on.owner.as_ref().map(|it| ("owner", it.span.clone(), why)));
            odd.extend(on.mode.as_ref().map(|it| ("mode", it.span.clone(), why)));
        }
    }
    if !is_template {
        let why = "only a template knows values";
        let all =
            std::iter::once((&file.vars, &file.secrets)).chain(file.on.values().map(|on| (&on.vars, &on.secrets)));
        for (vars, secrets) in all {
            odd.extend(vars.keys().next().map(|name| ("vars", name.span.clone(), why)));
            odd.extend(secrets.keys().next().map(|name| ("secrets", name.span.clone(), why)));
        }
    }
    for (word, span, why) in odd {
        context.problems.push(
            Problem::new("bad-value", format!("`{word}` says nothing in {owner}: {why}")).label(span, "take it out"),
        );
    }
}

fn declaration(
    name: &Located<GroupName>,
    file: FileTable,
    hosts: BTreeSet<HostName>,
    meant: Option<Meant>,
    fleet: &Fleet,
    context: &mut Context<'_>,
) -> Option<FileDeclaration> {
    let owner = format!("file.{}", name.value);
    let base = FileOn {
        owner: file.owner,
        mode: file.mode,
        validate: file.validate,
        reload: file.reload,
        restart: file.restart,
        vars: file.vars,
        secrets: file.secrets,
    };
    let base = parts(base, &owner, context);
    let mut layers: Vec<Layer<Key, Part>> = Vec::new();
    for (on, table) in file.on {
        let values = parts(table, &owner, context);
        let Some(layer) = Layer::new(&on, values, context) else { continue };
        if layer.hosts.is_disjoint(&hosts) && !hosts.is_empty() && !context.doubtful {
            context.problems.push(
                Problem::new("override-unused", format!("no host of {owner} is in `{}`", on.value))
                    .label(file.hosts.span.clone(), "its hosts")
                    .label(on.span.clone(), "overrides nothing"),
            );
        }
        layers.push(layer);
    }
    overrides::sort(&mut layers);
    let merged = overrides::variants(&base, &layers, &hosts, &describe, context);
    let meant = meant?;
    let mut variants: Vec<FileOnHost> = Vec::new();
    let mut variant_of = BTreeMap::new();
    let mut failures = Failures::default();
    let mut open = BTreeSet::new();
    for (hosts, merged) in merged {
        let mode_span = merged.get(&Key::Mode).map(|slot| slot.span.clone());
        let (settings, given) = assemble(merged);
        for host in hosts {
            let state = match &meant {
                Meant::Fixed(state) => Some(state.clone()),
                Meant::Text(text) => Some(FileState::Content(vec![FilePart::Text(text.clone())])),
                Meant::Template(template) => {
                    template.render(&host, fleet, &given, &mut failures, context).map(FileState::Content)
                }
            };
            let Some(state) = state else { continue };
            if let (Some(span), Some(mode)) = (&mode_span, settings.mode)
                && mode & 0o004 != 0
                && state.secrets().next().is_some()
            {
                open.insert((span.start, span.end));
            }
            let variant = FileOnHost { state, ..settings.clone() };
            let index = variants.iter().rposition(|known| *known == variant).unwrap_or_else(|| {
                variants.push(variant);
                variants.len() - 1
            });
            variant_of.insert(host, index);
        }
    }
    failures.tell(&owner, context);
    for (start, end) in open {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} holds secrets, and everybody on the host could read it"))
                .label(start..end, "this mode")
                .help("write \"0600\", or \"0640\" for a group that may read it"),
        );
    }
    Some(FileDeclaration {
        name: name.value.to_string(),
        path: RemotePath::new(file.path.as_str()),
        hosts,
        origin: context.origin(&name.span),
        variants,
        variant_of,
    })
}

/// How a host differs, from the parts that won, and what its template is given.
fn assemble(merged: overrides::Merged<Key, Part>) -> (FileOnHost, BTreeMap<String, Given>) {
    let mut settings = FileOnHost {
        state: FileState::Directory,
        owner: None,
        mode: None,
        validate: Vec::new(),
        reload: Vec::new(),
        restart: Vec::new(),
    };
    let mut given = BTreeMap::new();
    for (key, slot) in merged {
        match (key, slot.value) {
            (_, Part::Owner(owner)) => {
                settings.owner = owner.split_once(':').map(|(user, group)| (user.to_owned(), group.to_owned()));
            }
            (_, Part::Mode(mode)) => settings.mode = Some(mode),
            (_, Part::Validate(commands)) => settings.validate = commands,
            (Key::Restart, Part::Units(units)) => settings.restart = units,
            (_, Part::Units(units)) => settings.reload = units,
            (Key::Value(name), Part::Value(value)) => drop(given.insert(name.to_string(), value)),
            (_, Part::Value(_)) => {}
        }
    }
    // A restart takes up what a reload would.
    let restart = settings.restart.clone();
    settings.reload.retain(|unit| !restart.contains(unit));
    (settings, given)
}

fn parts(table: FileOn, owner: &str, context: &mut Context<'_>) -> Parts {
    let mut parts = Parts::new();
    parts.extend(table.owner.map(|it: Located<Owner>| (Key::Owner, Part::Owner(it.as_str().to_owned()), it.span)));
    if let Some(text) = table.mode {
        parts.extend(mode(&text, owner, context).map(|bits| (Key::Mode, Part::Mode(bits), text.span)));
    }
    parts.extend(validate(table.validate, owner, context));
    for (key, units) in [(Key::Reload, table.reload), (Key::Restart, table.restart)] {
        parts.extend(units.map(|units: Located<Vec<UnitPattern>>| {
            let names: BTreeSet<String> = units.value.iter().map(ToString::to_string).collect();
            (key, Part::Units(names.into_iter().collect()), units.span)
        }));
    }
    for (name, var) in table.vars {
        own_name(&name, owner, context);
        parts.push((Key::Value(name.value), Part::Value(Given::Var(var.value)), name.span));
    }
    for (name, secret) in table.secrets {
        own_name(&name, owner, context);
        if let Err(reason) = secret.secret.check() {
            context.problems.push(
                Problem::new("bad-secret", format!("the secret `{}` of {owner} {reason}", name.value))
                    .label(secret.span.clone(), "this reference"),
            );
        }
        if let Some((_, _, span)) = parts.iter().find(|(key, ..)| *key == Key::Value(name.value.clone())) {
            context.problems.push(
                Problem::new("value-and-secret", format!("`{}` of {owner} is a value and a secret", name.value))
                    .label(span.clone(), "the value")
                    .label(name.span.clone(), "the secret")
                    .help("keep one of the two"),
            );
            continue;
        }
        let Located { value: SecretValue { secret }, .. } = secret;
        parts.push((Key::Value(name.value), Part::Value(Given::Secret(secret)), name.span));
    }
    parts
}

fn own_name(name: &Located<TemplateName>, owner: &str, context: &mut Context<'_>) {
    if OF_HOSTS.contains(&name.as_str()) {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} can't have a value `{}`: it is one of the host's", name.value))
                .label(name.span.clone(), "this name")
                .help("give it another name"),
        );
    }
}

fn validate(table: Option<Located<Commands>>, owner: &str, context: &mut Context<'_>) -> Option<(Key, Part, Span)> {
    let table = table?;
    let span = table.span.clone();
    commands(table, owner, context).map(|commands| (Key::Validate, Part::Validate(commands), span))
}

fn mode(text: &Located<ModeText>, owner: &str, context: &mut Context<'_>) -> Option<u32> {
    // The schema's pattern lets only octal digits through.
    let bits = u32::from_str_radix(text.as_str(), 8).ok()?;
    let why = if bits & 0o002 != 0 {
        "everybody could write there"
    } else if bits & 0o400 == 0 {
        "its owner could not read it"
    } else {
        return Some(bits);
    };
    context.problems.push(
        Problem::new("bad-value", format!("the mode of {owner} makes no sense: {why}"))
            .label(text.span.clone(), "this mode")
            .help("write permission bits in octal, such as \"0644\""),
    );
    None
}
