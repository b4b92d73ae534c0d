//! Worker queues for people: budgets of connections, queues, and what becomes of hosts.

use std::collections::BTreeMap;

use super::canvas::{BOLD, CYAN, Cell, DIM, GREEN, PLAIN, Page, RED, YELLOW};
use super::queue_figures::{Column, Figure, GAP, Grid, bar, course, courses, time};
use super::text::number_of;
use super::{queue_hosts, queue_steps};
use crate::actions::queue::balance::{Balance, BudgetUse, ClientUse, Course, QueueUse};

/// The bar of a budget is no longer than this, in columns.
const LONGEST_BAR: usize = 60;

/// What is supposed beside what is declared and seen.
pub(super) fn suppositions(page: &mut Page, what_if: &[String]) {
    if !what_if.is_empty() {
        page.heading(CYAN, "what if: ", &what_if.join(", "));
    }
}

/// How queues stand, and how they would: for `check`.
pub(super) fn standing(page: &mut Page, balance: &Balance) {
    budgets(page, balance);
    queues(page, balance);
    if changes(balance) || balance.blocked.is_some() {
        queue_hosts::show(page, balance);
    }
    queue_steps::blocked(page, balance);
}

/// Who is connected to each database, beside who may be: a line for each client, whatever its hosts.
pub(super) fn connected(page: &mut Page, balance: &Balance) {
    for budget in balance.budgets.iter().filter(|budget| !budget.clients.is_empty()) {
        let mut all: BTreeMap<&str, ClientUse> = BTreeMap::new();
        for client in &budget.clients {
            let sum = all.entry(&client.client).or_default();
            sum.open += client.open;
            sum.active += client.active;
            sum.configured = match (sum.configured, client.configured) {
                (None, None) => None,
                (one, other) => Some(one.unwrap_or(0) + other.unwrap_or(0)),
            };
        }
        let number = |number: Option<u32>| number.map(|number| Figure::plain(&number.to_string()));
        let open = |client: &ClientUse| {
            let over = client.configured.is_some_and(|configured| client.open > configured);
            Some(Figure::new(if over { RED.bold() } else { PLAIN }, &client.open.to_string()))
        };
        let columns = [
            Some(Column::words("CLIENT", all.keys().map(|name| Figure::plain(name)).collect())),
            Column::numbers("OPEN", all.values().map(open).collect()),
            Column::numbers("ACTIVE", all.values().map(|client| number(Some(client.active))).collect()),
            Column::numbers("CONFIGURED", all.values().map(|client| number(client.configured)).collect()),
        ];
        let grid = Grid(columns.into_iter().flatten().collect());
        page.heading(PLAIN, "connections of ", &budget.name);
        grid.head(page, 2);
        (0..all.len()).for_each(|row| grid.row(page, 2, row));
    }
}

/// What becomes of workers, in which order, and why: for `plan`.
pub(super) fn planned(page: &mut Page, balance: &Balance) {
    standing(page, balance);
    if changes(balance) {
        queue_steps::show(page, balance);
    }
    queue_steps::optimum(page, balance);
}

/// What became of workers: for `apply`; `whole`: all of it was done.
pub(super) fn done(page: &mut Page, balance: &Balance, whole: bool) {
    if whole || !changes(balance) || balance.blocked.is_some() {
        standing(page, &without_live(balance));
    }
}

/// What was live before the change is no news after it.
fn without_live(balance: &Balance) -> Balance {
    let mut balance = balance.clone();
    balance.budgets.iter_mut().for_each(|budget| (budget.open, budget.clients) = (None, Vec::new()));
    for queue in &mut balance.queues {
        (queue.depth, queue.latency, queue.busy) = (None, None, None);
    }
    balance
}

/// Whether any worker starts or stops.
pub(super) fn changes(balance: &Balance) -> bool {
    !balance.steps.is_empty() || balance.hosts.iter().any(queue_hosts::changes)
}

fn budgets(page: &mut Page, balance: &Balance) {
    for budget in &balance.budgets {
        page.gap();
        page.flow(&budget_in_words(budget));
        if changes(balance) {
            let columns = LONGEST_BAR.min(page.columns().saturating_sub(2));
            let most = budget.limit.max(budget.workers.before).max(budget.workers.after);
            let line = Figure::plain("  ").then(bar(budget.workers, Some(budget.limit), most, columns));
            let line = line.painted(page);
            page.line(&line);
        }
        page.paragraph(2, &Cell::plain(""), &Cell::long(DIM, &budget.derivation));
    }
}

/// `primary: 160 of 177 connections configured, 175 at most during the change → 160 (open now: 96)`.
fn budget_in_words(budget: &BudgetUse) -> Vec<(Cell, &'static str)> {
    let Course { before, during, after } = budget.workers;
    let style = |number: u32| if number > budget.limit { RED } else { PLAIN };
    let mut pieces = vec![
        (Cell::new(BOLD, &format!("{}:", budget.name)), ""),
        (Cell::new(style(before), &format!("{before} of {} connections configured", budget.limit)), " "),
    ];
    if before > budget.limit {
        pieces.push((Cell::new(RED, &format!("{} too many", before - budget.limit)), ", "));
    }
    if before != after || during != before {
        pieces.push((Cell::new(style(during), &format!("{during} at most during the change")), ", "));
        pieces.push((Cell::new(style(after).bold(), &format!("→ {after}")), " "));
    }
    if let Some(open) = budget.open {
        pieces.push((Cell::new(DIM, &format!("(open now: {open})")), " "));
    }
    pieces
}

/// How much of what is wanted there is not.
fn shortfall(queue: &QueueUse) -> Course {
    let of = |capacity: u32| queue.demand.saturating_sub(capacity);
    Course { before: of(queue.capacity.before), during: of(queue.capacity.during), after: of(queue.capacity.after) }
}

fn queues(page: &mut Page, balance: &Balance) {
    let all = &balance.queues;
    if all.is_empty() {
        return;
    }
    page.gap();
    let whole = Grid(columns(balance).into_iter().chain(live(all)).collect());
    if whole.fits(page, 0) {
        whole.head(page, 0);
        (0..all.len()).for_each(|row| whole.row(page, 0, row));
        return;
    }
    let grid = Grid(columns(balance));
    if grid.fits(page, 0) {
        grid.head(page, 0);
        for (row, queue) in all.iter().enumerate() {
            grid.row(page, 0, row);
            page_note(page, queue);
        }
        return;
    }
    for queue in all {
        page.flow(&queue_in_words(queue));
        page_note(page, queue);
    }
}

/// Of each queue what is declared, and what serves it.
fn columns(balance: &Balance) -> Vec<Column> {
    let all = &balance.queues;
    let short: Vec<Course> = all.iter().map(shortfall).collect();
    let any_short = short.iter().any(|it| it.before > 0 || it.after > 0);
    let any_floor = all.iter().any(|queue| queue.floor > 0);
    let style = |number: usize| match short[number] {
        Course { after: 1.., .. } => RED.bold(),
        Course { before: 1.., .. } => GREEN.bold(),
        _ => PLAIN,
    };
    let number = |number: u32| Some(Figure::plain(&number.to_string()));
    let mut columns = vec![
        Column::words("QUEUE", all.iter().map(|queue| Figure::plain(&queue.name)).collect()),
        Column::words("CAPACITY", courses(&all.iter().map(|it| it.capacity).collect::<Vec<_>>(), "", style)),
    ];
    columns.extend(Column::numbers("WANTED", all.iter().map(|queue| number(queue.demand)).collect()));
    if any_short {
        let told = |number: usize| if short[number].after > 0 { RED.bold() } else { PLAIN };
        let mut cells = courses(&short, "", told);
        for (cell, _) in cells.iter_mut().zip(&short).filter(|(_, short)| short.before == 0 && short.after == 0) {
            *cell = Figure::default();
        }
        columns.push(Column::words("SHORT BY", cells));
    }
    if any_floor {
        columns.extend(Column::numbers("FLOOR", all.iter().map(|queue| number(queue.floor)).collect()));
        if changes(balance) {
            let least = |queue: &QueueUse| {
                let style = if queue.capacity.during < queue.floor { RED.bold() } else { PLAIN };
                Some(Figure::new(style, &queue.capacity.during.to_string()))
            };
            columns.extend(Column::numbers("LEAST", all.iter().map(least).collect()));
        }
    }
    let plain = |_| PLAIN;
    columns
        .push(Column::words("PROCESSES", courses(&all.iter().map(|it| it.processes).collect::<Vec<_>>(), "", plain)));
    let connections: Vec<Course> = all.iter().map(|it| it.connections).collect();
    columns.push(Column::words("CONNECTIONS", courses(&connections, "", plain)));
    columns
}

/// Of each queue what Redis says.
fn live(all: &[QueueUse]) -> Vec<Column> {
    let depths = all.iter().map(|queue| Some(Figure::plain(&queue.depth?.to_string())));
    let latencies = all.iter().map(|queue| match (queue.depth, queue.latency) {
        // Nothing waits.
        (Some(0), _) | (_, None) => None,
        (_, Some(latency)) => Some(Figure::plain(&time(latency))),
    });
    let busy = all.iter().map(|queue| Some(Figure::plain(&queue.busy?.to_string())));
    let columns = [
        Column::numbers("DEPTH", depths.collect()),
        Column::numbers("LATENCY", latencies.collect()),
        Column::numbers("BUSY", busy.collect()),
    ];
    columns.into_iter().flatten().collect()
}

/// What Redis says of a queue, where there is no room for columns of it; nothing of one where nothing happens.
fn page_note(page: &mut Page, queue: &QueueUse) {
    let mut words = Vec::new();
    if let Some(depth) = queue.depth.filter(|depth| *depth > 0) {
        let oldest = queue.latency.map_or_else(String::new, |it| format!(", the oldest for {}", time(it)));
        let waits = if depth == 1 { "waits" } else { "wait" };
        words.push(format!("{} {waits}{oldest}", number_of(usize::try_from(depth).unwrap_or(usize::MAX), "job")));
    }
    if let Some(busy) = queue.busy.filter(|busy| *busy > 0) {
        words.push(format!("{busy} in work"));
    }
    if !words.is_empty() {
        page.paragraph(GAP, &Cell::plain(""), &Cell::new(DIM, &words.join("; ")));
    }
}

/// Where there is no room for any table.
fn queue_in_words(queue: &QueueUse) -> Vec<(Cell, &'static str)> {
    let short = shortfall(queue).after;
    let style = if short > 0 { RED } else { PLAIN };
    let mut pieces = vec![
        (Cell::new(BOLD, &format!("{}:", queue.name)), ""),
        (Cell::new(style, &format!("capacity {} of {}", course(queue.capacity), queue.demand)), " "),
    ];
    if short > 0 {
        pieces.push((Cell::new(RED, &format!("{short} short")), ", "));
    }
    if queue.floor > 0 {
        pieces.push((Cell::plain(&format!("floor {}", queue.floor)), ", "));
    }
    pieces.push((Cell::plain(&format!("processes {}", course(queue.processes))), ", "));
    pieces.push((Cell::plain(&format!("connections {}", course(queue.connections))), ", "));
    pieces
}

/// A plan that would do nothing, and is what is wanted.
pub(super) fn is_content(balance: &Balance) -> bool {
    balance.blocked.is_none() && !changes(balance)
}

/// The colour of what is proven or not.
pub(super) const fn proof(proven: bool) -> anstyle::Style {
    if proven { GREEN } else { YELLOW }
}
