//! What a template knows: hosts, groups, and the values of its file.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

use super::context::Context;
use super::host::Host;
use super::selector::{Selector, Universe};
use super::text::GroupName;
use super::types::VarValue;
use crate::names::HostName;

/// Names that a file's own values can't have.
pub(super) const OF_HOSTS: &[&str] =
    &["host", "name", "address", "groups", "vars", "cpus", "memory", "hosts", "group", "select"];

/// The fleet as templates see it.
pub(super) struct Fleet {
    hosts: BTreeMap<HostName, Value>,
    names: std::collections::BTreeSet<HostName>,
    groups: BTreeMap<GroupName, std::collections::BTreeSet<HostName>>,
}

impl Fleet {
    pub(super) fn of(hosts: &BTreeMap<HostName, Host>, context: &Context<'_>) -> Arc<Self> {
        let seen =
            |host: &Host| Value::from_object(SeenHost { name: host.name.to_string(), fields: fields(host, context) });
        Arc::new(Self {
            hosts: hosts.iter().map(|(name, host)| (name.clone(), seen(host))).collect(),
            names: hosts.keys().cloned().collect(),
            groups: context.groups.clone(),
        })
    }

    /// All hosts, by name.
    pub(super) fn all(&self) -> Value {
        self.hosts.values().cloned().collect()
    }

    /// The hosts of a group.
    pub(super) fn group(&self, name: &str) -> Result<Value, String> {
        let group = self.groups.get(name).ok_or_else(|| {
            let near = super::suggest::nearest(name, self.groups.keys().map(GroupName::as_str));
            match near {
                Some(near) => format!("no group is called `{name}`; did you mean `{near}`?"),
                None => format!("no group is called `{name}`"),
            }
        })?;
        Ok(group.iter().filter_map(|host| self.hosts.get(host).cloned()).collect())
    }

    /// The hosts of a selector; there may be none.
    pub(super) fn select(&self, selector: &str) -> Result<Value, String> {
        let without_files = |_: &str| Err("a template reads no selector files".to_owned());
        let parsed = Selector::parse(selector, &without_files).map_err(|error| error.message().to_owned())?;
        match parsed.evaluate(self) {
            Ok(hosts) => Ok(hosts.iter().filter_map(|host| self.hosts.get(host).cloned()).collect()),
            Err(error) if error.code() == "empty-selection" => Ok(Value::from(Vec::<Value>::new())),
            Err(error) => Err(match error.hint() {
                Some(hint) => format!("{}; {hint}", error.message()),
                None => error.message().to_owned(),
            }),
        }
    }

    /// What a template knows of its own host by plain names.
    pub(super) fn of_host(&self, host: &HostName) -> BTreeMap<String, Value> {
        let mut values =
            BTreeMap::from([("host".to_owned(), Value::from(host.as_str())), ("hosts".to_owned(), self.all())]);
        if let Some(seen) = self.hosts.get(host).and_then(|value| value.downcast_object_ref::<SeenHost>()) {
            values.extend(seen.fields.clone());
        }
        values
    }
}

impl Universe for Fleet {
    fn hosts(&self) -> &std::collections::BTreeSet<HostName> {
        &self.names
    }

    fn group(&self, name: &str) -> Option<&std::collections::BTreeSet<HostName>> {
        self.groups.get(name)
    }

    fn group_names(&self) -> Vec<&str> {
        self.groups.keys().map(GroupName::as_str).collect()
    }
}

fn fields(host: &Host, context: &Context<'_>) -> BTreeMap<String, Value> {
    let groups: Value = context
        .groups
        .iter()
        .filter(|(_, hosts)| hosts.contains(&host.name))
        .map(|(group, _)| Value::from(group.as_str()))
        .collect();
    let mut fields = BTreeMap::from([
        ("name".to_owned(), Value::from(host.name.as_str())),
        ("address".to_owned(), Value::from(host.address.as_deref().unwrap_or(host.name.as_str()))),
        ("groups".to_owned(), groups),
        ("vars".to_owned(), table(&host.vars)),
    ]);
    fields.extend(host.cpus.map(|cpus| ("cpus".to_owned(), Value::from(cpus))));
    fields.extend(host.memory.map(|memory| ("memory".to_owned(), Value::from(memory))));
    fields
}

fn table(table: &BTreeMap<String, VarValue>) -> Value {
    Value::from(table.iter().map(|(name, entry)| (name.clone(), value(entry))).collect::<BTreeMap<String, Value>>())
}

/// A declared value as templates see it.
pub(super) fn value(var: &VarValue) -> Value {
    match var {
        VarValue::Text(text) => Value::from(text.as_str()),
        VarValue::Integer(number) => Value::from(*number),
        VarValue::Float(number) => Value::from(*number),
        VarValue::Bool(truth) => Value::from(*truth),
        VarValue::List(list) => list.iter().map(value).collect(),
        VarValue::Table(entries) => table(entries),
    }
}

/// A host: printed, it is its name.
#[derive(Debug)]
struct SeenHost {
    name: String,
    fields: BTreeMap<String, Value>,
}

impl Object for SeenHost {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.fields.get(key.as_str()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.fields.keys().map(|name| Value::from(name.as_str())).collect())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// What stands for a secret while a template is made: it can be written, and nothing else can be done with it.
#[derive(Debug)]
pub(super) struct Sealed {
    /// Which of the file's secrets.
    pub(super) number: usize,
    /// Of the template: unguessable.
    pub(super) token: String,
}

/// What a secret becomes wherever it is not written as it is: found in what a template made, it is an error.
pub(super) const BROKEN: char = '\u{e001}';

impl Object for Sealed {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{BROKEN}")
    }
}
