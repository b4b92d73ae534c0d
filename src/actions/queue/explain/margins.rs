//! What a little more of something would give, found by trying.

use super::lacks;
use super::words::{list, plural};
use crate::actions::queue::limits::Usage;
use crate::actions::queue::model::{Model, Placement, Solution};
use crate::actions::queue::relax::Change;

/// Hosts whose size is tried, the busiest or fullest first.
const HOSTS: usize = 2;

/// What is better with more of something.
pub(super) fn margins(
    model: &Model,
    solution: &Solution,
    solve: &dyn Fn(&Model) -> Solution,
    go_on: &dyn Fn() -> bool,
) -> Vec<String> {
    let (score, usage) = (solution.score, Usage::of(model, &solution.placement));
    let lacks = lacks(model, &usage);
    if score.shortfall == 0 && score.load_steps == 0 && score.excess == 0 {
        return vec!["nothing more would help: every demand is met, and no host is above 70 % of its CPUs".to_owned()];
    }
    let mut trial = Trial { model, solution, usage: &usage, solve, go_on, found: Vec::new() };
    if score.shortfall > 0 || score.excess > 0 {
        let wanted = kinds(model, &lacks);
        for (budget, of) in model.budgets.iter().enumerate().filter(|(_, of)| !of.blind) {
            let takes =
                |kind: &usize| model.kinds[*kind].budgets.contains(&budget) && model.kinds[*kind].connections > 0;
            let free = u64::from(of.limit).saturating_sub(usage.budgets[budget]);
            let amounts =
                wanted.iter().filter(|kind| takes(kind)).map(|kind| u64::from(model.kinds[*kind].connections));
            trial.more(amounts.collect(), free, |more| Change::Budget { budget, more });
        }
        for host in fullest(model, &usage) {
            let here = |kind: &&usize| model.kinds[**kind].allowed[host];
            if let Some(limit) = model.hosts[host].memory {
                let free = u64::from(limit).saturating_sub(usage.memory[host]);
                let amounts = wanted.iter().filter(here).map(|kind| u64::from(model.kinds[*kind].memory)).collect();
                trial.more(amounts, free, |more| Change::HostMemory { host, more });
            }
            if let Some(limit) = model.hosts[host].connections {
                let free = u64::from(limit).saturating_sub(usage.connections[host]);
                let amounts =
                    wanted.iter().filter(here).map(|kind| u64::from(model.kinds[*kind].connections)).collect();
                trial.more(amounts, free, |more| Change::HostConnections { host, more });
            }
        }
    }
    if score.load_steps > 0 {
        trial.core();
    }
    trial.host();
    trial.found
}

/// Kinds that serve what lacks.
fn kinds(model: &Model, lacks: &[u32]) -> Vec<usize> {
    let serves = |kind: &usize| {
        let of = &model.kinds[*kind];
        let wanted = of.serves.iter().zip(lacks).any(|(each, lacks)| *each > 0 && *lacks > 0);
        wanted && !of.retired && of.stale_of.is_none()
    };
    (0..model.kinds.len()).filter(serves).collect()
}

/// Hosts that may change, with the least memory left first.
fn fullest(model: &Model, usage: &Usage) -> Vec<usize> {
    let free = |host: usize| u64::from(model.hosts[host].memory.unwrap_or(u32::MAX)).saturating_sub(usage.memory[host]);
    let mut hosts: Vec<usize> = (0..model.hosts.len()).filter(|host| !model.hosts[*host].frozen).collect();
    hosts.sort_by_key(|host| free(*host));
    hosts.truncate(HOSTS);
    hosts
}

struct Trial<'a> {
    model: &'a Model,
    solution: &'a Solution,
    usage: &'a Usage,
    solve: &'a dyn Fn(&Model) -> Solution,
    go_on: &'a dyn Fn() -> bool,
    found: Vec<String>,
}

impl Trial<'_> {
    /// The smallest useful amount: what one process of some kind takes beyond what is free.
    fn more(&mut self, each: Vec<u64>, free: u64, change: impl Fn(u32) -> Change) {
        let mut amounts: Vec<u32> =
            each.into_iter().filter_map(|each| u32::try_from(each.saturating_sub(free)).ok()).collect();
        amounts.retain(|amount| *amount > 0);
        amounts.sort_unstable();
        amounts.dedup();
        for amount in amounts {
            if !(self.go_on)() {
                return;
            }
            let change = change(amount);
            let mut model = self.model.clone();
            change.apply(&mut model);
            if let Some(gain) = self.gain(&model) {
                self.found.push(format!("{} would {gain}", change.words(self.model)));
                return;
            }
        }
    }

    /// One more core on the busiest host.
    fn core(&mut self) {
        let load = |host: &usize| self.usage.load(self.model, *host).filter(|_| !self.model.hosts[*host].frozen);
        let busiest = (0..self.model.hosts.len())
            .filter(|host| load(host).is_some())
            .max_by_key(|host| (load(host), std::cmp::Reverse(*host)));
        let Some(host) = busiest.filter(|_| (self.go_on)()) else { return };
        let mut model = self.model.clone();
        model.hosts[host].cpu += 1000;
        if let Some(gain) = self.gain(&model) {
            self.found.push(format!("1 more core on {} would {gain}", model.hosts[host].name));
        }
    }

    /// One more host like the largest.
    fn host(&mut self) {
        let open = (0..self.model.hosts.len())
            .filter(|host| !self.model.hosts[*host].frozen && self.model.kinds.iter().any(|kind| kind.allowed[*host]));
        let largest = open.max_by_key(|host| (self.model.hosts[*host].cpu, std::cmp::Reverse(*host)));
        let Some(host) = largest.filter(|_| (self.go_on)()) else { return };
        let model = with_one_more(self.model, host);
        if let Some(gain) = self.gain(&model) {
            let of = &self.model.hosts[host];
            let cores =
                if of.cpu > 0 { format!(" ({})", plural(of.cpu / 1000, "core", "cores")) } else { String::new() };
            self.found.push(format!("1 more host like {}{cores} would {gain}", of.name));
        }
    }

    /// What is better in another model, in words after `would`.
    fn gain(&self, model: &Model) -> Option<String> {
        let other = (self.solve)(model);
        let (was, is) = (self.solution.score, other.score);
        let usage = Usage::of(model, &other.placement);
        if is.excess < was.excess {
            return Some("let a limit hold that is broken".to_owned());
        }
        if is.excess == was.excess && is.shortfall < was.shortfall {
            let queues = model.queues.iter().zip(self.lacking().into_iter().zip(lacks(model, &usage)));
            let served = |(queue, (was, is)): (&crate::actions::queue::model::Queue, (u32, u32))| {
                (is < was).then(|| format!("{} more of {}", was - is, queue.name))
            };
            let words: Vec<String> = queues.clone().filter_map(served).collect();
            let less = |(queue, (was, is)): (&crate::actions::queue::model::Queue, (u32, u32))| {
                (is > was).then(|| format!("{} less of {}", is - was, queue.name))
            };
            let lost: Vec<String> = queues.filter_map(less).collect();
            let lost = if lost.is_empty() { String::new() } else { format!(", and {}", list(&lost)) };
            return Some(format!("serve {}{lost}", list(&words)));
        }
        let same = is.excess == was.excess && is.shortfall == was.shortfall;
        (same && is.load_steps < was.load_steps).then(|| {
            let busiest = |model: &Model, usage: &Usage| {
                (0..model.hosts.len())
                    .filter(|host| !model.hosts[*host].frozen)
                    .filter_map(|host| usage.load(model, host))
                    .max()
                    .unwrap_or(0)
            };
            format!(
                "bring the busiest host from {} % to {} % of its CPUs",
                busiest(self.model, self.usage),
                busiest(model, &usage)
            )
        })
    }

    fn lacking(&self) -> Vec<u32> {
        lacks(self.model, self.usage)
    }
}

/// The same fleet, and a host beside it that may bear what another may.
fn with_one_more(model: &Model, like: usize) -> Model {
    let mut model = model.clone();
    let mut now = Placement::empty(model.hosts.len() + 1, model.kinds.len());
    for host in 0..model.hosts.len() {
        for kind in 0..model.kinds.len() {
            now.set(host, kind, model.now.get(host, kind));
        }
    }
    model.now = now;
    model.hosts.push(model.hosts[like].clone());
    for kind in &mut model.kinds {
        kind.allowed.push(kind.allowed[like]);
        kind.pinned.push(None);
    }
    model
}
