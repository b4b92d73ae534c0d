//! `fleet queue adopt`: what runs today becomes a declaration. Pure.
//!
//! Capacity is counted in threads, which is right for work that waits: a process offers its threads, shared by its queues. What
//! runs is what is wanted, so that nothing is planned.

mod kinds;
mod places;
mod read;

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use super::probes::KEYS;
use crate::engine::fact::Fact;
use crate::engine::probe::{HostFacts, Probe};
use crate::inventory::{Inventory, fold};
use crate::names::HostName;
use crate::text::{shell_quote, toml_key};
use kinds::Kind;
use places::{Place, Server};
use read::Running;

const WORKERS_SCRIPT: &str = include_str!("../scripts/workers.sh");
const SCRIPT: &str = include_str!("probe.sh");

/// The name of the probe's facts.
pub const PROBE: &str = "queue-adopt";

/// Above this many thousandths of a host's cores the plan moves workers elsewhere.
const BUSY: u64 = 700;

/// A declaration of what runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adopted {
    /// TOML with comments, for a file of the inventory; empty where nothing was found.
    pub text: String,
    /// The kinds of workers in it.
    pub kinds: BTreeSet<String>,
    /// The hosts that they run on.
    pub hosts: BTreeSet<HostName>,
    /// What a person should know of it.
    pub notes: Vec<String>,
}

/// What every host is asked.
pub fn probe() -> Probe {
    let call = format!("fleet_adopt {}", shell_quote(&KEYS.join("|")));
    Probe::Script { name: PROBE.to_owned(), text: format!("{WORKERS_SCRIPT}\n{SCRIPT}\n{call}") }
}

/// The declaration under which nothing is to be done; what the inventory has already is left as it is.
///
/// # Errors
/// The hosts that did not say what they run, and why: they could run anything.
pub fn adopt(
    inventory: &Inventory,
    facts: &BTreeMap<HostName, &HostFacts>,
) -> Result<Adopted, BTreeMap<HostName, String>> {
    let mut hosts = BTreeMap::new();
    let mut silent = BTreeMap::new();
    for (host, facts) in facts {
        let answer = match facts.scripts.get(PROBE) {
            Some(Fact::Known(text)) => read::read(text),
            Some(Fact::Unknown(why)) => Err(why.clone()),
            Some(Fact::Absent) | None => Err("it was not asked for".to_owned()),
        };
        match answer {
            Ok(running) => _ = hosts.insert(host.clone(), running),
            Err(why) => _ = silent.insert(host.clone(), why),
        }
    }
    if !silent.is_empty() {
        return Err(silent);
    }
    let mut notes = Vec::new();
    let kinds = kinds::kinds(inventory, &hosts, &mut notes);
    for (host, running) in &hosts {
        notes.extend(running.singles.iter().map(|unit| {
            format!("{unit} on {host} is left out: it is no instance of a template, and fleet counts instances")
        }));
    }
    let adopted = Adopted {
        text: String::new(),
        kinds: kinds.iter().map(|kind| kind.name.clone()).collect(),
        hosts: kinds.iter().flat_map(Kind::hosts).collect(),
        notes,
    };
    if kinds.is_empty() {
        return Ok(adopted);
    }
    let mut writer = Writer { inventory, hosts: &hosts, kinds: &kinds, lines: Vec::new(), notes: adopted.notes };
    writer.write();
    Ok(Adopted { text: writer.lines.join("\n") + "\n", notes: writer.notes, ..adopted })
}

/// The declaration under construction.
struct Writer<'a> {
    inventory: &'a Inventory,
    hosts: &'a BTreeMap<HostName, Running>,
    kinds: &'a [Kind],
    lines: Vec<String>,
    notes: Vec<String>,
}

impl Writer<'_> {
    fn write(&mut self) {
        let count = self.hosts.len();
        let hosts = if count == 1 { "host runs".to_owned() } else { "hosts run".to_owned() };
        self.say(&format!(
            "# Written by `fleet queue adopt` from what {count} {hosts} today; from now on it is yours to edit."
        ));
        self.say("# Capacity is counted in threads, right for work that waits: a process offers its threads, shared by its queues.");
        self.say("# Count processes where work computes. `demand` is what runs today: raise it, and `fleet queue plan` finds room.");
        let databases = self.database();
        let redis = self.redis();
        let mean = self.memory_is_tight();
        for kind in self.kinds {
            self.kind(kind, mean, &databases, &redis);
        }
        self.queues();
        self.loads();
    }

    fn say(&mut self, line: &str) {
        self.lines.push(line.to_owned());
    }

    /// `key = value  # why`
    fn set(&mut self, key: &str, value: &Value, why: &str) {
        self.lines.push(commented(&format!("{} = {value}", toml_key(key)), why));
    }

    /// The table of the database, unless there is one; and which one each kind names.
    fn database(&mut self) -> BTreeMap<String, String> {
        let places = self.places(Server::Postgres);
        let declared = &self.inventory.queues().databases;
        if !declared.is_empty() {
            return self.chosen(&places, declared.iter().map(|(name, it)| (name.as_str(), it.host.as_ref())));
        }
        let found: BTreeSet<&Place> = places.values().flatten().collect();
        self.say("");
        if let Some(host) = single_host(&found) {
            self.say("[database.primary]");
            let why = format!("{}; asked for its limits", named(&found, "DB_HOST"));
            self.set("host", &Value::from(host.as_str()), &why);
            if let Some(port) = found.iter().find_map(|place| place.port).filter(|port| *port != 5432) {
                let why = "as workers have it; of PgBouncer? then not of `psql`: see [database.primary.pgbouncer]";
                self.say(&commented(&format!("#port = {port}"), why));
            }
        } else {
            self.elsewhere(&found, "database", "their connections are no budget yet");
            self.say("#[database.primary]");
            self.say(&commented("#host = \"…\"", "where `psql` can ask it; or, for a service elsewhere:"));
            self.say("#max_connections = 100");
        }
        self.say(&commented("#reserve = 10", "connections that nobody plans with"));
        self.say(&commented("#[database.primary.clients.web]", "what else connects: web, streaming, backups"));
        self.say("#hosts = \"web\"");
        self.say(&commented("#connections = 40", "processes × threads, all hosts together"));
        BTreeMap::new()
    }

    /// The table of Redis, unless there is one; and which one each kind names.
    fn redis(&mut self) -> BTreeMap<String, String> {
        let places = self.places(Server::Redis);
        let declared = &self.inventory.queues().redis;
        if !declared.is_empty() {
            return self.chosen(&places, declared.iter().map(|(name, it)| (name.as_str(), Some(&it.host))));
        }
        let found: BTreeSet<&Place> = places.values().flatten().collect();
        self.say("");
        let Some(host) = single_host(&found) else {
            self.elsewhere(&found, "Redis", "depth and latency of queues are not seen yet");
            self.say("#[redis.main]");
            self.say("#host = \"…\"");
            return BTreeMap::new();
        };
        self.say("[redis.main]");
        self.set("host", &Value::from(host.as_str()), &named(&found, "REDIS_HOST"));
        if let Some(port) = found.iter().find_map(|place| place.port).filter(|port| *port != 6379) {
            self.set("port", &Value::from(i64::from(port)), "");
        }
        if let Some(number) = found.iter().find_map(|place| place.database).filter(|number| *number != 0) {
            self.set("database", &Value::from(i64::from(number)), "");
        }
        if let Some(namespace) = found.iter().find_map(|place| place.namespace.clone()) {
            self.set("namespace", &Value::from(namespace), "REDIS_NAMESPACE");
        }
        if found.iter().any(|place| place.locked) {
            let why = format!("it has one: say where it lies on {host}");
            self.say(&commented("#password = { file = \"/…\", key = \"REDIS_PASSWORD\" }", &why));
            self.notes.push(format!(
                "Redis on {host} has a password: name its file there in [redis.main]; no password was read"
            ));
        }
        BTreeMap::new()
    }

    fn places(&self, server: Server) -> BTreeMap<String, BTreeSet<Place>> {
        let of = |kind: &Kind| (kind.name.clone(), places::of(kind, server, self.inventory, self.hosts));
        self.kinds.iter().map(of).collect()
    }

    /// Of several that are declared, the one on the host that a kind names, else the first.
    fn chosen<'d>(
        &mut self,
        places: &BTreeMap<String, BTreeSet<Place>>,
        declared: impl Iterator<Item = (&'d str, Option<&'d HostName>)>,
    ) -> BTreeMap<String, String> {
        let declared: Vec<(&str, Option<&HostName>)> = declared.collect();
        let [first, _, ..] = declared.as_slice() else { return BTreeMap::new() };
        let mut chosen = BTreeMap::new();
        for (kind, places) in places {
            let named: BTreeSet<&HostName> = places.iter().filter_map(|place| place.host.as_ref()).collect();
            let fits = declared.iter().find(|(_, host)| host.is_some_and(|host| named.contains(host)));
            if fits.is_none() {
                self.notes.push(format!("workers.{kind} may name another one than {}: see to it", first.0));
            }
            chosen.insert(kind.clone(), fits.unwrap_or(first).0.to_owned());
        }
        chosen
    }

    fn elsewhere(&mut self, found: &BTreeSet<&Place>, what: &str, so: &str) {
        let names: BTreeSet<&str> = found.iter().map(|place| place.name.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let why = match names.as_slice() {
            [] => format!("the environment of the workers does not tell where their {what} is"),
            [only] => format!("no host of the inventory is {only}, where the workers find their {what}"),
            _ => format!("the workers find their {what} in more than one place: {}", names.join(", ")),
        };
        self.say(&format!("# {}{}.", why[..1].to_uppercase(), &why[1..]));
        self.notes.push(format!("{why}: {so}"));
    }

    fn kind(
        &mut self,
        kind: &Kind,
        mean: bool,
        databases: &BTreeMap<String, String>,
        redis: &BTreeMap<String, String>,
    ) {
        let runs: Vec<String> = kind.runs.iter().map(|(host, count)| format!("{host} {count}")).collect();
        self.say("");
        self.say(&format!("[workers.{}]", toml_key(&kind.name)));
        self.set("unit", &Value::from(kind.unit.as_str()), &format!("{} run: {}", kind.processes(), runs.join(", ")));
        self.set("hosts", &Value::from(self.selector(&kind.hosts())), "where they may run; all hosts without it");
        if let Some(name) = databases.get(&kind.name) {
            self.set("database", &Value::from(name.as_str()), "");
        }
        if let Some(name) = redis.get(&kind.name) {
            self.set("redis", &Value::from(name.as_str()), "");
        }
        let why = match kind.pool {
            Some(pool) => format!("the smaller of DB_POOL ({pool}) and threads ({})", kind.concurrency),
            None => "its threads: no DB_POOL was seen".to_owned(),
        };
        self.set("connections", &Value::from(i64::from(kind.connections())), &why);
        self.set("concurrency", &Value::from(i64::from(kind.concurrency)), "threads, as `-c` says");
        if let Some(pool) = kind.pool {
            let line = format!("#environment = {{ DB_POOL = \"{pool}\" }}");
            self.say(&commented(&line, "as it is now; declared, fleet writes it to a drop-in"));
        }
        if let Some(cpu) = kind.cpu {
            let thousandths = cpu.div_ceil(50).clamp(1, 20) * 50;
            let why = "cores: what one used just now, on average; up to 1.0 when busy";
            self.set("cpu", &Value::from(f64::from(thousandths) / 1000.0), why);
        }
        if let Some((largest, average)) = kind.memory {
            let (size, why) = if mean {
                (average, "of one on average: the largest times all is more than hosts have")
            } else {
                (largest, "of the largest one")
            };
            self.set("memory", &Value::from(format!("{}MiB", size.div_ceil(10).max(1) * 10)), why);
        } else {
            self.set("memory", &Value::from("512MiB"), "a guess: it could not be seen");
            self.notes.push(format!("the memory of workers.{} could not be seen: 512MiB is a guess", kind.name));
        }
        let serves: toml::Table =
            kind.queues.iter().map(|queue| (queue.clone(), Value::from(i64::from(kind.capacity())))).collect();
        let why = if kind.untold { "no queue is told, and Sidekiq then serves `default`" } else { "" };
        self.set("serves", &Value::Table(serves), why);
    }

    /// The group that these hosts are, or the hosts one by one.
    fn selector(&self, hosts: &BTreeSet<HostName>) -> String {
        let groups = self.inventory.groups().iter().filter(|(_, members)| hosts.len() > 1 && *members == hosts);
        groups.map(|(group, _)| group.to_string()).min().unwrap_or_else(|| fold(hosts))
    }

    fn queues(&mut self) {
        let names: BTreeSet<&String> = self.kinds.iter().flat_map(|kind| &kind.queues).collect();
        for name in names {
            if let Some(declared) = self.inventory.queues().queues.get(name.as_str()) {
                self.notes.push(format!("queues.{name} is declared already ({}): see its demand", declared.origin));
                continue;
            }
            let serving: Vec<&Kind> = self.kinds.iter().filter(|kind| kind.queues.contains(name)).collect();
            let processes: u32 = serving.iter().map(|kind| kind.processes()).sum();
            self.say("");
            self.say(&format!("[queues.{}]", toml_key(name)));
            if name == "scheduler" {
                if processes == 1 {
                    self.set("singleton", &Value::from(true), "exactly one process, and never two at once");
                    continue;
                }
                self.notes
                    .push(format!("{processes} processes serve `scheduler`: one alone should, `singleton = true`"));
            }
            let capacity = |kind: &&Kind| u64::from(kind.processes()) * u64::from(kind.capacity());
            let demand: u64 = serving.iter().map(capacity).sum();
            let sums: Vec<String> = serving
                .iter()
                .map(|kind| format!("{} {} × {}", kind.name, kind.processes(), kind.capacity()))
                .collect();
            self.set("demand", &Value::from(i64::try_from(demand).unwrap_or(i64::MAX)), &sums.join(", "));
            let one = serving.iter().map(|kind| u64::from(kind.capacity())).max().unwrap_or(0);
            if demand > one {
                let why = "what stays up at every instant of a change";
                self.say(&commented(&format!("#floor = {}", demand - one), why));
            }
            let hosts: BTreeSet<HostName> = serving.iter().flat_map(|kind| kind.hosts()).collect();
            if hosts.len() > 1 {
                self.say(&commented("#min_hosts = 2", &format!("it is on {} today", hosts.len())));
            }
            self.say(&commented("#weight = 1", "beside other queues, where not all can be met"));
        }
    }

    /// Whether some host has too little memory for as many of the largest as run there.
    fn memory_is_tight(&self) -> bool {
        self.hosts.iter().any(|(host, running)| {
            let declared = self.inventory.hosts().get(host).and_then(|host| host.memory);
            let room = declared.map_or(u64::from(running.seen.memory), |bytes| bytes >> 20);
            let taken = |kind: &Kind| {
                let (largest, _) = kind.memory?;
                Some(u64::from(*kind.runs.get(host)?) * u64::from(largest.div_ceil(10) * 10))
            };
            let taken: u64 = self.kinds.iter().filter_map(taken).sum();
            taken > room
        })
    }

    /// A host that is busy is one from which the plan moves workers.
    fn loads(&mut self) {
        for (host, running) in self.hosts {
            let declared = self.inventory.hosts().get(host).and_then(|host| host.cpus);
            let cpus = u64::from(declared.unwrap_or(running.seen.cpus));
            let used = |kind: &Kind| Some(u64::from(*kind.runs.get(host)?) * u64::from(kind.cpu.unwrap_or(1000)));
            let used: u64 = self.kinds.iter().filter_map(used).sum();
            if cpus > 0 && used > cpus * BUSY {
                self.notes.push(format!(
                    "workers use {} % of the cores of {host} now: above 70 % a plan moves some elsewhere",
                    used / (cpus * 10)
                ));
            }
        }
    }
}

/// The one host that all of them are.
fn single_host<'p>(found: &BTreeSet<&'p Place>) -> Option<&'p HostName> {
    let hosts: BTreeSet<Option<&HostName>> = found.iter().map(|place| place.host.as_ref()).collect();
    hosts.first().copied().flatten().filter(|_| hosts.len() == 1)
}

/// Where it stands, where that says more than the host's name.
fn named(found: &BTreeSet<&Place>, variable: &str) -> String {
    let names: BTreeSet<&str> = found.iter().map(|place| place.name.as_str()).collect();
    format!("{variable} of its workers ({})", names.into_iter().collect::<Vec<_>>().join(", "))
}

/// A line with its comment in the column of all others.
fn commented(line: &str, why: &str) -> String {
    if why.is_empty() { line.to_owned() } else { format!("{line:<41} # {why}") }
}

#[cfg(test)]
mod tests;
