//! What a placement takes of budgets and hosts, and gives to queues.

use super::super::model::{Model, Placement};

/// What a placement takes and gives, kept while it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Connections by budget.
    pub budgets: Vec<u64>,
    /// Connections by host.
    pub connections: Vec<u64>,
    /// MiB by host.
    pub memory: Vec<u64>,
    /// Thousandths of a core by host, of workers alone.
    pub cpu: Vec<u64>,
    /// Capacity by queue.
    pub capacity: Vec<u64>,
    /// Processes by queue.
    pub processes: Vec<u64>,
    /// Hosts that serve it, by queue.
    pub hosts: Vec<u32>,
    /// Capacity by host and queue.
    on_host: Vec<u64>,
}

impl Usage {
    /// Of nothing at all.
    pub fn none(model: &Model) -> Self {
        let (hosts, queues) = (model.hosts.len(), model.queues.len());
        Self {
            budgets: vec![0; model.budgets.len()],
            connections: vec![0; hosts],
            memory: vec![0; hosts],
            cpu: vec![0; hosts],
            capacity: vec![0; queues],
            processes: vec![0; queues],
            hosts: vec![0; queues],
            on_host: vec![0; hosts * queues],
        }
    }

    /// Of a placement.
    pub fn of(model: &Model, placement: &Placement) -> Self {
        let mut usage = Self::none(model);
        for host in 0..model.hosts.len() {
            for (kind, &count) in placement.host(host).iter().enumerate() {
                usage.add(model, host, kind, count);
            }
        }
        usage
    }

    /// Capacity of a queue on a host.
    pub fn on_host(&self, host: usize, queue: usize) -> u64 {
        self.on_host[host * self.capacity.len() + queue]
    }

    /// With more processes.
    pub fn add(&mut self, model: &Model, host: usize, kind: usize, count: u32) {
        if count == 0 {
            return;
        }
        let (of, count, queues) = (&model.kinds[kind], u64::from(count), self.capacity.len());
        for &budget in &of.budgets {
            more(&mut self.budgets[budget], count * u64::from(of.connections));
        }
        more(&mut self.connections[host], count * u64::from(of.connections));
        more(&mut self.memory[host], count * u64::from(of.memory));
        more(&mut self.cpu[host], count * u64::from(of.cpu));
        for (queue, &capacity) in of.serves.iter().enumerate().filter(|(_, capacity)| **capacity > 0) {
            let here = &mut self.on_host[host * queues + queue];
            if *here == 0 {
                self.hosts[queue] += 1;
            }
            more(here, count * u64::from(capacity));
            more(&mut self.capacity[queue], count * u64::from(capacity));
            more(&mut self.processes[queue], count);
        }
    }

    /// With fewer: no more than were added.
    pub fn remove(&mut self, model: &Model, host: usize, kind: usize, count: u32) {
        if count == 0 {
            return;
        }
        let (of, count, queues) = (&model.kinds[kind], u64::from(count), self.capacity.len());
        for &budget in &of.budgets {
            less(&mut self.budgets[budget], count * u64::from(of.connections));
        }
        less(&mut self.connections[host], count * u64::from(of.connections));
        less(&mut self.memory[host], count * u64::from(of.memory));
        less(&mut self.cpu[host], count * u64::from(of.cpu));
        for (queue, &capacity) in of.serves.iter().enumerate().filter(|(_, capacity)| **capacity > 0) {
            let here = &mut self.on_host[host * queues + queue];
            less(here, count * u64::from(capacity));
            if *here == 0 {
                self.hosts[queue] -= 1;
            }
            less(&mut self.capacity[queue], count * u64::from(capacity));
            less(&mut self.processes[queue], count);
        }
    }

    /// The load of a host when all its workers are busy, in per cent of its CPUs, rounded up; `None`: its CPUs are not known.
    pub fn load(&self, model: &Model, host: usize) -> Option<u64> {
        let of = &model.hosts[host];
        let taken = u64::from(of.cpu_used).saturating_add(self.cpu[host]);
        (of.cpu > 0).then(|| taken.saturating_mul(100).div_ceil(u64::from(of.cpu)))
    }
}

// A product of two counts always has room; sums of many absurd ones end at the most there is.
fn more(sum: &mut u64, count: u64) {
    *sum = sum.saturating_add(count);
}

fn less(sum: &mut u64, count: u64) {
    *sum = sum.saturating_sub(count);
}
