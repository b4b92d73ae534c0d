//! Hosts, and how each of them is reached.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use serde::Serialize;

use super::context::Context;
use super::overrides::{self, Layer, Merged};
use super::problem::Problem;
use super::source::Origin;
use super::text::{HostText, Located, SshOption, TimeSpan, UserName};
use super::types::{HostTable, SshTable, VarValue};
use crate::names::HostName;

/// How long an idle connection stays open unless the inventory says otherwise.
const PERSIST: Duration = Duration::from_secs(600);

/// How a host is reached; what is `None` is left to ssh and its own configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SshSettings {
    /// The user to log in as.
    pub user: Option<String>,
    /// The TCP port of sshd.
    pub port: Option<u16>,
    /// Whether to become root with `sudo -n`.
    pub sudo: bool,
    /// How long an idle connection stays open between runs; zero: not at all.
    pub persist: Duration,
    /// Options of `ssh_config(5)`, by name.
    pub options: BTreeMap<String, String>,
}

impl Default for SshSettings {
    fn default() -> Self {
        Self { user: None, port: None, sudo: false, persist: PERSIST, options: BTreeMap::new() }
    }
}

/// One declared host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Host {
    /// Its name.
    pub name: HostName,
    /// DNS name or IP address; else ssh resolves the name.
    pub address: Option<String>,
    /// How it is reached.
    pub ssh: SshSettings,
    /// Free values.
    pub vars: BTreeMap<String, VarValue>,
    /// Number of CPUs, if declared.
    pub cpus: Option<u32>,
    /// Memory in bytes, if declared.
    pub memory: Option<u64>,
    /// Where it is declared.
    pub origin: Origin,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    User,
    Port,
    Sudo,
    Persist,
    /// In lower case: ssh does not care.
    Option(String),
}

#[derive(Clone, Debug, PartialEq)]
enum Setting {
    User(String),
    Port(u16),
    Sudo(bool),
    Persist(Duration),
    Option(String, String),
}

type Settings = Vec<(Key, Setting, Range<usize>)>;

fn settings(
    user: Option<&Located<UserName>>,
    port: Option<&Located<u16>>,
    sudo: Option<&Located<bool>>,
    persist: Option<&Located<TimeSpan>>,
    options: &BTreeMap<Located<SshOption>, Located<String>>,
    context: &mut Context<'_>,
) -> Settings {
    let mut settings = Vec::new();
    settings.extend(user.map(|user| (Key::User, Setting::User(user.as_str().to_owned()), user.span.clone())));
    settings.extend(port.map(|port| (Key::Port, Setting::Port(port.value), port.span.clone())));
    settings.extend(sudo.map(|sudo| (Key::Sudo, Setting::Sudo(sudo.value), sudo.span.clone())));
    settings.extend(persist.map(|time| (Key::Persist, Setting::Persist(time.value.0), time.span.clone())));
    for (name, value) in options {
        if value.chars().any(char::is_control) || value.trim().is_empty() {
            context.problems.push(
                Problem::new("bad-value", format!("the ssh option `{}` can't have this value", name.value))
                    .label(value.span.clone(), "empty, or with a control character"),
            );
        }
        let key = Key::Option(name.as_str().to_ascii_lowercase());
        if let Some((_, _, before)) = settings.iter().find(|(known, ..)| *known == key) {
            context.problems.push(
                Problem::new("duplicate", format!("the ssh option `{}` is given twice", name.value))
                    .label(before.clone(), "here")
                    .label(name.span.clone(), "and here"),
            );
        }
        settings.push((key, Setting::Option(name.as_str().to_owned(), value.value.clone()), value.span.clone()));
    }
    settings
}

fn describe(key: &Key) -> String {
    match key {
        Key::User => "`user` of ssh".to_owned(),
        Key::Port => "`port` of ssh".to_owned(),
        Key::Sudo => "`sudo`".to_owned(),
        Key::Persist => "`persist` of ssh".to_owned(),
        Key::Option(name) => format!("the ssh option `{name}`"),
    }
}

fn assemble(merged: &Merged<Key, Setting>) -> SshSettings {
    let mut ssh = SshSettings::default();
    for slot in merged.values() {
        match slot.value.clone() {
            Setting::User(user) => ssh.user = Some(user),
            Setting::Port(port) => ssh.port = Some(port),
            Setting::Sudo(sudo) => ssh.sudo = sudo,
            Setting::Persist(persist) => ssh.persist = persist,
            Setting::Option(name, value) => {
                ssh.options.insert(name, value);
            }
        }
    }
    ssh
}

/// Puts the hosts together with how they are reached.
pub(super) fn build(
    hosts: BTreeMap<Located<HostText>, HostTable>,
    ssh: &SshTable,
    context: &mut Context<'_>,
) -> BTreeMap<HostName, Host> {
    let base =
        settings(ssh.user.as_ref(), ssh.port.as_ref(), ssh.sudo.as_ref(), ssh.persist.as_ref(), &ssh.options, context);
    let mut layers: Vec<Layer<Key, Setting>> = Vec::new();
    for (name, on) in &ssh.on {
        let values =
            settings(on.user.as_ref(), on.port.as_ref(), on.sudo.as_ref(), on.persist.as_ref(), &on.options, context);
        layers.extend(Layer::new(name, values, context));
    }
    overrides::sort(&mut layers);
    let names: BTreeSet<HostName> = context.hosts.clone();
    let mut reached: BTreeMap<HostName, SshSettings> = BTreeMap::new();
    for (hosts, merged) in overrides::variants(&base, &layers, &names, &describe, context) {
        let settings = assemble(&merged);
        reached.extend(hosts.into_iter().map(|host| (host, settings.clone())));
    }
    hosts
        .into_iter()
        .map(|(text, table)| {
            let name = HostName::new(text.as_str());
            let host = Host {
                address: table.address.map(|address| address.value.to_string()),
                ssh: reached.remove(&name).unwrap_or_default(),
                vars: table.vars,
                cpus: table.cpus,
                memory: table.memory.map(|memory| memory.0),
                origin: context.origin(&text.span),
                name: name.clone(),
            };
            (name, host)
        })
        .collect()
}
