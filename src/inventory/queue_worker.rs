//! Kinds of workers: their templates, what a process takes, and what it serves.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::context::Context;
use super::problem::Problem;
use super::queue::{Queues, Quieting, UnitTemplate, WorkerDeclaration, WorkerProgram};
use super::queue_build::{Lost, Tables, choose, host};
use super::queue_database::not_pooled;
use super::queue_settings::{Counted, Settings, settings};
use super::suggest::{nearest, shown};
use super::text::{GroupName, Located, TemplateText};
use super::types_queue::{ProgramName, WorkerTable};
use super::types_queue_forms::WordOrBool;
use crate::names::HostName;

/// How long work in progress may take once a worker is asked to take no new one.
const DRAIN: Duration = Duration::from_secs(60);
/// No drain is longer.
const LONGEST: Duration = Duration::from_secs(86_400);
/// Thousandths of a core that a busy process takes.
const CPU: u32 = 1000;
/// The least memory that a process can have.
const LEAST_MEMORY: u64 = 1 << 20;
/// The most: more than any machine has.
const MOST_MEMORY: u64 = 1 << 50;
/// Signals that may ask a process to take no new work; others end it.
const SIGNALS: [&str; 10] = ["TSTP", "USR1", "USR2", "HUP", "INT", "QUIT", "WINCH", "TTIN", "TTOU", "CONT"];

/// Resolves `[workers]`.
pub(super) fn build(
    tables: &Tables,
    queues: &Queues,
    lost: Lost,
    context: &mut Context<'_>,
) -> BTreeMap<String, WorkerDeclaration> {
    let mut declarations = BTreeMap::new();
    let mut templates: BTreeMap<&str, (&Located<GroupName>, &Located<TemplateText>)> = BTreeMap::new();
    for (name, table) in &tables.workers {
        if let Some((other, before)) = templates.insert(table.unit.as_str(), (name, &table.unit)) {
            context.problems.push(
                Problem::new(
                    "duplicate",
                    format!("workers.{} and workers.{} have the same template", other.value, name.value),
                )
                .label(before.span.clone(), format!("of {}", other.value))
                .label(table.unit.span.clone(), format!("of {}", name.value))
                .help("one template is one kind; give a new shape of it a template of its own"),
            );
        }
        if let Some(declaration) = worker(name, table, tables, queues, lost, context) {
            declarations.insert(declaration.name.clone(), declaration);
        }
    }
    declarations
}

fn worker(
    name: &Located<GroupName>,
    table: &WorkerTable,
    tables: &Tables,
    queues: &Queues,
    lost: Lost,
    context: &mut Context<'_>,
) -> Option<WorkerDeclaration> {
    let owner = format!("workers.{}", name.value);
    // The schema's pattern lets only templates through.
    let unit = UnitTemplate::parse(table.unit.as_str())?;
    let retired = table.retired.as_ref().is_some_and(|flag| flag.value);
    let hosts = match &table.hosts {
        Some(selector) => context.select(selector).unwrap_or_default(),
        None => context.hosts.clone(),
    };
    let database = database(&owner, name, table, queues, lost, context);
    let pooled = table.pooled.as_ref().is_some_and(|flag| flag.value);
    let bounced =
        database.as_ref().and_then(|name| queues.databases.get(name)).is_some_and(|it| it.pgbouncer.is_some());
    if let (true, false, Some(flag)) = (pooled, bounced, &table.pooled) {
        if database.is_some() {
            context.problems.push(not_pooled(&owner, flag));
        } else if matches!(&table.database, Some(Located { value: WordOrBool::Bool(false), .. })) {
            context.problems.push(
                Problem::new("bad-value", format!("{owner} is pooled, and has no database"))
                    .label(flag.span.clone(), "here"),
            );
        }
    }
    let Settings { connections, concurrency, unit_file } =
        settings(name, table, Counted { database: database.is_some(), lost: lost.workers }, context);
    let serves = serves(&owner, name, table, tables, retired, lost, context);
    Some(WorkerDeclaration {
        name: name.value.to_string(),
        unit,
        hosts,
        // Without a database they are connections to nothing.
        connections: if database.is_some() { connections } else { 0 },
        database,
        pooled,
        concurrency,
        environment: table
            .environment
            .iter()
            .map(|(name, value)| (name.value.to_string(), value.value.clone()))
            .collect(),
        stop_timeout: table.stop_timeout.as_ref().and_then(|span| time(&owner, "stop_timeout", span, context)),
        unit_file,
        cpu: cpu(&owner, table, context),
        memory: memory(&owner, name, table, retired || lost.workers, context),
        serves,
        retired,
        pins: pins(&owner, table, retired, context),
        quiet: quiet(&owner, table, context),
        drain: table.drain.as_ref().map_or(Some(DRAIN), |span| time(&owner, "drain", span, context)).unwrap_or(DRAIN),
        program: program(&owner, name, table, queues, lost, retired, context),
        origin: context.origin(&name.span),
    })
}

fn database(
    owner: &str,
    name: &Located<GroupName>,
    table: &WorkerTable,
    queues: &Queues,
    lost: Lost,
    context: &mut Context<'_>,
) -> Option<String> {
    let named = match &table.database {
        Some(Located { value: WordOrBool::Bool(false), .. }) => return None,
        Some(Located { value: WordOrBool::Bool(true), span }) => {
            context.problems.push(
                Problem::new("bad-value", format!("`database` of {owner} can't be true"))
                    .label(span.clone(), "this value")
                    .help("write the name of a [database] table, or false for none"),
            );
            return None;
        }
        Some(Located { value: WordOrBool::Word(word), span }) => Some((word.as_str(), span)),
        None => None,
    };
    choose("database", named, &queues.databases, lost.database, (owner, &name.span), context).cloned()
}

fn program(
    owner: &str,
    name: &Located<GroupName>,
    table: &WorkerTable,
    queues: &Queues,
    lost: Lost,
    retired: bool,
    context: &mut Context<'_>,
) -> WorkerProgram {
    let needless = |key: &str, program: &str, span: &Range<usize>| {
        Problem::new("unknown-key", format!("`{key}` of {owner} means nothing for {program}"))
            .label(span.clone(), "here")
    };
    match table.program.as_ref().map(|name| name.value).unwrap_or_default() {
        ProgramName::Sidekiq => {
            if let Some(check) = &table.check {
                context.problems.push(
                    needless("check", "Sidekiq, which shows in Redis that it works", &check.span)
                        .help("take it out, or write `program = \"other\"`"),
                );
            }
            let named = table.redis.as_ref().map(|name| (name.as_str(), &name.span));
            let redis = choose("redis", named, &queues.redis, lost.redis, (owner, &name.span), context).cloned();
            WorkerProgram::Sidekiq { redis }
        }
        ProgramName::Other => {
            if let Some(redis) = &table.redis {
                context.problems.push(needless("redis", "another program than Sidekiq", &redis.span));
            }
            let check = table.check.as_ref().map(|check| check.value.clone()).unwrap_or_default();
            let bad = check.first().is_none_or(String::is_empty) || check.iter().any(|word| word.contains('\0'));
            match &table.check {
                Some(table) if bad => context.problems.push(
                    Problem::new("bad-value", format!("`check` of {owner} names no program"))
                        .label(table.span.clone(), "no program"),
                ),
                None if !retired && !lost.workers => context.problems.push(
                    Problem::new("missing-key", format!("nothing tells whether an instance of {owner} works"))
                        .label(name.span.clone(), "`check` is missing")
                        .help("write a command that succeeds once it does: check = [\"systemctl\", \"is-active\", \"x@%i\"]"),
                ),
                _ => {}
            }
            WorkerProgram::Other { check }
        }
    }
}

fn quiet(owner: &str, table: &WorkerTable, context: &mut Context<'_>) -> Quieting {
    let bad = |text: &str, span: &Range<usize>| {
        Problem::new("bad-value", format!("`quiet` of {owner} can't be {}", shown(text)))
            .label(span.clone(), "this value")
            .help(format!("write false, \"reload\", or a signal: {}", SIGNALS.join(", ")))
    };
    let Some(choice) = &table.quiet else {
        return match table.program.as_ref().map(|name| name.value).unwrap_or_default() {
            ProgramName::Sidekiq => Quieting::Signal("TSTP".to_owned()),
            ProgramName::Other => Quieting::None,
        };
    };
    match &choice.value {
        WordOrBool::Bool(false) => Quieting::None,
        WordOrBool::Bool(true) => {
            context.problems.push(bad("true", &choice.span));
            Quieting::None
        }
        WordOrBool::Word(word) if word == "reload" => Quieting::Reload,
        WordOrBool::Word(word) => {
            let signal = word.strip_prefix("SIG").unwrap_or(word);
            if !SIGNALS.contains(&signal) {
                context.problems.push(bad(&format!("\"{word}\""), &choice.span));
            }
            Quieting::Signal(signal.to_owned())
        }
    }
}

fn time(owner: &str, key: &str, span: &Located<super::text::TimeSpan>, context: &mut Context<'_>) -> Option<Duration> {
    let time = span.value.0;
    if !time.is_zero() && time <= LONGEST {
        return Some(time);
    }
    context.problems.push(
        Problem::new("out-of-range", format!("`{key}` of {owner} is out of range"))
            .label(span.span.clone(), "must be from 1s to 1d"),
    );
    None
}

fn cpu(owner: &str, table: &WorkerTable, context: &mut Context<'_>) -> u32 {
    let Some(cpu) = &table.cpu else { return CPU };
    let sidekiq = table.program.as_ref().map(|name| name.value).unwrap_or_default() == ProgramName::Sidekiq;
    if cpu.value.0 == 0 {
        context.problems.push(
            Problem::new("out-of-range", format!("`cpu` of {owner} is out of range"))
                .label(cpu.span.clone(), "a process takes something")
                .help("write the cores that a busy process takes, such as 0.3"),
        );
    } else if sidekiq && cpu.value.0 > CPU {
        context.problems.push(
            Problem::new("out-of-range", format!("`cpu` of {owner} is more than a Ruby process can take"))
                .label(cpu.span.clone(), "must be at most 1.0")
                .help("threads of Ruby share one core; write 1.0 or less, or `program = \"other\"`"),
        );
    }
    cpu.value.0
}

fn memory(
    owner: &str,
    name: &Located<GroupName>,
    table: &WorkerTable,
    may_lack: bool,
    context: &mut Context<'_>,
) -> u64 {
    let Some(memory) = &table.memory else {
        if !may_lack {
            context.problems.push(
                Problem::new("missing-key", format!("`{owner}` lacks the key `memory`"))
                    .label(name.span.clone(), "`memory` is missing")
                    .help("write what a process takes after some hours of work, such as \"450MiB\""),
            );
        }
        return 0;
    };
    if !(LEAST_MEMORY..=MOST_MEMORY).contains(&memory.value.0) {
        context.problems.push(
            Problem::new("out-of-range", format!("`memory` of {owner} is out of range"))
                .label(memory.span.clone(), "must be from 1MiB to 1024TiB"),
        );
    }
    memory.value.0
}

fn serves(
    owner: &str,
    name: &Located<GroupName>,
    table: &WorkerTable,
    tables: &Tables,
    retired: bool,
    lost: Lost,
    context: &mut Context<'_>,
) -> BTreeMap<String, u32> {
    if table.serves.is_empty() && !retired && !lost.workers {
        context.problems.push(
            Problem::new("missing-key", format!("{owner} serves no queue"))
                .label(name.span.clone(), "`serves` is missing")
                .help("write `serves = { QUEUE = capacity }`, what one process does of a queue"),
        );
    }
    for queue in table.serves.keys() {
        if lost.queues || tables.queues.contains_key(queue) {
            continue;
        }
        let near = nearest(queue.as_str(), tables.queues.keys().map(|name| name.as_str()));
        // What ends may serve what nobody asks for any more; a slip of the hand is one all the same.
        if retired && near.is_none() {
            continue;
        }
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare it: [queues.{}]", queue.value),
        };
        context.problems.push(
            Problem::new("unknown-name", format!("no queue is called `{}`", queue.value))
                .label(queue.span.clone(), "unknown")
                .help(help),
        );
    }
    table.serves.iter().map(|(queue, capacity)| (queue.value.to_string(), capacity.value.0)).collect()
}

fn pins(owner: &str, table: &WorkerTable, retired: bool, context: &mut Context<'_>) -> BTreeMap<HostName, u32> {
    if let (true, Some((pin, _)), Some(flag)) = (retired, table.pins.iter().next(), &table.retired) {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} is retired and pinned"))
                .label(flag.span.clone(), "must end at none")
                .label(pin.span.clone(), "must run here")
                .help("take one of the two out"),
        );
    }
    let mut pins = BTreeMap::new();
    for (name, count) in &table.pins {
        if let Some(host) = host(name, context) {
            pins.insert(host, count.value.0);
        }
    }
    pins
}
