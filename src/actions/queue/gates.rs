//! What must be seen on other hosts before a change counts as done: in Redis and in the database.

use std::collections::BTreeMap;

use crate::engine::transaction::Gate;
use crate::inventory::{DatabaseDeclaration, RedisDeclaration, WorkerDeclaration};
use crate::names::UnitName;
use crate::text::shell_quote;

const REDIS: &str = include_str!("redis.sh");
const DATABASE: &str = include_str!("database.sh");

/// For a started worker to register in Redis: a large application takes half a minute to start. The engine looks for half of it.
pub(super) const WORKS_SECONDS: u32 = 240;
/// For the connections of an ended process to go: a query that runs ends first.
pub(super) const GONE_SECONDS: u32 = 120;
/// Sidekiq tells Redis every 5 s or, since version 6.5, every 10 s that it lives.
const OLDEST_BEAT_SECONDS: u32 = 25;

/// Whether so many processes of a kind work on a machine, as they told Redis: with the right threads and queues, not quiet.
pub(super) fn works(redis: &RedisDeclaration, worker: &WorkerDeclaration, hostname: &str, count: u32) -> Gate {
    let prefix = redis.namespace.as_ref().map(|namespace| format!("{namespace}:")).unwrap_or_default();
    let threads = worker.concurrency.map(|threads| threads.to_string()).unwrap_or_default();
    let queues: Vec<&str> = worker.serves.keys().map(String::as_str).collect();
    let words = [prefix.as_str(), hostname, &threads, &queues.join(","), &OLDEST_BEAT_SECONDS.to_string()];
    let words: Vec<String> = words.iter().map(|word| shell_quote(word)).collect();
    let password = redis.password.as_ref();
    let path = password.map(|password| password.path.as_str()).unwrap_or_default();
    let key = password.and_then(|password| password.key.as_deref()).unwrap_or_default();
    let text = format!(
        "{REDIS}\n\
         found=$(fleet_redis {port} {database} {path} {key} {script} {words} 2>&1) || {{ printf '%s\\n' \"$found\"; return 1; }}\n\
         case $found in\n\
         '' | *[!0-9]*) printf 'Redis says: %s\\n' \"$found\"; return 1 ;;\n\
         esac\n\
         [ \"$found\" -ge {count} ] || {{ printf '%s of {count} work\\n' \"$found\"; return 1; }}",
        port = redis.port,
        database = redis.database,
        path = shell_quote(path),
        key = shell_quote(key),
        script = shell_quote(include_str!("works.lua")),
        words = words.join(" "),
    );
    let with = worker.concurrency.map(|threads| format!(" with {threads} threads")).unwrap_or_default();
    let name = worker.unit.name();
    let told = format!("see in Redis {} that {count} of {name} work on {hostname}{with}", redis.name);
    Gate::Script { host: redis.host.clone(), text, told }
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
    let mut allowed: BTreeMap<&str, u32> = BTreeMap::new();
    for unit in ended {
        let whole = unit.as_str();
        let connections = left.get(*unit).copied().unwrap_or(0);
        for name in [whole, whole.trim_end_matches(".service")] {
            // `application_name` is cut there (NAMEDATALEN).
            allowed.insert(name.get(..63).unwrap_or(name), connections);
        }
    }
    let text = |name: &str| format!("'{}'", name.replace('\'', "''"));
    let names: Vec<String> = allowed.keys().map(|name| text(name)).collect();
    let cases: Vec<String> =
        allowed.iter().map(|(name, connections)| format!("WHEN {} THEN {connections}", text(name))).collect();
    let clients = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let sql = format!(
        "SELECT format('%s has %s connections open', application_name, count(*)) {clients} \
         AND application_name IN ({}) GROUP BY application_name HAVING count(*) > CASE application_name {} END \
         UNION ALL SELECT format('%s connections are open, and at most {most} may be', count(*)) {clients} \
         HAVING count(*) > {most}",
        names.join(", "),
        cases.join(" "),
    );
    let text = format!(
        "{DATABASE}\n\
         open=$(fleet_database {user} {port} {sql} 2>&1) || {{ printf '%s\\n' \"$open\"; return 1; }}\n\
         [ -z \"$open\" ] || {{ printf '%s\\n' \"$open\" | head -n 3; return 1; }}",
        user = shell_quote(&database.run_as),
        port = shell_quote(&database.port.map(|port| port.to_string()).unwrap_or_default()),
        sql = shell_quote(&sql),
    );
    let told = format!("see in database {} that the connections of what ended are gone", database.name);
    Some(Gate::Script { host, text, told })
}
