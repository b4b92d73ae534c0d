//! What must be seen on other hosts before a change counts as done: in Redis and in the database.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::gate::Scripts;
use crate::engine::transaction::Gate;
use crate::inventory::{DatabaseDeclaration, RedisDeclaration, WorkerDeclaration};
use crate::names::UnitName;

/// Whether workers work, as they told Redis.
const WORKS: &str = "queue-works";
/// Whether connections are gone, as the database has them.
const GONE: &str = "queue-connections-gone";

/// What the gates run, by name.
pub(super) fn scripts() -> Scripts {
    let works = concat!(
        include_str!("scripts/redis.sh"),
        "works_lua() {\ncat <<'LUA'\n",
        include_str!("scripts/sidekiq.lua"),
        include_str!("scripts/works.lua"),
        "LUA\n}\n",
        include_str!("scripts/works.sh")
    );
    let gone = concat!(include_str!("scripts/database.sh"), include_str!("scripts/gone.sh"));
    Scripts::from([(WORKS, works), (GONE, gone)])
}

/// For a started worker to register in Redis: a large application takes half a minute to start. The engine looks for half of it.
/// A host whose controller was lost waits as long before it undoes the step.
pub(super) const WORKS_SECONDS: u32 = 120;
/// For the connections of an ended process to go: a query that runs ends first.
pub(super) const GONE_SECONDS: u32 = 120;
/// Sidekiq tells Redis every 5 s or, since version 6.5, every 10 s that it lives.
const OLDEST_BEAT_SECONDS: u32 = 25;

/// Whether so many processes of a kind work on a machine, as they told Redis: with the right threads and queues, not quiet.
/// `others`: templates whose processes Redis cannot tell from these, and which count with them.
pub(super) fn works(
    redis: &RedisDeclaration,
    worker: &WorkerDeclaration,
    others: &[String],
    hostname: &str,
    count: u32,
) -> Gate {
    let prefix = redis.namespace.as_ref().map(|namespace| format!("{namespace}:")).unwrap_or_default();
    let threads = worker.concurrency.map(|threads| threads.to_string()).unwrap_or_default();
    let queues: Vec<&str> = worker.serves.keys().map(String::as_str).collect();
    let password = redis.password.as_ref();
    let path = password.map(|password| password.path.to_string()).unwrap_or_default();
    let key = password.and_then(|password| password.key.clone()).unwrap_or_default();
    let place = [redis.port.to_string(), redis.database.to_string(), path, key];
    let what = [prefix, hostname.to_owned(), threads, queues.join(","), OLDEST_BEAT_SECONDS.to_string()];
    let arguments = [count.to_string()].into_iter().chain(place).chain(what).collect();
    let with = worker.concurrency.map(|threads| format!(" with {threads} threads")).unwrap_or_default();
    let names: Vec<String> = std::iter::once(worker.unit.name()).chain(others.iter().cloned()).collect();
    let names = names.join(" and ");
    let works = if count == 1 { "works" } else { "work" };
    let told = format!("see in Redis {} that {count} of {names} {works} on {hostname}{with}", redis.name);
    Gate::Builtin { host: redis.host.clone(), script: WORKS.to_owned(), arguments, told }
}

/// Whether the connections of ended units are gone, as the database has them: by the name that each gives itself, and by
/// their number altogether. `left`: connections that units of the same name may still have, on other hosts.
pub(super) fn gone(
    database: &DatabaseDeclaration,
    ended: &[&UnitName],
    left: &BTreeMap<UnitName, u32>,
    most: u32,
) -> Option<Gate> {
    let host = database.host.clone()?;
    let port = database.port.map(|port| port.to_string()).unwrap_or_default();
    let mut arguments = vec![database.run_as.clone(), port, most.to_string()];
    let names: BTreeSet<&UnitName> = ended.iter().copied().collect();
    arguments.extend(names.iter().map(|unit| format!("{}={unit}", left.get(*unit).copied().unwrap_or(0))));
    let told = format!("see in database {} that the connections of what ended are gone", database.name);
    Some(Gate::Builtin { host, script: GONE.to_owned(), arguments, told })
}
