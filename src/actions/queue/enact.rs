//! From numbers to units: which instances start and which stop, step by step.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Move, Step};
use super::question::Question;
use super::seen::{Instance, Seen};
use super::shape::Form;
use crate::names::UnitName;

/// What one host does in one step.
#[derive(Clone, Debug, Default)]
pub(super) struct HostStep {
    /// Units that start.
    pub(super) starts: Vec<Start>,
    /// Units that end.
    pub(super) stops: Vec<Stop>,
    /// By template: the units that run before.
    pub(super) running: BTreeMap<String, BTreeSet<UnitName>>,
    /// By kind of the model: how many run as declared afterwards.
    pub(super) after: BTreeMap<usize, u32>,
}

/// A unit that starts.
#[derive(Clone, Debug)]
pub(super) struct Start {
    /// Of the model.
    pub(super) kind: usize,
    pub(super) unit: UnitName,
}

/// A unit that ends.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    /// Of the model.
    pub(super) kind: usize,
    pub(super) unit: UnitName,
    /// As it was seen; `None`: an earlier step started it.
    pub(super) instance: Option<Instance>,
}

/// The steps, by host.
pub(super) fn enact(question: &Question<'_>, seen: &Seen, steps: &[Step]) -> Vec<BTreeMap<usize, HostStep>> {
    let mut hosts: BTreeMap<usize, HostState> = BTreeMap::new();
    let mut enacted = Vec::new();
    for step in steps {
        let changing: BTreeSet<usize> = step.starts.iter().chain(&step.stops).map(|it| it.host).collect();
        let mut of_step = BTreeMap::new();
        for host in changing {
            let state = hosts.entry(host).or_insert_with(|| HostState::of(question, seen, host));
            of_step.insert(host, state.take(question, step, host));
        }
        enacted.push(of_step);
    }
    enacted
}

/// The units of a host as the steps before leave them.
struct HostState {
    /// By kind of the model, in the order in which they stay: the last goes first.
    units: BTreeMap<usize, Vec<(UnitName, Option<Instance>)>>,
    /// Names that a new unit must not have.
    taken: BTreeSet<UnitName>,
}

impl HostState {
    fn of(question: &Question<'_>, seen: &Seen, host: usize) -> Self {
        let mut units = BTreeMap::new();
        for ((_, kind), instances) in question.instances.range((host, 0)..(host + 1, 0)) {
            let mut named: Vec<_> =
                instances.iter().map(|instance| (instance.unit.clone(), Some(instance.clone()))).collect();
            named.sort_by_key(|(unit, _)| (number_of(unit), unit.clone()));
            units.insert(*kind, named);
        }
        let name = &question.model.hosts[host].name;
        let all = seen.hosts.get(name).into_iter().flat_map(|seen| &seen.instances);
        Self { units, taken: all.map(|instance| instance.unit.clone()).collect() }
    }

    /// Takes the host through a step.
    fn take(&mut self, question: &Question<'_>, step: &Step, host: usize) -> HostStep {
        let running = self.running(question);
        let of_host = |moves: &[Move]| -> BTreeMap<usize, u32> {
            moves.iter().filter(|it| it.host == host).map(|it| (it.kind, it.count)).collect()
        };
        let (starting, stopping) = (of_host(&step.starts), of_host(&step.stops));
        let mut stops = Vec::new();
        for (kind, count) in stopping {
            let units = self.units.entry(kind).or_default();
            let rest = units.len().saturating_sub(count as usize);
            let gone = units.split_off(rest);
            stops.extend(gone.into_iter().map(|(unit, instance)| Stop { kind, unit, instance }));
        }
        let mut starts = Vec::new();
        for (kind, count) in starting {
            for _ in 0..count {
                let unit = revived(question, kind, &mut stops).unwrap_or_else(|| self.free(question, kind));
                self.taken.insert(unit.clone());
                self.units.entry(kind).or_default().push((unit.clone(), None));
                starts.push(Start { kind, unit });
            }
        }
        // A name is free again once its unit has ended, which is after this step.
        for stop in &stops {
            self.taken.remove(&stop.unit);
        }
        let after = self.units.iter().map(|(kind, units)| (*kind, u32::try_from(units.len()).unwrap_or(u32::MAX)));
        HostStep { starts, stops, running, after: after.collect() }
    }

    fn running(&self, question: &Question<'_>) -> BTreeMap<String, BTreeSet<UnitName>> {
        // Of kinds that nothing of was seen here, nothing runs: somebody else may have started one since.
        let patterns = question.shapes.iter().map(|shape| (shape.declared.unit.pattern(), BTreeSet::new()));
        let mut running: BTreeMap<String, BTreeSet<UnitName>> = patterns.collect();
        for (kind, units) in &self.units {
            let shape = &question.shapes[*kind];
            let runs = running.entry(shape.declared.unit.pattern()).or_default();
            if !matches!(shape.form, Form::Down { .. }) {
                runs.extend(units.iter().map(|(unit, _)| unit.clone()));
            }
        }
        running
    }

    /// The lowest number that is free.
    fn free(&self, question: &Question<'_>, kind: usize) -> UnitName {
        let template = &question.shapes[kind].declared.unit;
        let numbers = (1_u32..).map(|number| template.instance(&number.to_string()));
        // Endless, and `taken` is not.
        numbers.into_iter().find(|unit| !self.taken.contains(unit)).unwrap_or_else(|| template.instance("0"))
    }
}

/// A unit of the same template that is down and was to be disabled: it starts instead.
fn revived(question: &Question<'_>, kind: usize, stops: &mut Vec<Stop>) -> Option<UnitName> {
    let same = |stop: &Stop| {
        let shape = &question.shapes[stop.kind];
        matches!(shape.form, Form::Down { .. }) && shape.declared.name == question.shapes[kind].declared.name
    };
    let index = stops.iter().position(same)?;
    Some(stops.remove(index).unit)
}

/// The number that an instance is called by, so that 10 comes after 9.
fn number_of(unit: &UnitName) -> Option<u64> {
    unit.as_str().rsplit_once('@')?.1.strip_suffix(".service")?.parse().ok()
}
