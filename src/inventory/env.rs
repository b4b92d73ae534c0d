//! Declared env files: where they are, on which hosts, and what differs among these.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::context::Context;
use super::env_keys::{Key, KeyRule, Part, assemble, describe, parts};
use super::overrides::{self, Layer};
use super::problem::Problem;
use super::source::Origin;
use super::text::{GroupName, Located};
use super::types::{EnvFormat, EnvTable, Extra, Restart};
use crate::names::{HostName, RemotePath};

/// One declared env file.
#[derive(Clone, Debug)]
pub struct EnvDeclaration {
    /// The name in the inventory.
    pub name: String,
    /// Where the file is on each host.
    pub path: RemotePath,
    /// Who reads it.
    pub format: EnvFormat,
    /// The hosts that have it.
    pub hosts: BTreeSet<HostName>,
    /// Owner and group, if declared.
    pub owner: Option<(String, String)>,
    /// Permission bits, if declared.
    pub mode: Option<u32>,
    /// The units that read it: names or globs.
    pub units: Vec<String>,
    /// What to do with the running units after a change.
    pub restart: Restart,
    /// What to do with keys that are not declared.
    pub extra: Extra,
    /// Where it is declared.
    pub origin: Origin,
    variants: Vec<BTreeMap<String, KeyRule>>,
    variant_of: BTreeMap<HostName, usize>,
}

impl EnvDeclaration {
    /// The keys of the file on a host; empty for a host that does not have the file.
    pub fn keys_for(&self, host: &HostName) -> BTreeMap<String, KeyRule> {
        self.variant_of.get(host).and_then(|index| self.variants.get(*index)).cloned().unwrap_or_default()
    }
}

/// Resolves all declared env files.
pub(super) fn build(
    table: BTreeMap<Located<GroupName>, EnvTable>,
    context: &mut Context<'_>,
) -> BTreeMap<String, EnvDeclaration> {
    let mut declarations = BTreeMap::new();
    let mut paths: BTreeMap<(HostName, RemotePath), (GroupName, Range<usize>)> = BTreeMap::new();
    for (name, env) in table {
        let hosts = context.select(&env.hosts).unwrap_or_default();
        let path = RemotePath::new(env.path.as_str());
        let mut taken: BTreeMap<usize, Problem> = BTreeMap::new();
        for host in &hosts {
            let before = paths.insert((host.clone(), path.clone()), (name.value.clone(), env.path.span.clone()));
            if let Some((other, span)) = before {
                taken.entry(span.start).or_insert_with(|| {
                    Problem::new(
                        "path-twice",
                        format!("env.{other} and env.{} are the same file on {host}", name.value),
                    )
                    .label(span, format!("env.{other}"))
                    .label(env.path.span.clone(), format!("env.{}", name.value))
                    .help("let their `hosts` differ, or make one declaration of the two")
                });
            }
        }
        if !context.doubtful {
            context.problems.extend(taken.into_values());
        }
        let declaration = declaration(&name, env, path, hosts, context);
        declarations.insert(name.value.to_string(), declaration);
    }
    declarations
}

fn declaration(
    name: &Located<GroupName>,
    env: EnvTable,
    path: RemotePath,
    hosts: BTreeSet<HostName>,
    context: &mut Context<'_>,
) -> EnvDeclaration {
    let mode = env.mode.as_ref().and_then(|mode| u32::from_str_radix(mode.as_str(), 8).ok());
    if let (Some(bits), Some(mode)) = (mode, &env.mode)
        && (bits & 0o002 != 0 || bits & 0o400 == 0)
    {
        let why =
            if bits & 0o002 == 0 { "its owner could not read the file" } else { "everybody could write the file" };
        context.problems.push(
            Problem::new("bad-value", format!("the mode of env.{} makes no sense: {why}", name.value))
                .label(mode.span.clone(), "this mode")
                .help("write permission bits in octal, such as \"0640\""),
        );
    }
    let base = parts(env.keys, env.format, context);
    let mut layers: Vec<Layer<Key, Part>> = Vec::new();
    for (on, table) in env.on {
        let values = parts(table.keys, env.format, context);
        let Some(layer) = Layer::new(&on, values, context) else {
            continue;
        };
        if layer.hosts.is_disjoint(&hosts) && !hosts.is_empty() && !context.doubtful {
            context.problems.push(
                Problem::new("override-unused", format!("no host of env.{} is in `{}`", name.value, on.value))
                    .label(env.hosts.span.clone(), "its hosts")
                    .label(on.span.clone(), "overrides nothing"),
            );
        }
        layers.push(layer);
    }
    overrides::sort(&mut layers);
    let mut variants = Vec::new();
    let mut variant_of = BTreeMap::new();
    // The same contradiction shows in many variants.
    let mut seen = BTreeSet::new();
    for (hosts, merged) in overrides::variants(&base, &layers, &hosts, &describe, context) {
        variant_of.extend(hosts.into_iter().map(|host| (host, variants.len())));
        variants.push(assemble(&merged, &name.value, &mut seen, context));
    }
    if hosts.is_empty() {
        // The rules are checked all the same.
        let merged =
            base.into_iter().map(|(key, value, span)| (key, overrides::Slot { value, span, strength: 0 })).collect();
        assemble(&merged, &name.value, &mut seen, context);
    }
    EnvDeclaration {
        name: name.value.to_string(),
        path,
        format: env.format,
        hosts,
        owner: env
            .owner
            .as_ref()
            .and_then(|owner| owner.as_str().split_once(':'))
            .map(|(user, group)| (user.to_owned(), group.to_owned())),
        mode,
        units: env.units.iter().map(ToString::to_string).collect(),
        restart: env.restart,
        extra: env.extra,
        origin: context.origin(&name.span),
        variants,
        variant_of,
    }
}
