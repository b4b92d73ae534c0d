//! What is asked of hosts to know their workers, databases and Redis servers: one script a host and purpose. Pure.

use std::collections::BTreeSet;

use crate::engine::probe::Probe;
use crate::inventory::{DatabaseDeclaration, Queues, RedisDeclaration};
use crate::names::HostName;
use crate::text::shell_quote;

const WORKERS_SCRIPT: &str = include_str!("scripts/workers.sh");
const DATABASE_SCRIPT: &str = include_str!("scripts/database.sh");
const DATABASE_QUERY: &str = include_str!("scripts/database.sql");
const REDIS_SCRIPT: &str = include_str!("scripts/redis.sh");
const REDIS_LUA: &str = concat!(include_str!("scripts/sidekiq.lua"), include_str!("scripts/redis.lua"));

/// The name of the facts about workers.
pub const WORKERS: &str = "queue-workers";

/// Variables that set a worker's threads and connections, beside those that are declared: of Sidekiq, Rails and Mastodon.
pub const KEYS: [&str; 6] =
    ["DB_POOL", "RAILS_MAX_THREADS", "MAX_THREADS", "SIDEKIQ_CONCURRENCY", "SIDEKIQ_THREADS", "MALLOC_ARENA_MAX"];

/// The name of the facts about a database.
pub fn database_facts(name: &str) -> String {
    format!("queue-database-{name}")
}

/// The name of the facts about a Redis server.
pub fn redis_facts(name: &str) -> String {
    format!("queue-redis-{name}")
}

/// All that is asked of a host. Every host of the inventory is asked for workers: some are where nobody expects them.
pub fn of(queues: &Queues, host: &HostName) -> Vec<Probe> {
    let mut probes: Vec<Probe> = workers(queues).into_iter().collect();
    let databases = queues.databases.values().filter(|database| database.host.as_ref() == Some(host));
    probes.extend(databases.map(database));
    let redis = queues.redis.values().filter(|redis| redis.host == *host);
    probes.extend(redis.map(|declared| self::redis(queues, declared)));
    probes
}

/// Asks for the instances of all declared templates; `None`: there are none.
pub fn workers(queues: &Queues) -> Option<Probe> {
    let templates: BTreeSet<String> = queues.workers.values().map(|worker| worker.unit.name()).collect();
    if templates.is_empty() {
        return None;
    }
    let declared = queues.workers.values().flat_map(|worker| worker.environment.keys()).map(String::as_str);
    let keys: BTreeSet<&str> = KEYS.into_iter().chain(declared).collect();
    let keys: Vec<String> = keys.into_iter().map(regex::escape).collect();
    let templates: Vec<String> = templates.iter().map(|template| shell_quote(template)).collect();
    let call = format!("fleet_workers '' {} {}", shell_quote(&keys.join("|")), templates.join(" "));
    Some(Probe::Script { name: WORKERS.to_owned(), text: format!("{WORKERS_SCRIPT}\n{call}") })
}

/// Asks a database for its limits and who is connected.
pub fn database(declared: &DatabaseDeclaration) -> Probe {
    let port = declared.port.map(|port| port.to_string()).unwrap_or_default();
    let call = format!("fleet_database {} '{port}' {}", shell_quote(&declared.run_as), shell_quote(DATABASE_QUERY));
    Probe::Script { name: database_facts(&declared.name), text: format!("{DATABASE_SCRIPT}\n{call}") }
}

/// Asks a Redis server for its queues and workers.
pub fn redis(queues: &Queues, declared: &RedisDeclaration) -> Probe {
    let (path, key) = match &declared.password {
        Some(secret) => (secret.path.as_str(), secret.key.as_deref().unwrap_or_default()),
        None => ("", ""),
    };
    let mut arguments: Vec<String> =
        vec![declared.namespace.as_ref().map(|name| format!("{name}:")).unwrap_or_default()];
    let here = || queues.queues.values().filter(|queue| queue.redis.as_deref() == Some(declared.name.as_str()));
    let sidekiq: Vec<&str> = here().filter(|queue| queue.bull.is_none()).map(|queue| queue.name.as_str()).collect();
    arguments.push(sidekiq.len().to_string());
    arguments.extend(sidekiq.iter().map(|name| (*name).to_owned()));
    for queue in here() {
        if let Some(prefix) = &queue.bull {
            arguments.extend([prefix.clone(), queue.name.clone()]);
        }
    }
    let arguments: Vec<String> = arguments.iter().map(|argument| shell_quote(argument)).collect();
    let call = format!(
        "fleet_redis {} {} {} {} {} {}",
        declared.port,
        declared.database,
        shell_quote(path),
        shell_quote(key),
        shell_quote(REDIS_LUA),
        arguments.join(" ")
    );
    Probe::Script { name: redis_facts(&declared.name), text: format!("{REDIS_SCRIPT}\n{call}") }
}
