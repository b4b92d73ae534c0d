//! A balance explained: its steps, the reasons, what binds, and what would help.

use std::collections::{BTreeMap, BTreeSet};

use super::canvas::{BOLD, CYAN, Cell, DIM, GREEN, PLAIN, Page, RED, Row, YELLOW};
use super::fold::names;
use super::queue;
use super::text::number_of;
use crate::actions::queue::balance::{Balance, BudgetUse, Reason, StepUse};
use crate::names::HostName;

/// Of more steps the first and the last are shown.
const MANY: usize = 24;

pub(super) fn show(page: &mut Page, balance: &Balance) {
    steps(page, balance);
    reasons(page, &balance.reasons);
}

fn steps(page: &mut Page, balance: &Balance) {
    if balance.steps.is_empty() {
        return;
    }
    let title = number_of(balance.steps.len(), "step");
    let once = if balance.steps.len() > 1 { ", each once the one before has ended well" } else { "" };
    page.heading(BOLD, "", &format!("{title}{once}"));
    let header: Vec<&str> =
        ["", "STEP"].into_iter().chain(balance.budgets.iter().map(|budget| budget.name.as_str())).collect();
    let count = balance.steps.len();
    let is_shown = |number: usize| count <= MANY || number < MANY / 2 || number >= count - MANY / 2;
    let mut rows: Vec<Row> = Vec::new();
    for (number, step) in balance.steps.iter().enumerate().filter(|(number, _)| is_shown(*number)) {
        if count > MANY && number == count - MANY / 2 {
            let left = format!("… {} more steps; --json has them all", count - MANY);
            rows.push(Row::new(vec![Cell::plain(""), Cell::new(DIM, &left)]));
        }
        rows.push(row(number, step, &balance.budgets));
    }
    page.table(2, &header, 1, &rows);
}

fn row(number: usize, step: &StepUse, budgets: &[BudgetUse]) -> Row {
    let peaks = step.peak.iter().zip(budgets).map(|(peak, budget)| {
        let style = if *peak > budget.limit { RED } else { PLAIN };
        Cell::new(style, &format!("{peak} of {}", budget.limit))
    });
    Row::new(
        [Cell::new(DIM, &(number + 1).to_string()), Cell::long(PLAIN, &step.what)].into_iter().chain(peaks).collect(),
    )
}

/// A kind and why it changes; whether it grows.
type Why<'a> = (&'a str, bool, &'a str);

/// Told once for all hosts and kinds that share them.
fn reasons(page: &mut Page, all: &[Reason]) {
    // In the order in which they first come up.
    let mut folded: Vec<(Why<'_>, BTreeMap<i32, BTreeSet<HostName>>)> = Vec::new();
    for reason in all {
        let why: Why<'_> = (&reason.kind, reason.change > 0, &reason.why);
        let at = folded.iter().position(|(known, _)| *known == why).unwrap_or_else(|| {
            folded.push((why, BTreeMap::new()));
            folded.len() - 1
        });
        folded[at].1.entry(reason.change).or_default().insert(HostName::new(reason.host.as_str()));
    }
    if !folded.is_empty() {
        page.heading(BOLD, "", "why");
    }
    for ((kind, grows, why), changes) in folded {
        let style = if grows { GREEN } else { YELLOW };
        let changes: Vec<String> = changes.iter().rev().map(|(change, hosts)| moved(*change, hosts)).collect();
        page.paragraph(2, &Cell::new(style, &format!("{kind}: ")), &Cell::long(PLAIN, &changes.join("; ")));
        page.paragraph(4, &Cell::plain(""), &Cell::long(PLAIN, why));
    }
}

/// `+12 each on freud, nietzsche`.
fn moved(change: i32, hosts: &BTreeSet<HostName>) -> String {
    let sign = if change < 0 { "−" } else { "+" };
    let each = if hosts.len() > 1 { " each" } else { "" };
    format!("{sign}{}{each} on {}", change.unsigned_abs(), names(hosts))
}

/// What keeps it from being better, and what a little more would give; whether it is the best.
pub(super) fn optimum(page: &mut Page, balance: &Balance) {
    list(page, "what binds", &balance.binding);
    list(page, "what more would give", &balance.margins);
    if balance.blocked.is_some() || (balance.proven && !queue::changes(balance)) {
        return;
    }
    page.gap();
    let text = match (&balance.gap, balance.proven) {
        (_, true) => "proven: no other placement is better".to_owned(),
        (Some(gap), false) => format!("not proven to be the best: {gap}; a longer --solve-time may find out"),
        (None, false) => "not proven to be the best; a longer --solve-time may find out".to_owned(),
    };
    page.paragraph(0, &Cell::plain(""), &Cell::long(queue::proof(balance.proven), &text));
}

/// Why nothing can be done, and what would clear it.
pub(super) fn blocked(page: &mut Page, balance: &Balance) {
    let Some(blocked) = &balance.blocked else { return };
    page.heading(RED, "nothing can be done: ", "these limits stand in the way");
    points(page, &blocked.limits);
    if !blocked.relaxations.is_empty() {
        page.heading(CYAN, "", "any one of these would do");
        points(page, &blocked.relaxations);
    }
}

fn list(page: &mut Page, title: &str, points_of: &[String]) {
    if !points_of.is_empty() {
        page.heading(BOLD, "", title);
        points(page, points_of);
    }
}

fn points(page: &mut Page, all: &[String]) {
    for point in all {
        page.paragraph(2, &Cell::new(DIM, "- "), &Cell::long(PLAIN, point));
    }
}
