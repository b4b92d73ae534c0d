//! The declaration of a file from what the hosts have today: what most have as the base, the rest as overrides.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use super::adopt_units;
use super::document::{Document, Format};
use super::secrecy::{looks_secret, name_can_be_shown};
use crate::engine::fact::Fact;
use crate::engine::probe::{Bytes, HostFacts, PathFact, PathKind, Probe};
use crate::inventory::{EnvFormat, GroupName};
use crate::names::{HostName, RemotePath};
use crate::text::{is_owner, toml_key};

/// A file that is to be declared.
pub struct Adoption<'a> {
    /// The name that it gets in the inventory.
    pub name: &'a str,
    /// Where it is on the hosts.
    pub path: &'a RemotePath,
    /// Who reads it.
    pub format: EnvFormat,
    /// The hosts that have it, as a selector that means the same in the inventory.
    pub selector: &'a str,
    /// The units that read it: names or globs. None: they are found.
    pub units: &'a [String],
    /// The groups of the inventory: what all hosts of one have in common is declared for the group.
    pub groups: &'a BTreeMap<GroupName, BTreeSet<HostName>>,
}

/// A declaration, and what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// TOML with comments; no secret is in it.
    pub text: String,
    /// The secrets that it refers to.
    pub secrets: Vec<AdoptedSecret>,
    /// What a person should know of it.
    pub notes: Vec<String>,
}

/// A reference to a secret that somebody has to provide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptedSecret {
    /// The environment variable of fleet that it is taken from.
    pub variable: String,
    /// The key of the file.
    pub key: String,
    /// The hosts whose value it is.
    pub hosts: BTreeSet<HostName>,
}

/// What a host has for a key. `Debug` is left out: it may be a secret.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Has {
    Nothing,
    Plain(String),
    Secret(String),
}

/// What one host's file says.
struct Read {
    values: BTreeMap<String, String>,
    /// Keys whose value depends on more than the file, such as `$HOME` in it.
    uncertain: BTreeSet<String>,
    mode: String,
    owner: String,
}

impl Adoption<'_> {
    /// Why no inventory could hold this, if so: to be asked before any host is.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn check(&self) -> Result<(), String> {
        let name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        let starts = self.name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_');
        if !starts || self.name.len() > 128 || !self.name.bytes().all(name_byte) {
            return Err(
                "the name is not made of letters, digits, `.`, `-` and `_`, with a letter or digit first".to_owned()
            );
        }
        let path = self.path.as_str();
        let parts = path.strip_prefix('/').map(|rest| rest.split('/').collect::<Vec<_>>());
        let odd = |part: &&str| matches!(*part, "" | "." | "..");
        if path.contains(|c: char| c.is_ascii_control()) || parts.is_none_or(|parts| parts.iter().any(odd)) {
            return Err("the path is not the absolute path of a file, without `.` and `..` in it".to_owned());
        }
        match self.units.iter().find(|unit| !adopt_units::is_pattern(unit)) {
            Some(unit) => Err(format!(
                "`{}` is not the full name of a unit or a glob over names, such as `nginx.service`",
                unit.escape_debug()
            )),
            None => Ok(()),
        }
    }

    /// What has to be known of each host.
    pub fn probes(&self) -> Vec<Probe> {
        let mut probes = vec![Probe::File { path: self.path.clone() }];
        if self.units.is_empty() {
            probes.push(adopt_units::probe());
        }
        probes
    }

    /// The declaration under which none of these hosts differs.
    ///
    /// # Errors
    /// The hosts whose file can't be adopted, and why.
    pub fn declare(&self, hosts: &BTreeMap<HostName, &HostFacts>) -> Result<Adopted, BTreeMap<HostName, String>> {
        let mut read = BTreeMap::new();
        let mut refused = BTreeMap::new();
        for (host, facts) in hosts {
            match self.read(facts) {
                Ok(file) => _ = read.insert(host.clone(), file),
                Err(why) => _ = refused.insert(host.clone(), why),
            }
        }
        if !refused.is_empty() {
            return Err(refused);
        }
        let mut writer = Writer {
            adoption: self,
            hosts: &read,
            base: Vec::new(),
            on: BTreeMap::new(),
            secrets: Vec::new(),
            left_out: 0,
            uncertain: Vec::new(),
        };
        let names: BTreeSet<&String> =
            read.values().flat_map(|file| file.values.keys().chain(&file.uncertain)).collect();
        for name in names {
            writer.key(name);
        }
        let (units, units_unknown) = if self.units.is_empty() {
            adopt_units::found(self.path, self.format, hosts.values().copied())
        } else {
            (self.units.to_vec(), None)
        };
        Ok(writer.finish(&units, units_unknown))
    }

    fn read(&self, facts: &HostFacts) -> Result<Read, String> {
        let fact: &PathFact = match facts.file(self.path) {
            Fact::Known(fact) => fact,
            Fact::Absent => return Err("the file is not there".to_owned()),
            Fact::Unknown(why) => return Err(why),
        };
        let PathKind::File(Bytes(bytes)) = &fact.kind else { return Err("it is no regular file".to_owned()) };
        let document = Document::parse(bytes, format(self.format));
        if let Some(problem) = document.refused() {
            return Err(format!("its reader refuses the whole file: {}", problem.describe()));
        }
        let mut values = document.effective();
        let certain = |name: &str| document.winner(name).is_some_and(|(_, assignment)| assignment.certain);
        let uncertain = values.keys().filter(|name| !certain(name)).cloned().collect();
        values.retain(|name, _| certain(name));
        Ok(Read { values, uncertain, mode: fact.mode.clone(), owner: fact.owner.clone() })
    }
}

fn format(format: EnvFormat) -> Format {
    match format {
        EnvFormat::Dotenv => Format::Dotenv,
        EnvFormat::Systemd => Format::Systemd,
        EnvFormat::Docker => Format::Docker,
    }
}

/// The declaration under construction.
struct Writer<'a> {
    adoption: &'a Adoption<'a>,
    hosts: &'a BTreeMap<HostName, Read>,
    base: Vec<(String, Value)>,
    /// By group or host.
    on: BTreeMap<String, Vec<(String, Value)>>,
    secrets: Vec<AdoptedSecret>,
    left_out: usize,
    uncertain: Vec<String>,
}

impl Writer<'_> {
    fn key(&mut self, name: &str) {
        let values = || self.hosts.values().filter_map(|file| file.values.get(name));
        // The form that the inventory asks of a key.
        let writable = name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_');
        if !writable || !name_can_be_shown(name) || values().any(|value| value.contains('\0')) {
            self.left_out += 1;
            return;
        }
        if self.hosts.values().any(|file| file.uncertain.contains(name)) {
            let has = |file: &Read| file.uncertain.contains(name) || file.values.contains_key(name);
            let rule = if self.hosts.values().all(has) {
                table("required", Value::Boolean(true))
            } else {
                table("type", Value::from("string"))
            };
            self.base.push((name.to_owned(), rule));
            self.uncertain.push(name.to_owned());
            return;
        }
        // Where one host's value is a secret, those of the others are, but for such as "" and "false".
        let secret = values().any(|value| looks_secret(name, value));
        let mut classes: BTreeMap<Has, BTreeSet<HostName>> = BTreeMap::new();
        for (host, file) in self.hosts {
            let has = match file.values.get(name) {
                None => Has::Nothing,
                Some(value) if secret && looks_secret("SECRET", value) => Has::Secret(value.clone()),
                Some(value) => Has::Plain(value.clone()),
            };
            classes.entry(has).or_default().insert(host.clone());
        }
        let majority = classes.iter().find(|(_, hosts)| hosts.len() * 2 > self.hosts.len()).map(|(has, _)| has.clone());
        let base = majority.filter(|has| *has != Has::Nothing);
        for (has, hosts) in classes {
            if base.as_ref() == Some(&has) {
                let value = self.value(name, has, None, hosts);
                self.base.push((name.to_owned(), value));
            } else if has != Has::Nothing || base.is_some() {
                let targets = self.targets(&hosts);
                let value = self.value(name, has, targets.first(), hosts);
                for target in targets {
                    self.on.entry(target).or_default().push((name.to_owned(), value.clone()));
                }
            }
        }
    }

    /// What is declared where hosts have this; a secret gets a variable of its own.
    fn value(&mut self, key: &str, has: Has, target: Option<&String>, hosts: BTreeSet<HostName>) -> Value {
        match has {
            Has::Nothing => table("forbidden", Value::Boolean(true)),
            Has::Plain(value) => Value::String(value),
            Has::Secret(_) => {
                let words = ["fleet", self.adoption.name, key].into_iter().chain(target.map(String::as_str));
                let name = words.map(shouted).collect::<Vec<_>>().join("_");
                let free = |variable: &String| self.secrets.iter().all(|secret| secret.variable != *variable);
                let numbered = (2_u32..).map(|number| format!("{name}_{number}"));
                let variable = std::iter::once(name.clone()).chain(numbered).find(free).unwrap_or(name);
                self.secrets.push(AdoptedSecret { variable: variable.clone(), key: key.to_owned(), hosts });
                table("secret", table("env", Value::String(variable)))
            }
        }
    }

    /// The group that these hosts of the file are, or the hosts one by one.
    fn targets(&self, hosts: &BTreeSet<HostName>) -> Vec<String> {
        let is_same = |members: &BTreeSet<HostName>| {
            hosts.iter().all(|host| members.contains(host))
                && self.hosts.keys().filter(|host| members.contains(*host)).count() == hosts.len()
        };
        let groups = self.adoption.groups.iter().filter(|(_, members)| hosts.len() > 1 && is_same(members));
        // The group that is nearest to these hosts says it best.
        match groups.min_by_key(|(_, members)| members.len()) {
            Some((group, _)) => vec![group.to_string()],
            None => hosts.iter().map(ToString::to_string).collect(),
        }
    }

    fn finish(self, units: &[String], units_unknown: Option<String>) -> Adopted {
        let mut notes = Vec::new();
        let mut lines = self.head(units, &mut notes);
        if units.is_empty() {
            notes.push(match units_unknown {
                Some(why) => format!("no units are declared: they could not be asked for ({why})"),
                None => "no units are declared: none shows that it reads the file; name them in `units`".to_owned(),
            });
        }
        let name = toml_key(self.adoption.name);
        lines.extend([String::new(), format!("[env.{name}.keys]")]);
        lines.extend(self.base.iter().map(|(key, value)| {
            let comment = if self.uncertain.contains(key) { "  # its reader expands `$` in it" } else { "" };
            format!("{} = {value}{comment}", toml_key(key))
        }));
        for (target, keys) in &self.on {
            lines.extend([String::new(), format!("[env.{name}.on.{}.keys]", toml_key(target))]);
            lines.extend(keys.iter().map(|(key, value)| {
                let comment = if value.get("forbidden").is_some() { "  # most of the others have it" } else { "" };
                format!("{} = {value}{comment}", toml_key(key))
            }));
        }
        lines.push(String::new());
        if self.left_out > 0 {
            let keys = if self.left_out == 1 { "1 key is".to_owned() } else { format!("{} keys are", self.left_out) };
            notes.push(format!("{keys} left out: what stands as the name may be a secret, or can't be declared"));
        }
        if !self.uncertain.is_empty() {
            notes.push(format!("no value is declared where the reader expands `$`: {}", self.uncertain.join(", ")));
        }
        if !self.on.is_empty() {
            let who: Vec<&str> = self.on.keys().map(String::as_str).collect();
            notes.push(format!("what differs is declared for {}: see whether it should differ", who.join(", ")));
        }
        Adopted { text: lines.join("\n"), secrets: self.secrets, notes }
    }

    /// The table of the file itself.
    fn head(&self, units: &[String], notes: &mut Vec<String>) -> Vec<String> {
        let Adoption { name, path, format, selector, .. } = self.adoption;
        let count = self.hosts.len();
        let mut lines = vec![
            format!(
                "# Written by `fleet env adopt` from what {count} {} today; from now on it is yours to edit.",
                if count == 1 { "host has" } else { "hosts have" }
            ),
            "# `keys` has what most hosts have, `on` what differs for a group or a host.".to_owned(),
        ];
        if !self.secrets.is_empty() {
            lines.push("# Secrets are references; beside `env` there are `file`, `command` and `age`.".to_owned());
        }
        lines.extend([String::new(), format!("[env.{}]", toml_key(name))]);
        let mut set = |key: &str, value: Value| lines.push(format!("{key} = {value}"));
        set("path", Value::from(path.as_str()));
        set("format", Value::from(self::format(*format).to_string()));
        set("hosts", Value::from(*selector));
        for (key, found, fits) in [
            ("owner", self.agreed(|file| &file.owner), is_owner as fn(&str) -> bool),
            ("mode", self.agreed(|file| &file.mode), is_mode),
        ] {
            match found {
                Some(found) if fits(found) => set(key, Value::from(found)),
                Some(found) => notes.push(format!("the {key} is not declared: {found} is not what it should be")),
                None => notes.push(format!("the {key} is not declared: the hosts do not agree on it")),
            }
        }
        if !units.is_empty() {
            set("units", Value::from(units.to_vec()));
        }
        lines
    }

    /// What all hosts have in common.
    fn agreed<'r>(&'r self, of: impl Fn(&'r Read) -> &'r str) -> Option<&'r str> {
        let mut all = self.hosts.values().map(of);
        let first = all.next()?;
        all.all(|other| other == first).then_some(first)
    }
}

fn table(key: &str, value: Value) -> Value {
    Value::Table(toml::Table::from_iter([(key.to_owned(), value)]))
}

/// As in the name of a variable.
fn shouted(word: &str) -> String {
    word.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// What the inventory takes: permission bits alone, readable by the owner, not writable by everybody.
fn is_mode(mode: &str) -> bool {
    mode.len() == 4
        && u32::from_str_radix(mode, 8).is_ok_and(|bits| bits <= 0o777 && bits & 0o002 == 0 && bits & 0o400 != 0)
}

#[cfg(test)]
#[path = "adopt_tests.rs"]
mod tests;
