//! What is assumed, in a model.

use super::{KindField, QueueField, WhatIf};
use crate::actions::queue::model::{Host, Kind, Model, Placement};

/// MiB of a host whose memory is not told: more than any workers take, and far from the end of the range.
const AMPLE: u32 = 1 << 28;

/// Puts all that the model holds into it. [`WhatIf::MaxConnections`] and [`WhatIf::Reserve`] are the budgets' own
/// matter, see [`super::max_connections`] and [`super::reserve`]. Names that the model lacks change nothing.
pub fn apply(assumed: &[WhatIf], model: &mut Model) {
    for one in assumed {
        match one {
            WhatIf::MaxConnections { .. } | WhatIf::Reserve { .. } => {}
            WhatIf::AddHost { name, cpu, memory } => {
                let memory = Some(memory.unwrap_or(AMPLE));
                add_host(
                    model,
                    Host { name: name.clone(), cpu: *cpu, cpu_used: 0, memory, connections: None, frozen: false },
                );
            }
            WhatIf::DrainHost { name } => {
                let Some(host) = model.hosts.iter().position(|host| host.name == *name) else { continue };
                for kind in &mut model.kinds {
                    kind.allowed[host] = false;
                    kind.pinned[host] = None;
                }
            }
            WhatIf::Queue { field, queue, value } => {
                let Some(queue) = model.queues.iter_mut().find(|one| one.name == *queue) else { continue };
                match field {
                    QueueField::Demand => queue.demand = *value,
                    QueueField::Floor => queue.floor = *value,
                    QueueField::Weight => queue.weight = *value,
                    QueueField::Max => queue.max = Some(*value),
                    QueueField::MinHosts => queue.min_hosts = *value,
                    QueueField::MaxPerHost => queue.max_per_host = Some(*value),
                }
            }
            WhatIf::Kind { field, kind, value } => {
                let declared = |one: &Kind| one.stale_of.is_none() && one.name == *kind;
                let Some(kind) = model.kinds.iter().position(declared) else { continue };
                match field {
                    KindField::Connections => set_connections(model, kind, *value),
                    KindField::Cpu => model.kinds[kind].cpu = *value,
                    KindField::Memory => model.kinds[kind].memory = *value,
                }
            }
        }
    }
}

/// A new host takes every kind that is still started; of one that is there already only the size changes, and what
/// was never allowed there now is.
fn add_host(model: &mut Model, host: Host) {
    let startable = |kind: &Kind| !kind.retired && kind.stale_of.is_none();
    if let Some(index) = model.hosts.iter().position(|one| one.name == host.name) {
        let there = &mut model.hosts[index];
        (there.cpu, there.memory) = (host.cpu, host.memory);
        for kind in &mut model.kinds {
            kind.allowed[index] |= startable(kind);
        }
        return;
    }
    for kind in &mut model.kinds {
        let allowed = startable(kind);
        kind.allowed.push(allowed);
        kind.pinned.push(None);
    }
    model.hosts.push(host);
    model.now = resized(model);
}

/// With other connections, what runs is of a kind of its own, which must end.
fn set_connections(model: &mut Model, kind: usize, connections: u32) {
    if model.kinds[kind].connections == connections {
        return;
    }
    let stale = Kind { stale_of: Some(kind), pinned: vec![None; model.hosts.len()], ..model.kinds[kind].clone() };
    model.kinds[kind].connections = connections;
    if model.now.of_kind(kind) == 0 {
        return;
    }
    model.kinds.push(stale);
    let mut now = resized(model);
    for host in 0..model.hosts.len() {
        now.set(host, model.kinds.len() - 1, now.get(host, kind));
        now.set(host, kind, 0);
    }
    model.now = now;
}

/// What runs, with room for hosts or kinds that were added at the end.
fn resized(model: &Model) -> Placement {
    let (hosts, kinds) = (model.hosts.len(), model.kinds.len());
    let mut now = Placement::empty(hosts, kinds);
    for host in 0..hosts.min(model.now.hosts()) {
        for kind in 0..kinds.min(model.now.kinds()) {
            now.set(host, kind, model.now.get(host, kind));
        }
    }
    now
}
