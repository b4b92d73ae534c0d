//! The picture of a balance: a bar a host, its connections and its load, before and after.

use super::canvas::{BOLD, Cell, DIM, GREEN, PLAIN, Page, RED, YELLOW};
use super::fold::names;
use super::people::folded;
use super::queue_figures::{Figure, GAP, LEGEND, bar, course, courses};
use super::text::{bytes_in_words, number_of, width};
use crate::actions::queue::balance::{Balance, Course, HostUse};
use crate::names::HostName;

/// Bars are no shorter and no longer than this, in columns.
const BARS: std::ops::RangeInclusive<usize> = 6..=40;
/// A longer name stands on a line of its own.
const LONGEST_NAME: usize = 20;
/// Of more hosts than these, those that stay as they are are told in one line.
const MANY: usize = 12;
/// From this load on a host is called full, per cent.
const FULL: u32 = 100;

/// Whether anything of it starts or stops.
pub(super) fn changes(host: &HostUse) -> bool {
    host.workers.iter().any(|kind| kind.processes.before != kind.processes.after)
}

/// Whether there is anything to say of it.
fn counts(host: &HostUse) -> bool {
    let runs = host.workers.iter().any(|kind| kind.processes.before > 0 || kind.processes.after > 0);
    runs || host.frozen.is_some()
}

/// Hosts of which the same is to be said.
struct Group<'a> {
    host: &'a HostUse,
    names: String,
}

pub(super) fn show(page: &mut Page, balance: &Balance) {
    let all: Vec<&HostUse> = balance.hosts.iter().filter(|host| counts(host)).collect();
    let (shown, still): (Vec<&HostUse>, Vec<&HostUse>) =
        all.iter().partition(|host| all.len() <= MANY || changes(host));
    if all.is_empty() {
        return;
    }
    page.gap();
    let title = Figure::new(BOLD, "hosts  ").and(DIM, LEGEND).painted(page);
    page.line(&title);
    let groups = grouped(&shown);
    if !groups.is_empty() {
        picture(page, &groups);
    }
    let still = still.iter().map(|host| (host.frozen.as_deref(), HostName::new(host.host.as_str())));
    for (frozen, hosts) in folded(still) {
        let why = frozen.map_or_else(String::new, |why| format!(" ({why})"));
        let style = if frozen.is_some() { YELLOW } else { DIM };
        let lead = format!("{} as they are{why}: ", number_of(hosts.len(), "host"));
        page.paragraph(2, &Cell::new(style, &lead), &Cell::plain(""));
        page.paragraph(4, &Cell::plain(""), &Cell::long(DIM, &names(&hosts)));
    }
}

fn grouped<'a>(hosts: &[&'a HostUse]) -> Vec<Group<'a>> {
    let all = hosts.iter().map(|host| {
        let anonymous = HostUse { host: String::new(), ..(*host).clone() };
        (crate::text::json(&anonymous), HostName::new(host.host.as_str()))
    });
    let groups = folded(all).into_iter().filter_map(|(_, sharing)| {
        let first = sharing.first()?;
        let host = hosts.iter().find(|host| host.host == first.as_str())?;
        let names = match sharing.len() {
            1 => names(&sharing),
            count => format!("{} ({count})", names(&sharing)),
        };
        Some(Group { host, names })
    });
    groups.collect()
}

fn picture(page: &mut Page, groups: &[Group<'_>]) {
    let label = groups.iter().map(|group| width(&group.names)).filter(|it| *it <= LONGEST_NAME).max().unwrap_or(0);
    let connections: Vec<Course> = groups.iter().map(|group| group.host.connections).collect();
    let loads: Vec<Course> = groups.iter().map(|group| group.host.load).collect();
    let connected = courses(&connections, "", |_| PLAIN);
    let loaded = courses(&loads, " %", |number| load_style(loads[number]));
    let widest =
        |figures: &[Figure], title: &str| figures.iter().map(Figure::width).chain([width(title)]).max().unwrap_or(0);
    let (wide, wider) = (widest(&connected, "CONNECTIONS"), widest(&loaded, "CPU LOAD"));
    // Two of indent, then the name, and each pair of figure and bar.
    let taken = 2 + label + GAP + wide + 1 + GAP + wider + 1;
    let bars = page.columns().saturating_sub(taken) / 2;
    let bars = if bars < *BARS.start() { 0 } else { bars.min(*BARS.end()) };
    let busiest = connections.iter().map(|it| it.before.max(it.after)).max().unwrap_or(0);
    let fullest = loads.iter().map(|it| it.before.max(it.after)).chain([FULL]).max().unwrap_or(FULL);

    let head = Figure::plain(&" ".repeat(2 + label + GAP))
        .then(Figure::new(DIM, "CONNECTIONS").padded(wide + 1 + bars + GAP))
        .and(DIM, "CPU LOAD")
        .painted(page);
    page.line(&head);
    for (number, group) in groups.iter().enumerate() {
        let mut name = Figure::new(BOLD, &group.names);
        if name.width() > label {
            page.paragraph(2, &Cell::plain(""), &Cell::long(BOLD, &group.names));
            name = Figure::default();
        }
        let line = Figure::plain("  ")
            .then(name.padded(label + GAP))
            .then(connected[number].clone().padded(wide + 1))
            .then(bar(group.host.connections, None, busiest, bars).padded(bars + GAP))
            .then(loaded[number].clone().padded(wider + 1))
            .then(bar(group.host.load, Some(FULL), fullest, bars))
            .painted(page);
        page.line(&line);
        details(page, 2 + label + GAP, group.host);
    }
}

fn load_style(load: Course) -> anstyle::Style {
    match load.after {
        after if after > FULL => RED,
        _ if load.before > FULL => GREEN,
        _ => PLAIN,
    }
}

/// Its processes by kind, its memory, and why nothing changes there.
fn details(page: &mut Page, indent: usize, host: &HostUse) {
    let kinds = host.workers.iter().filter(|kind| kind.processes.before > 0 || kind.processes.after > 0);
    let kinds: Vec<(Cell, &str)> = kinds
        .enumerate()
        .map(|(number, kind)| {
            let style = match kind.processes {
                Course { before, after, .. } if before < after => GREEN,
                Course { before, after, .. } if before > after => YELLOW,
                _ => PLAIN,
            };
            let words = format!("{} {}", kind.kind, course(kind.processes));
            (Cell::new(style, &words), if number == 0 { "" } else { ", " })
        })
        .collect();
    page.flow_at(indent, &kinds);
    if let Some(limit) = host.memory_limit.filter(|limit| host.memory.before.max(host.memory.after) > limit / 2) {
        let mebibytes = |number: u32| bytes_in_words(u64::from(number) * 1024 * 1024);
        let used = match host.memory {
            Course { before, after, .. } if before == after => mebibytes(before),
            Course { before, after, .. } => format!("{} → {}", mebibytes(before), mebibytes(after)),
        };
        let style = if host.memory.after > limit { RED } else { DIM };
        page.paragraph(indent, &Cell::plain(""), &Cell::new(style, &format!("memory {used} of {}", mebibytes(limit))));
    }
    if let Some(why) = &host.frozen {
        page.paragraph(indent, &Cell::new(YELLOW, "stays as it is: "), &Cell::long(PLAIN, why));
    }
}
