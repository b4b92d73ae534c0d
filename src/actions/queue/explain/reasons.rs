//! Why each move is made.

use std::collections::BTreeMap;

use super::replaced::Replaced;
use super::words::{called, list, plural};
use crate::actions::queue::balance::Reason;
use crate::actions::queue::limits::{self, Breach, Limit, Usage};
use crate::actions::queue::model::{Model, Solution, Step};

/// Of every kind on every host that changes, in the order of hosts and kinds.
pub(super) fn reasons(model: &Model, solution: &Solution, steps: &[Step]) -> Vec<Reason> {
    let now = Usage::of(model, &model.now);
    let why = Why {
        model,
        solution,
        replaced: Replaced::of(model, &solution.placement),
        broken: limits::hard(model, &now),
        after: Usage::of(model, &solution.placement),
        now,
    };
    // Starts and stops of a cell, whatever comes of them.
    let mut moves: BTreeMap<(usize, usize), (u32, u32)> = BTreeMap::new();
    for step in steps {
        for one in &step.starts {
            moves.entry((one.host, one.kind)).or_default().0 += one.count;
        }
        for one in &step.stops {
            moves.entry((one.host, one.kind)).or_default().1 += one.count;
        }
    }
    let of = |((host, kind), (starts, stops)): (&(usize, usize), &(u32, u32))| {
        let change = i64::from(*starts) - i64::from(*stops);
        let mut words = match change {
            0 => Vec::new(),
            1.. => vec![why.start(*host, *kind)],
            _ => vec![why.stop(*host, *kind)],
        };
        words.extend(why.detour(*kind, *starts, *stops));
        Reason {
            host: model.hosts[*host].name.to_string(),
            kind: called(model, *kind),
            change: i32::try_from(change).unwrap_or(if change > 0 { i32::MAX } else { i32::MIN }),
            why: words.join("; "),
        }
    };
    moves.iter().map(of).collect()
}

struct Why<'a> {
    model: &'a Model,
    solution: &'a Solution,
    replaced: Replaced<'a>,
    /// Now.
    broken: Vec<Breach>,
    now: Usage,
    after: Usage,
}

impl Why<'_> {
    fn name(&self, kind: usize) -> &str {
        &self.model.kinds[kind].name
    }

    fn host(&self, host: usize) -> &str {
        self.model.hosts[host].name.as_str()
    }

    /// Processes of a cell: now, and in the end.
    fn cell(&self, host: usize, kind: usize) -> (u32, u32) {
        (self.model.now.get(host, kind), self.solution.placement.get(host, kind))
    }

    /// The queues that a kind serves.
    fn serves(&self, kind: usize) -> impl Iterator<Item = usize> + '_ {
        self.model.kinds[kind].serves.iter().enumerate().filter(|(_, each)| **each > 0).map(|(queue, _)| queue)
    }

    /// Whether nothing at all may be on a host.
    fn drains(&self, host: usize) -> bool {
        self.model.kinds.iter().all(|kind| kind.stale_of.is_some() || !kind.allowed[host])
    }

    fn start(&self, host: usize, kind: usize) -> String {
        if let Some(pin) = self.model.kinds[kind].pinned[host] {
            return pinned(pin, self.host(host));
        }
        let mut words: Vec<String> = self.replaced.by(kind).into_iter().collect();
        for queue in self.serves(kind) {
            let of = &self.model.queues[queue];
            let (was, is) = (self.now.capacity[queue], self.after.capacity[queue]);
            if was < u64::from(of.floor) {
                words.push(format!("{} is below its floor ({was} of {})", of.name, of.floor));
            } else if was < u64::from(of.demand) && is > was {
                words.push(format!(
                    "fills the shortfall of {} (weight {}): {was} of {} now, {is} then",
                    of.name, of.weight, of.demand
                ));
            }
            if self.now.hosts[queue] < of.min_hosts && self.after.hosts[queue] > self.now.hosts[queue] {
                words.push(format!("{} is spread over {}", of.name, plural(self.after.hosts[queue], "host", "hosts")));
            }
            if of.singleton && self.now.processes[queue] == 0 {
                words.push(format!("nothing serves {}", of.name));
            }
        }
        words.extend(self.moved_from(host, kind));
        if words.is_empty() {
            let queues: Vec<String> = self.serves(kind).map(|queue| self.model.queues[queue].name.clone()).collect();
            words.push(format!("serves {}", list(&queues)));
        }
        words.join("; ")
    }

    /// Where the same kind ends.
    fn moved_from(&self, host: usize, kind: usize) -> Option<String> {
        let ends = |at: &usize| {
            let (was, is) = self.cell(*at, kind);
            *at != host && is < was
        };
        let from: Vec<usize> = (0..self.model.hosts.len()).filter(ends).collect();
        let names: Vec<String> = from.iter().map(|at| self.host(*at).to_owned()).collect();
        (!from.is_empty()).then(|| {
            let drained = if from.iter().all(|at| self.drains(*at)) { ", where no worker may stay" } else { "" };
            let loads = if drained.is_empty() { self.relief() } else { None };
            format!("moved from {}{drained}{}", few(&names), loads.map(|words| format!(" {words}")).unwrap_or_default())
        })
    }

    /// What the load of the busiest host comes to.
    fn relief(&self) -> Option<String> {
        let busiest = |usage: &Usage| {
            let hosts = (0..self.model.hosts.len()).filter(|host| !self.model.hosts[*host].frozen);
            hosts.filter_map(|host| usage.load(self.model, host)).max().unwrap_or(0)
        };
        let (was, is) = (busiest(&self.now), busiest(&self.after));
        (is < was && was > limits::EASY_LOAD).then(|| format!("(the busiest host comes from {was} % to {is} %)"))
    }

    fn stop(&self, host: usize, kind: usize) -> String {
        let of = &self.model.kinds[kind];
        match limits::must_end(self.model, host, kind) {
            Some(Limit::Stale { .. }) => return self.stale(kind),
            Some(Limit::Retired { .. }) => {
                let better = self.replaced.bargain(kind).map(|words| format!(": {words}"));
                return format!("{} is retired{}", of.name, better.unwrap_or_default());
            }
            Some(_) => {
                let to = self.moved_to(host, kind).map(|to| format!("; {to}")).unwrap_or_default();
                if self.drains(host) {
                    return format!("no worker may stay on {}{to}", self.host(host));
                }
                return format!("{} may not be on {}{to}", of.name, self.host(host));
            }
            None => {}
        }
        if let Some(pin) = of.pinned[host] {
            return pinned(pin, self.host(host));
        }
        let mut words = self.mended(host, kind);
        if let Some(to) = self.moved_to(host, kind) {
            words.push(format!("{to}{}", self.relief().map(|words| format!(" {words}")).unwrap_or_default()));
        } else {
            words.extend(self.freed(kind));
        }
        if words.is_empty() {
            let enough = |queue: usize| {
                let of = &self.model.queues[queue];
                format!("{} has {} where {} is wanted", of.name, self.after.capacity[queue], of.demand)
            };
            let queues: Vec<String> = self.serves(kind).map(enough).collect();
            let relief = self.relief().map(|words| format!(" {words}")).unwrap_or_default();
            words.push(format!("not needed: {}{relief}", list(&queues)));
        }
        words.join("; ")
    }

    fn stale(&self, kind: usize) -> String {
        let of = &self.model.kinds[kind];
        let Some(declared) = of.stale_of.map(|declared| &self.model.kinds[declared]) else { return String::new() };
        let takes = plural(of.connections, "connection", "connections");
        if of.is_idle() {
            return format!("does no work any more, and takes {takes} until it has ended");
        }
        if of.is_down() {
            return format!("is enabled and does not run as declared: at the next boot it would take {takes}");
        }
        if of.connections == declared.connections {
            return "runs with other settings than declared".to_owned();
        }
        let better = if declared.retired { None } else { self.replaced.bargain(kind) };
        let takes = plural(of.connections, "connection", "connections");
        format!(
            "runs with {takes}, {} declared{}",
            declared.connections,
            better.map(|words| format!(": {words}")).unwrap_or_default()
        )
    }

    /// Where the same kind starts.
    fn moved_to(&self, host: usize, kind: usize) -> Option<String> {
        let starts = |at: &usize| {
            let (was, is) = self.cell(*at, kind);
            *at != host && is > was
        };
        let to: Vec<String> = (0..self.model.hosts.len()).filter(starts).map(|at| self.host(at).to_owned()).collect();
        (!to.is_empty()).then(|| format!("moved to {}", few(&to)))
    }

    /// Broken limits that this mends.
    fn mended(&self, host: usize, kind: usize) -> Vec<String> {
        let of = &self.model.kinds[kind];
        let mends = |breach: &&Breach| match breach.limit {
            Limit::Budget(budget) => of.connections > 0 && of.budgets.contains(&budget),
            Limit::HostConnections(at) => of.connections > 0 && at == host,
            Limit::HostMemory(at) => of.memory > 0 && at == host,
            Limit::MaxCapacity(queue) | Limit::Singleton(queue) => of.serves[queue] > 0,
            Limit::MaxPerHost { queue, host: at } => of.serves[queue] > 0 && at == host,
            _ => false,
        };
        self.broken.iter().filter(mends).map(|breach| breach.describe(self.model)).collect()
    }

    /// Budgets that what starts elsewhere needs.
    fn freed(&self, kind: usize) -> Option<String> {
        let of = &self.model.kinds[kind];
        let grows = |other: &usize| {
            self.solution.placement.of_kind(*other) > self.model.now.of_kind(*other)
                && self.model.kinds[*other].budgets.iter().any(|budget| of.budgets.contains(budget))
                && self.model.kinds[*other].connections > 0
        };
        let others: Vec<usize> = (0..self.model.kinds.len()).filter(|other| *other != kind).filter(grows).collect();
        let names: Vec<String> = others.iter().map(|other| self.name(*other).to_owned()).collect();
        let budget = of.budgets.first().map(|budget| &self.model.budgets[*budget].name)?;
        (of.connections > 0 && !others.is_empty()).then(|| {
            format!(
                "frees {} of {budget} each for {}",
                plural(of.connections, "connection", "connections"),
                few(&names)
            )
        })
    }

    /// Moves beyond what changes in the end.
    fn detour(&self, kind: usize, starts: u32, stops: u32) -> Option<String> {
        let there_and_back = starts.min(stops);
        if there_and_back == 0 {
            return None;
        }
        let count = if starts == stops { String::new() } else { format!("{there_and_back} of them ") };
        // What may not end for good was stopped first; what may not stay was started first.
        let queues: Vec<String> = self.serves(kind).map(|queue| self.model.queues[queue].name.clone()).collect();
        let stands_in = starts > 0 && self.solution.placement.of_kind(kind) == 0;
        Some(if stands_in {
            format!("{count}for a while only: {} stays above its floor meanwhile", list(&queues))
        } else {
            format!("{count}for a while only: it makes room for the rest of the change")
        })
    }
}

/// At most three of them by name.
fn few(names: &[String]) -> String {
    if names.len() <= 3 { list(names) } else { format!("{}, {} and {} others", names[0], names[1], names.len() - 2) }
}

/// `1 is pinned to franz`, `2 are pinned to franz`.
fn pinned(pin: u32, host: &str) -> String {
    if pin == 1 { format!("1 is pinned to {host}") } else { format!("{pin} are pinned to {host}") }
}
