//! How hosts check, reload and serve a certificate, merged from base, groups and host.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Serialize;

use super::context::Context;
use super::domain;
use super::overrides::{self, Layer};
use super::problem::Problem;
use super::suggest::shown;
use super::text::{GroupName, Located, UnitText};
use super::types_cert::{CertOn, ServeTable};
use super::types_forms::{CommandItem, Commands};
use crate::names::{HostName, UnitName};
use crate::tls::StartTls;

/// The port of HTTPS.
const PORT: u16 = 443;

/// How a host checks, reloads and serves a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnHost {
    /// Commands that must succeed before anything is reloaded; none of them is empty.
    pub validate: Vec<Vec<String>>,
    /// The units that are reloaded, if they run.
    pub reload: Vec<UnitName>,
    /// Where it is served.
    pub serve: BTreeSet<Serve>,
}

/// Where a certificate is served.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Serve {
    /// The server name that is asked for.
    pub name: String,
    /// The TCP port.
    pub port: u16,
    /// What is spoken before TLS begins.
    pub starttls: Option<StartTls>,
}

/// The tables of one certificate.
pub(super) struct Declared {
    pub(super) validate: Option<Located<Commands>>,
    pub(super) reload: Option<Located<Vec<UnitText>>>,
    pub(super) serve: Option<Located<Vec<Located<ServeTable>>>>,
    pub(super) on: BTreeMap<Located<GroupName>, CertOn>,
}

/// What the checks must know of it.
pub(super) struct About<'a> {
    pub(super) owner: &'a str,
    pub(super) name: &'a Located<GroupName>,
    pub(super) domains: &'a [String],
    pub(super) hosts: &'a BTreeSet<HostName>,
    pub(super) selector: &'a Located<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Validate,
    Reload,
    Serve,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Validate(Vec<Vec<String>>),
    Reload(Vec<UnitName>),
    Serve(BTreeSet<Serve>),
}

type Parts = Vec<(Key, Part, Range<usize>)>;

fn describe(key: Key) -> String {
    match key {
        Key::Validate => "`validate`".to_owned(),
        Key::Reload => "`reload`".to_owned(),
        Key::Serve => "`serve`".to_owned(),
    }
}

/// The kinds of hosts, and which host is of which.
pub(super) fn build(
    declared: Declared,
    about: &About<'_>,
    context: &mut Context<'_>,
) -> (Vec<OnHost>, BTreeMap<HostName, usize>) {
    let serve_declared = declared.serve.is_some();
    let mut base = parts(declared.validate, declared.reload, declared.serve, about, context);
    if !serve_declared {
        let names = plain(about.domains);
        if names.is_empty() && !about.domains.is_empty() {
            context.problems.push(
                Problem::new("missing-key", format!("{} lacks the key `serve`", about.owner))
                    .label(about.name.span.clone(), "has wildcards alone")
                    .help(
                        "name a server that it is served for: serve = [{ name = \"www.example.org\" }], or [] for none",
                    ),
            );
        }
        let all = names.into_iter().map(|name| Serve { name, port: PORT, starttls: None }).collect();
        base.push((Key::Serve, Part::Serve(all), about.name.span.clone()));
    }
    let mut layers: Vec<Layer<Key, Part>> = Vec::new();
    for (on, table) in declared.on {
        let values = parts(table.validate, table.reload, table.serve, about, context);
        let Some(layer) = Layer::new(&on, values, context) else { continue };
        if layer.hosts.is_disjoint(about.hosts) && !about.hosts.is_empty() && !context.doubtful {
            context.problems.push(
                Problem::new("override-unused", format!("no host of {} is in `{}`", about.owner, on.value))
                    .label(about.selector.span.clone(), "its hosts")
                    .label(on.span.clone(), "overrides nothing"),
            );
        }
        layers.push(layer);
    }
    overrides::sort(&mut layers);
    let mut variants = Vec::new();
    let mut variant_of = BTreeMap::new();
    for (hosts, merged) in overrides::variants(&base, &layers, about.hosts, &|key| describe(*key), context) {
        variant_of.extend(hosts.into_iter().map(|host| (host, variants.len())));
        let mut on = OnHost::default();
        for slot in merged.into_values() {
            match slot.value {
                Part::Validate(commands) => on.validate = commands,
                Part::Reload(units) => on.reload = units,
                Part::Serve(serve) => on.serve = serve,
            }
        }
        variants.push(on);
    }
    (variants, variant_of)
}

fn plain(domains: &[String]) -> Vec<String> {
    domains.iter().filter(|domain| !domain.starts_with("*.")).cloned().collect()
}

fn parts(
    validate: Option<Located<Commands>>,
    reload: Option<Located<Vec<UnitText>>>,
    serve: Option<Located<Vec<Located<ServeTable>>>>,
    about: &About<'_>,
    context: &mut Context<'_>,
) -> Parts {
    let mut parts = Parts::new();
    if let Some(validate) = validate {
        let span = validate.span.clone();
        if let Some(commands) = commands(validate, about.owner, context) {
            parts.push((Key::Validate, Part::Validate(commands), span));
        }
    }
    if let Some(reload) = reload {
        let mut units: Vec<UnitName> = Vec::new();
        for unit in &reload.value {
            let unit = UnitName::new(unit.as_str());
            if !units.contains(&unit) {
                units.push(unit);
            }
        }
        parts.push((Key::Reload, Part::Reload(units), reload.span));
    }
    if let Some(serve) = serve {
        let mut all = BTreeSet::new();
        for table in &serve.value {
            all.extend(served(table, about, context));
        }
        parts.push((Key::Serve, Part::Serve(all), serve.span));
    }
    parts
}

pub(super) fn commands(table: Located<Commands>, owner: &str, context: &mut Context<'_>) -> Option<Vec<Vec<String>>> {
    let mut words = Vec::new();
    let mut commands = Vec::new();
    for item in table.value.0 {
        match item {
            CommandItem::Word(word) => words.push(word),
            CommandItem::Command(command) => commands.push(command),
        }
    }
    if !words.is_empty() && !commands.is_empty() {
        context.problems.push(
            Problem::new("bad-value", format!("`validate` of {owner} mixes words and commands"))
                .label(table.span, "here")
                .help("write one command, [\"nginx\", \"-t\"], or several, [[\"nginx\", \"-t\"], [\"postfix\", \"check\"]]"),
        );
        return None;
    }
    if !words.is_empty() {
        commands.push(words);
    }
    let bad = |command: &Vec<String>| {
        command.first().is_none_or(|program| program.trim().is_empty())
            || command.iter().any(|word| word.chars().any(char::is_control))
    };
    if commands.iter().any(bad) {
        context.problems.push(
            Problem::new("bad-value", format!("`validate` of {owner} has a command that can't be run"))
                .label(table.span, "no program, or a control character"),
        );
        return None;
    }
    Some(commands)
}

fn served(table: &Located<ServeTable>, about: &About<'_>, context: &mut Context<'_>) -> Vec<Serve> {
    let port = table.port.unwrap_or(PORT);
    let starttls = table.starttls;
    let Some(text) = &table.name else {
        let names = plain(about.domains);
        if names.is_empty() && !about.domains.is_empty() {
            context.problems.push(
                Problem::new("missing-key", format!("`serve` of {} lacks a `name`", about.owner))
                    .label(table.span.clone(), "its domains are wildcards alone"),
            );
        }
        return names.into_iter().map(|name| Serve { name, port, starttls }).collect();
    };
    match domain::domain(text) {
        Ok(name) if name.starts_with("*.") => context.problems.push(
            Problem::new("bad-value", format!("no server can be asked for \"{}\"", shown(text)))
                .label(text.span.clone(), "a wildcard")
                .help("write one of the names that it stands for"),
        ),
        Ok(name) if !about.domains.iter().any(|domain| domain::covers(domain, &name)) && !about.domains.is_empty() => {
            context.problems.push(
                Problem::new(
                    "name-not-covered",
                    format!("{} is not valid for {name}, which `serve` names", about.owner),
                )
                .label(text.span.clone(), "no domain covers it")
                .help(format!("it covers {}", about.domains.join(", "))),
            );
        }
        Ok(name) => return vec![Serve { name, port, starttls }],
        Err(why) => context.problems.push(
            Problem::new("bad-domain", format!("\"{}\" is no server name: {why}", shown(text)))
                .label(text.span.clone(), "this name"),
        ),
    }
    Vec::new()
}
