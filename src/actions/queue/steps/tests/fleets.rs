//! Random fleets, with limits so tight that the order matters.

use proptest::prelude::*;

use super::rig::{fleet, kind, numbers, queue};
use crate::actions::queue::model::{Kind, Model, Placement};

/// How large.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) hosts: usize,
    pub(super) kinds: usize,
    pub(super) queues: usize,
    /// Processes in one cell.
    pub(super) each: u32,
}

/// A fleet and a target that is within its limits, or breaks none more than what runs.
pub(super) fn fleets(size: Size) -> impl Strategy<Value = (Model, Placement)> {
    (1..=size.hosts, 1..=size.kinds, 1..=size.queues).prop_flat_map(move |(hosts, kinds, queues)| {
        let cells = hosts * kinds;
        let counts = || proptest::collection::vec(0..=size.each, cells);
        let kind =
            (prop::sample::select(vec![1_u32, 1, 2, 4]), 0_u32..3, proptest::collection::vec(0_u32..3, queues), 0..6);
        (
            proptest::collection::vec(kind, kinds),
            counts(),
            counts(),
            // How much more than needed each limit has, or less.
            proptest::collection::vec(-2_i64..3, 40),
            proptest::collection::vec(prop::bool::weighted(0.8), 40),
            proptest::option::weighted(0.1, 0..hosts),
        )
            .prop_map(move |(kinds, now, target, slack, odd, frozen)| {
                made(hosts, queues, &kinds, (&now, &target), &slack, &odd, frozen)
            })
    })
}

type Shape = (u32, u32, Vec<u32>, i32);

fn made(
    hosts: usize,
    queues: usize,
    kinds: &[Shape],
    (now, target): (&[u32], &[u32]),
    slack: &[i64],
    odd: &[bool],
    frozen: Option<usize>,
) -> (Model, Placement) {
    let names: Vec<String> = (0..hosts).map(|host| format!("h{host}")).collect();
    let queues: Vec<_> = (0..queues).map(|index| queue(&format!("q{index}"), 0, 0)).collect();
    let shapes: Vec<Kind> = kinds
        .iter()
        .enumerate()
        .map(|(index, (connections, memory, serves, fate))| Kind {
            memory: *memory,
            retired: *fate == 0,
            stale_of: (*fate == 1 && index > 0).then(|| index - 1),
            ..kind(&format!("k{index}"), *connections, serves)
        })
        .collect();
    let mut model = fleet(u32::MAX, &names.iter().map(String::as_str).collect::<Vec<_>>(), &queues, &shapes);
    let mut goal = Placement::empty(hosts, kinds.len());
    for host in 0..hosts {
        for kind in 0..kinds.len() {
            let (now, target) = (now[host * kinds.len() + kind], target[host * kinds.len() + kind]);
            model.now.set(host, kind, now);
            let ends = model.kinds[kind].retired || model.kinds[kind].stale_of.is_some();
            goal.set(
                host,
                kind,
                if frozen == Some(host) {
                    now
                } else if ends {
                    0
                } else {
                    target
                },
            );
        }
    }
    if let Some(host) = frozen {
        model.hosts[host].frozen = true;
    }
    tighten(&mut model, &goal, slack, odd);
    (model, goal)
}

/// Sets every limit near to what runs, or to what is to run; never so that the target could not be.
fn tighten(model: &mut Model, goal: &Placement, slack: &[i64], odd: &[bool]) {
    for host in &mut model.hosts {
        (host.connections, host.memory) = (Some(u32::MAX), Some(u32::MAX));
    }
    for (queue, odd) in model.queues.iter_mut().zip(odd) {
        if *odd {
            (queue.max, queue.max_per_host) = (Some(u32::MAX), Some(u32::MAX));
        }
    }
    let (now, then) = (numbers(model, &model.now), numbers(model, goal));
    let bounds: Vec<(String, u32)> = now
        .into_iter()
        .zip(then)
        .zip(slack.iter().cycle())
        .zip(odd.iter().cycle())
        .map(|(((now, then), slack), odd)| {
            // Some of them are wide.
            let room = if *odd { *slack } else { 100 };
            let bound = if now.name.starts_with("floor") {
                -(now.is.max(then.is) + room.max(-1)).min(0)
            } else {
                now.is.max(then.is) + room
            };
            let bound = if now.name.starts_with("floor") { bound.min(-then.is) } else { bound.max(then.is) };
            (now.name, u32::try_from(bound.max(0)).unwrap())
        })
        .collect();
    let bound = |name: &str| bounds.iter().find(|(known, _)| known == name).map(|(_, bound)| *bound);
    for budget in &mut model.budgets {
        budget.limit = bound(&format!("budget {}", budget.name)).unwrap();
    }
    for host in &mut model.hosts {
        host.connections = bound(&format!("connections of {}", host.name));
        host.memory = bound(&format!("memory of {}", host.name));
    }
    for queue in &mut model.queues {
        queue.floor = bound(&format!("floor of {}", queue.name)).unwrap();
        queue.max = bound(&format!("most of {}", queue.name));
        // One number for all hosts: the widest.
        queue.max_per_host = bounds
            .iter()
            .filter(|(name, _)| name.starts_with(&format!("{} on ", queue.name)))
            .map(|(_, bound)| *bound)
            .max();
    }
}
