//! What there is to see, on the hosts and from here, or in a facts file.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Instant;

use jiff::Timestamp;

use crate::engine::action::Action;
use crate::engine::log::Ending;
use crate::engine::observe::Questions;
use crate::engine::outside::{Handshake, HandshakeFact, OutsideLook, PublicHandshake};
use crate::engine::probe::{Observation, Observations, Probe};
use crate::engine::run::Look;
use crate::engine::status::{Failure, Status};
use crate::inventory::Inventory;
use crate::journal::{Journal, JournalError, Line};
use crate::lab::Lab;
use crate::names::{HostName, RunId};
use crate::report::Ui;

use super::act::journal_error;
use super::app::{self, CliError};
use super::args::Global;
use super::base::Base;
use super::facts_file;

/// All that was seen.
pub(super) struct Sight {
    pub(super) observations: Observations,
    /// What the hosts' services present.
    pub(super) outside: BTreeMap<HostName, Vec<HandshakeFact>>,
    /// What the world is led to.
    pub(super) public: Vec<HandshakeFact>,
    pub(super) observed: Timestamp,
}

/// What a look asks: of which hosts over SSH, and what from here.
pub(super) struct Sought<'a> {
    pub(super) probes: &'a dyn Fn(&HostName) -> Vec<Probe>,
    /// None of them: nothing is asked over SSH.
    pub(super) hosts: &'a BTreeSet<HostName>,
    pub(super) handshakes: BTreeMap<HostName, BTreeSet<Handshake>>,
    pub(super) public: Vec<PublicHandshake>,
}

/// Looks for what the actions need to know where these hosts are selected; `serving_only`: at what their services present alone.
pub(super) async fn for_actions(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    actions: &[Box<dyn Action + '_>],
    selected: &BTreeSet<HostName>,
    serving_only: bool,
) -> Result<Sight, CliError> {
    let looks: Vec<(&dyn Action, BTreeSet<HostName>)> =
        actions.iter().map(|action| (action.as_ref(), action.looks_at(selected))).collect();
    let asked: BTreeSet<HostName> = looks.iter().flat_map(|(_, hosts)| hosts).cloned().collect();
    let asked = &asked;
    if let Some(file) = &global.facts {
        let mut saved = facts_file::load(file, &base.key)?;
        saved.observations.retain(|host, _| asked.contains(host) && !serving_only);
        saved.outside.retain(|host, _| asked.contains(host));
        for host in asked.iter().filter(|_| !serving_only) {
            let missing = Failure::bare("not-observed", format!("{} has no facts of it", file.display()));
            saved.observations.entry(host.clone()).or_insert(Observation::Failed(missing));
        }
        return Ok(saved);
    }
    let probes = |host: &HostName| {
        looks.iter().filter(|(_, hosts)| hosts.contains(host)).flat_map(|(action, _)| action.probes(host)).collect()
    };
    let handshakes = asked
        .iter()
        .map(|host| {
            let looking = looks.iter().filter(|(_, hosts)| hosts.contains(host));
            (host.clone(), looking.flat_map(|(action, _)| action.handshakes(host)).collect())
        })
        .collect();
    let nobody = BTreeSet::new();
    let sought = Sought {
        probes: &probes,
        hosts: if serving_only { &nobody } else { asked },
        handshakes,
        public: actions.iter().flat_map(|action| action.public_handshakes()).collect(),
    };
    look(global, ui, inventory, base, &sought).await
}

/// Asks each host its probes, in one exec a host, and beside that its services; what is learnt of earlier runs goes into
/// the journal.
pub(super) async fn look(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    sought: &Sought<'_>,
) -> Result<Sight, CliError> {
    let ssh = app::ssh(global, ui, inventory)?;
    let journal = Journal::of(&base.state);
    let pending = journal.pending().map_err(|error| journal_error(&error))?;
    let questions: BTreeMap<HostName, Questions> = sought
        .hosts
        .iter()
        .map(|host| {
            let runs: Vec<RunId> =
                pending.iter().filter(|line| line.host.as_ref() == Some(host)).map(|line| line.run.clone()).collect();
            (host.clone(), Questions::new((sought.probes)(host), &runs).salted(base.key.host_salt(host)))
        })
        .collect();
    let progress = ui.progress(questions.len(), "looking");
    let turns: RefCell<BTreeMap<HostName, Instant>> = RefCell::default();
    let look = Look {
        transport: &ssh,
        parallel: global.parallel.into(),
        limit: global.timeout,
        random: &app::random_word,
        begun: &|host| {
            turns.borrow_mut().insert(host.clone(), Instant::now());
            progress.begin(host);
        },
        ended: &|host, observation| {
            let status = match observation {
                Observation::Facts(_) => Status::Ok,
                Observation::Unreachable(_) => Status::Unreachable,
                Observation::Failed(_) => Status::Failed,
            };
            progress.end(host, status);
            if let Some(begun) = turns.borrow_mut().remove(host).filter(|_| global.verbose > 0) {
                ui.note(&format!("{host}: looked at in {} ms", begun.elapsed().as_millis()));
            }
        },
    };
    let lab = if global.lab { Some(Lab::of_inventory(&global.inventory)?) } else { None };
    // A lab without a record has no addresses.
    let in_lab = lab.as_ref().map(|lab| |address: IpAddr| lab.has_address(address).unwrap_or(false));
    let from_here = OutsideLook {
        transport: &ssh,
        parallel: global.parallel.into(),
        limit: global.connect_timeout.min(global.timeout),
        within: in_lab.as_ref().map(|it| it as &dyn Fn(IpAddr) -> bool),
    };
    let (observations, outside, public) = futures_util::join!(
        look.at_all(&questions),
        from_here.hosts(&sought.handshakes),
        from_here.public(&sought.public)
    );
    drop(progress);
    for line in &pending {
        learn(&journal, &observations, line).map_err(|error| journal_error(&error))?;
    }
    Ok(Sight { observations, outside, public, observed: Timestamp::now() })
}

/// A run whose ending nobody here has seen: the host knows it.
fn learn(journal: &Journal, observations: &Observations, line: &Line) -> Result<(), JournalError> {
    let facts = line.host.as_ref().and_then(|host| observations.get(host));
    let Some(Observation::Facts(facts)) = facts else { return Ok(()) };
    if facts.fleet.holder.is_some() || facts.fleet.unfinished.as_deref() == Some(line.run.as_str()) {
        return Ok(());
    }
    let told = facts.fleet.outcomes.get(line.run.as_str());
    let (outcome, reason) = match told.and_then(|text| Ending::parse(text)) {
        Some(ending) => ending.words(),
        // A host that knows nothing of the run never began it.
        None => ("refused", Some("the host has no trace of the run".to_owned())),
    };
    journal.end(&Line { outcome: Some(outcome.to_owned()), reason, ..line.clone() })
}
