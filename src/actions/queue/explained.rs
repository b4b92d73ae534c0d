//! A plan explained, with what only the facts tell.

use super::balance::Balance;
use super::known::Known;
use super::seen::RedisSeen;
use super::{Study, connected, explain, solve};
use crate::inventory::Queues;

/// The plan, explained.
pub(super) fn balance(study: &Study<'_>, queues: &Queues, known: &Known<'_>) -> Balance {
    let question = &study.question;
    let again = |model: &super::model::Model| solve::solve(model, known.go_on);
    let steps = study.steps.as_deref();
    let mut balance = explain::explain(&question.model, &study.solution, steps, &again, known.go_on);
    for (told, budget) in balance.budgets.iter_mut().zip(&question.budgets) {
        told.derivation = match &budget.unknown {
            Some(why) => format!("not known: {why}"),
            None => budget.derivation.clone(),
        };
        let asked = study.seen.databases.get(&budget.database.name).filter(|_| !budget.pooled);
        let clients = asked.and_then(|asked| asked.as_ref().ok()).map(|asked| &asked.clients);
        told.open = clients.map(|clients| clients.iter().map(|clients| clients.count).sum());
        if !budget.pooled {
            told.clients = connected::clients(question, &study.seen, budget.database);
        }
    }
    for told in &mut balance.queues {
        let Some(redis) = queues.queues.get(&told.name).and_then(|queue| queue.redis.as_ref()) else { continue };
        let Some(Ok(redis)) = study.seen.redis.get(redis) else { continue };
        let seen = redis.queues.get(&told.name);
        // Redis has no list for a queue that is empty.
        told.depth = Some(seen.map_or(0, |seen| seen.depth));
        told.latency = seen.and_then(|seen| seen.latency);
        told.busy = Some(busy(redis, &told.name));
    }
    for told in &mut balance.hosts {
        let name = crate::names::HostName::new(told.host.as_str());
        told.frozen = question.frozen.get(&name).cloned();
    }
    balance
}

/// Threads that work, of processes that serve the queue; which of its queues a thread is on, no process tells.
fn busy(redis: &RedisSeen, queue: &str) -> u32 {
    let serving = redis.processes.iter().filter(|process| process.queues.iter().any(|served| served == queue));
    serving.map(|process| process.busy).sum()
}
