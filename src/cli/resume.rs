//! `fleet resume` and `fleet rerun`: what a run left undone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::Parser as _;

use crate::engine::plan::Plan;
use crate::engine::probe::Observation;
use crate::engine::status::{Failure, HostResult, Status};
use crate::inventory::Inventory;
use crate::journal::Journal;
use crate::names::{HostName, RunId};
use crate::report::{ExitCode, Ui};

use super::act::{self, journal_error};
use super::app::{self, CliError};
use super::args::{Arguments, Global};
use super::base::Base;
use super::observe::{self, Sought};
use super::plan_file;
use super::runs::{BegunRun, Runs};

/// Between two looks at hosts that are still at work.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// `fleet resume RUN`: the same plan, without what is done of it.
pub(super) async fn resume(global: &Global, ui: &Ui, run: &str) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let begun = newest(ui, &base, Runs::of(&base.state).load(run)?)?;
    let hosts: BTreeSet<HostName> = begun.plan.transactions().map(|(host, _)| host.clone()).collect();
    look_at_open(global, ui, &inventory, &base, &hosts).await?;
    let done = done(&base, &begun.run)?;
    let Some(rest) = rest(&begun.plan, &done) else {
        let message = format!("all of the run {} is done", begun.run);
        return Err(CliError::usage(Failure::bare("nothing-to-resume", message)));
    };
    let global = Global { continues: Some(begun.run.clone()), ..global.clone() };
    plan_file::carry_on(&global, ui, &inventory, &base, &begun, rest).await
}

/// `fleet rerun --failed RUN`: what made the run's plan makes a new one, for the hosts on which it failed.
pub(super) async fn rerun(global: &Global, ui: &Ui, run: &str) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let begun = Runs::of(&base.state).load(run)?;
    let hosts: BTreeSet<HostName> = begun.plan.transactions().map(|(host, _)| host.clone()).collect();
    look_at_open(global, ui, &inventory, &base, &hosts).await?;
    let done = done(&base, &begun.run)?;
    let failed: Vec<&str> = hosts
        .iter()
        .filter(|host| is_left(&begun.plan, &done, host) && inventory.hosts().contains_key(*host))
        .map(HostName::as_str)
        .collect();
    if failed.is_empty() {
        let message = format!("no host of the run {} is left to be changed", begun.run);
        return Err(CliError::usage(Failure::bare("nothing-to-rerun", message)));
    }
    let Some(words) = begun.words() else {
        let message = format!("the run {} has several actions and no playbook", begun.run);
        return Err(CliError::usage(Failure::new("no-command", message, "make a new plan for what is left")));
    };
    ui.note(&format!("fleet {} -l {}", shell_words::join(&words), failed.join(",")));
    let words = ["fleet".to_owned()].into_iter().chain(words);
    let parsed = Arguments::try_parse_from(words).map_err(|error| {
        let message = format!("the command of the run {} is not known any more: {error}", begun.run);
        CliError::usage(Failure::new("no-command", message, "make a new plan for what is left"))
    })?;
    let global = Global { limit: Some(failed.join(",")), continues: Some(begun.run.clone()), ..global.clone() };
    let arguments = Arguments { global, command: parsed.command };
    Ok(Box::pin(super::dispatch(&arguments, ui)).await)
}

/// What became of runs whose ending nobody here has seen, their hosts know. One that is still at it is waited for: it ends or
/// rolls back by itself, within its lease.
async fn look_at_open(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    hosts: &BTreeSet<HostName>,
) -> Result<(), CliError> {
    let (mut waited_for, mut tried) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let open = Journal::of(&base.state).pending().map_err(|error| journal_error(&error))?;
        let open: BTreeSet<HostName> =
            open.into_iter().filter_map(|line| line.host).filter(|it| hosts.contains(it)).collect();
        if open.is_empty() {
            return Ok(());
        }
        let nothing = |_: &HostName| Vec::new();
        let sought = Sought { probes: &nothing, hosts: &open, handshakes: BTreeMap::new(), public: Vec::new() };
        let sight = observe::look(global, ui, inventory, base, &sought).await?;
        let mut at_work = BTreeSet::new();
        let mut unfinished = BTreeMap::new();
        let mut silent = Vec::new();
        for (host, observation) in &sight.observations {
            match observation {
                Observation::Facts(facts) if facts.fleet.holder.is_some() => drop(at_work.insert(host.clone())),
                Observation::Facts(facts) => {
                    let cut = facts.fleet.unfinished.clone().map(|run| (host.clone(), RunId::new(run)));
                    unfinished.extend(cut);
                }
                _ => silent.push(host.as_str()),
            }
        }
        if !silent.is_empty() {
            ui.warn(&format!("how it ended on {} is not known: no answer", silent.join(", ")));
        }
        // What cannot be put in order now is told, and not tried for ever.
        unfinished.retain(|host, _| tried.insert(host.clone()));
        if !unfinished.is_empty() {
            act::allow(global, ui, &unfinished)?;
            act::put_in_order(global, ui, inventory, &unfinished).await?;
        }
        if at_work.is_empty() && unfinished.is_empty() {
            return Ok(());
        }
        for host in at_work.difference(&waited_for) {
            ui.note(&format!("{host}: the run is still at work there; waiting for its end"));
        }
        waited_for.extend(at_work);
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// The run that last carried this one on with the same plan, or itself.
fn newest(ui: &Ui, base: &Base, mut begun: BegunRun) -> Result<BegunRun, CliError> {
    let lines = Journal::of(&base.state).read().map_err(|error| journal_error(&error))?;
    loop {
        let later = lines.iter().rev().find(|line| {
            line.about.continues.as_ref() == Some(&begun.run)
                && line.plan == begun.digest
                && line.run.whole() != begun.run
        });
        let Some(later) = later else { return Ok(begun) };
        let next = Runs::of(&base.state).load(later.run.whole().as_str())?;
        ui.note(&format!("{} was carried on by {}", begun.run, next.run));
        begun = next;
    }
}

/// What of a run was applied: its waves, counted from 0, and hosts.
fn done(base: &Base, run: &RunId) -> Result<BTreeSet<(usize, HostName)>, CliError> {
    let lines = Journal::of(&base.state).read().map_err(|error| journal_error(&error))?;
    let mut done = BTreeSet::new();
    for line in lines.iter().filter(|line| line.outcome.as_deref() == Some("applied")) {
        if let Some(host) = line.host.as_ref().filter(|_| line.run.whole() == *run) {
            done.insert((line.run.wave(), host.clone()));
        }
    }
    Ok(done)
}

/// The plan without what is done. Behind a wave that is done for all its hosts its gates are still looked at: they may be
/// what stopped the run.
fn rest(plan: &Plan, done: &BTreeSet<(usize, HostName)>) -> Option<Plan> {
    let mut rest = plan.clone();
    for (number, wave) in rest.waves.iter_mut().enumerate() {
        wave.transactions.retain(|host, _| !done.contains(&(number, host.clone())));
    }
    let last = plan.waves.len().checked_sub(1)?;
    let first = rest.waves.iter().position(|wave| !wave.transactions.is_empty()).unwrap_or(last);
    // Gates further back were good when the next wave began.
    rest.waves.drain(..first.saturating_sub(1));
    // What is done elsewhere is as the plan wanted it.
    let left: BTreeSet<HostName> = rest.transactions().map(|(host, _)| host.clone()).collect();
    for result in rest.hosts.iter_mut().filter(|result| !left.contains(&result.host)) {
        for item in result.items.iter_mut().filter(|item| item.status == Status::Planned) {
            item.status = item.left();
            item.differences.retain(|difference| !difference.repairable);
        }
        if result.error.is_none() {
            *result = HostResult::of_items(result.host.clone(), std::mem::take(&mut result.items));
        }
    }
    (!rest.is_empty()).then_some(rest)
}

/// Whether anything of the plan is left to be done on a host.
fn is_left(plan: &Plan, done: &BTreeSet<(usize, HostName)>, host: &HostName) -> bool {
    let mut waves = plan.waves.iter().enumerate();
    waves.any(|(number, wave)| wave.transactions.contains_key(host) && !done.contains(&(number, host.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::{Author, InventoryStamp, Wave};
    use crate::engine::transaction::{Check, Gate, Transaction};

    fn plan(waves: &[&[&str]]) -> Plan {
        let wave = |hosts: &&[&str]| {
            let transactions = hosts.iter().map(|host| (HostName::new(*host), Transaction::default()));
            let gate = Gate::Port { host: HostName::new(hosts[0]), port: 80 };
            Wave {
                gates: vec![Check { gate, timeout_seconds: 5, tries: None }],
                ..Wave::of("wave", transactions.collect())
            }
        };
        Plan { waves: waves.iter().map(wave).collect(), ..empty() }
    }

    fn empty() -> Plan {
        Plan {
            schema: crate::engine::plan::SCHEMA.to_owned(),
            created: jiff::Timestamp::UNIX_EPOCH,
            author: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
            inventory: InventoryStamp::default(),
            digest_key: String::new(),
            actions: Vec::new(),
            playbook: None,
            undoes: None,
            locks: Vec::new(),
            waves: Vec::new(),
            hosts: Vec::new(),
        }
    }

    fn done(pairs: &[(usize, &str)]) -> BTreeSet<(usize, HostName)> {
        pairs.iter().map(|(number, host)| (*number, HostName::new(*host))).collect()
    }

    #[test]
    fn what_is_done_is_left_out_and_the_gates_behind_it_are_looked_at() {
        let whole = plan(&[&["a"], &["b", "c"], &["a", "d"]]);
        let rest = rest(&whole, &done(&[(0, "a"), (1, "b"), (1, "c")])).expect("something is left");
        let hosts: Vec<Vec<&str>> =
            rest.waves.iter().map(|wave| wave.transactions.keys().map(HostName::as_str).collect()).collect();
        assert_eq!(hosts, [vec![], vec!["a", "d"]]);
        assert_eq!(rest.waves[0].gates, whole.waves[1].gates);
        assert!(is_left(&whole, &done(&[(0, "a")]), &HostName::new("a")));
    }

    #[test]
    fn nothing_is_left_of_what_is_done() {
        assert_eq!(rest(&plan(&[&["a"]]), &done(&[(0, "a")])), None);
    }
}
