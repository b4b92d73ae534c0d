//! `fleet queue`: thin commands over the planner of worker queues.

mod adopt;
pub(super) mod last;

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::actions;
use crate::actions::queue::balance::Balance;
use crate::actions::queue::what_if::{self, Names, WhatIf};
use crate::actions::queue::{Last, Queue};
use crate::engine::action::{Action, World};
use crate::engine::deferred::NoProvider;
use crate::engine::status::Failure;
use crate::inventory::Inventory;
use crate::report::{ExitCode, Ui};

use super::act;
use super::app::{self, CliError};
use super::args::{Global, QueueCommand, Solving};
use super::base::Base;
use last::{LastError, Memory};

/// The action, as reports name it.
pub(super) const KIND: &str = "queue";

/// `fleet queue …`
pub(super) async fn run(global: &Global, ui: &Ui, command: &QueueCommand) -> Result<ExitCode, CliError> {
    match command {
        QueueCommand::Check { what_if, solving } => {
            act::check(global, ui, Some(KIND), &Asked::of(solving, what_if.what_if.as_deref())).await
        }
        QueueCommand::Plan { out, what_if, solving } => {
            let asked = Asked::of(solving, what_if.what_if.as_deref());
            if asked.what_if.is_some() && out.is_some() {
                let message = "a plan from what is only supposed cannot be applied, so it is not written";
                return Err(not_applied(message, "leave out --what-if, or --out"));
            }
            let inventory = app::load(global, ui)?;
            let supposed = supposed(&inventory, &asked)?;
            let base = Base::open(global)?;
            let clock = asked.clock();
            let go_on = || clock.goes_on();
            let known =
                act::Known { queue: known(&inventory, &base, supposed, &clock, &go_on)?, ..act::Known::default() };
            act::plan_with(global, ui, KIND, &inventory, &base, &known, out.as_deref()).await
        }
        QueueCommand::Apply { what_if: Some(_), .. } => {
            let hint = "change the inventory to what you want, then apply that";
            Err(not_applied("what is only supposed cannot be applied", hint))
        }
        QueueCommand::Apply { solving, .. } => {
            let asked = Asked::of(solving, None);
            let inventory = app::load(global, ui)?;
            let base = Base::open(global)?;
            let clock = asked.clock();
            let go_on = || clock.goes_on();
            let queue = known(&inventory, &base, Supposed::default(), &clock, &go_on)?;
            let known = act::Known { queue, ..act::Known::default() };
            act::apply_with(global, ui, KIND, &inventory, &base, &known, &NoProvider).await
        }
        QueueCommand::Adopt(arguments) => adopt::adopt(global, ui, arguments).await,
    }
}

fn not_applied(message: &str, hint: &str) -> CliError {
    CliError::usage(Failure::new("what-if-is-not-applied", message, hint))
}

/// What the command line asks of planning.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked<'a> {
    what_if: Option<&'a str>,
    solve_time: Duration,
}

impl<'a> Asked<'a> {
    pub(super) fn of(solving: &Solving, what_if: Option<&'a str>) -> Self {
        Self { what_if, solve_time: solving.solve_time }
    }

    /// For the search.
    pub(super) fn clock(&self) -> Clock {
        Clock { begun: Cell::new(None), limit: self.solve_time }
    }
}

/// The same, understood.
#[derive(Debug, Default)]
pub(super) struct Supposed {
    what_if: Vec<WhatIf>,
    words: Vec<String>,
}

/// Reads what is supposed; names in it must be of the inventory.
pub(super) fn supposed(inventory: &Inventory, asked: &Asked<'_>) -> Result<Supposed, CliError> {
    let text = asked.what_if.unwrap_or_default();
    let queues = inventory.queues();
    let names = Names {
        databases: queues.databases.keys().map(String::as_str).collect(),
        queues: queues.queues.keys().map(String::as_str).collect(),
        kinds: queues.workers.keys().map(String::as_str).collect(),
        hosts: inventory.hosts().keys().map(crate::names::HostName::as_str).collect(),
    };
    let what_if = what_if::parse(text, &names)
        .map_err(|error| CliError::usage(Failure::new("bad-what-if", error.message, error.hint)))?;
    let words = text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
    Ok(Supposed { what_if, words })
}

/// What planning knows of workers, and the words for what is supposed.
#[derive(Default)]
pub(super) struct Known<'a> {
    pub(super) planning: actions::queue::Known<'a>,
    pub(super) what_if: Vec<String>,
    clock: Option<&'a Clock>,
}

/// The time for a search, which begins with its first question.
#[derive(Debug)]
pub(super) struct Clock {
    begun: Cell<Option<Instant>>,
    limit: Duration,
}

impl Clock {
    /// Whether there is time left.
    pub(super) fn goes_on(&self) -> bool {
        let begun = self.begun.get().unwrap_or_else(Instant::now);
        self.begun.set(Some(begun));
        begun.elapsed() < self.limit
    }
}

/// What planning knows: what last ran on hosts that may not answer, what is supposed, and how long it may take.
pub(super) fn known<'a>(
    inventory: &Inventory,
    base: &Base,
    supposed: Supposed,
    clock: &'a Clock,
    go_on: &'a dyn Fn() -> bool,
) -> Result<Known<'a>, CliError> {
    let last = if inventory.queues().workers.is_empty() {
        Last::new()
    } else {
        let unreadable = |error: LastError| CliError::of(ExitCode::Failure, &error, error.code(), error.hint());
        Memory::of(base.state.path()).load().map_err(unreadable)?
    };
    let Supposed { what_if, words } = supposed;
    Ok(Known { planning: actions::queue::Known { last, what_if, go_on }, what_if: words, clock: Some(clock) })
}

/// What a look says of workers.
#[derive(Default)]
pub(super) struct Workers {
    pub(super) balance: Option<Balance>,
    pub(super) last: Last,
}

/// How workers stand, and what runs now; the time for the search begins anew.
pub(super) fn workers(queue: &Queue<'_>, known: &Known<'_>, world: &World<'_>) -> Workers {
    if let Some(clock) = known.clock {
        clock.begun.set(None);
    }
    Workers { balance: queue.balance(world), last: queue.remembered(world) }
}

/// Keeps what was seen for the day on which a host does not answer.
pub(super) fn remember(ui: &Ui, base: &Base, last: Last) {
    if let Err(error) = Memory::of(base.state.path()).remember(last) {
        forgotten(ui, &error);
    }
}

fn forgotten(ui: &Ui, error: &LastError) {
    ui.warn(&format!("what runs on these hosts is not remembered: {error}; {}", error.hint()));
}

/// Before a change, remembers the most that may run meanwhile: a host may be lost in the middle of it.
pub(super) fn remember_most(ui: &Ui, inventory: &Inventory, base: &Base, balance: &Balance) {
    let memory = Memory::of(base.state.path());
    let kept = memory.load().and_then(|last| memory.remember(last::at_most(last, inventory.queues(), balance)));
    if let Err(error) = kept {
        forgotten(ui, &error);
    }
}

/// After a change, looks at what runs now.
pub(super) async fn look_again(global: &Global, ui: &Ui, inventory: &Inventory, base: &Base) {
    let planning = actions::queue::Known { go_on: &|| false, ..actions::queue::Known::default() };
    let queue = Queue::of(inventory, &planning);
    let actions: Vec<Box<dyn Action + '_>> = vec![Box::new(&queue)];
    let mut last = Last::new();
    let mut also = |world: &World<'_>| last = queue.remembered(world);
    let global = Global { save_facts: None, limit: None, ..global.clone() };
    match act::look_with(&global, ui, inventory, base, &actions, false, &mut also).await {
        Ok(_) => remember(ui, base, last),
        Err(error) => ui.warn(&format!("what runs now was not looked at: {}", error.failure_of().message)),
    }
}
