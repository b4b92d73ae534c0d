//! Worker queues: processes of systemd templates balanced over hosts, under a budget of database connections. Pure.

pub mod adopt;
pub mod balance;
mod budgets;
mod connected;
mod enact;
mod ended;
pub mod explain;
mod explained;
mod files;
mod gates;
mod judge;
mod known;
pub mod limits;
pub mod lints;
pub mod model;
pub mod probes;
mod proof;
mod question;
pub mod read;
pub mod relax;
mod revive;
pub mod seen;
mod shape;
pub mod solve;
pub mod steps;
mod told;
mod transactions;
mod unseen;
pub mod what_if;
mod words;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

pub use known::{Known, Last, LastSeen, LastWorkers};

use crate::engine::action::{Action, Assessment, World};
use crate::engine::probe::{Observations, Probe};
use crate::engine::status::Failure;
use crate::inventory::{Inventory, Queues, WorkerDeclaration};
use crate::names::HostName;
use crate::secrets::{DigestKey, Secret, SecretRef};

use balance::Balance;
use judge::Judge;
use lints::Lint;
use model::{Solution, Step};
use question::{Given, Question};
use seen::Seen;
use steps::Stuck;

/// The word for it in the CLI and in reports.
pub const KIND: &str = "queue";

/// What the gates of workers run on hosts, by name.
pub fn scripts() -> crate::engine::gate::Scripts {
    gates::scripts()
}

/// All declared workers.
pub struct Queue<'a> {
    inventory: &'a Inventory,
    queues: &'a Queues,
    known: &'a Known<'a>,
    /// One look is judged once, whoever asks.
    study: OnceCell<Study<'a>>,
}

/// What a look at the fleet comes to.
struct Study<'a> {
    seen: Seen,
    question: Question<'a>,
    solution: Solution,
    steps: Result<Vec<Step>, Stuck>,
    lints: Vec<Lint>,
}

impl<'a> Queue<'a> {
    /// All that the inventory declares.
    pub fn of(inventory: &'a Inventory, known: &'a Known<'a>) -> Self {
        Self { inventory, queues: inventory.queues(), known, study: OnceCell::new() }
    }

    /// The plan, explained; `None`: no workers are declared.
    pub fn balance(&self, world: &World<'_>) -> Option<Balance> {
        (!self.queues.workers.is_empty()).then(|| explained::balance(self.study(world), self.queues, self.known))
    }

    /// What runs on each host that answered, to be remembered for the day when it does not.
    pub fn remembered(&self, world: &World<'_>) -> Last {
        question::remembered(self.queues, &self.study(world).seen, world.now)
    }

    /// Of one look: there is but one in the life of this.
    fn study(&self, world: &World<'_>) -> &Study<'a> {
        self.study.get_or_init(|| {
            let seen = read::seen(self.queues, world.observations);
            self.study_of(seen, world)
        })
    }

    fn study_of(&self, seen: Seen, world: &World<'_>) -> Study<'a> {
        let given = Given { inventory: self.inventory, queues: self.queues, seen: &seen, known: self.known, world };
        let question = question::question(&given);
        let mut solution = solve::solve(&question.model, self.known.go_on);
        revive::revive(&question.model, &question.shapes, &mut solution);
        let steps = steps::order(&question.model, &solution.placement, self.known.go_on).map_err(|stuck| *stuck);
        let lints = lints::lints(self.inventory, &seen);
        Study { seen, question, solution, steps, lints }
    }

    /// The waves that the steps come to.
    fn compile(&self, study: &Study<'a>, world: &World<'_>) -> transactions::Compiled {
        let none = Vec::new();
        // What is only supposed is explained and never done.
        let steps = if self.known.what_if.is_empty() { study.steps.as_ref().unwrap_or(&none) } else { &none };
        let plan = transactions::Plan {
            question: &study.question,
            queues: self.queues,
            seen: &study.seen,
            world,
            steps: enact::enact(&study.question, &study.seen, steps),
            told: steps.iter().map(|step| explain::step(&study.question.model, step)).collect(),
        };
        plan.compile()
    }

    /// How each host stands, and the waves.
    fn assessed(&self, study: &Study<'a>, world: &World<'_>) -> Assessment {
        let compiled = self.compile(study, world);
        let blocked = study.steps.as_ref().err().map(|_| {
            let hint = "see what stands in the way below, and the changes that would clear it";
            Failure::new("no-way", "no order of starts and stops keeps all limits at every instant", hint)
        });
        let judge = Judge {
            question: &study.question,
            queues: self.queues,
            seen: &study.seen,
            world,
            target: &study.solution.placement,
            compiled: &compiled,
            blocked,
            lacks: explain::lacks(
                &study.question.model,
                &limits::Usage::of(&study.question.model, &study.solution.placement),
            ),
            lints: &study.lints,
        };
        let items = judge.items();
        Assessment { items, public: Vec::new(), waves: compiled.waves, locks: compiled.locks }
    }
}

impl Action for Queue<'_> {
    fn kind(&self) -> &'static str {
        KIND
    }

    /// Every host: queues were found where nobody had put them.
    fn hosts(&self) -> BTreeSet<HostName> {
        if self.queues.workers.is_empty() {
            return BTreeSet::new();
        }
        self.inventory.hosts().keys().cloned().collect()
    }

    /// All of them, since what runs on one host takes from the budget of all.
    fn looks_at(&self, selected: &BTreeSet<HostName>) -> BTreeSet<HostName> {
        if selected.is_empty() { BTreeSet::new() } else { self.hosts() }
    }

    fn probes(&self, host: &HostName) -> Vec<Probe> {
        // Also where a kind must not be: its drop-in may have to give it time to end.
        let may_have = |worker: &&WorkerDeclaration| worker.hosts.contains(host) || worker.stop_timeout.is_some();
        let files = self.queues.workers.values().filter(may_have).flat_map(files::probes);
        probes::of(self.queues, host).into_iter().chain(files).collect()
    }

    fn secrets(&self) -> BTreeSet<SecretRef> {
        BTreeSet::new()
    }

    fn assess(&self, world: &World<'_>) -> Assessment {
        if self.queues.workers.is_empty() {
            return Assessment::default();
        }
        self.assessed(self.study(world), world)
    }

    /// Nothing to hide: of environments and command lines the hosts tell what is asked for alone, which is no secret.
    fn redact(&self, _: &mut Observations, _: &BTreeMap<SecretRef, Result<Secret, String>>, _: &DigestKey) {}
}

#[cfg(test)]
mod tests;
