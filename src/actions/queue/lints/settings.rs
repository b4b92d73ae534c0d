//! Lints of what instances run with. Pure.

use super::{Groups, Lint, Look, least_stop_timeout};

pub(super) fn lints(look: &Look<'_>) -> Vec<Lint> {
    [pools(look), beaten(look), otherwise(look), unread(look), timeouts(look)].concat()
}

/// Threads and connections.
fn pools(look: &Look<'_>) -> Vec<Lint> {
    let (mut small, mut large) = (Groups::new(), Groups::new());
    for (host, kind, instance) in look.instances().filter(|(_, kind, _)| kind.database.is_some()) {
        let settings = if instance.runs() { &instance.settings } else { &instance.on_disk };
        let concurrency = settings.concurrency.or(kind.concurrency);
        let (Some(pool), Some(concurrency)) = (settings.pool, concurrency) else { continue };
        if pool < concurrency {
            small.add(host, instance, (pool, concurrency));
        } else if pool > concurrency {
            large.add(host, instance, (pool, concurrency));
        }
    }
    let mut lints = small.tell("pool-too-small", |who, (pool, concurrency)| {
        format!(
            "{} {concurrency} threads with a pool of {pool} connections: a job that finds none fails after 5 s; set DB_POOL \
             to {concurrency}, or run {pool} threads",
            who.does("has", "have")
        )
    });
    lints.extend(large.tell("pool-too-large", |who, (pool, concurrency)| {
        format!(
            "{} a pool of {pool} connections for {concurrency} threads, which never take more than {concurrency}: set \
             DB_POOL to {concurrency}, so that nobody counts the others",
            who.does("has", "have")
        )
    }));
    lints
}

/// `Environment=` that an env file beats.
fn beaten(look: &Look<'_>) -> Vec<Lint> {
    let mut groups = Groups::new();
    for (host, _, instance) in look.instances() {
        for beaten in &instance.beaten {
            groups.add(host, instance, beaten.clone());
        }
    }
    groups.tell("drop-in-without-effect", |who, beaten| {
        format!(
            "Environment= of {} says {variable}={}, which has no effect: {path} says {variable}={}, and an EnvironmentFile= wins \
             over any Environment=, a drop-in's too; set it there, or take it out of {path}",
            who.name,
            beaten.unit,
            beaten.file,
            variable = beaten.variable,
            path = beaten.path
        )
    })
}

/// Processes that run with something else than their files say, though they started after these last changed.
fn otherwise(look: &Look<'_>) -> Vec<Lint> {
    let mut groups = Groups::new();
    for (host, _, instance) in look.instances().filter(|(_, _, instance)| instance.started_since == Some(true)) {
        for (variable, on_disk) in &instance.on_disk.environment {
            if let Some(live) = instance.settings.environment.get(variable).filter(|live| *live != on_disk) {
                groups.add(host, instance, (variable.clone(), on_disk.clone(), live.clone()));
            }
        }
        let (live, on_disk) = (instance.settings.concurrency, instance.on_disk.concurrency);
        if let (Some(live), Some(on_disk)) = (live, on_disk)
            && live != on_disk
        {
            groups.add(host, instance, ("threads".to_owned(), on_disk.to_string(), live.to_string()));
        }
    }
    groups.tell("set-elsewhere", |who, (variable, on_disk, live)| {
        format!(
            "{} with {variable} {live} though unit file, drop-ins and env files say {on_disk} and are older: another restart \
             changes nothing; look for what sets it in the program that ExecStart= names",
            who.does("runs", "run")
        )
    })
}

/// Unit files that systemd has not read.
fn unread(look: &Look<'_>) -> Vec<Lint> {
    let mut groups = Groups::new();
    for (host, _, instance) in look.instances().filter(|(_, _, instance)| instance.needs_reload) {
        groups.add(host, instance, ());
    }
    groups.tell("daemon-reload", |who, ()| {
        format!(
            "the unit file or drop-ins of {} changed since systemd read them, and a restart would not take them up: run \
             `systemctl daemon-reload`",
            who.name
        )
    })
}

/// Sidekiq that systemd kills before it has put its jobs back.
fn timeouts(look: &Look<'_>) -> Vec<Lint> {
    let mut groups = Groups::new();
    for (host, kind, instance) in look.instances() {
        let (Some(has), Some(least)) = (instance.stop_timeout, least_stop_timeout(kind, instance)) else { continue };
        if has < least {
            groups.add(host, instance, (has, least));
        }
    }
    groups.tell("stop-timeout-too-short", |who, (has, least)| {
        format!(
            "systemd kills {} {has} s after it asked for the end, and Sidekiq needs up to {least} s to end its jobs or put them \
             back: running jobs are lost; declare `stop_timeout = \"{least}s\"`",
            who.name
        )
    })
}
