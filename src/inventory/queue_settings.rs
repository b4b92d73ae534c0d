//! What one process of a worker takes of a database: from what is declared, its environment and its unit file.

use std::collections::BTreeMap;

use super::context::Context;
use super::problem::Problem;
use super::queue_secrecy::holds_secret;
use super::queue_unit_file::UnitFile;
use super::suggest::shown;
use super::text::{GroupName, Located};
use super::types_queue::{ProgramName, WorkerTable};
use super::types_queue_forms::WordOrBool;

/// Variables that set the size of a process's pool of connections, the first one first. The second is what Rails takes
/// where `database.yml` is as it was generated, and what Sidekiq takes for its threads without `-c`.
const POOL: [&str; 2] = ["DB_POOL", THREADS];
const THREADS: &str = "RAILS_MAX_THREADS";

/// What a process takes, and the unit file that says so.
pub(super) struct Settings {
    pub(super) connections: u32,
    pub(super) concurrency: Option<u32>,
    pub(super) unit_file: Option<String>,
}

/// What its connections count for.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    /// It has a database.
    pub(super) database: bool,
    /// Something of some worker was lost to other problems: what is missing is no news.
    pub(super) lost: bool,
}

/// Resolves them.
pub(super) fn settings(
    name: &Located<GroupName>,
    table: &WorkerTable,
    counted: Counted,
    context: &mut Context<'_>,
) -> Settings {
    let owner = format!("workers.{}", name.value);
    let unit_file = unit_file(&owner, table, context);
    check_environment(&owner, table, context);
    let mut environment: BTreeMap<String, String> =
        unit_file.as_ref().map(|file| file.environment.clone()).unwrap_or_default();
    environment.extend(table.environment.iter().map(|(name, value)| (name.value.to_string(), value.value.clone())));
    let sidekiq = table.program.as_ref().map(|name| name.value).unwrap_or_default() == ProgramName::Sidekiq;
    let in_unit = unit_file.as_ref().filter(|_| sidekiq).and_then(|file| file.concurrency(&environment));
    if let (Some(declared), Some(found)) = (&table.concurrency, in_unit)
        && declared.value != found
    {
        let mut problem = Problem::new(
            "bad-value",
            format!("two things are said about the threads of {owner}: {} and {found}", declared.value),
        )
        .label(declared.span.clone(), "declared");
        if let Some(file) = &table.unit_file {
            problem = problem.label(file.span.clone(), format!("its `ExecStart=` says {found}"));
        }
        context.problems.push(problem.help("let the two agree, or take `concurrency` out"));
    }
    let number = |variable: &str| environment.get(variable).and_then(|value| value.trim().parse::<u32>().ok());
    let threads = table
        .concurrency
        .as_ref()
        .map(|threads| threads.value)
        .or(in_unit)
        .or_else(|| number(THREADS).filter(|_| sidekiq));
    let pool = POOL.iter().find_map(|variable| number(variable));
    // A unit file that can't be read might have told.
    let lost = counted.lost || (unit_file.is_none() && table.unit_file.is_some());
    let connections = connections(&owner, name, table, Counted { lost, ..counted }, (pool, threads), context);
    Settings { connections, concurrency: threads, unit_file: unit_file.map(|file| file.text) }
}

fn connections(
    owner: &str,
    name: &Located<GroupName>,
    table: &WorkerTable,
    counted: Counted,
    (pool, threads): (Option<u32>, Option<u32>),
    context: &mut Context<'_>,
) -> u32 {
    let sidekiq = table.program.as_ref().map(|name| name.value).unwrap_or_default() == ProgramName::Sidekiq;
    let taken = match (pool, threads) {
        (Some(pool), Some(threads)) => Some(pool.min(threads)),
        (pool, threads) => pool.or(threads),
    }
    .filter(|_| sidekiq);
    let Some(declared) = &table.connections else {
        if let (None, Counted { database: true, lost: false }) = (taken, counted) {
            context.problems.push(
                Problem::new("missing-key", format!("nobody says how many connections a process of {owner} takes"))
                    .label(name.span.clone(), "`connections` is missing")
                    .help(if sidekiq {
                        "declare `connections`; or `concurrency`, or DB_POOL in `environment`: the smaller one counts. \
                         `database = false` if it takes none"
                    } else {
                        "declare `connections`, or `database = false` if it takes none"
                    }),
            );
        }
        return taken.unwrap_or(0);
    };
    if let (Some(pool), Some(threads)) = (pool, threads)
        && counted.database
        && sidekiq
        && declared.value < pool.min(threads)
    {
        context.problems.push(
            Problem::new(
                "bad-value",
                format!("a process of {owner} takes up to {} connections, not {}", pool.min(threads), declared.value),
            )
            .label(declared.span.clone(), format!("its pool has {pool}, and it has {threads} threads"))
            .help("lower the pool or the threads, or take `connections` out: the smaller of the two counts"),
        );
    }
    if let (Some(Located { value: WordOrBool::Bool(false), span }), true) = (&table.database, declared.value > 0) {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} has connections and no database"))
                .label(declared.span.clone(), "connections to what?")
                .label(span.clone(), "to none"),
        );
    }
    declared.value
}

fn check_environment(owner: &str, table: &WorkerTable, context: &mut Context<'_>) {
    for (name, value) in &table.environment {
        if holds_secret(name.as_str(), value) {
            context.problems.push(
                Problem::new("bad-secret", format!("`{}` in `environment` of {owner} is a secret", name.value))
                    .label(name.span.clone(), "a secret")
                    .hide(value.span.clone())
                    .help("every user of a host can read what a drop-in sets: keep it in a file there, for `EnvironmentFile=`"),
            );
        } else if value.chars().any(|c| c.is_control() && c != '\t') {
            context.problems.push(
                Problem::new("bad-value", format!("`{}` of {owner} can't have this value", name.value))
                    .label(value.span.clone(), "has a control character"),
            );
        } else if POOL.contains(&name.as_str())
            && !value.trim().parse::<u32>().is_ok_and(|size| (1..=10_000).contains(&size))
        {
            context.problems.push(
                Problem::new("bad-value", format!("`{}` of {owner} is no number of connections", name.value))
                    .label(value.span.clone(), "must be from 1 to 10000"),
            );
        }
    }
}

fn unit_file(owner: &str, table: &WorkerTable, context: &mut Context<'_>) -> Option<UnitFile> {
    let path = table.unit_file.as_ref()?;
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    if name != table.unit.as_str() {
        context.problems.push(
            Problem::new("bad-value", format!("the unit file of {owner} has another name than its template"))
                .label(table.unit.span.clone(), "the template")
                .label(path.span.clone(), "the file")
                .help(format!("call the file {}", table.unit.value)),
        );
    }
    match UnitFile::read(&context.dir.join(path.as_str())) {
        Ok(file) => Some(file),
        Err(why) => {
            context.problems.push(
                Problem::new(
                    "bad-file",
                    format!("can't take the unit file of {owner}, {}: {why}", shown(path.as_str())),
                )
                .label(path.span.clone(), "this file"),
            );
            None
        }
    }
}
