//! How many workers run against how many are wanted: of all hosts and kinds in one table.

use super::canvas::{Cell, PLAIN, Page, Row, YELLOW};
use super::fold::names;
use super::people::folded;
use crate::actions::queue::KIND;
use crate::engine::status::{Difference, HostResult, Item, Status};
use crate::names::HostName;

/// What is counted.
const PROCESSES: &str = "processes";
/// The plan as a whole cannot be carried out: what stands in the way is told once, beside the balance.
const NO_WAY: &str = "no-way";

/// Whether the table tells of it.
pub(super) fn is_in_table(item: &Item, subject: &str) -> bool {
    item.kind == KIND && subject == PROCESSES
}

/// Whether the item failed for a reason that is told of the whole.
pub(super) fn is_told(item: &Item) -> bool {
    item.kind == KIND && item.error.as_ref().is_some_and(|error| error.code == NO_WAY)
}

/// Hosts where a kind stands alike share a line.
pub(super) fn show(page: &mut Page, hosts: &[HostResult], which: &dyn Fn(&HostName, &Item) -> bool) {
    let all = hosts.iter().flat_map(|host| {
        let items = host.items.iter().filter(|item| which(&host.host, item));
        items.flat_map(|item| {
            let counts = item.differences.iter().filter(|difference| is_in_table(item, &difference.subject));
            counts.map(|difference| ((item.id.as_str(), Count::of(difference)), host.host.clone()))
        })
    });
    let mut all = folded(all);
    if all.is_empty() {
        return;
    }
    all.sort_by_key(|((kind, _), _)| *kind);
    page.heading(YELLOW, "queue workers", "");
    let rows: Vec<Row> = all
        .into_iter()
        .map(|((kind, count), sharing)| {
            let mut cells = vec![Cell::status(count.status), Cell::plain(kind), Cell::plain(&names(&sharing))];
            cells.extend([count.declared, count.on_disk, count.live].map(Cell::truth));
            cells.push(Cell::new(PLAIN, count.why));
            Row::new(cells)
        })
        .collect();
    let header = ["", "KIND", "HOSTS", "DECLARED", "ON DISK", "LIVE", ""];
    let bare = rows.iter().all(|row| row.cells.last().is_none_or(Cell::is_empty));
    let columns = if bare { header.len() - 1 } else { header.len() };
    let rows: Vec<Row> =
        rows.into_iter().map(|row| Row { cells: row.cells.into_iter().take(columns).collect(), ..row }).collect();
    page.table(2, &header[..columns], 2, &rows);
}

/// What differs, and why if that says more than the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Count<'a> {
    status: Status,
    declared: Option<&'a str>,
    on_disk: Option<&'a str>,
    live: Option<&'a str>,
    why: &'a str,
}

impl<'a> Count<'a> {
    fn of(difference: &'a Difference) -> Self {
        Self {
            status: difference.status,
            declared: difference.declared.as_deref(),
            on_disk: difference.on_disk.as_deref(),
            live: difference.live.as_deref(),
            why: difference.message.split_once(": ").map_or("", |(_, why)| why.trim_start_matches("the kind is ")),
        }
    }
}
