//! How many processes of each kind, all hosts together: budgets and demands see nothing else, and it is a program of some dozen numbers.

use super::super::limits::Usage;
use super::bin::{SCALE, filled, gcd};
use super::frame::Frame;
use super::lp::Lp;
use super::terms::Role;
use super::whole::{Answer, Question, cheapest};

const NONE: f64 = f64::INFINITY;

/// What is asked of the sums.
#[derive(Clone, Debug)]
pub(super) enum Aim<'a> {
    /// The least excess.
    Excess,
    /// The least shortfall.
    Shortfall,
    /// The fewest moves, at a shortfall of no more than this.
    Moves(u64),
    /// The least of prices.
    Prices(&'a Prices),
}

impl Aim<'_> {
    fn worst(&self) -> Option<u64> {
        match self {
            Self::Excess | Self::Shortfall => None,
            Self::Moves(worst) => Some(*worst),
            Self::Prices(prices) => prices.worst,
        }
    }
}

/// Prices of processes.
#[derive(Clone, Debug)]
pub(super) struct Prices {
    /// By kind.
    pub(super) of: Vec<i64>,
    /// What one of shortfall costs.
    pub(super) shortfall: i64,
    /// The most of shortfall that may be.
    pub(super) worst: Option<u64>,
}

/// The sums' own limits, built once a frame.
pub(super) struct Sums<'f, 'm> {
    frame: &'f Frame<'m>,
    /// By kind.
    pub(super) lower: Vec<i64>,
    /// By kind.
    pub(super) upper: Vec<i64>,
    /// Of what runs now, what stays where it is for all that the bounds of single hosts say.
    pub(super) kept: Vec<i64>,
    /// Moves that these bounds force.
    pub(super) forced: i64,
    rows: Vec<Row>,
    /// Requirements that may be broken: each is a further number after those of the kinds, which says by how much.
    pub(super) waived: Vec<Waived>,
    /// By queue that has a demand: its capacity.
    wants: Vec<(usize, Vec<(usize, i64)>)>,
}

/// A requirement of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waived {
    /// Of so many hosts.
    Hosts(usize),
    /// Of the one process of a singleton.
    Single(usize),
    /// A limit that stays broken and counts in units of several.
    Units,
}

/// A limit: `entries` between two values.
struct Row {
    lower: Option<i64>,
    upper: Option<i64>,
    entries: Vec<(usize, i64)>,
}

impl<'f, 'm> Sums<'f, 'm> {
    pub(super) fn new(frame: &'f Frame<'m>) -> Self {
        let model = frame.model;
        let (hosts, kinds) = (model.hosts.len(), model.kinds.len());
        let sum = |of: &dyn Fn(usize) -> u32| -> i64 { (0..hosts).map(|host| i64::from(of(host))).sum() };
        let lower: Vec<i64> = (0..kinds).map(|kind| sum(&|host| frame.lower.get(host, kind))).collect();
        let upper: Vec<i64> = (0..kinds).map(|kind| sum(&|host| frame.upper.get(host, kind))).collect();
        let kept: Vec<i64> = (0..kinds).map(|kind| sum(&|host| frame.kept(host, kind))).collect();
        let forced =
            (0..kinds).map(|kind| sum(&|host| frame.kept(host, kind).abs_diff(model.now.get(host, kind)))).sum();
        let mut sums =
            Self { frame, lower, upper, kept, forced, rows: Vec::new(), waived: Vec::new(), wants: Vec::new() };
        sums.fill();
        sums
    }

    fn fill(&mut self) {
        let frame = self.frame;
        let model = frame.model;
        let now = Usage::of(model, &model.now);
        let entries = |of: &dyn Fn(usize) -> i64| -> Vec<(usize, i64)> {
            (0..model.kinds.len()).map(|kind| (kind, of(kind))).filter(|(_, entry)| *entry != 0).collect()
        };
        for (budget, of) in model.budgets.iter().enumerate().filter(|(_, of)| !of.blind) {
            let entries = entries(&|kind| {
                let times = model.kinds[kind].budgets.iter().filter(|at| **at == budget).count();
                i64::from(model.kinds[kind].connections) * i64::try_from(times).unwrap_or(i64::MAX)
            });
            self.rows.push(Row { lower: None, upper: Some(i64::from(of.limit)), entries });
        }
        for (queue, of) in model.queues.iter().enumerate() {
            let capacity = entries(&|kind| i64::from(model.kinds[kind].serves[queue]));
            let processes: Vec<(usize, i64)> = capacity.iter().map(|(kind, _)| (*kind, 1)).collect();
            if of.floor > 0 || of.max.is_some() {
                let (lower, upper) = (Some(i64::from(of.floor)), of.max.map(i64::from));
                self.rows.push(Row { lower, upper, entries: capacity.clone() });
            }
            if of.singleton {
                let mut entries = processes.clone();
                entries.extend(self.waive(Waived::Single(queue), i64::from(now.processes[queue] == 0)));
                self.rows.push(Row { lower: Some(1), upper: Some(1), entries });
            }
            if of.min_hosts > 0 {
                // What holds now is not given up.
                let lacks = i64::from(of.min_hosts.saturating_sub(now.hosts[queue]));
                let mut entries = processes;
                entries.extend(self.waive(Waived::Hosts(queue), lacks));
                self.rows.push(Row { lower: Some(i64::from(of.min_hosts)), upper: None, entries });
            }
            if of.demand > 0 && of.weight > 0 {
                self.wants.push((queue, capacity));
            }
        }
        // What all hosts bear together.
        let bears = |limit: &dyn Fn(usize) -> Option<u64>, size: &dyn Fn(usize) -> u32| -> Option<Row> {
            let mut room = 0_i64;
            for host in 0..model.hosts.len() {
                let pieces: Vec<(u32, u32)> = (0..model.kinds.len())
                    .map(|kind| (size(kind), self.frame.upper.get(host, kind)))
                    .filter(|(size, most)| *size > 0 && *most > 0)
                    .collect();
                let limit = if model.hosts[host].frozen { None } else { limit(host) };
                room += i64::try_from(most_of(&pieces, limit)).ok()?;
            }
            Some(Row { lower: None, upper: Some(room), entries: entries(&|kind| i64::from(size(kind))) })
        };
        let of = |kind: usize| &model.kinds[kind];
        let limits: [Option<Row>; 3] = [
            bears(&|host| model.hosts[host].connections.map(u64::from), &|kind| of(kind).connections),
            bears(&|host| model.hosts[host].memory.map(u64::from), &|kind| of(kind).memory),
            bears(&|host| Some(self.frame.cpu[host]).filter(|cpu| *cpu < u64::MAX), &|kind| of(kind).cpu),
        ];
        self.rows.extend(limits.into_iter().flatten());
        for (queue, of) in model.queues.iter().enumerate() {
            if of.max_per_host.is_some() {
                let serves = |kind: usize| model.kinds[kind].serves[queue];
                self.rows.extend(bears(&|host| self.frame.terms.per_host(queue, host).map(u64::from), &serves));
            }
        }
        for of in frame.terms.broken.iter().filter(|of| of.unit > 1) {
            let (unit, mut entries) = (i64::from(of.unit), of.entries.clone());
            let now: i64 = entries.iter().map(|(kind, entry)| entry * i64::from(model.now.of_kind(*kind))).sum();
            let units = self.waive(Waived::Units, (now - of.allowed).max(0) / unit + 1);
            entries.extend(units.map(|(at, _)| (at, -unit)));
            self.rows.push(Row { lower: None, upper: Some(of.allowed), entries });
        }
        self.rows.retain(|row| !row.entries.is_empty() || row.lower.is_some_and(|lower| lower > 0));
    }

    /// A further number for a requirement, where it may be broken.
    fn waive(&mut self, waived: Waived, most: i64) -> Option<(usize, i64)> {
        self.frame.terms.excess.filter(|_| most > 0)?;
        self.waived.push(waived);
        self.lower.push(0);
        self.upper.push(most);
        Some((self.lower.len() - 1, 1))
    }

    /// The excess of sums.
    pub(super) fn excess(&self, sums: &[i64]) -> i64 {
        let terms = self.frame.terms;
        let of_kind = |(kind, role): (usize, &Role)| match role {
            Role::Free => 0,
            Role::Ends => sums[kind],
            Role::Pinned(pin) => (sums[kind] - pin).abs(),
        };
        let of_limit = |broken: &super::terms::Broken| {
            let used: i64 = broken.entries.iter().map(|(kind, entry)| entry * sums[*kind]).sum();
            (if broken.floor { broken.allowed - used } else { used - broken.allowed }).max(0)
        };
        terms.roles.iter().enumerate().map(of_kind).sum::<i64>()
            + terms.broken.iter().filter(|of| of.unit == 1).map(of_limit).sum::<i64>()
            + sums[terms.roles.len()..].iter().sum::<i64>()
    }

    /// The shortfall of sums.
    pub(super) fn shortfall(&self, sums: &[i64]) -> i64 {
        let lacks = |(queue, capacity): &(usize, Vec<(usize, i64)>)| {
            let of = &self.frame.model.queues[*queue];
            let has: i64 = capacity.iter().map(|(kind, entry)| entry * sums[*kind]).sum();
            i64::from(of.weight) * (i64::from(of.demand) - has).max(0)
        };
        self.wants.iter().map(lacks).sum()
    }

    /// Moves at least for sums.
    pub(super) fn moves(&self, sums: &[i64]) -> i64 {
        self.forced + self.kept.iter().zip(sums).map(|(kept, sum)| (kept - sum).abs()).sum::<i64>()
    }

    /// Whether sums keep all limits.
    pub(super) fn holds(&self, sums: &[i64]) -> bool {
        sums.iter().zip(self.lower.iter().zip(&self.upper)).all(|(sum, (lower, upper))| lower <= sum && sum <= upper)
            && self.frame.terms.excess.is_none_or(|most| self.excess(sums) <= most)
            && self.rows.iter().all(|row| {
                let value: i64 = row.entries.iter().map(|(kind, entry)| entry * sums[*kind]).sum();
                row.lower.is_none_or(|lower| value >= lower) && row.upper.is_none_or(|upper| value <= upper)
            })
    }

    /// The best sums; only those that cost less than `below`.
    pub(super) fn best(&self, aim: &Aim<'_>, below: i64, nodes: usize, go_on: &dyn Fn() -> bool) -> Answer {
        if self.lower.iter().zip(&self.upper).any(|(lower, upper)| lower > upper) {
            return Answer { best: None, bound: below };
        }
        let lp = self.program(aim);
        let whole: Vec<usize> = (0..self.lower.len()).collect();
        let worst = aim.worst().map(|worst| i64::try_from(worst).unwrap_or(i64::MAX));
        let exact = |sums: &[i64]| {
            let fine = self.holds(sums) && worst.is_none_or(|worst| self.shortfall(sums) <= worst);
            fine.then(|| match aim {
                Aim::Excess => self.excess(sums),
                Aim::Shortfall => self.shortfall(sums),
                Aim::Moves(_) => self.moves(sums),
                Aim::Prices(prices) => {
                    let sum: i64 = prices.of.iter().zip(sums).map(|(price, sum)| price * sum).sum();
                    sum + if prices.shortfall == 0 { 0 } else { prices.shortfall * self.shortfall(sums) }
                }
            })
        };
        let shift = if matches!(aim, Aim::Moves(_)) { self.forced } else { 0 };
        let (scale, slack) = if matches!(aim, Aim::Prices(_)) { (float(SCALE), SCALE / 2000) } else { (1.0, 0) };
        let question = Question { lp: &lp, scale, slack, whole: &whole, below: below.saturating_sub(shift), nodes };
        let mut answer = cheapest(&question, &|sums| exact(sums).map(|cost| cost - shift), go_on);
        answer.bound = answer.bound.saturating_add(shift);
        if let Some((cost, _)) = &mut answer.best {
            *cost += shift;
        }
        answer
    }

    fn program(&self, aim: &Aim<'_>) -> Lp {
        let model = self.frame.model;
        let mut bounds: Vec<(f64, f64)> =
            self.rows.iter().map(|row| (row.lower.map_or(-NONE, float), row.upper.map_or(NONE, float))).collect();
        let kinds = self.kept.len();
        let mut entries: Vec<Vec<(usize, f64)>> = vec![Vec::new(); self.lower.len()];
        for (at, row) in self.rows.iter().enumerate() {
            for (kind, entry) in &row.entries {
                entries[*kind].push((at, float(*entry)));
            }
        }
        let wants = bounds.len();
        for (queue, capacity) in &self.wants {
            for (kind, entry) in capacity {
                entries[*kind].push((bounds.len(), float(*entry)));
            }
            bounds.push((f64::from(model.queues[*queue].demand), NONE));
        }
        let short = bounds.len();
        if let Some(worst) = aim.worst() {
            bounds.push((-NONE, i64::try_from(worst).map_or(NONE, float)));
        }
        let stay = bounds.len();
        if matches!(aim, Aim::Moves(_)) {
            for (kind, kept) in self.kept.iter().enumerate() {
                entries[kind].push((bounds.len(), 1.0));
                bounds.push((float(*kept), float(*kept)));
            }
        }
        // What is broken: above and below what is right, by pin and by limit.
        let terms = self.frame.terms;
        let broken = bounds.len();
        let mut off = Vec::new();
        if terms.excess.is_some() {
            bounds.push((-NONE, terms.excess.map_or(NONE, float)));
            for (kind, role) in terms.roles.iter().enumerate() {
                match role {
                    Role::Free => {}
                    Role::Ends => entries[kind].push((broken, 1.0)),
                    Role::Pinned(pin) => {
                        entries[kind].push((bounds.len(), 1.0));
                        off.extend([(bounds.len(), 1.0), (bounds.len(), -1.0)]);
                        bounds.push((float(*pin), float(*pin)));
                    }
                }
            }
            for of in terms.broken.iter().filter(|of| of.unit == 1) {
                for (kind, entry) in &of.entries {
                    entries[*kind].push((bounds.len(), float(*entry)));
                }
                off.push((bounds.len(), if of.floor { 1.0 } else { -1.0 }));
                let allowed = float(of.allowed);
                bounds.push(if of.floor { (allowed, NONE) } else { (-NONE, allowed) });
            }
            for waived in &mut entries[kinds..] {
                waived.push((broken, 1.0));
            }
        }
        let excess = if matches!(aim, Aim::Excess) { 1.0 } else { 0.0 };
        let mut lp = Lp::new(&bounds);
        for (kind, entries) in entries.iter().enumerate() {
            let ends = kind >= kinds || terms.roles[kind] == Role::Ends;
            let cost = match aim {
                Aim::Prices(prices) => float(prices.of[kind]) / float(SCALE),
                _ if ends => excess,
                _ => 0.0,
            };
            lp.add(float(self.lower[kind]), float(self.upper[kind]), cost, entries);
        }
        for (at, (queue, _)) in self.wants.iter().enumerate() {
            let weight = f64::from(model.queues[*queue].weight);
            let lacks = [(wants + at, 1.0), (short, weight)];
            let cost = match aim {
                Aim::Shortfall => weight,
                Aim::Prices(prices) => weight * float(prices.shortfall) / float(SCALE),
                Aim::Excess | Aim::Moves(_) => 0.0,
            };
            let entries = if aim.worst().is_some() { &lacks[..] } else { &lacks[..1] };
            lp.add(0.0, f64::from(model.queues[*queue].demand), cost, entries);
        }
        if matches!(aim, Aim::Moves(_)) {
            for kind in 0..self.kept.len() {
                lp.add(0.0, NONE, 1.0, &[(stay + kind, 1.0)]);
                lp.add(0.0, NONE, 1.0, &[(stay + kind, -1.0)]);
            }
        }
        for (row, sign) in off {
            lp.add(0.0, NONE, excess, &[(row, sign), (broken, 1.0)]);
        }
        lp
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of processes, connections and MiB of a fleet are far below 2^53"
)]
fn float(value: i64) -> f64 {
    value as f64
}

/// The most that pieces of these sizes, so many of each, take within a limit.
fn most_of(pieces: &[(u32, u32)], limit: Option<u64>) -> u64 {
    let all: u64 = pieces.iter().map(|(size, most)| u64::from(*size) * u64::from(*most)).sum();
    let Some(limit) = limit.filter(|limit| *limit < all) else { return all };
    let unit = pieces.iter().fold(0, |unit, (size, _)| gcd(unit, i64::from(*size))).max(1);
    let pieces: Vec<(i64, i64)> =
        pieces.iter().map(|(size, most)| (i64::from(*size) / unit, i64::from(*most))).collect();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX) / unit;
    u64::try_from(filled(&pieces, limit) * unit).unwrap_or(0)
}
