//! What `redis.lua` answers. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::first_line;
use crate::actions::queue::seen::{QueueSeen, RedisSeen, SidekiqProcess};

/// A process whose last heartbeat is older has ended: Sidekiq sends one every 5 or 10 s, and Redis forgets it after 60 s.
const ALIVE: u64 = 60_000;

/// Reads what `redis-cli` printed.
///
/// # Errors
/// What it said instead.
pub(super) fn read(text: &str) -> Result<RedisSeen, String> {
    let odd = || format!("redis-cli said: {}", first_line(text));
    let answer: Value = serde_json::from_str(text.trim()).map_err(|_| odd())?;
    let queues = answer.get("queues").ok_or_else(odd)?;
    let processes = answer.get("processes").ok_or_else(odd)?;
    // An empty table of Lua is an object, whatever it was to be.
    let queues: Option<BTreeMap<String, QueueSeen>> = match queues {
        Value::Object(queues) => queues.iter().map(|(name, queue)| Some((name.clone(), read_queue(queue)?))).collect(),
        _ => None,
    };
    let mut processes: Vec<SidekiqProcess> = list(processes).filter_map(read_process).collect();
    processes.retain(|process| process.beat_age <= ALIVE);
    processes.sort_by(|a, b| (&a.hostname, a.pid).cmp(&(&b.hostname, b.pid)));
    Ok(RedisSeen { queues: queues.ok_or_else(odd)?, processes })
}

fn read_queue(queue: &Value) -> Option<QueueSeen> {
    Some(QueueSeen {
        depth: number(queue, "depth")?,
        latency: number(queue, "latency"),
        active: number(queue, "active"),
    })
}

/// `None`: it has no heartbeat, and so is none.
fn read_process(process: &Value) -> Option<SidekiqProcess> {
    Some(SidekiqProcess {
        hostname: process.get("hostname")?.as_str()?.to_owned(),
        pid: number(process, "pid")?,
        concurrency: number(process, "concurrency")?,
        queues: list(process.get("queues")?).filter_map(Value::as_str).map(str::to_owned).collect(),
        busy: number(process, "busy")?,
        quiet: process.get("quiet")?.as_bool()?,
        beat_age: number(process, "beat_age")?,
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Numbers are strings: Lua's own would lose digits.
fn number<T: std::str::FromStr>(value: &Value, name: &str) -> Option<T> {
    value.get(name)?.as_str()?.parse().ok()
}
