//! Declared units of systemd: what is to run, what is added to their unit files, and timers.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use super::context::Context;
use super::problem::Problem;
use super::queue::Queues;
use super::run::{Invocation, invocation};
use super::source::Origin;
use super::text::{GroupName, Located};
use super::types::Restart;
use super::types_unit::{TimerTable, UnitState, UnitTable};
use super::{unit_calendar, unit_drop_in};
use crate::names::{HostName, RemotePath, UnitName};

/// One declared unit.
#[derive(Clone, Debug)]
pub struct UnitDeclaration {
    /// The name in the inventory.
    pub name: String,
    /// The hosts that have it.
    pub hosts: BTreeSet<HostName>,
    /// The unit; of a timer, the service that it starts.
    pub unit: UnitName,
    /// Whether it is to run, if declared; of a timer, whether the timer is.
    pub state: Option<UnitState>,
    /// Whether it is to start at boot, if declared; of a timer, whether the timer is.
    pub enabled: Option<bool>,
    /// The texts of its drop-ins, by name; each ends with a line break.
    pub drop_ins: BTreeMap<String, String>,
    /// What to do with it, where it runs, after its files changed.
    pub restart: Restart,
    /// What starts it by the calendar, where fleet writes it.
    pub timer: Option<TimerDeclaration>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A command that runs by the calendar.
#[derive(Clone, Debug)]
pub struct TimerDeclaration {
    /// The timer's unit.
    pub unit: UnitName,
    /// As `OnCalendar=` takes it.
    pub calendar: String,
    /// What runs.
    pub command: Invocation,
    /// The user as whom it runs; `None`: root.
    pub user: Option<String>,
    /// The directory that it runs in.
    pub directory: Option<RemotePath>,
    /// Whether a time that passed while the host was down is made up for.
    pub persistent: bool,
    /// How late it may run.
    pub accuracy: Option<Duration>,
    /// How much later it may run by chance.
    pub random_delay: Option<Duration>,
    /// After which it is ended.
    pub timeout: Option<Duration>,
    /// For people who look at the host.
    pub description: String,
}

/// Resolves all declared units. `lost`: something of them was lost to other problems, so that what is missing is no news.
pub(super) fn build(
    table: BTreeMap<Located<GroupName>, UnitTable>,
    lost: bool,
    queues: &Queues,
    context: &mut Context<'_>,
) -> BTreeMap<String, UnitDeclaration> {
    let mut declarations = BTreeMap::new();
    let mut taken: BTreeMap<(HostName, String), (GroupName, Range<usize>)> = BTreeMap::new();
    for (name, table) in table {
        let owner = format!("unit.{}", name.value);
        let hosts = context.select(&table.hosts).unwrap_or_default();
        let (unit, span) = unit_name(&name, &table, context);
        let timer = table.timer.as_ref().map(|timer| self::timer(&owner, &name, timer, context));
        let units: Vec<&UnitName> = [&unit].into_iter().chain(timer.as_ref().map(|timer| &timer.unit)).collect();
        clashes(&name, &units, &span, &hosts, &mut taken, context);
        of_workers(&owner, &unit, &span, &hosts, queues, context);
        for (drop_in, text) in &table.drop_ins {
            unit_drop_in::check(&format!("the drop-in `{}` of {owner}", drop_in.value), text, context);
        }
        let says_nothing = table.timer.is_none() && table.state.is_none() && table.enabled.is_none();
        if says_nothing && table.drop_ins.is_empty() && !lost {
            context.problems.push(
                Problem::new("empty", format!("{owner} declares nothing of {unit}"))
                    .label(name.span.clone(), "nothing to keep")
                    .help("say `state`, `enabled`, `drop_ins` or `timer`"),
            );
        }
        let declaration = UnitDeclaration {
            name: name.value.to_string(),
            hosts,
            state: table.state.map(|state| state.value).or(timer.as_ref().map(|_| UnitState::Running)),
            enabled: table.enabled.map(|enabled| enabled.value).or(timer.as_ref().map(|_| true)),
            drop_ins: table.drop_ins.into_iter().map(|(name, text)| (name.to_string(), whole(text.value))).collect(),
            restart: table.restart,
            unit,
            timer,
            origin: context.origin(&name.span),
        };
        declarations.insert(declaration.name.clone(), declaration);
    }
    declarations
}

/// A text file ends with a line break.
fn whole(text: String) -> String {
    if text.ends_with('\n') { text } else { text + "\n" }
}

/// The unit and where it is named.
fn unit_name(name: &Located<GroupName>, table: &UnitTable, context: &mut Context<'_>) -> (UnitName, Range<usize>) {
    let Some(unit) = &table.unit else {
        return (UnitName::new(format!("{}.service", name.value)), name.span.clone());
    };
    let owner = format!("unit.{}", name.value);
    if let Some(timer) = &table.timer {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} names a unit, and has a timer"))
                .label(unit.span.clone(), "take this out")
                .label(timer.span.clone(), "its units are named by the table")
                .help("rename the table to rename its timer"),
        );
    }
    let text = unit.as_str();
    if text.starts_with(['.', '@']) || text.contains("@.") {
        let message = if text.contains("@.") {
            format!("{owner} names a template, of which nothing runs by itself")
        } else {
            format!("{owner} names no unit")
        };
        context.problems.push(
            Problem::new("bad-value", message)
                .label(unit.span.clone(), "this unit")
                .help("name an instance, such as \"app@1.service\"; processes of a template are for [workers.NAME]"),
        );
    }
    (UnitName::new(text), unit.span.clone())
}

/// Two items for the same unit on one host would undo each other.
fn clashes(
    name: &Located<GroupName>,
    units: &[&UnitName],
    span: &Range<usize>,
    hosts: &BTreeSet<HostName>,
    taken: &mut BTreeMap<(HostName, String), (GroupName, Range<usize>)>,
    context: &mut Context<'_>,
) {
    let mut told: BTreeMap<usize, Problem> = BTreeMap::new();
    for host in hosts {
        for unit in units {
            let place = (name.value.clone(), span.clone());
            let Some((other, before)) = taken.insert((host.clone(), unit.to_string()), place) else { continue };
            told.entry(before.start).or_insert_with(|| {
                Problem::new("unit-twice", format!("unit.{other} and unit.{} are both {unit} on {host}", name.value))
                    .label(before, format!("unit.{other}"))
                    .label(span.clone(), format!("unit.{}", name.value))
                    .help("let their `hosts` differ, or make one declaration of the two")
            });
        }
    }
    if !context.doubtful {
        context.problems.extend(told.into_values());
    }
}

/// How many instances of a worker's template run, and with what, is decided elsewhere.
fn of_workers(
    owner: &str,
    unit: &UnitName,
    span: &Range<usize>,
    hosts: &BTreeSet<HostName>,
    queues: &Queues,
    context: &mut Context<'_>,
) {
    let theirs = |worker: &&super::queue::WorkerDeclaration| {
        worker.unit.instance_of(unit.as_str()).is_some() && !worker.hosts.is_disjoint(hosts)
    };
    if let Some(worker) = queues.workers.values().find(theirs) {
        context.problems.push(
            Problem::new("unit-of-workers", format!("{unit} of {owner} is a process of workers.{}", worker.name))
                .label(span.clone(), format!("managed by [workers.{}], {}", worker.name, worker.origin))
                .help("say how many run with [queues] and `pins`, and what they run with in [workers.NAME]"),
        );
    }
}

fn timer(
    owner: &str,
    name: &Located<GroupName>,
    table: &Located<TimerTable>,
    context: &mut Context<'_>,
) -> TimerDeclaration {
    if let Err((message, help)) = unit_calendar::check(&table.calendar) {
        context.problems.push(
            Problem::new("bad-calendar", format!("`calendar` of {owner}: {message}"))
                .label(table.calendar.span.clone(), "this time")
                .help(help),
        );
    }
    let command = invocation(owner, "command", &table.command, context);
    for problem in unit_drop_in::of_command(owner, &command) {
        context.problems.push(problem.label(table.command.span.clone(), "this command"));
    }
    if let Some(timeout) = table.timeout.as_ref().filter(|timeout| timeout.value.0.is_zero()) {
        context.problems.push(
            Problem::new("out-of-range", format!("the timeout of {owner} leaves no time"))
                .label(timeout.span.clone(), "must be at least 1s"),
        );
    }
    for (key, text, span) in [
        table.description.as_ref().map(|it| ("description", it.value.as_str(), &it.span)),
        table.directory.as_ref().map(|it| ("directory", it.value.as_str(), &it.span)),
    ]
    .into_iter()
    .flatten()
    {
        // A backslash there would continue the line.
        if text.contains(char::is_control) || text.ends_with('\\') || text.trim() != text {
            context.problems.push(
                Problem::new("bad-value", format!("`{key}` of {owner} can't stand in a unit file"))
                    .label(span.clone(), "here")
                    .help("write it on one line, without blanks or a backslash at its end"),
            );
        }
    }
    TimerDeclaration {
        unit: UnitName::new(format!("{}.timer", name.value)),
        calendar: table.calendar.value.trim().to_owned(),
        command,
        user: table.user.as_ref().map(|user| user.to_string()),
        directory: table.directory.as_ref().map(|path| RemotePath::new(path.as_str())),
        persistent: table.persistent,
        accuracy: table.accuracy.map(|span| span.0),
        random_delay: table.random_delay.map(|span| span.0),
        timeout: table.timeout.as_ref().map(|span| span.value.0),
        description: table.description.as_ref().map_or_else(|| name.value.to_string(), |text| text.value.clone()),
    }
}
