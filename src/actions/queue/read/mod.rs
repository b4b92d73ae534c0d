//! From what hosts answered to what is known of workers. Pure.

mod database;
mod options;
mod redis;
mod units;
pub(super) mod workers;

use super::probes;
use super::seen::{HostSeen, Instance, RedisSeen, Seen, SidekiqProcess};
use crate::engine::fact::Fact;
use crate::engine::probe::{HostFacts, Observation, Observations};
use crate::inventory::{Queues, WorkerProgram};
use crate::names::HostName;

const NOT_ASKED: &str = "it was not asked for";

/// Puts all answers in order. What a process registered in Redis completes what its host could not see of it.
pub fn seen(queues: &Queues, observations: &Observations) -> Seen {
    let mut seen = Seen::default();
    for (host, observation) in observations {
        // Why the others could not be looked at, the observation itself says.
        let Observation::Facts(facts) = observation else { continue };
        if queues.workers.is_empty() {
            continue;
        }
        match answer(facts, probes::WORKERS).and_then(|text| workers::read(queues, text)) {
            Ok(known) => {
                seen.hosts.insert(host.clone(), known);
            }
            Err(why) => {
                seen.unknown.insert(host.clone(), why);
            }
        }
    }
    for (name, database) in &queues.databases {
        let Some(host) = &database.host else { continue };
        let facts = looked_at(observations, host);
        let known = facts.and_then(|facts| answer(facts, &probes::database_facts(name))).and_then(database::read);
        seen.databases.insert(name.clone(), known);
    }
    for (name, redis) in &queues.redis {
        let facts = looked_at(observations, &redis.host);
        let known = facts.and_then(|facts| answer(facts, &probes::redis_facts(name))).and_then(redis::read);
        seen.redis.insert(name.clone(), known);
    }
    complete(queues, &mut seen);
    seen
}

/// The live process that an instance registered as, in the Redis server of its kind.
pub fn process_of<'s>(
    seen: &'s Seen,
    queues: &Queues,
    host: &HostName,
    instance: &Instance,
) -> Option<&'s SidekiqProcess> {
    let known = redis_of(queues, &instance.kind).and_then(|name| seen.redis.get(name)?.as_ref().ok())?;
    registered(known, seen.hosts.get(host)?, instance.pid)
}

/// The instance that a registered process is, with its host; `None`: it belongs to no declared unit of the hosts that answered.
pub fn instance_of<'s>(seen: &'s Seen, process: &SidekiqProcess) -> Option<(&'s HostName, &'s Instance)> {
    let on = |host: &HostSeen| same_machine(&host.hostname, &process.hostname);
    let mut hosts = seen.hosts.iter().filter(|(_, known)| on(known));
    hosts.find_map(|(host, known)| {
        let instance = known.instances.iter().find(|instance| instance.pid != 0 && instance.pid == process.pid)?;
        Some((host, instance))
    })
}

/// Whether two names that a machine gave of itself are those of one machine: one may lack the domain.
pub fn same_machine(one: &str, other: &str) -> bool {
    let label = |name: &str| name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let whole = |name: &str| name.contains('.');
    if whole(one) && whole(other) {
        one.eq_ignore_ascii_case(other)
    } else {
        !one.is_empty() && label(one) == label(other)
    }
}

fn registered<'r>(redis: &'r RedisSeen, host: &HostSeen, pid: u32) -> Option<&'r SidekiqProcess> {
    let mut processes = redis.processes.iter();
    processes.find(|process| pid != 0 && process.pid == pid && same_machine(&process.hostname, &host.hostname))
}

fn redis_of<'q>(queues: &'q Queues, kind: &str) -> Option<&'q String> {
    match &queues.workers.get(kind)?.program {
        WorkerProgram::Sidekiq { redis } => redis.as_ref(),
        WorkerProgram::Other { .. } => None,
    }
}

/// The title of a Sidekiq process hides its command line; Redis knows what it serves.
fn complete(queues: &Queues, seen: &mut Seen) {
    let Seen { hosts, redis, .. } = seen;
    for known in hosts.values_mut() {
        let mut instances = std::mem::take(&mut known.instances);
        for instance in &mut instances {
            let servers = redis_of(queues, &instance.kind).and_then(|name| redis.get(name)?.as_ref().ok());
            let Some(process) = servers.and_then(|server| registered(server, known, instance.pid)) else { continue };
            instance.settings.queues = in_order(&process.queues, &instance.on_disk.queues);
            if instance.settings.concurrency.is_none() {
                instance.settings.concurrency = Some(process.concurrency);
            }
            instance.quiet |= process.quiet;
            if instance.busy.is_none() {
                instance.busy = Some(process.busy);
            }
        }
        known.instances = instances;
    }
}

/// A process with weighted queues registers them in any order: that of the disk is taken where it is the same set.
fn in_order(served: &[String], on_disk: &[String]) -> Vec<String> {
    let same = served.len() == on_disk.len() && served.iter().all(|queue| on_disk.contains(queue));
    if same { on_disk.to_vec() } else { served.to_vec() }
}

fn looked_at<'o>(observations: &'o Observations, host: &HostName) -> Result<&'o HostFacts, String> {
    match observations.get(host) {
        None => Err(NOT_ASKED.to_owned()),
        Some(Observation::Facts(facts)) => Ok(facts),
        Some(Observation::Unreachable(failure) | Observation::Failed(failure)) => Err(failure.message.clone()),
    }
}

fn answer<'f>(facts: &'f HostFacts, name: &str) -> Result<&'f str, String> {
    match facts.scripts.get(name) {
        Some(Fact::Known(text)) => Ok(text),
        Some(Fact::Unknown(why)) => Err(first_line(why).to_owned()),
        Some(Fact::Absent) | None => Err(NOT_ASKED.to_owned()),
    }
}

/// The first line that says something.
pub(super) fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing")
}
