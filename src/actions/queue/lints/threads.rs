//! Lints of work and the threads that do it, and of queues that are late. Pure.
//!
//! A Ruby process computes with one core, however many threads it has: work that computes wants few threads in many
//! processes, work that waits wants many threads in few.

use std::collections::BTreeSet;

use super::{Lint, Look};
use crate::actions::queue::seen::Instance;
use crate::inventory::{WorkerDeclaration, WorkerProgram};

/// Threads that keep a core busy with work that computes, and waits a little: more gain nothing.
const FEW: u32 = 5;

/// Threads a process from which on it is told of.
const MANY: u32 = 2 * FEW;

/// Thousandths of a core that count as all of it.
const FULL: u32 = 850;

/// Thousandths of a core below which a busy thread waits.
const WAITING: u32 = 100;

pub(super) fn lints(look: &Look<'_>) -> Vec<Lint> {
    let mut lints = late(look);
    for kind in look.queues.workers.values().filter(|kind| !kind.retired) {
        if matches!(kind.program, WorkerProgram::Sidekiq { .. }) {
            lints.extend(threads(look, kind));
        }
    }
    lints
}

fn threads(look: &Look<'_>, kind: &WorkerDeclaration) -> Option<Lint> {
    let running: Vec<&Instance> =
        look.instances().filter(|(_, of, one)| of.name == kind.name && one.runs()).map(|(_, _, one)| one).collect();
    let live = running.iter().filter_map(|one| one.settings.concurrency).max();
    let threads = live.or(kind.concurrency)?;
    let lint =
        |code, message| Some(Lint { host: None, item: kind.name.clone(), subject: kind.name.clone(), code, message });
    if threads >= MANY
        && let Some(why) = computes(look, kind, &running)
    {
        let processes = threads.div_ceil(FEW);
        let connections =
            if kind.database.is_some() { format!(" with the same {threads} connections") } else { String::new() };
        return lint(
            "threads-beyond-one-core",
            format!(
                "{why}: {threads} threads, one core, as a Ruby process never uses more; {processes} × {FEW} threads serve \
                 more{connections}; declare a kind with `concurrency = {FEW}`, and this one as `retired`"
            ),
        );
    }
    if threads < MANY
        && running.len() > 1
        && let Some(why) = waits(look, kind, &running)
    {
        let all = threads * u32::try_from(running.len()).ok()?;
        let processes = all.div_ceil(2 * MANY);
        return lint(
            "threads-too-few",
            format!(
                "{why}: threads that wait cost a process nothing; {processes} × {} threads do the same as {} × {threads}, \
                 with less memory; declare a kind with a higher `concurrency`, and this one as `retired`",
                all.div_ceil(processes),
                running.len()
            ),
        );
    }
    None
}

/// Why its work is said to compute.
fn computes(look: &Look<'_>, kind: &WorkerDeclaration, running: &[&Instance]) -> Option<String> {
    match declared(look, kind) {
        Work::Computes => return Some(format!("{} is declared as CPU-bound", kind.name)),
        Work::Waits | Work::Mixed => return None,
        Work::Open => {}
    }
    let busy = running.iter().filter(|one| one.busy.is_some_and(|busy| busy > 1));
    let busy: Vec<u32> = busy.filter_map(|one| one.cpu).collect();
    let full = busy.iter().filter(|cpu| **cpu >= FULL).count();
    (full * 2 > busy.len())
        .then(|| format!("{full} of {} busy processes of {} use a whole core", busy.len(), kind.name))
}

/// Why its work is said to wait.
fn waits(look: &Look<'_>, kind: &WorkerDeclaration, running: &[&Instance]) -> Option<String> {
    match declared(look, kind) {
        Work::Waits => return Some(format!("{} is declared to wait more than it computes", kind.name)),
        Work::Computes | Work::Mixed => return None,
        Work::Open => {}
    }
    let waits = |one: &&Instance| {
        let busy = one.busy.filter(|busy| *busy > 0 && Some(*busy) == one.settings.concurrency);
        busy.zip(one.cpu).is_some_and(|(busy, cpu)| cpu < WAITING * busy)
    };
    (has_backlog(look, kind) && running.iter().all(waits))
        .then(|| format!("all threads of {} are busy, and use next to no CPU", kind.name))
}

/// What all queues of a kind are declared as, alike.
enum Work {
    Computes,
    Waits,
    /// This and that: nothing can be said of its threads.
    Mixed,
    /// Not declared.
    Open,
}

fn declared(look: &Look<'_>, kind: &WorkerDeclaration) -> Work {
    let known = kind.serves.keys().filter_map(|queue| look.queues.queues.get(queue));
    let known: BTreeSet<Option<bool>> = known.map(|queue| queue.cpu_bound).collect();
    match known.into_iter().collect::<Vec<_>>()[..] {
        [Some(true)] => Work::Computes,
        [Some(false)] => Work::Waits,
        [None] | [] => Work::Open,
        _ => Work::Mixed,
    }
}

fn has_backlog(look: &Look<'_>, kind: &WorkerDeclaration) -> bool {
    kind.serves.keys().any(|queue| {
        let redis = look.queues.queues.get(queue).and_then(|declared| declared.redis.as_ref());
        let known = redis.and_then(|name| look.seen.redis.get(name)?.as_ref().ok());
        known.and_then(|redis| redis.queues.get(queue)).is_some_and(|state| state.depth > 0)
    })
}

/// Queues whose oldest job waits longer than is declared.
fn late(look: &Look<'_>) -> Vec<Lint> {
    let mut lints = Vec::new();
    for queue in look.queues.queues.values() {
        let known = queue.redis.as_ref().and_then(|name| look.seen.redis.get(name)?.as_ref().ok());
        let Some(state) = known.and_then(|redis| redis.queues.get(&queue.name)) else { continue };
        let (Some(latency), Some(bound)) = (state.latency, queue.latency) else { continue };
        if u128::from(latency) > bound.as_millis() {
            let message = format!(
                "the oldest of {} jobs in the queue {} has waited {}, and {} is declared; it wants more capacity, or fewer jobs",
                state.depth,
                queue.name,
                span(latency),
                span(u64::try_from(bound.as_millis()).unwrap_or(u64::MAX))
            );
            lints.push(Lint {
                host: None,
                item: queue.name.clone(),
                subject: queue.name.clone(),
                code: "queue-late",
                message,
            });
        }
    }
    lints
}

/// Milliseconds in words.
fn span(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}
