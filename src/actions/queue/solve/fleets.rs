//! Random fleets for tests and measurements.

use super::super::limits::Usage;
use super::super::model::{Budget, Host, Kind, Model, Placement, Queue};
use crate::names::HostName;

/// Numbers that look random and are the same each time (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// At least `low`, at most `high`.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + u32::try_from(self.next() % u64::from(high - low + 1)).unwrap()
    }

    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.between(1, 100) <= percent
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.next()).unwrap_or(0) % of.len()]
    }
}

/// What a fleet is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Connections bind, CPU and memory hardly.
    Connections,
    /// CPU is short: the busiest host counts.
    Busy,
    /// Memory is short.
    Memory,
}

/// A fleet as real ones are: uneven hosts, one kind a queue and some that serve two, a retired one, a scheduler.
pub(crate) fn fleet(seed: u64, hosts: usize, queues: usize, flavour: Flavour) -> Model {
    let mut dice = Dice(seed ^ 0xF1EE7);
    let mut model = Model::default();
    for host in 0..hosts {
        let cores = dice.pick(&[4, 8, 8, 16, 16, 32, 48]);
        let memory = cores * dice.between(1024, 4096);
        model.hosts.push(Host {
            name: HostName::new(format!("host-{host}")),
            cpu: cores * 1000,
            cpu_used: cores * dice.between(0, 300),
            memory: Some(memory),
            connections: dice.percent(20).then(|| dice.between(20, 120)),
            frozen: dice.percent(3),
        });
    }
    for queue in 0..queues {
        let singleton = queue + 1 == queues;
        model.queues.push(Queue {
            name: format!("queue-{queue}"),
            weight: dice.between(1, 9),
            min_hosts: if singleton { 0 } else { dice.pick(&[0, 0, 1, 2, 3]).min(u32::try_from(hosts / 2).unwrap()) },
            singleton,
            ..Queue::default()
        });
    }
    let kinds = queues + 3 + usize::from(dice.percent(50));
    for kind in 0..kinds {
        let connections = dice.pick(&[1, 2, 5, 5, 10, 10, 20, 25]);
        let mut serves = vec![0; queues];
        let queue = kind % queues;
        serves[queue] = if model.queues[queue].singleton { 1 } else { dice.between(1, connections.max(2)) };
        if kind >= queues && !model.queues[queue].singleton && dice.percent(60) {
            serves[(queue + 1) % (queues - 1)] = dice.between(1, connections.max(2));
        }
        let allowed = (0..hosts).map(|_| !dice.percent(8)).collect();
        let pinned = (0..hosts).map(|_| None).collect();
        model.kinds.push(Kind {
            name: format!("kind-{kind}"),
            stale_of: None,
            connections,
            budgets: if dice.percent(80) { vec![0] } else { vec![0, 1] },
            cpu: dice.pick(&[200, 300, 500, 700, 1000, 1000]),
            memory: dice.between(150, 900),
            serves,
            retired: kind + 1 == kinds,
            allowed,
            pinned,
        });
    }
    model.budgets = vec![Budget::default(), Budget::default()];
    model.budgets[0].name = "primary".to_owned();
    model.budgets[1].name = "replica".to_owned();
    model.now = someplace(&mut dice, &model, flavour);
    limits(&mut dice, &mut model, flavour);
    model
}

/// Something that runs on each host, to about half of its CPUs.
fn someplace(dice: &mut Dice, model: &Model, flavour: Flavour) -> Placement {
    let mut placement = Placement::empty(model.hosts.len(), model.kinds.len());
    let share = match flavour {
        Flavour::Connections => 45,
        Flavour::Busy => 85,
        Flavour::Memory => 60,
    };
    let mut singles = vec![0; model.queues.len()];
    for (host, of) in model.hosts.iter().enumerate() {
        let mut usage = Usage::none(model);
        for _ in 0..200 {
            let kind = usize::try_from(dice.between(0, u32::try_from(model.kinds.len() - 1).unwrap())).unwrap();
            let at = &model.kinds[kind];
            let single = (0..model.queues.len()).find(|queue| model.queues[*queue].singleton && at.serves[*queue] > 0);
            let fits = usage.cpu[host] + u64::from(at.cpu) + u64::from(of.cpu_used) <= u64::from(of.cpu) * share / 100
                && usage.memory[host] + u64::from(at.memory) <= u64::from(of.memory.unwrap_or(0))
                && usage.connections[host] + u64::from(at.connections) <= of.connections.map_or(u64::MAX, u64::from)
                && single.is_none_or(|queue| singles[queue] == 0)
                && (at.allowed[host] || dice.percent(3));
            if fits {
                usage.add(model, host, kind, 1);
                placement.set(host, kind, placement.get(host, kind) + 1);
                if let Some(queue) = single {
                    singles[queue] += 1;
                }
            }
        }
    }
    placement
}

/// Budgets about what runs, demands above what fits, floors below what is there.
fn limits(dice: &mut Dice, model: &mut Model, flavour: Flavour) {
    let usage = Usage::of(model, &model.now);
    for (budget, of) in model.budgets.iter_mut().enumerate() {
        let used = u32::try_from(usage.budgets[budget]).unwrap();
        of.limit = used + used * dice.between(2, 15) / 100 + 10;
    }
    for (queue, of) in model.queues.iter_mut().enumerate() {
        let capacity = u32::try_from(usage.capacity[queue]).unwrap();
        if of.singleton {
            continue;
        }
        of.demand = capacity * dice.between(60, 150) / 100 + dice.between(0, 10);
        of.floor = capacity.min(of.demand) * dice.between(0, 80) / 100;
        of.max = dice.percent(30).then(|| (of.demand + dice.between(0, 30)).max(capacity));
        of.min_hosts = of.min_hosts.min(usage.hosts[queue]);
        of.max_per_host = dice.percent(20).then(|| of.demand / 3 + dice.between(10, 40));
    }
    for (host, of) in model.hosts.iter_mut().enumerate() {
        if flavour == Flavour::Memory {
            let used = u32::try_from(usage.memory[host]).unwrap();
            of.memory = Some(used + used * dice.between(0, 12) / 100 + dice.between(0, 500));
        }
    }
}

/// A small fleet with everything in it that a model can have, sound or not.
pub(crate) fn small(seed: u64) -> Model {
    let mut dice = Dice(seed ^ 0x0005_AA11);
    let (hosts, kinds) = dice.pick(&[(2, 3), (3, 2), (1, 4), (2, 2), (1, 3), (2, 3)]);
    let queues = usize::try_from(dice.between(1, 3)).unwrap();
    let mut model = Model::default();
    for host in 0..hosts {
        model.hosts.push(Host {
            name: HostName::new(format!("host-{host}")),
            cpu: dice.pick(&[0, 1000, 2000, 4000]),
            cpu_used: dice.between(0, 3) * 300,
            memory: (!dice.percent(10)).then(|| dice.between(2, 20) * 100),
            connections: dice.percent(30).then(|| dice.between(1, 20)),
            frozen: dice.percent(15),
        });
    }
    for queue in 0..queues {
        model.queues.push(Queue {
            name: format!("queue-{queue}"),
            demand: dice.between(0, 4),
            max: dice.percent(20).then(|| dice.between(1, 6)),
            weight: dice.between(0, 3),
            floor: if dice.percent(40) { dice.between(0, 3) } else { 0 },
            min_hosts: if dice.percent(30) { dice.between(0, 3) } else { 0 },
            max_per_host: dice.percent(20).then(|| dice.between(1, 4)),
            singleton: dice.percent(15),
        });
    }
    let budgets = usize::try_from(dice.between(1, 2)).unwrap();
    for budget in 0..budgets {
        model.budgets.push(Budget {
            name: format!("budget-{budget}"),
            limit: dice.between(0, 30),
            blind: dice.percent(8),
        });
    }
    for kind in 0..kinds {
        model.kinds.push(Kind {
            name: format!("kind-{kind}"),
            stale_of: (kind > 0 && dice.percent(8)).then_some(0),
            connections: dice.between(0, 6),
            budgets: (0..budgets).filter(|_| dice.percent(70)).collect(),
            cpu: dice.between(0, 6) * 150,
            memory: dice.between(0, 6) * 70,
            serves: (0..queues).map(|_| if dice.percent(50) { dice.between(1, 2) } else { 0 }).collect(),
            retired: dice.percent(10),
            allowed: (0..hosts).map(|_| !dice.percent(10)).collect(),
            pinned: (0..hosts).map(|_| dice.percent(8).then(|| dice.between(0, 3))).collect(),
        });
    }
    model.now = Placement::empty(hosts, kinds);
    for host in 0..hosts {
        for kind in 0..kinds {
            let count = if dice.percent(50) { dice.between(0, 3) } else { 0 };
            model.now.set(host, kind, count);
        }
    }
    model
}

/// The best score of all placements with up to so many of a kind on a host.
pub(crate) fn exhaustive(model: &Model, most: u32) -> super::super::model::Score {
    use super::super::limits::{score, worse};
    let (hosts, kinds) = (model.hosts.len(), model.kinds.len());
    let mut placement = Placement::empty(hosts, kinds);
    let mut best = score(model, &model.now);
    loop {
        if worse(model, &model.now, &placement).is_empty() {
            best = best.min(score(model, &placement));
        }
        let mut cell = 0;
        loop {
            if cell == hosts * kinds {
                return best;
            }
            let (host, kind) = (cell / kinds, cell % kinds);
            let count = placement.get(host, kind);
            if count < most {
                placement.set(host, kind, count + 1);
                break;
            }
            placement.set(host, kind, 0);
            cell += 1;
        }
    }
}
